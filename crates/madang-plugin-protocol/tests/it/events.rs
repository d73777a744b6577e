use madang_model::cart::Cart;
use madang_model::stock::ItemDay;
use madang_model::{CartId, CategoryId, Currency, ItemId, OptionId, OrderId, PaymentId, TableId};
use madang_plugin_protocol::ask::{self, Answer};
use madang_plugin_protocol::{Direction, Envelope, MESSAGES, event};
use serde_json::{Value, json};

use crate::sample;

fn check(event: &Envelope, expected: &str) {
    assert_eq!(event.to_json(), expected);
    let row = MESSAGES.iter().find(|message| message.name == event.name);
    assert!(
        row.is_some_and(|row| row.direction == Direction::ToPlugin && row.handled),
        "{}",
        event.name
    );
}

#[test]
fn events_carry_ids_only() {
    let (order, payment) = (
        OrderId(173_000_000_000_000_001),
        PaymentId(173_000_000_000_000_002),
    );
    check(
        &event::catalog_item_change("update", ItemId(1)),
        r#"{"name":"catalog-item.change.event","version":1,"data":{"event":"update","catalog":{"id":1}}}"#,
    );
    check(
        &event::category_change("add", CategoryId(2)),
        r#"{"name":"catalog-category.change.event","version":1,"data":{"event":"add","category":{"id":2}}}"#,
    );
    check(
        &event::option_change("sold-out", OptionId(3)),
        r#"{"name":"catalog-item-option.change.event","version":1,"data":{"event":"sold-out","option":{"id":3}}}"#,
    );
    check(
        &event::order_change("add", order),
        r#"{"name":"order.change.event","version":1,"data":{"event":"add","order":{"id":"173000000000000001"}}}"#,
    );
    check(
        &event::payment_change("paid", payment, order),
        r#"{"name":"payment.change.event","version":1,"data":{"event":"paid","payment":{"id":"173000000000000002"},"order":{"id":"173000000000000001"}}}"#,
    );
    check(
        &event::table_change("order-add", TableId(7)),
        r#"{"name":"table.change.event","version":1,"data":{"event":"order-add","table":{"id":7}}}"#,
    );
    check(
        &event::table_move(order, TableId(7), TableId(8)),
        r#"{"name":"table.change.event","version":1,"data":{"event":"move","order":{"id":"173000000000000001"},"from":{"table":{"id":7}},"to":{"table":{"id":8}}}}"#,
    );
    check(
        &event::table_merge((TableId(7), order), (TableId(8), OrderId(5))),
        r#"{"name":"table.change.event","version":1,"data":{"event":"merge","from":{"table":{"id":7},"order":{"id":"173000000000000001"}},"to":{"table":{"id":8},"order":{"id":"5"}}}}"#,
    );
    check(
        &event::setting_change(),
        r#"{"name":"setting.change.event","version":1,"data":{"event":"change"}}"#,
    );
    check(
        &event::setting_button("reset"),
        r#"{"name":"madang.setting.button.event","version":1,"data":{"id":"reset"}}"#,
    );
    check(
        &event::barcode("8801"),
        r#"{"name":"barcode.event","version":1,"data":{"barcode":"8801"}}"#,
    );
    check(
        &event::toast_click(),
        r#"{"name":"toast.click","version":1,"data":{}}"#,
    );
    check(
        &event::toast_button_click("b1"),
        r#"{"name":"toast.button.click","version":1,"data":{"id":"b1"}}"#,
    );
    check(
        &event::unicast("a", "b", json!([1])),
        r#"{"name":"plugin.unicast.event","version":1,"data":{"from":"a","to":"b","message":[1]}}"#,
    );
    let cart = Cart::new(CartId(1), Currency::KRW);
    check(
        &event::draft_order_change("clear", &sample::shop(), &cart, &ItemDay::of),
        r#"{"name":"draft-order.change.event","version":1,"data":{"event":"clear","draftOrder":{"lineItems":[],"discounts":[],"price":{"orderPriceValue":0},"ignorePrint":false,"memo":""}}}"#,
    );
}

#[test]
fn a_payment_s_cancelling_is_asked_with_order_and_payment() {
    let (shop, order) = (sample::shop(), sample::paid_order());
    let asked = ask::before_cancel("c1", &shop, &order, &order.payments[0]);
    assert_eq!(
        (asked.name.as_str(), asked.callback_id.as_deref()),
        (ask::BEFORE_CANCEL, Some("c1"))
    );
    assert_eq!(asked.data["event"], "before-cancel");
    assert_eq!(asked.data["payload"]["order"]["id"], "173000000000000001");
    assert_eq!(asked.data["payload"]["payment"]["id"], "11");
}

#[test]
fn only_a_plain_no_is_a_no() {
    let check = |data: Value, expected: Answer| {
        let envelope = Envelope {
            callback_id: Some("c1".into()),
            ..Envelope::new("payment.event.response", data)
        };
        let answered = ask::parse_answer(&envelope);
        assert_eq!(
            (answered.callback_id.as_deref(), answered.answer),
            (Some("c1"), expected)
        );
    };
    let no = |message: &str| Answer::Refused {
        message: message.into(),
    };
    check(
        json!({"complete": true, "event": "before-cancel"}),
        Answer::Allowed,
    );
    check(
        json!({"complete": false, "errorMessage": "점장만 할 수 있어요"}),
        no("점장만 할 수 있어요"),
    );
    check(json!({"complete": false}), no("이유를 말하지 않았어요"));
    check(
        json!({"complete": false, "errorMessage": {"a": 1}}),
        no("이유를 말하지 않았어요"),
    );
    check(
        json!({"complete": false, "errorMessage": "가".repeat(600)}),
        no(&"가".repeat(500)),
    );
    check(json!({"complete": "false"}), Answer::Allowed);
    check(json!(null), Answer::Allowed);
}
