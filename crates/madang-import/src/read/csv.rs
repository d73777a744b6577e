//! CSV by RFC 4180, with the usual departures.
//!
//! - Rows end with `\r\n`, `\n` or a lone `\r`; lines with nothing on them are passed over; the last row needs no end.
//! - A quote means something only at the beginning of a cell; a row in which text follows a closing quote is refused. Blanks there are taken as they stand.
//! - A row with more or fewer cells than there are columns is refused.
//! - A quote that is never closed takes no more with it than its own line: when no end of the row is found within the most bytes of a row, the line
//!   is refused and reading goes on with the next.
//!
//! `csv-core` does the same work but does not say whether it stands inside quotes, so an unclosed one cannot be told from the end of a row.

use memchr::memchr2;

use crate::read::RowReader;
use crate::read::decode::Encoding;
use crate::read::error::{At, ReadError, ReadErrorKind};
use crate::read::format::{CsvFormat, Format};
use crate::read::marks::Marks;
use crate::read::settings::{ReadSettings, Resume};
use crate::read::sniff::{BYTE_ORDER_MARK, sniff_csv};
use crate::read::window::{self, More, Window, mark_inside, reason, refused, row_too_long};
use crate::refused::{RAW_BYTES_MAX, Reason};
use crate::rows::{Raw, Rows};

mod header;
mod scan;
mod titles;

use scan::{DeadEnd, Scanned, Within};

/// Reads CSV.
pub struct CsvReader {
    window: Window,
    marks: Marks,
    format: Format,
    separator: u8,
    /// 0xff, which is in no text, when there are no quotes.
    quote: u8,
    has_header: bool,
    columns: Vec<String>,
    /// The input that named the columns.
    named_by: u32,
    row_bytes_max: usize,
    /// Where in the window the next row begins.
    at: usize,
    /// Where in the window the text begins that goes with the next rows.
    raw_from: usize,
    /// Rows of this input before the next.
    row: u64,
    /// The line on which it begins.
    line: u64,
    /// The line of the header of the input in hand.
    header_line: u64,
    /// Lines above the header of each input.
    skip_lines: u64,
    resume: Option<Resume>,
    /// A byte of this input before which everything was read in another run.
    pass_to: u64,
    skipping: Option<Skipping>,
    dead_end: Option<DeadEnd>,
    /// The cells of the rows before, which the next will be like.
    cells_before: usize,
    /// See [`RowReader::titles_above`].
    titles_above: Option<u64>,
    /// That cells are not quoted was found out, so that one which is refused for it.
    suspects_quotes: bool,
    /// Whether the text is a file's, which may end with such marks, and not a row's.
    has_end_mark: bool,
}

/// A line that is too long, on the way to its end.
struct Skipping {
    start: u64,
    raw: Vec<u8>,
}

/// How a row ended.
#[derive(Clone, Copy)]
enum Parsed {
    Row {
        /// Behind its last character.
        content_end: usize,
        /// Behind the line's end.
        end: usize,
        /// Line ends within quotes.
        breaks: u64,
        /// The first cell, counted on from those of the rows before, behind whose closing quote text stands.
        stray: Option<usize>,
    },
    /// The text in hand ends before the row does.
    Cut { is_quoted: bool },
    /// It came onto the way of a row that was found to have no end.
    DeadEnd,
}

/// What to do about a row that does not end as it should.
enum Verdict {
    /// It does end: it is to be parsed.
    Ends,
    /// It cannot be said before there is more text.
    Wait,
    /// Its quote is not closed: its first line is refused. Where that ends, and the next begins.
    Unclosed { end: usize },
    /// Its line is too long.
    TooLong,
}

impl CsvReader {
    /// Begins with what the window has of the first input: 64 KiB or all of it.
    pub(crate) fn open(
        mut window: Window,
        settings: &ReadSettings,
        resume: Option<&Resume>,
    ) -> Result<Self, ReadError> {
        let has_end_mark = !settings.is_one_row;
        drop_end_marks(&mut window, 0, has_end_mark);
        let titles = header::lines_end(&window.text, settings.skip_lines);
        let sniffed = sniff_csv(&window.text[titles..], window.is_end, settings);
        let mut reader = Self {
            marks: Marks::default(),
            separator: sniffed.separator,
            quote: sniffed.quote.unwrap_or(NO_QUOTE),
            has_header: settings.has_header,
            format: Format::Csv(CsvFormat {
                separator: char::from(sniffed.separator),
                quote: sniffed.quote.map(char::from),
                quotes_are_text: settings.quote == Some(None) && !settings.is_quote_found,
                has_header: settings.has_header,
            }),
            columns: Vec::new(),
            named_by: window.input,
            row_bytes_max: settings.row_bytes_max,
            at: 0,
            raw_from: 0,
            row: 0,
            line: 1,
            header_line: 1,
            skip_lines: settings.skip_lines,
            resume: resume.cloned(),
            pass_to: 0,
            skipping: None,
            dead_end: None,
            cells_before: 0,
            titles_above: None,
            has_end_mark,
            suspects_quotes: sniffed.quote.is_none()
                && (settings.quote.is_none() || settings.is_quote_found),
            window,
        };
        reader.begin_input(Some(settings))?;
        Ok(reader)
    }

