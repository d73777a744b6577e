//! What a log is: events of cases, and the objects they speak of.
//!
//! A log is columns, not rows: names are kept once and events speak of them by number, so that a million events take some 25 MB and
//! everything after reading is arithmetic over arrays.

pub use builder::{LogBuilder, NewEvent};
pub use column::{Column, ColumnKind};
pub use limits::{LogLimits, TooMany};
pub use log::{CaseEvents, EventLog};
pub use names::Names;
pub use number::{Activity, Case, Resource};
pub use objects::{Change, Dangling, NotTaken, ObjectColumn, ObjectLog, ObjectLogBuilder};

mod builder;
mod column;
mod limits;
mod log;
mod name_order;
mod names;
mod number;
mod objects;

pub(crate) use name_order::{MergedNames, PLACES_MAX, by_name};
