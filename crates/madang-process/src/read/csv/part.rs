//! The rows of one stretch of a file, made into events.

use std::borrow::Cow;
use std::sync::Arc;

use super::CsvPlan;
use super::blocks::{Blocks, Failed};
use super::row::{CellAt, Scanned};
use crate::event_data::{LogBuilder, NewEvent, TooMany};
use crate::read::rejected::{NotTaken, Place, Reason, RejectedRows, shown};
use crate::read::times::Times;

/// What a stretch of a file holds.
pub(super) struct Part {
    pub(super) builder: LogBuilder,
    pub(super) rejected: RejectedRows,
    /// How many lines end in it.
    pub(super) lines: u64,
    /// Whether its last row ended with a line break, so that what follows it begins a row.
    pub(super) is_ended: bool,
}

/// Reads rows to the end of the blocks. `at`: the byte and the line at which they begin.
pub(super) fn read_part(
    blocks: &mut dyn Blocks,
    plan: &Arc<CsvPlan>,
    byte: u64,
    line: u64,
) -> Result<Part, Failed> {
    let mut rows = Rows::new(Arc::clone(plan), byte, line);
    let mut buffer = Vec::new();
    loop {
        let is_end = blocks.more(&mut buffer)?;
        let text = whole_characters(&buffer, is_end)?;
        let passed = rows.take(text, is_end, blocks)?;
        buffer.drain(..passed);
        if is_end {
            return Ok(rows.finish());
        }
    }
}

/// The text of a block, without a character that the next block ends.
fn whole_characters(buffer: &[u8], is_end: bool) -> Result<&str, Failed> {
    match simdutf8::compat::from_utf8(buffer) {
        Ok(text) => Ok(text),
        Err(error) if error.error_len().is_none() && !is_end => {
            simdutf8::basic::from_utf8(&buffer[..error.valid_up_to()]).map_err(|_| Failed::NotUtf8)
        }
        Err(_) => Err(Failed::NotUtf8),
    }
}

/// Rows on their way into a log.
pub(super) struct Rows {
    pub(super) plan: Arc<CsvPlan>,
    times: Times,
    starts: Times,
    cells: Vec<CellAt>,
    pub(super) builder: LogBuilder,
    pub(super) rejected: RejectedRows,
    /// Where the text begins that is looked at.
    byte: u64,
    line: u64,
    first_line: u64,
    is_ended: bool,
    /// Something was within quotes when the text ended. Only the end of the file makes that certain.
    has_open_quote: bool,
    /// In the middle of a row that was too long.
    is_dropping: bool,
}

impl Rows {
    /// `byte` and `line`: where they begin.
    pub(super) fn new(plan: Arc<CsvPlan>, byte: u64, line: u64) -> Self {
        let mapping = &plan.mapping;
        Self {
            times: Times::new(mapping.time_spelling, &plan.zone),
            starts: Times::new(mapping.start_spelling, &plan.zone),
            cells: Vec::with_capacity(mapping.columns.len()),
            builder: LogBuilder::new(plan.limits),
            plan,
            rejected: RejectedRows::default(),
            byte,
            line,
            first_line: line,
            is_ended: true,
            has_open_quote: false,
            is_dropping: false,
        }
    }

    /// Takes all whole rows of the text, and passes the beginning of one that is too long; how many bytes these are.
    pub(super) fn take(
        &mut self,
        text: &str,
        is_end: bool,
        blocks: &mut dyn Blocks,
    ) -> Result<usize, Failed> {
        let taken = self.take_rows(text, is_end, blocks)?;
        self.byte += taken as u64;
        let dropped = match is_end {
            true => 0,
            false => self.drop_too_long(&text.as_bytes()[taken..]),
        };
        self.byte += dropped as u64;
        Ok(taken + dropped)
    }

