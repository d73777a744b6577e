//! Failures on purpose: what other companies' servers do on a bad day, for development and for tests.
//!
//! A fault strikes innermost, so that everything around it (retries, breaker, what the screen shows) sees what it would see of
//! a real one. What can be is real: a broken body is the server's own, cut on its way in, after the server has acted on the call.
//!
//! A WebSocket outlives its opening, so a plan that is turned on strikes those that are open as well: each once, in the order in which
//! they were opened. What only an opening meets (a certificate, a status) leaves them be. A plan that leaves no way to a server cuts the
//! answers that are on their way from there, too.

mod late;
mod line;
mod tamper;

use std::{
    collections::BTreeMap,
    future::Future,
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use hyper::{
    StatusCode,
    header::{self, HeaderMap},
};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use tokio::time::sleep;
use url::Host;

use self::line::Strike;
pub(crate) use self::{line::Line, tamper::Tamper};
use crate::{body::AnswerBody, grant::Origin, send_error::SendErrorKind, wire::Arrived};

/// One thing that goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The call takes this much longer.
    Latency(Duration),
    /// Nobody listens.
    Refused,
    /// The name is not known.
    DnsFailure,
    /// The server cannot prove who it is.
    CertificateError,
    /// The server answers this, without having looked at the call.
    Status {
        /// 429 and 503 are the usual ones.
        code: u16,
        /// What it says in `Retry-After`, in seconds.
        retry_after: Option<u32>,
    },
    /// The connection is reset within the body.
    ResetMidBody,
    /// The connection ends within the body. A body whose end nothing announces is just shorter.
    TruncatedBody,
    /// The body begins and nothing more of it comes.
    NeverEndingBody,
}

/// What happens to whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Which faults strike, each in how many of a thousand attempts; the rest is spared.
    pub faults: Vec<(Fault, u32)>,
    /// The same seed strikes the same attempts, counted in the order they are made.
    pub seed: u64,
    /// Whose attempts; the others are spared.
    pub scope: Scope,
}

/// Whose attempts a plan is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Everybody's.
    All,
    /// Those to this origin.
    Origin(Origin),
}

impl Plan {
    /// `fault` at every attempt to `scope`.
    pub fn always(fault: Fault, scope: Scope) -> Self {
        Self {
            faults: vec![(fault, PER_MILLE)],
            seed: 0,
            scope,
        }
    }

    fn check(&self) -> Result<(), PlanError> {
        for (fault, _) in &self.faults {
            if let Fault::Status { code, .. } = fault
                && !(200..600).contains(code)
            {
                return Err(PlanError::Status(*code));
            }
        }
        let sum = self.faults.iter().map(|(_, of)| u64::from(*of)).sum();
        if sum > u64::from(PER_MILLE) {
            return Err(PlanError::TooManyFaults { sum });
        }
        Ok(())
    }
}

const PER_MILLE: u32 = 1000;

/// Why a plan cannot be carried out.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PlanError {
    /// Its faults strike more attempts than there are.
    #[error("the faults strike {sum} of 1000 attempts; make them at most 1000 together")]
    TooManyFaults {
        /// What they add up to.
        sum: u64,
    },
    /// No answer has this status.
    #[error("{0} is no status of an answer; use one from 200 to 599")]
    Status(u16),
}

/// The switch, off until it is turned on. Clones share it.
#[derive(Clone, Default)]
pub struct Chaos(Arc<Mutex<Switch>>);

#[derive(Default)]
struct Switch {
    under_way: Option<UnderWay>,
    /// Open lines by their number; as many as there are WebSockets.
    lines: BTreeMap<u64, (Origin, Arc<Strike>)>,
    /// Lines of calls, which are cut where no way to the server is left and are spared otherwise: each attempt has its own fault.
    of_calls: BTreeMap<u64, (Origin, Arc<Strike>)>,
    lines_opened: u64,
}

struct UnderWay {
    plan: Plan,
    chance: ChaCha8Rng,
}

impl Chaos {
    /// Turns `plan` on, in place of another.
    pub fn start(&self, plan: Plan) -> Result<(), PlanError> {
        plan.check()?;
        let chance = ChaCha8Rng::seed_from_u64(plan.seed);
        let struck = self.lock().turn_on(UnderWay { plan, chance });
        for (strike, fault) in struck {
            strike.set(fault);
        }
        Ok(())
    }

    /// Turns it off. What is broken stays so; what is late or silent goes on.
    pub fn stop(&self) {
        for strike in self.lock().turn_off() {
            strike.set(None);
        }
    }

