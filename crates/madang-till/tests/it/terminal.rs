//! Every way a terminal can end an attempt, and what the till makes of it. Nothing is charged twice; nothing paid is lost.

use std::sync::Barrier;
use std::thread;

use async_trait::async_trait;
use futures::executor::block_on;
use madang_model::order::{OrderPaymentState, OrderState};
use madang_model::payment::{Failure, PaymentState};
use madang_model::{AttemptKey, OrderId, PaymentId, Refusal, Text};
use madang_till::terminal::book::{Entry, TerminalBook};
use madang_till::terminal::simulated::{ChosenOutcome, SimulatedTerminal, TerminalScreen};
use madang_till::terminal::{Authorized, CardTerminal, Reversed};
use madang_till::world::simulation::Simulation;
use madang_till::{Answers, Ask, Asks, Command, Settle, TillError, Verdict};

use crate::world::{World, events, krw, payment_of};

fn order(world: &mut World) -> OrderId {
    world.tap(11, 1);
    world.check_out().id
}

#[test]
fn every_outcome_ends_as_it_must() {
    let check = |can_inquire, outcome: ChosenOutcome, expected: PaymentState, why: Option<&str>| {
        let mut world = World::with(crate::shop::cafe(), can_inquire);
        let order = order(&mut world);
        let (payment, state) = world.pay_card(order, outcome.clone());
        assert_eq!(state, expected, "{outcome:?}, inquiry {can_inquire}");
        let failure = world
            .order(order)
            .payment(payment)
            .expect("a payment")
            .failure
            .clone();
        assert_eq!(
            failure.as_ref().map(kind),
            why,
            "{outcome:?}, inquiry {can_inquire}"
        );
        world.check_books(&[order]);
        let mut world = world.restart();
        world.wait(120);
        world.check_books(&[order]);
    };
    let declined = ChosenOutcome::Declined {
        code: "051".into(),
        message: "한도 초과".into(),
    };
    for can_inquire in [true, false] {
        check(
            can_inquire,
            ChosenOutcome::Approved,
            PaymentState::Approved,
            None,
        );
        check(
            can_inquire,
            declined.clone(),
            PaymentState::Failed,
            Some("declined"),
        );
    }
    check(
        true,
        ChosenOutcome::TimedOut,
        PaymentState::Failed,
        Some("not charged"),
    );
    check(
        true,
        ChosenOutcome::Unplugged,
        PaymentState::Failed,
        Some("not charged"),
    );
    check(
        true,
        ChosenOutcome::AnswerLost,
        PaymentState::Approved,
        None,
    );
    check(
        true,
        ChosenOutcome::ReversalRefused,
        PaymentState::Approved,
        None,
    );
    check(
        false,
        ChosenOutcome::ReversalRefused,
        PaymentState::NotReversed,
        Some("not reversed"),
    );
    check(
        false,
        ChosenOutcome::TimedOut,
        PaymentState::Failed,
        Some("reversed"),
    );
    check(
        false,
        ChosenOutcome::Unplugged,
        PaymentState::Failed,
        Some("reversed"),
    );
    check(
        false,
        ChosenOutcome::AnswerLost,
        PaymentState::Failed,
        Some("reversed"),
    );
}

/// The answer that was lost is known once the till has asked: nothing is left to look into.
#[test]
fn a_lost_answer_that_was_found_is_no_longer_shown_as_lost() {
    let check = |can_inquire: bool, expected: TerminalScreen| {
        let mut world = World::with(crate::shop::cafe(), can_inquire);
        let order = order(&mut world);
        world.pay_card(order, ChosenOutcome::AnswerLost);
        assert_eq!(world.terminal.view().screen, expected);
    };
    check(true, TerminalScreen::Approved);
    check(false, TerminalScreen::Reversed);
}

