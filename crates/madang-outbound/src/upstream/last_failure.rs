//! What went wrong last, for people: a kind of a closed set, and a line for who mends it.

use std::time::SystemTime;

use crate::{
    send_error::{Part, SendError, SendErrorKind, Stage},
    websocket::SocketFailure,
};

/// The newest failure of an upstream. It names no path, no query, no header and no body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastFailure {
    /// When, by the wall clock.
    pub at: SystemTime,
    /// What went wrong.
    pub kind: FailureKind,
    /// The same with what lies under it, in one English line.
    pub message: String,
}

/// What went wrong between us and a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// Its name could not be looked up.
    NameNotFound,
    /// Its name leads to a part of the network that was not granted.
    AddressForbidden,
    /// Nobody accepted a connection.
    NoConnection,
    /// It could not prove who it is, or spoke no TLS we accept.
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
    Status(u16),
    /// It opened no WebSocket and answered this.
    NoSocket(u16),
    /// It was not called: its breaker is open.
    HeldBack,
    /// It was not called: too much was asked of it at once or in a short time.
    TooMany,
}

impl FailureKind {
    /// Nothing where the caller, a hook or the gateway's end is what ended the call.
    fn of(kind: &SendErrorKind) -> Option<Self> {
        use SendErrorKind as Kind;
        Some(match kind {
            Kind::Dns { .. } => Self::NameNotFound,
            Kind::AddressForbidden { .. } => Self::AddressForbidden,
            Kind::Connect { .. } => Self::NoConnection,
            Kind::Tls { .. } => Self::NotSecure,
            Kind::Timeout {
                during: Stage::Queued,
                ..
            } => Self::TooMany,
            Kind::Timeout { .. } => Self::Timeout,
            Kind::CutShort(_) | Kind::Broken(_) | Kind::EndedBefore => Self::ConnectionLost,
            Kind::Protocol(_)
            | Kind::Undecodable(_)
            | Kind::UnaskedUpgrade
            | Kind::SocketHandshake(_) => Self::NotUnderstood,
            Kind::TooLarge {
                part: Part::AnswerHead | Part::AnswerBody,
                ..
            } => Self::TooLarge,
            Kind::RedirectRefused { .. } | Kind::TooManyRedirects { .. } => Self::Redirect,
            Kind::Http(failure) => Self::Status(failure.status),
            Kind::SocketRefused { status } => Self::NoSocket(*status),
            Kind::HeldBack(_) => Self::HeldBack,
            Kind::Crowded(_) | Kind::TooFast(_) => Self::TooMany,
            Kind::NotAllowed { .. }
            | Kind::NoAnswerWritten { .. }
            | Kind::NoSocketWritten
            | Kind::BadUrl(_)
            | Kind::BadHeader { .. }
            | Kind::UnexpectedBody(_)
            | Kind::TooLarge { .. }
            | Kind::Busy { .. }
            | Kind::TooManySockets { .. }
            | Kind::Aborted
            | Kind::Stopped
            | Kind::Hook { .. }
            | Kind::ForcedRetry { .. }
            | Kind::Json { .. }
            | Kind::NotJson(_)
            | Kind::BadRoute(_)
            | Kind::StreamCannotRepeat
            | Kind::BrokenBody(_)
            | Kind::Panicked
            | Kind::ShuttingDown => return None,
        })
    }
}

impl LastFailure {
    /// The failure of a call, where it says something about the server or the way to it.
    pub(super) fn of_call(error: &SendError, at: SystemTime) -> Option<Self> {
        Some(Self {
            at,
            kind: FailureKind::of(error.kind())?,
            message: in_one_line(error),
        })
    }

    /// An answer whose status is an error though the caller takes it as it is.
    pub(super) fn of_answer(status: u16, at: SystemTime) -> Self {
        Self {
            at,
            kind: FailureKind::Status(status),
            message: format!("the server answered {status}"),
        }
    }

    /// A WebSocket that broke.
    pub(super) fn of_socket(failure: &SocketFailure, at: SystemTime) -> Self {
        let kind = match failure {
            SocketFailure::TooLarge { .. } => FailureKind::TooLarge,
            SocketFailure::Protocol(_)
            | SocketFailure::NotText(_)
            | SocketFailure::TooManyPings { .. } => FailureKind::NotUnderstood,
            SocketFailure::Broken(_) => FailureKind::ConnectionLost,
            SocketFailure::Silent => FailureKind::Timeout,
            SocketFailure::Isolated => FailureKind::HeldBack,
        };
        Self {
            at,
            kind,
            message: format!("WebSocket: {}", in_one_line(failure)),
        }
    }

    /// Whether it only follows from what failed before, and says less about the server.
    pub(super) fn is_a_consequence(&self) -> bool {
        matches!(self.kind, FailureKind::HeldBack | FailureKind::TooMany)
    }
}

/// An error with what lies under it.
fn in_one_line(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
