//! Parquet with a row for each event: columns are found as those of CSV are, and only what is needed of the file is read.

use std::collections::BTreeSet;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};
use parquet::basic::{LogicalType, TimeUnit};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::reader::RowIter;
use parquet::record::{Field, Row};
use parquet::schema::types::Type;

use super::Read;
use super::error::{ReadError, ReadErrorKind};
use super::mapping::{Mapping, MappingWish};
use super::progress::Progress;
use super::rejected::{NotTaken, Place, Reason, RejectedRows, shown};
use super::times::Times;
use crate::event_data::{LogBuilder, LogLimits, NewEvent, TooMany};

/// What may be said about reading Parquet.
#[derive(Clone, Debug, Default)]
pub struct ParquetSettings {
    /// What the columns are.
    pub wish: MappingWish,
    /// What the log may hold.
    pub limits: LogLimits,
    /// Told how far the reading has come.
    pub progress: Progress,
}

/// The first and the last four bytes of a file.
const MAGIC: &[u8; 4] = b"PAR1";

/// More than any table has; PostgreSQL ends at 1,600.
const COLUMNS_MAX: usize = 4_096;

/// The footer is held in memory, and the library makes room for as much as the file says.
const FOOTER_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// More rows seldom say anything else about what the columns are.
const SAMPLE_ROWS_MAX: usize = 1_000;

/// So many rows may stand in any file, and so many more for each byte of it. Cases and times differ, and cost bytes.
const ROWS_MIN: u64 = 1_000_000;
const ROWS_A_BYTE_MAX: u64 = 100;

/// How far the reading has come is told after so many rows.
const ROWS_TOLD: u64 = 10_000;

/// Reads a file.
///
/// # Errors
/// When it cannot be read, when its columns tell nothing, and when it holds more than a log may.
pub fn read_parquet(path: &Path, settings: &ParquetSettings) -> Result<Read, ReadError> {
    read(path, settings).map_err(|kind| kind.of(&path.display().to_string()))
}

fn read(path: &Path, settings: &ParquetSettings) -> Result<Read, ReadErrorKind> {
    let file = File::open(path).map_err(ReadErrorKind::Bytes)?;
    let bytes = file.metadata().map_err(ReadErrorKind::Bytes)?.len();
    check_footer(&file, bytes)?;
    let reader = guarded(|| SerializedFileReader::new(file))?;
    let about = reader.metadata().file_metadata();
    let rows_max = ROWS_MIN.saturating_add(bytes.saturating_mul(ROWS_A_BYTE_MAX));
    if u64::try_from(about.num_rows()).is_ok_and(|rows| rows > rows_max) {
        return Err(broken(format!(
            "it says that it has {} rows, which cannot be",
            about.num_rows()
        )));
    }
    let rows_told = u64::try_from(about.num_rows()).unwrap_or(0);
    let fields = about.schema().get_fields().to_vec();
    if fields.len() > COLUMNS_MAX {
        return Err(ReadErrorKind::Columns(COLUMNS_MAX));
    }
    let kinds: Vec<Kind> = fields.iter().map(|field| kind(field)).collect();
    let columns: Vec<String> = fields.iter().map(|field| field.name().to_owned()).collect();
    let mut sample = Vec::new();
    let mut rows = guarded(|| reader.get_row_iter(None))?;
    while sample.len() < SAMPLE_ROWS_MAX
        && let Some(row) = next(&mut rows)?
    {
        sample.push(cells(&row, &kinds));
    }
    drop(rows);
    let mapping = Mapping::find(&columns, &sample, &settings.wish)?;
    let needed = needed(&mapping);
    let schema = Type::group_type_builder(about.schema().name())
        .with_fields(needed.iter().map(|at| Arc::clone(&fields[*at])).collect())
        .build()
        .map_err(|error| broken(error.to_string()))?;
    let rows = guarded(|| reader.get_row_iter(Some(schema)))?;
    let mut taker = Taker {
        times: Times::new(mapping.time_spelling, &settings.wish.zone),
        starts: Times::new(mapping.start_spelling, &settings.wish.zone),
        builder: LogBuilder::new(settings.limits),
        rejected: RejectedRows::default(),
        limits: settings.limits,
        place_of: (0..columns.len())
            .map(|at| needed.iter().position(|needed| *needed == at).unwrap_or(0))
            .collect(),
        mapping: &mapping,
        progress: settings.progress.clone(),
        bytes_a_row: bytes as f64 / rows_told.max(1) as f64,
    };
    settings.progress.begin(bytes);
    let kinds: Vec<Kind> = needed.iter().map(|at| kinds[*at]).collect();
    taker.take_all(rows, &kinds)?;
    let (log, rejected) = (taker.builder.finish(), taker.rejected);
    Ok(Read {
        log,
        rejected,
        mapping: Some(mapping),
    })
}

