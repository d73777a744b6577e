//! Payments.

use jiff::tz::TimeZone;
use madang_model::payment::{Approval, Card, CardKind, Method, Payment, PaymentState};
use madang_model::{OrderId, PaymentId};
use serde::{Serialize, Serializer};

use super::words::Local;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WirePayment<'a> {
    id: PaymentId,
    order_id: OrderId,
    payment_key: &'a str,
    state: &'static str,
    source_type: &'static str,
    amount_money: i64,
    tax_money: i64,
    supply_money: i64,
    tip_money: i64,
    tax_exempt_money: i64,
    approved_no: &'a str,
    approved_at: Local,
    cancelled_at: Option<Local>,
    #[serde(skip_serializing_if = "Option::is_none")]
    card_details: Option<WireCard<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_details: Option<WireExternal<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireCard<'a> {
    #[serde(serialize_with = "two_digits")]
    installment_month: u8,
    card_type: &'static str,
    card_brand: &'a str,
    card_no: &'a str,
    source: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireExternal<'a> {
    source: Option<&'a str>,
    source_id: Option<&'a str>,
}

pub(super) fn payment<'a>(
    zone: &TimeZone,
    order: OrderId,
    payment: &'a Payment,
) -> WirePayment<'a> {
    let approval = payment.approval.as_ref();
    let parts = &payment.parts;
    WirePayment {
        id: payment.id,
        order_id: order,
        payment_key: &payment.payment_key,
        state: state(payment.state),
        source_type: source_type(payment.method),
        amount_money: parts.amount.minor_units(),
        tax_money: parts.tax.minor_units(),
        supply_money: parts.supply().minor_units(),
        tip_money: 0,
        tax_exempt_money: parts.tax_free.minor_units(),
        approved_no: approval.map_or("", |approval| &approval.number),
        approved_at: Local::of(
            zone,
            approval.map_or(payment.started_at, |approval| approval.at),
        ),
        cancelled_at: payment.cancelled_at.map(|at| Local::of(zone, at)),
        card_details: (payment.method == Method::Card).then(|| card(approval)),
        external_details: (payment.method == Method::External).then(|| WireExternal {
            source: approval.and_then(|approval| approval.source.as_deref()),
            source_id: None,
        }),
    }
}

/// A payment that is being given back is still approved until the terminal has told.
fn state(state: PaymentState) -> &'static str {
    match state {
        PaymentState::Cancelled => "CANCELLED",
        _ => "APPROVED",
    }
}

fn source_type(method: Method) -> &'static str {
    match method {
        Method::Card => "CARD",
        Method::Cash => "CASH",
        Method::External => "EXTERNAL",
    }
}

fn card(approval: Option<&Approval>) -> WireCard<'_> {
    let card = approval.and_then(|approval| approval.card.as_ref());
    WireCard {
        installment_month: card.map_or(0, |card| card.installment_months),
        card_type: card_type(card.map(|card| card.kind).unwrap_or_default()),
        card_brand: card.map_or("", |card| &card.brand),
        card_no: card.map_or("", |card| &card.number_masked),
        source: card.and_then(|card: &Card| card.acquirer.as_deref()),
    }
}

fn card_type(kind: CardKind) -> &'static str {
    match kind {
        CardKind::Credit => "CREDIT",
        CardKind::Debit => "DEBIT",
        CardKind::Prepaid => "PREPAID",
        CardKind::Foreign => "FOREIGN",
    }
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature serde asks for"
)]
fn two_digits<S: Serializer>(months: &u8, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{months:02}"))
}
