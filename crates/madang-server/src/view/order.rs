//! Orders with their payments, and what the screen asks of them.

use jiff::Timestamp;
use jiff::civil::Date;
use madang_model::order::{self, Order};
use madang_model::payment::{self, Payment};
use madang_model::{PaymentId, Refusal};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Text;
use super::cart::{DiscountView, LineView, TotalsView};

/// An order with its payments.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct OrderView {
    /// Its id.
    pub id: String,
    /// The key of whoever made it.
    pub order_key: String,
    /// Its number within the business day.
    pub number: u32,
    /// The business day it was placed on.
    #[schema(value_type = String, format = Date)]
    pub business_date: Date,
    /// Where it stands.
    pub state: OrderState,
    /// How far it is paid.
    pub payment_state: OrderPaymentState,
    /// Who placed it.
    pub source: OrderSource,
    /// The plugin that placed it, when one did.
    pub source_plugin: Option<String>,
    /// Where it came in.
    pub channels: Vec<String>,
    /// The table, at a pay-later shop.
    pub table_id: Option<u64>,
    /// How many guests.
    pub guests: Option<u32>,
    /// A word for the whole order; empty when there is none.
    pub memo: String,
    /// Its lines.
    pub lines: Vec<LineView>,
    /// Taken off the whole.
    pub discounts: Vec<DiscountView>,
    /// What lines and discounts come to.
    pub totals: TotalsView,
    /// What has been paid and not given back.
    pub paid: i64,
    /// What is still to be paid.
    pub unpaid: i64,
    /// What another payment may take now: what is neither paid nor held by an attempt whose answer is out.
    pub payable: i64,
    /// True while the terminal has not told about one of its payments.
    pub waits_for_terminal: bool,
    /// Its payments, oldest first, failed attempts included.
    pub payments: Vec<PaymentView>,
    /// For an order that was asked for and waits to be accepted.
    pub request: Option<OrderRequestView>,
    /// The number of its receipt, once paid.
    pub receipt_number: Option<String>,
    /// When it was placed.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When it was opened.
    pub opened_at: Option<Timestamp>,
    /// When it was completed.
    pub completed_at: Option<Timestamp>,
    /// When it was cancelled, declined or had expired.
    pub cancelled_at: Option<Timestamp>,
}

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum OrderState {
    Requested,
    Opened,
    Completed,
    Cancelled,
}

/// How far an order is paid: nothing, a part, all, called off, given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the type's sentence names each")]
pub enum OrderPaymentState {
    Opened,
    Paid,
    Completed,
    Cancelled,
    Refunded,
}

/// Who placed an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum OrderSource {
    Till,
    Plugin,
    Guest,
}

/// What an order carries that waits to be accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OrderRequestView {
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

/// One payment, from the attempt to the refund.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct PaymentView {
    /// Its id.
    pub id: String,
    /// How it is paid.
    pub method: Method,
    /// Where it stands.
    pub state: PaymentState,
    /// Its amount.
    pub amount: i64,
    /// The part that carries tax, tax included.
    pub taxable: i64,
    /// The part that carries none.
    pub tax_free: i64,
    /// The tax.
    pub tax: i64,
    /// Names the attempt at the terminal.
    pub attempt: Option<String>,
    /// The key that its maker gave it.
    pub payment_key: String,
    /// The approval, once there is one.
    pub approval: Option<ApprovalView>,
    /// What was handed over, for cash.
    pub cash_received: Option<i64>,
    /// What went back, for cash.
    pub cash_change: Option<i64>,
    /// The plugin that recorded it.
    pub plugin: Option<String>,
    /// Why it failed, or why it could not be cancelled.
    pub failure: Option<FailureView>,
    /// The number of its refund's receipt.
    pub refund_receipt_number: Option<String>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it was cancelled.
    pub cancelled_at: Option<Timestamp>,
}

/// How a payment is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Method {
    Card,
    Cash,
    External,
}

/// Where a payment stands. `unknown`: the answer was lost, money may have moved, and its part of the bill stays held.
/// `not_reversed`: the same, and the terminal refuses for good to take it back, so staff must ask the card company.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum PaymentState {
    Started,
    Unknown,
    NotReversed,
    Approved,
    Failed,
    Cancelling,
    Cancelled,
}

/// What an approval says.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ApprovalView {
    /// The approval number; empty when the method has none.
    pub number: String,
    /// When it was approved.
    pub at: Timestamp,
    /// The card's brand.
    pub card_brand: Option<String>,
    /// The card's number with all but the first six and last four digits masked.
    pub card_number_masked: Option<String>,
    /// Months of instalment; 0: at once.
    pub installment_months: Option<u8>,
    /// The acquirer's name.
    pub acquirer: Option<String>,
    /// True when no money moved because the terminal is simulated.
    pub simulated: bool,
    /// For external payments: who took it.
    pub source: Option<String>,
}

