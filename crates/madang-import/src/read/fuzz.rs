//! What the fuzzers call, and an ordinary test over their kept corpus.

use std::sync::Arc;

use crate::read::decode::Decoder;
use crate::read::sniff::SNIFFED_BYTES;
use crate::read::{Bytes, Encoding, Pieces, ReadSettings, Source, Text, Texts, open_rows};
use crate::{Cell, Rows};

/// Any bytes, decoded in one piece and in pieces as long as the first byte says.
///
/// # Panics
/// When the pieces come out as another text, or something that is no UTF-8 comes out.
pub fn fuzz_decode(bytes: &[u8]) {
    let Some((first, bytes)) = bytes.split_first() else {
        return;
    };
    let said = match first >> 5 {
        0 => Some(Encoding::UTF_8),
        1 => Some(Encoding::CP949),
        2 => Some(Encoding::UTF_16LE),
        3 => Encoding::named("gb18030"),
        4 => Encoding::named("iso-2022-jp"),
        _ => None,
    };
    let whole = decoded(bytes, said, usize::MAX);
    let pieces = decoded(bytes, said, usize::from(first & 31) + 1);
    match (whole, pieces) {
        (Some(whole), Some(pieces)) => {
            assert!(
                std::str::from_utf8(&whole.0).is_ok(),
                "the text is no UTF-8"
            );
            assert_eq!(whole.0, pieces.0, "the pieces are another text");
            assert_eq!(whole.1, pieces.1, "other places are wrong");
        }
        (whole, pieces) => assert_eq!(whole.is_some(), pieces.is_some()),
    }
}

/// The text, and the bytes of it and of the source that cannot be decoded.
type Outcome = (Vec<u8>, Vec<(&'static str, u64)>);

fn decoded(bytes: &[u8], said: Option<Encoding>, piece_bytes: usize) -> Option<Outcome> {
    let head = &bytes[..bytes.len().min(SNIFFED_BYTES)];
    let is_whole = head.len() == bytes.len();
    let (mut decoder, mark) = Decoder::new(head, is_whole, said).ok()?;
    let (mut text, mut wrong) = (Vec::new(), Vec::new());
    let mut rest = &bytes[mark..];
    loop {
        let (piece, behind) = rest.split_at(rest.len().min(piece_bytes));
        rest = behind;
        let mut block = decoder.carried();
        block.extend_from_slice(piece);
        let decoded = decoder.decode(block, rest.is_empty()).ok()?;
        text.extend(decoded.text);
        // What follows at once on what is wrong may be noted with it or apart.
        for found in decoded.undecodable {
            let source = found.source_byte..found.source_byte + u64::from(found.len);
            wrong.extend(source.map(|byte| ("source", byte)));
            wrong.extend((found.span.start..found.span.end).map(|byte| ("text", byte)));
        }
        if rest.is_empty() {
            wrong.sort_unstable();
            return Some((text, wrong));
        }
    }
}

/// Any bytes as a file: read whole, and its text again in small pieces with another bound.
///
/// # Panics
/// When rows, places or what is refused depend on the pieces, when rows are out of order, or when a row's text does not say the same again.
pub fn fuzz_rows(bytes: &[u8]) {
    let Some((first, bytes)) = bytes.split_first() else {
        return;
    };
    let settings = ReadSettings {
        has_header: first & 1 == 0,
        row_bytes_max: if first & 2 == 0 { 64 } else { 1024 * 1024 },
        unpacked_bytes_max: 1 << 22,
        ..ReadSettings::default()
    };
    let input = Arc::new(Bytes::named("bytes", bytes));
    let mut texts = Vec::new();
    let mut source = Source::new(vec![input], &settings, None);
    while let Ok(Some(text)) = source.next() {
        texts.push(text);
    }
    let whole = read(texts.clone(), &settings, usize::MAX);
    let pieces = read(texts, &settings, usize::from(first >> 2) + 1);
    assert_eq!(whole, pieces, "the pieces say something else");
}

/// Rows as text, and the error at the end.
fn read(texts: Vec<Text>, settings: &ReadSettings, piece_bytes: usize) -> (Vec<String>, String) {
    let pieces = Pieces {
        texts: texts.into(),
        piece_bytes,
    };
    let mut said = Vec::new();
    let mut reader = match open_rows(Box::new(pieces), settings, None) {
        Ok(reader) => reader,
        Err(error) => return (said, error.to_string()),
    };
    let mut last = (0, 0);
    loop {
        match reader.next() {
            Ok(Some(rows)) => {
                for (place, cells) in all(&rows) {
                    let (row, start, end) = (place.row, place.bytes.start, place.bytes.end);
                    assert!(
                        row == last.0 + 1 && start >= last.1 && end > start,
                        "{place:?} after {last:?}"
                    );
                    last = (row, end);
                    said.push(format!("{place:?} {cells}"));
                }
                for row in 0..rows.len() {
                    assert_says_again(&rows, row, &*reader);
                }
            }
            Ok(None) => return (said, String::new()),
            Err(error) => return (said, error.to_string()),
        }
    }
}

fn all(rows: &Rows) -> Vec<(crate::Place, String)> {
    let taken = (0..rows.len()).map(|row| (rows.places[row], format!("{:?}", cells(rows, row))));
    let refused = rows
        .refused
        .iter()
        .map(|refused| (refused.place, format!("{refused:?}")));
    let mut all: Vec<_> = taken.chain(refused).collect();
    all.sort_by_key(|(place, _)| place.row);
    all
}

fn cells(rows: &Rows, row: usize) -> Vec<Cell<'_>> {
    (0..rows.width)
        .map(|column| rows.cell(row, column))
        .collect()
}

/// What a dead letter of this row would hold is parsed to the same cells.
fn assert_says_again(rows: &Rows, row: usize, reader: &dyn crate::read::RowReader) {
    let Ok(raw) = std::str::from_utf8(rows.raw_of(row)) else {
        panic!("the text of row {row} is no UTF-8");
    };
    if crate::read::sniff::separator_line(format!("{raw}\n").as_bytes()).is_some() {
        return;
    }
    let again = reader
        .format()
        .parse_row(reader.columns(), &[], raw, rows.places[row]);
    assert_eq!(again.len(), 1, "{raw:?} is refused: {:?}", again.refused);
    assert_eq!(cells(&again, 0), cells(rows, row), "{raw:?}");
    assert_eq!(
        again.raw_of(0),
        raw.trim_end_matches(['\r', '\n']).as_bytes()
    );
}
