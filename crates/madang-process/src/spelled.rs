//! What people write at a command line and in files of rules: lengths of time, moments and periods.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// Something that was written as nothing that is known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misspelled {
    /// It should be a length of time.
    #[error("“{0}” is no length of time; write it as 40m, 1h30m, 90s, 2d or 40분")]
    Length(String),
    /// It should be a moment.
    #[error(
        "“{0}” is no moment; write it as 2026-11-01, 2026-11-01T09:00 or 2026-11-01T09:00:00+09:00"
    )]
    Moment(String),
    /// It should be a period.
    #[error(
        "“{0}” is no period; write it as 2026-11-01..2026-11-08 (from the first to before the second), 2026-11-01.., ..2026-11-08, 2026-11-22, 2026-11 or 2026"
    )]
    Period(String),
    /// It should be hours of a week.
    #[error(
        "“{0}” are no hours; write them as mon-fri 09:00-18:00, daily 11:00-14:30,17:00-21:00, or fri 18:00-02:00"
    )]
    Hours(String),
    /// It should be a filter.
    #[error("“{text}” is no filter: {wanted}")]
    Filter {
        /// What was written.
        text: String,
        /// What would be one.
        wanted: &'static str,
    },
}

/// The units of lengths; longer words before those that they begin with.
const UNITS: [(&str, u64); 12] = [
    ("ms", 1),
    ("s", 1_000),
    ("min", 60_000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
    ("w", 604_800_000),
    ("초", 1_000),
    ("분", 60_000),
    ("시간", 3_600_000),
    ("일", 86_400_000),
    ("주", 604_800_000),
];

/// A length of time such as `40m`, `1h30m` or `40분`, in milliseconds.
///
/// # Errors
/// When it is none, or longer than can be counted.
pub fn length_ms(text: &str) -> Result<u64, Misspelled> {
    let wrong = || Misspelled::Length(text.to_owned());
    let mut rest = text.trim();
    let mut sum_ms = 0_u64;
    let mut has_part = false;
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit());
        let (number, unit) = rest.split_at(digits.ok_or_else(wrong)?);
        let number: u64 = number.parse().map_err(|_| wrong())?;
        let unit = unit.trim_start();
        let (word, unit_ms) = (UNITS.iter())
            .find(|(word, _)| is_word(unit, word))
            .ok_or_else(wrong)?;
        let part_ms = number.checked_mul(*unit_ms).ok_or_else(wrong)?;
        sum_ms = sum_ms.checked_add(part_ms).ok_or_else(wrong)?;
        rest = unit[word.len()..].trim_start();
        has_part = true;
    }
    has_part.then_some(sum_ms).ok_or_else(wrong)
}

/// Whether a text begins with this unit, and not with a longer word.
fn is_word(text: &str, word: &str) -> bool {
    text.strip_prefix(word).is_some_and(|rest| {
        let next = rest.chars().next();
        next.is_none_or(|next| next.is_ascii_digit() || next.is_whitespace())
    })
}

/// A moment: a day at midnight, what a clock of the place shows, or a moment with an offset.
///
/// # Errors
/// When it is none.
pub fn moment(text: &str, zone: &TimeZone) -> Result<Timestamp, Misspelled> {
    let wrong = || Misspelled::Moment(text.to_owned());
    let text = text.trim();
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment);
    }
    let local = match text.parse::<Date>() {
        Ok(day) if text.len() == DAY_LENGTH => day.to_datetime(jiff::civil::Time::midnight()),
        _ => text.parse::<DateTime>().map_err(|_| wrong())?,
    };
    zone.to_timestamp(local).map_err(|_| wrong())
}

/// `2026-11-22`. The parser of days takes the day of a longer text, too.
const DAY_LENGTH: usize = 10;

/// From a moment to before another; either may be open.
pub type Stretch = (Option<Timestamp>, Option<Timestamp>);

/// A period: `A..B` from A to before B, either of which may be left out; a day, a month or a year alone.
///
/// # Errors
/// When it is none, or ends before it begins.
pub fn period(text: &str, zone: &TimeZone) -> Result<Stretch, Misspelled> {
    let wrong = || Misspelled::Period(text.to_owned());
    let Some((from, to)) = text.split_once("..") else {
        return whole(text.trim(), zone).ok_or_else(wrong);
    };
    let end = |text: &str| match text.trim() {
        "" => Ok(None),
        // A month or a year alone is its beginning: 2026-10..2026-12 has no December.
        text => match whole(text, zone) {
            Some((first, _)) => Ok(first),
            None => moment(text, zone).map(Some),
        },
    };
    let (from, to) = (end(from)?, end(to)?);
    let is_empty = from.zip(to).is_some_and(|(from, to)| from >= to);
    match is_empty || (from.is_none() && to.is_none()) {
        true => Err(wrong()),
        false => Ok((from, to)),
    }
}

