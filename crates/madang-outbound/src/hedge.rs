//! A second try beside a slow first one: the rare slow answer of an upstream that is well is not waited for.
//!
//! Only for calls that may be made twice, and only while the upstream is well: under trouble it would be more load.

use std::{future::Future, pin::pin, sync::Arc, time::Duration};

use tokio::time::{Instant, sleep};
use tower::{Service, ServiceExt, service_fn};

use crate::{
    breaker::{Breaker, BreakerState},
    lock::Lock,
    retry::TIMER_MAX,
    window::Window,
};

mod latencies;

use latencies::Latencies;

/// When a second try is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HedgeSettings {
    /// How long the first one may take alone.
    pub after: HedgeAfter,
    /// Second tries for each hundred calls of the last minute; they are not to become the upstream's trouble.
    pub extra_percent_max: u64,
}

/// How long a first try may take alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HedgeAfter {
    /// So long.
    Fixed(Duration),
    /// As long as all but the slowest twentieth took lately; nothing is hedged before there were `calls_min`.
    P95 {
        /// Calls from which the latency is known.
        calls_min: u32,
    },
}

impl Default for HedgeSettings {
    fn default() -> Self {
        Self {
            after: HedgeAfter::P95 { calls_min: 20 },
            extra_percent_max: 5,
        }
    }
}

/// How far back calls are counted for [`HedgeSettings::extra_percent_max`].
const WINDOW: Duration = Duration::from_secs(60);

/// What a hedge has counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HedgeCounts {
    /// Second tries made.
    pub hedged: u64,
    /// Calls whose answer was the second try's.
    pub won: u64,
    /// Second tries that were due but not made, so as not to add load.
    pub withheld: u64,
}

/// What is known about the calls to one upstream, shared by all of them.
pub struct Hedge {
    settings: HedgeSettings,
    seen: Lock<Seen>,
}

struct Seen {
    /// Calls are usual, second tries are marked.
    recent: Window,
    latencies: Latencies,
    counts: HedgeCounts,
}

impl Hedge {
    /// A hedge that has seen no call.
    pub fn new(settings: HedgeSettings, now: Instant) -> Arc<Self> {
        Arc::new(Self {
            settings,
            seen: Lock::new(Seen {
                recent: Window::new(WINDOW, now),
                latencies: Latencies::new(),
                counts: HedgeCounts::default(),
            }),
        })
    }

    /// What it has counted.
    pub fn counts(&self) -> HedgeCounts {
        self.seen.with(|seen| seen.counts)
    }

    /// Stands before `inner`. `breaker` is the upstream's; while it lets no more than probes through, nothing is hedged.
    pub fn before<Request, Inner>(
        self: Arc<Self>,
        inner: Inner,
        breaker: Arc<Breaker>,
        rules: HedgeRules<Request, Inner::Response, Inner::Error>,
    ) -> impl Service<Request, Response = Inner::Response, Error = Inner::Error, Future: Send>
    + Clone
    + Send
    where
        Inner: Service<Request, Response: Send, Error: Send, Future: Send> + Clone + Send,
        Request: Clone + Send,
    {
        service_fn(move |request| {
            let call = Hedged {
                hedge: Arc::clone(&self),
                breaker: Arc::clone(&breaker),
                rules,
                inner: inner.clone(),
            };
            call.made(request)
        })
    }

    /// Counts a call, and says how long its first try may take alone.
    fn begin(&self, now: Instant) -> Option<Duration> {
        self.seen.with(|seen| {
            seen.recent.add_usual(now);
            match self.settings.after {
                HedgeAfter::Fixed(after) => Some(after.min(TIMER_MAX)),
                HedgeAfter::P95 { calls_min } => {
                    let known = seen.latencies.calls() >= calls_min;
                    known.then(|| seen.latencies.p95()).flatten()
                }
            }
        })
    }

