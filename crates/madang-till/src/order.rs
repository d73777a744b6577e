//! Writing what happens to an order: events, numbers, stock, views and the operation's record in one batch, again when
//! somebody else was first.

use std::sync::Arc;

use jiff::civil::Date;
use madang_journal::{
    Batch, ExpectedVersion, OperationChange, OperationRecord, PendingWrite, Position, StreamId,
    ValueChange, Version, ViewChange, WriteError, Written, limits,
};
use madang_model::cart::{Cart, CartEvent};
use madang_model::catalog::SaleState;
use madang_model::line::Line;
use madang_model::order::decide::place;
use madang_model::order::{NewOrder, Order, OrderEvent, OrderState, ReceiptNumber};
use madang_model::stock::StockEvent;
use madang_model::{ItemId, OrderId, Refusal};
use serde::Serialize;

use crate::event::{self, NotedEvent, Stamp, asked_stream, item_stream, order_stream, write};
use crate::memory::{HeldOrder, Memory};
use crate::messages::OrderChanged;
use crate::operation::Actor;
use crate::till::{Change, Inner, TillError};
use crate::view;

/// How often a decision is made anew because somebody else wrote first. A till has a handful of writers.
const TRIES_MAX: u32 = 100;

/// Bytes of an order's row, lines and discounts: with its payments it must stay below what the journal takes.
const ORDER_BYTES_MAX: usize = limits::BODY_BYTES_MAX / 2;
/// Bytes kept free for the end of a payment that begins: its approval, a receipt, a refund with its own.
const PAYMENT_END_BYTES: usize = 32 * 1024;

/// What a batch does to the cart beside what it does to an order.
pub(crate) struct CartChange {
    /// The cart's events, by stream and what is expected of it.
    pub writes: Vec<(StreamId, ExpectedVersion, Vec<CartEvent>)>,
    /// Where the till keeps which cart is its own, when it is another one now.
    pub current: Option<ValueChange>,
    /// The till's cart after it.
    pub after: Cart,
    /// The version of that cart's stream.
    pub version: Version,
    /// The word that plugins hear.
    pub word: &'static str,
}

/// Makes the change of the cart, under the lock of the memory.
pub(crate) type CartStep<'a> =
    &'a (dyn Fn(&Memory, &Order) -> Result<CartChange, NotWritten> + Send + Sync);

/// What a batch does to the operation it belongs to, once the order is known.
pub(crate) type OperationStep<'a> = &'a (dyn Fn(&Order) -> Option<OperationChange> + Send + Sync);

/// Why a change of an order was not written.
#[derive(Debug)]
pub(crate) enum NotWritten {
    /// The model said no.
    Refused(Refusal),
    /// Not now; the same request may do it in a moment, so nothing is kept with its key.
    NotNow(Refusal),
    /// The operation was claimed before.
    Claimed(Box<OperationRecord>),
    /// The journal failed.
    Failed(TillError),
}

impl From<Refusal> for NotWritten {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            // What another request does at this moment says nothing about this one.
            Refusal::PaymentUnderWay
            | Refusal::PaymentNotReversed
            | Refusal::InFlight
            | Refusal::ImportElsewhere { .. }
            | Refusal::RowsRefused { .. } => Self::NotNow(refusal),
            refusal => Self::Refused(refusal),
        }
    }
}

impl From<TillError> for NotWritten {
    fn from(error: TillError) -> Self {
        match error {
            TillError::Refused(refusal) => refusal.into(),
            other => Self::Failed(other),
        }
    }
}

/// A number that was given: a stream that had to be new.
#[derive(Serialize)]
#[serde(tag = "kind", content = "body", rename_all = "kebab-case")]
enum NumberEvent {
    NumberGiven { order: OrderId },
}

/// A batch with what it makes of the memory.
struct Plan {
    batch: Batch,
    order: Arc<Order>,
    version: Version,
    items: Vec<(ItemId, StockEvent)>,
    cart: Option<CartAfter>,
}

