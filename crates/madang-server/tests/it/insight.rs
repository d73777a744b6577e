//! How orders go, as the page asks for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use madang_journal::{Batch, ExpectedVersion, Micros, NewEvent, StreamId};
use madang_till::{Answers, Ask, AskEnd, Asked as AskedPlugin, Asks, Verdict};
use serde_json::{Value, json};

use crate::asking::Answered;
use crate::site::Site;

/// Sells an americano for cash, and gives the order's id.
async fn sell(site: &Site, key: &str) -> String {
    let tap = json!({ "item": 11 });
    let keys = ["tap", "out", "pay"].map(|what| format!("{key}-{what}"));
    site.post("/api/cart/lines", &keys[0], tap).await.ok();
    let order = site.post("/api/orders", &keys[1], json!({})).await.ok();
    let id = order["id"].as_str().expect("an id").to_owned();
    let pay = json!({ "method": "cash", "received": 5_000 });
    site.post(&format!("/api/orders/{id}/payments"), &keys[2], pay)
        .await
        .ok();
    id
}

fn list<'json>(found: &'json Value, field: &str) -> Vec<&'json str> {
    let all = found[field].as_array().expect("a list").iter();
    all.map(|one| one.as_str().expect("a text")).collect()
}

#[tokio::test]
async fn what_was_sold_a_moment_ago_is_in_it() {
    let site = Site::open().await;
    let nothing = site.get("/api/insight").await.ok();
    assert_eq!(
        nothing["summary"]["orders"],
        json!({ "now": 0, "before": 0 })
    );
    assert_eq!(
        (&nothing["map"]["nodes"], &nothing["ways"]),
        (&json!([]), &json!([]))
    );
    assert_eq!(nothing["is_up_to_date"], true);
    assert_eq!(
        nothing["period"],
        json!({ "from": "2026-03-02", "to": "2026-03-02" })
    );
    assert_eq!(
        nothing["period_before"],
        json!({ "from": "2026-03-01", "to": "2026-03-01" })
    );

    let first = sell(&site, "a").await;
    sell(&site, "b").await;
    let found = site.get("/api/insight?period=today").await.ok();
    assert_eq!(found["summary"]["orders"], json!({ "now": 2, "before": 0 }));
    assert_eq!(found["summary"]["ways"]["now"], 1);
    assert_eq!(
        found["summary"]["top_ways_share"],
        json!({ "now": 1.0, "before": null })
    );
    assert_eq!(found["channels"][0]["channel"], "pos");
    assert_eq!(
        found["channels"][0]["name"],
        json!({ "ko": "매장", "en": "In the shop" })
    );
    let way = &found["ways"][0];
    assert_eq!(
        list(way, "activities"),
        [
            "cart_begun",
            "order_placed",
            "payment_completed",
            "order_completed"
        ]
    );
    assert_eq!(found["waiting"]["total"], 0);

    let key = way["key"].as_str().expect("a key");
    let orders = site
        .get(&format!("/api/insight/orders?period=today&way={key}"))
        .await
        .ok();
    assert_eq!(
        (&orders["total"], &orders["page"], &orders["size"]),
        (&json!(2), &json!(1), &json!(50))
    );
    let timeline = site.get(&format!("/api/insight/orders/{first}")).await.ok();
    assert_eq!(timeline["order"]["id"], first);
    assert_eq!(timeline["order"]["last"], "order_completed");
    assert_eq!(timeline["steps"][2]["actor"], "cashier:till");
    assert_eq!(timeline["steps"].as_array().map(Vec::len), Some(4));
}

/// Two guards: one answers after 1.8 seconds, one says no when asked again. The site's clock stands still, so they say when they did.
struct Guards(AtomicU32);

#[async_trait]
impl Asks for Guards {
    async fn ask(&self, _: Ask) -> Answers {
        let asked_at: Timestamp = "2026-03-02T03:00:00Z".parse().expect("a time");
        let asked = |plugin: &str, ms, ended| AskedPlugin {
            plugin: plugin.into(),
            asked_at,
            ended_at: asked_at + SignedDuration::from_millis(ms),
            ended,
        };
        let is_first = self.0.fetch_add(1, Ordering::SeqCst) == 0;
        let (verdict, ended) = match is_first {
            true => {
                let (plugin, message) = ("quick".into(), "점장에게 물어보세요".into());
                (Verdict::Veto { plugin, message }, AskEnd::Vetoed)
            }
            false => (Verdict::Allow, AskEnd::Allowed),
        };
        let slow = match is_first {
            true => asked("slow-guard", 20, AskEnd::Overtaken),
            false => asked("slow-guard", 1_800, AskEnd::Allowed),
        };
        Answers {
            verdict,
            asked: vec![asked("quick", 20, ended), slow],
        }
    }
}

