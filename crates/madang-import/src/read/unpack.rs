//! gzip, zstd and entries of zip archives, known by their first bytes. What an archive says about its own size is never believed.

use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use flate2::bufread::GzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use crate::read::error::{At, Packing, ReadError, ReadErrorKind, Unsupported};
use crate::read::input::Input;
use crate::read::settings::ReadSettings;

mod zip;

/// An input without its packing.
pub(crate) struct Unpacked {
    pub reader: Box<dyn Read + Send>,
    pub packing: Option<Packing>,
    pub meter: Arc<Meter>,
}

/// How far the packed bytes were read.
#[derive(Default)]
pub(crate) struct Meter {
    read: AtomicU64,
    /// More was asked for than there is.
    has_ended: AtomicBool,
}

/// How much is read at once of what is packed.
const PACKED_BLOCK_BYTES: usize = 64 * 1024;

/// How much may come out of a packed input before its ratio is looked at: so little does no harm, and short files pack by chance.
const RATIO_BYTES_MIN: u64 = 4 * 1024 * 1024;

/// The window that the format asks every decoder for (RFC 8878, 3.1.1.1.2), and what `zstd -19` uses at most.
const WINDOW_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// How many first bytes are looked at.
const MAGIC_BYTES: usize = 512;

/// Opens an input and takes its packing off.
pub(crate) fn unpack(
    input: &Arc<dyn Input>,
    settings: &ReadSettings,
) -> Result<Unpacked, ReadError> {
    let meter = Arc::new(Meter::default());
    let (head, packed) = open_with_head(input, &meter)?;
    let (packing, reader) = match packing_of(&head) {
        Some(Packing::Zip) if !input.can_seek() => {
            return Err(ReadError::new(input.name(), ReadErrorKind::ZipFromStream));
        }
        Some(Packing::Zip) => (Packing::Zip, zip::open(input, &meter)?),
        Some(packing) => {
            no_entry_is_wanted(input.as_ref())?;
            (packing, unpacker(packing, packed))
        }
        None => {
            no_entry_is_wanted(input.as_ref())?;
            refuse_unsupported(input.name(), &head, settings)?;
            return Ok(Unpacked {
                reader: packed,
                packing: None,
                meter,
            });
        }
    };
    let mut bounded = Bounded {
        name: input.name().to_owned(),
        packing,
        reader,
        unpacked_bytes: 0,
        packed_from: match packing {
            Packing::Zip => meter.read_bytes(),
            Packing::Gzip | Packing::Zstd => 0,
        },
        meter: Arc::clone(&meter),
        unpacked_bytes_max: settings.unpacked_bytes_max,
        ratio_max: settings.unpacked_ratio_max,
    };
    let head = read_up_to(&mut bounded, MAGIC_BYTES)
        .map_err(|error| ReadError::io(input.name(), error))?;
    if packing_of(&head).is_some() {
        return Err(ReadError::new(input.name(), ReadErrorKind::PackedTwice));
    }
    refuse_unsupported(input.name(), &head, settings)?;
    Ok(Unpacked {
        reader: Box::new(Cursor::new(head).chain(bounded)),
        packing: Some(packing),
        meter,
    })
}

impl Meter {
    /// Packed bytes read so far.
    pub fn read_bytes(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }
}

/// A reader at a byte of an input, counted by the input's meter.
pub(crate) fn counted(
    reader: Box<dyn Read + Send>,
    meter: &Arc<Meter>,
    at: u64,
) -> Box<dyn Read + Send> {
    meter.read.store(at, Ordering::Relaxed);
    let meter = Arc::clone(meter);
    Box::new(Counted { reader, meter })
}

fn open_with_head(
    input: &Arc<dyn Input>,
    meter: &Arc<Meter>,
) -> Result<(Vec<u8>, Box<dyn Read + Send>), ReadError> {
    let mut counted = Counted {
        reader: input.open_at(0)?,
        meter: Arc::clone(meter),
    };
    let head = read_up_to(&mut counted, MAGIC_BYTES)
        .map_err(|error| ReadError::io(input.name(), error))?;
    // Looking at more than a short file has is not yet missing anything.
    meter.has_ended.store(false, Ordering::Relaxed);
    let reader = Cursor::new(head.clone()).chain(counted);
    Ok((head, Box::new(reader)))
}

fn read_up_to(reader: &mut impl Read, bytes: usize) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(bytes);
    reader.by_ref().take(bytes as u64).read_to_end(&mut head)?;
    Ok(head)
}

