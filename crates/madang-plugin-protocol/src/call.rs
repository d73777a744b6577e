//! What a plugin asks of the till, typed: one variant a message that is handled.

use madang_model::{CategoryId, ItemId, LineKey, OptionId, OrderId, PaymentId, TableId};
use serde_json::Value;

use crate::ask::Answered;
use crate::draft::{CartLineDraft, ChoiceDraft, OrderDraft, PaymentDraft};
use crate::fetch::{Content, FetchPiece, FetchStart, SocketConnect, SocketOpen};
use crate::http::HttpRequest;
use crate::message::Message;
use crate::query::{OrderQuery, OrderSearch};
use crate::setting::Input;

/// A message from a plugin, understood.
#[derive(Clone, Debug, PartialEq)]
pub enum Call {
    /// Its own name and version.
    PluginInfo,
    /// The shop.
    MerchantInfo,
    /// The till.
    DeviceInfo,
    /// One item.
    CatalogGet {
        /// Which.
        item: ItemId,
    },
    /// All items.
    CatalogList,
    /// One category.
    CategoryGet {
        /// Which.
        category: CategoryId,
    },
    /// All categories.
    CategoryList,
    /// One option group.
    OptionGet {
        /// Which.
        option: OptionId,
    },
    /// All option groups.
    OptionList,
    /// All halls.
    HallList,
    /// All tables with their open orders.
    TableList,
    /// One table with its open order.
    TableGet {
        /// Which.
        table: TableId,
    },
    /// One order.
    OrderGet {
        /// Which.
        order: OrderId,
    },
    /// Orders of a span of time, a page of them.
    OrderList(OrderQuery),
    /// Orders by table, state and time.
    OrderSearch(OrderSearch),
    /// Place an order.
    OrderAdd(Box<OrderDraft>),
    /// Add lines to an order.
    OrderAddMenu {
        /// To which.
        order: OrderId,
        /// The lines, and maybe all that the order has already: see [`OrderDraft::lines_to_add`].
        draft: Box<OrderDraft>,
    },
    /// Call an order off.
    OrderCancel {
        /// Which.
        order: OrderId,
    },
    /// Complete an order.
    OrderComplete {
        /// Which.
        order: OrderId,
    },
    /// One payment.
    PaymentGet {
        /// Which.
        payment: PaymentId,
    },
    /// Record a payment.
    PaymentAdd {
        /// On which order.
        order: OrderId,
        /// What was paid.
        draft: Box<PaymentDraft>,
    },
    /// Give a payment back.
    PaymentCancel {
        /// Of which order.
        order: OrderId,
        /// Which.
        payment: PaymentId,
    },
    /// The cart.
    DraftOrderGet,
    /// Empty the cart.
    DraftOrderClear,
    /// Put a line into the cart.
    DraftOrderAddLine(Box<CartLineDraft>),
    /// Take a line out.
    DraftOrderDeleteLine {
        /// Which.
        key: LineKey,
    },
    /// Change how many.
    DraftOrderSetQuantity {
        /// Of which line.
        key: LineKey,
        /// How many.
        quantity: u64,
    },
    /// Change the word for the kitchen.
    DraftOrderSetMemo {
        /// Of which line.
        key: LineKey,
        /// The word.
        memo: String,
    },
    /// Change the choices.
    DraftOrderSetChoices {
        /// Of which line.
        key: LineKey,
        /// The new choices.
        choices: Vec<ChoiceDraft>,
    },
    /// Whether kitchen tickets are left out.
    DraftOrderSetIgnorePrint {
        /// True: not printed.
        ignore_print: bool,
    },
    /// Take a discount of the whole back.
    DraftOrderDeleteDiscount {
        /// Its place, from 0.
        index: usize,
    },
    /// Take a discount of a line back.
    DraftOrderDeleteLineDiscount {
        /// Which line.
        key: LineKey,
        /// Its place, from 0.
        index: usize,
    },
    /// Open the payment sheet.
    DraftOrderStartPayment,
    /// A call to a server.
    HttpRequest(Box<HttpRequest>),
    /// A call whose answer is read piece by piece.
    FetchStart(Box<FetchStart>),
    /// A piece of what such a call sends.
    FetchSend(FetchPiece),
    /// The next piece of such an answer.
    FetchRead {
        /// Which call.
        id: u64,
    },
    /// Such a call is not wanted any more.
    FetchCancel {
        /// Which call.
        id: u64,
        /// Since it took too long, by the plugin's clock.
        is_late: bool,
    },
    /// Open a WebSocket of the runtime's.
    SocketOpen(Box<SocketOpen>),
    /// Say something over it.
    SocketSend {
        /// Which.
        id: u64,
        /// What.
        content: Content,
    },
    /// Close it.
    SocketClose {
        /// Which.
        id: u64,
        /// The code that the server is told.
        code: u16,
        /// The reason that the server is told.
        reason: String,
    },
    /// Open a WebSocket of the SDK's.
    WebsocketConnect(Box<SocketConnect>),
    /// Close it.
    WebsocketDisconnect {
        /// Which.
        url: String,
    },
    /// Say something over it.
    WebsocketSend {
        /// Which.
        url: String,
        /// What.
        text: String,
    },
    /// Read a kept value.
    StorageGet {
        /// Under which key.
        key: String,
    },
    /// Keep a value.
    StorageSet {
        /// Under which key.
        key: String,
        /// What.
        value: String,
    },
    /// Forget a value.
    StorageDelete {
        /// Under which key.
        key: String,
    },
    /// Read a sealed value.
    SecureStoreGet {
        /// Under which key.
        key: String,
    },
    /// Keep a value sealed.
    SecureStoreSet {
        /// Under which key.
        key: String,
        /// What.
        value: String,
    },
    /// Forget a sealed value.
    SecureStoreDelete {
        /// Under which key.
        key: String,
    },
    /// The form that staff fill in.
    SettingSetInputs(Vec<Input>),
    /// What staff set.
    SettingValues,
    /// Keep the screen awake.
    PowerSaverStartBlocking,
    /// Let the screen sleep again.
    PowerSaverStopBlocking,
    /// Whether the screen is kept awake.
    PowerSaverIsBlocked,
    /// A barcode, as if scanned.
    BarcodeSend {
        /// The code.
        barcode: String,
    },
    /// A short message on the screen.
    ToastOpen(Toast),
    /// An alert; its shape is not known, so it is shown as it is.
    AlertOpen {
        /// As sent.
        options: Value,
    },
    /// A sound; its shape is not known.
    SoundPlay {
        /// As sent.
        options: Value,
    },
    /// Go to another screen.
    Navigate(Destination),
    /// A message to another plugin. Who sends it is known from the channel, not from the message.
    UnicastSend {
        /// The name of the other.
        to: String,
        /// What.
        message: Value,
    },
    /// A line of the plugin's SDK for the log, which is the timeline. It is never refused: it is what tells of other failures.
    Log,
    /// The answer to a question of the till.
    Answer(Answered),
    /// A message of the table about which nothing can be done yet; answer [`crate::not_there_yet`].
    NotHandled(&'static Message),
}

/// A short message on the screen, either version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toast {
    /// The words.
    pub message: String,
    /// How it looks.
    pub level: ToastLevel,
    /// A button on it.
    pub button: Option<ToastButton>,
}