#[tokio::test]
async fn plugins_that_kept_a_refund_waiting_are_told_of() {
    let site = Site::open().await;
    site.till.set_asks(Arc::new(Guards(AtomicU32::new(0))));
    let order = sell(&site, "a").await;
    let payment = site.get(&format!("/api/orders/{order}")).await.ok();
    let payment = payment["payments"][0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let back = format!("/api/orders/{order}/payments/{payment}/cancel");
    for key in ["no", "yes"] {
        site.post(&back, key, json!({})).await;
    }
    let found = site.get("/api/insight").await.ok();
    let told = |plugin: &Value| {
        [
            "plugin",
            "questions",
            "orders",
            "silent",
            "refused",
            "is_slow",
            "median_before_ms",
        ]
        .map(|field| plugin[field].clone())
    };
    let plugins = found["plugins"].as_array().expect("a list");
    let expected = [
        json!(["slow-guard", 1, 1, 0, 0, true, null]),
        json!(["quick", 2, 1, 0, 1, false, null]),
    ];
    let all: Vec<Value> = plugins.iter().map(|plugin| json!(told(plugin))).collect();
    assert_eq!(all, expected);
    assert_eq!(
        plugins[0]["title"]["ko"],
        "환불이 slow-guard의 답을 기다려요"
    );
    let sentence = plugins[0]["sentence"]["en"].as_str().expect("a text");
    assert!(
        sentence.starts_with("Asked before a refund, it usually takes 1.8"),
        "{sentence}"
    );

    let behind = |plugin: &str| format!("/api/insight/orders?plugin={plugin}");
    let orders = site.get(&behind("slow-guard")).await.ok();
    assert_eq!(orders["orders"][0]["id"], order);
    assert_eq!(orders["orders"][0]["wait_ms"], 1_800);
    assert_eq!(site.get(&behind("nobody")).await.ok()["total"], 0);

    let timeline = site.get(&format!("/api/insight/orders/{order}")).await.ok();
    let steps = timeline["steps"].as_array().expect("a list").iter();
    let steps: Vec<Value> = steps
        .filter(|step| step["took_ms"].is_number())
        .map(|step| json!([step["activity"], step["took_ms"], step["actor"]]))
        .collect();
    let expected = [
        json!(["plugin_refused", 20, "plugin:quick"]),
        json!(["plugin_allowed", 20, "plugin:quick"]),
        json!(["plugin_allowed", 1_800, "plugin:slow-guard"]),
    ];
    assert_eq!(steps, expected);
}

#[tokio::test]
async fn the_map_has_all_that_is_drawn() {
    let site = Site::open().await;
    sell(&site, "a").await;
    let found = site.get("/api/insight").await.ok();
    let map = &found["map"];
    let size = |what: &str| map[what].as_i64().expect("a size");
    assert!(size("width") > 100 && size("height") > 40, "{map}");
    for node in map["nodes"].as_array().expect("boxes") {
        let area = &node["area"];
        let side = |what: &str| area[what].as_i64().expect("a side");
        assert!(
            side("x") >= 0 && side("x") + side("width") <= size("width"),
            "{node}"
        );
        assert!(
            side("y") >= 0 && side("y") + side("height") <= size("height"),
            "{node}"
        );
    }
    let edges = map["edges"].as_array().expect("lines");
    assert_eq!(
        (map["nodes"].as_array().map(Vec::len), edges.len()),
        (Some(4), 3)
    );
    for edge in edges {
        assert!(
            edge["line"]
                .as_str()
                .is_some_and(|line| line.starts_with('M')),
            "{edge}"
        );
        assert_eq!((&edge["count"], &edge["median_ms"]), (&json!(1), &json!(0)));
    }
    // Fewer boxes are another picture of the same; a step that is not there is the last.
    let step = |query: &str| format!("/api/insight/map?{query}");
    let few = site.get(&step("activities=0")).await.ok();
    assert_eq!(few["nodes"].as_array().map(Vec::len), Some(2));
    assert_eq!(few["detail"]["activity_step"], 0);
    let all = site.get(&step("activities=1000&paths=1000")).await.ok();
    assert_eq!(&all["nodes"], &map["nodes"]);
    // In a narrow room the way turns back; no room is too small or too large to be asked for.
    let narrow = site.get(&step("map_width=400&map_height=900")).await.ok();
    let of = |map: &serde_json::Value, side: &str| map[side].as_i64().expect("a size");
    assert!(
        of(&narrow, "width") < 480 && of(&narrow, "width") < size("width"),
        "{narrow}"
    );
    assert!(of(&narrow, "height") > size("height"), "{narrow}");
    site.get(&step("map_width=0&map_height=4294967295"))
        .await
        .ok();
}

#[tokio::test]
async fn orders_that_wait_are_told_of() {
    let site = Site::open().await;
    site.post("/api/cart/lines", "tap", json!({ "item": 11 }))
        .await
        .ok();
    site.post("/api/orders", "out", json!({})).await.ok();
    let found = site.get("/api/insight?channel=pos,kiosk").await.ok();
    assert_eq!(found["waiting"]["total"], 1);
    let waiting = &found["waiting"]["orders"][0];
    assert_eq!(
        (&waiting["order"]["is_open"], &waiting["waiting_ms"]),
        (&json!(true), &json!(0))
    );
    let found = site.get("/api/insight?channel=delivery").await.ok();
    assert_eq!(
        (
            &found["waiting"]["total"],
            &found["summary"]["orders"]["now"]
        ),
        (&json!(0), &json!(0))
    );
    assert_eq!(
        found["channels"][0]["orders"], 1,
        "whatever channels were asked for"
    );
}

#[tokio::test]
async fn what_cannot_be_asked_is_said() {
    let site = Site::open().await;
    let check = async |query: &str, expected: (u16, &str)| {
        let answered: Answered = site.get(&format!("/api/insight{query}")).await;
        assert_eq!(answered.refusal(), expected, "{query}: {}", answered.text);
    };
    check("?from=2026-03-02&to=2026-03-01", (422, "bad-period")).await;
    check("?from=1926-03-02&to=2026-03-02", (422, "bad-period")).await;
    check("?from=-009999-01-01&to=9999-12-31", (422, "bad-period")).await;
    check("?from=2026-13-01", (400, "bad-query")).await;
    check("?from=yesterday", (400, "bad-query")).await;
    check("?to=2026-03-02", (400, "bad-query")).await;
    check("?period=today&from=2026-03-02", (400, "bad-query")).await;
    check("?period=year", (400, "bad-query")).await;
    check("?channel=moon", (400, "bad-query")).await;
    check("?days=7", (400, "bad-query")).await;
    check("?activities=-1", (400, "bad-query")).await;
    check("/map?from=2026-03-02&to=2026-03-01", (422, "bad-period")).await;
    check("/orders?step_from=order_placed", (400, "bad-query")).await;
    check(
        "/orders?step_from=order_placed&step_to=nowhere",
        (400, "bad-query"),
    )
    .await;
    check(
        "/orders?step_from=order_placed&step_to=order_completed&way=bo",
        (400, "bad-query"),
    )
    .await;
    check("/orders?way=bo&plugin=guard", (400, "bad-query")).await;
    check("/orders?way=", (404, "no-such-way")).await;
    check("/orders?way=bo%22", (404, "no-such-way")).await;
    check("/orders?page=0", (400, "bad-query")).await;
    check("/orders?size=201", (400, "bad-query")).await;
    check("/orders/x", (400, "bad-id")).await;
    check("/orders/1", (404, "order-not-looked-at")).await;
    let page = site
        .get("/api/insight/orders?page=4294967295&size=200")
        .await
        .ok();
    assert_eq!(page["orders"], json!([]));
    // Nothing of all this is in the way of the next question.
    let found = site
        .get("/api/insight?from=2026-03-01&to=2026-03-02")
        .await
        .ok();
    assert_eq!(found["summary"]["orders"]["now"], 0);
}

/// What nobody can read ends the page, and not the till.
#[tokio::test]
async fn selling_goes_on_when_orders_cannot_be_looked_at() {
    let site = Site::open().await;
    sell(&site, "a").await;
    let shop = site.till.shop_id().clone();
    let stream = StreamId::new(shop.clone(), "order", "9").expect("a stream");
    let mut batch = Batch::new(shop);
    batch.expect(stream.clone(), ExpectedVersion::Any);
    batch.event(NewEvent {
        stream,
        kind: "order-of-tomorrow".into(),
        type_version: 1,
        at: Micros::new(0),
        business_date: "2026-03-02".into(),
        actor: "system".into(),
        operation: None,
        caused_by: None,
        body: "{}".into(),
    });
    site.till.journal().write(batch).await.expect("written");
    for path in ["", "/map", "/orders", "/orders/1"] {
        let answered = site.get(&format!("/api/insight{path}")).await;
        assert_eq!(answered.refusal(), (503, "insight-unavailable"), "{path}");
    }
    let order = sell(&site, "b").await;
    let order = site.get(&format!("/api/orders/{order}")).await.ok();
    assert_eq!(order["state"], "completed");
}
