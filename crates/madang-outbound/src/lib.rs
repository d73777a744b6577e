//! The one way out of the process: every HTTP call to another company's server is made here.
//!
//! A call is made for a [`Caller`] whose [`Grant`] lists, origin by origin, where it may go. [`Outbound::send`] parses the
//! address once, looks the origin up in the grant, resolves the name once, checks **every** address it got and connects to
//! one it checked; there is no second look-up that could say something else, no redirect that is followed, and no proxy
//! taken from the environment. Everything, from the look-up to the last byte of the answer, happens within one deadline, and
//! dropping the future closes the socket.
//!
//! A failure says what went wrong ([`SendErrorKind`]) and whether the other side may have acted on the call ([`Outcome`]).
//!
//! The stages of a call, in order: `call` (what the caller wrote), `target` (where that leads, and whether it is granted),
//! `address` (which addresses may be dialled), `dial` (resolving and connecting), `tls`, `exchange` (one request, one
//! answer), all told by `gateway`.
//!
//! What keeps a failing upstream from failing the till: `retry` decides whether a call is made again, and when, within a
//! budget; `rate`, `bulkhead`, `breaker` and `hedge` are layers around a try, in this order. Each is a state machine that is told
//! the time, behind a `lock`, and shared by all calls to one upstream; `chance` is handed in.

mod address;
mod breaker;
mod bulkhead;
mod call;
mod chance;
mod dial;
mod exchange;
mod gateway;
mod grant;
mod hedge;
mod limits;
mod lock;
mod rate;
mod retry;
mod send_error;
mod target;
mod tls;
mod window;

pub use address::AddressClass;
pub use breaker::{
    Admission, Breaker, BreakerCounts, BreakerLayer, BreakerRefusal, BreakerService,
    BreakerSettings, BreakerState, Verdict,
};
pub use bulkhead::{
    Bulkhead, BulkheadCounts, BulkheadLayer, BulkheadPermit, BulkheadRefusal, BulkheadService,
    BulkheadSettings, Entry, Queued,
};
pub use call::{Answer, Call, Method, UnknownMethod};
pub use chance::{Chance, SeededChance};
pub use dial::{Connection, Dial, Resolve, SystemResolve, TcpDial};
pub use gateway::{Network, Outbound};
pub use grant::{Caller, Grant, GrantLine, GrantedOrigin, Origin, OriginError, Reach};
pub use hedge::{
    Hedge, HedgeAfter, HedgeCounts, HedgeLayer, HedgeRules, HedgeService, HedgeSettings,
};
pub use limits::{CallLimits, GatewayLimits};
pub use rate::{RateCounts, RateLayer, RateLimit, RateRefusal, RateService, RateSettings};
pub use retry::{
    Backoff, BudgetCounts, BudgetRefusal, BudgetSettings, Cap, Clocks, Decision, Delays, Failure,
    Jitter, Opinion, PolicyError, RETRIES_MAX, RetryBudget, RetryPatch, RetryPermit, RetryPolicy,
    ServerTiming, Source, TIMER_MAX, Tried, Why, server_timing, within_timer,
};
pub use send_error::{BadUrl, Outcome, Part, SendError, SendErrorKind, Stage};
pub use tls::Roots;
