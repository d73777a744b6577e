//! The last stage: brings lots to the sink, again and in smaller pieces where that is needed, and keeps how far it has come.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::future::{Either, select};

use crate::checkpoint::{Checkpoint, RunKey};
use crate::failpoint::failpoint;
use crate::refused::{RAW_BYTES_MAX, Reason, Refused};
use crate::run::counts::Counts;
use crate::run::lot::{Lot, Position};
use crate::run::places::Places;
use crate::run::report::{bytes_in_words, duration_in_words};
use crate::run::settings::{Limits, Patience};
use crate::run::state::{RunFolder, StateError};
use crate::run::stop::Stop;
use crate::run::world::World;
use crate::schema::{Field, Schema};
use crate::sink::{Changes, Promise, Sink, SinkError, SinkErrorKind, SinkNote, Written};

#[cfg(test)]
mod tests;

/// Writes the lots of one run, in their order.
pub struct Writer {
    sink: Box<dyn Sink>,
    run: RunKey,
    schema: Arc<Schema>,
    /// Where refused rows and checkpoints are kept; a dry run keeps none.
    folder: Option<RunFolder>,
    world: Arc<dyn World>,
    counts: Arc<Counts>,
    stop: Stop,
    limits: Limits,
    patience: Patience,
    batch_rows_max: usize,
    free_bytes_min: u64,
    /// The most rows of the next write.
    rows_max: usize,
    /// How far it has come.
    reached: Checkpoint,
    /// Which rows were written, where no one place says how far it has come.
    places: Option<Places>,
    trouble: Option<Trouble>,
    /// Whether nothing is left but to keep what the sink has settled of a lot that failed.
    is_ending: bool,
}

/// What a writer is made of.
pub struct WriterParts {
    /// Where rows go.
    pub sink: Box<dyn Sink>,
    /// The run.
    pub run: RunKey,
    /// Where refused rows and checkpoints are kept; a dry run keeps none.
    pub folder: Option<RunFolder>,
    /// Time and chance.
    pub world: Arc<dyn World>,
    /// What is counted.
    pub counts: Arc<Counts>,
    /// Asks it to end.
    pub stop: Stop,
    /// How many refused rows are too many.
    pub limits: Limits,
    /// How long a sink that does not take anything is tried.
    pub patience: Patience,
    /// The most rows of a write.
    pub batch_rows_max: usize,
    /// What stays free on the disk of the run's folder.
    pub free_bytes_min: u64,
}

/// How often the disk is looked at while refused rows are written.
const LOOK_EVERY_BYTES: u64 = 4 * 1024 * 1024;

/// A sink that takes a batch whole or not at all and has said nothing for so long is told of: it may wait for a lock that somebody forgot.
const QUIET_MAX: Duration = Duration::from_secs(10);

/// Writes that failed one after another.
#[derive(Clone, Copy)]
struct Trouble {
    since: Duration,
    tries: u32,
    /// Rows that the sink had taken by then, be it in batches that failed.
    rows_taken: u64,
}

/// Why writing ended before everything was written. It can be gone on with, unless it says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The sink wants something mended, or is gone.
    #[error("{sink} took nothing more")]
    Sink {
        /// Its name.
        sink: String,
        /// What it said.
        #[source]
        source: Box<SinkError>,
    },
    /// It was tried for long enough.
    #[error("{sink} was tried {tries} times in {} s{}", tried_for.as_secs(), asks(*asked_for))]
    GaveUp {
        /// Its name.
        sink: String,
        /// How often.
        tries: u32,
        /// For how long.
        tried_for: Duration,
        /// How long it is left alone: it asked for that, or our breaker is open, which the source says.
        asked_for: Option<Duration>,
        /// What it said last.
        #[source]
        source: Box<SinkError>,
    },
    /// The sink says that the run is somewhere where this process has not brought it.
    #[error(
        "{sink} says that this run stands at row {found_row} of input {found_input}, but it was brought to row {row} of input {input}: another process imports the same"
    )]
    Elsewhere {
        /// Its name.
        sink: String,
        /// Where it should stand.
        input: u32,
        /// See `input`.
        row: u64,
        /// Where it stands.
        found_input: u32,
        /// See `found_input`.
        found_row: u64,
    },
    /// What the run keeps beside could not be written.
    #[error("what the run keeps could not be written")]
    State(#[from] StateError),
    /// Too many rows were refused.
    #[error("{refused} of {rows} rows were refused, more than {limit}")]
    LimitReached {
        /// How many.
        refused: u64,
        /// Of how many.
        rows: u64,
        /// What was allowed.
        limit: String,
    },
    /// It was asked to end.
    #[error("it was asked to end")]
    Stopped,
}

