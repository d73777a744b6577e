//! The stages, joined.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use futures::channel::oneshot;
use futures::future::{Either, select};
use jiff::Timestamp;

use crate::check::{Checker, Finding, Mapping, MappingError};
use crate::checkpoint::{Checkpoint, RunKey};
use crate::read::{
    Before, Doubt, Encoding, Format, OnRead, ReadError, ReadErrorKind, Resume, RowReader, Text,
    Texts,
};
use crate::rows::Rows;
use crate::run::check_stage::{CheckStage, CheckStageError};
use crate::run::counts::Counts;
use crate::run::dead_letter::{LetterHead, LetterKind};
use crate::run::dry::Nowhere;
use crate::run::lot::{Lot, Position, hexadecimal};
use crate::run::places::Places;
use crate::run::progress::{Progress, Queues, STAGES, StageEnds};
use crate::run::queue::{QueueLimits, Receiver, Sender, Weighed, queue};
use crate::run::report::{Outcome, Report};
use crate::run::settings::RunSettings;
use crate::run::state::RunFolder;
use crate::run::stop::Stop;
use crate::run::world::World;
use crate::run::write::{WriteError, Writer, WriterParts};
use crate::sink::{Sink, SinkErrorKind, SinkNote};

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

/// What is read: the inputs as they are opened.
pub trait Source: Send {
    /// What the inputs are called.
    fn names(&self) -> Vec<String>;

    /// What the inputs are, when their text only stands for it.
    fn format(&self) -> Option<Format> {
        None
    }

    /// Inputs of which nobody knows whether they were whole, by their number.
    fn doubts(&self) -> Vec<(u32, Doubt)> {
        Vec::new()
    }

    /// Whether it can be opened more than once, and anywhere.
    fn can_seek(&self) -> bool;

    /// Whether it is known without reading that nothing of it has changed, because a hash or an entity tag of the whole is part of its identity.
    fn is_known_whole(&self) -> bool {
        false
    }

    /// The run that refused its rows, when it is made of such.
    fn refused_by(&self) -> Option<RunKey> {
        None
    }

    /// These rows are left out whenever it is opened from now on: they were written before.
    fn pass_over(&mut self, _places: Places) {}

    /// Looks at the headers of all inputs that can be opened more than once: what is wrong with a later one is known before the first row is written.
    ///
    /// # Errors
    /// [`ReadError`].
    fn look_over(&self) -> Result<(), ReadError> {
        Ok(())
    }

    /// Opens it.
    ///
    /// # Errors
    /// [`ReadError`].
    fn open(&mut self, opening: Opening) -> Result<Opened, ReadError>;
}

/// How inputs are opened.
#[derive(Clone, Default)]
pub struct Opening {
    /// Where reading begins.
    pub at: Resume,
    /// Whether each piece of text says what stands for all text up to its end.
    pub is_hashed: bool,
    /// What was read when the run stopped: it is compared before anything behind it comes.
    pub before: Option<Before>,
    /// Told how far was read while nothing comes.
    pub on_read: Option<OnRead>,
}

/// Inputs that were opened.
pub enum Opened {
    /// Text, and what makes rows of it.
    Text(Box<dyn Texts>, Parse),
    /// Rows right away.
    Rows(Box<dyn RowReader>),
}

/// Makes rows of text; it reads as far as the columns.
pub type Parse = Box<dyn FnOnce(Box<dyn Texts>) -> Result<Box<dyn RowReader>, ReadError> + Send>;

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

