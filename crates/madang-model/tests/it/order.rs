//! Orders and their payments: what commands decide, what the terminal's word does, what stays refused.

use madang_model::line::{LINES_MAX, MEMO_LENGTH_MAX, TITLE_LENGTH_MAX};
use madang_model::order::decide::place;
use madang_model::order::{
    NewOrder, Order, OrderCommand, OrderEvent, OrderPaymentState, OrderRequest, OrderState,
    Outcome, PAYMENTS_MAX,
};
use madang_model::payment::{CashGiven, Failure, PaymentState};
use madang_model::{Currency, Money, PaymentId, Refusal, TableId};

use crate::sale::{
    approval, at, attempt, cash, discounts, done, evolved, line, lines, new_order, noon, placed,
    seated, won,
};

#[test]
fn an_order_is_placed_within_bounds() {
    let check = |change: fn(&mut NewOrder), expected: Refusal| {
        let mut new = new_order("4,500", "");
        change(&mut new);
        assert_eq!(place(new, noon()).map(drop), Err(expected));
    };
    check(|order| order.lines.clear(), Refusal::CartIsEmpty);
    check(
        |order| order.lines = vec![line("a", "1"); LINES_MAX + 1],
        Refusal::TooMany {
            what: "lines".into(),
            count_max: LINES_MAX,
        },
    );
    check(
        |order| order.memo = "가".repeat(501),
        too_long("memo", MEMO_LENGTH_MAX),
    );
    check(
        |order| order.order_key = "k".repeat(201),
        too_long("orderKey", TITLE_LENGTH_MAX),
    );
    check(
        |order| order.lines = vec![line("a", "1"), line("a", "2")],
        Refusal::NotValid {
            message: "there already is a line with the key a".into(),
            message_ko: "같은 key를 가진 줄이 이미 있어요".into(),
        },
    );
    check(
        |order| order.discounts = discounts("−4,501"),
        Refusal::DiscountTooLarge {
            discount: won(4_501),
            price: won(4_500),
        },
    );
    check(
        |order| order.discounts = discounts("−0"),
        Refusal::AmountNotPositive { amount: won(0) },
    );
    check(|order| order.currency = Currency::USD, Refusal::BadAmount);
    check(
        |order| order.lines[0].quantity = 0,
        Refusal::BadQuantity {
            quantity: 0,
            most: 9_999,
        },
    );
}

#[test]
fn an_order_that_was_asked_for_waits_until_it_is_accepted() {
    let order = requested();
    assert_eq!(
        (order.state, order.opened_at),
        (OrderState::Requested, None)
    );
    let ready = at("2026-11-22T04:00:00Z");
    let accepted = done(
        &order,
        OrderCommand::Accept {
            estimated_ready_at: Some(ready),
        },
    );
    let accepted = accepted.expect("accepted");
    assert_eq!(
        (accepted.state, accepted.opened_at),
        (OrderState::Opened, Some(noon()))
    );
    let request = accepted.request.expect("still known");
    assert_eq!(
        (request.accepted_at, request.estimated_ready_at),
        (Some(noon()), Some(ready))
    );

    let decline = OrderCommand::Decline {
        reason: "재료 소진".into(),
    };
    let declined = done(&order, decline).expect("declined");
    assert_eq!(
        (declined.state, declined.cancelled_at),
        (OrderState::Cancelled, Some(noon()))
    );
    assert_eq!(
        declined.request.and_then(|request| request.declined_reason),
        Some("재료 소진".into())
    );

    let expired = done(&order, OrderCommand::Expire).expect("expired");
    assert_eq!(expired.state, OrderState::Cancelled);
}

/// Rows: the state an order is in, and which commands it takes there.
#[test]
fn each_state_takes_its_own_commands() {
    let check = |order: &Order, takes: &str| {
        let commands: [(&str, OrderCommand); 8] = [
            (
                "accept",
                OrderCommand::Accept {
                    estimated_ready_at: None,
                },
            ),
            (
                "decline",
                OrderCommand::Decline {
                    reason: String::new(),
                },
            ),
            ("expire", OrderCommand::Expire),
            ("add", add("1,000", "")),
            ("cancel", OrderCommand::Cancel),
            ("complete", OrderCommand::Complete),
            ("card", card(9, 1)),
            ("cash", cash(9, won(1))),
        ];
        let taken: Vec<&str> = commands
            .into_iter()
            .filter(|(_, command)| order.decide(command.clone()).is_ok())
            .map(|(name, _)| name)
            .collect();
        assert_eq!(taken.join(" "), takes, "{:?}", order.state);
    };
    let opened = placed("4,500", "");
    let started = all_done(&opened, [card(1, 4_500)]);
    let partly = all_done(&opened, [card(1, 500)]);
    let paid = all_done(&opened, [cash(1, won(4_500))]);
    check(&requested(), "accept decline expire cancel");
    check(&opened, "add cancel card cash");
    check(&started, "");
    check(&partly, "card cash");
    check(&paid, "add cancel complete");
    check(&all_done(&paid, [OrderCommand::Complete]), "");
    check(&all_done(&opened, [OrderCommand::Cancel]), "");
    check(&seated("4,500", "−4,500"), "add cancel complete");
    check(&placed("4,500", "−4,500"), "");
}

