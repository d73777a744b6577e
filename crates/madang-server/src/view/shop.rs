//! The shop, its menu as it is today, its tables.

use jiff::Timestamp;
use jiff::civil::Date;
use madang_model::catalog::{self, Catalog};
use madang_model::shop;
use madang_model::stock::ItemDay;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Text;

/// The shop with everything a till needs to sell.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ShopView {
    /// A short name of the shop, as `cafe`.
    pub key: String,
    /// Its name.
    pub name: Text,
    /// The number that plugins know it by.
    pub merchant_id: u64,
    /// The line of business.
    pub business: Business,
    /// When guests pay.
    pub payment_time: PaymentTime,
    /// The currency of every amount of this API.
    pub currency: CurrencyView,
    /// IANA name of the time zone.
    pub time_zone: String,
    /// The hour at which the business day begins.
    pub day_begins_at_hour: i8,
    /// The business day it is now.
    #[schema(value_type = String, format = Date)]
    pub business_date: Date,
    /// The server's time when this was answered.
    pub now: Timestamp,
    /// The till's serial number.
    pub serial_number: String,
    /// The tabs of the menu, in their order.
    pub categories: Vec<CategoryView>,
    /// The tiles of the menu, in their order, as they are today.
    pub items: Vec<ItemView>,
    /// The option groups that items refer to.
    pub options: Vec<OptionView>,
    /// The halls of a shop with tables.
    pub halls: Vec<HallView>,
    /// The tables in them, with their open orders.
    pub tables: Vec<TableView>,
    /// Limits that a form should know before it sends.
    pub limits: LimitsView,
}

/// A currency and how many decimals its minor unit stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CurrencyView {
    /// ISO 4217 code.
    pub code: String,
    /// 0 for KRW and JPY, 2 for USD, 3 for KWD.
    pub decimals: u8,
}

/// The line of business.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Business {
    Cafe,
    Restaurant,
    Retail,
    Service,
}

/// When guests pay: before they get it, or after the meal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum PaymentTime {
    First,
    Later,
}

/// A tab of the menu.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CategoryView {
    /// Its id.
    pub id: u64,
    /// Its name.
    pub title: Text,
}

/// A tile of the menu, as it is today.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ItemView {
    /// Its id.
    pub id: u64,
    /// Its name.
    pub title: Text,
    /// The tab it stands on.
    pub category_id: u64,
    /// A sentence about it.
    pub description: Option<Text>,
    /// What a guest can have now: sold out when staff said so or none is left.
    pub sale_state: SaleState,
    /// What staff set, whatever the stock says.
    pub sale_state_set: SaleState,
    /// How many are left; none: not counted.
    pub stock_left: Option<i64>,
    /// The price of one, VAT included.
    pub amount: i64,
    /// How the price is found.
    pub price_kind: PriceKind,
    /// Free of value added tax.
    pub tax_free: bool,
    /// What a scanner reads.
    pub barcode: Option<String>,
    /// Coloured labels.
    pub labels: Vec<LabelView>,
    /// The picture on the tile.
    pub glyph: Glyph,
    /// The option groups asked for, in this order.
    pub option_ids: Vec<u64>,
}

/// Whether something can be sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum SaleState {
    OnSale,
    SoldOut,
    Unavailable,
    Deleted,
}

/// How the amount of a price is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum PriceKind {
    Fixed,
    Variable,
    Unit,
}

/// The picture on a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Glyph {
    Coffee,
    Milk,
    Tea,
    Ade,
    Bake,
    Goods,
}

/// A coloured word on a tile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LabelView {
    /// The word.
    pub title: String,
    /// A CSS colour.
    pub color: String,
}

/// A question asked with an item.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct OptionView {
    /// Its id.
    pub id: u64,
    /// Its name.
    pub title: Text,
    /// The fewest choices, counting quantities.
    pub choices_min: u32,
    /// The most choices, counting quantities; none: no limit.
    pub choices_max: Option<u32>,
    /// What can be chosen.
    pub choices: Vec<ChoiceView>,
    /// What is chosen when nobody says otherwise, of what can be had today.
    pub default_choice_ids: Vec<u64>,
}

