//! Files that a person imports by hand: what was brought, what its columns mean, how its import goes and went.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Text;
use super::import::RenamedView;

/// How a file that is brought is called.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UploadName {
    /// Its name, as `메뉴.csv`.
    pub name: String,
}

/// A file that was brought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UploadView {
    /// By which it is asked for.
    pub id: String,
    /// What it is called, with nothing in it that a file's name may not have.
    pub name: String,
    /// How large it is.
    pub bytes: u64,
}

/// What the columns of a file mean.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum MappingChoice {
    /// What Madang knows under a name: `menu` or `stock`.
    Kind(String),
    /// A mapping of the shop's own, as TOML.
    Own(String),
}

/// Asks what a file is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProposeMapping {
    /// The file.
    pub upload: String,
    /// What its columns are taken for; none: what they look like.
    #[serde(default)]
    pub mapping: Option<MappingChoice>,
    /// Lines above the header that are passed over, for `csv`; none: what the mapping says, or else the titles that seem to stand there.
    #[serde(default)]
    pub skip_lines: Option<u64>,
}

/// What a file is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProposalView {
    /// The file.
    pub upload: UploadView,
    /// What it is written in, as `CP949`, so far as its beginning tells.
    pub encoding: String,
    /// What its rows are written as.
    pub format: FileFormat,
    /// What stands between two cells, for `csv`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub separator: Option<String>,
    /// Lines above the header that were passed over, for `csv`.
    pub skip_lines: u64,
    /// Lines above the one that looks like the header, when that is another than was asked for; they were passed over where nobody said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub titles_above: Option<u64>,
    /// The kind that it was recognised as or was taken for; none: a mapping of its own.
    pub kind: Option<String>,
    /// Whether the till takes rows of this kind.
    pub is_taken: bool,
    /// The columns of the mapping.
    pub columns: Vec<ColumnProposal>,
    /// Columns of the file that the mapping leaves out.
    pub unused: Vec<String>,
    /// The columns of the file, as far as they are shown.
    pub titles: Vec<String>,
    /// How many columns the file has.
    pub column_count: usize,
    /// Its first rows as they were read, cell by cell; what is long is cut.
    pub rows: Vec<Vec<String>>,
    /// Rows among these that cannot be read.
    pub refused: Vec<RefusedRow>,
    /// The mapping as TOML, to be changed.
    pub toml: String,
}

/// What a file's rows are written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FileFormat {
    /// CSV, TSV and what is like them.
    Csv,
    /// A JSON object a line.
    JsonLines,
    /// Parquet.
    Parquet,
}

/// One column of a mapping, in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ColumnProposal {
    /// What it is at the destination, as `price`.
    pub name: String,
    /// What the file calls it; none: the file does not have it.
    pub source: Option<String>,
    /// What its values are, as `money`.
    pub kind: String,
    /// Whether every row must have a value.
    pub is_required: bool,
    /// First rows with a value there.
    pub values: usize,
    /// Of these, values that are taken.
    pub fitting: usize,
    /// What the mapping says about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
}

/// Asks for a check, or for an import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RunImport {
    /// The file.
    pub upload: String,
    /// What its columns mean.
    pub mapping: MappingChoice,
    /// Lines above the header that are passed over, for `csv`; none: what the mapping says.
    #[serde(default)]
    pub skip_lines: Option<u64>,
    /// What to do when the same was imported or begun before; a check does not ask.
    #[serde(default)]
    pub if_known: IfKnown,
}

/// What to do with a file that was imported or begun before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IfKnown {
    /// Nothing: say so.
    #[default]
    Refuse,
    /// Go on where it stopped.
    GoOn,
    /// Import it once more.
    Again,
}

/// What the page of imports shows of the work under way, or of the last that was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ImportWork {
    /// The most bytes of a file that is brought.
    pub upload_bytes_max: u64,
    /// The check or import under way, or the last one since the till was opened.
    pub job: Option<ImportJob>,
}

/// A check or an import.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ImportJob {
    /// Which, counted since the till was opened.
    pub number: u64,
    /// Whether anything is written.
    pub what: ImportJobKind,
    /// The file.
    pub upload: UploadView,
    /// The mapping's name.
    pub mapping: String,
    /// How it goes.
    pub progress: ImportPace,
    /// How it ended; none while it is under way.
    pub report: Option<ImportReport>,
}

