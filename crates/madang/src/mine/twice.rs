//! What is given twice: it would count twice, and nobody would see why.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, BufRead as _, BufReader};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use madang_process::event_data::ObjectLog;

use super::fault::Fault;

/// Refuses a file that is named twice, or has a copy among the others. What cannot be looked at is told of by its reader.
///
/// # Errors
/// [`Fault::SameLog`].
pub(super) fn refuse_same_files(names: &[String]) -> Result<(), Fault> {
    let mut of_identity: HashMap<(u64, u64), &str> = HashMap::new();
    // Most files differ in their length, and are not read for this.
    let mut of_length: HashMap<u64, Vec<&str>> = HashMap::new();
    for name in names {
        let Ok(about) = Path::new(name).metadata() else {
            continue;
        };
        let mut same = of_identity.insert((about.dev(), about.ino()), name);
        if about.is_file() && about.len() > HEADER_BYTES {
            let alike = of_length.entry(about.len()).or_default();
            let is_copy = |other: &&&str| has_same_bytes(other, name).unwrap_or(false);
            same = same.or_else(|| alike.iter().find(is_copy).copied());
            alike.push(name);
        }
        if let Some(other) = same {
            return Err(Fault::SameLog {
                name: name.clone(),
                other: other.to_owned(),
            });
        }
    }
    Ok(())
}

/// What is no longer may be a header alone: days without any event are alike.
const HEADER_BYTES: u64 = 1_024;

fn has_same_bytes(one: &str, other: &str) -> io::Result<bool> {
    let (mut one, mut other) = (
        BufReader::new(File::open(one)?),
        BufReader::new(File::open(other)?),
    );
    loop {
        let (left, right) = (one.fill_buf()?, other.fill_buf()?);
        let length = left.len().min(right.len());
        if length == 0 {
            return Ok(left.len() == right.len());
        }
        if left[..length] != right[..length] {
            return Ok(false);
        }
        one.consume(length);
        other.consume(length);
    }
}

/// The events of a log that gives each an id.
pub(super) struct Events(HashSet<u64>);

impl Events {
    /// What tells the events of a log apart: an id alone may be another event's in another file, which counts for itself.
    pub(super) fn of(log: &ObjectLog) -> Self {
        let event = |at: usize| {
            let mut hasher = DefaultHasher::new();
            (log.event_name(at), log.time_ms(at)).hash(&mut hasher);
            hasher.finish()
        };
        Self((0..log.event_count()).map(event).collect())
    }

    /// # Errors
    /// [`Fault::SameEvents`] when one of these has events of this, too: a copy, or a time that two files reach over.
    pub(super) fn refuse_common(&self, name: &str, others: &[(&str, Self)]) -> Result<(), Fault> {
        for (other, theirs) in others {
            let events = self.0.intersection(&theirs.0).count();
            if events > 0 {
                return Err(Fault::SameEvents {
                    name: name.to_owned(),
                    other: (*other).to_owned(),
                    events,
                });
            }
        }
        Ok(())
    }
}
