//! A till that is killed while an import writes to its catalog. Whatever the moment, what it says of the import is what its catalog holds.

use std::path::PathBuf;
use std::sync::Arc;

use futures::executor::block_on;
use madang_journal::{Journal, Position, SqliteJournal, SqliteSettings};
use madang_model::catalog::ItemRow;
use madang_till::terminal::book::TerminalBook;
use madang_till::terminal::simulated::SimulatedTerminal;
use madang_till::{Actor, OperationKey, Request, Till, TillSettings};
use serde::{Deserialize, Serialize};

use super::hurried;
use super::process::{Process, told, wait_for_the_end};
use crate::catalog::{progress, put, row};

/// Batches of the import.
const BATCHES: usize = 4;
/// Rows of each.
const ROWS: usize = 3;

/// Points that a batch passes.
const FAILPOINTS: [&str; 4] = [
    "till-before-write",
    "till-after-write",
    "journal/before-commit",
    "journal/after-commit",
];

#[derive(Clone, Serialize, Deserialize)]
struct Life {
    folder: PathBuf,
    number: u64,
}

#[test]
fn an_import_that_is_killed_anywhere_goes_on_where_it_was() {
    for point in FAILPOINTS {
        for nth in 1..=BATCHES {
            let folder = tempfile::tempdir().expect("a place for tests");
            let life = |number| Life {
                folder: folder.path().to_owned(),
                number,
            };
            let failpoint = format!("{point}:{nth}");
            let till: Process<()> =
                Process::start("kill::an_importing_life", &life(1), Some(&failpoint));
            till.die_by_failpoint();
            audit(&life(2));
            let till: Process<()> = Process::start("kill::an_importing_life", &life(3), None);
            till.end();
            assert_eq!(audit(&life(4)), BATCHES, "killed at {failpoint}");
        }
    }
}

/// How many batches were taken: exactly their rows are in the journal, each once.
fn audit(life: &Life) -> usize {
    let runtime = hurried::runtime();
    let (till, journal) = runtime.block_on(life.open(&runtime));
    let kept = block_on(till.import_progress("run-1")).expect("readable");
    let batches = kept.map_or(0, |kept| kept.parse().expect("a number"));
    let events = block_on(journal.events(till.shop_id(), Position::START, 10_000));
    let added = events.expect("readable");
    let added = added.iter().filter(|event| event.kind == "item-added");
    assert_eq!(added.count(), batches * ROWS);
    let shop = till.shop();
    let there = |item: &&madang_model::catalog::Item| item.code.is_some();
    assert_eq!(
        shop.catalog.items.iter().filter(there).count(),
        batches * ROWS
    );
    batches
}

/// The process: goes on with the import until it is over.
pub fn run() {
    let Some(life) = told::<Life>() else { return };
    let runtime = hurried::runtime();
    runtime.block_on(async {
        let (till, _) = life.open(&runtime).await;
        let mut kept = till.import_progress("run-1").await.expect("readable");
        let done: usize = kept.as_deref().unwrap_or("0").parse().expect("a number");
        for batch in done..BATCHES {
            let checkpoint = (batch + 1).to_string();
            let rows = (0..ROWS).map(|number| ItemRow {
                item: Some(format!("C-{batch}-{number}")),
                stock: Some(1),
                ..row(&format!("상품 {batch} {number}"), 1_000)
            });
            let request = Request {
                key: OperationKey::new(format!("run-1/{batch}")).expect("a key"),
                actor: Actor::Cashier("1".into()),
                command: put(rows.collect(), progress(kept.as_deref(), &checkpoint)),
            };
            till.perform(request).await.expect("taken");
            kept = Some(checkpoint);
        }
    });
    wait_for_the_end();
}

impl Life {
    async fn open(&self, runtime: &tokio::runtime::Runtime) -> (Till, Arc<SqliteJournal>) {
        let journal = SqliteJournal::open(&self.folder.join("journal"), SqliteSettings::default());
        let journal = Arc::new(journal.expect("the folder of the life before"));
        let world = hurried::world(runtime.handle(), self.number);
        let book = TerminalBook::open(&self.folder.join("terminal.book")).expect("a book");
        let terminal = SimulatedTerminal::new(book, true, world.clone());
        let shop = Arc::new(crate::shop::cafe());
        let till = Till::open(
            shop,
            journal.clone(),
            terminal,
            world,
            TillSettings::default(),
        );
        (till.await.expect("the till of the life before"), journal)
    }
}