impl WriteError {
    /// Whether what the sink has settled of the rows can be kept still.
    fn leaves_settled(&self) -> bool {
        matches!(
            self,
            Self::Sink { .. } | Self::GaveUp { .. } | Self::Stopped
        )
    }
}

/// What became of one try.
enum Try {
    Written,
    /// The sink is tried again with what the writer then thinks right.
    Again,
    NotTaken(SinkError),
}

/// Tells that the sink does not answer, until it does.
struct Watch {
    world: Arc<dyn World>,
    counts: Arc<Counts>,
    /// What does its work piece by piece is at work while it says nothing.
    is_wanted: bool,
}

impl Watch {
    fn of(world: &Arc<dyn World>, counts: &Arc<Counts>, promise: Promise) -> Self {
        Self {
            world: Arc::clone(world),
            counts: Arc::clone(counts),
            is_wanted: promise == Promise::ExactlyOnce,
        }
    }

    async fn over<Answer>(self, asking: impl Future<Output = Answer> + Unpin) -> Answer {
        if !self.is_wanted {
            return asking.await;
        }
        match select(asking, self.world.sleep(QUIET_MAX)).await {
            Either::Left((answer, _)) => answer,
            Either::Right((_, asking)) => {
                let seconds = QUIET_MAX.as_secs();
                self.counts.note_trouble(Some(format!(
                    "no answer for {seconds} s, it is busy or somebody holds a lock there ({seconds}초째 답이 없어요. 바쁘거나 잠겨 있어요)"
                )));
                let answer = asking.await;
                self.counts.note_trouble(None);
                answer
            }
        }
    }
}

fn asks(asked_for: Option<Duration>) -> String {
    asked_for.map_or_else(String::new, |pause| {
        let pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
        format!(
            "; it is left alone for {}, longer than it is waited for",
            duration_in_words(pause_ms)
        )
    })
}

impl Writer {
    /// A writer of a run that begins; [`Self::open`] comes first.
    pub fn new(parts: WriterParts) -> Self {
        let sink_max = parts.sink.batch_rows_max().unwrap_or(usize::MAX);
        let batch_rows_max = parts.batch_rows_max.min(sink_max).max(1);
        parts
            .counts
            .batch_rows
            .store(batch_rows_max, Ordering::Relaxed);
        Self {
            sink: parts.sink,
            run: parts.run,
            schema: Arc::new(Schema {
                name: String::new(),
                fields: Arc::new([]),
                key: Arc::new([]),
                key_may_repeat: false,
                timezone: String::new(),
            }),
            folder: parts.folder,
            world: parts.world,
            counts: parts.counts,
            stop: parts.stop,
            limits: parts.limits,
            patience: parts.patience,
            batch_rows_max,
            free_bytes_min: parts.free_bytes_min,
            rows_max: batch_rows_max,
            reached: Checkpoint::default(),
            places: None,
            trouble: None,
            is_ending: false,
        }
    }

    /// Opens the sink for rows of a schema and tells how far the run has come before. [`Self::go_on_from`] comes next.
    ///
    /// # Errors
    /// [`WriteError`].
    pub async fn open(&mut self, schema: Arc<Schema>) -> Result<Option<Checkpoint>, WriteError> {
        self.schema = schema;
        let kept = match &self.folder {
            Some(folder) => folder.checkpoint()?,
            None => None,
        };
        Ok(self.open_sink(kept.as_ref()).await?.or(kept))
    }

