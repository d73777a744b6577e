//! A table of PostgreSQL as the sink of an import.
//!
//! Rows go by binary `COPY`: straight into the table when rows are only added, through a temporary table when they are found by a key (an upsert) or a column
//! needs a cast. Rows and checkpoint are one transaction, so that a run which was killed goes on exactly where it was.

mod destination;
mod encode;
mod fault;
mod sink;
mod table;
#[cfg(feature = "test-server")]
pub mod test_server;

pub use crate::destination::{Destination, DestinationError, IfMissing};
pub use crate::sink::{POSTGRES_FAILPOINTS, PostgresSink};
