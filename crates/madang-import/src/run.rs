//! A run: the stages on threads of their own, what is written and what is left behind for the next try.

pub mod queue;
pub mod world;
