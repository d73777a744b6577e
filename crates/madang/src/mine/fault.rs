//! Why nothing was found out, or not all.

use std::io;
use std::path::{Path, PathBuf};

use madang_journal::{OpenError, ReadError as JournalError};
use madang_process::conformance::AlignError;
use madang_process::discovery::{PnmlError, TooManyActivities};
use madang_process::event_data::TooMany;
use madang_process::performance::HoursSpelled;
use madang_process::read::ReadError;
use madang_process::spelled::Misspelled;
use madang_process::write::WriteError;
use madang_till::event::UnreadableEvent;
use miette::Diagnostic;

use crate::failure::{Exit, Exits};

/// Why nothing was found out, or not all.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum Fault {
    #[error("the log could not be read")]
    #[diagnostic(help("`madang mine --help` says what a log is, and has examples"))]
    Read(#[source] ReadError),
    #[error("the logs together hold more than one log may")]
    #[diagnostic(help("mine fewer of them at once"))]
    TooMany(#[source] TooMany),
    #[error("{name} is the same log as {other}, and would count twice")]
    #[diagnostic(help("name it once (같은 로그를 두 번 주셨어요)"))]
    SameLog { name: String, other: String },
    #[error("{events} events of {name} are in {other} as well, and would count twice")]
    #[diagnostic(help(
        "name only one of the two, or cut them so that no time is in both (같은 이벤트가 두 로그에 있어요)"
    ))]
    SameEvents {
        name: String,
        other: String,
        events: usize,
    },
    #[error("{} is read as well, and would be lost", path.display())]
    #[diagnostic(help("write to another name (읽은 파일 위에는 쓰지 않아요)"))]
    OverInput { path: PathBuf },
    #[error("{name} is a log of objects: of which type are the cases?")]
    #[diagnostic(help("name one with --object-type: {types}"))]
    WhichObjects { name: String, types: String },
    #[error("{name} is a log of objects without any object, so nothing in it could be a case")]
    #[diagnostic(help("is it the file that was meant?"))]
    NoObjects { name: String },
    #[error("{} is a folder, and no journal of a till is in it", path.display())]
    #[diagnostic(help("name the folder that `madang dev` uses (.madang/cafe), or files of logs"))]
    NoJournal { path: PathBuf },
    #[error("the till's journal could not be opened")]
    #[diagnostic(help("mend what is said above, or name a copy that `madang backup` made"))]
    JournalUnopened(#[source] OpenError),
    #[error("the till's journal could not be read")]
    #[diagnostic(help("name a copy that `madang backup` made"))]
    JournalUnread(#[source] JournalError),
    #[error("the till's journal cannot be understood")]
    #[diagnostic(help("it was written by a newer program, or is damaged"))]
    JournalNotUnderstood(#[source] Box<UnreadableEvent>),
    #[error("the journal is of {shops} shops")]
    #[diagnostic(help("name the journal of one shop"))]
    ManyShops { shops: usize },
    #[error("{logs} logs cannot be followed at once")]
    #[diagnostic(help("name one CSV, or - for standard input"))]
    FollowsOne { logs: usize },
    #[error("{} is a folder, which cannot be followed", path.display())]
    #[diagnostic(help(
        "--follow reads one CSV as it grows; how a till's own orders go, its page shows as they come"
    ))]
    FollowsFolder { path: PathBuf },
    #[error("{name} could not be read any further")]
    #[diagnostic(help("look whether it is there, and whether it may be read"))]
    Unfollowed {
        name: String,
        #[source]
        source: io::Error,
    },
    #[error("{name} has more than can be kept up")]
    #[diagnostic(help("name another column with --activity"))]
    TooManyLive {
        name: String,
        #[source]
        source: TooMany,
    },
    #[error("there is no time zone “{name}”")]
    #[diagnostic(help("zones are named as in Asia/Seoul or Europe/Berlin"))]
    UnknownZone { name: String },
    #[error("there is no encoding “{name}”")]
    #[diagnostic(help(
        "utf-8, cp949, utf-16le and the other names of the Encoding Standard are known"
    ))]
    UnknownEncoding { name: String },
    #[error("what was asked for is not written as it should be")]
    #[diagnostic(help("`madang mine --help` has examples"))]
    Misspelled(#[source] Misspelled),
    #[error("these hours cannot be counted by")]
    #[diagnostic(help("hours are written as 'mon-fri 11:00-21:00'"))]
    Hours(#[source] HoursSpelled),
    #[error("{} could not be read", path.display())]
    #[diagnostic(help("`madang mine --help` shows what it looks like"))]
    Unread {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{} is longer than {bytes_max} bytes", path.display())]
    #[diagnostic(help("is it the log?"))]
    TooLong { path: PathBuf, bytes_max: u64 },
    #[error("{} does not say what it should", path.display())]
    #[diagnostic(help("`madang mine --help` shows what it looks like"))]
    Toml {
        path: PathBuf,
        #[source]
        source: Box<toml::de::Error>,
    },
    #[error("{} is no model that could be read", path.display())]
    #[diagnostic(help("--against takes PNML, as --write model.pnml writes it"))]
    Pnml {
        path: PathBuf,
        #[source]
        source: PnmlError,
    },
    #[error("no model was found")]
    #[diagnostic(help("choose cases with --only, or name another column with --activity"))]
    NoModel(#[source] TooManyActivities),
    #[error("the cases could not be put beside the model")]
    #[diagnostic(help(
        "a model has a place where cases start, one where they end, and a way from the one to the other"
    ))]
    Unaligned(#[source] AlignError),
    #[error("there is no case “{name}” among those that are looked at")]
    #[diagnostic(help("--cases newest lists cases"))]
    NoCase { name: String },
    #[error("{} has no ending that says what to write", path.display())]
    #[diagnostic(help(
        "logs end in .csv, .xes, .parquet, .jsonocel, .xmlocel or .sqlite, models in .bpmn or .pnml"
    ))]
    WhichFormat { path: PathBuf },
    #[error("{} could not be written", path.display())]
    #[diagnostic(help(
        "its folder has to be there and to be writable; what was there before is there still, and all else was done"
    ))]
    Unwritten {
        path: PathBuf,
        #[source]
        source: WriteError,
    },
    #[error("the filters could not be kept in {}", path.display())]
    #[diagnostic(help("a fault of ours: what was said of them cannot be written down"))]
    Unsaved {
        path: PathBuf,
        #[source]
        source: toml::ser::Error,
    },
    #[error("{} refused; all others are in what was found", rows_were(*.rows))]
    #[diagnostic(help(
        "the first of them are listed with place and reason (거절된 줄은 위치와 까닭이 함께 적혀 있어요)"
    ))]
    SomeRejected { rows: u64 },
}

