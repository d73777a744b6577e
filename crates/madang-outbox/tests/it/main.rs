//! The outbox in virtual time, on a real journal in a temporary folder; and killed at its failpoints.

mod deciding;
mod kill;
mod receiver;
mod sending;
mod world;
