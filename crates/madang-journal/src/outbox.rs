use crate::id::{Micros, OutboxId, ShopId};

/// A message to be sent once the batch it is written in stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOutboxMessage {
    /// Where to, in the sender's words.
    pub destination: String,
    /// Messages of one destination and one group go in the order they were written (the messages
    /// about one order, say); other groups do not wait for them.
    pub group: String,
    /// The key by which the receiver recognises a repeat: delivery is at least once.
    pub key: String,
    /// JSON text.
    pub body: String,
    /// Not before.
    pub next_at: Micros,
    /// Worth nothing after.
    pub expires_at: Micros,
}

/// A message as it waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxMessage {
    /// Which.
    pub id: OutboxId,
    /// Whose.
    pub shop: ShopId,
    /// Where to.
    pub destination: String,
    /// What it keeps its order with.
    pub group: String,
    /// The receiver's key.
    pub key: String,
    /// JSON text.
    pub body: String,
    /// Not before.
    pub next_at: Micros,
    /// Worth nothing after: whoever reads a message past this sets it aside instead of sending.
    pub expires_at: Micros,
    /// How often it was tried.
    pub attempts: u32,
    /// What the last try said, or why it stands aside.
    pub last_error: Option<String>,
    /// Since when it stands aside, with the later ones of its group waiting behind it.
    pub aside_at: Option<Micros>,
}

/// How many messages one destination has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxCount {
    /// Where to.
    pub destination: String,
    /// Those that will be sent, or wait behind another of their group.
    pub waiting: u64,
    /// Those that stand aside.
    pub aside: u64,
}

/// What became of a message. A change of a message that is gone does nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutboxChange {
    /// It arrived and is taken out.
    Delivered {
        /// Which.
        id: OutboxId,
    },
    /// A try failed; another follows.
    Retry {
        /// Which.
        id: OutboxId,
        /// When the next try may be.
        next_at: Micros,
        /// What went wrong.
        error: String,
    },
    /// It cannot be delivered. The later ones of its group wait until somebody decides.
    SetAside {
        /// Which.
        id: OutboxId,
        /// When.
        at: Micros,
        /// Tries made by then.
        attempts: u32,
        /// Why.
        reason: String,
    },
    /// Somebody decided that it is to be tried again, its attempts counted from zero.
    PutBack {
        /// Which.
        id: OutboxId,
        /// When the next try may be.
        next_at: Micros,
        /// Worth nothing after.
        expires_at: Micros,
    },
    /// Somebody decided that what waits for a destination is to be tried at once. What stands aside stays there.
    Hasten {
        /// Which destination.
        destination: String,
        /// When the next tries may be; those that may be earlier stay so.
        next_at: Micros,
    },
    /// Somebody decided to let it go; the later ones of its group go on.
    Drop {
        /// Which.
        id: OutboxId,
    },
}
