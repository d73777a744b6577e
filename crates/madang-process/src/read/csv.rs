//! CSV and what is like it: columns guessed and shown, rows read by all cores.
//!
//! A plain file is parted where lines begin, and each part is read on a thread of its own. Whether a line break is the end of a row can only be
//! told by reading from the beginning, so the parting is a guess by the parity of quotes that is checked: each part has to end exactly where the
//! next was begun, else the file is read again by one thread. What is packed or not UTF-8 is unpacked and decoded by one thread, too. What is still
//! being written is read as it comes by [`GrowingCsv`].

use std::fs::File;
use std::io::Read as _;
use std::num::NonZero;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use jiff::tz::TimeZone;
use madang_import::read::{CsvFormat, Input, ReadSettings, Source};

use self::blocks::{Failed, FileBlocks, TextBlocks};
pub use self::growing::GrowingCsv;
use self::part::{Part, read_part};
use self::parting::{Stretch, stretches};
use self::row::{CellAt, RowFormat, Scanned};
use super::Read;
use super::error::{ReadError, ReadErrorKind};
use super::mapping::{Mapping, MappingWish};
use super::progress::Progress;
use super::rejected::RejectedRows;
use super::text_stream::{BYTES_NAME, input_in_hand, input_of};
use crate::event_data::{LogBuilder, LogLimits};

mod blocks;
mod growing;
mod part;
mod parting;
mod row;

/// What may be said about reading CSV.
#[derive(Clone, Debug)]
pub struct CsvSettings {
    /// What the columns are.
    pub wish: MappingWish,
    /// How the text is encoded and packed, and how long a row may be.
    pub text: ReadSettings,
    /// What the log may hold.
    pub limits: LogLimits,
    /// How many threads may read; none: as many as there are cores.
    pub threads: Option<NonZero<usize>>,
    /// The least bytes of a file that a thread is given.
    pub part_bytes_min: NonZero<u64>,
    /// Told how far the reading has come.
    pub progress: Progress,
}

impl Default for CsvSettings {
    fn default() -> Self {
        Self {
            wish: MappingWish::default(),
            text: ReadSettings::default(),
            limits: LogLimits::default(),
            threads: None,
            part_bytes_min: PART_BYTES_MIN,
            progress: Progress::default(),
        }
    }
}

/// Reads a file as a user names it: plain, packed, in an archive, or `-` for standard input.
///
/// # Errors
/// When it cannot be read, when its columns tell nothing, and when it holds more than a log may.
pub fn read_csv(name: &str, settings: &CsvSettings) -> Result<Read, ReadError> {
    let input = input_of(name)?;
    read_csv_input(input, Some(Path::new(name)), settings).map_err(|kind| kind.of(name))
}

/// `path`: where the input is, should it be a plain file.
pub(super) fn read_csv_input(
    input: Arc<dyn Input>,
    path: Option<&Path>,
    settings: &CsvSettings,
) -> Result<Read, ReadErrorKind> {
    Reading::open(input, settings)?.read(path)
}

/// Reads bytes that are in hand.
///
/// # Errors
/// Those of [`read_csv`].
pub fn read_csv_bytes(bytes: Vec<u8>, settings: &CsvSettings) -> Result<Read, ReadError> {
    read_csv_input(input_in_hand(bytes), None, settings).map_err(|kind| kind.of(BYTES_NAME))
}

/// What every part of a file needs to know.
#[derive(Clone)]
struct CsvPlan {
    format: RowFormat,
    mapping: Mapping,
    zone: TimeZone,
    limits: LogLimits,
    row_bytes_max: usize,
}

impl CsvPlan {
    /// Finds out what the columns are.
    fn of(
        format: RowFormat,
        sample: &Sample,
        settings: &CsvSettings,
    ) -> Result<Self, ReadErrorKind> {
        let mapping = Mapping::find(&sample.columns, &sample.rows, &settings.wish)?;
        Ok(Self {
            format,
            mapping,
            zone: settings.wish.zone.clone(),
            limits: settings.limits,
            row_bytes_max: settings.text.row_bytes_max,
        })
    }
}

/// A file whose beginning was looked at.
struct Reading<'settings> {
    settings: &'settings CsvSettings,
    blocks: TextBlocks,
    head: Vec<u8>,
    /// Where the rows begin: the byte of the text, and the line.
    body: (usize, u64),
    plan: Arc<CsvPlan>,
}

