//! What a benchmark of process mining needs in Rust: the logs, our own side, and a peer.

pub mod found;
mod log_file;
mod turn;

pub use log_file::{Format, write_log};
pub use turn::{Spent, Turn, memory_bytes_max};

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
    (value.map(String::as_str)).ok_or_else(|| format!("{name} and a value are missing").into())
}
