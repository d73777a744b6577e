//! What the pages of a file say they unpack to, looked at before anything is unpacked: the library makes room for as much as a page says.
//!
//! Headers of pages are walked as they are stored (Thrift's compact protocol); of their fields only those are read that say how much memory a page takes.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

use parquet::file::metadata::ParquetMetaData;

/// What the pages that are held at once may take: one of each column, and its dictionary. Writers make pages of a megabyte, few of a hundred.
pub const PAGES_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// What the library holds for each value of a dictionary.
const DICTIONARY_VALUE_BYTES: u64 = 32;

/// Most headers are some twenty bytes; statistics make them longer. What is longer than the last is none.
const HEADER_BYTES: [usize; 3] = [256, 16 * 1024, 1024 * 1024];

/// Structures within structures; the format needs three.
const DEPTH_MAX: usize = 8;

/// Why nothing of a file is unpacked.
#[derive(Debug, thiserror::Error)]
pub enum PagesError {
    /// The file could not be read.
    #[error("its pages cannot be read")]
    Bytes(#[from] io::Error),
    /// No header of a page is where one should be.
    #[error("byte {at}: the header of a page is damaged")]
    Header {
        /// Where it should be.
        at: u64,
    },
    /// A column is said to be where nothing can be.
    #[error("a column begins before the file")]
    Place,
    /// The pages would take more memory than may be.
    #[error(
        "its pages say that they unpack to more than {PAGES_BYTES_MAX} bytes that are held at once; write it with smaller pages"
    )]
    TooLarge,
}

/// How much memory the pages of a group of rows take at once, for the group whose pages take the most.
///
/// # Errors
/// When that is more than [`PAGES_BYTES_MAX`], and when the pages are not where the file says.
pub fn pages_bytes(file: &File, about: &ParquetMetaData) -> Result<u64, PagesError> {
    let mut most = 0;
    for group in about.row_groups() {
        let mut sum = 0_u64;
        for column in group.columns() {
            let start = (column.dictionary_page_offset()).map_or(column.data_page_offset(), |at| {
                at.min(column.data_page_offset())
            });
            let ends = (
                u64::try_from(start),
                u64::try_from(column.compressed_size()),
            );
            let (Ok(start), Ok(bytes)) = ends else {
                return Err(PagesError::Place);
            };
            sum = sum.saturating_add(column_bytes(file, start, bytes)?);
            if sum > PAGES_BYTES_MAX {
                return Err(PagesError::TooLarge);
            }
        }
        most = sum.max(most);
    }
    Ok(most)
}

/// What a column takes: its largest page and its dictionary.
fn column_bytes(file: &File, start: u64, bytes: u64) -> Result<u64, PagesError> {
    let end = start.saturating_add(bytes);
    let mut at = start;
    let (mut page_bytes, mut dictionary_bytes) = (0, 0);
    while at < end {
        let (header, header_bytes) = header_at(file, at)?;
        let unpacked = header.unpacked_bytes;
        page_bytes = unpacked.max(page_bytes);
        if let Some(values) = header.dictionary_values {
            dictionary_bytes = values.saturating_mul(DICTIONARY_VALUE_BYTES);
        }
        at = at
            .saturating_add(header_bytes)
            .saturating_add(header.packed_bytes);
    }
    Ok(page_bytes.saturating_add(dictionary_bytes))
}

/// What a page says of itself.
#[derive(Debug, Default, PartialEq, Eq)]
struct Header {
    unpacked_bytes: u64,
    packed_bytes: u64,
    /// How many values its dictionary has, if it is one.
    dictionary_values: Option<u64>,
}

fn header_at(file: &File, at: u64) -> Result<(Header, u64), PagesError> {
    let mut bytes = Vec::new();
    for room in HEADER_BYTES {
        bytes.resize(room, 0);
        let read = filled(file, at, &mut bytes)?;
        if let Some((header, length)) = Header::of(&bytes[..read]) {
            return Ok((header, length as u64));
        }
        if read < room {
            break;
        }
    }
    Err(PagesError::Header { at })
}

