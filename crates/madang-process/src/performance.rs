//! How often and how long: the map of what follows what, with its waits, and where the most time is lost.

pub use bottlenecks::Bottleneck;
pub use histogram::Histogram;
pub use map::{ActivityNode, Edge, Period, ProcessMap};
pub use sentence::{duration_in_words, grouped, share_in_words};

mod bottlenecks;
mod histogram;
mod map;
mod sentence;

pub(crate) use map::case_span;
