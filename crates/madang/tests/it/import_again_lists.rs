//! Several files into a table without a key: each of them once, in whatever list it stands.

use rusqlite::Connection;
use serde_json::Value;

use crate::program::{Ended, Place};

const MAPPING: &str = r#"name = "notes"
columns = [
  { name = "item", from = ["item"], type = "text" },
  { name = "quantity", from = ["quantity"], type = "integer" },
]"#;

/// Files a.csv to e.csv with two rows each.
fn place(mapping: &str) -> Place {
    let place = Place::new();
    place.file("notes.toml", mapping);
    for name in ["a", "b", "c", "d", "e"] {
        let text = format!("item,quantity\n{name}1,1\n{name}2,2\n");
        place.file(&format!("{name}.csv"), &text);
    }
    place
}

fn import(place: &Place, to: &str, files: &[&str], more: &[&str]) -> Ended {
    let files: Vec<String> = files.iter().map(|name| format!("{name}.csv")).collect();
    let mut words = vec!["import", "--mapping", "notes.toml", "--to", to, "--json"];
    words.extend(files.iter().map(String::as_str));
    words.extend(more);
    place.madang(&words)
}

/// What is wrong, and what to do about it.
#[track_caller]
fn refused(ended: &Ended) -> String {
    assert_eq!(ended.code, 2, "{}{}", ended.stdout, ended.stderr);
    let last = ended.stdout.lines().last().unwrap_or_default();
    let line: Value = serde_json::from_str(last).expect("a line of JSON");
    format!("{}\n{}", line["problem"], line["help"])
}

const TO: &str = "sqlite:s.db";

fn counted(place: &Place) -> (i64, i64) {
    let store = Connection::open(place.path().join("s.db")).expect("there");
    let sql = "SELECT count(*), count(DISTINCT item) FROM notes";
    let count = store.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)));
    count.expect("counted")
}

#[test]
fn a_file_goes_into_a_table_without_a_key_once_in_whatever_list_it_stands() {
    let place = place(MAPPING);
    let import = |files: &[&str], more: &[&str]| import(&place, TO, files, more);
    assert_eq!(import(&["a", "b"], &[]).code, 0);
    let lists: [&[&str]; 5] = [&["a"], &["b"], &["b", "a"], &["a", "b", "c"], &["c", "b"]];
    for files in lists {
        for more in [&[][..], &["--resume"]] {
            let said = refused(&import(files, more));
            let named = files.iter().find(|name| **name != "c").expect("one");
            for word in [&format!("{named}.csv"), "run notes-", "--again", "leave"] {
                assert!(said.contains(word), "{word}: {said}");
            }
            assert_eq!(counted(&place), (4, 4), "{files:?} {more:?}");
        }
    }
    assert_eq!(import(&["a", "b"], &["--resume"]).code, 0, "nothing to do");
    assert_eq!(import(&["c"], &["--resume"]).code, 0);
    assert_eq!(counted(&place), (6, 6));
    let said = refused(&import(&["a", "b", "c", "d"], &["--resume"]));
    assert!(said.contains("a.csv, b.csv, c.csv"), "{said}");

    // Another mapping adds the same rows.
    place.file(
        "notes.toml",
        &MAPPING.replace("type = \"text\"", "type = \"text\", required = true"),
    );
    let _ = refused(&import(&["c", "d"], &[]));
    place.file("notes.toml", MAPPING);

    assert_eq!(import(&["a", "d"], &["--again"]).code, 0);
    assert_eq!(counted(&place), (10, 8));
}

