//! Parquet with a row for each event: columns are found as those of CSV are, and only what is needed of the file is read.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fs::File;
use std::num::NonZero;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::thread;

use madang_import_parquet::{PAGES_BYTES_MAX, PagesError, pages_bytes};
use parquet::basic::Repetition;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader as _, RowGroupReader, SerializedFileReader};
use parquet::file::serialized_reader::ReadOptionsBuilder;
use parquet::schema::types::SchemaDescriptor;

use self::cells::{Cells, Kind, NoCells, cells};
use self::stored::Stored;
use super::Read;
use super::error::{ReadError, ReadErrorKind};
use super::mapping::{Choice, Mapping, MappingWish};
use super::progress::Progress;
use super::rejected::{NotTaken, Place, Reason, RejectedRows, shown};
use super::times::Times;
use crate::event_data::{LogBuilder, LogLimits, NewEvent, TooMany};

mod cells;
mod stored;

/// What may be said about reading Parquet.
#[derive(Clone, Debug, Default)]
pub struct ParquetSettings {
    /// What the columns are.
    pub wish: MappingWish,
    /// What the log may hold.
    pub limits: LogLimits,
    /// How many threads may read; none: as many as there are cores.
    pub threads: Option<NonZero<usize>>,
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

/// So many rows of each column are in hand at once: enough that asking for more costs nothing, and few beside the page that they are from.
const ROWS_IN_HAND: usize = 4_096;

/// Threads beyond these have little left to save, and each holds pages of its own.
const THREADS_MAX: usize = 16;

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
    let pages = file.try_clone().map_err(ReadErrorKind::Bytes)?;
    let reader = guarded(|| {
        // One without rows need not have pages anywhere.
        let has_rows = ReadOptionsBuilder::new()
            .with_predicate(Box::new(|group, _| group.num_rows() != 0))
            .build();
        SerializedFileReader::new_with_options(Stored::new(file, bytes), has_rows)
    })?;
    let group_bytes = pages_bytes(&pages, reader.metadata()).map_err(|error| match error {
        PagesError::Bytes(error) => ReadErrorKind::Bytes(error),
        other => broken(other.to_string()),
    })?;
    let groups = Groups::of(&reader, bytes)?;
    let columns = columns(reader.metadata().file_metadata().schema_descr())?;
    let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
    let sample = sample(&reader, &columns, &groups)?;
    let mapping = Mapping::find(&names, &sample, &settings.wish)?;
    settings.progress.begin(bytes);
    let reading = Reading {
        reader: &reader,
        groups: &groups,
        columns: needed(&mapping)
            .into_iter()
            .map(|at| (at, &columns[at]))
            .collect(),
        mapping: &mapping,
        settings,
        bytes_a_row: bytes as f64 / groups.all.max(1) as f64,
    };
    let parts = groups.parts(threads(settings, group_bytes));
    let (builder, rejected) = reading.all(&parts)?;
    Ok(Read {
        log: builder.finish(),
        rejected,
        mapping: Some(mapping),
    })
}

/// How many threads read: no more than may hold their pages at once.
fn threads(settings: &ParquetSettings, group_bytes: u64) -> usize {
    let cores = || thread::available_parallelism().map_or(1, NonZero::get);
    let threads = settings.threads.map_or_else(cores, NonZero::get);
    let fit = PAGES_BYTES_MAX / group_bytes.max(1);
    let fit = usize::try_from(fit).unwrap_or(THREADS_MAX);
    threads.min(fit).clamp(1, THREADS_MAX)
}

/// How many rows a file has, and how many of them come before each of its groups.
struct Groups {
    starts: Vec<u64>,
    all: u64,
}

/// Groups one after the other that one thread reads.
type Part = Range<usize>;

