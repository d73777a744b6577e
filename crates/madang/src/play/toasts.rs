//! The toasts that a script has not expected yet.

use std::collections::VecDeque;

use madang_plugin_host::{Host, HostChange, Toast};
use tokio::sync::broadcast::{Receiver, error::TryRecvError};

/// Toasts kept unexpected; older ones were of no interest to the script.
const UNREAD_MAX: usize = 1_000;

/// Every toast from now on, until it is expected.
pub(super) struct Toasts {
    changes: Receiver<HostChange>,
    unread: VecDeque<Toast>,
}

impl Toasts {
    pub fn new(host: &Host) -> Self {
        Self {
            changes: host.subscribe(),
            unread: VecDeque::new(),
        }
    }

    /// Takes the first toast with this text, and every one before it.
    pub fn take(&mut self, text: &str) -> Option<Toast> {
        self.read();
        let place = self
            .unread
            .iter()
            .position(|toast| toast.message.contains(text))?;
        self.unread.drain(..=place).next_back()
    }

    /// Those that were not expected.
    pub fn unread(&mut self) -> impl Iterator<Item = &Toast> {
        self.read();
        self.unread.iter()
    }

    fn read(&mut self) {
        loop {
            match self.changes.try_recv() {
                Ok(HostChange::Toast(toast)) => self.unread.push_back(toast),
                Ok(_) | Err(TryRecvError::Lagged(_)) => {}
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        let more = self.unread.len().saturating_sub(UNREAD_MAX);
        self.unread.drain(..more);
    }
}
