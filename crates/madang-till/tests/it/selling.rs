//! Tap, pay, receipt: the ways of a sale and what is refused.

use jiff::SignedDuration;
use madang_model::cart::CartCommand;
use madang_model::line::{Line, Off};
use madang_model::order::{OrderPaymentState, OrderRequest, OrderState};
use madang_model::payment::PaymentState;
use madang_model::receipt::{self, Copy};
use madang_model::{ItemId, OrderId, Refusal, TableId};
use madang_till::terminal::simulated::ChosenOutcome;
use madang_till::{Command, OrderQuery, PlaceOrder, TillError};

use crate::world::{World, krw};

#[test]
fn a_sale_by_card_is_paid_completed_and_has_a_receipt() {
    let mut world = World::new();
    world.tap(11, 2);
    world.tap(13, 1);
    let order = world.check_out();
    assert_eq!((order.number, order.totals.charge), (1, krw(19_000)));
    assert!(
        world.till.cart().lines.is_empty(),
        "an empty cart takes its place"
    );
    let (_, state) = world.pay_card(order.id, ChosenOutcome::Approved);
    let order = world.order(order.id);
    assert_eq!(state, PaymentState::Approved);
    assert_eq!(
        (order.state, order.payment_state()),
        (OrderState::Completed, OrderPaymentState::Completed)
    );
    let paper = receipt::sale(&world.till.shop(), &order, Copy::First).join("\n");
    for part in [
        "영수증                     20261122-1-0001",
        "받을 금액                           19,000",
        "부가세                               818",
        "[시험]",
    ] {
        assert!(paper.contains(part), "{part} is not on\n{paper}");
    }
}

#[test]
fn an_order_of_nothing_is_done_with_its_placing() {
    let mut world = World::new();
    world.tap(11, 1);
    world.take_off(Off::BasisPoints(10_000));
    let key = world.next_key();
    let check_out = Command::CheckOut {
        table: None,
        guests: None,
    };
    let done = world.perform_as(key.clone(), check_out.clone());
    let order = done.expect("checked out").order.expect("an order");
    assert_eq!(
        (order.state, order.payment_state(), order.totals.charge),
        (OrderState::Completed, OrderPaymentState::Completed, krw(0))
    );
    let number = order.receipt.clone().expect("a receipt").to_string();
    assert_eq!(number, "20261122-1-0001");
    let paper = receipt::sale(&world.till.shop(), &order, Copy::First).join("\n");
    for part in [
        &number,
        "단골 100%",
        "받을 금액                                0",
    ] {
        assert!(paper.contains(part), "{part} is not on\n{paper}");
    }
    let mut world = world.restart();
    assert_eq!(*world.order(order.id), *order);
    let again = world.perform_as(key, check_out).expect("the same answer");
    assert_eq!(again.order.map(|order| order.id), Some(order.id));
    let refused = world.perform(Command::PayCash {
        order: order.id,
        received: krw(1_000),
    });
    assert!(matches!(
        refused,
        Err(TillError::Refused(Refusal::NothingToPay))
    ));
    world.tap(11, 1);
    let next = world.check_out().id;
    world.pay_card(next, ChosenOutcome::Approved);
    let number = world.order(next).receipt.as_ref().map(ToString::to_string);
    assert_eq!(number.as_deref(), Some("20261122-1-0002"));
}

#[test]
fn an_order_of_nothing_at_a_table_goes_on_until_staff_complete_it() {
    let mut world = World::with(crate::shop::restaurant(), true);
    let seat = Command::CheckOut {
        table: Some(TableId(1)),
        guests: None,
    };
    world.tap(11, 1);
    world.take_off(Off::BasisPoints(10_000));
    let first = world.perform(seat.clone()).expect("seated");
    let order = first.order.expect("an order").id;
    let standing = |world: &World| {
        let order = world.order(order);
        (order.state, order.totals.charge, order.receipt.is_some())
    };
    assert_eq!(standing(&world), (OrderState::Opened, krw(0), false));
    world.tap(11, 1);
    world.take_off(Off::BasisPoints(10_000));
    world.perform(seat).expect("a second round");
    assert_eq!(standing(&world), (OrderState::Opened, krw(0), false));
    world
        .perform(Command::CompleteOrder { order })
        .expect("completed");
    assert_eq!(standing(&world), (OrderState::Completed, krw(0), true));
}

