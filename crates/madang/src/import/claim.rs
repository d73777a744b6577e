//! Whether an import is a new one, the same as before, or one to go on with: what the folder of runs knows decides that before anything is read.
//!
//! Where rows are only added, as into a table without a key, each file counts by itself and by what it holds, wherever it is and whatever it is called: it went in by
//! another mapping, in another list of files, before it was mended, before it grew.

use std::collections::HashMap;
use std::path::Path;

use jiff::Timestamp;
use madang_import::RunKey;
use madang_import::check::Finding;
use madang_import::run::dead_letter::LetterReader;
use madang_import::run::{
    FileMark, Report, RunFolder, RunIdentity, RunRecord, Runs, WrittenAs, grouped, state,
};

use crate::import::fault::Fault;
use crate::import::run::Wish;

/// An import as it is wanted.
pub struct Wanted<'a> {
    /// What is wanted of it.
    pub wish: Wish,
    /// What its inputs are called.
    pub inputs: Vec<String>,
    /// What they hold; none where that makes no difference.
    pub marks: Vec<FileMark>,
    /// How they are written, where something was said of it.
    pub written: Option<WrittenAs>,
    /// Whether each row is added beside what is there, whatever it says.
    pub adds_rows: bool,
    /// The run whose refused rows these are.
    pub retry_of: Option<RunKey>,
    /// What it is known by.
    pub identity: &'a RunIdentity<'a>,
}

/// What is kept of the run.
pub enum Claimed {
    /// Nothing.
    Nothing(RunKey),
    /// This.
    Folder(Box<RunFolder>),
    /// It is complete.
    Done(Box<Report>, Box<RunFolder>),
}

/// Takes the folder of a run, or says what became of the same before.
///
/// # Errors
/// [`Fault`].
pub fn claim(runs: &Runs, wanted: Wanted<'_>) -> Result<Claimed, Fault> {
    let (wish, identity) = (wanted.wish, wanted.identity);
    if wish == Wish::Dry {
        return Ok(Claimed::Nothing(identity.key(0)));
    }
    // Two that begin at one moment would not know of each other.
    let _alone = runs.alone()?;
    let last = runs.last_round(identity)?;
    if wish != Wish::Again {
        refuse_what_was_begun(runs, &wanted, last.as_ref())?;
    }
    let record = match (wish, last) {
        (Wish::Again, last) => round_after(last, identity),
        (_, Some(last)) => last,
        (_, None) => round(0, identity),
    };
    let is_known = runs.find(&record.mapping, &record.key)?.is_some();
    let folder = runs.claim(RunRecord {
        inputs: wanted.inputs,
        files: wanted.marks,
        retry_of: wanted.retry_of,
        written: wanted.written.clone(),
        ..record
    })?;
    if !is_known {
        folder.keep_mapping(identity.mapping.1)?;
        return Ok(Claimed::Folder(Box::new(folder)));
    }
    let (run, when) = known_as(folder.record());
    let report = folder
        .report()?
        .filter(|report| report.outcome.is_complete());
    match (wish, report) {
        (Wish::GoOn, report) => {
            refuse_other_cells(folder.record(), wanted.written.as_ref())?;
            let folder = Box::new(folder);
            Ok(match report {
                Some(report) => Claimed::Done(Box::new(report), folder),
                None => Claimed::Folder(folder),
            })
        }
        (_, Some(_)) => Err(Fault::ImportedBefore { run, when }),
        (_, None) => Err(Fault::BegunBefore { run, when }),
    }
}

/// A run's name, and when it began.
pub fn known_as(record: &RunRecord) -> (String, String) {
    (record.name.clone(), format!("{:.0}", record.started_at))
}

