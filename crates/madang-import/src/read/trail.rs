//! What was read last, so that a changed file is noticed when a run goes on.

use sha2::{Digest, Sha256};

use crate::read::input::digits;

/// How much text before a checkpoint stands for all of it: it is read again when going on, in no time, and an edit that leaves both it and the head of a
/// file untouched is one in the middle, which no amount short of the whole file would find.
pub const TRAIL_BYTES: usize = 64 * 1024;

/// The text that was read last: enough for the hash of the [`TRAIL_BYTES`] before any byte of what was noted last.
#[derive(Debug, Default)]
pub struct Trail {
    text: Vec<u8>,
    start: u64,
}

impl Trail {
    /// Notes text that follows on what was noted before; where it does not, what was noted before is forgotten.
    pub fn note(&mut self, start: u64, text: &[u8]) {
        if start != self.start + self.text.len() as u64 {
            self.text.clear();
            self.start = start;
        }
        let passed = self.text.len().saturating_sub(TRAIL_BYTES);
        self.text.drain(..passed);
        self.start += passed as u64;
        self.text.extend_from_slice(text);
    }

    /// SHA-256 of the text before a byte, in hexadecimal digits; less than [`TRAIL_BYTES`] of it at the beginning of an input. Empty when it was not
    /// noted.
    pub fn before(&self, byte: u64) -> String {
        let from = byte.saturating_sub(TRAIL_BYTES as u64);
        let (Some(from), Some(to)) = (from.checked_sub(self.start), byte.checked_sub(self.start))
        else {
            return String::new();
        };
        let text = self.text.get(from as usize..to as usize);
        text.map_or_else(String::new, |text| digits(&Sha256::digest(text)))
    }
}

#[cfg(test)]
mod tests {
    use super::{TRAIL_BYTES, Trail};

    #[test]
    fn the_hash_is_the_same_however_the_text_came() {
        let text: Vec<u8> = (0..300_000_u32).map(|byte| (byte % 251) as u8).collect();
        let in_pieces = |bytes: usize, byte: usize| {
            let mut trail = Trail::default();
            for (index, piece) in text[..byte].chunks(bytes).enumerate() {
                trail.note((index * bytes) as u64, piece);
            }
            trail.before(byte as u64)
        };
        for byte in [0, 1, 1000, TRAIL_BYTES, TRAIL_BYTES + 1, 200_001] {
            let whole = in_pieces(300_000, byte);
            assert!(!whole.is_empty());
            for bytes in [7, 1000, TRAIL_BYTES, 100_000] {
                assert_eq!(in_pieces(bytes, byte), whole, "{byte} in pieces of {bytes}");
            }
        }
    }

    #[test]
    fn what_was_not_noted_has_no_hash() {
        let mut trail = Trail::default();
        trail.note(0, &[b'a'; 10]);
        trail.note(100, &[b'b'; 10]);
        assert_eq!(trail.before(105), "");
        assert_eq!(trail.before(200), "");
    }
}
