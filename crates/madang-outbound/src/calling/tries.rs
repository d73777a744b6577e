//! One try after the other until there is an answer, or none to be hoped for.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use hyper::header::HeaderMap;
use tokio::time::{Instant, sleep};
use tracing::Instrument;

use super::{Calling, again::Next, hooked::Asked};
use crate::{
    hooks::ForcedRetry,
    ready::{Ready, Terms},
    response::Response,
    retry::{Failure, RetryPermit},
    send_error::{SendError, SendErrorKind, Stage},
    trace,
};

impl Calling {
    /// Tries, and tries again as the route says.
    pub(super) async fn tries(
        &self,
        mut ready: Ready,
        conditions: Option<&HeaderMap>,
    ) -> Result<Response, SendError> {
        let asked = ready.asked();
        let mut retrying = None;
        loop {
            let result = self.attempt(&mut ready, conditions).await;
            drop(retrying.take());
            let next = match self.judged(result, conditions.is_some()).await? {
                Judged::Good(response) => return Ok(response),
                Judged::Bad(tried) => Box::pin(self.after_failure(&ready, tried)).await?,
                Judged::Forced(forced) => self.forced(&ready, forced)?,
            };
            let again = match next {
                Next::Done(response) => return Ok(response),
                Next::Again(again) => again,
            };
            let Some(permit) = self.allowed(&ready, again.pause) else {
                return Box::pin(self.surfaced(&ready, again.tried)).await;
            };
            retrying = Some(permit);
            // From here on nothing is held of the try that failed.
            let error = again.tried.into_error(self, &ready);
            self.progress.enter(Stage::Pausing);
            sleep(again.pause).await;
            let next = match self.before_retry(again.request, error).await? {
                Asked::Answered(about, response) => {
                    self.is_diverted.store(true, Ordering::Relaxed);
                    return Box::pin(self.given(about, response)).await;
                }
                Asked::Ask(request) => self.checked(request, None)?,
            };
            if next.asked() != asked {
                self.is_diverted.store(true, Ordering::Relaxed);
            }
            ready = next;
        }
    }

    /// The right to one retry after `pause`, unless it would come too often or not be let through.
    fn allowed(&self, ready: &Ready, pause: Duration) -> Option<RetryPermit> {
        let now = Instant::now();
        let upstream = self.upstream(ready);
        match upstream.is_closed_to_calls(now + pause) {
            true => None,
            false => upstream.budget.retry(now).ok(),
        }
    }

    /// One try, redirects and all.
    async fn attempt(
        &self,
        ready: &mut Ready,
        conditions: Option<&HeaderMap>,
    ) -> Result<Response, SendErrorKind> {
        let number = self.tries.fetch_add(1, Ordering::Relaxed) + 1;
        let span = trace::attempt(number);
        let result = self
            .numbered(number, ready, conditions)
            .instrument(span.clone())
            .await;
        let status = result.as_ref().ok().map(|response| response.status);
        trace::attempted(&span, self.progress.stage(), status);
        result
    }

    async fn numbered(
        &self,
        number: u32,
        ready: &mut Ready,
        conditions: Option<&HeaderMap>,
    ) -> Result<Response, SendErrorKind> {
        let is_diverted = self.is_diverted.load(Ordering::Relaxed);
        loop {
            let upstream = self.upstream(ready);
            let attempt = ready.attempt(&Terms {
                caller: &self.caller_id,
                limits: &self.caller.grant.limits,
                route: &self.route,
                deadline: self.deadline,
                patience: &self.patience,
                progress: &self.progress,
                traffic: &upstream.traffic,
                conditions: conditions.filter(|_| ready.followed == 0 && !is_diverted),
            });
            if number == 1 {
                upstream.called(Instant::now());
            }
            self.met.with(|met| *met = Some(Arc::clone(&upstream)));
            let arrived = upstream.attempt(self.shared.wire.clone(), attempt).await?;
            if !ready.follow(&self.caller, self.route.redirects_max, &arrived)? {
                let mut response = Response::on_wire(arrived);
                response.redirected_to = (ready.followed > 0).then(|| ready.target.url());
                return Ok(response);
            }
            self.progress.answered();
        }
    }

    /// What an attempt came to, once the hooks have seen its answer.
    async fn judged(
        &self,
        result: Result<Response, SendErrorKind>,
        is_conditional: bool,
    ) -> Result<Judged, SendError> {
        let mut response = match result {
            Ok(response) => response,
            Err(kind) => return Ok(Judged::Bad(Tried::Failed(self.failed(kind)))),
        };
        if let Some(forced) = self.after_response(&mut response).await? {
            self.progress.answered();
            return Ok(Judged::Forced(forced));
        }
        let is_good = (200..300).contains(&response.status)
            || (is_conditional && response.status == NOT_MODIFIED);
        Ok(if is_good {
            Judged::Good(response)
        } else {
            Judged::Bad(Tried::Answered(response))
        })
    }

    pub(super) fn retries_done(&self) -> u32 {
        self.tries.load(Ordering::Relaxed).saturating_sub(1)
    }
}

pub(super) const NOT_MODIFIED: u16 = 304;

/// What an attempt came to.
enum Judged {
    Good(Response),
    Bad(Tried),
    Forced(ForcedRetry),
}

/// An attempt that did not succeed.
pub(super) enum Tried {
    Answered(Response),
    Failed(SendError),
}

impl Tried {
    /// As the retry policy looks at it.
    pub(super) fn failure(&self) -> Failure<'_> {
        match self {
            Self::Answered(response) => Failure::Status {
                status: response.status,
                headers: &response.headers,
            },
            Self::Failed(error) => error.kind().failure(),
        }
    }

    /// As hooks see it, before anybody has read the body.
    fn into_error(self, calling: &Calling, ready: &Ready) -> SendError {
        match self {
            Self::Failed(error) => error,
            Self::Answered(response) => {
                calling.progress.answered();
                calling.unread(ready, &response)
            }
        }
    }
}
