//! The machine's clock and chance, handed to an import.

use std::path::Path;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::Timestamp;
use madang_import::run::World;

/// The machine.
pub struct Machine {
    began: Instant,
}

impl Machine {
    /// From now on.
    pub fn new() -> Self {
        Self {
            began: Instant::now(),
        }
    }
}

#[async_trait]
impl World for Machine {
    fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn chance(&self) -> u64 {
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes).expect("the system gives random bytes");
        u64::from_le_bytes(bytes)
    }

    #[cfg(unix)]
    fn free_bytes(&self, folder: &Path) -> Option<u64> {
        let disk = rustix::fs::statvfs(folder).ok()?;
        Some(disk.f_bavail.saturating_mul(disk.f_frsize))
    }

    async fn sleep(&self, pause: Duration) {
        tokio::time::sleep(pause).await;
    }
}
