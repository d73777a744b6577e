//! Days and moments.

use jiff::tz::TimeZone;

use crate::check::mapping::{DateNumbers, DateOrder, DateRule};
use crate::check::spelling::zone::Zone;
use crate::check::spelling::{Wrong, narrow, trimmed};

/// How the days or moments of one column are spelled.
#[derive(Clone, Debug)]
pub(crate) struct Dates {
    order: Option<DateOrder>,
    numbers: Option<DateNumbers>,
    min: i32,
    max: i32,
    is_midnight_without_time: bool,
    is_fraction_cut: bool,
    zone: Zone,
}

const DAY_SECONDS: i64 = 86_400;
const MICROS: i64 = 1_000_000;

impl Dates {
    pub(crate) fn of(rule: &DateRule, zone: TimeZone) -> Self {
        Self {
            order: rule.order,
            numbers: rule.numbers,
            min: rule.min.unwrap_or(i32::MIN),
            max: rule.max.unwrap_or(i32::MAX),
            is_midnight_without_time: rule.is_midnight_without_time,
            is_fraction_cut: rule.is_fraction_cut,
            zone: Zone::new(zone),
        }
    }

    /// Days since 1970-01-01.
    pub(crate) fn day(&mut self, text: &str) -> Result<i32, Wrong> {
        let day = match plain_day(text.as_bytes()) {
            Some(day) => day?,
            None => self.day_of(&self.read(trimmed(text))?)?,
        };
        self.within_bounds(day)
    }

    /// Microseconds since 1970-01-01T00:00Z.
    pub(crate) fn moment(&mut self, text: &str) -> Result<i64, Wrong> {
        let read = match plain_moment(text.as_bytes()) {
            Some((day, second_of_day)) => Read::Civil(Civil {
                day: day?,
                time: Some(Time {
                    second_of_day,
                    fraction: Fraction::default(),
                }),
                offset_seconds: None,
            }),
            None => self.read(trimmed(text))?,
        };
        self.moment_of(read)
    }

    /// The moment of a local time in seconds.
    pub(crate) fn of_local(&mut self, local_seconds: i64) -> Result<i64, Wrong> {
        self.zone.moment(local_seconds)
    }

    /// The same of a day and a time of day in two cells.
    pub(crate) fn moment_of_two(&mut self, day: &str, time: &str) -> Result<i64, Wrong> {
        match self.read(trimmed(day))? {
            Read::Civil(Civil {
                day, time: None, ..
            }) => {
                let time = read_time_alone(trimmed(time))?;
                self.moment_of(Read::Civil(Civil {
                    day,
                    time: Some(time),
                    offset_seconds: None,
                }))
            }
            read => self.moment_of(read),
        }
    }

    fn moment_of(&mut self, read: Read) -> Result<i64, Wrong> {
        let (seconds, fraction) = match read {
            Read::Moment { seconds, fraction } => (seconds, fraction),
            Read::Civil(civil) => {
                let time = match civil.time {
                    Some(time) => time,
                    None if self.is_midnight_without_time => Time::default(),
                    None => return Err(Wrong::TimeMissing),
                };
                self.within_bounds(civil.day)?;
                let local = i64::from(civil.day) * DAY_SECONDS + time.second_of_day;
                let seconds = match civil.offset_seconds {
                    Some(offset) => local - offset,
                    None => self.zone.moment(local)?,
                };
                (seconds, time.fraction)
            }
        };
        match fraction.has_more && !self.is_fraction_cut {
            true => Err(Wrong::TooFine),
            false => Ok(seconds * MICROS + fraction.micros),
        }
    }

    fn day_of(&self, read: &Read) -> Result<i32, Wrong> {
        match read {
            Read::Civil(Civil { day, time, .. }) if time.unwrap_or_default() == Time::default() => {
                Ok(*day)
            }
            Read::Civil(_) => Err(Wrong::TimeInDate),
            Read::Moment { .. } => Err(Wrong::BareNumber),
        }
    }

