//! What is known about one server on behalf of one caller: the state of the layers around a try, and what has been seen.
//!
//! Kept by caller and origin, so that one plugin's failing calls hold back no other's. The settings are those of the route whose call
//! came first; they hold until the upstream has been idle for long enough to be forgotten.

mod by_hand;
mod last_failure;
mod traffic;

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use futures::future::BoxFuture;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tower::{Service, ServiceExt, service_fn};

use self::by_hand::Decisions;
pub use self::by_hand::{Decision, TooManyDecisions};
pub use self::last_failure::{FailureKind, LastFailure};
pub(crate) use self::traffic::Traffic;
use crate::{
    attempt_timeout::in_time,
    breaker::{Breaker, BreakerCounts, BreakerState, Verdict},
    bulkhead::{Bulkhead, BulkheadCounts},
    call::Method,
    chance::Chance,
    grant::Origin,
    hedge::{Hedge, HedgeCounts, HedgeRules},
    lock::Lock,
    progress::Progress,
    rate::{RateCounts, RateLimit},
    retry::{BudgetCounts, RetryBudget},
    route::Route,
    send_error::{SendError, SendErrorKind},
    websocket::SocketFailure,
    wire::{Arrived, Attempt, Wire},
};

/// One server as one caller meets it.
pub(crate) struct Upstream {
    key: Key,
    pub(crate) budget: Arc<RetryBudget>,
    breaker: Arc<Breaker>,
    bulkhead: Arc<Bulkhead>,
    rate: Arc<RateLimit>,
    hedge: Option<Arc<Hedge>>,
    pub(crate) traffic: Arc<Traffic>,
    /// Cancelled once a person isolates it, which ends the WebSockets that are open.
    isolated: Lock<CancellationToken>,
    seen: Seen,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    caller: Arc<str>,
    origin: Origin,
}

struct Seen {
    calls: AtomicU64,
    kept_back: AtomicU64,
    failures: AtomicU64,
    stale_served: AtomicU64,
    sockets: AtomicUsize,
    last_used: Lock<Instant>,
    last_failure: Lock<Option<LastFailure>>,
    is_failing: AtomicBool,
}

/// What an upstream has counted since it was first called.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UpstreamCounts {
    /// Calls, those included that were kept back.
    pub calls: u64,
    /// Calls that failed before anything went out: the breaker or another limit held them back, or the server's address was not granted.
    pub kept_back: u64,
    /// Tries that went out. A second try of hedging is counted with `hedge` alone.
    pub attempts: u64,
    /// Calls that went out and failed, those included for which an older answer stood in.
    pub failures: u64,
    /// Calls answered with an answer past its time, since the server failed.
    pub stale_served: u64,
    /// WebSockets that are open.
    pub sockets: usize,
    /// Bytes of bodies and of messages sent, every try counted.
    pub sent_bytes: u64,
    /// Bytes of bodies and of messages that came, as they lay on the wire.
    pub received_bytes: u64,
    /// Retries.
    pub budget: BudgetCounts,
    /// The breaker.
    pub breaker: BreakerCounts,
    /// Calls under way, waiting and refused.
    pub bulkhead: BulkheadCounts,
    /// Calls that were too fast.
    pub rate: RateCounts,
    /// Second tries.
    pub hedge: HedgeCounts,
}

/// An upstream as people look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamView {
    /// Who depends on it.
    pub caller: String,
    /// Where it is.
    pub origin: Origin,
    /// What its breaker would do with a call now.
    pub breaker: BreakerState,
    /// What has been counted.
    pub counts: UpstreamCounts,
    /// What went wrong last.
    pub last_failure: Option<LastFailure>,
    /// Whether the newest call that ended has failed, and nobody has released the upstream since.
    pub is_failing: bool,
}

/// What a person decides about an upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manual {
    /// Let nothing through.
    Isolate,
    /// Let everything through.
    ForceClosed,
    /// Leave it to the breaker again, with nothing held against the server.
    Release,
}

