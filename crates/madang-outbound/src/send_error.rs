//! What can go wrong, and what the other side may have done by then.

use std::{error::Error, fmt, io, net::IpAddr, sync::Arc, time::Duration};

use hyper::header::HeaderMap;
use url::Url;

use crate::{
    address::AddressClass,
    breaker::{BreakerRefusal, Verdict},
    bulkhead::BulkheadRefusal,
    call::Method,
    grant::{GrantLine, Origin, OriginError},
    hooks::HookError,
    rate::RateRefusal,
    retry::Failure,
    route::RouteError,
};

/// A call that failed: it brought no answer, or one that says so. Clones share what went wrong.
#[derive(Debug, Clone)]
pub struct SendError {
    kind: Arc<SendErrorKind>,
    outcome: Outcome,
    attempts: u32,
    elapsed: Duration,
    retry_after: Option<Duration>,
}

impl SendError {
    pub(crate) fn new(
        kind: SendErrorKind,
        outcome: Outcome,
        attempts: u32,
        elapsed: Duration,
    ) -> Self {
        let retry_after = kind.own_wait();
        Self {
            kind: Arc::new(kind),
            outcome,
            attempts,
            elapsed,
            retry_after,
        }
    }

    pub(crate) fn refused(kind: SendErrorKind) -> Self {
        Self::new(kind, Outcome::Refused, 0, Duration::ZERO)
    }

    pub(crate) fn unknown(kind: SendErrorKind) -> Self {
        Self::new(kind, Outcome::Unknown, 1, Duration::ZERO)
    }

    pub(crate) fn with_retry_after(mut self, retry_after: Duration) -> Self {
        self.retry_after = Some(retry_after);
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> &SendErrorKind {
        &self.kind
    }

    /// Whether the other side may have acted on the call.
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Requests that went out for it; 0 when none did.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// From the call's beginning to its failure.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// How long to wait before calling again: what the server asked for, or what our own limits say.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The status of the answer, when there was one.
    pub fn status(&self) -> Option<u16> {
        match self.kind() {
            SendErrorKind::Http(failure) => Some(failure.status),
            _ => None,
        }
    }

    /// The same failure as one is told it who has waited for another's call.
    pub(crate) fn of_another_call(self, waited: Duration) -> Self {
        Self {
            attempts: 0,
            elapsed: waited,
            ..self
        }
    }

    /// Whether a hook failed, and not the call.
    pub(crate) fn is_a_hooks(&self) -> bool {
        matches!(self.kind(), SendErrorKind::Hook { .. })
    }

    /// Whether the server or the way to it failed, so that an older answer may stand in.
    pub(crate) fn is_the_servers(&self) -> bool {
        match self.kind() {
            SendErrorKind::Http(failure) => failure.status >= 500,
            kind => !matches!(kind.failure(), Failure::Final) || kind.is_held_back(),
        }
    }

    /// Whether another call that is made just now would most likely end the same way.
    pub(crate) fn is_everybodys(&self) -> bool {
        let is_too_many = self.status() == Some(TOO_MANY_REQUESTS);
        is_too_many || self.is_the_servers() || self.kind.verdict() == Verdict::Failure
    }
}

/// Said of one call, and meant for all of them.
pub(crate) const TOO_MANY_REQUESTS: u16 = 429;

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl Error for SendError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.kind.source()
    }
}

/// Why a redirect is not followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RedirectReason {
    /// From `https` to `http`.
    #[error("it would leave a secure line for an open one")]
    LeavesSecureLine,
    /// The body came in pieces that are gone.
    #[error("a streamed body cannot be sent again")]
    StreamedBody,
    /// The grant does not list the origin.
    #[error("calls to it are not granted; {0}")]
    NotAllowed(GrantLine),
}

/// What became of a call that brought no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Not one byte of the request was handed to the connection: nothing happened.
    Refused,
    /// Some of the request was: the other side may have received it and acted on it.
    Unknown,
    /// The other side answered; what it did, its status says.
    Answered,
}