#[test]
fn refusals_say_why_and_change_nothing() {
    let mut world = World::new();
    let head = |world: &World| {
        futures::executor::block_on(world.till.journal().head(world.till.shop_id()))
            .expect("a head")
    };
    let before = head(&world);
    let check = |world: &mut World, command: Command, expected: &str| {
        let error = world.perform(command).expect_err("refused");
        assert!(matches!(error, TillError::Refused(_)), "{error:?}");
        assert_eq!(error.to_string(), expected);
        assert_eq!(head(world), before, "a refusal writes no event");
    };
    check(
        &mut world,
        Command::CheckOut {
            table: None,
            guests: None,
        },
        "the cart is empty",
    );
    check(
        &mut world,
        Command::CheckOut {
            table: Some(TableId(1)),
            guests: None,
        },
        "this shop is paid before the meal; tables and “complete” belong to pay-later shops",
    );
    check(
        &mut world,
        Command::PayCard {
            order: madang_model::OrderId(5),
            amount: None,
        },
        "there is no order 5",
    );
    check(
        &mut world,
        Command::CountStock {
            item: ItemId(99),
            quantity: 1,
        },
        "there is no item 99 on the menu",
    );
}

#[test]
fn taps_are_bounded() {
    let world = World::new();
    let check = |item, quantity, expected: &str| {
        let error = world
            .till
            .add_to_cart(&World::cashier(), ItemId(item), quantity, None)
            .expect_err("refused");
        assert_eq!(error.to_string(), expected);
    };
    check(99, 1, "there is no item 99 on the menu");
    check(11, 0, "the quantity must be between 1 and 9999; it was 0");
    check(
        11,
        u64::MAX,
        "the quantity must be between 1 and 9999; it was 18446744073709551615",
    );
    check(12, 4, "only 3 of “크루아상” are left");
    world.tap(12, 3);
    check(12, 1, "only 3 of “크루아상” are left");
}

#[test]
fn the_last_one_is_sold_once() {
    let mut world = World::new();
    world.tap(12, 3);
    let order = world.check_out();
    assert_eq!(
        world.till.item_day(ItemId(12)).and_then(|day| day.left),
        Some(0)
    );
    let error = world
        .till
        .add_to_cart(&World::cashier(), ItemId(12), 1, None)
        .expect_err("sold out");
    assert_eq!(error.to_string(), "“크루아상” is sold out");
    world
        .perform(Command::CancelOrder { order: order.id })
        .expect("cancelled");
    assert_eq!(
        world.till.item_day(ItemId(12)).and_then(|day| day.left),
        Some(3),
        "a cancelled order gives them back"
    );
    let world = world.restart();
    assert_eq!(
        world.till.item_day(ItemId(12)).and_then(|day| day.left),
        Some(3)
    );
}

#[test]
fn stock_counts_every_line_of_an_item() {
    let mut world = World::new();
    world.tap(12, 2);
    let line = world.till.cart().lines[0].key.clone();
    world
        .till
        .change_cart(
            &World::cashier(),
            CartCommand::SetMemo {
                key: line,
                memo: "따뜻하게".into(),
            },
        )
        .expect("a memo");
    world.tap(12, 1);
    assert_eq!(world.till.cart().lines.len(), 2);
    let left = |world: &World| world.till.item_day(ItemId(12)).and_then(|day| day.left);
    let order = world.check_out();
    assert_eq!(left(&world), Some(0));
    let mut world = world.restart();
    assert_eq!(left(&world), Some(0));
    world
        .perform(Command::CancelOrder { order: order.id })
        .expect("cancelled");
    assert_eq!(left(&world), Some(3));
}

