//! Script steps for a running till. The binary, which owns the script's language, hands in who plays them.

use async_trait::async_trait;

use crate::view::act::StepResult;

/// Plays script steps as a cashier would.
#[async_trait]
pub trait Acts: Send + Sync {
    /// Plays the steps in order, up to the first that fails.
    async fn act(&self, steps: String) -> Vec<StepResult>;
}
