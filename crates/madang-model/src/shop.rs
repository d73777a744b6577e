//! A shop: who it is, when its day begins, how it sells, its halls and tables, its menu.

mod written;

use std::collections::HashSet;
use std::fmt::Display;
use std::hash::Hash;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use crate::catalog::Catalog;
use crate::{Currency, HallId, TableId, Text};

/// A shop as its file describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shop {
    /// A short name for folders and streams: lower-case letters, digits and `-`.
    pub key: String,
    /// The number that plugins know it by.
    pub merchant_id: u64,
    /// Its name.
    pub name: Text,
    /// The business registration number on the receipt.
    pub business_number: String,
    /// The representative on the receipt.
    pub representative: String,
    /// The address on the receipt.
    pub address: String,
    /// The telephone number on the receipt.
    pub phone: String,
    /// The till's serial number.
    pub serial_number: String,
    /// The currency of every price.
    #[serde(default)]
    pub currency: Currency,
    /// IANA name of the time zone, as `Asia/Seoul`; the machine's own never matters.
    #[serde(default = "seoul")]
    pub time_zone: String,
    /// The hour at which the business day begins, 0 to 23.
    #[serde(default = "five_in_the_morning")]
    pub day_begins_at_hour: i8,
    /// The line of business.
    pub business: Business,
    /// When guests pay.
    #[serde(default)]
    pub payment: PaymentTime,
    /// Halls, for shops with tables.
    #[serde(default)]
    pub halls: Vec<Hall>,
    /// Tables in them.
    #[serde(default)]
    pub tables: Vec<Table>,
    /// What it sells.
    #[serde(flatten)]
    pub catalog: Catalog,
}

/// The line of business.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Business {
    Cafe,
    Restaurant,
    Retail,
    Service,
}

/// When guests pay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PaymentTime {
    /// At the counter, before the drink is made.
    #[default]
    First,
    /// At the door, after the meal.
    Later,
}

/// A room with tables.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hall {
    /// Its id.
    pub id: HallId,
    /// Its name.
    pub title: Text,
}

/// A table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Its id.
    pub id: TableId,
    /// The hall it stands in.
    pub hall: HallId,
    /// Its name, as "A1".
    pub title: Text,
    /// How many guests it seats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seats: Option<u32>,
}

/// Why a shop's file was not taken.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ShopError {
    /// The file is not TOML of the right shape.
    #[error("the shop's file cannot be read")]
    Unreadable(#[source] toml::de::Error),
    /// The file can be read, but says something that cannot be.
    #[error("the shop's file: {0}")]
    Wrong(String),
}

impl Shop {
    /// Reads a shop's file and checks what it says. An amount in it is a whole number of the currency's minor units.
    ///
    /// # Errors
    /// [`ShopError`] naming what is wrong: an unknown key, an id used twice, a reference to nothing, an unknown time zone.
    pub fn from_toml(text: &str) -> Result<Self, ShopError> {
        let shop = written::read(text)?;
        shop.check().map_err(ShopError::Wrong)?;
        Ok(shop)
    }

