//! Commands of the cart: what they do, and every reason not to.

use madang_model::cart::{Cart, CartCommand, CartEvent};
use madang_model::line::{
    CHOICES_MAX, DISCOUNTS_MAX, Dining, Fixed, LINES_MAX, Line, LineChoice, MEMO_LENGTH_MAX,
    QUANTITY_MAX, TITLE_LENGTH_MAX,
};
use madang_model::{CartId, ChoiceId, Currency, ItemId, Money, OrderId, Refusal, Text};

use crate::sale::{discount, key, line, lines, won};

#[test]
fn commands_do_what_they_say() {
    let check = |command: CartCommand, expected: &str| {
        let after = done(&cart(), command).expect("it is done");
        assert_eq!(summary(&after), expected);
    };
    check(
        add(line("line-3", "3,800")),
        "1×4,500 1×10,000 1×3,800 = 18,300",
    );
    check(add(line("line-3", "4,500 ×2")), "3×4,500 1×10,000 = 23,500");
    check(
        add_apart(line("line-3", "4,500 ×2")),
        "1×4,500 1×10,000 2×4,500 = 23,500",
    );
    check(
        add(line("line-3", "4,500 −10%")),
        "1×4,500 1×10,000 1×4,500 = 18,550",
    );
    check(
        CartCommand::Delete { key: key("line-1") },
        "1×10,000 = 10,000",
    );
    check(
        quantity("line-1", 9_999),
        "9999×4,500 1×10,000 = 45,005,500",
    );
    check(
        choices("line-1", vec![choice(500, 2)]),
        "1×4,500 1×10,000 = 15,500",
    );
    check(off_line("line-1", "−10%"), "1×4,500 1×10,000 = 14,050");
    check(off("−2,000"), "1×4,500 1×10,000 = 12,500");
    check(off("−14,500"), "1×4,500 1×10,000 = 0");
    check(CartCommand::Clear, " = 0");
}

#[test]
fn words_and_places_are_kept() {
    let dining = CartCommand::SetDining {
        dining: Dining::Togo,
    };
    let after = all_done(
        &cart(),
        [
            memo("line-1", "얼음 적게"),
            CartCommand::SetOrderMemo {
                memo: "창가 자리".into(),
            },
            CartCommand::SetIgnorePrint { ignore_print: true },
            dining,
        ],
    );
    assert_eq!(after.lines[0].memo, "얼음 적게");
    assert_eq!(after.memo, "창가 자리");
    assert!(after.ignore_print);
    assert!(after.lines.iter().all(|line| line.dining == Dining::Togo));
}

#[test]
fn discounts_are_taken_back_by_their_place() {
    let discounted = all_done(
        &cart(),
        [off("−1,000"), off("−10%"), off_line("line-1", "−500")],
    );
    assert_eq!(
        discounted.totals().map(|totals| totals.charge),
        Ok(won(11_700))
    );
    let after = all_done(
        &discounted,
        [
            CartCommand::DeleteDiscount { index: 0 },
            CartCommand::DeleteLineDiscount {
                key: key("line-1"),
                index: 0,
            },
        ],
    );
    assert_eq!(after.totals().map(|totals| totals.charge), Ok(won(13_050)));
}

#[test]
fn a_cart_that_became_an_order_remembers_it_and_a_new_one_is_empty() {
    let order = OrderId(7_000);
    let after = cart().evolve(&CartEvent::CartCheckedOut { order });
    assert_eq!(after.order, Some(order));
    let opened = CartEvent::CartOpened {
        cart: CartId(2),
        currency: Currency::KRW,
    };
    assert_eq!(after.evolve(&opened), Cart::new(CartId(2), Currency::KRW));
}

#[test]
fn equal_lines_join_only_when_nothing_tells_them_apart() {
    let check = |change: fn(&mut Line), lines_after: usize| {
        let mut new = line("line-3", "4,500");
        change(&mut new);
        let after = done(&cart(), add(new)).expect("it is added");
        assert_eq!(after.lines.len(), lines_after);
    };
    check(|_| {}, 2);
    check(|line| line.memo = "연하게".into(), 3);
    check(|line| line.choices = vec![choice(0, 1)], 3);
    check(|line| line.dining = Dining::Togo, 3);
    check(|line| line.item.tax_free = true, 3);
    check(|line| line.item.id = ItemId(2), 3);
    check(|line| line.discounts = vec![discount("−1")], 3);
    check(|line| line.plugin = Some("stamp-card".into()), 3);
    check(|line| line.fixed.quantity = true, 3);
}

