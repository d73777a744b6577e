//! A copy of the journal, made while it is being written.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use crate::sqlite::{
    connection::open_reading,
    folder::{OpenError, check_readable, database_in, make_folder, sync_folder, write_format},
};

/// Why no copy was made. What there is of it has no `format` file and is refused as a data folder
/// that holds sales.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is something already.
    #[error("{} is there already and not empty; name a folder that is not", path.display())]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// What is to be copied is not a journal that this program reads.
    #[error("there is no journal to copy")]
    NoJournal(#[source] OpenError),
    /// The name cannot be given to SQLite.
    #[error("{} is not a name in UTF-8; choose another", path.display())]
    NotUnicode {
        /// The folder.
        path: PathBuf,
    },
    /// The file system said no.
    #[error("the backup {} could not be written", path.display())]
    Io {
        /// The folder.
        path: PathBuf,
        /// What it said.
        #[source]
        source: io::Error,
    },
    /// The journal could not be read, or its copy not be written.
    #[error("the journal could not be copied to {}", path.display())]
    Store {
        /// The folder.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
}

/// Copies the journal of a folder that another process may be writing.
pub(super) fn copy_of(folder: &Path, to: &Path) -> Result<(), BackupError> {
    check_readable(folder).map_err(BackupError::NoJournal)?;
    copy(&database_in(folder), to)
}

pub(super) fn copy(database: &Path, to: &Path) -> Result<(), BackupError> {
    let io_error = |source| BackupError::Io {
        path: to.to_owned(),
        source,
    };
    make_folder(to).map_err(io_error)?;
    if fs::read_dir(to).map_err(io_error)?.next().is_some() {
        return Err(BackupError::NotEmpty {
            path: to.to_owned(),
        });
    }
    copy_database(database, to)?;
    finish(to).map_err(io_error)
}

fn copy_database(database: &Path, to: &Path) -> Result<(), BackupError> {
    let copy = database_in(to);
    let copy = copy.to_str().ok_or_else(|| BackupError::NotUnicode {
        path: to.to_owned(),
    })?;
    open_reading(database)
        .and_then(|store| store.execute("VACUUM INTO ?1", [copy]))
        .map(|_| ())
        .map_err(|source| BackupError::Store {
            path: to.to_owned(),
            source,
        })
}

/// SQLite does not sync such a copy; and only the format file makes the folder a data folder.
fn finish(to: &Path) -> io::Result<()> {
    let copy = File::options().write(true).open(database_in(to))?;
    #[cfg(unix)]
    copy.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    copy.sync_all()?;
    sync_folder(to)?;
    write_format(to)
}
