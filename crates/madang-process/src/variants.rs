//! The ways cases went, what was done twice on them, and the cases one by one.

pub use cases::{CaseLine, CaseOrder, TimelineEvent, case_list, timeline};
pub use rework::{Again, Rework, ReworkOf};
pub use table::{Variant, Variants};

mod cases;
mod rework;
mod table;