/// One answer to an option group.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ChoiceView {
    /// Its id.
    pub id: u64,
    /// Its name.
    pub title: Text,
    /// What it adds to the price of one.
    pub amount: i64,
    /// Whether it can be chosen.
    pub sale_state: SaleState,
    /// Whether it can be chosen more than once.
    pub countable: bool,
}

/// A room with tables.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct HallView {
    /// Its id.
    pub id: u64,
    /// Its name.
    pub title: Text,
}

/// A table and what is open on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TableView {
    /// Its id.
    pub id: u64,
    /// The hall it stands in.
    pub hall_id: u64,
    /// Its name.
    pub title: Text,
    /// How many guests it seats.
    pub seats: Option<u32>,
    /// The open order of the table.
    pub order_id: Option<String>,
}

/// Limits that a form should know before it sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LimitsView {
    /// The most of one thing on one line.
    pub quantity_max: u32,
    /// The most lines in a cart.
    pub lines_max: usize,
    /// The most characters of a memo.
    pub memo_length_max: usize,
    /// The most discounts on a line or a cart.
    pub discounts_max: usize,
    /// The highest amount, in minor units.
    pub amount_max: i64,
    /// The most minutes that an order may be promised in.
    pub ready_minutes_max: u32,
}

/// Whether staff put an item on sale or took it off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetSaleState {
    /// The new state.
    pub state: SaleState,
}

/// What staff counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CountStock {
    /// How many are there.
    pub quantity: u32,
}

/// What the till knows of today, which the shop's file does not say.
pub struct Today<'a> {
    /// The time now.
    pub now: Timestamp,
    /// Sold out? How many are left?
    pub item_day: &'a dyn Fn(madang_model::ItemId) -> Option<ItemDay>,
    /// The open order of a table.
    pub table_order: &'a dyn Fn(madang_model::TableId) -> Option<madang_model::OrderId>,
}

impl ShopView {
    /// The shop as it is today.
    pub fn of(shop: &shop::Shop, today: &Today<'_>) -> Self {
        let catalog = &shop.catalog;
        Self {
            key: shop.key.clone(),
            name: (&shop.name).into(),
            merchant_id: shop.merchant_id,
            business: shop.business.into(),
            payment_time: shop.payment.into(),
            currency: shop.currency.into(),
            time_zone: shop.time_zone.clone(),
            day_begins_at_hour: shop.day_begins_at_hour,
            business_date: shop.business_date(today.now),
            now: today.now,
            serial_number: shop.serial_number.clone(),
            categories: catalog.categories.iter().map(CategoryView::of).collect(),
            items: items(catalog, today),
            options: catalog.options.iter().map(OptionView::of).collect(),
            halls: shop.halls.iter().map(HallView::of).collect(),
            tables: shop
                .tables
                .iter()
                .map(|table| TableView::of(table, today))
                .collect(),
            limits: LimitsView::current(),
        }
    }
}

fn items(catalog: &Catalog, today: &Today<'_>) -> Vec<ItemView> {
    catalog
        .items
        .iter()
        .map(|item| {
            let day = (today.item_day)(item.id).unwrap_or_else(|| ItemDay::of(item));
            ItemView::of(item, day)
        })
        .collect()
}

impl ItemView {
    /// An item as it is today.
    pub fn of(item: &catalog::Item, day: ItemDay) -> Self {
        Self {
            id: item.id.0,
            title: (&item.title).into(),
            category_id: item.category.0,
            description: item.description.as_ref().map(Text::from),
            sale_state: day.sale_state().into(),
            sale_state_set: day.state.into(),
            stock_left: day.left,
            amount: item.price.amount.minor_units(),
            price_kind: item.price.kind.into(),
            tax_free: item.price.tax_free,
            barcode: item.price.barcode.clone(),
            labels: item.labels.iter().map(LabelView::of).collect(),
            glyph: item.glyph.into(),
            option_ids: item.options.iter().map(|option| option.0).collect(),
        }
    }
}

impl CategoryView {
    /// A tab.
    pub fn of(category: &catalog::Category) -> Self {
        Self {
            id: category.id.0,
            title: (&category.title).into(),
        }
    }
}

impl LabelView {
    fn of(label: &catalog::Label) -> Self {
        Self {
            title: label.title.clone(),
            color: label.color.clone(),
        }
    }
}

