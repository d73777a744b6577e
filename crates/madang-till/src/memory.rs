//! The till's copy of what the journal says, for answers that may not wait.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use madang_journal::{Event, Version};
use madang_model::cart::Cart;
use madang_model::catalog::CatalogEvent;
use madang_model::order::{Order, OrderEvent};
use madang_model::payment::Payment;
use madang_model::shop::Shop;
use madang_model::stock::{ItemDay, StockEvent};
use madang_model::{ItemId, OrderId, PaymentId, Refusal, TableId};

use crate::event::{Recorded, ShopEvent};

/// Settled orders of this many days stay here, so that plugins read them without touching the disk.
pub(crate) const DAYS_KEPT: i64 = 2;

pub(crate) struct Memory {
    /// The shop with its catalog as it is now.
    pub shop: Arc<Shop>,
    /// The version of the catalog's stream that it stands for.
    pub catalog_version: Version,
    pub cart: Arc<Cart>,
    /// Carts that were put aside, oldest first.
    pub held_carts: Arc<[HeldCart]>,
    pub cart_version: Version,
    /// Counts how often the cart was read again: a write handed over before that says nothing about what was read.
    pub cart_epoch: u64,
    orders: HashMap<OrderId, HeldOrder>,
    payments: HashMap<PaymentId, OrderId>,
    items: HashMap<ItemId, ItemDay>,
    pub next_numbers: NextNumbers,
}

/// A cart that was put aside until its guest is back.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldCart {
    /// As it was.
    pub cart: Arc<Cart>,
    /// When it was put aside.
    pub held_at: Timestamp,
    pub(crate) version: Version,
}

/// The carts of a till, as its journal has them.
pub(crate) struct Carts {
    pub cart: Cart,
    pub version: Version,
    pub held: Vec<HeldCart>,
}

/// An order with the version of its stream that it stands for.
#[derive(Clone)]
pub(crate) struct HeldOrder {
    pub order: Arc<Order>,
    pub version: Version,
}

/// The numbers that are probably free; whether they are, their stream tells.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NextNumbers {
    pub business_date: Date,
    pub order: u32,
    pub receipt: u32,
}

impl Memory {
    pub fn new(
        (shop, catalog_version): (Arc<Shop>, Version),
        carts: Carts,
        items: HashMap<ItemId, ItemDay>,
        business_date: Date,
    ) -> Self {
        Self {
            shop,
            catalog_version,
            cart: Arc::new(carts.cart),
            cart_version: carts.version,
            held_carts: carts.held.into(),
            cart_epoch: 0,
            orders: HashMap::new(),
            payments: HashMap::new(),
            items,
            next_numbers: NextNumbers {
                business_date,
                order: 1,
                receipt: 1,
            },
        }
    }

    pub fn order(&self, id: OrderId) -> Option<&HeldOrder> {
        self.orders.get(&id)
    }

    pub fn order_of(&self, payment: PaymentId) -> Option<(Arc<Order>, Payment)> {
        let held = self.orders.get(self.payments.get(&payment)?)?;
        let payment = held.order.payment(payment).ok()?.clone();
        Some((held.order.clone(), payment))
    }

    pub fn open_order_at(&self, table: TableId) -> Option<Arc<Order>> {
        let mut open: Vec<_> = self
            .orders
            .values()
            .filter(|held| held.order.table == Some(table) && !held.order.is_settled())
            .collect();
        open.sort_by_key(|held| held.order.id);
        open.first().map(|held| held.order.clone())
    }

    pub fn unsettled_orders(&self) -> Vec<Arc<Order>> {
        let mut orders: Vec<_> = self
            .orders
            .values()
            .filter(|held| !held.order.is_settled())
            .map(|held| held.order.clone())
            .collect();
        orders.sort_by_key(|order| order.id);
        orders
    }

    pub fn item(&self, id: ItemId) -> Option<ItemDay> {
        self.items.get(&id).copied()
    }

    /// Takes an order in as it was read from the journal or its view.
    pub fn hold(&mut self, order: Arc<Order>, version: Version) {
        if self
            .orders
            .get(&order.id)
            .is_some_and(|held| held.version >= version)
        {
            return;
        }
        for payment in &order.payments {
            self.payments.insert(payment.id, order.id);
        }
        self.learn_numbers(&order);
        self.orders.insert(order.id, HeldOrder { order, version });
    }

