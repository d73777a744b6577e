//! What happens to a catalog while the shop is open.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use super::{Catalog, Category, Item};
use crate::stock::StockEvent;
use crate::{CategoryId, ItemId, Money, Text};

/// What happens to a catalog. Whether an item is out, off the menu or counted is its day's affair: [`StockEvent`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "body", rename_all = "kebab-case")]
pub enum CatalogEvent {
    /// A tab more.
    CategoryAdded {
        /// The tab.
        category: Category,
    },
    /// A tile more.
    ItemAdded {
        /// The item.
        item: Item,
    },
    /// An item is another one in some of its fields.
    ItemChanged {
        /// Which.
        item: ItemId,
        /// What is new. All else stays as the shop's file and earlier changes have it.
        changes: ItemChanges,
    },
}

/// New values of an item's fields; none: as it was. Its id and its price's id never change.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ItemChanges {
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Text>,
    /// The tab it stands on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<CategoryId>,
    /// The shop's own code for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// A sentence about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Text>,
    /// The price of one, VAT included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// Free of value added tax.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_free: Option<bool>,
    /// The shop's stock keeping unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// What a scanner reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub barcode: Option<String>,
    /// What is taken away.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub cleared: BTreeSet<ItemField>,
}

/// What an item can be without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ItemField {
    /// Its name in English.
    TitleEn,
    /// The sentence about it.
    Description,
    /// The shop's stock keeping unit.
    Sku,
    /// What a scanner reads.
    Barcode,
}

/// What a batch of rows comes to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CatalogChange {
    /// What happens to the catalog, in this order.
    pub catalog: Vec<CatalogEvent>,
    /// What happens to items' days after that, in this order.
    pub days: Vec<(ItemId, StockEvent)>,
    /// Rows that say what is so already.
    pub rows_unchanged: usize,
    /// Rows of items that were not there.
    pub rows_new: usize,
    /// Items that were called something else, in the order of their rows.
    pub renamed: Vec<Renamed>,
    /// The item of each row, new ones included; none where a row takes off what is not there.
    pub items: Vec<Option<ItemId>>,
}

/// An item gets another name: most of the time a row meant another item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renamed {
    /// What it was called.
    pub from: String,
    /// What it is called now.
    pub to: String,
}

impl CatalogChange {
    /// The item with this id, when it comes with this change.
    pub fn added(&self, item: ItemId) -> Option<&Item> {
        self.catalog.iter().find_map(|event| match event {
            CatalogEvent::ItemAdded { item: added } if added.id == item => Some(added),
            _ => None,
        })
    }
}

impl Catalog {
    /// The catalog after these events.
    pub fn evolve<'a>(&mut self, events: impl IntoIterator<Item = &'a CatalogEvent>) {
        let items = self.items.iter().enumerate();
        let mut places: HashMap<ItemId, usize> = items.map(|(at, item)| (item.id, at)).collect();
        for event in events {
            match event {
                CatalogEvent::CategoryAdded { category } => self.put_category(category),
                CatalogEvent::ItemAdded { item } => match places.get(&item.id) {
                    Some(at) => self.items[*at] = item.clone(),
                    None => {
                        places.insert(item.id, self.items.len());
                        self.items.push(item.clone());
                    }
                },
                // The shop's file may have lost the item since.
                CatalogEvent::ItemChanged { item, changes } => {
                    if let Some(at) = places.get(item) {
                        self.items[*at].change(changes);
                    }
                }
            }
        }
    }

    fn put_category(&mut self, category: &Category) {
        let there = self
            .categories
            .iter_mut()
            .find(|there| there.id == category.id);
        match there {
            Some(there) => *there = category.clone(),
            None => self.categories.push(category.clone()),
        }
    }
}

impl Item {
    pub(super) fn change(&mut self, changes: &ItemChanges) {
        let ItemChanges {
            title,
            category,
            code,
            description,
            amount,
            tax_free,
            sku,
            barcode,
            cleared,
        } = changes.clone();
        self.title = title.unwrap_or_else(|| self.title.clone());
        self.category = category.unwrap_or(self.category);
        self.code = code.or(self.code.take());
        self.description = description.or(self.description.take());
        self.price.amount = amount.unwrap_or(self.price.amount);
        self.price.tax_free = tax_free.unwrap_or(self.price.tax_free);
        self.price.sku = sku.or(self.price.sku.take());
        self.price.barcode = barcode.or(self.price.barcode.take());
        for field in cleared {
            match field {
                ItemField::TitleEn => self.title.en = None,
                ItemField::Description => self.description = None,
                ItemField::Sku => self.price.sku = None,
                ItemField::Barcode => self.price.barcode = None,
            }
        }
    }
}