#[test]
fn while_the_answer_is_lost_nothing_else_takes_that_part_of_the_bill() {
    let mut world = World::new();
    let order = order(&mut world);
    world.choose(ChosenOutcome::Unplugged);
    let begun = world
        .begin(Command::PayCard {
            order,
            amount: Some(krw(3_000)),
        })
        .expect("begun");
    world.wait(1);
    let payment = begun.payment.expect("a payment");
    assert_eq!(
        world.order(order).payment(payment).expect("there").state,
        PaymentState::Unknown
    );
    let refused = |world: &mut World, command| match world.perform(command) {
        Err(TillError::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    };
    let too_much = Command::PayExternal {
        order,
        amount: Some(krw(1_501)),
        source: "계좌".into(),
    };
    assert!(matches!(
        refused(&mut world, too_much),
        Refusal::AmountTooLarge { .. }
    ));
    assert_eq!(
        refused(&mut world, Command::CancelOrder { order }),
        Refusal::PaymentUnderWay
    );
    world
        .perform(Command::PayCash {
            order,
            received: krw(50_000),
        })
        .expect("the rest");
    let cash = world
        .order(order)
        .payments
        .last()
        .and_then(|payment| payment.cash)
        .expect("cash");
    assert_eq!(cash.change, krw(48_500), "only the part that is not held");
    world.wait(30);
    assert_eq!(world.order(order).payment_state(), OrderPaymentState::Paid);
    world.check_books(&[order]);
}

#[test]
fn staff_may_send_a_cancel_instead_of_waiting() {
    let mut world = World::new();
    let order = order(&mut world);
    world.choose(ChosenOutcome::Unplugged);
    let payment = world
        .begin(Command::PayCard {
            order,
            amount: None,
        })
        .expect("begun")
        .payment
        .expect("a payment");
    world.wait(1);
    world.till.settle(payment, Settle::Reverse).expect("pushed");
    world.wait(30);
    let failure = world
        .order(order)
        .payment(payment)
        .expect("there")
        .failure
        .clone();
    assert_eq!(failure.as_ref().map(kind), Some("reversed"));
    assert!(
        world.till.settle(payment, Settle::Inquire).is_err(),
        "nothing is awaited any more"
    );
    world.check_books(&[order]);
}

/// The till died while the terminal waited for a card; the card comes just when the next till takes the attempt back.
#[test]
fn an_approval_and_a_reversal_at_the_same_moment_charge_nobody() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let book = TerminalBook::open(&folder.path().join("terminal.book")).expect("a book");
    let simulation = Simulation::new(jiff::Timestamp::UNIX_EPOCH, [7; 32]);
    let terminal = SimulatedTerminal::new(book, true, simulation.world());
    terminal.choose(Some(ChosenOutcome::Approved), true);
    for number in 0..200 {
        let attempt = AttemptKey::try_from(format!("pay_{number}")).expect("a key");
        let together = Barrier::new(2);
        thread::scope(|scope| {
            scope.spawn(|| {
                together.wait();
                block_on(terminal.authorize(&attempt, krw(4_500))).expect("an answer")
            });
            scope.spawn(|| {
                together.wait();
                block_on(terminal.reverse(&attempt)).expect("acknowledged");
            });
        });
    }
    for (attempt, entry) in terminal.book() {
        let is_charged = matches!(entry, Entry::Approved { .. });
        assert!(!is_charged, "{attempt} was taken back and is charged");
    }
}

#[test]
fn an_attempt_that_is_taken_back_waits_for_no_card_any_more() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let book = TerminalBook::open(&folder.path().join("terminal.book")).expect("a book");
    let mut simulation = Simulation::new(jiff::Timestamp::UNIX_EPOCH, [7; 32]);
    let terminal = SimulatedTerminal::new(book, true, simulation.world());
    let attempt = AttemptKey::try_from("pay_1".to_owned()).expect("a key");
    let said = simulation.run(async move {
        let waiting = terminal.authorize(&attempt, krw(4_500));
        futures::future::join(waiting, terminal.reverse(&attempt)).await
    });
    let (said, reversed) = said.expect("not stuck");
    assert!(
        matches!(&said, Ok(Authorized::Declined { code, .. }) if code == "CLOSED"),
        "{said:?}"
    );
    assert_eq!(reversed, Ok(Reversed::Done));
    let waited = simulation.now() != jiff::Timestamp::UNIX_EPOCH;
    assert!(!waited, "the next choice would have been taken for it");
}

#[test]
fn a_restart_finds_out_what_became_of_a_payment() {
    let check = |can_inquire, seconds_before_the_end, expected: PaymentState| {
        let mut world = World::with(crate::shop::cafe(), can_inquire);
        let order = order(&mut world);
        let payment = world
            .begin(Command::PayCard {
                order,
                amount: None,
            })
            .expect("begun")
            .payment
            .expect("a payment");
        world.wait(seconds_before_the_end);
        let mut world = world.restart();
        world.wait(120);
        assert_eq!(
            world.order(order).payment(payment).expect("there").state,
            expected
        );
        world.check_books(&[order]);
        assert_eq!(
            world.pay_card(order, ChosenOutcome::Approved).1,
            PaymentState::Approved,
            "it can be paid afterwards"
        );
        world.check_books(&[order]);
    };
    check(true, 3, PaymentState::Failed);
    check(false, 3, PaymentState::Failed);
}

