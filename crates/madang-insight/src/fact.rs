//! One thing that was done for an order, as it is taken out of the journal.

use jiff::civil::Date;
use madang_journal::Position;
use madang_model::order::Source;
use madang_model::payment::Method;
use madang_model::{Money, OrderId, PaymentId, TableId};

use crate::activity::Activity;
use crate::channel::Channel;

/// One thing that was done for an order.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// For which order.
    pub order: OrderId,
    /// What. A payment that is tried again is [`Activity::PaymentStarted`] here: what it is shows in its order.
    pub activity: Activity,
    /// The place of its event in the journal, which no other has.
    pub position: Position,
    /// When: milliseconds of the Unix epoch.
    pub time_ms: i64,
    /// How long it took until then, where it has a beginning of its own, as a question to a plugin has.
    pub took_ms: u32,
    /// Who did it, as `cashier:till` or `plugin:stamp-card`. Of a question to a plugin it is the plugin that was asked.
    pub actor: String,
    /// What else is known.
    pub detail: Detail,
}

/// What else is known about what was done.
#[derive(Clone, Debug, PartialEq)]
pub enum Detail {
    /// Nothing.
    None,
    /// What the order is.
    Placed(Box<Placed>),
    /// Which payment it was about.
    Payment {
        /// Its id.
        payment: PaymentId,
        /// How it is paid and how much, where the event says so.
        paid: Option<(Method, Money)>,
        /// The plugin that recorded it.
        plugin: Option<String>,
    },
}

/// What an order is from its beginning.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// Its number within the business day.
    pub number: u32,
    /// The business day.
    pub business_date: Date,
    /// Where it came in.
    pub channel: Channel,
    /// Who placed it.
    pub source: Source,
    /// The table.
    pub table: Option<TableId>,
}
