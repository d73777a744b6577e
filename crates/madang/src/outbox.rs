//! `madang outbox`: the messages that a running till sends to others, and what a person decides about those that could not be
//! delivered.

use std::time::Duration;

use jiff::Timestamp;
use madang_outbound::Method;
use madang_server::view::outbox::{OutboxDestination, OutboxMessageView, OutboxView, ResumeOutbox};
use serde::Serialize;
use tokio::runtime::Runtime;

use crate::arguments::{self, OutboxDo};
use crate::failure::Failure;
use crate::output::Output;
use crate::till_at::TillAt;

/// How long the till has: it reads and writes its journal.
const DEADLINE: Duration = Duration::from_secs(10);

/// Prints the outbox of a running till, after deciding about some of it when that is asked for.
///
/// # Errors
/// [`Failure`] when there is no till, or it does not do it.
pub fn outbox(
    arguments: &arguments::Outbox,
    runtime: &Runtime,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let till = TillAt::find(&arguments.till, runtime)?;
    let (method, path) = match &arguments.what {
        None => (Method::Get, "/api/outbox".to_owned()),
        Some(OutboxDo::Retry(which)) => match which.id {
            Some(id) => (Method::Post, format!("/api/outbox/{id}/retry")),
            None => (Method::Post, "/api/outbox/retry".to_owned()),
        },
        Some(OutboxDo::Resume { .. }) => (Method::Post, "/api/outbox/resume".to_owned()),
        Some(OutboxDo::Drop { id }) => (Method::Post, format!("/api/outbox/{id}/drop")),
    };
    let body = arguments.what.as_ref().and_then(body);
    let view: OutboxView = till.ask(method, &path, body, DEADLINE)?;
    match arguments.json {
        true => print_json(&view, output),
        false => print(&view, output),
    }
}

fn body(what: &OutboxDo) -> Option<Vec<u8>> {
    let OutboxDo::Resume { destination } = what else {
        return None;
    };
    let which = ResumeOutbox {
        destination: destination.clone(),
    };
    Some(serde_json::to_vec(&which).expect("a text is always JSON"))
}

/// One line of `--json`.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum JsonLine<'a> {
    Destination(&'a OutboxDestination),
    Aside(&'a OutboxMessageView),
    Waiting(&'a OutboxMessageView),
}

fn print_json(view: &OutboxView, output: &mut Output<'_>) -> Result<(), Failure> {
    let destinations = view.destinations.iter().map(JsonLine::Destination);
    let aside = view.aside.iter().map(JsonLine::Aside);
    let waiting = view.waiting.iter().map(JsonLine::Waiting);
    for line in destinations.chain(aside).chain(waiting) {
        output.json(&line)?;
    }
    Ok(())
}

fn print(view: &OutboxView, output: &mut Output<'_>) -> Result<(), Failure> {
    if view.destinations.is_empty() {
        output.line("nobody is told anything (알릴 곳이 없어요)")?;
    }
    let now = Timestamp::now();
    for line in lines(view, now) {
        output.line(&line)?;
    }
    Ok(())
}

fn lines(view: &OutboxView, now: Timestamp) -> Vec<String> {
    let mut lines: Vec<String> = view
        .destinations
        .iter()
        .map(|one| destination(one, now))
        .collect();
    lines.extend(view.aside.iter().flat_map(|one| aside(one, now)));
    let tried = view.waiting.iter().filter(|message| message.attempts > 0);
    for message in tried {
        let why = message.last_error.as_deref().unwrap_or("no reason is kept");
        lines.push(format!(
            "  {} is tried again in {} s, {} in vain so far (다시 보냄): {why}",
            message.id,
            seconds(message.next_at, now),
            message.attempts,
        ));
    }
    lines
}

/// Since when and why a message stands aside, and which it is.
pub fn aside(message: &OutboxMessageView, now: Timestamp) -> [String; 2] {
    let at = message.aside_at.unwrap_or(now);
    let why = message.last_error.as_deref().unwrap_or("no reason is kept");
    [
        format!(
            "  {} stands aside since {at:.0} (따로 놓임): {why}",
            message.id
        ),
        format!("    {} · {}", message.group, message.destination),
    ]
}

fn destination(one: &OutboxDestination, now: Timestamp) -> String {
    let state = match (one.is_served, one.closed_until) {
        (false, _) => "not named now: messages wait (지금은 보내지 않음)".to_owned(),
        (true, Some(until)) if until > now => {
            format!("left alone for {} s (쉬는 중)", seconds(until, now))
        }
        (true, _) => "served (보내는 중)".to_owned(),
    };
    format!(
        "{}  {state}  waiting {} · aside {} · delivered {} · tries {}, {} failed",
        one.destination, one.waiting, one.aside, one.delivered, one.tries, one.failures
    )
}

fn seconds(at: Timestamp, now: Timestamp) -> i64 {
    at.duration_since(now).as_secs().max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn message(id: i64) -> OutboxMessageView {
        OutboxMessageView {
            id,
            destination: "https://a.example #12345678".into(),
            group: "order/1".into(),
            key: "1-1-0.12345678".into(),
            attempts: 2,
            next_at: at("2026-11-22T03:00:30Z"),
            expires_at: at("2026-11-25T03:00:00Z"),
            aside_at: None,
            last_error: Some("the server answered 503".into()),
        }
    }

    #[test]
    fn an_outbox_is_told_in_lines() {
        let served = OutboxDestination {
            destination: "https://a.example #12345678".into(),
            is_served: true,
            waiting: 1,
            aside: 1,
            in_flight: 0,
            delivered: 7,
            tries: 12,
            failures: 5,
            set_aside: 1,
            closed_until: Some(at("2026-11-22T03:00:09Z")),
        };
        let unserved = OutboxDestination {
            destination: "https://b.example #87654321".into(),
            is_served: false,
            closed_until: None,
            ..served.clone()
        };
        let aside = OutboxMessageView {
            aside_at: Some(at("2026-11-22T02:00:00.5Z")),
            ..message(3)
        };
        let new = OutboxMessageView {
            attempts: 0,
            ..message(5)
        };
        let view = OutboxView {
            destinations: vec![served, unserved],
            aside: vec![aside],
            waiting: vec![message(4), new],
        };
        let expected = [
            "https://a.example #12345678  left alone for 9 s (쉬는 중)  waiting 1 · aside 1 · delivered 7 · tries 12, 5 failed",
            "https://b.example #87654321  not named now: messages wait (지금은 보내지 않음)  waiting 1 · aside 1 · delivered 7 · tries 12, 5 failed",
            "  3 stands aside since 2026-11-22T02:00:00Z (따로 놓임): the server answered 503",
            "    order/1 · https://a.example #12345678",
            "  4 is tried again in 30 s, 2 in vain so far (다시 보냄): the server answered 503",
        ];
        assert_eq!(lines(&view, at("2026-11-22T03:00:00Z")), expected);
    }
}
