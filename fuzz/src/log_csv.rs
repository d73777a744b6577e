//! Any bytes as an event log in CSV.
#![no_main]

use madang_process::performance::ProcessMap;
use madang_process::read::{CsvSettings, read_csv_bytes};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(read) = read_csv_bytes(bytes.to_vec(), &CsvSettings::default()) {
        let map = ProcessMap::of(&read.log);
        assert_eq!(map.events as usize, read.log.event_count());
    }
});
