//! Rows as they were read, before anybody asked what their cells mean.

use std::ops::Range;
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
    /// The text that the rows were read from, for dead letters.
    pub raw: Raw,
    /// Rows that could not be read as rows, in their order among the others.
    pub refused: Vec<Refused>,
}

/// A piece of an input's text, shared by what was made of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Raw {
    /// The text.
    pub text: Arc<[u8]>,
    /// Which byte of the input its first byte is.
    pub start: u64,
    /// Whether it is the text of one row, which need not be as long as its place any more: a dead letter that was mended.
    pub is_one_row: bool,
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

/// Rows handed on at once: of short rows 256 KiB are very many, and each has a place that weighs 40 bytes.
const ROWS_MAX: usize = 16 * 1024;

/// A refused row has its reasons in two languages, some 500 bytes, and counts for as many others as weigh that.
const REFUSED_COUNTS: usize = 12;

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

    /// Whether it is as much as is handed on at once.
    pub(crate) fn is_full(&self) -> bool {
        self.places.len() + REFUSED_COUNTS * self.refused.len() >= ROWS_MAX
    }

    /// Bytes of memory it holds, near enough for a bound.
    pub fn weight(&self) -> usize {
        self.text.len()
            + self.ends.len() * size_of::<u32>()
            + self.places.len() * size_of::<Place>()
            + self.raw.text.len()
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

    /// Its cells, to be asked one after another. The text is validated here as a whole, which costs a fraction of validating each cell.
    ///
    /// # Panics
    /// When the text is not UTF-8: the decoder has refused what is not.
    pub fn cells(&self) -> Cells<'_> {
        Cells {
            width: self.width,
            text: simdutf8::basic::from_utf8(&self.text)
                .expect("the decoder lets nothing through but UTF-8"),
            ends: &self.ends,
        }
    }

    /// One cell by itself. Whoever looks at many takes [`Self::cells`], which validates the text once.
    ///
    /// # Panics
    /// When there is no such row or column.
    pub fn cell(&self, row: usize, column: usize) -> Cell<'_> {
        span(&self.ends, row * self.width + column).map_or(Cell::Absent, |span| {
            let text = std::str::from_utf8(&self.text[span]);
            Cell::Text(text.expect("the decoder lets nothing through but UTF-8"))
        })
    }

    /// The line behind a row that was read at a place.
    pub fn line_after(&self, place: &Place) -> u64 {
        let raw = self.raw.at(place);
        let breaks = (0..raw.len()).filter(|at| match raw[*at] {
            b'\n' => true,
            b'\r' => raw.get(at + 1) != Some(&b'\n'),
            _ => false,
        });
        place.line + breaks.count() as u64 + 1
    }

    /// The text that a row was read from, its line end left out.
    pub fn raw_of(&self, row: usize) -> &[u8] {
        self.raw.at(&self.places[row])
    }
}

/// The cells of [`Rows`].
#[derive(Clone, Copy, Debug)]
pub struct Cells<'a> {
    width: usize,
    text: &'a str,
    ends: &'a [u32],
}

impl<'a> Cells<'a> {
    /// A cell of a row.
    ///
    /// # Panics
    /// When there is no such row or column.
    pub fn cell(&self, row: usize, column: usize) -> Cell<'a> {
        span(self.ends, row * self.width + column)
            .map_or(Cell::Absent, |span| Cell::Text(&self.text[span]))
    }

    /// A cell's text; one that is absent has none.
    ///
    /// # Panics
    /// When there is no such row or column.
    pub fn text(&self, row: usize, column: usize) -> &'a str {
        match self.cell(row, column) {
            Cell::Text(text) => text,
            Cell::Absent => "",
        }
    }
}

/// Where a cell's text stands; none when it is absent.
fn span(ends: &[u32], index: usize) -> Option<Range<usize>> {
    let end = ends[index];
    let start = match index {
        0 => 0,
        index => ends[index - 1] & !ABSENT,
    };
    (end & ABSENT == 0).then_some(start as usize..end as usize)
}

impl Raw {
    /// The text at a place, its line end left out.
    pub fn at(&self, place: &Place) -> &[u8] {
        let from = place.bytes.start.saturating_sub(self.start) as usize;
        let to = place.bytes.end.saturating_sub(self.start) as usize;
        let text = match self.is_one_row {
            true => without_blank_lines(&self.text),
            false => self.text.get(from..to).unwrap_or_default(),
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
            [0, 1, 2].map(|column| rows.cells().cell(0, column)),
            [Cell::Text("커피"), Cell::Absent, Cell::Text("4500")]
        );
    }
}
