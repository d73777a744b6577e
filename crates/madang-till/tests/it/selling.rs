//! Tap, pay, receipt: the ways of a sale and what is refused.

use madang_model::cart::CartCommand;
use madang_model::line::{Discount, Off};
use madang_model::order::{OrderPaymentState, OrderState};
use madang_model::payment::PaymentState;
use madang_model::receipt::{self, Copy};
use madang_model::{ItemId, Refusal, TableId, Text};
use madang_till::terminal::simulated::ChosenOutcome;
use madang_till::{Command, OrderQuery, TillError};

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
    let paper = receipt::sale(world.till.shop(), &order, Copy::First).join("\n");
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
    let discount = Discount {
        title: Text::plain("단골"),
        off: Off::BasisPoints(1_000),
        plugin: None,
    };
    world
        .till
        .change_cart(&World::cashier(), CartCommand::AddDiscount { discount })
        .expect("a discount");
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
fn a_table_has_one_open_order() {
    let mut world = World::with(crate::shop::restaurant(), true);
    world.tap(11, 1);
    let table = Some(TableId(1));
    let order = world
        .perform(Command::CheckOut {
            table,
            guests: Some(2),
        })
        .expect("seated")
        .order
        .expect("an order");
    world.tap(11, 1);
    let error = world
        .perform(Command::CheckOut {
            table,
            guests: None,
        })
        .expect_err("taken");
    assert!(matches!(
        error,
        TillError::Refused(Refusal::TableTaken { .. })
    ));
    assert_eq!(world.till.cart().lines.len(), 1, "the cart is as it was");
    world.pay_card(order.id, ChosenOutcome::Approved);
    assert!(world.till.table_order(TableId(1)).is_none());
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
    assert_eq!(world.till.cart().lines.len(), 1);
    assert_eq!(world.order(order.id).state, OrderState::Cancelled);
}

#[test]
fn whoever_reads_an_event_reads_an_order_at_least_as_new() {
    let mut world = World::new();
    world.tap(11, 2);
    let order = world.check_out().id;
    let behind = world.standing_still();
    world.pay_card(order, ChosenOutcome::Approved);
    assert_eq!(
        behind.order(order).expect("an order").payment_state(),
        OrderPaymentState::Opened
    );
    // Twice, and from the beginning: what is in already does nothing.
    for _ in 0..2 {
        for event in world.events() {
            behind.catch_up(&event);
        }
        assert_eq!(behind.order(order), world.till.order(order));
    }
}
