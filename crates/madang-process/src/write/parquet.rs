//! Parquet with a row for each event.

use std::io::Write;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::Type;

use super::error::WriteError;
use crate::event_data::{CaseEvents, Column, ColumnKind, EventLog};

/// Rows that are held while they are written.
const GROUP_ROWS: usize = 100_000;

/// Writes a log as Parquet: a row for each event, case by case, times in UTC.
///
/// # Errors
/// When it cannot be written.
pub fn write_parquet(log: &EventLog, out: impl Write + Send) -> Result<(), WriteError> {
    let columns = columns(log);
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .build();
    let schema = Arc::new(schema(&columns)?);
    let mut file = SerializedFileWriter::new(out, schema, Arc::new(properties))?;
    let rows: Vec<(CaseEvents<'_>, usize)> = log
        .cases()
        .flat_map(|case| (0..case.len()).map(move |at| (case, at)))
        .collect();
    for rows in rows.chunks(GROUP_ROWS) {
        let mut group = file.next_row_group()?;
        for (_, cells) in &columns {
            write_column(&mut group, cells, rows)?;
        }
        group.close()?;
    }
    file.close()?;
    Ok(())
}

type TextOf<'log> = Box<dyn Fn(&CaseEvents<'log>, usize) -> Option<&'log str> + 'log>;
type NumberOf<'log> = Box<dyn Fn(&CaseEvents<'log>, usize) -> i64 + 'log>;
type SaidOf<'log> = Box<dyn Fn(&CaseEvents<'log>, usize) -> Option<i64> + 'log>;

