//! What of the gateway's work somebody waits for on another executor.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Counts work that is waited for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Awaiting(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    count: usize,
    /// Work was counted since the last wait, though it may be over by now.
    was_some: bool,
}

/// Work that [`Outbound::wait_until_answered`](crate::Outbound::wait_until_answered) waits for until this is dropped.
#[must_use = "dropped, it counts no more"]
#[derive(Debug)]
pub struct Awaited(Awaiting);

impl Awaiting {
    pub(crate) fn one_more(&self) -> Awaited {
        let mut state = self.state();
        state.count += 1;
        state.was_some = true;
        drop(state);
        Awaited(self.clone())
    }

    /// How much is counted now.
    pub(crate) fn count(&self) -> usize {
        self.state().count
    }

    /// Blocks until nothing is counted. Says whether anything was since the last time.
    pub(crate) fn wait_for_none(&self) -> bool {
        let state = self
            .0
            .changed
            .wait_while(self.state(), |state| state.count > 0);
        let mut state = state.unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut state.was_some)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Awaited {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.count -= 1;
        if state.count == 0 {
            self.0.0.changed.notify_all();
        }
    }
}
