//! Durations counted in buckets, so that quantiles of parts add up to those of the whole.

use serde::{Deserialize, Serialize};

use super::stored::{Mismatch, count_within};

/// Values below this have a bucket each.
const EXACT: u64 = 2 << SUB_BITS;

/// Each power of two above is parted into 64: half a bucket is at most 1/128 of the value, which keeps quantiles within 1 %.
const SUB_BITS: u32 = 6;

/// Durations in milliseconds: their number, sum, least and largest exactly, quantiles within 1 % of the value.
///
/// Two histograms merge into exactly the one that all their values would have made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Histogram {
    count: u64,
    sum_ms: u128,
    min_ms: u64,
    max_ms: u64,
    /// The bucket that `counts` begins with.
    first: u32,
    /// From the bucket of the least value to that of the largest, so that equal values are equal histograms.
    counts: Vec<u64>,
}

impl Histogram {
    /// Nothing counted yet.
    pub const fn new() -> Self {
        Self {
            count: 0,
            sum_ms: 0,
            min_ms: 0,
            max_ms: 0,
            first: 0,
            counts: Vec::new(),
        }
    }

    /// Counts one duration.
    pub fn add(&mut self, value_ms: u64) {
        let bucket = bucket_of(value_ms);
        self.reach(bucket, bucket);
        self.counts[(bucket - self.first) as usize] += 1;
        self.grow_to(value_ms, value_ms);
        self.count += 1;
        self.sum_ms += u128::from(value_ms);
    }

    /// Counts all that another has counted.
    pub fn merge(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        let last = other.first + other.counts.len() as u32 - 1;
        self.reach(other.first, last);
        let at = (other.first - self.first) as usize;
        for (mine, theirs) in self.counts[at..].iter_mut().zip(&other.counts) {
            *mine += theirs;
        }
        self.grow_to(other.min_ms, other.max_ms);
        self.count += other.count;
        self.sum_ms += other.sum_ms;
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// All together.
    pub fn sum_ms(&self) -> u128 {
        self.sum_ms
    }

    /// The shortest.
    pub fn min_ms(&self) -> Option<u64> {
        (self.count > 0).then_some(self.min_ms)
    }

    /// The longest.
    pub fn max_ms(&self) -> Option<u64> {
        (self.count > 0).then_some(self.max_ms)
    }

    /// The mean, rounded down.
    pub fn mean_ms(&self) -> Option<u64> {
        // The mean is no larger than the largest, which fits.
        (self.count > 0).then(|| (self.sum_ms / u128::from(self.count)) as u64)
    }

    /// The one in the middle.
    pub fn median_ms(&self) -> Option<u64> {
        self.quantile_ms(0.5)
    }

    /// What this share of them is no longer than, within 1 %: `0.95` is the 95th percentile by nearest rank.
    pub fn quantile_ms(&self, share: f64) -> Option<u64> {
        if self.count == 0 {
            return None;
        }
        let rank = (share.clamp(0.0, 1.0) * self.count as f64).ceil() as u64;
        let rank = rank.clamp(1, self.count);
        if rank == self.count {
            return Some(self.max_ms);
        }
        let mut passed = 0;
        for (at, count) in self.counts.iter().enumerate() {
            passed += count;
            if passed >= rank {
                let middle = middle_of(self.first + at as u32);
                return Some(middle.clamp(self.min_ms, self.max_ms));
            }
        }
        Some(self.max_ms)
    }

    /// How many are longer than this; those within its own bucket, which is 1.6 % wide, are not.
    pub fn count_above(&self, value_ms: u64) -> u64 {
        let bucket = bucket_of(value_ms);
        let behind = (bucket + 1).saturating_sub(self.first) as usize;
        self.counts.iter().skip(behind).sum()
    }

    /// The buckets that are not empty: the value in the middle of each, and how many it has.
    pub fn buckets(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        (self.counts.iter().enumerate())
            .filter(|(_, count)| **count > 0)
            .map(|(at, count)| (middle_of(self.first + at as u32), *count))
    }

    fn grow_to(&mut self, min_ms: u64, max_ms: u64) {
        if self.count == 0 {
            (self.min_ms, self.max_ms) = (min_ms, max_ms);
        } else {
            self.min_ms = self.min_ms.min(min_ms);
            self.max_ms = self.max_ms.max(max_ms);
        }
    }

    /// Makes room for all buckets between these.
    fn reach(&mut self, first: u32, last: u32) {
        if self.counts.is_empty() {
            self.first = first;
        }
        if first < self.first {
            let more = (self.first - first) as usize;
            self.counts.splice(0..0, std::iter::repeat_n(0, more));
            self.first = first;
        }
        let wanted = (last - self.first) as usize + 1;
        if self.counts.len() < wanted {
            self.counts.resize(wanted, 0);
        }
    }
}

/// A histogram as it is handed from one machine to another.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    sum_ms: u128,
    min_ms: u64,
    max_ms: u64,
    /// Number and count of the buckets that are not empty.
    buckets: Vec<(u32, u64)>,
}

