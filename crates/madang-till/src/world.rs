//! Time, chance and tasks as arguments.

pub mod simulation;

use std::sync::Arc;

use futures::future::BoxFuture;
use jiff::Timestamp;

/// What time it is, and waiting for it. Timestamps are whole microseconds.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
    /// Waits until `at`; at once when that has passed.
    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'static, ()>;
}

/// Where random bytes come from.
pub trait Chance: Send + Sync {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);

    /// A random number.
    fn number(&self) -> u64 {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }
}

/// Where tasks run that outlive the call that began them.
pub trait Spawn: Send + Sync {
    /// Runs `task` to its end.
    fn spawn(&self, task: BoxFuture<'static, ()>);
}

/// Time, chance and tasks together.
#[derive(Clone)]
pub struct World {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The source of chance.
    pub chance: Arc<dyn Chance>,
    /// The place for tasks.
    pub tasks: Arc<dyn Spawn>,
}

impl World {
    /// Now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Waits for `duration` from now.
    pub async fn pause(&self, duration: jiff::SignedDuration) {
        let until = self.now().checked_add(duration).unwrap_or(Timestamp::MAX);
        self.clock.sleep_until(until).await;
    }

    /// `work`, or nothing when `deadline` passes first.
    pub async fn within<T>(&self, deadline: Timestamp, work: impl Future<Output = T>) -> Option<T> {
        let work = std::pin::pin!(work);
        match futures::future::select(work, self.clock.sleep_until(deadline)).await {
            futures::future::Either::Left((done, _)) => Some(done),
            futures::future::Either::Right(((), _)) => None,
        }
    }
}
