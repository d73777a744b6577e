//! When the server says to come back.

use std::time::{Duration, SystemTime};

use hyper::header::HeaderMap;
use jiff::{
    Timestamp,
    civil::DateTime,
    tz::{Offset, TimeZone},
};

/// What an answer says about when to try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerTiming {
    /// Nothing.
    Absent,
    /// Something that cannot be read, so that nobody knows.
    Malformed,
    /// To wait this long; nothing means at once.
    Wait(Duration),
}

/// Reads the first of the timing headers that is there, at `now` on the wall clock. One that is there decides, readable or
/// not: the next is not asked.
pub fn server_timing(headers: &HeaderMap, now: SystemTime) -> ServerTiming {
    let Some((name, meaning)) = HEADERS.iter().find(|(name, _)| headers.contains_key(*name)) else {
        return ServerTiming::Absent;
    };
    let mut values = headers.get_all(*name).iter();
    let (value, more) = (values.next(), values.next());
    value
        .filter(|_| more.is_none())
        .and_then(|value| value.to_str().ok())
        .and_then(|text| wait(text.trim_matches([' ', '\t']), *meaning, now))
        .map_or(ServerTiming::Malformed, ServerTiming::Wait)
}

/// The first that is there decides.
const HEADERS: [(&str, Number); 5] = [
    ("retry-after", Number::Seconds),
    ("ratelimit-reset", Number::SecondsOrEpoch),
    ("x-ratelimit-retry-after", Number::Seconds),
    ("x-ratelimit-reset", Number::SecondsOrEpoch),
    ("x-rate-limit-reset", Number::SecondsOrEpoch),
];

/// What a number in a header means.
#[derive(Clone, Copy)]
enum Number {
    /// Seconds from now, however many.
    Seconds,
    /// Seconds from now or, when it is as large as today's, a Unix time: servers do either under the same name.
    SecondsOrEpoch,
}

/// 2024-01-01T00:00:00Z. Nobody asks for a wait of fifty-four years.
const CURRENT_ERA_SECONDS: u64 = 1_704_067_200;

fn wait(text: &str, meaning: Number, now: SystemTime) -> Option<Duration> {
    if let Some(seconds) = whole_seconds(text) {
        return Some(match meaning {
            Number::SecondsOrEpoch if seconds >= CURRENT_ERA_SECONDS => until(
                SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.min(EPOCH_SECONDS_MAX)),
                now,
            ),
            Number::Seconds | Number::SecondsOrEpoch => Duration::from_secs(seconds),
        });
    }
    http_date(text, now).map(|date| until(date, now))
}

/// The end of the year 9999, as for dates; beyond it a system's clock may not reach.
const EPOCH_SECONDS_MAX: u64 = 253_402_300_799;

/// Digits and nothing else; more of them than a number holds are the largest one.
fn whole_seconds(text: &str) -> Option<u64> {
    is_digits(text).then(|| text.parse().unwrap_or(u64::MAX))
}

fn until(then: SystemTime, now: SystemTime) -> Duration {
    then.duration_since(now).unwrap_or(Duration::ZERO)
}

/// A date in one of HTTP's three forms (RFC 9110, 5.6.7), to the letter. The day of the week must be one; that it is the date's
/// is not asked, since a server that is wrong about it still asks for a pause.
fn http_date(text: &str, now: SystemTime) -> Option<SystemTime> {
    let fields: Vec<_> = text.splitn(7, ' ').collect();
    let date = match *fields.as_slice() {
        [weekday, day, month, year, time, "GMT"] => {
            position(&WEEKDAYS, weekday.strip_suffix(',')?)?;
            Date {
                year: number(year, 4)?,
                month: month_number(month)?,
                day: number(day, 2)?,
                time: time_of_day(time)?,
            }
        }
        [weekday, date, time, "GMT"] => {
            position(&LONG_WEEKDAYS, weekday.strip_suffix(',')?)?;
            let [day, month, year] = parts(date, '-')?;
            Date {
                year: 0,
                month: month_number(month)?,
                day: number(day, 2)?,
                time: time_of_day(time)?,
            }
            .in_nearest_century(number(year, 2)?, now)?
        }
        [weekday, month, "", day, time, year] => asctime(weekday, month, (day, 1), time, year)?,
        [weekday, month, day, time, year] => asctime(weekday, month, (day, 2), time, year)?,
        _ => return None,
    };
    date.in_gmt()
}

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

const LONG_WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// The fields of a date, each of the right form, not yet known to be a day that there is.
struct Date {
    year: i16,
    month: i8,
    day: i8,
    time: TimeOfDay,
}

#[derive(Clone, Copy)]
struct TimeOfDay {
    hour: i8,
    minute: i8,
    second: i8,
}

