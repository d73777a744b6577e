//! Whether somebody writes to an input while it is read.

use std::fs::File;
use std::time::SystemTime;

use crate::read::error::ReadError;
use crate::read::input::Input;

/// What an input was when it was opened. Runs are not compared by it: another day the same file may have been copied, or touched.
pub struct Watch {
    /// The file itself: another one that takes its name is none of our concern.
    file: Option<File>,
    bytes: Option<u64>,
    /// As fine as the file system keeps it.
    changed_at: Option<SystemTime>,
}

const RESIZED: &str = "its size changed";
const REWRITTEN: &str = "its time of change is another";

impl Watch {
    /// Looks at an input that is about to be read.
    pub fn begin(input: &dyn Input) -> Result<Self, ReadError> {
        let mut watch = Self {
            file: input.handle()?,
            bytes: None,
            changed_at: None,
        };
        (watch.bytes, watch.changed_at) = watch.look(input)?;
        Ok(watch)
    }

    /// What tells that somebody wrote to it since.
    pub fn seen(&self, input: &dyn Input) -> Result<Option<&'static str>, ReadError> {
        let (bytes, changed_at) = self.look(input)?;
        Ok(match () {
            () if bytes != self.bytes => Some(RESIZED),
            () if changed_at != self.changed_at => Some(REWRITTEN),
            () => None,
        })
    }

    fn look(&self, input: &dyn Input) -> Result<(Option<u64>, Option<SystemTime>), ReadError> {
        let Some(file) = &self.file else {
            return Ok((input.bytes()?, None));
        };
        let about = file
            .metadata()
            .map_err(|error| ReadError::io(input.name(), error))?;
        Ok(match about.is_file() {
            true => (Some(about.len()), about.modified().ok()),
            false => (None, None),
        })
    }
}
