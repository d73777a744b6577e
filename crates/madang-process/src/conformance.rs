//! How far what happened differs from what was meant.

pub use alignments::{AlignError, Alignment, AlignmentFitness, LogAlignment, align};
pub use deviations::{
    Deviation, DeviationKind, ModelDeviations, Rule, broken_rules, model_deviations,
};
pub use search::{Move, SearchError, SearchLimits};
pub use service_levels::{Clock, ServiceLevel, ServiceLevelReport, Standing};
pub use steps::NetError;
pub use token_replay::{LogReplay, Replayed, replay};

mod alignments;
mod deviations;
mod search;
mod service_levels;
mod steps;
mod token_replay;
