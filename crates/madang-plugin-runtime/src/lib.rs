//! One plugin worker as a state machine over QuickJS.
//!
//! [`Worker::start`] loads a [`Program`]; [`Worker::step`] hands it messages and the time, runs everything that is due
//! and returns what the plugin said and when it wants to be woken. There is no thread, no clock and no I/O in here: the
//! same program, inputs, seed and times give the same outputs and the same number of ticks on every machine. What a
//! message means is nobody's business in this crate.
//!
//! A plugin that throws is reported and goes on. One that breaks a limit of [`Limits`] is stopped: see [`Stopped`].

mod bytes;
mod engine;
mod json_depth;
mod json_read;
mod json_write;
mod limits;
mod meter;
mod modules;
mod native;
mod program;
mod source_map;
mod step;
mod stopped;
mod timers;
mod turn;
mod worker;

pub use json_depth::{JsonTooDeep, check_json_depth};
pub use limits::Limits;
pub use meter::InterruptHandle;
pub use program::{Entry, ModuleSource, Program};
pub use source_map::{Position, SourceMaps};
pub use step::{ConsoleLevel, Input, Output, Stepped};
pub use stopped::{NotStarted, StopReason, Stopped};
pub use worker::{Environment, Worker};
