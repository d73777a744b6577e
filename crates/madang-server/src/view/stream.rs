//! What the live stream says.

use jiff::Timestamp;
use madang_model::{AttemptKey, OrderId, PaymentId};
use madang_till::{AttemptStep as TillStep, AttemptStepKind as TillStepKind};
use serde::Serialize;
use utoipa::ToSchema;

use super::Text;
use super::cart::{CartView, HeldCartView};
use super::order::OrderView;
use super::outbox::AsideView;
use super::plugin::{PluginView, SettingsView, TimelineEntry, ToastView};
use super::shop::{CategoryView, ItemView};
use super::terminal::TerminalStateView;
use super::upstream::{NetworkView, UpstreamView};

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
    /// These carts are put aside now, oldest first.
    HeldCarts(Vec<HeldCartView>),
    /// An order is now this.
    Order(Box<OrderUpdate>),
    /// An item of the menu is now this.
    Item(Box<ItemView>),
    /// The menu is now another one in these things.
    Catalog(Box<CatalogUpdate>),
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
    /// Servers that are now different, and those that are forgotten.
    Upstreams(UpstreamsUpdate),
    /// What fails on purpose is now this.
    Network(NetworkView),
    /// What could not be delivered is now this.
    Aside(AsideView),
}

impl StreamUpdate {
    /// The word of the stream's `event:` field.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Hello(_) => "hello",
            Self::Reset(_) => "reset",
            Self::Cart(_) => "cart",
            Self::HeldCarts(_) => "held-carts",
            Self::Order(_) => "order",
            Self::Item(_) => "item",
            Self::Catalog(_) => "catalog",
            Self::Terminal(_) => "terminal",
            Self::Attempt(_) => "attempt",
            Self::Plugin(_) => "plugin",
            Self::PluginGone(_) => "plugin-gone",
            Self::Timeline(_) => "timeline",
            Self::Toast(_) => "toast",
            Self::ToastClosed(_) => "toast-closed",
            Self::Settings(_) => "settings",
            Self::Upstreams(_) => "upstreams",
            Self::Network(_) => "network",
            Self::Aside(_) => "aside",
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

/// An order after a change of it or of one of its payments.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct OrderUpdate {
    /// The order as it is now.
    pub order: OrderView,
}

/// What is new on the menu.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct CatalogUpdate {
    /// All tabs of the menu, in their order.
    pub categories: Vec<CategoryView>,
    /// The tiles that are new or different; new ones stand behind those that were there.
    pub items: Vec<ItemView>,
}

/// A step of finding out what became of a lost answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AttemptStep {
    /// The order.
    pub order_id: String,
    /// The payment.
    pub payment_id: String,
    /// The attempt at the terminal.
    pub attempt: Option<String>,
    /// What is done.
    pub step: AttemptStepKind,
    /// Which try this is, from 1; 0 for steps that are no tries.
    pub tries: u32,
    /// What happened, for steps that failed.
    pub message: Option<Text>,
    /// When it is tried again.
    pub next_at: Option<Timestamp>,
    /// When this step was taken.
    pub at: Timestamp,
}

impl AttemptStep {
    /// A step that the till took.
    pub fn of(
        order: OrderId,
        payment: PaymentId,
        attempt: Option<AttemptKey>,
        taken: &TillStep,
    ) -> Self {
        let (step, tries, message) = match &taken.kind {
            TillStepKind::Sent => (AttemptStepKind::Sent, 0, None),
            TillStepKind::AnswerLost { message } => (AttemptStepKind::Lost, 0, Some(message)),
            TillStepKind::Inquiring { number } => (AttemptStepKind::Inquiring, *number, None),
            TillStepKind::CannotSay => (AttemptStepKind::CannotSay, 0, None),
            TillStepKind::Reversing { number } => (AttemptStepKind::Reversing, *number, None),
            TillStepKind::NotReached { message } => (AttemptStepKind::NotReached, 0, Some(message)),
            TillStepKind::Settled => (AttemptStepKind::Settled, 0, None),
        };
        Self {
            order_id: order.to_string(),
            payment_id: payment.to_string(),
            attempt: attempt.map(String::from),
            step,
            tries,
            message: message.map(Into::into),
            next_at: taken.next_at,
            at: taken.at,
        }
    }
}

/// What is done about a lost answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum AttemptStepKind {
    Sent,
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

/// What changed of other companies' servers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct UpstreamsUpdate {
    /// Those that are new or different.
    pub changed: Vec<UpstreamView>,
    /// Those that were idle for so long that they are forgotten.
    pub gone: Vec<UpstreamRef>,
}

/// A server by who calls it and where it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct UpstreamRef {
    /// Who depends on it.
    pub caller: String,
    /// Where it is.
    pub origin: String,
}
