//! Rows as JSON.

use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use madang_import::{Batch, Field, IfEmpty, Kind, RunKey, Value};
use serde_json::{Map, json};

/// How many digits of the run's key are in a row's: chance does not make two runs share them.
const RUN_DIGITS: usize = 16;

/// The key of a row: the same for the same row of the same run, also when it is sent again from a file of refused rows.
pub(crate) fn key(run: &RunKey, batch: &Batch, row: usize) -> String {
    let place = &batch.places[row];
    let digits: String = run.0.chars().take(RUN_DIGITS).collect();
    format!("{digits}-{}-{}", place.input, place.row)
}

/// A row: columns by name, numbers as numbers, days and moments as ISO 8601 says. A number with decimals is a text, which no receiver rounds. What is not said
/// is left out; `null` takes away what the receiver has.
pub(crate) fn row(batch: &Batch, row: usize) -> serde_json::Value {
    let values = batch.schema.fields.iter().zip(batch.row(row));
    let is_said = |(field, value): &(&Field, Value<'_>)| {
        *value != Value::Absent || field.if_empty == IfEmpty::Clear
    };
    let values = values.filter(is_said);
    let members = values.map(|(field, value)| (field.name.clone(), of(value, field.kind)));
    serde_json::Value::Object(members.collect::<Map<_, _>>())
}

fn of(value: Value<'_>, kind: Kind) -> serde_json::Value {
    match (value, kind) {
        (Value::Absent, _) => serde_json::Value::Null,
        (Value::Text(text), _) => json!(text),
        (Value::Boolean(is), _) => json!(is),
        (Value::Integer(units), Kind::Decimal { scale }) => json!(decimal(units, scale)),
        (Value::Integer(microseconds), Kind::Timestamp) => {
            Timestamp::from_microsecond(microseconds)
                .map_or_else(|_| json!(microseconds), |moment| json!(moment.to_string()))
        }
        (Value::Integer(number), _) => json!(number),
        (Value::Date(days), _) => {
            let day =
                date(1970, 1, 1).checked_add(SignedDuration::from_hours(24 * i64::from(days)));
            day.map_or_else(|_| json!(days), |day| json!(day.to_string()))
        }
    }
}

fn decimal(units: i64, scale: u8) -> String {
    let scale = usize::from(scale);
    let digits = format!("{:0>width$}", units.unsigned_abs(), width = scale + 1);
    let (whole, part) = digits.split_at(digits.len() - scale);
    let sign = if units < 0 { "-" } else { "" };
    if scale == 0 {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{part}")
    }
}
