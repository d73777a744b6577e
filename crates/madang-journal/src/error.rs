use std::{error::Error, sync::Arc};

use crate::{
    id::{StreamId, Version},
    operation::OperationRecord,
};

/// A name that is not one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing there.
    #[error("the {what} is empty")]
    Empty {
        /// What the name is for.
        what: &'static str,
    },
    /// More than an index page should hold.
    #[error(
        "the {what} has {bytes} bytes, more than {}",
        crate::limits::NAME_BYTES_MAX
    )]
    TooLong {
        /// What the name is for.
        what: &'static str,
        /// How long it is.
        bytes: usize,
    },
    /// A line break or the like.
    #[error("the {what} has a control character at byte {at}, counted from 0")]
    ControlCharacter {
        /// What the name is for.
        what: &'static str,
        /// Where.
        at: usize,
    },
}

/// The store itself failed; `Display` tells what was being done.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the journal's store failed to {doing}")]
pub struct StoreError {
    /// What was being done.
    pub doing: &'static str,
    /// What the store said.
    #[source]
    pub source: Arc<dyn Error + Send + Sync>,
}

impl StoreError {
    /// Wraps what a store said.
    pub fn new(doing: &'static str, source: impl Error + Send + Sync + 'static) -> Self {
        Self {
            doing,
            source: Arc::new(source),
        }
    }
}

/// Why a batch was not written. Nothing of it is there, except with [`WriteError::Stopped`]:
/// then it is known only after the journal is opened again.
#[derive(Debug, Clone, thiserror::Error)]
pub enum WriteError {
    /// Somebody else wrote to a stream that the decision relied on: load again and decide again.
    #[error("{stream} is at version {actual}, not {expected} as the decision read it")]
    Conflict {
        /// The stream.
        stream: StreamId,
        /// What the batch relied on.
        expected: Version,
        /// What is there.
        actual: Version,
    },
    /// The operation's key is taken: the record tells whether to replay, to wait or to refuse.
    #[error("the operation {:?} was claimed before and is {:?}", .0.key, .0.phase)]
    AlreadyClaimed(Box<OperationRecord>),
    /// The operation is not where the caller believed it to be.
    #[error("the operation {key:?} is not in the phase that this step goes on from")]
    OperationMoved {
        /// The operation.
        key: String,
        /// What is there; `None`: nothing.
        actual: Option<Box<OperationRecord>>,
    },
    /// More than a bound of [`limits`](crate::limits) allows.
    #[error("the {what} of this write has {actual}, more than {max}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// How large.
        actual: usize,
        /// How large it may be.
        max: usize,
    },
    /// A scope would hold more than the batch allows it.
    #[error("the scope {scope:?} would hold {bytes} bytes, more than {bytes_max}")]
    ScopeFull {
        /// The scope.
        scope: String,
        /// What it would hold.
        bytes: u64,
        /// What it may hold.
        bytes_max: u64,
    },
    /// A name in the batch is not one.
    #[error("a name in this write is not usable")]
    Name(#[from] NameError),
    /// The batch contradicts itself.
    #[error("this write contradicts itself: {problem}")]
    Malformed {
        /// How.
        problem: String,
    },
    /// The queue of `write_soon` is full: the disk is far behind. Try again, or use `write`, which waits.
    #[error("{waiting} writes are waiting for the disk; no more are taken without waiting")]
    Full {
        /// How many.
        waiting: usize,
    },
    /// Too little space is left in the data folder to write safely.
    #[error(
        "the disk has {free_bytes} bytes free, less than the {free_bytes_min} needed to write safely; make room"
    )]
    DiskFull {
        /// What is left.
        free_bytes: u64,
        /// What must be.
        free_bytes_min: u64,
    },
    /// A commit failed, or the journal was closed: nothing is written any more until it is opened again.
    #[error("the journal has stopped writing: {reason}; restart the till and check the disk")]
    Stopped {
        /// Why.
        reason: Arc<str>,
    },
    /// The store refused this batch for a reason of its own; other batches go on.
    #[error("this write was rolled back")]
    Store(#[from] StoreError),
}

/// Why something could not be read.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ReadError {
    /// The store failed.
    #[error("the journal could not be read")]
    Store(#[from] StoreError),
    /// A row holds what this crate never writes.
    #[error("the journal holds a row that cannot be: {problem}; restore the last backup")]
    Corrupt {
        /// What is wrong with it.
        problem: String,
    },
}
