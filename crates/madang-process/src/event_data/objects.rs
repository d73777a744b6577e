//! A log of objects: events that speak of several things at once, as an order, its payments and its table.
//!
//! No single thing is the case here. [`ObjectLog::flatten`] chooses one type of object to be it.

use super::builder::{LogBuilder, NewEvent};
use super::column::{Column, ColumnKind};
use super::limits::{LogLimits, TooMany};
use super::log::EventLog;
use super::names::Names;

mod derived;

/// Events, objects, and what has to do with what. Events are ordered by time, and within one moment as they came.
#[derive(Clone, Debug, Default)]
pub struct ObjectLog {
    activities: Names,
    event_names: Names,
    activity: Vec<u16>,
    time_ms: Vec<i64>,
    event_columns: Vec<Column>,
    object_types: Names,
    object_names: Names,
    object_type: Vec<u16>,
    object_columns: Vec<ObjectColumn>,
    qualifiers: Names,
    event_objects: Relations,
    object_objects: Relations,
}

/// One attribute over all objects, with the moments it was set.
#[derive(Clone, Debug)]
pub struct ObjectColumn {
    /// What the log calls it.
    pub name: String,
    /// What its values are.
    pub kind: ColumnKind,
    values: Names,
    changes: Vec<(u32, i64, u32)>,
}

/// An attribute of an object that was set to something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change<'log> {
    /// Which object: a place from 0 to [`ObjectLog::object_count`].
    pub object: usize,
    /// When; 0 for what it was from the beginning.
    pub time_ms: i64,
    /// To what.
    pub value: &'log str,
}

/// For each event or object those that it has to do with.
#[derive(Clone, Debug, Default)]
struct Relations {
    starts: Vec<u32>,
    to: Vec<(u32, u32)>,
}