    /// Takes the right to one second try, if there is one left.
    fn take(&self, state: BreakerState, now: Instant) -> Taken {
        let is_well = matches!(state, BreakerState::Closed | BreakerState::ForcedClosed);
        self.seen.with(|seen| {
            let recent = seen.recent.counts(now);
            let allowed = recent.usual.saturating_mul(self.settings.extra_percent_max) / 100;
            if !is_well || recent.marked >= allowed {
                seen.counts.withheld += 1;
                return Taken::No;
            }
            seen.recent.add_marked(now);
            seen.counts.hedged += 1;
            Taken::Yes
        })
    }

    fn ended_well(&self, latency: Duration) {
        self.seen.with(|seen| seen.latencies.record(latency));
    }

    fn won(&self) {
        self.seen.with(|seen| seen.counts.won += 1);
    }
}

enum Taken {
    Yes,
    No,
}

/// What only the caller can say about requests and their ends.
pub struct HedgeRules<Request, Response, Error> {
    /// Whether the request may be made twice.
    pub is_idempotent: fn(&Request) -> bool,
    /// Whether the end settles the call, so that the other try is called off.
    pub is_acceptable: fn(&Result<Response, Error>) -> bool,
}

impl<Request, Response, Error> Clone for HedgeRules<Request, Response, Error> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Request, Response, Error> Copy for HedgeRules<Request, Response, Error> {}

/// One call that may become two tries.
struct Hedged<Request, Inner: Service<Request>> {
    hedge: Arc<Hedge>,
    breaker: Arc<Breaker>,
    rules: HedgeRules<Request, Inner::Response, Inner::Error>,
    inner: Inner,
}

impl<Request: Clone, Inner: Service<Request> + Clone> Hedged<Request, Inner> {
    async fn made(self, request: Request) -> Result<Inner::Response, Inner::Error> {
        let begun = Instant::now();
        let after = self.hedge.begin(begun);
        if !(self.rules.is_idempotent)(&request) {
            return self.inner.oneshot(request).await;
        }
        let (hedge, is_acceptable) = (Arc::clone(&self.hedge), self.rules.is_acceptable);
        let end = match after {
            Some(after) => self.raced(request, after).await,
            None => self.inner.oneshot(request).await,
        };
        if is_acceptable(&end) {
            hedge.ended_well(begun.elapsed());
        }
        end
    }

    /// The first acceptable end of two tries, or the first end when neither is acceptable. The try that is no longer
    /// wanted is dropped, and with it its connection.
    async fn raced(
        self,
        request: Request,
        after: Duration,
    ) -> Result<Inner::Response, Inner::Error> {
        let mut first = pin!(self.inner.clone().oneshot(request.clone()));
        tokio::select! {
            biased;
            end = &mut first => return end,
            () = sleep(after) => {}
        }
        let now = Instant::now();
        if let Taken::No = self.hedge.take(self.breaker.state(now), now) {
            return first.await;
        }
        let Self {
            inner,
            hedge,
            rules,
            ..
        } = self;
        let mut second = pin!(inner.oneshot(request));
        tokio::select! {
            biased;
            end = &mut first => settled(end, second, Second::Waits, rules, &hedge).await,
            end = &mut second => settled(end, first, Second::Ended, rules, &hedge).await,
        }
    }
}

/// The end of one try, or of the other when only that is acceptable.
async fn settled<Request, Response, Error>(
    end: Result<Response, Error>,
    other: impl Future<Output = Result<Response, Error>>,
    second: Second,
    rules: HedgeRules<Request, Response, Error>,
    hedge: &Hedge,
) -> Result<Response, Error> {
    if (rules.is_acceptable)(&end) {
        if let Second::Ended = second {
            hedge.won();
        }
        return end;
    }
    let other = other.await;
    if !(rules.is_acceptable)(&other) {
        return end;
    }
    if let Second::Waits = second {
        hedge.won();
    }
    other
}

/// How the second try stands when one of the two has ended.
enum Second {
    Ended,
    Waits,
}

#[cfg(test)]
mod tests;
