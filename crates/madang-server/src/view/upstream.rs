//! Other companies' servers as the till meets them, and the switch for failures on purpose.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One server as one caller meets it. Counts begin at the first call and end when the server was idle for long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UpstreamView {
    /// Who depends on it, as `plugin:order-mirror`.
    pub caller: String,
    /// That plugin's id, when a plugin depends on it.
    pub plugin: Option<String>,
    /// Scheme, host and port.
    pub origin: String,
    /// What its breaker would do with a call now.
    pub breaker: BreakerStateView,
    /// When an open breaker lets the next call through.
    pub retry_at: Option<Timestamp>,
    /// Calls under way.
    pub in_flight: u64,
    /// Calls that wait for their turn.
    pub queued: u64,
    /// Calls, each with one attempt or more.
    pub calls: u64,
    /// Attempts.
    pub attempts: u64,
    /// Calls that failed, those included for which an older answer stood in.
    pub failures: u64,
    /// Retries that were not made, so as not to add load.
    pub budget_denials: u64,
    /// Times the breaker opened.
    pub breaker_opened: u64,
    /// Attempts refused here: by the breaker, by the queue, as too fast.
    pub refused: u64,
    /// Calls answered with an answer past its time, since the server failed.
    pub stale_served: u64,
    /// Bytes of bodies sent, every attempt counted.
    pub sent_bytes: u64,
    /// What went wrong last.
    pub last_failure: Option<LastFailureView>,
    /// Whether the newest call that ended has failed, and nobody has released the server since.
    pub is_failing: bool,
}

/// The newest failure of an upstream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LastFailureView {
    /// When.
    pub at: Timestamp,
    /// What went wrong, in one English line.
    pub message: String,
}

/// What a breaker does with calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BreakerStateView {
    /// Lets them through.
    Closed,
    /// Refuses them: too many failed.
    Open,
    /// Lets a few through, to see whether the server is well again.
    HalfOpen,
    /// Refuses them: a person said so.
    Isolated,
    /// Lets them through: a person said so.
    ForcedClosed,
}

/// What a person decides about upstreams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UpstreamAction {
    /// Let nothing through.
    Isolate,
    /// Let everything through.
    Close,
    /// Leave it to the breaker again, with nothing held against the server.
    Release,
}

impl UpstreamAction {
    /// Its word in the address.
    pub fn word(self) -> &'static str {
        match self {
            Self::Isolate => "isolate",
            Self::Close => "close",
            Self::Release => "release",
        }
    }
}

/// Which upstreams are meant: all of them when nothing is named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetUpstreams {
    /// Only at this origin, as `https://api.example.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 2_048)]
    pub origin: Option<String>,
    /// Only those of this plugin, by its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 256)]
    pub plugin: Option<String>,
}

/// The connections that are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolView {
    /// Connections that wait for a call.
    pub idle: u64,
    /// Calls that have a connection.
    pub busy: u64,
    /// Connections opened.
    pub opened: u64,
    /// Calls that went out on a connection that stood already.
    pub reused: u64,
    /// Connections closed.
    pub closed: u64,
}

/// The network's switch as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NetworkView {
    /// What fails on purpose; none while the network is left alone.
    pub plan: Option<NetworkPlan>,
}

/// What fails on purpose. Without faults the network is left alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NetworkPlan {
    /// What strikes, and how often; together at most 1,000 of a thousand.
    #[schema(max_items = 16)]
    pub faults: Vec<NetworkFault>,
    /// The same seed strikes the same attempts, counted in the order they are made.
    #[serde(default)]
    pub seed: u64,
    /// Only attempts to this origin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 2_048)]
    pub origin: Option<String>,
}

/// One thing that goes wrong, and how often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NetworkFault {
    /// What.
    pub fault: FaultKind,
    /// In how many of a thousand attempts.
    #[serde(default = "always")]
    #[schema(minimum = 0, maximum = 1_000, default = 1_000)]
    pub per_mille: u32,
}

fn always() -> u32 {
    1_000
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum FaultKind {
    /// The call takes this much longer.
    Latency {
        /// How much; at most a minute.
        #[schema(maximum = 60_000)]
        delay_ms: u32,
    },
    /// Nobody listens.
    Refused,
    /// The name is not known.
    DnsFailure,
    /// The server cannot prove who it is.
    CertificateError,
    /// The server answers this, without having looked at the call.
    Status {
        /// 429 and 503 are the usual ones.
        #[schema(minimum = 200, maximum = 599)]
        code: u16,
        /// What it says in `Retry-After`, in seconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after_seconds: Option<u32>,
    },
    /// The connection is reset within the body.
    ResetMidBody,
    /// The connection ends within the body.
    TruncatedBody,
    /// The body begins and nothing more of it comes.
    NeverEndingBody,
}
