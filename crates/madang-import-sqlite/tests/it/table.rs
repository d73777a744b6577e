//! Tables that are there already, and files that others hold.

use futures::executor::block_on;
use madang_import::{
    Checkpoint, Field, IfEmpty, Kind, RunKey, Schema, Sink as _, SinkErrorKind, Value, contract,
};
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
fn a_column_that_makes_numbers_of_texts_is_no_place_for_texts() {
    for (declared, expected) in [
        ("STRING", Err(())),
        ("INTEGER", Err(())),
        ("DOUBLE", Err(())),
        ("VARCHAR(20)", Ok(())),
        ("BLOB", Ok(())),
        ("", Ok(())),
    ] {
        let told = format!(
            "column \"이름\" of table \"menu\" is {declared}, where SQLite makes numbers of texts (123 of 00123), and the mapping makes it text; change one of the two: \
             ALTER TABLE \"menu\" RENAME COLUMN \"이름\" TO \"이름_before\"; ALTER TABLE \"menu\" ADD COLUMN \"이름\" TEXT; \
             UPDATE \"menu\" SET \"이름\" = \"이름_before\" WHERE \"이름_before\" IS NOT NULL"
        );
        let columns = COLUMNS.replace("이름 TEXT", &format!("이름 {declared}"));
        check(
            &format!("CREATE TABLE menu ({columns}, \"at\" TEXT)"),
            &[],
            expected.map_err(|()| told.as_str()),
        );
    }
    let columns = COLUMNS
        .replace("이름 TEXT", "이름 ANY")
        .replace("amount NUMERIC", "amount ANY");
    check(
        &format!("CREATE TABLE menu ({columns}, \"at\" TEXT) STRICT"),
        &[],
        Ok(()),
    );
}

#[test]
fn a_number_of_more_digits_than_a_column_keeps_is_refused() {
    let schema = contract::schema(&[]);
    let place = schema
        .fields
        .iter()
        .position(|field| field.name == "amount")
        .expect("it has one");
    let at = |units| {
        let mut row = vec![Value::Absent; schema.fields.len()];
        row[0] = Value::Integer(1);
        row[1] = Value::Text("");
        row[place] = Value::Integer(units);
        row
    };
    for (made, units, expected) in [
        ("", 999_999_999_999_999, Some("9999999999999.99")),
        ("", 9_999_999_999_999_999, None),
        ("", 123_456_789_012_345_678, None),
        ("", 1_234_567_890_123_450_000, Some("12345678901234500.0")),
        ("amount REAL", 1_234_567_890_123_456, None),
        (
            "amount TEXT",
            123_456_789_012_345_678,
            Some("1234567890123456.78"),
        ),
        ("amount TEXT", i64::MIN, Some("-92233720368547758.08")),
    ] {
        let folder = tempfile::tempdir().expect("a place for tests");
        let path = folder.path().join("shop.db");
        let store = Connection::open(&path).expect("made");
        if !made.is_empty() {
            let columns = COLUMNS.replace("amount NUMERIC", made);
            let sql = format!("CREATE TABLE menu ({columns}, \"at\" TEXT)");
            store.execute_batch(&sql).expect("SQL");
        }
        let lot = contract::lot(&schema, 0, &[at(units)]);
        let mut sink = SqliteSink::new(&path, "menu");
        block_on(sink.fits(&schema)).expect("it fits");
        let would_take = block_on(sink.would_take(&lot.batch));
        assert_eq!(would_take.is_ok(), expected.is_some(), "a dry run says so");
        let run = RunKey("a".repeat(64));
        block_on(sink.open(&run, &schema, None)).expect("it fits");
        let written = block_on(sink.write(&lot.batch, &mut Checkpoint::default()));
        let there: Option<String> = store
            .query_row("SELECT CASE typeof(amount) WHEN 'real' THEN printf('%.2f', amount) ELSE CAST(amount AS TEXT) END FROM menu", [], |row| {
                row.get(0)
            })
            .ok();
        match written {
            Ok(_) => assert_eq!(there.as_deref().map(whole), expected.map(whole), "{units}"),
            Err(error) => {
                assert_eq!((expected, there), (None, None), "{units}: {error}");
                assert!(
                    matches!(
                        error.kind,
                        SinkErrorKind::Rows {
                            code: "out_of_range"
                        }
                    ),
                    "{error}"
                );
                assert_eq!(error.column.as_deref(), Some("amount"));
                // What it says to do is right SQL.
                let (_, mend) = error
                    .message
                    .split_once("is text: ")
                    .expect("it says what to do");
                store.execute_batch(mend).expect("SQL");
                block_on(sink.open(&run, &schema, None)).expect("it fits");
                block_on(sink.write(&lot.batch, &mut Checkpoint::default()))
                    .expect("now it is taken");
            }
        }
    }
}

