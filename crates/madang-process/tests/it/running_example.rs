//! The field's running example, a request for compensation, written as our own data: what everyone can compare.

use madang_process::discovery::Traces;
use madang_process::event_data::{EventLog, LogBuilder, LogLimits, NewEvent};

/// The six cases, each activity a minute after the one before.
pub const CASES: &[(&str, &str)] = &[
    ("1", "register,examine thoroughly,check,decide,reject"),
    ("2", "register,check,examine casually,decide,pay"),
    (
        "3",
        "register,examine casually,check,decide,reinitiate,examine thoroughly,check,decide,pay",
    ),
    ("4", "register,check,examine thoroughly,decide,reject"),
    (
        "5",
        "register,examine casually,check,decide,reinitiate,check,examine casually,decide,reinitiate,examine casually,check,decide,reject",
    ),
    ("6", "register,examine casually,check,decide,pay"),
];

/// The example as a log, its cases interleaved as they came in life.
pub fn log() -> EventLog {
    let mut events: Vec<(i64, &str, &str)> = Vec::new();
    for (number, (case, activities)) in CASES.iter().enumerate() {
        for (step, activity) in activities.split(',').enumerate() {
            events.push((number as i64 * 7_000 + step as i64 * 60_000, case, activity));
        }
    }
    events.sort_by_key(|(time_ms, ..)| std::cmp::Reverse(*time_ms));
    let mut builder = LogBuilder::new(LogLimits::default());
    for (time_ms, case, activity) in events {
        let event = NewEvent {
            case,
            activity,
            time_ms,
            started_ms: None,
            resource: None,
            sequence: None,
        };
        builder
            .push(&event)
            .expect("42 events are within all limits");
    }
    builder.finish()
}

#[test]
fn the_example_has_the_known_size() {
    let log = log();
    assert_eq!(log.event_count(), 42);
    assert_eq!(log.case_count(), 6);
    assert_eq!(log.activities().len(), 8);
    let traces = Traces::of(&log);
    assert_eq!(traces.traces.len(), 6);
    assert_eq!(traces.case_count(), 6);
}
