//! Starts, watches, restarts and stops plugins, and answers their messages from the till, the gateway and their storage.
//!
//! Every message goes through one door ([`door`]): bounded, masked, checked against the protocol's table, recorded in the
//! [`timeline`], answered. Which thread a plugin's engine runs on is a [`driver`]'s business; the host does not know.

mod asks;
mod delivery;
mod door;
pub mod driver;
mod fetches;
mod flood;
mod host;
mod mailbox;
mod outside;
mod plugin;
mod rate;
mod reading;
mod seal;
mod sending;
mod settings;
mod spec;
mod storage;
mod supervise;
pub mod timeline;
mod toast;

pub use host::{Host, HostChange, HostError, HostSettings};
pub use mailbox::Delivery;
pub use plugin::{PluginState, PluginStatus};
pub use seal::SealingKey;
pub use settings::{SettingProblem, Settings};
pub use spec::{Grants, PluginSpec, SpecError};
pub use toast::{Toast, ToastId};
