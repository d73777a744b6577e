//! Selling: cart, order, payments, receipts, and what a repeat does.

use futures::FutureExt;
use madang_till::Change;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::site::Site;

#[tokio::test]
async fn the_shop_is_as_it_is_today() {
    let site = Site::open().await;
    let shop = site.get("/api/shop").await.ok();
    assert_eq!(shop["currency"], json!({ "code": "KRW", "decimals": 0 }));
    assert_eq!(shop["business_date"], "2026-03-02");
    assert_eq!(shop["items"][1]["stock_left"], 3);
    assert_eq!(shop["options"][0]["default_choice_ids"], json!([1001]));
    let counted = site
        .post("/api/items/12/stock", "k1", json!({ "quantity": 0 }))
        .await
        .ok();
    assert_eq!(
        (&counted["stock_left"], &counted["sale_state"]),
        (&json!(0), &json!("sold_out"))
    );
    let off = site
        .post(
            "/api/items/11/sale-state",
            "k2",
            json!({ "state": "sold_out" }),
        )
        .await
        .ok();
    assert_eq!(off["sale_state_set"], "sold_out");
    let tapped = site
        .post("/api/cart/lines", "k", json!({ "item": 11 }))
        .await;
    assert_eq!(tapped.refusal(), (409, "sold-out"));
}