/// Why a call brought no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SendErrorKind {
    /// The grant does not list the origin.
    #[error("calls to {origin} are not granted; {line}")]
    NotAllowed {
        /// Where the call was going.
        origin: Origin,
        /// The very line that would grant it.
        line: GrantLine,
    },
    /// The host leads to a part of the network that the grant of its origin does not cover. The message leaves the address
    /// out: it may go back to the caller, who is not told how the inside is numbered.
    #[error("`{host}` leads to {class}, which is {}", granted_how(line.as_ref()))]
    AddressForbidden {
        /// The host as it was normalised.
        host: String,
        /// What kind of address it is.
        class: AddressClass,
        /// The address, for the record.
        address: IpAddr,
        /// The very line that would grant it, unless nothing does.
        line: Option<GrantLine>,
    },
    /// The address is not one that could be called.
    #[error("the address cannot be called")]
    BadUrl(#[source] BadUrl),
    /// A header that cannot be sent.
    #[error("header `{name}` {reason}")]
    BadHeader {
        /// Its name, with what cannot be printed escaped.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A body where the method has none.
    #[error("{0} has no body; drop it or use another method")]
    UnexpectedBody(Method),
    /// Something was larger than its bound.
    #[error("{part} is larger than the limit of {limit}")]
    TooLarge {
        /// What was too large.
        part: Part,
        /// The bound it broke.
        limit: usize,
    },
    /// As many calls as the gateway carries at once are under way.
    #[error("{in_flight_max} calls are already under way; try again later")]
    Busy {
        /// The gateway's bound.
        in_flight_max: usize,
    },
    /// As many WebSockets as the gateway carries at once are open.
    #[error("{sockets_max} WebSockets are already open; close one first")]
    TooManySockets {
        /// The gateway's bound.
        sockets_max: usize,
    },
    /// Servers are stood in for, and nobody has said what this one answers. Names the whole address: it is the author's own.
    #[error("no answer was written for {method} {url}; write: answer {method} {url} 200 \"body\"")]
    NoAnswerWritten {
        /// The method.
        method: Method,
        /// The address, in the form in which it is looked for.
        url: String,
    },
    /// Servers are stood in for, and a WebSocket is to be opened.
    #[error("where a script answers for servers, no WebSocket is opened")]
    NoSocketWritten,
    /// The name could not be looked up.
    #[error("`{host}` could not be looked up")]
    Dns {
        /// The name.
        host: String,
        /// What the resolver said.
        #[source]
        source: io::Error,
    },
    /// No address of the host accepted a connection; the source is the last one's failure.
    #[error("no connection to {origin}")]
    Connect {
        /// Where to.
        origin: Origin,
        /// What the last address tried said.
        #[source]
        source: io::Error,
    },
    /// The other side could not prove who it is, or spoke no TLS we accept.
    #[error("no secure connection to {origin}")]
    Tls {
        /// Where to.
        origin: Origin,
        /// What the handshake said.
        #[source]
        source: io::Error,
    },
    /// The deadline passed.
    #[error("no answer within {} ms{} (while {during})", after.as_millis(), of_them_queued(*queued))]
    Timeout {
        /// How long was waited.
        after: Duration,
        /// How much of that for our own limits.
        queued: Duration,
        /// What was being done when time ran out.
        during: Stage,
    },
    /// The answer ended before the length it announced, before its head was whole, or before the server called it whole. The source is
    /// missing where an HTTP/2 server stopped in the middle and named no fault.
    #[error("the answer was cut short")]
    CutShort(#[source] Option<hyper::Error>),
    /// What came back is not HTTP as we accept it.
    #[error("the answer is not understood")]
    Protocol(#[source] hyper::Error),
    /// The answer is compressed, and not as it says.
    #[error("the compressed answer cannot be read")]
    Undecodable(#[source] io::Error),
    /// A redirect leads where this call may not follow.
    #[error("the redirect to {to} is not followed: {reason}")]
    RedirectRefused {
        /// Where it leads.
        to: Origin,
        /// Why not.
        reason: RedirectReason,
    },
    /// One redirect after the other.
    #[error("more than {redirects_max} redirects; call the last address directly")]
    TooManyRedirects {
        /// How many the route follows.
        redirects_max: u32,
    },
    /// The server answered a WebSocket handshake with a plain answer.
    #[error("the server opens no WebSocket here; it answered {status}")]
    SocketRefused {
        /// The status of its answer.
        status: u16,
    },
    /// The server's side of a WebSocket handshake is not what the standard asks for.
    #[error("the server's WebSocket handshake is not understood")]
    SocketHandshake(#[source] Box<dyn Error + Send + Sync>),
    /// The other side switched to a protocol nobody asked for.
    #[error("the server switched protocols unasked")]
    UnaskedUpgrade,
    /// The connection broke.
    #[error("the connection broke")]
    Broken(#[source] hyper::Error),
    /// The connection had come to its end when the request was handed to it: nothing of it left.
    #[error("the connection ended before the request left")]
    EndedBefore,
    /// The answer's status is an error. The message leaves the path out: it is logged and shown, and the path of a webhook is its
    /// password.
    #[error("{} {} was answered {}", .0.method, .0.place(), .0.status)]
    Http(Box<HttpFailure>),
    /// The upstream is left alone for now.
    #[error("calls to this server are held back")]
    HeldBack(#[from] BreakerRefusal),
    /// As many calls as may be are under way to the upstream.
    #[error("too many calls to this server at once")]
    Crowded(#[from] BulkheadRefusal),
    /// More calls to the upstream than there may be in a time.
    #[error("too many calls to this server in a short time")]
    TooFast(#[from] RateRefusal),
    /// The caller called it off.
    #[error("the call was called off")]
    Aborted,
    /// A hook ended the call.
    #[error("a hook stopped the call")]
    Stopped,
    /// A hook failed.
    #[error("the {hook} hook failed")]
    Hook {
        /// Which one.
        hook: HookName,
        /// With what.
        #[source]
        source: HookError,
    },
    /// A hook asked for a retry that was not made, since the limit or the deadline is reached.
    #[error("a hook asked to try again, and no try is left{}", code.as_ref().map(|code| format!(" ({code})")).unwrap_or_default())]
    ForcedRetry {
        /// The hook's word for it.
        code: Option<String>,
        /// What led to it.
        #[source]
        source: Option<HookError>,
    },
    /// The answer's body is not the JSON that is wanted.
    #[error("{}", if *.is_empty { "the answer has no body, and JSON is wanted" } else { "the answer is not the JSON that is wanted" })]
    Json {
        /// Whether there was no body at all.
        is_empty: bool,
        /// Where and why.
        #[source]
        source: serde_json::Error,
    },
    /// The value to send cannot be written as JSON.
    #[error("the value to send cannot be written as JSON")]
    NotJson(#[source] serde_json::Error),
    /// The settings for this call cannot be used.
    #[error("the settings of this call cannot be used")]
    BadRoute(#[source] RouteError),
    /// A body that is sent as it comes cannot be sent again, and the route may have to.
    #[error(
        "a streamed body cannot be sent again; set the retry limit to 0 or give the body a replay bound"
    )]
    StreamCannotRepeat,
    /// The body to send broke off.
    #[error("the body to send could not be read")]
    BrokenBody(#[source] io::Error),
    /// A hook panicked: a mistake in the program that brought it, and nobody saw how far the call had come.
    #[error("a hook of this call panicked")]
    Panicked,
    /// The gateway's runtime was stopped while the call was under way.
    #[error("the gateway stopped under the call")]
    ShuttingDown,
}

impl SendErrorKind {
    /// As a retry looks at it: only what another try may mend is not final.
    pub(crate) fn failure(&self) -> Failure<'_> {
        match self {
            Self::Dns { .. }
            | Self::Connect { .. }
            | Self::CutShort(_)
            | Self::Broken(_)
            | Self::EndedBefore => Failure::Transport,
            Self::Timeout { .. } => Failure::Timeout,
            _ => Failure::Final,
        }
    }

    /// What the end of an attempt says about the upstream.
    pub(crate) fn verdict(&self) -> Verdict {
        match self {
            // The server had less than half of the time.
            Self::Timeout { after, queued, .. } if *queued >= *after / 2 => Verdict::Neutral,
            Self::Timeout {
                during: Stage::Queued,
                ..
            } => Verdict::Neutral,
            Self::Dns { .. }
            | Self::Connect { .. }
            | Self::Tls { .. }
            | Self::Timeout { .. }
            | Self::CutShort(_)
            | Self::Protocol(_)
            | Self::Broken(_)
            | Self::EndedBefore
            | Self::UnaskedUpgrade
            | Self::Undecodable(_)
            | Self::SocketHandshake(_)
            | Self::SocketRefused { status: 500.. } => Verdict::Failure,
            Self::SocketRefused { .. } => Verdict::Success,
            _ => Verdict::Neutral,
        }
    }

    /// Whether our own limits kept the call from being made.
    pub(crate) fn is_held_back(&self) -> bool {
        matches!(
            self,
            Self::HeldBack(_) | Self::Crowded(_) | Self::TooFast(_)
        )
    }

    fn own_wait(&self) -> Option<Duration> {
        match self {
            Self::HeldBack(BreakerRefusal::Open { retry_in })
            | Self::TooFast(RateRefusal { retry_in, .. }) => Some(*retry_in),
            _ => None,
        }
    }
}

/// An answer whose status is an error.
#[derive(Debug)]
pub struct HttpFailure {
    /// The method of the request that was answered so.
    pub method: Method,
    /// Its address, without query: what stands there may be a secret. For the caller, who wrote it, and for nobody else.
    pub url: String,
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, where it could be read in time and within its bound.
    pub body: Option<ErrorBody>,
}

impl HttpFailure {
    /// Scheme, host and port of its address.
    fn place(&self) -> String {
        let origin = Url::parse(&self.url).ok().map(|url| Origin::of(&url));
        match origin {
            Some(Ok(origin)) => origin.to_string(),
            // A hook answered before anybody knew where it leads.
            _ => "its server".to_owned(),
        }
    }
}

/// The body of an error, by its media type.
#[derive(Debug, Clone, PartialEq)]
pub enum ErrorBody {
    /// JSON, read.
    Json(serde_json::Value),
    /// Anything else, as text in its charset.
    Text(String),
}

/// Which hook it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum HookName {
    BeforeRequest,
    BeforeRetry,
    AfterResponse,
    BeforeError,
    ShouldRetry,
}

impl fmt::Display for HookName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BeforeRequest => "before-request",
            Self::BeforeRetry => "before-retry",
            Self::AfterResponse => "after-response",
            Self::BeforeError => "before-error",
            Self::ShouldRetry => "should-retry",
        })
    }
}

fn of_them_queued(queued: Duration) -> String {
    match queued.as_millis() {
        0 => String::new(),
        queued_ms => format!(", {queued_ms} ms of them in our own queue"),
    }
}

fn granted_how(line: Option<&GrantLine>) -> String {
    match line {
        Some(line) => format!("not granted; {line}"),
        None => "never granted".to_owned(),
    }
}

/// Why an address cannot be called.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadUrl {
    /// A space or a control character, which the URL standard would silently drop.
    #[error("it has a space or control character at byte {at}; percent-encode it")]
    Character {
        /// Where, counted from 0.
        at: usize,
    },
    /// It is not an absolute URL.
    #[error("it is not an absolute URL")]
    Syntax(#[source] url::ParseError),
    /// What it leads to is not an origin.
    #[error("it leads to no origin")]
    Origin(#[source] OriginError),
    /// A route's calls go to its own place, and this address leads to another.
    #[error(
        "it leads to {origin}, which is not where this route goes; list it as `elsewhere` to allow it"
    )]
    Elsewhere {
        /// Where it leads.
        origin: Origin,
    },
    /// The path cannot be written in a request line.
    #[error("its path or query cannot be sent; percent-encode it")]
    Path,
}

/// What was too large.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The address, in bytes.
    Url,
    /// The caller's headers, counted.
    RequestHeaderCount,
    /// The caller's headers, in bytes.
    RequestHeaders,
    /// The body to send, in bytes.
    RequestBody,
    /// The head of the answer, in bytes (or its header count).
    AnswerHead,
    /// The body of the answer, in bytes.
    AnswerBody,
    /// A message over a WebSocket, in bytes.
    SocketMessage,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Url => "the address (bytes)",
            Self::RequestHeaderCount => "the number of headers",
            Self::RequestHeaders => "the size of the headers (bytes)",
            Self::RequestBody => "the body to send (bytes)",
            Self::AnswerHead => "the head of the answer (bytes)",
            Self::AnswerBody => "the body of the answer (bytes)",
            Self::SocketMessage => "the message (bytes)",
        })
    }
}

/// What a call is busy with, in the order of its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Waiting for our own limits: for a place among the calls under way, or for the next moment that one may be made.
    Queued,
    /// Looking the name up.
    Resolving,
    /// Connecting.
    Connecting,
    /// Agreeing on keys.
    Securing,
    /// The first byte of the request is out; the head of the answer is not in.
    Awaiting,
    /// Reading the body of the answer.
    Reading,
    /// Waiting before the next try.
    Pausing,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Queued => "waiting for its turn among our own calls",
            Self::Resolving => "looking the name up",
            Self::Connecting => "connecting",
            Self::Securing => "setting up TLS",
            Self::Awaiting => "waiting for the answer",
            Self::Reading => "reading the answer",
            Self::Pausing => "waiting to try again",
        })
    }
}
