//! Whether a call that failed is made again, and when. Pure: what happened, the clocks and chance come in as arguments.

use std::time::{Duration, SystemTime};

use hyper::header::HeaderMap;

use crate::{call::Method, chance::Chance};

mod backoff;
mod budget;
mod timing;

pub(crate) use backoff::up_to;
pub use backoff::{Backoff, Cap, Delays, Jitter, TIMER_MAX};
pub(crate) use budget::RetryPermit;
pub use budget::{BudgetCounts, BudgetSettings, RetryBudget};
pub use timing::{ServerTiming, server_timing};

/// When a call is made again.
#[derive(Debug, Clone)]
pub struct RetryPolicy {
    limit: u32,
    methods: Vec<Method>,
    statuses: Vec<u16>,
    after_statuses: Vec<u16>,
    retry_after_max: Cap,
    backoff: Backoff,
    on_timeout: bool,
    with_idempotency_key: bool,
}

/// Most retries that a policy may ask for: with the longest delays it takes longer than a call may.
pub const RETRIES_MAX: u32 = 10;

const CONTENT_TOO_LARGE: u16 = 413;

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            limit: 2,
            // Those that RFC 9110 calls idempotent, as far as they are carried.
            methods: vec![
                Method::Get,
                Method::Put,
                Method::Head,
                Method::Delete,
                Method::Options,
                Method::Query,
            ],
            // 425 too: it is said of early data, and the gateway sends none.
            statuses: vec![408, CONTENT_TOO_LARGE, 425, 429, 500, 502, 503, 504],
            after_statuses: vec![CONTENT_TOO_LARGE, 429, 503],
            // A third of the whole call's deadline; what asks for more is told to the caller.
            retry_after_max: Cap::At(Duration::from_secs(10)),
            backoff: Backoff::default(),
            on_timeout: false,
            with_idempotency_key: false,
        }
    }
}

/// Changes to a policy. What is `None` stays as it was.
#[derive(Debug, Clone, Default)]
pub struct RetryPatch {
    /// Retries after the first try.
    pub limit: Option<u32>,
    /// Methods that are retried; an empty list retries nothing.
    pub methods: Option<Vec<Method>>,
    /// Statuses that are retried, 400 to 599.
    pub statuses: Option<Vec<u16>>,
    /// Statuses with which the server's timing is heard. Being here makes none of them retried.
    pub after_statuses: Option<Vec<u16>>,
    /// Longest wait that a server may ask for; a longer one ends the call and is told in its error.
    pub retry_after_max: Option<Cap>,
    /// Delays when the server has not said.
    pub backoff: Option<Backoff>,
    /// Whether a try that timed out is made again.
    pub on_timeout: Option<bool>,
    /// Whether methods that are not listed, such as POST, are retried when the call carries an idempotency key: the route
    /// knows that its server honours the key.
    pub with_idempotency_key: Option<bool>,
}

/// A number alone is the limit.
impl From<u32> for RetryPatch {
    fn from(limit: u32) -> Self {
        Self {
            limit: Some(limit),
            ..Self::default()
        }
    }
}

/// Why a policy cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Too many retries.
    #[error("{limit} retries are too many; use at most {RETRIES_MAX}")]
    Limit {
        /// What was asked for.
        limit: u32,
    },
    /// A status that is no failure.
    #[error("status {status} in `{list}` is no failure; use 400 to 599")]
    Status {
        /// Which setting.
        list: &'static str,
        /// The status.
        status: u16,
    },
    /// A time that no timer has.
    #[error("`{setting}` is longer than {} ms", TIMER_MAX.as_millis())]
    TooLong {
        /// Which setting.
        setting: &'static str,
    },
}

/// Refuses a time for `setting` that no timer has.
pub fn within_timer(setting: &'static str, time: Duration) -> Result<Duration, PolicyError> {
    if time > TIMER_MAX {
        return Err(PolicyError::TooLong { setting });
    }
    Ok(time)
}

impl RetryPolicy {
    /// The defaults with `patch` on top.
    pub fn new(patch: RetryPatch) -> Result<Self, PolicyError> {
        Self::default().patched(patch)
    }

