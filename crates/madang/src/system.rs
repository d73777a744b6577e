//! The machine's clock, chance and tasks, handed to everything else.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use madang_till::World;
use madang_till::world::{Chance, Clock, Spawn};
use tokio::runtime::Handle;

/// How far the machine's clock must be ahead of ours before we follow it. Less is drift that nobody sees; more is a laptop
/// that slept or a clock that was set.
const FOLLOW_WHEN_AHEAD: SignedDuration = SignedDuration::from_secs(1);

/// The world of a till that runs now, with its timers and tasks on `runtime`.
pub fn world(runtime: &Handle) -> World {
    World {
        clock: Arc::new(SystemClock::new(runtime.clone())),
        chance: Arc::new(SystemChance),
        tasks: Arc::new(RuntimeTasks(runtime.clone())),
    }
}

/// Wall time that never goes back: it runs with the monotonic clock, and jumps only forward.
struct SystemClock {
    runtime: Handle,
    base: Mutex<(Timestamp, Instant)>,
}

impl SystemClock {
    fn new(runtime: Handle) -> Self {
        Self {
            runtime,
            base: Mutex::new((wall(), Instant::now())),
        }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let mut base = self.base.lock().unwrap_or_else(PoisonError::into_inner);
        let (then, instant) = *base;
        let elapsed = i64::try_from(instant.elapsed().as_micros()).unwrap_or(i64::MAX);
        let now = then
            .checked_add(SignedDuration::from_micros(elapsed))
            .unwrap_or(Timestamp::MAX);
        let wall = wall();
        if wall.duration_since(now) > FOLLOW_WHEN_AHEAD {
            *base = (wall, Instant::now());
            return wall;
        }
        now
    }

    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'static, ()> {
        let left = at.duration_since(self.now());
        let left = Duration::try_from(left).unwrap_or(Duration::ZERO);
        // Whoever waits may be polled on any executor; the timer itself lives on ours.
        let _here = self.runtime.enter();
        Box::pin(tokio::time::sleep(left))
    }
}

/// Timestamps are whole microseconds.
fn wall() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
}

/// Chance from the operating system.
struct SystemChance;

impl Chance for SystemChance {
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes)
            .expect("the system gives random bytes, as it did for the data folder's key");
    }
}

struct RuntimeTasks(Handle);

impl Spawn for RuntimeTasks {
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        self.0.spawn(task);
    }
}
