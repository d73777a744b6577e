use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Counts writes between the queue and their answer.
#[derive(Debug, Clone, Default)]
pub(super) struct InFlight(Arc<(Mutex<usize>, Condvar)>);

/// One write; dropped **after** its answer is given, so that none is ever uncounted and unanswered.
#[derive(Debug)]
pub(super) struct Counted(InFlight);

impl InFlight {
    pub(super) fn begin(&self) -> Counted {
        *self.lock() += 1;
        Counted(self.clone())
    }

    pub(super) fn count(&self) -> usize {
        *self.lock()
    }

    pub(super) fn wait_for_none(&self) {
        let mut count = self.lock();
        while *count > 0 {
            count = self.0.1.wait(count).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, usize> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut count = self.0.lock();
        *count -= 1;
        if *count == 0 {
            self.0.0.1.notify_all();
        }
    }
}