/// What stands in a column.
enum Cells<'log> {
    Texts(TextOf<'log>),
    Moments(NumberOf<'log>),
    /// Moments that not every event has.
    SaidMoments(SaidOf<'log>),
    /// Moments as text, of which all are one in UTC, or all what a clock shows.
    TextMoments(TextOf<'log>, Clock),
    Numbers(NumberOf<'log>),
}

/// Whose time a column of moments has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Clock {
    Utc,
    Local,
}

impl Clock {
    /// Whose time all values of a column are; none when one of them is none, or finer than the file would keep.
    fn of(column: &Column) -> Option<Self> {
        let all = |clock: Self| {
            let mut values = column.values().iter();
            values.all(|value| clock.microseconds(value).is_some())
        };
        if column.kind != ColumnKind::Time || column.values().is_empty() {
            return None;
        }
        [Self::Utc, Self::Local]
            .into_iter()
            .find(|clock| all(*clock))
    }

    fn microseconds(self, text: &str) -> Option<i64> {
        let moment = match self {
            Self::Utc => text.parse::<Timestamp>().ok()?,
            Self::Local => TimeZone::UTC
                .to_timestamp(text.parse::<DateTime>().ok()?)
                .ok()?,
        };
        (moment.subsec_nanosecond() % 1_000 == 0).then(|| moment.as_microsecond())
    }
}

/// A column of attributes.
fn attribute<'log>(column: &'log Column, value: TextOf<'log>) -> Cells<'log> {
    match Clock::of(column) {
        Some(clock) => Cells::TextMoments(value, clock),
        None => Cells::Texts(value),
    }
}

fn columns<'log>(log: &'log EventLog) -> Vec<(String, Cells<'log>)> {
    let texts = |text: TextOf<'log>| Cells::Texts(text);
    let mut columns: Vec<(String, Cells<'log>)> = vec![
        (
            "case:concept:name".to_owned(),
            texts(Box::new(|case, _| Some(case.name()))),
        ),
        (
            "concept:name".to_owned(),
            texts(Box::new(|case, at| {
                let activity = u32::from(case.activity_numbers()[at]);
                Some(log.activities().name(activity))
            })),
        ),
        (
            "time:timestamp".to_owned(),
            Cells::Moments(Box::new(|case, at| case.times_ms()[at])),
        ),
    ];
    if log.has_starts() {
        let started = |case: &CaseEvents<'log>, at: usize| case.said_start_ms(at);
        columns.push((
            "start_timestamp".to_owned(),
            Cells::SaidMoments(Box::new(started)),
        ));
    }
    if !log.resources().is_empty() {
        let resource = |case: &CaseEvents<'log>, at: usize| {
            case.resource(at).map(|who| log.resources().name(who.0))
        };
        columns.push(("org:resource".to_owned(), texts(Box::new(resource))));
    }
    if (log.cases().next()).is_some_and(|case| case.sequence(0).is_some()) {
        // The column has the bits of a number without a sign, as its type says.
        let sequence =
            |case: &CaseEvents<'log>, at: usize| case.sequence(at).unwrap_or_default() as i64;
        columns.push(("sequence".to_owned(), Cells::Numbers(Box::new(sequence))));
    }
    for column in log.event_columns() {
        let value = |case: &CaseEvents<'log>, at: usize| column.value(case.first_place() + at);
        columns.push((column.name.clone(), attribute(column, Box::new(value))));
    }
    for column in log.case_columns() {
        let value = |case: &CaseEvents<'log>, _: usize| column.value(case.case.index());
        let cells = attribute(column, Box::new(value));
        columns.push((format!("case:{}", column.name), cells));
    }
    columns
}

fn schema(columns: &[(String, Cells<'_>)]) -> Result<Type, ParquetError> {
    let mut fields = Vec::with_capacity(columns.len());
    for (name, cells) in columns {
        let (physical, logical, repetition) = match cells {
            Cells::Texts(_) => (
                Physical::BYTE_ARRAY,
                LogicalType::String,
                Repetition::OPTIONAL,
            ),
            Cells::Moments(_) => (
                Physical::INT64,
                LogicalType::timestamp(true, TimeUnit::MILLIS),
                Repetition::REQUIRED,
            ),
            Cells::SaidMoments(_) => (
                Physical::INT64,
                LogicalType::timestamp(true, TimeUnit::MILLIS),
                Repetition::OPTIONAL,
            ),
            Cells::TextMoments(_, clock) => (
                Physical::INT64,
                LogicalType::timestamp(*clock == Clock::Utc, TimeUnit::MICROS),
                Repetition::OPTIONAL,
            ),
            Cells::Numbers(_) => (
                Physical::INT64,
                LogicalType::integer(64, false),
                Repetition::REQUIRED,
            ),
        };
        let field = Type::primitive_type_builder(name, physical)
            .with_logical_type(Some(logical))
            .with_repetition(repetition);
        fields.push(Arc::new(field.build()?));
    }
    Type::group_type_builder("log").with_fields(fields).build()
}

fn write_column<'log, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    cells: &Cells<'log>,
    rows: &[(CaseEvents<'log>, usize)],
) -> Result<(), ParquetError> {
    let missing = || ParquetError::General("the schema has fewer columns than the log".to_owned());
    let mut writer = group.next_column()?.ok_or_else(missing)?;
    match cells {
        Cells::Texts(text) => {
            let cells: Vec<Option<&str>> = rows.iter().map(|(case, at)| text(case, *at)).collect();
            let levels: Vec<i16> = cells.iter().map(|cell| i16::from(cell.is_some())).collect();
            let texts: Vec<ByteArray> = cells.into_iter().flatten().map(ByteArray::from).collect();
            writer
                .typed::<ByteArrayType>()
                .write_batch(&texts, Some(&levels), None)?;
        }
        Cells::SaidMoments(moment) => {
            let cells: Vec<Option<i64>> = rows.iter().map(|(case, at)| moment(case, *at)).collect();
            let levels: Vec<i16> = cells.iter().map(|cell| i16::from(cell.is_some())).collect();
            let moments: Vec<i64> = cells.into_iter().flatten().collect();
            writer
                .typed::<Int64Type>()
                .write_batch(&moments, Some(&levels), None)?;
        }
        Cells::TextMoments(text, clock) => {
            let moment = |(case, at): &(CaseEvents<'log>, usize)| {
                text(case, *at).and_then(|text| clock.microseconds(text))
            };
            let cells: Vec<Option<i64>> = rows.iter().map(moment).collect();
            let levels: Vec<i16> = cells.iter().map(|cell| i16::from(cell.is_some())).collect();
            let moments: Vec<i64> = cells.into_iter().flatten().collect();
            writer
                .typed::<Int64Type>()
                .write_batch(&moments, Some(&levels), None)?;
        }
        Cells::Moments(number) | Cells::Numbers(number) => {
            let numbers: Vec<i64> = rows.iter().map(|(case, at)| number(case, *at)).collect();
            writer
                .typed::<Int64Type>()
                .write_batch(&numbers, None, None)?;
        }
    }
    writer.close()
}