    fn within_bounds(&self, day: i32) -> Result<i32, Wrong> {
        match day {
            day if day < self.min => Err(Wrong::BelowMin),
            day if day > self.max => Err(Wrong::AboveMax),
            day => Ok(day),
        }
    }

    fn read(&self, text: &str) -> Result<Read, Wrong> {
        if let Some(numbers) = self.numbers
            && let Some(read) = bare_number(text, numbers)
        {
            return read;
        }
        let tokens = Tokens::of(text)?;
        let mut rest = tokens.all();
        let day = self.read_day(&mut rest)?;
        pass_weekday(&mut rest, day)?;
        let time = read_time(&mut rest)?;
        let offset_seconds = match time {
            Some(_) => read_offset(&mut rest)?,
            None => None,
        };
        match rest {
            [] => Ok(Read::Civil(Civil {
                day,
                time,
                offset_seconds,
            })),
            _ => Err(Wrong::NotADate),
        }
    }

    /// Reads the day and moves past it.
    fn read_day(&self, rest: &mut &[Token]) -> Result<i32, Wrong> {
        use Token::{Mark, Month, Number, Word};
        let (year, month, day, length) = match **rest {
            // 20261122, 202611221505, 20261122150500: the time is left where it can be read.
            [
                Number {
                    value,
                    digits: 8 | 12 | 14,
                },
                ..,
            ] => return self.read_run(value, rest),
            [Number { value: day, .. }, ref after @ ..]
                if day < 100 && month_at(after).is_some() =>
            {
                let (month, at) = month_at(after).unwrap_or_default();
                let year_at =
                    at + usize::from(matches!(after.get(at), Some(Mark('-' | '/' | '.'))));
                match after.get(year_at) {
                    Some(Number {
                        value: year,
                        digits: 4,
                    }) => (*year, month, day, 2 + year_at),
                    _ => return Err(Wrong::NotADate),
                }
            }
            [
                Month(month),
                Number { value: day, .. },
                Mark(','),
                Number {
                    value: year,
                    digits: 4,
                },
                ..,
            ] => (year, u64::from(month), day, 4),
            [
                Month(month),
                Number { value: day, .. },
                Number {
                    value: year,
                    digits: 4,
                },
                ..,
            ] => (year, u64::from(month), day, 3),
            [
                Number {
                    value: year,
                    digits: 4,
                },
                Word('년'),
                Number { value: month, .. },
                Word('월'),
                Number { value: day, .. },
                Word('일'),
                ..,
            ] => (year, month, day, 6),
            [
                Number {
                    value: first,
                    digits: first_digits,
                },
                Mark(mark @ ('-' | '.' | '/')),
                Number { value: second, .. },
                Mark(same),
                Number {
                    value: third,
                    digits: third_digits,
                },
                ref after @ ..,
            ] if mark == same => {
                let (year, month, day) =
                    self.in_order((first, first_digits), second, (third, third_digits))?;
                let ends_with_point = mark == '.' && matches!(after.first(), Some(Mark('.')));
                (year, month, day, 5 + usize::from(ends_with_point))
            }
            [Number { .. }] => return Err(Wrong::BareNumber),
            _ => return Err(Wrong::NotADate),
        };
        *rest = &rest[length..];
        day_number(year, month, day)
    }

    /// Which of three numbers is which.
    fn in_order(
        &self,
        (first, first_digits): (u64, u8),
        second: u64,
        (third, third_digits): (u64, u8),
    ) -> Result<(u64, u64, u64), Wrong> {
        if first_digits == 4 && third_digits <= 2 {
            return Ok((first, second, third));
        }
        let year_of = |value: u64, digits: u8| match digits {
            4 => Ok(value),
            2 => Ok(2000 + value),
            _ => Err(Wrong::NotADate),
        };
        match self.order.ok_or(Wrong::OrderUnknown)? {
            DateOrder::YearMonthDay => Ok((year_of(first, first_digits)?, second, third)),
            DateOrder::DayMonthYear => Ok((year_of(third, third_digits)?, second, first)),
            DateOrder::MonthDayYear => Ok((year_of(third, third_digits)?, first, second)),
        }
    }

