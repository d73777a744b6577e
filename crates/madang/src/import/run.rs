//! One import from its words on the command line to its report.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use madang_import::check::{Finding, Mapping};
use madang_import::run::{
    Ended, FileMark, Import, Inputs, Limits, Outcome, Patience, Progress, Report, RunFolder,
    RunIdentity, RunSettings, Runs, Source, Standing, Stop, To, World, WrittenAs,
};
use madang_import::{RunKey, Sink, in_one_line};
use tokio::runtime::Runtime;

use crate::arguments::{ImportFiles, ImportManner, ImportTo};
use crate::failure::{Failure, chain};
use crate::import::claim::{Before, Claimed, Wanted, before, claim, known_as};
use crate::import::destination;
use crate::import::fault::Fault;
use crate::import::mapping_fault::MappingFault;
use crate::import::named::Named;
use crate::import::show::Shown;
use crate::import::world::Machine;
use crate::import::{desk, format, inputs, memory, metrics, signals};
use crate::nearest::nearest;
use crate::output::Output;

/// The most bytes of a mapping: a thousand columns fit.
pub const MAPPING_BYTES_MAX: u64 = 1024 * 1024;

/// An import that is about to begin.
pub struct Job<'a> {
    /// What is read.
    pub source: Box<dyn Source>,
    /// How much that is as it is stored.
    pub bytes_total: Option<u64>,
    /// What its columns mean.
    pub mapping: Mapping,
    /// Where the rows go.
    pub sink: Option<Box<dyn Sink>>,
    /// Whether each row is added beside what is there, whatever it says: the same once more would be there twice.
    pub adds_rows: bool,
    /// What the inputs hold, where that makes a difference.
    pub marks: Vec<FileMark>,
    /// The run whose refused rows these are.
    pub retry_of: Option<RunKey>,
    /// What was said of how the inputs are written.
    pub written: Option<WrittenAs>,
    /// What is to be told beside what the import finds.
    pub notes: Vec<Finding>,
    /// What stays free on the disk: more than nothing where a till lives on it.
    pub free_bytes_min: u64,
    /// The run under which the sink knows its rows, when that is another one.
    pub known_as: Option<RunKey>,
    /// What is wanted.
    pub wish: Wish,
    /// How it goes about it.
    pub manner: &'a ImportManner,
}

/// What is wanted of an import that may have been begun before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// It is new.
    Begin,
    /// It goes on where it stopped.
    GoOn,
    /// It is done once more.
    Again,
    /// Nothing is written.
    Dry,
}

/// Imports files.
///
/// # Errors
/// [`Failure`].
pub fn files(
    arguments: &ImportFiles,
    runtime: &Runtime,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let (mapping, names) = match mapping_and_names(arguments) {
        Ok(found) => found,
        Err(fault) => {
            let watched = Watched::of_file(arguments.mapping.as_deref());
            return watched.told(Err(fault.into()), &arguments.manner);
        }
    };
    let sink = destination::sink(&arguments.to, &mapping.name, runtime);
    let watched = Watched {
        mapping: mapping.name.clone(),
        sink: match &sink {
            Ok(Some(sink)) => sink.name(),
            _ => String::new(),
        },
    };
    let ended = sink.and_then(|sink| files_into(arguments, mapping, names, sink, runtime, output));
    watched.told(ended, &arguments.manner)
}

/// Under what an import is watched.
pub struct Watched {
    /// The mapping's name.
    pub mapping: String,
    /// The sink's, where one could be made.
    pub sink: String,
}

impl Watched {
    /// A mapping whose own name is not known: its file's says which it was to be.
    pub fn of_file(mapping: Option<&Path>) -> Self {
        let name = mapping.and_then(Path::file_stem).unwrap_or_default();
        Self {
            mapping: name.to_string_lossy().into_owned(),
            sink: String::new(),
        }
    }

    /// Whoever watches is told of what ended an import before there was a report, too: else yesterday's good one stays.
    ///
    /// # Errors
    /// What it is given.
    pub fn told(self, ended: Result<(), Failure>, manner: &ImportManner) -> Result<(), Failure> {
        let (Err(failure), Some(path)) = (&ended, &manner.metrics) else {
            return ended;
        };
        let fault = failure.report.downcast_ref::<Fault>();
        if !fault.is_some_and(Fault::has_report)
            && let Err(fault) =
                metrics::write_failed(path, &self.mapping, &self.sink, Timestamp::now())
        {
            tracing::warn!("how the import ended could not be kept: {}", chain(&fault));
        }
        ended
    }
}

