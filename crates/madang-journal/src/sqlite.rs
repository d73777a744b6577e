//! The journal in one SQLite file: WAL, every commit synced, one writer thread.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
    thread::JoinHandle,
};

use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot, watch};

use crate::{
    batch::{Batch, Written},
    error::{ReadError, WriteError},
    event::Event,
    id::{Micros, OutboxId, Position, ShopId, StreamId, Version},
    journal::{Journal, PendingWrite},
    limits::READ_ROWS_MAX,
    operation::OperationRecord,
    outbox::{OutboxCount, OutboxMessage},
    personal::PersonalText,
    sqlite::{
        folder::DataFolder,
        in_flight::{Counted, InFlight},
        readers::Readers,
        tail::Tail,
        writer::{Job, Upkeep, Writer},
    },
    view::{ViewQuery, ViewRow, ViewState},
};

mod append;
mod apply;
mod backup;
mod check;
mod connection;
mod folder;
mod in_flight;
mod operations;
mod readers;
mod rows;
mod schema;
mod stored;
mod tail;
mod writer;

pub use self::{
    backup::BackupError,
    folder::{FormatVersion, OpenError},
    stored::StoredJournal,
};

/// The points at which a test may kill this form of the journal, in the order they are passed.
pub const SQLITE_FAILPOINTS: &[&str] = &[
    "journal/folder-made",
    "journal/schema-made",
    "journal/format-written",
    "journal/before-commit",
    "journal/after-commit",
    "journal/after-answer",
];

/// What an owner may choose.
#[derive(Debug, Clone)]
pub struct SqliteSettings {
    /// Writes that may wait for the disk before `write` makes its callers wait and `write_soon`
    /// refuses. 1024: some seconds of a slow disk at a busy till.
    pub waiting_writes_max: usize,
    /// Below this nothing is written, so that the file can still be checkpointed, copied and
    /// mended. 64 MiB: the log of a full group and the pages it touches, several times.
    pub free_bytes_min: u64,
}

impl Default for SqliteSettings {
    fn default() -> Self {
        Self {
            waiting_writes_max: 1024,
            free_bytes_min: 64 * 1024 * 1024,
        }
    }
}

/// The journal in one SQLite file of a data folder, which it holds alone until it is dropped.
///
/// Reads are answered on the calling thread from a small pool of read-only connections, events
/// that are recent from memory. That is a bargain: a read of a local page cache takes
/// microseconds, less than a change of threads, and needs no runtime; it stops being good when a
/// caller reads thousands of rows at once on a thread that others wait for.
pub struct SqliteJournal {
    queue: Option<mpsc::Sender<Job>>,
    writer: Option<JoinHandle<()>>,
    readers: Readers,
    tail: Arc<Tail>,
    in_flight: InFlight,
    folder: DataFolder,
}

impl SqliteJournal {
    /// Opens the journal of a data folder, making the folder when it is not there.
    pub fn open(folder: &Path, settings: SqliteSettings) -> Result<Self, OpenError> {
        let folder = DataFolder::claim(folder)?;
        let store = folder.open_store()?;
        let tail = Arc::new(Tail::load(&store).map_err(|source| folder.unreadable(source))?);
        let readers = Readers::new(folder.database_path());
        let (queue, jobs) = mpsc::channel(settings.waiting_writes_max.max(1));
        let in_flight = InFlight::default();
        let writer = Writer::new(
            store,
            Arc::clone(&tail),
            in_flight.clone(),
            folder.path(),
            settings.free_bytes_min,
        );
        let thread = std::thread::Builder::new()
            .name("journal-writer".to_owned())
            .spawn(move || writer.run(jobs))
            .map_err(|source| OpenError::Io {
                doing: "start the writer's thread for",
                path: folder.path().to_owned(),
                source,
            })?;
        Ok(Self {
            queue: Some(queue),
            writer: Some(thread),
            readers,
            tail,
            in_flight,
            folder,
        })
    }

    /// The data folder.
    pub fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Copies the journal, as it stands at this moment, into a new folder that can be opened as a
    /// data folder; writes go on meanwhile. Takes as long as reading the whole file takes: call it
    /// on a thread of its own. A copy keeps personal text that is erased here later.
    pub fn backup(&self, to: &Path) -> Result<(), BackupError> {
        backup::copy(&self.folder.database_path(), to)
    }

    /// The same for a journal that another process may hold open: nothing of it is locked or changed.
    pub fn backup_of(folder: &Path, to: &Path) -> Result<(), BackupError> {
        backup::copy_of(folder, to)
    }

