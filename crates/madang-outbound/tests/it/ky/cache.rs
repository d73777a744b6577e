//! Kept answers through the whole client.

use std::{sync::Arc, time::Duration};

use madang_outbound::{CachePolicy, Calls, Client, ErrorStatuses, Hooks, Proceed, RoutePatch};
use tokio::time::sleep;

use super::shop::{
    Reply, Shop, granted, hooked, late, millis, reply, reply_with, retrying, statuses,
};

fn kept() -> RoutePatch {
    RoutePatch {
        cache: Some(Some(CachePolicy::default())),
        ..retrying(0.into())
    }
}

fn fresh_for(seconds: u64, body: &str) -> Reply {
    reply_with(
        200,
        &[("Cache-Control", &format!("max-age={seconds}"))],
        body,
    )
}

fn says(cache_control: &str, body: &str) -> Reply {
    reply_with(200, &[("Cache-Control", cache_control)], body)
}

/// Status, how it came out of the cache, and body.
async fn told(call: Calls) -> String {
    match call.response().await {
        Ok(response) => {
            let how = response.header("x-cache").unwrap_or("-").to_owned();
            let status = response.status;
            format!("{status} {how} {}", response.text().await.unwrap())
        }
        Err(error) => error.to_string(),
    }
}

async fn seconds(n: u64) {
    sleep(Duration::from_secs(n)).await;
}

