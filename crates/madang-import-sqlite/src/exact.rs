//! Numbers that SQLite would keep as another number than they are.

use madang_import::{Batch, Column, Kind, Schema, SinkError, SinkErrorKind};

use crate::error::problem;
use crate::mend::Mend;
use crate::table::{Affinity, Table};

/// The digits of a number that SQLite keeps where it makes floating point of it.
const DIGITS_MAX: u32 = 15;

/// The columns that keep [`DIGITS_MAX`] digits of a number; each with what makes text of it, which keeps all of them.
pub struct Exact {
    short: Vec<(usize, Mend)>,
}

impl Exact {
    /// What a table keeps of the numbers of a schema.
    pub fn new(table: &Table, schema: &Schema) -> Self {
        let fields = schema.fields.iter().enumerate();
        let short = fields.filter(|(_, field)| {
            table
                .affinity_of(&field.name)
                .is_some_and(|affinity| is_rounded(affinity, field.kind))
        });
        Self {
            short: short
                .map(|(place, field)| (place, table.as_text(field, schema)))
                .collect(),
        }
    }

    /// Whether every number of a batch arrives as it is.
    pub fn check(&self, batch: &Batch) -> Result<(), SinkError> {
        for (place, mend) in &self.short {
            let Column::Integer { values, .. } = &batch.columns[*place] else {
                continue;
            };
            if let Some(digits) = values
                .iter()
                .map(|value| digits(*value))
                .find(|digits| *digits > DIGITS_MAX)
            {
                return Err(too_long(&batch.schema.fields[*place].name, digits, mend));
            }
        }
        Ok(())
    }
}

fn is_rounded(affinity: Affinity, kind: Kind) -> bool {
    match (affinity, kind) {
        // A number without decimals stays a whole one there.
        (Affinity::Number, Kind::Decimal { scale }) => scale > 0,
        (Affinity::Real, Kind::Decimal { .. } | Kind::Integer | Kind::Money) => true,
        _ => false,
    }
}

/// The digits of a number from its first to its last that is not zero.
fn digits(units: i64) -> u32 {
    let mut rest = units.unsigned_abs();
    // Nearly every number is short.
    if rest < 10_u64.pow(DIGITS_MAX) {
        return DIGITS_MAX.min(rest.checked_ilog10().map_or(0, |power| power + 1));
    }
    while rest.is_multiple_of(10) {
        rest /= 10;
    }
    rest.ilog10() + 1
}

fn too_long(column: &str, digits: u32, mend: &Mend) -> SinkError {
    SinkError {
        column: Some(column.to_owned()),
        ..problem(
            SinkErrorKind::Rows {
                code: "out_of_range",
            },
            format!(
                "column {column} keeps {DIGITS_MAX} digits of a number, and this has {digits}; all are kept where the column is text: {}",
                mend.english()
            ),
            format!(
                "{column} 열에는 수가 {DIGITS_MAX}자리까지만 그대로 들어가는데 {digits}자리예요. 글자 열로 바꾸면 모두 들어가요: {}",
                mend.korean()
            ),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::digits;

    #[test]
    fn digits_are_counted_without_zeros_at_the_end() {
        let check = |units, expected| assert_eq!(digits(units), expected, "{units}");
        check(0, 0);
        check(-45, 2);
        check(999_999_999_999_999, 15);
        check(9_999_999_999_999_999, 16);
        check(1_234_567_890_123_450_000, 15);
        check(1_234_567_890_123_456_000, 16);
        check(i64::MIN, 19);
    }
}
