//! What others are told of orders, written with the change itself.

use std::fmt;

use jiff::Timestamp;
use madang_journal::{NewOutboxMessage, Version};
use madang_model::order::{Order, OrderEvent};
use madang_model::shop::Shop;

/// Who tells others what happens to orders. What it gives becomes part of the very write, so that a message exists exactly when
/// its change does; who sends it, and where to, is no concern of the till.
pub trait Messages: fmt::Debug + Send + Sync {
    /// The messages about a change. Asked while the till's memory is locked: it does not wait for anything. Each body is far below
    /// what the journal takes in one batch, as a change that does not fit is refused.
    fn about(&self, change: &OrderChanged<'_>) -> Vec<NewOutboxMessage>;
}

/// Events of an order that are about to be written.
#[derive(Clone, Copy, Debug)]
pub struct OrderChanged<'a> {
    /// The shop.
    pub shop: &'a Shop,
    /// The order as it is after them.
    pub order: &'a Order,
    /// The version of its stream before them; each takes the next.
    pub before: Version,
    /// What happens, in this order.
    pub events: &'a [OrderEvent],
    /// When.
    pub at: Timestamp,
}

/// Nobody is told anything.
#[derive(Clone, Copy, Debug)]
pub struct NobodyTold;

impl Messages for NobodyTold {
    fn about(&self, _: &OrderChanged<'_>) -> Vec<NewOutboxMessage> {
        Vec::new()
    }
}
