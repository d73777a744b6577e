//! What the server is made of.

use std::sync::Arc;

use jiff::Timestamp;

use crate::till_sketch as madang_till;
use crate::{Acts, PluginDesk};

/// What the binary hands in.
pub struct Parts {
    /// The till.
    pub till: madang_till::Till,
    /// Its simulated card terminal.
    pub terminal: Arc<madang_till::SimulatedTerminal>,
    /// The plugins' side.
    pub plugins: Arc<dyn PluginDesk>,
    /// Who plays script steps.
    pub acts: Arc<dyn Acts>,
    /// The time.
    pub clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}