#[test]
fn a_payment_is_given_back_once_and_plugins_may_object() {
    struct Guard;
    #[async_trait]
    impl Asks for Guard {
        async fn ask(&self, ask: Ask) -> Answers {
            let Ask::BeforeCancel { order, payment } = ask;
            let verdict = match order.payment(payment) {
                Ok(payment) if payment.parts.amount.minor_units() > 5_000 => Verdict::Veto {
                    plugin: "refund-guard".into(),
                    message: "점장에게 물어보세요".into(),
                },
                _ => Verdict::Allow,
            };
            let asked = Vec::new();
            Answers { verdict, asked }
        }
    }
    let mut world = World::new();
    world.set_asks(Guard);
    world.tap(11, 2);
    let large = world.check_out().id;
    let (guarded, _) = world.pay_card(large, ChosenOutcome::Approved);
    let error = world
        .perform(Command::CancelPayment {
            order: large,
            payment: guarded,
        })
        .expect_err("vetoed");
    assert_eq!(
        error.to_string(),
        "refund-guard does not allow it: 점장에게 물어보세요"
    );
    assert_eq!(
        world.order(large).payment_state(),
        OrderPaymentState::Completed
    );

    let small = order(&mut world);
    let (payment, _) = world.pay_card(small, ChosenOutcome::Approved);
    let cancelled = payment_of(
        &world
            .perform(Command::CancelPayment {
                order: small,
                payment,
            })
            .expect("given back"),
    );
    assert_eq!(cancelled, (payment, PaymentState::Cancelled));
    let order = world.order(small);
    assert_eq!(
        (order.payment_state(), order.refund_receipts.len()),
        (OrderPaymentState::Refunded, 1)
    );
    let again = world
        .perform(Command::CancelPayment {
            order: small,
            payment,
        })
        .expect_err("once");
    assert_eq!(
        again.to_string(),
        "the payment is cancelled, so it cannot be cancelled"
    );
    world.check_books(&[small, large]);
}

#[test]
fn cancelling_waits_for_the_terminals_acknowledgement() {
    let mut world = World::new();
    let paid = order(&mut world);
    let (payment, _) = world.pay_card(paid, ChosenOutcome::Approved);
    let other = order(&mut world);
    world.choose(ChosenOutcome::Unplugged);
    world
        .begin(Command::PayCard {
            order: other,
            amount: None,
        })
        .expect("begun");
    world.wait(1);
    world
        .begin(Command::CancelPayment {
            order: paid,
            payment,
        })
        .expect("begun");
    assert_eq!(
        world.order(paid).payment(payment).expect("there").state,
        PaymentState::Cancelling
    );
    let mut world = world.restart();
    world.wait(60);
    assert_eq!(
        world.order(paid).payment(payment).expect("there").state,
        PaymentState::Cancelled
    );
    world.check_books(&[paid, other]);
}

#[test]
fn a_cancellation_that_is_refused_for_good_ends_and_the_approval_stands() {
    let mut world = World::new();
    let order = order(&mut world);
    let (payment, _) = world.pay_card(order, ChosenOutcome::ReversalRefused);
    let receipt = world.order(order).receipt.clone();
    for _ in 0..2 {
        let done = world
            .perform(Command::CancelPayment { order, payment })
            .expect("the terminal's last word");
        assert_eq!(payment_of(&done), (payment, PaymentState::Approved));
        assert_eq!(
            failure_of(&world, order, payment),
            Some("The terminal refused to take it back. The approval may stand and cannot be taken back here: ask the card company".into())
        );
        world = world.restart();
        let before = events(&world).len();
        world.wait(3_600);
        assert_eq!(events(&world).len(), before, "nothing is tried again");
    }
    let order = world.order(order);
    assert_eq!(order.payment_state(), OrderPaymentState::Completed);
    assert_eq!((&order.receipt, order.refund_receipts.len()), (&receipt, 0));
    world.check_books(&[order.id]);
}

