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
    /// It has bytes that are no text.
    #[error(
        "byte {at}: it is no text in the encoding that it says or seems to have; say another with --encoding"
    )]
    NotText {
        /// Where, in the decoded text.
        at: u64,
    },
    /// One element of it is too long to be held.
    #[error("byte {at}: an element begins here that is longer than {bytes_max} bytes")]
    ElementTooLong {
        /// Where, in the decoded text.
        at: u64,
        /// The most bytes of one.
        bytes_max: usize,
    },
    /// The XML is not well-formed.
    #[error("byte {at}: the XML is broken")]
    Xml {
        /// Where, in the decoded text.
        at: u64,
        /// What the parser says.
        #[source]
        source: quick_xml::Error,
    },
    /// The XML ends before its elements do.
    #[error("it ends before its elements do: is it whole?")]
    Ends,
    /// It declares types or entities of its own.
    #[error("byte {at}: a document type is declared; remove <!DOCTYPE …>, no log needs one")]
    Doctype {
        /// Where, in the decoded text.
        at: u64,
    },
    /// Elements stand within elements without end.
    #[error("byte {at}: more than {most} elements within elements")]
    Depth {
        /// Where, in the decoded text.
        at: u64,
        /// How many may be.
        most: usize,
    },
    /// It is of another format.
    #[error("it is no {wanted}: it begins with <{found}>")]
    OtherElement {
        /// What it was taken for.
        wanted: &'static str,
        /// Its first element.
        found: String,
    },
    /// No event of it says when it was done.
    #[error("no event of it says when it was done: a time stands as <date key=\"time:timestamp\" value=\"2026-11-22T15:05:00+09:00\"/>{}", example.as_ref().map_or(String::new(), |example| format!(", but here as {example}")))]
    NoTimes {
        /// How a time stands instead.
        example: Option<String>,
    },
    /// It is an older form of the format, or a like one.
    #[error("it is {found}; OCEL 2.0 is read here. Write it as OCEL 2.0 with the tool it is from")]
    Version {
        /// What it seems to be.
        found: &'static str,
    },
    /// It has neither events nor objects.
    #[error("it is no OCEL 2.0: it has no {missing}")]
    NotOcel {
        /// What OCEL has.
        missing: String,
    },
    /// The JSON is broken, or something in it is of another type than OCEL has.
    #[error("the JSON is broken, or not as OCEL 2.0 has it")]
    Json(#[source] serde_json::Error),
    /// SQLite does not read it.
    #[error("SQLite cannot {doing}: is the file whole?")]
    Sqlite {
        /// What was done.
        doing: String,
        /// What SQLite says.
        #[source]
        source: rusqlite::Error,
    },
    /// The Parquet is damaged, or of a kind that is not read.
    #[error("the Parquet cannot be read: {what}")]
    Parquet {
        /// What is wrong.
        what: String,
    },
    /// A format that is read here and there came as a stream.
    #[error("{format} is read from its end and here and there: save it as a file first, unpacked")]
    Stream {
        /// Which format.
        format: &'static str,
    },
    /// What is read while it grows is something else than plain text.
    #[error("it is no CSV in UTF-8, unpacked: only such a log is read while it grows")]
    NotGrowing,
    /// A format that is read here and there is packed.
    #[error("it is {format} that was packed: unpack it first")]
    Packed {
        /// Which format.
        format: &'static str,
    },
    /// A trace says its name behind its events.
    #[error(
        "byte {at}: the concept:name of a trace stands behind its events; XES has it before them"
    )]
    LateName {
        /// Where, in the decoded text.
        at: u64,
    },
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
