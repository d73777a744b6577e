//! Numbers, ids and texts with their bounds.

use std::fmt;

use jiff::Timestamp;
use madang_model::ids::CATALOG_ID_MAX;
use madang_model::line::QUANTITY_MAX;
use madang_model::money::MINOR_UNITS_MAX;
use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};

use crate::query::Moment;

/// A whole number between two bounds; written with or without a point.
struct Whole {
    min: i64,
    max: i64,
    what: &'static str,
    /// Decimal text will do.
    text_too: bool,
}

impl Visitor<'_> for Whole {
    type Value = i64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {} to {}", self.what, self.min, self.max)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<i64, E> {
        if (self.min..=self.max).contains(&number) {
            return Ok(number);
        }
        Err(E::invalid_value(Unexpected::Signed(number), &self))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<i64, E> {
        match i64::try_from(number) {
            Ok(number) => self.visit_i64(number),
            Err(_) => Err(E::invalid_value(Unexpected::Unsigned(number), &self)),
        }
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<i64, E> {
        // Beyond 2^53 a float no longer says which whole number was meant.
        if number.fract() == 0.0 && number.abs() <= CATALOG_ID_MAX as f64 {
            return self.visit_i64(number as i64);
        }
        Err(E::invalid_value(Unexpected::Float(number), &self))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<i64, E> {
        match text.parse() {
            Ok(number) if self.text_too => self.visit_i64(number),
            _ => Err(E::invalid_type(Unexpected::Str(text), &self)),
        }
    }
}

macro_rules! whole {
    ($(#[$doc:meta])* $name:ident($type:ty): $min:expr, $max:expr, $what:literal, $text_too:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub(crate) struct $name(pub(crate) $type);

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let whole = Whole { min: $min, max: $max as i64, what: $what, text_too: $text_too };
                // The bounds lie within the type.
                deserializer.deserialize_any(whole).map(|number| Self(number as $type))
            }
        }
    };
}

whole!(/// An amount that is not below nothing.
    Won(i64): 0, MINOR_UNITS_MAX, "whole won", false);
whole!(/// How many of something.
    Count(u32): 1, QUANTITY_MAX, "a whole number", false);
whole!(/// How many guests.
    Guests(u32): 0, 9_999, "a whole number of guests", false);
whole!(/// The id of something on the menu, or of a table.
    Number(u64): 0, CATALOG_ID_MAX, "an id", true);
whole!(/// A place in a list, from 0.
    Place(usize): 0, 9_999, "a place from 0", false);
whole!(/// A page, from 1; 0 is taken for 1.
    Page(u32): 0, 1_000_000, "a page from 1", false);
whole!(/// The size of a page.
    Size(u32): 1, crate::query::PAGE_SIZE_MAX, "the size of a page", false);

/// A text of at most `N` characters.
#[derive(Clone, Debug, Default)]
pub(crate) struct Short<const N: usize>(pub(crate) String);

impl<'de, const N: usize> Deserialize<'de> for Short<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.chars().nth(N).is_some() {
            return Err(D::Error::custom(format_args!(
                "a text of at most {N} characters is expected"
            )));
        }
        Ok(Self(text))
    }
}

/// A text of 1 to `N` characters.
#[derive(Clone, Debug)]
pub(crate) struct Named<const N: usize>(pub(crate) String);

impl<'de, const N: usize> Deserialize<'de> for Named<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Short(text) = Short::<N>::deserialize(deserializer)?;
        if text.is_empty() {
            return Err(D::Error::custom(format_args!(
                "a text of 1 to {N} characters is expected"
            )));
        }
        Ok(Self(text))
    }
}

/// A moment, however written.
pub(crate) struct When(pub(crate) Moment);

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WhenVisitor).map(Self)
    }
}

struct WhenVisitor;

impl Visitor<'_> for WhenVisitor {
    type Value = Moment;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a time as 2026-11-22T13:30:00, 2026-11-22T04:30:00Z, or milliseconds since 1970",
        )
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Moment, E> {
        Moment::parse(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }

    fn visit_i64<E: Error>(self, milliseconds: i64) -> Result<Moment, E> {
        Timestamp::from_millisecond(milliseconds)
            .map(Moment::Exact)
            .map_err(|_| E::invalid_value(Unexpected::Signed(milliseconds), &self))
    }

    fn visit_u64<E: Error>(self, milliseconds: u64) -> Result<Moment, E> {
        match i64::try_from(milliseconds) {
            Ok(milliseconds) => self.visit_i64(milliseconds),
            Err(_) => Err(E::invalid_value(Unexpected::Unsigned(milliseconds), &self)),
        }
    }
}