    /// 20261122 and, with the time in the same digits, 20261122150500.
    fn read_run(&self, value: u64, rest: &mut &[Token]) -> Result<i32, Wrong> {
        let Token::Number { digits, .. } = rest[0] else {
            return Err(Wrong::NotADate);
        };
        let time_digits = u32::from(digits) - 8;
        let date = value / 10_u64.pow(time_digits);
        *rest = match time_digits {
            0 => &rest[1..],
            // The time stays as the tail of the run: see `read_time`.
            _ => rest,
        };
        day_number(date / 10_000, date / 100 % 100, date % 100)
    }
}

/// What a text says.
enum Read {
    Civil(Civil),
    Moment { seconds: i64, fraction: Fraction },
}

#[derive(Clone, Copy)]
struct Civil {
    day: i32,
    time: Option<Time>,
    offset_seconds: Option<i64>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Time {
    second_of_day: i64,
    fraction: Fraction,
}

/// A part of a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Fraction {
    micros: i64,
    /// Whether something smaller was said as well.
    has_more: bool,
}

impl Time {
    fn of(hour: u64, minute: u64, second: u64, fraction: Fraction) -> Result<Self, Wrong> {
        if hour > 23 || minute > 59 || second > 59 {
            return Err(Wrong::NoSuchTime);
        }
        let second_of_day = (hour * 3600 + minute * 60 + second) as i64;
        Ok(Self {
            second_of_day,
            fraction,
        })
    }
}

/// The day of a date that there is, by arithmetic: days are counted from a March, so that a leap day is the last of its year.
fn day_number(year: u64, month: u64, day: u64) -> Result<i32, Wrong> {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let length = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return Err(Wrong::NoSuchDay),
    };
    if !(1..=9999).contains(&year) || !(1..=length).contains(&day) {
        return Err(Wrong::NoSuchDay);
    }
    // Both fit easily: four digits of a year at most.
    let (year, month, day) = (year as i32, month as i32, day as i32);
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    let days = year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    // 0000-03-01 is 719,468 days before 1970-01-01.
    Ok(days + day_of_year - 719_468)
}

/// `2026-11-22`, when it is that.
fn plain_day(text: &[u8]) -> Option<Result<i32, Wrong>> {
    match text {
        [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] => {
            let digits = [*y1, *y2, *y3, *y4, *m1, *m2, *d1, *d2];
            let [y1, y2, y3, y4, m1, m2, d1, d2] = all_digits(digits)?;
            let year = y1 * 1000 + y2 * 100 + y3 * 10 + y4;
            Some(day_number(year, m1 * 10 + m2, d1 * 10 + d2))
        }
        _ => None,
    }
}

/// `2026-11-22 15:05:00`, when it is that: the day and the second of it.
fn plain_moment(text: &[u8]) -> Option<(Result<i32, Wrong>, i64)> {
    let (day, time) = text.split_at_checked(10)?;
    let [b' ' | b'T', h1, h2, b':', m1, m2, b':', s1, s2] = time else {
        return None;
    };
    let [h1, h2, m1, m2, s1, s2] = all_digits([*h1, *h2, *m1, *m2, *s1, *s2])?;
    let time = Time::of(
        h1 * 10 + h2,
        m1 * 10 + m2,
        s1 * 10 + s2,
        Fraction::default(),
    )
    .ok()?;
    Some((plain_day(day)?, time.second_of_day))
}

fn all_digits<const N: usize>(bytes: [u8; N]) -> Option<[u64; N]> {
    let are_digits = bytes.iter().all(u8::is_ascii_digit);
    are_digits.then(|| bytes.map(|byte| u64::from(byte - b'0')))
}

