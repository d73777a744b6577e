//! How far the reading of a file has come, for who waits.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use madang_import::read::{Input, ReadError};

/// How far the reading of a file has come. Clones tell of the same file.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    read_bytes: AtomicU64,
    all_bytes: AtomicU64,
}

impl Progress {
    /// Bytes that were read, as they are stored.
    pub fn read_bytes(&self) -> u64 {
        self.0.read_bytes.load(Relaxed)
    }

    /// Which part was read, from 0 to 1; none where nobody knows how long the file is.
    pub fn share(&self) -> Option<f64> {
        let all = self.0.all_bytes.load(Relaxed);
        (all > 0).then(|| (self.read_bytes() as f64 / all as f64).min(1.0))
    }

    pub(super) fn begin(&self, all_bytes: u64) {
        self.0.all_bytes.store(all_bytes, Relaxed);
        self.0.read_bytes.store(0, Relaxed);
    }

    pub(super) fn add(&self, bytes: u64) {
        self.0.read_bytes.fetch_add(bytes, Relaxed);
    }

    /// All bytes of what reads them twice are those of the second time.
    pub(super) fn read_to(&self, bytes: u64) {
        self.0.read_bytes.store(bytes, Relaxed);
    }
}

/// An input whose bytes are counted.
pub(super) struct Counted {
    input: Arc<dyn Input>,
    progress: Progress,
}

impl Counted {
    pub(super) fn input(input: Arc<dyn Input>, progress: &Progress) -> Arc<dyn Input> {
        progress.begin(input.bytes().ok().flatten().unwrap_or(0));
        Arc::new(Self {
            input,
            progress: progress.clone(),
        })
    }
}

impl Input for Counted {
    fn name(&self) -> &str {
        self.input.name()
    }

    fn entry(&self) -> Option<&str> {
        self.input.entry()
    }

    fn bytes(&self) -> Result<Option<u64>, ReadError> {
        self.input.bytes()
    }

    fn can_seek(&self) -> bool {
        self.input.can_seek()
    }

    fn open_at(&self, byte: u64) -> Result<Box<dyn Read + Send>, ReadError> {
        self.progress.read_to(byte);
        Ok(Box::new(CountedRead {
            bytes: self.input.open_at(byte)?,
            progress: self.progress.clone(),
        }))
    }
}

/// Bytes that are counted as they are read.
pub(super) struct CountedRead<Bytes> {
    pub(super) bytes: Bytes,
    pub(super) progress: Progress,
}

impl<Bytes: Read> Read for CountedRead<Bytes> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let bytes = self.bytes.read(into)?;
        self.progress.add(bytes as u64);
        Ok(bytes)
    }
}
