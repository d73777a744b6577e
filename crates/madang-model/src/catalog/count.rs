//! Stock as it was counted, a row an item.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::finder::Finder;
use super::put::{Wrong, pieces};
use super::{Catalog, CatalogChange, Item};
use crate::stock::{ItemDay, StockEvent};
use crate::{ItemId, Refusal};

/// How many of an item were counted. It names the item by at least one of code or id, barcode, stock keeping unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CountRow {
    /// The shop's own code for it, or its id.
    pub item: Option<String>,
    /// What a scanner reads.
    pub barcode: Option<String>,
    /// The shop's stock keeping unit.
    pub sku: Option<String>,
    /// How many are there.
    pub quantity: i64,
}

impl Catalog {
    /// What these counts come to. `day` is how an item of this catalog stands now.
    ///
    /// # Errors
    /// [`Refusal::RowsRefused`] naming every row that cannot be taken; then none is.
    pub fn decide_counts(
        &self,
        rows: &[CountRow],
        day: &dyn Fn(&Item) -> ItemDay,
    ) -> Result<CatalogChange, Refusal> {
        let finder = Finder::new(self);
        let mut change = CatalogChange::default();
        let mut counted: HashMap<ItemId, u32> = HashMap::new();
        let mut refused = Vec::new();
        for (number, row) in rows.iter().enumerate() {
            let found =
                pieces(row.quantity).and_then(|quantity| Ok((quantity, find(&finder, row)?)));
            match found {
                Err(wrong) => refused.push(wrong.at(number)),
                Ok((quantity, at)) => {
                    let item = finder.item(at);
                    let before = match counted.get(&item.id) {
                        Some(before) => Some(i64::from(*before)),
                        None => day(item).left,
                    };
                    counted.insert(item.id, quantity);
                    change.items.push(Some(item.id));
                    if before == Some(i64::from(quantity)) {
                        change.rows_unchanged += 1;
                    } else {
                        let event = StockEvent::StockCounted { quantity };
                        change.days.push((item.id, event));
                    }
                }
            }
        }
        if refused.is_empty() {
            Ok(change)
        } else {
            Err(Refusal::RowsRefused { rows: refused })
        }
    }
}

/// The item that all names of a row mean.
fn find(finder: &Finder<'_>, row: &CountRow) -> Result<usize, Wrong> {
    let mut found: Option<(usize, String)> = None;
    let by_sku = match &row.sku {
        Some(sku) => Some((finder.by_sku(sku)?, format!("SKU {sku}"))),
        None => None,
    };
    let by_item = row
        .item
        .as_ref()
        .map(|item| (finder.by_code_or_id(item), item.clone()));
    let by_barcode = row
        .barcode
        .as_ref()
        .map(|barcode| (finder.by_barcode(barcode), barcode.clone()));
    for (at, name) in [by_item, by_barcode, by_sku].into_iter().flatten() {
        let at = at.ok_or_else(|| no_item(&name))?;
        match &found {
            Some((before, first)) if *before != at => {
                let titles = [*before, at].map(|at| finder.item(at).title.ko.as_str());
                return Err(two_items([first, &name], titles));
            }
            Some(_) => {}
            None => found = Some((at, name)),
        }
    }
    found.map(|(at, _)| at).ok_or_else(no_name)
}

fn no_item(name: &str) -> Wrong {
    Wrong::new(
        "no-such-item",
        format!("no item is known by {name}"),
        format!("{name}인 상품이 없어요"),
    )
}

fn no_name() -> Wrong {
    Wrong::new(
        "required",
        "the row names no item: give its id or code, its barcode or its SKU".into(),
        "상품이 적혀 있지 않아요. 상품코드, 바코드, SKU 가운데 하나가 있어야 해요".into(),
    )
}

fn two_items(names: [&str; 2], titles: [&str; 2]) -> Wrong {
    let [first, second] = names;
    let [first_title, second_title] = titles;
    Wrong::new(
        "two-items",
        format!("{first} is “{first_title}”, but {second} is “{second_title}”"),
        format!("서로 다른 상품이에요. {first}: ‘{first_title}’, {second}: ‘{second_title}’"),
    )
}
