//! Other companies' servers, held back by hand; failures on purpose; figures.

use std::sync::{Mutex, MutexGuard};

use madang_server::view::upstream::{
    BreakerStateView, NetworkPlan, NetworkView, PoolView, SetUpstreams, UpstreamAction,
    UpstreamView,
};
use madang_server::{NetworkRefused, UpstreamDesk, UpstreamRefused};
use serde_json::{Value, json};

use crate::site::Site;

/// A way out without a gateway: two servers, of which one is called by two plugins.
pub struct TestUpstreams(Mutex<Kept>);

struct Kept {
    upstreams: Vec<UpstreamView>,
    network: Option<NetworkView>,
}

impl TestUpstreams {
    pub fn new() -> Self {
        let upstreams = vec![
            upstream("one", "https://a.example"),
            upstream("two", "https://a.example"),
            upstream("two", "https://b.example"),
        ];
        Self(Mutex::new(Kept {
            upstreams,
            network: Some(NetworkView { plan: None }),
        }))
    }

    /// As in a till that sells for real.
    fn take_switch_away(&self) {
        self.kept().network = None;
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().expect("no test panics while it holds this")
    }
}

impl UpstreamDesk for TestUpstreams {
    fn upstreams(&self) -> Vec<UpstreamView> {
        self.kept().upstreams.clone()
    }

    fn pool(&self) -> PoolView {
        PoolView {
            idle: 2,
            busy: 1,
            opened: 5,
            reused: 7,
            closed: 3,
        }
    }

    fn set(&self, action: UpstreamAction, which: &SetUpstreams) -> Result<(), UpstreamRefused> {
        let state = match action {
            UpstreamAction::Isolate => BreakerStateView::Isolated,
            UpstreamAction::Close => BreakerStateView::ForcedClosed,
            UpstreamAction::Release => BreakerStateView::Closed,
        };
        let is_meant = |one: &UpstreamView| {
            which
                .origin
                .as_ref()
                .is_none_or(|origin| one.origin == *origin)
                && (which.plugin.is_none() || one.plugin == which.plugin)
        };
        let mut kept = self.kept();
        let mut count = 0;
        for upstream in kept.upstreams.iter_mut().filter(|one| is_meant(one)) {
            upstream.breaker = state;
            count += 1;
        }
        match count {
            0 => Err(UpstreamRefused::NoneKnown),
            _ => Ok(()),
        }
    }

    fn network(&self) -> Option<NetworkView> {
        self.kept().network.clone()
    }

    fn set_network(&self, plan: NetworkPlan) -> Result<NetworkView, NetworkRefused> {
        let mut kept = self.kept();
        let network = kept.network.as_mut().ok_or(NetworkRefused::NoSwitch)?;
        network.plan = Some(plan).filter(|plan| !plan.faults.is_empty());
        Ok(network.clone())
    }
}

fn upstream(plugin: &str, origin: &str) -> UpstreamView {
    UpstreamView {
        caller: format!("plugin:{plugin}"),
        plugin: Some(plugin.into()),
        origin: origin.into(),
        breaker: BreakerStateView::Closed,
        retry_at: None,
        in_flight: 1,
        queued: 2,
        calls: 10,
        kept_back: 8,
        attempts: 12,
        failures: 3,
        budget_denials: 1,
        breaker_opened: 1,
        refused: 4,
        stale_served: 5,
        sockets: 7,
        sent_bytes: 600,
        received_bytes: 700,
        last_failure: None,
        is_failing: false,
    }
}

#[tokio::test]
async fn servers_are_set_by_hand_all_or_some() {
    let site = Site::open().await;
    let rows: [(&str, Value, [&str; 3]); 5] = [
        (
            "isolate",
            json!({ "origin": "https://a.example" }),
            ["isolated", "isolated", "closed"],
        ),
        (
            "release",
            json!({ "plugin": "one" }),
            ["closed", "isolated", "closed"],
        ),
        (
            "close",
            json!({ "plugin": "two", "origin": "https://b.example" }),
            ["closed", "isolated", "forced_closed"],
        ),
        ("isolate", json!({}), ["isolated"; 3]),
        ("release", json!({}), ["closed"; 3]),
    ];
    for (action, which, expected) in rows {
        let path = format!("/api/upstreams/{action}");
        let answered = site.post(&path, "k", which.clone()).await.ok();
        let states: Vec<_> = answered
            .as_array()
            .expect("a list")
            .iter()
            .map(|one| one["breaker"].clone())
            .collect();
        assert_eq!(states, expected, "{action} {which}");
        assert_eq!(site.get("/api/upstreams").await.ok(), answered);
    }
    let unknown = site
        .post("/api/upstreams/isolate", "k", json!({ "plugin": "three" }))
        .await;
    assert_eq!(unknown.refusal(), (404, "no-such-upstream"));
    let word = site.post("/api/upstreams/explode", "k", json!({})).await;
    assert_eq!(word.status.as_u16(), 400);
    let field = site
        .post("/api/upstreams/isolate", "k", json!({ "host": "a" }))
        .await;
    assert_eq!(field.refusal(), (400, "bad-json"));
}

