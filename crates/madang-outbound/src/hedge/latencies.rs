//! How long calls took lately, to an eighth, in a fixed amount of memory.

use std::time::Duration;

/// Counts per power of two, so that a bucket is at most an eighth of its value wide.
const STEPS: u32 = 8;

/// Up to 2^17 ms: longer than any call may take.
const BUCKETS: usize = 8 * 15;

/// Calls after which the older half is forgotten, so that an upstream that has become faster is seen to be.
const GENERATION: u32 = 512;

/// The latencies of the last 512 to 1,024 calls.
pub(super) struct Latencies {
    newer: Generation,
    older: Generation,
}

#[derive(Clone)]
struct Generation {
    buckets: [u32; BUCKETS],
    calls: u32,
}

impl Generation {
    const EMPTY: Self = Self {
        buckets: [0; BUCKETS],
        calls: 0,
    };
}

impl Latencies {
    pub(super) fn new() -> Self {
        Self {
            newer: Generation::EMPTY,
            older: Generation::EMPTY,
        }
    }

    pub(super) fn record(&mut self, latency: Duration) {
        if self.newer.calls >= GENERATION {
            self.older = std::mem::replace(&mut self.newer, Generation::EMPTY);
        }
        self.newer.buckets[bucket(latency)] += 1;
        self.newer.calls += 1;
    }

    pub(super) fn calls(&self) -> u32 {
        self.newer.calls + self.older.calls
    }

    /// A time within which 95 of a hundred calls ended, rounded up; `None` when there were none.
    pub(super) fn p95(&self) -> Option<Duration> {
        let rank = (self.calls() * 95).div_ceil(100);
        let mut counted = 0;
        let both = self.newer.buckets.iter().zip(&self.older.buckets);
        both.enumerate()
            .find(|(_, (newer, older))| {
                counted += **newer + **older;
                rank > 0 && counted >= rank
            })
            .map(|(index, _)| end_of(index))
    }
}

/// Milliseconds below eight have a bucket each, then each power of two has eight.
fn bucket(latency: Duration) -> usize {
    let ms = u32::try_from(latency.as_millis()).unwrap_or(u32::MAX);
    let Some(power) = ms.checked_ilog2().filter(|power| *power > 3) else {
        return ms as usize;
    };
    let shift = power - 3;
    let index = shift * STEPS + (ms >> shift);
    (index as usize).min(BUCKETS - 1)
}

fn end_of(index: usize) -> Duration {
    let index = index as u64;
    let steps = u64::from(STEPS);
    if index < 2 * steps {
        return Duration::from_millis(index + 1);
    }
    let shift = index / steps - 1;
    let step = index % steps + steps;
    Duration::from_millis((step + 1) << shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(latencies_ms: &[(u32, u64)], expected_ms: Option<u64>) {
        let mut latencies = Latencies::new();
        for (calls, ms) in latencies_ms {
            for _ in 0..*calls {
                latencies.record(Duration::from_millis(*ms));
            }
        }
        let got = latencies.p95();
        assert_eq!(
            got,
            expected_ms.map(Duration::from_millis),
            "{latencies_ms:?}"
        );
    }

    #[test]
    fn nineteen_of_twenty_calls_ended_within_it() {
        check(&[], None);
        check(&[(1, 0)], Some(1));
        check(&[(1, 7)], Some(8));
        check(&[(95, 3), (5, 5_000)], Some(4));
        check(&[(94, 3), (6, 5_000)], Some(5_120));
        check(&[(19, 3), (1, 5_000)], Some(4));
        check(&[(18, 3), (2, 5_000)], Some(5_120));
    }

    #[test]
    fn what_is_old_is_forgotten() {
        check(&[(512, 1_000), (1, 3)], Some(1_024));
        check(&[(512, 1_000), (512, 3)], Some(1_024));
        check(&[(512, 1_000), (513, 3)], Some(4));
    }

    #[test]
    fn every_latency_is_in_a_bucket_that_ends_at_most_an_eighth_later() {
        let mut last = 0;
        for ms in 0..131_072_u64 {
            let index = bucket(Duration::from_millis(ms));
            let end = end_of(index).as_millis() as u64;
            assert!(index == last || index == last + 1, "{ms} ms");
            assert!(end > ms && end <= ms + ms / 8 + 1, "{ms} ms ends at {end}");
            last = index;
        }
        for ms in [131_072, u64::from(u32::MAX), u64::MAX] {
            assert_eq!(bucket(Duration::from_millis(ms)), BUCKETS - 1, "{ms} ms");
        }
    }
}
