import type { MouseEvent } from 'react';
import { setQuery, usePlace } from '../router';
import { useSpeech, useTill, useTillState } from '../till/useTill';
import { Icon, type IconName } from '../ui/Icon';
import type { Word } from '../words';
import { leaveTo } from './leave';
import css from './shell.module.css';

interface Stop {
  path: string;
  match: string[];
  icon: IconName;
  word: Word;
  testId: string;
  badge?: number;
}

/** The way between screens. A screen that this shop has no use for is not on it. */
export function Rail() {
  const till = useTill();
  const { say } = useSpeech();
  const { path, query } = usePlace();
  const hasTables = useTillState((state) => (state.shop?.tables.length ?? 0) > 0);
  const tablesInUse = useTillState((state) => state.shop?.tables.filter((table) => table.order_id != null).length ?? 0);
  const stops: Stop[] = [
    { path: '/order', match: ['/order', '/pay/'], icon: 'order', word: 'navOrder', testId: 'nav-order' },
    { path: '/orders', match: ['/orders', '/import'], icon: 'receipt', word: 'navOrders', testId: 'nav-orders' },
    ...(hasTables ? [{ path: '/tables', match: ['/tables'], icon: 'table' as const, word: 'navTables' as const, testId: 'nav-tables', badge: tablesInUse }] : []),
    { path: '/insight', match: ['/insight'], icon: 'insight', word: 'navInsight', testId: 'nav-insight' },
  ];
  const isOn = (stop: Stop) => stop.match.some((start) => (start === '/order' ? path === '/order' || path === '/' : path.startsWith(start)));
  const follow = (event: MouseEvent, to: string) => {
    if (event.metaKey || event.ctrlKey || event.button !== 0) return;
    event.preventDefault();
    void leaveTo(till, to);
  };
  const isDrawerOpen = query.has('dev');
  return (
    <nav className={css.rail} aria-label={say('screens')}>
      {stops.map((stop) => (
        <a key={stop.path} href={stop.path} data-testid={stop.testId} aria-current={isOn(stop) ? 'page' : undefined} onClick={(event) => follow(event, stop.path)}>
          <Icon name={stop.icon} size="large" />
          {say(stop.word)}
          {stop.badge !== undefined && stop.badge > 0 && <span className={`${css.badge} num`}>{stop.badge}</span>}
        </a>
      ))}
      <span className={css.space} />
      <button
        type="button" className={css.railButton} data-testid="nav-plugins" aria-pressed={isDrawerOpen}
        onClick={() => setQuery({ dev: isDrawerOpen ? undefined : '', tab: undefined }, 'push')}
      >
        <Icon name="plug" size="large" />
        {say('navPlugins')}
      </button>
    </nav>
  );
}
