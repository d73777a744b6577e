//! The one way out of the process: every HTTP call to another company's server is made here.
//!
//! A call is made for a [`Caller`] whose [`Grant`] lists, origin by origin, where it may go, by a [`Client`] that
//! [`Outbound::client`] makes for the caller and a [`Route`]. For each try the address is parsed once, its origin looked up in the
//! grant and its name resolved once; **every** address is checked, and one that was checked is connected to: there is no second
//! look-up that could say something else. Redirects are followed only where the route says so, each checked like a first call; no proxy is
//! taken from the environment. Everything, from the look-up to the last byte of the answer, happens within one deadline, and
//! dropping the future closes the socket.
//!
//! A failure says what went wrong ([`SendErrorKind`]) and whether the other side may have acted on the call ([`Outcome`]).
//!
//! The stages of a call, in order: `client` (what the caller writes), `calling` (deadline, and in its parts hooks, cache, tries), `ready`
//! (where it leads, and whether that is granted: `target`), then for each try the layers of its `upstream`: `rate`, `bulkhead`, `breaker`, `hedge`,
//! `attempt_timeout`, and innermost `wire`, with `chaos` (failures on purpose), `pool` (a connection that stands) or else
//! `connect` with `address` (which addresses may be dialled), `dial` and `tls`; then `exchange` (one request, the head of its
//! answer) and `body`. WebSockets are let through by the same layers, but for hedging, and go the same way to
//! their connection (`websocket`).
//!
//! What keeps a failing upstream from failing the till: `retry` decides whether a call is made again, and when, within a
//! budget; the layers are state machines that are told the time, behind a `lock`, shared by all calls of one caller to one
//! origin; `chance` is handed in. What people see of it: `upstream` (state, counts, the last failure) and `trace` (spans).

mod address;
mod attempt_timeout;
mod awaited;
mod body;
mod breaker;
mod bulkhead;
mod cache;
mod call;
mod calling;
mod chance;
mod chaos;
mod chatter;
mod client;
mod connect;
mod context;
mod dial;
mod exchange;
mod gateway;
mod grant;
mod hedge;
mod hooks;
mod limits;
mod lock;
mod lookups;
mod pool;
mod progress;
mod rate;
mod ready;
mod redirect;
mod request;
mod response;
mod retry;
mod route;
mod send_error;
mod stand_in;
mod target;
mod tls;
mod trace;
mod upstream;
mod websocket;
mod window;
mod wire;

pub use address::AddressClass;
pub use awaited::Awaited;
pub use breaker::{BreakerCounts, BreakerRefusal, BreakerSettings, BreakerState};
pub use bulkhead::{BulkheadCounts, BulkheadSettings};
pub use cache::{CacheLimits, CachePolicy};
pub use call::{Answer, Method, UnknownMethod};
pub use chance::{Chance, SeededChance};
pub use chaos::{Chaos, Fault, Plan, PlanError, Scope};
pub use client::{Calls, Client};
pub use context::Context;
pub use dial::{Connection, Dial, Resolve, SystemResolve, TcpDial};
pub use gateway::{Network, Outbound, WallClock};
pub use grant::{Caller, Grant, GrantLine, GrantedOrigin, Origin, OriginError, Reach};
pub use hedge::{HedgeAfter, HedgeCounts, HedgeSettings};
pub use hooks::{
    After, AfterResponse, BeforeError, BeforeRequest, BeforeRetry, ForcedRetry, HookError, Hooks,
    Init, Moment, Pending, Proceed, ShouldRetry,
};
pub use hyper::header::HeaderMap;
pub use limits::{CallLimits, GatewayLimits};
pub use pool::{PoolCounts, PoolLimits};
pub use rate::{RateCounts, RateSettings};
pub use request::{BodyStream, Request};
pub use response::Response;
pub use retry::{
    Backoff, BudgetCounts, BudgetSettings, Cap, Delays, Jitter, PolicyError, RETRIES_MAX,
    RetryPatch, RetryPolicy, TIMER_MAX,
};
pub use route::{Base, ErrorStatuses, HooksPatch, Route, RouteError, RoutePatch};
pub use send_error::{
    BadUrl, ErrorBody, HookName, HttpFailure, Outcome, Part, RedirectReason, SendError,
    SendErrorKind, Stage,
};
pub use stand_in::{Fate, HeardCall, StandIn, StandInAnswer, StandInAnswerError};
pub use tls::{Roots, TlsMode};
pub use upstream::{
    Decided, Decision, FailureKind, LastFailure, Manual, TooManyDecisions, UpstreamCounts,
    UpstreamLimits, UpstreamView,
};
pub use websocket::{
    Heard, SocketCall, SocketEnd, SocketFailure, SocketLimits, SocketMessage, SocketReceiver,
    SocketSendError, SocketSender, WebSocket,
};
pub use wire::Timeouts;
