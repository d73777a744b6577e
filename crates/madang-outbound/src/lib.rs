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
//! `attempt_timeout`, `wire` (one attempt), `chaos` (failures on purpose), `pool` (a connection that stands), or else `connect`
//! with `address` (which addresses may be dialled), `dial` and `tls`; then `exchange` (one request, the head of its answer) and
//! `body`; all told by `gateway`. WebSockets go the same way to their connection (`websocket`).

mod address;
mod attempt_timeout;
mod body;
mod call;
mod chaos;
mod connect;
mod dial;
mod exchange;
mod gateway;
mod grant;
mod limits;
mod pool;
mod progress;
#[cfg_attr(
    not(test),
    expect(
        dead_code,
        reason = "joined by the client, for routes that follow redirects"
    )
)]
mod redirect;
mod send_error;
mod target;
mod tls;
mod websocket;
mod wire;

pub use address::AddressClass;
pub use call::{Answer, Call, Method, UnknownMethod};
pub use chaos::{Chaos, Fault, Plan, PlanError, Scope};
pub use dial::{Connection, Dial, Resolve, SystemResolve, TcpDial};
pub use gateway::{Network, Outbound, Terms};
pub use grant::{Caller, Grant, GrantLine, GrantedOrigin, Origin, OriginError, Reach};
pub use limits::{CallLimits, GatewayLimits};
pub use pool::{PoolCounts, PoolLimits};
pub use send_error::{BadUrl, Outcome, Part, SendError, SendErrorKind, Stage};
pub use tls::{Roots, TlsMode};
pub use websocket::{
    SocketCall, SocketEnd, SocketFailure, SocketLimits, SocketMessage, SocketReceiver,
    SocketSendError, SocketSender, WebSocket,
};
pub use wire::Timeouts;
