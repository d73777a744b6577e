//! Time that counts: the hours in which a shop is open.

use std::collections::BTreeSet;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// When work is done, by the clocks of a place.
#[derive(Clone, Debug)]
pub struct WorkingHours {
    zone: TimeZone,
    /// Monday to Sunday: minutes of the day from and to, in their order.
    week: [Vec<(u16, u16)>; 7],
    holidays: BTreeSet<Date>,
}

/// Hours that are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HoursError {
    /// An interval is empty, or ends behind midnight.
    #[error(
        "from minute {from} to minute {to} of a day is no time: begin before the end, and end at 1440 at the latest"
    )]
    Interval {
        /// From.
        from: u16,
        /// To.
        to: u16,
    },
    /// Two intervals of a day meet.
    #[error("intervals of one day overlap at minute {0}")]
    Overlap(u16),
}

const DAY_MINUTES: u16 = 1_440;

/// A hundred years of days: what lies further apart is a mistake of a log, and counts as open day and night.
const DAYS_MAX: i32 = 36_525;

impl WorkingHours {
    /// Hours for each day from Monday to Sunday, as minutes of the day; none on holidays.
    ///
    /// # Errors
    /// When an interval is none, or two of a day overlap.
    pub fn new(
        zone: TimeZone,
        mut week: [Vec<(u16, u16)>; 7],
        holidays: impl IntoIterator<Item = Date>,
    ) -> Result<Self, HoursError> {
        for day in &mut week {
            day.sort_unstable();
            let mut open_to = 0;
            for &(from, to) in day.iter() {
                if from >= to || to > DAY_MINUTES {
                    return Err(HoursError::Interval { from, to });
                }
                if from < open_to {
                    return Err(HoursError::Overlap(from));
                }
                open_to = to;
            }
        }
        Ok(Self {
            zone,
            week,
            holidays: holidays.into_iter().collect(),
        })
    }

    /// How much of the time between two moments counts; none when the second is not later.
    pub fn between_ms(&self, from_ms: i64, to_ms: i64) -> Option<u64> {
        let all = super::map::between_ms(from_ms, to_ms)?;
        let ends = (self.day_of(from_ms), self.day_of(to_ms));
        let (Some(first), Some(last)) = ends else {
            return Some(all);
        };
        if (last - first).get_days() > DAYS_MAX {
            return Some(all);
        }
        let days = first.series(1.day()).take_while(|day| *day <= last);
        Some(days.map(|day| self.on_day_ms(day, from_ms, to_ms)).sum())
    }

    fn day_of(&self, time_ms: i64) -> Option<Date> {
        let moment = Timestamp::from_millisecond(time_ms).ok()?;
        Some(self.zone.to_datetime(moment).date())
    }

    fn on_day_ms(&self, day: Date, from_ms: i64, to_ms: i64) -> u64 {
        if self.holidays.contains(&day) {
            return 0;
        }
        let hours = &self.week[day.weekday().to_monday_zero_offset() as usize];
        let open = hours.iter().filter_map(|(opens, closes)| {
            let (opens_ms, closes_ms) =
                (self.moment_ms(day, *opens)?, self.moment_ms(day, *closes)?);
            u64::try_from(closes_ms.min(to_ms) - opens_ms.max(from_ms)).ok()
        });
        open.sum()
    }

    /// When clocks show this minute of the day. In the hour that clocks leave out it is as much later.
    fn moment_ms(&self, day: Date, minute: u16) -> Option<i64> {
        let (day, minute) = match minute {
            DAY_MINUTES => (day.tomorrow().ok()?, 0),
            minute => (day, minute),
        };
        let time = Time::new((minute / 60) as i8, (minute % 60) as i8, 0, 0).ok()?;
        let moment = self
            .zone
            .to_timestamp(DateTime::from_parts(day, time))
            .ok()?;
        Some(moment.as_millisecond())
    }
}
