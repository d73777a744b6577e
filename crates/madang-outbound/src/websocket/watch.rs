//! What is seen of one WebSocket: its span, and its part in what is known of its server.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tracing::Span;

use super::{SocketEnd, SocketFailure, SocketMessage};
use crate::{
    gateway::WallClock,
    grant::Origin,
    progress::Progress,
    send_error::SendError,
    trace::SocketSpan,
    upstream::{OpenSocket, Upstream},
};

/// Watches a WebSocket from before it is open until after its end.
pub(super) struct Watch {
    upstream: Arc<Upstream>,
    clock: Arc<dyn WallClock>,
    span: SocketSpan,
    sent_bytes: u64,
    received_bytes: u64,
    /// Counted among those that are open while this is held.
    open: Option<OpenSocket>,
}

impl Watch {
    pub(super) fn new(
        caller: &str,
        origin: &Origin,
        upstream: Arc<Upstream>,
        clock: Arc<dyn WallClock>,
    ) -> Self {
        Self {
            upstream,
            clock,
            span: SocketSpan::new(caller, origin),
            sent_bytes: 0,
            received_bytes: 0,
            open: None,
        }
    }

    pub(super) fn span(&self) -> Span {
        self.span.span()
    }

    pub(super) fn upstream(&self) -> &Upstream {
        &self.upstream
    }

    pub(super) fn not_opened(self, error: &SendError, progress: &Progress) {
        self.upstream.failed(error, progress, self.clock.now());
        self.span.not_opened(error.outcome());
    }

    pub(super) fn opened(mut self) -> Self {
        self.open = Some(OpenSocket::one_more(&self.upstream));
        self.span.opened();
        self
    }

    /// Tells when a person isolates the server.
    pub(super) fn isolation(&self) -> CancellationToken {
        self.upstream.isolation()
    }

    pub(super) fn said(&mut self, bytes: usize) {
        self.sent_bytes += bytes as u64;
        self.upstream.traffic.sent(bytes);
    }

    pub(super) fn heard(&mut self, message: &SocketMessage) {
        self.received_bytes += message.bytes() as u64;
        self.upstream.traffic.received(message.bytes());
    }

    /// Tells how it ended; `None` when the caller let go of it.
    pub(super) fn ended(self, end: Option<&SocketEnd>) {
        if let Some(SocketEnd::Failed(failure)) = end
            && !matches!(failure, SocketFailure::Isolated)
        {
            self.upstream.socket_broke(failure, self.clock.now());
        }
        self.span.ended(end, self.sent_bytes, self.received_bytes);
    }
}
