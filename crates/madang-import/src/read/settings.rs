//! What a user may say about how something is read. Everything is found out where nothing is said.

use std::sync::Arc;

use crate::read::decode::Encoding;
use crate::read::error::ReadError;
use crate::read::input::Input;

/// What a user may say about how something is read.
#[derive(Clone, Debug)]
pub struct ReadSettings {
    /// The encoding; none: found out from the first 64 KiB, and where these are all ASCII from what comes first that is not.
    pub encoding: Option<Encoding>,
    /// CSV or JSON Lines; none: found out from the first 64 KiB.
    pub kind: Option<FormatKind>,
    /// The byte between two cells; none: found out.
    pub separator: Option<u8>,
    /// The byte around cells; `Some(None)` when there is none; `None`: found out.
    pub quote: Option<Option<u8>>,
    /// That there is no quote was found out before, not said: a cell in double quotes then is refused.
    pub is_quote_found: bool,
    /// Lines at the head of a CSV file that are passed over: titles above the header.
    pub skip_lines: u64,
    /// Whether the first row of a CSV file names the columns.
    pub has_header: bool,
    /// For JSON Lines the members that are wanted (`price`, or `menu.price` for one in an object), in the order of the columns; none: those
    /// found in the first 64 KiB. For CSV without a header the names of its columns; none: `column_1`, `column_2`, ….
    pub columns: Option<Vec<String>>,
    /// For JSON Lines the members that the first input says its rows have ([`Self::told_by`]); none: those found in the first 64 KiB.
    pub told_members: Option<Vec<String>>,
    /// What is to be read. For JSON Lines, members that rows may have though the first ones do not; for CSV, by what the header is known among titles.
    pub members: Vec<Member>,
    /// Whether it is a row of a file by itself, so that nothing at its end is a file's.
    pub is_one_row: bool,
    /// Whether text that is XML is given as it is, for a caller that reads XML itself. No rows are made of it here.
    pub takes_xml: bool,
    /// The most bytes of one row. It is what a row may hold of memory, and how far a quote that is never closed is looked after.
    pub row_bytes_max: usize,
    /// The most bytes that a packed input may unpack to.
    pub unpacked_bytes_max: u64,
    /// How many bytes one packed byte may unpack to.
    pub unpacked_ratio_max: u64,
}

/// A member of the objects of JSON Lines that is read wherever it first stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Member {
    /// The names it may have, with dots for those within objects. They are one column.
    pub names: Vec<String>,
    /// Whether all rows have it: then none has when the first ones do not, and it is no column.
    pub is_required: bool,
    /// It is a column only where one of these is; none: always.
    pub only_with: Vec<String>,
}

/// What rows are written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormatKind {
    /// CSV, TSV and what is like them.
    Csv,
    /// A JSON object a line.
    JsonLines,
}

/// Where to go on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resume {
    /// The input to go on in; those before it are not opened.
    pub input: u32,
    /// Where its next row begins: a byte of the decoded text.
    pub byte: u64,
    /// Rows of it before that byte.
    pub row: u64,
    /// The line of the next row.
    pub line: u64,
}

/// A row of 1 MiB is a thousand times an ordinary one; more is a quote that was never closed or no CSV at all.
pub const ROW_BYTES_MAX: usize = 1024 * 1024;
/// A hundred times the largest file that is aimed at (10 GB), and still days of work at most.
pub const UNPACKED_BYTES_MAX: u64 = 1 << 40;
/// Tables pack 5 to 50 times, constant columns up to 200. Deflate ends at 1,032, which is what a bomb has.
pub const UNPACKED_RATIO_MAX: u64 = 400;

impl Default for ReadSettings {
    fn default() -> Self {
        Self {
            encoding: None,
            kind: None,
            separator: None,
            quote: None,
            is_quote_found: false,
            skip_lines: 0,
            has_header: true,
            columns: None,
            told_members: None,
            members: Vec::new(),
            is_one_row: false,
            takes_xml: false,
            row_bytes_max: ROW_BYTES_MAX,
            unpacked_bytes_max: UNPACKED_BYTES_MAX,
            unpacked_ratio_max: UNPACKED_RATIO_MAX,
        }
    }
}

impl ReadSettings {
    /// The same, with what the first of some inputs says of its rows: where it has none, nothing can be found out from them.
    ///
    /// # Errors
    /// [`ReadError`] when it cannot be asked.
    pub fn told_by(&self, inputs: &[Arc<dyn Input>]) -> Result<Self, ReadError> {
        let mut settings = self.clone();
        if let Some(first) = inputs.first()
            && let Some(members) = first.members()?
        {
            settings.kind = Some(FormatKind::JsonLines);
            settings.told_members = Some(members);
        }
        Ok(settings)
    }
}

impl From<&crate::Checkpoint> for Resume {
    fn from(checkpoint: &crate::Checkpoint) -> Self {
        Self {
            input: checkpoint.input,
            byte: checkpoint.byte,
            row: checkpoint.row,
            line: checkpoint.line,
        }
    }
}