fn packing_of(head: &[u8]) -> Option<Packing> {
    match head {
        [0x1f, 0x8b, 8, ..] => Some(Packing::Gzip),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Packing::Zstd),
        // A frame to be skipped, as `pzstd` begins.
        [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Packing::Zstd),
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(Packing::Zip),
        _ => None,
    }
}

fn no_entry_is_wanted(input: &dyn Input) -> Result<(), ReadError> {
    input.entry().map_or(Ok(()), |wanted| {
        let wanted = wanted.to_owned();
        Err(ReadError::new(
            input.name(),
            ReadErrorKind::NoArchive { wanted },
        ))
    })
}

fn refuse_unsupported(name: &str, head: &[u8], settings: &ReadSettings) -> Result<(), ReadError> {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let text = text.trim_ascii_start();
    let starts = |word: &[u8]| {
        text.get(..word.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(word))
    };
    let what = match head {
        [0xd0, 0xcf, 0x11, 0xe0, ..] => Unsupported::Xls,
        [b'%', b'P', b'D', b'F', ..] => Unsupported::Pdf,
        [b'P', b'A', b'R', b'1', ..] => Unsupported::Parquet,
        [b'B', b'Z', b'h', ..] => Unsupported::Bzip2,
        [0xfd, b'7', b'z', b'X', b'Z', ..] => Unsupported::Xz,
        [b'7', b'z', 0xbc, 0xaf, ..] => Unsupported::SevenZip,
        [b'R', b'a', b'r', b'!', ..] => Unsupported::Rar,
        _ if head.get(257..262) == Some(b"ustar") => Unsupported::Tar,
        // Some systems call this `.xls`.
        _ if starts(b"<!doctype html") || starts(b"<html") || starts(b"<table") => {
            Unsupported::Html
        }
        _ if starts(b"<?xml") && !settings.takes_xml => Unsupported::Xml,
        _ => return Ok(()),
    };
    Err(ReadError::new(name, ReadErrorKind::Unsupported(what)))
}

fn unpacker(packing: Packing, packed: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
    let packed = BufReader::with_capacity(PACKED_BLOCK_BYTES, packed);
    match packing {
        Packing::Gzip => Box::new(Gzip::Between(packed)),
        Packing::Zstd => Box::new(Zstd::new(packed)),
        Packing::Zip => unreachable!("an entry of an archive is opened by its index"),
    }
}

type Packed = BufReader<Box<dyn Read + Send>>;

/// All members of a gzip file, one after another. Zeros behind the last are the padding of tapes and blocks.
enum Gzip {
    Between(Packed),
    Member(Box<GzDecoder<Packed>>),
    End,
}

impl Read for Gzip {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match std::mem::replace(self, Self::End) {
                Self::Between(mut packed) => {
                    let next = packed.fill_buf()?;
                    match next.first() {
                        None => return Ok(0),
                        Some(0) => {
                            let zeros = next.iter().take_while(|byte| **byte == 0).count();
                            packed.consume(zeros);
                            *self = Self::Between(packed);
                        }
                        Some(0x1f) => *self = Self::Member(Box::new(GzDecoder::new(packed))),
                        Some(_) => return Err(trailing(Packing::Gzip)),
                    }
                }
                Self::Member(mut member) => match member.read(buffer)? {
                    0 if !buffer.is_empty() => *self = Self::Between(member.into_inner()),
                    bytes => {
                        *self = Self::Member(member);
                        return Ok(bytes);
                    }
                },
                Self::End => return Ok(0),
            }
        }
    }
}

/// All frames of a zstd file, one after another.
struct Zstd {
    packed: Packed,
    decoder: FrameDecoder,
    is_in_frame: bool,
}

