//! The machine row by row and against a model, the guards under random schedules, the layer in virtual time.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use proptest::prelude::*;
use tokio::time::{advance, sleep};
use tower::service_fn;

use super::{machine::Machine, *};
use crate::{chance::SeededChance, lock::schedule};

/// Takes nothing away, so that open times are the whole ones.
struct Least;

impl Chance for Least {
    fn below(&self, _: u64) -> u64 {
        0
    }
}

/// Takes as much away as chance may.
struct Most;

impl Chance for Most {
    fn below(&self, bound: u64) -> u64 {
        bound - 1
    }
}

const SECOND: Duration = Duration::from_secs(1);

/// A machine with its own clock.
struct Bench {
    machine: Machine,
    now: Instant,
}

impl Bench {
    fn new(settings: BreakerSettings) -> Self {
        let now = Instant::now();
        Self {
            machine: Machine::new(settings, now),
            now,
        }
    }

    fn standard() -> Self {
        Self::new(BreakerSettings::default())
    }

    /// One that has just opened for the first time.
    fn opened() -> Self {
        let mut bench = Self::standard();
        bench.calls("FFFFF");
        bench
    }

    /// Opened, and its time has passed.
    fn ready_to_probe() -> Self {
        let mut bench = Self::opened();
        bench.pass(5 * SECOND);
        bench
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
    }

    fn admit(&mut self) -> Result<Ticket, BreakerRefusal> {
        self.machine.admit(self.now, &Least)
    }

    fn settle(&mut self, ticket: Ticket, verdict: Verdict) {
        self.machine.settle(ticket, verdict, self.now, &Least);
    }

    /// Calls one after the other: S for success, F for failure, N for neither, a space for a second's pause.
    fn calls(&mut self, ends: &str) {
        for end in ends.chars() {
            let verdict = match end {
                'S' => Verdict::Success,
                'F' => Verdict::Failure,
                'N' => Verdict::Neutral,
                _ => {
                    self.pass(SECOND);
                    continue;
                }
            };
            let ticket = self.admit().expect("the breaker lets a call through");
            self.settle(ticket, verdict);
        }
    }

    fn state(&self) -> BreakerState {
        self.machine.state(self.now)
    }

    #[track_caller]
    fn check(&self, expected: BreakerState) {
        assert_eq!(self.state(), expected);
    }
}

fn open(seconds: u64) -> BreakerState {
    BreakerState::Open {
        retry_in: Duration::from_secs(seconds),
    }
}

fn half_open(probing: u32) -> BreakerState {
    BreakerState::HalfOpen { probing }
}

#[track_caller]
fn check(ends: &str, expected: BreakerState) {
    let mut bench = Bench::standard();
    bench.calls(ends);
    assert_eq!(bench.state(), expected, "after {ends:?}");
}

#[test]
fn it_opens_when_half_of_at_least_five_calls_failed() {
    let closed = BreakerState::Closed;
    for ends in ["", "F", "FFFF", "SSSFF", "SFSFS", "SSSSSFFFF", "FSFS"] {
        check(ends, closed);
    }
    for ends in ["SSFFF", "FSFSF", "FFSSF", "SSSFFF", "SFSFSF", "SSSSFFFF"] {
        check(ends, open(5));
    }
}

#[test]
fn it_opens_after_five_failures_in_a_row_however_good_it_was_before() {
    let good = "S".repeat(100);
    check(&format!("{good}FFFF"), BreakerState::Closed);
    check(&format!("{good}FFFFF"), open(5));
    check(&format!("{good}FFFFSFFFF"), BreakerState::Closed);
}

#[test]
fn a_till_with_three_calls_a_minute_trips_too() {
    let pause = " ".repeat(600);
    let rare = format!("F{pause}");
    check(&rare.repeat(4), BreakerState::Closed);
    check(&format!("{}F", rare.repeat(4)), open(5));
    let each_20_s = format!("F{0}S{0}", " ".repeat(20));
    check(&each_20_s.repeat(10), BreakerState::Closed);
}

