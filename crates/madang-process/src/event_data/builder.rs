//! Events as they come, in any order, made into a log.

use super::column::{Column, ColumnKind};
use super::limits::{LogLimits, TooMany};
use super::log::EventLog;
use super::names::Names;
use super::number::Resource;

/// One event as a reader has it.
#[derive(Clone, Copy, Debug)]
pub struct NewEvent<'read> {
    /// What it was done for.
    pub case: &'read str,
    /// What was done.
    pub activity: &'read str,
    /// When it was done: milliseconds of the Unix epoch.
    pub time_ms: i64,
    /// When the work began, if that is known.
    pub started_ms: Option<i64>,
    /// Who did it.
    pub resource: Option<&'read str>,
    /// Its own number, which orders events of one moment. Without one the order of coming does.
    pub sequence: Option<u64>,
}

/// Takes events in any order and gives a log.
#[derive(Debug, Default)]
pub struct LogBuilder {
    limits: LogLimits,
    activities: Names,
    case_names: Names,
    resources: Names,
    case: Vec<u32>,
    activity: Vec<u16>,
    time_ms: Vec<i64>,
    started_ms: Vec<i64>,
    start_unsaid: Vec<bool>,
    resource: Vec<u32>,
    sequence: Vec<u64>,
    event_columns: Vec<Column>,
    case_columns: Vec<Column>,
}

