//! Which keys were seen before, in memory that does not grow with the file.
//!
//! A key is 80 bits of a keyed hash (two SipHash-1-3 with keys of chance): among 100 million keys two different ones are taken for the same once in
//! 10^8 runs. Beside it stands where it was seen. The first [`MEMORY_KEYS_MAX`] keys are in memory, all further ones in a temporary file that
//! has no name. They go there a hundred thousand at a time, in the order of their pages, and are looked for there, with one read of a dozen KiB, only when a filter
//! of a fixed size does not rule it out. Each doubling of the file reads and writes it once from end to end. Sorted runs would need a read for each run. A
//! repeat is known at its row, before that is written.

mod filter;
mod pages;

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

use self::filter::Filter;
use self::pages::{PAGES_MIN, Pages};
use crate::check::checker::CheckError;
use crate::place::Place;

/// Keys seen so far.
#[derive(Debug)]
pub(crate) struct Seen {
    hashers: [RandomState; 2],
    shards: Vec<Shard>,
    memory_keys: usize,
    memory_keys_max: usize,
    spilled: Option<Box<Spilled>>,
}

/// The hash of a key, in the upper 80 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key(u128);

/// Where a key was seen. What is beyond these bits is not told, only that it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct At {
    /// The input and the line; `None` when their numbers were too large to be kept.
    pub(crate) place: Option<(u32, u64)>,
}

const PLACE_BITS: u32 = 48;
const LINE_BITS: u32 = 34;
const PLACE_MASK: u128 = (1 << PLACE_BITS) - 1;
const LINE_MASK: u64 = (1 << LINE_BITS) - 1;
const INPUT_MAX: u32 = (1 << (PLACE_BITS - LINE_BITS)) - 1;

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
            spilled: None,
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
        // Most keys are new: the filter says so with one access to memory, and a table that is nearly full with many.
        if let Some(spilled) = &self.spilled
            && !spilled.filter.may_have(key)
        {
            return Ok(None);
        }
        if let Some(at) = self.shards[key.shard()].find(key) {
            return Ok(Some(at));
        }
        match &self.spilled {
            Some(spilled) => spilled.find(key),
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
        let spilled = match &mut self.spilled {
            Some(spilled) => spilled,
            none => {
                let mut spilled = Spilled::new(PAGES_MIN, PENDING_MAX)?;
                spilled.know(&self.shards);
                none.insert(Box::new(spilled))
            }
        };
        spilled.add(key, entry)
    }
}

impl Key {
    fn shard(self) -> usize {
        (self.0 >> (128 - SHARD_BITS)) as usize
    }

    /// Its last bits.
    fn low_64(self) -> u64 {
        (self.0 >> PLACE_BITS) as u64
    }

    fn is_of(self, entry: u128) -> bool {
        entry & !PLACE_MASK == self.0
    }
}

impl At {
    fn bits(place: &Place) -> u128 {
        // Rows count from 1, so an entry is never zero, which is what an empty place in memory holds.
        let line = place.line.clamp(1, LINE_MASK);
        let input = place.input.min(INPUT_MAX);
        u128::from(u64::from(input) << LINE_BITS | line)
    }

    fn of(entry: u128) -> Self {
        let bits = (entry & PLACE_MASK) as u64;
        let (input, line) = ((bits >> LINE_BITS) as u32, bits & LINE_MASK);
        let is_exact = input < INPUT_MAX && line < LINE_MASK;
        Self {
            place: is_exact.then_some((input, line)),
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

    /// What is in it, in order; after that it finds nothing until it is emptied.
    fn sort(&mut self) -> &[u128] {
        self.places.sort_unstable();
        let empty = self.places.len() - self.used;
        &self.places[empty..]
    }

    /// Empties it; its places stay.
    fn clear(&mut self) {
        self.places.fill(0);
        self.used = 0;
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

/// Keys for which there is no memory.
#[derive(Debug)]
struct Spilled {
    /// Of all keys, those in memory as well.
    filter: Filter,
    /// Those that are not in the file yet.
    pending: Shard,
    pending_max: usize,
    pages: Pages,
}

/// With these the table of what waits stands just before it would grow once more, and takes 2.3 MB. The more wait, the more of them go out with one write.
const PENDING_MAX: usize = 124_000;

impl Spilled {
    fn new(pages: usize, pending_max: usize) -> Result<Self, CheckError> {
        Ok(Self {
            filter: Filter::new(),
            pending: Shard::default(),
            pending_max,
            pages: Pages::new(pages)?,
        })
    }

    /// Puts the keys that are in memory into the filter.
    fn know(&mut self, shards: &[Shard]) {
        let entries = shards.iter().flat_map(|shard| &shard.places);
        for entry in entries.filter(|entry| **entry != 0) {
            self.filter.add(Key(entry & !PLACE_MASK));
        }
    }

    /// Looks for a key that the filter lets through.
    fn find(&self, key: Key) -> Result<Option<At>, CheckError> {
        match self.pending.find(key) {
            Some(at) => Ok(Some(at)),
            None => self.pages.find(key),
        }
    }

    fn add(&mut self, key: Key, entry: u128) -> Result<(), CheckError> {
        self.filter.add(key);
        self.pending.add(entry);
        if self.pending.used < self.pending_max {
            return Ok(());
        }
        self.pages.add(self.pending.sort())?;
        self.pending.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Seen, Spilled};
    use crate::place::Place;

    fn place(row: u64) -> Place {
        Place {
            input: (row % 3) as u32,
            line: row,
            ..Place::default()
        }
    }

    #[test]
    fn every_key_is_found_where_it_was_seen_in_memory_and_in_the_file() {
        let mut seen = Seen::with_memory(1_000);
        // The smallest file, so that it doubles many times, and some keys left that are not in it.
        let rows = 20_000_u64;
        for row in 1..=rows {
            if row == 1_001 {
                let mut spilled = Spilled::new(2, 300).unwrap();
                spilled.know(&seen.shards);
                seen.spilled = Some(Box::new(spilled));
            }
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
        let spilled = seen.spilled.unwrap();
        assert!(spilled.pages.len() >= 32, "{} pages", spilled.pages.len());
        assert_eq!(spilled.pending.used, 19_000 % 300);
    }

    #[test]
    fn a_place_that_does_not_fit_is_not_told() {
        let mut seen = Seen::with_memory(10);
        let key = seen.key(0, b"a");
        seen.add(
            key,
            &Place {
                input: u32::MAX,
                line: u64::MAX,
                ..Place::default()
            },
        )
        .unwrap();
        assert_eq!(seen.find(key).unwrap().unwrap().place, None);
    }
}
