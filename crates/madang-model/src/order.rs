//! Orders with their payments: one stream, one state, and the rules of both.

pub mod decide;
mod evolve;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::line::{self, Discount, Line, Totals};
use crate::payment::{Approval, CashGiven, Failure, Method, Payment};
use crate::tax::Parts;
use crate::{AttemptKey, Currency, Money, OrderId, PaymentId, Refusal, TableId};

/// The most payments of one order, failed attempts included.
pub const PAYMENTS_MAX: usize = 200;

/// The most minutes that an order may be promised in: a day. What is wanted later is no order of this day.
pub const READY_MINUTES_MAX: u32 = 24 * 60;

/// An order as it is now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// The key of whoever made it: a plugin's `orderKey`, else our own.
    pub order_key: String,
    /// Its number within the business day, from 1.
    pub number: u32,
    /// The business day it was placed on.
    pub business_date: Date,
    /// Where it stands.
    pub state: OrderState,
    /// Who placed it.
    pub source: Source,
    /// Where it came in: groups as `POS` or `KIOSK`.
    pub channels: Vec<String>,
    /// The table, at a pay-later shop.
    pub table: Option<TableId>,
    /// How many guests.
    pub guests: Option<u32>,
    /// A word for the whole order.
    pub memo: String,
    /// Its lines.
    pub lines: Vec<Line>,
    /// Taken off the whole.
    pub discounts: Vec<Discount>,
    /// What lines and discounts come to.
    pub totals: Totals,
    /// Its payments, oldest first, failed attempts included.
    pub payments: Vec<Payment>,
    /// For an order that was asked for and waits to be accepted.
    pub request: Option<OrderRequest>,
    /// The number of its receipt, once paid.
    pub receipt: Option<ReceiptNumber>,
    /// The receipts of its refunds: payment and number.
    pub refund_receipts: Vec<(PaymentId, ReceiptNumber)>,
    /// When it was placed.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When it was opened: placed by staff, or accepted.
    pub opened_at: Option<Timestamp>,
    /// When it was completed.
    pub completed_at: Option<Timestamp>,
    /// When it was cancelled, declined or had expired.
    pub cancelled_at: Option<Timestamp>,
}

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OrderState {
    /// Asked for, not accepted yet.
    Requested,
    /// Being served.
    Opened,
    /// Done.
    Completed,
    /// Called off.
    Cancelled,
}

/// How far an order is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OrderPaymentState {
    /// Nothing is paid.
    Opened,
    /// A part is paid.
    Paid,
    /// All is paid.
    Completed,
    /// Called off without any payment.
    Cancelled,
    /// Every payment was given back.
    Refunded,
}

/// Who placed an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// Staff at the till.
    Till,
    /// A plugin, by its name.
    Plugin(String),
    /// A guest's own device, simulated.
    Guest,
}

/// What an order carries that waits to be accepted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderRequest {
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// When it lapses.
    pub expires_at: Timestamp,
    /// When the guest expects it.
    pub expected_ready_at: Timestamp,
    /// When the shop says it will be ready.
    pub estimated_ready_at: Option<Timestamp>,
    /// When it was accepted.
    pub accepted_at: Option<Timestamp>,
    /// When it was declined.
    pub declined_at: Option<Timestamp>,
    /// Why it was declined.
    pub declined_reason: Option<String>,
}

/// The number on a receipt: business date, till, sequence. Never given twice.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ReceiptNumber {
    /// The business day.
    pub business_date: Date,
    /// The till.
    pub till: String,
    /// Counts up within both, from 1.
    pub sequence: u32,
}

impl std::fmt::Display for ReceiptNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}-{}-{:04}",
            self.business_date.strftime("%Y%m%d"),
            self.till,
            self.sequence
        )
    }
}

/// A new order, before it is checked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewOrder {
    /// Its id.
    pub id: OrderId,
    /// The key of whoever made it.
    pub order_key: String,
    /// Its number within the business day.
    pub number: u32,
    /// The business day.
    pub business_date: Date,
    /// Who placed it.
    pub source: Source,
    /// Where it came in.
    pub channels: Vec<String>,
    /// The table.
    pub table: Option<TableId>,
    /// How many guests.
    pub guests: Option<u32>,
    /// A word for the whole order.
    pub memo: String,
    /// The currency of the shop.
    pub currency: Currency,
    /// Its lines.
    pub lines: Vec<Line>,
    /// Taken off the whole.
    pub discounts: Vec<Discount>,
    /// When it must be accepted first.
    pub request: Option<OrderRequest>,
}

