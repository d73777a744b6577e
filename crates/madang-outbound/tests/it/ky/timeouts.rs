//! Time-outs and being called off (41 to 56).

use std::{sync::Arc, time::Duration};

use madang_outbound::{
    ErrorStatuses, Hooks, PolicyError, RetryPatch, Route, RouteError, RoutePatch, SendErrorKind,
    Stage, TIMER_MAX,
};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::shop::{
    Reply, Shop, endless, granted, hooked, late, millis, reply, reply_with, retrying, short,
    silence, statuses,
};

fn total(ms: u64) -> RoutePatch {
    RoutePatch {
        total_timeout: Some(millis(ms)),
        ..RoutePatch::default()
    }
}

fn attempt(ms: Option<u64>) -> RoutePatch {
    RoutePatch {
        attempt_timeout: Some(ms.map(millis)),
        first_byte_timeout: Some(None),
        body_idle_timeout: Some(None),
        ..RoutePatch::default()
    }
}

fn on_timeout() -> RetryPatch {
    RetryPatch {
        on_timeout: Some(true),
        ..RetryPatch::default()
    }
}

/// A call on a route with `patch` ends so, after so many milliseconds and requests; nothing of it is left.
async fn check(shop: Shop, patch: RoutePatch, expected: (&str, u64, usize)) {
    let begun = Instant::now();
    let result = shop.client(patch).get("/x").answer().await;
    let elapsed = u64::try_from(begun.elapsed().as_millis()).unwrap();
    let (told, ms, requests) = expected;
    assert_eq!(
        (short(&result).as_str(), shop.server.count()),
        (told, requests)
    );
    assert!(elapsed.abs_diff(ms) <= 3, "{elapsed}, not {ms}");
    shop.is_at_rest().await;
}

fn too_late(ms: u64, during: &str) -> String {
    format!("no answer within {ms} ms (while {during}) (Unknown)")
}

const AWAITING: &str = "waiting for the answer";
const READING: &str = "reading the answer";

