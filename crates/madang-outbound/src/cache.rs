//! Answers that are kept: RFC 9111's rules by `http-cache-semantics`, as a private cache of one caller; the store, stale answers and the
//! single flight are ours.
//!
//! One caller never gets what another was answered, and one `Authorization` never what was answered to another.

use std::{
    collections::{HashMap, hash_map::Entry},
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http_cache_semantics as rfc9111;
use hyper::{
    Request as HttpRequest, StatusCode, Uri,
    header::{self, HeaderMap, HeaderName, HeaderValue},
};
use tokio::sync::watch;

use crate::{
    call::Method,
    response::Response,
    send_error::{SendError, TOO_MANY_REQUESTS},
};

/// Whether and how long answers are kept. What the server says about its answer stands above all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachePolicy {
    /// Larger bodies are passed on and not kept.
    pub entry_bytes_max: usize,
    /// How long past its time an answer may stand in when the server fails, unless the answer itself says how long.
    pub stale_if_error: Duration,
    /// How long past its time an answer may be given while a new one is fetched, unless the answer itself says how long.
    pub stale_while_revalidate: Duration,
}

impl Default for CachePolicy {
    fn default() -> Self {
        Self {
            entry_bytes_max: 1024 * 1024,
            stale_if_error: Duration::ZERO,
            stale_while_revalidate: Duration::ZERO,
        }
    }
}

/// Says how an answer came out of the cache: `HIT`, `STALE` or `STALE_ERROR`.
pub(crate) const X_CACHE: HeaderName = HeaderName::from_static("x-cache");

/// What a request is known by. The headers that an answer varies by are compared when it is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct CacheKey {
    caller: String,
    method: Method,
    url: String,
    /// A digest, so that no credential stays in memory for it.
    authorization: u64,
}

/// A request as the rules look at it.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) key: CacheKey,
    pub(crate) request: Arc<HttpRequest<()>>,
    pub(crate) policy: CachePolicy,
}

impl Question {
    /// A question whose answer may be kept: a GET or HEAD without a range.
    pub(crate) fn of(
        caller: &str,
        method: Method,
        url: &str,
        headers: &HeaderMap,
        policy: &CachePolicy,
    ) -> Option<Self> {
        if !matches!(method, Method::Get | Method::Head) || headers.contains_key(header::RANGE) {
            return None;
        }
        let mut request = HttpRequest::new(());
        *request.method_mut() = method.on_the_wire();
        *request.uri_mut() = url.parse::<Uri>().ok()?;
        *request.headers_mut() = headers.clone();
        let mut hasher = DefaultHasher::new();
        for value in headers.get_all(header::AUTHORIZATION) {
            value.as_bytes().hash(&mut hasher);
        }
        let key = CacheKey {
            caller: caller.to_owned(),
            method,
            url: url.to_owned(),
            authorization: hasher.finish(),
        };
        Some(Self {
            key,
            request: Arc::new(request),
            policy: policy.clone(),
        })
    }
}

/// Every caller's kept answers, bounded in bytes for each caller and in callers.
pub(crate) struct Cache {
    kept: Mutex<Kept>,
    flights: Mutex<HashMap<CacheKey, watch::Receiver<Landing>>>,
    limits: CacheLimits,
}

/// Bounds of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheLimits {
    /// Bodies and headers kept for one caller; the ones longest unused go first.
    pub caller_bytes_max: usize,
    /// Bodies and headers kept for all callers together.
    pub total_bytes_max: usize,
    /// Answers kept for one address that differ in what they vary by.
    pub variants_max: usize,
}

impl Default for CacheLimits {
    fn default() -> Self {
        Self {
            caller_bytes_max: 4 * 1024 * 1024,
            total_bytes_max: 32 * 1024 * 1024,
            variants_max: 4,
        }
    }
}

#[derive(Default)]
struct Kept {
    answers: HashMap<CacheKey, Vec<KeptAnswer>>,
    bytes_by_caller: HashMap<String, usize>,
    bytes: usize,
    uses: u64,
}

