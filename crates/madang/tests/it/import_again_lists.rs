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
        let said = refused(&import(files, &[]));
        let named = files.iter().find(|name| **name != "c").expect("one");
        for word in [&format!("{named}.csv"), "run notes-", "--again", "--resume"] {
            assert!(said.contains(word), "{word}: {said}");
        }
        assert_eq!(counted(&place), (4, 4), "{files:?}");
    }
    // Going on leaves out what is there, and brings what is new: a pattern grows.
    for (files, left_out, rows) in [
        (&["a", "b"][..], "", 4),
        (&["a"], "", 4),
        (&["b", "a"], "", 4),
        (&["a", "b", "c"], "a.csv (", 6),
        // Nothing is left to do, and the report of `c` is shown once more.
        (&["c", "a", "b"], "b.csv (", 6),
        (&["a", "b", "c", "d"], "c.csv (", 8),
    ] {
        let ended = import(files, &["--resume"]);
        assert_eq!(ended.code, 0, "{files:?}: {}", ended.stderr);
        let is_told = ended.stdout.contains("\"went_in_before\"");
        assert_eq!(is_told, !left_out.is_empty(), "{files:?}: {}", ended.stdout);
        assert!(
            ended.stdout.contains(left_out),
            "{files:?}: {}",
            ended.stdout
        );
        assert_eq!(counted(&place), (rows, rows), "{files:?}");
    }

    // Another mapping adds the same rows.
    place.file(
        "notes.toml",
        &MAPPING.replace("type = \"text\"", "type = \"text\", required = true"),
    );
    for more in [&[][..], &["--resume"]] {
        let said = refused(&import(&["c", "e"], more));
        assert!(said.contains("another mapping"), "{said}");
    }
    place.file("notes.toml", MAPPING);

    assert_eq!(import(&["a", "e"], &["--again"]).code, 0);
    assert_eq!(counted(&place), (12, 10));
}

#[test]
fn files_without_rows_stand_in_nobodys_way() {
    let place = place(MAPPING);
    place.file("b.csv", "item,quantity\n");
    for night in 0..3 {
        place.file("a.csv", &format!("item,quantity\na{night},1\n"));
        let ended = import(&place, TO, &["a", "b"], &[]);
        assert_eq!(ended.code, 0, "{night}: {}", ended.stderr);
    }
    assert_eq!(counted(&place), (3, 3));
}

fn rows(numbers: std::ops::Range<u32>) -> String {
    let rows = numbers.map(|number| format!("r{number},{number}\n"));
    std::iter::once("item,quantity\n".to_owned())
        .chain(rows)
        .collect()
}

#[test]
fn a_file_that_was_mended_or_has_grown_is_known_by_its_rows() {
    let before = rows(0..500).replace("r77,77\n", "r77,many\n");
    for (now, named) in [
        (rows(0..500), "a"),
        (rows(0..600), "a"),
        (rows(0..500), "e"),
        (rows(0..20_000), "a"),
        (before.clone() + "new,1\n", "e"),
    ] {
        let place = place(MAPPING);
        place.file("a.csv", &before);
        assert_eq!(import(&place, TO, &["a", "b"], &[]).code, 3);
        place.file(&format!("{named}.csv"), &now);
        for more in [&[][..], &["--resume"]] {
            let said = refused(&import(&place, TO, &[named, "c"], more));
            for word in [named, "a.csv", "retry", "--again"] {
                assert!(said.contains(word), "{word}: {said}");
            }
        }
        assert_eq!(counted(&place), (501, 501));
        // What is new goes in, under whatever name.
        place.file(&format!("{named}.csv"), &rows(30_000..30_500));
        assert_eq!(import(&place, TO, &[named, "c"], &[]).code, 0);
        assert_eq!(counted(&place), (1_003, 1_003));
    }
}

#[test]
fn rows_that_went_in_by_a_retry_or_by_another_mapping_count_as_well() {
    let strict = MAPPING.replace("\"integer\" }", "\"integer\", max = 0 }");
    let letters = |place: &Place| {
        let runs = std::fs::read_dir(place.path().join(".madang/imports")).expect("there");
        let mut files = runs.map(|run| run.expect("there").path().join("dead-letters.jsonl"));
        let found = files.find(|path| path.exists()).expect("some were refused");
        found.display().to_string()
    };
    // All rows were refused, and retried by the mended mapping.
    let first = place(&strict);
    assert_eq!(import(&first, TO, &["a"], &[]).code, 3);
    first.file("notes.toml", MAPPING);
    let file = letters(&first);
    let retry = [
        "import",
        "retry",
        &file,
        "--to",
        TO,
        "--mapping",
        "notes.toml",
    ];
    assert_eq!(first.madang(&retry).code, 0);
    let _ = refused(&import(&first, TO, &["a"], &["--resume"]));
    assert_eq!(counted(&first), (2, 2));

    // The first run had stopped before its first row; by the mended mapping all went in.
    let second = place(&strict);
    assert_eq!(
        import(&second, TO, &["a", "b"], &["--max-errors", "0"]).code,
        4
    );
    second.file("notes.toml", MAPPING);
    assert_eq!(import(&second, TO, &["a", "b"], &[]).code, 0);
    second.file("notes.toml", &strict);
    let said = refused(&import(&second, TO, &["a", "b"], &["--resume"]));
    assert!(said.contains("another mapping"), "{said}");
    assert_eq!(counted(&second), (4, 4));
}