/// Reads until there is no room, or to the end of the file; how many bytes there were.
fn filled(file: &File, at: u64, bytes: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < bytes.len() {
        match file.read_at(&mut bytes[filled..], at + filled as u64) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

impl Header {
    /// The header at the beginning of some bytes, and how long it is; none when it is none, or does not end there.
    fn of(bytes: &[u8]) -> Option<(Self, usize)> {
        let mut thrift = Thrift { bytes, at: 0 };
        let mut header = Self::default();
        let (mut has_unpacked, mut has_packed) = (false, false);
        thrift.structure(0, &mut |field, value| match (field, value) {
            ([2], Value::Number(number)) => {
                header.unpacked_bytes = u64::try_from(number).ok()?;
                has_unpacked = true;
                Some(())
            }
            ([3], Value::Number(number)) => {
                header.packed_bytes = u64::try_from(number).ok()?;
                has_packed = true;
                Some(())
            }
            ([7, 1], Value::Number(number)) => {
                header.dictionary_values = Some(u64::try_from(number).ok()?);
                Some(())
            }
            _ => Some(()),
        })?;
        (has_unpacked && has_packed).then_some((header, thrift.at))
    }
}

/// A reader of Thrift's compact protocol.
struct Thrift<'bytes> {
    bytes: &'bytes [u8],
    at: usize,
}

/// What a field holds, if it is of use here.
enum Value {
    Number(i64),
    Other,
}

/// Takes a field by its path of numbers; none where it cannot be.
type Take<'take> = dyn FnMut(&[i64], Value) -> Option<()> + 'take;

impl Thrift<'_> {
    fn structure(&mut self, depth: usize, take: &mut Take<'_>) -> Option<()> {
        self.fields(&mut Vec::new(), depth, take)
    }

    fn fields(&mut self, path: &mut Vec<i64>, depth: usize, take: &mut Take<'_>) -> Option<()> {
        if depth > DEPTH_MAX {
            return None;
        }
        let mut field = 0_i64;
        loop {
            let head = self.byte()?;
            if head == 0 {
                return Some(());
            }
            field = match head >> 4 {
                0 => self.number()?,
                more => field.checked_add(i64::from(more))?,
            };
            path.push(field);
            let value = self.value(head & 0x0f, path, depth, take)?;
            take(path, value)?;
            path.pop();
        }
    }

    fn value(
        &mut self,
        kind: u8,
        path: &mut Vec<i64>,
        depth: usize,
        take: &mut Take<'_>,
    ) -> Option<Value> {
        match kind {
            // A boolean field is its own value.
            1 | 2 => {}
            3 => self.pass(1)?,
            4..=6 => return Some(Value::Number(self.number()?)),
            7 => self.pass(8)?,
            8 => {
                let bytes = self.length()?;
                self.pass(bytes)?;
            }
            9 | 10 => self.list(path, depth, take)?,
            12 => self.fields(path, depth + 1, take)?,
            // Maps stand in no header of a page.
            _ => return None,
        }
        Some(Value::Other)
    }

    fn list(&mut self, path: &mut Vec<i64>, depth: usize, take: &mut Take<'_>) -> Option<()> {
        let head = self.byte()?;
        let count = match head >> 4 {
            15 => self.length()?,
            count => usize::from(count),
        };
        for _ in 0..count {
            match head & 0x0f {
                // In a list a boolean is a byte.
                1 | 2 => self.pass(1)?,
                kind => {
                    self.value(kind, path, depth + 1, take)?;
                }
            }
        }
        Some(())
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.at).copied();
        self.at += 1;
        byte
    }

    fn pass(&mut self, bytes: usize) -> Option<()> {
        self.at = self.at.checked_add(bytes)?;
        (self.at <= self.bytes.len()).then_some(())
    }

    fn length(&mut self) -> Option<usize> {
        usize::try_from(self.unsigned()?).ok()
    }

    /// Zigzag: 0, -1, 1, -2, …
    fn number(&mut self) -> Option<i64> {
        let number = self.unsigned()?;
        Some((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    fn unsigned(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_say_how_much_a_page_takes() {
        let check = |bytes: &[u8], expected: Option<(u64, u64, Option<u64>, usize)>| {
            let found = Header::of(bytes).map(|(header, length)| {
                let Header {
                    unpacked_bytes,
                    packed_bytes,
                    dictionary_values,
                } = header;
                (unpacked_bytes, packed_bytes, dictionary_values, length)
            });
            assert_eq!(found, expected, "{bytes:?}");
        };
        // A dictionary of 5 values: type 2, 40 bytes from 30.
        let dictionary = [
            0x15, 0x04, 0x15, 0x50, 0x15, 0x3c, 0x4c, 0x15, 0x0a, 0x15, 0x00, 0x00, 0x00,
        ];
        check(&dictionary, Some((40, 30, Some(5), 13)));
        for end in 0..dictionary.len() {
            check(&dictionary[..end], None);
        }
        // A data page of 2 GiB that has 10 values and statistics of two bytes.
        check(
            &[
                0x15, 0x00, 0x15, 0xfe, 0xff, 0xff, 0xff, 0x0f, 0x15, 0x14, 0x2c, 0x15, 0x14, 0x4c,
                0x18, 0x02, 1, 2, 0x00, 0x00, 0x00,
            ],
            Some((2_147_483_647, 10, None, 21)),
        );
        // Sizes below nothing, and structures without end.
        check(&[0x15, 0x00, 0x15, 0x01, 0x15, 0x02, 0x00], None);
        check(&[0x1c; 100], None);
        check(&[0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x0f], None);
        check(&[], None);
    }
}
