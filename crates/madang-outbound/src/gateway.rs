//! The way of one call: check, admit, send.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use hyper::header::HeaderMap;
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinHandle,
    time::{Instant, timeout},
};
use tower::{Layer, ServiceExt};

use crate::{
    attempt_timeout::AttemptTimeoutLayer,
    call::{Answer, Call, Method},
    chaos::{Chaos, Plight},
    connect::{Connector, Manner},
    dial::{Dial, Resolve, SystemResolve, TcpDial},
    grant::Caller,
    limits::{CallLimits, GatewayLimits},
    pool::{Pool, PoolCounts},
    progress::Progress,
    send_error::{SendError, SendErrorKind, Stage},
    target::Target,
    tls::{Offer, Roots, Tls, TlsMode},
    websocket::{Asking, Opened, SocketCall, SocketLimits, WebSocket, handshake},
    wire::{Arrived, Attempt, Timeouts, Wire},
};

/// The gateway. Clones share everything.
#[derive(Clone)]
pub struct Outbound {
    runtime: Handle,
    way_out: Arc<WayOut>,
}

/// The network as the gateway sees it.
pub struct Network {
    /// Names to addresses.
    pub resolve: Arc<dyn Resolve>,
    /// Addresses to connections.
    pub dial: Arc<dyn Dial>,
    /// Whom https trusts.
    pub roots: Roots,
}

impl Network {
    /// The machine's own.
    pub fn system() -> Self {
        Self {
            resolve: Arc::new(SystemResolve::default()),
            dial: Arc::new(TcpDial),
            roots: Roots::System,
        }
    }
}

/// How one call is made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Terms {
    /// How long its steps may take, within its deadline.
    pub timeouts: Timeouts,
    /// Whether the server must prove who it is.
    pub tls: TlsMode,
    /// Whether a compressed answer is asked for and made readable; its cap counts the readable bytes.
    pub decode: bool,
}

impl Outbound {
    /// A gateway whose sockets and timers live on `runtime`; callers may run on any executor.
    pub fn new(runtime: Handle, network: Network, limits: GatewayLimits) -> Self {
        let connector = Connector {
            resolve: network.resolve,
            dial: network.dial,
            tls: Tls::new(network.roots),
            addresses_max: limits.addresses_max,
        };
        let way_out = Arc::new(WayOut {
            admitted: Arc::new(Semaphore::new(limits.in_flight_max)),
            sockets: Arc::new(Semaphore::new(limits.sockets_max)),
            connector: Arc::new(connector),
            pool: Pool::new(limits.pool.clone()),
            chaos: Chaos::default(),
            limits,
        });
        Self { runtime, way_out }
    }

    /// Makes `call` for `caller` and brings the answer, whatever its status, within `deadline` (from now, at most
    /// [`GatewayLimits::deadline_max`]), which is its only limit but that of connecting. Dropping the future calls the call off
    /// and closes its socket.
    pub async fn send(
        &self,
        caller: &Caller,
        call: Call,
        deadline: Duration,
    ) -> Result<Answer, SendError> {
        let timeouts = Timeouts {
            connect: self.way_out.limits.connect_timeout,
            first_byte: None,
            body_idle: None,
            attempt: None,
        };
        let terms = Terms {
            timeouts,
            ..Terms::default()
        };
        self.send_on(caller, call, terms, deadline).await
    }

    /// As [`Outbound::send`], on `terms`.
    pub async fn send_on(
        &self,
        caller: &Caller,
        call: Call,
        terms: Terms,
        deadline: Duration,
    ) -> Result<Answer, SendError> {
        let deadline = deadline.min(self.way_out.limits.deadline_max);
        self.way_out.pool.keep_granted(caller);
        let errand = Errand::checked(caller, &call, terms, deadline).map_err(SendError::refused)?;
        let admission = self.way_out.admit().map_err(SendError::refused)?;
        let way_out = Arc::clone(&self.way_out);
        let task = self
            .runtime
            .spawn(async move { way_out.run(errand, admission).await });
        CalledOffOnDrop(task).await
    }

    /// Opens a WebSocket for `caller`. Dropping the future, or later the WebSocket, closes the socket.
    pub async fn open_socket(
        &self,
        caller: &Caller,
        call: SocketCall,
    ) -> Result<WebSocket, SendError> {
        let errand = SocketErrand::checked(caller, call).map_err(SendError::refused)?;
        let admission = self.way_out.admit_socket().map_err(SendError::refused)?;
        let way_out = Arc::clone(&self.way_out);
        let task = self.runtime.spawn(async move {
            let limits = errand.limits.clone();
            let opened = way_out.open(errand).await?;
            Ok(WebSocket::start(opened, limits, admission))
        });
        CalledOffOnDrop(task).await
    }

    /// Calls under way, those included whose socket is just being closed.
    pub fn in_flight(&self) -> usize {
        self.way_out.limits.in_flight_max - self.way_out.admitted.available_permits()
    }

    /// WebSockets that are open.
    pub fn sockets(&self) -> usize {
        self.way_out.limits.sockets_max - self.way_out.sockets.available_permits()
    }

    /// The connections that are kept.
    pub fn pool(&self) -> PoolCounts {
        self.way_out.pool.counts()
    }

    /// The switch for failures on purpose.
    pub fn chaos(&self) -> &Chaos {
        &self.way_out.chaos
    }
}

/// A call that has passed every check that needs no network.
struct Errand {
    caller: Arc<str>,
    target: Target,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
    limits: CallLimits,
    terms: Terms,
    deadline: Duration,
}

