//! One call, from its first check to its answer: its order of steps, its deadline, its end. What each step does is told by the parts:
//! `cached`, `tries` and `again`, `hooked`, `surfaced`.

mod again;
mod cached;
mod hooked;
mod surfaced;
mod tries;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32},
    },
    time::Duration,
};

use futures::future::{pending, select_all};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use self::hooked::Asked;
use crate::{
    context::Context,
    gateway::Shared,
    grant::Caller,
    lock::Lock,
    progress::Progress,
    ready::Ready,
    request::{BodyStream, Request},
    response::{Response, Trip, within},
    route::Route,
    send_error::{HookName, Outcome, SendError, SendErrorKind},
    trace::CallSpan,
    upstream::Upstream,
};

/// What a caller wrote.
pub(crate) struct Errand {
    pub(crate) request: Request,
    pub(crate) stream: Option<BodyStream>,
    pub(crate) mistake: Option<SendErrorKind>,
    pub(crate) context: Context,
    pub(crate) cancelled: Vec<CancellationToken>,
    pub(crate) patience: Patience,
    /// The body is wanted with the answer, within the same call.
    pub(crate) is_whole: bool,
}

/// What the caller's own clock says of a call.
#[derive(Clone, Default)]
pub(crate) struct Patience {
    /// Cancelled when the caller has waited long enough.
    pub(crate) ends: Option<CancellationToken>,
    /// How long the caller kept the call back before it began.
    pub(crate) waited: Duration,
}

impl Patience {
    /// Waits until it is at an end.
    pub(crate) async fn over(&self) {
        match &self.ends {
            Some(ends) => ends.cancelled().await,
            None => pending().await,
        }
    }
}

/// One call under way.
pub(crate) struct Calling {
    shared: Arc<Shared>,
    caller: Arc<Caller>,
    caller_id: Arc<str>,
    route: Arc<Route>,
    context: Context,
    patience: Patience,
    total: Duration,
    deadline: Instant,
    progress: Arc<Progress>,
    /// Tries begun, those included that never left.
    tries: AtomicU32,
    /// A hook made another request of the one that was asked, or answered it.
    is_diverted: AtomicBool,
    /// Whom the newest try was made to.
    met: Lock<Option<Arc<Upstream>>>,
    trace: CallSpan,
}

impl Calling {
    pub(crate) fn new(
        shared: Arc<Shared>,
        caller: Arc<Caller>,
        route: Arc<Route>,
        context: Context,
        patience: Patience,
    ) -> Arc<Self> {
        let progress = Progress::new(patience.waited);
        let total = route.total_timeout.min(shared.limits.deadline_max);
        Arc::new(Self {
            shared,
            trace: CallSpan::new(&caller.id),
            caller_id: caller.id.as_str().into(),
            caller,
            route,
            context,
            patience,
            total,
            deadline: progress.started() + total,
            progress,
            tries: AtomicU32::new(0),
            is_diverted: AtomicBool::new(false),
            met: Lock::new(None),
        })
    }

    /// Makes the call. Whatever ends it, the caller's hooks on errors see it last.
    pub(crate) async fn run(self: Arc<Self>, errand: Errand) -> Result<Response, SendError> {
        let span = self.trace.span();
        let result = Arc::clone(&self).ran(errand).instrument(span).await;
        self.told(&result);
        result
    }

    /// Enters how the call ended into its span.
    fn told(&self, result: &Result<Response, SendError>) {
        let attempts = self.progress.departures();
        match result {
            Ok(response) => self.trace.answered(response.status, attempts),
            Err(error) => self.trace.failed(error.outcome(), attempts),
        }
    }

    /// Enters how asking went into what is known of the server that the newest try was made to.
    fn enter(&self, result: &Result<Response, SendError>) {
        let Some(upstream) = self.met.with(Option::take) else {
            return;
        };
        let now = self.shared.wall_clock.now();
        match result {
            Ok(response) => upstream.answered(response.status, now),
            Err(error) => upstream.failed(error, &self.progress, now),
        }
    }

    async fn ran(self: Arc<Self>, errand: Errand) -> Result<Response, SendError> {
        let tokens = [&self.route.cancelled[..], &errand.cancelled[..]].concat();
        let result = tokio::select! {
            biased;
            () = any_cancelled(&tokens) => Err(self.failed(SendErrorKind::Aborted)),
            result = self.in_time(errand) => result,
        };
        self.enter(&result);
        let error = match result {
            Ok(mut response) => {
                response.trip = Trip {
                    attempts: self.progress.departures(),
                    elapsed: self.progress.started().elapsed(),
                };
                return Ok(response);
            }
            Err(error) => error,
        };
        match error.is_a_hooks() {
            true => Err(error),
            false => self.last_word(error).await,
        }
    }

