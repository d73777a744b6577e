//! The way of one call: check, admit, send.

use std::{
    future::Future,
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::SystemTime,
};

use futures::{
    FutureExt,
    future::{BoxFuture, CatchUnwind},
};
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinHandle,
};

use crate::{
    awaited::{Awaited, Awaiting},
    cache::Cache,
    calling::{Calling, Errand},
    chance::Chance,
    chaos::Chaos,
    client::Client,
    connect::Connector,
    dial::{Dial, Resolve, SystemResolve, TcpDial},
    grant::{Caller, Origin},
    limits::GatewayLimits,
    lookups::Lookups,
    pool::{Pool, PoolCounts},
    response::Response,
    route::{Route, RouteError},
    send_error::{SendError, SendErrorKind},
    stand_in::StandIn,
    tls::{Roots, Tls},
    upstream::{Decided, Decision, Manual, TooManyDecisions, UpstreamView, Upstreams},
    websocket::{Opening, SocketCall, WebSocket},
    wire::Wire,
};

/// The gateway. Clones share everything.
#[derive(Clone)]
pub struct Outbound {
    runtime: Handle,
    shared: Arc<Shared>,
}

/// The network as the gateway sees it.
pub struct Network {
    /// Names to addresses.
    pub resolve: Arc<dyn Resolve>,
    /// Addresses to connections.
    pub dial: Arc<dyn Dial>,
    /// Whom https trusts.
    pub roots: Roots,
    /// Where pauses get their spread from.
    pub chance: Arc<dyn Chance>,
    /// What servers' dates are compared with.
    pub wall_clock: Arc<dyn WallClock>,
}

impl Network {
    /// The machine's own.
    pub fn system(chance: Arc<dyn Chance>, wall_clock: Arc<dyn WallClock>) -> Self {
        Self {
            chance,
            wall_clock,
            resolve: Arc::new(SystemResolve),
            dial: Arc::new(TcpDial),
            roots: Roots::System,
        }
    }
}

/// What time it is for people, which is what servers' dates are compared with.
pub trait WallClock: Send + Sync {
    /// Now.
    fn now(&self) -> SystemTime;
}

impl Outbound {
    /// A gateway whose sockets and timers live on `runtime`; callers may run on any executor.
    pub fn new(runtime: Handle, network: Network, limits: GatewayLimits) -> Self {
        Self::with(runtime, network, limits, None)
    }

    /// The same, with `stand_in` in place of every server: nothing leaves the process.
    pub fn stood_in_for(
        runtime: Handle,
        network: Network,
        limits: GatewayLimits,
        stand_in: Arc<dyn StandIn>,
    ) -> Self {
        Self::with(runtime, network, limits, Some(stand_in))
    }

    fn with(
        runtime: Handle,
        network: Network,
        limits: GatewayLimits,
        stand_in: Option<Arc<dyn StandIn>>,
    ) -> Self {
        let connector = Arc::new(Connector {
            lookups: Lookups::new(network.resolve),
            dial: network.dial,
            tls: Tls::new(network.roots),
            addresses_max: limits.addresses_max,
        });
        let pool = Pool::new(limits.pool.clone());
        let chaos = Chaos::default();
        let has_stand_in = stand_in.is_some();
        let wire = Wire::new(
            Arc::clone(&connector),
            Arc::clone(&pool),
            chaos.clone(),
            stand_in,
        );
        let shared = Arc::new(Shared {
            admitted: Arc::new(Semaphore::new(limits.in_flight_max)),
            sockets: Arc::new(Semaphore::new(limits.sockets_max)),
            upstreams: Upstreams::new(Arc::clone(&network.chance), limits.upstreams.clone()),
            cache: Cache::new(limits.cache.clone()),
            chance: network.chance,
            wall_clock: network.wall_clock,
            connector,
            pool,
            chaos,
            has_stand_in,
            wire,
            limits,
            awaiting: Awaiting::default(),
        });
        Self { runtime, shared }
    }

    /// The calls of `caller` on `route`.
    pub fn client(&self, caller: Caller, route: Route) -> Result<Client, RouteError> {
        self.shared.pool.keep_granted(&caller);
        Client::new(self.clone(), Arc::new(caller), route)
    }