impl OptionView {
    fn of(option: &catalog::OptionGroup) -> Self {
        Self {
            id: option.id.0,
            title: (&option.title).into(),
            choices_min: option.choices_min,
            choices_max: option.choices_max,
            choices: option.choices.iter().map(ChoiceView::of).collect(),
            default_choice_ids: option
                .defaults_on_sale()
                .iter()
                .map(|choice| choice.id.0)
                .collect(),
        }
    }
}

impl ChoiceView {
    fn of(choice: &catalog::Choice) -> Self {
        Self {
            id: choice.id.0,
            title: (&choice.title).into(),
            amount: choice.amount.minor_units(),
            sale_state: choice.state.into(),
            countable: choice.countable,
        }
    }
}

impl HallView {
    fn of(hall: &shop::Hall) -> Self {
        Self {
            id: hall.id.0,
            title: (&hall.title).into(),
        }
    }
}

impl TableView {
    fn of(table: &shop::Table, today: &Today<'_>) -> Self {
        Self {
            id: table.id.0,
            hall_id: table.hall.0,
            title: (&table.title).into(),
            seats: table.seats,
            order_id: (today.table_order)(table.id).map(|order| order.to_string()),
        }
    }
}

impl LimitsView {
    fn current() -> Self {
        Self {
            quantity_max: madang_model::line::QUANTITY_MAX,
            lines_max: madang_model::line::LINES_MAX,
            memo_length_max: madang_model::line::MEMO_LENGTH_MAX,
            discounts_max: madang_model::line::DISCOUNTS_MAX,
            amount_max: madang_model::money::MINOR_UNITS_MAX,
            ready_minutes_max: madang_model::order::READY_MINUTES_MAX,
        }
    }
}

impl From<madang_model::Currency> for CurrencyView {
    fn from(currency: madang_model::Currency) -> Self {
        use madang_model::Currency::{JPY, KRW, KWD, USD};
        let (code, decimals) = match currency {
            KRW => ("KRW", 0),
            JPY => ("JPY", 0),
            USD => ("USD", 2),
            KWD => ("KWD", 3),
        };
        Self {
            code: code.into(),
            decimals,
        }
    }
}

impl From<shop::Business> for Business {
    fn from(business: shop::Business) -> Self {
        match business {
            shop::Business::Cafe => Self::Cafe,
            shop::Business::Restaurant => Self::Restaurant,
            shop::Business::Retail => Self::Retail,
            shop::Business::Service => Self::Service,
        }
    }
}

impl From<shop::PaymentTime> for PaymentTime {
    fn from(time: shop::PaymentTime) -> Self {
        match time {
            shop::PaymentTime::First => Self::First,
            shop::PaymentTime::Later => Self::Later,
        }
    }
}

impl From<catalog::SaleState> for SaleState {
    fn from(state: catalog::SaleState) -> Self {
        match state {
            catalog::SaleState::OnSale => Self::OnSale,
            catalog::SaleState::SoldOut => Self::SoldOut,
            catalog::SaleState::Unavailable => Self::Unavailable,
            catalog::SaleState::Deleted => Self::Deleted,
        }
    }
}

impl From<SaleState> for catalog::SaleState {
    fn from(state: SaleState) -> Self {
        match state {
            SaleState::OnSale => Self::OnSale,
            SaleState::SoldOut => Self::SoldOut,
            SaleState::Unavailable => Self::Unavailable,
            SaleState::Deleted => Self::Deleted,
        }
    }
}

impl From<catalog::PriceKind> for PriceKind {
    fn from(kind: catalog::PriceKind) -> Self {
        match kind {
            catalog::PriceKind::Fixed => Self::Fixed,
            catalog::PriceKind::Variable => Self::Variable,
            catalog::PriceKind::Unit => Self::Unit,
        }
    }
}

impl From<catalog::Glyph> for Glyph {
    fn from(glyph: catalog::Glyph) -> Self {
        match glyph {
            catalog::Glyph::Coffee => Self::Coffee,
            catalog::Glyph::Milk => Self::Milk,
            catalog::Glyph::Tea => Self::Tea,
            catalog::Glyph::Ade => Self::Ade,
            catalog::Glyph::Bake => Self::Bake,
            catalog::Glyph::Goods => Self::Goods,
        }
    }
}