fn files_into(
    arguments: &ImportFiles,
    mapping: Mapping,
    names: &[Named],
    sink: Option<Box<dyn Sink>>,
    runtime: &Runtime,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let settings = format::settings(&arguments.format, Some(&mapping))?;
    let written = format::written(&settings);
    let inputs = Inputs::new(
        inputs::named(
            names,
            arguments.format.source_header_file.as_deref(),
            runtime,
        )?,
        settings,
    );
    let identities = inputs.identities().map_err(Fault::Read)?;
    if let Some(place) = inputs.named_twice(&identities) {
        let name = names[place].to_string();
        return Err(Fault::NamedTwice { name }.into());
    }
    let wish = match arguments {
        ImportFiles { dry_run: true, .. } => Wish::Dry,
        ImportFiles { resume: true, .. } => Wish::GoOn,
        ImportFiles { again: true, .. } => Wish::Again,
        _ => Wish::Begin,
    };
    let adds_rows = destination::adds_rows(&arguments.to, &mapping);
    let marks = match wish {
        Wish::Dry => Ok(Vec::new()),
        _ => inputs.marks(&identities),
    };
    let mapping_text = mapping.to_toml();
    let sink_name = sink.as_ref().map(|sink| sink.identity());
    let sink_name = sink_name.unwrap_or_default();
    let identity = |identities| RunIdentity {
        inputs: identities,
        mapping: (&mapping.name, &mapping_text),
        sink: &sink_name,
    };
    let wanted = Wanted {
        wish,
        inputs: inputs.names(),
        marks: marks.map_err(Fault::Read)?,
        written: Some(written),
        adds_rows,
        retry_of: None,
        identity: &identity(&identities),
    };
    let runs = Runs::new(arguments.manner.state.clone());
    let Before {
        went_in: left_out,
        left_behind,
    } = before(&runs, &wanted)?;
    let places: Vec<usize> = left_out.iter().map(|(place, _)| *place).collect();
    let mut notes = told_of(&wanted.inputs, &left_out);
    notes.extend(left_behind);
    let left = inputs.without(&places);
    if left.is_empty() {
        return all_went_in(&left_out, &arguments.manner, output);
    }
    let identities = without(identities.clone(), &places);
    let job = Job {
        wish,
        bytes_total: left.bytes().map_err(Fault::Read)?,
        manner: &arguments.manner,
        known_as: None,
        adds_rows,
        marks: without(wanted.marks, &places),
        retry_of: None,
        written: wanted.written,
        notes,
        free_bytes_min: destination::free_bytes_min(&arguments.to),
        source: Box::new(left),
        mapping: mapping.clone(),
        sink,
    };
    self::job(job, &identity(&identities), runtime, output)
}

fn without<Item>(items: Vec<Item>, places: &[usize]) -> Vec<Item> {
    let items = items.into_iter().enumerate();
    let items = items.filter(|(place, _)| !places.contains(place));
    items.map(|(_, item)| item).collect()
}

/// What is left out of a list, as each file of it went in before. A year of nights is one line.
fn told_of(names: &[String], left_out: &[(usize, Report)]) -> Vec<Finding> {
    let run = |report: &Report| report.run.clone().unwrap_or_default();
    let named = left_out.iter().take(LEFT_OUT_NAMED_MAX);
    let named = named.map(|(place, report)| format!("{} ({})", names[*place], run(report)));
    let mut named = named.collect::<Vec<_>>().join(", ");
    let (more, more_ko) = match left_out.len().saturating_sub(LEFT_OUT_NAMED_MAX) {
        0 => (String::new(), String::new()),
        more => (format!(" and {more} more"), format!(" 외 {more}개")),
    };
    if named.is_empty() {
        return Vec::new();
    }
    let message_ko = format!("전에 가져온 파일이라 뺐어요: {named}{more_ko}");
    named.push_str(&more);
    vec![Finding {
        code: "went_in_before".to_owned(),
        is_error: false,
        input: 0,
        place: None,
        column: None,
        message: format!("left out, as they went there before: {named}"),
        message_ko,
    }]
}

/// Files that are named with their runs; more are counted.
const LEFT_OUT_NAMED_MAX: usize = 5;

/// Nothing is left to do: how the files went in is told once more.
fn all_went_in(
    left_out: &[(usize, Report)],
    manner: &ImportManner,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    if !manner.json {
        output.line("nothing to do: all of it went there before (모두 전에 가져온 파일이에요)")?;
    }
    let mut reports: Vec<&Report> = left_out.iter().map(|(_, report)| report).collect();
    reports.dedup_by(|one, other| one.run == other.run);
    for report in &reports {
        print(report, manner.json, output)?;
    }
    if let (Some(path), Some(last)) = (&manner.metrics, reports.last()) {
        metrics::write(path, last, Timestamp::now())?;
    }
    let verdicts = reports.iter().map(|report| refused(report, true));
    Ok(verdicts.collect::<Result<(), _>>()?)
}

