//! `madang upstreams`: other companies' servers as a running till meets them, and what a person decides about them.

use std::time::Duration;

use jiff::Timestamp;
use madang_outbound::{Method, Origin};
use madang_server::view::outbox::AsideView;
use madang_server::view::upstream::{BreakerStateView, SetUpstreams, UpstreamAction, UpstreamView};
use tokio::runtime::Runtime;

use crate::arguments::{self, UpstreamsDo};
use crate::failure::Failure;
use crate::outbox;
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
    let upstreams: Vec<UpstreamView> = match &arguments.what {
        None => till.ask(Method::Get, "/api/upstreams", None, DEADLINE)?,
        Some(what) => {
            let set = set(&till, what)?;
            return match arguments.json {
                true => json(&set, output),
                false => print_set(&set, output),
            };
        }
    };
    let aside: AsideView = till.ask(Method::Get, "/api/outbox/aside", None, DEADLINE)?;
    if arguments.json {
        json(&upstreams, output)?;
        output.json(&serde_json::json!({ "outbox": aside }))?;
        return Ok(());
    }
    print(&upstreams, &aside, output)
}

fn json(upstreams: &[UpstreamView], output: &mut Output<'_>) -> Result<(), Failure> {
    for upstream in upstreams {
        output.json(upstream)?;
    }
    Ok(())
}

/// Sets the servers that are meant; gives those alone, as they stand then.
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
    let mut all: Vec<UpstreamView> = till.ask(Method::Post, &path, Some(body), DEADLINE)?;
    let origin = which.origin.as_deref();
    let origin = origin.and_then(|text| Origin::parse(text).ok());
    all.retain(|one| is_meant(one, origin.as_ref(), which.plugin.as_deref()));
    Ok(all)
}

/// Whether what was decided about `origin` and `caller` is about `upstream`.
fn is_meant(upstream: &UpstreamView, origin: Option<&Origin>, caller: Option<&str>) -> bool {
    let is_there = origin.is_none_or(|origin| {
        Origin::parse(&upstream.origin).is_ok_and(|other| origin.stands_for(&other))
    });
    let is_his = caller.is_none_or(|caller| {
        upstream.caller == caller || upstream.plugin.as_deref() == Some(caller)
    });
    is_there && is_his
}

fn print_set(upstreams: &[UpstreamView], output: &mut Output<'_>) -> Result<(), Failure> {
    if upstreams.is_empty() {
        output.line("done; nobody has called it yet, and nothing is decided about it (했어요. 아직 부른 적이 없는 서버예요)")?;
    }
    let now = Timestamp::now();
    for line in upstreams.iter().flat_map(|upstream| lines(upstream, now)) {
        output.line(&line)?;
    }
    Ok(())
}

fn print(
    upstreams: &[UpstreamView],
    aside: &AsideView,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    if upstreams.is_empty() {
        output.line("no server was called lately (요즘 부른 서버가 없어요)")?;
    }
    let now = Timestamp::now();
    for upstream in upstreams {
        for line in lines(upstream, now) {
            output.line(&line)?;
        }
    }
    for line in aside_lines(aside, now) {
        output.line(&line)?;
    }
    Ok(())
}

/// What was written to be sent and could not be delivered; nothing where that is nothing.
fn aside_lines(aside: &AsideView, now: Timestamp) -> Vec<String> {
    if aside.count == 0 {
        return Vec::new();
    }
    let head = format!(
        "outbox  messages that stand aside: {}; decide with `madang outbox` (따로 놓인 메시지 {})",
        aside.count, aside.count
    );
    let messages = aside.messages.iter();
    let messages = messages.flat_map(|message| outbox::aside(message, now));
    [head].into_iter().chain(messages).collect()
}

fn lines(upstream: &UpstreamView, now: Timestamp) -> Vec<String> {
    let caller = match upstream.caller.as_str() {
        "*" => "everybody (모두)",
        caller => upstream.plugin.as_deref().unwrap_or(caller),
    };
    let origin = match upstream.origin.as_str() {
        "*" => "every server (모든 서버)",
        origin => origin,
    };
    let mut lines = vec![format!("{origin}  {caller}  {}", state(upstream, now))];
    if upstream.calls > 0 {
        lines.push(format!(
            "  calls {} · never left {} · attempts {} ({} a call) · failed {} · refused here {} · retries saved {} · stale {} · sent {} B · received {} B · now {}, queued {}, WebSockets {}",
            upstream.calls,
            upstream.kept_back,
            upstream.attempts,
            a_call(upstream),
            upstream.failures,
            upstream.refused,
            upstream.budget_denials,
            upstream.stale_served,
            upstream.sent_bytes,
            upstream.received_bytes,
            upstream.in_flight,
            upstream.queued,
            upstream.sockets,
        ));
    }
    if let Some(last) = &upstream.last_failure {
        let (at, said) = (last.at, &last.sentences.ko);
        lines.push(format!("  last failure {at:.0}: {said} ({})", last.message));
    }
    lines
}

/// Attempts for each call that somebody made, kept back or not: what a failing server is spared shows here.
fn a_call(upstream: &UpstreamView) -> String {
    let hundredths = upstream.attempts.saturating_mul(100);
    match hundredths.checked_div(upstream.calls) {
        None => "0.00".to_owned(),
        Some(hundredths) => format!("{}.{:02}", hundredths / 100, hundredths % 100),
    }
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
    use madang_server::view::outbox::OutboxMessageView;
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
            kept_back: 2,
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
            "  calls 9 · never left 2 · attempts 11 (1.22 a call) · failed 5 · refused here 4 · retries saved 3 · stale 0 · sent 700 B · received 800 B · now 1, queued 2, WebSockets 6",
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
        upstream.calls = 0;
        assert_eq!(a_call(&upstream), "0.00");
        upstream.breaker = BreakerStateView::Isolated;
        (upstream.plugin, upstream.caller, upstream.origin) = (None, "*".into(), "*".into());
        upstream.last_failure = None;
        let isolated = "every server (모든 서버)  everybody (모두)  isolated by hand (손으로 끊음)";
        assert_eq!(lines(&upstream, now), [isolated]);
        (upstream.breaker, upstream.is_failing) = (BreakerStateView::Closed, true);
        assert_eq!(state(&upstream, now), "failing (실패 중)");
    }

    #[test]
    fn what_stands_aside_is_told_below_the_servers() {
        let now = at("2026-11-22T03:00:00Z");
        assert!(aside_lines(&AsideView::default(), now).is_empty());
        let message = OutboxMessageView {
            id: 3,
            destination: "https://a.example #12345678".into(),
            group: "order/1".into(),
            key: "1-1-0.12345678".into(),
            attempts: 1,
            next_at: now,
            expires_at: now,
            aside_at: Some(at("2026-11-22T02:00:00Z")),
            last_error: Some("the server answered 400".into()),
        };
        let aside = AsideView {
            count: 41,
            messages: vec![message],
        };
        let expected = [
            "outbox  messages that stand aside: 41; decide with `madang outbox` (따로 놓인 메시지 41)",
            "  3 stands aside since 2026-11-22T02:00:00Z (따로 놓임): the server answered 400",
            "    order/1 · https://a.example #12345678",
        ];
        assert_eq!(aside_lines(&aside, now), expected);
    }
}
