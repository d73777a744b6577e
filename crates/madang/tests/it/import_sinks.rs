//! Importing into each kind of sink, by the program itself.

mod kill;
mod receiver;
mod secrets;
mod trouble;

use std::fs;

use madang_import::read::Input as _;
use madang_import_parquet::ParquetInput;
use madang_import_postgres::test_server::Server;
use rusqlite::Connection;

use self::receiver::Receiver;
use crate::program::{Ended, Place};

/// Rows are only added, and an import that goes on begins where it stopped.
const MAPPING: &str = r#"
name = "sales"
[[columns]]
name = "code"
from = ["코드", "code"]
type = "text"
required = true
[[columns]]
name = "price"
from = ["가격", "price"]
type = "money"
"#;

/// Rows have a key that no two may share, so that an import that goes on checks everything again.
const KEYED: &str = r#"
name = "sales"
key = ["code"]
[[columns]]
name = "code"
from = ["코드"]
type = "text"
required = true
[[columns]]
name = "price"
from = ["가격"]
type = "money"
"#;

/// Where rows go, and how they are looked at there.
enum Target {
    Sqlite,
    Parquet,
    Postgres { server: Server, table: &'static str },
    Http(Receiver),
}

impl Target {
    fn to(&self) -> Vec<String> {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        match self {
            Self::Sqlite => words(&["--to", "sqlite:shop.db"]),
            Self::Parquet => words(&["--to", "parquet:lake"]),
            Self::Postgres { server, table } => {
                words(&["--to", &format!("{}#{table}", server.address()), "--create"])
            }
            Self::Http(receiver) => words(&[
                "--to",
                &format!("{}/sales", receiver.address()),
                "--rows-per-call",
                "20",
                "--calls-at-once",
                "2",
            ]),
        }
    }

    /// The rows that are there now, in no order; none before there is a place for them.
    fn rows(&self, place: &Place) -> Vec<String> {
        match self {
            Self::Sqlite => sqlite_rows(place).expect("the table is there and readable"),
            Self::Parquet => parts(place)
                .iter()
                .flat_map(|part| lines_of(part))
                .collect(),
            Self::Postgres { server, table } => {
                let is_there = server.sql(&format!("SELECT to_regclass('{table}') IS NOT NULL"));
                match is_there.as_str() {
                    "t" => server
                        .sql(&format!("SELECT code, price FROM {table}"))
                        .lines()
                        .map(str::to_owned)
                        .collect(),
                    _ => Vec::new(),
                }
            }
            Self::Http(receiver) => receiver.rows(),
        }
    }

    /// About how many rows are there: asked often.
    fn count(&self, place: &Place) -> usize {
        match self {
            Self::Parquet => parts(place).len() * kill::BATCH_ROWS,
            Self::Http(receiver) => receiver.count(),
            // There may be no table yet.
            Self::Sqlite => sqlite_rows(place).map_or(0, |rows| rows.len()),
            _ => self.rows(place).len(),
        }
    }
}

fn sqlite_rows(place: &Place) -> rusqlite::Result<Vec<String>> {
    let path = place.path().join("shop.db");
    // Not for reading only: what a killed process left in its log has to be recovered, which is a write.
    let store = Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    store
        .prepare("SELECT code, price FROM sales")?
        .query_map([], |row| {
            let (code, price): (String, Option<i64>) = (row.get(0)?, row.get(1)?);
            Ok(format!("{code} {price:?}"))
        })?
        .collect()
}

/// The parts that are whole.
fn parts(place: &Place) -> Vec<String> {
    let Ok(entries) = fs::read_dir(place.path().join("lake")) else {
        return Vec::new();
    };
    entries
        .map(|entry| entry.expect("readable").path().display().to_string())
        .filter(|path| path.ends_with(".parquet"))
        .collect()
}

fn lines_of(part: &str) -> Vec<String> {
    let mut text = String::new();
    ParquetInput::named(part)
        .open_at(0)
        .and_then(|mut lines| {
            let read = std::io::Read::read_to_string(&mut lines, &mut text);
            read.map_err(|error| madang_import::read::ReadError::io(part, error))
        })
        .expect("a part under its name is whole");
    text.lines().map(str::to_owned).collect()
}

fn words<'a>(first: &[&'a str], to: &'a [String], more: &[&'a str]) -> Vec<&'a str> {
    let to = to.iter().map(String::as_str);
    first
        .iter()
        .copied()
        .chain(to)
        .chain(more.iter().copied())
        .collect()
}

