//! What every sink must do.

use madang_import::contract::{self, Destination};
use madang_import::{Kind, Schema, Sink};
use madang_import_sqlite::SqliteSink;
use rusqlite::Connection;
use tempfile::TempDir;

struct File {
    folder: TempDir,
    schema: Schema,
}

impl File {
    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("shop.db")
    }
}

impl Destination for File {
    fn sink(&self) -> Box<dyn Sink> {
        Box::new(SqliteSink::new(self.path(), "menu item"))
    }

    fn rows(&self) -> Vec<Vec<Option<String>>> {
        let columns: Vec<String> = self
            .schema
            .fields
            .iter()
            .map(|field| match (format!("\"{}\"", field.name), field.kind) {
                (name, Kind::Decimal { scale }) => {
                    format!("CASE WHEN {name} IS NOT NULL THEN printf('%.{scale}f', {name}) END")
                }
                (name, Kind::Boolean) => {
                    format!("CASE {name} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END")
                }
                (name, _) => format!("CAST({name} AS TEXT)"),
            })
            .collect();
        let store = Connection::open(self.path()).expect("the file is there");
        let mut statement = store
            .prepare(&format!("SELECT {} FROM \"menu item\"", columns.join(", ")))
            .expect("the columns are there");
        let rows = statement.query_map([], |row| {
            (0..columns.len()).map(|column| row.get(column)).collect()
        });
        rows.expect("readable")
            .collect::<Result<_, _>>()
            .expect("texts")
    }

    fn refuse_below_zero(&self) -> bool {
        Connection::open(self.path())
            .and_then(|store| {
                store.execute_batch(
                    "CREATE TRIGGER poison BEFORE INSERT ON \"menu item\" WHEN new.number < 0 BEGIN SELECT RAISE(ABORT, 'below zero'); END",
                )
            })
            .is_ok()
    }

    fn replaces_by_key(&self) -> bool {
        true
    }
}

#[test]
fn it_is_a_sink() {
    contract::holds(&|schema| {
        Box::new(File {
            folder: tempfile::tempdir().expect("a place for tests"),
            schema: schema.clone(),
        })
    });
}
