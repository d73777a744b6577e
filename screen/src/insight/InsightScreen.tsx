import { useRef, useState } from 'react';
import { Problem, Unreached } from '../api/client';
import { go, setQuery, usePlace } from '../router';
import { grouped } from '../till/money';
import { useSpeech, useTillState } from '../till/useTill';
import { Button } from '../ui/Button';
import { EmptyState, Seg, useLate } from '../ui/pieces';
import { BehindDialog } from './BehindDialog';
import { Bottlenecks } from './Bottlenecks';
import { ChannelDialog } from './ChannelDialog';
import { Figures } from './Figures';
import { MapCard, type Detail } from './MapCard';
import { namesOf, type Names } from './names';
import { PeriodDialog } from './PeriodDialog';
import { Variants } from './Variants';
import { dayInWords, periodInWords, periodOf, type Period, type Span } from './period';
import { MAP_CARD, useRoom, type Room } from './room';
import { figuresOf } from './saying';
import { lineOf } from './walk';
import { useInsight, useNews } from './useInsight';
import type { Insight } from '../api/types';
import css from './insight.module.css';

/** Where the work waits: how the shop's orders really went. */
export function InsightScreen() {
  const { say } = useSpeech();
  const today = useTillState((state) => state.shop?.business_date);
  return <main className={css.main}>{today === undefined ? <section className={css.page} aria-label={say('insightTitle')}><Skeletons /></section> : <Page today={today} />}</main>;
}

function Page({ today }: { today: string }) {
  const speech = useSpeech();
  const { say, language } = speech;
  const { query } = usePlace();
  const { span, period } = periodOf(query, today);
  const channels = (query.get('channel') ?? '').split(',').filter((one) => one !== '');
  const [detail, setDetail] = useState<Detail>({});
  const [asking, setAsking] = useState<'period' | 'channel' | undefined>(undefined);
  const page = useRef<HTMLElement>(null);
  const room = useRoom(page);
  const { data: insight, error, isError, refetch } = useInsight(room && questionOf(period, channels, detail, room));
  useNews();

  const choose = (chosen: Partial<Record<'from' | 'to' | 'channel', string | undefined>>) => {
    setAsking(undefined);
    setDetail({});
    setQuery({ see: undefined, ...chosen }, 'push');
  };
  const chooseSpan = (next: Span) => {
    if (next === 'period') setAsking('period');
    else choose(next === 'today' ? { from: today, to: today } : { from: undefined, to: undefined });
  };
  const titles = channels.map((id) => insight?.channels.find((one) => one.channel === id)).flatMap((one) => (one === undefined ? [] : [speech.name(one.name)]));
  const names = namesOf(insight?.activities ?? [], speech);

  return (
    <>
      <section ref={page} className={css.page} aria-label={say('insightTitle')}>
        <div className={css.head}>
          <h1>{say('insightTitle')}</h1>
          <span className={`${css.sub} num`} data-testid="insight-period">
            {insight === undefined ? periodInWords(period, language) : say('insightPeriodEvents', { period: periodInWords(insight.period, language), count: grouped(insight.summary.events.now) })}
          </span>
          <span className={css.space} />
          {insight !== undefined && insight.waiting.total > 0 && (
            <Button size="small" icon="hourglass" testId="insight-waiting" aria-haspopup="dialog" onClick={() => setQuery({ see: 'waiting' }, 'push')}>{say('insightWaiting', { count: grouped(insight.waiting.total) })}</Button>
          )}
          <Seg
            name={say('insightSpan')} className={`${css.seg} ${css.spans}`} testId="insight-span" value={span} onChange={chooseSpan}
            choices={[{ value: 'week', label: say('insightWeek'), testId: 'insight-week' }, { value: 'today', label: say('insightToday'), testId: 'insight-today' }, { value: 'period', label: say('insightPeriod'), testId: 'insight-pick' }]}
          />
          <Button size="small" icon="filter" className={css.filter} testId="insight-channel" aria-haspopup="dialog" onClick={() => setAsking('channel')}>
            <span className="ell">{channels.length === 0 ? say('insightAllChannels') : titles.join(' · ') || channels.join(' · ')}</span>
          </Button>
        </div>
        {insight !== undefined && <Notes insight={insight} isStale={isError} />}
        {insight === undefined || room === undefined ? (
          isError ? <Failed error={error} onAgain={() => void refetch()} /> : <Skeletons />
        ) : insight.summary.orders.now === 0 ? (
          <Nothing isChosen={channels.length > 0 || span !== 'week'} onAll={() => choose({ from: undefined, to: undefined, channel: undefined })} />
        ) : (
          <Found insight={insight} names={names} span={span} detail={detail} room={room} onDetail={setDetail} />
        )}
      </section>
      {asking === 'period' && <PeriodDialog period={period} today={today} onChoose={(chosen: Period) => choose({ ...chosen })} onClose={() => setAsking(undefined)} />}
      {asking === 'channel' && (
        <ChannelDialog
          channels={insight?.channels ?? []} chosen={channels} onChoose={(chosen) => choose({ channel: chosen.length === 0 ? undefined : chosen.join(',') })} onClose={() => setAsking(undefined)}
        />
      )}
      {insight !== undefined && query.has('see') && <BehindDialog insight={insight} names={names} see={query.get('see') ?? ''} asked={questionOf(period, channels, {})} />}
    </>
  );
}

