//! Moments as files spell them, for who reads rows in a way of its own.

use jiff::tz::TimeZone;

use crate::check::mapping::DateRule;
use crate::check::spelling::date::Dates;

/// Reads the moments of one column: every spelling that a mapping takes.
#[derive(Clone, Debug)]
pub struct Moments(Dates);

impl Moments {
    /// Moments spelled by this rule, to the microsecond: what is smaller is cut off. Those without an offset are local times of the zone.
    pub fn new(rule: &DateRule, zone: TimeZone) -> Self {
        // Clocks of machines tell more than anybody needs.
        let rule = DateRule {
            is_fraction_cut: true,
            ..rule.clone()
        };
        Self(Dates::of(&rule, zone))
    }

    /// Microseconds since 1970-01-01T00:00Z; none when the text is no moment, or could be read in two ways.
    pub fn read(&mut self, text: &str) -> Option<i64> {
        self.0.moment(text).ok()
    }

    /// The same of a day and a time of day that stand in two cells.
    pub fn read_two(&mut self, day: &str, time: &str) -> Option<i64> {
        self.0.moment_of_two(day, time).ok()
    }

    /// The second since 1970-01-01T00:00Z at which clocks of the zone show this many seconds since their own 1970. None in the hour that is
    /// left out when clocks go forward.
    pub fn of_local(&mut self, local_seconds: i64) -> Option<i64> {
        self.0.of_local(local_seconds).ok()
    }
}