    /// Reads the whole file and answers what is wrong with it, one problem a line; empty when
    /// nothing is. Takes as long as reading the whole file takes.
    pub fn problems(&self) -> Result<Vec<String>, ReadError> {
        self.readers.read("check its file", |store| {
            store
                .prepare("PRAGMA integrity_check(20)")?
                .query_map([], |row| row.get::<_, String>(0))?
                .filter(|line| !matches!(line, Ok(line) if line == "ok"))
                .collect()
        })
    }

    fn queue(&self) -> &mpsc::Sender<Job> {
        self.queue
            .as_ref()
            .expect("taken only when the journal is dropped")
    }

    /// Waits for room, hands a write to the writer and waits for its answer.
    async fn hand_over<T>(
        &self,
        bytes: usize,
        job: impl FnOnce(oneshot::Sender<Result<T, WriteError>>, Counted) -> Job,
    ) -> Result<T, WriteError> {
        let answer = {
            let room = self.in_flight.room(bytes).await;
            let slot = self
                .queue()
                .reserve()
                .await
                .map_err(|_| self.tail.stopped())?;
            let (sender, answer) = oneshot::channel();
            slot.send(job(sender, self.in_flight.begin(room)));
            answer
        };
        answer.await.unwrap_or_else(|_| Err(self.tail.stopped()))
    }

    async fn keep_up(&self, upkeep: Upkeep) -> Result<u64, WriteError> {
        self.hand_over(0, |answer, counted| Job::upkeep(upkeep, answer, counted))
            .await
    }
}

impl Drop for SqliteJournal {
    /// What was handed over is written first; the folder is free for the next owner afterwards.
    fn drop(&mut self) {
        self.queue = None;
        self.in_flight.let_go();
        if let Some(writer) = self.writer.take() {
            // A writer that panicked has nothing left to say: its callers were told.
            let _ = writer.join();
        }
    }
}

