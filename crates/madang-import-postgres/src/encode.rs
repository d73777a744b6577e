//! PostgreSQL's binary form of rows, as `COPY … (FORMAT binary)` takes them: the chapter on COPY of its manual, "Binary Format".

use madang_import::{Batch, Value};

/// The signature, no flags, no header extension.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// Days and microseconds from 1970-01-01 to 2000-01-01, where PostgreSQL begins to count.
const EPOCH_DAYS: i32 = 10_957;
const EPOCH_MICROSECONDS: i64 = EPOCH_DAYS as i64 * 86_400_000_000;

/// How the values of a column are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `text`, `varchar`, `bpchar`, and what a cast makes of text.
    Text,
    SmallInteger,
    Integer,
    BigInteger,
    /// `numeric` of a whole number of units of 10^-scale.
    Numeric {
        scale: u8,
    },
    Boolean,
    Date,
    Timestamp,
}

/// A number that the column cannot hold.
#[derive(Debug)]
pub(crate) struct DoesNotFit {
    pub column: usize,
    pub value: i64,
}

/// The rows of a batch, their place in it as one more column at the end when asked for.
pub(crate) fn rows(
    batch: &Batch,
    forms: &[Form],
    is_numbered: bool,
    into: &mut Vec<u8>,
) -> Result<(), DoesNotFit> {
    into.clear();
    into.extend_from_slice(HEADER);
    let count = (forms.len() + usize::from(is_numbered)) as i16;
    for row in 0..batch.len() {
        into.extend_from_slice(&count.to_be_bytes());
        for (column, form) in forms.iter().enumerate() {
            value(batch.columns[column].value(row), *form, into)
                .map_err(|value| DoesNotFit { column, value })?;
        }
        if is_numbered {
            sized(&(row as i32).to_be_bytes(), into);
        }
    }
    into.extend_from_slice(&(-1_i16).to_be_bytes());
    Ok(())
}

fn value(value: Value<'_>, form: Form, into: &mut Vec<u8>) -> Result<(), i64> {
    match (value, form) {
        (Value::Absent, _) => into.extend_from_slice(&(-1_i32).to_be_bytes()),
        (Value::Text(text), _) => sized(text.as_bytes(), into),
        (Value::Boolean(is), _) => sized(&[u8::from(is)], into),
        (Value::Date(days), _) => sized(
            &days
                .checked_sub(EPOCH_DAYS)
                .ok_or(i64::from(days))?
                .to_be_bytes(),
            into,
        ),
        (Value::Integer(number), Form::SmallInteger) => sized(
            &i16::try_from(number).map_err(|_| number)?.to_be_bytes(),
            into,
        ),
        (Value::Integer(number), Form::Integer) => sized(
            &i32::try_from(number).map_err(|_| number)?.to_be_bytes(),
            into,
        ),
        (Value::Integer(number), Form::Numeric { scale }) => numeric(number, scale, into),
        (Value::Integer(number), Form::Timestamp) => sized(
            &number
                .checked_sub(EPOCH_MICROSECONDS)
                .ok_or(number)?
                .to_be_bytes(),
            into,
        ),
        (Value::Integer(number), _) => sized(&number.to_be_bytes(), into),
    }
    Ok(())
}

fn sized(bytes: &[u8], into: &mut Vec<u8>) {
    into.extend_from_slice(&(bytes.len() as i32).to_be_bytes());
    into.extend_from_slice(bytes);
}

/// Groups of four digits, the first with the weight of its power of 10,000; then the count of decimals to show.
fn numeric(number: i64, scale: u8, into: &mut Vec<u8>) {
    const GROUP: u128 = 10_000;
    const POSITIVE: u16 = 0x0000;
    const NEGATIVE: u16 = 0x4000;
    // Filled up to whole groups behind the point.
    let groups_behind = u32::from(scale).div_ceil(4);
    let mut rest =
        u128::from(number.unsigned_abs()) * 10_u128.pow(groups_behind * 4 - u32::from(scale));
    let mut groups = [0_u16; 12];
    let mut count = 0;
    while rest > 0 {
        groups[count] = (rest % GROUP) as u16;
        rest /= GROUP;
        count += 1;
    }
    let weight = count as i16 - 1 - groups_behind as i16;
    let first_not_zero = groups[..count]
        .iter()
        .position(|group| *group != 0)
        .unwrap_or(count);
    let groups = &groups[first_not_zero..count];
    into.extend_from_slice(&((8 + groups.len() * 2) as i32).to_be_bytes());
    into.extend_from_slice(&(groups.len() as i16).to_be_bytes());
    into.extend_from_slice(&weight.to_be_bytes());
    into.extend_from_slice(&(if number < 0 { NEGATIVE } else { POSITIVE }).to_be_bytes());
    into.extend_from_slice(&u16::from(scale).to_be_bytes());
    groups
        .iter()
        .rev()
        .for_each(|group| into.extend_from_slice(&group.to_be_bytes()));
}