impl Relations {
    /// `relations`: from, to, qualifier. Those of one `from` keep their order.
    fn of(mut relations: Vec<(u32, u32, u32)>, count: usize) -> Self {
        relations.sort_by_key(|(from, ..)| *from);
        let mut starts = vec![0; count + 1];
        for (from, ..) in &relations {
            starts[*from as usize + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let to = relations.iter().map(|(_, to, how)| (*to, *how)).collect();
        Self { starts, to }
    }

    fn from(&self, at: usize) -> &[(u32, u32)] {
        &self.to[self.starts[at] as usize..self.starts[at + 1] as usize]
    }
}

impl ObjectLog {
    /// The names of what was done.
    pub fn activities(&self) -> &Names {
        &self.activities
    }

    /// The types of objects.
    pub fn object_types(&self) -> &Names {
        &self.object_types
    }

    /// How many events there are.
    pub fn event_count(&self) -> usize {
        self.activity.len()
    }

    /// How many objects there are.
    pub fn object_count(&self) -> usize {
        self.object_type.len()
    }

    /// What the log calls the event at this place.
    pub fn event_name(&self, at: usize) -> &str {
        self.event_names.name(at as u32)
    }

    /// What was done.
    pub fn activity(&self, at: usize) -> &str {
        self.activities.name(u32::from(self.activity[at]))
    }

    /// When: milliseconds of the Unix epoch.
    pub fn time_ms(&self, at: usize) -> i64 {
        self.time_ms[at]
    }

    /// Attributes of events, indexed by their place.
    pub fn event_columns(&self) -> &[Column] {
        &self.event_columns
    }

    /// What the log calls the object at this place.
    pub fn object_name(&self, at: usize) -> &str {
        self.object_names.name(at as u32)
    }

    /// The type of the object at this place.
    pub fn object_type(&self, at: usize) -> &str {
        self.object_types.name(u32::from(self.object_type[at]))
    }

    /// Attributes of objects.
    pub fn object_columns(&self) -> &[ObjectColumn] {
        &self.object_columns
    }

    /// The objects that an event has to do with, and how.
    pub fn objects_of(&self, event: usize) -> impl ExactSizeIterator<Item = (usize, &str)> {
        self.related(&self.event_objects, event)
    }

    /// The objects that an object has to do with, and how.
    pub fn related_to(&self, object: usize) -> impl ExactSizeIterator<Item = (usize, &str)> {
        self.related(&self.object_objects, object)
    }

    fn related<'log>(
        &'log self,
        relations: &'log Relations,
        at: usize,
    ) -> impl ExactSizeIterator<Item = (usize, &'log str)> {
        (relations.from(at).iter()).map(|(to, how)| (*to as usize, self.qualifiers.name(*how)))
    }

    /// The log in which the objects of one type are the cases: each with all events that have to do with it, and its last attributes. An event
    /// that has to do with two of them is in both cases. An attribute `resource` or `org:resource` of events is who did it, and a moment called
    /// `start_timestamp` is when it began.
    ///
    /// # Errors
    /// When that log would hold more than its limits: events are repeated for each object.
    pub fn flatten(&self, object_type: &str, limits: LogLimits) -> Result<EventLog, TooMany> {
        let mut builder = LogBuilder::new(limits);
        let Some(wanted) = self.object_types.find(object_type) else {
            return Ok(builder.finish());
        };
        let resource = (self.event_columns.iter())
            .find(|column| matches!(column.name.as_str(), "resource" | "org:resource"));
        let started = (self.event_columns.iter())
            .find(|column| column.name == STARTED && column.kind == ColumnKind::Time);
        let mut cases = vec![None; self.object_count()];
        let mut last_event = vec![usize::MAX; self.object_count()];
        for event in 0..self.event_count() {
            for (object, _) in self.event_objects.from(event) {
                let object = *object as usize;
                // An event may have to do with an object in several ways, and is one event of it all the same.
                let is_again = std::mem::replace(&mut last_event[object], event) == event;
                if u32::from(self.object_type[object]) != wanted || is_again {
                    continue;
                }
                let case = self.object_name(object);
                cases[object] = Some(builder.case(case)?);
                let place = builder.push(&NewEvent {
                    case,
                    activity: self.activity(event),
                    time_ms: self.time_ms[event],
                    started_ms: (started.and_then(|column| column.value(event)))
                        .and_then(|moment| moment.parse::<jiff::Timestamp>().ok())
                        .map(jiff::Timestamp::as_millisecond),
                    resource: resource.and_then(|column| column.value(event)),
                    sequence: None,
                })?;
                for column in &self.event_columns {
                    if let Some(value) = column.value(event) {
                        builder.set_event(place, &column.name, column.kind, value)?;
                    }
                }
            }
        }
        for column in &self.object_columns {
            for change in column.changes() {
                if let Some(case) = cases[change.object] {
                    builder.set_case(case, &column.name, column.kind, change.value)?;
                }
            }
        }
        Ok(builder.finish())
    }
}

impl ObjectColumn {
    /// What was set, by object, and for each by time.
    pub fn changes(&self) -> impl ExactSizeIterator<Item = Change<'_>> {
        (self.changes.iter()).map(|(object, time_ms, value)| Change {
            object: *object as usize,
            time_ms: *time_ms,
            value: self.values.name(*value),
        })
    }
}

/// Different attributes of events, and of objects. Columns are found by looking through them.
const ATTRIBUTES_MAX: usize = 1_000;

/// The attribute of an event that says when it began, as XES has it.
const STARTED: &str = "start_timestamp";

/// An object that was spoken of and is not known yet.
const UNKNOWN: u16 = u16::MAX;

/// Takes events and objects in any order and gives a log of them.
#[derive(Debug, Default)]
pub struct ObjectLogBuilder {
    limits: LogLimits,
    log: ObjectLog,
    event_relations: Vec<(u32, u32, u32)>,
    object_relations: Vec<(u32, u32, u32)>,
    /// Orders events of one moment.
    sequence: Vec<u64>,
}

/// Why an event or object was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// One of the same name is there.
    #[error("the name is there already")]
    Repeated,
    /// The log would hold more than it may.
    #[error(transparent)]
    TooMany(#[from] TooMany),
}

/// A relation to an object that never came.
#[derive(Clone, Copy, Debug)]
pub struct Dangling<'log> {
    /// The event it is of, or the object, by the number that [`ObjectLogBuilder`] gave it.
    pub from: u32,
    /// Whether it is of an event.
    pub is_of_event: bool,
    /// The name that was spoken of.
    pub to: &'log str,
}

