//! XML element by element, within bounds.

use std::borrow::Cow;
use std::rc::Rc;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::error::ReadErrorKind;
use super::text_stream::{Gauge, TextStream};

/// An element's tag and its attributes, or the text up to the next tag. A value of a log has 64 KiB at most; this is room for many of them.
pub(super) const ELEMENT_BYTES_MAX: usize = 1024 * 1024;

/// The formats need six; the rest is for attributes within attributes.
const DEPTH_MAX: usize = 64;

/// XML as it is read.
pub(super) struct XmlStream {
    reader: Reader<TextStream>,
    gauge: Rc<Gauge>,
    buffer: Vec<u8>,
    depth: usize,
}

/// Takes what an XML file holds.
pub(super) trait XmlTaker {
    /// Whether text between tags says something. Where it does not, the line breaks between them cost nothing.
    const HAS_TEXT: bool = true;

    /// An element begins; the root has depth 1.
    fn open(&mut self, element: &BytesStart<'_>, at: XmlPlace) -> Result<(), ReadErrorKind>;

    /// Text between tags.
    fn text(&mut self, _text: &str) -> Result<(), ReadErrorKind> {
        Ok(())
    }

    /// An element ends.
    fn close(&mut self, at: XmlPlace) -> Result<(), ReadErrorKind>;
}

/// Where in a file an element is.
#[derive(Clone, Copy)]
pub(super) struct XmlPlace {
    /// How many elements it is in, and itself.
    pub(super) depth: usize,
    /// Its first byte.
    pub(super) byte: u64,
}

impl XmlPlace {
    /// The XML is broken here.
    pub(super) fn broken(self, source: quick_xml::Error) -> ReadErrorKind {
        let at = self.byte;
        ReadErrorKind::Xml { at, source }
    }
}

impl XmlStream {
    pub(super) fn new(text: TextStream) -> Self {
        let gauge = text.gauge();
        Self {
            reader: Reader::from_reader(text),
            gauge,
            buffer: Vec::new(),
            depth: 0,
        }
    }

    /// Gives all there is.
    pub(super) fn read<Taker: XmlTaker>(self, taker: &mut Taker) -> Result<(), ReadErrorKind> {
        self.read_to(0, taker)
    }

    /// Gives all there is, which has to end within so many elements: a part of a file may.
    pub(super) fn read_to<Taker: XmlTaker>(
        mut self,
        depth: usize,
        taker: &mut Taker,
    ) -> Result<(), ReadErrorKind> {
        self.reader.config_mut().trim_text(!Taker::HAS_TEXT);
        let mut has_root = false;
        loop {
            self.gauge.refill();
            self.buffer.clear();
            let byte = self.reader.buffer_position();
            let event = match self.reader.read_event_into(&mut self.buffer) {
                Ok(event) => event,
                Err(source) => {
                    let at = self.reader.error_position();
                    return Err((self.gauge.fault()).unwrap_or(ReadErrorKind::Xml { at, source }));
                }
            };
            let place = |depth| XmlPlace { depth, byte };
            // Spaces may have been passed before it, so its first byte is counted from its end.
            let end = self.reader.buffer_position();
            let opened = |depth, bytes: usize| XmlPlace {
                depth,
                byte: end.saturating_sub(bytes as u64),
            };
            match event {
                Event::Start(element) => {
                    self.depth += 1;
                    if self.depth > DEPTH_MAX {
                        let (at, most) = (byte, DEPTH_MAX);
                        return Err(ReadErrorKind::Depth { at, most });
                    }
                    has_root = true;
                    taker.open(&element, opened(self.depth, "<>".len() + element.len()))?;
                }
                Event::Empty(element) => {
                    has_root = true;
                    taker.open(
                        &element,
                        opened(self.depth + 1, "</>".len() + element.len()),
                    )?;
                    taker.close(place(self.depth + 1))?;
                }
                Event::End(_) => {
                    taker.close(place(self.depth))?;
                    self.depth -= 1;
                }
                Event::Text(text) => taker.text(&text)?,
                Event::CData(text) => taker.text(&text)?,
                Event::GeneralRef(name) => {
                    let text = quick_xml::escape::unescape(&format!("&{};", &*name))
                        .map_err(|source| place(self.depth).broken(source.into()))?
                        .into_owned();
                    taker.text(&text)?;
                }
                Event::DocType(_) => return Err(ReadErrorKind::Doctype { at: byte }),
                Event::Eof if self.depth != depth => return Err(ReadErrorKind::Ends),
                Event::Eof if !has_root => return Err(ReadErrorKind::Empty),
                Event::Eof => return Ok(()),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            }
        }
    }
}

/// The values of these attributes of an element, in one pass.
pub(super) fn values<'element, const N: usize>(
    element: &'element BytesStart<'_>,
    names: [&str; N],
    at: XmlPlace,
) -> Result<[Option<Cow<'element, str>>; N], ReadErrorKind> {
    let mut values = [const { None }; N];
    // Whether an attribute stands there twice is not asked: asking compares each with all, and a tag may be a mebibyte of them.
    for attribute in element.attributes().with_checks(false) {
        let attribute = attribute.map_err(|source| at.broken(source.into()))?;
        let found = names
            .iter()
            .position(|name| attribute.key.as_ref() == *name);
        if let Some(found) = found {
            let value = attribute
                .normalized_value(XmlVersion::Explicit1_0)
                .map_err(|source| at.broken(source))?;
            values[found] = Some(value);
        }
    }
    Ok(values)
}