    /// The rows that end in the window, as many as are handed on at once.
    fn rows(&mut self) -> Rows {
        let mut rows = Rows {
            width: self.columns.len(),
            text: Vec::with_capacity(self.window.text.len() - self.at),
            ends: Vec::with_capacity(self.cells_before),
            places: Vec::with_capacity(self.cells_before / self.columns.len().max(1)),
            ..Rows::default()
        };
        if self.skipping.is_some() && !self.skip_line(&mut rows) {
            return rows;
        }
        while !rows.is_full() && self.next_row(&mut rows) {}
        self.cells_before = rows.ends.len() + rows.ends.len() / 8;
        if !rows.is_empty() {
            rows.raw = Raw {
                text: self.window.raw(self.raw_from, self.at),
                start: self.window.start + self.raw_from as u64,
                is_one_row: false,
            };
            self.raw_from = self.at;
        }
        rows
    }

    /// Whether there was a row, or a line that was passed over.
    #[inline(always)]
    fn next_row(&mut self, rows: &mut Rows) -> bool {
        let Some(first) = self.window.text.get(self.at).copied() else {
            return false;
        };
        if matches!(first, b'\n' | b'\r') {
            return self.pass_blank_line();
        }
        let (text_len, cells) = (rows.text.len(), rows.ends.len());
        let parsed = self.parse(rows, self.dead_end);
        if let Parsed::Row {
            content_end,
            end,
            breaks,
            stray,
        } = parsed
            && content_end - self.at <= self.row_bytes_max
        {
            let (from, to) = self.take(end, breaks);
            let place = window::place(self.window.input, self.row, from.line, from.byte, to);
            let is_right = rows.ends.len() - cells == self.columns.len()
                && stray.is_none()
                && !self.window.is_wrong_before(to)
                && first != BYTE_ORDER_MARK[0]
                && !(self.suspects_quotes && quoted_cell(rows, cells, false).is_some());
            match is_right {
                true => rows.places.push(place),
                false => self.judge(rows, place, text_len, cells, stray),
            }
            return true;
        }
        rows.text.truncate(text_len);
        rows.ends.truncate(cells);
        self.next_odd_row(rows, parsed)
    }

    /// Parses the row at `at`, which is in the window, into the cells of `rows`.
    #[inline(always)]
    fn parse(&mut self, rows: &mut Rows, dead_end: Option<DeadEnd>) -> Parsed {
        let (text, is_end) = (self.window.text.as_slice(), self.window.is_end);
        let (separator, quote) = (self.separator, self.quote);
        let (mut breaks, mut stray) = (0, None);
        let mut cell = self.at;
        loop {
            let mut from = cell;
            let is_quoted = text.get(cell) == Some(&quote);
            if is_quoted {
                self.marks.next();
                from += 1;
                loop {
                    let Some(at) = self.marks.next() else {
                        return Parsed::Cut { is_quoted: true };
                    };
                    let after = text.get(at + 1);
                    let byte = text[at];
                    if byte == quote {
                        if after == Some(&quote) {
                            rows.text.extend_from_slice(&text[from..=at]);
                            from = at + 2;
                            self.marks.next();
                            continue;
                        }
                        if after.is_none() && !is_end {
                            return Parsed::Cut { is_quoted: true };
                        }
                        rows.text.extend_from_slice(&text[from..at]);
                        from = at + 1;
                        break;
                    }
                    if byte == b'\n' || (byte == b'\r' && after != Some(&b'\n')) {
                        breaks += 1;
                        let byte = self.window.start + at as u64;
                        if dead_end.is_some_and(|dead_end| dead_end.has_passed(byte)) {
                            return Parsed::DeadEnd;
                        }
                    }
                }
            }
            let at = loop {
                match self.marks.next() {
                    Some(at) if text[at] == quote => {}
                    Some(at) => break at,
                    None if is_end => break text.len(),
                    None => return Parsed::Cut { is_quoted: false },
                }
            };
            if is_quoted && from < at && !text[from..at].iter().all(is_blank) {
                stray = stray.or(Some(rows.ends.len()));
            }
            rows.text.extend_from_slice(&text[from..at]);
            rows.end_cell();
            let end = match text.get(at) {
                Some(byte) if *byte == separator => {
                    cell = at + 1;
                    continue;
                }
                None => at,
                Some(b'\n') => at + 1,
                Some(_) => match text.get(at + 1) {
                    Some(b'\n') => {
                        self.marks.next();
                        at + 2
                    }
                    None if !is_end => return Parsed::Cut { is_quoted: false },
                    _ => at + 1,
                },
            };
            return Parsed::Row {
                content_end: at,
                end,
                breaks,
                stray,
            };
        }
    }

