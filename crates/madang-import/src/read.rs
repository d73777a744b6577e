//! From bytes somewhere to rows: inputs are opened, unpacked, decoded to UTF-8 and parsed.
//!
//! ```text
//! Input ─bytes─▶ unpack ─bytes─▶ decode ─Text─▶ CSV or JSON Lines ─Rows─▶
//! ```
//!
//! The two halves meet at the trait [`Texts`], so that each can have a thread of its own with a bounded queue between them. Neither
//! allocates for a row or a cell.

pub mod csv;
pub mod decode;
pub mod digest;
pub mod error;
pub mod format;
mod fuzz;
pub mod input;
pub mod json_lines;
mod marks;
mod memory;
pub mod settings;
pub mod sniff;
pub mod source;
mod unpack;
mod watch;
mod window;

use crate::rows::Rows;

pub use self::{
    decode::{Encoding, Undecodable},
    digest::{Before, Digest},
    error::{ReadError, ReadErrorKind},
    format::{CsvFormat, Format, open_rows},
    fuzz::{fuzz_decode, fuzz_rows},
    input::{Doubt, FileInput, Identity, Input, StreamInput, input_at, input_named, whole_path},
    memory::{Bytes, Pieces},
    settings::{FormatKind, Member, ReadSettings, Resume},
    source::{OnRead, Source},
};

/// A piece of one input after unpacking and decoding: about [`BLOCK_BYTES`] of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// Which of the inputs, from 0.
    pub input: u32,
    /// The byte of the decoded text at which it begins. It is where the piece before it ended, except once after opening at a byte: there
    /// the head of the input comes first, for its header, and what lies between is left out.
    pub start: u64,
    /// Valid UTF-8. What could not be decoded stands in it as `?` or U+FFFD and among `undecodable`.
    pub text: Vec<u8>,
    /// What could not be decoded, in its order.
    pub undecodable: Vec<Undecodable>,
    /// What it was decoded from, so far as is known by here.
    pub encoding: Encoding,
    /// Whether nothing of this input comes after it. Every input ends with such a piece, be it an empty one.
    pub ends_input: bool,
    /// Packed bytes read so far of all inputs, those that were passed over included: for progress, beside [`Input::bytes`].
    pub read_bytes: u64,
    /// What stands for all text of the inputs up to the end of this piece, where that is wanted ([`Source::hashed`]).
    pub digest: Option<[u8; 32]>,
}

/// How much text is handed on at once: it stays in the second level of a processor's cache between two stages, and is enough that handing it on
/// costs nothing beside reading it.
pub const BLOCK_BYTES: usize = 256 * 1024;

impl Text {
    /// The byte of the decoded text behind it.
    pub fn end(&self) -> u64 {
        self.start + self.text.len() as u64
    }

    /// Bytes of memory it holds, near enough for a bound.
    pub fn weight(&self) -> usize {
        size_of::<Self>() + self.text.capacity() + self.undecodable.len() * size_of::<Undecodable>()
    }
}

/// Decoded text, piece by piece.
pub trait Texts: Send {
    /// The next piece; none when all inputs were read.
    fn next(&mut self) -> Result<Option<Text>, ReadError>;

    /// The name of an input, for errors.
    fn name(&self, input: u32) -> &str;
}

/// Rows, some at a time.
pub trait RowReader: Send {
    /// What the columns are called. They are known from opening on.
    fn columns(&self) -> &[String];

    /// What the rows are parsed as, for people and for dead letters.
    fn format(&self) -> &Format;

    /// What the text was decoded from, so far as is known by now.
    fn encoding(&self) -> Encoding;

    /// How many lines stand above one that, other than what was taken for the header, has the columns that are wanted ([`ReadSettings::members`]): titles, as
    /// many exports have them. None: there is no such line.
    fn titles_above(&self) -> Option<u64> {
        None
    }

    /// The next rows, of one input; none when all inputs were read. An error ends the reading; what stood before it was handed out.
    fn next(&mut self) -> Result<Option<Rows>, ReadError>;
}

impl<T: Texts + ?Sized> Texts for Box<T> {
    fn next(&mut self) -> Result<Option<Text>, ReadError> {
        (**self).next()
    }

    fn name(&self, input: u32) -> &str {
        (**self).name(input)
    }
}

impl<T: RowReader + ?Sized> RowReader for Box<T> {
    fn columns(&self) -> &[String] {
        (**self).columns()
    }

    fn format(&self) -> &Format {
        (**self).format()
    }

    fn encoding(&self) -> Encoding {
        (**self).encoding()
    }

    fn titles_above(&self) -> Option<u64> {
        (**self).titles_above()
    }

    fn next(&mut self) -> Result<Option<Rows>, ReadError> {
        (**self).next()
    }
}
