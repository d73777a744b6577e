//! The use of a connection by one call.

use std::sync::{Arc, atomic::Ordering};

use super::{Keep, Kept, Key, Pool};
use crate::exchange::{Meter, Sender};

/// One call's connection. Dropped, it closes an HTTP/1.1 connection; an HTTP/2 connection stays, and the call's stream is
/// reset by whatever held it.
pub(crate) struct Lease {
    pool: Arc<Pool>,
    key: Key,
    sharing: Sharing,
    /// Gone only while the lease is given back.
    one: Option<Kept>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sharing {
    Alone(Keep),
    Shared,
}

impl Lease {
    pub(super) fn alone(pool: &Arc<Pool>, key: Key, one: Kept, keep: Keep) -> Self {
        one.hold.set(None);
        Self::new(pool, key, one, Sharing::Alone(keep))
    }

    pub(super) fn shared(pool: &Arc<Pool>, key: Key, one: Kept) -> Self {
        Self::new(pool, key, one, Sharing::Shared)
    }

    fn new(pool: &Arc<Pool>, key: Key, one: Kept, sharing: Sharing) -> Self {
        pool.counters.busy.fetch_add(1, Ordering::SeqCst);
        Self {
            pool: Arc::clone(pool),
            key,
            sharing,
            one: Some(one),
        }
    }

    pub(crate) fn parts(&mut self) -> (&mut Sender, &Meter) {
        let one = self.one.as_mut().expect("a lease is given back only once");
        (&mut one.sender, &one.meter)
    }

    /// The answer has been read to its clean end: an HTTP/1.1 connection may carry another call.
    pub(crate) fn finish(mut self) {
        if self.sharing == Sharing::Alone(Keep::Yes)
            && let Some(one) = self.one.take()
            && !one.sender.is_closed()
        {
            self.pool.give_back(self.key.clone(), one);
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.pool.counters.busy.fetch_sub(1, Ordering::SeqCst);
        if let (Sharing::Shared, Some(one)) = (self.sharing, &self.one) {
            self.pool.stream_ended(&self.key, one.id);
        }
    }
}
