//! CSV that is still being written: rows are taken as they come.

use std::sync::Arc;

use madang_import::Span;

use super::blocks::{Blocks, Failed, Wrong};
use super::part::Rows;
use super::{CsvPlan, CsvSettings, HEAD_BYTES, in_text, sample};
use crate::event_data::{NewEvent, TooMany};
use crate::read::error::{ReadError, ReadErrorKind};
use crate::read::mapping::Mapping;
use crate::read::rejected::RejectedRows;

/// A text of which more and more comes. What the columns are is found out by what is there when the first row has come whole: name the columns, and the
/// order of dates, where a row does not say it. Of the text a row is held at most, and what was not taken.
pub struct GrowingCsv {
    name: String,
    settings: CsvSettings,
    /// What is no whole row yet.
    text: Vec<u8>,
    /// How much of it is known to be UTF-8.
    valid: usize,
    /// How much of the text was passed.
    byte: u64,
    wrong: Wrong,
    state: State,
}

enum State {
    /// Nothing has come.
    Empty,
    /// There is no whole row yet.
    Begun,
    Reading(Box<Rows>),
}

/// Takes events as they come.
type Take<'take> = dyn FnMut(&NewEvent<'_>) -> Result<(), TooMany> + 'take;

impl Blocks for Wrong {
    fn more(&mut self, _buffer: &mut Vec<u8>) -> Result<bool, Failed> {
        // What comes is brought.
        Ok(true)
    }

    fn is_wrong(&mut self, from: u64, to: u64) -> bool {
        self.is_between(from, to)
    }
}

impl GrowingCsv {
    /// A text of which nothing has come yet. `name`: what it is called in errors.
    pub fn new(name: &str, mut settings: CsvSettings) -> Self {
        // Which quotes a text has is not seen before a cell needs them.
        settings.text.quote.get_or_insert(Some(b'"'));
        Self {
            name: name.to_owned(),
            settings,
            text: Vec::new(),
            valid: 0,
            byte: 0,
            wrong: Wrong::default(),
            state: State::Empty,
        }
    }

    /// Takes what has come, and gives the events of all rows that are whole now.
    ///
    /// # Errors
    /// When the columns tell nothing, when it is no CSV in UTF-8, and those of who takes the events.
    pub fn take(&mut self, bytes: &[u8], each: &mut Take<'_>) -> Result<(), ReadError> {
        self.text.extend_from_slice(bytes);
        self.advance(false, each)
            .map_err(|kind| kind.of(&self.name))
    }

    /// Nothing more comes: a row without a line break behind it is whole, too.
    ///
    /// # Errors
    /// Those of [`Self::take`].
    pub fn end(&mut self, each: &mut Take<'_>) -> Result<(), ReadError> {
        self.advance(true, each).map_err(|kind| kind.of(&self.name))
    }

    /// Whether anything has come.
    pub fn has_begun(&self) -> bool {
        !matches!(self.state, State::Empty) || !self.text.is_empty()
    }

    /// What the columns were taken for; none as long as no row has come.
    pub fn mapping(&self) -> Option<&Mapping> {
        match &self.state {
            State::Reading(rows) => Some(&rows.plan.mapping),
            State::Empty | State::Begun => None,
        }
    }

    /// What was not taken.
    pub fn rejected(&self) -> Option<&RejectedRows> {
        match &self.state {
            State::Reading(rows) => Some(&rows.rejected),
            State::Empty | State::Begun => None,
        }
    }

    fn advance(&mut self, is_end: bool, each: &mut Take<'_>) -> Result<(), ReadErrorKind> {
        if matches!(self.state, State::Empty) && !self.begin(is_end)? {
            return Ok(());
        }
        self.look_at_text(is_end);
        if matches!(self.state, State::Begun) {
            match self.first_row(is_end)? {
                Some(rows) => self.state = State::Reading(Box::new(rows)),
                None => return Ok(()),
            }
        }
        let State::Reading(rows) = &mut self.state else {
            return Ok(());
        };
        let text = simdutf8::basic::from_utf8(&self.text[..self.valid]);
        let text = text.map_err(|_| ReadErrorKind::NotGrowing)?;
        let passed = rows.take(text, is_end, &mut self.wrong).map_err(in_text)?;
        self.pass(passed);
        let State::Reading(rows) = &mut self.state else {
            return Ok(());
        };
        rows.builder.give_each(each).map_err(ReadErrorKind::TooMany)
    }

    /// Passes the mark that some begin a text with. Whether enough is there to say that it is one.
    fn begin(&mut self, is_end: bool) -> Result<bool, ReadErrorKind> {
        const MARK: &[u8] = "\u{feff}".as_bytes();
        if self.text.len() < MARK.len() && !is_end {
            return Ok(false);
        }
        if self.text.starts_with(MARK) {
            self.text.drain(..MARK.len());
        }
        self.state = State::Begun;
        Ok(true)
    }

    /// Puts `?` for bytes that are no text, and keeps where they were.
    fn look_at_text(&mut self, is_end: bool) {
        while let Err(error) = simdutf8::compat::from_utf8(&self.text[self.valid..]) {
            let start = self.valid + error.valid_up_to();
            let bytes = match error.error_len() {
                Some(bytes) => bytes,
                None if is_end => self.text.len() - start,
                // The rest of a character is still to come.
                None => {
                    self.valid = start;
                    return;
                }
            };
            self.text[start..start + bytes].fill(b'?');
            let place = self.byte + start as u64;
            let span = Span {
                start: place,
                end: place + bytes as u64,
            };
            self.wrong.add([span].into_iter());
            self.valid = start + bytes;
        }
        self.valid = self.text.len();
    }

