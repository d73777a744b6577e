//! What columns a batch has.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::batch::OwnedValue;

/// The columns of a batch, in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    /// What is imported, as `menu`: the name of the mapping.
    pub name: String,
    /// The columns.
    pub fields: Arc<[Field]>,
    /// The columns by which a row is known, as positions in `fields`: an upsert finds it by them. Empty: rows are only added.
    pub key: Arc<[usize]>,
    /// Whether several rows may have the same key; they count as if they came one by one.
    pub key_may_repeat: bool,
    /// The zone of the IANA database in whose clocks the mapping reads and writes times of day that name none.
    pub timezone: String,
}

/// One column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Its name at the sink.
    pub name: String,
    /// What its values are.
    pub kind: Kind,
    /// Whether a value must be there.
    pub required: bool,
    /// What a row without a value does to the one that is there already.
    pub if_empty: IfEmpty,
    /// What a new row has there when it has no value: said only to a sink that knows which rows are new, see [`crate::Sink::knows_default`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<OwnedValue>,
}

/// What a cell in which nothing stands does to a row that is there already. In a new row the default stands then, where there is one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IfEmpty {
    /// What stands there stays.
    #[default]
    Keep,
    /// What stands there is taken away.
    Clear,
    /// The default takes its place.
    Default,
}

/// What values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Text.
    Text,
    /// A whole number of 64 bits.
    Integer,
    /// A number with a fixed count of decimals, held as a whole number of units of 10^-scale.
    Decimal {
        /// How many decimals, at most 18.
        scale: u8,
    },
    /// Money in whole minor units of the won, which has none: 4500 is ₩4,500.
    Money,
    /// Yes or no.
    Boolean,
    /// A day, as days since 1970-01-01.
    Date,
    /// A moment, as microseconds since 1970-01-01T00:00Z.
    Timestamp,
}

impl Field {
    /// Whether a row without a value leaves what stands there.
    pub fn is_kept(&self) -> bool {
        // With a default, new rows have what is required.
        let may_be_left = !self.required || self.default.is_some();
        may_be_left && self.if_empty == IfEmpty::Keep
    }
}

impl Schema {
    /// The position of a column.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }
}
