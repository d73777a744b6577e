//! `madang mine`.

use std::path::PathBuf;

use clap::Args;
use madang_import::read::settings::{ROW_BYTES_MAX, UNPACKED_BYTES_MAX, UNPACKED_RATIO_MAX};

/// What `madang mine --help` ends with.
pub(super) const EXAMPLES: &str = "\
Examples:
  madang mine orders.csv                            what the columns were taken for, what was found
  madang mine orders-*.csv.gz --language en         several files are one log
  madang mine orders.csv --case 주문번호 --activity 상태 --time 변경일시
  madang mine visits.csv --date-order day-month-year      01/02/2026 is the first of February
  madang mine orders.csv --html report.html         a page to look at and to hand on
  madang mine orders.csv --json | jq '.bottlenecks[0]'
  zcat orders.csv.gz | madang mine -
  madang mine shop.jsonocel --object-type order     a log of objects: orders are the cases

  Which cases
  madang mine orders.csv --only took:30m.. --only 'with:채널=배달|포장' --without last:취소
  madang mine orders.csv --only began:2026-11 --save-filters november.toml
  madang mine orders.csv --filters november.toml    the same cases again

  Where it waits, and when
  madang mine orders.csv --arrivals --hours 'mon-fri 11:00-21:00' --hours 'sat 12:00-18:00'
  madang mine orders.csv --compare 2026-10 2026-11  October beside November
  madang mine new.csv --before old.csv              one log beside another
  madang mine orders.csv --cases longest --top 20
  madang mine orders.csv --timeline 1122-0042       all that happened in one case

  What was meant
  madang mine orders.csv --model                    the model that the cases follow
  madang mine orders.csv --model --noise 0 --write model.bpmn --write model.pnml
  madang mine orders.csv --against model.pnml       what went otherwise: “결제 없이 건넴”
  madang mine orders.csv --rules rules.toml         rules and service levels, kept and broken

  As it goes on
  madang mine orders.csv --follow                   read on as it grows, as tail -F does; Ctrl-C ends it
  events | madang mine - --follow --every 10 --json  a line of JSON every ten seconds while more comes

  Logs into other formats
  madang mine orders.xes.gz --write orders.parquet --write orders.csv

A log is a file with a row for each event: what it was done for (the case), what was done (the
activity) and when. CSV, XES, Parquet and OCEL 2.0 (JSON, XML, SQLite; CSV as pm4py writes it) are
known by what stands in them; text may be packed by gzip, zstd or zip. Columns are found by their
names, Korean and English, and by what stands in them, and are shown; separators, quotes and
encodings (UTF-8, CP949, UTF-16) are found out.

Filters of --only and --without:
  began:PERIOD                 2026-11-01..2026-11-08 (to before the second), 2026-11-22, 2026-11, 2026
  ended: within: touches:      the same of the end, of all and of any part of the case
  took:10m..2h                 from the first event to the last; 30m.. and ..90s as well
  path:접수 > 조리 > 건넴       exactly so
  first:접수|주문               began with one of them; last:취소 ended with it
  has:결제 & 쿠폰               all of them were done
  then:조리 > 건넴, 5m..        the second some time after the first, and so long after
  next:조리 > 건넴              the second directly after the first
  again  again:조리             done more than once
  who:민지|서연                 one of them did any of it
  with:채널=배달|포장           an attribute of any event; with:case:채널=배달 one of the case