/// What ended a run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// An input could not be read.
    #[error("the import could not be read")]
    Read(#[source] ReadError),
    /// The inputs do not fit the mapping.
    #[error("the columns do not fit the mapping")]
    Mapping(#[source] Box<MappingError>),
    /// The rows could not be checked.
    #[error("the import could not be checked")]
    Check(#[source] CheckStageError),
    /// The rows could not be written.
    #[error("the import could not be written")]
    Write(#[source] WriteError),
    /// The same was begun before, and nobody said to go on.
    #[error("this import was begun before: {rows_written} rows are at the sink")]
    BegunBefore {
        /// Rows that are at the sink.
        rows_written: u64,
    },
    /// A fault of our own.
    #[error("the {stage} stage of the import broke down")]
    Panicked {
        /// Which.
        stage: &'static str,
    },
}

/// Text between reading and parsing: four blocks.
const TEXT_LIMITS: QueueLimits = QueueLimits {
    items_max: 8,
    bytes_max: 1024 * 1024,
};

/// Rows between parsing and checking: they weigh about three times their text.
const ROWS_LIMITS: QueueLimits = QueueLimits {
    items_max: 8,
    bytes_max: 3 * 1024 * 1024,
};

/// Lots between checking and writing: one waits while one is written.
const LOT_LIMITS: QueueLimits = QueueLimits {
    items_max: 1,
    bytes_max: 8 * 1024 * 1024,
};

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
    rows_before: u64,
    refused_before: u64,
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
            rows_before: 0,
            refused_before: 0,
            digest: None,
        }
    }

    async fn standing(&mut self, ended: &Report) -> Result<Standing, RunError> {
        let is_known_whole = self.source.is_known_whole();
        let mut stages = self.start(None, true)?;
        let head = stages.head(&self.stop).await?;
        let mut checker = Checker::new(&self.mapping, &head.columns)
            .map_err(|error| RunError::Mapping(Box::new(error)))?;
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
            .map_err(|error| RunError::Mapping(Box::new(error)))?;
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
            self.rows_before = reached.rows_written;
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
        self.rows_before = reached.rows_written;
        self.refused_before = reached.rows_refused;
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
            None if has_wrong || snapshot.rows_refused + self.refused_before > 0 => {
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
            problem: error.map(in_words),
            problem_ko: error.map(RunError::korean),
            started_at,
            duration_ms: snapshot.elapsed_ms,
            rows_before: self.rows_before,
            refused_before: self.refused_before,
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

impl RunError {
    /// How the run ended by it.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Read(ReadError {
                kind: ReadErrorKind::Broken,
                ..
            }) => Outcome::SourceGone,
            Self::Write(WriteError::Stopped) => Outcome::Stopped,
            Self::Write(WriteError::LimitReached { .. }) => Outcome::Limit,
            Self::Write(WriteError::GaveUp { .. }) => Outcome::SinkGone,
            Self::Write(WriteError::Sink { source, .. }) => match source.kind {
                SinkErrorKind::Setup => Outcome::ToMend,
                _ => Outcome::SinkGone,
            },
            _ => Outcome::ToMend,
        }
    }
}

impl RunError {
    /// What ended the run, in Korean and without names of files and sinks: for the page of a shop.
    pub fn korean(&self) -> String {
        match self {
            Self::Read(error) | Self::Check(CheckStageError::Read(error)) => error.korean(),
            Self::Mapping(error) | Self::Check(CheckStageError::Mapping(error)) => error.korean(),
            Self::Check(CheckStageError::Check(_)) => {
                "임시 파일을 쓸 수 없어요. 디스크에 자리가 있는지 확인해 주세요".to_owned()
            }
            Self::Write(WriteError::Sink { source, .. } | WriteError::GaveUp { source, .. }) => {
                source.message_ko.clone()
            }
            Self::Write(WriteError::Elsewhere { .. }) => {
                "같은 파일을 다른 곳에서 가져오고 있어요".to_owned()
            }
            Self::Write(WriteError::State(error)) => match error.full_folder() {
                Some(_) => "디스크가 가득 차서 진행 기록을 저장할 수 없어요. 자리를 만든 뒤 이어서 가져와 주세요",
                None => "진행 기록을 저장할 수 없어요",
            }
            .to_owned(),
            Self::Write(WriteError::LimitReached { refused, rows, .. }) => {
                format!("{rows}줄 가운데 {refused}줄을 거절해서 멈췄어요")
            }
            Self::Write(WriteError::Stopped) => "요청대로 멈췄어요".to_owned(),
            Self::BegunBefore { rows_written } => {
                format!("전에 시작한 가져오기예요. {rows_written}줄이 이미 있어요")
            }
            Self::Panicked { .. } => "가져오기가 고장 났어요".to_owned(),
        }
    }
}

/// An error with everything under it.
fn in_words(error: &RunError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(next) = source {
        text.push_str(": ");
        text.push_str(&next.to_string());
        source = next.source();
    }
    text
}

const READ: usize = 0;
const PARSE: usize = 1;
const CHECK: usize = 2;
const WRITE: usize = 3;

/// The stages that have threads.
struct Stages {
    threads: Vec<(usize, JoinHandle<()>)>,
    shared: Arc<Shared>,
    head: Option<oneshot::Receiver<Head>>,
    rows: Option<Receiver<Rows>>,
    lots: Option<(Sender<Lot>, Receiver<Lot>)>,
    ends: Arc<StageEnds>,
}

/// What the threads tell.
struct Shared {
    world: Arc<dyn World>,
    progress: Arc<Progress>,
    ends: Arc<StageEnds>,
    said: Mutex<Said>,
}