#[tokio::test(start_paused = true)]
async fn beyond_a_fresh_answer_is_given_again_with_its_age() {
    let shop = Shop::new(vec![fresh_for(60, "one"), fresh_for(60, "two")]);
    let client = shop.client(kept());
    assert_eq!(told(client.get("/x")).await, "200 - one");
    seconds(10).await;
    let response = client.get("/x").response().await.unwrap();
    assert_eq!(
        (response.header("age"), response.attempts()),
        (Some("10"), 0)
    );
    assert_eq!(told(client.get("/x")).await, "200 HIT one");
    assert_eq!(
        told(client.get("/x#part")).await,
        "200 HIT one",
        "a fragment is never sent"
    );
    assert_eq!(
        told(client.get("HTTP://API.Example.com:80/a/../x")).await,
        "200 HIT one"
    );
    assert_eq!(told(client.head("/x")).await, "200 - ", "another method");
    assert_eq!(told(client.get("/x?q")).await, "200 - two");
    assert_eq!(shop.server.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn beyond_answers_are_kept_for_one_caller_and_one_authorization() {
    let shop = Shop::new(vec![
        fresh_for(60, "a"),
        fresh_for(60, "b"),
        fresh_for(60, "c"),
    ]);
    let one = shop.client_of(granted("plugin:one"), kept());
    let other = shop.client_of(granted("plugin:other"), kept());
    assert_eq!(told(one.get("/x")).await, "200 - a");
    assert_eq!(told(other.get("/x")).await, "200 - b");
    let authorized = |client: &Client| client.get("/x").header("Authorization", "Bearer x");
    assert_eq!(told(authorized(&one)).await, "200 - c");
    assert_eq!(told(authorized(&one)).await, "200 HIT c");
    assert_eq!(told(one.get("/x")).await, "200 HIT a");
}

#[tokio::test(start_paused = true)]
async fn beyond_what_an_answer_varies_by_is_compared() {
    let vary = [("Cache-Control", "max-age=60"), ("Vary", "Accept-Language")];
    let shop = Shop::new(vec![
        reply_with(200, &vary, "ko"),
        reply_with(200, &vary, "en"),
    ]);
    let client = shop.client(kept());
    let asked = |language| client.get("/x").header("Accept-Language", language);
    for (language, expected) in [
        ("ko", "200 - ko"),
        ("en", "200 - en"),
        ("ko", "200 HIT ko"),
        ("en", "200 HIT en"),
    ] {
        assert_eq!(told(asked(language)).await, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn beyond_what_may_not_be_kept_is_not() {
    for reply in [
        says("no-store, max-age=60", "x"),
        reply_with(404, &[("Cache-Control", "no-store")], "x"),
        reply(200, &"x".repeat(2_000_000)),
        reply_with(500, &[("Cache-Control", "max-age=60")], "x"),
    ] {
        let shop = Shop::new(vec![reply]);
        let client = shop.client(kept());
        for _ in 0..2 {
            let _ = told(client.get("/x")).await;
        }
        assert_eq!((shop.server.count(), shop.gateway.cached()), (2, (0, 0)));
    }
}

#[tokio::test(start_paused = true)]
async fn beyond_a_call_that_changes_something_makes_it_forgotten() {
    for (method, status, expected) in [
        ("post", 200, "200 - two"),
        ("post", 303, "200 HIT one"),
        ("delete", 204, "200 - two"),
        ("post", 404, "200 HIT one"),
    ] {
        let shop = Shop::new(vec![
            fresh_for(60, "one"),
            reply(status, ""),
            fresh_for(60, "two"),
        ]);
        let client = shop.client(kept());
        assert_eq!(told(client.get("/x")).await, "200 - one");
        let _ = match method {
            "post" => client.post("/x").answer().await,
            _ => client.delete("/x").answer().await,
        };
        assert_eq!(told(client.get("/x")).await, expected, "{method} {status}");
    }
}

#[tokio::test(start_paused = true)]
async fn beyond_a_stale_answer_stands_in_only_for_the_servers_failures_and_in_its_time() {
    let sent = "max-age=10, stale-if-error=60";
    let stale = "200 STALE_ERROR old";
    for (cache_control, route_seconds, age, failure, expected) in [
        (sent, 0, 30, reply(500, ""), stale),
        (sent, 0, 30, Reply::Reset, stale),
        (sent, 0, 30, super::shop::silence(), stale),
        (sent, 0, 30, super::shop::endless(200), stale),
        (sent, 0, 71, Reply::Reset, "the answer was cut short"),
        (
            sent,
            0,
            30,
            reply(404, ""),
            "GET http://api.example.com was answered 404",
        ),
        (
            "max-age=10",
            0,
            30,
            Reply::Reset,
            "the answer was cut short",
        ),
        ("max-age=10", 60, 30, Reply::Reset, stale),
        (
            "max-age=10",
            60,
            80,
            Reply::Reset,
            "the answer was cut short",
        ),
        (
            "max-age=10, must-revalidate",
            60,
            30,
            Reply::Reset,
            "the answer was cut short",
        ),
        (
            "max-age=10, must-revalidate, stale-if-error=60",
            60,
            30,
            Reply::Reset,
            "the answer was cut short",
        ),
    ] {
        let shop = Shop::new(vec![says(cache_control, "old"), failure]);
        let client = shop.client(RoutePatch {
            cache: Some(Some(CachePolicy {
                stale_if_error: Duration::from_secs(route_seconds),
                ..CachePolicy::default()
            })),
            ..kept()
        });
        assert_eq!(told(client.get("/x")).await, "200 - old");
        seconds(age).await;
        assert_eq!(
            told(client.get("/x")).await,
            expected,
            "{cache_control} {age}"
        );
        let served = shop.upstream().counts.stale_served;
        assert_eq!(served, u64::from(expected == stale));
        shop.is_at_rest().await;
    }
}

#[tokio::test(start_paused = true)]
async fn beyond_a_stale_answer_says_so_and_stands_in_for_errors_that_are_answers_too() {
    let shop = Shop::new(vec![
        says("max-age=10, stale-if-error=60", "old"),
        reply(503, "no"),
    ]);
    let client = shop.client(RoutePatch {
        errors: Some(ErrorStatuses::None),
        ..kept()
    });
    assert_eq!(told(client.get("/x")).await, "200 - old");
    seconds(30).await;
    let response = client.get("/x").response().await.unwrap();
    assert_eq!(response.header("x-cache"), Some("STALE_ERROR"));
    assert_eq!(response.header("age"), Some("30"));
    assert!(response.header("warning").unwrap().starts_with("111 "));
}

#[tokio::test(start_paused = true)]
async fn beyond_a_held_back_upstream_is_stood_in_for_too() {
    let shop = Shop::new(vec![
        says("max-age=1, stale-if-error=600", "old"),
        reply(500, ""),
    ]);
    let client = shop.client(kept());
    assert_eq!(told(client.get("/x")).await, "200 - old");
    seconds(2).await;
    for _ in 0..8 {
        assert_eq!(told(client.get("/x")).await, "200 STALE_ERROR old");
    }
    assert_eq!(
        shop.server.count(),
        5,
        "four failures of five calls open the breaker"
    );
}

#[tokio::test(start_paused = true)]
async fn beyond_a_stale_answer_is_given_while_one_call_fetches_a_new_one() {
    let swr = "max-age=10, stale-while-revalidate=60";
    let shop = Shop::new(vec![says(swr, "old"), late(500, says(swr, "new"))]);
    let client = shop.client(kept());
    assert_eq!(told(client.get("/x")).await, "200 - old");
    seconds(30).await;
    for _ in 0..20 {
        assert_eq!(told(client.get("/x")).await, "200 STALE old");
    }
    // Whoever asks for a new one gets a new one.
    seconds(2).await;
    assert_eq!(told(client.get("/x")).await, "200 HIT new");
    assert_eq!(shop.server.count(), 2, "one refresh for all");
    seconds(15).await;
    shop.server.now([fresh_for(60, "newest")]);
    let asked = client.get("/x").header("Cache-Control", "no-cache");
    assert_eq!(told(asked).await, "200 - newest");
    shop.is_at_rest().await;
    // Past its window it is waited for.
    seconds(200).await;
    shop.server.now([says(swr, "waited for")]);
    assert_eq!(told(client.get("/x")).await, "200 - waited for");
}

#[tokio::test(start_paused = true)]
async fn beyond_a_refresh_is_one_of_the_calls_under_way() {
    let swr = "max-age=10, stale-while-revalidate=60";
    let shop = Shop::new(vec![says(swr, "old"), late(500, says(swr, "new"))]);
    let client = shop.client(kept());
    assert_eq!(told(client.get("/x")).await, "200 - old");
    seconds(30).await;
    assert_eq!(told(client.get("/x")).await, "200 STALE old");
    sleep(millis(100)).await;
    assert_eq!(shop.gateway.in_flight(), 1);
    sleep(millis(500)).await;
    shop.is_at_rest().await;
}

#[tokio::test(start_paused = true)]
async fn beyond_many_that_ask_at_once_ask_once() {
    let shop = Shop::new(vec![late(500, fresh_for(60, "one"))]);
    let client = shop.client(kept());
    let calls: Vec<_> = (0..20)
        .map(|_| tokio::spawn(told(client.get("/x"))))
        .collect();
    for call in calls {
        assert!(call.await.unwrap().ends_with("one"));
    }
    assert_eq!(shop.server.count(), 1);
    shop.is_at_rest().await;
    // What may not be kept is for one alone: the others ask for themselves.
    let shop = Shop::new(vec![late(500, says("no-store", "mine"))]);
    let client = shop.client(kept());
    let calls: Vec<_> = (0..5)
        .map(|_| tokio::spawn(told(client.get("/x"))))
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap(), "200 - mine");
    }
    assert_eq!(shop.server.count(), 5);
    shop.is_at_rest().await;
}

async fn check_followers_alone() {
    let shop = Shop::new(vec![late(
        500,
        reply_with(404, &[("Cache-Control", "no-store")], ""),
    )]);
    let client = shop.client(kept());
    let calls: Vec<_> = (0..5)
        .map(|_| tokio::spawn(told(client.get("/x"))))
        .collect();
    for call in calls {
        let told = "GET http://api.example.com was answered 404";
        assert_eq!(call.await.unwrap(), told);
    }
    assert_eq!(shop.server.count(), 5);
    shop.is_at_rest().await;
}

/// Twenty ask at once and the server fails the one that asks for them; what they are told, and how often the server was asked.
async fn check_followers(failure: Reply, patch: RoutePatch, expected: &str, asked: usize) {
    let shop = Shop::new(vec![late(500, failure), fresh_for(60, "well again")]);
    let client = shop.client(patch);
    let calls: Vec<_> = (0..20)
        .map(|_| tokio::spawn(told(client.get("/x"))))
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap(), expected);
    }
    assert_eq!(shop.server.count(), asked, "{expected}");
    // It is shared by those who waited, and kept for nobody.
    assert_eq!(told(client.get("/x")).await, "200 - well again");
    shop.is_at_rest().await;
}

#[tokio::test(start_paused = true)]
async fn beyond_those_who_waited_share_the_failure_of_the_one_that_asked() {
    let on_errors = |errors| RoutePatch {
        errors: Some(errors),
        ..kept()
    };
    check_followers(
        reply(503, "busy"),
        on_errors(ErrorStatuses::NotSuccess),
        "GET http://api.example.com was answered 503",
        1,
    )
    .await;
    check_followers(
        reply(503, "busy"),
        on_errors(ErrorStatuses::None),
        "503 - busy",
        1,
    )
    .await;
    let told = "GET http://api.example.com was answered 429";
    check_followers(reply(429, "slower"), kept(), told, 1).await;
    check_followers(
        reply(429, "slower"),
        on_errors(ErrorStatuses::None),
        "429 - slower",
        1,
    )
    .await;
    check_followers(Reply::Reset, kept(), "the answer was cut short", 1).await;
    // What the server says of the question is for each that asks it.
    check_followers_alone().await;
}

#[tokio::test(start_paused = true)]
async fn beyond_those_who_waited_have_the_old_answer_each_when_the_one_that_asked_fails() {
    let shop = Shop::new(vec![
        says("max-age=10, stale-if-error=60", "old"),
        late(500, reply(503, "busy")),
    ]);
    let client = shop.client(kept());
    assert_eq!(told(client.get("/x")).await, "200 - old");
    seconds(30).await;
    let calls: Vec<_> = (0..20)
        .map(|_| tokio::spawn(told(client.get("/x"))))
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap(), "200 STALE_ERROR old");
    }
    assert_eq!(shop.server.count(), 2);
    assert_eq!(shop.upstream().counts.stale_served, 20);
    shop.is_at_rest().await;
}