impl Groups {
    fn of(reader: &SerializedFileReader<Stored>, bytes: u64) -> Result<Self, ReadErrorKind> {
        let rows_max = ROWS_MIN.saturating_add(bytes.saturating_mul(ROWS_A_BYTE_MAX));
        let (mut starts, mut all) = (Vec::new(), 0_u64);
        for group in reader.metadata().row_groups() {
            starts.push(all);
            let rows = u64::try_from(group.num_rows()).unwrap_or(u64::MAX);
            all = all.saturating_add(rows);
        }
        let told = reader.metadata().file_metadata().num_rows();
        let most = u64::try_from(told).unwrap_or(u64::MAX).max(all);
        match most > rows_max {
            true => Err(broken(format!(
                "it says that it has {most} rows, which cannot be"
            ))),
            false => Ok(Self { starts, all }),
        }
    }

    fn rows(&self, group: usize) -> usize {
        let end = self.starts.get(group + 1).copied().unwrap_or(self.all);
        // The most there may be was looked at, and fits.
        (end - self.starts[group]) as usize
    }

    /// At most so many parts of about as many rows.
    fn parts(&self, most: usize) -> Vec<Part> {
        let first = |part: usize| {
            let row = u128::from(self.all) * part as u128 / most as u128;
            self.starts
                .partition_point(|start| u128::from(*start) < row)
        };
        let parts = (0..most).map(|part| first(part)..first(part + 1));
        parts.filter(|part| !part.is_empty()).collect()
    }
}

/// A column of the file.
struct FileColumn {
    name: String,
    kind: Kind,
    /// Where the library has its values; none when a value of it has parts, of which no cell could be made.
    leaf: Option<usize>,
}

impl FileColumn {
    fn cells(&self, group: &dyn RowGroupReader) -> Result<Box<dyn Cells>, ReadErrorKind> {
        match self.leaf {
            Some(leaf) => guarded(|| cells(group, leaf, self.kind)),
            None => Ok(Box::new(NoCells)),
        }
    }
}

fn columns(schema: &SchemaDescriptor) -> Result<Vec<FileColumn>, ReadErrorKind> {
    let fields = schema.root_schema().get_fields();
    // A value with parts has many leaves, and each of them is held.
    if fields.len().max(schema.num_columns()) > COLUMNS_MAX {
        return Err(ReadErrorKind::Columns(COLUMNS_MAX));
    }
    let mut columns: Vec<FileColumn> = (fields.iter())
        .map(|field| FileColumn {
            name: field.name().to_owned(),
            kind: Kind::of(field),
            leaf: None,
        })
        .collect();
    for leaf in 0..schema.num_columns() {
        let at = schema.get_column_root_idx(leaf);
        let field = &fields[at];
        let is_list = field.get_basic_info().has_repetition()
            && field.get_basic_info().repetition() == Repetition::REPEATED;
        if field.is_primitive() && !is_list {
            columns[at].leaf = Some(leaf);
        }
    }
    Ok(columns)
}

