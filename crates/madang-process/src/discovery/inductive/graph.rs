//! What directly follows what within a part of the log.

use super::bits::Relation;
use super::part::Part;

/// The directly-follows graph of a part, its activities numbered from 0.
pub(super) struct Graph {
    pub(super) count: usize,
    pub(super) follows: Relation,
    /// How often each follows each; row by row.
    times: Vec<u64>,
    starts: Vec<u64>,
    ends: Vec<u64>,
}

impl Graph {
    pub(super) fn of(log: &Part) -> Self {
        let count = log.activities.len();
        let mut graph = Self {
            count,
            follows: Relation::new(count),
            times: vec![0; count * count],
            starts: vec![0; count],
            ends: vec![0; count],
        };
        for (trace, cases) in &log.traces {
            if let (Some(first), Some(last)) = (trace.first(), trace.last()) {
                graph.starts[usize::from(*first)] += cases;
                graph.ends[usize::from(*last)] += cases;
            }
            for pair in trace.windows(2) {
                graph.times[usize::from(pair[0]) * count + usize::from(pair[1])] += cases;
            }
        }
        graph.relate();
        graph
    }

    /// Without the paths, starts and ends that are rare beside the most frequent one of their kind.
    pub(super) fn without_noise(&self, percent: u64) -> Self {
        let mut times = self.times.clone();
        for from in 0..self.count {
            let row = &mut times[from * self.count..][..self.count];
            // Ending is one of the ways on.
            let most = (row.iter().copied().max().unwrap_or(0)).max(self.ends[from]);
            drop_rare(row, most, percent);
        }
        let mut graph = Self {
            count: self.count,
            follows: Relation::new(self.count),
            times,
            starts: self.starts.clone(),
            ends: self.ends.clone(),
        };
        for counts in [&mut graph.starts, &mut graph.ends] {
            let most = counts.iter().copied().max().unwrap_or(0);
            drop_rare(counts, most, percent);
        }
        graph.relate();
        graph
    }

    pub(super) fn is_start(&self, activity: u16) -> bool {
        self.starts[usize::from(activity)] > 0
    }

    pub(super) fn is_end(&self, activity: u16) -> bool {
        self.ends[usize::from(activity)] > 0
    }

    /// All pairs of which the second directly follows the first.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (usize, usize)> {
        (self.times.iter().enumerate())
            .filter(|(_, times)| **times > 0)
            .map(|(at, _)| (at / self.count, at % self.count))
    }

    fn relate(&mut self) {
        for from in 0..self.count {
            for to in 0..self.count {
                if self.times[from * self.count + to] > 0 {
                    self.follows.add(from, to);
                }
            }
        }
    }
}

fn drop_rare(counts: &mut [u64], most: u64, percent: u64) {
    for count in counts {
        if u128::from(*count) * 100 < u128::from(most) * u128::from(percent) {
            *count = 0;
        }
    }
}
