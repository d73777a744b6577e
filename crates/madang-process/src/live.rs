//! A map that is kept up event by event.
//!
//! Cases that may go on are kept with their events; what is found in them is found anew when somebody looks, so that an event that comes late or out of
//! order needs nothing but its place in its own case. When there are more events than may be kept, the cases that have been still the longest
//! are folded into what merges exactly: map, variants and rework. Memory is bounded by that, by how many names there are, and by how many different ways cases
//! went, which has no bound of its own: a log in which no case goes as another did grows with them. A case that goes on after
//! it was folded counts as another one; how many did so is counted.

use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use serde::{Deserialize, Serialize};

use crate::event_data::{LogBuilder, LogLimits, Names, NewEvent, Resource, TooMany};
use crate::performance::ProcessMap;
use crate::variants::{Rework, Variants};

/// How much a live index may hold.
#[derive(Clone, Copy, Debug)]
pub struct LiveLimits {
    /// Events of cases that may go on. A look takes some 20 ms for as many as this; they are 10 MB.
    pub open_events_max: usize,
    /// What the whole may hold of names.
    pub log: LogLimits,
    /// Different people and machines; beyond these nobody is named.
    pub resources_max: usize,
}

impl Default for LiveLimits {
    fn default() -> Self {
        Self {
            open_events_max: 200_000,
            log: LogLimits::default(),
            resources_max: 100_000,
        }
    }
}

/// What a map, variants and rework are kept up from.
#[derive(Debug, Default)]
pub struct LiveIndex {
    limits: LiveLimits,
    activities: Names,
    resources: Names,
    open: HashMap<String, OpenCase>,
    open_events: usize,
    counted: u64,
    folded: Findings,
    /// The last moment of any case that was folded; a case that nobody knows and that is not newer may be one of these.
    folded_to_ms: Option<i64>,
    too_late: u64,
    /// The names of the cases that were folded last, as numbers, so that one that goes on all the same is known.
    folded_names: HashSet<u64>,
    /// The same in the order of folding: the first are forgotten first.
    folded_order: VecDeque<u64>,
    counted_twice: u64,
}

/// What is known at a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Findings {
    /// What follows what.
    pub map: ProcessMap,
    /// The ways cases went.
    pub variants: Variants,
    /// What was done twice.
    pub rework: Rework,
}

/// A case that may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StillOpen<'index> {
    /// The case.
    pub name: &'index str,
    /// What was done last.
    pub last_activity: &'index str,
    /// When: milliseconds of the Unix epoch.
    pub last_ms: i64,
}

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is in the index.
    Counted,
    /// It is older than all cases that may go on, and of none of them. It is counted as that alone.
    TooLate,
}

#[derive(Debug, Default)]
struct OpenCase {
    /// In the order they came.
    events: Vec<OpenEvent>,
    last_ms: i64,
    last_sequence: u64,
    last_activity: u16,
}

#[derive(Clone, Copy, Debug)]
struct OpenEvent {
    time_ms: i64,
    started_ms: Option<i64>,
    sequence: u64,
    resource: u32,
    activity: u16,
}

impl LiveIndex {
    /// An index without events yet.
    pub fn new(limits: LiveLimits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// Takes one event, in whatever order.
    ///
    /// # Errors
    /// When there would be more names than the limits allow; nothing was taken then.
    pub fn push(&mut self, event: &NewEvent<'_>) -> Result<Taken, TooMany> {
        let is_known = self.open.contains_key(event.case);
        if !is_known
            && self
                .folded_to_ms
                .is_some_and(|to_ms| event.time_ms <= to_ms)
        {
            self.too_late += 1;
            return Ok(Taken::TooLate);
        }
        let taken = OpenEvent {
            activity: self.activity(event.activity)?,
            resource: self.resource(event.resource),
            time_ms: event.time_ms,
            started_ms: event.started_ms,
            sequence: event.sequence.unwrap_or(0),
        };
        if !is_known {
            self.check_length(event.case)?;
            // What was found in its beginning was merged and cannot be taken out again.
            let name = number_of(event.case);
            self.counted_twice += u64::from(self.folded_names.remove(&name));
            self.open.insert(event.case.to_owned(), OpenCase::default());
        }
        if let Some(case) = self.open.get_mut(event.case) {
            case.push(taken);
        }
        self.open_events += 1;
        self.counted += 1;
        if self.open_events > self.limits.open_events_max {
            self.fold()?;
        }
        Ok(Taken::Counted)
    }

    /// What is known now.
    ///
    /// # Errors
    /// When there are more activities than a map can speak of.
    pub fn findings(&self) -> Result<Findings, TooMany> {
        let mut findings = self.found_in(self.open.iter())?;
        findings.merge(&self.folded)?;
        Ok(findings)
    }

    /// All cases that may go on, in no order: who waits for something that does not come looks here.
    pub fn open_cases(&self) -> impl ExactSizeIterator<Item = StillOpen<'_>> {
        self.open.iter().map(|(name, case)| StillOpen {
            name,
            last_activity: self.activities.name(u32::from(case.last_activity)),
            last_ms: case.last_ms,
        })
    }

