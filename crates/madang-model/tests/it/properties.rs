//! What holds for any cart, any order and any way to pay it.

use madang_model::cart::{Cart, CartCommand};
use madang_model::line::{Dining, Discount, Fixed, Line, LineChoice, Off, Totals};
use madang_model::order::{Found, Order, OrderCommand, Outcome};
use madang_model::payment::{CashGiven, Failure};
use madang_model::stock::{ItemDay, StockEvent};
use madang_model::{CartId, ChoiceId, Currency, Money, OrderId, PaymentId, Text};
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::sale::{approval, attempt, cash, done, evolved, key, line, new_order, noon, won};

proptest! {
    #[test]
    fn accepted_taps_keep_the_cart_whole(commands in prop::collection::vec(cart_commands(), 1..40)) {
        let mut cart = Cart::new(CartId(1), Currency::KRW);
        for command in commands {
            let untouched = cart.clone();
            let decided = cart.decide(command);
            prop_assert_eq!(&cart, &untouched);
            let Ok(events) = decided else { continue };
            for event in &events {
                assert_round_trip(event)?;
                cart = cart.evolve(event);
            }
            assert_whole(cart.totals().expect("an accepted cart has totals"))?;
            assert_round_trip(&cart)?;
        }
    }

    #[test]
    fn any_split_adds_up_and_giving_all_back_ends_at_nothing(
        order in orders(),
        cuts in prop::collection::vec((1i64..=100, any::<bool>()), 0..12),
    ) {
        let mut order = order;
        for (percent, give_back) in cuts {
            let next = order.payments.len() as u64 + 1;
            if give_back && let Some(paid) = order.payments.iter().find(|payment| payment.is_paid()) {
                let payment = paid.id;
                order = done(&order, OrderCommand::CancelPayment { payment }).expect("it is paid");
            } else if order.payable().is_positive() {
                let part = order.payable().share(percent, 100);
                let amount = if part.is_zero() { won(1) } else { part };
                order = done(&order, cash(next, amount)).expect("it is payable");
            }
            assert_payments_whole(&order)?;
        }
        if order.payable().is_positive() {
            let next = order.payments.len() as u64 + 1;
            order = done(&order, cash(next, order.payable())).expect("the rest is payable");
        }
        prop_assert!(order.is_paid());
        prop_assert_eq!(paid_parts(&order), parts_of(order.totals));
        let paid: Vec<PaymentId> = order.payments.iter().filter(|payment| payment.is_paid()).map(|payment| payment.id).collect();
        for payment in paid {
            order = done(&order, OrderCommand::CancelPayment { payment }).expect("it is paid");
        }
        prop_assert_eq!(paid_parts(&order), [0; 4]);
        prop_assert_eq!(order.unpaid(), order.totals.charge);
    }

    #[test]
    fn an_order_takes_any_commands_without_breaking(
        order in orders(),
        steps in prop::collection::vec(order_steps(), 1..30),
    ) {
        let mut order = order;
        for step in steps {
            let untouched = order.clone();
            let events = match step {
                Step::Do(command) => order.decide(*command).unwrap_or_default(),
                Step::Hear(payment, outcome) => order.hear(payment, *outcome),
            };
            prop_assert_eq!(&order, &untouched);
            for event in &events {
                assert_round_trip(event)?;
            }
            order = evolved(&order, &events);
            assert_whole(order.totals)?;
            assert_payments_whole(&order)?;
            if order.is_paid() && !order.waits_for_terminal() {
                prop_assert_eq!(paid_parts(&order), parts_of(order.totals));
            }
        }
        assert_round_trip(&order)?;
    }

    #[test]
    fn any_money_is_shared_whole(charge in 1i64..1_000_000_000, part in 0i64..=100, tax_free in 0i64..=100) {
        let whole = won(charge);
        let free = whole.share(tax_free, 100);
        let taxable = whole.minus(free).expect("a part of it");
        let unpaid = madang_model::tax::Parts {
            amount: whole,
            taxable,
            tax_free: free,
            tax: madang_model::tax::included_in(taxable),
        };
        let share = madang_model::tax::Parts::share_of(&unpaid, whole.share(part, 100));
        prop_assert!(share.is_whole());
        prop_assert_eq!(share.taxable.plus(share.tax_free), Ok(share.amount));
        prop_assert_eq!(madang_model::tax::Parts::share_of(&unpaid, whole), unpaid);
    }

    #[test]
    fn stock_comes_to_the_same_in_any_order(taken in prop::collection::vec((1u32..50, any::<bool>()), 0..20)) {
        let events: Vec<StockEvent> = taken
            .into_iter()
            .map(|(quantity, back)| {
                let order = OrderId(1);
                if back { StockEvent::StockReturned { quantity, order } } else { StockEvent::StockTaken { quantity, order } }
            })
            .collect();
        let start = ItemDay { state: madang_model::catalog::SaleState::OnSale, left: Some(100) };
        let forth = events.iter().fold(start, ItemDay::evolve);
        let back = events.iter().rev().fold(start, ItemDay::evolve);
        prop_assert_eq!(forth, back);
        for event in &events {
            assert_round_trip(event)?;
        }
    }
}

