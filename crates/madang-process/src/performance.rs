//! How often and how long: the map of what follows what, with its waits.

pub use histogram::Histogram;
pub use map::{ActivityNode, Edge, Period, ProcessMap};

mod histogram;
mod map;

pub(crate) use map::case_span;
