//! Models found in a log.

pub use bpmn::write_bpmn;
pub use inductive::{InductiveSettings, Mined, TooManyActivities, inductive};
pub use petri_net::{Arc, PetriNet, Transition};
pub use pnml::{PnmlError, PnmlLimits, read_pnml, write_pnml};
pub use process_tree::ProcessTree;
pub use traces::Traces;

mod bpmn;
mod inductive;
mod petri_net;
mod pnml;
mod process_tree;
mod traces;
