//! What the server says about when (30 to 40).

use madang_outbound::{RetryPatch, RoutePatch};

use super::shop::{Shop, millis, reply, reply_with, retrying};

/// An answer `status` with `headers`, then a good one: between the two pass so many milliseconds, or no second call is made and the
/// caller is told to wait so long.
async fn check_on(
    patch: RoutePatch,
    status: u16,
    headers: &[(&str, &str)],
    expected: Result<u64, Option<u64>>,
) {
    let shop = Shop::new(vec![reply_with(status, headers, ""), reply(200, "ok")]);
    let result = shop.client(patch).get("/x").answer().await;
    let times = shop.server.times_ms();
    match (result, expected) {
        (Ok(_), Ok(ms)) => assert!(times[1].abs_diff(ms) <= 1, "{headers:?} {times:?}"),
        (Err(error), Err(seconds)) => {
            assert_eq!((error.status(), times.len()), (Some(status), 1));
            assert_eq!(error.elapsed(), millis(0), "it fails at once");
            assert_eq!(error.retry_after().map(|wait| wait.as_secs()), seconds);
        }
        (result, expected) => panic!("{status} {headers:?}: {result:?}, not {expected:?}"),
    }
    shop.is_at_rest().await;
}

async fn check(status: u16, headers: &[(&str, &str)], expected: Result<u64, Option<u64>>) {
    check_on(RoutePatch::default(), status, headers, expected).await;
}

async fn check_after(value: &str, expected: Result<u64, Option<u64>>) {
    check(503, &[("Retry-After", value)], expected).await;
}

#[tokio::test(start_paused = true)]
async fn ky_30_retry_after_is_whole_seconds_however_many() {
    check_after("2", Ok(2_000)).await;
    check_after("1795327203", Err(Some(1_795_327_203))).await;
}

#[tokio::test(start_paused = true)]
async fn ky_31_retry_after_zero_retries_at_once() {
    check_after("0", Ok(0)).await;
}

#[tokio::test(start_paused = true)]
async fn ky_32_dates_in_three_forms_are_gmt_and_the_past_is_at_once() {
    check_after("Sun, 22 Nov 2026 06:00:03 GMT", Ok(3_000)).await;
    check_after("Sunday, 22-Nov-26 06:00:03 GMT", Ok(3_000)).await;
    check_after("Sun Nov 22 06:00:03 2026", Ok(3_000)).await;
    check_after("Sun, 22 Nov 2020 06:00:03 GMT", Ok(0)).await;
}

#[tokio::test(start_paused = true)]
async fn ky_33_two_digits_of_a_year_and_a_leap_second() {
    check_after("Saturday, 22-Nov-80 06:00:03 GMT", Ok(0)).await;
    check_after("Sunday, 22-Nov-26 06:00:60 GMT", Err(Some(60))).await;
}

#[tokio::test(start_paused = true)]
async fn ky_34_a_malformed_header_is_ignored_and_the_retry_still_happens() {
    for value in [
        "Tue, 31 Feb 2026 06:00:03 GMT",
        "Sun, 22 Nov 2026 25:00:00 GMT",
        "0x10",
        "1.5",
        "+5",
        "-5",
        "2026-11-22T06:00:03Z",
        "soon",
    ] {
        check_after(value, Ok(300)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn ky_35_timing_is_heard_only_with_its_statuses_and_makes_none_retried() {
    let two = &[("Retry-After", "2")];
    for status in [413, 429, 503] {
        check(status, two, Ok(2_000)).await;
    }
    for status in [408, 500, 502, 504] {
        check(status, two, Ok(300)).await;
    }
    let listed = || {
        retrying(RetryPatch {
            after_statuses: Some(vec![404, 500]),
            ..RetryPatch::default()
        })
    };
    check_on(listed(), 500, two, Ok(2_000)).await;
    check_on(listed(), 503, two, Ok(300)).await;
    check_on(listed(), 404, two, Err(Some(2))).await;
}

#[tokio::test(start_paused = true)]
async fn ky_36_413_is_retried_only_when_the_server_says_something_about_when() {
    check(413, &[], Err(None)).await;
    check(413, &[("Retry-After", "1")], Ok(1_000)).await;
    check(413, &[("Retry-After", "later")], Ok(300)).await;
}

#[tokio::test(start_paused = true)]
async fn ky_37_the_headers_have_an_order() {
    let all = [
        ("Retry-After", "1"),
        ("RateLimit-Reset", "2"),
        ("X-RateLimit-Retry-After", "3"),
        ("X-RateLimit-Reset", "4"),
        ("X-Rate-Limit-Reset", "5"),
    ];
    for (from, ms) in (0..all.len()).zip([1_000, 2_000, 3_000, 4_000, 5_000]) {
        let mut rest = all[from..].to_vec();
        rest.reverse();
        check(429, &rest, Ok(ms)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn ky_38_a_header_that_is_there_but_unreadable_does_not_give_way_to_the_next() {
    for value in ["", "soon"] {
        let headers = [("Retry-After", value), ("RateLimit-Reset", "2")];
        check(429, &headers, Ok(300)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn ky_39_only_reset_headers_may_give_a_unix_time() {
    check(429, &[("RateLimit-Reset", "1795327203")], Ok(3_000)).await;
    check(429, &[("X-RateLimit-Reset", "1795327203")], Ok(3_000)).await;
    check(429, &[("X-RateLimit-Reset", "3")], Ok(3_000)).await;
    let later = Err(Some(1_795_327_203));
    check(429, &[("X-RateLimit-Retry-After", "1795327203")], later).await;
}

#[tokio::test(start_paused = true)]
async fn ky_40_a_wait_that_is_too_long_ends_the_call_and_is_told() {
    check_after("10", Ok(10_000)).await;
    check_after("11", Err(Some(11))).await;
    let short = RoutePatch {
        total_timeout: Some(millis(3_000)),
        ..RoutePatch::default()
    };
    check_on(short, 503, &[("Retry-After", "3")], Err(Some(3))).await;
}
