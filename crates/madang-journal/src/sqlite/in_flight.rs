use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Text of all writes that wait or are being written, in KiB. 64 MiB: eight of the largest
/// batches, and little beside what a till has.
const WAITING_KIB_MAX: usize = 64 * 1024;

/// Counts writes between the queue and their answer, holds them back when that is wanted, and
/// bounds the text that they carry.
#[derive(Debug, Clone)]
pub(super) struct InFlight {
    shared: Arc<Shared>,
    room: Arc<Semaphore>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    count: usize,
    held: bool,
}

/// Room for the text of one write.
#[derive(Debug)]
pub(super) struct Room {
    _permit: OwnedSemaphorePermit,
}

/// One write; dropped **after** its answer is given, so that none is ever uncounted and unanswered.
#[derive(Debug)]
pub(super) struct Counted {
    in_flight: InFlight,
    _room: Room,
}

impl Default for InFlight {
    fn default() -> Self {
        Self {
            shared: Arc::default(),
            room: Arc::new(Semaphore::new(WAITING_KIB_MAX)),
        }
    }
}

impl InFlight {
    /// Waits until there is room for so much text.
    pub(super) async fn room(&self, bytes: usize) -> Room {
        let permit = Arc::clone(&self.room).acquire_many_owned(kib(bytes)).await;
        Room {
            _permit: permit.expect("the semaphore is never closed"),
        }
    }

    /// Room for so much text, if there is some now.
    pub(super) fn room_now(&self, bytes: usize) -> Option<Room> {
        Arc::clone(&self.room)
            .try_acquire_many_owned(kib(bytes))
            .ok()
            .map(|permit| Room { _permit: permit })
    }

    pub(super) fn begin(&self, room: Room) -> Counted {
        self.lock().count += 1;
        Counted {
            in_flight: self.clone(),
            _room: room,
        }
    }

    pub(super) fn count(&self) -> usize {
        self.lock().count
    }

    /// The writer begins nothing until it is let go.
    pub(super) fn hold(&self) {
        self.lock().held = true;
    }

    pub(super) fn let_go(&self) {
        let was_held = std::mem::replace(&mut self.lock().held, false);
        if was_held {
            self.shared.changed.notify_all();
        }
    }

    pub(super) fn wait_while_held(&self) {
        self.wait_while(|state| state.held);
    }

    pub(super) fn wait_for_none(&self) {
        self.wait_while(|state| state.count > 0);
    }

    fn wait_while(&self, is_so: impl Fn(&State) -> bool) {
        let state = self.lock();
        drop(self.shared.changed.wait_while(state, |state| is_so(state)));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        let state = self.shared.state.lock();
        state.unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut state = self.in_flight.lock();
        state.count -= 1;
        if state.count == 0 {
            self.in_flight.shared.changed.notify_all();
        }
    }
}

/// A batch is checked to be far smaller than all the room there is, so it always fits some day.
fn kib(bytes: usize) -> u32 {
    (bytes / 1024 + 1).min(WAITING_KIB_MAX) as u32
}