impl Upstream {
    fn new(key: Key, route: &Route, chance: Arc<dyn Chance>, now: Instant) -> Self {
        Self {
            budget: RetryBudget::new(route.budget.clone(), now),
            breaker: Breaker::new(route.breaker.clone(), chance, now),
            bulkhead: Bulkhead::new(route.bulkhead.clone()),
            rate: RateLimit::new(route.rate.clone()),
            hedge: route
                .hedge
                .clone()
                .map(|settings| Hedge::new(settings, now)),
            traffic: Arc::default(),
            isolated: Lock::new(CancellationToken::new()),
            seen: Seen {
                calls: AtomicU64::new(0),
                kept_back: AtomicU64::new(0),
                failures: AtomicU64::new(0),
                stale_served: AtomicU64::new(0),
                sockets: AtomicUsize::new(0),
                last_used: Lock::new(now),
                last_failure: Lock::new(None),
                is_failing: AtomicBool::new(false),
            },
            key,
        }
    }

    /// Makes one try through every layer.
    pub(crate) async fn attempt(
        &self,
        wire: Wire,
        attempt: Attempt,
    ) -> Result<Arrived, SendErrorKind> {
        let in_time = in_time(wire);
        match &self.hedge {
            None => self.guarded(in_time, attempt).await,
            Some(hedge) => {
                let hedged = Arc::clone(hedge).before(in_time, Arc::clone(&self.breaker), RULES);
                self.guarded(hedged, attempt).await
            }
        }
    }

    fn guarded<S>(
        &self,
        inner: S,
        attempt: Attempt,
    ) -> BoxFuture<'static, Result<Arrived, SendErrorKind>>
    where
        S: Service<Attempt, Response = Arrived, Error = SendErrorKind> + Clone + Send + 'static,
        S::Future: Send,
    {
        let deadline_of = Attempt::leaves_by;
        attempt.progress.queues();
        let counted = service_fn(move |attempt: Attempt| {
            let (traffic, progress) = (Arc::clone(&attempt.traffic), Arc::clone(&attempt.progress));
            let deadline = attempt.deadline;
            let attempt = inner.clone().oneshot(attempt);
            async move { traffic.departing(&progress, deadline, attempt).await }
        });
        let broken = Arc::clone(&self.breaker).before(counted, verdict);
        let bulkhead = Arc::clone(&self.bulkhead);
        let placed = bulkhead.before(broken, deadline_of, |arrived, permit| {
            arrived.body.keep(permit);
        });
        let paced = Arc::clone(&self.rate).before(placed, deadline_of);
        Box::pin(paced.oneshot(attempt))
    }

    /// Opens a WebSocket through the layers that calls go through; open, it holds no place among those under way.
    pub(crate) async fn open<T>(
        &self,
        deadline: Instant,
        progress: &Progress,
        opening: impl Future<Output = Result<T, SendErrorKind>>,
    ) -> Result<T, SendErrorKind> {
        progress.queues();
        self.rate.pass(deadline).await?;
        let place = self.bulkhead.enter_by(deadline).await?;
        let admission = self.breaker.admit(Instant::now())?;
        let end = self.traffic.departing(progress, deadline, opening).await;
        let verdict = match &end {
            Ok(_) => Verdict::Success,
            Err(kind) => kind.verdict(),
        };
        admission.settle(verdict, Instant::now());
        drop(place.answered());
        end
    }

    /// Tells when a person isolates it; at once where that is so already.
    pub(crate) fn isolation(&self) -> CancellationToken {
        self.isolated.with(|isolated| isolated.clone())
    }

    /// Counts the first try of a call.
    pub(crate) fn called(&self, now: Instant) {
        self.seen.calls.fetch_add(1, Ordering::Relaxed);
        self.budget.call(now);
    }

