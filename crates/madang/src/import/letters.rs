//! `madang import retry`: refused rows again, after their text was mended.

use std::path::Path;

use madang_import::check::Finding;
use madang_import::run::{Letters, RunIdentity, Runs, StateError};
use madang_import::{Promise, RunKey};
use tokio::runtime::Runtime;

use crate::arguments::ImportRetry;
use crate::failure::Failure;
use crate::import::claim::{how_to_go_on, known_as};
use crate::import::fault::Fault;
use crate::import::run::{self, Job, Watched, Wish};
use crate::import::{destination, digest_of};
use crate::output::Output;

/// Imports refused rows under the places that they had. What is refused again is in a new file.
///
/// # Errors
/// [`Failure`].
pub fn retry(
    arguments: &ImportRetry,
    runtime: &Runtime,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let mut watched = Watched::of_file(arguments.mapping.as_deref());
    let ended = retry_watched(arguments, &mut watched, runtime, output);
    watched.told(ended, &arguments.manner)
}

/// Says on the way what is watched, as it comes to be known.
fn retry_watched(
    arguments: &ImportRetry,
    watched: &mut Watched,
    runtime: &Runtime,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let path = &arguments.dead_letters;
    if path.metadata().is_ok_and(|about| !about.is_file()) {
        return Err(Fault::LettersFromPipe { path: path.clone() }.into());
    }
    if let Err(source) = path.metadata() {
        return Err(Fault::LettersUnread {
            path: path.clone(),
            source,
        }
        .into());
    }
    let letters = Letters::open(path).map_err(|error| match error {
        StateError::Letters(_) => Fault::NotLetters {
            path: path.clone(),
            source: error,
        },
        error => Fault::from(error),
    })?;
    let letters = letters.ok_or_else(|| Fault::NoLetters { path: path.clone() })?;
    let notes: Vec<Finding> = of_a_run_that_stopped(arguments, &letters.head.run)
        .into_iter()
        .collect();
    for note in &notes {
        tracing::warn!("{} ({})", note.message, note.message_ko);
    }
    let mapping = match &arguments.mapping {
        Some(path) => run::mapping_of_file(path)?,
        None => run::mapping_of_text(&letters.head.mapping, path)?,
    };
    let mapping = mapping.for_single_rows();
    watched.mapping.clone_from(&mapping.name);
    // A file that was mended once more is another run.
    let digest = digest_of(path).map_err(|source| {
        Fault::State(StateError::Read {
            path: path.to_owned(),
            source,
        })
    })?;
    let first = RunKey(letters.head.run.clone());
    let sink = destination::sink(&arguments.to, &mapping.name, runtime)?;
    watched.sink = sink.as_ref().map(|sink| sink.name()).unwrap_or_default();
    let sink_name = sink.as_ref().map(|sink| sink.identity());
    let sink_name = sink_name.unwrap_or_default();
    let of_run = format!("refused rows of {}", letters.head.run);
    let known_as = sink.as_ref().and_then(|sink| match sink.promise() {
        // A server knows a row by the run that met it first.
        Promise::ByKey => Some(first),
        // A row is known by the run that refused it and its place, in whatever file and by whatever mapping it comes again.
        _ if sink.keeps_places() => {
            let identity = RunIdentity {
                inputs: std::slice::from_ref(&of_run),
                mapping: (&mapping.name, ""),
                sink: &sink_name,
            };
            Some(identity.key(0))
        }
        _ => None,
    });
    let identities = [of_run.clone(), digest];
    let mapping_text = mapping.to_toml();
    let identity = RunIdentity {
        inputs: &identities,
        mapping: (&mapping.name, &mapping_text),
        sink: &sink_name,
    };
    let job = Job {
        wish: match arguments {
            ImportRetry { dry_run: true, .. } => Wish::Dry,
            ImportRetry { resume: true, .. } => Wish::GoOn,
            ImportRetry { again: true, .. } => Wish::Again,
            _ => Wish::Begin,
        },
        bytes_total: None,
        manner: &arguments.manner,
        known_as,
        // What was written is known row by row.
        adds_rows: false,
        marks: Vec::new(),
        retry_of: Some(RunKey(letters.head.run.clone())),
        // The file itself says it.
        written: None,
        notes,
        free_bytes_min: destination::free_bytes_min(&arguments.to),
        source: Box::new(letters.with_members(mapping.members())),
        mapping: mapping.clone(),
        sink,
    };
    run::job(job, &identity, runtime, output)
}

/// Rows that the run which refused these never came to are not among them, and "done" would pass for all.
fn of_a_run_that_stopped(arguments: &ImportRetry, run: &str) -> Option<Finding> {
    // The file may have been left in the folder of its run, and that in another place than is said.
    let beside = arguments.dead_letters.parent().and_then(Path::parent);
    let folders = [Some(arguments.manner.state.as_path()), beside];
    folders.into_iter().flatten().find_map(|folder| {
        let runs = Runs::new(folder.to_owned());
        // What imports keep is not needed here, and may be lost.
        let mut all = runs.all().ok()?.into_iter();
        let (record, report) = all.find(|(record, _)| record.key.0 == run)?;
        if report.is_some_and(|report| report.outcome.is_complete()) {
            return None;
        }
        let ((name, when), how) = (known_as(&record), how_to_go_on(&runs, &record));
        Some(Finding {
            code: "run_not_ended".to_owned(),
            is_error: false,
            input: 0,
            place: None,
            column: None,
            message: format!("run {name} of {when}, which refused these rows, did not come to its end, and rows behind them were never read: {how} goes on with it"),
            message_ko: format!("이 줄을 거절한 가져오기 {name}이(가) 끝나지 않아서 그 뒤의 줄은 아직 읽지 않았어요. --resume로 이어서 끝까지 가져오세요"),
        })
    })
}
