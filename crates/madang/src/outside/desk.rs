//! The server's side of the way out, answered by the gateway.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use madang_outbound::{
    BreakerState, Decided, Decision, FailureKind, Fault, LastFailure, Manual, Origin, Outbound,
    Plan, Scope, UpstreamView as Upstream,
};
use madang_server::view::Text;
use madang_server::view::upstream::{
    BreakerStateView, FailureKindView, FaultKind, LastFailureView, NetworkFault, NetworkPlan,
    NetworkView, PoolView, SetUpstreams, UpstreamAction, UpstreamView,
};
use madang_server::{NetworkRefused, UpstreamDesk, UpstreamRefused};
use madang_till::World;

use super::by_hand::ByHand;
use crate::failure::chain;

/// What stands before a plugin's name in the gateway's records.
const PLUGIN: &str = "plugin:";
/// Stands for every server, and for everybody, in what is shown of decisions.
const EVERY: &str = "*";
/// The longest delay on purpose: longer than any call may take.
const DELAY_MAX: Duration = Duration::from_secs(60);
/// The most characters of an origin that are told back.
const ORIGIN_CHARS_MAX: usize = 200;

/// Who may call servers here, by their names in the gateway's records: plugins that are installed, and webhooks.
pub type Callers = Box<dyn Fn() -> Vec<String> + Send + Sync>;

/// The desk of one gateway, with a switch for failures on purpose.
pub struct OutsideDesk {
    outbound: Outbound,
    world: World,
    by_hand: ByHand,
    callers: Callers,
}

impl OutsideDesk {
    /// A desk whose times are those of `world`.
    pub fn new(outbound: Outbound, world: World, by_hand: ByHand, callers: Callers) -> Self {
        Self {
            outbound,
            world,
            by_hand,
            callers,
        }
    }

    /// Who is meant: a plugin by its id, or anybody as the lists have him.
    fn caller(&self, named: &str) -> Result<String, UpstreamRefused> {
        let mut known: BTreeSet<String> = (self.callers)().into_iter().collect();
        known.extend(self.outbound.upstreams().into_iter().map(|one| one.caller));
        let decided = self.outbound.decisions().into_iter();
        known.extend(decided.filter_map(|decision| decision.caller));
        let meant = [format!("{PLUGIN}{named}"), named.to_owned()];
        meant
            .into_iter()
            .find(|name| known.contains(name))
            .ok_or_else(|| UpstreamRefused::NoSuchCaller {
                caller: named.chars().take(ORIGIN_CHARS_MAX).collect(),
                known: known.iter().map(|name| shown(name).to_owned()).collect(),
            })
    }

    /// What holds every server back since nobody knows which ones were isolated, until somebody decides.
    fn held_back_for_safety(&self, decisions: &[Decision]) -> Option<UpstreamView> {
        let damaged = self.by_hand.damaged()?;
        let about_all = decisions.iter().find(|decision| is_about_all(decision))?;
        let mut view = waiting_view(about_all);
        view.is_failing = true;
        view.last_failure = Some(LastFailureView {
            sentences: Text::new(damaged.korean(), damaged.english()),
            ..LastFailureView::new(
                damaged.at,
                FailureKindView::HeldBack,
                None,
                damaged.english(),
            )
        });
        Some(view)
    }
}

/// A caller as people write him.
fn shown(caller: &str) -> &str {
    caller.strip_prefix(PLUGIN).unwrap_or(caller)
}

fn is_about_all(decision: &Decision) -> bool {
    decision.manual == Manual::Isolate && decision.origin.is_none() && decision.caller.is_none()
}

impl UpstreamDesk for OutsideDesk {
    fn upstreams(&self) -> Vec<UpstreamView> {
        let now = self.world.now();
        let upstreams = self.outbound.upstreams();
        let decisions = self.outbound.decisions();
        let for_safety = self.held_back_for_safety(&decisions);
        let waiting = decisions.iter().filter(|decision| {
            let mut known = upstreams.iter();
            let is_told = for_safety.is_some() && is_about_all(decision);
            decision.manual != Manual::Release
                && !is_told
                && !known.any(|one| decision.is_about(&one.caller, &one.origin))
        });
        let waiting: Vec<_> = waiting.map(waiting_view).collect();
        let known = upstreams.into_iter().map(|one| view(one, now));
        for_safety.into_iter().chain(known).chain(waiting).collect()
    }