    /// Moves behind a row. Where it began, and the byte behind it.
    #[inline(always)]
    fn take(&mut self, end: usize, breaks: u64) -> (From, u64) {
        let from = From {
            byte: self.window.start + self.at as u64,
            line: self.line,
        };
        self.at = end;
        self.row += 1;
        self.line += breaks + 1;
        (from, self.window.start + end as u64)
    }

    fn pass_blank_line(&mut self) -> bool {
        let text = &self.window.text;
        let end = match (text[self.at], text.get(self.at + 1)) {
            (b'\r', Some(b'\n')) => self.at + 2,
            (b'\r', None) if !self.window.is_end => return false,
            _ => self.at + 1,
        };
        self.at = end;
        self.line += 1;
        self.marks.stand_at(end);
        true
    }

    /// Takes or refuses the row that was parsed last, with all that is wrong with it.
    #[cold]
    fn judge(
        &mut self,
        rows: &mut Rows,
        place: crate::Place,
        text_len: usize,
        cells: usize,
        stray: Option<usize>,
    ) {
        let (start, end) = (place.bytes.start, place.bytes.end);
        let mut reasons = Vec::new();
        if self.window.is_wrong_before(end) {
            reasons = self.window.wrongs(start, end, place.line);
        }
        let from = (start - self.window.start) as usize;
        let raw = &self.window.text[from..(end - self.window.start) as usize];
        if raw.starts_with(BYTE_ORDER_MARK) && start > 0 {
            reasons.push(mark_inside());
        }
        let found = rows.ends.len() - cells;
        if found != self.columns.len() {
            reasons.push(ragged(found, self.columns.len()));
        }
        if let Some(stray) = stray {
            reasons.push(text_after_quote(stray - cells + 1));
        }
        if self.suspects_quotes
            && let Some(cell) = quoted_cell(rows, cells, found != self.columns.len())
        {
            reasons.push(in_quotes(cell));
        }
        if reasons.is_empty() {
            rows.places.push(place);
            return;
        }
        rows.text.truncate(text_len);
        rows.ends.truncate(cells);
        rows.refused.push(refused(place, raw, reasons));
    }

    /// A row that does not end as it should, or not in the window.
    #[cold]
    fn next_odd_row(&mut self, rows: &mut Rows, parsed: Parsed) -> bool {
        match self.verdict(parsed) {
            Verdict::Ends => {
                self.marks.stand_at(self.at);
                let dead_end = self.dead_end.take();
                let is_row = self.next_row(rows);
                self.dead_end = dead_end;
                is_row
            }
            Verdict::Wait => false,
            Verdict::Unclosed { end } => {
                self.refuse_line(rows, end);
                true
            }
            // What was read before goes first: it needs the text in hand.
            Verdict::TooLong if !rows.is_empty() => false,
            Verdict::TooLong => {
                let start = self.window.start + self.at as u64;
                let raw = &self.window.text[self.at..];
                let raw = &raw[..memchr2(b'\n', b'\r', raw).unwrap_or(raw.len())];
                let raw = raw[..raw.len().min(RAW_BYTES_MAX + 1)].to_vec();
                self.skipping = Some(Skipping { start, raw });
                // Its end is not among the bytes that made it too long.
                self.at += self.row_bytes_max;
                self.skip_line(rows)
            }
        }
    }