fn amounts(units: &[i64]) -> Vec<Vec<Value<'static>>> {
    let row = |units: &i64| {
        let mut row = vec![Value::Absent; 7];
        row[0] = Value::Integer(7);
        row[1] = Value::Text("라떼");
        row[3] = Value::Integer(*units);
        row
    };
    units.iter().map(row).collect()
}

const LONG: i64 = 123_456_789_012_345_678;

/// What a row that a column cannot keep says to do, as it is printed.
fn printed_remedy(sink: &mut SqliteSink, schema: &std::sync::Arc<Schema>) -> String {
    remedy_for(&amounts(&[LONG]), sink, schema)
}

fn remedy_for(
    rows: &[Vec<Value<'static>>],
    sink: &mut SqliteSink,
    schema: &std::sync::Arc<Schema>,
) -> String {
    let lot = contract::lot(schema, 0, rows);
    let error = block_on(sink.write(&lot.batch, &mut Checkpoint::default()))
        .expect_err("the column does not keep it");
    let (_, remedy) = (error.message)
        .split_once("is text: ")
        .unwrap_or_else(|| panic!("it says what to do: {error}"));
    remedy.to_owned()
}

fn rows_of(store: &Connection, sql: &str) -> Vec<String> {
    store
        .prepare(sql)
        .and_then(|mut rows| rows.query_map([], |row| row.get(0))?.collect())
        .expect("SQL")
}

#[test]
fn a_table_that_is_mended_as_it_says_keeps_its_key_and_goes_on() {
    let folder = tempfile::tempdir().expect("a place for tests");
    let path = folder.path().join("shop.db");
    let schema = contract::schema(&[3]);
    let run = RunKey("a".repeat(64));
    let mut sink = SqliteSink::new(&path, "menu");
    block_on(sink.open(&run, &schema, None)).expect("made");
    let mut checkpoint = Checkpoint::default();
    let before = contract::lot(&schema, 0, &amounts(&[150, 225, 1_234_567]));
    block_on(sink.write(&before.batch, &mut checkpoint)).expect("taken");
    let remedy = printed_remedy(&mut sink, &schema);
    let store = Connection::open(&path).expect("there");
    store.execute_batch(&remedy).expect("SQL");

    let kept = block_on(sink.open(&run, &schema, None)).expect("it goes on");
    assert_eq!(kept, Some(checkpoint.clone()));
    let after = contract::lot(&schema, 3, &amounts(&[LONG, 150, 1_234_567, 225]));
    let written = block_on(sink.write(&after.batch, &mut checkpoint)).expect("taken");
    assert_eq!((written.rows, written.unchanged), (4, 3));
    let there = rows_of(&store, "SELECT amount FROM menu ORDER BY rowid");
    assert_eq!(there, ["1.50", "2.25", "12345.67", "1234567890123456.78"]);
    let needed = rows_of(
        &store,
        "SELECT name FROM pragma_table_info('menu') WHERE \"notnull\" ORDER BY cid",
    );
    assert_eq!(needed, ["number", "이름", "amount"]);
}

#[test]
fn what_a_column_that_is_mended_stands_in_is_named() {
    let schema = contract::schema(&[]);
    let columns = format!("{COLUMNS}, \"at\" TEXT");
    let anew = |ties: &str| {
        format!(
            "SQLite does that only by building the table anew, as the column stands in {ties}; or make it another kind in the mapping"
        )
    };
    let beside = "ALTER TABLE \"menu\" RENAME COLUMN \"amount\" TO \"amount_before\"; ALTER TABLE \"menu\" ADD COLUMN \"amount\" TEXT; \
         UPDATE \"menu\" SET \"amount\" = CASE WHEN typeof(\"amount_before\") = 'integer' THEN \"amount_before\" || '.00' \
         WHEN typeof(\"amount_before\") = 'real' AND CAST(printf('%.2f', \"amount_before\") AS REAL) = \"amount_before\" THEN printf('%.2f', \"amount_before\") \
         ELSE \"amount_before\" END WHERE \"amount_before\" IS NOT NULL";
    for (more, others, expected) in [
        ("", "", beside.to_owned()),
        // What speaks of other columns, or of other tables, is left as it is.
        (
            ", UNIQUE (number), CHECK (price > 0)",
            "CREATE INDEX by_day ON menu (day); CREATE TABLE log (amount TEXT); CREATE VIEW logged AS SELECT amount FROM log",
            beside.to_owned(),
        ),
        (
            ", UNIQUE (number, amount)",
            "",
            anew("UNIQUE (\"number\", \"amount\")"),
        ),
        (
            ", PRIMARY KEY (amount)",
            "CREATE INDEX by_amount ON menu (day, Amount)",
            anew("UNIQUE (\"amount\"), index \"by_amount\""),
        ),
        (
            "",
            "CREATE INDEX dear ON menu (day) WHERE amount > 10; CREATE INDEX even ON menu (amount + 1)",
            anew("index \"dear\", index \"even\""),
        ),
        (
            "",
            "CREATE TRIGGER told AFTER INSERT ON menu BEGIN SELECT 1; END; CREATE VIEW all_of_it AS SELECT * FROM menu",
            anew("trigger \"told\", view \"all_of_it\""),
        ),
        (", CHECK (amount > 0)", "", anew("a rule of CREATE TABLE")),
        (
            ", FOREIGN KEY (amount) REFERENCES other (amount)",
            "CREATE TABLE part (menu INTEGER REFERENCES menu (number))",
            anew("REFERENCES of table \"part\", REFERENCES \"other\""),
        ),
    ] {
        let folder = tempfile::tempdir().expect("a place for tests");
        let path = folder.path().join("shop.db");
        let store = Connection::open(&path).expect("made");
        let made = format!("CREATE TABLE menu ({columns}{more}); {others}");
        store.execute_batch(&made).expect("SQL");
        let mut sink = SqliteSink::new(&path, "menu");
        block_on(sink.open(&RunKey("a".repeat(64)), &schema, None)).expect("it fits");
        assert_eq!(printed_remedy(&mut sink, &schema), expected, "{made}");
    }
}

#[test]
fn a_column_that_is_mended_as_it_says_keeps_its_values() {
    let folder = tempfile::tempdir().expect("a place for tests");
    let path = folder.path().join("shop.db");
    let store = Connection::open(&path).expect("made");
    store
        .execute_batch(&format!(
            "CREATE TABLE menu ({COLUMNS}, \"at\" TEXT);
             INSERT INTO menu (number, amount) VALUES (1, 1.5), (2, 1.234), (3, 'odd'), (4, NULL), (5, -0.07), (6, 9999999999999.99), (7, 12345678901234568), (8, 1e17 + 16)"
        ))
        .expect("SQL");
    let schema = contract::schema(&[]);
    let mut sink = SqliteSink::new(&path, "menu");
    block_on(sink.open(&RunKey("a".repeat(64)), &schema, None)).expect("it fits");
    let remedy = printed_remedy(&mut sink, &schema);
    store.execute_batch(&remedy).expect("SQL");
    let there = rows_of(
        &store,
        "SELECT coalesce(amount, 'none') FROM menu ORDER BY number",
    );
    assert_eq!(
        there,
        [
            "1.50",
            "1.234",
            "odd",
            "none",
            "-0.07",
            "9999999999999.99",
            "12345678901234568.00",
            "100000000000000016.00"
        ]
    );
}

#[test]
fn won_that_were_floating_point_are_whole_when_they_are_mended() {
    let folder = tempfile::tempdir().expect("a place for tests");
    let path = folder.path().join("shop.db");
    let store = Connection::open(&path).expect("made");
    let columns = COLUMNS.replace("price INTEGER", "price REAL");
    store
        .execute_batch(&format!(
            "CREATE TABLE menu ({columns}, \"at\" TEXT); INSERT INTO menu (price) VALUES (4500), (-3), (0.5)"
        ))
        .expect("SQL");
    let schema = contract::schema(&[]);
    let mut sink = SqliteSink::new(&path, "menu");
    block_on(sink.open(&RunKey("a".repeat(64)), &schema, None)).expect("it fits");
    let mut rows = amounts(&[150]);
    rows[0][2] = Value::Integer(9_007_199_254_740_993);
    let remedy = remedy_for(&rows, &mut sink, &schema);
    store.execute_batch(&remedy).expect("SQL");
    let there = rows_of(&store, "SELECT price FROM menu ORDER BY rowid");
    assert_eq!(there, ["4500", "-3", "0.5"]);
}

fn named(numbers: &[i64]) -> Vec<Vec<Value<'static>>> {
    let row = |number: &i64| {
        let mut row = vec![Value::Absent; 7];
        row[0] = Value::Integer(*number);
        row[1] = Value::Text(if number % 2 == 0 { "Latte" } else { "latte" });
        row
    };
    numbers.iter().map(row).collect()
}

