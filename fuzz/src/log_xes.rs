//! Any bytes as an event log in XES; what was read is written and read again.
#![no_main]

use madang_process::performance::ProcessMap;
use madang_process::read::{Attributes, Lifecycle, XesSettings, read_xes_bytes};
use madang_process::write::write_xes;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = read_xes_bytes(bytes.to_vec(), &XesSettings::default());
    // Not paired: a file whose end comes before its start is written in the order of time, and is one event when it is read again.
    let settings = XesSettings {
        attributes: Attributes::All,
        lifecycle: Lifecycle::Each,
        ..XesSettings::default()
    };
    let Ok(read) = read_xes_bytes(bytes.to_vec(), &settings) else {
        return;
    };
    let map = ProcessMap::of(&read.log);
    assert_eq!(map.events as usize, read.log.event_count());
    let mut written = Vec::new();
    if write_xes(&read.log, &mut written).is_ok() {
        let again = read_xes_bytes(written, &settings).expect("what is written can be read");
        assert_eq!(again.log.event_count(), read.log.event_count());
    }
});
