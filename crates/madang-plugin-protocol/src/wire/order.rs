//! Orders and their lines.

use jiff::tz::TimeZone;
use madang_model::line::{Discount, Line, LineChoice};
use madang_model::order::{Order, OrderPaymentState, OrderRequest, OrderState, Source};
use madang_model::shop::Shop;
use madang_model::{ChoiceId, ItemId, LineKey, Money, OrderId, TableId};
use serde::Serialize;

use super::catalog::{WireCategory, category_of};
use super::is_shown;
use super::payment::{WirePayment, payment};
use super::shop::{WireTable, table};
use super::words::{Amount, LanguagePack, Local, dining, i18n, item_kind};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireOrder<'a> {
    id: OrderId,
    table_id: Option<TableId>,
    table: Option<WireTable<'a>>,
    order_key: &'a str,
    state: &'static str,
    payment_state: &'static str,
    order_state: &'static str,
    line_items: Vec<WireLine<'a>>,
    discounts: Vec<WireDiscount<'a>>,
    payments: Vec<WirePayment<'a>>,
    charge_price: WireChargePrice,
    payment_price: WirePaymentPrice,
    requested_info: Option<WireRequest<'a>>,
    source: &'static str,
    num_guests: Option<u32>,
    memo: &'a str,
    opened_at: Option<Local>,
    created_at: Local,
    updated_at: Local,
    cancelled_at: Option<Local>,
    completed_at: Option<Local>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireLine<'a> {
    id: &'a LineKey,
    order_id: OrderId,
    dining_option: &'static str,
    item: WireLineItem<'a>,
    quantity: Quantity,
    charge_price: Amount,
    option_choices: Vec<WireLineChoice<'a>>,
    discounts: Vec<WireDiscount<'a>>,
    memo: &'a str,
}

#[derive(Serialize)]
struct Quantity {
    value: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireLineItem<'a> {
    id: ItemId,
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    title_i18n: Option<LanguagePack<'a>>,
    category: WireCategory<'a>,
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    price_value: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireLineChoice<'a> {
    id: ChoiceId,
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    title_i18n: Option<LanguagePack<'a>>,
    price_value: i64,
    image_url: Option<&'a str>,
    state: &'static str,
    quantity: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireDiscount<'a> {
    amount_money: Amount,
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    title_i18n: Option<LanguagePack<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(clippy::struct_field_names, reason = "the wire's own names")]
struct WireChargePrice {
    charge_discount_value: i64,
    charge_list_price_value: i64,
    charge_price_value: i64,
    charge_supply_value: i64,
    charge_tax_value: i64,
    charge_tip_value: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WirePaymentPrice {
    payment_unpaid_value: i64,
    payment_paid_value: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireRequest<'a> {
    request_at: Local,
    expired_at: Local,
    expected_ready_at: Local,
    estimated_ready_at: Option<Local>,
    accepted_at: Option<Local>,
    declined_at: Option<Local>,
    declined_reason: Option<&'a str>,
}

pub(super) fn order<'a>(shop: &'a Shop, zone: &TimeZone, order: &'a Order) -> WireOrder<'a> {
    let local = |at| Local::of(zone, at);
    let payment_state = payment_state(order.payment_state());
    WireOrder {
        id: order.id,
        table_id: order.table,
        table: order.table.and_then(|id| shop.table(id)).map(table),
        order_key: &order.order_key,
        state: payment_state,
        payment_state,
        order_state: order_state(order.state),
        line_items: order
            .lines
            .iter()
            .map(|one| line(shop, order.id, one))
            .collect(),
        discounts: order_discounts(order),
        payments: order
            .payments
            .iter()
            .filter(|payment| is_shown(payment))
            .map(|one| payment(zone, order.id, one))
            .collect(),
        charge_price: charge_price(order),
        payment_price: WirePaymentPrice {
            payment_unpaid_value: order.unpaid().minor_units(),
            payment_paid_value: order.paid().minor_units(),
        },
        requested_info: order.request.as_ref().map(|info| request(zone, info)),
        source: source(&order.source),
        num_guests: order.guests,
        memo: &order.memo,
        opened_at: order.opened_at.map(local),
        created_at: local(order.created_at),
        updated_at: local(order.updated_at),
        cancelled_at: order.cancelled_at.map(local),
        completed_at: order.completed_at.map(local),
    }
}

/// Discounts with the amount each takes off what the ones before it left of `price`.
pub(super) fn discounts(price: Option<Money>, discounts: &[Discount]) -> Vec<WireDiscount<'_>> {
    let mut left = price;
    discounts
        .iter()
        .map(|discount| {
            // Lines and orders are checked when made, so there is always enough left to take it from.
            let off = left.and_then(|left| discount.off.of(left).ok());
            left = left.zip(off).and_then(|(left, off)| left.minus(off).ok());
            WireDiscount {
                amount_money: Amount {
                    value: off.map_or(0, Money::minor_units),
                },
                title: &discount.title.ko,
                title_i18n: i18n(&discount.title),
            }
        })
        .collect()
}