fn import(place: &Place, to: &[String], more: &[&str]) -> Ended {
    let first = ["import", "--mapping", "sales.toml", "sales.csv"];
    place.madang(&words(&first, to, more))
}

const SALES: &str = "코드,가격\nA1,\"4,500원\"\nA2,\nA3,싸요\n";

fn shop() -> Place {
    let place = Place::new();
    place.file("sales.toml", MAPPING).file("sales.csv", SALES);
    place
}

/// One of each kind, or of each that there is on this machine.
fn targets(table: &'static str) -> Vec<Target> {
    let postgres = Server::start().map(|server| Target::Postgres { server, table });
    let others = [
        Target::Sqlite,
        Target::Parquet,
        Target::Http(Receiver::start()),
    ];
    others.into_iter().chain(postgres).collect()
}

#[test]
fn a_dry_run_asks_each_sink_and_leaves_nothing_there() {
    for target in targets("sales") {
        let place = shop();
        let ended = import(&place, &target.to(), &["--dry-run"]);
        assert_eq!(ended.code, 3, "{}{}", ended.stdout, ended.stderr);
        assert!(ended.stdout.contains("sales.csv:4"), "{}", ended.stdout);
        let files = fs::read_dir(place.path()).expect("readable").count();
        assert_eq!(files, 2, "only what was there before");
        assert_eq!(target.count(&place), 0);
    }
}

#[test]
fn each_sink_gets_what_is_right_and_the_rest_once_it_is_mended() {
    for target in targets("sales") {
        let place = shop();
        let ended = import(&place, &target.to(), &[]);
        assert_eq!(ended.code, 3, "{}{}", ended.stdout, ended.stderr);
        assert_eq!(target.rows(&place).len(), 2);
        let again = import(&place, &target.to(), &[]);
        assert_eq!(again.code, 2, "{}", again.stdout);
        let told_again = import(&place, &target.to(), &["--resume"]);
        assert_eq!(told_again.code, 3, "{}", told_again.stdout);
        let letters = kill::letters_path(&place);
        let text = fs::read_to_string(&letters).expect("there");
        place.file("mended.jsonl", &text.replace("싸요", "3900"));
        let to = target.to();
        let retried = place.madang(&words(&["import", "retry", "mended.jsonl"], &to, &[]));
        assert_eq!(retried.code, 0, "{}{}", retried.stdout, retried.stderr);
        assert_eq!(target.rows(&place).len(), 3);
    }
}

#[test]
fn a_parquet_file_is_imported_as_it_is() {
    let place = shop();
    assert_eq!(import(&place, &Target::Parquet.to(), &[]).code, 3);
    let part = parts(&place).remove(0);
    let ended = place.madang(&[
        "import",
        "--mapping",
        "sales.toml",
        &part,
        "--to",
        "sqlite:shop.db",
    ]);
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
    let mut rows = Target::Sqlite.rows(&place);
    rows.sort();
    assert_eq!(rows, ["A1 Some(4500)", "A2 None"]);
}

#[test]
fn a_parquet_file_without_rows_is_held_to_the_mapping_and_imports_none() {
    let place = shop();
    let empty = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../madang-import-parquet/tests/files/pandas-no-rows.parquet"
    );
    let check = |title: &str, required: bool, code: i32, told: &str| {
        let mapping = format!(
            "name = \"sales\"\n[[columns]]\nname = \"{title}\"\ntype = \"text\"\nrequired = {required}\n"
        );
        place.file("items.toml", &mapping);
        let file = ["import", "--mapping", "items.toml", empty];
        let ended = place.madang(&words(
            &file,
            &["--to".into(), "sqlite:items.db".into()],
            &[],
        ));
        assert_eq!(ended.code, code, "{}{}", ended.stdout, ended.stderr);
        let said = format!("{}{}", ended.stdout, ended.stderr);
        assert!(said.contains(told), "{said}");
    };
    check("item", true, 0, "0 rows read");
    check("price", true, 2, "item, quantity");
}
