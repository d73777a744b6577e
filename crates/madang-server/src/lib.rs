//! The screen's API and its live stream over HTTP, served with the screen's built files, bound to loopback.
//!
//! It knows the till, and asks everything about plugins through [`PluginDesk`]: no engine is known here.

pub mod act;
mod ask;
pub mod desk;
pub mod problem;
mod route;
mod server;
mod till_sketch;
pub mod view;

pub use act::Acts;
pub use desk::{DeskError, DeskUpdate, PluginDesk};
pub use problem::Problem;
pub use route::openapi;
pub use server::Parts;
