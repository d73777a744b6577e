//! What is settled about one destination before any call is made.

use std::{fmt, sync::Arc, time::Duration};

use hyper::header::HeaderName;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::{
    breaker::BreakerSettings,
    bulkhead::BulkheadSettings,
    cache::CachePolicy,
    context::Context,
    grant::Origin,
    hedge::HedgeSettings,
    hooks::{Hooks, ShouldRetry},
    rate::RateSettings,
    retry::{BudgetSettings, PolicyError, RetryPatch, RetryPolicy, within_timer},
    tls::TlsMode,
    wire::Timeouts,
};

/// Settings of the calls to one destination. Its defaults are the gateway's numbers; [`Route::patched`] changes some of them.
#[derive(Clone)]
pub struct Route {
    /// Where relative addresses begin.
    pub base: Base,
    /// Origins that an absolute address may name though there is a base.
    pub elsewhere: Vec<Origin>,
    /// Set on every call unless the call sets them itself.
    pub headers: Vec<(String, String)>,
    /// Added to the query of every call, before the call's own.
    pub query: Vec<(String, String)>,
    /// The whole call: hooks, tries, pauses between them, and the body where it is wanted whole. At most the gateway's own bound.
    pub total_timeout: Duration,
    /// How long the parts of a try may take; reading a body that is wanted whole has the time of one more try.
    pub timeouts: Timeouts,
    /// What is tried again, and when.
    pub retry: RetryPolicy,
    /// Asked before what could be tried again is.
    pub should_retry: Option<ShouldRetry>,
    /// How many retries there may be beside ordinary calls.
    pub budget: BudgetSettings,
    /// When an upstream is left alone.
    pub breaker: BreakerSettings,
    /// How many calls may be under way at once.
    pub bulkhead: BulkheadSettings,
    /// How many calls may begin in a time.
    pub rate: RateSettings,
    /// Whether a slow call is asked a second time; off unless set.
    pub hedge: Option<HedgeSettings>,
    /// Whether answers are kept; off unless set.
    pub cache: Option<CachePolicy>,
    /// Redirects that are followed, each checked like a first call.
    pub redirects_max: u32,
    /// Which statuses are errors.
    pub errors: ErrorStatuses,
    /// How far a server's certificate is believed.
    pub tls: TlsMode,
    /// Ask for a compressed answer and decompress it; the bound on the body counts what comes out.
    pub is_decompressed: bool,
    /// The header in which the other side is told how many milliseconds are left; none unless set.
    pub deadline_header: Option<HeaderName>,
    /// Steps in between.
    pub hooks: Hooks,
    /// What hooks find in the bag of every call.
    pub context: Context,
    /// Each of them ends every call of the route.
    pub cancelled: Vec<CancellationToken>,
}

/// Where relative addresses begin.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Base {
    /// Nowhere: every address is absolute.
    #[default]
    None,
    /// Resolved as in a web page: `/x` begins at the origin's root, `x` beside the last segment.
    Url(Url),
    /// Joined by text: prefix, one slash, the rest.
    Prefix(String),
}

/// Which statuses make a call fail. A status that is tried again is tried again either way; this says what the caller gets in the end.
#[derive(Clone, Default)]
pub enum ErrorStatuses {
    /// Everything outside 200 to 299.
    #[default]
    NotSuccess,
    /// None: every answer is an answer.
    None,
    /// Those for which this says so.
    When(Arc<dyn Fn(u16) -> bool + Send + Sync>),
}

impl ErrorStatuses {
    pub(crate) fn is_error(&self, status: u16) -> bool {
        match self {
            Self::NotSuccess => !(200..300).contains(&status),
            Self::None => false,
            Self::When(says) => says(status),
        }
    }
}

impl fmt::Debug for ErrorStatuses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSuccess => "NotSuccess",
            Self::None => "None",
            Self::When(_) => "When(…)",
        })
    }
}

/// Refuses times longer than a timer has: they are a mistake in a unit.
fn check_times(total: Duration, timeouts: &Timeouts) -> Result<(), RouteError> {
    let named = [
        ("total", Some(total)),
        ("attempt", timeouts.attempt),
        ("connect", Some(timeouts.connect)),
        ("first_byte", timeouts.first_byte),
        ("body_idle", timeouts.body_idle),
    ];
    named
        .into_iter()
        .filter_map(|(name, time)| Some((name, time?)))
        .try_for_each(|(name, time)| within_timer(name, time).map(drop))
        .map_err(RouteError::Timeout)
}

/// The whole call: a cashier and a customer are waiting.
const TOTAL_TIMEOUT: Duration = Duration::from_secs(30);

