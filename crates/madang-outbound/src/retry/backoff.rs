//! How long to wait before the next try when the server has not said.

use std::{fmt, sync::Arc, time::Duration};

use crate::chance::Chance;

/// The longest time that is ever waited for anything here, 2^31 − 1 ms (24 days): the largest timer of the platforms that
/// settings are shared with. Longer delays become this one; longer settings are refused.
pub const TIMER_MAX: Duration = Duration::from_millis(i32::MAX as u64);

/// A bound that can be taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cap {
    /// At most this long.
    At(Duration),
    /// As long as [`TIMER_MAX`].
    Unlimited,
}

impl Cap {
    pub(crate) fn longest(self) -> Duration {
        match self {
            Self::At(longest) => longest.min(TIMER_MAX),
            Self::Unlimited => TIMER_MAX,
        }
    }
}

/// Delays that grow, with chance in them. What a custom function gives is a [`Duration`], so that a delay which is negative,
/// infinite or not a number cannot be written.
#[derive(Debug, Clone)]
pub struct Backoff {
    /// The delay before chance has its say.
    pub delays: Delays,
    /// Bounds the delay, and once more what chance made of it.
    pub cap: Cap,
    /// What chance does to the delay.
    pub jitter: Jitter,
}

/// The plain delay of each retry.
#[derive(Clone)]
pub enum Delays {
    /// This long before the first retry, and twice as long before each further one.
    Doubling(Duration),
    /// Asked with 1 for the first retry.
    Custom(Arc<DelayOf>),
}

/// What chance does to a delay, so that callers that failed together do not come back together.
#[derive(Clone)]
pub enum Jitter {
    /// Anything from nothing to the whole delay.
    Full,
    /// Nothing.
    None,
    /// Asked with the plain delay.
    Custom(Arc<JitterOf>),
}

type DelayOf = dyn Fn(u32) -> Duration + Send + Sync;

type JitterOf = dyn Fn(Duration, &dyn Chance) -> Duration + Send + Sync;

impl Default for Backoff {
    fn default() -> Self {
        Self {
            delays: Delays::Doubling(Duration::from_millis(300)),
            // A till's customer waits; what needs longer than this between tries is not answered at a counter.
            cap: Cap::At(Duration::from_secs(5)),
            jitter: Jitter::Full,
        }
    }
}

impl Backoff {
    /// The delay before retry number `retry`, counted from 1.
    pub fn delay(&self, retry: u32, chance: &dyn Chance) -> Duration {
        let longest = self.cap.longest();
        let plain = self.delays.plain(retry).min(longest);
        self.jitter.applied(plain, chance).min(longest)
    }
}

impl Delays {
    fn plain(&self, retry: u32) -> Duration {
        match self {
            Self::Doubling(first) => {
                let factor = 2_u32.saturating_pow(retry.saturating_sub(1));
                first.saturating_mul(factor)
            }
            Self::Custom(delay) => delay(retry),
        }
    }
}

impl Jitter {
    fn applied(&self, plain: Duration, chance: &dyn Chance) -> Duration {
        match self {
            Self::Full => up_to(plain, chance),
            Self::None => plain,
            Self::Custom(jitter) => jitter(plain, chance),
        }
    }
}

/// A time from nothing to `longest`, both included.
pub(crate) fn up_to(longest: Duration, chance: &dyn Chance) -> Duration {
    let nanos = u64::try_from(longest.as_nanos()).unwrap_or(u64::MAX);
    Duration::from_nanos(chance.below(nanos.saturating_add(1)))
}

impl fmt::Debug for Delays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Doubling(first) => f.debug_tuple("Doubling").field(first).finish(),
            Self::Custom(_) => f.write_str("Custom"),
        }
    }
}

