//! The spans of a call and of its attempts, for whoever subscribes. They say who called whom and how that ended, and never what was
//! asked or carried: no path, no query, no header, no body. What stands there may be a secret.

use std::sync::atomic::{AtomicBool, Ordering};

use tracing::{Span, debug, debug_span, field::Empty, info_span};

use crate::{
    call::Method,
    grant::Origin,
    send_error::{Outcome, Stage},
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
        let word = match outcome {
            Outcome::Answered => "answered with an error",
            Outcome::Refused => "failed before it was sent",
            Outcome::Unknown => "failed, and may have been acted on",
        };
        self.ended(word, attempts);
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
