//! Bad input: each is a clear answer, and nothing changes.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::site::Site;

/// A key that no row before has used.
fn next_key() -> String {
    static KEYS: AtomicUsize = AtomicUsize::new(0);
    format!("k{}", KEYS.fetch_add(1, Ordering::Relaxed))
}

/// Sends `body` and expects a status, a code and, where one is named, a word of the detail.
async fn check(
    site: &Site,
    method: &'static str,
    path: &str,
    body: Value,
    expected: (u16, &str, &str),
) {
    let answered = site
        .ask(method, path)
        .header("idempotency-key", next_key())
        .json(&body)
        .send()
        .await;
    let (status, code, word) = expected;
    assert_eq!(answered.refusal(), (status, code), "{method} {path} {body}");
    let detail = answered.body["detail"].as_str().unwrap_or_default();
    assert!(
        detail.contains(word),
        "“{word}” in “{detail}” of {method} {path} {body}"
    );
}

#[tokio::test]
async fn bodies() {
    let site = Site::open().await;
    let lines = "/api/cart/lines";
    let rows = [
        (lines, json!({ "item": "x" }), (400, "bad-json", "item")),
        (
            lines,
            json!({ "item": 11, "quantity": -1 }),
            (400, "bad-json", "quantity"),
        ),
        (
            lines,
            json!({ "item": 11, "quantity": 1.5 }),
            (400, "bad-json", "quantity"),
        ),
        (
            lines,
            json!({ "item": 11, "quanttity": 1 }),
            (400, "bad-json", "quanttity"),
        ),
        (
            lines,
            json!({ "item": 11, "choices": [{ "id": 1002 }, { "id": [] }] }),
            (400, "bad-json", "choices[1].id"),
        ),
        (
            lines,
            json!({ "item": 11, "quantity": 0 }),
            (422, "bad-quantity", "0"),
        ),
        (
            lines,
            json!({ "item": 11, "quantity": 10_000 }),
            (422, "bad-quantity", "9999"),
        ),
        (lines, json!({ "item": 99 }), (404, "no-such-item", "99")),
        (
            lines,
            json!({ "item": 12, "quantity": 4 }),
            (409, "not-enough-stock", "3"),
        ),
        (
            lines,
            json!({ "item": 11, "choices": [] }),
            (422, "too-few-choices", ""),
        ),
        (
            lines,
            json!({ "item": 11, "choices": [{ "id": 1001 }, { "id": 1002 }] }),
            (422, "too-many-choices", ""),
        ),
        (
            "/api/scan",
            json!({ "barcode": "0" }),
            (404, "no-such-barcode", "0"),
        ),
        (
            "/api/cart/discounts",
            json!({}),
            (422, "not-valid", "amount"),
        ),
        (
            "/api/cart/discounts",
            json!({ "amount": 1, "basis_points": 1 }),
            (422, "not-valid", "amount"),
        ),
        (
            "/api/cart/discounts",
            json!({ "basis_points": 10_001 }),
            (422, "part-too-large", "basis_points must be at most 10000"),
        ),
        (
            "/api/cart/discounts",
            json!({ "amount": -100 }),
            (422, "amount-not-positive", "-100"),
        ),
        (
            "/api/cart/discounts",
            json!({ "amount": 9_007_199_254_740_993_i64 }),
            (422, "bad-amount", ""),
        ),
        (
            "/api/cart/discounts",
            json!({ "amount": 100 }),
            (409, "discount-too-large", ""),
        ),
        (
            "/api/cart/lines/k/discounts",
            json!({ "amount": 100 }),
            (404, "no-such-line", "k"),
        ),
        ("/api/orders", json!({}), (409, "cart-is-empty", "")),
        (
            "/api/orders/7/cancel",
            json!({}),
            (404, "no-such-order", "7"),
        ),
        ("/api/orders/x/cancel", json!({}), (400, "bad-id", "x")),
        ("/api/orders/-1/cancel", json!({}), (400, "bad-id", "-1")),
        (
            "/api/orders/7/payments",
            json!({ "method": "coins" }),
            (400, "bad-json", "coins"),
        ),
        (
            "/api/orders/7/payments",
            json!({ "method": "cash" }),
            (422, "not-valid", "received"),
        ),
        (
            "/api/orders/7/payments",
            json!({ "method": "cash", "received": 1, "source": "x" }),
            (422, "not-valid", "received"),
        ),
        (
            "/api/orders/7/payments/8/inquire",
            json!({}),
            (404, "no-such-order", "7"),
        ),
        (
            "/api/items/99/stock",
            json!({ "quantity": 1 }),
            (404, "no-such-item", "99"),
        ),
        (
            "/api/items/11/sale-state",
            json!({ "state": "sold" }),
            (400, "bad-json", "sold"),
        ),
        ("/api/plugins/other/start", json!({}), (409, "not-now", "")),
        (
            "/api/plugins/other/stop",
            json!({}),
            (404, "no-such-plugin", "other"),
        ),
        (
            "/api/toasts/1/click",
            json!({}),
            (404, "no-such-toast", "1"),
        ),
    ];
    for (path, body, expected) in rows {
        check(&site, "POST", path, body, expected).await;
    }
    check(
        &site,
        "PATCH",
        "/api/cart/lines/k",
        json!({}),
        (422, "not-valid", "exactly one"),
    )
    .await;
    check(
        &site,
        "PATCH",
        "/api/cart/lines/k",
        json!({ "quantity": 1 }),
        (404, "no-such-line", "k"),
    )
    .await;
    check(
        &site,
        "DELETE",
        "/api/cart/lines/k",
        json!({}),
        (404, "no-such-line", "k"),
    )
    .await;
    check(
        &site,
        "DELETE",
        "/api/cart/discounts/0",
        json!({}),
        (404, "no-such-discount", "0"),
    )
    .await;
    check(
        &site,
        "PUT",
        "/api/cart/memo",
        json!({ "memo": "가".repeat(501) }),
        (422, "too-long", "500"),
    )
    .await;
    check(
        &site,
        "PUT",
        "/api/terminal",
        json!({ "outcome": { "kind": "eaten" } }),
        (400, "bad-json", "eaten"),
    )
    .await;
    let long = json!({ "outcome": { "kind": "declined", "code": "1", "message": { "ko": "가".repeat(201) } } });
    check(
        &site,
        "PUT",
        "/api/terminal",
        long,
        (422, "too-long", "200"),
    )
    .await;
    assert!(site.till.cart().lines.is_empty() && site.till.cart().discounts.is_empty());
}

