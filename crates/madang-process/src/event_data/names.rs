//! Names kept once, each known by the number of its first coming.

use std::hash::BuildHasher;

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};

/// Different texts, numbered from 0 in the order they came.
///
/// All text stands in one buffer: a hundred thousand names are three allocations, not a hundred thousand.
#[derive(Clone, Default)]
pub struct Names {
    text: String,
    /// Where each name ends; it begins where the one before ends.
    ends: Vec<u32>,
    slots: HashTable<Slot>,
    hasher: DefaultHashBuilder,
}

/// Where a name is found. Its hash stands beside its number, so that a table that grows, and one that is asked for a name it does not have, look at
/// no text: with a million names the text is in no cache.
#[derive(Clone, Copy)]
struct Slot {
    hash: u32,
    number: u32,
}

impl Names {
    /// No names.
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of this name, which it is given when it is new. None when the names together would pass 4 GiB.
    pub fn number(&mut self, name: &str) -> Option<u32> {
        let hash = self.hash(name);
        let (text, ends) = (&self.text, &self.ends);
        let found = self.slots.entry(
            spread(hash),
            |slot| slot.hash == hash && of(text, ends, slot.number) == name,
            |slot| spread(slot.hash),
        );
        let free = match found {
            Entry::Occupied(taken) => return Some(taken.get().number),
            Entry::Vacant(free) => free,
        };
        let end = u32::try_from(self.text.len() + name.len()).ok()?;
        let number = u32::try_from(self.ends.len()).ok()?;
        self.text.push_str(name);
        self.ends.push(end);
        free.insert(Slot { hash, number });
        Some(number)
    }

    /// The number of this name, if it has come.
    pub fn find(&self, name: &str) -> Option<u32> {
        let hash = self.hash(name);
        let is_it =
            |slot: &Slot| slot.hash == hash && of(&self.text, &self.ends, slot.number) == name;
        let slot = self.slots.find(spread(hash), is_it);
        slot.map(|slot| slot.number)
    }

    /// Makes room for so many more names, so that the table grows once.
    pub(super) fn reserve(&mut self, names: usize) {
        self.slots.reserve(names, |slot| spread(slot.hash));
    }

    fn hash(&self, name: &str) -> u32 {
        // Half of it tells a thousand million names apart well enough.
        self.hasher.hash_one(name) as u32
    }

    /// The name of a number that was given.
    ///
    /// # Panics
    /// When the number was not given by these names: that is a mistake of ours, never of a file.
    pub fn name(&self, number: u32) -> &str {
        of(&self.text, &self.ends, number)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// All, in the order of their numbers.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.ends.len()).map(|number| of(&self.text, &self.ends, number as u32))
    }
}

/// The table takes the place from the lowest bits of a hash and a mark from its highest: half a hash is spread over both.
fn spread(hash: u32) -> u64 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    u64::from(hash).wrapping_mul(ODD)
}

fn of<'names>(text: &'names str, ends: &[u32], number: u32) -> &'names str {
    let at = number as usize;
    let start = if at == 0 { 0 } else { ends[at - 1] };
    &text[start as usize..ends[at] as usize]
}

impl std::fmt::Debug for Names {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_list().entries(self.iter()).finish()
    }
}

impl PartialEq for Names {
    fn eq(&self, other: &Self) -> bool {
        self.ends == other.ends && self.text == other.text
    }
}

impl Eq for Names {}
