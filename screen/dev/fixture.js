// A till in a page's memory, only for looking at the screen while drawing it: `node dev/look.mjs`. Not part of the build.
(() => {
  const params = new URLSearchParams(location.search);
  const mode = params.get('fixture') ?? 'cafe';
  const now = () => new Date().toISOString();
  const t = (ko, en) => ({ ko, en: en ?? null });
  const names = [
    ['아메리카노', 'Americano', 4500, 1, 'coffee'], ['카페라떼', 'Caffè Latte', 5000, 2, 'milk'], ['바닐라 라떼', 'Vanilla Latte', 5500, 2, 'milk'], ['콜드브루', 'Cold Brew', 5200, 1, 'coffee'],
    ['오늘의 브루잉', "Today's Brew", 6500, 1, 'coffee'], ['플랫화이트', 'Flat White', 5200, 2, 'milk'], ['흑임자 라떼', 'Black Sesame Latte', 6200, 2, 'milk'], ['디카페인', 'Decaf', 5000, 1, 'coffee'],
    ['제주 말차', 'Jeju Matcha', 6200, 3, 'tea'], ['유자 에이드', 'Yuja Ade', 6000, 3, 'ade'], ['자몽 에이드', 'Grapefruit Ade', 6000, 3, 'ade'], ['캐모마일', 'Chamomile', 5300, 3, 'tea'],
    ['소금빵', 'Salt Bread', 3800, 4, 'bake'], ['크루아상', 'Croissant', 4200, 4, 'bake'], ['앙버터', 'Red Bean Butter', 5500, 4, 'bake'], ['당근 케이크', 'Carrot Cake', 6800, 4, 'bake'],
    ['하우스 블렌드 200g', 'House Blend', 16000, 5, 'goods'], ['드립백 세트', 'Drip Bag Set', 12000, 5, 'goods'], ['쑥 라떼', 'Mugwort Latte', 6000, 2, 'tea'], ['밀크티', 'Milk Tea', 5800, 3, 'milk'],
  ];
  const choice = (id, ko, en, amount = 0, more = {}) => ({ id, title: t(ko, en), amount, sale_state: 'on_sale', countable: false, ...more });
  const options = [
    { id: 1, title: t('온도', 'Temperature'), choices_min: 1, choices_max: 1, default_choice_ids: [11], choices: [choice(10, '따뜻하게', 'Hot'), choice(11, '차갑게', 'Iced')] },
    { id: 2, title: t('크기', 'Size'), choices_min: 1, choices_max: 1, default_choice_ids: [21], choices: [choice(20, '레귤러', 'Regular'), choice(21, '라지', 'Large', 500), choice(22, '벤티', 'Venti', 1000, { sale_state: 'sold_out' })] },
    { id: 3, title: t('샷', 'Shots'), choices_min: 0, choices_max: 3, default_choice_ids: [], choices: [choice(30, '샷 추가', 'Extra shot', 500, { countable: true })] },
    { id: 4, title: t('시럽', 'Syrup'), choices_min: 0, choices_max: 2, default_choice_ids: [], choices: [choice(40, '바닐라', 'Vanilla', 500), choice(41, '헤이즐넛', 'Hazelnut', 500), choice(42, '카라멜', 'Caramel', 500)] },
  ];
  const items = names.map(([ko, en, amount, category, glyph], index) => ({
    id: index + 1, title: t(ko, en), category_id: category, description: null, sale_state: [7, 15].includes(index) ? 'sold_out' : 'on_sale', sale_state_set: 'on_sale',
    stock_left: index === 13 ? 3 : null, amount, price_kind: 'fixed', tax_free: false, barcode: index === 16 ? '8801234567890' : null, labels: [], glyph,
    option_ids: category === 1 ? [1, 2, 3, 4] : category === 2 ? [1, 2] : [],
  }));
  const isRestaurant = mode === 'restaurant';
  const shop = {
    key: 'cafe', name: t('성수 로스터리', 'Seongsu Roastery'), merchant_id: 1, business: 'cafe', payment_time: isRestaurant ? 'later' : 'first', currency: { code: 'KRW', decimals: 0 }, time_zone: 'Asia/Seoul',
    day_begins_at_hour: 5, business_date: '2026-11-22', now: now(), serial_number: 'SIM-1',
    categories: [['커피', 'Coffee'], ['라떼', 'Latte'], ['티·에이드', 'Tea & ade'], ['베이커리', 'Bakery'], ['원두·굿즈', 'Beans & goods']].map(([ko, en], index) => ({ id: index + 1, title: t(ko, en) })),
    items, options, halls: isRestaurant ? [{ id: 1, title: t('1층 홀') }, { id: 2, title: t('테라스') }] : [],
    tables: isRestaurant ? Array.from({ length: 10 }, (_, index) => ({ id: index + 1, hall_id: index < 8 ? 1 : 2, title: t(String(index + 1)), seats: 2 + (index % 3), order_id: null })) : [],
    limits: { quantity_max: 9999, lines_max: 500, memo_length_max: 500, discounts_max: 20, amount_max: 1e12, ready_minutes_max: 1440 },
  };
  const totals = (lines, discounts) => {
    const list = lines.reduce((sum, line) => sum + line.list_amount, 0);
    let charge = lines.reduce((sum, line) => sum + line.charge_amount, 0);
    for (const discount of discounts) charge -= discount.amount ?? Math.round((charge * discount.basis_points) / 10000);
    const tax = Math.round(charge / 11);
    return { list, discount: list - charge, charge, taxable: charge, tax_free: 0, tax, supply: charge - tax };
  };
  const count = (line) => {
    const list = line.unit_amount * line.quantity;
    const charge = line.discounts.reduce((left, one) => left - (one.amount ?? Math.round((left * one.basis_points) / 10000)), list);
    return { ...line, list_amount: list, discount_amount: list - charge, charge_amount: charge };
  };
  let keys = 0;
  const lineOf = (item, quantity, chosen, more = {}) => {
    const picked = options.flatMap((group) => (item.option_ids.includes(group.id) ? group.choices.flatMap((one) => {
      const asked = (chosen ?? group.default_choice_ids.map((id) => ({ id, quantity: 1 }))).find((wish) => wish.id === one.id);
      return asked ? [{ id: one.id, option_id: group.id, title: one.title, amount: one.amount, quantity: asked.quantity ?? 1 }] : [];
    }) : []));
    return count({
      key: `L${(keys += 1)}`, item_id: item.id, title: item.title, category_id: item.category_id, price_kind: 'fixed', tax_free: false, choices: picked, quantity,
      unit_amount: item.amount + picked.reduce((sum, one) => sum + one.amount * one.quantity, 0), list_amount: 0, discount_amount: 0, charge_amount: 0, discounts: [], memo: '', dining: 'here',
      fixed: { memo: false, choices: false, quantity: false }, plugin: null, ...more,
    });
  };
  const off = (more) => ({ title: t('할인', 'Discount'), amount: null, basis_points: null, plugin: null, ...more });
  const start = () => [
    lineOf(items[0], 2, [{ id: 11 }, { id: 21 }, { id: 30, quantity: 1 }], { memo: '얼음 적게' }), lineOf(items[1], 1, [{ id: 10 }, { id: 20 }]),
    lineOf(items[12], 2, [], { discounts: [off({ basis_points: 1000 })] }), lineOf(items[4], 1, [{ id: 10 }, { id: 20 }], { plugin: 'today-beans' }),
  ];
  let cart = { id: 'c1', lines: mode === 'empty' ? [] : start(), discounts: mode === 'empty' ? [] : [off({ title: t('단골 쿠폰', 'Regulars coupon'), amount: 2000, plugin: 'stamp-card' })], dining: 'here', memo: '', totals: undefined };
  const recount = () => (cart = { ...cart, totals: totals(cart.lines, cart.discounts) });
  recount();
  const orders = new Map();
  let number = 41;
  const placed = (lines, discounts, more = {}) => {
    const id = String(1000 + (number += 1));
    const sum = totals(lines, discounts);
    const order = {
      id, order_key: id, number, business_date: '2026-11-22', state: 'opened', payment_state: 'opened', source: 'till', source_plugin: null, channels: ['POS'], table_id: null, guests: null, memo: '', lines,
      discounts, totals: sum, paid: 0, unpaid: sum.charge, payable: sum.charge, waits_for_terminal: false, payments: [], request: null, receipt_number: null, created_at: now(), updated_at: now(), opened_at: now(),
      completed_at: null, cancelled_at: null, ...more,
    };
    orders.set(id, order);
    return order;
  };
  const settle = (order) => {
    const paid = order.payments.filter((one) => one.state === 'approved').reduce((sum, one) => sum + one.amount, 0);
    const held = order.payments.filter((one) => ['started', 'unknown'].includes(one.state)).reduce((sum, one) => sum + one.amount, 0);
    const unpaid = order.totals.charge - paid;
    const next = { ...order, paid, unpaid, payable: unpaid - held, payment_state: unpaid === 0 ? 'completed' : paid > 0 ? 'paid' : order.payments.some((one) => one.state === 'cancelled') ? 'refunded' : 'opened', state: unpaid === 0 ? 'completed' : order.state, updated_at: now() };
    orders.set(order.id, next);
    tell('order', { order: next, happened: [] });
    return next;
  };
  let terminal = { screen: 'idle', amount: null, attempt: null, deadline: null, chosen: null, sticky: false, can_inquire: true, model: 'MADANG SIM-01' };
  const plugin = (id, name, state, more = {}) => ({ id, name, version: '1.4.0', form: 'worker', state, reason: null, next_start_at: null, memory_bytes: 19.3e6, memory_bytes_max: 67.1e6, turn_p95_us: 4100, turn_limit_us: 50000, message_count: 46, refusal_count: 1, permissions: [], notes: [], ...more });
  const plugins = [
    plugin('stamp-card', '단골 스탬프', 'running'), plugin('today-beans', '오늘의 원두', 'running', { memory_bytes: 26.3e6, memory_bytes_max: 33.5e6, turn_p95_us: 1200 }),
    plugin('moa-pay', '모아페이', 'stopped', { reason: t('직접 멈춤 · 12:05') }), plugin('coupon-box', '쿠폰함', 'crashed', { reason: t('TypeError · 3초 뒤 다시 켬 (2/3)') }), plugin('pager', '호출 알림', 'aside', { reason: t('5분에 3번 죽음 · 주문은 그대로') }),
  ];
  let seq = 0;
  const timeline = [];
  const entry = (name, direction, ms, bytes, cause, more = {}) => timeline.push({ seq: (seq += 1), at: new Date(Date.now() - 60000 + seq * 37).toISOString(), plugin: 'stamp-card', direction, kind: 'message', name, callback_id: null, duration_us: ms === null ? null : ms * 1000, bytes, result: 'ok', caused_by: cause, summary: '', ...more });
  for (let tap = 0; tap < 12; tap += 1) {
    entry('draft-order.change.event', 'in', 1.2, 412, `042 · 메뉴 담기 ${tap + 1}`);
    entry('log', 'out', 0.3, 96, `042 · 메뉴 담기 ${tap + 1}`, { result: 'none' });
  }
  entry('payment.event.request', 'in', 42.6, 1100, '042 · 결제 앞', { result: 'veto' });
  entry('http.request', 'out', 38.2, 2400, '042 · 결제 앞');
  entry('storage.set.request', 'out', 0.1, 78000, '042 · 결제 앞', { result: 'refused' });
  entry('toast.open', 'out', 0.3, 142, null);
  const settings = {
    inputs: [
      { id: 'name', kind: 'text', label: '쿠폰 이름', required: true, default: '단골 한 잔', values: [], candidates: [{ text: '단골 한 잔', value: '단골 한 잔' }, { text: '열 번째 잔', value: '열 번째 잔' }] },
      { id: 'least', kind: 'number', label: '적립 기준', required: true, min: 1000, max: 50000, values: [], candidates: [] },
      { id: 'key', kind: 'password', label: '서버 열쇠', required: false, values: [], candidates: [] },
      { id: 'how', kind: 'radio', label: '적립 방법', required: false, values: [{ id: 'phone', label: '전화번호' }, { id: 'barcode', label: '바코드' }, { id: 'both', label: '둘 다' }], candidates: [] },
      { id: 'not', kind: 'checkbox', label: '적립하지 않을 분류', required: false, values: [{ id: 'beans', label: '원두·굿즈' }, { id: 'bake', label: '베이커리' }, { id: 'sale', label: '할인 메뉴' }], candidates: [] },
      { id: 'print', kind: 'toggle', label: '영수증에 남은 개수', required: false, values: [], candidates: [] },
      { id: 'count', kind: 'slider', label: '쿠폰이 되는 개수', required: false, min: 5, max: 20, step: 1, default: 10, values: [], candidates: [] },
      { id: 'try', kind: 'button', label: '연결 시험', required: false, values: [], candidates: [] }, { id: 'clear', kind: 'button', label: '모두 지우기', required: false, style: 'danger', values: [], candidates: [] },
    ],
    values: { least: 500, how: 'phone', not: ['beans', 'sale'], print: true, key: '' },
  };
  let pipe;
  let position = 0;
  const encoder = new TextEncoder();
  function tell(event, data) {
    pipe?.enqueue(encoder.encode(`id: f-${(position += 1)}\nevent: ${event}\ndata: ${JSON.stringify({ event, data })}\n\n`));
  }
  const finish = (id) => {
    const order = orders.get(id);
    const kind = terminal.chosen?.kind;
    const state = { approved: 'approved', declined: 'failed', timed_out: 'failed', unplugged: 'failed', answer_lost: 'unknown' }[kind];
    if (state === undefined) return;
    const failure = { declined: { why: 'declined', code: terminal.chosen.code ?? null, message: terminal.chosen.message }, timed_out: { why: 'not_charged', code: null, message: '카드를 대지 않았어요' }, unplugged: { why: 'not_charged', code: null, message: '리더기가 빠졌어요' } }[kind] ?? null;
    const payments = order.payments.map((one) => (one.state === 'started' ? { ...one, state, failure, approval: state === 'approved' ? { number: '30481930', at: now(), card_brand: '하나', card_number_masked: '123456******4417', installment_months: 0, acquirer: null, simulated: true, source: null } : null } : one));
    terminal = { ...terminal, screen: { approved: 'approved', declined: 'declined', timed_out: 'timed_out', unplugged: 'unplugged', answer_lost: 'lost' }[kind], deadline: null, chosen: terminal.sticky ? terminal.chosen : null };
    tell('terminal', terminal);
    settle({ ...order, payments });
    if (state === 'unknown') {
      const step = (name, tries, next) => tell('attempt', { order_id: id, payment_id: payments.at(-1).id, attempt: payments.at(-1).attempt, step: name, tries, next_at: next, at: now() });
      step('lost', 1, null);
      step('inquiring', 3, new Date(Date.now() + 2500).toISOString());
    }
  };
  const pay = (order, body) => {
    const amount = body.amount ?? Math.min(body.received ?? order.payable, order.payable);
    const payment = {
      id: `P${order.payments.length + 1}-${order.id}`, method: body.method, state: body.method === 'card' ? 'started' : 'approved', amount, taxable: amount, tax_free: 0, tax: Math.round(amount / 11), attempt: `att-${order.id}-${order.payments.length + 1}`,
      payment_key: 'k', approval: null, cash_received: body.received ?? null, cash_change: body.received ? body.received - amount : null, plugin: null, failure: null, refund_receipt_number: null, started_at: now(), cancelled_at: null,
    };
    const next = settle({ ...order, payments: [...order.payments, payment] });
    if (body.method === 'card') {
      terminal = { ...terminal, screen: 'waiting', amount, attempt: payment.attempt, deadline: new Date(Date.now() + 60000).toISOString() };
      tell('terminal', terminal);
      setTimeout(() => finish(order.id), 300);
    }
    return { order: next, payment_id: payment.id, done: body.method !== 'card' };
  };
  const width = (text) => [...text].reduce((sum, one) => sum + (/[\uac00-\ud7a3]/.test(one) ? 2 : 1), 0);
  const row = (left, right) => left + ' '.repeat(Math.max(1, 42 - width(left) - width(right))) + right;
  const centre = (text) => ' '.repeat(Math.floor((42 - width(text)) / 2)) + text;
  const receipt = (order, copy) => ({
    columns: 42,
    lines: [
      centre('성수 로스터리'), '서울 성동구 연무장길 00', row('사업자 000-00-00000', '대표 김마당'), '-'.repeat(42), row(`주문 0${order.number}`, '2026-11-22 12:41'), row('영수증', '20261122-1-0042'), '-'.repeat(42), ...(copy === 'reprint' ? [centre('[재발행]')] : []),
      ...order.lines.flatMap((line) => [row(`${line.title.ko} ×${line.quantity}`, line.list_amount.toLocaleString()), ...line.choices.map((one) => `  ${one.title.ko}${one.amount ? ` +${one.amount}` : ''}`)]), '-'.repeat(42),
      row('받을 금액', order.totals.charge.toLocaleString()), row('  부가세', order.totals.tax.toLocaleString()), '-'.repeat(42), ...order.payments.filter((one) => one.state !== 'failed').map((one) => row(one.method === 'card' ? '카드' : '현금', one.amount.toLocaleString())), '-'.repeat(42), centre('[시험] 실제로 결제되지 않았습니다'), centre('고맙습니다'),
    ],
  });
  for (let past = 0; past < 9; past += 1) {
    const lines = [lineOf(items[past], 1 + (past % 3), undefined), ...(past % 2 ? [lineOf(items[12], 1)] : [])];
    const order = placed(lines, [], { created_at: new Date(Date.now() - (9 - past) * 240000).toISOString(), number: 32 + past, table_id: isRestaurant && past < 4 ? past + 1 : null, guests: isRestaurant ? 2 : null });
    if (isRestaurant && past < 4) shop.tables[past].order_id = order.id;
    if (past > 3) pay(order, { method: 'cash', received: 50000 });
  }
  // — how orders went: the week of the design
  const lengthOf = (minutes, seconds = 0) => (minutes * 60 + seconds) * 1000;
  const stops = [
    ['begun', '주문 담기', 'Order begun', 'step', 16, 150, 1284], ['paid', '결제', 'Paid', 'step', 176, 150, 1262], ['cooking', '조리 시작', 'Cooking begun', 'step', 336, 150, 1243], ['cooked', '조리 완료', 'Cooked', 'step', 496, 150, 1236],
    ['handed', '손님께 건넴', 'Handed over', 'done', 672, 56, 918], ['taken', '라이더 가져감', 'Rider took it', 'step', 672, 244, 318], ['delivered', '문 앞 전달', 'Delivered', 'done', 496, 318, 316], ['cancelled', '취소', 'Cancelled', 'called_off', 176, 318, 41],
  ];
  const flows = [
    ['begun', 'paid', 'M124 176H163', 'M176 176L162 166V186Z', 9, 1262, lengthOf(0, 48), 'usual', 120, 204], ['paid', 'cooking', 'M284 176H323', 'M336 176L322 166V186Z', 9, 1243, lengthOf(1, 6), 'usual', 280, 204],
    ['cooking', 'cooked', 'M444 176H483', 'M496 176L482 166V186Z', 9, 1236, lengthOf(3, 24), 'slow', 440, 204], ['cooked', 'handed', 'M604 166C640 160 632 84 660 82', 'M672 82L658 74V90Z', 6.5, 918, lengthOf(1, 12), 'usual', 560, 84],
    ['cooked', 'taken', 'M604 186C640 196 628 268 660 270', 'M672 270L658 263V277Z', 5, 318, lengthOf(9, 12), 'worst', 556, 217], ['taken', 'delivered', 'M726 296C726 336 690 344 614 344', 'M604 344L616 338V350Z', 3, 316, lengthOf(7, 40), 'usual', 660, 350],
    ['begun', 'cancelled', 'M84 202C92 300 120 338 166 342', 'M176 344L164 339V349Z', 1.5, 22, lengthOf(0, 12), 'rare', 62, 288], ['paid', 'cancelled', 'M230 202V308', 'M230 318L225 306H235Z', 1.5, 19, lengthOf(2), 'rare', 244, 250],
    ['paid', 'paid', 'M206 150C200 96 262 96 254 140', 'M254 150L249 138H259Z', 2, 64, lengthOf(0, 38), 'usual', 200, 70],
  ];
  const wayOf = (orders, share, median_ms, ...activities) => ({ key: activities.join(''), activities, orders, share, median_ms });
  const cardOf = (from, to, ko, en, median_ms, p90_ms, count, sentence, sentence_en, slow_hour = null) => ({
    from, to, title: t(ko, en), sentence: t(sentence, sentence_en), count, orders: count, median_ms, median_before_ms: null, p90_ms, p95_ms: p90_ms, lost_per_week_ms: count * median_ms, share: 0.41, slow_hour,
  });
  const counted = (now, before = null) => ({ now, before });
  const past = (order, at) => ({ id: order.id, number: order.number, business_date: '2026-11-22', channel: 'delivery', table_id: null, began_at: order.created_at, last_at: order.created_at, last: 'taken', duration_ms: lengthOf(22 - at * 2, 7 * at), wait_ms: lengthOf(17 - at, 3 * at), is_open: false, way: 'x' });
  const insight = () => ({
    period: { from: '2026-11-16', to: '2026-11-22' }, period_before: { from: '2026-11-09', to: '2026-11-15' }, known_from: null, is_up_to_date: true,
    channels: [{ channel: 'pos', name: t('매장', 'In the shop'), orders: 918 }, { channel: 'delivery', name: t('배달', 'Delivery'), orders: 366 }],
    activities: stops.map(([activity, ko, en, kind]) => ({ activity, name: t(ko, en), kind })),
    summary: {
      orders: counted(1284, 1209), events: counted(9871), median_ms: counted(lengthOf(6, 12), lengthOf(6, 36)), p90_ms: counted(lengthOf(18, 40), lengthOf(17, 30)), p95_ms: counted(lengthOf(24)), ways: counted(14), top_ways_share: counted(0.94),
      again: counted(102), called_off: counted(41), again_or_called_off: counted(143), again_or_called_off_share: counted(0.1114),
    },
    map: {
      width: 800, height: 392, detail: { activities: [2, 3, 4, 5, 6, 7, 8], activity_step: 6, paths: [{ edges: 7, share: 0.9 }, { edges: 8, share: 0.98 }, { edges: 9, share: 1 }], path_step: 2 },
      nodes: stops.map(([activity, , , , x, y, events], at) => ({ activity, area: { x, y, width: 108, height: 46 }, orders: events, events, began: at === 0 ? events : 0, ended: [4, 6, 7].includes(at) ? events : 0 })),
      edges: flows.map(([from, to, line, head, stroke, count, median_ms, rank, x, y]) => ({ from, to, line, head, stroke, count, orders: count, median_ms, p90_ms: median_ms * 1.9, p95_ms: median_ms * 2.2, rank, label: { x, y, width: rank === 'worst' ? 112 : 60, height: 31 } })),
    },
    ways: [
      wayOf(796, 0.62, lengthOf(5, 48), 'begun', 'paid', 'cooking', 'cooked', 'handed'), wayOf(283, 0.22, lengthOf(21, 30), 'begun', 'paid', 'cooking', 'cooked', 'taken', 'delivered'), wayOf(64, 0.05, lengthOf(7, 12), 'begun', 'paid', 'paid', 'cooking', 'cooked', 'handed'),
      wayOf(38, 0.03, lengthOf(11, 5), 'begun', 'paid', 'cooking', 'cooking', 'cooked', 'handed'), wayOf(22, 0.017, lengthOf(0, 12), 'begun', 'cancelled'), wayOf(19, 0.015, lengthOf(2, 30), 'begun', 'paid', 'cancelled'),
    ],
    cards: [
      cardOf('cooked', 'taken', '라이더를 기다려요', 'Waiting for the rider', lengthOf(9, 12), lengthOf(17), 318, '“조리 완료” 다음 “라이더 가져감”까지 보통 9분 12초, 길면 17분 기다려요. 318번, 일주일에 모두 2일, 전체 기다림의 41%예요.', 'After “Cooked” it usually takes 9 min 12 s to “Rider took it”: 318 times, 2 d a week together, 41% of all waiting.', { hour: 12, median_ms: lengthOf(12), count: 90 }),
      cardOf('cooking', 'cooked', '조리를 기다려요', 'Waiting to be cooked', lengthOf(3, 24), lengthOf(6, 10), 1236, '“조리 시작” 다음 “조리 완료”까지 보통 3분 24초, 길면 6분 10초 기다려요. 1,236번, 전체 기다림의 30%예요.', 'After “Cooking begun” it usually takes 3 min 24 s to “Cooked”: 1,236 times, 30% of all waiting.'),
      cardOf('begun', 'paid', '결제를 기다려요', 'Waiting to pay', lengthOf(0, 48), lengthOf(1, 30), 1262, '“주문 담기” 다음 “결제”까지 보통 48초, 길면 1분 30초 기다려요. 1,262번, 전체 기다림의 9%예요.', 'After “Order begun” it usually takes 48 s to “Paid”: 1,262 times, 9% of all waiting.'),
      cardOf('taken', 'delivered', '전달을 기다려요', 'Waiting to be delivered', lengthOf(7, 40), lengthOf(12), 316, '보통 7분 40초 기다려요.', 'It usually takes 7 min 40 s.'),
    ],
    waiting: { total: 3, orders: [...orders.values()].slice(0, 3).map((order, at) => ({ order: past(order, at), waiting_ms: lengthOf(9 - at) })) },
  });
  /** As many boxes as the till ever sends. */
  const many = () => {
    const names = Array.from({ length: 60 }, (_, at) => `a${at}`);
    const place = (at) => ({ x: 12 + Math.floor(at / 6) * 250, y: 12 + (at % 6) * 90 });
    const nodes = names.map((activity, at) => ({ activity, area: { ...place(at), width: 120, height: 46 }, orders: 900 - at, events: 900 - at, began: 0, ended: 0 }));
    const edges = names.slice(6).map((to, at) => {
      const [from, end] = [place(at), place(at + 6)];
      return {
        from: names[at], to, line: `M${from.x + 120} ${from.y + 23}H${end.x - 12}`, head: `M${end.x} ${end.y + 23}L${end.x - 12} ${end.y + 17}V${end.y + 29}Z`, stroke: 1 + (at % 8), count: 800 - at, orders: 700, median_ms: lengthOf(at, 5), p90_ms: lengthOf(at + 2), p95_ms: null,
        rank: at === 20 ? 'worst' : at % 9 === 0 ? 'rare' : 'usual', label: { x: from.x + 140, y: from.y + 32, width: 90, height: 31 },
      };
    });
    const activities = names.map((activity, at) => ({ activity, name: t(`활동 ${at} 이름이 긴 것도 있어요`.slice(0, 5 + (at % 20)), `Activity ${at}`), kind: at > 54 ? 'done' : 'step' }));
    return { ...insight(), activities: [...insight().activities, ...activities], map: { width: 2530, height: 560, nodes, edges, detail: { activities: [2, 10, 18, 26, 35, 43, 51, 60], activity_step: 7, paths: [{ edges: 54, share: 1 }], path_step: 0 } } };
  };
  const nothing = () => ({
    ...insight(), channels: [], ways: [], cards: [], waiting: { total: 0, orders: [] }, map: { ...insight().map, nodes: [], edges: [] },
    summary: { ...insight().summary, orders: counted(0), events: counted(0), median_ms: counted(null), p90_ms: counted(null), ways: counted(0), top_ways_share: counted(null), again_or_called_off: counted(0), again_or_called_off_share: counted(null) },
  });

  const answer = (body, status = 200) => new Response(status === 204 ? null : JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
  const changeLine = (key, change) => {
    cart = { ...cart, lines: cart.lines.map((line) => (line.key === key ? count(change(line)) : line)) };
    return answer(recount());
  };
  window.fetch = async (path, init = {}) => {
    const url = new URL(path, location.href);
    const [, , part, id, sub, subId] = url.pathname.split('/');
    const method = init.method ?? 'GET';
    const body = init.body ? JSON.parse(init.body) : undefined;
    if (window.madangGone) throw new TypeError('gone');
    if (part === 'stream') {
      return new Response(new ReadableStream({ start(controller) {
        pipe = controller;
        window.madangLose = () => { window.madangGone = true; controller.close(); };
        tell('hello', { epoch: 'f', position: 0, clock: now() });
      } }));
    }
    if (part === 'shop') return answer(shop);
    if (part === 'cart') {
      if (method === 'DELETE' && id === undefined) cart = { ...cart, lines: [], discounts: [] };
      else if (id === 'lines' && method === 'POST' && subId === undefined && sub === undefined) {
        const line = lineOf(items.find((one) => one.id === body.item), body.quantity, body.choices);
        cart = { ...cart, lines: [...cart.lines, line] };
      } else if (id === 'lines' && subId === 'discounts') return changeLine(sub, (line) => ({ ...line, discounts: [...line.discounts, off(body)] }));
      else if (id === 'lines' && method === 'PATCH') return changeLine(sub, (line) => ({ ...line, ...(body.choices ? {} : body) }));
      else if (id === 'lines' && method === 'DELETE') cart = { ...cart, lines: cart.lines.filter((line) => line.key !== sub) };
      else if (id === 'dining') cart = { ...cart, dining: body.dining };
      return answer(recount());
    }
    if (part === 'orders' && id === undefined && method === 'POST') {
      const order = placed(cart.lines, cart.discounts, { table_id: body.table ?? null, guests: body.guests ?? null });
      cart = { ...cart, id: `c${number}`, lines: [], discounts: [] };
      recount();
      tell('cart', cart);
      return answer(order);
    }
    if (part === 'orders' && id === undefined) return answer([...orders.values()].reverse());
    if (part === 'orders') {
      const order = orders.get(id);
      if (sub === 'payments' && subId === undefined) return answer(pay(order, body), 202);
      if (sub === 'payments') return answer({ type: 'about:blank', title: '', status: 409, code: 'vetoed', detail: 'no', detail_ko: 'stamp-card: 이 주문으로 받은 스탬프 3개 가운데 2개를 이미 썼어요.' }, 409);
      if (sub === 'receipt') return answer(receipt(order, url.searchParams.get('copy')));
      return answer(order);
    }
    if (part === 'terminal') {
      if (method === 'PUT') {
        terminal = { ...terminal, chosen: body.outcome, sticky: body.sticky };
        const waiting = [...orders.values()].find((order) => order.payments.some((one) => one.state === 'started'));
        if (waiting) setTimeout(() => finish(waiting.id), 100);
      }
      return answer(terminal);
    }
    if (part === 'plugins') return answer(id === undefined ? plugins : sub === 'settings' ? settings : plugins[0]);
    if (part === 'timeline') return answer(id === undefined ? timeline : { entry: timeline[id - 1], body: { name: timeline[id - 1].name, version: 1, data: { order: '042', lines: [{ menu: '오늘의 브루잉', quantity: 1, won: 6500 }], allow: false } } });
    if (part === 'upstreams' || part === 'network') {
      if (part === 'network') return answer(method === 'POST' ? { plan: body.faults.length > 0 ? body : null } : { plan: null });
      const upstream = (plugin, origin, breaker, more = {}) => ({
        caller: `plugin:${plugin}`, plugin, origin, breaker, retry_at: null, in_flight: 0, queued: 0, calls: 42, attempts: 44, failures: 0, budget_denials: 0, breaker_opened: 0, refused: 0,
        stale_served: 0, sent_bytes: 18000, last_failure: null, is_failing: false, ...more,
      });
      const gone = { at: now(), message: 'no connection to https://orders.example.com: connection refused' };
      return answer([
        upstream('stamp-card', 'https://stamps.example.com', 'closed'), upstream('coupon-box', 'https://coupons.example.com', 'isolated', { failures: 2 }),
        upstream('today-beans', 'https://orders.example.com', 'open', { failures: 7, retry_at: new Date(Date.now() + 18000).toISOString(), is_failing: true, last_failure: gone }),
      ]);
    }
    if (part === 'insight' && mode === 'broken') return answer({ code: 'insight-reading', detail: 'the journal is still being read', detail_ko: '장부를 아직 읽고 있어요' }, 503);
    if (part === 'insight' && id === 'orders') return answer({ total: 318, page: 1, size: 100, orders: [...orders.values()].slice(0, 6).map(past) });
    if (part === 'insight') return answer(mode === 'empty' ? nothing() : mode === 'many' ? many() : insight());
    if (part === 'outbox') return answer({ count: 0, messages: [] });
    if (part === 'held-carts') return answer([]);
    if (part === 'toasts') return answer(id === undefined ? [] : undefined, id === undefined ? 200 : 204);
    return answer({ code: 'not-found' }, 404);
  };
  window.madangTell = tell;
})();
