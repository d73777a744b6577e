//! One column of the rows that are checked.

use unicode_normalization::{UnicodeNormalization as _, is_nfc};

use crate::batch::{Column, OwnedValue, Value};
use crate::check::cell::{Speller, is_shortened_number};
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
    pub(super) default: Option<OwnedValue>,
    /// Whether the default is written over what stands.
    pub(super) is_default_written: bool,
    /// Whether the row that was read last has it.
    pub(super) took_default: bool,
    /// What the file calls the column with the time of day.
    pub(super) time_title: String,
    /// Whether rows are told apart by it.
    pub(super) is_identity: bool,
    /// A text whose letters stood in parts.
    pub(super) composed: String,
    pub(super) wanted: Wanted,
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
        let text = self.source.map_or("", |source| {
            without_formula(trimmed(cells.text(row, source)))
        });
        if text.is_empty() || self.null.find(text).is_some() {
            return self.take_nothing(into);
        }
        let text = match is_decomposed(text) {
            true => {
                self.composed = text.nfc().collect();
                &self.composed
            }
            false => text,
        };
        let value = match self.time_source {
            _ if has_nul && text.contains('\0') => Err(Wrong::NulCharacter),
            _ if self.is_identity && text.contains("E+") && is_shortened_number(text) => {
                Err(Wrong::Exponent)
            }
            Some(time) => self.speller.read_with_time(text, cells.text(row, time)),
            None => self.speller.read(text),
        };
        let wrong = match value {
            Ok(value) => {
                into.push(value);
                return None;
            }
            Err(wrong) => wrong,
        };
        into.push(Value::Absent);
        let time = self.time_source.map(|time| trimmed(cells.text(row, time)));
        // A day that is right alone has a time beside it that is not.
        let is_day = |day: Result<Value<'_>, Wrong>| matches!(day, Ok(_) | Err(Wrong::TimeMissing));
        let (title, shown) = match time.filter(|_| is_day(self.speller.read(text))) {
            Some(time) => (&self.time_title, time),
            None => (&self.title, text),
        };
        Some(self.wanted.reason(wrong, title, shown))
    }

    fn take_nothing(&mut self, into: &mut Column) -> Option<Reason> {
        let value = match &self.default {
            Some(default) => default.value(),
            None => Value::Absent,
        };
        self.took_default = true;
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

/// `="00123"` is how exports keep a spreadsheet from taking a text for a number.
fn without_formula(text: &str) -> &str {
    if !text.starts_with("=\"") {
        return text;
    }
    let inner = text
        .strip_prefix("=\"")
        .and_then(|rest| rest.strip_suffix('"'));
    inner.filter(|inner| !inner.contains('"')).unwrap_or(text)
}

/// Whether 한글 or letters with marks stand in parts, as some systems write them: to the eye it is the same.
fn is_decomposed(text: &str) -> bool {
    // Parts of 한글 begin with E1, marks with CC and CD.
    let may_be = |byte: u8| matches!(byte, 0xe1 | 0xcc | 0xcd);
    !text.is_ascii() && text.bytes().any(may_be) && !is_nfc(text)
}

#[cfg(test)]
mod tests {
    use super::{is_decomposed, without_formula};

    #[test]
    fn what_spreadsheets_and_systems_do_to_texts_is_undone() {
        let check = |text, expected| assert_eq!(without_formula(text), expected);
        check("=\"00123\"", "00123");
        check("=\"\"", "");
        check("=1+1", "=1+1");
        check("=\"a\"&\"b\"", "=\"a\"&\"b\"");
        check("=\"", "=\"");
        check("00123", "00123");
        assert!(is_decomposed("\u{110b}\u{116f}\u{11ab}"));
        assert!(is_decomposed("e\u{301}"));
        assert!(!is_decomposed("4,500원 é ᄀ가"));
    }
}