#[test]
fn a_table_that_was_emptied_does_not_go_on() {
    for emptied in [
        "DELETE FROM menu",
        "DROP TABLE menu",
        "ALTER TABLE menu RENAME TO other",
    ] {
        let folder = tempfile::tempdir().expect("a place for tests");
        let path = folder.path().join("shop.db");
        let schema = contract::schema(&[]);
        let run = RunKey("a".repeat(64));
        let mut sink = SqliteSink::new(&path, "menu");
        block_on(sink.open(&run, &schema, None)).expect("made");
        let mut checkpoint = Checkpoint::default();
        for rows in [named(&[1, 2]), named(&[])] {
            let lot = contract::lot(&schema, 0, &rows);
            block_on(sink.write(&lot.batch, &mut checkpoint)).expect("taken");
        }
        block_on(sink.open(&run, &schema, None)).expect("the rows are there");
        let store = Connection::open(&path).expect("there");
        store.execute_batch(emptied).expect("SQL");
        let error = block_on(sink.open(&run, &schema, None)).expect_err("the rows are gone");
        assert_eq!(error.kind, SinkErrorKind::Setup);
        assert!(error.message.contains("was emptied or replaced"), "{error}");
        let again = RunKey("b".repeat(64));
        block_on(sink.open(&again, &schema, None)).expect("another run begins anew");
    }
}

