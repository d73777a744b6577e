//! A run: the stages on threads of their own, what is written and what is left behind for the next try.

mod check_stage;
pub mod counts;
pub mod dead_letter;
mod dry;
pub mod inputs;
pub mod letters;
pub mod lot;
pub mod mark;
pub mod pipeline;
pub mod places;
pub mod progress;
pub mod queue;
pub mod report;
pub mod settings;
pub mod settled;
pub mod source;
pub mod state;
pub mod stop;
pub mod world;
pub mod write;

pub use self::{
    check_stage::CheckStageError,
    inputs::Inputs,
    letters::Letters,
    mark::FileMark,
    pipeline::{Ended, Import, RunError, Standing, To},
    places::Places,
    progress::{Progress, Snapshot},
    report::{Outcome, Report, grouped},
    settings::{Limits, Patience, RunSettings},
    source::{Opened, Opening, Parse, Source},
    state::{Listed, RunFolder, RunIdentity, RunRecord, Runs, StateError, WrittenAs},
    stop::Stop,
    world::World,
    write::WriteError,
};
