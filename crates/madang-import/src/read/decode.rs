//! Encodings, and what cannot be decoded.

use std::fmt;
use std::ops::Range;

use encoding_rs::DecoderResult;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::place::Span;
use crate::read::error::{ReadErrorKind, Unsupported};
use crate::read::sniff::SNIFFED_BYTES;

/// What text is encoded in: one of the encodings of the Encoding Standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoding {
    encoding: &'static encoding_rs::Encoding,
    /// Whether only ASCII has been seen, so that it could be UTF-8 as well as CP949.
    is_open: bool,
}

/// Bytes that are nothing in the encoding. The row they stand in is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Undecodable {
    /// What stands for them in the decoded text.
    pub span: Span,
    /// The first of them, as a byte of the unpacked input, from 0.
    pub source_byte: u64,
    /// How many there are.
    pub len: u32,
    /// The first of them.
    pub bytes: [u8; UNDECODABLE_BYTES_MAX],
}

/// How many bytes are shown of what cannot be decoded: the longest wrong sequence of any encoding has four.
pub const UNDECODABLE_BYTES_MAX: usize = 8;

impl Encoding {
    /// UTF-8.
    pub const UTF_8: Self = Self::of(encoding_rs::UTF_8);
    /// UTF-16, the lower byte first.
    pub const UTF_16LE: Self = Self::of(encoding_rs::UTF_16LE);
    /// UTF-16, the higher byte first.
    pub const UTF_16BE: Self = Self::of(encoding_rs::UTF_16BE);
    /// CP949, which has EUC-KR in it: what Korean Excel writes as CSV.
    pub const CP949: Self = Self::of(encoding_rs::EUC_KR);
    /// Nothing but ASCII so far: UTF-8 or CP949.
    pub const OPEN: Self = Self {
        encoding: encoding_rs::UTF_8,
        is_open: true,
    };

    const fn of(encoding: &'static encoding_rs::Encoding) -> Self {
        Self {
            encoding,
            is_open: false,
        }
    }

    /// The encoding of a name such as `cp949`, `euc-kr`, `utf-8`, `utf-16le` or `shift_jis`.
    pub fn named(name: &str) -> Option<Self> {
        match name.trim().to_ascii_lowercase().as_str() {
            "cp949" | "ms949" | "uhc" => Some(Self::CP949),
            "ascii" | "us-ascii" => Some(Self::UTF_8),
            name => match encoding_rs::Encoding::for_label(name.as_bytes()) {
                // It decodes nothing, by design.
                Some(encoding) if encoding == encoding_rs::REPLACEMENT => None,
                encoding => encoding.map(Self::of),
            },
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self { is_open: true, .. } => "ASCII",
            cp949 if cp949 == Self::CP949 => "CP949",
            Self { encoding, .. } => encoding.name(),
        }
    }

    /// Whether decoded bytes stand where they stood before decoding, so that a place of the text can be sought in a file.
    pub fn keeps_places(self) -> bool {
        self == Self::UTF_8
    }
}

impl Default for Encoding {
    fn default() -> Self {
        Self::UTF_8
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl Serialize for Encoding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Encoding {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::named(&name)
            .ok_or_else(|| serde::de::Error::custom(format!("there is no encoding {name:?}")))
    }
}

/// Bytes to text, block by block. A character cut in two by a block's end waits for the next.
pub(crate) struct Decoder {
    way: Way,
    /// Bytes that were taken in, a byte order mark included.
    source_byte: u64,
    /// Bytes of text that were given out.
    text_byte: u64,
}

enum Way {
    /// Only ASCII so far. `held`: what comes first that is not, until there is enough of it to tell by.
    Open { held: Vec<u8> },
    /// `cut` begins a character.
    Utf8 { cut: Vec<u8> },
    Other {
        encoding: Encoding,
        decoder: Box<encoding_rs::Decoder>,
        /// The last bytes taken in, for what is wrong across two blocks.
        last: Vec<u8>,
    },
}

/// What a block became.
pub(crate) struct Decoded {
    pub text: Vec<u8>,
    pub undecodable: Vec<Undecodable>,
}

/// Enough text to tell UTF-8 from CP949 by: in a few hundred characters of Korean one is wrong in the other.
const TELLING_BYTES: usize = 4096;

impl Decoder {
    /// A decoder for text that begins with `head`, and how many bytes of it are a byte order mark, which is no text. A byte order mark is believed more
    /// than what the user said.
    pub fn new(
        head: &[u8],
        is_whole: bool,
        said: Option<Encoding>,
    ) -> Result<(Self, usize), ReadErrorKind> {
        let (encoding, mark) = match marked(head)? {
            Some((encoding, mark)) => (encoding, mark),
            None => match said {
                Some(encoding) => (encoding, 0),
                None => (found(head, is_whole)?, 0),
            },
        };
        Ok((Self::at(encoding, mark as u64, 0), mark))
    }

