//! Any bytes as a plugin's archive.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| madang_plugin_package::fuzz_zip(bytes));
