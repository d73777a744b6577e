//! The layer in virtual time, around an upstream whose tries are written down beforehand.

use std::{
    collections::VecDeque,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::time::advance;
use tower::service_fn;

use super::*;
use crate::{
    breaker::{BreakerRefusal, BreakerSettings, Verdict},
    chance::SeededChance,
};

const AFTER_MS: u64 = 100;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failure {
    Broken(u8),
}

/// A request: whether it may be made twice.
#[derive(Clone, Copy)]
enum Ask {
    Twice,
    Once,
}

type Try = (u64, Result<u16, Failure>);

/// An upstream that answers each try with the next line of its script.
#[derive(Clone, Default)]
struct Upstream {
    script: Arc<Mutex<VecDeque<Try>>>,
    begun: Arc<AtomicUsize>,
    under_way: Arc<AtomicUsize>,
}

/// Counts a try that is under way, until it ends or is dropped.
struct UnderWay(Arc<AtomicUsize>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Upstream {
    fn next(&self) -> Try {
        self.begun.fetch_add(1, Ordering::SeqCst);
        self.script
            .lock()
            .unwrap()
            .pop_front()
            .unwrap_or((1, Ok(200)))
    }

    async fn answer(self) -> Result<u16, Failure> {
        let (ms, end) = self.next();
        self.under_way.fetch_add(1, Ordering::SeqCst);
        let _under_way = UnderWay(Arc::clone(&self.under_way));
        sleep(Duration::from_millis(ms)).await;
        end
    }
}

struct Bench {
    upstream: Upstream,
    hedge: Arc<Hedge>,
    breaker: Arc<Breaker>,
}

impl Bench {
    fn new(after: HedgeAfter) -> Self {
        let now = Instant::now();
        let settings = HedgeSettings {
            after,
            ..HedgeSettings::default()
        };
        let chance = Arc::new(SeededChance::from_seed([1; 32]));
        Self {
            upstream: Upstream::default(),
            hedge: Hedge::new(settings, now),
            breaker: Breaker::new(BreakerSettings::default(), chance, now),
        }
    }

    /// One that hedges after 100 ms, and has seen so many quick calls.
    async fn after(calls: usize) -> Self {
        let bench = Self::new(HedgeAfter::Fixed(Duration::from_millis(AFTER_MS)));
        for _ in 0..calls {
            assert_eq!(bench.call(Ask::Twice, &[]).await.0, Ok(200));
        }
        bench.upstream.begun.store(0, Ordering::SeqCst);
        bench
    }

    /// Makes a call whose tries go as written; tells its end and how many milliseconds it took.
    async fn call(&self, ask: Ask, script: &[Try]) -> (Result<u16, Failure>, u128) {
        self.upstream.script.lock().unwrap().extend(script);
        let upstream = self.upstream.clone();
        let rules = HedgeRules {
            is_idempotent: |ask: &Ask| matches!(ask, Ask::Twice),
            is_acceptable: |end: &Result<u16, Failure>| matches!(end, Ok(status) if *status < 500),
        };
        let service = Arc::clone(&self.hedge).before(
            service_fn(move |_| upstream.clone().answer()),
            Arc::clone(&self.breaker),
            rules,
        );
        let begun = Instant::now();
        let end = service.oneshot(ask).await;
        self.upstream.script.lock().unwrap().clear();
        (end, begun.elapsed().as_millis())
    }

    /// Makes a call of which only the number of tries matters.
    async fn made(&self, ask: Ask, script: &[Try]) {
        let _end = self.call(ask, script).await;
    }

    fn begun(&self) -> usize {
        self.upstream.begun.load(Ordering::SeqCst)
    }
}

/// One call after enough others that a second try is within the bound.
async fn check(script: &[Try], expected: (Result<u16, Failure>, u128), tries: usize, won: u64) {
    let bench = Bench::after(20).await;
    assert_eq!(bench.call(Ask::Twice, script).await, expected, "{script:?}");
    assert_eq!(bench.begun(), tries, "{script:?}");
    assert_eq!(bench.hedge.counts().won, won, "{script:?}");
    let under_way = bench.upstream.under_way.load(Ordering::SeqCst);
    assert_eq!(under_way, 0, "{script:?}");
}

const BROKEN_1: Result<u16, Failure> = Err(Failure::Broken(1));
const BROKEN_2: Result<u16, Failure> = Err(Failure::Broken(2));

#[tokio::test(start_paused = true)]
async fn a_first_try_that_ends_in_time_stays_alone() {
    check(&[(99, Ok(200))], (Ok(200), 99), 1, 0).await;
    check(&[(99, BROKEN_1)], (BROKEN_1, 99), 1, 0).await;
    check(&[(99, Ok(503))], (Ok(503), 99), 1, 0).await;
}

#[tokio::test(start_paused = true)]
async fn the_first_acceptable_end_wins_and_the_loser_is_dropped() {
    check(&[(5_000, Ok(200)), (50, Ok(201))], (Ok(201), 150), 2, 1).await;
    check(&[(120, Ok(200)), (50, Ok(201))], (Ok(200), 120), 2, 0).await;
    check(&[(150, Ok(200)), (50, Ok(201))], (Ok(200), 150), 2, 0).await;
}

#[tokio::test(start_paused = true)]
async fn an_end_that_is_not_acceptable_waits_for_the_other() {
    check(&[(120, BROKEN_1), (50, Ok(201))], (Ok(201), 150), 2, 1).await;
    check(&[(120, Ok(503)), (50, Ok(201))], (Ok(201), 150), 2, 1).await;
    check(&[(300, Ok(200)), (50, BROKEN_2)], (Ok(200), 300), 2, 0).await;
    check(&[(300, Ok(404)), (50, Ok(500))], (Ok(404), 300), 2, 0).await;
}

#[tokio::test(start_paused = true)]
async fn when_both_fail_the_first_failure_is_told() {
    check(&[(120, BROKEN_1), (50, BROKEN_2)], (BROKEN_1, 150), 2, 0).await;
    check(&[(300, BROKEN_1), (50, BROKEN_2)], (BROKEN_2, 300), 2, 0).await;
    check(&[(300, Ok(500)), (50, BROKEN_2)], (BROKEN_2, 300), 2, 0).await;
}

#[tokio::test(start_paused = true)]
async fn there_is_never_a_third_try() {
    check(
        &[(60_000, BROKEN_1), (60_000, Ok(200))],
        (Ok(200), 60_100),
        2,
        1,
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_may_not_be_made_twice_is_not() {
    let bench = Bench::after(20).await;
    let end = bench.call(Ask::Once, &[(5_000, Ok(200))]).await;
    assert_eq!((end, bench.begun()), ((Ok(200), 5_000), 1));
}

#[tokio::test(start_paused = true)]
async fn at_most_five_in_a_hundred_calls_have_a_second_try() {
    let bench = Bench::new(HedgeAfter::Fixed(Duration::from_millis(AFTER_MS)));
    let slow = [(200, Ok(200)), (1, Ok(200))];
    for call in 1..=19 {
        bench.made(Ask::Twice, &slow).await;
        assert_eq!(bench.begun(), call);
    }
    bench.made(Ask::Twice, &slow).await;
    assert_eq!(bench.hedge.counts().hedged, 1);
    for _ in 0..80 {
        bench.made(Ask::Twice, &slow).await;
    }
    let counts = bench.hedge.counts();
    assert_eq!((counts.hedged, counts.withheld), (5, 95));
    assert_eq!(bench.begun(), 105);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_hedged_while_the_breaker_lets_only_probes_through() {
    let bench = Bench::after(100).await;
    let slow = [(200, Ok(200)), (1, Ok(200))];
    let fail = || {
        let now = Instant::now();
        let admission = bench.breaker.admit(now)?;
        admission.settle(Verdict::Failure, now);
        Ok::<_, BreakerRefusal>(())
    };
    (0..5).for_each(|_| fail().unwrap());
    bench.made(Ask::Twice, &slow).await;
    assert_eq!(bench.begun(), 1, "open");
    advance(Duration::from_secs(5)).await;
    let probe = bench.breaker.admit(Instant::now()).unwrap();
    bench.made(Ask::Twice, &slow).await;
    assert_eq!(bench.begun(), 2, "half-open");
    probe.settle(Verdict::Success, Instant::now());
    bench.made(Ask::Twice, &slow).await;
    assert_eq!(bench.begun(), 4, "closed");
    bench.breaker.force_closed();
    bench.made(Ask::Twice, &slow).await;
    assert_eq!(bench.begun(), 6, "forced closed");
    assert_eq!(bench.hedge.counts().withheld, 2);
}

#[tokio::test(start_paused = true)]
async fn by_default_the_slowest_twentieth_is_hedged_once_that_is_known() {
    let bench = Bench::new(HedgeSettings::default().after);
    let slow = [(5_000, Ok(200)), (1, Ok(200))];
    for call in 1..=19 {
        bench.made(Ask::Twice, &[(20, Ok(200))]).await;
        assert_eq!(bench.begun(), call);
    }
    let end = bench.call(Ask::Twice, &slow).await;
    assert_eq!(
        (end, bench.begun()),
        ((Ok(200), 5_000), 20),
        "not yet known"
    );
    // 19 of 20 calls took 20 ms, whose bucket ends at 22.
    let end = bench.call(Ask::Twice, &slow).await;
    assert_eq!((end, bench.begun()), ((Ok(200), 23), 22), "known");
}

#[tokio::test(start_paused = true)]
async fn a_failure_says_nothing_about_how_long_answers_take() {
    let bench = Bench::new(HedgeAfter::P95 { calls_min: 1 });
    for _ in 0..40 {
        bench.made(Ask::Twice, &[(1, BROKEN_1)]).await;
    }
    let end = bench.call(Ask::Twice, &[(5_000, Ok(200))]).await;
    assert_eq!(end, (Ok(200), 5_000));
    assert_eq!(bench.hedge.counts().hedged, 0);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_called_off_drops_both_tries() {
    let bench = Bench::after(20).await;
    let slow = [(60_000, Ok(200)), (60_000, Ok(200))];
    let call = tokio::time::timeout(Duration::from_secs(1), bench.call(Ask::Twice, &slow));
    assert!(call.await.is_err());
    assert_eq!(bench.begun(), 2);
    assert_eq!(bench.upstream.under_way.load(Ordering::SeqCst), 0);
}
