//! What a benchmark of imports needs in Rust: the file that is imported, what a client costs, and the `csv` crate as the limit of reading.

mod sale;

pub use sale::{HEADER, Sales};

use std::error::Error;

/// What went wrong, for whoever reads the terminal.
pub type Failure = Box<dyn Error + Send + Sync>;

/// The value behind a name on the command line.
///
/// # Errors
/// When it is not there.
pub fn option<'a>(arguments: &'a [String], name: &str) -> Result<&'a str, Failure> {
    let at = arguments.iter().position(|argument| argument == name);
    let value = at.and_then(|at| arguments.get(at + 1));
    value
        .map(String::as_str)
        .ok_or_else(|| format!("{name} and a value are missing").into())
}
