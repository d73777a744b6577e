import { useEffect, useRef, type KeyboardEvent, type PointerEvent } from 'react';
import type { Plugin } from '../api/types';
import { setQuery, usePlace } from '../router';
import { useSpeech, useTill, useTillState } from '../till/useTill';
import { IconButton } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { Dot, EmptyState, type DotTone } from '../ui/pieces';
import type { Word } from '../words';
import { NetworkSwitch } from './NetworkSwitch';
import { SettingsForm } from './SettingsForm';
import { TimelineView } from './TimelineView';
import css from './cockpit.module.css';

interface CockpitProps {
  width: number;
  /** Lies over the till, because the window is too narrow for both. */
  isOver: boolean;
  onResize: (by: number) => void;
  onClose: () => void;
}

const tabs: { id: 'timeline' | 'settings'; word: Word }[] = [
  { id: 'timeline', word: 'tabTimeline' },
  { id: 'settings', word: 'tabSettings' },
];

/** The drawer of who writes plugins: the real till stays beside it. */
export function Cockpit({ width, isOver, onResize, onClose }: CockpitProps) {
  const till = useTill();
  const { say } = useSpeech();
  const { query } = usePlace();
  const plugins = useTillState((state) => state.plugins);
  const isLinked = useTillState((state) => state.link === 'open');
  const chosenId = query.get('dev') ?? '';
  const chosen = plugins.find((plugin) => plugin.id === chosenId);
  const tab = query.get('tab') === 'settings' ? 'settings' : 'timeline';
  const shown = chosen ?? (tab === 'settings' ? plugins[0] : undefined);

  useEffect(() => {
    if (isLinked) void till.readTimeline().catch((error: unknown) => till.tell(error));
  }, [till, isLinked]);

  const move = (event: KeyboardEvent<HTMLDivElement>) => {
    if (event.key !== 'ArrowRight' && event.key !== 'ArrowLeft') return;
    setQuery({ tab: tab === 'timeline' ? 'settings' : 'timeline' });
    const other = [...event.currentTarget.children].find((one) => one.getAttribute('aria-selected') === 'false');
    (other as HTMLElement | undefined)?.focus();
  };
  return (
    <aside className={`${css.drawer} ${isOver ? css.over : ''}`} style={{ width }} aria-label={say('cockpit')} data-testid="cockpit">
      <ResizeEdge onResize={onResize} width={width} />
      <div className={css.head}>
        <Icon name="terminal" />
        <b className="ell">{shown?.name ?? say('timelinePlugin')}</b>
        {shown?.version != null && <span className={`${css.dim} num`}>{shown.version}</span>}
        <div className={css.tabs} role="tablist" aria-label={say('cockpit')} tabIndex={-1} onKeyDown={move}>
          {tabs.map((one, index) => (
            <button key={one.id} type="button" role="tab" aria-selected={tab === one.id} tabIndex={tab === one.id ? 0 : -1} data-testid={`cockpit-tab-${index}`} onClick={() => setQuery({ tab: one.id })}>
              {say(one.word)}
            </button>
          ))}
        </div>
        <span className={css.space} />
        <IconButton dense icon="close" name={say('close')} testId="cockpit-close" onClick={onClose} />
      </div>
      {plugins.length === 0 ? (
        <EmptyState icon="plug" title={say('pluginsNone')} text={say('pluginsNoneHint')} />
      ) : (
        <ul className={css.plugins} aria-label={say('navPlugins')}>
          {plugins.map((plugin) => <PluginRow key={plugin.id} plugin={plugin} isOn={plugin.id === chosenId} />)}
        </ul>
      )}
      <NetworkSwitch />
      {tab === 'timeline' ? (
        <TimelineView plugin={chosen?.id} />
      ) : (
        shown !== undefined && <SettingsForm key={shown.id} plugin={shown} />
      )}
    </aside>
  );
}

const stateWords: Record<Plugin['state'], Word> = { running: 'running', stopped: 'stopped', crashed: 'crashed', aside: 'setAside' };
const stateDots: Record<Plugin['state'], DotTone> = { running: 'ok', stopped: 'off', crashed: 'bad', aside: 'warn' };