    /// What comes is behind this. Dead letters that will come again are cut off; what was refused and read before counts towards the limits.
    ///
    /// # Errors
    /// [`WriteError`].
    pub fn go_on_from(&mut self, reached: Checkpoint) -> Result<(), WriteError> {
        if let Some(folder) = &mut self.folder {
            folder.letters().cut(&reached)?;
        }
        self.limits.refused_before = reached.rows_refused;
        self.limits.rows_before = reached.rows_refused + reached.rows_written;
        self.counts.settled.reach(&Position::of(&reached));
        self.reached = reached;
        Ok(())
    }

    /// What comes are rows of an earlier run, of which these were written. What this run refused before comes again.
    ///
    /// # Errors
    /// [`WriteError`].
    pub fn go_on_beside(&mut self, reached: Checkpoint, places: Places) -> Result<(), WriteError> {
        if let Some(folder) = &mut self.folder {
            folder.letters().cut(&Checkpoint::default())?;
        }
        self.reached = Checkpoint {
            rows_refused: 0,
            ..reached
        };
        self.places = Some(places);
        Ok(())
    }

    /// Brings a lot to the sink.
    ///
    /// # Errors
    /// [`WriteError`]; what was written before is kept, with the checkpoint behind it.
    pub async fn write(&mut self, lot: &Lot) -> Result<(), WriteError> {
        let written = self.write_rows(lot).await;
        if written.is_err() {
            // Rows that it took behind one that failed come again with the next run, and are there all the same.
            let taken = self.sink.rows_taken();
            let counted = &self.counts.rows_written;
            counted.fetch_max(taken, Ordering::Relaxed);
        }
        written
    }

    async fn write_rows(&mut self, lot: &Lot) -> Result<(), WriteError> {
        self.counts.settled.begin(self.world.elapsed());
        self.check_room()?;
        self.note_refused(lot)?;
        self.check_limits()?;
        let before = self.reached.rows_refused;
        let mut refused_here = 0;
        let mut ends = vec![lot.batch.len()];
        let mut from = 0;
        let mut ended = None;
        while let Some(&end) = ends.last() {
            if from == end {
                ends.pop();
                continue;
            }
            let to = end.min(from + self.rows_max);
            let next = self.checkpoint(lot, to, before + refused_here);
            let tried = match (self.try_to_write(lot, from..to, next).await, &ended) {
                (Ok(tried), _) => tried,
                (Err(error), None) if error.leaves_settled() => {
                    let behind = lot.rows(from..lot.batch.len());
                    ends = vec![from + self.sink.rows_settled(&behind)];
                    ended = Some(error);
                    self.is_ending = true;
                    continue;
                }
                (Err(error), _) => return Err(ended.unwrap_or(error)),
            };
            match tried {
                Try::Written => {
                    if let Some(places) = &mut self.places {
                        lot.batch.places[from..to]
                            .iter()
                            .for_each(|place| places.add(place));
                    }
                    from = to;
                }
                Try::Again => {}
                Try::NotTaken(error) if to - from == 1 => {
                    self.refuse_row(lot, from, error)?;
                    refused_here += 1;
                    self.check_limits()?;
                    from = to;
                }
                Try::NotTaken(_) => {
                    Counts::add(&self.counts.halvings, 1);
                    ends.push(from + (to - from) / 2);
                }
            }
        }
        match ended {
            Some(error) => Err(error),
            None => self.move_to_end(lot, before + refused_here).await,
        }
    }

    /// All lots were written.
    ///
    /// # Errors
    /// [`WriteError`].
    pub async fn finish(&mut self) -> Result<(), WriteError> {
        failpoint("import/before-finish");
        loop {
            let mut checkpoint = self.reached.clone();
            match self
                .sink
                .finish(&mut checkpoint)
                .await
                .map_err(SinkError::masked)
            {
                Ok(()) => {
                    failpoint("import/after-finish");
                    self.reached = checkpoint;
                    self.keep()?;
                    return Ok(());
                }
                Err(error) => {
                    let is_unknown = error.kind == SinkErrorKind::Unknown;
                    self.bear(error).await?;
                    if is_unknown {
                        Counts::add(&self.counts.reopened, 1);
                        let reached = self.reached.clone();
                        self.open_sink(Some(&reached)).await?;
                    }
                }
            }
        }
    }

    /// What the sink is called.
    pub fn sink_name(&self) -> String {
        self.sink.name()
    }

