//! The gateway against a scripted network (virtual time) and against real sockets (order only).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod addresses;
mod bodies;
mod chaos;
mod compressed;
mod deadlines;
mod elsewhere;
mod environment;
mod frames;
mod handshake;
mod http2;
mod ky;
mod origins;
mod plain;
mod pool;
mod scripted;
mod served;
mod sockets;
mod stand_in;
mod steps;
mod tls;
mod traced;
mod watched;
mod websocket;
