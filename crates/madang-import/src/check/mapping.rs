//! What the columns of a file mean.

mod builtin;
mod error;
mod members;
pub(crate) mod nearest;
mod parse;
pub(crate) mod rule;
pub(crate) mod unit;
mod write;

use std::sync::Arc;

use serde::Serialize;

pub use self::error::{
    MappingError, MappingErrorKind, MappingErrors, MappingPlace, MissingColumn, Table,
};
pub use self::parse::SKIP_LINES_MAX;
pub(crate) use self::parse::{COLUMNS_MAX, match_own_names};
pub use self::unit::{Unit, UnitFactor};
pub(crate) use self::write::{spelled_day, spelled_number, spelled_wide};
use crate::check::spelling::words::folded;
use crate::schema::{Field, IfEmpty, Kind, Schema};

/// What the columns of a file mean: one kind of import, as `menu` or `settlement`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Mapping {
    /// What is imported; the name of the [`Schema`].
    pub name: String,
    /// What it is for, for people.
    pub description: Option<String>,
    /// The zone of times that name none: `Asia/Seoul`.
    pub timezone: String,
    /// Words that mean that nothing stands in a cell; an empty cell always does.
    pub null: Vec<String>,
    /// How the file is written, where it is not to be found out.
    pub format: FormatHints,
    /// The columns of the destination.
    pub columns: Vec<ColumnRule>,
    /// The columns by which a row is known. Two rows of a run must not have the same, unless `key_may_repeat`.
    pub key: Vec<String>,
    /// Whether several rows may have the same key.
    pub key_may_repeat: bool,
    /// Whether a row may have no value in a column of the key: the destination knows rows by what they have, as a till knows an item by its code, else its barcode,
    /// else its title. A table then only gets rows added.
    pub key_may_be_empty: bool,
    /// Of each of these sets of columns, at least one must have a value in every row.
    pub one_of: Vec<Vec<String>>,
    /// What must hold between the columns of one row.
    pub row_checks: Vec<RowCheck>,
    /// What must hold for rows that belong together.
    pub group: Option<GroupCheck>,
    /// The row of totals.
    pub total_row: Option<TotalRow>,
    /// How many rows a file has.
    pub rows: RowCount,
}

/// How a file is written. What is not said is found out from the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FormatHints {
    /// `csv`, `json-lines` or `parquet`.
    pub kind: Option<String>,
    /// What stands between the cells of a CSV file.
    pub separator: Option<char>,
    /// What encloses its cells.
    pub quote: Option<char>,
    /// `utf-8`, `cp949`, `utf-16le`, …
    pub encoding: Option<String>,
    /// How many lines of titles stand above the header of a CSV file.
    pub skip_lines: Option<u64>,
}

/// One column of the destination.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ColumnRule {
    /// Its name there.
    pub name: String,
    /// The names it may have in a file, the first found is taken; compared without regard to case, spaces around, and how 한글 is composed.
    pub from: Vec<String>,
    /// What its values are.
    pub values: Values,
    /// Whether a value must stand in every row (the default's is one).
    pub required: bool,
    /// Whether no two rows of a run may have the same value.
    pub unique: bool,
    /// What stands in a new row when nothing does, spelled as in a file.
    pub default: Option<String>,
    /// What an empty cell does to a row that is there already.
    pub if_empty: IfEmpty,
    /// Words that mean that nothing stands in this column, instead of the mapping's.
    pub null: Option<Vec<String>>,
    /// A remark for people: why the column is described so.
    pub note: Option<String>,
}

/// What the values of a column are.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Values {
    /// Text.
    Text(TextRule),
    /// Whole numbers.
    Integer(NumberRule),
    /// Numbers with decimals.
    Decimal(NumberRule),
    /// Whole won.
    Money(NumberRule),
    /// Yes or no.
    Boolean(BooleanRule),
    /// Days.
    Date(DateRule),
    /// Moments.
    Timestamp(DateRule),
}

/// What texts are taken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TextRule {
    /// The fewest characters.
    pub length_min: Option<usize>,
    /// The most characters.
    pub length_max: Option<usize>,
    /// Only digits, as in a barcode.
    pub only_digits: bool,
    /// Only these; empty: any.
    pub choices: Vec<Choice>,
}

/// One of the texts that a column may hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// What is written at the destination.
    pub value: String,
    /// What may stand in the file for it, besides itself.
    pub words: Vec<String>,
}

/// What numbers are taken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NumberRule {
    /// How many decimals are kept; none for whole numbers and money.
    pub scale: u8,
    /// Words that may stand before or after the number, as `개`, each with its factor. A number without one counts as one whose factor is 1, and is refused where
    /// none has that.
    pub units: Vec<Unit>,
    /// The least, in units of 10^-scale.
    pub min: Option<i64>,
    /// The greatest, in units of 10^-scale.
    pub max: Option<i64>,
    /// What a percent sign means; without this it is refused.
    pub percent: Option<Percent>,
}

/// What `12.5%` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Percent {
    /// 12.5
    Number,
    /// 0.125
    Fraction,
}

/// What means yes and what no. Empty: the usual words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BooleanRule {
    /// Yes.
    pub yes: Vec<String>,
    /// No.
    pub no: Vec<String>,
    /// Names of the file that ask the opposite: under them the usual words of yes and no, as 예 and Y, mean no and yes. Other words are what they are.
    pub opposite_in: Vec<String>,
}

impl BooleanRule {
    /// Whether a column of the file asks the opposite of what the column is.
    pub(crate) fn is_opposite_in(&self, title: &str) -> bool {
        let title = folded(title);
        self.opposite_in.iter().any(|name| folded(name) == title)
    }
}

