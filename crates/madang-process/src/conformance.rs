//! How far what happened differs from what was meant.

pub use agreement::{Agreement, Level};
pub use alignments::{AlignError, Alignment, AlignmentFitness, LogAlignment, align};
pub use conformity::Conformity;
pub use deviations::{
    Deviation, DeviationKind, ModelDeviations, Rule, broken_rules, model_deviations,
};
pub use search::{Move, SearchError, SearchLimits};
pub use service_levels::{Clock, ServiceLevel, ServiceLevelReport, Standing};
pub use steps::NetError;
pub use token_replay::{LogReplay, Replayed, replay};

mod agreement;
mod alignments;
mod conformity;
mod deviations;
mod search;
mod service_levels;
mod steps;
mod token_replay;
