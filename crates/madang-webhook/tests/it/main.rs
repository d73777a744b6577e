//! Webhooks with a real till and a real outbox, through the real gateway to servers in memory, in virtual time.

mod afternoon;
mod at_once;
mod bad_afternoon;
mod dripping;
mod server;
mod telling;
