use madang_model::line::Line;
use madang_model::order::decide;
use madang_model::{PaymentId, Refusal};
use madang_plugin_protocol::call::Call;
use madang_plugin_protocol::draft::OrderDraft;
use madang_plugin_protocol::{Envelope, MESSAGES, parse};
use serde_json::{Value, json};

use crate::sample;

fn draft(lines: Value) -> OrderDraft {
    let data = json!({"order": {"discounts": [], "lineItems": lines}});
    match parse(&Envelope::new("order.add.request", data)).unwrap() {
        Call::OrderAdd(draft) => *draft,
        other => panic!("{other:?}"),
    }
}

fn wire_line(id: u64, quantity: u32, charge: i64) -> Value {
    json!({
        "diningOption": "TOGO",
        "item": {"id": id, "title": "아메리카노", "category": {"id": 1, "title": "커피"}, "type": "ITEM"},
        "quantity": {"value": quantity},
        "chargePrice": {"value": charge},
        "optionChoices": [],
    })
}

fn lines(draft: &OrderDraft) -> Vec<Line> {
    draft
        .lines(&sample::shop(), "kiosk", &mut sample::keys())
        .unwrap()
}

#[test]
fn a_line_is_charged_exactly_what_the_plugin_says() {
    // (quantity, charge, shots, off) -> (item amount, choice amount, discounts)
    let check = |(quantity, charge, shots, off): (u32, i64, u32, i64),
                 expected: (i64, Option<i64>, &[i64])| {
        let mut wire = wire_line(1001, quantity, charge);
        if shots > 0 {
            wire["optionChoices"] = json!([{"id": 5001, "quantity": shots}]);
        }
        wire["discounts"] = json!([{"amountMoney": {"value": off}, "title": "할인"}]);
        let line = lines(&draft(json!([wire]))).remove(0);
        assert_eq!(line.charge_amount().unwrap().minor_units(), charge);
        assert_eq!(line.quantity, quantity);
        let off: Vec<i64> = line
            .discounts
            .iter()
            .map(|discount| {
                discount
                    .off
                    .of(line.list_amount().unwrap())
                    .unwrap()
                    .minor_units()
            })
            .collect();
        let choice = line
            .choices
            .first()
            .map(|choice| choice.amount.minor_units());
        assert_eq!(
            (line.item.amount.minor_units(), choice, off.as_slice()),
            expected
        );
    };
    check((2, 9_000, 0, 0), (4_500, None, &[]));
    check((2, 8_000, 0, 1_000), (4_500, None, &[1_000]));
    check((2, 10_000, 1, 0), (4_500, Some(500), &[]));
    check((1, 10_000, 2, 0), (9_000, Some(500), &[]));
    check((3, 10_000, 0, 0), (3_334, None, &[2]));
    check((3, 10_000, 0, 1), (3_334, None, &[1, 1]));
    check((1, 400, 1, 0), (400, Some(0), &[]));
    check((1, 0, 0, 0), (0, None, &[]));
    check((9_999, 1, 0, 0), (1, None, &[9_998]));
}

#[test]
fn a_line_takes_from_the_menu_what_the_plugin_does_not_say() {
    let known = &lines(&draft(json!([wire_line(1001, 1, 4_000)])))[0];
    assert_eq!(known.item.title.english(), "Americano");
    assert_eq!(known.item.category_title.english(), "Coffee");
    assert_eq!(
        (known.item.code.as_deref(), known.item.sku.as_deref()),
        (Some("AME"), Some("SKU-1"))
    );
    assert_eq!(known.plugin.as_deref(), Some("kiosk"));
    let beans = &lines(&draft(json!([wire_line(1002, 1, 12_000)])))[0];
    assert!(
        beans.item.tax_free,
        "the menu knows that beans are free of tax"
    );
    assert_eq!(
        beans.item.title.ko, "아메리카노",
        "the title is the plugin's"
    );
    let foreign = &lines(&draft(json!([wire_line(77, 1, 1_000)])))[0];
    assert!(!foreign.item.tax_free);
}

