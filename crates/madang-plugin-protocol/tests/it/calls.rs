use madang_plugin_protocol::call::{Call, Destination, ToastLevel};
use madang_plugin_protocol::setting::{Input, InputKind};
use madang_plugin_protocol::{Envelope, MESSAGES, parse};
use serde_json::{Value, json};

fn call(name: &str, data: Value) -> Call {
    parse(&Envelope::new(name, data)).unwrap()
}

/// The sample of `name` with `value` at `pointer` gives the error `expected`.
fn check(name: &str, pointer: &str, value: Value, expected: &str) {
    let message = MESSAGES
        .iter()
        .find(|message| message.name == name)
        .unwrap();
    let mut data: Value = serde_json::from_str(message.sample).unwrap();
    *data.pointer_mut(pointer).unwrap() = value;
    let error = parse(&Envelope::new(name, data)).unwrap_err();
    assert_eq!(error.to_string(), expected);
}

#[test]
fn a_bad_order_is_refused_with_the_place() {
    let check = |pointer: &str, value: Value, expected: &str| {
        check("order.add.request", pointer, value, expected)
    };
    let quantity = "/order/lineItems/0/quantity/value";
    check(
        quantity,
        json!(0),
        "order.lineItems[0].quantity.value: invalid value: integer `0`, expected a whole number, 1 to 9999",
    );
    check(
        quantity,
        json!(-1),
        "order.lineItems[0].quantity.value: invalid value: integer `-1`, expected a whole number, 1 to 9999",
    );
    check(
        quantity,
        json!(10_000),
        "order.lineItems[0].quantity.value: invalid value: integer `10000`, expected a whole number, 1 to 9999",
    );
    check(
        quantity,
        json!(1.5),
        "order.lineItems[0].quantity.value: invalid value: floating point `1.5`, expected a whole number, 1 to 9999",
    );
    check(
        quantity,
        json!("2"),
        "order.lineItems[0].quantity.value: invalid type: string \"2\", expected a whole number, 1 to 9999",
    );
    let charge = "/order/lineItems/0/chargePrice/value";
    check(
        charge,
        json!(-4500),
        "order.lineItems[0].chargePrice.value: invalid value: integer `-4500`, expected whole won, 0 to 1000000000000",
    );
    check(
        charge,
        json!(1_000_000_000_001_i64),
        "order.lineItems[0].chargePrice.value: invalid value: integer `1000000000001`, expected whole won, 0 to 1000000000000",
    );
    check(
        charge,
        json!(u64::MAX),
        "order.lineItems[0].chargePrice.value: invalid value: integer `18446744073709551615`, expected whole won, 0 to 1000000000000",
    );
    check(
        charge,
        json!(null),
        "order.lineItems[0].chargePrice.value: invalid type: null, expected whole won, 0 to 1000000000000",
    );
    check(
        "/order/lineItems/0/diningOption",
        json!("MOON"),
        "order.lineItems[0].diningOption: unknown variant `MOON`, expected one of `HERE`, `TOGO`, `DELIVERY`, `PICKUP`",
    );
    check(
        "/order/lineItems/0/item/type",
        json!("item"),
        "order.lineItems[0].item.type: unknown variant `item`, expected one of `ITEM`, `DELIVERY_FEE`, `PREPAID_CARD`, `MULTI_USE_TICKET`, `COMBO`, `GIFT_CARD`",
    );
    check(
        "/order/lineItems/0/item",
        json!({"id": 1}),
        "order.lineItems[0].item: missing field `title`",
    );
    check(
        "/order/lineItems/0/item/id",
        json!(9_007_199_254_740_993_u64),
        "order.lineItems[0].item.id: invalid value: integer `9007199254740993`, expected an id, 0 to 9007199254740991",
    );
    check(
        "/order/lineItems/0/optionChoices/0/quantity",
        json!(0),
        "order.lineItems[0].optionChoices[0].quantity: invalid value: integer `0`, expected a whole number, 1 to 9999",
    );
    check(
        "/order/discounts/0/amountMoney/value",
        json!(-1),
        "order.discounts[0].amountMoney.value: invalid value: integer `-1`, expected whole won, 0 to 1000000000000",
    );
    check(
        "/order/lineItems",
        json!([]),
        "order.lineItems: at least one line is expected",
    );
    check(
        "/order/lineItems",
        json!({}),
        "order.lineItems: invalid type: map, expected a sequence",
    );
    check(
        "/order/memo",
        json!("가".repeat(501)),
        "order.memo: a text of at most 500 characters is expected",
    );
    check(
        "/order/channel/groups/0",
        json!("SPACE"),
        "order.channel.groups[0]: unknown variant `SPACE`, expected one of `POS`, `KIOSK`, `DELIVERY`, `TABLE_ORDER`, `MOBILE_ORDER`",
    );
    check(
        "/order/tableId",
        json!(-1),
        "order.tableId: invalid value: integer `-1`, expected an id, 0 to 9007199254740991",
    );
    check(
        "/order",
        json!(7),
        "order: invalid type: integer `7`, expected struct OrderDto",
    );
}

