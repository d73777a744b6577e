//! An HTTP API as the sink of an import: a call for each row, or for some rows at once, through the gateway.
//!
//! Each call has an `Idempotency-Key` made of the run and the place of its rows, and in a call of several rows each row has its own. A run that goes on after it
//! was killed sends again what came after its last checkpoint, under the same keys: whoever knows keys does nothing twice.

mod body;
mod sink;

pub use crate::sink::{HTTP_FAILPOINTS, HttpSettings, HttpSink, RowsPerCall};