    fn take_rows(
        &mut self,
        text: &str,
        is_end: bool,
        blocks: &mut dyn Blocks,
    ) -> Result<usize, Failed> {
        let mut at = if self.is_dropping {
            self.drop_rest(text)
        } else {
            0
        };
        let bytes = text.as_bytes();
        let width = self.plan.mapping.columns.len();
        while at < bytes.len() {
            let mut cells = std::mem::take(&mut self.cells);
            let scanned = self.plan.format.scan(bytes, at, is_end, width, &mut cells);
            self.cells = cells;
            match scanned {
                Scanned::Row {
                    cells,
                    end,
                    lines,
                    is_ended,
                } => {
                    let place = self.byte + at as u64;
                    if end - at > self.plan.row_bytes_max {
                        at = self.give_up(bytes, at);
                        continue;
                    }
                    match blocks.is_wrong(place, self.byte + end as u64) {
                        true => self.reject(place, Reason::NotText),
                        false => self.row(text, cells, place)?,
                    }
                    self.line += lines;
                    self.is_ended = is_ended;
                    at = end;
                }
                Scanned::Blank { end } => {
                    self.line += 1;
                    self.is_ended = true;
                    at = end;
                }
                Scanned::Cut => break,
                Scanned::Open => {
                    self.has_open_quote = true;
                    at = self.give_up(bytes, at);
                }
            }
        }
        Ok(at)
    }

    fn row(&mut self, text: &str, found: usize, place: u64) -> Result<(), Failed> {
        let wanted = self.plan.mapping.columns.len();
        if found != wanted {
            self.reject(place, Reason::Cells { wanted, found });
            return Ok(());
        }
        match self.event(text) {
            Ok(()) => Ok(()),
            Err(NotTaken::Reason(reason)) => {
                self.reject(place, reason);
                Ok(())
            }
            Err(NotTaken::TooMany(TooMany::NameBytes(bytes_max))) => {
                self.reject(place, Reason::NameTooLong { bytes_max });
                Ok(())
            }
            Err(NotTaken::TooMany(too_many)) => Err(Failed::TooMany(too_many)),
        }
    }

    fn event(&mut self, text: &str) -> Result<(), NotTaken> {
        let plan = &self.plan;
        let (mapping, quote) = (&plan.mapping, plan.format.quote);
        let cell = |cells: &[CellAt], column: usize| cells[column].text(text, quote);
        let case = filled(cell(&self.cells, mapping.case.column), Reason::CaseMissing)?;
        let activity = cell(&self.cells, mapping.activity.column);
        let activity = filled(activity, Reason::ActivityMissing)?;
        let time = filled(cell(&self.cells, mapping.time.column), Reason::TimeMissing)?;
        let time_ms = match &mapping.time_of_day {
            None => self.times.read_ms(&time).ok_or_else(|| unread(&time))?,
            Some(choice) => {
                let of_day = filled(cell(&self.cells, choice.column), Reason::TimeMissing)?;
                let time_ms = self.times.read_two_ms(&time, &of_day);
                time_ms.ok_or_else(|| unread(&format!("{time} {of_day}")))?
            }
        };
        let started_ms = match &mapping.start {
            Some(choice) => {
                let start = cell(&self.cells, choice.column);
                match start.is_empty() {
                    true => None,
                    false => Some(self.starts.read_ms(&start).ok_or_else(|| unread(&start))?),
                }
            }
            None => None,
        };
        let resource = (mapping.resource.as_ref()).map(|choice| cell(&self.cells, choice.column));
        let sequence = match &mapping.sequence {
            Some(choice) => Some(sequence(&cell(&self.cells, choice.column))?),
            None => None,
        };
        let event = NewEvent {
            case: &case,
            activity: &activity,
            time_ms,
            started_ms,
            resource: resource.as_deref().filter(|name| !name.is_empty()),
            sequence,
        };
        // Values are looked at before the event is taken, so that a row is in the log whole or not at all.
        self.check_attributes(text)?;
        let at = self.builder.push(&event)?;
        if !mapping.attributes.is_empty() {
            self.attributes(text, at, &case)?;
        }
        Ok(())
    }

