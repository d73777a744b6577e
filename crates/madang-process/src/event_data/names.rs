//! Names kept once, each known by the number of its first coming.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

/// Different texts, numbered from 0 in the order they came.
///
/// All text stands in one buffer: a hundred thousand names are three allocations, not a hundred thousand.
#[derive(Clone, Default)]
pub struct Names {
    text: String,
    /// Where each name ends; it begins where the one before ends.
    ends: Vec<u32>,
    numbers: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Names {
    /// No names.
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of this name, which it is given when it is new. None when the names together would pass 4 GiB.
    pub fn number(&mut self, name: &str) -> Option<u32> {
        let hash = self.hasher.hash_one(name);
        let (text, ends) = (&self.text, &self.ends);
        if let Some(number) = self
            .numbers
            .find(hash, |number| of(text, ends, *number) == name)
        {
            return Some(*number);
        }
        let end = u32::try_from(self.text.len() + name.len()).ok()?;
        let number = u32::try_from(self.ends.len()).ok()?;
        self.text.push_str(name);
        self.ends.push(end);
        let (text, ends, hasher) = (&self.text, &self.ends, &self.hasher);
        self.numbers.insert_unique(hash, number, |number| {
            hasher.hash_one(of(text, ends, *number))
        });
        Some(number)
    }

    /// The number of this name, if it has come.
    pub fn find(&self, name: &str) -> Option<u32> {
        let hash = self.hasher.hash_one(name);
        self.numbers
            .find(hash, |number| of(&self.text, &self.ends, *number) == name)
            .copied()
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
