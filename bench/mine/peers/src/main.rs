//! What a benchmark of process mining needs in Rust: the logs, our own side, and a peer. One program, since linking takes the most of building it.

mod command;
mod found;
mod generate;
mod journal_file;
mod log_file;
mod ours;
mod streaming;
mod turn;

use std::error::Error;

/// What went wrong, for whoever reads the terminal.
type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some("generate") => generate::generate(&arguments),
        Some("ours") => ours::ours(&arguments),
        Some("streaming") => streaming::streaming(&arguments),
        Some("command") => command::command(&arguments),
        _ => Err("one of generate, ours, streaming, command is missing".into()),
    }
}

/// The value behind a name on the command line.
fn option<'a>(arguments: &'a [String], name: &str) -> Result<&'a str, Failure> {
    let at = arguments.iter().position(|argument| argument == name);
    let value = at.and_then(|at| arguments.get(at + 1));
    (value.map(String::as_str)).ok_or_else(|| format!("{name} and a value are missing").into())
}
