//! A till that runs, asked over its API by another command.

use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use madang_import_till::{TillAddress, TillSink};
use madang_outbound::{
    CallLimits, Caller, Client, ErrorStatuses, GatewayLimits, Grant, GrantedOrigin, Method, Origin,
    Reach, Request, Route, SendError, Timeouts,
};
use miette::Diagnostic;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::runtime::{Handle, Runtime};

use crate::arguments;
use crate::dev::running::{self, Running};
use crate::failure::{Exit, Exits, Failure};
use crate::outside;
use crate::system;

/// Why a till did not answer as one does.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum TillError {
    /// The address is another one's.
    #[error("`{address}` is not the address of a till")]
    #[diagnostic(help("copy what `madang dev` prints: http://127.0.0.1:4747/#token=…"))]
    BadAddress {
        /// What was written.
        address: String,
    },
    /// Nobody is there.
    #[error("the till at {address} does not answer")]
    #[diagnostic(help("start it with `madang dev`"))]
    NoAnswer {
        /// Where.
        address: String,
        /// Why.
        #[source]
        source: SendError,
    },
    /// The token is wrong.
    #[error("the till at {address} does not let us in")]
    #[diagnostic(help(
        "the token is another one: copy the whole address that `madang dev` printed, or use --data"
    ))]
    NotLetIn {
        /// Where.
        address: String,
    },
    /// Something else listens there.
    #[error("{address} answered {status}, which is not what a till answers")]
    #[diagnostic(help("check that a `madang dev` of this version runs there"))]
    OtherAnswer {
        /// Where.
        address: String,
        /// The status of its answer.
        status: u16,
    },
    /// The till says no.
    #[error("{detail}")]
    Refused {
        /// Its words.
        detail: String,
        /// What to do about it.
        #[help]
        hint: Option<String>,
    },
}

impl Exits for TillError {
    fn exit(&self) -> Exit {
        match self {
            Self::BadAddress { .. } | Self::NotLetIn { .. } | Self::Refused { .. } => Exit::Usage,
            Self::NoAnswer { .. } | Self::OtherAnswer { .. } => Exit::NoTill,
        }
    }
}

/// A batch of rows is one write of the till: a second on a slow disk, and some more when it sells at the same time.
const BATCH_TIME: Duration = Duration::from_secs(30);

/// On one machine whoever listens is connected to at once; a machine that is very busy takes a part of a second.
const LOOK_TIME: Duration = Duration::from_secs(5);

/// A till that runs.
pub struct TillAt<'a> {
    running: Running,
    runtime: &'a Runtime,
}

/// What the till says when it does not do it.
#[derive(Deserialize)]
struct Told {
    detail: String,
    #[serde(default)]
    hint: Option<String>,
}

impl<'a> TillAt<'a> {
    /// The till that is named, or the only one that runs.
    ///
    /// # Errors
    /// [`Failure`] saying what to name.
    pub fn find(arguments: &arguments::RunningTill, runtime: &'a Runtime) -> Result<Self, Failure> {
        let running = match &arguments.url {
            None => running::find(arguments.data.as_deref())?,
            Some(url) => named(url, arguments.token.as_deref())?,
        };
        Ok(Self { running, runtime })
    }

    /// Asks once: what was done must not be done again.
    ///
    /// # Errors
    /// [`TillError`].
    pub fn ask<Answer: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<Vec<u8>>,
        time: Duration,
    ) -> Result<Answer, TillError> {
        let asking = self.asked(method, path, body, time);
        self.runtime.block_on(asking)
    }

    /// Looks whether anything listens where the till was said to be.
    ///
    /// # Errors
    /// That no till runs there.
    pub fn look(&self) -> Result<(), String> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.running.port));
        match TcpStream::connect_timeout(&address, LOOK_TIME) {
            Ok(_) => Ok(()),
            Err(_) => Err(format!("no till runs at {}", self.running.address())),
        }
    }

    /// Where an import puts its rows: this till, which people call by a name, or else by its address.
    ///
    /// # Errors
    /// [`TillError`].
    pub fn sink(&self, name: Option<String>) -> Result<TillSink, TillError> {
        let name = name.unwrap_or_else(|| format!("the till at {}", self.running.address()));
        sink(&self.running, name, self.runtime.handle())
    }

    async fn asked<Answer: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<Vec<u8>>,
        time: Duration,
    ) -> Result<Answer, TillError> {
        let address = self.running.address();
        let mut request = Request::new(method, format!("{address}{path}"));
        let mut header = |name: &str, value: String| request.headers.push((name.into(), value));
        header("authorization", format!("Bearer {}", self.running.token));
        if body.is_some() {
            header("content-type", "application/json".into());
        }
        request.body = body.map(Into::into);
        let answer = self.client(time)?.call(request).answer().await;
        let answer = answer.map_err(|source| TillError::NoAnswer {
            address: address.clone(),
            source,
        })?;
        let status = answer.status;
        let told = || serde_json::from_slice::<Told>(&answer.body).ok();
        match status {
            401 | 403 => Err(TillError::NotLetIn { address }),
            200 => serde_json::from_slice(&answer.body)
                .map_err(|_| TillError::OtherAnswer { address, status }),
            _ => Err(match told() {
                Some(Told { detail, hint }) => TillError::Refused { detail, hint },
                None => TillError::OtherAnswer { address, status },
            }),
        }
    }

    fn client(&self, time: Duration) -> Result<Client, TillError> {
        client(&self.running, time, self.runtime.handle())
    }
}

/// Where an import puts its rows: a till that runs, which people call by a name.
///
/// # Errors
/// [`TillError::BadAddress`].
pub fn sink(running: &Running, name: String, runtime: &Handle) -> Result<TillSink, TillError> {
    let till = TillAddress {
        origin: running.address(),
        token: running.token.clone(),
        name,
    };
    Ok(TillSink::new(client(running, BATCH_TIME, runtime)?, till))
}

fn client(running: &Running, time: Duration, runtime: &Handle) -> Result<Client, TillError> {
    let address = running.address();
    let bad_address = || TillError::BadAddress {
        address: address.clone(),
    };
    let origin = Origin::parse(&address).map_err(|_| bad_address())?;
    let caller = Caller {
        id: "madang".into(),
        grant: Grant {
            origins: vec![GrantedOrigin {
                origin,
                reach: Reach::Loopback,
            }],
            limits: CallLimits::default(),
        },
    };
    let limits = GatewayLimits {
        deadline_max: time,
        ..GatewayLimits::default()
    };
    let gateway = outside::gateway(runtime, &system::world(runtime), limits);
    gateway
        .client(caller, once_in(time))
        .map_err(|_| bad_address())
}

/// The till whose whole address was written, or whose address and token were.
fn named(url: &str, token: Option<&str>) -> Result<Running, TillError> {
    let (base, fragment) = url.split_once('#').unwrap_or((url, ""));
    let token = token.or_else(|| fragment.strip_prefix("token="));
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
        _ => Err(TillError::BadAddress {
            address: base.into(),
        }),
    }
}

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