#[derive(Clone)]
struct KeptAnswer {
    rules: Arc<rfc9111::CachePolicy>,
    headers: HeaderMap,
    status: u16,
    body: Bytes,
    /// With the address and both heads, which the rules hold once more.
    bytes: usize,
    /// How long it was fresh, counted from when the server made it.
    fresh_for: Duration,
    last_used: u64,
}

/// How the one call that others wait for came down.
pub(crate) enum Landing {
    UnderWay,
    /// The cache has the answer now.
    Kept,
    /// The answer is for the one that asked.
    NotKept,
    /// The server failed; to ask it once more for each that waited would be the last it needs.
    Failed(SharedFailure),
}

/// A failure of the server, for all who waited for its answer.
#[derive(Clone)]
pub(crate) enum SharedFailure {
    Answer(u16, HeaderMap, Bytes),
    Error(SendError),
}

impl SharedFailure {
    /// Nothing where it is not the server that failed: the others may fare better.
    pub(crate) fn of(result: &Result<Response, SendError>) -> Option<Self> {
        match result {
            Ok(response) if matches!(response.status, TOO_MANY_REQUESTS | 500..) => {
                let body = response.whole_body()?;
                Some(Self::Answer(
                    response.status,
                    response.headers.clone(),
                    body,
                ))
            }
            Ok(_) => None,
            Err(error) => error.is_everybodys().then(|| Self::Error(error.clone())),
        }
    }

    /// As one is told it who has waited for so long.
    pub(crate) fn after(self, waited: Duration) -> Result<Response, SendError> {
        match self {
            Self::Answer(status, headers, body) => Ok(Response::new(status, headers, body)),
            Self::Error(error) => Err(error.of_another_call(waited)),
        }
    }
}

/// What looking found.
pub(crate) enum Found {
    /// It may be given as it is.
    Fresh(Response),
    /// It is past its time.
    Stale(Stale),
    Nothing,
}

/// An answer past its time, and what it is still good for.
pub(crate) struct Stale {
    answer: KeptAnswer,
    /// The headers with which the server may say that nothing has changed.
    pub(crate) conditions: HeaderMap,
    past: Duration,
    while_revalidate: Duration,
    if_error: Duration,
    age: Duration,
}

/// Leads the flight for a key, or waits for it.
pub(crate) enum Role<'a> {
    Leader(Lead<'a>),
    /// It landed; the cache may have the answer now.
    Kept,
    /// What came back is for the leader alone: ask by yourself.
    Alone,
    /// The server failed the leader, and so everybody.
    Failed(SharedFailure),
}

/// The right to ask for everybody. Dropped without a landing, another takes over.
pub(crate) struct Lead<'a> {
    cache: &'a Cache,
    key: CacheKey,
    landing: watch::Sender<Landing>,
}

impl Cache {
    pub(crate) fn new(limits: CacheLimits) -> Self {
        Self {
            kept: Mutex::default(),
            flights: Mutex::default(),
            limits,
        }
    }

    /// What is kept for this question.
    pub(crate) fn find(&self, question: &Question, now: SystemTime) -> Found {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.uses += 1;
        let uses = kept.uses;
        let Some(variants) = kept.answers.get_mut(&question.key) else {
            return Found::Nothing;
        };
        for answer in variants {
            match answer.rules.before_request(&*question.request, now) {
                rfc9111::BeforeRequest::Fresh(head) => {
                    answer.last_used = uses;
                    return Found::Fresh(answer.response(head.headers, "HIT"));
                }
                rfc9111::BeforeRequest::Stale {
                    request,
                    matches: true,
                } => {
                    answer.last_used = uses;
                    return Found::Stale(Stale::new(answer, request.headers, question, now));
                }
                rfc9111::BeforeRequest::Stale { .. } => {}
            }
        }
        Found::Nothing
    }

