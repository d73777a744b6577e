//! A checksum over a whole file, in its footer.
//!
//! The library writes no checksums of pages, and without any a damaged file is often read as other values. So a file says the SHA-256 of its own bytes, taken
//! with noughts where it stands. Other programs pass it over, as they do every entry that they do not know.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::FileExt as _;

use parquet::file::metadata::KeyValue;
use sha2::{Digest as _, Sha256};

/// What the entry is called.
const KEY: &str = "madang.sha256";

/// Digits of a SHA-256.
const DIGITS: usize = 64;

/// The footer's length and the magic word behind it.
const TAIL_BYTES: u64 = 8;

/// How much is read at once.
const PIECE_BYTES: usize = 64 * 1024;

/// The entry as it is before the checksum is known.
pub(crate) fn open_place() -> KeyValue {
    KeyValue::new(KEY.to_owned(), noughts())
}

/// Writes the checksum into a file that has an open place for it.
pub(crate) fn seal(file: &File) -> io::Result<()> {
    let at = place_of(file, &noughts())?.ok_or_else(|| {
        let what = "the footer that was just written has no place for a checksum";
        io::Error::new(io::ErrorKind::InvalidData, what)
    })?;
    let digest = digest(file, at)?;
    file.write_all_at(digest.as_bytes(), at)
}

/// Whether the file is as its checksum says; so is one without any.
pub(crate) fn fits(file: &File, entries: Option<&Vec<KeyValue>>) -> io::Result<bool> {
    let entry = entries.and_then(|entries| entries.iter().find(|entry| entry.key == KEY));
    let Some(entry) = entry else { return Ok(true) };
    let said = entry.value.as_deref().unwrap_or_default();
    if said.len() != DIGITS {
        return Ok(false);
    }
    match place_of(file, said)? {
        Some(at) => Ok(digest(file, at)? == said),
        None => Ok(false),
    }
}

/// Where in the file the digits of the entry stand. Its footer was looked at before: it is as long as it says.
fn place_of(file: &File, digits: &str) -> io::Result<Option<u64>> {
    let bytes = file.metadata()?.len();
    let too_short = || io::Error::from(io::ErrorKind::UnexpectedEof);
    let tail = bytes.checked_sub(TAIL_BYTES).ok_or_else(too_short)?;
    let mut length = [0; 4];
    file.read_exact_at(&mut length, tail)?;
    let length = u64::from(u32::from_le_bytes(length));
    let start = tail.checked_sub(length).ok_or_else(too_short)?;
    let mut footer = vec![0; usize::try_from(length).map_err(io::Error::other)?];
    file.read_exact_at(&mut footer, start)?;
    let found = footer
        .windows(DIGITS)
        .rposition(|window| window == digits.as_bytes());
    Ok(found.map(|at| start + at as u64))
}

/// The digits for the whole file, with noughts where they stand.
fn digest(mut file: &File, at: u64) -> io::Result<String> {
    let mut hash = Sha256::new();
    file.seek(SeekFrom::Start(0))?;
    take(&mut hash, &mut file.take(at))?;
    hash.update(noughts());
    file.seek(SeekFrom::Start(at + DIGITS as u64))?;
    take(&mut hash, &mut file)?;
    let digest = hash.finalize();
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn take(hash: &mut Sha256, from: &mut dyn io::Read) -> io::Result<()> {
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        match from.read(&mut piece)? {
            0 => return Ok(()),
            read => hash.update(&piece[..read]),
        }
    }
}

fn noughts() -> String {
    "0".repeat(DIGITS)
}