/// A bare number, where the mapping says what those are. `None`: it is none, or no such one.
fn bare_number(text: &str, numbers: DateNumbers) -> Option<Result<Read, Wrong>> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let (digits, is_minus) = match whole.strip_prefix('-') {
        Some(digits) => (digits, true),
        None => (whole, false),
    };
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    // 17 digits fit whatever they are multiplied by here.
    if digits.is_empty() || digits.len() > 17 || !is_number(digits) || !is_number(fraction) {
        return None;
    }
    let value = digits
        .bytes()
        .fold(0, |value, digit| value * 10 + i64::from(digit - b'0'));
    let mut part = fraction_of(fraction);
    let value = if is_minus {
        part.micros = -part.micros;
        -value
    } else {
        value
    };
    match numbers {
        // Excel ends at 9999-12-31, day 2,958,465; eight digits are a date written without marks.
        DateNumbers::Excel if digits.len() <= 7 => Some(excel(value, fraction)),
        DateNumbers::Excel => None,
        DateNumbers::Seconds => Some(moment(value, part)),
        DateNumbers::Milliseconds if fraction.is_empty() => Some(moment(
            value.div_euclid(1000),
            Fraction {
                micros: value.rem_euclid(1000) * 1000,
                has_more: false,
            },
        )),
        DateNumbers::Milliseconds => None,
    }
}

/// Moments of years of four digits, as everywhere here.
fn moment(seconds: i64, fraction: Fraction) -> Result<Read, Wrong> {
    const YEAR_10000: i64 = 253_402_300_800;
    const YEAR_1: i64 = -62_135_596_800;
    match seconds {
        YEAR_1..YEAR_10000 => Ok(Read::Moment { seconds, fraction }),
        _ => Err(Wrong::NoSuchDay),
    }
}

/// A day as Excel counts, with the time as a fraction, which it keeps to about a microsecond: to the nearest second. Before 1900-03-01 Excel counts a
/// day that never was.
fn excel(serial: i64, fraction: &str) -> Result<Read, Wrong> {
    const FIRST: i64 = 61;
    const LAST: i64 = 2_958_465;
    /// 1970-01-01
    const EPOCH: i64 = 25_569;
    if !(FIRST..=LAST).contains(&serial) {
        return Err(Wrong::NoSuchDay);
    }
    let digits = &fraction.as_bytes()[..fraction.len().min(12)];
    let part = digits
        .iter()
        .fold(0, |part, digit| part * 10 + i64::from(digit - b'0'));
    let whole = 10_i64.pow(digits.len() as u32);
    let second = (part * DAY_SECONDS + whole / 2) / whole;
    let local = (serial - EPOCH) * DAY_SECONDS + second;
    let time = Time {
        second_of_day: local.rem_euclid(DAY_SECONDS),
        fraction: Fraction::default(),
    };
    Ok(Read::Civil(Civil {
        day: local.div_euclid(DAY_SECONDS) as i32,
        // A serial without a fraction is a day; the time of midnight is the same to a column of days.
        time: (!fraction.is_empty()).then_some(time),
        offset_seconds: None,
    }))
}

/// Digits behind a point.
fn fraction_of(fraction: &str) -> Fraction {
    let mut micros = 0;
    for place in 0..6 {
        let digit = fraction
            .as_bytes()
            .get(place)
            .map_or(0, |digit| i64::from(digit - b'0'));
        micros = micros * 10 + digit;
    }
    let mut smaller = fraction.bytes().skip(6);
    Fraction {
        micros,
        has_more: smaller.any(|digit| digit != b'0'),
    }
}

/// One part of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Number {
        value: u64,
        digits: u8,
    },
    /// `-`, `.`, `/`, `:`, `,`, `+`
    Mark(char),
    /// 년, 월, 일, 시, 분, 초, `T`, `Z`
    Word(char),
    Month(u8),
    Morning,
    Afternoon,
    /// (일), 일요일: days since Monday.
    Weekday(u8),
    Korea,
}

