//! What has to be found in a log, counted while it is made and without any engine.

use std::collections::{BTreeMap, HashMap};

use crate::order::{ACTIVITIES, Event};

/// What is true of a log.
pub struct Truth {
    has_starts: bool,
    /// How many events there are.
    pub events: u64,
    waits_ms: BTreeMap<(u8, u8), Vec<u32>>,
    sequences: BTreeMap<Vec<u8>, u64>,
}

/// What is true of one activity after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// What came first.
    pub from: &'static str,
    /// What followed.
    pub to: &'static str,
    /// How often.
    pub count: u64,
    /// All waits together.
    pub sum_ms: u64,
    /// The 95th percentile by nearest rank, between the waits beside it: those who count ranks otherwise are right as well.
    pub p95_ms: [u32; 3],
}

impl Truth {
    /// `has_starts`: whether the log tells when the work of an event began, so that waiting ends there.
    pub fn new(has_starts: bool) -> Self {
        Self {
            has_starts,
            events: 0,
            waits_ms: BTreeMap::new(),
            sequences: BTreeMap::new(),
        }
    }

    /// Takes the events of one day, by time.
    pub fn take(&mut self, day: &[Event]) {
        let mut orders: HashMap<u64, (Vec<u8>, i64)> = HashMap::new();
        for event in day {
            let (sequence, ended_ms) = orders.entry(event.order).or_default();
            let to_ms = if self.has_starts {
                event.started_ms
            } else {
                event.ended_ms
            };
            if let Some(before) = sequence.last() {
                let waits = self.waits_ms.entry((*before, event.activity)).or_default();
                waits.push((to_ms - *ended_ms) as u32);
            }
            sequence.push(event.activity);
            *ended_ms = event.ended_ms;
        }
        for (sequence, _) in orders.into_values() {
            *self.sequences.entry(sequence).or_default() += 1;
        }
        self.events += day.len() as u64;
    }

    /// How many orders there are.
    pub fn cases(&self) -> u64 {
        self.sequences.values().sum()
    }

    /// What followed what.
    pub fn ways(&self) -> Vec<Way> {
        (self.waits_ms.iter())
            .map(|((from, to), waits)| {
                let mut sorted = waits.clone();
                sorted.sort_unstable();
                let rank = (sorted.len() * 95).div_ceil(100);
                let at = |rank: usize| sorted[rank.clamp(1, sorted.len()) - 1];
                Way {
                    from: ACTIVITIES[usize::from(*from)],
                    to: ACTIVITIES[usize::from(*to)],
                    count: sorted.len() as u64,
                    sum_ms: sorted.iter().copied().map(u64::from).sum(),
                    p95_ms: [at(rank - 1), at(rank), at(rank + 1)],
                }
            })
            .collect()
    }

    /// The names of the activities on each way through, and how many orders went it.
    pub fn variants(&self) -> impl Iterator<Item = (Vec<&'static str>, u64)> {
        (self.sequences.iter()).map(|(sequence, cases)| {
            let names = sequence
                .iter()
                .map(|activity| ACTIVITIES[usize::from(*activity)]);
            (names.collect(), *cases)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Truth;
    use crate::Days;

    #[test]
    fn what_is_counted_adds_up() {
        let mut truth = Truth::new(true);
        for day in Days::new(3, 100_000) {
            truth.take(&day);
        }
        let follows: u64 = truth.ways().iter().map(|way| way.count).sum();
        assert_eq!(truth.events, 100_000);
        assert_eq!(follows, truth.events - truth.cases());
        assert_eq!(
            truth
                .variants()
                .map(|(names, cases)| names.len() as u64 * cases)
                .sum::<u64>(),
            truth.events
        );
        for way in truth.ways() {
            assert!(way.p95_ms.is_sorted(), "{way:?}");
            assert!(way.sum_ms >= u64::from(way.p95_ms[1]), "{way:?}");
        }
    }
}
