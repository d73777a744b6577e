//! The map of a process: what follows what, how often, and how long it waits between.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::histogram::Histogram;
use super::stored::{Mismatch, count_within};
use super::working_hours::WorkingHours;
use crate::event_data::{
    Activity, CaseEvents, EventLog, MergedNames, PLACES_MAX, TooMany, by_name,
};

/// The directly-follows graph of a log.
///
/// Its order is canonical, activities by name and edges by their ends, so that maps of the parts of a log merge into one that is equal to
/// that of the whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct ProcessMap {
    /// What was done, sorted by name.
    pub activities: Vec<ActivityNode>,
    /// What followed what, sorted by `from`, then by `to`.
    pub edges: Vec<Edge>,
    /// How many cases there are.
    pub cases: u64,
    /// How many events there are.
    pub events: u64,
    /// From the first event to the last; none when there are no events.
    pub period: Option<Period>,
    /// How long cases took, from their first event's beginning to their last event.
    pub durations: Histogram,
}

/// One thing that was done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActivityNode {
    /// What the log calls it.
    pub name: String,
    /// How often it was done.
    pub events: u64,
    /// In how many cases it was done.
    pub cases: u64,
    /// How many cases began with it.
    pub started: u64,
    /// How many cases ended with it.
    pub ended: u64,
    /// How long the work took, of the events whose beginning is told; none when the log tells of none. One that began when it ended took no time, and
    /// counts.
    pub processing: Option<Histogram>,
}

/// One thing done directly after another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edge {
    /// What came first: a place in [`ProcessMap::activities`].
    pub from: u16,
    /// What followed: a place in [`ProcessMap::activities`].
    pub to: u16,
    /// How often.
    pub count: u64,
    /// In how many cases.
    pub cases: u64,
    /// How long it was from the end of the first to the beginning of the second.
    pub waiting: Histogram,
    /// How often the second began before the first ended. These did not wait, and are not in `waiting`.
    pub overlaps: u64,
}

/// A stretch of time, both ends within.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// Milliseconds of the Unix epoch.
    pub first_ms: i64,
    /// Milliseconds of the Unix epoch.
    pub last_ms: i64,
}

impl ProcessMap {
    /// The map of a log.
    pub fn of(log: &EventLog) -> Self {
        Self::drawn(log, None)
    }

    /// The map of a log in which only working hours count: waits, work and how long cases took.
    pub fn in_working_hours(log: &EventLog, hours: &WorkingHours) -> Self {
        Self::drawn(log, Some(hours))
    }

    fn drawn(log: &EventLog, hours: Option<&WorkingHours>) -> Self {
        let mut drawing = Drawing::new(log, hours);
        for case in log.cases() {
            drawing.take(case);
        }
        drawing.finish()
    }

    /// Adds the map of other cases, by the names of the activities.
    ///
    /// # Errors
    /// When there would be more activities than an edge can speak of; nothing was added then.
    pub fn merge(&mut self, other: &Self) -> Result<(), TooMany> {
        let MergedNames {
            names,
            mine,
            theirs,
        } = MergedNames::of(self.names(), other.names())?;
        let mut activities = Vec::new();
        activities.resize_with(names.len(), ActivityNode::default);
        for (node, at) in self.activities.drain(..).zip(&mine) {
            activities[usize::from(*at)] = node;
        }
        for (node, at) in other.activities.iter().zip(&theirs) {
            activities[usize::from(*at)].add(node);
        }
        self.activities = activities;
        self.merge_edges(&mine, other, &theirs);
        self.cases += other.cases;
        self.events += other.events;
        self.period = Period::of_both(self.period, other.period);
        self.durations.merge(&other.durations);
        Ok(())
    }

    /// The edge between two activities of these names.
    pub fn edge(&self, from: &str, to: &str) -> Option<&Edge> {
        let (from, to) = (self.place_of(from)?, self.place_of(to)?);
        let at = (self.edges).binary_search_by_key(&(from, to), |edge| (edge.from, edge.to));
        Some(&self.edges[at.ok()?])
    }

    /// The name of an activity that an edge speaks of.
    pub fn name(&self, place: u16) -> &str {
        &self.activities[usize::from(place)].name
    }

    /// The activity of this name.
    pub fn activity(&self, name: &str) -> Option<&ActivityNode> {
        Some(&self.activities[usize::from(self.place_of(name)?)])
    }

    fn place_of(&self, name: &str) -> Option<u16> {
        let at = (self.activities).binary_search_by(|node| node.name.as_str().cmp(name));
        at.ok().map(|at| at as u16)
    }

    fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.activities.iter().map(|node| node.name.as_str())
    }

    fn merge_edges(&mut self, mine: &[u16], other: &Self, theirs: &[u16]) {
        // Both are sorted by name, so moving places keeps their order.
        for edge in &mut self.edges {
            *edge = std::mem::take(edge).moved(mine);
        }
        let old = std::mem::take(&mut self.edges);
        let mut old = old.into_iter().peekable();
        for edge in &other.edges {
            let edge = edge.clone().moved(theirs);
            while let Some(before) = old.next_if(|old| old.ends() < edge.ends()) {
                self.edges.push(before);
            }
            let mut merged = (old.next_if(|old| old.ends() == edge.ends())).unwrap_or(Edge {
                from: edge.from,
                to: edge.to,
                ..Edge::default()
            });
            merged.add(&edge);
            self.edges.push(merged);
        }
        self.edges.extend(old);
    }
}

impl ActivityNode {
    fn add(&mut self, other: &Self) {
        if self.name.is_empty() {
            self.name.clone_from(&other.name);
        }
        self.events += other.events;
        self.cases += other.cases;
        self.started += other.started;
        self.ended += other.ended;
        if let Some(processing) = &other.processing {
            self.processing.get_or_insert_default().merge(processing);
        }
    }
}

impl Edge {
    fn ends(&self) -> (u16, u16) {
        (self.from, self.to)
    }

    fn moved(mut self, places: &[u16]) -> Self {
        self.from = places[usize::from(self.from)];
        self.to = places[usize::from(self.to)];
        self
    }

    fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.cases += other.cases;
        self.overlaps += other.overlaps;
        self.waiting.merge(&other.waiting);
    }
}

impl Period {
    /// What reaches over both.
    pub fn of_both(left: Option<Self>, right: Option<Self>) -> Option<Self> {
        match (left, right) {
            (Some(left), Some(right)) => Some(Self {
                first_ms: left.first_ms.min(right.first_ms),
                last_ms: left.last_ms.max(right.last_ms),
            }),
            (one, other) => one.or(other),
        }
    }

    /// How long it is.
    pub fn length_ms(self) -> u64 {
        self.counted_ms(None)
    }

    /// How much of it lies in the hours that count; none of these: all do.
    pub fn counted_ms(self, hours: Option<&WorkingHours>) -> u64 {
        counted_ms(hours, self.first_ms, self.last_ms).unwrap_or(0)
    }
}

/// How long it is from one moment to a later one; none when it is not later.
pub(crate) fn between_ms(from_ms: i64, to_ms: i64) -> Option<u64> {
    (to_ms >= from_ms).then(|| to_ms.abs_diff(from_ms))
}

/// The same in the hours that count; none of these: all do.
pub(crate) fn counted_ms(hours: Option<&WorkingHours>, from_ms: i64, to_ms: i64) -> Option<u64> {
    match hours {
        None => between_ms(from_ms, to_ms),
        Some(hours) => hours.between_ms(from_ms, to_ms),
    }
}

/// When a case began and how long it took: from the earliest beginning of an event to its last event.
pub(crate) fn case_span(case: &CaseEvents<'_>) -> Period {
    let times = case.times_ms();
    let starts = case.started_ms().unwrap_or(times);
    let first_ms = starts.iter().copied().min().unwrap_or(0).min(times[0]);
    Period {
        first_ms,
        last_ms: times[times.len() - 1],
    }
}

/// A map as it is handed from one machine to another.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    activities: Vec<ActivityNode>,
    edges: Vec<Edge>,
    cases: u64,
    events: u64,
    period: Option<Period>,
    durations: Histogram,
}

impl TryFrom<Stored> for ProcessMap {
    type Error = Mismatch;

    fn try_from(stored: Stored) -> Result<Self, Mismatch> {
        let Stored {
            activities,
            edges,
            cases,
            events,
            period,
            durations,
        } = stored;
        let are_sorted = activities.is_sorted_by(|left, right| left.name < right.name)
            && edges.is_sorted_by(|left, right| left.ends() < right.ends());
        let is_there = |place: u16| usize::from(place) < activities.len();
        let are_there = edges
            .iter()
            .all(|edge| is_there(edge.from) && is_there(edge.to));
        if !are_sorted || !are_there || activities.len() > PLACES_MAX {
            return Err(Mismatch(
                "the activities or edges of a map are not in its order",
            ));
        }
        let of_nodes = activities
            .iter()
            .flat_map(|node| [node.events, node.cases, node.started, node.ended]);
        let of_edges = edges
            .iter()
            .flat_map(|edge| [edge.count, edge.cases, edge.overlaps]);
        for count in of_nodes.chain(of_edges).chain([cases, events]) {
            count_within(count)?;
        }
        Ok(Self {
            activities,
            edges,
            cases,
            events,
            period,
            durations,
        })
    }
}

/// A map on its way: numbers are those of the log.
struct Drawing<'log> {
    log: &'log EventLog,
    hours: Option<&'log WorkingHours>,
    activities: Vec<ActivityNode>,
    edges: Vec<Edge>,
    table: EdgeTable,
    /// The last case that each activity and edge was seen in, and 1.
    activity_seen: Vec<u32>,
    edge_seen: Vec<u32>,
    map: ProcessMap,
}

