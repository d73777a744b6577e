//! Hooks: their order, what they see, what they may do (71 to 83).

use std::sync::Arc;

use madang_outbound::{
    After, AfterResponse, BeforeError, BeforeRequest, BeforeRetry, BreakerState, Context,
    ForcedRetry, HeaderMap, HookName, Hooks, HooksPatch, Method, Outcome, Proceed, Request,
    Response, RoutePatch, SendError, SendErrorKind,
};
use tokio::time::Instant;

use super::shop::{
    HOME, Journal, OTHER, Shop, hooked, late, millis, reply, reply_with, short, silence, statuses,
};

fn answer(status: u16) -> Response {
    Response::new(status, HeaderMap::new(), "from a hook")
}

fn before_request(
    journal: &Journal,
    name: &'static str,
    does: fn(Request) -> Result<Proceed, &'static str>,
) -> BeforeRequest {
    let journal = journal.clone();
    Arc::new(move |request, moment| {
        journal.write(format!("{name} {}", moment.retry_count));
        Box::pin(async move { does(request).map_err(Into::into) })
    })
}

fn before_retry(
    journal: &Journal,
    name: &'static str,
    does: fn(Request) -> Result<Proceed, &'static str>,
) -> BeforeRetry {
    let journal = journal.clone();
    Arc::new(move |request, error, moment| {
        journal.write(format!("{name} {} {error}", moment.retry_count));
        Box::pin(async move { does(request).map_err(Into::into) })
    })
}

fn after_response(
    journal: &Journal,
    name: &'static str,
    does: fn(&mut Response) -> Result<After, &'static str>,
) -> AfterResponse {
    let journal = journal.clone();
    Arc::new(move |response, moment| {
        journal.write(format!("{name} {} {}", moment.retry_count, response.status));
        let after = does(response);
        Box::pin(async move { after.map_err(Into::into) })
    })
}

fn before_error(
    journal: &Journal,
    name: &'static str,
    does: fn(SendError) -> Result<SendError, &'static str>,
) -> BeforeError {
    let journal = journal.clone();
    Arc::new(move |error, moment| {
        journal.write(format!("{name} {} {error}", moment.retry_count));
        Box::pin(async move { does(error).map_err(Into::into) })
    })
}

fn with(request: Request) -> Result<Proceed, &'static str> {
    Ok(Proceed::With(request))
}

/// A call on a route with these hooks ends so, after so many requests, and the hooks wrote so.
async fn check(
    shop: &Shop,
    hooks: Hooks,
    journal: &Journal,
    expected: (&str, usize),
    lines: &[&str],
) {
    let result = shop.client(hooked(hooks)).get("/x").answer().await;
    assert_eq!((short(&result).as_str(), shop.server.count()), expected);
    journal.check(lines);
    shop.is_at_rest().await;
}

const ASKED_500: &str = "GET http://api.example.com was answered 500";

#[tokio::test(start_paused = true)]
async fn ky_71_init_runs_once_on_the_calls_own_copy() {
    let journal = Journal::default();
    let written = journal.clone();
    let mut hooks = Hooks::default();
    hooks.init.push(Arc::new(move |request: &mut Request| {
        written.write(format!("{:?}", request.headers));
        request.set_header("x-init", "1");
        request.url.push_str("/more");
    }));
    let shop = Shop::new(statuses(&[500, 200]));
    let client = shop.client(hooked(hooks));
    for _ in 0..2 {
        assert!(client.get("/x").answer().await.is_ok());
    }
    journal.check(&["[]", "[]"]);
    assert_eq!(shop.server.lines(), ["GET /x/more"; 3]);
}

