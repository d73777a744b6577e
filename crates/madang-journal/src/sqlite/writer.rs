//! The one thread that writes. It takes whatever is waiting, gives each write a savepoint of its
//! own, commits once, and only then answers and wakes.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::{
    batch::{Batch, Written},
    error::{StoreError, WriteError},
    failpoint::failpoint,
    id::{Micros, ShopId},
    outbox::OutboxChange,
    sqlite::{
        apply::{self, Refusal},
        connection::BUSY_WAIT,
        folder::free_bytes,
        in_flight::{Counted, InFlight},
        tail::Tail,
    },
};

/// Writes of one group. A group is bounded so that the first of it is not kept waiting while
/// others keep coming.
const GROUP_WRITES_MAX: usize = 256;

type Answer<T> = oneshot::Sender<Result<T, WriteError>>;

/// A write and where its answer goes.
pub(super) struct Job {
    task: Task,
    in_flight: Counted,
}

enum Task {
    Batch(Box<Batch>, Answer<Written>),
    Upkeep(Upkeep, Answer<u64>),
}

/// What is written beside batches; answers how many rows it concerned.
pub(super) enum Upkeep {
    BeginView {
        shop: ShopId,
        view: String,
        version: u32,
    },
    ErasePersonal {
        id: String,
    },
    EraseExpiredPersonal {
        now: Micros,
    },
}

impl Job {
    pub(super) fn batch(batch: Batch, answer: Answer<Written>, in_flight: Counted) -> Self {
        Self {
            task: Task::Batch(Box::new(batch), answer),
            in_flight,
        }
    }

    pub(super) fn upkeep(upkeep: Upkeep, answer: Answer<u64>, in_flight: Counted) -> Self {
        Self {
            task: Task::Upkeep(upkeep, answer),
            in_flight,
        }
    }

    /// Whether text about a person leaves the tables with this write.
    fn erases(&self) -> bool {
        match &self.task {
            Task::Batch(batch, _) => !batch.personal.is_empty(),
            Task::Upkeep(upkeep, _) => !matches!(upkeep, Upkeep::BeginView { .. }),
        }
    }

    /// The error, when there is one, means that the transaction itself is lost.
    fn apply(self, store: &Connection) -> (Outcome, Option<rusqlite::Error>) {
        let Self { task, in_flight } = self;
        let mut outbox_news = None;
        let (reply, lost) = match task {
            Task::Batch(batch, answer) => {
                outbox_news = has_outbox_news(&batch).then(|| batch.shop.clone());
                let (result, lost) = in_savepoint(store, |store| apply::batch(store, *batch));
                (Reply::Batch(result, answer), lost)
            }
            Task::Upkeep(upkeep, answer) => {
                let (result, lost) = in_savepoint(store, |store| upkeep.apply(store));
                (Reply::Upkeep(result, answer), lost)
            }
        };
        (
            Outcome {
                reply,
                outbox_news,
                _in_flight: in_flight,
            },
            lost,
        )
    }

    fn refuse(self, error: WriteError) {
        match self.task {
            Task::Batch(_, answer) => drop(answer.send(Err(error))),
            Task::Upkeep(_, answer) => drop(answer.send(Err(error))),
        }
    }
}

impl Upkeep {
    fn apply(self, store: &Connection) -> Result<u64, Refusal> {
        match self {
            Self::BeginView {
                shop,
                view,
                version,
            } => apply::begin_view(store, &shop, &view, version),
            Self::ErasePersonal { id } => apply::erase_personal(store, &id),
            Self::EraseExpiredPersonal { now } => apply::erase_expired_personal(store, now),
        }
    }
}

/// A write that was applied and waits for the group's commit.
struct Outcome {
    reply: Reply,
    /// The shop whose sender of the outbox has something to look at.
    outbox_news: Option<ShopId>,
    _in_flight: Counted,
}

