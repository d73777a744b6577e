//! The worker from outside, one file of rows a subject.

mod desk;
mod limits;
mod rows;
mod worker;
