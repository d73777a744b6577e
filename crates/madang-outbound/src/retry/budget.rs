//! How much of the traffic to an origin may be retries: when everything fails, retries would multiply the load that broke it.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use crate::{lock::Lock, window::Window};

/// Bounds on retries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetSettings {
    /// Retries for each hundred calls of the window.
    pub percent: u64,
    /// Retries in each window beyond those, so that a till with one call a minute may retry at all.
    pub floor: u64,
    /// How far back calls and retries are counted.
    pub window: Duration,
    /// Retries waiting or under way at once: more of them only wait for the same trouble to end.
    pub concurrent_max: u32,
}

impl Default for BudgetSettings {
    fn default() -> Self {
        Self {
            percent: 20,
            floor: 3,
            window: Duration::from_secs(10),
            concurrent_max: 3,
        }
    }
}

/// Why a retry is not made now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BudgetRefusal {
    /// Enough of the recent traffic was retries.
    #[error("too much of the recent traffic was retries; wait until fewer calls fail")]
    Share,
    /// As many retries as may be are under way.
    #[error("{concurrent_max} retries are already under way")]
    Concurrent {
        /// The bound.
        concurrent_max: u32,
    },
}

/// What a budget has counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BudgetCounts {
    /// Retries waiting or under way.
    pub concurrent: u32,
    /// Retries allowed so far.
    pub allowed: u64,
    /// Retries refused so far.
    pub refused: u64,
}

/// The budget of one origin, shared by all calls to it.
pub struct RetryBudget {
    settings: BudgetSettings,
    spent: Lock<Spent>,
}

struct Spent {
    /// Calls are usual, retries are marked.
    recent: Window,
    counts: BudgetCounts,
}

impl RetryBudget {
    /// A budget with nothing spent.
    pub fn new(settings: BudgetSettings, now: Instant) -> Arc<Self> {
        let recent = Window::new(settings.window, now);
        Arc::new(Self {
            settings,
            spent: Lock::new(Spent {
                recent,
                counts: BudgetCounts::default(),
            }),
        })
    }

    /// Counts the first try of a call, which is what retries are measured by.
    pub fn call(&self, now: Instant) {
        self.spent.with(|spent| spent.recent.add_usual(now));
    }

    /// Asks for one retry; the permit is held while it waits and until it has ended.
    pub fn retry(self: &Arc<Self>, now: Instant) -> Result<RetryPermit, BudgetRefusal> {
        self.spent.with(|spent| spent.retry(&self.settings, now))?;
        Ok(RetryPermit {
            budget: Arc::clone(self),
        })
    }

    /// What it has counted.
    pub fn counts(&self) -> BudgetCounts {
        self.spent.with(|spent| spent.counts)
    }
}

impl Spent {
    fn retry(&mut self, settings: &BudgetSettings, now: Instant) -> Result<(), BudgetRefusal> {
        if let Err(refusal) = self.has_room(settings, now) {
            self.counts.refused += 1;
            return Err(refusal);
        }
        self.recent.add_marked(now);
        self.counts.allowed += 1;
        self.counts.concurrent += 1;
        Ok(())
    }

    fn has_room(&self, settings: &BudgetSettings, now: Instant) -> Result<(), BudgetRefusal> {
        let concurrent_max = settings.concurrent_max;
        if self.counts.concurrent >= concurrent_max {
            return Err(BudgetRefusal::Concurrent { concurrent_max });
        }
        let recent = self.recent.counts(now);
        let share = recent.usual.saturating_mul(settings.percent) / 100;
        if recent.marked >= share.saturating_add(settings.floor) {
            return Err(BudgetRefusal::Share);
        }
        Ok(())
    }
}

/// One retry, from its wait to its end.
#[must_use = "dropping it ends the retry"]
pub struct RetryPermit {
    budget: Arc<RetryBudget>,
}

impl Drop for RetryPermit {
    fn drop(&mut self) {
        self.budget.spent.with(|spent| spent.counts.concurrent -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(start: Instant, ms: u64) -> Instant {
        start + Duration::from_millis(ms)
    }

    /// Retries allowed one after the other in the moment after so many calls.
    #[track_caller]
    fn check(calls: u64, expected: u64) {
        let start = Instant::now();
        let budget = RetryBudget::new(BudgetSettings::default(), start);
        (0..calls).for_each(|_| budget.call(start));
        let allowed = (0..1_000).filter(|_| budget.retry(start).is_ok()).count() as u64;
        assert_eq!(allowed, expected, "after {calls} calls");
        assert!(matches!(budget.retry(start), Err(BudgetRefusal::Share)));
        assert_eq!(
            budget.counts(),
            BudgetCounts {
                concurrent: 0,
                allowed,
                refused: 1_001 - allowed
            }
        );
    }

    #[test]
    fn three_retries_are_always_there_and_one_for_every_five_calls() {
        check(0, 3);
        check(1, 3);
        check(4, 3);
        check(5, 4);
        check(9, 4);
        check(100, 23);
    }

    #[test]
    fn what_was_spent_comes_back_with_the_window() {
        let start = Instant::now();
        let budget = RetryBudget::new(BudgetSettings::default(), start);
        for _ in 0..3 {
            drop(budget.retry(start).unwrap());
        }
        assert!(budget.retry(at(start, 9_999)).is_err());
        assert!(budget.retry(at(start, 10_000)).is_ok());
    }

    #[test]
    fn an_outage_is_met_with_a_fifth_more_load_and_the_floor() {
        let start = Instant::now();
        let budget = RetryBudget::new(BudgetSettings::default(), start);
        let (mut calls, mut retries) = (0_u64, 0_u64);
        for ms in (0..600_000).step_by(20) {
            budget.call(at(start, ms));
            calls += 1;
            // Each call would retry twice.
            retries += (0..2)
                .filter(|_| budget.retry(at(start, ms)).is_ok())
                .count() as u64;
        }
        let windows = 60;
        assert!(
            retries <= calls / 5 + 3 * (windows + 1),
            "{retries} of {calls}"
        );
        assert!(retries >= calls / 6, "{retries} of {calls}");
    }

    #[test]
    fn three_retries_at_once_and_a_dropped_permit_makes_room() {
        let start = Instant::now();
        let budget = RetryBudget::new(BudgetSettings::default(), start);
        (0..100).for_each(|_| budget.call(start));
        let mut held: Vec<_> = (0..3).map(|_| budget.retry(start).unwrap()).collect();
        let refusal = BudgetRefusal::Concurrent { concurrent_max: 3 };
        assert_eq!(budget.retry(start).err(), Some(refusal));
        assert_eq!(refusal.to_string(), "3 retries are already under way");
        held.pop();
        held.push(budget.retry(start).unwrap());
        assert_eq!(budget.counts().concurrent, 3);
        drop(held);
        assert_eq!(budget.counts().concurrent, 0);
    }
}