#[tokio::test(start_paused = true)]
async fn ky_41_an_attempt_has_ten_seconds_and_its_end_is_a_timeout() {
    let shop = Shop::new(vec![silence()]);
    let patch = RoutePatch {
        first_byte_timeout: Some(None),
        ..RoutePatch::default()
    };
    check(shop, patch, (&too_late(10_000, AWAITING), 10_000, 1)).await;
    // The head must begin sooner than the whole attempt has to end.
    let shop = Shop::new(vec![silence()]);
    check(
        shop,
        RoutePatch::default(),
        (&too_late(8_000, AWAITING), 8_000, 1),
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn ky_42_a_try_that_timed_out_is_retried_only_when_wanted() {
    let replies = || vec![silence(), reply(200, "ok")];
    let late = too_late(8_000, AWAITING);
    check(
        Shop::new(replies()),
        RoutePatch::default(),
        (&late, 8_000, 1),
    )
    .await;
    check(
        Shop::new(replies()),
        retrying(on_timeout()),
        ("200 ok", 8_300, 2),
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn ky_43_each_attempt_has_its_own_full_time() {
    let patch = || RoutePatch {
        retry: on_timeout(),
        ..attempt(Some(1_000))
    };
    let slow = late(900, reply(200, "ok"));
    let shop = Shop::new(vec![silence(), silence(), slow]);
    check(
        shop,
        patch(),
        ("200 ok", 1_000 + 300 + 1_000 + 600 + 900, 3),
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn ky_44_the_end_of_one_attempt_does_not_end_the_next() {
    let token = CancellationToken::new();
    let patch = RoutePatch {
        retry: on_timeout(),
        cancelled: vec![token.clone()],
        ..attempt(Some(1_000))
    };
    let shop = Shop::new(vec![silence(), reply(200, "ok")]);
    check(shop, patch, ("200 ok", 1_300, 2)).await;
    assert!(!token.is_cancelled());
}

#[tokio::test(start_paused = true)]
async fn ky_45_the_total_time_covers_hooks_tries_pauses_and_the_body() {
    fn slow_hooks() -> Hooks {
        let mut hooks = Hooks::default();
        hooks.before_request.push(Arc::new(|request, _| {
            Box::pin(async {
                sleep(millis(600)).await;
                Ok(madang_outbound::Proceed::With(request))
            })
        }));
        hooks
    }
    let with_hooks = |ms| RoutePatch {
        total_timeout: Some(millis(ms)),
        ..hooked(slow_hooks())
    };
    let shop = Shop::new(vec![silence()]);
    let expected = "no answer within 500 ms (while looking the name up) (Refused)";
    check(shop, with_hooks(500), (expected, 500, 0)).await;
    // Hook 600, a try 400, a pause 300, and a second try that would take 400.
    let slow_failure = || late(400, reply(500, ""));
    let shop = Shop::new(vec![slow_failure()]);
    check(
        shop,
        with_hooks(1_500),
        (&too_late(1_500, AWAITING), 1_500, 2),
    )
    .await;
    let shop = Shop::new(vec![endless(200)]);
    check(shop, total(1_500), (&too_late(1_500, READING), 1_500, 1)).await;

    let shop = Shop::new(vec![endless(200)]);
    let result = shop
        .client(total(1_500))
        .get("/x")
        .json_answer::<u8>()
        .await;
    assert_eq!(
        result.unwrap_err().to_string(),
        "no answer within 1500 ms (while reading the answer)"
    );

    // A hook on errors that does not end has no more than a moment after that.
    let mut hooks = Hooks::default();
    hooks
        .before_error
        .push(Arc::new(|_, _| Box::pin(std::future::pending())));
    let patch = RoutePatch {
        total_timeout: Some(millis(500)),
        ..hooked(hooks)
    };
    let shop = Shop::new(vec![silence()]);
    check(shop, patch, (&too_late(500, AWAITING), 1_500, 1)).await;
}

#[tokio::test(start_paused = true)]
async fn ky_46_no_time_at_all_fails_before_any_use_of_the_network() {
    let shop = Shop::new(vec![reply(200, "ok")]);
    let expected = "no answer within 0 ms (while looking the name up) (Refused)";
    check(shop, total(0), (expected, 0, 0)).await;
}

#[tokio::test(start_paused = true)]
async fn ky_47_an_attempt_has_the_smaller_of_its_own_time_and_what_remains() {
    for (own, whole, expected) in [
        (Some(1_000), 5_000, 1_000),
        (Some(5_000), 1_000, 1_000),
        (None, 3_000, 3_000),
    ] {
        let patch = RoutePatch {
            total_timeout: Some(millis(whole)),
            ..attempt(own)
        };
        let shop = Shop::new(vec![silence()]);
        check(shop, patch, (&too_late(expected, AWAITING), expected, 1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn ky_48_a_pause_that_does_not_fit_fails_at_once() {
    let asked = "GET http://api.example.com was answered 500 (Answered)";
    check(Shop::new(statuses(&[500])), total(250), (asked, 0, 1)).await;
    check(Shop::new(statuses(&[500])), total(500), (asked, 300, 2)).await;
}

#[tokio::test(start_paused = true)]
async fn ky_49_times_that_no_timer_has_are_refused_when_they_are_set() {
    let long = TIMER_MAX + millis(1);
    type Set = fn(Duration) -> RoutePatch;
    let rows: [(&str, Set); 5] = [
        ("total", |long| RoutePatch {
            total_timeout: Some(long),
            ..RoutePatch::default()
        }),
        ("attempt", |long| RoutePatch {
            attempt_timeout: Some(Some(long)),
            ..RoutePatch::default()
        }),
        ("connect", |long| RoutePatch {
            connect_timeout: Some(long),
            ..RoutePatch::default()
        }),
        ("first_byte", |long| RoutePatch {
            first_byte_timeout: Some(Some(long)),
            ..RoutePatch::default()
        }),
        ("body_idle", |long| RoutePatch {
            body_idle_timeout: Some(Some(long)),
            ..RoutePatch::default()
        }),
    ];
    for (setting, patch) in rows {
        let refused = Route::default().patched(patch(long)).map(drop);
        let expected = RouteError::Timeout(PolicyError::TooLong { setting });
        assert_eq!(refused, Err(expected));
        assert!(Route::default().patched(patch(TIMER_MAX)).is_ok());
    }
}

#[tokio::test(start_paused = true)]
async fn ky_50_nothing_is_left_running_once_the_answer_is_there() {
    check(
        Shop::new(statuses(&[500, 200])),
        RoutePatch::default(),
        ("200 body 200", 300, 2),
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn ky_51_reading_a_body_has_its_own_time_closes_the_connection_and_is_not_retried() {
    let patch = || RoutePatch {
        retry: on_timeout(),
        ..attempt(Some(2_000))
    };
    let shop = Shop::new(vec![late(1_500, endless(200))]);
    let server = Arc::clone(&shop.server);
    check(shop, patch(), (&too_late(2_000, READING), 3_500, 1)).await;
    assert_eq!(server.let_go(), 1);
}

/// The time of the whole call cannot be turned off: it is 30 s, and never more than 120 s. With nothing else on, nothing else ends
/// the reading of a body.
#[tokio::test(start_paused = true)]
async fn ky_52_without_other_limits_a_body_has_the_whole_time() {
    let shop = Shop::new(vec![endless(200)]);
    check(shop, attempt(None), (&too_late(30_000, READING), 30_000, 1)).await;
    let patch = RoutePatch {
        total_timeout: Some(TIMER_MAX),
        ..attempt(None)
    };
    let shop = Shop::new(vec![endless(200)]);
    check(shop, patch, (&too_late(120_000, READING), 120_000, 1)).await;
}

const CALLED_OFF: &str = "the call was called off";

#[tokio::test(start_paused = true)]
async fn ky_53_a_call_that_is_called_off_before_it_starts_makes_no_request() {
    let token = CancellationToken::new();
    token.cancel();
    let shop = Shop::new(vec![reply(200, "ok")]);
    let result = shop.plain().get("/x").cancelled_by(token).answer().await;
    assert_eq!(short(&result), format!("{CALLED_OFF} (Refused)"));
    drop(shop.plain().get("/x").answer());
    assert_eq!(shop.server.count(), 0);
    assert_eq!(shop.gateway.upstreams(), []);
}

#[tokio::test(start_paused = true)]
async fn ky_54_calling_off_in_a_pause_ends_the_call_promptly_and_as_such() {
    let token = CancellationToken::new();
    let shop = Shop::new(vec![reply_with(503, &[("Retry-After", "9")], "")]);
    let client = shop.plain();
    let call = tokio::spawn(client.get("/x").cancelled_by(token.clone()).answer());
    sleep(millis(4_000)).await;
    assert_eq!(shop.upstream().counts.budget.concurrent, 1);
    let begun = Instant::now();
    token.cancel();
    let error = call.await.unwrap().unwrap_err();
    assert!(matches!(error.kind(), SendErrorKind::Aborted), "{error:?}");
    assert_eq!(begun.elapsed(), millis(0));
    assert_eq!(shop.server.count(), 1);
    shop.is_at_rest().await;
}

#[tokio::test(start_paused = true)]
async fn ky_55_a_token_of_the_route_and_one_of_the_call_each_end_it() {
    for which in 0..3 {
        let [of_route, of_patch, of_call] = [(); 3].map(|()| CancellationToken::new());
        let cancelled = |token: &CancellationToken| RoutePatch {
            cancelled: vec![token.clone()],
            ..RoutePatch::default()
        };
        let shop = Shop::new(vec![silence()]);
        let client = shop.client(cancelled(&of_route));
        let client = client.extended(cancelled(&of_patch)).unwrap();
        let call = tokio::spawn(client.get("/x").cancelled_by(of_call.clone()).answer());
        sleep(millis(100)).await;
        [of_route, of_patch, of_call][which].cancel();
        let told = short(&call.await.unwrap());
        assert_eq!(told, format!("{CALLED_OFF} (Unknown)"));
        shop.is_at_rest().await;
        assert_eq!(shop.server.let_go(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn ky_56_a_route_without_error_statuses_hides_no_timeout() {
    let patch = RoutePatch {
        errors: Some(ErrorStatuses::None),
        ..RoutePatch::default()
    };
    let shop = Shop::new(vec![silence()]);
    let error = shop.client(patch).get("/x").answer().await.unwrap_err();
    let SendErrorKind::Timeout { after, during, .. } = error.kind() else {
        panic!("{error:?}")
    };
    assert_eq!((*after, *during), (millis(8_000), Stage::Awaiting));
}

#[tokio::test(start_paused = true)]
async fn beyond_the_time_left_is_told_to_the_server_only_where_that_is_set() {
    let header = || RoutePatch {
        deadline_header: Some(Some("x-time-left-ms".parse().unwrap())),
        ..RoutePatch::default()
    };
    let shop = Shop::new(vec![late(1_000, reply(500, "")), reply(200, "ok")]);
    assert!(shop.client(header()).get("/x").answer().await.is_ok());
    let asked = shop.server.asked();
    let left: Vec<u64> = asked
        .iter()
        .map(|asked| asked.header("x-time-left-ms").unwrap().parse().unwrap())
        .collect();
    assert_eq!(left[0], 30_000);
    assert!(left[1].abs_diff(28_700) <= 3, "{left:?}");
    let shop = Shop::new(vec![reply(200, "ok")]);
    assert!(shop.plain().get("/x").answer().await.is_ok());
    assert_eq!(shop.server.asked()[0].header("x-time-left-ms"), None);
}

#[tokio::test(start_paused = true)]
async fn beyond_a_caller_that_lets_go_closes_the_socket_within_50_ms() {
    let shop = Shop::new(vec![silence(), endless(200)]);
    let client = shop.client_of(granted("tester"), RoutePatch::default());
    let call = tokio::spawn(client.get("/x").answer());
    sleep(millis(100)).await;
    call.abort();
    sleep(millis(50)).await;
    assert_eq!(shop.server.let_go(), 1);
    let mut response = client.get("/x").response().await.unwrap();
    assert!(response.chunk().await.is_some());
    drop(response);
    sleep(millis(50)).await;
    assert_eq!(shop.server.let_go(), 2);
    shop.is_at_rest().await;
}

fn large() -> Reply {
    let body = "x".repeat(1_000_000);
    Reply::Text(format!(
        "HTTP/1.1 200 X\r\nContent-Length: 1000000\r\nConnection: close\r\n\r\n{body}"
    ))
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_takes_its_time_is_not_the_servers_silence() {
    let shop = Shop::new(vec![large()]);
    let mut response = shop.plain().get("/x").response().await.unwrap();
    let mut bytes = 0;
    for _ in 0..4 {
        bytes += response.chunk().await.unwrap().unwrap().len();
        sleep(millis(6_000)).await;
    }
    while let Some(chunk) = response.chunk().await {
        bytes += chunk.unwrap().len();
    }
    assert_eq!(bytes, 1_000_000);
    drop(response);
    shop.is_at_rest().await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_nobody_reads_is_let_go_when_its_time_is_over() {
    let shop = Shop::new(vec![large()]);
    let mut response = shop.plain().get("/x").response().await.unwrap();
    sleep(millis(29_000)).await;
    assert_eq!((shop.gateway.in_flight(), shop.gateway.pool().busy), (1, 1));
    sleep(millis(2_000)).await;
    assert_eq!((shop.gateway.in_flight(), shop.gateway.pool().busy), (0, 0));
    let end = loop {
        match response.chunk().await.unwrap() {
            Ok(_) => {}
            Err(end) => break end,
        }
    };
    assert_eq!(
        end.to_string(),
        "no answer within 30000 ms (while reading the answer)"
    );
    assert!(response.chunk().await.is_none());
    drop(response);
    shop.is_at_rest().await;
}
