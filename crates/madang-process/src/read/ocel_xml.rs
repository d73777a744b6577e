//! OCEL 2.0 in XML, as a stream: of the file never more than one object or event is held.

use std::sync::Arc;

use madang_import::read::Input;
use quick_xml::events::BytesStart;

use super::error::{ReadError, ReadErrorKind};
use super::ocel::{
    AttributeParts, Gathering, OcelSettings, PARTS_BYTES_MAX, Parts, ReadObjects, Relation, Scalar,
};
use super::rejected::shown;
use super::text_stream::{BYTES_NAME, TextStream, input_in_hand, input_of};
use super::xml_stream::{ELEMENT_BYTES_MAX, XmlPlace, XmlStream, XmlTaker, values};

/// Reads a file as a user names it: plain, packed, in an archive, or `-` for standard input.
///
/// # Errors
/// When it cannot be read, is no OCEL 2.0, and when it holds more than a log may.
pub fn read_ocel_xml(name: &str, settings: &OcelSettings) -> Result<ReadObjects, ReadError> {
    read_ocel_xml_input(input_of(name)?, settings).map_err(|kind| kind.of(name))
}

/// Reads bytes that are in hand.
///
/// # Errors
/// Those of [`read_ocel_xml`].
pub fn read_ocel_xml_bytes(
    bytes: Vec<u8>,
    settings: &OcelSettings,
) -> Result<ReadObjects, ReadError> {
    read_ocel_xml_input(input_in_hand(bytes), settings).map_err(|kind| kind.of(BYTES_NAME))
}

pub(super) fn read_ocel_xml_input(
    input: Arc<dyn Input>,
    settings: &OcelSettings,
) -> Result<ReadObjects, ReadErrorKind> {
    let text = TextStream::open_xml(input, &settings.text, ELEMENT_BYTES_MAX)?;
    let mut taker = Taker {
        gathering: Gathering::new(settings),
        section: Section::Other,
        parts: None,
        parts_bytes: 0,
        parts_at: 0,
        is_in_value: false,
        has_events: false,
        has_objects: false,
    };
    XmlStream::new(text).read(&mut taker)?;
    let missing = match (taker.has_events, taker.has_objects) {
        (true, true) => return Ok(taker.gathering.finish()),
        (false, _) => "<events>",
        (true, false) => "<objects>",
    };
    let missing = missing.to_owned();
    Err(ReadErrorKind::NotOcel { missing })
}

/// The part of the file that is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    EventTypes,
    ObjectTypes,
    Events,
    Objects,
    Other,
}

struct Taker {
    gathering: Gathering,
    section: Section,
    /// The object or event that is read.
    parts: Option<Parts>,
    parts_bytes: usize,
    /// Where it begins.
    parts_at: u64,
    /// Within the text of an attribute.
    is_in_value: bool,
    has_events: bool,
    has_objects: bool,
}

impl XmlTaker for Taker {
    fn open(&mut self, element: &BytesStart<'_>, at: XmlPlace) -> Result<(), ReadErrorKind> {
        let name = element.local_name();
        match (self.section, at.depth, name.as_ref()) {
            (_, 1, "log") => Ok(()),
            (_, 1, other) => Err(ReadErrorKind::OtherElement {
                wanted: "OCEL",
                found: shown(other),
            }),
            (_, 2, name) => self.enter(name),
            (Section::Objects, 3, "object") | (Section::Events, 3, "event") => {
                self.begin(element, at)
            }
            (Section::Objects | Section::Events, 5, "attribute") => self.attribute(element, at),
            (Section::Objects | Section::Events, 5, "relationship" | "object") => {
                self.relation(element, at)
            }
            (Section::EventTypes | Section::ObjectTypes, 5, "attribute") => {
                self.declaration(element, at)
            }
            _ => Ok(()),
        }
    }

