use crate::id::{Micros, Position, StreamId, Version};

/// An event as its writer knows it: its place is given when it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// The stream that it is appended to.
    pub stream: StreamId,
    /// Its type, in the writer's words.
    pub kind: String,
    /// The version of the body's shape; old ones are turned into the newest by the reader.
    pub type_version: u16,
    /// When it happened, by the till's clock. Order is the position's, not this.
    pub at: Micros,
    /// The shop's business day, `YYYY-MM-DD`.
    pub business_date: String,
    /// Who did it.
    pub actor: String,
    /// The operation it belongs to.
    pub operation: Option<String>,
    /// The event that led to it.
    pub caused_by: Option<Position>,
    /// JSON text, never read here. No personal text: see [`PersonalText`](crate::PersonalText).
    pub body: String,
}

/// An event with its place. Never changed once written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its place among all events of the shop.
    pub position: Position,
    /// Its place in its stream, from 1.
    pub version: Version,
    /// The stream that it belongs to.
    pub stream: StreamId,
    /// Its type, in the writer's words.
    pub kind: String,
    /// The version of the body's shape.
    pub type_version: u16,
    /// When it happened, by the till's clock.
    pub at: Micros,
    /// The shop's business day, `YYYY-MM-DD`.
    pub business_date: String,
    /// Who did it.
    pub actor: String,
    /// The operation it belongs to.
    pub operation: Option<String>,
    /// The event that led to it.
    pub caused_by: Option<Position>,
    /// JSON text.
    pub body: String,
}

impl Event {
    /// Gives an event its place.
    pub(crate) fn placed(new: NewEvent, position: Position, version: Version) -> Self {
        let NewEvent {
            stream,
            kind,
            type_version,
            at,
            business_date,
            actor,
            operation,
            caused_by,
            body,
        } = new;
        Self {
            position,
            version,
            stream,
            kind,
            type_version,
            at,
            business_date,
            actor,
            operation,
            caused_by,
            body,
        }
    }
}