impl From<Histogram> for Stored {
    fn from(histogram: Histogram) -> Self {
        let buckets = (histogram.first..).zip(&histogram.counts);
        Self {
            sum_ms: histogram.sum_ms,
            min_ms: histogram.min_ms,
            max_ms: histogram.max_ms,
            buckets: (buckets.map(|(bucket, count)| (bucket, *count)))
                .filter(|(_, count)| *count > 0)
                .collect(),
        }
    }
}

impl TryFrom<Stored> for Histogram {
    type Error = Mismatch;

    fn try_from(stored: Stored) -> Result<Self, Mismatch> {
        let (Some((first, _)), Some((last, _))) = (stored.buckets.first(), stored.buckets.last())
        else {
            return match (stored.sum_ms, stored.min_ms, stored.max_ms) {
                (0, 0, 0) => Ok(Self::new()),
                _ => Err(Mismatch("a histogram of nothing has a sum")),
            };
        };
        let are_sorted = stored.buckets.is_sorted_by(|left, right| left.0 < right.0);
        let ends = (bucket_of(stored.min_ms), bucket_of(stored.max_ms));
        if !are_sorted || ends != (*first, *last) || stored.min_ms > stored.max_ms {
            return Err(Mismatch("the buckets of a histogram do not fit its ends"));
        }
        let mut counts = vec![0; (last - first) as usize + 1];
        let mut count: u64 = 0;
        for (bucket, in_bucket) in &stored.buckets {
            count = count_within(count.saturating_add(*in_bucket))?;
            counts[(bucket - first) as usize] = *in_bucket;
        }
        let all = u128::from(count);
        let sums = all * u128::from(stored.min_ms)..=all * u128::from(stored.max_ms);
        if stored.buckets.iter().any(|(_, count)| *count == 0) || !sums.contains(&stored.sum_ms) {
            return Err(Mismatch(
                "the sum or the counts of a histogram do not fit its values",
            ));
        }
        Ok(Self {
            count,
            sum_ms: stored.sum_ms,
            min_ms: stored.min_ms,
            max_ms: stored.max_ms,
            first: *first,
            counts,
        })
    }
}

impl Extend<u64> for Histogram {
    fn extend<T: IntoIterator<Item = u64>>(&mut self, values: T) {
        for value in values {
            self.add(value);
        }
    }
}

impl FromIterator<u64> for Histogram {
    fn from_iter<T: IntoIterator<Item = u64>>(values: T) -> Self {
        let mut histogram = Self::new();
        histogram.extend(values);
        histogram
    }
}

fn bucket_of(value: u64) -> u32 {
    if value < EXACT {
        return value as u32;
    }
    let shift = value.ilog2() - SUB_BITS;
    // The leading bit stays in what is left of the value, so buckets go on where those of the power before end.
    (shift << SUB_BITS) + (value >> shift) as u32
}