/// Whether a batch brings messages, or decides about some that stand aside. What became of a
/// message that was sent is known to its sender.
fn has_outbox_news(batch: &Batch) -> bool {
    let decides = |change: &OutboxChange| {
        matches!(
            change,
            OutboxChange::PutBack { .. } | OutboxChange::Drop { .. }
        )
    };
    !batch.outbox.is_empty() || batch.outbox_changes.iter().any(decides)
}

enum Reply {
    Batch(Result<Written, WriteError>, Answer<Written>),
    Upkeep(Result<u64, WriteError>, Answer<u64>),
}

impl Outcome {
    fn written(&self) -> Option<&Written> {
        match &self.reply {
            Reply::Batch(Ok(written), _) => Some(written),
            Reply::Batch(Err(_), _) | Reply::Upkeep(..) => None,
        }
    }

    /// A caller that has gone away does not hear its answer; the write stands all the same.
    fn answer(self) {
        match self.reply {
            Reply::Batch(result, answer) => drop(answer.send(result)),
            Reply::Upkeep(result, answer) => drop(answer.send(result)),
        }
    }

    fn fail(self, error: WriteError) {
        match self.reply {
            Reply::Batch(_, answer) => drop(answer.send(Err(error))),
            Reply::Upkeep(_, answer) => drop(answer.send(Err(error))),
        }
    }
}

pub(super) struct Writer {
    store: Connection,
    tail: Arc<Tail>,
    in_flight: InFlight,
    folder: PathBuf,
    free_bytes_min: u64,
    /// Erased text is still in the log file until the log was emptied.
    log_holds_erased: bool,
}

impl Writer {
    pub(super) fn new(
        store: Connection,
        tail: Arc<Tail>,
        in_flight: InFlight,
        folder: &Path,
        free_bytes_min: u64,
    ) -> Self {
        let folder = folder.to_owned();
        // What was erased before a crash may still be in the log.
        Self {
            store,
            tail,
            in_flight,
            folder,
            free_bytes_min,
            log_holds_erased: true,
        }
    }