#[test]
fn a_split_bill_adds_up_and_gives_change() {
    let mut world = World::new();
    world.tap(11, 1);
    world.tap(13, 1);
    let order = world.check_out();
    world
        .perform(Command::PayCash {
            order: order.id,
            received: krw(5_000),
        })
        .expect("paid in part");
    assert_eq!(
        world.order(order.id).payment_state(),
        OrderPaymentState::Paid
    );
    world.choose(ChosenOutcome::Approved);
    world
        .perform(Command::PayCard {
            order: order.id,
            amount: Some(krw(3_333)),
        })
        .expect("paid in part");
    world
        .perform(Command::PayCash {
            order: order.id,
            received: krw(10_000),
        })
        .expect("paid");
    let order = world.order(order.id);
    let last = order
        .payments
        .last()
        .and_then(|payment| payment.cash)
        .expect("cash");
    assert_eq!(last.change, krw(10_000 - (14_500 - 5_000 - 3_333)));
    let sum = |part: fn(&madang_model::tax::Parts) -> madang_model::Money| {
        order
            .payments
            .iter()
            .map(|payment| part(&payment.parts).minor_units())
            .sum::<i64>()
    };
    assert_eq!(sum(|parts| parts.tax), order.totals.tax.minor_units());
    assert_eq!(
        sum(|parts| parts.taxable),
        order.totals.taxable.minor_units()
    );
    assert_eq!(
        sum(|parts| parts.tax_free),
        order.totals.tax_free.minor_units()
    );
    assert_eq!(order.state, OrderState::Completed);
}

#[test]
fn the_cart_lives_through_a_restart() {
    let mut world = World::new();
    world.tap(11, 2);
    world.take_off(Off::BasisPoints(1_000));
    let before = world.till.cart();
    world.simulation.settle();
    let mut world = world.restart();
    assert_eq!(*world.till.cart(), *before);
    assert_eq!(world.check_out().totals.charge, krw(8_100));
}

#[test]
fn orders_are_numbered_by_business_day_and_listed_by_page() {
    let mut world = World::new();
    for _ in 0..3 {
        world.tap(11, 1);
        world.check_out();
    }
    world.wait(20 * 3_600);
    world.tap(11, 1);
    assert_eq!(
        world.check_out().number,
        1,
        "numbers begin anew with the business day"
    );
    let till = world.till.clone();
    let query = OrderQuery {
        page: 2,
        size: 3,
        descending: false,
        ..OrderQuery::default()
    };
    let page = world
        .simulation
        .run(async move { till.orders(query).await })
        .expect("not stuck")
        .expect("a page");
    assert_eq!(
        page.iter().map(|order| order.number).collect::<Vec<_>>(),
        [1]
    );
}

#[test]
fn a_part_off_the_first_round_is_not_taken_off_the_next_one() {
    let mut world = World::with(crate::shop::restaurant(), true);
    let seat = |world: &mut World| {
        let seated = world.perform(Command::CheckOut {
            table: Some(TableId(1)),
            guests: Some(2),
        });
        seated.expect("seated").order.expect("an order")
    };
    world.tap(13, 1);
    world.take_off(Off::BasisPoints(1_000));
    let first = seat(&mut world);
    assert_eq!(first.totals.charge, krw(9_000));
    world.tap(11, 1);
    let both = seat(&mut world);
    assert_eq!(both.totals.charge, krw(13_500));
    let paper = receipt::sale(&world.till.shop(), &both, Copy::First).join("\n");
    let part = "단골 10%                            −1,000";
    assert!(paper.contains(part), "{part} is not on\n{paper}");
    let world = world.restart();
    assert_eq!(*world.order(both.id), *both);
}

