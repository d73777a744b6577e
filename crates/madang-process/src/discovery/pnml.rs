//! PNML, the exchange format of Petri nets (ISO/IEC 15909-2, grammar of 2009).

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write as _;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::petri_net::{Arc, PetriNet, Transition};
use crate::xml::escaped;

/// What a file may hold at most, so that a hostile one ends in an error and not in all memory.
#[derive(Clone, Copy, Debug)]
pub struct PnmlLimits {
    /// Places and transitions together. What is replayed on larger nets takes longer than anybody waits.
    pub nodes_max: usize,
    /// Arcs.
    pub arcs_max: usize,
    /// Elements within elements; the format itself needs eight.
    pub depth_max: usize,
    /// Bytes of one name.
    pub name_bytes_max: usize,
}

impl Default for PnmlLimits {
    fn default() -> Self {
        Self {
            nodes_max: 20_000,
            arcs_max: 100_000,
            depth_max: 64,
            name_bytes_max: 64 * 1024,
        }
    }
}

/// Why a file is no net for us.
#[derive(Debug, thiserror::Error)]
pub enum PnmlError {
    /// It is not well-formed.
    #[error("byte {at}: the XML is broken")]
    Xml {
        /// Where, counted from 0.
        at: u64,
        /// What the parser says.
        #[source]
        source: quick_xml::Error,
    },
    /// It ends before its elements do.
    #[error("the file ends before </net>: is it whole?")]
    Ends,
    /// It has no net.
    #[error("there is no <net> in it: is it PNML?")]
    NoNet,
    /// It declares its own types or entities.
    #[error("byte {at}: a document type is declared; remove <!DOCTYPE …>, no net needs one")]
    Doctype {
        /// Where, counted from 0.
        at: u64,
    },
    /// It holds more than a net may.
    #[error("byte {at}: more than {most} {what}")]
    TooMany {
        /// Where, counted from 0.
        at: u64,
        /// Of what.
        what: &'static str,
        /// How many may be.
        most: usize,
    },
    /// A node or arc has no id, or an arc no end.
    #[error("byte {at}: <{element}> has no {attribute}")]
    Missing {
        /// Where, counted from 0.
        at: u64,
        /// Of which element.
        element: &'static str,
        /// Which attribute.
        attribute: &'static str,
    },
    /// Two nodes have one id.
    #[error("byte {at}: the id {id:?} is there twice")]
    Repeated {
        /// Where, counted from 0.
        at: u64,
        /// Which one.
        id: String,
    },
    /// An arc does not lead from a place to a transition or the other way.
    #[error("the arc from {from:?} to {to:?} does not connect a place and a transition of the net")]
    Arc {
        /// Where it starts.
        from: String,
        /// Where it ends.
        to: String,
    },
    /// A number of tokens is none.
    #[error("byte {at}: {text:?} is no number of tokens from 0 to 255")]
    Tokens {
        /// Where, counted from 0.
        at: u64,
        /// What stands there.
        text: String,
    },
    /// Arcs between the same two nodes together move too many.
    #[error("arcs between the same place and transition move more than 255 tokens together")]
    ArcTokens,
    /// The final marking speaks of a place that there is not.
    #[error("the final marking has the place {0:?}, which the net has not")]
    FinalPlace(String),
}

/// The net as PNML. Silent transitions and the final marking stand as ProM writes them, which the tools of the field read.
pub fn write_pnml(net: &PetriNet, name: &str) -> String {
    let mut out = String::from(concat!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n",
        "<pnml xmlns=\"http://www.pnml.org/version-2009/grammar/pnml\">\n",
        "  <net id=\"net\" type=\"http://www.pnml.org/version-2009/grammar/ptnet\">\n",
    ));
    line(
        &mut out,
        4,
        format_args!("<name><text>{}</text></name>", escaped(name)),
    );
    line(&mut out, 4, format_args!("<page id=\"page\">"));
    for (place, tokens) in net.start.iter().enumerate() {
        let name = format!("<name><text>p{place}</text></name>");
        let marking = match tokens {
            0 => String::new(),
            tokens => format!("<initialMarking><text>{tokens}</text></initialMarking>"),
        };
        line(
            &mut out,
            6,
            format_args!("<place id=\"p{place}\">{name}{marking}</place>"),
        );
    }
    for (at, transition) in net.transitions.iter().enumerate() {
        let (name, silent) = match &transition.activity {
            Some(activity) => (escaped(activity), ""),
            None => (
                "tau".into(),
                "<toolspecific tool=\"ProM\" version=\"6.4\" activity=\"$invisible$\"/>",
            ),
        };
        line(
            &mut out,
            6,
            format_args!(
                "<transition id=\"t{at}\"><name><text>{name}</text></name>{silent}</transition>"
            ),
        );
    }
    for (at, transition) in net.transitions.iter().enumerate() {
        for arc in &transition.takes {
            write_arc(&mut out, ('p', arc.place), ('t', at), arc.tokens);
        }
        for arc in &transition.puts {
            write_arc(&mut out, ('t', at), ('p', arc.place), arc.tokens);
        }
    }
    line(&mut out, 4, format_args!("</page>"));
    line(&mut out, 4, format_args!("<finalmarkings><marking>"));
    for (place, tokens) in net
        .end
        .iter()
        .enumerate()
        .filter(|(_, tokens)| **tokens > 0)
    {
        line(
            &mut out,
            6,
            format_args!("<place idref=\"p{place}\"><text>{tokens}</text></place>"),
        );
    }
    line(&mut out, 4, format_args!("</marking></finalmarkings>"));
    out.push_str("  </net>\n</pnml>\n");
    out
}

