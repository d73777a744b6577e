//! The field's running example, a request for compensation, written as our own data: what everyone can compare.

use madang_process::discovery::Traces;
use madang_process::event_data::{EventLog, LogBuilder, LogLimits, NewEvent};
use madang_process::performance::ProcessMap;
use madang_process::variants::Variants;

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

#[test]
fn the_example_has_the_known_map() {
    let map = ProcessMap::of(&log());
    assert_eq!((map.cases, map.events), (6, 42));
    assert_eq!(map.edges.len(), 16);
    let check = |from: &str, to: &str, count: u64| {
        let edge = map.edge(from, to).expect("the edge is there");
        assert_eq!(edge.count, count, "{from} → {to}");
        assert_eq!(edge.waiting.median_ms(), Some(60_000), "{from} → {to}");
    };
    check("register", "examine casually", 3);
    check("check", "decide", 6);
    check("decide", "reinitiate", 3);
    check("examine casually", "decide", 2);
    assert!(map.edge("decide", "register").is_none());
    let register = map.activity("register").expect("it was done");
    assert_eq!(
        (
            register.events,
            register.cases,
            register.started,
            register.ended
        ),
        (6, 6, 6, 0)
    );
    let check = map.activity("check").expect("it was done");
    assert_eq!((check.events, check.cases), (9, 6));
    assert_eq!(map.durations.max_ms(), Some(12 * 60_000));
}

#[test]
fn the_example_has_six_variants_of_one_case_each() {
    let variants = Variants::of(&log());
    assert_eq!(variants.variants.len(), 6);
    for variant in &variants.variants {
        assert_eq!(variant.cases, 1);
        assert_eq!(variants.names(variant).next(), Some("register"));
    }
}
