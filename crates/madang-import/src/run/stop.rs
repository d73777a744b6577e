//! How a run is asked to end.

use tokio_util::sync::CancellationToken;

/// Asks a run to end after what it is doing, its checkpoint written. Clones are one.
#[derive(Clone, Debug, Default)]
pub struct Stop(CancellationToken);

impl Stop {
    /// Ends the run.
    pub fn now(&self) {
        self.0.cancel();
    }

    /// Whether it was asked for.
    pub fn is_asked(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Waits until it is.
    pub async fn asked(&self) {
        self.0.cancelled().await;
    }
}
