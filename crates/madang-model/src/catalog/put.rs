//! Putting items into a catalog, new or changed, a row each.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use super::finder::{ADDED_IDS_FROM, Finder};
use super::{
    Catalog, CatalogChange, CatalogEvent, Category, Glyph, Item, ItemChanges, ItemField, Price,
    PriceKind, Renamed, SaleState,
};
use crate::line::TITLE_LENGTH_MAX;
use crate::refusal::RowRefused;
use crate::stock::{ItemDay, StockEvent};
use crate::{CategoryId, Currency, ItemId, Money, PriceId, Refusal, Text};

/// The most items of a shop: a large supermarket has about 40,000, and the till holds all of them in memory and shows them.
pub const ITEMS_MAX: usize = 50_000;
/// The most categories of a shop: each is a tab.
pub const CATEGORIES_MAX: usize = 1_000;
/// The most characters of an item's description.
pub const DESCRIPTION_LENGTH_MAX: usize = 2_000;
/// The most characters of a barcode: the longest that a scanner of a till reads in one piece.
const BARCODE_LENGTH_MAX: usize = 100;

/// Items to be put into a catalog.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PutItems {
    /// One an item, in the order in which new ones are to stand.
    pub rows: Vec<ItemRow>,
    /// Whether a category that is not there is made; a row that names it is refused otherwise.
    pub makes_categories: bool,
    /// What items that are new have where their row says nothing.
    #[serde(default, skip_serializing_if = "ItemDefaults::is_empty")]
    pub defaults: ItemDefaults,
}

/// What a new item has where its row says nothing; see [`ItemRow`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ItemDefaults {
    /// A name in English.
    pub title_en: Option<String>,
    /// The name of a category, or its id.
    pub category: Option<String>,
    /// Free of value added tax.
    pub tax_free: Option<bool>,
    /// A stock keeping unit.
    pub sku: Option<String>,
    /// A sentence.
    pub description: Option<String>,
    /// How many are there.
    pub stock: Option<i64>,
    /// Whether it is for sale.
    pub state: Option<SaleState>,
}

impl ItemDefaults {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The row of a new item.
    fn fill(&self, row: &ItemRow) -> ItemRow {
        let text = |said: &Option<String>, default: &Option<String>| {
            said.clone().or_else(|| default.clone())
        };
        ItemRow {
            title: Text {
                ko: row.title.ko.clone(),
                en: text(&row.title.en, &self.title_en),
            },
            category: text(&row.category, &self.category),
            tax_free: row.tax_free.or(self.tax_free),
            sku: text(&row.sku, &self.sku),
            description: text(&row.description, &self.description),
            stock: row.stock.or(self.stock),
            state: row.state.or(self.state),
            ..row.clone()
        }
    }
}

/// An item as a row of a file says it. What is absent stays as it is.
///
/// Which item it means is found by `item`, else by the barcode, else by the title; what is not found is added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ItemRow {
    /// The shop's own code for it, or its id.
    pub item: Option<String>,
    /// Its name.
    pub title: Text,
    /// The name of its category, or its id; none for a new item: “기타”.
    pub category: Option<String>,
    /// The price of one, VAT included.
    pub amount: Money,
    /// Free of value added tax.
    pub tax_free: Option<bool>,
    /// What a scanner reads.
    pub barcode: Option<String>,
    /// The shop's stock keeping unit.
    pub sku: Option<String>,
    /// A sentence about it.
    pub description: Option<String>,
    /// How many are there.
    pub stock: Option<i64>,
    /// Whether it is for sale; deleted: taken off the menu.
    pub state: Option<SaleState>,
    /// What is taken away from an item that is there and about which the row says nothing else.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub clears: BTreeSet<ItemField>,
}

/// Why a row cannot be taken.
#[derive(Debug)]
pub(super) struct Wrong {
    code: &'static str,
    message: String,
    message_ko: String,
}

impl Wrong {
    pub(super) fn new(code: &'static str, message: String, message_ko: String) -> Self {
        Self {
            code,
            message,
            message_ko,
        }
    }

    pub(super) fn at(self, row: usize) -> RowRefused {
        RowRefused {
            row,
            code: self.code.into(),
            message: self.message,
            message_ko: self.message_ko,
        }
    }
}

