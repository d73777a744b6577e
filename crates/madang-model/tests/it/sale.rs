//! Sales written as on the page about money: `4,500 ×2 −10% + *10,000`, a `*` for tax-free lines.

use jiff::Timestamp;
use madang_model::line::{Dining, Discount, Fixed, ItemKind, Line, LineItem, Off};
use madang_model::order::{NewOrder, Order, OrderCommand, OrderEvent, Source, TakePayment};
use madang_model::payment::{Approval, Method};
use madang_model::{
    AttemptKey, CategoryId, Currency, ItemId, LineKey, Money, OrderId, PaymentId, Refusal, TableId,
    Text,
};

pub fn won(amount: i64) -> Money {
    Money::new(amount, Currency::KRW).expect("within bounds")
}

pub fn at(text: &str) -> Timestamp {
    text.parse().expect("a moment")
}

/// 12:41 in Seoul.
pub fn noon() -> Timestamp {
    at("2026-11-22T03:41:00Z")
}

pub fn key(text: &str) -> LineKey {
    text.parse().expect("a line's key")
}

pub fn attempt(text: &str) -> AttemptKey {
    text.parse().expect("an attempt's key")
}

/// `27,940`, `−760` or `27940`.
pub fn amount(text: &str) -> i64 {
    let plain = text.trim().replace(',', "").replace('−', "-");
    plain
        .parse()
        .unwrap_or_else(|_| panic!("“{text}” is no amount"))
}

/// `−10%`, `−33.33%` or `−1,000`; several are joined by `then`.
pub fn discounts(text: &str) -> Vec<Discount> {
    text.split(" then ")
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(discount)
        .collect()
}

pub fn discount(text: &str) -> Discount {
    let size = text
        .strip_prefix('−')
        .unwrap_or_else(|| panic!("“{text}” takes nothing off"));
    let off = match size.strip_suffix('%') {
        Some(percent) => Off::BasisPoints(basis_points(percent)),
        None => Off::Amount(won(amount(size))),
    };
    Discount {
        title: Text::new("할인", "Discount"),
        off,
        plugin: None,
    }
}

pub fn lines(text: &str) -> Vec<Line> {
    text.split(" + ")
        .enumerate()
        .map(|(index, text)| line(&format!("line-{}", index + 1), text))
        .collect()
}

pub fn line(name: &str, text: &str) -> Line {
    let mut words = text.split_whitespace();
    let price = words.next().expect("a price");
    let mut line = Line {
        key: key(name),
        item: LineItem {
            id: ItemId(1),
            title: Text::new("아메리카노", "Americano"),
            category: CategoryId(1),
            category_title: Text::plain("커피"),
            kind: ItemKind::Item,
            code: None,
            price_title: Text::plain("기본"),
            price_kind: Default::default(),
            sku: None,
            amount: won(amount(price.trim_start_matches('*'))),
            tax_free: price.starts_with('*'),
        },
        choices: Vec::new(),
        quantity: 1,
        discounts: Vec::new(),
        memo: String::new(),
        dining: Dining::Here,
        fixed: Fixed::default(),
        plugin: None,
    };
    for word in words {
        match word.strip_prefix('×') {
            Some(quantity) => line.quantity = quantity.parse().expect("a quantity"),
            None => line.discounts.push(discount(word)),
        }
    }
    line
}

pub fn new_order(lines_text: &str, discounts_text: &str) -> NewOrder {
    NewOrder {
        id: OrderId(7_000),
        order_key: "7000".into(),
        number: 42,
        business_date: "2026-11-22".parse().expect("a date"),
        source: Source::Till,
        channels: vec!["POS".into()],
        table: None,
        guests: None,
        memo: String::new(),
        currency: Currency::KRW,
        lines: lines(lines_text),
        discounts: discounts(discounts_text),
        request: None,
    }
}

pub fn placed(lines_text: &str, discounts_text: &str) -> Order {
    let new = new_order(lines_text, discounts_text);
    madang_model::order::decide::place(new, noon())
        .expect("an order")
        .0
}

/// The same at a table, where more may follow.
pub fn seated(lines_text: &str, discounts_text: &str) -> Order {
    let new = NewOrder {
        table: Some(TableId(1)),
        ..new_order(lines_text, discounts_text)
    };
    madang_model::order::decide::place(new, noon())
        .expect("an order")
        .0
}

pub fn cash(payment: u64, amount: Money) -> OrderCommand {
    OrderCommand::TakePayment(Box::new(TakePayment {
        payment: PaymentId(payment),
        method: Method::Cash,
        amount,
        cash: None,
        payment_key: payment.to_string(),
        approval: approval(""),
        plugin: None,
        completes: false,
    }))
}

pub fn approval(number: &str) -> Approval {
    Approval {
        number: number.into(),
        at: noon(),
        card: None,
        simulated: false,
        source: None,
    }
}

/// Decides and evolves.
pub fn done(order: &Order, command: OrderCommand) -> Result<Order, Refusal> {
    Ok(evolved(order, &order.decide(command)?))
}

pub fn evolved(order: &Order, events: &[OrderEvent]) -> Order {
    events
        .iter()
        .fold(order.clone(), |order, event| order.evolve(event, noon()))
}

fn basis_points(percent: &str) -> u32 {
    let (whole, part) = percent.split_once('.').unwrap_or((percent, ""));
    let digits = format!("{whole}{part:0<2}");
    digits.parse().expect("a percentage of two decimals")
}
