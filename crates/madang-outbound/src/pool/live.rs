//! The life of one connection.

use std::{
    future::{Future, pending},
    pin::Pin,
    sync::{Arc, Weak, atomic::Ordering},
};

use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

use super::{Counters, Key, Pool};

/// Carries bytes until the connection ends, by whatever end, and then takes it out of the pool and counts it as closed.
pub(super) fn live(
    pool: &Arc<Pool>,
    key: &Key,
    id: u64,
    driver: Pin<Box<dyn Future<Output = ()> + Send>>,
    held: watch::Receiver<Option<Instant>>,
) -> impl Future<Output = ()> + Send + use<> {
    // Made before the task runs, so that a task that is never polled is counted as well.
    let closing = Closing {
        pool: Arc::downgrade(pool),
        counters: Arc::clone(&pool.counters),
        key: key.clone(),
        id,
    };
    async move {
        ends(driver, held).await;
        drop(closing);
    }
}

/// Takes the driver, so that the socket is closed when this returns.
async fn ends(
    mut driver: Pin<Box<dyn Future<Output = ()> + Send>>,
    mut held: watch::Receiver<Option<Instant>>,
) {
    loop {
        let idle_until = *held.borrow_and_update();
        tokio::select! {
            biased;
            changed = held.changed() => if changed.is_err() {
                return;
            },
            () = &mut driver => return,
            () = passed(idle_until) => return,
        }
    }
}

async fn passed(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => pending().await,
    }
}

struct Closing {
    pool: Weak<Pool>,
    counters: Arc<Counters>,
    key: Key,
    id: u64,
}

impl Drop for Closing {
    fn drop(&mut self) {
        if let Some(pool) = self.pool.upgrade() {
            pool.forget(&self.key, self.id);
        }
        self.counters.closed.fetch_add(1, Ordering::SeqCst);
    }
}