impl Zstd {
    fn new(packed: Packed) -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(WINDOW_BYTES_MAX);
        Self {
            packed,
            decoder,
            is_in_frame: false,
        }
    }

    /// Begins the next frame; none at the end.
    fn next_frame(&mut self) -> io::Result<bool> {
        loop {
            if self.packed.fill_buf()?.is_empty() {
                return Ok(false);
            }
            match self.decoder.reset(&mut self.packed) {
                Ok(()) => {
                    self.is_in_frame = true;
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => self.skip(u64::from(length))?,
                Err(FrameDecoderError::WindowSizeTooBig { requested, .. }) => {
                    return Err(inner(ReadErrorKind::Window {
                        window_bytes: requested,
                        window_bytes_max: WINDOW_BYTES_MAX,
                    }));
                }
                Err(FrameDecoderError::ReadFrameHeaderError(
                    ReadFrameHeaderError::BadMagicNumber(_),
                )) => return Err(trailing(Packing::Zstd)),
                Err(error) => return Err(io::Error::new(io::ErrorKind::InvalidData, error)),
            }
        }
    }

    fn skip(&mut self, bytes: u64) -> io::Result<()> {
        let skipped = io::copy(&mut self.packed.by_ref().take(bytes), &mut io::sink())?;
        match skipped == bytes {
            true => Ok(()),
            false => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    fn end_frame(&mut self) -> io::Result<()> {
        self.is_in_frame = false;
        let said = self.decoder.get_checksum_from_data();
        match said.is_some() && said != self.decoder.get_calculated_checksum() {
            true => Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "the checksum of a frame is another",
            )),
            false => Ok(()),
        }
    }
}

impl Read for Zstd {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if !self.is_in_frame && !self.next_frame()? {
                return Ok(0);
            }
            if self.decoder.can_collect() > 0 || buffer.is_empty() {
                return self.decoder.read(buffer);
            }
            if self.decoder.is_finished() {
                self.end_frame()?;
                continue;
            }
            self.decoder
                .decode_blocks(&mut self.packed, BlockDecodingStrategy::UptoBlocks(1))
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        }
    }
}

/// Counts what is read of the packed bytes.
struct Counted {
    reader: Box<dyn Read + Send>,
    meter: Arc<Meter>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.reader.read(buffer)?;
        self.meter.read.fetch_add(bytes as u64, Ordering::Relaxed);
        if bytes == 0 && !buffer.is_empty() {
            self.meter.has_ended.store(true, Ordering::Relaxed);
        }
        Ok(bytes)
    }
}

/// What comes out of an unpacker, within limits, and its errors as ours.
struct Bounded {
    name: String,
    packing: Packing,
    reader: Box<dyn Read + Send>,
    unpacked_bytes: u64,
    /// The packed byte at which it begins.
    packed_from: u64,
    meter: Arc<Meter>,
    unpacked_bytes_max: u64,
    ratio_max: u64,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = match self.reader.read(buffer) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            Err(error) => return Err(io::Error::other(self.in_our_words(error))),
        };
        self.unpacked_bytes += bytes as u64;
        self.check()?;
        Ok(bytes)
    }
}

impl Bounded {
    fn check(&self) -> io::Result<()> {
        let packed_bytes = self.meter.read_bytes() - self.packed_from;
        let kind = if self.unpacked_bytes > self.unpacked_bytes_max {
            ReadErrorKind::TooLarge {
                unpacked_bytes_max: self.unpacked_bytes_max,
            }
        } else if self.unpacked_bytes > RATIO_BYTES_MIN
            && self.unpacked_bytes > packed_bytes.saturating_mul(self.ratio_max)
        {
            ReadErrorKind::Ratio {
                packed_bytes,
                unpacked_bytes: self.unpacked_bytes,
                ratio_max: self.ratio_max,
            }
        } else {
            return Ok(());
        };
        Err(io::Error::other(self.error(kind)))
    }

    fn in_our_words(&self, error: io::Error) -> ReadError {
        let error = match error.downcast::<Inner>() {
            Ok(Inner(kind)) => return self.error(kind),
            Err(error) => error,
        };
        let packing = self.packing;
        let is_cut = self.meter.has_ended.load(Ordering::Relaxed)
            || error.kind() == io::ErrorKind::UnexpectedEof;
        match error.kind() {
            _ if is_cut => self.error(ReadErrorKind::Truncated { packing }),
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => self
                .error(ReadErrorKind::Damaged { packing })
                .because(error),
            _ => ReadError::io(&self.name, error),
        }
    }

    fn error(&self, kind: ReadErrorKind) -> ReadError {
        ReadError::new(&self.name, kind).at(At::PackedByte(self.meter.read_bytes()))
    }
}

/// An error of ours on its way through `io::Error`, before it is known where it happened.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Inner(ReadErrorKind);

fn inner(kind: ReadErrorKind) -> io::Error {
    io::Error::other(Inner(kind))
}

fn trailing(packing: Packing) -> io::Error {
    inner(ReadErrorKind::Trailing { packing })
}