fn middle_of(bucket: u32) -> u64 {
    if u64::from(bucket) < EXACT {
        return u64::from(bucket);
    }
    let shift = (bucket >> SUB_BITS) - 1;
    let least = u64::from(bucket - (shift << SUB_BITS)) << shift;
    least + ((1_u64 << shift) - 1) / 2
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn buckets_follow_each_other_without_a_gap() {
        let mut last = bucket_of(0);
        for value in 1..100_000_u64 {
            let bucket = bucket_of(value);
            assert!(bucket == last || bucket == last + 1, "{value}");
            assert_eq!(bucket_of(middle_of(bucket)), bucket, "{value}");
            last = bucket;
        }
        assert_eq!(
            bucket_of(middle_of(bucket_of(u64::MAX))),
            bucket_of(u64::MAX)
        );
    }

    #[test]
    fn nothing_has_no_quantile() {
        let nothing = Histogram::new();
        assert_eq!(nothing.median_ms(), None);
        assert_eq!(nothing.mean_ms(), None);
        assert_eq!(nothing.max_ms(), None);
        assert_eq!(nothing.count_above(0), 0);
    }

    #[test]
    fn what_was_never_counted_is_not_taken() {
        let check = |text: &str| {
            let found = serde_json::from_str::<Histogram>(text);
            assert!(found.is_err(), "{text}: {found:?}");
        };
        check(r#"{"sum_ms":1,"min_ms":0,"max_ms":0,"buckets":[]}"#);
        check(r#"{"sum_ms":5,"min_ms":5,"max_ms":5,"buckets":[[6,1]]}"#);
        check(r#"{"sum_ms":5,"min_ms":5,"max_ms":5,"buckets":[[5,0]]}"#);
        check(r#"{"sum_ms":50,"min_ms":5,"max_ms":5,"buckets":[[5,1]]}"#);
        check(r#"{"sum_ms":12,"min_ms":5,"max_ms":7,"buckets":[[7,1],[5,1]]}"#);
        check(r#"{"sum_ms":0,"min_ms":0,"max_ms":0,"buckets":[[0,18446744073709551615]]}"#);
        check(r#"{"sum_ms":5,"min_ms":5,"max_ms":5,"buckets":[[4294967295,1]]}"#);
    }

    fn durations() -> impl Strategy<Value = Vec<u64>> {
        prop::collection::vec(
            prop_oneof![0..200_u64, 0..100_000_000_u64, any::<u64>()],
            1..60,
        )
    }

    proptest! {
        #[test]
        fn quantiles_are_within_one_per_cent(mut values in durations(), share in 0.0..=1.0_f64) {
            let histogram: Histogram = values.iter().copied().collect();
            values.sort_unstable();
            let rank = ((share * values.len() as f64).ceil() as usize).max(1);
            let exact = values[rank - 1];
            let found = histogram.quantile_ms(share).expect("there are values");
            prop_assert!(found.abs_diff(exact) as f64 <= exact as f64 * 0.01, "{found} for {exact}");
            prop_assert_eq!(histogram.min_ms(), values.first().copied());
            prop_assert_eq!(histogram.max_ms(), values.last().copied());
            prop_assert_eq!(histogram.sum_ms(), values.iter().map(|value| u128::from(*value)).sum::<u128>());
        }

        #[test]
        fn parts_add_up_to_the_whole(left in durations(), right in durations()) {
            let whole: Histogram = left.iter().chain(&right).copied().collect();
            let mut merged: Histogram = left.into_iter().collect();
            let right: Histogram = right.into_iter().collect();
            let sent = serde_json::to_string(&right).expect("it is JSON");
            merged.merge(&serde_json::from_str(&sent).expect("it is a histogram"));
            prop_assert_eq!(merged, whole);
        }
    }
}
