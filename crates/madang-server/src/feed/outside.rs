//! What changes on the way out. It is looked at and not told: an open breaker turns to probing by the passing of time alone, so
//! that there is no moment at which anybody could tell.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::upstream::UpstreamDesk;
use crate::view::stream::{StreamUpdate, UpstreamRef, UpstreamsUpdate};
use crate::view::upstream::{BreakerStateView, LastFailureView, NetworkView, UpstreamView};

/// How often the way out is looked at: what takes no longer is at once for a person.
pub const LOOK_EVERY: Duration = Duration::from_millis(200);
/// How often figures alone are sent: nobody reads them faster.
const FIGURES_EVERY: Duration = Duration::from_secs(1);

/// The way out as the pages last saw it.
pub struct Outside {
    desk: Arc<dyn UpstreamDesk>,
    told: HashMap<(String, String), Told>,
    network: Option<NetworkView>,
}

struct Told {
    view: UpstreamView,
    at: Instant,
}

impl Outside {
    /// The way out as it is now: a page that comes reads it by itself.
    pub fn new(desk: Arc<dyn UpstreamDesk>) -> Self {
        let network = desk.network();
        let mut outside = Self {
            desk,
            told: HashMap::new(),
            network,
        };
        outside.upstreams(Instant::now());
        outside
    }

    /// What the pages do not know yet, as far as it is due.
    pub fn changes(&mut self, now: Instant) -> Vec<StreamUpdate> {
        let upstreams = self.upstreams(now).map(StreamUpdate::Upstreams);
        let network = self.network().map(StreamUpdate::Network);
        upstreams.into_iter().chain(network).collect()
    }

    fn upstreams(&mut self, now: Instant) -> Option<UpstreamsUpdate> {
        let mut before = std::mem::take(&mut self.told);
        let mut update = UpstreamsUpdate::default();
        for view in self.desk.upstreams() {
            let key = (view.caller.clone(), view.origin.clone());
            let told = match before.remove(&key) {
                Some(told) if !told.is_due(&view, now) => told,
                _ => {
                    update.changed.push(view.clone());
                    Told { view, at: now }
                }
            };
            self.told.insert(key, told);
        }
        let gone = before.into_keys();
        update.gone = gone
            .map(|(caller, origin)| UpstreamRef { caller, origin })
            .collect();
        let is_news = !update.changed.is_empty() || !update.gone.is_empty();
        is_news.then_some(update)
    }

    fn network(&mut self) -> Option<NetworkView> {
        let network = self.desk.network();
        if network == self.network {
            return None;
        }
        self.network.clone_from(&network);
        network
    }
}

impl Told {
    /// A breaker's state and a failure are news at once; figures wait for their turn.
    fn is_due(&self, view: &UpstreamView, now: Instant) -> bool {
        let old = &self.view;
        let is_news = state(old) != state(view);
        is_news || (!same(old, view) && now.duration_since(self.at) >= FIGURES_EVERY)
    }
}

/// What is news at once.
fn state(view: &UpstreamView) -> (BreakerStateView, u64, bool, Option<&LastFailureView>) {
    let UpstreamView {
        breaker,
        breaker_opened,
        is_failing,
        last_failure,
        ..
    } = view;
    (
        *breaker,
        *breaker_opened,
        *is_failing,
        last_failure.as_ref(),
    )
}

/// Whether nothing a person sees has changed. When a breaker lets a call through is computed anew at every look, and differs by the
/// time that the look takes.
fn same(old: &UpstreamView, view: &UpstreamView) -> bool {
    let old = UpstreamView {
        retry_at: view.retry_at,
        ..old.clone()
    };
    old == *view
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use jiff::Timestamp;

    use super::*;
    use crate::upstream::{NetworkRefused, UpstreamRefused};
    use crate::view::upstream::{
        FailureKindView, NetworkPlan, PoolView, SetUpstreams, UpstreamAction,
    };

    #[derive(Default)]
    struct Desk(Mutex<Vec<UpstreamView>>);

    impl Desk {
        fn set(&self, views: &[UpstreamView]) {
            *self.0.lock().unwrap() = views.to_vec();
        }
    }

    impl UpstreamDesk for Desk {
        fn upstreams(&self) -> Vec<UpstreamView> {
            self.0.lock().unwrap().clone()
        }

        fn pool(&self) -> PoolView {
            PoolView::default()
        }

        fn set(&self, _: UpstreamAction, _: &SetUpstreams) -> Result<(), UpstreamRefused> {
            Ok(())
        }

        fn network(&self) -> Option<NetworkView> {
            None
        }

        fn set_network(&self, _: NetworkPlan) -> Result<NetworkView, NetworkRefused> {
            Err(NetworkRefused::NoSwitch)
        }
    }

    fn view() -> UpstreamView {
        UpstreamView {
            caller: "plugin:a".into(),
            plugin: Some("a".into()),
            origin: "https://a.example".into(),
            breaker: BreakerStateView::Closed,
            retry_at: None,
            in_flight: 0,
            queued: 0,
            calls: 1,
            kept_back: 0,
            attempts: 1,
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

    /// Whether a change of what was told is told `after` it.
    fn check(change: fn(&mut UpstreamView), after: Duration, expected: bool) {
        let desk = Arc::new(Desk::default());
        let mut outside = Outside::new(desk.clone());
        let start = Instant::now();
        desk.set(&[view()]);
        assert_eq!(outside.changes(start).len(), 1, "it is new");
        let mut next = view();
        change(&mut next);
        desk.set(&[next.clone()]);
        let told = outside.changes(start + after);
        assert_eq!(
            told.len(),
            usize::from(expected),
            "{next:?} after {after:?}"
        );
    }

    #[test]
    fn states_and_failures_are_told_at_once_and_figures_every_second() {
        let [soon, later] = [LOOK_EVERY, FIGURES_EVERY];
        check(|_| (), later, false);
        check(|view| view.calls = 2, soon, false);
        check(|view| view.calls = 2, later, true);
        check(|view| view.in_flight = 2, soon, false);
        check(
            |view| view.retry_at = Some(Timestamp::UNIX_EPOCH),
            later,
            false,
        );
        check(|view| view.breaker = BreakerStateView::Open, soon, true);
        check(|view| view.breaker_opened = 1, soon, true);
        let failed = |view: &mut UpstreamView| {
            let (at, kind) = (Timestamp::UNIX_EPOCH, FailureKindView::NoConnection);
            view.last_failure = Some(LastFailureView::new(at, kind, None, "gone"));
        };
        check(failed, soon, true);
        check(|view| view.is_failing = true, soon, true);
    }

    #[test]
    fn what_is_forgotten_is_told_once() {
        let desk = Arc::new(Desk::default());
        let mut outside = Outside::new(desk.clone());
        let now = Instant::now();
        desk.set(&[view()]);
        outside.changes(now);
        desk.set(&[]);
        let told = outside.changes(now);
        let gone = UpstreamRef {
            caller: "plugin:a".into(),
            origin: "https://a.example".into(),
        };
        let expected = UpstreamsUpdate {
            changed: Vec::new(),
            gone: vec![gone],
        };
        assert_eq!(told, [StreamUpdate::Upstreams(expected)]);
        assert_eq!(outside.changes(now), []);
    }
}
