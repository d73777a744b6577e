//! The ways cases went.

pub use table::{Variant, Variants};

mod table;
