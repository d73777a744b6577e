//! Where the cells of a row are.

use std::borrow::Cow;

/// How rows are written.
#[derive(Clone, Debug)]
pub(super) struct RowFormat {
    pub(super) separator: u8,
    pub(super) quote: Option<u8>,
    /// Which bytes end a plain cell.
    ends_cell: [bool; 256],
}

/// Where a cell stands in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CellAt {
    start: usize,
    end: usize,
    kind: CellKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CellKind {
    /// As it stands.
    Plain,
    /// Between quotes, which are not part of `start..end`; none within.
    Quoted,
    /// Between quotes, with more of them: it begins behind the first.
    Escaped,
}

/// What stands at a place of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scanned {
    /// A row with so many cells, of which no more than wanted were kept; the next row begins at `end`. `lines`: line breaks passed.
    Row {
        cells: usize,
        end: usize,
        lines: u64,
        /// Whether it ended with a line break, not with the text.
        is_ended: bool,
    },
    /// A line without anything.
    Blank { end: usize },
    /// The text ends before the row does.
    Cut,
    /// The text, which is all there is, ends within quotes.
    Open,
}

impl RowFormat {
    pub(super) fn new(separator: u8, quote: Option<u8>) -> Self {
        let mut ends_cell = [false; 256];
        for byte in [separator, b'\n', b'\r'] {
            ends_cell[usize::from(byte)] = true;
        }
        Self {
            separator,
            quote,
            ends_cell,
        }
    }

    /// Reads the row that begins at `at`, and keeps the first `cells_max` of its cells.
    pub(super) fn scan(
        &self,
        text: &[u8],
        at: usize,
        is_end: bool,
        cells_max: usize,
        cells: &mut Vec<CellAt>,
    ) -> Scanned {
        cells.clear();
        match text.get(at) {
            None => return Scanned::Cut,
            Some(b'\n') => return Scanned::Blank { end: at + 1 },
            Some(b'\r') => match text.get(at + 1) {
                Some(b'\n') => return Scanned::Blank { end: at + 2 },
                None if !is_end => return Scanned::Cut,
                _ => return Scanned::Blank { end: at + 1 },
            },
            Some(_) => {}
        }
        let mut count = 0;
        let mut lines = 0;
        let mut start = at;
        loop {
            let (cell, end) = match (self.quote, text.get(start)) {
                (Some(quote), Some(first)) if *first == quote => {
                    match self.quoted(text, start, quote, &mut lines) {
                        Some(found) => found,
                        None if is_end => return Scanned::Open,
                        None => return Scanned::Cut,
                    }
                }
                _ => self.plain(text, start),
            };
            if count < cells_max {
                cells.push(cell);
            }
            count += 1;
            let next = match (text.get(end), text.get(end + 1)) {
                (Some(byte), _) if *byte == self.separator => {
                    start = end + 1;
                    continue;
                }
                (Some(b'\n'), _) => end + 1,
                (Some(_), Some(b'\n')) => end + 2,
                (Some(_), None) if !is_end => return Scanned::Cut,
                (Some(_), _) => end + 1,
                (None, _) if is_end => {
                    return Scanned::Row {
                        cells: count,
                        end,
                        lines,
                        is_ended: false,
                    };
                }
                (None, _) => return Scanned::Cut,
            };
            return Scanned::Row {
                cells: count,
                end: next,
                lines: lines + 1,
                is_ended: true,
            };
        }
    }

    fn plain(&self, text: &[u8], start: usize) -> (CellAt, usize) {
        let rest = &text[start..];
        let length = rest
            .iter()
            .position(|byte| self.ends_cell[usize::from(*byte)]);
        let end = start + length.unwrap_or(rest.len());
        let kind = CellKind::Plain;
        (CellAt { start, end, kind }, end)
    }

