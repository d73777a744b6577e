//! Where bytes come from.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::read::error::{ReadError, ReadErrorKind};
use crate::read::format::Format;

/// Something that can be read from a byte on. A file and standard input stand below; whoever has a gateway makes one of a URL.
pub trait Input: Send + Sync {
    /// As the user named it.
    fn name(&self) -> &str;

    /// Where it is, however it was named: part of its identity.
    fn whereabouts(&self) -> String {
        self.name().to_owned()
    }

    /// What is behind it, whatever names it has there: a file may have several. None where its [`Self::identity`] tells.
    fn source(&self) -> Option<String> {
        None
    }

    /// The entry that is wanted when it is an archive: `menu.csv` of `orders.zip!menu.csv`.
    fn entry(&self) -> Option<&str> {
        None
    }

    /// How long it is, where that can be known before reading.
    fn bytes(&self) -> Result<Option<u64>, ReadError>;

    /// How many of these bytes what was read of it last stands for, where it is other text that is read.
    fn bytes_stood_for(&self) -> Option<u64> {
        None
    }

    /// What stands for its contents where something does, as an entity tag: part of its identity.
    fn version(&self) -> Result<Option<String>, ReadError> {
        Ok(None)
    }

    /// Whether [`Self::version`] changes whenever the contents do, so that nobody has to compare them.
    fn is_vouched_for(&self) -> bool {
        matches!(self.version(), Ok(Some(_)))
    }

    /// It, open, where it is a file: by it is seen whether somebody writes to it while it is read, whatever becomes of its name.
    fn handle(&self) -> Result<Option<File>, ReadError> {
        Ok(None)
    }

    /// What it is, when its bytes here only stand for it: a Parquet file is read as JSON Lines.
    fn format(&self) -> Option<Format> {
        None
    }

    /// The members of its objects, where it knows them without having any: a Parquet file has a schema.
    fn members(&self) -> Result<Option<Vec<String>>, ReadError> {
        Ok(None)
    }

    /// What a person should know who relies on it having been whole.
    fn doubt(&self) -> Option<Doubt> {
        None
    }

    /// Whether it can be opened anywhere and more than once. What cannot is opened at byte 0 once, after its identity was asked.
    fn can_seek(&self) -> bool;

    /// Its bytes from one on.
    fn open_at(&self, byte: u64) -> Result<Box<dyn Read + Send>, ReadError>;

    /// What tells it from others: by it a run is known again and a file that changed is noticed.
    fn identity(&self) -> Result<Identity, ReadError> {
        let mut head = Vec::new();
        self.open_at(0)?
            .take(HEAD_BYTES)
            .read_to_end(&mut head)
            .map_err(|error| ReadError::io(self.name(), error))?;
        Ok(Identity {
            name: self.whereabouts(),
            entry: self.entry().map(str::to_owned),
            bytes: self.bytes()?,
            version: self.version()?,
            head: digits(&Sha256::digest(&head)),
        })
    }
}

/// Why nobody knows whether an input was read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// In English, without secrets.
    pub message: String,
    /// The same in Korean.
    pub message_ko: String,
}

/// What tells an input from others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Where it is: a file by its whole path, everything else as the user named it.
    pub name: String,
    /// The entry of the archive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
    /// How long it is as it is stored, where that can be known before reading.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// See [`Input::version`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// SHA-256 of its first 64 KiB as they are stored, in hexadecimal digits.
    pub head: String,
}

/// How much of the beginning stands for a file. It is the block in which two exports of the same table differ, and read in no time.
pub const HEAD_BYTES: u64 = 64 * 1024;

/// An input as a user names it: `-` is standard input, a named pipe is read like it, everything else is a file.
pub fn input_named(name: &str) -> Result<Box<dyn Input>, ReadError> {
    if name == "-" {
        return Ok(Box::new(StreamInput::standard()));
    }
    file_or_pipe(FileInput::named(name))
}

/// The same for a path that no text says, under a name for people.
pub fn input_at(path: PathBuf, name: &str) -> Result<Box<dyn Input>, ReadError> {
    file_or_pipe(FileInput::at(path, name))
}

fn file_or_pipe(input: FileInput) -> Result<Box<dyn Input>, ReadError> {
    match input.can_seek() {
        true => Ok(Box::new(input)),
        // It is opened now: a pipe that is opened twice gives each half of it.
        false => {
            let stream = Box::new(input.open()?);
            Ok(Box::new(StreamInput::new(&input.name, stream)))
        }
    }
}

/// A file.
#[derive(Clone, Debug)]
pub struct FileInput {
    name: String,
    path: PathBuf,
    entry: Option<String>,
    /// Whether the name says where it is.
    is_named_so: bool,
}

/// Anything that can be read once from its beginning: standard input.
pub struct StreamInput {
    name: String,
    stream: Mutex<Stream>,
}

struct Stream {
    /// Read ahead for the identity, and to be read again.
    head: Option<Vec<u8>>,
    rest: Option<Box<dyn Read + Send>>,
}

impl FileInput {
    /// A file as a user names it: `menu.csv`, `orders.zip`, or `orders.zip!menu.csv` for a file in an archive. A file that is really called so
    /// comes first; then the archive whose own name has a `!`.
    pub fn named(name: &str) -> Self {
        let mut places = name.match_indices('!').map(|(at, _)| at);
        let found = match PathBuf::from(name).exists() {
            true => None,
            false => places
                .clone()
                .find(|at| PathBuf::from(&name[..*at]).exists())
                .or_else(|| places.next()),
        };
        let (path, entry) = match found {
            Some(at) => (&name[..at], Some(name[at + 1..].to_owned())),
            None => (name, None),
        };
        Self {
            name: name.to_owned(),
            path: PathBuf::from(path),
            entry,
            is_named_so: true,
        }
    }

