use std::{
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
};

use rusqlite::Connection;

use crate::{
    error::ReadError,
    sqlite::connection::{open_reading, read_error},
};

/// Idle connections kept: as many threads of a till read at once. Others are closed after use.
const IDLE_MAX: usize = 4;

/// Read-only connections, opened when needed and kept for the next reader.
pub(super) struct Readers {
    database: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(super) fn new(database: PathBuf) -> Self {
        Self {
            database,
            idle: Mutex::default(),
        }
    }

    /// Runs one read on the calling thread.
    pub(super) fn read<T>(
        &self,
        doing: &'static str,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, ReadError> {
        let store = self.take().map_err(|error| read_error(doing, error))?;
        let answer = read(&store).map_err(|error| read_error(doing, error))?;
        // A connection that failed is not given back: the next reader opens a fresh one.
        self.give_back(store);
        Ok(answer)
    }

    fn take(&self) -> rusqlite::Result<Connection> {
        let kept = self.idle().pop();
        match kept {
            Some(store) => Ok(store),
            None => open_reading(&self.database),
        }
    }

    fn give_back(&self, store: Connection) {
        let mut idle = self.idle();
        if idle.len() < IDLE_MAX {
            idle.push(store);
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
