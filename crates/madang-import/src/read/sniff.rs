//! What a file is written as, from its beginning.

use crate::read::error::{ReadErrorKind, Unsupported};
use crate::read::settings::{FormatKind, ReadSettings};

/// How much of the beginning is looked at: hundreds of rows.
pub const SNIFFED_BYTES: usize = 64 * 1024;

/// U+FEFF in UTF-8.
pub(crate) const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Between cells, the more usual first: of two that fit alike the first is taken.
pub(crate) const SEPARATORS: [u8; 4] = *b",\t;|";

/// How CSV is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SniffedCsv {
    pub separator: u8,
    pub quote: Option<u8>,
}

/// The line `sep=;` with which Excel lets a file name its separator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SeparatorLine {
    pub separator: u8,
    /// Where the next line begins.
    pub end: usize,
}

/// CSV or JSON Lines.
pub(crate) fn sniff_kind(text: &[u8]) -> Result<FormatKind, ReadErrorKind> {
    match text.trim_ascii_start() {
        [b'{', ..] => Ok(FormatKind::JsonLines),
        [b'[', rest @ ..] if matches!(rest.trim_ascii_start(), [] | [b'{', ..]) => {
            Err(ReadErrorKind::Unsupported(Unsupported::JsonArray))
        }
        _ => Ok(FormatKind::Csv),
    }
}

/// The separator and the quote, where the user did not say.
pub(crate) fn sniff_csv(text: &[u8], is_end: bool, settings: &ReadSettings) -> SniffedCsv {
    let named = separator_line(text);
    let head = &text[named.map_or(0, |line| line.end)..];
    let head = whole_lines(head, is_end);
    let separator = settings.separator.or(named.map(|line| line.separator));
    let separators = separator.map_or(SEPARATORS.to_vec(), |separator| vec![separator]);
    let best = |quote: Option<u8>| {
        let candidates = separators.iter().map(|separator| SniffedCsv {
            separator: *separator,
            quote,
        });
        let fits = candidates.map(|candidate| (candidate, Fit::of(head, candidate)));
        let best = fits.reduce(|best, next| match next.1.is_better_than(best.1) {
            true => next,
            false => best,
        });
        best.expect("there is a separator to try")
    };
    match settings.quote {
        Some(quote) => best(quote).0,
        None => {
            let (quoted, fit) = best(Some(b'"'));
            let (single, single_fit) = best(Some(b'\''));
            match fit.quotes == 0 && single_fit.is_quoted_throughout() {
                true => single,
                false if fit.odd_quotes > fit.quotes => best(None).0,
                false => quoted,
            }
        }
    }
}

/// See [`SeparatorLine`].
pub(crate) fn separator_line(text: &[u8]) -> Option<SeparatorLine> {
    let end = text
        .iter()
        .take(16)
        .position(|byte| matches!(byte, b'\n' | b'\r'))?;
    let line = &text[..end];
    let line = line
        .strip_prefix(b"\"")
        .and_then(|line| line.strip_suffix(b"\""))
        .unwrap_or(line);
    let (word, separator) = line.split_at_checked(4)?;
    let [separator] = separator else {
        return None;
    };
    let after = match &text[end..] {
        [b'\r', b'\n', ..] => end + 2,
        _ => end + 1,
    };
    (word.eq_ignore_ascii_case(b"sep=") && separator.is_ascii()).then_some(SeparatorLine {
        separator: *separator,
        end: after,
    })
}

/// The lines that are there from beginning to end, so that the last row is not taken for a short one.
fn whole_lines(text: &[u8], is_end: bool) -> &[u8] {
    if is_end && text.len() <= SNIFFED_BYTES {
        return text;
    }
    let text = &text[..text.len().min(SNIFFED_BYTES)];
    let end = text.iter().rposition(|byte| matches!(byte, b'\n' | b'\r'));
    end.map_or(text, |end| &text[..=end])
}

/// How well the beginning of a file fits a way of writing it.
#[derive(Clone, Copy, Debug)]
struct Fit {
    /// How many cells the first row has.
    width: usize,
    /// Rows with as many cells as the first.
    same: usize,
    rows: usize,
    /// Quotes that open and close a cell.
    quotes: usize,
    /// Those that do only one of both.
    odd_quotes: usize,
}

impl Fit {
    fn of(text: &[u8], candidate: SniffedCsv) -> Self {
        let mut fit = Self {
            width: 0,
            same: 0,
            rows: 0,
            quotes: 0,
            odd_quotes: 0,
        };
        let mut row = Row::default();
        for byte in text {
            if row.take(*byte, candidate) {
                fit.add(&row);
                row = Row::default();
            }
        }
        if !row.is_blank() {
            fit.add(&row);
        }
        fit
    }

    fn add(&mut self, row: &Row) {
        let cells = row.width();
        self.quotes += row.closed;
        self.odd_quotes += row.closed_inside + usize::from(row.is_open());
        if self.rows == 0 {
            self.width = cells;
        }
        self.rows += 1;
        self.same += usize::from(cells == self.width);
    }

