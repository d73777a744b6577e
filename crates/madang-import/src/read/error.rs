//! What ends the reading. What only spoils one row is a [`crate::Refused`] instead.

mod korean;
mod unsupported;

use std::fmt;
use std::io;

use thiserror::Error;

use crate::printable::in_one_line;

pub use self::unsupported::Unsupported;

/// Reading ended here.
#[derive(Debug, Error)]
#[error("{}{}: {kind}", in_one_line(name), in_words(*at))]
pub struct ReadError {
    /// What is wrong and what to do.
    pub kind: ReadErrorKind,
    /// The input, as it was named.
    pub name: String,
    /// Where in it, when that is known.
    pub at: Option<At>,
    /// What the system or the unpacker said.
    #[source]
    pub source: Option<io::Error>,
}

/// A place in an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// A byte of the input as it is stored, from 0.
    PackedByte(u64),
    /// A line, from 1.
    Line(u64),
}

/// What ended it, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[allow(
    missing_docs,
    reason = "the messages stand beside the names and say more"
)]
pub enum ReadErrorKind {
    #[error("there is no such file")]
    NotFound,
    #[error("it may not be read: change its permissions or run as somebody who may")]
    NotAllowed,
    #[error("it is a folder: name the files in it")]
    Folder,
    #[error("it could not be read any further")]
    Broken,
    #[error("a line of it is not as it was written: mend it, or take it out")]
    LetterDamaged,
    #[error(
        "it is not what was read before ({what}): begin anew without going on, or bring the old file back"
    )]
    Changed { what: &'static str },
    #[error(
        "somebody wrote to it while it was read ({what}), so that what was read may be neither the old file nor the new one: import it once nobody writes to it any more, or a copy of it; in a table without a key take the rows out first that are there already"
    )]
    Written { what: &'static str },
    #[error("the {packing} data ends too early: it was cut off on its way here; get it again")]
    Truncated { packing: Packing },
    #[error("the {packing} data is damaged: get it again")]
    Damaged { packing: Packing },
    #[error("something that is no {packing} data follows it: get it again, or unpack it yourself")]
    Trailing { packing: Packing },
    #[error(
        "{packed_bytes} bytes unpack to more than {unpacked_bytes}, more than {ratio_max} to 1: if the file is to be trusted, raise --unpack-ratio-max"
    )]
    Ratio {
        packed_bytes: u64,
        unpacked_bytes: u64,
        ratio_max: u64,
    },
    #[error(
        "it unpacks to more than {unpacked_bytes_max} bytes: if the file is to be trusted, raise --unpack-bytes-max"
    )]
    TooLarge { unpacked_bytes_max: u64 },
    #[error(
        "unpacking it takes {window_bytes} bytes of memory, {window_bytes_max} are allowed: unpack it yourself, or pack it without `--long` and `--ultra`"
    )]
    Window {
        window_bytes: u64,
        window_bytes_max: u64,
    },
    #[error("it is packed twice: unpack it once")]
    PackedTwice,
    #[error("a zip archive is read from its end: save it as a file first")]
    ZipFromStream,
    #[error("the archive has no {wanted:?}{}", in_it(entries))]
    NoEntry {
        wanted: String,
        entries: Vec<String>,
    },
    #[error(
        "the archive holds {count} files: name one behind `!`, as in `{}`{}",
        in_one_line(example),
        in_it(entries)
    )]
    WhichEntry {
        count: usize,
        example: String,
        entries: Vec<String>,
    },
    #[error(
        "two files in the archive have one name, and which of them is meant nobody can say: unpack it yourself, or pack it anew"
    )]
    RepeatedEntry,
    #[error("the archive holds no file")]
    EmptyArchive,
    #[error("it is no archive, but {wanted:?} in it was asked for")]
    NoArchive { wanted: String },
    #[error("{entry:?} in the archive is encrypted: unpack it yourself")]
    Encrypted { entry: String },
    #[error(
        "{entry:?} in the archive is packed by {method}: pack it by deflate, or unpack it yourself"
    )]
    PackingUnknown { entry: String, method: String },
    #[error("it is {0}")]
    Unsupported(Unsupported),
    #[error(
        "its encoding is neither UTF-8, UTF-16 nor CP949, by what stands from byte {byte} on: name it with --encoding"
    )]
    EncodingUnknown { byte: u64 },
    #[error("it is empty: a header line was expected")]
    Empty,
    #[error(
        "column {position} of the header has no name: name it, or say --no-header if there is none"
    )]
    NameEmpty { position: usize },
    #[error("the header has {name:?} twice, in columns {first} and {second}: rename one of them")]
    NameTwice {
        name: String,
        first: usize,
        second: usize,
    },
    #[error(
        "titles stand above its header, which is line {}: pass over them with --skip-lines {lines}, or skip_lines = {lines} under [format] of the mapping",
        lines + 1
    )]
    TitlesAbove { lines: u64 },
    #[error(
        "lines above a header are passed over in CSV alone, and this is JSON Lines or Parquet: leave out --skip-lines, or skip_lines of the mapping"
    )]
    NoTitles,
    #[error("the header cannot be read: {reason}")]
    HeaderUnreadable { reason: String },
    #[error("the header has more than {columns_max} columns")]
    ColumnsTooMany { columns_max: usize },
    #[error(
        "its header is not that of {} ({difference}): files read together have the same columns in the same order",
        in_one_line(other)
    )]
    HeadersDiffer { other: String, difference: String },
    #[error("{found} columns are named, but the first row has {wanted}")]
    ColumnsNamed { found: usize, wanted: usize },
}