/// What days and moments are taken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DateRule {
    /// In what order the parts of a date stand. Not said: only dates that can be read in one way are taken, as 2026-11-22.
    pub order: Option<DateOrder>,
    /// What a bare number is. Not said: only 20261122 and 20261122150500 are taken.
    pub numbers: Option<DateNumbers>,
    /// The first day.
    pub min: Option<i32>,
    /// The last day.
    pub max: Option<i32>,
    /// Another column of the file that has the time of day, when this one has the date alone.
    pub time_from: Vec<String>,
    /// Whether a date without a time means the beginning of that day.
    pub is_midnight_without_time: bool,
    /// Whether what is finer than the millionth of a second that is kept is cut off, and not refused.
    pub is_fraction_cut: bool,
}

/// The order of the parts of a date. One that is named allows years of two digits, 2000 to 2099.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DateOrder {
    /// 26/11/22
    YearMonthDay,
    /// 22/11/2026
    DayMonthYear,
    /// 11/22/2026
    MonthDayYear,
}

/// What a bare number in a column of dates is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DateNumbers {
    /// Days since 1899-12-30 as Excel counts them, the time as a fraction: 46348.63.
    Excel,
    /// Seconds since 1970-01-01T00:00Z.
    Seconds,
    /// Milliseconds since 1970-01-01T00:00Z.
    Milliseconds,
}

/// What must hold in a row: `total = supply + tax`. A row in which one of the columns has no value is not held to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RowCheck {
    /// The rule as written.
    pub rule: String,
    /// By how much the sides of `=` may differ, as `1` where each line was rounded.
    pub within: u64,
}

/// What must hold for rows that belong together and follow each other. A group of which one row is refused, or which does not add up, is refused whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GroupCheck {
    /// The columns that are the same in all rows of a group.
    pub by: Vec<String>,
    /// What must add up.
    pub sums: Vec<GroupSum>,
    /// The most rows of a group: they are held back until it is whole.
    pub rows_max: usize,
}

/// The sum of a column over a group is what another column says in each of its rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GroupSum {
    /// The column that is added up.
    pub of: String,
    /// The column that has the total.
    pub equals: String,
}

/// A row of totals at the end of a file: compared, and not imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TotalRow {
    /// In which columns the words are looked for.
    pub columns: Vec<String>,
    /// The words that mark the row; spaces within do not count, so that 합 계 is 합계.
    pub words: Vec<String>,
    /// Words that mark rows of subtotals, which are passed over.
    pub subtotal_words: Vec<String>,
    /// The columns whose sums are compared.
    pub sums: Vec<String>,
    /// Whether there must be such a row.
    pub required: bool,
}

/// How many rows a file must have, refused ones included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RowCount {
    /// The fewest.
    pub min: Option<u64>,
    /// The most.
    pub max: Option<u64>,
}

/// The words that mean that nothing stands in a cell, when a mapping does not say.
pub(crate) fn usual_null_words() -> Vec<String> {
    let words = ["-", "--", "없음", "해당없음", "N/A", "#N/A", "null"];
    words.map(str::to_owned).to_vec()
}

impl Values {
    /// What the values are at the destination.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Text(_) => Kind::Text,
            Self::Integer(_) => Kind::Integer,
            Self::Decimal(rule) => Kind::Decimal { scale: rule.scale },
            Self::Money(_) => Kind::Money,
            Self::Boolean(_) => Kind::Boolean,
            Self::Date(_) => Kind::Date,
            Self::Timestamp(_) => Kind::Timestamp,
        }
    }
}

impl Mapping {
    /// All columns. A run uses [`crate::check::Checker::schema`], which leaves out those that the file does not have.
    pub fn schema(&self) -> Arc<Schema> {
        self.schema_of(|_| true)
    }

    /// The columns that are wanted.
    pub(crate) fn schema_of(&self, is_wanted: impl Fn(&ColumnRule) -> bool) -> Arc<Schema> {
        let fields: Vec<Field> = self
            .columns
            .iter()
            .filter(|rule| is_wanted(rule))
            .map(|rule| Field {
                name: rule.name.clone(),
                kind: rule.values.kind(),
                required: rule.required,
                if_empty: rule.if_empty,
                default: None,
            })
            .collect();
        let position = |name: &String| fields.iter().position(|field| field.name == *name);
        Arc::new(Schema {
            name: self.name.clone(),
            key: match self.key_may_be_empty {
                true => Arc::new([]),
                false => self.key.iter().filter_map(position).collect(),
            },
            key_may_repeat: self.key_may_repeat,
            timezone: self.timezone.clone(),
            fields: fields.into(),
        })
    }

    /// The rule of a column of the destination.
    pub fn column(&self, name: &str) -> Option<&ColumnRule> {
        self.columns.iter().find(|rule| rule.name == name)
    }

    /// The same without what only a whole file can hold, as how many rows it has: for rows that were taken out of one. A row of totals is still known for what
    /// it is.
    #[must_use]
    pub fn for_single_rows(mut self) -> Self {
        self.rows = RowCount::default();
        if let Some(total_row) = &mut self.total_row {
            total_row.sums.clear();
            total_row.required = false;
        }
        self
    }

    /// Whether some check needs every row of a run, so that a run that goes on has to check again what it passed.
    pub fn must_see_all(&self) -> bool {
        let is_key_checked = !self.key.is_empty() && !self.key_may_repeat;
        is_key_checked
            || self.columns.iter().any(|rule| rule.unique)
            || self.group.is_some()
            || self.total_row.is_some()
            || self.rows != RowCount::default()
    }
}
