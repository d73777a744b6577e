//! Which keys were seen before, in memory that does not grow with the file.
//!
//! A key is 80 bits of a keyed hash (two SipHash-1-3 with keys of chance): among 100 million keys two different ones are taken for the same once in
//! 10^8 runs. Beside it stands where it was seen. The first [`MEMORY_KEYS_MAX`] keys are in memory, all further ones in a temporary file that
//! has no name; finding one there is one read of some KiB and one write of 16 bytes, both nearly always in the system's cache of the file: measured on a busy
//! machine, three microseconds of processor time, where memory takes half of one. Each doubling of the file reads and writes it once from end to end.
//! Sorted runs would need a read for each run. A repeat is known at its row, before that is written.

use std::collections::hash_map::RandomState;
use std::fs::File;
use std::hash::{BuildHasher, Hasher};
use std::io;

use crate::check::checker::CheckError;
use crate::place::Place;

/// Keys seen so far.
#[derive(Debug)]
pub(crate) struct Seen {
    hashers: [RandomState; 2],
    shards: Vec<Shard>,
    memory_keys: usize,
    memory_keys_max: usize,
    file: Option<Pages>,
}

/// The hash of a key, in the upper 80 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key(u128);

/// Where a key was seen. What is beyond these bits is not told, only that it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct At {
    /// The input and the row; `None` when their numbers were too large to be kept.
    pub(crate) place: Option<(u32, u64)>,
}

const PLACE_BITS: u32 = 48;
const ROW_BITS: u32 = 34;
const PLACE_MASK: u128 = (1 << PLACE_BITS) - 1;
const ROW_MASK: u64 = (1 << ROW_BITS) - 1;
const INPUT_MAX: u32 = (1 << (PLACE_BITS - ROW_BITS)) - 1;

/// With these the shards stand just before they would grow once more, and take 13 MB: the whole process is to stay under 64.
const MEMORY_KEYS_MAX: usize = 670_000;

impl Seen {
    pub(crate) fn new() -> Self {
        Self::with_memory(MEMORY_KEYS_MAX)
    }

    fn with_memory(memory_keys_max: usize) -> Self {
        Self {
            hashers: [RandomState::new(), RandomState::new()],
            shards: (0..SHARDS).map(|_| Shard::default()).collect(),
            memory_keys: 0,
            memory_keys_max,
            file: None,
        }
    }

    /// The key of some bytes; `of` tells the keys of one column from those of another.
    pub(crate) fn key(&self, of: u32, bytes: &[u8]) -> Key {
        let [high, low] = [0, 1].map(|half: usize| {
            let mut hasher = self.hashers[half].build_hasher();
            hasher.write_u32(of);
            hasher.write(bytes);
            hasher.finish()
        });
        Key(u128::from(high) << 64 | u128::from(low) & !PLACE_MASK)
    }

    /// Where the key was seen before.
    pub(crate) fn find(&self, key: Key) -> Result<Option<At>, CheckError> {
        if let Some(at) = self.shards[key.shard()].find(key) {
            return Ok(Some(at));
        }
        match &self.file {
            Some(file) => file.find(key),
            None => Ok(None),
        }
    }

    /// Remembers a key that was not seen before.
    pub(crate) fn add(&mut self, key: Key, place: &Place) -> Result<(), CheckError> {
        let entry = key.0 | At::bits(place);
        if self.memory_keys < self.memory_keys_max {
            self.memory_keys += 1;
            self.shards[key.shard()].add(entry);
            return Ok(());
        }
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(Pages::new(PAGES_MIN)?),
        };
        file.add(entry)
    }
}

impl Key {
    fn shard(self) -> usize {
        (self.0 >> (128 - SHARD_BITS)) as usize
    }

    fn is_of(self, entry: u128) -> bool {
        entry & !PLACE_MASK == self.0
    }
}

impl At {
    fn bits(place: &Place) -> u128 {
        // Rows count from 1, so an entry is never zero, which is what an empty place in memory holds.
        let row = place.row.clamp(1, ROW_MASK);
        let input = place.input.min(INPUT_MAX);
        u128::from(u64::from(input) << ROW_BITS | row)
    }