/** What the till is asked. */
function questionOf({ from, to }: Period, channels: readonly string[], { activities, paths }: Detail, room?: Room): URLSearchParams {
  const asked = { from, to, channel: channels.length === 0 ? undefined : channels.join(','), activities, paths, map_width: room?.width, map_height: room?.height };
  return new URLSearchParams(Object.entries(asked).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])));
}

interface FoundProps {
  insight: Insight;
  names: Names;
  span: Span;
  detail: Detail;
  room: Room;
  onDetail: (detail: Detail) => void;
}

function Found({ insight, names, span, detail, room, onDetail }: FoundProps) {
  const speech = useSpeech();
  const see = (what: string) => setQuery({ see: what }, 'push');
  return (
    <>
      <Figures figures={figuresOf(insight.summary, span, speech)} />
      <div className={css.middle}>
        <MapCard map={insight.map} names={names} detail={detail} room={room} onDetail={onDetail} onOpen={(place) => see(`map:${place}`)} />
        <Variants ways={insight.ways} names={names} total={insight.summary.ways.now} onOpen={(way) => see(`way:${way.key}`)} />
      </div>
      <Bottlenecks cards={insight.cards} plugins={insight.plugins} onOrders={({ card, plugin }) => see(card === undefined ? `plugin:${plugin.plugin}` : `map:${lineOf(card)}`)} />
    </>
  );
}

/** What must be known about the figures. */
function Notes({ insight, isStale }: { insight: Insight; isStale: boolean }) {
  const { say, language } = useSpeech();
  const { known_from: knownFrom, period } = insight;
  if (isStale) return <p className={css.notice} role="status" data-testid="insight-stale">{say('insightStale')}</p>;
  if (!insight.is_up_to_date) return <p className={css.notice} role="status" data-testid="insight-reading">{say('insightReading')}</p>;
  if (knownFrom == null || knownFrom <= period.from) return null;
  return <p className={css.notice} data-testid="insight-known-from">{say('insightKnownFrom', { day: dayInWords(knownFrom, language, 'year') })}</p>;
}

function Nothing({ isChosen, onAll }: { isChosen: boolean; onAll: () => void }) {
  const { say } = useSpeech();
  return (
    <div className={css.card} data-testid="insight-empty">
      <EmptyState icon="insight" title={say(isChosen ? 'insightNoneHere' : 'insightNone')} text={say(isChosen ? 'insightNoneHereHint' : 'insightNoneHint')}>
        {isChosen ? <Button onClick={onAll}>{say('insightShowWeek')}</Button> : <Button onClick={() => go('/order')}>{say('toOrder')}</Button>}
      </EmptyState>
    </div>
  );
}

function Failed({ error, onAgain }: { error: Error | null; onAgain: () => void }) {
  const { say, language } = useSpeech();
  const isAway = error instanceof Unreached;
  const why = error instanceof Problem ? `${language === 'ko' ? error.korean : error.english} (${error.code})` : say('insightFailedText');
  return (
    <div className={css.card} data-testid="insight-failed">
      <EmptyState icon={isAway ? 'lost' : 'warn'} tone={isAway ? 'warn' : 'bad'} role="alert" title={say(isAway ? 'insightAway' : 'insightFailed')} text={isAway ? say('insightAwayText') : why}>
        <Button look="ink" icon="again" onClick={onAgain}>{say('retry')}</Button>
      </EmptyState>
    </div>
  );
}

/** The page's shape before its first figures; there from the beginning, so that the map's room can be measured, and seen when figures are late. */
function Skeletons() {
  const isLate = useLate(true);
  return (
    <div className={css.skeletons} data-late={isLate} aria-hidden="true">
      <div className={css.figures}>{Array.from({ length: 5 }, (_, index) => <i key={index} className={css.boneFigure} />)}</div>
      <div className={css.middle}><i {...MAP_CARD} /><i /></div>
      <div className={css.cards}>{Array.from({ length: 3 }, (_, index) => <i key={index} className={css.boneCard} />)}</div>
    </div>
  );
}
