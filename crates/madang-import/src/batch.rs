//! Rows that were checked, column by column: what a sink writes at once.

use std::ops::Range;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::check::mapping::{spelled_day, spelled_number};
use crate::place::Place;
use crate::refused::Refused;
use crate::rows::{Raw, Rows};
use crate::schema::{Kind, Schema};

/// Checked rows of one or more inputs, in their order, and the rows refused among them.
#[derive(Clone, Debug)]
pub struct Batch {
    /// What the columns are.
    pub schema: Arc<Schema>,
    /// One for each field of the schema, all of the same length.
    pub columns: Vec<Column>,
    /// The place of each row.
    pub places: Vec<Place>,
    /// Which of `read` each row came from.
    origins: Vec<u32>,
    /// What the rows were read from, so that one which the sink refuses can become a dead letter.
    read: Vec<Raw>,
    /// Rows refused before the sink, up to the end of this batch.
    pub refused: Vec<Refused>,
}

/// The values of one column. `present` says for each row whether a value stands there; what a place without one holds means nothing, and
/// fits the column: zero, an empty text, or the default that a new row has there.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// [`Kind::Text`]: `ends[i]` is where text `i` ends in `text`.
    Text {
        /// All texts after each other.
        text: String,
        /// Where each ends.
        ends: Vec<u32>,
        /// See [`Column`].
        present: Vec<bool>,
    },
    /// [`Kind::Integer`], [`Kind::Decimal`], [`Kind::Money`], [`Kind::Timestamp`].
    Integer {
        /// The numbers, in the units that the kind says.
        values: Vec<i64>,
        /// See [`Column`].
        present: Vec<bool>,
    },
    /// [`Kind::Date`].
    Date {
        /// Days since 1970-01-01.
        values: Vec<i32>,
        /// See [`Column`].
        present: Vec<bool>,
    },
    /// [`Kind::Boolean`].
    Boolean {
        /// Yes or no.
        values: Vec<bool>,
        /// See [`Column`].
        present: Vec<bool>,
    },
}

/// One value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// None stands there.
    Absent,
    /// Text.
    Text(&'a str),
    /// A number in the units that the column's kind says.
    Integer(i64),
    /// Days since 1970-01-01.
    Date(i32),
    /// Yes or no.
    Boolean(bool),
}

/// A value that stands for itself, as a default does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnedValue {
    /// Text.
    Text(String),
    /// See [`Value::Integer`].
    Integer(i64),
    /// See [`Value::Date`].
    Date(i32),
    /// Yes or no.
    Boolean(bool),
}

impl Value<'_> {
    /// The value for itself; none when none stands there.
    pub fn owned(self) -> Option<OwnedValue> {
        Some(match self {
            Self::Absent => return None,
            Self::Text(text) => OwnedValue::Text(text.to_owned()),
            Self::Integer(number) => OwnedValue::Integer(number),
            Self::Date(days) => OwnedValue::Date(days),
            Self::Boolean(is) => OwnedValue::Boolean(is),
        })
    }

    /// The value as programs and databases read it: `12.34`, `true`, `2026-11-22`, `2026-11-22T06:05:00.000001Z`. A day or a moment that no calendar has stays a
    /// number.
    pub fn spelled(self, kind: Kind) -> Option<String> {
        Some(match (self, kind) {
            (Value::Absent, _) => return None,
            (Value::Text(text), _) => text.to_owned(),
            (Value::Integer(units), Kind::Decimal { scale }) => spelled_number(units, scale),
            (Value::Integer(microseconds), Kind::Timestamp) => {
                let moment = Timestamp::from_microsecond(microseconds);
                moment.map_or_else(
                    |_| microseconds.to_string(),
                    |moment| format!("{moment:.6}"),
                )
            }
            (Value::Integer(number), _) => number.to_string(),
            (Value::Date(days), _) => spelled_day(days),
            (Value::Boolean(is), _) => is.to_string(),
        })
    }
}

impl OwnedValue {
    /// The value.
    pub fn value(&self) -> Value<'_> {
        match self {
            Self::Text(text) => Value::Text(text),
            Self::Integer(number) => Value::Integer(*number),
            Self::Date(days) => Value::Date(*days),
            Self::Boolean(is) => Value::Boolean(*is),
        }
    }
}

impl Column {
    /// An empty column for values of a kind.
    pub fn of(kind: Kind) -> Self {
        let present = Vec::new();
        match kind {
            Kind::Text => Self::Text {
                text: String::new(),
                ends: Vec::new(),
                present,
            },
            Kind::Integer | Kind::Decimal { .. } | Kind::Money | Kind::Timestamp => Self::Integer {
                values: Vec::new(),
                present,
            },
            Kind::Date => Self::Date {
                values: Vec::new(),
                present,
            },
            Kind::Boolean => Self::Boolean {
                values: Vec::new(),
                present,
            },
        }
    }

