//! A shop's journal as an event log, and the index that is kept up from it.
//!
//! [`Reader`] makes facts of the journal's events, in their order: what was done for which order, when, and by whom. [`Index`] takes facts in any
//! order and answers what the screen asks about a period. [`Insight`] follows a journal that is being written. [`ObjectLog`] of the whole journal
//! is what [`objects`] makes for whoever looks from outside.
//!
//! Nothing of a card, no memo, no name of an item and no reason in words gets into either: a fact has no place for them.
//!
//! [`ObjectLog`]: madang_process::event_data::ObjectLog

mod activity;
mod channel;
mod fact;
mod findings;
mod follow;
mod index;
pub mod objects;
mod orders;
mod period;
mod plugins;
mod reading;

pub use activity::{Activity, Kind, Words};
pub use channel::Channel;
pub use fact::{Detail, Fact, Placed};
pub use findings::{Card, ChannelCount, Findings, PluginFound, SlowHour, Summary, Way};
pub use follow::{Insight, NotNow};
pub use index::{Index, Limits};
pub use orders::{Behind, OrderLine, OrderTimeline, OrdersPage, Step, WaitingOrder};
pub use period::{BadPeriod, DAYS_MAX, Period, Question};
pub use plugins::PluginWaits;
pub use reading::Reader;
