//! What a user may say about a run.

use std::time::Duration;

/// What a user may say about a run.
#[derive(Clone, Debug)]
pub struct RunSettings {
    /// The most rows of one transaction.
    pub batch_rows_max: usize,
    /// About the most bytes of values of one transaction.
    pub batch_bytes_max: usize,
    /// How many refused rows are too many.
    pub limits: Limits,
    /// How long a sink that does not take anything is tried.
    pub patience: Patience,
    /// What stays free on the disk of the run's folder: somebody else needs it. 0: nothing.
    pub free_bytes_min: u64,
}

/// Rows of one transaction: more gains nothing at any sink, and a killed run does so many again at most.
pub const BATCH_ROWS_MAX: usize = 50_000;

/// Bytes of one transaction: two are in memory at a time beside what waits before them, far below 64 MB.
pub const BATCH_BYTES_MAX: usize = 2 * 1024 * 1024;

impl Default for RunSettings {
    fn default() -> Self {
        Self {
            batch_rows_max: BATCH_ROWS_MAX,
            batch_bytes_max: BATCH_BYTES_MAX,
            limits: Limits::default(),
            patience: Patience::default(),
            free_bytes_min: 0,
        }
    }
}

/// How many refused rows are too many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// The most rows; none: any number.
    pub errors_max: Option<u64>,
    /// The most of a million rows, once [`RATE_ROWS_MIN`] were read; none: any share.
    pub errors_per_million_max: Option<u64>,
    /// The most bytes of refused rows that are kept; none: any number.
    pub letters_bytes_max: Option<u64>,
    /// Rows refused before this run went on.
    pub refused_before: u64,
    /// Rows read before this run went on.
    pub rows_before: u64,
}

/// Fewer rows are no sample: with 1 % allowed, one wrong row among the first ten says nothing.
pub const RATE_ROWS_MIN: u64 = 100;

impl Limits {
    /// The limit that was passed, in words.
    pub fn passed(&self, refused: u64, rows: u64) -> Option<String> {
        if let Some(most) = self.errors_max.filter(|most| refused > *most) {
            return Some(format!("--max-errors {most}"));
        }
        let per_million = self.errors_per_million_max?;
        let is_passed = rows >= RATE_ROWS_MIN
            && u128::from(refused) * 1_000_000 > u128::from(rows) * u128::from(per_million);
        is_passed.then(|| format!("--max-error-rate {}", percent(per_million)))
    }
}

fn percent(per_million: u64) -> String {
    let (whole, part) = (per_million / 10_000, per_million % 10_000);
    let text = format!("{whole}.{part:04}");
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}

/// How long a sink that does not take anything is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// The longest first pause; each following one may be twice as long.
    pub pause_first: Duration,
    /// The longest pause, unless the sink asks for a longer one.
    pub pause_max: Duration,
    /// Nothing was taken for so long: the run ends.
    pub give_up_after: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            pause_first: Duration::from_millis(200),
            pause_max: Duration::from_secs(30),
            // A database that is restarted or fails over is back by then.
            give_up_after: Duration::from_secs(300),
        }
    }
}

impl Patience {
    /// How long to wait after so many failures in a row: anything up to a bound that doubles, so that many who failed together do not come back
    /// together; after what the sink wished, if it did, and no sooner for a wish that is shorter.
    pub fn pause(&self, tries: u32, chance: u64, retry_after: Option<Duration>) -> Duration {
        let doubled = 2_u32.saturating_pow(tries.saturating_sub(1));
        let bound = self.pause_first.saturating_mul(doubled).min(self.pause_max);
        let bound_us = u64::try_from(bound.as_micros()).unwrap_or(u64::MAX);
        let jitter = Duration::from_micros(chance % (bound_us + 1));
        match retry_after {
            Some(wish) => jitter.max(wish.saturating_add(jitter.min(self.pause_first))),
            None => jitter,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, Limits, Patience};

    #[test]
    fn a_limit_is_passed_when_more_rows_are_refused_than_it_says() {
        let check =
            |errors_max, errors_per_million_max, (refused, rows), expected: Option<&str>| {
                let limits = Limits {
                    errors_max,
                    errors_per_million_max,
                    ..Limits::default()
                };
                let passed = limits.passed(refused, rows);
                assert_eq!(passed.as_deref(), expected, "{refused} of {rows}");
            };
        check(None, None, (1000, 1000), None);
        check(Some(0), None, (0, 1000), None);
        check(Some(0), None, (1, 1000), Some("--max-errors 0"));
        check(Some(10), None, (10, 10), None);
        check(None, Some(10_000), (1, 10), None);
        check(None, Some(10_000), (1, 100), None);
        check(None, Some(10_000), (2, 100), Some("--max-error-rate 1%"));
        check(
            None,
            Some(12_500),
            (13, 1000),
            Some("--max-error-rate 1.25%"),
        );
        check(
            Some(5),
            Some(10_000),
            (6, 1_000_000),
            Some("--max-errors 5"),
        );
    }

    #[test]
    fn pauses_double_up_to_a_bound_and_heed_the_sinks_wish() {
        let patience = Patience::default();
        let check = |tries, chance, wish, expected_ms| {
            let wish = Option::map(wish, Duration::from_millis);
            let pause = patience.pause(tries, chance, wish);
            assert_eq!(pause.as_millis(), expected_ms, "try {tries}");
        };
        check(1, 200_000, None, 200);
        check(1, 0, None, 0);
        check(2, 400_000, None, 400);
        check(5, 3_200_000, None, 3_200);
        check(20, 30_000_000, None, 30_000);
        check(u32::MAX, 30_000_000, None, 30_000);
        check(1, 100_000, Some(60_000), 60_100);
        check(20, 30_000_000, Some(60_000), 60_200);
        // "At once", said again and again, is not taken at its word.
        check(1, 200_000, Some(0), 200);
        check(5, 3_200_000, Some(0), 3_200);
        check(20, 30_000_000, Some(1_000), 30_000);
    }
}
