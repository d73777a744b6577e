//! Imports over the API: batches, where they stand, and what is refused.

use serde_json::{Value, json};

use crate::site::Site;

fn batch(after: Option<&str>, checkpoint: &str, rows: Value) -> Value {
    json!({ "run": "run-1", "after": after, "checkpoint": checkpoint, "rows": rows })
}

fn menu(items: Value) -> Value {
    json!({ "menu": { "currency": "KRW", "makes_categories": true, "items": items } })
}

async fn kept(site: &Site) -> Value {
    let run = site.get("/api/import/runs/run-1").await.ok();
    assert_eq!(
        (&run["run"], &run["rows_max"]),
        (&json!("run-1"), &json!(250))
    );
    run["checkpoint"].clone()
}

async fn item(site: &Site, title: &str) -> Value {
    let shop = site.get("/api/shop").await.ok();
    let items = shop["items"].as_array().expect("a list");
    let found = items.iter().find(|item| item["title"]["ko"] == title);
    found.cloned().unwrap_or_default()
}

#[tokio::test]
async fn rows_and_checkpoint_are_taken_once_under_a_key() {
    let site = Site::open().await;
    assert_eq!(kept(&site).await, Value::Null);
    let rows = menu(json!([
        { "title": "아메리카노", "amount": 4_800, "sale_state": "sold_out" },
        { "title": "말차", "title_en": "Matcha", "category": "차", "amount": 6_000, "stock": 3 },
    ]));
    let first = batch(None, "row 2", rows);
    for _ in 0..2 {
        let taken = site.post("/api/import/batches", "k1", first.clone()).await;
        let expected = json!({ "rows": 2, "rows_unchanged": 0, "rows_new": 1, "rows_renamed": 0 });
        assert_eq!(taken.ok(), expected);
    }
    assert_eq!(kept(&site).await, "row 2");
    let coffee = item(&site, "아메리카노").await;
    assert_eq!(
        (&coffee["amount"], &coffee["sale_state"]),
        (&json!(4_800), &json!("sold_out"))
    );
    let matcha = item(&site, "말차").await;
    assert_eq!(
        (&matcha["title"]["en"], &matcha["stock_left"]),
        (&json!("Matcha"), &json!(3))
    );

    let counts = json!({ "stock": [{ "item": "12", "quantity": 9 }, { "barcode": "8801234567893", "quantity": 4 }] });
    let second = batch(Some("row 2"), "row 4", counts);
    let taken = site.post("/api/import/batches", "k2", second).await.ok();
    let expected = json!({ "rows": 2, "rows_unchanged": 0, "rows_new": 0, "rows_renamed": 0 });
    assert_eq!(taken, expected);
    assert_eq!(item(&site, "크루아상").await["stock_left"], 9);
    assert_eq!(kept(&site).await, "row 4");
}

#[tokio::test]
async fn a_batch_says_which_rows_it_cannot_take() {
    let site = Site::open().await;
    let rows = menu(json!([
        { "title": "말차", "amount": 6_000 },
        { "title": "빚", "amount": -1 },
        { "title": "  ", "amount": 1 },
    ]));
    let refused = site
        .post("/api/import/batches", "k1", batch(None, "3", rows))
        .await;
    assert_eq!(refused.refusal(), (422, "rows-refused"));
    let expected = json!([
        { "row": 1, "code": "below-zero", "message": { "ko": "‘빚’의 가격이 0원보다 적어요", "en": "the price of “빚” is below 0" } },
        { "row": 2, "code": "required", "message": { "ko": "상품명이 있어야 해요", "en": "an item needs a title" } },
    ]);
    assert_eq!(refused.body["rows"], expected);
    assert_eq!(
        (kept(&site).await, item(&site, "말차").await),
        (Value::Null, Value::Null)
    );
}

#[tokio::test]
async fn batches_that_cannot_be_taken_say_why() {
    let site = Site::open().await;
    let one = || json!([{ "title": "말차", "amount": 6_000 }]);
    let many: Vec<Value> = (0..251)
        .map(|_| json!({ "item": "11", "quantity": 1 }))
        .collect();
    let dollars = json!({ "menu": { "currency": "USD", "items": one() } });
    let huge = json!([{ "title": "말차", "amount": i64::MAX }]);
    let rows = [
        (
            batch(Some("1"), "2", menu(one())),
            (409, "import-elsewhere"),
            "ask how far",
        ),
        (
            batch(None, "1", json!({ "stock": many })),
            (422, "too-many"),
            "250 rows",
        ),
        (batch(None, "1", dollars), (422, "rows-refused"), "KRW"),
        (
            batch(None, "1", menu(huge)),
            (422, "rows-refused"),
            "too large",
        ),
        (
            batch(None, "1", json!({ "settlement": [] })),
            (400, "bad-json"),
            "settlement",
        ),
        (
            batch(None, "1", json!({ "stock": [{ "item": "11" }] })),
            (400, "bad-json"),
            "quantity",
        ),
        (
            json!({ "run": "a b", "checkpoint": "", "rows": { "stock": [] } }),
            (422, "not-valid"),
            "letters",
        ),
    ];
    for (number, (body, expected, word)) in rows.into_iter().enumerate() {
        let key = format!("k{number}");
        let refused = site.post("/api/import/batches", &key, body).await;
        assert_eq!(refused.refusal(), expected, "{}", refused.text);
        assert!(refused.text.contains(word), "“{word}” in {}", refused.text);
    }
    let unkeyed = site
        .ask("POST", "/api/import/batches")
        .json(&json!({}))
        .send()
        .await;
    assert_eq!(unkeyed.refusal(), (400, "idempotency-key-missing"));
    let unnamed = site.get("/api/import/runs/a%20b").await;
    assert_eq!(unnamed.refusal(), (422, "not-valid"));
    let stranger = site
        .stranger("GET", "/api/import/runs/run-1")
        .header("host", crate::site::HOST);
    assert_eq!(stranger.send().await.status, 401);
}
