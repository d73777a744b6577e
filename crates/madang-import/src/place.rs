//! Where something stands in what was read.

use serde::{Deserialize, Serialize};

/// The place of a row. Bytes are those of the text after unpacking and decoding (UTF-8, a leading byte order mark not counted), which are the
/// same however the file was packed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// Which of the inputs of the run, from 0.
    pub input: u32,
    /// Which row of that input, from 1; the header is not counted.
    pub row: u64,
    /// The line on which it begins, from 1.
    pub line: u64,
    /// Its bytes.
    pub bytes: Span,
}

/// Bytes from `start` to before `end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// The first.
    pub start: u64,
    /// The one after the last, the line's end included: where the next row begins.
    pub end: u64,
}
