//! Any bytes as a file of a Petri net; what was read is written, read again and walked on.
#![no_main]

use madang_process::conformance::{SearchLimits, align, replay};
use madang_process::discovery::{PnmlLimits, Traces, read_pnml, write_pnml};
use madang_process::event_data::{Activity, Names};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(net) = read_pnml(bytes, &PnmlLimits::default()) else {
        return;
    };
    let again = read_pnml(write_pnml(&net, "fuzz").as_bytes(), &PnmlLimits::default());
    let again = again.expect("what is written can be read");
    assert_eq!(again.place_count(), net.place_count());
    assert_eq!(again.transitions.len(), net.transitions.len());
    let mut activities = Names::new();
    let trace = (net.transitions.iter().take(8))
        .filter_map(|transition| activities.number(transition.activity.as_deref()?))
        .map(|number| Activity(number as u16))
        .collect();
    let traces = Traces {
        activities,
        traces: vec![(trace, 1)],
    };
    let limits = SearchLimits {
        states_max: 1_000,
        ..SearchLimits::default()
    };
    let _ = align(&net, &traces, &limits);
    let _ = replay(&net, &traces, &limits);
});
