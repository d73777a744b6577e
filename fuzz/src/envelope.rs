//! Any bytes as a message from a plugin.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| madang_plugin_protocol::fuzz_envelope(bytes));
