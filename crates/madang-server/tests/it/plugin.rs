//! Plugins, their messages, their settings, their toasts; and script steps.

use serde_json::{Value, json};

use crate::site::Site;

#[tokio::test]
async fn a_plugin_is_stopped_and_started() {
    let site = Site::open().await;
    assert_eq!(site.get("/api/plugins").await.ok()[0]["state"], "running");
    for (verb, state) in [
        ("stop", "stopped"),
        ("start", "running"),
        ("restart", "running"),
    ] {
        let answered = site
            .post(&format!("/api/plugins/hello/{verb}"), "k", json!({}))
            .await;
        assert_eq!(answered.ok()["state"], state);
    }
    let again = site.post("/api/plugins/hello/start", "k", json!({})).await;
    assert_eq!(again.refusal(), (409, "not-now"));
}

#[tokio::test]
async fn the_timeline_is_paged_both_ways() {
    let site = Site::open().await;
    for name in ["a.one", "a.two", "b.three", "b.four", "a.five"] {
        site.desk.log(name);
    }
    let rows: [(&str, &[u64]); 7] = [
        ("", &[1, 2, 3, 4, 5]),
        ("?limit=2", &[4, 5]),
        ("?after_seq=1&limit=2", &[2, 3]),
        ("?before_seq=3&limit=1", &[2]),
        ("?filter=b.", &[3, 4]),
        ("?plugin=hello&after_seq=4", &[5]),
        ("?plugin=other", &[]),
    ];
    for (query, expected) in rows {
        let lines = site.get(&format!("/api/timeline{query}")).await.ok();
        let seqs: Vec<u64> = lines
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|line| line["seq"].as_u64())
            .collect();
        assert_eq!(seqs, expected, "{query}");
    }
    let message = site.get("/api/timeline/3").await.ok();
    assert_eq!(message["body"]["name"], "b.three");
    assert_eq!(message["entry"]["direction"], "in");
}

#[tokio::test]
async fn settings_are_stored_when_every_field_is_right() {
    let site = Site::open().await;
    let path = "/api/plugins/hello/settings";
    let put = |values: Value| {
        site.ask("PUT", path)
            .json(&json!({ "values": values }))
            .send()
    };
    assert_eq!(
        put(json!({ "limit": 7000 })).await.ok()["values"]["limit"],
        7000
    );
    let wrong = put(json!({ "limit": "많이" })).await;
    assert_eq!(wrong.refusal(), (422, "bad-settings"));
    assert_eq!(wrong.body["fields"][0]["input"], "limit");
    assert_eq!(site.get(path).await.ok()["values"]["limit"], 7000);
    assert_eq!(
        put(json!({ "limit": { "deep": 1 } })).await.refusal(),
        (400, "bad-json")
    );
    let pressed = site
        .post(&format!("{path}/buttons/test"), "k", json!({}))
        .await;
    assert_eq!(pressed.status.as_u16(), 204);
    let other = site
        .post(&format!("{path}/buttons/other"), "k", json!({}))
        .await;
    assert_eq!(other.refusal(), (404, "no-such-button"));
}

#[tokio::test]
async fn toasts_are_touched_and_closed() {
    let site = Site::open().await;
    site.desk.toast("t1");
    assert_eq!(site.get("/api/toasts").await.ok()[0]["id"], "t1");
    for (verb, status) in [
        ("click", 204),
        ("button", 204),
        ("close", 204),
        ("close", 404),
    ] {
        let answered = site
            .post(&format!("/api/toasts/t1/{verb}"), "k", json!({}))
            .await;
        assert_eq!(answered.status.as_u16(), status, "{verb}");
    }
    assert_eq!(
        site.desk.touched(),
        ["click t1", "toast-button t1", "close t1"]
    );
    assert_eq!(site.get("/api/toasts").await.ok(), json!([]));
}

#[tokio::test]
async fn script_steps_are_played() {
    let site = Site::open().await;
    let played = site
        .post("/api/act", "k", json!({ "steps": "tap 아메리카노 2\nfly" }))
        .await
        .ok();
    assert_eq!(played["ok"], false);
    assert_eq!(played["results"][0]["ok"], true);
    assert_eq!(played["results"][1]["line"], 2);
}
