//! Who comes in, through the whole router; `src/door.rs` has the rows of every header.

use axum::http::StatusCode;

use crate::site::{HOST, Site};

const TOKEN: &str = "Bearer BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc";

type Header = (&'static str, &'static str);

#[tokio::test]
async fn strangers_are_turned_away_with_what_to_do() {
    let site = Site::open().await;
    let rows: [(&str, &[Header], (u16, &str)); 6] = [
        ("/api/cart", &[("host", HOST)], (401, "token-missing")),
        (
            "/api/cart",
            &[("host", HOST), ("authorization", "Bearer no")],
            (401, "token-missing"),
        ),
        ("/api/stream", &[("host", HOST)], (401, "token-missing")),
        (
            "/api/cart",
            &[("host", "evil.example"), ("authorization", TOKEN)],
            (403, "host-not-allowed"),
        ),
        (
            "/api/stream",
            &[
                ("host", HOST),
                ("authorization", TOKEN),
                ("origin", "http://evil.example"),
            ],
            (403, "origin-not-allowed"),
        ),
        (
            "/index.html",
            &[("host", "evil.example")],
            (403, "host-not-allowed"),
        ),
    ];
    for (path, headers, expected) in rows {
        let asking = headers
            .iter()
            .fold(site.stranger("GET", path), |asking, (name, value)| {
                asking.header(name, *value)
            });
        let answered = asking.send().await;
        assert_eq!(answered.refusal(), expected, "{path} {headers:?}");
        assert!(answered.body["hint"].is_string());
    }
}

#[tokio::test]
async fn a_refused_request_changes_nothing() {
    let site = Site::open().await;
    let answered = site
        .stranger("POST", "/api/cart/lines")
        .header("host", HOST)
        .json(&serde_json::json!({ "item": 12 }))
        .send()
        .await;
    assert_eq!(answered.refusal(), (401, "token-missing"));
    assert!(site.till.cart().lines.is_empty());
}

#[tokio::test]
async fn health_needs_no_token_and_tells_nothing_else() {
    let site = Site::open().await;
    let answered = site
        .stranger("GET", "/api/health")
        .header("host", HOST)
        .send()
        .await;
    assert_eq!(answered.status, StatusCode::OK);
    let told: Vec<&String> = answered
        .body
        .as_object()
        .expect("an object")
        .keys()
        .collect();
    assert_eq!(told, ["name", "version"]);
}

#[tokio::test]
async fn every_answer_is_hardened() {
    let site = Site::open().await;
    let rows = [
        ("/api/cart", "no-store"),
        ("/api/nothing", "no-store"),
        ("/", "no-store"),
        ("/assets/app-1a2b.js", "public, max-age=31536000, immutable"),
        ("/missing.png", "no-store"),
    ];
    for (path, kept) in rows {
        let answered = site.get(path).await;
        assert_eq!(answered.headers["cache-control"], kept, "{path}");
        assert_eq!(answered.headers["x-content-type-options"], "nosniff");
        assert_eq!(answered.headers["referrer-policy"], "no-referrer");
        assert_eq!(
            answered.headers["cross-origin-opener-policy"],
            "same-origin"
        );
        assert_eq!(
            answered.headers["cross-origin-resource-policy"],
            "same-origin"
        );
        let policy = answered.headers["content-security-policy"]
            .to_str()
            .expect("text");
        assert!(
            policy.starts_with("default-src 'self';") && policy.contains("frame-ancestors 'none'")
        );
        assert!(!answered.headers.contains_key("access-control-allow-origin"));
    }
}