/// The parts of a date: no spelling that is known here has more.
struct Tokens {
    tokens: [Token; Self::MAX],
    count: usize,
}

impl Tokens {
    const MAX: usize = 24;

    fn of(text: &str) -> Result<Self, Wrong> {
        let mut tokens = Self {
            tokens: [Token::Mark(' '); Self::MAX],
            count: 0,
        };
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let (token, length) = match narrow(first) {
                ' ' => {
                    rest = &rest[first.len_utf8()..];
                    continue;
                }
                '0'..='9' => number(rest)?,
                sign @ ('-' | '.' | '/' | ':' | ',' | '+') => (Token::Mark(sign), first.len_utf8()),
                _ => word(rest).ok_or(Wrong::NotADate)?,
            };
            *tokens.tokens.get_mut(tokens.count).ok_or(Wrong::NotADate)? = token;
            tokens.count += 1;
            rest = &rest[length..];
        }
        Ok(tokens)
    }

    fn all(&self) -> &[Token] {
        &self.tokens[..self.count]
    }
}

fn number(text: &str) -> Result<(Token, usize), Wrong> {
    let mut value: u64 = 0;
    let mut digits = 0;
    let mut length = 0;
    for character in text.chars() {
        let digit = match narrow(character) {
            digit @ '0'..='9' => u64::from(digit as u32 - '0' as u32),
            _ => break,
        };
        digits += 1;
        // 14 digits are a date with its time; more only a fraction of a second has, of which nine are enough.
        if digits > 18 {
            return Err(Wrong::NotADate);
        }
        value = value * 10 + digit;
        length += character.len_utf8();
    }
    Ok((Token::Number { value, digits }, length))
}

/// Words in the order in which they are looked for: the longer before the one it begins with.
const WORDS: &[(&str, Token)] = &[
    ("오전", Token::Morning),
    ("오후", Token::Afternoon),
    ("a.m.", Token::Morning),
    ("p.m.", Token::Afternoon),
    ("am", Token::Morning),
    ("pm", Token::Afternoon),
    ("월요일", Token::Weekday(0)),
    ("화요일", Token::Weekday(1)),
    ("수요일", Token::Weekday(2)),
    ("목요일", Token::Weekday(3)),
    ("금요일", Token::Weekday(4)),
    ("토요일", Token::Weekday(5)),
    ("일요일", Token::Weekday(6)),
    ("(월)", Token::Weekday(0)),
    ("(화)", Token::Weekday(1)),
    ("(수)", Token::Weekday(2)),
    ("(목)", Token::Weekday(3)),
    ("(금)", Token::Weekday(4)),
    ("(토)", Token::Weekday(5)),
    ("(일)", Token::Weekday(6)),
    ("년", Token::Word('년')),
    ("월", Token::Word('월')),
    ("일", Token::Word('일')),
    ("시", Token::Word('시')),
    ("분", Token::Word('분')),
    ("초", Token::Word('초')),
    ("january", Token::Month(1)),
    ("february", Token::Month(2)),
    ("march", Token::Month(3)),
    ("april", Token::Month(4)),
    ("june", Token::Month(6)),
    ("july", Token::Month(7)),
    ("august", Token::Month(8)),
    ("september", Token::Month(9)),
    ("october", Token::Month(10)),
    ("november", Token::Month(11)),
    ("december", Token::Month(12)),
    ("jan", Token::Month(1)),
    ("feb", Token::Month(2)),
    ("mar", Token::Month(3)),
    ("apr", Token::Month(4)),
    ("may", Token::Month(5)),
    ("jun", Token::Month(6)),
    ("jul", Token::Month(7)),
    ("aug", Token::Month(8)),
    ("sept", Token::Month(9)),
    ("sep", Token::Month(9)),
    ("oct", Token::Month(10)),
    ("nov", Token::Month(11)),
    ("dec", Token::Month(12)),
    ("utc", Token::Word('Z')),
    ("gmt", Token::Word('Z')),
    ("kst", Token::Korea),
    ("t", Token::Word('T')),
    ("z", Token::Word('Z')),
];

