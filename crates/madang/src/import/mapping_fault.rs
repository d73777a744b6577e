//! What is wrong with a mapping, each mistake at its place in the text.

use std::fmt::Display;

use madang_import::check::{MappingError, MappingErrors};
use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};

/// A mapping that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the mapping cannot be used")]
pub struct MappingFault {
    text: NamedSource<String>,
    mistakes: Vec<Mistake>,
}

/// One of them.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Mistake(MappingError);

impl MappingFault {
    /// What is wrong with the text of a file.
    pub fn new(errors: &MappingErrors, file: &str, text: &str) -> Self {
        Self {
            text: NamedSource::new(file, text.to_owned()),
            mistakes: errors.iter().cloned().map(Mistake).collect(),
        }
    }
}

impl Diagnostic for MappingFault {
    fn help<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        Some(Box::new("docs/import-mappings.md describes mappings"))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.text)
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        let mistakes = self.mistakes.iter();
        Some(Box::new(mistakes.map(|mistake| mistake as &dyn Diagnostic)))
    }
}

impl Diagnostic for Mistake {
    fn help<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        Some(Box::new(self.0.korean()))
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let place = self.0.place.as_ref()?;
        let label = LabeledSpan::at(place.bytes.clone(), "here");
        Some(Box::new(std::iter::once(label)))
    }
}
