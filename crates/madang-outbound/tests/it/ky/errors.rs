//! What a failed call says (64 to 70).

use std::sync::Arc;

use madang_outbound::{
    ErrorBody, ErrorStatuses, GatewayLimits, Method, RoutePatch, SendError, SendErrorKind,
};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::shop::{
    Reply, Shop, debugged, endless, late, millis, reply, reply_with, retrying, short, statuses,
};

fn once() -> RoutePatch {
    retrying(0.into())
}

async fn failed(shop: &Shop) -> SendError {
    shop.client(once())
        .get("/x?secret=1")
        .answer()
        .await
        .unwrap_err()
}

#[track_caller]
fn body(error: &SendError) -> Option<ErrorBody> {
    match error.kind() {
        SendErrorKind::Http(failure) => failure.body.clone(),
        other => panic!("{other:?}"),
    }
}

/// An error answer of this type is told so.
async fn check(content_type: Option<&str>, text: &[u8], expected: Option<ErrorBody>) {
    let head = content_type.map_or(String::new(), |value| format!("Content-Type: {value}\r\n"));
    let length = text.len();
    let shop = Shop::new(vec![Reply::Bytes(
        [
            format!(
                "HTTP/1.1 400 X\r\n{head}Content-Length: {length}\r\nConnection: close\r\n\r\n"
            )
            .as_bytes(),
            text,
        ]
        .concat(),
    )]);
    assert_eq!(body(&failed(&shop).await), expected, "{content_type:?}");
    shop.is_at_rest().await;
}

fn json_body(value: Value) -> Option<ErrorBody> {
    Some(ErrorBody::Json(value))
}

fn text_body(text: &str) -> Option<ErrorBody> {
    Some(ErrorBody::Text(text.to_owned()))
}

