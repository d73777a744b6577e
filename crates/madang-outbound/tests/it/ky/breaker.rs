//! The breaker through the whole client, and what a full outage costs.

use std::time::Duration;

use madang_outbound::{
    Backoff, BreakerState, Manual, Method, Origin, Request, RetryPatch, RoutePatch, SendErrorKind,
};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::shop::{
    HOME, Reply, Shop, debugged, granted, late, millis, reply, retrying, short, silence, statuses,
};

fn once() -> RoutePatch {
    retrying(0.into())
}

fn home() -> Origin {
    Origin::parse(HOME).unwrap()
}

fn is_open(shop: &Shop) -> bool {
    matches!(shop.upstream().breaker, BreakerState::Open { .. })
}

async fn failing(shop: &Shop, calls: usize) {
    let client = shop.client(once());
    for _ in 0..calls {
        let _ = client.get("/x").answer().await;
    }
}

#[tokio::test(start_paused = true)]
async fn beyond_the_breaker_opens_on_failures_in_a_row_and_on_their_share() {
    let shop = Shop::new(statuses(&[500]));
    failing(&shop, 4).await;
    assert!(!is_open(&shop));
    failing(&shop, 1).await;
    assert!(is_open(&shop));
    failing(&shop, 3).await;
    assert_eq!(shop.server.count(), 5);
    // Every second call fails, at three calls a minute: too few for a floor of a hundred, enough for one of five.
    let shop = Shop::new(statuses(&[500, 200, 500, 200, 500, 500]));
    let client = shop.client(once());
    for _ in 0..5 {
        let _ = client.get("/x").answer().await;
        sleep(Duration::from_secs(10)).await;
    }
    assert_eq!(shop.upstream().counts.breaker.opened, 1);
}

#[tokio::test(start_paused = true)]
async fn beyond_only_the_servers_failures_count() {
    for status in [400, 404, 429] {
        let shop = Shop::new(statuses(&[status]));
        failing(&shop, 10).await;
        assert_eq!(shop.upstream().breaker, BreakerState::Closed, "{status}");
    }
    let shop = Shop::new(vec![silence()]);
    for _ in 0..10 {
        let token = CancellationToken::new();
        let client = shop.client(once());
        let call = tokio::spawn(client.get("/x").cancelled_by(token.clone()).answer());
        sleep(millis(5)).await;
        token.cancel();
        assert!(call.await.unwrap().is_err());
    }
    assert_eq!(shop.upstream().breaker, BreakerState::Closed, "called off");
    let shop = Shop::new(vec![silence()]);
    let client = shop.client(once());
    for _ in 0..5 {
        let _ = client.get("/x").within(millis(100)).answer().await;
    }
    assert!(is_open(&shop), "time-outs count");
    let shop = Shop::new(vec![Reply::Reset]);
    failing(&shop, 5).await;
    assert!(is_open(&shop), "broken connections count");
}

#[tokio::test(start_paused = true)]
async fn beyond_half_open_lets_one_probe_through_of_a_thousand_calls() {
    let shop = Shop::bounded(
        statuses(&[500]),
        madang_outbound::GatewayLimits {
            in_flight_max: 2_000,
            ..madang_outbound::GatewayLimits::default()
        },
    );
    let roomy = RoutePatch {
        rate: Some(madang_outbound::RateSettings {
            per_second: 10_000.try_into().unwrap(),
            burst: 10_000.try_into().unwrap(),
            waiting_max: 0,
        }),
        bulkhead: Some(madang_outbound::BulkheadSettings {
            running_max: 10_000,
            queued_max: 0,
        }),
        ..once()
    };
    let client = shop.client(roomy);
    for _ in 0..5 {
        let _ = client.get("/x").answer().await;
    }
    assert!(is_open(&shop));
    sleep(millis(5_001)).await;
    shop.server.now([late(50, reply(200, "ok"))]);
    let calls: Vec<_> = (0..1_000)
        .map(|_| tokio::spawn(client.get("/x").answer()))
        .collect();
    let mut answered = 0;
    for call in calls {
        answered += usize::from(call.await.unwrap().is_ok());
    }
    assert_eq!((answered, shop.server.count()), (1, 6));
    assert_eq!(shop.upstream().breaker, BreakerState::Closed);
    shop.is_at_rest().await;
}

