//! What is told of an order's events, as messages of the outbox.

use jiff::Timestamp;
use madang_journal::{Micros, NewOutboxMessage};
use madang_model::order::{Order, OrderEvent};
use madang_model::payment::Payment;
use madang_model::shop::Shop;
use madang_model::{OrderId, PaymentId};
use madang_till::{Messages, OrderChanged};
use serde::Serialize;
use serde_json::Value;

use crate::address::Webhook;
use crate::wire;

/// For how long a message is worth sending: a long weekend in which nobody looks after a server.
const LIFE: jiff::SignedDuration = jiff::SignedDuration::from_hours(72);
/// The largest body. An order above this is told without its lines: the receiver asks for it, or does without.
const BODY_BYTES_MAX: usize = 128 * 1024;
/// Who speaks.
const APP: &str = "madang";

/// The servers that are told.
#[derive(Debug)]
pub struct Webhooks {
    hooks: Vec<Webhook>,
}

impl Webhooks {
    /// The most servers of one shop: each gets every message of every change, in the batch of that change.
    pub const HOOKS_MAX: usize = 8;

    /// Tells these servers, the first [`Webhooks::HOOKS_MAX`] of them.
    pub fn new(mut hooks: Vec<Webhook>) -> Self {
        hooks.truncate(Self::HOOKS_MAX);
        Self { hooks }
    }
}

impl Messages for Webhooks {
    fn about(&self, change: &OrderChanged<'_>) -> Vec<NewOutboxMessage> {
        if self.hooks.is_empty() {
            return Vec::new();
        }
        let told: Vec<Told> = told(change);
        let to = |hook: &Webhook, told: &Told| NewOutboxMessage {
            destination: hook.destination().to_owned(),
            group: format!("order/{}", change.order.id),
            key: format!("{}.{}", told.id, hook.digits()),
            body: told.body.clone(),
            next_at: micros(change.at),
            expires_at: micros(change.at.saturating_add(LIFE).unwrap_or(Timestamp::MAX)),
        };
        let told = &told;
        self.hooks
            .iter()
            .flat_map(|hook| told.iter().map(move |told| to(hook, told)))
            .collect()
    }
}

/// One event as it is told.
struct Told {
    id: String,
    body: String,
}

fn told(change: &OrderChanged<'_>) -> Vec<Told> {
    let mut told = Vec::new();
    let mut version = change.before;
    for event in change.events {
        version = version.next().unwrap_or(version);
        for (number, (kind, data)) in subjects(change, event).into_iter().enumerate() {
            // An event's place in its stream never changes, so neither does this.
            let id = format!("{}-{version}-{number}", change.order.id);
            let body = envelope(change, &id, kind, data);
            told.push(Told { id, body });
        }
    }
    told
}

/// What an event is to others, if anything.
fn subjects<'a>(change: &OrderChanged<'a>, event: &OrderEvent) -> Vec<(&'static str, Data<'a>)> {
    let order = change.order;
    let thin = |moment| Data::Thin(order, moment);
    let payment = |id: &PaymentId| {
        let found = order.payments.iter().find(|payment| payment.id == *id);
        found.map(|payment| Data::Payment(order, payment))
    };
    match event {
        OrderEvent::OrderPlaced { order: placed } => {
            let mut subjects = vec![("order.order.created.v1", Data::Order(order))];
            // One that nobody has to accept is open at once.
            if placed.request.is_none() {
                subjects.push(("order.order.opened.v1", thin(Moment::Opened)));
            }
            subjects
        }
        OrderEvent::OrderAccepted { .. } => vec![("order.order.opened.v1", thin(Moment::Opened))],
        OrderEvent::OrderCompleted {} => {
            vec![("order.order.completed.v1", thin(Moment::Completed))]
        }
        OrderEvent::OrderCancelled {}
        | OrderEvent::OrderDeclined { .. }
        | OrderEvent::OrderExpired {} => {
            vec![("order.order.cancelled.v1", thin(Moment::Cancelled))]
        }
        OrderEvent::PaymentTaken { payment: id, .. }
        | OrderEvent::PaymentApproved { payment: id, .. } => payment(id)
            .map(|data| ("payment.payment.approved.v1", data))
            .into_iter()
            .collect(),
        OrderEvent::PaymentCancelled { payment: id } => payment(id)
            .map(|data| ("payment.payment.cancelled.v1", data))
            .into_iter()
            .collect(),
        OrderEvent::LinesAdded { .. }
        | OrderEvent::PaymentStarted { .. }
        | OrderEvent::PaymentUnknown { .. }
        | OrderEvent::PaymentFailed { .. }
        | OrderEvent::PaymentCancelStarted { .. }
        | OrderEvent::PaymentCancelFailed { .. }
        | OrderEvent::ReceiptGiven { .. }
        | OrderEvent::RefundReceiptGiven { .. } => Vec::new(),
    }
}

enum Data<'a> {
    Order(&'a Order),
    Thin(&'a Order, Moment),
    Payment(&'a Order, &'a Payment),
}

#[derive(Clone, Copy)]
enum Moment {
    Created,
    Opened,
    Completed,
    Cancelled,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    id: &'a str,
    r#type: &'a str,
    created_at: Timestamp,
    merchant_id: u64,
    app: &'static str,
    data: Value,
}

/// An order without its contents: what happened to which.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Thin<'a> {
    source: String,
    order_id: OrderId,
    order_key: &'a str,
    order_number: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    opened_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    completed_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cancelled_at: Option<Timestamp>,
}

fn envelope(change: &OrderChanged<'_>, id: &str, kind: &'static str, data: Data<'_>) -> String {
    let write = |data| {
        let envelope = Envelope {
            id,
            r#type: kind,
            created_at: change.at,
            merchant_id: change.shop.merchant_id,
            app: APP,
            data,
        };
        serde_json::to_string(&envelope).expect("plain data is always JSON")
    };
    let body = write(data.value(change.shop));
    if body.len() <= BODY_BYTES_MAX {
        return body;
    }
    write(data.without_contents().value(change.shop))
}

impl<'a> Data<'a> {
    fn value(&self, shop: &Shop) -> Value {
        match self {
            Self::Order(order) => serde_json::json!({ "order": wire::order(shop, order) }),
            Self::Payment(order, payment) => {
                serde_json::json!({ "payment": wire::payment(shop, order, payment) })
            }
            Self::Thin(order, moment) => {
                let thin = thin(order, *moment);
                serde_json::to_value(thin).expect("plain data is always JSON")
            }
        }
    }

    fn without_contents(&self) -> Self {
        match self {
            Self::Order(order) => Self::Thin(order, Moment::Created),
            Self::Thin(order, moment) => Self::Thin(order, *moment),
            Self::Payment(order, payment) => Self::Payment(order, payment),
        }
    }
}

fn thin(order: &Order, moment: Moment) -> Thin<'_> {
    let at = |wanted: bool, at: Option<Timestamp>| at.filter(|_| wanted);
    Thin {
        source: wire::source(order),
        order_id: order.id,
        order_key: &order.order_key,
        order_number: order.number.to_string(),
        created_at: at(matches!(moment, Moment::Created), Some(order.created_at)),
        opened_at: at(matches!(moment, Moment::Opened), order.opened_at),
        completed_at: at(matches!(moment, Moment::Completed), order.completed_at),
        cancelled_at: at(matches!(moment, Moment::Cancelled), order.cancelled_at),
    }
}

fn micros(at: Timestamp) -> Micros {
    Micros::new(at.as_microsecond())
}
