//! The screen's API and its live stream over HTTP, served with the screen's built files, bound to loopback.
//!
//! It knows the till, and asks everything about plugins through [`PluginDesk`], everything about the way out through
//! [`UpstreamDesk`] and everything about files to import through [`ImportDesk`]: neither an engine nor the gateway is known here.

pub mod act;
mod ask;
mod connection;
pub mod desk;
mod door;
mod feed;
pub mod import;
mod insight;
mod live;
pub mod problem;
mod route;
mod screen;
mod server;
pub mod terminal;
pub mod upstream;
pub mod view;

pub use act::Acts;
pub use connection::{ListenError, listen};
pub use desk::{DeskError, DeskUpdate, PluginDesk};
pub use door::{Door, Token};
pub use import::{ImportDesk, ImportRefused};
pub use problem::Problem;
pub use route::openapi;
pub use screen::{Screen, ScreenFile};
pub use server::{BODY_BYTES_MAX, Parts, STREAMS_MAX, Server};
pub use terminal::{TerminalAway, TerminalDesk};
pub use upstream::{NetworkRefused, UpstreamDesk, UpstreamRefused};