/// Answers nobody: it was charged, the terminal cannot say, and will not take it back.
#[test]
fn a_payment_that_cannot_be_taken_back_waits_for_staff_and_is_charged_once() {
    let check = |charged: bool, expected: PaymentState, left: i64, state: OrderState| {
        let mut world = World::with(crate::shop::cafe(), false);
        let order = order(&mut world);
        let (payment, ended) = world.pay_card(order, ChosenOutcome::ReversalRefused);
        assert_eq!(ended, PaymentState::NotReversed);
        let mut world = world.restart();
        let before = events(&world).len();
        world.wait(3_600);
        assert_eq!(events(&world).len(), before, "nothing is tried again");
        world.check_books(&[order]);
        let unsettled: Vec<_> = world.till.unsettled_orders();
        assert!(unsettled.iter().any(|there| there.id == order));
        for command in [
            Command::PayCard {
                order,
                amount: None,
            },
            Command::PayCash {
                order,
                received: krw(4_500),
            },
        ] {
            let refused = world.perform(command).expect_err("its part is held");
            assert!(matches!(
                refused,
                TillError::Refused(Refusal::PaymentNotReversed)
            ));
        }
        assert!(world.till.settle(payment, Settle::Reverse).is_err());
        let resolve = Command::ResolvePayment {
            order,
            payment,
            charged,
        };
        let done = world.perform(resolve.clone()).expect("resolved");
        assert_eq!(payment_of(&done), (payment, expected));
        assert_eq!(
            world.perform(resolve).expect_err("once").to_string(),
            format!(
                "the payment is {}, so there is nothing to say about it",
                expected.word()
            )
        );
        let world = world.restart();
        let order = world.order(order);
        assert_eq!((order.unpaid(), order.state), (krw(left), state));
        assert_eq!(order.receipt.is_some(), charged);
    };
    check(true, PaymentState::Approved, 0, OrderState::Completed);
    check(false, PaymentState::Failed, 4_500, OrderState::Opened);
}

#[test]
fn a_failure_says_in_both_languages_what_became_of_the_money() {
    let check = |can_inquire, outcome: ChosenOutcome, ko: &str, en: &str| {
        let mut world = World::with(crate::shop::cafe(), can_inquire);
        let order = order(&mut world);
        let (payment, _) = world.pay_card(order, outcome);
        let order = world.order(order);
        let failure = order.payment(payment).expect("there").failure.clone();
        let said = failure.expect("it failed").sentences();
        assert_eq!((said.ko.as_str(), said.english()), (ko, en));
    };
    check(
        false,
        ChosenOutcome::AnswerLost,
        "승인 답을 받지 못했어요. 승인을 취소했고(망취소) 손님에게 청구되지 않아요",
        "The answer to the approval did not arrive. The approval was taken back and the customer is not charged",
    );
    check(
        false,
        ChosenOutcome::ReversalRefused,
        "단말기가 취소를 거절했어요. 승인이 남아 있을 수 있고 여기서는 취소할 수 없어요. 카드사에 문의하세요",
        "The terminal refused to take it back. The approval may stand and cannot be taken back here: ask the card company",
    );
    check(
        true,
        ChosenOutcome::Unplugged,
        "리더기가 뽑혔어요. 손님에게 청구되지 않았어요",
        "The reader was unplugged. The customer was not charged",
    );
    check(
        true,
        ChosenOutcome::TimedOut,
        "60초 동안 카드가 닿지 않았어요. 손님에게 청구되지 않았어요",
        "No card touched the reader for 60 seconds. The customer was not charged",
    );
    check(
        true,
        ChosenOutcome::Declined {
            code: "051".into(),
            message: Text::new("한도 초과", "Over the limit"),
        },
        "한도 초과 (051). 손님에게 청구되지 않았어요",
        "Over the limit (051). The customer was not charged",
    );
}

#[test]
fn the_terminal_shows_one_amount_at_a_time() {
    let mut world = World::new();
    let (first, second) = (order(&mut world), order(&mut world));
    world
        .begin(Command::PayCard {
            order: first,
            amount: None,
        })
        .expect("begun");
    let error = world
        .begin(Command::PayCard {
            order: second,
            amount: None,
        })
        .expect_err("busy");
    assert!(matches!(
        error,
        TillError::Refused(Refusal::PaymentUnderWay)
    ));
    world.choose(ChosenOutcome::Approved);
    world.wait(1);
    world.check_books(&[first, second]);
}

#[test]
fn an_unknown_payment_is_not_there() {
    let world = World::new();
    assert!(matches!(
        world.till.settle(PaymentId(4), Settle::Inquire),
        Err(TillError::Refused(Refusal::NoSuchPayment { .. }))
    ));
}

fn failure_of(world: &World, order: OrderId, payment: PaymentId) -> Option<String> {
    let order = world.order(order);
    let failure = order.payment(payment).expect("there").failure.as_ref();
    failure.map(|failure| failure.sentences().english().to_owned())
}

fn kind(failure: &Failure) -> &'static str {
    match failure {
        Failure::Declined { .. } => "declined",
        Failure::NotCharged { .. } => "not charged",
        Failure::Reversed { .. } => "reversed",
        Failure::NotReversed { .. } => "not reversed",
    }
}
