//! Whether a try that failed is followed by another.

use std::time::Duration;

use super::{Calling, tries::Tried};
use crate::{
    hooks::ForcedRetry,
    ready::{Ready, without_old_credentials},
    request::Request,
    response::Response,
    retry::{self, Clocks, Decision, Failure},
    send_error::{SendError, SendErrorKind},
};

impl Calling {
    /// Whether what failed is tried again. Answers that are not are given back or become errors.
    pub(super) async fn after_failure(
        &self,
        ready: &Ready,
        tried: Tried,
    ) -> Result<Next, SendError> {
        let call = self.tried(ready);
        let policy = &self.route.retry;
        if matches!(tried.failure(), Failure::Final) || policy.gates(&call).is_err() {
            return self.surfaced(ready, tried).await.map(Next::Done);
        }
        let tried = self.readable(tried).await;
        let opinion = self.opinion(ready, &tried, call.retries_done + 1).await?;
        let clocks = Clocks {
            wall: self.shared.wall_clock.now(),
            remaining: Some(self.remaining()),
        };
        let decision = policy.decide(
            &call,
            tried.failure(),
            opinion,
            clocks,
            &*self.shared.chance,
        );
        match decision {
            Decision::RetryIn { delay, .. } => Ok(Next::Again(Again {
                request: ready.request.clone(),
                pause: delay,
                tried,
            })),
            Decision::GiveUpUntil { retry_after } => {
                let given = self.surfaced(ready, tried).await;
                given
                    .map(Next::Done)
                    .map_err(|error| error.with_retry_after(retry_after))
            }
            Decision::Surface(_) => self.surfaced(ready, tried).await.map(Next::Done),
        }
    }

    /// What failed, with its body in memory where somebody may want to look at it before a retry.
    async fn readable(&self, tried: Tried) -> Tried {
        let is_looked_at =
            self.route.should_retry.is_some() || !self.route.hooks.before_retry.is_empty();
        match tried {
            Tried::Answered(response)
                if is_looked_at && self.route.errors.is_error(response.status) =>
            {
                Tried::Answered(self.error_read(response).await)
            }
            tried => tried,
        }
    }

    /// A retry that a hook asked for: within the limit, and within the deadline since everything is.
    pub(super) fn forced(&self, ready: &Ready, forced: ForcedRetry) -> Result<Next, SendError> {
        let call = self.tried(ready);
        let delay = forced.delay.unwrap_or_else(|| {
            self.route
                .retry
                .backoff()
                .delay(call.retries_done + 1, &*self.shared.chance)
        });
        let request = match forced.request {
            Some(request) => without_old_credentials(&ready.request, request),
            None => ready.request.clone(),
        };
        let error = self.failed(SendErrorKind::ForcedRetry {
            code: forced.code,
            source: forced.cause,
        });
        if call.retries_done >= self.route.retry.limit() || delay >= self.remaining() {
            return Err(error);
        }
        Ok(Next::Again(Again {
            request,
            pause: delay,
            tried: Tried::Failed(error),
        }))
    }

    fn tried(&self, ready: &Ready) -> retry::Tried {
        retry::Tried {
            method: ready.request.method,
            has_idempotency_key: ready.is_keyed,
            retries_done: self.retries_done(),
        }
    }
}

/// What follows a try that failed.
pub(super) enum Next {
    Done(Response),
    Again(Again),
}

/// Another try, after a pause.
pub(super) struct Again {
    pub(super) request: Request,
    pub(super) pause: Duration,
    pub(super) tried: Tried,
}
