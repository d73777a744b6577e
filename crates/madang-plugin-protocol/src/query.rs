//! Queries of orders, and the ways a plugin writes a moment.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use madang_model::TableId;
use madang_model::order::OrderState;

/// The most orders of one page: ten pages of the hundred that plugins ask for.
pub const PAGE_SIZE_MAX: u32 = 1_000;

/// A moment as a plugin wrote it: exact, or on the shop's wall clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// `2026-11-22T04:30:00Z`, with an offset, or milliseconds since 1970.
    Exact(Timestamp),
    /// `2026-11-22T13:30:00`, or `2026-11-22` for midnight.
    Local(DateTime),
}

/// Orders of a span of time, a page of them, newest first.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderQuery {
    /// From here on.
    pub start: Moment,
    /// Until before here.
    pub end: Moment,
    /// Which page, from 1. Page 0 is the first one too.
    pub page: u32,
    /// How many a page, 1 to [`PAGE_SIZE_MAX`].
    pub size: u32,
    /// Only these; empty: all.
    pub states: Vec<OrderState>,
}

/// Orders by whatever is given.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderSearch {
    /// Of this table.
    pub table: Option<TableId>,
    /// In this state.
    pub state: Option<OrderState>,
    /// From here on.
    pub start: Option<Moment>,
    /// Until before here.
    pub end: Option<Moment>,
    /// Which page, from 1.
    pub page: u32,
    /// How many a page.
    pub size: u32,
}

impl Moment {
    /// The instant, in a shop of `zone`.
    pub fn at(self, zone: &TimeZone) -> Timestamp {
        match self {
            Self::Exact(at) => at,
            // Out of jiff's range only at the ends of its calendar, which `parse` refuses.
            Self::Local(local) => zone.to_timestamp(local).unwrap_or(Timestamp::MAX),
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        if let Ok(at) = text.parse() {
            return Some(Self::Exact(at));
        }
        let local: DateTime = text.parse().ok()?;
        (1900..=9900)
            .contains(&local.year())
            .then_some(Self::Local(local))
    }
}
