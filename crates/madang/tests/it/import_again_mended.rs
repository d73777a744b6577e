//! What is said, and what is safe, once something was mended after an import by it had begun.

use std::path::Path;

use rusqlite::Connection;
use serde_json::Value;

use crate::program::{Ended, Place};

const FIRST: &str = r#"name = "notes"
columns = [
  { name = "item", from = ["item"], type = "text" },
  { name = "quantity", from = ["quantity"], type = "integer" },
]"#;

fn mended() -> String {
    FIRST.replace("\"integer\" }", "\"integer\", units = [\"개\"] }")
}

fn keyed(mapping: &str) -> String {
    format!("key = [\"item\"]\n{mapping}")
}

/// Every hundredth row is wrong by the first mapping.
fn rows(count: u32) -> String {
    let rows = (0..count).map(|row| match row % 100 {
        99 => format!("I{row:06},{row}개\n"),
        _ => format!("I{row:06},{row}\n"),
    });
    std::iter::once("item,quantity\n".to_owned())
        .chain(rows)
        .collect()
}

fn place(mapping: &str) -> Place {
    let place = Place::new();
    place.file("notes.toml", mapping);
    place.file("notes.csv", &rows(2_000));
    place
}

const IMPORT: [&str; 8] = [
    "import",
    "--mapping",
    "notes.toml",
    "notes.csv",
    "--to",
    "sqlite:s.db",
    "--batch-rows",
    "100",
];

fn import(place: &Place, more: &[&str]) -> Ended {
    place.madang(&[&IMPORT[..], &["--json"], more].concat())
}

fn killed(place: &Place, words: &[&str]) {
    let mut killed = place.command(words);
    killed.env("MADANG_FAILPOINT", "import/after-write:5");
    let killed = killed.output().expect("the program runs");
    assert_eq!(killed.status.code(), None);
}

fn last_line(ended: &Ended) -> Value {
    let last = ended.stdout.lines().last().unwrap_or_default();
    serde_json::from_str(last).expect("a line of JSON")
}

/// What is wrong, and what to do about it.
#[track_caller]
fn refused(ended: &Ended) -> String {
    assert_eq!(ended.code, 2, "{}{}", ended.stdout, ended.stderr);
    let line = last_line(ended);
    format!("{}\n{}", line["problem"], line["help"])
}

#[track_caller]
fn has(said: &str, words: &[&str]) {
    for word in words {
        assert!(said.contains(word), "{word}: {said}");
    }
}

fn counted(place: &Place) -> (i64, i64) {
    let store = Connection::open(place.path().join("s.db")).expect("there");
    let sql = "SELECT count(*), count(DISTINCT item) FROM notes";
    let count = store.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)));
    count.expect("counted")
}

/// The only one, in the folder of its run.
fn left_behind(place: &Place, name: &str) -> String {
    let runs = std::fs::read_dir(place.path().join(".madang/imports")).expect("there");
    let found = runs.map(|run| run.expect("there").path().join(name));
    let found: Vec<_> = found.filter(|path| path.exists()).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    let path = found[0].strip_prefix(place.path()).unwrap_or(Path::new(""));
    path.display().to_string()
}

/// What the words say: first to the end by the mapping as it was, then the rows that were refused.
fn follow_the_words(place: &Place, said: &str, letters: &str) {
    // A retry keeps the mapping of its own in another folder.
    let mapping = letters.replace("dead-letters.jsonl", "mapping.toml");
    has(
        said,
        &["--resume", &mapping, "madang import retry", letters],
    );
    let mut words = IMPORT;
    words[2] = &mapping;
    let ended = place.madang(&[&words[..], &["--resume", "--max-errors", "100"]].concat());
    assert_eq!(ended.code, 3, "{}{}", ended.stdout, ended.stderr);
    let retry = ["import", "retry", letters, "--to", "sqlite:s.db"];
    let ended = place.madang(&[&retry[..], &["--mapping", "notes.toml", "--json"]].concat());
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
    assert_eq!(
        last_line(&ended)["report"]["findings"],
        Value::Array(vec![])
    );
    assert_eq!(counted(place), (2_000, 2_000));
}

