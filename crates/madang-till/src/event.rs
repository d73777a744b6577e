//! The shop's events as the journal keeps them. Old types are turned into the newest here and nowhere else; a type that
//! this program does not know stops the reader.

use std::sync::Arc;

use jiff::Timestamp;
use madang_journal::{Event, Micros, NewEvent, Position, ShopId, StreamId, Version};
use madang_model::cart::CartEvent;
use madang_model::catalog::CatalogEvent;
use madang_model::order::OrderEvent;
use madang_model::stock::StockEvent;
use madang_model::{CartId, ItemId, OrderId};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::asks::PluginAsked;

/// The version of every body that this program writes.
const TYPE_VERSION: u16 = 1;

/// Kinds of streams.
pub mod stream {
    /// An order with its payments.
    pub const ORDER: &str = "order";
    /// A cart.
    pub const CART: &str = "cart";
    /// What changes about an item.
    pub const ITEM: &str = "item";
    /// What was put into the catalog since the shop's file was written. A shop has one such stream.
    pub const CATALOG: &str = "catalog";
    /// One number that was given: nobody else can have it, since the stream must be new. And what is merely noted, as what
    /// plugins were asked about an order. Nothing follows from either, so every program, also the first, passes over what it
    /// does not know in such a stream.
    pub const NUMBER: &str = "number";
}

/// An event of the shop, told apart by what it happened to.
#[derive(Clone, Debug, PartialEq)]
pub enum ShopEvent {
    /// To an order or one of its payments.
    Order(OrderId, OrderEvent),
    /// To a cart.
    Cart(CartId, CartEvent),
    /// To an item.
    Item(ItemId, StockEvent),
    /// To what the shop sells.
    Catalog(CatalogEvent),
    /// A plugin was asked something; nothing else follows from it.
    PluginAsked(PluginAsked),
    /// A number was given, or a newer program noted something; nothing else follows from it.
    Number,
}

/// What is merely noted in a stream of numbers.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", content = "body", rename_all = "kebab-case")]
pub(crate) enum NotedEvent {
    PluginAsked(PluginAsked),
}

/// The kind of the only event that is noted so far.
const PLUGIN_ASKED: &str = "plugin-asked";

/// An event with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// Its place in the shop.
    pub position: Position,
    /// Its place in its stream.
    pub version: Version,
    /// When it happened.
    pub at: Timestamp,
    /// Who did it, as `plugin:stamp-card`.
    pub actor: String,
    /// The operation it belongs to.
    pub operation: Option<String>,
    /// What happened.
    pub event: ShopEvent,
}

impl Recorded {
    /// What happened to the catalog, if that is what happened.
    pub(crate) fn catalog(self) -> Option<CatalogEvent> {
        match self.event {
            ShopEvent::Catalog(event) => Some(event),
            _ => None,
        }
    }
}

/// Why an event of the journal cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum UnreadableEvent {
    /// Written by a newer program.
    #[error(
        "event {position} has the type {kind} version {version}, which this program does not know; start the newer program that wrote it"
    )]
    Unknown {
        /// Its place.
        position: Position,
        /// Its type.
        kind: String,
        /// The version of its body.
        version: u16,
    },
    /// Not what its type says.
    #[error("event {position} of the type {kind} cannot be read; restore the last backup")]
    Body {
        /// Its place.
        position: Position,
        /// Its type.
        kind: String,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// Its stream is not one of a shop.
    #[error("event {position} belongs to {stream}, which is not a stream of a shop")]
    Stream {
        /// Its place.
        position: Position,
        /// The stream.
        stream: StreamId,
    },
}

/// Who writes an event, when, and on whose behalf.
#[derive(Clone, Debug)]
pub(crate) struct Stamp {
    pub at: Timestamp,
    pub business_date: String,
    pub actor: String,
    pub operation: Option<String>,
    /// What plugins were asked before it, written in front of it.
    pub asked: Arc<[PluginAsked]>,
}

/// An event of the journal as this program understands it.
///
/// # Errors
/// [`UnreadableEvent`]: its type is unknown, or its body is not what the type says.
pub fn read(event: &Event) -> Result<Recorded, UnreadableEvent> {
    let read = match event.stream.kind.as_str() {
        stream::ORDER => ShopEvent::Order(stream_id(event)?, body(event)?),
        stream::CART => ShopEvent::Cart(stream_id(event)?, body(event)?),
        stream::ITEM => ShopEvent::Item(stream_id(event)?, body(event)?),
        stream::CATALOG => ShopEvent::Catalog(body(event)?),
        stream::NUMBER => noted(event)?,
        _ => {
            return Err(UnreadableEvent::Stream {
                position: event.position,
                stream: event.stream.clone(),
            });
        }
    };
    Ok(Recorded {
        position: event.position,
        version: event.version,
        at: timestamp(event.at),
        actor: event.actor.clone(),
        operation: event.operation.clone(),
        event: read,
    })
}

/// An event to be written.
pub(crate) fn write(stream: StreamId, event: &impl Serialize, stamp: &Stamp) -> NewEvent {
    let (kind, body) = taken_apart(event);
    NewEvent {
        stream,
        kind,
        type_version: TYPE_VERSION,
        at: micros(stamp.at),
        business_date: stamp.business_date.clone(),
        actor: stamp.actor.clone(),
        operation: stamp.operation.clone(),
        caused_by: None,
        body,
    }
}

pub(crate) fn order_stream(shop: &ShopId, order: OrderId) -> StreamId {
    StreamId {
        shop: shop.clone(),
        kind: stream::ORDER.into(),
        id: order.to_string(),
    }
}