#[test]
fn only_failures_count_and_only_successes_break_a_row() {
    check(&"N".repeat(100), BreakerState::Closed);
    check("NNNNNNFFFFNNNN", BreakerState::Closed);
    check("FNFNFNFNF", open(5));
}

#[test]
fn what_is_older_than_the_window_is_forgotten() {
    let bad = "FFFFS";
    check(&format!("{bad}{}", " ".repeat(60)), BreakerState::Closed);
    check("SSSSSSFFF", BreakerState::Closed);
    check(&format!("SSSSSS{}FFFSF", " ".repeat(60)), open(5));
    check(
        &format!("SSSSSS{}FFFSF", " ".repeat(50)),
        BreakerState::Closed,
    );
}

#[test]
fn an_open_breaker_refuses_and_says_until_when() {
    let mut bench = Bench::opened();
    bench.pass(Duration::from_millis(1_500));
    let refusal = bench.admit().err().expect("it is open");
    let retry_in = Duration::from_millis(3_500);
    assert_eq!(refusal, BreakerRefusal::Open { retry_in });
    assert_eq!(
        refusal.to_string(),
        "too many calls failed; the next is let through in 3500 ms"
    );
    bench.check(BreakerState::Open { retry_in });
    bench.pass(retry_in - Duration::from_nanos(1));
    assert!(bench.admit().is_err());
    bench.pass(Duration::from_nanos(1));
    assert!(bench.admit().is_ok());
    let counts = bench.machine.counts();
    assert_eq!((counts.opened, counts.refused), (1, 2));
}

#[test]
fn an_open_one_whose_time_has_passed_shows_half_open_without_a_call() {
    let mut bench = Bench::opened();
    bench.check(open(5));
    bench.pass(5 * SECOND);
    bench.check(half_open(0));
    bench.pass(1_000 * SECOND);
    bench.check(half_open(0));
}

#[test]
fn a_good_probe_closes_it_with_a_clean_slate() {
    let mut bench = Bench::ready_to_probe();
    bench.calls("S");
    bench.check(BreakerState::Closed);
    bench.calls("FFFF");
    bench.check(BreakerState::Closed);
}

#[test]
fn one_probe_at_a_time() {
    let mut bench = Bench::ready_to_probe();
    let probe = bench.admit().unwrap();
    bench.check(half_open(1));
    assert_eq!(bench.admit().err(), Some(BreakerRefusal::Probing));
    bench.settle(probe, Verdict::Success);
    bench.check(BreakerState::Closed);
}

#[test]
fn several_probes_must_all_go_well() {
    let three = BreakerSettings {
        probes: 3.try_into().unwrap(),
        ..BreakerSettings::default()
    };
    let probing = || {
        let mut bench = Bench::new(three.clone());
        bench.calls("FFFFF     ");
        let probes = [(); 3].map(|()| bench.admit().unwrap());
        assert_eq!(bench.admit().err(), Some(BreakerRefusal::Probing));
        (bench, probes)
    };
    let (mut bench, [first, second, third]) = probing();
    bench.settle(first, Verdict::Success);
    bench.settle(second, Verdict::Success);
    bench.check(half_open(1));
    assert_eq!(bench.admit().err(), Some(BreakerRefusal::Probing));
    bench.settle(third, Verdict::Success);
    bench.check(BreakerState::Closed);

    let (mut bench, [first, second, third]) = probing();
    bench.settle(first, Verdict::Success);
    bench.settle(second, Verdict::Failure);
    bench.check(open(10));
    bench.settle(third, Verdict::Success);
    bench.check(open(10));
    assert_eq!(bench.machine.counts().late, 1);

    let (mut bench, [first, second, third]) = probing();
    bench.settle(first, Verdict::Success);
    bench.machine.abandon(second);
    let again = bench.admit().unwrap();
    bench.settle(third, Verdict::Success);
    bench.settle(again, Verdict::Success);
    bench.check(BreakerState::Closed);
}

