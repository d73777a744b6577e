use madang_model::cart::{Cart, CartCommand};
use madang_model::catalog::SaleState;
use madang_model::line::{Discount, Line, Off};
use madang_model::money::won;
use madang_model::stock::ItemDay;
use madang_model::{CartId, Currency, ItemId, OptionId, TableId, Text};
use madang_plugin_protocol::wire::{self, Device};
use madang_plugin_protocol::{Envelope, reply_json};
use serde_json::json;

use crate::sample;

#[test]
fn an_order_as_plugins_see_it() {
    insta::assert_json_snapshot!("order", wire::order(&sample::shop(), &sample::paid_order()));
}

#[test]
fn an_order_written_at_once_is_the_same_order() {
    let (shop, order) = (sample::shop(), sample::paid_order());
    let text = wire::order_json(&shop, &order);
    assert_eq!(text, wire::order(&shop, &order).to_string());
    assert_eq!(
        wire::orders_json(&shop, [&order, &order]),
        format!("[{text},{text}]")
    );
    let request = Envelope::new("order.get.request", json!({}));
    let reply = Envelope::parse(&reply_json(&request, "order", &text), 1 << 20).unwrap();
    assert_eq!(reply.data["order"]["payments"].as_array().unwrap().len(), 2);
    assert_eq!(reply.cards_masked, 0);
}

#[test]
fn the_parts_of_an_order_add_up() {
    let order = wire::order(&sample::shop(), &sample::paid_order());
    let price = &order["chargePrice"];
    let won = |name: &str| price[name].as_i64().unwrap();
    assert_eq!(
        won("chargeListPriceValue") - won("chargeDiscountValue"),
        won("chargePriceValue")
    );
    let lines: i64 = order["lineItems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["chargePrice"]["value"].as_i64().unwrap())
        .sum();
    assert_eq!(
        lines - 1_000,
        won("chargePriceValue"),
        "the order's own discount is taken off its lines' sum"
    );
    let paid = order["paymentPrice"]["paymentPaidValue"].as_i64().unwrap();
    let unpaid = order["paymentPrice"]["paymentUnpaidValue"]
        .as_i64()
        .unwrap();
    assert_eq!((paid, paid + unpaid), (10_000, won("chargePriceValue")));
    for payment in order["payments"].as_array().unwrap() {
        let parts: i64 = ["taxMoney", "supplyMoney", "taxExemptMoney", "tipMoney"]
            .iter()
            .map(|part| payment[part].as_i64().unwrap())
            .sum();
        assert_eq!(parts, payment["amountMoney"].as_i64().unwrap());
    }
}

#[test]
fn payments_of_which_nothing_is_known_are_not_shown() {
    let order = sample::paid_order();
    let shown: Vec<bool> = order.payments.iter().map(wire::is_shown).collect();
    assert_eq!(shown, [true, true, false, false]);
}

#[test]
fn the_menu_as_plugins_see_it() {
    let shop = sample::shop();
    let americano = shop.catalog.item(ItemId(1001)).unwrap();
    insta::assert_json_snapshot!(
        "item",
        wire::catalog_item(&shop, americano, ItemDay::of(americano))
    );
    let check = |day: ItemDay, state: &str, left: Option<i64>| {
        let item = wire::catalog_item(&shop, americano, day);
        assert_eq!(item["state"], state);
        assert_eq!(
            item["price"]["stockQuantity"]["remainQuantity"].as_i64(),
            left
        );
        assert_eq!(item["price"]["isStockable"], left.is_some());
    };
    check(
        ItemDay {
            state: SaleState::OnSale,
            left: Some(0),
        },
        "SOLD_OUT",
        Some(0),
    );
    check(
        ItemDay {
            state: SaleState::OnSale,
            left: Some(-2),
        },
        "SOLD_OUT",
        Some(0),
    );
    check(
        ItemDay {
            state: SaleState::Unavailable,
            left: None,
        },
        "UNAVAILABLE",
        None,
    );
    assert_eq!(
        wire::category(&shop.catalog.categories[0]).to_string(),
        r#"{"id":1,"title":"커피","titleI18n":{"languages":{"ko":"커피","en":"Coffee"}}}"#
    );
    let mut option = shop.catalog.option(OptionId(31)).unwrap().clone();
    option.choices_max = None;
    option.choices_min = 1;
    let option = wire::option(&option);
    assert_eq!(
        (&option["maxChoices"], &option["isRequired"]),
        (&json!(-1), &json!(true))
    );
}

#[test]
fn the_shop_as_plugins_see_it() {
    let mut shop = sample::shop();
    assert_eq!(
        wire::merchant(&shop).to_string(),
        r#"{"id":4021,"name":"마당 카페","serialNumber":"MD-0001"}"#
    );
    let device = Device {
        name: "toss-pos".into(),
        version: "0.1.0".into(),
        platform: "linux".into(),
        arch: "x64".into(),
        os_version: None,
    };
    assert_eq!(
        wire::device(&shop, &device).to_string(),
        r#"{"name":"toss-pos","version":"0.1.0","platform":"linux","arch":"x64","serialNumber":"MD-0001","businessType":{"business":{"type":"RESTAURANT"},"operation":{"payment":{"type":"PAY_LATER"},"table":{"enabled":true},"booking":{"enabled":false}}}}"#
    );
    shop.business = madang_model::shop::Business::Retail;
    let retail = wire::device(&shop, &device);
    assert_eq!(
        retail["businessType"]["operation"]["payment"]["type"],
        "PAY_FIRST"
    );
    assert_eq!(
        retail["businessType"]["operation"]["table"]["enabled"],
        false
    );
}

#[test]
fn halls_and_tables_as_plugins_see_them() {
    let shop = sample::shop();
    assert_eq!(
        wire::hall(&shop.halls[0], 0).to_string(),
        r#"{"id":1,"title":"1층","order":0}"#
    );
    let table = shop.table(TableId(7)).unwrap();
    assert_eq!(
        wire::table(&shop, table, None).to_string(),
        r#"{"id":7,"hallId":1,"title":"A1","capacity":4}"#
    );
    let taken = wire::table(&shop, table, Some(&sample::order()));
    assert_eq!(taken["order"]["tableId"], 7);
}

#[test]
fn the_cart_as_plugins_see_it() {
    let shop = sample::shop();
    let americano = shop.catalog.item(ItemId(1001)).unwrap();
    let mut foreign = Line::from_menu(&shop.catalog, americano, sample::key("b"), 1, None).unwrap();
    foreign.item.id = ItemId(9);
    foreign.item.title = Text::plain("현장 판매");
    foreign.fixed.quantity = true;
    let commands = [
        CartCommand::Add {
            line: Box::new(
                Line::from_menu(&shop.catalog, americano, sample::key("a"), 2, None).unwrap(),
            ),
            merge: true,
        },
        CartCommand::Add {
            line: Box::new(foreign),
            merge: false,
        },
        CartCommand::AddDiscount {
            discount: Discount {
                title: Text::plain("절반"),
                off: Off::BasisPoints(5_000),
                plugin: None,
            },
        },
        CartCommand::AddDiscount {
            discount: Discount {
                title: Text::plain("쿠폰"),
                off: Off::Amount(won(750).unwrap()),
                plugin: None,
            },
        },
    ];
    let mut cart = Cart::new(CartId(1), Currency::KRW);
    for command in commands {
        for event in cart.decide(command).unwrap() {
            cart = cart.evolve(&event);
        }
    }
    insta::assert_json_snapshot!("cart", wire::draft_order(&shop, &cart, &ItemDay::of));
}
