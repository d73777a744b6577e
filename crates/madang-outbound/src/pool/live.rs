//! The life of one connection.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Weak, atomic::Ordering},
    time::Duration,
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
    let idle_timeout = pool.limits.idle_timeout;
    async move {
        ends(driver, held, idle_timeout).await;
        drop(closing);
    }
}

/// Takes the driver, so that the socket is closed when this returns.
///
/// Nobody wakes this when a connection is taken or given back, which would cost every call two changes of task: it looks by itself, and in
/// time, since a connection that is in use now may be idle for `idle_timeout` at least.
async fn ends(
    mut driver: Pin<Box<dyn Future<Output = ()> + Send>>,
    mut held: watch::Receiver<Option<Instant>>,
    idle_timeout: Duration,
) {
    loop {
        let idle_until = *held.borrow_and_update();
        if idle_until.is_some_and(|until| until <= Instant::now()) {
            return;
        }
        let look_at = idle_until.unwrap_or_else(|| Instant::now() + idle_timeout);
        tokio::select! {
            biased;
            changed = held.changed() => if changed.is_err() {
                return;
            },
            () = &mut driver => return,
            () = sleep_until(look_at) => {}
        }
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
