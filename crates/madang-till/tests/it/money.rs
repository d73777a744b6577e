//! Random days: whatever cashiers, guests and terminals do, money adds up.

use madang_model::money::won;
use madang_model::order::OrderPaymentState;
use madang_till::Command;
use madang_till::terminal::simulated::ChosenOutcome;
use proptest::prelude::*;

use crate::world::World;

#[derive(Clone, Debug)]
enum Step {
    Tap(u64, u64),
    CheckOut,
    Card(ChosenOutcome, Option<i64>),
    Cash(i64),
    CancelLast,
    Wait(i64),
    Restart,
}

fn outcome() -> impl Strategy<Value = ChosenOutcome> {
    let declined = ChosenOutcome::Declined {
        code: "051".into(),
        message: "한도 초과".into(),
    };
    prop_oneof![
        4 => Just(ChosenOutcome::Approved),
        1 => Just(declined),
        1 => Just(ChosenOutcome::TimedOut),
        1 => Just(ChosenOutcome::Unplugged),
        2 => Just(ChosenOutcome::AnswerLost),
        2 => Just(ChosenOutcome::ReversalRefused),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (prop_oneof![Just(11u64), Just(12), Just(13)], 1u64..3).prop_map(|(item, quantity)| Step::Tap(item, quantity)),
        2 => Just(Step::CheckOut),
        4 => (outcome(), prop::option::of(1i64..20_000)).prop_map(|(outcome, amount)| Step::Card(outcome, amount)),
        2 => (1i64..30_000).prop_map(Step::Cash),
        1 => Just(Step::CancelLast),
        1 => (0i64..100).prop_map(Step::Wait),
        1 => Just(Step::Restart),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn money_is_conserved(steps in prop::collection::vec(step(), 1..25), can_inquire in any::<bool>()) {
        let mut world = World::with(crate::shop::cafe(), can_inquire);
        let mut orders = Vec::new();
        for step in steps {
            world = play(world, &mut orders, step);
        }
        world.wait(300);
        world.check_books(&orders);
        for order in &orders {
            let order = world.order(*order);
            prop_assert!(!order.waits_for_terminal(), "every answer is known in the end");
            let paid = order.paid().minor_units();
            prop_assert!(paid <= order.totals.charge.minor_units(), "never more than the bill");
            if order.payment_state() == OrderPaymentState::Completed {
                let tax: i64 = order.payments.iter().filter(|payment| payment.is_paid()).map(|payment| payment.parts.tax.minor_units()).sum();
                prop_assert_eq!(tax, order.totals.tax.minor_units());
                prop_assert!(order.receipt.is_some());
            }
        }
    }
}

fn play(mut world: World, orders: &mut Vec<madang_model::OrderId>, step: Step) -> World {
    let last = orders.last().copied();
    match (step, last) {
        (Step::Tap(item, quantity), _) => {
            let _ = world.till.add_to_cart(
                &World::cashier(),
                madang_model::ItemId(item),
                quantity,
                None,
            );
        }
        (Step::CheckOut, _) => {
            if let Ok(done) = world.perform(Command::CheckOut {
                table: None,
                guests: None,
            }) {
                orders.extend(done.order.map(|order| order.id));
            }
        }
        (Step::Card(outcome, amount), Some(order)) => {
            world.choose(outcome);
            let amount = amount.and_then(|amount| won(amount).ok());
            let _ = world.begin(Command::PayCard { order, amount });
        }
        (Step::Cash(received), Some(order)) => {
            let received = won(received).expect("within bounds");
            let _ = world.begin(Command::PayCash { order, received });
        }
        (Step::CancelLast, Some(order)) => {
            if let Some(payment) = world.order(order).payments.last().map(|payment| payment.id) {
                let _ = world.begin(Command::CancelPayment { order, payment });
            }
        }
        (Step::Wait(seconds), _) => world.wait(seconds),
        (Step::Restart, _) => return world.restart(),
        _ => {}
    }
    world
}

/// A few hundred in the ordinary tests are kept for the whole workspace; the soak multiplies.
fn cases() -> u32 {
    let soak: u32 = std::env::var("MADANG_SOAK")
        .ok()
        .and_then(|times| times.parse().ok())
        .unwrap_or(1);
    40 * soak
}
