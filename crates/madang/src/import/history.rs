//! `madang import history`: the imports that were made here.

use madang_import::in_one_line;
use madang_import::run::{Listed, Report, RunRecord, Runs, StateError};
use serde::Serialize;

use crate::arguments::ImportHistory;
use crate::failure::{Failure, chain};
use crate::import::fault::Fault;
use crate::output::Output;

/// A run as a line of JSON.
#[derive(Serialize)]
struct Line<'a> {
    run: &'a RunRecord,
    report: Option<&'a Report>,
}

/// What of a run cannot be read, as a line of JSON.
#[derive(Serialize)]
struct DamagedLine<'a> {
    damaged: &'a str,
    problem: String,
}

/// Lists the runs, the newest first, or tells about one. One that is damaged does not keep the others from being listed.
///
/// # Errors
/// [`Failure`] when there is no such run, or what is kept cannot be read.
pub fn history(arguments: &ImportHistory, output: &mut Output<'_>) -> Result<(), Failure> {
    let Listed { mut runs, damaged } = Runs::new(arguments.state.clone())
        .listed()
        .map_err(Fault::from)?;
    let is_wanted = |name: &str| {
        let wanted = arguments.run.as_ref();
        wanted.is_none_or(|wanted| name.starts_with(wanted))
    };
    runs.retain(|(record, _)| is_wanted(&record.name));
    let mut damaged = damaged.into_iter().filter(|(name, _)| is_wanted(name));
    if let Some(run) = arguments.run.clone().filter(|_| runs.is_empty()) {
        return Err(match damaged.next() {
            Some((_, error)) => Fault::from(error).into(),
            None => Fault::NoSuchRun { run }.into(),
        });
    }
    let damaged: Vec<_> = damaged.collect();
    for (run, report) in &runs {
        let report = report.as_ref();
        if arguments.json {
            output.json(&Line { run, report })?;
        } else {
            output.line(&in_one_line(&line(run, report)))?;
        }
    }
    for (name, error) in &damaged {
        match arguments.json {
            true => output.json(&DamagedLine {
                damaged: name,
                problem: chain(error),
            })?,
            false => output.line(&in_one_line(&damaged_line(name, error)))?,
        }
    }
    match (&arguments.run, runs.first()) {
        (Some(_), Some((_, Some(report)))) if !arguments.json => output.line(&report.text())?,
        (None, None) if !arguments.json && damaged.is_empty() => {
            output.line("nothing was imported here yet (아직 가져온 것이 없어요)")?;
        }
        _ => {}
    }
    Ok(())
}

fn damaged_line(name: &str, error: &StateError) -> String {
    format!("{name}  {} (기록이 손상됐어요)", chain(error))
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