#[test]
fn a_failed_probe_opens_it_for_twice_as_long_up_to_five_minutes() {
    let mut bench = Bench::opened();
    for seconds in [5, 10, 20, 40, 80, 160, 300, 300] {
        bench.check(open(seconds));
        bench.pass(Duration::from_secs(seconds));
        bench.calls("F");
    }
    for _ in 0..100 {
        bench.pass(300 * SECOND);
        bench.calls("F");
    }
    bench.check(open(300));
}

#[test]
fn chance_takes_up_to_a_fifth_of_the_open_time() {
    let mut bench = Bench::standard();
    for _ in 0..5 {
        let ticket = bench.admit().unwrap();
        bench
            .machine
            .settle(ticket, Verdict::Failure, bench.now, &Most);
    }
    bench.check(open(4));
    let spread: Vec<_> = (0..50)
        .map(|seed| {
            let chance = SeededChance::from_seed([seed; 32]);
            let mut bench = Bench::standard();
            for _ in 0..5 {
                let ticket = bench.admit().unwrap();
                bench
                    .machine
                    .settle(ticket, Verdict::Failure, bench.now, &chance);
            }
            bench.state()
        })
        .collect();
    assert!(spread.windows(2).all(|pair| pair[0] != pair[1]));
}

#[test]
fn the_open_time_starts_anew_only_after_a_healthy_while() {
    let healed_for = |healthy: Duration| {
        let mut bench = Bench::ready_to_probe();
        bench.calls("S");
        bench.pass(healthy);
        bench.calls("FFFFF");
        bench.state()
    };
    assert_eq!(healed_for(Duration::ZERO), open(10));
    assert_eq!(healed_for(Duration::from_millis(59_999)), open(10));
    assert_eq!(healed_for(60 * SECOND), open(5));
}

#[test]
fn the_open_time_starts_anew_after_many_good_calls_in_a_row() {
    let healed_by = |calls: &str| {
        let mut bench = Bench::ready_to_probe();
        bench.calls("S");
        bench.calls(calls);
        bench.calls("FFFFF");
        bench.state()
    };
    assert_eq!(healed_by(&"S".repeat(49)), open(10));
    assert_eq!(healed_by(&"S".repeat(50)), open(5));
    let flaky = ["S".repeat(49), "F".into(), "S".repeat(49)].concat();
    assert_eq!(healed_by(&flaky), open(10));
}

#[test]
fn a_probe_that_says_nothing_gives_its_place_back() {
    let mut bench = Bench::ready_to_probe();
    bench.calls("NNN");
    bench.check(half_open(0));
    let probe = bench.admit().unwrap();
    bench.machine.abandon(probe);
    bench.check(half_open(0));
    assert_eq!(bench.machine.counts().abandoned, 1);
    bench.calls("S");
    bench.check(BreakerState::Closed);
}

#[test]
fn a_dropped_probe_leaves_it_half_open_until_the_deadline_and_then_it_opens_again() {
    let mut bench = Bench::ready_to_probe();
    let probe = bench.admit().unwrap();
    bench.machine.abandon(probe);
    bench.pass(Duration::from_millis(9_999));
    bench.check(half_open(0));
    bench.pass(Duration::from_millis(1));
    bench.check(open(10));
    assert!(bench.admit().is_err());
    bench.pass(10 * SECOND);
    bench.calls("S");
    bench.check(BreakerState::Closed);
}

#[test]
fn a_probe_that_never_ends_has_failed_at_its_deadline_and_its_late_end_is_ignored() {
    for verdict in [Verdict::Success, Verdict::Failure, Verdict::Neutral] {
        let mut bench = Bench::ready_to_probe();
        let probe = bench.admit().unwrap();
        bench.pass(10 * SECOND);
        bench.check(open(10));
        bench.settle(probe, verdict);
        bench.check(open(10));
        assert_eq!(bench.machine.counts().late, 1);
        assert!(bench.admit().is_err());
    }
}