#[test]
fn rows_that_a_trigger_passes_over_are_told() {
    for (key, expected) in [(&[][..], (2, 0, 2)), (&[0], (2, 0, 2))] {
        let folder = tempfile::tempdir().expect("a place for tests");
        let path = folder.path().join("shop.db");
        let store = Connection::open(&path).expect("made");
        store
            .execute_batch(&format!(
                "CREATE TABLE menu ({COLUMNS}, at TEXT, UNIQUE (number));
                 CREATE TRIGGER odd BEFORE INSERT ON menu WHEN new.number % 2 BEGIN SELECT raise(IGNORE); END"
            ))
            .expect("SQL");
        let schema = contract::schema(key);
        let mut sink = SqliteSink::new(&path, "menu");
        block_on(sink.open(&RunKey("a".repeat(64)), &schema, None)).expect("it fits");
        let lot = contract::lot(&schema, 0, &named(&[1, 2, 3, 4]));
        let written = block_on(sink.write(&lot.batch, &mut Checkpoint::default())).expect("taken");
        assert_eq!(
            (written.rows, written.unchanged, written.passed_over),
            expected
        );
        if !key.is_empty() {
            block_on(sink.open(&RunKey("b".repeat(64)), &schema, None)).expect("it fits");
            let again =
                block_on(sink.write(&lot.batch, &mut Checkpoint::default())).expect("taken");
            assert_eq!((again.rows, again.unchanged, again.passed_over), (2, 2, 2));
        }
    }
}

#[test]
fn rows_whose_change_a_trigger_passes_over_are_told() {
    let folder = tempfile::tempdir().expect("a place for tests");
    let path = folder.path().join("shop.db");
    let store = Connection::open(&path).expect("made");
    store
        .execute_batch(&format!(
            "CREATE TABLE menu ({COLUMNS}, at TEXT, UNIQUE (number));
             INSERT INTO menu (number, 이름) VALUES (1, 'old'), (2, 'old'), (3, 'latte');
             CREATE TRIGGER odd BEFORE UPDATE ON menu WHEN new.number % 2 BEGIN SELECT raise(IGNORE); END"
        ))
        .expect("SQL");
    let schema = contract::schema(&[0]);
    let mut sink = SqliteSink::new(&path, "menu");
    block_on(sink.open(&RunKey("a".repeat(64)), &schema, None)).expect("it fits");
    let lot = contract::lot(&schema, 0, &named(&[1, 2, 3, 4]));
    let written = block_on(sink.write(&lot.batch, &mut Checkpoint::default())).expect("taken");
    // The first is as it was before and not as the file says; the third is as both say.
    assert_eq!(
        (written.rows, written.unchanged, written.passed_over),
        (3, 1, 1)
    );
}