    pub(super) fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        while let Some(first) = jobs.blocking_recv() {
            self.in_flight.wait_while_held();
            let group = take_waiting(first, &mut jobs);
            match self.obstacle() {
                Some(error) => group.into_iter().for_each(|job| job.refuse(error.clone())),
                None => self.write(group),
            }
        }
    }

    fn obstacle(&self) -> Option<WriteError> {
        if let Some(stopped) = self.tail.has_stopped() {
            return Some(stopped);
        }
        // A disk that cannot be asked will say what is wrong when it is written to.
        let free_bytes = free_bytes(&self.folder).ok()?;
        let free_bytes_min = self.free_bytes_min;
        (free_bytes < free_bytes_min).then_some(WriteError::DiskFull {
            free_bytes,
            free_bytes_min,
        })
    }

    fn write(&mut self, group: Vec<Job>) {
        if let Some(error) = self.begin() {
            return group.into_iter().for_each(|job| job.refuse(error.clone()));
        }
        let erases = group.iter().any(Job::erases);
        let mut outcomes = Vec::with_capacity(group.len());
        let mut waiting = group.into_iter();
        let result = self.transact(&mut waiting, &mut outcomes);
        if let Err(error) = result {
            return self.stop(error, outcomes, waiting);
        }
        failpoint("journal/after-commit");
        for outcome in &outcomes {
            if let Some(written) = outcome.written() {
                self.tail.committed(&written.events);
                if let Some(shop) = &outcome.outbox_news {
                    self.tail.outbox_has_news(shop);
                }
            }
        }
        self.log_holds_erased |= erases;
        self.empty_log();
        outcomes.into_iter().for_each(Outcome::answer);
        failpoint("journal/after-answer");
    }

    /// Nothing was written yet, so a database that somebody else holds (a tool that looks into it)
    /// costs these writes only. Any other trouble is the disk's.
    fn begin(&self) -> Option<WriteError> {
        let error = self.store.execute_batch("BEGIN IMMEDIATE").err()?;
        if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) {
            return Some(WriteError::Store(StoreError::new("begin a write", error)));
        }
        let reason: Arc<str> = error.to_string().into();
        self.tail.stop(Arc::clone(&reason));
        Some(WriteError::Stopped { reason })
    }

    fn transact(
        &mut self,
        waiting: &mut impl Iterator<Item = Job>,
        outcomes: &mut Vec<Outcome>,
    ) -> rusqlite::Result<()> {
        for job in waiting {
            let (outcome, lost) = job.apply(&self.store);
            outcomes.push(outcome);
            if let Some(error) = lost {
                return Err(error);
            }
        }
        failpoint("journal/before-commit");
        self.store.execute_batch("COMMIT")
    }

    /// Nobody can say what of this group is on the disk, so nobody may build on it: only opening
    /// the journal again tells.
    fn stop(
        &mut self,
        error: rusqlite::Error,
        outcomes: Vec<Outcome>,
        waiting: impl Iterator<Item = Job>,
    ) {
        let reason: Arc<str> = error.to_string().into();
        self.tail.stop(Arc::clone(&reason));
        if !self.store.is_autocommit() {
            // It is the connection's end: a rollback that fails as well changes nothing.
            let _ = self.store.execute_batch("ROLLBACK");
        }
        let stopped = WriteError::Stopped { reason };
        outcomes
            .into_iter()
            .for_each(|outcome| outcome.fail(stopped.clone()));
        waiting.for_each(|job| job.refuse(stopped.clone()));
    }

    /// Moves the log into the database and empties it, when erased text may be in it. A reader
    /// may be in the way: nobody waits for it, the next group tries again.
    fn empty_log(&mut self) {
        if self.log_holds_erased {
            self.log_holds_erased = !matches!(self.try_empty_log(), Ok(true));
        }
    }

    fn try_empty_log(&self) -> rusqlite::Result<bool> {
        self.store.busy_timeout(Duration::ZERO)?;
        let is_busy: rusqlite::Result<bool> =
            self.store
                .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0));
        self.store.busy_timeout(BUSY_WAIT)?;
        Ok(!is_busy?)
    }
}

fn take_waiting(first: Job, jobs: &mut mpsc::Receiver<Job>) -> Vec<Job> {
    let mut group = vec![first];
    while group.len() < GROUP_WRITES_MAX {
        match jobs.try_recv() {
            Ok(job) => group.push(job),
            Err(_) => break,
        }
    }
    group
}

/// Applies one write so that its refusal leaves the others of the group alone. The second error
/// means that the transaction itself is lost.
fn in_savepoint<T>(
    store: &Connection,
    apply: impl FnOnce(&Connection) -> Result<T, Refusal>,
) -> (Result<T, WriteError>, Option<rusqlite::Error>) {
    match try_in_savepoint(store, apply) {
        Ok(result) => (result, None),
        Err(lost) => (
            Err(WriteError::Stopped {
                reason: lost.to_string().into(),
            }),
            Some(lost),
        ),
    }
}

fn try_in_savepoint<T>(
    store: &Connection,
    apply: impl FnOnce(&Connection) -> Result<T, Refusal>,
) -> rusqlite::Result<Result<T, WriteError>> {
    store.prepare_cached("SAVEPOINT one")?.execute([])?;
    let refusal = match apply(store) {
        Ok(applied) => {
            store.prepare_cached("RELEASE one")?.execute([])?;
            return Ok(Ok(applied));
        }
        Err(refusal) => refusal,
    };
    let error = match refusal {
        Refusal::Rule(error) => error,
        // A full disk or a failed read makes SQLite give up the whole transaction.
        Refusal::Store(error) if store.is_autocommit() => return Err(error),
        Refusal::Store(error) => WriteError::Store(StoreError::new("apply a write", error)),
    };
    store.prepare_cached("ROLLBACK TO one")?.execute([])?;
    store.prepare_cached("RELEASE one")?.execute([])?;
    Ok(Err(error))
}
