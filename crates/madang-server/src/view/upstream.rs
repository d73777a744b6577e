//! Other companies' servers as the till meets them, and the switch for failures on purpose.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Text;

/// One server as one caller meets it. Counts begin at the first call and end when the server was idle for long. `*` stands for everybody, or for
/// every server, in a decision about what nobody called yet.
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
    /// Calls, those included that were kept back.
    pub calls: u64,
    /// Calls that failed before anything went out: held back by the breaker or another limit, or to an address that is not granted.
    pub kept_back: u64,
    /// Attempts that went out.
    pub attempts: u64,
    /// Calls that went out and failed, those included for which an older answer stood in.
    pub failures: u64,
    /// Retries that were not made, so as not to add load.
    pub budget_denials: u64,
    /// Times the breaker opened.
    pub breaker_opened: u64,
    /// Attempts refused here: by the breaker, by the queue, as too fast.
    pub refused: u64,
    /// Calls answered with an answer past its time, since the server failed.
    pub stale_served: u64,
    /// WebSockets that are open.
    pub sockets: u64,
    /// Bytes of bodies and of messages sent, every attempt counted.
    pub sent_bytes: u64,
    /// Bytes of bodies and of messages that came, as they lay on the wire.
    pub received_bytes: u64,
    /// What went wrong last.
    pub last_failure: Option<LastFailureView>,
    /// Whether the newest call that ended has failed, and nobody has released the server since.
    pub is_failing: bool,
}

/// The newest failure of an upstream. It names no path and no query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LastFailureView {
    /// When.
    pub at: Timestamp,
    /// What went wrong.
    pub kind: FailureKindView,
    /// What the server answered, where that is what went wrong.
    pub status: Option<u16>,
    /// What went wrong, in a sentence.
    pub sentences: Text,
    /// The same with what lies under it, in one English line for who mends it.
    pub message: String,
}

impl LastFailureView {
    /// A failure with its sentences.
    pub fn new(
        at: Timestamp,
        kind: FailureKindView,
        status: Option<u16>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            at,
            kind,
            status,
            sentences: kind.sentences(status),
            message: message.into(),
        }
    }
}

/// What went wrong between the till and a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailureKindView {
    /// Its name could not be looked up.
    NameNotFound,
    /// Its name leads to a part of the network that was not granted.
    AddressForbidden,
    /// Nobody accepted a connection.
    NoConnection,
    /// It could not prove who it is.
    NotSecure,
    /// It did not answer in time, or fell silent.
    Timeout,
    /// The connection broke, or the answer ended too soon.
    ConnectionLost,
    /// What it said is not understood.
    NotUnderstood,
    /// What it said is larger than what is taken.
    TooLarge,
    /// It redirected where the call may not follow.
    Redirect,
    /// It answered with an error.
    Status,
    /// It opened no WebSocket.
    NoSocket,
    /// It was not called: it is left alone for now.
    HeldBack,
    /// It was not called: too much was asked of it at once.
    TooMany,
}

impl FailureKindView {
    fn sentences(self, status: Option<u16>) -> Text {
        let (ko, en) = match self {
            Self::NameNotFound => (
                "서버 이름을 찾을 수 없었어요. 인터넷 연결을 확인해 주세요",
                "Its name was not found; check the internet connection",
            ),
            Self::AddressForbidden => (
                "허용하지 않은 주소로 이어져 부르지 않았어요",
                "Its name leads to an address that is not granted",
            ),
            Self::NoConnection => ("서버에 연결할 수 없었어요", "No connection could be made"),
            Self::NotSecure => (
                "안전하게 연결할 수 없었어요. 서버의 인증서를 확인해 주세요",
                "No secure connection could be made; check the server's certificate",
            ),
            Self::Timeout => ("제때 답이 오지 않았어요", "It did not answer in time"),
            Self::ConnectionLost => ("주고받다가 연결이 끊겼어요", "The connection broke"),
            Self::NotUnderstood => (
                "서버의 답을 알아들을 수 없었어요",
                "Its answer was not understood",
            ),
            Self::TooLarge => ("서버가 보낸 것이 너무 컸어요", "What it sent was too large"),
            Self::Redirect => (
                "다른 주소로 옮겨 가라는 답을 따를 수 없었어요",
                "Its redirect could not be followed",
            ),
            Self::Status => ("서버가 오류로 답했어요", "It answered with an error"),
            Self::NoSocket => (
                "서버가 웹소켓을 열어 주지 않았어요",
                "It opened no WebSocket",
            ),
            Self::HeldBack => (
                "끊어 둔 서버라 부르지 않았어요",
                "It is held back and was not called",
            ),
            Self::TooMany => (
                "한꺼번에 너무 많이 불러서 더 부르지 않았어요",
                "Too much was asked of it at once",
            ),
        };
        let (ko, en) = match status {
            Some(status) => (format!("{ko}: {status}"), format!("{en}: {status}")),
            None => (ko.to_owned(), en.to_owned()),
        };
        Text::new(ko, en)
    }
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

/// Which upstreams are meant, those included that are called later: all of them when nothing is named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetUpstreams {
    /// Only at this origin, as `https://api.example.com`; `*` is every origin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 2_048)]
    pub origin: Option<String>,
    /// Only those of this plugin, by its id, or of another caller as the list has it: `webhook:9dd5e7ec`.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kind: FailureKindView, status: Option<u16>, ko: &str, en: &str) {
        let failure = LastFailureView::new(Timestamp::UNIX_EPOCH, kind, status, "");
        assert_eq!(failure.sentences, Text::new(ko, en));
    }

    #[test]
    fn a_failure_is_told_in_both_languages_with_the_status_behind() {
        use FailureKindView::{NoSocket, Status, Timeout};
        check(
            Timeout,
            None,
            "제때 답이 오지 않았어요",
            "It did not answer in time",
        );
        check(
            Status,
            Some(503),
            "서버가 오류로 답했어요: 503",
            "It answered with an error: 503",
        );
        check(
            NoSocket,
            Some(403),
            "서버가 웹소켓을 열어 주지 않았어요: 403",
            "It opened no WebSocket: 403",
        );
    }
}
