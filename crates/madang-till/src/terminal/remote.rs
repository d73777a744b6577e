//! A terminal in a process of its own, spoken to in lines of JSON over a loopback socket: it lives through the till's death.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::executor::block_on;
use jiff::SignedDuration;
use madang_model::{AttemptKey, Money, Text};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use super::simulated::{ChosenOutcome, SimulatedTerminal, TerminalView};
use super::{Authorized, CardTerminal, Inquired, Reversed, TerminalFault};

/// The longest line either side takes: an attempt, an amount and an approval fit many times.
const LINE_BYTES_MAX: u64 = 16 * 1024;
/// How long the till waits for a line: longer than the terminal waits for a card.
const ANSWER_WAIT: Duration = Duration::from_secs(90);
/// How long the till waits to be told what the terminal shows now: it need not wait for anything.
const VIEW_WAIT: Duration = Duration::from_secs(5);
/// How long the terminal lets a till wait for a change before it says the same again: well below [`ANSWER_WAIT`].
const CHANGE_WAIT: SignedDuration = SignedDuration::from_secs(20);
/// How long connecting over loopback may take.
const CONNECT_WAIT: Duration = Duration::from_secs(2);

/// What the till says to a terminal.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
enum Question {
    Authorize {
        attempt: AttemptKey,
        amount: Money,
    },
    Inquire {
        attempt: AttemptKey,
    },
    Reverse {
        attempt: AttemptKey,
    },
    Choose {
        outcome: Option<ChosenOutcome>,
        sticky: bool,
    },
    /// What it shows, as soon as that is not what was seen.
    View {
        seen: Option<u64>,
    },
}

impl Question {
    fn answer_wait(&self) -> Duration {
        match self {
            Self::View { seen: None } => VIEW_WAIT,
            _ => ANSWER_WAIT,
        }
    }
}

/// What it answers.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "answer", content = "with", rename_all = "kebab-case")]
enum Reply {
    Authorized(Result<Authorized, TerminalFault>),
    Inquired(Result<Inquired, TerminalFault>),
    Reversed(Result<Reversed, TerminalFault>),
    Chosen,
    View { number: u64, view: TerminalView },
}

/// The till's end of the socket.
pub struct RemoteTerminal {
    address: SocketAddr,
    can_inquire: bool,
}

impl RemoteTerminal {
    /// A terminal that listens at `address`.
    pub fn new(address: SocketAddr, can_inquire: bool) -> Self {
        Self {
            address,
            can_inquire,
        }
    }