/// What is asked of an order that is there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum OrderCommand {
    Accept {
        estimated_ready_at: Option<Timestamp>,
    },
    Decline {
        reason: String,
    },
    Expire,
    AddLines {
        lines: Vec<Line>,
        discounts: Vec<Discount>,
    },
    Cancel,
    Complete,
    /// Hold a part of the bill and ask the terminal for it.
    StartCardPayment {
        payment: PaymentId,
        amount: Money,
        attempt: AttemptKey,
    },
    /// Record a payment that needs no asking.
    TakePayment(Box<TakePayment>),
    /// Begin to give a payment back.
    StartCancel {
        payment: PaymentId,
    },
    /// Give a payment back that needs no asking.
    CancelPayment {
        payment: PaymentId,
    },
    /// Say what the card company said about a payment that the terminal would not take back.
    Resolve {
        payment: PaymentId,
        found: Found,
    },
}

/// What the card company said about a payment in doubt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "found", rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Found {
    Charged { approval: Approval },
    NotCharged { failure: Failure },
}

/// A payment that the till only records: cash, or one made elsewhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of Payment")]
pub struct TakePayment {
    pub payment: PaymentId,
    pub method: Method,
    pub amount: Money,
    pub cash: Option<CashGiven>,
    pub payment_key: String,
    pub approval: Approval,
    pub plugin: Option<String>,
    /// Complete the order when this pays it in full.
    pub completes: bool,
}

/// What the terminal said of an attempt, told to the order. It is never refused: money may have moved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "said", rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Outcome {
    Approved { approval: Approval },
    Failed { failure: Failure },
    Unknown,
    Cancelled,
    NotCancelled { failure: Failure },
}

/// What happened to an order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "body", rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum OrderEvent {
    OrderPlaced {
        order: Box<NewOrder>,
    },
    OrderAccepted {
        estimated_ready_at: Option<Timestamp>,
    },
    OrderDeclined {
        reason: String,
    },
    OrderExpired {},
    LinesAdded {
        lines: Vec<Line>,
        discounts: Vec<Discount>,
    },
    OrderCancelled {},
    OrderCompleted {},
    PaymentStarted {
        payment: PaymentId,
        method: Method,
        parts: Parts,
        attempt: AttemptKey,
    },
    PaymentTaken {
        payment: PaymentId,
        method: Method,
        parts: Parts,
        cash: Option<CashGiven>,
        payment_key: String,
        approval: Approval,
        plugin: Option<String>,
    },
    PaymentUnknown {
        payment: PaymentId,
    },
    PaymentApproved {
        payment: PaymentId,
        approval: Approval,
    },
    PaymentFailed {
        payment: PaymentId,
        failure: Failure,
    },
    PaymentCancelStarted {
        payment: PaymentId,
    },
    PaymentCancelled {
        payment: PaymentId,
    },
    PaymentCancelFailed {
        payment: PaymentId,
        failure: Failure,
    },
    ReceiptGiven {
        receipt: ReceiptNumber,
    },
    RefundReceiptGiven {
        payment: PaymentId,
        receipt: ReceiptNumber,
    },
}

impl Order {
    /// The payment with this id.
    ///
    /// # Errors
    /// [`Refusal::NoSuchPayment`].
    pub fn payment(&self, id: PaymentId) -> Result<&Payment, Refusal> {
        self.payments
            .iter()
            .find(|payment| payment.id == id)
            .ok_or(Refusal::NoSuchPayment { payment: id })
    }

    /// What has been paid and not given back.
    pub fn paid(&self) -> Money {
        self.sum_of(Payment::is_paid)
    }

    /// What is still to be paid, never below nothing.
    pub fn unpaid(&self) -> Money {
        let zero = Money::zero(self.currency());
        match self.totals.charge.minus(self.paid()) {
            Ok(left) if left.is_positive() => left,
            _ => zero,
        }
    }

