//! The cases one by one.

use serde::Serialize;

use crate::event_data::{Case, EventLog};
use crate::performance::{WorkingHours, case_span, counted_ms};

/// One case on a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CaseLine {
    /// What the log calls it.
    pub name: String,
    /// How many events it has.
    pub events: usize,
    /// When it began: milliseconds of the Unix epoch.
    pub first_ms: i64,
    /// Its last event: milliseconds of the Unix epoch.
    pub last_ms: i64,
    /// How long it took.
    pub duration_ms: u64,
    /// What was done last.
    pub last_activity: String,
}

/// What comes first on a list of cases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CaseOrder {
    /// What began last.
    #[default]
    Newest,
    /// What took longest.
    Longest,
    /// What has the most events.
    Busiest,
}

/// One event of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TimelineEvent {
    /// What was done.
    pub activity: String,
    /// When: milliseconds of the Unix epoch.
    pub time_ms: i64,
    /// How long the work took; none when nobody knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub processing_ms: Option<u64>,
    /// How long it waited after the event before; none for the first, and for one that began before that had ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waited_ms: Option<u64>,
    /// Who did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// What else the log says about it: name and value.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<(String, String)>,
}

/// Some of the cases of a log: `most` of them behind the first `skip`. Equal ones are in the order of the log. `hours`: those that count in how long a
/// case took; none of these: all do.
pub fn case_list(
    log: &EventLog,
    order: CaseOrder,
    hours: Option<&WorkingHours>,
    skip: usize,
    most: usize,
) -> Vec<CaseLine> {
    let mut cases: Vec<(i128, u32)> = (log.cases())
        .map(|case| {
            let span = case_span(&case);
            let key = match order {
                CaseOrder::Newest => i128::from(span.first_ms),
                CaseOrder::Longest => i128::from(span.counted_ms(hours)),
                CaseOrder::Busiest => case.len() as i128,
            };
            (-key, case.case.0)
        })
        .collect();
    cases.sort_unstable();
    let shown = cases.into_iter().skip(skip).take(most);
    shown
        .map(|(_, case)| case_line(log, Case(case), hours))
        .collect()
}

fn case_line(log: &EventLog, case: Case, hours: Option<&WorkingHours>) -> CaseLine {
    let case = log.case(case);
    let span = case_span(&case);
    let last = case.activities().next_back();
    CaseLine {
        name: case.name().to_owned(),
        events: case.len(),
        first_ms: span.first_ms,
        last_ms: span.last_ms,
        duration_ms: span.counted_ms(hours),
        last_activity: last.map_or(String::new(), |activity| {
            log.activities().name(u32::from(activity.0)).to_owned()
        }),
    }
}

/// All events of the case of this name; none when there is no such case. `hours`: those that count in waits and work; none of these: all do.
pub fn timeline(
    log: &EventLog,
    name: &str,
    hours: Option<&WorkingHours>,
) -> Option<Vec<TimelineEvent>> {
    let case = log.case(Case(log.case_names().find(name)?));
    let times = case.times_ms();
    let starts = case.started_ms().unwrap_or(times);
    let event = |(at, activity): (usize, crate::event_data::Activity)| TimelineEvent {
        activity: log.activities().name(u32::from(activity.0)).to_owned(),
        time_ms: times[at],
        processing_ms: (case.said_start_ms(at))
            .and_then(|started_ms| counted_ms(hours, started_ms, times[at])),
        waited_ms: (at.checked_sub(1))
            .and_then(|before| counted_ms(hours, times[before], starts[at])),
        resource: (case.resource(at)).map(|who| log.resources().name(who.0).to_owned()),
        attributes: attributes(log, case.first_place() + at),
    };
    Some(case.activities().enumerate().map(event).collect())
}

fn attributes(log: &EventLog, place: usize) -> Vec<(String, String)> {
    let value = |column: &crate::event_data::Column| {
        Some((column.name.clone(), column.value(place)?.to_owned()))
    };
    log.event_columns().iter().filter_map(value).collect()
}