    /// This policy with `patch` on top.
    pub fn patched(&self, patch: RetryPatch) -> Result<Self, PolicyError> {
        check(&patch)?;
        let below = self.clone();
        Ok(Self {
            limit: patch.limit.unwrap_or(below.limit),
            methods: patch.methods.unwrap_or(below.methods),
            statuses: patch.statuses.unwrap_or(below.statuses),
            after_statuses: patch.after_statuses.unwrap_or(below.after_statuses),
            retry_after_max: patch.retry_after_max.unwrap_or(below.retry_after_max),
            backoff: patch.backoff.unwrap_or(below.backoff),
            on_timeout: patch.on_timeout.unwrap_or(below.on_timeout),
            with_idempotency_key: patch
                .with_idempotency_key
                .unwrap_or(below.with_idempotency_key),
        })
    }

    /// The pauses between tries.
    pub fn backoff(&self) -> &Backoff {
        &self.backoff
    }

    /// Retries after the first try.
    pub fn limit(&self) -> u32 {
        self.limit
    }

    /// Whether a call could be made again at all, whatever its failure was. Only then, and never after a `Failure::Final`, is
    /// the caller's own opinion asked.
    pub fn gates(&self, tried: &Tried) -> Result<(), Why> {
        if tried.retries_done >= self.limit {
            return Err(Why::Limit);
        }
        if !self.retries(tried) {
            return Err(Why::Method);
        }
        Ok(())
    }

    fn retries(&self, tried: &Tried) -> bool {
        let keyed = self.with_idempotency_key && tried.has_idempotency_key;
        // An empty list retries nothing, not even under a key.
        self.methods.contains(&tried.method) || (keyed && !self.methods.is_empty())
    }

    /// What to do about `failure`, once the gates were passed and the caller had its say.
    pub fn decide(
        &self,
        tried: &Tried,
        failure: Failure<'_>,
        opinion: Opinion,
        clock: Clocks,
        chance: &dyn Chance,
    ) -> Decision {
        match self.delay(tried, failure, opinion, clock.wall, chance) {
            Ok((delay, source)) => self.fitted(delay, source, clock.remaining),
            Err(why) => Decision::Surface(why),
        }
    }

    fn delay(
        &self,
        tried: &Tried,
        failure: Failure<'_>,
        opinion: Opinion,
        now: SystemTime,
        chance: &dyn Chance,
    ) -> Result<(Duration, Source), Why> {
        if let Failure::Final = failure {
            return Err(Why::Final);
        }
        self.gates(tried)?;
        let said = failure.timing(now);
        match opinion {
            Opinion::Never => return Err(Why::Unwanted),
            Opinion::Always => {}
            Opinion::None => self.retriable(failure, said)?,
        }
        match said {
            ServerTiming::Wait(wait) if self.hears(failure) => Ok((wait, Source::Server)),
            _ => {
                let retry = tried.retries_done + 1;
                Ok((self.backoff.delay(retry, chance), Source::Backoff))
            }
        }
    }

    fn retriable(&self, failure: Failure<'_>, said: ServerTiming) -> Result<(), Why> {
        match failure {
            Failure::Status { status, .. } if !self.statuses.contains(&status) => Err(Why::Status),
            // The same body will be too large again, unless the server says that this passes.
            Failure::Status { status, .. }
                if status == CONTENT_TOO_LARGE && said == ServerTiming::Absent =>
            {
                Err(Why::NoTiming)
            }
            Failure::Status { .. } | Failure::Transport => Ok(()),
            Failure::Timeout if self.on_timeout => Ok(()),
            Failure::Timeout => Err(Why::Timeout),
            Failure::Final => Err(Why::Final),
        }
    }

    fn hears(&self, failure: Failure<'_>) -> bool {
        matches!(failure, Failure::Status { status, .. } if self.after_statuses.contains(&status))
    }

    /// A wait that is too long is not cut short: coming back before the server said invites a ban.
    fn fitted(&self, delay: Duration, source: Source, remaining: Option<Duration>) -> Decision {
        let fits = remaining.is_none_or(|remaining| delay < remaining);
        match source {
            Source::Server if !fits || delay > self.retry_after_max.longest() => {
                Decision::GiveUpUntil { retry_after: delay }
            }
            Source::Backoff if !fits => Decision::Surface(Why::Deadline),
            Source::Server | Source::Backoff => Decision::RetryIn { delay, source },
        }
    }
}

