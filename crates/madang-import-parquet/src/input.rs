//! A file as JSON Lines.

use std::fs::File;
use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use madang_import::read::error::Unsupported;
use madang_import::read::{FileInput, Format, Identity, Input, ReadError, ReadErrorKind};
use parquet::basic::Compression;
use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::file::serialized_reader::ReadOptionsBuilder;
use parquet::record::reader::RowIter;

use crate::checksum;
use crate::json::Columns;
use crate::pages::{PagesError, pages_bytes};

/// The first and the last four bytes of a file.
const MAGIC: &[u8; 4] = b"PAR1";

/// The most columns, as many as tables of a database have; and the most bytes of a file's footer, which is held in memory while it is read.
const COLUMNS_MAX: usize = 1_600;
const FOOTER_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// How much text is made at once.
const PIECE_BYTES: usize = 64 * 1024;

/// A Parquet file, whose text are JSON Lines: what a byte or a line of it is, is one of that text.
pub struct ParquetInput {
    file: FileInput,
    path: PathBuf,
    name: String,
    /// See [`Input::bytes_stood_for`].
    stood_for: Arc<AtomicU64>,
}

/// Whether a file begins as Parquet files do. What cannot be opened is none: whoever reads it says why. A pipe is none, either: what is read of it here
/// would be gone for whoever reads it after.
pub fn is_parquet(path: &Path) -> bool {
    if !path.metadata().is_ok_and(|about| about.is_file()) {
        return false;
    }
    let mut first = [0; MAGIC.len()];
    File::open(path)
        .and_then(|mut file| file.read_exact(&mut first))
        .is_ok()
        && first == *MAGIC
}

impl ParquetInput {
    /// A file as the user named it.
    pub fn named(name: &str) -> Self {
        Self {
            file: FileInput::named(name),
            path: PathBuf::from(name),
            name: name.to_owned(),
            stood_for: Arc::default(),
        }
    }

    /// A file at a path, under a name for people.
    pub fn at(path: &Path, name: &str) -> Self {
        Self {
            file: FileInput::at(path.to_owned(), name),
            path: path.to_owned(),
            name: name.to_owned(),
            stood_for: Arc::default(),
        }
    }

    /// The file, and a reader of its groups of rows. One without rows need not have pages anywhere, so it is left out.
    fn reader(&self) -> io::Result<(File, SerializedFileReader<File>)> {
        let file = File::open(&self.path)?;
        check_footer(&file)?;
        let whole = file.try_clone()?;
        let reader = guarded(|| {
            let has_rows = ReadOptionsBuilder::new()
                .with_predicate(Box::new(|group, _| group.num_rows() != 0))
                .build();
            SerializedFileReader::new_with_options(file, has_rows)
        })?;
        let columns = reader.metadata().file_metadata().schema_descr();
        match columns.num_columns() <= COLUMNS_MAX {
            true => Ok((whole, reader)),
            false => Err(broken(format!(
                "it has {} columns; at most {COLUMNS_MAX} are read",
                columns.num_columns()
            ))),
        }
    }

    fn lines(&self) -> io::Result<Lines> {
        let (whole, reader) = self.reader()?;
        if let Some(packing) = unread_packing(reader.metadata()) {
            let kind = ReadErrorKind::Unsupported(packing);
            return Err(io::Error::other(ReadError::new(&self.name, kind)));
        }
        pages_bytes(&whole, reader.metadata()).map_err(|error| match error {
            PagesError::Bytes(error) => error,
            other => broken(other.to_string()),
        })?;
        let about = reader.metadata().file_metadata();
        if !checksum::fits(&whole, about.key_value_metadata())? {
            return Err(broken(
                "it is not as Madang wrote it: its checksum does not fit; get it again".to_owned(),
            ));
        }
        let groups = reader.metadata().row_groups().iter();
        let rows: i64 = groups
            .map(|group| group.num_rows())
            .fold(0, i64::saturating_add);
        if about.num_rows() > rows {
            return Err(broken(format!(
                "it says that it has {} rows, and {rows} are there; get it again",
                about.num_rows()
            )));
        }
        let columns = Columns::of(about.schema_descr());
        let share = Share {
            // What a damaged file says of itself may be less than nothing.
            rows_total: u64::try_from(about.num_rows()).unwrap_or(0),
            bytes_total: whole.metadata()?.len(),
            stood_for: Arc::clone(&self.stood_for),
        };
        share.told(0);
        let rows = guarded(|| Ok(RowIter::from_file_into(Box::new(reader))))?;
        Ok(Lines {
            rows,
            columns,
            text: Vec::with_capacity(PIECE_BYTES * 2),
            given: 0,
            row: 0,
            ended: false,
            share,
        })
    }
}

impl Input for ParquetInput {
    fn name(&self) -> &str {
        &self.name
    }

    fn source(&self) -> Option<String> {
        self.file.source()
    }

    fn bytes(&self) -> Result<Option<u64>, ReadError> {
        self.file.bytes()
    }

