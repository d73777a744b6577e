//! The stages, joined.

mod error;
mod stages;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures::future::{Either, select};
use jiff::Timestamp;

pub use self::error::RunError;
use self::stages::{Head, Stages, WRITE};
use crate::check::{Checker, Finding, Mapping};
use crate::checkpoint::{Checkpoint, RunKey};
use crate::read::{Before, Resume};
use crate::run::check_stage::CheckStage;
use crate::run::counts::Counts;
use crate::run::dead_letter::{LetterHead, LetterKind};
use crate::run::dry::Nowhere;
use crate::run::lot::Lot;
use crate::run::places::Places;
use crate::run::progress::Progress;
use crate::run::queue::Receiver;
use crate::run::report::{Outcome, Report};
use crate::run::settings::RunSettings;
use crate::run::source::{Opening, Source};
use crate::run::state::RunFolder;
use crate::run::stop::Stop;
use crate::run::world::World;
use crate::run::write::{WriteError, Writer, WriterParts};
use crate::sink::{Sink, SinkNote};

/// Everything about one import.
pub struct Import {
    /// The run.
    pub run: RunKey,
    /// What is read.
    pub source: Box<dyn Source>,
    /// What its columns mean.
    pub mapping: Mapping,
    /// Where rows go.
    pub to: To,
    /// Where refused rows and checkpoints are kept; a dry run keeps none.
    pub folder: Option<RunFolder>,
    /// What a user may say.
    pub settings: RunSettings,
    /// Whether a run that was begun before goes on. Else it is refused.
    pub goes_on: bool,
    /// Time and chance.
    pub world: Arc<dyn World>,
    /// How it goes.
    pub progress: Arc<Progress>,
    /// Asks it to end.
    pub stop: Stop,
}

/// Where rows go.
pub enum To {
    /// There.
    Sink(Box<dyn Sink>),
    /// Nowhere: a dry run. The sink is only asked whether rows would fit.
    Nowhere {
        /// Where they would go.
        instead_of: Option<Box<dyn Sink>>,
    },
}

/// How a run ended.
#[derive(Debug)]
pub struct Ended {
    /// What it has done.
    pub report: Report,
    /// What ended it, if it did not come to its end.
    pub error: Option<RunError>,
    /// Where the run keeps what it leaves behind; the report is not there yet.
    pub folder: Option<RunFolder>,
}

/// What became of an import that came to its end before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// What is to be read is what was read, and the sink knows of it.
    AsItWas,
    /// What is to be read is something else by now, or nobody knows what was read.
    Changed,
    /// The sink does not have what was written: it was emptied, or is another one.
    SinkLost,
}

impl Import {
    /// Looks whether an import that came to its end still is what it was: the inputs are read through and compared, and the sink is asked. Nothing is written.
    ///
    /// # Errors
    /// [`RunError`].
    pub async fn standing(self, ended: &Report) -> Result<Standing, RunError> {
        Runner::new(self).standing(ended).await
    }

    /// Runs it to its end. A thread that reads an input which neither comes nor ends is left behind when the run ends before it. The sink may hold the
    /// thread while it writes.
    pub async fn run(self) -> Ended {
        let started_at = self.world.now();
        let mut runner = Runner::new(self);
        let result = runner.go().await;
        let (error, findings) = match result {
            Ok(findings) => (None, findings),
            Err(error) => (Some(error), Vec::new()),
        };
        let report = runner.report(started_at, findings, error.as_ref());
        let folder = runner.writer.into_folder();
        Ended {
            report,
            error,
            folder,
        }
    }
}

struct Runner {
    source: Box<dyn Source>,
    mapping: Mapping,
    settings: RunSettings,
    goes_on: bool,
    world: Arc<dyn World>,
    progress: Arc<Progress>,
    stop: Stop,
    writer: Writer,
    /// What was found out on the way.
    format: String,
    /// See [`Report::digest`].
    digest: Option<String>,
}

impl Runner {
    fn new(import: Import) -> Self {
        let mut sink = match import.to {
            To::Sink(sink) => sink,
            To::Nowhere { instead_of } => Box::new(Nowhere::instead_of(instead_of)),
        };
        if let Some(first) = import.source.refused_by() {
            sink.rows_are_of(&first);
        }
        let writer = Writer::new(WriterParts {
            sink,
            run: import.run,
            folder: import.folder,
            world: Arc::clone(&import.world),
            counts: Arc::clone(&import.progress.counts),
            stop: import.stop.clone(),
            limits: import.settings.limits,
            patience: import.settings.patience,
            batch_rows_max: import.settings.batch_rows_max,
            free_bytes_min: import.settings.free_bytes_min,
        });
        Self {
            source: import.source,
            mapping: import.mapping,
            settings: import.settings,
            goes_on: import.goes_on,
            world: import.world,
            progress: import.progress,
            stop: import.stop,
            writer,
            format: String::new(),
            digest: None,
        }
    }

