//! Compressed answers made readable, as they arrive and never past their cap.

use std::io::{self, Write};

use brotli_decompressor::{BrotliDecoderParameter, DecompressorWriter};
use bytes::Bytes;
use flate2::write::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use hyper::header::{self, HeaderMap};

use crate::send_error::{Part, SendErrorKind};

/// What we say that we can read.
pub(crate) const ACCEPTED: &str = "gzip, deflate, br";

/// Reads one answer. What a few bytes unfold into is counted before it is kept, so a bomb ends at the cap.
pub(crate) struct Decoder {
    coding: Coding,
    body_bytes_max: usize,
    fed: bool,
}

enum Coding {
    Gzip(Box<MultiGzDecoder<Capped>>),
    /// What `deflate` stands for shows in its first byte.
    Deflate(Capped),
    Zlib(Box<ZlibDecoder<Capped>>),
    Raw(Box<DeflateDecoder<Capped>>),
    Brotli(Box<DecompressorWriter<Capped>>),
}

impl Decoder {
    /// For an answer with these headers, which from then on describe the readable body. A coding that we did not ask for is left as
    /// it is, with its header; several on top of each other are refused, since whoever reads the answer would take it for damaged.
    pub(crate) fn of(
        headers: &mut HeaderMap,
        body_bytes_max: usize,
    ) -> Result<Option<Self>, SendErrorKind> {
        let codings = codings(headers);
        let coding = match codings.as_slice() {
            [] => return Ok(None),
            [coding] => coding.as_str(),
            several => return Err(compressed_over(several.len())),
        };
        let capped = Capped::new(body_bytes_max);
        let coding = match coding {
            "gzip" | "x-gzip" => Coding::Gzip(Box::new(MultiGzDecoder::new(capped))),
            "deflate" => Coding::Deflate(capped),
            "br" => Coding::Brotli(brotli(capped)),
            _ => return Ok(None),
        };
        headers.remove(header::CONTENT_ENCODING);
        headers.remove(header::CONTENT_LENGTH);
        Ok(Some(Self {
            coding,
            body_bytes_max,
            fed: false,
        }))
    }

    /// What `compressed` adds to the readable body.
    pub(crate) fn feed(&mut self, compressed: &[u8]) -> Result<Bytes, SendErrorKind> {
        self.fed |= !compressed.is_empty();
        self.coding.decide(compressed);
        let written = self.coding.writer().write_all(compressed);
        let flushed = written.and_then(|()| self.coding.writer().flush());
        self.taken(flushed)
    }

    /// The last of the readable body; an answer that ends before its compression does was cut short.
    pub(crate) fn finish(&mut self) -> Result<Bytes, SendErrorKind> {
        if !self.fed {
            return Ok(Bytes::new());
        }
        let finished = self.coding.finish();
        self.taken(finished)
    }

    fn taken(&mut self, written: io::Result<()>) -> Result<Bytes, SendErrorKind> {
        let capped = self.coding.capped();
        if capped.exceeded {
            return Err(SendErrorKind::TooLarge {
                part: Part::AnswerBody,
                limit: self.body_bytes_max,
            });
        }
        let readable = std::mem::take(&mut capped.readable);
        written
            .map(|()| readable.into())
            .map_err(SendErrorKind::Undecodable)
    }
}

/// What was done to the body, in this order; `identity` is nothing.
fn codings(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all(header::CONTENT_ENCODING).iter();
    values
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .map(|coding| String::from_utf8_lossy(coding.trim_ascii()).to_ascii_lowercase())
        .filter(|coding| !coding.is_empty() && coding != "identity")
        .collect()
}

fn compressed_over(times: usize) -> SendErrorKind {
    SendErrorKind::Undecodable(io::Error::new(
        io::ErrorKind::Unsupported,
        format!("it is compressed {times} times over, and once was asked for"),
    ))
}

/// Without the windows of up to a gibibyte that the library allows beyond RFC 7932: a server could ask for one in three bytes. Those
/// of the standard have 16 MiB at most.
fn brotli(capped: Capped) -> Box<DecompressorWriter<Capped>> {
    let mut decoder = DecompressorWriter::new(capped, BROTLI_BUFFER_BYTES);
    decoder.set_parameter(BrotliDecoderParameter::BROTLI_DECODER_PARAM_LARGE_WINDOW, 0);
    Box::new(decoder)
}

/// Brotli's writer unfolds into a buffer of this size, and so hands on in pieces of it.
const BROTLI_BUFFER_BYTES: usize = 4096;

impl Coding {
    /// `deflate` should be zlib's form (RFC 9110, 8.4.1.2), and some servers send it bare. Zlib's begins with a byte whose low
    /// half is 8, which would be a strange beginning of the other.
    fn decide(&mut self, compressed: &[u8]) {
        if let (Self::Deflate(capped), Some(first)) = (&mut *self, compressed.first()) {
            let capped = Capped::new(capped.left);
            *self = match first & 0x0f {
                8 => Self::Zlib(Box::new(ZlibDecoder::new(capped))),
                _ => Self::Raw(Box::new(DeflateDecoder::new(capped))),
            };
        }
    }

    fn writer(&mut self) -> &mut dyn Write {
        match self {
            Self::Gzip(decoder) => decoder,
            Self::Deflate(capped) => capped,
            Self::Zlib(decoder) => decoder,
            Self::Raw(decoder) => decoder,
            Self::Brotli(decoder) => decoder,
        }
    }

    fn capped(&mut self) -> &mut Capped {
        match self {
            Self::Gzip(decoder) => decoder.get_mut(),
            Self::Deflate(capped) => capped,
            Self::Zlib(decoder) => decoder.get_mut(),
            Self::Raw(decoder) => decoder.get_mut(),
            Self::Brotli(decoder) => decoder.get_mut(),
        }
    }

    fn finish(&mut self) -> io::Result<()> {
        match self {
            Self::Gzip(decoder) => decoder.try_finish(),
            Self::Deflate(_) => Ok(()),
            Self::Zlib(decoder) => decoder.try_finish(),
            Self::Raw(decoder) => decoder.try_finish(),
            Self::Brotli(decoder) => decoder.close(),
        }
    }
}

/// Takes what is unfolded, up to its cap.
struct Capped {
    readable: Vec<u8>,
    left: usize,
    exceeded: bool,
}

impl Capped {
    fn new(left: usize) -> Self {
        Self {
            readable: Vec::new(),
            left,
            exceeded: false,
        }
    }
}

impl Write for Capped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(left) = self.left.checked_sub(bytes.len()) else {
            self.exceeded = true;
            return Err(io::ErrorKind::FileTooLarge.into());
        };
        self.left = left;
        self.readable.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
