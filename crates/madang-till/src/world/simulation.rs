//! A world in virtual time: one thread, one loop, seeded chance. Time moves only when nothing else can.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use futures::executor::{LocalPool, LocalSpawner};
use futures::future::BoxFuture;
use futures::task::LocalSpawnExt;
use jiff::Timestamp;
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::{Chance, Clock, Spawn, World};

/// How long the loop naps while a write or a call is out in the real world. Never seen by the simulated one.
const NAP: Duration = Duration::from_micros(50);

/// A loop that runs a whole shop in virtual time, in an order that the same seed repeats.
pub struct Simulation {
    pool: LocalPool,
    spawner: LocalSpawner,
    clock: Arc<VirtualClock>,
    chance: Arc<SeededChance>,
    tasks: Arc<TaskQueue>,
    outside: Vec<Box<dyn Fn() -> usize>>,
}

/// Nothing can go on and no time is waited for: what was awaited will never come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("nothing can go on: everything waits for something that will never come")]
pub struct Stuck;

impl Simulation {
    /// A world that begins at `start` with chance from `seed`.
    pub fn new(start: Timestamp, seed: [u8; 32]) -> Self {
        let pool = LocalPool::new();
        let spawner = pool.spawner();
        Self {
            pool,
            spawner,
            clock: Arc::new(VirtualClock::new(start)),
            chance: Arc::new(SeededChance::new(seed)),
            tasks: Arc::new(TaskQueue::default()),
            outside: Vec::new(),
        }
    }

    /// The world to hand in.
    pub fn world(&self) -> World {
        World {
            clock: self.clock.clone(),
            chance: self.chance.clone(),
            tasks: self.tasks.clone(),
        }
    }

    /// For tasks that stay on this thread, as a plugin's engine.
    pub fn spawner(&self) -> LocalSpawner {
        self.spawner.clone()
    }

    /// Time stands still while `count` is above 0: writes on their way to the disk, calls out on the network.
    pub fn hold_time_while(&mut self, count: impl Fn() -> usize + 'static) {
        self.outside.push(Box::new(count));
    }

    /// Now, in this world.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Runs until `work` is done, moving time on as far as that needs.
    ///
    /// # Errors
    /// [`Stuck`] when nothing can go on any more.
    pub fn run<T: 'static>(&mut self, work: impl Future<Output = T> + 'static) -> Result<T, Stuck> {
        let done = Rc::new(RefCell::new(None));
        let slot = done.clone();
        let spawned = self.spawner.spawn_local(async move {
            let value = work.await;
            *slot.borrow_mut() = Some(value);
        });
        spawned.map_err(|_| Stuck)?;
        loop {
            self.settle();
            if let Some(value) = done.borrow_mut().take() {
                return Ok(value);
            }
            if !self.clock.move_to_next(None) {
                return Err(Stuck);
            }
        }
    }

    /// Lets everything happen that happens within `duration`.
    pub fn advance(&mut self, duration: jiff::SignedDuration) {
        let until = self.now().checked_add(duration).unwrap_or(Timestamp::MAX);
        loop {
            self.settle();
            if !self.clock.move_to_next(Some(until)) {
                break;
            }
        }
        self.clock.move_to(until);
        self.settle();
    }

    /// Runs until nothing can go on without time passing.
    pub fn settle(&mut self) {
        loop {
            self.pool.run_until_stalled();
            let more = self.tasks.take();
            if more.is_empty() && !self.wait_for_outside() {
                return;
            }
            for task in more {
                // The pool lives as long as this loop, so it takes every task.
                let _ = self.spawner.spawn_local(task);
            }
        }
    }

    /// Waits until nothing is out; answers whether something was.
    fn wait_for_outside(&self) -> bool {
        let is_out = || self.outside.iter().any(|count| count() > 0);
        if !is_out() {
            return false;
        }
        while is_out() {
            std::thread::park_timeout(NAP);
        }
        true
    }
}

/// A clock that moves when it is told to.
pub struct VirtualClock {
    state: Arc<Mutex<ClockState>>,
}

struct ClockState {
    now: Timestamp,
    next_sleep: u64,
    /// Sleeps by when they end, then by who slept first.
    sleeps: BTreeMap<(Timestamp, u64), Option<Waker>>,
}

impl VirtualClock {
    fn new(start: Timestamp) -> Self {
        Self {
            state: Arc::new(Mutex::new(ClockState {
                now: start,
                next_sleep: 0,
                sleeps: BTreeMap::new(),
            })),
        }
    }

    /// Moves to the end of the next sleep, if it is not after `until`; answers whether there was one.
    fn move_to_next(&self, until: Option<Timestamp>) -> bool {
        let next = lock(&self.state).sleeps.keys().next().map(|(at, _)| *at);
        match next {
            Some(at) if until.is_none_or(|until| at <= until) => {
                self.move_to(at);
                true
            }
            _ => false,
        }
    }

    fn move_to(&self, at: Timestamp) {
        let ended = {
            let mut state = lock(&self.state);
            state.now = state.now.max(at);
            let later = state.sleeps.split_off(&(at, u64::MAX));
            std::mem::replace(&mut state.sleeps, later)
        };
        for waker in ended.into_values().flatten() {
            waker.wake();
        }
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        lock(&self.state).now
    }

    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'static, ()> {
        Box::pin(Sleep {
            state: self.state.clone(),
            at,
            number: None,
        })
    }
}

struct Sleep {
    state: Arc<Mutex<ClockState>>,
    at: Timestamp,
    number: Option<u64>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: std::pin::Pin<&mut Self>, context: &mut std::task::Context<'_>) -> Poll<()> {
        let shared = self.state.clone();
        let mut state = lock(&shared);
        if state.now >= self.at {
            return Poll::Ready(());
        }
        let number = *self.number.get_or_insert_with(|| {
            state.next_sleep += 1;
            state.next_sleep
        });
        state
            .sleeps
            .insert((self.at, number), Some(context.waker().clone()));
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            lock(&self.state).sleeps.remove(&(self.at, number));
        }
    }
}

/// Chance that the same seed repeats.
pub struct SeededChance {
    source: Mutex<ChaCha12Rng>,
}

impl SeededChance {
    /// Chance from a seed.
    pub fn new(seed: [u8; 32]) -> Self {
        Self {
            source: Mutex::new(ChaCha12Rng::from_seed(seed)),
        }
    }
}

impl Chance for SeededChance {
    fn fill(&self, bytes: &mut [u8]) {
        lock(&self.source).fill_bytes(bytes);
    }
}

#[derive(Default)]
struct TaskQueue {
    waiting: Mutex<VecDeque<BoxFuture<'static, ()>>>,
}

impl TaskQueue {
    fn take(&self) -> VecDeque<BoxFuture<'static, ()>> {
        std::mem::take(&mut *lock(&self.waiting))
    }
}

impl Spawn for TaskQueue {
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        lock(&self.waiting).push_back(task);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