    /// A cell between quotes, and where it ends; none when the text ends before. What stands behind the closing quote belongs to it.
    fn quoted(
        &self,
        text: &[u8],
        opening: usize,
        quote: u8,
        lines: &mut u64,
    ) -> Option<(CellAt, usize)> {
        let start = opening + 1;
        let mut at = start;
        let mut kind = CellKind::Quoted;
        let close = loop {
            let close = at + memchr::memchr(quote, &text[at..])?;
            if text.get(close + 1) != Some(&quote) {
                break close;
            }
            kind = CellKind::Escaped;
            at = close + 2;
        };
        *lines += breaks_in(&text[start..close]);
        let (_, end) = self.plain(text, close + 1);
        if end > close + 1 {
            let kind = CellKind::Escaped;
            return Some((CellAt { start, end, kind }, end));
        }
        let cell_end = match kind {
            CellKind::Escaped => end,
            _ => close,
        };
        let end_of = CellAt {
            start,
            end: cell_end,
            kind,
        };
        Some((end_of, end))
    }
}

impl CellAt {
    /// What the cell says, without the spaces around it.
    pub(super) fn text<'text>(self, text: &'text str, quote: Option<u8>) -> Cow<'text, str> {
        let cell = &text[self.start..self.end];
        match (self.kind, quote) {
            (CellKind::Escaped, Some(quote)) => Cow::Owned(unescaped(cell, char::from(quote))),
            _ => Cow::Borrowed(cell.trim()),
        }
    }
}

/// How many lines end in this text.
pub(super) fn breaks_in(text: &[u8]) -> u64 {
    memchr::memchr2_iter(b'\n', b'\r', text)
        .filter(|at| text[*at] == b'\n' || text.get(at + 1) != Some(&b'\n'))
        .count() as u64
}

/// A cell from behind its first quote on: two quotes are one, a single one ends what is quoted.
fn unescaped(cell: &str, quote: char) -> String {
    let mut text = String::with_capacity(cell.len());
    let mut characters = cell.chars().peekable();
    while let Some(character) = characters.next() {
        if character != quote {
            text.push(character);
        } else if characters.next_if_eq(&quote).is_some() {
            text.push(quote);
        } else {
            text.extend(characters.by_ref());
        }
    }
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<Vec<String>> {
        let format = RowFormat::new(b',', Some(b'"'));
        let mut rows = Vec::new();
        let mut cells = Vec::new();
        let mut at = 0;
        loop {
            match format.scan(text.as_bytes(), at, true, 100, &mut cells) {
                Scanned::Row { end, .. } => {
                    let texts = cells
                        .iter()
                        .map(|cell| cell.text(text, Some(b'"')).into_owned());
                    rows.push(texts.collect());
                    at = end;
                }
                Scanned::Blank { end } => at = end,
                Scanned::Cut | Scanned::Open => return rows,
            }
        }
    }

    #[test]
    fn cells_are_found() {
        let check = |text: &str, expected: &[&[&str]]| {
            assert_eq!(rows(text), expected, "{text:?}");
        };
        check("a,b\nc,d\n", &[&["a", "b"], &["c", "d"]]);
        check("a,b\r\nc,d", &[&["a", "b"], &["c", "d"]]);
        check("a,b\rc,d\r", &[&["a", "b"], &["c", "d"]]);
        check("\n\na\n\n\r\nb\n", &[&["a"], &["b"]]);
        check("a,,\n,\n", &[&["a", "", ""], &["", ""]]);
        check("a,", &[&["a", ""]]);
        check("\"a,b\",\"c\nd\"\n", &[&["a,b", "c\nd"]]);
        check("\"say \"\"hi\"\"\",x\n", &[&["say \"hi\"", "x"]]);
        check("\"a\"b,x\n", &[&["ab", "x"]]);
        check("\"\"\"\"\n", &[&["\""]]);
        check("5\" pipe,x\n", &[&["5\" pipe", "x"]]);
        check(" a , b \n", &[&["a", "b"]]);
        check("\"a\n", &[]);
    }

    #[test]
    fn lines_are_counted_once_however_they_end() {
        assert_eq!(breaks_in(b"a\nb\r\nc\rd"), 3);
    }

    #[test]
    fn a_row_is_cut_where_more_may_follow() {
        let format = RowFormat::new(b',', Some(b'"'));
        let check = |text: &str| {
            let scanned = format.scan(text.as_bytes(), 0, false, 9, &mut Vec::new());
            assert_eq!(scanned, Scanned::Cut, "{text:?}");
        };
        check("");
        check("a,b");
        check("a,b\r");
        check("\"a");
        check("\"a\"");
        check("\r");
    }
}
