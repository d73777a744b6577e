//! How far what happened differs from what was meant.

pub use alignments::{AlignError, Alignment, AlignmentFitness, LogAlignment, align};
pub use search::{Move, SearchError, SearchLimits};
pub use steps::NetError;
pub use token_replay::{LogReplay, Replayed, replay};

mod alignments;
mod search;
mod steps;
mod token_replay;
