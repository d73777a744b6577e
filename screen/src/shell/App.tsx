import { lazy, Suspense, useEffect, useState, useSyncExternalStore } from 'react';
import { OrderScreen } from '../order/OrderScreen';
import { go, here, setQuery, usePlace } from '../router';
import { useSpeech, useTill, useTillState } from '../till/useTill';
import type { Order } from '../api/types';
import { Button } from '../ui/Button';
import { EmptyState } from '../ui/pieces';
import { Banner } from './Banner';
import { KeysDialog } from './KeysDialog';
import { OpenPage } from './OpenPage';
import { Rail } from './Rail';
import { StatusStrip } from './StatusStrip';
import { Toasts } from './Toasts';
import { useTillKeys } from './useTillKeys';
import { chosenLanguage } from './taste';
import css from './shell.module.css';

const PaymentScreen = lazy(() => import('../pay/PaymentScreen').then((part) => ({ default: part.PaymentScreen })));
const OrdersScreen = lazy(() => import('../orders/OrdersScreen').then((part) => ({ default: part.OrdersScreen })));
const TablesScreen = lazy(() => import('../tables/TablesScreen').then((part) => ({ default: part.TablesScreen })));
const ImportScreen = lazy(() => import('../import/ImportScreen').then((part) => ({ default: part.ImportScreen })));
const InsightScreen = lazy(() => import('../insight/InsightScreen').then((part) => ({ default: part.InsightScreen })));
const Cockpit = lazy(() => import('../cockpit/Cockpit').then((part) => ({ default: part.Cockpit })));

/** Below this width of the window the drawer lies over the till instead of beside it. */
const DOCK_WIDTH_MIN = 1180;
const DRAWER = { usual: 588, least: 480, most: 760, step: 20 };

const narrow = matchMedia(`(max-width: ${DOCK_WIDTH_MIN - 1}px)`);

function watchWidth(listener: () => void): () => void {
  narrow.addEventListener('change', listener);
  return () => narrow.removeEventListener('change', listener);
}

/** The whole screen: the till, and beside it the drawer of who writes plugins. */
export function App() {
  const till = useTill();
  const { query } = usePlace();
  const link = useTillState((state) => state.link);
  const language = useTillState((state) => state.language);
  const [keysShown, setKeysShown] = useState(false);
  const [drawerWidth, setDrawerWidth] = useState(DRAWER.usual);
  const isDrawerOpen = query.has('dev');
  const isNarrow = useSyncExternalStore(watchWidth, () => narrow.matches);

  useResume();
  useTitle();
  useEffect(() => {
    const asked = chosenLanguage(location.search, localStorage);
    if (asked !== till.store.get().language) till.setLanguage(asked);
  }, [till, query]);
  const resize = (by: number) => setDrawerWidth((width) => Math.min(DRAWER.most, Math.max(DRAWER.least, width + by)));
  useTillKeys({ showKeys: () => setKeysShown(true), resizeDrawer: (steps) => resize(steps * DRAWER.step) });

  if (link === 'refused') return <OpenPage language={language} reason="refused" />;
  return (
    <div className={css.stage}>
      <div className={css.till}>
        <div className={css.frame} id="till-frame">
          <StatusStrip isDev={isDrawerOpen} />
          <Banner />
          <Rail />
          <Suspense fallback={<main className={css.main} />}>
            <Screen />
          </Suspense>
        </div>
        <Toasts />
        <div id="till-layer" className={css.layer} />
        {keysShown && <KeysDialog onClose={() => setKeysShown(false)} />}
        <Spoken />
      </div>
      {isDrawerOpen && (
        <Suspense fallback={null}>
          <Cockpit width={drawerWidth} isOver={isNarrow} onResize={resize} onClose={() => setQuery({ dev: undefined, tab: undefined })} />
        </Suspense>
      )}
    </div>
  );
}

function Screen() {
  const { path } = usePlace();
  const { say } = useSpeech();
  const [, screen = '', id] = path.split('/');
  useEffect(() => {
    if (screen === '' || screen === 'index.html') go('/order', 'replace');
  }, [screen]);
  switch (screen) {
    case '':
    case 'index.html':
    case 'order':
      return <OrderScreen />;
    case 'pay':
      return <PaymentScreen key={id} id={id ?? ''} />;
    case 'orders':
      return <OrdersScreen id={id} />;
    case 'tables':
      return <TablesScreen hall={id} />;
    case 'import':
      return <ImportScreen />;
    case 'insight':
      return <InsightScreen />;
    default:
      return (
        <main className={css.main}>
          <EmptyState icon="info" title={say('notFoundTitle')}>
            <Button onClick={() => go('/order')}>{say('toOrder')}</Button>
          </EmptyState>
        </main>
      );
  }
}

/** Goes on with what was sent and not answered before the page was reloaded. */
function useResume(): void {
  const till = useTill();
  useEffect(() => {
    for (const operation of till.operations.unanswered()) {
      void till.operations
        .perform<Order>(operation)
        .then((answer) => {
          if (operation.slot.startsWith('checkout:') && here().path === '/order') go(`/pay/${answer.id}`, 'replace');
        })
        .catch((error: unknown) => till.tell(error));
    }
  }, [till]);
}

function useTitle(): void {
  const speech = useSpeech();
  const shop = useTillState((state) => state.shop?.name);
  useEffect(() => {
    document.title = shop === undefined ? speech.say('product') : `${speech.name(shop)} · ${speech.say('product')}`;
  }, [shop, speech]);
}

/** What is said to who listens; both regions are there, empty, from the start. */
function Spoken() {
  const spoken = useTillState((state) => state.spoken);
  return (
    <>
      <p className="vh" role="status" aria-live="polite" data-testid="spoken-polite">{spoken.polite}</p>
      <p className="vh" role="alert" aria-live="assertive" data-testid="spoken-urgent">{spoken.urgent}</p>
    </>
  );
}
