//! A journal as it lies there, for reading only: its till may hold it and write to it meanwhile.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use rusqlite::Connection;

use crate::{
    error::ReadError,
    event::Event,
    id::{Position, ShopId},
    limits::READ_ROWS_MAX,
    sqlite::{
        connection::{is_damage, open_reading, read_error},
        folder::{OpenError, check_readable, database_in},
        rows,
        schema::{self, APPLICATION_ID},
    },
};

/// A journal that is only read. It takes no lock, and what is committed while it is read is read as well.
pub struct StoredJournal {
    store: Connection,
}

/// What every file of SQLite begins with.
const MAGIC: &[u8] = b"SQLite format 3\0";

/// Where SQLite keeps the number that tells whose database it is.
const APPLICATION_ID_AT: usize = 68;

impl StoredJournal {
    /// Opens the journal of a folder, or one by its database alone.
    ///
    /// # Errors
    /// [`OpenError`]: it is none, of a newer program, or damaged.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let database = match path.is_dir() {
            true => {
                check_readable(path)?;
                database_in(path)
            }
            false => path.to_owned(),
        };
        let unreadable = |source: rusqlite::Error| {
            let path = database.clone();
            match is_damage(&source) {
                true => OpenError::Damaged { path, source },
                false => OpenError::Store { path, source },
            }
        };
        let store = open_reading(&database).map_err(unreadable)?;
        // The file may be anybody's: nothing in its schema is run.
        (store.pragma_update(None, "trusted_schema", false)).map_err(unreadable)?;
        match schema::tables_version(&store).map_err(unreadable)? {
            schema::TABLES_VERSION => Ok(Self { store }),
            other => {
                let damage = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
                let problem = format!("its tables are of an unknown version, {other}");
                Err(unreadable(rusqlite::Error::SqliteFailure(
                    damage,
                    Some(problem),
                )))
            }
        }
    }

    /// Where the journal is that somebody means by this name: a folder of a journal, a data folder that has one in it, or its database. None when what
    /// is there is something else.
    ///
    /// # Errors
    /// When what is there cannot be read.
    pub fn find(path: &Path) -> io::Result<Option<PathBuf>> {
        if !path.is_dir() {
            return Ok(is_journal(path)?.then(|| path.to_owned()));
        }
        let folders = [path.to_owned(), path.join("journal")];
        let found = folders
            .into_iter()
            .find(|folder| database_in(folder).is_file());
        Ok(found)
    }

    /// Every shop with the position of its last event.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn shops(&self) -> Result<Vec<(ShopId, Position)>, ReadError> {
        rows::heads(&self.store).map_err(|error| read_error("read the shops", error))
    }

    /// Events of a shop after a position, in their order; no more than [`READ_ROWS_MAX`].
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn events(
        &self,
        shop: &ShopId,
        after: Position,
        limit: u32,
    ) -> Result<Vec<Arc<Event>>, ReadError> {
        rows::events(&self.store, shop, after, limit.min(READ_ROWS_MAX))
            .map_err(|error| read_error("read a shop's events", error))
    }
}

/// Whether a file is a database of ours, by its first bytes.
fn is_journal(path: &Path) -> io::Result<bool> {
    let mut head = Vec::new();
    File::open(path)?.take(100).read_to_end(&mut head)?;
    let id = head.get(APPLICATION_ID_AT..APPLICATION_ID_AT + 4);
    Ok(head.starts_with(MAGIC) && id == Some(&APPLICATION_ID.to_be_bytes()))
}
