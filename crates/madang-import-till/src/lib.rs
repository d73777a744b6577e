//! A till's own catalog and stock as the sink of an import, through the till's API.
//!
//! Rows and checkpoint are one write of the till, which takes it only where the run stands; so a run that was killed or lost an answer goes on exactly there.

mod body;
mod columns;
mod rehearsal;
mod sink;

pub use crate::sink::{TillAddress, TillSink};