/// What a batch makes of the cart.
struct CartAfter {
    cart: Arc<Cart>,
    version: Version,
    word: &'static str,
}

/// A batch that was handed over, with how to undo what memory already took of it.
struct Handed {
    plan: Plan,
    pending: PendingWrite,
    cart_epoch: u64,
}

impl Inner {
    pub fn stamp(&self, actor: &Actor, operation: Option<&str>) -> Stamp {
        let at = self.world.now();
        Stamp {
            at,
            business_date: self.shop.business_date(at).to_string(),
            actor: actor.to_string(),
            operation: operation.map(str::to_owned),
            asked: Arc::default(),
        }
    }

    /// Places a new order. `make` is given its number and is called again when that number was taken.
    pub async fn place_order(
        &self,
        stamp: &Stamp,
        make: impl Fn(&Memory, u32, Date) -> Result<NewOrder, Refusal>,
        cart: Option<CartStep<'_>>,
        step: OperationStep<'_>,
    ) -> Result<Arc<Order>, NotWritten> {
        let mut taken = 0;
        for _ in 0..TRIES_MAX {
            let handed = {
                let mut memory = self.memory_mut();
                let business_date = self.shop.business_date(stamp.at);
                memory.begin_day(business_date);
                memory.next_numbers.pass_over(taken);
                let number = memory.next_numbers.order;
                let new = make(&memory, number, business_date)?;
                self.check_stock(&memory, &new.lines)?;
                let (order, placed) = place(new, stamp.at)?;
                let due = self.receipts_due(&mut memory, &order, &placed, business_date);
                let mut plan = self.plan_with(&memory, order, Version::NONE, placed, due, stamp);
                self.number(&mut plan, &format!("order/{business_date}/{number}"), stamp);
                if let Some(cart) = cart {
                    let change = cart(&memory, &plan.order)?;
                    plan.take_cart(change, stamp);
                }
                plan.batch.operation = step(&plan.order);
                memory.next_numbers.order = number.saturating_add(1);
                self.hand_over(&mut memory, plan)?
            };
            match self.settled(handed).await {
                Ok((order, _)) => return Ok(order),
                Err(WriteError::Conflict { stream, .. })
                    if stream.kind == event::stream::NUMBER =>
                {
                    taken += 1;
                }
                Err(error) => return Err(not_written(error)),
            }
        }
        Err(Refusal::InFlight.into())
    }

    /// Changes an order as `decide` says, which is asked again when somebody else was first.
    pub async fn change_order(
        &self,
        id: OrderId,
        stamp: &Stamp,
        decide: impl Fn(&Order) -> Result<Vec<OrderEvent>, Refusal>,
        step: OperationStep<'_>,
    ) -> Result<(Arc<Order>, Vec<OrderEvent>), NotWritten> {
        self.change_order_and_cart(id, stamp, decide, None, step)
            .await
    }

    /// The same, with a change of the cart in the same batch.
    pub async fn change_order_and_cart(
        &self,
        id: OrderId,
        stamp: &Stamp,
        decide: impl Fn(&Order) -> Result<Vec<OrderEvent>, Refusal>,
        cart: Option<CartStep<'_>>,
        step: OperationStep<'_>,
    ) -> Result<(Arc<Order>, Vec<OrderEvent>), NotWritten> {
        let mut taken = 0;
        for _ in 0..TRIES_MAX {
            let held = self.load(id).await?;
            let decided = decide(&held.order)?;
            if decided.is_empty() && step(&held.order).is_none() {
                return Ok((held.order, decided));
            }
            let handed = {
                let mut memory = self.memory_mut();
                let business_date = self.shop.business_date(stamp.at);
                memory.begin_day(business_date);
                memory.next_numbers.pass_over(taken);
                let mut plan =
                    self.plan_change(&mut memory, &held, &decided, stamp, step, business_date)?;
                if let Some(cart) = cart {
                    let change = cart(&memory, &plan.order)?;
                    plan.take_cart(change, stamp);
                }
                self.hand_over(&mut memory, plan)?
            };
            match self.settled(handed).await {
                Ok((order, _)) => return Ok((order, decided)),
                Err(WriteError::Conflict { stream, .. })
                    if stream.kind == event::stream::NUMBER =>
                {
                    taken += 1;
                }
                Err(WriteError::Conflict { stream, .. }) if stream.kind == event::stream::ORDER => {
                    self.catch_up(&held).await?
                }
                Err(error) => return Err(not_written(error)),
            }
        }
        Err(Refusal::InFlight.into())
    }

