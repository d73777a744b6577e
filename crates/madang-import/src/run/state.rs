//! What a run leaves on the disk: a folder of its own, in which it can be found, gone on with and read about.
//!
//! ```text
//! .madang/imports/menu-3f2a90c1d2e4/
//!     run.json             what is imported, from where to where; written once
//!     mapping.toml         by what mapping, as it was when the run began
//!     checkpoint.json      how far it has come, for sinks that do not keep that themselves
//!     dead-letters.jsonl   the rows that were refused
//!     report.json          how it ended
//!     lock                 held by the process that runs it
//! ```

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest as _, Sha256};

use crate::checkpoint::{Checkpoint, RunKey};
use crate::failpoint::failpoint;
use crate::run::dead_letter::{DeadLetters, LetterError};
use crate::run::lot::hexadecimal;
use crate::run::mark::FileMark;
use crate::run::report::Report;

/// All runs that were kept in one place.
#[derive(Clone, Debug)]
pub struct Runs {
    folder: PathBuf,
}

/// The runs of a folder.
#[derive(Debug, Default)]
pub struct Listed {
    /// Each with how it ended if it did, the newest first.
    pub runs: Vec<(RunRecord, Option<Report>)>,
    /// What cannot be read, under the names of the runs.
    pub damaged: Vec<(String, StateError)>,
}

/// What is written down about a run when it begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRecord {
    /// [`RunRecord::VERSION`].
    pub version: u32,
    /// The name of its folder.
    pub name: String,
    /// Its key.
    pub key: RunKey,
    /// The mapping's name.
    pub mapping: String,
    /// Where its rows go, without secrets.
    pub sink: String,
    /// What is read.
    pub inputs: Vec<String>,
    /// When it began first.
    pub started_at: Timestamp,
    /// 0, or the millisecond since 1970 in which the same was begun once more on purpose: a sink may know rounds that this folder has lost.
    pub round: u64,
    /// What stands for what is read, whatever the mapping and the sink are ([`RunIdentity::source`]); empty in records of earlier versions.
    #[serde(default)]
    pub source: String,
    /// What each of `inputs` holds; empty in records of earlier versions, and where that makes no difference.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileMark>,
    /// The run whose refused rows these are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_of: Option<RunKey>,
    /// What was said of how the inputs are written, by which rows were divided into cells; none in records of earlier versions, and where nothing can be said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written: Option<WrittenAs>,
}

impl RunRecord {
    /// What this version of the program writes, and the only one it reads.
    pub const VERSION: u32 = 1;
}

/// What a user said of how files are written. Else than it was, rows behind a checkpoint would be cut into other cells than those before it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrittenAs {
    /// `csv` or `json-lines`; none: found out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// What the text is written in; none: found out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// What stands between two cells; none: found out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub separator: Option<char>,
    /// What encloses cells, or `none`; none: found out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
    /// Lines above the header.
    pub skip_lines: u64,
    /// Whether the first row names the columns.
    pub has_header: bool,
}

/// What a run is known by, before it has a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunIdentity<'a> {
    /// What tells the inputs apart from others: their names, sizes, first bytes.
    pub inputs: &'a [String],
    /// The mapping's name and the whole of its text.
    pub mapping: (&'a str, &'a str),
    /// The sink's name.
    pub sink: &'a str,
}

impl RunIdentity<'_> {
    /// The key of a round: the same inputs, mapping and sink give the same one.
    pub fn key(&self, round: u64) -> RunKey {
        let mut hash = Sha256::new();
        let mut part = |text: &str| {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        };
        part("madang import 1");
        part(self.mapping.0);
        part(self.mapping.1);
        part(self.sink);
        self.inputs.iter().for_each(|input| part(input));
        part(&round.to_string());
        RunKey(hexadecimal(&hash.finalize()))
    }

    /// What stands for the inputs alone.
    pub fn source(&self) -> String {
        let mut hash = Sha256::new();
        for input in self.inputs {
            hash.update((input.len() as u64).to_le_bytes());
            hash.update(input);
        }
        hexadecimal(&hash.finalize())
    }
}

