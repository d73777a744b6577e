//! The data folder: who may use it, which format it has, what is in it.
//!
//! It is made in this order, each step safe to be cut off: the folder, the lock, the database
//! with its tables (one transaction), and last the `format` file. A folder without a `format`
//! file is therefore half-made and holds nothing that anybody was promised.

use std::{
    fmt,
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read, Seek, Write},
    path::{Path, PathBuf},
};

use rusqlite::Connection;

use crate::{
    failpoint::failpoint,
    sqlite::{
        connection::{is_damage, open_writing},
        schema,
    },
};

const DATABASE: &str = "journal.db";
const FORMAT: &str = "format";
const LOCK: &str = "lock";

/// More than any format file we ever write.
const FORMAT_BYTES_MAX: u64 = 4096;

/// The version of everything in the data folder.
///
/// A writer raises it when a reader of the version before would misread what it writes. A reader
/// opens its own version and every older one, turning that into its own; it refuses a newer one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FormatVersion(u32);

impl FormatVersion {
    /// What this version of the program writes.
    pub const CURRENT: Self = Self(1);

    /// The number.
    pub const fn get(self) -> u32 {
        self.0
    }

    fn parse(text: &str) -> Option<Self> {
        let number = text.lines().next()?.strip_prefix(FORMAT_LINE)?;
        number.trim().parse().ok().map(Self)
    }
}

const FORMAT_LINE: &str = "madang data folder, format ";

impl fmt::Display for FormatVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why a data folder could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file system said no.
    #[error("could not {doing} {}", path.display())]
    Io {
        /// What was being done.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// What it said.
        #[source]
        source: io::Error,
    },
    /// Another till has the folder.
    #[error("the data folder {} is in use{}; stop the other till or choose another folder", path.display(), by_process(.process))]
    InUse {
        /// The folder.
        path: PathBuf,
        /// The other till's process, when it said so.
        process: Option<u32>,
    },
    /// A newer program wrote it.
    #[error("the data folder {} has format {found}, newer than the {} of this program; use the newer program", path.display(), FormatVersion::CURRENT)]
    Newer {
        /// The folder.
        path: PathBuf,
        /// Its format.
        found: FormatVersion,
    },
    /// The format file says something else.
    #[error("{} is not a format file; choose another folder, or restore the last backup", path.display())]
    NotAFormat {
        /// The file.
        path: PathBuf,
    },
    /// There are sales in a folder that does not say its format.
    #[error("the data folder {} holds sales but its file `format` is missing; restore the last backup, or the file", path.display())]
    FormatMissing {
        /// The folder.
        path: PathBuf,
    },
    /// There is a format file, but nothing of what it describes.
    #[error("the data folder {} has a file `format` but no journal; restore the last backup, or choose another folder", path.display())]
    JournalMissing {
        /// The folder.
        path: PathBuf,
    },
    /// The database is damaged.
    #[error("the journal {} is damaged; restore the last backup", path.display())]
    Damaged {
        /// The database.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
    /// The database could not be opened.
    #[error("the journal {} could not be opened", path.display())]
    Store {
        /// The database.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
}

fn by_process(process: &Option<u32>) -> String {
    process.map_or_else(String::new, |process| format!(" by process {process}"))
}

/// A data folder held by this process; free again when dropped or when the process dies.
#[derive(Debug)]
pub(super) struct DataFolder {
    path: PathBuf,
    lock: File,
}

impl Drop for DataFolder {
    /// Closing the file is not enough: a child process that was forked but does not run its own
    /// program yet still has it open.
    fn drop(&mut self) {
        // What fails here is put right by the end of the process.
        let _ = self.lock.unlock();
    }
}

impl DataFolder {
    /// Makes the folder when it is not there and takes its lock.
    pub(super) fn claim(path: &Path) -> Result<Self, OpenError> {
        make_folder(path).map_err(io_error("make the data folder", path))?;
        failpoint("journal/folder-made");
        let lock = take_lock(path)?;
        Ok(Self {
            path: path.to_owned(),
            lock,
        })
    }

    /// Opens the database after checking what the folder says of itself.
    pub(super) fn open_store(&self) -> Result<Connection, OpenError> {
        let has_format = self.check_format()?;
        let database = self.database_path();
        if has_format && !database.exists() {
            return Err(OpenError::JournalMissing {
                path: self.path.clone(),
            });
        }
        make_private_file(&database).map_err(io_error("make", &database))?;
        let store = self
            .open_tables(has_format)
            .map_err(|source| self.unreadable(source))?;
        if !has_format {
            self.finish_making(&store)?;
        }
        Ok(store)
    }

    fn open_tables(&self, has_format: bool) -> rusqlite::Result<Connection> {
        let mut store = open_writing(&self.database_path())?;
        let problem = match schema::tables_version(&store)? {
            schema::TABLES_VERSION => None,
            0 if has_format => Some("the file has no tables".to_owned()),
            0 => None,
            other => Some(format!("its tables are of an unknown version, {other}")),
        };
        if let Some(problem) = problem {
            let damage = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
            return Err(rusqlite::Error::SqliteFailure(damage, Some(problem)));
        }
        schema::make(&mut store)?;
        failpoint("journal/schema-made");
        Ok(store)
    }

    fn finish_making(&self, store: &Connection) -> Result<(), OpenError> {
        if schema::has_shops(store).map_err(|source| self.unreadable(source))? {
            return Err(OpenError::FormatMissing {
                path: self.path.clone(),
            });
        }
        write_format(&self.path).map_err(io_error("write the format of", &self.path))?;
        failpoint("journal/format-written");
        Ok(())
    }

    fn check_format(&self) -> Result<bool, OpenError> {
        check_format(&self.path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn database_path(&self) -> PathBuf {
        self.path.join(DATABASE)
    }

    pub(super) fn unreadable(&self, source: rusqlite::Error) -> OpenError {
        let path = self.database_path();
        match is_damage(&source) {
            true => OpenError::Damaged { path, source },
            false => OpenError::Store { path, source },
        }
    }
}

/// Checks a folder that another process may hold, for a reader that takes no lock.
pub(super) fn check_readable(folder: &Path) -> Result<(), OpenError> {
    if !check_format(folder)? {
        let format = folder.join(FORMAT);
        return Err(io_error("find", &format)(io::ErrorKind::NotFound.into()));
    }
    if !database_in(folder).exists() {
        return Err(OpenError::JournalMissing {
            path: folder.to_owned(),
        });
    }
    Ok(())
}

/// Whether the folder says its format; an error when it is one that this program cannot read.
fn check_format(folder: &Path) -> Result<bool, OpenError> {
    let path = folder.join(FORMAT);
    let text = match read_at_most(&path, FORMAT_BYTES_MAX) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            return Err(OpenError::NotAFormat { path });
        }
        Err(source) => {
            return Err(OpenError::Io {
                doing: "read",
                path,
                source,
            });
        }
    };
    match FormatVersion::parse(&text) {
        None => Err(OpenError::NotAFormat { path }),
        Some(found) if found > FormatVersion::CURRENT => Err(OpenError::Newer {
            path: folder.to_owned(),
            found,
        }),
        Some(_) => Ok(true),
    }
}

/// Where the database of a folder stands, for a copy that is being made.
pub(super) fn database_in(folder: &Path) -> PathBuf {
    folder.join(DATABASE)
}

/// Makes a folder that only its owner may enter, and leaves the rights of one that is there.
pub(super) fn make_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)?;
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => sync_folder(parent),
        Some(_) | None => sync_folder(Path::new(".")),
    }
}

