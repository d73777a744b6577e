use std::sync::Arc;

use crate::{
    event::{Event, NewEvent},
    id::{Position, ShopId, StreamId, Version},
    operation::OperationChange,
    outbox::{NewOutboxMessage, OutboxChange},
    personal::PersonalChange,
    view::{ViewChange, ViewMove},
};

/// One write: all of it stands, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Whose it is; every stream in it must be this shop's.
    pub shop: ShopId,
    /// What the writer relies on. Every stream that gets an event is named here; a stream that
    /// was only read may be.
    pub expected: Vec<(StreamId, ExpectedVersion)>,
    /// Appended in this order.
    pub events: Vec<NewEvent>,
    /// Claims, advances or finishes an operation.
    pub operation: Option<OperationChange>,
    /// Messages to be sent once this stands.
    pub outbox: Vec<NewOutboxMessage>,
    /// What became of messages sent earlier.
    pub outbox_changes: Vec<OutboxChange>,
    /// Named cursors of this shop.
    pub cursors: Vec<CursorMove>,
    /// The key-value space.
    pub values: Vec<ValueChange>,
    /// Bounds that must hold after `values`.
    pub scope_limits: Vec<ScopeLimit>,
    /// Rows of views.
    pub views: Vec<ViewChange>,
    /// How far views have read.
    pub view_moves: Vec<ViewMove>,
    /// Text about people.
    pub personal: Vec<PersonalChange>,
}

impl Batch {
    /// A batch that does nothing yet.
    pub fn new(shop: ShopId) -> Self {
        Self {
            shop,
            expected: Vec::new(),
            events: Vec::new(),
            operation: None,
            outbox: Vec::new(),
            outbox_changes: Vec::new(),
            cursors: Vec::new(),
            values: Vec::new(),
            scope_limits: Vec::new(),
            views: Vec::new(),
            view_moves: Vec::new(),
            personal: Vec::new(),
        }
    }

    /// Names what is expected of a stream.
    pub fn expect(&mut self, stream: StreamId, expected: ExpectedVersion) -> &mut Self {
        self.expected.push((stream, expected));
        self
    }

    /// Appends an event.
    pub fn event(&mut self, event: NewEvent) -> &mut Self {
        self.events.push(event);
        self
    }
}

/// What a writer relies on in a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpectedVersion {
    /// The decision read the stream at this version ([`Version::NONE`]: it must be new).
    Exactly(Version),
    /// The change is right whatever happened meanwhile (stock taken, stamp given).
    Any,
}

/// Where a cursor or a view goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoveTo {
    /// To this position.
    At(Position),
    /// To the shop's head as this batch leaves it.
    BatchEnd,
    /// Nowhere: it is forgotten.
    Forget,
}

/// Moves a named cursor of the batch's shop, forward or back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CursorMove {
    /// Which.
    pub name: String,
    /// Where to.
    pub to: MoveTo,
}

/// Sets or deletes a value. A scope is whatever the caller keeps apart; it carries the shop when
/// the value is the shop's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueChange {
    /// The realm of the key.
    pub scope: String,
    /// The key.
    pub key: String,
    /// The text; `None` deletes.
    pub value: Option<String>,
}

/// A bound on a scope, checked where it cannot be raced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeLimit {
    /// The realm.
    pub scope: String,
    /// Keys and values together, in bytes.
    pub bytes_max: u64,
}

/// What a batch became.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Written {
    /// The places of the events, in the order of the batch.
    pub positions: Vec<Position>,
    /// The events with their places.
    pub events: Vec<Arc<Event>>,
    /// The versions of the streams that the batch named, after it.
    pub versions: Vec<(StreamId, Version)>,
}
