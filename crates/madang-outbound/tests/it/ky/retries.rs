//! What is tried again, and what is not (1 to 23).

use std::sync::Arc;

use madang_outbound::{
    Calls, ErrorStatuses, Hooks, Jitter, Method, Proceed, Request, RetryPatch, RoutePatch,
    SendErrorKind, ShouldRetry,
};
use tokio::time::Instant;

use super::shop::{
    Journal, Reply, Shop, hooked, millis, reply, reply_with, retrying, short, silence, statuses,
};

fn call(shop: &Shop, method: Method, patch: RoutePatch) -> Calls {
    let body = matches!(
        method,
        Method::Post | Method::Put | Method::Patch | Method::Query
    );
    let call = shop.client(patch).call(Request::new(method, "/x"));
    match body {
        true => call.body("b"),
        false => call,
    }
}

/// A call of `method` on a route with `patch` ends as `expected` after so many requests.
async fn check_on(method: Method, patch: RoutePatch, replies: Vec<Reply>, expected: (&str, usize)) {
    let shop = Shop::new(replies);
    let result = call(&shop, method, patch).answer().await;
    assert_eq!((short(&result).as_str(), shop.server.count()), expected);
    shop.is_at_rest().await;
}

async fn check(method: Method, retry: RetryPatch, replies: Vec<Reply>, expected: (&str, usize)) {
    check_on(method, retrying(retry), replies, expected).await;
}

async fn check_get(replies: Vec<Reply>, expected: (&str, usize)) {
    check(Method::Get, RetryPatch::default(), replies, expected).await;
}

const ASKED_500: &str = "GET http://api.example.com was answered 500 (Answered)";

#[tokio::test(start_paused = true)]
async fn ky_01_a_server_that_fails_twice_is_called_exactly_three_times() {
    check_get(statuses(&[500, 503, 200, 200]), ("200 body 200", 3)).await;
}

#[tokio::test(start_paused = true)]
async fn ky_02_a_server_that_always_fails_is_called_three_times_and_the_last_failure_surfaces() {
    check_get(statuses(&[502, 503, 500, 504]), (ASKED_500, 3)).await;
}