impl StateError {
    /// The folder on whose disk there is no room, when that is why something could not be written.
    pub fn full_folder(&self) -> Option<&Path> {
        let (path, source) = match self {
            Self::Write { path, source } => (path, source),
            Self::NoRoom { folder, .. } => return Some(folder),
            _ => return None,
        };
        let is_full = matches!(
            source.kind(),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
        );
        path.parent().filter(|_| is_full)
    }
}

/// The folder of a run, which this process alone writes until it is dropped.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    record: RunRecord,
    letters: DeadLetters,
    lock: File,
}

/// While it is there, no other process decides what it is to do in a folder of runs.
#[derive(Debug)]
pub struct Alone {
    file: File,
}

impl Drop for Alone {
    /// See [`RunFolder`]'s.
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

/// Why what a run keeps could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// It could not be read.
    #[error("could not read {}", path.display())]
    Read {
        /// Which file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// It could not be written.
    #[error("could not write {}", path.display())]
    Write {
        /// Which file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The rest of the disk is for somebody else.
    #[error("the disk of {} has {free_bytes} bytes free, and imports leave {free_bytes_min}", folder.display())]
    NoRoom {
        /// The folder of the run.
        folder: PathBuf,
        /// What is free.
        free_bytes: u64,
        /// What stays free.
        free_bytes_min: u64,
    },
    /// Another process runs it.
    #[error("this import is under way in another process: {} is locked", path.display())]
    UnderWay {
        /// The lock.
        path: PathBuf,
    },
    /// A file says something else than it should.
    #[error("{} is damaged, or of another version of Madang", path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// There are more refused rows than are read again at once.
    #[error("{} holds more than {letters_max} refused rows: divide it, the first line at the head of each part (docs/import.md shows how)", path.display())]
    TooMany {
        /// The file.
        path: PathBuf,
        /// How many are read again.
        letters_max: usize,
    },
    /// A file of refused rows is not as it was written.
    #[error("the file of refused rows cannot be read")]
    Letters(#[from] LetterError),
}

const RECORD: &str = "run.json";
const MAPPING: &str = "mapping.toml";
const CHECKPOINT: &str = "checkpoint.json";
const LETTERS: &str = "dead-letters.jsonl";
const REPORT: &str = "report.json";
const LOCK: &str = "lock";

/// Digits of the key that the folder's name has: no two of a million runs share them.
const NAME_DIGITS: usize = 12;

/// Runs that are listed: a run an hour for a year.
const RUNS_MAX: usize = 10_000;

impl Runs {
    /// The runs kept in a folder, which need not be there yet.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Where they are kept.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What was written down about a run.
    ///
    /// # Errors
    /// [`StateError`].
    pub fn find(&self, mapping: &str, key: &RunKey) -> Result<Option<RunRecord>, StateError> {
        read_json(&self.folder.join(name(mapping, key)).join(RECORD))
    }

    /// Waits until no other process decides what it is to do here, and keeps others waiting until what is given back is dropped: two that begin at one moment would
    /// not know of each other.
    ///
    /// # Errors
    /// [`StateError`].
    pub fn alone(&self) -> Result<Alone, StateError> {
        let path = self.folder.join(LOCK);
        let said = |source| StateError::Write {
            path: path.clone(),
            source,
        };
        fs::create_dir_all(&self.folder).map_err(said)?;
        let mut options = OpenOptions::new();
        let file = options
            .create(true)
            .append(true)
            .open(&path)
            .map_err(said)?;
        file.lock().map_err(said)?;
        Ok(Alone { file })
    }

    /// Where the refused rows of a run are, if it has refused any.
    pub fn letters(&self, record: &RunRecord) -> PathBuf {
        self.folder.join(&record.name).join(LETTERS)
    }

    /// The mapping of a run as it was when it began; it is not there in folders of earlier versions.
    pub fn mapping(&self, record: &RunRecord) -> PathBuf {
        self.folder.join(&record.name).join(MAPPING)
    }

    /// How a run ended, if it did.
    ///
    /// # Errors
    /// [`StateError`].
    pub fn report(&self, record: &RunRecord) -> Result<Option<Report>, StateError> {
        read_json(&self.folder.join(&record.name).join(REPORT))
    }

    /// How far a run has come, where that is kept here and not at the sink.
    ///
    /// # Errors
    /// [`StateError`].
    pub fn checkpoint(&self, record: &RunRecord) -> Result<Option<Checkpoint>, StateError> {
        read_json(&self.folder.join(&record.name).join(CHECKPOINT))
    }

    /// The last round of an import.
    ///
    /// # Errors
    /// [`StateError`].
    pub fn last_round(&self, identity: &RunIdentity<'_>) -> Result<Option<RunRecord>, StateError> {
        let mapping = identity.mapping.0;
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(self.unreadable(source)),
        };
        let mut last = self.find(mapping, &identity.key(0))?;
        let prefix = name(mapping, &RunKey(String::new()));
        for entry in entries {
            let entry = entry.map_err(|source| self.unreadable(source))?;
            if !entry.file_name().to_string_lossy().starts_with(&prefix) {
                continue;
            }
            // What another run keeps may be damaged without harm to this one.
            let Ok(Some(record)) = read_json::<RunRecord>(&entry.path().join(RECORD)) else {
                continue;
            };
            let is_later = last.as_ref().is_none_or(|last| record.round > last.round);
            if is_later && identity.key(record.round) == record.key {
                last = Some(record);
            }
        }
        Ok(last)
    }

    /// Every run, the newest first, with how it ended if it did. What is damaged is left out; [`Self::listed`] tells of it.
    ///
    /// # Errors
    /// [`StateError`] when the folder cannot be read.
    pub fn all(&self) -> Result<Vec<(RunRecord, Option<Report>)>, StateError> {
        Ok(self.listed()?.runs)
    }

    /// Every run, and what of them cannot be read.
    ///
    /// # Errors
    /// [`StateError`] when the folder cannot be read.
    pub fn listed(&self) -> Result<Listed, StateError> {
        let mut listed = Listed::default();
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(listed),
            Err(source) => return Err(self.unreadable(source)),
        };
        for entry in entries.take(RUNS_MAX) {
            let path = entry.map_err(|source| self.unreadable(source))?.path();
            if path.is_dir() {
                listed.add(&path);
            }
        }
        let runs = &mut listed.runs;
        runs.sort_by_key(|(record, _)| std::cmp::Reverse(record.started_at));
        listed.damaged.sort_by(|one, other| one.0.cmp(&other.0));
        Ok(listed)
    }

    /// The folder of a run, made when it is not there, for this process alone.
    ///
    /// # Errors
    /// [`StateError`].
    pub fn claim(&self, record: RunRecord) -> Result<RunFolder, StateError> {
        let path = self.folder.join(&record.name);
        fs::create_dir_all(&path).map_err(|source| StateError::Write {
            path: path.clone(),
            source,
        })?;
        let lock = lock(&path)?;
        let record = match read_json(&path.join(RECORD))? {
            Some(first) => first,
            None => {
                write_json(&path.join(RECORD), &record)?;
                record
            }
        };
        let letters = DeadLetters::new(path.join(LETTERS));
        Ok(RunFolder {
            path,
            record,
            letters,
            lock,
        })
    }

    fn unreadable(&self, source: io::Error) -> StateError {
        StateError::Read {
            path: self.folder.clone(),
            source,
        }
    }
}

impl Listed {
    /// A folder without a record is another's, or was killed while it was made.
    fn add(&mut self, folder: &Path) {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let record = match read_json::<RunRecord>(&folder.join(RECORD)) {
            Ok(Some(record)) => record,
            Ok(None) => return,
            Err(error) => return self.damaged.push((name.into_owned(), error)),
        };
        let report = read_json(&folder.join(REPORT)).unwrap_or_else(|error| {
            self.damaged.push((name.into_owned(), error));
            None
        });
        self.runs.push((record, report));
    }
}

/// The name of a run's folder.
pub fn name(mapping: &str, key: &RunKey) -> String {
    // A mapping's name may be anything that a person wrote; a folder's may not.
    let mapping: String = mapping
        .chars()
        .map(|letter| {
            if letter.is_alphanumeric() {
                letter
            } else {
                '-'
            }
        })
        .take(40)
        .collect();
    format!("{mapping}-{}", &key.0[..NAME_DIGITS.min(key.0.len())])
}

impl RunFolder {
    /// What was written down when the run began first.
    pub fn record(&self) -> &RunRecord {
        &self.record
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The rows that were refused.
    pub fn letters(&mut self) -> &mut DeadLetters {
        &mut self.letters
    }

    /// Keeps the mapping: mended where the user has it, it is still needed to go on with this run.
    ///
    /// # Errors
    /// [`StateError`].
    pub fn keep_mapping(&self, mapping: &str) -> Result<(), StateError> {
        replace(&self.path.join(MAPPING), |file| {
            file.write_all(mapping.as_bytes())
        })
    }

    /// How far the run has come, when that is kept here.
    ///
    /// # Errors
    /// [`StateError`].
    pub fn checkpoint(&self) -> Result<Option<Checkpoint>, StateError> {
        read_json(&self.path.join(CHECKPOINT))
    }

    /// Keeps how far the run has come; on the disk when this returns.
    ///
    /// # Errors
    /// [`StateError`].
    pub fn keep(&self, checkpoint: &Checkpoint) -> Result<(), StateError> {
        write_json(&self.path.join(CHECKPOINT), checkpoint)?;
        failpoint("import/checkpoint-renamed");
        Ok(())
    }

    /// Keeps how it ended.
    ///
    /// # Errors
    /// [`StateError`].
    pub fn end(&self, report: &Report) -> Result<(), StateError> {
        write_json(&self.path.join(REPORT), report)?;
        failpoint("import/report-kept");
        Ok(())
    }

    /// How it ended the last time.
    ///
    /// # Errors
    /// [`StateError`].
    pub fn report(&self) -> Result<Option<Report>, StateError> {
        read_json(&self.path.join(REPORT))
    }
}

impl Drop for RunFolder {
    /// Closing the file is not enough: a child process that was forked but does not run its own program yet still has it open.
    fn drop(&mut self) {
        // What fails here is put right by the end of the process.
        let _ = self.lock.unlock();
    }
}

fn lock(folder: &Path) -> Result<File, StateError> {
    let path = folder.join(LOCK);
    let said = |source| StateError::Write {
        path: path.clone(),
        source,
    };
    let file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(&path)
        .map_err(said)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StateError::UnderWay { path }),
        Err(TryLockError::Error(source)) => Err(said(source)),
    }
}

