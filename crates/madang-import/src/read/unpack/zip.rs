//! One entry of a zip archive as a stream.

use std::collections::HashSet;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::sync::Arc;

use encoding_rs::EUC_KR;
use flate2::{Crc, read::DeflateDecoder};
use zip::CompressionMethod;
use zip::{ZipArchive, result::ZipError};

use super::{Meter, counted};
use crate::read::error::{Packing, ReadError, ReadErrorKind, Unsupported};
use crate::read::input::Input;

/// The most bytes that are read to learn what is in an archive: 100,000 entries take 10 MB.
const DIRECTORY_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// How many names an error lists.
const NAMES_SHOWN_MAX: usize = 10;

/// What an Excel workbook (.xlsx) always holds.
const WORKBOOK_ENTRY: &str = "[Content_Types].xml";

/// Opens the entry that the input names, or the only one.
pub(super) fn open(
    input: &Arc<dyn Input>,
    meter: &Arc<Meter>,
) -> Result<Box<dyn Read + Send>, ReadError> {
    let seeking = Seeking {
        input: Arc::clone(input),
        bytes: input.bytes()?.unwrap_or_default(),
        at: 0,
        reader: None,
        left: DIRECTORY_BYTES_MAX,
    };
    let mut archive = ZipArchive::new(BufReader::new(seeking))
        .map_err(|error| in_our_words(input.as_ref(), error))?;
    let entry = choose(input.as_ref(), &mut archive)?;
    let packed = counted(input.open_at(entry.start)?, meter, entry.start).take(entry.packed_bytes);
    let unpacked: Box<dyn Read + Send> = match entry.method {
        CompressionMethod::Stored => Box::new(Whole(packed)),
        CompressionMethod::Deflated => Box::new(DeflateDecoder::new(packed)),
        method => {
            let (entry, method) = (entry.name, method.to_string());
            let kind = ReadErrorKind::PackingUnknown { entry, method };
            return Err(ReadError::new(input.name(), kind));
        }
    };
    Ok(Box::new(Checked {
        reader: unpacked,
        crc: Crc::new(),
        wanted: entry.crc,
    }))
}

struct Entry {
    name: String,
    start: u64,
    packed_bytes: u64,
    method: CompressionMethod,
    crc: u32,
}

fn choose(
    input: &dyn Input,
    archive: &mut ZipArchive<impl Read + Seek>,
) -> Result<Entry, ReadError> {
    let error = |kind| ReadError::new(input.name(), kind);
    let names = files_in(archive);
    let mut seen = HashSet::new();
    let is_twice = |(_, name): &(usize, String)| !seen.insert(name.clone());
    if archive.has_duplicate_names() || names.iter().any(is_twice) {
        return Err(error(ReadErrorKind::RepeatedEntry));
    }
    if input.entry().is_none() && names.iter().any(|(_, name)| name == WORKBOOK_ENTRY) {
        return Err(error(ReadErrorKind::Unsupported(Unsupported::Xlsx)));
    }
    let shown = || {
        let names = names.iter().map(|(_, name)| name.clone());
        names.take(NAMES_SHOWN_MAX).collect::<Vec<_>>()
    };
    let (index, name) = match (input.entry(), names.as_slice()) {
        (Some(wanted), _) => names
            .iter()
            .find(|(_, name)| name == wanted)
            .ok_or_else(|| {
                error(ReadErrorKind::NoEntry {
                    wanted: wanted.to_owned(),
                    entries: shown(),
                })
            })?,
        (None, []) => return Err(error(ReadErrorKind::EmptyArchive)),
        (None, [only]) => only,
        (None, [first, ..]) => {
            return Err(error(ReadErrorKind::WhichEntry {
                count: names.len(),
                example: format!("{}!{}", input.name(), first.1),
                entries: shown(),
            }));
        }
    };
    let file = archive
        .by_index_raw(*index)
        .map_err(|error| in_our_words(input, error))?;
    if file.encrypted() {
        let entry = name.clone();
        return Err(error(ReadErrorKind::Encrypted { entry }));
    }
    Ok(Entry {
        name: name.clone(),
        start: file.data_start().ok_or_else(|| error(damaged()))?,
        packed_bytes: file.compressed_size(),
        method: file.compression(),
        crc: file.crc32(),
    })
}

/// The files in an archive, without folders and what macOS adds. Korean Windows writes names in CP949 without saying so.
fn files_in(archive: &ZipArchive<impl Read + Seek>) -> Vec<(usize, String)> {
    let names = archive.file_names_raw().map(|raw| {
        std::str::from_utf8(raw).map_or_else(
            |_| EUC_KR.decode_without_bom_handling(raw).0.into_owned(),
            str::to_owned,
        )
    });
    let is_residue = |name: &str| {
        name.ends_with('/') || name.starts_with("__MACOSX/") || name.ends_with(".DS_Store")
    };
    let files = names.enumerate().filter(|(_, name)| !is_residue(name));
    files.collect()
}

fn damaged() -> ReadErrorKind {
    ReadErrorKind::Damaged {
        packing: Packing::Zip,
    }
}

fn in_our_words(input: &dyn Input, error: ZipError) -> ReadError {
    match error {
        ZipError::Io(error) if error.kind() != io::ErrorKind::UnexpectedEof => {
            ReadError::io(input.name(), error)
        }
        error => ReadError::new(input.name(), damaged()).because(io::Error::other(error)),
    }
}

/// An input that is opened anew wherever it is sought.
struct Seeking {
    input: Arc<dyn Input>,
    bytes: u64,
    at: u64,
    reader: Option<Box<dyn Read + Send>>,
    /// How much may still be read.
    left: u64,
}

impl Read for Seeking {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.bytes {
            return Ok(0);
        }
        if self.left == 0 {
            return Err(io::Error::other(
                "its list of files is longer than 16 MiB, which no sound archive has",
            ));
        }
        let reader = match &mut self.reader {
            Some(reader) => reader,
            none => none.insert(self.input.open_at(self.at).map_err(io::Error::other)?),
        };
        let wanted = buffer.len().min(self.left as usize);
        let bytes = reader.read(&mut buffer[..wanted])?;
        self.at += bytes as u64;
        self.left -= bytes as u64;
        Ok(bytes)
    }
}

impl Seek for Seeking {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(from) => self.bytes.checked_add_signed(from),
            SeekFrom::Current(from) => self.at.checked_add_signed(from),
        };
        let at = at.ok_or(io::ErrorKind::InvalidInput)?;
        if at != self.at {
            self.at = at;
            self.reader = None;
        }
        Ok(at)
    }
}

/// Stored bytes, all of them.
struct Whole<R>(io::Take<R>);

impl<R: Read> Read for Whole<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 if self.0.limit() > 0 && !buffer.is_empty() => {
                Err(io::ErrorKind::UnexpectedEof.into())
            }
            bytes => Ok(bytes),
        }
    }
}

/// Compares the checksum at the end.
struct Checked {
    reader: Box<dyn Read + Send>,
    crc: Crc,
    wanted: u32,
}

impl Read for Checked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.reader.read(buffer)?;
        self.crc.update(&buffer[..bytes]);
        match bytes == 0 && !buffer.is_empty() && self.crc.sum() != self.wanted {
            true => Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "the checksum of the entry is another",
            )),
            false => Ok(bytes),
        }
    }
}
