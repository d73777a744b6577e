//! Files of any size, read in a stream into a sink, in flat memory, so that a run can be killed anywhere and go on.
//!
//! ```text
//! source ─bytes─▶ read + decode ─Text─▶ parse ─Rows─▶ check ─Batch─▶ write ─▶ sink
//!                                                       └─Refused──▶ dead letters
//! ```
//!
//! Every arrow is a queue bounded in bytes, so that the slowest stage sets the pace. A [`Batch`] is what a sink writes at once, together
//! with the [`Checkpoint`] behind its last row; the crate knows no sink, only the trait [`Sink`].

pub mod batch;
pub mod check;
pub mod checkpoint;
#[cfg(any(test, feature = "contract"))]
pub mod contract;
pub mod failpoint;
pub mod place;
pub mod printable;
pub mod read;
pub mod refused;
pub mod rows;
pub mod run;
pub mod schema;
pub mod sink;

pub use crate::{
    batch::{Batch, BatchBuilder, Column, OwnedValue, Value},
    checkpoint::{Checkpoint, RunKey},
    place::{Place, Span},
    printable::{in_one_line, printable},
    refused::{Reason, Refused},
    rows::{Cell, Cells, Raw, Rows},
    schema::{Field, IfEmpty, Kind, Schema},
    sink::{Changes, Promise, Sink, SinkError, SinkErrorKind, SinkNote, Written},
};
