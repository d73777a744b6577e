//! What calls leave in the log: who called whom and how it ended; never a secret.

use std::{
    io::Write,
    sync::{Arc, Mutex},
    time::Duration,
};

use madang_outbound::{
    Fault, Manual, Origin, Outbound, Plan, RateSettings, Reach, RetryPatch, Route, RoutePatch,
    Scope,
};
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::fmt::{MakeWriter, format::FmtSpan};

use crate::scripted::{ScriptedNetwork, Step, caller};

const SECRETS: [&str; 5] = [
    "s3cret-query",
    "s3cret-bearer",
    "s3cret-key",
    "s3cret-body",
    "s3cret-path",
];

#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Every event and every end of a span of this thread, from every crate, at every level.
    pub fn follow() -> (Self, DefaultGuard) {
        let log = Self::default();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_span_events(FmtSpan::CLOSE)
            .with_ansi(false)
            .without_time()
            .with_writer(log.clone())
            .finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// The fields of the spans that ended, of this name.
    pub fn ended(&self, span: &str) -> Vec<String> {
        let text = self.text();
        let fields = text.lines().filter_map(|line| {
            let (before, _) = line.split_once(": madang_outbound::trace: close")?;
            let (_, fields) = before.rsplit_once(&format!("{span}{{"))?;
            fields
                .strip_suffix('}')
                .filter(|fields| !fields.contains('}'))
                .map(str::to_owned)
        });
        fields.collect()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// A server that answers so, one connection after the other.
fn network(answers: &[&str]) -> Arc<ScriptedNetwork> {
    let script = |answer: &str| {
        let head =
            format!("HTTP/1.1 {answer}\r\nContent-Length: 2\r\nSet-Cookie: s3cret-key\r\n\r\nok");
        vec![
            Step::ReadRequest { body_bytes: 0 },
            Step::Write(head.into()),
            Step::AwaitClose,
        ]
    };
    let (first, others) = answers.split_first().unwrap();
    let network = ScriptedNetwork::new(script(first)).name("api.example.com", &[&["8.8.8.8"]]);
    for answer in others {
        network.then(script(answer));
    }
    network
}

async fn call(gateway: &Outbound, route: Route) {
    let granted = caller(&[("http://api.example.com", Reach::Internet)]);
    let client = gateway.client(granted, route).unwrap();
    let call = client
        .put("http://api.example.com/hooks/s3cret-path?token=s3cret-query")
        .query("key", "s3cret-query")
        .header("authorization", "Bearer s3cret-bearer")
        .idempotency_key("s3cret-key")
        .body("s3cret-body");
    // How it ends is what the log is asked about.
    let _ = call.answer().await;
}

#[track_caller]
fn holds_no_secret(log: &Log) {
    let text = log.text();
    for secret in SECRETS {
        assert!(!text.contains(secret), "{secret} is in the log:\n{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_and_its_attempts_leave_spans() {
    let (log, _guard) = Log::follow();
    call(
        &network(&["503 Busy", "200 OK"]).gateway(),
        Route::default(),
    )
    .await;
    let of_call = "caller=\"tester\" method=PUT origin=http://api.example.com status=200 attempts=2 outcome=\"answered\"";
    assert_eq!(log.ended("call"), [of_call], "{}", log.text());
    let attempts = [
        "number=1 stage=reading the answer status=503",
        "number=2 stage=reading the answer status=200",
    ];
    assert_eq!(log.ended("attempt"), attempts, "{}", log.text());
    holds_no_secret(&log);
}

#[tokio::test(start_paused = true)]
async fn failures_leave_no_secret_either() {
    let (log, _guard) = Log::follow();
    let gateway = network(&["200 OK"]).gateway();
    let faults = [
        Fault::Refused,
        Fault::DnsFailure,
        Fault::CertificateError,
        Fault::ResetMidBody,
        Fault::TruncatedBody,
        Fault::NeverEndingBody,
        Fault::Latency(Duration::from_secs(60)),
        Fault::Status {
            code: 429,
            retry_after: Some(1),
        },
        Fault::Status {
            code: 500,
            retry_after: None,
        },
    ];
    for fault in faults {
        gateway
            .chaos()
            .start(Plan::always(fault, Scope::All))
            .unwrap();
        call(&gateway, Route::default()).await;
    }
    let origin = Origin::parse("http://api.example.com").unwrap();
    gateway.set_upstream(&origin, None, Manual::Isolate);
    call(&gateway, Route::default()).await;
    assert_eq!(log.ended("call").len(), faults.len() + 1, "{}", log.text());
    holds_no_secret(&log);
    let kept: Vec<_> = gateway
        .upstreams()
        .into_iter()
        .filter_map(|one| one.last_failure)
        .collect();
    let words = format!("{kept:?}");
    // Since then it was held back, which says nothing new.
    assert!(words.contains("NameNotFound"), "{words}");
    assert!(!words.contains("s3cret"), "{words}");
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_kept_and_said_without_the_address_behind_its_origin() {
    // The path of a webhook is its password.
    for status in ["404 Not Found", "500 Broken"] {
        let gateway = network(&[status]).gateway();
        let granted = caller(&[("http://api.example.com", Reach::Internet)]);
        let client = gateway.client(granted, Route::default()).unwrap();
        let url = "http://api.example.com/hooks/s3cret-path?token=s3cret-query#s3cret";
        let error = client.put(url).answer().await.unwrap_err();
        let said = format!("PUT http://api.example.com was answered {}", &status[..3]);
        assert_eq!(error.to_string(), said);
        let kept = gateway.upstreams()[0].last_failure.clone().unwrap();
        assert_eq!(kept.message, said);
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_is_told_as_called_off() {
    let (log, _guard) = Log::follow();
    let gateway = ScriptedNetwork::new(vec![Step::Hang])
        .name("api.example.com", &[&["8.8.8.8"]])
        .gateway();
    let dropped = tokio::time::timeout(Duration::from_secs(1), call(&gateway, Route::default()));
    assert!(dropped.await.is_err());
    crate::served::settle().await;
    let of_call =
        "caller=\"tester\" method=PUT origin=http://api.example.com outcome=\"called off\"";
    assert_eq!(log.ended("call"), [of_call], "{}", log.text());
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_the_caller_takes_as_it_is_still_counts_as_the_servers_failure() {
    let gateway = network(&["500 Broken"]).gateway();
    let route = Route {
        errors: madang_outbound::ErrorStatuses::None,
        ..Route::default()
    };
    call(&gateway, route).await;
    let upstreams = gateway.upstreams();
    let seen: Vec<_> = upstreams
        .iter()
        .map(|one| {
            (
                one.is_failing,
                one.counts.failures,
                one.last_failure.as_ref().map(|last| last.message.as_str()),
            )
        })
        .collect();
    assert_eq!(seen, [(true, 1, Some("the server answered 500"))]);
}

/// Calls, tries that went out, calls that failed after that, and calls that never went out.
fn counts(gateway: &Outbound) -> [u64; 4] {
    let counts = gateway.upstreams()[0].counts;
    [
        counts.calls,
        counts.attempts,
        counts.failures,
        counts.kept_back,
    ]
}

/// Twelve calls of two tries at most, one after the other, as fast as they end.
async fn check_counts(network: Arc<ScriptedNetwork>, route: Route, expected: [u64; 4]) {
    let gateway = network.gateway();
    for _ in 0..12 {
        call(&gateway, route.clone()).await;
    }
    assert_eq!(counts(&gateway), expected);
}

#[tokio::test(start_paused = true)]
async fn calls_that_never_went_out_are_counted_apart() {
    const FINE: &str = "200 OK\r\nConnection: close";
    let once_more = || {
        let patch = RoutePatch {
            retry: RetryPatch::from(1),
            ..RoutePatch::default()
        };
        Route::default().patched(patch).unwrap()
    };
    check_counts(network(&[FINE]), once_more(), [12, 12, 0, 0]).await;
    // Five failures open the breaker; of the third call it takes the second try away, and of all later ones the first.
    check_counts(network(&["500 Broken"]), once_more(), [12, 5, 3, 9]).await;
    let dead = || ScriptedNetwork::new(Vec::new()).name("api.example.com", &[&["8.8.8.8"]]);
    check_counts(dead().refuses("8.8.8.8"), once_more(), [12, 5, 3, 9]).await;
    let inside = ScriptedNetwork::new(Vec::new()).name("api.example.com", &[&["192.168.0.7"]]);
    check_counts(inside, once_more(), [12, 0, 0, 12]).await;
    let slow = Route {
        rate: RateSettings {
            per_second: 1.try_into().unwrap(),
            burst: 4.try_into().unwrap(),
            waiting_max: 0,
        },
        ..once_more()
    };
    check_counts(network(&[FINE]), slow, [12, 4, 0, 8]).await;
}

#[tokio::test(start_paused = true)]
async fn a_server_is_seen_failing_though_an_older_answer_stands_in() {
    let kept = "200 OK\r\nCache-Control: max-age=1, stale-if-error=600\r\nConnection: close";
    let gateway = network(&[kept, "500 Broken"]).gateway();
    let granted = caller(&[("http://api.example.com", Reach::Internet)]);
    let route = Route {
        cache: Some(madang_outbound::CachePolicy::default()),
        ..Route::default()
    };
    let client = gateway.client(granted, route).unwrap();
    let asked = || client.get("http://api.example.com/menu").answer();
    assert_eq!(asked().await.unwrap().status, 200);
    assert!(!gateway.upstreams()[0].is_failing);
    tokio::time::advance(Duration::from_secs(5)).await;
    assert_eq!(asked().await.unwrap().status, 200);
    let seen = &gateway.upstreams()[0];
    assert_eq!((seen.counts.stale_served, seen.counts.failures), (1, 1));
    assert!(seen.is_failing);
    assert_eq!(
        seen.last_failure.as_ref().unwrap().message,
        "GET http://api.example.com was answered 500"
    );
}
