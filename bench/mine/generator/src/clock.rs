//! Moments in Seoul, which has no summer time.

pub const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// The shops open at nine.
const OPENING_MS: i64 = 9 * HOUR_MS;

/// Seoul's clocks are ahead by this.
const OFFSET_MS: i64 = 9 * HOUR_MS;

/// The first of January 2026 in days of the Unix epoch.
const FIRST_DAY: i64 = 20_454;

/// When the shops open on a day from 0 on: milliseconds of the Unix epoch.
pub fn opening_ms(day: i64) -> i64 {
    (FIRST_DAY + day) * DAY_MS + OPENING_MS - OFFSET_MS
}

/// How long the shops have been open.
pub fn since_opening_ms(moment_ms: i64) -> i64 {
    (moment_ms + OFFSET_MS - OPENING_MS).rem_euclid(DAY_MS)
}

/// What a clock in Seoul shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    year: u16,
    month: u8,
    day: u8,
    hour: u8,
    minute: u8,
    second: u8,
    millisecond: u16,
}

impl Moment {
    /// `ms`: of the Unix epoch, from 1970 on.
    pub fn of(ms: i64) -> Self {
        let local_ms = ms + OFFSET_MS;
        let (mut days, of_day) = (local_ms.div_euclid(DAY_MS), local_ms.rem_euclid(DAY_MS));
        let mut year = 1970;
        while days >= days_of_year(year) {
            days -= days_of_year(year);
            year += 1;
        }
        let mut month = 1;
        while days >= days_of_month(year, month) {
            days -= days_of_month(year, month);
            month += 1;
        }
        let second = of_day / 1_000;
        Self {
            year: year as u16,
            month: month as u8,
            day: days as u8 + 1,
            hour: (second / 3_600) as u8,
            minute: (second / 60 % 60) as u8,
            second: (second % 60) as u8,
            millisecond: (of_day % 1_000) as u16,
        }
    }

    /// `2026-11-22 15:05:07.123`
    pub fn text(self) -> String {
        String::from_utf8_lossy(&self.bytes(b' ')).into_owned()
    }

    /// The same as bytes, with this mark between day and time.
    pub fn bytes(self, mark: u8) -> [u8; 23] {
        let mut text = *b"0000-00-00 00:00:00.000";
        let mut put = |at: usize, width: usize, number: u16| {
            let mut left = number;
            for place in (at..at + width).rev() {
                text[place] = b'0' + (left % 10) as u8;
                left /= 10;
            }
        };
        put(0, 4, self.year);
        put(5, 2, self.month.into());
        put(8, 2, self.day.into());
        put(11, 2, self.hour.into());
        put(14, 2, self.minute.into());
        put(17, 2, self.second.into());
        put(20, 3, self.millisecond);
        text[10] = mark;
        text
    }
}

fn days_of_year(year: i64) -> i64 {
    365 + i64::from(is_leap(year))
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_of_month(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::{HOUR_MS, Moment, opening_ms};

    #[test]
    fn moments_are_those_of_seoul() {
        let check = |ms: i64, expected: &str| assert_eq!(Moment::of(ms).text(), expected);
        check(0, "1970-01-01 09:00:00.000");
        check(opening_ms(0), "2026-01-01 09:00:00.000");
        check(opening_ms(58) + 16 * HOUR_MS - 1, "2026-03-01 00:59:59.999");
        check(1_709_132_645_123, "2024-02-29 00:04:05.123");
    }
}
