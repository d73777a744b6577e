//! A bound on the calls per second to one upstream, kept before it has to say 429.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use governor::{
    Quota, RateLimiter,
    clock::Clock,
    middleware::NoOpMiddleware,
    state::{InMemoryState, NotKeyed},
};
use tokio::{
    sync::Semaphore,
    time::{Instant, sleep, timeout_at},
};
use tower::{Service, ServiceExt, service_fn};

use crate::lock::Lock;

/// How many calls may be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateSettings {
    /// In the long run: more than people and their plugins need, less than what a public API bans for.
    pub per_second: NonZeroU32,
    /// At once, after a pause: a screen that opens asks for several things.
    pub burst: NonZeroU32,
    /// Calls that may wait for their turn, first come first served. None by default: the caller knows better what to do.
    pub waiting_max: usize,
}

impl Default for RateSettings {
    fn default() -> Self {
        Self {
            per_second: const { NonZeroU32::new(10).expect("10 is not zero") },
            burst: const { NonZeroU32::new(20).expect("20 is not zero") },
            waiting_max: 0,
        }
    }
}

/// A call that would be one too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more than {per_second} calls per second; try again in {} ms", retry_in.as_millis())]
pub struct RateRefusal {
    /// The bound.
    pub per_second: NonZeroU32,
    /// From now until a call fits, if no other takes its turn.
    pub retry_in: Duration,
}

/// What a limit has counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RateCounts {
    /// Calls waiting for their turn.
    pub waiting: usize,
    /// Calls refused.
    pub refused: u64,
}

/// The rate of one upstream, shared by all calls to it.
pub struct RateLimit {
    settings: RateSettings,
    quota: Quota,
    limiter: RateLimiter<NotKeyed, InMemoryState, SinceStart, NoOpMiddleware<Duration>>,
    /// Whoever holds it is the first of those who wait.
    line: Semaphore,
    counts: Lock<RateCounts>,
}

/// tokio's time, so that tests may move it.
#[derive(Clone)]
struct SinceStart(Instant);

impl Clock for SinceStart {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

impl RateLimit {
    /// A limit with its whole burst unused.
    pub fn new(settings: RateSettings) -> Arc<Self> {
        let quota = Quota::per_second(settings.per_second).allow_burst(settings.burst);
        Arc::new(Self {
            limiter: RateLimiter::direct_with_clock(quota, SinceStart(Instant::now())),
            line: Semaphore::new(1),
            counts: Lock::new(RateCounts::default()),
            quota,
            settings,
        })
    }

    /// Passes one call, at once or, where waiting is allowed, in time for `deadline`. What would be too late is refused at once.
    pub async fn pass(&self, deadline: Instant) -> Result<(), RateRefusal> {
        let passed = match self.turn(deadline) {
            Turn::Now => Ok(()),
            Turn::In(retry_in) => Err(self.refusal(retry_in)),
            Turn::Waiting(waiting) => {
                let passed = self.wait(deadline).await;
                drop(waiting);
                passed
            }
        };
        if passed.is_err() {
            self.counts.with(|counts| counts.refused += 1);
        }
        passed
    }

    fn turn(&self, deadline: Instant) -> Turn<'_> {
        self.counts.with(|counts| {
            let retry_in = match counts.waiting {
                0 => match self.check() {
                    Ok(()) => return Turn::Now,
                    Err(retry_in) => retry_in,
                },
                // The limiter is left to the first of them; each takes at most one interval.
                ahead => self.after(ahead),
            };
            let in_time = retry_in < deadline.saturating_duration_since(Instant::now());
            if counts.waiting >= self.settings.waiting_max || !in_time {
                return Turn::In(retry_in);
            }
            counts.waiting += 1;
            Turn::Waiting(Waiting(self))
        })
    }

    async fn wait(&self, deadline: Instant) -> Result<(), RateRefusal> {
        let too_late = |_| self.refusal(self.quota.replenish_interval());
        let _first = timeout_at(deadline, self.line.acquire())
            .await
            .map_err(too_late)?
            .expect("the line is never closed");
        loop {
            if Instant::now() >= deadline {
                return Err(self.refusal(self.quota.replenish_interval()));
            }
            let Err(retry_in) = self.check() else {
                return Ok(());
            };
            if retry_in >= deadline.saturating_duration_since(Instant::now()) {
                return Err(self.refusal(retry_in));
            }
            sleep(retry_in).await;
        }
    }

    fn check(&self) -> Result<(), Duration> {
        self.limiter.check().map_err(|not_until| {
            let now = self.limiter.clock().now();
            not_until.wait_time_from(now)
        })
    }

    fn after(&self, ahead: usize) -> Duration {
        let turns = u32::try_from(ahead + 1).unwrap_or(u32::MAX);
        self.quota.replenish_interval().saturating_mul(turns)
    }

    fn refusal(&self, retry_in: Duration) -> RateRefusal {
        RateRefusal {
            per_second: self.settings.per_second,
            retry_in,
        }
    }

    /// Stands before `inner`; `deadline_of` says until when a request may wait for its turn.
    pub fn before<Request, Inner>(
        self: Arc<Self>,
        inner: Inner,
        deadline_of: fn(&Request) -> Instant,
    ) -> impl Service<Request, Response = Inner::Response, Error = Inner::Error, Future: Send> + Clone
    where
        Inner: Service<Request, Error: From<RateRefusal>, Future: Send> + Clone + Send,
        Request: Send,
    {
        service_fn(move |request| {
            let (limit, inner) = (Arc::clone(&self), inner.clone());
            async move {
                limit.pass(deadline_of(&request)).await?;
                inner.oneshot(request).await
            }
        })
    }