enum Step {
    Do(Box<OrderCommand>),
    Hear(PaymentId, Box<Outcome>),
}

impl std::fmt::Debug for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Do(command) => command.fmt(f),
            Self::Hear(payment, outcome) => write!(f, "{payment}: {outcome:?}"),
        }
    }
}

fn assert_whole(totals: Totals) -> Result<(), TestCaseError> {
    prop_assert_eq!(totals.list.minus(totals.discount), Ok(totals.charge));
    prop_assert_eq!(totals.taxable.plus(totals.tax_free), Ok(totals.charge));
    prop_assert_eq!(totals.supply.plus(totals.tax), Ok(totals.taxable));
    for part in [
        totals.list,
        totals.discount,
        totals.taxable,
        totals.tax_free,
        totals.tax,
        totals.supply,
    ] {
        prop_assert!(!part.is_negative(), "{totals:?}");
    }
    Ok(())
}

/// Every payment is whole in itself, and together they take no more of any part than there is.
fn assert_payments_whole(order: &Order) -> Result<(), TestCaseError> {
    for payment in &order.payments {
        let parts = payment.parts;
        prop_assert!(parts.is_whole() && parts.amount.is_positive(), "{parts:?}");
        prop_assert_eq!(parts.taxable.plus(parts.tax_free), Ok(parts.amount));
    }
    for (paid, whole) in paid_parts(order).into_iter().zip(parts_of(order.totals)) {
        prop_assert!(paid <= whole, "{paid} of {whole}");
    }
    prop_assert!(!order.payable().is_negative());
    prop_assert!(order.payable().minor_units() <= order.unpaid().minor_units());
    Ok(())
}

fn paid_parts(order: &Order) -> [i64; 4] {
    let mut sum = [0; 4];
    for payment in order.payments.iter().filter(|payment| payment.is_paid()) {
        let parts = payment.parts;
        let each = [parts.amount, parts.taxable, parts.tax_free, parts.tax];
        for (sum, part) in sum.iter_mut().zip(each) {
            *sum += part.minor_units();
        }
    }
    sum
}

fn parts_of(totals: Totals) -> [i64; 4] {
    [totals.charge, totals.taxable, totals.tax_free, totals.tax].map(Money::minor_units)
}

fn assert_round_trip<T>(value: &T) -> Result<(), TestCaseError>
where
    T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let json = serde_json::to_string(value).expect("a value is JSON");
    let back: T = serde_json::from_str(&json)
        .map_err(|error| TestCaseError::fail(format!("{error}: {json}")))?;
    prop_assert_eq!(&back, value);
    Ok(())
}

/// Mostly a till's day; now and then what nobody would do.
fn amounts() -> impl Strategy<Value = i64> {
    prop_oneof![
        8 => 0i64..50_000,
        2 => 1i64..20,
        1 => -100i64..=0,
        1 => Just(madang_model::money::MINOR_UNITS_MAX),
    ]
}

fn money() -> impl Strategy<Value = Money> {
    let currency = prop_oneof![30 => Just(Currency::KRW), 1 => Just(Currency::USD)];
    (amounts(), currency)
        .prop_map(|(amount, currency)| Money::new(amount, currency).expect("within bounds"))
}

fn discounts() -> impl Strategy<Value = Discount> {
    let off = prop_oneof![
        money().prop_map(Off::Amount),
        (0u32..11_000).prop_map(Off::BasisPoints),
        any::<u32>().prop_map(Off::BasisPoints),
    ];
    off.prop_map(|off| Discount {
        title: Text::new("할인", "Discount"),
        off,
        plugin: None,
    })
}

fn quantities() -> impl Strategy<Value = u32> {
    prop_oneof![9 => 1u32..20, 1 => 0u32..20_000]
}

fn choices() -> impl Strategy<Value = Vec<LineChoice>> {
    let choice = (money(), quantities(), 1u64..4).prop_map(|(amount, quantity, id)| LineChoice {
        id: ChoiceId(id),
        option: None,
        title: Text::plain("샷 추가"),
        amount,
        quantity,
    });
    prop::collection::vec(choice, 0..3)
}

fn line_names() -> impl Strategy<Value = String> {
    (0u32..6).prop_map(|number| format!("line-{number}"))
}

fn some_lines() -> impl Strategy<Value = Line> {
    let parts = (
        line_names(),
        money(),
        any::<bool>(),
        quantities(),
        choices(),
        prop::collection::vec(discounts(), 0..2),
        prop::bool::weighted(0.1),
    );
    parts.prop_map(
        |(name, amount, tax_free, quantity, choices, discounts, fixed)| {
            let mut line = line(&name, if tax_free { "*1" } else { "1" });
            line.item.amount = amount;
            Line {
                quantity,
                choices,
                discounts,
                fixed: Fixed {
                    quantity: fixed,
                    ..Fixed::default()
                },
                ..line
            }
        },
    )
}