#[test]
fn a_bad_payment_is_refused_with_the_place() {
    let check = |pointer: &str, value: Value, expected: &str| {
        check("payment.add.request", pointer, value, expected)
    };
    check(
        "/paymentDto/tipMoney",
        json!(100),
        "paymentDto.tipMoney: tips are not taken here: 0 is expected",
    );
    check(
        "/paymentDto/taxMoney",
        json!(0),
        "paymentDto.amountMoney: taxMoney + supplyMoney + taxExemptMoney = 8182 is expected",
    );
    check(
        "/paymentDto/amountMoney",
        json!(0),
        "paymentDto.amountMoney: an amount above 0 is expected",
    );
    check(
        "/paymentDto/amountMoney",
        json!(-9000),
        "paymentDto.amountMoney: invalid value: integer `-9000`, expected whole won, 0 to 1000000000000",
    );
    check(
        "/paymentDto/orderId",
        json!("2"),
        "paymentDto.orderId: the same id as `order.id` is expected",
    );
    check(
        "/paymentDto/sourceType",
        json!("BARCODE"),
        "paymentDto.sourceType: unknown variant `BARCODE`, expected one of `CARD`, `CASH`, `EXTERNAL`",
    );
    check(
        "/paymentDto/cardDetails",
        json!(null),
        "paymentDto.cardDetails: the card is expected with CARD",
    );
    check(
        "/paymentDto/cardDetails/installmentMonth",
        json!("3개"),
        "paymentDto.cardDetails.installmentMonth: months as text, \"00\" to \"99\", are expected",
    );
    check(
        "/paymentDto/approvedAt",
        json!("어제"),
        "paymentDto.approvedAt: invalid value: string \"어제\", expected a time as 2026-11-22T13:30:00, 2026-11-22T04:30:00Z, or milliseconds since 1970",
    );
    check(
        "/paymentDto/paymentKey",
        json!(""),
        "paymentDto.paymentKey: a text of 1 to 200 characters is expected",
    );
    check(
        "/order/id",
        json!("abc"),
        "order.id: “abc” is not the id of an order",
    );
}