#[test]
fn a_key_that_is_blind_to_letters_is_told_at_the_start() {
    let folder = tempfile::tempdir().expect("a place for tests");
    let path = folder.path().join("shop.db");
    let store = Connection::open(&path).expect("made");
    store
        .execute_batch(&format!("CREATE TABLE menu ({COLUMNS}, at TEXT); CREATE UNIQUE INDEX k ON menu (이름 COLLATE NOCASE); CREATE UNIQUE INDEX n ON menu (number)"))
        .expect("SQL");
    let told = |key: &[usize]| {
        let mut sink = SqliteSink::new(&path, "menu");
        block_on(sink.fits(&contract::schema(key))).expect("it fits");
        let notes = sink.notes();
        notes.first().map(|note| note.message.clone())
    };
    assert_eq!(told(&[0]), None);
    assert_eq!(
        told(&[1]).as_deref(),
        Some(
            "the key 이름 is compared by NOCASE: keys that differ in nothing else are one row, the last of them"
        )
    );
}

#[test]
fn a_table_of_a_thousand_columns_takes_rows_by_key() {
    let folder = tempfile::tempdir().expect("a place for tests");
    let field = |number: usize| Field {
        name: format!("c{number}"),
        kind: Kind::Text,
        required: number == 0,
        if_empty: IfEmpty::Keep,
        default: None,
    };
    let schema = std::sync::Arc::new(Schema {
        name: "wide".to_owned(),
        fields: (0..1_000).map(field).collect(),
        key: [0].into(),
        key_may_repeat: false,
        timezone: "Asia/Seoul".to_owned(),
    });
    let mut sink = SqliteSink::new(folder.path().join("shop.db"), "wide");
    block_on(sink.open(&RunKey("a".repeat(64)), &schema, None)).expect("made");
    let lot = contract::lot(&schema, 0, &[vec![Value::Text("값"); 1_000]]);
    let written = block_on(sink.write(&lot.batch, &mut Checkpoint::default())).expect("taken");
    assert_eq!((written.rows, written.unchanged), (1, 0));
}

/// A number as SQLite shows it where it made a whole one of it.
fn whole(number: &str) -> &str {
    number.trim_end_matches(".0")
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

/// Of a user whom permissions do not bind (root) nothing is asked.
#[cfg(unix)]
#[test]
fn what_may_not_be_written_is_for_the_user_to_mend() {
    use std::os::unix::fs::PermissionsExt as _;

    for journal_mode in ["delete", "wal"] {
        for (is_folder, mode) in [(false, 0o444), (true, 0o555)] {
            let folder = tempfile::tempdir().expect("a place for tests");
            let path = folder.path().join("shop.db");
            let store = Connection::open(&path).expect("made");
            store
                .pragma_update_and_check(None, "journal_mode", journal_mode, |_| Ok(()))
                .and_then(|()| {
                    store.execute_batch(&format!("CREATE TABLE menu ({COLUMNS}, at TEXT)"))
                })
                .expect("SQL");
            drop(store);
            let closed = if is_folder { folder.path() } else { &path };
            let allow = |mode| {
                std::fs::set_permissions(closed, std::fs::Permissions::from_mode(mode))
                    .expect("a file of the test's own");
            };
            allow(mode);
            let is_bound = match is_folder {
                true => std::fs::write(folder.path().join("other"), "").is_err(),
                false => std::fs::OpenOptions::new().write(true).open(&path).is_err(),
            };
            let mut sink = SqliteSink::new(&path, "menu");
            let run = RunKey("a".repeat(64));
            let opened = block_on(sink.open(&run, &contract::schema(&[]), None));
            allow(0o755);
            if is_bound {
                let error = opened.expect_err("it may not be written");
                assert_eq!(
                    error.kind,
                    SinkErrorKind::Setup,
                    "{journal_mode} {is_folder}: {error}"
                );
                assert!(
                    error.message.contains("writ"),
                    "{journal_mode} {is_folder}: {error}"
                );
            }
        }
    }
}
