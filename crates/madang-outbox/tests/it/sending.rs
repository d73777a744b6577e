//! What is sent, when, and in which order.

use std::time::Duration;

use madang_journal::{Micros, NewOutboxMessage};
use madang_outbox::{Outcome, Settings};

use crate::{
    receiver::{Answer, failed, refused, slow},
    world::World,
};

/// The destination is not asked, for so long.
fn not_now(seconds: u64) -> Answer {
    Outcome::NotNow {
        retry_in: Some(Duration::from_secs(seconds)),
    }
    .into()
}

fn failed_with_wish(seconds: u64) -> Answer {
    Outcome::Failed {
        reason: "answered 503".into(),
        retry_after: Some(Duration::from_secs(seconds)),
    }
    .into()
}

/// Every pause is between half a second and a second.
fn brisk() -> Settings {
    Settings {
        pause_first: Duration::from_secs(1),
        pause_max: Duration::from_secs(1),
        ..Settings::default()
    }
}

#[test]
fn a_message_is_sent_as_soon_as_it_is_written_and_once() {
    let mut world = World::new();
    world.write(&["order-1/a"]);
    world.simulation.settle();
    world.check(&["0 a"]);
    world.wait(100_000);
    world.check(&[]);
    assert_eq!(world.waiting(), []);
}

#[test]
fn what_waited_while_nobody_sent_is_sent_at_the_start() {
    let mut world = World::new();
    world.receiver.answers("a", &[slow(60)]);
    world.write(&["order-1/a", "order-2/b"]);
    world.simulation.settle();
    world.check(&["0 a", "0 b"]);
    // The answer to `a` never came: it is sent again under its key.
    let mut world = world.restart();
    world.check(&["0 a"]);
}

#[test]
fn a_group_keeps_its_order_and_the_others_do_not_wait() {
    let mut world = World::with(brisk());
    world.receiver.answers("1a", &[failed(), failed()]);
    world.write(&[
        "order-1/1a",
        "order-1/1b",
        "order-2/2a",
        "order-1/1c",
        "order-2/2b",
    ]);
    world.simulation.settle();
    world.check(&["0 1a", "0 2a", "0 2b"]);
    world.wait(10);
    let seen = world.receiver.take_seen();
    let keys: Vec<_> = seen.iter().map(|(_, key)| key.as_str()).collect();
    assert_eq!(keys, ["1a", "1a", "1b", "1c"]);
}

#[test]
fn pauses_grow_and_outlive_a_restart() {
    let mut world = World::new();
    world.receiver.answers("a", &vec![failed(); 6]);
    world.write(&["order-1/a"]);
    let mut pauses = Vec::new();
    let mut last = 0;
    for _ in 0..6 {
        let next_at = world.waiting()[0].next_at.get();
        if last > 0 {
            pauses.push((next_at - last) / 1_000);
        }
        last = next_at;
        // Dead until a moment before it is due, so that only the journal knows.
        world = world.restart();
        let left = next_at - world.simulation.now().as_microsecond();
        let almost = jiff::SignedDuration::from_micros((left - 1).max(0));
        world.receiver.take_seen();
        world.simulation.advance(almost);
        assert_eq!(world.receiver.take_seen(), [], "not before its time");
        world
            .simulation
            .advance(jiff::SignedDuration::from_micros(1));
        assert_eq!(
            world.receiver.take_seen(),
            [(Micros::new(next_at), "a".into())]
        );
    }
    for (number, pause_ms) in pauses.iter().enumerate() {
        let whole = 5_000 << (number + 1);
        assert!(
            (whole / 2..=whole).contains(pause_ms),
            "{number}: {pause_ms} ms of {whole}"
        );
    }
}

#[test]
fn a_servers_wish_is_followed_by_its_message_and_by_the_others() {
    let mut world = World::with(brisk());
    world.receiver.answers("1a", &[failed_with_wish(90)]);
    world.write(&["order-1/1a"]);
    world.simulation.settle();
    world.check(&["0 1a"]);
    world.write(&["order-2/2a"]);
    world.wait(89);
    world.check(&[]);
    world.wait(1);
    world.check(&["90 1a", "90 2a"]);

    world.receiver.answers("3a", &[failed_with_wish(1_000_000)]);
    world.write(&["order-3/3a"]);
    world.wait(3600);
    world.check(&["90 3a", "3690 3a"]);
}

#[test]
fn a_servers_wish_outlives_a_restart_and_is_followed_no_longer_than_any() {
    let mut world = World::with(brisk());
    world.receiver.answers("1a", &[failed_with_wish(1_000_000)]);
    world.write(&["order-1/1a"]);
    world.simulation.settle();
    world.check(&["0 1a"]);
    let mut world = world.restart();
    world.write(&["order-2/2a"]);
    world.wait(3599);
    world.check(&[]);
    world.wait(1);
    world.check(&["3600 1a", "3600 2a"]);
    // It has passed and is forgotten.
    let mut world = world.restart();
    world.write(&["order-3/3a"]);
    world.simulation.settle();
    world.check(&["3600 3a"]);
    assert_eq!(world.kept_wishes(), 0);
}

#[test]
fn a_later_wish_does_not_shorten_an_earlier_one() {
    let mut world = World::with(brisk());
    world.receiver.answers("1a", &[failed_with_wish(90)]);
    world.receiver.answers("2a", &[failed_with_wish(10)]);
    world.write(&["order-1/1a", "order-2/2a"]);
    world.simulation.settle();
    world.check(&["0 1a", "0 2a"]);
    let mut world = world.restart();
    world.wait(89);
    world.check(&[]);
    world.wait(1);
    world.check(&["90 1a", "90 2a"]);
}