    /// Makes a call on the gateway's runtime, so that whoever asked may be polled elsewhere. Dropping the future calls the call off and
    /// closes its socket.
    pub(crate) async fn make(
        &self,
        caller: Arc<Caller>,
        route: Arc<Route>,
        errand: Errand,
    ) -> Result<Response, SendError> {
        let admission = self.shared.admit().map_err(SendError::refused)?;
        let shared = Arc::clone(&self.shared);
        // In its own place from the beginning: it is some kilobytes, and every hand it goes through would copy them.
        let call = Box::pin(async move {
            let calling = Calling::new(
                shared,
                caller,
                route,
                errand.context.clone(),
                errand.patience.clone(),
            );
            let mut response = calling.run(errand).await?;
            response.keep(admission);
            Ok(response.piped())
        });
        let made = match self.is_here() {
            true => Here::new(&self.runtime, call).await,
            false => CalledOffOnDrop(self.runtime.spawn(call)).await,
        };
        made.unwrap_or_else(|kind| Err(SendError::unknown(kind)))
    }

    /// Whether whoever asks runs on the gateway's runtime already: a task of its own would cost the call two changes of task more.
    fn is_here(&self) -> bool {
        Handle::try_current().is_ok_and(|here| here.id() == self.runtime.id())
    }

    /// What time it is for people.
    pub(crate) fn wall_clock_now(&self) -> SystemTime {
        self.shared.wall_clock.now()
    }

    /// Every server that was called lately, by origin and caller.
    pub fn upstreams(&self) -> Vec<UpstreamView> {
        self.shared.upstreams.views()
    }

    /// Holds calls to `origin` back, lets them all through, or leaves them to the breaker again: those of one caller, or everybody's.
    /// Says how many upstreams that were.
    pub fn set_upstream(&self, origin: &Origin, caller: Option<&str>, manual: Manual) -> usize {
        let decision = Decision {
            origin: Some(origin.clone()),
            caller: caller.map(str::to_owned),
            manual,
        };
        self.decide(decision).map_or(0, |decided| decided.upstreams)
    }

    /// Keeps a person's decision until another takes its place: about upstreams that are known, and about those that come later.
    pub fn decide(&self, decision: Decision) -> Result<Decided, TooManyDecisions> {
        self.shared.upstreams.decide(decision)
    }

    /// The decisions that stand, the newest last; a gateway that takes them in this order decides the same.
    pub fn decisions(&self) -> Vec<Decision> {
        self.shared.upstreams.decisions()
    }

    /// Bytes of answers that are kept, and answers that somebody is just asking for on behalf of several.
    pub fn cached(&self) -> (usize, usize) {
        self.shared.cache.size()
    }

    /// Opens a WebSocket for `caller`. Dropping the future, or later the WebSocket, closes the socket.
    pub async fn open_socket(
        &self,
        caller: &Caller,
        call: SocketCall,
    ) -> Result<WebSocket, SendError> {
        let opening = Opening::checked(caller, call).map_err(SendError::refused)?;
        let admission = self.shared.admit_socket().map_err(SendError::refused)?;
        let shared = Arc::clone(&self.shared);
        let task = self.runtime.spawn(opening.run(shared, admission));
        let opened = CalledOffOnDrop(task).await;
        opened.unwrap_or_else(|kind| Err(SendError::unknown(kind)))
    }

    /// Lets `work`, which makes calls, reads answers or talks over a WebSocket, run on the gateway's runtime and be waited for from any
    /// executor. [`Outbound::wait_until_answered`] waits for it; dropping what this gives ends it.
    pub fn carry<T, W>(
        &self,
        work: W,
    ) -> impl Future<Output = Result<T, SendErrorKind>> + Send + use<T, W>
    where
        T: Send + 'static,
        W: Future<Output = T> + Send + 'static,
    {
        let awaited = self.awaiting();
        self.carry_uncounted(async move {
            let done = work.await;
            drop(awaited);
            done
        })
    }