impl fmt::Debug for SqliteJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteJournal")
            .field("folder", &self.folder.path())
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Journal for SqliteJournal {
    async fn write(&self, batch: Batch) -> Result<Written, WriteError> {
        let bytes = check::batch(&batch)?;
        self.hand_over(bytes, |answer, counted| Job::batch(batch, answer, counted))
            .await
    }

    fn write_soon(&self, batch: Batch) -> Result<PendingWrite, WriteError> {
        let bytes = check::batch(&batch)?;
        if let Some(stopped) = self.tail.has_stopped() {
            return Err(stopped);
        }
        let full = || WriteError::Full {
            waiting: self.in_flight.count(),
        };
        let room = self.in_flight.room_now(bytes).ok_or_else(full)?;
        let slot = self.queue().try_reserve().map_err(|error| match error {
            mpsc::error::TrySendError::Full(()) => full(),
            mpsc::error::TrySendError::Closed(()) => self.tail.stopped(),
        })?;
        let (sender, answer) = oneshot::channel();
        slot.send(Job::batch(batch, sender, self.in_flight.begin(room)));
        Ok(PendingWrite::new(answer))
    }

    async fn stream(
        &self,
        stream: &StreamId,
        after: Version,
        limit: u32,
    ) -> Result<Vec<Arc<Event>>, ReadError> {
        self.readers.read("read a stream", |store| {
            rows::stream(store, stream, after, rows_max(limit))
        })
    }

    async fn events(
        &self,
        shop: &ShopId,
        after: Position,
        limit: u32,
    ) -> Result<Vec<Arc<Event>>, ReadError> {
        if let Some(recent) = self.tail.events(shop, after, rows_max(limit)) {
            return Ok(recent);
        }
        self.readers.read("read a shop's events", |store| {
            rows::events(store, shop, after, rows_max(limit))
        })
    }

    async fn head(&self, shop: &ShopId) -> Result<Position, ReadError> {
        Ok(self.tail.head(shop))
    }

    async fn operation(
        &self,
        shop: &ShopId,
        key: &str,
    ) -> Result<Option<OperationRecord>, ReadError> {
        self.readers.read("read an operation", |store| {
            operations::find(store, shop, key)
        })
    }

    async fn open_operations(&self, shop: &ShopId) -> Result<Vec<OperationRecord>, ReadError> {
        self.readers.read("read the open operations", |store| {
            operations::open(store, shop)
        })
    }

    async fn value(&self, scope: &str, key: &str) -> Result<Option<String>, ReadError> {
        self.readers
            .read("read a value", |store| rows::value(store, scope, key))
    }

    async fn values(
        &self,
        scope: &str,
        key_prefix: &str,
        limit: u32,
    ) -> Result<Vec<(String, String)>, ReadError> {
        self.readers.read("read values", |store| {
            rows::values(store, scope, key_prefix, rows_max(limit))
        })
    }

    async fn value_bytes(&self, scope: &str) -> Result<u64, ReadError> {
        self.readers.read("read a scope's size", |store| {
            rows::value_bytes(store, scope)
        })
    }

    async fn cursor(&self, shop: &ShopId, name: &str) -> Result<Option<Position>, ReadError> {
        self.readers
            .read("read a cursor", |store| rows::cursor(store, shop, name))
    }

    async fn cursors(&self, shop: &ShopId) -> Result<Vec<(String, Position)>, ReadError> {
        self.readers
            .read("read the cursors", |store| rows::cursors(store, shop))
    }

    async fn outbox_due(
        &self,
        shop: &ShopId,
        destination: &str,
        now: Micros,
        limit: u32,
    ) -> Result<Vec<OutboxMessage>, ReadError> {
        self.readers.read("read the outbox", |store| {
            rows::outbox_due(store, shop, destination, now, rows_max(limit))
        })
    }

    async fn outbox_next_at(
        &self,
        shop: &ShopId,
        destination: &str,
        after: Micros,
    ) -> Result<Option<Micros>, ReadError> {
        self.readers.read("read the outbox", |store| {
            rows::outbox_next_at(store, shop, destination, after)
        })
    }

    async fn outbox_counts(&self, shop: &ShopId) -> Result<Vec<OutboxCount>, ReadError> {
        self.readers
            .read("count the outbox", |store| rows::outbox_counts(store, shop))
    }

    async fn outbox_message(
        &self,
        shop: &ShopId,
        id: OutboxId,
    ) -> Result<Option<OutboxMessage>, ReadError> {
        self.readers.read("read a message of the outbox", |store| {
            rows::outbox_message(store, shop, id)
        })
    }

    async fn outbox_waiting(
        &self,
        shop: &ShopId,
        limit: u32,
    ) -> Result<Vec<OutboxMessage>, ReadError> {
        self.readers.read("read the outbox", |store| {
            rows::outbox_waiting(store, shop, rows_max(limit))
        })
    }

    async fn outbox_aside(
        &self,
        shop: &ShopId,
        limit: u32,
    ) -> Result<Vec<OutboxMessage>, ReadError> {
        self.readers.read("read what was set aside", |store| {
            rows::outbox_aside(store, shop, rows_max(limit))
        })
    }

    async fn view(&self, shop: &ShopId, query: ViewQuery) -> Result<Vec<ViewRow>, ReadError> {
        self.readers
            .read("read a view", |store| rows::view(store, shop, &query))
    }

    async fn view_row(
        &self,
        shop: &ShopId,
        view: &str,
        key: &str,
    ) -> Result<Option<ViewRow>, ReadError> {
        self.readers.read("read a view's row", |store| {
            rows::view_row(store, shop, view, key)
        })
    }

    async fn view_state(&self, shop: &ShopId, view: &str) -> Result<Option<ViewState>, ReadError> {
        self.readers.read("read a view's state", |store| {
            rows::view_state(store, shop, view)
        })
    }

    async fn begin_view_rebuild(
        &self,
        shop: &ShopId,
        view: &str,
        version: u32,
    ) -> Result<(), WriteError> {
        check::view_name(view)?;
        let (shop, view) = (shop.clone(), view.to_owned());
        self.keep_up(Upkeep::BeginView {
            shop,
            view,
            version,
        })
        .await
        .map(|_| ())
    }

    async fn personal(&self, id: &str) -> Result<Option<PersonalText>, ReadError> {
        self.readers
            .read("read a personal text", |store| rows::personal(store, id))
    }

    async fn erase_personal(&self, id: &str) -> Result<bool, WriteError> {
        let id = id.to_owned();
        self.keep_up(Upkeep::ErasePersonal { id })
            .await
            .map(|erased| erased > 0)
    }

    async fn erase_expired_personal(&self, now: Micros) -> Result<u64, WriteError> {
        self.keep_up(Upkeep::EraseExpiredPersonal { now }).await
    }

    fn watch(&self, shop: &ShopId) -> Result<watch::Receiver<Position>, ReadError> {
        Ok(self.tail.watch(shop))
    }

    fn watch_outbox(&self, shop: &ShopId) -> Result<watch::Receiver<u64>, ReadError> {
        Ok(self.tail.watch_outbox(shop))
    }

    fn in_flight(&self) -> usize {
        self.in_flight.count()
    }

    fn hold_writes(&self) {
        self.in_flight.hold();
    }

    fn wait_until_answered(&self) {
        self.in_flight.let_go();
        self.in_flight.wait_for_none();
    }
}

fn rows_max(limit: u32) -> u32 {
    limit.min(READ_ROWS_MAX)
}