impl ObjectLogBuilder {
    /// A log without anything yet.
    pub fn new(limits: LogLimits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// Takes an object; the number it has from now on.
    ///
    /// # Errors
    /// When one of this name was taken, or the log would hold more than its limits.
    pub fn object(&mut self, name: &str, object_type: &str) -> Result<u32, NotTaken> {
        let number = self.spoken_of(name)?;
        if self.log.object_type[number as usize] != UNKNOWN {
            return Err(NotTaken::Repeated);
        }
        let most = self.limits.activities_max;
        let object_type = few(&mut self.log.object_types, object_type, most, self.limits)?;
        self.log.object_type[number as usize] = object_type;
        Ok(number)
    }

    /// Takes an event; the number it has from now on. Its sequence orders events of one moment.
    ///
    /// # Errors
    /// When one of this name was taken, or the log would hold more than its limits.
    pub fn event(
        &mut self,
        name: &str,
        activity: &str,
        time_ms: i64,
        sequence: u64,
    ) -> Result<u32, NotTaken> {
        if self.log.activity.len() >= self.limits.events_max as usize {
            return Err(TooMany::Events(self.limits.events_max).into());
        }
        if self.log.event_names.find(name).is_some() {
            return Err(NotTaken::Repeated);
        }
        check_length(name, self.limits)?;
        let most = self.limits.activities_max;
        let activity = few(&mut self.log.activities, activity, most, self.limits)?;
        let number = interned(&mut self.log.event_names, name, self.limits)?;
        self.log.activity.push(activity);
        self.log.time_ms.push(time_ms);
        self.sequence.push(sequence);
        Ok(number)
    }

    /// The number of an event that was taken.
    pub fn event_number(&self, name: &str) -> Option<u32> {
        self.log.event_names.find(name)
    }

    /// The number of an object that was taken.
    pub fn object_number(&self, name: &str) -> Option<u32> {
        let number = self.log.object_names.find(name)?;
        (self.log.object_type[number as usize] != UNKNOWN).then_some(number)
    }

    /// Sets an attribute of an event that was taken.
    ///
    /// # Errors
    /// When the value is too long or the attributes are too many.
    pub fn set_event(
        &mut self,
        event: u32,
        name: &str,
        kind: ColumnKind,
        value: &str,
    ) -> Result<(), TooMany> {
        check_length(value, self.limits)?;
        let columns = &mut self.log.event_columns;
        let at = match columns.iter().position(|column| column.name == name) {
            Some(at) => at,
            None => {
                check_count(columns.len())?;
                columns.push(Column::new(name, kind));
                columns.len() - 1
            }
        };
        match columns[at].set(event as usize, value) {
            true => Ok(()),
            false => Err(TooMany::Names),
        }
    }

    /// Sets an attribute of an object that was taken, at a moment.
    ///
    /// # Errors
    /// When the value is too long or the attributes are too many.
    pub fn set_object(
        &mut self,
        object: u32,
        name: &str,
        kind: ColumnKind,
        time_ms: i64,
        value: &str,
    ) -> Result<(), TooMany> {
        let columns = &mut self.log.object_columns;
        let at = match columns.iter().position(|column| column.name == name) {
            Some(at) => at,
            None => {
                check_count(columns.len())?;
                columns.push(ObjectColumn {
                    name: name.to_owned(),
                    kind,
                    values: Names::new(),
                    changes: Vec::new(),
                });
                columns.len() - 1
            }
        };
        let value = interned(&mut columns[at].values, value, self.limits)?;
        columns[at].changes.push((object, time_ms, value));
        Ok(())
    }

    /// Says that an event that was taken has to do with an object, which may come later.
    ///
    /// # Errors
    /// When the names are too long or too many.
    pub fn relate_event(
        &mut self,
        event: u32,
        object: &str,
        qualifier: &str,
    ) -> Result<(), TooMany> {
        let object = self.spoken_of(object)?;
        let qualifier = interned(&mut self.log.qualifiers, qualifier, self.limits)?;
        self.event_relations.push((event, object, qualifier));
        Ok(())
    }

    /// Says that an object that was taken has to do with another, which may come later.
    ///
    /// # Errors
    /// When the names are too long or too many.
    pub fn relate_object(
        &mut self,
        object: u32,
        other: &str,
        qualifier: &str,
    ) -> Result<(), TooMany> {
        let other = self.spoken_of(other)?;
        let qualifier = interned(&mut self.log.qualifiers, qualifier, self.limits)?;
        self.object_relations.push((object, other, qualifier));
        Ok(())
    }

    /// The log. Relations to objects that never came are not in it; each is told of.
    pub fn finish(mut self, mut dangling: impl FnMut(Dangling<'_>)) -> ObjectLog {
        let known = self.number_known_objects();
        let mut kept = |relations: Vec<(u32, u32, u32)>, is_of_event: bool| {
            let mut kept = Vec::with_capacity(relations.len());
            for (from, to, how) in relations {
                match known.number[to as usize] {
                    Some(number) => kept.push((from, number, how)),
                    None => dangling(Dangling {
                        from,
                        is_of_event,
                        to: self.log.object_names.name(to),
                    }),
                }
            }
            kept
        };
        let mut events = kept(std::mem::take(&mut self.event_relations), true);
        let mut objects = kept(std::mem::take(&mut self.object_relations), false);
        let renumber = |object: &mut u32| *object = known.number[*object as usize].unwrap_or(0);
        objects.iter_mut().for_each(|(from, ..)| renumber(from));
        let mut log = self.log;
        for column in &mut log.object_columns {
            column.changes.iter_mut().for_each(|(at, ..)| renumber(at));
            column
                .changes
                .sort_by_key(|(object, at_ms, _)| (*object, *at_ms));
        }
        log.object_names = known.names;
        log.object_type
            .retain(|object_type| *object_type != UNKNOWN);
        log.object_objects = Relations::of(objects, log.object_type.len());
        let place_of = order_by_time(&mut log, &self.sequence);
        for (from, ..) in &mut events {
            *from = place_of[*from as usize];
        }
        log.event_objects = Relations::of(events, log.activity.len());
        log
    }

    fn spoken_of(&mut self, name: &str) -> Result<u32, TooMany> {
        let number = interned(&mut self.log.object_names, name, self.limits)?;
        if number as usize == self.log.object_type.len() {
            if number >= self.limits.events_max {
                return Err(TooMany::Events(self.limits.events_max));
            }
            self.log.object_type.push(UNKNOWN);
        }
        Ok(number)
    }

    fn number_known_objects(&self) -> KnownObjects {
        let mut known = KnownObjects {
            names: Names::new(),
            number: Vec::with_capacity(self.log.object_type.len()),
        };
        for (name, object_type) in self.log.object_names.iter().zip(&self.log.object_type) {
            let number = match *object_type {
                UNKNOWN => None,
                _ => known.names.number(name),
            };
            known.number.push(number);
        }
        known
    }
}

struct KnownObjects {
    names: Names,
    /// For each object that was spoken of.
    number: Vec<Option<u32>>,
}

/// Puts the events in the order of time; to which place each went.
fn order_by_time(log: &mut ObjectLog, sequence: &[u64]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..log.activity.len() as u32).collect();
    order.sort_by_key(|at| (log.time_ms[*at as usize], sequence[*at as usize]));
    let mut place_of = vec![0; order.len()];
    let mut names = Names::new();
    for (place, at) in order.iter().enumerate() {
        place_of[*at as usize] = place as u32;
        (names.number(log.event_names.name(*at))).expect("names that fitted fit in another order");
    }
    log.event_names = names;
    log.activity = order.iter().map(|at| log.activity[*at as usize]).collect();
    log.time_ms = order.iter().map(|at| log.time_ms[*at as usize]).collect();
    log.event_columns = std::mem::take(&mut log.event_columns)
        .into_iter()
        .map(|column| column.placed(&order))
        .collect();
    place_of
}

fn few(names: &mut Names, name: &str, most: u32, limits: LogLimits) -> Result<u16, TooMany> {
    // The last number of 16 bits says that there is none.
    let most = most.min(u32::from(UNKNOWN));
    if names.find(name).is_none() && names.len() >= most as usize {
        return Err(TooMany::Activities(most));
    }
    Ok(interned(names, name, limits)? as u16)
}

fn interned(names: &mut Names, name: &str, limits: LogLimits) -> Result<u32, TooMany> {
    check_length(name, limits)?;
    names.number(name).ok_or(TooMany::Names)
}

fn check_length(name: &str, limits: LogLimits) -> Result<(), TooMany> {
    match name.len() <= limits.name_bytes_max as usize {
        true => Ok(()),
        false => Err(TooMany::NameBytes(limits.name_bytes_max)),
    }
}

fn check_count(columns: usize) -> Result<(), TooMany> {
    match columns < ATTRIBUTES_MAX {
        true => Ok(()),
        false => Err(TooMany::Attributes(ATTRIBUTES_MAX as u32)),
    }
}
