//! Of which days something is asked, and which days before them it is held against.

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::channel::Channel;

/// The most days that one question is about: thirteen months, so that a month can be held against the one a year before.
pub const DAYS_MAX: u32 = 400;

/// Business days, both ends within.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
}

/// Why there is no such period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPeriod {
    /// It ends before it begins.
    #[error("the period begins on {from}, after its end on {to}")]
    Backwards {
        /// The first day.
        from: Date,
        /// The last day.
        to: Date,
    },
    /// It is too long.
    #[error("the period has {days} days, and may have {DAYS_MAX}")]
    TooLong {
        /// How many it has.
        days: u64,
    },
}

impl Period {
    /// The days from one to another.
    ///
    /// # Errors
    /// [`BadPeriod`].
    pub fn new(from: Date, to: Date) -> Result<Self, BadPeriod> {
        if from > to {
            return Err(BadPeriod::Backwards { from, to });
        }
        let period = Self { from, to };
        match period.days() {
            days if days > i64::from(DAYS_MAX) => Err(BadPeriod::TooLong {
                days: days.cast_unsigned(),
            }),
            _ => Ok(period),
        }
    }

    /// One day.
    pub fn day(day: Date) -> Self {
        Self { from: day, to: day }
    }

    /// The week of a day, from Monday up to that day.
    pub fn week_to(day: Date) -> Self {
        let since_monday = i64::from(day.weekday().to_monday_zero_offset());
        Self {
            from: earlier(day, since_monday),
            to: day,
        }
    }

    /// How many days it has.
    pub fn days(self) -> i64 {
        i64::from(self.from.until(self.to).map_or(0, |span| span.get_days())) + 1
    }

    /// What it is held against: as many days before it, and those of a week against the same days of the week before.
    pub fn before(self) -> Self {
        let days = self.days();
        let back = if days < 7 && days > 1 && self.is_of_one_week() {
            7
        } else {
            days
        };
        Self {
            from: earlier(self.from, back),
            to: earlier(self.to, back),
        }
    }

    /// How many days lie between it and what it is held against.
    pub fn days_back(self) -> i64 {
        i64::from(
            self.before()
                .from
                .until(self.from)
                .map_or(0, |span| span.get_days()),
        )
    }

    fn is_of_one_week(self) -> bool {
        self.from.weekday() == jiff::civil::Weekday::Monday
    }
}

fn earlier(day: Date, days: i64) -> Date {
    day.checked_sub(days.days()).unwrap_or(Date::MIN)
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct Question {
    /// Of which days: the day of an order is that on its receipt.
    pub period: Period,
    /// Only orders that came in here; empty: anywhere.
    pub channels: Vec<Channel>,
    /// Where the shop's clocks are.
    pub zone: TimeZone,
    /// Now, in milliseconds of the Unix epoch. A period that is not over yet is held against as much of the one before.
    pub now_ms: i64,
    /// The business day of now.
    pub today: Date,
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_period_is_held_against_the_days_before() {
        let check = |from, to, expected: (Date, Date)| {
            let before = Period::new(from, to).expect("a period").before();
            assert_eq!((before.from, before.to), expected);
        };
        let november = |day| date(2026, 11, day);
        // A day against yesterday, a week against last week, the first days of a week against those of the week before.
        check(november(22), november(22), (november(21), november(21)));
        check(november(16), november(22), (november(9), november(15)));
        check(november(16), november(18), (november(9), november(11)));
        check(november(17), november(18), (november(15), november(16)));
        check(november(16), november(25), (november(6), november(15)));
    }

    #[test]
    fn a_week_begins_on_monday() {
        let check = |day, from| assert_eq!(Period::week_to(day), Period { from, to: day });
        check(date(2026, 11, 22), date(2026, 11, 16));
        check(date(2026, 11, 16), date(2026, 11, 16));
        check(date(2026, 11, 18), date(2026, 11, 16));
    }

    #[test]
    fn what_is_no_period_is_refused() {
        let day = date(2026, 11, 22);
        let backwards = Period::new(day, date(2026, 11, 21));
        assert!(matches!(backwards, Err(BadPeriod::Backwards { .. })));
        let century = Period::new(date(1926, 11, 22), day);
        assert!(
            matches!(century, Err(BadPeriod::TooLong { days: 36_526 })),
            "{century:?}"
        );
        assert!(Period::new(Date::MIN, Date::MAX).is_err());
        assert!(Period::new(date(2025, 10, 19), day).is_ok());
        assert!(Period::new(date(2025, 10, 18), day).is_err());
    }
}
