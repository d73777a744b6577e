//! Models found in a log.

pub use traces::Traces;

mod traces;
