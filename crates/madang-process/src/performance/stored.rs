//! What is checked of partial results that come from another machine or an older file.

/// A partial result that no log could have given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is no result of a log: {0}")]
pub struct Mismatch(pub(crate) &'static str);

/// More events than there will ever be, and few enough that thousands of results add up without passing 64 bits. Programs that keep numbers as
/// fractions, as JavaScript, have it exactly, too.
const COUNT_MAX: u64 = 1 << 53;

/// The count, if it is one that a log could have.
pub(crate) fn count_within(count: u64) -> Result<u64, Mismatch> {
    match count <= COUNT_MAX {
        true => Ok(count),
        false => Err(Mismatch("a count is too large")),
    }
}
