//! What is settled about one destination before any call is made.

use std::{fmt, sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;
use url::Url;

use crate::{
    breaker::BreakerPolicy,
    bulkhead::BulkheadPolicy,
    cache::CachePolicy,
    context::Context,
    grant::Origin,
    hedge::HedgePolicy,
    hooks::Hooks,
    rate::RatePolicy,
    retry::{PolicyError, RetryPatch, RetryPolicy, budget::BudgetPolicy},
    tls::TlsMode,
};

/// Settings of the calls to one destination. Its defaults are the gateway's numbers; [`Route::patched`] changes some of them.
#[derive(Debug, Clone, Default)]
pub struct Route {
    /// Where relative addresses begin.
    pub base: Base,
    /// Origins that an absolute address may name though there is a base.
    pub elsewhere: Vec<Origin>,
    /// Set on every call unless the call sets them itself.
    pub headers: Vec<(String, String)>,
    /// Added to the query of every call, before the call's own.
    pub query: Vec<(String, String)>,
    /// How long each part of a call may take.
    pub timeouts: Timeouts,
    /// What is tried again, and when.
    pub retry: RetryPolicy,
    /// How many retries there may be beside ordinary calls.
    pub budget: BudgetPolicy,
    /// When an upstream is left alone.
    pub breaker: BreakerPolicy,
    /// How many calls may be under way at once.
    pub bulkhead: BulkheadPolicy,
    /// How many calls may begin in a time.
    pub rate: RatePolicy,
    /// Whether a slow call is asked a second time; off unless set.
    pub hedge: Option<HedgePolicy>,
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
    pub deadline_header: Option<String>,
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

/// How long each part may take. What is `None` is bounded by the rest of the call's time alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// The whole call: hooks, attempts, pauses between them and the body read whole. At most the gateway's own bound.
    pub total: Duration,
    /// One attempt, to the head of its answer; and once more the reading of a body that is wanted whole.
    pub attempt: Option<Duration>,
    /// One address accepting a connection.
    pub connect: Duration,
    /// From the request being sent to the first byte of the answer.
    pub first_byte: Option<Duration>,
    /// Between two pieces of a body.
    pub body_idle: Option<Duration>,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            total: Duration::from_secs(30),
            attempt: Some(Duration::from_secs(10)),
            connect: Duration::from_secs(3),
            first_byte: Some(Duration::from_secs(8)),
            body_idle: Some(Duration::from_secs(5)),
        }
    }
}

/// The longest time that may be set: what a signed 32-bit count of milliseconds holds, some 24 days. More is a mistake in a unit.
pub const TIMEOUT_MAX: Duration = Duration::from_millis(i32::MAX as u64);

impl Timeouts {
    fn check(&self) -> Result<(), RouteError> {
        let named = [
            ("total", Some(self.total)),
            ("attempt", self.attempt),
            ("connect", Some(self.connect)),
            ("first_byte", self.first_byte),
            ("body_idle", self.body_idle),
        ];
        match named.into_iter().find(|(_, time)| *time > Some(TIMEOUT_MAX)) {
            Some((name, _)) => Err(RouteError::Timeout { name }),
            None => Ok(()),
        }
    }
}

/// Changes to a route. What is `None` stays as it was.
#[derive(Debug, Default)]
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
    /// In place of the retry budget.
    pub budget: Option<BudgetPolicy>,
    /// In place of the breaker's numbers.
    pub breaker: Option<BreakerPolicy>,
    /// In place of the bulkhead's numbers.
    pub bulkhead: Option<BulkheadPolicy>,
    /// In place of the rate.
    pub rate: Option<RatePolicy>,
    /// In place of hedging; `Some(None)` turns it off.
    pub hedge: Option<Option<HedgePolicy>>,
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
    pub deadline_header: Option<Option<String>>,
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
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum RouteError {
    /// A time is longer than can be meant.
    #[error("the {name} timeout is longer than {} ms; check its unit", TIMEOUT_MAX.as_millis())]
    Timeout {
        /// Which one.
        name: &'static str,
    },
    /// The retry settings cannot be used.
    #[error("the retry settings cannot be used")]
    Retry(#[source] PolicyError),
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
        route.retry = route.retry.patched(patch.retry).map_err(RouteError::Retry)?;
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
        route.timeouts.check()?;
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
        replace(&mut self.timeouts.total, patch.total_timeout);
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
