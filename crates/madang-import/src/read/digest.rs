//! What stands for the text of some inputs, so that a changed file is noticed.

use sha2::{Digest as _, Sha256};

use crate::read::Text;
use crate::read::input::digits;

/// SHA-256 of the text of each input, and of these in their order, so that no text can move from one input to the next unnoticed.
#[derive(Clone, Default)]
pub struct Digest {
    ended: Sha256,
    input: u32,
    text: Sha256,
}

/// What was read before a run stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Before {
    /// The input in which it stopped.
    pub input: u32,
    /// Where its next row begins: what lies behind is handed out once what lies before was compared.
    pub byte: u64,
    /// How far the digest goes in that input: at least to that byte.
    pub digest_byte: u64,
    /// The digest of all text up to there, in hexadecimal digits.
    pub digest: String,
}

impl Digest {
    /// The next text of an input.
    pub fn note(&mut self, input: u32, text: &[u8]) {
        while self.input < input {
            self.end_input();
        }
        self.text.update(text);
    }

    /// What stands for all that was noted so far.
    pub fn now(&self) -> [u8; 32] {
        let mut all = self.clone();
        all.end_input();
        all.ended.finalize().into()
    }

    fn end_input(&mut self) {
        self.ended.update(self.text.finalize_reset());
        self.input += 1;
    }
}

impl Before {
    /// What was read up to a checkpoint, where that is known.
    pub fn of(checkpoint: &crate::Checkpoint) -> Option<Self> {
        let is_known = !checkpoint.digest.is_empty();
        is_known.then(|| Self {
            input: checkpoint.input,
            byte: checkpoint.byte,
            digest_byte: checkpoint.digest_byte,
            digest: checkpoint.digest.clone(),
        })
    }

    /// Whether its digest goes to a byte of this text.
    pub(super) fn ends_in(&self, text: &Text) -> bool {
        self.input == text.input && self.digest_byte <= text.end()
    }

    /// Whether some of the text is for whoever goes on.
    pub(super) fn is_passed_by(&self, text: &Text) -> bool {
        (text.input, text.end()) > (self.input, self.byte)
    }

    /// Whether what was noted is the same.
    pub(super) fn is(&self, digest: &Digest) -> bool {
        digits(&digest.now()) == self.digest
    }
}
