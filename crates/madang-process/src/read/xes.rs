//! XES (IEEE 1849), plain or packed, as a stream: of the file never more than one element is held. A plain file is read by all cores, parted where
//! traces end.
//!
//! Of the extensions those keys are known that say what a log is: `concept:name`, `concept:instance`, `time:timestamp`, `org:resource` and
//! `lifecycle:transition`. An attribute within another is one of the event or trace that it is in, under both names as `item/price`: of those in
//! lists and containers the name is that of the list. Globals and classifiers are passed over: nothing here is made of them.

use std::collections::VecDeque;
use std::num::NonZero;
use std::path::Path;
use std::sync::Arc;

use jiff::tz::TimeZone;
use madang_import::read::{Input, ReadSettings};
use quick_xml::events::BytesStart;

use self::parts::PartOf;
use super::Read;
use super::error::{ReadError, ReadErrorKind};
use super::mapping::{Attributes, TimeSpelling};
use super::progress::Progress;
use super::rejected::{NotTaken, Place, Reason, RejectedRows, shown};
use super::text_stream::{BYTES_NAME, TextStream, input_in_hand, input_of};
use super::times::Times;
use super::xml_stream::{ELEMENT_BYTES_MAX, XmlPlace, XmlStream, XmlTaker, values};
use crate::event_data::{ColumnKind, LogBuilder, LogLimits, NewEvent, TooMany};

mod parts;

/// What may be said about reading XES.
#[derive(Clone, Debug)]
pub struct XesSettings {
    /// Which attributes are kept besides those with a meaning.
    pub attributes: Attributes,
    /// Where clocks show times without an offset.
    pub zone: TimeZone,
    /// What events that begin or end work become.
    pub lifecycle: Lifecycle,
    /// What a trace without a name is called, before its number. Of several files each needs its own, or their first traces are one case.
    pub unnamed: String,
    /// How the text is encoded and packed.
    pub text: ReadSettings,
    /// What the log may hold.
    pub limits: LogLimits,
    /// How many threads may read; none: as many as there are cores.
    pub threads: Option<NonZero<usize>>,
    /// The least bytes of a file that a thread is given.
    pub part_bytes_min: NonZero<u64>,
    /// Told how far the reading has come.
    pub progress: Progress,
}

/// What events that begin or end work become.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lifecycle {
    /// A `start` and the next `complete` of the same activity, and instance where it is said, are one event that took some time. All others stay as
    /// they are.
    #[default]
    Paired,
    /// Each is an event of its own.
    Each,
}

impl Default for XesSettings {
    fn default() -> Self {
        Self {
            attributes: Attributes::None,
            zone: TimeZone::UTC,
            lifecycle: Lifecycle::Paired,
            unnamed: "#".to_owned(),
            text: ReadSettings::default(),
            limits: LogLimits::default(),
            threads: None,
            part_bytes_min: PART_BYTES_MIN,
            progress: Progress::default(),
        }
    }
}

/// Below this a thread costs more than it saves.
const PART_BYTES_MIN: NonZero<u64> = NonZero::new(1024 * 1024).expect("it is not 0");

/// Reads a file as a user names it: plain, packed, in an archive, or `-` for standard input.
///
/// # Errors
/// When it cannot be read, is no XES, says no times, and when it holds more than a log may.
pub fn read_xes(name: &str, settings: &XesSettings) -> Result<Read, ReadError> {
    let path = Some(Path::new(name));
    read_xes_input(input_of(name)?, path, settings).map_err(|kind| kind.of(name))
}

/// Reads bytes that are in hand.
///
/// # Errors
/// Those of [`read_xes`].
pub fn read_xes_bytes(bytes: Vec<u8>, settings: &XesSettings) -> Result<Read, ReadError> {
    read_xes_input(input_in_hand(bytes), None, settings).map_err(|kind| kind.of(BYTES_NAME))
}

/// `path`: where the input is, should it be a plain file.
pub(super) fn read_xes_input(
    input: Arc<dyn Input>,
    path: Option<&Path>,
    settings: &XesSettings,
) -> Result<Read, ReadErrorKind> {
    if let Some(taken) = path.and_then(|path| parts::taken(path, settings)) {
        return taken.finish(&settings.unnamed);
    }
    let text = TextStream::open_xml(input, &settings.text, ELEMENT_BYTES_MAX)?;
    let mut taker = Taker::new(settings, None);
    XmlStream::new(text).read(&mut taker)?;
    taker.taken.finish(&settings.unnamed)
}

