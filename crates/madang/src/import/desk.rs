//! Files imported through the screen: one check or import at a time, into the till itself.

mod proposal;
mod refused;
mod told;
mod uploads;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use madang_import::check::{Checker, Mapping};
use madang_import::run::dead_letter::LetterReader;
use madang_import::run::{
    Import, Inputs, Limits, Outcome, Progress, Report, RunFolder, RunIdentity, RunSettings, Runs,
    Source as _, Standing, Stop, To, World,
};
use madang_import::{RunKey, Sink};
use madang_import_till::TillSink;
use madang_server::import::Pieces;
use madang_server::view::import_file::{
    IfKnown, ImportJob, ImportJobKind, ImportWork, PastImport, ProposalView, ProposeMapping,
    RunImport, UploadView,
};
use madang_server::{ImportDesk, ImportRefused};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

pub use self::proposal::of_a_till;
use self::uploads::{UPLOAD_BYTES_MAX, Uploaded, Uploads};
use super::claim::{Claimed, Wanted, claim};
use super::fault::Fault;
use super::run::Wish;
use super::world::Machine;
use crate::till_at::TillError;

/// What an import is known to go into, wherever the till listens today.
const SINK: &str = "the till";
/// How long closing waits for an import to write what it has read: a batch and its commit take a part of a second.
const CLOSE_TIME: Duration = Duration::from_secs(5);
/// Imports that are listed: what a person scrolls through.
const HISTORY_MAX: usize = 100;

/// What imports leave free on the disk of a till: twice what its journal wants, which an import fills up as well, and some hours of selling.
pub const TILL_FREE_BYTES_MIN: u64 = 192 * 1024 * 1024;
/// A file of which so much is refused is another file than was meant: 900,000 of a million rows.
const REFUSED_PER_MILLION_MAX: u64 = 900_000;
/// Refused rows that are kept: 200,000 with their reasons, more than a person mends.
const LETTERS_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Makes the sink that leads into the till.
type MakeSink = Box<dyn Fn() -> Result<TillSink, TillError> + Send + Sync>;

/// The desk of one till.
pub struct ImportsDesk {
    uploads: Uploads,
    runs: Runs,
    sink: MakeSink,
    seat: Arc<Semaphore>,
    kept: Arc<Mutex<Kept>>,
}

/// What is under way, or was last.
#[derive(Default)]
struct Kept {
    count: u64,
    job: Option<Job>,
}

struct Job {
    number: u64,
    what: ImportJobKind,
    upload: UploadView,
    mapping: String,
    /// The name of its run; none of a check.
    run: Option<String>,
    progress: Arc<Progress>,
    stop: Stop,
    state: JobState,
}

enum JobState {
    UnderWay,
    Ended(Box<Report>),
    /// Nobody could say how it ended.
    Broken,
}

/// A run whose folder is taken, or that came to its end before.
struct Ready {
    mapping: Mapping,
    inputs: Inputs,
    bytes: Option<u64>,
    key: RunKey,
    folder: Option<Box<RunFolder>>,
    done: Option<Box<Report>>,
}

impl ImportsDesk {
    /// A desk that keeps everything in `folder`, which need not be there yet.
    pub fn open(folder: &Path, sink: MakeSink) -> Self {
        Self {
            uploads: Uploads::open(folder.join("uploads")),
            runs: Runs::new(folder.join("runs")),
            sink,
            seat: Arc::new(Semaphore::new(1)),
            kept: Arc::default(),
        }
    }

    /// Ends what is under way; it can go on when the till is open again.
    pub async fn close(&self) {
        if let Some(job) = &self.kept().job {
            job.stop.now();
        }
        if timeout(CLOSE_TIME, self.seat.acquire()).await.is_err() {
            tracing::warn!("an import did not end in time; it can go on from its last checkpoint");
        }
    }

