//! How values are spelled in files, Korean ways first. What is accepted is one way to read it; what could be read in two ways is refused with a
//! word on how to say which is meant.
//!
//! | values | accepted | refused |
//! | --- | --- | --- |
//! | whole numbers | `4500`, `4,500`, `４５００`, `+4500`, `3.0`, `12 개` with the unit named | `4,50`, `1.5`, `1.2E+3` |
//! | negative | `-4,500`, `−4500`, `△4,500`, `▲4500`, `(4,500)`, `-₩4,500`, `₩-4,500`, `₩(4,500)`, `4500-` | `(-4500)` |
//! | money | `4,500원`, `₩4,500`, `\4500`, `KRW 4500`, `4500.00`, `4.5천원`, `3만원`, `1억` | `4500.5` (the won has no part), `4.500` (thousands or one?), `4천5백` |
//! | per cent | `12.5%` when the mapping says what it means | without that |
//! | days | `2026-11-22`, `2026.11.22`, `2026. 11. 22.`, `2026/11/22`, `20261122`, `2026년 11월 22일`, `2026-11-22(일)`, `22-Nov-2026`, `Nov 22, 2026`; a time of midnight is passed over | `01/02/2026` and `26-11-22` without `order`, a day beside another weekday |
//! | moments | a day and `15:05`, `15:05:00.123`, `오후 3:05`, `3:05 PM`, `15시 5분`; `20261122150500`; `T` between, `Z`, `KST`, `+09:00` after | `오후 15:05`, `24:00`, a day alone unless the mapping allows it |
//! | bare numbers as dates | Excel's days, seconds, milliseconds: when the mapping says which | without that |
//!
//! Nothing here allocates for a value that is right, and the plainest spelling of each is read without looking at the others.

pub(crate) mod date;
pub(crate) mod number;
mod sentence;
pub(crate) mod shown;
pub(crate) mod words;
pub(crate) mod zone;

pub(crate) use self::sentence::Wanted;

/// Why a text is not a value of its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    NotANumber,
    /// Commas that do not part thousands.
    Separators,
    /// 1.000 of won: a thousand where points part thousands, else one.
    PointOrThousands,
    /// More decimals than are kept.
    Fraction,
    /// `8.80123E+12`: digits that Excel threw away.
    Exponent,
    /// A percent sign that the mapping does not speak of.
    PercentSign,
    /// `3박스` where the mapping knows no such unit.
    UnitUnknown,
    /// A bare number where no unit of the mapping counts one.
    UnitMissing,
    TooLarge,
    BelowMin,
    AboveMax,
    NotADate,
    /// 01/02/2026
    OrderUnknown,
    NoSuchDay,
    NoSuchTime,
    /// A bare number that the mapping does not speak of.
    BareNumber,
    TimeMissing,
    /// A time of day in a column of days.
    TimeInDate,
    /// The hour that is left out when clocks go forward.
    SkippedHour,
    /// A day beside the name of another weekday.
    OtherWeekday,
    /// More than millionths of a second.
    TooFine,
    NotYesNo,
    NotAChoice,
    TooShort,
    TooLong,
    NotDigits,
    NulCharacter,
}

/// A cell's text without the spaces around it: those of Unicode, and the invisible ones that files pick up on their way.
pub(crate) fn trimmed(text: &str) -> &str {
    let bytes = text.as_bytes();
    let is_plain = |byte: u8| matches!(byte, 0x21..=0x7e);
    match (bytes.first(), bytes.last()) {
        (Some(first), Some(last)) if is_plain(*first) && is_plain(*last) => text,
        _ => text.trim_matches(is_space),
    }
}

pub(crate) fn is_space(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{feff}' | '\u{200b}')
}