    fn check_attributes(&self, text: &str) -> Result<(), NotTaken> {
        let bytes_max = self.plan.limits.name_bytes_max;
        let quote = self.plan.format.quote;
        let values = self.plan.mapping.attributes.iter();
        let mut values = values.map(|attribute| self.cells[attribute.column].text(text, quote));
        match values.any(|value| value.len() > bytes_max as usize) {
            true => Err(NotTaken::Reason(Reason::NameTooLong { bytes_max })),
            false => Ok(()),
        }
    }

    fn attributes(&mut self, text: &str, at: usize, case: &str) -> Result<(), NotTaken> {
        let quote = self.plan.format.quote;
        for attribute in &self.plan.mapping.attributes {
            let value = self.cells[attribute.column].text(text, quote);
            if value.is_empty() {
                continue;
            }
            if attribute.is_of_case {
                let case = self.builder.case(case)?;
                (self.builder).set_case(case, &attribute.name, attribute.kind, &value)?;
            } else {
                (self.builder).set_event(at, &attribute.name, attribute.kind, &value)?;
            }
        }
        Ok(())
    }

    /// Gives up the row that the buffer begins with, should it be longer than any should be; how many bytes of it.
    fn drop_too_long(&mut self, buffer: &[u8]) -> usize {
        match buffer.len() > self.plan.row_bytes_max {
            true => self.give_up(buffer, 0),
            false => 0,
        }
    }

    /// Gives up a row that does not end within what a row may have, or at all; where to go on. Everything behind its first line may be good.
    fn give_up(&mut self, bytes: &[u8], at: usize) -> usize {
        let bytes_max = self.plan.row_bytes_max;
        let within = &bytes[at..bytes.len().min(at + bytes_max)];
        let has_lines = memchr::memchr2(b'\n', b'\r', within).is_some();
        // With line breaks in it, it is within quotes.
        let reason = match has_lines || bytes.len() - at <= bytes_max {
            true => Reason::QuoteOpen,
            false => Reason::RowTooLong { bytes_max },
        };
        self.reject(self.byte + at as u64, reason);
        let is_ended = memchr::memchr2(b'\n', b'\r', &bytes[at..]).is_some();
        self.is_dropping = !is_ended;
        self.is_ended = is_ended;
        self.next_line(bytes, at)
    }

    /// Passes the rest of a row that was given up.
    fn drop_rest(&mut self, text: &str) -> usize {
        let end = memchr::memchr2(b'\n', b'\r', text.as_bytes());
        self.is_dropping = end.is_none();
        self.is_ended = end.is_some();
        self.next_line(text.as_bytes(), 0)
    }

    /// Where the line after this place begins; a `\n` left behind a `\r` at the end of a block is passed as a blank line.
    fn next_line(&mut self, bytes: &[u8], at: usize) -> usize {
        let Some(end) = memchr::memchr2(b'\n', b'\r', &bytes[at..]) else {
            return bytes.len();
        };
        let end = at + end;
        self.line += 1;
        match bytes[end..] {
            [b'\r', b'\n', ..] => end + 2,
            _ => end + 1,
        }
    }

    fn reject(&mut self, byte: u64, reason: Reason) {
        let line = self.line;
        self.rejected.add(Place::Line { line, byte }, reason);
    }

    fn finish(self) -> Part {
        Part {
            builder: self.builder,
            rejected: self.rejected,
            lines: self.line - self.first_line,
            is_ended: self.is_ended && !self.has_open_quote,
        }
    }
}

fn filled(cell: Cow<'_, str>, missing: Reason) -> Result<Cow<'_, str>, NotTaken> {
    match cell.is_empty() {
        true => Err(NotTaken::Reason(missing)),
        false => Ok(cell),
    }
}

fn unread(text: &str) -> NotTaken {
    NotTaken::Reason(Reason::TimeUnread { text: shown(text) })
}

fn sequence(text: &str) -> Result<u64, NotTaken> {
    text.parse()
        .map_err(|_| NotTaken::Reason(Reason::SequenceUnread { text: shown(text) }))
}
