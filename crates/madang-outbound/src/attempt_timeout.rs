//! A limit on each attempt, beside the deadline of the whole call.

use std::{
    sync::Arc,
    task::{Context, Poll},
};

use tokio::time::timeout;
use tower::{Layer, Service};

use crate::{
    send_error::SendErrorKind,
    wire::{Arrived, Arriving, Attempt},
};

/// Gives each attempt its own time, up to the head of its answer; the body has its own limits.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct AttemptTimeoutLayer;

impl<S> Layer<S> for AttemptTimeoutLayer {
    type Service = AttemptTimeout<S>;

    fn layer(&self, inner: S) -> AttemptTimeout<S> {
        AttemptTimeout { inner }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct AttemptTimeout<S> {
    inner: S,
}

impl<S> Service<Attempt> for AttemptTimeout<S>
where
    S: Service<Attempt, Response = Arrived, Error = SendErrorKind>,
    S::Future: Send + 'static,
{
    type Response = Arrived;
    type Error = SendErrorKind;
    type Future = Arriving;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), SendErrorKind>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, attempt: Attempt) -> Arriving {
        let limit = attempt.timeouts.attempt;
        let progress = Arc::clone(&attempt.progress);
        let arriving = self.inner.call(attempt);
        Box::pin(async move {
            let Some(limit) = limit else {
                return arriving.await;
            };
            timeout(limit, arriving).await.unwrap_or_else(|_| {
                Err(SendErrorKind::Timeout {
                    after: limit,
                    during: progress.stage(),
                })
            })
        })
    }
}
