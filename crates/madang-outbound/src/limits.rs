//! Every bound of the gateway, with its value and its reason.

use std::time::Duration;

use crate::{cache::CacheLimits, pool::PoolLimits, upstream::UpstreamLimits};

/// Bounds on one call; part of a grant, so that one caller can be given more than another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallLimits {
    /// Longest address: longer ones are data in the wrong place, and many servers refuse them at this length.
    pub url_bytes_max: usize,
    /// Most headers the caller may set: a browser sends about twenty.
    pub request_headers_max: usize,
    /// Names and values of the caller's headers together: the limit most servers have for the whole head.
    pub request_header_bytes_max: usize,
    /// Largest body sent: a photograph of a menu fits.
    pub request_body_bytes_max: usize,
    /// Most headers taken from an answer.
    pub answer_headers_max: usize,
    /// Largest head of an answer; it is held in memory before anything is known about the server. At least 8192.
    pub answer_head_bytes_max: usize,
    /// Largest body taken, counted while it is read, whatever the server announced.
    pub answer_body_bytes_max: usize,
}

impl Default for CallLimits {
    fn default() -> Self {
        Self {
            url_bytes_max: 8 * 1024,
            request_headers_max: 64,
            request_header_bytes_max: 16 * 1024,
            request_body_bytes_max: 4 * 1024 * 1024,
            answer_headers_max: 100,
            answer_head_bytes_max: 64 * 1024,
            answer_body_bytes_max: 8 * 1024 * 1024,
        }
    }
}

/// Bounds on the gateway as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayLimits {
    /// No caller may wait longer for one call: what takes two minutes is not answered at a counter.
    pub deadline_max: Duration,
    /// One address gets this long to accept, so that a dead one leaves time for the next.
    pub connect_timeout: Duration,
    /// Addresses tried for one name; more come from a resolver that is broken or hostile.
    pub addresses_max: usize,
    /// Calls under way at once in the whole process; each holds a socket and up to one body.
    pub in_flight_max: usize,
    /// WebSockets open at once in the whole process; each holds a socket for as long as it lives.
    pub sockets_max: usize,
    /// Connections kept for the next call.
    pub pool: PoolLimits,
    /// What is remembered of servers.
    pub upstreams: UpstreamLimits,
    /// Answers kept.
    pub cache: CacheLimits,
    /// Largest body of an error that is read for its text: enough to say what is wrong.
    pub error_body_bytes_max: usize,
}

impl Default for GatewayLimits {
    fn default() -> Self {
        Self {
            deadline_max: Duration::from_secs(120),
            connect_timeout: Duration::from_secs(3),
            addresses_max: 8,
            in_flight_max: 256,
            sockets_max: 64,
            pool: PoolLimits::default(),
            upstreams: UpstreamLimits::default(),
            cache: CacheLimits::default(),
            error_body_bytes_max: 256 * 1024,
        }
    }
}
