//! `madang run`: plays a script on a till without a screen, in virtual time. The same seed gives the same lines.

mod day;
mod record;
mod watch;

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use madang_plugin_host::PluginSpec;
use madang_plugin_host::driver::Turns;
use madang_plugin_package::Mode;
use miette::Diagnostic;

use self::day::Day;
use self::record::Record;
use self::watch::{Watch, Watched};
use crate::answers::Answers;
use crate::arguments;
use crate::data_folder::{DataError, DataFolder};
use crate::failure::{Exit, Exits, Failure};
use crate::output::Output;
use crate::play::StepError;
use crate::script::{Expectation, PlacedStep, SCRIPT_BYTES_MAX, Script, Step};
use crate::{plugin_source, shop_choice, stage};

/// What a script is called that comes over standard input.
const STANDARD_INPUT: &str = "-";

/// Why a script was not played to its end.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum RunError {
    /// The script cannot be read.
    #[error("the script {} cannot be read", path.display())]
    #[diagnostic(help("check the path, and that it is a text in UTF-8"))]
    Unreadable {
        /// The script.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// No folder for the till.
    #[error("no temporary folder could be made")]
    #[diagnostic(help("name a folder with --data"))]
    NoFolder(#[source] io::Error),
    /// No thread for the way out.
    #[error("no thread could be started")]
    #[diagnostic(help("the machine has too many processes, or too little memory"))]
    NoThread(#[source] io::Error),
    /// Everything waits for something that never comes.
    #[error("the till waits for something that will never come")]
    #[diagnostic(help(
        "this is a fault of Madang's own: please report it with the script and the plugins"
    ))]
    Stuck,
    /// A plugin was stopped, and the script expects no such thing.
    #[error("the plugin `{name}` was stopped: {reason}")]
    #[diagnostic(help(
        "mend the plugin, or say in the script that it is meant: expect plugin stopped"
    ))]
    PluginStopped {
        /// Its name.
        name: String,
        /// Why.
        reason: String,
    },
    /// A plugin is in a call that nothing can interrupt.
    #[error("the plugin `{name}` did not come back within {limit_seconds} s; the run was given up")]
    #[diagnostic(help(
        "it is in a call that the engine cannot interrupt: look for one over a huge length (an array method, sort, indexOf); a slow machine needs more --give-up-after SECONDS"
    ))]
    GaveUp {
        /// Its name.
        name: String,
        /// How long was waited.
        limit_seconds: u64,
    },
    /// A step did not do what it says.
    #[error("{file}:{line}: `{step}`: {message}")]
    #[diagnostic(help("every message and event is printed with --json"))]
    Step {
        /// The script.
        file: String,
        /// The line, from 1.
        line: u32,
        /// The step.
        step: String,
        /// What was there instead.
        message: String,
    },
}

impl Exits for RunError {
    fn exit(&self) -> Exit {
        match self {
            Self::Unreadable { .. } | Self::NoFolder(_) | Self::NoThread(_) => Exit::Io,
            Self::Stuck => Exit::Fault,
            Self::Step { .. } | Self::PluginStopped { .. } => Exit::ScriptFailed,
            Self::GaveUp { .. } => Exit::GaveUp,
        }
    }
}