    fn verdict(&mut self, parsed: Parsed) -> Verdict {
        let text = &self.window.text;
        // One more, because a carriage return may be half of a line's end.
        let is_cut = text.len() - self.at <= self.row_bytes_max + 1;
        if matches!(parsed, Parsed::Cut { .. }) && is_cut && !self.window.is_end {
            return Verdict::Wait;
        }
        let limit = text.len().min(self.at + self.row_bytes_max + 1);
        let (from, within) = match (parsed, self.dead_end) {
            (Parsed::DeadEnd, Some(dead_end)) => (
                (dead_end.at.saturating_sub(self.window.start)) as usize,
                dead_end.within,
            ),
            _ => (self.at, Within::CellStart),
        };
        let scanned = scan::scan(
            &self.window,
            from,
            within,
            limit,
            self.separator,
            self.quote,
        );
        let Scanned::Stopped { at, within } = scanned else {
            return Verdict::Ends;
        };
        let first_break = memchr2(b'\n', b'\r', &text[self.at..limit]).map(|found| self.at + found);
        if let Some(first_break) = first_break {
            let from = self.window.start + first_break as u64;
            let at = self.window.start + at as u64;
            self.dead_end = Some(DeadEnd { from, at, within });
        }
        let has_all = limit == self.at + self.row_bytes_max + 1;
        match first_break {
            _ if !has_all && !self.window.is_end => Verdict::Wait,
            _ if !has_all && within != Within::Quotes => Verdict::Ends,
            None if has_all => Verdict::TooLong,
            None => Verdict::Unclosed { end: text.len() },
            Some(at) => match (text[at], text.get(at + 1)) {
                (b'\r', Some(b'\n')) => Verdict::Unclosed { end: at + 2 },
                (b'\r', None) if !self.window.is_end => Verdict::Wait,
                _ => Verdict::Unclosed { end: at + 1 },
            },
        }
    }

    fn refuse_line(&mut self, rows: &mut Rows, end: usize) {
        let start = self.at;
        let (from, to) = self.take(end, 0);
        let place = window::place(self.window.input, self.row, from.line, from.byte, to);
        let mut reasons = Vec::new();
        if self.window.is_wrong_before(to) {
            reasons = self.window.wrongs(from.byte, to, from.line);
        }
        reasons.push(quote_not_closed(self.row_bytes_max));
        rows.refused
            .push(refused(place, &self.window.text[start..end], reasons));
        self.marks.stand_at(end);
    }

    /// Passes over a line that is too long; whether its end was found.
    fn skip_line(&mut self, rows: &mut Rows) -> bool {
        let Some(skipping) = self.skipping.take() else {
            return true;
        };
        let text = &self.window.text;
        let is_end = self.window.is_end;
        let found = memchr2(b'\n', b'\r', &text[self.at..]).map(|found| self.at + found);
        let end = match found.map(|at| (at, text[at], text.get(at + 1))) {
            Some((at, b'\r', Some(b'\n'))) => at + 2,
            Some((at, b'\r', None)) if !is_end => return self.skip_more(skipping, text.len() - at),
            Some((at, ..)) => at + 1,
            None if is_end => text.len(),
            None => return self.skip_more(skipping, 0),
        };
        let (_, to) = self.take(end, 0);
        let place = window::place(
            self.window.input,
            self.row,
            self.line - 1,
            skipping.start,
            to,
        );
        let mut reasons = vec![row_too_long(self.row_bytes_max)];
        if self.window.is_wrong_before(to) {
            reasons.extend(self.window.wrongs(skipping.start, to, place.line));
        }
        let mut refused = refused(place, &skipping.raw, reasons);
        refused.is_shortened = true;
        rows.refused.push(refused);
        self.raw_from = end;
        self.marks.stand_at(end);
        true
    }

    fn skip_more(&mut self, skipping: Skipping, kept: usize) -> bool {
        self.window.drop_all_but(kept);
        self.at = 0;
        self.raw_from = 0;
        self.skipping = Some(skipping);
        false
    }

    /// Gets more text; false when there is none.
    fn get_more(&mut self) -> Result<bool, ReadError> {
        self.window.forget(self.raw_from);
        self.at -= self.raw_from;
        self.raw_from = 0;
        match self.window.more()? {
            More::End => return Ok(false),
            More::Text => {}
            More::Gap => self.at = 0,
            More::Input => {
                self.at = 0;
                self.window.fill_head()?;
                drop_end_marks(&mut self.window, 0, self.has_end_mark);
                self.begin_input(None)?;
            }
        }
        drop_end_marks(&mut self.window, self.at, self.has_end_mark);
        self.pass_what_was_read();
        self.mark();
        Ok(true)
    }