    /// The value of a row.
    pub fn value(&self, row: usize) -> Value<'_> {
        if !self.present()[row] {
            return Value::Absent;
        }
        match self {
            Self::Text { text, ends, .. } => {
                let start = row.checked_sub(1).map_or(0, |before| ends[before] as usize);
                Value::Text(&text[start..ends[row] as usize])
            }
            Self::Integer { values, .. } => Value::Integer(values[row]),
            Self::Date { values, .. } => Value::Date(values[row]),
            Self::Boolean { values, .. } => Value::Boolean(values[row]),
        }
    }

    /// Adds a value.
    ///
    /// # Panics
    /// When the value is of another kind than the column: the checker made both from one mapping.
    pub fn push(&mut self, value: Value<'_>) {
        let is_present = value != Value::Absent;
        match self {
            Self::Text {
                text,
                ends,
                present,
            } => {
                match value {
                    Value::Text(added) => text.push_str(added),
                    Value::Absent => {}
                    other => unreachable!("{other:?} in a column of text"),
                }
                // A batch is bounded far below 4 GiB.
                ends.push(text.len() as u32);
                present.push(is_present);
            }
            Self::Integer { values, present } => {
                values.push(match value {
                    Value::Integer(number) => number,
                    Value::Absent => 0,
                    other => unreachable!("{other:?} in a column of numbers"),
                });
                present.push(is_present);
            }
            Self::Date { values, present } => {
                values.push(match value {
                    Value::Date(days) => days,
                    Value::Absent => 0,
                    other => unreachable!("{other:?} in a column of days"),
                });
                present.push(is_present);
            }
            Self::Boolean { values, present } => {
                values.push(match value {
                    Value::Boolean(is) => is,
                    Value::Absent => false,
                    other => unreachable!("{other:?} in a column of yes and no"),
                });
                present.push(is_present);
            }
        }
    }

    /// From now on no value stands at the last row.
    pub(crate) fn forget_last(&mut self) {
        let present = match self {
            Self::Text { present, .. }
            | Self::Integer { present, .. }
            | Self::Date { present, .. }
            | Self::Boolean { present, .. } => present,
        };
        if let Some(last) = present.last_mut() {
            *last = false;
        }
    }

    /// Whether a value stands at each row.
    pub fn present(&self) -> &[bool] {
        match self {
            Self::Text { present, .. }
            | Self::Integer { present, .. }
            | Self::Date { present, .. }
            | Self::Boolean { present, .. } => present,
        }
    }

    fn weight(&self) -> usize {
        match self {
            Self::Text {
                text,
                ends,
                present,
            } => text.len() + ends.len() * size_of::<u32>() + present.len(),
            Self::Integer { values, present } => values.len() * size_of::<i64>() + present.len(),
            Self::Date { values, present } => values.len() * size_of::<i32>() + present.len(),
            Self::Boolean { values, present } => values.len() + present.len(),
        }
    }

    /// Takes out the values of some rows.
    fn remove(&mut self, rows: Range<usize>) {
        match self {
            Self::Text {
                text,
                ends,
                present,
            } => {
                let end_of = |row: usize| row.checked_sub(1).map_or(0, |before| ends[before]);
                let (start, end) = (end_of(rows.start), end_of(rows.end));
                text.replace_range(start as usize..end as usize, "");
                ends.drain(rows.clone());
                ends[rows.start..]
                    .iter_mut()
                    .for_each(|after| *after -= end - start);
                present.drain(rows);
            }
            Self::Integer { values, present } => {
                values.drain(rows.clone());
                present.drain(rows);
            }
            Self::Date { values, present } => {
                values.drain(rows.clone());
                present.drain(rows);
            }
            Self::Boolean { values, present } => {
                values.drain(rows.clone());
                present.drain(rows);
            }
        }
    }
}

impl Batch {
    /// How many rows.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether it holds no row; refused ones it may hold.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Bytes of memory it holds, near enough for a bound.
    pub fn weight(&self) -> usize {
        let read = self.read.iter().map(|raw| raw.text.len()).sum::<usize>();
        self.rows_weight() + read + self.refused.iter().map(Refused::weight).sum::<usize>()
    }

    fn rows_weight(&self) -> usize {
        let columns = self.columns.iter().map(Column::weight).sum::<usize>();
        columns + self.places.len() * (size_of::<Place>() + size_of::<u32>())
    }

    /// The values of a row, in the order of the schema.
    pub fn row(&self, row: usize) -> impl Iterator<Item = Value<'_>> {
        self.columns.iter().map(move |column| column.value(row))
    }

    /// The text that a row was read from.
    pub fn raw_of(&self, row: usize) -> &[u8] {
        self.read[self.origins[row] as usize].at(&self.places[row])
    }

    /// Some of its rows as a batch of their own, without the refused ones: how a batch is halved.
    #[must_use]
    pub fn slice(&self, rows: Range<usize>) -> Self {
        let mut columns: Vec<Column> = self
            .schema
            .fields
            .iter()
            .map(|field| Column::of(field.kind))
            .collect();
        for (part, whole) in columns.iter_mut().zip(&self.columns) {
            rows.clone().for_each(|row| part.push(whole.value(row)));
        }
        Self {
            schema: self.schema.clone(),
            columns,
            places: self.places[rows.clone()].to_vec(),
            origins: self.origins[rows].to_vec(),
            read: self.read.clone(),
            refused: Vec::new(),
        }
    }
}

