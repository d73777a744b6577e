//! Rows that were not taken, and why.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::place::Place;
use crate::run::lot::hexadecimal;

/// A row that was not taken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Where it stands.
    pub place: Place,
    /// The text it was read from, shortened when it is longer than [`RAW_BYTES_MAX`].
    pub raw: String,
    /// Whether `raw` was shortened, or holds what could not be decoded: then it can be looked at, but not tried again from here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_shortened: bool,
    /// Of a row that stood in the file a second time, what tells whether its text was mended since: as it was, it stays refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw_hash: Option<String>,
    /// Everything that is wrong with it; whoever mends it may leave that out.
    #[serde(default)]
    pub reasons: Vec<Reason>,
}

/// One thing that is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// A word for machines and for counting, as `required`, `not_a_number`, `ragged`, `refused_by_sink`.
    pub code: String,
    /// The column as the file calls it, when it is one column's fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// What is wrong and what is wanted, in English.
    pub message: String,
    /// The same in Korean.
    pub message_ko: String,
}

/// The most text of a refused row that is kept: enough to mend a row by hand, and a bound on what a dead letter weighs.
pub const RAW_BYTES_MAX: usize = 64 * 1024;

/// What a text or a list takes beside its own bytes: the allocator's mark, and what it rounds up to.
const PIECE_BYTES: usize = 24;

impl Refused {
    /// Remembers the text as it is now.
    pub(crate) fn remember_raw(&mut self) {
        self.raw_hash = Some(hash_of(&self.raw));
    }

    /// Whether it stands there a second time as it did before.
    pub(crate) fn is_unmended_repeat(&self) -> bool {
        self.raw_hash
            .as_ref()
            .is_some_and(|hash| *hash == hash_of(&self.raw))
    }

    /// Bytes of memory it holds, near enough for a bound.
    pub fn weight(&self) -> usize {
        let reasons = self.reasons.iter().map(|reason| {
            let column = reason.column.as_ref().map_or(0, String::len);
            let texts = reason.code.len() + column + reason.message.len() + reason.message_ko.len();
            size_of::<Reason>() + texts + 4 * PIECE_BYTES
        });
        size_of::<Self>() + self.raw.len() + 2 * PIECE_BYTES + reasons.sum::<usize>()
    }
}

/// Enough digits that no other text has them by chance.
const HASH_BYTES: usize = 8;

fn hash_of(raw: &str) -> String {
    hexadecimal(&Sha256::digest(raw)[..HASH_BYTES])
}