    /// See [`Sink::notes`].
    pub fn notes(&self) -> Vec<SinkNote> {
        self.sink.notes()
    }

    /// See [`Sink::changes`].
    pub fn changes(&self) -> Option<&Changes> {
        self.sink.changes()
    }

    /// See [`Sink::keeps_places`].
    pub fn keeps_places(&self) -> bool {
        self.sink.keeps_places()
    }

    /// See [`Sink::knows_default`].
    pub fn knows_default(&self, schema: &Schema, field: &Field) -> bool {
        self.sink.knows_default(schema, field)
    }

    /// How much text the sink wants in a batch, when it has a wish.
    pub fn batch_bytes_wanted(&self) -> Option<usize> {
        self.sink.batch_bytes_wanted()
    }

    /// How far it has come.
    pub fn reached(&self) -> &Checkpoint {
        &self.reached
    }

    /// Where the run keeps what it leaves behind.
    pub fn folder(&mut self) -> Option<&mut RunFolder> {
        self.folder.as_mut()
    }

    /// The same, when all is over.
    pub fn into_folder(self) -> Option<RunFolder> {
        self.folder
    }

    /// What was refused up to here is on the disk when this returns: asked before the end.
    ///
    /// # Errors
    /// [`WriteError`].
    pub fn sync_letters(&mut self) -> Result<(), WriteError> {
        if let Some(folder) = &mut self.folder {
            folder.letters().sync()?;
        }
        Ok(())
    }

    /// After the last row of a lot there may be refused ones, or nothing but them: the checkpoint passes these as well.
    async fn move_to_end(&mut self, lot: &Lot, refused_before: u64) -> Result<(), WriteError> {
        let len = lot.batch.len();
        loop {
            let next = self.checkpoint(lot, len, refused_before);
            if Position::of(&self.reached) == lot.end
                && self.reached.rows_refused == next.rows_refused
            {
                return Ok(());
            }
            match self.try_to_write(lot, len..len, next).await? {
                Try::Written => return Ok(()),
                Try::Again => {}
                Try::NotTaken(error) => return Err(self.ended(error)),
            }
        }
    }

    /// The checkpoint behind the first `rows` rows of a lot. `refused_before` are those refused before it and by the sink.
    fn checkpoint(&self, lot: &Lot, rows: usize, refused_before: u64) -> Checkpoint {
        let position = lot.position_behind(rows);
        let digest = self.counts.settled.digest_at(&position);
        let (digest_byte, digest) = digest.unwrap_or_default();
        Checkpoint {
            digest,
            digest_byte,
            rows_refused: refused_before + lot.refused_before(&position) as u64,
            places: self.reached.places.clone(),
            sink: self.reached.sink.clone(),
            ..lot.checkpoint_at(position)
        }
    }

    async fn try_to_write(
        &mut self,
        lot: &Lot,
        rows: Range<usize>,
        mut next: Checkpoint,
    ) -> Result<Try, WriteError> {
        if self.stop.is_asked() && !self.is_ending {
            return Err(WriteError::Stopped);
        }
        self.sync_letters()?;
        let len = rows.len();
        next.rows_written = self.reached.rows_written + len as u64;
        if let Some(places) = self.places.as_ref().filter(|_| len > 0) {
            let mut places = places.clone();
            lot.batch.places[rows.clone()]
                .iter()
                .for_each(|place| places.add(place));
            next.places = places.text();
        }
        let batch = match rows == (0..lot.batch.len()) {
            true => Cow::Borrowed(&lot.batch),
            false => Cow::Owned(lot.rows(rows)),
        };
        failpoint("import/before-write");
        let mut told = next.clone();
        let watch = Watch::of(&self.world, &self.counts, self.sink.promise());
        let written = watch.over(self.sink.write(&batch, &mut told)).await;
        match written.map_err(SinkError::masked) {
            Ok(written) => {
                failpoint("import/after-write");
                self.written(told, written)?;
                Ok(Try::Written)
            }
            Err(error) => match error.kind {
                SinkErrorKind::Rows { .. } => Ok(Try::NotTaken(error)),
                SinkErrorKind::Unknown => self.ask_again(next, len, error).await,
                SinkErrorKind::Transient { .. } => {
                    self.take_less(len);
                    self.bear(error).await?;
                    Ok(Try::Again)
                }
                SinkErrorKind::Setup | SinkErrorKind::Gone => Err(self.ended(error)),
            },
        }
    }

