//! Time that counts: the hours in which a shop is open.

use std::collections::BTreeSet;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::spelled::Misspelled;

/// When work is done, by the clocks of a place.
#[derive(Clone, Debug)]
pub struct WorkingHours {
    zone: TimeZone,
    /// Monday to Sunday: minutes of the day from and to, in their order.
    week: [Vec<Interval>; 7],
    holidays: BTreeSet<Date>,
}

/// Hours that are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HoursError {
    /// An interval is empty, or ends behind midnight.
    #[error(
        "from {} to {} is no time; a whole day is 00:00-24:00",
        clock(*.from),
        clock(*.to)
    )]
    Interval {
        /// From.
        from: u16,
        /// To.
        to: u16,
    },
    /// Two intervals of a day meet.
    #[error("hours of one day overlap at {}", clock(*.0))]
    Overlap(u16),
}

/// Hours as they are written that are none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HoursSpelled {
    /// They are not written as hours are.
    #[error(transparent)]
    Misspelled(#[from] Misspelled),
    /// They are written well and are none.
    #[error(transparent)]
    Hours(#[from] HoursError),
}

/// A minute of the day as clocks show it.
fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// Days as they are written, Monday first.
const DAYS: [[&str; 2]; 7] = [
    ["mon", "월"],
    ["tue", "화"],
    ["wed", "수"],
    ["thu", "목"],
    ["fri", "금"],
    ["sat", "토"],
    ["sun", "일"],
];

const DAY_MINUTES: u16 = 1_440;

/// Where the weekend begins among the days.
const SATURDAY: usize = 5;

/// A hundred years of days: what lies further apart is a mistake of a log, and counts as open day and night.
const DAYS_MAX: i32 = 36_525;

impl WorkingHours {
    /// Hours for each day from Monday to Sunday, as minutes of the day; none on holidays.
    ///
    /// # Errors
    /// When an interval is none, or two of a day overlap.
    pub fn new(
        zone: TimeZone,
        mut week: [Vec<Interval>; 7],
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

    /// Hours as people write them: `mon-fri 09:00-18:00`, `토 11:00-15:00,17:00-21:00`, `평일 9-18`, `fri 22:00-02:00` until the next day. What is said of
    /// a day in several texts adds up.
    ///
    /// # Errors
    /// When a text is none, and what [`Self::new`] refuses.
    pub fn spelled<'text>(
        zone: TimeZone,
        texts: impl IntoIterator<Item = &'text str>,
        holidays: impl IntoIterator<Item = Date>,
    ) -> Result<Self, HoursSpelled> {
        let mut week: [Vec<Interval>; 7] = Default::default();
        for text in texts {
            let (days, hours) = spelled(text).ok_or_else(|| Misspelled::Hours(text.to_owned()))?;
            for day in days {
                for &(from, to) in &hours {
                    if to < from {
                        // Over midnight: the rest is of the day after.
                        week[day].push((from, DAY_MINUTES));
                        week[(day + 1) % DAYS.len()].extend((to > 0).then_some((0, to)));
                    } else {
                        week[day].push((from, to));
                    }
                }
            }
        }
        Ok(Self::new(zone, week, holidays)?)
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

/// Minutes of a day from and to.
type Interval = (u16, u16);

/// The days and hours of one text.
fn spelled(text: &str) -> Option<(Vec<usize>, Vec<Interval>)> {
    let (days, hours) = text.trim().split_once(char::is_whitespace)?;
    let hours = hours.split(',').map(|interval| {
        let (from, to) = interval.trim().split_once(TO)?;
        Some((minute(from)?, minute(to)?))
    });
    let mut all = Vec::new();
    for part in days.split(',') {
        all.extend(days_of(part)?);
    }
    Some((all, hours.collect::<Option<_>>()?))
}

/// What stands between a beginning and an end.
const TO: [char; 3] = ['-', '~', '–'];

/// `mon-fri`, `sat`, `daily`; days behind Sunday are those of the next week.
fn days_of(text: &str) -> Option<Vec<usize>> {
    let text = text.to_lowercase();
    match text.as_str() {
        "daily" | "매일" => return Some((0..DAYS.len()).collect()),
        "weekdays" | "평일" => return Some((0..SATURDAY).collect()),
        "weekend" | "주말" => return Some((SATURDAY..DAYS.len()).collect()),
        _ => {}
    }
    let day = |name: &str| DAYS.iter().position(|names| names.contains(&name));
    let (first, last) = text.split_once(TO).unwrap_or((&text, &text));
    let (first, last) = (day(first)?, day(last)?);
    let count = (last + DAYS.len() - first) % DAYS.len() + 1;
    Some((first..first + count).map(|day| day % DAYS.len()).collect())
}

/// `09:30`, `24:00` or `9` as a minute of the day.
fn minute(text: &str) -> Option<u16> {
    let text = text.trim();
    let (hour, minute) = text.split_once(':').unwrap_or((text, "00"));
    let number = |text: &str| -> Option<u16> {
        let is_plain =
            (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        is_plain.then_some(())?;
        text.parse().ok()
    };
    let (hour, minute) = (number(hour)?, number(minute)?);
    (hour <= 24 && minute < 60).then_some(hour * 60 + minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_as_people_write_them() {
        let check = |texts: &[&str], expected: &str| {
            let hours = WorkingHours::spelled(TimeZone::UTC, texts.iter().copied(), []);
            let found = match hours {
                Ok(hours) => format!("{:?}", hours.week),
                Err(error) => error.to_string(),
            };
            assert!(found.starts_with(expected), "{texts:?}: {found}");
        };
        check(
            &["mon-fri 09:00-18:00", "sat 10:00-12:00,13:00-15:30"],
            "[[(540, 1080)], [(540, 1080)], [(540, 1080)], [(540, 1080)], [(540, 1080)], [(600, 720), (780, 930)], []]",
        );
        check(
            &["토-월 00:00-24:00"],
            "[[(0, 1440)], [], [], [], [], [(0, 1440)], [(0, 1440)]]",
        );
        check(
            &["화,목 9:00-10:00"],
            "[[], [(540, 600)], [], [(540, 600)], []",
        );
        check(&["매일 9:00-10:00"], "[[(540, 600)], [(540, 600)]");
        check(&["mon 9-18"], "[[(540, 1080)], [], ");
        check(
            &["월~금 9:30~18"],
            "[[(570, 1080)], [(570, 1080)], [(570, 1080)], [(570, 1080)], [(570, 1080)], [], []]",
        );
        check(
            &["평일 10-20", "주말 10-22"],
            "[[(600, 1200)], [(600, 1200)], [(600, 1200)], [(600, 1200)], [(600, 1200)], [(600, 1320)], [(600, 1320)]]",
        );
        // Over midnight, and over the end of the week.
        check(
            &["fri 22:00-02:00", "sun 18-0"],
            "[[], [], [], [], [(1320, 1440)], [(0, 120)], [(1080, 1440)]]",
        );
        check(
            &["일 22:00-02:00"],
            "[[(0, 120)], [], [], [], [], [], [(1320, 1440)]]",
        );
        check(
            &["daily 18:00-02:00"],
            "[[(0, 120), (1080, 1440)], [(0, 120), (1080, 1440)],",
        );
        check(&["mon 25-26"], "“mon 25-26” are no hours");
        check(
            &["someday 09:00-18:00"],
            "“someday 09:00-18:00” are no hours",
        );
        check(&["mon"], "“mon” are no hours");
        check(&["mon 09:00-09:00"], "from 09:00 to 09:00 is no time");
        check(
            &["mon 09:00-12:00", "mon 11:00-13:00"],
            "hours of one day overlap at 11:00",
        );
    }
}
