//! How often and how long: the map of what follows what, with its waits, and where the most time is lost.

pub use arrivals::Arrivals;
pub use bottlenecks::{Bottleneck, per_week_ms};
pub use compare::{Comparison, StepChange};
pub use histogram::Histogram;
pub use map::{ActivityNode, Edge, Period, ProcessMap};
pub use sentence::{duration_in_words, grouped, share_in_words};
pub use stored::Mismatch;
pub use working_hours::{HoursError, HoursSpelled, WorkingHours};

mod arrivals;
mod bottlenecks;
mod compare;
mod histogram;
mod map;
mod sentence;
mod stored;
mod working_hours;

pub(crate) use map::{case_span, counted_ms};
pub(crate) use stored::count_within;
