//! Connections that are kept for the next call.
//!
//! A connection belongs to one caller, one origin, one part of the network and one mode of TLS, so that a call never leaves by
//! a door that was opened under another grant. HTTP/1.1 carries one call at a time and is taken out of the pool meanwhile;
//! HTTP/2 stays in it and is shared. Each connection has one task, which ends with it; a connection ends when its server closes
//! it, when nobody has used it for a while, or when nobody holds it any longer: a call that is dropped closes its socket so.

mod lease;
mod live;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::watch,
    time::{Instant, timeout},
};

pub(crate) use self::lease::Lease;
use self::live::live;
use crate::{
    exchange::{HeadLimits, Meter, Sender, Started},
    grant::{Caller, Origin, Reach},
    tls::TlsMode,
};

/// Bounds on the connections that are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolLimits {
    /// Idle connections kept for one caller and origin: a shop seldom makes more calls at once to one server.
    pub idle_per_key_max: usize,
    /// Idle connections kept in all; each is a socket of the process.
    pub idle_max: usize,
    /// An idle connection is closed after this long. Many servers close theirs after a minute, and routers forget them soon after.
    pub idle_timeout: Duration,
    /// A connection is not used again after this long, so that a name that leads elsewhere by now is looked up, and what it leads to
    /// is checked.
    pub age_max: Duration,
    /// Calls that share one HTTP/2 connection; servers commonly allow a hundred, and one broken line should not break too many.
    pub streams_max: usize,
}

impl Default for PoolLimits {
    fn default() -> Self {
        Self {
            idle_per_key_max: 4,
            idle_max: 64,
            idle_timeout: Duration::from_secs(30),
            age_max: Duration::from_secs(10 * 60),
            streams_max: 32,
        }
    }
}

/// What the pool holds now, and what it has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PoolCounts {
    /// Connections that wait for a call.
    pub idle: usize,
    /// Calls that have a connection, until the last byte of their answer.
    pub busy: usize,
    /// Connections opened.
    pub opened: u64,
    /// Calls that went out on a connection that stood already.
    pub reused: u64,
    /// Connections closed, by whichever side.
    pub closed: u64,
}

/// Whose connections may be used by whom.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) caller: Arc<str>,
    pub(crate) origin: Origin,
    pub(crate) reach: Reach,
    pub(crate) tls: TlsMode,
    pub(crate) head: HeadLimits,
}

pub(crate) struct Pool {
    kept: Mutex<HashMap<Key, Vec<Kept>>>,
    limits: PoolLimits,
    counters: Arc<Counters>,
}

/// A connection in the pool: idle, or HTTP/2 and shared.
struct Kept {
    id: u64,
    sender: Sender,
    meter: Arc<Meter>,
    hold: Arc<Hold>,
    streams: usize,
    opened_at: Instant,
    idle_since: Instant,
}

/// Keeps a connection open, and says until when it may be idle. The connection closes when the last one is dropped.
struct Hold(watch::Sender<Option<Instant>>);

impl Hold {
    /// Without a word to the connection's task, which looks by itself.
    fn set(&self, idle_until: Option<Instant>) {
        self.0.send_if_modified(|held| {
            *held = idle_until;
            false
        });
    }
}

#[derive(Default)]
struct Counters {
    busy: AtomicUsize,
    opened: AtomicU64,
    reused: AtomicU64,
    closed: AtomicU64,
}

impl Pool {
    pub(crate) fn new(limits: PoolLimits) -> Arc<Self> {
        Arc::new(Self {
            kept: Mutex::default(),
            limits,
            counters: Arc::default(),
        })
    }

    pub(crate) fn counts(&self) -> PoolCounts {
        let count = |counter: &AtomicU64| counter.load(Ordering::SeqCst);
        PoolCounts {
            idle: self.with(|kept| kept.values().flatten().filter(|one| one.is_idle()).count()),
            busy: self.counters.busy.load(Ordering::SeqCst),
            opened: count(&self.counters.opened),
            reused: count(&self.counters.reused),
            closed: count(&self.counters.closed),
        }
    }

    /// A connection that stands and is ready, if there is one.
    pub(crate) async fn reuse(self: &Arc<Self>, key: &Key) -> Option<Lease> {
        while let Some(mut lease) = self.take(key) {
            let ready = timeout(READY_WITHIN, lease.parts().0.is_ready()).await;
            if ready == Ok(true) {
                self.counters.reused.fetch_add(1, Ordering::SeqCst);
                return Some(lease);
            }
        }
        None
    }

    /// Takes a fresh connection in, for the call that opened it. One that is not `kept` serves that call alone.
    pub(crate) fn admit(self: &Arc<Self>, key: Key, started: Started, keep: Keep) -> Lease {
        let id = self.counters.opened.fetch_add(1, Ordering::SeqCst);
        let (hold, held) = watch::channel(None);
        tokio::spawn(live(self, &key, id, started.driver, held));
        let mut fresh = Kept {
            id,
            sender: started.sender,
            meter: started.meter,
            hold: Arc::new(Hold(hold)),
            streams: 0,
            opened_at: Instant::now(),
            idle_since: Instant::now(),
        };
        let shared = match keep {
            Keep::Yes => fresh.shared(),
            Keep::No => None,
        };
        let Some(shared) = shared else {
            return Lease::alone(self, key, fresh, keep);
        };
        self.with(|kept| kept.entry(key.clone()).or_default().push(fresh));
        Lease::shared(self, key, shared)
    }