fn write_arc(out: &mut String, from: (char, usize), to: (char, usize), tokens: u32) {
    let (source, target) = (format!("{}{}", from.0, from.1), format!("{}{}", to.0, to.1));
    let weight = match tokens {
        1 => String::new(),
        tokens => format!("<inscription><text>{tokens}</text></inscription>"),
    };
    line(
        out,
        6,
        format_args!(
            "<arc id=\"{source}-{target}\" source=\"{source}\" target=\"{target}\">{weight}</arc>"
        ),
    );
}

fn line(out: &mut String, indent: usize, text: std::fmt::Arguments<'_>) {
    writeln!(out, "{:indent$}{text}", "").expect("a String takes all text");
}

/// Reads the first net of a file. Where it has no final marking, a case has ended with one token on each place that leads nowhere.
///
/// # Errors
/// When the file is broken, no net, or larger than the limits.
pub fn read_pnml(file: &[u8], limits: &PnmlLimits) -> Result<PetriNet, PnmlError> {
    let text = text_of(file);
    let mut reader = Reader::from_str(&text);
    let mut found = Found::new(*limits);
    while !found.is_whole {
        found.at = reader.buffer_position();
        let event = reader.read_event().map_err(|source| PnmlError::Xml {
            at: reader.error_position(),
            source,
        })?;
        match event {
            Event::Start(element) => found.open(&element)?,
            Event::Empty(element) => {
                found.open(&element)?;
                found.close()?;
            }
            Event::End(_) => found.close()?,
            Event::Text(text) => found.text(&text)?,
            Event::CData(text) => found.text(&text)?,
            Event::GeneralRef(name) => {
                let text = quick_xml::escape::unescape(&format!("&{};", &*name))
                    .map_err(|source| found.broken(source.into()))?
                    .into_owned();
                found.text(&text)?;
            }
            Event::DocType(_) => return Err(PnmlError::Doctype { at: found.at }),
            Event::Eof => return Err(found.ended()),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
    found.net()
}

/// The file as text. ProM writes ISO-8859-1, in which every byte is a letter.
fn text_of(file: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(file) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => file.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// The elements that matter.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Element {
    Net,
    Place,
    Transition,
    Arc,
    Name,
    InitialMarking,
    Inscription,
    Text,
    FinalMarkings,
    MarkedPlace,
    ToolSpecific,
    Other,
}

/// What a node's id stands for.
#[derive(Clone, Copy)]
enum Node {
    Place(usize),
    Transition(usize),
}

/// What was read so far.
struct Found {
    limits: PnmlLimits,
    at: u64,
    path: Vec<Element>,
    /// Text of the innermost `<text>`.
    words: String,
    nodes: HashMap<String, Node>,
    net: PetriNet,
    arcs: Vec<ReadArc>,
    final_marking: Vec<(String, u32)>,
    final_place: String,
    has_final_marking: bool,
    is_whole: bool,
}

struct ReadArc {
    from: String,
    to: String,
    tokens: u32,
}

impl Found {
    fn new(limits: PnmlLimits) -> Self {
        Self {
            limits,
            at: 0,
            path: Vec::new(),
            words: String::new(),
            nodes: HashMap::new(),
            net: PetriNet::default(),
            arcs: Vec::new(),
            final_marking: Vec::new(),
            final_place: String::new(),
            has_final_marking: false,
            is_whole: false,
        }
    }

    fn open(&mut self, element: &BytesStart<'_>) -> Result<(), PnmlError> {
        if self.path.len() >= self.limits.depth_max {
            return Err(self.too_many("elements within elements", self.limits.depth_max));
        }
        let element = match (self.path.contains(&Element::ToolSpecific), element) {
            (true, _) => Element::Other,
            (false, element) => self.enter(element)?,
        };
        self.path.push(element);
        Ok(())
    }

    fn enter(&mut self, element: &BytesStart<'_>) -> Result<Element, PnmlError> {
        let in_net = self.path.contains(&Element::Net);
        let entered = match element.local_name().as_ref() {
            "net" if !in_net => Element::Net,
            _ if !in_net => Element::Other,
            "place" if self.path.contains(&Element::FinalMarkings) => {
                self.final_place = self.attribute(element, "place", "idref")?;
                Element::MarkedPlace
            }
            "place" => {
                let place = self.net.new_place();
                self.add_node(element, "place", Node::Place(place))?;
                Element::Place
            }
            "transition" => {
                let at = self.net.transitions.len();
                self.net.transitions.push(Transition {
                    activity: Some(String::new()),
                    ..Transition::default()
                });
                self.add_node(element, "transition", Node::Transition(at))?;
                Element::Transition
            }
            "arc" => {
                self.add_arc(element)?;
                Element::Arc
            }
            "toolspecific" => {
                self.see_whether_silent(element)?;
                Element::ToolSpecific
            }
            "finalmarkings" => {
                // Of several final markings the first one counts.
                match self.has_final_marking {
                    true => Element::ToolSpecific,
                    false => Element::FinalMarkings,
                }
            }
            "name" => Element::Name,
            "initialMarking" => Element::InitialMarking,
            "inscription" => Element::Inscription,
            "text" => {
                self.words.clear();
                Element::Text
            }
            _ => Element::Other,
        };
        Ok(entered)
    }

    fn add_node(
        &mut self,
        element: &BytesStart<'_>,
        name: &'static str,
        node: Node,
    ) -> Result<(), PnmlError> {
        let id = self.attribute(element, name, "id")?;
        if self.nodes.len() >= self.limits.nodes_max {
            return Err(self.too_many("places and transitions", self.limits.nodes_max));
        }
        if self.nodes.insert(id.clone(), node).is_some() {
            return Err(PnmlError::Repeated { at: self.at, id });
        }
        Ok(())
    }

    fn add_arc(&mut self, element: &BytesStart<'_>) -> Result<(), PnmlError> {
        if self.arcs.len() >= self.limits.arcs_max {
            return Err(self.too_many("arcs", self.limits.arcs_max));
        }
        let arc = ReadArc {
            from: self.attribute(element, "arc", "source")?,
            to: self.attribute(element, "arc", "target")?,
            tokens: 1,
        };
        self.arcs.push(arc);
        Ok(())
    }

    /// ProM's mark of a transition that nobody sees.
    fn see_whether_silent(&mut self, element: &BytesStart<'_>) -> Result<(), PnmlError> {
        if self.path.last() != Some(&Element::Transition) {
            return Ok(());
        }
        let invisible = self.value(element, "activity")?.as_deref() == Some("$invisible$");
        if let Some(transition) = self.net.transitions.last_mut()
            && invisible
        {
            transition.activity = None;
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), PnmlError> {
        match self.path.pop() {
            Some(Element::Text) => self.take_words(),
            Some(Element::FinalMarkings) => {
                self.has_final_marking = !self.final_marking.is_empty();
                Ok(())
            }
            Some(Element::Net) => {
                self.is_whole = true;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn text(&mut self, text: &str) -> Result<(), PnmlError> {
        if self.path.last() != Some(&Element::Text) {
            return Ok(());
        }
        if self.words.len() + text.len() > self.limits.name_bytes_max {
            return Err(self.too_many("bytes of a name", self.limits.name_bytes_max));
        }
        self.words.push_str(text);
        Ok(())
    }

    /// What the text that just ended was said about.
    fn take_words(&mut self) -> Result<(), PnmlError> {
        let words = self.words.trim();
        match self.path[..] {
            [.., Element::Transition, Element::Name] => {
                if let Some(activity) =
                    (self.net.transitions.last_mut()).and_then(|last| last.activity.as_mut())
                {
                    words.clone_into(activity);
                }
            }
            [.., Element::Place, Element::InitialMarking] => {
                let tokens = self.tokens()?;
                if let Some(start) = self.net.start.last_mut() {
                    *start = tokens;
                }
            }
            [.., Element::Arc, Element::Inscription] => {
                let tokens = self.tokens()?;
                if let Some(arc) = self.arcs.last_mut() {
                    arc.tokens = tokens.max(1);
                }
            }
            [.., Element::MarkedPlace] => {
                let tokens = self.tokens()?;
                if tokens > 0 {
                    let place = std::mem::take(&mut self.final_place);
                    self.final_marking.push((place, tokens));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn tokens(&self) -> Result<u32, PnmlError> {
        let words = self.words.trim();
        // Replay and alignment count tokens in bytes; a net that needs more is none of work going its way.
        let tokens = words.parse::<u8>().map_err(|_| PnmlError::Tokens {
            at: self.at,
            text: words.chars().take(80).collect(),
        })?;
        Ok(u32::from(tokens))
    }

    fn attribute(
        &self,
        element: &BytesStart<'_>,
        name: &'static str,
        attribute: &'static str,
    ) -> Result<String, PnmlError> {
        self.value(element, attribute)?.ok_or(PnmlError::Missing {
            at: self.at,
            element: name,
            attribute,
        })
    }

    fn value(&self, element: &BytesStart<'_>, name: &str) -> Result<Option<String>, PnmlError> {
        let attribute = element
            .try_get_attribute(name)
            .map_err(|source| self.broken(source.into()))?;
        let Some(attribute) = attribute else {
            return Ok(None);
        };
        if attribute.value.len() > self.limits.name_bytes_max {
            return Err(self.too_many("bytes of a name", self.limits.name_bytes_max));
        }
        let value = attribute
            .normalized_value(XmlVersion::Explicit1_0)
            .map_err(|source| self.broken(source))?;
        Ok(Some(value.into_owned()))
    }

    fn net(mut self) -> Result<PetriNet, PnmlError> {
        for arc in std::mem::take(&mut self.arcs) {
            let ends = (self.nodes.get(&arc.from), self.nodes.get(&arc.to));
            let (arcs, place) = match ends {
                (Some(Node::Place(place)), Some(Node::Transition(to))) => {
                    (&mut self.net.transitions[*to].takes, *place)
                }
                (Some(Node::Transition(from)), Some(Node::Place(place))) => {
                    (&mut self.net.transitions[*from].puts, *place)
                }
                _ => {
                    let ReadArc { from, to, .. } = arc;
                    return Err(PnmlError::Arc { from, to });
                }
            };
            arcs.push(Arc {
                place,
                tokens: arc.tokens,
            });
        }
        self.set_end()?;
        for transition in &mut self.net.transitions {
            // A transition without a name stands for nothing that a log could have.
            if transition.activity.as_deref() == Some("") {
                transition.activity = None;
            }
            for arcs in [&mut transition.takes, &mut transition.puts] {
                if !add_up(arcs) {
                    return Err(PnmlError::ArcTokens);
                }
            }
        }
        Ok(self.net)
    }

    fn set_end(&mut self) -> Result<(), PnmlError> {
        if self.final_marking.is_empty() {
            self.net.end.fill(1);
            for arc in self.net.transitions.iter().flat_map(|one| &one.takes) {
                self.net.end[arc.place] = 0;
            }
        }
        for (id, tokens) in std::mem::take(&mut self.final_marking) {
            match self.nodes.get(&id) {
                Some(Node::Place(place)) => self.net.end[*place] = tokens,
                _ => return Err(PnmlError::FinalPlace(id)),
            }
        }
        Ok(())
    }

    fn broken(&self, source: quick_xml::Error) -> PnmlError {
        PnmlError::Xml {
            at: self.at,
            source,
        }
    }

    fn ended(&self) -> PnmlError {
        match self.path.contains(&Element::Net) {
            true => PnmlError::Ends,
            false => PnmlError::NoNet,
        }
    }

    fn too_many(&self, what: &'static str, most: usize) -> PnmlError {
        PnmlError::TooMany {
            at: self.at,
            what,
            most,
        }
    }
}

/// Arcs of the same place become one; false when that moves more tokens than are counted.
fn add_up(arcs: &mut Vec<Arc>) -> bool {
    arcs.sort_unstable();
    arcs.dedup_by(|next, kept| {
        let same = next.place == kept.place;
        if same {
            kept.tokens += next.tokens;
        }
        same
    });
    arcs.iter().all(|arc| arc.tokens <= u32::from(u8::MAX))
}
