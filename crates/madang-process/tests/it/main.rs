//! Process mining, tried from outside.

mod bpmn;
mod conformance;
mod csv;
mod deviations;
mod filtering;
mod findings;
mod inductive;
mod live;
mod log_telling;
mod ocel;
mod parquet;
mod parts_and_whole;
mod petri_net;
mod pnml;
mod report;
mod running_example;
mod service_levels;
mod tree_language;
mod xes;