A file of --rules, of which every part may be left out:
  ends = [\"건넴\", \"취소\"]            # cases that have one of these have ended; without it, all
  hours = [\"mon-fri 11:00-21:00\"]    # only these count
  holidays = [\"2026-12-25\"]
  [[service-levels]]
  from = \"접수\"
  to = \"건넴\"
  within = \"40m\"
  unless = [\"취소\"]
  [[rules]]
  rule = \"preceded-by\"               # or followed-by; required, absent, at-most (times = 1)
  activity = \"건넴\"
  by = \"결제\"";

/// `madang mine`.
#[derive(Debug, Args)]
pub struct Mine {
    /// The logs; `-` is standard input, and the data folder of a till is its journal
    #[arg(required = true, value_name = "LOG")]
    pub logs: Vec<String>,
    /// How logs are read.
    #[command(flatten)]
    pub columns: MineColumns,
    /// Which cases are looked at.
    #[command(flatten)]
    pub cases: MineCases,
    /// What is looked for besides.
    #[command(flatten)]
    pub asked: MineAsked,
    /// What comes out.
    #[command(flatten)]
    pub told: MineTold,
}

/// How logs are read. What is not said is found out.
#[derive(Debug, Args)]
#[command(next_help_heading = "How logs are read")]
pub struct MineColumns {
    /// The column that says what it was done for, as an order's number [default: found out]
    #[arg(long, value_name = "COLUMN")]
    pub case: Option<String>,
    /// The column that says what was done [default: found out]
    #[arg(long, value_name = "COLUMN")]
    pub activity: Option<String>,
    /// The column that says when it was done [default: found out]
    #[arg(long, value_name = "COLUMN")]
    pub time: Option<String>,
    /// The column that says when the work began [default: found out]
    #[arg(long, value_name = "COLUMN")]
    pub start: Option<String>,
    /// The column that says who did it [default: found out]
    #[arg(long, value_name = "COLUMN")]
    pub resource: Option<String>,
    /// In what order the parts of dates stand, where that cannot be told [default: found out]
    #[arg(long, value_name = "ORDER")]
    pub date_order: Option<MineDateOrder>,
    /// In a log of objects (OCEL): the type of objects that are the cases, as order
    #[arg(long, value_name = "TYPE")]
    pub object_type: Option<String>,
    /// Where the clocks are that show times without an offset
    #[arg(long, value_name = "ZONE", default_value = "Asia/Seoul")]
    pub zone: String,
    /// utf-8, cp949, utf-16le … [default: found out]
    #[arg(long)]
    pub encoding: Option<String>,
    /// The most bytes of one row
    #[arg(long, value_name = "BYTES", default_value_t = ROW_BYTES_MAX as u64, value_parser = clap::value_parser!(u64).range(1..=ROW_BYTES_MAX_MAX))]
    pub row_bytes_max: u64,
    /// The most bytes that a packed file may unpack to
    #[arg(long, value_name = "BYTES", default_value_t = UNPACKED_BYTES_MAX, value_parser = clap::value_parser!(u64).range(1..))]
    pub unpack_bytes_max: u64,
    /// To how many bytes one packed byte may unpack
    #[arg(long, value_name = "N", default_value_t = UNPACKED_RATIO_MAX, value_parser = clap::value_parser!(u64).range(1..))]
    pub unpack_ratio_max: u64,
}

/// A row is held whole, and on each thread.
const ROW_BYTES_MAX_MAX: u64 = 16 * 1024 * 1024;

/// Which cases are looked at.
#[derive(Debug, Args)]
#[command(next_help_heading = "Which cases are looked at")]
pub struct MineCases {
    /// Only cases that pass this filter, as took:30m.. or last:건넴; may be given several times, and all must hold
    #[arg(long, value_name = "FILTER")]
    pub only: Vec<String>,
    /// Only cases that do not pass this filter; may be given several times
    #[arg(long, value_name = "FILTER")]
    pub without: Vec<String>,
    /// Only cases that pass the filters of this file (TOML), as --save-filters wrote it
    #[arg(long, value_name = "FILE")]
    pub filters: Option<PathBuf>,
    /// Keep all filters that were given in a file, so that a report can be repeated
    #[arg(long, value_name = "FILE")]
    pub save_filters: Option<PathBuf>,
}

/// What is looked for besides the map, the paths, the waits and the rework.
#[derive(Debug, Args)]
#[command(next_help_heading = "What is looked for besides")]
pub struct MineAsked {
    /// Find the model that the cases follow (inductive miner), and how well they fit it
    #[arg(long)]
    pub model: bool,
    /// What --model leaves out: paths taken less often than this share of the most frequent one at the same place; with 0 every case fits
    #[arg(long, value_name = "PERCENT", default_value_t = 20, value_parser = clap::value_parser!(u8).range(0..=100))]
    pub noise: u8,
    /// Put the cases beside the model of this file (PNML), and name what went otherwise
    #[arg(long, value_name = "FILE", conflicts_with_all = ["model", "noise"])]
    pub against: Option<PathBuf>,
    /// Hold the cases to the rules and service levels of this file (TOML)
    #[arg(long, value_name = "FILE")]
    pub rules: Option<PathBuf>,
    /// When one looks at service levels and missing ends, as 2026-11-22T21:00 [default: the last event]
    #[arg(long, value_name = "MOMENT")]
    pub at: Option<String>,
    /// Hours in which waits, work and service levels count, as 'mon-fri 11:00-21:00', '평일 9-18' or 'fri 18:00-02:00'; may be given several times [default: all]
    #[arg(long, value_name = "HOURS")]
    pub hours: Vec<String>,
    /// Compare the cases that began in two periods, as 2026-10 2026-11, or ..2026-11-15 2026-11-15..
    #[arg(long, num_args = 2, action = clap::ArgAction::Set, value_names = ["BEFORE", "AFTER"], conflicts_with = "before")]
    pub compare: Vec<String>,
    /// Compare with this log, which tells how it was before; may be given several times
    #[arg(long, value_name = "LOG")]
    pub before: Vec<String>,
    /// Tell in which hours of the week cases begin
    #[arg(long)]
    pub arrivals: bool,
    /// List cases: the newest, the longest or the busiest first
    #[arg(long, value_name = "ORDER")]
    pub cases: Option<MineOrder>,
    /// Tell all that happened in one case
    #[arg(long, value_name = "CASE")]
    pub timeline: Option<String>,
}

/// What needs all of a log at once, which nobody has of one that is followed.
const FOLLOWS_WITHOUT: [&str; 20] = [
    "object_type",
    "encoding",
    "only",
    "without",
    "filters",
    "save_filters",
    "model",
    "against",
    "rules",
    "at",
    "hours",
    "compare",
    "before",
    "arrivals",
    "cases",
    "timeline",
    "html",
    "svg",
    "write",
    "noise",
];

/// What comes out.
#[derive(Debug, Args)]
#[command(next_help_heading = "What comes out")]
pub struct MineTold {
    /// How much of each list is shown [default: 5, and all with --json]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub top: Option<u32>,
    /// What sentences are written in
    #[arg(long, value_name = "LANGUAGE", default_value = "ko")]
    pub language: MineLanguage,
    /// Print everything that was found as a line of JSON
    #[arg(long)]
    pub json: bool,
    /// Read on as the log grows (CSV in UTF-8; - is standard input), and tell what is known whenever it has changed, until Ctrl-C or the end of the input
    #[arg(long, conflicts_with_all = FOLLOWS_WITHOUT)]
    pub follow: bool,
    /// How many seconds pass at least before --follow tells again
    #[arg(long, value_name = "SECONDS", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub every: u32,
    /// Write a report to look at: one page that needs nothing else, in both languages
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Write the map as a drawing (SVG)
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
    /// Write the cases that were looked at (.csv, .xes, .parquet, .jsonocel, .xmlocel, .sqlite) or the model (.bpmn, .pnml); the name's end says which;
    /// may be given several times
    #[arg(long, value_name = "FILE")]
    pub write: Vec<PathBuf>,
}

/// The order of the parts of a date.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
#[allow(missing_docs, reason = "the names say it")]
pub enum MineDateOrder {
    YearMonthDay,
    DayMonthYear,
    MonthDayYear,
}

/// What comes first on a list of cases.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum MineOrder {
    /// What began last
    Newest,
    /// What took longest
    Longest,
    /// What has the most events
    Busiest,
}

/// What sentences are written in.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum MineLanguage {
    /// 한국어
    Ko,
    /// English
    En,
}
