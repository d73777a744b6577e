//! What happened lately, in a fixed number of buckets: the memory is the same after one call and after a million.

use std::time::Duration;

use tokio::time::Instant;

/// Buckets of a window: it forgets in steps of a tenth, so it covers between nine tenths of its span and all of it.
const BUCKETS: usize = 10;

/// Two counts over the last stretch of time: the usual things, and those that are marked (failures, retries, hedges).
#[derive(Debug, Clone)]
pub(crate) struct Window {
    start: Instant,
    bucket: Duration,
    newest: u64,
    buckets: [Bucket; BUCKETS],
}

/// How many of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) usual: u64,
    pub(crate) marked: u64,
}

impl Counts {
    pub(crate) fn all(self) -> u64 {
        self.usual + self.marked
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Bucket {
    /// Which stretch of time it holds, counted from the start of the window.
    index: u64,
    counts: Counts,
}

impl Window {
    /// An empty window over `span`.
    pub(crate) fn new(span: Duration, now: Instant) -> Self {
        Self {
            start: now,
            bucket: (span / BUCKETS as u32).max(Duration::from_nanos(1)),
            newest: 0,
            buckets: [Bucket::default(); BUCKETS],
        }
    }

    pub(crate) fn add_usual(&mut self, now: Instant) {
        self.counts_at(now).usual += 1;
    }

    pub(crate) fn add_marked(&mut self, now: Instant) {
        self.counts_at(now).marked += 1;
    }

    /// What the window holds at `now`.
    pub(crate) fn counts(&self, now: Instant) -> Counts {
        let newest = self.index(now);
        let kept = |bucket: &&Bucket| newest - bucket.index < BUCKETS as u64;
        self.buckets
            .iter()
            .filter(kept)
            .fold(Counts::default(), |sum, bucket| Counts {
                usual: sum.usual + bucket.counts.usual,
                marked: sum.marked + bucket.counts.marked,
            })
    }

    fn counts_at(&mut self, now: Instant) -> &mut Counts {
        self.newest = self.index(now);
        let bucket = &mut self.buckets[(self.newest % BUCKETS as u64) as usize];
        if bucket.index != self.newest {
            *bucket = Bucket {
                index: self.newest,
                counts: Counts::default(),
            };
        }
        &mut bucket.counts
    }

    /// Callers read the clock before they get the lock, so a time can come a little after a later one; it counts as that.
    fn index(&self, now: Instant) -> u64 {
        let since = now.saturating_duration_since(self.start).as_nanos();
        let index = since / self.bucket.as_nanos();
        u64::try_from(index).unwrap_or(u64::MAX).max(self.newest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPAN: Duration = Duration::from_secs(10);

    /// One usual and one marked at each of `at_ms`, looked at when `now_ms` have gone by.
    #[track_caller]
    fn check(at_ms: &[u64], now_ms: u64, expected: u64) {
        let start = Instant::now();
        let mut window = Window::new(SPAN, start);
        for ms in at_ms {
            let at = start + Duration::from_millis(*ms);
            window.add_usual(at);
            window.add_marked(at);
        }
        let counts = window.counts(start + Duration::from_millis(now_ms));
        assert_eq!((counts.usual, counts.marked), (expected, expected));
        assert_eq!(counts.all(), 2 * expected);
    }

    #[test]
    fn what_is_older_than_the_span_is_forgotten_a_tenth_at_a_time() {
        check(&[], 0, 0);
        check(&[0, 999], 9_999, 2);
        check(&[0, 999, 1_000], 10_000, 1);
        check(&[0, 999, 1_000], 10_999, 1);
        check(&[0, 999, 1_000], 11_000, 0);
    }

    #[test]
    fn a_bucket_is_used_again_after_any_pause() {
        check(&[0, 10_000], 10_000, 1);
        check(&[0, 1_000_000], 1_000_000, 1);
        check(&[0, 1_000_000], 1_009_999, 1);
        check(&[0, 1_000_000], 1_010_000, 0);
    }

    #[test]
    fn a_time_that_comes_late_counts_as_the_latest_seen() {
        check(&[20_000, 0], 20_000, 2);
        check(&[20_000], 0, 1);
    }
}
