//! `madang act`: steps for a running till, and who plays them there.

use std::io::{self, Read};
use std::time::Duration;

use async_trait::async_trait;
use madang_outbound::Method;
use madang_server::view::act::{ActSteps, ActView, StepResult};
use madang_server::{Acts, BODY_BYTES_MAX};
use miette::Diagnostic;
use tokio::runtime::Runtime;
use tokio::sync::Mutex;

use crate::arguments;
use crate::failure::{Exit, Exits, Failure};
use crate::output::Output;
use crate::play::{Player, Remembered};
use crate::run::is_expected;
use crate::script::Script;
use crate::stage::Stage;
use crate::till_at::TillAt;

/// What the steps of a command line are called in errors.
const STEPS: &str = "steps";
/// How long all steps together may take: a script may wait, but a till that hangs is not waited for all day.
const DEADLINE: Duration = Duration::from_secs(30 * 60);

/// Why the steps were not played, or not all of them.
#[derive(Debug, thiserror::Error, Diagnostic)]
enum ActError {
    #[error("the steps have {bytes} bytes, more than {}", BODY_BYTES_MAX / 2)]
    #[diagnostic(help("play them in parts"))]
    TooLong { bytes: usize },
    #[error("the steps could not be read from standard input")]
    StandardInput(#[source] io::Error),
    #[error("line {line}: `{step}`: {message}")]
    #[diagnostic(help("the steps after it were not played"))]
    Step {
        line: u32,
        step: String,
        message: String,
    },
}

impl Exits for ActError {
    fn exit(&self) -> Exit {
        match self {
            Self::TooLong { .. } => Exit::Usage,
            Self::StandardInput(_) => Exit::Io,
            Self::Step { .. } => Exit::ScriptFailed,
        }
    }
}

/// Has a running till play steps.
///
/// # Errors
/// [`Failure`] when there is no till, or a step does not do what it says.
pub fn act(
    arguments: &arguments::Act,
    runtime: &Runtime,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let steps = steps(&arguments.steps)?;
    // Told here with its place; the till would tell it, too.
    Script::parse(STEPS, &steps)?;
    let till = TillAt::find(&arguments.till, runtime)?;
    let body = serde_json::to_vec(&ActSteps { steps }).expect("a text is always JSON");
    let view: ActView = till.ask(Method::Post, "/api/act", Some(body), DEADLINE)?;
    for result in &view.results {
        if arguments.json {
            output.json(result)?;
        } else {
            output.line(&format!("{}  →  {}", result.step, result.message))?;
        }
    }
    match view.results.into_iter().find(|result| !result.ok) {
        None => Ok(()),
        Some(failed) => Err(ActError::Step {
            line: failed.line,
            step: failed.step,
            message: failed.message,
        }
        .into()),
    }
}

fn steps(written: &[String]) -> Result<String, ActError> {
    let mut text = match written {
        [dash] if dash == "-" => String::new(),
        steps => steps.join("\n"),
    };
    if text.is_empty() {
        let limit = BODY_BYTES_MAX as u64;
        let read = io::stdin().take(limit).read_to_string(&mut text);
        read.map_err(ActError::StandardInput)?;
    }
    // As JSON a text may be twice as long.
    if text.len() > BODY_BYTES_MAX / 2 {
        return Err(ActError::TooLong { bytes: text.len() });
    }
    Ok(text)
}

/// Plays steps on the till of this process; `last` goes on from one call to the next.
pub struct Cashier {
    player: Mutex<Player>,
}

impl Cashier {
    /// A cashier at `stage`.
    pub fn new(stage: Stage) -> Self {
        Self {
            player: Mutex::new(Player::new(stage, Remembered::default())),
        }
    }
}

#[async_trait]
impl Acts for Cashier {
    async fn act(&self, steps: String) -> Vec<StepResult> {
        let script = match Script::parse(STEPS, &steps) {
            Ok(script) => script,
            Err(error) => {
                return vec![StepResult {
                    line: error.line,
                    step: String::new(),
                    ok: false,
                    message: error.problem.to_string(),
                }];
            }
        };
        let mut player = self.player.lock().await;
        let mut results = Vec::new();
        for (number, placed) in script.steps.iter().enumerate() {
            let played = player.play(&placed.step).await;
            let (ok, message) = match played {
                Ok(message) => (true, message),
                Err(error) => {
                    let next = script.steps.get(number + 1);
                    (is_expected(&error, next), error.message())
                }
            };
            results.push(StepResult {
                line: placed.line,
                step: placed.text.clone(),
                ok,
                message,
            });
            if !ok {
                break;
            }
        }
        results
    }
}
