//! How a queue is used: how full it is, and how long each side has waited for the other.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use crate::run::world::World;

/// Read by whoever shows progress while the two stages write it.
pub struct Meter {
    world: Arc<dyn World>,
    items: AtomicUsize,
    bytes: AtomicUsize,
    bytes_peak: AtomicUsize,
    for_room: Waits,
    for_items: Waits,
}

/// How a queue is used at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueFigures {
    /// Items that wait in it.
    pub items: usize,
    /// What they weigh.
    pub bytes: usize,
    /// The most they weighed at any time.
    pub bytes_peak: usize,
    /// How long the sender has waited for room.
    pub waited_for_room: Duration,
    /// How long the receiver has waited for items.
    pub waited_for_items: Duration,
}

impl Meter {
    pub(super) fn new(world: Arc<dyn World>) -> Self {
        Self {
            world,
            items: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
            bytes_peak: AtomicUsize::new(0),
            for_room: Waits::default(),
            for_items: Waits::default(),
        }
    }

    /// How it is used now; a wait that goes on is counted up to now.
    pub fn figures(&self) -> QueueFigures {
        let now = self.world.elapsed();
        QueueFigures {
            items: self.items.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
            bytes_peak: self.bytes_peak.load(Ordering::Relaxed),
            waited_for_room: self.for_room.until(now),
            waited_for_items: self.for_items.until(now),
        }
    }

    pub(super) fn holds(&self, items: usize, bytes: usize) {
        self.items.store(items, Ordering::Relaxed);
        self.bytes.store(bytes, Ordering::Relaxed);
        self.bytes_peak.fetch_max(bytes, Ordering::Relaxed);
    }

    pub(super) fn waits_for_room(&self) -> Waiting<'_> {
        self.for_room.begin(&*self.world)
    }

    pub(super) fn waits_for_items(&self) -> Waiting<'_> {
        self.for_items.begin(&*self.world)
    }
}

impl std::fmt::Debug for Meter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.figures().fmt(f)
    }
}

/// The waits of one side. Only that side begins and ends them.
#[derive(Default)]
struct Waits {
    total_ns: AtomicU64,
    /// One more than the moment at which the wait began that goes on; 0 when none does.
    since_ns: AtomicU64,
}

/// A wait that goes on until this is dropped.
pub(super) struct Waiting<'a> {
    waits: &'a Waits,
    world: &'a dyn World,
}

impl Waits {
    fn begin<'a>(&'a self, world: &'a dyn World) -> Waiting<'a> {
        let since = nanoseconds(world.elapsed()) + 1;
        self.since_ns.store(since, Ordering::Relaxed);
        Waiting { waits: self, world }
    }

    fn until(&self, now: Duration) -> Duration {
        let total = self.total_ns.load(Ordering::Relaxed);
        let going_on = match self.since_ns.load(Ordering::Relaxed) {
            0 => 0,
            since => nanoseconds(now).saturating_sub(since - 1),
        };
        Duration::from_nanos(total + going_on)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let since = self.waits.since_ns.swap(0, Ordering::Relaxed);
        let waited = nanoseconds(self.world.elapsed()).saturating_sub(since.saturating_sub(1));
        self.waits.total_ns.fetch_add(waited, Ordering::Relaxed);
    }
}

/// Nanoseconds of 500 years fit.
fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX - 1)
}