/// The columns that have a role or are kept.
fn needed(mapping: &Mapping) -> BTreeSet<usize> {
    let choices = [
        Some(&mapping.case),
        Some(&mapping.activity),
        Some(&mapping.time),
    ];
    let more = [
        &mapping.time_of_day,
        &mapping.start,
        &mapping.resource,
        &mapping.sequence,
    ];
    let choices = choices
        .into_iter()
        .chain(more.map(Option::as_ref))
        .flatten();
    let kept = mapping.attributes.iter().map(|attribute| attribute.column);
    choices.map(|choice| choice.column).chain(kept).collect()
}

struct Taker<'mapping> {
    mapping: &'mapping Mapping,
    times: Times,
    starts: Times,
    builder: LogBuilder,
    rejected: RejectedRows,
    limits: LogLimits,
    /// Where in a row that was read each column of the file stands.
    place_of: Vec<usize>,
    progress: Progress,
    /// The library reads here and there: how far it has come is told by rows.
    bytes_a_row: f64,
}

impl Taker<'_> {
    fn take_all(&mut self, mut rows: RowIter<'_>, kinds: &[Kind]) -> Result<(), ReadErrorKind> {
        let mut number = 0;
        while let Some(row) = next(&mut rows)? {
            number += 1;
            if number % ROWS_TOLD == 0 {
                (self.progress).read_to((number as f64 * self.bytes_a_row) as u64);
            }
            let reason = match self.take(&cells(&row, kinds)) {
                Ok(()) => continue,
                Err(NotTaken::Reason(reason)) => reason,
                Err(NotTaken::TooMany(TooMany::NameBytes(bytes_max))) => {
                    Reason::NameTooLong { bytes_max }
                }
                Err(NotTaken::TooMany(too_many)) => return Err(ReadErrorKind::TooMany(too_many)),
            };
            self.rejected.add(Place::Element(number), reason);
        }
        Ok(())
    }

    fn take(&mut self, cells: &[String]) -> Result<(), NotTaken> {
        let mapping = self.mapping;
        let cell = |column: usize| cells[self.place_of[column]].as_str();
        let bytes_max = self.limits.name_bytes_max;
        if cells.iter().any(|cell| cell.len() > bytes_max as usize) {
            return Err(Reason::NameTooLong { bytes_max }.into());
        }
        let case = filled(cell(mapping.case.column), Reason::CaseMissing)?;
        let activity = filled(cell(mapping.activity.column), Reason::ActivityMissing)?;
        let time = filled(cell(mapping.time.column), Reason::TimeMissing)?;
        let time_ms = match &mapping.time_of_day {
            None => self.times.read_ms(time).ok_or_else(|| unread(time))?,
            Some(choice) => {
                let of_day = filled(cell(choice.column), Reason::TimeMissing)?;
                let time_ms = self.times.read_two_ms(time, of_day);
                time_ms.ok_or_else(|| unread(&format!("{time} {of_day}")))?
            }
        };
        let optional = |column: Option<usize>| column.map(cell).filter(|cell| !cell.is_empty());
        let started_ms = match optional(mapping.start.as_ref().map(|one| one.column)) {
            Some(start) => Some(self.starts.read_ms(start).ok_or_else(|| unread(start))?),
            None => None,
        };
        let sequence = match mapping.sequence.as_ref().map(|one| cell(one.column)) {
            Some(text) => Some(
                text.parse()
                    .map_err(|_| Reason::SequenceUnread { text: shown(text) })?,
            ),
            None => None,
        };
        let place = self.builder.push(&NewEvent {
            case,
            activity,
            time_ms,
            started_ms,
            resource: optional(mapping.resource.as_ref().map(|one| one.column)),
            sequence,
        })?;
        for attribute in &mapping.attributes {
            let value = cell(attribute.column);
            if value.is_empty() {
                continue;
            }
            if attribute.is_of_case {
                let case = self.builder.case(case)?;
                (self.builder).set_case(case, &attribute.name, attribute.kind, value)?;
            } else {
                (self.builder).set_event(place, &attribute.name, attribute.kind, value)?;
            }
        }
        Ok(())
    }
}

fn filled(cell: &str, missing: Reason) -> Result<&str, NotTaken> {
    match cell.is_empty() {
        true => Err(missing.into()),
        false => Ok(cell),
    }
}

fn unread(text: &str) -> NotTaken {
    Reason::TimeUnread { text: shown(text) }.into()
}

