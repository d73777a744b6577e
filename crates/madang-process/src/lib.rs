//! Process mining: event logs in; maps, waits, variants, models and deviations out.
//!
//! The folders have the names of the field: [`event_data`] is what a log is.
//!
//! This crate knows no till, no plugin and no HTTP: it is given files or events, and gives back values.

pub mod discovery;
pub mod event_data;