    /// A file at a path, under a name for people.
    pub fn at(path: PathBuf, name: &str) -> Self {
        Self {
            name: name.to_owned(),
            path,
            entry: None,
            is_named_so: false,
        }
    }

    fn open(&self) -> Result<File, ReadError> {
        let file = File::open(&self.path).map_err(|error| ReadError::io(&self.name, error))?;
        let about = file
            .metadata()
            .map_err(|error| ReadError::io(&self.name, error))?;
        match about.is_dir() {
            true => Err(ReadError::new(&self.name, ReadErrorKind::Folder)),
            false => Ok(file),
        }
    }
}

impl Input for FileInput {
    fn name(&self) -> &str {
        &self.name
    }

    fn whereabouts(&self) -> String {
        match &self.entry {
            // A file that was brought is the same under its name, wherever it is put.
            _ if !self.is_named_so => self.name.clone(),
            Some(entry) => format!("{}!{entry}", whole_path(&self.path).display()),
            None => whole_path(&self.path).display().to_string(),
        }
    }

    #[cfg(unix)]
    fn source(&self) -> Option<String> {
        use std::os::unix::fs::MetadataExt as _;
        let about = self.path.metadata().ok()?;
        Some(format!("file {} of {}", about.ino(), about.dev()))
    }

    fn entry(&self) -> Option<&str> {
        self.entry.as_deref()
    }

    fn bytes(&self) -> Result<Option<u64>, ReadError> {
        let about = self.open()?.metadata();
        let about = about.map_err(|error| ReadError::io(&self.name, error))?;
        Ok(about.is_file().then_some(about.len()))
    }

    fn handle(&self) -> Result<Option<File>, ReadError> {
        self.open().map(Some)
    }

    fn can_seek(&self) -> bool {
        // A named pipe (`<(zcat …)`) is opened like a file and cannot.
        self.path.metadata().is_ok_and(|about| about.is_file())
    }

    fn open_at(&self, byte: u64) -> Result<Box<dyn Read + Send>, ReadError> {
        let mut file = self.open()?;
        if byte > 0 {
            file.seek(SeekFrom::Start(byte))
                .map_err(|error| ReadError::io(&self.name, error))?;
        }
        Ok(Box::new(file))
    }
}

impl StreamInput {
    /// A stream under a name.
    pub fn new(name: &str, stream: Box<dyn Read + Send>) -> Self {
        Self {
            name: name.to_owned(),
            stream: Mutex::new(Stream {
                head: None,
                rest: Some(stream),
            }),
        }
    }

    /// The program's standard input.
    pub fn standard() -> Self {
        Self::new("-", Box::new(io::stdin()))
    }
}

impl Input for StreamInput {
    fn name(&self) -> &str {
        &self.name
    }

    fn source(&self) -> Option<String> {
        Some(format!("stream {}", self.name))
    }

    fn bytes(&self) -> Result<Option<u64>, ReadError> {
        Ok(None)
    }

    fn can_seek(&self) -> bool {
        false
    }

    fn open_at(&self, _byte: u64) -> Result<Box<dyn Read + Send>, ReadError> {
        let mut stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        let head = stream.head.take().unwrap_or_default();
        let Some(rest) = stream.rest.take() else {
            let error = io::Error::other("it was read already, and cannot be read twice");
            return Err(ReadError::io(&self.name, error));
        };
        Ok(Box::new(Cursor::new(head).chain(rest)))
    }

    fn identity(&self) -> Result<Identity, ReadError> {
        let mut stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        let mut head = stream.head.take().unwrap_or_default();
        if let Some(rest) = &mut stream.rest {
            let missing = HEAD_BYTES.saturating_sub(head.len() as u64);
            rest.by_ref()
                .take(missing)
                .read_to_end(&mut head)
                .map_err(|error| ReadError::io(&self.name, error))?;
        }
        let identity = Identity {
            name: self.name.clone(),
            entry: None,
            bytes: None,
            version: None,
            head: digits(&Sha256::digest(&head)),
        };
        stream.head = Some(head);
        Ok(identity)
    }
}

/// A path from the root on, without links as far as it leads somewhere: the same file has the same, however it was spelled.
pub fn whole_path(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    // What is not there yet is in a folder that is.
    let found = absolute
        .ancestors()
        .find_map(|above| Some((above, above.canonicalize().ok()?)));
    match found {
        Some((above, whole)) => match absolute.strip_prefix(above) {
            Ok(rest) if rest.as_os_str().is_empty() => whole,
            Ok(rest) => whole.join(rest),
            Err(_) => absolute,
        },
        None => absolute,
    }
}

/// Hexadecimal digits of bytes.
pub(crate) fn digits(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{FileInput, Input};

    #[test]
    fn an_archive_may_have_an_exclamation_mark_in_its_own_name() {
        let folder = tempfile::tempdir().expect("a place for tests");
        let at = |name: &str| folder.path().join(name).display().to_string();
        fs::write(at("o!1.zip"), "").expect("written");
        fs::write(at("a!b.csv"), "").expect("written");
        let check = |name: &str, path: &str, entry: Option<&str>| {
            let input = FileInput::named(&at(name));
            assert_eq!(input.path.display().to_string(), at(path), "{name}");
            assert_eq!(input.entry(), entry, "{name}");
        };
        check("o!1.zip!재고.csv", "o!1.zip", Some("재고.csv"));
        check("o!1.zip", "o!1.zip", None);
        check("a!b.csv", "a!b.csv", None);
        check("gone.zip!a!b.csv", "gone.zip", Some("a!b.csv"));
    }
}
