//! The contract of every operation: the same key, the same answer, one effect; another payload under it is refused; a refusal
//! changes nothing and stays.

use madang_model::payment::PaymentState;
use madang_model::{OrderId, Refusal};
use madang_till::terminal::simulated::ChosenOutcome;
use madang_till::{Command, TillError};

use crate::world::{World, krw};

/// Performs `command` twice under one key, across a restart as well, and answers how many events the first made and the others added.
fn check(prepare: impl Fn(&mut World) -> Command) {
    let mut world = World::new();
    let command = prepare(&mut world);
    let key = world.next_key();
    let first = world
        .perform_as(key.clone(), command.clone())
        .expect("done");
    let head = |world: &World| {
        futures::executor::block_on(world.till.journal().head(world.till.shop_id()))
            .expect("a head")
    };
    world.simulation.settle();
    let after_first = head(&world);
    let second = world
        .perform_as(key.clone(), command.clone())
        .expect("replayed");
    assert_eq!(
        (second.answer, second.replayed),
        (first.answer.clone(), true)
    );
    let mut world = world.restart();
    let third = world.perform_as(key.clone(), command).expect("replayed");
    assert_eq!((third.answer, third.replayed), (first.answer, true));
    assert_eq!(head(&world), after_first, "a repeat writes no event");
    let other = world.perform_as(key, Command::CancelOrder { order: OrderId(1) });
    assert!(matches!(
        other,
        Err(TillError::Refused(Refusal::KeyUsedForSomethingElse))
    ));
}

#[test]
fn every_operation_happens_once() {
    check(|world| {
        world.tap(11, 1);
        Command::CheckOut {
            table: None,
            guests: None,
        }
    });
    check(|world| Command::PayCash {
        order: ordered(world),
        received: krw(10_000),
    });
    check(|world| Command::PayExternal {
        order: ordered(world),
        amount: None,
        source: "계좌".into(),
    });
    check(|world| {
        world.choose(ChosenOutcome::Approved);
        Command::PayCard {
            order: ordered(world),
            amount: None,
        }
    });
    check(|world| {
        world.choose(ChosenOutcome::AnswerLost);
        Command::PayCard {
            order: ordered(world),
            amount: None,
        }
    });
    check(|world| {
        let order = ordered(world);
        let (payment, _) = world.pay_card(order, ChosenOutcome::Approved);
        Command::CancelPayment { order, payment }
    });
    check(|_| Command::CountStock {
        item: madang_model::ItemId(12),
        quantity: 7,
    });
}

#[test]
fn two_at_once_are_one() {
    let mut world = World::new();
    let order = ordered(&mut world);
    let key = world.next_key();
    let request = |key| madang_till::Request {
        key,
        actor: World::cashier(),
        command: Command::PayCard {
            order,
            amount: None,
        },
    };
    let (one, two) = (world.till.clone(), world.till.clone());
    let (first, second) = (request(key.clone()), request(key));
    world.terminal.choose(Some(ChosenOutcome::Approved), true);
    let both = async move { futures::join!(one.perform(first), two.perform(second)) };
    let (first, second) = world.simulation.run(both).expect("not stuck");
    assert_eq!(first.expect("done").answer, second.expect("done").answer);
    assert_eq!(world.order(order).payments.len(), 1);
    world.check_books(&[order]);
}

#[test]
fn a_refusal_stays_with_its_key() {
    let mut world = World::new();
    let key = world.next_key();
    let command = Command::CheckOut {
        table: None,
        guests: None,
    };
    let refused = |result| matches!(result, Err(TillError::Refused(Refusal::CartIsEmpty)));
    assert!(refused(world.perform_as(key.clone(), command.clone())));
    world.tap(11, 1);
    assert!(
        refused(world.perform_as(key, command.clone())),
        "the same key stays refused"
    );
    assert!(world.perform(command).is_ok(), "a new key is a new request");
}

/// Losing against somebody else's payment says nothing about this one (idem-29): the same key may try again.
#[test]
fn not_now_is_not_kept_with_the_key() {
    let mut world = World::new();
    let order = ordered(&mut world);
    let other = ordered(&mut world);
    world
        .begin(Command::PayCard {
            order,
            amount: None,
        })
        .expect("at the terminal");
    let under_way = |result| matches!(result, Err(TillError::Refused(Refusal::PaymentUnderWay)));
    let pay = Command::PayCard {
        order: other,
        amount: None,
    };
    let cash = Command::PayCash {
        order,
        received: krw(10_000),
    };
    let (pay_key, cash_key) = (world.next_key(), world.next_key());
    assert!(under_way(world.perform_as(pay_key.clone(), pay.clone())));
    assert!(under_way(world.perform_as(cash_key.clone(), cash.clone())));
    world.choose(ChosenOutcome::Declined {
        code: "051".into(),
        message: "한도 초과".into(),
    });
    world.simulation.settle();
    world.choose(ChosenOutcome::Approved);
    assert!(
        world.perform_as(pay_key, pay).is_ok(),
        "the terminal is free"
    );
    assert!(world.perform_as(cash_key, cash).is_ok(), "the bill is free");
    world.check_books(&[order, other]);
}

fn ordered(world: &mut World) -> OrderId {
    world.tap(11, 1);
    world.check_out().id
}

#[test]
fn a_declined_card_may_be_tried_again_under_a_new_key() {
    let mut world = World::new();
    let order = ordered(&mut world);
    let declined = ChosenOutcome::Declined {
        code: "051".into(),
        message: "한도 초과".into(),
    };
    assert_eq!(world.pay_card(order, declined).1, PaymentState::Failed);
    assert_eq!(
        world.pay_card(order, ChosenOutcome::Approved).1,
        PaymentState::Approved
    );
    world.check_books(&[order]);
}