#[tokio::test(start_paused = true)]
async fn ky_72_before_request_runs_once_in_order_and_never_for_a_retry() {
    let journal = Journal::default();
    let mut hooks = Hooks::default();
    hooks
        .before_request
        .push(before_request(&journal, "first", with));
    hooks
        .before_request
        .push(before_request(&journal, "second", with));
    let shop = Shop::new(statuses(&[500, 500, 200]));
    check(
        &shop,
        hooks,
        &journal,
        ("200 body 200", 3),
        &["first 0", "second 0"],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn ky_73_before_request_may_replace_the_request_or_answer_it() {
    let journal = Journal::default();
    let mut hooks = Hooks::default();
    hooks
        .before_request
        .push(before_request(&journal, "replaces", |_| {
            Ok(Proceed::Replaced(Request::new(Method::Get, "/other")))
        }));
    hooks
        .before_request
        .push(before_request(&journal, "marks", |mut request| {
            request.set_header("x-mark", request.url.clone());
            with(request)
        }));
    let shop = Shop::new(statuses(&[200]));
    check(
        &shop,
        hooks,
        &journal,
        ("200 body 200", 1),
        &["replaces 0", "marks 0"],
    )
    .await;
    let asked = &shop.server.asked()[0];
    assert_eq!(
        (asked.line.as_str(), asked.header("x-mark")),
        ("GET /other", Some("/other"))
    );

    let journal = Journal::default();
    let mut hooks = Hooks::default();
    hooks
        .before_request
        .push(before_request(&journal, "answers", |_| {
            Ok(Proceed::Answered(answer(200)))
        }));
    hooks
        .before_request
        .push(before_request(&journal, "never", with));
    hooks
        .after_response
        .push(after_response(&journal, "never", |_| Ok(After::Keep)));
    let shop = Shop::new(statuses(&[500]));
    check(
        &shop,
        hooks,
        &journal,
        ("200 from a hook", 0),
        &["answers 0"],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn ky_74_an_error_answer_from_a_hook_is_an_http_error_and_is_not_retried() {
    let journal = Journal::default();
    let mut hooks = Hooks::default();
    hooks
        .before_request
        .push(before_request(&journal, "answers", |_| {
            Ok(Proceed::Answered(answer(503)))
        }));
    let shop = Shop::new(statuses(&[200]));
    let told = "GET its server was answered 503 (Answered)";
    check(&shop, hooks, &journal, (told, 0), &["answers 0"]).await;

    let journal = Journal::default();
    let mut hooks = Hooks::default();
    hooks
        .before_retry
        .push(before_retry(&journal, "answers", |_| {
            Ok(Proceed::Answered(answer(503)))
        }));
    let shop = Shop::new(statuses(&[500, 200]));
    let lines = [format!("answers 1 {ASKED_500}")];
    check(&shop, hooks, &journal, (told, 1), &[&lines[0]]).await;
}

#[tokio::test(start_paused = true)]
async fn ky_75_a_failure_in_before_request_or_after_response_is_final() {
    let journal = Journal::default();
    let asked = journal.clone();
    let mut hooks = Hooks::default();
    hooks
        .before_request
        .push(before_request(&journal, "fails", |_| Err("no")));
    let patch = |hooks| RoutePatch {
        should_retry: Some(Arc::new({
            let asked = asked.clone();
            move |_, _| {
                asked.write("asked");
                Box::pin(async { Ok(Some(true)) })
            }
        })),
        ..hooked(hooks)
    };
    let shop = Shop::new(statuses(&[500]));
    let result = shop.client(patch(hooks)).get("/x").answer().await;
    assert_eq!(short(&result), "the before-request hook failed (Refused)");

    let mut hooks = Hooks::default();
    hooks
        .after_response
        .push(after_response(&journal, "fails", |_| Err("no")));
    let result = shop.client(patch(hooks)).get("/x").answer().await;
    assert_eq!(short(&result), "the after-response hook failed (Answered)");
    journal.check(&["fails 0", "fails 0 500"]);
    assert_eq!(shop.server.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn ky_76_before_retry_sees_the_error_and_may_edit_replace_answer_or_stop() {
    // Not for the first attempt; each sees what the one before it made.
    let journal = Journal::default();
    let mut hooks = Hooks::default();
    hooks
        .before_retry
        .push(before_retry(&journal, "edits", |mut request| {
            request.set_header("x-edited", "1");
            with(request)
        }));
    hooks
        .before_retry
        .push(before_retry(&journal, "sees", |request| {
            assert!(request.has_header("x-edited"));
            with(request)
        }));
    let shop = Shop::new(statuses(&[500, 500, 200]));
    let lines: Vec<String> = [(1, "edits"), (1, "sees"), (2, "edits"), (2, "sees")]
        .map(|(retry, name)| format!("{name} {retry} {ASKED_500}"))
        .into();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    check(&shop, hooks, &journal, ("200 body 200", 3), &lines).await;
    let edited: Vec<_> = shop
        .server
        .asked()
        .iter()
        .map(|asked| asked.header("x-edited").is_some())
        .collect();
    assert_eq!(edited, [false, true, true]);

    for (does, expected) in [
        (
            (|_| Ok(Proceed::Replaced(Request::new(Method::Get, "/other"))))
                as fn(Request) -> Result<Proceed, &'static str>,
            ("200 body 200", 2),
        ),
        (
            |_| Ok(Proceed::Answered(answer(200))),
            ("200 from a hook", 1),
        ),
        (
            |_| Ok(Proceed::Stop),
            ("a hook stopped the call (Refused)", 1),
        ),
    ] {
        let journal = Journal::default();
        let mut hooks = Hooks::default();
        hooks
            .before_retry
            .push(before_retry(&journal, "ends", does));
        hooks
            .before_retry
            .push(before_retry(&journal, "never", with));
        let shop = Shop::new(statuses(&[500, 200]));
        let line = format!("ends 1 {ASKED_500}");
        check(&shop, hooks, &journal, expected, &[&line]).await;
    }
}

#[tokio::test(start_paused = true)]
async fn ky_77_a_failing_before_retry_skips_before_error_but_the_first_error_does_not() {
    let journal = Journal::default();
    let mut hooks = Hooks::default();
    hooks
        .before_retry
        .push(before_retry(&journal, "fails", |_| Err("my own")));
    hooks.before_error.push(before_error(&journal, "never", Ok));
    let shop = Shop::new(statuses(&[500]));
    let error = shop
        .client(hooked(hooks))
        .get("/x")
        .answer()
        .await
        .unwrap_err();
    let SendErrorKind::Hook { hook, source } = error.kind() else {
        panic!("{error:?}")
    };
    assert_eq!(
        (*hook, source.to_string().as_str()),
        (HookName::BeforeRetry, "my own")
    );
    assert_eq!(journal.lines().len(), 1);

    // `Surface` is how a hook gives the error back that it was told.
    let journal = Journal::default();
    let mut hooks = Hooks::default();
    hooks
        .before_retry
        .push(before_retry(&journal, "surfaces", |_| Ok(Proceed::Surface)));
    hooks.before_error.push(before_error(&journal, "sees", Ok));
    let shop = Shop::new(statuses(&[500]));
    let error = shop
        .client(hooked(hooks))
        .get("/x")
        .answer()
        .await
        .unwrap_err();
    let SendErrorKind::Http(failure) = error.kind() else {
        panic!("{error:?}")
    };
    let text = madang_outbound::ErrorBody::Text("body 500".to_owned());
    assert_eq!((failure.status, failure.body.clone()), (500, Some(text)));
    assert_eq!(shop.server.count(), 1);
    journal.check(&[
        &format!("surfaces 1 {ASKED_500}"),
        &format!("sees 0 {ASKED_500}"),
    ]);
}

#[tokio::test(start_paused = true)]
async fn ky_78_after_response_runs_for_every_answer_and_its_replacement_is_judged() {
    let journal = Journal::default();
    let mut hooks = Hooks::default();
    hooks
        .after_response
        .push(after_response(&journal, "turns", |response| {
            Ok(match response.status {
                200 => After::Replaced(answer(503)),
                502 => After::Replaced(answer(201)),
                _ => After::Keep,
            })
        }));
    hooks
        .after_response
        .push(after_response(&journal, "sees", |_| Ok(After::Keep)));
    let shop = Shop::new(statuses(&[200, 500, 502]));
    let lines = [
        "turns 0 200",
        "sees 0 503",
        "turns 1 500",
        "sees 1 500",
        "turns 2 502",
        "sees 2 201",
    ];
    check(&shop, hooks, &journal, ("201 from a hook", 3), &lines).await;
}

/// A forced retry with what `forced` says, of `method`, on a route that would not retry it by itself.
async fn forced(
    method: Method,
    forced: fn() -> ForcedRetry,
    replies: &[u16],
    limit: u32,
) -> (Shop, Journal, String) {
    let journal = Journal::default();
    let written = journal.clone();
    let mut hooks = Hooks::default();
    hooks.after_response.push(Arc::new(move |response, _| {
        let again = response.status == 401;
        Box::pin(async move {
            Ok(match again {
                true => After::Retry(forced()),
                false => After::Keep,
            })
        })
    }));
    hooks
        .after_response
        .push(after_response(&journal, "after", |_| Ok(After::Keep)));
    hooks
        .before_retry
        .push(Arc::new(move |request, error, moment| {
            let source = std::error::Error::source(error).map(ToString::to_string);
            written.write(format!("retry {} {error} {source:?}", moment.retry_count));
            Box::pin(async { Ok(Proceed::With(request)) })
        }));
    hooks.before_error.push(before_error(&journal, "error", Ok));
    let shop = Shop::new(statuses(replies));
    let patch = RoutePatch {
        retry: limit.into(),
        should_retry: Some(Arc::new(|_, _| Box::pin(async { Ok(Some(false)) }))),
        ..hooked(hooks)
    };
    let client = shop.client(patch);
    let result = client.call(Request::new(method, "/x")).answer().await;
    (shop, journal, short(&result))
}

#[tokio::test(start_paused = true)]
async fn ky_79_a_forced_retry_asks_nobody_but_the_limit_and_the_deadline() {
    let refresh = || ForcedRetry {
        delay: Some(millis(7_000)),
        code: Some("REFRESH".to_owned()),
        cause: Some("the token is old".into()),
        request: None,
    };
    let (shop, journal, told) = forced(Method::Post, refresh, &[401, 200], 2).await;
    assert_eq!(told, "200 body 200");
    let times = shop.server.times_ms();
    assert!(times[1].abs_diff(7_000) <= 1, "not capped: {times:?}");
    journal.check(&[
        "retry 1 a hook asked to try again, and no try is left (REFRESH) Some(\"the token is old\")",
        "after 1 200",
    ]);

    let (shop, journal, told) = forced(Method::Get, ForcedRetry::default, &[401], 1).await;
    let exhausted = "a hook asked to try again, and no try is left";
    assert_eq!(told, format!("{exhausted} (Answered)"));
    assert_eq!(shop.server.count(), 2);
    journal.check(&[
        &format!("retry 1 {exhausted} None"),
        &format!("error 1 {exhausted}"),
    ]);

    let too_late = || ForcedRetry {
        delay: Some(millis(40_000)),
        ..ForcedRetry::default()
    };
    let begun = Instant::now();
    let (shop, _, told) = forced(Method::Get, too_late, &[401, 200], 2).await;
    assert_eq!(told, format!("{exhausted} (Answered)"));
    assert_eq!((shop.server.count(), begun.elapsed()), (1, millis(0)));
}

#[tokio::test(start_paused = true)]
async fn ky_80_refreshing_a_token_works_once_and_does_not_loop() {
    for (replies, expected) in [
        (&[401, 200][..], ("200 body 200", 2)),
        (
            &[401, 401, 200],
            ("GET http://api.example.com was answered 401 (Answered)", 2),
        ),
    ] {
        let mut hooks = Hooks::default();
        hooks.after_response.push(Arc::new(|response, moment| {
            let again = response.status == 401 && moment.retry_count == 0;
            Box::pin(async move {
                let mut request = Request::new(Method::Get, "/x");
                request.set_header("Authorization", "Bearer new");
                Ok(match again {
                    true => After::Retry(ForcedRetry {
                        request: Some(request),
                        ..ForcedRetry::default()
                    }),
                    false => After::Keep,
                })
            })
        }));
        let shop = Shop::new(statuses(replies));
        let call = shop.client(hooked(hooks)).get("/x");
        let result = call.header("Authorization", "Bearer old").answer().await;
        assert_eq!((short(&result).as_str(), shop.server.count()), expected);
        let tokens: Vec<_> = shop
            .server
            .asked()
            .iter()
            .map(|asked| asked.header("authorization").map(str::to_owned).unwrap())
            .collect();
        assert_eq!(tokens, ["Bearer old", "Bearer new"]);
    }
}

#[tokio::test(start_paused = true)]
async fn ky_81_before_error_sees_the_end_and_may_put_another_in_its_place() {
    let journal = Journal::default();
    let mut hooks = Hooks::default();
    hooks.before_error.push(before_error(&journal, "first", Ok));
    hooks
        .before_error
        .push(before_error(&journal, "second", Ok));
    let shop = Shop::new(statuses(&[500]));
    let lines = [
        format!("first 2 {ASKED_500}"),
        format!("second 2 {ASKED_500}"),
    ];
    let told = format!("{ASKED_500} (Answered)");
    check(&shop, hooks, &journal, (&told, 3), &[&lines[0], &lines[1]]).await;

    let journal = Journal::default();
    let mut hooks = Hooks::default();
    hooks.before_error.push(before_error(&journal, "sees", Ok));
    let shop = Shop::new(vec![silence()]);
    let late = "no answer within 8000 ms (while waiting for the answer)";
    let told = format!("{late} (Unknown)");
    check(
        &shop,
        hooks,
        &journal,
        (&told, 1),
        &[&format!("sees 0 {late}")],
    )
    .await;

    let journal = Journal::default();
    let mut hooks = Hooks::default();
    hooks
        .before_error
        .push(before_error(&journal, "fails", |_| Err("in its place")));
    hooks.before_error.push(before_error(&journal, "never", Ok));
    let shop = Shop::new(statuses(&[404]));
    let error = shop
        .client(hooked(hooks))
        .get("/x")
        .answer()
        .await
        .unwrap_err();
    let source = std::error::Error::source(&error).map(ToString::to_string);
    assert_eq!(source.as_deref(), Some("in its place"));
    assert_eq!(journal.lines().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn ky_82_hooks_of_parent_and_child_append_and_may_be_replaced_or_cleared() {
    let journal = Journal::default();
    let of = |name| {
        let mut hooks = Hooks::default();
        hooks
            .before_request
            .push(before_request(&journal, name, with));
        hooks
    };
    let shop = Shop::new(statuses(&[200]));
    let parent = shop.client(hooked(of("parent")));
    let child = |hooks| {
        let patch = RoutePatch {
            hooks,
            ..RoutePatch::default()
        };
        parent.extended(patch).unwrap()
    };
    let added = child(HooksPatch::Add(of("child")));
    let replaced = child(HooksPatch::Replace(of("child")));
    let cleared = child(HooksPatch::Replace(Hooks::default()));
    for client in [added, replaced, cleared] {
        journal.write("-");
        assert!(client.get("/x").answer().await.is_ok());
    }
    journal.check(&["-", "parent 0", "child 0", "-", "child 0", "-"]);
}

#[tokio::test(start_paused = true)]
async fn ky_83_the_bag_is_merged_once_and_the_same_through_hooks_and_retries() {
    let journal = Journal::default();
    let written = journal.clone();
    let bag = Context::default();
    bag.set("shop", "seoul");
    bag.set("both", "route");
    let mut hooks = Hooks::default();
    hooks.before_request.push(Arc::new(|request, moment| {
        moment.context.set("seen", 1);
        Box::pin(async { Ok(Proceed::With(request)) })
    }));
    hooks.before_retry.push(Arc::new(move |request, _, moment| {
        let value = |name| moment.context.get(name).unwrap_or_default();
        written.write(format!(
            "{} {} {} {}",
            value("shop"),
            value("both"),
            value("own"),
            value("seen")
        ));
        Box::pin(async { Ok(Proceed::With(request)) })
    }));
    let patch = RoutePatch {
        context: bag.clone(),
        ..hooked(hooks)
    };
    let shop = Shop::new(statuses(&[500, 200, 500, 200]));
    let client = shop.client(patch);
    let call = client.get("/x").with("both", "call").with("own", 7);
    assert!(call.answer().await.is_ok());
    assert!(client.get("/x").answer().await.is_ok());
    journal.check(&[r#""seoul" "call" 7 1"#, r#""seoul" "route" null 1"#]);
    assert_eq!(
        bag.get("seen"),
        None,
        "the route's own bag is not the call's"
    );
}

#[tokio::test(start_paused = true)]
async fn ky_86_a_request_that_a_hook_sends_elsewhere_takes_no_credentials_along() {
    type Edit = fn(Request) -> Result<Proceed, &'static str>;
    let elsewhere: Edit = |mut request| {
        request.url = format!("{OTHER}/y");
        Ok(Proceed::Replaced(request))
    };
    let own_key: Edit = |mut request| {
        request.url = format!("{OTHER}/y");
        request.set_header("Authorization", "Bearer other");
        Ok(Proceed::Replaced(request))
    };
    for (edit, authorization) in [(elsewhere, None), (own_key, Some("Bearer other"))] {
        for at_retry in [false, true] {
            let journal = Journal::default();
            let mut hooks = Hooks::default();
            match at_retry {
                false => hooks
                    .before_request
                    .push(before_request(&journal, "moves", edit)),
                true => hooks
                    .before_retry
                    .push(before_retry(&journal, "moves", edit)),
            }
            let patch = RoutePatch {
                elsewhere: vec![madang_outbound::Origin::parse(OTHER).unwrap()],
                headers: vec![("X-Api-Key".to_owned(), Some("route".to_owned()))],
                cache: Some(Some(madang_outbound::CachePolicy::default())),
                ..hooked(hooks)
            };
            let etag = [("ETag", "\"1\""), ("Cache-Control", "max-age=1")];
            let shop = Shop::new(vec![reply_with(200, &etag, "old")]);
            let client = shop.client(patch);
            let call = || {
                client
                    .get(format!("{HOME}/x"))
                    .header("Authorization", "Bearer x")
            };
            if at_retry {
                // A kept answer is asked after with its own headers, which are not for the other place either.
                assert!(call().answer().await.is_ok());
                tokio::time::sleep(millis(3_000)).await;
                shop.server.now([reply(500, ""), reply(200, "ok")]);
            }
            assert!(call().answer().await.is_ok());
            let asked = shop.server.asked().pop().unwrap();
            assert_eq!(asked.header("host"), Some("other.example.com"));
            assert_eq!(asked.header("authorization"), authorization, "{at_retry}");
            assert_eq!(asked.header("x-api-key"), None);
            assert_eq!(asked.header("if-none-match"), None);
        }
    }
}

/// Hooks of which one panics, with the server that leads a call to it.
fn panicking() -> Vec<(&'static str, RoutePatch, Vec<u16>)> {
    let one = |add: fn(&mut Hooks)| {
        let mut hooks = Hooks::default();
        add(&mut hooks);
        hooked(hooks)
    };
    let before_request: fn(&mut Hooks) = |hooks| {
        hooks
            .before_request
            .push(Arc::new(|_, _| panic!("on purpose")));
    };
    let later: fn(&mut Hooks) = |hooks| {
        let hook: BeforeRequest = Arc::new(|_, _| {
            Box::pin(async {
                tokio::task::yield_now().await;
                panic!("on purpose")
            })
        });
        hooks.before_request.push(hook);
    };
    let init: fn(&mut Hooks) = |hooks| hooks.init.push(Arc::new(|_| panic!("on purpose")));
    let before_retry: fn(&mut Hooks) = |hooks| {
        hooks
            .before_retry
            .push(Arc::new(|_, _, _| panic!("on purpose")))
    };
    let after_response: fn(&mut Hooks) = |hooks| {
        hooks
            .after_response
            .push(Arc::new(|_, _| panic!("on purpose")))
    };
    let before_error: fn(&mut Hooks) = |hooks| {
        hooks
            .before_error
            .push(Arc::new(|_, _| panic!("on purpose")))
    };
    let should_retry = RoutePatch {
        should_retry: Some(Arc::new(|_, _| panic!("on purpose"))),
        ..RoutePatch::default()
    };
    vec![
        ("init", one(init), vec![200]),
        ("before request", one(before_request), vec![200]),
        ("before request, later", one(later), vec![200]),
        ("before retry", one(before_retry), vec![500]),
        ("after response", one(after_response), vec![200]),
        ("before error", one(before_error), vec![404]),
        ("should retry", should_retry, vec![500]),
    ]
}

#[tokio::test(start_paused = true)]
async fn a_hook_that_panics_ends_its_call_and_harms_no_other() {
    for (hook, patch, replies) in panicking() {
        let shop = Shop::new(vec![late(1_000, reply(200, "beside it"))]);
        let others = shop.plain();
        let beside = tokio::spawn(async move { short(&others.get("/beside").answer().await) });
        crate::served::settle().await;
        shop.server.now(statuses(&replies));
        let result = shop.client(patch).get("/x").answer().await;
        let error = result.expect_err(hook);
        assert!(
            matches!(error.kind(), SendErrorKind::Panicked),
            "{hook}: {error}"
        );
        assert_eq!(error.outcome(), Outcome::Unknown, "{hook}");
        assert_eq!(beside.await.expect(hook), "200 beside it", "{hook}");
        // Whoever comes after it finds every place free and the server's state as it was.
        shop.server.now(statuses(&[200]));
        let after = shop.plain().get("/after").answer().await;
        assert_eq!(short(&after), "200 body 200", "{hook}");
        assert_eq!(shop.upstream().breaker, BreakerState::Closed, "{hook}");
        shop.is_at_rest().await;
    }
}
