use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use futures::FutureExt as _;
use futures::executor::block_on;
use jiff::Timestamp;

use super::{Broken, Closed, Meter, QueueLimits, Weighed, World, queue};

/// The same ends over shuttle's locks, which decide who goes next and can say so again.
#[path = "."]
mod under_shuttle {
    use super::super::{Broken, Closed, Meter, QueueLimits, Weighed};

    mod sync {
        pub use shuttle::sync::{Condvar, Mutex, MutexGuard};
    }

    #[path = "ends.rs"]
    #[allow(
        clippy::duplicate_mod,
        reason = "the same text over other locks is what is tried"
    )]
    #[allow(
        dead_code,
        reason = "a future waits for wakers, which shuttle does not schedule"
    )]
    pub mod ends;
}

use under_shuttle::ends::pair;

const SEED: u64 = 20261122;
const SCHEDULES: usize = 200;

#[derive(Debug, PartialEq, Eq)]
struct Item(usize);

impl Weighed for Item {
    fn weight(&self) -> usize {
        self.0
    }
}

#[derive(Default)]
struct Still(AtomicU64);

#[async_trait]
impl World for Still {
    fn elapsed(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::Relaxed))
    }

    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn chance(&self) -> u64 {
        0
    }

    async fn sleep(&self, _: Duration) {}
}

const LIMITS: QueueLimits = QueueLimits {
    items_max: 3,
    bytes_max: 10,
};

#[test]
fn a_queue_gives_what_it_took_and_then_its_end() {
    let (sender, receiver, meter) = queue(LIMITS, Arc::new(Still::default()));
    sender.push(Item(4)).expect("room");
    sender.push(Item(6)).expect("room");
    assert_eq!((meter.figures().items, meter.figures().bytes_peak), (2, 10));
    sender.finish();
    assert_eq!(receiver.pop(), Ok(Some(Item(4))));
    assert_eq!(block_on(receiver.next()), Ok(Some(Item(6))));
    assert_eq!(receiver.pop(), Ok(None));
    assert_eq!(block_on(receiver.next()), Ok(None));
}

#[test]
fn a_sender_that_fails_is_told_of_after_what_it_sent() {
    let (sender, receiver, _) = queue(LIMITS, Arc::new(Still::default()));
    sender.push(Item(1)).expect("room");
    drop(sender);
    assert_eq!(receiver.pop(), Ok(Some(Item(1))));
    assert_eq!(receiver.pop(), Err(Broken));
}

#[test]
fn nobody_sends_to_a_receiver_that_has_gone() {
    let (sender, receiver, meter) = queue(LIMITS, Arc::new(Still::default()));
    sender.push(Item(1)).expect("room");
    drop(receiver);
    assert_eq!(sender.push(Item(1)), Err(Closed));
    assert_eq!(meter.figures().bytes, 0, "what nobody wants is let go");
}

#[test]
fn an_item_heavier_than_the_queue_goes_through_alone() {
    let (sender, receiver, _) = queue(LIMITS, Arc::new(Still::default()));
    sender.push(Item(1000)).expect("room for one");
    assert_eq!(receiver.pop(), Ok(Some(Item(1000))));
}

#[test]
fn waits_are_measured_also_while_they_last() {
    let world = Arc::new(Still::default());
    let (sender, receiver, meter) = queue::<Item>(LIMITS, world.clone());
    let mut next = Box::pin(receiver.next());
    assert!((&mut next).now_or_never().is_none());
    world.0.store(700, Ordering::Relaxed);
    assert_eq!(meter.figures().waited_for_items, Duration::from_millis(700));
    sender.push(Item(1)).expect("room");
    assert_eq!(block_on(next), Ok(Some(Item(1))));
    world.0.store(900, Ordering::Relaxed);
    assert_eq!(meter.figures().waited_for_items, Duration::from_millis(700));
    assert_eq!(meter.figures().waited_for_room, Duration::ZERO);
}

/// Runs `test` under many schedules; a deadlock or a thread that is left over fails it.
fn under_all_schedules(test: impl Fn() + Send + Sync + 'static) {
    let scheduler = shuttle::scheduler::RandomScheduler::new_from_seed(SEED, SCHEDULES);
    shuttle::Runner::new(scheduler, shuttle::Config::default()).run(test);
}

fn meter() -> Arc<Meter> {
    Arc::new(Meter::new(Arc::new(Still::default())))
}

/// Three stages over two queues; each may give up after so many items.
fn a_chain(first_fails_at: usize, second_fails_at: usize, third_goes_at: usize) {
    const ITEMS: usize = 6;
    under_all_schedules(move || {
        let (first_out, second_in) = pair(LIMITS, meter());
        let (second_out, third_in) = pair(LIMITS, meter());
        let first = shuttle::thread::spawn(move || {
            for item in 0..ITEMS {
                if item == first_fails_at || first_out.push(Item(item)).is_err() {
                    return;
                }
            }
            first_out.finish();
        });
        let second = shuttle::thread::spawn(move || {
            for taken in 0.. {
                match second_in.pop() {
                    Ok(Some(item)) if taken != second_fails_at => {
                        if second_out.push(item).is_err() {
                            return;
                        }
                    }
                    Ok(None) => return second_out.finish(),
                    Ok(Some(_)) | Err(Broken) => return,
                }
            }
        });
        let mut taken = Vec::new();
        let mut end = Ok(());
        while taken.len() < third_goes_at {
            match third_in.pop() {
                Ok(Some(Item(item))) => taken.push(item),
                Ok(None) => break,
                Err(broken) => {
                    end = Err(broken);
                    break;
                }
            }
        }
        drop(third_in);
        first.join().expect("it ends");
        second.join().expect("it ends");
        let expected = ITEMS
            .min(first_fails_at)
            .min(second_fails_at)
            .min(third_goes_at);
        assert_eq!(taken, Vec::from_iter(0..expected));
        let is_broken = first_fails_at.min(second_fails_at) < ITEMS.min(third_goes_at);
        assert_eq!(end.is_err(), is_broken && expected < third_goes_at);
    });
}

#[test]
fn whichever_stage_ends_all_end_and_nothing_taken_is_lost() {
    const NEVER: usize = usize::MAX;
    for (first, second, third) in [
        (NEVER, NEVER, NEVER),
        (2, NEVER, NEVER),
        (0, NEVER, NEVER),
        (NEVER, 3, NEVER),
        (NEVER, 0, NEVER),
        (NEVER, NEVER, 0),
        (NEVER, NEVER, 2),
        (4, 2, NEVER),
        (4, NEVER, 1),
        (NEVER, 3, 1),
    ] {
        a_chain(first, second, third);
    }
}
