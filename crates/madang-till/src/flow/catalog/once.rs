//! One row an item: two rows of one import that mean the same item would be written over each other, and the first be lost unseen.

use std::collections::HashMap;

use madang_journal::ValueChange;
use madang_model::catalog::CatalogChange;
use madang_model::refusal::RowRefused;
use madang_model::{ItemId, Refusal};

use super::check_run;
use crate::operation::{RowPlace, RowsOnce};
use crate::order::NotWritten;
use crate::till::{Inner, TillError};

/// An item, as messages name it.
type Title<'a> = &'a dyn Fn(ItemId) -> String;

impl Inner {
    /// What is kept of the items that rows say.
    ///
    /// # Errors
    /// [`Refusal::RowsRefused`] naming each row whose item another row of the same files said, and a journal that cannot be read.
    pub(super) async fn said_once(
        &self,
        once: &RowsOnce,
        change: &CatalogChange,
    ) -> Result<Vec<ValueChange>, NotWritten> {
        check_run(&once.of)?;
        check_places(&once.places, change)?;
        let mut said = HashMap::new();
        for item in change.items.iter().flatten() {
            if !said.contains_key(item)
                && change.added(*item).is_none()
                && let Some(place) = self.said_before(once, *item).await?
            {
                said.insert(*item, place);
            }
        }
        self.each_once(change, &once.places, said)?;
        let rows = change.items.iter().zip(&once.places);
        let kept = rows.filter_map(|(item, place)| Some(self.says((*item)?, &once.of, *place)));
        Ok(kept.collect())
    }

    /// Refuses rows of which `said` or a row before says the item already.
    pub(super) fn each_once(
        &self,
        change: &CatalogChange,
        places: &[RowPlace],
        mut said: HashMap<ItemId, RowPlace>,
    ) -> Result<(), Refusal> {
        check_places(places, change)?;
        let title = |item| self.title_of(item, change);
        let mut refused = Vec::new();
        for (number, (item, place)) in change.items.iter().zip(places).enumerate() {
            let Some(item) = item else { continue };
            let first = *said.entry(*item).or_insert(*place);
            if first != *place {
                refused.push(repeated(number, *place, first, *item, &title));
            }
        }
        match refused.is_empty() {
            true => Ok(()),
            false => Err(Refusal::RowsRefused { rows: refused }),
        }
    }

    async fn said_before(
        &self,
        once: &RowsOnce,
        item: ItemId,
    ) -> Result<Option<RowPlace>, NotWritten> {
        let (scope, key) = (self.said_scope(), item.to_string());
        let kept = self.journal.value(&scope, &key).await;
        let kept = kept.map_err(TillError::from)?;
        Ok(kept.and_then(|kept| place_in(&kept, &once.of)))
    }

    /// Of an item only the last import is kept: so many texts as there are items, however many imports there were.
    fn says(&self, item: ItemId, of: &str, place: RowPlace) -> ValueChange {
        ValueChange {
            scope: self.said_scope(),
            key: item.to_string(),
            value: Some(format!("{of} {} {}", place.input, place.row)),
        }
    }

    fn said_scope(&self) -> String {
        format!("import-item/{}", self.shop_id)
    }

    fn title_of(&self, item: ItemId, change: &CatalogChange) -> String {
        let shop = self.memory().shop.clone();
        let there = shop.catalog.item(item).or_else(|| change.added(item));
        there.map_or_else(|| item.to_string(), |item| item.title.ko.clone())
    }
}

fn check_places(places: &[RowPlace], change: &CatalogChange) -> Result<(), Refusal> {
    if places.len() == change.items.len() {
        return Ok(());
    }
    let (places, rows) = (places.len(), change.items.len());
    Err(Refusal::NotValid {
        message: format!("there are {places} places of {rows} rows: each row has its own"),
        message_ko: format!("행은 {rows}개인데 자리는 {places}개예요. 행마다 하나씩 있어야 해요"),
    })
}

/// The place in what [`Inner::says`] kept, when it is of the same import.
fn place_in(kept: &str, of: &str) -> Option<RowPlace> {
    let (input, row) = kept.strip_prefix(of)?.strip_prefix(' ')?.split_once(' ')?;
    Some(RowPlace {
        input: input.parse().ok()?,
        row: row.parse().ok()?,
    })
}

fn repeated(
    number: usize,
    place: RowPlace,
    first: RowPlace,
    item: ItemId,
    title: Title<'_>,
) -> RowRefused {
    let RowPlace { input, row } = first;
    let (at, at_ko) = match input == place.input {
        true => (format!("row {row}"), format!("{row}행")),
        false => (
            format!("row {row} of file {}", u64::from(input) + 1),
            format!("{}번째 파일의 {row}행", u64::from(input) + 1),
        ),
    };
    let title = title(item);
    RowRefused {
        row: number,
        code: "same-item".into(),
        message: format!(
            "it means “{title}”, which {at} means already: one row an item; tell them apart by their codes or names"
        ),
        message_ko: format!(
            "‘{title}’ 상품은 {at_ko}에 이미 있어요. 상품마다 한 행이어야 해요. 상품코드나 상품명으로 구별해 주세요"
        ),
    }
}
