//! What always holds, whatever the log.

use madang_process::conformance::{Conformity, SearchLimits};
use madang_process::discovery::{InductiveSettings, PetriNet, Traces, inductive};
use madang_process::event_data::{EventLog, LogBuilder, LogLimits, NewEvent};
use madang_process::performance::ProcessMap;
use madang_process::variants::{Rework, Variants};
use proptest::prelude::*;

/// An event of a made-up log: the case, the activity, when, and how long it took.
#[derive(Clone, Debug)]
pub struct Made {
    pub case: u8,
    pub activity: u8,
    pub time_ms: i64,
    pub took_ms: Option<u16>,
    pub resource: Option<u8>,
}

/// Any small log: few cases and activities, so that much repeats and many moments are equal. Sequences are the places in the list, which
/// keeps the order of events of one moment when rows are shuffled.
pub fn made() -> impl Strategy<Value = Vec<Made>> {
    let event = (
        0..12_u8,
        0..6_u8,
        0..40_i64,
        prop::option::of(0..5_000_u16),
        prop::option::of(0..3_u8),
    );
    let event = event.prop_map(|(case, activity, step, took_ms, resource)| Made {
        case,
        activity,
        time_ms: step * 1_000 * i64::from(activity + 1),
        took_ms,
        resource,
    });
    prop::collection::vec(event, 0..80)
}

/// The log of some of the events, in the order they are given.
pub fn log_of<'made>(events: impl IntoIterator<Item = (usize, &'made Made)>) -> EventLog {
    let mut builder = LogBuilder::new(LogLimits::default());
    for (sequence, event) in events {
        let resource = event.resource.map(|resource| format!("staff {resource}"));
        let event = NewEvent {
            case: &format!("case {}", event.case),
            activity: &format!("activity {}", event.activity),
            time_ms: event.time_ms,
            started_ms: event.took_ms.map(|took| event.time_ms - i64::from(took)),
            resource: resource.as_deref(),
            sequence: Some(sequence as u64),
        };
        builder
            .push(&event)
            .expect("a small log is within all limits");
    }
    builder.finish()
}

fn whole(events: &[Made]) -> EventLog {
    log_of(events.iter().enumerate())
}

/// What another machine gets of a partial result.
fn sent<T: serde::Serialize + serde::de::DeserializeOwned>(partial: &T) -> T {
    let text = serde_json::to_string(partial).expect("it is JSON");
    serde_json::from_str(&text).expect("it is what was sent")
}

/// The events in another order.
fn turned(events: &[Made], middle: prop::sample::Index) -> Vec<(usize, &Made)> {
    let mut rows: Vec<(usize, &Made)> = events.iter().enumerate().collect();
    if !rows.is_empty() {
        let middle = middle.index(rows.len());
        rows.rotate_left(middle);
        rows[..middle].reverse();
    }
    rows
}

/// The model of a log, how well its cases fit, and how they differ from it.
fn model_of(log: &EventLog, noise_percent: u8) -> (String, f64, f64, Vec<(String, usize)>) {
    let settings = InductiveSettings {
        noise_percent,
        ..InductiveSettings::default()
    };
    let mined = inductive(&Traces::of(log), &settings).expect("few activities");
    let net = PetriNet::of_tree(&mined.tree, log.activities());
    // Few enough to be quick; what is given up must not depend on the order either.
    let limits = SearchLimits {
        states_max: 2_000,
        ..SearchLimits::default()
    };
    let conformity = Conformity::of(&net, log, &limits).expect("a sound net");
    let deviations = conformity.aligned.deviations.iter();
    (
        mined.tree.display(log.activities()).to_string(),
        conformity.replay.fitness,
        conformity.aligned.fitness.log,
        deviations
            .map(|deviation| (format!("{:?}", deviation.kind), deviation.cases.len()))
            .collect(),
    )
}

proptest! {
    #[test]
    fn parts_split_by_case_add_up_to_the_whole(events in made(), split in 1..5_u8) {
        let whole = whole(&events);
        let mut map = ProcessMap::default();
        let mut variants = Variants::default();
        let mut rework = Rework::default();
        for part in 0..split {
            let part = log_of(events.iter().enumerate().filter(|(_, event)| event.case % split == part));
            map.merge(&sent(&ProcessMap::of(&part))).expect("few activities");
            rework.merge(&sent(&Rework::of(&part)));
            variants.merge(&sent(&Variants::of(&part))).expect("few activities");
        }
        prop_assert_eq!(map, ProcessMap::of(&whole));
        prop_assert_eq!(variants, Variants::of(&whole));
        prop_assert_eq!(rework, Rework::of(&whole));
    }

    #[test]
    fn the_order_of_rows_does_not_matter(events in made(), shuffled in any::<prop::sample::Index>()) {
        let other = log_of(turned(&events, shuffled));
        let whole = whole(&events);
        prop_assert_eq!(ProcessMap::of(&other), ProcessMap::of(&whole));
        prop_assert_eq!(Variants::of(&other), Variants::of(&whole));
    }

    #[test]
    fn another_case_never_lowers_an_edge(events in made(), without in 0..12_u8) {
        let fewer = ProcessMap::of(&log_of(events.iter().enumerate().filter(|(_, event)| event.case != without)));
        let whole = ProcessMap::of(&whole(&events));
        for edge in &fewer.edges {
            let same = whole.edge(fewer.name(edge.from), fewer.name(edge.to)).expect("no edge goes away");
            prop_assert!(same.count >= edge.count);
            prop_assert!(same.cases >= edge.cases);
            prop_assert!(same.waiting.count() >= edge.waiting.count());
        }
    }

    #[test]
    fn counts_of_a_map_fit_each_other(events in made()) {
        let map = ProcessMap::of(&whole(&events));
        let events: u64 = map.activities.iter().map(|node| node.events).sum();
        prop_assert_eq!(events, map.events);
        let started: u64 = map.activities.iter().map(|node| node.started).sum();
        prop_assert_eq!(started, map.cases);
        let followed: u64 = map.edges.iter().map(|edge| edge.count).sum();
        prop_assert_eq!(followed, map.events - map.cases);
        for edge in &map.edges {
            prop_assert_eq!(edge.waiting.count() + edge.overlaps, edge.count);
            prop_assert!(edge.cases <= edge.count);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn the_order_of_rows_and_files_does_not_matter_to_the_model(events in made(), shuffled in any::<prop::sample::Index>(), split in 1..5_u8) {
        let whole = whole(&events);
        let shuffled = log_of(turned(&events, shuffled));
        let mut files = LogBuilder::new(LogLimits::default());
        for part in (0..split).rev() {
            let of_part = events.iter().enumerate().filter(|(_, event)| event.case % split == part);
            files.push_log(&log_of(of_part)).expect("a small log is within all limits");
        }
        let files = files.finish();
        for noise_percent in [0, 20] {
            let expected = model_of(&whole, noise_percent);
            prop_assert_eq!(&model_of(&shuffled, noise_percent), &expected);
            prop_assert_eq!(&model_of(&files, noise_percent), &expected);
        }
    }
}