#[test]
fn choices_must_be_the_item_s_and_add_up() {
    let mut wire = wire_line(1001, 1, 5_500);
    wire["optionChoices"] = json!([{"id": 5001, "quantity": 1}, {"id": 5001, "quantity": 1}]);
    assert_eq!(lines(&draft(json!([wire])))[0].choices[0].quantity, 2);
    let refused = |id: u64, choice: u64| {
        let mut wire = wire_line(id, 1, 5_500);
        wire["optionChoices"] = json!([{"id": choice, "quantity": 1}]);
        let draft = draft(json!([wire_line(1001, 1, 0), wire]));
        draft
            .lines(&sample::shop(), "kiosk", &mut sample::keys())
            .map(drop)
            .map_err(|error| error.to_string())
    };
    assert_eq!(
        refused(1001, 9),
        Err("order.lineItems[1].optionChoices[0].id: “Americano” has no choice 9".into())
    );
    assert_eq!(
        refused(1002, 5001),
        Err("order.lineItems[1].optionChoices[0].id: “원두 200g” has no choice 5001".into())
    );
    assert_eq!(
        refused(77, 9),
        Err("order.lineItems[1].optionChoices[0].id: the menu has no choice 9".into())
    );
    assert_eq!(refused(77, 5001), Ok(()));
}

#[test]
fn overflow_is_refused_with_the_place() {
    let mut wire = wire_line(1001, 3, 1_000_000_000_000);
    wire["discounts"] = json!([{"amountMoney": {"value": 1_000_000_000_000_i64}, "title": "할인"}]);
    let error = draft(json!([wire]))
        .lines(&sample::shop(), "kiosk", &mut sample::keys())
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "order.lineItems[0].chargePrice.value: the amount passes 1000000000000 minor units"
    );
}

#[test]
fn adding_lines_takes_the_whole_order_or_the_new_lines() {
    let shop = sample::shop();
    let first = draft(json!([wire_line(1001, 1, 4_500)]));
    let mut order = sample::order();
    order.lines = lines(&first);
    order.discounts.clear();
    let check = |lines: Value, expected: &[u64]| {
        let added = draft(lines)
            .lines_to_add(&order, &shop, "kiosk", &mut sample::keys())
            .unwrap();
        let ids: Vec<u64> = added.iter().map(|line| line.item.id.0).collect();
        assert_eq!(ids, expected);
    };
    let (old, new) = (wire_line(1001, 1, 4_500), wire_line(1002, 1, 12_000));
    check(json!([old, new]), &[1002]);
    check(json!([new]), &[1002]);
    check(json!([new, old]), &[1002, 1001]);
    // The same again is one more: adding nothing is nobody's wish.
    check(json!([old]), &[1001]);
    check(json!([old, old]), &[1001]);
}