#[tokio::test]
async fn the_cart_is_made_up() {
    let site = Site::open().await;
    let tap = json!({ "item": 11, "quantity": 2, "choices": [{ "id": 1002 }] });
    let cart = site.post("/api/cart/lines", "k", tap).await.ok();
    let line = format!(
        "/api/cart/lines/{}",
        cart["lines"][0]["key"].as_str().expect("a key")
    );
    let patch = |body: Value| site.ask("PATCH", line.clone()).json(&body).send();
    assert_eq!(cart["totals"]["charge"], 10_000);
    assert_eq!(
        patch(json!({ "quantity": 3 })).await.ok()["totals"]["charge"],
        15_000
    );
    assert_eq!(
        patch(json!({ "choices": [{ "id": 1001 }] })).await.ok()["totals"]["charge"],
        13_500
    );
    assert_eq!(
        patch(json!({ "memo": "얼음 적게" })).await.ok()["lines"][0]["memo"],
        "얼음 적게"
    );
    let off = site
        .post(
            &format!("{line}/discounts"),
            "k",
            json!({ "basis_points": 1_000 }),
        )
        .await
        .ok();
    assert_eq!(
        (&off["totals"]["discount"], &off["totals"]["charge"]),
        (&json!(1_350), &json!(12_150))
    );
    let whole = site
        .post(
            "/api/cart/discounts",
            "k",
            json!({ "amount": 150, "title": { "ko": "단골" } }),
        )
        .await
        .ok();
    assert_eq!(
        (
            &whole["discounts"][0]["title"]["ko"],
            &whole["totals"]["charge"]
        ),
        (&json!("단골"), &json!(12_000))
    );
    let scanned = site
        .post("/api/scan", "k", json!({ "barcode": "8801234567893" }))
        .await
        .ok();
    assert_eq!(scanned["lines"][1]["tax_free"], true);
    let togo = site
        .ask("PUT", "/api/cart/dining")
        .json(&json!({ "dining": "togo" }))
        .send()
        .await
        .ok();
    assert_eq!(togo["lines"][0]["dining"], "togo");
    let memo = site
        .ask("PUT", "/api/cart/memo")
        .json(&json!({ "memo": "포장" }))
        .send()
        .await
        .ok();
    assert_eq!(memo["memo"], "포장");
    let delete = |path: String| site.ask("DELETE", path).send();
    assert_eq!(
        delete("/api/cart/discounts/0".into()).await.ok()["discounts"],
        json!([])
    );
    assert_eq!(
        delete(format!("{line}/discounts/0")).await.ok()["totals"]["discount"],
        0
    );
    assert_eq!(
        delete(line.clone()).await.ok()["lines"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    assert_eq!(delete("/api/cart".into()).await.ok()["lines"], json!([]));
}

#[tokio::test]
async fn a_card_sale_from_the_tap_to_the_refund() {
    let site = Site::open().await;
    let order = ordered(&site).await;
    choose(&site, json!({ "kind": "approved" })).await;
    let begun = pay(&site, &order, "pay", json!({ "method": "card" })).await;
    assert_eq!(begun["payment_id"], begun["order"]["payments"][0]["id"]);
    let paid = until(&site, &order, |order| order["state"] == "completed").await;
    assert_eq!(
        (&paid["payment_state"], &paid["unpaid"]),
        (&json!("completed"), &json!(0))
    );
    assert_eq!(paid["payments"][0]["approval"]["simulated"], true);

    let paper = site.get(&format!("/api/orders/{order}/receipt")).await.ok();
    assert!(text(&paper).contains("아메리카노 ×1") && text(&paper).contains("시험"));
    let again = site
        .get(&format!("/api/orders/{order}/receipt?copy=reprint"))
        .await
        .ok();
    assert!(text(&again).contains("재발행") && !text(&paper).contains("재발행"));

    let payment = paid["payments"][0]["id"].as_str().expect("an id");
    let refund = format!("/api/orders/{order}/refund-receipts/{payment}");
    assert_eq!(
        site.get(&refund).await.refusal(),
        (404, "no-refund-receipt")
    );
    let cancelled = site
        .post(
            &format!("/api/orders/{order}/payments/{payment}/cancel"),
            "back",
            json!({}),
        )
        .await;
    assert_eq!(cancelled.status.as_u16(), 202);
    let back = until(&site, &order, |order| {
        order["payments"][0]["state"] == "cancelled"
    })
    .await;
    assert_eq!(back["payment_state"], "refunded");
    assert!(text(&site.get(&refund).await.ok()).contains("원 영수증"));
}

#[tokio::test]
async fn a_declined_card_leaves_the_order_open_for_cash() {
    let site = Site::open().await;
    let order = ordered(&site).await;
    choose(
        &site,
        json!({ "kind": "declined", "code": "051", "message": { "ko": "잔액 부족", "en": "No funds" } }),
    )
    .await;
    pay(&site, &order, "card", json!({ "method": "card" })).await;
    let open = until(&site, &order, |order| {
        order["payments"][0]["state"] == "failed"
    })
    .await;
    assert_eq!(
        open["payments"][0]["failure"],
        json!({
            "why": "declined",
            "code": "051",
            "message": { "ko": "잔액 부족", "en": "No funds" },
            "sentences": {
                "ko": "잔액 부족 (051). 손님에게 청구되지 않았어요",
                "en": "No funds (051). The customer was not charged",
            },
        })
    );
    assert_eq!(open["payable"], 4_500);
    let cash = pay(
        &site,
        &order,
        "cash",
        json!({ "method": "cash", "received": 10_000 }),
    )
    .await;
    assert_eq!(
        (&cash["done"], &cash["order"]["payments"][1]["cash_change"]),
        (&json!(true), &json!(5_500))
    );
}

#[tokio::test]
async fn a_lost_answer_is_found_again_and_charged_once() {
    let site = Site::open().await;
    let order = ordered(&site).await;
    choose(&site, json!({ "kind": "answer_lost" })).await;
    let begun = pay(&site, &order, "card", json!({ "method": "card" })).await;
    assert_eq!(begun["done"], false);
    let found = until(&site, &order, |order| order["state"] == "completed").await;
    assert_eq!(found["payments"].as_array().map(Vec::len), Some(1));
    let payment = begun["payment_id"].as_str().expect("an id");
    let late = format!("/api/orders/{order}/payments/{payment}/reverse");
    let late = site.post(&late, "late", json!({})).await;
    assert_eq!(late.refusal(), (409, "payment-not-cancellable"));
}

#[tokio::test]
async fn a_payment_that_cannot_be_taken_back_is_resolved_by_staff() {
    let site = Site::without_inquiry().await;
    let order = ordered(&site).await;
    choose(&site, json!({ "kind": "reversal_refused" })).await;
    let begun = pay(&site, &order, "card", json!({ "method": "card" })).await;
    let in_doubt = |order: &Value| order["payments"][0]["state"] == "not_reversed";
    let doubt = until(&site, &order, in_doubt).await;
    assert_eq!(
        (
            &doubt["payable"],
            &doubt["waits_for_terminal"],
            &doubt["payments"][0]["failure"]["why"]
        ),
        (&json!(0), &json!(false), &json!("not_reversed"))
    );
    let path = format!("/api/orders/{order}/payments");
    let cash = json!({ "method": "cash", "received": 5_000 });
    let other = site.post(&path, "cash", cash).await;
    assert_eq!(other.refusal(), (409, "payment-not-reversed"));
    let payment = begun["payment_id"].as_str().expect("an id");
    let path = format!("{path}/{payment}/resolve");
    let wrong = site.post(&path, "wrong", json!({})).await;
    assert_eq!(wrong.refusal(), (400, "bad-json"));
    let charged = json!({ "charged": true });
    let resolved = site.post(&path, "resolve", charged.clone()).await.ok();
    assert_eq!(
        (&resolved["done"], &resolved["order"]["state"]),
        (&json!(true), &json!("completed"))
    );
    let again = site.post(&path, "again", charged).await;
    assert_eq!(again.refusal(), (409, "payment-not-in-doubt"));
}

#[tokio::test]
async fn while_nobody_knows_nothing_else_takes_its_part() {
    let site = Site::open().await;
    let order = ordered(&site).await;
    choose(&site, json!({ "kind": "unplugged" })).await;
    let begun = pay(&site, &order, "card", json!({ "method": "card" })).await;
    let unknown = |order: &Value| order["payments"][0]["state"] == "unknown";
    let lost = until(&site, &order, unknown).await;
    assert_eq!(
        (&lost["payable"], &lost["waits_for_terminal"]),
        (&json!(0), &json!(true))
    );
    let path = format!("/api/orders/{order}/payments");
    let cash = json!({ "method": "cash", "received": 5_000 });
    let other = site.post(&path, "cash", cash).await;
    assert_eq!(other.refusal(), (409, "payment-under-way"));
    let payment = begun["payment_id"].as_str().expect("an id");
    for push in ["inquire", "reverse"] {
        let pushed = site
            .post(&format!("{path}/{payment}/{push}"), "now", json!({}))
            .await;
        assert_eq!(pushed.status.as_u16(), 202, "{push}: {}", pushed.text);
        assert_eq!(pushed.body["done"], false);
    }
}

#[tokio::test]
async fn the_same_key_is_the_same_operation() {
    let site = Site::open().await;
    tap(&site).await;
    let first = site.post("/api/orders", "same", json!({})).await.ok();
    let again = site.post("/api/orders", "same", json!({})).await.ok();
    assert_eq!(first, again);
    let other = site
        .post("/api/orders", "same", json!({ "guests": 2 }))
        .await;
    assert_eq!(other.refusal(), (422, "key-used-for-something-else"));
    let order = first["id"].as_str().expect("an id");
    let cash = json!({ "method": "cash", "received": 5_000 });
    let paid = pay(&site, order, "pay", cash.clone()).await;
    let repeated = pay(&site, order, "pay", cash).await;
    assert_eq!(paid["payment_id"], repeated["payment_id"]);
    let more = json!({ "method": "cash", "received": 6_000 });
    let more = site
        .post(&format!("/api/orders/{order}/payments"), "pay", more)
        .await;
    assert_eq!(more.refusal(), (422, "key-used-for-something-else"));
    let orders = site.get("/api/orders").await.ok();
    assert_eq!(orders.as_array().map(Vec::len), Some(1));
    assert_eq!(orders[0]["payments"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn money_out_of_bounds_is_refused() {
    let site = Site::open().await;
    let order = ordered(&site).await;
    let rows = [
        (
            json!({ "method": "card", "amount": 0 }),
            (422, "amount-not-positive"),
        ),
        (
            json!({ "method": "card", "amount": -1 }),
            (422, "amount-not-positive"),
        ),
        (
            json!({ "method": "card", "amount": 4_501 }),
            (409, "amount-too-large"),
        ),
        (
            json!({ "method": "card", "amount": 1_000_000_000_001_i64 }),
            (422, "bad-amount"),
        ),
        (
            json!({ "method": "cash", "received": -4_500 }),
            (422, "amount-not-positive"),
        ),
        (
            json!({ "method": "external", "source": "x", "amount": -1 }),
            (422, "amount-not-positive"),
        ),
    ];
    for (index, (body, expected)) in rows.into_iter().enumerate() {
        let path = format!("/api/orders/{order}/payments");
        let answered = site.post(&path, &format!("k{index}"), body.clone()).await;
        assert_eq!(answered.refusal(), expected, "{body}");
    }
    let untouched = site.get(&format!("/api/orders/{order}")).await.ok();
    assert_eq!(untouched["payments"], json!([]));
}

#[tokio::test]
async fn orders_are_listed_by_how_they_stand() {
    let site = Site::open().await;
    let paid = ordered(&site).await;
    pay(
        &site,
        &paid,
        "pay",
        json!({ "method": "external", "source": "쿠폰" }),
    )
    .await;
    tap(&site).await;
    site.post("/api/orders", "second", json!({})).await.ok();
    tap(&site).await;
    let third = site.post("/api/orders", "third", json!({})).await.ok();
    let third = third["id"].as_str().expect("an id");
    site.post(&format!("/api/orders/{third}/cancel"), "off", json!({}))
        .await
        .ok();
    let rows = [
        ("", 3),
        ("?state=opened", 1),
        ("?state=opened,cancelled", 2),
        ("?payment_state=completed", 1),
        ("?page=2&size=2", 1),
        ("?page=3&size=2", 0),
        ("?to=2026-03-02T03:00:00Z", 0),
        ("?from=2026-03-02T03:00:00Z", 3),
    ];
    for (query, count) in rows {
        let orders = site.get(&format!("/api/orders{query}")).await.ok();
        assert_eq!(orders.as_array().map(Vec::len), Some(count), "{query}");
    }
}

#[tokio::test]
async fn an_order_without_payments_goes_back_into_the_cart() {
    let site = Site::open().await;
    let order = ordered(&site).await;
    let recalled = site
        .post(&format!("/api/orders/{order}/recall"), "back", json!({}))
        .await
        .ok();
    assert_eq!(recalled["state"], "cancelled");
    assert_eq!(site.get("/api/cart").await.ok()["lines"][0]["item_id"], 11);
}

#[tokio::test]
async fn work_that_was_begun_goes_on_when_its_caller_is_gone() {
    let site = Site::open().await;
    tap(&site).await;
    let mut changes = site.till.subscribe();
    let (router, request) = site
        .ask("POST", "/api/orders")
        .header("idempotency-key", "gone")
        .json(&json!({}))
        .request();
    // Polled once, then dropped: what the server does when the connection closes.
    assert!(router.oneshot(request).now_or_never().is_none());
    let order = loop {
        if let Change::Order { order, .. } = changes.recv().await.expect("the till is there") {
            break order;
        }
    };
    let repeated = site.post("/api/orders", "gone", json!({})).await.ok();
    assert_eq!(repeated["id"], order.id.to_string());
}

#[tokio::test]
async fn a_cart_is_held_and_taken_up() {
    let site = Site::open().await;
    let empty = site.post("/api/cart/hold", "h0", json!({})).await;
    assert_eq!(empty.refusal(), (409, "cart-is-empty"));
    tap(&site).await;
    let after = site.post("/api/cart/hold", "h1", json!({})).await.ok();
    assert_eq!(after["lines"], json!([]));
    let held = site.get("/api/held-carts").await.ok();
    assert_eq!(held[0]["held_at"], "2026-03-02T03:00:00Z");
    assert_eq!(held[0]["cart"]["totals"]["charge"], 4_500);
    let address = |cart: &str| format!("/api/held-carts/{cart}/take-up");
    let none = site.post(&address("7"), "h2", json!({})).await;
    assert_eq!(none.refusal(), (404, "no-such-held-cart"));
    let cart = held[0]["cart"]["id"].as_str().expect("an id");
    let back = site.post(&address(cart), "h3", json!({})).await.ok();
    assert_eq!(back["totals"]["charge"], 4_500);
    assert_eq!(site.get("/api/held-carts").await.ok(), json!([]));
}

async fn tap(site: &Site) {
    site.post("/api/cart/lines", "k", json!({ "item": 11 }))
        .await
        .ok();
}

async fn ordered(site: &Site) -> String {
    tap(site).await;
    let order = site.post("/api/orders", "order", json!({})).await.ok();
    order["id"].as_str().expect("an id").to_owned()
}

async fn choose(site: &Site, outcome: Value) {
    site.ask("PUT", "/api/terminal")
        .json(&json!({ "outcome": outcome }))
        .send()
        .await
        .ok();
}

async fn pay(site: &Site, order: &str, key: &str, body: Value) -> Value {
    let answered = site
        .post(&format!("/api/orders/{order}/payments"), key, body)
        .await;
    assert_eq!(answered.status.as_u16(), 202, "{}", answered.text);
    answered.body
}

/// The order, once it is as the test wants it. The till's changes wake this up; nothing is timed.
async fn until(site: &Site, order: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let mut changes = site.till.subscribe();
    loop {
        let now = site.get(&format!("/api/orders/{order}")).await.ok();
        if wanted(&now) {
            return now;
        }
        changes.recv().await.expect("the till is there");
    }
}

fn text(paper: &Value) -> String {
    let lines: Vec<&str> = paper["lines"]
        .as_array()
        .expect("lines")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    lines.join("\n")
}
