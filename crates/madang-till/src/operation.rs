//! What can be asked of a till, by whom, under which key, and what is answered.

use std::fmt;

use jiff::Timestamp;
use madang_journal::Fingerprint;
use madang_model::catalog::{CountRow, PutItems, Renamed, SaleState};
use madang_model::line::{Discount, Line};
use madang_model::order::OrderRequest;
use madang_model::payment::{Approval, Failure, Method, PaymentState};
use madang_model::{CartId, ItemId, Money, OrderId, PaymentId, Refusal, TableId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The most bytes of a key, scope included: what the journal's index takes with room to spare.
pub const KEY_BYTES_MAX: usize = 200;

/// The caller's key of one operation: the same key is the same operation, however often it is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OperationKey(String);

impl OperationKey {
    /// A key of 1 to 128 printable ASCII characters.
    ///
    /// # Errors
    /// A refusal that says so.
    pub fn new(text: impl Into<String>) -> Result<Self, Refusal> {
        let text = text.into();
        let fits = !text.is_empty()
            && text.len() <= 128
            && text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
        if fits {
            return Ok(Self(text));
        }
        Err(Refusal::NotValid {
            message: "the key must be 1 to 128 printable ASCII characters".into(),
            message_ko: "요청 번호는 영문·숫자 1~128자여야 해요".into(),
        })
    }

    /// The key as the journal keeps it: nobody meets another one's keys.
    pub(crate) fn scoped(&self, actor: &Actor) -> String {
        let scoped = format!("{actor}|{}", self.0);
        if scoped.len() <= KEY_BYTES_MAX {
            return scoped;
        }
        let digest = Sha256::digest(scoped.as_bytes());
        digest.iter().fold(String::from("sha256:"), |text, byte| {
            text + &format!("{byte:02x}")
        })
    }
}

impl fmt::Display for OperationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Actor {
    /// Staff at the till.
    Cashier(String),
    /// A plugin, by its name (at most 60 characters).
    Plugin(String),
    /// A guest's own device.
    Guest,
    /// The till itself: recovery, time running out.
    System,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cashier(name) => write!(f, "cashier:{name}"),
            Self::Plugin(name) => write!(f, "plugin:{name}"),
            Self::Guest => f.write_str("guest"),
            Self::System => f.write_str("system"),
        }
    }
}

/// One thing to be done once.
#[derive(Clone, Debug)]
pub struct Request {
    /// Its key.
    pub key: OperationKey,
    /// Who asks.
    pub actor: Actor,
    /// What.
    pub command: Command,
}

/// What can be done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Command {
    /// The cart becomes an order, at a table in a pay-later shop.
    CheckOut {
        /// The table.
        table: Option<TableId>,
        /// How many guests.
        guests: Option<u32>,
    },
    /// A plugin or a guest places an order.
    PlaceOrder(Box<PlaceOrder>),
    /// More lines for an open order.
    AddLines {
        /// The order.
        order: OrderId,
        /// The new lines.
        lines: Vec<Line>,
        /// Taken off the whole.
        discounts: Vec<Discount>,
    },
    /// A requested order is taken on.
    AcceptOrder {
        /// The order.
        order: OrderId,
        /// Minutes until it is ready.
        minutes: u32,
    },
    /// A requested order is turned down.
    DeclineOrder {
        /// The order.
        order: OrderId,
        /// Why.
        reason: String,
    },
    /// An order is called off; its payments stay.
    CancelOrder {
        /// The order.
        order: OrderId,
    },
    /// A paid order is done.
    CompleteOrder {
        /// The order.
        order: OrderId,
    },
    /// An order without payments goes back into the cart.
    Recall {
        /// The order.
        order: OrderId,
    },
    /// The cart is put aside, and an empty one takes its place.
    HoldCart,
    /// A held cart is the till's cart again; one that is not empty is put aside for it.
    TakeUpCart {
        /// The held cart.
        cart: CartId,
    },
    /// Pay at the card terminal.
    PayCard {
        /// The order.
        order: OrderId,
        /// How much; none: all that is left.
        amount: Option<Money>,
    },
    /// Pay in cash.
    PayCash {
        /// The order.
        order: OrderId,
        /// What the guest hands over; change is given when it is more than what is left.
        received: Money,
    },
    /// Record that it was paid elsewhere.
    PayExternal {
        /// The order.
        order: OrderId,
        /// How much; none: all that is left.
        amount: Option<Money>,
        /// Where.
        source: String,
    },
    /// Record a payment that a plugin took.
    RecordPayment(Box<RecordPayment>),
    /// Give a payment back, when no plugin objects.
    CancelPayment {
        /// The order.
        order: OrderId,
        /// The payment.
        payment: PaymentId,
    },
    /// Say what the card company said about a payment that the terminal would not take back.
    ResolvePayment {
        /// The order.
        order: OrderId,
        /// The payment.
        payment: PaymentId,
        /// Whether the card was charged.
        charged: bool,
    },
    /// Put an item on sale, or take it off.
    SetSaleState {
        /// The item.
        item: ItemId,
        /// The new state.
        state: SaleState,
    },
    /// Say how many of an item are there.
    CountStock {
        /// The item.
        item: ItemId,
        /// How many.
        quantity: u32,
    },
    /// Put items into the catalog, new or changed.
    PutItems(Box<PutRows<PutItems>>),
    /// Say how many of many items are there.
    CountStocks(Box<PutRows<Vec<CountRow>>>),
}

