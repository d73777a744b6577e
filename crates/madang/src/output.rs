//! What a command prints for its user: lines of text, or of JSON.

use std::io::{self, Write};

use miette::Diagnostic;
use serde::Serialize;

use crate::failure::{Exit, Exits};

/// Where a command prints.
pub struct Output<'a> {
    writer: &'a mut (dyn Write + Send),
}

/// Nothing can be printed any more.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("could not write to standard output")]
#[diagnostic(help("look whether the disk is full"))]
pub struct OutputError(#[from] io::Error);

impl Exits for OutputError {
    fn exit(&self) -> Exit {
        match self.0.kind() {
            io::ErrorKind::BrokenPipe => Exit::ReaderGone,
            _ => Exit::Io,
        }
    }
}

impl<'a> Output<'a> {
    /// Prints to `writer`.
    pub fn new(writer: &'a mut (dyn Write + Send)) -> Self {
        Self { writer }
    }

    /// One line of text.
    ///
    /// # Errors
    /// [`OutputError`].
    pub fn line(&mut self, text: &str) -> Result<(), OutputError> {
        writeln!(self.writer, "{text}")?;
        Ok(self.writer.flush()?)
    }

    /// One line of JSON.
    ///
    /// # Errors
    /// [`OutputError`].
    pub fn json(&mut self, value: &impl Serialize) -> Result<(), OutputError> {
        let text = serde_json::to_string(value).map_err(io::Error::from)?;
        self.line(&text)
    }

    /// The writer itself.
    pub fn writer(&mut self) -> &mut dyn Write {
        self.writer
    }
}
