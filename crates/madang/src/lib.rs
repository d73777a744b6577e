//! Madang's command line: it joins the till, its plugins and its screen, and hands in the clock, chance and keys. Everybody
//! else takes those as arguments.

mod act;
mod answers;
pub mod arguments;
mod backup;
mod check;
mod data_folder;
mod desk;
mod dev;
pub mod failure;
mod import;
mod mine;
mod nearest;
mod outbox;
pub mod output;
mod outside;
mod play;
mod plugin_source;
mod run;
mod screen_files;
pub mod script;
mod shop_choice;
mod stage;
mod system;
mod terminal;
mod till_at;
mod upstreams;
mod webhooks;

use std::io;

use miette::Diagnostic;
use tokio::runtime::Runtime;

pub use crate::import::BesideProgress;

use crate::arguments::{Arguments, Command};
use crate::failure::{Exit, Exits, Failure};
use crate::output::Output;

/// Does what the command line says.
///
/// # Errors
/// [`Failure`] with what to tell and the code to end with.
pub fn perform(arguments: Arguments, output: &mut Output<'_>) -> Result<(), Failure> {
    let runtime = Runtime::new().map_err(NoRuntime)?;
    match arguments.command {
        Command::Dev(arguments) => dev::dev(&arguments, &runtime, output),
        Command::Act(arguments) => act::act(&arguments, &runtime, output),
        Command::Upstreams(arguments) => upstreams::upstreams(&arguments, &runtime, output),
        Command::Outbox(arguments) => outbox::outbox(&arguments, &runtime, output),
        Command::Run(arguments) => run::run(&arguments, output),
        Command::Check(arguments) => check::check(&arguments, output),
        Command::Import(arguments) => import::import(&arguments, &runtime, output),
        Command::Mine(arguments) => mine::mine(&arguments, &runtime, output),
        Command::Backup(arguments) => backup::backup(&arguments, output),
        Command::Terminal(arguments) => terminal::serve(&arguments, &runtime, output),
    }
}

/// The machine has no threads to give.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("no threads could be started")]
#[diagnostic(help("the machine has too many processes, or too little memory"))]
struct NoRuntime(#[source] io::Error);

impl Exits for NoRuntime {
    fn exit(&self) -> Exit {
        Exit::Io
    }
}
