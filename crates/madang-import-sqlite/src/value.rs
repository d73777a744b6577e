//! Values as SQLite has them.

use jiff::civil::Date;
use jiff::{Span, Timestamp};
use madang_import::{Kind, Value};
use rusqlite::types::{ToSqlOutput, Value as Stored, ValueRef};

/// A value to be bound.
pub fn bound(value: Value<'_>, kind: Kind) -> ToSqlOutput<'_> {
    match (value, kind) {
        (Value::Absent, _) => ToSqlOutput::Borrowed(ValueRef::Null),
        (Value::Text(text), _) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
        (Value::Integer(units), Kind::Decimal { scale }) => owned(decimal(units, scale)),
        (Value::Integer(microseconds), Kind::Timestamp) => owned(moment(microseconds)),
        (Value::Integer(number), _) => ToSqlOutput::Owned(Stored::Integer(number)),
        (Value::Date(days), _) => owned(day(days)),
        (Value::Boolean(is), _) => ToSqlOutput::Owned(Stored::Integer(is.into())),
    }
}

/// A value as SQL has it.
pub fn literal(value: Value<'_>, kind: Kind) -> String {
    match bound(value, kind) {
        ToSqlOutput::Owned(Stored::Integer(number)) => number.to_string(),
        ToSqlOutput::Owned(Stored::Text(text)) => quoted_text(&text),
        ToSqlOutput::Borrowed(ValueRef::Text(text)) => quoted_text(&String::from_utf8_lossy(text)),
        _ => "NULL".to_owned(),
    }
}

fn quoted_text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn owned(text: String) -> ToSqlOutput<'static> {
    ToSqlOutput::Owned(Stored::Text(text))
}

/// Units of 10^-scale as people write them: -1234 at scale 2 is -12.34.
fn decimal(units: i64, scale: u8) -> String {
    if scale == 0 {
        return units.to_string();
    }
    let sign = if units < 0 { "-" } else { "" };
    let scale = usize::from(scale);
    let digits = format!("{:0>width$}", units.unsigned_abs(), width = scale + 1);
    let (whole, part) = digits.split_at(digits.len() - scale);
    format!("{sign}{whole}.{part}")
}

/// `2026-11-22`; the checker lets through only days that a calendar has, and what it has not stays a number.
fn day(days: i32) -> String {
    Span::new()
        .try_days(days)
        .and_then(|days| Date::constant(1970, 1, 1).checked_add(days))
        .map_or_else(|_| days.to_string(), |date| date.to_string())
}

/// `2026-11-22T06:05:00.000000Z`: always as long, so that texts stand in the order of time.
fn moment(microseconds: i64) -> String {
    Timestamp::from_microsecond(microseconds).map_or_else(
        |_| microseconds.to_string(),
        |moment| format!("{moment:.6}"),
    )
}

#[cfg(test)]
mod tests {
    use super::{day, decimal, moment};

    #[test]
    fn values_are_written_as_people_and_sqlite_read_them() {
        let check = |units, scale, expected| assert_eq!(decimal(units, scale), expected);
        check(0, 2, "0.00");
        check(5, 2, "0.05");
        check(-5, 2, "-0.05");
        check(-1234, 2, "-12.34");
        check(1234, 0, "1234");
        check(i64::MIN, 18, "-9.223372036854775808");
        assert_eq!(day(0), "1970-01-01");
        assert_eq!(day(20_779), "2026-11-22");
        assert_eq!(day(-1), "1969-12-31");
        assert_eq!(moment(0), "1970-01-01T00:00:00.000000Z");
        assert_eq!(moment(1_795_327_500_000_001), "2026-11-22T06:05:00.000001Z");
    }
}