#[tokio::test]
async fn the_network_fails_on_purpose_only_where_there_is_a_switch() {
    let site = Site::open().await;
    assert_eq!(site.get("/api/network").await.ok(), json!({ "plan": null }));
    let mixed = json!({
        "faults": [
            { "fault": { "kind": "latency", "delay_ms": 3000 }, "per_mille": 300 },
            { "fault": { "kind": "status", "code": 503, "retry_after_seconds": 2 }, "per_mille": 200 },
            { "fault": { "kind": "never_ending_body" }, "per_mille": 1 },
        ],
        "seed": 7,
        "origin": "https://a.example",
    });
    let set = site.post("/api/network", "k", mixed.clone()).await.ok();
    assert_eq!(set, json!({ "plan": mixed }));
    assert_eq!(site.get("/api/network").await.ok(), set);
    let every = site
        .post(
            "/api/network",
            "k",
            json!({ "faults": [{ "fault": { "kind": "refused" } }] }),
        )
        .await
        .ok();
    assert_eq!(every["plan"]["faults"][0]["per_mille"], 1000);
    let off = site
        .post("/api/network", "k", json!({ "faults": [] }))
        .await
        .ok();
    assert_eq!(off, json!({ "plan": null }));

    let many = vec![json!({ "fault": { "kind": "refused" }, "per_mille": 1 }); 17];
    let refused = site
        .post("/api/network", "k", json!({ "faults": many }))
        .await;
    assert_eq!(refused.refusal(), (422, "bad-network-plan"));
    let other = site
        .post(
            "/api/network",
            "k",
            json!({ "faults": [{ "fault": { "kind": "earthquake" } }] }),
        )
        .await;
    assert_eq!(other.refusal(), (400, "bad-json"));

    site.upstreams.take_switch_away();
    assert_eq!(
        site.get("/api/network").await.refusal(),
        (404, "no-network-switch")
    );
    let none = site
        .post("/api/network", "k", json!({ "faults": [] }))
        .await;
    assert_eq!(none.refusal(), (404, "no-network-switch"));
}

#[tokio::test]
async fn figures_are_for_who_has_the_token() {
    let site = Site::open().await;
    let stranger = site
        .stranger("GET", "/metrics")
        .header("host", crate::site::HOST)
        .send()
        .await;
    assert_eq!(stranger.refusal(), (401, "token-missing"));
    let figures = site.ask("GET", "/metrics").send().await;
    assert_eq!(figures.status.as_u16(), 200);
    assert_eq!(
        figures.headers["content-type"],
        "application/openmetrics-text; version=1.0.0; charset=utf-8"
    );
    assert_eq!(figures.headers["cache-control"], "no-store");
    let of_one = |name: &str| {
        format!("madang_upstream_{name}{{caller=\"plugin:one\",origin=\"https://a.example\"}}")
    };
    for line in [
        format!("{} 10", of_one("calls_total")),
        format!("{} 8", of_one("kept_back_total")),
        format!("{} 12", of_one("attempts_total")),
        format!("{} 3", of_one("failures_total")),
        format!("{} 1", of_one("budget_denials_total")),
        format!("{} 5", of_one("stale_served_total")),
        format!("{} 600", of_one("sent_bytes_total")),
        format!("{} 700", of_one("received_bytes_total")),
        format!("{} 7", of_one("sockets")),
        format!("{} 1", of_one("in_flight")),
        format!("{} 2", of_one("queued")),
        "madang_upstream_breaker{caller=\"plugin:two\",origin=\"https://b.example\",state=\"closed\"} 1".into(),
        "madang_upstream_breaker{caller=\"plugin:two\",origin=\"https://b.example\",state=\"open\"} 0".into(),
        "madang_pool_connections_opened_total 5".into(),
        "madang_pool_connections_idle 2".into(),
        "# EOF".into(),
    ] {
        assert!(figures.text.lines().any(|one| one == line), "{line} is not in\n{}", figures.text);
    }
}