    /// What another payment may take: what is neither paid nor held by an attempt whose answer is out.
    pub fn payable(&self) -> Money {
        let zero = Money::zero(self.currency());
        match self
            .totals
            .charge
            .minus(self.sum_of(Payment::holds_its_part))
        {
            Ok(left) if left.is_positive() => left,
            _ => zero,
        }
    }

    /// True when nothing is left to pay.
    pub fn is_paid(&self) -> bool {
        self.unpaid().is_zero()
    }

    /// How far it is paid.
    pub fn payment_state(&self) -> OrderPaymentState {
        let given_back = self
            .payments
            .iter()
            .any(|payment| payment.state == crate::payment::PaymentState::Cancelled);
        let paid = self.paid();
        match (self.state, paid.is_positive(), given_back) {
            (_, false, true) => OrderPaymentState::Refunded,
            (OrderState::Cancelled, false, false) => OrderPaymentState::Cancelled,
            (OrderState::Completed, false, false) => OrderPaymentState::Completed,
            (_, false, false) => OrderPaymentState::Opened,
            (_, true, _) if self.is_paid() => OrderPaymentState::Completed,
            (_, true, _) => OrderPaymentState::Paid,
        }
    }

    /// True while the terminal has not told about one of its payments.
    pub fn waits_for_terminal(&self) -> bool {
        self.payments.iter().any(|payment| {
            payment.is_open() || payment.state == crate::payment::PaymentState::Cancelling
        })
    }

    /// True while staff must ask the card company about one of its payments.
    pub fn is_in_doubt(&self) -> bool {
        self.payments
            .iter()
            .any(|payment| payment.state == crate::payment::PaymentState::NotReversed)
    }

    /// True when nothing more is expected to happen to it today without somebody asking.
    pub fn is_settled(&self) -> bool {
        matches!(self.state, OrderState::Completed | OrderState::Cancelled)
            && !self.waits_for_terminal()
            && !self.is_in_doubt()
    }

    /// The currency of its prices.
    pub fn currency(&self) -> Currency {
        self.totals.charge.currency()
    }

    fn sum_of(&self, counts: impl Fn(&Payment) -> bool) -> Money {
        let amounts = self
            .payments
            .iter()
            .filter(|payment| counts(payment))
            .map(|payment| payment.parts.amount);
        // Each part was at most what was left of a bounded charge, so the sum stays within Money's limit.
        Money::sum(self.currency(), amounts).unwrap_or(self.totals.charge)
    }

    /// The parts of the bill that no payment holds.
    fn unheld_parts(&self) -> Parts {
        self.unheld_parts_of(&self.totals)
    }

    /// The same, were the bill to come to `totals`.
    fn unheld_parts_of(&self, totals: &Totals) -> Parts {
        let held = |part: fn(&Parts) -> Money| {
            let parts = self
                .payments
                .iter()
                .filter(|payment| payment.holds_its_part())
                .map(|payment| part(&payment.parts));
            Money::sum(self.currency(), parts).unwrap_or(Money::zero(self.currency()))
        };
        let rest = |whole: Money, part: fn(&Parts) -> Money| {
            whole
                .minus(held(part))
                .unwrap_or(Money::zero(whole.currency()))
        };
        Parts {
            amount: rest(totals.charge, |parts| parts.amount),
            taxable: rest(totals.taxable, |parts| parts.taxable),
            tax_free: rest(totals.tax_free, |parts| parts.tax_free),
            tax: rest(totals.tax, |parts| parts.tax),
        }
    }

    fn totals_with(&self, lines: &[Line], discounts: &[Discount]) -> Result<Totals, Refusal> {
        let lines: Vec<Line> = self.lines.iter().chain(lines).cloned().collect();
        let discounts: Vec<Discount> = self.discounts.iter().chain(discounts).cloned().collect();
        line::within("lines", lines.len(), line::LINES_MAX)?;
        line::totals(self.currency(), &lines, &discounts)
    }
}

impl OrderState {
    /// The word of a refusal.
    pub fn word(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Opened => "opened",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
        }
    }
}
