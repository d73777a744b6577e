//! What a shop sells: categories, items with one price each, and the option groups that items share.

mod change;
mod count;
mod finder;
mod put;

use serde::{Deserialize, Serialize};

pub use self::change::{CatalogChange, CatalogEvent, ItemChanges, ItemField, Renamed};
pub use self::count::CountRow;
pub use self::put::{
    CATEGORIES_MAX, DESCRIPTION_LENGTH_MAX, ITEMS_MAX, ItemDefaults, ItemRow, PutItems,
};
use crate::{CategoryId, ChoiceId, ItemId, Money, OptionId, PriceId, Text};

/// Everything a shop sells: what its file says, and what was put in since ([`CatalogEvent`]). What changes daily (sold out, stock) is in [`crate::stock`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Catalog {
    /// Categories in the order of the till's tabs.
    pub categories: Vec<Category>,
    /// Items in the order of the till's tiles.
    pub items: Vec<Item>,
    /// Option groups that items refer to.
    #[serde(default)]
    pub options: Vec<OptionGroup>,
}

/// A tab of the till.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Category {
    /// Its id.
    pub id: CategoryId,
    /// Its name.
    pub title: Text,
}

/// A thing for sale.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// Its id.
    pub id: ItemId,
    /// Its name.
    pub title: Text,
    /// The tab it stands on.
    pub category: CategoryId,
    /// The shop's own code for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// A sentence about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Text>,
    /// Whether it is for sale when the day begins; see [`crate::stock::ItemDay`] for now.
    #[serde(default)]
    pub state: SaleState,
    /// Coloured labels on the tile.
    #[serde(default)]
    pub labels: Vec<Label>,
    /// The glyph on the tile: `coffee`, `milk`, `tea`, `ade`, `bake` or `goods`.
    #[serde(default)]
    pub glyph: Glyph,
    /// What it costs.
    pub price: Price,
    /// The option groups asked for, in this order.
    #[serde(default)]
    pub options: Vec<OptionId>,
}

/// What one item costs and how it is counted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Price {
    /// Its id.
    pub id: PriceId,
    /// Its name, as "기본".
    pub title: Text,
    /// How the amount is found.
    #[serde(default)]
    pub kind: PriceKind,
    /// The amount for one, VAT included.
    pub amount: Money,
    /// Free of value added tax.
    #[serde(default)]
    pub tax_free: bool,
    /// The shop's stock keeping unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// What a scanner reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub barcode: Option<String>,
    /// How many are there when the shop is first opened; none: not counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stock: Option<u32>,
}

/// How the amount of a price is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PriceKind {
    /// Always the same.
    #[default]
    Fixed,
    /// Asked for at each sale.
    Variable,
    /// By weight or measure.
    Unit,
}

/// Whether something can be sold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SaleState {
    /// For sale.
    #[default]
    OnSale,
    /// Out for now.
    SoldOut,
    /// Not offered now.
    Unavailable,
    /// Taken off the menu; old orders still name it.
    Deleted,
}

/// A coloured word on a tile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Label {
    /// The word.
    pub title: String,
    /// A CSS colour.
    pub color: String,
}

/// The picture on a tile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Glyph {
    Coffee,
    Milk,
    Tea,
    Ade,
    Bake,
    #[default]
    Goods,
}

/// A question asked with an item: size, temperature, extra shots.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OptionGroup {
    /// Its id.
    pub id: OptionId,
    /// Its name.
    pub title: Text,
    /// The fewest choices, counting quantities.
    pub choices_min: u32,
    /// The most choices, counting quantities; none: no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choices_max: Option<u32>,
    /// What can be chosen.
    pub choices: Vec<Choice>,
    /// What is chosen when nobody says otherwise.
    #[serde(default)]
    pub defaults: Vec<ChoiceId>,
}

/// One answer to an option group's question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// Its id.
    pub id: ChoiceId,
    /// Its name.
    pub title: Text,
    /// What it adds to the price of one, VAT included.
    pub amount: Money,
    /// Whether it can be chosen.
    #[serde(default)]
    pub state: SaleState,
    /// Whether it can be chosen more than once ("샷 추가 ×2").
    #[serde(default)]
    pub countable: bool,
}

impl Catalog {
    /// The item with this id.
    pub fn item(&self, id: ItemId) -> Option<&Item> {
        self.items.iter().find(|item| item.id == id)
    }

    /// The category with this id.
    pub fn category(&self, id: CategoryId) -> Option<&Category> {
        self.categories.iter().find(|category| category.id == id)
    }

    /// The option group with this id.
    pub fn option(&self, id: OptionId) -> Option<&OptionGroup> {
        self.options.iter().find(|option| option.id == id)
    }

    /// The item whose price carries this barcode.
    pub fn item_by_barcode(&self, barcode: &str) -> Option<&Item> {
        self.items
            .iter()
            .find(|item| item.price.barcode.as_deref() == Some(barcode))
    }

    /// The option groups of an item, in the order they are asked.
    pub fn options_of<'a>(&'a self, item: &'a Item) -> impl Iterator<Item = &'a OptionGroup> {
        item.options.iter().filter_map(|id| self.option(*id))
    }
}

impl OptionGroup {
    /// The choice with this id.
    pub fn choice(&self, id: ChoiceId) -> Option<&Choice> {
        self.choices.iter().find(|choice| choice.id == id)
    }

    /// The defaults that can be had today: sold-out ones are left out, and the first choices for sale fill up to the fewest asked for.
    pub fn defaults_on_sale(&self) -> Vec<&Choice> {
        let on_sale = |choice: &&Choice| choice.state == SaleState::OnSale;
        let mut chosen: Vec<&Choice> = self
            .defaults
            .iter()
            .filter_map(|id| self.choice(*id))
            .filter(on_sale)
            .collect();
        for choice in self.choices.iter().filter(on_sale) {
            if chosen.len() >= self.choices_min as usize {
                break;
            }
            if !chosen.iter().any(|taken| taken.id == choice.id) {
                chosen.push(choice);
            }
        }
        chosen
    }
}