    /// Chooses an outcome there, as the cashier would at the terminal.
    ///
    /// # Errors
    /// When the terminal does not answer.
    pub async fn choose(
        &self,
        outcome: Option<ChosenOutcome>,
        sticky: bool,
    ) -> Result<(), TerminalFault> {
        match self.ask(Question::Choose { outcome, sticky }).await? {
            Reply::Chosen => Ok(()),
            _ => Err(nonsense()),
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it shows, at once or as soon as that is no longer what was `seen`; with the number to wait from next.
    ///
    /// # Errors
    /// When the terminal does not answer.
    pub async fn view_after(
        &self,
        seen: Option<u64>,
    ) -> Result<(u64, TerminalView), TerminalFault> {
        match self.ask(Question::View { seen }).await? {
            Reply::View { number, view } => Ok((number, view)),
            _ => Err(nonsense()),
        }
    }

    async fn ask(&self, question: Question) -> Result<Reply, TerminalFault> {
        let (answer, answered) = oneshot::channel();
        let address = self.address;
        // A thread a call: calls are rare, and the till's executor must never wait on a socket of another one's.
        let asking = std::thread::Builder::new()
            .name("terminal-call".into())
            .spawn(move || {
                let _ = answer.send(ask_over_socket(address, &question));
            });
        asking.map_err(|error| {
            tracing::warn!(%error, "no thread for a call of the terminal");
            TerminalFault::NotSent {
                message: Text::new(
                    "단말기를 부를 수 없어요",
                    "The terminal could not be called",
                ),
            }
        })?;
        answered.await.unwrap_or_else(|_| Err(nonsense()))
    }
}

#[async_trait]
impl CardTerminal for RemoteTerminal {
    fn can_inquire(&self) -> bool {
        self.can_inquire
    }

    async fn authorize(
        &self,
        attempt: &AttemptKey,
        amount: Money,
    ) -> Result<Authorized, TerminalFault> {
        match self
            .ask(Question::Authorize {
                attempt: attempt.clone(),
                amount,
            })
            .await?
        {
            Reply::Authorized(said) => said,
            _ => Err(nonsense()),
        }
    }

    async fn inquire(&self, attempt: &AttemptKey) -> Result<Inquired, TerminalFault> {
        match self
            .ask(Question::Inquire {
                attempt: attempt.clone(),
            })
            .await?
        {
            Reply::Inquired(said) => said,
            _ => Err(nonsense()),
        }
    }

    async fn reverse(&self, attempt: &AttemptKey) -> Result<Reversed, TerminalFault> {
        match self
            .ask(Question::Reverse {
                attempt: attempt.clone(),
            })
            .await?
        {
            Reply::Reversed(said) => said,
            _ => Err(nonsense()),
        }
    }
}

/// Answers tills at `listener` until the process ends: a thread a connection.
pub fn serve(listener: &TcpListener, terminal: &Arc<SimulatedTerminal>) {
    for stream in listener.incoming().filter_map(Result::ok) {
        let terminal = terminal.clone();
        let serving = std::thread::Builder::new()
            .name("terminal-till".into())
            .spawn(move || {
                if let Err(error) = answer_line(stream, &terminal) {
                    tracing::debug!(%error, "a till went away");
                }
            });
        if let Err(error) = serving {
            tracing::warn!(%error, "no thread for a till");
        }
    }
}

fn answer_line(stream: TcpStream, terminal: &SimulatedTerminal) -> std::io::Result<()> {
    let mut line = String::new();
    BufReader::new((&stream).take(LINE_BYTES_MAX)).read_line(&mut line)?;
    let question: Question = serde_json::from_str(&line)?;
    let reply = match question {
        Question::Authorize { attempt, amount } => {
            Reply::Authorized(block_on(terminal.authorize(&attempt, amount)))
        }
        Question::Inquire { attempt } => Reply::Inquired(block_on(terminal.inquire(&attempt))),
        Question::Reverse { attempt } => Reply::Reversed(block_on(terminal.reverse(&attempt))),
        Question::Choose { outcome, sticky } => {
            terminal.choose(outcome, sticky);
            Reply::Chosen
        }
        Question::View { seen } => {
            let (number, view) = block_on(terminal.view_after(seen, CHANGE_WAIT));
            Reply::View { number, view }
        }
    };
    let mut text = serde_json::to_vec(&reply)?;
    text.push(b'\n');
    (&stream).write_all(&text)
}

fn ask_over_socket(address: SocketAddr, question: &Question) -> Result<Reply, TerminalFault> {
    // What the system says is English and for the log; the guest and the cashier read the message.
    let not_sent = |error: std::io::Error| {
        tracing::info!(%error, %address, "the terminal was not reached");
        TerminalFault::NotSent {
            message: Text::new(
                "단말기에 연결할 수 없어요",
                "The terminal could not be connected to",
            ),
        }
    };
    let stream = TcpStream::connect_timeout(&address, CONNECT_WAIT).map_err(not_sent)?;
    stream
        .set_read_timeout(Some(question.answer_wait()))
        .map_err(not_sent)?;
    let mut text = serde_json::to_vec(question).map_err(|error| not_sent(error.into()))?;
    text.push(b'\n');
    // From here on the question may have arrived, whatever the socket says.
    let lost = |error: std::io::Error| {
        tracing::warn!(%error, %address, "the terminal's answer was lost");
        TerminalFault::NoAnswer {
            message: Text::new(
                "단말기 답을 받지 못했어요",
                "The terminal's answer did not arrive",
            ),
        }
    };
    (&stream).write_all(&text).map_err(lost)?;
    let mut line = String::new();
    BufReader::new((&stream).take(LINE_BYTES_MAX))
        .read_line(&mut line)
        .map_err(lost)?;
    serde_json::from_str(&line).map_err(|error| lost(error.into()))
}

fn nonsense() -> TerminalFault {
    TerminalFault::NoAnswer {
        message: Text::new(
            "단말기가 알 수 없는 답을 했어요",
            "The terminal's answer could not be understood",
        ),
    }
}