/// How a toast looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum ToastLevel {
    Plain,
    Success,
    Warn,
    Error,
}

/// A toast's button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToastButton {
    /// Comes back in `toast.button.click`.
    pub id: String,
    /// The words on it.
    pub text: String,
}

/// Where a plugin can send staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// The settings of the line of business.
    BusinessTypeSetting,
    /// A plugin's own page.
    PluginTab {
        /// Of which plugin.
        package: String,
    },
}

/// Why a message is not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// No message of that name goes to the till.
    #[error("there is no message `{name}`{}", hint(nearest))]
    UnknownMessage {
        /// What it was called.
        name: String,
        /// The known name that is most like it.
        nearest: Option<&'static str>,
    },
    /// A version of it that is not known.
    #[error("`{name}` has no version {version}; known: {known}")]
    UnknownVersion {
        /// The message.
        name: &'static str,
        /// The version it came with.
        version: u8,
        /// The versions there are.
        known: String,
    },
    /// A field is missing or wrong.
    #[error("{path}: {expected}")]
    BadPayload {
        /// Where, as `order.lineItems[0].quantity.value`.
        path: String,
        /// What was found and what was expected.
        expected: String,
    },
}

fn hint(nearest: &Option<&'static str>) -> String {
    nearest.map_or_else(String::new, |nearest| {
        format!("; did you mean `{nearest}`?")
    })
}

impl CallError {
    pub(crate) fn payload(path: impl Into<String>, expected: impl Into<String>) -> Self {
        Self::BadPayload {
            path: path.into(),
            expected: expected.into(),
        }
    }
}
