//! Tables that are there already, and files that others hold.

use futures::executor::block_on;
use madang_import::{Checkpoint, RunKey, Sink as _, SinkErrorKind, Value, contract};
use madang_import_sqlite::SqliteSink;
use rusqlite::Connection;

#[track_caller]
fn check(made: &str, key: &[usize], expected: Result<(), &str>) {
    let folder = tempfile::tempdir().expect("a place for tests");
    let path = folder.path().join("shop.db");
    let store = Connection::open(&path).expect("made");
    store.execute_batch(made).expect("SQL");
    drop(store);
    let before = std::fs::read(&path).expect("readable");
    let mut sink = SqliteSink::new(&path, "menu");
    let schema = contract::schema(key);
    let fits = block_on(sink.fits(&schema)).map_err(|error| error.message);
    assert_eq!(
        fits.as_ref().map_err(String::as_str),
        expected.as_ref().map_err(|text| *text)
    );
    assert_eq!(
        std::fs::read(&path).expect("readable"),
        before,
        "asking changes nothing"
    );
    let run = RunKey("a".repeat(64));
    let opened = block_on(sink.open(&run, &schema, None));
    match (opened, expected) {
        (Ok(None), Ok(())) => {}
        (Err(error), Err(expected)) => {
            assert_eq!(
                (error.kind, &*error.message),
                (SinkErrorKind::Setup, expected)
            );
        }
        (opened, _) => panic!("{opened:?}"),
    }
}

const COLUMNS: &str =
    "number INTEGER, 이름 TEXT, price INTEGER, amount NUMERIC, is_sold INTEGER, day TEXT";

#[test]
fn a_table_that_is_there_has_to_fit() {
    let fits = format!("CREATE TABLE menu ({COLUMNS}, At TEXT, more TEXT, id INTEGER PRIMARY KEY)");
    check(&fits, &[], Ok(()));
    check("", &[0], Ok(()));
    check(
        &format!("CREATE TABLE menu ({COLUMNS}, \"at\" TEXT, UNIQUE (number))"),
        &[0],
        Ok(()),
    );
    check(
        &format!("CREATE TABLE menu ({COLUMNS})"),
        &[],
        Err("table \"menu\" has no column \"at\": ALTER TABLE \"menu\" ADD COLUMN \"at\" TEXT"),
    );
    check(
        &format!("CREATE TABLE menu ({COLUMNS}, \"at\" TEXT, shop TEXT NOT NULL)"),
        &[],
        Err(
            "table \"menu\" wants a value for \"shop\", which the mapping does not have: give the column a default, or add it to the mapping",
        ),
    );
    check(
        &format!("CREATE TABLE menu ({COLUMNS}, \"at\" TEXT, UNIQUE (number))"),
        &[0, 1],
        Err(
            "table \"menu\" has no unique index over the key: CREATE UNIQUE INDEX \"menu_key\" ON \"menu\" (\"number\", \"이름\")",
        ),
    );
}

#[test]
fn a_file_that_another_program_writes_is_tried_again_later() {
    let folder = tempfile::tempdir().expect("a place for tests");
    let path = folder.path().join("shop.db");
    let other = Connection::open(&path).expect("made");
    other
        .execute_batch("PRAGMA journal_mode = wal; CREATE TABLE x (y); BEGIN IMMEDIATE")
        .expect("SQL");
    let mut sink = SqliteSink::new(&path, "menu");
    let run = RunKey("a".repeat(64));
    let error = block_on(sink.open(&run, &contract::schema(&[]), None)).expect_err("locked");
    assert_eq!(error.kind, SinkErrorKind::Transient { retry_after: None });
    other.execute_batch("ROLLBACK").expect("SQL");
    block_on(sink.open(&run, &contract::schema(&[]), None)).expect("free");
}

#[test]
fn what_is_no_database_is_left_alone() {
    let folder = tempfile::tempdir().expect("a place for tests");
    let path = folder.path().join("menu.csv");
    let text = "code,name\n".repeat(200);
    std::fs::write(&path, &text).expect("written");
    let mut sink = SqliteSink::new(&path, "menu");
    let run = RunKey("a".repeat(64));
    let error = block_on(sink.open(&run, &contract::schema(&[]), None)).expect_err("no database");
    assert_eq!(error.kind, SinkErrorKind::Setup);
    assert_eq!(std::fs::read_to_string(&path).expect("readable"), text);
}

#[test]
fn a_table_that_wants_values_gets_its_own_where_nothing_is_said() {
    let folder = tempfile::tempdir().expect("a place for tests");
    let path = folder.path().join("shop.db");
    let store = Connection::open(&path).expect("made");
    store
        .execute_batch(
            "CREATE TABLE menu (number INTEGER UNIQUE, 이름 TEXT, price INTEGER NOT NULL DEFAULT 1, amount NUMERIC NOT NULL,
                is_sold INTEGER, day TEXT DEFAULT 'never', at TEXT);
             INSERT INTO menu VALUES (1, '라떼', 4500, 2.5, 1, '2026-11-22', NULL)",
        )
        .expect("SQL");
    let schema = contract::schema(&[0]);
    let mut sink = SqliteSink::new(&path, "menu");
    let run = RunKey("a".repeat(64));
    block_on(sink.open(&run, &schema, None)).expect("it fits");
    let said = |number, amount| {
        let mut row = vec![Value::Absent; 7];
        row[0] = Value::Integer(number);
        row[1] = Value::Text("새 이름");
        row[3] = amount;
        row
    };
    let rows = [said(1, Value::Absent), said(2, Value::Integer(325))];
    let lot = contract::lot(&schema, 0, &rows);
    block_on(sink.write(&lot.batch, &mut Checkpoint::default())).expect("taken");
    let there: Vec<String> = store
        .prepare("SELECT concat_ws('|', number, 이름, price, amount, coalesce(is_sold, '-'), coalesce(day, '-')) FROM menu ORDER BY number")
        .and_then(|mut statement| statement.query_map([], |row| row.get(0))?.collect())
        .expect("SQL");
    assert_eq!(
        there,
        ["1|새 이름|4500|2.5|-|2026-11-22", "2|새 이름|1|3.25|-|-"]
    );
    let lacking = contract::lot(&schema, 2, &[said(3, Value::Absent)]);
    let error = block_on(sink.write(&lacking.batch, &mut Checkpoint::default()));
    assert!(matches!(
        error.expect_err("nothing is not allowed there").kind,
        SinkErrorKind::Rows { .. }
    ));
}

#[test]
fn the_journal_of_a_till_is_no_table_of_anybody() {
    let folder = tempfile::tempdir().expect("a place for tests");
    let path = folder.path().join("journal.db");
    let store = Connection::open(&path).expect("made");
    store
        .execute_batch("PRAGMA application_id = 0x6d616461; CREATE TABLE event (id INTEGER)")
        .expect("SQL");
    let mut sink = SqliteSink::new(&path, "menu");
    let schema = contract::schema(&[]);
    let run = RunKey("a".repeat(64));
    let fits = block_on(sink.fits(&schema)).expect_err("it is another's");
    let opened = block_on(sink.open(&run, &schema, None)).expect_err("it is another's");
    for error in [fits, opened] {
        assert_eq!(error.kind, SinkErrorKind::Setup);
        assert!(error.message.contains("--to till"), "{}", error.message);
    }
}
