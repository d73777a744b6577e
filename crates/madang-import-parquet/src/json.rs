//! A row as a line of JSON.

use std::io::Write as _;

use jiff::civil::{DateTime, Time};
use jiff::{SignedDuration, Timestamp};
use parquet::basic::{LogicalType, TimeUnit};
use parquet::data_type::Decimal;
use parquet::record::{Field, Row};
use parquet::schema::types::{SchemaDescriptor, Type};

/// What the schema says about the columns that a value alone does not.
pub(crate) struct Columns {
    kinds: Vec<Kind>,
}

/// How a whole number of a column is to be read.
#[derive(Clone, Copy)]
enum Kind {
    AsItIs,
    /// Units of which a second has so many, since 1970: a moment when it is kept in UTC, else a reading of somebody's clock.
    Moment {
        units_per_second: i64,
        is_utc: bool,
    },
}

const MILLISECONDS: i64 = 1_000;
const MICROSECONDS: i64 = 1_000_000;
const NANOSECONDS: i64 = 1_000_000_000;

impl Columns {
    pub(crate) fn of(schema: &SchemaDescriptor) -> Self {
        let kinds = schema
            .root_schema()
            .get_fields()
            .iter()
            .map(|field| kind(field));
        Self {
            kinds: kinds.collect(),
        }
    }

    /// Puts the row's line at the end.
    pub(crate) fn write(&self, row: &Row, into: &mut Vec<u8>) {
        into.push(b'{');
        for (index, (name, field)) in row.get_column_iter().enumerate() {
            if index > 0 {
                into.push(b',');
            }
            text(name, into);
            into.push(b':');
            value(
                field,
                self.kinds.get(index).copied().unwrap_or(Kind::AsItIs),
                into,
            );
        }
        into.extend_from_slice(b"}\n");
    }
}

fn kind(field: &Type) -> Kind {
    match field.get_basic_info().logical_type_ref() {
        Some(LogicalType::Timestamp(timestamp)) => {
            let units_per_second = match timestamp.unit {
                TimeUnit::MILLIS => MILLISECONDS,
                TimeUnit::MICROS => MICROSECONDS,
                TimeUnit::NANOS => NANOSECONDS,
            };
            Kind::Moment {
                units_per_second,
                is_utc: timestamp.is_adjusted_to_u_t_c,
            }
        }
        _ => Kind::AsItIs,
    }
}

fn value(field: &Field, kind: Kind, into: &mut Vec<u8>) {
    match field {
        Field::Null => into.extend_from_slice(b"null"),
        Field::Bool(is) => into.extend_from_slice(if *is { b"true" } else { b"false" }),
        Field::Byte(number) => shown(number, into),
        Field::Short(number) => shown(number, into),
        Field::Int(number) => shown(number, into),
        Field::Long(number) => match kind {
            Kind::AsItIs => shown(number, into),
            Kind::Moment {
                units_per_second,
                is_utc,
            } => moment(*number, units_per_second, is_utc, into),
        },
        Field::UByte(number) => shown(number, into),
        Field::UShort(number) => shown(number, into),
        Field::UInt(number) => shown(number, into),
        Field::ULong(number) => shown(number, into),
        Field::Float16(number) => float(
            f64::from(number.to_f32()),
            number.to_f32().to_string(),
            into,
        ),
        Field::Float(number) => float(f64::from(*number), number.to_string(), into),
        Field::Double(number) => float(*number, number.to_string(), into),
        Field::Decimal(number) => shown(decimal(number), into),
        Field::Str(said) => text(said, into),
        // Bytes without a kind are text in most files that old writers made.
        Field::Bytes(bytes) => text(&String::from_utf8_lossy(bytes.data()), into),
        Field::Date(days) => {
            let day = jiff::civil::date(1970, 1, 1)
                .checked_add(SignedDuration::from_hours(24 * i64::from(*days)));
            match day {
                Ok(day) => text(&day.to_string(), into),
                Err(_) => shown(days, into),
            }
        }
        Field::TimeMillis(units) => time(i64::from(*units) * (NANOSECONDS / MILLISECONDS), into),
        Field::TimeMicros(units) => time(units.saturating_mul(NANOSECONDS / MICROSECONDS), into),
        Field::TimestampMillis(units) => moment(*units, MILLISECONDS, is_utc(kind), into),
        Field::TimestampMicros(units) => moment(*units, MICROSECONDS, is_utc(kind), into),
        Field::Group(row) => {
            let members = row
                .get_column_iter()
                .map(|(name, field)| (Some(name.as_str()), field));
            nested(b"{}", members, into);
        }
        Field::ListInternal(list) => nested(
            b"[]",
            list.elements().iter().map(|field| (None, field)),
            into,
        ),
        Field::MapInternal(map) => {
            let entries = map
                .entries()
                .iter()
                .map(|(key, field)| (as_name(key), field));
            let entries: Vec<(String, &Field)> = entries.collect();
            nested(
                b"{}",
                entries
                    .iter()
                    .map(|(name, field)| (Some(name.as_str()), *field)),
                into,
            );
        }
    }
}

