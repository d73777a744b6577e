//! One call, from its first check to its answer: hooks, cache, deadline, attempts.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use futures::future::{pending, select_all};
use hyper::header::HeaderMap;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use crate::{
    cache::{Found, Question, Role, Stale},
    call::Method,
    context::Context,
    gateway::Shared,
    grant::Caller,
    hooks::{After, ForcedRetry, HookError, Moment, Proceed},
    lock::Lock,
    progress::Progress,
    ready::{Ready, Terms, without_old_credentials},
    request::{BodyStream, Request},
    response::{Response, Trip, within},
    retry::{Clocks, Decision, Failure, Opinion, RetryPermit, ServerTiming, server_timing},
    route::Route,
    send_error::{ErrorBody, HookName, HttpFailure, Outcome, SendError, SendErrorKind, Stage},
    trace::{self, CallSpan},
    upstream::Upstream,
};

/// What a caller wrote.
pub(crate) struct Errand {
    pub(crate) request: Request,
    pub(crate) stream: Option<BodyStream>,
    pub(crate) mistake: Option<SendErrorKind>,
    pub(crate) context: Context,
    pub(crate) cancelled: Vec<CancellationToken>,
    /// The body is wanted with the answer, within the same call.
    pub(crate) is_whole: bool,
}

/// One call under way.
pub(crate) struct Calling {
    shared: Arc<Shared>,
    caller: Arc<Caller>,
    caller_id: Arc<str>,
    route: Arc<Route>,
    context: Context,
    total: Duration,
    deadline: Instant,
    progress: Arc<Progress>,
    attempts: AtomicU32,
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
    ) -> Arc<Self> {
        let progress = Progress::new();
        let total = route.total_timeout.min(shared.limits.deadline_max);
        Arc::new(Self {
            shared,
            trace: CallSpan::new(&caller.id),
            caller_id: caller.id.as_str().into(),
            caller,
            route,
            context,
            total,
            deadline: progress.started() + total,
            progress,
            attempts: AtomicU32::new(0),
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
        let attempts = self.attempts.load(Ordering::Relaxed);
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
            Err(error) => upstream.failed(error, now),
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
                    attempts: self.attempts.load(Ordering::Relaxed),
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

    /// What the hooks on errors make of `error`. They too have only the call's time, and a moment after it.
    async fn last_word(&self, error: SendError) -> Result<Response, SendError> {
        let by = self.deadline.max(Instant::now() + LAST_WORD);
        timeout_at(by, self.before_error(error))
            .await
            .unwrap_or_else(|_| Err(self.out_of_time()))
    }

    async fn in_time(self: &Arc<Self>, errand: Errand) -> Result<Response, SendError> {
        if self.total.is_zero() {
            return Err(self.out_of_time());
        }
        timeout_at(self.deadline, self.steps(errand))
            .await
            .unwrap_or_else(|_| Err(self.out_of_time()))
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

    /// Asks the cache, where the route has one, and the upstream otherwise.
    async fn asked(self: &Arc<Self>, ready: Ready) -> Result<Response, SendError> {
        let question = self.route.cache.as_ref().and_then(|policy| {
            Question::of(
                &self.caller.id,
                ready.method,
                ready.url.as_str(),
                &ready.headers,
                policy,
            )
        });
        let Some(question) = question else {
            let is_safe = ready.method.is_safe();
            let url = ready.url.clone();
            let response = self.tries(ready, None).await?;
            if !is_safe && response.status < 400 {
                self.shared.cache.forget(&self.caller.id, url.as_str());
            }
            return Ok(response);
        };
        // What few calls need is apart, so that the others are small: a call is copied when it is made, and kept while it waits.
        Box::pin(self.from_cache(ready, question)).await
    }

    async fn from_cache(
        self: &Arc<Self>,
        ready: Ready,
        question: Question,
    ) -> Result<Response, SendError> {
        let cache = &self.shared.cache;
        let now = || self.shared.wall_clock.now();
        let mut stale = match cache.find(&question, now()) {
            Found::Fresh(response) => return Ok(response),
            Found::Stale(stale) => Some(stale),
            Found::Nothing => None,
        };
        if let Some(response) = stale.as_ref().and_then(Stale::while_revalidating) {
            self.refresh_behind(ready, question);
            return Ok(response);
        }
        let lead = match cache.join(&question.key).await {
            Role::Leader(lead) => Some(lead),
            Role::Alone => None,
            Role::Kept => match cache.find(&question, now()) {
                Found::Fresh(response) => return Ok(response),
                Found::Stale(found) => {
                    stale = Some(found);
                    None
                }
                Found::Nothing => None,
            },
        };
        let upstream = self.upstream(&ready);
        let (result, is_kept) = self.fetched(ready, &question, stale.as_ref()).await;
        if let Some(lead) = lead {
            lead.land(is_kept);
        }
        match stale.and_then(|stale| stale.instead_of(&result)) {
            Some(response) => {
                upstream.stale_served();
                self.enter(&result);
                Ok(response)
            }
            None => result,
        }
    }

    /// Asks the upstream and keeps the answer; says whether it is kept.
    async fn fetched(
        self: &Arc<Self>,
        ready: Ready,
        question: &Question,
        stale: Option<&Stale>,
    ) -> (Result<Response, SendError>, bool) {
        match self.fetch(ready, question, stale).await {
            Ok((response, is_kept)) => (Ok(response), is_kept),
            Err(error) => (Err(error), false),
        }
    }

    async fn fetch(
        self: &Arc<Self>,
        ready: Ready,
        question: &Question,
        stale: Option<&Stale>,
    ) -> Result<(Response, bool), SendError> {
        let cache = &self.shared.cache;
        let now = || self.shared.wall_clock.now();
        let request = ready.request.clone();
        let conditions = stale.map(|stale| &stale.conditions);
        let mut response = self.tries(ready, conditions).await?;
        if response.status == NOT_MODIFIED
            && let Some(stale) = stale
        {
            self.progress.answered();
            if let Some(renewed) = cache.renew(question, stale, &response, now()) {
                return Ok((renewed, true));
            }
            // It is said of an answer that is not ours, so we have none yet.
            response = self.tries(self.checked(request, None)?, None).await?;
        }
        let response = self.gathered(response).await?;
        let is_diverted = self.is_diverted.load(Ordering::Relaxed);
        let is_kept = !is_diverted && cache.keep(question, &response, now());
        Ok((response, is_kept))
    }

    /// Fetches a new answer while the caller goes on with the old one; one at a time for each question.
    fn refresh_behind(self: &Arc<Self>, ready: Ready, question: Question) {
        if self.shared.cache.is_led(&question.key) {
            return;
        }
        // It is a call like any other, and where there is no room for one more the old answer will do.
        let Ok(admission) = self.shared.admit() else {
            return;
        };
        let calling = Self::new(
            Arc::clone(&self.shared),
            Arc::clone(&self.caller),
            Arc::clone(&self.route),
            self.context.clone(),
        );
        let span = calling.trace.span();
        calling.trace.leads_to(ready.method, &ready.target.origin);
        let refresh = async move {
            let Some(lead) = calling.shared.cache.try_lead(&question.key) else {
                return;
            };
            let stale = match calling
                .shared
                .cache
                .find(&question, calling.shared.wall_clock.now())
            {
                Found::Stale(stale) => Some(stale),
                Found::Nothing => None,
                Found::Fresh(_) => return,
            };
            let fetch = calling.fetched(ready, &question, stale.as_ref());
            // A refresh that fails leaves the old answer, which stays stale and is asked for again.
            let fetched = timeout_at(calling.deadline, fetch).await;
            let (result, is_kept) = fetched.unwrap_or_else(|_| (Err(calling.out_of_time()), false));
            calling.enter(&result);
            calling.told(&result);
            lead.land(is_kept);
            drop(admission);
        };
        tokio::spawn(refresh.instrument(span));
    }

    /// Tries, and tries again as the route says.
    async fn tries(
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
        let number = self.attempts.fetch_add(1, Ordering::Relaxed) + 1;
        let span = trace::attempt(number);
        self.progress.enter(Stage::Resolving);
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
            let attempt = ready.attempt(&Terms {
                caller: &self.caller_id,
                limits: &self.caller.grant.limits,
                route: &self.route,
                deadline: self.deadline,
                progress: &self.progress,
                conditions: conditions.filter(|_| ready.followed == 0 && !is_diverted),
            });
            let upstream = self.upstream(ready);
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
        for hook in &self.route.hooks.after_response {
            match hook(&mut response, self.moment()).await {
                Ok(After::Keep) => {}
                Ok(After::Replaced(other)) => response = other,
                Ok(After::Retry(forced)) => {
                    self.progress.answered();
                    return Ok(Judged::Forced(forced));
                }
                Err(source) => return Err(self.hook_failed(HookName::AfterResponse, source)),
            }
        }
        let is_good = (200..300).contains(&response.status)
            || (is_conditional && response.status == NOT_MODIFIED);
        Ok(if is_good {
            Judged::Good(response)
        } else {
            Judged::Bad(Tried::Answered(response))
        })
    }

    /// Whether what failed is tried again. Answers that are not are given back or become errors.
    async fn after_failure(&self, ready: &Ready, tried: Tried) -> Result<Next, SendError> {
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

    /// What the caller thinks of a retry, asked only where one is possible.
    async fn opinion(
        &self,
        ready: &Ready,
        tried: &Tried,
        retry_count: u32,
    ) -> Result<Opinion, SendError> {
        let Some(asked) = &self.route.should_retry else {
            return Ok(Opinion::None);
        };
        let said = match tried {
            Tried::Failed(error) => asked(error, retry_count).await,
            Tried::Answered(response) => {
                let error = self.unread(ready, response);
                asked(&error, retry_count).await
            }
        };
        match said {
            Ok(Some(true)) => Ok(Opinion::Always),
            Ok(Some(false)) => Ok(Opinion::Never),
            Ok(None) => Ok(Opinion::None),
            Err(source) => Err(self.hook_failed(HookName::ShouldRetry, source)),
        }
    }

    /// A retry that a hook asked for: within the limit, and within the deadline since everything is.
    fn forced(&self, ready: &Ready, forced: ForcedRetry) -> Result<Next, SendError> {
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

    /// What the caller gets of an answer outside 2xx, or of a failure.
    async fn surfaced(&self, ready: &Ready, tried: Tried) -> Result<Response, SendError> {
        match tried {
            Tried::Failed(error) => Err(error),
            Tried::Answered(response) if !self.route.errors.is_error(response.status) => {
                Ok(response)
            }
            Tried::Answered(response) => {
                let about = About::of(ready);
                Err(self.http_error(&about, response).await)
            }
        }
    }

    /// An answer that a hook gave: an error status is an error and is not tried again.
    async fn given(&self, about: About, response: Response) -> Result<Response, SendError> {
        if (200..300).contains(&response.status) || !self.route.errors.is_error(response.status) {
            return Ok(response);
        }
        Err(self.http_error(&about, response).await)
    }

    async fn http_error(&self, about: &About, response: Response) -> SendError {
        let timing = server_timing(&response.headers, self.shared.wall_clock.now());
        let response = self.error_read(response).await;
        if self.remaining().is_zero() {
            return self.out_of_time();
        }
        let error = self.failed(SendErrorKind::Http(Box::new(about.failed(&response))));
        match timing {
            ServerTiming::Wait(wait) => error.with_retry_after(wait),
            ServerTiming::Absent | ServerTiming::Malformed => error,
        }
    }

    /// The same answer with its body in memory. One that cannot be had leaves the status to tell what happened.
    async fn error_read(&self, response: Response) -> Response {
        let bare = response.without_body();
        let reading = response.gathered(self.shared.limits.error_body_bytes_max);
        within(self.route.timeouts.attempt, reading)
            .await
            .unwrap_or(bare)
    }

    /// The same answer with its body in memory; reading has the time of one more attempt.
    async fn gathered(&self, response: Response) -> Result<Response, SendError> {
        let reading = response.gathered(self.caller.grant.limits.answer_body_bytes_max);
        within(self.route.timeouts.attempt, reading)
            .await
            .map_err(|kind| self.failed(kind))
    }

    async fn before_request(&self, mut request: Request) -> Result<Asked, SendError> {
        for hook in &self.route.hooks.before_request {
            let before = request.clone();
            request = match hook(request, self.moment()).await {
                Ok(Proceed::With(next) | Proceed::Replaced(next)) => {
                    without_old_credentials(&before, next)
                }
                Ok(Proceed::Answered(response)) => {
                    return Ok(Asked::Answered(About::request(&before), response));
                }
                Ok(Proceed::Stop | Proceed::Surface) => {
                    return Err(self.failed(SendErrorKind::Stopped));
                }
                Err(source) => return Err(self.hook_failed(HookName::BeforeRequest, source)),
            };
        }
        Ok(Asked::Ask(request))
    }

    async fn before_retry(
        &self,
        mut request: Request,
        error: SendError,
    ) -> Result<Asked, SendError> {
        for hook in &self.route.hooks.before_retry {
            let before = request.clone();
            request = match hook(request, &error, self.retry_moment()).await {
                Ok(Proceed::With(next)) => without_old_credentials(&before, next),
                Ok(Proceed::Replaced(next)) => {
                    return Ok(Asked::Ask(without_old_credentials(&before, next)));
                }
                Ok(Proceed::Answered(response)) => {
                    return Ok(Asked::Answered(About::request(&before), response));
                }
                Ok(Proceed::Stop) => return Err(self.failed(SendErrorKind::Stopped)),
                Ok(Proceed::Surface) => return Err(error),
                Err(source) => return Err(self.hook_failed(HookName::BeforeRetry, source)),
            };
        }
        Ok(Asked::Ask(request))
    }

    async fn before_error(&self, mut error: SendError) -> Result<Response, SendError> {
        for hook in &self.route.hooks.before_error {
            error = match hook(error, self.moment()).await {
                Ok(error) => error,
                Err(source) => return Err(self.hook_failed(HookName::BeforeError, source)),
            };
        }
        Err(error)
    }

    fn upstream(&self, ready: &Ready) -> Arc<Upstream> {
        self.shared
            .upstreams
            .of(&self.caller_id, &ready.target.origin, &self.route)
    }

    fn tried(&self, ready: &Ready) -> crate::retry::Tried {
        crate::retry::Tried {
            method: ready.request.method,
            has_idempotency_key: ready.is_keyed,
            retries_done: self.retries_done(),
        }
    }

    fn retries_done(&self) -> u32 {
        self.attempts.load(Ordering::Relaxed).saturating_sub(1)
    }

    fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// The error of an answer, with its body if that was read.
    fn unread(&self, ready: &Ready, response: &Response) -> SendError {
        let failure = About::of(ready).failed(response);
        self.failed(SendErrorKind::Http(Box::new(failure)))
    }

    /// Retries so far.
    fn moment(&self) -> Moment {
        self.moment_of(self.retries_done())
    }

    /// With the retry that is about to be made.
    fn retry_moment(&self) -> Moment {
        self.moment_of(self.retries_done() + 1)
    }

    fn moment_of(&self, retry_count: u32) -> Moment {
        Moment {
            retry_count,
            context: self.context.clone(),
        }
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
        let attempts = self.attempts.load(Ordering::Relaxed);
        SendError::new(kind, outcome, attempts, self.progress.started().elapsed())
    }

    fn out_of_time(&self) -> SendError {
        self.failed(SendErrorKind::Timeout {
            after: self.total,
            during: self.progress.stage(),
        })
    }

    fn hook_failed(&self, hook: HookName, source: HookError) -> SendError {
        self.failed(SendErrorKind::Hook { hook, source })
    }
}

const NOT_MODIFIED: u16 = 304;

/// What hooks on errors have beyond the call's own time: enough to write a line, too little to wait for anybody.
const LAST_WORD: Duration = Duration::from_secs(1);

/// What is asked after the hooks before it.
enum Asked {
    Ask(Request),
    Answered(About, Response),
}

/// What an attempt came to.
enum Judged {
    Good(Response),
    Bad(Tried),
    Forced(ForcedRetry),
}

/// An attempt that did not succeed.
enum Tried {
    Answered(Response),
    Failed(SendError),
}

enum Next {
    Done(Response),
    Again(Again),
}

struct Again {
    request: Request,
    pause: Duration,
    tried: Tried,
}

impl Tried {
    /// As the retry policy looks at it.
    fn failure(&self) -> Failure<'_> {
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

/// What an error says of the request that it is about.
struct About {
    method: Method,
    url: String,
}

impl About {
    /// A request that was sent. Its query stays out: what stands there may be a secret.
    fn of(ready: &Ready) -> Self {
        Self {
            method: ready.method,
            url: without_query(&ready.target.url()),
        }
    }

    /// A request that a hook answered.
    fn request(request: &Request) -> Self {
        Self {
            method: request.method,
            url: without_query(&request.url),
        }
    }

    fn failed(&self, response: &Response) -> HttpFailure {
        HttpFailure {
            method: self.method,
            url: self.url.clone(),
            status: response.status,
            headers: response.headers.clone(),
            body: ErrorBody::of(response),
        }
    }
}

fn without_query(url: &str) -> String {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    url[..end].to_owned()
}

async fn any_cancelled(tokens: &[CancellationToken]) {
    if tokens.is_empty() {
        return pending().await;
    }
    let waits = tokens.iter().map(|token| Box::pin(token.cancelled()));
    select_all(waits).await;
}
