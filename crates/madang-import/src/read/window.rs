//! The text that a reader of rows has in hand: what is left of the pieces before, and the next one.

use std::collections::VecDeque;
use std::sync::Arc;

use memchr::memchr;

use crate::place::{Place, Span};
use crate::read::decode::{Encoding, Undecodable};
use crate::read::sniff::SNIFFED_BYTES;
use crate::read::{ReadError, Text, Texts};
use crate::refused::{RAW_BYTES_MAX, Reason, Refused};

/// A stretch of one input in memory.
pub(crate) struct Window {
    texts: Box<dyn Texts>,
    pub text: Vec<u8>,
    /// The byte of the input that `text` begins with.
    pub start: u64,
    pub input: u32,
    /// Whether the input ends with `text`.
    pub is_end: bool,
    pub encoding: Encoding,
    /// A piece of the next input, or one behind a gap.
    waiting: Option<Text>,
    undecodable: VecDeque<Undecodable>,
    /// The next NUL in hand, as a byte of the input.
    nul_from: u64,
    /// The next byte of the input with which something is wrong: nothing before it has to be looked at.
    wrong_from: u64,
}

/// What came when more text was asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum More {
    /// More of the same.
    Text,
    /// The text behind a gap: what was in hand is gone.
    Gap,
    /// The next input: what was in hand is gone.
    Input,
    /// Nothing.
    End,
}

impl Window {
    pub fn new(texts: Box<dyn Texts>) -> Self {
        Self {
            texts,
            text: Vec::new(),
            start: 0,
            input: 0,
            // Before the first input there is nothing, and it has ended.
            is_end: true,
            encoding: Encoding::OPEN,
            waiting: None,
            undecodable: VecDeque::new(),
            nul_from: u64::MAX,
            wrong_from: u64::MAX,
        }
    }

    /// The name of the input in hand.
    pub fn name(&self) -> &str {
        self.texts.name(self.input)
    }

    /// The name of any input.
    pub fn name_of(&self, input: u32) -> &str {
        self.texts.name(input)
    }

    /// Gets more of an input that begins, until there is enough to find out what it is.
    pub fn fill_head(&mut self) -> Result<(), ReadError> {
        while !self.is_end && self.text.len() < SNIFFED_BYTES {
            match self.next()? {
                Some(text) if self.follows(&text) => self.append(text),
                waiting => {
                    self.waiting = waiting;
                    break;
                }
            }
        }
        Ok(())
    }

    fn follows(&self, text: &Text) -> bool {
        text.input == self.input && text.start == self.end() && !self.is_end
    }

    /// The byte of the input behind the text in hand.
    pub fn end(&self) -> u64 {
        self.start + self.text.len() as u64
    }

    /// Forgets the first bytes of the text.
    pub fn forget(&mut self, bytes: usize) {
        self.text.drain(..bytes);
        self.start += bytes as u64;
    }

    /// Gets more text: as much again as there is, so that a row over many pieces is gone through twice at most.
    pub fn more(&mut self) -> Result<More, ReadError> {
        let wanted = self.text.len() * 2;
        let mut came = More::End;
        loop {
            let Some(text) = self.next()? else {
                return Ok(came);
            };
            match self.follows(&text) {
                true => {
                    self.append(text);
                    came = More::Text;
                }
                false if came == More::Text => {
                    self.waiting = Some(text);
                    return Ok(came);
                }
                false => return Ok(self.begin(text)),
            }
            if self.is_end || self.text.len() > wanted {
                return Ok(came);
            }
        }
    }

    fn next(&mut self) -> Result<Option<Text>, ReadError> {
        match self.waiting.take() {
            Some(text) => Ok(Some(text)),
            None => self.texts.next(),
        }
    }

    fn append(&mut self, text: Text) {
        let fresh = self.text.len();
        match fresh {
            0 => self.text = text.text,
            _ => self.text.extend_from_slice(&text.text),
        }
        self.is_end = text.ends_input;
        self.encoding = text.encoding;
        self.undecodable.extend(text.undecodable);
        let text = std::mem::take(&mut self.text);
        if self.nul_from == u64::MAX {
            self.find_nul(&text, fresh);
        }
        self.text = text;
        self.find_wrong();
    }

    fn begin(&mut self, text: Text) -> More {
        let came = match text.input == self.input && !self.is_end {
            true => More::Gap,
            false => More::Input,
        };
        self.text.clear();
        self.start = text.start;
        self.input = text.input;
        self.undecodable.clear();
        self.nul_from = u64::MAX;
        self.append(text);
        came
    }

    fn find_nul(&mut self, text: &[u8], from: usize) {
        self.nul_from =
            memchr(0, &text[from..]).map_or(u64::MAX, |at| self.start + (from + at) as u64);
    }

    fn find_wrong(&mut self) {
        let undecodable = self.undecodable.front();
        let undecodable = undecodable.map_or(u64::MAX, |wrong| wrong.span.start);
        self.wrong_from = self.nul_from.min(undecodable);
    }

