//! How far a call has come: what a time-out names, and what decides whether the other side may have acted.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;

use crate::send_error::{Outcome, SendError, SendErrorKind, Stage};

/// Shared by all attempts of one call.
pub(crate) struct Progress {
    started: Instant,
    /// Before it began.
    waited_before: Duration,
    stage: Mutex<Stage>,
    /// Attempts of which some byte may have reached the other side. A count and not a flag, so that an attempt that turns out
    /// to have been refused untouched takes back its own mark and no other's.
    sent: AtomicUsize,
    /// Requests that our own limits let through.
    departed: AtomicU32,
    queue: Mutex<Queue>,
}

/// The time that the call has waited for its turn with us.
#[derive(Default)]
struct Queue {
    waited: Duration,
    /// It waits now.
    since: Option<Instant>,
}

impl Queue {
    fn leave(&mut self) {
        if let Some(since) = self.since.take() {
            self.waited += since.elapsed();
        }
    }
}

impl Progress {
    /// A call that begins now, and has waited with us for so long before.
    pub(crate) fn new(waited: Duration) -> Arc<Self> {
        Arc::new(Self {
            started: Instant::now(),
            stage: Mutex::new(Stage::Resolving),
            sent: AtomicUsize::new(0),
            departed: AtomicU32::new(0),
            waited_before: waited,
            queue: Mutex::new(Queue {
                waited,
                since: None,
            }),
        })
    }

    /// When the call began.
    pub(crate) fn started(&self) -> Instant {
        self.started
    }

    pub(crate) fn enter(&self, stage: Stage) {
        *self.stage.lock().unwrap_or_else(PoisonError::into_inner) = stage;
    }

    pub(crate) fn stage(&self) -> Stage {
        *self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next request waits for our own limits.
    pub(crate) fn queues(&self) {
        self.enter(Stage::Queued);
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.leave();
        queue.since = Some(Instant::now());
    }

    /// A request was let through.
    pub(crate) fn departs(&self) {
        self.departed.fetch_add(1, Ordering::SeqCst);
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.leave();
        drop(queue);
        self.enter(Stage::Resolving);
    }

    /// It is sent once more.
    pub(crate) fn departs_again(&self) {
        self.departed.fetch_add(1, Ordering::SeqCst);
    }

    /// Requests that went out.
    pub(crate) fn departures(&self) -> u32 {
        self.departed.load(Ordering::SeqCst)
    }

    /// The attempt that [`Progress::departs`] marked led nowhere where it may go.
    pub(crate) fn turned_back(&self) {
        self.departed.fetch_sub(1, Ordering::SeqCst);
    }

    /// Whether some attempt went out to the network.
    pub(crate) fn has_departed(&self) -> bool {
        self.departed.load(Ordering::SeqCst) > 0
    }

    /// Bytes of a request are handed to a connection: from here on nobody can say that the other side did not receive them.
    pub(crate) fn sent(&self) {
        self.sent.fetch_add(1, Ordering::SeqCst);
        self.enter(Stage::Awaiting);
    }

    /// The other side proved that it did not act on what [`Progress::sent`] marked.
    pub(crate) fn sent_in_vain(&self) {
        // An answer of our own making, such as chaos gives, answers nothing that was sent.
        let fewer = |sent: usize| sent.checked_sub(1);
        let _ = self
            .sent
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, fewer);
    }

    /// The other side answered what [`Progress::sent`] marked, so that there is no doubt left about it.
    pub(crate) fn answered(&self) {
        self.sent_in_vain();
    }

    /// Nobody waits for an answer any longer: `after` of its own time or, without that, of as much as it had.
    pub(crate) fn out_of_time(&self, after: Option<Duration>) -> SendErrorKind {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(since) = queue.since {
            queue.waited += since.elapsed();
            queue.since = Some(Instant::now());
        }
        SendErrorKind::Timeout {
            after: after.unwrap_or_else(|| self.waited_before + self.started.elapsed()),
            queued: queue.waited,
            during: self.stage(),
        }
    }

    /// What the other side may have done by now.
    pub(crate) fn outcome(&self) -> Outcome {
        match self.sent.load(Ordering::SeqCst) {
            0 => Outcome::Refused,
            _ => Outcome::Unknown,
        }
    }

    /// The failure with what the other side may have done.
    pub(crate) fn failed(&self, kind: SendErrorKind) -> SendError {
        SendError::new(
            kind,
            self.outcome(),
            self.departures(),
            self.started.elapsed(),
        )
    }
}