fn asctime(
    weekday: &str,
    month: &str,
    (day, digits): (&str, usize),
    time: &str,
    year: &str,
) -> Option<Date> {
    position(&WEEKDAYS, weekday)?;
    Some(Date {
        year: number(year, 4)?,
        month: month_number(month)?,
        day: number(day, digits)?,
        time: time_of_day(time)?,
    })
}

impl Date {
    /// Of the years that end in these two digits the latest that lies at most fifty years ahead.
    fn in_nearest_century(self, year_of_century: i16, now: SystemTime) -> Option<Self> {
        let now = civil(now)?;
        let next_century = now.year() - now.year() % 100 + 100;
        let horizon = (
            now.year() + 50,
            (
                now.month(),
                now.day(),
                now.hour(),
                now.minute(),
                now.second(),
            ),
        );
        let within_year = (
            self.month,
            self.day,
            self.time.hour,
            self.time.minute,
            self.time.second,
        );
        let year = [0, 100, 200]
            .map(|back| next_century + year_of_century - back)
            .into_iter()
            .find(|year| (*year, within_year) <= horizon)?;
        Some(Self { year, ..self })
    }

    /// A leap second is the one after the minute's last: no system clock has a place for it.
    fn in_gmt(&self) -> Option<SystemTime> {
        let TimeOfDay {
            hour,
            minute,
            second,
        } = self.time;
        let leap = Duration::from_secs(u64::from(second == 60));
        let date = DateTime::new(
            self.year,
            self.month,
            self.day,
            hour,
            minute,
            second.min(59),
            0,
        )
        .ok()?;
        let moment = Offset::UTC.to_timestamp(date).ok()?;
        Some(SystemTime::from(moment) + leap)
    }
}

fn civil(moment: SystemTime) -> Option<DateTime> {
    let moment = Timestamp::try_from(moment).ok()?;
    Some(moment.to_zoned(TimeZone::UTC).datetime())
}

fn time_of_day(text: &str) -> Option<TimeOfDay> {
    let [hour, minute, second] = parts(text, ':')?;
    let second = number(second, 2)?;
    (second <= 60).then_some(TimeOfDay {
        hour: number(hour, 2)?,
        minute: number(minute, 2)?,
        second,
    })
}

fn month_number(name: &str) -> Option<i8> {
    i8::try_from(position(&MONTHS, name)? + 1).ok()
}

fn position(names: &[&str], name: &str) -> Option<usize> {
    names.iter().position(|known| *known == name)
}

fn parts(text: &str, separator: char) -> Option<[&str; 3]> {
    let mut parts = text.splitn(3, separator);
    Some([parts.next()?, parts.next()?, parts.next()?])
}

