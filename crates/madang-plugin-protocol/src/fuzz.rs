//! What the fuzzers call, and an ordinary test over their kept corpus.

use crate::envelope::{Envelope, Failure, reply};
use crate::mask;
use crate::parse::parse;

/// Takes any bytes for a message from a plugin and holds what must be true of every message: reading never panics, nothing
/// that passed the door looks like a card number, and every request can be answered.
///
/// # Panics
/// When one of these does not hold.
pub fn fuzz_envelope(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let Ok(envelope) = Envelope::parse(text, 64 << 10) else {
        return;
    };
    let mut again = serde_json::to_value(&envelope).expect("an envelope is made of JSON values");
    assert_eq!(
        mask::card_numbers(&mut again),
        0,
        "a card number passed the door"
    );
    let failure = match parse(&envelope) {
        Ok(call) => Failure::new(format!("{call:?}")),
        Err(error) => Failure::new(error.to_string()),
    };
    let answer = reply(&envelope, Err(failure));
    assert_eq!(answer.callback_id, envelope.callback_id);
    assert!(
        Envelope::parse(&answer.to_json(), usize::MAX).is_ok() || answer.name.chars().count() > 80
    );
}
