//! What plugins were asked is kept with what followed from it, and keeps nobody from anything.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use madang_journal::Position;
use madang_model::OrderId;
use madang_model::order::OrderEvent;
use madang_till::event::{self, Recorded, ShopEvent};
use madang_till::terminal::simulated::ChosenOutcome;
use madang_till::{Answers, Ask, AskEnd, Asked, Asks, Command, PluginAsked, Question, Verdict};

use crate::world::World;

/// Plugins that answer after so many milliseconds, all asked at once.
struct Plugins {
    world: madang_till::World,
    ends: Vec<(&'static str, i64, AskEnd)>,
}

#[async_trait]
impl Asks for Plugins {
    async fn ask(&self, _: Ask) -> Answers {
        let asked_at = self.world.now();
        let after = |ms| asked_at + SignedDuration::from_millis(ms);
        let asked: Vec<Asked> = (self.ends.iter())
            .map(|(plugin, ms, ended)| Asked {
                plugin: (*plugin).into(),
                asked_at,
                ended_at: after(*ms),
                ended: *ended,
            })
            .collect();
        let last = asked.iter().map(|asked| asked.ended_at).max();
        self.world.clock.sleep_until(last.unwrap_or(asked_at)).await;
        let no = asked.iter().find(|asked| asked.ended == AskEnd::Vetoed);
        let verdict = match no {
            Some(asked) => Verdict::Veto {
                plugin: asked.plugin.clone(),
                message: "홍길동 님 010-1234-5678은 안 돼요".into(),
            },
            None => Verdict::Allow,
        };
        Answers { verdict, asked }
    }
}

/// What was done for orders and noted of plugins after a position, one word each.
fn words(world: &World, after: Position) -> Vec<String> {
    let word = |recorded: &Recorded| match &recorded.event {
        ShopEvent::PluginAsked(PluginAsked { asked, .. }) => {
            let took = asked.ended_at.duration_since(asked.asked_at).as_millis();
            Some(format!("{} {:?} {took}", asked.plugin, asked.ended))
        }
        ShopEvent::Order(_, OrderEvent::PaymentCancelStarted { .. }) => Some("starts".into()),
        ShopEvent::Order(_, OrderEvent::PaymentCancelled { .. }) => Some("back".into()),
        _ => None,
    };
    recorded(world, after).iter().filter_map(word).collect()
}

fn recorded(world: &World, after: Position) -> Vec<Recorded> {
    let journal = world.till.journal();
    journal.wait_until_answered();
    let events = journal.events(world.till.shop_id(), after, 1_000);
    let events = futures::executor::block_on(events).expect("readable");
    let read = |event| event::read(event).expect("an event of this program");
    events.iter().map(|event| read(event)).collect()
}

fn head(world: &World) -> Position {
    let last = recorded(world, Position::START);
    last.last().map_or(Position::START, |last| last.position)
}

fn paid(world: &mut World, by_card: bool) -> (OrderId, madang_model::PaymentId) {
    world.tap(11, 1);
    let order = world.check_out().id;
    if by_card {
        return (order, world.pay_card(order, ChosenOutcome::Approved).0);
    }
    let received = crate::world::krw(10_000);
    world
        .perform(Command::PayCash { order, received })
        .expect("paid");
    (order, world.order(order).payments[0].id)
}

#[test]
fn what_plugins_were_asked_stands_in_front_of_what_followed() {
    use AskEnd::{Allowed, Overtaken, Silent, Stopped, Vetoed};
    let check = |by_card, ends: &[(&'static str, i64, AskEnd)], expected: &[&str]| {
        let mut world = World::new();
        let (order, payment) = paid(&mut world, by_card);
        let before = head(&world);
        world.set_asks(Plugins {
            world: world.simulation.world(),
            ends: ends.to_vec(),
        });
        let _ = world.perform(Command::CancelPayment { order, payment });
        assert_eq!(words(&world, before), expected);
        // A start reads it as it reads everything.
        let world = world.restart();
        assert_eq!(words(&world, before), expected);
    };
    check(true, &[], &["starts", "back"]);
    check(
        true,
        &[("a", 1_800, Allowed)],
        &["a Allowed 1800", "starts", "back"],
    );
    check(false, &[("a", 1_800, Allowed)], &["a Allowed 1800", "back"]);
    check(
        true,
        &[
            ("a", 5_000, Silent),
            ("b", 10, Allowed),
            ("c", 700, Stopped),
        ],
        &[
            "b Allowed 10",
            "c Stopped 700",
            "a Silent 5000",
            "starts",
            "back",
        ],
    );
    // The refusal alone follows from a no.
    check(
        true,
        &[("a", 40, Vetoed), ("b", 40, Overtaken)],
        &["a Vetoed 40", "b Overtaken 40"],
    );
    check(false, &[("a", 40, Vetoed)], &["a Vetoed 40"]);
}

#[test]
fn it_is_in_the_very_write_of_what_followed_and_a_repeat_asks_nobody() {
    let mut world = World::new();
    let (order, payment) = paid(&mut world, true);
    let ends = vec![("a", 1_800, AskEnd::Allowed)];
    world.set_asks(Plugins {
        world: world.simulation.world(),
        ends,
    });
    let before = head(&world);
    let key = world.next_key();
    let cancel = Command::CancelPayment { order, payment };
    world
        .perform_as(key.clone(), cancel.clone())
        .expect("given back");
    let events = recorded(&world, before);
    let [asked, started, ..] = events.as_slice() else {
        panic!("{events:?}")
    };
    let ShopEvent::PluginAsked(kept) = &asked.event else {
        panic!("{asked:?}")
    };
    assert_eq!(
        (kept.question, kept.order, kept.payment),
        (Question::BeforeCancel, order, Some(payment))
    );
    assert_eq!(asked.position.next(), started.position);
    assert_eq!(
        (asked.at, &asked.actor, &asked.operation),
        (started.at, &started.actor, &started.operation)
    );
    assert_eq!(asked.at, kept.asked.ended_at);
    let after = head(&world);
    world.perform_as(key, cancel).expect("the first answer");
    assert_eq!(words(&world, after), Vec::<String>::new());
    world.check_books(&[order]);
}

#[test]
fn nothing_that_a_plugin_said_is_kept_and_many_plugins_take_little_room() {
    let mut world = World::new();
    let (order, payment) = paid(&mut world, true);
    let ends = vec![("guard", 1, AskEnd::Vetoed); 500];
    world.set_asks(Plugins {
        world: world.simulation.world(),
        ends,
    });
    let before = head(&world);
    let refused = world.perform(Command::CancelPayment { order, payment });
    refused.expect_err("vetoed");
    let journal = world.till.journal();
    journal.wait_until_answered();
    let events = journal.events(world.till.shop_id(), before, 1_000);
    let events = futures::executor::block_on(events).expect("readable");
    assert_eq!(events.len(), 32);
    for event in &events {
        assert!(event.body.len() < 250, "{}", event.body);
        assert!(!event.body.contains("010-1234"), "{}", event.body);
    }
    let moment: Timestamp = "2026-11-22T03:00:00Z".parse().expect("a moment");
    assert!(recorded(&world, before).iter().all(|one| one.at > moment));
}

#[test]
fn what_asked_in_vain_is_kept_too() {
    // Two tills of one shop give the same payment back: the second is told that the first is at it, and keeps what was asked.
    let mut world = World::new();
    let (order, payment) = paid(&mut world, true);
    let ends = vec![("a", 1_000, AskEnd::Allowed)];
    world.set_asks(Plugins {
        world: world.simulation.world(),
        ends,
    });
    let before = head(&world);
    let (till, first, second) = (world.till.clone(), world.next_key(), world.next_key());
    let request = move |key| madang_till::Request {
        key,
        actor: World::cashier(),
        command: Command::CancelPayment { order, payment },
    };
    let both = async move {
        let (first, second) = (request(first), request(second));
        futures::future::join(till.perform(first), till.perform(second)).await
    };
    let (one, other) = world.simulation.run(both).expect("not stuck");
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    let words = words(&world, before);
    let asked = words.iter().filter(|word| *word == "a Allowed 1000");
    assert_eq!(asked.count(), 2, "{words:?}");
    world.check_books(&[order]);
}