    /// Changes an item; such changes commute.
    pub async fn change_item(
        &self,
        item: ItemId,
        event: StockEvent,
        stamp: &Stamp,
        operation: OperationChange,
    ) -> Result<(), NotWritten> {
        let pending = {
            let mut memory = self.memory_mut();
            let before = memory.item(item).ok_or(Refusal::NoSuchItem { item })?;
            let stream = item_stream(&self.shop_id, item);
            let mut batch = Batch::new(self.shop_id.clone());
            batch
                .expect(stream.clone(), ExpectedVersion::Any)
                .event(write(stream, &event, stamp));
            batch.operation = Some(operation);
            batch.views = vec![view::item_row(item, before.evolve(&event))];
            batch.view_moves = view::moves();
            let pending = self.journal.write_soon(batch).map_err(TillError::from)?;
            memory.change_item(item, &event);
            (pending, before)
        };
        let (pending, before) = pending;
        if let Err(error) = pending.settled().await {
            self.memory_mut().set_item(item, before);
            return Err(not_written(error));
        }
        self.tell_item(item);
        Ok(())
    }

    /// Writes a batch that only concerns an operation, with what plugins were asked for it.
    pub async fn write_operation(
        &self,
        operation: OperationChange,
        stamp: &Stamp,
    ) -> Result<(), NotWritten> {
        let mut batch = self.asked_alone(stamp);
        batch.operation = Some(operation);
        self.journal
            .write(batch)
            .await
            .map(drop)
            .map_err(not_written)
    }

    /// A batch that notes what plugins were asked, and nothing else yet.
    pub fn asked_alone(&self, stamp: &Stamp) -> Batch {
        let mut batch = Batch::new(self.shop_id.clone());
        for asked in &*stamp.asked {
            let stream = asked_stream(&self.shop_id, asked.order);
            if !batch.expected.iter().any(|(there, _)| *there == stream) {
                batch.expect(stream.clone(), ExpectedVersion::Any);
            }
            batch.event(write(
                stream,
                &NotedEvent::PluginAsked(asked.clone()),
                stamp,
            ));
        }
        batch
    }

    fn plan(
        &self,
        memory: &Memory,
        order: Order,
        before: Version,
        events: &[OrderEvent],
        stamp: &Stamp,
    ) -> Plan {
        let stream = order_stream(&self.shop_id, order.id);
        let mut batch = self.asked_alone(stamp);
        batch.expect(stream.clone(), ExpectedVersion::Exactly(before));
        for event in events {
            batch.event(write(stream.clone(), event, stamp));
        }
        let version = events
            .iter()
            .fold(before, |version, _| version.next().unwrap_or(version));
        let items = stock_changes(memory, &order, events);
        for (item, event) in &items {
            let stream = item_stream(&self.shop_id, *item);
            batch
                .expect(stream.clone(), ExpectedVersion::Any)
                .event(write(stream, event, stamp));
        }
        batch.outbox = self.settings.messages.about(&OrderChanged {
            shop: &self.shop,
            order: &order,
            before,
            events,
            at: stamp.at,
        });
        batch.views.push(view::order_row(&order, version));
        for payment in events.iter().filter_map(new_payment) {
            batch.views.push(view::payment_row(&order, payment));
        }
        for (item, event) in &items {
            if let Some(day) = memory.item(*item) {
                batch.views.push(view::item_row(*item, day.evolve(event)));
            }
        }
        batch.view_moves = view::moves();
        Plan {
            batch,
            order: Arc::new(order),
            version,
            items,
            cart: None,
        }
    }

