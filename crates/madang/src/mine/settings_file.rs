//! Small files of TOML that people write: filters, rules.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use serde::de::DeserializeOwned;

use super::fault::Fault;

/// A thousand filters or rules fit; such a file is looked at by people.
const BYTES_MAX: u64 = 1024 * 1024;

/// What a file says.
pub fn read<Settings: DeserializeOwned>(path: &Path) -> Result<Settings, Fault> {
    let text = bytes(path, BYTES_MAX)?;
    let unread = |source| Fault::Unread {
        path: path.to_owned(),
        source,
    };
    let text = String::from_utf8(text)
        .map_err(|error| unread(std::io::Error::new(std::io::ErrorKind::InvalidData, error)))?;
    toml::from_str(&text).map_err(|source| Fault::Toml {
        path: path.to_owned(),
        source: Box::new(source),
    })
}

/// The bytes of a file that is no longer than it may be.
pub fn bytes(path: &Path, bytes_max: u64) -> Result<Vec<u8>, Fault> {
    let unread = |source| Fault::Unread {
        path: path.to_owned(),
        source,
    };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unread)?;
    let read = file.take(bytes_max + 1).read_to_end(&mut bytes);
    match read.map_err(unread)? as u64 > bytes_max {
        true => Err(Fault::TooLong {
            path: path.to_owned(),
            bytes_max,
        }),
        false => Ok(bytes),
    }
}
