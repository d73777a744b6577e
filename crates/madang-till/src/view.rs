//! Views of the journal that the till reads its lists from: a cache, rebuilt when this code's version is another.

use madang_journal::{
    Journal, Micros, MoveTo, Position, ReadError, ShopId, Version, ViewChange, ViewMove, ViewRow,
    WriteError,
};
use madang_model::order::{Order, OrderPaymentState, OrderState};
use madang_model::stock::ItemDay;
use madang_model::{ItemId, PaymentId};
use serde::{Deserialize, Serialize};

use crate::event::micros;

/// Raised whenever the rows below change their shape or meaning.
pub(crate) const VERSION: u32 = 1;

/// Every order, by when it was placed; its group tells how it stands.
pub(crate) const ORDERS: &str = "orders";
/// Which order a payment belongs to.
pub(crate) const PAYMENTS: &str = "payments";
/// How every item stands that was ever touched.
pub(crate) const ITEMS: &str = "items";

pub(crate) const ALL: [&str; 3] = [ORDERS, PAYMENTS, ITEMS];

#[derive(Serialize, Deserialize)]
pub(crate) struct OrderRow {
    pub version: u32,
    pub order: Order,
}

pub(crate) fn order_row(order: &Order, version: Version) -> ViewChange {
    let row = OrderRow {
        version: version.get(),
        order: order.clone(),
    };
    put(
        ORDERS,
        order.id.to_string(),
        group(order.state, order.payment_state(), order.is_settled()),
        micros(order.created_at),
        &row,
    )
}

pub(crate) fn payment_row(order: &Order, payment: PaymentId) -> ViewChange {
    put(
        PAYMENTS,
        payment.to_string(),
        "-".into(),
        micros(order.created_at),
        &order.id,
    )
}

pub(crate) fn item_row(item: ItemId, day: ItemDay) -> ViewChange {
    put(ITEMS, item.to_string(), "-".into(), Micros::new(0), &day)
}

/// The groups of the orders view that a list wants.
pub(crate) fn groups(
    states: &[OrderState],
    payment_states: &[OrderPaymentState],
    settled: Option<bool>,
) -> Option<Vec<String>> {
    if states.is_empty() && payment_states.is_empty() && settled.is_none() {
        return None;
    }
    let mut groups = Vec::new();
    for state in ALL_STATES
        .into_iter()
        .filter(|state| states.is_empty() || states.contains(state))
    {
        for payment in ALL_PAYMENT_STATES
            .into_iter()
            .filter(|state| payment_states.is_empty() || payment_states.contains(state))
        {
            for is_settled in [true, false]
                .into_iter()
                .filter(|is_settled| settled.is_none_or(|wanted| wanted == *is_settled))
            {
                groups.push(group(state, payment, is_settled));
            }
        }
    }
    Some(groups)
}

pub(crate) fn moves() -> Vec<ViewMove> {
    ALL.iter()
        .map(|view| ViewMove {
            view: (*view).into(),
            to: MoveTo::BatchEnd,
        })
        .collect()
}

/// Up to where all views have read; `None` when another code wrote one of them.
pub(crate) async fn read_to(
    journal: &dyn Journal,
    shop: &ShopId,
) -> Result<Option<Position>, ReadError> {
    let mut read_to: Option<Position> = None;
    for view in ALL {
        match journal.view_state(shop, view).await? {
            Some(state) if state.version == VERSION => {
                let least = read_to.map_or(state.position, |least| least.min(state.position));
                read_to = Some(least);
            }
            _ => return Ok(None),
        }
    }
    Ok(read_to)
}

pub(crate) async fn begin_rebuild(
    journal: &dyn Journal,
    shop: &ShopId,
) -> Result<Position, WriteError> {
    for view in ALL {
        journal.begin_view_rebuild(shop, view, VERSION).await?;
    }
    Ok(Position::START)
}

const ALL_STATES: [OrderState; 4] = [
    OrderState::Requested,
    OrderState::Opened,
    OrderState::Completed,
    OrderState::Cancelled,
];
const ALL_PAYMENT_STATES: [OrderPaymentState; 5] = [
    OrderPaymentState::Opened,
    OrderPaymentState::Paid,
    OrderPaymentState::Completed,
    OrderPaymentState::Cancelled,
    OrderPaymentState::Refunded,
];

fn group(state: OrderState, payment: OrderPaymentState, settled: bool) -> String {
    format!(
        "{state:?}/{payment:?}/{}",
        if settled { "settled" } else { "open" }
    )
}

fn put(view: &str, key: String, group: String, at: Micros, body: &impl Serialize) -> ViewChange {
    let body = serde_json::to_string(body).expect("a row is plain data");
    ViewChange::Put(ViewRow {
        view: view.into(),
        key,
        group,
        at,
        body,
    })
}
