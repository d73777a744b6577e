//! The protocol from the outside: envelopes in, calls out, wire JSON out.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod calls;
mod cards;
mod corpus;
mod drafts;
mod envelopes;
mod events;
mod sample;
mod table;
mod wire;