/// More than any of our own files here has.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, StateError> {
    let said = |source| StateError::Read {
        path: path.to_owned(),
        source,
    };
    let text = match fs::metadata(path) {
        Ok(about) if about.len() > FILE_BYTES_MAX => {
            return Err(said(io::Error::other(
                "it is larger than any that Madang writes",
            )));
        }
        Ok(_) => fs::read(path).map_err(said)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(said(source)),
    };
    let value = serde_json::from_slice(&text);
    value.map(Some).map_err(|source| StateError::Damaged {
        path: path.to_owned(),
        source,
    })
}

fn write_json(path: &Path, value: &impl Serialize) -> Result<(), StateError> {
    replace(path, |file| {
        serde_json::to_writer_pretty(&mut *file, value)?;
        file.write_all(b"\n")
    })
}

/// Rows that were refused, and what reports show of them, are for whoever imports.
pub(crate) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Writes a file anew so that after a crash either the old or the new one stands there, whole.
pub(crate) fn replace(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), StateError> {
    let new = path.with_extension("new");
    let replaced = || {
        let mut options = private();
        let file = options.write(true).create(true).truncate(true).open(&new)?;
        let mut file = BufWriter::new(file);
        write(&mut file)?;
        file.into_inner()?.sync_data()?;
        failpoint("import/checkpoint-written");
        fs::rename(&new, path)?;
        match path.parent() {
            Some(folder) => File::open(folder)?.sync_all(),
            None => Ok(()),
        }
    };
    replaced().map_err(|source| StateError::Write {
        path: path.to_owned(),
        source,
    })
}