/// Makes a batch, row by row.
#[derive(Debug)]
pub struct BatchBuilder {
    batch: Batch,
    /// The weight of what was read, and that of what was refused: too many parts to be added up after each row.
    read_weight: usize,
    refused_weight: usize,
}

impl BatchBuilder {
    /// Nothing yet.
    pub fn new(schema: Arc<Schema>) -> Self {
        let columns = schema
            .fields
            .iter()
            .map(|field| Column::of(field.kind))
            .collect();
        Self {
            batch: Batch {
                schema,
                columns,
                places: Vec::new(),
                origins: Vec::new(),
                read: Vec::new(),
                refused: Vec::new(),
            },
            read_weight: 0,
            refused_weight: 0,
        }
    }

    /// The following rows come from these.
    pub fn reading(&mut self, rows: &Rows) {
        self.read_from(&rows.raw);
    }

    /// The same by their text alone.
    fn read_from(&mut self, raw: &Raw) {
        let is_known = self
            .batch
            .read
            .last()
            .is_some_and(|last| Arc::ptr_eq(&last.text, &raw.text));
        if !is_known {
            self.read_weight += raw.text.len();
            self.batch.read.push(raw.clone());
        }
    }

    /// Where the next value of a column goes. Once every column has its value, [`Self::end_row`]; when one has none, [`Self::drop_row`].
    pub fn column(&mut self, position: usize) -> &mut Column {
        &mut self.batch.columns[position]
    }

    /// The row that was begun is whole.
    ///
    /// # Panics
    /// When no rows were announced by [`Self::reading`].
    pub fn end_row(&mut self, place: Place) {
        let origin = self
            .batch
            .read
            .len()
            .checked_sub(1)
            .expect("rows are announced before their values");
        self.batch.places.push(place);
        self.batch.origins.push(origin as u32);
    }

    /// The row that was begun is not taken, for these reasons.
    pub fn drop_row(&mut self, refused: Refused) {
        self.drop_values();
        self.refuse(refused);
    }

    /// Takes back the values of a row that was begun.
    pub fn drop_values(&mut self) {
        let rows = self.batch.places.len();
        for column in &mut self.batch.columns {
            column.remove(rows..column.present().len());
        }
    }

    /// A row that was refused before its values were begun.
    pub fn refuse(&mut self, refused: Refused) {
        self.refused_weight += refused.weight();
        self.batch.refused.push(refused);
    }

    /// The value last added to a column.
    ///
    /// # Panics
    /// When it has none.
    pub fn last(&self, position: usize) -> Value<'_> {
        let column = &self.batch.columns[position];
        column.value(column.present().len() - 1)
    }

    /// Takes out the rows from one on, as a batch of their own; the values of a row that was begun stay.
    pub fn split_off(&mut self, row: usize) -> Batch {
        let rows = row..self.batch.len();
        let rest = self.batch.slice(rows.clone());
        self.batch
            .columns
            .iter_mut()
            .for_each(|column| column.remove(rows.clone()));
        self.batch.places.truncate(row);
        self.batch.origins.truncate(row);
        rest
    }

    /// Adds all rows and refused ones of another batch of the same schema.
    pub fn append(&mut self, other: &Batch) {
        let mut origin = u32::MAX;
        for row in 0..other.len() {
            if other.origins[row] != origin {
                origin = other.origins[row];
                self.read_from(&other.read[origin as usize]);
            }
            for (column, value) in self.batch.columns.iter_mut().zip(other.row(row)) {
                column.push(value);
            }
            self.end_row(other.places[row]);
        }
        other
            .refused
            .iter()
            .for_each(|refused| self.refuse(refused.clone()));
    }

    /// The last row in it, taken or refused, by input and number; zeros when there is none.
    pub(crate) fn last_row(&self) -> (u32, u64) {
        let refused = self.batch.refused.last().map(|refused| &refused.place);
        let last = self.batch.places.last().max(refused);
        last.map_or((0, 0), |place| (place.input, place.row))
    }

    /// How many rows were taken.
    pub fn len(&self) -> usize {
        self.batch.len()
    }

    /// Whether it holds neither rows nor refused ones.
    pub fn is_empty(&self) -> bool {
        self.batch.is_empty() && self.batch.refused.is_empty()
    }

    /// Bytes of the values, which a sink is given at once, and of what was refused among them.
    pub fn rows_weight(&self) -> usize {
        self.batch.rows_weight() + self.refused_weight
    }

    /// See [`Batch::weight`]; cheap enough to be asked after each row.
    pub fn weight(&self) -> usize {
        self.rows_weight() + self.read_weight
    }

    /// The batch.
    pub fn build(self) -> Batch {
        self.batch
    }
}
