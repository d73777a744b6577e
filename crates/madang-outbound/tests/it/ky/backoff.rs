//! The pauses between tries (24 to 29).

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use madang_outbound::{Backoff, BreakerSettings, Cap, Delays, Jitter, RetryPatch, RoutePatch};

use super::shop::{Shop, millis, reply, reply_with, statuses};

/// A patient route: as many retries as `pauses`, and nothing that ends them early.
fn patient(backoff: Backoff, limit: u32) -> RoutePatch {
    RoutePatch {
        breaker: Some(BreakerSettings {
            calls_min: u64::MAX,
            consecutive_failures_max: u32::MAX,
            ..BreakerSettings::default()
        }),
        total_timeout: Some(Duration::from_secs(120)),
        budget: Some(madang_outbound::BudgetSettings {
            floor: 100,
            ..madang_outbound::BudgetSettings::default()
        }),
        retry: RetryPatch {
            limit: Some(limit),
            backoff: Some(backoff),
            ..RetryPatch::default()
        },
        ..RoutePatch::default()
    }
}

fn plain() -> Backoff {
    Backoff {
        cap: Cap::Unlimited,
        jitter: Jitter::None,
        ..Backoff::default()
    }
}

/// Between the requests of a call that fails each time pass so many milliseconds; a timer may be one late.
async fn check(backoff: Backoff, expected: &[u64]) {
    let shop = Shop::new(statuses(&[500]));
    let limit = u32::try_from(expected.len()).unwrap();
    let client = shop.client(patient(backoff, limit));
    assert!(client.get("/x").answer().await.is_err());
    let times = shop.server.times_ms();
    let pauses: Vec<_> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(pauses.len(), expected.len());
    for (pause, expected) in pauses.iter().zip(expected) {
        assert!(pause.abs_diff(*expected) <= 1, "{pauses:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn ky_24_delays_without_jitter_double_from_300_ms() {
    check(plain(), &[300, 600, 1_200, 2_400]).await;
}

#[tokio::test(start_paused = true)]
async fn ky_25_a_custom_delay_is_asked_with_the_number_of_the_retry_and_used() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let written = Arc::clone(&asked);
    let delays = Delays::Custom(Arc::new(move |retry| {
        written.lock().unwrap().push(retry);
        millis(u64::from(retry) * 70)
    }));
    check(Backoff { delays, ..plain() }, &[70, 140, 210]).await;
    assert_eq!(*asked.lock().unwrap(), [1, 2, 3]);
}

#[tokio::test(start_paused = true)]
async fn ky_26_the_cap_bounds_each_delay_and_the_jittered_one_too() {
    let capped = Backoff {
        cap: Cap::At(millis(700)),
        ..plain()
    };
    check(capped.clone(), &[300, 600, 700, 700]).await;
    let jitter = Jitter::Custom(Arc::new(|delay, _| delay * 10));
    check(Backoff { jitter, ..capped }, &[700, 700]).await;
}

#[tokio::test(start_paused = true)]
async fn ky_27_the_default_is_full_jitter_between_nothing_and_the_delay() {
    let mut pauses = Vec::new();
    for _ in 0..2 {
        let shop = Shop::new(statuses(&[500]));
        let client = shop.client(patient(Backoff::default(), 4));
        assert!(client.get("/x").answer().await.is_err());
        let times = shop.server.times_ms();
        for (pair, longest) in times.windows(2).zip([300, 600, 1_200, 2_400]) {
            assert!(pair[1] - pair[0] <= longest + 1, "{times:?}");
        }
        pauses.push(times);
    }
    assert_ne!(pauses[0], [0, 300, 900, 2_100, 4_500]);
    assert_eq!(pauses[0], pauses[1], "the same seed, the same pauses");
}

#[tokio::test(start_paused = true)]
async fn ky_28_chance_and_cap_have_no_say_in_the_servers_timing() {
    let backoff = Backoff {
        cap: Cap::At(millis(1)),
        jitter: Jitter::Custom(Arc::new(|_, _| millis(0))),
        ..Backoff::default()
    };
    let shop = Shop::new(vec![
        reply_with(503, &[("Retry-After", "7")], ""),
        reply(200, "ok"),
    ]);
    assert!(
        shop.client(patient(backoff, 1))
            .get("/x")
            .answer()
            .await
            .is_ok()
    );
    let times = shop.server.times_ms();
    assert!(times[1].abs_diff(7_000) <= 1, "{times:?}");
}

/// It does not wrap to nothing: the longest there is outlasts the call, which ends at once.
#[tokio::test(start_paused = true)]
async fn ky_29_a_delay_above_the_longest_timer_is_not_nothing() {
    let delays = Delays::Custom(Arc::new(|_| Duration::MAX));
    let shop = Shop::new(statuses(&[500]));
    let client = shop.client(patient(Backoff { delays, ..plain() }, 2));
    let error = client.get("/x").answer().await.unwrap_err();
    assert_eq!((error.status(), error.elapsed()), (Some(500), millis(0)));
    assert_eq!(shop.server.count(), 1);
}