fn rows_were(rows: u64) -> String {
    match rows {
        1 => "1 row was".to_owned(),
        rows => format!("{rows} rows were"),
    }
}

impl Fault {
    /// A file that could not be written.
    pub fn unwritten(path: &Path, source: WriteError) -> Self {
        Self::Unwritten {
            path: path.to_owned(),
            source,
        }
    }
}

impl Exits for Fault {
    fn exit(&self) -> Exit {
        match self {
            Self::SomeRejected { .. } => Exit::SomeRefused,
            Self::Unwritten { source, .. } => match source {
                WriteError::Bytes(error) if is_place(error.kind()) => Exit::Usage,
                _ => Exit::Io,
            },
            Self::JournalUnopened(_)
            | Self::JournalUnread(_)
            | Self::JournalNotUnderstood(_)
            | Self::ManyShops { .. } => Exit::Data,
            _ => Exit::Usage,
        }
    }
}

/// Whether the user named a place at which nothing can be written.
fn is_place(kind: io::ErrorKind) -> bool {
    use io::ErrorKind::{AlreadyExists, IsADirectory, NotADirectory, NotFound, PermissionDenied};
    let places = [
        AlreadyExists,
        IsADirectory,
        NotADirectory,
        NotFound,
        PermissionDenied,
    ];
    places.contains(&kind)
}
