//! Any text as `plugin.toml`.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| madang_plugin_package::fuzz_manifest(text));
