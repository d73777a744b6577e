//! Bodies that are sent, and bodies that nobody reads (57 to 63).

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use futures::Stream;
use madang_outbound::{
    After, BodyStream, BreakerState, ForcedRetry, HedgeAfter, HedgeSettings, Hooks, Method,
    Request, RetryPatch, RoutePatch, SendErrorKind,
};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::shop::{
    HOME, OTHER, Reply, Shop, endless, hooked, late, millis, reply, reply_with, retrying, short,
    silence, statuses,
};

/// Three pieces and perhaps no end; counts how often it is let go.
struct Pieces {
    left: Vec<io::Result<Bytes>>,
    ends: bool,
    let_go: Arc<AtomicUsize>,
}

impl Pieces {
    fn new(ends: bool) -> (Self, Arc<AtomicUsize>) {
        let let_go = Arc::new(AtomicUsize::new(0));
        let left = ["three", "two", "one"];
        let pieces = Self {
            left: left
                .map(|text| Ok(Bytes::from_static(text.as_bytes())))
                .into(),
            ends,
            let_go: Arc::clone(&let_go),
        };
        (pieces, let_go)
    }
}

impl Stream for Pieces {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.left.pop() {
            None if !self.ends => Poll::Pending,
            piece => Poll::Ready(piece),
        }
    }
}

impl Drop for Pieces {
    fn drop(&mut self) {
        self.let_go.fetch_add(1, Ordering::SeqCst);
    }
}

fn once() -> RoutePatch {
    retrying(0.into())
}

fn with_key() -> RoutePatch {
    retrying(RetryPatch {
        with_idempotency_key: Some(true),
        ..RetryPatch::default()
    })
}

fn bodies(shop: &Shop) -> Vec<String> {
    let asked = shop.server.asked();
    let text = |body| String::from_utf8(body).unwrap();
    asked.into_iter().map(|asked| text(asked.body)).collect()
}

