//! What goes between us and one server.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::time::Instant;

use crate::{progress::Progress, send_error::SendErrorKind};

/// Tries that went out, and bytes: of bodies and messages alone, as they lay on the wire, without heads and frames.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    attempts: AtomicU64,
    sent_bytes: AtomicU64,
    received_bytes: AtomicU64,
}

impl Traffic {
    /// Makes a try that our own limits have let through, and counts it unless the address that it leads to is not granted. One whose
    /// time is over does not leave: its caller may have been told so already.
    pub(crate) async fn departing<T>(
        &self,
        progress: &Progress,
        deadline: Instant,
        attempt: impl Future<Output = Result<T, SendErrorKind>>,
    ) -> Result<T, SendErrorKind> {
        if Instant::now() >= deadline {
            return Err(progress.out_of_time(Some(deadline - progress.started())));
        }
        self.attempts.fetch_add(1, Ordering::Relaxed);
        progress.departs();
        let end = attempt.await;
        if let Err(SendErrorKind::AddressForbidden { .. }) = end {
            self.attempts.fetch_sub(1, Ordering::Relaxed);
            progress.turned_back();
        }
        end
    }

    /// A request that the server saw and did not take is sent once more.
    pub(crate) fn departs_again(&self, progress: &Progress) {
        self.attempts.fetch_add(1, Ordering::Relaxed);
        progress.departs_again();
    }

    pub(crate) fn sent(&self, bytes: usize) {
        self.sent_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn received(&self, bytes: usize) {
        self.received_bytes
            .fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn attempts(&self) -> u64 {
        self.attempts.load(Ordering::Relaxed)
    }

    /// Bytes sent, and bytes received.
    pub(crate) fn bytes(&self) -> (u64, u64) {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        (count(&self.sent_bytes), count(&self.received_bytes))
    }
}