/// How something is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// gzip, RFC 1952.
    Gzip,
    /// Zstandard, RFC 8878.
    Zstd,
    /// An entry of a zip archive.
    Zip,
}

impl ReadError {
    /// An error without a place.
    pub fn new(name: &str, kind: ReadErrorKind) -> Self {
        Self {
            kind,
            name: name.to_owned(),
            at: None,
            source: None,
        }
    }

    /// The same at a place.
    #[must_use]
    pub fn at(mut self, at: At) -> Self {
        self.at = Some(at);
        self
    }

    /// The same with what the system said.
    #[must_use]
    pub fn because(mut self, source: io::Error) -> Self {
        self.source = Some(source);
        self
    }

    /// What the system said of opening or reading an input.
    pub fn io(name: &str, source: io::Error) -> Self {
        // An unpacker speaks through `io::Error`, and our own error is inside it.
        let source = match source.downcast::<Self>() {
            Ok(ours) => return ours,
            Err(source) => source,
        };
        let kind = match source.kind() {
            io::ErrorKind::NotFound => ReadErrorKind::NotFound,
            io::ErrorKind::PermissionDenied => ReadErrorKind::NotAllowed,
            io::ErrorKind::IsADirectory => ReadErrorKind::Folder,
            _ => ReadErrorKind::Broken,
        };
        Self::new(name, kind).because(source)
    }
}

impl ReadErrorKind {
    /// A word for machines.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::NotAllowed => "not_allowed",
            Self::Folder => "folder",
            Self::Broken => "broken",
            Self::LetterDamaged => "letter_damaged",
            Self::Changed { .. } | Self::Written { .. } => "changed",
            Self::Truncated { .. } => "truncated",
            Self::Damaged { .. } => "damaged",
            Self::Trailing { .. } => "trailing",
            Self::Ratio { .. } => "ratio",
            Self::TooLarge { .. } => "too_large",
            Self::Window { .. } => "window",
            Self::PackedTwice => "packed_twice",
            Self::ZipFromStream => "zip_from_stream",
            Self::NoEntry { .. } => "no_entry",
            Self::WhichEntry { .. } => "which_entry",
            Self::RepeatedEntry => "repeated_entry",
            Self::EmptyArchive => "empty_archive",
            Self::NoArchive { .. } => "no_archive",
            Self::Encrypted { .. } => "encrypted",
            Self::PackingUnknown { .. } => "packing_unknown",
            Self::Unsupported(_) => "unsupported",
            Self::EncodingUnknown { .. } => "encoding_unknown",
            Self::Empty => "empty",
            Self::NameEmpty { .. } => "name_empty",
            Self::NameTwice { .. } => "name_twice",
            Self::TitlesAbove { .. } => "titles_above",
            Self::NoTitles => "no_titles",
            Self::HeaderUnreadable { .. } => "header_unreadable",
            Self::ColumnsTooMany { .. } => "columns_too_many",
            Self::HeadersDiffer { .. } => "headers_differ",
            Self::ColumnsNamed { .. } => "columns_named",
        }
    }
}

impl fmt::Display for At {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PackedByte(byte) => write!(formatter, "byte {byte} of the packed file"),
            Self::Line(line) => write!(formatter, "line {line}"),
        }
    }
}

impl fmt::Display for Packing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Zip => "zip",
        })
    }
}

fn in_words(at: Option<At>) -> String {
    at.map_or_else(String::new, |at| format!(", {at}"))
}

fn in_it(entries: &[String]) -> String {
    let names = entries
        .iter()
        .map(|name| format!("\n  {}", in_one_line(name)));
    match entries.is_empty() {
        true => String::new(),
        false => format!("; there are{}", names.collect::<String>()),
    }
}
