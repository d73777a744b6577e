//! Logs into files that others read.

pub use csv::write_csv;
pub use error::WriteError;
pub use ocel_json::write_ocel_json;
pub use ocel_sqlite::write_ocel_sqlite;
pub use ocel_xml::write_ocel_xml;
pub use parquet::write_parquet;
pub use xes::write_xes;

mod csv;
mod error;
mod moment;
mod ocel_json;
mod ocel_sqlite;
mod ocel_types;
mod ocel_xml;
mod parquet;
mod xes;