impl Errand {
    fn checked(
        caller: &Caller,
        call: &Call,
        terms: Terms,
        deadline: Duration,
    ) -> Result<Self, SendErrorKind> {
        let limits = caller.grant.limits.clone();
        let target = Target::granted(caller, &call.url)?;
        let body = call.checked_body(&limits)?;
        let headers = call.checked_headers(&target.origin.authority(), &limits)?;
        if deadline.is_zero() {
            return Err(SendErrorKind::Timeout {
                after: deadline,
                during: Stage::Resolving,
            });
        }
        Ok(Self {
            caller: caller.id.as_str().into(),
            target,
            method: call.method,
            headers,
            body,
            limits,
            terms,
            deadline,
        })
    }

    fn attempt(self, progress: &Arc<Progress>) -> Attempt {
        Attempt {
            caller: self.caller,
            target: Arc::new(self.target),
            method: self.method,
            headers: self.headers,
            body: self.body,
            timeouts: self.terms.timeouts,
            tls: self.terms.tls,
            decode: self.terms.decode,
            limits: self.limits,
            deadline: Instant::now() + self.deadline,
            progress: Arc::clone(progress),
        }
    }
}

/// A WebSocket to open that has passed every check that needs no network.
struct SocketErrand {
    target: Target,
    asking: Asking,
    tls: TlsMode,
    limits: SocketLimits,
}

impl SocketErrand {
    fn checked(caller: &Caller, call: SocketCall) -> Result<Self, SendErrorKind> {
        let target = Target::granted_socket(caller, &call.url)?;
        let asking = Asking::checked(&call, &target, &caller.grant.limits)?;
        Ok(Self {
            target,
            asking,
            tls: call.tls,
            limits: call.limits,
        })
    }
}

/// What every call shares.
struct WayOut {
    admitted: Arc<Semaphore>,
    sockets: Arc<Semaphore>,
    connector: Arc<Connector>,
    pool: Arc<Pool>,
    chaos: Chaos,
    limits: GatewayLimits,
}

impl WayOut {
    fn admit(&self) -> Result<OwnedSemaphorePermit, SendErrorKind> {
        let in_flight_max = self.limits.in_flight_max;
        Arc::clone(&self.admitted)
            .try_acquire_owned()
            .map_err(|_| SendErrorKind::Busy { in_flight_max })
    }

    fn admit_socket(&self) -> Result<OwnedSemaphorePermit, SendErrorKind> {
        let sockets_max = self.limits.sockets_max;
        Arc::clone(&self.sockets)
            .try_acquire_owned()
            .map_err(|_| SendErrorKind::TooManySockets { sockets_max })
    }

    async fn run(
        &self,
        errand: Errand,
        admission: OwnedSemaphorePermit,
    ) -> Result<Answer, SendError> {
        let progress = Progress::new();
        let answer = async {
            let mut arrived = self.arrived(errand.attempt(&progress)).await?;
            arrived.body.keep(admission);
            Ok(Answer {
                status: arrived.status.as_u16(),
                headers: as_text(&arrived.headers),
                body: arrived.body.whole().await?,
            })
        };
        answer.await.map_err(|kind| progress.failed(kind))
    }

    async fn arrived(&self, attempt: Attempt) -> Result<Arrived, SendErrorKind> {
        let wire = Wire::new(
            Arc::clone(&self.connector),
            Arc::clone(&self.pool),
            self.chaos.clone(),
        );
        AttemptTimeoutLayer.layer(wire).oneshot(attempt).await
    }

    async fn open(self: Arc<Self>, errand: SocketErrand) -> Result<Opened, SendError> {
        let progress = Progress::new();
        let after = errand.limits.handshake_timeout;
        let opening = self.opened(errand, Arc::clone(&progress));
        let opened = match timeout(after, opening).await {
            Ok(opened) => opened,
            Err(_) => Err(SendErrorKind::Timeout {
                after,
                during: progress.stage(),
            }),
        };
        opened.map_err(|kind| progress.failed(kind))
    }

    async fn opened(
        self: Arc<Self>,
        errand: SocketErrand,
        progress: Arc<Progress>,
    ) -> Result<Opened, SendErrorKind> {
        let SocketErrand {
            target,
            asking,
            tls,
            ..
        } = errand;
        let tamper = match self.chaos.plight(&target.origin).await {
            Plight::Spared => None,
            Plight::Tampered(tamper) => Some(tamper),
            Plight::Failed(fault) => return Err(fault.failure(&target.origin)),
            Plight::Answered(answer) => {
                let status = answer.status.as_u16();
                return Err(SendErrorKind::SocketRefused { status });
            }
        };
        let manner = Manner {
            timeout: self.limits.connect_timeout,
            tls,
            offer: Offer::Http1,
        };
        let (connection, _) = self.connector.connect(&target, manner, &progress).await?;
        let connection = match tamper {
            Some(tamper) => tamper.with(connection),
            None => connection,
        };
        handshake(connection, asking, progress).await
    }
}

fn as_text(headers: &HeaderMap) -> Vec<(String, String)> {
    let latin_1 = |bytes: &[u8]| bytes.iter().copied().map(char::from).collect();
    headers
        .iter()
        .map(|(name, value)| (name.to_string(), latin_1(value.as_bytes())))
        .collect()
}

/// The task that makes a call, waited for from any executor; it ends with whoever waits for it.
struct CalledOffOnDrop<T>(JoinHandle<Result<T, SendError>>);

impl<T> Future for CalledOffOnDrop<T> {
    type Output = Result<T, SendError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(|joined| {
            // The runtime stopped with the call under way, so nobody saw how far it came.
            joined.unwrap_or_else(|_| Err(SendError::unknown(SendErrorKind::ShuttingDown)))
        })
    }
}

impl<T> Drop for CalledOffOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