#[test]
fn each_probe_has_the_whole_deadline() {
    let mut bench = Bench::ready_to_probe();
    let probe = bench.admit().unwrap();
    bench.pass(9 * SECOND);
    bench.machine.abandon(probe);
    let probe = bench.admit().unwrap();
    bench.pass(Duration::from_millis(9_999));
    bench.settle(probe, Verdict::Success);
    bench.check(BreakerState::Closed);
}

#[test]
fn a_half_open_time_that_passed_unseen_is_over() {
    let mut bench = Bench::ready_to_probe();
    let _never_ends = bench.admit().unwrap();
    bench.pass(20 * SECOND);
    bench.check(half_open(0));
    let probe = bench.admit().unwrap();
    bench.settle(probe, Verdict::Failure);
    bench.check(open(20));
}

#[test]
fn the_late_end_of_a_call_from_before_is_ignored() {
    for verdict in [Verdict::Success, Verdict::Failure] {
        let mut bench = Bench::standard();
        let [slow, slower] = [(); 2].map(|()| bench.admit().unwrap());
        bench.calls("FFFFF");
        bench.settle(slow, verdict);
        bench.check(open(5));
        bench.pass(5 * SECOND);
        let probe = bench.admit().unwrap();
        bench.settle(slower, verdict);
        bench.check(half_open(1));
        bench.settle(probe, Verdict::Success);
        bench.check(BreakerState::Closed);
        assert_eq!(bench.machine.counts().late, 2);
    }
}

#[test]
fn by_hand_it_is_isolated_or_forced_closed_until_released() {
    let mut bench = Bench::standard();
    let earlier = bench.admit().unwrap();
    bench.machine.isolate();
    bench.check(BreakerState::Isolated);
    assert_eq!(bench.admit().err(), Some(BreakerRefusal::Isolated));
    bench.settle(earlier, Verdict::Failure);
    bench.pass(100_000 * SECOND);
    bench.check(BreakerState::Isolated);

    bench.machine.force_closed();
    bench.calls(&"F".repeat(100));
    bench.check(BreakerState::ForcedClosed);

    bench.machine.release(bench.now);
    bench.check(BreakerState::Closed);
    bench.calls("FFFF");
    bench.check(BreakerState::Closed);
    bench.calls("F");
    bench.check(open(5));
}

#[test]
fn releasing_holds_nothing_against_the_upstream_whatever_its_breaker_does() {
    let mut bench = Bench::standard();
    let earlier = bench.admit().unwrap();
    bench.calls("FFFF");
    bench.machine.release(bench.now);
    bench.calls("FFFF");
    bench.settle(earlier, Verdict::Failure);
    bench.check(BreakerState::Closed);
    bench.calls("F");
    bench.check(open(5));

    bench.machine.release(bench.now);
    bench.check(BreakerState::Closed);
    // Opened for the first time, again.
    bench.calls("FFFFF");
    bench.check(open(5));

    bench.pass(5 * SECOND);
    let probe = bench.admit().unwrap();
    bench.machine.release(bench.now);
    bench.check(BreakerState::Closed);
    bench.settle(probe, Verdict::Failure);
    bench.check(BreakerState::Closed);
}

#[test]
fn what_a_person_says_is_told_to_the_machine() {
    let now = Instant::now();
    let breaker = Breaker::new(BreakerSettings::default(), Arc::new(Least), now);
    breaker.force_closed();
    assert_eq!(breaker.state(now), BreakerState::ForcedClosed);
    breaker.isolate();
    assert_eq!(breaker.state(now), BreakerState::Isolated);
    breaker.release(now);
    assert_eq!(breaker.state(now), BreakerState::Closed);
}

#[test]
fn times_without_end_do_not_overflow() {
    let endless = BreakerSettings {
        open_first: Duration::MAX,
        open_max: Duration::MAX,
        probe_deadline: Duration::MAX,
        healthy_after: Duration::MAX,
        window: Duration::MAX,
        ..BreakerSettings::default()
    };
    let mut bench = Bench::new(endless);
    bench.calls("FFFFF");
    bench.pass(crate::retry::TIMER_MAX);
    bench.calls("F");
    bench.check(BreakerState::Open {
        retry_in: crate::retry::TIMER_MAX,
    });
}