    /// Passes over what was read in another run.
    fn pass_what_was_read(&mut self) {
        let passed = self.pass_to.saturating_sub(self.window.start);
        if passed > self.at as u64 {
            self.at = self.window.text.len().min(passed as usize);
            self.raw_from = self.at;
        }
    }
}

/// Programs of DOS end a file with this character, or fill its last block with it: it is of no row.
const END_MARK: u8 = 0x1a;

/// Drops them all, so that it makes no difference how often that is done.
fn drop_end_marks(window: &mut Window, at: usize, has_end_mark: bool) {
    while has_end_mark && window.is_end && window.text.len() > at {
        if window.text.pop_if(|last| *last == END_MARK).is_none() {
            break;
        }
    }
}

/// What no text holds, so that it is never found.
const NO_QUOTE: u8 = 0xff;

/// Where a row began.
struct From {
    byte: u64,
    line: u64,
}

impl RowReader for CsvReader {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn format(&self) -> &Format {
        &self.format
    }

    fn encoding(&self) -> Encoding {
        self.window.encoding
    }

    fn titles_above(&self) -> Option<u64> {
        self.titles_above
    }

    fn next(&mut self) -> Result<Option<Rows>, ReadError> {
        loop {
            let rows = self.rows();
            if !rows.is_empty() {
                return Ok(Some(rows));
            }
            // Blank lines belong to no rows, and a file of nothing else takes no memory.
            self.raw_from = self.at;
            if !self.get_more()? {
                return Ok(None);
            }
        }
    }
}

/// The first cell from `cells` on that stands in double quotes from its beginning to its end, counted from 1. Of a ragged row its beginning is enough: the separators
/// between may have divided it. No cell of CSV is absent, so the ends are bare.
fn quoted_cell(rows: &Rows, cells: usize, is_ragged: bool) -> Option<usize> {
    let mut from = match cells.checked_sub(1) {
        Some(before) => rows.ends[before] as usize,
        None => 0,
    };
    let is_quoted = |end: &u32| {
        let cell = rows.text[from..*end as usize].trim_ascii();
        from = *end as usize;
        match cell {
            [b'"', .., b'"'] => true,
            [b'"', ..] => is_ragged,
            _ => false,
        }
    };
    let found = rows.ends[cells..].iter().position(is_quoted);
    found.map(|at| at + 1)
}

/// Where one cell of a file holds a quote and others stand in quotes, nobody can say what those are but who wrote it.
fn in_quotes(cell: usize) -> Reason {
    reason(
        "cell_in_quotes",
        format!(
            "cell {cell} stands in double quotes, but by its beginning the file has none around its cells; say --quote '\"' where they enclose cells, or --quote none where they are text"
        ),
        format!(
            "{cell}번째 칸이 큰따옴표로 묶여 있는데 파일 앞부분에는 묶인 칸이 없었어요. 칸을 묶은 것이면 명령줄에 --quote '\"'(매핑에는 [format]의 quote = '\"'), 글자이면 --quote none이라고 적어 주세요"
        ),
    )
}

/// What stands between a closing quote and the separator, and means nothing.
fn is_blank(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Other readers take the text for part of the cell and lose the quote: of `"12" inch"`, written by who did not know, a piece is missing that nobody sees.
fn text_after_quote(cell: usize) -> Reason {
    reason(
        "text_after_quote",
        format!(
            "text stands behind the quote that closes cell {cell}; a quote inside a cell is written twice, as \"12\"\" inch\""
        ),
        format!(
            "{cell}번째 칸의 닫는 따옴표 뒤에 글자가 더 있어요. 칸 안의 따옴표는 \"12\"\" 피자\"처럼 두 번 쓰세요"
        ),
    )
}

pub(super) fn ragged(found: usize, wanted: usize) -> Reason {
    let hint = match found > wanted {
        true => (
            "; a cell with a separator in it stands in quotes",
            "; 구분 기호가 든 칸은 따옴표로 묶으세요",
        ),
        false => ("", ""),
    };
    reason(
        "ragged",
        format!("it has {found} cells, the header has {wanted}{}", hint.0),
        format!("칸이 {found}개인데 머리글은 {wanted}개예요{}", hint.1),
    )
}

fn quote_not_closed(bytes_max: usize) -> Reason {
    reason(
        "quote_not_closed",
        format!(
            "a quote is opened and not closed within {bytes_max} bytes; close it, or double it where it stands for itself"
        ),
        format!(
            "따옴표가 열린 뒤 {bytes_max}바이트 안에 닫히지 않아요. 닫거나, 글자로 쓴 것이면 두 번 쓰세요"
        ),
    )
}
