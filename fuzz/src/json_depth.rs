//! The depth of JSON text, held to what a reader of JSON finds in it.
#![no_main]

use madang_plugin_runtime::check_json_depth;
use serde_json::Value;

/// Below the depth at which the reader itself refuses.
const DEPTH_MAX: usize = 64;

libfuzzer_sys::fuzz_target!(|text: &str| {
    if check_json_depth(text, DEPTH_MAX).is_err() {
        return;
    }
    if let Ok(value) = serde_json::from_str(text) {
        let depth = depth_of(&value);
        assert!(depth <= DEPTH_MAX, "{depth} levels were let through");
    }
});

fn depth_of(value: &Value) -> usize {
    match value {
        Value::Array(values) => 1 + values.iter().map(depth_of).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth_of).max().unwrap_or(0),
        _ => 0,
    }
}
