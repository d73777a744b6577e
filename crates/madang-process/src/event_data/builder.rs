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
        } else if !self.started_ms.is_empty() {
            self.started_ms.push(started_ms);
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

    /// The log: cases in the order they first came, their events by time, then by sequence, then as they came.
    pub fn finish(self) -> EventLog {
        let (order, case_starts, cases_kept) = self.order();
        let place = |from: &u32| *from as usize;
        EventLog {
            activity: order.iter().map(|at| self.activity[place(at)]).collect(),
            time_ms: order.iter().map(|at| self.time_ms[place(at)]).collect(),
            started_ms: placed(&self.started_ms, &order),
            resource: placed(&self.resource, &order),
            sequence: placed(&self.sequence, &order),
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

fn placed<T: Copy>(column: &[T], order: &[u32]) -> Vec<T> {
    if column.is_empty() {
        return Vec::new();
    }
    order.iter().map(|at| column[*at as usize]).collect()
}

fn kept(names: &Names, cases: &[u32]) -> Names {
    let mut kept = Names::new();
    for case in cases {
        kept.number(names.name(*case))
            .expect("a part of names that fitted fits");
    }
    kept
}
