//! Plugins on a till, under every driver.

mod compat;
mod door;
mod limits;
mod outside;
mod secrets;
mod world;
