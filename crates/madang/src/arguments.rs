//! The command line's words.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use madang_plugin_runtime::Limits;

use crate::script::STEPS;

/// The longest patience that can be asked for: an hour, as nobody waits longer for one turn.
const GIVE_UP_AFTER_SECONDS_MAX: u64 = 3_600;

/// The port of `dev`: free on most machines, and easy to remember.
pub const PORT_DEFAULT: u16 = 4747;

/// What `madang --help` ends with.
const EXIT_CODES: &str = "\
Exit codes:
   0  done
   1  a step of a script failed, or an expectation did not hold
   2  wrong usage, or something you can mend: a plugin, a script, a shop's file, a taken port
  69  no till, or no card terminal, answers there
  70  a fault of Madang's own
  73  the data folder cannot be used: in use, of a newer format, damaged
  74  a file or socket could not be read or written
 124  `run` was given up: a plugin did not come back from a call that nothing can interrupt

Logs go to standard error; MADANG_LOG chooses them (as MADANG_LOG=debug).";

/// Madang: a till for people who write plugins for tills.
#[derive(Debug, Parser)]
#[command(name = "madang", version, after_help = EXIT_CODES, max_term_width = 120, propagate_version = true)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Open a till in the browser with your plugins running on it; they are loaded again whenever you save
    #[command(after_help = "\
Examples:
  madang dev                                   a café that sells, without plugins
  madang dev plugins/stamp-card                the same with a plugin on it
  madang dev my-plugin --shop restaurant       halls, tables, paid after the meal
  madang dev dist/main.js --port 0 --no-open   a finished bundle, on any free port
  madang dev --webhook http://127.0.0.1:9000/pos   a server here is told of every order and payment")]
    Dev(Dev),
    /// Play a script on a till without a screen, in virtual time: the same seed gives the same lines
    #[command(after_help = concat!("\
Examples:
  madang run plugins/stamp-card --script plugins/stamp-card/script.txt
  madang run dist/main.js --script day.txt --json > day.jsonl
  echo 'tap 아메리카노 2' | madang run --script -

`madang act --help` lists the steps."))]
    Run(Run),
    /// Do something on a running till as a cashier would
    #[command(after_help = steps_help())]
    Act(Act),
    /// Tell how the servers are that a running till's plugins call, and hold calls back by hand
    #[command(after_help = "\
Examples:
  madang upstreams
  madang upstreams --json --data .madang/cafe
  madang upstreams isolate https://api.example.com                        nobody calls it
  madang upstreams isolate https://api.example.com --plugin order-mirror  only this plugin does not
  madang upstreams release                                                every server, as before

The same figures for Prometheus are at /metrics of the till, behind its token.")]
    Upstreams(Upstreams),
    /// Tell which messages a running till sends to webhooks, and decide about those that could not be delivered
    #[command(after_help = "\
Examples:
  madang outbox                    what waits, and what stands aside and why
  madang outbox --json --data .madang/cafe
  madang outbox retry 42           send it again now, and what waits behind it
  madang outbox retry --all        the same with everything that stands aside
  madang outbox drop 42            never send it; what waits behind it goes on")]
    Outbox(Outbox),
    /// Open plugins without running them, and say what they are, what they may do and what is wrong with them
    #[command(after_help = "\
Examples:
  madang check my-plugin
  madang check my-plugin.zip --strict --json")]
    Check(Check),
    /// Run the simulated card terminal as a process of its own
    #[command(after_help = "\
Examples:
  madang terminal --book terminal.book --listen 127.0.0.1:4750
  madang dev --terminal 127.0.0.1:4750")]
    Terminal(Terminal),
    /// Copy a till's data into a new folder, also while the till runs
    #[command(after_help = "\
Examples:
  madang backup --data .madang/cafe --to copies/2026-11-22
  madang dev --data copies/2026-11-22

The copy holds the journal and the built-in card terminal's book. What plugins keep sealed is in it, but opens only with
the data folder's file `key`: keep that in a safe place of its own, and put it back into the copy before a till is opened
on it; or copy it as well with --with-key, and guard the copy as you guard the key.")]
    Backup(Backup),
}

