//! PostgreSQL's binary form of rows, as `COPY … (FORMAT binary)` takes them: the chapter on COPY of its manual, "Binary Format".

use std::ops::RangeInclusive;

use madang_import::{Batch, Column, Value};

/// The signature, no flags, no header extension.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// Days and microseconds from 1970-01-01 to 2000-01-01, where PostgreSQL begins to count.
const EPOCH_DAYS: i32 = 10_957;
const EPOCH_MICROSECONDS: i64 = EPOCH_DAYS as i64 * 86_400_000_000;

/// How the values of a column are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `text`, `varchar`, `bpchar`, and what a cast makes of text.
    Text {
        /// The most characters that the column holds.
        characters_max: Option<usize>,
    },
    SmallInteger,
    Integer,
    BigInteger,
    /// `numeric` of a whole number of units of 10^-scale.
    Numeric {
        scale: u8,
        keeps: Keeps,
    },
    Boolean,
    Date,
    Timestamp {
        /// The decimals of a second that the column keeps.
        decimals: u8,
        /// The column's type without them.
        column: &'static str,
    },
}

/// What a column keeps of a number with decimals; the rest it would round off without a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keeps {
    All,
    /// So many decimals; less than none: whole tens, hundreds, ….
    Decimals(i16),
    /// So many digits, as floating point does.
    Digits(u32),
}

/// A value that the column cannot hold.
#[derive(Debug)]
pub(crate) struct DoesNotFit {
    pub column: usize,
    pub value: Unfit,
}

/// What about it does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    Number(i64),
    /// The column keeps a part of it only.
    Rounded {
        units: i64,
        scale: u8,
        keeps: Keeps,
    },
    /// A moment of which the column keeps so many decimals of a second.
    Moment {
        decimals: u8,
        column: &'static str,
    },
    Text {
        characters: usize,
        characters_max: usize,
    },
}

/// The rows of a batch on their way to the server, piece by piece, so that it works on one while the next is made.
pub(crate) struct Pieces<'a> {
    batch: &'a Batch,
    forms: &'a [Form],
    is_numbered: bool,
    /// The row that comes next.
    row: usize,
}

impl<'a> Pieces<'a> {
    /// The rows of a batch, their place in it as one more column at the end when asked for. Every value is looked at here: once rows are on their way,
    /// none may turn out not to fit.
    pub(crate) fn new(
        batch: &'a Batch,
        forms: &'a [Form],
        is_numbered: bool,
    ) -> Result<Self, DoesNotFit> {
        for (column, form) in forms.iter().enumerate() {
            if let Some(value) = first_unfit(&batch.columns[column], *form) {
                return Err(DoesNotFit { column, value });
            }
        }
        Ok(Self {
            batch,
            forms,
            is_numbered,
            row: 0,
        })
    }

    /// The next piece, of about so many bytes; false when there is none any more.
    pub(crate) fn next_into(&mut self, piece: &mut Vec<u8>, bytes: usize) -> bool {
        piece.clear();
        // The end mark went out with the last row.
        if self.row > 0 && self.row == self.batch.len() {
            return false;
        }
        if self.row == 0 {
            piece.extend_from_slice(HEADER);
        }
        while self.row < self.batch.len() && piece.len() < bytes {
            self.next_row(piece);
        }
        if self.row == self.batch.len() {
            piece.extend_from_slice(&(-1_i16).to_be_bytes());
        }
        true
    }

    fn next_row(&mut self, piece: &mut Vec<u8>) {
        let count = (self.forms.len() + usize::from(self.is_numbered)) as i16;
        piece.extend_from_slice(&count.to_be_bytes());
        for (column, form) in self.batch.columns.iter().zip(self.forms) {
            value(column.value(self.row), *form, piece);
        }
        if self.is_numbered {
            sized(&(self.row as i32).to_be_bytes(), piece);
        }
        self.row += 1;
    }
}

/// The first value of a column that its form cannot hold; where none stands there is a zero or an empty text, which all hold.
fn first_unfit(column: &Column, form: Form) -> Option<Unfit> {
    match column {
        Column::Integer { values, .. } => {
            if let Some(unfit) = first_rounded(values, form) {
                return Some(unfit);
            }
            let held = held_by(form)?;
            let unfit = values.iter().copied().find(|value| !held.contains(value));
            unfit.map(Unfit::Number)
        }
        Column::Date { values, .. } => {
            let first = i32::MIN + EPOCH_DAYS;
            let unfit = values.iter().find(|days| **days < first);
            unfit.map(|days| Unfit::Number(i64::from(*days)))
        }
        Column::Text { present, .. } => {
            let Form::Text {
                characters_max: Some(characters_max),
            } = form
            else {
                return None;
            };
            (0..present.len()).find_map(|row| match column.value(row) {
                Value::Text(text) => too_long(text, characters_max),
                _ => None,
            })
        }
        Column::Boolean { .. } => None,
    }
}

