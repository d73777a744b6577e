//! The breaker's states and what moves it from one to the next.

use std::{num::NonZeroU32, time::Duration};

use tokio::time::Instant;

use crate::{
    chance::Chance,
    retry::{TIMER_MAX, up_to},
    window::Window,
};

/// When a breaker opens, and for how long. Times longer than [`TIMER_MAX`] count as that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BreakerSettings {
    /// Opens when this share of the window's calls failed,
    pub failure_percent: u64,
    /// provided there were so many: a till makes few calls, and one failure of one is no pattern.
    pub calls_min: u64,
    /// How far back calls are counted.
    pub window: Duration,
    /// Opens also after so many failures in a row, however many calls went well before.
    pub consecutive_failures_max: u32,
    /// Calls let through at once to find out whether the upstream has healed; as many must go well.
    pub probes: NonZeroU32,
    /// A probe that has not ended by then has failed: the longest that one try may take.
    pub probe_deadline: Duration,
    /// How long it stays open the first time; each time after that twice as long.
    pub open_first: Duration,
    /// The longest it stays open.
    pub open_max: Duration,
    /// After being closed for so long, the next opening is a first one again.
    pub healthy_after: Duration,
    /// So is it after so many good calls in a row, however soon: a server that fails again now fails anew.
    pub healthy_calls: u32,
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self {
            failure_percent: 50,
            calls_min: 5,
            window: Duration::from_secs(60),
            consecutive_failures_max: 5,
            probes: NonZeroU32::MIN,
            probe_deadline: Duration::from_secs(10),
            open_first: Duration::from_secs(5),
            open_max: Duration::from_secs(300),
            healthy_after: Duration::from_secs(60),
            healthy_calls: 50,
        }
    }
}

/// What the end of a call says about the upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It works.
    Success,
    /// It does not.
    Failure,
    /// Nothing.
    Neutral,
}

/// What a breaker would do with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakerState {
    /// Let it through.
    Closed,
    /// Refuse it.
    Open {
        /// From now until a probe is let through.
        retry_in: Duration,
    },
    /// Let it through as a probe, if there is room for one.
    HalfOpen {
        /// Probes under way.
        probing: u32,
    },
    /// Refuse it: a person said so.
    Isolated,
    /// Let it through: a person said so.
    ForcedClosed,
}

/// Why a call is not let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BreakerRefusal {
    /// Too many calls failed.
    #[error("too many calls failed; the next is let through in {} ms", retry_in.as_millis())]
    Open {
        /// From now until a probe is let through.
        retry_in: Duration,
    },
    /// Others are finding out whether it works again.
    #[error("too many calls failed; another call is just finding out whether it works again")]
    Probing,
    /// A person isolated the upstream.
    #[error("it was isolated by hand; release it to call it again")]
    Isolated,
}

/// What a breaker has counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BreakerCounts {
    /// Times it opened.
    pub opened: u64,
    /// Calls it refused.
    pub refused: u64,
    /// Calls dropped before they had an end.
    pub abandoned: u64,
    /// Ends that were ignored, since the breaker had moved on.
    pub late: u64,
}

/// The breaker without its lock.
pub(super) struct Machine {
    settings: BreakerSettings,
    phase: Phase,
    /// Grows whenever the phase changes; a ticket of an older one no longer counts.
    generation: u64,
    /// Openings since the upstream was last healthy for long.
    openings: u32,
    counts: BreakerCounts,
}

/// A call that was let through.
pub(super) struct Ticket {
    generation: u64,
}

enum Phase {
    Closed {
        since: Instant,
        /// Failures are marked.
        recent: Box<Window>,
        failures_in_a_row: u32,
        good_in_a_row: u32,
    },
    Open {
        until: Instant,
    },
    HalfOpen {
        probing: u32,
        good: u32,
        /// When the latest probe is too late.
        deadline: Instant,
        /// Drawn when the phase begins, so that looking at the state later needs no chance.
        reopens_for: Duration,
    },
    Isolated,
    ForcedClosed,
}

impl Machine {
    pub(super) fn new(settings: BreakerSettings, now: Instant) -> Self {
        Self {
            phase: closed(&settings, now),
            settings,
            generation: 0,
            openings: 0,
            counts: BreakerCounts::default(),
        }
    }

    pub(super) fn counts(&self) -> BreakerCounts {
        self.counts
    }

    pub(super) fn state(&self, now: Instant) -> BreakerState {
        match &self.phase {
            Phase::Closed { .. } => BreakerState::Closed,
            Phase::Open { until } => open_or_ready(*until, now),
            Phase::HalfOpen {
                deadline,
                reopens_for,
                ..
            } if now >= *deadline => open_or_ready(*deadline + *reopens_for, now),
            Phase::HalfOpen { probing, .. } => BreakerState::HalfOpen { probing: *probing },
            Phase::Isolated => BreakerState::Isolated,
            Phase::ForcedClosed => BreakerState::ForcedClosed,
        }
    }

    pub(super) fn admit(
        &mut self,
        now: Instant,
        chance: &dyn Chance,
    ) -> Result<Ticket, BreakerRefusal> {
        self.pass_time(now, chance);
        match self.take_place(now) {
            Ok(()) => Ok(Ticket {
                generation: self.generation,
            }),
            Err(refusal) => {
                self.counts.refused += 1;
                Err(refusal)
            }
        }
    }

