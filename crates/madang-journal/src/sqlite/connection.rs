use std::{path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags};

use crate::error::{ReadError, StoreError};

/// Statements kept prepared: more than this crate has.
const STATEMENTS_MAX: usize = 64;

/// How long a connection waits for a lock. Only the end of a checkpoint and the recovery after a
/// crash take one that readers feel.
pub(super) const BUSY_WAIT: Duration = Duration::from_secs(5);

/// The one connection that writes.
pub(super) fn open_writing(database: &Path) -> rusqlite::Result<Connection> {
    let store = Connection::open_with_flags(
        database,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    prepare(&store)?;
    store.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get::<_, String>(0))?;
    // FULL: every commit is synced before anybody is answered. That is the promise.
    store.pragma_update(None, "synchronous", "full")?;
    store.pragma_update(None, "foreign_keys", "on")?;
    // Erased personal text must not stay readable in free pages.
    store.pragma_update(None, "secure_delete", "on")?;
    Ok(store)
}

/// A connection that cannot write.
pub(super) fn open_reading(database: &Path) -> rusqlite::Result<Connection> {
    let store = Connection::open_with_flags(
        database,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    prepare(&store)?;
    Ok(store)
}

fn prepare(store: &Connection) -> rusqlite::Result<()> {
    store.busy_timeout(BUSY_WAIT)?;
    store.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    Ok(())
}

/// Whether the file itself is damaged, rather than the disk or the statement.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase)
    )
}

pub(super) fn read_error(doing: &'static str, error: rusqlite::Error) -> ReadError {
    if is_damage(&error) {
        return ReadError::Corrupt {
            problem: error.to_string(),
        };
    }
    ReadError::Store(StoreError::new(doing, error))
}
