use std::collections::BTreeSet;

use madang_plugin_protocol::{Call, CallError, Direction, Envelope, MESSAGES, page, parse};
use serde_json::{Value, json};

fn envelope(name: &str, data: &str) -> Envelope {
    Envelope::new(name, serde_json::from_str(data).unwrap())
}

#[test]
fn the_table_has_every_message_once() {
    let names: BTreeSet<&str> = MESSAGES.iter().map(|message| message.name).collect();
    assert_eq!(names.len(), MESSAGES.len());
    let count = |direction| {
        MESSAGES
            .iter()
            .filter(|message| message.direction == direction)
            .count()
    };
    assert_eq!(
        count(Direction::ToHost) + count(Direction::Answer),
        70,
        "plugin to till: 63 of the real ones, and seven of our own"
    );
    assert_eq!(count(Direction::Answer), 4);
    assert_eq!(count(Direction::Ask), 4);
    // Fourteen of the real ones, and two of our own.
    assert_eq!(count(Direction::ToPlugin), 16);
}

#[test]
fn every_row_is_filled_in() {
    for message in MESSAGES {
        assert!(
            !message.summary_ko.is_empty() && !message.summary_en.is_empty(),
            "{}",
            message.name
        );
        assert!(message.name.len() <= madang_plugin_protocol::NAME_LENGTH_MAX);
        assert!(!message.versions.is_empty());
        assert_eq!(
            message.ask.is_some(),
            message.direction == Direction::Ask,
            "{}",
            message.name
        );
        let from_plugin = matches!(message.direction, Direction::ToHost | Direction::Answer);
        assert_eq!(message.limit.is_some(), from_plugin, "{}", message.name);
        assert!(
            message.reply || message.reply_fields.is_empty(),
            "{}",
            message.name
        );
        if let Some(limit) = message.limit {
            // A message of 1 MiB over a WebSocket has more in base64; the door knows it before it reads it.
            let is_said = message.name == "madang.websocket.send.request";
            assert!(is_said || limit.bytes_max <= madang_plugin_protocol::MESSAGE_BYTES_MAX);
            assert!(message.sample.len() < limit.bytes_max, "{}", message.name);
        }
        if let Some(permission) = message.permission {
            assert_eq!(permission.split('.').count(), 2, "{permission}");
        }
    }
}

#[test]
fn every_sample_is_understood() {
    for message in MESSAGES {
        let envelope = envelope(message.name, message.sample);
        assert_eq!(
            envelope.data.as_object().map(|_| ()),
            Some(()),
            "{}",
            message.name
        );
        match (message.direction, message.handled, parse(&envelope)) {
            (Direction::ToHost | Direction::Answer, true, Ok(call)) => {
                assert!(!matches!(call, Call::NotHandled(_)), "{}", message.name);
            }
            (Direction::ToHost | Direction::Answer, false, Ok(Call::NotHandled(named))) => {
                assert_eq!(named.name, message.name);
                let told = madang_plugin_protocol::not_there_yet(named).message;
                assert!(told.contains(message.name), "{told}");
            }
            (Direction::ToPlugin | Direction::Ask, _, Err(CallError::UnknownMessage { .. })) => {}
            (_, _, other) => panic!("{}: {other:?}", message.name),
        }
    }
}

#[test]
fn every_wrong_payload_is_refused_without_a_panic() {
    let wrong = [
        "null",
        "[]",
        "3",
        "\"x\"",
        "{\"id\":{}}",
        "{\"order\":null}",
        "{\"key\":7}",
        "{\"catalog\":[]}",
    ];
    for message in MESSAGES {
        for data in wrong {
            if let Err(error) = parse(&envelope(message.name, data)) {
                assert!(!error.to_string().is_empty());
            }
        }
    }
}

#[test]
fn an_unknown_message_names_the_nearest_one() {
    let check = |name: &str, expected: &str| {
        let error = parse(&Envelope::new(name, Value::Null)).unwrap_err();
        assert_eq!(error.to_string(), expected);
    };
    check(
        "order.gett.request",
        "there is no message `order.gett.request`; did you mean `order.get.request`?",
    );
    check(
        "storage.del.request",
        "there is no message `storage.del.request`; did you mean `storage.delete.request`?",
    );
    check("배달", "there is no message `배달`");
    check("zzz", "there is no message `zzz`");
}

#[test]
fn versions_are_checked_and_a_missing_one_is_the_newest() {
    let check = |name: &str, version: Option<u8>, expected: Result<(), &str>| {
        let envelope = Envelope {
            version,
            ..envelope(name, "{\"message\":\"안녕\"}")
        };
        assert_eq!(
            parse(&envelope)
                .map(drop)
                .map_err(|error| error.to_string()),
            expected.map_err(str::to_owned)
        );
    };
    check("toast.open", Some(1), Ok(()));
    check("toast.open", Some(2), Ok(()));
    check("toast.open", None, Ok(()));
    check(
        "toast.open",
        Some(3),
        Err("`toast.open` has no version 3; known: 1, 2"),
    );
    check(
        "merchant.info.request",
        Some(2),
        Err("`merchant.info.request` has no version 2; known: 1"),
    );
    check("payment.event.response", Some(9), Ok(()));
}

#[test]
fn the_page_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/protocol.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, page()).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        written == page(),
        "docs/protocol.md differs from the table; renew it with UPDATE_DOCS=1 cargo test -p madang-plugin-protocol"
    );
}

#[test]
fn secrets_and_personal_numbers_are_hidden_where_messages_are_shown() {
    let check = |name: &str, data: Value, expected: Value| {
        let message = MESSAGES
            .iter()
            .find(|message| message.name == name)
            .unwrap();
        let mut shown = data;
        message.hide(&mut shown);
        assert_eq!(shown, expected);
    };
    check(
        "secure-store.set.request",
        json!({"key": "token", "value": "abc"}),
        json!({"key": "token", "value": "●●●"}),
    );
    check(
        "secure-store.get.request",
        json!({"complete": true, "value": "abc"}),
        json!({"complete": true, "value": "●●●"}),
    );
    check(
        "secure-store.get.request",
        json!({"complete": true}),
        json!({"complete": true}),
    );
    check(
        "payment.add.request",
        json!({"paymentDto": {"cashReceipt": {"identityNumber": "01012345678", "selfIssuance": false}}}),
        json!({"paymentDto": {"cashReceipt": {"identityNumber": "●●●", "selfIssuance": false}}}),
    );
    for name in ["http.request", "madang.fetch.start.request"] {
        check(
            name,
            json!({"headers": [["Authorization", "Bearer abc"], ["Accept", "text/plain"], ["X-Api-Key", "k"]]}),
            json!({"headers": [["Authorization", "●●●"], ["Accept", "text/plain"], ["X-Api-Key", "●●●"]]}),
        );
        check(
            name,
            json!({"complete": true, "headers": [["set-cookie", "a=b"], ["etag", "1"]]}),
            json!({"complete": true, "headers": [["set-cookie", "●●●"], ["etag", "1"]]}),
        );
    }
    check(
        "websocket.connect.request",
        json!({"headers": {"Authorization": "t", "X-Shop": "1"}}),
        json!({"headers": {"Authorization": "●●●", "X-Shop": "1"}}),
    );
    check(
        "storage.set.request",
        json!({"value": "3"}),
        json!({"value": "3"}),
    );
}
