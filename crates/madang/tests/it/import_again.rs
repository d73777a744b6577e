//! Importing what was imported before: nothing is done twice, and nothing that is new is passed over.

use rusqlite::Connection;
use serde_json::Value;

use crate::program::{Ended, Place};

/// Rows of an export with columns of fixed width: longer than what stands for a file before it is read.
fn stock(count: u32, changed: Option<u32>) -> String {
    let rows = (0..count).map(|row| {
        let left = match changed == Some(row) {
            true => 99,
            false => 10 + row % 80,
        };
        format!("I{row:06},name {row:06},{left}\n")
    });
    std::iter::once("item,title,quantity\n".to_owned())
        .chain(rows)
        .collect()
}

const KEYLESS: &str = r#"name = "notes"
columns = [
  { name = "item", from = ["item"], type = "text" },
  { name = "quantity", from = ["quantity"], type = "integer" },
]"#;

fn report(ended: &Ended) -> Value {
    let last = ended.stdout.lines().last().unwrap_or_default();
    let line: Value = serde_json::from_str(last).expect("a line of JSON");
    line["report"].clone()
}

fn counted(place: &Place, sql: &str) -> i64 {
    let store = Connection::open(place.path().join("s.db")).expect("there");
    store.query_row(sql, [], |row| row.get(0)).expect("counted")
}

const TO: [&str; 2] = ["--to", "sqlite:s.db"];

#[test]
fn a_file_that_changed_anywhere_is_not_taken_for_the_one_that_was_imported() {
    let place = Place::new();
    let import = |more: &[&str]| {
        let words = [&["import", "stock", "stock.csv"], &TO[..], more].concat();
        place.madang(&words)
    };
    place.file("stock.csv", &stock(5_000, None));
    assert_eq!(import(&[]).code, 0);
    let same = import(&["--resume", "--metrics", "import.prom"]);
    assert_eq!(same.code, 0, "{}", same.stderr);
    assert!(same.stdout.contains("nothing to do"), "{}", same.stdout);
    let metrics = || std::fs::read_to_string(place.path().join("import.prom")).expect("written");
    assert!(metrics().contains("} 1\n"), "{}", metrics());

    for changed in [4_000, 4_999] {
        place.file("stock.csv", &stock(5_000, Some(changed)));
        let ended = import(&["--resume", "--metrics", "import.prom"]);
        assert_eq!(ended.code, 2, "{}", ended.stdout);
        assert!(ended.stderr.contains("--again"), "{}", ended.stderr);
        let complete = "madang_import_complete{mapping=\"stock\",sink=\"table stock of s.db\"} 0";
        assert!(metrics().contains(complete), "{}", metrics());
    }
    assert_eq!(import(&["--again"]).code, 0);
    let of = "SELECT max(quantity) FROM stock";
    assert_eq!(counted(&place, of), 99);
    assert_eq!(import(&["--resume"]).code, 0, "of the last round");

    let missing = place.madang(&[
        "import",
        "stock",
        "none.csv",
        "--to",
        "sqlite:s.db",
        "--metrics",
        "import.prom",
    ]);
    assert_eq!(missing.code, 2);
    assert!(metrics().contains("} 0\n"), "{}", metrics());
}

#[test]
fn a_stream_is_read_to_its_end_before_it_is_taken_for_the_one_that_was_imported() {
    let place = Place::new();
    let import = |text: &str, more: &[&str]| {
        let words = [&["import", "stock", "-"], &TO[..], more].concat();
        place.madang_with_input(&words, text)
    };
    let text = stock(5_000, None);
    assert_eq!(import(&text, &[]).code, 0);
    assert_eq!(import(&text, &["--resume"]).code, 0);
    let more = format!("{text}I9,new,5\n");
    assert_eq!(import(&more, &["--resume"]).code, 2);
    assert_eq!(import(&stock(5_000, Some(4_000)), &["--resume"]).code, 2);
    assert_eq!(import(&more, &["--again"]).code, 0);
    assert_eq!(
        counted(&place, "SELECT count(DISTINCT item) FROM stock"),
        5_001
    );
}

#[test]
fn a_sink_that_was_emptied_is_not_said_to_have_the_rows() {
    let place = Place::new();
    place.file("stock.csv", &stock(20, None));
    let import = |to: &str, more: &[&str]| {
        let words = [&["import", "stock", "stock.csv", "--to", to], more].concat();
        place.madang(&words)
    };
    let lost = |to: &str, path: &str| {
        assert_eq!(import(to, &[]).code, 0);
        assert_eq!(import(to, &["--resume"]).code, 0);
        let path = place.path().join(path);
        match path.is_dir() {
            true => std::fs::remove_dir_all(path).expect("removed"),
            false => std::fs::remove_file(path).expect("removed"),
        }
        let ended = import(to, &["--resume"]);
        assert_eq!(ended.code, 2, "{to}: {}", ended.stdout);
        assert!(ended.stderr.contains("--again"), "{}", ended.stderr);
        assert_eq!(import(to, &["--again"]).code, 0);
    };
    lost("sqlite:s.db", "s.db");
    lost("parquet:lake", "lake");
}

