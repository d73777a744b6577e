//! The places row by row, the layer in virtual time, the guards under random schedules.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use futures::FutureExt;
use tokio::time::sleep;
use tower::service_fn;

use super::*;
use crate::lock::schedule;

const SECOND: Duration = Duration::from_secs(1);

fn bulkhead(running_max: usize, queued_max: usize) -> Arc<Bulkhead> {
    Bulkhead::new(BulkheadSettings {
        running_max,
        queued_max,
    })
}

fn entered(bulkhead: &Arc<Bulkhead>) -> BulkheadPermit {
    match bulkhead.enter() {
        Ok(Entry::In(permit)) => permit,
        _ => panic!("no place is free"),
    }
}

fn queued(bulkhead: &Arc<Bulkhead>) -> Queued {
    match bulkhead.enter() {
        Ok(Entry::Queued(queued)) => queued,
        _ => panic!("no place in the queue"),
    }
}

impl Queued {
    /// Waits without an end.
    async fn turn(self) -> BulkheadPermit {
        let place = self.place().await;
        self.entered(place)
    }
}

#[track_caller]
fn check(bulkhead: &Bulkhead, running: usize, queued: usize) {
    let counts = bulkhead.counts();
    assert_eq!((counts.running, counts.queued), (running, queued));
}

#[test]
fn sixteen_calls_and_no_queue_unless_asked_for() {
    let bulkhead = Bulkhead::new(BulkheadSettings::default());
    let mut held: Vec<_> = (0..16).map(|_| entered(&bulkhead)).collect();
    let refusal = bulkhead.enter().err().expect("all places are taken");
    assert_eq!(
        refusal.to_string(),
        "16 calls are under way and 0 wait; try again when one has ended"
    );
    held.pop();
    held.push(entered(&bulkhead));
    check(&bulkhead, 16, 0);
    drop(held);
    check(&bulkhead, 0, 0);
    assert_eq!(bulkhead.counts().refused, 1);
}

#[test]
fn the_queue_is_served_first_come_first_served() {
    let bulkhead = bulkhead(1, 2);
    let running = entered(&bulkhead);
    let (mut first, mut second) = (
        Box::pin(queued(&bulkhead).turn()),
        Box::pin(queued(&bulkhead).turn()),
    );
    assert!((&mut first).now_or_never().is_none());
    assert!((&mut second).now_or_never().is_none());
    assert!(bulkhead.enter().is_err());
    check(&bulkhead, 1, 2);
    drop(running);
    assert!((&mut second).now_or_never().is_none());
    let running = (&mut first).now_or_never().expect("it is the first's turn");
    check(&bulkhead, 1, 1);
    drop(running);
    drop(second.now_or_never().expect("it is the second's turn"));
    check(&bulkhead, 0, 0);
}

/// Whoever is looked at first: those who waited to the same moment as those inside do not get their places.
#[tokio::test(start_paused = true)]
async fn a_place_that_comes_with_the_deadline_is_not_taken() {
    let bulkhead = bulkhead(2, 8);
    let deadline = Instant::now() + SECOND;
    let call = || async {
        let permit = bulkhead.enter_by(deadline).await?;
        tokio::time::sleep_until(deadline).await;
        drop(permit.answered());
        Ok(())
    };
    let ends = futures::future::join_all((0..8).map(|_| call())).await;
    let late = BulkheadRefusal::Deadline { running_max: 2 };
    assert_eq!(ends, [vec![Ok(()); 2], vec![Err(late); 6]].concat());
    check(&bulkhead, 0, 0);
    let counts = bulkhead.counts();
    assert_eq!((counts.left_queue, counts.abandoned), (6, 0));
}

#[test]
fn nobody_overtakes_the_queue() {
    let bulkhead = bulkhead(1, 2);
    let running = entered(&bulkhead);
    let first = queued(&bulkhead);
    drop(running);
    let late = queued(&bulkhead);
    drop(first.turn().now_or_never().expect("a place is free"));
    drop(late.turn().now_or_never().expect("a place is free"));
    drop(entered(&bulkhead));
    check(&bulkhead, 0, 0);
}

#[test]
fn who_leaves_the_queue_makes_room_in_it() {
    let bulkhead = bulkhead(1, 1);
    let _running = entered(&bulkhead);
    let waiting = queued(&bulkhead);
    assert!(bulkhead.enter().is_err());
    drop(waiting);
    drop(queued(&bulkhead));
    check(&bulkhead, 1, 0);
    assert_eq!(bulkhead.counts().left_queue, 2);
}

#[test]
fn without_bounds_it_still_stands() {
    let bulkhead = bulkhead(usize::MAX, usize::MAX);
    drop(entered(&bulkhead));
    check(&bulkhead, 0, 0);
}

#[test]
fn under_any_schedule_the_bound_holds_and_every_place_comes_back() {
    schedule::explore(500, || {
        let bulkhead = bulkhead(2, 1);
        let inside = Arc::new(AtomicUsize::new(0));
        let callers: Vec<_> = (0..5)
            .map(|caller| {
                let (bulkhead, inside) = (Arc::clone(&bulkhead), Arc::clone(&inside));
                shuttle::thread::spawn(move || {
                    let permit = match bulkhead.enter() {
                        Ok(Entry::In(permit)) => permit,
                        Ok(Entry::Queued(queued)) if caller == 0 => return drop(queued),
                        Ok(Entry::Queued(queued)) => shuttle::future::block_on(queued.turn()),
                        Err(_) => return,
                    };
                    assert!(inside.fetch_add(1, Ordering::SeqCst) < 2);
                    shuttle::thread::yield_now();
                    assert!(bulkhead.counts().queued <= 1);
                    inside.fetch_sub(1, Ordering::SeqCst);
                    drop(permit.answered());
                })
            })
            .collect();
        for caller in callers {
            caller.join().unwrap();
        }
        let counts = bulkhead.counts();
        assert_eq!((counts.running, counts.queued, counts.abandoned), (0, 0, 0));
        let all = [entered(&bulkhead), entered(&bulkhead)];
        assert!(matches!(bulkhead.enter(), Ok(Entry::Queued(_))));
        drop(all);
    });
}

