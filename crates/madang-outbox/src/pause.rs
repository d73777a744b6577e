//! How long a message waits after a failure.

use std::time::Duration;

use crate::{settings::Settings, surroundings::Chance};

/// The pause after the `failures`th failure: twice as long each time, of which the second half is left to chance, so that what
/// failed together is not tried together.
pub(crate) fn after(failures: u32, settings: &Settings, chance: &dyn Chance) -> Duration {
    let doublings = failures.saturating_sub(1).min(31);
    let whole = settings
        .pause_first
        .saturating_mul(1 << doublings)
        .min(settings.pause_max);
    let half = whole / 2;
    let spread = u64::try_from(half.as_micros()).unwrap_or(u64::MAX);
    half + Duration::from_micros(chance.number() % spread.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Always(u64);

    impl Chance for Always {
        fn number(&self) -> u64 {
            self.0
        }
    }

    #[test]
    fn pauses_double_up_to_a_bound_and_keep_at_least_half() {
        let rows = [
            (1, 2_500, 5_000),
            (2, 5_000, 10_000),
            (5, 40_000, 80_000),
            (10, 1_280_000, 2_560_000),
            (11, 1_800_000, 3_600_000),
            (u32::MAX, 1_800_000, 3_600_000),
        ];
        for (failures, least_ms, most_ms) in rows {
            let pause = |number| after(failures, &Settings::default(), &Always(number)).as_millis();
            let spread = (most_ms - least_ms) * 1_000;
            assert_eq!(pause(0), u128::from(least_ms), "{failures}");
            assert_eq!(pause(spread), u128::from(most_ms), "{failures}");
            assert_eq!(pause(spread + 1), u128::from(least_ms), "{failures}");
        }
    }

    #[test]
    fn no_pause_at_all_is_no_fault() {
        let settings = Settings {
            pause_first: Duration::ZERO,
            ..Settings::default()
        };
        assert_eq!(after(3, &settings, &Always(7)), Duration::ZERO);
    }
}