/** One plugin: how it is, what it uses, and its commands. */
function PluginRow({ plugin, isOn }: { plugin: Plugin; isOn: boolean }) {
  const till = useTill();
  const speech = useSpeech();
  const { say } = speech;
  const isRunning = plugin.state === 'running';
  const memoryMb = plugin.memory_bytes / 1_048_576;
  const memoryMbMax = plugin.memory_bytes_max / 1_048_576;
  return (
    <li className={`${css.plugin} ${isOn ? css.pluginOn : ''}`} data-testid={`plugin-${plugin.id}`} data-state={plugin.state}>
      <button type="button" className={`${css.pluginName} ell`} aria-pressed={isOn} onClick={() => setQuery({ dev: isOn ? '' : plugin.id })}>
        <b>{plugin.name}</b> {plugin.id !== plugin.name && <small>{plugin.id}</small>}
      </button>
      <span className={css.state}><Dot tone={stateDots[plugin.state]} />{say(stateWords[plugin.state])}</span>
      {isRunning ? (
        <>
          <Meter label={say('memory')} value={`${memoryMb.toFixed(1)} / ${Math.round(memoryMbMax)} MB`} part={memoryMb / memoryMbMax} />
          <Meter label={say('compute')} value={`${(plugin.turn_p95_us / 1_000).toFixed(1)} / ${Math.round(plugin.turn_limit_us / 1_000)} ms`} part={plugin.turn_p95_us / plugin.turn_limit_us} />
        </>
      ) : (
        <span className={css.reason} title={plugin.reason == null ? '' : speech.name(plugin.reason)} data-testid={`plugin-reason-${plugin.id}`}>
          {plugin.reason == null ? '' : speech.name(plugin.reason)}
        </span>
      )}
      <span className={css.commands}>
        {isRunning ? (
          <>
            <IconButton dense icon="again" name={`${plugin.name} ${say('restart')}`} testId={`plugin-restart-${plugin.id}`} onClick={() => void till.command(plugin.id, 'restart')} />
            <IconButton dense icon="stop" name={`${plugin.name} ${say('stop')}`} testId={`plugin-stop-${plugin.id}`} onClick={() => void till.command(plugin.id, 'stop')} />
          </>
        ) : (
          <IconButton dense icon="play" name={`${plugin.name} ${say('start')}`} testId={`plugin-start-${plugin.id}`} onClick={() => void till.command(plugin.id, 'start')} />
        )}
      </span>
    </li>
  );
}

/** Amber from 65 % of what is allowed, red from 85 %. */
function Meter({ label, value, part }: { label: string; value: string; part: number }) {
  const filled = Number.isFinite(part) ? Math.min(1, Math.max(0, part)) : 0;
  const tone = filled > 0.85 ? 'bad' : filled > 0.65 ? 'warn' : 'ok';
  return (
    <span className={css.meter}>
      <span className="num"><span>{label}</span><span>{value}</span></span>
      <i data-tone={tone}><i style={{ transform: `scaleX(${filled})` }} /></i>
    </span>
  );
}

/** The edge that is dragged. */
function ResizeEdge({ onResize, width }: { onResize: (by: number) => void; width: number }) {
  const { say } = useSpeech();
  const from = useRef<number | undefined>(undefined);
  const drag = (event: PointerEvent) => {
    if (from.current === undefined) return;
    onResize(from.current - event.clientX);
    from.current = event.clientX;
  };
  return (
    <div
      className={css.edge} role="slider" aria-orientation="horizontal" aria-label={say('drawerResize')} aria-valuenow={width} aria-valuemin={480} aria-valuemax={760} tabIndex={0}
      onPointerDown={(event) => { from.current = event.clientX; event.currentTarget.setPointerCapture(event.pointerId); }}
      onPointerMove={drag} onPointerUp={() => (from.current = undefined)}
      onKeyDown={(event) => { if (event.key === 'ArrowLeft') onResize(20); else if (event.key === 'ArrowRight') onResize(-20); }}
    />
  );
}