    fn take_place(&mut self, now: Instant) -> Result<(), BreakerRefusal> {
        let too_late = now + self.probe_time();
        match &mut self.phase {
            Phase::Closed { .. } | Phase::ForcedClosed => Ok(()),
            Phase::Isolated => Err(BreakerRefusal::Isolated),
            Phase::Open { until } => Err(BreakerRefusal::Open {
                retry_in: until.saturating_duration_since(now),
            }),
            Phase::HalfOpen { probing, good, .. }
                if *probing + *good >= self.settings.probes.get() =>
            {
                Err(BreakerRefusal::Probing)
            }
            Phase::HalfOpen {
                probing, deadline, ..
            } => {
                *probing += 1;
                *deadline = (*deadline).max(too_late);
                Ok(())
            }
        }
    }

    pub(super) fn settle(
        &mut self,
        ticket: Ticket,
        verdict: Verdict,
        now: Instant,
        chance: &dyn Chance,
    ) {
        self.pass_time(now, chance);
        if ticket.generation != self.generation {
            self.counts.late += 1;
            return;
        }
        match verdict {
            Verdict::Success => self.succeeded(now),
            Verdict::Failure => self.failed(now, chance),
            Verdict::Neutral => self.give_place_back(),
        }
    }

    pub(super) fn abandon(&mut self, ticket: Ticket) {
        self.counts.abandoned += 1;
        if ticket.generation == self.generation {
            self.give_place_back();
        }
    }

    fn give_place_back(&mut self) {
        if let Phase::HalfOpen { probing, .. } = &mut self.phase {
            *probing -= 1;
        }
    }

    fn succeeded(&mut self, now: Instant) {
        match &mut self.phase {
            Phase::Closed {
                recent,
                failures_in_a_row,
                good_in_a_row,
                ..
            } => {
                recent.add_usual(now);
                *failures_in_a_row = 0;
                *good_in_a_row = good_in_a_row.saturating_add(1);
                if *good_in_a_row >= self.settings.healthy_calls {
                    self.openings = 0;
                }
            }
            Phase::HalfOpen { probing, good, .. } => {
                *probing -= 1;
                *good += 1;
                if *good >= self.settings.probes.get() {
                    self.enter(closed(&self.settings, now));
                }
            }
            Phase::Open { .. } | Phase::Isolated | Phase::ForcedClosed => {}
        }
    }

    fn failed(&mut self, now: Instant, chance: &dyn Chance) {
        match &mut self.phase {
            Phase::Closed {
                recent,
                failures_in_a_row,
                good_in_a_row,
                ..
            } => {
                recent.add_marked(now);
                *failures_in_a_row += 1;
                *good_in_a_row = 0;
                if is_failing(&self.settings, recent, *failures_in_a_row, now) {
                    self.trip(now, chance);
                }
            }
            Phase::HalfOpen { reopens_for, .. } => {
                let until = now + *reopens_for;
                self.open(until);
            }
            Phase::Open { .. } | Phase::Isolated | Phase::ForcedClosed => {}
        }
    }

    fn trip(&mut self, now: Instant, chance: &dyn Chance) {
        if let Phase::Closed { since, .. } = self.phase
            && now.saturating_duration_since(since) >= self.settings.healthy_after
        {
            self.openings = 0;
        }
        let until = now + self.open_time(chance);
        self.open(until);
    }

    fn open(&mut self, until: Instant) {
        self.openings = self.openings.saturating_add(1);
        self.counts.opened += 1;
        self.enter(Phase::Open { until });
    }

    /// How long the next opening lasts. Chance takes up to a fifth away, so that tills that saw the same failure do not
    /// come back together.
    fn open_time(&self, chance: &dyn Chance) -> Duration {
        let factor = 2_u32.saturating_pow(self.openings);
        let whole = self
            .settings
            .open_first
            .saturating_mul(factor)
            .min(self.settings.open_max)
            .min(TIMER_MAX);
        whole - up_to(whole / 5, chance)
    }

    fn probe_time(&self) -> Duration {
        self.settings.probe_deadline.min(TIMER_MAX)
    }

    /// What the clock alone has changed: an open breaker becomes half-open, a half-open one without a verdict opens again.
    fn pass_time(&mut self, now: Instant, chance: &dyn Chance) {
        if let Phase::HalfOpen {
            deadline,
            reopens_for,
            ..
        } = self.phase
            && now >= deadline
        {
            self.open(deadline + reopens_for);
        }
        if let Phase::Open { until } = self.phase
            && now >= until
        {
            let reopens_for = self.open_time(chance);
            self.enter(Phase::HalfOpen {
                probing: 0,
                good: 0,
                deadline: now + self.probe_time(),
                reopens_for,
            });
        }
    }

    pub(super) fn isolate(&mut self) {
        self.enter(Phase::Isolated);
    }

    pub(super) fn force_closed(&mut self) {
        self.enter(Phase::ForcedClosed);
    }

    pub(super) fn release(&mut self, now: Instant) {
        self.openings = 0;
        self.enter(closed(&self.settings, now));
    }

    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.generation += 1;
    }
}

fn closed(settings: &BreakerSettings, now: Instant) -> Phase {
    Phase::Closed {
        since: now,
        recent: Box::new(Window::new(settings.window, now)),
        failures_in_a_row: 0,
        good_in_a_row: 0,
    }
}

fn open_or_ready(until: Instant, now: Instant) -> BreakerState {
    let retry_in = until.saturating_duration_since(now);
    if retry_in.is_zero() {
        return BreakerState::HalfOpen { probing: 0 };
    }
    BreakerState::Open { retry_in }
}

fn is_failing(
    settings: &BreakerSettings,
    recent: &Window,
    failures_in_a_row: u32,
    now: Instant,
) -> bool {
    let recent = recent.counts(now);
    let often = recent.all() >= settings.calls_min
        && recent.marked.saturating_mul(100)
            >= recent.all().saturating_mul(settings.failure_percent);
    often || failures_in_a_row >= settings.consecutive_failures_max
}