/// `madang dev`.
#[derive(Debug, Args)]
pub struct Dev {
    /// Folders, archives or script files of plugins
    pub plugins: Vec<PathBuf>,
    /// cafe, restaurant or retail; or the path of a shop's .toml
    #[arg(long, default_value = "cafe")]
    pub shop: String,
    /// The port of the page on 127.0.0.1; 0 takes any that is free
    #[arg(long, default_value_t = PORT_DEFAULT)]
    pub port: u16,
    /// Where everything is kept [default: .madang/SHOP]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Do not open the browser
    #[arg(long)]
    pub no_open: bool,
    /// The card terminal keeps nothing to be asked about: a lost answer is taken back
    #[arg(long)]
    pub no_inquiry: bool,
    /// A card terminal that runs on its own (`madang terminal`), instead of the built-in one
    #[arg(long, value_name = "ADDRESS")]
    pub terminal: Option<SocketAddr>,
    /// A server that is told of orders and payments by signed POSTs: https, or http on this machine and in the shop's own
    /// network; may be given several times
    #[arg(long, value_name = "URL")]
    pub webhook: Vec<String>,
    /// The file with the secret that the webhooks are signed with [default: MADANG_WEBHOOK_SECRET, or else one made in the data
    /// folder]
    #[arg(long, value_name = "FILE", requires = "webhook")]
    pub webhook_secret_file: Option<PathBuf>,
    /// Open also when nobody answers there yet: cash is taken at once, cards when the terminal answers
    #[arg(long, requires = "terminal")]
    pub terminal_later: bool,
}

/// `madang run`.
#[derive(Debug, Args)]
pub struct Run {
    /// Folders, archives or script files of plugins
    pub plugins: Vec<PathBuf>,
    /// The script, one step a line; `-` reads it from standard input
    #[arg(long, value_name = "FILE")]
    pub script: PathBuf,
    /// cafe, restaurant or retail; or the path of a shop's .toml
    #[arg(long, default_value = "cafe")]
    pub shop: String,
    /// What chance begins with; the same seed repeats every line
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Print every message and every event of the journal as a line of JSON
    #[arg(long)]
    pub json: bool,
    /// Give up when one turn of a plugin takes longer by the machine's clock: nothing else ends a call that the engine
    /// cannot interrupt
    #[arg(long, value_name = "SECONDS", default_value_t = Limits::TURN_WALL_MAX.as_secs(), value_parser = clap::value_parser!(u64).range(1..=GIVE_UP_AFTER_SECONDS_MAX))]
    pub give_up_after: u64,
    /// Where everything is kept [default: a temporary folder]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The card terminal keeps nothing to be asked about: a lost answer is taken back
    #[arg(long)]
    pub no_inquiry: bool,
}

/// `madang act`.
#[derive(Debug, Args)]
pub struct Act {
    /// Steps, each in quotes: 'tap 아메리카노 2' 'pay card approved'; `-` reads them from standard input, one a line
    #[arg(required = true)]
    pub steps: Vec<String>,
    /// Which till.
    #[command(flatten)]
    pub till: RunningTill,
    /// Print each step's result as a line of JSON
    #[arg(long)]
    pub json: bool,
}

/// A till that runs.
#[derive(Debug, Args)]
pub struct RunningTill {
    /// The data folder of the running till [default: the one that runs in .madang]
    #[arg(long, value_name = "DIR", conflicts_with = "url", global = true)]
    pub data: Option<PathBuf>,
    /// Its address as `dev` prints it, token included
    #[arg(long, global = true)]
    pub url: Option<String>,
    /// Its token, when the address does not carry it
    #[arg(long, requires = "url", global = true)]
    pub token: Option<String>,
}

/// `madang upstreams`.
#[derive(Debug, Args)]
#[command(subcommand_value_name = "WHAT", subcommand_help_heading = "What")]
pub struct Upstreams {
    /// What is decided.
    #[command(subcommand)]
    pub what: Option<UpstreamsDo>,
    /// Which till.
    #[command(flatten)]
    pub till: RunningTill,
    /// Print each server as a line of JSON
    #[arg(long, global = true)]
    pub json: bool,
}

