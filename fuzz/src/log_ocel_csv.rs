//! Any bytes as a log of objects in CSV, lists and all.
#![no_main]

use madang_process::event_data::LogLimits;
use madang_process::read::{OcelSettings, read_ocel_csv_bytes};

/// So that what is tried is rows and lists, not whether a header is there.
const HEADER: &[u8] = b"ocel:eid,ocel:activity,ocel:timestamp,ocel:type:orders,ocel:type:items,price\n";

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let settings = OcelSettings::default();
    let _ = read_ocel_csv_bytes(bytes.to_vec(), &settings);
    let Ok(read) = read_ocel_csv_bytes([HEADER, bytes].concat(), &settings) else {
        return;
    };
    let all = read.log.kept(|_| true, LogLimits::default());
    let all = all.expect("a part of what fitted fits");
    assert_eq!(all.event_count(), read.log.event_count());
    let flat = read.log.flatten("orders", LogLimits::default());
    flat.expect("a part of what fitted fits");
});