/// Hundreds of rows: enough to find out what the columns are.
const HEAD_BYTES: usize = 64 * 1024;

/// More rows seldom say anything else.
const SAMPLE_ROWS_MAX: usize = 1_000;

/// More than any table has; PostgreSQL ends at 1,600.
const COLUMNS_MAX: usize = 4_096;

/// Below this a thread costs more than it saves.
const PART_BYTES_MIN: NonZero<u64> = NonZero::new(1024 * 1024).expect("it is not 0");

/// Threads beyond these have little left to save, and each has buffers of its own.
const THREADS_MAX: usize = 16;

impl<'settings> Reading<'settings> {
    fn open(
        input: Arc<dyn Input>,
        settings: &'settings CsvSettings,
    ) -> Result<Self, ReadErrorKind> {
        let mut blocks = text_blocks(input, settings);
        let (head, is_whole) = blocks.head(HEAD_BYTES).map_err(in_text)?;
        let (format, sample) = sample(&head, is_whole, settings)?;
        let plan = CsvPlan::of(format, &sample, settings)?;
        Ok(Self {
            settings,
            blocks,
            head,
            body: sample.body,
            plan: Arc::new(plan),
        })
    }

    /// `path`: where the file is, should it be a plain one.
    fn read(mut self, path: Option<&Path>) -> Result<Read, ReadErrorKind> {
        if let Some(path) = path
            && let Some(parts) = self.in_parallel(path)?
        {
            return self.joined(parts);
        }
        let (byte, line) = self.body;
        self.blocks.pass(byte);
        let part = read_part(&mut self.blocks, &self.plan, byte as u64, line).map_err(in_text)?;
        self.joined(vec![part])
    }

    /// The parts of a plain file; none when it has to be read by one thread.
    fn in_parallel(&self, path: &Path) -> Result<Option<Vec<Part>>, ReadErrorKind> {
        let Some((mark_bytes, file_bytes)) = self.plain(path) else {
            return Ok(None);
        };
        let (byte, line) = self.body;
        let from = mark_bytes + byte as u64;
        let has_quotes = (self.plan.format.quote).is_some_and(|quote| self.head.contains(&quote));
        let quote = self.plan.format.quote.filter(|_| has_quotes);
        let stretches = stretches(path, from..file_bytes, self.threads(file_bytes), quote)
            .map_err(ReadErrorKind::Bytes)?;
        let plan = &self.plan;
        let read = |stretch: &Stretch| {
            let progress = self.settings.progress.clone();
            let mut blocks = FileBlocks::open(path, stretch.start, stretch.end, progress)
                .map_err(Failed::Bytes)?;
            read_part(&mut blocks, plan, stretch.start - mark_bytes, line)
        };
        let results: Vec<Result<Part, Failed>> = thread::scope(|scope| {
            let threads: Vec<_> = (stretches.iter())
                .map(|stretch| scope.spawn(|| read(stretch)))
                .collect();
            let join = |thread: thread::ScopedJoinHandle<'_, _>| {
                thread
                    .join()
                    .expect("a thread that reads rows has no panic of its own")
            };
            threads.into_iter().map(join).collect()
        });
        let mut parts = Vec::new();
        for (at, result) in results.into_iter().enumerate() {
            match result {
                Ok(part) if part.is_ended || at + 1 == stretches.len() => parts.push(part),
                // The next part did not begin with a row.
                Ok(_) => return Ok(None),
                Err(Failed::NotUtf8) => return Ok(None),
                Err(failed) => return Err(in_text(failed)),
            }
        }
        Ok(Some(parts))
    }

    /// How long the byte order mark is, and the file, when what was unpacked and decoded is the file itself.
    fn plain(&self, path: &Path) -> Option<(u64, u64)> {
        const MARK: &[u8] = "\u{feff}".as_bytes();
        let data = path.metadata().ok().filter(std::fs::Metadata::is_file)?;
        if self.head.is_empty() {
            return None;
        }
        let mut begin = Vec::new();
        let bytes = (MARK.len() + self.head.len()) as u64;
        File::open(path)
            .ok()?
            .take(bytes)
            .read_to_end(&mut begin)
            .ok()?;
        if begin.starts_with(&self.head) {
            return Some((0, data.len()));
        }
        let is_marked = begin
            .strip_prefix(MARK)
            .is_some_and(|text| text.starts_with(&self.head));
        is_marked.then_some((MARK.len() as u64, data.len()))
    }

    fn threads(&self, bytes: u64) -> usize {
        let cores = || thread::available_parallelism().map_or(1, NonZero::get);
        let threads = self.settings.threads.map_or_else(cores, NonZero::get);
        let worth = usize::try_from(bytes / self.settings.part_bytes_min).unwrap_or(THREADS_MAX);
        threads.min(worth).clamp(1, THREADS_MAX)
    }

    fn joined(self, parts: Vec<Part>) -> Result<Read, ReadErrorKind> {
        let mut lines = 0;
        let mut whole: Option<(LogBuilder, RejectedRows)> = None;
        for mut part in parts {
            part.rejected.move_places(lines);
            lines += part.lines;
            match &mut whole {
                None => whole = Some((part.builder, part.rejected)),
                Some((builder, rejected)) => {
                    builder
                        .append(part.builder)
                        .map_err(ReadErrorKind::TooMany)?;
                    rejected.append(part.rejected);
                }
            }
        }
        let (builder, rejected) =
            whole.unwrap_or_else(|| (LogBuilder::new(self.plan.limits), RejectedRows::default()));
        Ok(Read {
            log: builder.finish(),
            rejected,
            mapping: Some(Arc::unwrap_or_clone(self.plan).mapping),
        })
    }
}