    fn pool(&self) -> PoolView {
        let counts = self.outbound.pool();
        PoolView {
            idle: counts.idle as u64,
            busy: counts.busy as u64,
            opened: counts.opened,
            reused: counts.reused,
            closed: counts.closed,
        }
    }

    fn set(&self, action: UpstreamAction, which: &SetUpstreams) -> Result<(), UpstreamRefused> {
        let manual = match action {
            UpstreamAction::Isolate => Manual::Isolate,
            UpstreamAction::Close => Manual::ForceClosed,
            UpstreamAction::Release => Manual::Release,
        };
        let named = which.origin.as_deref().filter(|text| *text != EVERY);
        let named = named.map(|text| {
            origin(text).map_err(|(origin, why)| UpstreamRefused::BadOrigin { origin, why })
        });
        let caller = which.plugin.as_deref().map(|named| self.caller(named));
        let decision = Decision {
            origin: named.transpose()?,
            caller: caller.transpose()?,
            manual,
        };
        let decided = self.by_hand.decide(&self.outbound, decision);
        match decided {
            Ok(Decided {
                upstreams: 0,
                changed: false,
            }) => Err(UpstreamRefused::NoneKnown),
            Ok(_) => Ok(()),
            Err(error) => Err(UpstreamRefused::NotKept(chain(&error))),
        }
    }

    fn network(&self) -> Option<NetworkView> {
        let plan = self.outbound.chaos().plan();
        Some(NetworkView {
            plan: plan.map(|plan| plan_view(&plan)),
        })
    }

    fn set_network(&self, plan: NetworkPlan) -> Result<NetworkView, NetworkRefused> {
        let chaos = self.outbound.chaos();
        if plan.faults.is_empty() {
            chaos.stop();
            return Ok(NetworkView { plan: None });
        }
        let scope = match &plan.origin {
            None => Scope::All,
            Some(text) => Scope::Origin(
                origin(text).map_err(|(origin, why)| NetworkRefused::BadOrigin { origin, why })?,
            ),
        };
        let strike = |one: &NetworkFault| Ok((fault(one.fault)?, one.per_mille));
        let faults: Result<Vec<_>, NetworkRefused> = plan.faults.iter().map(strike).collect();
        let plan = Plan {
            faults: faults?,
            seed: plan.seed,
            scope,
        };
        let view = plan_view(&plan);
        let started = chaos.start(plan);
        started.map_err(|error| NetworkRefused::BadPlan(error.to_string()))?;
        tracing::info!(plan = ?view, "calls fail on purpose from now on");
        Ok(NetworkView { plan: Some(view) })
    }
}

fn origin(text: &str) -> Result<Origin, (String, String)> {
    Origin::parse(text).map_err(|error| {
        let told = text.chars().take(ORIGIN_CHARS_MAX).collect();
        (told, error.to_string())
    })
}

fn view(upstream: Upstream, now: Timestamp) -> UpstreamView {
    let Upstream {
        caller,
        origin,
        breaker,
        counts,
        last_failure,
        is_failing,
    } = upstream;
    let (breaker, retry_in) = breaker_view(breaker);
    UpstreamView {
        plugin: caller.strip_prefix(PLUGIN).map(str::to_owned),
        caller,
        origin: origin.to_string(),
        breaker,
        retry_at: retry_in.map(|time| now.saturating_add(time).unwrap_or(Timestamp::MAX)),
        in_flight: counts.bulkhead.running as u64,
        queued: (counts.bulkhead.queued + counts.rate.waiting) as u64,
        calls: counts.calls,
        kept_back: counts.kept_back,
        attempts: counts.attempts,
        failures: counts.failures,
        budget_denials: counts.budget.refused,
        breaker_opened: counts.breaker.opened,
        refused: counts.breaker.refused + counts.bulkhead.refused + counts.rate.refused,
        stale_served: counts.stale_served,
        sockets: counts.sockets as u64,
        sent_bytes: counts.sent_bytes,
        received_bytes: counts.received_bytes,
        last_failure: last_failure.map(last_failure_view),
        is_failing,
    }
}