/// What a person decides about servers.
#[derive(Debug, Subcommand)]
pub enum UpstreamsDo {
    /// Let no call through, until it is released
    Isolate(WhichUpstreams),
    /// Let every call through whatever comes back, until it is released
    Close(WhichUpstreams),
    /// Leave it to the breaker again, with nothing held against the server
    Release(WhichUpstreams),
}

/// Which servers.
#[derive(Debug, Args)]
pub struct WhichUpstreams {
    /// Scheme, host and port, as https://api.example.com [default: every server]
    pub origin: Option<String>,
    /// Only the calls of this plugin [default: everybody's]
    #[arg(long, value_name = "NAME")]
    pub plugin: Option<String>,
}

/// `madang outbox`.
#[derive(Debug, Args)]
#[command(subcommand_value_name = "WHAT", subcommand_help_heading = "What")]
pub struct Outbox {
    /// What is decided.
    #[command(subcommand)]
    pub what: Option<OutboxDo>,
    /// Which till.
    #[command(flatten)]
    pub till: RunningTill,
    /// Print each destination and message as a line of JSON
    #[arg(long, global = true)]
    pub json: bool,
}

/// What a person decides about messages that stand aside.
#[derive(Debug, Subcommand)]
pub enum OutboxDo {
    /// Send again now, with the patience of a new message
    Retry(WhichMessages),
    /// Never send; what waits behind it goes on
    Drop {
        /// The message's number, as `madang outbox` lists it
        id: i64,
    },
}

/// Which messages.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct WhichMessages {
    /// The message's number, as `madang outbox` lists it
    pub id: Option<i64>,
    /// Everything that stands aside
    #[arg(long)]
    pub all: bool,
}

/// `madang check`.
#[derive(Debug, Args)]
pub struct Check {
    /// Folders, archives or script files of plugins
    #[arg(required = true)]
    pub plugins: Vec<PathBuf>,
    /// As a shop would install it: plugin.toml is needed, the finished bundle comes before the sources
    #[arg(long)]
    pub strict: bool,
    /// Print a line of JSON for each plugin
    #[arg(long)]
    pub json: bool,
}

/// `madang terminal`.
#[derive(Debug, Args)]
pub struct Terminal {
    /// The terminal's own book; every answer is in it before it is given
    #[arg(long, value_name = "FILE")]
    pub book: PathBuf,
    /// Where tills reach it; port 0 takes any that is free
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// It keeps nothing to be asked about
    #[arg(long)]
    pub no_inquiry: bool,
    /// How every attempt ends, until a till chooses: approved, declined, timeout, unplugged, lost or reversal-refused [default: a till chooses each]
    #[arg(long)]
    pub outcome: Option<Outcome>,
}

/// How the terminal ends every attempt.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Outcome {
    Approved,
    Declined,
    Timeout,
    Unplugged,
    Lost,
    ReversalRefused,
}

/// `madang backup`.
#[derive(Debug, Args)]
pub struct Backup {
    /// The till's data folder
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// A folder that is not there yet, or empty
    #[arg(long, value_name = "DIR")]
    pub to: PathBuf,
    /// Copy the key as well: whoever has the copy can then open what plugins keep sealed
    #[arg(long)]
    pub with_key: bool,
}

fn steps_help() -> String {
    let steps: String = STEPS
        .iter()
        .flat_map(|(_, written)| written.split(", expect ").enumerate())
        .map(|(number, step)| match number {
            0 => format!("  {step}\n"),
            _ => format!("  expect {step}\n"),
        })
        .collect();
    format!(
        "Steps, the same as in a script for `madang run`; # begins a comment:\n{steps}\n\
         Names are Korean or English, in quotes when they hold a number. `last` is the newest that the step can be done to.\n\n\
         Examples:\n  madang act 'tap 아메리카노 2' 'pay card approved' 'expect order paid'\n  madang act - < morning.txt"
    )
}
