use madang_plugin_protocol::{MESSAGES, fuzz_envelope};
use proptest::prelude::*;
use serde_json::json;

#[test]
fn the_kept_corpus_holds() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        fuzz_envelope(&std::fs::read(entry.unwrap().path()).unwrap());
        count += 1;
    }
    assert!(count >= 10, "{count}");
}

#[test]
fn every_sample_holds_cut_at_every_place() {
    for message in MESSAGES {
        let data: serde_json::Value = serde_json::from_str(message.sample).unwrap();
        let text = json!({"name": message.name, "callbackId": "c", "data": data}).to_string();
        for end in (0..=text.len()).step_by(7) {
            fuzz_envelope(&text.as_bytes()[..end]);
        }
        fuzz_envelope(text.as_bytes());
    }
}

proptest! {
    #[test]
    fn any_bytes_hold(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        fuzz_envelope(&bytes);
    }
}
