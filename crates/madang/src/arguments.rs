//! The command line's words.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use madang_import::check::mapping::SKIP_LINES_MAX;
use madang_import::read::settings::{ROW_BYTES_MAX, UNPACKED_BYTES_MAX, UNPACKED_RATIO_MAX};
use madang_import::run::settings::BATCH_ROWS_MAX;
use madang_plugin_runtime::Limits;

use crate::import::Named;
use crate::script::STEPS;

mod mine;

pub use mine::{
    Mine, MineAsked, MineCases, MineColumns, MineDateOrder, MineLanguage, MineOrder, MineTold,
};

/// The longest patience that can be asked for: an hour, as nobody waits longer for one turn.
const GIVE_UP_AFTER_SECONDS_MAX: u64 = 3_600;

/// The port of `dev`: free on most machines, and easy to remember.
pub const PORT_DEFAULT: u16 = 4747;

/// What `madang --help` ends with.
const EXIT_CODES: &str = "\
Exit codes:
   0  done
   1  a step of a script failed, or an expectation did not hold
   2  wrong usage, or something you can mend: a plugin, a script, a shop's file, a taken port, a mapping, a file to import
   3  an import or a mined log was read to its end, and some rows were refused
   4  an import was stopped: more rows were refused than --max-errors or --max-error-rate allow
   5  an import was stopped: its sink took nothing more; --resume goes on
  69  no till, or no card terminal, answers there
  70  a fault of Madang's own
  73  the data folder cannot be used: in use, of a newer format, damaged
  74  a file or socket could not be read or written
 124  `run` was given up: a plugin did not come back from a call that nothing can interrupt
 130  an import was stopped by Ctrl-C or SIGTERM, its checkpoint written; --resume goes on
 141  whoever read what was printed went away, as `head` does

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

A script that says what servers answer calls none:
  answer POST https://api.example.com/orders 201 '{\"id\":7}' content-type:application/json
  answer GET https://api.example.com/menu/* fail timeout
  expect called POST https://api.example.com/orders \"아메리카노\"

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
  madang upstreams isolate https://api.example.com                        nobody calls it, now or later
  madang upstreams isolate https://api.example.com --plugin order-mirror  only this plugin does not
  madang upstreams release --all                                          every server, as before

What is decided holds until it is released, also when the till is opened again, and for servers that nobody called yet.

The same figures for Prometheus are at /metrics of the till, behind its token.")]
    Upstreams(Upstreams),
    /// Tell which messages a running till sends to webhooks, and decide about those that could not be delivered
    #[command(after_help = "\
Examples:
  madang outbox                    what waits, and what stands aside and why
  madang outbox --json --data .madang/cafe
  madang outbox retry 42           send it again now, and what waits behind it
  madang outbox retry --all        the same with everything that stands aside
  madang outbox resume             try at once what waits, though the server asked to be left alone
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
    /// Bring files of any size into a table or a till: read, checked and written as a stream; killed at any moment, it goes on
    #[command(
        args_conflicts_with_subcommands = true,
        subcommand_negates_reqs = true,
        override_usage = IMPORT_USAGE,
        after_help = IMPORT_EXAMPLES
    )]
    Import(Box<Import>),
    /// Show how work really flows in event logs: its paths, where it waits, what is done twice
    #[command(after_help = mine::EXAMPLES)]
    Mine(Box<Mine>),
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
    /// Leave it to the breaker again, at once and with nothing held against the server
    Release(WhichUpstreams),
}