fn text_blocks(input: Arc<dyn Input>, settings: &CsvSettings) -> TextBlocks {
    TextBlocks::new(Box::new(Source::new(vec![input], &settings.text, None)))
}

fn in_text(failed: Failed) -> ReadErrorKind {
    match failed {
        Failed::Text(error) => ReadErrorKind::Text(error),
        Failed::Bytes(error) => ReadErrorKind::Bytes(error),
        Failed::TooMany(too_many) => ReadErrorKind::TooMany(too_many),
        Failed::NotUtf8 => ReadErrorKind::Bytes(std::io::Error::other("decoded text is not UTF-8")),
    }
}

/// How the rows of a text are written, and the first of them.
fn sample(
    head: &[u8],
    is_whole: bool,
    settings: &CsvSettings,
) -> Result<(RowFormat, Sample), ReadErrorKind> {
    let (csv, separator_line) = CsvFormat::sniffed(head, is_whole);
    let byte = |character: char| character as u8;
    let format = RowFormat::new(
        settings.text.separator.unwrap_or(byte(csv.separator)),
        settings.text.quote.unwrap_or(csv.quote.map(byte)),
    );
    let first_line = 1 + u64::from(separator_line > 0);
    let sample = Sample::of(head, (separator_line, first_line), is_whole, &format)?;
    Ok((format, sample))
}

/// The header and the first rows.
struct Sample {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
    body: (usize, u64),
}

impl Sample {
    fn of(
        head: &[u8],
        begin: (usize, u64),
        is_whole: bool,
        format: &RowFormat,
    ) -> Result<Self, ReadErrorKind> {
        // The head may end within a character; what stands before is text, for it was decoded.
        let text = match std::str::from_utf8(head) {
            Ok(text) => text,
            Err(error) => std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default(),
        };
        let (mut at, mut line) = begin;
        let mut header: Option<(Vec<String>, (usize, u64))> = None;
        let mut rows = Vec::new();
        let mut cells = Vec::new();
        while rows.len() < SAMPLE_ROWS_MAX && at < text.len() {
            match format.scan(text.as_bytes(), at, is_whole, COLUMNS_MAX, &mut cells) {
                Scanned::Row {
                    cells: count,
                    end,
                    lines,
                    ..
                } => {
                    if count > COLUMNS_MAX {
                        return Err(ReadErrorKind::Columns(COLUMNS_MAX));
                    }
                    (at, line) = (end, line + lines);
                    let cell = |cell: &CellAt| cell.text(text, format.quote).into_owned();
                    let row = cells.iter().map(cell).collect();
                    match header {
                        None => header = Some((row, (at, line))),
                        Some(_) => rows.push(row),
                    }
                }
                Scanned::Blank { end } => (at, line) = (end, line + 1),
                Scanned::Cut | Scanned::Open => break,
            }
        }
        match header {
            Some((columns, body)) => Ok(Self {
                columns,
                rows,
                body,
            }),
            None if text[at..].trim().is_empty() => Err(ReadErrorKind::Empty),
            None => Err(ReadErrorKind::Header(HEAD_BYTES)),
        }
    }
}
