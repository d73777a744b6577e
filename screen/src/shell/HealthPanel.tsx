import { useEffect, useRef } from 'react';
import { useSpeech, useTillState } from '../till/useTill';
import { Dot, Tag, type DotTone, type Tone } from '../ui/pieces';
import type { Word } from '../words';
import { AsideList } from './Aside';
import { OutsideList } from './Outside';
import css from './shell.module.css';

type HealthState = 'fine' | 'trying' | 'broken' | 'unknown';

/** Something the till depends on, and how it is. */
export interface HealthPart {
  id: 'card' | 'server' | 'journal';
  short: Word;
  long: Word;
  state: HealthState;
  text: Word;
}

const words: Record<HealthState, Word> = { fine: 'healthFine', trying: 'healthTrying', broken: 'healthBroken', unknown: 'healthNotKnown' };
const tagTones: Record<HealthState, Tone> = { fine: 'ok', trying: 'warn', broken: 'bad', unknown: 'plain' };
const dotTones: Record<HealthState, DotTone> = { fine: 'ok', trying: 'warn', broken: 'bad', unknown: 'off' };

/** How the card terminal, the server and the journal are. Only what is really known is shown. */
export function useHealth(): HealthPart[] {
  const link = useTillState((state) => state.link);
  const screen = useTillState((state) => state.terminal?.screen);
  const isAway = useTillState((state) => state.terminal?.answers === false);
  const stopped = useTillState((state) => state.journalStopped);
  const isLinked = link === 'open';
  const card: Pick<HealthPart, 'state' | 'text'> =
    !isLinked || screen === undefined ? { state: 'unknown', text: 'healthUnknown' }
    : isAway ? { state: 'broken', text: 'terminalAway' }
    : screen === 'unplugged' ? { state: 'broken', text: 'healthCardUnplugged' }
    : screen === 'lost' ? { state: 'trying', text: 'healthCardLost' }
    : { state: 'fine', text: screen === 'waiting' ? 'healthCardBusy' : 'healthCardIdle' };
  return [
    { id: 'card', short: 'healthCard', long: 'healthCardLong', ...card },
    { id: 'server', short: 'healthServer', long: 'healthServerLong', state: isLinked ? 'fine' : link === 'connecting' ? 'trying' : 'broken', text: isLinked ? 'healthServerOk' : 'healthServerGone' },
    {
      id: 'journal', short: 'healthJournal', long: 'healthJournalLong',
      ...(!isLinked ? { state: 'unknown' as const, text: 'healthUnknown' as const } : stopped ? { state: 'broken' as const, text: 'healthJournalStopped' as const } : { state: 'fine' as const, text: 'healthJournalOk' as const }),
    },
  ];
}

/** The list behind the strip's dots. */
export function HealthPanel({ parts, onClose }: { parts: HealthPart[]; onClose: () => void }) {
  const { say } = useSpeech();
  const upstreams = useTillState((state) => state.upstreams);
  const aside = useTillState((state) => state.aside);
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    const leave = (event: Event) => {
      const { target } = event;
      // A button that was pressed may be gone by now: what it decided is done.
      const isInside = target instanceof Element && (panel.current?.contains(target) === true || !target.isConnected);
      if (event instanceof KeyboardEvent ? event.key === 'Escape' : !isInside) onClose();
    };
    const opened = setTimeout(() => addEventListener('click', leave), 0);
    addEventListener('keydown', leave);
    return () => {
      clearTimeout(opened);
      removeEventListener('click', leave);
      removeEventListener('keydown', leave);
    };
  }, [onClose]);
  return (
    <section ref={panel} className={css.healthPanel} role="dialog" aria-label={say('health')} data-testid="health-panel">
      <h2>{say('health')}</h2>
      <ul>
        {parts.map((part) => (
          <li key={part.id}>
            <Dot tone={dotTones[part.state]} />
            <span>
              <b>{say(part.long)}</b>
              <small>{say(part.text)}</small>
            </span>
            <Tag tone={tagTones[part.state]}>{say(words[part.state])}</Tag>
          </li>
        ))}
      </ul>
      <OutsideList upstreams={upstreams} />
      <AsideList aside={aside} />
    </section>
  );
}
