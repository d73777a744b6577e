//! What people decided about servers, in a file of the data folder: whoever isolates a server does so until it is released, not until the till
//! is opened again.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use madang_outbound::{Decided, Decision, Manual, Origin, Outbound, TooManyDecisions};
use serde::{Deserialize, Serialize};

use crate::data_folder::write_private;

/// More than as many decisions as are kept take, with the longest names.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// The decisions of one till.
pub struct ByHand {
    path: PathBuf,
    damaged: Option<Damaged>,
    /// Held while one is taken and written, so that the file has what was decided last.
    writing: Mutex<()>,
}

/// That the file could not be followed, so that every server is held back until somebody decides.
#[derive(Debug, Clone)]
pub struct Damaged {
    /// When that was found.
    pub at: Timestamp,
    path: PathBuf,
    why: String,
    kept_as: Result<PathBuf, String>,
}

impl Damaged {
    /// What happened and what to do, in one English line.
    pub fn english(&self) -> String {
        let Self { path, why, .. } = self;
        let kept = match &self.kept_as {
            Ok(kept) => format!("it is kept as {}", kept.display()),
            Err(error) => format!("it could not be moved away: {error}"),
        };
        format!(
            "{} does not say which servers are isolated ({why}); {kept}. Until somebody decides no server is called: `madang upstreams release --all` lets all calls through, `madang upstreams release https://host` those to one server",
            path.display()
        )
    }

    /// The same in Korean, without the file's own words.
    pub fn korean(&self) -> String {
        let name = self.path.file_name().unwrap_or_default();
        format!(
            "{} 파일이 깨져서 어느 서버를 끊어 두었는지 알 수 없어요. 풀어 주실 때까지 아무 서버도 부르지 않아요. `madang upstreams release --all`로 모두 풀 수 있어요",
            name.display()
        )
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
    /// The decisions in `path`, which `outbound` keeps to from now on. A file that says nothing that could be followed is moved aside, and
    /// every server is held back until somebody decides: a till can sell without them, and a server that was isolated must not be called.
    pub fn open(path: PathBuf, outbound: &Outbound, now: Timestamp) -> Self {
        let mut by_hand = Self {
            path,
            damaged: None,
            writing: Mutex::new(()),
        };
        if let Err(why) = follow(&by_hand.path, outbound) {
            by_hand.hold_everything(why, outbound, now);
        }
        by_hand
    }

    /// What was wrong with the file when it was opened.
    pub fn damaged(&self) -> Option<&Damaged> {
        self.damaged.as_ref()
    }

    fn hold_everything(&mut self, why: String, outbound: &Outbound, at: Timestamp) {
        let kept_as = moved_aside(&self.path).map_err(|error| error.to_string());
        let damaged = Damaged {
            at,
            path: self.path.clone(),
            why,
            kept_as,
        };
        tracing::error!("{}", damaged.english());
        let everything = Decision {
            origin: None,
            caller: None,
            manual: Manual::Isolate,
        };
        if let Err(error) = self.decide(outbound, everything) {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "that no server is called could not be written down for the next start"
            );
        }
        self.damaged = Some(damaged);
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

/// Has `outbound` keep to what the file says, or tells why that cannot be known.
fn follow(path: &Path, outbound: &Outbound) -> Result<(), String> {
    for line in read(path)? {
        let decision = decision(line).map_err(|error| error.to_string())?;
        outbound
            .decide(decision)
            .map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<Line>, String> {
    let mut text = String::new();
    let read =
        File::open(path).and_then(|file| file.take(FILE_BYTES_MAX).read_to_string(&mut text));
    match read {
        Ok(_) => serde_json::from_str(&text).map_err(|error| error.to_string()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error.to_string()),
    }
}

/// Damaged files that are kept beside each other; the newest takes the place of the last one.
const KEPT_MAX: u32 = 20;

/// Gives the file another name, beside those that were damaged before.
fn moved_aside(path: &Path) -> io::Result<PathBuf> {
    let name = |number| path.with_extension(format!("damaged-{number}.json"));
    let free = (1..KEPT_MAX).map(name).find(|kept| !kept.exists());
    let kept = free.unwrap_or_else(|| name(KEPT_MAX));
    std::fs::rename(path, &kept)?;
    Ok(kept)
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
