use crate::id::{Micros, ShopId};

/// What a request said, condensed, so that a repeat with another payload is recognised. The
/// version names the algorithm: a new one does not turn repeats into strangers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint {
    /// Which way of condensing.
    pub version: u16,
    /// Its result.
    pub digest: [u8; 32],
}

/// The record of an operation that must take effect exactly once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationRecord {
    /// Whose it is. A key means nothing outside its shop.
    pub shop: ShopId,
    /// The caller's key.
    pub key: String,
    /// What the request said.
    pub fingerprint: Fingerprint,
    /// The parsed command, JSON text.
    pub command: String,
    /// The last phase that was written.
    pub phase: String,
    /// What that phase needs to be gone on with, JSON text.
    pub phase_data: String,
    /// The answer that every repeat gets, JSON text; there once it is final.
    pub answer: Option<String>,
    /// When it was claimed.
    pub started_at: Micros,
    /// When it was last written.
    pub changed_at: Micros,
    /// Nothing follows: a repeat gets `answer`.
    pub is_final: bool,
}

/// What a batch does to one operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OperationChange {
    /// Takes the key. When somebody has it, the whole batch is refused with
    /// [`AlreadyClaimed`](crate::WriteError::AlreadyClaimed) and the record that is there. A
    /// record with `is_final` and an answer claims and finishes in one batch.
    Claim(OperationRecord),
    /// Goes from one phase to the next; refused with
    /// [`OperationMoved`](crate::WriteError::OperationMoved) when it is not in `from_phase` any more.
    Advance {
        /// The operation.
        key: String,
        /// Where the caller believes it to be.
        from_phase: String,
        /// Where it is to be.
        to_phase: String,
        /// What the new phase needs to be gone on with.
        phase_data: String,
        /// When.
        at: Micros,
    },
    /// Gives the answer; nothing follows. Refused with
    /// [`OperationMoved`](crate::WriteError::OperationMoved) when it is final already or not in `from_phase`.
    Finish {
        /// The operation.
        key: String,
        /// Where the caller believes it to be; `None`: wherever, as long as it is not final.
        from_phase: Option<String>,
        /// The answer that every repeat gets.
        answer: String,
        /// When.
        at: Micros,
    },
}