#[tokio::test(start_paused = true)]
async fn beyond_when_the_one_that_asks_runs_out_of_its_own_time_another_takes_over() {
    let shop = Shop::new(vec![late(60_000, reply(200, "")), fresh_for(60, "one")]);
    let hasty = shop.client(RoutePatch {
        total_timeout: Some(millis(200)),
        ..kept()
    });
    let patient = shop.client(kept());
    let leader = tokio::spawn(told(hasty.get("/x")));
    sleep(millis(100)).await;
    let followers: Vec<_> = (0..5)
        .map(|_| tokio::spawn(told(patient.get("/x"))))
        .collect();
    assert!(leader.await.unwrap().starts_with("no answer within 200 ms"));
    for follower in followers {
        assert!(follower.await.unwrap().ends_with("one"));
    }
    assert_eq!(shop.server.count(), 2);
    shop.is_at_rest().await;
}

#[tokio::test(start_paused = true)]
async fn beyond_when_the_one_that_asks_is_called_off_another_takes_over() {
    let shop = Shop::new(vec![late(500, fresh_for(60, "one"))]);
    let client = shop.client(kept());
    let leader = tokio::spawn(told(client.get("/x")));
    sleep(millis(100)).await;
    let followers: Vec<_> = (0..5)
        .map(|_| tokio::spawn(told(client.get("/x"))))
        .collect();
    sleep(millis(100)).await;
    assert_eq!((shop.server.count(), shop.gateway.cached().1), (1, 1));
    leader.abort();
    for follower in followers {
        assert!(follower.await.unwrap().ends_with("one"));
    }
    assert_eq!((shop.server.count(), shop.server.let_go()), (2, 1));
    shop.is_at_rest().await;
}