impl Catalog {
    /// What putting these items comes to. `day` is how an item of this catalog stands now; `items_max` is the most items that it has afterwards.
    ///
    /// # Errors
    /// [`Refusal::RowsRefused`] naming every row that cannot be taken; then none is.
    pub fn decide(
        &self,
        put: &PutItems,
        currency: Currency,
        items_max: usize,
        day: &dyn Fn(&Item) -> ItemDay,
    ) -> Result<CatalogChange, Refusal> {
        let mut putting = Putting {
            finder: Finder::new(self),
            categories: self.categories.clone(),
            makes_categories: put.makes_categories,
            defaults: &put.defaults,
            currency,
            items_max,
            day,
            days: HashMap::new(),
            change: CatalogChange::default(),
        };
        let mut refused = Vec::new();
        for (number, row) in put.rows.iter().enumerate() {
            if let Err(wrong) = putting.put(row) {
                refused.push(wrong.at(number));
            }
        }
        if refused.is_empty() {
            Ok(putting.change)
        } else {
            Err(Refusal::RowsRefused { rows: refused })
        }
    }
}

/// A batch that is being put: the catalog as the rows so far make it.
struct Putting<'a> {
    finder: Finder<'a>,
    categories: Vec<Category>,
    makes_categories: bool,
    defaults: &'a ItemDefaults,
    currency: Currency,
    items_max: usize,
    day: &'a dyn Fn(&Item) -> ItemDay,
    /// Days that rows of this batch have changed.
    days: HashMap<ItemId, ItemDay>,
    change: CatalogChange,
}