#[tokio::test(start_paused = true)]
async fn beyond_a_probe_that_is_dropped_gives_its_place_back() {
    let shop = Shop::new(statuses(&[500]));
    failing(&shop, 5).await;
    sleep(millis(5_001)).await;
    shop.server.now([silence()]);
    let client = shop.client(once());
    let probe = tokio::spawn(client.get("/x").answer());
    sleep(millis(10)).await;
    let beside = client.get("/x").answer().await.unwrap_err();
    assert!(matches!(beside.kind(), SendErrorKind::HeldBack(_)));
    probe.abort();
    sleep(millis(10)).await;
    shop.server.now([reply(200, "ok")]);
    assert_eq!(short(&client.get("/x").answer().await), "200 ok");
}

#[tokio::test(start_paused = true)]
async fn beyond_open_time_doubles_up_to_its_longest_and_is_told() {
    let shop = Shop::new(statuses(&[500]));
    failing(&shop, 5).await;
    let mut waits = Vec::new();
    for _ in 0..9 {
        let BreakerState::Open { retry_in } = shop.upstream().breaker else {
            panic!("{:?}", shop.upstream().breaker)
        };
        let error = shop.client(once()).get("/x").answer().await.unwrap_err();
        assert_eq!(error.retry_after(), Some(retry_in));
        waits.push(retry_in.as_secs_f64());
        sleep(retry_in + millis(1)).await;
        failing(&shop, 1).await;
    }
    // Each with its own spread, never longer than planned.
    for (wait, planned) in waits
        .iter()
        .zip([5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 300.0, 300.0])
    {
        assert!(*wait <= planned && *wait >= planned * 0.4, "{waits:?}");
    }
    // Healthy for a minute, it begins again.
    let BreakerState::Open { retry_in } = shop.upstream().breaker else {
        panic!("{:?}", shop.upstream().breaker)
    };
    sleep(retry_in + millis(1)).await;
    shop.server.now([reply(200, "ok")]);
    failing(&shop, 1).await;
    sleep(Duration::from_secs(61)).await;
    failing(&shop, 1).await;
    shop.server.now(statuses(&[500]));
    failing(&shop, 5).await;
    let BreakerState::Open { retry_in } = shop.upstream().breaker else {
        panic!("{:?}", shop.upstream().breaker)
    };
    assert!(retry_in <= Duration::from_secs(5), "{retry_in:?}");
}

#[tokio::test(start_paused = true)]
async fn beyond_retries_stop_at_once_when_it_opens() {
    let shop = Shop::new(statuses(&[500]));
    failing(&shop, 3).await;
    let begun = Instant::now();
    let result = shop.plain().get("/x").answer().await;
    // The second try opens it. There is no pause for a third that would not be let through, and the failure is the server's own.
    let told = "GET http://api.example.com was answered 500 (Answered)";
    assert_eq!(short(&result), told);
    assert_eq!(result.unwrap_err().attempts(), 2);
    assert!(begun.elapsed() <= millis(301), "{:?}", begun.elapsed());
    assert_eq!(shop.server.count(), 5);
    // An isolation while a call pauses ends it the same way.
    let shop = Shop::new(statuses(&[500]));
    failing(&shop, 1).await;
    shop.gateway.set_upstream(&home(), None, Manual::Isolate);
    let begun = Instant::now();
    let error = shop.plain().get("/x").answer().await.unwrap_err();
    assert!(matches!(error.kind(), SendErrorKind::HeldBack(_)));
    assert_eq!((begun.elapsed(), shop.server.count()), (millis(0), 1));
}

