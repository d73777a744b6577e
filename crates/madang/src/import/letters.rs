//! `madang import retry`: refused rows again, after their text was mended.

use madang_import::run::{Letters, RunIdentity, StateError};
use madang_import::{Promise, RunKey};
use tokio::runtime::Runtime;

use crate::arguments::ImportRetry;
use crate::failure::Failure;
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
        wish: match (arguments.dry_run, arguments.resume) {
            (true, _) => Wish::Dry,
            (false, true) => Wish::GoOn,
            (false, false) => Wish::Begin,
        },
        bytes_total: None,
        manner: &arguments.manner,
        known_as,
        // What was written is known row by row.
        adds_rows: false,
        free_bytes_min: destination::free_bytes_min(&arguments.to),
        source: Box::new(letters.with_members(mapping.members())),
        mapping: mapping.clone(),
        sink,
    };
    run::job(job, &identity, runtime, output)
}