    async fn begin(
        &self,
        what: ImportJobKind,
        asked: RunImport,
    ) -> Result<ImportJob, ImportRefused> {
        let seat = self.seat.clone().try_acquire_owned();
        let seat = seat.map_err(|_| ImportRefused::UnderWay)?;
        let sink = (self.sink)().map_err(|error| ImportRefused::Storage {
            message: error.to_string(),
        })?;
        let upload = self.uploads.find(&asked.upload)?;
        let (view, runs) = (upload.view.clone(), self.runs.clone());
        let wish = match (what, asked.if_known) {
            (ImportJobKind::Check, _) => Wish::Dry,
            (ImportJobKind::Import, IfKnown::Refuse) => Wish::Begin,
            (ImportJobKind::Import, IfKnown::GoOn) => Wish::GoOn,
            (ImportJobKind::Import, IfKnown::Again) => Wish::Again,
        };
        let ready = blocking(move || ready(upload, &asked, wish, &runs)).await?;
        let world: Arc<dyn World> = Arc::new(Machine::new());
        let progress = Arc::new(Progress::new(world.clone(), ready.bytes));
        let stop = Stop::default();
        let number = self.put(what, view, &ready, progress.clone(), stop.clone());
        let done = ready.done.clone();
        let import = import(ready, wish, sink, world, progress, stop);
        match done {
            Some(report) => self.look_again(number, import, *report, seat),
            None => self.run(number, import, seat),
        }
        self.told().ok_or(ImportRefused::NothingUnderWay)
    }

    fn put(
        &self,
        what: ImportJobKind,
        upload: UploadView,
        ready: &Ready,
        progress: Arc<Progress>,
        stop: Stop,
    ) -> u64 {
        let mut kept = self.kept();
        kept.count += 1;
        let number = kept.count;
        kept.job = Some(Job {
            number,
            what,
            upload,
            mapping: ready.mapping.name.clone(),
            run: ready
                .folder
                .as_ref()
                .map(|folder| folder.record().name.clone()),
            progress,
            stop,
            state: JobState::UnderWay,
        });
        number
    }

    fn run(&self, number: u64, import: Import, seat: OwnedSemaphorePermit) {
        let ending = Ending {
            number,
            kept: self.kept.clone(),
            _seat: seat,
        };
        tokio::spawn(async move {
            let ended = import.run().await;
            let report = ended.report;
            tracing::info!(outcome = ?report.outcome, written = report.rows_written, refused = report.rows_refused, "an import ended");
            if let Some(folder) = ended.folder {
                let report = report.clone();
                let kept = blocking(move || {
                    let end = folder.end(&report);
                    end.map_err(|error| storage(folder.path())(std::io::Error::other(error)))
                });
                if let Err(error) = kept.await {
                    tracing::warn!(
                        error = &error as &dyn Error,
                        "how an import ended could not be kept"
                    );
                }
            }
            ending.with(report);
        });
    }

    /// An import that came to its end is gone on with: there is nothing to do when the till still knows of it.
    fn look_again(&self, number: u64, import: Import, report: Report, seat: OwnedSemaphorePermit) {
        let ending = Ending {
            number,
            kept: self.kept.clone(),
            _seat: seat,
        };
        tokio::spawn(async move {
            let (outcome, problem, problem_ko) = match import.standing(&report).await {
                Ok(Standing::AsItWas) => return ending.with(report),
                Ok(Standing::Changed) => (
                    Outcome::ToMend,
                    "the file is not what was imported".to_owned(),
                    "전에 가져온 파일과 달라요".to_owned(),
                ),
                Ok(Standing::SinkLost) => (
                    Outcome::ToMend,
                    "the till no longer has what this import wrote: import it once more from its beginning".to_owned(),
                    "이 가져오기로 넣은 것이 포스에 없어요. 포스를 되돌린 것 같으니 처음부터 다시 가져와 주세요".to_owned(),
                ),
                Err(error) => (error.outcome(), error.to_string(), error.korean()),
            };
            ending.with(Report {
                outcome,
                problem: Some(problem),
                problem_ko: Some(problem_ko),
                ..report
            });
        });
    }

