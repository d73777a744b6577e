//! The way of one call: check, admit, resolve, connect, ask.

use std::{
    future::Future,
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinHandle,
    time::timeout,
};
use url::Host;

use crate::{
    call::{Answer, Call},
    dial::{Connection, Dial, Resolve, SystemResolve, TcpDial},
    exchange::{Progress, exchange},
    grant::{Caller, Scheme},
    limits::{CallLimits, GatewayLimits},
    send_error::{SendError, SendErrorKind, Stage},
    target::Target,
    tls::{Roots, Tls},
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

impl Outbound {
    /// A gateway whose sockets and timers live on `runtime`; callers may run on any executor.
    pub fn new(runtime: Handle, network: Network, limits: GatewayLimits) -> Self {
        let way_out = Arc::new(WayOut {
            admitted: Arc::new(Semaphore::new(limits.in_flight_max)),
            resolve: network.resolve,
            dial: network.dial,
            tls: Tls::new(network.roots),
            limits,
        });
        Self { runtime, way_out }
    }

    /// Makes `call` for `caller` and brings the answer, whatever its status, within `deadline` (from now, at most
    /// [`GatewayLimits::deadline_max`]). Dropping the future calls the call off and closes its socket.
    pub async fn send(
        &self,
        caller: &Caller,
        call: Call,
        deadline: Duration,
    ) -> Result<Answer, SendError> {
        let errand = Errand::checked(
            caller,
            &call,
            deadline.min(self.way_out.limits.deadline_max),
        )
        .map_err(SendError::refused)?;
        let admission = self.way_out.admit().map_err(SendError::refused)?;
        let way_out = Arc::clone(&self.way_out);
        let task = self.runtime.spawn(async move {
            let answer = way_out.run(errand).await;
            drop(admission);
            answer
        });
        CalledOffOnDrop(task).await
    }

    /// Calls under way, those included whose socket is just being closed.
    pub fn in_flight(&self) -> usize {
        self.way_out.limits.in_flight_max - self.way_out.admitted.available_permits()
    }
}

/// A call that has passed every check that needs no network.
struct Errand {
    target: Target,
    request: Request<Full<Bytes>>,
    limits: CallLimits,
    deadline: Duration,
}

impl Errand {
    fn checked(caller: &Caller, call: &Call, deadline: Duration) -> Result<Self, SendErrorKind> {
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
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = call.method.on_the_wire();
        *request.uri_mut() = target.path_and_query.clone();
        *request.headers_mut() = headers;
        Ok(Self {
            target,
            request,
            limits,
            deadline,
        })
    }
}

/// What every call shares.
struct WayOut {
    admitted: Arc<Semaphore>,
    resolve: Arc<dyn Resolve>,
    dial: Arc<dyn Dial>,
    tls: Tls,
    limits: GatewayLimits,
}

impl WayOut {
    fn admit(&self) -> Result<OwnedSemaphorePermit, SendErrorKind> {
        let in_flight_max = self.limits.in_flight_max;
        Arc::clone(&self.admitted)
            .try_acquire_owned()
            .map_err(|_| SendErrorKind::Busy { in_flight_max })
    }

    async fn run(&self, errand: Errand) -> Result<Answer, SendError> {
        let deadline = errand.deadline;
        let progress = Progress::new();
        match timeout(deadline, self.answer(errand, &progress)).await {
            Ok(answer) => answer.map_err(|kind| progress.failed(kind)),
            Err(_) => {
                let during = progress.stage();
                Err(progress.failed(SendErrorKind::Timeout {
                    after: deadline,
                    during,
                }))
            }
        }
    }

    async fn answer(
        &self,
        errand: Errand,
        progress: &Arc<Progress>,
    ) -> Result<Answer, SendErrorKind> {
        let Errand {
            target,
            request,
            limits,
            ..
        } = errand;
        let addresses = self.checked_addresses(&target).await?;
        progress.enter(Stage::Connecting);
        let connection = self.connect(&target, &addresses).await?;
        progress.enter(Stage::Securing);
        let connection = self.secure(&target, connection).await?;
        exchange(connection, request, &limits, progress).await
    }

    /// Every address of the host, once all of them have passed: one that leads elsewhere condemns the rest, since nobody
    /// honest mixes them.
    async fn checked_addresses(&self, target: &Target) -> Result<Vec<IpAddr>, SendErrorKind> {
        let addresses = self.addresses(target).await?;
        addresses
            .iter()
            .try_for_each(|address| target.check(*address))?;
        Ok(addresses)
    }

    async fn addresses(&self, target: &Target) -> Result<Vec<IpAddr>, SendErrorKind> {
        let name = match (&target.origin.host, target.origin.literal_address()) {
            (Host::Domain(name), _) => name,
            (_, address) => return Ok(address.into_iter().collect()),
        };
        let failed = |source| SendErrorKind::Dns {
            host: name.clone(),
            source,
        };
        let addresses = self.resolve.resolve(name).await.map_err(failed)?;
        if addresses.is_empty() {
            return Err(failed(io::Error::new(
                io::ErrorKind::NotFound,
                "it has no address",
            )));
        }
        Ok(addresses)
    }

    async fn connect(
        &self,
        target: &Target,
        addresses: &[IpAddr],
    ) -> Result<Box<dyn Connection>, SendErrorKind> {
        let mut last_failure = io::Error::from(io::ErrorKind::AddrNotAvailable);
        for address in addresses.iter().take(self.limits.addresses_max) {
            let address = SocketAddr::new(*address, target.origin.port);
            match timeout(self.limits.connect_timeout, self.dial.dial(address)).await {
                Ok(Ok(connection)) => return Ok(connection),
                Ok(Err(failure)) => last_failure = failure,
                Err(_) => last_failure = io::Error::from(io::ErrorKind::TimedOut),
            }
        }
        let origin = target.origin.clone();
        Err(SendErrorKind::Connect {
            origin,
            source: last_failure,
        })
    }

    async fn secure(
        &self,
        target: &Target,
        connection: Box<dyn Connection>,
    ) -> Result<Box<dyn Connection>, SendErrorKind> {
        if target.origin.scheme == Scheme::Http {
            return Ok(connection);
        }
        self.tls
            .secure(&target.origin.host, connection)
            .await
            .map_err(|source| SendErrorKind::Tls {
                origin: target.origin.clone(),
                source,
            })
    }
}

/// The task that makes a call, waited for from any executor; it ends with whoever waits for it.
struct CalledOffOnDrop(JoinHandle<Result<Answer, SendError>>);

impl Future for CalledOffOnDrop {
    type Output = Result<Answer, SendError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(|joined| {
            // The runtime stopped with the call under way, so nobody saw how far it came.
            joined.unwrap_or_else(|_| Err(SendError::unknown(SendErrorKind::ShuttingDown)))
        })
    }
}

impl Drop for CalledOffOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