/// Changes to a route. What is `None` stays as it was.
#[derive(Default)]
pub struct RoutePatch {
    /// In place of the base.
    pub base: Option<Base>,
    /// More origins that absolute addresses may name.
    pub elsewhere: Vec<Origin>,
    /// Headers by name: a value replaces, `None` takes the header away.
    pub headers: Vec<(String, Option<String>)>,
    /// Query fields: a value is added, `None` takes every field of that name away.
    pub query: Vec<(String, Option<String>)>,
    /// In place of the total time.
    pub total_timeout: Option<Duration>,
    /// In place of the time for an attempt; `Some(None)` takes it away.
    pub attempt_timeout: Option<Option<Duration>>,
    /// In place of the time for connecting.
    pub connect_timeout: Option<Duration>,
    /// In place of the time to the first byte; `Some(None)` takes it away.
    pub first_byte_timeout: Option<Option<Duration>>,
    /// In place of the time between two pieces of a body; `Some(None)` takes it away.
    pub body_idle_timeout: Option<Option<Duration>>,
    /// Changes to what is tried again.
    pub retry: RetryPatch,
    /// In place of what is asked before a retry.
    pub should_retry: Option<ShouldRetry>,
    /// In place of the retry budget.
    pub budget: Option<BudgetSettings>,
    /// In place of the breaker's numbers.
    pub breaker: Option<BreakerSettings>,
    /// In place of the bulkhead's numbers.
    pub bulkhead: Option<BulkheadSettings>,
    /// In place of the rate.
    pub rate: Option<RateSettings>,
    /// In place of hedging; `Some(None)` turns it off.
    pub hedge: Option<Option<HedgeSettings>>,
    /// In place of caching; `Some(None)` turns it off.
    pub cache: Option<Option<CachePolicy>>,
    /// In place of the number of redirects.
    pub redirects_max: Option<u32>,
    /// In place of which statuses are errors.
    pub errors: Option<ErrorStatuses>,
    /// In place of how certificates are believed.
    pub tls: Option<TlsMode>,
    /// In place of whether answers are decompressed.
    pub is_decompressed: Option<bool>,
    /// In place of the header that tells the time left; `Some(None)` takes it away.
    pub deadline_header: Option<Option<HeaderName>>,
    /// More hooks, after those that are there.
    pub hooks: HooksPatch,
    /// More values for the bag.
    pub context: Context,
    /// Ends the calls as well.
    pub cancelled: Vec<CancellationToken>,
}

/// What becomes of a route's hooks.
#[derive(Debug)]
pub enum HooksPatch {
    /// These run after them.
    Add(Hooks),
    /// These stand in their place; none at all clears them.
    Replace(Hooks),
}

impl Default for HooksPatch {
    fn default() -> Self {
        Self::Add(Hooks::default())
    }
}

/// Why settings cannot be used.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum RouteError {
    /// A time is longer than can be meant.
    #[error("a timeout cannot be used; check its unit")]
    Timeout(#[source] PolicyError),
    /// The retry settings cannot be used.
    #[error("the retry settings cannot be used")]
    Retry(#[source] PolicyError),
}

impl Default for Route {
    fn default() -> Self {
        Self {
            base: Base::None,
            elsewhere: Vec::new(),
            headers: Vec::new(),
            query: Vec::new(),
            total_timeout: TOTAL_TIMEOUT,
            timeouts: Timeouts::default(),
            retry: RetryPolicy::default(),
            should_retry: None,
            budget: BudgetSettings::default(),
            breaker: BreakerSettings::default(),
            bulkhead: BulkheadSettings::default(),
            rate: RateSettings::default(),
            hedge: None,
            cache: None,
            redirects_max: 0,
            errors: ErrorStatuses::default(),
            tls: TlsMode::default(),
            is_decompressed: false,
            deadline_header: None,
            hooks: Hooks::default(),
            context: Context::default(),
            cancelled: Vec::new(),
        }
    }
}

impl Route {
    /// The gateway's numbers for the addresses under `prefix`.
    pub fn to(prefix: impl Into<String>) -> Self {
        Self {
            base: Base::Prefix(prefix.into()),
            ..Self::default()
        }
    }

    /// This route with `patch` over it.
    pub fn patched(&self, patch: RoutePatch) -> Result<Self, RouteError> {
        let mut route = self.clone();
        route.patch_places(&patch);
        route.patch_times(&patch);
        route.retry = route
            .retry
            .patched(patch.retry)
            .map_err(RouteError::Retry)?;
        if patch.should_retry.is_some() {
            route.should_retry = patch.should_retry;
        }
        replace(&mut route.budget, patch.budget);
        replace(&mut route.breaker, patch.breaker);
        replace(&mut route.bulkhead, patch.bulkhead);
        replace(&mut route.rate, patch.rate);
        replace(&mut route.hedge, patch.hedge);
        replace(&mut route.cache, patch.cache);
        replace(&mut route.redirects_max, patch.redirects_max);
        replace(&mut route.errors, patch.errors);
        replace(&mut route.tls, patch.tls);
        replace(&mut route.is_decompressed, patch.is_decompressed);
        replace(&mut route.deadline_header, patch.deadline_header);
        route.hooks = match patch.hooks {
            HooksPatch::Add(more) => route.hooks.followed_by(more),
            HooksPatch::Replace(hooks) => hooks,
        };
        route.context = route.context.with(&patch.context);
        route.cancelled.extend(patch.cancelled);
        check_times(route.total_timeout, &route.timeouts)?;
        Ok(route)
    }

    fn patch_places(&mut self, patch: &RoutePatch) {
        replace(&mut self.base, patch.base.clone());
        self.elsewhere.extend(patch.elsewhere.iter().cloned());
        for (name, value) in &patch.headers {
            self.headers
                .retain(|(known, _)| !known.eq_ignore_ascii_case(name));
            self.headers
                .extend(value.clone().map(|value| (name.clone(), value)));
        }
        for (name, value) in &patch.query {
            match value {
                Some(value) => self.query.push((name.clone(), value.clone())),
                None => self.query.retain(|(known, _)| known != name),
            }
        }
    }

    fn patch_times(&mut self, patch: &RoutePatch) {
        replace(&mut self.total_timeout, patch.total_timeout);
        replace(&mut self.timeouts.attempt, patch.attempt_timeout);
        replace(&mut self.timeouts.connect, patch.connect_timeout);
        replace(&mut self.timeouts.first_byte, patch.first_byte_timeout);
        replace(&mut self.timeouts.body_idle, patch.body_idle_timeout);
    }
}

fn replace<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}