#[tokio::test]
async fn queries() {
    let site = Site::open().await;
    let rows = [
        ("/api/orders?state=open", (400, "bad-query", "open")),
        ("/api/orders?size=501", (400, "bad-query", "500")),
        ("/api/orders?page=0", (400, "bad-query", "page")),
        ("/api/orders?from=yesterday", (400, "bad-query", "from")),
        ("/api/orders?colour=red", (400, "bad-query", "colour")),
        ("/api/orders/1", (404, "no-such-order", "1")),
        ("/api/orders/99999999999999999999999", (400, "bad-id", "")),
        (
            "/api/orders/1/receipt?copy=third",
            (400, "bad-query", "third"),
        ),
        ("/api/timeline/9", (404, "no-such-message", "9")),
        ("/api/timeline/x", (400, "bad-path", "")),
        ("/api/timeline?limit=many", (400, "bad-query", "")),
        (
            "/api/plugins/other/settings",
            (404, "no-such-plugin", "other"),
        ),
        ("/api/nothing", (404, "no-such-address", "")),
        ("/api", (404, "no-such-address", "")),
    ];
    for (path, (status, code, word)) in rows {
        let answered = site.get(path).await;
        assert_eq!(answered.refusal(), (status, code), "{path}");
        let detail = answered.body["detail"].as_str().unwrap_or_default();
        assert!(detail.contains(word), "“{word}” in “{detail}” of {path}");
    }
}

/// The words of an answer, in English and Korean.
async fn words(site: &Site, path: &str) -> String {
    let body = site.get(path).await.body;
    let text = |field: &str| body[field].as_str().unwrap_or_default().to_owned();
    format!("{path}\n{}\n{}", text("detail"), text("detail_ko"))
}

#[tokio::test]
async fn words_of_bad_addresses() {
    let site = Site::open().await;
    let mut told = String::new();
    for path in [
        "/api/orders?state=open",
        "/api/orders?size=many",
        "/api/orders?size=501",
        "/api/orders?page=0",
        "/api/orders?page=1&page=2",
        "/api/orders?from=yesterday",
        "/api/orders?colour=red",
        "/api/orders/1/receipt?copy=third",
        "/api/orders/x",
        "/api/timeline/x",
        "/api/timeline?limit=-1",
    ] {
        told.push_str(&words(&site, path).await);
        told.push_str("\n\n");
    }
    insta::assert_snapshot!(told);
}

#[tokio::test]
async fn bodies_that_are_no_json() {
    let site = Site::open().await;
    let large = vec![b' '; madang_server::BODY_BYTES_MAX + 1];
    let rows: [(&str, Vec<u8>, (u16, &str)); 4] = [
        (
            "application/json",
            b"{\"item\": 11,".to_vec(),
            (400, "bad-json"),
        ),
        ("application/json", b"\xff".to_vec(), (400, "bad-json")),
        ("text/plain", b"{\"item\": 11}".to_vec(), (415, "not-json")),
        ("application/json", large, (413, "body-too-large")),
    ];
    for (kind, body, expected) in rows {
        let asking = site
            .ask("POST", "/api/cart/lines")
            .header("content-type", kind);
        assert_eq!(asking.text(body).send().await.refusal(), expected);
    }
    assert!(site.till.cart().lines.is_empty());
}

#[tokio::test]
async fn keys() {
    let site = Site::open().await;
    for (key, expected) in [
        (None, (400, "idempotency-key-missing")),
        (Some(String::new()), (400, "idempotency-key-bad")),
        (Some("k".repeat(129)), (400, "idempotency-key-bad")),
    ] {
        let mut asking = site.ask("POST", "/api/orders").json(&json!({}));
        if let Some(key) = key {
            asking = asking.header("idempotency-key", key);
        }
        assert_eq!(asking.send().await.refusal(), expected);
    }
}