/// What stands before the number of a trace without a name until all names are known: no letter of XML, so that no trace is named so.
const NUMBERED: char = '\0';

/// Starts without an end yet within one trace. Nobody does more at once for one order; the oldest become events of their own.
const STARTED_MAX: usize = 1_000;

/// Different attributes of events or of traces. Columns are found by looking through them.
const ATTRIBUTES_MAX: u32 = 1_000;

/// What is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    /// The log, or something in it that does not matter.
    Log,
    Trace,
    Event,
}

/// An event as far as it was read. Its texts are used again for the next one.
#[derive(Clone, Default)]
struct EventParts {
    activity: String,
    time: String,
    instance: String,
    transition: String,
    resource: String,
    sequence: String,
    attributes: Vec<(String, ColumnKind, String)>,
    /// A value that is too long was in it.
    is_too_long: bool,
}

/// A start that waits for its end.
struct Started {
    parts: EventParts,
    time_ms: i64,
}

#[derive(Default)]
struct Trace {
    name: Option<String>,
    has_events: bool,
    attributes: Vec<(String, ColumnKind, String)>,
    started: VecDeque<Started>,
}

struct Taker<'settings> {
    settings: &'settings XesSettings,
    times: Times,
    taken: Taken,
    within: Within,
    /// At which depth it began.
    depth: usize,
    trace: Trace,
    event: EventParts,
    /// The keys of the attributes that the element at hand is in; empty ones are those of lists' members.
    around: Vec<String>,
    /// Which part of a file it is, if it is one.
    part: Option<PartOf<'settings>>,
}

/// What was read so far.
struct Taken {
    builder: LogBuilder,
    rejected: RejectedRows,
    traces: u64,
    /// Some trace had to be called by its number.
    has_numbered: bool,
    events: u64,
    /// Attributes that were met.
    names: Vec<String>,
    /// A time that is none by its type.
    time_example: Option<String>,
}

impl XmlTaker for Taker<'_> {
    const HAS_TEXT: bool = false;

    fn open(&mut self, element: &BytesStart<'_>, at: XmlPlace) -> Result<(), ReadErrorKind> {
        let name = element.local_name();
        match (self.within, at.depth, name.as_ref()) {
            (Within::Log, 1, "log") => Ok(()),
            (Within::Log, 1, other) => Err(ReadErrorKind::OtherElement {
                wanted: "XES",
                found: shown(other),
            }),
            (Within::Log, 2, "trace") => {
                self.taken.traces += 1;
                self.enter(Within::Trace, at);
                Ok(())
            }
            (Within::Log, 2, "event") | (Within::Trace, 3, "event") => {
                self.taken.events += 1;
                self.event.clear();
                self.enter(Within::Event, at);
                Ok(())
            }
            (Within::Trace | Within::Event, _, tag) => self.open_attribute(element, tag, at),
            _ => Ok(()),
        }
    }

    fn close(&mut self, at: XmlPlace) -> Result<(), ReadErrorKind> {
        if at.depth != self.depth {
            self.around
                .truncate(at.depth.saturating_sub(self.depth + 1));
            return Ok(());
        }
        match self.within {
            Within::Log => Ok(()),
            Within::Event => {
                self.depth -= 1;
                self.within = match self.depth {
                    1 => Within::Log,
                    _ => Within::Trace,
                };
                self.end_event()
            }
            Within::Trace => {
                self.depth -= 1;
                self.within = Within::Log;
                self.end_trace()
            }
        }
    }
}

impl<'settings> Taker<'settings> {
    fn new(settings: &'settings XesSettings, part: Option<PartOf<'settings>>) -> Self {
        Self {
            settings,
            times: Times::new(TimeSpelling::default(), &settings.zone),
            taken: Taken {
                builder: LogBuilder::new(settings.limits),
                rejected: RejectedRows::default(),
                traces: 0,
                has_numbered: false,
                events: 0,
                names: Vec::new(),
                time_example: None,
            },
            within: Within::Log,
            depth: 1,
            trace: Trace::default(),
            event: EventParts::default(),
            around: Vec::new(),
            part,
        }
    }

