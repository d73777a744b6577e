//! What the fuzzers began with and what once broke something.

use madang_import::read::{fuzz_decode, fuzz_rows};
use proptest::prelude::*;

fn run(folder: &str, check: fn(&[u8])) {
    let folder = format!("{}/tests/corpus/{folder}", env!("CARGO_MANIFEST_DIR"));
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        check(&std::fs::read(entry.unwrap().path()).unwrap());
        count += 1;
    }
    assert!(count >= 5, "{count}");
}

#[test]
fn the_kept_corpus_of_decode_holds() {
    run("decode", fuzz_decode);
}

#[test]
fn the_kept_corpus_of_rows_holds() {
    run("rows", fuzz_rows);
}

/// Bytes that mean something to a reader, and others.
fn telling() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => "[a,\";|\t\n\r0 ]{1,6}".prop_map(String::into_bytes),
        1 => "[가나\u{feff}\0é]".prop_map(String::into_bytes),
        1 => Just(b"\",\"".to_vec()),
        1 => Just(b"\r\n".to_vec()),
        1 => Just(b"{\"a\":1}\n".to_vec()),
        1 => proptest::collection::vec(any::<u8>(), 1..4),
    ];
    let pieces = proptest::collection::vec(piece, 0..60);
    (any::<u8>(), pieces).prop_map(|(first, pieces)| {
        let mut bytes = vec![first];
        bytes.extend(pieces.concat());
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_bytes_decode_the_same_in_pieces(bytes in prop_oneof![telling(), proptest::collection::vec(any::<u8>(), 0..300)]) {
        fuzz_decode(&bytes);
    }

    #[test]
    fn any_bytes_are_the_same_rows_in_pieces(bytes in telling()) {
        fuzz_rows(&bytes);
    }
}