#[test]
fn a_destination_that_is_not_asked_counts_no_tries() {
    let mut world = World::with(Settings {
        tries_max: 2,
        ..brisk()
    });
    world
        .receiver
        .answers("1a", &[not_now(10), not_now(10), not_now(10)]);
    world.write(&["order-1/1a", "order-2/2a"]);
    world.wait(100);
    world.check(&["0 1a", "0 2a", "10 1a", "20 1a", "30 1a"]);
    assert_eq!(world.aside(), []);
}

#[test]
fn what_cannot_be_delivered_stands_aside_with_its_reason() {
    // What the receiver says, and the reason that stands in the end.
    let expires_soon = |message| NewOutboxMessage {
        expires_at: Micros::new(i64::MAX),
        ..message
    };
    let rows: [(&[Answer], &str, usize); 3] = [
        (&[refused()], "answered 400", 1),
        (
            &[failed(), failed(), failed(), failed()],
            "tried 3 times, at last: no answer",
            3,
        ),
        (&[failed(), refused()], "answered 400", 2),
    ];
    for (answers, reason, tries) in rows {
        let mut world = World::with(Settings {
            tries_max: 3,
            ..brisk()
        });
        world.receiver.answers("1a", answers);
        let message = expires_soon(world.message("order-1/1a"));
        world.write_all(vec![message]);
        world.write(&["order-1/1b", "order-2/2a"]);
        world.wait(100);
        let seen = world.receiver.take_seen();
        assert_eq!(seen.len(), tries + 1, "{reason}: {seen:?}");
        let aside = world.aside();
        assert_eq!(aside.len(), 1);
        assert_eq!(aside[0].last_error.as_deref(), Some(reason));
        assert_eq!(aside[0].attempts as usize, tries, "{reason}");
        assert_eq!(world.waiting()[0].key, "1b", "it waits behind");
    }
}

#[test]
fn what_is_worth_nothing_any_more_is_not_sent() {
    let mut world = World::with(brisk());
    world.receiver.answers("1a", &vec![failed(); 100]);
    let in_three_seconds = world.message("order-1/1a");
    let expires_at = Micros::new(in_three_seconds.next_at.get() + 3_000_000);
    let late = NewOutboxMessage {
        expires_at: in_three_seconds.next_at,
        ..world.message("order-2/2a")
    };
    world.write_all(vec![
        NewOutboxMessage {
            expires_at,
            ..in_three_seconds
        },
        late,
    ]);
    world.wait(100);
    let seen = world.receiver.take_seen();
    assert!(seen.iter().all(|(at, key)| key == "1a" && *at < expires_at));
    let aside = world.aside();
    let told: Vec<_> = aside
        .iter()
        .map(|message| (message.attempts as usize, message.last_error.as_deref()))
        .collect();
    let tries = format!("expired after {} tries, at last: no answer", seen.len());
    assert_eq!(told[0], (seen.len(), Some(tries.as_str())));
    assert_eq!(told[1], (0, Some("expired before it could be sent")));
    assert_eq!(aside[0].aside_at, Some(expires_at));
}

#[test]
fn so_many_tries_are_under_way_at_once_and_no_more() {
    let mut world = World::new();
    let messages: Vec<String> = (0..20)
        .map(|number| format!("order-{number}/{number}"))
        .collect();
    for number in 0..20 {
        world.receiver.answers(&number.to_string(), &[slow(10)]);
    }
    world.write(&messages.iter().map(String::as_str).collect::<Vec<_>>());
    world.wait(41);
    world.check(&[
        "0 0", "0 1", "0 2", "0 3", "10 4", "10 5", "10 6", "10 7", "20 8", "20 9", "20 10",
        "20 11", "30 12", "30 13", "30 14", "30 15", "40 16", "40 17", "40 18", "40 19",
    ]);
    assert_eq!(world.receiver.in_flight_max(), 4);
}

#[test]
fn a_try_that_never_ends_is_ended() {
    let mut world = World::with(brisk());
    world.receiver.answers("a", &[slow(1_000_000)]);
    world.write(&["order-1/a"]);
    world.wait(149);
    world.check(&["0 a"]);
    world.wait(3);
    assert_eq!(world.receiver.take_seen().len(), 1);
    assert_eq!(world.waiting(), []);
}

#[test]
fn a_destination_that_nobody_serves_waits_and_keeps_nobody_waiting() {
    let mut world = World::new();
    let elsewhere: Vec<_> = (0..50)
        .map(|number| NewOutboxMessage {
            destination: "elsewhere".into(),
            ..world.message(&format!("order-{number}/{number}"))
        })
        .collect();
    world.write_all(elsewhere);
    world.write(&["order-1/mine"]);
    world.wait(10);
    world.check(&["0 mine"]);
    let outbox = world.outbox.clone();
    let status = world
        .run(async move { outbox.status(10).await })
        .expect("readable");
    let told: Vec<_> = status
        .lines
        .iter()
        .map(|line| {
            (
                line.destination.as_str(),
                line.is_served,
                line.waiting,
                line.delivered,
            )
        })
        .collect();
    assert_eq!(told, [("elsewhere", false, 50, 0), ("here", true, 0, 1)]);
    assert_eq!(status.waiting.len(), 10);
}
