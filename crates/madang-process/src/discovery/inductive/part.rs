//! A part of the log: some of the activities, and how the cases went through these.

use hashbrown::HashMap;

use super::super::traces::Traces;
use crate::event_data::by_name;

/// Traces over activities of its own numbering: in the order of their names, for every choice between equal ones falls to the first, and a log numbers
/// its activities as its rows happen to stand.
pub(super) struct Part {
    /// The log's number of each activity.
    pub(super) activities: Vec<u16>,
    /// Different traces of at least one activity, with their cases.
    pub(super) traces: Vec<(Vec<u16>, u64)>,
    /// Cases that went through none of them.
    pub(super) empty: u64,
}

/// Gathers the traces of a part. Activities that never come are left out of it.
pub(super) struct PartBuilder<'log> {
    /// Of the part that is divided.
    log: &'log Part,
    traces: HashMap<Vec<u16>, u64>,
    empty: u64,
}

impl Part {
    pub(super) fn of(traces: &Traces) -> Self {
        let (activities, places) = by_name(&traces.activities, |_| true);
        let all = Self {
            activities,
            traces: Vec::new(),
            empty: 0,
        };
        let mut builder = PartBuilder::new(&all);
        for (trace, cases) in &traces.traces {
            let trace = trace.iter().map(|activity| places[usize::from(activity.0)]);
            builder.add(trace.collect(), *cases);
        }
        builder.finish()
    }

    pub(super) fn case_count(&self) -> u64 {
        self.empty + self.traces.iter().map(|(_, cases)| cases).sum::<u64>()
    }

    /// Events of the different traces, each counted once.
    pub(super) fn event_count(&self) -> usize {
        self.traces.iter().map(|(trace, _)| trace.len()).sum()
    }

    /// An activity that every case has exactly once.
    pub(super) fn once_in_each_case(&self) -> Option<u16> {
        let mut once = vec![self.empty == 0; self.activities.len()];
        let mut times = vec![0_u32; self.activities.len()];
        for (trace, _) in &self.traces {
            times.fill(0);
            for activity in trace {
                times[usize::from(*activity)] += 1;
            }
            for (once, times) in once.iter_mut().zip(&times) {
                *once &= *times == 1;
            }
        }
        once.iter().position(|once| *once).map(|at| at as u16)
    }

    /// The part without one of its activities.
    pub(super) fn without(&self, activity: u16) -> Self {
        self.where_activity(|other| other != activity)
    }

    /// One of its activities alone, and the part without it.
    pub(super) fn take_out(&self, activity: u16) -> (Self, Self) {
        let alone = self.where_activity(|other| other == activity);
        (alone, self.without(activity))
    }

    /// Every trace split between two activities for which this holds; nothing where it never does.
    pub(super) fn split_where(&self, between: impl Fn(u16, u16) -> bool) -> Option<Self> {
        let mut builder = PartBuilder::new(self);
        let mut was_split = false;
        for (trace, cases) in &self.traces {
            for round in trace.chunk_by(|before, next| !between(*before, *next)) {
                was_split |= round.len() < trace.len();
                builder.add(round.to_vec(), *cases);
            }
        }
        was_split.then(|| builder.finish())
    }

    fn where_activity(&self, kept: impl Fn(u16) -> bool) -> Self {
        let mut builder = PartBuilder::new(self);
        for (trace, cases) in &self.traces {
            let trace = trace.iter().copied().filter(|other| kept(*other)).collect();
            builder.add(trace, *cases);
        }
        builder.add_empty(self.empty);
        builder.finish()
    }
}

impl<'log> PartBuilder<'log> {
    pub(super) fn new(log: &'log Part) -> Self {
        Self {
            log,
            traces: HashMap::new(),
            empty: 0,
        }
    }

    /// Takes a trace in the numbers of the part that is divided.
    pub(super) fn add(&mut self, trace: Vec<u16>, cases: u64) {
        if trace.is_empty() {
            self.empty += cases;
        } else {
            *self.traces.entry(trace).or_default() += cases;
        }
    }

    pub(super) fn add_empty(&mut self, cases: u64) {
        self.empty += cases;
    }

    /// The part, its activities numbered anew in the same order.
    pub(super) fn finish(self) -> Part {
        let mut comes = vec![false; self.log.activities.len()];
        for activity in self.traces.keys().flatten() {
            comes[usize::from(*activity)] = true;
        }
        let mut number = vec![0; comes.len()];
        let mut activities = Vec::new();
        for (at, _) in comes.iter().enumerate().filter(|(_, comes)| **comes) {
            number[at] = activities.len() as u16;
            activities.push(self.log.activities[at]);
        }
        let mut traces: Vec<(Vec<u16>, u64)> = self.traces.into_iter().collect();
        for activity in traces.iter_mut().flat_map(|(trace, _)| trace) {
            *activity = number[usize::from(*activity)];
        }
        Part {
            activities,
            traces,
            empty: self.empty,
        }
    }
}
