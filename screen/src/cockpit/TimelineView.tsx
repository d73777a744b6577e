import { useQuery } from '@tanstack/react-query';
import { useEffect, useLayoutEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import type { TimelineEntry } from '../api/types';
import { clockOf } from '../till/saying';
import { useSpeech, useTill, useTillState, type Speech } from '../till/useTill';
import { IconButton } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { EmptyState, Tag, type Tone } from '../ui/pieces';
import type { Word } from '../words';
import { JsonView } from './JsonView';
import { counts, filtered, isRefusal, rows, type TimelineFilter, type TimelineRow } from './timeline';
import css from './cockpit.module.css';

/** The height of a row; rows are drawn only where they can be seen. */
const ROW_PX = 27;
const ROWS_BEYOND = 8;
const SPOKEN_EVERY_MS = 5_000;

/** Every message of the plugins, under the tap that caused it. */
export function TimelineView({ plugin }: { plugin: string | undefined }) {
  const till = useTill();
  const speech = useSpeech();
  const { say } = speech;
  const version = useSyncExternalStore(till.timeline.subscribe, till.timeline.version);
  const [text, setText] = useState('');
  const [only, setOnly] = useState<TimelineFilter['only']>('all');
  const [openSeq, setOpenSeq] = useState<number | undefined>(undefined);
  // The version stands for the ring's content, which changes in place.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const all = useMemo(() => filtered(till.timeline.entries(), { plugin, text: '', only: 'all' }), [till, plugin, version]);
  const shown = useMemo(() => filtered(all, { plugin: undefined, text, only }), [all, text, only]);
  const drawn = useMemo(() => rows(shown), [shown]);
  const count = useMemo(() => counts(all), [all]);
  useSpokenCounts(all);
  const open = openSeq === undefined ? undefined : all.find((entry) => entry.seq === openSeq);

  const chips: { only: TimelineFilter['only']; label: string; count?: number; icon?: 'in' | 'out' }[] = [
    { only: 'all', label: say('all'), count: count.all },
    { only: 'in', label: say('dirIn'), icon: 'in' },
    { only: 'out', label: say('dirOut'), icon: 'out' },
    { only: 'refused', label: say('resultRefused'), count: count.refused },
  ];
  return (
    <>
      <div className={css.filter}>
        <label className={css.filterField}>
          <Icon name="search" size="tiny" />
          <span className="vh">{say('filterHint')}</span>
          <input type="search" value={text} placeholder={say('filterHint')} data-testid="tl-filter" onChange={(event) => setText(event.target.value)} />
        </label>
        {chips.map((chip) => (
          <button key={chip.only} type="button" className={`${css.chip} ${chip.only === 'refused' ? css.chipBad : ''}`} aria-pressed={only === chip.only} data-testid={`tl-only-${chip.only}`} onClick={() => setOnly(chip.only)}>
            {chip.icon && <span className={chip.icon === 'in' ? css.in : css.out}><Icon name={chip.icon} size="tiny" /></span>}
            {chip.label} {chip.count !== undefined && <b className="num">{chip.count}</b>}
          </button>
        ))}
      </div>
      <div className={`${css.row} ${css.columns}`} aria-hidden="true">
        <span>{say('colTime')}</span><span /><span>{say('colMessage')}</span><span>{say('colFlow')}</span><span>ms</span><span>{say('colSize')}</span><span>{say('colResult')}</span>
      </div>
      {drawn.length === 0 ? (
        <EmptyState icon="terminal" title={say(all.length === 0 ? 'timelineEmpty' : 'timelineNone')} />
      ) : (
        <Rows rows={drawn} openSeq={openSeq} onOpen={setOpenSeq} speech={speech} />
      )}
      {open !== undefined && <MessageDetail entry={open} onClose={() => setOpenSeq(undefined)} />}
    </>
  );
}

interface RowsProps {
  rows: TimelineRow[];
  openSeq: number | undefined;
  onOpen: (seq: number | undefined) => void;
  speech: Speech;
}

/** Only the rows in sight are drawn. The list follows the newest unless it was scrolled away from the end. */
function Rows({ rows: all, openSeq, onOpen, speech }: RowsProps) {
  const zone = useTillState((state) => state.shop?.time_zone ?? 'Asia/Seoul');
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(400);
  const [follows, setFollows] = useState(true);

  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => setHeight(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(() => {
    if (follows && box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  }, [follows, all.length, height]);

  const first = Math.max(0, Math.floor(top / ROW_PX) - ROWS_BEYOND);
  const last = Math.min(all.length, Math.ceil((top + height) / ROW_PX) + ROWS_BEYOND);
  const scroll = () => {
    const element = box.current;
    if (element === null) return;
    setTop(element.scrollTop);
    setFollows(element.scrollTop + element.clientHeight >= element.scrollHeight - ROW_PX);
  };
  return (
    <div className={css.timelineBox}>
      <div ref={box} className={css.timeline} role="log" aria-live="off" aria-label={speech.say('tabTimeline')} data-testid="timeline" onScroll={scroll}>
        <div className={css.timelineTall} style={{ height: all.length * ROW_PX }}>
          {all.slice(first, last).map((row, index) => (
            <div key={row.kind === 'group' ? row.key : row.entry.seq} className={css.place} style={{ transform: `translateY(${(first + index) * ROW_PX}px)` }}>
              {row.kind === 'group' ? <GroupRow row={row} speech={speech} /> : <MessageRow row={row} isOpen={row.entry.seq === openSeq} onOpen={onOpen} speech={speech} zone={zone} />}
            </div>
          ))}
        </div>
      </div>
      {!follows && (
        <button type="button" className={css.newest} onClick={() => setFollows(true)}>
          <Icon name="down" size="tiny" />{speech.say('timelineStay')}
        </button>
      )}
    </div>
  );
}

function GroupRow({ row, speech }: { row: Extract<TimelineRow, { kind: 'group' }>; speech: Speech }) {
  return (
    <div className={`${css.row} ${css.group}`} data-testid="tl-group">
      <span className="ell">{row.cause ?? speech.say('timelineAlone')}</span>
      <span className="num">{speech.say('timelineGroup', { count: row.count, time: milliseconds(row.spanUs) })}</span>
    </div>
  );
}

interface MessageRowProps {
  row: Extract<TimelineRow, { kind: 'message' }>;
  isOpen: boolean;
  onOpen: (seq: number | undefined) => void;
  speech: Speech;
  zone: string;
}

function MessageRow({ row, isOpen, onOpen, speech, zone }: MessageRowProps) {
  const { entry } = row;
  const time = clockOf(entry.at, zone, true).slice(6);
  const fraction = entry.at.replace(/^[^.]*\.?/, '').replace('Z', '').padEnd(3, '0').slice(0, 3);
  const startUs = (Date.parse(entry.at) - row.groupStartMs) * 1_000;
  const from = Math.min(0.98, Math.max(0, startUs / row.groupSpanUs));
  const part = Math.min(1 - from, Math.max(0.02, (entry.duration_us ?? 0) / row.groupSpanUs));
  const result = resultOf(entry);
  return (
    <button type="button" className={`${css.row} ${isOpen ? css.rowOpen : ''} ${isRefusal(entry) && entry.result !== 'veto' ? css.rowBad : ''}`} aria-expanded={isOpen} data-testid="tl-row" data-name={entry.name} onClick={() => onOpen(isOpen ? undefined : entry.seq)}>
      <span className={`${css.dim} num`}>{time}.{fraction}</span>
      <span className={entry.direction === 'out' ? css.out : css.in}>
        {entry.direction != null && <Icon name={entry.direction} size="tiny" />}
        {entry.direction != null && <span className="vh">{speech.say(entry.direction === 'in' ? 'dirIn' : 'dirOut')}</span>}
      </span>
      <span className={`${css.name} ell`} title={entry.summary}>{entry.name}{entry.kind !== 'message' && entry.summary !== '' && ` ${entry.summary}`}</span>
      <span className={css.flow} aria-hidden="true"><i data-tone={entry.result === 'refused' ? 'bad' : entry.result === 'late' ? 'warn' : (entry.direction ?? 'in')} style={{ left: `${from * 100}%`, width: `${part * 100}%` }} /></span>
      <span className="num">{entry.duration_us == null ? '' : milliseconds(entry.duration_us)}</span>
      <span className={`${css.dim} num`}>{size(entry.bytes)}</span>
      <b data-tone={result?.tone}>{result === undefined ? '' : speech.say(result.word)}</b>
    </button>
  );
}

/** What a message says; fetched and read only when it is opened. */
function MessageDetail({ entry, onClose }: { entry: TimelineEntry; onClose: () => void }) {
  const till = useTill();
  const { say } = useSpeech();
  const message = useQuery({ queryKey: ['message', entry.seq], queryFn: () => till.readMessage(entry.seq), gcTime: 60_000 });
  const result = resultOf(entry);
  return (
    <section className={css.detail} aria-label={entry.name} data-testid="tl-detail">
      <div className={css.detailHead}>
        <b className="ell">{entry.name}</b>
        {result !== undefined && <Tag tone={tags[result.tone]}>{say(result.word)}</Tag>}
        <span className={`${css.dim} num`}>{entry.plugin}{entry.duration_us == null ? '' : ` · ${milliseconds(entry.duration_us)} ms`}</span>
        <span className={css.space} />
        <IconButton dense icon="close" name={say('close')} onClick={onClose} />
      </div>
      {message.data !== undefined ? <JsonView value={message.data.body} /> : <p className={css.dim}>{message.isError ? entry.summary || say('noBody') : ''}</p>}
    </section>
  );
}

const results: Record<string, { word: Word; tone: 'ok' | 'bad' | 'warn' | 'veto' }> = {
  ok: { word: 'resultOk', tone: 'ok' },
  refused: { word: 'resultRefused', tone: 'bad' },
  veto: { word: 'resultVeto', tone: 'veto' },
  late: { word: 'resultLate', tone: 'warn' },
};
const tags: Record<'ok' | 'bad' | 'warn' | 'veto', Tone> = { ok: 'ok', bad: 'bad', warn: 'warn', veto: 'plugin' };

function resultOf(entry: TimelineEntry): { word: Word; tone: 'ok' | 'bad' | 'warn' | 'veto' } | undefined {
  return entry.kind === 'error' ? { word: 'resultFailed', tone: 'bad' } : results[entry.result];
}

/** A polite sentence now and then; the log itself is far too chatty to be read out. */
function useSpokenCounts(entries: readonly TimelineEntry[]): void {
  const till = useTill();
  const { say } = useSpeech();
  const newest = useRef(entries);
  useEffect(() => {
    newest.current = entries;
  });
  useEffect(() => {
    let told = newest.current.at(-1)?.seq ?? -1;
    const timer = setInterval(() => {
      const fresh = newest.current.filter((entry) => entry.seq > told);
      const last = fresh.at(-1);
      if (last === undefined) return;
      told = last.seq;
      till.speak(say('timelineSummary', { count: fresh.length, refused: counts(fresh).refused }));
    }, SPOKEN_EVERY_MS);
    return () => clearInterval(timer);
  }, [till, say]);
}

function milliseconds(us: number): string {
  return us >= 100_000 ? String(Math.round(us / 1_000)) : (us / 1_000).toFixed(1);
}

function size(bytes: number): string {
  return bytes < 1_000 ? `${bytes} B` : bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
