//! `madang mine`: how work really flows, from event logs.

mod asked;
mod fault;
mod filters;
mod follow;
mod found;
mod growing;
mod journal;
mod logs;
mod output_files;
mod plan;
mod progress;
mod settings_file;
mod text;
mod twice;
mod unknown_names;
mod written;

use std::path::{Path, PathBuf};

use madang_process::live::Findings;
use madang_process::report;
use madang_process::variants::{Rework, Variants};
use tokio::runtime::Runtime;

use self::asked::{Asked, Before, Model};
use self::fault::Fault;
use self::found::{Found, title};
use self::logs::{Logs, Reading};
use self::output_files::Written;
use self::plan::Plan;
use self::progress::Watch;
use crate::arguments::Mine;
use crate::failure::Failure;
use crate::output::Output;

/// Reads logs, prints what was found in them, and writes what was asked for.
///
/// # Errors
/// [`Failure`]. Rows that could not be taken are one, after all else was done.
pub fn mine(arguments: &Mine, runtime: &Runtime, output: &mut Output<'_>) -> Result<(), Failure> {
    let plan = Plan::of(arguments)?;
    if arguments.told.follow {
        return follow::follow(arguments, &plan, runtime, output);
    }
    refuse_over_input(arguments)?;
    if let Some(path) = &arguments.cases.save_filters {
        filters::save(&plan.filters, path)?;
    }
    let watch = Watch::begin();
    let reading = Reading {
        settings: &plan.settings,
        object_type: arguments.columns.object_type.as_deref(),
        language: plan.language,
        keeps_objects: plan.writes_objects(),
    };
    let Logs {
        log,
        files,
        objects,
    } = logs::read(&arguments.logs, &reading, &watch)?;
    let log = plan.filtered(log);
    let before = match arguments.asked.before.as_slice() {
        [] => None,
        names => Some(logs::read(names, &reading, &watch)?),
    };
    let name = title(&files);
    let mut all_files = files;
    let before = before.map(|Logs { log, files, .. }| {
        let name = title(&files);
        all_files.extend(files);
        (name, plan.filtered(log))
    });
    let before = before.as_ref().map(|(name, log)| Before { name, log });

    let map = plan.map(&log);
    let model = Model::of(&log, &plan)?;
    let asked = {
        let _task = watch.task(plan.language.of("살펴보는 중", "looking at the cases"));
        Asked::of(&log, &map, model.as_ref(), before.as_ref(), &name, &plan)?
    };
    let findings = Findings {
        map,
        variants: match &plan.hours {
            Some(hours) => Variants::in_working_hours(&log, hours),
            None => Variants::of(&log),
        },
        rework: match all_files.iter().all(|file| file.is_journal) {
            // Paying in parts is no work done again: what is, the journal's own activities say.
            true => Rework::of_activities(&log, journal::is_again),
            false => Rework::of(&log),
        },
    };
    let found = Found::of(name, findings, all_files, asked, &plan);
    drop(watch);
    match arguments.told.json {
        true => output.json(&found.json(plan.language))?,
        false => output.line(text::summary(&found, plan.language).trim_end())?,
    }
    if let Some(path) = &arguments.told.html {
        write(path, &report::html(&found.findings(), plan.language))?;
    }
    if let Some(path) = &arguments.told.svg {
        write(path, &report::svg(&found.map, plan.language))?;
    }
    let what = Written {
        log: &log,
        objects: objects.as_ref().map(|(log, _)| log),
        object_type: match (&objects, &arguments.columns.object_type) {
            (Some((_, object_type)), _) | (None, Some(object_type)) => object_type,
            (None, None) => CASE_TYPE,
        },
        is_filtered: !plan.filters.all().is_empty(),
        model: model.as_ref().map(|model| (&model.mined.tree, &model.net)),
        title: &found.title,
    };
    for file in &plan.writes {
        file.write(&what)?;
    }
    match found.rejected() {
        0 => Ok(()),
        rows => Err(Fault::SomeRejected { rows }.into()),
    }
}

/// What a case is called as an object, where nobody says it.
const CASE_TYPE: &str = "case";

/// Refuses to write over what is read: the log would be gone, and only some of its cases left.
fn refuse_over_input(arguments: &Mine) -> Result<(), Fault> {
    let (asked, told) = (&arguments.asked, &arguments.told);
    let logs = arguments.logs.iter().chain(&asked.before).map(Path::new);
    let others = [&asked.rules, &asked.against].into_iter().flatten();
    let read: Vec<PathBuf> = (logs.chain(others.map(PathBuf::as_path)))
        .filter_map(|path| path.canonicalize().ok().filter(|path| path.is_file()))
        .collect();
    let others = [&told.html, &told.svg, &arguments.cases.save_filters];
    for path in told.write.iter().chain(others.into_iter().flatten()) {
        if path.canonicalize().is_ok_and(|path| read.contains(&path)) {
            return Err(Fault::OverInput { path: path.clone() });
        }
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<(), Fault> {
    let written = written::whole(path, |out| Ok(out.write_all(text.as_bytes())?));
    written.map_err(|source| Fault::unwritten(path, source))
}
