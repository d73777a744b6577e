//! Rows as they were read, before anybody asked what their cells mean.

use std::sync::Arc;

use crate::place::Place;
use crate::refused::Refused;

/// Some rows of one input: their cells one after another in one buffer, and the text they were read from. All rows have as many cells as the
/// input has columns; what has more or fewer is among the refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// How many cells a row has.
    pub width: usize,
    /// The cells' text, unquoted and unescaped.
    pub text: Vec<u8>,
    /// Where each cell ends in `text`; a cell begins where the one before it ends. The highest bit says that the cell is absent (null).
    pub ends: Vec<u32>,
    /// The place of each row.
    pub places: Vec<Place>,
    /// The text that the rows were read from, for dead letters; byte 0 of it is byte `raw_start` of the input.
    pub raw: Arc<[u8]>,
    /// See `raw`.
    pub raw_start: u64,
    /// Rows that could not be read as rows, in their order among the others.
    pub refused: Vec<Refused>,
}

/// One cell. Text is UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell<'a> {
    /// Nothing stands there: null in JSON or Parquet, a member that is missing. An empty cell of a CSV file is an empty text.
    Absent,
    /// Its text: a string's contents, a number's digits, `true` or `false`, or JSON of what is nested.
    Text(&'a str),
}

/// The bit of an end that says that a cell is absent.
const ABSENT: u32 = 1 << 31;

impl Rows {
    /// The most bytes of cells that one value holds: ends are 31 bits.
    pub const TEXT_BYTES_MAX: usize = (ABSENT - 1) as usize;

    /// How many rows.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether it holds neither rows nor refused ones.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty() && self.refused.is_empty()
    }

    /// Bytes of memory it holds, near enough for a bound.
    pub fn weight(&self) -> usize {
        self.text.len()
            + self.ends.len() * size_of::<u32>()
            + self.places.len() * size_of::<Place>()
            + self.raw.len()
            + self.refused.iter().map(Refused::weight).sum::<usize>()
    }

    /// Ends a cell whose text has been put at the end of `text`.
    pub fn end_cell(&mut self) {
        debug_assert!(self.text.len() <= Self::TEXT_BYTES_MAX);
        self.ends.push(self.text.len() as u32);
    }

    /// A cell in which nothing stands.
    pub fn absent_cell(&mut self) {
        self.ends.push(self.text.len() as u32 | ABSENT);
    }

    /// A cell of a row. Text that is no UTF-8 cannot be here: the decoder has refused it.
    pub fn cell(&self, row: usize, column: usize) -> Cell<'_> {
        let index = row * self.width + column;
        let end = self.ends[index];
        if end & ABSENT != 0 {
            return Cell::Absent;
        }
        let start = match index {
            0 => 0,
            index => self.ends[index - 1] & !ABSENT,
        };
        Cell::Text(
            std::str::from_utf8(&self.text[start as usize..end as usize]).unwrap_or_default(),
        )
    }

    /// The line behind a row that was read at a place.
    pub fn line_after(&self, place: &Place) -> u64 {
        let raw = self.raw_at(place);
        let breaks = (0..raw.len()).filter(|at| match raw[*at] {
            b'\n' => true,
            b'\r' => raw.get(at + 1) != Some(&b'\n'),
            _ => false,
        });
        place.line + breaks.count() as u64 + 1
    }

    /// The text that a row was read from, its line end left out.
    pub fn raw_of(&self, row: usize) -> &[u8] {
        self.raw_at(&self.places[row])
    }

    /// The text at a place of these rows, its line end left out.
    pub fn raw_at(&self, place: &Place) -> &[u8] {
        let from = place.bytes.start.saturating_sub(self.raw_start) as usize;
        let to = place.bytes.end.saturating_sub(self.raw_start) as usize;
        let is_alone = from == 0 && self.len() == 1 && self.refused.is_empty();
        let text = match is_alone {
            // A dead letter that was mended is no longer as long as its place.
            true => without_blank_lines(&self.raw),
            false => self.raw.get(from..to).unwrap_or_default(),
        };
        let text = text.strip_suffix(b"\n").unwrap_or(text);
        text.strip_suffix(b"\r").unwrap_or(text)
    }
}

/// Blank lines behind a row are no part of it.
fn without_blank_lines(raw: &[u8]) -> &[u8] {
    let last = raw.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r'));
    last.map_or(&[], |last| &raw[..=last])
}

#[cfg(test)]
mod tests {
    use super::{Cell, Rows};

    #[test]
    fn an_absent_cell_takes_no_text_and_does_not_move_its_neighbours() {
        let mut rows = Rows {
            width: 3,
            ..Rows::default()
        };
        rows.text.extend_from_slice("커피".as_bytes());
        rows.end_cell();
        rows.absent_cell();
        rows.text.extend_from_slice(b"4500");
        rows.end_cell();
        rows.places.push(crate::Place::default());
        assert_eq!(
            [0, 1, 2].map(|column| rows.cell(0, column)),
            [Cell::Text("커피"), Cell::Absent, Cell::Text("4500")]
        );
    }
}
