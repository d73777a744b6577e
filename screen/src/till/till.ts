import type { QueryClient } from '@tanstack/react-query';
import { Client, Problem, Unreached } from '../api/client';
import { Live, type Link } from '../api/live';
import { Operations, type Operation } from '../api/operations';
import type {
  Aside, AsideMessage, AttemptStep, Begun, Cart, HeldCart, ImportJob, ImportWork, Insight, InsightOrders, Item, Network, NetworkPlan, Order, PastImport, Pay, Payment, Plugin, Proposal, ProposeMapping, Receipt, RunImport, Settings, Shop, StreamUpdate, Terminal, TerminalOutcome, TimelineEntry,
  TimelineMessage, Toast, Upload, Upstream, UpstreamAction,
} from '../api/types';
import { Timeline } from '../cockpit/timeline';
import { say, type Language, type Word, type Gaps } from '../words';
import { countsByItem, type Tap } from './cart';
import { withCatalog } from './catalog';
import { withChanges } from './outside';
import { Store } from './store';
import { Taps } from './taps';

/** A toast as it is shown: a plugin's, which names it, or the till's own. */
export interface ShownToast {
  id: string;
  level: 'info' | 'success' | 'warn' | 'error';
  message: string;
  plugin: { id: string; name: string } | undefined;
  button: string | undefined;
}

/** What the screen knows of the till. */
export interface TillState {
  link: Link;
  /** Since when the till cannot be reached. */
  lostSinceMs: number | undefined;
  shop: Shop | undefined;
  cart: Cart | undefined;
  counts: ReadonlyMap<number, number>;
  /** Carts that were put aside, oldest first. */
  held: readonly HeldCart[];
  /** The chosen line of the cart. */
  chosenLine: string | undefined;
  /** Orders that were seen since the page was opened. */
  orders: Readonly<Record<string, Order>>;
  terminal: Terminal | undefined;
  /** What was done about lost answers, by payment. */
  steps: Readonly<Record<string, readonly AttemptStep[]>>;
  plugins: readonly Plugin[];
  /** Other companies' servers that were called lately. */
  upstreams: readonly Upstream[];
  /** Messages that could not be delivered and wait for a decision. */
  aside: Aside;
  /** The switch for failures on purpose; none where the till has no such switch. */
  network: Network | undefined;
  toasts: readonly ShownToast[];
  /** Polite and urgent sentences for who listens to the screen. */
  spoken: { polite: string; urgent: string };
  /** The journal cannot be written; the till said so. */
  journalStopped: boolean;
  /** What to add to this machine's clock to get the till's. */
  clockOffsetMs: number;
  language: Language;
}

/** At most this many toasts; the oldest makes room. */
const TOASTS_MAX = 3;
/** At most this many orders are kept at hand; older ones are read again when asked for. */
const ORDERS_KEPT_MAX = 500;

