//! Batches of rows that change what the shop sells: rows, answer and how far their import has come are one write.

mod once;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use madang_journal::{
    Batch, ExpectedVersion, PendingWrite, ReadError, ValueChange, Version, WriteError,
};
use madang_model::catalog::{Catalog, CatalogChange, CatalogEvent, CountRow, Item, PutItems};
use madang_model::stock::ItemDay;
use madang_model::{ItemId, Refusal};

use super::Operation;
use crate::event::{self, Stamp, catalog_stream, item_stream, write};
use crate::memory::Memory;
use crate::operation::{Answer, CHECKPOINT_BYTES_MAX, ImportProgress, PutRows, ROWS_MAX, RowPlace};
use crate::order::{NotWritten, not_written};
use crate::recover;
use crate::till::{Change, Inner, Till, TillError};
use crate::view;

/// Renamed items that an answer names, which is kept for who asks again: a person looks at the first ones.
const RENAMED_MAX: usize = 20;

/// The most characters of an import's name.
const RUN_LENGTH_MAX: usize = 128;

/// How an item stands now.
type Day<'a> = &'a (dyn Fn(&Item) -> ItemDay + Send + Sync);

/// What rows come to.
type Decide<'a> = &'a (dyn Fn(&Catalog, Day<'_>) -> Result<CatalogChange, Refusal> + Send + Sync);

/// What rows would come to.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// As the till would answer.
    pub answer: Answer,
    /// The item of each row; none where it would be new.
    pub items: Vec<Option<ItemId>>,
}

/// A batch that was handed over, with how to undo what memory already took of it.
struct Handed {
    pending: PendingWrite,
    version: Version,
    before: Vec<(ItemId, Option<ItemDay>)>,
}

impl Till {
    /// How far an import has come, in its own words; none: nothing of it was taken.
    ///
    /// # Errors
    /// A name that is none, or a journal that cannot be read.
    pub async fn import_progress(&self, run: &str) -> Result<Option<String>, TillError> {
        check_run(run)?;
        Ok(self.inner.import_progress(run).await?)
    }

    /// What rows of a menu would do to the catalog as it stands now, were there so many items more than there are: those of rows before them. With places, an item
    /// may be said by one of the rows only. Nothing changes.
    ///
    /// # Errors
    /// The same refusals as putting them.
    pub fn check_items(
        &self,
        items: &PutItems,
        more_items: usize,
        places: Option<&[RowPlace]>,
    ) -> Result<Checked, Refusal> {
        let currency = self.inner.shop.currency;
        let items_max = self.inner.settings.items_max.saturating_sub(more_items);
        let decide =
            |catalog: &Catalog, day: Day<'_>| catalog.decide(items, currency, items_max, day);
        self.inner.check_catalog(items.rows.len(), places, &decide)
    }

    /// What counts would do to the stock as it stands now. With places, an item may be said by one of the rows only. Nothing changes.
    ///
    /// # Errors
    /// The same refusals as counting.
    pub fn check_counts(
        &self,
        counts: &[CountRow],
        places: Option<&[RowPlace]>,
    ) -> Result<Checked, Refusal> {
        let decide = |catalog: &Catalog, day: Day<'_>| catalog.decide_counts(counts, day);
        self.inner.check_catalog(counts.len(), places, &decide)
    }
}

impl Inner {
    pub(crate) async fn put_items(
        &self,
        operation: &Operation,
        put: &PutRows<PutItems>,
    ) -> Result<Answer, NotWritten> {
        let (currency, items_max) = (self.shop.currency, self.settings.items_max);
        let decide =
            |catalog: &Catalog, day: Day<'_>| catalog.decide(&put.rows, currency, items_max, day);
        let rows = put.rows.rows.len();
        self.change_catalog(operation, rows, put.progress.as_ref(), &decide)
            .await
    }

    pub(crate) async fn count_stocks(
        &self,
        operation: &Operation,
        put: &PutRows<Vec<CountRow>>,
    ) -> Result<Answer, NotWritten> {
        let decide = |catalog: &Catalog, day: Day<'_>| catalog.decide_counts(&put.rows, day);
        let rows = put.rows.len();
        self.change_catalog(operation, rows, put.progress.as_ref(), &decide)
            .await
    }

    fn check_catalog(
        &self,
        rows: usize,
        places: Option<&[RowPlace]>,
        decide: Decide<'_>,
    ) -> Result<Checked, Refusal> {
        check_bounds(rows, None)?;
        let change = self.change_of(decide)?;
        if let Some(places) = places {
            self.each_once(&change, places, HashMap::new())?;
        }
        let is_there = |item: &ItemId| change.added(*item).is_none();
        Ok(Checked {
            answer: answer(rows, &change),
            items: change
                .items
                .iter()
                .map(|item| item.filter(is_there))
                .collect(),
        })
    }

    /// What the catalog and the stock of now make of it. The shop is not held any longer: memory changes its own copy in place when nobody else holds it.
    fn change_of(&self, decide: Decide<'_>) -> Result<CatalogChange, Refusal> {
        let shop = self.memory().shop.clone();
        decide(&shop.catalog, &|item| {
            let held = self.memory().item(item.id);
            held.unwrap_or_else(|| ItemDay::of(item))
        })
    }

    async fn change_catalog(
        &self,
        operation: &Operation,
        rows: usize,
        progress: Option<&ImportProgress>,
        decide: Decide<'_>,
    ) -> Result<Answer, NotWritten> {
        check_bounds(rows, progress)?;
        let _alone = self.at_catalog.lock().await;
        self.comes_next(progress).await?;
        let change = self.change_of(decide)?;
        let said = match progress.and_then(|progress| progress.once.as_ref()) {
            Some(once) => self.said_once(once, &change).await?,
            None => Vec::new(),
        };
        let answer = answer(rows, &change);
        let stamp = self.stamp(&operation.actor, Some(&operation.key));
        let handed = {
            let mut memory = self.memory_mut();
            let mut batch = self.catalog_batch(&memory, &change, &stamp);
            batch.operation = Some(self.finished(operation, &stamp, &answer));
            batch
                .values
                .extend(progress.map(|progress| self.kept(progress)));
            batch.values.extend(said);
            self.hand_over_catalog(&mut memory, &change, batch)?
        };
        self.catalog_settled(handed, &change).await?;
        Ok(answer)
    }

    /// Refuses a batch that is not the one which comes next of its import.
    async fn comes_next(&self, progress: Option<&ImportProgress>) -> Result<(), NotWritten> {
        let Some(progress) = progress else {
            return Ok(());
        };
        let kept = self.import_progress(&progress.run).await;
        if kept.map_err(TillError::from)? == progress.after {
            return Ok(());
        }
        Err(Refusal::ImportElsewhere {
            run: progress.run.clone(),
        }
        .into())
    }

    async fn import_progress(&self, run: &str) -> Result<Option<String>, ReadError> {
        self.journal.value(&self.import_scope(), run).await
    }

    fn import_scope(&self) -> String {
        format!("import/{}", self.shop_id)
    }

    fn kept(&self, progress: &ImportProgress) -> ValueChange {
        ValueChange {
            scope: self.import_scope(),
            key: progress.run.clone(),
            value: Some(progress.checkpoint.clone()),
        }
    }

    fn catalog_batch(&self, memory: &Memory, change: &CatalogChange, stamp: &Stamp) -> Batch {
        let mut batch = Batch::new(self.shop_id.clone());
        let catalog = catalog_stream(&self.shop_id);
        batch.expect(
            catalog.clone(),
            ExpectedVersion::Exactly(memory.catalog_version),
        );
        for event in &change.catalog {
            batch.event(write(catalog.clone(), event, stamp));
        }
        let items: BTreeSet<ItemId> = change.days.iter().map(|(item, _)| *item).collect();
        for item in items {
            batch.expect(item_stream(&self.shop_id, item), ExpectedVersion::Any);
        }
        for (item, event) in &change.days {
            batch.event(write(item_stream(&self.shop_id, *item), event, stamp));
        }
        batch.views = days_after(memory, change)
            .into_iter()
            .map(|(item, day)| view::item_row(item, day))
            .collect();
        if !batch.events.is_empty() {
            batch.view_moves = view::moves();
        }
        batch
    }

    /// Hands a batch to the journal's writer. Days change in memory at once, as sales do; the catalog when it stands.
    fn hand_over_catalog(
        &self,
        memory: &mut Memory,
        change: &CatalogChange,
        batch: Batch,
    ) -> Result<Handed, NotWritten> {
        madang_journal::failpoint("till-before-write");
        let version = memory.catalog_version;
        let days = days_after(memory, change);
        let pending = self.journal.write_soon(batch).map_err(batch_not_written)?;
        let before = days
            .into_iter()
            .map(|(item, day)| {
                let before = memory.item(item);
                memory.set_item(item, day);
                (item, before)
            })
            .collect();
        Ok(Handed {
            pending,
            version,
            before,
        })
    }

    async fn catalog_settled(
        &self,
        handed: Handed,
        change: &CatalogChange,
    ) -> Result<(), NotWritten> {
        let error = match handed.pending.settled().await {
            Ok(_) => {
                madang_journal::failpoint("till-after-write");
                self.take_in_catalog(handed.version, change);
                return Ok(());
            }
            Err(error) => error,
        };
        {
            let mut memory = self.memory_mut();
            for (item, before) in handed.before {
                match before {
                    Some(day) => memory.set_item(item, day),
                    None => memory.forget_item(item),
                }
            }
        }
        match error {
            WriteError::Conflict { stream, .. } if stream.kind == event::stream::CATALOG => {
                self.read_catalog_on().await?;
                Err(Refusal::InFlight.into())
            }
            error => Err(batch_not_written(error)),
        }
    }

    fn take_in_catalog(&self, before: Version, change: &CatalogChange) {
        let mut memory = self.memory_mut();
        memory.change_catalog(before, &change.catalog);
        let items = touched(change);
        // Told under the lock, so that listeners hear of changes in their order.
        if !items.is_empty() {
            self.tell(Change::Catalog { items });
        }
    }

    /// Reads what somebody else wrote to the catalog.
    async fn read_catalog_on(&self) -> Result<(), TillError> {
        let known = self.memory().catalog_version;
        let (events, _) = recover::catalog_events(&self.shop_id, &*self.journal, known).await?;
        self.memory_mut().change_catalog(known, &events);
        Ok(())
    }
}

fn answer(rows: usize, change: &CatalogChange) -> Answer {
    let renamed = &change.renamed;
    Answer::Rows {
        rows,
        rows_unchanged: change.rows_unchanged,
        rows_new: change.rows_new,
        rows_renamed: renamed.len(),
        renamed: renamed.iter().take(RENAMED_MAX).cloned().collect(),
    }
}

/// How the items that a change touches stand after it.
fn days_after(memory: &Memory, change: &CatalogChange) -> BTreeMap<ItemId, ItemDay> {
    let mut days = BTreeMap::new();
    for event in &change.catalog {
        if let CatalogEvent::ItemAdded { item } = event {
            days.insert(item.id, ItemDay::of(item));
        }
    }
    for (item, event) in &change.days {
        if let Some(day) = days.get(item).copied().or_else(|| memory.item(*item)) {
            days.insert(*item, day.evolve(event));
        }
    }
    days
}

/// A new category comes with its first item.
fn touched(change: &CatalogChange) -> Arc<[ItemId]> {
    let of_catalog = change.catalog.iter().filter_map(|event| match event {
        CatalogEvent::ItemAdded { item } => Some(item.id),
        CatalogEvent::ItemChanged { item, .. } => Some(*item),
        CatalogEvent::CategoryAdded { .. } => None,
    });
    let mut seen = BTreeSet::new();
    of_catalog
        .chain(change.days.iter().map(|(item, _)| *item))
        .filter(|item| seen.insert(*item))
        .collect()
}

fn check_bounds(rows: usize, progress: Option<&ImportProgress>) -> Result<(), Refusal> {
    if rows > ROWS_MAX {
        return Err(Refusal::TooMany {
            what: "rows".into(),
            count_max: ROWS_MAX,
        });
    }
    let Some(progress) = progress else {
        return Ok(());
    };
    check_run(&progress.run)?;
    if progress.checkpoint.len() > CHECKPOINT_BYTES_MAX {
        return Err(Refusal::NotValid {
            message: format!("a checkpoint has at most {CHECKPOINT_BYTES_MAX} bytes"),
            message_ko: format!("checkpoint는 {CHECKPOINT_BYTES_MAX}바이트까지예요"),
        });
    }
    Ok(())
}

fn check_run(run: &str) -> Result<(), Refusal> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !run.is_empty() && run.len() <= RUN_LENGTH_MAX && run.bytes().all(is_plain) {
        return Ok(());
    }
    Err(Refusal::NotValid {
        message: format!("an import is named by 1 to {RUN_LENGTH_MAX} letters, digits, - or _"),
        message_ko: format!("가져오기의 이름은 영문·숫자·-·_ 1~{RUN_LENGTH_MAX}자예요"),
    })
}

fn batch_not_written(error: WriteError) -> NotWritten {
    match error {
        WriteError::TooLarge { .. } => NotWritten::Refused(Refusal::NotValid {
            message: "the batch is too large to be kept at once; send fewer rows".into(),
            message_ko: "한 번에 저장하기에 너무 커요. 줄을 나눠 보내 주세요".into(),
        }),
        error => not_written(error),
    }
}