#[test]
fn a_payment_is_refused_with_its_reason() {
    let opened = placed("4,500", "");
    let started = all_done(&opened, [card(1, 4_500)]);
    let paid = all_done(&opened, [cash(1, won(4_500))]);
    let check = |order: &Order, command: OrderCommand, expected: Refusal| {
        let untouched = order.clone();
        assert_eq!(order.decide(command), Err(expected));
        assert_eq!(order, &untouched);
    };
    check(
        &opened,
        card(1, 0),
        Refusal::AmountNotPositive { amount: won(0) },
    );
    check(
        &opened,
        cash(1, won(-1)),
        Refusal::AmountNotPositive { amount: won(-1) },
    );
    check(
        &opened,
        card(1, 4_501),
        Refusal::AmountTooLarge {
            amount: won(4_501),
            left: won(4_500),
        },
    );
    check(&opened, cash(1, dollars(45)), Refusal::BadAmount);
    check(&paid, cash(2, won(1)), Refusal::NothingToPay);
    check(&started, cash(2, won(1)), Refusal::PaymentUnderWay);
    check(&started, OrderCommand::Cancel, Refusal::PaymentUnderWay);
    check(&started, OrderCommand::Complete, Refusal::PaymentUnderWay);
    check(&started, add("1,000", ""), Refusal::PaymentUnderWay);
    check(
        &opened,
        OrderCommand::Complete,
        Refusal::NotPaidYet { left: won(4_500) },
    );
    check(
        &opened,
        cancel(9),
        Refusal::NoSuchPayment {
            payment: PaymentId(9),
        },
    );
    check(
        &started,
        cancel(1),
        Refusal::PaymentNotCancellable {
            state: "started".into(),
        },
    );
    let cancelled = all_done(&paid, [cancel(1)]);
    check(
        &cancelled,
        cancel(1),
        Refusal::PaymentNotCancellable {
            state: "cancelled".into(),
        },
    );
    check(
        &cancelled,
        cash(1, won(4_500)),
        Refusal::KeyUsedForSomethingElse,
    );
    check(&cancelled, card(1, 4_500), Refusal::KeyUsedForSomethingElse);
    let partly = all_done(&opened, [card(1, 500)]);
    let same_attempt = OrderCommand::StartCardPayment {
        payment: PaymentId(2),
        amount: won(500),
        attempt: attempt("attempt-1"),
    };
    check(&partly, same_attempt, Refusal::KeyUsedForSomethingElse);
    let closed = all_done(&opened, [OrderCommand::Cancel]);
    check(
        &closed,
        cash(1, won(1)),
        Refusal::OrderNotOpen {
            state: "cancelled".into(),
        },
    );
    let mut crowded = opened.clone();
    crowded.payments = vec![cancelled.payments[0].clone(); PAYMENTS_MAX];
    check(
        &crowded,
        cash(2, won(1)),
        Refusal::TooMany {
            what: "payments".into(),
            count_max: PAYMENTS_MAX,
        },
    );
}

#[test]
fn cash_adds_up_with_its_change() {
    let check = |received: Money, change: Money, fits: bool| {
        let OrderCommand::TakePayment(mut new) = cash(1, won(4_500)) else {
            unreachable!("cash is taken")
        };
        new.cash = Some(CashGiven { received, change });
        let decided = placed("4,500", "").decide(OrderCommand::TakePayment(new));
        assert_eq!(decided.is_ok(), fits, "{received} − {change}");
    };
    check(won(5_000), won(500), true);
    check(won(4_500), won(0), true);
    check(won(5_000), won(400), false);
    check(won(4_000), won(-500), false);
    check(dollars(50), won(500), false);
}