    /// How many events are in it.
    pub fn counted(&self) -> u64 {
        self.counted
    }

    /// How many events came too late to be counted.
    pub fn too_late(&self) -> u64 {
        self.too_late
    }

    /// How many cases went on after they were folded, and count as two: by so much are there fewer cases than the findings say. Of cases that were
    /// folded long ago nobody knows it.
    pub fn counted_twice(&self) -> u64 {
        self.counted_twice
    }

    fn activity(&mut self, name: &str) -> Result<u16, TooMany> {
        self.check_length(name)?;
        let most = self.limits.log.activities_max.min(u32::from(u16::MAX));
        let number = match self.activities.find(name) {
            Some(number) => number,
            None if self.activities.len() >= most as usize => {
                return Err(TooMany::Activities(most));
            }
            None => self.activities.number(name).ok_or(TooMany::Names)?,
        };
        // It is below the most, which fits.
        Ok(number as u16)
    }

    fn resource(&mut self, name: Option<&str>) -> u32 {
        let name = name.filter(|name| name.len() <= self.limits.log.name_bytes_max as usize);
        let number = name.and_then(|name| match self.resources.find(name) {
            None if self.resources.len() < self.limits.resources_max => self.resources.number(name),
            found => found,
        });
        number.unwrap_or(Resource::NONE)
    }

    fn check_length(&self, name: &str) -> Result<(), TooMany> {
        let most = self.limits.log.name_bytes_max;
        match name.len() > most as usize {
            true => Err(TooMany::NameBytes(most)),
            false => Ok(()),
        }
    }

    /// Folds the cases that have been still the longest, until half of what may be kept is left: so it happens seldom enough to cost nothing an event.
    fn fold(&mut self) -> Result<(), TooMany> {
        let mut still: Vec<(i64, &String, usize)> = (self.open.iter())
            .map(|(name, case)| (case.last_ms, name, case.events.len()))
            .collect();
        still.sort_unstable();
        let mut left = self.open_events;
        let names = still.into_iter().map_while(|(_, name, events)| {
            if left <= self.limits.open_events_max / 2 {
                return None;
            }
            left -= events;
            Some(name.clone())
        });
        let names: Vec<String> = names.collect();
        let folded: Vec<(String, OpenCase)> = (names.iter())
            .filter_map(|name| self.open.remove_entry(name))
            .collect();
        let found = self.found_in(folded.iter().map(|(name, case)| (name, case)))?;
        self.folded.merge(&found)?;
        for (name, _) in &folded {
            self.remember(number_of(name));
        }
        let to_ms = folded.iter().map(|(_, case)| case.last_ms).max();
        self.folded_to_ms = self.folded_to_ms.max(to_ms);
        self.open_events = left;
        Ok(())
    }

    fn remember(&mut self, name: u64) {
        if self.folded_names.insert(name) {
            self.folded_order.push_back(name);
        }
        // Names that were taken out when their case went on stand in the order still, and are passed.
        while self.folded_order.len() > FOLDED_NAMES_MAX {
            let first = self.folded_order.pop_front();
            self.folded_names.remove(&first.unwrap_or_default());
        }
    }

    fn found_in<'cases>(
        &self,
        cases: impl Iterator<Item = (&'cases String, &'cases OpenCase)>,
    ) -> Result<Findings, TooMany> {
        let mut builder = LogBuilder::new(self.limits.log);
        for (name, case) in cases {
            for event in &case.events {
                let resource = event.resource;
                builder.push(&NewEvent {
                    case: name,
                    activity: self.activities.name(u32::from(event.activity)),
                    time_ms: event.time_ms,
                    started_ms: event.started_ms,
                    resource: (resource != Resource::NONE).then(|| self.resources.name(resource)),
                    sequence: Some(event.sequence),
                })?;
            }
        }
        let log = builder.finish();
        Ok(Findings {
            map: ProcessMap::of(&log),
            variants: Variants::of(&log),
            rework: Rework::of(&log),
        })
    }
}

/// A week of a busy shop; some 3 MB.
const FOLDED_NAMES_MAX: usize = 100_000;

/// A name as a number. Of a hundred thousand names two have the same one time in four thousand million.
fn number_of(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}

impl OpenCase {
    fn push(&mut self, event: OpenEvent) {
        let last = (self.last_ms, self.last_sequence);
        if self.events.is_empty() || (event.time_ms, event.sequence) >= last {
            (self.last_ms, self.last_sequence) = (event.time_ms, event.sequence);
            self.last_activity = event.activity;
        }
        self.events.push(event);
    }
}

impl Findings {
    /// Adds what was found in other cases.
    ///
    /// # Errors
    /// When there would be more activities than a map can speak of.
    pub fn merge(&mut self, other: &Self) -> Result<(), TooMany> {
        self.map.merge(&other.map)?;
        self.variants.merge(&other.variants)?;
        self.rework.merge(&other.rework);
        Ok(())
    }
}