    /// Closes every idle connection of `caller` that its grant no longer covers.
    pub(crate) fn keep_granted(&self, caller: &Caller) {
        self.with(|kept| {
            kept.retain(|key, _| {
                *key.caller != *caller.id || caller.grant.reach(&key.origin) == Some(key.reach)
            });
        });
    }

    fn take(self: &Arc<Self>, key: &Key) -> Option<Lease> {
        self.with(|kept| {
            let ours = kept.get_mut(key)?;
            let limits = &self.limits;
            let is_old = |one: &Kept| one.opened_at.elapsed() >= limits.age_max;
            let is_over = |one: &Kept| one.sender.is_closed() || (one.is_idle() && is_old(one));
            ours.retain(|one| !is_over(one));
            let has_room = |one: &Kept| one.streams < limits.streams_max.min(one.sender.room());
            let fits = |one: &Kept| has_room(one) && !is_old(one);
            let at = ours.iter().rposition(fits);
            let lease = at.map(|at| match ours[at].shared() {
                Some(shared) => Lease::shared(self, key.clone(), shared),
                None => Lease::alone(self, key.clone(), ours.remove(at), Keep::Yes),
            });
            if ours.is_empty() {
                kept.remove(key);
            }
            lease
        })
    }

    /// Takes an HTTP/1.1 connection back.
    fn give_back(&self, key: Key, mut one: Kept) {
        one.rest(self.limits.idle_timeout);
        self.with(|kept| {
            kept.entry(key.clone()).or_default().push(one);
            self.evict(kept, &key);
        });
    }

    /// One of the calls that share an HTTP/2 connection is over.
    fn stream_ended(&self, key: &Key, id: u64) {
        self.with(|kept| {
            let Some(one) = kept.get_mut(key).and_then(|ours| find(ours, id)) else {
                return;
            };
            one.streams = one.streams.saturating_sub(1);
            if one.is_idle() {
                one.rest(self.limits.idle_timeout);
                self.evict(kept, key);
            }
        });
    }

    /// Closes the idle connections that have waited longest, while there are more than the limits allow.
    fn evict(&self, kept: &mut HashMap<Key, Vec<Kept>>, key: &Key) {
        if kept
            .get(key)
            .is_some_and(|ours| idle(ours) > self.limits.idle_per_key_max)
        {
            close_oldest(kept, |candidate| candidate == key);
        }
        if kept.values().map(|ours| idle(ours)).sum::<usize>() > self.limits.idle_max {
            close_oldest(kept, |_| true);
        }
    }

    /// A connection has closed.
    fn forget(&self, key: &Key, id: u64) {
        self.with(|kept| remove(kept, key, id));
    }

    fn with<T>(&self, act: impl FnOnce(&mut HashMap<Key, Vec<Kept>>) -> T) -> T {
        act(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A connection whose answer has just been read is ready at once; one that is still busy with the end of its last request
/// after this long is not waited for.
const READY_WITHIN: Duration = Duration::from_millis(50);

/// Whether a connection is kept after the call that opened it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    Yes,
    No,
}

impl Kept {
    fn is_idle(&self) -> bool {
        self.streams == 0
    }

    fn rest(&mut self, timeout: Duration) {
        self.idle_since = Instant::now();
        self.hold.set(Some(self.idle_since + timeout));
    }

    /// One more use of this connection, if it can be shared.
    fn shared(&mut self) -> Option<Self> {
        let Sender::Many(sender, room) = &self.sender else {
            return None;
        };
        self.streams += 1;
        self.hold.set(None);
        Some(Self {
            id: self.id,
            sender: Sender::Many(sender.clone(), Arc::clone(room)),
            meter: Arc::clone(&self.meter),
            hold: Arc::clone(&self.hold),
            streams: 0,
            opened_at: self.opened_at,
            idle_since: self.idle_since,
        })
    }
}

fn idle(ours: &[Kept]) -> usize {
    ours.iter().filter(|one| one.is_idle()).count()
}

fn find(ours: &mut [Kept], id: u64) -> Option<&mut Kept> {
    ours.iter_mut().find(|one| one.id == id)
}

fn close_oldest(kept: &mut HashMap<Key, Vec<Kept>>, among: impl Fn(&Key) -> bool) {
    let oldest = kept
        .iter()
        .filter(|(key, _)| among(key))
        .flat_map(|(key, ours)| ours.iter().map(move |one| (key, one)))
        .filter(|(_, one)| one.is_idle())
        .min_by_key(|(_, one)| (one.idle_since, one.id))
        .map(|(key, one)| (key.clone(), one.id));
    if let Some((key, id)) = oldest {
        remove(kept, &key, id);
    }
}

fn remove(kept: &mut HashMap<Key, Vec<Kept>>, key: &Key, id: u64) {
    if let Some(ours) = kept.get_mut(key) {
        ours.retain(|one| one.id != id);
        if ours.is_empty() {
            kept.remove(key);
        }
    }
}
