//! Messages that go out, as a person looks after them. What a message says is not shown.

use jiff::Timestamp;
use madang_journal::{Micros, OutboxMessage};
use madang_outbox::{LineStatus, Status};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How the outbox stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OutboxView {
    /// Every destination that is served or has messages, by name.
    pub destinations: Vec<OutboxDestination>,
    /// What stands aside, oldest first, as far as it fits an answer.
    pub aside: Vec<OutboxMessageView>,
    /// What waits to be sent, oldest first, as far as it fits an answer.
    pub waiting: Vec<OutboxMessageView>,
}

/// What could not be delivered and waits for somebody's decision.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AsideView {
    /// How many messages.
    pub count: u64,
    /// The oldest of them.
    pub messages: Vec<OutboxMessageView>,
}

impl AsideView {
    /// What fits the panel of a page; the rest follows when these are decided about.
    pub const MESSAGES_MAX: u32 = 20;
}

/// Which destination is resumed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResumeOutbox {
    /// Its name, as the outbox lists it; without it every one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination: Option<String>,
}

/// One destination. Counts begin with the till's start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OutboxDestination {
    /// Its name: the origin, and a few digits that stand for the rest of the address.
    pub destination: String,
    /// Whether messages are sent there now; if not, they wait until it is named again.
    pub is_served: bool,
    /// Messages that wait.
    pub waiting: u64,
    /// Messages that stand aside.
    pub aside: u64,
    /// Tries under way.
    pub in_flight: u64,
    /// Messages that were acknowledged.
    pub delivered: u64,
    /// Tries that ended.
    pub tries: u64,
    /// Tries that failed.
    pub failures: u64,
    /// Messages that were set aside.
    pub set_aside: u64,
    /// Until when it is left alone as a whole.
    pub closed_until: Option<Timestamp>,
}

/// A message without what it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OutboxMessageView {
    /// Its number.
    pub id: i64,
    /// Where to.
    pub destination: String,
    /// What it keeps its order with, as `order/…`.
    pub group: String,
    /// By which the receiver knows a repeat.
    pub key: String,
    /// How often it was tried in vain.
    pub attempts: u32,
    /// Not before.
    pub next_at: Timestamp,
    /// Worth nothing after.
    pub expires_at: Timestamp,
    /// Since when it stands aside.
    pub aside_at: Option<Timestamp>,
    /// What the last try said, or why it stands aside.
    pub last_error: Option<String>,
}

impl From<Status> for OutboxView {
    fn from(status: Status) -> Self {
        let messages =
            |messages: Vec<OutboxMessage>| messages.into_iter().map(Into::into).collect();
        Self {
            destinations: status.lines.into_iter().map(Into::into).collect(),
            aside: messages(status.aside),
            waiting: messages(status.waiting),
        }
    }
}

impl From<Status> for AsideView {
    fn from(status: Status) -> Self {
        Self {
            count: status.lines.iter().map(|line| line.aside).sum(),
            messages: status.aside.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<LineStatus> for OutboxDestination {
    fn from(line: LineStatus) -> Self {
        Self {
            destination: line.destination,
            is_served: line.is_served,
            waiting: line.waiting,
            aside: line.aside,
            in_flight: line.in_flight,
            delivered: line.delivered,
            tries: line.tries,
            failures: line.failures,
            set_aside: line.set_aside,
            closed_until: line.closed_until.map(timestamp),
        }
    }
}

impl From<OutboxMessage> for OutboxMessageView {
    fn from(message: OutboxMessage) -> Self {
        Self {
            id: message.id.get(),
            destination: message.destination,
            group: message.group,
            key: message.key,
            attempts: message.attempts,
            next_at: timestamp(message.next_at),
            expires_at: timestamp(message.expires_at),
            aside_at: message.aside_at.map(timestamp),
            last_error: message.last_error,
        }
    }
}

/// What lies beyond the calendar is as late as can be said.
fn timestamp(at: Micros) -> Timestamp {
    Timestamp::from_microsecond(at.get()).unwrap_or(Timestamp::MAX)
}