/// Does a job, prints its report and keeps it.
///
/// # Errors
/// [`Failure`].
pub fn job(
    job: Job<'_>,
    identity: &RunIdentity<'_>,
    runtime: &Runtime,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let manner = job.manner;
    let wanted = Wanted {
        wish: job.wish,
        inputs: job.source.names(),
        marks: job.marks.clone(),
        written: job.written.clone(),
        adds_rows: job.adds_rows,
        retry_of: job.retry_of.clone(),
        identity,
    };
    let claimed = claim(&Runs::new(manner.state.clone()), wanted)?;
    let (key, folder) = match claimed {
        Claimed::Done(report, folder) => {
            return done_before(job, &report, *folder, runtime, output);
        }
        Claimed::Nothing(key) => (key, None),
        Claimed::Folder(folder) => (folder.record().key.clone(), Some(*folder)),
    };
    let ended = perform(job, key, folder, runtime)?;
    print(&ended.report, manner.json, output)?;
    let kept = keep(&ended, manner);
    match (verdict(ended), kept) {
        // What ended the import comes first: that how it ended could not be kept mostly follows from it.
        (Err(failure), Err(fault)) => {
            tracing::warn!("how the import ended could not be kept: {}", chain(&fault));
            Err(failure)
        }
        (verdict, kept) => verdict.and(kept.map_err(Failure::from)),
    }
}

/// An import that came to its end: nothing is to be done when that still holds.
fn done_before(
    job: Job<'_>,
    report: &Report,
    folder: RunFolder,
    runtime: &Runtime,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let manner = job.manner;
    let (run, when) = known_as(folder.record());
    let key = folder.record().key.clone();
    let sink = report.sink.clone();
    let (import, shown) = begin(job, key, Some(folder), runtime)?;
    let standing = runtime.block_on(import.standing(report));
    drop(shown);
    match standing {
        Ok(Standing::AsItWas) => {}
        Ok(Standing::Changed) => return Err(Fault::ChangedSinceDone { run, when }.into()),
        Ok(Standing::SinkLost) => return Err(Fault::SinkLost { run, when, sink }.into()),
        Err(source) => {
            let outcome = source.outcome();
            return Err(Fault::NotCompared { outcome, source }.into());
        }
    }
    if !manner.json {
        output.line("nothing to do: it came to its end before, what is to be read is what was read, and the sink has it (이미 끝난 가져오기예요. 파일도 그대로예요)")?;
    }
    print(report, manner.json, output)?;
    if let Some(path) = &manner.metrics {
        metrics::write(path, report, Timestamp::now())?;
    }
    // Nobody may have been told: it may have been killed between this report and its end.
    Ok(refused(report, true)?)
}

/// Keeps how an import ended, for the next try and for whoever watches.
fn keep(ended: &Ended, manner: &ImportManner) -> Result<(), Fault> {
    if let Some(folder) = &ended.folder {
        folder.end(&ended.report)?;
    }
    if let Some(path) = &manner.metrics {
        metrics::write(path, &ended.report, Timestamp::now())?;
    }
    Ok(())
}

fn print(report: &Report, as_json: bool, output: &mut Output<'_>) -> Result<(), Failure> {
    match as_json {
        true => output.json(&serde_json::json!({"type": "report", "report": report}))?,
        false => output.line(report.text().trim_end())?,
    }
    Ok(())
}

fn verdict(ended: Ended) -> Result<(), Failure> {
    let Ended {
        report,
        error,
        folder,
    } = ended;
    let is_kept = folder.is_some();
    match error {
        Some(source) => Err(Fault::Ended {
            outcome: report.outcome,
            is_kept,
            has_rows: report.rows_before + report.rows_written > 0,
            source,
        }
        .into()),
        None => Ok(refused(&report, is_kept)?),
    }
}

/// What an import that came to its end has refused.
fn refused(report: &Report, is_kept: bool) -> Result<(), Fault> {
    if report.outcome != Outcome::SomeRefused {
        return Ok(());
    }
    let rows = report.refused_before + report.rows_refused;
    if rows == 0 {
        return Err(Fault::WholeFileWrong);
    }
    let what_to_do = match &report.dead_letters {
        Some(path) => format!("mend them in {path}, then: madang import retry {path} --to SINK"),
        None if is_kept => "they were refused before it went on, and what was kept of them is lost: import the file once more with --again (전에 거절된 행의 기록이 없어졌어요. --again으로 다시 가져오세요)".to_owned(),
        None => "the report above says why; --dry-run wrote nothing (위의 보고에 이유가 있어요. 아무것도 쓰지 않았어요)".to_owned(),
    };
    Err(Fault::SomeRefused { rows, what_to_do })
}