    /// What is on.
    pub fn plan(&self) -> Option<Plan> {
        let switch = self.lock();
        switch.under_way.as_ref().map(|on| on.plan.clone())
    }

    /// What the next attempt to `origin` meets; a delay has passed by then.
    pub(crate) fn plight(&self, origin: &Origin) -> impl Future<Output = Plight> + Send + use<> {
        let fault = self.draw(origin);
        async move {
            match fault {
                Some(fault) => Plight::of(fault).await,
                None => Plight::Spared,
            }
        }
    }

    /// The next attempt to `origin` makes a connection that stays: what the attempt meets, and the line that is struck from here on. A
    /// delay is the line's.
    pub(crate) fn line(
        &self,
        origin: &Origin,
    ) -> (impl Future<Output = Plight> + Send + use<>, Line) {
        let mut switch = self.lock();
        let fault = switch.draw(origin);
        let strike = Arc::new(Strike::default());
        let (of_line, of_attempt) = match fault {
            Some(Fault::Latency(_)) => (fault, None),
            fault => (None, fault),
        };
        strike.set(of_line);
        let number = switch.lines_opened;
        switch.lines_opened += 1;
        let entry = (origin.clone(), Arc::clone(&strike));
        switch.lines.insert(number, entry);
        let line = Line {
            strike,
            number,
            switch: self.clone(),
        };
        let plight = async move {
            match of_attempt {
                Some(fault) => Plight::of(fault).await,
                None => Plight::Spared,
            }
        };
        (plight, line)
    }

    /// The line of calls to `origin`.
    pub(crate) fn line_of_calls(&self, origin: &Origin) -> Line {
        let mut switch = self.lock();
        let strike = Arc::new(Strike::default());
        let number = switch.lines_opened;
        switch.lines_opened += 1;
        let entry = (origin.clone(), Arc::clone(&strike));
        switch.of_calls.insert(number, entry);
        Line {
            strike,
            number,
            switch: self.clone(),
        }
    }

    fn forget_line(&self, number: u64) {
        let mut switch = self.lock();
        let forgotten = (
            switch.lines.remove(&number),
            switch.of_calls.remove(&number),
        );
        drop(switch);
        drop(forgotten);
    }

