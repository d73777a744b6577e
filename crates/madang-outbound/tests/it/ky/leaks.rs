//! Calls that are called off wherever they are leave nothing.

use std::time::Duration;

use madang_outbound::{
    BulkheadSettings, CachePolicy, GatewayLimits, HedgeAfter, HedgeSettings, RateSettings,
    RoutePatch,
};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::served::settle;

use super::shop::{Shop, endless, late, millis, reply, reply_with, silence};

const AT_ONCE: usize = 100;

/// Ten thousand calls on a route with `patch`, each called off after a time of its own, half by a token that outlives them all.
async fn ten_thousand_called_off(patch: RoutePatch, longest_ms: u64) -> Shop {
    let shop = Shop::bounded(
        vec![
            silence(),
            reply_with(503, &[("Retry-After", "9")], "later"),
            late(40, reply(500, "no")),
            endless(200),
        ],
        GatewayLimits::default(),
    );
    let client = shop.client(patch);
    for round in 0..10_000 / AT_ONCE {
        let token = CancellationToken::new();
        let calls: Vec<_> = (0..AT_ONCE)
            .map(|number| {
                let call = client.get(format!("/x{}", number % 7));
                let call = match number % 2 {
                    0 => call.cancelled_by(token.clone()),
                    _ => call,
                };
                tokio::spawn(call.answer())
            })
            .collect();
        let replies = [
            silence(),
            reply_with(503, &[("Retry-After", "9")], "later"),
            late(40, reply(500, "no")),
            endless(200),
        ];
        shop.server.now([replies[round % 4].clone()]);
        let chosen = round as u64 * 37 % longest_ms;
        sleep(Duration::from_millis(chosen)).await;
        token.cancel();
        for call in &calls {
            call.abort();
        }
        for call in calls {
            let _ = call.await;
        }
    }
    shop
}

fn everything() -> RoutePatch {
    RoutePatch {
        bulkhead: Some(BulkheadSettings {
            running_max: 5,
            queued_max: 20,
        }),
        rate: Some(RateSettings {
            per_second: 1_000.try_into().unwrap(),
            burst: 30.try_into().unwrap(),
            waiting_max: 20,
        }),
        hedge: Some(Some(HedgeSettings {
            after: HedgeAfter::Fixed(millis(10)),
            extra_percent_max: 100,
        })),
        cache: Some(Some(CachePolicy::default())),
        breaker: Some(madang_outbound::BreakerSettings {
            calls_min: u64::MAX,
            consecutive_failures_max: u32::MAX,
            ..madang_outbound::BreakerSettings::default()
        }),
        ..RoutePatch::default()
    }
}

#[tokio::test(start_paused = true)]
async fn ky_61_ten_thousand_calls_that_are_called_off_leave_nothing() {
    let shop = ten_thousand_called_off(RoutePatch::default(), 500).await;
    shop.is_at_rest().await;
    assert_eq!(shop.gateway.upstreams().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn ky_61_ten_thousand_calls_that_are_called_off_in_every_layer_leave_nothing() {
    let shop = ten_thousand_called_off(everything(), 200).await;
    shop.is_at_rest().await;
    assert_eq!(shop.gateway.upstreams().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_ten_thousand_do_wait_everywhere() {
    let shop = Shop::new(vec![silence()]);
    let client = shop.client(everything());
    let calls: Vec<_> = (0..60)
        .map(|number| tokio::spawn(client.get(format!("/{number}")).answer()))
        .collect();
    settle().await;
    let counts = shop.upstream().counts;
    assert_eq!((counts.bulkhead.running, counts.bulkhead.queued), (5, 20));
    assert!(counts.rate.waiting > 0, "{counts:?}");
    for call in calls {
        call.abort();
    }
    shop.is_at_rest().await;
}
