//! Orders and payments as the Open API of the Korean till writes them: other names than the SDK's, quantities as plain numbers, and
//! times by the shop's own clock.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use madang_model::catalog::PriceKind;
use madang_model::line::{Dining, Discount, Line, LineChoice, Off};
use madang_model::order::{Order, OrderState, Source};
use madang_model::payment::{Card, CardKind, Method, Payment, PaymentState};
use madang_model::shop::Shop;
use madang_model::{Money, OrderId, PaymentId};
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WireOrder<'a> {
    id: OrderId,
    merchant_id: u64,
    source: String,
    order_state: &'static str,
    order_key: &'a str,
    order_number: String,
    memo: &'a str,
    created_at: String,
    updated_at: String,
    opened_at: Option<String>,
    completed_at: Option<String>,
    cancelled_at: Option<String>,
    line_items: Vec<WireLine<'a>>,
    payments: Vec<WirePayment<'a>>,
    discounts: Vec<WireDiscount<'a>>,
    charge_price: WireChargePrice,
    #[serde(skip_serializing_if = "Option::is_none")]
    requested_info: Option<WireRequest<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireRequest<'a> {
    requested_at: String,
    expired_at: String,
    expected_ready_at: String,
    estimated_ready_at: Option<String>,
    accepted_at: Option<String>,
    declined_at: Option<String>,
    declined_reason: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireLine<'a> {
    dining_option: &'static str,
    item: WireItem<'a>,
    item_price: WirePrice<'a>,
    option_choices: Vec<WireChoice<'a>>,
    applied_discounts: Vec<WireDiscount<'a>>,
    quantity: u32,
    memo: &'a str,
}

#[derive(Serialize)]
struct WireItem<'a> {
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    category: WireCategory<'a>,
}

#[derive(Serialize)]
struct WireCategory<'a> {
    title: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WirePrice<'a> {
    title: &'a str,
    price_type: &'static str,
    price_unit: u32,
    price_value: i64,
    is_tax_free: bool,
    tax_inclusive: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireChoice<'a> {
    title: &'a str,
    price_value: i64,
    quantity: u32,
}

#[derive(Serialize)]
struct WireDiscount<'a> {
    title: &'a str,
    r#type: &'static str,
    amount: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    percentage: Option<f64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireChargePrice {
    list_price: i64,
    discount_amount: i64,
    tip_amount: i64,
    service_charge_amount: i64,
    tax_amount: i64,
    supply_amount: i64,
    tax_exempt_amount: i64,
    total_amount: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WirePayment<'a> {
    id: PaymentId,
    merchant_id: u64,
    order_id: OrderId,
    state: &'static str,
    source_type: &'static str,
    payment_method: &'static str,
    amount: i64,
    tax_amount: i64,
    supply_amount: i64,
    tax_exempt_amount: i64,
    tip_amount: i64,
    approved_no: &'a str,
    approved_at: Option<String>,
    cancelled_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    card_details: Option<WireCard<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_details: Option<WireExternal<'a>>,
    created_at: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireCard<'a> {
    card_type: &'static str,
    card_brand: &'a str,
    card_no: &'a str,
    acquirer: Option<&'a str>,
    installment_month: String,
}

#[derive(Serialize)]
struct WireExternal<'a> {
    source: Option<&'a str>,
}

pub(crate) fn order<'a>(shop: &Shop, order: &'a Order) -> WireOrder<'a> {
    let zone = shop.zone();
    let local = |at| local(&zone, at);
    WireOrder {
        id: order.id,
        merchant_id: shop.merchant_id,
        source: source(order),
        order_state: state(order.state),
        order_key: &order.order_key,
        order_number: order.number.to_string(),
        memo: &order.memo,
        created_at: local(order.created_at),
        updated_at: local(order.updated_at),
        opened_at: order.opened_at.map(local),
        completed_at: order.completed_at.map(local),
        cancelled_at: order.cancelled_at.map(local),
        line_items: order.lines.iter().map(line).collect(),
        payments: order
            .payments
            .iter()
            .filter(|one| is_told(one))
            .map(|one| payment(shop, order, one))
            .collect(),
        discounts: discounts(charged(order), &order.discounts),
        charge_price: charge_price(order),
        requested_info: order.request.as_ref().map(|request| WireRequest {
            requested_at: local(request.requested_at),
            expired_at: local(request.expires_at),
            expected_ready_at: local(request.expected_ready_at),
            estimated_ready_at: request.estimated_ready_at.map(local),
            accepted_at: request.accepted_at.map(local),
            declined_at: request.declined_at.map(local),
            declined_reason: request.declined_reason.as_deref(),
        }),
    }
}

pub(crate) fn payment<'a>(shop: &Shop, order: &Order, payment: &'a Payment) -> WirePayment<'a> {
    let zone = shop.zone();
    let local = |at| local(&zone, at);
    let approval = payment.approval.as_ref();
    let parts = &payment.parts;
    let method = method(payment.method);
    WirePayment {
        id: payment.id,
        merchant_id: shop.merchant_id,
        order_id: order.id,
        state: match payment.state {
            PaymentState::Cancelled => "CANCELLED",
            _ => "APPROVED",
        },
        source_type: method,
        payment_method: method,
        amount: parts.amount.minor_units(),
        tax_amount: parts.tax.minor_units(),
        supply_amount: parts.supply().minor_units(),
        tax_exempt_amount: parts.tax_free.minor_units(),
        tip_amount: 0,
        approved_no: approval.map_or("", |approval| &approval.number),
        approved_at: approval.map(|approval| local(approval.at)),
        cancelled_at: payment.cancelled_at.map(local),
        card_details: approval
            .and_then(|approval| approval.card.as_ref())
            .map(card),
        external_details: (payment.method == Method::External).then(|| WireExternal {
            source: approval.and_then(|approval| approval.source.as_deref()),
        }),
        created_at: local(payment.started_at),
    }
}

