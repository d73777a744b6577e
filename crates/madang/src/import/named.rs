//! What is named on the command line.

use std::ffi::OsString;
use std::fmt;
use std::ops::Deref;
use std::path::{Path, PathBuf};

/// A kind of import, a file or an address. A file's name need not be UTF-8: one in CP949 comes out of archives that were packed under Windows.
#[derive(Clone, Debug)]
pub struct Named {
    /// As it is shown.
    text: String,
    /// Where the file is, when no text says that.
    path: Option<PathBuf>,
}

impl Named {
    /// Where the file is, when the text does not say that.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }
}

impl From<OsString> for Named {
    fn from(name: OsString) -> Self {
        match name.into_string() {
            Ok(text) => Self { text, path: None },
            Err(name) => Self {
                text: name.to_string_lossy().into_owned(),
                path: Some(name.into()),
            },
        }
    }
}

impl Deref for Named {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Named {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}