/// Why a payment failed, and so what happened to the money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FailureView {
    /// What kind of failure.
    pub why: FailureKind,
    /// The issuer's code, when the card was declined.
    pub code: Option<String>,
    /// What happened: the issuer's or the terminal's words.
    pub message: Text,
    /// What happened and what became of the money, in sentences.
    pub sentences: Text,
}

/// `declined`: the issuer said no. `not_charged`: the terminal never got the card. `reversed`: it was taken back.
/// `not_reversed`: the terminal refuses for good to take it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the type's sentence names each")]
pub enum FailureKind {
    Declined,
    NotCharged,
    Reversed,
    NotReversed,
}

/// The cart becomes an order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckOut {
    /// The table, at a pay-later shop.
    #[serde(default)]
    pub table: Option<u64>,
    /// How many guests.
    #[serde(default)]
    pub guests: Option<u32>,
}

/// A payment that is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Pay {
    /// How it is paid.
    pub method: Method,
    /// How much, for card and external; all that is left when left out.
    #[serde(default)]
    #[schema(minimum = 1)]
    pub amount: Option<i64>,
    /// What the guest hands over, for cash.
    #[serde(default)]
    #[schema(minimum = 1)]
    pub received: Option<i64>,
    /// Who took it, for external.
    #[serde(default)]
    pub source: Option<String>,
}

/// What the card company said about a payment that the terminal would not take back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Resolve {
    /// Whether the card was charged: the payment then counts as paid, and as failed otherwise.
    pub charged: bool,
}

/// The intent is stored; the stream tells the rest.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct BegunView {
    /// The order as it is now.
    pub order: OrderView,
    /// The payment, which the order carries too.
    pub payment_id: Option<String>,
    /// True when nothing more will happen: a repeat of something done, or work that needed no asking.
    pub done: bool,
}

impl BegunView {
    /// The order with the payment that was begun, as far as it was then.
    ///
    /// # Errors
    /// As [`OrderView::of`]; [`Refusal::NoSuchPayment`] when the order does not carry the payment.
    pub fn of(order: &Order, payment: PaymentId) -> Result<Self, Refusal> {
        let begun = order.payment(payment)?;
        let waits = begun.is_open() || begun.state == payment::PaymentState::Cancelling;
        Ok(Self {
            order: OrderView::of(order)?,
            payment_id: Some(payment.to_string()),
            done: !waits,
        })
    }
}

/// An order that was asked for is taken on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Accept {
    /// In how many minutes it will be ready; at most `limits.ready_minutes_max` of the shop.
    pub minutes: u32,
}

/// An order that was asked for is not taken on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Decline {
    /// Why, in words for the guest.
    pub reason: String,
}

/// A receipt as a roll printer takes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReceiptView {
    /// Lines of text, at most `columns` wide; 한글 takes two columns.
    pub lines: Vec<String>,
    /// Columns of the paper.
    pub columns: usize,
}

/// Which copy of a receipt: a reprint says 재발행.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum ReceiptCopy {
    #[default]
    First,
    Reprint,
}

impl OrderView {
    /// An order as the screen sees it.
    ///
    /// # Errors
    /// As [`LineView::of`]; an order that was placed always has amounts.
    pub fn of(order: &Order) -> Result<Self, Refusal> {
        let (source, source_plugin) = source(&order.source);
        Ok(Self {
            id: order.id.to_string(),
            order_key: order.order_key.clone(),
            number: order.number,
            business_date: order.business_date,
            state: order.state.into(),
            payment_state: order.payment_state().into(),
            source,
            source_plugin,
            channels: order.channels.clone(),
            table_id: order.table.map(|table| table.0),
            guests: order.guests,
            memo: order.memo.clone(),
            lines: order
                .lines
                .iter()
                .map(LineView::of)
                .collect::<Result<_, _>>()?,
            discounts: order.discounts.iter().map(DiscountView::of).collect(),
            totals: (&order.totals).into(),
            paid: order.paid().minor_units(),
            unpaid: order.unpaid().minor_units(),
            payable: order.payable().minor_units(),
            waits_for_terminal: order.waits_for_terminal(),
            payments: order
                .payments
                .iter()
                .map(|payment| PaymentView::of(order, payment))
                .collect(),
            request: order.request.as_ref().map(OrderRequestView::of),
            receipt_number: order.receipt.as_ref().map(ToString::to_string),
            created_at: order.created_at,
            updated_at: order.updated_at,
            opened_at: order.opened_at,
            completed_at: order.completed_at,
            cancelled_at: order.cancelled_at,
        })
    }
}

fn source(source: &order::Source) -> (OrderSource, Option<String>) {
    match source {
        order::Source::Till => (OrderSource::Till, None),
        order::Source::Plugin(name) => (OrderSource::Plugin, Some(name.clone())),
        order::Source::Guest => (OrderSource::Guest, None),
    }
}

