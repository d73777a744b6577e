//! Text as a stream, unpacked and decoded, with a bound on what a parser may take of it for one element.

use std::cell::Cell;
use std::io::{self, BufRead, Read};
use std::rc::Rc;
use std::sync::Arc;

use madang_import::read::{
    Encoding, Input, ReadSettings, Source, StreamInput, Text, Texts, input_named,
};

use super::error::{ReadError, ReadErrorKind};

/// What bytes in hand are called in errors.
pub(super) const BYTES_NAME: &str = "the log";

/// A stream that a parser reads.
pub(super) struct TextStream {
    texts: Source,
    text: Vec<u8>,
    at: usize,
    is_ended: bool,
    gauge: Rc<Gauge>,
}

/// How much a parser may still take before its element has to end, and why the stream failed, which parsers keep to themselves.
pub(super) struct Gauge {
    left_bytes: Cell<usize>,
    bytes_max: usize,
    /// How many bytes were taken, and how many of them before the element at hand.
    taken_bytes: Cell<u64>,
    element_at: Cell<u64>,
    fault: Cell<Option<ReadErrorKind>>,
}

impl Gauge {
    /// An element ended: the next one may be as long.
    pub(super) fn refill(&self) {
        self.left_bytes.set(self.bytes_max);
        self.element_at.set(self.taken_bytes.get());
    }

    /// Where the element at hand begins.
    pub(super) fn element_at(&self) -> u64 {
        self.element_at.get()
    }

    /// Why the stream failed, if it was the stream.
    pub(super) fn fault(&self) -> Option<ReadErrorKind> {
        self.fault.take()
    }

    fn fail(&self, kind: ReadErrorKind) -> io::Error {
        self.fault.set(Some(kind));
        io::Error::other("the stream says why itself")
    }
}

/// The input of a name, `-` being standard input.
pub(super) fn input_of(name: &str) -> Result<Arc<dyn Input>, ReadError> {
    match input_named(name) {
        Ok(input) => Ok(Arc::from(input)),
        Err(error) => Err(ReadErrorKind::Text(error).of(name)),
    }
}

/// Bytes in hand as an input.
pub(super) fn input_in_hand(bytes: Vec<u8>) -> Arc<dyn Input> {
    Arc::new(StreamInput::new(
        BYTES_NAME,
        Box::new(io::Cursor::new(bytes)),
    ))
}

impl TextStream {
    /// The text of an input in the encoding it seems to have.
    pub(super) fn open(
        input: Arc<dyn Input>,
        settings: &ReadSettings,
        element_bytes_max: usize,
    ) -> Self {
        Self::new(
            Source::new(vec![input], settings, None),
            None,
            element_bytes_max,
        )
    }

    /// The text of an XML file, which says its encoding itself.
    pub(super) fn open_xml(
        input: Arc<dyn Input>,
        settings: &ReadSettings,
        element_bytes_max: usize,
    ) -> Result<Self, ReadErrorKind> {
        let settings = &ReadSettings {
            takes_xml: true,
            ..settings.clone()
        };
        let mut texts = Source::new(vec![Arc::clone(&input)], settings, None);
        let head = texts.next().map_err(ReadErrorKind::Text)?;
        let declared = match &head {
            Some(head) if settings.encoding.is_none() && input.can_seek() => other_encoding(head),
            _ => None,
        };
        Ok(match declared {
            None => Self::new(texts, head, element_bytes_max),
            Some(encoding) => {
                let settings = ReadSettings {
                    encoding: Some(encoding),
                    ..settings.clone()
                };
                Self::open(input, &settings, element_bytes_max)
            }
        })
    }

    fn new(texts: Source, head: Option<Text>, element_bytes_max: usize) -> Self {
        let mut stream = Self {
            texts,
            text: Vec::new(),
            at: 0,
            is_ended: false,
            gauge: Rc::new(Gauge {
                left_bytes: Cell::new(element_bytes_max),
                bytes_max: element_bytes_max,
                taken_bytes: Cell::new(0),
                element_at: Cell::new(0),
                fault: Cell::new(None),
            }),
        };
        if let Some(head) = head {
            stream.hold(head);
        }
        stream
    }

    /// What the parser's bound is set by.
    pub(super) fn gauge(&self) -> Rc<Gauge> {
        Rc::clone(&self.gauge)
    }

    fn hold(&mut self, text: Text) {
        if let Some(wrong) = text.undecodable.first() {
            let at = wrong.span.start;
            self.gauge.fault.set(Some(ReadErrorKind::NotText { at }));
        }
        self.is_ended = text.ends_input;
        self.text = text.text;
        self.at = 0;
    }
}

impl BufRead for TextStream {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.at == self.text.len() && !self.is_ended {
            match self.texts.next() {
                Ok(Some(text)) => self.hold(text),
                Ok(None) => self.is_ended = true,
                Err(error) => return Err(self.gauge.fail(ReadErrorKind::Text(error))),
            }
        }
        // Bytes that are no text were found in this block: what stands before them is not worth telling from what stands behind.
        if let Some(fault) = self.gauge.fault.take() {
            return Err(self.gauge.fail(fault));
        }
        let rest = &self.text[self.at..];
        let left_bytes = self.gauge.left_bytes.get();
        if left_bytes == 0 && !rest.is_empty() {
            let (at, bytes_max) = (self.gauge.element_at(), self.gauge.bytes_max);
            return Err((self.gauge).fail(ReadErrorKind::ElementTooLong { at, bytes_max }));
        }
        Ok(&rest[..rest.len().min(left_bytes)])
    }

    fn consume(&mut self, bytes: usize) {
        self.at += bytes;
        let left_bytes = self.gauge.left_bytes.get();
        self.gauge.left_bytes.set(left_bytes.saturating_sub(bytes));
        let taken_bytes = self.gauge.taken_bytes.get();
        self.gauge.taken_bytes.set(taken_bytes + bytes as u64);
    }
}

impl Read for TextStream {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let from = self.fill_buf()?;
        let bytes = from.len().min(into.len());
        into[..bytes].copy_from_slice(&from[..bytes]);
        self.consume(bytes);
        Ok(bytes)
    }
}

/// The encoding that the declaration of an XML file names, should it be another than the one that was found. UTF-16 shows itself by its noughts.
fn other_encoding(head: &Text) -> Option<Encoding> {
    if [Encoding::UTF_16LE, Encoding::UTF_16BE].contains(&head.encoding) {
        return None;
    }
    let declared = declared_encoding(&head.text)?;
    let is_utf_16 = [Encoding::UTF_16LE, Encoding::UTF_16BE].contains(&declared);
    let is_found = declared == head.encoding
        || (declared == Encoding::UTF_8 && head.encoding == Encoding::OPEN);
    (!is_utf_16 && !is_found).then_some(declared)
}

/// The encoding that the declaration of an XML file names, should it begin with one and we know it.
pub(super) fn declared_encoding(head: &[u8]) -> Option<Encoding> {
    let declaration = head.strip_prefix(b"<?xml")?;
    let end = memchr::memchr(b'>', declaration)?;
    let declaration = std::str::from_utf8(&declaration[..end]).ok()?;
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|mark| "\"'".contains(*mark))?;
    let (name, _) = value[1..].split_once(quote)?;
    Encoding::named(name)
}