impl LogBuilder {
    /// A log without events yet.
    pub fn new(limits: LogLimits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// Takes one event, and says at which place it stands for [`Self::set_event`].
    ///
    /// # Errors
    /// When the log would hold more than its limits; nothing was taken then.
    pub fn push(&mut self, event: &NewEvent<'_>) -> Result<usize, TooMany> {
        let at = self.activity.len();
        if at >= self.limits.events_max as usize {
            return Err(TooMany::Events(self.limits.events_max));
        }
        let activity = self.activity_number(event.activity)?;
        let case = number(&mut self.case_names, event.case, self.limits)?;
        let resource = match event.resource {
            Some(name) => number(&mut self.resources, name, self.limits)?,
            None => Resource::NONE,
        };
        self.activity.push(activity);
        self.case.push(case);
        self.time_ms.push(event.time_ms);
        push_sparse(&mut self.resource, at, resource, Resource::NONE);
        // An event without a start took no time: it began when it ended.
        let started_ms = event.started_ms.unwrap_or(event.time_ms);
        if event.started_ms.is_some() && self.started_ms.is_empty() {
            self.started_ms.clone_from(&self.time_ms);
            self.started_ms[at] = started_ms;
            self.start_unsaid = vec![true; at];
            push_sparse(&mut self.start_unsaid, at, false, false);
        } else if !self.started_ms.is_empty() {
            self.started_ms.push(started_ms);
            push_sparse(
                &mut self.start_unsaid,
                at,
                event.started_ms.is_none(),
                false,
            );
        }
        push_sparse(&mut self.sequence, at, event.sequence.unwrap_or(0), 0);
        Ok(at)
    }

    /// The number of a case, for [`Self::set_case`]; it is made known if it is new. A case that never gets an event is not in the log.
    ///
    /// # Errors
    /// When the names are more than the limits allow.
    pub fn case(&mut self, name: &str) -> Result<u32, TooMany> {
        number(&mut self.case_names, name, self.limits)
    }

    /// Sets an attribute of the event at a place that [`Self::push`] gave.
    ///
    /// # Errors
    /// When the value is longer than the limits allow.
    pub fn set_event(
        &mut self,
        at: usize,
        name: &str,
        kind: ColumnKind,
        value: &str,
    ) -> Result<(), TooMany> {
        set(&mut self.event_columns, at, name, kind, value, self.limits)
    }

    /// Sets an attribute of a case that [`Self::case`] gave.
    ///
    /// # Errors
    /// When the value is longer than the limits allow.
    pub fn set_case(
        &mut self,
        case: u32,
        name: &str,
        kind: ColumnKind,
        value: &str,
    ) -> Result<(), TooMany> {
        set(
            &mut self.case_columns,
            case as usize,
            name,
            kind,
            value,
            self.limits,
        )
    }

    /// Gives cases other names. A name that another case has gets marks behind it until nobody has it.
    ///
    /// # Errors
    /// When the names are more than the limits allow.
    pub(crate) fn rename_cases(
        &mut self,
        renamed: impl Fn(&str) -> Option<String>,
    ) -> Result<(), TooMany> {
        let mut names = Names::new();
        for name in self.case_names.iter() {
            let Some(mut other) = renamed(name) else {
                number(&mut names, name, self.limits)?;
                continue;
            };
            while self.case_names.find(&other).is_some() || names.find(&other).is_some() {
                other.push('\'');
            }
            number(&mut names, &other, self.limits)?;
        }
        self.case_names = names;
        Ok(())
    }

    /// Takes all that another has, as if it had come after what is here. Each column of the other is freed as soon as it was taken over, so that two
    /// logs are never held at once.
    ///
    /// # Errors
    /// When the log would hold more than its limits.
    pub fn append(&mut self, other: Self) -> Result<(), TooMany> {
        let lengths = (self.activity.len(), other.activity.len());
        if lengths.0 + lengths.1 > self.limits.events_max as usize {
            return Err(TooMany::Events(self.limits.events_max));
        }
        let activities = (other.activities.iter())
            .map(|name| self.activity_number(name))
            .collect::<Result<Vec<_>, _>>()?;
        let cases = renumbered(&mut self.case_names, other.case_names, self.limits)?;
        let resources = renumbered(&mut self.resources, other.resources, self.limits)?;
        let resource = |number| match number {
            Resource::NONE => Resource::NONE,
            number => resources[number as usize],
        };
        append_unsaid(
            (&mut self.start_unsaid, !self.started_ms.is_empty()),
            (other.start_unsaid, !other.started_ms.is_empty()),
            lengths,
        );
        append_starts(
            (&mut self.started_ms, &self.time_ms),
            (other.started_ms, &other.time_ms),
        );
        take_over(&mut self.time_ms, other.time_ms, |time_ms| time_ms);
        take_over(&mut self.activity, other.activity, |number| {
            activities[usize::from(number)]
        });
        take_over(&mut self.case, other.case, |number| cases[number as usize]);
        let none = Resource::NONE;
        append_sparse(&mut self.resource, other.resource, lengths, none, resource);
        append_sparse(&mut self.sequence, other.sequence, lengths, 0, |number| {
            number
        });
        for column in other.event_columns {
            append_column(&mut self.event_columns, column, |place| lengths.0 + place)?;
        }
        for column in other.case_columns {
            append_column(&mut self.case_columns, column, |case| cases[case] as usize)?;
        }
        Ok(())
    }

    /// Gives all events away in the order they came, without their attributes, and begins anew.
    ///
    /// # Errors
    /// Those of who takes them; the rest is gone then.
    pub fn give_each<Error>(
        &mut self,
        mut take: impl FnMut(&NewEvent<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let given = std::mem::replace(self, Self::new(self.limits));
        for (at, activity) in given.activity.iter().enumerate() {
            let resource = given.resource.get(at).copied().unwrap_or(Resource::NONE);
            take(&NewEvent {
                case: given.case_names.name(given.case[at]),
                activity: given.activities.name(u32::from(*activity)),
                time_ms: given.time_ms[at],
                started_ms: given.started_ms.get(at).copied(),
                resource: (resource != Resource::NONE).then(|| given.resources.name(resource)),
                sequence: given.sequence.get(at).copied(),
            })?;
        }
        Ok(())
    }

    /// Takes all events of a log, by their names: events of a case that stand in several logs come together. Of events of one moment those of the log
    /// that is pushed first come first.
    ///
    /// # Errors
    /// When the log would hold more than its limits; a part of the other may have been taken then.
    pub fn push_log(&mut self, log: &EventLog) -> Result<(), TooMany> {
        for events in log.cases() {
            let case = self.case(events.name())?;
            for column in log.case_columns() {
                if let Some(value) = column.value(events.case.index()) {
                    self.set_case(case, &column.name, column.kind, value)?;
                }
            }
            for (at, activity) in events.activities().enumerate() {
                let resource = events.resource(at).map(|who| log.resources().name(who.0));
                let place = self.push(&NewEvent {
                    case: events.name(),
                    activity: log.activities().name(u32::from(activity.0)),
                    time_ms: events.times_ms()[at],
                    started_ms: events.said_start_ms(at),
                    resource,
                    sequence: events.sequence(at),
                })?;
                for column in log.event_columns() {
                    if let Some(value) = column.value(events.first_place() + at) {
                        self.set_event(place, &column.name, column.kind, value)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// The log: cases in the order they first came, their events by time, then by sequence, then as they came.
    pub fn finish(mut self) -> EventLog {
        let (order, case_starts, cases_kept) = self.order();
        self.case = Vec::new();
        EventLog {
            activity: placed(self.activity, &order),
            time_ms: placed_within(self.time_ms, &order),
            started_ms: placed_within(self.started_ms, &order),
            start_unsaid: placed(self.start_unsaid, &order),
            resource: placed(self.resource, &order),
            sequence: placed_within(self.sequence, &order),
            event_columns: (self.event_columns.into_iter())
                .map(|column| column.placed(&order))
                .collect(),
            case_columns: (self.case_columns.into_iter())
                .map(|column| column.placed(&cases_kept))
                .collect(),
            case_names: if cases_kept.len() == self.case_names.len() {
                self.case_names
            } else {
                kept(&self.case_names, &cases_kept)
            },
            activities: self.activities,
            resources: self.resources,
            case_starts,
        }
    }

    fn activity_number(&mut self, name: &str) -> Result<u16, TooMany> {
        let most = self.limits.activities_max.min(u32::from(u16::MAX));
        if let Some(number) = self.activities.find(name) {
            return Ok(number as u16);
        }
        if self.activities.len() >= most as usize {
            return Err(TooMany::Activities(most));
        }
        Ok(number(&mut self.activities, name, self.limits)? as u16)
    }

    /// Which event stands at each place, where the cases begin, and which cases have events.
    fn order(&self) -> (Vec<u32>, Vec<u32>, Vec<u32>) {
        let mut next = vec![0_u32; self.case_names.len() + 1];
        for case in &self.case {
            next[*case as usize + 1] += 1;
        }
        for at in 1..next.len() {
            next[at] += next[at - 1];
        }
        let starts = next.clone();
        let mut order = vec![0_u32; self.case.len()];
        for (at, case) in self.case.iter().enumerate() {
            order[next[*case as usize] as usize] = at as u32;
            next[*case as usize] += 1;
        }
        let mut kept = Vec::with_capacity(self.case_names.len());
        let mut kept_starts = Vec::with_capacity(starts.len());
        for case in 0..self.case_names.len() {
            let (start, end) = (starts[case] as usize, starts[case + 1] as usize);
            if start == end {
                continue;
            }
            let key = |at: &u32| {
                let at = *at as usize;
                (
                    self.time_ms[at],
                    self.sequence.get(at).copied().unwrap_or(0),
                )
            };
            if !order[start..end].is_sorted_by_key(key) {
                order[start..end].sort_by_key(key);
            }
            kept.push(case as u32);
            kept_starts.push(starts[case]);
        }
        if !kept.is_empty() {
            kept_starts.push(self.case.len() as u32);
        }
        (order, kept_starts, kept)
    }
}

fn number(names: &mut Names, name: &str, limits: LogLimits) -> Result<u32, TooMany> {
    if name.len() > limits.name_bytes_max as usize {
        return Err(TooMany::NameBytes(limits.name_bytes_max));
    }
    names.number(name).ok_or(TooMany::Names)
}

fn set(
    columns: &mut Vec<Column>,
    at: usize,
    name: &str,
    kind: ColumnKind,
    value: &str,
    limits: LogLimits,
) -> Result<(), TooMany> {
    if value.len() > limits.name_bytes_max as usize {
        return Err(TooMany::NameBytes(limits.name_bytes_max));
    }
    let found = columns.iter().position(|column| column.name == name);
    let column = match found {
        Some(found) => &mut columns[found],
        None => {
            columns.push(Column::new(name, kind));
            columns.last_mut().expect("one was pushed")
        }
    };
    if column.set(at, value) {
        Ok(())
    } else {
        Err(TooMany::Names)
    }
}

/// Pushes a value into a column that stays empty as long as all its values are `none`.
fn push_sparse<T: Copy + PartialEq>(column: &mut Vec<T>, at: usize, value: T, none: T) {
    if value != none && column.is_empty() {
        column.resize(at, none);
        column.push(value);
    } else if !column.is_empty() {
        column.push(value);
    }
}

/// The numbers that the names of another have here.
fn renumbered(names: &mut Names, other: Names, limits: LogLimits) -> Result<Vec<u32>, TooMany> {
    names.reserve(other.len());
    other
        .iter()
        .map(|name| number(names, name, limits))
        .collect()
}

/// Puts a column behind another, and frees it.
fn take_over<T>(mine: &mut Vec<T>, theirs: Vec<T>, as_mine: impl Fn(T) -> T) {
    mine.extend(theirs.into_iter().map(as_mine));
}

/// The same of columns that are empty where all is `none`. `lengths`: how many events there are in either.
fn append_sparse<T: Copy>(
    mine: &mut Vec<T>,
    theirs: Vec<T>,
    lengths: (usize, usize),
    none: T,
    as_mine: impl Fn(T) -> T,
) {
    if mine.is_empty() && theirs.is_empty() {
        return;
    }
    mine.resize(lengths.0, none);
    take_over(mine, theirs, as_mine);
    mine.resize(lengths.0 + lengths.1, none);
}

/// The same of whose beginning nobody said; `has_starts`: whether anybody said any.
fn append_unsaid(
    (mine, has_starts): (&mut Vec<bool>, bool),
    (theirs, others_have): (Vec<bool>, bool),
    lengths: (usize, usize),
) {
    if !has_starts && !others_have {
        return;
    }
    let all_or_none = |unsaid: Vec<bool>, has_starts: bool, length: usize| match unsaid.is_empty() {
        true => vec![!has_starts; length],
        false => unsaid,
    };
    let unsaid = all_or_none(std::mem::take(mine), has_starts, lengths.0);
    let theirs = all_or_none(theirs, others_have, lengths.1);
    // It stays empty as long as every event says it.
    if unsaid.iter().chain(&theirs).any(|unsaid| *unsaid) {
        *mine = unsaid;
        mine.extend(theirs);
    }
}

/// The same of when events began: where nobody says it, when they ended.
fn append_starts(mine: (&mut Vec<i64>, &[i64]), theirs: (Vec<i64>, &[i64])) {
    let ((mine, mine_ended), (theirs, theirs_ended)) = (mine, theirs);
    if mine.is_empty() && theirs.is_empty() {
        return;
    }
    if mine.is_empty() {
        mine.extend_from_slice(mine_ended);
    }
    match theirs.is_empty() {
        true => mine.extend_from_slice(theirs_ended),
        false => take_over(mine, theirs, |time_ms| time_ms),
    }
}

/// Puts the values of a column where they belong in that of the same name.
fn append_column(
    columns: &mut Vec<Column>,
    other: Column,
    place: impl Fn(usize) -> usize,
) -> Result<(), TooMany> {
    let at = match columns.iter().position(|column| column.name == other.name) {
        Some(at) => at,
        None => {
            columns.push(Column::new(&other.name, other.kind));
            columns.len() - 1
        }
    };
    match columns[at].append(other, place) {
        true => Ok(()),
        false => Err(TooMany::Names),
    }
}

/// The column in another order. It is taken, so that memory never holds all columns twice.
fn placed<T: Copy>(column: Vec<T>, order: &[u32]) -> Vec<T> {
    if column.is_empty() {
        return Vec::new();
    }
    order.iter().map(|at| column[*at as usize]).collect()
}

/// The same without a second column, which would be the most that is ever held: a value makes room for the one that belongs there, round by round. It
/// takes longer, so that columns of small numbers are not worth it.
fn placed_within<T: Copy>(mut column: Vec<T>, order: &[u32]) -> Vec<T> {
    if column.is_empty() {
        return column;
    }
    let mut is_placed = vec![false; column.len()];
    for start in 0..column.len() {
        if is_placed[start] {
            continue;
        }
        let first = column[start];
        let mut at = start;
        loop {
            is_placed[at] = true;
            let from = order[at] as usize;
            if from == start {
                column[at] = first;
                break;
            }
            column[at] = column[from];
            at = from;
        }
    }
    column
}

fn kept(names: &Names, cases: &[u32]) -> Names {
    let mut kept = Names::new();
    for case in cases {
        kept.number(names.name(*case))
            .expect("a part of names that fitted fits");
    }
    kept
}