/// The first rows, to find out by what the columns are.
fn sample(
    reader: &SerializedFileReader<Stored>,
    columns: &[FileColumn],
    groups: &Groups,
) -> Result<Vec<Vec<String>>, ReadErrorKind> {
    let mut sample = Vec::new();
    for at in 0..groups.starts.len() {
        let rows = groups.rows(at).min(SAMPLE_ROWS_MAX - sample.len());
        if rows == 0 {
            continue;
        }
        let group = guarded(|| reader.get_row_group(at))?;
        let first = sample.len();
        sample.resize(first + rows, Vec::with_capacity(columns.len()));
        for column in columns {
            let mut cells = column.cells(&*group)?;
            guarded(|| cells.read(rows))?;
            for row in 0..rows {
                let text = guarded(|| cells.text(row))?;
                sample[first + row].push(text.into_owned());
            }
        }
    }
    Ok(sample)
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

/// A file of which it is known what the columns are.
struct Reading<'file> {
    reader: &'file SerializedFileReader<Stored>,
    groups: &'file Groups,
    /// Those that are needed, and which of the file each is.
    columns: Vec<(usize, &'file FileColumn)>,
    mapping: &'file Mapping,
    settings: &'file ParquetSettings,
    /// The library reads here and there: how far it has come is told by rows.
    bytes_a_row: f64,
}

impl Reading<'_> {
    /// Reads all parts at once, and puts together what they have in their order.
    fn all(&self, parts: &[Part]) -> Result<(LogBuilder, RejectedRows), ReadErrorKind> {
        let results: Vec<Result<Taker<'_>, ReadErrorKind>> = match parts {
            [] => Vec::new(),
            [only] => vec![self.part(only)],
            parts => thread::scope(|scope| {
                let threads: Vec<_> = (parts.iter())
                    .map(|part| scope.spawn(|| self.part(part)))
                    .collect();
                let join = |thread: thread::ScopedJoinHandle<'_, _>| {
                    thread
                        .join()
                        .expect("a thread that asks the library guarded has no panic of its own")
                };
                threads.into_iter().map(join).collect()
            }),
        };
        let mut whole: Option<(LogBuilder, RejectedRows)> = None;
        for result in results {
            let Taker {
                builder, rejected, ..
            } = result?;
            match &mut whole {
                None => whole = Some((builder, rejected)),
                Some(whole) => {
                    whole.0.append(builder).map_err(ReadErrorKind::TooMany)?;
                    whole.1.append(rejected);
                }
            }
        }
        Ok(whole.unwrap_or_else(|| {
            let builder = LogBuilder::new(self.settings.limits);
            (builder, RejectedRows::default())
        }))
    }

    fn part(&self, part: &Part) -> Result<Taker<'_>, ReadErrorKind> {
        let mut taker = Taker::new(self);
        for group in part.clone() {
            self.group(group, &mut taker)?;
        }
        Ok(taker)
    }

    fn group(&self, at: usize, taker: &mut Taker<'_>) -> Result<(), ReadErrorKind> {
        let group = guarded(|| self.reader.get_row_group(at))?;
        let mut columns = (self.columns.iter())
            .map(|(_, column)| column.cells(&*group))
            .collect::<Result<Vec<_>, _>>()?;
        let (mut next, mut left) = (self.groups.starts[at], self.groups.rows(at));
        while left > 0 {
            let rows = left.min(ROWS_IN_HAND);
            for column in &mut columns {
                guarded(|| column.read(rows))?;
            }
            taker.take_rows(&columns, next, rows)?;
            let bytes = rows as f64 * self.bytes_a_row;
            self.settings.progress.add(bytes as u64);
            next += rows as u64;
            left -= rows;
        }
        Ok(())
    }
}

/// What stands in a row under a column.
enum Cell<'rows> {
    Text(Cow<'rows, str>),
    /// Of a column that is nothing but a time.
    Moment(i64),
}

impl Cell<'_> {
    fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            // Nobody asks a time for text.
            Self::Moment(_) => "",
        }
    }
}

struct Taker<'reading> {
    mapping: &'reading Mapping,
    times: Times,
    starts: Times,
    builder: LogBuilder,
    rejected: RejectedRows,
    limits: LogLimits,
    /// Where in a row that was read each column of the file stands.
    place_of: Vec<usize>,
    /// Which columns of a row are times and nothing else.
    are_times: Vec<bool>,
}

impl<'reading> Taker<'reading> {
    fn new(reading: &Reading<'reading>) -> Self {
        let (mapping, settings) = (reading.mapping, reading.settings);
        let needed: Vec<usize> = reading.columns.iter().map(|(at, _)| *at).collect();
        let place = |at| needed.iter().position(|needed| *needed == at).unwrap_or(0);
        Self {
            times: Times::new(mapping.time_spelling, &settings.wish.zone),
            starts: Times::new(mapping.start_spelling, &settings.wish.zone),
            builder: LogBuilder::new(settings.limits),
            rejected: RejectedRows::default(),
            limits: settings.limits,
            place_of: (0..mapping.columns.len()).map(place).collect(),
            are_times: needed.iter().map(|at| is_time(mapping, *at)).collect(),
            mapping,
        }
    }