    fn handle(&self) -> Result<Option<File>, ReadError> {
        self.file.handle()
    }

    fn bytes_stood_for(&self) -> Option<u64> {
        Some(self.stood_for.load(Ordering::Relaxed))
    }

    fn format(&self) -> Option<Format> {
        Some(Format::Parquet)
    }

    fn members(&self) -> Result<Option<Vec<String>>, ReadError> {
        let (_, reader) = self
            .reader()
            .map_err(|error| ReadError::io(&self.name, error))?;
        let schema = reader.metadata().file_metadata().schema_descr();
        let fields = schema.root_schema().get_fields().iter();
        Ok(Some(fields.map(|field| field.name().to_owned()).collect()))
    }

    /// It can be opened again, but only at its beginning: a byte of its text is found by making the text before it.
    fn can_seek(&self) -> bool {
        true
    }

    fn open_at(&self, byte: u64) -> Result<Box<dyn Read + Send>, ReadError> {
        let mut lines = self
            .lines()
            .map_err(|error| ReadError::io(&self.name, error))?;
        let skipped = io::copy(&mut lines.by_ref().take(byte), &mut io::sink())
            .map_err(|error| ReadError::io(&self.name, error))?;
        debug_assert!(skipped <= byte);
        Ok(Box::new(lines))
    }

    /// That of the file as it is stored: its text is the same as long as its bytes are.
    fn identity(&self) -> Result<Identity, ReadError> {
        self.file.identity()
    }
}

/// The text of a file, made as it is read.
struct Lines {
    rows: RowIter<'static>,
    columns: Columns,
    text: Vec<u8>,
    given: usize,
    row: u64,
    ended: bool,
    share: Share,
}

/// How much of a file its first rows stand for: as large a part of it as of its rows.
struct Share {
    rows_total: u64,
    bytes_total: u64,
    stood_for: Arc<AtomicU64>,
}

impl Share {
    fn told(&self, rows: u64) {
        let part = u128::from(self.bytes_total) * u128::from(rows.min(self.rows_total));
        let bytes = part / u128::from(self.rows_total.max(1));
        self.stood_for.store(bytes as u64, Ordering::Relaxed);
    }

    fn told_whole(&self) {
        self.stood_for.store(self.bytes_total, Ordering::Relaxed);
    }
}

impl Lines {
    fn make_more(&mut self) -> io::Result<()> {
        self.text.clear();
        self.given = 0;
        while !self.ended && self.text.len() < PIECE_BYTES {
            let next = guarded(|| self.rows.next().transpose())
                .map_err(|error| broken(format!("row {}: {error}", self.row + 1)))?;
            match next {
                Some(row) => self.columns.write(&row, &mut self.text),
                None => self.ended = true,
            }
            self.row += 1;
        }
        match self.ended {
            true => self.share.told_whole(),
            false => self.share.told(self.row),
        }
        Ok(())
    }
}

impl Read for Lines {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.given == self.text.len() && !self.ended {
            self.make_more()?;
        }
        let rest = &self.text[self.given..];
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        self.given += count;
        Ok(count)
    }
}

/// The footer says how long it is; the library believes it and makes room for it.
fn check_footer(file: &File) -> io::Result<()> {
    use std::os::unix::fs::FileExt as _;
    let bytes = file.metadata()?.len();
    let mut tail = [0; 8];
    let at = bytes
        .checked_sub(tail.len() as u64)
        .ok_or_else(|| broken("it is too short for a Parquet file".to_owned()))?;
    file.read_exact_at(&mut tail, at)?;
    if &tail[4..] != MAGIC {
        return Err(broken(
            "its end is missing: it was cut off on its way here; get it again".to_owned(),
        ));
    }
    let footer = u64::from(u32::from_le_bytes([tail[0], tail[1], tail[2], tail[3]]));
    match footer <= FOOTER_BYTES_MAX && footer <= at {
        true => Ok(()),
        false => Err(broken(format!(
            "its footer is said to be {footer} bytes long, which cannot be"
        ))),
    }
}

/// How pages of it are packed, where nothing here unpacks that.
fn unread_packing(about: &ParquetMetaData) -> Option<Unsupported> {
    let groups = about.row_groups().iter();
    groups
        .flat_map(|group| group.columns())
        .find_map(|column| match column.compression() {
            Compression::BROTLI(_) => Some(Unsupported::ParquetBrotli),
            Compression::LZO => Some(Unsupported::ParquetLzo),
            _ => None,
        })
}

/// Asks the library, which panics at some damaged files.
fn guarded<Answer>(ask: impl FnOnce() -> parquet::errors::Result<Answer>) -> io::Result<Answer> {
    match catch_unwind(AssertUnwindSafe(ask)) {
        Ok(answer) => answer.map_err(|error| broken(error.to_string())),
        Err(_) => Err(broken(
            "it is damaged, or of a kind that is not read".to_owned(),
        )),
    }
}

fn broken(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("Parquet: {what}"))
}