/// What can happen to a breaker.
#[derive(Debug, Clone)]
enum Step {
    Admit,
    /// The chosen one of the calls under way.
    Settle(prop::sample::Index, Verdict),
    Drop(prop::sample::Index),
    /// Whole buckets of the window, so that the model may count exactly.
    Pass(u64),
    Isolate,
    ForceClosed,
    Release,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let verdict = prop_oneof![
        2 => Just(Verdict::Success),
        5 => Just(Verdict::Failure),
        1 => Just(Verdict::Neutral)
    ];
    let step = prop_oneof![
        12 => Just(Step::Admit),
        10 => (any::<prop::sample::Index>(), verdict).prop_map(|(which, verdict)| Step::Settle(which, verdict)),
        2 => any::<prop::sample::Index>().prop_map(Step::Drop),
        4 => (1_u64..12).prop_map(Step::Pass),
        1 => Just(Step::Isolate),
        1 => Just(Step::ForceClosed),
        2 => Just(Step::Release),
    ];
    prop::collection::vec(step, 0..300)
}

/// A breaker that remembers everything and works its state out of that. Times are in buckets of six seconds.
#[derive(Debug)]
struct Model {
    probes: u32,
    now: u64,
    era: u64,
    openings: u32,
    mode: Mode,
}

#[derive(Debug, Clone)]
enum Mode {
    Closed {
        since: u64,
        ends: Vec<(u64, Verdict)>,
    },
    Open {
        until: u64,
    },
    Half {
        out: u32,
        good: u32,
        deadline: u64,
        again: u64,
    },
    Isolated,
    Forced,
}

impl Model {
    fn new(probes: u32) -> Self {
        Self {
            probes,
            now: 0,
            era: 0,
            openings: 0,
            mode: Mode::Closed {
                since: 0,
                ends: Vec::new(),
            },
        }
    }

    fn turn(&mut self, mode: Mode) {
        self.mode = mode;
        self.era += 1;
    }

    /// 6 s, doubled each time, at most 96 s.
    fn open_for(&self) -> u64 {
        [1, 2, 4, 8, 16][self.openings.min(4) as usize]
    }

    fn catch_up(&mut self) {
        if let Mode::Half {
            deadline, again, ..
        } = self.mode
            && self.now >= deadline
        {
            self.openings += 1;
            self.turn(Mode::Open {
                until: deadline + again,
            });
        }
        if let Mode::Open { until } = self.mode
            && self.now >= until
        {
            let again = self.open_for();
            self.turn(Mode::Half {
                out: 0,
                good: 0,
                deadline: self.now + 2,
                again,
            });
        }
    }

    fn admit(&mut self) -> Option<u64> {
        self.catch_up();
        let let_through = match &mut self.mode {
            Mode::Closed { .. } | Mode::Forced => true,
            Mode::Open { .. } | Mode::Isolated => false,
            Mode::Half {
                out,
                good,
                deadline,
                ..
            } => {
                let room = *out + *good < self.probes;
                if room {
                    *out += 1;
                    *deadline = self.now + 2;
                }
                room
            }
        };
        let_through.then_some(self.era)
    }

    fn drop(&mut self, era: u64) {
        if let Mode::Half { out, .. } = &mut self.mode
            && era == self.era
        {
            *out -= 1;
        }
    }

