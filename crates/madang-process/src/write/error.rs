//! What ends the writing.

use std::io;

use crate::event_data::TooMany;

/// A log could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The system did not take the bytes.
    #[error("it could not be written")]
    Bytes(#[from] io::Error),
    /// A value is none of JSON.
    #[error("it could not be written as JSON")]
    Json(#[from] serde_json::Error),
    /// SQLite did not take it.
    #[error("SQLite did not take it")]
    Sqlite(#[from] rusqlite::Error),
    /// The Parquet library did not take it.
    #[error("it could not be written as Parquet")]
    Parquet(#[from] parquet::errors::ParquetError),
    /// The log would hold more than one may.
    #[error("the log to be written would hold more than one may")]
    TooMany(#[from] TooMany),
    /// A moment is one of no calendar.
    #[error("{0} ms since 1970 is beyond the years 0000 to 9999, which the format has")]
    Time(i64),
}