#[test]
fn every_refusal_has_its_reason_and_changes_nothing() {
    let check = |command: CartCommand, expected: Refusal| {
        let before = all_done(&cart(), [off_line("line-2", "−1,000"), off("−10%")]);
        let untouched = before.clone();
        assert_eq!(before.decide(command), Err(expected));
        assert_eq!(before, untouched);
    };
    let no_line = || Refusal::NoSuchLine {
        line: key("line-9"),
    };
    check(CartCommand::Delete { key: key("line-9") }, no_line());
    check(quantity("line-9", 1), no_line());
    check(memo("line-9", ""), no_line());
    check(choices("line-9", vec![]), no_line());
    check(off_line("line-9", "−1"), no_line());
    check(
        CartCommand::DeleteLineDiscount {
            key: key("line-9"),
            index: 0,
        },
        no_line(),
    );
    check(
        CartCommand::DeleteLineDiscount {
            key: key("line-1"),
            index: 0,
        },
        Refusal::NoSuchDiscount { index: 0 },
    );
    check(
        CartCommand::DeleteDiscount { index: 1 },
        Refusal::NoSuchDiscount { index: 1 },
    );
    let bad_quantity = |quantity| Refusal::BadQuantity {
        quantity,
        most: QUANTITY_MAX,
    };
    check(quantity("line-1", 0), bad_quantity(0));
    check(quantity("line-1", 10_000), bad_quantity(10_000));
    check(quantity("line-1", u64::MAX), bad_quantity(u64::MAX));
    check(add(line("line-3", "4,500 ×0")), bad_quantity(0));
    check(add(line("line-3", "4,500 ×9999")), bad_quantity(10_000));
    check(choices("line-1", vec![choice(500, 0)]), bad_quantity(0));
    let too_long = |what: &str, length_max| Refusal::TooLong {
        what: what.into(),
        length_max,
    };
    check(
        memo("line-1", &long(MEMO_LENGTH_MAX)),
        too_long("memo", MEMO_LENGTH_MAX),
    );
    check(
        CartCommand::SetOrderMemo {
            memo: long(MEMO_LENGTH_MAX),
        },
        too_long("memo", MEMO_LENGTH_MAX),
    );
    for change in LONG_TEXTS {
        let mut new = line("line-3", "3,800 −1");
        change(&mut new);
        let refused = cart().decide(add(new)).expect_err("too long");
        assert!(matches!(refused, Refusal::TooLong { .. }), "{refused}");
    }
    let not_positive = |amount| Refusal::AmountNotPositive {
        amount: won(amount),
    };
    check(add(line("line-3", "−1")), not_positive(-1));
    check(choices("line-1", vec![choice(-500, 1)]), not_positive(-500));
    check(off("−0"), not_positive(0));
    check(off_line("line-1", "−0"), not_positive(0));
    let too_large = |discount, price| Refusal::DiscountTooLarge {
        discount: won(discount),
        price: won(price),
    };
    check(off("−12,151"), too_large(12_151, 12_150));
    check(off_line("line-1", "−4,501"), too_large(4_501, 4_500));
    let part_too_large = Refusal::PartTooLarge {
        basis_points: 10_001,
        basis_points_max: 10_000,
    };
    check(off_line("line-1", "−100.01%"), part_too_large);
    check(
        CartCommand::Add {
            line: Box::new(line("line-1", "3,800")),
            merge: false,
        },
        Refusal::NotValid {
            message: "there already is a line with the key line-1".into(),
            message_ko: "같은 key를 가진 줄이 이미 있어요".into(),
        },
    );
    check(
        choices("line-1", vec![choice(1, 1); CHOICES_MAX + 1]),
        too_many("choices", CHOICES_MAX),
    );
    check(
        add(line("line-3", "1,000,000,000,000 ×2")),
        Refusal::BadAmount,
    );
    check(add(line("line-3", "1,000,000,000,000")), Refusal::BadAmount);
    check(
        choices("line-1", vec![choice(1_000_000_000_000, 9_999)]),
        Refusal::BadAmount,
    );
    let mut dollars = line("line-3", "4,500");
    dollars.item.amount = Money::new(450, Currency::USD).expect("a coffee");
    check(add(dollars), Refusal::BadAmount);
}

#[test]
fn a_cart_is_bounded() {
    let full = Cart {
        lines: (0..LINES_MAX)
            .map(|number| line(&format!("many-{number}"), "1"))
            .collect(),
        ..cart()
    };
    assert_eq!(
        full.decide(add_apart(line("one-more", "1"))),
        Err(too_many("lines", LINES_MAX))
    );
    assert!(
        full.decide(add(line("one-more", "1"))).is_ok(),
        "it joins a line"
    );
    let discounted = all_done(&cart(), (0..DISCOUNTS_MAX).map(|_| off("−1")));
    assert_eq!(
        discounted.decide(off("−1")),
        Err(too_many("discounts", DISCOUNTS_MAX))
    );
    let line_discounted = all_done(
        &cart(),
        (0..DISCOUNTS_MAX).map(|_| off_line("line-1", "−1")),
    );
    assert_eq!(
        line_discounted.decide(off_line("line-1", "−1")),
        Err(too_many("discounts", DISCOUNTS_MAX))
    );
}

