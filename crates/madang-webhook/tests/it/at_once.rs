//! A journal for one thread in tokio's virtual time, which moves on whenever the thread has nothing to do: here every write is
//! answered before its caller goes on, so that no time passes for it. It notes what the outbox was given, and can die.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use futures::executor::block_on;
use madang_journal::{
    Batch, Event, Journal, Micros, NewEvent, OperationRecord, OutboxCount, OutboxId, OutboxMessage,
    PendingWrite, PersonalText, Position, ReadError, ShopId, SqliteJournal, StreamId, Version,
    ViewQuery, ViewRow, ViewState, WriteError, Written,
};
use tokio::sync::watch;

/// Events that are told of, among those that happen on the afternoons of these tests.
const TOLD: [&str; 6] = [
    "order-placed",
    "order-completed",
    "order-cancelled",
    "payment-taken",
    "payment-approved",
    "payment-cancelled",
];

/// Group and key of every message that was written, in their order.
pub type Ledger = Arc<Mutex<Vec<(String, String)>>>;

pub struct AtOnce {
    journal: SqliteJournal,
    ledger: Ledger,
    is_dead: AtomicBool,
}

impl AtOnce {
    pub fn new(journal: SqliteJournal, ledger: Ledger) -> Self {
        Self {
            journal,
            ledger,
            is_dead: AtomicBool::new(false),
        }
    }

    /// From here on nothing is written: the process is gone, whatever of it still runs in the test.
    pub fn die(&self) {
        self.is_dead.store(true, Ordering::SeqCst);
    }

    fn alive(&self) -> Result<(), WriteError> {
        match self.is_dead.load(Ordering::SeqCst) {
            true => Err(WriteError::Stopped {
                reason: "the process was killed".into(),
            }),
            false => Ok(()),
        }
    }

    fn note(&self, messages: Vec<(String, String)>) {
        self.ledger.lock().expect("no panic").extend(messages);
    }
}

/// The messages of a batch, which are there exactly when what they tell of is.
fn messages(batch: &Batch) -> Vec<(String, String)> {
    let is_told = |event: &NewEvent| TOLD.contains(&event.kind.as_str());
    let told = batch.events.iter().filter(|event| is_told(event)).count();
    assert!(
        batch.outbox.len() >= told,
        "an event is not told: {batch:?}"
    );
    assert_eq!(batch.outbox.is_empty(), told == 0, "{batch:?}");
    let messages = batch.outbox.iter();
    messages
        .map(|message| (message.group.clone(), message.key.clone()))
        .collect()
}

#[async_trait]
impl Journal for AtOnce {
    async fn write(&self, batch: Batch) -> Result<Written, WriteError> {
        self.alive()?;
        let messages = messages(&batch);
        let written = block_on(self.journal.write(batch))?;
        self.note(messages);
        Ok(written)
    }

    fn write_soon(&self, batch: Batch) -> Result<PendingWrite, WriteError> {
        self.alive()?;
        let messages = messages(&batch);
        let pending = self.journal.write_soon(batch)?;
        let settled = block_on(pending.settled());
        if settled.is_ok() {
            self.note(messages);
        }
        let (answer, answered) = tokio::sync::oneshot::channel();
        // Nobody has to wait for it.
        let _ = answer.send(settled);
        Ok(PendingWrite::new(answered))
    }

    async fn begin_view_rebuild(
        &self,
        shop: &ShopId,
        view: &str,
        version: u32,
    ) -> Result<(), WriteError> {
        self.alive()?;
        block_on(self.journal.begin_view_rebuild(shop, view, version))
    }

    async fn erase_personal(&self, id: &str) -> Result<bool, WriteError> {
        self.alive()?;
        block_on(self.journal.erase_personal(id))
    }

    async fn erase_expired_personal(&self, now: Micros) -> Result<u64, WriteError> {
        self.alive()?;
        block_on(self.journal.erase_expired_personal(now))
    }

    async fn stream(
        &self,
        stream: &StreamId,
        after: Version,
        limit: u32,
    ) -> Result<Vec<Arc<Event>>, ReadError> {
        self.journal.stream(stream, after, limit).await
    }