    /// What reads the rows, when there is one to find out by what the columns are.
    fn first_row(&mut self, is_end: bool) -> Result<Option<Rows>, ReadErrorKind> {
        let head = &self.text[..self.valid.min(HEAD_BYTES)];
        // No export of a table begins with one of these, but XML, JSON and Parquet do; what is packed or in UTF-16, and SQLite, has noughts.
        let is_other =
            head.starts_with(b"<") || head.starts_with(b"{") || head.starts_with(b"PAR1");
        let header_bytes = memchr::memchr2(b'\n', b'\r', head).unwrap_or(head.len()) as u64;
        let is_wrong = (self.wrong.first()).is_some_and(|wrong| wrong.start < header_bytes);
        if is_other || is_wrong || head.contains(&0) {
            return Err(ReadErrorKind::NotGrowing);
        }
        let is_all = is_end || head.len() == HEAD_BYTES;
        let (format, sample) = match sample(head, is_end, &self.settings) {
            // What is missing may still come.
            Err(_) if !is_all => return Ok(None),
            Ok((_, sample)) if !is_all && sample.rows.is_empty() => return Ok(None),
            found => found?,
        };
        let plan = CsvPlan::of(format, &sample, &self.settings)?;
        let (byte, line) = sample.body;
        self.pass(byte);
        Ok(Some(Rows::new(Arc::new(plan), byte as u64, line)))
    }

    fn pass(&mut self, bytes: usize) {
        self.text.drain(..bytes);
        self.valid -= bytes;
        self.byte += bytes as u64;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::event_data::{LogBuilder, LogLimits};
    use crate::read::read_csv_bytes;

    /// A log that comes in pieces, and what was not taken of it.
    fn grown(pieces: &[&[u8]]) -> Result<(LogBuilder, Option<RejectedRows>), ReadError> {
        let mut csv = GrowingCsv::new("day.csv", CsvSettings::default());
        let mut builder = LogBuilder::new(LogLimits::default());
        let mut each = |event: &NewEvent<'_>| builder.push(event).map(|_| ());
        for piece in pieces {
            csv.take(piece, &mut each)?;
        }
        csv.end(&mut each)?;
        Ok((builder, csv.rejected().cloned()))
    }

    fn check(text: &[u8], pieces: &[&[u8]]) {
        let whole = read_csv_bytes(text.to_vec(), &CsvSettings::default()).expect("a log");
        let (builder, rejected) = grown(pieces).expect("a log");
        let (grown, whole_log) = (builder.finish(), whole.log);
        assert_eq!(grown, whole_log);
        assert_eq!(rejected, Some(whole.rejected));
    }

    const DAY: &str = "\u{feff}주문번호,활동,시작,시각,담당\n1,접수,2026-11-22 12:00:00,2026-11-22 12:00:00,민지\r\n1,\"조\n리\",2026-11-22 12:01:00,2026-11-22 12:05:00,\n\n2,접수,,곧,민지\n2,접수,,2026-11-22 12:07:00,하준,x\n2,접수,,2026-11-22 12:07:00,하준";

    #[test]
    fn a_log_that_comes_in_two_pieces_is_the_log() {
        for cut in 0..=DAY.len() {
            let (first, rest) = DAY.as_bytes().split_at(cut);
            check(DAY.as_bytes(), &[first, rest]);
        }
    }

    proptest! {
        #[test]
        fn a_log_that_comes_byte_by_byte_is_the_log(sizes in prop::collection::vec(1..9_usize, 1..200)) {
            let mut rest = DAY.as_bytes();
            let mut pieces = Vec::new();
            for size in sizes {
                let (piece, more) = rest.split_at(size.min(rest.len()));
                pieces.push(piece);
                rest = more;
            }
            pieces.push(rest);
            check(DAY.as_bytes(), &pieces);
        }
    }

    #[test]
    fn bytes_that_are_no_text_spoil_their_row_alone() {
        let text = b"case,activity,time\n1,a,2026-11-22 12:00:00\n1,\xff\xfe,2026-11-22 12:01:00\n1,b,2026-11-22 12:02:00\n";
        let (head, rest) = text.split_at(60);
        let (builder, rejected) = grown(&[head, rest]).expect("a log");
        assert_eq!(builder.finish().event_count(), 2);
        let rejected = rejected.expect("rows came");
        assert_eq!(rejected.by_reason.get("not_text"), Some(&1));
    }

    #[test]
    fn what_is_no_growing_csv_is_said() {
        let check = |text: &[u8], expected: &str| {
            let Err(error) = grown(&[text]) else {
                panic!("a log")
            };
            assert_eq!(error.kind.to_string(), expected);
        };
        let other = "it is no CSV in UTF-8, unpacked: only such a log is read while it grows";
        check(b"<log></log>\n\n\n", other);
        check(b"{\"events\":[]}", other);
        check(b"SQLite format 3\0\n\n\n", other);
        check(b"\x1f\x8b\x08\x00", other);
        check(
            b"\xc1\xd6\xb9\xae,\xc8\xb0\xb5\xbf,time\n1,a,2026-11-22\n",
            other,
        );
        check(
            b"",
            "it is empty: a log has a header and a row for each event",
        );
    }
}
