//! The card terminal in use, as the screen shows it and sets it: in this process, or in one of its own.

use std::net::SocketAddr;

use async_trait::async_trait;
use madang_till::terminal::simulated::{ChosenOutcome, SimulatedTerminal};
use tokio::sync::watch;

use crate::view::terminal::TerminalStateView;

/// The card terminal in use.
#[async_trait]
pub trait TerminalDesk: Send + Sync {
    /// As it is now, as far as that is known.
    fn view(&self) -> TerminalStateView;

    /// Chooses how the attempt under way, or the next one, ends.
    ///
    /// # Errors
    /// [`TerminalAway`].
    async fn choose(
        &self,
        outcome: Option<ChosenOutcome>,
        sticky: bool,
    ) -> Result<(), TerminalAway>;

    /// Wakes whenever the view has changed.
    fn changes(&self) -> watch::Receiver<u64>;
}

/// The terminal in another process does not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no card terminal answers at {0}")]
pub struct TerminalAway(pub SocketAddr);

#[async_trait]
impl TerminalDesk for SimulatedTerminal {
    fn view(&self) -> TerminalStateView {
        TerminalStateView::built_in(&Self::view(self))
    }

    async fn choose(
        &self,
        outcome: Option<ChosenOutcome>,
        sticky: bool,
    ) -> Result<(), TerminalAway> {
        Self::choose(self, outcome, sticky);
        Ok(())
    }

    fn changes(&self) -> watch::Receiver<u64> {
        Self::changes(self)
    }
}