#[test]
fn other_bad_payloads_are_refused_with_the_place() {
    check(
        "catalog-item.get.request",
        "/catalog",
        json!({}),
        "catalog: missing field `id`",
    );
    check(
        "catalog-item.get.request",
        "/catalog/id",
        json!("x"),
        "catalog.id: invalid type: string \"x\", expected an id, 0 to 9007199254740991",
    );
    check(
        "order.get.request",
        "/id",
        json!(5),
        "id: invalid type: integer `5`, expected a string",
    );
    check(
        "order.get-list.request",
        "/size",
        json!(1_001),
        "size: invalid value: integer `1001`, expected the size of a page, 1 to 1000",
    );
    check(
        "order.get-list.request",
        "/orderStates/0",
        json!("PAID"),
        "orderStates[0]: unknown variant `PAID`, expected one of `REQUESTED`, `OPENED`, `COMPLETED`, `CANCELLED`",
    );
    check(
        "draft-order.update-item-quantity.request",
        "/quantity",
        json!(0),
        "quantity: invalid value: integer `0`, expected a whole number, 1 to 9999",
    );
    check(
        "draft-order.delete-discount.request",
        "/indexOfDiscount",
        json!(-1),
        "indexOfDiscount: invalid value: integer `-1`, expected a place from 0, 0 to 9999",
    );
    check(
        "draft-order.add-line-item.request",
        "/lineItem/itemPrice/priceValue",
        json!(-1),
        "lineItem.itemPrice.priceValue: invalid value: integer `-1`, expected whole won, 0 to 1000000000000",
    );
    check(
        "storage.get.request",
        "/key",
        json!(""),
        "key: a text of 1 to 256 characters is expected",
    );
    check(
        "storage.set.request",
        "/value",
        json!(3),
        "value: invalid type: integer `3`, expected a string",
    );
    check(
        "toast.open",
        "/level",
        json!("loud"),
        "level: unknown variant `loud`, expected one of `success`, `warn`, `error`",
    );
    check(
        "navigation.navigate",
        "/page",
        json!("home"),
        "page: `business-type-setting` or `plugin-tab` is expected",
    );
    check(
        "http.request",
        "/method",
        json!("get"),
        "method: unknown variant `get`, expected one of `GET`, `POST`, `DELETE`, `HEAD`, `OPTIONS`, `PUT`, `PATCH`",
    );
    check(
        "http.request",
        "/headers/0/1",
        json!("a\r\nHost: b"),
        "headers[0][1]: a text without line breaks and control characters is expected",
    );
    check(
        "http.request",
        "/headers/0/0",
        json!("a b"),
        "headers[0][0]: a header's name is expected",
    );
    check(
        "http.request",
        "/headers",
        json!({"a": "b"}),
        "headers: invalid type: map, expected a sequence",
    );
}

#[test]
fn bad_inputs_are_refused_with_the_place() {
    let check = |pointer: &str, value: Value, expected: &str| {
        check("setting.set-inputs.request", pointer, value, expected)
    };
    check(
        "/server/type",
        json!("colour"),
        "server.type: text, number, password, radio, checkbox, toggle, slider, or primary, danger, dark for a button is expected",
    );
    check(
        "/server/id",
        json!("other"),
        "server.id: the key of its entry is expected",
    );
    check(
        "/server/candidates/0",
        json!({}),
        "server.candidates[0]: missing field `text`",
    );
    check(
        "/kind/default",
        json!("z"),
        "kind.default: the id of one of its values is expected",
    );
    check(
        "/kind/values",
        json!([]),
        "kind.values: at least one choice is expected",
    );
    check(
        "/days/default/0",
        json!("sun"),
        "days.default: the id of one of its values is expected",
    );
    check(
        "/volume/max",
        json!(0),
        "volume.max: a number above `min` is expected",
    );
    check(
        "/volume/step",
        json!(0),
        "volume.step: a number above 0 is expected",
    );
    check(
        "/volume/default",
        json!(11),
        "volume.default: a number from `min` to `max` is expected",
    );
    check(
        "/count/default",
        json!(0),
        "count.default: a number from `min` to `max` is expected",
    );
    check(
        "/server/candidates/0/value",
        json!("길".repeat(201)),
        "server.candidates[0].value: a text of at most `lengthMax` characters is expected",
    );
    check(
        "/count/max",
        json!(0),
        "count.max: a number that is not below `min` is expected",
    );
    check(
        "/server/lengthMax",
        json!(0),
        "server.lengthMax: a number above 0 is expected",
    );
    check(
        "/server/lengthMax",
        json!(5),
        "server.default: a text of at most `lengthMax` characters is expected",
    );
    check(
        "/count/default",
        json!("ten"),
        "count.default: invalid type: string \"ten\", expected f64",
    );
    check(
        "/reset/text",
        json!(null),
        "reset.text: invalid type: null, expected a string",
    );
    let array = parse(&Envelope::new("setting.set-inputs.request", json!([]))).unwrap_err();
    assert_eq!(
        array.to_string(),
        "data: a map from input id to input is expected"
    );
}

