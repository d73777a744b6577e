//! Times of a column: the usual forms by arithmetic, all others as imports read them.

use jiff::tz::TimeZone;
use madang_import::check::Moments;
use madang_import::check::mapping::DateRule;

use super::mapping::TimeSpelling;

/// Reads the times of one column.
#[derive(Clone, Debug)]
pub(super) struct Times {
    moments: Moments,
    /// The day that was read last, as it was spelled: a log's rows seldom change it.
    day: [u8; 10],
    day_seconds: i64,
}

const DAY_SECONDS: i64 = 86_400;

impl Times {
    pub(super) fn new(spelling: TimeSpelling, zone: &TimeZone) -> Self {
        let rule = DateRule {
            order: spelling.order,
            numbers: spelling.numbers,
            is_midnight_without_time: true,
            ..DateRule::default()
        };
        Self {
            moments: Moments::new(&rule, zone.clone()),
            day: [0; 10],
            day_seconds: 0,
        }
    }

    /// Milliseconds of the Unix epoch.
    pub(super) fn read_ms(&mut self, text: &str) -> Option<i64> {
        match self.usual(text.as_bytes()) {
            Some(time_ms) => Some(time_ms),
            None => Some(self.moments.read(text)?.div_euclid(1_000)),
        }
    }

    /// The same of a day and a time of day that stand in two cells.
    pub(super) fn read_two_ms(&mut self, day: &str, time: &str) -> Option<i64> {
        Some(self.moments.read_two(day, time)?.div_euclid(1_000))
    }

    /// `2026-11-22 15:05`, with `T`, seconds, a fraction, `Z` or an offset.
    fn usual(&mut self, text: &[u8]) -> Option<i64> {
        let (day, rest) = text.split_first_chunk::<10>()?;
        let [b' ' | b'T', h1, h2, b':', m1, m2, rest @ ..] = rest else {
            return None;
        };
        let (second, rest) = match rest {
            [b':', s1, s2, rest @ ..] => (two(*s1, *s2, 59)?, rest),
            rest => (0, rest),
        };
        let (millisecond, rest) = match rest {
            [b'.' | b',', rest @ ..] => fraction(rest)?,
            rest => (0, rest),
        };
        let seconds = two(*h1, *h2, 23)? * 3600 + two(*m1, *m2, 59)? * 60 + second;
        let local = self.day_seconds(day)? + seconds;
        let seconds = match offset(rest) {
            Some(offset) => local - offset,
            None if rest.is_empty() => self.moments.of_local(local)?,
            None => return None,
        };
        Some(seconds * 1_000 + millisecond)
    }

    fn day_seconds(&mut self, day: &[u8; 10]) -> Option<i64> {
        if *day != self.day {
            let [y1, y2, y3, y4, mark, m1, m2, same, d1, d2] = *day;
            if !matches!(mark, b'-' | b'/' | b'.') || mark != same {
                return None;
            }
            let year = two(y1, y2, 99)? * 100 + two(y3, y4, 99)?;
            let date =
                jiff::civil::Date::new(year as i16, two(m1, m2, 12)? as i8, two(d1, d2, 31)? as i8);
            let since = date.ok()? - jiff::civil::Date::constant(1970, 1, 1);
            self.day_seconds = i64::from(since.get_days()) * DAY_SECONDS;
            self.day = *day;
        }
        Some(self.day_seconds)
    }
}

/// A number of two digits that is at most this.
fn two(tens: u8, ones: u8, most: i64) -> Option<i64> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    let number = i64::from(tens) * 10 + i64::from(ones);
    (tens <= 9 && ones <= 9 && number <= most).then_some(number)
}

/// The milliseconds of a fraction of a second, and what stands behind it.
fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 {
        return None;
    }
    let digit = |at: usize| match at < digits {
        true => i64::from(text[at] - b'0'),
        false => 0,
    };
    Some((digit(0) * 100 + digit(1) * 10 + digit(2), &text[digits..]))
}

