//! `madang act`: script steps for a running till.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Steps of a script, one a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActSteps {
    /// The steps, as `tap 아메리카노 2`.
    pub steps: String,
}

/// What one step did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StepResult {
    /// Its line, from 1.
    pub line: u32,
    /// The step as it was written.
    pub step: String,
    /// Whether it did what it says.
    pub ok: bool,
    /// What happened, or why it did not, in English.
    pub message: String,
}

/// What all steps did, up to the first that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ActView {
    /// One entry for each step that was tried.
    pub results: Vec<StepResult>,
    /// True when every step did what it says.
    pub ok: bool,
}