/// How to go on with a run: by the mapping that it began with, which its user may have mended meanwhile, and with its files in their order.
pub fn how_to_go_on(runs: &Runs, record: &RunRecord) -> String {
    let mapping = quoted(&runs.mapping(record).display().to_string());
    let files = match record.files.len() {
        0 => record.inputs.iter().map(|name| quoted(name)).collect(),
        1..=FILES_NAMED_MAX => record.files.iter().map(|file| quoted(&file.at)).collect(),
        _ => vec![format!("THE-FILES-OF-{}-IN-THEIR-ORDER", record.name)],
    };
    let files = files.join(" ");
    format!("madang import --mapping {mapping} {files} --to SINK --resume")
}

/// More are found in the record of the run.
const FILES_NAMED_MAX: usize = 100;

/// As a shell takes it for one word.
fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "/._-+,:=@%".contains(letter);
    match word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

/// One that no sink has met, though what was kept of earlier ones may be lost.
fn round_after(last: Option<RunRecord>, identity: &RunIdentity<'_>) -> RunRecord {
    let now = u64::try_from(Timestamp::now().as_millisecond()).unwrap_or(0);
    let after = last.map_or(1, |last| last.round.saturating_add(1));
    round(now.max(after), identity)
}

fn round(round: u64, identity: &RunIdentity<'_>) -> RunRecord {
    let key = identity.key(round);
    let mapping = identity.mapping.0;
    RunRecord {
        version: RunRecord::VERSION,
        name: state::name(mapping, &key),
        key,
        mapping: mapping.to_owned(),
        sink: identity.sink.to_owned(),
        inputs: Vec::new(),
        started_at: Timestamp::now(),
        round,
        source: identity.source(),
        files: Vec::new(),
        retry_of: None,
        written: None,
    }
}

/// An import of before.
struct Past {
    record: RunRecord,
    /// None of one that never told how it ended: it was killed, or is under way.
    report: Option<Report>,
    /// Rows that it is known to have written; none where the destination alone knows.
    rows: Option<u64>,
    /// Whether rows that it had refused went in afterwards.
    was_retried: bool,
    /// Whether it was by the mapping that is wanted now.
    is_by_same_mapping: bool,
}

impl Past {
    /// All of them, the newest first, but for rounds of what is wanted itself.
    fn all(runs: &Runs, wanted: &Wanted<'_>) -> Result<Vec<Self>, Fault> {
        let (retries, imports): (Vec<_>, Vec<_>) =
            (runs.all()?.into_iter()).partition(|(record, _)| record.retry_of.is_some());
        let retries = retries
            .into_iter()
            .map(|(record, report)| Self::of(runs, wanted, record, report))
            .collect::<Result<Vec<_>, _>>()?;
        let is_another = |record: &RunRecord| wanted.identity.key(record.round) != record.key;
        let imports = imports
            .into_iter()
            .filter(|(record, _)| is_another(record))
            .map(|(record, report)| {
                let past = Self::of(runs, wanted, record, report)?;
                let is_its = |retry: &Self| {
                    retry.record.retry_of.as_ref() == Some(&past.record.key) && retry.has_written()
                };
                let was_retried = retries.iter().any(is_its);
                Ok(Self {
                    was_retried,
                    ..past
                })
            });
        imports.collect()
    }

    fn of(
        runs: &Runs,
        wanted: &Wanted<'_>,
        record: RunRecord,
        report: Option<Report>,
    ) -> Result<Self, Fault> {
        let told = report
            .as_ref()
            .map(|report| report.rows_before + report.rows_written);
        // What went on after its report and was killed then has come further than that says.
        let kept = runs.checkpoint(&record)?.map(|kept| kept.rows_written);
        let mapping = std::fs::read_to_string(runs.mapping(&record)).ok();
        // It is kept before the first row is read, in all but the oldest folders.
        let is_barely_begun = mapping.is_none() && !record.files.is_empty();
        Ok(Self {
            rows: told.max(kept).or(is_barely_begun.then_some(0)),
            is_by_same_mapping: mapping.as_deref() == Some(wanted.identity.mapping.1),
            was_retried: false,
            record,
            report,
        })
    }

