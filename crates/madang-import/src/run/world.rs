//! Time and chance, which are handed in.

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

/// What a run would otherwise take from the machine.
#[async_trait]
pub trait World: Send + Sync {
    /// Time since some moment; it never goes back.
    fn elapsed(&self) -> Duration;

    /// The time of day.
    fn now(&self) -> Timestamp;

    /// Any number, each as likely as the others.
    fn chance(&self) -> u64;

    /// What is free on the disk of a folder, where that can be asked.
    fn free_bytes(&self, _folder: &Path) -> Option<u64> {
        None
    }

    /// Waits.
    async fn sleep(&self, pause: Duration);
}
