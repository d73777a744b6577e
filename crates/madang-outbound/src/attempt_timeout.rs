//! A limit on each attempt, beside the deadline of the whole call.

use std::time::Duration;

use tokio::time::timeout;
use tower::{Service, ServiceExt, service_fn};

use crate::{
    send_error::SendErrorKind,
    wire::{Arrived, Attempt},
};

/// Gives each attempt at `inner` its own time, up to the head of its answer; the body has its own limits.
pub(crate) fn in_time<Inner>(
    inner: Inner,
) -> impl Service<Attempt, Response = Arrived, Error = SendErrorKind, Future: Send> + Clone + Send
where
    Inner: Service<Attempt, Response = Arrived, Error = SendErrorKind, Future: Send> + Clone + Send,
{
    service_fn(move |attempt: Attempt| {
        let limit = attempt.timeouts.attempt;
        let progress = attempt.progress.clone();
        let arriving = inner.clone().oneshot(attempt);
        async move {
            let Some(limit) = limit else {
                return arriving.await;
            };
            timeout(limit, arriving).await.unwrap_or_else(|_| {
                Err(SendErrorKind::Timeout {
                    after: limit,
                    queued: Duration::ZERO,
                    during: progress.stage(),
                })
            })
        }
    })
}