    fn of(entry: u128) -> Self {
        let bits = (entry & PLACE_MASK) as u64;
        let (input, row) = ((bits >> ROW_BITS) as u32, bits & ROW_MASK);
        let is_exact = input < INPUT_MAX && row < ROW_MASK;
        Self {
            place: is_exact.then_some((input, row)),
        }
    }
}

/// Parts of the memory that grow one after another: growing at once would hold everything twice.
const SHARDS: usize = 1 << SHARD_BITS;
const SHARD_BITS: u32 = 6;

/// A table with open places.
#[derive(Debug, Default)]
struct Shard {
    places: Vec<u128>,
    used: usize,
}

impl Shard {
    fn find(&self, key: Key) -> Option<At> {
        if self.places.is_empty() {
            return None;
        }
        let mut index = self.index_of(key.0);
        while self.places[index] != 0 {
            if key.is_of(self.places[index]) {
                return Some(At::of(self.places[index]));
            }
            index = (index + 1) % self.places.len();
        }
        None
    }

    fn add(&mut self, entry: u128) {
        if (self.used + 1) * 8 > self.places.len() * 7 {
            self.grow();
        }
        self.used += 1;
        self.put(entry);
    }

    fn put(&mut self, entry: u128) {
        let mut index = self.index_of(entry);
        while self.places[index] != 0 {
            index = (index + 1) % self.places.len();
        }
        self.places[index] = entry;
    }

    /// By a half each time; that wastes less of the bound than doubling.
    fn grow(&mut self) {
        let length = (self.places.len() * 3 / 2).max(64);
        let before = std::mem::replace(&mut self.places, vec![0; length]);
        before
            .into_iter()
            .filter(|entry| *entry != 0)
            .for_each(|entry| self.put(entry));
    }

    /// The bits behind those of the shard, spread over the places.
    fn index_of(&self, entry: u128) -> usize {
        let bits = (entry << SHARD_BITS >> 96) as u64;
        ((bits * self.places.len() as u64) >> 32) as usize
    }
}

/// Entries in pages of a file; the first bits of a key say which page.
#[derive(Debug)]
struct Pages {
    file: File,
    /// How many entries each page has: 2 bytes in memory for some 200 keys on the disk.
    counts: Vec<u16>,
    keys: u64,
}

const ENTRY_BYTES: usize = 16;
/// With 256 entries to a page, and pages three quarters full on the whole, a page is full before its time once in some hundred thousand.
const PAGE_ENTRIES: usize = 256;
const PAGE_BYTES: usize = PAGE_ENTRIES * ENTRY_BYTES;
/// Room for 800,000 keys to begin with.
const PAGES_MIN: usize = 4096;

impl Pages {
    fn new(pages: usize) -> Result<Self, CheckError> {
        let file = tempfile::tempfile().map_err(|source| failed(pages, source))?;
        Ok(Self {
            file,
            counts: vec![0; pages],
            keys: 0,
        })
    }

    fn find(&self, key: Key) -> Result<Option<At>, CheckError> {
        let page = self.page_of(key.0);
        let mut bytes = [0; PAGE_BYTES];
        let bytes = &mut bytes[..usize::from(self.counts[page]) * ENTRY_BYTES];
        read_at(&self.file, bytes, (page * PAGE_BYTES) as u64)
            .map_err(|source| failed(self.counts.len(), source))?;
        Ok(entries(bytes).find(|entry| key.is_of(*entry)).map(At::of))
    }

    fn add(&mut self, entry: u128) -> Result<(), CheckError> {
        while self.is_crowded() || self.is_full(entry) {
            self.double()?;
        }
        self.put(entry)
    }

    fn is_crowded(&self) -> bool {
        self.keys * 4 > (self.counts.len() * PAGE_ENTRIES * 3) as u64
    }

    fn is_full(&self, entry: u128) -> bool {
        usize::from(self.counts[self.page_of(entry)]) == PAGE_ENTRIES
    }

    fn put(&mut self, entry: u128) -> Result<(), CheckError> {
        let page = self.page_of(entry);
        let offset = page * PAGE_BYTES + usize::from(self.counts[page]) * ENTRY_BYTES;
        write_at(&self.file, &entry.to_le_bytes(), offset as u64)
            .map_err(|source| failed(self.counts.len(), source))?;
        self.counts[page] += 1;
        self.keys += 1;
        Ok(())
    }

