//! The gateway against a scripted network (virtual time) and against real sockets (order only).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod bodies;
mod deadlines;
mod elsewhere;
mod origins;
mod scripted;
mod sockets;
mod tls;
