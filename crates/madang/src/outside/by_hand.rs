//! What people decided about servers, in a file of the data folder: whoever isolates a server does so until it is released, not until the till
//! is opened again.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use madang_outbound::{Decided, Decision, Manual, Origin, Outbound, TooManyDecisions};
use miette::Diagnostic;
use serde::{Deserialize, Serialize};

use crate::data_folder::write_private;
use crate::failure::{Exit, Exits};

/// More than as many decisions as are kept take, with the longest names.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// The decisions of one till.
pub struct ByHand {
    path: PathBuf,
    /// Held while one is taken and written, so that the file has what was decided last.
    writing: Mutex<()>,
}

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum ByHandError {
    /// It cannot be read.
    #[error("could not read {}", path.display())]
    #[diagnostic(help("check that the file may be read by this user"))]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// It says nothing that can be followed.
    #[error("{} does not say which servers are isolated: {why}", path.display())]
    #[diagnostic(help(
        "move the file away; no server is isolated then, until `madang upstreams isolate` says so again"
    ))]
    NotUnderstood {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

impl Exits for ByHandError {
    fn exit(&self) -> Exit {
        match self {
            Self::File { .. } => Exit::Io,
            Self::NotUnderstood { .. } => Exit::Data,
        }
    }
}

/// Why a decision does not stand as it should.
#[derive(Debug, thiserror::Error)]
pub enum NotDecided {
    /// There are too many.
    #[error(transparent)]
    TooMany(#[from] TooManyDecisions),
    /// It holds, but not longer than the till is open.
    #[error("it holds until the till is closed, but could not be written to {}", path.display())]
    NotKept {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    origin: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    caller: Option<String>,
    decision: Word,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    Isolate,
    Close,
    Release,
}

impl ByHand {
    /// The decisions in `path`, which `outbound` keeps to from now on.
    ///
    /// # Errors
    /// [`ByHandError`]: a till that does not know which servers are isolated calls none.
    pub fn open(path: PathBuf, outbound: &Outbound) -> Result<Self, ByHandError> {
        for decision in read(&path)? {
            let decided = outbound.decide(decision);
            decided.map_err(|error| not_understood(&path, &error))?;
        }
        Ok(Self {
            path,
            writing: Mutex::new(()),
        })
    }

    /// Takes a decision, which is on the disk afterwards.
    ///
    /// # Errors
    /// [`NotDecided`].
    pub fn decide(&self, outbound: &Outbound, decision: Decision) -> Result<Decided, NotDecided> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let decided = outbound.decide(decision)?;
        if decided.changed {
            let lines: Vec<Line> = outbound.decisions().iter().map(line).collect();
            let text = serde_json::to_vec_pretty(&lines).expect("texts are always JSON");
            write_private(&self.path, &text).map_err(|source| NotDecided::NotKept {
                path: self.path.clone(),
                source,
            })?;
        }
        Ok(decided)
    }
}

fn read(path: &Path) -> Result<Vec<Decision>, ByHandError> {
    let mut text = String::new();
    let read =
        File::open(path).and_then(|file| file.take(FILE_BYTES_MAX).read_to_string(&mut text));
    match read {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => {
            let path = path.to_owned();
            return Err(ByHandError::File { path, source });
        }
    }
    let lines: Vec<Line> =
        serde_json::from_str(&text).map_err(|error| not_understood(path, &error))?;
    lines
        .into_iter()
        .map(|line| decision(line).map_err(|error| not_understood(path, &error)))
        .collect()
}

fn not_understood(path: &Path, why: &dyn std::error::Error) -> ByHandError {
    ByHandError::NotUnderstood {
        path: path.to_owned(),
        why: why.to_string(),
    }
}

fn line(decision: &Decision) -> Line {
    Line {
        origin: decision.origin.as_ref().map(ToString::to_string),
        caller: decision.caller.clone(),
        decision: match decision.manual {
            Manual::Isolate => Word::Isolate,
            Manual::ForceClosed => Word::Close,
            Manual::Release => Word::Release,
        },
    }
}

fn decision(line: Line) -> Result<Decision, madang_outbound::OriginError> {
    let origin = line.origin.as_deref().map(Origin::parse);
    Ok(Decision {
        origin: origin.transpose()?,
        caller: line.caller,
        manual: match line.decision {
            Word::Isolate => Manual::Isolate,
            Word::Close => Manual::ForceClosed,
            Word::Release => Manual::Release,
        },
    })
}