    async fn standing(&mut self, ended: &Report) -> Result<Standing, RunError> {
        let is_known_whole = self.source.is_known_whole();
        let mut stages = self.start(None, true)?;
        let head = stages.head(&self.stop).await?;
        let mut checker = Checker::new(&self.mapping, &head.columns)
            .map_err(|error| RunError::Mapping(Box::new(error.below_titles(head.titles_above))))?;
        checker.leave_defaults(&|schema, field| self.writer.knows_default(schema, field));
        if is_known_whole {
            stages.leave();
        } else {
            let digest = stages.digest(&self.stop).await?;
            if digest.is_none() || digest != ended.digest {
                return Ok(Standing::Changed);
            }
        }
        let schema = Arc::clone(checker.schema());
        let found = self.writer.open(schema).await.map_err(RunError::Write)?;
        let has = found.map_or(0, |checkpoint| checkpoint.rows_written);
        Ok(match has < ended.rows_before + ended.rows_written {
            true => Standing::SinkLost,
            false => Standing::AsItWas,
        })
    }

    async fn go(&mut self) -> Result<Vec<Finding>, RunError> {
        let mut stages = self.start(None, true)?;
        let head = stages.head(&self.stop).await?;
        let format = head.format.to_string();
        let stored = self.source.format();
        self.format = match &stored {
            Some(stored) => stored.to_string(),
            None => format!("{}, {format}", head.encoding),
        };
        let mut checker = Checker::new(&self.mapping, &head.columns)
            .map_err(|error| RunError::Mapping(Box::new(error.below_titles(head.titles_above))))?;
        checker.leave_defaults(&|schema, field| self.writer.knows_default(schema, field));
        self.source.look_over().map_err(RunError::Read)?;
        let mut passed = self.open_sink(&checker, &head).await?;
        if self.is_beside() {
            stages.leave();
            stages = self.start(None, true)?;
            stages.head(&self.stop).await?;
        }
        if let Some(checkpoint) = passed.clone().filter(|_| self.source.can_seek()) {
            let sees_all = self.mapping.must_see_all();
            stages.leave();
            stages = self.start(Some(&checkpoint), sees_all)?;
            stages.head(&self.stop).await?;
            passed = passed.filter(|_| sees_all);
        }
        let lots = stages.check(CheckStage {
            checker,
            columns: head.columns,
            inputs: self.source.names(),
            settings: self.settings.clone(),
            batch_bytes_wanted: self.writer.batch_bytes_wanted(),
            compared: (!self.source.can_seek()).then(|| Arc::clone(&self.progress.counts)),
            passed,
        })?;
        let written = self.write_all(lots).await;
        stages.ends.end(WRITE, self.world.elapsed());
        let is_early = written.is_err() && !self.source.can_seek();
        let shared = Arc::clone(&stages.shared);
        let read = stages.join(is_early);
        if stored.is_none()
            && let Some(encodings) = shared.said().encodings_in_words()
        {
            self.format = format!("{encodings}, {format}");
        }
        let synced = self.writer.sync_letters();
        written.and(synced).map_err(RunError::Write)?;
        let mut findings = read?;
        let doubts = self.source.doubts().into_iter();
        findings.extend(doubts.map(|(input, doubt)| Finding {
            input,
            code: "perhaps_cut".to_owned(),
            ..to_be_known(doubt.message, doubt.message_ko)
        }));
        findings.extend(self.writer.notes().into_iter().map(of_sink));
        self.digest = shared.said().digest.take();
        Ok(findings)
    }

    /// Opens the sink and tells what of the inputs was written before.
    async fn open_sink(
        &mut self,
        checker: &Checker,
        head: &Head,
    ) -> Result<Option<Checkpoint>, RunError> {
        let schema = Arc::clone(checker.schema());
        let found = self.writer.open(schema).await.map_err(RunError::Write)?;
        let passed = found.filter(|checkpoint| *checkpoint != Checkpoint::default());
        if self.is_beside() {
            let reached = passed.unwrap_or_default();
            let places = Places::parse(&reached.places).unwrap_or_default();
            Counts::add(&self.progress.counts.rows_before, reached.rows_written);
            self.begin_letters(head);
            self.source.pass_over(places.clone());
            let gone_on = self.writer.go_on_beside(reached, places);
            return gone_on.map(|()| None).map_err(RunError::Write);
        }
        if let Some(checkpoint) = passed.as_ref().filter(|_| !self.goes_on) {
            return Err(RunError::BegunBefore {
                rows_written: checkpoint.rows_written,
            });
        }
        let reached = passed.clone().unwrap_or_default();
        let counts = &self.progress.counts;
        Counts::add(&counts.rows_before, reached.rows_written);
        Counts::add(&counts.refused_before, reached.rows_refused);
        self.begin_letters(head);
        self.writer.go_on_from(reached).map_err(RunError::Write)?;
        Ok(passed)
    }

    /// Whether rows of an earlier run come, which the sink knows one by one.
    fn is_beside(&self) -> bool {
        self.source.refused_by().is_some() && self.writer.keeps_places()
    }