    fn settle(&mut self, era: u64, verdict: Verdict) {
        self.catch_up();
        if era != self.era {
            return;
        }
        let now = self.now;
        match (&mut self.mode, verdict) {
            (Mode::Closed { ends, .. }, _) => {
                ends.push((now, verdict));
                if verdict == Verdict::Failure && self.is_failing() {
                    self.open();
                }
            }
            (Mode::Half { .. }, Verdict::Neutral) => self.drop(era),
            (Mode::Half { again, .. }, Verdict::Failure) => {
                let until = now + *again;
                self.openings += 1;
                self.turn(Mode::Open { until });
            }
            (Mode::Half { out, good, .. }, Verdict::Success) => {
                *out -= 1;
                *good += 1;
                if *good == self.probes {
                    self.turn(Mode::Closed {
                        since: now,
                        ends: Vec::new(),
                    });
                }
            }
            _ => {}
        }
    }

    fn is_failing(&self) -> bool {
        let Mode::Closed { ends, .. } = &self.mode else {
            return false;
        };
        let heard: Vec<_> = ends
            .iter()
            .filter(|(_, verdict)| *verdict != Verdict::Neutral)
            .collect();
        let recent: Vec<_> = heard.iter().filter(|(at, _)| self.now - at < 10).collect();
        let failed = recent
            .iter()
            .filter(|(_, verdict)| *verdict == Verdict::Failure)
            .count();
        let in_a_row = heard
            .iter()
            .rev()
            .take_while(|(_, verdict)| *verdict == Verdict::Failure)
            .count();
        in_a_row >= 5 || (recent.len() >= 5 && failed * 2 >= recent.len())
    }

    fn open(&mut self) {
        if let Mode::Closed { since, .. } = self.mode
            && self.now - since >= 10
        {
            self.openings = 0;
        }
        let until = self.now + self.open_for();
        self.openings += 1;
        self.turn(Mode::Open { until });
    }

    fn by_hand(&mut self, mode: Mode) {
        self.turn(mode);
    }

    fn release(&mut self) {
        self.openings = 0;
        self.turn(Mode::Closed {
            since: self.now,
            ends: Vec::new(),
        });
    }

    fn state(&self) -> BreakerState {
        let waits = |until: u64| match until.saturating_sub(self.now) {
            0 => half_open(0),
            buckets => open(buckets * 6),
        };
        match self.mode {
            Mode::Closed { .. } => BreakerState::Closed,
            Mode::Open { until } => waits(until),
            Mode::Half {
                deadline, again, ..
            } if self.now >= deadline => waits(deadline + again),
            Mode::Half { out, .. } => half_open(out),
            Mode::Isolated => BreakerState::Isolated,
            Mode::Forced => BreakerState::ForcedClosed,
        }
    }
}

