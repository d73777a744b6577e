//! All plugins on one loop in virtual time: what `madang run` and the tests use.

use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::future::{Either, LocalBoxFuture, select};
use madang_till::world::simulation::LocalTasks;
use tokio::sync::mpsc;

use super::{Driver, Engine, Start};
use crate::mailbox::Taken;
use crate::plugin::lock;

/// Plugins as tasks of one thread, such as a [`madang_till::world::simulation::Simulation`]'s.
pub struct OneLoop {
    starts: Mutex<mpsc::UnboundedSender<Start>>,
}

/// Whose turn it is and since when, told to another thread. One loop cannot end a native call of the engine; whoever holds
/// this can end the process.
#[derive(Clone, Default)]
pub struct Turns(Arc<Mutex<Option<Turn>>>);

struct Turn {
    plugin: Arc<str>,
    began: Instant,
}

impl Turns {
    /// The plugin whose turn has taken longer than `limit`.
    pub fn longer_than(&self, limit: Duration) -> Option<Arc<str>> {
        let turn = lock(&self.0);
        let turn = turn.as_ref()?;
        (turn.began.elapsed() > limit).then(|| turn.plugin.clone())
    }

    fn during<T>(&self, plugin: &Arc<str>, turn: impl FnOnce() -> T) -> T {
        *lock(&self.0) = Some(Turn {
            plugin: plugin.clone(),
            began: Instant::now(),
        });
        let ended = turn();
        *lock(&self.0) = None;
        ended
    }
}

impl OneLoop {
    /// A driver whose plugins run among `tasks`.
    pub fn new(tasks: &LocalTasks) -> Self {
        Self::watched(tasks, Turns::default())
    }

    /// The same, with its turns told to whoever watches.
    pub fn watched(tasks: &LocalTasks, turns: Turns) -> Self {
        let tasks = tasks.clone();
        Self::among(move |task| tasks.spawn(task), turns)
    }

    /// The same on any other loop of one thread, by what spawns a task on it.
    pub fn among(
        spawn: impl Fn(LocalBoxFuture<'static, ()>) + Clone + 'static,
        turns: Turns,
    ) -> Self {
        let (starts, mut started) = mpsc::unbounded_channel::<Start>();
        let spawn_more = spawn.clone();
        spawn(Box::pin(async move {
            while let Some(start) = started.recv().await {
                spawn_more(Box::pin(run(start, turns.clone())));
            }
        }));
        Self {
            starts: Mutex::new(starts),
        }
    }
}

impl Driver for OneLoop {
    fn start(&self, start: Start) {
        // The receiving task lives as long as the loop; without a loop nothing runs.
        let _ = lock(&self.starts).send(start);
    }
}

async fn run(start: Start, turns: Turns) {
    let started = turns.during(&start.plugin, || Engine::start(&start, |_| {}));
    let Some(mut engine) = started else {
        return;
    };
    loop {
        let next = Box::pin(poll_fn(|context| start.mailbox.poll(context)));
        let taken = match engine.wake_at {
            None => next.await,
            Some(at) => match select(next, start.world.clock.sleep_until(at)).await {
                Either::Left((taken, _)) => taken,
                Either::Right(((), _)) => Taken::Nothing,
            },
        };
        let delivery = match taken {
            Taken::Delivery(delivery) => Some(delivery),
            Taken::Nothing => None,
            Taken::Closed => return,
        };
        let runs = turns.during(&start.plugin, || engine.step(delivery));
        if !runs {
            return;
        }
        // Everybody else's turn before this one's next.
        yield_once().await;
    }
}

/// Lets the other tasks of the loop go first once.
async fn yield_once() {
    let mut yielded = false;
    poll_fn(|context| {
        if yielded {
            return std::task::Poll::Ready(());
        }
        yielded = true;
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}
