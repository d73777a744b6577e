//! A till in virtual time on a real journal; and tills in processes of their own, in real time, that are killed.

mod asking;
mod catalog;
mod following;
mod holding;
mod idempotency;
mod kill;
mod money;
mod selling;
mod shop;
mod simulation;
mod terminal;
mod world;
