//! Entries in pages of a temporary file that has no name.

use std::fs::File;
use std::io;

use super::{At, Key};
use crate::check::checker::CheckError;

/// Entries in pages of a file; the first bits of a key say which page.
#[derive(Debug)]
pub(super) struct Pages {
    file: File,
    /// How many entries each page has: 2 bytes in memory for some 800 keys on the disk.
    counts: Vec<u16>,
    keys: u64,
}

const ENTRY_BYTES: usize = 16;
/// Pages three quarters full on the whole: one is full before its time about never. Larger ones are written more keys at a time, and cost more to be read.
const PAGE_ENTRIES: usize = 1024;
const PAGE_BYTES: usize = PAGE_ENTRIES * ENTRY_BYTES;
/// Room for 800,000 keys to begin with.
pub(super) const PAGES_MIN: usize = 1024;

impl Pages {
    pub(super) fn new(pages: usize) -> Result<Self, CheckError> {
        let file = tempfile::tempfile().map_err(|source| failed(pages, source))?;
        Ok(Self {
            file,
            counts: vec![0; pages],
            keys: 0,
        })
    }

    pub(super) fn find(&self, key: Key) -> Result<Option<At>, CheckError> {
        let page = self.page_of(key.0);
        let mut bytes = [0; PAGE_BYTES];
        let bytes = &mut bytes[..usize::from(self.counts[page]) * ENTRY_BYTES];
        read_at(&self.file, bytes, (page * PAGE_BYTES) as u64)
            .map_err(|source| failed(self.counts.len(), source))?;
        Ok(entries(bytes).find(|entry| key.is_of(*entry)).map(At::of))
    }

    /// Adds entries in the order of their keys: those of one page are one write.
    pub(super) fn add(&mut self, mut entries: &[u128]) -> Result<(), CheckError> {
        while let Some(first) = entries.first() {
            let page = self.page_of(*first);
            let count = entries.partition_point(|entry| self.page_of(*entry) <= page);
            if self.is_crowded(entries.len()) || self.has_no_room(page, count) {
                self.double()?;
                continue;
            }
            self.put(page, &entries[..count])?;
            entries = &entries[count..];
        }
        Ok(())
    }

    fn is_crowded(&self, more: usize) -> bool {
        (self.keys + more as u64) * 4 > (self.counts.len() * PAGE_ENTRIES * 3) as u64
    }

    fn has_no_room(&self, page: usize, count: usize) -> bool {
        usize::from(self.counts[page]) + count > PAGE_ENTRIES
    }

    fn put(&mut self, page: usize, entries: &[u128]) -> Result<(), CheckError> {
        let mut bytes = [0; PAGE_BYTES];
        let bytes = &mut bytes[..entries.len() * ENTRY_BYTES];
        let places = bytes.chunks_exact_mut(ENTRY_BYTES);
        places
            .zip(entries)
            .for_each(|(place, entry)| place.copy_from_slice(&entry.to_le_bytes()));
        let offset = page * PAGE_BYTES + usize::from(self.counts[page]) * ENTRY_BYTES;
        write_at(&self.file, bytes, offset as u64)
            .map_err(|source| failed(self.counts.len(), source))?;
        self.counts[page] += entries.len() as u16;
        self.keys += entries.len() as u64;
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

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.counts.len()
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
    use super::{PAGE_ENTRIES, Pages};

    #[test]
    fn pages_double_while_more_comes_for_one_of_them_than_it_holds() {
        let mut pages = Pages::new(2).unwrap();
        // All but the last two are of the first page until there are eight.
        let entries: Vec<u128> = (1..=PAGE_ENTRIES as u128 + 1).map(|at| at << 115).collect();
        pages.add(&entries).unwrap();
        assert_eq!(pages.counts.len(), 8);
        assert_eq!(pages.keys, entries.len() as u64);
        for entry in entries {
            assert!(pages.find(super::Key(entry)).unwrap().is_some(), "{entry}");
        }
    }
}
