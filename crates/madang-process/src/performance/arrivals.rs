//! When cases begin: the hours of a week.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::map::case_span;
use crate::event_data::EventLog;

/// How many cases began in each hour of the week, by the clocks of a place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Arrivals {
    /// Monday to Sunday, each of 24 hours.
    pub week: [[u64; 24]; 7],
    /// Cases whose beginning is no day that a calendar has.
    pub outside: u64,
}

impl Arrivals {
    /// When the cases of a log began.
    pub fn of(log: &EventLog, zone: &TimeZone) -> Self {
        let mut arrivals = Self::default();
        for case in log.cases() {
            match Timestamp::from_millisecond(case_span(&case).first_ms) {
                Ok(moment) => {
                    let local = zone.to_datetime(moment);
                    let day = local.weekday().to_monday_zero_offset() as usize;
                    arrivals.week[day][local.hour() as usize] += 1;
                }
                Err(_) => arrivals.outside += 1,
            }
        }
        arrivals
    }

    /// Adds those of other cases.
    pub fn merge(&mut self, other: &Self) {
        let hours = self.week.iter_mut().flatten();
        for (mine, theirs) in hours.zip(other.week.iter().flatten()) {
            *mine += theirs;
        }
        self.outside += other.outside;
    }

    /// The hours of the day, all days together.
    pub fn of_day(&self) -> [u64; 24] {
        let mut day = [0; 24];
        for hours in &self.week {
            for (sum, count) in day.iter_mut().zip(hours) {
                *sum += count;
            }
        }
        day
    }
}
