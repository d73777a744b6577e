//! Bulkhead, rate limit and hedging through the whole client, and what is counted of an upstream.

use std::time::Duration;

use madang_outbound::{
    BulkheadSettings, Chaos, Fault, HedgeAfter, HedgeSettings, Hooks, Method, Plan, RateSettings,
    Request, RoutePatch, Scope, SendErrorKind, UpstreamCounts,
};
use tokio::time::{Instant, sleep};

use super::shop::{
    HOME, Journal, Shop, endless, granted, hooked, late, millis, reply, retrying, short, silence,
    statuses,
};

fn places(running_max: usize, queued_max: usize) -> RoutePatch {
    RoutePatch {
        bulkhead: Some(BulkheadSettings {
            running_max,
            queued_max,
        }),
        ..retrying(0.into())
    }
}

#[tokio::test(start_paused = true)]
async fn beyond_there_is_no_queue_by_default_and_sixteen_places() {
    let shop = Shop::new(vec![late(100, reply(200, "ok"))]);
    let client = shop.client(retrying(0.into()));
    let calls: Vec<_> = (0..17)
        .map(|_| tokio::spawn(client.get("/x").answer()))
        .collect();
    let mut told = Vec::new();
    for call in calls {
        told.push(short(&call.await.unwrap()));
    }
    assert_eq!(told.iter().filter(|told| *told == "200 ok").count(), 16);
    assert_eq!(told[16], "too many calls to this server at once (Refused)");
    shop.is_at_rest().await;
}

#[tokio::test(start_paused = true)]
async fn beyond_a_place_is_free_again_however_its_call_ends() {
    let mut panics = Hooks::default();
    panics.after_response.push(std::sync::Arc::new(|_, _| {
        Box::pin(async { panic!("a mistake in a hook") })
    }));
    for end in [
        "answered",
        "dropped",
        "aborted",
        "panicked",
        "late",
        "body dropped",
    ] {
        let shop = Shop::new(vec![match end {
            "answered" => reply(200, "ok"),
            "panicked" | "body dropped" => endless(200),
            _ => silence(),
        }]);
        let client = shop.client(match end {
            "panicked" => RoutePatch {
                hooks: hooked(panics.clone()).hooks,
                ..places(1, 0)
            },
            _ => places(1, 0),
        });
        match end {
            "dropped" => {
                let call = client.get("/x").answer();
                let _ = tokio::time::timeout(millis(10), call).await;
            }
            "aborted" => {
                let token = tokio_util::sync::CancellationToken::new();
                let call = client.get("/x").cancelled_by(token.clone()).answer();
                let call = tokio::spawn(call);
                sleep(millis(10)).await;
                token.cancel();
                assert!(call.await.unwrap().is_err());
            }
            "body dropped" => drop(client.get("/x").response().await.unwrap()),
            "panicked" => {
                let told = short(&client.get("/x").answer().await);
                assert_eq!(told, "a hook of this call panicked (Unknown)");
            }
            _ => {
                let _ = client.get("/x").within(millis(1_000)).answer().await;
            }
        }
        shop.is_at_rest().await;
        shop.server.now([reply(200, "ok")]);
        let next = shop.client(places(1, 0)).get("/x").answer().await;
        assert_eq!(short(&next), "200 ok", "{end}");
    }
}

#[tokio::test(start_paused = true)]
async fn beyond_waiting_for_a_place_counts_against_the_deadline() {
    let shop = Shop::new(vec![late(5_000, reply(200, "ok"))]);
    let client = shop.client(places(1, 1));
    let first = tokio::spawn(client.get("/x").answer());
    sleep(millis(10)).await;
    let begun = Instant::now();
    let second = client.get("/x").within(millis(300)).answer().await;
    assert_eq!(
        short(&second),
        "too many calls to this server at once (Refused)"
    );
    // A tenth of its time is kept for the server.
    assert!(begun.elapsed().abs_diff(millis(270)) <= millis(2));
    let third = tokio::spawn(client.get("/x").answer());
    assert!(first.await.unwrap().is_ok());
    assert!(third.await.unwrap().is_ok());
    assert!(shop.server.times_ms()[1] >= 5_000);
    assert_eq!(shop.upstream().counts.bulkhead.left_queue, 1);
    shop.is_at_rest().await;
}

fn rate(waiting_max: usize) -> RoutePatch {
    RoutePatch {
        rate: Some(RateSettings {
            per_second: 2.try_into().unwrap(),
            burst: 2.try_into().unwrap(),
            waiting_max,
        }),
        ..retrying(0.into())
    }
}

