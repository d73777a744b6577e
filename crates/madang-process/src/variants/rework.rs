//! What is done twice.

use serde::{Deserialize, Serialize};

use crate::event_data::{EventLog, Resource};
use crate::performance::{Mismatch, count_within};

/// How much of a log is work done again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct Rework {
    /// Cases in which anything was done more than once.
    pub cases: u64,
    /// All cases.
    pub cases_total: u64,
    /// What was done again, sorted by name.
    pub activities: Vec<ReworkOf>,
}

/// How often one activity was done again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReworkOf {
    /// What the log calls it.
    pub name: String,
    /// Cases in which it was done more than once.
    pub cases: u64,
    /// Done again at once, with nothing between.
    pub self_loops: Again,
    /// Done again later.
    pub repetitions: Again,
}

/// How often something was done again, and by whom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Again {
    /// By who did it before.
    pub same: u64,
    /// By somebody else.
    pub other: u64,
    /// Nobody is named the one time or the other.
    pub unknown: u64,
}

impl Rework {
    /// The rework of a log.
    pub fn of(log: &EventLog) -> Self {
        let mut activities = Self::none_yet(log);
        let mut cases = 0;
        // For each activity the last place it stood at in the case at hand, and which case that was.
        let mut last: Vec<(u32, usize)> = vec![(u32::MAX, 0); activities.len()];
        let mut counted_in: Vec<u32> = vec![u32::MAX; activities.len()];
        for case in log.cases() {
            let number = case.case.0;
            let mut is_again = false;
            for (at, activity) in case.activities().enumerate() {
                let (seen_in, before) = last[activity.index()];
                last[activity.index()] = (number, at);
                if seen_in != number {
                    continue;
                }
                is_again = true;
                let of = &mut activities[activity.index()];
                let again = match before + 1 == at {
                    true => &mut of.self_loops,
                    false => &mut of.repetitions,
                };
                again.count(case.resource(before), case.resource(at));
                of.cases += u64::from(counted_in[activity.index()] != number);
                counted_in[activity.index()] = number;
            }
            cases += u64::from(is_again);
        }
        Self::counted(log, cases, activities)
    }

    /// Every activity of the log, of which nothing is counted yet.
    fn none_yet(log: &EventLog) -> Vec<ReworkOf> {
        let name = |name: &str| ReworkOf {
            name: name.to_owned(),
            ..ReworkOf::default()
        };
        log.activities().iter().map(name).collect()
    }

    /// Those activities that were done again, by their names.
    fn counted(log: &EventLog, cases: u64, mut activities: Vec<ReworkOf>) -> Self {
        activities.retain(|of| of.cases > 0);
        activities.sort_unstable_by(|left, right| left.name.cmp(&right.name));
        Self {
            cases,
            cases_total: log.case_count() as u64,
            activities,
        }
    }

    /// The rework of a log whose activities say themselves that something is done again, as a payment that is tried again: each of these is one, and
    /// nothing else is, however often it comes.
    pub fn of_activities(log: &EventLog, is_again: impl Fn(&str) -> bool) -> Self {
        let is_again: Vec<bool> = log.activities().iter().map(is_again).collect();
        let mut activities = Self::none_yet(log);
        let mut cases = 0;
        let mut counted_in: Vec<u32> = vec![u32::MAX; activities.len()];
        for case in log.cases() {
            let number = case.case.0;
            let mut has_any = false;
            for activity in case.activities().filter(|one| is_again[one.index()]) {
                let of = &mut activities[activity.index()];
                // Who did it before, and what that was called, nobody says.
                of.repetitions.unknown += 1;
                of.cases += u64::from(counted_in[activity.index()] != number);
                counted_in[activity.index()] = number;
                has_any = true;
            }
            cases += u64::from(has_any);
        }
        Self::counted(log, cases, activities)
    }

    /// Adds the rework of other cases, by the names of the activities.
    pub fn merge(&mut self, other: &Self) {
        self.cases += other.cases;
        self.cases_total += other.cases_total;
        for theirs in &other.activities {
            match self
                .activities
                .binary_search_by(|of| of.name.cmp(&theirs.name))
            {
                Ok(at) => self.activities[at].add(theirs),
                Err(at) => self.activities.insert(at, theirs.clone()),
            }
        }
    }

    /// Which part of all cases has any, from 0 to 1.
    pub fn share(&self) -> f64 {
        self.cases as f64 / self.cases_total.max(1) as f64
    }
}

/// Rework as it is handed from one machine to another.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    cases: u64,
    cases_total: u64,
    activities: Vec<ReworkOf>,
}

impl TryFrom<Stored> for Rework {
    type Error = Mismatch;

    fn try_from(stored: Stored) -> Result<Self, Mismatch> {
        let Stored {
            cases,
            cases_total,
            activities,
        } = stored;
        if !activities.is_sorted_by(|left, right| left.name < right.name) {
            return Err(Mismatch("the activities of rework are not in their order"));
        }
        let counts = |of: &ReworkOf| {
            let [one, other] = [of.self_loops, of.repetitions];
            [
                of.cases,
                one.same,
                one.other,
                one.unknown,
                other.same,
                other.other,
                other.unknown,
            ]
        };
        for count in activities
            .iter()
            .flat_map(counts)
            .chain([cases, cases_total])
        {
            count_within(count)?;
        }
        Ok(Self {
            cases,
            cases_total,
            activities,
        })
    }
}

impl ReworkOf {
    /// How often it was done again.
    pub fn count(&self) -> u64 {
        self.self_loops.total() + self.repetitions.total()
    }

    fn add(&mut self, other: &Self) {
        self.cases += other.cases;
        self.self_loops.add(other.self_loops);
        self.repetitions.add(other.repetitions);
    }
}

impl Again {
    /// However often.
    pub fn total(self) -> u64 {
        self.same + self.other + self.unknown
    }

    fn count(&mut self, before: Option<Resource>, now: Option<Resource>) {
        match (before, now) {
            (Some(before), Some(now)) if before == now => self.same += 1,
            (Some(_), Some(_)) => self.other += 1,
            _ => self.unknown += 1,
        }
    }

    fn add(&mut self, other: Self) {
        self.same += other.same;
        self.other += other.other;
        self.unknown += other.unknown;
    }
}
