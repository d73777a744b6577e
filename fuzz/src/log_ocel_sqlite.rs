//! Any bytes as a log of objects in OCEL 2.0, SQLite.
#![no_main]

use madang_process::read::{OcelSettings, read_ocel_sqlite};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let path = std::env::temp_dir().join(format!("madang-fuzz-{}.sqlite", std::process::id()));
    std::fs::write(&path, bytes).expect("the machine has room for it");
    let _ = read_ocel_sqlite(&path, &OcelSettings::default());
});
