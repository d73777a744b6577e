//! What can be wrong with a script, told with its line, its word and what to write.

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};

use crate::failure::{Exit, Exits};

/// Where in a script something is wrong, and what.
#[derive(Debug, thiserror::Error)]
#[error("{file}:{line}: {problem}")]
pub struct ScriptError {
    /// The script.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// What is wrong.
    pub problem: ScriptProblem,
    source_text: Box<NamedSource<String>>,
    span: (usize, usize),
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the sentence of each says what its fields are")]
pub enum ScriptProblem {
    #[error("there is no step `{word}`")]
    UnknownStep {
        word: String,
        nearest: Option<&'static str>,
    },
    #[error("`{word}` is not one of {}", known.join(", "))]
    UnknownWord {
        word: String,
        known: Vec<&'static str>,
        nearest: Option<&'static str>,
    },
    #[error("`{step}` needs {what}")]
    Missing {
        step: &'static str,
        what: &'static str,
    },
    #[error("`{word}` is not {what}")]
    NotA { word: String, what: &'static str },
    #[error("`{word}` is too much: the step ends before it")]
    TooMuch { word: String, step: &'static str },
    #[error("a quote is opened here and not closed")]
    OpenQuote,
    #[error("the script has {bytes} bytes, more than {}", super::SCRIPT_BYTES_MAX)]
    TooLong { bytes: usize },
}

impl ScriptProblem {
    fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownStep {
                nearest: Some(nearest),
                ..
            } => Some(format!(
                "did you mean `{nearest}`? It is written: {}",
                written(nearest)
            )),
            Self::UnknownStep { nearest: None, .. } => {
                let names: Vec<_> = super::STEPS.iter().map(|(name, _)| *name).collect();
                Some(format!("the steps are: {}", names.join(", ")))
            }
            Self::UnknownWord { nearest, .. } => {
                nearest.map(|nearest| format!("did you mean `{nearest}`?"))
            }
            Self::Missing { step, .. } | Self::TooMuch { step, .. } => {
                Some(format!("it is written: {}", written(step)))
            }
            Self::NotA { .. } => None,
            Self::OpenQuote => {
                Some("close it on the same line, with the quote that opened it".into())
            }
            Self::TooLong { .. } => Some("split it into several scripts".into()),
        }
    }
}

fn written(step: &str) -> &'static str {
    let name = step.split(' ').next().unwrap_or(step);
    super::STEPS
        .iter()
        .find(|(known, _)| *known == name)
        .map_or("", |(_, written)| written)
}

impl ScriptError {
    pub(super) fn new(
        file: &str,
        text: &str,
        line: u32,
        span: std::ops::Range<usize>,
        problem: ScriptProblem,
    ) -> Self {
        Self {
            file: file.to_owned(),
            line,
            problem,
            source_text: Box::new(NamedSource::new(file, text.to_owned())),
            span: (span.start, span.len()),
        }
    }
}

impl Diagnostic for ScriptError {
    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        let hint = self.problem.hint()?;
        Some(Box::new(hint))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&*self.source_text)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let (start, length) = self.span;
        Some(Box::new(std::iter::once(LabeledSpan::at(
            start..start + length,
            "here",
        ))))
    }
}

impl Exits for ScriptError {
    fn exit(&self) -> Exit {
        Exit::Usage
    }
}