    /// Brings the catalog on by events of its stream that follow after the version `before`; those that are in already do nothing.
    pub fn change_catalog(&mut self, before: Version, events: &[CatalogEvent]) {
        let known = self.catalog_version.get().checked_sub(before.get());
        let Some(unknown) = known.and_then(|known| events.get(known as usize..)) else {
            return;
        };
        if unknown.is_empty() {
            return;
        }
        Arc::make_mut(&mut self.shop).catalog.evolve(unknown);
        for event in unknown {
            self.catalog_version = self.catalog_version.next().unwrap_or(self.catalog_version);
            if let CatalogEvent::ItemAdded { item } = event {
                self.items
                    .entry(item.id)
                    .or_insert_with(|| ItemDay::of(item));
            }
        }
    }

    pub fn set_item(&mut self, item: ItemId, day: ItemDay) {
        self.items.insert(item, day);
    }

    /// True when this event of an order is the next one for the order that is held, or begins one that would be held. Those
    /// of days that were forgotten stay forgotten: their rows are read when somebody asks.
    pub fn lacks(&self, event: &Event) -> bool {
        let held = event
            .stream
            .id
            .parse()
            .ok()
            .and_then(|order| self.order(order));
        match held {
            Some(held) => held.version.next() == Some(event.version),
            None => event.version == Version::new(1) && self.keeps_day(&event.business_date),
        }
    }

    fn keeps_day(&self, business_date: &str) -> bool {
        let today = self.next_numbers.business_date;
        let oldest = today.checked_sub(DAYS_KEPT.days()).unwrap_or(today);
        business_date
            .parse::<Date>()
            .is_ok_and(|date| date >= oldest)
    }

    /// Applies an event that was read back; events that are in already do nothing.
    ///
    /// # Errors
    /// When an order's first event does not make an order.
    pub fn catch_up(&mut self, recorded: &Recorded) -> Result<(), Refusal> {
        if let ShopEvent::Order(id, event) = &recorded.event {
            let next = after_event(self.orders.get(id), event, recorded)?;
            if let Some(next) = next {
                self.hold(next.order, next.version);
            }
        }
        Ok(())
    }

    pub fn forget_item(&mut self, item: ItemId) {
        self.items.remove(&item);
    }

    pub fn change_item(&mut self, item: ItemId, event: &StockEvent) -> Option<ItemDay> {
        let day = self.items.get_mut(&item)?;
        *day = day.evolve(event);
        Some(*day)
    }

    /// Settled orders of days before `oldest` are read from the journal when somebody asks.
    fn forget_before(&mut self, oldest: Date) {
        self.orders
            .retain(|_, held| !held.order.is_settled() || held.order.business_date >= oldest);
        let orders = &self.orders;
        self.payments.retain(|_, order| orders.contains_key(order));
    }

    /// Numbers begin anew with the business day, and old orders are forgotten.
    pub fn begin_day(&mut self, business_date: Date) {
        if self.next_numbers.business_date != business_date {
            self.next_numbers = NextNumbers {
                business_date,
                order: 1,
                receipt: 1,
            };
            // A clock that was set back returns to a day that has numbers already.
            let orders: Vec<Arc<Order>> = self
                .orders
                .values()
                .map(|held| held.order.clone())
                .collect();
            orders.iter().for_each(|order| self.learn_numbers(order));
            self.forget_before(
                business_date
                    .checked_sub(DAYS_KEPT.days())
                    .unwrap_or(business_date),
            );
        }
    }

    fn learn_numbers(&mut self, order: &Order) {
        let next = &mut self.next_numbers;
        if order.business_date == next.business_date {
            next.order = next.order.max(order.number.saturating_add(1));
        }
        let receipts = order
            .receipt
            .iter()
            .chain(order.refund_receipts.iter().map(|(_, receipt)| receipt));
        for receipt in receipts.filter(|receipt| receipt.business_date == next.business_date) {
            next.receipt = next.receipt.max(receipt.sequence.saturating_add(1));
        }
    }
}

impl NextNumbers {
    /// Leaves out more numbers the more were found taken in a row, so that a long row of them is soon passed.
    pub fn pass_over(&mut self, taken: u32) {
        self.order = self.order.saturating_add(taken / 2);
        self.receipt = self.receipt.saturating_add(taken / 2);
    }
}

fn after_event(
    held: Option<&HeldOrder>,
    event: &OrderEvent,
    recorded: &Recorded,
) -> Result<Option<HeldOrder>, Refusal> {
    let order = match held {
        Some(held) if held.version >= recorded.version => return Ok(None),
        Some(held) => (*held.order).clone().evolve(event, recorded.at),
        None => Order::first(event, recorded.at)?,
    };
    Ok(Some(HeldOrder {
        order: Arc::new(order),
        version: recorded.version,
    }))
}
