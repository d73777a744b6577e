//! What the server asks about the way out, without knowing the gateway. The binary hands in who answers.

use crate::view::upstream::{
    NetworkPlan, NetworkView, PoolView, SetUpstreams, UpstreamAction, UpstreamView,
};

/// The desk where other companies' servers are watched, and held back by hand.
pub trait UpstreamDesk: Send + Sync {
    /// Every server that was called lately, once for each caller, by origin and caller; and what was decided about servers that nobody called.
    fn upstreams(&self) -> Vec<UpstreamView>;

    /// Connections to all of them.
    fn pool(&self) -> PoolView;

    /// Holds calls back, lets them through, or leaves them to the breaker again.
    ///
    /// # Errors
    /// [`UpstreamRefused`] when nothing was set.
    fn set(&self, action: UpstreamAction, which: &SetUpstreams) -> Result<(), UpstreamRefused>;

    /// The switch for failures on purpose; none where there is no such switch.
    fn network(&self) -> Option<NetworkView>;

    /// Turns the switch.
    ///
    /// # Errors
    /// [`NetworkRefused`] when it stays as it was.
    fn set_network(&self, plan: NetworkPlan) -> Result<NetworkView, NetworkRefused>;
}

/// Why no upstream was set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpstreamRefused {
    /// The origin is none.
    #[error("“{origin}” is not an origin: {why}")]
    BadOrigin {
        /// What was written.
        origin: String,
        /// What is wrong with it.
        why: String,
    },
    /// Nobody has called it, and nothing was decided about it.
    #[error("no such server was called yet")]
    NoneKnown,
    /// No plugin and no webhook has that name.
    #[error(
        "nobody here is called “{caller}”; servers are called by: {}",
        listed(known)
    )]
    NoSuchCaller {
        /// What was written.
        caller: String,
        /// The names there are, a plugin by its id.
        known: Vec<String>,
    },
    /// It does not stand as it should; the text says how far.
    #[error("{0}")]
    NotKept(String),
}

fn listed(names: &[String]) -> String {
    match names {
        [] => "nobody".to_owned(),
        names => names.join(", "),
    }
}

/// Why the network's switch stays as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetworkRefused {
    /// There is no switch here.
    #[error("this till has no switch for failures on purpose")]
    NoSwitch,
    /// The origin is none.
    #[error("“{origin}” is not an origin: {why}")]
    BadOrigin {
        /// What was written.
        origin: String,
        /// What is wrong with it.
        why: String,
    },
    /// The plan cannot be carried out.
    #[error("{0}")]
    BadPlan(String),
}
