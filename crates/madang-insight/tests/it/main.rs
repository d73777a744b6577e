//! The journal of a till as a log, and the index that is kept up from it.

mod asked;
mod day;
mod facts;
mod following;
mod world;
