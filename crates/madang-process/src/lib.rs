//! Process mining: event logs in; maps, waits, variants, models and deviations out.
//!
//! The folders have the names of the field: [`event_data`] is what a log is, [`performance`] how often and how long, [`variants`] the ways
//! cases went, [`discovery`] the models found in a log, [`filters`] choose cases, [`live`] keeps the findings up event by event, [`read`] brings logs in
//! from files, [`write`] puts them into such, [`report`] shows what was found. [`spelled`] reads what people write.
//!
//! This crate knows no till, no plugin and no HTTP: it is given files or events, and gives back values.

pub mod conformance;
pub mod discovery;
pub mod event_data;
pub mod filters;
pub mod language;
pub mod live;
pub mod performance;
pub mod read;
pub mod report;
pub mod spelled;
pub mod variants;
pub mod write;
mod xml;