    fn plan_change(
        &self,
        memory: &mut Memory,
        held: &HeldOrder,
        decided: &[OrderEvent],
        stamp: &Stamp,
        step: OperationStep<'_>,
        business_date: Date,
    ) -> Result<Plan, NotWritten> {
        let order = decided.iter().fold((*held.order).clone(), |order, event| {
            order.evolve(event, stamp.at)
        });
        let due = self.receipts_due(memory, &order, decided, business_date);
        if let Some(lines) = added_lines(decided) {
            self.check_stock(memory, lines)?;
        }
        let decided = decided.to_vec();
        let mut plan = self.plan_with(memory, order, held.version, decided, due, stamp);
        plan.batch.operation = step(&plan.order);
        Ok(plan)
    }

    /// The plan of what was decided and of the receipts that are due for it.
    fn plan_with(
        &self,
        memory: &Memory,
        order: Order,
        before: Version,
        mut events: Vec<OrderEvent>,
        due: Vec<OrderEvent>,
        stamp: &Stamp,
    ) -> Plan {
        let order = due
            .iter()
            .fold(order, |order, given| order.evolve(given, stamp.at));
        let numbers: Vec<String> = due
            .iter()
            .filter_map(receipt_of)
            .map(|number| format!("receipt/{number}"))
            .collect();
        events.extend(due);
        let mut plan = self.plan(memory, order, before, &events, stamp);
        for number in numbers {
            self.number(&mut plan, &number, stamp);
        }
        plan
    }

    /// Receipts that the change calls for: the sale's own when it is paid, or done with nothing to pay, and one for each
    /// payment given back.
    fn receipts_due(
        &self,
        memory: &mut Memory,
        order: &Order,
        decided: &[OrderEvent],
        business_date: Date,
    ) -> Vec<OrderEvent> {
        let mut number = || {
            let sequence = memory.next_numbers.receipt;
            memory.next_numbers.receipt = sequence.saturating_add(1);
            ReceiptNumber {
                business_date,
                till: self.settings.till.clone(),
                sequence,
            }
        };
        let mut due = Vec::new();
        let has_paid = order.paid().is_positive() || order.state == OrderState::Completed;
        if order.receipt.is_none()
            && order.is_paid()
            && has_paid
            && !order.waits_for_terminal()
            && !decided.is_empty()
        {
            due.push(OrderEvent::ReceiptGiven { receipt: number() });
        }
        for event in decided {
            if let OrderEvent::PaymentCancelled { payment } = event {
                due.push(OrderEvent::RefundReceiptGiven {
                    payment: *payment,
                    receipt: number(),
                });
            }
        }
        due
    }

    /// Gives a number away: its stream must be new.
    fn number(&self, plan: &mut Plan, number: &str, stamp: &Stamp) {
        let stream = StreamId {
            shop: self.shop_id.clone(),
            kind: event::stream::NUMBER.into(),
            id: number.to_owned(),
        };
        let given = NumberEvent::NumberGiven {
            order: plan.order.id,
        };
        plan.batch
            .expect(stream.clone(), ExpectedVersion::Exactly(Version::NONE))
            .event(write(stream, &given, stamp));
    }

    /// Hands a plan to the journal's writer. Stock is taken in memory at once, so that two orders cannot take the last one.
    fn hand_over(&self, memory: &mut Memory, plan: Plan) -> Result<Handed, NotWritten> {
        check_size(&plan.batch)?;
        madang_journal::failpoint("till-before-write");
        let pending = self
            .journal
            .write_soon(plan.batch.clone())
            .map_err(not_written)?;
        for (item, event) in &plan.items {
            memory.change_item(*item, event);
        }
        let cart_epoch = memory.cart_epoch;
        if let Some(after) = &plan.cart {
            memory.cart = after.cart.clone();
            memory.cart_version = after.version;
        }
        Ok(Handed {
            plan,
            pending,
            cart_epoch,
        })
    }