#[tokio::test(start_paused = true)]
async fn ky_03_a_broken_connection_is_retried_like_a_listed_status() {
    check_get(
        vec![Reply::Reset, Reply::Reset, reply(200, "ok")],
        ("200 ok", 3),
    )
    .await;
    check_get(
        vec![Reply::Reset],
        ("the answer was cut short (Unknown)", 3),
    )
    .await;
    let network = crate::scripted::ScriptedNetwork::answering("");
    let client = network.gateway().client(
        crate::scripted::caller(&[(super::shop::HOME, madang_outbound::Reach::Internet)]),
        madang_outbound::Route::to(super::shop::HOME),
    );
    let result = client.unwrap().get("/x").answer().await;
    assert_eq!(
        short(&result),
        "`api.example.com` could not be looked up (Refused)"
    );
    assert_eq!(network.lookups().len(), 3);
    network
        .name("api.example.com", &[&["8.8.8.8"]])
        .refuses("8.8.8.8");
    let client = network.gateway().client(
        crate::scripted::caller(&[(super::shop::HOME, madang_outbound::Reach::Internet)]),
        madang_outbound::Route::to(super::shop::HOME),
    );
    let result = client.unwrap().get("/x").answer().await;
    assert_eq!(
        short(&result),
        "no connection to http://api.example.com (Refused)"
    );
    assert_eq!(network.dialled().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn ky_04_both_kinds_of_failure_share_one_limit() {
    check(
        Method::Get,
        RetryPatch::from(1),
        vec![Reply::Reset, reply(500, "")],
        (ASKED_500, 2),
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn ky_05_post_and_patch_are_retried_only_under_a_key_on_a_route_that_honours_it() {
    for method in [Method::Post, Method::Patch] {
        for (is_honoured, key, expected) in [
            (false, None, 1),
            (false, Some("k-1"), 1),
            (true, None, 1),
            (true, Some("k-1"), 3),
        ] {
            let shop = Shop::new(statuses(&[500]));
            let patch = retrying(RetryPatch {
                with_idempotency_key: Some(is_honoured),
                ..RetryPatch::default()
            });
            let mut call = call(&shop, method, patch);
            if let Some(key) = key {
                call = call.idempotency_key(key);
            }
            assert_eq!(call.answer().await.unwrap_err().status(), Some(500));
            let asked = shop.server.asked();
            assert_eq!(asked.len(), expected, "{method} {is_honoured} {key:?}");
            for asked in asked {
                assert_eq!(asked.header("idempotency-key"), key, "the same each time");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn ky_06_post_is_not_retried_on_a_network_failure_either() {
    let cut = "the answer was cut short (Unknown)";
    check(
        Method::Post,
        RetryPatch::default(),
        vec![Reply::Reset],
        (cut, 1),
    )
    .await;
}

/// QUERY is carried and retried. TRACE is not carried at all: it hands the caller's own headers back to whoever reads the answer.
#[tokio::test(start_paused = true)]
async fn ky_07_idempotent_methods_are_retried_by_default() {
    for method in [
        Method::Get,
        Method::Put,
        Method::Head,
        Method::Delete,
        Method::Options,
        Method::Query,
    ] {
        let shop = Shop::new(statuses(&[500]));
        let result = call(&shop, method, RoutePatch::default()).answer().await;
        assert_eq!(result.unwrap_err().status(), Some(500), "{method}");
        let line = format!("{method} /x");
        assert_eq!(shop.server.lines(), [line.as_str(); 3]);
    }
    assert!("TRACE".parse::<Method>().is_err());
}

#[tokio::test(start_paused = true)]
async fn ky_08_a_method_of_the_list_is_read_in_any_case() {
    let methods = Some(["pAtCh", "get"].map(|text| text.parse().unwrap()).to_vec());
    let retry = RetryPatch {
        methods,
        ..RetryPatch::default()
    };
    check(
        Method::Patch,
        retry.clone(),
        statuses(&[500, 200]),
        ("200 body 200", 2),
    )
    .await;
    check(
        Method::Get,
        retry,
        statuses(&[500, 200]),
        ("200 body 200", 2),
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn ky_09_a_list_of_methods_replaces_the_default_and_an_empty_one_never_retries() {
    let listed = |methods: &[Method]| RetryPatch {
        methods: Some(methods.to_vec()),
        ..RetryPatch::default()
    };
    check(
        Method::Post,
        listed(&[Method::Post]),
        statuses(&[500, 200]),
        ("200 body 200", 2),
    )
    .await;
    check(
        Method::Get,
        listed(&[Method::Post]),
        statuses(&[500, 200]),
        (ASKED_500, 1),
    )
    .await;
    check(
        Method::Get,
        listed(&[]),
        statuses(&[500, 200]),
        (ASKED_500, 1),
    )
    .await;
}

/// A list that is no list cannot be written in Rust; what can is a status that is no failure, and the call says so.
#[tokio::test(start_paused = true)]
async fn ky_10_lists_that_cannot_be_meant_are_refused_when_they_are_set() {
    for statuses in [vec![200], vec![500, 600], vec![0]] {
        let patch = || {
            retrying(RetryPatch {
                statuses: Some(statuses.clone()),
                ..RetryPatch::default()
            })
        };
        let shop = Shop::new(vec![reply(200, "ok")]);
        assert!(shop.plain().extended(patch()).is_err());
        let result = shop.plain().get("/x").patched(patch()).answer().await;
        assert_eq!(
            short(&result),
            "the settings of this call cannot be used (Refused)"
        );
        assert_eq!(shop.server.count(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn ky_11_a_status_that_is_not_listed_is_one_call_and_a_list_replaces_the_default() {
    for status in [400, 401, 404, 501, 505] {
        let shop = Shop::new(statuses(&[status]));
        let error = shop.plain().get("/x").answer().await.unwrap_err();
        assert_eq!((error.status(), shop.server.count()), (Some(status), 1));
    }
    let only_404 = RetryPatch {
        statuses: Some(vec![404]),
        ..RetryPatch::default()
    };
    check(
        Method::Get,
        only_404.clone(),
        statuses(&[404, 200]),
        ("200 body 200", 2),
    )
    .await;
    check(Method::Get, only_404, statuses(&[500, 200]), (ASKED_500, 1)).await;
}

#[tokio::test(start_paused = true)]
async fn ky_12_a_number_sets_the_limit_and_nothing_else() {
    check(
        Method::Get,
        3.into(),
        statuses(&[500, 502, 503, 200]),
        ("200 body 200", 4),
    )
    .await;
    check(
        Method::Post,
        4.into(),
        statuses(&[500]),
        ("POST http://api.example.com was answered 500 (Answered)", 1),
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn ky_13_a_limit_of_nothing_is_exactly_one_call() {
    check(Method::Get, 0.into(), statuses(&[500]), (ASKED_500, 1)).await;
    let cut = "the answer was cut short (Unknown)";
    check(Method::Get, 0.into(), vec![Reply::Reset], (cut, 1)).await;
}

/// `None` is the nearest to an explicit "undefined": it leaves everything as it was.
#[tokio::test(start_paused = true)]
async fn ky_14_what_a_patch_leaves_out_erases_no_default() {
    check_on(
        Method::Get,
        RoutePatch::default(),
        statuses(&[500, 503, 200]),
        ("200 body 200", 3),
    )
    .await;
    let shop = Shop::new(vec![silence()]);
    let client = shop.plain().extended(RoutePatch::default()).unwrap();
    let begun = Instant::now();
    assert!(client.get("/x").answer().await.is_err());
    assert_eq!(
        begun.elapsed().as_secs(),
        8,
        "the default time to the first byte"
    );
}

#[tokio::test(start_paused = true)]
async fn ky_15_extending_a_number_with_more_settings_keeps_the_number() {
    let shop = Shop::new(statuses(&[500]));
    let client = shop.client(retrying(1.into()));
    let more = RetryPatch {
        on_timeout: Some(true),
        ..RetryPatch::default()
    };
    let client = client.extended(retrying(more)).unwrap();
    assert!(client.get("/x").answer().await.is_err());
    assert_eq!(shop.server.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn ky_16_what_is_neither_transport_nor_http_is_not_retried_whatever_the_caller_says() {
    let shop = Shop::new(vec![reply(200, "ok")]);
    let journal = Journal::default();
    let patch = RoutePatch {
        should_retry: Some(says(&journal, Some(true))),
        ..RoutePatch::default()
    };
    let client = shop.client(patch);
    for (url, expected) in [
        (
            "http://nobody.example.com/",
            "the address cannot be called (Refused)",
        ),
        (
            "http://api.example.com:99999/",
            "the address cannot be called (Refused)",
        ),
    ] {
        assert_eq!(short(&client.get(url).answer().await), expected);
    }
    let result = client.get("/x").header("Host", "other").answer().await;
    assert_eq!(
        short(&result),
        "header `host` is set by the gateway; leave it out (Refused)"
    );
    assert_eq!(shop.server.count(), 0);
    journal.check(&[]);
}

/// An opinion that is always the same, and a record of when it was asked.
fn says(journal: &Journal, opinion: Option<bool>) -> ShouldRetry {
    let journal = journal.clone();
    Arc::new(move |error, retry| {
        journal.write(format!("{retry}: {error}"));
        Box::pin(async move { Ok(opinion) })
    })
}

/// With a caller that always says `opinion`, a call ends so after so many requests, and the caller was asked so often.
async fn check_opinion(
    opinion: Option<bool>,
    method: Method,
    retry: RetryPatch,
    replies: Vec<Reply>,
    expected: (&str, usize, usize),
) {
    let journal = Journal::default();
    let patch = RoutePatch {
        should_retry: Some(says(&journal, opinion)),
        ..retrying(retry)
    };
    let shop = Shop::new(replies);
    let result = call(&shop, method, patch).answer().await;
    assert_eq!(
        (
            short(&result).as_str(),
            shop.server.count(),
            journal.lines().len()
        ),
        expected
    );
    shop.is_at_rest().await;
}

#[tokio::test(start_paused = true)]
async fn ky_17_the_caller_is_asked_only_after_the_gates() {
    let post = "POST http://api.example.com was answered 500 (Answered)";
    let fails = || statuses(&[500]);
    check_opinion(
        Some(true),
        Method::Get,
        0.into(),
        fails(),
        (ASKED_500, 1, 0),
    )
    .await;
    check_opinion(Some(true), Method::Post, 2.into(), fails(), (post, 1, 0)).await;
    check_opinion(
        Some(true),
        Method::Get,
        2.into(),
        fails(),
        (ASKED_500, 3, 2),
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn ky_18_the_callers_yes_retries_even_an_unlisted_status_and_a_time_out() {
    let replies = vec![reply(404, ""), silence(), reply(200, "ok")];
    check_opinion(Some(true), Method::Get, 2.into(), replies, ("200 ok", 3, 2)).await;
}

#[tokio::test(start_paused = true)]
async fn ky_19_the_callers_no_stops_even_a_listed_status_and_a_wanted_time_out() {
    let on_timeout = RetryPatch {
        on_timeout: Some(true),
        ..RetryPatch::default()
    };
    let fails = statuses(&[500, 200]);
    check_opinion(Some(false), Method::Get, 2.into(), fails, (ASKED_500, 1, 1)).await;
    let late = "no answer within 8000 ms (while waiting for the answer) (Unknown)";
    check_opinion(
        Some(false),
        Method::Get,
        on_timeout,
        vec![silence()],
        (late, 1, 1),
    )
    .await;
}

/// What is neither yes nor no is `None` in Rust's types.
#[tokio::test(start_paused = true)]
async fn ky_20_no_opinion_leaves_it_to_the_policy() {
    let unlisted = "GET http://api.example.com was answered 404 (Answered)";
    check_opinion(
        None,
        Method::Get,
        2.into(),
        statuses(&[500, 200]),
        ("200 body 200", 2, 1),
    )
    .await;
    check_opinion(
        None,
        Method::Get,
        2.into(),
        statuses(&[404]),
        (unlisted, 1, 1),
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn ky_21_the_opinion_may_take_its_time_and_its_own_failure_ends_the_call() {
    let shop = Shop::new(statuses(&[500, 200]));
    let slow: ShouldRetry = Arc::new(|_, _| {
        Box::pin(async {
            tokio::time::sleep(millis(700)).await;
            Ok(Some(true))
        })
    });
    let patch = |should_retry| RoutePatch {
        should_retry: Some(should_retry),
        ..RoutePatch::default()
    };
    let client = shop.client(patch(slow));
    assert_eq!(short(&client.get("/x").answer().await), "200 body 200");
    let times = shop.server.times_ms();
    assert!(times[1].abs_diff(1_000) <= 2, "{times:?}");

    let shop = Shop::new(statuses(&[500, 200]));
    let failing: ShouldRetry = Arc::new(|_, _| Box::pin(async { Err("no idea".into()) }));
    let error = shop
        .client(patch(failing))
        .get("/x")
        .answer()
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "the should-retry hook failed");
    let source = std::error::Error::source(&error).unwrap();
    assert_eq!(source.to_string(), "no idea");
    assert_eq!(shop.server.count(), 1);
    shop.is_at_rest().await;
}

#[tokio::test(start_paused = true)]
async fn ky_22_the_first_retry_is_number_one_and_the_error_has_its_type() {
    let journal = Journal::default();
    let written = journal.clone();
    let should_retry: ShouldRetry = Arc::new(move |error, retry| {
        let what = match error.kind() {
            SendErrorKind::Http(failure) => format!("{} {:?}", failure.status, failure.body),
            SendErrorKind::CutShort(_) => "cut short".to_owned(),
            other => format!("unexpected {other:?}"),
        };
        written.write(format!("{retry}: {what}"));
        Box::pin(async { Ok(None) })
    });
    let patch = RoutePatch {
        should_retry: Some(should_retry),
        ..RoutePatch::default()
    };
    let json = [("Content-Type", "application/json")];
    let shop = Shop::new(vec![
        reply_with(500, &json, r#"{"code":"BUSY"}"#),
        Reply::Reset,
        reply(200, "ok"),
    ]);
    let result = shop.client(patch).get("/x").answer().await;
    assert_eq!(short(&result), "200 ok");
    journal.check(&[
        r#"1: 500 Some(Json(Object {"code": String("BUSY")}))"#,
        "2: cut short",
    ]);
}

#[tokio::test(start_paused = true)]
async fn ky_23_the_callers_yes_cannot_outlast_the_deadline() {
    let journal = Journal::default();
    let patch = RoutePatch {
        should_retry: Some(says(&journal, Some(true))),
        total_timeout: Some(millis(200)),
        ..RoutePatch::default()
    };
    let shop = Shop::new(statuses(&[500]));
    let begun = Instant::now();
    let result = shop.client(patch).get("/x").answer().await;
    assert_eq!(short(&result), ASKED_500);
    assert_eq!((begun.elapsed(), shop.server.count()), (millis(0), 1));

    let never: ShouldRetry = Arc::new(|_, _| Box::pin(std::future::pending()));
    let patch = RoutePatch {
        should_retry: Some(never),
        total_timeout: Some(millis(200)),
        ..RoutePatch::default()
    };
    let error = shop.client(patch).get("/x").answer().await.unwrap_err();
    assert!(
        matches!(error.kind(), SendErrorKind::Timeout { .. }),
        "{error:?}"
    );
    shop.is_at_rest().await;
}

#[tokio::test(start_paused = true)]
async fn a_try_that_ends_with_the_calls_own_time_is_not_made_again() {
    let journal = Journal::default();
    let patch = RoutePatch {
        total_timeout: Some(millis(4_000)),
        should_retry: Some(says(&journal, Some(true))),
        ..retrying(RetryPatch {
            on_timeout: Some(true),
            backoff: Some(madang_outbound::Backoff {
                jitter: Jitter::Custom(Arc::new(|_, _| millis(0))),
                ..madang_outbound::Backoff::default()
            }),
            ..RetryPatch::default()
        })
    };
    let shop = Shop::new(vec![silence()]);
    let result = shop.client(patch).get("/x").answer().await;
    assert_eq!(
        short(&result),
        "no answer within 4000 ms (while waiting for the answer) (Unknown)"
    );
    assert_eq!(shop.server.count(), 1);
    shop.is_at_rest().await;
}

#[tokio::test(start_paused = true)]
async fn a_pause_holds_no_place_and_no_connection_of_the_failed_try() {
    let shop = Shop::new(vec![
        reply_with(503, &[("Retry-After", "5")], &"x".repeat(200_000)),
        reply(200, "ok"),
    ]);
    let client = shop.plain();
    let call = tokio::spawn(client.get("/x").answer());
    tokio::time::sleep(millis(2_000)).await;
    assert_eq!(shop.upstream().counts.bulkhead.running, 0);
    assert_eq!(shop.gateway.pool().busy, 0);
    assert_eq!(short(&call.await.unwrap()), "200 ok");
}

#[tokio::test(start_paused = true)]
async fn an_answer_without_errors_is_still_tried_again() {
    let patch = RoutePatch {
        errors: Some(ErrorStatuses::None),
        ..RoutePatch::default()
    };
    check_on(
        Method::Get,
        patch,
        statuses(&[500, 503]),
        ("503 body 503", 3),
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_may_have_happened_is_counted_over_all_tries() {
    let mut hooks = Hooks::default();
    hooks.before_retry.push(Arc::new(|_, error, _| {
        let outcome = error.outcome();
        Box::pin(async move { Err(format!("{outcome:?}").into()) as Result<Proceed, _> })
    }));
    let shop = Shop::new(statuses(&[500]));
    let error = shop
        .client(hooked(hooks))
        .get("/x")
        .answer()
        .await
        .unwrap_err();
    let source = std::error::Error::source(&error).unwrap();
    assert_eq!(source.to_string(), "Answered");
}