#[test]
fn a_mapping_that_was_mended_after_a_limit_brings_no_row_twice_and_leaves_none_out() {
    let place = place(FIRST);
    assert_eq!(import(&place, &["--max-errors", "3"]).code, 4);
    place.file("notes.toml", &mended());
    let letters = left_behind(&place, "dead-letters.jsonl");
    for more in [&[][..], &["--resume"]] {
        let said = refused(&import(&place, more));
        has(&said, &["did not come to its end"]);
        says_no_wrong(&place, &said);
    }
    let said = refused(&import(&place, &[]));

    // Retried too early, the rows that were refused go in, and what is missing is told.
    let retry = ["import", "retry", &letters, "--to", "sqlite:s.db"];
    let ended = place.madang(&[&retry[..], &["--mapping", "notes.toml", "--json"]].concat());
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
    let findings = &last_line(&ended)["report"]["findings"];
    assert_eq!(findings[0]["code"], "run_not_ended", "{findings}");
    has(&findings[0]["message"].to_string(), &["--resume"]);
    has(&ended.stderr, &["did not come to its end", "--resume"]);

    follow_the_words(&place, &said, &letters);
}

/// Rows that were never read are not said to be nothing.
#[track_caller]
fn says_no_wrong(place: &Place, said: &str) {
    let before = counted(place);
    assert!(before.0 < 2_000 && before.0 == before.1, "{before:?}");
    for wrong in ["(0 rows", "it refused no row", "nothing is left"] {
        assert!(!said.contains(wrong), "{said}");
    }
}

#[test]
fn a_mapping_that_was_mended_after_a_kill_brings_no_row_twice_and_leaves_none_out() {
    let place = place(FIRST);
    killed(&place, &IMPORT);
    place.file("notes.toml", &mended());
    let letters = left_behind(&place, "dead-letters.jsonl");
    let mut said = String::new();
    for more in [&[][..], &["--resume"]] {
        said = refused(&import(&place, more));
        has(&said, &["killed", "refused"]);
        says_no_wrong(&place, &said);
    }
    follow_the_words(&place, &said, &letters);
}

#[test]
fn a_mapping_that_was_mended_is_not_called_a_file_that_changed() {
    let place = place(&keyed(FIRST));
    killed(&place, &IMPORT);
    place.file("notes.toml", &keyed(&mended()));
    let said = refused(&import(&place, &["--resume"]));
    assert!(!said.contains("bring the old file back"), "{said}");
    let mapping = left_behind(&place, "mapping.toml");
    has(&said, &["another mapping", &mapping, "without --resume"]);
    let ended = import(&place, &[]);
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
    assert_eq!(counted(&place), (2_000, 2_000));
}

#[test]
fn an_import_goes_on_as_its_file_was_read_at_first() {
    let check = |at_first: &[&str], then: &[&str], named: &str| {
        let place = Place::new();
        place.file("notes.toml", FIRST);
        place.file("notes.csv", &rows(90).replace('개', ""));
        let words = [&IMPORT[..6], &["--batch-rows", "10"], at_first].concat();
        killed(&place, &words);
        let words = [&IMPORT[..6], &["--resume", "--json"], then].concat();
        let said = refused(&place.madang(&words));
        has(&said, &[named]);
        let words = [&IMPORT[..6], &["--resume", "--json"], at_first].concat();
        let ended = place.madang(&words);
        assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
        assert_eq!(counted(&place), (90, 90));
    };
    check(&[], &["--skip-lines", "1"], "--skip-lines");
    check(&[], &["--no-header"], "--no-header");
    check(&[], &["--encoding", "cp949"], "--encoding");
    check(&[], &["--separator", ";"], "--separator");
    check(&["--quote", "none"], &["--quote", "'"], "--quote");
    check(&["--quote", "none"], &[], "--quote none");
}

#[test]
fn refused_rows_are_tried_without_their_reasons_and_not_without_their_head() {
    let place = place(FIRST);
    assert_eq!(import(&place, &[]).code, 3);
    let letters = left_behind(&place, "dead-letters.jsonl");
    let text = std::fs::read_to_string(place.path().join(&letters)).expect("there");
    let (head, lines) = text.split_once('\n').expect("a head");
    let bare = |line: &str| {
        let mut letter: Value = serde_json::from_str(line).expect("a line of JSON");
        letter.as_object_mut().expect("an object").remove("reasons");
        letter.to_string().replace('개', "")
    };
    let bare: Vec<String> = lines.lines().map(bare).collect();
    let bare = bare.join("\n");
    let retry = |more: &[&str]| {
        let words = [
            "import",
            "retry",
            "bare.jsonl",
            "--to",
            "sqlite:s.db",
            "--json",
        ];
        place.madang(&[&words[..], more].concat())
    };
    place.file("bare.jsonl", &bare);
    has(&refused(&retry(&[])), &["head line"]);
    place.file("bare.jsonl", &format!("{head}\n{bare}\n"));
    let ended = retry(&[]);
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
    assert_eq!(counted(&place), (2_000, 2_000));

    // The words of a second try name what there is.
    has(&refused(&retry(&[])), &["--again"]);
    let ended = retry(&["--again"]);
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
    assert_eq!(counted(&place), (2_000, 2_000));
}
