//! A world in which a second takes ten milliseconds: pauses of the till and waits of the terminal pass for real, but soon.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp, ToSpan};
use madang_till::World;
use madang_till::world::{Chance, Clock, Spawn};
use tokio::runtime::Handle;

/// How many of its seconds pass in one of ours.
const HURRY: u32 = 100;

/// The world of one life. Each begins an hour after the one before, so that time never goes back and days end.
pub fn world(runtime: &Handle, life: u64) -> World {
    let first: Timestamp = "2026-11-22T03:00:00Z".parse().expect("a moment");
    let hours = i64::try_from(life).expect("few lives").hours();
    World {
        clock: Arc::new(HurriedClock {
            runtime: runtime.clone(),
            began_at: first.checked_add(hours).expect("before the end of time"),
            began: Instant::now(),
        }),
        chance: Arc::new(SystemChance),
        tasks: Arc::new(RuntimeTasks(runtime.clone())),
    }
}

/// What runs timers and tasks of one process.
pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_time()
        .build()
        .expect("threads")
}

struct HurriedClock {
    runtime: Handle,
    began_at: Timestamp,
    began: Instant,
}

impl Clock for HurriedClock {
    fn now(&self) -> Timestamp {
        let elapsed = (self.began.elapsed() * HURRY).as_micros();
        let elapsed = SignedDuration::from_micros(i64::try_from(elapsed).expect("a short life"));
        self.began_at
            .checked_add(elapsed)
            .expect("before the end of time")
    }

    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'static, ()> {
        let left = at.duration_since(self.now());
        let left = Duration::try_from(left).unwrap_or(Duration::ZERO) / HURRY;
        // The terminal's threads poll it without a runtime of their own.
        let _here = self.runtime.enter();
        Box::pin(tokio::time::sleep(left))
    }
}

struct SystemChance;

impl Chance for SystemChance {
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the system gives random bytes");
    }
}

struct RuntimeTasks(Handle);

impl Spawn for RuntimeTasks {
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        self.0.spawn(task);
    }
}
