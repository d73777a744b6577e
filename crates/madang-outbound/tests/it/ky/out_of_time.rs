//! Calls whose time runs out before they leave, or by their caller's own clock.

use std::time::Duration;

use futures::future::join_all;
use madang_outbound::{
    BreakerState, BulkheadSettings, Client, FailureKind, RateSettings, RetryPatch, RoutePatch,
};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use super::shop::{Shop, late, millis, reply, silence};
use crate::{scripted::told, served::settle};

/// So many at once, the others wait; nothing is made twice.
fn crowded(shop: &Shop, running_max: usize, total_ms: u64) -> Client {
    shop.client(RoutePatch {
        retry: RetryPatch::from(0),
        total_timeout: Some(millis(total_ms)),
        attempt_timeout: Some(None),
        first_byte_timeout: Some(None),
        bulkhead: Some(BulkheadSettings {
            running_max,
            queued_max: 64,
        }),
        rate: Some(RateSettings {
            burst: 1_000.try_into().unwrap(),
            ..RateSettings::default()
        }),
        ..RoutePatch::default()
    })
}

/// What forty POSTs to a server that hangs are told, each made `apart_ms` after the one before.
async fn check_hanging(apart_ms: u64) {
    let shop = Shop::new([silence()]);
    let client = crowded(&shop, 16, 3_000);
    let began = Instant::now();
    let calls = join_all((0..40).map(|number| {
        let client = client.clone();
        async move {
            sleep_until(began + millis(number * apart_ms)).await;
            let call = client.post(format!("/hang?{number}")).body("x").answer();
            told(&call.await)
        }
    }));
    let ends = calls.await;
    sleep(Duration::from_secs(10)).await;
    let asked = shop.server.asked();
    assert_eq!(asked.len(), 16, "apart by {apart_ms} ms: {asked:#?}");
    assert!(asked.iter().all(|asked| asked.at < millis(1_000)));
    let late = "no answer within 3000 ms (while waiting for the answer) (Unknown)";
    let kept = "too many calls to this server at once: no place among 16 calls became free before \
                the deadline (Refused)";
    assert_eq!(ends, [vec![late; 16], vec![kept; 24]].concat());
    let counts = shop.upstream().counts;
    assert_eq!(
        (
            counts.calls,
            counts.attempts,
            counts.failures,
            counts.kept_back
        ),
        (40, 16, 16, 24)
    );
    assert_eq!((counts.bulkhead.running, counts.bulkhead.queued), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_time_ran_out_in_the_queue_never_leaves() {
    for apart_ms in [0, 1, 6] {
        check_hanging(apart_ms).await;
    }
}

#[tokio::test(start_paused = true)]
async fn time_in_our_own_queue_is_not_the_servers() {
    let slow = || late(2_500, reply(200, "ok"));
    let shop = Shop::new([slow()]);
    let client = crowded(&shop, 1, 3_000);
    for round in 0..6 {
        let call = || async { told(&client.get("/slow").answer().await) };
        let ends = tokio::join!(call(), call());
        let late = "no answer within 3000 ms, 2500 ms of them in our own queue (while waiting for \
                    the answer) (Unknown)";
        assert_eq!(
            (ends.0.as_str(), ends.1.as_str()),
            ("200 ok", late),
            "{round}"
        );
        sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(shop.upstream().breaker, BreakerState::Closed);
    assert_eq!(shop.upstream().counts.breaker.opened, 0);
}

/// A call that its caller gives up after two seconds by its own clock, having kept it back for so long before.
async fn given_up(client: &Client, kept_back_ms: u64) -> String {
    let patience = CancellationToken::new();
    let call = client.get("/hang").timed_by(patience.clone());
    let call = call.kept_back_for(millis(kept_back_ms)).response();
    let clock = async {
        sleep(millis(2_000)).await;
        patience.cancel();
    };
    let (end, ()) = tokio::join!(call, clock);
    let error = end.expect_err("nobody answers");
    format!("{error} ({:?})", error.outcome())
}

#[tokio::test(start_paused = true)]
async fn a_server_that_its_caller_gives_up_by_the_clock_is_a_slow_server() {
    let shop = Shop::new([silence()]);
    let client = crowded(&shop, 16, 120_000);
    for _ in 0..5 {
        let told = given_up(&client, 0).await;
        assert_eq!(
            told,
            "no answer within 2000 ms (while waiting for the answer) (Unknown)"
        );
    }
    let seen = shop.upstream();
    assert!(
        matches!(seen.breaker, BreakerState::Open { .. }),
        "{seen:?}"
    );
    assert!(seen.is_failing);
    assert_eq!(seen.last_failure.unwrap().kind, FailureKind::Timeout);
    assert_eq!((seen.counts.failures, seen.counts.attempts), (5, 5));
    settle().await;
    assert_eq!(shop.server.let_go(), 5, "each is closed at once");
}

#[tokio::test(start_paused = true)]
async fn what_a_caller_kept_back_itself_or_calls_off_is_not_the_servers() {
    let shop = Shop::new([silence()]);
    let client = crowded(&shop, 16, 120_000);
    for _ in 0..6 {
        let told = given_up(&client, 2_000).await;
        assert_eq!(
            told,
            "no answer within 4000 ms, 2000 ms of them in our own queue (while waiting for the \
             answer) (Unknown)"
        );
    }
    for _ in 0..6 {
        let aborted = CancellationToken::new();
        let call = client.get("/hang").cancelled_by(aborted.clone()).response();
        let clock = async {
            sleep(millis(2_000)).await;
            aborted.cancel();
        };
        let (end, ()) = tokio::join!(call, clock);
        assert_eq!(end.unwrap_err().to_string(), "the call was called off");
    }
    assert_eq!(shop.upstream().breaker, BreakerState::Closed);
}
