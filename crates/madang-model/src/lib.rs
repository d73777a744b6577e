//! The shop's vocabulary and rules.
//!
//! Everything here is pure: a command and a state go in, events or a refusal come out (`decide`), and an event changes a
//! state (`evolve`). No file, socket, clock, wire name or plugin is known here; times and ids are handed in.

pub mod cart;
pub mod catalog;
pub mod ids;
pub mod line;
pub mod money;
pub mod order;
pub mod payment;
pub mod receipt;
pub mod refusal;
pub mod shop;
pub mod stock;
pub mod tax;
pub mod text;

pub use ids::{
    AttemptKey, CartId, CategoryId, ChoiceId, HallId, ItemId, LineKey, OptionId, OrderId,
    PaymentId, PriceId, TableId,
};
pub use money::{Currency, Money};
pub use refusal::Refusal;
pub use text::Text;