    async fn settled(&self, handed: Handed) -> Result<(Arc<Order>, Position), WriteError> {
        let Handed {
            plan,
            pending,
            cart_epoch,
        } = handed;
        match pending.settled().await {
            Ok(written) => {
                madang_journal::failpoint("till-after-write");
                Ok(self.take_in(&plan, &written))
            }
            Err(error) => {
                {
                    let mut memory = self.memory_mut();
                    for (item, event) in &plan.items {
                        memory.change_item(*item, &opposite(event));
                    }
                }
                if plan.cart.is_some() {
                    self.reload_cart(cart_epoch).await;
                }
                Err(error)
            }
        }
    }

    fn take_in(&self, plan: &Plan, written: &Written) -> (Arc<Order>, Position) {
        let position = written.positions.last().copied().unwrap_or_default();
        let mut memory = self.memory_mut();
        memory.hold(plan.order.clone(), plan.version);
        // Told under the lock, so that listeners hear of changes in their order.
        self.tell(Change::Order {
            order: plan.order.clone(),
            position,
        });
        if let Some(after) = &plan.cart {
            self.tell(Change::Cart {
                cart: memory.cart.clone(),
                event: after.word,
            });
        }
        drop(memory);
        for (item, _) in &plan.items {
            self.tell_item(*item);
        }
        (plan.order.clone(), position)
    }

    fn tell_item(&self, item: ItemId) {
        if let Some(day) = self.memory().item(item) {
            self.tell(Change::Item { item, day });
        }
    }

    /// Reads what somebody else wrote to an order.
    async fn catch_up(&self, held: &HeldOrder) -> Result<(), TillError> {
        self.memory_mut().hold(held.order.clone(), held.version);
        let stream = order_stream(&self.shop_id, held.order.id);
        let events = self.journal.stream(&stream, held.version, u32::MAX).await?;
        let recorded = events
            .iter()
            .map(|event| event::read(event))
            .collect::<Result<Vec<_>, _>>()?;
        let mut memory = self.memory_mut();
        for event in &recorded {
            memory.catch_up(event)?;
        }
        Ok(())
    }

    fn check_stock(&self, memory: &Memory, lines: &[Line]) -> Result<(), Refusal> {
        for item in &memory.shop.catalog.items {
            let wanted: i64 = lines
                .iter()
                .filter(|line| line.item.id == item.id)
                .map(|line| i64::from(line.quantity))
                .sum();
            let Some(day) = memory.item(item.id).filter(|_| wanted > 0) else {
                continue;
            };
            if day.sale_state() != SaleState::OnSale {
                return Err(Refusal::SoldOut {
                    title: item.title.clone(),
                });
            }
            if let Some(left) = day.left.filter(|left| *left < wanted) {
                return Err(Refusal::NotEnoughStock {
                    title: item.title.clone(),
                    left: u32::try_from(left).unwrap_or(0),
                });
            }
        }
        Ok(())
    }
}

impl Plan {
    fn take_cart(&mut self, change: CartChange, stamp: &Stamp) {
        for (stream, expected, events) in change.writes {
            for event in &events {
                self.batch.event(write(stream.clone(), event, stamp));
            }
            self.batch.expect(stream, expected);
        }
        self.batch.values.extend(change.current);
        self.cart = Some(CartAfter {
            cart: Arc::new(change.after),
            version: change.version,
            word: change.word,
        });
    }
}

