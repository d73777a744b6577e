//! Which cases are looked at: filters that compose, are said as sentences, taken back, and kept in a file.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

pub use filter::{AttributeOf, Filter, TimeRule};

use crate::event_data::EventLog;
use crate::language::Language;
use crate::performance::WorkingHours;

mod filter;
mod sentence;
mod spelled;

/// Filters that hold all together, in the order in which they were put on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filters {
    /// Those that hold.
    #[serde(default)]
    filters: Vec<Filter>,
    /// Those that were taken back, the last one first to come again.
    #[serde(skip)]
    undone: Vec<Filter>,
}

impl Filters {
    /// Those that hold.
    pub fn all(&self) -> &[Filter] {
        &self.filters
    }

    /// Puts another on. What was taken back before cannot come again.
    pub fn add(&mut self, filter: Filter) {
        self.filters.push(filter);
        self.undone.clear();
    }

    /// Takes the one back that was put on last; whether there was one.
    pub fn undo(&mut self) -> bool {
        let last = self.filters.pop();
        let is_there = last.is_some();
        self.undone.extend(last);
        is_there
    }

    /// Puts the one on again that was taken back last; whether there was one.
    pub fn redo(&mut self) -> bool {
        let last = self.undone.pop();
        let is_there = last.is_some();
        self.filters.extend(last);
        is_there
    }

    /// The cases of a log that pass all of them.
    pub fn apply(&self, log: &EventLog) -> EventLog {
        self.apply_in(log, None)
    }

    /// The same where only working hours count in lengths of time.
    pub fn apply_in_working_hours(&self, log: &EventLog, hours: &WorkingHours) -> EventLog {
        self.apply_in(log, Some(hours))
    }

    fn apply_in(&self, log: &EventLog, hours: Option<&WorkingHours>) -> EventLog {
        let filters = self.filters.iter();
        let passes: Vec<_> = filters.map(|filter| filter.on(log, hours)).collect();
        log.kept(|case| passes.iter().all(|passes| passes(case)))
    }

    /// The attributes that they look at, which a reader has to keep.
    pub fn attributes(&self) -> Vec<String> {
        let mut names: Vec<String> = self.filters.iter().filter_map(Filter::attribute).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The activities that they speak of, each once.
    pub fn activities(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.filters.iter().flat_map(Filter::activities).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// What each of them says, moments by the clocks of a place.
    pub fn sentences(&self, language: Language, zone: &TimeZone) -> Vec<String> {
        let sentence = |filter: &Filter| filter.sentence(language, zone);
        self.filters.iter().map(sentence).collect()
    }
}

impl FromIterator<Filter> for Filters {
    fn from_iter<T: IntoIterator<Item = Filter>>(filters: T) -> Self {
        Self {
            filters: filters.into_iter().collect(),
            undone: Vec::new(),
        }
    }
}