#[test]
fn discounts_of_the_order_are_taken_once() {
    let shop = sample::shop();
    let data = |discounts: Value, lines: Value| json!({"order": {"discounts": discounts, "lineItems": lines}});
    let parse_draft = |data: Value| match parse(&Envelope::new("order.add.request", data)).unwrap()
    {
        Call::OrderAdd(draft) => *draft,
        other => panic!("{other:?}"),
    };
    let coupon = json!({"amountMoney": {"value": 500}, "title": "쿠폰"});
    let nothing = json!({"amountMoney": {"value": 0}, "title": "없음"});
    let (old, new) = (wire_line(1001, 1, 4_500), wire_line(1002, 1, 12_000));
    let first = parse_draft(data(json!([coupon, nothing]), json!([old])));
    let mut order = sample::order();
    order.lines = lines(&first);
    order.discounts = first.discounts(&shop, "kiosk").unwrap();
    assert_eq!(order.discounts.len(), 1, "0 won off is left out");
    let whole = parse_draft(data(json!([coupon]), json!([old, new])));
    assert_eq!(
        whole
            .discounts_to_add(&order, &shop, "kiosk")
            .unwrap()
            .len(),
        0
    );
    let only_new = parse_draft(data(json!([coupon]), json!([new])));
    assert_eq!(
        only_new
            .discounts_to_add(&order, &shop, "kiosk")
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn a_drafted_order_is_one_the_model_takes() {
    let sample_text = MESSAGES
        .iter()
        .find(|message| message.name == "order.add.request")
        .unwrap()
        .sample;
    let data = serde_json::from_str(sample_text).unwrap();
    let Call::OrderAdd(draft) = parse(&Envelope::new("order.add.request", data)).unwrap() else {
        panic!("an order")
    };
    let shop = sample::shop();
    let mut new = template();
    new.lines = draft.lines(&shop, "kiosk", &mut sample::keys()).unwrap();
    new.discounts = draft.discounts(&shop, "kiosk").unwrap();
    let (order, _) = decide::place(new, sample::at("2026-11-22T04:30:00Z")).unwrap();
    assert_eq!(order.totals.charge.minor_units(), 8_500);
}

#[test]
fn a_cart_line_keeps_the_plugin_s_price_and_key() {
    let name = "draft-order.add-line-item.request";
    let sample_text = MESSAGES
        .iter()
        .find(|message| message.name == name)
        .unwrap()
        .sample;
    let mut data: Value = serde_json::from_str(sample_text).unwrap();
    let line = |data: &Value| match parse(&Envelope::new(name, data.clone())).unwrap() {
        Call::DraftOrderAddLine(draft) => draft
            .line(&sample::shop(), "kiosk", || sample::key("made"))
            .unwrap(),
        other => panic!("{other:?}"),
    };
    let first = line(&data);
    assert_eq!(first.key.as_str(), "V1StGXR8_Z5jdHi6B-myT");
    assert_eq!(first.charge_amount().unwrap().minor_units(), 4_500);
    assert_eq!(first.choices[0].title.english(), "Extra shot");
    assert!(first.fixed.quantity && !first.fixed.memo);
    data["lineItem"].as_object_mut().unwrap().remove("key");
    data["lineItem"]["itemPrice"]["isTaxFree"] = true.into();
    let second = line(&data);
    assert_eq!(second.key.as_str(), "made");
    assert!(second.item.tax_free);
}

#[test]
fn a_recorded_payment_is_one_the_model_takes() {
    let name = "payment.add.request";
    let sample_text = MESSAGES
        .iter()
        .find(|message| message.name == name)
        .unwrap()
        .sample;
    let data = serde_json::from_str(sample_text).unwrap();
    let Call::PaymentAdd { draft, .. } = parse(&Envelope::new(name, data)).unwrap() else {
        panic!("a payment")
    };
    let payment = draft
        .payment(&sample::shop(), PaymentId(9), "kiosk")
        .unwrap();
    assert_eq!(payment.approval.at.to_string(), "2026-11-22T04:30:00Z");
    assert_eq!(
        payment.approval.card.as_ref().unwrap().number_masked,
        "433012******1234"
    );
    assert!(payment.completes);
    let taken = sample::order().decide(madang_model::order::OrderCommand::TakePayment(Box::new(
        payment,
    )));
    assert!(!matches!(taken, Err(Refusal::BadAmount)), "{taken:?}");
    assert_eq!(taken.unwrap().len(), 1);
}

fn template() -> madang_model::order::NewOrder {
    let order = sample::order();
    madang_model::order::NewOrder {
        id: order.id,
        order_key: order.order_key.clone(),
        number: order.number,
        business_date: order.business_date,
        source: order.source.clone(),
        channels: Vec::new(),
        table: None,
        guests: None,
        memo: String::new(),
        currency: order.currency(),
        lines: Vec::new(),
        discounts: Vec::new(),
        request: None,
    }
}