    async fn events(
        &self,
        shop: &ShopId,
        after: Position,
        limit: u32,
    ) -> Result<Vec<Arc<Event>>, ReadError> {
        self.journal.events(shop, after, limit).await
    }

    async fn head(&self, shop: &ShopId) -> Result<Position, ReadError> {
        self.journal.head(shop).await
    }

    async fn operation(
        &self,
        shop: &ShopId,
        key: &str,
    ) -> Result<Option<OperationRecord>, ReadError> {
        self.journal.operation(shop, key).await
    }

    async fn open_operations(&self, shop: &ShopId) -> Result<Vec<OperationRecord>, ReadError> {
        self.journal.open_operations(shop).await
    }

    async fn value(&self, scope: &str, key: &str) -> Result<Option<String>, ReadError> {
        self.journal.value(scope, key).await
    }

    async fn values(
        &self,
        scope: &str,
        key_prefix: &str,
        limit: u32,
    ) -> Result<Vec<(String, String)>, ReadError> {
        self.journal.values(scope, key_prefix, limit).await
    }

    async fn value_bytes(&self, scope: &str) -> Result<u64, ReadError> {
        self.journal.value_bytes(scope).await
    }

    async fn cursor(&self, shop: &ShopId, name: &str) -> Result<Option<Position>, ReadError> {
        self.journal.cursor(shop, name).await
    }

    async fn cursors(&self, shop: &ShopId) -> Result<Vec<(String, Position)>, ReadError> {
        self.journal.cursors(shop).await
    }

    async fn outbox_due(
        &self,
        shop: &ShopId,
        destination: &str,
        now: Micros,
        limit: u32,
    ) -> Result<Vec<OutboxMessage>, ReadError> {
        self.journal.outbox_due(shop, destination, now, limit).await
    }

    async fn outbox_next_at(
        &self,
        shop: &ShopId,
        destination: &str,
        after: Micros,
    ) -> Result<Option<Micros>, ReadError> {
        self.journal.outbox_next_at(shop, destination, after).await
    }

    async fn outbox_counts(&self, shop: &ShopId) -> Result<Vec<OutboxCount>, ReadError> {
        self.journal.outbox_counts(shop).await
    }

    async fn outbox_message(
        &self,
        shop: &ShopId,
        id: OutboxId,
    ) -> Result<Option<OutboxMessage>, ReadError> {
        self.journal.outbox_message(shop, id).await
    }

    async fn outbox_waiting(
        &self,
        shop: &ShopId,
        limit: u32,
    ) -> Result<Vec<OutboxMessage>, ReadError> {
        self.journal.outbox_waiting(shop, limit).await
    }

    async fn outbox_aside(
        &self,
        shop: &ShopId,
        limit: u32,
    ) -> Result<Vec<OutboxMessage>, ReadError> {
        self.journal.outbox_aside(shop, limit).await
    }

    async fn view(&self, shop: &ShopId, query: ViewQuery) -> Result<Vec<ViewRow>, ReadError> {
        self.journal.view(shop, query).await
    }

    async fn view_row(
        &self,
        shop: &ShopId,
        view: &str,
        key: &str,
    ) -> Result<Option<ViewRow>, ReadError> {
        self.journal.view_row(shop, view, key).await
    }

    async fn view_state(&self, shop: &ShopId, view: &str) -> Result<Option<ViewState>, ReadError> {
        self.journal.view_state(shop, view).await
    }

    async fn personal(&self, id: &str) -> Result<Option<PersonalText>, ReadError> {
        self.journal.personal(id).await
    }

    fn watch(&self, shop: &ShopId) -> Result<watch::Receiver<Position>, ReadError> {
        self.journal.watch(shop)
    }

    fn watch_outbox(&self, shop: &ShopId) -> Result<watch::Receiver<u64>, ReadError> {
        self.journal.watch_outbox(shop)
    }

    fn in_flight(&self) -> usize {
        self.journal.in_flight()
    }

    /// What is answered at once cannot be held back.
    fn hold_writes(&self) {}

    fn wait_until_answered(&self) {
        self.journal.wait_until_answered();
    }
}
