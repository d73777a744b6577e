//! `madang import`: files of any size into a table, a file or a till.

mod address;
mod beginning;
mod claim;
pub mod desk;
mod destination;
mod fault;
mod fetch;
mod format;
mod history;
mod http;
mod infer;
mod inputs;
mod letters;
mod mapping_fault;
mod memory;
mod metrics;
mod named;
mod run;
mod show;
mod signals;
mod world;

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use sha2::{Digest as _, Sha256};
use tokio::runtime::Runtime;

pub use self::named::Named;
pub use self::show::BesideProgress;
use crate::arguments::{self, ImportDo, ImportFiles};
use crate::failure::{Failure, chain};
use crate::import::fault::Fault;
use crate::output::Output;

/// Imports, or tells about imports.
///
/// # Errors
/// [`Failure`]. An import that came to its end but refused rows is one, too.
pub fn import(
    arguments: &arguments::Import,
    runtime: &Runtime,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    match &arguments.what {
        Some(ImportDo::Check(what)) => files(&ImportFiles::from(&**what), runtime, output),
        Some(ImportDo::Infer(what)) => infer::infer(what, runtime, output),
        Some(ImportDo::Retry(what)) => {
            let ended = letters::retry(what, runtime, output);
            told_as_json(ended, what.manner.json, output)
        }
        Some(ImportDo::History(what)) => history::history(what, output),
        None => files(&arguments.files, runtime, output),
    }
}

fn files(
    arguments: &ImportFiles,
    runtime: &Runtime,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let ended = run::files(arguments, runtime, output);
    told_as_json(ended, arguments.manner.json, output)
}

/// SHA-256 of a file, in hexadecimal digits.
fn digest_of(path: &Path) -> io::Result<String> {
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
}

/// Everything about it, with the mistakes of a mapping each after the other.
fn problem(report: &miette::Report) -> String {
    let mistakes = report.related().into_iter().flatten();
    let parts = std::iter::once(chain(report.as_ref())).chain(mistakes.map(ToString::to_string));
    parts.collect::<Vec<_>>().join("; ")
}

/// A machine reads standard output: what ended an import before there was a report stands there as well.
fn told_as_json(
    ended: Result<(), Failure>,
    is_wanted: bool,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let Err(failure) = &ended else { return ended };
    let fault = failure.report.downcast_ref::<Fault>();
    if is_wanted && !fault.is_some_and(Fault::has_report) {
        output.json(&serde_json::json!({
            "type": "error",
            "code": failure.exit as u8,
            "problem": problem(&failure.report),
            "help": failure.report.help().map(|help| help.to_string()),
        }))?;
    }
    ended
}