/// Plays a script.
///
/// # Errors
/// [`Failure`] when something cannot be opened, or a step does not do what it says.
pub fn run(arguments: &arguments::Run, output: &mut Output<'_>) -> Result<(), Failure> {
    let file = arguments.script.display().to_string();
    let script = Script::parse(&file, &script_text(&arguments.script)?)?;
    let shop = shop_choice::open(&arguments.shop)?;
    let plugins = specs(&arguments.plugins)?;
    // Kept here: the temporary folder goes away even when the day itself never ends.
    let (folder, _temporary) = folder(arguments.data.as_deref())?;
    let turns = Turns::default();
    let settings = day::Settings {
        shop: shop.into(),
        folder,
        plugins,
        answers: Answers::of(&script).map(Arc::new),
        seed: arguments.seed,
        can_inquire: !arguments.no_inquiry,
        turns: turns.clone(),
    };
    let is_json = arguments.json;
    let watch = Watch {
        turns,
        limit: Duration::from_secs(arguments.give_up_after),
    };
    let watched = watch.over(output, move |output| {
        let mut record = Record::new(output, is_json);
        play(&file, &script, settings, &mut record)
    })?;
    match watched {
        Watched::Ended(ended) => ended,
        Watched::GaveUp(plugin) => {
            Record::new(output, is_json).given_up(&plugin, arguments.give_up_after)?;
            Err(RunError::GaveUp {
                name: plugin.to_string(),
                limit_seconds: arguments.give_up_after,
            }
            .into())
        }
    }
}

fn play(
    file: &str,
    script: &Script,
    settings: day::Settings,
    record: &mut Record<'_, '_>,
) -> Result<(), Failure> {
    let answers = settings.answers.clone();
    let mut day = Day::open(settings)?;
    record.since(&day)?;
    record.unanswered(answers.as_deref())?;
    for (number, placed) in script.steps.iter().enumerate() {
        let played = match placed.step {
            Step::Restart => {
                day = day.restart()?;
                record.begin_again();
                Ok("the till and its plugins started again".into())
            }
            _ => day.play(&placed.step)?,
        };
        let next = script.steps.get(number + 1);
        record.step(placed, &played)?;
        record.since(&day)?;
        record.unanswered(answers.as_deref())?;
        if let Err(error) = played
            && !is_expected(&error, next)
        {
            return Err(failed(file, placed, &error).into());
        }
    }
    let expects_a_stop = script
        .steps
        .iter()
        .any(|placed| matches!(placed.step, Step::Expect(Expectation::Plugin { .. })));
    if let Some((name, reason)) = day.stopped_plugin().filter(|_| !expects_a_stop) {
        return Err(RunError::PluginStopped { name, reason }.into());
    }
    record.end(script.steps.len())?;
    Ok(())
}

/// A refusal is what the script wants when the next step expects one; whether it is the right one, that step says.
pub(crate) fn is_expected(error: &StepError, next: Option<&PlacedStep>) -> bool {
    let refused = matches!(error, StepError::Refused(_));
    let expects =
        next.is_some_and(|next| matches!(next.step, Step::Expect(Expectation::Refused { .. })));
    refused && expects
}

/// Opens plugins as a developer has them.
pub(crate) fn specs(paths: &[PathBuf]) -> Result<Vec<PluginSpec>, Failure> {
    let open = |path: &PathBuf| plugin_source::open(path, Mode::Dev);
    let packages = paths.iter().map(open).collect::<Result<Vec<_>, _>>()?;
    Ok(stage::specs(&packages)?)
}

fn script_text(path: &Path) -> Result<String, RunError> {
    let mut text = String::new();
    // One byte more than a script may have: the parser tells that it is too long.
    let limit = SCRIPT_BYTES_MAX as u64 + 1;
    let read = if path.as_os_str() == STANDARD_INPUT {
        io::stdin().take(limit).read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(limit).read_to_string(&mut text))
    };
    read.map_err(|source| RunError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    Ok(text)
}

fn folder(named: Option<&Path>) -> Result<(DataFolder, Option<tempfile::TempDir>), Failure> {
    if let Some(path) = named {
        return Ok((DataFolder::open(path)?, None));
    }
    let temporary = tempfile::tempdir().map_err(RunError::NoFolder)?;
    let folder: Result<_, DataError> = DataFolder::open(temporary.path());
    Ok((folder?, Some(temporary)))
}

fn failed(file: &str, placed: &PlacedStep, error: &StepError) -> RunError {
    RunError::Step {
        file: file.to_owned(),
        line: placed.line,
        step: placed.text.clone(),
        message: error.message(),
    }
}