fn nested<'a>(
    brackets: &[u8; 2],
    members: impl Iterator<Item = (Option<&'a str>, &'a Field)>,
    into: &mut Vec<u8>,
) {
    into.push(brackets[0]);
    for (index, (name, field)) in members.enumerate() {
        if index > 0 {
            into.push(b',');
        }
        if let Some(name) = name {
            text(name, into);
            into.push(b':');
        }
        value(field, Kind::AsItIs, into);
    }
    into.push(brackets[1]);
}

fn as_name(key: &Field) -> String {
    match key {
        Field::Str(name) => name.clone(),
        other => {
            let mut name = Vec::new();
            value(other, Kind::AsItIs, &mut name);
            String::from_utf8_lossy(&name).into_owned()
        }
    }
}

/// A kind that the schema tells only by its older annotation is kept in UTC: the format's page on logical types says so.
fn is_utc(kind: Kind) -> bool {
    !matches!(kind, Kind::Moment { is_utc: false, .. })
}

fn moment(units: i64, units_per_second: i64, is_utc: bool, into: &mut Vec<u8>) {
    let nanoseconds = i128::from(units) * i128::from(NANOSECONDS / units_per_second);
    match Timestamp::from_nanosecond(nanoseconds) {
        Ok(moment) if is_utc => text(&moment.to_string(), into),
        Ok(moment) => {
            let reading: DateTime = jiff::tz::TimeZone::UTC.to_datetime(moment);
            text(&reading.to_string(), into);
        }
        // Beyond the year 9999.
        Err(_) => shown(units, into),
    }
}

fn time(nanoseconds: i64, into: &mut Vec<u8>) {
    match Time::midnight().checked_add(SignedDuration::from_nanos(nanoseconds)) {
        Ok(time) => text(&time.to_string(), into),
        Err(_) => shown(nanoseconds, into),
    }
}

fn float(number: f64, digits: String, into: &mut Vec<u8>) {
    match number.is_finite() {
        true => into.extend_from_slice(digits.as_bytes()),
        // JSON has no word for it.
        false => text(&digits, into),
    }
}

/// Its digits, of whatever length its bytes are; more than 38 are left as they cannot be.
fn decimal(number: &Decimal) -> String {
    let bytes = number.data();
    let sign = if bytes.first().is_some_and(|byte| byte & 0x80 != 0) {
        0xff
    } else {
        0
    };
    let mut wide = [sign; 16];
    let Some(from) = wide.len().checked_sub(bytes.len()) else {
        return "null".to_owned();
    };
    wide[from..].copy_from_slice(bytes);
    let units = i128::from_be_bytes(wide);
    let scale = usize::try_from(number.scale()).unwrap_or(0).min(38);
    let digits = format!("{:0>width$}", units.unsigned_abs(), width = scale + 1);
    let (whole, part) = digits.split_at(digits.len() - scale);
    let sign = if units < 0 { "-" } else { "" };
    if scale == 0 {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{part}")
    }
}

fn shown(value: impl std::fmt::Display, into: &mut Vec<u8>) {
    // Writing into memory does not fail.
    let _ = write!(into, "{value}");
}

fn text(said: &str, into: &mut Vec<u8>) {
    let _ = serde_json::to_writer(into, said);
}
