//! One column of the rows that are checked.

use crate::batch::{Column, Value};
use crate::check::cell::Speller;
use crate::check::spelling::words::Words;
use crate::check::spelling::{Wanted, Wrong, trimmed};
use crate::refused::Reason;
use crate::rows::Cells;

/// How the values of one column are read.
#[derive(Debug)]
pub(super) struct ColumnCheck {
    /// What the file calls it, else its name.
    pub(super) title: String,
    /// Its column of the file; none when there is only a default.
    pub(super) source: Option<usize>,
    /// The column of the file that has its time of day.
    pub(super) time_source: Option<usize>,
    pub(super) speller: Speller,
    pub(super) null: Words<()>,
    pub(super) is_required: bool,
    pub(super) default: Option<Default>,
    pub(super) wanted: Wanted,
}

/// A default's value.
#[derive(Debug)]
pub(super) enum Default {
    Text(String),
    Other(Value<'static>),
}

impl Default {
    pub(super) fn of(value: Value<'_>) -> Self {
        match value {
            Value::Text(text) => Self::Text(text.to_owned()),
            Value::Integer(number) => Self::Other(Value::Integer(number)),
            Value::Date(day) => Self::Other(Value::Date(day)),
            Value::Boolean(is) => Self::Other(Value::Boolean(is)),
            Value::Absent => Self::Other(Value::Absent),
        }
    }

    fn value(&self) -> Value<'_> {
        match self {
            Self::Text(text) => Value::Text(text),
            Self::Other(value) => *value,
        }
    }
}

impl ColumnCheck {
    /// Reads the value of a row into a column; one that is refused is absent there.
    pub(super) fn take(
        &mut self,
        cells: &Cells<'_>,
        row: usize,
        has_nul: bool,
        into: &mut Column,
    ) -> Option<Reason> {
        let text = self
            .source
            .map_or("", |source| trimmed(cells.text(row, source)));
        if text.is_empty() || self.null.find(text).is_some() {
            return self.take_nothing(into);
        }
        let value = match self.time_source {
            _ if has_nul && text.contains('\0') => Err(Wrong::NulCharacter),
            Some(time) => self.speller.read_with_time(text, cells.text(row, time)),
            None => self.speller.read(text),
        };
        match value {
            Ok(value) => {
                into.push(value);
                None
            }
            Err(wrong) => {
                into.push(Value::Absent);
                Some(self.wanted.reason(wrong, &self.title, text))
            }
        }
    }

    fn take_nothing(&mut self, into: &mut Column) -> Option<Reason> {
        let value = self.default.as_ref().map_or(Value::Absent, Default::value);
        into.push(value);
        let is_missing = self.is_required && value == Value::Absent;
        is_missing.then(|| self.wanted.reason_missing(&self.title))
    }

    /// The number of a row that is not taken; none when nothing stands there.
    pub(super) fn read_number(&mut self, cells: &Cells<'_>, row: usize) -> Option<Result<i64, ()>> {
        let text = trimmed(cells.text(row, self.source?));
        if text.is_empty() || self.null.find(text).is_some() {
            return None;
        }
        match self.speller.read(text) {
            Ok(Value::Integer(number)) => Some(Ok(number)),
            _ => Some(Err(())),
        }
    }
}
