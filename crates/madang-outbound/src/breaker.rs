//! A circuit breaker: an upstream that keeps failing is left alone for a while, so that a till does not wait for it and it is
//! not kept down by those who wait.
//!
//! `machine` is the whole of its behaviour; this file gives it a lock, guards and its place in the tower of layers.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tokio::time::Instant;
use tower::{Layer, Service, ServiceExt};

use crate::{chance::Chance, lock::Lock};

mod machine;

pub use machine::{BreakerCounts, BreakerRefusal, BreakerSettings, BreakerState, Verdict};
use machine::{Machine, Ticket};

/// The breaker of one upstream, shared by all calls to it.
pub struct Breaker {
    machine: Lock<Machine>,
    chance: Arc<dyn Chance>,
}

impl Breaker {
    /// A closed breaker.
    pub fn new(settings: BreakerSettings, chance: Arc<dyn Chance>, now: Instant) -> Arc<Self> {
        Arc::new(Self {
            machine: Lock::new(Machine::new(settings, now)),
            chance,
        })
    }

    /// Lets a call through, or says why not. The call's end is told to the admission.
    pub fn admit(self: &Arc<Self>, now: Instant) -> Result<Admission, BreakerRefusal> {
        let ticket = self
            .machine
            .with(|machine| machine.admit(now, &*self.chance))?;
        Ok(Admission {
            breaker: Arc::clone(self),
            ticket: Some(ticket),
        })
    }

    /// What the breaker would do with a call at `now`; looking changes nothing.
    pub fn state(&self, now: Instant) -> BreakerState {
        self.machine.with(|machine| machine.state(now))
    }

    /// What it has counted.
    pub fn counts(&self) -> BreakerCounts {
        self.machine.with(|machine| machine.counts())
    }

    /// Lets nothing through until [`Breaker::release`], whatever happens.
    pub fn isolate(&self) {
        self.machine.with(Machine::isolate);
    }

    /// Lets everything through until [`Breaker::release`], whatever happens.
    pub fn force_closed(&self) {
        self.machine.with(Machine::force_closed);
    }

    /// Ends a manual state: closed, with nothing held against the upstream.
    pub fn release(&self, now: Instant) {
        self.machine.with(|machine| machine.release(now));
    }
}

/// One call that was let through. Dropped without a verdict it counts as abandoned, and says nothing about the upstream.
#[must_use = "a call that was let through has an end"]
pub struct Admission {
    breaker: Arc<Breaker>,
    ticket: Option<Ticket>,
}

impl Admission {
    /// Tells how the call ended. It is ignored when the breaker has moved on since the call was let through.
    pub fn settle(mut self, verdict: Verdict, now: Instant) {
        if let Some(ticket) = self.ticket.take() {
            let Breaker { machine, chance } = &*self.breaker;
            machine.with(|machine| machine.settle(ticket, verdict, now, &**chance));
        }
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.breaker.machine.with(|machine| machine.abandon(ticket));
        }
    }
}

/// What a call's end says about the upstream.
type Judge<Response, Error> = fn(&Result<Response, Error>) -> Verdict;

/// Puts a [`Breaker`] around a service.
pub struct BreakerLayer<Response, Error> {
    breaker: Arc<Breaker>,
    judge: Judge<Response, Error>,
}

impl<Response, Error> BreakerLayer<Response, Error> {
    /// `judge` says which ends are failures of the upstream.
    pub fn new(breaker: Arc<Breaker>, judge: fn(&Result<Response, Error>) -> Verdict) -> Self {
        Self { breaker, judge }
    }
}

impl<Inner, Response, Error> Layer<Inner> for BreakerLayer<Response, Error> {
    type Service = BreakerService<Inner, Response, Error>;

    fn layer(&self, inner: Inner) -> Self::Service {
        BreakerService {
            inner,
            breaker: Arc::clone(&self.breaker),
            judge: self.judge,
        }
    }
}

/// A service behind a [`Breaker`].
pub struct BreakerService<Inner, Response, Error> {
    inner: Inner,
    breaker: Arc<Breaker>,
    judge: Judge<Response, Error>,
}

impl<Inner: Clone, Response, Error> Clone for BreakerService<Inner, Response, Error> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            breaker: Arc::clone(&self.breaker),
            judge: self.judge,
        }
    }
}

impl<Inner, Request> Service<Request> for BreakerService<Inner, Inner::Response, Inner::Error>
where
    Inner: Service<Request> + Clone + Send + 'static,
    Inner::Future: Send,
    Inner::Response: 'static,
    Inner::Error: From<BreakerRefusal> + 'static,
    Request: Send + 'static,
{
    type Response = Inner::Response;
    type Error = Inner::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let Self {
            inner,
            breaker,
            judge,
        } = self.clone();
        Box::pin(async move {
            let admission = breaker.admit(Instant::now())?;
            let end = inner.oneshot(request).await;
            admission.settle(judge(&end), Instant::now());
            end
        })
    }
}

#[cfg(test)]
mod tests;