/// A decision about a server that none of those whom it is about has called.
fn waiting_view(decision: &Decision) -> UpstreamView {
    let caller = decision.caller.clone();
    let origin = decision.origin.as_ref().map(ToString::to_string);
    UpstreamView {
        plugin: caller
            .as_deref()
            .and_then(|caller| caller.strip_prefix(PLUGIN))
            .map(str::to_owned),
        caller: caller.unwrap_or_else(|| EVERY.to_owned()),
        origin: origin.unwrap_or_else(|| EVERY.to_owned()),
        breaker: match decision.manual {
            Manual::Isolate => BreakerStateView::Isolated,
            Manual::ForceClosed => BreakerStateView::ForcedClosed,
            Manual::Release => BreakerStateView::Closed,
        },
        retry_at: None,
        in_flight: 0,
        queued: 0,
        calls: 0,
        kept_back: 0,
        attempts: 0,
        failures: 0,
        budget_denials: 0,
        breaker_opened: 0,
        refused: 0,
        stale_served: 0,
        sockets: 0,
        sent_bytes: 0,
        received_bytes: 0,
        last_failure: None,
        is_failing: false,
    }
}

fn breaker_view(state: BreakerState) -> (BreakerStateView, Option<Duration>) {
    match state {
        BreakerState::Closed => (BreakerStateView::Closed, None),
        BreakerState::Open { retry_in } => (BreakerStateView::Open, Some(retry_in)),
        BreakerState::HalfOpen { .. } => (BreakerStateView::HalfOpen, None),
        BreakerState::Isolated => (BreakerStateView::Isolated, None),
        BreakerState::ForcedClosed => (BreakerStateView::ForcedClosed, None),
    }
}

fn last_failure_view(failure: LastFailure) -> LastFailureView {
    let at = Timestamp::try_from(failure.at).unwrap_or(Timestamp::UNIX_EPOCH);
    let (kind, status) = failure_kind_view(failure.kind);
    LastFailureView::new(at, kind, status, failure.message)
}

fn failure_kind_view(kind: FailureKind) -> (FailureKindView, Option<u16>) {
    let kind = match kind {
        FailureKind::Status(status) => return (FailureKindView::Status, Some(status)),
        FailureKind::NoSocket(status) => return (FailureKindView::NoSocket, Some(status)),
        FailureKind::NameNotFound => FailureKindView::NameNotFound,
        FailureKind::AddressForbidden => FailureKindView::AddressForbidden,
        FailureKind::NoConnection => FailureKindView::NoConnection,
        FailureKind::NotSecure => FailureKindView::NotSecure,
        FailureKind::Timeout => FailureKindView::Timeout,
        FailureKind::ConnectionLost => FailureKindView::ConnectionLost,
        FailureKind::NotUnderstood => FailureKindView::NotUnderstood,
        FailureKind::TooLarge => FailureKindView::TooLarge,
        FailureKind::Redirect => FailureKindView::Redirect,
        FailureKind::HeldBack => FailureKindView::HeldBack,
        FailureKind::TooMany => FailureKindView::TooMany,
    };
    (kind, None)
}

fn plan_view(plan: &Plan) -> NetworkPlan {
    let faults = plan.faults.iter().map(|(fault, per_mille)| NetworkFault {
        fault: fault_view(*fault),
        per_mille: *per_mille,
    });
    NetworkPlan {
        faults: faults.collect(),
        seed: plan.seed,
        origin: match &plan.scope {
            Scope::All => None,
            Scope::Origin(origin) => Some(origin.to_string()),
        },
    }
}

fn fault(kind: FaultKind) -> Result<Fault, NetworkRefused> {
    Ok(match kind {
        FaultKind::Latency { delay_ms } => {
            let delay = Duration::from_millis(delay_ms.into());
            if delay > DELAY_MAX {
                let max = DELAY_MAX.as_millis();
                let why = format!("a delay of {delay_ms} ms is longer than {max} ms");
                return Err(NetworkRefused::BadPlan(why));
            }
            Fault::Latency(delay)
        }
        FaultKind::Refused => Fault::Refused,
        FaultKind::DnsFailure => Fault::DnsFailure,
        FaultKind::CertificateError => Fault::CertificateError,
        FaultKind::Status {
            code,
            retry_after_seconds,
        } => Fault::Status {
            code,
            retry_after: retry_after_seconds,
        },
        FaultKind::ResetMidBody => Fault::ResetMidBody,
        FaultKind::TruncatedBody => Fault::TruncatedBody,
        FaultKind::NeverEndingBody => Fault::NeverEndingBody,
    })
}

