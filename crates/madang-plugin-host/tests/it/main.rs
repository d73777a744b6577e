//! Plugins on a till, under every driver.

mod compat;
mod door;
mod limits;
mod secrets;
mod world;