    /// Enters a call's failure, unless the caller brought it about.
    pub(crate) fn failed(&self, error: &SendError, progress: &Progress, at: SystemTime) {
        let Some(failure) = LastFailure::of_call(error, at) else {
            return;
        };
        let counter = match progress.has_departed() {
            true => &self.seen.failures,
            false => &self.seen.kept_back,
        };
        counter.fetch_add(1, Ordering::Relaxed);
        self.keep(failure);
    }

    /// Enters the end of a WebSocket that broke.
    pub(crate) fn socket_broke(&self, failure: &SocketFailure, at: SystemTime) {
        self.failed_with(LastFailure::of_socket(failure, at));
    }

    fn failed_with(&self, failure: LastFailure) {
        self.seen.failures.fetch_add(1, Ordering::Relaxed);
        self.keep(failure);
    }

    fn keep(&self, failure: LastFailure) {
        self.seen.is_failing.store(true, Ordering::Relaxed);
        self.seen.last_failure.with(|last| {
            // Why a server is held back is what people look for.
            if last.is_none() || !failure.is_a_consequence() {
                *last = Some(failure);
            }
        });
    }

    /// Whoever gets every answer as it is sees no error; the server failed all the same.
    pub(crate) fn answered(&self, status: u16, at: SystemTime) {
        if status >= 500 {
            self.failed_with(LastFailure::of_answer(status, at));
        } else {
            self.seen.is_failing.store(false, Ordering::Relaxed);
        }
    }

    pub(crate) fn stale_served(&self) {
        self.seen.stale_served.fetch_add(1, Ordering::Relaxed);
    }

    fn view(&self, now: Instant) -> UpstreamView {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let (sent_bytes, received_bytes) = self.traffic.bytes();
        UpstreamView {
            caller: self.key.caller.to_string(),
            origin: self.key.origin.clone(),
            breaker: self.breaker.state(now),
            counts: UpstreamCounts {
                calls: count(&self.seen.calls),
                kept_back: count(&self.seen.kept_back),
                attempts: self.traffic.attempts(),
                failures: count(&self.seen.failures),
                stale_served: count(&self.seen.stale_served),
                sockets: self.seen.sockets.load(Ordering::Relaxed),
                sent_bytes,
                received_bytes,
                budget: self.budget.counts(),
                breaker: self.breaker.counts(),
                bulkhead: self.bulkhead.counts(),
                rate: self.rate.counts(),
                hedge: self
                    .hedge
                    .as_ref()
                    .map(|hedge| hedge.counts())
                    .unwrap_or_default(),
            },
            last_failure: self.seen.last_failure.with(|last| last.clone()),
            is_failing: self.seen.is_failing.load(Ordering::Relaxed),
        }
    }

    fn set(&self, manual: Manual, now: Instant) {
        self.isolated.with(|isolated| match manual {
            Manual::Isolate => isolated.cancel(),
            // WebSockets that are open hold the one that has not been cancelled.
            Manual::ForceClosed | Manual::Release if isolated.is_cancelled() => {
                *isolated = CancellationToken::new();
            }
            Manual::ForceClosed | Manual::Release => {}
        });
        match manual {
            Manual::Isolate => self.breaker.isolate(),
            Manual::ForceClosed => self.breaker.force_closed(),
            Manual::Release => {
                self.breaker.release(now);
                self.seen.is_failing.store(false, Ordering::Relaxed);
            }
        }
    }

    /// Whether its breaker would let nothing through at `then`, as far as can be known now.
    pub(crate) fn is_closed_to_calls(&self, then: Instant) -> bool {
        let state = self.breaker.state(then);
        matches!(state, BreakerState::Open { .. } | BreakerState::Isolated)
    }

    /// Whether calls are under way to it, or it is being left alone: forgetting it would let too much through.
    fn is_in_use(&self, now: Instant) -> bool {
        let places = self.bulkhead.counts();
        let sockets = self.seen.sockets.load(Ordering::Relaxed);
        sockets + places.running + places.queued > 0
            || self.breaker.state(now) != BreakerState::Closed
    }

