//! What the three forms of OCEL 2.0 have in common: objects and events as they stand in a file, taken into one log.

use std::collections::HashMap;

use jiff::tz::TimeZone;
use madang_import::read::ReadSettings;
use serde::Deserialize;

use super::error::ReadErrorKind;
use super::mapping::TimeSpelling;
use super::rejected::{Place, Reason, RejectedRows, shown};
use super::times::Times;
use crate::event_data::{
    ColumnKind, LogLimits, Names, NotTaken, ObjectLog, ObjectLogBuilder, TooMany,
};

/// What may be said about reading OCEL.
#[derive(Clone, Debug)]
pub struct OcelSettings {
    /// Where clocks show times without an offset.
    pub zone: TimeZone,
    /// How the text is encoded and packed.
    pub text: ReadSettings,
    /// What the log may hold; objects as many as events, types as many as activities.
    pub limits: LogLimits,
}

impl Default for OcelSettings {
    fn default() -> Self {
        Self {
            zone: TimeZone::UTC,
            text: ReadSettings::default(),
            limits: LogLimits::default(),
        }
    }
}

/// What was read.
#[derive(Clone, Debug)]
pub struct ReadObjects {
    /// The log.
    pub log: ObjectLog,
    /// What could not be taken into it. An element is an object or event, counted in the order of the file.
    pub rejected: RejectedRows,
}

/// One object or event with all that is said of it. No order has ten thousands of relations.
pub(super) const PARTS_BYTES_MAX: usize = 16 * 1024 * 1024;

/// An object or event as it stands in a file. What does not say its time has `None`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Parts {
    #[serde(default)]
    pub(super) id: String,
    #[serde(default, rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) time: Option<String>,
    #[serde(default)]
    pub(super) attributes: Vec<AttributeParts>,
    #[serde(default, rename = "relationships")]
    pub(super) related: Vec<Relation>,
}

/// An attribute of either.
#[derive(Debug, Default, Deserialize)]
pub(super) struct AttributeParts {
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) time: Option<String>,
    #[serde(default)]
    pub(super) value: Scalar,
}

/// That it has to do with an object.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Relation {
    #[serde(default, rename = "objectId")]
    pub(super) to: String,
    #[serde(default)]
    pub(super) qualifier: String,
}

/// The text of a value, however it is written.
#[derive(Debug, Default)]
pub(super) struct Scalar(pub(super) Option<String>);

impl Scalar {
    /// What it is, if it is anything.
    fn text(&self) -> Option<&str> {
        self.0.as_deref().filter(|text| !text.is_empty())
    }
}

/// Takes what is read into a log.
pub(super) struct Gathering {
    builder: ObjectLogBuilder,
    rejected: RejectedRows,
    times: Times,
    limits: LogLimits,
    event_kinds: HashMap<String, ColumnKind>,
    object_kinds: HashMap<String, ColumnKind>,
    elements: u64,
    /// Which element each event and object of the builder was.
    event_elements: Vec<u64>,
    object_elements: HashMap<u32, u64>,
}

/// Names of attributes that are remembered with their kinds; others are taken for words.
const KINDS_MAX: usize = 2_000;

impl Gathering {
    pub(super) fn new(settings: &OcelSettings) -> Self {
        Self {
            builder: ObjectLogBuilder::new(settings.limits),
            rejected: RejectedRows::default(),
            times: Times::new(TimeSpelling::default(), &settings.zone),
            limits: settings.limits,
            event_kinds: HashMap::new(),
            object_kinds: HashMap::new(),
            elements: 0,
            event_elements: Vec::new(),
            object_elements: HashMap::new(),
        }
    }

    /// The type of an attribute, as it is declared.
    pub(super) fn declare(&mut self, is_of_event: bool, name: &str, declared: &str) {
        let kinds = match is_of_event {
            true => &mut self.event_kinds,
            false => &mut self.object_kinds,
        };
        let kind = match declared {
            "integer" | "float" => ColumnKind::Number,
            "time" | "date" | "timestamp" => ColumnKind::Time,
            "boolean" => ColumnKind::Boolean,
            _ => ColumnKind::Text,
        };
        if kinds.len() < KINDS_MAX {
            kinds.entry(name.to_owned()).or_insert(kind);
        }
    }

