//! Items, categories and option groups.

use madang_model::catalog::{Category, Choice, Item, OptionGroup, Price};
use madang_model::shop::Shop;
use madang_model::stock::ItemDay;
use madang_model::{CategoryId, ChoiceId, ItemId, OptionId, PriceId, Text};
use serde::Serialize;

use super::words::{LanguagePack, choice_state, i18n, price_kind, sale_state};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireItem<'a> {
    id: ItemId,
    pub(super) title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) title_i18n: Option<LanguagePack<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description_i18n: Option<LanguagePack<'a>>,
    pub(super) category: WireCategory<'a>,
    labels: Vec<WireLabel<'a>>,
    image_url: Option<&'a str>,
    price: WirePrice<'a>,
    options: Vec<WireOption<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireCategory<'a> {
    pub(super) id: CategoryId,
    pub(super) title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) title_i18n: Option<LanguagePack<'a>>,
}

#[derive(Serialize)]
struct WireLabel<'a> {
    title: &'a str,
    color: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WirePrice<'a> {
    id: PriceId,
    title: &'a str,
    is_default: bool,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sku: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    barcode: Option<&'a str>,
    price_type: &'static str,
    price_unit: u32,
    price_value: i64,
    is_tax_free: bool,
    is_stockable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stock_quantity: Option<WireStock>,
}

/// `lastChangeDateTime` is left out: the menu does not know when stock last changed, and a made-up time would be worse.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireStock {
    remain_quantity: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireOption<'a> {
    id: OptionId,
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    title_i18n: Option<LanguagePack<'a>>,
    is_required: bool,
    min_choices: u32,
    max_choices: i64,
    choices: Vec<WireChoice<'a>>,
    default_choices: &'a [ChoiceId],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireChoice<'a> {
    id: ChoiceId,
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    title_i18n: Option<LanguagePack<'a>>,
    price_value: i64,
    image_url: Option<&'a str>,
    state: &'static str,
    quantity_input_enabled: bool,
}

pub(super) fn item<'a>(shop: &'a Shop, item: &'a Item, day: ItemDay) -> WireItem<'a> {
    WireItem {
        id: item.id,
        title: &item.title.ko,
        title_i18n: i18n(&item.title),
        code: item.code.as_deref(),
        state: sale_state(day.sale_state()),
        description: item.description.as_ref().map(|text| text.ko.as_str()),
        description_i18n: item.description.as_ref().and_then(i18n),
        category: category_of(shop, item.category, None),
        labels: item
            .labels
            .iter()
            .map(|label| WireLabel {
                title: &label.title,
                color: &label.color,
            })
            .collect(),
        image_url: None,
        price: price(&item.price, day),
        options: shop.catalog.options_of(item).map(option).collect(),
    }
}

pub(super) fn category(category: &Category) -> WireCategory<'_> {
    titled(category.id, &category.title)
}

/// The category as the menu has it, else with the `remembered` title.
pub(super) fn category_of<'a>(
    shop: &'a Shop,
    id: CategoryId,
    remembered: Option<&'a Text>,
) -> WireCategory<'a> {
    match (remembered, shop.catalog.category(id)) {
        (Some(title), _) => titled(id, title),
        (None, Some(known)) => category(known),
        (None, None) => WireCategory {
            id,
            title: "",
            title_i18n: None,
        },
    }
}

pub(super) fn option(option: &OptionGroup) -> WireOption<'_> {
    WireOption {
        id: option.id,
        title: &option.title.ko,
        title_i18n: i18n(&option.title),
        is_required: option.choices_min > 0,
        min_choices: option.choices_min,
        max_choices: option.choices_max.map_or(-1, i64::from),
        choices: option.choices.iter().map(choice).collect(),
        default_choices: &option.defaults,
    }
}

fn titled(id: CategoryId, title: &Text) -> WireCategory<'_> {
    WireCategory {
        id,
        title: &title.ko,
        title_i18n: i18n(title),
    }
}

fn choice(choice: &Choice) -> WireChoice<'_> {
    WireChoice {
        id: choice.id,
        title: &choice.title.ko,
        title_i18n: i18n(&choice.title),
        price_value: choice.amount.minor_units(),
        image_url: None,
        state: choice_state(choice.state),
        quantity_input_enabled: choice.countable,
    }
}

fn price(price: &Price, day: ItemDay) -> WirePrice<'_> {
    WirePrice {
        id: price.id,
        title: &price.title.ko,
        is_default: true,
        state: sale_state(day.sale_state()),
        sku: price.sku.as_deref(),
        barcode: price.barcode.as_deref(),
        price_type: price_kind(price.kind),
        price_unit: 1,
        price_value: price.amount.minor_units(),
        is_tax_free: price.tax_free,
        is_stockable: day.left.is_some(),
        stock_quantity: day.left.map(|left| WireStock {
            remain_quantity: left.max(0),
        }),
    }
}
