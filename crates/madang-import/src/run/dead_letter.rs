//! The file of refused rows: JSON lines, a header first, then one row a line.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::checkpoint::Checkpoint;
use crate::failpoint::failpoint;
use crate::read::Format;
use crate::refused::{RAW_BYTES_MAX, Refused};
use crate::run::lot::Position;
use crate::run::state::{StateError, private, replace};

/// The first line: all that is needed to read the rows again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LetterHead {
    /// What the file is.
    pub madang: LetterKind,
    /// [`LetterHead::VERSION`].
    pub version: u32,
    /// The run that refused the rows.
    pub run: String,
    /// The mapping, as TOML.
    pub mapping: String,
    /// What the inputs were called.
    pub inputs: Vec<String>,
    /// The columns of the inputs.
    pub columns: Vec<String>,
    /// How a row is written.
    pub format: Format,
}

/// The mark of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LetterKind {
    /// Refused rows.
    #[serde(rename = "dead-letters")]
    DeadLetters,
}

impl LetterHead {
    /// What this version of the program writes, and the only one it reads.
    pub const VERSION: u32 = 1;
}

/// The longest line that is read: the text of a row, six bytes for each of its own when all are escaped, its reasons and its place.
const LINE_BYTES_MAX: u64 = 8 * RAW_BYTES_MAX as u64;

/// Refused rows on their way to the file.
#[derive(Debug)]
pub struct DeadLetters {
    path: PathBuf,
    head: Option<LetterHead>,
    file: Option<BufWriter<File>>,
    is_dirty: bool,
    /// How long the file is, once something was added.
    bytes: u64,
}

impl DeadLetters {
    /// Of a run that begins: the file is made when the first row is refused.
    pub fn new(path: PathBuf) -> Self {
        Self {
            path,
            head: None,
            file: None,
            is_dirty: false,
            bytes: 0,
        }
    }

    /// What the file begins with; said once the columns are known.
    pub fn head(&mut self, head: LetterHead) {
        self.head = Some(head);
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Takes out the rows that a run which goes on from a checkpoint will meet again, and a line that was cut off. Says how many stay.
    ///
    /// # Errors
    /// [`StateError`].
    pub fn cut(&mut self, checkpoint: &Checkpoint) -> Result<u64, StateError> {
        let position = Position::of(checkpoint);
        let Some(reader) = LetterReader::open(&self.path)? else {
            return Ok(0);
        };
        let mut stay = 0;
        replace(&self.path, |to| {
            serde_json::to_writer(&mut *to, &reader.head)?;
            to.write_all(b"\n")?;
            for letter in reader {
                // What cannot be read was cut off by the end of the run that wrote it, and lies behind its last checkpoint.
                let Ok(letter) = letter else { break };
                if position.is_behind(&letter.place) {
                    serde_json::to_writer(&mut *to, &letter)?;
                    to.write_all(b"\n")?;
                    stay += 1;
                }
            }
            Ok(())
        })?;
        Ok(stay)
    }

    /// How long the file is, once something was added.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Adds a row.
    ///
    /// # Errors
    /// [`StateError`].
    pub fn add(&mut self, refused: &Refused) -> Result<(), StateError> {
        self.is_dirty = true;
        let path = self.path.clone();
        let said = |source| StateError::Write { path, source };
        let mut line = serde_json::to_vec(refused)
            .map_err(io::Error::from)
            .map_err(said.clone())?;
        line.push(b'\n');
        let file = self.file().map_err(said.clone())?;
        file.write_all(&line).map_err(said)?;
        self.bytes += line.len() as u64;
        Ok(())
    }

    /// What was added is on the disk when this returns.
    ///
    /// # Errors
    /// [`StateError`].
    pub fn sync(&mut self) -> Result<(), StateError> {
        let Some(file) = self.file.as_mut().filter(|_| self.is_dirty) else {
            return Ok(());
        };
        let synced = file.flush().and_then(|()| {
            failpoint("import/letters-written");
            file.get_ref().sync_data()
        });
        synced.map_err(|source| StateError::Write {
            path: self.path.clone(),
            source,
        })?;
        failpoint("import/letters-synced");
        self.is_dirty = false;
        Ok(())
    }

    fn file(&mut self) -> io::Result<&mut BufWriter<File>> {
        if self.file.is_none() {
            let file = private().create(true).append(true).open(&self.path)?;
            self.bytes = file.metadata()?.len();
            let is_new = self.bytes == 0;
            let mut file = BufWriter::new(file);
            if let (true, Some(head)) = (is_new, &self.head) {
                serde_json::to_writer(&mut file, head)?;
                file.write_all(b"\n")?;
                if let Some(folder) = self.path.parent() {
                    File::open(folder)?.sync_all()?;
                }
            }
            self.file = Some(file);
        }
        Ok(self.file.as_mut().expect("made above"))
    }
}

/// Reads a file of refused rows, one at a time.
#[derive(Debug)]
pub struct LetterReader {
    /// Its first line.
    pub head: LetterHead,
    path: PathBuf,
    lines: BufReader<File>,
    line: u64,
    /// The byte at which the next line begins.
    at: u64,
}

/// Why a file of refused rows cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("line {line} of {} {problem}", path.display())]
pub struct LetterError {
    /// The file.
    pub path: PathBuf,
    /// Which line, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub problem: &'static str,
    /// What lies under it.
    #[source]
    pub source: Option<serde_json::Error>,
}

/// A person divided the file, or took the line for a title.
const HEAD_MISSING: &str = "is a refused row, and the head line is missing: put the first line of the run's dead-letters.jsonl back above it";

impl LetterReader {
    /// How many rows a file holds; none, and what is cut off or damaged, count for nothing.
    pub fn count(path: &Path) -> u64 {
        match Self::open(path) {
            Ok(Some(reader)) => reader.filter(Result::is_ok).count() as u64,
            _ => 0,
        }
    }