    async fn in_time(self: &Arc<Self>, errand: Errand) -> Result<Response, SendError> {
        if self.total.is_zero() {
            return Err(self.out_of_time());
        }
        tokio::select! {
            biased;
            // The try under way sees the end of the caller's patience first, so that its breaker hears of it.
            result = timeout_at(self.deadline, self.steps(errand)) => {
                result.unwrap_or_else(|_| Err(self.out_of_time()))
            }
            () = self.patience.over() => Err(self.failed(self.progress.out_of_time(None))),
        }
    }

    async fn steps(self: &Arc<Self>, errand: Errand) -> Result<Response, SendError> {
        if let Some(mistake) = errand.mistake {
            return Err(self.failed(mistake));
        }
        let mut request = errand.request;
        self.route
            .hooks
            .init
            .iter()
            .for_each(|hook| hook(&mut request));
        self.dress(&mut request);
        let stream = self.gathered_stream(&mut request, errand.stream).await?;
        let response = match self.before_request(request).await? {
            Asked::Answered(about, response) => Box::pin(self.given(about, response)).await?,
            Asked::Ask(request) => {
                let ready = self.checked(request, stream)?;
                self.asked(ready).await?
            }
        };
        if errand.is_whole {
            return self.gathered(response).await;
        }
        Ok(response)
    }

    /// The route's headers and query under the request's own.
    fn dress(&self, request: &mut Request) {
        for (name, value) in &self.route.headers {
            if !request.has_header(name) {
                request.headers.push((name.clone(), value.clone()));
            }
        }
        request.query = [&self.route.query[..], &request.query[..]].concat();
    }

    /// A stream that may have to be sent again is read into memory first; one that may not must not be retried.
    async fn gathered_stream(
        &self,
        request: &mut Request,
        stream: Option<BodyStream>,
    ) -> Result<Option<BodyStream>, SendError> {
        let Some(stream) = stream else {
            return Ok(None);
        };
        match stream.replay_bytes_max {
            Some(bytes_max) => {
                let body = stream.gathered(bytes_max).await;
                request.body = Some(body.map_err(|kind| self.failed(kind))?);
                Ok(None)
            }
            None if self.route.retry.limit() > 0 => {
                Err(self.failed(SendErrorKind::StreamCannotRepeat))
            }
            None => Ok(Some(stream)),
        }
    }

    fn checked(&self, request: Request, stream: Option<BodyStream>) -> Result<Ready, SendError> {
        let ready = Ready::checked(&self.caller, &self.route, request, stream)
            .map_err(|kind| self.failed(kind))?;
        self.trace.leads_to(ready.method, &ready.target.origin);
        Ok(ready)
    }

    /// The same answer with its body in memory; reading has the time of one more attempt.
    async fn gathered(&self, response: Response) -> Result<Response, SendError> {
        let reading = response.gathered(self.caller.grant.limits.answer_body_bytes_max);
        within(self.route.timeouts.attempt, reading)
            .await
            .map_err(|kind| self.failed(kind))
    }

    fn upstream(&self, ready: &Ready) -> Arc<Upstream> {
        self.shared
            .upstreams
            .of(&self.caller_id, &ready.target.origin, &self.route)
    }

    fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    fn failed(&self, kind: SendErrorKind) -> SendError {
        let outcome = match kind {
            SendErrorKind::Http(_)
            | SendErrorKind::ForcedRetry { .. }
            | SendErrorKind::Hook {
                hook: HookName::AfterResponse,
                ..
            } => Outcome::Answered,
            _ => self.progress.outcome(),
        };
        let attempts = self.progress.departures();
        SendError::new(kind, outcome, attempts, self.progress.started().elapsed())
    }

    fn out_of_time(&self) -> SendError {
        self.failed(self.progress.out_of_time(Some(self.total)))
    }
}

async fn any_cancelled(tokens: &[CancellationToken]) {
    if tokens.is_empty() {
        return pending().await;
    }
    let waits = tokens.iter().map(|token| Box::pin(token.cancelled()));
    select_all(waits).await;
}
