//! A world in virtual time: one thread, one loop, seeded chance. Time moves only when nothing else can.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use futures::future::{BoxFuture, LocalBoxFuture};
use jiff::Timestamp;
use madang_journal::Journal;
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::{Chance, Clock, Spawn, World};

/// A loop that runs a whole shop in virtual time, in an order that the same seed repeats.
pub struct Simulation {
    running: BTreeMap<u64, Task>,
    next_task: u64,
    woken: Arc<Woken>,
    clock: Arc<VirtualClock>,
    chance: Arc<SeededChance>,
    tasks: Arc<TaskQueue>,
    local_tasks: LocalTasks,
    before_turn: Vec<Box<dyn Fn()>>,
    outside: Vec<Box<dyn Fn()>>,
}

/// A task with what wakes it.
struct Task {
    future: LocalBoxFuture<'static, ()>,
    waker: Waker,
}

/// Nothing can go on and no time is waited for: what was awaited will never come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("nothing can go on: everything waits for something that will never come")]
pub struct Stuck;

impl Simulation {
    /// A world that begins at `start` with chance from `seed`.
    pub fn new(start: Timestamp, seed: [u8; 32]) -> Self {
        Self {
            running: BTreeMap::new(),
            next_task: 0,
            woken: Arc::default(),
            clock: Arc::new(VirtualClock::new(start)),
            chance: Arc::new(SeededChance::new(seed)),
            tasks: Arc::default(),
            local_tasks: LocalTasks::default(),
            before_turn: Vec::new(),
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
    pub fn local_tasks(&self) -> LocalTasks {
        self.local_tasks.clone()
    }

    /// Time stands still while something is out in the real world, as calls on the network. `wait` returns when nothing
    /// is, with every answer where its task finds it.
    pub fn hold_time_for(&mut self, wait: impl Fn() + 'static) {
        self.outside.push(Box::new(wait));
    }

    /// Time stands still while `journal` writes. It begins to when the turn of the task that wants something written is over:
    /// within that turn the task would see its write done or not, as it pleases the machine.
    pub fn hold_time_for_journal(&mut self, journal: Arc<dyn Journal>) {
        let writes = journal.clone();
        self.before_turn
            .push(Box::new(move || writes.hold_writes()));
        self.hold_time_for(move || journal.wait_until_answered());
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
        self.local_tasks.spawn(async move {
            let value = work.await;
            *slot.borrow_mut() = Some(value);
        });
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
            self.take_new_tasks();
            let round = self.woken.take();
            if round.is_empty() {
                self.wait_for_outside();
                if self.woken.is_empty() && self.tasks.is_empty() && self.local_tasks.is_empty() {
                    return;
                }
            }
            for task in round {
                self.poll(task);
                // What is out answers before anything else is polled, so that the order does not depend on how fast it was.
                self.wait_for_outside();
            }
        }
    }

    fn wait_for_outside(&self) {
        self.outside.iter().for_each(|wait| wait());
    }

    fn take_new_tasks(&mut self) {
        let spawned = self.tasks.take().into_iter();
        let spawned = spawned.map(|task| task as LocalBoxFuture<'static, ()>);
        for future in spawned.chain(self.local_tasks.take()) {
            let id = self.next_task;
            self.next_task += 1;
            let wake = WakeTask {
                id,
                woken: self.woken.clone(),
            };
            let waker = Waker::from(Arc::new(wake));
            waker.wake_by_ref();
            self.running.insert(id, Task { future, waker });
        }
    }

    fn poll(&mut self, id: u64) {
        let Some(task) = self.running.get_mut(&id) else {
            return;
        };
        self.before_turn.iter().for_each(|hold| hold());
        let mut context = Context::from_waker(&task.waker);
        if task.future.as_mut().poll(&mut context).is_ready() {
            self.running.remove(&id);
        }
    }
}

/// Tasks that could go on. They are polled in rounds, in the order in which they began: who woke first does not count, since
/// tokio wakes those who watch the same value in an order of its own chance.
#[derive(Default)]
struct Woken(Mutex<BTreeSet<u64>>);

impl Woken {
    fn is_empty(&self) -> bool {
        lock(&self.0).is_empty()
    }

    fn take(&self) -> BTreeSet<u64> {
        std::mem::take(&mut *lock(&self.0))
    }
}

struct WakeTask {
    id: u64,
    woken: Arc<Woken>,
}

impl Wake for WakeTask {
    fn wake(self: Arc<Self>) {
        lock(&self.woken.0).insert(self.id);
    }
}

/// Hands tasks to the loop that stay on its thread.
#[derive(Clone, Default)]
pub struct LocalTasks {
    waiting: Rc<RefCell<VecDeque<LocalBoxFuture<'static, ()>>>>,
}

impl LocalTasks {
    /// Runs `task` to its end on the loop's thread.
    pub fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        self.waiting.borrow_mut().push_back(Box::pin(task));
    }

    fn is_empty(&self) -> bool {
        self.waiting.borrow().is_empty()
    }

    fn take(&self) -> VecDeque<LocalBoxFuture<'static, ()>> {
        self.waiting.take()
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

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
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
    fn is_empty(&self) -> bool {
        lock(&self.waiting).is_empty()
    }

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