    /// Whether quotes enclose cells in every row but the header, and nothing speaks against it: an apostrophe is more often one than a quote.
    fn is_quoted_throughout(self) -> bool {
        self.odd_quotes == 0
            && self.same == self.rows
            && self.quotes > 0
            && self.quotes + 1 >= self.rows
    }

    fn is_better_than(self, other: Self) -> bool {
        let splits = |fit: Self| fit.width >= 2;
        // Shares of rows, compared without a fraction.
        let (mine, theirs) = (self.same * other.rows, other.same * self.rows);
        match (splits(self), splits(other)) {
            (true, true) if mine == theirs => self.width > other.width,
            (true, true) => mine > theirs,
            (mine, theirs) => mine && !theirs,
        }
    }
}

/// A row on its way.
#[derive(Default)]
struct Row {
    cells: usize,
    is_quoted: bool,
    /// A quote within quotes: the first of two, or the closing one.
    is_behind_quote: bool,
    is_in_cell: bool,
    /// Quotes that close a cell, and those that close in the middle of one.
    closed: usize,
    closed_inside: usize,
}

impl Row {
    fn is_blank(&self) -> bool {
        self.cells == 0
    }

    /// How many cells it has; none when it does not end.
    fn width(&self) -> usize {
        if self.is_open() { 0 } else { self.cells }
    }

    fn is_open(&self) -> bool {
        self.is_quoted && !self.is_behind_quote
    }

    /// Takes a byte; whether it ended a row.
    fn take(&mut self, byte: u8, candidate: SniffedCsv) -> bool {
        let is_end = matches!(byte, b'\n' | b'\r');
        if self.is_blank() && is_end {
            return false;
        }
        self.cells = self.cells.max(1);
        let is_quote = Some(byte) == candidate.quote;
        if self.is_quoted && !self.is_behind_quote {
            self.is_behind_quote = is_quote;
            return false;
        }
        if self.is_behind_quote {
            self.is_behind_quote = false;
            self.is_quoted = is_quote;
            if is_quote {
                return false;
            }
            match is_end || byte == candidate.separator {
                true => self.closed += 1,
                false => self.closed_inside += 1,
            }
        }
        if is_end {
            return true;
        }
        if byte == candidate.separator {
            self.cells += 1;
            self.is_in_cell = false;
        } else {
            self.is_quoted = is_quote && !self.is_in_cell;
            self.is_in_cell = true;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::{SeparatorLine, SniffedCsv, separator_line, sniff_csv};
    use crate::read::ReadSettings;

    #[test]
    fn separators_and_quotes_are_found() {
        let check = |text: &str, separator: char, quote: Option<char>| {
            let expected = SniffedCsv {
                separator: separator as u8,
                quote: quote.map(|quote| quote as u8),
            };
            let found = sniff_csv(text.as_bytes(), true, &ReadSettings::default());
            assert_eq!(found, expected, "{text:?}");
        };
        check("", ',', Some('"'));
        check("name\n아메리카노\n", ',', Some('"'));
        check("name,price\nlatte,5000\n", ',', Some('"'));
        check("name;price\nlatte;5,5\nmocha;6,0\n", ';', Some('"'));
        check("x;y\n1,5;2,5\n3,5;4,5\n", ';', Some('"'));
        check("a, b\tc\n1, 2\t3\n4\t5\n", '\t', Some('"'));
        check("a|b|c\n1|2|3\n", '|', Some('"'));
        check("a,b\n\"1;2;3\n4;5;6\",7\n", ',', Some('"'));
        check("a\tb\n\"5 inch\t1\n\"6 inch\t2\n7 inch\t3\n", '\t', None);
        check("a,b\n5\" pipe,2\n", ',', Some('"'));
        check("sep=;\na,b;c,d\n1,2;3,4\n", ';', Some('"'));
        check(
            "a,b,c\n'A1','b, c','1,000'\n'A2','d','2'\n",
            ',',
            Some('\''),
        );
        check("'a';'b'\n'1';'2'\n", ';', Some('\''));
        check("a,b\n'00123,x\n'00124,y\n", ',', Some('"'));
        check("a,b\n'tis,rock 'n' roll\n", ',', Some('"'));
        check("a,b\n'x',1\ny,2\nz,3\n", ',', Some('"'));
        check("a,b\n\"x\",'1'\n\"y\",'2'\n", ',', Some('"'));
        check("name\none, two\nthree\n", ',', Some('"'));
    }

    #[test]
    fn the_line_that_names_the_separator_is_excel_s() {
        let check = |text: &[u8], expected: Option<(u8, usize)>| {
            let expected = expected.map(|(separator, end)| SeparatorLine { separator, end });
            assert_eq!(separator_line(text), expected);
        };
        check(b"sep=;\r\na;b", Some((b';', 7)));
        check(b"SEP=|\na", Some((b'|', 6)));
        check(b"\"sep=\t\"\na", Some((b'\t', 8)));
        check(b"sep=\na", None);
        check(b"sep=ab\na", None);
        check(b"separator,b\n", None);
        check(b"sep=;", None);
    }
}
