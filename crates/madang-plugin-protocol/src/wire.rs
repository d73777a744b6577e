//! The shop's things as plugins see them. The shapes are the SDK's own and stay behind this module.

mod catalog;
mod draft_order;
mod order;
mod payment;
mod shop;
mod words;

use madang_model::OrderId;
use madang_model::cart::Cart;
use madang_model::catalog::{Category, Item, OptionGroup};
use madang_model::order::Order;
use madang_model::payment::{Payment, PaymentState};
use madang_model::shop::{Hall, Shop, Table};
use madang_model::stock::ItemDay;
use serde::Serialize;
use serde_json::Value;

pub use self::shop::Device;

/// An order with its payments.
pub fn order(shop: &Shop, order: &Order) -> Value {
    value(order::order(shop, &shop.zone(), order))
}

/// An order as JSON text, without a tree of values in between.
pub fn order_json(shop: &Shop, order: &Order) -> String {
    json(order::order(shop, &shop.zone(), order))
}

/// Orders as JSON text.
pub fn orders_json<'a>(shop: &Shop, orders: impl IntoIterator<Item = &'a Order>) -> String {
    let zone = shop.zone();
    let orders: Vec<_> = orders
        .into_iter()
        .map(|order| order::order(shop, &zone, order))
        .collect();
    json(orders)
}

/// A payment of the order `order`. Ask [`is_shown`] first.
pub fn payment(shop: &Shop, order: OrderId, payment: &Payment) -> Value {
    value(payment::payment(&shop.zone(), order, payment))
}

/// Whether plugins see a payment: one that was approved, be it given back later. An attempt whose answer is out, or that
/// failed, is the till's own affair.
pub fn is_shown(payment: &Payment) -> bool {
    matches!(
        payment.state,
        PaymentState::Approved | PaymentState::Cancelling | PaymentState::Cancelled
    )
}

/// An item of the menu on its day.
pub fn catalog_item(shop: &Shop, item: &Item, day: ItemDay) -> Value {
    value(catalog::item(shop, item, day))
}

/// A category.
pub fn category(category: &Category) -> Value {
    value(catalog::category(category))
}

/// An option group.
pub fn option(option: &OptionGroup) -> Value {
    value(catalog::option(option))
}

/// A hall; `place` is where it stands among the halls, from 0.
pub fn hall(hall: &Hall, place: usize) -> Value {
    value(shop::hall(hall, place))
}

/// A table with the order open on it.
pub fn table(shop: &Shop, table: &Table, order: Option<&Order>) -> Value {
    value(shop::table_with_order(shop, table, order))
}

/// The shop.
pub fn merchant(shop: &Shop) -> Value {
    value(shop::merchant(shop))
}

/// The till and how the shop sells.
pub fn device(shop: &Shop, device: &Device) -> Value {
    value(shop::device(shop, device))
}

/// The cart. `day` tells how an item of the menu stands today.
pub fn draft_order(shop: &Shop, cart: &Cart, day: &dyn Fn(&Item) -> ItemDay) -> Value {
    value(draft_order::draft_order(shop, cart, day))
}

fn value(thing: impl Serialize) -> Value {
    // The shapes have text keys and whole numbers only, so writing them cannot fail.
    serde_json::to_value(thing).expect("wire shapes are plain JSON")
}

fn json(thing: impl Serialize) -> String {
    serde_json::to_string(&thing).expect("wire shapes are plain JSON")
}
