//! OCEL 2.0 in JSON, as a stream: of the file never more than one object or event is held.

use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use madang_import::read::Input;
use serde::Deserialize;
use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Unexpected,
    Visitor,
};

use super::error::{ReadError, ReadErrorKind};
use super::ocel::{Gathering, OcelSettings, PARTS_BYTES_MAX, Parts, ReadObjects, Scalar};
use super::text_stream::{BYTES_NAME, Gauge, TextStream, input_in_hand, input_of};

/// Reads a file as a user names it: plain, packed, in an archive, or `-` for standard input.
///
/// # Errors
/// When it cannot be read, is no OCEL 2.0, and when it holds more than a log may.
pub fn read_ocel_json(name: &str, settings: &OcelSettings) -> Result<ReadObjects, ReadError> {
    read_ocel_json_input(input_of(name)?, settings).map_err(|kind| kind.of(name))
}

/// Reads bytes that are in hand.
///
/// # Errors
/// Those of [`read_ocel_json`].
pub fn read_ocel_json_bytes(
    bytes: Vec<u8>,
    settings: &OcelSettings,
) -> Result<ReadObjects, ReadError> {
    read_ocel_json_input(input_in_hand(bytes), settings).map_err(|kind| kind.of(BYTES_NAME))
}

pub(super) fn read_ocel_json_input(
    input: Arc<dyn Input>,
    settings: &OcelSettings,
) -> Result<ReadObjects, ReadErrorKind> {
    let text = TextStream::open(input, &settings.text, PARTS_BYTES_MAX);
    let gauge = text.gauge();
    let mut document = Document {
        gathering: Gathering::new(settings),
        gauge: Rc::clone(&gauge),
        fault: None,
        has_events: false,
        has_objects: false,
    };
    let mut json = serde_json::Deserializer::from_reader(text);
    let read = (json.deserialize_map(&mut document)).and_then(|()| json.end());
    match read {
        Ok(()) if document.has_events && document.has_objects => Ok(document.gathering.finish()),
        Ok(()) => {
            let (events, objects) = ("list “events”", "list “objects”");
            let missing = if document.has_events { objects } else { events };
            let missing = missing.to_owned();
            Err(ReadErrorKind::NotOcel { missing })
        }
        Err(source) => Err((gauge.fault())
            .or(document.fault)
            .unwrap_or(match source.is_eof() {
                true => ReadErrorKind::Ends,
                false => ReadErrorKind::Json(source),
            })),
    }
}

/// The whole file.
struct Document {
    gathering: Gathering,
    gauge: Rc<Gauge>,
    /// What ended the reading, should it not be the JSON.
    fault: Option<ReadErrorKind>,
    has_events: bool,
    has_objects: bool,
}

impl<'de> Visitor<'de> for &mut Document {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object with “events” and “objects”")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(name) = members.next_key::<String>()? {
            let mut list = |what| {
                members.next_value_seed(List {
                    document: &mut *self,
                    what,
                })
            };
            match name.as_str() {
                "eventTypes" => list(What::EventTypes)?,
                "objectTypes" => list(What::ObjectTypes)?,
                "events" => {
                    list(What::Events)?;
                    self.has_events = true;
                }
                "objects" => {
                    list(What::Objects)?;
                    self.has_objects = true;
                }
                name if name.starts_with("ocel:") => {
                    let found = "OCEL 1.0";
                    self.fault = Some(ReadErrorKind::Version { found });
                    return Err(A::Error::custom("another version"));
                }
                _ => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

#[derive(Clone, Copy)]
enum What {
    EventTypes,
    ObjectTypes,
    Events,
    Objects,
}

/// One of its lists.
struct List<'document> {
    document: &'document mut Document,
    what: What,
}

/// A type of events or objects.
#[derive(Deserialize)]
struct Declared {
    #[serde(default)]
    attributes: Vec<DeclaredAttribute>,
}

#[derive(Deserialize)]
struct DeclaredAttribute {
    #[serde(default)]
    name: String,
    #[serde(default, rename = "type")]
    kind: String,
}

impl<'de> DeserializeSeed<'de> for List<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, list: D) -> Result<(), D::Error> {
        list.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for List<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let gathering = &mut self.document.gathering;
        loop {
            self.document.gauge.refill();
            let is_of_event = matches!(self.what, What::EventTypes);
            let taken = match self.what {
                What::EventTypes | What::ObjectTypes => {
                    let Some(declared) = list.next_element::<Declared>()? else {
                        return Ok(());
                    };
                    for attribute in &declared.attributes {
                        gathering.declare(is_of_event, &attribute.name, &attribute.kind);
                    }
                    Ok(())
                }
                What::Events => match list.next_element::<Parts>()? {
                    Some(event) => gathering.event(&event),
                    None => return Ok(()),
                },
                What::Objects => match list.next_element::<Parts>()? {
                    Some(object) => gathering.object(&object),
                    None => return Ok(()),
                },
            };
            if let Err(fault) = taken {
                self.document.fault = Some(fault);
                return Err(A::Error::custom("not taken"));
            }
        }
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        value.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("text, a number, true or false")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Scalar, E> {
        Ok(Scalar(Some(text.to_owned())))
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Scalar, E> {
        Ok(Scalar(Some(value.to_string())))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Scalar, E> {
        Ok(Scalar(Some(value.to_string())))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Scalar, E> {
        Ok(Scalar(Some(value.to_string())))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Scalar, E> {
        match value.is_finite() {
            true => Ok(Scalar(Some(value.to_string()))),
            false => Err(E::invalid_value(Unexpected::Float(value), &self)),
        }
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Scalar, E> {
        Ok(Scalar(None))
    }
}