/** The till as the screen deals with it: what it knows, kept current, and what it can be asked to do. */
export class Till {
  readonly store: Store<TillState>;
  readonly timeline = new Timeline();
  readonly operations: Operations;
  private readonly taps: Taps;
  private readonly live: Live;
  private reachedAgain: (() => void)[] = [];
  private toastNumber = 0;
  private changes = 0;
  private speakTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly client: Client,
    private readonly queries: QueryClient,
    storage: Pick<Storage, 'getItem' | 'setItem'>,
    language: Language,
  ) {
    this.store = new Store<TillState>({
      link: 'connecting', lostSinceMs: undefined, shop: undefined, cart: undefined, counts: new Map(), held: [], chosenLine: undefined, orders: {},
      terminal: undefined, steps: {}, plugins: [], upstreams: [], aside: { count: 0, messages: [] }, network: undefined, toasts: [], spoken: { polite: '', urgent: '' }, journalStopped: false, clockOffsetMs: 0, language,
    });
    this.operations = new Operations(client, () => this.untilReached(), storage);
    this.taps = new Taps({
      send: (tap) => this.sendTap(tap),
      read: () => client.get<Cart>('/api/cart'),
      paint: (cart) => this.paint(cart),
      onRenamed: (from, to) => {
        if (this.store.get().chosenLine === from) this.store.set({ chosenLine: to });
      },
      onFailed: (error) => this.tell(error),
      shop: () => this.store.get().shop,
    });
    this.live = new Live(client, {
      onLink: (link) => this.onLink(link),
      onUpdate: (update) => this.onUpdate(update),
      onReset: () => void this.readAll(),
    });
  }

  /** Follows the till until the page is closed. */
  start(): () => void {
    void this.live.run();
    return () => this.live.stop();
  }

  /** Tries to connect now. */
  retry(): void {
    this.live.retry();
  }

  /** The till's time. */
  nowMs(): number {
    return Date.now() + this.store.get().clockOffsetMs;
  }

  setLanguage(language: Language): void {
    this.store.set({ language });
  }

  words(word: Word, gaps?: Gaps): string {
    return say(this.store.get().language, word, gaps);
  }

  /** True when the till can be reached; else says that this must wait. */
  isReached(): boolean {
    if (this.store.get().link === 'open') return true;
    this.notice('warn', this.words('needsTill'));
    return false;
  }

  // — the cart

  tap(tap: Tap): void {
    if (this.isReached()) this.taps.take(tap);
  }

  /** Adds an item as a tap on its tile does, and chooses its line. */
  add(item: number, quantity = 1, choices?: { id: number; quantity: number }[]): void {
    this.tap({ do: 'add', localKey: `local-${crypto.randomUUID()}`, item, quantity, choices });
  }

  chooseLine(key: string | undefined): void {
    this.store.set({ chosenLine: key });
  }

  async scan(barcode: string): Promise<void> {
    if (!this.isReached()) return;
    try {
      await this.taps.quiet();
      this.taps.settle(await this.client.ask<Cart>('/api/scan', { method: 'POST', body: { barcode } }));
      this.speak(this.words('scanTaken', { code: barcode }));
    } catch (error) {
      if (error instanceof Problem && error.status === 404) this.notice('warn', this.words('scanUnknown', { code: barcode }));
      else this.tell(error);
    }
  }

  /** Puts the cart aside. */
  async hold(): Promise<void> {
    if (!this.isReached()) return;
    await this.taps.quiet();
    const { cart } = this.store.get();
    if (cart === undefined || cart.lines.length === 0) return this.notice('info', this.words('payDisabledEmpty'));
    if (await this.swapCart({ slot: `hold:${cart.id}`, path: '/api/cart/hold' })) this.speak(this.words('cartHoldDone'));
  }

  /** A held cart is the cart again; what is in the cart is put aside for it. */
  async takeUp(held: HeldCart): Promise<void> {
    if (!this.isReached()) return;
    await this.taps.quiet();
    const path = `/api/held-carts/${encodeURIComponent(held.cart.id)}/take-up`;
    if (await this.swapCart({ slot: `take-up:${held.cart.id}`, path })) this.speak(this.words('heldTakenUp'));
  }

  /** Marks an item as sold out, or puts it on sale again. */
  async setSaleState(item: Item, state: 'on_sale' | 'sold_out'): Promise<void> {
    if (!this.isReached()) return;
    await this.trying(async () => {
      const operation = { slot: `sale:${item.id}:${state}`, path: `/api/items/${item.id}/sale-state`, body: { state } };
      this.keepItem(await this.operations.perform<Item>(operation));
      const name = this.store.get().language === 'en' ? (item.title.en ?? item.title.ko) : item.title.ko;
      this.speak(this.words(state === 'sold_out' ? 'saleOffDone' : 'saleOnDone', { name }));
    });
  }

  // — orders and payments, each once

  /** The cart becomes an order. */
  async checkOut(table?: number, guests?: number): Promise<Order | undefined> {
    if (!this.isReached()) return undefined;
    await this.taps.quiet();
    const cart = this.store.get().cart;
    if (cart === undefined || cart.lines.length === 0) return undefined;
    const body = { ...(table === undefined ? {} : { table }), ...(guests === undefined ? {} : { guests }) };
    return this.order({ slot: `checkout:${cart.id}`, path: '/api/orders', body });
  }

  recall(order: Order): Promise<Order | undefined> {
    return this.order({ slot: `recall:${order.id}`, path: `/api/orders/${order.id}/recall` });
  }

  cancelOrder(order: Order): Promise<Order | undefined> {
    return this.order({ slot: `cancel:${order.id}`, path: `/api/orders/${order.id}/cancel` });
  }

  completeOrder(order: Order): Promise<Order | undefined> {
    return this.order({ slot: `complete:${order.id}`, path: `/api/orders/${order.id}/complete` });
  }

  acceptOrder(order: Order, minutes: number): Promise<Order | undefined> {
    return this.order({ slot: `accept:${order.id}`, path: `/api/orders/${order.id}/accept`, body: { minutes } });
  }

  declineOrder(order: Order, reason: string): Promise<Order | undefined> {
    return this.order({ slot: `decline:${order.id}`, path: `/api/orders/${order.id}/decline`, body: { reason } });
  }

  /** Begins a payment; what becomes of it is told by the stream. The attempts so far are part of its name: a new try is a new one. */
  pay(order: Order, pay: Pay): Promise<Begun | undefined> {
    return this.begin({ slot: `pay:${order.id}:${order.payments.length}`, path: `/api/orders/${order.id}/payments`, body: pay });
  }

  settle(order: Order, payment: Payment, how: 'inquire' | 'reverse'): Promise<Begun | undefined> {
    const tries = this.store.get().steps[payment.id]?.length ?? 0;
    return this.begin({ slot: `${how}:${payment.id}:${tries}`, path: `/api/orders/${order.id}/payments/${payment.id}/${how}` });
  }

  /** Says what the card company said about a payment that the terminal would not take back. */
  resolve(order: Order, payment: Payment, charged: boolean): Promise<Begun | undefined> {
    return this.begin({ slot: `resolve:${payment.id}:${String(charged)}`, path: `/api/orders/${order.id}/payments/${payment.id}/resolve`, body: { charged } });
  }

  /** Gives a payment back. A veto is thrown for whoever asked, to show it with its plugin's name. */
  async cancelPayment(order: Order, payment: Payment): Promise<Order | undefined> {
    if (!this.isReached()) return undefined;
    const operation = { slot: `refund:${payment.id}`, path: `/api/orders/${order.id}/payments/${payment.id}/cancel` };
    const begun = await this.operations.perform<Begun>(operation);
    this.keepOrder(begun.order);
    return this.untilOrder(order.id, (now) => now.payments.some((one) => one.id === payment.id && one.state !== 'cancelling'));
  }

  /** The order as soon as it is as wanted; what is known is looked at first. */
  untilOrder(id: string, isWanted: (order: Order) => boolean): Promise<Order> {
    return new Promise((done) => {
      const look = (): boolean => {
        const order = this.store.get().orders[id];
        if (order === undefined || !isWanted(order)) return false;
        done(order);
        return true;
      };
      if (look()) return;
      const leave = this.store.subscribe(() => {
        if (look()) leave();
      });
    });
  }

  async readOrder(id: string): Promise<Order> {
    const order = await this.client.get<Order>(`/api/orders/${encodeURIComponent(id)}`);
    this.keepOrder(order);
    return order;
  }

  async readOrders(query: URLSearchParams, signal: AbortSignal): Promise<Order[]> {
    const orders = await this.client.get<Order[]>(`/api/orders?${query.toString()}`, signal);
    for (const order of orders) this.keepOrder(order, false);
    return orders;
  }

  readReceipt(order: string, copy: 'first' | 'reprint', refundOf?: string): Promise<Receipt> {
    const which = refundOf === undefined ? 'receipt' : `refund-receipts/${refundOf}`;
    return this.client.get<Receipt>(`/api/orders/${encodeURIComponent(order)}/${which}?copy=${copy}`);
  }

  // — the simulated terminal

  async chooseOutcome(outcome: TerminalOutcome, sticky: boolean): Promise<boolean> {
    if (!this.isReached()) return false;
    return this.trying(async () => {
      this.store.set({ terminal: await this.client.ask<Terminal>('/api/terminal', { method: 'PUT', body: { outcome, sticky } }) });
    });
  }

  // — plugins

  async command(plugin: string, what: 'start' | 'stop' | 'restart'): Promise<void> {
    if (!this.isReached()) return;
    await this.trying(async () => {
      this.keepPlugin(await this.client.ask<Plugin>(`/api/plugins/${encodeURIComponent(plugin)}/${what}`, { method: 'POST' }));
    });
  }

  readSettings(plugin: string): Promise<Settings> {
    return this.client.get<Settings>(`/api/plugins/${encodeURIComponent(plugin)}/settings`);
  }

  writeSettings(plugin: string, values: Settings['values']): Promise<Settings> {
    return this.client.ask<Settings>(`/api/plugins/${encodeURIComponent(plugin)}/settings`, { method: 'PUT', body: { values } });
  }

  async pressSetting(plugin: string, input: string): Promise<void> {
    if (!this.isReached()) return;
    const path = `/api/plugins/${encodeURIComponent(plugin)}/settings/buttons/${encodeURIComponent(input)}`;
    await this.trying(() => this.client.ask<void>(path, { method: 'POST' }));
  }

  async readTimeline(): Promise<void> {
    this.timeline.add(await this.client.get<TimelineEntry[]>('/api/timeline?limit=1000'));
  }

  readMessage(seq: number): Promise<TimelineMessage> {
    return this.client.get<TimelineMessage>(`/api/timeline/${seq}`);
  }

  // — other companies' servers

  /** Holds a plugin's calls to a server back, lets them all through, or leaves them to the breaker again. */
  async setUpstream(upstream: Upstream, action: UpstreamAction): Promise<void> {
    if (!this.isReached()) return;
    // The till takes whom it lists by that name; `*` is everybody, whom no name is needed for.
    const which = { origin: upstream.origin, ...(upstream.caller === '*' ? {} : { plugin: upstream.plugin ?? upstream.caller }) };
    await this.trying(async () => {
      this.store.set({ upstreams: await this.client.ask<Upstream[]>(`/api/upstreams/${action}`, { method: 'POST', body: which }) });
    });
  }

  /** Sends a message again that stands aside; the stream tells what became of it. */
  async retryMessage(message: AsideMessage): Promise<void> {
    if (!this.isReached()) return;
    await this.trying(async () => {
      await this.client.ask<unknown>(`/api/outbox/${message.id}/retry`, { method: 'POST' });
    });
  }

  /** Lets calls fail on purpose, or leaves the network alone. */
  async setNetwork(plan: NetworkPlan): Promise<void> {
    if (!this.isReached()) return;
    await this.trying(async () => {
      this.store.set({ network: await this.client.ask<Network>('/api/network', { method: 'POST', body: plan }) });
    });
  }

  // — toasts

  /** The till's own word. */
  notice(level: ShownToast['level'], message: string): void {
    const { toasts } = this.store.get();
    if (toasts.some((toast) => toast.plugin === undefined && toast.message === message)) return;
    this.toastNumber += 1;
    this.showToast({ id: `till-${this.toastNumber}`, level, message, plugin: undefined, button: undefined });
  }

  closeToast(toast: ShownToast): void {
    this.dropToast(toast.id);
    if (toast.plugin !== undefined) void this.client.ask(`/api/toasts/${encodeURIComponent(toast.id)}/close`, { method: 'POST' }).catch(() => undefined);
  }

  async pressToast(toast: ShownToast): Promise<void> {
    this.dropToast(toast.id);
    await this.trying(() => this.client.ask<void>(`/api/toasts/${encodeURIComponent(toast.id)}/button`, { method: 'POST' }));
  }

  clickToast(toast: ShownToast): void {
    if (toast.plugin !== undefined) void this.client.ask(`/api/toasts/${encodeURIComponent(toast.id)}/click`, { method: 'POST' }).catch(() => undefined);
  }

  /** Says something to who listens to the screen; a later sentence within the pause replaces it. */
  speak(sentence: string, urgent = false): void {
    if (urgent) {
      this.store.set({ spoken: { ...this.store.get().spoken, urgent: sentence } });
      return;
    }
    clearTimeout(this.speakTimer);
    this.speakTimer = setTimeout(() => this.store.set({ spoken: { ...this.store.get().spoken, polite: sentence } }), 400);
  }

  /** Shows what went wrong, in the words the till gave. */
  tell(error: unknown): void {
    if (error instanceof Unreached) this.notice('warn', this.words('needsTill'));
    else if (error instanceof Problem) {
      if (error.code === 'till-unavailable') this.store.set({ journalStopped: true });
      this.notice('error', this.store.get().language === 'ko' ? error.korean : error.english);
    } else this.notice('error', this.words('errorUnknown'));
  }

  // — inside

  private async order(operation: Operation): Promise<Order | undefined> {
    if (!this.isReached()) return undefined;
    try {
      const order = await this.operations.perform<Order>(operation);
      this.keepOrder(order);
      return order;
    } catch (error) {
      this.tell(error);
      return undefined;
    }
  }

  private swapCart(operation: Operation): Promise<boolean> {
    return this.trying(async () => this.taps.settle(await this.operations.perform<Cart>(operation)));
  }

  private async begin(operation: Operation): Promise<Begun | undefined> {
    if (!this.isReached()) return undefined;
    try {
      const begun = await this.operations.perform<Begun>(operation);
      this.keepOrder(begun.order);
      return begun;
    } catch (error) {
      this.tell(error);
      return undefined;
    }
  }

  private async trying(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      this.tell(error);
      return false;
    }
  }

  private sendTap(tap: Tap): Promise<Cart> {
    const line = 'key' in tap ? `/api/cart/lines/${encodeURIComponent(tap.key)}` : '';
    const ask = (path: string, method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', body?: unknown) => this.client.ask<Cart>(path, { method, body });
    switch (tap.do) {
      case 'add':
        return ask('/api/cart/lines', 'POST', { item: tap.item, quantity: tap.quantity, ...(tap.choices ? { choices: tap.choices } : {}) });
      case 'quantity':
        return ask(line, 'PATCH', { quantity: tap.quantity });
      case 'memo':
        return ask(line, 'PATCH', { memo: tap.memo });
      case 'choices':
        return ask(line, 'PATCH', { choices: tap.choices });
      case 'remove':
        return ask(line, 'DELETE');
      case 'line-discount':
        return ask(`${line}/discounts`, 'POST', tap.discount);
      case 'line-discount-remove':
        return ask(`${line}/discounts/${tap.index}`, 'DELETE');
      case 'discount':
        return ask('/api/cart/discounts', 'POST', tap.discount);
      case 'discount-remove':
        return ask(`/api/cart/discounts/${tap.index}`, 'DELETE');
      case 'dining':
        return ask('/api/cart/dining', 'PUT', { dining: tap.dining });
      case 'order-memo':
        return ask('/api/cart/memo', 'PUT', { memo: tap.memo });
      case 'clear':
        return ask('/api/cart', 'DELETE');
    }
  }

  private paint(cart: Cart): void {
    const { chosenLine } = this.store.get();
    const isThere = chosenLine !== undefined && cart.lines.some((line) => line.key === chosenLine);
    this.store.set({ cart, counts: countsByItem(cart), chosenLine: isThere ? chosenLine : undefined });
  }

  private onLink(link: Link): void {
    const before = this.store.get();
    const lostSinceMs = link === 'lost' ? (before.lostSinceMs ?? Date.now()) : undefined;
    if (link === 'lost' && before.link === 'open') this.speak(this.words('bannerTitle'), true);
    this.store.set({ link, lostSinceMs: link === 'open' ? undefined : lostSinceMs });
    if (link !== 'open') return;
    for (const reached of this.reachedAgain.splice(0)) reached();
  }

  private untilReached(): Promise<void> {
    // The stream notices a lost till within a moment; until it does, asking again at once would only spin.
    return new Promise((done) => {
      setTimeout(() => {
        if (this.store.get().link === 'open') done();
        else this.reachedAgain.push(done);
      }, 300);
    });
  }

  private async readAll(triesLeft = 3): Promise<void> {
    const before = this.changes;
    try {
      const [shop, cart, held, terminal, plugins, toasts, upstreams, aside, network] = await Promise.all([
        this.client.get<Shop>('/api/shop'),
        this.client.get<Cart>('/api/cart'),
        this.client.get<HeldCart[]>('/api/held-carts'),
        this.client.get<Terminal>('/api/terminal'),
        this.client.get<Plugin[]>('/api/plugins'),
        this.client.get<Toast[]>('/api/toasts'),
        this.client.get<Upstream[]>('/api/upstreams'),
        this.client.get<Aside>('/api/outbox/aside'),
        this.readNetwork(),
      ]);
      const own = this.store.get().toasts.filter((toast) => toast.plugin === undefined);
      this.store.set({
        shop, held, terminal, plugins, upstreams, aside, network, orders: {}, steps: {}, journalStopped: false,
        clockOffsetMs: Date.parse(shop.now) - Date.now(),
        toasts: [...own, ...toasts.map(shownToast)].slice(-TOASTS_MAX),
      });
      this.timeline.clear();
      this.taps.settle(cart);
      // What the stream told meanwhile may be newer than what was read: it is read once more.
      if (before !== this.changes && triesLeft > 0) return await this.readAll(triesLeft - 1);
      await this.queries.invalidateQueries();
    } catch (error) {
      // When the till went away in between, the stream connects again and everything is read once more.
      if (!(error instanceof Unreached)) this.tell(error);
    }
  }

  // — how orders went

  readInsight(asked: URLSearchParams, signal: AbortSignal): Promise<Insight> {
    return this.client.get<Insight>(`/api/insight?${asked.toString()}`, signal);
  }

  /** Orders behind something of the page. */
  readInsightOrders(asked: URLSearchParams, signal: AbortSignal): Promise<InsightOrders> {
    return this.client.get<InsightOrders>(`/api/insight/orders?${asked.toString()}`, signal);
  }

  // — files to import

  bringFile(file: File): Promise<Upload> {
    return this.client.ask<Upload>(`/api/import/uploads?name=${encodeURIComponent(file.name)}`, { method: 'POST', file });
  }

  proposeMapping(asked: ProposeMapping): Promise<Proposal> {
    return this.client.ask<Proposal>('/api/import/proposal', { method: 'POST', body: asked });
  }

  /** Begins to check a file, or to import it. */
  beginImport(what: 'check' | 'start', asked: RunImport): Promise<ImportJob> {
    return this.client.ask<ImportJob>(`/api/import/${what}`, { method: 'POST', body: asked });
  }

  stopImport(): Promise<ImportJob> {
    return this.client.ask<ImportJob>('/api/import/stop', { method: 'POST' });
  }

  readImportWork(signal: AbortSignal): Promise<ImportWork> {
    return this.client.get<ImportWork>('/api/import/work', signal);
  }

  readImportHistory(signal: AbortSignal): Promise<PastImport[]> {
    return this.client.get<PastImport[]>('/api/import/history', signal);
  }

  /** Saves the refused rows of an import as a file. */
  async saveRefusedRows(run: string): Promise<void> {
    try {
      const address = URL.createObjectURL(await this.client.file(`/api/import/history/${encodeURIComponent(run)}/refused.csv`));
      const link = Object.assign(document.createElement('a'), { href: address, download: this.words('importRefusedName') });
      link.click();
      URL.revokeObjectURL(address);
    } catch (error) {
      this.tell(error);
    }
  }

  private async readNetwork(): Promise<Network | undefined> {
    try {
      return await this.client.get<Network>('/api/network');
    } catch (error) {
      if (error instanceof Problem && error.code === 'no-network-switch') return undefined;
      throw error;
    }
  }

  private onUpdate(update: StreamUpdate): void {
    if (['cart', 'held-carts', 'item', 'terminal', 'plugin', 'toast', 'upstreams', 'aside', 'network'].includes(update.event)) this.changes += 1;
    switch (update.event) {
      case 'cart':
        return this.taps.settle(update.data);
      case 'held-carts':
        return this.store.set({ held: update.data });
      case 'order':
        this.keepOrder(update.data.order);
        return void this.queries.invalidateQueries({ queryKey: ['orders'] });
      case 'item':
        return this.keepItem(update.data);
      case 'catalog': {
        const { shop } = this.store.get();
        return this.store.set({ shop: shop && withCatalog(shop, update.data) });
      }
      case 'terminal':
        return this.store.set({ terminal: update.data });
      case 'attempt': {
        const { steps } = this.store.get();
        const step = update.data;
        return this.store.set({ steps: { ...steps, [step.payment_id]: [...(steps[step.payment_id] ?? []), step].slice(-50) } });
      }
      case 'plugin':
        return this.keepPlugin(update.data);
      case 'plugin-gone':
        return this.store.set({ plugins: this.store.get().plugins.filter((plugin) => plugin.id !== update.data.id) });
      case 'timeline':
        return this.timeline.add(update.data);
      case 'toast':
        return this.showToast(shownToast(update.data));
      case 'toast-closed':
        return this.dropToast(update.data.id);
      case 'settings':
        return void this.queries.setQueryData(['settings', update.data.plugin], update.data.settings);
      case 'upstreams':
        return this.store.set({ upstreams: withChanges(this.store.get().upstreams, update.data) });
      case 'aside':
        return this.store.set({ aside: update.data });
      case 'network':
        return this.store.set({ network: update.data });
      case 'hello':
      case 'reset':
        return;
    }
  }

  /** Keeps an order unless a newer state of it is known. */
  private keepOrder(order: Order, isNews = true): void {
    const { orders, shop } = this.store.get();
    const known = orders[order.id];
    if (known !== undefined && (isLater(known.updated_at, order.updated_at) || (!isNews && known.updated_at === order.updated_at))) return;
    const kept = Object.keys(orders).length >= ORDERS_KEPT_MAX ? {} : orders;
    this.store.set({ orders: { ...kept, [order.id]: order }, shop: shop && withTable(shop, order) });
  }

  private keepItem(item: Item): void {
    const { shop } = this.store.get();
    if (shop === undefined) return;
    this.store.set({ shop: { ...shop, items: shop.items.map((one) => (one.id === item.id ? item : one)) } });
  }

  private keepPlugin(plugin: Plugin): void {
    const { plugins } = this.store.get();
    const before = plugins.find((one) => one.id === plugin.id);
    if (before?.state === 'running' && (plugin.state === 'crashed' || plugin.state === 'aside')) {
      this.notice('error', this.words('pluginStoppedTold', { plugin: plugin.name }));
    }
    const next = before === undefined ? [...plugins, plugin] : plugins.map((one) => (one.id === plugin.id ? plugin : one));
    this.store.set({ plugins: next });
  }

  private showToast(toast: ShownToast): void {
    const others = this.store.get().toasts.filter((one) => one.id !== toast.id);
    this.store.set({ toasts: [...others, toast].slice(-TOASTS_MAX) });
    this.speak(toast.plugin ? `${toast.plugin.name}: ${toast.message}` : toast.message, toast.level === 'error');
  }

  private dropToast(id: string): void {
    this.store.set({ toasts: this.store.get().toasts.filter((toast) => toast.id !== id) });
  }
}

/** Compares two times of the till, which carry as many digits below the second as they need. */
export function isLater(one: string, other: string): boolean {
  const [ms, otherMs] = [Date.parse(one), Date.parse(other)];
  return ms === otherMs ? fraction(one) > fraction(other) : ms > otherMs;
}

function fraction(at: string): string {
  return (/\.(\d+)/.exec(at)?.[1] ?? '').padEnd(9, '0');
}

function shownToast(toast: Toast): ShownToast {
  return { id: toast.id, level: toast.level, message: toast.message, plugin: { id: toast.plugin, name: toast.plugin_name }, button: toast.button ?? undefined };
}

/** The shop with the order on its table, or off it. */
function withTable(shop: Shop, order: Order): Shop {
  if (order.table_id == null) return shop;
  const isOpen = order.state === 'opened' || order.state === 'requested';
  const table = shop.tables.find((one) => one.id === order.table_id);
  if (table === undefined || (isOpen ? table.order_id === order.id : table.order_id !== order.id)) return shop;
  const tables = shop.tables.map((one) => (one.id === order.table_id ? { ...one, order_id: isOpen ? order.id : null } : one));
  return { ...shop, tables };
}
