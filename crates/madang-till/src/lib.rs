//! One shop at work: the flow through which everything goes that must happen once, the queries, the subscriptions, and the
//! devices with their simulated forms.
//!
//! State is what the journal says; what is held here in memory is a copy of it. Time, chance and tasks are handed in as a
//! [`World`]. The till does not know who answers its [`Asks`], nor who shows its state.

mod asks;
mod cart;
pub mod event;
mod flow;
mod memory;
mod messages;
mod number;
mod operation;
mod order;
mod query;
mod recover;
pub mod terminal;
mod till;
mod view;
pub mod world;

pub use asks::{Answers, Ask, AskEnd, Asked, Asks, NobodyAsked, PluginAsked, Question, Verdict};
pub use flow::{Begun, Checked, Done};
pub use memory::HeldCart;
pub use messages::{Messages, NobodyTold, OrderChanged};
pub use operation::{
    Actor, Answer, CHECKPOINT_BYTES_MAX, Command, ImportProgress, OperationKey, PlaceOrder,
    PutRows, ROWS_MAX, RecordPayment, Request, RowPlace, RowsOnce, Settle,
};
pub use query::OrderQuery;
pub use till::{AttemptStep, AttemptStepKind, Change, Till, TillError, TillSettings};
pub use world::World;
