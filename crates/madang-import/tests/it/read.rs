//! Reading, from bytes to rows.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::{Cursor, Read};
use std::sync::Arc;

use madang_import::read::{
    Input, ReadError, ReadSettings, Resume, RowReader, Source, Text, Texts, open_rows,
};
use madang_import::{Cell, Place, Rows};

mod corpus;
mod csv;
mod csv_crate;
mod encodings;
mod json_lines;
mod packed;
mod python;
mod resume;

/// Bytes in memory as an input.
pub struct Bytes {
    pub name: &'static str,
    pub bytes: Vec<u8>,
    pub entry: Option<&'static str>,
}

pub fn bytes(name: &'static str, bytes: impl Into<Vec<u8>>) -> Arc<dyn Input> {
    let bytes = bytes.into();
    let entry = None;
    Arc::new(Bytes { name, bytes, entry })
}

impl Input for Bytes {
    fn name(&self) -> &str {
        self.name
    }

    fn entry(&self) -> Option<&str> {
        self.entry
    }

    fn bytes(&self) -> Result<Option<u64>, ReadError> {
        Ok(Some(self.bytes.len() as u64))
    }

    fn can_seek(&self) -> bool {
        true
    }

    fn open_at(&self, byte: u64) -> Result<Box<dyn Read + Send>, ReadError> {
        // Behind the end of a file there is nothing, and it is no error.
        let rest = self.bytes.get(byte as usize..).unwrap_or_default().to_vec();
        Ok(Box::new(Cursor::new(rest)))
    }
}

/// Texts cut into pieces at characters.
pub struct Pieces {
    pub texts: VecDeque<Text>,
    pub piece_bytes: usize,
}

impl Texts for Pieces {
    fn next(&mut self) -> Result<Option<Text>, ReadError> {
        let Some(text) = self.texts.front_mut() else {
            return Ok(None);
        };
        let mut cut = text.text.len().min(self.piece_bytes);
        while text.text.get(cut).is_some_and(|byte| byte & 0xc0 == 0x80) {
            cut += 1;
        }
        if cut == text.text.len() {
            return Ok(self.texts.pop_front());
        }
        let rest = text.text.split_off(cut);
        let end = text.start + cut as u64;
        let behind = text
            .undecodable
            .partition_point(|wrong| wrong.span.start < end);
        let undecodable = text.undecodable.split_off(behind);
        let piece = Text {
            text: std::mem::replace(&mut text.text, rest),
            undecodable: std::mem::replace(&mut text.undecodable, undecodable),
            ends_input: false,
            ..*text
        };
        text.start = end;
        Ok(Some(piece))
    }

    fn name(&self, _input: u32) -> &str {
        "file"
    }
}

/// Text as a reader of rows gets it.
pub fn text_of(text: &str) -> Text {
    Text {
        text: text.as_bytes().to_vec(),
        ends_input: true,
        ..Text::default()
    }
}

pub fn rows_of(text: &str, settings: &ReadSettings, piece_bytes: usize) -> String {
    let texts = VecDeque::from([text_of(text)]);
    said(open_rows(
        Box::new(Pieces { texts, piece_bytes }),
        settings,
        None,
    ))
}

pub fn read(inputs: Vec<Arc<dyn Input>>, settings: &ReadSettings) -> String {
    read_from(inputs, settings, None)
}

pub fn read_from(
    inputs: Vec<Arc<dyn Input>>,
    settings: &ReadSettings,
    resume: Option<&Resume>,
) -> String {
    let source = Source::new(inputs, settings, resume);
    said(open_rows(Box::new(source), settings, resume))
}

/// What a reader says: the columns, a line for each row, and the error that ended it.
pub fn said(reader: Result<Box<dyn RowReader>, ReadError>) -> String {
    let mut reader = match reader {
        Ok(reader) => reader,
        Err(error) => return format!("error: {error}\n"),
    };
    let mut said = format!("{}\n", reader.columns().join("|"));
    loop {
        match reader.next() {
            Ok(Some(rows)) => {
                for (place, line) in lines(&rows) {
                    let input = if place.input > 0 {
                        format!("{}:", place.input)
                    } else {
                        String::new()
                    };
                    let (row, at, bytes) = (place.row, place.line, place.bytes);
                    writeln!(
                        said,
                        "{input}{row} @{at} {}..{} {line}",
                        bytes.start, bytes.end
                    )
                    .unwrap();
                }
            }
            Ok(None) => return said,
            Err(error) => {
                writeln!(said, "error: {error}").unwrap();
                return said;
            }
        }
    }
}

/// Rows and refused ones in the order of the file.
pub fn lines(rows: &Rows) -> Vec<(Place, String)> {
    let taken = (0..rows.len()).map(|row| (rows.places[row], cells(rows, row)));
    let refused = rows.refused.iter().map(|refused| {
        let codes: Vec<_> = refused
            .reasons
            .iter()
            .map(|reason| reason.code.as_str())
            .collect();
        let shortened = if refused.is_shortened { "…" } else { "" };
        (
            refused.place,
            format!("! {} {:?}{shortened}", codes.join(", "), refused.raw),
        )
    });
    let mut lines: Vec<_> = taken.chain(refused).collect();
    lines.sort_by_key(|(place, _)| place.row);
    lines
}

fn cells(rows: &Rows, row: usize) -> String {
    let cells = (0..rows.width).map(|column| match rows.cell(row, column) {
        Cell::Text(text) => format!("{text:?}"),
        Cell::Absent => "-".to_owned(),
    });
    cells.collect::<Vec<_>>().join("|")
}