impl Putting<'_> {
    fn put(&mut self, row: &ItemRow) -> Result<(), Wrong> {
        check_values(row, self.currency)?;
        let found = self.find(row)?;
        let filled = found.is_none().then(|| self.defaults.fill(row));
        if let Some(filled) = &filled {
            check_values(filled, self.currency)?;
        }
        let row = filled.as_ref().unwrap_or(row);
        let stock = row.stock.map(pieces).transpose()?;
        self.barcode_is_free(row, found)?;
        match found {
            Some(at) => self.change_item(at, row, stock),
            // What is to be taken off and is not there is off.
            None if row.state == Some(SaleState::Deleted) => {
                self.change.rows_unchanged += 1;
                self.change.items.push(None);
                Ok(())
            }
            None => self.add_item(row, stock),
        }
    }

    fn find(&self, row: &ItemRow) -> Result<Option<usize>, Wrong> {
        let by_code = row.item.as_deref();
        if let Some(at) = by_code.and_then(|written| self.finder.by_code_or_id(written)) {
            return Ok(Some(at));
        }
        // An item with a code of its own is another one than a row with another code.
        let may_be = |at: &usize| row.item.is_none() || self.finder.item(*at).code.is_none();
        let by_barcode = row.barcode.as_deref();
        if let Some(at) = by_barcode.and_then(|barcode| self.finder.by_barcode(barcode)) {
            return Ok(Some(at).filter(may_be));
        }
        let has_no_other_barcode = |at: &usize| {
            let there = &self.finder.item(*at).price.barcode;
            row.barcode.is_none() || there.is_none()
        };
        let called_so: Vec<usize> = self
            .finder
            .by_title(&row.title.ko)
            .iter()
            .copied()
            .filter(|at| may_be(at) && has_no_other_barcode(at))
            .collect();
        match called_so[..] {
            [] => Ok(None),
            [at] => Ok(Some(at)),
            _ => Err(ambiguous(&row.title.ko, called_so.len())),
        }
    }

    fn barcode_is_free(&self, row: &ItemRow, found: Option<usize>) -> Result<(), Wrong> {
        let Some(barcode) = &row.barcode else {
            return Ok(());
        };
        match self.finder.by_barcode(barcode) {
            Some(at) if found != Some(at) => Err(duplicate_barcode(
                barcode,
                &row.title.ko,
                &self.finder.item(at).title.ko,
            )),
            _ => Ok(()),
        }
    }

    fn change_item(&mut self, at: usize, row: &ItemRow, stock: Option<u32>) -> Result<(), Wrong> {
        let category = match &row.category {
            Some(written) => Some(self.category(written)?),
            None => None,
        };
        let item = self.finder.item(at);
        let changes = changes(item, row, category);
        let id = item.id;
        let is_renamed = item.title.ko != row.title.ko;
        let renamed = is_renamed.then(|| Renamed {
            from: item.title.ko.clone(),
            to: row.title.ko.clone(),
        });
        let day = match self.days.get(&id) {
            Some(day) => *day,
            None => (self.day)(item),
        };
        let mut after = day;
        if let Some(quantity) = stock.filter(|stock| day.left != Some(i64::from(*stock))) {
            after = self.happen(id, after, StockEvent::StockCounted { quantity });
        }
        if let Some(state) = row.state.filter(|state| day.state != *state) {
            after = self.happen(id, after, StockEvent::SaleStateSet { state });
        }
        if changes != ItemChanges::default() {
            self.change.renamed.extend(renamed);
            self.finder.change(at, &changes);
            let changed = CatalogEvent::ItemChanged { item: id, changes };
            self.change.catalog.push(changed);
        } else if after == day {
            self.change.rows_unchanged += 1;
        }
        self.days.insert(id, after);
        self.change.items.push(Some(id));
        Ok(())
    }

    fn happen(&mut self, item: ItemId, day: ItemDay, event: StockEvent) -> ItemDay {
        let after = day.evolve(&event);
        self.change.days.push((item, event));
        after
    }

    fn add_item(&mut self, row: &ItemRow, stock: Option<u32>) -> Result<(), Wrong> {
        if self.finder.len() >= self.items_max {
            return Err(too_many("items", "상품이", ITEMS_MAX));
        }
        let category = match &row.category {
            Some(written) => self.category(written)?,
            None => self.category_called(&Text::new("기타", "Other"))?,
        };
        let id = self.finder.free_id();
        let item = Item {
            id: ItemId(id),
            title: row.title.clone(),
            category,
            code: row.item.clone(),
            description: row.description.as_deref().map(Text::plain),
            state: row.state.unwrap_or_default(),
            labels: Vec::new(),
            glyph: Glyph::Goods,
            price: Price {
                id: PriceId(id),
                title: Text::new("기본", "Regular"),
                kind: PriceKind::Fixed,
                amount: row.amount,
                tax_free: row.tax_free.unwrap_or(false),
                sku: row.sku.clone(),
                barcode: row.barcode.clone(),
                stock,
            },
            options: Vec::new(),
        };
        self.days.insert(item.id, ItemDay::of(&item));
        self.finder.add(item.clone());
        self.change.rows_new += 1;
        self.change.items.push(Some(item.id));
        self.change.catalog.push(CatalogEvent::ItemAdded { item });
        Ok(())
    }

    /// The category with this name, or else with this id, or else a new one.
    fn category(&mut self, written: &str) -> Result<CategoryId, Wrong> {
        let id: Option<CategoryId> = written.parse().ok();
        let is_named = |category: &&Category| category.title.ko == written;
        let has_id = |category: &&Category| Some(category.id) == id;
        let there = self.categories.iter().find(is_named);
        match there.or_else(|| self.categories.iter().find(has_id)) {
            Some(there) => Ok(there.id),
            None => self.category_called(&Text::plain(written)),
        }
    }

    fn category_called(&mut self, title: &Text) -> Result<CategoryId, Wrong> {
        let is_named = |category: &&Category| category.title.ko == title.ko;
        if let Some(there) = self.categories.iter().find(is_named) {
            return Ok(there.id);
        }
        if !self.makes_categories {
            return Err(no_category(&title.ko));
        }
        if self.categories.len() >= CATEGORIES_MAX {
            return Err(too_many("categories", "카테고리가", CATEGORIES_MAX));
        }
        let mut id = CategoryId(ADDED_IDS_FROM + self.categories.len() as u64);
        while self.categories.iter().any(|there| there.id == id) {
            id.0 += 1;
        }
        let category = Category {
            id,
            title: title.clone(),
        };
        self.categories.push(category.clone());
        let added = CatalogEvent::CategoryAdded { category };
        self.change.catalog.push(added);
        Ok(id)
    }
}

/// What a row says that is not so yet.
fn changes(item: &Item, row: &ItemRow, category: Option<CategoryId>) -> ItemChanges {
    let title = Text {
        ko: row.title.ko.clone(),
        en: row.title.en.clone().or_else(|| {
            let stays = item.title.ko == row.title.ko && !row.clears.contains(&ItemField::TitleEn);
            item.title.en.clone().filter(|_| stays)
        }),
    };
    let is_there = |field: &ItemField| match field {
        // A title is said as a whole.
        ItemField::TitleEn => false,
        ItemField::Description => item.description.is_some() && row.description.is_none(),
        ItemField::Sku => item.price.sku.is_some() && row.sku.is_none(),
        ItemField::Barcode => item.price.barcode.is_some() && row.barcode.is_none(),
    };
    let is_known_by_id = |written: &String| item.id.to_string() == *written;
    let described = |text: &&String| {
        let there = item.description.as_ref().map(|there| &there.ko);
        there != Some(*text)
    };
    let other = |new: &Option<String>, there: &Option<String>| {
        new.clone().filter(|new| there.as_ref() != Some(new))
    };
    ItemChanges {
        title: Some(title).filter(|title| *title != item.title),
        category: category.filter(|category| *category != item.category),
        code: other(&row.item, &item.code).filter(|written| !is_known_by_id(written)),
        description: row
            .description
            .as_ref()
            .filter(described)
            .map(|text| Text::plain(text.clone())),
        amount: Some(row.amount).filter(|amount| *amount != item.price.amount),
        tax_free: row
            .tax_free
            .filter(|tax_free| *tax_free != item.price.tax_free),
        sku: other(&row.sku, &item.price.sku),
        barcode: other(&row.barcode, &item.price.barcode),
        cleared: row.clears.iter().copied().filter(is_there).collect(),
    }
}

