//! A log beside a model, by both measures of the field.

use super::alignments::AlignError;
use super::deviations::{ModelDeviations, model_deviations};
use super::search::SearchLimits;
use super::token_replay::{LogReplay, replay};
use crate::discovery::{PetriNet, Traces};
use crate::event_data::EventLog;

/// How well a log fits a model, and what went otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct Conformity {
    /// By token replay.
    pub replay: LogReplay,
    /// By alignments, with the deviations by their names.
    pub aligned: ModelDeviations,
}

impl Conformity {
    /// Puts a log beside a model.
    ///
    /// # Errors
    /// When the model is none that a log can be aligned to.
    pub fn of(net: &PetriNet, log: &EventLog, limits: &SearchLimits) -> Result<Self, AlignError> {
        Ok(Self {
            replay: replay(net, &Traces::of(log), limits)?,
            aligned: model_deviations(net, log, limits)?,
        })
    }
}
