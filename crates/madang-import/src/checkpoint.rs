//! How far a run has come.

use serde::{Deserialize, Serialize};

/// The name of a run: two runs with the same key do the same work, so that the second does nothing twice. It is made from what is read (names, sizes,
/// first bytes), the mapping and the sink; 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RunKey(pub String);

/// Everything up to here is at the sink or among the dead letters. It is written together with the rows before it where the sink can do that.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The input that is being read, from 0.
    pub input: u32,
    /// Where the next row of it begins: a byte of the text after unpacking and decoding.
    pub byte: u64,
    /// Rows of this input before that byte, refused ones included.
    pub row: u64,
    /// The line of the next row.
    pub line: u64,
    /// Rows written in all.
    pub rows_written: u64,
    /// Rows refused in all.
    pub rows_refused: u64,
    /// What stands for all text of the inputs up to `digest_byte` of this one ([`crate::read::Digest`]), in hexadecimal digits: a changed file is noticed by it,
    /// wherever it has changed. Empty when nobody asked: an input without text of its own, or one whose server vouches for it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub digest: String,
    /// The end of the piece of text in which `byte` lies.
    #[serde(default)]
    pub digest_byte: u64,
    /// Of a run that tries refused rows again: which of them were written, as [`crate::run::Places`] says it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub places: String,
    /// What the sink needs to go on from here, in its own words; empty for most.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sink: String,
}