impl fmt::Debug for Jitter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "Full",
            Self::None => "None",
            Self::Custom(_) => "Custom",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::SeededChance;

    fn plain() -> Backoff {
        Backoff {
            cap: Cap::Unlimited,
            jitter: Jitter::None,
            ..Backoff::default()
        }
    }

    fn custom(delay: fn(u32) -> Duration) -> Delays {
        Delays::Custom(Arc::new(delay))
    }

    #[track_caller]
    fn check(backoff: &Backoff, expected_ms: &[u64]) {
        let chance = SeededChance::from_seed([7; 32]);
        let got: Vec<_> = (1..)
            .take(expected_ms.len())
            .map(|retry| backoff.delay(retry, &chance))
            .collect();
        let expected: Vec<_> = expected_ms
            .iter()
            .map(|ms| Duration::from_millis(*ms))
            .collect();
        assert_eq!(got, expected, "{backoff:?}");
    }

    #[test]
    fn ky_24_delays_without_jitter_double_from_300_ms() {
        check(&plain(), &[300, 600, 1_200, 2_400]);
    }

    #[test]
    fn ky_25_a_custom_delay_is_asked_with_the_number_of_the_retry_and_used() {
        let by_number = Backoff {
            delays: custom(|retry| Duration::from_millis(u64::from(retry) * 7)),
            ..plain()
        };
        check(&by_number, &[7, 14, 21]);
    }

    #[test]
    fn ky_26_the_cap_bounds_each_delay_and_the_jittered_one_too() {
        let capped = Backoff {
            cap: Cap::At(Duration::from_millis(1_000)),
            ..plain()
        };
        check(&capped, &[300, 600, 1_000, 1_000]);
        let growing = Backoff {
            jitter: Jitter::Custom(Arc::new(|plain, _| plain * 3)),
            ..capped.clone()
        };
        check(&growing, &[900, 1_000, 1_000, 1_000]);
        let seen = Backoff {
            delays: custom(|_| Duration::from_secs(9)),
            jitter: Jitter::Custom(Arc::new(|plain, _| plain / 2)),
            ..capped
        };
        check(&seen, &[500]);
        check(
            &Backoff {
                jitter: Jitter::None,
                ..Backoff::default()
            },
            &[300, 600, 1_200, 2_400, 4_800, 5_000],
        );
    }

    #[test]
    fn ky_27_full_jitter_is_the_default_and_lies_between_nothing_and_the_delay() {
        let chance = SeededChance::from_seed([7; 32]);
        let drawn: Vec<_> = (0..1_000)
            .map(|_| Backoff::default().delay(1, &chance))
            .collect();
        let whole = Duration::from_millis(300);
        assert!(drawn.iter().all(|delay| *delay <= whole));
        assert!(drawn.iter().any(|delay| *delay < whole / 20));
        assert!(drawn.iter().any(|delay| *delay > whole * 19 / 20));
    }

    #[test]
    fn ky_27_full_jitter_can_be_both_of_its_ends() {
        struct Least;
        struct Most;
        impl Chance for Least {
            fn below(&self, _: u64) -> u64 {
                0
            }
        }
        impl Chance for Most {
            fn below(&self, bound: u64) -> u64 {
                bound - 1
            }
        }
        assert_eq!(Backoff::default().delay(1, &Least), Duration::ZERO);
        assert_eq!(
            Backoff::default().delay(1, &Most),
            Duration::from_millis(300)
        );
    }

    #[test]
    fn ky_27_a_custom_jitter_may_give_any_delay_a_duration_can_hold() {
        let with = |jitter: fn(Duration) -> Duration| Backoff {
            jitter: Jitter::Custom(Arc::new(move |plain, _| jitter(plain))),
            ..plain()
        };
        check(&with(|_| Duration::ZERO), &[0, 0]);
        check(&with(|plain| plain + plain), &[600, 1_200]);
        // What is negative, infinite or not a number never becomes one.
        for seconds in [-1.0, f64::INFINITY, f64::NAN] {
            assert!(Duration::try_from_secs_f64(seconds).is_err());
        }
    }

    #[test]
    fn ky_29_a_delay_above_the_longest_timer_becomes_that_and_not_nothing() {
        let longest = 2_147_483_647;
        for delay in [
            Duration::from_millis(longest + 1),
            Duration::from_millis(u64::from(u32::MAX) + 1),
            Duration::MAX,
        ] {
            let backoff = Backoff {
                delays: Delays::Custom(Arc::new(move |_| delay)),
                ..plain()
            };
            check(&backoff, &[longest]);
        }
        let chance = SeededChance::from_seed([7; 32]);
        for retry in [24, 33, 65, u32::MAX] {
            assert_eq!(plain().delay(retry, &chance), TIMER_MAX, "retry {retry}");
        }
        let far = Backoff {
            cap: Cap::At(Duration::MAX),
            ..plain()
        };
        assert_eq!(far.delay(u32::MAX, &chance), TIMER_MAX);
    }
}
