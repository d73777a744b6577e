//! A card terminal in a process of its own, as the screen sees it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use madang_server::view::terminal::TerminalStateView;
use madang_server::{TerminalAway, TerminalDesk};
use madang_till::terminal::remote::RemoteTerminal;
use madang_till::terminal::simulated::{ChosenOutcome, TerminalView};
use tokio::sync::watch;

/// How often a terminal that is away is looked for: a person who plugs it in waits no longer.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What is known of the terminal.
pub struct SeparateTerminal {
    terminal: Arc<RemoteTerminal>,
    known: Mutex<Option<TerminalView>>,
    changes: watch::Sender<u64>,
}

impl SeparateTerminal {
    /// A terminal that showed `known` a moment ago, if it answered.
    pub fn new(terminal: Arc<RemoteTerminal>, known: Option<TerminalView>) -> Arc<Self> {
        Arc::new(Self {
            terminal,
            known: Mutex::new(known),
            changes: watch::Sender::new(0),
        })
    }

    /// Asks the terminal what it shows, for as long as anybody looks at this.
    pub async fn follow(self: Arc<Self>) {
        let mut seen = None;
        while Arc::strong_count(&self) > 1 {
            match self.terminal.view_after(seen).await {
                Ok((number, view)) => {
                    seen = Some(number);
                    self.learn(Some(view));
                }
                Err(_) => {
                    seen = None;
                    self.learn(None);
                    tokio::time::sleep(LOOK_EVERY).await;
                }
            }
        }
    }

    fn learn(&self, view: Option<TerminalView>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if *known == view {
            return;
        }
        if known.is_some() != view.is_some() {
            let address = self.terminal.address();
            let answers = view.is_some();
            tracing::warn!(%address, answers, "the card terminal went or came back");
        }
        *known = view;
        drop(known);
        self.changes.send_modify(|number| *number += 1);
    }
}

#[async_trait]
impl TerminalDesk for SeparateTerminal {
    fn view(&self) -> TerminalStateView {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let address = self.terminal.address();
        match &*known {
            Some(view) => TerminalStateView::separate(address, view),
            None => TerminalStateView::away(address),
        }
    }

    async fn choose(
        &self,
        outcome: Option<ChosenOutcome>,
        sticky: bool,
    ) -> Result<(), TerminalAway> {
        let away = |_| TerminalAway(self.terminal.address());
        self.terminal.choose(outcome, sticky).await.map_err(away)?;
        // The answer to the page shows what was chosen.
        let (_, view) = self.terminal.view_after(None).await.map_err(away)?;
        self.learn(Some(view));
        Ok(())
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}