#[tokio::test(start_paused = true)]
async fn beyond_one_plugin_cannot_poison_another() {
    let shop = Shop::new(statuses(&[500]));
    let bad = shop.client_of(granted("plugin:bad"), once());
    let good = shop.client_of(granted("plugin:good"), once());
    for _ in 0..6 {
        let _ = bad.get("/x").answer().await;
    }
    shop.server.now([reply(200, "ok")]);
    assert!(bad.get("/x").answer().await.is_err());
    assert_eq!(short(&good.get("/x").answer().await), "200 ok");
}

#[tokio::test(start_paused = true)]
async fn beyond_a_person_may_isolate_force_and_release() {
    let shop = Shop::new(statuses(&[200]));
    let client = shop.client(once());
    assert!(client.get("/x").answer().await.is_ok());
    let set = |manual| shop.gateway.set_upstream(&home(), Some("tester"), manual);
    assert_eq!(set(Manual::Isolate), 1);
    assert_eq!(shop.upstream().breaker, BreakerState::Isolated);
    assert_eq!(
        short(&client.get("/x").answer().await),
        "calls to this server are held back (Refused)"
    );
    assert_eq!(set(Manual::ForceClosed), 1);
    shop.server.now(statuses(&[500]));
    failing(&shop, 8).await;
    assert_eq!(
        (shop.server.count(), shop.upstream().breaker),
        (9, BreakerState::ForcedClosed)
    );
    assert_eq!(set(Manual::Release), 1);
    assert_eq!(shop.upstream().breaker, BreakerState::Closed);
    assert_eq!(
        shop.gateway
            .set_upstream(&home(), Some("nobody"), Manual::Isolate),
        0
    );
}

#[tokio::test(start_paused = true)]
async fn beyond_a_late_end_of_an_older_time_is_ignored() {
    let shop = Shop::new(vec![late(4_000, reply(200, "late"))]);
    let client = shop.client(once());
    let slow = tokio::spawn(client.get("/x").answer());
    sleep(millis(10)).await;
    shop.server.now(statuses(&[500]));
    failing(&shop, 5).await;
    assert!(is_open(&shop));
    assert_eq!(short(&slow.await.unwrap()), "200 late");
    assert!(
        is_open(&shop),
        "a success from before says nothing about now"
    );
    assert_eq!(shop.upstream().counts.breaker.late, 1);
}

/// A shop's load through an outage: so many calls a minute for so many minutes, with the gateway's own numbers and its own chance.
async fn outage(calls_a_minute: u64, minutes: u64, replies: Vec<Reply>) -> f64 {
    let shop = Shop::new(replies);
    let patch = retrying(RetryPatch {
        backoff: Some(Backoff::default()),
        ..RetryPatch::default()
    });
    let client = shop.client(patch);
    let calls = calls_a_minute * minutes;
    let mut under_way = Vec::new();
    for number in 0..calls {
        // Reading, and now and then an order.
        let call = match number % 5 {
            0 => client.call(Request::new(Method::Post, "/orders")),
            _ => client.get("/menu"),
        };
        under_way.push(tokio::spawn(call.answer()));
        sleep(Duration::from_secs(60) / u32::try_from(calls_a_minute).unwrap()).await;
    }
    for call in under_way {
        assert!(call.await.unwrap().is_err());
    }
    let attempts = shop.server.count() as f64;
    shop.is_at_rest().await;
    attempts / calls as f64
}

#[tokio::test(start_paused = true)]
async fn beyond_a_full_outage_costs_at_most_1_2_attempts_for_each_call() {
    for (calls_a_minute, minutes) in [(3, 30), (12, 10), (60, 5), (300, 3)] {
        for replies in [statuses(&[500]), vec![Reply::Reset], vec![silence()]] {
            let each = outage(calls_a_minute, minutes, replies).await;
            let told = debugged((calls_a_minute, each));
            assert!(each <= 1.2, "{told}");
        }
    }
}