    /// A decoder that goes on in the middle of text.
    pub fn at(encoding: Encoding, source_byte: u64, text_byte: u64) -> Self {
        Self {
            way: Way::of(encoding),
            source_byte,
            text_byte,
        }
    }

    /// What is decoded from, so far as is known.
    pub fn encoding(&self) -> Encoding {
        match &self.way {
            Way::Open { .. } => Encoding::OPEN,
            Way::Utf8 { .. } => Encoding::UTF_8,
            Way::Other { encoding, .. } => *encoding,
        }
    }

    /// What of the last block must stand before the next one.
    pub fn carried(&mut self) -> Vec<u8> {
        match &mut self.way {
            Way::Open { held } => std::mem::take(held),
            Way::Utf8 { cut } => std::mem::take(cut),
            Way::Other { .. } => Vec::new(),
        }
    }

    /// Decodes a block, which begins with what was [`Self::carried`].
    pub fn decode(&mut self, mut block: Vec<u8>, is_last: bool) -> Result<Decoded, ReadErrorKind> {
        if let Way::Open { held } = &mut self.way {
            let Some(first) = block.iter().position(|byte| !byte.is_ascii()) else {
                return Ok(self.hand_on(block, Vec::new()));
            };
            if !is_last && block.len() - first < TELLING_BYTES {
                *held = block.split_off(first);
                return Ok(self.hand_on(block, Vec::new()));
            }
            let encoding = found_in_text(&block[first..], is_last, self.text_byte + first as u64)?;
            self.way = Way::of(encoding);
        }
        Ok(match &mut self.way {
            Way::Open { .. } => unreachable!("it was decided just now"),
            Way::Utf8 { cut } => {
                let (wrong, whole) = mend_utf8(&mut block, is_last);
                *cut = block.split_off(whole);
                let undecodable = self.placed(wrong);
                self.hand_on(block, undecodable)
            }
            Way::Other { .. } => self.decode_other(&block, is_last),
        })
    }

    /// Text of the same length as what it was decoded from.
    fn hand_on(&mut self, text: Vec<u8>, undecodable: Vec<Undecodable>) -> Decoded {
        self.source_byte += text.len() as u64;
        self.text_byte += text.len() as u64;
        Decoded { text, undecodable }
    }

    fn placed(&self, wrong: Vec<Undecodable>) -> Vec<Undecodable> {
        let placed = wrong.into_iter().map(|wrong| Undecodable {
            span: Span {
                start: wrong.span.start + self.text_byte,
                end: wrong.span.end + self.text_byte,
            },
            source_byte: wrong.source_byte + self.source_byte,
            ..wrong
        });
        placed.collect()
    }

    fn decode_other(&mut self, block: &[u8], is_last: bool) -> Decoded {
        let Way::Other { decoder, last, .. } = &mut self.way else {
            unreachable!("only called on this way");
        };
        let mut text = vec![0; decoded_bytes_max(decoder, block.len())];
        let mut undecodable = Vec::new();
        let (mut read, mut written) = (0, 0);
        loop {
            let (result, more_read, more_written) = decoder.decode_to_utf8_without_replacement(
                &block[read..],
                &mut text[written..],
                is_last,
            );
            read += more_read;
            written += more_written;
            match result {
                DecoderResult::InputEmpty => break,
                DecoderResult::OutputFull => {
                    let more = decoded_bytes_max(decoder, block.len() - read);
                    text.resize(written + more, 0);
                }
                DecoderResult::Malformed(wrong, behind) => {
                    let (wrong, behind) = (usize::from(wrong), usize::from(behind));
                    let shown = bytes_before(last, &block[..read], behind, wrong);
                    let span = written as u64..(written + REPLACEMENT.len()) as u64;
                    let source_byte = self.source_byte + read as u64 - (behind + wrong) as u64;
                    let found = Undecodable::new(self.text_byte, span, source_byte, &shown, wrong);
                    note(&mut undecodable, found);
                    text.resize(text.len().max(written + REPLACEMENT.len()), 0);
                    text[written..written + REPLACEMENT.len()].copy_from_slice(REPLACEMENT);
                    written += REPLACEMENT.len();
                }
            }
        }
        text.truncate(written);
        keep_last(last, block);
        self.source_byte += block.len() as u64;
        self.text_byte += written as u64;
        Decoded { text, undecodable }
    }
}

/// U+FFFD.
const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();

impl Way {
    fn of(encoding: Encoding) -> Self {
        if encoding == Encoding::OPEN {
            return Self::Open { held: Vec::new() };
        }
        if encoding == Encoding::UTF_8 {
            return Self::Utf8 { cut: Vec::new() };
        }
        Self::Other {
            encoding,
            decoder: Box::new(encoding.encoding.new_decoder_without_bom_handling()),
            last: Vec::new(),
        }
    }
}

impl Undecodable {
    fn new(text_byte: u64, span: Range<u64>, source_byte: u64, shown: &[u8], len: usize) -> Self {
        let mut bytes = [0; UNDECODABLE_BYTES_MAX];
        let kept = shown.len().min(bytes.len());
        bytes[..kept].copy_from_slice(&shown[..kept]);
        Self {
            span: Span {
                start: text_byte + span.start,
                end: text_byte + span.end,
            },
            source_byte,
            len: len as u32,
            bytes,
        }
    }