    /// The run that goes on now.
    fn under_way(&self) -> Option<String> {
        let kept = self.kept();
        let job = kept.job.as_ref()?;
        let is_under_way = matches!(job.state, JobState::UnderWay);
        job.run.clone().filter(|_| is_under_way)
    }

    fn told(&self) -> Option<ImportJob> {
        self.kept().job.as_ref().map(told::job)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        lock(&self.kept)
    }
}

#[async_trait]
impl ImportDesk for ImportsDesk {
    async fn upload(
        &self,
        name: &str,
        bytes: Option<u64>,
        body: Pieces,
    ) -> Result<UploadView, ImportRefused> {
        self.uploads.take(name, bytes, body).await
    }

    async fn propose(&self, asked: ProposeMapping) -> Result<ProposalView, ImportRefused> {
        let uploads = self.uploads.clone();
        blocking(move || {
            let upload = uploads.find(&asked.upload)?;
            proposal::propose(&upload, &asked)
        })
        .await
    }

    async fn check(&self, asked: RunImport) -> Result<ImportJob, ImportRefused> {
        self.begin(ImportJobKind::Check, asked).await
    }

    async fn start(&self, asked: RunImport) -> Result<ImportJob, ImportRefused> {
        self.begin(ImportJobKind::Import, asked).await
    }

    fn stop(&self) -> Result<ImportJob, ImportRefused> {
        let kept = self.kept();
        let job = kept
            .job
            .as_ref()
            .filter(|job| matches!(job.state, JobState::UnderWay));
        let job = job.ok_or(ImportRefused::NothingUnderWay)?;
        job.stop.now();
        Ok(told::job(job))
    }

    fn work(&self) -> ImportWork {
        ImportWork {
            upload_bytes_max: UPLOAD_BYTES_MAX,
            job: self.told(),
        }
    }

    async fn history(&self) -> Result<Vec<PastImport>, ImportRefused> {
        let (runs, under_way) = (self.runs.clone(), self.under_way());
        blocking(move || {
            let all = runs.all().map_err(Fault::from).map_err(refusal)?;
            let shown = all.into_iter().take(HISTORY_MAX);
            Ok(shown
                .map(|(record, report)| {
                    let is_under_way = under_way.as_ref() == Some(&record.name);
                    let has_refused_file = letters(&runs, &record.name).exists();
                    PastImport {
                        is_under_way,
                        // How it ended the last time is of no interest while it goes on.
                        ..told::past(record, report.filter(|_| !is_under_way), has_refused_file)
                    }
                })
                .collect())
        })
        .await
    }

    async fn refused_rows(&self, run: &str) -> Result<Pieces, ImportRefused> {
        let (runs, run) = (self.runs.clone(), run.to_owned());
        let (path, letters) = blocking(move || {
            let all = runs.all().map_err(Fault::from).map_err(refusal)?;
            let unknown = || ImportRefused::NoSuchRun(run.chars().take(60).collect());
            // A name that was listed leads nowhere else.
            let known = all.iter().find(|(record, _)| record.name == run);
            let (record, _) = known.ok_or_else(unknown)?;
            let path = letters(&runs, &record.name);
            let letters = LetterReader::open(&path).map_err(Fault::from);
            let letters = letters.map_err(refusal)?.ok_or_else(unknown)?;
            Ok((path, letters))
        })
        .await?;
        Ok(refused::csv(path, letters))
    }
}

/// Puts down how a job ended, come what may.
struct Ending {
    number: u64,
    kept: Arc<Mutex<Kept>>,
    _seat: OwnedSemaphorePermit,
}

impl Ending {
    fn with(self, report: Report) {
        self.put(JobState::Ended(Box::new(report)));
    }

    fn put(&self, state: JobState) {
        let mut kept = lock(&self.kept);
        let job = kept.job.as_mut();
        if let Some(job) = job.filter(|job| job.number == self.number)
            && matches!(job.state, JobState::UnderWay)
        {
            job.state = state;
        }
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.put(JobState::Broken);
    }
}