    /// The same, not counted: for work that waits for its caller now and then, and counts itself with [`Outbound::awaiting`] when it
    /// does not.
    pub fn carry_uncounted<T, W>(
        &self,
        work: W,
    ) -> impl Future<Output = Result<T, SendErrorKind>> + Send + use<T, W>
    where
        T: Send + 'static,
        W: Future<Output = T> + Send + 'static,
    {
        CalledOffOnDrop(self.runtime.spawn(work))
    }

    /// Has [`Outbound::wait_until_answered`] wait until it is dropped.
    pub fn awaiting(&self) -> Awaited {
        self.shared.awaiting.one_more()
    }

    /// Blocks the calling thread until nobody waits for carried work; every answer is then where its future finds it. An answer that
    /// nobody reads just now is not waited for. For a loop that runs all tasks of a till on one thread in virtual time, and a gateway
    /// whose runtime has one thread.
    pub fn wait_until_answered(&self) {
        while self.shared.awaiting.wait_for_none() {
            // Work counts until its last step, in which the answer is handed over. That step is over when the runtime's only thread
            // has run another task, which has nothing to tell.
            let _ = self.runtime.block_on(self.runtime.spawn(async {}));
        }
    }

    /// What [`Outbound::wait_until_answered`] would wait for: for a gateway whose runtime runs on the calling thread, which must not be blocked.
    pub fn awaited(&self) -> usize {
        self.shared.awaiting.count()
    }

    /// Calls under way, those included whose socket is just being closed.
    pub fn in_flight(&self) -> usize {
        self.shared.limits.in_flight_max - self.shared.admitted.available_permits()
    }

    /// WebSockets that are open.
    pub fn sockets(&self) -> usize {
        self.shared.limits.sockets_max - self.shared.sockets.available_permits()
    }

    /// The connections that are kept.
    pub fn pool(&self) -> PoolCounts {
        self.shared.pool.counts()
    }

    /// The switch for failures on purpose.
    pub fn chaos(&self) -> &Chaos {
        &self.shared.chaos
    }
}

/// What every call shares.
pub(crate) struct Shared {
    admitted: Arc<Semaphore>,
    sockets: Arc<Semaphore>,
    pub(crate) connector: Arc<Connector>,
    pool: Arc<Pool>,
    pub(crate) chaos: Chaos,
    pub(crate) has_stand_in: bool,
    pub(crate) wire: Wire,
    pub(crate) upstreams: Upstreams,
    pub(crate) cache: Cache,
    pub(crate) chance: Arc<dyn Chance>,
    pub(crate) wall_clock: Arc<dyn WallClock>,
    pub(crate) limits: GatewayLimits,
    awaiting: Awaiting,
}

impl Shared {
    pub(crate) fn admit(&self) -> Result<OwnedSemaphorePermit, SendErrorKind> {
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
}

/// A call that is made where it is waited for. Should it be waited for elsewhere later, its sockets and timers stay on the gateway's runtime.
struct Here<T> {
    runtime: Handle,
    call: CatchUnwind<AssertUnwindSafe<BoxFuture<'static, T>>>,
}

impl<T> Here<T> {
    fn new(runtime: &Handle, call: BoxFuture<'static, T>) -> Self {
        // What a call shares with others is behind locks, which look after themselves; the rest is gone with it.
        let call = AssertUnwindSafe(call).catch_unwind();
        Self {
            runtime: runtime.clone(),
            call,
        }
    }
}

impl<T> Future for Here<T> {
    /// When the call panicked, nobody saw how far it came.
    type Output = Result<T, SendErrorKind>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { runtime, call } = &mut *self;
        let _here = runtime.enter();
        Pin::new(call)
            .poll(context)
            .map(|made| made.map_err(|_| SendErrorKind::Panicked))
    }
}

/// The task that makes a call, waited for from any executor; it ends with whoever waits for it.
struct CalledOffOnDrop<T>(JoinHandle<T>);

impl<T> Future for CalledOffOnDrop<T> {
    /// When the task did not come to its end, nobody saw how far it came.
    type Output = Result<T, SendErrorKind>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(|joined| {
            joined.map_err(|end| match end.is_panic() {
                true => SendErrorKind::Panicked,
                false => SendErrorKind::ShuttingDown,
            })
        })
    }
}

impl<T> Drop for CalledOffOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