#[tokio::test(start_paused = true)]
async fn ky_57_every_retry_sends_the_whole_body_again() {
    for (how, expected) in [
        ("json", r#"{"a":[1,2]}"#),
        ("form", "a=1&b=%EA%B0%80"),
        ("bytes", "plain bytes"),
        ("replayed", "onetwothree"),
    ] {
        let shop = Shop::new(statuses(&[500, 503, 200]));
        let call = shop.client(with_key()).post("/x").idempotency_key("k");
        let (pieces, let_go) = Pieces::new(true);
        let call = match how {
            "json" => call.json(&serde_json::json!({"a": [1, 2]})),
            "form" => call.form([("a", "1"), ("b", "가")]),
            "bytes" => call.body("plain bytes"),
            _ => call.streamed(BodyStream::replayed(pieces, 100)),
        };
        assert_eq!(short(&call.answer().await), "200 body 200", "{how}");
        assert_eq!(bodies(&shop), [expected; 3]);
        assert!(let_go.load(Ordering::SeqCst) <= 1);
    }
}

#[tokio::test(start_paused = true)]
async fn ky_58_a_streamed_body_is_sent_as_it_comes_or_has_a_bound_for_replays() {
    let (pieces, _) = Pieces::new(true);
    let shop = Shop::new(statuses(&[200]));
    let call = shop.client(once()).post("/x");
    let result = call.streamed(BodyStream::once(pieces)).answer().await;
    assert_eq!(short(&result), "200 body 200");
    assert_eq!(bodies(&shop), ["onetwothree"]);
    let chunked = shop.server.asked()[0]
        .header("transfer-encoding")
        .map(str::to_owned);
    assert_eq!(chunked.as_deref(), Some("chunked"));

    let (pieces, let_go) = Pieces::new(true);
    let call = shop.plain().post("/x").streamed(BodyStream::once(pieces));
    assert_eq!(
        short(&call.answer().await),
        "a streamed body cannot be sent again; set the retry limit to 0 or give the body a replay \
         bound (Refused)"
    );
    assert_eq!(let_go.load(Ordering::SeqCst), 1);

    let (pieces, let_go) = Pieces::new(true);
    let call = shop.plain().post("/x");
    let result = call
        .streamed(BodyStream::replayed(pieces, 10))
        .answer()
        .await;
    assert_eq!(
        short(&result),
        "the body to send (bytes) is larger than the limit of 10 (Refused)"
    );
    assert_eq!(let_go.load(Ordering::SeqCst), 1);
    assert_eq!(shop.server.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn ky_59_a_streamed_body_is_let_go_exactly_once_however_the_call_ends() {
    for (end, replies) in [
        ("answered", vec![reply(200, "ok")]),
        ("failed", vec![reply(500, "no")]),
        ("timed out", vec![silence()]),
        ("reset", vec![Reply::Reset]),
        ("cancelled", vec![silence()]),
        ("dropped", vec![silence()]),
        ("isolated", vec![silence()]),
    ] {
        let shop = Shop::new(replies);
        let client = shop.client(once());
        if end == "isolated" {
            let _ = client.get("/x").within(millis(1)).answer().await;
            let origin = shop.upstream().origin;
            shop.gateway
                .set_upstream(&origin, None, madang_outbound::Manual::Isolate);
        }
        let ends = matches!(end, "answered" | "failed");
        let (pieces, let_go) = Pieces::new(ends);
        let token = CancellationToken::new();
        let call = client.post("/x").streamed(BodyStream::once(pieces));
        let call = tokio::spawn(call.cancelled_by(token.clone()).answer());
        tokio::time::sleep(millis(10)).await;
        match end {
            "cancelled" => token.cancel(),
            "dropped" => call.abort(),
            _ => {}
        }
        let result = call.await;
        assert_eq!(
            matches!(result, Ok(Ok(_))),
            end == "answered",
            "{end}: {result:?}"
        );
        shop.is_at_rest().await;
        assert_eq!(let_go.load(Ordering::SeqCst), 1, "{end}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_streamed_body_is_never_sent_a_second_time_as_nothing() {
    // A redirect that wants the same body again cannot have it.
    let shop = Shop::new(vec![
        reply_with(307, &[("Location", "/y")], ""),
        reply(200, "ok"),
    ]);
    let patch = RoutePatch {
        redirects_max: Some(3),
        ..once()
    };
    let (pieces, _) = Pieces::new(true);
    let call = shop.client(patch).put("/x");
    let result = call.streamed(BodyStream::once(pieces)).answer().await;
    assert_eq!(
        short(&result).split(':').next_back(),
        Some(" a streamed body cannot be sent again (Unknown)")
    );
    assert_eq!(shop.server.count(), 1);
    // Nor can a second try beside the first.
    let shop = Shop::new(vec![late(1_000, reply(200, "slow")), reply(200, "fast")]);
    let patch = RoutePatch {
        hedge: Some(Some(HedgeSettings {
            after: HedgeAfter::Fixed(millis(10)),
            extra_percent_max: 100,
        })),
        ..once()
    };
    let (pieces, _) = Pieces::new(true);
    let call = shop.client(patch).put("/x");
    let result = call.streamed(BodyStream::once(pieces)).answer().await;
    assert_eq!(short(&result), "200 slow");
    assert_eq!(bodies(&shop), ["onetwothree"]);
}

#[tokio::test(start_paused = true)]
async fn a_streamed_body_that_breaks_off_is_the_callers_failure_and_not_the_servers() {
    let shop = Shop::new(vec![silence()]);
    let client = shop.client(once());
    for _ in 0..6 {
        let pieces = futures::stream::iter([
            Ok(Bytes::from_static(b"one")),
            Err(io::Error::other("the disk is gone")),
        ]);
        let call = client.post("/x").streamed(BodyStream::once(pieces));
        let error = call.answer().await.unwrap_err();
        assert!(
            matches!(error.kind(), SendErrorKind::BrokenBody(_)),
            "{error:?}"
        );
    }
    assert_eq!(shop.upstream().breaker, BreakerState::Closed);
}

#[tokio::test(start_paused = true)]
async fn ky_60_a_body_that_nobody_reads_is_let_go_and_holds_nothing_up() {
    // Before a retry.
    let shop = Shop::new(vec![endless(500), reply(200, "ok")]);
    let begun = Instant::now();
    assert_eq!(short(&shop.plain().get("/x").answer().await), "200 ok");
    assert!(begun.elapsed() <= millis(302));
    shop.is_at_rest().await;
    assert_eq!(shop.server.let_go(), 1);
    // When a hook fails, and when it wants another try.
    for end in ["fails", "forces"] {
        let mut hooks = Hooks::default();
        hooks.after_response.push(Arc::new(move |response, _| {
            let status = response.status;
            Box::pin(async move {
                match (status, end) {
                    (500, "fails") => Err("no".into()),
                    (500, _) => Ok(After::Retry(ForcedRetry::default())),
                    _ => Ok(After::Keep),
                }
            })
        }));
        let shop = Shop::new(vec![endless(500), reply(200, "ok")]);
        let begun = Instant::now();
        let result = shop.client(hooked(hooks)).get("/x").answer().await;
        assert_eq!(result.is_ok(), end == "forces");
        assert!(begun.elapsed() <= millis(302));
        shop.is_at_rest().await;
        assert_eq!(shop.server.let_go(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn ky_61_a_token_that_outlives_its_calls_keeps_nothing_of_them() {
    let token = CancellationToken::new();
    let patch = RoutePatch {
        cancelled: vec![token.clone()],
        rate: Some(madang_outbound::RateSettings {
            per_second: 1_000_000.try_into().unwrap(),
            burst: 1_000_000.try_into().unwrap(),
            waiting_max: 0,
        }),
        ..once()
    };
    let shop = Shop::new(vec![reply(200, "ok")]);
    let client = shop.client(patch);
    let kept = Arc::new(());
    for _ in 0..200 {
        let held = Arc::clone(&kept);
        let pieces = futures::stream::iter([Ok(Bytes::from_static(b"x"))]);
        let pieces = futures::StreamExt::inspect(pieces, move |_| {
            let _ = &held;
        });
        let call = client.post("/x").streamed(BodyStream::once(pieces));
        assert!(call.cancelled_by(token.clone()).answer().await.is_ok());
    }
    shop.is_at_rest().await;
    assert_eq!(Arc::strong_count(&kept), 1, "every stream is gone");
}

#[tokio::test(start_paused = true)]
async fn ky_62_json_says_what_it_is_unless_the_caller_did_and_falsy_values_are_sent() {
    let shop = Shop::new(vec![reply(200, "ok")]);
    let route_says = shop.client(RoutePatch {
        headers: vec![(
            "Content-Type".to_owned(),
            Some("application/route+json".to_owned()),
        )],
        ..RoutePatch::default()
    });
    let plain = shop.plain();
    let own = "application/own+json";
    for (call, expected) in [
        (plain.post("/x").json(&0), ("application/json", "0")),
        (plain.post("/x").json(&false), ("application/json", "false")),
        (plain.post("/x").json(&()), ("application/json", "null")),
        (plain.post("/x").json(""), ("application/json", "\"\"")),
        (
            plain.post("/x").header("content-type", own).json(&1),
            (own, "1"),
        ),
        (
            plain.post("/x").json(&1).header("Content-Type", own),
            (own, "1"),
        ),
        (
            route_says.post("/x").json(&1),
            ("application/route+json", "1"),
        ),
        (
            route_says.post("/x").header("content-type", own).json(&1),
            (own, "1"),
        ),
    ] {
        assert!(call.answer().await.is_ok());
        let asked = shop.server.asked().pop().unwrap();
        let body = String::from_utf8(asked.body.clone()).unwrap();
        assert_eq!(
            (asked.header("content-type").unwrap(), body.as_str()),
            expected
        );
    }
}

#[tokio::test(start_paused = true)]
async fn ky_63_get_and_head_with_a_body_are_refused_here() {
    for method in [Method::Get, Method::Head] {
        let shop = Shop::new(vec![reply(200, "ok")]);
        let expected = format!("{method} has no body; drop it or use another method (Refused)");
        for client in [shop.plain(), shop.client(once())] {
            let call = || client.call(Request::new(method, "/x"));
            let (pieces, _) = Pieces::new(true);
            let (replayed, _) = Pieces::new(true);
            for call in [
                call().body("b"),
                call().streamed(BodyStream::replayed(replayed, 100)),
            ] {
                assert_eq!(short(&call.answer().await), expected);
            }
            if client.route().retry.limit() == 0 {
                let call = call().streamed(BodyStream::once(pieces));
                assert_eq!(short(&call.answer().await), expected);
            }
        }
        assert_eq!(shop.server.count(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_redirect_takes_no_credentials_elsewhere_and_is_followed_only_where_that_is_set() {
    let to_other = || {
        vec![
            reply_with(302, &[("Location", &format!("{OTHER}/y"))], ""),
            reply(200, "ok"),
        ]
    };
    let shop = Shop::new(to_other());
    let error = shop.plain().get("/x").answer().await.unwrap_err();
    assert_eq!((error.status(), shop.server.count()), (Some(302), 1));

    let shop = Shop::new(to_other());
    let patch = RoutePatch {
        redirects_max: Some(1),
        ..RoutePatch::default()
    };
    let call = shop.client(patch).get(format!("{HOME}/x"));
    let call = call
        .header("Authorization", "Bearer x")
        .header("X-Trace", "t");
    assert_eq!(short(&call.answer().await), "200 ok");
    let asked = shop.server.asked();
    assert_eq!(asked[0].header("authorization"), Some("Bearer x"));
    assert_eq!(asked[1].header("authorization"), None);
    assert_eq!(asked[1].header("x-trace"), Some("t"));
}