/// A day, a month or a year.
fn whole(text: &str, zone: &TimeZone) -> Option<Stretch> {
    let (first, next) = match text.len() {
        DAY_LENGTH => {
            let day: Date = text.parse().ok()?;
            (day, day.tomorrow().ok()?)
        }
        7 => {
            let first: Date = format!("{text}-01").parse().ok()?;
            (first, first.checked_add(1.month()).ok()?)
        }
        4 => {
            let first: Date = format!("{text}-01-01").parse().ok()?;
            (first, first.checked_add(1.year()).ok()?)
        }
        _ => return None,
    };
    let begin = |day: Date| {
        let midnight = day.to_datetime(jiff::civil::Time::midnight());
        zone.to_timestamp(midnight).ok()
    };
    Some((Some(begin(first)?), Some(begin(next)?)))
}

/// What takes so long: `10m..2h`, `10m..` or `..2h`, in milliseconds, both ends within.
///
/// # Errors
/// When it is none.
pub fn lengths_ms(text: &str) -> Result<(Option<u64>, Option<u64>), Misspelled> {
    let wrong = || Misspelled::Length(text.to_owned());
    let (least, most) = text.split_once("..").ok_or_else(wrong)?;
    let end = |text: &str| match text.trim() {
        "" => Ok(None),
        text => length_ms(text).map(Some),
    };
    match (end(least)?, end(most)?) {
        (None, None) => Err(wrong()),
        (Some(least), Some(most)) if least > most => Err(wrong()),
        ends => Ok(ends),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seoul() -> TimeZone {
        jiff::tz::TimeZoneDatabase::bundled()
            .get("Asia/Seoul")
            .expect("the bundled database has Seoul")
    }

    #[test]
    fn lengths_are_read_as_people_write_them() {
        let check = |text: &str, expected: Option<u64>| {
            assert_eq!(length_ms(text).ok(), expected, "{text}");
        };
        check("40m", Some(2_400_000));
        check("1h30m", Some(5_400_000));
        check("1h 30min", Some(5_400_000));
        check("90s", Some(90_000));
        check("250ms", Some(250));
        check("2d", Some(172_800_000));
        check("1w", Some(604_800_000));
        check("40분", Some(2_400_000));
        check("1시간 30분", Some(5_400_000));
        check("0s", Some(0));
        check("40", None);
        check("m", None);
        check("", None);
        check("-5m", None);
        check("5 minutes", None);
        check("99999999999999999999s", None);
        check("9999999999999999d", None);
    }

    #[test]
    fn periods_are_read_by_the_clocks_of_a_place() {
        let check = |text: &str, expected: Option<(&str, &str)>| {
            let found = period(text, &seoul()).ok().map(|(from, to)| {
                let words = |moment: Option<Timestamp>| {
                    moment.map_or(String::new(), |moment| moment.to_string())
                };
                (words(from), words(to))
            });
            let expected = expected.map(|(from, to)| (from.to_owned(), to.to_owned()));
            assert_eq!(found, expected, "{text}");
        };
        check(
            "2026-11-01..2026-11-08",
            Some(("2026-10-31T15:00:00Z", "2026-11-07T15:00:00Z")),
        );
        check(
            "2026-11-22",
            Some(("2026-11-21T15:00:00Z", "2026-11-22T15:00:00Z")),
        );
        check(
            "2026-12",
            Some(("2026-11-30T15:00:00Z", "2026-12-31T15:00:00Z")),
        );
        check("2026-11-01T09:30..", Some(("2026-11-01T00:30:00Z", "")));
        check("..2026-11-01T00:00:00Z", Some(("", "2026-11-01T00:00:00Z")));
        check("..", None);
        check("2026-11-08..2026-11-01", None);
        check("November", None);
        check("2026-11-31", None);
        check("2026-13", None);
        check(
            "2026",
            Some(("2025-12-31T15:00:00Z", "2026-12-31T15:00:00Z")),
        );
        check(
            "2026-10..2026-12",
            Some(("2026-09-30T15:00:00Z", "2026-11-30T15:00:00Z")),
        );
        check("2026..", Some(("2025-12-31T15:00:00Z", "")));
        check("2027..2026", None);
    }
}