/// The seconds of `Z`, `+09:00` or `+0900`, a space before it allowed.
fn offset(text: &[u8]) -> Option<i64> {
    let text = text.strip_prefix(b" ").unwrap_or(text);
    let (sign, digits) = match text {
        [b'Z' | b'z'] => return Some(0),
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match digits {
        [h1, h2, b':', m1, m2] | [h1, h2, m1, m2] => (two(*h1, *h2, 23)?, two(*m1, *m2, 59)?),
        [h1, h2] => (two(*h1, *h2, 23)?, 0),
        _ => return None,
    };
    Some(sign * (hours * 3600 + minutes * 60))
}

#[cfg(test)]
mod tests {
    use madang_import::check::mapping::{DateNumbers, DateOrder};

    use super::*;

    fn times(spelling: TimeSpelling) -> Times {
        let zone = jiff::tz::TimeZoneDatabase::bundled()
            .get("Asia/Seoul")
            .expect("the bundled database has Seoul");
        Times::new(spelling, &zone)
    }

    #[test]
    fn times_are_read_as_they_are_spelled() {
        let mut times = times(TimeSpelling::default());
        let mut check = |text: &str, expected: Option<&str>| {
            let expected = expected.map(|expected| {
                let moment: jiff::Timestamp = expected.parse().expect("a moment");
                moment.as_millisecond()
            });
            assert_eq!(times.read_ms(text), expected, "{text}");
        };
        check("2026-11-22T15:05:07Z", Some("2026-11-22T15:05:07Z"));
        check("2026-11-22 15:05:07", Some("2026-11-22T06:05:07Z"));
        check("2026-11-22 15:05", Some("2026-11-22T06:05:00Z"));
        check("2026/11/22 15:05", Some("2026-11-22T06:05:00Z"));
        check("2026.11.22 15:05:07.5", Some("2026-11-22T06:05:07.5Z"));
        check(
            "2026-11-22T15:05:07.123456+09:00",
            Some("2026-11-22T06:05:07.123Z"),
        );
        check("2010-12-30 14:32:00+0100", Some("2010-12-30T13:32:00Z"));
        check("2026-11-22 15:05:07 +01", Some("2026-11-22T14:05:07Z"));
        check("2026-11-22", Some("2026-11-21T15:00:00Z"));
        check(
            "2026년 11월 22일 오후 3시 5분",
            Some("2026-11-22T06:05:00Z"),
        );
        check("2026. 11. 22. 오후 3:05:07", Some("2026-11-22T06:05:07Z"));
        check("1969-12-31T23:59:59.999Z", Some("1969-12-31T23:59:59.999Z"));
        check("2026-02-30 15:05", None);
        check("2026-11-22 24:05:00", None);
        check("2026-11-22 15:05:07x", None);
        check("2026-11-22 1a:05:07", None);
        check("22/11/2026 15:05", None);
        check("yesterday", None);
        check("", None);
    }

    #[test]
    fn a_spelling_says_what_is_not_plain() {
        let check = |spelling: TimeSpelling, text: &str, expected: Option<i64>| {
            assert_eq!(times(spelling).read_ms(text), expected, "{text}");
        };
        let order = |order| TimeSpelling {
            order: Some(order),
            ..TimeSpelling::default()
        };
        let numbers = |numbers| TimeSpelling {
            numbers: Some(numbers),
            ..TimeSpelling::default()
        };
        let expected = Some(1_268_089_500_000);
        check(order(DateOrder::DayMonthYear), "9.3.10 8:05", expected);
        check(order(DateOrder::MonthDayYear), "3/9/2010 8:05", expected);
        check(numbers(DateNumbers::Seconds), "1268089500", expected);
        check(
            numbers(DateNumbers::Milliseconds),
            "1268089500000",
            expected,
        );
    }
}