fn ready(
    upload: Uploaded,
    asked: &RunImport,
    wish: Wish,
    runs: &Runs,
) -> Result<Ready, ImportRefused> {
    let mapping = proposal::mapping_for(asked)?;
    let settings = proposal::settings(Some(&mapping))?;
    let reader = proposal::open(upload.clone(), Some(&mapping))?;
    Checker::new(&mapping, reader.columns()).map_err(|error| {
        let error = error.below_titles(reader.titles_above());
        ImportRefused::BadMapping {
            message: error.to_string(),
            message_ko: error.korean(),
        }
    })?;
    let inputs = Inputs::new(vec![upload.input()], settings);
    let unread = |error| refusal(Fault::Read(error));
    let mut identities = inputs.identities().map_err(unread)?;
    let marks = inputs.marks(&identities).map_err(unread)?;
    // A file that has come is read to its end in no time: what differs anywhere is another one.
    identities.push(upload.digest()?);
    let identity = RunIdentity {
        inputs: &identities,
        mapping: (&mapping.name, &mapping.to_toml()),
        sink: SINK,
    };
    let wanted = Wanted {
        wish,
        inputs: inputs.names(),
        marks,
        written: None,
        adds_rows: false,
        retry_of: None,
        identity: &identity,
    };
    let (key, folder, done) = match wish {
        Wish::Dry => (identity.key(0), None, None),
        _ => match claim(runs, wanted).map_err(refusal)? {
            Claimed::Nothing(key) => (key, None, None),
            Claimed::Folder(folder) => (folder.record().key.clone(), Some(folder), None),
            Claimed::Done(report, folder) => {
                (folder.record().key.clone(), Some(folder), Some(report))
            }
        },
    };
    Ok(Ready {
        bytes: inputs.bytes().map_err(unread)?,
        mapping,
        inputs,
        key,
        folder,
        done,
    })
}

fn import(
    ready: Ready,
    wish: Wish,
    sink: TillSink,
    world: Arc<dyn World>,
    progress: Arc<Progress>,
    stop: Stop,
) -> Import {
    let sink: Box<dyn Sink> = Box::new(sink);
    Import {
        run: ready.key,
        source: Box::new(ready.inputs),
        mapping: ready.mapping,
        to: match wish {
            Wish::Dry => To::Nowhere {
                instead_of: Some(sink),
            },
            _ => To::Sink(sink),
        },
        folder: ready.folder.map(|folder| *folder),
        settings: RunSettings {
            limits: Limits {
                errors_per_million_max: Some(REFUSED_PER_MILLION_MAX),
                letters_bytes_max: Some(LETTERS_BYTES_MAX),
                ..Limits::default()
            },
            free_bytes_min: TILL_FREE_BYTES_MIN,
            ..RunSettings::default()
        },
        goes_on: wish == Wish::GoOn,
        world,
        progress,
        stop,
    }
}

fn letters(runs: &Runs, run: &str) -> PathBuf {
    runs.folder().join(run).join("dead-letters.jsonl")
}

/// Files are read and written where nobody waits for his turn meanwhile.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ImportRefused> + Send + 'static,
) -> Result<T, ImportRefused> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| {
        Err(ImportRefused::Storage {
            message: format!("the work was broken off: {error}"),
        })
    })
}

fn refusal(fault: Fault) -> ImportRefused {
    match fault {
        Fault::ImportedBefore { run, .. } => ImportRefused::ImportedBefore { run },
        Fault::BegunBefore { run, .. } => ImportRefused::BegunBefore { run },
        Fault::UnderWay(_) => ImportRefused::UnderWay,
        Fault::Read(error) => proposal::unreadable(&error),
        fault => {
            let under = fault.source().map(|source| format!(": {source}"));
            ImportRefused::Storage {
                message: format!("{fault}{}", under.unwrap_or_default()),
            }
        }
    }
}

fn storage(path: &Path) -> impl FnOnce(std::io::Error) -> ImportRefused {
    let path = path.display().to_string();
    move |error| ImportRefused::Storage {
        message: format!("{path}: {error}"),
    }
}

fn lock(kept: &Mutex<Kept>) -> MutexGuard<'_, Kept> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}