    /// Takes part in asking: the first leads, the others wait for it to land.
    pub(crate) async fn join(&self, key: &CacheKey) -> Role<'_> {
        loop {
            let mut waiting = match self.lead_or_wait(key) {
                Ok(lead) => return Role::Leader(lead),
                Err(waiting) => waiting,
            };
            let landed = waiting
                .wait_for(|landing| !matches!(landing, Landing::UnderWay))
                .await;
            // Without a landing the leader was called off: somebody else leads now, perhaps this one.
            let Ok(landing) = landed else { continue };
            return match &*landing {
                Landing::Kept => Role::Kept,
                Landing::Failed(failure) => Role::Failed(failure.clone()),
                Landing::NotKept | Landing::UnderWay => Role::Alone,
            };
        }
    }

    /// Whether somebody is asking for it just now.
    pub(crate) fn is_led(&self, key: &CacheKey) -> bool {
        let flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
        flights.contains_key(key)
    }

    /// The lead, unless somebody has it.
    pub(crate) fn try_lead(&self, key: &CacheKey) -> Option<Lead<'_>> {
        self.lead_or_wait(key).ok()
    }

    fn lead_or_wait(&self, key: &CacheKey) -> Result<Lead<'_>, watch::Receiver<Landing>> {
        let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
        match flights.entry(key.clone()) {
            // A receiver whose sender is gone belongs to a leader that is just letting go.
            Entry::Occupied(flight) if flight.get().has_changed().is_ok() => {
                Err(flight.get().clone())
            }
            entry => {
                let (landing, waiting) = watch::channel(Landing::UnderWay);
                entry.insert_entry(waiting);
                Ok(Lead {
                    cache: self,
                    key: key.clone(),
                    landing,
                })
            }
        }
    }

    /// Keeps `answer`, whose body is in memory, if the rules and the bounds allow.
    pub(crate) fn keep(&self, question: &Question, answer: &Response, now: SystemTime) -> bool {
        let Some(body) = answer.whole_body() else {
            return false;
        };
        let Ok(status) = StatusCode::from_u16(answer.status) else {
            return false;
        };
        let mut head = hyper::Response::new(());
        *head.status_mut() = status;
        *head.headers_mut() = answer.headers.clone();
        let rules = rfc9111::CachePolicy::new_options(&*question.request, &head, now, OPTIONS);
        if !rules.is_storable() || body.len() > question.policy.entry_bytes_max {
            return false;
        }
        let headers = answer.headers.clone();
        self.put(question, rules, (answer.status, headers, body), now)
    }

    /// The kept answer, renewed by a server that says it has not changed; `None` when what it says belongs to another answer.
    pub(crate) fn renew(
        &self,
        question: &Question,
        stale: &Stale,
        not_modified: &Response,
        now: SystemTime,
    ) -> Option<Response> {
        let mut head = hyper::Response::new(());
        *head.status_mut() = StatusCode::NOT_MODIFIED;
        *head.headers_mut() = not_modified.headers.clone();
        let after = stale
            .answer
            .rules
            .after_response(&*question.request, &head, now);
        let rfc9111::AfterResponse::NotModified(rules, parts) = after else {
            return None;
        };
        let answer = &stale.answer;
        self.put(
            question,
            rules,
            (answer.status, parts.headers.clone(), answer.body.clone()),
            now,
        );
        Some(answer.response(parts.headers, "REVALIDATED"))
    }

    /// Forgets what is kept for an address after a call that changed it (RFC 9111, 4.4).
    pub(crate) fn forget(&self, caller: &str, url: &str) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let gone: Vec<_> = kept
            .answers
            .keys()
            .filter(|key| key.caller == caller && key.url == url)
            .cloned()
            .collect();
        gone.iter().for_each(|key| kept.remove(key));
    }

    /// Bytes kept, and flights under way.
    pub(crate) fn size(&self) -> (usize, usize) {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
        (kept.bytes, flights.len())
    }

    fn put(
        &self,
        question: &Question,
        rules: rfc9111::CachePolicy,
        (status, headers, body): (u16, HeaderMap, Bytes),
        now: SystemTime,
    ) -> bool {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.uses += 1;
        let heads = 3 * size_of(&headers) + 2 * size_of(question.request.headers());
        let answer = KeptAnswer {
            bytes: body.len() + heads + 2 * question.key.url.len() + ENTRY_BYTES,
            // Only now: the rules tell no more than nothing once its time is over.
            fresh_for: rules.time_to_live(now) + rules.age(now),
            rules: Arc::new(rules),
            headers,
            status,
            body,
            last_used: kept.uses,
        };
        if answer.bytes > self.limits.caller_bytes_max {
            return false;
        }
        kept.replace(question, answer, self.limits.variants_max);
        kept.shrink(&question.key.caller, &self.limits);
        true
    }
}