#[derive(Debug, PartialEq, Eq)]
enum Failure {
    Refused(BulkheadRefusal),
    Broken,
}

impl From<BulkheadRefusal> for Failure {
    fn from(refusal: BulkheadRefusal) -> Self {
        Self::Refused(refusal)
    }
}

/// How long the call takes, and how long it may.
#[derive(Clone, Copy)]
struct Ask {
    takes: Duration,
    end: Result<(), ()>,
    deadline: Instant,
}

fn ask(takes: Duration) -> Ask {
    Ask {
        takes,
        end: Ok(()),
        deadline: Instant::now() + 60 * SECOND,
    }
}

/// An answer that is still being read.
struct Reading(Option<BulkheadPermit>);

fn service(
    bulkhead: &Arc<Bulkhead>,
) -> impl Service<Ask, Response = Reading, Error = Failure, Future: Send + 'static> + Clone + use<>
{
    let inner = service_fn(|ask: Ask| async move {
        sleep(ask.takes).await;
        ask.end
            .map(|()| Reading(None))
            .map_err(|()| Failure::Broken)
    });
    let keep = |reading: &mut Reading, permit| reading.0 = Some(permit);
    Arc::clone(bulkhead).before(inner, |ask: &Ask| ask.deadline, keep)
}

#[tokio::test(start_paused = true)]
async fn an_answer_keeps_its_place_until_it_was_read() {
    let bulkhead = bulkhead(1, 0);
    let service = service(&bulkhead);
    let reading = service.clone().oneshot(ask(SECOND)).await.unwrap();
    assert!(reading.0.is_some());
    check(&bulkhead, 1, 0);
    assert!(matches!(
        service.clone().oneshot(ask(SECOND)).await,
        Err(Failure::Refused(BulkheadRefusal::Full { .. }))
    ));
    drop(reading);
    check(&bulkhead, 0, 0);
    assert!(service.oneshot(ask(SECOND)).await.is_ok());
    assert_eq!(bulkhead.counts().abandoned, 0);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_fails_gives_its_place_back_and_is_not_abandoned() {
    let bulkhead = bulkhead(1, 0);
    let fails = Ask {
        end: Err(()),
        ..ask(SECOND)
    };
    let end = service(&bulkhead).oneshot(fails).await.err();
    assert_eq!(end, Some(Failure::Broken));
    check(&bulkhead, 0, 0);
    assert_eq!(bulkhead.counts().abandoned, 0);
}

#[tokio::test(start_paused = true)]
async fn waiting_in_the_queue_counts_against_the_deadline() {
    let bulkhead = bulkhead(1, 16);
    let service = service(&bulkhead);
    let start = Instant::now();
    let running = service.clone().oneshot(ask(10 * SECOND));
    let running = tokio::spawn(async { running.await.map(drop) });
    tokio::task::yield_now().await;
    let impatient = Ask {
        deadline: start + 3 * SECOND,
        ..ask(SECOND)
    };
    let end = service.clone().oneshot(impatient).await.err();
    let refusal = BulkheadRefusal::Deadline { running_max: 1 };
    assert_eq!(end, Some(Failure::Refused(refusal)));
    assert_eq!(start.elapsed(), 3 * SECOND);
    assert_eq!(bulkhead.counts().left_queue, 1);
    drop(service.oneshot(ask(SECOND)).await.unwrap());
    assert!(running.await.unwrap().is_ok());
    check(&bulkhead, 0, 0);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_called_off_or_panics_gives_its_place_back() {
    let bulkhead = bulkhead(1, 1);
    let service = service(&bulkhead);
    let running = tokio::spawn(service.clone().oneshot(ask(SECOND)));
    tokio::task::yield_now().await;
    let waiting = tokio::spawn(service.clone().oneshot(ask(SECOND)));
    tokio::task::yield_now().await;
    check(&bulkhead, 1, 1);
    waiting.abort();
    assert!(waiting.await.is_err());
    check(&bulkhead, 1, 0);
    running.abort();
    assert!(running.await.is_err());
    check(&bulkhead, 0, 0);
    assert_eq!(bulkhead.counts().abandoned, 1);

    let held = Arc::clone(&bulkhead);
    let panicked = tokio::spawn(async move {
        let _permit = held.enter_by(Instant::now()).await;
        panic!("a mistake in a program");
    });
    assert!(panicked.await.unwrap_err().is_panic());
    check(&bulkhead, 0, 0);
    assert_eq!(bulkhead.counts().abandoned, 2);
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_calls_that_are_called_off_leave_nothing_behind() {
    let bulkhead = bulkhead(16, 16);
    let service = service(&bulkhead);
    for round in 0..200_u64 {
        let calls: Vec<_> = (0..50)
            .map(|_| tokio::spawn(service.clone().oneshot(ask(SECOND))))
            .collect();
        sleep(Duration::from_millis(round % 3 * 500)).await;
        for call in calls {
            call.abort();
            let _ = call.await;
        }
        check(&bulkhead, 0, 0);
    }
}
