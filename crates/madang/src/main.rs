//! Madang's command line.

use std::io::{self, IsTerminal};
use std::process::ExitCode;

use clap::Parser;
use madang::arguments::Arguments;
use madang::failure::{Exit, Failure, plain_handler, told};
use madang::output::Output;
use miette::{GraphicalReportHandler, GraphicalTheme};
use tracing_subscriber::EnvFilter;

/// Which log lines are printed, in the manner of `RUST_LOG`.
const LOG_VARIABLE: &str = "MADANG_LOG";

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return tell_usage(&error),
    };
    log_to_stderr();
    let mut stdout = io::stdout();
    match madang::perform(arguments, &mut Output::new(&mut stdout)) {
        Ok(()) => ExitCode::SUCCESS,
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
    let handler = if io::stderr().is_terminal() {
        GraphicalReportHandler::new_themed(GraphicalTheme::unicode())
    } else {
        plain_handler()
    };
    eprint!("{}", told(&failure.report, handler));
}

fn log_to_stderr() {
    let filter = EnvFilter::try_from_env(LOG_VARIABLE).unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .init();
}
