//! `madang import history`: the imports that were made here.

use madang_import::run::{Report, RunRecord, Runs};
use serde::Serialize;

use crate::arguments::ImportHistory;
use crate::failure::Failure;
use crate::import::fault::Fault;
use crate::output::Output;

/// A run as a line of JSON.
#[derive(Serialize)]
struct Line<'a> {
    run: &'a RunRecord,
    report: Option<&'a Report>,
}

/// Lists the runs, the newest first, or tells about one.
///
/// # Errors
/// [`Failure`] when there is no such run, or what is kept cannot be read.
pub fn history(arguments: &ImportHistory, output: &mut Output<'_>) -> Result<(), Failure> {
    let mut runs = Runs::new(arguments.state.clone())
        .all()
        .map_err(Fault::from)?;
    if let Some(wanted) = &arguments.run {
        runs.retain(|(record, _)| record.name == *wanted || record.name.starts_with(wanted));
        if runs.is_empty() {
            let run = wanted.clone();
            return Err(Fault::NoSuchRun { run }.into());
        }
    }
    for (run, report) in &runs {
        let report = report.as_ref();
        if arguments.json {
            output.json(&Line { run, report })?;
        } else {
            output.line(&line(run, report))?;
        }
    }
    match (&arguments.run, runs.first()) {
        (Some(_), Some((_, Some(report)))) if !arguments.json => output.line(&report.text())?,
        (None, None) if !arguments.json => {
            output.line("nothing was imported here yet (아직 가져온 것이 없어요)")?;
        }
        _ => {}
    }
    Ok(())
}

fn line(run: &RunRecord, report: Option<&Report>) -> String {
    let how = match report {
        Some(report) => format!(
            "{} · {} written, {} refused",
            report.outcome.in_words(),
            report.rows_before + report.rows_written,
            report.refused_before + report.rows_refused
        ),
        None => "under way, or killed; --resume goes on (진행 중이거나 중단됨)".to_owned(),
    };
    format!(
        "{}  {:.0}  {} → {}  {how}",
        run.name,
        run.started_at,
        run.inputs.join(", "),
        run.sink
    )
}
