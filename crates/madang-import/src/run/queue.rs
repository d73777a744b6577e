//! What joins two stages: a queue bounded in bytes and in items, so that the slower one sets the pace of both.
//!
//! It ends from both sides. A sender that has sent everything [finishes](Sender::finish); one that is dropped before that has failed, and the receiver is
//! told so after it took what was sent before. A receiver that is dropped has no more use for anything, and the sender is told so at its next push, or
//! at once while it waits. So whichever stage ends, all others end, each after what it was doing.

mod ends;
mod meter;

use std::sync::Arc;

pub use self::ends::{Receiver, Sender};
pub use self::meter::{Meter, QueueFigures};
use crate::run::world::World;

/// What waits between two stages at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueLimits {
    /// So many items.
    pub items_max: usize,
    /// So many bytes by [`Weighed::weight`]; an item that weighs more than that goes through alone.
    pub bytes_max: usize,
}

/// What has a weight.
pub trait Weighed {
    /// Bytes of memory it holds, near enough for a bound.
    fn weight(&self) -> usize;
}

/// The receiver has gone: nobody wants what is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the next stage has ended")]
pub struct Closed;

/// The sender has gone without finishing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stage before has ended in the middle")]
pub struct Broken;

/// A queue, and what tells how it is used.
pub fn queue<T: Weighed>(
    limits: QueueLimits,
    world: Arc<dyn World>,
) -> (Sender<T>, Receiver<T>, Arc<Meter>) {
    let meter = Arc::new(Meter::new(world));
    let (sender, receiver) = ends::pair(limits, Arc::clone(&meter));
    (sender, receiver, meter)
}

/// What the ends lock with: their tests put shuttle's in its place.
mod sync {
    pub use std::sync::{Condvar, Mutex, MutexGuard};
}

#[cfg(test)]
mod tests;