    fn enter(&mut self, within: Within, at: XmlPlace) {
        self.within = within;
        self.depth = at.depth;
        self.around.clear();
    }

    /// An attribute, or one within another.
    fn open_attribute(
        &mut self,
        element: &BytesStart<'_>,
        tag: &str,
        at: XmlPlace,
    ) -> Result<(), ReadErrorKind> {
        let is_nested = at.depth > self.depth + 1;
        // Most attributes have none within, and nobody asked for these: then their keys need not be kept.
        if is_nested && self.settings.attributes == Attributes::None {
            return Ok(());
        }
        self.around.truncate(at.depth - self.depth - 1);
        let [key, value] = values(element, ["key", "value"], at)?;
        let key = key.unwrap_or_default();
        if is_nested {
            if let (Some(kind), Some(value)) = (kind(tag), &value) {
                self.nested_attribute(&key, kind, value)?;
            }
        } else if let (Some(kind), Some(value)) = (kind(tag), &value) {
            self.attribute(&key, kind, value, tag == "date", at)?;
        }
        if self.settings.attributes != Attributes::None {
            // What holds a list's values has no meaning of its own.
            let is_holder =
                tag == "values" || key.len() > self.settings.limits.name_bytes_max as usize;
            self.around.push(match is_holder {
                true => String::new(),
                false => key.into_owned(),
            });
        }
        Ok(())
    }

    /// An attribute within others, under the names of all.
    fn nested_attribute(
        &mut self,
        key: &str,
        kind: ColumnKind,
        value: &str,
    ) -> Result<(), ReadErrorKind> {
        let names = self.around.iter().map(String::as_str).chain([key]);
        let path: Vec<&str> = names.filter(|name| !name.is_empty()).collect();
        let path = path.join("/");
        if !self.fits(&path) || !self.fits(value) || value.is_empty() {
            return Ok(());
        }
        let is_of_case = self.within == Within::Trace;
        if !self.is_wanted(&path, is_of_case) {
            return Ok(());
        }
        let attributes = match is_of_case {
            true => &self.trace.attributes,
            false => &self.event.attributes,
        };
        // Of a list's values of one name the first is kept.
        if attributes.iter().any(|(name, ..)| *name == path) {
            return Ok(());
        }
        self.know(&path, attributes.len())?;
        let attributes = match is_of_case {
            true => &mut self.trace.attributes,
            false => &mut self.event.attributes,
        };
        attributes.push((path, kind, value.to_owned()));
        Ok(())
    }

    fn attribute(
        &mut self,
        key: &str,
        kind: ColumnKind,
        value: &str,
        is_date: bool,
        at: XmlPlace,
    ) -> Result<(), ReadErrorKind> {
        match self.within {
            Within::Trace => self.trace_attribute(key, kind, value, at),
            Within::Event => self.event_attribute(key, kind, value, is_date),
            Within::Log => Ok(()),
        }
    }

    fn trace_attribute(
        &mut self,
        key: &str,
        kind: ColumnKind,
        value: &str,
        at: XmlPlace,
    ) -> Result<(), ReadErrorKind> {
        if key == "concept:name" {
            if self.trace.has_events {
                return Err(ReadErrorKind::LateName { at: at.byte });
            }
            self.trace.name = Some(value.to_owned());
        } else if self.is_wanted(key, true) && self.fits(value) {
            self.know(key, self.trace.attributes.len())?;
            let attributes = &mut self.trace.attributes;
            attributes.push((key.to_owned(), kind, value.to_owned()));
        }
        Ok(())
    }