#[test]
fn an_order_that_is_recalled_costs_what_it_cost() {
    let check = |rounds: &[(u64, Option<u32>)], expected: i64, with_one_more: i64| {
        let mut world = World::with(crate::shop::restaurant(), true);
        let mut order = None;
        for (item, off) in rounds {
            world.tap(*item, 1);
            if let Some(part) = off {
                world.take_off(Off::BasisPoints(*part));
            }
            let seated = world.perform(Command::CheckOut {
                table: Some(TableId(1)),
                guests: None,
            });
            order = seated.expect("seated").order;
        }
        let order = order.expect("an order").id;
        world.perform(Command::Recall { order }).expect("recalled");
        let charge = |world: &World| world.till.cart().totals().expect("totals").charge;
        assert_eq!(charge(&world), krw(expected), "{rounds:?}");
        world.tap(13, 1);
        assert_eq!(charge(&world), krw(with_one_more), "{rounds:?}");
        let mut world = world.restart();
        assert_eq!(world.check_out().totals.charge, krw(with_one_more));
    };
    // A part of the whole is a part again; one of a round stays its amount.
    check(&[(13, Some(1_000))], 9_000, 18_000);
    check(&[(13, Some(1_000)), (11, None)], 13_500, 23_500);
    check(&[(13, None), (11, Some(1_000))], 14_050, 24_050);
}

#[test]
fn a_second_round_joins_the_order_of_its_table() {
    let mut world = World::with(crate::shop::restaurant(), true);
    let seat = |world: &mut World| {
        let seated = world.perform(Command::CheckOut {
            table: Some(TableId(1)),
            guests: Some(2),
        });
        seated.map(|done| done.order.expect("an order"))
    };
    world.tap(11, 1);
    let first = seat(&mut world).expect("seated");
    world.tap(12, 2);
    world.take_off(Off::BasisPoints(1_000));
    let cashier = World::cashier();
    let memo = CartCommand::SetOrderMemo {
        memo: "천천히".into(),
    };
    world.till.change_cart(&cashier, memo).expect("a memo");
    let round = world.till.cart().totals().expect("totals").charge;
    let both = seat(&mut world).expect("the same table");
    assert_eq!(both.id, first.id);
    assert_eq!(
        both.totals.charge,
        first.totals.charge.plus(round).expect("a sum"),
        "a round costs what its cart said, and takes nothing off the round before"
    );
    assert_eq!(both.lines[1].memo, "천천히", "a word for the round is kept");
    assert!(world.till.cart().lines.is_empty());
    assert_eq!(
        world.till.item_day(ItemId(12)).and_then(|day| day.left),
        Some(1)
    );
    let mut world = world.restart();
    assert!(world.till.cart().lines.is_empty());
    assert_eq!(*world.order(first.id), *both);
    assert!(
        matches!(
            seat(&mut world),
            Err(TillError::Refused(Refusal::CartIsEmpty))
        ),
        "a round of nothing is none"
    );
    world
        .begin(Command::PayCard {
            order: first.id,
            amount: None,
        })
        .expect("at the terminal");
    world.tap(11, 1);
    assert!(matches!(
        seat(&mut world),
        Err(TillError::Refused(Refusal::PaymentUnderWay))
    ));
    assert_eq!(world.till.cart().lines.len(), 1, "the cart is as it was");
    world.choose(ChosenOutcome::Approved);
    world.simulation.settle();
    assert!(world.till.table_order(TableId(1)).is_none());
    let next = seat(&mut world).expect("the next guests");
    assert_ne!(next.id, first.id);
}

