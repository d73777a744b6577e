//! A shop as people write it in its file: amounts are bare numbers of the shop's currency, and a misspelt key is refused
//! with its line instead of being passed over.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, de};

use super::{Business, Hall, PaymentTime, Shop, Table, five_in_the_morning, seoul};
use crate::catalog::{
    Catalog, Category, Choice, Glyph, Item, Label, OptionGroup, Price, PriceKind, SaleState,
};
use crate::money::MoneyError;
use crate::{CategoryId, ChoiceId, Currency, HallId, ItemId, Money, OptionId, PriceId, TableId};
use crate::{Text, shop::ShopError};

/// Reads a shop's file; what it says is not yet checked.
pub(super) fn read(text: &str) -> Result<Shop, ShopError> {
    let written: WrittenShop = toml::from_str(text).map_err(ShopError::Unreadable)?;
    written.into_shop().map_err(ShopError::Wrong)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenShop {
    key: String,
    merchant_id: u64,
    name: Text,
    business_number: String,
    representative: String,
    address: String,
    phone: String,
    serial_number: String,
    #[serde(default)]
    currency: Currency,
    #[serde(default = "seoul")]
    time_zone: String,
    #[serde(default = "five_in_the_morning")]
    day_begins_at_hour: i8,
    business: Business,
    #[serde(default)]
    payment: PaymentTime,
    #[serde(default)]
    halls: Vec<WrittenHall>,
    #[serde(default)]
    tables: Vec<WrittenTable>,
    categories: Vec<WrittenCategory>,
    items: Vec<WrittenItem>,
    #[serde(default)]
    options: Vec<WrittenOption>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenHall {
    id: HallId,
    title: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenTable {
    id: TableId,
    hall: HallId,
    title: Text,
    seats: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenCategory {
    id: CategoryId,
    title: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenItem {
    id: ItemId,
    title: Text,
    category: CategoryId,
    code: Option<String>,
    description: Option<Text>,
    #[serde(default)]
    state: SaleState,
    #[serde(default)]
    labels: Vec<WrittenLabel>,
    #[serde(default)]
    glyph: Glyph,
    price: WrittenPrice,
    #[serde(default)]
    options: Vec<OptionId>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenLabel {
    title: String,
    color: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenPrice {
    id: PriceId,
    #[serde(default = "regular")]
    title: Text,
    #[serde(default)]
    kind: PriceKind,
    amount: Amount,
    #[serde(default)]
    tax_free: bool,
    sku: Option<String>,
    barcode: Option<String>,
    stock: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenOption {
    id: OptionId,
    title: Text,
    choices_min: u32,
    choices_max: Option<u32>,
    choices: Vec<WrittenChoice>,
    #[serde(default)]
    defaults: Vec<ChoiceId>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenChoice {
    id: ChoiceId,
    title: Text,
    amount: Amount,
    #[serde(default)]
    state: SaleState,
    #[serde(default)]
    countable: bool,
}

/// `4500`, in the shop's currency, or money with its currency as events have it.
enum Amount {
    MinorUnits(i64),
    Money(Money),
}

impl WrittenShop {
    fn into_shop(self) -> Result<Shop, String> {
        let currency = self.currency;
        let items = self.items.into_iter().map(|item| item.into_item(currency));
        let options = self
            .options
            .into_iter()
            .map(|option| option.into_option(currency));
        let catalog = Catalog {
            categories: self.categories.into_iter().map(Category::from).collect(),
            items: items.collect::<Result<_, _>>()?,
            options: options.collect::<Result<_, _>>()?,
        };
        Ok(Shop {
            key: self.key,
            merchant_id: self.merchant_id,
            name: self.name,
            business_number: self.business_number,
            representative: self.representative,
            address: self.address,
            phone: self.phone,
            serial_number: self.serial_number,
            currency,
            time_zone: self.time_zone,
            day_begins_at_hour: self.day_begins_at_hour,
            business: self.business,
            payment: self.payment,
            halls: self.halls.into_iter().map(Hall::from).collect(),
            tables: self.tables.into_iter().map(Table::from).collect(),
            catalog,
        })
    }
}

impl WrittenItem {
    fn into_item(self, currency: Currency) -> Result<Item, String> {
        let amount = self.price.amount.in_currency(currency);
        let price = Price {
            id: self.price.id,
            title: self.price.title,
            kind: self.price.kind,
            amount: amount.map_err(|_| format!("the price of “{}” is too large", self.title.ko))?,
            tax_free: self.price.tax_free,
            sku: self.price.sku,
            barcode: self.price.barcode,
            stock: self.price.stock,
        };
        Ok(Item {
            id: self.id,
            title: self.title,
            category: self.category,
            code: self.code,
            description: self.description,
            state: self.state,
            labels: self.labels.into_iter().map(Label::from).collect(),
            glyph: self.glyph,
            price,
            options: self.options,
        })
    }
}

impl WrittenOption {
    fn into_option(self, currency: Currency) -> Result<OptionGroup, String> {
        let choices = self
            .choices
            .into_iter()
            .map(|choice| choice.into_choice(currency));
        Ok(OptionGroup {
            id: self.id,
            title: self.title,
            choices_min: self.choices_min,
            choices_max: self.choices_max,
            choices: choices.collect::<Result<_, _>>()?,
            defaults: self.defaults,
        })
    }
}

impl WrittenChoice {
    fn into_choice(self, currency: Currency) -> Result<Choice, String> {
        let amount = self.amount.in_currency(currency);
        Ok(Choice {
            id: self.id,
            amount: amount
                .map_err(|_| format!("the amount of “{}” is too large", self.title.ko))?,
            title: self.title,
            state: self.state,
            countable: self.countable,
        })
    }
}

impl Amount {
    fn in_currency(self, currency: Currency) -> Result<Money, MoneyError> {
        match self {
            Self::MinorUnits(minor_units) => Money::new(minor_units, currency),
            Self::Money(money) => Ok(money),
        }
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AmountVisitor)
    }
}

/// Tells the two forms apart by hand, because an untagged enum could not say what it had expected.
struct AmountVisitor;

impl<'de> Visitor<'de> for AmountVisitor {
    type Value = Amount;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an amount in whole minor units, as 4500 for ₩4,500")
    }

    fn visit_i64<E: de::Error>(self, minor_units: i64) -> Result<Amount, E> {
        Ok(Amount::MinorUnits(minor_units))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Amount, A::Error> {
        Money::deserialize(MapAccessDeserializer::new(map)).map(Amount::Money)
    }
}

impl From<WrittenHall> for Hall {
    fn from(written: WrittenHall) -> Self {
        Self {
            id: written.id,
            title: written.title,
        }
    }
}

impl From<WrittenTable> for Table {
    fn from(written: WrittenTable) -> Self {
        Self {
            id: written.id,
            hall: written.hall,
            title: written.title,
            seats: written.seats,
        }
    }
}

impl From<WrittenCategory> for Category {
    fn from(written: WrittenCategory) -> Self {
        Self {
            id: written.id,
            title: written.title,
        }
    }
}

impl From<WrittenLabel> for Label {
    fn from(written: WrittenLabel) -> Self {
        Self {
            title: written.title,
            color: written.color,
        }
    }
}

fn regular() -> Text {
    Text::new("기본", "Regular")
}