fn fault_view(fault: Fault) -> FaultKind {
    match fault {
        Fault::Latency(delay) => FaultKind::Latency {
            delay_ms: u32::try_from(delay.as_millis()).unwrap_or(u32::MAX),
        },
        Fault::Refused => FaultKind::Refused,
        Fault::DnsFailure => FaultKind::DnsFailure,
        Fault::CertificateError => FaultKind::CertificateError,
        Fault::Status { code, retry_after } => FaultKind::Status {
            code,
            retry_after_seconds: retry_after,
        },
        Fault::ResetMidBody => FaultKind::ResetMidBody,
        Fault::TruncatedBody => FaultKind::TruncatedBody,
        Fault::NeverEndingBody => FaultKind::NeverEndingBody,
    }
}

#[cfg(test)]
mod tests {
    use madang_outbound::GatewayLimits;
    use tempfile::TempDir;
    use tokio::runtime::Handle;

    use super::*;
    use crate::{outside, system};

    fn desk() -> OutsideDesk {
        desk_in(&tempfile::tempdir().expect("a folder"))
    }

    fn desk_in(folder: &TempDir) -> OutsideDesk {
        let handle = Handle::current();
        let world = system::world(&handle);
        let outbound = outside::gateway(&handle, &world, GatewayLimits::default());
        let by_hand = ByHand::open(folder.path().join("servers.json"), &outbound, world.now());
        let callers = || vec!["plugin:one".to_owned(), "webhook:9dd5e7ec".to_owned()];
        OutsideDesk::new(outbound, world, by_hand, Box::new(callers))
    }

    fn plan(fault: FaultKind, per_mille: u32) -> NetworkPlan {
        NetworkPlan {
            faults: vec![NetworkFault { fault, per_mille }],
            seed: 7,
            origin: Some("https://api.example.com".into()),
        }
    }

    #[tokio::test]
    async fn every_kind_of_failure_is_shown_as_it_was_asked_for() {
        let desk = desk();
        let kinds = [
            FaultKind::Latency { delay_ms: 60_000 },
            FaultKind::Refused,
            FaultKind::DnsFailure,
            FaultKind::CertificateError,
            FaultKind::Status {
                code: 503,
                retry_after_seconds: Some(2),
            },
            FaultKind::Status {
                code: 429,
                retry_after_seconds: None,
            },
            FaultKind::ResetMidBody,
            FaultKind::TruncatedBody,
            FaultKind::NeverEndingBody,
        ];
        for kind in kinds {
            let asked = plan(kind, 250);
            let expected = NetworkView {
                plan: Some(asked.clone()),
            };
            assert_eq!(desk.set_network(asked), Ok(expected.clone()));
            assert_eq!(desk.network(), Some(expected));
        }
        let off = NetworkPlan {
            faults: Vec::new(),
            ..plan(FaultKind::Refused, 1)
        };
        assert_eq!(desk.set_network(off), Ok(NetworkView { plan: None }));
        assert_eq!(desk.network(), Some(NetworkView { plan: None }));
    }

    #[tokio::test]
    async fn a_plan_that_cannot_be_leaves_the_switch_as_it_was() {
        let desk = desk();
        let refused = |plan| desk.set_network(plan).expect_err("refused").to_string();
        let too_slow = plan(FaultKind::Latency { delay_ms: 60_001 }, 1);
        assert_eq!(
            refused(too_slow),
            "a delay of 60001 ms is longer than 60000 ms"
        );
        let too_often = plan(FaultKind::Refused, 1_001);
        assert!(refused(too_often).contains("1001 of 1000"));
        let nowhere = NetworkPlan {
            origin: Some("the shop".into()),
            ..plan(FaultKind::Refused, 1)
        };
        assert!(refused(nowhere).starts_with("“the shop” is not an origin"));
        assert_eq!(desk.network(), Some(NetworkView { plan: None }));
    }

    fn set(
        desk: &OutsideDesk,
        action: UpstreamAction,
        origin: Option<&str>,
        plugin: Option<&str>,
    ) -> Result<(), UpstreamRefused> {
        let which = SetUpstreams {
            origin: origin.map(str::to_owned),
            plugin: plugin.map(str::to_owned),
        };
        desk.set(action, &which)
    }