    /// Opens a file; `None` when there is none, or none of its rows was ever written whole.
    ///
    /// # Errors
    /// [`StateError`].
    pub fn open(path: &Path) -> Result<Option<Self>, StateError> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => {
                return Err(StateError::Read {
                    path: path.to_owned(),
                    source,
                });
            }
        };
        let mut lines = BufReader::new(file);
        let Some(first) = next_line(path, &mut lines, 1)? else {
            return Ok(None);
        };
        // Some editors put a mark of UTF-8 in front.
        let text = first.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&first);
        let head = serde_json::from_slice::<LetterHead>(text).map_err(|source| {
            match serde_json::from_slice::<Refused>(text) {
                Ok(_) => wrong(path, 1, HEAD_MISSING, None),
                Err(_) => wrong(path, 1, "is no header of refused rows", Some(source)),
            }
        })?;
        if head.version != LetterHead::VERSION {
            let problem = "is of another version of Madang; use the one that wrote it";
            return Err(wrong(path, 1, problem, None).into());
        }
        Ok(Some(Self {
            head,
            path: path.to_owned(),
            lines,
            line: 1,
            at: first.len() as u64,
        }))
    }

    /// The byte at which the next line begins.
    pub fn at(&self) -> u64 {
        self.at
    }

    /// The row whose line begins at a byte.
    ///
    /// # Errors
    /// [`StateError`].
    pub fn read_at(&mut self, at: u64) -> Result<Refused, StateError> {
        let sought = self.lines.seek(SeekFrom::Start(at));
        sought.map_err(|source| StateError::Read {
            path: self.path.clone(),
            source,
        })?;
        self.at = at;
        let gone = wrong(&self.path, self.line, "is no longer there", None);
        self.next().unwrap_or_else(|| Err(gone.into()))
    }
}

impl Iterator for LetterReader {
    type Item = Result<Refused, StateError>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = loop {
            self.line += 1;
            let line = match next_line(&self.path, &mut self.lines, self.line) {
                Ok(line) => line?,
                Err(error) => return Some(Err(error)),
            };
            self.at += line.len() as u64;
            // A line that a person left empty is no row.
            if !line.trim_ascii().is_empty() {
                break line;
            }
        };
        let refused = serde_json::from_slice(&line)
            .map_err(|source| wrong(&self.path, self.line, "is no refused row", Some(source)));
        Some(refused.map_err(StateError::from))
    }
}

fn next_line(
    path: &Path,
    lines: &mut BufReader<File>,
    number: u64,
) -> Result<Option<Vec<u8>>, StateError> {
    let mut line = Vec::new();
    let read = lines
        .by_ref()
        .take(LINE_BYTES_MAX)
        .read_until(b'\n', &mut line);
    read.map_err(|source| StateError::Read {
        path: path.to_owned(),
        source,
    })?;
    if line.len() as u64 == LINE_BYTES_MAX {
        return Err(wrong(path, number, "is longer than a refused row may be", None).into());
    }
    // A person's editor may leave the last line without its end.
    Ok((!line.is_empty()).then_some(line))
}

fn wrong(
    path: &Path,
    line: u64,
    problem: &'static str,
    source: Option<serde_json::Error>,
) -> LetterError {
    LetterError {
        path: path.to_owned(),
        line,
        problem,
        source,
    }
}