    /// Nobody knows of one that was killed: it counts as if it had.
    fn has_written(&self) -> bool {
        self.was_retried || self.rows.is_none_or(|rows| rows > 0)
    }

    fn is_complete(&self) -> bool {
        let report = self.report.as_ref();
        report.is_some_and(|report| report.outcome.is_complete())
    }

    fn rows_in_words(&self) -> String {
        match self.rows.map(grouped) {
            Some(rows) if self.is_complete() && !self.was_retried => {
                format!("{rows} rows were written")
            }
            Some(rows) => format!("at least {rows} rows were written"),
            None => {
                "it was killed or is under way, so only the destination knows how many rows it wrote"
                    .to_owned()
            }
        }
    }
}

fn refuse_what_was_begun(
    runs: &Runs,
    wanted: &Wanted<'_>,
    last: Option<&RunRecord>,
) -> Result<(), Fault> {
    let goes_on = wanted.wish == Wish::GoOn;
    if wanted.retry_of.is_some() || (!wanted.adds_rows && !goes_on) {
        return Ok(());
    }
    let all = Past::all(runs, wanted)?;
    if let (true, true, None) = (wanted.adds_rows, goes_on, last) {
        refuse_what_was_moved(&all, wanted)?;
    }
    let there = all
        .iter()
        .filter(|past| past.record.sink == wanted.identity.sink && past.has_written());
    let there: Vec<&Past> = match last {
        None => there.collect(),
        // It is known, and goes on. What went in before it began was no hindrance then.
        Some(last) => there
            .filter(|past| past.record.started_at > last.started_at)
            .collect(),
    };
    if wanted.adds_rows {
        let is_done = match last {
            Some(last) => runs
                .report(last)?
                .is_some_and(|report| report.outcome.is_complete()),
            None => false,
        };
        return match is_done {
            true => Ok(()),
            false => refuse_what_is_there(runs, &there, wanted),
        };
    }
    match last {
        None => refuse_to_go_on_with_another(runs, &there, wanted),
        Some(_) => Ok(()),
    }
}

/// A file whose rows, or some of them, went into the same sink before.
struct Met<'p> {
    /// Which of the wanted.
    place: usize,
    /// The run in which it went in.
    past: &'p Past,
    /// What it was then.
    then: &'p FileMark,
    /// Whether it still is that.
    is_same: bool,
}

fn meet<'p>(there: &[&'p Past], marks: &[FileMark]) -> Vec<Met<'p>> {
    let files = || {
        there
            .iter()
            .flat_map(|past| past.record.files.iter().map(|file| (*past, file)))
    };
    // A year of nights is a list as long as all that went in: the newest of each is looked up.
    let mut by_contents = HashMap::new();
    for (past, file) in files() {
        if let Some(contents) = &file.contents {
            by_contents.entry(contents).or_insert((past, file));
        }
    }
    let met = |(place, mark): (usize, &FileMark)| {
        let same = mark
            .contents
            .as_ref()
            .and_then(|contents| by_contents.get(contents));
        let same = same.filter(|(_, file)| file.is_same(mark)).copied();
        let (past, then) = same.or_else(|| files().find(|(_, file)| file.is_like(mark)))?;
        Some(Met {
            place,
            past,
            then,
            is_same: same.is_some(),
        })
    };
    marks.iter().enumerate().filter_map(met).collect()
}

/// What the folder of runs knows of files that are to be imported, and that hinders nothing.
#[derive(Default)]
pub struct Before {
    /// Files of a list that are in the sink already, each with the report of the run in which it went in: by the same mapping, and to its end. Going on leaves
    /// them out, so that a pattern that grew brings what is new.
    pub went_in: Vec<(usize, Report)>,
    /// A run that stopped in a file which is another by now, under the same name: what is left of it comes no more by itself.
    pub left_behind: Option<Finding>,
}

