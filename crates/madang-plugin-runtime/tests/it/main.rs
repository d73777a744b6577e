//! The worker from outside, one file of rows a subject.

#![allow(clippy::unwrap_used)] // a test that cannot go on says where

mod desk;
mod forms;
mod json;
mod limits;
mod rows;
mod signals;
mod sources;
mod worker;