    /// Takes the rows that are in hand. `first`: how many rows of the file come before them.
    fn take_rows(
        &mut self,
        columns: &[Box<dyn Cells>],
        first: u64,
        rows: usize,
    ) -> Result<(), ReadErrorKind> {
        let mut cells: Vec<Cell<'_>> = Vec::with_capacity(columns.len());
        for row in 0..rows {
            cells.clear();
            for (column, is_time) in columns.iter().zip(&self.are_times) {
                let moment = is_time.then(|| column.moment_ms(row)).flatten();
                cells.push(match moment {
                    Some(time_ms) => Cell::Moment(time_ms),
                    None => Cell::Text(guarded(|| column.text(row))?),
                });
            }
            let reason = match self.take(&cells) {
                Ok(()) => continue,
                Err(NotTaken::Reason(reason)) => reason,
                Err(NotTaken::TooMany(TooMany::NameBytes(bytes_max))) => {
                    Reason::NameTooLong { bytes_max }
                }
                Err(NotTaken::TooMany(too_many)) => return Err(ReadErrorKind::TooMany(too_many)),
            };
            let number = first + row as u64 + 1;
            self.rejected.add(Place::Element(number), reason);
        }
        Ok(())
    }

    fn take(&mut self, cells: &[Cell<'_>]) -> Result<(), NotTaken> {
        let mapping = self.mapping;
        let place_of = &self.place_of;
        let cell = |column: usize| cells[place_of[column]].text();
        let bytes_max = self.limits.name_bytes_max;
        if (cells.iter()).any(|cell| cell.text().len() > bytes_max as usize) {
            return Err(Reason::NameTooLong { bytes_max }.into());
        }
        let case = filled(cell(mapping.case.column), Reason::CaseMissing)?;
        let activity = filled(cell(mapping.activity.column), Reason::ActivityMissing)?;
        let time = &cells[place_of[mapping.time.column]];
        let time_ms = match (time, &mapping.time_of_day) {
            (Cell::Moment(time_ms), _) => *time_ms,
            (Cell::Text(time), None) => {
                let time = filled(time, Reason::TimeMissing)?;
                self.times.read_ms(time).ok_or_else(|| unread(time))?
            }
            (Cell::Text(time), Some(choice)) => {
                let time = filled(time, Reason::TimeMissing)?;
                let of_day = filled(cell(choice.column), Reason::TimeMissing)?;
                let time_ms = self.times.read_two_ms(time, of_day);
                time_ms.ok_or_else(|| unread(&format!("{time} {of_day}")))?
            }
        };
        let start = (mapping.start.as_ref()).map(|choice| &cells[place_of[choice.column]]);
        let started_ms = match start {
            Some(Cell::Moment(time_ms)) => Some(*time_ms),
            Some(Cell::Text(start)) if !start.is_empty() => {
                Some(self.starts.read_ms(start).ok_or_else(|| unread(start))?)
            }
            _ => None,
        };
        let optional = |column: Option<usize>| column.map(cell).filter(|cell| !cell.is_empty());
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

/// Whether a column is when something was done or begun, and nothing that text is wanted of.
fn is_time(mapping: &Mapping, column: usize) -> bool {
    let is = |choice: &Choice| choice.column == column;
    let is_time = is(&mapping.time) && mapping.time_of_day.is_none()
        || mapping.start.as_ref().is_some_and(is) && !is(&mapping.time);
    let others = [&mapping.time_of_day, &mapping.resource, &mapping.sequence];
    let mut others = (others.into_iter().flatten()).chain([&mapping.case, &mapping.activity]);
    let is_kept = (mapping.attributes.iter()).any(|attribute| attribute.column == column);
    is_time && !others.any(is) && !is_kept
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