/// What an order takes of the items that are counted, or gives back.
fn stock_changes(
    memory: &Memory,
    order: &Order,
    events: &[OrderEvent],
) -> Vec<(ItemId, StockEvent)> {
    let counted = |line: &&Line| {
        let day = memory.item(line.item.id);
        day.is_some_and(|day| day.left.is_some())
    };
    // One event an item, however many lines it stands on: a batch names each stream once.
    let taken = |lines: &[Line]| -> Vec<(ItemId, StockEvent)> {
        let mut quantities: Vec<(ItemId, u32)> = Vec::new();
        for line in lines.iter().filter(counted) {
            let item = line.item.id;
            match quantities.iter_mut().find(|(there, _)| *there == item) {
                Some((_, quantity)) => *quantity = quantity.saturating_add(line.quantity),
                None => quantities.push((item, line.quantity)),
            }
        }
        let take = |(item, quantity)| {
            let order = order.id;
            (item, StockEvent::StockTaken { quantity, order })
        };
        quantities.into_iter().map(take).collect()
    };
    events
        .iter()
        .flat_map(|event| match event {
            OrderEvent::OrderPlaced { order } => taken(&order.lines),
            OrderEvent::LinesAdded { lines, .. } => taken(lines),
            OrderEvent::OrderCancelled {}
            | OrderEvent::OrderDeclined { .. }
            | OrderEvent::OrderExpired {} => taken(&order.lines)
                .iter()
                .map(|(item, event)| (*item, opposite(event)))
                .collect(),
            _ => Vec::new(),
        })
        .collect()
}

/// Refuses an order that would leave no room in its row for what must never be refused later: the end of a payment.
fn check_size(batch: &Batch) -> Result<(), Refusal> {
    let begins = |kinds: &[&str]| {
        batch
            .events
            .iter()
            .any(|event| kinds.contains(&event.kind.as_str()))
    };
    let bytes_max = if begins(&["order-placed", "lines-added"]) {
        ORDER_BYTES_MAX
    } else if begins(&["payment-started", "payment-taken", "payment-cancel-started"]) {
        limits::BODY_BYTES_MAX - PAYMENT_END_BYTES
    } else {
        limits::BODY_BYTES_MAX
    };
    let fits = batch.views.iter().all(|change| match change {
        ViewChange::Put(row) => row.body.len() <= bytes_max,
        ViewChange::Delete { .. } => true,
    });
    if fits { Ok(()) } else { Err(too_large()) }
}

fn too_large() -> Refusal {
    Refusal::NotValid {
        message: "the order is too large to be kept; make two orders of it".into(),
        message_ko: "주문이 너무 커서 저장할 수 없어요. 둘로 나눠 주세요".into(),
    }
}

pub(crate) fn not_written(error: WriteError) -> NotWritten {
    match error {
        WriteError::AlreadyClaimed(record) => NotWritten::Claimed(record),
        WriteError::TooLarge { .. } => NotWritten::Refused(too_large()),
        WriteError::Conflict { stream, .. } if stream.kind == event::stream::CART => {
            NotWritten::NotNow(cart_changed())
        }
        error => NotWritten::Failed(error.into()),
    }
}

/// The cart is not what was looked at.
pub(crate) fn cart_changed() -> Refusal {
    Refusal::NotValid {
        message: "the cart has changed meanwhile; look at it and try again".into(),
        message_ko: "그사이 장바구니가 바뀌었어요. 확인하고 다시 눌러 주세요".into(),
    }
}

fn opposite(event: &StockEvent) -> StockEvent {
    match event {
        StockEvent::StockTaken { quantity, order } => StockEvent::StockReturned {
            quantity: *quantity,
            order: *order,
        },
        StockEvent::StockReturned { quantity, order } => StockEvent::StockTaken {
            quantity: *quantity,
            order: *order,
        },
        other => other.clone(),
    }
}

fn new_payment(event: &OrderEvent) -> Option<madang_model::PaymentId> {
    match event {
        OrderEvent::PaymentStarted { payment, .. } | OrderEvent::PaymentTaken { payment, .. } => {
            Some(*payment)
        }
        _ => None,
    }
}

fn receipt_of(event: &OrderEvent) -> Option<&ReceiptNumber> {
    match event {
        OrderEvent::ReceiptGiven { receipt } | OrderEvent::RefundReceiptGiven { receipt, .. } => {
            Some(receipt)
        }
        _ => None,
    }
}

fn added_lines(events: &[OrderEvent]) -> Option<&[Line]> {
    events.iter().find_map(|event| match event {
        OrderEvent::LinesAdded { lines, .. } => Some(lines.as_slice()),
        _ => None,
    })
}
