use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Text of all writes that wait or are being written, in KiB. 64 MiB: eight of the largest
/// batches, and little beside what a till has.
const WAITING_KIB_MAX: usize = 64 * 1024;

/// Counts writes between the queue and their answer, and bounds the text that they carry.
#[derive(Debug, Clone)]
pub(super) struct InFlight {
    count: Arc<(Mutex<usize>, Condvar)>,
    room: Arc<Semaphore>,
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
            count: Arc::default(),
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
        *self.lock() += 1;
        Counted {
            in_flight: self.clone(),
            _room: room,
        }
    }

    pub(super) fn count(&self) -> usize {
        *self.lock()
    }

    pub(super) fn wait_for_none(&self) {
        let mut count = self.lock();
        while *count > 0 {
            count = self
                .count
                .1
                .wait(count)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, usize> {
        self.count.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut count = self.in_flight.lock();
        *count -= 1;
        if *count == 0 {
            self.in_flight.count.1.notify_all();
        }
    }
}

/// A batch is checked to be far smaller than all the room there is, so it always fits some day.
fn kib(bytes: usize) -> u32 {
    (bytes / 1024 + 1).min(WAITING_KIB_MAX) as u32
}
