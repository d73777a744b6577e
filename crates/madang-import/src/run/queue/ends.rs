//! The two ends of a queue.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, PoisonError};
use std::task::{Poll, Waker};

use super::sync::{Condvar, Mutex, MutexGuard};
use super::{Broken, Closed, Meter, QueueLimits, Weighed};

/// Where a stage puts what it has made.
pub struct Sender<T> {
    shared: Arc<Shared<T>>,
}

/// Where the next stage takes it from.
pub struct Receiver<T> {
    shared: Arc<Shared<T>>,
}

struct Shared<T> {
    limits: QueueLimits,
    meter: Arc<Meter>,
    line: Mutex<Line<T>>,
    has_room: Condvar,
    has_items: Condvar,
}

struct Line<T> {
    items: VecDeque<(T, usize)>,
    bytes: usize,
    sending: Sending,
    is_received: bool,
    /// Of a receiver that waits without a thread.
    waker: Option<Waker>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sending {
    GoesOn,
    Finished,
    Broken,
}

pub fn pair<T: Weighed>(limits: QueueLimits, meter: Arc<Meter>) -> (Sender<T>, Receiver<T>) {
    let shared = Arc::new(Shared {
        limits,
        meter,
        line: Mutex::new(Line {
            items: VecDeque::new(),
            bytes: 0,
            sending: Sending::GoesOn,
            is_received: true,
            waker: None,
        }),
        has_room: Condvar::new(),
        has_items: Condvar::new(),
    });
    let sender = Sender {
        shared: Arc::clone(&shared),
    };
    (sender, Receiver { shared })
}

impl<T: Weighed> Sender<T> {
    /// Puts an item at the end, once there is room for it.
    ///
    /// # Errors
    /// [`Closed`] when the receiver has gone; the item is dropped.
    pub fn push(&self, item: T) -> Result<(), Closed> {
        let weight = item.weight();
        let mut line = self.shared.lock();
        if line.is_received && !line.has_room(weight, self.shared.limits) {
            let _waiting = self.shared.meter.waits_for_room();
            while line.is_received && !line.has_room(weight, self.shared.limits) {
                line = self
                    .shared
                    .has_room
                    .wait(line)
                    .unwrap_or_else(PoisonError::into_inner);
            }
        }
        if !line.is_received {
            return Err(Closed);
        }
        line.items.push_back((item, weight));
        line.bytes += weight;
        self.shared.changed(line);
        Ok(())
    }
}

impl<T> Sender<T> {
    /// Everything was sent.
    pub fn finish(self) {
        self.shared.lock().sending = Sending::Finished;
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let mut line = self.shared.lock();
        if line.sending == Sending::GoesOn {
            line.sending = Sending::Broken;
        }
        self.shared.changed(line);
    }
}

impl<T> Receiver<T> {
    /// The next item, once there is one; `None` at the end.
    ///
    /// # Errors
    /// [`Broken`] when the sender has gone without finishing, after everything that it had sent.
    pub fn pop(&self) -> Result<Option<T>, Broken> {
        let mut line = self.shared.lock();
        if line.is_empty_for_now() {
            let _waiting = self.shared.meter.waits_for_items();
            while line.is_empty_for_now() {
                line = self
                    .shared
                    .has_items
                    .wait(line)
                    .unwrap_or_else(PoisonError::into_inner);
            }
        }
        self.shared.take(line)
    }

    /// The same without holding a thread. Nothing is lost when the future is dropped.
    ///
    /// # Errors
    /// As [`Self::pop`].
    pub async fn next(&self) -> Result<Option<T>, Broken> {
        let mut waiting = None;
        poll_fn(|context| {
            let mut line = self.shared.lock();
            if line.is_empty_for_now() {
                line.waker = Some(context.waker().clone());
                waiting.get_or_insert_with(|| self.shared.meter.waits_for_items());
                return Poll::Pending;
            }
            Poll::Ready(self.shared.take(line))
        })
        .await
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let mut line = self.shared.lock();
        line.is_received = false;
        line.bytes = 0;
        let left = std::mem::take(&mut line.items);
        self.shared.changed(line);
        // What nobody wants is given up outside of the lock.
        drop(left);
    }
}

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, Line<T>> {
        // A line is whole after each of its short changes, whoever panicked holding it.
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, mut line: MutexGuard<'_, Line<T>>) -> Result<Option<T>, Broken> {
        let Some((item, weight)) = line.items.pop_front() else {
            return match line.sending {
                Sending::Finished => Ok(None),
                Sending::GoesOn | Sending::Broken => Err(Broken),
            };
        };
        line.bytes -= weight;
        self.changed(line);
        Ok(Some(item))
    }

    /// Wakes the other side, whichever it is: a queue has one sender and one receiver, and a needless waking is cheap.
    fn changed(&self, mut line: MutexGuard<'_, Line<T>>) {
        self.meter.holds(line.items.len(), line.bytes);
        let waker = line.waker.take();
        drop(line);
        self.has_room.notify_one();
        self.has_items.notify_one();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T> Line<T> {
    fn has_room(&self, weight: usize, limits: QueueLimits) -> bool {
        self.items.is_empty()
            || (self.items.len() < limits.items_max && self.bytes + weight <= limits.bytes_max)
    }

    fn is_empty_for_now(&self) -> bool {
        self.items.is_empty() && self.sending == Sending::GoesOn
    }
}