/// Which servers.
#[derive(Debug, Args)]
#[group(id = "which", required = true, multiple = true)]
pub struct WhichUpstreams {
    /// Scheme, host and port, as https://api.example.com; with --plugin alone every server that it calls
    pub origin: Option<String>,
    /// Only the calls of this plugin, or of a webhook as the list has it: webhook:9dd5e7ec [default: everybody's]
    #[arg(long, value_name = "NAME")]
    pub plugin: Option<String>,
    /// Every server, for everybody
    #[arg(long, conflicts_with_all = ["origin", "plugin"])]
    pub all: bool,
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

/// What a person decides about messages.
#[derive(Debug, Subcommand)]
pub enum OutboxDo {
    /// Send again now, with the patience of a new message
    Retry(WhichMessages),
    /// Try at once what waits, whatever the server wished before and however long the pauses have grown
    Resume {
        /// The destination, as `madang outbox` lists it [default: every one]
        destination: Option<String>,
    },
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

const IMPORT_USAGE: &str = "\
madang import KIND FILES… --to SINK [OPTIONS]
       madang import --mapping FILE.toml FILES… --to SINK [OPTIONS]
       madang import check KIND FILES… [--to SINK]
       madang import infer FILE
       madang import retry DEAD-LETTERS --to SINK
       madang import history [RUN]";

const IMPORT_EXAMPLES: &str = "\
Examples:
  madang import check menu menu.csv                           what would be refused, and why; the same as --dry-run
  madang import menu menu.csv --to sqlite:shop.db#menu        into a table of a SQLite file
  madang import settlement 2026-*.csv.gz --to sqlite:books.db --max-error-rate 1%
  madang import menu menu.csv --to 'postgres://shop@db.example.com/cafe#menu' --create
  madang import --mapping sales.toml sales.csv.zst --to parquet:lake/sales
  madang import stock stock.csv --to https://api.example.com/stock --rows-per-call 100 --header-file headers.txt
  madang import infer sales.csv > sales.toml                  a mapping to look through and keep
  madang import --mapping sales.toml sales.csv --to sqlite:sales.db#sales
  zcat dump.gz | madang import stock - --to sqlite:shop.db
  madang import stock https://example.com/stock.csv --to sqlite:shop.db --resume
  madang import retry .madang/imports/RUN/dead-letters.jsonl --to sqlite:shop.db#menu

KIND is menu, stock or settlement. FILES are files, archives with an entry (orders.zip!menu.csv), https:// addresses, or `-` for
standard input; Parquet files are read as they are. PostgreSQL's password is best left out of the address: PGPASSWORD or ~/.pgpass
has it. docs/import.md has mappings, sinks, cron lines and systemd units.";

const CHECK_USAGE: &str = "\
madang import check KIND FILES… [--to SINK] [OPTIONS]
       madang import check --mapping FILE.toml FILES… [--to SINK] [OPTIONS]";

const CHECK_EXAMPLES: &str = "\
Examples:
  madang import check menu menu.csv                           what would be refused, and why
  madang import check menu menu.csv --to sqlite:shop.db#menu  and whether the table's columns fit
  madang import check menu menu.csv --to till                 and what would be new and changed in the till that runs here
  madang import check --mapping sales.toml sales.csv --json

Nothing is written or kept. Ends with 0 when every row is right, and with 3 when some are not.";

const INFER_EXAMPLES: &str = "\
Examples:
  madang import infer sales.csv > sales.toml                  a mapping to look through and keep
  madang import infer sales.csv --name sales --encoding cp949
  madang import check --mapping sales.toml sales.csv          whether it takes every row

docs/import-mappings.md describes what a mapping may say. A file of more columns than a mapping may have (1,000) gets none.";

const RETRY_EXAMPLES: &str = "\
Examples:
  madang import retry .madang/imports/RUN/dead-letters.jsonl --to sqlite:shop.db#menu --dry-run
  madang import retry .madang/imports/RUN/dead-letters.jsonl --to sqlite:shop.db#menu
  madang import retry .madang/imports/RUN/dead-letters.jsonl --to sqlite:shop.db#menu --mapping mended.toml

Mend the text after \"raw\" in the lines of the file, or, where the file was right and the mapping wrong, the mapping. Rows go in once,
however often their file is tried; what is refused again is in a new file.";

const HISTORY_EXAMPLES: &str = "\
Examples:
  madang import history                 every import that was made here, how it ended and what it refused
  madang import history RUN             its report once more, and where its refused rows are
  madang import history --json";

/// `madang import`.
#[derive(Debug, Args)]
pub struct Import {
    /// What else than importing.
    #[command(subcommand)]
    pub what: Option<ImportDo>,
    /// What is imported.
    #[command(flatten)]
    pub files: ImportFiles,
}

/// What can be done about imports.
#[derive(Debug, Subcommand)]
pub enum ImportDo {
    /// Check files row by row and write nothing
    #[command(override_usage = CHECK_USAGE, after_help = CHECK_EXAMPLES)]
    Check(Box<ImportCheck>),
    /// Propose a mapping for a file, as TOML: to be looked through and kept
    #[command(after_help = INFER_EXAMPLES)]
    Infer(ImportInfer),
    /// Import refused rows again after their text was mended in the file
    #[command(after_help = RETRY_EXAMPLES)]
    Retry(ImportRetry),
    /// List the imports that were made here, or tell about one
    #[command(after_help = HISTORY_EXAMPLES)]
    History(ImportHistory),
}

/// What is imported.
#[derive(Debug, Args)]
pub struct ImportFiles {
    /// KIND and then the files; only the files with --mapping
    #[arg(required = true, value_name = "KIND|FILES")]
    pub files: Vec<Named>,
    /// A mapping of your own: what the columns mean
    #[arg(long, value_name = "FILE")]
    pub mapping: Option<PathBuf>,
    /// Where the rows go.
    #[command(flatten)]
    pub to: ImportTo,
    /// Check everything and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Go on with an import that was begun before; a new one begins, and one that is complete has nothing to do. Of a list into a table without a key, files that went there before are left out
    #[arg(long, conflicts_with_all = ["dry_run", "again"])]
    pub resume: bool,
    /// Import once more what was imported or begun before
    #[arg(long)]
    pub again: bool,
    /// How it goes about it.
    #[command(flatten)]
    pub manner: ImportManner,
    /// How the files are written.
    #[command(flatten)]
    pub format: ImportFormat,
}

/// `madang import check`.
#[derive(Debug, Args)]
pub struct ImportCheck {
    /// KIND and then the files; only the files with --mapping
    #[arg(required = true, value_name = "KIND|FILES")]
    pub files: Vec<Named>,
    /// A mapping of your own: what the columns mean
    #[arg(long, value_name = "FILE")]
    pub mapping: Option<PathBuf>,
    /// Where the rows would go: a till, a table or a server, asked whether it takes them
    #[arg(long, value_name = "SINK")]
    pub to: Option<String>,
    /// How it goes about it.
    #[command(flatten)]
    pub manner: ImportManner,
    /// How the files are written.
    #[command(flatten)]
    pub format: ImportFormat,
}

impl From<&ImportCheck> for ImportFiles {
    fn from(check: &ImportCheck) -> Self {
        Self {
            files: check.files.clone(),
            mapping: check.mapping.clone(),
            to: ImportTo {
                to: check.to.clone(),
                ..ImportTo::default()
            },
            dry_run: true,
            resume: false,
            again: false,
            manner: check.manner.clone(),
            format: check.format.clone(),
        }
    }
}

/// Where rows go.
#[derive(Debug, Default, Args)]
pub struct ImportTo {
    /// Where the rows go: till, sqlite:PATH#TABLE, postgres://USER@HOST/DATABASE#TABLE, parquet:DIR, or the https:// address of a server
    #[arg(long, value_name = "SINK", required_unless_present = "dry_run")]
    pub to: Option<String>,
    /// PostgreSQL: make the table when it is not there
    #[arg(long)]
    pub create: bool,
    /// HTTP: so many rows in a call, as {"rows":[{"key":…,"row":…}]} [default: each row is a call, and its body]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=ROWS_PER_CALL_MAX))]
    pub rows_per_call: Option<u64>,
    /// HTTP: so many calls under way at once; with more than 1, rows may arrive in another order [default: 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=CALLS_AT_ONCE_MAX))]
    pub calls_at_once: Option<u64>,
    /// HTTP: POST, PUT or PATCH [default: POST]
    #[arg(long, value_name = "METHOD")]
    pub method: Option<String>,
    /// HTTP: a file of headers, one a line, as `authorization: Bearer …`; never printed or kept [default: the text of the
    /// environment variable MADANG_IMPORT_HEADERS]
    #[arg(long, value_name = "FILE")]
    pub header_file: Option<PathBuf>,
}

/// More than a batch of this sink holds, so that a larger number would promise what it does not keep.
const ROWS_PER_CALL_MAX: u64 = 1_000;

/// What a public API takes from one caller; each holds a socket.
const CALLS_AT_ONCE_MAX: u64 = 64;

/// How an import goes about it.
#[derive(Clone, Debug, Args)]
pub struct ImportManner {
    /// Stop when more rows are refused [default: any number is]
    #[arg(long, value_name = "N")]
    pub max_errors: Option<u64>,
    /// Stop when a larger share is refused, as 1% or 0.5%, once 100 rows were read [default: any share is]
    #[arg(long, value_name = "SHARE", value_parser = per_million)]
    pub max_error_rate: Option<u64>,
    /// Stop when the sink has taken nothing for so long
    #[arg(long, value_name = "SECONDS", default_value_t = RETRY_SECONDS, value_parser = clap::value_parser!(u64).range(..=RETRY_SECONDS_MAX))]
    pub retry_for: u64,
    /// The most rows of one transaction
    #[arg(long, value_name = "N", default_value_t = BATCH_ROWS_MAX as u64, value_parser = clap::value_parser!(u64).range(1..=BATCH_ROWS_MAX as u64))]
    pub batch_rows: u64,
    /// Print progress and the report as lines of JSON
    #[arg(long)]
    pub json: bool,
    /// Where is kept how far imports have come
    #[arg(long, value_name = "DIR", default_value = IMPORTS)]
    pub state: PathBuf,
    /// Write how the import ended into this file, for Prometheus' textfile collector
    #[arg(long, value_name = "FILE")]
    pub metrics: Option<PathBuf>,
}

/// How files are written. What is not said is found out.
#[derive(Clone, Debug, Args)]
pub struct ImportFormat {
    /// utf-8, cp949, utf-16le … [default: found out]
    #[arg(long)]
    pub encoding: Option<String>,
    /// csv or json-lines [default: found out]
    #[arg(long)]
    pub format: Option<ImportFormatKind>,
    /// What stands between two cells: one character, or `tab` [default: found out]
    #[arg(long, value_name = "CHARACTER")]
    pub separator: Option<String>,
    /// What encloses cells: one character, or `none` [default: found out]
    #[arg(long, value_name = "CHARACTER")]
    pub quote: Option<String>,
    /// Lines above the header that are passed over, as the titles of an export [default: what the mapping says, or none]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(0..=SKIP_LINES_MAX))]
    pub skip_lines: Option<u64>,
    /// The first row is no header: the columns are column_1, column_2, …
    #[arg(long)]
    pub no_header: bool,
    /// The most bytes of one row, up to 16 MiB: as much memory is held some times
    #[arg(long, value_name = "BYTES", default_value_t = ROW_BYTES_MAX as u64, value_parser = clap::value_parser!(u64).range(1..=ROW_BYTES_MAX_MAX))]
    pub row_bytes_max: u64,
    /// The most bytes that a packed file may unpack to
    #[arg(long, value_name = "BYTES", default_value_t = UNPACKED_BYTES_MAX, value_parser = clap::value_parser!(u64).range(1..))]
    pub unpack_bytes_max: u64,
    /// To how many bytes one packed byte may unpack
    #[arg(long, value_name = "N", default_value_t = UNPACKED_RATIO_MAX, value_parser = clap::value_parser!(u64).range(1..))]
    pub unpack_ratio_max: u64,
    /// Inputs by http: a file of headers, one a line, as `authorization: Bearer …`; sent to the one origin that is named, never printed or kept
    /// [default: the text of the environment variable MADANG_IMPORT_SOURCE_HEADERS]
    #[arg(long, value_name = "FILE")]
    pub source_header_file: Option<PathBuf>,
}

impl Default for ImportFormat {
    fn default() -> Self {
        Self {
            encoding: None,
            format: None,
            separator: None,
            quote: None,
            skip_lines: None,
            no_header: false,
            row_bytes_max: ROW_BYTES_MAX as u64,
            unpack_bytes_max: UNPACKED_BYTES_MAX,
            unpack_ratio_max: UNPACKED_RATIO_MAX,
            source_header_file: None,
        }
    }
}

/// A row is held as text, as cells and as values before it is written.
const ROW_BYTES_MAX_MAX: u64 = 16 * 1024 * 1024;

/// What files are written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[allow(missing_docs, reason = "the names say it")]
pub enum ImportFormatKind {
    Csv,
    JsonLines,
}

/// `madang import infer`.
#[derive(Debug, Args)]
pub struct ImportInfer {
    /// The file; `-` is standard input
    pub file: Named,
    /// What the mapping is called [default: the file's name]
    #[arg(long)]
    pub name: Option<String>,
    /// How the file is written.
    #[command(flatten)]
    pub format: ImportFormat,
}

/// `madang import retry`.
#[derive(Debug, Args)]
pub struct ImportRetry {
    /// The file of refused rows, their text mended
    #[arg(value_name = "DEAD-LETTERS")]
    pub dead_letters: PathBuf,
    /// Where the rows go: the same as before.
    #[command(flatten)]
    pub to: ImportTo,
    /// A mapping instead of the one that is kept in the file
    #[arg(long, value_name = "FILE")]
    pub mapping: Option<PathBuf>,
    /// Check everything and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Go on with a retry that was begun before
    #[arg(long, conflicts_with_all = ["dry_run", "again"])]
    pub resume: bool,
    /// Try rows once more that were tried from just this file; those that went in stay as they are
    #[arg(long)]
    pub again: bool,
    /// How it goes about it.
    #[command(flatten)]
    pub manner: ImportManner,
}

/// `madang import history`.
#[derive(Debug, Args)]
pub struct ImportHistory {
    /// The name of a run, or how it begins [default: all of them]
    pub run: Option<String>,
    /// Where is kept how far imports have come
    #[arg(long, value_name = "DIR", default_value = IMPORTS)]
    pub state: PathBuf,
    /// Print each run as a line of JSON
    #[arg(long)]
    pub json: bool,
}

/// Where is kept how far imports have come.
const IMPORTS: &str = ".madang/imports";

/// A database that is restarted or fails over is back by then.
const RETRY_SECONDS: u64 = 300;

/// A day: what is away for longer is looked at by a person.
const RETRY_SECONDS_MAX: u64 = 86_400;

/// `1%`, `0.05%` or `1` as a part of a million.
fn per_million(text: &str) -> Result<u64, String> {
    const WANTED: &str = "a share is written as 1% or 0.5%, from 0% to 100%";
    let Some(number) = text.trim().strip_suffix('%').map(str::trim_end) else {
        return Err(WANTED.to_owned());
    };
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_digits(whole) || !is_digits(part) || part.len() > 4 {
        return Err(WANTED.to_owned());
    }
    format!("{whole}{part:0<4}")
        .parse()
        .ok()
        .filter(|share| *share <= 1_000_000)
        .ok_or_else(|| WANTED.to_owned())
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
        .map(|(name, forms)| step_help(name, forms))
        .collect();
    format!(
        "Steps, the same as in a script for `madang run`; # begins a comment:\n{steps}\n\
         Names are Korean or English, in quotes when they hold a number. `last` is the newest that the step can be done to.\n\n\
         Examples:\n  madang act 'tap 아메리카노 2' 'pay card approved' 'expect order paid'\n  madang act - < morning.txt"
    )
}

/// Each form of a step on a line.
fn step_help(name: &str, forms: &str) -> String {
    let forms = forms.replace(&format!(", {name} "), &format!("\n  {name} "));
    format!("  {forms}\n")
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use super::{Arguments, per_million};

    /// The words of a line as a shell parts them, up to what it keeps for itself.
    fn words(line: &str) -> Vec<String> {
        let mut words = vec![String::new()];
        let mut is_quoted = false;
        for character in line.chars() {
            match character {
                '\'' => is_quoted = !is_quoted,
                ' ' if !is_quoted => words.push(String::new()),
                character => words.last_mut().expect("there is one").push(character),
            }
        }
        let is_ours = |word: &String| !matches!(word.as_str(), "" | ">" | "<" | "&");
        words.into_iter().take_while(is_ours).collect()
    }

    fn examples_of(command: &clap::Command) -> Vec<String> {
        let help = command.get_after_help().map(ToString::to_string);
        let help = help.unwrap_or_default();
        let commands = help
            .lines()
            .filter_map(|line| line.rsplit(" | ").next())
            .filter(|line| line.trim().starts_with("madang "));
        commands.map(|line| line.trim().to_owned()).collect()
    }

    #[test]
    fn what_helps_show_is_understood() {
        let program = Arguments::command();
        let import = program.find_subcommand("import").expect("there");
        for command in import.get_subcommands() {
            let name = command.get_name();
            assert!(!examples_of(command).is_empty(), "import {name}");
        }
        let all = program.get_subcommands().chain(import.get_subcommands());
        for example in all.flat_map(examples_of) {
            if let Err(error) = Arguments::try_parse_from(words(&example)) {
                panic!("{example}: {error}");
            }
        }
    }

    #[test]
    fn shares_are_read_as_people_write_them() {
        let check = |text: &str, expected: Option<u64>| {
            assert_eq!(per_million(text).ok(), expected, "{text}");
        };
        check("1%", Some(10_000));
        check("0.5%", Some(5_000));
        check(" 2.5 % ", Some(25_000));
        check("1", None);
        check("100%", Some(1_000_000));
        check("0%", Some(0));
        check("0.0001%", Some(1));
        check("100.1%", None);
        check("-1%", None);
        check("1e2%", None);
        check("", None);
        check("99999999999999999999%", None);
        check("0.00001%", None);
    }
}
