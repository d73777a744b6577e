use madang_plugin_protocol::{Envelope, Failure, reply, reply_json};
use serde_json::{Map, Value, json};
use std::error::Error;

fn check(text: &str, expected: &str) {
    let found = match Envelope::parse(text, 1_000) {
        Ok(envelope) => envelope.to_json(),
        Err(error) => match error.source() {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        },
    };
    assert_eq!(found, expected, "{text}");
}

#[test]
fn an_envelope_is_read_within_its_bounds() {
    check(
        r#"{"name":"order.get.request","version":1,"callbackId":"a1b2c3d4e5","data":{"id":"1"}}"#,
        r#"{"name":"order.get.request","version":1,"callbackId":"a1b2c3d4e5","data":{"id":"1"}}"#,
    );
    check(r#"{"name":"x"}"#, r#"{"name":"x","data":{}}"#);
    check(
        r#"{"name":"x","version":null,"callbackId":null,"data":null,"extra":1}"#,
        r#"{"name":"x","data":null}"#,
    );
    check(
        "[]",
        "the message must be an object {name, version, callbackId, data}, not an array",
    );
    check(
        "3",
        "the message must be an object {name, version, callbackId, data}, not a number",
    );
    check(
        "{",
        "the message is not JSON: EOF while parsing an object at line 1 column 1",
    );
    check("{}", "`name` must be a text of 1 to 80 characters");
    check(
        r#"{"name":7}"#,
        "`name` must be a text of 1 to 80 characters",
    );
    check(
        r#"{"name":""}"#,
        "`name` must be a text of 1 to 80 characters",
    );
    check(
        &format!(r#"{{"name":"{}"}}"#, "가".repeat(81)),
        "`name` must be a text of 1 to 80 characters",
    );
    check(
        r#"{"name":"x","version":0}"#,
        "`version` must be a whole number from 1 to 255, or missing",
    );
    check(
        r#"{"name":"x","version":1.5}"#,
        "`version` must be a whole number from 1 to 255, or missing",
    );
    check(
        r#"{"name":"x","version":256}"#,
        "`version` must be a whole number from 1 to 255, or missing",
    );
    check(
        r#"{"name":"x","callbackId":5}"#,
        "`callbackId` must be a text of 1 to 64 characters, or missing",
    );
    check(
        &format!(r#"{{"name":"x","callbackId":"{}"}}"#, "a".repeat(65)),
        "`callbackId` must be a text of 1 to 64 characters, or missing",
    );
    check(
        &format!(r#"{{"name":"x","data":"{}"}}"#, "a".repeat(1_000)),
        "the message has 1022 bytes; the limit is 1000 bytes",
    );
}

#[test]
fn depth_is_refused_before_anything_recurses() {
    let nested = |levels: usize| {
        format!(
            r#"{{"name":"x","data":{}1{}}}"#,
            "[".repeat(levels),
            "]".repeat(levels)
        )
    };
    assert!(Envelope::parse(&nested(63), 1 << 20).is_ok());
    let error = Envelope::parse(&nested(64), 1 << 20).unwrap_err();
    assert_eq!(error.to_string(), "the message nests deeper than 64 levels");
    let error = Envelope::parse(&nested(300_000), 1 << 20).unwrap_err();
    assert_eq!(error.to_string(), "the message nests deeper than 64 levels");
    let brackets_in_text = format!(r#"{{"name":"x","data":"\"{}"}}"#, "[".repeat(500));
    assert!(Envelope::parse(&brackets_in_text, 1 << 20).is_ok());
}

#[test]
fn a_reply_carries_the_request_s_version_and_callback() {
    let check = |request: &str, outcome: Result<Map<String, Value>, Failure>, expected: &str| {
        let request = Envelope::parse(request, 1_000).unwrap();
        assert_eq!(reply(&request, outcome).to_json(), expected);
    };
    let fields = |value: Value| Ok(value.as_object().unwrap().clone());
    check(
        r#"{"name":"storage.get.request","version":1,"callbackId":"c1","data":{}}"#,
        fields(json!({"value": "3"})),
        r#"{"name":"storage.get.response","version":1,"callbackId":"c1","data":{"complete":true,"value":"3"}}"#,
    );
    check(
        r#"{"name":"draft-order.start-payment","version":1,"callbackId":"c2"}"#,
        fields(json!({})),
        r#"{"name":"draft-order.start-payment.response","version":1,"callbackId":"c2","data":{"complete":true}}"#,
    );
    check(
        r#"{"name":"order.cancel.request","callbackId":"c3"}"#,
        Err(Failure::new("진행 중인 주문이 아니에요")),
        r#"{"name":"order.cancel.response","callbackId":"c3","data":{"complete":false,"errorMessage":"진행 중인 주문이 아니에요"}}"#,
    );
    // A field called `complete` cannot make a success of a failure or the other way round.
    check(
        r#"{"name":"x.request"}"#,
        fields(json!({"complete": false, "value": 1})),
        r#"{"name":"x.response","data":{"complete":true,"value":1}}"#,
    );
}

#[test]
fn a_reply_written_from_json_is_the_same_reply() {
    let request = Envelope::parse(
        r#"{"name":"or\"der.get.request","version":1,"callbackId":"c\\1"}"#,
        1_000,
    )
    .unwrap();
    let mut fields = Map::new();
    fields.insert("order".into(), json!({"id": "1"}));
    assert_eq!(
        reply_json(&request, "order", r#"{"id":"1"}"#),
        reply(&request, Ok(fields)).to_json()
    );
}
