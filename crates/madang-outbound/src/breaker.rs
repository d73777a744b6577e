//! A circuit breaker: an upstream that keeps failing is left alone for a while, so that a till does not wait for it and it is
//! not kept down by those who wait.
//!
//! `machine` is the whole of its behaviour; this file gives it a lock, guards and its place before a service.

use std::sync::Arc;

use tokio::time::Instant;
use tower::{Service, ServiceExt, service_fn};

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

    /// Stands before `inner`; `judge` says which of its ends are failures of the upstream.
    pub fn before<Request, Inner>(
        self: Arc<Self>,
        inner: Inner,
        judge: fn(&Result<Inner::Response, Inner::Error>) -> Verdict,
    ) -> impl Service<Request, Response = Inner::Response, Error = Inner::Error, Future: Send> + Clone
    where
        Inner: Service<Request, Error: From<BreakerRefusal>, Future: Send> + Clone + Send,
        Request: Send,
    {
        service_fn(move |request| {
            let (breaker, inner) = (Arc::clone(&self), inner.clone());
            async move {
                let admission = breaker.admit(Instant::now())?;
                let end = inner.oneshot(request).await;
                admission.settle(judge(&end), Instant::now());
                end
            }
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

    /// Ends a manual state, or an opening before its time: closed, with nothing held against the upstream.
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

#[cfg(test)]
mod tests;