fn check_values(row: &ItemRow, currency: Currency) -> Result<(), Wrong> {
    let title = &row.title.ko;
    if title.trim().is_empty() {
        return Err(Wrong::new(
            "required",
            "an item needs a title".into(),
            "상품명이 있어야 해요".into(),
        ));
    }
    let texts = [
        ("title", Some(title), TITLE_LENGTH_MAX),
        ("title_en", row.title.en.as_ref(), TITLE_LENGTH_MAX),
        ("item", row.item.as_ref(), TITLE_LENGTH_MAX),
        ("category", row.category.as_ref(), TITLE_LENGTH_MAX),
        ("sku", row.sku.as_ref(), TITLE_LENGTH_MAX),
        ("barcode", row.barcode.as_ref(), BARCODE_LENGTH_MAX),
        (
            "description",
            row.description.as_ref(),
            DESCRIPTION_LENGTH_MAX,
        ),
    ];
    for (name, text, length_max) in texts {
        if let Some(text) = text {
            check_length(name, text, length_max)?;
        }
    }
    if row.amount.currency() != currency {
        return Err(Wrong::new(
            "other-currency",
            format!("the price of “{title}” is not in {currency:?}, in which this shop sells"),
            format!("‘{title}’의 가격이 이 매장의 통화({currency:?})가 아니에요"),
        ));
    }
    if row.amount.is_negative() {
        return Err(Wrong::new(
            "below-zero",
            format!("the price of “{title}” is below 0"),
            format!("‘{title}’의 가격이 0원보다 적어요"),
        ));
    }
    Ok(())
}

pub(super) fn check_length(name: &str, text: &str, length_max: usize) -> Result<(), Wrong> {
    if text.is_empty() {
        return Err(Wrong::new(
            "empty",
            format!("{name} is empty; leave it out instead"),
            format!("{name}: 빈 글자예요. 없으면 빼 주세요"),
        ));
    }
    match crate::line::short_enough(name, text, length_max) {
        Ok(()) => Ok(()),
        Err(refusal) => Err(Wrong::new(
            "too-long",
            refusal.to_string(),
            refusal.korean(),
        )),
    }
}

/// How many there are, as it was counted.
pub(super) fn pieces(stock: i64) -> Result<u32, Wrong> {
    u32::try_from(stock).map_err(|_| {
        Wrong::new(
            "bad-quantity",
            format!("{stock} pieces cannot be there: 0 to {} can", u32::MAX),
            format!("수량 {stock}: 0개에서 {}개까지예요", u32::MAX),
        )
    })
}

fn ambiguous(title: &str, count: usize) -> Wrong {
    Wrong::new(
        "ambiguous",
        format!("{count} items are called “{title}”: name the one by its id or its barcode"),
        format!("‘{title}’ 상품이 {count}개예요. 상품 번호나 바코드를 적어 주세요"),
    )
}

fn duplicate_barcode(barcode: &str, title: &str, there: &str) -> Wrong {
    Wrong::new(
        "duplicate-barcode",
        format!("the barcode {barcode} of “{title}” is that of “{there}” already"),
        format!("‘{title}’의 바코드 {barcode}: ‘{there}’ 상품이 이미 쓰고 있어요"),
    )
}

fn no_category(title: &str) -> Wrong {
    Wrong::new(
        "no-such-category",
        format!("there is no category “{title}”"),
        format!("‘{title}’ 카테고리가 없어요"),
    )
}

fn too_many(what: &str, what_ko: &str, count_max: usize) -> Wrong {
    Wrong::new(
        "too-many",
        format!("a shop has at most {count_max} {what}"),
        format!("{what_ko} 너무 많아요. {count_max}개까지 둘 수 있어요"),
    )
}