#[test]
fn inputs_take_the_values_they_declare() {
    let sample = MESSAGES
        .iter()
        .find(|message| message.name == "setting.set-inputs.request")
        .unwrap()
        .sample;
    let Call::SettingSetInputs(inputs) = call(
        "setting.set-inputs.request",
        serde_json::from_str(sample).unwrap(),
    ) else {
        panic!("inputs");
    };
    let ids: Vec<&str> = inputs.iter().map(|input| input.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "server", "count", "token", "kind", "days", "on", "volume", "reset"
        ]
    );
    let defaults: Vec<Option<Value>> = inputs.iter().map(Input::default_value).collect();
    assert_eq!(
        defaults,
        [
            Some(json!("https://example.com")),
            Some(json!(10)),
            Some(json!("")),
            Some(json!("a")),
            Some(json!(["mon"])),
            Some(json!(true)),
            Some(json!(5)),
            None
        ]
    );
    let check = |id: &str, text: &str, expected: Result<Value, &str>| {
        let input = inputs.iter().find(|input| input.id == id).unwrap();
        let found = input
            .value_from_text(text)
            .map_err(|error| error.to_string());
        assert_eq!(found, expected.map_err(str::to_owned), "{id} = {text}");
    };
    check("server", "https://a.kr", Ok(json!("https://a.kr")));
    check(
        "server",
        " ",
        Err("the setting `server` must be a text of 1 to 200 characters"),
    );
    check(
        "server",
        &"길".repeat(201),
        Err("the setting `server` must be a text of 1 to 200 characters"),
    );
    check("server", &"길".repeat(200), Ok(json!("길".repeat(200))));
    check("count", "12", Ok(json!(12)));
    check("count", "1.5", Ok(json!(1.5)));
    for text in ["many", "-5", "0", "101"] {
        check(
            "count",
            text,
            Err("the setting `count` must be a number from 1 to 100"),
        );
    }
    check("token", "", Ok(json!("")));
    check("kind", "b", Ok(json!("b")));
    check("kind", "c", Err("the setting `kind` must be one of a, b"));
    check("days", "mon, tue", Ok(json!(["mon", "tue"])));
    check("days", "", Ok(json!([])));
    check(
        "days",
        "sun",
        Err("the setting `days` must be some of mon, tue"),
    );
    check("on", "off", Ok(json!(false)));
    check("on", "maybe", Err("the setting `on` must be true or false"));
    check("volume", "10", Ok(json!(10)));
    check(
        "volume",
        "11",
        Err("the setting `volume` must be a number from 0 to 10"),
    );
    check(
        "volume",
        "NaN",
        Err("the setting `volume` must be a number from 0 to 10"),
    );
    check(
        "count",
        "inf",
        Err("the setting `count` must be a number from 1 to 100"),
    );
    check(
        "reset",
        "1",
        Err("the setting `reset` must be left alone: it is a button"),
    );
    let reset = inputs.last().unwrap();
    assert!(matches!(reset.kind, InputKind::Button { .. }) && reset.label == "처음부터");
}