    fn event_attribute(
        &mut self,
        key: &str,
        kind: ColumnKind,
        value: &str,
        is_date: bool,
    ) -> Result<(), ReadErrorKind> {
        self.event.is_too_long |= !self.fits(value);
        if self.event.is_too_long {
            return Ok(());
        }
        match key {
            "concept:name" => value.clone_into(&mut self.event.activity),
            "time:timestamp" if is_date => value.clone_into(&mut self.event.time),
            "time:timestamp" if self.taken.time_example.is_none() => {
                self.taken.time_example = Some(format!("“{}” that is no <date>", shown(value)));
            }
            "org:resource" => value.clone_into(&mut self.event.resource),
            "sequence" => value.clone_into(&mut self.event.sequence),
            "lifecycle:transition" => value.clone_into(&mut self.event.transition),
            "concept:instance" => value.clone_into(&mut self.event.instance),
            _ => {}
        }
        let has_role = matches!(
            key,
            "concept:name" | "time:timestamp" | "org:resource" | "sequence"
        );
        if !has_role && !value.is_empty() && self.is_wanted(key, false) {
            self.know(key, self.event.attributes.len())?;
            let attributes = &mut self.event.attributes;
            attributes.push((key.to_owned(), kind, value.to_owned()));
        }
        Ok(())
    }

    fn is_wanted(&self, key: &str, is_of_case: bool) -> bool {
        match &self.settings.attributes {
            Attributes::None => false,
            Attributes::All => true,
            Attributes::Named(names) => names.iter().any(|name| {
                let of_case = name.strip_prefix("case:").filter(|_| is_of_case);
                name == key || of_case == Some(key)
            }),
        }
    }

    fn fits(&self, value: &str) -> bool {
        value.len() <= self.settings.limits.name_bytes_max as usize
    }

    /// Counts an attribute's name, and those that one event or trace has already.
    fn know(&mut self, key: &str, count: usize) -> Result<(), ReadErrorKind> {
        if count >= ATTRIBUTES_MAX as usize {
            return Err(ReadErrorKind::TooMany(TooMany::Attributes(ATTRIBUTES_MAX)));
        }
        if !self.taken.names.iter().any(|name| name == key) {
            if self.taken.names.len() >= ATTRIBUTES_MAX as usize {
                return Err(ReadErrorKind::TooMany(TooMany::Attributes(ATTRIBUTES_MAX)));
            }
            self.taken.names.push(key.to_owned());
        }
        Ok(())
    }

    fn end_event(&mut self) -> Result<(), ReadErrorKind> {
        let mut event = std::mem::take(&mut self.event);
        let taken = self.take_event(&mut event);
        self.event = event;
        match taken {
            Ok(()) => Ok(()),
            Err(NotTaken::Reason(reason)) => {
                self.reject(reason);
                Ok(())
            }
            Err(NotTaken::TooMany(TooMany::NameBytes(bytes_max))) => {
                self.reject(Reason::NameTooLong { bytes_max });
                Ok(())
            }
            Err(NotTaken::TooMany(too_many)) => Err(ReadErrorKind::TooMany(too_many)),
        }
    }

    fn take_event(&mut self, event: &mut EventParts) -> Result<(), NotTaken> {
        let bytes_max = self.settings.limits.name_bytes_max;
        match () {
            () if self.within != Within::Trace => return Err(Reason::CaseMissing.into()),
            () if event.is_too_long => return Err(Reason::NameTooLong { bytes_max }.into()),
            () if event.activity.is_empty() => return Err(Reason::ActivityMissing.into()),
            () if event.time.is_empty() => return Err(Reason::TimeMissing.into()),
            () => {}
        }
        let Some(time_ms) = self.times.read_ms(&event.time) else {
            let text = shown(&event.time);
            return Err(Reason::TimeUnread { text }.into());
        };
        if !event.sequence.is_empty() && event.sequence.parse::<u64>().is_err() {
            let text = shown(&event.sequence);
            return Err(Reason::SequenceUnread { text }.into());
        }
        self.trace.has_events = true;
        match (self.settings.lifecycle, event.transition.as_str()) {
            (Lifecycle::Paired, "start" | "START") => self.start(event, time_ms),
            (Lifecycle::Paired, "complete" | "COMPLETE") => {
                let started_ms = self.started_ms(event);
                if started_ms.is_some() {
                    // They said which two events belong together, and have nothing more to say.
                    let is_said =
                        |key: &str| matches!(key, "lifecycle:transition" | "concept:instance");
                    event.attributes.retain(|(key, ..)| !is_said(key));
                }
                self.push(event, time_ms, started_ms)
            }
            _ => self.push(event, time_ms, None),
        }
    }

