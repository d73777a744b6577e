//! The screen's files.

use crate::site::{HOST, Site};

#[tokio::test]
async fn files_and_the_pages_own_paths_are_answered() {
    let site = Site::open().await;
    let rows = [
        ("/", 200, "text/html; charset=utf-8"),
        ("/index.html", 200, "text/html; charset=utf-8"),
        (
            "/order?sheet=options&menu=3",
            200,
            "text/html; charset=utf-8",
        ),
        ("/orders/123/refund", 200, "text/html; charset=utf-8"),
        ("/assets/app-1a2b.js", 200, "text/javascript"),
        ("/icon.svg", 200, "image/svg+xml"),
        ("/assets/other.js", 404, "application/problem+json"),
        ("/../secret.txt", 404, "application/problem+json"),
        ("/api/orders/1/other", 404, "application/problem+json"),
    ];
    for (path, status, kind) in rows {
        let answered = site.stranger("GET", path).header("host", HOST);
        let answered = if path.starts_with("/api") {
            site.ask("GET", path)
        } else {
            answered
        };
        let answered = answered.send().await;
        assert_eq!(answered.status.as_u16(), status, "{path}");
        assert_eq!(answered.headers["content-type"], kind, "{path}");
    }
}

#[tokio::test]
async fn a_file_that_is_known_is_not_sent_again() {
    let site = Site::open().await;
    let first = site.get("/icon.svg").await;
    let tag = first.headers["etag"].to_str().expect("text").to_owned();
    let again = site
        .ask("GET", "/icon.svg")
        .header("if-none-match", tag)
        .send()
        .await;
    assert_eq!(again.status.as_u16(), 304);
    assert!(again.text.is_empty());
}

#[tokio::test]
async fn files_are_only_read() {
    let site = Site::open().await;
    for (method, path, expected) in [
        ("POST", "/index.html", (405, "method-not-allowed")),
        ("DELETE", "/api/shop", (405, "method-not-allowed")),
        ("OPTIONS", "/api/orders", (405, "method-not-allowed")),
    ] {
        let answered = site.ask(method, path).send().await;
        assert_eq!(answered.refusal(), expected, "{method} {path}");
    }
}
