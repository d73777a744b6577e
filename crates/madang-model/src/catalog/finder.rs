//! Finds the item that a row of a file means, among many and while rows before it change them.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::put::Wrong;
use super::{Catalog, Item, ItemChanges};
use crate::ItemId;

/// Ids of what is added begin here, far above those that people write into a shop's file, and short enough to be read aloud.
pub(super) const ADDED_IDS_FROM: u64 = 1_000_000_000;

/// A catalog's items by everything they can be known by.
pub(super) struct Finder<'a> {
    items: Vec<Cow<'a, Item>>,
    ids: HashMap<ItemId, usize>,
    codes: HashMap<Cow<'a, str>, usize>,
    barcodes: HashMap<Cow<'a, str>, usize>,
    skus: HashMap<Cow<'a, str>, Vec<usize>>,
    titles: HashMap<Cow<'a, str>, Vec<usize>>,
    /// Ids of items and prices, which may not meet.
    taken: HashSet<u64>,
}

impl<'a> Finder<'a> {
    pub(super) fn new(catalog: &'a Catalog) -> Self {
        let mut finder = Self {
            items: Vec::with_capacity(catalog.items.len()),
            ids: HashMap::new(),
            codes: HashMap::new(),
            barcodes: HashMap::new(),
            skus: HashMap::new(),
            titles: HashMap::new(),
            taken: HashSet::new(),
        };
        catalog.items.iter().for_each(|item| {
            finder.push(Cow::Borrowed(item));
        });
        finder
    }

    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    pub(super) fn item(&self, at: usize) -> &Item {
        &self.items[at]
    }

    /// The item whose code this is, or else whose id.
    pub(super) fn by_code_or_id(&self, written: &str) -> Option<usize> {
        let by_code = self.codes.get(written).copied();
        by_code.or_else(|| self.ids.get(&written.parse().ok()?).copied())
    }

    pub(super) fn by_barcode(&self, barcode: &str) -> Option<usize> {
        self.barcodes.get(barcode).copied()
    }

    /// The one item with this stock keeping unit.
    pub(super) fn by_sku(&self, sku: &str) -> Result<Option<usize>, Wrong> {
        match self.skus.get(sku).map_or(&[][..], Vec::as_slice) {
            [] => Ok(None),
            [at] => Ok(Some(*at)),
            several => Err(Wrong::new(
                "ambiguous",
                format!(
                    "{} items have the SKU {sku}: name the one by its code or barcode",
                    several.len()
                ),
                format!(
                    "SKU {sku}인 상품이 {}개예요. 상품코드나 바코드를 적어 주세요",
                    several.len()
                ),
            )),
        }
    }

    /// The items with this Korean name.
    pub(super) fn by_title(&self, title: &str) -> &[usize] {
        self.titles.get(title).map_or(&[], Vec::as_slice)
    }

    /// An id that neither an item nor a price has. The same catalog gives the same one.
    pub(super) fn free_id(&self) -> u64 {
        let mut id = ADDED_IDS_FROM + self.items.len() as u64;
        while self.taken.contains(&id) {
            id += 1;
        }
        id
    }

    pub(super) fn add(&mut self, item: Item) -> usize {
        self.push(Cow::Owned(item))
    }

    pub(super) fn change(&mut self, at: usize, changes: &ItemChanges) {
        self.forget(at);
        self.items[at].to_mut().change(changes);
        self.learn(at);
    }

    fn push(&mut self, item: Cow<'a, Item>) -> usize {
        let at = self.items.len();
        self.ids.insert(item.id, at);
        self.taken.extend([item.id.0, item.price.id.0]);
        self.items.push(item);
        self.learn(at);
        at
    }

    fn learn(&mut self, at: usize) {
        let names = Names::of(&self.items[at]);
        if let Some(code) = names.code {
            self.codes.entry(code).or_insert(at);
        }
        if let Some(barcode) = names.barcode {
            self.barcodes.entry(barcode).or_insert(at);
        }
        if let Some(sku) = names.sku {
            self.skus.entry(sku).or_default().push(at);
        }
        self.titles.entry(names.title).or_default().push(at);
    }

    fn forget(&mut self, at: usize) {
        let names = Names::of(&self.items[at]);
        if let Some(code) = names.code.filter(|code| self.codes.get(code) == Some(&at)) {
            self.codes.remove(&code);
        }
        if let Some(barcode) = names
            .barcode
            .filter(|barcode| self.barcodes.get(barcode) == Some(&at))
        {
            self.barcodes.remove(&barcode);
        }
        if let Some(with_sku) = names.sku.and_then(|sku| self.skus.get_mut(&sku)) {
            with_sku.retain(|there| *there != at);
        }
        if let Some(called_so) = self.titles.get_mut(&names.title) {
            called_so.retain(|there| *there != at);
        }
    }
}

/// What an item is known by beside its id.
struct Names<'a> {
    title: Cow<'a, str>,
    code: Option<Cow<'a, str>>,
    barcode: Option<Cow<'a, str>>,
    sku: Option<Cow<'a, str>>,
}

impl<'a> Names<'a> {
    /// Borrowed from the catalog where the item still is as it is there: a catalog is large, and a batch changes little of it.
    fn of(item: &Cow<'a, Item>) -> Self {
        match item {
            Cow::Borrowed(item) => Self {
                title: Cow::Borrowed(&item.title.ko),
                code: item.code.as_deref().map(Cow::Borrowed),
                barcode: item.price.barcode.as_deref().map(Cow::Borrowed),
                sku: item.price.sku.as_deref().map(Cow::Borrowed),
            },
            Cow::Owned(item) => Self {
                title: Cow::Owned(item.title.ko.clone()),
                code: item.code.clone().map(Cow::Owned),
                barcode: item.price.barcode.clone().map(Cow::Owned),
                sku: item.price.sku.clone().map(Cow::Owned),
            },
        }
    }
}
