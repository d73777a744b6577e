//! What waits for a plugin. Questions of the till go before everything else: a sale waits for them.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use madang_journal::Position;
use tokio::sync::OwnedSemaphorePermit;

/// One message for a plugin.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The message as JSON text.
    pub json: Arc<str>,
    /// The event of the journal that it tells of; it is acknowledged when the plugin has dealt with it.
    pub position: Option<Position>,
    /// What led to it, as a tap or an operation.
    pub cause: Option<Arc<str>>,
    /// Given back when the plugin has dealt with it; whoever waits for room then goes on.
    pub room: Option<Arc<OwnedSemaphorePermit>>,
}

/// What waits for one plugin.
#[derive(Default)]
pub struct Mailbox {
    state: Mutex<State>,
    arrived: Condvar,
}

#[derive(Default)]
struct State {
    asks: VecDeque<Delivery>,
    rest: VecDeque<Delivery>,
    closed: bool,
    waker: Option<Waker>,
}

/// What a driver takes out of a mailbox.
#[derive(Debug)]
pub enum Taken {
    /// The next message.
    Delivery(Delivery),
    /// Nothing came until the time that was waited for.
    Nothing,
    /// The plugin is to stop.
    Closed,
}

impl Mailbox {
    /// Puts a message in; one that comes after the plugin was stopped is dropped.
    pub fn put(&self, delivery: Delivery) {
        self.change(|state| state.rest.push_back(delivery));
    }

    /// Puts a question in, before everything else.
    pub fn put_ask(&self, delivery: Delivery) {
        self.change(|state| state.asks.push_back(delivery));
    }

    /// Tells the driver to stop.
    pub fn close(&self) {
        self.change(|state| state.closed = true);
    }

    /// How much waits.
    pub fn waiting(&self) -> usize {
        let state = self.state();
        state.asks.len() + state.rest.len()
    }

    /// The next message, waiting for it on this thread for as long as `patience` says.
    pub fn wait(&self, patience: Option<Duration>) -> Taken {
        let mut state = self.state();
        let empty =
            |state: &mut State| state.asks.is_empty() && state.rest.is_empty() && !state.closed;
        state = match patience {
            None => self
                .arrived
                .wait_while(state, empty)
                .unwrap_or_else(PoisonError::into_inner),
            Some(patience) => {
                self.arrived
                    .wait_timeout_while(state, patience, empty)
                    .unwrap_or_else(PoisonError::into_inner)
                    .0
            }
        };
        take(&mut state)
    }

    /// The next message, for a task of a loop.
    pub fn poll(&self, context: &mut Context<'_>) -> Poll<Taken> {
        let mut state = self.state();
        match take(&mut state) {
            Taken::Nothing => {
                state.waker = Some(context.waker().clone());
                Poll::Pending
            }
            taken => Poll::Ready(taken),
        }
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state();
        if state.closed {
            return;
        }
        change(&mut state);
        let waker = state.waker.take();
        drop(state);
        self.arrived.notify_one();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn take(state: &mut State) -> Taken {
    if state.closed {
        return Taken::Closed;
    }
    match state.asks.pop_front().or_else(|| state.rest.pop_front()) {
        Some(delivery) => Taken::Delivery(delivery),
        None => Taken::Nothing,
    }
}
