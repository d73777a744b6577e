//! What a person decides about messages that stand aside.

use std::time::Duration;

use madang_journal::OutboxId;
use madang_outbox::{DecideError, Outcome};

use crate::{receiver::refused, world::World};

/// A message that was refused, with one behind it.
fn stuck() -> (World, OutboxId) {
    let mut world = World::new();
    world.receiver.answers("1a", &[refused()]);
    world.write(&["order-1/1a", "order-1/1b"]);
    world.simulation.settle();
    world.check(&["0 1a"]);
    let id = world.aside()[0].id;
    (world, id)
}

#[test]
fn what_is_put_back_is_sent_at_once_and_those_behind_it_follow() {
    let (mut world, id) = stuck();
    let outbox = world.outbox.clone();
    world
        .run(async move { outbox.retry(id).await })
        .expect("put back");
    world.simulation.settle();
    world.check(&["0 1a", "0 1b"]);
    assert_eq!(world.aside(), []);
}

#[test]
fn what_is_let_go_is_never_sent_and_those_behind_it_follow() {
    let (mut world, id) = stuck();
    let outbox = world.outbox.clone();
    world
        .run(async move { outbox.drop_message(id).await })
        .expect("dropped");
    world.wait(1_000_000);
    world.check(&["0 1b"]);
}

#[test]
fn everything_can_be_put_back_at_once() {
    let (mut world, _) = stuck();
    world.receiver.answers("2a", &[refused()]);
    world.write(&["order-2/2a"]);
    world.simulation.settle();
    world.check(&["0 2a"]);
    let outbox = world.outbox.clone();
    let count = world.run(async move { outbox.retry_all().await });
    assert_eq!(count.expect("put back"), 2);
    world.simulation.settle();
    world.check(&["0 1a", "0 2a", "0 1b"]);
    let outbox = world.outbox.clone();
    let count = world.run(async move { outbox.retry_all().await });
    assert_eq!(count.expect("nothing to do"), 0);
}

#[test]
fn again_means_now_also_where_the_server_wished_to_be_left_alone() {
    let (mut world, id) = stuck();
    let wish = Outcome::Failed {
        reason: "answered 503".into(),
        retry_after: Some(Duration::from_secs(900)),
    };
    world.receiver.answers("2a", &[wish.into()]);
    world.write(&["order-2/2a"]);
    world.simulation.settle();
    world.check(&["0 2a"]);
    let outbox = world.outbox.clone();
    world
        .run(async move { outbox.retry(id).await })
        .expect("put back");
    world.simulation.settle();
    world.check(&["0 1a", "0 1b"]);
}

#[test]
fn only_what_stands_aside_is_decided_about() {
    let (mut world, id) = stuck();
    let behind = world.waiting()[0].id;
    for other in [behind, OutboxId::new(id.get() + 1_000)] {
        let outbox = world.outbox.clone();
        let retried = world.run(async move { outbox.retry(other).await });
        assert!(matches!(retried, Err(DecideError::NotAside { .. })));
        let outbox = world.outbox.clone();
        let dropped = world.run(async move { outbox.drop_message(other).await });
        let told = dropped.map_err(|error| error.to_string());
        assert_eq!(told, Err(format!("no message {other} stands aside")));
    }
}
