//! What can go wrong, and what the other side may have done by then.

use std::{error::Error, fmt, io, net::IpAddr, time::Duration};

use crate::{
    address::AddressClass,
    call::Method,
    grant::{GrantLine, Origin, OriginError},
};

/// A call that brought no answer.
#[derive(Debug)]
pub struct SendError {
    kind: Box<SendErrorKind>,
    outcome: Outcome,
}

impl SendError {
    pub(crate) fn refused(kind: SendErrorKind) -> Self {
        Self {
            kind: Box::new(kind),
            outcome: Outcome::Refused,
        }
    }

    pub(crate) fn unknown(kind: SendErrorKind) -> Self {
        Self {
            kind: Box::new(kind),
            outcome: Outcome::Unknown,
        }
    }

    /// What went wrong.
    pub fn kind(&self) -> &SendErrorKind {
        &self.kind
    }

    /// Whether the other side may have acted on the call.
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }
}

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

/// What became of a call that brought no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Not one byte of the request was handed to the connection: nothing happened.
    Refused,
    /// Some of the request was: the other side may have received it and acted on it.
    Unknown,
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
    #[error("no answer within {} ms (while {during})", after.as_millis())]
    Timeout {
        /// How long was waited.
        after: Duration,
        /// What was being done when time ran out.
        during: Stage,
    },
    /// The answer ended before the length it announced, or before its head was whole.
    #[error("the answer was cut short")]
    CutShort(#[source] hyper::Error),
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
        reason: &'static str,
    },
    /// One redirect after the other.
    #[error(
        "more than {redirects_max} redirects; call the last address directly, or raise the limit"
    )]
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
    /// The gateway's runtime was stopped while the call was under way.
    #[error("the gateway stopped under the call")]
    ShuttingDown,
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
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Resolving => "looking the name up",
            Self::Connecting => "connecting",
            Self::Securing => "setting up TLS",
            Self::Awaiting => "waiting for the answer",
            Self::Reading => "reading the answer",
        })
    }
}
