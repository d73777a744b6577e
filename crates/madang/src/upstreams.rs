//! `madang upstreams`: other companies' servers as a running till meets them, and what a person decides about them.

use std::time::Duration;

use jiff::Timestamp;
use madang_outbound::Method;
use madang_server::view::upstream::{BreakerStateView, SetUpstreams, UpstreamAction, UpstreamView};
use tokio::runtime::Runtime;

use crate::arguments::{self, UpstreamsDo};
use crate::failure::Failure;
use crate::output::Output;
use crate::till_at::{TillAt, TillError};

/// How long the till has: it reads what is in its memory.
const DEADLINE: Duration = Duration::from_secs(10);

/// Prints the servers of a running till, after setting some of them when that is asked for.
///
/// # Errors
/// [`Failure`] when there is no till, or it does not do it.
pub fn upstreams(
    arguments: &arguments::Upstreams,
    runtime: &Runtime,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let till = TillAt::find(&arguments.till, runtime)?;
    let upstreams = match &arguments.what {
        None => till.ask(Method::Get, "/api/upstreams", None, DEADLINE)?,
        Some(what) => set(&till, what)?,
    };
    print(&upstreams, arguments.json, output)
}

fn set(till: &TillAt<'_>, what: &UpstreamsDo) -> Result<Vec<UpstreamView>, TillError> {
    let (action, which) = match what {
        UpstreamsDo::Isolate(which) => (UpstreamAction::Isolate, which),
        UpstreamsDo::Close(which) => (UpstreamAction::Close, which),
        UpstreamsDo::Release(which) => (UpstreamAction::Release, which),
    };
    let which = SetUpstreams {
        origin: which.origin.clone(),
        plugin: which.plugin.clone(),
    };
    let body = serde_json::to_vec(&which).expect("two texts are always JSON");
    let path = format!("/api/upstreams/{}", action.word());
    let all: Vec<UpstreamView> = till.ask(Method::Post, &path, Some(body), DEADLINE)?;
    Ok(all)
}

fn print(
    upstreams: &[UpstreamView],
    as_json: bool,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    if as_json {
        for upstream in upstreams {
            output.json(upstream)?;
        }
        return Ok(());
    }
    if upstreams.is_empty() {
        output.line("no server was called lately (요즘 부른 서버가 없어요)")?;
    }
    let now = Timestamp::now();
    for upstream in upstreams {
        for line in lines(upstream, now) {
            output.line(&line)?;
        }
    }
    Ok(())
}

fn lines(upstream: &UpstreamView, now: Timestamp) -> Vec<String> {
    let caller = upstream.plugin.as_deref().unwrap_or(&upstream.caller);
    let mut lines = vec![
        format!("{}  {caller}  {}", upstream.origin, state(upstream, now)),
        format!(
            "  calls {} · attempts {} · failed {} · refused here {} · retries saved {} · stale {} · sent {} B · received {} B · now {}, queued {}, WebSockets {}",
            upstream.calls,
            upstream.attempts,
            upstream.failures,
            upstream.refused,
            upstream.budget_denials,
            upstream.stale_served,
            upstream.sent_bytes,
            upstream.received_bytes,
            upstream.in_flight,
            upstream.queued,
            upstream.sockets,
        ),
    ];
    if let Some(last) = &upstream.last_failure {
        let (at, said) = (last.at, &last.sentences.ko);
        lines.push(format!("  last failure {at:.0}: {said} ({})", last.message));
    }
    lines
}

fn state(upstream: &UpstreamView, now: Timestamp) -> String {
    match (upstream.breaker, upstream.retry_at) {
        (BreakerStateView::Closed, _) if upstream.is_failing => "failing (실패 중)".into(),
        (BreakerStateView::Closed, _) => "fine (정상)".into(),
        (BreakerStateView::HalfOpen, _) => "trying (시험 중)".into(),
        (BreakerStateView::Isolated, _) => "isolated by hand (손으로 끊음)".into(),
        (BreakerStateView::ForcedClosed, _) => "let through by hand (손으로 이음)".into(),
        (BreakerStateView::Open, None) => "cut off (끊김)".into(),
        (BreakerStateView::Open, Some(at)) => {
            let seconds = at.duration_since(now).as_secs().max(0);
            format!("cut off, tried again in {seconds} s (끊김)")
        }
    }
}

#[cfg(test)]
mod tests {
    use madang_server::view::upstream::{FailureKindView, LastFailureView};

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn a_server_is_told_in_three_lines() {
        let mut upstream = UpstreamView {
            caller: "plugin:order-mirror".into(),
            plugin: Some("order-mirror".into()),
            origin: "https://orders.example.com".into(),
            breaker: BreakerStateView::Open,
            retry_at: Some(at("2026-11-22T03:00:12Z")),
            in_flight: 1,
            queued: 2,
            calls: 9,
            attempts: 11,
            failures: 5,
            budget_denials: 3,
            breaker_opened: 1,
            refused: 4,
            stale_served: 0,
            sockets: 6,
            sent_bytes: 700,
            received_bytes: 800,
            last_failure: Some(LastFailureView::new(
                at("2026-11-22T02:59:59.123Z"),
                FailureKindView::NoConnection,
                None,
                "no connection to https://orders.example.com",
            )),
            is_failing: false,
        };
        let now = at("2026-11-22T03:00:00Z");
        let expected = [
            "https://orders.example.com  order-mirror  cut off, tried again in 12 s (끊김)",
            "  calls 9 · attempts 11 · failed 5 · refused here 4 · retries saved 3 · stale 0 · sent 700 B · received 800 B · now 1, queued 2, WebSockets 6",
            "  last failure 2026-11-22T02:59:59Z: 서버에 연결할 수 없었어요 (no connection to https://orders.example.com)",
        ];
        assert_eq!(lines(&upstream, now), expected);
        let rows = [
            (BreakerStateView::Closed, "fine (정상)"),
            (BreakerStateView::HalfOpen, "trying (시험 중)"),
            (BreakerStateView::Isolated, "isolated by hand (손으로 끊음)"),
            (
                BreakerStateView::ForcedClosed,
                "let through by hand (손으로 이음)",
            ),
        ];
        for (breaker, expected) in rows {
            upstream.breaker = breaker;
            assert_eq!(state(&upstream, now), expected);
        }
        (upstream.breaker, upstream.is_failing) = (BreakerStateView::Closed, true);
        assert_eq!(state(&upstream, now), "failing (실패 중)");
    }
}