/// Looks for what went before an import that is a new one.
///
/// # Errors
/// [`Fault`].
pub fn before(runs: &Runs, wanted: &Wanted<'_>) -> Result<Before, Fault> {
    let is_new = matches!(wanted.wish, Wish::Begin | Wish::GoOn);
    if !is_new || runs.last_round(wanted.identity)?.is_some() {
        return Ok(Before::default());
    }
    let all = Past::all(runs, wanted)?;
    let there: Vec<&Past> = all
        .iter()
        .filter(|past| past.record.sink == wanted.identity.sink && past.has_written())
        .collect();
    Ok(Before {
        went_in: match wanted.wish == Wish::GoOn && wanted.adds_rows {
            true => went_in(&there, wanted),
            false => Vec::new(),
        },
        left_behind: left_behind(&there, wanted),
    })
}

fn went_in(there: &[&Past], wanted: &Wanted<'_>) -> Vec<(usize, Report)> {
    let is_done = |past: &&&Past| past.is_complete() && past.is_by_same_mapping;
    let done: Vec<&Past> = there.iter().filter(is_done).copied().collect();
    let met = meet(&done, &wanted.marks).into_iter();
    met.filter(|met| met.is_same)
        .filter_map(|met| Some((met.place, met.past.report.clone()?)))
        .collect()
}

fn left_behind(there: &[&Past], wanted: &Wanted<'_>) -> Option<Finding> {
    let is_there = |file: &FileMark| wanted.marks.iter().any(|now| now.at == file.at);
    let mut there = there.iter();
    let newest = there.find(|past| past.record.files.iter().any(is_there));
    let past = newest.filter(|past| !past.is_complete())?;
    let (run, when) = known_as(&past.record);
    let rows = past.rows_in_words();
    Some(Finding {
        code: "left_behind".to_owned(),
        is_error: false,
        input: 0,
        place: None,
        column: None,
        message: format!(
            "run {run} of {when} stopped in files of the same names and never came to its end ({rows}); this is imported beside it"
        ),
        message_ko: format!(
            "같은 이름의 파일을 가져오던 {run}이(가) 끝나지 않았어요. 그 나머지는 들어가지 않았고, 이번 파일을 따로 가져와요"
        ),
    })
}

/// Rows of these files are there: adding them once more would have them twice.
fn refuse_what_is_there(runs: &Runs, there: &[&Past], wanted: &Wanted<'_>) -> Result<(), Fault> {
    let met = meet(there, &wanted.marks);
    let same = || met.iter().filter(|met| met.is_same);
    let first = same()
        .find(|met| !met.past.is_complete())
        .or_else(|| same().find(|met| !met.past.is_by_same_mapping));
    if let Some(first) = first {
        return Err(went_in_before(runs, &met, first, wanted));
    }
    if let Some(other) = met.iter().find(|met| !met.is_same) {
        return Err(looks_like(runs, other, wanted));
    }
    match met.first() {
        Some(first) => Err(went_in_before(runs, &met, first, wanted)),
        None => Ok(()),
    }
}

/// Files that are named in a message; more are counted.
const NAMED_MAX: usize = 5;

