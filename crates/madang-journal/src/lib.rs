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
//!
//! ```
//! # use madang_journal::{Batch, ExpectedVersion, Journal, Micros, NewEvent, Position, ShopId,
//! #     SqliteJournal, SqliteSettings, StreamId, Version};
//! # let folder = tempfile::tempdir()?;
//! # futures::executor::block_on(async {
//! let journal = SqliteJournal::open(folder.path(), SqliteSettings::default())?;
//! let shop = ShopId::new("cafe")?;
//! let order = StreamId::new(shop.clone(), "order", "1")?;
//!
//! let mut batch = Batch::new(shop.clone());
//! batch.expect(order.clone(), ExpectedVersion::Exactly(Version::NONE));
//! batch.event(NewEvent {
//!     stream: order.clone(),
//!     kind: "opened".to_owned(),
//!     type_version: 1,
//!     at: Micros::new(1_777_600_000_000_000),
//!     business_date: "2026-05-01".to_owned(),
//!     actor: "till".to_owned(),
//!     operation: None,
//!     caused_by: None,
//!     body: "{}".to_owned(),
//! });
//! let written = journal.write(batch).await?;
//!
//! assert_eq!(written.versions, [(order, Version::new(1))]);
//! assert_eq!(journal.events(&shop, Position::START, 10).await?, written.events);
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

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
    outbox::{NewOutboxMessage, OutboxChange, OutboxCount, OutboxMessage},
    personal::{PersonalChange, PersonalText},
    sqlite::{
        BackupError, FormatVersion, OpenError, SQLITE_FAILPOINTS, SqliteJournal, SqliteSettings,
        StoredJournal,
    },
    view::{ViewChange, ViewMove, ViewQuery, ViewRow, ViewState},
};