    #[tokio::test]
    async fn what_was_decided_holds_in_the_next_start() {
        use UpstreamAction::{Close, Isolate, Release};
        let folder = tempfile::tempdir().expect("a folder");
        let a = Some("https://a.example");
        let shown = |desk: &OutsideDesk| -> Vec<_> {
            let all = desk.upstreams().into_iter();
            all.map(|one| (one.origin, one.caller, one.breaker))
                .collect()
        };
        let desk = desk_in(&folder);
        assert_eq!(
            set(&desk, Release, a, None),
            Err(UpstreamRefused::NoneKnown)
        );
        assert_eq!(set(&desk, Isolate, a, None), Ok(()));
        assert_eq!(set(&desk, Close, None, Some("one")), Ok(()));
        let expected = [
            (
                "https://a.example".to_owned(),
                EVERY.to_owned(),
                BreakerStateView::Isolated,
            ),
            (
                EVERY.to_owned(),
                "plugin:one".to_owned(),
                BreakerStateView::ForcedClosed,
            ),
        ];
        assert_eq!(shown(&desk), expected);
        drop(desk);
        let desk = desk_in(&folder);
        assert_eq!(shown(&desk), expected);
        assert_eq!(set(&desk, Release, Some(EVERY), Some("one")), Ok(()));
        drop(desk);
        let desk = desk_in(&folder);
        assert_eq!(shown(&desk), expected[..1]);
        assert_eq!(set(&desk, Release, None, None), Ok(()));
        assert_eq!(shown(&desk_in(&folder)), []);
    }

    /// Nobody knows which servers were isolated: until somebody decides none is called, and the till is open.
    #[tokio::test]
    async fn a_file_that_is_not_understood_holds_everything_back_and_is_kept() {
        let everything = [Decision {
            origin: None,
            caller: None,
            manual: Manual::Isolate,
        }];
        for text in [
            &b""[..],
            b"{}",
            b"null",
            b"{\"bro",
            b"\xff\xfe",
            b"[{\"decision\":\"explode\"}]",
            b"[{\"decision\":\"isolate\",\"origin\":\"a\"}]",
            b"[{\"decision\":\"close\"},{\"decision\":\"explode\"}]",
        ] {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join("servers.json");
            std::fs::write(&path, text).expect("written");
            let desk = desk_in(&folder);
            assert_eq!(desk.outbound.decisions(), everything);
            let kept = folder.path().join("servers.damaged-1.json");
            assert_eq!(std::fs::read(kept).expect("kept"), text);
            let shown = desk.upstreams();
            let said = shown[0].last_failure.as_ref().expect("why");
            assert!(
                said.message.contains("servers.damaged-1.json"),
                "{}",
                said.message
            );
            assert_eq!((shown.len(), shown[0].origin.as_str()), (1, EVERY));
            drop(desk);
            let again = desk_in(&folder);
            assert_eq!(
                again.outbound.decisions(),
                everything,
                "in the next start too"
            );
            assert_eq!(set(&again, UpstreamAction::Release, None, None), Ok(()));
            assert_eq!(again.upstreams(), []);
            assert_eq!(desk_in(&folder).upstreams(), []);
        }
    }

    #[tokio::test]
    async fn a_file_damaged_again_keeps_what_was_damaged_before() {
        let folder = tempfile::tempdir().expect("a folder");
        for number in 1..4 {
            std::fs::write(folder.path().join("servers.json"), "?").expect("written");
            let desk = desk_in(&folder);
            let kept = folder.path().join(format!("servers.damaged-{number}.json"));
            assert!(kept.exists());
            drop(desk);
        }
    }

    #[tokio::test]
    async fn a_caller_is_named_as_the_lists_name_him() {
        use UpstreamAction::Isolate;
        let a = Some("https://a.example");
        for (named, meant) in [
            ("one", "plugin:one"),
            ("plugin:one", "plugin:one"),
            ("webhook:9dd5e7ec", "webhook:9dd5e7ec"),
        ] {
            let folder = tempfile::tempdir().expect("a folder");
            let desk = desk_in(&folder);
            assert_eq!(set(&desk, Isolate, a, Some(named)), Ok(()), "{named}");
            assert_eq!(desk.outbound.decisions()[0].caller.as_deref(), Some(meant));
        }
        let refused = set(&desk(), Isolate, a, Some("noe")).expect_err("nobody");
        assert_eq!(
            refused.to_string(),
            "nobody here is called “noe”; servers are called by: one, webhook:9dd5e7ec"
        );
    }

    #[tokio::test]
    async fn what_is_no_origin_is_not_decided_on() {
        let refused = set(&desk(), UpstreamAction::Isolate, Some("a.example"), None);
        assert!(matches!(refused, Err(UpstreamRefused::BadOrigin { .. })));
    }
}
