//! Whether an import is a new one, the same as before, or one to go on with: what the folder of runs knows decides that before anything is read.
//!
//! Into a table without a key rows are only added, so that there also each file counts by itself: it went in by another mapping, or in another list of files.

use jiff::Timestamp;
use madang_import::RunKey;
use madang_import::run::dead_letter::LetterReader;
use madang_import::run::{
    Report, RunFolder, RunIdentity, RunRecord, Runs, WrittenAs, grouped, state,
};

use crate::import::fault::Fault;
use crate::import::run::Wish;

/// An import as it is wanted.
pub struct Wanted<'a> {
    /// What is wanted of it.
    pub wish: Wish,
    /// What its inputs are called.
    pub inputs: Vec<String>,
    /// How they are written, where something was said of it.
    pub written: Option<WrittenAs>,
    /// Whether each row is added beside what is there, whatever it says.
    pub adds_rows: bool,
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
    let last = runs.last_round(identity)?;
    if wish != Wish::Again && last.is_none() {
        refuse_what_was_begun(runs, &wanted)?;
    }
    let record = match (wish, last) {
        (Wish::Again, last) => round_after(last, identity),
        (_, Some(last)) => last,
        (_, None) => round(0, identity),
    };
    let is_known = runs.find(&record.mapping, &record.key)?.is_some();
    let folder = runs.claim(RunRecord {
        inputs: wanted.inputs,
        files: identity.files(),
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

/// How to go on with a run by the mapping that it began with, which its user may have mended meanwhile.
pub fn how_to_go_on(runs: &Runs, record: &RunRecord) -> String {
    let mapping = runs.mapping(record);
    let mapping = match mapping.exists() {
        true => mapping.display().to_string(),
        false => "THE-MAPPING-AS-IT-WAS.toml".to_owned(),
    };
    let files = match &record.inputs[..] {
        [file] => file.clone(),
        _ => "THE-SAME-FILES…".to_owned(),
    };
    format!("madang import --mapping {mapping} {files} --to SINK --resume")
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
        written: None,
    }
}

/// An import of before into the same sink.
struct Past {
    record: RunRecord,
    /// None of one that never told how it ended: it was killed, or is under way.
    report: Option<Report>,
    /// Rows that it is known to have written; none where the destination alone knows.
    rows: Option<u64>,
}

impl Past {
    fn of(runs: &Runs, record: RunRecord, report: Option<Report>) -> Result<Self, Fault> {
        let told = report
            .as_ref()
            .map(|report| report.rows_before + report.rows_written);
        // What went on after its report and was killed then has come further than that says.
        let kept = runs.checkpoint(&record)?.map(|kept| kept.rows_written);
        Ok(Self {
            rows: told.max(kept),
            record,
            report,
        })
    }

    /// Nobody knows of one that was killed: it counts as if it had.
    fn has_written(&self) -> bool {
        self.rows.is_none_or(|rows| rows > 0)
    }

    fn is_complete(&self) -> bool {
        let report = self.report.as_ref();
        report.is_some_and(|report| report.outcome.is_complete())
    }

    fn rows_in_words(&self) -> String {
        match self.rows.map(grouped) {
            Some(rows) if self.is_complete() => format!("{rows} rows were written"),
            Some(rows) => format!("at least {rows} rows were written"),
            None => {
                "it was killed or is under way, so only the destination knows how many rows it wrote"
                    .to_owned()
            }
        }
    }
}

/// Nothing of just this was begun before, but of something that shares files with it: the same by another mapping, another list of files, a file that was mended.
fn refuse_what_was_begun(runs: &Runs, wanted: &Wanted<'_>) -> Result<(), Fault> {
    if !wanted.adds_rows && wanted.wish != Wish::GoOn {
        return Ok(());
    }
    let there = runs.all()?.into_iter();
    let there = there.filter(|(record, _)| record.sink == wanted.identity.sink);
    let there = there.map(|(record, report)| Past::of(runs, record, report));
    let there = there.collect::<Result<Vec<_>, _>>()?;
    if wanted.adds_rows {
        refuse_another_mapping(runs, &there, wanted)?;
        refuse_a_file_that_was_mended(&there, wanted)?;
        refuse_files_of_other_lists(runs, &there, wanted)?;
    }
    match wanted.wish {
        Wish::GoOn => refuse_to_go_on_with_another(runs, &there, wanted),
        _ => Ok(()),
    }
}

/// The same files went to the same place by another mapping, as one that was mended since.
fn refuse_another_mapping(runs: &Runs, there: &[Past], wanted: &Wanted<'_>) -> Result<(), Fault> {
    let source = wanted.identity.source();
    let is_it = |past: &&Past| past.record.source == source && past.has_written();
    let Some(past) = there.iter().find(is_it) else {
        return Ok(());
    };
    let letters = runs.letters(&past.record);
    let retry = format!(
        "madang import retry {} --to SINK --mapping FILE.toml",
        letters.display()
    );
    let what_to_do = match (past.is_complete(), letters.exists()) {
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
    };
    let (run, when) = known_as(&past.record);
    Err(Fault::WrittenByAnotherMapping {
        run,
        when,
        rows: past.rows_in_words(),
        what_to_do,
    })
}

/// Files that are named in a message; more are counted.
const NAMED_MAX: usize = 5;

/// Some of the files went to the same place in other lists.
fn refuse_files_of_other_lists(
    runs: &Runs,
    there: &[Past],
    wanted: &Wanted<'_>,
) -> Result<(), Fault> {
    let files = wanted.identity.files();
    let has = |past: &Past, file: &String| past.has_written() && past.record.files.contains(file);
    let went_in = wanted.inputs.iter().zip(&files);
    let went_in: Vec<&str> = went_in
        .filter(|(_, file)| there.iter().any(|past| has(past, file)))
        .map(|(name, _)| name.as_str())
        .collect();
    let mut by = there
        .iter()
        .filter(|past| files.iter().any(|file| has(past, file)));
    let Some(newest) = by.clone().next() else {
        return Ok(());
    };
    let past = by.find(|past| !past.is_complete()).unwrap_or(newest);
    let (run, when) = known_as(&past.record);
    let what_to_do = match past.is_complete() {
        true => "leave out what went in and name the others alone".to_owned(),
        false => format!(
            "that run did not come to its end: {} goes on with it, which is --resume with its {} files as they were; leave these out here (그 가져오기를 먼저 끝내세요)",
            how_to_go_on(runs, &past.record),
            past.record.inputs.len(),
        ),
    };
    Err(Fault::WentInBefore {
        names: some_of(&went_in),
        rows: past.rows_in_words(),
        run,
        when,
        what_to_do,
    })
}

fn some_of(names: &[&str]) -> String {
    let shown = names[..names.len().min(NAMED_MAX)].join(", ");
    match names.len().saturating_sub(NAMED_MAX) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// A run stopped in a list with a file of this name, which is another by now: rows of it may be there already, and that run cannot go on.
fn refuse_a_file_that_was_mended(there: &[Past], wanted: &Wanted<'_>) -> Result<(), Fault> {
    let files = wanted.identity.files();
    // What comes by standard input has no name of its own.
    let named = wanted.inputs.iter().zip(&files);
    for (name, file) in named.filter(|(name, _)| *name != "-") {
        let newest = there
            .iter()
            .find(|past| past.has_written() && past.record.inputs.contains(name));
        let stopped = newest.filter(|past| !past.is_complete());
        if let Some(past) = stopped.filter(|past| !past.record.files.contains(file)) {
            return Err(changed_since(past, name));
        }
    }
    Ok(())
}

/// Going on was asked for, and nothing of just this was ever begun. Where the last import of files of these names stopped in the middle, they or the mapping have
/// changed since.
fn refuse_to_go_on_with_another(
    runs: &Runs,
    there: &[Past],
    wanted: &Wanted<'_>,
) -> Result<(), Fault> {
    let mapping = wanted.identity.mapping.0;
    let is_it =
        |past: &&Past| past.record.mapping == mapping && past.record.inputs == wanted.inputs;
    let last = there.iter().find(is_it);
    let Some(past) = last.filter(|past| !past.is_complete() && past.has_written()) else {
        return Ok(());
    };
    if past.record.source == wanted.identity.source() {
        let (run, when) = known_as(&past.record);
        return Err(Fault::BegunByAnotherMapping {
            run,
            when,
            rows: past.rows_in_words(),
            how: how_to_go_on(runs, &past.record),
        });
    }
    let files = wanted.identity.files();
    let mut pairs = wanted
        .inputs
        .iter()
        .zip(files.iter().zip(&past.record.files));
    let changed = pairs.find(|(_, (now, then))| now != then);
    Err(changed_since(
        past,
        changed.map_or("what is to be read", |(name, _)| name),
    ))
}

fn changed_since(past: &Past, name: &str) -> Fault {
    let (run, when) = known_as(&past.record);
    Fault::ChangedSince {
        name: name.to_owned(),
        run,
        when,
        rows: past.rows_in_words(),
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
fn options(written: &WrittenAs) -> [String; 5] {
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
        said("separator", written.separator.map(tab)),
        said("quote", written.quote.clone()),
        format!("--skip-lines {}", written.skip_lines),
        match written.has_header {
            true => "no --no-header".to_owned(),
            false => "--no-header".to_owned(),
        },
    ]
}
