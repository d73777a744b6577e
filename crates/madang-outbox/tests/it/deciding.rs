//! What a person decides about messages that stand aside.

use std::time::Duration;

use madang_journal::OutboxId;
use madang_outbox::{DecideError, Outcome};

use crate::{
    receiver::{failed, refused},
    world::{HERE, World},
};

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

/// A destination whose server wished to be left alone for a quarter of an hour, with a message that waits for that and one that was
/// not tried yet.
fn left_alone() -> World {
    let mut world = World::new();
    let wish = Outcome::Failed {
        reason: "answered 503".into(),
        retry_after: Some(Duration::from_secs(900)),
    };
    world.receiver.answers("1a", &[wish.into()]);
    world.write(&["order-1/1a"]);
    world.simulation.settle();
    world.write(&["order-2/2a"]);
    world.wait(10);
    world.check(&["0 1a"]);
    world
}

fn resume(world: &mut World, destination: Option<&'static str>) -> Result<(), String> {
    let outbox = world.outbox.clone();
    let resumed = world.run(async move { outbox.resume(destination).await });
    world.simulation.settle();
    resumed.map_err(|error| error.to_string())
}

#[test]
fn a_destination_that_wished_to_be_left_alone_is_resumed_by_hand() {
    for destination in [None, Some(HERE)] {
        let mut world = left_alone();
        assert_eq!(world.kept_wishes(), 1);
        assert_eq!(resume(&mut world, destination), Ok(()));
        world.check(&["10 1a", "10 2a"]);
        assert_eq!(world.kept_wishes(), 0);
        // The next process does not come back to it.
        let mut world = world.restart();
        world.write(&["order-3/3a"]);
        world.simulation.settle();
        world.check(&["10 3a"]);
    }
}

#[test]
fn resuming_begins_with_what_is_served_and_leaves_aside_what_stands_there() {
    let mut world = left_alone();
    let nobody = resume(&mut world, Some("elsewhere"));
    assert_eq!(nobody, Err("nothing is sent to “elsewhere”".into()));
    world.check(&[]);
    let (mut world, _) = stuck();
    assert_eq!(resume(&mut world, None), Ok(()));
    world.check(&[]);
    assert_eq!(world.aside().len(), 1);
}

#[test]
fn pauses_that_have_grown_are_ended_by_hand_too() {
    let mut world = World::new();
    world.receiver.answers("1a", &vec![failed(); 20]);
    world.write(&["order-1/1a"]);
    world.wait(3_000);
    world.receiver.take_seen();
    assert_eq!(resume(&mut world, None), Ok(()));
    world.check(&["3000 1a"]);
}

#[test]
fn whoever_watches_what_stands_aside_is_told_of_every_change() {
    let mut world = World::new();
    let mut changes = world.outbox.watch_aside();
    let mut has_changed = || {
        let has_changed = changes.has_changed().expect("the outbox lives");
        changes.mark_unchanged();
        has_changed
    };
    world.receiver.answers("1a", &[refused(), refused()]);
    world.write(&["order-2/2a"]);
    world.simulation.settle();
    assert!(!has_changed());
    world.write(&["order-1/1a"]);
    world.simulation.settle();
    assert!(has_changed());
    let id = world.aside()[0].id;
    let outbox = world.outbox.clone();
    world
        .run(async move { outbox.retry(id).await })
        .expect("put back");
    world.simulation.settle();
    assert!(has_changed());
    let outbox = world.outbox.clone();
    world
        .run(async move { outbox.drop_message(id).await })
        .expect("dropped");
    assert!(has_changed());
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
