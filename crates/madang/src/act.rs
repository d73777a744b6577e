//! `madang act`: steps for a running till, and who plays them there.

use std::io::{self, Read};
use std::time::Duration;

use async_trait::async_trait;
use madang_outbound::{
    CallLimits, Caller, ErrorStatuses, GatewayLimits, Grant, GrantedOrigin, Origin, Reach, Route,
    SendError, Timeouts,
};
use madang_server::view::act::{ActSteps, ActView, StepResult};
use madang_server::{Acts, BODY_BYTES_MAX};
use miette::Diagnostic;
use tokio::runtime::Runtime;
use tokio::sync::Mutex;

use crate::arguments;
use crate::dev::running::{self, Running};
use crate::failure::{Exit, Exits, Failure};
use crate::output::Output;
use crate::outside;
use crate::play::{Player, Remembered};
use crate::run::is_expected;
use crate::script::Script;
use crate::stage::Stage;
use crate::system;

/// What the steps of a command line are called in errors.
const STEPS: &str = "steps";
/// How long all steps together may take: a script may wait, but a till that hangs is not waited for all day.
const DEADLINE: Duration = Duration::from_secs(30 * 60);

/// Why the steps were not played, or not all of them.
#[derive(Debug, thiserror::Error, Diagnostic)]
enum ActError {
    #[error("`{address}` is not the address of a till")]
    #[diagnostic(help("copy what `madang dev` prints: http://127.0.0.1:4747/#token=…"))]
    BadAddress { address: String },
    #[error("the steps have {bytes} bytes, more than {}", BODY_BYTES_MAX / 2)]
    #[diagnostic(help("play them in parts"))]
    TooLong { bytes: usize },
    #[error("the steps could not be read from standard input")]
    StandardInput(#[source] io::Error),
    #[error("the till at {address} does not answer")]
    #[diagnostic(help("start it with `madang dev`"))]
    NoAnswer {
        address: String,
        #[source]
        source: SendError,
    },
    #[error("the till at {address} does not let us in")]
    #[diagnostic(help(
        "the token is another one: copy the whole address that `madang dev` printed, or use --data"
    ))]
    NotLetIn { address: String },
    #[error("{address} answered {status}, which is not what a till answers")]
    #[diagnostic(help("check that a `madang dev` of this version runs there"))]
    OtherAnswer { address: String, status: u16 },
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
            Self::BadAddress { .. } | Self::TooLong { .. } | Self::NotLetIn { .. } => Exit::Usage,
            Self::StandardInput(_) => Exit::Io,
            Self::NoAnswer { .. } | Self::OtherAnswer { .. } => Exit::NoTill,
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
    let till = till(arguments)?;
    let view = runtime.block_on(play_there(&till, runtime, steps))?;
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

fn till(arguments: &arguments::Act) -> Result<Running, Failure> {
    let Some(url) = &arguments.url else {
        return Ok(running::find(arguments.data.as_deref())?);
    };
    let (base, fragment) = url.split_once('#').unwrap_or((url, ""));
    let token = arguments
        .token
        .as_deref()
        .or_else(|| fragment.strip_prefix("token="));
    let port = base
        .trim_end_matches('/')
        .strip_prefix("http://")
        .and_then(|host| host.rsplit_once(':'))
        .filter(|(host, _)| matches!(*host, "127.0.0.1" | "localhost" | "[::1]"))
        .and_then(|(_, port)| port.parse().ok());
    match (port, token) {
        (Some(port), Some(token)) => Ok(Running {
            port,
            token: token.into(),
            pid: 0,
        }),
        _ => Err(ActError::BadAddress {
            address: base.into(),
        }
        .into()),
    }
}

async fn play_there(till: &Running, runtime: &Runtime, steps: String) -> Result<ActView, ActError> {
    let address = till.address();
    let bad_address = || ActError::BadAddress {
        address: address.clone(),
    };
    let origin = Origin::parse(&address).map_err(|_| bad_address())?;
    let caller = Caller {
        id: "madang act".into(),
        grant: Grant {
            origins: vec![GrantedOrigin {
                origin,
                reach: Reach::Loopback,
            }],
            limits: CallLimits::default(),
        },
    };
    let body = serde_json::to_vec(&ActSteps { steps }).map_err(|_| bad_address())?;
    let limits = GatewayLimits {
        deadline_max: DEADLINE,
        ..GatewayLimits::default()
    };
    let handle = runtime.handle();
    let gateway = outside::gateway(handle, &system::world(handle), limits);
    let client = gateway
        .client(caller, once_in(DEADLINE))
        .map_err(|_| bad_address())?;
    let call = client
        .post(format!("{address}/api/act"))
        .header("authorization", format!("Bearer {}", till.token))
        .header("content-type", "application/json")
        .body(body);
    let answer = call.answer().await;
    let answer = answer.map_err(|source| ActError::NoAnswer {
        address: address.clone(),
        source,
    })?;
    match answer.status {
        401 | 403 => Err(ActError::NotLetIn { address }),
        status => serde_json::from_slice(&answer.body)
            .map_err(|_| ActError::OtherAnswer { address, status }),
    }
}

/// A route that asks once: steps that were played must not be played again.
fn once_in(time: Duration) -> Route {
    Route {
        total_timeout: time,
        timeouts: Timeouts {
            attempt: None,
            first_byte: None,
            body_idle: None,
            ..Timeouts::default()
        },
        errors: ErrorStatuses::None,
        ..Route::default()
    }
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
