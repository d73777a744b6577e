//! Beside the `csv` crate: what it writes is read the same, and whatever it reads of any text.

use std::collections::VecDeque;

use csv::{QuoteStyle, ReaderBuilder, Terminator, WriterBuilder};
use madang_import::Cell;
use madang_import::read::{ReadSettings, open_rows};
use proptest::prelude::*;

use super::{Pieces, text_of};

fn settings(separator: u8) -> ReadSettings {
    ReadSettings {
        has_header: false,
        separator: Some(separator),
        quote: Some(Some(b'"')),
        kind: Some(madang_import::read::FormatKind::Csv),
        ..ReadSettings::default()
    }
}

/// The cells of each row unless it is ragged.
type Read = Vec<Option<Vec<String>>>;

/// What stands for a row that only the crate takes: it has text behind a closing quote.
const STRAY: &str = "\0";

/// Up to the first row that the other reader would not refuse.
fn ours(text: &str, separator: u8, piece_bytes: usize) -> (Read, bool) {
    let texts = VecDeque::from([text_of(text)]);
    let pieces = Box::new(Pieces { texts, piece_bytes });
    let Ok(mut reader) = open_rows(pieces, &settings(separator), None) else {
        // The first row does not end, and says nothing of the columns.
        return (Read::new(), false);
    };
    let mut read = Read::new();
    let mut is_all = true;
    while let Some(rows) = reader.next().unwrap() {
        let mut some = Vec::new();
        for row in 0..rows.len() {
            let cells = (0..rows.width).map(|column| match rows.cell(row, column) {
                Cell::Text(text) => text.to_owned(),
                Cell::Absent => panic!("nothing is absent from CSV"),
            });
            some.push((rows.places[row].bytes.start, Some(cells.collect())));
        }
        for refused in &rows.refused {
            match refused.reasons[0].code.as_str() {
                "ragged" => some.push((refused.place.bytes.start, None)),
                "text_after_quote" => {
                    some.push((refused.place.bytes.start, Some(vec![STRAY.to_owned()])));
                }
                _ => is_all = false,
            }
        }
        some.sort();
        read.extend(some.into_iter().map(|(_, cells)| cells));
    }
    (read, is_all)
}

fn theirs(text: &str, separator: u8) -> Read {
    let mut reader = ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut read = Read::new();
    let mut width = None;
    for record in reader.records() {
        let record = record.unwrap();
        let width = *width.get_or_insert(record.len());
        let cells = record.iter().map(str::to_owned).collect();
        read.push((record.len() == width).then_some(cells));
    }
    read
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_the_crate_writes_is_read_as_it_was(
        rows in (1..5_usize).prop_flat_map(|width| {
            proptest::collection::vec(proptest::collection::vec("[a,;\"\r\n가 |\t]{0,8}", width), 1..8)
        }),
        separator in prop_oneof![Just(b','), Just(b';'), Just(b'\t'), Just(b'|')],
        style in prop_oneof![Just(QuoteStyle::Always), Just(QuoteStyle::Necessary), Just(QuoteStyle::NonNumeric)],
        terminator in prop_oneof![Just(Terminator::CRLF), Just(Terminator::Any(b'\n')), Just(Terminator::Any(b'\r'))],
        piece_bytes in prop_oneof![1..20_usize, Just(usize::MAX)],
    ) {
        let mut writer = WriterBuilder::new()
            .delimiter(separator)
            .quote_style(style)
            .terminator(terminator)
            .from_writer(Vec::new());
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        let (read, _) = ours(&text, separator, piece_bytes);
        let cells: Vec<_> = read.into_iter().map(Option::unwrap).collect();
        prop_assert_eq!(cells, rows, "{:?}", text);
    }

    #[test]
    fn any_text_is_read_as_the_crate_reads_it(
        text in "[a,;\"\r\n가 ]{0,60}",
        separator in prop_oneof![Just(b','), Just(b';')],
        piece_bytes in prop_oneof![1..20_usize, Just(usize::MAX)],
    ) {
        let (ours, is_all) = ours(&text, separator, piece_bytes);
        let mut theirs = theirs(&text, separator);
        if !is_all {
            // It takes what follows an unclosed quote for one row.
            theirs.pop();
        }
        let both = theirs.iter_mut().zip(&ours);
        for (row, ours) in both.filter(|(_, ours)| **ours == Some(vec![STRAY.to_owned()])) {
            row.clone_from(ours);
        }
        prop_assert_eq!(&ours[..ours.len().min(theirs.len())], &theirs[..], "{:?}", text);
        prop_assert!(!is_all || ours.len() == theirs.len(), "{:?}", text);
    }
}