    /// Nobody knows whether the rows arrived: the sink is opened again and asked.
    async fn ask_again(
        &mut self,
        next: Checkpoint,
        rows: usize,
        error: SinkError,
    ) -> Result<Try, WriteError> {
        self.take_less(rows);
        self.bear(error).await?;
        Counts::add(&self.counts.reopened, 1);
        let reached = self.reached.clone();
        let found = self.open_sink(Some(&reached)).await?;
        if self.sink.promise() != Promise::ExactlyOnce {
            // The sink knows a repeat by its keys, or has thrown away what was not complete.
            return Ok(Try::Again);
        }
        let found = found.unwrap_or_default();
        let stands = Position::of(&found);
        if stands == Position::of(&next) && found.rows_written == next.rows_written {
            let written = Written {
                rows: rows as u64,
                ..Written::default()
            };
            self.written(found, written)?;
            return Ok(Try::Written);
        }
        let should = Position::of(&self.reached);
        if stands == should {
            return Ok(Try::Again);
        }
        Err(WriteError::Elsewhere {
            sink: self.sink.name(),
            input: should.input,
            row: should.row,
            found_input: stands.input,
            found_row: stands.row,
        })
    }

    async fn open_sink(
        &mut self,
        kept: Option<&Checkpoint>,
    ) -> Result<Option<Checkpoint>, WriteError> {
        loop {
            let watch = Watch::of(&self.world, &self.counts, self.sink.promise());
            let opening = self.sink.open(&self.run, &self.schema, kept);
            let opened = watch.over(opening).await;
            match opened {
                Ok(found) => {
                    self.counts.note_trouble(None);
                    return Ok(found);
                }
                Err(error) => self.bear(error).await?,
            }
        }
    }

    fn written(&mut self, checkpoint: Checkpoint, written: Written) -> Result<(), WriteError> {
        Counts::add(&self.counts.writes, 1);
        Counts::add(&self.counts.rows_written, written.rows);
        Counts::add(&self.counts.rows_unchanged, written.unchanged);
        Counts::add(&self.counts.rows_passed_over, written.passed_over);
        if self.trouble.take().is_some() {
            self.counts.note_trouble(None);
        }
        self.take(self.rows_max.saturating_mul(2));
        self.counts.settled.reach(&Position::of(&checkpoint));
        self.reached = checkpoint;
        self.keep()
    }

    /// A sink that keeps the checkpoint with its rows needs no second one, which could only say less.
    fn keep(&self) -> Result<(), WriteError> {
        match &self.folder {
            Some(folder) if self.sink.promise() != Promise::ExactlyOnce => {
                Ok(folder.keep(&self.reached)?)
            }
            _ => Ok(()),
        }
    }

    fn take_less(&mut self, rows: usize) {
        self.take(rows / 2);
    }

    fn take(&mut self, rows: usize) {
        self.rows_max = rows.clamp(1, self.batch_rows_max);
        self.counts
            .batch_rows
            .store(self.rows_max, Ordering::Relaxed);
    }

    /// Waits before the next try, or says that there is none.
    async fn bear(&mut self, error: SinkError) -> Result<(), WriteError> {
        let retry_after = match error.kind {
            SinkErrorKind::Transient { retry_after } => retry_after,
            SinkErrorKind::Unknown => None,
            SinkErrorKind::Rows { .. } | SinkErrorKind::Setup | SinkErrorKind::Gone => {
                return Err(self.ended(error));
            }
        };
        let now = self.world.elapsed();
        let rows_taken = self.sink.rows_taken();
        let trouble = self.trouble.get_or_insert(Trouble {
            since: now,
            tries: 0,
            rows_taken,
        });
        if rows_taken > trouble.rows_taken {
            *trouble = Trouble {
                since: now,
                tries: 0,
                rows_taken,
            };
        }
        trouble.tries += 1;
        let trouble = *trouble;
        let tried_for = now.saturating_sub(trouble.since);
        let pause = self
            .patience
            .pause(trouble.tries, self.world.chance(), retry_after);
        if tried_for + pause > self.patience.give_up_after {
            return Err(WriteError::GaveUp {
                sink: self.sink.name(),
                tries: trouble.tries,
                tried_for,
                asked_for: retry_after,
                source: Box::new(error),
            });
        }
        Counts::add(&self.counts.retries, 1);
        self.counts.note_trouble(Some(error.message));
        self.counts.pause(pause);
        let sleep = self.world.sleep(pause);
        let asked = std::pin::pin!(self.stop.asked());
        match select(sleep, asked).await {
            Either::Left(_) => Ok(()),
            Either::Right(_) => Err(WriteError::Stopped),
        }
    }

