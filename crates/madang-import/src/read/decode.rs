//! Encodings, and what cannot be decoded.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::place::Span;

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
