//! The language of scripts: what a cashier, a guest and an author do at a till, one step a line, the same for `run` and `act`.
//!
//! A script names things as people do (an item by its name, the last order by `last`). What a name means is looked up when
//! the step is played, since only the till knows its menu.

mod error;
mod parse;
mod words;

use jiff::SignedDuration;
use madang_model::line::Dining;
use madang_outbound::{Fate, Method};

pub use error::{ScriptError, ScriptProblem};

/// The most bytes of a script: ten thousand long lines; a longer one is not written by hand.
pub const SCRIPT_BYTES_MAX: usize = 1 << 20;

/// A script that can be played.
#[derive(Clone, Debug, PartialEq)]
pub struct Script {
    /// Its steps in their order.
    pub steps: Vec<PlacedStep>,
}

/// A step with where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct PlacedStep {
    /// Its line, from 1.
    pub line: u32,
    /// As it was written.
    pub text: String,
    /// What it says.
    pub step: Step,
}

/// One thing to do, or to expect.
#[derive(Clone, Debug, PartialEq)]
#[allow(
    missing_docs,
    reason = "the fields are the words of the step's line in STEPS"
)]
pub enum Step {
    /// An item into the cart.
    Tap {
        item: String,
        quantity: u64,
        choices: Vec<WantedChoice>,
    },
    /// How many of a line.
    Quantity { item: String, quantity: u64 },
    /// A word for the kitchen.
    Memo { item: String, memo: String },
    /// Something off the whole cart.
    Discount { off: WantedOff, title: String },
    /// A line out of the cart.
    Remove { item: String },
    /// The cart emptied.
    Clear,
    /// Where it will be eaten.
    Dining(Dining),
    /// A barcode read.
    Scan { barcode: String },
    /// The cart becomes an order.
    Checkout,
    /// The cart becomes an order of a table.
    Table { name: String },
    /// Pay at the card terminal.
    PayCard {
        outcome: WantedOutcome,
        amount: Option<i64>,
    },
    /// Pay in cash.
    PayCash { received: i64 },
    /// Paid elsewhere.
    PayExternal { source: String, amount: Option<i64> },
    /// Give a payment back.
    CancelPayment(Which),
    /// Call an order off.
    CancelOrder(Which),
    /// A paid order is done.
    Complete(Which),
    /// An order back into the cart.
    Recall(Which),
    /// A guest's order that waits to be accepted.
    Request { item: String, quantity: u64 },
    /// Take a guest's order on.
    Accept { order: Which, minutes: u32 },
    /// Turn a guest's order down.
    Decline { order: Which, reason: String },
    /// A value in a plugin's form.
    Set {
        plugin: Option<String>,
        setting: String,
        value: String,
    },
    /// A button of a plugin's form.
    PressSetting {
        plugin: Option<String>,
        setting: String,
    },
    /// The button of a toast.
    PressToast { button: String },
    /// An item off sale.
    SoldOut { item: String },
    /// An item back on sale.
    OnSale { item: String },
    /// What a server answers from now on.
    Answer {
        method: Method,
        url: CalledUrl,
        fate: Fate,
    },
    /// Let time pass.
    Wait(SignedDuration),
    /// The till and its plugins end and start again on the same data.
    Restart,
    /// What must be true now, or soon.
    Expect(Expectation),
}

/// What must be true.
#[derive(Clone, Debug, PartialEq)]
#[allow(
    missing_docs,
    reason = "the fields are the words of the step's line in STEPS"
)]
pub enum Expectation {
    /// A toast that was not expected before contains this.
    Toast { text: String },
    /// Every toast was expected.
    NoToast,
    /// The last order stands so.
    Order(OrderStanding),
    /// The last payment was given back.
    Cancelled,
    /// What the cart comes to, or the last order when the cart is empty.
    Total { amount: i64 },
    /// The step before was refused with these words.
    Refused { text: String },
    /// A plugin runs, or does not, for a reason.
    Plugin {
        plugin: Option<String>,
        running: bool,
        reason: Option<String>,
    },
    /// A message of this name went in or out.
    Message { name: String },
    /// A server was called so, and with a body that contains this.
    Called {
        method: Method,
        url: CalledUrl,
        text: Option<String>,
    },
    /// A plugin's storage holds this.
    Storage {
        plugin: Option<String>,
        key: String,
        value: String,
    },
}

