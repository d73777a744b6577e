//! Madang's command line.

use std::env;
use std::ffi::OsStr;
use std::io::{self, IsTerminal, Write as _};
use std::process::ExitCode;

use clap::Parser;
use madang::BesideProgress;
use madang::arguments::Arguments;
use madang::failure::{Exit, Failure, plain_handler, told};
use madang::output::Output;
use miette::{GraphicalReportHandler, GraphicalTheme};
use tracing_subscriber::EnvFilter;

/// Which log lines are printed, in the manner of `RUST_LOG`.
const LOG_VARIABLE: &str = "MADANG_LOG";

/// What is printed when nobody says. What a database server calls out when it stops is told by the writes that fail then, in words of ours.
const LOGGED: &str = "warn,sqlx::postgres::notice=off";

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return tell_usage(&error),
    };
    log_to_stderr();
    let mut stdout = io::stdout();
    match madang::perform(arguments, &mut Output::new(&mut stdout)) {
        Ok(()) => ExitCode::SUCCESS,
        // `madang upstreams | head` has shown what was wanted.
        Err(failure) if failure.exit == Exit::ReaderGone => failure.exit.into(),
        Err(failure) => {
            tell(&failure);
            failure.exit.into()
        }
    }
}

/// `--help` and `--version` come this way, too, and are no fault.
fn tell_usage(error: &clap::Error) -> ExitCode {
    // Nobody reads it when it cannot be printed.
    let _ = error.print();
    if error.use_stderr() {
        Exit::Usage.into()
    } else {
        ExitCode::SUCCESS
    }
}

fn tell(failure: &Failure) {
    let handler = if stderr_takes_colours() {
        GraphicalReportHandler::new_themed(GraphicalTheme::unicode())
    } else {
        plain_handler()
    };
    // Where it cannot be printed the exit code tells.
    let _ = io::stderr().write_all(told(&failure.report, handler).as_bytes());
}

fn log_to_stderr() {
    let filter = EnvFilter::try_from_env(LOG_VARIABLE).unwrap_or_else(|_| EnvFilter::new(LOGGED));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(|| BesideProgress)
        .with_ansi(stderr_takes_colours())
        .init();
}

fn stderr_takes_colours() -> bool {
    takes_colours(
        io::stderr().is_terminal(),
        env::var_os("NO_COLOR").as_deref(),
    )
}

/// A file keeps what it is given, and whoever sets NO_COLOR to anything wants none (https://no-color.org).
fn takes_colours(is_terminal: bool, no_color: Option<&OsStr>) -> bool {
    is_terminal && no_color.is_none_or(OsStr::is_empty)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_for_terminals() {
        let check = |is_terminal, no_color: Option<&str>, expected| {
            let no_color = no_color.map(OsStr::new);
            assert_eq!(
                takes_colours(is_terminal, no_color),
                expected,
                "{no_color:?}"
            );
        };
        check(true, None, true);
        check(true, Some(""), true);
        check(true, Some("1"), false);
        check(false, None, false);
        check(false, Some("1"), false);
    }
}