    fn start(&mut self, event: &mut EventParts, time_ms: i64) -> Result<(), NotTaken> {
        let parts = std::mem::take(event);
        self.trace.started.push_back(Started { parts, time_ms });
        if self.trace.started.len() > STARTED_MAX
            && let Some(oldest) = self.trace.started.pop_front()
        {
            return self.push(&oldest.parts, oldest.time_ms, None);
        }
        Ok(())
    }

    /// When the work that ends here began.
    fn started_ms(&mut self, event: &EventParts) -> Option<i64> {
        let is_its = |started: &Started| {
            started.parts.activity == event.activity && started.parts.instance == event.instance
        };
        let at = self.trace.started.iter().position(is_its)?;
        Some(self.trace.started.remove(at)?.time_ms)
    }

    fn push(
        &mut self,
        event: &EventParts,
        time_ms: i64,
        started_ms: Option<i64>,
    ) -> Result<(), NotTaken> {
        let unnamed;
        let case = match self.trace.name.as_deref() {
            Some(name) if !name.is_empty() && !name.starts_with(NUMBERED) => name,
            _ => {
                self.taken.has_numbered = true;
                unnamed = format!("{NUMBERED}{}", self.taken.traces);
                &unnamed
            }
        };
        let place = self.taken.builder.push(&NewEvent {
            case,
            activity: &event.activity,
            time_ms,
            started_ms,
            resource: Some(event.resource.as_str()).filter(|name| !name.is_empty()),
            sequence: event.sequence.parse().ok(),
        })?;
        for (name, kind, value) in &event.attributes {
            self.taken.builder.set_event(place, name, *kind, value)?;
        }
        if !self.trace.attributes.is_empty() {
            let case = self.taken.builder.case(case)?;
            for (name, kind, value) in self.trace.attributes.drain(..) {
                self.taken.builder.set_case(case, &name, kind, &value)?;
            }
        }
        Ok(())
    }

    /// What was begun and not ended did happen.
    fn end_trace(&mut self) -> Result<(), ReadErrorKind> {
        for started in std::mem::take(&mut self.trace.started) {
            match self.push(&started.parts, started.time_ms, None) {
                Ok(()) => {}
                Err(NotTaken::Reason(reason)) => self.reject(reason),
                Err(NotTaken::TooMany(too_many)) => return Err(ReadErrorKind::TooMany(too_many)),
            }
        }
        self.trace = Trace::default();
        let has_numbered = self.taken.has_numbered;
        match self.part.is_some_and(|part| part.is_over(has_numbered)) {
            // Nobody is told: the whole is read again.
            true => Err(ReadErrorKind::Ends),
            false => Ok(()),
        }
    }

    fn reject(&mut self, reason: Reason) {
        self.taken
            .rejected
            .add(Place::Element(self.taken.events), reason);
    }
}

impl Taken {
    /// `unnamed`: what traces without a name are called.
    fn finish(mut self, unnamed: &str) -> Result<Read, ReadErrorKind> {
        if self.has_numbered {
            let named = |name: &str| Some(format!("{unnamed}{}", name.strip_prefix(NUMBERED)?));
            let renamed = self.builder.rename_cases(named);
            renamed.map_err(ReadErrorKind::TooMany)?;
        }
        let log = self.builder.finish();
        if log.event_count() == 0 && self.rejected.by_reason.contains_key("time_missing") {
            return Err(ReadErrorKind::NoTimes {
                example: self.time_example,
            });
        }
        Ok(Read {
            log,
            rejected: self.rejected,
            mapping: None,
        })
    }
}

impl EventParts {
    fn clear(&mut self) {
        let texts = [
            &mut self.activity,
            &mut self.time,
            &mut self.instance,
            &mut self.transition,
            &mut self.resource,
            &mut self.sequence,
        ];
        texts.into_iter().for_each(String::clear);
        self.attributes.clear();
        self.is_too_long = false;
    }
}

/// What the values of an element are; none for those that are no attribute with a value.
fn kind(tag: &str) -> Option<ColumnKind> {
    match tag {
        "string" | "id" => Some(ColumnKind::Text),
        "date" => Some(ColumnKind::Time),
        "int" | "float" => Some(ColumnKind::Number),
        "boolean" => Some(ColumnKind::Boolean),
        _ => None,
    }
}
