//! The way of one WebSocket until it is open: checked, let through like a call, connected, agreed on.

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, timeout_at};
use tracing::Instrument;

use super::{Asking, Opened, SocketCall, SocketLimits, WebSocket, handshake, watch::Watch};
use crate::{
    chaos::Plight,
    connect::Manner,
    gateway::Shared,
    grant::Caller,
    progress::Progress,
    route::Route,
    send_error::{SendError, SendErrorKind},
    target::Target,
    tls::{Offer, TlsMode},
};

/// A WebSocket to open that has passed every check that needs no network.
pub(crate) struct Opening {
    caller: Arc<str>,
    target: Target,
    asking: Asking,
    tls: TlsMode,
    limits: SocketLimits,
}

impl Opening {
    pub(crate) fn checked(caller: &Caller, call: SocketCall) -> Result<Self, SendErrorKind> {
        let target = Target::granted_socket(caller, &call.url)?;
        let asking = Asking::checked(&call, &target, &caller.grant.limits)?;
        Ok(Self {
            caller: caller.id.as_str().into(),
            target,
            asking,
            tls: call.tls,
            limits: call.limits,
        })
    }

    /// Opens it; the socket holds `guard` for as long as it is open.
    pub(crate) async fn run(
        self,
        shared: Arc<Shared>,
        guard: impl Send + 'static,
    ) -> Result<WebSocket, SendError> {
        let origin = self.target.origin.clone();
        let upstream = shared
            .upstreams
            .of(&self.caller, &origin, &Route::default());
        let watch = Watch::new(
            &self.caller,
            &origin,
            upstream,
            Arc::clone(&shared.wall_clock),
        );
        let limits = self.limits.clone();
        let progress = Progress::new(Duration::ZERO);
        let opening = self.in_time(shared, &watch, &progress);
        match Box::pin(opening.instrument(watch.span())).await {
            Ok(opened) => Ok(WebSocket::start(opened, limits, watch.opened(), guard)),
            Err(error) => {
                watch.not_opened(&error, &progress);
                Err(error)
            }
        }
    }

    async fn in_time(
        self,
        shared: Arc<Shared>,
        watch: &Watch,
        progress: &Arc<Progress>,
    ) -> Result<Opened, SendError> {
        let after = self.limits.handshake_timeout;
        let after = after.min(shared.limits.deadline_max);
        let deadline = progress.started() + after;
        let upstream = watch.upstream();
        upstream.called(Instant::now());
        // Within the layers: a server that lets us wait has failed.
        let connected = async {
            let connected = self.connected(&shared, progress);
            timeout_at(deadline, connected)
                .await
                .unwrap_or_else(|_| Err(progress.out_of_time(Some(after))))
        };
        let opened = upstream.open(deadline, progress, connected).await;
        opened.map_err(|kind| progress.failed(kind))
    }

    async fn connected(
        self,
        shared: &Shared,
        progress: &Arc<Progress>,
    ) -> Result<Opened, SendErrorKind> {
        if shared.has_stand_in {
            return Err(SendErrorKind::NoSocketWritten);
        }
        let target = &self.target;
        let (plight, line) = shared.chaos.line(&target.origin);
        let tamper = match plight.await {
            Plight::Spared => None,
            Plight::Tampered(tamper) => Some(tamper),
            Plight::Failed(fault) => return Err(fault.failure(&target.origin)),
            Plight::Answered(answer) => {
                let status = answer.status.as_u16();
                return Err(SendErrorKind::SocketRefused { status });
            }
        };
        let manner = Manner {
            timeout: shared.limits.connect_timeout,
            tls: self.tls,
            offer: Offer::Http1,
        };
        let (connection, _) = shared
            .connector
            .connect(&self.caller, target, manner, progress)
            .await?;
        let connection = line.over(connection);
        let connection = match tamper {
            Some(tamper) => tamper.with(connection),
            None => connection,
        };
        handshake(connection, self.asking, Arc::clone(progress)).await
    }
}
