//! All plugins on one loop in virtual time: what `madang run` and the tests use.

use std::future::poll_fn;
use std::sync::Mutex;

use futures::future::{Either, select};
use madang_till::world::simulation::LocalTasks;
use tokio::sync::mpsc;

use super::{Driver, Engine, Start};
use crate::mailbox::Taken;

/// Plugins as tasks of a [`madang_till::world::simulation::Simulation`].
pub struct OneLoop {
    starts: Mutex<mpsc::UnboundedSender<Start>>,
}

impl OneLoop {
    /// A driver whose plugins run among `tasks`.
    pub fn new(tasks: &LocalTasks) -> Self {
        let (starts, mut started) = mpsc::unbounded_channel::<Start>();
        let local = tasks.clone();
        tasks.spawn(async move {
            while let Some(start) = started.recv().await {
                local.spawn(run(start));
            }
        });
        Self {
            starts: Mutex::new(starts),
        }
    }
}

impl Driver for OneLoop {
    fn start(&self, start: Start) {
        // The receiving task lives as long as the loop; without a loop nothing runs.
        let _ = crate::plugin::lock(&self.starts).send(start);
    }
}

async fn run(start: Start) {
    let Some(mut engine) = Engine::start(&start, |_| {}) else {
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
        let runs = match taken {
            Taken::Delivery(delivery) => engine.step(Some(delivery)),
            Taken::Nothing => engine.step(None),
            Taken::Closed => return,
        };
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
