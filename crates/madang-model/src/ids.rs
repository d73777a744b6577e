//! Ids, one type for each thing named, so that an order's id cannot be handed in for a payment's.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The largest id that JavaScript holds exactly: catalog ids stay below 2^53.
pub const CATALOG_ID_MAX: u64 = (1 << 53) - 1;

/// An id that was written wrongly.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{text}” is not the id of {thing}")]
pub struct BadId {
    /// What was written, cut to 40 characters.
    pub text: String,
    /// What the id should have named.
    pub thing: &'static str,
}

macro_rules! catalog_id {
    ($name:ident, $thing:literal) => {
        #[doc = concat!("The id of ", $thing, ": a number below 2^53.")]
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                parse_number(text)
                    .filter(|id| *id <= CATALOG_ID_MAX)
                    .map(Self)
                    .ok_or_else(|| bad(text, $thing))
            }
        }
    };
}

catalog_id!(ItemId, "an item");
catalog_id!(PriceId, "an item's price");
catalog_id!(CategoryId, "a category");
catalog_id!(OptionId, "an option group");
catalog_id!(ChoiceId, "a choice of an option group");
catalog_id!(HallId, "a hall");
catalog_id!(TableId, "a table");

macro_rules! time_ordered_id {
    ($name:ident, $thing:literal) => {
        #[doc = concat!("The id of ", $thing, ": time-ordered, written as decimal text because it may pass 2^53.")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                parse_number(text).map(Self).ok_or_else(|| bad(text, $thing))
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

time_ordered_id!(OrderId, "an order");
time_ordered_id!(PaymentId, "a payment");
time_ordered_id!(CartId, "a cart");

macro_rules! text_id {
    ($name:ident, $thing:literal, $length_max:literal) => {
        #[doc = concat!("The key of ", $thing, ": 1 to ", stringify!($length_max), " printable ASCII characters.")]
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The key as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadId;
            fn try_from(text: String) -> Result<Self, BadId> {
                let fits = !text.is_empty() && text.len() <= $length_max && text.bytes().all(|byte| byte.is_ascii_graphic());
                if fits { Ok(Self(text)) } else { Err(bad(&text, $thing)) }
            }
        }

        impl FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                Self::try_from(text.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(key: $name) -> Self {
                key.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id!(LineKey, "a line", 64);
text_id!(AttemptKey, "an attempt at the card terminal", 64);

fn parse_number(text: &str) -> Option<u64> {
    let plain = !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'));
    plain.then(|| text.parse().ok()).flatten()
}

fn bad(text: &str, thing: &'static str) -> BadId {
    BadId {
        text: text.chars().take(40).collect(),
        thing,
    }
}
