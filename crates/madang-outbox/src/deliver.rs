use std::time::Duration;

use async_trait::async_trait;
use madang_journal::OutboxMessage;

/// A way to one destination.
#[async_trait]
pub trait Deliver: Send + Sync {
    /// Tries once, with the message's key where the other side looks for it. Dropping the future ends the try; the other side
    /// may have received the message all the same.
    async fn deliver(&self, message: &OutboxMessage) -> Outcome;
}

/// How a try ended. Reasons are one English line, kept in the journal and shown: nothing secret stands in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The other side has it and has said so.
    Acknowledged,
    /// It may have it or not; another try may go better.
    Failed {
        /// What went wrong.
        reason: String,
        /// How long the other side asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// Another try would end the same way.
    Refused {
        /// Why.
        reason: String,
    },
    /// Nothing was sent: the destination is left alone for now, whatever the message.
    NotNow {
        /// For how long, if that is known.
        retry_in: Option<Duration>,
    },
}
