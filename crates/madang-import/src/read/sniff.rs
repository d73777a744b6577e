//! What a file is written as, from its beginning.

use crate::read::error::ReadErrorKind;
use crate::read::settings::{FormatKind, ReadSettings};

/// How much of the beginning is looked at: hundreds of rows.
pub const SNIFFED_BYTES: usize = 64 * 1024;

/// U+FEFF in UTF-8.
pub(crate) const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Between cells, the more usual first: of two that fit alike the first is taken.
const SEPARATORS: [u8; 4] = *b",\t;|";

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
            Err(ReadErrorKind::Unsupported {
                what: "one JSON array",
                instead: "write an object a line (JSON Lines), as `jq -c '.[]'` does",
            })
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
    let quotes = settings
        .quote
        .map_or(vec![Some(b'"'), None], |quote| vec![quote]);
    let candidates = quotes.iter().flat_map(|quote| {
        separators.iter().map(|separator| SniffedCsv {
            separator: *separator,
            quote: *quote,
        })
    });
    let mut best: Option<(SniffedCsv, Fit)> = None;
    for candidate in candidates {
        let fit = Fit::of(head, candidate);
        if best.is_none_or(|(_, before)| fit.is_better_than(before)) {
            best = Some((candidate, fit));
        }
    }
    best.map_or(
        SniffedCsv {
            separator: b',',
            quote: Some(b'"'),
        },
        |(candidate, _)| candidate,
    )
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
}

impl Fit {
    fn of(text: &[u8], candidate: SniffedCsv) -> Self {
        let mut fit = Self {
            width: 0,
            same: 0,
            rows: 0,
        };
        let mut row = Row::default();
        for byte in text {
            if row.take(*byte, candidate) {
                fit.add(row.cells);
                row = Row::default();
            }
        }
        if !row.is_blank() {
            // A quote that is still open at the end: these are not its quotes, or the last row is cut.
            let cells = if row.is_quoted { 0 } else { row.cells };
            fit.add(cells);
        }
        fit
    }

    fn add(&mut self, cells: usize) {
        if self.rows == 0 {
            self.width = cells;
        }
        self.rows += 1;
        self.same += usize::from(cells == self.width);
    }

    fn is_better_than(self, other: Self) -> bool {
        let splits = |fit: Self| fit.width >= 2;
        // Shares of rows, compared without a fraction; a row less does not tell quotes from none, where the sample may be cut within one.
        let (mine, theirs) = (self.same * other.rows, other.same * self.rows);
        match (splits(self), splits(other)) {
            (true, true) if mine == theirs => self.width > other.width && self.rows >= other.rows,
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
}

impl Row {
    fn is_blank(&self) -> bool {
        self.cells == 0
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
