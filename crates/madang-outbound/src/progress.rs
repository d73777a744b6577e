//! How far a call has come: what a time-out names, and what decides whether the other side may have acted.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use tokio::time::Instant;

use crate::send_error::{Outcome, SendError, SendErrorKind, Stage};

/// Shared by all attempts of one call.
pub(crate) struct Progress {
    started: Instant,
    stage: Mutex<Stage>,
    /// Attempts of which some byte may have reached the other side. A count and not a flag, so that an attempt that turns out
    /// to have been refused untouched takes back its own mark and no other's.
    sent: AtomicUsize,
    /// Attempts that our own limits let through.
    departed: AtomicUsize,
}

impl Progress {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            started: Instant::now(),
            stage: Mutex::new(Stage::Resolving),
            sent: AtomicUsize::new(0),
            departed: AtomicUsize::new(0),
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

    /// An attempt was let through.
    pub(crate) fn departs(&self) {
        self.departed.fetch_add(1, Ordering::SeqCst);
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

    /// What the other side may have done by now.
    pub(crate) fn outcome(&self) -> Outcome {
        match self.sent.load(Ordering::SeqCst) {
            0 => Outcome::Refused,
            _ => Outcome::Unknown,
        }
    }

    /// The failure with what the other side may have done.
    pub(crate) fn failed(&self, kind: SendErrorKind) -> SendError {
        SendError::new(kind, self.outcome(), 1, self.started.elapsed())
    }
}
