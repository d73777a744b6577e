//! What the live stream says.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::cart::CartView;
use super::order::OrderView;
use super::plugin::{PluginView, SettingsView, TimelineEntry, ToastView};
use super::shop::ItemView;
use super::terminal::TerminalStateView;

/// One event of the stream. The `event:` field of the stream is the same word as `event` here.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(tag = "event", content = "data", rename_all = "kebab-case")]
pub enum StreamUpdate {
    /// The first event of every connection.
    Hello(Hello),
    /// Too much was missed: fetch everything anew.
    Reset(Hello),
    /// The cart is now this.
    Cart(Box<CartView>),
    /// An order is now this.
    Order(Box<OrderUpdate>),
    /// An item of the menu is now this.
    Item(Box<ItemView>),
    /// The card terminal is now this.
    Terminal(Box<TerminalStateView>),
    /// A step of finding out what became of a lost answer.
    Attempt(AttemptStep),
    /// A plugin is now this.
    Plugin(Box<PluginView>),
    /// A plugin is gone.
    PluginGone(PluginRef),
    /// Lines of the timeline, oldest first.
    Timeline(Vec<TimelineEntry>),
    /// A plugin shows a toast.
    Toast(ToastView),
    /// A toast is gone.
    ToastClosed(ToastRef),
    /// A plugin's form or its values are now this.
    Settings(Box<SettingsUpdate>),
}

impl StreamUpdate {
    /// The word of the stream's `event:` field.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Hello(_) => "hello",
            Self::Reset(_) => "reset",
            Self::Cart(_) => "cart",
            Self::Order(_) => "order",
            Self::Item(_) => "item",
            Self::Terminal(_) => "terminal",
            Self::Attempt(_) => "attempt",
            Self::Plugin(_) => "plugin",
            Self::PluginGone(_) => "plugin-gone",
            Self::Timeline(_) => "timeline",
            Self::Toast(_) => "toast",
            Self::ToastClosed(_) => "toast-closed",
            Self::Settings(_) => "settings",
        }
    }
}

/// Where the stream stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Hello {
    /// This start of the server; another one means that everything must be fetched anew.
    pub epoch: String,
    /// The last update before this event.
    pub position: u64,
    /// The server's time.
    pub clock: Timestamp,
}

/// An order and what happened to it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct OrderUpdate {
    /// The order as it is now.
    pub order: OrderView,
    /// What happened, as `payment-approved`.
    pub happened: Vec<String>,
}

/// A step of finding out what became of a lost answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AttemptStep {
    /// The order.
    pub order_id: String,
    /// The payment.
    pub payment_id: String,
    /// The attempt at the terminal.
    pub attempt: String,
    /// What is done.
    pub step: AttemptStepKind,
    /// How often it was tried, from 1.
    pub tries: u32,
    /// When it is tried again.
    pub next_at: Option<Timestamp>,
    /// When this step was taken.
    pub at: Timestamp,
}

/// What is done about a lost answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum AttemptStepKind {
    Lost,
    Inquiring,
    CannotSay,
    Reversing,
    NotReached,
    Settled,
}

/// A plugin by its id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PluginRef {
    /// The plugin.
    pub id: String,
}

/// A toast by its id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ToastRef {
    /// The toast.
    pub id: String,
}

/// A plugin's form with what it holds.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct SettingsUpdate {
    /// The plugin.
    pub plugin: String,
    /// Its form.
    pub settings: SettingsView,
}