impl<'log> Drawing<'log> {
    fn new(log: &'log EventLog, hours: Option<&'log WorkingHours>) -> Self {
        let names = log.activities().iter();
        let activities = names.map(|name| ActivityNode {
            name: name.to_owned(),
            ..ActivityNode::default()
        });
        Self {
            log,
            hours,
            activities: activities.collect(),
            edges: Vec::new(),
            table: EdgeTable::new(log.activities().len()),
            activity_seen: vec![0; log.activities().len()],
            edge_seen: Vec::new(),
            map: ProcessMap::default(),
        }
    }

    fn take(&mut self, case: CaseEvents<'_>) {
        let activities = case.activity_numbers();
        let (Some(first), Some(last)) = (activities.first(), activities.last()) else {
            return;
        };
        let mark = case.case.0 + 1;
        for activity in activities {
            self.take_activity(usize::from(*activity), mark);
        }
        self.take_processing(&case);
        let times = case.times_ms();
        let starts = case.started_ms().unwrap_or(times);
        for at in 1..activities.len() {
            let waiting = self.between_ms(times[at - 1], starts[at]);
            self.take_edge(activities[at - 1], activities[at], waiting, mark);
        }
        self.activities[usize::from(*first)].started += 1;
        self.activities[usize::from(*last)].ended += 1;
        let span = case_span(&case);
        self.map.durations.add(span.counted_ms(self.hours));
        self.map.period = Period::of_both(self.map.period, Some(span));
        self.map.cases += 1;
        self.map.events += activities.len() as u64;
    }

    fn between_ms(&self, from_ms: i64, to_ms: i64) -> Option<u64> {
        counted_ms(self.hours, from_ms, to_ms)
    }

    fn take_activity(&mut self, activity: usize, mark: u32) {
        let node = &mut self.activities[activity];
        node.events += 1;
        node.cases += u64::from(self.activity_seen[activity] != mark);
        self.activity_seen[activity] = mark;
    }

    fn take_processing(&mut self, case: &CaseEvents<'_>) {
        let events = case.activities().zip(case.times_ms()).enumerate();
        for (at, (activity, time_ms)) in events {
            let Some(started_ms) = case.said_start_ms(at) else {
                continue;
            };
            // A start behind the end is a mistake of the log; it took no time that could be counted.
            if let Some(took) = self.between_ms(started_ms, *time_ms) {
                let processing = &mut self.activities[activity.index()].processing;
                processing.get_or_insert_default().add(took);
            }
        }
    }

    fn take_edge(&mut self, from: u16, to: u16, waiting: Option<u64>, mark: u32) {
        let at = self.table.place(Activity(from), Activity(to), || {
            self.edges.push(Edge {
                from,
                to,
                ..Edge::default()
            });
            self.edge_seen.push(0);
            self.edges.len() as u32 - 1
        }) as usize;
        let edge = &mut self.edges[at];
        edge.count += 1;
        edge.cases += u64::from(self.edge_seen[at] != mark);
        self.edge_seen[at] = mark;
        match waiting {
            Some(waiting) => edge.waiting.add(waiting),
            None => edge.overlaps += 1,
        }
    }

    fn finish(mut self) -> ProcessMap {
        // An activity whose events are all gone, as after a filter, is no part of the map.
        let (order, places) = by_name(self.log.activities(), |at| self.activities[at].events > 0);
        self.map.activities = (order.iter())
            .map(|at| std::mem::take(&mut self.activities[usize::from(*at)]))
            .collect();
        self.map.edges = (self.edges.into_iter())
            .map(|edge| edge.moved(&places))
            .collect();
        self.map.edges.sort_unstable_by_key(Edge::ends);
        self.map
    }
}

/// Which edge stands between two activities. A table of all pairs is the fastest; it is not made for so many that it would fill the memory.
enum EdgeTable {
    Pairs { width: usize, places: Vec<u32> },
    Found(HashMap<(Activity, Activity), u32>),
}

/// 512 activities are a table of 1 MiB.
const TABLE_ACTIVITIES_MAX: usize = 512;

impl EdgeTable {
    fn new(activities: usize) -> Self {
        if activities > TABLE_ACTIVITIES_MAX {
            return Self::Found(HashMap::new());
        }
        Self::Pairs {
            width: activities,
            places: vec![u32::MAX; activities * activities],
        }
    }

    fn place(&mut self, from: Activity, to: Activity, new: impl FnOnce() -> u32) -> u32 {
        match self {
            Self::Pairs { width, places } => {
                let place = &mut places[from.index() * *width + to.index()];
                if *place == u32::MAX {
                    *place = new();
                }
                *place
            }
            Self::Found(places) => *places.entry((from, to)).or_insert_with(new),
        }
    }
}