    /// What it has counted.
    pub fn counts(&self) -> RateCounts {
        self.counts.with(|counts| *counts)
    }
}

enum Turn<'a> {
    Now,
    Waiting(Waiting<'a>),
    In(Duration),
}

/// A place in the line; dropping it leaves the line.
struct Waiting<'a>(&'a RateLimit);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.counts.with(|counts| counts.waiting -= 1);
    }
}

#[cfg(test)]
mod tests {
    use futures::future::join_all;
    use tokio::time::advance;
    use tower::service_fn;

    use super::*;

    fn limit(per_second: u32, burst: u32, waiting_max: usize) -> Arc<RateLimit> {
        RateLimit::new(RateSettings {
            per_second: per_second.try_into().unwrap(),
            burst: burst.try_into().unwrap(),
            waiting_max,
        })
    }

    fn by(ms: u64) -> Instant {
        Instant::now() + Duration::from_millis(ms)
    }

    /// How many of as many calls as it takes pass at this moment.
    async fn passing(limit: &RateLimit) -> usize {
        let mut passed = 0;
        while limit.pass(by(60_000)).await.is_ok() {
            passed += 1;
        }
        passed
    }

    #[tokio::test(start_paused = true)]
    async fn twenty_at_once_and_ten_a_second_after() {
        let limit = RateLimit::new(RateSettings::default());
        assert_eq!(passing(&limit).await, 20);
        for (pause_ms, passed) in [(99, 0), (1, 1), (100, 1), (1_000, 10), (60_000, 20)] {
            advance(Duration::from_millis(pause_ms)).await;
            assert_eq!(passing(&limit).await, passed, "after {pause_ms} ms");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_names_the_wait_and_costs_none() {
        let start = Instant::now();
        let limit = limit(10, 1, 0);
        limit.pass(by(60_000)).await.unwrap();
        advance(Duration::from_millis(30)).await;
        let refusal = limit.pass(by(60_000)).await.unwrap_err();
        assert_eq!(refusal.retry_in, Duration::from_millis(70));
        assert_eq!(
            refusal.to_string(),
            "more than 10 calls per second; try again in 70 ms"
        );
        advance(refusal.retry_in).await;
        assert_eq!(limit.pass(by(60_000)).await, Ok(()));
        assert_eq!(start.elapsed(), Duration::from_millis(100));
        assert_eq!(limit.counts().refused, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_wait_come_in_turn() {
        let start = Instant::now();
        let limit = limit(10, 1, 16);
        let ends = join_all((0..6).map(|_| async {
            let end = limit.pass(by(60_000)).await;
            (end, start.elapsed().as_millis())
        }))
        .await;
        let expected: Vec<_> = (0..6).map(|turn| (Ok(()), turn * 100)).collect();
        assert_eq!(ends, expected);
        assert_eq!(limit.counts(), RateCounts::default());
    }

    #[tokio::test(start_paused = true)]
    async fn what_would_wait_beyond_its_deadline_is_refused_at_once() {
        let start = Instant::now();
        let limit = limit(10, 1, 16);
        limit.pass(by(0)).await.unwrap();
        let first = limit.pass(by(100)).await.unwrap_err();
        assert_eq!(first.retry_in, Duration::from_millis(100));
        let (waits, too_late, in_time) = tokio::join!(
            limit.pass(by(101)),
            limit.pass(by(200)),
            limit.pass(by(201))
        );
        assert_eq!((waits, in_time), (Ok(()), Ok(())));
        assert_eq!(too_late.unwrap_err().retry_in, Duration::from_millis(200));
        assert_eq!(start.elapsed(), Duration::from_millis(200));
    }

    #[tokio::test(start_paused = true)]
    async fn the_line_has_an_end() {
        let limit = limit(10, 1, 2);
        let ends = join_all((0..5).map(|_| limit.pass(by(60_000)))).await;
        let passed = ends.iter().filter(|end| end.is_ok()).count();
        assert_eq!(passed, 3);
        assert_eq!(ends[4].unwrap_err().retry_in, Duration::from_millis(300));
        assert_eq!(limit.counts().refused, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn who_leaves_the_line_costs_those_behind_nothing() {
        let start = Instant::now();
        let limit = limit(10, 1, 16);
        limit.pass(by(0)).await.unwrap();
        let spawned = |limit: &Arc<RateLimit>| {
            let limit = Arc::clone(limit);
            tokio::spawn(async move { limit.pass(by(60_000)).await })
        };
        let leaves = spawned(&limit);
        tokio::task::yield_now().await;
        let stays = spawned(&limit);
        tokio::task::yield_now().await;
        assert_eq!(limit.counts().waiting, 2);
        leaves.abort();
        assert!(leaves.await.is_err());
        assert_eq!(stays.await.unwrap(), Ok(()));
        assert_eq!(start.elapsed(), Duration::from_millis(100));
        assert_eq!(limit.counts().waiting, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn the_layer_lets_through_what_passes_and_nothing_else() {
        let inner =
            service_fn(|request: (u8, Instant)| async move { Ok::<_, RateRefusal>(request.0) });
        let limit = limit(1, 1, 0);
        let service = limit.before(inner, |request: &(u8, Instant)| request.1);
        assert_eq!(service.clone().oneshot((7, by(10))).await, Ok(7));
        let refusal = service.oneshot((8, by(10))).await.unwrap_err();
        assert_eq!(refusal.retry_in, Duration::from_secs(1));
    }
}