#[test]
fn a_key_that_may_be_empty_is_none_for_a_table() {
    let place = place(&format!(
        "key = [\"item\"]\nkey_may_be_empty = true\n{MAPPING}"
    ));
    assert_eq!(import(&place, TO, &["a"], &[]).code, 0);
    let _ = refused(&import(&place, TO, &["a", "b"], &[]));
    assert_eq!(counted(&place), (2, 2));
}

#[test]
fn a_run_that_stopped_is_gone_on_with_where_its_files_are() {
    let words = [
        "import",
        "--mapping",
        "notes.toml",
        "a.csv",
        "b.csv",
        "--to",
        TO,
    ];
    let killed = |place: &Place| {
        let mut killed = place.command(&[&words[..], &["--batch-rows", "1"]].concat());
        killed.env("MADANG_FAILPOINT", "import/after-write:3");
        let killed = killed.output().expect("the program runs");
        assert_eq!(killed.status.code(), None);
        assert_eq!(counted(place), (3, 3));
    };
    // The words name the files in their order.
    let first = place(MAPPING);
    killed(&first);
    let said = refused(&import(&first, TO, &["b", "a"], &["--resume"]));
    let at = |name: &str| said.find(&format!("/{name}.csv")).expect("it is named");
    assert!(at("a") < at("b"), "{said}");
    // However a path is spelled, a file that was mended is the same file.
    first.file("b.csv", "item,quantity\nb9,9\n");
    for files in [["a", "b"], ["a", "./b"], ["./a", "./b"]] {
        let said = refused(&import(&first, TO, &files, &[]));
        assert!(said.contains("has changed"), "{said}");
    }

    // A folder that was moved would begin anew beside the rows that are there.
    let (second, third) = (place(MAPPING), Place::new());
    killed(&second);
    for name in ["notes.toml", "a.csv", "b.csv", "s.db", ".madang"] {
        std::fs::rename(second.path().join(name), third.path().join(name)).expect("moved");
    }
    let said = refused(&import(&third, TO, &["a", "b"], &["--resume"]));
    assert!(said.contains("has moved"), "{said}");
    for name in ["notes.toml", "a.csv", "b.csv", "s.db", ".madang"] {
        std::fs::rename(third.path().join(name), second.path().join(name)).expect("moved");
    }
    assert_eq!(import(&second, TO, &["a", "b"], &["--resume"]).code, 0);
    assert_eq!(counted(&second), (4, 4));
}

#[test]
fn a_new_file_under_the_name_of_one_that_stopped_goes_in_and_tells_of_it() {
    for mapping in [MAPPING, &format!("key = [\"item\"]\n{MAPPING}")] {
        let place = place(mapping);
        let bad: String = (0..50).map(|row| format!("x{row},bad\n")).collect();
        place.file("a.csv", &format!("{}{bad}", rows(0..100)));
        let more = ["--batch-rows", "10", "--max-errors", "3"];
        assert_eq!(import(&place, TO, &["a"], &more).code, 4);
        let (before, _) = counted(&place);
        place.file("a.csv", &rows(500..600));
        let ended = import(&place, TO, &["a"], &["--resume"]);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        assert!(ended.stdout.contains("left_behind"), "{}", ended.stdout);
        assert_eq!(counted(&place).0, before + 100);
        place.file("a.csv", &rows(700..800));
        let ended = import(&place, TO, &["a"], &["--resume"]);
        assert!(!ended.stdout.contains("left_behind"), "{}", ended.stdout);
    }
}

#[test]
fn of_two_that_begin_at_one_moment_one_knows_of_the_other() {
    for _ in 0..5 {
        let place = place(MAPPING);
        let lists = [&["a.csv"][..], &["a.csv", "b.csv"], &["b.csv", "a.csv"]];
        let running = lists.map(|files| {
            let words = [&["import", "--mapping", "notes.toml", "--to", TO], files].concat();
            let mut command = place.command(&words);
            let quiet = std::process::Stdio::null;
            command.stdout(quiet()).stderr(quiet());
            command.spawn().expect("the program runs")
        });
        for mut one in running {
            one.wait().expect("it ends");
        }
        let (rows, different) = counted(&place);
        assert_eq!(rows, different);
        assert!(rows >= 2, "one of them came first: {rows}");
    }
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
        let _ = refused(&import(&place, "parquet:lake", &["a", "b"], &[]));
        let ended = import(&place, "parquet:lake", &["a", "b"], &["--resume"]);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        assert!(
            ended.stdout.contains("\"rows_written\":2,"),
            "{}",
            ended.stdout
        );
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