    /// The shop's time zone.
    pub fn zone(&self) -> TimeZone {
        TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC)
    }

    /// The wall clock of the shop at `at`.
    pub fn local(&self, at: Timestamp) -> DateTime {
        at.to_zoned(self.zone()).datetime()
    }

    /// The business day that `at` belongs to: the day before until the day's first hour.
    pub fn business_date(&self, at: Timestamp) -> Date {
        let local = self.local(at);
        if local.hour() >= self.day_begins_at_hour {
            return local.date();
        }
        local.date().checked_sub(1.day()).unwrap_or(local.date())
    }

    /// The table with this id.
    pub fn table(&self, id: TableId) -> Option<&Table> {
        self.tables.iter().find(|table| table.id == id)
    }

    /// Whether guests pay after the meal, at tables.
    pub fn pays_later(&self) -> bool {
        self.payment == PaymentTime::Later
    }

    fn check(&self) -> Result<(), String> {
        let key_fits = !self.key.is_empty()
            && self.key.len() <= 40
            && self
                .key
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        ensure(key_fits, || {
            format!(
                "key = \"{}\": use 1 to 40 lower-case letters, digits and “-”",
                self.key
            )
        })?;
        TimeZone::get(&self.time_zone).map_err(|_| {
            format!(
                "time_zone = \"{}\" is not a known time zone",
                self.time_zone
            )
        })?;
        ensure((0..24).contains(&self.day_begins_at_hour), || {
            "day_begins_at_hour must be 0 to 23".into()
        })?;
        unique_ids(
            "category",
            self.catalog.categories.iter().map(|category| category.id.0),
        )?;
        unique_ids("item", self.catalog.items.iter().map(|item| item.id.0))?;
        unique_ids(
            "price",
            self.catalog.items.iter().map(|item| item.price.id.0),
        )?;
        unique_ids(
            "option",
            self.catalog.options.iter().map(|option| option.id.0),
        )?;
        unique_ids(
            "choice",
            self.catalog
                .options
                .iter()
                .flat_map(|option| &option.choices)
                .map(|choice| choice.id.0),
        )?;
        unique_ids("hall", self.halls.iter().map(|hall| hall.id.0))?;
        unique_ids("table", self.tables.iter().map(|table| table.id.0))?;
        let barcodes = self
            .catalog
            .items
            .iter()
            .filter_map(|item| item.price.barcode.as_deref());
        unique("barcode", barcodes)?;
        self.check_items()?;
        self.check_options()?;
        for table in &self.tables {
            ensure(self.halls.iter().any(|hall| hall.id == table.hall), || {
                format!(
                    "table {} stands in hall {}, which is not there",
                    table.id, table.hall
                )
            })?;
        }
        Ok(())
    }

    fn check_items(&self) -> Result<(), String> {
        for item in &self.catalog.items {
            let name = &item.title.ko;
            ensure(self.catalog.category(item.category).is_some(), || {
                format!(
                    "“{name}” is in category {}, which is not there",
                    item.category
                )
            })?;
            ensure(item.price.amount.currency() == self.currency, || {
                format!("the price of “{name}” is not in {:?}", self.currency)
            })?;
            ensure(!item.price.amount.is_negative(), || {
                format!("the price of “{name}” is below 0")
            })?;
            unique(&format!("“{name}”: option"), item.options.iter().copied())?;
            for option in &item.options {
                ensure(self.catalog.option(*option).is_some(), || {
                    format!("“{name}” asks for option {option}, which is not there")
                })?;
            }
        }
        Ok(())
    }

    fn check_options(&self) -> Result<(), String> {
        for option in &self.catalog.options {
            let name = &option.title.ko;
            ensure(
                option
                    .choices_max
                    .is_none_or(|most| most >= option.choices_min),
                || format!("option “{name}”: choices_max is below choices_min"),
            )?;
            let defaults_fit = option
                .choices_max
                .is_none_or(|most| option.defaults.len() as u64 <= u64::from(most));
            ensure(defaults_fit, || {
                format!("option “{name}” has more defaults than choices_max")
            })?;
            unique(
                &format!("option “{name}”: default"),
                option.defaults.iter().copied(),
            )?;
            for default in &option.defaults {
                ensure(option.choice(*default).is_some(), || {
                    format!("option “{name}”: default {default} is not one of its choices")
                })?;
            }
            for choice in &option.choices {
                let fits =
                    choice.amount.currency() == self.currency && !choice.amount.is_negative();
                ensure(fits, || {
                    format!(
                        "option “{name}”: the amount of “{}” is below 0 or in another currency",
                        choice.title.ko
                    )
                })?;
            }
        }
        Ok(())
    }
}

fn ensure(holds: bool, message: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(message()) }
}

fn unique_ids(thing: &str, ids: impl Iterator<Item = u64> + Clone) -> Result<(), String> {
    for id in ids.clone() {
        ensure(id <= crate::ids::CATALOG_ID_MAX, || {
            format!("{thing} {id}: ids stay below 2^53")
        })?;
    }
    unique(thing, ids)
}

fn unique<T: Hash + Eq + Copy + Display>(
    thing: &str,
    names: impl Iterator<Item = T>,
) -> Result<(), String> {
    let mut seen = HashSet::new();
    for name in names {
        ensure(seen.insert(name), || {
            format!("{thing} {name} is there twice")
        })?;
    }
    Ok(())
}

fn seoul() -> String {
    "Asia/Seoul".into()
}

fn five_in_the_morning() -> i8 {
    5
}
