//! Reading, from bytes to rows.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::Arc;

use madang_import::read::{
    Bytes, Input, Pieces, ReadError, ReadSettings, RowReader, Source, Text, open_rows,
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

pub fn bytes(name: &'static str, bytes: impl Into<Vec<u8>>) -> Arc<dyn Input> {
    Arc::new(Bytes::named(name, bytes))
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
    let source = Source::new(inputs, settings, None);
    said(open_rows(Box::new(source), settings, None))
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
