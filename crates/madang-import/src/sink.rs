//! Where rows go.

use std::error::Error;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::batch::Batch;
use crate::check::masked;
use crate::checkpoint::{Checkpoint, RunKey};
use crate::schema::{Field, Schema};

/// What a sink can promise about a run that was killed and goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promise {
    /// Rows and checkpoint are one commit: no row is lost, none is there twice.
    ExactlyOnce,
    /// Each row goes out under a key made of the run and its place, by which the receiver knows a repeat; the checkpoint is kept by the runner.
    ByKey,
    /// The sink tells in the checkpoint what is complete, and throws away what is not when it opens; the checkpoint is kept by the runner.
    Parts,
}

/// What a write did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Rows that are now there.
    pub rows: u64,
    /// Of these, rows that were there before as they are (an upsert that changed nothing, a repeat that was known by its key).
    pub unchanged: u64,
    /// Rows beside these that the destination took and did not keep: a trigger of its own passed them over.
    pub passed_over: u64,
}

/// What rows did to what was there, where a sink can tell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// Rows of what was not there.
    pub new: u64,
    /// Rows that changed what was there, the renamed ones included.
    pub changed: u64,
    /// Rows of what was called something else: most of the time they meant something else.
    pub renamed: u64,
    /// Rows that said what was so already.
    pub untouched: u64,
    /// The first [`Changes::RENAMES_MAX`] names, old and new.
    pub renames: Vec<(String, String)>,
}

impl Changes {
    /// What a person looks through.
    pub const RENAMES_MAX: usize = 100;
}

/// Takes batches. One writes at a time; nothing is written outside of a call.
#[async_trait]
pub trait Sink: Send {
    /// What it is, for people: `table menu_item of PostgreSQL at db.example.com:5432/shop`. Without secrets.
    fn name(&self) -> String;

    /// What it is known by, however it was spelled: the same destination has the same. For people there is [`Self::name`].
    fn identity(&self) -> String {
        self.name()
    }

    /// Whether a checkpoint may say of each row whether it was written ([`Checkpoint::places`]), which takes some bytes for each.
    fn keeps_places(&self) -> bool {
        self.promise() == Promise::ExactlyOnce
    }

    /// What it promises.
    fn promise(&self) -> Promise;

    /// How much text a batch should hold, when it is not as much as the runner's settings say: a sink for which each batch is a file wants more, one that is
    /// slow and sends again what came after the last checkpoint wants less. More than the memory of a run allows it does not get.
    fn batch_bytes_wanted(&self) -> Option<usize> {
        None
    }

    /// The most rows that a batch may have, when that is fewer than the runner's settings say: a receiver that takes so many at once.
    fn batch_rows_max(&self) -> Option<usize> {
        None
    }

    /// Whether the sink itself gives new rows the default of a column ([`Field::default`]), and leaves rows that are there as they are. Where it cannot tell them
    /// apart, the default comes to it like any other value.
    fn knows_default(&self, _schema: &Schema, _field: &Field) -> bool {
        false
    }

    /// Whether rows of a schema could go there as it is now, for a dry run: changes nothing at all, makes nothing. A sink that cannot ask
    /// without changing something says yes.
    ///
    /// # Errors
    /// [`SinkError`].
    async fn fits(&mut self, _schema: &Schema) -> Result<(), SinkError> {
        Ok(())
    }

    /// Whether the sink as it is now would take these rows, for a dry run, after [`Self::fits`]: changes nothing at all. A sink that cannot ask without
    /// changing something says yes.
    ///
    /// # Errors
    /// [`SinkError`], as [`Self::write`].
    async fn would_take(&mut self, _batch: &Batch) -> Result<(), SinkError> {
        Ok(())
    }

    /// What a person should know of the destination before the first row, once it was opened or asked ([`Self::fits`]).
    fn notes(&self) -> Vec<SinkNote> {
        Vec::new()
    }

    /// Rows that it has taken in all, those of batches that failed afterwards included: a sink that takes some of each batch is not given up. 0 where a batch is
    /// taken whole or not at all.
    fn rows_taken(&self) -> u64 {
        0
    }

    /// How many of the first rows of a batch are settled although writing it failed, each taken or refused by itself: writing these alone asks nobody and tells
    /// what became of each. 0 where a batch is taken whole or not at all.
    fn rows_settled(&self, _batch: &Batch) -> usize {
        0
    }

