//! A thread a plugin, with a watchdog outside.
//!
//! The engine cannot interrupt every native call. A plugin that does not come back is declared stopped at the limit, its door
//! is closed, its thread is left behind at the lowest priority and counted, and it is not started again in this process.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use madang_plugin_runtime::{InterruptHandle, StopReason, Stopped};

use super::{Driver, Engine, Start};
use crate::door::Door;
use crate::mailbox::Taken;
use crate::plugin::lock;

/// How long a turn may take by the wall clock: the tick limit ends ordinary loops after about one second.
const TURN_WALL_MAX: Duration = Duration::from_secs(3);
/// How long an interrupted turn has to end.
const INTERRUPT_WALL_MAX: Duration = Duration::from_secs(1);
/// How often the watchdog looks.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Stack beside the engine's own: the door parses and answers on it.
const DOOR_STACK_BYTES: usize = 1 << 20;

/// Plugins on threads of their own: what `madang dev` uses.
pub struct Threads {
    watchdog: Arc<Watchdog>,
}

#[derive(Default)]
struct Watchdog {
    watched: Mutex<Vec<Arc<Watched>>>,
    left_behind: Mutex<BTreeSet<String>>,
    left_count: AtomicU64,
}

/// A plugin's thread as the watchdog sees it.
struct Watched {
    plugin: Arc<str>,
    door: Door,
    /// When the turn began, in milliseconds since the watchdog's own start; 0 between turns.
    turn_began_ms: AtomicU64,
    interrupted: AtomicBool,
    ended: AtomicBool,
    thread: AtomicI32,
    interrupt: Mutex<Option<InterruptHandle>>,
    epoch: Instant,
}

impl Threads {
    /// A driver with its watchdog.
    ///
    /// # Errors
    /// When the machine has no thread left.
    pub fn new() -> std::io::Result<Self> {
        let watchdog = Arc::new(Watchdog::default());
        let weak = Arc::downgrade(&watchdog);
        std::thread::Builder::new()
            .name("plugin-watchdog".into())
            .spawn(move || {
                while let Some(watchdog) = weak.upgrade() {
                    watchdog.look();
                    drop(watchdog);
                    std::thread::park_timeout(LOOK_EVERY);
                }
            })?;
        Ok(Self { watchdog })
    }

    /// How many threads were left behind.
    pub fn left_behind(&self) -> u64 {
        self.watchdog.left_count.load(Ordering::Relaxed)
    }
}

impl Driver for Threads {
    fn start(&self, start: Start) {
        let watched = Arc::new(Watched {
            plugin: start.plugin.clone(),
            door: start.door.clone(),
            turn_began_ms: AtomicU64::new(0),
            interrupted: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            thread: AtomicI32::new(0),
            interrupt: Mutex::default(),
            epoch: Instant::now(),
        });
        lock(&self.watchdog.watched).push(watched.clone());
        let name: String = format!("plugin-{}", start.plugin)
            .chars()
            .filter(|character| *character != '\0')
            .take(15)
            .collect();
        let stack = start.limits.thread_stack_bytes_min() + DOOR_STACK_BYTES;
        let door = start.door.clone();
        let spawned = std::thread::Builder::new()
            .name(name)
            .stack_size(stack)
            .spawn({
                let watched = watched.clone();
                move || {
                    run(&start, &watched);
                    watched.ended.store(true, Ordering::Relaxed);
                }
            });
        if let Err(error) = spawned {
            watched.ended.store(true, Ordering::Relaxed);
            door.stopped(Stopped {
                kind: StopReason::NotLoaded,
                message: format!("The plugin could not be started: no thread is left ({error})."),
                message_ko: format!("플러그인을 켜지 못했어요: 스레드를 만들 수 없어요 ({error})."),
            });
        }
    }

    fn refuses(&self, plugin: &str) -> Option<Stopped> {
        lock(&self.watchdog.left_behind)
            .contains(plugin)
            .then(unresponsive)
    }
}

fn run(start: &Start, watched: &Watched) {
    watched.thread.store(
        rustix::thread::gettid().as_raw_nonzero().get(),
        Ordering::Relaxed,
    );
    watched.begin();
    let engine = Engine::start(start, |handle| *lock(&watched.interrupt) = Some(handle));
    watched.end();
    let Some(mut engine) = engine else { return };
    loop {
        let patience = engine.wake_at.map(|at| {
            let left = at.duration_since(start.world.now());
            Duration::try_from(left).unwrap_or(Duration::ZERO)
        });
        let taken = start.mailbox.wait(patience);
        watched.begin();
        let runs = match taken {
            Taken::Delivery(delivery) => engine.step(Some(delivery)),
            Taken::Nothing => engine.step(None),
            Taken::Closed => return,
        };
        watched.end();
        if !runs {
            return;
        }
    }
}

impl Watchdog {
    fn look(&self) {
        let watched: Vec<Arc<Watched>> = {
            let mut all = lock(&self.watched);
            all.retain(|watched| !watched.ended.load(Ordering::Relaxed));
            all.clone()
        };
        for watched in watched {
            let Some(taken) = watched.taken() else {
                continue;
            };
            if taken > TURN_WALL_MAX + INTERRUPT_WALL_MAX {
                self.leave_behind(&watched);
            } else if taken > TURN_WALL_MAX {
                watched.ask_to_stop();
            }
        }
    }

    fn leave_behind(&self, watched: &Watched) {
        watched.ended.store(true, Ordering::Relaxed);
        lock(&self.left_behind).insert(watched.plugin.to_string());
        self.left_count.fetch_add(1, Ordering::Relaxed);
        tracing::error!(plugin = %watched.plugin, "a plugin does not come back; its thread is left behind");
        lower_priority(watched.thread.load(Ordering::Relaxed));
        watched.door.stopped(unresponsive());
    }
}

impl Watched {
    fn begin(&self) {
        let since = u64::try_from(self.epoch.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.turn_began_ms.store(since + 1, Ordering::Relaxed);
    }

    fn end(&self) {
        self.turn_began_ms.store(0, Ordering::Relaxed);
    }

    fn taken(&self) -> Option<Duration> {
        let began = self.turn_began_ms.load(Ordering::Relaxed).checked_sub(1)?;
        self.epoch
            .elapsed()
            .checked_sub(Duration::from_millis(began))
    }

    fn ask_to_stop(&self) {
        if self.interrupted.swap(true, Ordering::Relaxed) {
            return;
        }
        if let Some(interrupt) = &*lock(&self.interrupt) {
            interrupt.interrupt();
        }
    }
}

/// The thread goes on burning its share of a core; it gets the smallest.
fn lower_priority(thread: i32) {
    let Some(thread) = rustix::process::Pid::from_raw(thread) else {
        return;
    };
    if let Err(error) = rustix::process::setpriority_process(Some(thread), 19) {
        tracing::warn!(%error, "the thread left behind keeps its priority");
    }
}

fn unresponsive() -> Stopped {
    Stopped {
        kind: StopReason::Interrupted,
        message: "The plugin was stopped: it does not come back from a call that cannot be interrupted. It can run again when Madang is restarted.".into(),
        message_ko: "플러그인이 중지되었어요: 멈출 수 없는 계산에서 돌아오지 않아요. 마당을 다시 켜면 쓸 수 있어요.".into(),
    }
}
