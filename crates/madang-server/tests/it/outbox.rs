//! Messages that go out, decided about by hand; their figures.

use std::sync::Arc;

use async_trait::async_trait;
use futures::future::BoxFuture;
use madang_journal::{Batch, Micros, NewOutboxMessage, OutboxMessage};
use madang_outbox::{Chance, Clock, Deliver, Destination, Outbox, Outcome, Settings, Surroundings};
use madang_till::{Till, World};
use serde_json::{Value, json};

use crate::site::Site;
use crate::stream::Page;

/// The outbox of a till, whose one destination refuses whatever is refused in its key.
pub fn of(till: &Till) -> Outbox {
    let surroundings = Surroundings {
        clock: Arc::new(TillsTime(till.world().clone())),
        chance: Arc::new(TillsTime(till.world().clone())),
    };
    let here = Destination {
        name: "https://a.example #12345678".into(),
        way: Arc::new(Picky),
    };
    let (journal, shop) = (till.journal().clone(), till.shop_id().clone());
    Outbox::new(journal, shop, surroundings, vec![here], Settings::default())
}

struct Picky;

#[async_trait]
impl Deliver for Picky {
    async fn deliver(&self, message: &OutboxMessage) -> Outcome {
        match message.key.contains("bad") {
            true => Outcome::Refused {
                reason: "the server answered 400".into(),
            },
            false => Outcome::Acknowledged,
        }
    }
}

struct TillsTime(World);

impl Clock for TillsTime {
    fn now(&self) -> Micros {
        Micros::new(self.0.now().as_microsecond())
    }

    fn sleep_until(&self, at: Micros) -> BoxFuture<'static, ()> {
        let at = jiff::Timestamp::from_microsecond(at.get()).expect("a near moment");
        self.0.clock.sleep_until(at)
    }
}

impl Chance for TillsTime {
    fn number(&self) -> u64 {
        self.0.chance.number()
    }
}

/// A site with two messages that stand aside, of which one has another behind it.
async fn site() -> Site {
    let site = Site::open().await;
    stuck(&site).await;
    site
}

async fn stuck(site: &Site) {
    let now = Micros::new(site.till.world().now().as_microsecond());
    let message = |group: &str, key: &str| NewOutboxMessage {
        destination: "https://a.example #12345678".into(),
        group: group.into(),
        key: key.into(),
        body: "{}".into(),
        next_at: now,
        expires_at: Micros::new(now.get() + 1_000_000),
    };
    let mut batch = Batch::new(site.till.shop_id().clone());
    batch.outbox = vec![
        message("order/1", "1-bad"),
        message("order/1", "1-behind"),
        message("order/2", "2-bad"),
        message("order/3", "3"),
    ];
    site.till.journal().write(batch).await.expect("written");
    let outbox = site.outbox.clone();
    tokio::spawn(async move { outbox.send().await });
    until(site, |view| {
        view["aside"]
            .as_array()
            .is_some_and(|aside| aside.len() == 2)
    })
    .await;
}

/// The outbox once it is as wanted.
async fn until(site: &Site, is_wanted: impl Fn(&Value) -> bool) -> Value {
    loop {
        let view = site.get("/api/outbox").await.ok();
        if is_wanted(&view) {
            return view;
        }
        tokio::task::yield_now().await;
    }
}

/// So many were set aside so far, and one of them stands there now.
fn refused_again(times: u64) -> impl Fn(&Value) -> bool {
    move |view| view["destinations"][0]["set_aside"] == times && !keys(&view["aside"]).is_empty()
}

fn keys(messages: &Value) -> Vec<&str> {
    let messages = messages.as_array().expect("a list").iter();
    messages.filter_map(|one| one["key"].as_str()).collect()
}

