//! Process mining, tried from outside.

mod bpmn;
mod conformance;
mod inductive;
mod petri_net;
mod pnml;
mod running_example;
mod tree_language;