/// Who placed an order, in the free words of the Open API.
pub(crate) fn source(order: &Order) -> String {
    match &order.source {
        Source::Till => "POS".to_owned(),
        Source::Plugin(name) => format!("PLUGIN_{name}"),
        Source::Guest => "MOBILE_ORDER".to_owned(),
    }
}

/// An attempt whose answer is out, or that failed, is the till's own affair.
fn is_told(payment: &Payment) -> bool {
    matches!(
        payment.state,
        PaymentState::Approved | PaymentState::Cancelling | PaymentState::Cancelled
    )
}

fn line(line: &Line) -> WireLine<'_> {
    WireLine {
        dining_option: match line.dining {
            Dining::Here => "HERE",
            Dining::Togo => "TOGO",
            Dining::Delivery => "DELIVERY",
            Dining::Pickup => "PICKUP",
        },
        item: WireItem {
            title: &line.item.title.ko,
            code: line.item.code.as_deref(),
            category: WireCategory {
                title: &line.item.category_title.ko,
            },
        },
        item_price: WirePrice {
            title: &line.item.price_title.ko,
            price_type: match line.item.price_kind {
                PriceKind::Fixed => "FIXED",
                PriceKind::Variable => "VARIABLE",
                PriceKind::Unit => "UNIT",
            },
            price_unit: 1,
            price_value: line.item.amount.minor_units(),
            is_tax_free: line.item.tax_free,
            tax_inclusive: true,
        },
        option_choices: line.choices.iter().map(choice).collect(),
        applied_discounts: discounts(line.list_amount().ok(), &line.discounts),
        quantity: line.quantity,
        memo: &line.memo,
    }
}

fn choice(choice: &LineChoice) -> WireChoice<'_> {
    WireChoice {
        title: &choice.title.ko,
        price_value: choice.amount.minor_units(),
        quantity: choice.quantity,
    }
}

/// What the lines come to before the discounts of the whole.
fn charged(order: &Order) -> Option<Money> {
    let charges: Result<Vec<Money>, _> = order.lines.iter().map(Line::charge_amount).collect();
    Money::sum(order.currency(), charges.ok()?).ok()
}

/// Discounts with the amount each takes off what the ones before it left of `price`.
fn discounts(price: Option<Money>, discounts: &[Discount]) -> Vec<WireDiscount<'_>> {
    let mut left = price;
    discounts
        .iter()
        .map(|discount| {
            // Lines and orders are checked when made, so there is always enough left to take it from.
            let off = left.and_then(|left| discount.off.of(left).ok());
            left = left.zip(off).and_then(|(left, off)| left.minus(off).ok());
            let percentage = |basis_points: u32| Some(f64::from(basis_points) / 100.0);
            let (kind, percentage) = match discount.off {
                Off::Amount(_) => ("FIXED_AMOUNT", None),
                Off::BasisPoints(part) => ("FIXED_PERCENTAGE", percentage(part)),
                Off::OrderedPart { basis_points, .. } => {
                    ("FIXED_PERCENTAGE", percentage(basis_points))
                }
            };
            WireDiscount {
                title: &discount.title.ko,
                r#type: kind,
                amount: off.map_or(0, Money::minor_units),
                percentage,
            }
        })
        .collect()
}

fn charge_price(order: &Order) -> WireChargePrice {
    let totals = &order.totals;
    WireChargePrice {
        list_price: totals.list.minor_units(),
        // What is taken off stands as an amount below nothing here.
        discount_amount: -totals.discount.minor_units(),
        tip_amount: 0,
        service_charge_amount: 0,
        tax_amount: totals.tax.minor_units(),
        supply_amount: totals.supply.minor_units(),
        tax_exempt_amount: totals.tax_free.minor_units(),
        total_amount: totals.charge.minor_units(),
    }
}

fn card(card: &Card) -> WireCard<'_> {
    WireCard {
        card_type: match card.kind {
            CardKind::Credit => "CREDIT",
            CardKind::Debit => "DEBIT",
            CardKind::Prepaid => "PREPAID",
            CardKind::Foreign => "FOREIGN",
        },
        card_brand: &card.brand,
        card_no: &card.number_masked,
        acquirer: card.acquirer.as_deref(),
        installment_month: format!("{:02}", card.installment_months),
    }
}

fn state(state: OrderState) -> &'static str {
    match state {
        OrderState::Requested => "REQUESTED",
        OrderState::Opened => "OPENED",
        OrderState::Completed => "COMPLETED",
        OrderState::Cancelled => "CANCELLED",
    }
}

fn method(method: Method) -> &'static str {
    match method {
        Method::Card => "CARD",
        Method::Cash => "CASH",
        Method::External => "EXTERNAL",
    }
}

fn local(zone: &TimeZone, at: Timestamp) -> String {
    let at = at.to_zoned(zone.clone());
    at.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}