    /// The bytes in hexadecimal digits, as `B0 A1`.
    pub fn digits(&self) -> String {
        let shown = &self.bytes[..self.bytes.len().min(self.len as usize)];
        let mut digits = shown
            .iter()
            .map(|byte| format!("{byte:02X}"))
            .collect::<Vec<_>>();
        if self.len as usize > shown.len() {
            digits.push("…".to_owned());
        }
        digits.join(" ")
    }
}

/// Adds what cannot be decoded; what follows at once on the last becomes part of it, so that a file of nothing else stays small.
fn note(undecodable: &mut Vec<Undecodable>, found: Undecodable) {
    match undecodable.last_mut() {
        Some(last)
            if last.span.end == found.span.start
                && last.source_byte + u64::from(last.len) == found.source_byte =>
        {
            let kept = (last.len as usize).min(UNDECODABLE_BYTES_MAX);
            let more = (UNDECODABLE_BYTES_MAX - kept).min(found.len as usize);
            last.bytes[kept..kept + more].copy_from_slice(&found.bytes[..more]);
            last.len += found.len;
            last.span.end = found.span.end;
        }
        _ => undecodable.push(found),
    }
}

/// Puts `?` for every byte that is no UTF-8, so that all others stay where they stand, and a place of the text is one of the file. Also says how much
/// of the block is whole: a character may be cut by its end.
fn mend_utf8(block: &mut [u8], is_last: bool) -> (Vec<Undecodable>, usize) {
    let mut undecodable = Vec::new();
    let mut at = 0;
    while let Err(error) = simdutf8::compat::from_utf8(&block[at..]) {
        let start = at + error.valid_up_to();
        let len = match error.error_len() {
            Some(len) => len,
            None if is_last => block.len() - start,
            None => return (undecodable, start),
        };
        let wrong = &mut block[start..start + len];
        let place = start as u64;
        let found = Undecodable::new(0, place..place + len as u64, place, wrong, len);
        note(&mut undecodable, found);
        wrong.fill(b'?');
        at = start + len;
    }
    (undecodable, block.len())
}

fn decoded_bytes_max(decoder: &encoding_rs::Decoder, bytes: usize) -> usize {
    // None only beyond what an address can say.
    decoder
        .max_utf8_buffer_length_without_replacement(bytes)
        .unwrap_or(bytes.saturating_mul(4))
        .max(16)
}

/// The `wrong` bytes that stand `behind` bytes before the end of what was read; they may have begun in the block before.
fn bytes_before(last: &[u8], read: &[u8], behind: usize, wrong: usize) -> Vec<u8> {
    let recent = read.len().min(2 * UNDECODABLE_BYTES_MAX);
    let mut bytes = last.to_vec();
    bytes.extend_from_slice(&read[read.len() - recent..]);
    if recent < read.len() {
        bytes.drain(..last.len());
    }
    let end = bytes.len().saturating_sub(behind);
    bytes[end.saturating_sub(wrong)..end].to_vec()
}

fn keep_last(last: &mut Vec<u8>, block: &[u8]) {
    last.extend_from_slice(&block[block.len().saturating_sub(UNDECODABLE_BYTES_MAX)..]);
    let passed = last.len().saturating_sub(UNDECODABLE_BYTES_MAX);
    last.drain(..passed);
}

/// The encoding that a byte order mark says, and how long the mark is.
fn marked(head: &[u8]) -> Result<Option<(Encoding, usize)>, ReadErrorKind> {
    Ok(match head {
        [0xef, 0xbb, 0xbf, ..] => Some((Encoding::UTF_8, 3)),
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => {
            return Err(ReadErrorKind::Unsupported(Unsupported::Utf32));
        }
        [0xff, 0xfe, ..] => Some((Encoding::UTF_16LE, 2)),
        [0xfe, 0xff, ..] => Some((Encoding::UTF_16BE, 2)),
        _ => None,
    })
}

fn found(head: &[u8], is_whole: bool) -> Result<Encoding, ReadErrorKind> {
    if let Some(encoding) = utf_16_by_zeros(head) {
        return Ok(encoding);
    }
    match head.iter().position(|byte| !byte.is_ascii()) {
        None => Ok(Encoding::OPEN),
        // Too little to tell by: the decoder waits for more.
        Some(first) if !is_whole && head.len() - first < TELLING_BYTES => Ok(Encoding::OPEN),
        Some(first) => found_in_text(&head[first..], is_whole, first as u64),
    }
}

/// UTF-16 without a mark: commas, digits and line ends have a zero in their higher byte, and text has hardly any other zeros.
fn utf_16_by_zeros(head: &[u8]) -> Option<Encoding> {
    let pairs = head.len() / 2;
    let zeros = |from: usize| {
        let bytes = head.iter().skip(from).step_by(2);
        bytes.filter(|byte| **byte == 0).count()
    };
    let (even, odd) = (zeros(0), zeros(1));
    // One character in ten: less is text with a few NUL in it. Two pairs at least: one could be anything.
    let is_many = |zeros: usize| pairs >= 2 && zeros * 10 >= pairs;
    // A character such as U+AC00 (가) has a zero in its lower byte.
    let is_few_beside = |few: usize, many: usize| few * 10 <= many;
    // A short file with one NUL in it has as many zeros, and its lines end in one byte.
    let may_end_lines = |end: [u8; 2]| {
        let (pairs, _) = head.as_chunks::<2>();
        !head.contains(&b'\n') || pairs.contains(&end)
    };
    if is_many(odd) && is_few_beside(even, odd) && may_end_lines([b'\n', 0]) {
        return Some(Encoding::UTF_16LE);
    }
    (is_many(even) && is_few_beside(odd, even) && may_end_lines([0, b'\n']))
        .then_some(Encoding::UTF_16BE)
}

/// UTF-8 or CP949, by what is wrong in either; the text begins at a byte of the file.
fn found_in_text(text: &[u8], is_whole: bool, byte: u64) -> Result<Encoding, ReadErrorKind> {
    let text = &text[..text.len().min(SNIFFED_BYTES)];
    let utf_8 = Fit::of(encoding_rs::UTF_8, text, is_whole);
    let cp949 = Fit::of(encoding_rs::EUC_KR, text, is_whole);
    if utf_8.wrong == 0 {
        return Ok(match cp949.wrong == 0 && is_hangul_by_look(text) {
            true => Encoding::CP949,
            false => Encoding::UTF_8,
        });
    }
    match () {
        // Text of a few UTF-8 characters and a broken one can pass for CP949, hardly the other way round.
        () if utf_8.right >= 4 * utf_8.wrong => Ok(Encoding::UTF_8),
        () if cp949.right >= 4 * cp949.wrong => Ok(Encoding::CP949),
        // ASCII with something else here and there.
        () if utf_8.wrong * 50 <= text.len() => Ok(Encoding::UTF_8),
        () => Err(ReadErrorKind::EncodingUnknown { byte }),
    }
}

/// Whether text that is right in both is words of 한글 in CP949, as 짹체: in UTF-8 their bytes are Latin letters with marks or control characters, and of
/// those two never stand beside each other. One alone may be é.
fn is_hangul_by_look(text: &[u8]) -> bool {
    let mut runs = text.split(u8::is_ascii).filter(|run| !run.is_empty());
    let is_syllable = |pair: &[u8]| matches!(pair, [0xc2..=0xc8, ..]);
    let is_control = |pair: &[u8]| matches!(pair, [0xc2, ..0xa0]);
    let mut is_telling = false;
    let all = runs.all(|run| {
        is_telling |= run.len() > 2 || run.chunks(2).any(is_control);
        run.chunks(2).all(is_syllable)
    });
    all && is_telling
}

/// How many characters beside ASCII are right and wrong in an encoding.
struct Fit {
    right: usize,
    wrong: usize,
}

impl Fit {
    fn of(encoding: &'static encoding_rs::Encoding, mut text: &[u8], is_whole: bool) -> Self {
        let mut decoder = encoding.new_decoder_without_bom_handling();
        let mut fit = Self { right: 0, wrong: 0 };
        let mut decoded = [0; 4096];
        loop {
            let (result, read, written) =
                decoder.decode_to_utf8_without_replacement(text, &mut decoded, is_whole);
            text = &text[read..];
            // The first byte of a character is neither ASCII nor 0b10……….
            fit.right += decoded[..written]
                .iter()
                .filter(|byte| **byte >= 0xc0)
                .count();
            match result {
                DecoderResult::InputEmpty => return fit,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => fit.wrong += 1,
            }
        }
    }
}