fn perform(
    mut job: Job<'_>,
    key: RunKey,
    folder: Option<RunFolder>,
    runtime: &Runtime,
) -> Result<Ended, Fault> {
    let notes = std::mem::take(&mut job.notes);
    let (import, shown) = begin(job, key, folder, runtime)?;
    let mut ended = runtime.block_on(import.run());
    drop(shown);
    ended.report.findings.extend(notes);
    ended.report.memory_bytes_max = memory::bytes_max();
    Ok(ended)
}

fn begin(
    job: Job<'_>,
    key: RunKey,
    folder: Option<RunFolder>,
    runtime: &Runtime,
) -> Result<(Import, Shown), Fault> {
    let stop = Stop::default();
    signals::stop_on_signals(runtime, stop.clone()).map_err(Fault::NoSignals)?;
    let world: Arc<dyn World> = Arc::new(Machine::new());
    let progress = Arc::new(Progress::new(Arc::clone(&world), job.bytes_total));
    let shown = Shown::begin(Arc::clone(&progress), job.manner.json);
    let import = Import {
        run: job.known_as.unwrap_or(key),
        source: job.source,
        mapping: job.mapping,
        to: match (job.wish, job.sink) {
            (Wish::Dry, instead_of) => To::Nowhere { instead_of },
            (_, Some(sink)) => To::Sink(sink),
            (_, None) => unreachable!("the command line wants --to"),
        },
        folder,
        settings: RunSettings {
            free_bytes_min: job.free_bytes_min,
            ..settings(job.manner)
        },
        goes_on: job.wish == Wish::GoOn,
        world,
        progress,
        stop,
    };
    Ok((import, shown))
}

fn settings(manner: &ImportManner) -> RunSettings {
    RunSettings {
        batch_rows_max: usize::try_from(manner.batch_rows).unwrap_or(usize::MAX),
        limits: Limits {
            errors_max: manner.max_errors,
            errors_per_million_max: manner.max_error_rate,
            ..Limits::default()
        },
        patience: Patience {
            give_up_after: Duration::from_secs(manner.retry_for),
            ..Patience::default()
        },
        ..RunSettings::default()
    }
}

fn mapping_and_names(arguments: &ImportFiles) -> Result<(Mapping, &[Named]), Fault> {
    let (mapping, names) = match (&arguments.mapping, arguments.files.split_first()) {
        (Some(path), _) => (mapping_of_file(path)?, &arguments.files[..]),
        (None, Some((kind, names))) => (builtin(kind, &arguments.to)?, names),
        (None, None) => return Err(Fault::NoFiles),
    };
    match names.is_empty() {
        true => Err(Fault::NoFiles),
        false => Ok((mapping, names)),
    }
}

/// A till knows an item of a menu by more than its code.
fn builtin(kind: &str, to: &ImportTo) -> Result<Mapping, Fault> {
    let mapping = match destination::is_till(to) {
        true => desk::of_a_till(kind),
        false => Mapping::builtin(kind),
    };
    mapping.ok_or_else(|| Fault::UnknownKind {
        near: match nearest(kind, Mapping::BUILTIN).first() {
            Some(near) => format!(" (did you mean {near}?)"),
            None => String::new(),
        },
        kind: kind.to_owned(),
    })
}

/// A mapping of the user's own.
///
/// # Errors
/// [`Fault`] with its place.
pub fn mapping_of_file(path: &Path) -> Result<Mapping, Fault> {
    let unread = |source| Fault::MappingUnread {
        path: path.to_owned(),
        source,
    };
    let bytes = fs::metadata(path).map_err(unread)?.len();
    if bytes > MAPPING_BYTES_MAX {
        return Err(Fault::MappingTooLong {
            path: path.to_owned(),
            bytes,
        });
    }
    let text = fs::read_to_string(path).map_err(unread)?;
    mapping_of_text(&text, path)
}

/// A mapping of the text of a file.
///
/// # Errors
/// [`Fault`] with each mistake at its place.
pub fn mapping_of_text(text: &str, path: &Path) -> Result<Mapping, Fault> {
    let name = in_one_line(&path.display().to_string());
    Mapping::parse(text, &name).map_err(|errors| MappingFault::new(&errors, &name, text).into())
}