    /// Whether anything may be wrong with the text before a byte of the input.
    #[inline(always)]
    pub fn is_wrong_before(&self, byte: u64) -> bool {
        self.wrong_from < byte
    }

    /// What is wrong with the bytes of the input up to `to`, all before it being done with.
    pub fn wrongs(&mut self, from: u64, to: u64, line: u64) -> Vec<Reason> {
        let text = std::mem::take(&mut self.text);
        let reasons = self.wrongs_in(&text, from, to, line);
        self.text = text;
        reasons
    }

    /// The same while a reader holds the text itself.
    pub fn wrongs_in(&mut self, text: &[u8], from: u64, to: u64, line: u64) -> Vec<Reason> {
        let mut reasons = Vec::new();
        let passed = self
            .undecodable
            .partition_point(|wrong| wrong.span.start < to);
        for wrong in self.undecodable.drain(..passed) {
            // What was in text that was passed over spoils no row.
            if wrong.span.end > from && reasons.len() < REASONS_MAX {
                reasons.push(not_in_encoding(&wrong, self.encoding));
            }
        }
        if self.nul_from < to {
            if self.nul_from >= from {
                reasons.push(nul(self.nul_from, line));
            }
            self.find_nul(text, (to - self.start) as usize);
        }
        self.find_wrong();
        reasons
    }

    /// Forgets all but the last bytes of the text, and what was wrong with it.
    pub fn drop_all_but(&mut self, bytes: usize) {
        self.forget(self.text.len() - bytes);
        let start = self.start;
        self.undecodable.retain(|wrong| wrong.span.start >= start);
        let text = std::mem::take(&mut self.text);
        self.find_nul(&text, 0);
        self.text = text;
        self.find_wrong();
    }

    /// The text of some rows, to be kept with them.
    pub fn raw(&self, from: usize, to: usize) -> Arc<[u8]> {
        Arc::from(&self.text[from..to])
    }
}

/// The most bytes out of place that one row names.
const REASONS_MAX: usize = 8;

/// A row that was not taken, with its text.
pub(crate) fn refused(place: Place, raw: &[u8], reasons: Vec<Reason>) -> Refused {
    let raw = raw.strip_suffix(b"\n").unwrap_or(raw);
    let raw = raw.strip_suffix(b"\r").unwrap_or(raw);
    let is_undecodable = reasons.iter().any(|reason| reason.code == NOT_IN_ENCODING);
    let kept = &raw[..raw.len().min(RAW_BYTES_MAX)];
    // Cut at a character: what is not whole at the end is left out.
    let kept = kept.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    Refused {
        raw_hash: None,
        place,
        raw: kept.to_owned(),
        is_shortened: kept.len() < raw.len() || is_undecodable,
        reasons,
    }
}

/// A place of rows.
pub(crate) fn place(input: u32, row: u64, line: u64, start: u64, end: u64) -> Place {
    Place {
        input,
        row,
        line,
        bytes: Span { start, end },
    }
}

pub(crate) fn reason(code: &str, message: String, message_ko: String) -> Reason {
    Reason {
        code: code.to_owned(),
        column: None,
        message,
        message_ko,
    }
}

const NOT_IN_ENCODING: &str = "not_in_encoding";

fn not_in_encoding(wrong: &Undecodable, encoding: Encoding) -> Reason {
    let (digits, byte) = (wrong.digits(), wrong.source_byte);
    reason(
        NOT_IN_ENCODING,
        format!(
            "byte {byte} of the file: {digits} is nothing in {encoding}; import the mended row from a file of its own, or name the right encoding"
        ),
        format!(
            "파일의 {byte}번째 바이트 {digits}: {encoding} 글자로 읽을 수 없어요. 글자가 잘렸거나 파일의 인코딩이 달라요"
        ),
    )
}

fn nul(byte: u64, line: u64) -> Reason {
    reason(
        "nul",
        format!("byte {byte} (line {line} on) is NUL, which no text may hold; take it out"),
        format!(
            "{byte}번째 바이트({line}번째 줄부터)가 NUL 문자예요. 텍스트에는 쓸 수 없으니 지우세요"
        ),
    )
}

pub(crate) fn mark_inside() -> Reason {
    reason(
        "byte_order_mark",
        "it begins with a byte order mark, which stands at the beginning of a file: another file seems to have been put behind the first; give them one by one".to_owned(),
        "줄이 파일의 맨 앞에만 오는 표시(BOM)로 시작해요. 파일 여러 개를 이어 붙인 것 같으니 하나씩 넣으세요".to_owned(),
    )
}

pub(crate) fn row_too_long(bytes_max: usize) -> Reason {
    reason(
        "row_too_long",
        format!(
            "the line is longer than {bytes_max} bytes; if it is really one row, raise --row-bytes-max"
        ),
        format!(
            "줄이 {bytes_max}바이트보다 길어요. 정말 한 줄이라면 --row-bytes-max를 늘려 주세요"
        ),
    )
}
