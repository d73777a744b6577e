//! The simulated terminal's own book: one line of JSON an entry, on the disk before the terminal answers.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use madang_model::payment::Approval;
use madang_model::{AttemptKey, Money, Text};
use serde::{Deserialize, Serialize};

/// The largest book that is read: some years of a busy till.
const BOOK_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// What the book says about one attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "kebab-case")]
pub enum Entry {
    /// Paid.
    Approved {
        /// What the approval says.
        approval: Approval,
        /// How much.
        amount: Money,
        /// The terminal refuses to take it back.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        stands: bool,
    },
    /// The issuer said no.
    Declined {
        /// Its code.
        code: String,
        /// Its words.
        message: Text,
    },
    /// Taken back after it was paid.
    Reversed {
        /// How much went back.
        amount: Money,
    },
    /// Closed before anything was paid: a late authorization of it is refused.
    Closed,
}

/// The book.
pub struct TerminalBook {
    file: File,
    entries: HashMap<AttemptKey, Entry>,
}

/// Why the book could not be used.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    /// The file itself.
    #[error("the terminal's book {path} could not be {doing}")]
    File {
        /// Where it is.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// What went wrong.
        #[source]
        source: std::io::Error,
    },
    /// A line that is not an entry, before the end of the file.
    #[error("line {line} of the terminal's book {path} is not an entry")]
    Line {
        /// Where it is.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
}

#[derive(Serialize, Deserialize)]
struct BookLine {
    attempt: AttemptKey,
    #[serde(flatten)]
    entry: Entry,
}

impl TerminalBook {
    /// Opens the book, or begins one. A last line that was cut off by a crash was never answered, so it is taken out.
    ///
    /// # Errors
    /// [`BookError`] when the file cannot be read or a line in its middle is not an entry.
    pub fn open(path: &Path) -> Result<Self, BookError> {
        let failed = |doing| {
            move |source| BookError::File {
                path: path.to_owned(),
                doing,
                source,
            }
        };
        let mut file = open_private(path).map_err(failed("opened"))?;
        let mut text = Vec::new();
        (&mut file)
            .take(BOOK_BYTES_MAX)
            .read_to_end(&mut text)
            .map_err(failed("read"))?;
        let whole = text
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |end| end + 1);
        let mut entries = HashMap::new();
        for (index, line) in text[..whole]
            .split(|byte| *byte == b'\n')
            .enumerate()
            .filter(|(_, line)| !line.is_empty())
        {
            let read: BookLine =
                serde_json::from_slice(line).map_err(|source| BookError::Line {
                    path: path.to_owned(),
                    line: index + 1,
                    source,
                })?;
            entries.insert(read.attempt, read.entry);
        }
        file.set_len(whole as u64).map_err(failed("cut"))?;
        file.seek(SeekFrom::End(0)).map_err(failed("read"))?;
        Ok(Self { file, entries })
    }

    /// What is known about an attempt.
    pub fn entry(&self, attempt: &AttemptKey) -> Option<&Entry> {
        self.entries.get(attempt)
    }

    /// Every attempt with the last entry about it.
    pub fn entries(&self) -> impl Iterator<Item = (&AttemptKey, &Entry)> {
        self.entries.iter()
    }

    /// Writes an entry and waits for the disk.
    ///
    /// # Errors
    /// When the disk did not take it: it is then as if it had not been said.
    pub fn write(&mut self, attempt: &AttemptKey, entry: Entry) -> Result<(), std::io::Error> {
        let mut line = serde_json::to_vec(&BookLine {
            attempt: attempt.clone(),
            entry: entry.clone(),
        })?;
        line.push(b'\n');
        let before = self.file.stream_position()?;
        if let Err(error) = self
            .file
            .write_all(&line)
            .and_then(|()| self.file.sync_data())
        {
            self.file.set_len(before)?;
            self.file.seek(SeekFrom::Start(before))?;
            return Err(error);
        }
        self.entries.insert(attempt.clone(), entry);
        Ok(())
    }
}

fn open_private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}