#[test]
fn an_order_is_promised_within_a_day() {
    let mut world = World::new();
    let check = |world: &mut World, minutes, expected: Result<i64, &str>| {
        let order = requested(world);
        let accepted = world.perform(Command::AcceptOrder { order, minutes });
        let promised = accepted.map(|_| {
            let order = world.order(order);
            let request = order.request.as_ref().expect("it was asked for");
            let ready = request.estimated_ready_at.expect("promised");
            let accepted = request.accepted_at.expect("accepted");
            ready.duration_since(accepted).as_mins()
        });
        let promised = promised.map_err(|error| error.to_string());
        assert_eq!(promised, expected.map_err(str::to_owned));
    };
    check(&mut world, 0, Ok(0));
    check(&mut world, 1_440, Ok(1_440));
    let refused =
        |minutes: u32| format!("an order is promised in at most 1440 minutes; it was {minutes}");
    check(&mut world, 1_441, Err(&refused(1_441)));
    check(&mut world, u32::MAX, Err(&refused(u32::MAX)));
}

#[test]
fn a_recalled_order_lies_in_the_cart_again() {
    let mut world = World::new();
    world.tap(11, 2);
    let order = world.check_out();
    let declined = ChosenOutcome::Declined {
        code: "051".into(),
        message: "한도 초과".into(),
    };
    assert_eq!(world.pay_card(order.id, declined).1, PaymentState::Failed);
    world
        .perform(Command::Recall { order: order.id })
        .expect("recalled");
    assert_eq!(world.till.cart().lines, order.lines);
    assert_eq!(world.order(order.id).state, OrderState::Cancelled);
    let world = world.restart();
    assert_eq!(world.till.cart().lines, order.lines);
}

/// A kill between two writes would lose the order and what was in it.
#[test]
fn a_recall_is_one_write() {
    let mut world = World::new();
    world.tap(11, 2);
    world.tap(13, 1);
    let order = world.check_out();
    let before = crate::world::events(&world).len();
    world
        .perform(Command::Recall { order: order.id })
        .expect("recalled");
    world.simulation.settle();
    let events = crate::world::events(&world);
    let recall: Vec<_> = events[before..]
        .iter()
        .map(|event| (event.kind.as_str(), event.operation.is_some()))
        .collect();
    assert_eq!(
        recall,
        [
            ("order-cancelled", true),
            ("line-added", true),
            ("line-added", true)
        ]
    );
}

/// The disk did not take a tap (here: another till's word stands where it would be): what is shown is what is kept, and
/// the till sells on.
#[test]
fn a_tap_that_was_not_kept_is_taken_back() {
    let mut world = World::new();
    world.tap(11, 1);
    world.simulation.settle();
    let mut stolen = madang_journal::Batch::new(world.till.shop_id().clone());
    let last = crate::world::events(&world).pop().expect("the tap");
    stolen.expect(last.stream.clone(), madang_journal::ExpectedVersion::Any);
    stolen.event(madang_journal::NewEvent {
        stream: last.stream.clone(),
        kind: "cart-memo-set".into(),
        type_version: last.type_version,
        at: last.at,
        business_date: last.business_date.to_string(),
        actor: "cashier:2".into(),
        operation: None,
        caused_by: None,
        body: r#"{"memo":"포장"}"#.into(),
    });
    futures::executor::block_on(world.till.journal().write(stolen)).expect("written");
    world.tap(13, 1);
    world.tap(13, 1);
    world.simulation.settle();
    let cart = world.till.cart();
    assert_eq!((cart.lines.len(), cart.memo.as_str()), (1, "포장"));
    world.tap(13, 1);
    assert_eq!(world.check_out().totals.charge, krw(14_500));
}