/// A private cache: what is for one user may be kept, since one caller's answers go to nobody else.
const OPTIONS: rfc9111::CacheOptions = rfc9111::CacheOptions {
    shared: false,
    cache_heuristic: 0.1,
    immutable_min_time_to_live: Duration::from_secs(24 * 3600),
    ignore_cargo_cult: false,
};

impl Kept {
    fn replace(&mut self, question: &Question, answer: KeptAnswer, variants_max: usize) {
        let bytes = answer.bytes;
        let variants = self.answers.entry(question.key.clone()).or_default();
        let same = |known: &KeptAnswer| {
            let now = SystemTime::UNIX_EPOCH;
            match known.rules.before_request(&*question.request, now) {
                rfc9111::BeforeRequest::Fresh(_) => true,
                rfc9111::BeforeRequest::Stale { matches, .. } => matches,
            }
        };
        let mut freed: usize = 0;
        variants.retain(|known| {
            let goes = same(known);
            freed += if goes { known.bytes } else { 0 };
            !goes
        });
        if variants.len() >= variants_max
            && let Some(oldest) = (0..variants.len()).min_by_key(|at| variants[*at].last_used)
        {
            freed += variants.swap_remove(oldest).bytes;
        }
        variants.push(answer);
        self.count(&question.key.caller, bytes, freed);
    }

    fn shrink(&mut self, caller: &str, limits: &CacheLimits) {
        while self.bytes_by_caller.get(caller).copied() > Some(limits.caller_bytes_max) {
            self.remove_oldest(|key| key.caller == caller);
        }
        while self.bytes > limits.total_bytes_max {
            self.remove_oldest(|_| true);
        }
    }

    fn remove_oldest(&mut self, among: impl Fn(&CacheKey) -> bool) {
        let oldest = self
            .answers
            .iter()
            .filter(|(key, _)| among(key))
            .min_by_key(|(_, variants)| variants.iter().map(|known| known.last_used).max())
            .map(|(key, _)| key.clone());
        if let Some(key) = oldest {
            self.remove(&key);
        }
    }

    fn remove(&mut self, key: &CacheKey) {
        if let Some(variants) = self.answers.remove(key) {
            let freed = variants.iter().map(|known| known.bytes).sum();
            self.count(&key.caller, 0, freed);
        }
    }

    fn count(&mut self, caller: &str, more: usize, less: usize) {
        self.bytes = self.bytes + more - less;
        let bytes = self.bytes_by_caller.entry(caller.to_owned()).or_default();
        *bytes = *bytes + more - less;
        if *bytes == 0 {
            self.bytes_by_caller.remove(caller);
        }
    }
}

/// What an answer takes beside its texts.
const ENTRY_BYTES: usize = 512;

fn size_of(headers: &HeaderMap) -> usize {
    let fields = headers.iter();
    fields
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum()
}

impl KeptAnswer {
    fn response(&self, mut headers: HeaderMap, how: &'static str) -> Response {
        headers.insert(X_CACHE, HeaderValue::from_static(how));
        Response::new(self.status, headers, self.body.clone())
    }
}