    /// Each page becomes two, by one more bit of its keys.
    fn double(&mut self) -> Result<(), CheckError> {
        let mut wider = Self::new(self.counts.len() * 2)?;
        let mut page_bytes = [0; PAGE_BYTES];
        for (page, count) in self.counts.iter().enumerate() {
            let bytes = &mut page_bytes[..usize::from(*count) * ENTRY_BYTES];
            read_at(&self.file, bytes, (page * PAGE_BYTES) as u64)
                .map_err(|source| failed(self.counts.len(), source))?;
            wider.put_page(page * 2, bytes)?;
        }
        wider.keys = self.keys;
        *self = wider;
        Ok(())
    }

    /// Writes the entries of what was one page into two pages that follow each other.
    fn put_page(&mut self, first: usize, bytes: &[u8]) -> Result<(), CheckError> {
        let mut both = [0; 2 * PAGE_BYTES];
        for entry in entries(bytes) {
            let page = self.page_of(entry);
            let start = (page - first) * PAGE_BYTES + usize::from(self.counts[page]) * ENTRY_BYTES;
            both[start..start + ENTRY_BYTES].copy_from_slice(&entry.to_le_bytes());
            self.counts[page] += 1;
        }
        write_at(&self.file, &both, (first * PAGE_BYTES) as u64)
            .map_err(|source| failed(self.counts.len(), source))
    }

    fn page_of(&self, entry: u128) -> usize {
        // The number of pages is a power of two.
        (entry >> (128 - self.counts.len().trailing_zeros())) as usize
    }
}

fn entries(bytes: &[u8]) -> impl Iterator<Item = u128> + '_ {
    let (entries, _) = bytes.as_chunks::<ENTRY_BYTES>();
    entries.iter().map(|entry| u128::from_le_bytes(*entry))
}

#[cfg(unix)]
fn read_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
}

#[cfg(not(unix))]
fn read_at(mut file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    use std::io::{Read, Seek, SeekFrom};
    file.seek(SeekFrom::Start(offset))?;
    file.read_exact(bytes)
}

#[cfg(unix)]
fn write_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
}

#[cfg(not(unix))]
fn write_at(mut file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    use std::io::{Seek, SeekFrom, Write};
    file.seek(SeekFrom::Start(offset))?;
    file.write_all(bytes)
}

fn failed(pages: usize, source: io::Error) -> CheckError {
    CheckError {
        bytes: (pages * PAGE_BYTES) as u64,
        folder: std::env::temp_dir().display().to_string(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::{Pages, Seen};
    use crate::place::Place;

    fn place(row: u64) -> Place {
        Place {
            input: (row % 3) as u32,
            row,
            ..Place::default()
        }
    }

    #[test]
    fn every_key_is_found_where_it_was_seen_in_memory_and_in_the_file() {
        let mut seen = Seen::with_memory(1_000);
        // The smallest file, so that it doubles many times.
        seen.file = Some(Pages::new(2).unwrap());
        let rows = 20_000_u64;
        for row in 1..=rows {
            let key = seen.key(7, &row.to_le_bytes());
            assert_eq!(seen.find(key).unwrap(), None, "row {row}");
            seen.add(key, &place(row)).unwrap();
        }
        for row in 1..=rows {
            let key = seen.key(7, &row.to_le_bytes());
            let at = seen.find(key).unwrap().unwrap();
            assert_eq!(at.place, Some(((row % 3) as u32, row)));
        }
        let another = seen.key(8, &1_u64.to_le_bytes());
        assert_eq!(
            seen.find(another).unwrap(),
            None,
            "the key of another column"
        );
        let pages = seen.file.unwrap();
        assert!(pages.counts.len() >= 128, "{} pages", pages.counts.len());
    }

    #[test]
    fn a_place_that_does_not_fit_is_not_told() {
        let mut seen = Seen::with_memory(10);
        let key = seen.key(0, b"a");
        seen.add(
            key,
            &Place {
                input: u32::MAX,
                row: u64::MAX,
                ..Place::default()
            },
        )
        .unwrap();
        assert_eq!(seen.find(key).unwrap().unwrap().place, None);
    }
}
