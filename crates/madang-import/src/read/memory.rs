//! Inputs and texts that are in memory: what tests and fuzzers read from.

use std::collections::VecDeque;
use std::io::{Cursor, Read};

use crate::read::error::ReadError;
use crate::read::{Input, Text, Texts};

/// Bytes in memory as an input.
#[derive(Clone, Debug)]
pub struct Bytes {
    name: String,
    bytes: Vec<u8>,
    entry: Option<String>,
}

impl Bytes {
    /// Bytes under a name for people.
    pub fn named(name: &str, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            name: name.to_owned(),
            bytes: bytes.into(),
            entry: None,
        }
    }

    /// One of the files that are packed in them.
    #[must_use]
    pub fn entry(mut self, entry: &str) -> Self {
        self.entry = Some(entry.to_owned());
        self
    }
}

impl Input for Bytes {
    fn name(&self) -> &str {
        &self.name
    }

    fn entry(&self) -> Option<&str> {
        self.entry.as_deref()
    }

    fn bytes(&self) -> Result<Option<u64>, ReadError> {
        Ok(Some(self.bytes.len() as u64))
    }

    fn can_seek(&self) -> bool {
        true
    }

    fn open_at(&self, byte: u64) -> Result<Box<dyn Read + Send>, ReadError> {
        // Behind the end of a file there is nothing, and it is no error.
        let rest = self.bytes.get(byte as usize..).unwrap_or_default().to_vec();
        Ok(Box::new(Cursor::new(rest)))
    }
}

/// Texts cut into pieces at characters.
#[derive(Debug)]
pub struct Pieces {
    /// What comes, in its order.
    pub texts: VecDeque<Text>,
    /// How long a piece is, or a little longer where a character would be cut.
    pub piece_bytes: usize,
}

impl Texts for Pieces {
    fn next(&mut self) -> Result<Option<Text>, ReadError> {
        let Some(text) = self.texts.front_mut() else {
            return Ok(None);
        };
        let mut cut = text.text.len().min(self.piece_bytes);
        while text.text.get(cut).is_some_and(|byte| byte & 0xc0 == 0x80) {
            cut += 1;
        }
        if cut == text.text.len() {
            return Ok(self.texts.pop_front());
        }
        let rest = text.text.split_off(cut);
        let end = text.start + cut as u64;
        let behind = text
            .undecodable
            .partition_point(|wrong| wrong.span.start < end);
        let undecodable = text.undecodable.split_off(behind);
        let piece = Text {
            text: std::mem::replace(&mut text.text, rest),
            undecodable: std::mem::replace(&mut text.undecodable, undecodable),
            ends_input: false,
            ..*text
        };
        text.start = end;
        Ok(Some(piece))
    }

    fn name(&self, _input: u32) -> &str {
        "file"
    }
}