/// Views are a cache: those of another code, and those whose rebuilding was cut off, are read again from the events.
#[test]
fn views_are_rebuilt() {
    let check = |version: u32| {
        let mut world = World::new();
        world.tap(12, 2);
        let order = world.check_out().id;
        let (payment, _) = world.pay_card(order, ChosenOutcome::Approved);
        let before = world.order(order);
        for view in ["orders", "payments", "items"] {
            let begun =
                world
                    .till
                    .journal()
                    .begin_view_rebuild(world.till.shop_id(), view, version);
            futures::executor::block_on(begun).expect("emptied");
        }
        let mut world = world.restart();
        assert_eq!(*world.order(order), *before, "version {version}");
        let left = world.till.item_day(ItemId(12)).and_then(|day| day.left);
        assert_eq!(left, Some(1), "version {version}");
        let till = world.till.clone();
        let found = world
            .simulation
            .run(async move { till.find_payment(payment).await });
        assert!(found.expect("not stuck").is_ok());
        world.tap(11, 1);
        assert_eq!(world.check_out().number, 2);
    };
    check(1);
    check(1_000_000);
}

/// Numbers that somebody else gave are passed over, however many there are: the money is there already.
#[test]
fn taken_numbers_are_passed_over() {
    let mut world = World::new();
    world.tap(11, 1);
    let order = world.check_out().id;
    let mut batch = madang_journal::Batch::new(world.till.shop_id().clone());
    for sequence in 1..=300 {
        let stream = madang_journal::StreamId {
            shop: world.till.shop_id().clone(),
            kind: "number".into(),
            id: format!("receipt/20261122-1-{sequence:04}"),
        };
        batch.expect(stream.clone(), madang_journal::ExpectedVersion::Any);
        batch.event(madang_journal::NewEvent {
            stream,
            kind: "number-given".into(),
            type_version: 1,
            at: madang_journal::Micros::new(0),
            business_date: "2026-11-22".into(),
            actor: "cashier:1".into(),
            operation: None,
            caused_by: None,
            body: r#"{"order":"1"}"#.into(),
        });
    }
    futures::executor::block_on(world.till.journal().write(batch)).expect("written");
    assert_eq!(
        world.pay_card(order, ChosenOutcome::Approved).1,
        PaymentState::Approved
    );
    let receipt = world.order(order).receipt.clone().expect("a receipt");
    assert!(receipt.sequence > 300, "{receipt}");
}

/// What the journal cannot hold is refused before anything is done, in words.
#[test]
fn an_order_too_large_to_keep_is_refused() {
    let mut world = World::new();
    world.tap(11, 1);
    let line = world.till.cart().lines[0].clone();
    for _ in 0..499 {
        let line = madang_model::line::Line {
            key: world.till.next_line_key(),
            memo: "가".repeat(500),
            ..line.clone()
        };
        let add = CartCommand::Add {
            line: Box::new(line),
            merge: false,
        };
        world
            .till
            .change_cart(&World::cashier(), add)
            .expect("a line");
    }
    let error = world
        .perform(Command::CheckOut {
            table: None,
            guests: None,
        })
        .expect_err("too large");
    assert!(
        matches!(error, TillError::Refused(Refusal::NotValid { .. })),
        "{error:?}"
    );
    assert_eq!(world.till.cart().lines.len(), 500, "the cart is as it was");
}

/// An order that a guest asks for.
fn requested(world: &mut World) -> OrderId {
    let catalog = &world.till.shop().catalog;
    let item = catalog.item(ItemId(13)).expect("on the menu");
    let key = world.till.next_line_key();
    let line = Line::from_menu(catalog, item, key, 1, None).expect("a line");
    let now = world.simulation.now();
    let request = OrderRequest {
        requested_at: now,
        expires_at: now + SignedDuration::from_mins(10),
        expected_ready_at: now + SignedDuration::from_mins(20),
        estimated_ready_at: None,
        accepted_at: None,
        declined_at: None,
        declined_reason: None,
    };
    let place = PlaceOrder {
        order_key: None,
        lines: vec![line],
        discounts: Vec::new(),
        memo: String::new(),
        table: None,
        guests: None,
        channels: vec!["KIOSK".into()],
        request: Some(request),
    };
    let placed = world.perform(Command::PlaceOrder(Box::new(place)));
    placed.expect("asked for").order.expect("an order").id
}
