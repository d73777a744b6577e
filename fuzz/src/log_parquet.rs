//! Any bytes as an event log in Parquet.
#![no_main]

use madang_process::read::{ParquetSettings, read_parquet};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    // The library panics at some files, and the reader makes an error of that; the fuzzer's own hook would end the run there. A panic of ours comes
    // through all the same.
    std::panic::set_hook(Box::new(|_| {}));
    let path = std::env::temp_dir().join(format!("madang-fuzz-{}.parquet", std::process::id()));
    std::fs::write(&path, bytes).expect("the machine has room for it");
    let _ = read_parquet(&path, &ParquetSettings::default());
});