#[test]
fn small_calls_are_understood() {
    let Call::ToastOpen(first) = call("toast.open", json!({"message": "안녕"})) else {
        panic!("a toast")
    };
    assert_eq!((first.level, first.button), (ToastLevel::Plain, None));
    let second = json!({"message": "안녕", "level": "warn", "button": {"id": "b", "text": "보기"}});
    let Call::ToastOpen(second) = call("toast.open", second) else {
        panic!("a toast")
    };
    assert_eq!(
        (second.level, second.button.unwrap().id.as_str()),
        (ToastLevel::Warn, "b")
    );
    assert_eq!(
        call(
            "navigation.navigate",
            json!({"page": "plugin-tab", "packageName": "p"})
        ),
        Call::Navigate(Destination::PluginTab {
            package: "p".into()
        })
    );
    assert_eq!(call("log", json!(["whatever"])), Call::Log);
    assert_eq!(
        call("catalog-item.get.request", json!({"catalog": {"id": "12"}})),
        call("catalog-item.get.request", json!({"catalog": {"id": 12.0}}))
    );
}

#[test]
fn a_wait_is_a_time_that_timers_count_and_two_minutes_at_most() {
    let call = |timeout: Value| {
        parse(&Envelope::new(
            "http.request",
            json!({"url": "https://a.kr", "method": "GET", "headers": [], "timeoutMs": timeout}),
        ))
    };
    let taken = |timeout: Value, expected: u64| match call(timeout) {
        Ok(Call::HttpRequest(request)) => assert_eq!(request.timeout_ms, Some(expected)),
        other => panic!("{other:?}"),
    };
    taken(json!(1), 1);
    taken(json!(1.9), 1);
    taken(json!(600_000), 120_000);
    taken(json!(2_147_483_647_u64), 120_000);
    // `null` is what NaN and Infinity become in a message.
    for timeout in [
        json!(null),
        json!(0),
        json!(-1),
        json!("5"),
        json!(2_147_483_648_u64),
        json!(1e12),
    ] {
        assert_eq!(
            call(timeout).unwrap_err().to_string(),
            "timeoutMs: a number of 1 to 2147483647 ms is expected; leave it out for 30 s"
        );
    }
}

#[test]
fn a_call_to_a_server_has_its_body_as_text() {
    let check = |payload: Value, body: Option<&str>, is_json: bool| {
        let data = json!({"url": "https://a.kr", "method": "POST", "payload": payload, "headers": [["A", "b"]]});
        let Call::HttpRequest(request) = call("http.request", data) else {
            panic!("a request")
        };
        assert_eq!(
            (request.body().as_deref(), request.is_json()),
            (body, is_json)
        );
        assert_eq!(request.headers, [("A".to_owned(), "b".to_owned())]);
    };
    check(json!("a=b"), Some("a=b"), false);
    check(json!({"a": [1]}), Some(r#"{"a":[1]}"#), true);
    check(json!(null), None, false);
}

#[test]
fn times_of_queries_are_taken_however_written() {
    let zone = jiff::tz::TimeZone::get("Asia/Seoul").unwrap();
    let check = |start: Value, expected: &str| {
        let data = json!({"start": start, "end": "2026-11-23"});
        let Call::OrderList(query) = call("order.get-list.request", data) else {
            panic!("a query")
        };
        assert_eq!(query.start.at(&zone).to_string(), expected);
        assert_eq!((query.page, query.size, query.states.len()), (1, 100, 0));
    };
    check(json!("2026-11-22T04:30:00Z"), "2026-11-22T04:30:00Z");
    check(
        json!("2026-11-22T04:30:00.123Z"),
        "2026-11-22T04:30:00.123Z",
    );
    check(json!("2026-11-22T13:30:00+09:00"), "2026-11-22T04:30:00Z");
    check(json!("2026-11-22T13:30:00"), "2026-11-22T04:30:00Z");
    check(json!("2026-11-22"), "2026-11-21T15:00:00Z");
    check(json!(1_795_321_800_000_i64), "2026-11-22T04:30:00Z");
}
