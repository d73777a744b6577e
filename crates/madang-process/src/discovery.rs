//! Models found in a log.

pub use inductive::{InductiveSettings, Mined, TooManyActivities, inductive};
pub use process_tree::ProcessTree;
pub use traces::Traces;

mod inductive;
mod process_tree;
mod traces;
