//! Logs from files.

pub use any::{AnyLog, LogSettings, read_log};
pub use csv::{CsvSettings, GrowingCsv, read_csv, read_csv_bytes};
pub use error::{ReadError, ReadErrorKind};
pub use mapping::{Attributes, Choice, Mapping, MappingWish, Role, TimeSpelling, Why};
pub use ocel::{OcelSettings, ReadObjects};
pub use ocel_csv::read_ocel_csv_bytes;
pub use ocel_json::{read_ocel_json, read_ocel_json_bytes};
pub use ocel_sqlite::read_ocel_sqlite;
pub use ocel_xml::{read_ocel_xml, read_ocel_xml_bytes};
pub use parquet::{ParquetSettings, read_parquet};
pub use progress::Progress;
pub use rejected::{Place, Reason, Rejected, RejectedRows};
pub use xes::{Lifecycle, XesSettings, read_xes, read_xes_bytes};

use crate::event_data::EventLog;

mod any;
pub mod csv;
mod error;
mod mapping;
pub mod ocel;
mod ocel_csv;
mod ocel_json;
mod ocel_sqlite;
mod ocel_xml;
pub mod parquet;
mod progress;
mod rejected;
mod text_stream;
mod times;
pub mod xes;
mod xml_stream;

/// What was read.
#[derive(Clone, Debug)]
pub struct Read {
    /// The log.
    pub log: EventLog,
    /// What could not be taken into it.
    pub rejected: RejectedRows,
    /// What the columns were taken for; none for formats that say it themselves.
    pub mapping: Option<Mapping>,
}
