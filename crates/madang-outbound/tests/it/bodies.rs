//! What servers send that they should not.

use std::time::Duration;

use madang_outbound::{CallLimits, Method, Reach};

use crate::plain::Plain as _;
use crate::scripted::{ScriptedNetwork, Step, caller, get, told};

async fn check(answer: &str, expected: &str) {
    check_method(Method::Get, answer, expected).await;
}

/// As [`check`], for messages that go on in the words of a library.
async fn check_start(answer: &str, expected: &str) {
    let told = told_of(Method::Get, answer).await;
    let start: String = answer.chars().take(200).collect();
    assert!(told.starts_with(expected), "{start}: {told}");
    assert!(told.ends_with("(Unknown)"), "{start}: {told}");
}

/// As [`check`], for any method.
async fn check_method(method: Method, answer: &str, expected: &str) {
    let start: String = answer.chars().take(200).collect();
    assert_eq!(told_of(method, answer).await, expected, "{start}");
}

/// A server sends `answer` and closes; bodies may have 10 bytes, heads 8192 and 5 headers.
async fn told_of(method: Method, answer: &str) -> String {
    let network = ScriptedNetwork::answering(answer).name("api.example.com", &[&["8.8.8.8"]]);
    let mut granted = caller(&[("http://api.example.com", Reach::Internet)]);
    granted.grant.limits = CallLimits {
        answer_body_bytes_max: 10,
        answer_head_bytes_max: 8192,
        answer_headers_max: 5,
        ..CallLimits::default()
    };
    let mut call = get("http://api.example.com/");
    call.method = method;
    let result = network
        .gateway()
        .send(&granted, call, Duration::from_secs(10))
        .await;
    told(&result)
}

#[tokio::test]
async fn answers_of_every_form_are_read_to_their_end() {
    check("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "200 ok").await;
    check("HTTP/1.1 200 OK\r\n\r\nok", "200 ok").await;
    check("HTTP/1.0 200 OK\r\n\r\nok", "200 ok").await;
    check(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n",
        "200 ok",
    )
    .await;
    check(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        "200 ok",
    )
    .await;
    check("HTTP/1.1 204 No Content\r\n\r\n", "204 ").await;
    check(
        "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno",
        "404 no",
    )
    .await;
    check("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", "500 ").await;
    check_method(
        Method::Head,
        "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n",
        "200 ",
    )
    .await;
    check(
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok and more",
        "200 ok",
    )
    .await;
}

#[tokio::test]
async fn a_length_that_is_a_lie_is_told() {
    let short = "the answer was cut short: \
                 error reading a body from connection: end of file before message length reached (Unknown)";
    check("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", short).await;
    check(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nok",
        "the answer was cut short: error reading a body from connection: end of file before message length reached (Unknown)",
    )
    .await;
    for head in ["", "HTTP/1.1 200 OK\r\nContent-"] {
        check(
            head,
            "the answer was cut short: connection closed before message completed (Unknown)",
        )
        .await;
    }
    for lengths in [
        "Content-Length: 2\r\nContent-Length: 3",
        "Content-Length: two",
        "Content-Length: -1",
    ] {
        check(
            &format!("HTTP/1.1 200 OK\r\n{lengths}\r\n\r\nok"),
            "the answer is not understood: invalid content-length parsed (Unknown)",
        )
        .await;
    }
}

#[tokio::test]
async fn what_is_too_large_is_not_read_on() {
    let body = "the body of the answer (bytes) is larger than the limit of 10 (Unknown)";
    check(
        "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n12345678901",
        body,
    )
    .await;
    check(
        "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551000\r\n\r\n",
        body,
    )
    .await;
    check("HTTP/1.1 200 OK\r\n\r\n12345678901", body).await;
    check(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n123456\r\n6\r\n123456\r\n0\r\n\r\n",
        body,
    )
    .await;
    let head = "the head of the answer (bytes) is larger than the limit of 8192 (Unknown)";
    check(
        &format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(20_000)),
        head,
    )
    .await;
    check(
        &format!("HTTP/1.1 200 OK\r\n{}\r\n", "X: y\r\n".repeat(6)),
        head,
    )
    .await;
}

#[tokio::test]
async fn what_is_not_http_is_told() {
    check(
        "SSH-2.0-x\r\n",
        "the answer is not understood: invalid HTTP version parsed (Unknown)",
    )
    .await;
    check(
        "HTTP/1.1 200 OK\r\nX Y: z\r\n\r\n",
        "the answer is not understood: invalid HTTP header parsed (Unknown)",
    )
    .await;
    check(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "the answer is not understood: error reading a body from connection: Invalid chunk size line: missing size digit (Unknown)",
    )
    .await;
    for size in [
        "-1",
        "0x2",
        "2 2",
        " ",
        "1\r",
        "fffffffffffffffff",
        "\u{661}",
    ] {
        let answer = format!(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{size}\r\nok\r\n0\r\n\r\n"
        );
        check_start(
            &answer,
            "the answer is not understood: error reading a body",
        )
        .await;
    }
    for rest in [
        format!("1;{}\r\no\r\n0\r\n\r\n", "x".repeat(100_000)),
        format!("0\r\n{}\r\n", "X: y\r\n".repeat(10_000)),
        format!("0\r\nX: {}\r\n\r\n", "y".repeat(100_000)),
    ] {
        let answer = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{rest}");
        check_start(
            &answer,
            "the answer is not understood: error reading a body",
        )
        .await;
    }
    check(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        "the server switched protocols unasked (Unknown)",
    )
    .await;
}

/// A body that nobody knows the length of beforehand names its bound all the same.
#[tokio::test(start_paused = true)]
async fn a_streamed_body_beyond_its_bound_says_so() {
    let network = ScriptedNetwork::new(vec![Step::AwaitClose]);
    let network = network.name("api.example.com", &[&["8.8.8.8"]]);
    let mut granted = caller(&[("http://api.example.com", Reach::Internet)]);
    granted.grant.limits.request_body_bytes_max = 10;
    let client = network.gateway().client(granted, crate::plain::alone());
    let pieces = futures::stream::iter([
        Ok(bytes::Bytes::from_static(b"1234567")),
        Ok(bytes::Bytes::from_static(b"8901")),
    ]);
    let call = client.unwrap().post("http://api.example.com/");
    let call = call.streamed(madang_outbound::BodyStream::once(pieces));
    assert_eq!(
        told(&call.answer().await),
        "the body to send (bytes) is larger than the limit of 10 (Refused)"
    );
}