pub(super) fn choice(choice: &LineChoice) -> WireLineChoice<'_> {
    WireLineChoice {
        id: choice.id,
        title: &choice.title.ko,
        title_i18n: i18n(&choice.title),
        price_value: choice.amount.minor_units(),
        image_url: None,
        state: "ON_SALE",
        quantity: choice.quantity,
    }
}

fn line<'a>(shop: &'a Shop, order: OrderId, line: &'a Line) -> WireLine<'a> {
    let charge = line.charge_amount().unwrap_or(Money::zero(shop.currency));
    WireLine {
        id: &line.key,
        order_id: order,
        dining_option: dining(line.dining),
        item: WireLineItem {
            id: line.item.id,
            title: &line.item.title.ko,
            title_i18n: i18n(&line.item.title),
            category: category_of(shop, line.item.category, Some(&line.item.category_title)),
            r#type: item_kind(line.item.kind),
            code: line.item.code.as_deref(),
            price_value: line.item.amount.minor_units(),
        },
        quantity: Quantity {
            value: line.quantity,
        },
        charge_price: Amount {
            value: charge.minor_units(),
        },
        option_choices: line.choices.iter().map(choice).collect(),
        discounts: discounts(line.list_amount().ok(), &line.discounts),
        memo: &line.memo,
    }
}

fn order_discounts(order: &Order) -> Vec<WireDiscount<'_>> {
    if order.discounts.is_empty() {
        return Vec::new();
    }
    let charges: Result<Vec<Money>, _> = order.lines.iter().map(Line::charge_amount).collect();
    let price = charges
        .ok()
        .and_then(|charges| Money::sum(order.currency(), charges).ok());
    discounts(price, &order.discounts)
}

fn charge_price(order: &Order) -> WireChargePrice {
    let totals = &order.totals;
    WireChargePrice {
        charge_discount_value: totals.discount.minor_units(),
        charge_list_price_value: totals.list.minor_units(),
        charge_price_value: totals.charge.minor_units(),
        charge_supply_value: totals.supply.minor_units(),
        charge_tax_value: totals.tax.minor_units(),
        charge_tip_value: 0,
    }
}

fn request<'a>(zone: &TimeZone, request: &'a OrderRequest) -> WireRequest<'a> {
    let local = |at| Local::of(zone, at);
    WireRequest {
        request_at: local(request.requested_at),
        expired_at: local(request.expires_at),
        expected_ready_at: local(request.expected_ready_at),
        estimated_ready_at: request.estimated_ready_at.map(local),
        accepted_at: request.accepted_at.map(local),
        declined_at: request.declined_at.map(local),
        declined_reason: request.declined_reason.as_deref(),
    }
}

fn order_state(state: OrderState) -> &'static str {
    match state {
        OrderState::Requested => "REQUESTED",
        OrderState::Opened => "OPENED",
        OrderState::Completed => "COMPLETED",
        OrderState::Cancelled => "CANCELLED",
    }
}

fn payment_state(state: OrderPaymentState) -> &'static str {
    match state {
        OrderPaymentState::Opened => "OPENED",
        OrderPaymentState::Paid => "PAID",
        OrderPaymentState::Completed => "COMPLETED",
        OrderPaymentState::Cancelled => "CANCELLED",
        OrderPaymentState::Refunded => "REFUNDED",
    }
}

/// The real words are not known; these say what they can without naming a plugin to another.
fn source(source: &Source) -> &'static str {
    match source {
        Source::Till => "POS",
        Source::Plugin(_) => "PLUGIN",
        Source::Guest => "MOBILE_ORDER",
    }
}
