//! One call, from its first check to its answer: hooks, cache, deadline, attempts.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use futures::future::{pending, select_all};
use hyper::header::HeaderMap;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::{
    cache::{Found, Question, Role, Stale},
    context::Context,
    gateway::Shared,
    grant::Caller,
    hooks::{After, ForcedRetry, HookError, Moment, Proceed},
    progress::Progress,
    ready::Ready,
    request::{BodyStream, Request},
    response::{Response, is_json, within},
    retry::{Decision, Failure, decide},
    route::Route,
    send_error::{ErrorBody, HookName, HttpFailure, Outcome, SendError, SendErrorKind, Stage},
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
    route: Arc<Route>,
    context: Context,
    total: Duration,
    deadline: Instant,
    journey: Journey,
}

impl Calling {
    pub(crate) fn new(
        shared: Arc<Shared>,
        caller: Arc<Caller>,
        route: Arc<Route>,
        context: Context,
    ) -> Arc<Self> {
        let begun = Instant::now();
        let total = route.timeouts.total.min(shared.limits.deadline_max);
        Arc::new(Self {
            shared,
            caller,
            route,
            context,
            total,
            deadline: begun + total,
            journey: Journey::begun(begun),
        })
    }

    /// Makes the call. Whatever ends it, the caller's hooks on errors see it last.
    pub(crate) async fn run(self: Arc<Self>, errand: Errand) -> Result<Response, SendError> {
        let tokens = [&self.route.cancelled[..], &errand.cancelled[..]].concat();
        let result = tokio::select! {
            biased;
            () = any_cancelled(&tokens) => Err(self.failed(SendErrorKind::Aborted)),
            result = self.in_time(errand) => result,
        };
        match result {
            Err(error) if !error.is_a_hooks() => self.before_error(error).await,
            result => result,
        }
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
        self.route.hooks.init.iter().for_each(|hook| hook(&mut request));
        self.dress(&mut request);
        let stream = self.gathered_stream(&mut request, errand.stream).await?;
        let response = match self.before_request(request).await? {
            Next::Answered(response) => self.given(response).await?,
            Next::Ask(request) => {
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
            None if self.route.retry.limit > 0 => {
                Err(self.failed(SendErrorKind::StreamCannotRepeat))
            }
            None => Ok(Some(stream)),
        }
    }

    fn checked(&self, request: Request, stream: Option<BodyStream>) -> Result<Ready, SendError> {
        Ready::checked(&self.caller, &self.route, request, stream)
            .map_err(|kind| self.failed(kind))
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
        self.from_cache(ready, question).await
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
        let (result, is_kept) = self.fetched(ready, &question, stale.as_ref()).await;
        if let Some(lead) = lead {
            lead.land(is_kept);
        }
        match (result, stale) {
            (Err(error), Some(stale)) => match stale.instead_of(&error) {
                Some(response) => {
                    self.shared.seen.stale_served();
                    Ok(response)
                }
                None => Err(error),
            },
            (result, _) => result,
        }
    }

    /// Asks the upstream and keeps the answer; says whether it is kept.
    async fn fetched(
        self: &Arc<Self>,
        ready: Ready,
        question: &Question,
        stale: Option<&Stale>,
    ) -> (Result<Response, SendError>, bool) {
        let conditions = stale.map(|stale| &stale.conditions);
        let response = match self.tries(ready, conditions).await {
            Ok(response) => response,
            Err(error) => return (Err(error), false),
        };
        let now = self.shared.wall_clock.now();
        if response.status == 304
            && let Some(stale) = stale
        {
            let renewed = self.shared.cache.renew(question, stale, &response, now);
            let is_kept = renewed.is_some();
            return (Ok(renewed.unwrap_or(response)), is_kept);
        }
        let response = match self.gathered(response).await {
            Ok(response) => response,
            Err(error) => return (Err(error), false),
        };
        let is_kept = self.shared.cache.keep(question, &response, now);
        (Ok(response), is_kept)
    }

    /// Fetches a new answer while the caller goes on with the old one; one at a time for each question.
    fn refresh_behind(self: &Arc<Self>, ready: Ready, question: Question) {
        if self.shared.cache.is_led(&question.key) {
            return;
        }
        let calling = Self::new(
            Arc::clone(&self.shared),
            Arc::clone(&self.caller),
            Arc::clone(&self.route),
            self.context.clone(),
        );
        let refresh = async move {
            let Some(lead) = calling.shared.cache.try_lead(&question.key) else {
                return;
            };
            let stale = match calling.shared.cache.find(&question, calling.shared.wall_clock.now()) {
                Found::Stale(stale) => Some(stale),
                Found::Fresh(_) | Found::Nothing => None,
            };
            let fetch = calling.fetched(ready, &question, stale.as_ref());
            // A refresh that fails leaves the old answer, which stays stale and is asked for again.
            if let Ok((_, is_kept)) = timeout_at(calling.deadline, fetch).await {
                lead.land(is_kept);
            }
        };
        tokio::spawn(refresh);
    }

    /// Tries, and tries again as the route says.
    async fn tries(
        &self,
        mut ready: Ready,
        conditions: Option<&HeaderMap>,
    ) -> Result<Response, SendError> {
        let mut retrying = None;
        loop {
            let result = self.attempt(&mut ready, conditions).await;
            drop(retrying.take());
            let next = match self.judged(result, conditions.is_some()).await? {
                Judged::Good(response) => return Ok(response),
                Judged::Bad(tried) => self.after_failure(&ready, tried).await?,
                Judged::Forced(forced) => self.forced(&ready, forced)?,
            };
            let again = match next {
                Next::Done(response) => return Ok(response),
                Next::Again(again) => again,
            };
            let upstream = self.upstream(&ready);
            let Some(permit) = upstream.budget.try_take() else {
                upstream.seen.budget_denied();
                return self.surfaced(again.tried).await;
            };
            retrying = Some(permit);
            sleep(again.pause).await;
            let error = again.tried.into_error(self);
            ready = match self.before_retry(again.request, error).await? {
                Asked::Answered(response) => return self.given(response).await,
                Asked::Ask(request) => self.checked(request, None)?,
            };
        }
    }

    /// One attempt, redirects and all.
    async fn attempt(
        &self,
        ready: &mut Ready,
        conditions: Option<&HeaderMap>,
    ) -> Result<Response, SendErrorKind> {
        let (number, progress) = self.journey.begin();
        let mut hops = 0;
        loop {
            let attempt = ready.attempt(&self.route, number, self.deadline, &progress, conditions);
            let upstream = self.upstream(ready);
            let arrived = self.shared.through(&upstream, attempt).await?;
            self.journey.answered();
            if hops == self.route.redirects_max {
                return Ok(Response::on_wire(arrived));
            }
            match ready.redirected(&self.caller, &arrived)? {
                Some(()) => hops += 1,
                None => return Ok(Response::on_wire(arrived)),
            }
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
                Ok(After::Retry(forced)) => return Ok(Judged::Forced(forced)),
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
        let call = self.journey.call(ready);
        let policy = &self.route.retry;
        if matches!(tried, Tried::Failed(_)) && tried.failure().is_final() {
            return self.surfaced(tried).await.map(Next::Done);
        }
        if policy.gates(&call).is_err() {
            return self.surfaced(tried).await.map(Next::Done);
        }
        let opinion = self.opinion(&tried, call.retries_done + 1).await?;
        let clocks = Clocks {
            wall: self.shared.wall_clock.now(),
            remaining: self.deadline.saturating_duration_since(Instant::now()),
        };
        let decision = policy.decide(&call, tried.failure(), opinion, clocks, &*self.shared.chance);
        match decision {
            Decision::RetryIn { delay, .. } => Ok(Next::Again(Again {
                request: ready.request.clone(),
                pause: delay,
                tried,
            })),
            Decision::GiveUpUntil { retry_after } => {
                let error = self.surfaced(tried).await.err();
                Err(match error {
                    Some(error) => error.with_retry_after(retry_after),
                    None => self.failed(SendErrorKind::AskedToWait { retry_after }),
                })
            }
            Decision::Surface(_) => self.surfaced(tried).await.map(Next::Done),
        }
    }

    /// What the caller thinks of a retry, asked only where one is possible.
    async fn opinion(&self, tried: &Tried, retry_count: u32) -> Result<Opinion, SendError> {
        let Some(asked) = &self.route.should_retry else {
            return Ok(Opinion::None);
        };
        let error = tried.as_error(self);
        asked(&error, retry_count)
            .await
            .map_err(|source| self.hook_failed(HookName::ShouldRetry, source))
    }

    /// A retry that a hook asked for: within the limit, and within the deadline since everything is.
    fn forced(&self, ready: &Ready, forced: ForcedRetry) -> Result<Next, SendError> {
        let call = self.journey.call(ready);
        let delay = forced.delay.unwrap_or_else(|| {
            self.route.retry.backoff().delay(call.retries_done + 1, &*self.shared.chance)
        });
        let request = match forced.request {
            Some(request) => without_old_credentials(&ready.request, request),
            None => ready.request.clone(),
        };
        let error = self.failed(SendErrorKind::ForcedRetry {
            code: forced.code,
            source: forced.cause,
        });
        if call.retries_done >= self.route.retry.limit() {
            return Err(error);
        }
        if delay >= self.deadline.saturating_duration_since(Instant::now()) {
            return Err(error);
        }
        Ok(Next::Again(Again {
            request,
            pause: delay,
            tried: Tried::Failed(error),
        }))
    }

    /// What the caller gets of an answer outside 2xx, or of a failure.
    async fn surfaced(&self, tried: Tried) -> Result<Response, SendError> {
        match tried {
            Tried::Failed(error) => Err(error),
            Tried::Answered(response) if !self.route.errors.is_error(response.status) => {
                Ok(response)
            }
            Tried::Answered(response) => Err(self.http_error(response).await),
        }
    }

    /// An answer that a hook gave: an error status is an error and is not tried again.
    async fn given(&self, response: Response) -> Result<Response, SendError> {
        self.surfaced(Tried::Answered(response)).await
    }

    async fn http_error(&self, response: Response) -> SendError {
        let mut failure = HttpFailure::of(&response);
        let timing = server_timing(&response.headers, self.shared.wall_clock.now());
        let reading = response.gathered(self.shared.limits.error_body_bytes_max);
        // A body that cannot be had leaves the status to tell what happened.
        if let Ok(response) = within(self.route.timeouts.attempt, reading).await {
            failure.body = ErrorBody::of(&response);
        }
        let error = self.failed(SendErrorKind::Http(Box::new(failure)));
        match timing {
            ServerTiming::Wait(wait) => error.with_retry_after(wait),
            ServerTiming::Absent | ServerTiming::Malformed => error,
        }
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
                Ok(Proceed::Answered(response)) => return Ok(Asked::Answered(response)),
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
                Ok(Proceed::Answered(response)) => return Ok(Asked::Answered(response)),
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
            .of(&self.caller.id, &ready.target.origin, &self.route)
    }

    /// Retries so far.
    fn moment(&self) -> Moment {
        self.moment_of(self.journey.retries_done())
    }

    /// With the retry that is about to be made.
    fn retry_moment(&self) -> Moment {
        self.moment_of(self.journey.retries_done() + 1)
    }

    fn moment_of(&self, retry_count: u32) -> Moment {
        Moment {
            retry_count,
            context: self.context.clone(),
        }
    }

    fn failed(&self, kind: SendErrorKind) -> SendError {
        self.journey.failed(kind)
    }

    fn out_of_time(&self) -> SendError {
        self.failed(SendErrorKind::Timeout {
            after: self.total,
            during: self.journey.stage(),
        })
    }

    fn hook_failed(&self, hook: HookName, source: HookError) -> SendError {
        self.failed(SendErrorKind::Hook { hook, source })
    }
}

const NOT_MODIFIED: u16 = 304;

/// What is asked after the hooks before it.
enum Asked {
    Ask(Request),
    Answered(Response),
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
    fn into_error(self, calling: &Calling) -> SendError {
        match self {
            Self::Failed(error) => error,
            Self::Answered(response) => {
                let failure = HttpFailure::of(&response);
                calling.failed(SendErrorKind::Http(Box::new(failure)))
            }
        }
    }
}

/// Where a call has come to.
struct Journey {
    begun: Instant,
    state: Mutex<Leg>,
}

/// The attempt under way, and what is left of those before.
struct Leg {
    attempts: u32,
    /// An earlier attempt was cut off when the other side may have received it.
    may_have_acted: bool,
    is_answered: bool,
    progress: Arc<Progress>,
}

impl Journey {
    fn begun(begun: Instant) -> Self {
        Self {
            begun,
            state: Mutex::new(Leg {
                attempts: 0,
                may_have_acted: false,
                is_answered: true,
                progress: Progress::new(),
            }),
        }
    }

    fn begin(&self) -> (u32, Arc<Progress>) {
        let mut leg = self.leg();
        leg.may_have_acted |= leg.is_in_doubt();
        leg.is_answered = false;
        leg.attempts += 1;
        leg.progress = Progress::new();
        (leg.attempts, Arc::clone(&leg.progress))
    }

    fn answered(&self) {
        self.leg().is_answered = true;
    }

    fn retries_done(&self) -> u32 {
        self.leg().attempts.saturating_sub(1)
    }

    fn stage(&self) -> Stage {
        self.leg().progress.stage()
    }

    fn call(&self, ready: &Ready) -> crate::retry::Tried {
        crate::retry::Tried {
            method: ready.method,
            has_idempotency_key: ready.is_keyed,
            retries_done: self.retries_done(),
        }
    }

    fn failed(&self, kind: SendErrorKind) -> SendError {
        let leg = self.leg();
        let outcome = match kind {
            SendErrorKind::Http(_) => Outcome::Answered,
            _ if leg.may_have_acted || leg.is_in_doubt() => Outcome::Unknown,
            _ if leg.progress.stage() == Stage::Reading => Outcome::Unknown,
            _ => Outcome::Refused,
        };
        SendError::new(kind, outcome, leg.attempts, self.begun.elapsed())
    }

    fn leg(&self) -> std::sync::MutexGuard<'_, Leg> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Leg {
    fn is_in_doubt(&self) -> bool {
        !self.is_answered && self.progress.stage() >= Stage::Awaiting
    }
}

async fn any_cancelled(tokens: &[CancellationToken]) {
    if tokens.is_empty() {
        return pending().await;
    }
    let waits = tokens.iter().map(|token| Box::pin(token.cancelled()));
    select_all(waits).await;
}