fn went_in_before(runs: &Runs, met: &[Met<'_>], first: &Met<'_>, wanted: &Wanted<'_>) -> Fault {
    let past = first.past;
    let (run, when) = known_as(&past.record);
    let rows = past.rows_in_words();
    if !past.is_by_same_mapping {
        return Fault::WrittenByAnotherMapping {
            run,
            when,
            rows,
            what_to_do: after_another_mapping(runs, past),
        };
    }
    if let Some(name) = changed_since(past, wanted) {
        return Fault::ChangedSince {
            name,
            run,
            when,
            rows,
        };
    }
    let same = met.iter().filter(|met| met.is_same);
    let names: Vec<&str> = same.map(|met| wanted.inputs[met.place].as_str()).collect();
    let what_to_do = match past.is_complete() {
        true => "--resume leaves out what went in and brings the others (--resume는 이미 들어간 파일은 빼고 나머지를 가져와요)".to_owned(),
        false => format!(
            "that run did not come to its end: {} goes on with it; these files are its own, so leave them out here (그 가져오기를 먼저 끝내세요)",
            how_to_go_on(runs, &past.record),
        ),
    };
    Fault::WentInBefore {
        names: some_of(&names),
        rows,
        run,
        when,
        what_to_do,
    }
}

/// The file of a run that did not come to its end which is another by now: that run cannot go on.
fn changed_since(past: &Past, wanted: &Wanted<'_>) -> Option<String> {
    let is_changed = |now: &FileMark| {
        let mut then = past.record.files.iter();
        then.any(|then| then.at == now.at && then.contents != now.contents)
    };
    let mut files = wanted.marks.iter().zip(&wanted.inputs);
    let (_, name) = files.find(|(now, _)| !past.is_complete() && is_changed(now))?;
    Some(name.clone())
}

fn after_another_mapping(runs: &Runs, past: &Past) -> String {
    let letters = runs.letters(&past.record);
    let retry = format!(
        "madang import retry {} --to SINK --mapping FILE.toml",
        quoted(&letters.display().to_string())
    );
    match (past.is_complete(), letters.exists()) {
        (false, _) => format!(
            "it did not come to its end, so first let it: {} goes on by the mapping as it was (after too many refused rows with a higher --max-errors); then the rows that it refused ({} so far) go in by the mended mapping with: {retry} (먼저 처음 매핑으로 끝까지 가져오고, 그다음 거절된 줄만 고친 매핑으로 넣어요)",
            how_to_go_on(runs, &past.record),
            grouped(LetterReader::count(&letters)),
        ),
        (true, true) => format!(
            "the rows that were refused go in by the mended mapping with: {retry} (거절된 줄만 고친 매핑으로 넣어요)"
        ),
        (true, false) => {
            "it refused no row, so nothing is left to bring (거절된 줄이 없어요)".to_owned()
        }
    }
}

/// It was mended since, or has grown.
fn looks_like(runs: &Runs, met: &Met<'_>, wanted: &Wanted<'_>) -> Fault {
    let past = met.past;
    let letters = runs.letters(&past.record);
    let what_to_do = match (past.is_complete(), letters.exists()) {
        (false, _) => format!(
            "that run did not come to its end: with the file as it was then, {} goes on with it (그 파일을 되돌려 놓고 먼저 끝까지 가져오세요)",
            how_to_go_on(runs, &past.record),
        ),
        (true, true) => format!(
            "if rows were mended in it, they go in with madang import retry {} --to SINK, mended there, or alone under the header in a file of their own; rows that are new go in alone as well (거절된 줄은 retry로, 새 줄은 따로 파일을 만들어 가져오세요)",
            quoted(&letters.display().to_string()),
        ),
        (true, false) => "rows that are new go in alone, under the header in a file of their own; for files that grow or are said anew, give the mapping a key (새 줄만 따로 파일을 만들어 가져오거나, 매핑에 키를 정하세요)".to_owned(),
    };
    let (run, when) = known_as(&past.record);
    Fault::LooksLike {
        name: wanted.inputs[met.place].clone(),
        then: met.then.at.clone(),
        run: format!("{run} of {when} ({})", past.rows_in_words()),
        what_to_do,
    }
}

fn some_of(names: &[&str]) -> String {
    let shown = names[..names.len().min(NAMED_MAX)].join(", ");
    match names.len().saturating_sub(NAMED_MAX) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// A run that stopped is known by where its files and its destination are: in a folder that was moved since it would begin anew beside the rows that are there.
fn refuse_what_was_moved(all: &[Past], wanted: &Wanted<'_>) -> Result<(), Fault> {
    let is_it = |past: &&Past| {
        let (then, now) = (&past.record.files, &wanted.marks);
        past.is_by_same_mapping
            && past.has_written()
            && !past.is_complete()
            && !now.is_empty()
            && then.len() == now.len()
            && then.iter().zip(now).all(|(then, now)| then.is_same(now))
            && then.iter().any(|then| is_gone(&then.at))
    };
    let Some(past) = all.iter().find(is_it) else {
        return Ok(());
    };
    let (run, when) = known_as(&past.record);
    let files = past.record.files.iter().map(|file| file.at.as_str());
    Err(Fault::Moved {
        names: some_of(&files.collect::<Vec<_>>()),
        sink: past.record.sink.clone(),
        rows: past.rows_in_words(),
        run,
        when,
    })
}

/// Whether a whole path leads nowhere any more.
fn is_gone(at: &str) -> bool {
    let archive = at.rsplit_once('!').map_or(at, |(archive, _)| archive);
    let is_there = |path: &str| Path::new(path).exists();
    Path::new(at).is_absolute() && !is_there(at) && !is_there(archive)
}

/// Going on was asked for, and nothing of just this was ever begun. Where the last import of these files stopped in the middle, they or the mapping have changed
/// since.
fn refuse_to_go_on_with_another(
    runs: &Runs,
    there: &[&Past],
    wanted: &Wanted<'_>,
) -> Result<(), Fault> {
    let now = &wanted.marks;
    let is_there = |past: &&&Past| {
        let then = &past.record.files;
        let pairs = || then.iter().zip(now);
        past.record.mapping == wanted.identity.mapping.0
            && !now.is_empty()
            && then.len() == now.len()
            && pairs().all(|(then, now)| then.at == now.at)
    };
    let last = there.iter().find(is_there);
    let Some(past) = last.filter(|past| !past.is_complete()) else {
        return Ok(());
    };
    let (run, when) = known_as(&past.record);
    let rows = past.rows_in_words();
    if past.record.source == wanted.identity.source() {
        return Err(Fault::BegunByAnotherMapping {
            run,
            when,
            rows,
            how: how_to_go_on(runs, &past.record),
        });
    }
    let mut files = past.record.files.iter().zip(now).zip(&wanted.inputs);
    // With a key there is no harm in beginning with what is another file by now, under the same name.
    match files.find(|((then, now), _)| !then.is_same(now) && then.is_like(now)) {
        Some((_, name)) => Err(Fault::ChangedSince {
            name: name.clone(),
            run,
            when,
            rows,
        }),
        None => Ok(()),
    }
}

/// Read in another way, the rows behind the checkpoint would have other cells.
fn refuse_other_cells(record: &RunRecord, now: Option<&WrittenAs>) -> Result<(), Fault> {
    let (Some(then), Some(now)) = (&record.written, now) else {
        return Ok(());
    };
    let pairs = options(then).into_iter().zip(options(now));
    let (then, now): (Vec<_>, Vec<_>) = pairs.filter(|(then, now)| then != now).unzip();
    if then.is_empty() {
        return Ok(());
    }
    let (run, when) = known_as(record);
    Err(Fault::WrittenOtherwise {
        run,
        when,
        then: then.join(", "),
        now: now.join(", "),
    })
}

/// What was said of how files are written, as it is said on the command line.
fn options(written: &WrittenAs) -> [String; 6] {
    let said = |option: &str, value: Option<String>| match value {
        Some(value) => format!("--{option} {value}"),
        None => format!("no --{option}"),
    };
    let tab = |separator: char| match separator {
        '\t' => "tab".to_owned(),
        other => other.to_string(),
    };
    [
        said("format", written.kind.clone()),
        said("encoding", written.encoding.clone()),
        said("separator", written.separator.map(tab)),
        said("quote", written.quote.clone()),
        format!("--skip-lines {}", written.skip_lines),
        match written.has_header {
            true => "no --no-header".to_owned(),
            false => "--no-header".to_owned(),
        },
    ]
}