/// What a whole number of a column is.
#[derive(Clone, Copy)]
enum Kind {
    AsItIs,
    /// So many nanoseconds a unit since 1970: of a moment in UTC, or of what somebody's clock shows.
    Moment {
        unit_nanoseconds: i64,
        is_utc: bool,
    },
}

const MILLISECOND: i64 = 1_000_000;
const MICROSECOND: i64 = 1_000;

fn kind(field: &Type) -> Kind {
    match field.get_basic_info().logical_type_ref() {
        Some(LogicalType::Timestamp(timestamp)) => Kind::Moment {
            unit_nanoseconds: match timestamp.unit {
                TimeUnit::MILLIS => MILLISECOND,
                TimeUnit::MICROS => MICROSECOND,
                TimeUnit::NANOS => 1,
            },
            is_utc: timestamp.is_adjusted_to_u_t_c,
        },
        _ => Kind::AsItIs,
    }
}

fn cells(row: &Row, kinds: &[Kind]) -> Vec<String> {
    let cells = row.get_column_iter().zip(kinds);
    cells.map(|((_, field), kind)| text(field, *kind)).collect()
}

/// A cell as CSV would have it; nothing for what has parts.
fn text(field: &Field, kind: Kind) -> String {
    let is_utc = !matches!(kind, Kind::Moment { is_utc: false, .. });
    match field {
        Field::Long(units) => match kind {
            Kind::AsItIs => units.to_string(),
            Kind::Moment {
                unit_nanoseconds,
                is_utc,
            } => moment(*units, unit_nanoseconds, is_utc),
        },
        Field::TimestampMillis(units) => moment(*units, MILLISECOND, is_utc),
        Field::TimestampMicros(units) => moment(*units, MICROSECOND, is_utc),
        Field::Str(text) => text.clone(),
        // Old writers kept text as bytes without a type.
        Field::Bytes(bytes) => String::from_utf8_lossy(bytes.data()).into_owned(),
        Field::Null | Field::Group(_) | Field::ListInternal(_) | Field::MapInternal(_) => {
            String::new()
        }
        Field::Date(days) => {
            let day = jiff::civil::date(1970, 1, 1)
                .checked_add(SignedDuration::from_hours(24 * i64::from(*days)));
            day.map_or(String::new(), |day| day.to_string())
        }
        other => other.to_string(),
    }
}

/// A moment as text; nothing for one of no calendar.
fn moment(units: i64, unit_nanoseconds: i64, is_utc: bool) -> String {
    let nanoseconds = i128::from(units) * i128::from(unit_nanoseconds);
    match Timestamp::from_nanosecond(nanoseconds) {
        Ok(moment) if is_utc => moment.to_string(),
        Ok(moment) => {
            let local: DateTime = moment.to_zoned(jiff::tz::TimeZone::UTC).datetime();
            local.to_string()
        }
        Err(_) => format!("{units}"),
    }
}

fn next(rows: &mut RowIter<'_>) -> Result<Option<Row>, ReadErrorKind> {
    guarded(|| rows.next().transpose())
}

/// The footer says how long it is; the library believes it.
fn check_footer(file: &File, bytes: u64) -> Result<(), ReadErrorKind> {
    use std::os::unix::fs::FileExt as _;
    let mut tail = [0; 8];
    let whole = bytes.checked_sub(tail.len() as u64 + MAGIC.len() as u64);
    let Some(room) = whole else {
        return Err(broken("it is too short".to_owned()));
    };
    let at = bytes - tail.len() as u64;
    file.read_exact_at(&mut tail, at)
        .map_err(ReadErrorKind::Bytes)?;
    let footer = u64::from(u32::from_le_bytes([tail[0], tail[1], tail[2], tail[3]]));
    match &tail[4..] == MAGIC {
        false => Err(broken("its end is missing: get it again".to_owned())),
        true if footer > FOOTER_BYTES_MAX.min(room) => Err(broken(format!(
            "its footer is said to have {footer} bytes, which cannot be"
        ))),
        true => Ok(()),
    }
}

/// Asks the library, which panics at some damaged files.
fn guarded<Answer>(
    ask: impl FnOnce() -> Result<Answer, ParquetError>,
) -> Result<Answer, ReadErrorKind> {
    match catch_unwind(AssertUnwindSafe(ask)) {
        Ok(answer) => answer.map_err(|error| broken(error.to_string())),
        Err(_) => Err(broken(
            "it is damaged, or of a kind that is not read".to_owned(),
        )),
    }
}

fn broken(what: String) -> ReadErrorKind {
    ReadErrorKind::Parquet { what }
}