    fn is_set_by_hand(&self, now: Instant) -> bool {
        let state = self.breaker.state(now);
        matches!(state, BreakerState::Isolated | BreakerState::ForcedClosed)
    }

    fn is_worth_keeping(&self, now: Instant, idle_max: Duration) -> bool {
        let last_used = self.seen.last_used.with(|last| *last);
        now.saturating_duration_since(last_used) < idle_max || self.is_in_use(now)
    }
}

/// Counts a WebSocket among those that are open, until it is dropped.
pub(crate) struct OpenSocket(Arc<Upstream>);

impl OpenSocket {
    /// One that has just been opened: the server is well.
    pub(crate) fn one_more(upstream: &Arc<Upstream>) -> Self {
        upstream.seen.sockets.fetch_add(1, Ordering::Relaxed);
        upstream.seen.is_failing.store(false, Ordering::Relaxed);
        Self(Arc::clone(upstream))
    }
}

impl Drop for OpenSocket {
    fn drop(&mut self) {
        self.0.seen.last_used.with(|last| *last = Instant::now());
        self.0.seen.sockets.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Answers that begin with 5 and a way that broke are the server's failures; what was refused here, and what the request was told it
/// did wrong, are not.
fn verdict(end: &Result<Arrived, SendErrorKind>) -> Verdict {
    match end {
        Ok(arrived) if arrived.status.is_server_error() => Verdict::Failure,
        Ok(_) => Verdict::Success,
        Err(kind) => kind.verdict(),
    }
}

const RULES: HedgeRules<Attempt, Arrived, SendErrorKind> = HedgeRules {
    // A body that is sent as it comes is there once.
    is_idempotent: |attempt| {
        attempt.stream.is_none() && !matches!(attempt.method, Method::Post | Method::Patch)
    },
    is_acceptable: |end| matches!(verdict(end), Verdict::Success),
};

/// What a decision has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decided {
    /// Upstreams that were set at once; those that come later are too.
    pub upstreams: usize,
    /// Whether another decision stands than before.
    pub changed: bool,
}

/// Every upstream, bounded in number.
pub(crate) struct Upstreams {
    by_key: Lock<HashMap<Key, Arc<Upstream>>>,
    decisions: Lock<Decisions>,
    chance: Arc<dyn Chance>,
    limits: UpstreamLimits,
}

/// Bounds on what is remembered of servers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamLimits {
    /// Upstreams remembered; a shop's plugins name some tens of origins. Those longest unused make room.
    pub remembered_max: usize,
    /// One that was not called for so long, and whose breaker is closed, is forgotten.
    pub idle_max: Duration,
}

impl Default for UpstreamLimits {
    fn default() -> Self {
        Self {
            remembered_max: 1024,
            idle_max: Duration::from_secs(15 * 60),
        }
    }
}

impl Upstreams {
    pub(crate) fn new(chance: Arc<dyn Chance>, limits: UpstreamLimits) -> Self {
        Self {
            by_key: Lock::new(HashMap::new()),
            decisions: Lock::new(Decisions::default()),
            chance,
            limits,
        }
    }

    /// The upstream at `origin` for `caller`.
    pub(crate) fn of(&self, caller: &Arc<str>, origin: &Origin, route: &Route) -> Arc<Upstream> {
        let key = Key {
            caller: Arc::clone(caller),
            origin: origin.clone(),
        };
        let now = Instant::now();
        self.by_key.with(|upstreams| {
            if let Some(known) = upstreams.get(&key) {
                known.seen.last_used.with(|last| *last = now);
                return Arc::clone(known);
            }
            self.make_room(upstreams, now);
            let chance = Arc::clone(&self.chance);
            let new = Arc::new(Upstream::new(key.clone(), route, chance, now));
            let decided = self.decisions.with(|all| all.about(caller, origin));
            if let Some(manual) = decided {
                new.set(manual, now);
            }
            upstreams.insert(key, Arc::clone(&new));
            new
        })
    }

