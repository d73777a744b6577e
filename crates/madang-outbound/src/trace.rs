//! The spans of a call and of its attempts, and of a WebSocket, for whoever subscribes. They say who called whom and how that ended, and never what was
//! asked or carried: no path, no query, no header, no body. What stands there may be a secret.

use std::sync::atomic::{AtomicBool, Ordering};

use tracing::{Span, debug, debug_span, field::Empty, info_span};

use crate::{
    call::Method,
    grant::Origin,
    send_error::{Outcome, Stage},
    websocket::SocketEnd,
};

/// The span of one call.
pub(crate) struct CallSpan {
    span: Span,
    is_named: AtomicBool,
    is_ended: AtomicBool,
}

impl CallSpan {
    pub(crate) fn new(caller: &str) -> Self {
        Self {
            span: info_span!(
                "call",
                caller,
                method = Empty,
                origin = Empty,
                attempts = Empty,
                status = Empty,
                outcome = Empty
            ),
            is_named: AtomicBool::new(false),
            is_ended: AtomicBool::new(false),
        }
    }

    /// What happens within the call.
    pub(crate) fn span(&self) -> Span {
        self.span.clone()
    }

    /// The call is one that may be made. Where a hook leads a later attempt elsewhere, the first stays: subscribers append.
    pub(crate) fn leads_to(&self, method: Method, origin: &Origin) {
        if self.is_named.swap(true, Ordering::Relaxed) {
            return;
        }
        self.span.record("method", tracing::field::display(method));
        self.span.record("origin", tracing::field::display(origin));
    }

    pub(crate) fn answered(&self, status: u16, attempts: u32) {
        self.span.record("status", status);
        self.ended("answered", attempts);
    }

    pub(crate) fn failed(&self, outcome: Outcome, attempts: u32) {
        self.ended(word(outcome), attempts);
    }

    fn ended(&self, outcome: &'static str, attempts: u32) {
        self.is_ended.store(true, Ordering::Relaxed);
        self.span.record("attempts", attempts);
        self.span.record("outcome", outcome);
        self.span.in_scope(|| debug!("the call ended"));
    }
}

impl Drop for CallSpan {
    fn drop(&mut self) {
        if !self.is_ended.load(Ordering::Relaxed) {
            self.span.record("outcome", "called off");
        }
    }
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Answered => "answered with an error",
        Outcome::Refused => "failed before it was sent",
        Outcome::Unknown => "failed, and may have been acted on",
    }
}

/// The span of one WebSocket, from before it is open until after its end.
pub(crate) struct SocketSpan {
    span: Span,
    is_ended: AtomicBool,
}

impl SocketSpan {
    pub(crate) fn new(caller: &str, origin: &Origin) -> Self {
        Self {
            span: info_span!(
                "socket",
                caller,
                %origin,
                sent_bytes = Empty,
                received_bytes = Empty,
                code = Empty,
                outcome = Empty
            ),
            is_ended: AtomicBool::new(false),
        }
    }

    /// What happens within it.
    pub(crate) fn span(&self) -> Span {
        self.span.clone()
    }

    pub(crate) fn opened(&self) {
        self.span.in_scope(|| debug!("the WebSocket is open"));
    }

    pub(crate) fn not_opened(&self, outcome: Outcome) {
        self.finished(word(outcome));
    }

    /// `end` is `None` when the caller let go. What the server said of it stays out: its words are its own.
    pub(crate) fn ended(&self, end: Option<&SocketEnd>, sent_bytes: u64, received_bytes: u64) {
        self.span.record("sent_bytes", sent_bytes);
        self.span.record("received_bytes", received_bytes);
        match end {
            None => self.finished("let go"),
            Some(SocketEnd::Closed { code, .. }) => {
                self.span.record("code", *code);
                self.finished("closed");
            }
            Some(SocketEnd::Failed(failure)) => self.finished(&failure.to_string()),
        }
    }

    fn finished(&self, outcome: &str) {
        self.is_ended.store(true, Ordering::Relaxed);
        self.span.record("outcome", outcome);
        self.span.in_scope(|| debug!("the WebSocket ended"));
    }
}

impl Drop for SocketSpan {
    fn drop(&mut self) {
        if !self.is_ended.load(Ordering::Relaxed) {
            self.span.record("outcome", "called off");
        }
    }
}

/// The span of one attempt, redirects included.
pub(crate) fn attempt(number: u32) -> Span {
    debug_span!("attempt", number, stage = Empty, status = Empty)
}

/// How far the attempt came.
pub(crate) fn attempted(span: &Span, stage: Stage, status: Option<u16>) {
    span.record("stage", tracing::field::display(stage));
    if let Some(status) = status {
        span.record("status", status);
    }
}
