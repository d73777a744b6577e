//! Batches of rows that an import brings, and how far it has come.

use std::collections::BTreeSet;

use madang_model::catalog::{CountRow, ItemDefaults, ItemField, ItemRow, PutItems, Renamed};
use madang_model::refusal::RowRefused;
use madang_model::{Currency, Money, Refusal};
use madang_till::{Checked, Command, ImportProgress, PutRows, RowPlace, RowsOnce, Till};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Text;
use super::shop::SaleState;

/// Rows that are taken together or not at all, and how far their import has come behind them: one write.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportBatch {
    /// The import: 1 to 128 letters, digits, `-` or `_`.
    pub run: String,
    /// What is kept of it now, word for word as `GET /api/import/runs/{run}` tells it; none: nothing. When something else is kept, this batch is not the one
    /// that comes next, and is not taken.
    #[serde(default)]
    pub after: Option<String>,
    /// What is kept of it behind this batch, in the importer's own words.
    pub checkpoint: String,
    /// What the rows are.
    pub rows: ImportRows,
    /// Where they stand in the files that are imported, when each item may be said by one row only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub once: Option<ImportOnce>,
}

/// Where the rows of a batch stand. A row is refused whose item another row of the same files said, in this batch or in one before; the row at the same place may
/// come again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportOnce {
    /// The import that read the files first: one that tries its refused rows again names it, too. 1 to 128 letters, digits, `-` or `_`.
    pub of: String,
    /// One a row.
    pub places: Vec<ImportPlace>,
}

/// Where a row stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportPlace {
    /// Which of the files, from 0.
    pub input: u32,
    /// Which row of it, from 1.
    pub row: u64,
}

/// Rows that are looked at: whether they would be taken as the shop stands now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportCheck {
    /// What the rows are.
    pub rows: ImportRows,
    /// How many items the rows before these would have added, which are not there.
    #[serde(default)]
    pub more_items: usize,
    /// Where the rows stand, one a row, when each item may be said by one of them only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub places: Option<Vec<ImportPlace>>,
}

/// Rows of one kind, at most as many as `rows_max` of `GET /api/import/runs/{run}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ImportRows {
    /// Items of the menu, new or changed.
    Menu(MenuRows),
    /// Counts of items.
    Stock(Vec<StockRow>),
}

/// Items of the menu.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MenuRows {
    /// The currency of every amount, as `KRW`: it must be the shop's.
    pub currency: String,
    /// Whether a category that is not there is made.
    #[serde(default)]
    pub makes_categories: bool,
    /// What items that are new have where their row says nothing.
    #[serde(default, skip_serializing_if = "MenuDefaults::is_empty")]
    pub defaults: MenuDefaults,
    /// One an item, in the order in which new ones are to stand.
    pub items: Vec<MenuRow>,
}

/// What new items have where nothing is said; see [`MenuRow`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MenuDefaults {
    /// A name in English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title_en: Option<String>,
    /// The name of a category, or its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Free of value added tax.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_free: Option<bool>,
    /// A stock keeping unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// A sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// How many are there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stock: Option<i64>,
    /// Whether they are for sale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sale_state: Option<SaleState>,
}

/// An item, known by its code or id, else by its barcode, else by its title. What is not found is added; what a row does not say stays as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MenuRow {
    /// The shop's own code for it, or its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    /// Its name.
    pub title: String,
    /// Its name in English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title_en: Option<String>,
    /// The name of its category, or its id; a new item without one stands under “기타”.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// The price of one, VAT included.
    pub amount: i64,
    /// Free of value added tax.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_free: Option<bool>,
    /// What a scanner reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub barcode: Option<String>,
    /// The shop's stock keeping unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// A sentence about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// How many are there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stock: Option<i64>,
    /// Whether it is for sale; `deleted` takes it off the menu.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sale_state: Option<SaleState>,
    /// What is taken away from an item that is there and about which the row says nothing else.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub clears: BTreeSet<ClearedField>,
}

/// What an item can be without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClearedField {
    /// Its name in English.
    TitleEn,
    /// The sentence about it.
    Description,
    /// The shop's stock keeping unit.
    Sku,
    /// What a scanner reads.
    Barcode,
}

/// How many of an item were counted. At least one of `item`, `barcode` and `sku` names it; all that are there must name the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StockRow {
    /// The shop's own code for it, or its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    /// What a scanner reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub barcode: Option<String>,
    /// The shop's stock keeping unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// How many are there.
    pub quantity: i64,
}

/// A batch was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ImportTaken {
    /// How many rows.
    pub rows: usize,
    /// Of these, rows that said what was so already.
    pub rows_unchanged: usize,
    /// Of these, rows of items that were not there.
    pub rows_new: usize,
    /// Of these, rows of items that were called something else.
    pub rows_renamed: usize,
    /// The first of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub renamed: Vec<RenamedView>,
    /// Of rows that were only looked at, the item of each; none where it would be new.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<Option<u64>>,
}

/// An item that gets another name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Renamed)]
pub struct RenamedView {
    /// What it was called.
    pub from: String,
    /// What it is called now.
    pub to: String,
}

