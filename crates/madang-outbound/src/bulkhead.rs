//! A bound on the calls under way to one upstream: a slow one may hold some of a till's sockets and memory, not all of them.

use std::sync::Arc;

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout_at},
};
use tower::{Service, ServiceExt, service_fn};

use crate::lock::Lock;

/// How many calls may be under way, and how many may wait for that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkheadSettings {
    /// Calls under way at once: more than a till's worth of work, less than a server's patience.
    pub running_max: usize,
    /// Calls waiting for a place, first come first served. None by default: what waits is late, and says so at once.
    pub queued_max: usize,
}

impl Default for BulkheadSettings {
    fn default() -> Self {
        Self {
            running_max: 16,
            queued_max: 0,
        }
    }
}

/// Why a call did not get a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BulkheadRefusal {
    /// All places are taken, in the queue too.
    #[error(
        "{running_max} calls are under way and {queued_max} wait; try again when one has ended"
    )]
    Full {
        /// The bound on calls under way.
        running_max: usize,
        /// The bound on those that wait.
        queued_max: usize,
    },
    /// The call's deadline passed while it waited.
    #[error("no place among {running_max} calls became free before the deadline")]
    Deadline {
        /// The bound on calls under way.
        running_max: usize,
    },
}

/// What a bulkhead has counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BulkheadCounts {
    /// Calls under way.
    pub running: usize,
    /// Calls waiting.
    pub queued: usize,
    /// Calls refused since all places were taken.
    pub refused: u64,
    /// Calls that left the queue without a place: called off, or too late.
    pub left_queue: u64,
    /// Calls under way that were dropped before they had an answer.
    pub abandoned: u64,
}

/// The places of one upstream, shared by all calls to it.
pub struct Bulkhead {
    settings: BulkheadSettings,
    places: Arc<Semaphore>,
    counts: Lock<BulkheadCounts>,
}

/// What [`Bulkhead::enter`] gives.
pub enum Entry {
    /// A place.
    In(BulkheadPermit),
    /// A place in the queue.
    Queued(Queued),
}

impl Bulkhead {
    /// A bulkhead with every place free.
    pub fn new(settings: BulkheadSettings) -> Arc<Self> {
        // More than a semaphore holds is as good as no bound.
        let places = settings.running_max.min(Semaphore::MAX_PERMITS);
        Arc::new(Self {
            places: Arc::new(Semaphore::new(places)),
            counts: Lock::new(BulkheadCounts::default()),
            settings,
        })
    }

    /// Takes a place, or one in the queue, or says that there is neither.
    pub fn enter(self: &Arc<Self>) -> Result<Entry, BulkheadRefusal> {
        self.counts.with(|counts| {
            // A free place belongs to those who wait, who may just not have been woken yet.
            if counts.queued == 0
                && let Ok(place) = Arc::clone(&self.places).try_acquire_owned()
            {
                counts.running += 1;
                return Ok(Entry::In(BulkheadPermit::new(self, place)));
            }
            if counts.queued < self.settings.queued_max {
                counts.queued += 1;
                return Ok(Entry::Queued(Queued {
                    bulkhead: Arc::clone(self),
                    end: Wait::LeftQueue,
                }));
            }
            counts.refused += 1;
            Err(BulkheadRefusal::Full {
                running_max: self.settings.running_max,
                queued_max: self.settings.queued_max,
            })
        })
    }

    /// Takes a place, waiting for one until `deadline` if there is a queue.
    pub async fn enter_by(
        self: &Arc<Self>,
        deadline: Instant,
    ) -> Result<BulkheadPermit, BulkheadRefusal> {
        match self.enter()? {
            Entry::In(permit) => Ok(permit),
            Entry::Queued(queued) => {
                let running_max = self.settings.running_max;
                let late = BulkheadRefusal::Deadline { running_max };
                queued.turn_by(deadline).await.ok_or(late)
            }
        }
    }

    /// Stands before `inner`. `deadline_of` says until when a request may wait; `keep` puts the permit where it stays until the answer
    /// was read.
    pub fn before<Request, Inner>(
        self: Arc<Self>,
        inner: Inner,
        deadline_of: fn(&Request) -> Instant,
        keep: fn(&mut Inner::Response, BulkheadPermit),
    ) -> impl Service<Request, Response = Inner::Response, Error = Inner::Error, Future: Send> + Clone
    where
        Inner: Service<Request, Error: From<BulkheadRefusal>, Future: Send> + Clone + Send,
        Request: Send,
    {
        service_fn(move |request| {
            let (bulkhead, inner) = (Arc::clone(&self), inner.clone());
            async move {
                let permit = bulkhead.enter_by(deadline_of(&request)).await?;
                let end = inner.oneshot(request).await;
                let permit = permit.answered();
                let mut response = end?;
                keep(&mut response, permit);
                Ok(response)
            }
        })
    }

    /// What it has counted.
    pub fn counts(&self) -> BulkheadCounts {
        self.counts.with(|counts| *counts)
    }
}

/// A place in the queue; dropping it leaves the queue.
#[must_use = "dropping it leaves the queue"]
pub struct Queued {
    bulkhead: Arc<Bulkhead>,
    end: Wait,
}

#[derive(Clone, Copy)]
enum Wait {
    LeftQueue,
    Entered,
}

impl Queued {
    /// Waits for a place, and takes none that comes with the deadline: those who made it free were late themselves, and whichever of
    /// the two is looked at first, this call is over.
    async fn turn_by(self, deadline: Instant) -> Option<BulkheadPermit> {
        let place = timeout_at(deadline, self.place()).await.ok()?;
        (Instant::now() < deadline).then(|| self.entered(place))
    }

    async fn place(&self) -> OwnedSemaphorePermit {
        Arc::clone(&self.bulkhead.places)
            .acquire_owned()
            .await
            .expect("the places are never closed")
    }

    fn entered(mut self, place: OwnedSemaphorePermit) -> BulkheadPermit {
        self.end = Wait::Entered;
        BulkheadPermit::new(&self.bulkhead, place)
    }
}

impl Drop for Queued {
    fn drop(&mut self) {
        self.bulkhead.counts.with(|counts| {
            counts.queued -= 1;
            match self.end {
                Wait::LeftQueue => counts.left_queue += 1,
                Wait::Entered => counts.running += 1,
            }
        });
    }
}

/// A place among the calls under way, free again when this is dropped.
#[must_use = "dropping it gives the place back"]
pub struct BulkheadPermit {
    bulkhead: Arc<Bulkhead>,
    /// Released after `drop` has counted, so that the count is never above the bound.
    _place: OwnedSemaphorePermit,
    answer: Answer,
}

#[derive(Clone, Copy)]
enum Answer {
    Awaited,
    Here,
}

impl BulkheadPermit {
    fn new(bulkhead: &Arc<Bulkhead>, place: OwnedSemaphorePermit) -> Self {
        Self {
            bulkhead: Arc::clone(bulkhead),
            _place: place,
            answer: Answer::Awaited,
        }
    }

    /// The call has its answer, and keeps its place while that is read. Dropped without this it counts as abandoned.
    pub fn answered(mut self) -> Self {
        self.answer = Answer::Here;
        self
    }
}

impl Drop for BulkheadPermit {
    fn drop(&mut self) {
        self.bulkhead.counts.with(|counts| {
            counts.running -= 1;
            match self.answer {
                Answer::Awaited => counts.abandoned += 1,
                Answer::Here => {}
            }
        });
    }
}

#[cfg(test)]
mod tests;
