use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::{oneshot, watch};

use crate::{
    batch::{Batch, Written},
    error::{ReadError, WriteError},
    event::Event,
    id::{Micros, OutboxId, Position, ShopId, StreamId, Version},
    operation::OperationRecord,
    outbox::{OutboxCount, OutboxMessage},
    personal::PersonalText,
    view::{ViewQuery, ViewRow, ViewState},
};

/// One store of a node. Every future works in any executor: none needs a runtime or a reactor.
///
/// Reads see every write that was answered. Rows of one answer are at most
/// [`READ_ROWS_MAX`](crate::limits::READ_ROWS_MAX), whatever the limit says.
#[async_trait]
pub trait Journal: Send + Sync {
    /// Writes a batch, all or nothing, and answers when it is on the disk. Once called for the
    /// first time the write may happen even when the future is dropped.
    async fn write(&self, batch: Batch) -> Result<Written, WriteError>;

    /// Hands a batch to the writer and does not wait: it goes to the disk with the next group,
    /// before every write handed over later. For what may be lost with the power (a tap on the
    /// cart). The handle tells what became of it; whoever drops it will hear of a broken disk from
    /// the next write.
    fn write_soon(&self, batch: Batch) -> Result<PendingWrite, WriteError>;

    /// Events of one stream after a version, in their order.
    async fn stream(
        &self,
        stream: &StreamId,
        after: Version,
        limit: u32,
    ) -> Result<Vec<Arc<Event>>, ReadError>;

    /// Events of a shop after a position, in their order.
    async fn events(
        &self,
        shop: &ShopId,
        after: Position,
        limit: u32,
    ) -> Result<Vec<Arc<Event>>, ReadError>;

    /// The position of the shop's last event.
    async fn head(&self, shop: &ShopId) -> Result<Position, ReadError>;

    /// An operation by its key.
    async fn operation(
        &self,
        shop: &ShopId,
        key: &str,
    ) -> Result<Option<OperationRecord>, ReadError>;

    /// Every operation that is not final, oldest first: what a start has to reconcile.
    async fn open_operations(&self, shop: &ShopId) -> Result<Vec<OperationRecord>, ReadError>;

    /// A value.
    async fn value(&self, scope: &str, key: &str) -> Result<Option<String>, ReadError>;

    /// Keys and values of a scope whose key begins with `key_prefix`, ordered by key.
    async fn values(
        &self,
        scope: &str,
        key_prefix: &str,
        limit: u32,
    ) -> Result<Vec<(String, String)>, ReadError>;

    /// What a scope holds, keys and values together, in bytes.
    async fn value_bytes(&self, scope: &str) -> Result<u64, ReadError>;

    /// Where a named cursor stands; `None` when there is none of that name.
    async fn cursor(&self, shop: &ShopId, name: &str) -> Result<Option<Position>, ReadError>;

    /// Every named cursor of a shop, ordered by name.
    async fn cursors(&self, shop: &ShopId) -> Result<Vec<(String, Position)>, ReadError>;

    /// Messages that may be sent to a destination now, oldest first: of every group the oldest one
    /// only, and none of a group whose oldest stands aside.
    async fn outbox_due(
        &self,
        shop: &ShopId,
        destination: &str,
        now: Micros,
        limit: u32,
    ) -> Result<Vec<OutboxMessage>, ReadError>;

    /// When the next message may be sent to a destination that is not due `after` yet; `None`:
    /// none waits for a later moment.
    async fn outbox_next_at(
        &self,
        shop: &ShopId,
        destination: &str,
        after: Micros,
    ) -> Result<Option<Micros>, ReadError>;

    /// How many messages there are, by destination.
    async fn outbox_counts(&self, shop: &ShopId) -> Result<Vec<OutboxCount>, ReadError>;

    /// One message.
    async fn outbox_message(
        &self,
        shop: &ShopId,
        id: OutboxId,
    ) -> Result<Option<OutboxMessage>, ReadError>;

    /// Messages that do not stand aside, oldest first.
    async fn outbox_waiting(
        &self,
        shop: &ShopId,
        limit: u32,
    ) -> Result<Vec<OutboxMessage>, ReadError>;

    /// Messages that stand aside, oldest first.
    async fn outbox_aside(
        &self,
        shop: &ShopId,
        limit: u32,
    ) -> Result<Vec<OutboxMessage>, ReadError>;

    /// A list from a view.
    async fn view(&self, shop: &ShopId, query: ViewQuery) -> Result<Vec<ViewRow>, ReadError>;

    /// One row of a view.
    async fn view_row(
        &self,
        shop: &ShopId,
        view: &str,
        key: &str,
    ) -> Result<Option<ViewRow>, ReadError>;

    /// Which code wrote a view and how far it has read; `None`: it was never begun.
    async fn view_state(&self, shop: &ShopId, view: &str) -> Result<Option<ViewState>, ReadError>;

    /// Empties a view, puts it back before the first event and notes the version of the code that
    /// is about to fill it.
    async fn begin_view_rebuild(
        &self,
        shop: &ShopId,
        view: &str,
        version: u32,
    ) -> Result<(), WriteError>;

    /// A text about a person; `None` when it was erased.
    async fn personal(&self, id: &str) -> Result<Option<PersonalText>, ReadError>;

    /// Erases a text; answers whether it was there. It is gone from the disk as well once no reader
    /// stands in the way of emptying the store's log, at the latest with the next write after that.
    async fn erase_personal(&self, id: &str) -> Result<bool, WriteError>;

    /// Erases every text whose time is over, as [`erase_personal`](Journal::erase_personal) does;
    /// answers how many.
    async fn erase_expired_personal(&self, now: Micros) -> Result<u64, WriteError>;

    /// Wakes when events of the shop were committed; its value is the shop's head.
    fn watch(&self, shop: &ShopId) -> Result<watch::Receiver<Position>, ReadError>;

    /// Wakes when messages were written to the shop's outbox, or somebody decided about one that
    /// stood aside. Its value says nothing.
    fn watch_outbox(&self, shop: &ShopId) -> Result<watch::Receiver<u64>, ReadError>;

    /// Writes handed over and not answered yet. Virtual time stands still while there is one. A
    /// write is counted a moment longer than its answer takes, never shorter.
    fn in_flight(&self) -> usize;

    /// Holds back what is handed over from now on, until
    /// [`wait_until_answered`](Journal::wait_until_answered) is called or the journal is dropped:
    /// nobody sees it or is answered before. Nothing may block on a write meanwhile.
    ///
    /// For a loop in virtual time: whether a task finds its own write done within the turn in
    /// which it began it must not depend on how busy the machine is.
    fn hold_writes(&self);

    /// Blocks the calling thread until nothing is in flight; every answer is then where its
    /// future finds it. For a loop that runs all tasks of a till on one thread in virtual time.
    fn wait_until_answered(&self);
}

/// A write on its way to the disk.
#[derive(Debug)]
pub struct PendingWrite {
    answer: oneshot::Receiver<Result<Written, WriteError>>,
}

impl PendingWrite {
    /// For a store's own use: the other end is held by its writer.
    pub fn new(answer: oneshot::Receiver<Result<Written, WriteError>>) -> Self {
        Self { answer }
    }

    /// Waits until it is on the disk, or is known never to be.
    pub async fn settled(self) -> Result<Written, WriteError> {
        self.answer.await.unwrap_or_else(|_| {
            Err(WriteError::Stopped {
                reason: "its writer ended without an answer".into(),
            })
        })
    }
}
