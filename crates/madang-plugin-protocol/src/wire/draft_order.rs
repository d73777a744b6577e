//! The cart.

use madang_model::cart::Cart;
use madang_model::catalog::Item;
use madang_model::line::{Line, LineItem};
use madang_model::shop::Shop;
use madang_model::stock::ItemDay;
use madang_model::{ItemId, LineKey, Money};
use serde::Serialize;

use super::catalog::{WireCategory, WireItem, category_of, item};
use super::order::{WireDiscount, WireLineChoice, choice, discounts};
use super::words::{LanguagePack, dining, i18n, item_kind, price_kind};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireDraftOrder<'a> {
    line_items: Vec<WireCartLine<'a>>,
    discounts: Vec<WireDiscount<'a>>,
    price: WireCartPrice,
    ignore_print: bool,
    memo: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireCartPrice {
    order_price_value: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireCartLine<'a> {
    key: &'a LineKey,
    item: WireCartItem<'a>,
    item_price: WireItemPrice<'a>,
    discount: Vec<WireDiscount<'a>>,
    memo: &'a str,
    option_choices: Vec<WireLineChoice<'a>>,
    quantity: u32,
    dining_option: &'static str,
    metadata: WireFixed,
}

/// The whole item of the menu with the line's own title, because plugins hand it back as they got it.
#[derive(Serialize)]
#[serde(untagged)]
enum WireCartItem<'a> {
    OfMenu {
        #[serde(flatten)]
        item: Box<WireItem<'a>>,
        r#type: &'static str,
    },
    OfPlugin(WireForeignItem<'a>),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireForeignItem<'a> {
    id: ItemId,
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    title_i18n: Option<LanguagePack<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    category: WireCategory<'a>,
    r#type: &'static str,
    options: [(); 0],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireItemPrice<'a> {
    title: &'a str,
    is_tax_free: bool,
    price_type: &'static str,
    price_unit: u32,
    price_value: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    sku: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireFixed {
    memo_fixed: bool,
    option_fixed: bool,
    quantity_fixed: bool,
}

pub(super) fn draft_order<'a>(
    shop: &'a Shop,
    cart: &'a Cart,
    day: &dyn Fn(&Item) -> ItemDay,
) -> WireDraftOrder<'a> {
    let charge = cart
        .totals()
        .map_or(0, |totals| totals.charge.minor_units());
    WireDraftOrder {
        line_items: cart.lines.iter().map(|one| line(shop, one, day)).collect(),
        discounts: discounts(after_lines(cart), &cart.discounts),
        price: WireCartPrice {
            order_price_value: charge,
        },
        ignore_print: cart.ignore_print,
        memo: &cart.memo,
    }
}

fn after_lines(cart: &Cart) -> Option<Money> {
    let charges: Result<Vec<Money>, _> = cart.lines.iter().map(Line::charge_amount).collect();
    Money::sum(cart.currency, charges.ok()?).ok()
}

fn line<'a>(shop: &'a Shop, line: &'a Line, day: &dyn Fn(&Item) -> ItemDay) -> WireCartLine<'a> {
    WireCartLine {
        key: &line.key,
        item: cart_item(shop, &line.item, day),
        item_price: WireItemPrice {
            title: &line.item.price_title.ko,
            is_tax_free: line.item.tax_free,
            price_type: price_kind(line.item.price_kind),
            price_unit: 1,
            price_value: line.item.amount.minor_units(),
            sku: line.item.sku.as_deref(),
        },
        discount: discounts(line.list_amount().ok(), &line.discounts),
        memo: &line.memo,
        option_choices: line.choices.iter().map(choice).collect(),
        quantity: line.quantity,
        dining_option: dining(line.dining),
        metadata: WireFixed {
            memo_fixed: line.fixed.memo,
            option_fixed: line.fixed.choices,
            quantity_fixed: line.fixed.quantity,
        },
    }
}

fn cart_item<'a>(
    shop: &'a Shop,
    line: &'a LineItem,
    day: &dyn Fn(&Item) -> ItemDay,
) -> WireCartItem<'a> {
    let category = category_of(shop, line.category, Some(&line.category_title));
    match shop.catalog.item(line.id) {
        Some(known) => {
            let mut whole = item(shop, known, day(known));
            whole.title = &line.title.ko;
            whole.title_i18n = i18n(&line.title);
            whole.category = category;
            WireCartItem::OfMenu {
                item: Box::new(whole),
                r#type: item_kind(line.kind),
            }
        }
        None => WireCartItem::OfPlugin(WireForeignItem {
            id: line.id,
            title: &line.title.ko,
            title_i18n: i18n(&line.title),
            code: line.code.as_deref(),
            category,
            r#type: item_kind(line.kind),
            options: [],
        }),
    }
}