#[tokio::test(start_paused = true)]
async fn beyond_a_call_too_many_is_refused_here_and_told_how_long_to_wait() {
    let shop = Shop::new(vec![reply(200, "ok")]);
    let client = shop.client(rate(0));
    for _ in 0..2 {
        assert!(client.get("/x").answer().await.is_ok());
    }
    let error = client.get("/x").answer().await.unwrap_err();
    assert!(matches!(error.kind(), SendErrorKind::TooFast(_)));
    let wait = error.retry_after().unwrap();
    assert!(wait > millis(400) && wait <= millis(500), "{wait:?}");
    sleep(wait).await;
    assert!(client.get("/x").answer().await.is_ok());
    assert_eq!(shop.upstream().counts.rate.refused, 1);
    // Retries pay as well.
    let shop = Shop::new(statuses(&[500]));
    let patch = RoutePatch {
        retry: 2.into(),
        rate: Some(RateSettings {
            per_second: 1.try_into().unwrap(),
            burst: 1.try_into().unwrap(),
            waiting_max: 0,
        }),
        ..RoutePatch::default()
    };
    let error = shop.client(patch).get("/x").answer().await.unwrap_err();
    assert!(matches!(error.kind(), SendErrorKind::TooFast(_)));
    assert_eq!(shop.server.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn beyond_waiting_for_a_turn_respects_the_deadline() {
    let shop = Shop::new(vec![reply(200, "ok")]);
    let client = shop.client(rate(10));
    for _ in 0..3 {
        assert!(client.get("/x").answer().await.is_ok());
    }
    let times = shop.server.times_ms();
    assert!(times[2].abs_diff(500) <= 2, "{times:?}");
    let begun = Instant::now();
    let error = client
        .get("/x")
        .within(millis(100))
        .answer()
        .await
        .unwrap_err();
    assert!(matches!(error.kind(), SendErrorKind::TooFast(_)));
    assert_eq!(
        begun.elapsed(),
        millis(0),
        "what would be too late is refused at once"
    );
    shop.is_at_rest().await;
}

fn hedged(after: Duration, extra_percent_max: u64) -> RoutePatch {
    RoutePatch {
        hedge: Some(Some(HedgeSettings {
            after: HedgeAfter::Fixed(after),
            extra_percent_max,
        })),
        ..retrying(0.into())
    }
}

#[tokio::test(start_paused = true)]
async fn beyond_a_slow_call_is_asked_twice_and_the_first_good_answer_wins() {
    let shop = Shop::new(vec![
        late(5_000, reply(200, "slow")),
        late(10, reply(200, "fast")),
    ]);
    let journal = Journal::default();
    let written = journal.clone();
    let mut hooks = Hooks::default();
    hooks.after_response.push(std::sync::Arc::new(move |_, _| {
        written.write("answer");
        Box::pin(async { Ok(madang_outbound::After::Keep) })
    }));
    let patch = RoutePatch {
        hooks: hooked(hooks).hooks,
        ..hedged(millis(100), 100)
    };
    let begun = Instant::now();
    assert_eq!(
        short(&shop.client(patch).get("/x").answer().await),
        "200 fast"
    );
    assert!(begun.elapsed().abs_diff(millis(110)) <= millis(2));
    shop.is_at_rest().await;
    assert_eq!((shop.server.count(), shop.server.let_go()), (2, 1));
    let counts = shop.upstream().counts;
    assert_eq!(
        (counts.calls, counts.attempts),
        (1, 1),
        "one call for the caller"
    );
    assert_eq!((counts.hedge.hedged, counts.hedge.won), (1, 1));
    journal.check(&["answer"]);
}

#[tokio::test(start_paused = true)]
async fn beyond_only_idempotent_calls_are_hedged_and_few_of_them() {
    for (method, percent, expected) in [
        (Method::Get, 100, 2),
        (Method::Put, 100, 2),
        (Method::Query, 100, 2),
        (Method::Post, 100, 1),
        (Method::Patch, 100, 1),
        (Method::Get, 5, 1),
    ] {
        let shop = Shop::new(vec![late(500, reply(200, "ok"))]);
        let client = shop.client(hedged(millis(100), percent));
        assert!(
            client
                .call(Request::new(method, "/x"))
                .answer()
                .await
                .is_ok()
        );
        assert_eq!(shop.server.count(), expected, "{method} {percent}");
        shop.is_at_rest().await;
    }
}

#[tokio::test(start_paused = true)]
async fn beyond_of_two_failures_the_first_is_told_and_a_good_answer_is_waited_for() {
    let shop = Shop::new(vec![
        late(300, reply(500, "first")),
        late(300, reply(503, "second")),
    ]);
    let error = shop
        .client(hedged(millis(100), 100))
        .get("/x")
        .answer()
        .await
        .unwrap_err();
    assert_eq!(error.status(), Some(500));
    let shop = Shop::new(vec![
        late(150, reply(500, "")),
        late(300, reply(200, "second")),
    ]);
    let result = shop
        .client(hedged(millis(100), 100))
        .get("/x")
        .answer()
        .await;
    assert_eq!(short(&result), "200 second");
}

#[tokio::test(start_paused = true)]
async fn beyond_a_probe_is_never_hedged() {
    let shop = Shop::new(statuses(&[500]));
    let client = shop.client(hedged(millis(100), 100));
    for _ in 0..5 {
        let _ = client.get("/x").answer().await;
    }
    sleep(millis(5_001)).await;
    shop.server.now([late(500, reply(200, "ok"))]);
    assert_eq!(short(&client.get("/x").answer().await), "200 ok");
    assert_eq!(shop.server.count(), 6);
    assert_eq!(shop.upstream().counts.hedge.withheld, 1);
}

#[tokio::test(start_paused = true)]
async fn what_is_counted_of_an_upstream_is_what_happened() {
    let shop = Shop::new(statuses(&[500, 200, 404]));
    let client = shop.plain();
    assert!(client.put("/x").body("12345").answer().await.is_ok());
    assert!(client.get("/x").answer().await.is_err());
    let view = shop.upstream();
    let told = (view.caller.as_str(), view.origin.to_string());
    assert_eq!(told, ("tester", HOME.to_owned()));
    let UpstreamCounts {
        calls,
        attempts,
        failures,
        sent_bytes,
        budget,
        ..
    } = view.counts;
    assert_eq!((calls, attempts, failures, sent_bytes), (2, 3, 1, 10));
    assert_eq!(
        (budget.allowed, budget.refused, budget.concurrent),
        (1, 0, 0)
    );
    let message = view.last_failure.unwrap().message;
    assert_eq!(message, "GET http://api.example.com was answered 404");
    // Another caller is another upstream.
    shop.server.now(statuses(&[200]));
    let other = shop.client_of(granted("other"), RoutePatch::default());
    assert!(other.get("/x").answer().await.is_ok());
    assert_eq!(shop.gateway.upstreams().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_nobody_sent_takes_nothing_back_of_what_was() {
    let shop = Shop::new(vec![reply(200, "ok")]);
    let chaos: &Chaos = shop.gateway.chaos();
    let fault = Fault::Status {
        code: 503,
        retry_after: None,
    };
    chaos.start(Plan::always(fault, Scope::All)).unwrap();
    let client = shop.plain();
    let call = tokio::spawn(client.get("/x").answer());
    sleep(millis(100)).await;
    chaos
        .start(Plan::always(Fault::Refused, Scope::All))
        .unwrap();
    let error = call.await.unwrap().unwrap_err();
    assert_eq!(
        error.outcome(),
        madang_outbound::Outcome::Refused,
        "{error:?}"
    );
}

fn quick(hedge: HedgeSettings) -> RoutePatch {
    RoutePatch {
        hedge: Some(Some(hedge)),
        rate: Some(RateSettings {
            per_second: 1_000.try_into().unwrap(),
            burst: 1_000.try_into().unwrap(),
            waiting_max: 0,
        }),
        ..retrying(0.into())
    }
}

#[tokio::test(start_paused = true)]
async fn beyond_a_hedge_waits_for_what_nearly_all_calls_took_and_stays_rare() {
    let shop = Shop::new(vec![late(40, reply(200, "usual"))]);
    let client = shop.client(quick(HedgeSettings::default()));
    for _ in 0..30 {
        assert!(client.get("/x").answer().await.is_ok());
    }
    assert_eq!(shop.upstream().counts.hedge.hedged, 0);
    shop.server
        .now([late(5_000, reply(200, "slow")), reply(200, "second")]);
    let begun = Instant::now();
    assert_eq!(short(&client.get("/x").answer().await), "200 second");
    let elapsed = begun.elapsed();
    assert!(
        elapsed >= millis(40) && elapsed <= millis(80),
        "{elapsed:?}"
    );

    let shop = Shop::new(vec![late(50, reply(200, "ok"))]);
    let client = shop.client(quick(HedgeSettings {
        after: HedgeAfter::Fixed(millis(10)),
        ..HedgeSettings::default()
    }));
    for _ in 0..200 {
        assert!(client.get("/x").answer().await.is_ok());
    }
    assert_eq!(shop.upstream().counts.hedge.hedged, 10, "one in twenty");
}

#[tokio::test(start_paused = true)]
async fn beyond_what_is_known_of_servers_is_bounded_and_calls_under_way_are_not_forgotten() {
    let limits = madang_outbound::GatewayLimits {
        upstreams: madang_outbound::UpstreamLimits {
            remembered_max: 3,
            ..madang_outbound::UpstreamLimits::default()
        },
        ..madang_outbound::GatewayLimits::default()
    };
    let shop = Shop::bounded(
        vec![late(60_000, reply(200, "slow")), reply(200, "ok")],
        limits,
    );
    let patch = || RoutePatch {
        attempt_timeout: Some(None),
        first_byte_timeout: Some(None),
        total_timeout: Some(Duration::from_secs(100)),
        ..retrying(0.into())
    };
    let busy = tokio::spawn(shop.client(patch()).get("/x").answer());
    sleep(millis(10)).await;
    for number in 0..20 {
        let client = shop.client_of(granted(&format!("caller {number}")), patch());
        assert!(client.get("/x").answer().await.is_ok());
        let views = shop.gateway.upstreams();
        assert!(views.len() <= 3);
        assert!(
            views.iter().any(|view| view.caller == "tester"),
            "{views:?}"
        );
    }
    assert!(busy.await.unwrap().is_ok());
}
