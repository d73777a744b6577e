//! The journal: the one place where a node keeps what happened.
//!
//! Streams of events, the records of operations, the messages waiting to go out, views,
//! named cursors, a small key-value space and personal text live in **one** store, so that a
//! decision, its answer and what follows from it are written together or not at all. A write is
//! one value, [`Batch`]; there is no transaction to hold open.
//!
//! The crate does not know what an order or a plugin is: kinds, bodies and phases are text that
//! it carries and never reads. [`Journal`] is the trait; [`SqliteJournal`] is its form in one
//! file beside the till.

mod batch;
#[cfg(feature = "contract")]
pub mod contract;
mod error;
mod event;
mod failpoint;
mod id;
mod journal;
pub mod limits;
mod operation;
mod outbox;
mod personal;
mod sqlite;
mod view;

pub use crate::{
    batch::{Batch, CursorMove, ExpectedVersion, MoveTo, ScopeLimit, ValueChange, Written},
    error::{NameError, ReadError, StoreError, WriteError},
    event::{Event, NewEvent},
    failpoint::failpoint,
    id::{Micros, OutboxId, Position, ShopId, StreamId, Version},
    journal::{Journal, PendingWrite},
    operation::{Fingerprint, OperationChange, OperationRecord},
    outbox::{NewOutboxMessage, OutboxChange, OutboxMessage},
    personal::{PersonalChange, PersonalText},
    sqlite::{
        BackupError, FormatVersion, OpenError, SQLITE_FAILPOINTS, SqliteJournal, SqliteSettings,
    },
    view::{ViewChange, ViewMove, ViewQuery, ViewRow, ViewState},
};