    /// What the rows that it took since it was made have changed, or would have in a dry run; none where it cannot tell.
    fn changes(&self) -> Option<&Changes> {
        None
    }

    /// The rows that will come were refused by this run before: they stand where they stood in its files. Said before it is opened.
    fn rows_are_of(&mut self, _run: &RunKey) {}

    /// Makes ready for a run and tells how far it has come before, when the sink keeps that. `kept` is what the runner's own files say. Checks that the
    /// schema fits what is there.
    ///
    /// # Errors
    /// [`SinkError`]; nothing was written.
    async fn open(
        &mut self,
        run: &RunKey,
        schema: &Schema,
        kept: Option<&Checkpoint>,
    ) -> Result<Option<Checkpoint>, SinkError>;

    /// Writes all rows of a batch and, where the sink keeps it, the checkpoint, or nothing at all; durable when it returns. The batch may be empty: then
    /// only the checkpoint moves on. Sinks that keep words of their own in the checkpoint put them into `checkpoint.sink`.
    ///
    /// # Errors
    /// [`SinkError`]: of kind `Unknown` when it may have been written; then the runner opens the sink again and asks how far it has come.
    async fn write(
        &mut self,
        batch: &Batch,
        checkpoint: &mut Checkpoint,
    ) -> Result<Written, SinkError>;

    /// All is written: makes visible what waits for that.
    ///
    /// # Errors
    /// [`SinkError`].
    async fn finish(&mut self, checkpoint: &mut Checkpoint) -> Result<(), SinkError>;
}

/// Something about a destination that is no error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SinkNote {
    /// In English, without secrets.
    pub message: String,
    /// The same in Korean.
    pub message_ko: String,
}

/// Why a sink did not take something.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct SinkError {
    /// What to do about it.
    pub kind: SinkErrorKind,
    /// What went wrong, in English, without secrets.
    pub message: String,
    /// The same in Korean.
    pub message_ko: String,
    /// The destination's column whose value it is about, where that is known.
    pub column: Option<String>,
    /// What lies under it.
    #[source]
    pub source: Option<Box<dyn Error + Send + Sync>>,
}

impl SinkError {
    /// Without numbers of cards, which receivers repeat of what they were sent.
    #[must_use]
    pub fn masked(mut self) -> Self {
        self.message = masked(&self.message);
        self.message_ko = masked(&self.message_ko);
        self
    }

    /// The destination has nothing of what this run wrote there.
    pub fn emptied(place: &str) -> Self {
        Self {
            kind: SinkErrorKind::Setup,
            message: format!(
                "{place} was emptied or replaced since this import wrote rows there: bring them back, or import once more with --again"
            ),
            message_ko: format!(
                "{place}이(가) 이 가져오기 뒤에 비워졌거나 새로 만들어졌어요. 되돌리거나 --again으로 다시 가져오세요"
            ),
            column: None,
            source: None,
        }
    }

    /// The run's checkpoint is not where this process left it: another imports the same to the same place.
    pub fn imported_elsewhere(place: &str) -> Self {
        Self {
            kind: SinkErrorKind::Setup,
            message: format!(
                "another process imports the same there: the checkpoint in {place} has moved on. Nothing was written twice; wait until the other has ended"
            ),
            message_ko: format!(
                "다른 프로세스가 같은 것을 같은 곳에 가져오고 있어요: {place}의 기록이 움직였어요. 두 번 저장된 행은 없으니 다른 쪽이 끝날 때까지 기다려 주세요"
            ),
            column: None,
            source: None,
        }
    }
}

/// What a runner does about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SinkErrorKind {
    /// It may pass: try again after a pause (the sink's own wish, when it has one), with fewer rows.
    Transient {
        /// How long the sink wants to be left alone.
        retry_after: Option<Duration>,
    },
    /// The connection broke while writing: open again, ask how far it has come, go on from there.
    Unknown,
    /// Something about the rows: when there is only one, it is refused; else the batch is halved. The code becomes the [`crate::Reason`]'s.
    Rows {
        /// As `duplicate_key`, `refused_by_sink`.
        code: &'static str,
    },
    /// The user has to mend something: a table that does not fit, a right that is missing. The run stops; it can go on afterwards.
    Setup,
    /// The sink is gone for good, or the disk is full. The run stops; it can go on afterwards.
    Gone,
}