#[derive(Default)]
struct Said {
    /// What went wrong first; what other stages say afterwards follows from it.
    error: Option<RunError>,
    findings: Vec<Finding>,
    /// What the inputs turned out to be decoded from, each once.
    encodings: Vec<Encoding>,
    /// See [`Report::digest`].
    digest: Option<String>,
}

impl Said {
    fn note_encoding(&mut self, encoding: Encoding) {
        if !self.encodings.contains(&encoding) {
            self.encodings.push(encoding);
        }
    }

    /// ASCII is all of the others as well.
    fn encodings_in_words(&self) -> Option<String> {
        let telling = self
            .encodings
            .iter()
            .filter(|encoding| self.encodings.len() == 1 || **encoding != Encoding::OPEN);
        let names: Vec<&str> = telling.map(|encoding| encoding.name()).collect();
        (!names.is_empty()).then(|| names.join(" and "))
    }
}

/// What is known when the first row is.
struct Head {
    columns: Vec<String>,
    format: Format,
    encoding: Encoding,
}

impl Stages {
    fn start(
        opened: Opened,
        names: Vec<String>,
        world: &Arc<dyn World>,
        progress: &Arc<Progress>,
    ) -> Self {
        let (texts_in, texts_out, texts_meter) = queue(TEXT_LIMITS, Arc::clone(world));
        let (rows_in, rows_out, rows_meter) = queue(ROWS_LIMITS, Arc::clone(world));
        let (lots_in, lots_out, lots_meter) = queue(LOT_LIMITS, Arc::clone(world));
        let ends = Arc::<StageEnds>::default();
        progress.joined_by(Queues {
            meters: [texts_meter, rows_meter, lots_meter],
            ends: Arc::clone(&ends),
        });
        let shared = Arc::new(Shared {
            world: Arc::clone(world),
            progress: Arc::clone(progress),
            ends: Arc::clone(&ends),
            said: Mutex::default(),
        });
        let (head_in, head) = oneshot::channel();
        let mut stages = Self {
            threads: Vec::new(),
            shared,
            head: Some(head),
            rows: Some(rows_out),
            lots: Some((lots_in, lots_out)),
            ends,
        };
        match opened {
            Opened::Text(texts, parse) => {
                stages.spawn(READ, move |shared| {
                    read(texts, texts_in, shared).map_err(RunError::Read)
                });
                let is_broken = Arc::<AtomicBool>::default();
                let texts = Box::new(QueuedTexts {
                    texts: texts_out,
                    names,
                    is_broken: Arc::clone(&is_broken),
                });
                stages.spawn(PARSE, move |_| {
                    let parsed =
                        parse(texts).and_then(|reader| parse_all(reader, head_in, rows_in));
                    match parsed {
                        // The reading stage says why.
                        Err(_) if is_broken.load(Ordering::Relaxed) => Ok(()),
                        parsed => parsed.map_err(RunError::Read),
                    }
                });
            }
            Opened::Rows(reader) => {
                stages.ends.end(PARSE, Duration::ZERO);
                stages.spawn(READ, move |_| {
                    parse_all(reader, head_in, rows_in).map_err(RunError::Read)
                });
            }
        }
        stages
    }

    /// Waits until the columns are known.
    async fn head(&mut self, stop: &Stop) -> Result<Head, RunError> {
        let head = self.head.take().expect("asked for once");
        let asked = std::pin::pin!(stop.asked());
        match select(head, asked).await {
            Either::Left((Ok(head), _)) => Ok(head),
            Either::Left((Err(_), _)) => Err(self.why()),
            Either::Right(_) => Err(RunError::Write(WriteError::Stopped)),
        }
    }

    /// Starts checking.
    fn check(&mut self, stage: CheckStage) -> Result<Receiver<Lot>, RunError> {
        let rows = self.rows.take().expect("checked once");
        let (lots_in, lots_out) = self.lots.take().expect("checked once");
        self.spawn(CHECK, move |shared| {
            let findings = stage.run(&rows, lots_in).map_err(RunError::Check)?;
            shared.said().findings = findings;
            Ok(())
        });
        Ok(lots_out)
    }

    /// Reads everything to its end, and tells what stands for it.
    async fn digest(mut self, stop: &Stop) -> Result<Option<String>, RunError> {
        let rows = self.rows.take().expect("nobody checks them");
        loop {
            let next = std::pin::pin!(rows.next());
            let asked = std::pin::pin!(stop.asked());
            match select(next, asked).await {
                Either::Left((Ok(Some(rows)), _)) => {
                    if let Some(last) = rows.places.last() {
                        let counts = &self.shared.progress.counts;
                        counts.settled.reach(&Position::after(last, last.line));
                    }
                }
                Either::Left(_) => break,
                Either::Right(_) => return Err(RunError::Write(WriteError::Stopped)),
            }
        }
        drop(rows);
        let shared = Arc::clone(&self.shared);
        self.join(false)?;
        Ok(shared.said().digest.take())
    }

