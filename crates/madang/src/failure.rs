//! How a command ends when it does not succeed: a report for a person and a code for a script.

use std::process::ExitCode;

use madang_import::printable;
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, Report};

/// The code a command ends with. `madang --help` lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// A step of a script did not do what it says, or an expectation did not hold.
    ScriptFailed = 1,
    /// Wrong usage, or something the user can mend: a plugin, a script, a shop's file, a taken port.
    Usage = 2,
    /// An import came to its end, and refused some rows.
    SomeRefused = 3,
    /// An import was stopped because too many rows were refused.
    LimitReached = 4,
    /// An import was stopped because its sink took nothing more.
    SinkGone = 5,
    /// No till, or no card terminal, answers there.
    NoTill = 69,
    /// A fault of Madang's own.
    Fault = 70,
    /// The data folder cannot be used: in use, of a newer format, damaged.
    Data = 73,
    /// A file or socket could not be read or written.
    Io = 74,
    /// A plugin did not come back, and the run was given up; the number is that of `timeout`.
    GaveUp = 124,
    /// Whoever read what was printed went away; the number is that of a shell for a program that the broken pipe ended.
    ReaderGone = 141,
    /// An import was asked to stop by a signal; the number is that of a shell for Ctrl-C.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// An error that knows which code it ends with.
pub trait Exits {
    /// The code.
    fn exit(&self) -> Exit;
}

/// What is told at the edge: everything about an error, once.
#[derive(Debug)]
pub struct Failure {
    /// The code.
    pub exit: Exit,
    /// What to tell.
    pub report: Report,
}

impl<E: Diagnostic + Exits + Send + Sync + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self {
            exit: error.exit(),
            report: Report::new(error),
        }
    }
}

/// A report as it is printed, without breaking lines: a frame of source text stays under its line.
///
/// Names of files and what others say may have marks in them that a terminal acts on: these are shown, and colours left out then.
pub fn told(report: &Report, handler: GraphicalReportHandler) -> String {
    let plain = rendered(report, plain_handler());
    match printable(&plain) == plain {
        true => rendered(report, handler),
        false => printable(&plain),
    }
}

fn rendered(report: &Report, handler: GraphicalReportHandler) -> String {
    let mut text = String::new();
    let handler = handler.with_wrap_lines(false).with_links(false);
    if handler.render_report(&mut text, report.as_ref()).is_err() {
        text = format!("{report}\n");
    }
    text
}

/// A handler for text without colours.
pub fn plain_handler() -> GraphicalReportHandler {
    GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor())
}

/// An error with everything under it.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(next) = source {
        text.push_str(": ");
        text.push_str(&next.to_string());
        source = next.source();
    }
    text
}