    pub(super) fn object(&mut self, object: &Parts) -> Result<(), ReadErrorKind> {
        self.elements += 1;
        let taken = self.take_object(object);
        self.judge(taken)
    }

    /// Whether there is an object of this name.
    pub(super) fn knows_object(&self, name: &str) -> bool {
        self.builder.object_number(name).is_some()
    }

    pub(super) fn event(&mut self, event: &Parts) -> Result<(), ReadErrorKind> {
        self.event_at(event, self.elements)
    }

    /// The same with a number that orders events of one moment.
    pub(super) fn event_at(&mut self, event: &Parts, sequence: u64) -> Result<(), ReadErrorKind> {
        self.elements += 1;
        let taken = self.take_event(event, sequence);
        self.judge(taken)
    }

    /// Refuses those events of a list that never came with a time.
    pub(super) fn reject_untimed(&mut self, events: &Names) {
        for event in events.iter() {
            if self.builder.event_number(event).is_none() {
                self.rejected
                    .add(Place::Element(self.elements), Reason::TimeMissing);
            }
        }
    }

    /// What an attribute of an object was set to, said apart from it.
    pub(super) fn change(
        &mut self,
        object: &str,
        change: &AttributeParts,
    ) -> Result<(), ReadErrorKind> {
        let taken = self.take_change(object, change);
        self.judge(taken)
    }

    /// What has to do with an object, said apart from both.
    pub(super) fn relation(
        &mut self,
        is_of_event: bool,
        from: &str,
        relation: &Relation,
    ) -> Result<(), ReadErrorKind> {
        let taken = self.take_relation(is_of_event, from, relation);
        self.judge(taken)
    }

    /// Refuses something that stands in the file and is neither.
    pub(super) fn reject(&mut self, reason: Reason) {
        self.rejected.add(Place::Element(self.elements), reason);
    }

    /// Refuses something that no element was made of.
    pub(super) fn reject_at(&mut self, place: Place, reason: Reason) {
        self.rejected.add(place, reason);
    }

    pub(super) fn finish(self) -> ReadObjects {
        let mut rejected = self.rejected;
        let (events, objects) = (self.event_elements, self.object_elements);
        let log = self.builder.finish(|dangling| {
            let element = match dangling.is_of_event {
                true => events[dangling.from as usize],
                false => objects.get(&dangling.from).copied().unwrap_or_default(),
            };
            let id = shown(dangling.to);
            rejected.add(Place::Element(element), Reason::IdUnknown { id });
        });
        ReadObjects { log, rejected }
    }

    fn take_object(&mut self, object: &Parts) -> Result<(), Refused> {
        self.check(object)?;
        if object.kind.is_empty() {
            return Err(Reason::TypeMissing.into());
        }
        let mut values = Vec::with_capacity(object.attributes.len());
        for attribute in &object.attributes {
            // What does not say since when was so from the beginning.
            let time_ms = match &attribute.time {
                Some(time) => self.time_ms(time)?,
                None => 0,
            };
            values.push((attribute, time_ms));
        }
        let taken = self.builder.object(&object.id, &object.kind);
        let number = taken.map_err(|error| refused(error, &object.id))?;
        self.object_elements.insert(number, self.elements);
        for (attribute, time_ms) in values {
            if let Some(value) = attribute.value.text() {
                let kind = kind(&self.object_kinds, &attribute.name);
                (self.builder).set_object(number, &attribute.name, kind, time_ms, value)?;
            }
        }
        for related in &object.related {
            (self.builder).relate_object(number, &related.to, &related.qualifier)?;
        }
        Ok(())
    }

