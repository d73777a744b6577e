//! Imports go into a table of a SQLite file.
//!
//! The table is made when it is not there, from the columns of the mapping; one that is there has to have these columns, and a unique index over the
//! key when the mapping has one. Rows are added, or, with a key, put in the place of those with the same key; a row that is there as it is stays
//! untouched. Every batch is one transaction, with the checkpoint in the table `madang_import`: however a run is killed, no row is lost and none is there
//! twice.

mod error;
mod exact;
mod mend;
mod statement;
mod table;
mod value;

use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use madang_import::failpoint::failpoint;
use madang_import::read::whole_path;
use madang_import::{
    Batch, Checkpoint, Field, Promise, RunKey, Schema, Sink, SinkError, SinkErrorKind, SinkNote,
    Written,
};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Transaction, TransactionBehavior};

use crate::error::{problem, said};
use crate::exact::Exact;
use crate::statement::Statement;
use crate::table::Table;

/// The points at which a test may kill this sink, in the order they are passed.
pub const SQLITE_FAILPOINTS: &[&str] =
    &["import-sqlite/before-commit", "import-sqlite/after-commit"];

/// How long SQLite itself waits for a lock. Longer waits are the runner's, which tells of them.
const BUSY_WAIT: Duration = Duration::from_millis(100);

/// A table of a SQLite file.
pub struct SqliteSink {
    path: PathBuf,
    table: String,
    open: Option<Open>,
    /// What a dry run asks of rows.
    asked: Option<Exact>,
    notes: Vec<SinkNote>,
}

struct Open {
    store: Connection,
    run: RunKey,
    statement: Statement,
    exact: Exact,
    /// The run's checkpoint as this process wrote or found it.
    kept: Option<String>,
}

impl SqliteSink {
    /// A table of a file; both are made when they are not there.
    pub fn new(path: impl Into<PathBuf>, table: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            table: table.into(),
            open: None,
            asked: None,
            notes: Vec::new(),
        }
    }

    fn connect(&self, flags: OpenFlags) -> Result<Connection, SinkError> {
        let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let store = Connection::open_with_flags(&self.path, flags)
            .map_err(|error| said("open the file", error))?;
        store
            .busy_timeout(BUSY_WAIT)
            .map_err(|error| said("open the file", error))?;
        refuse_journal(&store, &self.path)?;
        Ok(store)
    }

    fn open_table(
        &mut self,
        run: &RunKey,
        schema: &Schema,
    ) -> Result<Option<Checkpoint>, SinkError> {
        // The file is closed first: after an error nobody knows what stands in its cache.
        self.open = None;
        let mut store =
            self.connect(OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        prepare(&store).map_err(|error| said("set up the file", error))?;
        let setting_up = |error| said("set up its tables", error);
        let change = store
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(setting_up)?;
        let table = match Table::find(&change, &self.table).map_err(setting_up)? {
            Some(table) => table,
            None => Table::make(&change, &self.table, schema).map_err(setting_up)?,
        };
        table.check(schema)?;
        let fallback = |name: &str| table.fallback_of(name);
        let statement = Statement::new(&self.table, schema, &fallback, table.has_triggers());
        let exact = Exact::new(&table, schema);
        change.execute_batch(MAKE_CHECKPOINTS).map_err(setting_up)?;
        let kept = kept(&change, run)?;
        let checkpoint = kept.as_deref().map(checkpoint).transpose()?;
        let has_written = checkpoint
            .as_ref()
            .is_some_and(|kept| kept.sink == HAS_ROWS);
        if has_written && table.is_empty(&change).map_err(setting_up)? {
            return Err(SinkError::emptied(&self.name()));
        }
        change.commit().map_err(setting_up)?;
        self.notes = table.notes(schema);
        self.open = Some(Open {
            statement,
            exact,
            run: run.clone(),
            store,
            kept,
        });
        Ok(checkpoint)
    }
}

#[async_trait]
impl Sink for SqliteSink {
    fn name(&self) -> String {
        format!("table {} of {}", self.table, self.path.display())
    }

    fn identity(&self) -> String {
        let path = whole_path(&self.path);
        // `TR` and `tr` are one table to SQLite, which looks at Latin letters only.
        let table = self.table.to_ascii_lowercase();
        format!("table {table} of {}", path.display())
    }

    fn promise(&self) -> Promise {
        Promise::ExactlyOnce
    }

    fn knows_default(&self, schema: &Schema, _field: &Field) -> bool {
        !schema.key.is_empty()
    }

    async fn fits(&mut self, schema: &Schema) -> Result<(), SinkError> {
        let reading = |error| said("read its tables", error);
        let found = match self.path.exists() {
            true => {
                let store = self.connect(OpenFlags::SQLITE_OPEN_READ_ONLY)?;
                Table::find(&store, &self.table).map_err(reading)?
            }
            false => {
                folder_exists(&self.path)?;
                None
            }
        };
        let table = match found {
            Some(table) => table,
            None => {
                let store = Connection::open_in_memory().map_err(reading)?;
                Table::make(&store, &self.table, schema).map_err(reading)?
            }
        };
        table.check(schema)?;
        self.asked = Some(Exact::new(&table, schema));
        self.notes = table.notes(schema);
        Ok(())
    }

    fn notes(&self) -> Vec<SinkNote> {
        self.notes.clone()
    }

    async fn would_take(&mut self, batch: &Batch) -> Result<(), SinkError> {
        self.asked
            .as_ref()
            .map_or(Ok(()), |exact| exact.check(batch))
    }

