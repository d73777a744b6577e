//! Text block by block: a stretch of a plain file, or anything that is unpacked and decoded.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Take};
use std::path::Path;

use madang_import::Span;
use madang_import::read::{Text, Texts};

use crate::event_data::TooMany;
use crate::read::progress::Progress;

/// It stays in the second level of a processor's cache, and is enough that reading it costs nothing beside what is done with it.
const BLOCK_BYTES: u64 = 256 * 1024;

/// Text, some at a time.
pub(super) trait Blocks {
    /// Puts more text behind what is there; whether that was the last.
    fn more(&mut self, buffer: &mut Vec<u8>) -> Result<bool, Failed>;

    /// Whether something between these bytes could not be decoded. Asked in the order of the text.
    fn is_wrong(&mut self, _from: u64, _to: u64) -> bool {
        false
    }
}

/// Why a stretch could not be read.
#[derive(Debug)]
pub(super) enum Failed {
    /// It is not UTF-8, so it has to be decoded.
    NotUtf8,
    Bytes(io::Error),
    Text(madang_import::read::ReadError),
    TooMany(TooMany),
}

/// A stretch of a file.
pub(super) struct FileBlocks {
    bytes: Take<File>,
    progress: Progress,
}

impl FileBlocks {
    pub(super) fn open(path: &Path, from: u64, to: u64, progress: Progress) -> io::Result<Self> {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(from))?;
        let bytes = file.take(to - from);
        Ok(Self { bytes, progress })
    }
}

impl Blocks for FileBlocks {
    fn more(&mut self, buffer: &mut Vec<u8>) -> Result<bool, Failed> {
        let block = (&mut self.bytes).take(BLOCK_BYTES).read_to_end(buffer);
        let bytes = block.map_err(Failed::Bytes)?;
        self.progress.add(bytes as u64);
        // A file that was cut short meanwhile ends early, too.
        Ok(self.bytes.limit() == 0 || bytes == 0)
    }
}

/// Text that is unpacked and decoded.
pub(super) struct TextBlocks {
    texts: Box<dyn Texts>,
    /// Read already.
    head: VecDeque<Text>,
    wrong: Wrong,
}

/// What of a text could not be decoded, in its order.
#[derive(Default)]
pub(super) struct Wrong(VecDeque<Span>);

impl Wrong {
    pub(super) fn add(&mut self, spans: impl Iterator<Item = Span>) {
        self.0.extend(spans);
    }

    pub(super) fn first(&self) -> Option<Span> {
        self.0.front().copied()
    }

    /// Whether something between these bytes could not be decoded. Asked in the order of the text.
    pub(super) fn is_between(&mut self, from: u64, to: u64) -> bool {
        while self.0.front().is_some_and(|wrong| wrong.end <= from) {
            self.0.pop_front();
        }
        self.0.front().is_some_and(|wrong| wrong.start < to)
    }
}

impl TextBlocks {
    pub(super) fn new(texts: Box<dyn Texts>) -> Self {
        Self {
            texts,
            head: VecDeque::new(),
            wrong: Wrong::default(),
        }
    }

    /// The beginning of the text, which stays to be read: so many bytes, or all there are. And whether it is all.
    pub(super) fn head(&mut self, bytes: usize) -> Result<(Vec<u8>, bool), Failed> {
        let mut head = Vec::new();
        while head.len() < bytes {
            let Some(text) = self.texts.next().map_err(Failed::Text)? else {
                return Ok((head, true));
            };
            head.extend_from_slice(&text.text);
            let ends = text.ends_input;
            self.head.push_back(text);
            if ends {
                return Ok((head, true));
            }
        }
        Ok((head, false))
    }

    /// Passes the first bytes, which must be in the head that was read.
    pub(super) fn pass(&mut self, mut bytes: usize) {
        for text in &mut self.head {
            let passed = bytes.min(text.text.len());
            text.text.drain(..passed);
            bytes -= passed;
        }
    }
}

impl Blocks for TextBlocks {
    fn more(&mut self, buffer: &mut Vec<u8>) -> Result<bool, Failed> {
        let text = match self.head.pop_front() {
            Some(text) => Some(text),
            None => self.texts.next().map_err(Failed::Text)?,
        };
        let Some(text) = text else {
            return Ok(true);
        };
        buffer.extend_from_slice(&text.text);
        self.wrong
            .add(text.undecodable.iter().map(|wrong| wrong.span));
        Ok(text.ends_input)
    }

    fn is_wrong(&mut self, from: u64, to: u64) -> bool {
        self.wrong.is_between(from, to)
    }
}
