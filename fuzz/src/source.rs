//! Any text as TypeScript.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| madang_plugin_package::fuzz_source(text));
