//! Payments of an order: what was tried, what the terminal said, what was given back.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::tax::Parts;
use crate::{AttemptKey, Money, PaymentId, Text};

/// One payment of an order, from the attempt to the refund.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Payment {
    /// Its id.
    pub id: PaymentId,
    /// How it is paid.
    pub method: Method,
    /// Where it stands.
    pub state: PaymentState,
    /// Its amount and its share of the order's tax.
    pub parts: Parts,
    /// Names the attempt at the terminal; the same attempt never charges twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<AttemptKey>,
    /// The key that its maker gave it: the plugin's `paymentKey`, else our own.
    pub payment_key: String,
    /// The approval, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
    /// Notes and coins, for cash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cash: Option<CashGiven>,
    /// The plugin that recorded it, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plugin: Option<String>,
    /// Why it failed, or why it could not be cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it was cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled_at: Option<Timestamp>,
}

/// How a payment is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// At the card terminal.
    Card,
    /// Notes and coins.
    Cash,
    /// Elsewhere; the till only records it.
    External,
}

/// Where a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PaymentState {
    /// The terminal was asked; its part of the bill is held.
    Started,
    /// The answer was lost: money may have moved. Its part of the bill stays held until the terminal has told.
    Unknown,
    /// The answer was lost, and the terminal refuses for good to take the attempt back: money may have moved. Its part of the
    /// bill stays held until staff have asked the card company.
    NotReversed,
    /// Paid.
    Approved,
    /// Not paid; no money moved, or it was given back.
    Failed,
    /// Being given back.
    Cancelling,
    /// Given back.
    Cancelled,
}

/// What an approval says. A card number comes masked from the terminal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Approval {
    /// The approval number; empty when the method has none.
    pub number: String,
    /// When it was approved.
    pub at: Timestamp,
    /// The card, for card payments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<Card>,
    /// True when no money moved because the terminal is simulated; the receipt says 시험.
    #[serde(default)]
    pub simulated: bool,
    /// For external payments: who took it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// The card of an approval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// The brand, as "현대".
    pub brand: String,
    /// First six and last four digits with the rest masked.
    pub number_masked: String,
    /// `CREDIT`, `DEBIT`, `PREPAID` or `FOREIGN`.
    pub kind: CardKind,
    /// Months of instalment; 0: at once.
    pub installment_months: u8,
    /// The acquirer's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acquirer: Option<String>,
}

/// The kind of a card.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum CardKind {
    #[default]
    Credit,
    Debit,
    Prepaid,
    Foreign,
}

/// What was handed over in cash.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CashGiven {
    /// What the guest gave.
    pub received: Money,
    /// What goes back.
    pub change: Money,
}

/// Why a payment failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "kebab-case")]
pub enum Failure {
    /// The card's issuer said no.
    Declined {
        /// The issuer's code, as "051".
        code: String,
        /// The issuer's words.
        message: Text,
    },
    /// The terminal never got the card, or never heard of the attempt; nothing was charged.
    NotCharged {
        /// What happened.
        message: Text,
    },
    /// It may have been charged, could not be confirmed, and was taken back (망취소); the terminal acknowledged that.
    Reversed {
        /// What happened.
        message: Text,
    },
    /// The terminal refuses for good to take it back: only the card company can.
    NotReversed {
        /// What the terminal said.
        message: Text,
    },
}

impl Failure {
    /// What happened and what became of the money, for a shop.
    pub fn sentences(&self) -> Text {
        let (message, money) = match self {
            Self::Declined { code, message } => {
                let coded = Text::new(
                    format!("{} ({code})", message.ko),
                    format!("{} ({code})", message.english()),
                );
                return coded.followed_by(&nothing_charged());
            }
            Self::NotCharged { message } => (message, nothing_charged()),
            Self::Reversed { message } => (
                message,
                Text::new(
                    "승인을 취소했고(망취소) 손님에게 청구되지 않아요",
                    "The approval was taken back and the customer is not charged",
                ),
            ),
            Self::NotReversed { message } => (
                message,
                Text::new(
                    "승인이 남아 있을 수 있고 여기서는 취소할 수 없어요. 카드사에 문의하세요",
                    "The approval may stand and cannot be taken back here: ask the card company",
                ),
            ),
        };
        message.followed_by(&money)
    }
}

fn nothing_charged() -> Text {
    Text::new("손님에게 청구되지 않았어요", "The customer was not charged")
}

impl Payment {
    /// True while the terminal has not told what became of it.
    pub fn is_open(&self) -> bool {
        matches!(self.state, PaymentState::Started | PaymentState::Unknown)
    }

    /// True when its amount counts as paid.
    pub fn is_paid(&self) -> bool {
        matches!(
            self.state,
            PaymentState::Approved | PaymentState::Cancelling
        )
    }

    /// True when its part of the bill is not to be had by another payment.
    pub fn holds_its_part(&self) -> bool {
        self.is_open() || self.is_paid() || self.state == PaymentState::NotReversed
    }
}

impl PaymentState {
    /// The word of a refusal.
    pub fn word(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Unknown => "unknown",
            Self::NotReversed => "not reversed",
            Self::Approved => "approved",
            Self::Failed => "failed",
            Self::Cancelling => "cancelling",
            Self::Cancelled => "cancelled",
        }
    }
}