/// Which address a call goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalledUrl {
    /// As the gateway writes addresses.
    pub url: String,
    /// Whether the address only begins so.
    pub is_beginning: bool,
}

impl CalledUrl {
    /// Whether a call to `url` is meant.
    pub fn fits(&self, url: &str) -> bool {
        match self.is_beginning {
            true => url.starts_with(&self.url),
            false => url == self.url,
        }
    }
}

/// A choice as it is called, and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedChoice {
    /// Its name.
    pub name: String,
    /// How often.
    pub quantity: u32,
}

/// How much a discount takes off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WantedOff {
    /// An amount in minor units.
    Amount(i64),
    /// Hundredths of a percent.
    BasisPoints(u32),
}

/// How the terminal answers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum WantedOutcome {
    Approved,
    Declined { code: String },
    Timeout,
    Unplugged,
    Lost,
    ReversalRefused,
}

/// Which order or payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The newest that this can be done to.
    Last,
    /// This one.
    Id(u64),
}

/// How an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum OrderStanding {
    Requested,
    Open,
    Paid,
    Completed,
    Cancelled,
    Refunded,
}

impl OrderStanding {
    /// Every word with what it means.
    pub const WORDS: [(&'static str, Self); 6] = [
        ("requested", Self::Requested),
        ("open", Self::Open),
        ("paid", Self::Paid),
        ("completed", Self::Completed),
        ("cancelled", Self::Cancelled),
        ("refunded", Self::Refunded),
    ];

    /// The word in a script.
    pub fn word(self) -> &'static str {
        Self::WORDS
            .iter()
            .find(|(_, standing)| *standing == self)
            .map_or("", |(word, _)| word)
    }
}

/// How each step is written; the first word is its name. `--help` and errors print it from here.
pub const STEPS: &[(&str, &str)] = &[
    ("tap", "tap ITEM [N] [with CHOICE, CHOICE ×2]"),
    ("quantity", "quantity ITEM N"),
    ("memo", "memo ITEM \"text\""),
    ("discount", "discount 10%|AMOUNT [\"title\"]"),
    ("remove", "remove ITEM"),
    ("clear", "clear"),
    ("dining", "dining here|togo|delivery|pickup"),
    ("scan", "scan BARCODE"),
    ("checkout", "checkout"),
    ("table", "table NAME"),
    (
        "pay",
        "pay card approved|declined [CODE]|timeout|unplugged|lost|reversal-refused [AMOUNT], pay cash RECEIVED, pay external SOURCE [AMOUNT]",
    ),
    ("cancel-payment", "cancel-payment last|ID"),
    ("cancel-order", "cancel-order last|ID"),
    ("complete", "complete last|ID"),
    ("recall", "recall last|ID"),
    ("request", "request ITEM [N]"),
    ("accept", "accept last|ID [MINUTES]"),
    ("decline", "decline last|ID \"reason\""),
    ("set", "set [PLUGIN] SETTING VALUE"),
    ("press-setting", "press-setting [PLUGIN] SETTING"),
    ("press", "press toast \"button\""),
    ("sold-out", "sold-out ITEM"),
    ("on-sale", "on-sale ITEM"),
    (
        "answer",
        "answer METHOD URL STATUS ['body'] [NAME:VALUE ...], answer METHOD URL fail refused|reset|timeout",
    ),
    ("wait", "wait 500ms|2s|3m"),
    ("restart", "restart"),
    (
        "expect",
        "expect toast \"text\", expect no toast, expect order requested|open|paid|completed|cancelled|refunded, \
         expect cancelled, expect total AMOUNT, expect refused \"text\", expect plugin [NAME] running|stopped [\"reason\"], \
         expect message NAME, expect called METHOD URL [\"text\"], expect storage [PLUGIN] KEY \"value\"",
    ),
];

impl Script {
    /// Reads a script. `file` is what errors call it.
    ///
    /// # Errors
    /// [`ScriptError`] with line, word and what to write instead.
    pub fn parse(file: &str, text: &str) -> Result<Self, ScriptError> {
        parse::script(file, text)
    }
}