    /// What is refused is known by the run that refused it first, and its place there.
    fn begin_letters(&mut self, head: &Head) {
        let inputs = self.source.names();
        let first = self.source.refused_by();
        if let Some(folder) = self.writer.folder() {
            let run = first.unwrap_or_else(|| folder.record().key.clone());
            let head = LetterHead {
                madang: LetterKind::DeadLetters,
                version: LetterHead::VERSION,
                run: run.0,
                mapping: self.mapping.to_toml(),
                inputs,
                columns: head.columns.clone(),
                format: head.format.clone(),
            };
            folder.letters().head(head);
        }
    }

    async fn write_all(&mut self, lots: Receiver<Lot>) -> Result<(), WriteError> {
        loop {
            let next = {
                let next = std::pin::pin!(lots.next());
                let asked = std::pin::pin!(self.stop.asked());
                match select(next, asked).await {
                    Either::Left((next, _)) => next,
                    Either::Right(_) => return Err(WriteError::Stopped),
                }
            };
            match next {
                Ok(Some(lot)) => self.writer.write(&lot).await?,
                Ok(None) => return self.writer.finish().await,
                // The stage that failed says why.
                Err(_) => return Ok(()),
            }
        }
    }

    /// Starts reading and parsing, behind what was read before or with all of that.
    fn start(&mut self, passed: Option<&Checkpoint>, sees_all: bool) -> Result<Stages, RunError> {
        let counts = Arc::clone(&self.progress.counts);
        counts.bytes_read.store(0, Ordering::Relaxed);
        counts.settled.read_anew();
        // What keeps nothing is never gone on with.
        let is_kept = self.writer.folder().is_some();
        let opening = Opening {
            at: passed
                .filter(|_| !sees_all)
                .map_or_else(Resume::default, Resume::from),
            is_hashed: is_kept && !self.source.is_known_whole(),
            before: passed.and_then(Before::of),
            on_read: Some(Arc::new(move |read_bytes| {
                counts.bytes_read.store(read_bytes, Ordering::Relaxed);
                counts.settled.passed(read_bytes);
            })),
        };
        let opened = self.source.open(opening).map_err(RunError::Read)?;
        let names = self.source.names();
        let (world, progress) = (&self.world, &self.progress);
        Ok(Stages::start(opened, names, world, progress))
    }

    fn report(
        &mut self,
        started_at: Timestamp,
        findings: Vec<Finding>,
        error: Option<&RunError>,
    ) -> Report {
        let snapshot = self.progress.snapshot();
        let counts = &self.progress.counts;
        let refused = counts.refused();
        let has_wrong = findings.iter().any(|finding| finding.is_error);
        let outcome = match error {
            Some(error) => error.outcome(),
            None if has_wrong || snapshot.rows_refused + snapshot.refused_before > 0 => {
                Outcome::SomeRefused
            }
            None => Outcome::Done,
        };
        Report {
            version: Report::VERSION,
            mapping: self.mapping.name.clone(),
            sink: self.writer.sink_name(),
            inputs: self.source.names(),
            format: std::mem::take(&mut self.format),
            outcome,
            problem: error.map(RunError::in_words),
            problem_ko: error.map(RunError::korean),
            started_at,
            duration_ms: snapshot.elapsed_ms,
            rows_before: snapshot.rows_before,
            refused_before: snapshot.refused_before,
            rows_read: snapshot.rows_read,
            rows_written: snapshot.rows_written,
            rows_unchanged: Counts::get(&counts.rows_unchanged),
            rows_passed_over: Counts::get(&counts.rows_passed_over),
            changes: self.writer.changes().cloned(),
            rows_refused: snapshot.rows_refused,
            refused_by_reason: refused.by_code,
            first_refused: refused.first,
            findings,
            digest: self.digest.take(),
            bytes_read: snapshot.bytes_read,
            writes: Counts::get(&counts.writes),
            retries: snapshot.retries,
            reopened: Counts::get(&counts.reopened),
            halvings: Counts::get(&counts.halvings),
            pauses: Counts::get(&counts.pauses),
            paused_ms: Counts::get(&counts.paused_us) / 1000,
            stages: snapshot.stages,
            queued_bytes_max: snapshot.queued_bytes_max,
            memory_bytes_max: None,
            run: self
                .writer
                .folder()
                .map(|folder| folder.record().name.clone()),
            dead_letters: self
                .writer
                .folder()
                .map(|folder| folder.letters().path().to_owned())
                .filter(|path| path.exists())
                .map(|path| path.display().to_string()),
        }
    }
}

/// What a person should know of the destination.
fn of_sink(note: SinkNote) -> Finding {
    to_be_known(note.message, note.message_ko)
}

fn to_be_known(message: String, message_ko: String) -> Finding {
    Finding {
        code: "destination".to_owned(),
        is_error: false,
        input: 0,
        place: None,
        column: None,
        message,
        message_ko,
    }
}