impl RenamedView {
    /// An item that the till renames.
    pub fn of(renamed: Renamed) -> Self {
        Self {
            from: renamed.from,
            to: renamed.to,
        }
    }
}

/// How far an import has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ImportRun {
    /// The import.
    pub run: String,
    /// What was kept of it with the last batch; none: no batch was taken.
    pub checkpoint: Option<String>,
    /// The most rows of a batch.
    pub rows_max: usize,
}

/// A row of a batch that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RowRefusedView {
    /// Which of the batch, from 0.
    pub row: usize,
    /// What it is, as `duplicate-barcode`; stays the same when the words change.
    pub code: String,
    /// Why.
    pub message: Text,
}

impl ImportBatch {
    /// What the till is asked to do.
    ///
    /// # Errors
    /// A refusal: an amount past all bounds, a currency that is not known.
    pub fn command(self) -> Result<Command, Refusal> {
        let progress = Some(ImportProgress {
            run: self.run,
            after: self.after,
            checkpoint: self.checkpoint,
            once: self.once.map(|once| RowsOnce {
                of: once.of,
                places: places(once.places),
            }),
        });
        Ok(match self.rows {
            ImportRows::Menu(menu) => {
                let rows = menu.put()?;
                Command::PutItems(Box::new(PutRows { rows, progress }))
            }
            ImportRows::Stock(rows) => {
                let rows = rows.into_iter().map(StockRow::counted).collect();
                Command::CountStocks(Box::new(PutRows { rows, progress }))
            }
        })
    }
}

impl ImportCheck {
    /// What the till says of the rows.
    ///
    /// # Errors
    /// The same refusals as taking them.
    pub fn asked(self, till: &Till) -> Result<Checked, Refusal> {
        let places = self.places.map(places);
        match self.rows {
            ImportRows::Menu(menu) => {
                till.check_items(&menu.put()?, self.more_items, places.as_deref())
            }
            ImportRows::Stock(rows) => {
                let rows: Vec<CountRow> = rows.into_iter().map(StockRow::counted).collect();
                till.check_counts(&rows, places.as_deref())
            }
        }
    }
}

impl MenuRows {
    fn put(self) -> Result<PutItems, Refusal> {
        let currency = currency(&self.currency)?;
        let rows = self.items.into_iter().enumerate();
        let (mut taken, mut refused) = (Vec::new(), Vec::new());
        for (number, row) in rows {
            match Money::new(row.amount, currency) {
                Ok(amount) => taken.push(row.put(amount)),
                Err(error) => {
                    let refusal = Refusal::from(error);
                    refused.push(RowRefused {
                        row: number,
                        code: "bad-amount".into(),
                        message: refusal.to_string(),
                        message_ko: refusal.korean(),
                    });
                }
            }
        }
        if !refused.is_empty() {
            return Err(Refusal::RowsRefused { rows: refused });
        }
        Ok(PutItems {
            rows: taken,
            makes_categories: self.makes_categories,
            defaults: self.defaults.put(),
        })
    }
}

impl MenuDefaults {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn put(self) -> ItemDefaults {
        ItemDefaults {
            title_en: self.title_en,
            category: self.category,
            tax_free: self.tax_free,
            sku: self.sku,
            description: self.description,
            stock: self.stock,
            state: self.sale_state.map(Into::into),
        }
    }
}

impl MenuRow {
    fn put(self, amount: Money) -> ItemRow {
        ItemRow {
            item: self.item,
            title: madang_model::Text {
                ko: self.title,
                en: self.title_en,
            },
            category: self.category,
            amount,
            tax_free: self.tax_free,
            barcode: self.barcode,
            sku: self.sku,
            description: self.description,
            stock: self.stock,
            state: self.sale_state.map(Into::into),
            clears: self.clears.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<ClearedField> for ItemField {
    fn from(field: ClearedField) -> Self {
        match field {
            ClearedField::TitleEn => Self::TitleEn,
            ClearedField::Description => Self::Description,
            ClearedField::Sku => Self::Sku,
            ClearedField::Barcode => Self::Barcode,
        }
    }
}

impl StockRow {
    fn counted(self) -> CountRow {
        CountRow {
            item: self.item,
            barcode: self.barcode,
            sku: self.sku,
            quantity: self.quantity,
        }
    }
}

impl RowRefusedView {
    /// A row that the till refused.
    pub fn of(row: RowRefused) -> Self {
        Self {
            row: row.row,
            code: row.code,
            message: Text::new(row.message_ko, row.message),
        }
    }
}

fn places(said: Vec<ImportPlace>) -> Vec<RowPlace> {
    let place = |ImportPlace { input, row }| RowPlace { input, row };
    said.into_iter().map(place).collect()
}

fn currency(code: &str) -> Result<Currency, Refusal> {
    match code {
        "KRW" => Ok(Currency::KRW),
        "JPY" => Ok(Currency::JPY),
        "USD" => Ok(Currency::USD),
        "KWD" => Ok(Currency::KWD),
        _ => Err(Refusal::NotValid {
            message: "the currency must be KRW, JPY, USD or KWD".into(),
            message_ko: "통화는 KRW, JPY, USD, KWD 가운데 하나여야 해요".into(),
        }),
    }
}