#[test]
fn a_refused_row_is_imported_once_however_its_file_is_mended() {
    let place = Place::new();
    place.file("notes.toml", KEYLESS);
    let rows: String = (0..20).map(|row| format!("I{row},bad{row}\n")).collect();
    place.file("notes.csv", &format!("item,quantity\nA,1\n{rows}"));
    let words = ["import", "--mapping", "notes.toml", "notes.csv", "--json"];
    let ended = place.madang(&[&words[..], &TO].concat());
    let letters = report(&ended)["dead_letters"]
        .as_str()
        .expect("a path")
        .to_owned();
    let text = std::fs::read_to_string(place.path().join(letters)).expect("there");
    let mended = |count: usize| {
        (0..count).rev().fold(text.clone(), |text, row| {
            text.replace(&format!("I{row},bad{row}"), &format!("I{row},{row}"))
        })
    };
    let retry = |text: &str, expected: i32, count: i64| {
        place.file("half.jsonl", text);
        let ended = place.madang(&[&["import", "retry", "half.jsonl"], &TO[..]].concat());
        assert_eq!(ended.code, expected, "{}", ended.stderr);
        assert_eq!(counted(&place, "SELECT count(*) FROM notes"), count);
    };
    retry(&mended(8), 3, 9);
    retry(&mended(12), 3, 13);
    let all = mended(20);
    let (head, lines) = all.split_once('\n').expect("a header");
    let lines: Vec<&str> = lines.lines().collect();
    let twice: Vec<&str> = lines.iter().chain(&lines).copied().collect();
    retry(&format!("{head}\n{}\n", twice.join("\n")), 0, 21);
    let turned: Vec<&str> = lines.iter().rev().copied().collect();
    retry(&format!("{head}\n{}\n", turned.join("\n")), 0, 21);
    assert_eq!(
        counted(&place, "SELECT count(DISTINCT item) FROM notes"),
        21
    );

    // What is kept of imports is lost, and the sink knows the rows.
    std::fs::remove_dir_all(place.path().join(".madang/imports")).expect("removed");
    retry(&all, 0, 21);
}

#[test]
fn a_refused_row_is_in_one_part_however_often_its_file_is_mended() {
    let place = Place::new();
    place.file("notes.toml", KEYLESS);
    let rows: String = (0..6).map(|row| format!("I{row},bad{row}\n")).collect();
    place.file("notes.csv", &format!("item,quantity\nA,1\n{rows}"));
    let into = ["--to", "parquet:lake"];
    let words = ["import", "--mapping", "notes.toml", "notes.csv", "--json"];
    let ended = place.madang(&[&words[..], &into].concat());
    let letters = report(&ended)["dead_letters"]
        .as_str()
        .expect("a path")
        .to_owned();
    let mut text = std::fs::read_to_string(place.path().join(letters)).expect("there");
    let items = || {
        let parts = std::fs::read_dir(place.path().join("lake")).expect("there");
        let parts = parts.map(|part| part.expect("there").path().display().to_string());
        let mut parts: Vec<String> = parts.filter(|part| part.ends_with(".parquet")).collect();
        parts.sort();
        let mut words = vec![
            "import",
            "--mapping",
            "notes.toml",
            "--to",
            "sqlite:s.db",
            "--again",
        ];
        words.extend(parts.iter().map(String::as_str));
        let _ = std::fs::remove_file(place.path().join("s.db"));
        assert_eq!(place.madang(&words).code, 0);
        let all = counted(&place, "SELECT count(*) FROM notes");
        let different = counted(&place, "SELECT count(DISTINCT item) FROM notes");
        (all, different)
    };
    for (row, expected) in [(4, 3), (1, 3), (0, 3)] {
        text = text.replace(&format!("I{row},bad{row}"), &format!("I{row},{row}"));
        place.file("half.jsonl", &text);
        let ended = place.madang(&[&["import", "retry", "half.jsonl"], &into[..]].concat());
        assert_eq!(ended.code, expected, "{}", ended.stderr);
    }
    assert_eq!(items(), (4, 4));
    // The folder of parts knows its rows, whatever is lost beside it.
    std::fs::remove_dir_all(place.path().join(".madang/imports")).expect("removed");
    let ended = place.madang(&[&["import", "retry", "half.jsonl"], &into[..]].concat());
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    assert_eq!(items(), (4, 4));
}

#[test]
fn a_file_and_a_sink_are_the_same_however_they_are_spelled() {
    let place = Place::new();
    place.file("notes.toml", KEYLESS);
    place.file("notes.csv", "item,quantity\nA,1\nB,2\n");
    let path = |name: &str| place.path().join(name).display().to_string();
    let files = [
        "notes.csv".to_owned(),
        "./notes.csv".into(),
        path("notes.csv"),
    ];
    let sinks = ["s.db".to_owned(), "./s.db".into(), path("s.db")];
    let mut is_first = true;
    for file in &files {
        for sink in &sinks {
            let to = format!("sqlite:{sink}");
            let words = ["import", "--mapping", "notes.toml", file, "--to", &to];
            let ended = place.madang(&words);
            let expected = if std::mem::take(&mut is_first) { 0 } else { 2 };
            assert_eq!(ended.code, expected, "{file} {sink}: {}", ended.stderr);
            let resumed = place.madang(&[&words[..], &["--resume"]].concat());
            assert_eq!(resumed.code, 0, "{file} {sink}: {}", resumed.stderr);
        }
    }
    assert_eq!(counted(&place, "SELECT count(*) FROM notes"), 2);
}

#[test]
fn a_server_that_is_away_at_the_start_is_tried_again_and_told() {
    let place = Place::new();
    // Nobody listens there: the port was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a port")
        .port();
    let url = format!("http://127.0.0.1:{port}/menu.csv");
    let words = ["import", "menu", &url, "--metrics", "import.prom"];
    let ended = place.madang(&[&words[..], &TO].concat());
    assert_eq!(ended.code, 74, "{}", ended.stderr);
    let metrics = std::fs::read_to_string(place.path().join("import.prom")).expect("written");
    assert!(metrics.contains("madang_import_complete{"), "{metrics}");
}