fn check(patch: &RetryPatch) -> Result<(), PolicyError> {
    if let Some(limit) = patch.limit.filter(|limit| *limit > RETRIES_MAX) {
        return Err(PolicyError::Limit { limit });
    }
    check_statuses("statuses", patch.statuses.as_deref())?;
    check_statuses("after_statuses", patch.after_statuses.as_deref())?;
    if let Some(Cap::At(longest)) = patch.retry_after_max {
        within_timer("retry_after_max", longest)?;
    }
    patch.backoff.as_ref().map_or(Ok(()), check_backoff)
}

fn check_statuses(list: &'static str, statuses: Option<&[u16]>) -> Result<(), PolicyError> {
    let unfit = |status: &u16| !(400..600).contains(status);
    match statuses.unwrap_or_default().iter().copied().find(unfit) {
        Some(status) => Err(PolicyError::Status { list, status }),
        None => Ok(()),
    }
}

fn check_backoff(backoff: &Backoff) -> Result<(), PolicyError> {
    if let Cap::At(longest) = backoff.cap {
        within_timer("backoff.cap", longest)?;
    }
    if let Delays::Doubling(first) = backoff.delays {
        within_timer("backoff.delays", first)?;
    }
    Ok(())
}

/// The call as far as it has come.
#[derive(Debug, Clone, Copy)]
pub struct Tried {
    /// Its method.
    pub method: Method,
    /// Whether the server can tell a repeat from a second call.
    pub has_idempotency_key: bool,
    /// Retries so far; the first try is none.
    pub retries_done: u32,
}

/// How a try failed.
#[derive(Debug, Clone, Copy)]
pub enum Failure<'a> {
    /// An answer whose status is a failure.
    Status {
        /// The status.
        status: u16,
        /// The headers of the answer.
        headers: &'a HeaderMap,
    },
    /// The network: no address, refused, reset, cut short.
    Transport,
    /// The try took longer than one may.
    Timeout,
    /// What another try cannot mend: a refusal of our own, an abort, the end of the whole call's time, a failing hook, a mistake in
    /// the program.
    Final,
}

impl Failure<'_> {
    fn timing(self, now: SystemTime) -> ServerTiming {
        match self {
            Self::Status { headers, .. } => server_timing(headers, now),
            Self::Transport | Self::Timeout | Self::Final => ServerTiming::Absent,
        }
    }
}

/// What the caller itself says about trying again, asked after the gates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opinion {
    /// Nothing: the policy decides.
    None,
    /// To try again, even after a status that is not listed or a time-out.
    Always,
    /// Not to.
    Never,
}

/// The time of a decision.
#[derive(Debug, Clone, Copy)]
pub struct Clocks {
    /// The wall clock, for dates in headers.
    pub wall: SystemTime,
    /// What is left of the whole call's time; `None` when it has no end.
    pub remaining: Option<Duration>,
}

/// What to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Give the failure to the caller.
    Surface(Why),
    /// Try again after this long.
    RetryIn {
        /// How long to wait; it fits into the remaining time.
        delay: Duration,
        /// Who says so.
        source: Source,
    },
    /// Give the failure to the caller with the server's own wait, which is longer than this call can last or may wait.
    GiveUpUntil {
        /// From now.
        retry_after: Duration,
    },
}

/// Who decided how long to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The policy's backoff.
    Backoff,
    /// The server's headers; chance has no say in it.
    Server,
}

/// Why a call is not made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It was retried as often as the policy allows.
    Limit,
    /// Its method is not retried.
    Method,
    /// The status is not listed.
    Status,
    /// The body is too large for the server, which does not say that this will pass.
    NoTiming,
    /// It timed out, and time-outs are not retried.
    Timeout,
    /// The caller does not want it.
    Unwanted,
    /// The next delay would outlast the call.
    Deadline,
    /// No further try could end otherwise.
    Final,
}

#[cfg(test)]
mod tests;