    fn text(&mut self, text: &str) -> Result<(), ReadErrorKind> {
        if self.is_in_value {
            self.count(text.len())?;
            let attributes = self.parts.as_mut().map(|parts| &mut parts.attributes);
            if let Some(attribute) = attributes.and_then(|all| all.last_mut()) {
                attribute.value.0.get_or_insert_default().push_str(text);
            }
        }
        Ok(())
    }

    fn close(&mut self, at: XmlPlace) -> Result<(), ReadErrorKind> {
        match (self.section, at.depth) {
            (_, 2) => self.section = Section::Other,
            (_, 5) => self.is_in_value = false,
            (section, 3) => match (section, self.parts.take()) {
                (Section::Objects, Some(object)) => return self.gathering.object(&object),
                (Section::Events, Some(event)) => return self.gathering.event(&event),
                _ => {}
            },
            _ => {}
        }
        Ok(())
    }
}

impl Taker {
    fn enter(&mut self, name: &str) -> Result<(), ReadErrorKind> {
        self.section = match name {
            "event-types" => Section::EventTypes,
            "object-types" => Section::ObjectTypes,
            "events" => {
                self.has_events = true;
                Section::Events
            }
            "objects" => {
                self.has_objects = true;
                Section::Objects
            }
            "global" => {
                let found = "OCEL 1.0, or XES";
                return Err(ReadErrorKind::Version { found });
            }
            "trace" => return Err(ReadErrorKind::Version { found: "XES" }),
            _ => Section::Other,
        };
        Ok(())
    }

    fn begin(&mut self, element: &BytesStart<'_>, at: XmlPlace) -> Result<(), ReadErrorKind> {
        let [id, kind, time] = values(element, ["id", "type", "time"], at)?;
        self.parts_bytes = 0;
        self.parts_at = at.byte;
        self.parts = Some(Parts {
            id: id.unwrap_or_default().into_owned(),
            kind: kind.unwrap_or_default().into_owned(),
            time: time.map(|time| time.into_owned()),
            ..Parts::default()
        });
        Ok(())
    }

    fn attribute(&mut self, element: &BytesStart<'_>, at: XmlPlace) -> Result<(), ReadErrorKind> {
        let [name, time] = values(element, ["name", "time"], at)?;
        let name = name.unwrap_or_default().into_owned();
        let time = time.map(|time| time.into_owned());
        self.count(name.len() + time.as_ref().map_or(0, String::len))?;
        self.is_in_value = true;
        if let Some(parts) = &mut self.parts {
            parts.attributes.push(AttributeParts {
                name,
                time,
                value: Scalar(None),
            });
        }
        Ok(())
    }

    fn relation(&mut self, element: &BytesStart<'_>, at: XmlPlace) -> Result<(), ReadErrorKind> {
        let [to, qualifier] = values(element, ["object-id", "qualifier"], at)?;
        let to = to.unwrap_or_default().into_owned();
        let qualifier = qualifier.unwrap_or_default().into_owned();
        self.count(to.len() + qualifier.len())?;
        if let Some(parts) = &mut self.parts {
            parts.related.push(Relation { to, qualifier });
        }
        Ok(())
    }

    fn declaration(&mut self, element: &BytesStart<'_>, at: XmlPlace) -> Result<(), ReadErrorKind> {
        if let [Some(name), Some(kind)] = values(element, ["name", "type"], at)? {
            let is_of_event = self.section == Section::EventTypes;
            self.gathering.declare(is_of_event, &name, &kind);
        }
        Ok(())
    }

    /// Counts what the object or event holds; each of its parts holds some memory beside its text.
    fn count(&mut self, bytes: usize) -> Result<(), ReadErrorKind> {
        const PART_BYTES: usize = 64;
        self.parts_bytes += bytes + PART_BYTES;
        match self.parts_bytes <= PARTS_BYTES_MAX {
            true => Ok(()),
            false => Err(ReadErrorKind::ElementTooLong {
                at: self.parts_at,
                bytes_max: PARTS_BYTES_MAX,
            }),
        }
    }
}