/// A number of exactly so many digits, so that neither a sign nor a missing zero passes.
fn number<T: std::str::FromStr>(text: &str, digits: usize) -> Option<T> {
    (text.len() == digits && is_digits(text))
        .then(|| text.parse().ok())
        .flatten()
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use hyper::header::{HeaderName, HeaderValue};

    use super::*;

    fn at(text: &str) -> SystemTime {
        text.parse::<Timestamp>().unwrap().into()
    }

    fn seconds(seconds: u64) -> ServerTiming {
        ServerTiming::Wait(Duration::from_secs(seconds))
    }

    fn headers(lines: &[(&str, &str)]) -> HeaderMap {
        lines
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_bytes(name.as_bytes()).unwrap(),
                    HeaderValue::from_bytes(value.as_bytes()).unwrap(),
                )
            })
            .collect()
    }

    /// At noon on 2026-07-25.
    #[track_caller]
    fn check(lines: &[(&str, &str)], expected: ServerTiming) {
        let got = server_timing(&headers(lines), at("2026-07-25T12:00:00Z"));
        assert_eq!(got, expected, "{lines:?}");
    }

    #[track_caller]
    fn check_date(now: &str, text: &str, expected: Option<&str>) {
        let got = http_date(text, at(now));
        assert_eq!(got, expected.map(at), "`{text}` at {now}");
    }

    #[test]
    fn ky_30_retry_after_is_whole_seconds_however_many() {
        check(&[("Retry-After", "1")], seconds(1));
        check(&[("Retry-After", "007")], seconds(7));
        check(&[("Retry-After", " 2\t")], seconds(2));
        check(&[("Retry-After", "1785000000")], seconds(1_785_000_000));
        let beyond = "99999999999999999999999999";
        check(&[("Retry-After", beyond)], seconds(u64::MAX));
        check(&[], ServerTiming::Absent);
    }

    #[test]
    fn ky_31_retry_after_zero_retries_at_once() {
        check(&[("Retry-After", "0")], seconds(0));
    }

    #[test]
    fn ky_32_dates_in_three_forms_are_gmt_and_the_past_is_at_once() {
        for (date, wait) in [
            ("Sat, 25 Jul 2026 12:00:30 GMT", 30),
            ("Saturday, 25-Jul-26 12:00:30 GMT", 30),
            ("Sat Jul 25 12:00:30 2026", 30),
            ("Sat Aug  1 12:00:00 2026", 7 * 86_400),
            ("Sat, 25 Jul 2026 12:00:00 GMT", 0),
            ("Sat, 25 Jul 2026 11:59:59 GMT", 0),
            ("Sun, 06 Nov 1994 08:49:37 GMT", 0),
        ] {
            check(&[("Retry-After", date)], seconds(wait));
        }
        for date in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            check_date("2026-07-25T12:00:00Z", date, Some("1994-11-06T08:49:37Z"));
        }
    }

    #[test]
    fn ky_32_every_month_and_every_day_of_the_week_is_known() {
        let now = "2026-07-25T12:00:00Z";
        for (number, month) in (1..).zip(MONTHS) {
            let expected = format!("2026-{number:02}-09T10:11:12Z");
            for date in [
                format!("Mon, 09 {month} 2026 10:11:12 GMT"),
                format!("Monday, 09-{month}-26 10:11:12 GMT"),
                format!("Mon {month}  9 10:11:12 2026"),
            ] {
                check_date(now, &date, Some(&expected));
            }
        }
        for (short, long) in WEEKDAYS.into_iter().zip(LONG_WEEKDAYS) {
            let expected = Some("2026-07-25T00:00:00Z");
            check_date(now, &format!("{short}, 25 Jul 2026 00:00:00 GMT"), expected);
            check_date(now, &format!("{long}, 25-Jul-26 00:00:00 GMT"), expected);
            check_date(now, &format!("{short} Jul 25 00:00:00 2026"), expected);
        }
    }

    #[test]
    fn ky_33_two_digits_of_a_year_mean_at_most_fifty_years_ahead() {
        for (now, date, expected) in [
            (
                "2026-07-25T12:00:00Z",
                "Saturday, 25-Jul-76 12:00:00 GMT",
                "2076-07-25T12:00:00Z",
            ),
            (
                "2026-07-25T12:00:00Z",
                "Saturday, 25-Jul-76 12:00:01 GMT",
                "1976-07-25T12:00:01Z",
            ),
            (
                "2026-07-25T12:00:00Z",
                "Saturday, 25-Jul-77 12:00:00 GMT",
                "1977-07-25T12:00:00Z",
            ),
            (
                "2026-07-25T12:00:00Z",
                "Saturday, 25-Jul-25 12:00:00 GMT",
                "2025-07-25T12:00:00Z",
            ),
            (
                "2026-07-25T12:00:00Z",
                "Saturday, 25-Jul-27 12:00:00 GMT",
                "2027-07-25T12:00:00Z",
            ),
            (
                "2026-07-25T12:00:00Z",
                "Saturday, 25-Jul-00 12:00:00 GMT",
                "2000-07-25T12:00:00Z",
            ),
            (
                "2099-12-31T23:59:00Z",
                "Friday, 01-Jan-00 00:00:00 GMT",
                "2100-01-01T00:00:00Z",
            ),
            (
                "2050-01-01T00:00:00Z",
                "Friday, 01-Jan-00 00:00:00 GMT",
                "2100-01-01T00:00:00Z",
            ),
            (
                "2049-12-31T23:59:59Z",
                "Friday, 01-Jan-00 00:00:00 GMT",
                "2000-01-01T00:00:00Z",
            ),
            (
                "1999-12-31T23:59:00Z",
                "Saturday, 01-Jan-00 00:00:00 GMT",
                "2000-01-01T00:00:00Z",
            ),
        ] {
            check_date(now, date, Some(expected));
        }
        // 2100 is no leap year, so this date is impossible there; it is not taken for another century's.
        check_date(
            "2099-12-31T23:59:00Z",
            "Monday, 29-Feb-00 00:00:00 GMT",
            None,
        );
    }

    #[test]
    fn ky_33_a_leap_second_is_accepted() {
        for date in [
            "Sat, 31 Dec 2016 23:59:60 GMT",
            "Saturday, 31-Dec-16 23:59:60 GMT",
            "Sat Dec 31 23:59:60 2016",
        ] {
            check_date("2026-07-25T12:00:00Z", date, Some("2017-01-01T00:00:00Z"));
        }
        check(
            &[("Retry-After", "Sat, 25 Jul 2026 12:00:60 GMT")],
            seconds(60),
        );
    }

    #[test]
    fn ky_34_what_is_no_date_and_no_number_is_malformed() {
        for text in [
            "Tue, 31 Feb 2026 00:00:00 GMT",
            "Sun, 29 Feb 2026 00:00:00 GMT",
            "Sat, 00 Jul 2026 00:00:00 GMT",
            "Sat, 25 Jul 2026 25:00:00 GMT",
            "Sat, 25 Jul 2026 24:00:00 GMT",
            "Sat, 25 Jul 2026 12:60:00 GMT",
            "Sat, 25 Jul 2026 12:00:61 GMT",
            "Sat, 25 Jul 2026 12:00:30",
            "Sat, 25 Jul 2026 12:00:30 UTC",
            "Sat, 25 Jul 2026 12:00:30 +0900",
            "Sat, 25 Jul 2026 12:00:30 GMT+9",
            "Sat, 25 Jul 2026 12:00:30 GMT GMT",
            "Sat 25 Jul 2026 12:00:30 GMT",
            "Sat, 25  Jul 2026 12:00:30 GMT",
            "Sat, 5 Jul 2026 12:00:30 GMT",
            "Sat, 25 jul 2026 12:00:30 GMT",
            "Sat, 25 July 2026 12:00:30 GMT",
            "Sat, 25 Jul 26 12:00:30 GMT",
            "Sat, 25 Jul 2026 12:00 GMT",
            "Sat, 25 Jul 2026 1:00:30 GMT",
            "Sat, 25 Jul 2026 12:00:30:00 GMT",
            "Sat, +5 Jul 2026 12:00:30 GMT",
            "Caturday, 25-Jul-26 12:00:30 GMT",
            "Xxx, 25 Jul 2026 12:00:30 GMT",
            "Saturday, 25 Jul 2026 12:00:30 GMT",
            "Sat, 25-Jul-26 12:00:30 GMT",
            "Saturday, 25-Jul-2026 12:00:30 GMT",
            "Saturday, 25-Jul-26-1 12:00:30 GMT",
            "Saturday, 25-Jul 12:00:30 GMT",
            "Sat Jul 5 12:00:30 2026",
            "Sat Jul  25 12:00:30 2026",
            "Sat Jul 25 12:00:30 26",
            "Sat, Jul 25 12:00:30 2026",
            "Sat Jul 25 12:00:30 2026 GMT",
            "2026-07-25T12:00:30Z",
            "2026-07-25",
            "0x10",
            "1.5",
            "1e3",
            "+5",
            "-5",
            "5s",
            "5, 5",
            "５",
            "soon",
            "",
            " ",
        ] {
            check(&[("Retry-After", text)], ServerTiming::Malformed);
        }
    }

    #[test]
    fn ky_37_the_headers_have_an_order() {
        let names = HEADERS.map(|(name, _)| name);
        assert_eq!(
            names,
            [
                "retry-after",
                "ratelimit-reset",
                "x-ratelimit-retry-after",
                "x-ratelimit-reset",
                "x-rate-limit-reset"
            ]
        );
        for first in 0..names.len() {
            let lines: Vec<_> = (first..names.len())
                .map(|at| (names[at], ["1", "2", "3", "4", "5"][at]))
                .rev()
                .collect();
            check(&lines, seconds(first as u64 + 1));
        }
    }

    #[test]
    fn ky_38_a_header_that_is_there_but_unreadable_does_not_give_way_to_the_next() {
        for unreadable in ["", "soon", "1.5"] {
            for (name, _) in HEADERS {
                let lines = [(name, unreadable), ("X-Rate-Limit-Reset", "5")];
                check(&lines, ServerTiming::Malformed);
            }
        }
        let twice = [("Retry-After", "1"), ("Retry-After", "1")];
        check(&twice, ServerTiming::Malformed);
    }

    #[test]
    fn ky_39_only_reset_headers_may_give_a_unix_time() {
        // Noon on 2026-07-25 is 1784980800.
        for name in ["RateLimit-Reset", "X-RateLimit-Reset", "X-Rate-Limit-Reset"] {
            check(&[(name, "30")], seconds(30));
            check(&[(name, "1784980830")], seconds(30));
            check(&[(name, "1784980799")], seconds(0));
            check(&[(name, "1704067200")], seconds(0));
            check(&[(name, "1704067199")], seconds(1_704_067_199));
            check(&[(name, "Sat, 25 Jul 2026 12:00:30 GMT")], seconds(30));
            let beyond = "99999999999999999999999999";
            check(
                &[(name, beyond)],
                seconds(EPOCH_SECONDS_MAX - 1_784_980_800),
            );
        }
        for name in ["Retry-After", "X-RateLimit-Retry-After"] {
            check(&[(name, "1784980830")], seconds(1_784_980_830));
        }
    }
}