/// Whether anything is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportJobKind {
    /// Everything is checked and nothing is written.
    Check,
    /// Rows go into the till.
    Import,
}

/// How far it is, and how fast.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ImportPace {
    /// Since it began.
    pub elapsed_ms: u64,
    /// Rows that were checked.
    pub rows_read: u64,
    /// Rows that are in the till, before it went on included; for a check those that could go there.
    pub rows_written: u64,
    /// Rows that were refused, before it went on included.
    pub rows_refused: u64,
    /// Bytes of the file that were read.
    pub bytes_read: u64,
    /// Rows a second since it began, or went on: written and refused ones.
    pub rows_per_second: u64,
    /// The share of the file that is done, in thousandths.
    pub per_mille: Option<u16>,
    /// How long it may still take.
    pub left_ms: Option<u64>,
    /// The stage that worked longest: `read`, `parse`, `check` or `write`.
    pub slowest_stage: Option<String>,
}

/// What a check or an import did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ImportReport {
    /// The name of the run; none of a check.
    pub run: Option<String>,
    /// How it ended.
    pub outcome: ImportOutcome,
    /// What ended it early, unless a person did.
    pub problem: Option<Text>,
    /// When it began, or went on.
    pub started_at: Timestamp,
    /// How long it took.
    pub duration_ms: u64,
    /// Rows that were read, refused ones included.
    pub rows_read: u64,
    /// Rows that were written, before it went on included; for a check those that could be.
    pub rows_written: u64,
    /// Of these, rows that said what was so already.
    pub rows_unchanged: u64,
    /// What the rows of a menu changed, or would have; what was written before it went on left out. None of counts.
    pub changes: Option<ImportChanges>,
    /// Rows that were refused, before it went on included.
    pub rows_refused: u64,
    /// How many rows have a reason; a row with two is counted under both.
    pub refused_by_reason: Vec<ReasonCount>,
    /// The first refused rows.
    pub first_refused: Vec<RefusedRow>,
    /// What is to be said about the whole file.
    pub findings: Vec<Text>,
    /// Whether all refused rows can be had as a file.
    pub has_refused_file: bool,
}

/// What rows of a menu did to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ImportChanges {
    /// Items that were not there.
    pub new: u64,
    /// Items that were changed, the renamed ones included.
    pub changed: u64,
    /// Items that were called something else: most of the time a row meant another item.
    pub renamed: u64,
    /// Rows that said what was so already.
    pub untouched: u64,
    /// The first renamed items.
    pub renames: Vec<RenamedView>,
}

/// How a check or an import ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportOutcome {
    /// Everything was read and taken.
    Done,
    /// Everything was read; some rows were refused.
    SomeRefused,
    /// More rows were refused than allowed.
    Limit,
    /// The till took nothing more.
    SinkGone,
    /// Something has to be mended first: the file, the mapping.
    ToMend,
    /// It was asked to end.
    Stopped,
    /// It broke down, or the till was closed in the middle.
    Broken,
}

/// How many rows have a reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReasonCount {
    /// What it is, as `required`.
    pub code: String,
    /// How many rows.
    pub rows: u64,
}

/// A row that was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RefusedRow {
    /// Which row of the file, from 1; the header is not counted.
    pub row: u64,
    /// The line on which it begins, from 1.
    pub line: u64,
    /// The text it was read from; what is long is cut.
    pub raw: String,
    /// Everything that is wrong with it.
    pub reasons: Vec<RefusedReason>,
}

/// One thing that is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RefusedReason {
    /// What it is, as `required`; stays the same when the words change.
    pub code: String,
    /// The column as the file calls it, when it is one column's fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// What is wrong and what is wanted.
    pub message: Text,
}

/// An import that was made here, or begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PastImport {
    /// Its name.
    pub run: String,
    /// The files.
    pub files: Vec<String>,
    /// The mapping's name.
    pub mapping: String,
    /// When it began first.
    pub started_at: Timestamp,
    /// How it ended; none: it is under way, or was cut off.
    pub outcome: Option<ImportOutcome>,
    /// Whether it is under way.
    pub is_under_way: bool,
    /// Rows that were written.
    pub rows_written: u64,
    /// Rows that were refused.
    pub rows_refused: u64,
    /// Whether its refused rows can be had as a file.
    pub has_refused_file: bool,
}