fn word(text: &str) -> Option<(Token, usize)> {
    let first = text.as_bytes().first()?.to_ascii_lowercase();
    let found = WORDS.iter().find(|(word, _)| {
        word.as_bytes()[0] == first
            && text
                .split_at_checked(word.len())
                .is_some_and(|(front, _)| front.eq_ignore_ascii_case(word))
    });
    found.map(|(word, token)| (*token, word.len()))
}

/// A month's name, with a mark before it or not, and how many parts that are.
fn month_at(tokens: &[Token]) -> Option<(u64, usize)> {
    match *tokens {
        [Token::Month(month), ..] => Some((u64::from(month), 1)),
        [Token::Mark('-' | '/' | '.'), Token::Month(month), ..] => Some((u64::from(month), 2)),
        _ => None,
    }
}

/// Moves past the weekday, which says the day once more: where the two differ one of them is a slip.
fn pass_weekday(rest: &mut &[Token], day: i32) -> Result<(), Wrong> {
    let [Token::Weekday(weekday), after @ ..] = *rest else {
        return Ok(());
    };
    *rest = after;
    // 1970-01-01 was a Thursday.
    match (day + 3).rem_euclid(7) == i32::from(*weekday) {
        true => Ok(()),
        false => Err(Wrong::OtherWeekday),
    }
}

fn read_time_alone(text: &str) -> Result<Time, Wrong> {
    let tokens = Tokens::of(text)?;
    let mut rest = tokens.all();
    let time = match *rest {
        // 150500 and 1505 in a cell of their own.
        [
            Token::Number {
                value,
                digits: 5 | 6,
            },
        ] => time_of_run(value, 6)?,
        [
            Token::Number {
                value,
                digits: 3 | 4,
            },
        ] => time_of_run(value, 4)?,
        _ => {
            let time = read_time(&mut rest)?.ok_or(Wrong::NoSuchTime)?;
            if !rest.is_empty() {
                return Err(Wrong::NoSuchTime);
            }
            time
        }
    };
    Ok(time)
}

fn time_of_run(value: u64, digits: u8) -> Result<Time, Wrong> {
    let value = if digits == 4 { value * 100 } else { value };
    Time::of(
        value / 10_000,
        value / 100 % 100,
        value % 100,
        Fraction::default(),
    )
}

/// Reads a time of day and moves past it. `None` when nothing is left.
fn read_time(rest: &mut &[Token]) -> Result<Option<Time>, Wrong> {
    if let [Token::Word('T') | Token::Mark(','), after @ ..] = *rest {
        *rest = after;
    }
    let half_before = read_half(rest);
    let (hour, minute, second, fraction) = match **rest {
        [] if half_before.is_none() => return Ok(None),
        [
            Token::Number {
                value,
                digits: digits @ (12 | 14),
            },
            ref after @ ..,
        ] => {
            *rest = after;
            let time = value % 10_u64.pow(u32::from(digits) - 8);
            return time_of_run(time, digits - 8).map(Some);
        }
        [
            Token::Number {
                value,
                digits: digits @ (4 | 6),
            },
            ref after @ ..,
        ] => {
            *rest = after;
            return time_of_run(value, digits).map(Some);
        }
        [
            Token::Number {
                value: hour,
                digits: 1 | 2,
            },
            Token::Mark(':'),
            Token::Number {
                value: minute,
                digits: 2,
            },
            ref after @ ..,
        ] => {
            *rest = after;
            let (second, fraction) = read_seconds(rest);
            (hour, minute, second, fraction)
        }
        [
            Token::Number {
                value: hour,
                digits: 1 | 2,
            },
            Token::Word('시'),
            ref after @ ..,
        ] => {
            *rest = after;
            let minute = read_counted(rest, '분');
            let second = read_counted(rest, '초');
            (hour, minute, second, Fraction::default())
        }
        _ => return Err(Wrong::NotADate),
    };
    let half_after = read_half(rest);
    if half_before.is_some() && half_after.is_some() {
        return Err(Wrong::NoSuchTime);
    }
    let hour = hour_of_day(hour, half_before.or(half_after))?;
    Time::of(hour, minute, second, fraction).map(Some)
}

