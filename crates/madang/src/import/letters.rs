//! `madang import retry`: refused rows again, after their text was mended.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use madang_import::run::{Letters, RunIdentity, StateError};
use madang_import::{Promise, RunKey};
use sha2::{Digest as _, Sha256};
use tokio::runtime::Runtime;

use crate::arguments::ImportRetry;
use crate::failure::Failure;
use crate::import::destination;
use crate::import::fault::Fault;
use crate::import::run::{self, Job, Wish};
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
    let path = &arguments.dead_letters;
    if path.metadata().is_ok_and(|about| !about.is_file()) {
        return Err(Fault::LettersFromPipe { path: path.clone() }.into());
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
    let digest = digest(path).map_err(Fault::State)?;
    let first = RunKey(letters.head.run.clone());
    let sink = destination::sink(&arguments.to, &mapping.name, runtime)?;
    // A server knows a row by the run that met it first; a sink that keeps checkpoints must not take this run for that one.
    let known_as = match sink.as_ref().map(|sink| sink.promise()) {
        Some(Promise::ByKey) => Some(first),
        _ => None,
    };
    let identities = [format!("refused rows of {}", letters.head.run), digest];
    let mapping_text = mapping.to_toml();
    let sink_name = sink.as_ref().map(|sink| sink.name()).unwrap_or_default();
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
        source: Box::new(letters),
        mapping: mapping.clone(),
        sink,
    };
    run::job(job, &identity, runtime, output)
}

/// A file that was mended once more is another run.
fn digest(path: &Path) -> Result<String, StateError> {
    let digest = || -> io::Result<String> {
        let mut file = File::open(path)?;
        let mut hash = Sha256::new();
        let mut piece = vec![0; 64 * 1024];
        loop {
            match file.read(&mut piece)? {
                0 => break,
                count => hash.update(&piece[..count]),
            }
        }
        let digest = hash.finalize();
        Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
    };
    digest().map_err(|source| StateError::Read {
        path: path.to_owned(),
        source,
    })
}
