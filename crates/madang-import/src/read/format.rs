//! What rows are written as.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::place::Place;
use crate::read::csv::CsvReader;
use crate::read::error::{ReadError, ReadErrorKind};
use crate::read::json_lines::JsonLinesReader;
use crate::read::settings::{FormatKind, Member, ReadSettings, Resume};
use crate::read::sniff::{separator_line, sniff_csv, sniff_kind};
use crate::read::window::{Window, reason, refused};
use crate::read::{Encoding, RowReader, Text, Texts};
use crate::refused::Reason;
use crate::rows::Rows;

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
    /// Whether somebody said that there is no quote: double quotes around a cell then are its text.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub quotes_are_text: bool,
    /// Whether the first row names the columns.
    pub has_header: bool,
}

/// Reads rows from text: what they are written as, and what the columns are called, is found out where the settings do not say it.
pub fn open_rows(
    texts: Box<dyn Texts>,
    settings: &ReadSettings,
    resume: Option<&Resume>,
) -> Result<Box<dyn RowReader>, ReadError> {
    let mut window = Window::new(texts);
    window.more()?;
    window.fill_head()?;
    let kind = match settings.kind {
        Some(kind) => kind,
        None => sniff_kind(&window.text).map_err(|kind| ReadError::new(window.name(), kind))?,
    };
    Ok(match kind {
        FormatKind::Csv => Box::new(CsvReader::open(window, settings, resume)?),
        FormatKind::JsonLines if settings.skip_lines > 0 => {
            return Err(ReadError::new(window.name(), ReadErrorKind::NoTitles));
        }
        FormatKind::JsonLines => Box::new(JsonLinesReader::open(window, settings, resume)),
    })
}

impl CsvFormat {
    /// How CSV with a header is written that begins with this text, and how many bytes of it are the line `sep=;` that Excel writes before the header.
    pub fn sniffed(head: &[u8], is_whole: bool) -> (Self, usize) {
        let found = sniff_csv(head, is_whole, &ReadSettings::default());
        let format = Self {
            separator: char::from(found.separator),
            quote: found.quote.map(char::from),
            quotes_are_text: false,
            has_header: true,
        };
        (format, separator_line(head).map_or(0, |line| line.end))
    }
}

impl Format {
    /// Parses the text of one row again, as a dead letter holds it: one row or one refused at `place`. For `members` see [`ReadSettings::members`].
    pub fn parse_row(
        &self,
        columns: &[String],
        members: &[Member],
        raw: &str,
        place: Place,
    ) -> Rows {
        let settings = ReadSettings {
            columns: Some(columns.to_vec()),
            members: members.to_vec(),
            has_header: false,
            is_one_row: true,
            row_bytes_max: raw.len(),
            ..self.settings()
        };
        let rows = open_rows(Box::new(OneRow::new(raw)), &settings, None)
            .and_then(|mut reader| reader.next())
            .map(Option::unwrap_or_default);
        let mut rows = match rows {
            Ok(rows) if rows.places.len() + rows.refused.len() == 1 => rows,
            Ok(rows) if rows.refused.len() == 1 => Rows {
                refused: rows.refused,
                ..Rows::default()
            },
            Ok(_) => refused_row(raw, "not_one_row", "it is not one row", "한 줄이 아니에요"),
            Err(error) => match error.kind {
                ReadErrorKind::ColumnsNamed { found, wanted } => {
                    refused_for(raw, super::csv::ragged(wanted, found))
                }
                kind => refused_row(raw, "not_one_row", &kind.to_string(), "한 줄이 아니에요"),
            },
        };
        for at in rows
            .places
            .iter_mut()
            .chain(rows.refused.iter_mut().map(|row| &mut row.place))
        {
            *at = place;
        }
        rows.raw.start = place.bytes.start;
        rows.raw.is_one_row = true;
        rows
    }

    /// Settings that find out nothing.
    fn settings(&self) -> ReadSettings {
        let settings = ReadSettings {
            encoding: Some(Encoding::UTF_8),
            ..ReadSettings::default()
        };
        match self {
            Self::Csv(csv) => ReadSettings {
                kind: Some(FormatKind::Csv),
                separator: Some(csv.separator as u8),
                quote: Some(csv.quote.map(|quote| quote as u8)),
                is_quote_found: !csv.quotes_are_text,
                ..settings
            },
            Self::JsonLines | Self::Parquet => ReadSettings {
                kind: Some(FormatKind::JsonLines),
                ..settings
            },
        }
    }
}

/// The text of one row.
struct OneRow(Option<Text>);

impl OneRow {
    fn new(raw: &str) -> Self {
        Self(Some(Text {
            text: raw.as_bytes().to_vec(),
            ends_input: true,
            ..Text::default()
        }))
    }
}

impl Texts for OneRow {
    fn next(&mut self) -> Result<Option<Text>, ReadError> {
        Ok(self.0.take())
    }

    fn name(&self, _input: u32) -> &str {
        "the row"
    }
}

fn refused_row(raw: &str, code: &str, message: &str, message_ko: &str) -> Rows {
    refused_for(raw, reason(code, message.to_owned(), message_ko.to_owned()))
}

fn refused_for(raw: &str, reason: Reason) -> Rows {
    Rows {
        refused: vec![refused(Place::default(), raw.as_bytes(), vec![reason])],
        ..Rows::default()
    }
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
