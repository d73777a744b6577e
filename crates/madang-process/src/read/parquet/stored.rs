//! A file that several threads read at once: each says where, and none moves the others' place.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};

/// What is read at once where nobody says how much: the header of a page has some twenty bytes.
const HEADER_BYTES: usize = 512;

/// A file as the library reads it.
#[derive(Clone)]
pub(super) struct Stored {
    file: Arc<File>,
    bytes: u64,
}

/// A file from one of its bytes on.
pub(super) struct From {
    file: Arc<File>,
    at: u64,
}

impl Stored {
    pub(super) fn new(file: File, bytes: u64) -> Self {
        let file = Arc::new(file);
        Self { file, bytes }
    }
}

impl Length for Stored {
    fn len(&self) -> u64 {
        self.bytes
    }
}

impl ChunkReader for Stored {
    type T = BufReader<From>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        let file = Arc::clone(&self.file);
        let from = From { file, at: start };
        Ok(BufReader::with_capacity(HEADER_BYTES, from))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        // No room is made for what is not there.
        let end = start.checked_add(length as u64);
        if end.is_none_or(|end| end > self.bytes) {
            return Err(ParquetError::EOF(format!(
                "{length} bytes from {start} on are not in the file"
            )));
        }
        let mut bytes = vec![0; length];
        self.file.read_exact_at(&mut bytes, start)?;
        Ok(bytes.into())
    }
}

impl Read for From {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let bytes = self.file.read_at(into, self.at)?;
        self.at += bytes as u64;
        Ok(bytes)
    }
}
