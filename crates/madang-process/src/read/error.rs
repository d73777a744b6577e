//! What ends the reading. What only spoils one row is [`Rejected`](super::Rejected) instead.

use std::io;

use super::mapping::Role;
use crate::event_data::TooMany;

/// A file could not be read as a log.
#[derive(Debug, thiserror::Error)]
#[error("{name} cannot be read as a log")]
pub struct ReadError {
    /// The file, as it was named.
    pub name: String,
    /// What is wrong and what to do.
    #[source]
    pub kind: Box<ReadErrorKind>,
}

/// What is wrong, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum ReadErrorKind {
    /// It could not be opened, unpacked or decoded.
    #[error(transparent)]
    Text(madang_import::read::ReadError),
    /// The system did not give its bytes.
    #[error("it could not be read any further")]
    Bytes(#[source] io::Error),
    /// It has no row.
    #[error("it is empty: a log has a header and a row for each event")]
    Empty,
    /// Its header does not end.
    #[error("its first row is longer than {0} bytes, or a quote in it is never closed: is it CSV?")]
    Header(usize),
    /// It has too many columns.
    #[error("it has more than {0} columns: is it CSV?")]
    Columns(usize),
    /// A column that was asked for is not there.
    #[error("there is no column “{wanted}”; there are: {columns}")]
    NoColumn {
        /// What was asked for.
        wanted: String,
        /// What there is.
        columns: String,
    },
    /// Nothing tells which column is meant.
    #[error("no column looks like the {role}; name it with --{option}. There are: {columns}", role = role.name(), option = role.option())]
    Unknown {
        /// What no column looks like.
        role: Role,
        /// What there is.
        columns: String,
    },
    /// The column of times has none.
    #[error(
        "the column “{column}” has no times that could be read, as “{example}”; name another with --time, or say their order with --date-order"
    )]
    Times {
        /// The column.
        column: String,
        /// The first value that stands there.
        example: String,
    },
    /// A log would hold more than it may.
    #[error("it holds more than a log may")]
    TooMany(#[source] TooMany),
}

impl ReadErrorKind {
    /// The error of the file of this name.
    pub(super) fn of(self, name: &str) -> ReadError {
        ReadError {
            name: name.to_owned(),
            kind: Box::new(self),
        }
    }
}