fn cart_commands() -> impl Strategy<Value = CartCommand> {
    let name = || line_names().prop_map(|name| key(&name));
    prop_oneof![
        6 => (some_lines(), any::<bool>()).prop_map(|(line, merge)| CartCommand::Add { line: Box::new(line), merge }),
        1 => name().prop_map(|key| CartCommand::Delete { key }),
        2 => (name(), 0u64..12_000).prop_map(|(key, quantity)| CartCommand::SetQuantity { key, quantity }),
        1 => (name(), ".{0,20}").prop_map(|(key, memo)| CartCommand::SetMemo { key, memo }),
        1 => (name(), choices()).prop_map(|(key, choices)| CartCommand::SetChoices { key, choices }),
        2 => (name(), discounts()).prop_map(|(key, discount)| CartCommand::AddLineDiscount { key, discount }),
        1 => (name(), 0usize..3).prop_map(|(key, index)| CartCommand::DeleteLineDiscount { key, index }),
        2 => discounts().prop_map(|discount| CartCommand::AddDiscount { discount }),
        1 => (0usize..3).prop_map(|index| CartCommand::DeleteDiscount { index }),
        1 => Just(CartCommand::SetDining { dining: Dining::Togo }),
        1 => ".{0,20}".prop_map(|memo| CartCommand::SetOrderMemo { memo }),
        1 => any::<bool>().prop_map(|ignore_print| CartCommand::SetIgnorePrint { ignore_print }),
        1 => Just(CartCommand::Clear),
    ]
}

/// Orders that stand: lines taxable and tax-free, a discount of the whole that leaves something.
fn orders() -> impl Strategy<Value = Order> {
    let line = (1i64..200_000, 1u32..10, any::<bool>(), 0u32..=9_999);
    let lines = prop::collection::vec(line, 1..6);
    (lines, 0u32..9_000).prop_map(|(rows, off)| {
        let mut new = new_order("1", "");
        new.lines = rows
            .into_iter()
            .enumerate()
            .map(|(index, (amount, quantity, tax_free, off))| {
                let mut line = line_of(index, tax_free);
                line.item.amount = won(amount);
                line.quantity = quantity;
                line.discounts = vec![part_off(off)];
                line
            })
            .collect();
        new.discounts = vec![part_off(off)];
        madang_model::order::decide::place(new, noon())
            .expect("within bounds")
            .0
    })
}

fn line_of(index: usize, tax_free: bool) -> Line {
    line(&format!("line-{index}"), if tax_free { "*1" } else { "1" })
}

fn part_off(basis_points: u32) -> Discount {
    Discount {
        title: Text::plain("할인"),
        off: Off::BasisPoints(basis_points),
        plugin: None,
    }
}

fn order_steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => order_commands().prop_map(|command| Step::Do(Box::new(command))),
        3 => (payments(), outcomes()).prop_map(|(payment, outcome)| Step::Hear(payment, Box::new(outcome))),
    ]
}

fn payments() -> impl Strategy<Value = PaymentId> {
    (1u64..8).prop_map(PaymentId)
}

fn order_commands() -> impl Strategy<Value = OrderCommand> {
    let added = (
        prop::collection::vec(some_lines(), 0..3),
        prop::collection::vec(discounts(), 0..2),
    );
    prop_oneof![
        4 => (payments(), money()).prop_map(|(payment, amount)| OrderCommand::StartCardPayment {
            payment,
            amount,
            attempt: attempt(&format!("attempt-{payment}")),
        }),
        4 => (payments(), money(), prop::option::of((money(), money())), any::<bool>()).prop_map(take),
        2 => payments().prop_map(|payment| OrderCommand::StartCancel { payment }),
        2 => payments().prop_map(|payment| OrderCommand::CancelPayment { payment }),
        1 => payments().prop_map(|payment| OrderCommand::Resolve { payment, found: Found::Charged { approval: approval("") } }),
        3 => added.prop_map(|(lines, discounts)| OrderCommand::AddLines { lines, discounts }),
        1 => Just(OrderCommand::Cancel),
        1 => Just(OrderCommand::Complete),
        1 => Just(OrderCommand::Accept { estimated_ready_at: Some(noon()) }),
        1 => ".{0,20}".prop_map(|reason| OrderCommand::Decline { reason }),
        1 => Just(OrderCommand::Expire),
    ]
}

fn take(
    (payment, amount, given, completes): (PaymentId, Money, Option<(Money, Money)>, bool),
) -> OrderCommand {
    let OrderCommand::TakePayment(mut new) = cash(payment.0, amount) else {
        unreachable!("cash is taken")
    };
    new.cash = given.map(|(received, change)| CashGiven { received, change });
    new.completes = completes;
    OrderCommand::TakePayment(new)
}

fn outcomes() -> impl Strategy<Value = Outcome> {
    let failure = Failure::Reversed {
        message: "망취소".into(),
    };
    prop_oneof![
        3 => Just(Outcome::Approved { approval: approval("30012345") }),
        1 => Just(Outcome::Failed { failure: failure.clone() }),
        1 => Just(Outcome::Unknown),
        2 => Just(Outcome::Cancelled),
        1 => Just(Outcome::NotCancelled { failure }),
    ]
}