/// The ASCII form of a character as it is typed with an input method set to wide letters.
pub(crate) fn narrow(character: char) -> char {
    match character {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(character as u32 - 0xfee0).unwrap_or(character),
        '\u{2212}' | '\u{2013}' | '△' | '▲' => '-',
        character if is_space(character) => ' ',
        character => character,
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use proptest::prelude::*;

    use super::Wrong;
    use super::date::Dates;
    use super::number::Numbers;
    use super::zone::known;
    use crate::check::Moments;
    use crate::check::mapping::{
        DateNumbers, DateOrder, DateRule, NumberRule, Percent, Unit, UnitFactor,
    };

    fn seoul() -> TimeZone {
        known("Asia/Seoul").unwrap()
    }

    #[test]
    fn whole_numbers() {
        let rule = NumberRule {
            units: ["개", "EA"].map(Unit::one).to_vec(),
            min: Some(-5_000),
            max: Some(10_000_000),
            ..NumberRule::default()
        };
        let numbers = Numbers::of(&rule, false);
        let check = |text: &str, expected: Result<i64, Wrong>| {
            assert_eq!(numbers.parse(text), expected, "{text:?}")
        };
        for (text, expected) in [
            ("4500", 4500),
            ("0", 0),
            ("007", 7),
            ("-12", -12),
            ("+12", 12),
            ("4,500", 4500),
            ("1,234,567", 1_234_567),
            ("４，５００", 4500),
            ("３", 3),
            ("3.0", 3),
            ("3.000", 3),
            (" 4500\u{a0}", 4500),
            ("\u{feff}12", 12),
            ("12개", 12),
            ("12 개", 12),
            ("1,200 ea", 1200),
            ("−4500", -4500),
            ("－4500", -4500),
            ("△4,500", -4500),
            ("▲4500", -4500),
            ("△ 4,500", -4500),
            ("(4,500)", -4500),
            ("（4,500）", -4500),
            ("- 4", -4),
            ("1000-", -1000),
            ("1,000- 개", -1000),
        ] {
            check(text, Ok(expected));
        }
        for (text, expected) in [
            ("", Wrong::NotANumber),
            ("-", Wrong::NotANumber),
            ("abc", Wrong::NotANumber),
            ("4500원", Wrong::UnitUnknown),
            ("--4", Wrong::NotANumber),
            ("4--", Wrong::NotANumber),
            ("4-개-", Wrong::NotANumber),
            ("(-4)", Wrong::NotANumber),
            ("-4-", Wrong::NotANumber),
            ("(4-)", Wrong::NotANumber),
            ("((4))", Wrong::NotANumber),
            ("5.", Wrong::NotANumber),
            ("1 234", Wrong::NotANumber),
            ("4.5.6", Wrong::NotANumber),
            ("0x10", Wrong::NotANumber),
            ("4,50", Wrong::Separators),
            ("4500,000", Wrong::Separators),
            (",500", Wrong::Separators),
            ("4,500,", Wrong::Separators),
            ("1,,000", Wrong::Separators),
            ("1.5", Wrong::Fraction),
            ("8.80123E+12", Wrong::Exponent),
            ("1e3", Wrong::Exponent),
            ("12%", Wrong::PercentSign),
            ("-5001", Wrong::BelowMin),
            ("10,000,001", Wrong::AboveMax),
            ("99999999999999999999", Wrong::TooLarge),
            (
                "99999999999999999999999999999999999999999999",
                Wrong::TooLarge,
            ),
            ("3만", Wrong::UnitUnknown),
        ] {
            check(text, Err(expected));
        }
    }

    #[test]
    fn money() {
        let numbers = Numbers::of(&NumberRule::default(), true);
        let check = |text: &str, expected: Result<i64, Wrong>| {
            assert_eq!(numbers.parse(text), expected, "{text:?}")
        };
        for (text, expected) in [
            ("4500", 4500),
            ("4,500원", 4500),
            ("4,500 원", 4500),
            ("₩4,500", 4500),
            ("￦4,500", 4500),
            ("\\4500", 4500),
            ("₩ 4,500", 4500),
            ("KRW 4,500", 4500),
            ("4500krw", 4500),
            ("-₩4,500", -4500),
            ("₩-4,500", -4500),
            ("(₩4,500)", -4500),
            ("(4,500원)", -4500),
            ("△4,500원", -4500),
            ("4500.00", 4500),
            ("4500.000", 4500),
            ("0.000", 0),
            ("4.500천원", 4500),
            ("₩(1,000)", -1000),
            ("(1,000)원", -1000),
            ("1,000- 원", -1000),
            ("1,000원-", -1000),
            ("1,000원 △", -1000),
            ("1,000 won", 1000),
            ("4.5천원", 4500),
            ("3만원", 30_000),
            ("3만 원", 30_000),
            ("1.25억", 125_000_000),
            ("２０만원", 200_000),
        ] {
            check(text, Ok(expected));
        }
        for (text, expected) in [
            ("4500.5", Wrong::Fraction),
            ("1.000", Wrong::PointOrThousands),
            ("12.500원", Wrong::PointOrThousands),
            ("1.234", Wrong::PointOrThousands),
            ("(₩(1))", Wrong::NotANumber),
            ("4.5555천원", Wrong::Fraction),
            ("4천5백원", Wrong::NotANumber),
            ("원", Wrong::NotANumber),
            ("₩₩4", Wrong::NotANumber),
            ("$4", Wrong::NotANumber),
            ("99999999999억", Wrong::TooLarge),
            ("99999999999999999억", Wrong::TooLarge),
        ] {
            check(text, Err(expected));
        }
    }

    #[test]
    fn decimals_and_per_cent() {
        let check =
            |scale: u8, percent: Option<Percent>, text: &str, expected: Result<i64, Wrong>| {
                let rule = NumberRule {
                    scale,
                    percent,
                    ..NumberRule::default()
                };
                assert_eq!(
                    Numbers::of(&rule, false).parse(text),
                    expected,
                    "{text:?} of scale {scale}"
                );
            };
        check(2, None, "1200.5", Ok(120_050));
        check(2, None, "1200", Ok(120_000));
        check(2, None, "-0.05", Ok(-5));
        check(2, None, ".5", Ok(50));
        check(2, None, "-.5", Ok(-50));
        check(2, None, "1,200.50", Ok(120_050));
        check(2, None, "1.500", Ok(150));
        check(2, None, "1.505", Err(Wrong::Fraction));
        check(2, None, "1.", Err(Wrong::NotANumber));
        check(2, None, ".", Err(Wrong::NotANumber));
        check(18, None, "9.223372036854775807", Ok(i64::MAX));
        check(18, None, "-9.223372036854775808", Ok(i64::MIN));
        check(18, None, "9.223372036854775808", Err(Wrong::TooLarge));
        check(1, Some(Percent::Number), "12.5%", Ok(125));
        check(3, Some(Percent::Fraction), "12.5%", Ok(125));
        check(3, Some(Percent::Fraction), "12.5 ％", Ok(125));
        check(2, Some(Percent::Fraction), "12.5%", Err(Wrong::Fraction));
    }

    fn unit(word: &str, factor: &str) -> Unit {
        Unit {
            word: word.to_owned(),
            factor: UnitFactor::parse(factor).unwrap(),
        }
    }

    #[test]
    fn factors_are_exact_as_far_as_64_bits_reach() {
        let check = |factor: &str, scale: u8, text: &str, expected: Result<i64, Wrong>| {
            let rule = NumberRule {
                scale,
                units: vec![unit("u", factor)],
                ..NumberRule::default()
            };
            let read = Numbers::of(&rule, false).parse(text);
            assert_eq!(read, expected, "{text:?} at {factor}");
        };
        check("1000", 0, "9223372036854775.807u", Ok(i64::MAX));
        check("1000", 0, "-9223372036854775.808 u", Ok(i64::MIN));
        check("1000", 0, "9223372036854775.808u", Err(Wrong::TooLarge));
        check("999999999999999999", 0, "9u", Ok(8_999_999_999_999_999_991));
        check("999999999999999999", 18, "9u", Err(Wrong::TooLarge));
        check(
            "999999999999999999",
            0,
            "999999999999999999999999999u",
            Err(Wrong::TooLarge),
        );
        check("0.000000000000000001", 18, "1u", Ok(1));
        check(
            "0.000000000000000001",
            0,
            "1,000,000,000,000,000,000u",
            Ok(1),
        );
        check("0.000000000000000001", 0, "1u", Err(Wrong::Fraction));
        check(
            "0.000000000000000001",
            0,
            "0.000000000000000000000000001u",
            Err(Wrong::Fraction),
        );
        check("0.5", 0, "3u", Err(Wrong::Fraction));
        check("0.50", 0, "4u", Ok(2));
    }

    fn days(year: i16, month: i8, day: i8) -> i32 {
        let since = jiff::civil::date(year, month, day)
            .since(jiff::civil::date(1970, 1, 1))
            .unwrap();
        since.get_days()
    }

    #[test]
    fn days_are_read() {
        let expected = days(2026, 11, 22);
        let mut dates = Dates::of(&DateRule::default(), seoul());
        for text in [
            "2026-11-22",
            "2026.11.22",
            "2026.11.22.",
            "2026. 11. 22.",
            "2026. 11. 22",
            "2026/11/22",
            "2026/ 11 / 22",
            "20261122",
            "2026년 11월 22일",
            "2026년11월22일",
            "2026-11-22(일)",
            "2026. 11. 22.(일)",
            "2026년 11월 22일 일요일",
            "2026년 11월 22일 (일)",
            "2026-11-22 00:00:00.0000000",
            "２０２６－１１－２２",
            "22-Nov-2026",
            "22 November 2026",
            "Nov 22, 2026",
            "2026-11-22 00:00:00",
            "2026-11-22T00:00",
            " 2026-11-22 ",
        ] {
            assert_eq!(dates.day(text), Ok(expected), "{text:?}");
        }
        assert_eq!(dates.day("2026-1-2"), Ok(days(2026, 1, 2)));
        assert_eq!(dates.day("2024-02-29"), Ok(days(2024, 2, 29)));
        for (text, wrong) in [
            ("2026-02-29", Wrong::NoSuchDay),
            ("2026-13-01", Wrong::NoSuchDay),
            ("2026-11-00", Wrong::NoSuchDay),
            ("0000-01-01", Wrong::NoSuchDay),
            ("20261332", Wrong::NoSuchDay),
            ("01/02/2026", Wrong::OrderUnknown),
            ("22/11/2026", Wrong::OrderUnknown),
            ("26-11-22", Wrong::OrderUnknown),
            ("2026-11/22", Wrong::NotADate),
            ("2026-11", Wrong::NotADate),
            ("어제", Wrong::NotADate),
            ("46348", Wrong::BareNumber),
            ("2026-11-22 15:05", Wrong::TimeInDate),
            ("2026-11-22 etwas", Wrong::NotADate),
            ("2026-11-22-", Wrong::NotADate),
            ("2026-11-22 (월)", Wrong::OtherWeekday),
            ("2026. 11. 22.(토)", Wrong::OtherWeekday),
            ("2026년 11월 23일 일요일", Wrong::OtherWeekday),
            ("2026-11-22(일)(월)", Wrong::NotADate),
        ] {
            assert_eq!(dates.day(text), Err(wrong), "{text:?}");
        }
    }

    #[test]
    fn days_in_an_order_that_the_mapping_names() {
        let check = |order: DateOrder, text: &str, expected: Result<i32, Wrong>| {
            let rule = DateRule {
                order: Some(order),
                ..DateRule::default()
            };
            assert_eq!(
                Dates::of(&rule, seoul()).day(text),
                expected,
                "{text:?} {order:?}"
            );
        };
        use DateOrder::{DayMonthYear, MonthDayYear, YearMonthDay};
        check(YearMonthDay, "26/11/22", Ok(days(2026, 11, 22)));
        check(DayMonthYear, "01/02/2026", Ok(days(2026, 2, 1)));
        check(MonthDayYear, "01/02/2026", Ok(days(2026, 1, 2)));
        check(MonthDayYear, "1/2/26", Ok(days(2026, 1, 2)));
        check(YearMonthDay, "00/01/01", Ok(days(2000, 1, 1)));
        check(YearMonthDay, "99/01/01", Ok(days(2099, 1, 1)));
        check(YearMonthDay, "26/11/22(월)", Err(Wrong::OtherWeekday));
        check(DayMonthYear, "2026-11-22", Ok(days(2026, 11, 22)));
        check(MonthDayYear, "22/11/2026", Err(Wrong::NoSuchDay));
        check(DayMonthYear, "1/2/3", Err(Wrong::NotADate));
    }

    fn moment(text: &str) -> i64 {
        text.parse::<jiff::Timestamp>().unwrap().as_microsecond()
    }

    #[test]
    fn moments_are_read() {
        let mut dates = Dates::of(&DateRule::default(), seoul());
        for (text, expected) in [
            ("2026-11-22 15:05:00", "2026-11-22T15:05:00+09:00"),
            ("2026-11-22T15:05:00", "2026-11-22T15:05:00+09:00"),
            ("2026-11-22 15:05", "2026-11-22T15:05:00+09:00"),
            ("2026. 11. 22. 오후 3:05", "2026-11-22T15:05:00+09:00"),
            ("2026. 11. 22. 오전 12:05", "2026-11-22T00:05:00+09:00"),
            ("2026. 11. 22. 오후 12:05", "2026-11-22T12:05:00+09:00"),
            ("2026-11-22 3:05 PM", "2026-11-22T15:05:00+09:00"),
            ("2026-11-22 3:05:09 a.m.", "2026-11-22T03:05:09+09:00"),
            ("2026-11-22(일) 15:05", "2026-11-22T15:05:00+09:00"),
            (
                "2026년 11월 22일 15시 5분 10초",
                "2026-11-22T15:05:10+09:00",
            ),
            ("2026년 11월 22일 오후 3시 5분", "2026-11-22T15:05:00+09:00"),
            ("2026년 11월 22일 15시", "2026-11-22T15:00:00+09:00"),
            ("20261122150510", "2026-11-22T15:05:10+09:00"),
            ("202611221505", "2026-11-22T15:05:00+09:00"),
            ("20261122 150510", "2026-11-22T15:05:10+09:00"),
            (
                "2026-11-22T15:05:00.123456000",
                "2026-11-22T15:05:00.123456+09:00",
            ),
            (
                "2026-11-22T15:05:00.1234560",
                "2026-11-22T15:05:00.123456+09:00",
            ),
            (
                "2026-11-22T15:05:00.000000000000000000",
                "2026-11-22T15:05:00+09:00",
            ),
            ("2026-11-22T15:05:00,5", "2026-11-22T15:05:00.5+09:00"),
            ("2026-11-22T15:05:00Z", "2026-11-22T15:05:00Z"),
            ("2026-11-22 15:05:00 UTC", "2026-11-22T15:05:00Z"),
            ("2026-11-22 15:05:00 KST", "2026-11-22T15:05:00+09:00"),
            ("2026-11-22T15:05:00-05:30", "2026-11-22T15:05:00-05:30"),
            ("2026-11-22T15:05:00+0200", "2026-11-22T15:05:00+02:00"),
            ("2026-11-22T15:05:00.25+02", "2026-11-22T15:05:00.25+02:00"),
            ("1960-01-01 12:00:00", "1960-01-01T12:00:00+08:30"),
        ] {
            assert_eq!(dates.moment(text), Ok(moment(expected)), "{text:?}");
        }
        for (text, wrong) in [
            ("2026-11-22", Wrong::TimeMissing),
            ("2026-11-22 24:00:00", Wrong::NoSuchTime),
            ("2026-11-22 15:60", Wrong::NoSuchTime),
            ("2026-11-22 오후 15:05", Wrong::NoSuchTime),
            ("2026-11-22 오후 3:05 PM", Wrong::NoSuchTime),
            ("2026-11-22 15", Wrong::NotADate),
            ("2026-11-22 15:5", Wrong::NotADate),
            ("2026-11-22 15:05:00 EST", Wrong::NotADate),
            ("1795359900", Wrong::BareNumber),
            ("2026-02-30 10:00:00", Wrong::NoSuchDay),
            ("2026-11-22T15:05:00.1234567", Wrong::TooFine),
            ("2026-11-22 15:05:00.000000001 KST", Wrong::TooFine),
            ("2026-11-22(월) 15:05", Wrong::OtherWeekday),
        ] {
            assert_eq!(dates.moment(text), Err(wrong), "{text:?}");
        }
    }

    #[test]
    fn day_and_time_of_two_cells() {
        let mut dates = Dates::of(&DateRule::default(), seoul());
        for time in ["15:05:10", "150510", "오후 3:05:10", "15시 5분 10초"] {
            let read = dates.moment_of_two("2026-11-22", time);
            assert_eq!(read, Ok(moment("2026-11-22T15:05:10+09:00")), "{time:?}");
        }
        // The first cell's own time wins.
        let read = dates.moment_of_two("2026-11-22 01:00", "15:05");
        assert_eq!(read, Ok(moment("2026-11-22T01:00:00+09:00")));
        assert_eq!(
            dates.moment_of_two("20261122", "905"),
            Ok(moment("2026-11-22T09:05:00+09:00"))
        );
        assert_eq!(
            dates.moment_of_two("2026-11-22", "25:00"),
            Err(Wrong::NoSuchTime)
        );
    }

    #[test]
    fn bare_numbers_are_what_the_mapping_says() {
        let rule = |numbers| DateRule {
            numbers: Some(numbers),
            is_midnight_without_time: true,
            ..DateRule::default()
        };
        let mut excel = Dates::of(&rule(DateNumbers::Excel), seoul());
        assert_eq!(excel.day("46348"), Ok(days(2026, 11, 22)));
        assert_eq!(excel.day("46348.0"), Ok(days(2026, 11, 22)));
        assert_eq!(excel.day("61"), Ok(days(1900, 3, 1)));
        assert_eq!(excel.day("60"), Err(Wrong::NoSuchDay));
        assert_eq!(excel.day("20261122"), Ok(days(2026, 11, 22)));
        assert_eq!(
            excel.moment("46348.6284722222"),
            Ok(moment("2026-11-22T15:05:00+09:00"))
        );
        assert_eq!(
            excel.moment("46348"),
            Ok(moment("2026-11-22T00:00:00+09:00"))
        );
        assert_eq!(
            excel.moment("46348.99999999"),
            Ok(moment("2026-11-23T00:00:00+09:00"))
        );
        let mut seconds = Dates::of(&rule(DateNumbers::Seconds), seoul());
        assert_eq!(seconds.moment("1795327500"), Ok(1_795_327_500_000_000));
        assert_eq!(seconds.moment("-1.5"), Ok(-1_500_000));
        assert_eq!(seconds.moment("1.1234560"), Ok(1_123_456));
        assert_eq!(seconds.moment("1.1234567"), Err(Wrong::TooFine));
        assert_eq!(seconds.moment("99999999999999"), Err(Wrong::NoSuchDay));
        let mut milliseconds = Dates::of(&rule(DateNumbers::Milliseconds), seoul());
        assert_eq!(
            milliseconds.moment("1795327500123"),
            Ok(1_795_327_500_123_000)
        );
        assert_eq!(milliseconds.moment("-1"), Ok(-1_000));
        assert_eq!(
            milliseconds.moment("2026-11-22 15:05:00"),
            Ok(moment("2026-11-22T15:05:00+09:00"))
        );
    }

    #[test]
    fn logs_of_clocks_that_tell_more_are_cut() {
        let mut moments = Moments::new(&DateRule::default(), seoul());
        let read = moments.read("2026-11-22T15:05:00.1234567Z");
        assert_eq!(read, Some(moment("2026-11-22T15:05:00.123456Z")));
    }

    #[test]
    fn every_weekday_is_looked_at() {
        let mut dates = Dates::of(&DateRule::default(), seoul());
        let names = ["일", "월", "화", "수", "목", "금", "토"];
        for day in 22..=28 {
            for (at, name) in names.into_iter().enumerate() {
                let expected = match usize::from(at == day - 22) {
                    1 => Ok(days(2026, 11, day as i8)),
                    _ => Err(Wrong::OtherWeekday),
                };
                for text in [
                    format!("2026-11-{day}({name})"),
                    format!("2026-11-{day} {name}요일"),
                ] {
                    assert_eq!(dates.day(&text), expected, "{text}");
                }
            }
        }
        assert_eq!(dates.day("1969-12-31(수)"), Ok(-1));
    }

    #[test]
    fn clocks_that_change() {
        let mut dates = Dates::of(&DateRule::default(), known("America/New_York").unwrap());
        let mut check = |text: &str, expected: &str| {
            assert_eq!(dates.moment(text), Ok(moment(expected)), "{text:?}")
        };
        check("2026-03-08 01:59:59", "2026-03-08T01:59:59-05:00");
        check("2026-03-08 03:00:00", "2026-03-08T03:00:00-04:00");
        check("2026-07-01 12:00:00", "2026-07-01T12:00:00-04:00");
        check("2026-11-01 01:30:00", "2026-11-01T01:30:00-04:00"); // the first of the two
        check("2026-11-01 02:00:00", "2026-11-01T02:00:00-05:00");
        check("2026-12-01 12:00:00", "2026-12-01T12:00:00-05:00");
        assert_eq!(dates.moment("2026-03-08 02:30:00"), Err(Wrong::SkippedHour));
    }

    fn grouped(digits: &str) -> String {
        let mut grouped = String::new();
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        grouped
    }

    fn wide(text: &str) -> String {
        let widened = |character: char| match character {
            '!'..='~' => char::from_u32(character as u32 + 0xfee0).unwrap(),
            other => other,
        };
        text.chars().map(widened).collect()
    }

    proptest! {
        #[test]
        fn an_amount_reads_back_however_it_is_written(amount in -999_999_999_999_i64..=999_999_999_999) {
            let numbers = Numbers::of(&NumberRule::default(), true);
            let digits = amount.unsigned_abs().to_string();
            let grouped = grouped(&digits);
            let dressed = [digits.clone(), grouped.clone(), format!("{grouped}원"), format!("₩{grouped}"), format!("{digits}.00"), wide(&grouped)];
            for text in dressed {
                let spelled = match amount < 0 {
                    true => vec![format!("-{text}"), format!("△{text}"), format!("({text})"), format!("−{text}")],
                    false => vec![text.clone(), format!(" {text} ")],
                };
                for text in spelled {
                    prop_assert_eq!(numbers.parse(&text), Ok(amount), "{}", text);
                }
            }
        }

        #[test]
        fn a_decimal_reads_back(number in any::<i64>(), scale in 0_u8..=18) {
            let rule = NumberRule { scale, ..NumberRule::default() };
            let text = crate::check::mapping::spelled_number(number, scale);
            prop_assert_eq!(Numbers::of(&rule, false).parse(&text), Ok(number), "{}", text);
        }

        #[test]
        fn a_factor_multiplies_and_loses_nothing(number in -1_000_000_000_i64..1_000_000_000, decimals in 0_u8..=9, factor in 1_i64..1_000_000_000, places in 0_u8..=9, scale in 0_u8..=18) {
            let spelled = crate::check::mapping::spelled_number;
            let rule = NumberRule {
                scale,
                units: vec![unit("u", &spelled(factor, places))],
                ..NumberRule::default()
            };
            let read = Numbers::of(&rule, false).parse(&format!("{}u", spelled(number, decimals)));
            // Both sides in units of 10^-18.
            let exact = i128::from(number) * i128::from(factor) * 10_i128.pow(18 - u32::from(decimals) - u32::from(places));
            let unit_of_scale = 10_i128.pow(18 - u32::from(scale));
            let expected = match exact % unit_of_scale {
                0 => i64::try_from(exact / unit_of_scale).map_err(|_| Wrong::TooLarge),
                _ => Err(Wrong::Fraction),
            };
            prop_assert_eq!(read, expected);
        }

        #[test]
        fn a_day_reads_back_however_it_is_written(day in -300_000_i32..2_900_000) {
            let Ok(date) = jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().days(day)) else {
                return Ok(());
            };
            prop_assume!(date.year() >= 1000);
            let mut dates = Dates::of(&DateRule::default(), seoul());
            for format in ["%Y-%m-%d", "%Y.%m.%d", "%Y. %-m. %-d.", "%Y/%m/%d", "%Y%m%d", "%Y년 %-m월 %-d일", "%d-%b-%Y", "%B %-d, %Y"] {
                let text = date.strftime(format).to_string();
                prop_assert_eq!(dates.day(&text), Ok(day), "{}", text);
            }
        }

        #[test]
        fn a_moment_reads_back_as_jiff_reads_it(second in -2_000_000_000_i64..4_000_000_000, zone in 0_usize..4) {
            let zone = known(["Asia/Seoul", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe"][zone]).unwrap();
            let local = jiff::Timestamp::from_second(second).unwrap().to_zoned(zone.clone()).datetime();
            let expected = local.to_zoned(zone.clone()).unwrap().timestamp().as_microsecond();
            let mut dates = Dates::of(&DateRule::default(), zone);
            // Twice: the second time the offset is remembered.
            for format in ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y. %-m. %-d. %p %-I:%M:%S", "%Y%m%d%H%M%S"] {
                let text = local.strftime(format).to_string();
                prop_assert_eq!(dates.moment(&text), Ok(expected), "{}", text);
            }
        }

        #[test]
        fn nothing_that_stands_in_a_cell_breaks_the_reading(text in ".{0,40}") {
            let mut dates = Dates::of(&DateRule { numbers: Some(DateNumbers::Excel), ..DateRule::default() }, seoul());
            let _ = (dates.day(&text), dates.moment(&text), dates.moment_of_two("2026-11-22", &text));
            let _ = Numbers::of(&NumberRule { scale: 3, ..NumberRule::default() }, true).parse(&text);
        }

        #[test]
        fn nothing_like_a_date_or_number_breaks_the_reading(text in "[0-9０-９.,:/ +()%원천만억년월일시분초오전후TZ△-]{0,30}") {
            let mut dates = Dates::of(&DateRule { order: Some(DateOrder::DayMonthYear), ..DateRule::default() }, seoul());
            let _ = (dates.day(&text), dates.moment(&text), dates.moment_of_two("20261122", &text));
            let _ = Numbers::of(&NumberRule { scale: 18, percent: Some(Percent::Fraction), ..NumberRule::default() }, true).parse(&text);
        }
    }
}