#[test]
fn a_discount_keeps_the_price_above_nothing_whatever_changes_later() {
    let discounted = all_done(&cart(), [off("−12,000")]);
    let too_large = Refusal::DiscountTooLarge {
        discount: won(12_000),
        price: won(10_000),
    };
    assert_eq!(
        discounted.decide(CartCommand::Delete { key: key("line-1") }),
        Err(too_large)
    );
    assert!(discounted.decide(CartCommand::Clear).is_ok());
}

#[test]
fn what_a_plugin_fixed_stays() {
    let fixed = Fixed {
        memo: true,
        choices: true,
        quantity: true,
    };
    let mut held = cart();
    held.lines[0].fixed = fixed;
    let check = |command: CartCommand| {
        assert_eq!(held.decide(command), Err(Refusal::LineIsFixed));
    };
    check(quantity("line-1", 2));
    check(memo("line-1", "연하게"));
    check(choices("line-1", vec![]));
    assert!(
        held.decide(CartCommand::Delete { key: key("line-1") })
            .is_ok()
    );
    let after = done(&held, add(line("line-3", "4,500"))).expect("it does not join");
    assert_eq!(after.lines.len(), 3);
}

/// Every text of a line that a plugin may hand in, one character too long.
const LONG_TEXTS: [fn(&mut Line); 10] = [
    |line| line.memo = long(MEMO_LENGTH_MAX),
    |line| line.item.title.ko = long(TITLE_LENGTH_MAX),
    |line| line.item.title.en = Some(long(TITLE_LENGTH_MAX)),
    |line| line.item.category_title = Text::plain(long(TITLE_LENGTH_MAX)),
    |line| line.item.price_title = Text::plain(long(TITLE_LENGTH_MAX)),
    |line| line.item.code = Some(long(TITLE_LENGTH_MAX)),
    |line| line.item.sku = Some(long(TITLE_LENGTH_MAX)),
    |line| line.discounts[0].title = Text::plain(long(TITLE_LENGTH_MAX)),
    |line| {
        line.choices = vec![LineChoice {
            title: Text::plain(long(TITLE_LENGTH_MAX)),
            ..choice(0, 1)
        }]
    },
    |line| line.discounts[0].title.en = Some(long(TITLE_LENGTH_MAX)),
];

fn cart() -> Cart {
    Cart {
        lines: lines("4,500 + *10,000"),
        ..Cart::new(CartId(1), Currency::KRW)
    }
}

fn done(cart: &Cart, command: CartCommand) -> Result<Cart, Refusal> {
    Ok(cart
        .decide(command)?
        .iter()
        .fold(cart.clone(), Cart::evolve))
}

fn all_done(cart: &Cart, commands: impl IntoIterator<Item = CartCommand>) -> Cart {
    commands.into_iter().fold(cart.clone(), |cart, command| {
        done(&cart, command).expect("it is done")
    })
}

fn summary(cart: &Cart) -> String {
    let lines: Vec<String> = cart
        .lines
        .iter()
        .map(|line| format!("{}×{}", line.quantity, line.item.amount.grouped()))
        .collect();
    let charge = cart.totals().expect("it has totals").charge;
    format!("{} = {}", lines.join(" "), charge.grouped())
}

fn add(line: Line) -> CartCommand {
    CartCommand::Add {
        line: Box::new(line),
        merge: true,
    }
}

fn add_apart(line: Line) -> CartCommand {
    CartCommand::Add {
        line: Box::new(line),
        merge: false,
    }
}

fn quantity(name: &str, quantity: u64) -> CartCommand {
    CartCommand::SetQuantity {
        key: key(name),
        quantity,
    }
}

fn memo(name: &str, memo: &str) -> CartCommand {
    CartCommand::SetMemo {
        key: key(name),
        memo: memo.into(),
    }
}

fn choices(name: &str, choices: Vec<LineChoice>) -> CartCommand {
    CartCommand::SetChoices {
        key: key(name),
        choices,
    }
}

fn choice(amount: i64, quantity: u32) -> LineChoice {
    LineChoice {
        id: ChoiceId(301),
        option: None,
        title: Text::new("샷 추가", "Extra shot"),
        amount: won(amount),
        quantity,
    }
}

fn off(text: &str) -> CartCommand {
    CartCommand::AddDiscount {
        discount: discount(text),
    }
}

fn off_line(name: &str, text: &str) -> CartCommand {
    CartCommand::AddLineDiscount {
        key: key(name),
        discount: discount(text),
    }
}

fn too_many(what: &str, count_max: usize) -> Refusal {
    Refusal::TooMany {
        what: what.into(),
        count_max,
    }
}

/// One character more than fits; 한글, because characters are counted and not bytes.
fn long(length_max: usize) -> String {
    "가".repeat(length_max + 1)
}
