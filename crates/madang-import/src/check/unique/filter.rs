//! Which keys are not in the file: most keys are new, and need not be looked for there.

use super::Key;

/// A Bloom filter whose bits of one key are in one word, so that asking is one access to memory. It does not grow: by its arithmetic, of keys that are new about
/// one of twenty is looked for in vain with 10 million keys, four of ten with 30 million; beyond that it is of little use and little cost.
#[derive(Debug)]
pub(super) struct Filter {
    words: Vec<u64>,
}

const WORD_BITS: u32 = 20;
/// More gain little: the words are 64 bits wide.
const BITS_OF_KEY: u32 = 3;

impl Filter {
    /// 8 MiB, of which the system gives what is written to.
    pub(super) fn new() -> Self {
        Self {
            words: vec![0; 1 << WORD_BITS],
        }
    }

    pub(super) fn add(&mut self, key: Key) {
        let (word, bits) = place(key);
        self.words[word] |= bits;
    }

    /// False when the key was never added.
    pub(super) fn may_have(&self, key: Key) -> bool {
        let (word, bits) = place(key);
        self.words[word] & bits == bits
    }
}

fn place(key: Key) -> (usize, u64) {
    let hash = key.low_64();
    let bit = |at: u32| 1_u64 << (hash >> (at * 6) & 63);
    let bits = (0..BITS_OF_KEY).fold(0, |bits, at| bits | bit(at));
    ((hash >> (64 - WORD_BITS)) as usize, bits)
}