pub(crate) fn catalog_stream(shop: &ShopId) -> StreamId {
    StreamId {
        shop: shop.clone(),
        kind: stream::CATALOG.into(),
        id: "menu".into(),
    }
}

pub(crate) fn cart_stream(shop: &ShopId, cart: CartId) -> StreamId {
    StreamId {
        shop: shop.clone(),
        kind: stream::CART.into(),
        id: cart.to_string(),
    }
}

pub(crate) fn item_stream(shop: &ShopId, item: ItemId) -> StreamId {
    StreamId {
        shop: shop.clone(),
        kind: stream::ITEM.into(),
        id: item.to_string(),
    }
}

pub(crate) fn micros(at: Timestamp) -> Micros {
    Micros::new(at.as_microsecond())
}

pub(crate) fn timestamp(at: Micros) -> Timestamp {
    Timestamp::from_microsecond(at.get()).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Where it is noted what plugins were asked about an order. Nobody decides by it, so nobody expects a version of it.
pub(crate) fn asked_stream(shop: &ShopId, order: OrderId) -> StreamId {
    StreamId {
        shop: shop.clone(),
        kind: stream::NUMBER.into(),
        id: format!("asked/{order}"),
    }
}

fn noted(event: &Event) -> Result<ShopEvent, UnreadableEvent> {
    if event.kind != PLUGIN_ASKED {
        return Ok(ShopEvent::Number);
    }
    match body(event) {
        Ok(NotedEvent::PluginAsked(asked)) => Ok(ShopEvent::PluginAsked(asked)),
        // A newer program asks more than this one.
        Err(UnreadableEvent::Unknown { .. }) => Ok(ShopEvent::Number),
        Err(damaged) => Err(damaged),
    }
}

fn stream_id<Id: std::str::FromStr>(event: &Event) -> Result<Id, UnreadableEvent> {
    event
        .stream
        .id
        .parse()
        .map_err(|_| UnreadableEvent::Stream {
            position: event.position,
            stream: event.stream.clone(),
        })
}

fn body<Body: DeserializeOwned>(event: &Event) -> Result<Body, UnreadableEvent> {
    if event.type_version != TYPE_VERSION {
        return Err(UnreadableEvent::Unknown {
            position: event.position,
            kind: event.kind.clone(),
            version: event.type_version,
        });
    }
    let kind = serde_json::Value::from(event.kind.as_str());
    let whole = format!("{{\"kind\":{kind},\"body\":{}}}", event.body);
    serde_json::from_str(&whole).map_err(|source| {
        if source.to_string().starts_with("unknown variant") {
            return UnreadableEvent::Unknown {
                position: event.position,
                kind: event.kind.clone(),
                version: event.type_version,
            };
        }
        UnreadableEvent::Body {
            position: event.position,
            kind: event.kind.clone(),
            source,
        }
    })
}

#[derive(serde::Deserialize)]
struct Apart<'a> {
    kind: String,
    #[serde(borrow)]
    body: &'a RawValue,
}

fn taken_apart(event: &impl Serialize) -> (String, String) {
    // Every event is `{"kind", "body"}` by its derive, and holds nothing that JSON cannot say.
    let whole = serde_json::to_string(event).expect("an event is plain data");
    let apart: Apart<'_> = serde_json::from_str(&whole).expect("an event has a kind and a body");
    (apart.kind, apart.body.get().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A program passes over what it does not know where nothing follows, and nowhere else.
    #[test]
    fn what_is_noted_by_newer_programs_is_passed_over() {
        let check = |stream: &str, kind: &str, version, body: &str, expected: &str| {
            let event = Event {
                position: Position::new(1),
                version: Version::new(1),
                stream: StreamId {
                    shop: ShopId::new("cafe").expect("a name"),
                    kind: stream.into(),
                    id: "173000000000000001".into(),
                },
                kind: kind.into(),
                type_version: version,
                at: Micros::new(0),
                business_date: "2026-11-22".into(),
                actor: "cashier:1".into(),
                operation: None,
                caused_by: None,
                body: body.into(),
            };
            let read = match read(&event) {
                Ok(recorded) => match recorded.event {
                    ShopEvent::PluginAsked(asked) => asked.asked.plugin,
                    ShopEvent::Number => "passed over".into(),
                    other => format!("{other:?}"),
                },
                Err(error) => error.to_string(),
            };
            assert!(read.starts_with(expected), "{read}");
        };
        let asked = |question: &str, more: &str| {
            format!(
                r#"{{"question":"{question}","order":"1","payment":"2","plugin":"guard","asked_at":"2026-11-22T03:00:00Z","ended_at":"2026-11-22T03:00:01.8Z","ended":"allowed"{more}}}"#
            )
        };
        let known = asked("before-cancel", "");
        check(
            stream::NUMBER,
            "number-given",
            1,
            r#"{"order":"1"}"#,
            "passed over",
        );
        check(stream::NUMBER, "plugin-asked", 1, &known, "guard");
        check(
            stream::NUMBER,
            "plugin-asked",
            1,
            &asked("before-cancel", r#","new":1"#),
            "guard",
        );
        check(
            stream::NUMBER,
            "plugin-asked",
            1,
            &asked("before-anything", ""),
            "passed over",
        );
        check(stream::NUMBER, "plugin-asked", 2, &known, "passed over");
        check(stream::NUMBER, "plugin-dreamt", 1, "{}", "passed over");
        check(
            stream::NUMBER,
            "plugin-asked",
            1,
            "{}",
            "event 1 of the type plugin-asked cannot be read",
        );
        check(
            stream::ORDER,
            "plugin-asked",
            1,
            &known,
            "event 1 has the type plugin-asked",
        );
        check("dream", "plugin-asked", 1, &known, "event 1 belongs to");
    }
}