/// The first number of which a column would keep a part only.
fn first_rounded(values: &[i64], form: Form) -> Option<Unfit> {
    match form {
        Form::Numeric {
            scale,
            keeps: Keeps::Decimals(decimals),
        } => {
            let passed = i32::from(scale) - i32::from(decimals);
            let step = step_of(passed)?;
            let units = *values
                .iter()
                .find(|value| i128::from(**value) % step != 0)?;
            let keeps = Keeps::Decimals(decimals);
            Some(Unfit::Rounded {
                units,
                scale,
                keeps,
            })
        }
        Form::Numeric {
            scale,
            keeps: Keeps::Digits(digits_max),
        } => {
            let units = *values.iter().find(|value| digits(**value) > digits_max)?;
            let keeps = Keeps::Digits(digits_max);
            Some(Unfit::Rounded {
                units,
                scale,
                keeps,
            })
        }
        Form::Timestamp { decimals, column } => {
            let step = step_of(MICROSECOND_DECIMALS - i32::from(decimals))?;
            values
                .iter()
                .any(|value| i128::from(*value) % step != 0)
                .then_some(Unfit::Moment { decimals, column })
        }
        _ => None,
    }
}

const MICROSECOND_DECIMALS: i32 = 6;

/// Ten to the power of the decimals that are not kept; none where all are. Of more than an `i64` has, nothing is left.
fn step_of(passed: i32) -> Option<i128> {
    const DECIMALS_MAX: u32 = 20;
    let passed = u32::try_from(passed).ok().filter(|passed| *passed > 0)?;
    Some(10_i128.pow(passed.min(DECIMALS_MAX)))
}

/// The digits of a number from its first to its last that is not zero.
fn digits(units: i64) -> u32 {
    let mut rest = units.unsigned_abs();
    while rest != 0 && rest.is_multiple_of(10) {
        rest /= 10;
    }
    rest.checked_ilog10().map_or(0, |power| power + 1)
}

/// PostgreSQL counts characters, and cuts spaces at the end off by itself.
fn too_long(text: &str, characters_max: usize) -> Option<Unfit> {
    // A text has at most as many characters as bytes: mostly they need not be counted.
    if text.len() <= characters_max {
        return None;
    }
    let characters = text.trim_end_matches(' ').chars().count();
    (characters > characters_max).then_some(Unfit::Text {
        characters,
        characters_max,
    })
}

/// The numbers that a form holds; none: all of them.
fn held_by(form: Form) -> Option<RangeInclusive<i64>> {
    match form {
        Form::SmallInteger => Some(i64::from(i16::MIN)..=i64::from(i16::MAX)),
        Form::Integer => Some(i64::from(i32::MIN)..=i64::from(i32::MAX)),
        Form::Timestamp { .. } => Some(i64::MIN + EPOCH_MICROSECONDS..=i64::MAX),
        _ => None,
    }
}

/// Writes a value that fits.
fn value(value: Value<'_>, form: Form, into: &mut Vec<u8>) {
    match (value, form) {
        (Value::Absent, _) => into.extend_from_slice(&(-1_i32).to_be_bytes()),
        (Value::Text(text), _) => sized(text.as_bytes(), into),
        (Value::Boolean(is), _) => sized(&[u8::from(is)], into),
        (Value::Date(days), _) => sized(&(days - EPOCH_DAYS).to_be_bytes(), into),
        (Value::Integer(number), Form::SmallInteger) => {
            sized(&(number as i16).to_be_bytes(), into);
        }
        (Value::Integer(number), Form::Integer) => sized(&(number as i32).to_be_bytes(), into),
        (Value::Integer(number), Form::Numeric { scale, .. }) => numeric(number, scale, into),
        (Value::Integer(number), Form::Timestamp { .. }) => {
            sized(&(number - EPOCH_MICROSECONDS).to_be_bytes(), into);
        }
        (Value::Integer(number), _) => sized(&number.to_be_bytes(), into),
    }
}

fn sized(bytes: &[u8], into: &mut Vec<u8>) {
    into.extend_from_slice(&(bytes.len() as i32).to_be_bytes());
    into.extend_from_slice(bytes);
}

/// Groups of four digits, the first with the weight of its power of 10,000; then the count of decimals to show.
fn numeric(number: i64, scale: u8, into: &mut Vec<u8>) {
    const GROUP: u64 = 10_000;
    const POSITIVE: u16 = 0x0000;
    const NEGATIVE: u16 = 0x4000;
    // Filled up to whole groups behind the point.
    let groups_behind = u32::from(scale).div_ceil(4);
    let mut rest =
        u128::from(number.unsigned_abs()) * 10_u128.pow(groups_behind * 4 - u32::from(scale));
    let mut groups = [0_u16; 12];
    let mut count = 0;
    // Nearly every number is short, and the division of long ones is slow.
    while rest > u128::from(u64::MAX) {
        groups[count] = (rest % u128::from(GROUP)) as u16;
        rest /= u128::from(GROUP);
        count += 1;
    }
    let mut rest = rest as u64;
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