    fn ended(&self, source: SinkError) -> WriteError {
        WriteError::Sink {
            sink: self.sink.name(),
            source: Box::new(source),
        }
    }

    fn note_refused(&mut self, lot: &Lot) -> Result<(), WriteError> {
        let rows = lot.batch.len() + lot.batch.refused.len();
        Counts::add(&self.counts.rows_read, rows as u64);
        for refused in &lot.batch.refused {
            self.keep_refused(refused)?;
        }
        Ok(())
    }

    fn keep_refused(&mut self, refused: &Refused) -> Result<(), WriteError> {
        self.counts.refuse(refused);
        let Some(folder) = &mut self.folder else {
            return Ok(());
        };
        let letters = folder.letters();
        let before = letters.bytes() / LOOK_EVERY_BYTES;
        letters.add(refused)?;
        let bytes = letters.bytes();
        if let Some(most) = self.limits.letters_bytes_max.filter(|most| bytes > *most) {
            self.sync_letters()?;
            return Err(WriteError::LimitReached {
                refused: Counts::get(&self.counts.rows_refused) + self.limits.refused_before,
                rows: Counts::get(&self.counts.rows_read) + self.limits.rows_before,
                limit: format!("the {} that are kept of such", bytes_in_words(most)),
            });
        }
        match bytes / LOOK_EVERY_BYTES > before {
            true => self.check_room(),
            false => Ok(()),
        }
    }

    /// What others need of the disk is left to them.
    fn check_room(&self) -> Result<(), WriteError> {
        let Some(folder) = self.folder.as_ref().filter(|_| self.free_bytes_min > 0) else {
            return Ok(());
        };
        match self.world.free_bytes(folder.path()) {
            Some(free_bytes) if free_bytes < self.free_bytes_min => Err(StateError::NoRoom {
                folder: folder.path().to_owned(),
                free_bytes,
                free_bytes_min: self.free_bytes_min,
            }
            .into()),
            _ => Ok(()),
        }
    }

    fn refuse_row(&mut self, lot: &Lot, row: usize, error: SinkError) -> Result<(), WriteError> {
        let refused = refused_by_sink(lot, row, error);
        self.keep_refused(&refused)
    }

    /// The letters that led over the limit are kept to be read; the rows beside them are not written, and the checkpoint stays before them.
    fn check_limits(&mut self) -> Result<(), WriteError> {
        let refused = Counts::get(&self.counts.rows_refused) + self.limits.refused_before;
        let rows = Counts::get(&self.counts.rows_read) + self.limits.rows_before;
        match self.limits.passed(refused, rows) {
            None => Ok(()),
            Some(limit) => {
                self.sync_letters()?;
                Err(WriteError::LimitReached {
                    refused,
                    rows,
                    limit,
                })
            }
        }
    }
}

fn refused_by_sink(lot: &Lot, row: usize, error: SinkError) -> Refused {
    let raw = lot.batch.raw_of(row);
    let is_shortened = raw.len() > RAW_BYTES_MAX;
    let raw = &raw[..raw.len().min(RAW_BYTES_MAX)];
    let code = match error.kind {
        SinkErrorKind::Rows { code } => code,
        _ => "refused_by_sink",
    };
    Refused {
        raw_hash: None,
        place: lot.batch.places[row],
        raw: String::from_utf8_lossy(raw).into_owned(),
        is_shortened,
        reasons: vec![Reason {
            code: code.to_owned(),
            column: error.column,
            message: error.message,
            message_ko: error.message_ko,
        }],
    }
}
