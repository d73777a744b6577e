//! What rows are written as.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What rows are parsed as: printed, and kept beside dead letters so that these are parsed the same way again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Format {
    /// CSV, TSV and what is like them.
    Csv(CsvFormat),
    /// A JSON object a line.
    JsonLines,
    /// Columns of a Parquet file. Its rows have no text of their own; in dead letters they are JSON.
    Parquet,
}

/// How CSV is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CsvFormat {
    /// Between two cells; ASCII.
    pub separator: char,
    /// Around a cell with a separator or line break in it, and doubled where it stands for itself; ASCII. None: cells are as they stand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<char>,
    /// Whether the first row names the columns.
    pub has_header: bool,
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Csv(csv) => csv.fmt(formatter),
            Self::JsonLines => formatter.write_str("JSON Lines"),
            Self::Parquet => formatter.write_str("Parquet"),
        }
    }
}

impl fmt::Display for CsvFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.separator {
            ',' => formatter.write_str("CSV with commas")?,
            ';' => formatter.write_str("CSV with semicolons")?,
            '\t' => formatter.write_str("TSV (tabs)")?,
            '|' => formatter.write_str("CSV with bars (|)")?,
            other => write!(formatter, "CSV with {other:?}")?,
        }
        match self.quote {
            Some('"') => formatter.write_str(" and double quotes")?,
            Some(other) => write!(formatter, " and quotes {other}")?,
            None => formatter.write_str(", no quotes")?,
        }
        match self.has_header {
            true => formatter.write_str(", the first row names the columns"),
            false => formatter.write_str(", no header"),
        }
    }
}
