//! How often something may happen: so many at once, then evenly.

use jiff::{SignedDuration, Timestamp};

/// A bound on how often something may happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rate {
    /// So many may come at one moment.
    pub at_once: u32,
    /// So many a minute may come for ever.
    pub per_minute: u32,
}

/// What came so far, as the moment up to which the bound is used up.
#[derive(Debug, Default)]
pub(crate) struct Arrivals {
    used_up_to: Option<Timestamp>,
}

impl Rate {
    /// A minute's worth at once, then evenly.
    pub fn per_minute(per_minute: u32) -> Self {
        Self {
            at_once: per_minute,
            per_minute,
        }
    }
}

impl Arrivals {
    /// Counts one more; false when it is one too many, which does not count.
    pub fn within(&mut self, rate: Rate, now: Timestamp) -> bool {
        let interval = SignedDuration::from_mins(1) / bounded(rate.per_minute.max(1));
        let most = interval.saturating_mul(bounded(rate.at_once));
        let next = self
            .used_up_to
            .unwrap_or(now)
            .max(now)
            .checked_add(interval)
            .unwrap_or(Timestamp::MAX);
        let within = next.duration_since(now) <= most;
        if within {
            self.used_up_to = Some(next);
        }
        within
    }
}

fn bounded(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of the messages at these moments (milliseconds) are let through.
    fn check(rate: Rate, moments_ms: impl Iterator<Item = i64>, expected: usize) {
        let mut arrivals = Arrivals::default();
        let let_through = moments_ms
            .map(|ms| Timestamp::from_millisecond(ms).expect("in range"))
            .filter(|now| arrivals.within(rate, *now))
            .count();
        assert_eq!(let_through, expected, "{rate:?}");
    }

    #[test]
    fn so_many_at_once_and_then_evenly() {
        let rate = |at_once, per_minute| Rate {
            at_once,
            per_minute,
        };
        check(Rate::per_minute(120), std::iter::repeat_n(0, 500), 120);
        check(Rate::per_minute(120), (0..600).map(|n| n * 500), 600);
        check(rate(10, 60), std::iter::repeat_n(0, 500), 10);
        check(rate(10, 60), (0..500).map(|n| n * 10), 10 + 4);
        check(rate(10, 60), (0..500).map(|n| n * 1_000), 500);
        check(rate(0, 60), std::iter::repeat_n(0, 5), 0);
    }
}