    /// Every upstream, by caller and origin.
    pub(crate) fn views(&self) -> Vec<UpstreamView> {
        let now = Instant::now();
        let known: Vec<_> = self.by_key.with(|upstreams| {
            self.sweep(upstreams, now);
            upstreams.values().cloned().collect()
        });
        let mut views: Vec<_> = known.iter().map(|upstream| upstream.view(now)).collect();
        views.sort_by_cached_key(|view| (view.origin.to_string(), view.caller.clone()));
        views
    }

    /// Keeps a decision and sets every upstream that it is about; says how many there were, and whether anything is another than before.
    pub(crate) fn decide(&self, decision: Decision) -> Result<Decided, TooManyDecisions> {
        let changed = self.decisions.with(|all| all.take(decision.clone()))?;
        let meant: Vec<_> = self.by_key.with(|upstreams| {
            let all = upstreams.iter();
            all.filter(|(key, _)| decision.is_about(&key.caller, &key.origin))
                .map(|(_, upstream)| Arc::clone(upstream))
                .collect()
        });
        let now = Instant::now();
        for upstream in &meant {
            upstream.set(decision.manual, now);
        }
        Ok(Decided {
            upstreams: meant.len(),
            changed,
        })
    }

    pub(crate) fn decisions(&self) -> Vec<Decision> {
        self.decisions.with(|all| all.all())
    }

    /// Forgets what is idle. Somebody looks, or calls another server, often enough that nothing else has to remember to do it.
    fn sweep(&self, upstreams: &mut HashMap<Key, Arc<Upstream>>, now: Instant) {
        upstreams.retain(|_, upstream| upstream.is_worth_keeping(now, self.limits.idle_max));
    }

