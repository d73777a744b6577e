//! Logs as lines that can be compared, and logs of chance.

use madang_process::event_data::{ColumnKind, EventLog, LogBuilder, LogLimits, NewEvent};
use proptest::prelude::*;

/// Every event on a line, in the order of cases, with its attributes and those of its case.
pub fn told(log: &EventLog) -> Vec<String> {
    let mut lines = Vec::new();
    for case in log.cases() {
        for (at, activity) in case.activities().enumerate() {
            let resource = (case.resource(at)).map_or("-", |who| log.resources().name(who.0));
            let time_ms = case.times_ms()[at];
            // Work that took no time is another thing than work of which nobody knows when it began.
            let took = match case.said_start_ms(at) {
                None => "0".to_owned(),
                Some(started_ms) if started_ms == time_ms => "none".to_owned(),
                Some(started_ms) => (time_ms - started_ms).to_string(),
            };
            let activity = log.activities().name(u32::from(activity.0));
            let mut line = format!("{} {activity} {time_ms} {took} {resource}", case.name());
            let events = (log.event_columns().iter())
                .map(|column| (column, column.value(case.first_place() + at)));
            let cases =
                (log.case_columns().iter()).map(|column| (column, column.value(case.case.index())));
            let mut attributes: Vec<String> = (events.chain(cases))
                .filter_map(|(column, value)| Some(format!(" {}={}", column.name, value?)))
                .collect();
            attributes.sort();
            attributes
                .iter()
                .for_each(|attribute| line.push_str(attribute));
            lines.push(line);
        }
    }
    lines
}

/// An event of chance: case, activity, time, how long it took, who, note, whether it has a start.
type Chance = (u8, String, i64, Option<i64>, Option<String>, Option<String>);

/// A log of some events, with attributes.
pub fn any_log() -> impl Strategy<Value = EventLog> {
    let word = "[a-z가][a-z가-힣\"',;&<> ]{0,6}[a-z가]";
    let event = (
        0..5_u8,
        word,
        0..4_000_000_000_000_i64,
        prop::option::of(prop_oneof![Just(0), 0..100_000_i64]),
        prop::option::of(word),
        prop::option::of(word),
    );
    prop::collection::vec(event, 1..20).prop_map(|events: Vec<Chance>| {
        let mut builder = LogBuilder::new(LogLimits::default());
        for (case, activity, time_ms, took, resource, note) in &events {
            let case = format!("case {case}");
            let event = NewEvent {
                case: &case,
                activity,
                time_ms: *time_ms,
                started_ms: took.map(|took| time_ms - took),
                resource: resource.as_deref(),
                sequence: None,
            };
            let at = builder.push(&event).expect("they are few");
            if let Some(note) = note {
                (builder.set_event(at, "note", ColumnKind::Text, note)).expect("it is short");
                let case = builder.case(&case).expect("they are few");
                (builder.set_case(case, "channel", ColumnKind::Text, note)).expect("it is short");
            }
        }
        builder.finish()
    })
}