    async fn open(
        &mut self,
        run: &RunKey,
        schema: &Schema,
        _kept: Option<&Checkpoint>,
    ) -> Result<Option<Checkpoint>, SinkError> {
        self.open_table(run, schema)
    }

    async fn write(
        &mut self,
        batch: &Batch,
        checkpoint: &mut Checkpoint,
    ) -> Result<Written, SinkError> {
        let open = self.open.as_mut().expect("a sink is opened first");
        open.write(batch, checkpoint)
    }

    async fn finish(&mut self, _checkpoint: &mut Checkpoint) -> Result<(), SinkError> {
        if let Some(open) = &self.open {
            // What is in the log moves into the file, so that the file alone can be copied. Readers may stand in the way, and the log stays then.
            let _ = open
                .store
                .pragma_update_and_check(None, "wal_checkpoint", "truncate", |_| Ok(()));
        }
        Ok(())
    }
}

impl Open {
    /// A transaction that is dropped on the way is taken back.
    fn write(&mut self, batch: &Batch, checkpoint: &mut Checkpoint) -> Result<Written, SinkError> {
        self.exact.check(batch)?;
        let change = self
            .store
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|error| said("begin to write", error))?;
        let mut kept = keep(&change, &self.run, self.kept.as_deref(), checkpoint)?;
        let done = self.statement.write(&change, batch)?;
        if done.changed > 0 && checkpoint.sink != HAS_ROWS {
            HAS_ROWS.clone_into(&mut checkpoint.sink);
            kept = keep(&change, &self.run, Some(&kept), checkpoint)?;
        }
        failpoint(SQLITE_FAILPOINTS[0]);
        change.commit().map_err(|error| said("commit", error))?;
        failpoint(SQLITE_FAILPOINTS[1]);
        self.kept = Some(kept);
        let rows = batch.len() as u64 - done.passed_over;
        Ok(Written {
            rows,
            unchanged: rows - done.changed,
            passed_over: done.passed_over,
        })
    }
}

/// Stands in a checkpoint once the run has put rows into the table: a table without any was emptied since.
const HAS_ROWS: &str = "rows";

/// What a till's journal has in its head: `mada`.
const JOURNAL_ID: i32 = 0x6d61_6461;

/// A till's own books are written by the till alone.
fn refuse_journal(store: &Connection, path: &Path) -> Result<(), SinkError> {
    let id: i32 = store
        .pragma_query_value(None, "application_id", |row| row.get(0))
        .map_err(|error| said("open the file", error))?;
    if id != JOURNAL_ID {
        return Ok(());
    }
    let path = path.display();
    Err(problem(
        SinkErrorKind::Setup,
        format!("{path} is the journal of a till: import with --to till, while it runs"),
        format!("{path}: 포스의 장부예요. 포스를 켜고 --to till로 가져와 주세요"),
    ))
}

const MAKE_CHECKPOINTS: &str = "CREATE TABLE IF NOT EXISTS madang_import (run TEXT PRIMARY KEY, checkpoint TEXT NOT NULL) WITHOUT ROWID";

fn prepare(store: &Connection) -> rusqlite::Result<()> {
    store.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    // FULL: a commit is on the disk before the dead letters and the next rows rely on it.
    store.pragma_update(None, "synchronous", "full")
}

/// How far a run has come, as it stands there.
fn kept(store: &Connection, run: &RunKey) -> Result<Option<String>, SinkError> {
    store
        .query_row(
            "SELECT checkpoint FROM madang_import WHERE run = ?1",
            [&run.0],
            |row| row.get(0),
        )
        .optional()
        .map_err(|error| said("read the checkpoint", error))
}

fn checkpoint(text: &str) -> Result<Checkpoint, SinkError> {
    serde_json::from_str(text).map_err(|error| {
        let kind = SinkErrorKind::Setup;
        let mut problem = problem(
            kind,
            "the checkpoint of this run in table madang_import cannot be read".to_owned(),
            "madang_import 표에 있는 이 가져오기의 기록을 읽을 수 없어요".to_owned(),
        );
        problem.source = Some(Box::new(error));
        problem
    })
}

/// Moves the checkpoint on from where this process knows it to stand, and from nowhere else: two that import the same at once would write every row twice.
fn keep(
    change: &Transaction<'_>,
    run: &RunKey,
    before: Option<&str>,
    checkpoint: &Checkpoint,
) -> Result<String, SinkError> {
    let text = serde_json::to_string(checkpoint).expect("numbers and texts are always JSON");
    let moved = match before {
        None => change
            .prepare_cached("INSERT INTO madang_import (run, checkpoint) VALUES (?1, ?2) ON CONFLICT (run) DO NOTHING")
            .and_then(|mut statement| statement.execute([&run.0, &text])),
        Some(before) => change
            .prepare_cached("UPDATE madang_import SET checkpoint = ?2 WHERE run = ?1 AND checkpoint = ?3")
            .and_then(|mut statement| statement.execute([&run.0, &text, before])),
    };
    match moved.map_err(|error| said("keep the checkpoint", error))? {
        1 => Ok(text),
        _ => Err(SinkError::imported_elsewhere("table madang_import")),
    }
}

fn folder_exists(path: &Path) -> Result<(), SinkError> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    match folder.is_dir() {
        true => Ok(()),
        false => Err(problem(
            SinkErrorKind::Setup,
            format!("there is no folder {}: make it first", folder.display()),
            format!("{} 폴더가 없어요. 먼저 만들어 주세요", folder.display()),
        )),
    }
}
