//! `madang terminal`: the simulated card terminal as a process of its own, which lives through the till's death.

use std::io;
use std::net::{SocketAddr, TcpListener};

use madang_model::Text;
use madang_till::terminal::book::{BookError, TerminalBook};
use madang_till::terminal::remote;
use madang_till::terminal::simulated::{ChosenOutcome, SimulatedTerminal};
use miette::Diagnostic;
use tokio::runtime::Runtime;

use crate::arguments::{self, Outcome};
use crate::failure::{Exit, Exits, Failure};
use crate::output::Output;
use crate::system;

/// Why the terminal does not run.
#[derive(Debug, thiserror::Error, Diagnostic)]
enum TerminalError {
    #[error("the book cannot be used")]
    #[diagnostic(help("name another file with --book, or mend what is said above"))]
    Book(#[source] BookError),
    #[error("cannot listen on {address}")]
    #[diagnostic(help(
        "stop what listens there, or choose another with --listen (port 0 takes any that is free)"
    ))]
    Listen {
        address: SocketAddr,
        #[source]
        source: io::Error,
    },
    #[error("{address} can be reached from other machines")]
    #[diagnostic(help("anybody there could charge cards; listen on 127.0.0.1"))]
    NotLoopback { address: SocketAddr },
}

impl Exits for TerminalError {
    fn exit(&self) -> Exit {
        match self {
            Self::Book(_) => Exit::Data,
            Self::Listen { .. } | Self::NotLoopback { .. } => Exit::Usage,
        }
    }
}

/// Answers tills until the process ends. The first line printed is the address.
///
/// # Errors
/// [`Failure`] when the book or the address cannot be had.
pub fn serve(
    arguments: &arguments::Terminal,
    runtime: &Runtime,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let address = arguments.listen;
    if !address.ip().is_loopback() {
        return Err(TerminalError::NotLoopback { address }.into());
    }
    let book = TerminalBook::open(&arguments.book).map_err(TerminalError::Book)?;
    let world = system::world(runtime.handle());
    let terminal = SimulatedTerminal::new(book, !arguments.no_inquiry, world);
    if let Some(outcome) = arguments.outcome {
        terminal.choose(Some(outcome.into()), true);
    }
    let listen_error = |source| TerminalError::Listen { address, source };
    let listener = TcpListener::bind(address).map_err(listen_error)?;
    let bound = listener.local_addr().map_err(listen_error)?;
    output.line(&bound.to_string())?;
    remote::serve(&listener, &terminal);
    Ok(())
}

impl From<Outcome> for ChosenOutcome {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Approved => Self::Approved,
            Outcome::Declined => declined("051"),
            Outcome::Timeout => Self::TimedOut,
            Outcome::Unplugged => Self::Unplugged,
            Outcome::Lost => Self::AnswerLost,
            Outcome::ReversalRefused => Self::ReversalRefused,
        }
    }
}

/// The issuer's no, in the words of the codes that shops in Korea know.
pub(crate) fn declined(code: &str) -> ChosenOutcome {
    let message = match code {
        "051" => Text::new("한도 초과", "Over the limit"),
        "054" => Text::new("유효기간 경과", "Expired card"),
        "055" => Text::new("비밀번호 오류", "Wrong PIN"),
        "041" | "043" => Text::new("분실·도난 카드", "Reported lost or stolen"),
        _ => Text::new("승인 거절", "Not approved"),
    };
    ChosenOutcome::Declined {
        code: code.into(),
        message,
    }
}