/// A batch of rows, which is taken whole or not at all, and how far the import has come behind it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PutRows<Rows> {
    /// At most [`ROWS_MAX`].
    pub rows: Rows,
    /// Kept in the same write.
    pub progress: Option<ImportProgress>,
}

/// How far an import has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImportProgress {
    /// The import: 1 to 128 letters, digits, `-` or `_`.
    pub run: String,
    /// What was kept of it before this batch, word for word; none: nothing. The batch is not taken when something else is kept, since it is not the one
    /// that comes next.
    pub after: Option<String>,
    /// What is kept of it behind this batch, in the importer's own words; at most [`CHECKPOINT_BYTES_MAX`].
    pub checkpoint: String,
    /// Where its rows stand, when each item may be said by one row only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub once: Option<RowsOnce>,
}

/// Where the rows of a batch stand in their files: a row is refused whose item another row of the same files said, in this batch or in one before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RowsOnce {
    /// The import that read the files first. One that tries its refused rows again names it, too.
    pub of: String,
    /// One a row.
    pub places: Vec<RowPlace>,
}

/// Where a row stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowPlace {
    /// Which of the files, from 0.
    pub input: u32,
    /// Which row of it, from 1.
    pub row: u64,
}

/// The most rows of a batch: one may add a category, an item, a count and a sale state, and the journal takes 1,000 events at once.
pub const ROWS_MAX: usize = 250;

/// The most bytes that are kept of an import: it is a place in a file and a few counts.
pub const CHECKPOINT_BYTES_MAX: usize = 16 * 1024;

/// An order as a plugin or a guest places it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlaceOrder {
    /// Its maker's key.
    pub order_key: Option<String>,
    /// Its lines.
    pub lines: Vec<Line>,
    /// Taken off the whole.
    pub discounts: Vec<Discount>,
    /// A word for the whole order.
    pub memo: String,
    /// The table, at a pay-later shop.
    pub table: Option<TableId>,
    /// How many guests.
    pub guests: Option<u32>,
    /// Where it came in.
    pub channels: Vec<String>,
    /// When it must be accepted first.
    pub request: Option<OrderRequest>,
}

/// A payment as a plugin records it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordPayment {
    /// The order.
    pub order: OrderId,
    /// How it was paid.
    pub method: Method,
    /// How much.
    pub amount: Money,
    /// The plugin's own key.
    pub payment_key: String,
    /// What the approval says.
    pub approval: Approval,
    /// Complete the order when this pays it in full.
    pub completes: bool,
}

/// How staff push a payment whose answer was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settle {
    /// Ask the terminal now.
    Inquire,
    /// Have it taken back.
    Reverse,
}

/// What was answered. It is kept with the operation and given to every repeat.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case")]
pub enum Answer {
    /// The order was placed or changed.
    Order {
        /// Which.
        order: OrderId,
    },
    /// A payment ended this way.
    Payment {
        /// The order.
        order: OrderId,
        /// The payment.
        payment: PaymentId,
        /// How it ended: approved, failed, cancelled, or not reversed.
        state: PaymentState,
        /// Why it failed.
        failure: Option<Failure>,
        /// When.
        at: Timestamp,
    },
    /// The item was changed.
    Item {
        /// Which.
        item: ItemId,
    },
    /// A cart was put aside or taken up.
    Cart {
        /// Which.
        cart: CartId,
    },
    /// The rows of a batch were taken.
    Rows {
        /// How many.
        rows: usize,
        /// Of these, rows that said what was so already.
        rows_unchanged: usize,
        /// Of these, rows of items that were not there.
        #[serde(default)]
        rows_new: usize,
        /// Of these, rows of items that were called something else.
        #[serde(default)]
        rows_renamed: usize,
        /// The first of them.
        #[serde(default)]
        renamed: Vec<Renamed>,
    },
    /// It was not done, and nothing changed.
    Refused {
        /// Why.
        refusal: Refusal,
    },
}

impl ImportProgress {
    /// Where the rows stand is kept with their items.
    fn kept(&self) -> Self {
        Self {
            once: None,
            ..self.clone()
        }
    }
}

impl Command {
    /// What the command says, condensed. Version 1: SHA-256 over the JSON of the parsed command.
    pub(crate) fn fingerprint(&self) -> Fingerprint {
        let digest = Sha256::digest(self.to_json().as_bytes());
        Fingerprint {
            version: 1,
            digest: digest.into(),
        }
    }

    /// What is kept of the command with its operation. Rows of a batch stand in the events that they led to.
    pub(crate) fn kept(&self) -> String {
        match self {
            Self::PutItems(put) => {
                let rows = PutItems {
                    rows: Vec::new(),
                    makes_categories: put.rows.makes_categories,
                    defaults: put.rows.defaults.clone(),
                };
                let progress = put.progress.as_ref().map(ImportProgress::kept);
                Self::PutItems(Box::new(PutRows { rows, progress })).to_json()
            }
            Self::CountStocks(put) => {
                let progress = put.progress.as_ref().map(ImportProgress::kept);
                let rows = Vec::new();
                Self::CountStocks(Box::new(PutRows { rows, progress })).to_json()
            }
            command => command.to_json(),
        }
    }

    fn to_json(&self) -> String {
        // Commands hold text, numbers and lists only: nothing that JSON cannot say.
        serde_json::to_string(self).unwrap_or_default()
    }
}
