//! The stages that have threads of their own, and the queues between them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use futures::channel::oneshot;
use futures::future::{Either, select};

use crate::check::Finding;
use crate::read::{Encoding, Format, ReadError, ReadErrorKind, RowReader, Text, Texts};
use crate::rows::Rows;
use crate::run::check_stage::CheckStage;
use crate::run::lot::{Lot, Position, hexadecimal};
use crate::run::pipeline::error::RunError;
use crate::run::progress::{Progress, Queues, STAGES, StageEnds};
use crate::run::queue::{QueueLimits, Receiver, Sender, Weighed, queue};
use crate::run::source::Opened;
use crate::run::stop::Stop;
use crate::run::world::World;
use crate::run::write::WriteError;

/// Text between reading and parsing: four blocks.
pub(super) const TEXT_LIMITS: QueueLimits = QueueLimits {
    items_max: 8,
    bytes_max: 1024 * 1024,
};

/// Rows between parsing and checking: they weigh about three times their text.
pub(super) const ROWS_LIMITS: QueueLimits = QueueLimits {
    items_max: 8,
    bytes_max: 3 * 1024 * 1024,
};

/// Lots between checking and writing: one waits while one is written.
pub(super) const LOT_LIMITS: QueueLimits = QueueLimits {
    items_max: 1,
    bytes_max: 8 * 1024 * 1024,
};

const READ: usize = 0;
const PARSE: usize = 1;
const CHECK: usize = 2;
pub(super) const WRITE: usize = 3;

/// The stages that have threads.
pub(super) struct Stages {
    threads: Vec<(usize, JoinHandle<()>)>,
    pub(super) shared: Arc<Shared>,
    head: Option<oneshot::Receiver<Head>>,
    rows: Option<Receiver<Rows>>,
    lots: Option<(Sender<Lot>, Receiver<Lot>)>,
    pub(super) ends: Arc<StageEnds>,
}

/// What the threads tell.
pub(super) struct Shared {
    world: Arc<dyn World>,
    progress: Arc<Progress>,
    ends: Arc<StageEnds>,
    said: Mutex<Said>,
}

#[derive(Default)]
pub(super) struct Said {
    /// What went wrong first; what other stages say afterwards follows from it.
    error: Option<RunError>,
    findings: Vec<Finding>,
    /// What the inputs turned out to be decoded from, each once.
    encodings: Vec<Encoding>,
    /// See [`Report::digest`].
    pub(super) digest: Option<String>,
}

impl Said {
    fn note_encoding(&mut self, encoding: Encoding) {
        if !self.encodings.contains(&encoding) {
            self.encodings.push(encoding);
        }
    }

    /// ASCII is all of the others as well.
    pub(super) fn encodings_in_words(&self) -> Option<String> {
        let telling = self
            .encodings
            .iter()
            .filter(|encoding| self.encodings.len() == 1 || **encoding != Encoding::OPEN);
        let names: Vec<&str> = telling.map(|encoding| encoding.name()).collect();
        (!names.is_empty()).then(|| names.join(" and "))
    }
}

/// What is known when the first row is.
pub(super) struct Head {
    pub(super) columns: Vec<String>,
    pub(super) format: Format,
    pub(super) encoding: Encoding,
    pub(super) titles_above: Option<u64>,
}

impl Stages {
    pub(super) fn start(
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
    pub(super) async fn head(&mut self, stop: &Stop) -> Result<Head, RunError> {
        let head = self.head.take().expect("asked for once");
        let asked = std::pin::pin!(stop.asked());
        match select(head, asked).await {
            Either::Left((Ok(head), _)) => Ok(head),
            Either::Left((Err(_), _)) => Err(self.why()),
            Either::Right(_) => Err(RunError::Write(WriteError::Stopped)),
        }
    }

    /// Starts checking.
    pub(super) fn check(&mut self, stage: CheckStage) -> Result<Receiver<Lot>, RunError> {
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
    pub(super) async fn digest(mut self, stop: &Stop) -> Result<Option<String>, RunError> {
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
    pub(super) fn leave(mut self) {
        self.rows = None;
        self.lots = None;
        // Whatever they say is of no use any more.
        self.threads.drain(..).for_each(|(_, thread)| {
            let _ = thread.join();
        });
    }

    /// Waits for all threads, or only for those that have ended when the reading one may wait for an input that does not come.
    pub(super) fn join(mut self, only_ended: bool) -> Result<Vec<Finding>, RunError> {
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
    pub(super) fn said(&self) -> MutexGuard<'_, Said> {
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
        titles_above: reader.titles_above(),
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
