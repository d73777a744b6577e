//! Plugins on a till, under every driver.

mod door;
mod limits;
mod secrets;
mod world;