#[test]
fn a_table_is_the_same_however_its_name_is_spelled() {
    let place = place(MAPPING);
    assert_eq!(import(&place, "sqlite:s.db#notes", &["a"], &[]).code, 0);
    let _ = refused(&import(&place, "sqlite:s.db#NOTES", &["a"], &[]));
    let ended = import(&place, "sqlite:s.db#Notes", &["a"], &["--resume"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(counted(&place), (2, 2));
}

#[test]
fn a_list_that_was_stopped_goes_on_as_it_was_and_no_other_list_brings_its_files() {
    let place = place(MAPPING);
    let words = [
        "import",
        "--mapping",
        "notes.toml",
        "a.csv",
        "b.csv",
        "c.csv",
    ];
    let words = [&words[..], &["--to", TO, "--batch-rows", "1"]].concat();
    let mut killed = place.command(&words);
    killed.env("MADANG_FAILPOINT", "import/after-write:3");
    let killed = killed.output().expect("the program runs");
    assert_eq!(killed.status.code(), None);
    assert_eq!(counted(&place), (3, 3));
    for files in [&["a"][..], &["c", "d"], &["a", "b", "c", "d"]] {
        let said = refused(&import(&place, TO, files, &["--resume"]));
        assert!(said.contains("did not come to its end"), "{said}");
        assert!(said.contains("--resume goes on with it"), "{said}");
    }
    let ended = import(&place, TO, &["a", "b", "c"], &["--resume"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(import(&place, TO, &["d"], &["--resume"]).code, 0);
    assert_eq!(counted(&place), (8, 8));
}

#[test]
fn parts_of_a_lake_have_a_file_once_and_a_table_with_a_key_takes_it_again() {
    let with_key = format!("key = [\"item\"]\n{MAPPING}");
    for mapping in [MAPPING, &with_key] {
        let place = place(mapping);
        assert_eq!(import(&place, "parquet:lake", &["a"], &[]).code, 0);
        let _ = refused(&import(&place, "parquet:lake", &["a", "b"], &["--resume"]));
        assert_eq!(import(&place, "parquet:lake", &["b"], &[]).code, 0);
        assert_eq!(import(&place, "parquet:other", &["a", "b"], &[]).code, 0);
    }
    let place = place(&with_key);
    assert_eq!(import(&place, TO, &["a"], &[]).code, 0);
    assert_eq!(import(&place, TO, &["a", "b"], &["--resume"]).code, 0);
    assert_eq!(counted(&place), (4, 4));
}

#[test]
fn the_headers_of_all_files_are_looked_at_before_the_first_row_is_written() {
    for (wrong, word) in [
        ("item,amount\nx,1\n", "header"),
        ("", "header"),
        ("\n\n", "header"),
    ] {
        let place = place(MAPPING);
        place.file("c.csv", wrong);
        let files = ["a", "b", "c", "d"];
        let ended = import(&place, TO, &files, &[]);
        assert_eq!(ended.code, 2, "{wrong:?}: {}", ended.stdout);
        assert!(ended.stderr.contains("c.csv"), "{}", ended.stderr);
        assert!(ended.stderr.contains(word), "{}", ended.stderr);
        assert!(!place.path().join("s.db").exists(), "{wrong:?}");
        // What was mended is another file, and nothing of the others is there.
        place.file("c.csv", "item,quantity\nc1,1\n");
        assert_eq!(import(&place, TO, &files, &[]).code, 0);
        assert_eq!(counted(&place), (7, 7));
    }
}

#[test]
fn a_file_that_was_mended_while_its_import_had_stopped_in_it_is_told() {
    let place = place(MAPPING);
    let rows: String = (0..50).map(|row| format!("x{row},bad\n")).collect();
    place.file("b.csv", &format!("item,quantity\nb1,1\n{rows}"));
    let more = ["--batch-rows", "1", "--max-errors", "3"];
    assert_eq!(import(&place, TO, &["a", "b"], &more).code, 4);
    let before = counted(&place);
    place.file("b.csv", "item,quantity\nb1,1\nb2,2\n");
    for files in [&["b"][..], &["b", "c"]] {
        let said = refused(&import(&place, TO, files, &[]));
        assert!(said.contains("b.csv"), "{said}");
        assert!(said.contains("--again"), "{said}");
        assert_eq!(counted(&place), before);
    }
    assert_eq!(import(&place, TO, &["c"], &[]).code, 0);
}