    fn take_event(&mut self, event: &Parts, sequence: u64) -> Result<(), Refused> {
        self.check(event)?;
        if event.kind.is_empty() {
            return Err(Reason::ActivityMissing.into());
        }
        let time = event.time.as_deref().filter(|time| !time.is_empty());
        let time_ms = self.time_ms(time.ok_or(Reason::TimeMissing)?)?;
        let taken = (self.builder).event(&event.id, &event.kind, time_ms, sequence);
        let number = taken.map_err(|error| refused(error, &event.id))?;
        self.event_elements.push(self.elements);
        for attribute in &event.attributes {
            if let Some(value) = attribute.value.text() {
                let kind = kind(&self.event_kinds, &attribute.name);
                (self.builder).set_event(number, &attribute.name, kind, value)?;
            }
        }
        for related in &event.related {
            (self.builder).relate_event(number, &related.to, &related.qualifier)?;
        }
        Ok(())
    }

    fn take_change(&mut self, object: &str, change: &AttributeParts) -> Result<(), Refused> {
        let unknown = || Reason::IdUnknown { id: shown(object) };
        let number = self.builder.object_number(object).ok_or_else(unknown)?;
        let time_ms = match &change.time {
            Some(time) => self.time_ms(time)?,
            None => 0,
        };
        if let Some(value) = change.value.text() {
            let kind = kind(&self.object_kinds, &change.name);
            (self.builder).set_object(number, &change.name, kind, time_ms, value)?;
        }
        Ok(())
    }

    fn take_relation(
        &mut self,
        is_of_event: bool,
        from: &str,
        relation: &Relation,
    ) -> Result<(), Refused> {
        let number = match is_of_event {
            true => self.builder.event_number(from),
            false => self.builder.object_number(from),
        };
        let number = number.ok_or_else(|| Reason::IdUnknown { id: shown(from) })?;
        match is_of_event {
            true => (self.builder).relate_event(number, &relation.to, &relation.qualifier)?,
            false => (self.builder).relate_object(number, &relation.to, &relation.qualifier)?,
        }
        Ok(())
    }

    /// What could be refused later is looked at first, so that an element is in the log whole or not at all.
    fn check(&self, parts: &Parts) -> Result<(), Refused> {
        let bytes_max = self.limits.name_bytes_max;
        let values = (parts.attributes.iter()).flat_map(|one| {
            [
                one.name.as_str(),
                one.value.0.as_deref().unwrap_or_default(),
            ]
        });
        let related = (parts.related.iter()).flat_map(|one| [one.to.as_str(), &one.qualifier]);
        let is_long = |text: &str| text.len() > bytes_max as usize;
        if values.chain(related).any(is_long) {
            return Err(Reason::NameTooLong { bytes_max }.into());
        }
        match parts.id.is_empty() {
            true => Err(Reason::IdMissing.into()),
            false => Ok(()),
        }
    }

    fn time_ms(&mut self, text: &str) -> Result<i64, Refused> {
        match self.times.read_ms(text) {
            Some(time_ms) => Ok(time_ms),
            None => Err(Reason::TimeUnread { text: shown(text) }.into()),
        }
    }

    fn judge(&mut self, taken: Result<(), Refused>) -> Result<(), ReadErrorKind> {
        match taken {
            Ok(()) => Ok(()),
            Err(Refused::Reason(reason)) => {
                self.reject(reason);
                Ok(())
            }
            Err(Refused::TooMany(TooMany::NameBytes(bytes_max))) => {
                self.reject(Reason::NameTooLong { bytes_max });
                Ok(())
            }
            Err(Refused::TooMany(too_many)) => Err(ReadErrorKind::TooMany(too_many)),
        }
    }
}

/// Why an element is not in the log.
enum Refused {
    Reason(Reason),
    TooMany(TooMany),
}

impl From<Reason> for Refused {
    fn from(reason: Reason) -> Self {
        Self::Reason(reason)
    }
}

impl From<TooMany> for Refused {
    fn from(too_many: TooMany) -> Self {
        Self::TooMany(too_many)
    }
}

fn refused(error: NotTaken, id: &str) -> Refused {
    match error {
        NotTaken::Repeated => Reason::IdRepeated { id: shown(id) }.into(),
        NotTaken::TooMany(too_many) => too_many.into(),
    }
}

fn kind(kinds: &HashMap<String, ColumnKind>, name: &str) -> ColumnKind {
    kinds.get(name).copied().unwrap_or_default()
}
