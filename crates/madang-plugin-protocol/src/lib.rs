//! The messages between plugins and the till.
//!
//! [`MESSAGES`] is the one table of them: name, versions, payload, reply, permission, limit, and for questions to a plugin
//! the deadline and what silence means. [`Envelope::parse`] is the door: bounded, and with every full card number masked.
//! [`parse`] makes a typed [`Call`] of an envelope, [`wire`] writes the shop's things as plugins see them, [`event`] and
//! [`ask`] make what the till sends. Nothing here knows an engine, storage or the network.

pub mod ask;
pub mod call;
pub mod draft;
mod dto;
mod envelope;
pub mod event;
pub mod fetch;
mod fuzz;
pub mod http;
pub mod mask;
pub mod message;
mod page;
mod parse;
pub mod query;
pub mod setting;
mod size;
mod table;
pub mod wire;

pub use call::{Call, CallError};
pub use envelope::{
    CALLBACK_ID_LENGTH_MAX, DEPTH_MAX, Envelope, Failure, Fields, MESSAGE_BYTES_MAX,
    MalformedMessage, NAME_LENGTH_MAX, reply, reply_json, reply_name,
};
pub use fuzz::fuzz_envelope;
pub use message::{AskRule, Direction, Limit, Message, WhenSilent};
pub use page::page;
pub use parse::{not_there_yet, parse};
pub use size::size_in_words;
pub use table::{GRANTS_BESIDE_MESSAGES, MESSAGES, find};