/// Rows: what the till did, what the terminal said, one after the other; and where the payment and the order are then.
#[test]
fn the_terminals_word_is_heard_once_and_only_where_it_fits() {
    use OrderPaymentState as Paid;
    use PaymentState as State;
    let check = |said: &[Outcome], payment: State, order: OrderState, paid: Paid| {
        let begun = all_done(&placed("4,500", ""), [card(1, 4_500)]);
        let after = heard(&begun, said);
        let found = (after.payments[0].state, after.state, after.payment_state());
        assert_eq!(found, (payment, order, paid), "{said:?}");
        assert_eq!(after.is_paid(), payment == State::Approved, "{said:?}");
    };
    let opened = OrderState::Opened;
    let completed = OrderState::Completed;
    check(&[], State::Started, opened, Paid::Opened);
    check(&[approved()], State::Approved, completed, Paid::Completed);
    check(
        &[approved(), approved()],
        State::Approved,
        completed,
        Paid::Completed,
    );
    check(
        &[approved(), failed()],
        State::Approved,
        completed,
        Paid::Completed,
    );
    check(
        &[approved(), Outcome::Unknown],
        State::Approved,
        completed,
        Paid::Completed,
    );
    check(
        &[approved(), Outcome::Cancelled],
        State::Approved,
        completed,
        Paid::Completed,
    );
    check(&[failed()], State::Failed, opened, Paid::Opened);
    check(&[failed(), approved()], State::Failed, opened, Paid::Opened);
    check(&[Outcome::Unknown], State::Unknown, opened, Paid::Opened);
    check(
        &[Outcome::Unknown, Outcome::Unknown],
        State::Unknown,
        opened,
        Paid::Opened,
    );
    check(
        &[Outcome::Unknown, approved()],
        State::Approved,
        completed,
        Paid::Completed,
    );
    check(
        &[Outcome::Unknown, failed()],
        State::Failed,
        opened,
        Paid::Opened,
    );
    check(&[Outcome::Cancelled], State::Started, opened, Paid::Opened);
    let not_reversed = [Outcome::Unknown, not_cancelled()];
    check(&not_reversed, State::NotReversed, opened, Paid::Opened);
    check(
        &[Outcome::Unknown, not_cancelled(), approved()],
        State::NotReversed,
        opened,
        Paid::Opened,
    );
    let nobody = placed("4,500", "").hear(PaymentId(1), approved());
    assert_eq!(nobody, [], "a payment that is not there");
}

#[test]
fn a_refund_is_given_back_or_not_as_the_terminal_says() {
    let check = |said: &[Outcome], payment: PaymentState, unpaid: i64, paid: OrderPaymentState| {
        let sold = heard(
            &all_done(&placed("4,500", ""), [card(1, 4_500)]),
            &[approved()],
        );
        let begun = all_done(
            &sold,
            [OrderCommand::StartCancel {
                payment: PaymentId(1),
            }],
        );
        let after = heard(&begun, said);
        let found = (
            after.payments[0].state,
            after.unpaid(),
            after.payment_state(),
        );
        assert_eq!(found, (payment, won(unpaid), paid), "{said:?}");
    };
    check(
        &[],
        PaymentState::Cancelling,
        0,
        OrderPaymentState::Completed,
    );
    check(
        &[Outcome::Cancelled],
        PaymentState::Cancelled,
        4_500,
        OrderPaymentState::Refunded,
    );
    check(
        &[not_cancelled()],
        PaymentState::Approved,
        0,
        OrderPaymentState::Completed,
    );
    check(
        &[approved()],
        PaymentState::Cancelling,
        0,
        OrderPaymentState::Completed,
    );
    check(
        &[Outcome::Unknown],
        PaymentState::Cancelling,
        0,
        OrderPaymentState::Completed,
    );
    check(
        &[Outcome::Cancelled, not_cancelled()],
        PaymentState::Cancelled,
        4_500,
        OrderPaymentState::Refunded,
    );
}

#[test]
fn an_unknown_payment_holds_its_part_and_no_other_takes_it() {
    let order = heard(
        &all_done(&placed("10,000", ""), [card(1, 6_000)]),
        &[Outcome::Unknown],
    );
    assert_eq!((order.unpaid(), order.payable()), (won(10_000), won(4_000)));
    assert_eq!(
        order.decide(cash(2, won(4_001))),
        Err(Refusal::AmountTooLarge {
            amount: won(4_001),
            left: won(4_000)
        })
    );
    let rest = all_done(&order, [cash(2, won(4_000))]);
    assert_eq!(rest.state, OrderState::Opened, "it waits for the terminal");
    let told = heard(&rest, &[approved()]);
    assert_eq!((told.state, told.unpaid()), (OrderState::Completed, won(0)));
}

#[test]
fn an_order_completes_with_the_payment_that_pays_it_in_full() {
    let complete = |amount: i64| {
        let OrderCommand::TakePayment(mut new) = cash(1, won(amount)) else {
            unreachable!("cash is taken")
        };
        new.completes = true;
        all_done(&placed("4,500", ""), [OrderCommand::TakePayment(new)])
    };
    assert_eq!(complete(4_500).state, OrderState::Completed);
    assert_eq!(complete(4_499).state, OrderState::Opened);
}

