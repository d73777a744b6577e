//! The ways cases went, and what was done twice on them.

pub use rework::{Again, Rework, ReworkOf};
pub use table::{Variant, Variants};

mod rework;
mod table;
