//! Why nothing was found out, or not all.

use std::io;
use std::path::PathBuf;

use madang_process::event_data::TooMany;
use madang_process::read::ReadError;
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
    #[error("{name} is a log of objects: of which type are the cases?")]
    #[diagnostic(help("name one with --object-type: {types}"))]
    WhichObjects { name: String, types: String },
    #[error("there is no time zone “{name}”")]
    #[diagnostic(help("zones are named as in Asia/Seoul or Europe/Berlin"))]
    UnknownZone { name: String },
    #[error("there is no encoding “{name}”")]
    #[diagnostic(help(
        "utf-8, cp949, utf-16le and the other names of the Encoding Standard are known"
    ))]
    UnknownEncoding { name: String },
    #[error("the filters of {} could not be read", path.display())]
    #[diagnostic(help("--filters names a TOML file; `madang mine --help` shows one"))]
    FiltersUnread {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("the filters of {} are longer than {bytes_max} bytes", path.display())]
    #[diagnostic(help("is it the log?"))]
    FiltersTooLong { path: PathBuf, bytes_max: u64 },
    #[error("the filters of {} are none", path.display())]
    #[diagnostic(help("`madang mine --help` shows what they look like"))]
    Filters {
        path: PathBuf,
        #[source]
        source: toml::de::Error,
    },
    #[error("{} could not be written", path.display())]
    #[diagnostic(help("its folder has to be there and to be writable; all else was printed"))]
    Unwritten {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{rows} rows were refused; all others are in what was found")]
    #[diagnostic(help(
        "the first of them are listed with place and reason (거절된 줄은 위치와 까닭이 함께 적혀 있어요)"
    ))]
    SomeRejected { rows: u64 },
}

impl Exits for Fault {
    fn exit(&self) -> Exit {
        match self {
            Self::SomeRejected { .. } => Exit::SomeRefused,
            _ => Exit::Usage,
        }
    }
}