/// The half of the day.
#[derive(Clone, Copy)]
enum Half {
    Morning,
    Afternoon,
}

fn read_half(rest: &mut &[Token]) -> Option<Half> {
    let (half, after) = match *rest {
        [Token::Morning, after @ ..] => (Half::Morning, after),
        [Token::Afternoon, after @ ..] => (Half::Afternoon, after),
        _ => return None,
    };
    *rest = after;
    Some(half)
}

/// 오전 12:05 and 오전 0:05 are both five past midnight.
fn hour_of_day(hour: u64, half: Option<Half>) -> Result<u64, Wrong> {
    match (half, hour) {
        (None, hour) => Ok(hour),
        (Some(Half::Morning), 0..=12) => Ok(hour % 12),
        (Some(Half::Afternoon), 0..=12) => Ok(hour % 12 + 12),
        _ => Err(Wrong::NoSuchTime),
    }
}

fn read_seconds(rest: &mut &[Token]) -> (u64, Fraction) {
    let [
        Token::Mark(':'),
        Token::Number {
            value: second,
            digits: 2,
        },
        ref after @ ..,
    ] = **rest
    else {
        return (0, Fraction::default());
    };
    *rest = after;
    let [
        Token::Mark('.' | ','),
        Token::Number { value, digits },
        ref after @ ..,
    ] = **rest
    else {
        return (second, Fraction::default());
    };
    *rest = after;
    let (micros, rest_of_it) = match digits {
        0..=6 => (value * 10_u64.pow(6 - u32::from(digits)), 0),
        _ => {
            let smaller = 10_u64.pow(u32::from(digits) - 6);
            (value / smaller, value % smaller)
        }
    };
    let fraction = Fraction {
        micros: micros as i64,
        has_more: rest_of_it != 0,
    };
    (second, fraction)
}

fn read_counted(rest: &mut &[Token], unit: char) -> u64 {
    match **rest {
        [
            Token::Number {
                value,
                digits: 1 | 2,
            },
            Token::Word(word),
            ref after @ ..,
        ] if word == unit => {
            *rest = after;
            value
        }
        _ => 0,
    }
}

/// Reads `Z`, `KST`, `+09:00`, `+0900` or `+09` and moves past it.
fn read_offset(rest: &mut &[Token]) -> Result<Option<i64>, Wrong> {
    let (seconds, after) = match *rest {
        [] => return Ok(None),
        [Token::Word('Z'), after @ ..] => (0, after),
        [Token::Korea, after @ ..] => (9 * 3600, after),
        [
            Token::Mark(sign @ ('+' | '-')),
            Token::Number {
                value: hours,
                digits: 2,
            },
            Token::Mark(':'),
            Token::Number {
                value: minutes,
                digits: 2,
            },
            after @ ..,
        ] => (offset(*sign, *hours, *minutes)?, after),
        [
            Token::Mark(sign @ ('+' | '-')),
            Token::Number { value, digits: 4 },
            after @ ..,
        ] => (offset(*sign, value / 100, value % 100)?, after),
        [
            Token::Mark(sign @ ('+' | '-')),
            Token::Number {
                value: hours,
                digits: 2,
            },
            after @ ..,
        ] => (offset(*sign, *hours, 0)?, after),
        _ => return Err(Wrong::NotADate),
    };
    *rest = after;
    Ok(Some(seconds))
}

fn offset(sign: char, hours: u64, minutes: u64) -> Result<i64, Wrong> {
    if hours > 18 || minutes > 59 {
        return Err(Wrong::NoSuchTime);
    }
    let seconds = (hours * 3600 + minutes * 60) as i64;
    Ok(if sign == '-' { -seconds } else { seconds })
}