/// Writes the format file so that it is there whole or not at all.
pub(super) fn write_format(folder: &Path) -> io::Result<()> {
    let unfinished = folder.join("format.unfinished");
    let mut file = private()
        .create(true)
        .write(true)
        .truncate(true)
        .open(&unfinished)?;
    writeln!(file, "{FORMAT_LINE}{}", FormatVersion::CURRENT)?;
    file.sync_all()?;
    fs::rename(&unfinished, folder.join(FORMAT))?;
    sync_folder(folder)
}

/// A new name in a folder lives through a power cut only once the folder itself is synced.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

/// What is left for us on the disk of a folder.
#[cfg(unix)]
pub(super) fn free_bytes(folder: &Path) -> io::Result<u64> {
    let disk = rustix::fs::statvfs(folder)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Not asked on this system: the disk says so itself when it is full.
#[cfg(not(unix))]
pub(super) fn free_bytes(_folder: &Path) -> io::Result<u64> {
    Ok(u64::MAX)
}

fn take_lock(folder: &Path) -> Result<File, OpenError> {
    let path = folder.join(LOCK);
    let mut file = private()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(&path)
        .map_err(io_error("open", &path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(OpenError::InUse {
                path: folder.to_owned(),
                process: holder(&path),
            });
        }
        Err(TryLockError::Error(source)) => {
            return Err(OpenError::Io {
                doing: "lock",
                path,
                source,
            });
        }
    }
    note_holder(&mut file).map_err(io_error("write", &path))?;
    Ok(file)
}

fn note_holder(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

fn holder(path: &Path) -> Option<u32> {
    read_at_most(path, 64).ok()?.trim().parse().ok()
}

fn read_at_most(path: &Path, bytes_max: u64) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?
        .take(bytes_max)
        .read_to_string(&mut text)?;
    Ok(text)
}

/// SQLite gives its log the rights of the database, so making this one privately is enough.
fn make_private_file(path: &Path) -> io::Result<()> {
    let file = private()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    drop(file);
    path.parent().map_or(Ok(()), sync_folder)
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn io_error<'a>(doing: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> OpenError + 'a {
    move |source| OpenError::Io {
        doing,
        path: path.to_owned(),
        source,
    }
}