#[test]
fn more_is_added_to_an_open_order_while_its_payments_still_fit() {
    let paid = all_done(&placed("10,000", ""), [cash(1, won(10_000))]);
    let more = all_done(&paid, [add("*5,000", "")]);
    assert_eq!(
        (more.totals.charge, more.unpaid()),
        (won(15_000), won(5_000))
    );
    let check = |command: OrderCommand, expected: Refusal| {
        assert_eq!(paid.decide(command), Err(expected));
    };
    check(
        OrderCommand::AddLines {
            lines: vec![],
            discounts: vec![],
        },
        Refusal::CartIsEmpty,
    );
    check(
        add("1,000", "−2,000"),
        Refusal::DiscountTooLarge {
            discount: won(2_000),
            price: won(11_000),
        },
    );
    // The discount would take 2,500 from the taxable side, all of which is paid.
    check(add("*10,000", "−5,000"), Refusal::HasPayments);
    check(
        OrderCommand::AddLines {
            lines: lines("1,000"),
            discounts: vec![],
        },
        Refusal::NotValid {
            message: "there already is a line with the key line-1".into(),
            message_ko: "같은 key를 가진 줄이 이미 있어요".into(),
        },
    );
}

#[test]
fn an_order_begins_with_being_placed() {
    assert!(Order::first(&OrderEvent::OrderCompleted {}, noon()).is_err());
    let (order, events) = place(new_order("4,500", ""), noon()).expect("placed");
    let [event] = events.as_slice() else {
        panic!("nothing but being placed: {events:?}")
    };
    assert_eq!(Order::first(event, noon()), Ok(order));
}

#[test]
fn an_order_of_nothing_is_done_when_it_opens_unless_it_goes_on_at_a_table() {
    let check = |change: fn(&mut NewOrder), expected: OrderState, once_accepted: OrderState| {
        let mut new = new_order("4,500", "−100%");
        change(&mut new);
        let (order, events) = place(new, noon()).expect("placed");
        assert_eq!(order.state, expected);
        let first = Order::first(&events[0], noon()).expect("placed");
        assert_eq!(evolved(&first, &events[1..]), order);
        let accept = OrderCommand::Accept {
            estimated_ready_at: None,
        };
        let accepted = done(&order, accept).unwrap_or(order);
        assert_eq!(accepted.state, once_accepted);
    };
    let (opened, completed) = (OrderState::Opened, OrderState::Completed);
    check(|_| {}, completed, completed);
    check(|new| new.table = Some(TableId(1)), opened, opened);
    check(
        |new| new.request = Some(request()),
        OrderState::Requested,
        completed,
    );
    check(|new| new.discounts = discounts("−4,499"), opened, opened);
}

fn requested() -> Order {
    let new = NewOrder {
        request: Some(request()),
        ..new_order("4,500", "")
    };
    place(new, noon()).expect("asked for").0
}

fn request() -> OrderRequest {
    OrderRequest {
        requested_at: noon(),
        expires_at: at("2026-11-22T03:46:00Z"),
        expected_ready_at: at("2026-11-22T03:56:00Z"),
        estimated_ready_at: None,
        accepted_at: None,
        declined_at: None,
        declined_reason: None,
    }
}

fn all_done(order: &Order, commands: impl IntoIterator<Item = OrderCommand>) -> Order {
    commands.into_iter().fold(order.clone(), |order, command| {
        done(&order, command).expect("it is done")
    })
}

fn heard(order: &Order, said: &[Outcome]) -> Order {
    said.iter().fold(order.clone(), |order, outcome| {
        let events = order.hear(PaymentId(1), outcome.clone());
        evolved(&order, &events)
    })
}

fn card(payment: u64, amount: i64) -> OrderCommand {
    OrderCommand::StartCardPayment {
        payment: PaymentId(payment),
        amount: won(amount),
        attempt: attempt(&format!("attempt-{payment}")),
    }
}

fn cancel(payment: u64) -> OrderCommand {
    OrderCommand::CancelPayment {
        payment: PaymentId(payment),
    }
}

fn add(text: &str, discounts_text: &str) -> OrderCommand {
    OrderCommand::AddLines {
        lines: vec![line("added", text)],
        discounts: discounts(discounts_text),
    }
}

fn approved() -> Outcome {
    Outcome::Approved {
        approval: approval("30012345"),
    }
}

fn failed() -> Outcome {
    Outcome::Failed {
        failure: declined(),
    }
}

fn not_cancelled() -> Outcome {
    Outcome::NotCancelled {
        failure: declined(),
    }
}

fn declined() -> Failure {
    Failure::Declined {
        code: "051".into(),
        message: "한도 초과".into(),
    }
}

fn too_long(what: &str, length_max: usize) -> Refusal {
    Refusal::TooLong {
        what: what.into(),
        length_max,
    }
}

fn dollars(minor_units: i64) -> Money {
    Money::new(minor_units, Currency::USD).expect("within bounds")
}
