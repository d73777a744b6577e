//! `madang import`: files of any size into a table, a file or a till.

mod address;
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
mod run;
mod show;
mod signals;
mod world;

use tokio::runtime::Runtime;

use crate::arguments::{self, ImportDo};
use crate::failure::Failure;
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
        Some(ImportDo::Retry(what)) => letters::retry(what, runtime, output),
        Some(ImportDo::History(what)) => history::history(what, output),
        None => run::files(&arguments.files, runtime, output),
    }
}
