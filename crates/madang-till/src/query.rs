//! Reads that may go to the journal.

use std::sync::Arc;

use jiff::Timestamp;
use madang_journal::{Event, Position, ReadError, Version, ViewQuery, ViewRow};
use madang_model::order::{Order, OrderPaymentState, OrderState};
use madang_model::payment::Payment;
use madang_model::{OrderId, PaymentId, Refusal, TableId};

use crate::event::{self, Recorded, micros, stream};
use crate::memory::HeldOrder;
use crate::till::{Inner, Till, TillError};
use crate::view::{self, OrderRow};

/// The most orders of one page.
pub const PAGE_SIZE_MAX: u32 = 500;

/// A page of orders. The default is the newest hundred of all.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderQuery {
    /// Placed at this moment or later.
    pub from: Option<Timestamp>,
    /// Placed before this moment.
    pub to: Option<Timestamp>,
    /// Only these states; empty: all.
    pub states: Vec<OrderState>,
    /// Only these payment states; empty: all.
    pub payment_states: Vec<OrderPaymentState>,
    /// Only those of this table.
    pub table: Option<TableId>,
    /// Newest first.
    pub descending: bool,
    /// Which page, from 1.
    pub page: u32,
    /// Orders a page, 1 to [`PAGE_SIZE_MAX`].
    pub size: u32,
}

impl Default for OrderQuery {
    fn default() -> Self {
        Self {
            from: None,
            to: None,
            states: Vec::new(),
            payment_states: Vec::new(),
            table: None,
            descending: true,
            page: 1,
            size: 100,
        }
    }
}

impl Till {
    /// An order of any age.
    ///
    /// # Errors
    /// [`Refusal::NoSuchOrder`], or a journal that cannot be read.
    pub async fn find_order(&self, id: OrderId) -> Result<Arc<Order>, TillError> {
        Ok(self.inner.load(id).await?.order)
    }

    /// A payment of any age, with its order.
    ///
    /// # Errors
    /// [`Refusal::NoSuchPayment`], or a journal that cannot be read.
    pub async fn find_payment(&self, id: PaymentId) -> Result<(Arc<Order>, Payment), TillError> {
        if let Some(found) = self.payment(id) {
            return Ok(found);
        }
        let none = Refusal::NoSuchPayment { payment: id };
        let row = self
            .inner
            .journal
            .view_row(&self.inner.shop_id, view::PAYMENTS, &id.to_string())
            .await?
            .ok_or(none)?;
        let order = self.find_order(parsed(&row)?).await?;
        let payment = order.payment(id)?.clone();
        Ok((order, payment))
    }

    /// Events of the shop after a position, in their order. What the till answers from then on is at least as new as they
    /// are: whoever hears of an event and asks about its order never sees the order as it was before.
    ///
    /// # Errors
    /// A journal that cannot be read or understood.
    pub async fn events(&self, after: Position, limit: u32) -> Result<Vec<Arc<Event>>, ReadError> {
        let inner = &self.inner;
        let events = inner.journal.events(&inner.shop_id, after, limit).await?;
        for event in &events {
            inner.take_note(event)?;
        }
        inner.take_note_of_catalog(&events)?;
        Ok(events)
    }

    /// A page of orders.
    ///
    /// # Errors
    /// A journal that cannot be read.
    pub async fn orders(&self, query: OrderQuery) -> Result<Vec<Arc<Order>>, TillError> {
        let size = query.size.clamp(1, PAGE_SIZE_MAX);
        let skip = query.page.max(1).saturating_sub(1).saturating_mul(size);
        let mut wanted = ViewQuery::of(view::ORDERS, size);
        wanted.groups = view::groups(&query.states, &query.payment_states, None);
        wanted.at_from = query.from.map(micros);
        wanted.at_to = query.to.map(micros);
        wanted.descending = query.descending;
        match query.table {
            None => {
                wanted.offset = skip;
                self.inner
                    .journal
                    .view(&self.inner.shop_id, wanted)
                    .await?
                    .iter()
                    .map(order_of)
                    .collect()
            }
            Some(table) => self.orders_of_table(wanted, table, skip, size).await,
        }
    }

    /// Tables have few orders a day, so their pages are picked out of the list of all.
    async fn orders_of_table(
        &self,
        mut wanted: ViewQuery,
        table: TableId,
        skip: u32,
        size: u32,
    ) -> Result<Vec<Arc<Order>>, TillError> {
        let mut found = Vec::new();
        wanted.limit = PAGE_SIZE_MAX;
        loop {
            let rows = self
                .inner
                .journal
                .view(&self.inner.shop_id, wanted.clone())
                .await?;
            for row in &rows {
                let order = order_of(row)?;
                if order.table == Some(table) {
                    found.push(order);
                }
            }
            let full = found.len() >= (skip as usize).saturating_add(size as usize);
            if full || rows.len() < PAGE_SIZE_MAX as usize {
                return Ok(found
                    .into_iter()
                    .skip(skip as usize)
                    .take(size as usize)
                    .collect());
            }
            wanted.offset = wanted.offset.saturating_add(PAGE_SIZE_MAX);
        }
    }
}

impl Inner {
    /// The journal wakes its readers a moment before the task that wrote is told; memory does not wait for that task.
    fn take_note(&self, event: &Event) -> Result<(), ReadError> {
        if event.stream.kind != stream::ORDER || !self.memory().lacks(event) {
            return Ok(());
        }
        let corrupt = |problem| ReadError::Corrupt { problem };
        let recorded = event::read(event).map_err(|error| corrupt(error.to_string()))?;
        self.memory_mut()
            .catch_up(&recorded)
            .map_err(|error| corrupt(error.to_string()))
    }

    /// The same for what the shop sells, which is brought on in one go: a batch has hundreds of such events.
    fn take_note_of_catalog(&self, events: &[Arc<Event>]) -> Result<(), ReadError> {
        let known = self.memory().catalog_version;
        let mut unknown = Vec::new();
        for event in events {
            if event.stream.kind == stream::CATALOG && event.version > known {
                let recorded = event::read(event).map_err(|error| ReadError::Corrupt {
                    problem: error.to_string(),
                })?;
                unknown.push(recorded);
            }
        }
        let Some(first) = unknown.first().map(|first| first.version.get()) else {
            return Ok(());
        };
        let events: Vec<_> = unknown.into_iter().filter_map(Recorded::catalog).collect();
        let before = Version::new(first.saturating_sub(1));
        self.memory_mut().change_catalog(before, &events);
        Ok(())
    }

    /// An order with its version, from memory or from its row.
    pub async fn load(&self, id: OrderId) -> Result<HeldOrder, TillError> {
        if let Some(held) = self.memory().order(id).cloned() {
            return Ok(held);
        }
        let row = self
            .journal
            .view_row(&self.shop_id, view::ORDERS, &id.to_string())
            .await?;
        let row: OrderRow = parsed(&row.ok_or(Refusal::NoSuchOrder { order: id })?)?;
        Ok(HeldOrder {
            order: Arc::new(row.order),
            version: Version::new(row.version),
        })
    }
}

pub(crate) fn parsed<Body: serde::de::DeserializeOwned>(row: &ViewRow) -> Result<Body, ReadError> {
    serde_json::from_str(&row.body).map_err(|error| ReadError::Corrupt {
        problem: format!("row {} of the view {}: {error}", row.key, row.view),
    })
}

fn order_of(row: &ViewRow) -> Result<Arc<Order>, TillError> {
    let row: OrderRow = parsed(row)?;
    Ok(Arc::new(row.order))
}