impl Stale {
    fn new(
        answer: &KeptAnswer,
        conditions: HeaderMap,
        question: &Question,
        now: SystemTime,
    ) -> Self {
        let age = answer.rules.age(now);
        let says = Directives::of(&answer.headers);
        let window = |own: Option<Duration>, route: Duration| {
            if says.must_revalidate {
                Duration::ZERO
            } else {
                own.unwrap_or(route)
            }
        };
        let policy = &question.policy;
        Self {
            answer: answer.clone(),
            conditions,
            past: age.saturating_sub(answer.fresh_for),
            while_revalidate: match wants_new(question.request.headers()) {
                true => Duration::ZERO,
                false => window(says.while_revalidate, policy.stale_while_revalidate),
            },
            if_error: window(says.if_error, policy.stale_if_error),
            age,
        }
    }

    /// The answer to give at once, if it may be given while a new one is fetched.
    pub(crate) fn while_revalidating(&self) -> Option<Response> {
        (self.past <= self.while_revalidate && !self.while_revalidate.is_zero())
            .then(|| self.marked("STALE", "110 - \"Response is Stale\""))
    }

    /// The answer to give in place of what came of asking, if that is a failure that it may stand in for: one of the server, or of the
    /// way to it.
    pub(crate) fn instead_of(&self, result: &Result<Response, SendError>) -> Option<Response> {
        let is_the_servers = match result {
            Ok(response) => response.status >= 500,
            Err(error) => error.is_the_servers(),
        };
        (is_the_servers && self.past <= self.if_error && !self.if_error.is_zero())
            .then(|| self.marked("STALE_ERROR", "111 - \"Revalidation Failed\""))
    }

    fn marked(&self, how: &'static str, warning: &'static str) -> Response {
        let mut headers = self.answer.headers.clone();
        headers.insert(header::AGE, HeaderValue::from(self.age.as_secs()));
        headers.insert(header::WARNING, HeaderValue::from_static(warning));
        self.answer.response(headers, how)
    }
}

/// Whether a request says that it will not have an old answer.
fn wants_new(headers: &HeaderMap) -> bool {
    let all = headers.get_all(header::CACHE_CONTROL).iter();
    let directives = all
        .chain(headers.get_all(header::PRAGMA))
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(','));
    directives
        .filter_map(|directive| directive.split('=').next())
        .map(|name| name.trim().to_ascii_lowercase())
        .any(|name| matches!(name.as_str(), "no-cache" | "max-age" | "min-fresh"))
}

/// What `Cache-Control` says about being stale.
#[derive(Debug, Default, PartialEq, Eq)]
struct Directives {
    must_revalidate: bool,
    if_error: Option<Duration>,
    while_revalidate: Option<Duration>,
}

impl Directives {
    fn of(headers: &HeaderMap) -> Self {
        let mut says = Self::default();
        let all = headers.get_all(header::CACHE_CONTROL);
        let texts = all.iter().filter_map(|value| value.to_str().ok());
        for directive in texts.flat_map(|text| text.split(',')) {
            let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
            let seconds = || value.trim().trim_matches('"').parse().ok();
            match name.trim().to_ascii_lowercase().as_str() {
                "must-revalidate" | "no-cache" | "proxy-revalidate" => says.must_revalidate = true,
                "stale-if-error" => says.if_error = seconds().map(Duration::from_secs),
                "stale-while-revalidate" => {
                    says.while_revalidate = seconds().map(Duration::from_secs);
                }
                _ => {}
            }
        }
        says
    }
}

impl Lead<'_> {
    /// Tells those who wait.
    pub(crate) fn land(self, landing: Landing) {
        self.landing.send_replace(landing);
    }
}

impl Drop for Lead<'_> {
    fn drop(&mut self) {
        let mut flights = self
            .cache
            .flights
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        flights.remove(&self.key);
    }
}
