//! Short messages of plugins on the till's screen.

use std::collections::VecDeque;

use jiff::Timestamp;
use madang_plugin_protocol::call::ToastLevel;

/// Toasts kept for a page that opens later: a screen shows three.
const TOASTS_MAX: usize = 50;

/// Names a toast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ToastId(pub u64);

/// A toast.
#[derive(Clone, Debug)]
pub struct Toast {
    /// Its id.
    pub id: ToastId,
    /// Whose.
    pub plugin: String,
    /// How it looks.
    pub level: ToastLevel,
    /// The words.
    pub message: String,
    /// The words of its button; the plugin's id of it is behind them.
    pub button: Option<ToastButton>,
    /// When.
    pub at: Timestamp,
}

/// A toast's button.
#[derive(Clone, Debug)]
pub struct ToastButton {
    /// The plugin's own id.
    pub id: String,
    /// The words.
    pub text: String,
}

#[derive(Default)]
pub(crate) struct Toasts {
    shown: VecDeque<Toast>,
    last_id: u64,
}

impl Toasts {
    pub fn show(&mut self, make: impl FnOnce(ToastId) -> Toast) -> (Toast, Option<ToastId>) {
        self.last_id += 1;
        let toast = make(ToastId(self.last_id));
        self.shown.push_back(toast.clone());
        let closed = if self.shown.len() > TOASTS_MAX {
            self.shown.pop_front()
        } else {
            None
        };
        (toast, closed.map(|toast| toast.id))
    }

    pub fn all(&self) -> Vec<Toast> {
        self.shown.iter().cloned().collect()
    }

    pub fn get(&self, id: ToastId) -> Option<Toast> {
        self.shown.iter().find(|toast| toast.id == id).cloned()
    }

    pub fn close(&mut self, id: ToastId) -> bool {
        let before = self.shown.len();
        self.shown.retain(|toast| toast.id != id);
        self.shown.len() != before
    }
}
