//! A log of cases: the columns, and how they are walked.

use super::column::Column;
use super::names::Names;
use super::number::{Activity, Case, Resource};

/// Events of cases, ordered by case, within a case by time, within one moment by the event's own sequence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventLog {
    pub(super) activities: Names,
    pub(super) case_names: Names,
    pub(super) resources: Names,
    /// Where the events of each case begin, and at the end how many events there are. Empty when there are no cases.
    pub(super) case_starts: Vec<u32>,
    pub(super) activity: Vec<u16>,
    pub(super) time_ms: Vec<i64>,
    /// When the work of an event began; empty when the log tells only when it ended.
    pub(super) started_ms: Vec<i64>,
    /// Of which events nobody said when they began: those have their end for it. Empty when all say it, or none does.
    pub(super) start_unsaid: Vec<bool>,
    /// Empty when no event has a resource.
    pub(super) resource: Vec<u32>,
    /// Empty when the events had no sequence of their own: then the order they were read in breaks ties.
    pub(super) sequence: Vec<u64>,
    pub(super) event_columns: Vec<Column>,
    pub(super) case_columns: Vec<Column>,
}

/// The events of one case, in their order.
#[derive(Clone, Copy, Debug)]
pub struct CaseEvents<'log> {
    log: &'log EventLog,
    /// Which case.
    pub case: Case,
    start: usize,
    end: usize,
}

impl EventLog {
    /// The names of what was done.
    pub fn activities(&self) -> &Names {
        &self.activities
    }

    /// The names of the cases.
    pub fn case_names(&self) -> &Names {
        &self.case_names
    }

    /// The names of who did it.
    pub fn resources(&self) -> &Names {
        &self.resources
    }

    /// How many events there are.
    pub fn event_count(&self) -> usize {
        self.activity.len()
    }

    /// How many cases there are.
    pub fn case_count(&self) -> usize {
        self.case_starts.len().saturating_sub(1)
    }

    /// Whether the log tells when the work of an event began, not only when it ended.
    pub fn has_starts(&self) -> bool {
        !self.started_ms.is_empty()
    }

    /// Attributes of events; indexed by the event's place in the log.
    pub fn event_columns(&self) -> &[Column] {
        &self.event_columns
    }

    /// Attributes of cases; indexed by the case's number.
    pub fn case_columns(&self) -> &[Column] {
        &self.case_columns
    }

    /// The case of this number.
    pub fn case(&self, case: Case) -> CaseEvents<'_> {
        CaseEvents {
            log: self,
            case,
            start: self.case_starts[case.index()] as usize,
            end: self.case_starts[case.index() + 1] as usize,
        }
    }

    /// The log of some of its cases, in their order. Names of activities and resources stay, also of those that are in no case any more.
    pub fn kept(&self, keep: impl FnMut(&CaseEvents<'_>) -> bool) -> Self {
        let kept: Vec<CaseEvents<'_>> = self.cases().filter(keep).collect();
        let order: Vec<u32> = (kept.iter())
            .flat_map(|case| case.start as u32..case.end as u32)
            .collect();
        let cases: Vec<u32> = kept.iter().map(|case| case.case.0).collect();
        let mut case_names = Names::new();
        let mut case_starts = Vec::with_capacity(kept.len() + 1);
        let mut at = 0;
        for case in &kept {
            (case_names.number(case.name())).expect("a part of names that fitted fits");
            case_starts.push(at);
            at += case.len() as u32;
        }
        if !kept.is_empty() {
            case_starts.push(at);
        }
        let columns = |columns: &[Column], order: &[u32]| {
            let placed = columns.iter().map(|column| column.clone().placed(order));
            placed.collect::<Vec<_>>()
        };
        Self {
            activities: self.activities.clone(),
            resources: self.resources.clone(),
            case_names,
            case_starts,
            activity: placed(&self.activity, &order),
            time_ms: placed(&self.time_ms, &order),
            started_ms: placed(&self.started_ms, &order),
            start_unsaid: placed(&self.start_unsaid, &order),
            resource: placed(&self.resource, &order),
            sequence: placed(&self.sequence, &order),
            event_columns: columns(&self.event_columns, &order),
            case_columns: columns(&self.case_columns, &cases),
        }
    }

    /// All cases.
    pub fn cases(&self) -> impl ExactSizeIterator<Item = CaseEvents<'_>> {
        (0..self.case_count()).map(|case| self.case(Case(case as u32)))
    }
}

impl<'log> CaseEvents<'log> {
    /// What the log calls it.
    pub fn name(&self) -> &'log str {
        self.log.case_names.name(self.case.0)
    }

    /// How many events it has; at least one.
    pub fn len(&self) -> usize {
        self.end - self.start
    }

    /// Whether it has none, which the builder never makes.
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// The place of its first event in the log, for columns of events.
    pub fn first_place(&self) -> usize {
        self.start
    }

    /// What was done, event by event.
    pub fn activities(
        &self,
    ) -> impl ExactSizeIterator<Item = Activity> + DoubleEndedIterator + 'log {
        self.log.activity[self.start..self.end]
            .iter()
            .map(|activity| Activity(*activity))
    }

    /// The same as raw numbers, for hashing and comparing whole traces at once.
    pub fn activity_numbers(&self) -> &'log [u16] {
        &self.log.activity[self.start..self.end]
    }

    /// When, event by event: milliseconds of the Unix epoch.
    pub fn times_ms(&self) -> &'log [i64] {
        &self.log.time_ms[self.start..self.end]
    }

    /// When the work of each event began, or it ended where only that is known; none when the log does not tell of any.
    pub fn started_ms(&self) -> Option<&'log [i64]> {
        self.log.started_ms.get(self.start..self.end)
    }

    /// When the work of the event at this place of the case began, where the log says so.
    pub fn said_start_ms(&self, at: usize) -> Option<i64> {
        let at = self.start + at;
        let is_said = !self.log.start_unsaid.get(at).copied().unwrap_or(false);
        self.log.started_ms.get(at).copied().filter(|_| is_said)
    }

    /// Who did the event at this place of the case.
    pub fn resource(&self, at: usize) -> Option<Resource> {
        match self.log.resource.get(self.start + at) {
            None | Some(&Resource::NONE) => None,
            Some(number) => Some(Resource(*number)),
        }
    }

    /// The event's own sequence, where events have one.
    pub fn sequence(&self, at: usize) -> Option<u64> {
        self.log.sequence.get(self.start + at).copied()
    }
}

/// A column in another order; one that is empty stays so.
fn placed<T: Copy>(column: &[T], order: &[u32]) -> Vec<T> {
    match column.is_empty() {
        true => Vec::new(),
        false => order.iter().map(|at| column[*at as usize]).collect(),
    }
}
