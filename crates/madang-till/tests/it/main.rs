//! A till in virtual time on a real journal.

mod idempotency;
mod money;
mod selling;
mod shop;
mod terminal;
mod world;