    /// Ends what reads, which nobody wants.
    fn leave(mut self) {
        self.rows = None;
        self.lots = None;
        // Whatever they say is of no use any more.
        self.threads.drain(..).for_each(|(_, thread)| {
            let _ = thread.join();
        });
    }

    /// Waits for all threads, or only for those that have ended when the reading one may wait for an input that does not come.
    fn join(mut self, only_ended: bool) -> Result<Vec<Finding>, RunError> {
        for (stage, thread) in self.threads.drain(..) {
            if only_ended && !thread.is_finished() {
                continue;
            }
            if thread.join().is_err() {
                let stage = STAGES[stage];
                self.shared.fail(RunError::Panicked { stage });
            }
        }
        let mut said = self.shared.said();
        match said.error.take() {
            Some(error) => Err(error),
            None => Ok(std::mem::take(&mut said.findings)),
        }
    }

    /// Why there is no head. The stage that parses is asked first: the one that reads may wait for an input that does not come.
    fn why(&mut self) -> RunError {
        self.rows = None;
        self.lots = None;
        while let Some((stage, thread)) = self.threads.pop() {
            if thread.join().is_err() {
                let stage = STAGES[stage];
                self.shared.fail(RunError::Panicked { stage });
            }
            if let Some(error) = self.shared.said().error.take() {
                return error;
            }
        }
        unreachable!("a stage that ends without columns says why")
    }

    fn spawn(
        &mut self,
        stage: usize,
        work: impl FnOnce(&Shared) -> Result<(), RunError> + Send + 'static,
    ) {
        let shared = Arc::clone(&self.shared);
        let thread = thread::spawn(move || {
            if let Err(error) = work(&shared) {
                shared.fail(error);
            }
            shared.ends.end(stage, shared.world.elapsed());
        });
        self.threads.push((stage, thread));
    }
}

impl Shared {
    fn said(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fail(&self, error: RunError) {
        self.said().error.get_or_insert(error);
    }
}

/// The first stage.
fn read(mut texts: Box<dyn Texts>, to: Sender<Text>, shared: &Shared) -> Result<(), ReadError> {
    let counts = &shared.progress.counts;
    let (mut digest, mut noted) = (None, None);
    while let Some(text) = texts.next()? {
        counts
            .bytes_read
            .fetch_max(text.read_bytes, Ordering::Relaxed);
        counts.settled.read(&text);
        // That only ASCII came is known at the end alone; what else it is, when it comes.
        let is_known = text.ends_input || text.encoding != Encoding::OPEN;
        if is_known && noted.replace(text.encoding) != Some(text.encoding) {
            shared.said().note_encoding(text.encoding);
        }
        digest = text.digest;
        if to.push(text).is_err() {
            return Ok(());
        }
    }
    shared.said().digest = digest.map(|digest| hexadecimal(&digest));
    to.finish();
    Ok(())
}

/// The second stage.
fn parse_all(
    mut reader: Box<dyn RowReader>,
    head: oneshot::Sender<Head>,
    to: Sender<Rows>,
) -> Result<(), ReadError> {
    let known = Head {
        columns: reader.columns().to_vec(),
        format: reader.format().clone(),
        encoding: reader.encoding(),
    };
    // Nobody waits for it any more when the run was asked to stop.
    let _ = head.send(known);
    while let Some(rows) = reader.next()? {
        if to.push(rows).is_err() {
            return Ok(());
        }
    }
    to.finish();
    Ok(())
}

/// Text that another thread reads.
struct QueuedTexts {
    texts: Receiver<Text>,
    names: Vec<String>,
    /// Whether the reading ended in the middle.
    is_broken: Arc<AtomicBool>,
}

impl Texts for QueuedTexts {
    fn next(&mut self) -> Result<Option<Text>, ReadError> {
        self.texts.pop().map_err(|_| {
            self.is_broken.store(true, Ordering::Relaxed);
            ReadError::new("the import", ReadErrorKind::Broken)
        })
    }

    fn name(&self, input: u32) -> &str {
        self.names.get(input as usize).map_or("?", String::as_str)
    }
}

impl Weighed for Text {
    fn weight(&self) -> usize {
        Text::weight(self)
    }
}

impl Weighed for Rows {
    fn weight(&self) -> usize {
        Rows::weight(self)
    }
}

#[cfg(test)]
mod tests;