    /// Makes room for one more: what is idle goes; when that is not enough, the one longest unused, of those first that nobody is calling.
    fn make_room(&self, upstreams: &mut HashMap<Key, Arc<Upstream>>, now: Instant) {
        self.sweep(upstreams, now);
        while upstreams.len() >= self.limits.remembered_max {
            let oldest = upstreams
                .iter()
                .min_by_key(|(_, upstream)| {
                    let last_used = upstream.seen.last_used.with(|last| *last);
                    (
                        upstream.is_set_by_hand(now),
                        upstream.is_in_use(now),
                        last_used,
                    )
                })
                .map(|(key, _)| key.clone());
            let Some(oldest) = oldest else { return };
            upstreams.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::SeededChance;

    fn upstreams(remembered_max: usize) -> Upstreams {
        let limits = UpstreamLimits {
            remembered_max,
            ..UpstreamLimits::default()
        };
        Upstreams::new(Arc::new(SeededChance::from_seed([7; 32])), limits)
    }

    fn origin(number: usize) -> Origin {
        Origin::parse(&format!("https://s{number}.example")).unwrap()
    }

    fn decide(upstreams: &Upstreams, server: usize, caller: Option<&str>, manual: Manual) -> usize {
        let decision = Decision {
            origin: Some(origin(server)),
            caller: caller.map(str::to_owned),
            manual,
        };
        upstreams.decide(decision).unwrap().upstreams
    }

    /// What a person isolates stays so for who calls it first, and for who calls it again after it was forgotten.
    #[tokio::test(start_paused = true)]
    async fn a_decision_holds_for_callers_that_come_later() {
        let upstreams = upstreams(2);
        let state = |caller: &str, server| {
            let caller: Arc<str> = caller.into();
            let upstream = upstreams.of(&caller, &origin(server), &Route::default());
            upstream.breaker.state(Instant::now())
        };
        assert_eq!(decide(&upstreams, 0, None, Manual::Isolate), 0);
        assert_eq!(state("plugin:a", 0), BreakerState::Isolated);
        assert_eq!(state("plugin:a", 1), BreakerState::Closed);
        for server in 2..9 {
            state("plugin:a", server);
        }
        assert_eq!(state("plugin:a", 0), BreakerState::Isolated);
        assert_eq!(state("plugin:b", 0), BreakerState::Isolated);
        assert_eq!(decide(&upstreams, 0, Some("plugin:b"), Manual::Release), 1);
        assert_eq!(state("plugin:b", 0), BreakerState::Closed);
        assert_eq!(state("plugin:c", 0), BreakerState::Isolated);
        assert_eq!(decide(&upstreams, 0, None, Manual::Release), 2);
        assert_eq!(state("plugin:d", 0), BreakerState::Closed);
        assert_eq!(upstreams.decisions(), []);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_remembered_of_servers_is_bounded() {
        let upstreams = upstreams(10);
        let caller: Arc<str> = "plugin:a".into();
        for number in 0..1_000 {
            upstreams.of(&caller, &origin(number), &Route::default());
        }
        assert_eq!(upstreams.views().len(), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_nobody_called_for_long_is_forgotten_and_one_in_use_is_not() {
        let upstreams = upstreams(10);
        let caller: Arc<str> = "plugin:a".into();
        let of = |number| upstreams.of(&caller, &origin(number), &Route::default());
        of(0);
        let socket = OpenSocket::one_more(&of(1));
        let left = || -> Vec<_> {
            let views = upstreams.views();
            views.iter().map(|view| view.origin.to_string()).collect()
        };
        tokio::time::advance(Duration::from_secs(14 * 60)).await;
        assert_eq!(left(), ["https://s0.example", "https://s1.example"]);
        tokio::time::advance(Duration::from_secs(60)).await;
        assert_eq!(left(), ["https://s1.example"]);
        // Why a WebSocket ended is looked at after its end.
        drop(socket);
        assert_eq!(left(), ["https://s1.example"]);
        tokio::time::advance(Duration::from_secs(15 * 60)).await;
        assert_eq!(left(), [""; 0]);
    }

    #[tokio::test(start_paused = true)]
    async fn an_isolated_upstream_outlives_idle_ones() {
        let upstreams = upstreams(3);
        let caller: Arc<str> = "plugin:a".into();
        upstreams.of(&caller, &origin(0), &Route::default());
        assert_eq!(decide(&upstreams, 0, None, Manual::Isolate), 1);
        upstreams.of(&caller, &origin(1), &Route::default());
        upstreams.of(&caller, &origin(2), &Route::default());
        tokio::time::advance(Duration::from_secs(3_600)).await;
        upstreams.of(&caller, &origin(3), &Route::default());
        let left: Vec<_> = upstreams
            .views()
            .iter()
            .map(|view| view.origin.to_string())
            .collect();
        assert_eq!(left, ["https://s0.example", "https://s3.example"]);
    }

    #[tokio::test(start_paused = true)]
    async fn one_callers_upstream_is_not_anothers() {
        let upstreams = upstreams(10);
        let route = Route::default();
        let [one, other]: [Arc<str>; 2] = ["plugin:a".into(), "plugin:b".into()];
        let first = upstreams.of(&one, &origin(0), &route);
        assert!(Arc::ptr_eq(&first, &upstreams.of(&one, &origin(0), &route)));
        assert!(!Arc::ptr_eq(
            &first,
            &upstreams.of(&other, &origin(0), &route)
        ));
        assert!(!Arc::ptr_eq(
            &first,
            &upstreams.of(&one, &origin(1), &route)
        ));
        assert_eq!(decide(&upstreams, 0, Some("plugin:b"), Manual::Isolate), 1);
        let states: Vec<_> = upstreams
            .views()
            .iter()
            .map(|view| (view.caller.clone(), view.breaker))
            .collect();
        assert!(states.contains(&("plugin:b".into(), BreakerState::Isolated)));
        assert_eq!(
            states
                .iter()
                .filter(|(_, state)| *state == BreakerState::Closed)
                .count(),
            2
        );
    }
}
