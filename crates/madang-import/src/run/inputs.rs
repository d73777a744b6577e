//! What is read, when it is text: files, standard input, addresses.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::read::{
    self, Doubt, Format, Input, ReadError, ReadSettings, Resume, Text, Texts, open_rows,
};
use crate::run::mark::FileMark;
use crate::run::source::{Opened, Opening, Source};

/// Inputs with text in them, one after another.
#[derive(Clone)]
pub struct Inputs {
    inputs: Vec<Arc<dyn Input>>,
    settings: ReadSettings,
}

impl Inputs {
    /// Inputs that have the same columns.
    pub fn new(inputs: Vec<Arc<dyn Input>>, settings: ReadSettings) -> Self {
        Self { inputs, settings }
    }

    /// How many bytes they have as they are stored, where that can be known before reading.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn bytes(&self) -> Result<Option<u64>, ReadError> {
        read::Source::new(self.inputs.clone(), &self.settings, None).bytes()
    }

    /// What tells each of them from others, as text.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn identities(&self) -> Result<Vec<String>, ReadError> {
        self.inputs
            .iter()
            .map(|input| {
                let identity = input.identity()?;
                Ok(serde_json::to_string(&identity).expect("texts and numbers are always JSON"))
            })
            .collect()
    }

    /// What each of them holds, by its beginning. What can be read only once is left unread.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn marks(&self, identities: &[String]) -> Result<Vec<FileMark>, ReadError> {
        let header_lines = match self.settings.has_header {
            true => self.settings.skip_lines.saturating_add(1),
            false => self.settings.skip_lines,
        };
        let mark = |(input, identity): (&Arc<dyn Input>, &String)| {
            let identity = serde_json::from_str(identity).expect("it was made of one");
            let head = match input.can_seek() {
                true => read::Source::new(vec![Arc::clone(input)], &self.settings, None).next()?,
                false => None,
            };
            let (text, is_whole) = head
                .map(|head| (head.text, head.ends_input))
                .unwrap_or_default();
            Ok(FileMark::new(&identity, &text, is_whole, header_lines))
        };
        self.inputs.iter().zip(identities).map(mark).collect()
    }

    /// Those of them that are not at these places.
    pub fn without(&self, places: &[usize]) -> Self {
        let inputs = self.inputs.iter().enumerate();
        let inputs = inputs.filter(|(place, _)| !places.contains(place));
        Self {
            inputs: inputs.map(|(_, input)| Arc::clone(input)).collect(),
            settings: self.settings.clone(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.inputs.is_empty()
    }

    /// The first of them that is one before it once more, under the same name or another. What they are called is not asked: see [`Self::identities`].
    pub fn named_twice(&self, identities: &[String]) -> Option<usize> {
        let mut entries_of = BTreeMap::<String, Vec<Option<&str>>>::new();
        let each = self.inputs.iter().zip(identities).enumerate();
        for (place, (input, identity)) in each {
            let source = input.source().unwrap_or_else(|| identity.clone());
            let entry = input.entry();
            let entries = entries_of.entry(source).or_default();
            // An archive by itself is the only file in it.
            let is_same =
                |other: &Option<&str>| other.is_none() || entry.is_none() || *other == entry;
            if entries.iter().any(is_same) {
                return Some(place);
            }
            entries.push(entry);
        }
        None
    }
}

impl Source for Inputs {
    fn names(&self) -> Vec<String> {
        let names = self.inputs.iter().map(|input| input.name().to_owned());
        names.collect()
    }

    fn format(&self) -> Option<Format> {
        let mut formats = self.inputs.iter().map(|input| input.format());
        let first = formats.next().flatten()?;
        formats
            .all(|format| format.as_ref() == Some(&first))
            .then_some(first)
    }

    fn doubts(&self) -> Vec<(u32, Doubt)> {
        let doubts = self.inputs.iter().zip(0..);
        doubts
            .filter_map(|(input, number)| Some((number, input.doubt()?)))
            .collect()
    }

    fn can_seek(&self) -> bool {
        self.inputs.iter().all(|input| input.can_seek())
    }

    fn is_known_whole(&self) -> bool {
        self.inputs.iter().all(|input| input.is_vouched_for())
    }

    /// An input whose text only stands for it has no header of its own.
    fn look_over(&self) -> Result<(), ReadError> {
        let can_be = |input: &dyn Input| input.can_seek() && input.format().is_none();
        let heads = Heads {
            inputs: self.inputs.clone(),
            settings: self.settings.clone(),
            left: (0..)
                .zip(&self.inputs)
                .filter(|(_, input)| can_be(input.as_ref()))
                .map(|(number, _)| number)
                .collect(),
        };
        if heads.left.len() < 2 {
            return Ok(());
        }
        let mut rows = open_rows(Box::new(heads), &self.settings, None)?;
        // Rows that come with the headers are read again afterwards.
        while rows.next()?.is_some() {}
        Ok(())
    }

    fn open(&mut self, opening: Opening) -> Result<Opened, ReadError> {
        let resume = Some(opening.at).filter(|at| *at != Resume::default());
        let mut texts = read::Source::new(self.inputs.clone(), &self.settings, resume.as_ref());
        if opening.is_hashed {
            texts = texts.hashed();
        }
        if let Some(before) = opening.before {
            texts = texts.compared_with(before);
        }
        if let Some(on_read) = opening.on_read {
            texts = texts.watched(on_read);
        }
        let settings = self.settings.told_by(&self.inputs)?;
        Ok(Opened::Text(
            Box::new(texts),
            Box::new(move |texts| open_rows(texts, &settings, resume.as_ref())),
        ))
    }
}

/// The beginnings of inputs, each as if it were all of it.
struct Heads {
    inputs: Vec<Arc<dyn Input>>,
    settings: ReadSettings,
    /// The numbers of those that were not opened yet.
    left: VecDeque<u32>,
}

impl Texts for Heads {
    fn next(&mut self) -> Result<Option<Text>, ReadError> {
        while let Some(number) = self.left.pop_front() {
            let input = Arc::clone(&self.inputs[number as usize]);
            let head = read::Source::new(vec![input], &self.settings, None).next()?;
            if let Some(head) = head {
                return Ok(Some(Text {
                    input: number,
                    ends_input: true,
                    ..head
                }));
            }
        }
        Ok(None)
    }

    fn name(&self, input: u32) -> &str {
        let input = self.inputs.get(input as usize);
        input.map_or("", |input| input.name())
    }
}