#[tokio::test(start_paused = true)]
async fn beyond_an_answer_that_has_not_changed_is_renewed() {
    let etag = [("ETag", "\"1\""), ("Cache-Control", "max-age=10")];
    let shop = Shop::new(vec![
        reply_with(200, &etag, "one"),
        reply_with(304, &etag, ""),
    ]);
    let client = shop.client(kept());
    assert_eq!(told(client.get("/x")).await, "200 - one");
    seconds(30).await;
    assert_eq!(told(client.get("/x")).await, "200 REVALIDATED one");
    assert_eq!(
        shop.server.asked()[1].header("if-none-match"),
        Some("\"1\"")
    );
    assert_eq!(told(client.get("/x")).await, "200 HIT one");
    // "Not changed" said of another answer is no answer: it is asked for whole.
    seconds(30).await;
    let other = [("ETag", "\"2\"")];
    shop.server
        .now([reply_with(304, &other, ""), fresh_for(60, "two")]);
    assert_eq!(told(client.get("/x")).await, "200 - two");
    assert_eq!(shop.server.asked()[3].header("if-none-match"), None);
    shop.is_at_rest().await;
}

#[tokio::test(start_paused = true)]
async fn beyond_a_retry_that_a_hook_changed_is_sent_as_changed_and_not_kept() {
    let etag = [("ETag", "\"1\""), ("Cache-Control", "max-age=10")];
    let mut hooks = Hooks::default();
    hooks.before_retry.push(Arc::new(|mut request, _, _| {
        request.set_header("X-Fresh", "1");
        Box::pin(async { Ok(Proceed::With(request)) })
    }));
    let shop = Shop::new(vec![
        reply_with(200, &etag, "one"),
        reply(500, ""),
        fresh_for(60, "two"),
    ]);
    let client = shop.client(RoutePatch {
        cache: Some(Some(CachePolicy::default())),
        ..hooked(hooks)
    });
    assert_eq!(told(client.get("/x")).await, "200 - one");
    seconds(30).await;
    assert_eq!(told(client.get("/x")).await, "200 - two");
    let asked = shop.server.asked();
    assert_eq!(asked[2].header("x-fresh"), Some("1"));
    shop.server.now(statuses(&[200]));
    assert_eq!(
        told(client.get("/x")).await,
        "200 - body 200",
        "another question's answer"
    );
}
