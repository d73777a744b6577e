//! Logs into files that others read.

pub use csv::write_csv;
pub use error::WriteError;
pub use xes::write_xes;

mod csv;
mod error;
mod moment;
mod xes;
