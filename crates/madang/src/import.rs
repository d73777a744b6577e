//! `madang import`: files of any size into a table, a file or a till.

mod address;
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
mod memory;
mod metrics;
mod named;
mod run;
mod show;
mod signals;
mod world;

use tokio::runtime::Runtime;

pub use self::named::Named;
use crate::arguments::{self, ImportDo};
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
        Some(ImportDo::Infer(what)) => infer::infer(what, runtime, output),
        Some(ImportDo::Retry(what)) => {
            let ended = letters::retry(what, runtime, output);
            told_as_json(ended, what.manner.json, output)
        }
        Some(ImportDo::History(what)) => history::history(what, output),
        None => {
            let ended = run::files(&arguments.files, runtime, output);
            told_as_json(ended, arguments.files.manner.json, output)
        }
    }
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
            "problem": chain(failure.report.as_ref()),
            "help": failure.report.help().map(|help| help.to_string()),
        }))?;
    }
    ended
}
