//! The way out in figures, for a Prometheus that is given the token.

use std::sync::atomic::AtomicU64;

use axum::extract::State;
use axum::http::header;
use madang_outbox::LineStatus;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::Served;
use crate::view::upstream::{BreakerStateView, PoolView, UpstreamView};

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The way out in figures, as OpenMetrics: made from what the gateway counts at the moment it is asked, nothing is counted twice.
#[utoipa::path(
    get,
    path = "/metrics",
    responses((status = 200, body = String, content_type = "application/openmetrics-text"))
)]
pub async fn metrics(
    State(served): State<Served>,
) -> ([(header::HeaderName, &'static str); 1], String) {
    // A journal that cannot be read leaves the other figures to be told.
    let outbox = served.outbox.status(0).await;
    let outbox = outbox.map(|status| status.lines).unwrap_or_default();
    let text = figures(
        &served.upstreams.upstreams(),
        served.upstreams.pool(),
        &outbox,
    );
    ([(header::CONTENT_TYPE, OPEN_METRICS)], text)
}

fn figures(upstreams: &[UpstreamView], pool: PoolView, outbox: &[LineStatus]) -> String {
    let mut registry = Registry::with_prefix("madang");
    for (name, help, of) in UPSTREAM_COUNTS {
        registry.register(name, help, counted(upstreams, of));
    }
    for (name, help, of) in UPSTREAM_GAUGES {
        registry.register(name, help, measured(upstreams, of));
    }
    let help = "What the breaker would do with a call now: 1 at that state";
    registry.register("upstream_breaker", help, breakers(upstreams));
    for (name, help, of) in POOL_COUNTS {
        let counter = Counter::<u64>::default();
        counter.inc_by(of(&pool));
        registry.register(name, help, counter);
    }
    for (name, help, of) in POOL_GAUGES {
        let gauge = Gauge::<u64, AtomicU64>::default();
        gauge.set(of(&pool));
        registry.register(name, help, gauge);
    }
    for (name, help, of) in OUTBOX_COUNTS {
        let family = Family::<Labels, Counter>::default();
        for line in outbox {
            family.get_or_create(&to(line)).inc_by(of(line));
        }
        registry.register(name, help, family);
    }
    for (name, help, of) in OUTBOX_GAUGES {
        let family = Family::<Labels, Gauge<u64, AtomicU64>>::default();
        for line in outbox {
            family.get_or_create(&to(line)).set(of(line));
        }
        registry.register(name, help, family);
    }
    let mut text = String::new();
    encode(&mut text, &registry).expect("a string takes every text");
    text
}

type Of<T> = (&'static str, &'static str, fn(&T) -> u64);
type Labels = Vec<(&'static str, String)>;

const UPSTREAM_COUNTS: [Of<UpstreamView>; 10] = [
    (
        "upstream_calls",
        "Calls, those included that were kept back",
        |one| one.calls,
    ),
    (
        "upstream_kept_back",
        "Calls that failed before anything went out",
        |one| one.kept_back,
    ),
    ("upstream_attempts", "Attempts that went out", |one| {
        one.attempts
    }),
    (
        "upstream_failures",
        "Calls that went out and failed",
        |one| one.failures,
    ),
    (
        "upstream_budget_denials",
        "Retries that were not made, so as not to add load",
        |one| one.budget_denials,
    ),
    (
        "upstream_breaker_openings",
        "Times the breaker opened",
        |one| one.breaker_opened,
    ),
    (
        "upstream_refused",
        "Attempts refused here: by the breaker, by the queue, as too fast",
        |one| one.refused,
    ),
    (
        "upstream_stale_served",
        "Calls answered with an answer past its time",
        |one| one.stale_served,
    ),
    (
        "upstream_sent_bytes",
        "Bytes of bodies and of messages sent, every attempt counted",
        |one| one.sent_bytes,
    ),
    (
        "upstream_received_bytes",
        "Bytes of bodies and of messages that came",
        |one| one.received_bytes,
    ),
];

const UPSTREAM_GAUGES: [Of<UpstreamView>; 3] = [
    ("upstream_in_flight", "Calls under way", |one| one.in_flight),
    ("upstream_queued", "Calls that wait for their turn", |one| {
        one.queued
    }),
    ("upstream_sockets", "WebSockets that are open", |one| {
        one.sockets
    }),
];

const POOL_COUNTS: [Of<PoolView>; 3] = [
    ("pool_connections_opened", "Connections opened", |pool| {
        pool.opened
    }),
    ("pool_connections_closed", "Connections closed", |pool| {
        pool.closed
    }),
    (
        "pool_connections_reused",
        "Calls that went out on a connection that stood already",
        |pool| pool.reused,
    ),
];

const POOL_GAUGES: [Of<PoolView>; 2] = [
    (
        "pool_connections_idle",
        "Connections that wait for a call",
        |pool| pool.idle,
    ),
    (
        "pool_connections_busy",
        "Calls that have a connection",
        |pool| pool.busy,
    ),
];

const OUTBOX_COUNTS: [Of<LineStatus>; 4] = [
    (
        "outbox_delivered",
        "Messages that were acknowledged",
        |line| line.delivered,
    ),
    ("outbox_tries", "Tries to send a message", |line| line.tries),
    ("outbox_failures", "Tries that failed", |line| line.failures),
    (
        "outbox_set_aside",
        "Messages that could not be delivered and were set aside",
        |line| line.set_aside,
    ),
];

const OUTBOX_GAUGES: [Of<LineStatus>; 3] = [
    ("outbox_waiting", "Messages that wait to be sent", |line| {
        line.waiting
    }),
    (
        "outbox_aside",
        "Messages that stand aside until somebody decides",
        |line| line.aside,
    ),
    ("outbox_in_flight", "Messages being sent", |line| {
        line.in_flight
    }),
];

const STATES: [(BreakerStateView, &str); 5] = [
    (BreakerStateView::Closed, "closed"),
    (BreakerStateView::Open, "open"),
    (BreakerStateView::HalfOpen, "half_open"),
    (BreakerStateView::Isolated, "isolated"),
    (BreakerStateView::ForcedClosed, "forced_closed"),
];

fn counted(upstreams: &[UpstreamView], of: fn(&UpstreamView) -> u64) -> Family<Labels, Counter> {
    let family = Family::<Labels, Counter>::default();
    for upstream in upstreams {
        family.get_or_create(&labels(upstream)).inc_by(of(upstream));
    }
    family
}

fn measured(
    upstreams: &[UpstreamView],
    of: fn(&UpstreamView) -> u64,
) -> Family<Labels, Gauge<u64, AtomicU64>> {
    let family = Family::<Labels, Gauge<u64, AtomicU64>>::default();
    for upstream in upstreams {
        family.get_or_create(&labels(upstream)).set(of(upstream));
    }
    family
}

fn breakers(upstreams: &[UpstreamView]) -> Family<Labels, Gauge<u64, AtomicU64>> {
    let family = Family::<Labels, Gauge<u64, AtomicU64>>::default();
    for upstream in upstreams {
        for (state, word) in STATES {
            let mut labels = labels(upstream);
            labels.push(("state", word.to_owned()));
            let is_now = u64::from(upstream.breaker == state);
            family.get_or_create(&labels).set(is_now);
        }
    }
    family
}

fn to(line: &LineStatus) -> Labels {
    vec![("destination", line.destination.clone())]
}

fn labels(upstream: &UpstreamView) -> Labels {
    vec![
        ("caller", upstream.caller.clone()),
        ("origin", upstream.origin.clone()),
    ]
}
