import { useEffect, useState } from 'react';
import type { Upstream, UpstreamAction } from '../api/types';
import { hostOf, secondsLeft, stateOf, worstFirst, type OutsideState } from '../till/outside';
import { useSpeech, useTill, useTillState } from '../till/useTill';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { Dot, Tag, type DotTone, type Tone } from '../ui/pieces';
import type { Word } from '../words';
import css from './shell.module.css';

const words: Record<OutsideState, Word> = {
  fine: 'healthFine', failing: 'outsideFailing', trying: 'healthTrying', broken: 'healthBroken', heldBack: 'outsideHeldBack', letThrough: 'outsideLetThrough',
};
const tags: Record<OutsideState, Tone> = { fine: 'ok', failing: 'warn', trying: 'warn', broken: 'bad', heldBack: 'plain', letThrough: 'accent' };
export const outsideDots: Record<OutsideState, DotTone> = { fine: 'ok', failing: 'warn', trying: 'warn', broken: 'bad', heldBack: 'off', letThrough: 'accent' };

/** Stands for everybody, and for every server. */
const EVERY = '*';

/** Every server that plugins call, how it is, and what can be decided about it. */
export function OutsideList({ upstreams }: { upstreams: readonly Upstream[] }) {
  const { say } = useSpeech();
  if (upstreams.length === 0) return null;
  return (
    <ul className={css.outside} aria-label={say('outsideList')}>
      {worstFirst(upstreams).map((upstream) => <UpstreamRow key={`${upstream.origin} ${upstream.caller}`} upstream={upstream} />)}
    </ul>
  );
}

function UpstreamRow({ upstream }: { upstream: Upstream }) {
  const till = useTill();
  const { say } = useSpeech();
  const plugin = useTillState((state) => state.plugins.find((one) => one.id === upstream.plugin)?.name);
  const state = stateOf(upstream);
  const seconds = useSeconds(upstream);
  const host = upstream.origin === EVERY ? say('outsideEveryServer') : hostOf(upstream);
  const who = upstream.caller === EVERY ? say('outsideEverybody') : plugin ?? upstream.plugin ?? upstream.caller;
  const decide = (action: UpstreamAction, word: Word) => (
    <Button
      size="small" aria-label={`${host} ${who} ${say(word)}`} testId={`upstream-${action}`}
      onClick={() => void till.setUpstream(upstream, action)}
    >
      {say(word)}
    </Button>
  );
  const isReleasable = state === 'heldBack' || state === 'letThrough' || state === 'broken';
  return (
    <li data-testid={`upstream-${upstream.plugin ?? upstream.caller}`} data-state={state}>
      <div className={css.outsideHead}>
        <Dot tone={outsideDots[state]} />
        <b className="ell">{host}</b>
        <Tag tone={tags[state]}>{say(words[state])}{seconds !== undefined && ` · ${say('outsideRetry', { count: seconds })}`}</Tag>
      </div>
      <small className={css.outsideWho}><Icon name="plug" size="small" />{who}</small>
      <small className="num">
        {say('outsideCounts', { calls: upstream.calls, attempts: upstream.attempts, failures: upstream.failures, waiting: upstream.in_flight + upstream.queued })}
        {upstream.kept_back > 0 && ` · ${say('outsideKeptBack', { count: upstream.kept_back })}`}
        {upstream.sockets > 0 && ` · ${say('outsideSockets', { count: upstream.sockets })}`}
      </small>
      {upstream.last_failure != null && <LastFailure failure={upstream.last_failure} />}
      <div className={css.outsideDo}>
        {state !== 'heldBack' && decide('isolate', 'outsideIsolate')}
        {state !== 'letThrough' && state !== 'fine' && decide('close', 'outsideClose')}
        {isReleasable && decide('release', 'outsideRelease')}
      </div>
    </li>
  );
}

function LastFailure({ failure }: { failure: NonNullable<Upstream['last_failure']> }) {
  const { say, name, language } = useSpeech();
  const zone = useTillState((state) => state.shop?.time_zone);
  const time = new Date(failure.at).toLocaleTimeString(language === 'ko' ? 'ko-KR' : 'en-US', { timeZone: zone, hour: 'numeric', minute: '2-digit' });
  return (
    <small data-testid="upstream-last-failure" data-kind={failure.kind}>
      {say('outsideLastFailure', { time })} {name(failure.sentences)}
      <span lang="en" className={css.outsideWords}>{failure.message}</span>
    </small>
  );
}

/** Counts down to the next call that an open breaker lets through. */
function useSeconds(upstream: Upstream): number | undefined {
  const till = useTill();
  const [, tick] = useState(0);
  const isWaiting = upstream.breaker === 'open';
  useEffect(() => {
    if (!isWaiting) return undefined;
    const timer = setInterval(() => tick((count) => count + 1), 1_000);
    return () => clearInterval(timer);
  }, [isWaiting]);
  return isWaiting ? secondsLeft(upstream, till.nowMs()) : undefined;
}
