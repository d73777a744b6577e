//! What a dry run knows of the rows before: the till, which is asked and changes nothing, does not have them.

use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use madang_import::{Batch, Place};
use serde_json::{Value as Json, json};

/// What rows before said.
#[derive(Default)]
pub struct Rehearsal {
    /// Which row said an item of the till.
    said: HashMap<u64, Place>,
    /// Rows of items that are not there, as the till takes them; text, of which a till has room for at most 50,000.
    new: Vec<(Box<str>, Place)>,
    /// Which of them have a code, a barcode or a title: by a hash, since one too many does no harm.
    named: HashMap<u64, u32>,
}

/// Earlier rows of new items that the rows of a batch may mean.
pub struct Before {
    /// As the till takes them.
    pub rows: Vec<Json>,
    /// Where they stand.
    pub places: Vec<Json>,
}

impl Rehearsal {
    /// Earlier rows of new items which have a name in common with these.
    pub fn before(&self, rows: &[Json]) -> Before {
        let names = rows.iter().flat_map(names);
        let meant: BTreeSet<u32> = names
            .filter_map(|name| self.named.get(&name).copied())
            .collect();
        let meant = || meant.iter().map(|at| &self.new[*at as usize]);
        let row = |row: &str| serde_json::from_str(row).unwrap_or_default();
        Before {
            rows: meant().map(|(text, _)| row(text)).collect(),
            places: meant().map(|(_, at)| place(at)).collect(),
        }
    }

    /// The row before that said an item of one of these.
    pub fn said_before(&self, batch: &Batch, items: &[Option<u64>]) -> Option<Place> {
        items.iter().zip(&batch.places).find_map(|(item, place)| {
            let first = self.said.get(item.as_ref()?)?;
            let is_other = (first.input, first.row) != (place.input, place.row);
            is_other.then_some(*first)
        })
    }

    /// The till would take the rows.
    pub fn taken(&mut self, batch: &Batch, rows: &[Json], items: &[Option<u64>]) {
        for ((row, item), place) in rows.iter().zip(items).zip(&batch.places) {
            match item {
                Some(item) => {
                    self.said.insert(*item, *place);
                }
                // What is taken off and is not there is no item.
                None if row["sale_state"] == "deleted" => {}
                None => self.add(row, *place),
            }
        }
    }

    fn add(&mut self, row: &Json, place: Place) {
        let Ok(at) = u32::try_from(self.new.len()) else {
            return;
        };
        self.named.extend(names(row).map(|name| (name, at)));
        self.new.push((row.to_string().into(), place));
    }
}

/// Where a row stands, as the till takes it.
pub fn place(place: &Place) -> Json {
    json!({ "input": place.input, "row": place.row })
}

/// By what the till may know the item of a row.
fn names(row: &Json) -> impl Iterator<Item = u64> {
    ["item", "barcode", "title"].into_iter().filter_map(|name| {
        let text = row.get(name)?.as_str()?;
        let mut hasher = DefaultHasher::new();
        (name, text).hash(&mut hasher);
        Some(hasher.finish())
    })
}
