//! Process mining, tried from outside.

mod bpmn;
mod conformance;
mod deviations;
mod inductive;
mod petri_net;
mod pnml;
mod running_example;
mod service_levels;
mod tree_language;