impl PaymentView {
    fn of(order: &Order, payment: &Payment) -> Self {
        let refund = order
            .refund_receipts
            .iter()
            .find(|(id, _)| *id == payment.id);
        Self {
            id: payment.id.to_string(),
            method: payment.method.into(),
            state: payment.state.into(),
            amount: payment.parts.amount.minor_units(),
            taxable: payment.parts.taxable.minor_units(),
            tax_free: payment.parts.tax_free.minor_units(),
            tax: payment.parts.tax.minor_units(),
            attempt: payment.attempt.as_ref().map(ToString::to_string),
            payment_key: payment.payment_key.clone(),
            approval: payment.approval.as_ref().map(ApprovalView::of),
            cash_received: payment.cash.map(|cash| cash.received.minor_units()),
            cash_change: payment.cash.map(|cash| cash.change.minor_units()),
            plugin: payment.plugin.clone(),
            failure: payment.failure.as_ref().map(FailureView::of),
            refund_receipt_number: refund.map(|(_, number)| number.to_string()),
            started_at: payment.started_at,
            cancelled_at: payment.cancelled_at,
        }
    }
}

impl ApprovalView {
    fn of(approval: &payment::Approval) -> Self {
        let card = approval.card.as_ref();
        Self {
            number: approval.number.clone(),
            at: approval.at,
            card_brand: card.map(|card| card.brand.clone()),
            card_number_masked: card.map(|card| card.number_masked.clone()),
            installment_months: card.map(|card| card.installment_months),
            acquirer: card.and_then(|card| card.acquirer.clone()),
            simulated: approval.simulated,
            source: approval.source.clone(),
        }
    }
}

impl FailureView {
    fn of(failure: &payment::Failure) -> Self {
        let (why, code, message) = match failure {
            payment::Failure::Declined { code, message } => {
                (FailureKind::Declined, Some(code.clone()), message)
            }
            payment::Failure::NotCharged { message } => (FailureKind::NotCharged, None, message),
            payment::Failure::Reversed { message } => (FailureKind::Reversed, None, message),
            payment::Failure::NotReversed { message } => (FailureKind::NotReversed, None, message),
        };
        Self {
            why,
            code,
            message: message.into(),
            sentences: (&failure.sentences()).into(),
        }
    }
}

impl OrderRequestView {
    fn of(request: &order::OrderRequest) -> Self {
        Self {
            requested_at: request.requested_at,
            expires_at: request.expires_at,
            expected_ready_at: request.expected_ready_at,
            estimated_ready_at: request.estimated_ready_at,
            accepted_at: request.accepted_at,
            declined_at: request.declined_at,
            declined_reason: request.declined_reason.clone(),
        }
    }
}

impl From<order::OrderState> for OrderState {
    fn from(state: order::OrderState) -> Self {
        match state {
            order::OrderState::Requested => Self::Requested,
            order::OrderState::Opened => Self::Opened,
            order::OrderState::Completed => Self::Completed,
            order::OrderState::Cancelled => Self::Cancelled,
        }
    }
}

impl From<OrderState> for order::OrderState {
    fn from(state: OrderState) -> Self {
        match state {
            OrderState::Requested => Self::Requested,
            OrderState::Opened => Self::Opened,
            OrderState::Completed => Self::Completed,
            OrderState::Cancelled => Self::Cancelled,
        }
    }
}

impl From<order::OrderPaymentState> for OrderPaymentState {
    fn from(state: order::OrderPaymentState) -> Self {
        match state {
            order::OrderPaymentState::Opened => Self::Opened,
            order::OrderPaymentState::Paid => Self::Paid,
            order::OrderPaymentState::Completed => Self::Completed,
            order::OrderPaymentState::Cancelled => Self::Cancelled,
            order::OrderPaymentState::Refunded => Self::Refunded,
        }
    }
}

impl From<OrderPaymentState> for order::OrderPaymentState {
    fn from(state: OrderPaymentState) -> Self {
        match state {
            OrderPaymentState::Opened => Self::Opened,
            OrderPaymentState::Paid => Self::Paid,
            OrderPaymentState::Completed => Self::Completed,
            OrderPaymentState::Cancelled => Self::Cancelled,
            OrderPaymentState::Refunded => Self::Refunded,
        }
    }
}

impl From<payment::Method> for Method {
    fn from(method: payment::Method) -> Self {
        match method {
            payment::Method::Card => Self::Card,
            payment::Method::Cash => Self::Cash,
            payment::Method::External => Self::External,
        }
    }
}

impl From<payment::PaymentState> for PaymentState {
    fn from(state: payment::PaymentState) -> Self {
        match state {
            payment::PaymentState::Started => Self::Started,
            payment::PaymentState::Unknown => Self::Unknown,
            payment::PaymentState::NotReversed => Self::NotReversed,
            payment::PaymentState::Approved => Self::Approved,
            payment::PaymentState::Failed => Self::Failed,
            payment::PaymentState::Cancelling => Self::Cancelling,
            payment::PaymentState::Cancelled => Self::Cancelled,
        }
    }
}

impl From<ReceiptCopy> for madang_model::receipt::Copy {
    fn from(copy: ReceiptCopy) -> Self {
        match copy {
            ReceiptCopy::First => Self::First,
            ReceiptCopy::Reprint => Self::Reprint,
        }
    }
}
