//! One shop, one order with four payments, made through the model's own rules.

use jiff::Timestamp;
use madang_model::line::{ChosenChoice, Discount, Line, Off};
use madang_model::money::won;
use madang_model::order::{NewOrder, Order, OrderEvent, Source, decide};
use madang_model::payment::{Approval, Card, CardKind, Failure, Method};
use madang_model::shop::Shop;
use madang_model::tax::Parts;
use madang_model::{ChoiceId, Currency, ItemId, LineKey, OrderId, PaymentId, TableId, Text};

pub fn shop() -> Shop {
    Shop::from_toml(include_str!("shop.toml")).unwrap()
}

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn key(text: &str) -> LineKey {
    text.parse().unwrap()
}

/// Keys k1, k2, …
pub fn keys() -> impl FnMut() -> LineKey {
    let mut count = 0;
    move || {
        count += 1;
        key(&format!("k{count}"))
    }
}

/// Two americanos with an extra shot each, 10 % off, one bag of beans free of tax, and 1,000 won off the whole.
pub fn order() -> Order {
    let shop = shop();
    let americano = shop.catalog.item(ItemId(1001)).unwrap();
    let beans = shop.catalog.item(ItemId(1002)).unwrap();
    let shot = [ChosenChoice {
        id: ChoiceId(5001),
        quantity: 1,
    }];
    let mut first =
        Line::from_menu(&shop.catalog, americano, key("line-1"), 2, Some(&shot)).unwrap();
    first.memo = "연하게".into();
    first.discounts.push(Discount {
        title: Text::new("단골 10%", "Regular 10%"),
        off: Off::BasisPoints(1_000),
        plugin: None,
    });
    let second = Line::from_menu(&shop.catalog, beans, key("line-2"), 1, None).unwrap();
    let new = NewOrder {
        id: OrderId(173_000_000_000_000_001),
        order_key: "till-1".into(),
        number: 12,
        business_date: "2026-11-22".parse().unwrap(),
        source: Source::Till,
        channels: vec!["POS".into()],
        table: Some(TableId(7)),
        guests: Some(2),
        memo: "창가".into(),
        currency: Currency::KRW,
        lines: vec![first, second],
        discounts: vec![Discount {
            title: Text::plain("쿠폰"),
            off: Off::Amount(won(1_000).unwrap()),
            plugin: None,
        }],
        request: None,
    };
    decide::place(new, at("2026-11-22T04:30:00.123456Z"))
        .unwrap()
        .0
}

/// The order with a card payment approved, one cancelled, one declined and one whose answer is lost.
pub fn paid_order() -> Order {
    let mut order = order();
    let parts = Parts {
        amount: won(10_000).unwrap(),
        taxable: won(4_300).unwrap(),
        tax_free: won(5_700).unwrap(),
        tax: won(391).unwrap(),
    };
    let started = |id: u64| OrderEvent::PaymentStarted {
        payment: PaymentId(id),
        method: Method::Card,
        parts,
        attempt: format!("attempt-{id}").parse().unwrap(),
    };
    let approved = |id: u64| OrderEvent::PaymentApproved {
        payment: PaymentId(id),
        approval: approval(),
    };
    let events = [
        started(11),
        approved(11),
        started(12),
        approved(12),
        OrderEvent::PaymentCancelStarted {
            payment: PaymentId(12),
        },
        OrderEvent::PaymentCancelled {
            payment: PaymentId(12),
        },
        started(13),
        OrderEvent::PaymentFailed {
            payment: PaymentId(13),
            failure: Failure::NotCharged {
                message: "카드를 읽지 못했어요".into(),
            },
        },
        started(14),
        OrderEvent::PaymentUnknown {
            payment: PaymentId(14),
        },
    ];
    for event in events {
        order = order.evolve(&event, at("2026-11-22T04:31:00Z"));
    }
    order
}

fn approval() -> Approval {
    Approval {
        number: "30012345".into(),
        at: at("2026-11-22T04:30:59.5Z"),
        card: Some(Card {
            brand: "현대".into(),
            number_masked: "433012******1234".into(),
            kind: CardKind::Credit,
            installment_months: 3,
            acquirer: Some("현대카드".into()),
        }),
        simulated: true,
        source: None,
    }
}
