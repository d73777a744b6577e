//! Webhooks: servers that a shop names are told what happens to its orders and payments.
//!
//! [`Webhooks`] makes the messages, which the till writes in the batch of the events they tell of. [`Poster`] sends one of them: a
//! POST of JSON through the gateway, signed, under the message's key. When, how often and in which order is the outbox's concern.
//! `docs/webhooks.md` is what a receiver needs to know.
//!
//! The path of a webhook's address often is a secret. It is kept here and nowhere else: messages, logs and errors name the
//! [`Webhook::destination`], which has the origin and a digest of the rest.

mod address;
mod message;
mod post;
mod wire;

pub use address::{Webhook, WebhookError};
pub use message::Webhooks;
pub use post::{Poster, Secret, SecretTooShort};
