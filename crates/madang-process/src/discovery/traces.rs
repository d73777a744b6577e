//! What models are found from: the different ways cases went, and how many went each.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::event_data::{Activity, EventLog, Names, by_name};

/// Every different sequence of activities with the number of cases that went so. A hundred thousand cases are some hundred of these, and everything
/// about models works on them alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traces {
    /// The names the activities are numbers of.
    pub activities: Names,
    /// Sequence and cases; the most frequent first, equal ones in the order of their names.
    pub traces: Vec<(Vec<Activity>, u64)>,
}

impl Traces {
    /// The traces of a log.
    pub fn of(log: &EventLog) -> Self {
        let mut counts: HashMap<&[u16], u64> = HashMap::new();
        for case in log.cases() {
            *counts.entry(case.activity_numbers()).or_default() += 1;
        }
        let mut traces: Vec<(Vec<Activity>, u64)> = (counts.into_iter())
            .map(|(trace, cases)| (trace.iter().copied().map(Activity).collect(), cases))
            .collect();
        let (_, places) = by_name(log.activities(), |_| true);
        let named = |trace: &[Activity]| -> Vec<u16> {
            (trace.iter())
                .map(|activity| places[usize::from(activity.0)])
                .collect()
        };
        traces.sort_by_cached_key(|(trace, cases)| (Reverse(*cases), named(trace)));
        Self {
            activities: log.activities().clone(),
            traces,
        }
    }

    /// Cases together.
    pub fn case_count(&self) -> u64 {
        self.traces.iter().map(|(_, cases)| cases).sum()
    }
}