#[tokio::test(start_paused = true)]
async fn ky_64_an_http_error_carries_status_headers_the_request_that_failed_and_its_data() {
    let json = [("Content-Type", "application/json"), ("X-Trace", "t")];
    let shop = Shop::new(vec![
        reply(500, ""),
        reply_with(404, &json, r#"{"code":7}"#),
    ]);
    let error = shop.plain().get("/x?secret=1").answer().await.unwrap_err();
    let SendErrorKind::Http(failure) = error.kind() else {
        panic!("{error:?}")
    };
    assert_eq!(
        (failure.method, failure.url.as_str(), failure.status),
        (Method::Get, "http://api.example.com/x", 404)
    );
    assert_eq!(failure.headers["x-trace"], "t");
    assert_eq!(failure.body, json_body(json!({"code": 7})));
    assert_eq!(error.attempts(), 2);

    let object = br#"{"a":1}"#;
    for content_type in [
        "application/json",
        "Application/JSON; charset=utf-8",
        "application/problem+json",
        "application/Problem+JSON;v=1",
        "text/json",
    ] {
        check(Some(content_type), object, json_body(json!({"a": 1}))).await;
    }
    for content_type in [None, Some("text/plain"), Some("application/jsonp")] {
        check(content_type, object, text_body(r#"{"a":1}"#)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn ky_65_an_error_body_that_cannot_be_had_leaves_an_http_error_without_data() {
    check(Some("application/json"), b"{", None).await;
    check(Some("application/json"), b"", None).await;
    check(None, b"", None).await;
    let limits = GatewayLimits {
        error_body_bytes_max: 10,
        ..GatewayLimits::default()
    };
    assert_eq!(GatewayLimits::default().error_body_bytes_max, 256 * 1024);
    for (text, expected) in [
        ("0123456789", text_body("0123456789")),
        ("01234567890", None),
    ] {
        let shop = Shop::bounded(vec![reply(400, text)], limits.clone());
        assert_eq!(body(&failed(&shop).await), expected);
        shop.is_at_rest().await;
    }
    let cut = "HTTP/1.1 400 X\r\nContent-Length: 9\r\nConnection: close\r\n\r\nshort";
    for reply in [Reply::Text(cut.to_owned()), endless(400)] {
        let shop = Shop::new(vec![reply]);
        assert_eq!(body(&failed(&shop).await), None);
        shop.is_at_rest().await;
    }
}

#[tokio::test(start_paused = true)]
async fn ky_66_the_end_of_all_time_while_an_error_is_read_is_a_timeout() {
    let shop = Shop::new(vec![endless(400)]);
    let call = shop.client(once()).get("/x").within(millis(2_000));
    assert_eq!(
        short(&call.answer().await),
        "no answer within 2000 ms (while reading the answer) (Unknown)"
    );
    shop.is_at_rest().await;
    assert_eq!(shop.server.let_go(), 1);
}

#[tokio::test(start_paused = true)]
async fn ky_67_a_never_ending_error_body_does_not_hold_a_retry_up_for_ever() {
    let shop = Shop::new(vec![endless(500), reply(200, "ok")]);
    let begun = Instant::now();
    assert_eq!(short(&shop.plain().get("/x").answer().await), "200 ok");
    assert!(begun.elapsed() < millis(400));
    // Where somebody wants to see the error first, its body is waited for, as long as between two of its pieces.
    let shop = Shop::new(vec![endless(500), reply(200, "ok")]);
    let begun = Instant::now();
    let patch = RoutePatch {
        should_retry: Some(Arc::new(|_, _| Box::pin(async { Ok(None) }))),
        ..RoutePatch::default()
    };
    assert_eq!(
        short(&shop.client(patch).get("/x").answer().await),
        "200 ok"
    );
    assert!(begun.elapsed() <= millis(5_310), "{:?}", begun.elapsed());
    shop.is_at_rest().await;
}

#[tokio::test(start_paused = true)]
async fn ky_68_the_charset_of_an_error_is_honoured_and_an_unknown_one_is_utf_8() {
    let euc_kr = [0xC6, 0xF7, 0xBD, 0xBA];
    for content_type in [
        "text/plain; charset=euc-kr",
        "text/plain;Charset=\"EUC-KR\"",
    ] {
        check(Some(content_type), &euc_kr, text_body("포스")).await;
    }
    for content_type in [
        "text/plain; charset=none-such",
        "text/plain",
        "text/plain; charset=",
    ] {
        check(Some(content_type), "포스".as_bytes(), text_body("포스")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn ky_69_a_route_may_say_which_statuses_are_errors() {
    for (errors, status, is_error) in [
        (ErrorStatuses::NotSuccess, 404, true),
        (ErrorStatuses::None, 404, false),
        (
            ErrorStatuses::When(Arc::new(|status| status != 404)),
            404,
            false,
        ),
        (
            ErrorStatuses::When(Arc::new(|status| status != 404)),
            410,
            true,
        ),
        // Success is never an error.
        (ErrorStatuses::When(Arc::new(|_| true)), 204, false),
    ] {
        let told = debugged(&errors);
        let shop = Shop::new(statuses(&[status]));
        let patch = RoutePatch {
            errors: Some(errors),
            ..once()
        };
        let result = shop.client(patch).get("/x").answer().await;
        assert_eq!(result.is_err(), is_error, "{told} {status}");
    }
}

#[tokio::test(start_paused = true)]
async fn ky_70_an_answer_without_a_body_is_no_json() {
    for status in [200, 204] {
        let shop = Shop::new(vec![Reply::Text(format!(
            "HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        ))]);
        let error = shop
            .plain()
            .get("/x")
            .json_answer::<Value>()
            .await
            .unwrap_err();
        assert!(
            matches!(error.kind(), SendErrorKind::Json { is_empty: true, .. }),
            "{error:?}"
        );
        assert_eq!(
            short(&Err(error)),
            "the answer has no body, and JSON is wanted (Answered)"
        );
        // What may be missing can be said to be so.
        let result = shop.plain().get("/x").text_answer().await;
        assert_eq!(result.unwrap(), "");
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_hook_has_looked_at_is_still_there_for_the_caller() {
    let long = "0123456789".repeat(10_000);
    for bytes_max in [0, 1, 10, 1_000_000] {
        let mut hooks = madang_outbound::Hooks::default();
        hooks.after_response.push(Arc::new(move |response, _| {
            Box::pin(async move {
                response.peek(5).await;
                let seen = response.peek(bytes_max).await;
                assert!(seen.len() <= bytes_max);
                Ok(madang_outbound::After::Keep)
            })
        }));
        let shop = Shop::new(vec![reply(200, &long)]);
        let patch = super::shop::hooked(hooks);
        let answer = shop.client(patch).get("/x").answer().await.unwrap();
        assert!(answer.body == long.as_bytes(), "{bytes_max}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_breaks_under_a_hook_is_broken_for_the_caller_too() {
    let mut hooks = madang_outbound::Hooks::default();
    hooks.after_response.push(Arc::new(|response, _| {
        Box::pin(async move {
            let _ = response.peek(1_000).await;
            Ok(madang_outbound::After::Keep)
        })
    }));
    let cut = "HTTP/1.1 200 X\r\nContent-Length: 9\r\nConnection: close\r\n\r\nshort";
    let shop = Shop::new(vec![Reply::Text(cut.to_owned())]);
    let patch = super::shop::hooked(hooks);
    let result = shop.client(patch).get("/x").answer().await;
    assert_eq!(short(&result), "the answer was cut short (Unknown)");
}

#[tokio::test(start_paused = true)]
async fn a_large_body_is_bounded_exactly_however_it_is_cut() {
    for (bytes, is_whole) in [(1_000, true), (1_001, false)] {
        let mut caller = super::shop::granted("tester");
        caller.grant.limits.answer_body_bytes_max = 1_000;
        let head = "HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
        let text = format!("{head}{bytes:x}\r\n{}\r\n0\r\n\r\n", "x".repeat(bytes));
        let shop = Shop::new(vec![late(1, Reply::Text(text))]);
        let client = shop.client_of(caller, RoutePatch::default());
        let result = client.get("/x").answer().await;
        assert_eq!(result.is_ok(), is_whole, "{bytes}");
        shop.is_at_rest().await;
    }
}