/// Runs the machine beside the model and compares them after every step.
fn agrees_with_the_model(probes: u32, steps: &[Step]) -> Result<(), TestCaseError> {
    let bucket = 6 * SECOND;
    let mut bench = Bench::new(BreakerSettings {
        probes: probes.try_into().unwrap(),
        probe_deadline: 2 * bucket,
        open_first: bucket,
        open_max: 16 * bucket,
        ..BreakerSettings::default()
    });
    let mut model = Model::new(probes);
    let mut under_way = Vec::new();
    for step in steps {
        match step {
            Step::Admit => match (bench.admit(), model.admit()) {
                (Ok(ticket), Some(era)) => under_way.push((ticket, era)),
                (Err(_), None) => {}
                (got, expected) => prop_assert!(false, "{:?}, {expected:?}", got.is_ok()),
            },
            Step::Settle(which, verdict) if !under_way.is_empty() => {
                let (ticket, era) = under_way.swap_remove(which.index(under_way.len()));
                bench.settle(ticket, *verdict);
                model.settle(era, *verdict);
            }
            Step::Drop(which) if !under_way.is_empty() => {
                let (ticket, era) = under_way.swap_remove(which.index(under_way.len()));
                bench.machine.abandon(ticket);
                model.drop(era);
            }
            Step::Settle(..) | Step::Drop(_) => {}
            Step::Pass(buckets) => {
                let buckets_taken = u32::try_from(*buckets).unwrap();
                bench.pass(bucket * buckets_taken);
                model.now += buckets;
            }
            Step::Isolate => {
                bench.machine.isolate();
                model.by_hand(Mode::Isolated);
            }
            Step::ForceClosed => {
                bench.machine.force_closed();
                model.by_hand(Mode::Forced);
            }
            Step::Release => {
                bench.machine.release(bench.now);
                model.release();
            }
        }
        prop_assert_eq!(
            bench.state(),
            model.state(),
            "after {:?}: {:?}",
            step,
            model
        );
        if let BreakerState::HalfOpen { probing } = bench.state() {
            prop_assert!(probing <= probes);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_events_ends_as_in_the_model(probes in 1_u32..4, steps in steps()) {
        agrees_with_the_model(probes, &steps)?;
    }
}

#[test]
fn under_any_schedule_one_probe_goes_through_and_its_permit_comes_back() {
    schedule::explore(500, || {
        let now = Instant::now();
        let breaker = Breaker::new(BreakerSettings::default(), Arc::new(Least), now);
        for _ in 0..5 {
            breaker.admit(now).unwrap().settle(Verdict::Failure, now);
        }
        let now = now + 5 * SECOND;
        let probing = Arc::new(AtomicU32::new(0));
        let callers: Vec<_> = (0..4)
            .map(|caller| {
                let (breaker, probing) = (Arc::clone(&breaker), Arc::clone(&probing));
                shuttle::thread::spawn(move || {
                    let Ok(admission) = breaker.admit(now) else {
                        return;
                    };
                    assert_eq!(probing.fetch_add(1, Ordering::SeqCst), 0);
                    shuttle::thread::yield_now();
                    probing.fetch_sub(1, Ordering::SeqCst);
                    match caller {
                        0 | 1 => drop(admission),
                        _ => admission.settle(Verdict::Neutral, now),
                    }
                })
            })
            .collect();
        for caller in callers {
            caller.join().unwrap();
        }
        assert_eq!(breaker.state(now), half_open(0));
        breaker.admit(now).unwrap().settle(Verdict::Success, now);
        assert_eq!(breaker.state(now), BreakerState::Closed);
    });
}

#[test]
fn under_any_schedule_isolation_outlives_the_calls_that_were_under_way() {
    schedule::explore(500, || {
        let now = Instant::now();
        let breaker = Breaker::new(BreakerSettings::default(), Arc::new(Least), now);
        let callers: Vec<_> = (0..3)
            .map(|_| {
                let breaker = Arc::clone(&breaker);
                shuttle::thread::spawn(move || {
                    for _ in 0..3 {
                        if let Ok(admission) = breaker.admit(now) {
                            admission.settle(Verdict::Failure, now);
                        }
                    }
                })
            })
            .collect();
        breaker.isolate();
        assert_eq!(breaker.state(now), BreakerState::Isolated);
        for caller in callers {
            caller.join().unwrap();
        }
        assert_eq!(breaker.state(now), BreakerState::Isolated);
        breaker.release(now);
        assert_eq!(breaker.state(now), BreakerState::Closed);
    });
}

#[derive(Debug, PartialEq, Eq)]
enum Failure {
    Refused(BreakerRefusal),
    Broken,
    Unlucky,
}

impl From<BreakerRefusal> for Failure {
    fn from(refusal: BreakerRefusal) -> Self {
        Self::Refused(refusal)
    }
}

fn judged(end: &Result<u16, Failure>) -> Verdict {
    match end {
        Ok(status) if *status >= 500 => Verdict::Failure,
        Ok(_) => Verdict::Success,
        Err(Failure::Broken) => Verdict::Failure,
        Err(_) => Verdict::Neutral,
    }
}

/// What the upstream does next: nothing for this long, and then this.
type Script = Arc<Mutex<(Duration, Result<u16, ()>)>>;

/// A breaker around an upstream that a test changes as it goes.
fn upstream() -> (
    Arc<Breaker>,
    Script,
    Arc<AtomicU32>,
    impl Service<(), Response = u16, Error = Failure, Future: Send + 'static> + Clone,
) {
    let breaker = Breaker::new(BreakerSettings::default(), Arc::new(Least), Instant::now());
    let script: Script = Arc::new(Mutex::new((Duration::ZERO, Ok(200))));
    let calls = Arc::new(AtomicU32::new(0));
    let inner = {
        let (script, calls) = (Arc::clone(&script), Arc::clone(&calls));
        service_fn(move |()| {
            calls.fetch_add(1, Ordering::SeqCst);
            let (delay, end) = *script.lock().unwrap();
            async move {
                sleep(delay).await;
                end.map_err(|()| Failure::Broken)
            }
        })
    };
    let service = Arc::clone(&breaker).before(inner, judged);
    (breaker, script, calls, service)
}

#[tokio::test(start_paused = true)]
async fn the_layer_refuses_without_a_call_and_heals_by_one() {
    let (breaker, script, calls, service) = upstream();
    *script.lock().unwrap() = (SECOND, Err(()));
    for _ in 0..5 {
        assert_eq!(service.clone().oneshot(()).await, Err(Failure::Broken));
    }
    let refused = service.clone().oneshot(()).await;
    let retry_in = 5 * SECOND;
    assert_eq!(
        refused,
        Err(Failure::Refused(BreakerRefusal::Open { retry_in }))
    );
    assert_eq!(calls.load(Ordering::SeqCst), 5);
    advance(retry_in).await;
    *script.lock().unwrap() = (SECOND, Ok(200));
    assert_eq!(service.clone().oneshot(()).await, Ok(200));
    assert_eq!(breaker.state(Instant::now()), BreakerState::Closed);
}

#[tokio::test(start_paused = true)]
async fn of_a_thousand_calls_at_once_one_is_the_probe() {
    let (breaker, script, calls, service) = upstream();
    *script.lock().unwrap() = (Duration::ZERO, Ok(503));
    for _ in 0..5 {
        assert_eq!(service.clone().oneshot(()).await, Ok(503));
    }
    advance(5 * SECOND).await;
    *script.lock().unwrap() = (SECOND, Ok(204));
    let all = futures::future::join_all((0..1_000).map(|_| service.clone().oneshot(()))).await;
    let through = all.iter().filter(|end| **end == Ok(204)).count();
    let probing = Err(Failure::Refused(BreakerRefusal::Probing));
    let refused = all.iter().filter(|end| **end == probing).count();
    assert_eq!((through, refused), (1, 999));
    assert_eq!(calls.load(Ordering::SeqCst), 6);
    assert_eq!(breaker.state(Instant::now()), BreakerState::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_probe_whose_caller_leaves_makes_room_for_the_next() {
    let (breaker, script, _, service) = upstream();
    *script.lock().unwrap() = (Duration::ZERO, Err(()));
    for _ in 0..5 {
        let _ = service.clone().oneshot(()).await;
    }
    advance(5 * SECOND).await;
    *script.lock().unwrap() = (SECOND, Ok(200));
    let probe = tokio::spawn(service.clone().oneshot(()));
    tokio::task::yield_now().await;
    assert_eq!(breaker.state(Instant::now()), half_open(1));
    probe.abort();
    assert!(probe.await.unwrap_err().is_cancelled());
    assert_eq!(breaker.state(Instant::now()), half_open(0));
    assert_eq!(breaker.counts().abandoned, 1);
    assert_eq!(service.oneshot(()).await, Ok(200));
}

#[tokio::test]
async fn a_panic_in_a_call_gives_its_place_back() {
    let breaker = Breaker::new(BreakerSettings::default(), Arc::new(Least), Instant::now());
    let inner = service_fn(|()| async {
        if std::hint::black_box(true) {
            panic!("a mistake in a program");
        }
        Err::<u16, _>(Failure::Unlucky)
    });
    let service = Arc::clone(&breaker).before(inner, judged);
    assert!(
        tokio::spawn(service.oneshot(()))
            .await
            .unwrap_err()
            .is_panic()
    );
    assert_eq!(breaker.counts().abandoned, 1);
}
