//! The live index against finding everything anew.

use madang_process::event_data::{LogLimits, NewEvent};
use madang_process::live::{LiveIndex, LiveLimits, Taken};
use madang_process::performance::ProcessMap;
use madang_process::variants::{Rework, Variants};
use proptest::prelude::*;

use crate::parts_and_whole::{Made, log_of, made};

fn push(index: &mut LiveIndex, sequence: usize, event: &Made) -> Taken {
    let resource = event.resource.map(|resource| format!("staff {resource}"));
    let event = NewEvent {
        case: &format!("case {}", event.case),
        activity: &format!("activity {}", event.activity),
        time_ms: event.time_ms,
        started_ms: event.took_ms.map(|took| event.time_ms - i64::from(took)),
        resource: resource.as_deref(),
        sequence: Some(sequence as u64),
    };
    index.push(&event).expect("a small log")
}

fn limits(open_events_max: usize) -> LiveLimits {
    LiveLimits {
        open_events_max,
        ..LiveLimits::default()
    }
}

proptest! {
    #[test]
    fn any_order_gives_what_is_found_anew(events in made(), open_events_max in 1..100_usize) {
        let mut index = LiveIndex::new(limits(open_events_max));
        let mut counted = Vec::new();
        for (sequence, event) in events.iter().enumerate() {
            if push(&mut index, sequence, event) == Taken::Counted {
                counted.push((sequence, event));
            }
        }
        prop_assert_eq!(index.counted(), counted.len() as u64);
        prop_assert_eq!(index.too_late(), (events.len() - counted.len()) as u64);
        let findings = index.findings().expect("few activities");
        // A case that went on after it was folded is two; none is when nothing had to be folded.
        if open_events_max >= events.len() {
            let log = log_of(counted);
            prop_assert_eq!(findings.map, ProcessMap::of(&log));
            prop_assert_eq!(findings.variants, Variants::of(&log));
            prop_assert_eq!(findings.rework, Rework::of(&log));
        } else {
            prop_assert_eq!(findings.map.events, counted.len() as u64);
            let mut cases: Vec<u8> = counted.iter().map(|(_, event)| event.case).collect();
            cases.sort_unstable();
            cases.dedup();
            prop_assert_eq!(findings.map.cases, cases.len() as u64 + index.counted_twice());
        }
    }

    #[test]
    fn cases_that_end_before_they_are_folded_are_whole(events in made()) {
        // Case after case, as a shop's orders are: what is folded is over.
        let mut events = events;
        for event in &mut events {
            event.time_ms += i64::from(event.case) * 1_000_000;
        }
        events.sort_by_key(|event| event.case);
        let most = (0..12).map(|case| events.iter().filter(|event| event.case == case).count()).max().unwrap_or(0);
        let mut index = LiveIndex::new(limits(2 * most + 2));
        for (sequence, event) in events.iter().enumerate() {
            prop_assert_eq!(push(&mut index, sequence, event), Taken::Counted);
        }
        let findings = index.findings().expect("few activities");
        let log = log_of(events.iter().enumerate());
        prop_assert_eq!(findings.map, ProcessMap::of(&log));
        prop_assert_eq!(findings.variants, Variants::of(&log));
        prop_assert_eq!(findings.rework, Rework::of(&log));
    }
}

#[test]
fn names_are_bounded_and_what_is_too_much_changes_nothing() {
    let limits = LiveLimits {
        log: LogLimits {
            activities_max: 1,
            name_bytes_max: 10,
            ..LogLimits::default()
        },
        ..LiveLimits::default()
    };
    let mut index = LiveIndex::new(limits);
    let event = |case, activity| NewEvent {
        case,
        activity,
        time_ms: 0,
        started_ms: None,
        resource: None,
        sequence: None,
    };
    assert_eq!(index.push(&event("1", "a")), Ok(Taken::Counted));
    assert!(index.push(&event("2", "b")).is_err());
    assert!(index.push(&event("a case with a long name", "a")).is_err());
    assert_eq!(index.open_cases().len(), 1);
    assert_eq!(index.findings().expect("a map").map.events, 1);
}