#[tokio::test]
async fn what_stands_aside_is_told_with_its_reason_and_without_what_it_says() {
    let site = site().await;
    let view = until(&site, |view| {
        let line = &view["destinations"][0];
        line["delivered"] == 1 && line["in_flight"] == 0
    })
    .await;
    assert_eq!(keys(&view["aside"]), ["1-bad", "2-bad"]);
    assert_eq!(keys(&view["waiting"]), ["1-behind"]);
    assert_eq!(view["aside"][0]["last_error"], "the server answered 400");
    assert!(view["aside"][0].get("body").is_none());
    let destination = json!({
        "destination": "https://a.example #12345678", "is_served": true, "waiting": 1, "aside": 2,
        "in_flight": 0, "delivered": 1, "tries": 3, "failures": 2, "set_aside": 2, "closed_until": null,
    });
    assert_eq!(view["destinations"], json!([destination]));

    let figures = site.ask("GET", "/metrics").send().await.text;
    for line in [
        r##"madang_outbox_aside{destination="https://a.example #12345678"} 2"##,
        r##"madang_outbox_waiting{destination="https://a.example #12345678"} 1"##,
        r##"madang_outbox_delivered_total{destination="https://a.example #12345678"} 1"##,
        r##"madang_outbox_set_aside_total{destination="https://a.example #12345678"} 2"##,
    ] {
        assert!(
            figures.lines().any(|one| one == line),
            "{line} is not in\n{figures}"
        );
    }
}

#[tokio::test]
async fn what_stands_aside_is_told_to_pages_when_it_changes() {
    let site = Site::open().await;
    assert_eq!(
        site.get("/api/outbox/aside").await.ok(),
        json!({ "count": 0, "messages": [] })
    );
    let mut page = Page::open(&site, None).await;
    page.must("hello").await;
    stuck(&site).await;
    let told = loop {
        let told = page.must("aside").await.data["data"].clone();
        if told["count"] == 2 {
            break told;
        }
    };
    assert_eq!(keys(&told["messages"]), ["1-bad", "2-bad"]);
    assert_eq!(told["messages"][0]["last_error"], "the server answered 400");
    assert_eq!(site.get("/api/outbox/aside").await.ok(), told);
    for (message, left) in [(0, 1), (1, 0)] {
        let path = format!("/api/outbox/{}/drop", told["messages"][message]["id"]);
        site.post(&path, "k", json!({})).await.ok();
        let now = page.must("aside").await.data["data"].clone();
        assert_eq!(now["count"], left);
    }
}

#[tokio::test]
async fn a_destination_is_resumed_by_its_name() {
    let site = site().await;
    let name = "https://a.example #12345678";
    for which in [json!({}), json!({ "destination": name })] {
        let view = site.post("/api/outbox/resume", "k", which).await.ok();
        assert_eq!(view["destinations"][0]["destination"], name);
        assert_eq!(keys(&view["aside"]), ["1-bad", "2-bad"]);
    }
    let unknown = json!({ "destination": "https://a.example" });
    let refused = site.post("/api/outbox/resume", "k", unknown).await;
    assert_eq!(refused.refusal(), (404, "not-served"));
    let field = json!({ "origin": "https://a.example" });
    let refused = site.post("/api/outbox/resume", "k", field).await;
    assert_eq!(refused.refusal(), (400, "bad-json"));
}

#[tokio::test]
async fn a_message_is_dropped_or_tried_again() {
    let site = site().await;
    let view = site.get("/api/outbox").await.ok();
    let [first, second] = [0, 1].map(|at| view["aside"][at]["id"].as_i64().expect("an id"));
    let dropped = site
        .post(&format!("/api/outbox/{first}/drop"), "k", json!({}))
        .await
        .ok();
    assert_eq!(keys(&dropped["aside"]), ["2-bad"]);
    until(&site, |view| keys(&view["waiting"]).is_empty()).await;

    let again = format!("/api/outbox/{second}/retry");
    site.post(&again, "k", json!({})).await.ok();
    until(&site, refused_again(3)).await;
    site.post("/api/outbox/retry", "k", json!({})).await.ok();
    until(&site, refused_again(4)).await;

    let gone = site
        .post(&format!("/api/outbox/{first}/retry"), "k", json!({}))
        .await;
    assert_eq!(gone.refusal(), (404, "not-aside"));
    let word = site.post("/api/outbox/first/drop", "k", json!({})).await;
    assert_eq!(word.status.as_u16(), 400);
}