    fn draw(&self, origin: &Origin) -> Option<Fault> {
        self.lock().draw(origin)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Switch> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Switch {
    /// What each line is struck by. They are struck when the switch is let go of: whom that wakes may come back to it.
    fn turn_on(&mut self, under_way: UnderWay) -> Vec<(Arc<Strike>, Option<Fault>)> {
        let under_way = self.under_way.insert(under_way);
        let mut struck = Vec::new();
        for (origin, strike) in self.lines.values() {
            struck.push((Arc::clone(strike), under_way.draw(origin)));
        }
        for (origin, strike) in self.of_calls.values() {
            if under_way.plan.leaves_no_way_to(origin) {
                struck.push((Arc::clone(strike), Some(Fault::Refused)));
            }
        }
        struck
    }

    fn turn_off(&mut self) -> Vec<Arc<Strike>> {
        self.under_way = None;
        let lines = self.lines.values();
        lines.map(|(_, strike)| Arc::clone(strike)).collect()
    }

    fn draw(&mut self, origin: &Origin) -> Option<Fault> {
        self.under_way.as_mut()?.draw(origin)
    }
}

impl UnderWay {
    fn draw(&mut self, origin: &Origin) -> Option<Fault> {
        let Self { plan, chance } = self;
        if !plan.scope.covers(origin) {
            return None;
        }
        // A remainder of 2^32 by 1000 favours the low numbers by less than one in a million.
        let mut drawn = chance.next_u32() % PER_MILLE;
        for (fault, of) in &plan.faults {
            match drawn.checked_sub(*of) {
                None => return Some(*fault).filter(|fault| fault.may_meet(origin)),
                Some(rest) => drawn = rest,
            }
        }
        None
    }
}

impl Fault {
    /// Whether a call to `origin` could meet it: on an open line nobody proves who he is.
    fn may_meet(self, origin: &Origin) -> bool {
        self != Self::CertificateError || origin.is_secure()
    }
}

impl Plan {
    /// Whether no attempt gets there, whatever chance says.
    fn leaves_no_way_to(&self, origin: &Origin) -> bool {
        let cut_off = self.faults.iter().filter_map(|(fault, of)| {
            matches!(fault, Fault::Refused | Fault::DnsFailure).then_some(*of)
        });
        self.scope.covers(origin) && cut_off.sum::<u32>() >= PER_MILLE
    }
}

impl Scope {
    fn covers(&self, origin: &Origin) -> bool {
        match self {
            Self::All => true,
            Self::Origin(one) => one == origin,
        }
    }
}

/// What an attempt meets.
pub(crate) enum Plight {
    Spared,
    Failed(Fault),
    Answered(CannedAnswer),
    Tampered(Tamper),
}

impl Plight {
    async fn of(fault: Fault) -> Self {
        match fault {
            Fault::Latency(time) => {
                sleep(time).await;
                Self::Spared
            }
            Fault::Refused | Fault::DnsFailure | Fault::CertificateError => Self::Failed(fault),
            Fault::Status { code, retry_after } => {
                let status = StatusCode::from_u16(code).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
                Self::Answered(CannedAnswer {
                    status,
                    retry_after,
                })
            }
            Fault::ResetMidBody => Self::Tampered(Tamper::Reset),
            Fault::TruncatedBody => Self::Tampered(Tamper::End),
            Fault::NeverEndingBody => Self::Tampered(Tamper::Silence),
        }
    }
}

pub(crate) struct CannedAnswer {
    pub(crate) status: StatusCode,
    retry_after: Option<u32>,
}

impl CannedAnswer {
    pub(crate) fn arrived(self) -> Arrived {
        let mut headers = HeaderMap::new();
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        Arrived {
            status: self.status,
            headers,
            body: AnswerBody::empty(),
        }
    }
}

impl Fault {
    /// The failure that a real one would be.
    pub(crate) fn failure(self, origin: &Origin) -> SendErrorKind {
        let source = io::Error::other(OnPurpose);
        let origin = origin.clone();
        match (self, &origin.host) {
            (Self::DnsFailure, Host::Domain(name)) => SendErrorKind::Dns {
                host: name.clone(),
                source,
            },
            (Self::CertificateError, _) => SendErrorKind::Tls { origin, source },
            // An address is not looked up, so what fails is the connection.
            _ => SendErrorKind::Connect { origin, source },
        }
    }
}

/// Whoever reads the record sees that it was us.
#[derive(Debug, thiserror::Error)]
#[error("a failure on purpose (the network switch of development is on)")]
struct OnPurpose;

#[cfg(test)]
mod tests {
    use super::*;

    fn origin() -> Origin {
        Origin::parse("https://api.example.com").unwrap()
    }

    fn plan(seed: u64) -> Plan {
        Plan {
            faults: vec![(Fault::Refused, 100), (Fault::ResetMidBody, 200)],
            seed,
            scope: Scope::All,
        }
    }

    fn drawn(seed: u64) -> Vec<Option<Fault>> {
        let chaos = Chaos::default();
        chaos.start(plan(seed)).unwrap();
        (0..1000).map(|_| chaos.draw(&origin())).collect()
    }

    #[test]
    fn the_same_seed_strikes_the_same_attempts() {
        assert_eq!(drawn(7), drawn(7));
        assert_ne!(drawn(7), drawn(8));
        let struck = |fault| drawn(7).iter().filter(|one| **one == Some(fault)).count();
        assert!((70..=130).contains(&struck(Fault::Refused)));
        assert!((160..=240).contains(&struck(Fault::ResetMidBody)));
    }

    #[test]
    fn only_those_in_scope_are_struck_and_only_while_it_is_on() {
        let chaos = Chaos::default();
        assert_eq!(chaos.draw(&origin()), None);
        let other = Origin::parse("https://other.example").unwrap();
        let plan = Plan::always(Fault::Refused, Scope::Origin(origin()));
        chaos.clone().start(plan.clone()).unwrap();
        assert_eq!(chaos.plan(), Some(plan));
        assert_eq!(chaos.draw(&origin()), Some(Fault::Refused));
        assert_eq!(chaos.draw(&other), None);
        chaos.stop();
        assert_eq!(chaos.draw(&origin()), None);
    }

    #[test]
    fn a_plan_that_cannot_be_is_refused() {
        let mut plan = plan(1);
        plan.faults.push((Fault::Refused, 701));
        let chaos = Chaos::default();
        assert_eq!(
            chaos.start(plan),
            Err(PlanError::TooManyFaults { sum: 1001 })
        );
        for code in [0, 101, 600] {
            let fault = Fault::Status {
                code,
                retry_after: None,
            };
            let refused = chaos.start(Plan::always(fault, Scope::All));
            assert_eq!(refused, Err(PlanError::Status(code)));
        }
        assert_eq!(chaos.plan(), None);
    }
}
