//! Why an import did not come about, or how it ended.

use std::io;
use std::path::PathBuf;

use madang_import::read::{ReadError, ReadErrorKind};
use madang_import::run::{Outcome, RunError, StateError, WriteError};
use madang_import::{check, in_one_line};
use madang_import_postgres::DestinationError;
use madang_outbound::RouteError;
use miette::Diagnostic;

use crate::failure::{Exit, Exits};
use crate::import::destination;
use crate::import::mapping_fault::MappingFault;

/// Why an import did not come about, or how it ended.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum Fault {
    #[error("no file to import is named")]
    #[diagnostic(help(
        "madang import menu menu.csv --to sqlite:shop.db; `madang import --help` has examples"
    ))]
    NoFiles,
    #[error("{} is named twice", in_one_line(name))]
    #[diagnostic(help(
        "each of its rows would be imported twice; name it once (같은 파일을 두 번 적었어요)"
    ))]
    NamedTwice { name: String },
    #[error("there is no kind of import “{kind}”")]
    #[diagnostic(help(
        "the kinds are menu, stock and settlement{near}; anything else needs --mapping FILE.toml, which `madang import infer FILE` proposes. The commands are check, infer, retry and history; to go on say --resume"
    ))]
    UnknownKind { kind: String, near: String },
    #[error("the mapping {} could not be read", path.display())]
    #[diagnostic(help("--mapping names a TOML file, as `madang import infer FILE` prints"))]
    MappingUnread {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("the mapping {} is {bytes} bytes long", path.display())]
    #[diagnostic(help(
        "a mapping has at most {} bytes; is it the file to import?",
        super::run::MAPPING_BYTES_MAX
    ))]
    MappingTooLong { path: PathBuf, bytes: u64 },
    #[error(transparent)]
    #[diagnostic(transparent)]
    Mapping(#[from] MappingFault),
    #[error(transparent)]
    #[diagnostic(help("docs/import-mappings.md describes mappings ({})", .0.korean()))]
    NoProposal(check::NoProposal),
    #[error("there is no sink “{name}”")]
    #[diagnostic(help("{}", destination::KNOWN))]
    UnknownSink { name: String },
    #[error("the sink “{name}” {problem}")]
    #[diagnostic(help("{}", destination::KNOWN))]
    BadSink { name: String, problem: &'static str },
    #[error("--to names no table of PostgreSQL that could be written to")]
    #[diagnostic(help(
        "write postgres://user@host/database#table; the password comes from PGPASSWORD or ~/.pgpass, or has %23 for # and %40 for @"
    ))]
    BadTable(#[source] DestinationError),
    #[error("--{option} is not for {sink}")]
    #[diagnostic(help("it is for {wanted}"))]
    OptionOfAnother {
        option: &'static str,
        sink: &'static str,
        wanted: &'static str,
    },
    #[error("the headers of {place} cannot be read: {problem}")]
    #[diagnostic(help(
        "one header a line, as `authorization: Bearer …`; lines that begin with # are passed over"
    ))]
    BadHeaders { place: String, problem: String },
    #[error("headers for {first} would be sent to {other} as well")]
    #[diagnostic(help(
        "import from one server at a time when --source-header-file or MADANG_IMPORT_SOURCE_HEADERS says something"
    ))]
    HeadersForTwo { first: String, other: String },
    #[error("the server of --to cannot be called")]
    NoClient(#[source] RouteError),
    #[error("--{option} {given} is not known")]
    #[diagnostic(help("{wanted}"))]
    BadFormat {
        option: &'static str,
        given: String,
        wanted: &'static str,
    },
    #[error("{said}")]
    #[diagnostic(help(
        "start one with `madang dev`; or name its folder as --to till:DIR, or its address as --to till:URL"
    ))]
    NoTill { said: String },
    #[error("the file to import could not be read")]
    #[diagnostic(help("{}", readable_again(.0)))]
    Read(#[source] ReadError),
    #[error("{name} is not an address that is fetched")]
    #[diagnostic(help("write https://host/path or http://host/path, without a user name"))]
    BadAddress { name: String },
    #[error("{} is a pipe, and refused rows are read more than once", path.display())]
    #[diagnostic(help("save them as a file first"))]
    LettersFromPipe { path: PathBuf },
    #[error("what imports keep could not be read or written")]
    #[diagnostic(help("{}", room_or_elsewhere(.0)))]
    State(#[source] StateError),
    #[error("this import is under way")]
    #[diagnostic(help("wait until the other process has ended"))]
    UnderWay(#[source] StateError),
    #[error(
        "the same, or what has its name, its size and its beginning, was imported before, by run {run} of {when}"
    )]
    #[diagnostic(help(
        "--resume compares it to its end with what was imported (--resume는 끝까지 읽어 비교해요); --again imports it once more (--again은 한 번 더 가져와요)"
    ))]
    ImportedBefore { run: String, when: String },
    #[error("the same import was begun before and has not ended: run {run} of {when}")]
    #[diagnostic(help("--resume goes on with it; --again begins anew"))]
    BegunBefore { run: String, when: String },
    #[error("{name} has changed since run {run} of {when} stopped in the middle of it ({rows})")]
    #[diagnostic(help(
        "bring the old file back to go on; --again imports the new one from its first row: rows that were written stay, so a table without a key then has them twice (--again은 새 파일을 처음부터 가져와요. 이미 저장된 행은 그대로 남아요)"
    ))]
    ChangedSince {
        name: String,
        run: String,
        when: String,
        rows: String,
    },
    #[error(
        "the same went there by another mapping, in run {run} of {when} ({rows}): rows are only added there, and would be there twice"
    )]
    #[diagnostic(help(
        "{what_to_do}; --again imports the whole file once more, for a table that was emptied (--again은 파일 전체를 한 번 더 넣어요. 표를 비웠을 때만 쓰세요)"
    ))]
    WrittenByAnotherMapping {
        run: String,
        when: String,
        rows: String,
        what_to_do: String,
    },
    #[error(
        "{names} went there before, in run {run} of {when} ({rows}): rows are only added there, and would be there twice"
    )]
    #[diagnostic(help(
        "{what_to_do}; --again imports all that is named once more (--again은 적은 파일을 모두 한 번 더 넣어요)"
    ))]
    WentInBefore {
        names: String,
        run: String,
        when: String,
        rows: String,
        what_to_do: String,
    },
    #[error(
        "{name} has rows that went there before, as {then} in run {run}: rows are only added there, and these would be there twice"
    )]
    #[diagnostic(help(
        "{what_to_do}; --again imports all of it (--again은 파일 전체를 넣어요. 이미 있는 행은 두 번 들어가요)"
    ))]
    LooksLike {
        name: String,
        then: String,
        run: String,
        what_to_do: String,
    },
    #[error(
        "run {run} of {when} stopped in the middle of the same ({rows}), read from {names} into {sink}, and that has moved"
    )]
    #[diagnostic(help(
        "bring files and destination back to where they were, and --resume goes on; without --resume all is imported from its first row, beside the rows that are there (옮기기 전 자리로 되돌리면 이어서 가져와요)"
    ))]
    Moved {
        names: String,
        sink: String,
        run: String,
        when: String,
        rows: String,
    },
    #[error(
        "run {run} of {when} of the same files was begun by another mapping, and did not come to its end ({rows})"
    )]
    #[diagnostic(help(
        "{how} goes on by the mapping as it was; without --resume the files are imported from their first row by this one, and rows take the place of those with their key (--resume 없이 하면 고친 매핑으로 처음부터 가져오고, 키가 같은 행은 덮어써요)"
    ))]
    BegunByAnotherMapping {
        run: String,
        when: String,
        rows: String,
        how: String,
    },
    #[error(
        "run {run} of {when} was begun with {then}, and this says {now}: the rest would be divided into other cells"
    )]
    #[diagnostic(help(
        "say the same as then to go on; --again begins anew as it is said now: rows that were written stay (처음과 같은 옵션으로 이어 가거나 --again으로 처음부터 가져오세요)"
    ))]
    WrittenOtherwise {
        run: String,
        when: String,
        then: String,
        now: String,
    },
    #[error("what is to be read is not what run {run} of {when} read to its end")]
    #[diagnostic(help(
        "it has changed since, or goes on where it ended: --again imports it from its first row; rows that were written stay, so a table without a key then has those that did not change twice (그 뒤에 내용이 바뀌었어요. --again은 처음부터 가져와요. 이미 저장된 행은 그대로 남아요)"
    ))]
    ChangedSinceDone { run: String, when: String },
    #[error("{sink} does not have what run {run} of {when} wrote")]
    #[diagnostic(help(
        "it was emptied or replaced since: bring it back, or import once more with --again (저장한 곳이 비었거나 바뀌었어요. 되돌리거나 --again으로 다시 가져오세요)"
    ))]
    SinkLost {
        run: String,
        when: String,
        sink: String,
    },
    #[error("whether the import still is as it ended could not be found out")]
    #[diagnostic(help(
        "it came to its end before; once that is mended, --resume looks again (전에 끝난 가져오기예요. 고친 뒤 --resume로 다시 확인해요)"
    ))]
    NotCompared {
        outcome: Outcome,
        #[source]
        source: RunError,
    },
    #[error("there is no run {run}")]
    #[diagnostic(help("`madang import history` lists the runs; --state names another folder"))]
    NoSuchRun { run: String },
    #[error("{} could not be read", path.display())]
    #[diagnostic(help("name a dead-letters.jsonl, as the report of an import does"))]
    LettersUnread {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{} holds no refused rows", path.display())]
    #[diagnostic(help("name a dead-letters.jsonl, as the report of an import does"))]
    NoLetters { path: PathBuf },
    #[error("{} is no file of refused rows", path.display())]
    #[diagnostic(help("name a dead-letters.jsonl, as the report of an import does"))]
    NotLetters {
        path: PathBuf,
        #[source]
        source: StateError,
    },
    #[error("{} could not be written", path.display())]
    Unwritable {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("signals cannot be listened to")]
    NoSignals(#[source] io::Error),
    #[error("{rows} {} refused", if *rows == 1 { "row was" } else { "rows were" })]
    #[diagnostic(help("{what_to_do}"))]
    SomeRefused { rows: u64, what_to_do: String },
    #[error("something about a whole file is wrong; no row was refused")]
    #[diagnostic(help("the report above says what (위의 보고에 나와 있어요)"))]
    WholeFileWrong,
    #[error("the import did not come to its end")]
    #[diagnostic(help("{}", what_now(*outcome, source, *is_kept, *has_rows)))]
    Ended {
        outcome: Outcome,
        /// Whether it can go on: a dry run keeps nothing.
        is_kept: bool,
        /// Whether rows of it are at the sink.
        has_rows: bool,
        #[source]
        source: RunError,
    },
}

/// What the sink said, for whoever reads Korean, and what to do.
fn what_now(outcome: Outcome, error: &RunError, is_kept: bool, has_rows: bool) -> String {
    let said = match error {
        RunError::Write(WriteError::Sink { source, .. } | WriteError::GaveUp { source, .. }) => {
            format!("{}\n", source.message_ko)
        }
        // The folder of the run was lost, or is another one.
        RunError::BegunBefore { .. } => {
            return "--resume goes on with it, or finds that it is complete (--resume로 이어 가거나 끝난 것을 확인해요); --again imports it once more (--again으로 처음부터 한 번 더 가져와요)".to_owned();
        }
        // What is wrong with a file, for whoever reads Korean.
        RunError::Read(_) | RunError::Mapping(_) | RunError::Check(_) => {
            format!("{}\n", error.korean())
        }
        _ => String::new(),
    };
    match is_kept {
        true => format!("{said}{}", after(outcome, error, has_rows)),
        false => format!(
            "{said}nothing was written; mend it and try again (아무것도 쓰지 않았어요. 고친 뒤 다시 해 주세요)"
        ),
    }
}

/// A server that is away, or a disk that gives an error.
fn may_pass(error: &ReadError) -> bool {
    let source = error.source.as_ref().filter(|source| {
        source.kind() == io::ErrorKind::ConnectionRefused || source.raw_os_error().is_some()
    });
    error.kind == ReadErrorKind::Broken && source.is_some()
}

/// What to do about a file that was not begun.
fn readable_again(error: &ReadError) -> String {
    match may_pass(error) {
        true => format!(
            "once it can be read, try again: nothing of it was read ({})",
            error.korean()
        ),
        false => error.korean(),
    }
}

/// What to do about files that cannot be kept.
fn room_or_elsewhere(error: &StateError) -> String {
    match error.full_folder() {
        Some(folder) => format!(
            "the disk that {} is on is full: make room there; --state DIR keeps it elsewhere ({0} 폴더가 있는 디스크가 가득 찼어요. 자리를 만들어 주세요)",
            folder.display()
        ),
        None => "--state DIR keeps it elsewhere".to_owned(),
    }
}

fn is_damaged(error: &RunError) -> bool {
    let RunError::Read(error) = error else {
        return false;
    };
    matches!(
        error.kind,
        ReadErrorKind::Damaged { .. } | ReadErrorKind::Truncated { .. }
    )
}

fn after(outcome: Outcome, error: &RunError, has_rows: bool) -> String {
    if let RunError::Write(WriteError::State(error)) = error
        && let Some(folder) = error.full_folder()
    {
        let folder = folder.display();
        return format!(
            "the disk that {folder} is on is full: make room there, then --resume goes on where it stopped ({folder} 폴더가 있는 디스크가 가득 찼어요. 자리를 만든 뒤 --resume로 이어 가세요)"
        );
    }
    let said = match outcome {
        // Its check sum stands at its end: what came out before that may be anything.
        Outcome::ToMend if is_damaged(error) => {
            "what was written of it may be wrong as well: get the file again, take out what was written, and begin anew with --again (이미 저장된 행도 틀렸을 수 있어요. 파일을 다시 받고, 저장된 행을 지운 뒤 --again으로 처음부터 가져오세요)"
        }
        // A file that is mended is another one: nothing can go on in the middle of it.
        Outcome::ToMend if matches!(error, RunError::Read(_) | RunError::Mapping(_)) => {
            match has_rows {
                true => {
                    "rows that were written stay: out of a table without a key take them first; once that is mended, begin anew with --again (이미 저장된 행은 그대로예요. 키가 없는 표라면 먼저 지우고, 고친 뒤 --again으로 처음부터 가져오세요)"
                }
                false => {
                    "nothing of it was written: once that is mended, begin anew (아무것도 저장하지 않았어요. 고친 뒤 처음부터 다시 가져오세요)"
                }
            }
        }
        Outcome::SourceGone => {
            "once it can be read again, --resume goes on where it stopped (다시 읽을 수 있게 되면 --resume로 이어 가세요)"
        }
        Outcome::Stopped => "--resume goes on where it stopped (--resume로 멈춘 곳부터 이어져요)",
        Outcome::Limit => {
            "look at the refused rows; with a higher limit --resume goes on (거절된 행을 확인하고, 한도를 높여 --resume로 이어 가세요)"
        }
        Outcome::SinkGone => {
            "once the sink is back, --resume goes on where it stopped (저장할 곳이 돌아오면 --resume로 이어 가세요)"
        }
        _ => {
            "once that is mended, --resume goes on where it stopped (고친 뒤 --resume로 이어 가세요)"
        }
    };
    said.to_owned()
}

impl Fault {
    /// Whether it ended an import that has told of itself in a report.
    pub fn has_report(&self) -> bool {
        matches!(self, Self::Ended { .. }) || self.exit() == Exit::SomeRefused
    }
}

impl Exits for Fault {
    fn exit(&self) -> Exit {
        match self {
            Self::NoTill { .. } => Exit::NoTill,
            Self::Read(error) if may_pass(error) => Exit::Io,
            Self::State(_) => Exit::Data,
            Self::Unwritable { .. } | Self::NoSignals(_) => Exit::Io,
            Self::SomeRefused { .. } | Self::WholeFileWrong => Exit::SomeRefused,
            Self::Ended {
                outcome, source, ..
            }
            | Self::NotCompared { outcome, source } => match (outcome, source) {
                (Outcome::Stopped, _) => Exit::Interrupted,
                (Outcome::Limit, _) => Exit::LimitReached,
                (Outcome::SinkGone, _) => Exit::SinkGone,
                (Outcome::SourceGone, _) => Exit::Io,
                (_, RunError::Panicked { .. }) => Exit::Fault,
                (_, RunError::Write(WriteError::State(_))) => Exit::Data,
                _ => Exit::Usage,
            },
            _ => Exit::Usage,
        }
    }
}

impl From<StateError> for Fault {
    fn from(error: StateError) -> Self {
        match error {
            StateError::UnderWay { .. } => Self::UnderWay(error),
            other => Self::State(other),
        }
    }
}

impl From<ReadError> for Fault {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}
