//! What is named to be imported, and what is told of it.

use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::os::unix::ffi::OsStringExt as _;
use std::process::{Command, Stdio};
use std::thread;

use serde_json::{Value, json};

use crate::program::{Ended, Place};

const MENU: &str = "상품코드,상품명,가격\nA1,아메리카노,4500\nA2,카페라떼,5000\n";

/// Lines of JSON on standard output.
fn lines(ended: &Ended) -> Vec<Value> {
    let line = |line| serde_json::from_str(line).expect("JSON");
    ended.stdout.lines().map(line).collect()
}

fn report(ended: &Ended) -> Value {
    lines(ended).pop().expect("a report")["report"].clone()
}

#[test]
fn a_pipe_that_is_named_as_a_file_is_read_from_its_first_byte() {
    let place = Place::new();
    place.file(
        "plain.toml",
        "name = \"plain\"\n[[columns]]\nname = \"a\"\nfrom = [\"column_1\"]\ntype = \"integer\"\n",
    );
    let pipe = place.path().join("rows");
    let made = Command::new("mkfifo").arg(&pipe).status().expect("mkfifo");
    assert!(made.success());
    let to = pipe.clone();
    let writer = thread::spawn(move || {
        let mut pipe = fs::OpenOptions::new().write(true).open(to)?;
        (0..50_000).try_for_each(|row| writeln!(pipe, "{row}"))
    });
    let ended = place.madang(&[
        "import",
        "--mapping",
        "plain.toml",
        "--no-header",
        "rows",
        "--to",
        "sqlite:shop.db",
        "--json",
    ]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    writer.join().expect("no panic").expect("all is read");
    assert_eq!(report(&ended)["rows_written"], 50_000);
    let store = rusqlite::Connection::open(place.path().join("shop.db")).expect("there");
    let sum = store.query_row("SELECT sum(a) FROM plain", [], |row| row.get::<_, i64>(0));
    assert_eq!(sum.expect("a sum"), 49_999 * 25_000);

    // A file of refused rows is read more than once.
    let ended = place.madang(&["import", "retry", "rows", "--to", "sqlite:shop.db"]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("is a pipe"), "{}", ended.stderr);
}

#[test]
fn mended_rows_are_not_held_to_what_only_a_whole_file_can_hold() {
    let place = Place::new();
    place.file(
        "sums.toml",
        "name = \"sums\"\n[[columns]]\nname = \"day\"\ntype = \"text\"\n[[columns]]\nname = \"amount\"\ntype = \"money\"\n\
         [total_row]\ncolumns = [\"day\"]\nsums = [\"amount\"]\nrequired = true\n[rows]\nmin = 3\n",
    );
    place.file("sums.csv", "day,amount\n1,10\n2,twenty\n3,30\n합계,60\n");
    let import = |words: &[&str]| {
        let to = ["--to", "sqlite:shop.db", "--json"];
        place.madang(&[&["import"], words, &to].concat())
    };
    let ended = import(&["--mapping", "sums.toml", "sums.csv"]);
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    let letters = report(&ended)["dead_letters"].clone();
    let letters = place.path().join(letters.as_str().expect("a path"));
    let text = fs::read_to_string(&letters).expect("there");
    place.file("half.jsonl", &text);
    let ended = import(&["retry", "half.jsonl"]);
    assert_eq!(ended.code, 3, "nothing was mended");
    let again = report(&ended)["dead_letters"].clone();
    assert_eq!(report(&ended)["findings"], serde_json::json!([]));
    let again = fs::read_to_string(place.path().join(again.as_str().expect("a path")));
    let again = again.expect("there");
    place.file("mended.jsonl", &again.replace("2,twenty", "2,20"));
    let ended = import(&["retry", "mended.jsonl"]);
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
    assert_eq!(report(&ended)["rows_written"], 1);
}

#[test]
fn one_damaged_run_does_not_hide_the_others() {
    let place = Place::new();
    place.file("menu.csv", MENU);
    for name in ["one", "other"] {
        let to = format!("sqlite:{name}.db");
        let ended = place.madang(&["import", "menu", "menu.csv", "--to", &to]);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
    }
    let runs = place.path().join(".madang/imports");
    let mut names: Vec<String> = fs::read_dir(&runs)
        .expect("there")
        .map(|run| run.expect("there"))
        .filter(|run| run.path().is_dir())
        .map(|run| run.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    fs::write(runs.join(&names[0]).join("run.json"), "{\"ver").expect("written");
    let history = |more: &[&str]| place.madang(&[&["import", "history"], more].concat());
    let listed = history(&[]);
    assert_eq!(listed.code, 0, "{}", listed.stderr);
    let damaged = listed
        .stdout
        .lines()
        .find(|line| line.starts_with(&names[0]));
    let damaged = damaged.expect("it is listed");
    assert!(damaged.contains("run.json is damaged"), "{damaged}");
    assert!(listed.stdout.contains(&names[1]), "{}", listed.stdout);
    let machine = lines(&history(&["--json"]));
    assert_eq!(machine[0]["run"]["name"], names[1].as_str());
    assert_eq!(machine[1]["damaged"], names[0].as_str());
    assert_eq!(history(&[&names[0]]).code, 73);
    assert_eq!(history(&[&names[1]]).code, 0);
}

#[test]
fn a_machine_is_told_what_ended_an_import_before_it_began() {
    let place = Place::new();
    place.file("menu.csv", MENU);
    let check = |words: &[&str], code: i32, problem: &str| {
        let ended = place.madang(&[&["import"], words, &["--json"]].concat());
        assert_eq!(ended.code, code, "{words:?}: {}", ended.stderr);
        let said = lines(&ended);
        let [said] = said.as_slice() else {
            panic!("{words:?}: one line, not {}", ended.stdout);
        };
        assert_eq!(
            (&said["type"], &said["code"]),
            (&"error".into(), &code.into())
        );
        let told = said["problem"].as_str().unwrap_or_default();
        assert!(told.contains(problem), "{words:?}: {told}");
    };
    let to = ["--to", "sqlite:shop.db"];
    check(
        &["menu", "none.csv", to[0], to[1]],
        2,
        "there is no such file",
    );
    check(&["meun", "menu.csv", "--dry-run"], 2, "no kind of import");
    check(&["retry", "none.jsonl", to[0], to[1]], 2, "none.jsonl");
    // Where there is a report, it tells.
    place.file("bad.csv", "상품코드,상품명,가격\nA1,아메리카노,싸요\n");
    let ended = place.madang(&["import", "menu", "bad.csv", "--dry-run", "--json"]);
    assert_eq!(ended.code, 3);
    assert_eq!(lines(&ended).pop().expect("a report")["type"], "report");
}

#[test]
fn a_name_that_is_not_utf_8_is_a_name() {
    let place = Place::new();
    // 메뉴.csv in CP949.
    let name = OsString::from_vec(b"\xb8\xde\xb4\xba.csv".to_vec());
    fs::write(place.path().join(&name), MENU).expect("written");
    let output = place
        .command(&["import", "menu"])
        .arg(&name)
        .args(["--to", "sqlite:shop.db", "--json"])
        .stdout(Stdio::piped())
        .output()
        .expect("the program runs");
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let last: Value = serde_json::from_str(text.lines().last().expect("a report")).expect("JSON");
    assert_eq!(last["report"]["rows_written"], 2);
    assert_eq!(last["report"]["inputs"][0], "\u{fffd}޴\u{fffd}.csv");
}

#[test]
fn the_encoding_that_a_file_turned_out_to_have_is_told() {
    let place = Place::new();
    let rows: String = (0..20_000)
        .map(|row| format!("A{row},item,4500\n"))
        .collect();
    let check = |last: &[u8], expected: &str| {
        let text = [b"item,title,price\n", rows.as_bytes(), last].concat();
        fs::write(place.path().join("late.csv"), text).expect("written");
        let ended = place.madang(&["import", "menu", "late.csv", "--dry-run", "--json"]);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        let format = report(&ended)["format"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        assert!(format.starts_with(expected), "{format}");
    };
    check(b"B1,item,1\n", "ASCII, CSV");
    check("B1,가나다,1\n".as_bytes(), "UTF-8, CSV");
    check(b"B1,\xb0\xa1\xb3\xaa\xb4\xd9,1\n", "CP949, CSV");
}

#[test]
fn a_dry_run_finds_what_the_till_would_refuse() {
    let place = Place::new();
    place.file("menu.csv", MENU);
    place.file("stock.csv", "상품코드,실사수량\nA1,12\nZ9,3\nA2,4\n");
    let till = place.dev(&[]);
    let import = |words: &[&str]| {
        let to = ["--to", "till", "--json"];
        place.madang(&[&["import"], words, &to].concat())
    };
    assert_eq!(import(&["menu", "menu.csv"]).code, 0);
    let (_, before) = till.ask("GET", "/api/shop", None);
    let ended = import(&["stock", "stock.csv", "--dry-run"]);
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    let report = report(&ended);
    assert_eq!(report["rows_written"], 2);
    assert_eq!(report["refused_by_reason"]["no_such_item"], 1);
    assert_eq!(report["first_refused"][0]["place"]["line"], 3);
    assert_eq!(import(&["menu", "menu.csv", "--dry-run"]).code, 0);
    let (_, after) = till.ask("GET", "/api/shop", None);
    assert_eq!(after["items"], before["items"]);
}

#[test]
fn every_mistake_of_a_mapping_is_shown_at_its_line() {
    let place = Place::new();
    place.file("menu.csv", MENU);
    place.file(
        "own.toml",
        "name = \"own\"\n[[columns]]\nname = \"상품명\"\ntype = \"txt\"\n[[columns]]\nname = \"price\"\ntype = \"money\"\nrequird = true\n",
    );
    let words = [
        "import",
        "--mapping",
        "own.toml",
        "menu.csv",
        "--to",
        "sqlite:shop.db",
    ];
    let ended = place.madang(&words);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    insta::assert_snapshot!(ended.stderr, @r#"
      × the mapping cannot be used
      help: docs/import-mappings.md describes mappings

    Error: 
      × own.toml:4:8: `type` must be one of text, integer, decimal, money, boolean, date, timestamp; write for example `type = "text"`
       ╭─[own.toml:4:8]
     3 │ name = "상품명"
     4 │ type = "txt"
       ·        ──┬──
       ·          ╰── here
     5 │ [[columns]]
       ╰────
      help: `type`의 값이 올바르지 않아요. 예: `type = "text"`

    Error: 
      × own.toml:8:1: there is no key `requird` in column `price`; is `required` meant?
       ╭─[own.toml:8:1]
     7 │ type = "money"
     8 │ requird = true
       · ───┬───
       ·    ╰── here
       ╰────
      help: `price` 열에 `requird`라는 항목은 없어요. 혹시 `required`인가요?
    "#);
    let said = lines(&place.madang(&[&words[..], &["--json"]].concat())).remove(0);
    let problem = said["problem"].as_str().unwrap_or_default();
    for mistake in ["own.toml:4:8: `type`", "own.toml:8:1: there is no key"] {
        assert!(problem.contains(mistake), "{problem}");
    }
}

#[test]
fn a_default_is_for_rows_that_are_new() {
    let place = Place::new();
    let mapping = |empty: &str| {
        format!(
            "name = \"goods\"\nkey = [\"item\"]\n[[columns]]\nname = \"item\"\ntype = \"text\"\n[[columns]]\nname = \"price\"\ntype = \"money\"\nrequired = true\ndefault = 1000\n{empty}\n\
             [[columns]]\nname = \"tax\"\ntype = \"money\"\ndefault = \"100\"\n[[row_checks]]\nrule = \"tax < price\"\n"
        )
    };
    place.file("goods.toml", &mapping(""));
    let import = |csv: &str| {
        place.file("goods.csv", csv);
        place.madang(&[
            "import",
            "--mapping",
            "goods.toml",
            "goods.csv",
            "--to",
            "sqlite:shop.db",
        ])
    };
    let rows = || {
        let store = rusqlite::Connection::open(place.path().join("shop.db")).expect("there");
        let mut read = store
            .prepare("SELECT item || ' ' || price || ' ' || tax FROM goods ORDER BY item")
            .expect("a table");
        let rows = read.query_map([], |row| row.get::<_, String>(0));
        let rows = rows.expect("rows").map(|row| row.expect("text"));
        rows.collect::<Vec<_>>()
    };
    assert_eq!(import("item,price,tax\nA,5000,500\n").code, 0);
    assert_eq!(import("item,price\nA,\nB,\n").code, 0);
    assert_eq!(rows(), ["A 5000 500", "B 1000 100"]);
    // A row is held to its checks with the default.
    assert_eq!(import("item,price\nC,90\n").code, 3);
    place.file("goods.toml", &mapping("empty = \"default\""));
    assert_eq!(import("item,price\nA,\n").code, 0);
    assert_eq!(rows(), ["A 1000 500", "B 1000 100"]);
}

#[test]
fn what_ended_an_import_is_told_though_its_report_could_not_be_kept() {
    let place = Place::new();
    place.file("menu.csv", "상품코드,상품명,가격\nA1,아메리카노,싯가\n");
    let import = |more: &[&str]| {
        let words = ["import", "menu", "menu.csv", "--to", "sqlite:shop.db"];
        place.madang(&[&words, more].concat())
    };
    assert_eq!(import(&["--max-errors", "0"]).code, 4);
    let runs = fs::read_dir(place.path().join(".madang/imports")).expect("there");
    let mut runs = runs.map(|run| run.expect("there").path());
    let run = runs.find(|path| path.is_dir()).expect("a run");
    fs::create_dir(run.join("report.new")).expect("in the way of the report");
    let ended = import(&["--max-errors", "0", "--resume"]);
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    assert!(ended.stdout.contains("1 refused"), "{}", ended.stdout);
    assert!(ended.stderr.contains("--resume"), "{}", ended.stderr);
    let ended = import(&["--max-errors", "9", "--resume"]);
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    assert!(ended.stderr.contains("report.json"), "{}", ended.stderr);
}

/// What a process may write into one file stands for the room on a disk. A shell hands on to its program that it does not end by the signal.
#[test]
fn a_full_disk_is_told_with_its_folder_and_what_to_do() {
    let place = Place::new();
    let rows: String = (0..2_000)
        .map(|row| format!("A{row},아메리카노,싯가\n"))
        .collect();
    place.file("menu.csv", &format!("상품코드,상품명,가격\n{rows}"));
    let ended = Command::new("sh")
        .arg("-c")
        .arg("trap '' XFSZ; ulimit -f 128; exec \"$0\" import menu menu.csv --to sqlite:shop.db")
        .arg(env!("CARGO_BIN_EXE_madang"))
        .current_dir(place.path())
        .output()
        .expect("sh");
    let stderr = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(73), "{stderr}");
    for said in [
        "dead-letters.jsonl",
        "the disk that .madang/imports/menu-",
        "is full: make room there, then --resume goes on",
        "--resume로 이어 가세요",
    ] {
        assert!(stderr.contains(said), "{stderr}");
    }
    let stdout = String::from_utf8_lossy(&ended.stdout);
    assert!(stdout.contains("2,000 rows read, 0 written"), "{stdout}");
    let resumed = place.madang(&[
        "import",
        "menu",
        "menu.csv",
        "--to",
        "sqlite:shop.db",
        "--resume",
    ]);
    assert_eq!(resumed.code, 3, "{}", resumed.stderr);
}

#[test]
fn a_parquet_file_is_imported_by_the_screen() {
    let place = Place::new();
    place.file("menu.csv", MENU);
    let made = place.madang(&["import", "menu", "menu.csv", "--to", "parquet:lake"]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    let part = fs::read_dir(place.path().join("lake"))
        .expect("there")
        .next();
    let part = fs::read(part.expect("a part").expect("there").path()).expect("there");
    let till = place.dev(&[]);
    let (status, upload) = till.bring("/api/import/uploads?name=menu.parquet", &part);
    assert_eq!(status, 200, "{upload}");
    let asked = json!({ "upload": upload["id"] });
    let (status, proposal) = till.ask("POST", "/api/import/proposal", Some(&asked));
    assert_eq!(status, 200, "{proposal}");
    assert_eq!(
        (&proposal["format"], &proposal["kind"]),
        (&json!("parquet"), &json!("menu"))
    );
    assert_eq!(proposal["rows"][0][0], "A1");
    let asked = json!({ "upload": upload["id"], "mapping": { "kind": "menu" } });
    let (status, begun) = till.ask("POST", "/api/import/start", Some(&asked));
    assert_eq!(status, 200, "{begun}");
    let report = loop {
        let (_, work) = till.ask("GET", "/api/import/work", None);
        if work["job"]["report"].is_object() {
            break work["job"]["report"].clone();
        }
        thread::yield_now();
    };
    assert_eq!(
        (&report["outcome"], &report["rows_written"]),
        (&json!("done"), &json!(2)),
        "{report}"
    );
    let (_, shop) = till.ask("GET", "/api/shop", None);
    let items = shop["items"].as_array().expect("items");
    let titles = ["아메리카노", "카페라떼"];
    assert!(titles.iter().all(|title| {
        items
            .iter()
            .any(|item| item["title"].to_string().contains(title))
    }));
    // The same file, brought again, is the same import.
    let (_, again) = till.bring("/api/import/uploads?name=menu.parquet", &part);
    let asked = json!({ "upload": again["id"], "mapping": { "kind": "menu" } });
    let (status, refused) = till.ask("POST", "/api/import/start", Some(&asked));
    assert_eq!(status, 409, "{refused}");
    assert_eq!(till.end(), 0);
}

#[test]
#[cfg(unix)]
fn a_file_that_is_named_twice_is_not_imported_twice() {
    let place = Place::new();
    let menu = |code: &str| format!("상품코드,상품명,가격\n{code},아메리카노,4500\n");
    place.file("small.csv", &menu("A1"));
    place.file("other.csv", &menu("B1"));
    place.file("copy.csv", &menu("A1"));
    let at = |name: &str| place.path().join(name);
    std::os::unix::fs::symlink("small.csv", at("link.csv")).expect("a link");
    std::os::unix::fs::symlink(".", at("folder")).expect("a link");
    fs::hard_link(at("small.csv"), at("hard.csv")).expect("a link");
    for (name, entries) in [
        ("two.zip", &["a.csv", "b.csv"][..]),
        ("one.zip", &["a.csv"]),
    ] {
        let mut archive = zip::ZipWriter::new(fs::File::create(at(name)).expect("new"));
        for entry in entries {
            let options = zip::write::SimpleFileOptions::default();
            archive.start_file(*entry, options).expect("new");
            let text = menu(&entry[..1]);
            archive.write_all(text.as_bytes()).expect("written");
        }
        archive.finish().expect("written");
    }
    let made = place.madang(&["import", "menu", "small.csv", "--to", "parquet:lake"]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    let part = fs::read_dir(at("lake")).expect("there").next();
    let part = part.expect("a part").expect("there").file_name();
    let part = format!("lake/{}", part.to_string_lossy());
    let import = |names: &[&str]| {
        let to = ["--to", "sqlite:shop.db", "--again"];
        let words = [&["import", "menu"], names, &to].concat();
        place.madang_with_input(&words, &menu("S1"))
    };
    let whole = at("small.csv").display().to_string();
    let twice: &[&[&str]] = &[
        &["small.csv", "small.csv"],
        &["small.csv", "other.csv", "./small.csv"],
        &["small.csv", "folder/small.csv"],
        &["small.csv", &whole],
        &["small.csv", "link.csv"],
        &["small.csv", "hard.csv"],
        &["two.zip!a.csv", "./two.zip!a.csv"],
        &["one.zip", "one.zip!a.csv"],
        &[&part, &part],
        &["-", "-"],
    ];
    for names in twice {
        let ended = import(names);
        assert_eq!(ended.code, 2, "{names:?}: {}{}", ended.stdout, ended.stderr);
        let last = names
            .last()
            .expect("named")
            .replace(&whole, "[here]/small.csv");
        let told = format!("{last} is named twice");
        assert!(ended.stderr.contains(&told), "{names:?}: {}", ended.stderr);
        assert!(ended.stderr.contains("name it once"), "{}", ended.stderr);
    }
    assert!(!at("shop.db").exists(), "nothing was written");
    for names in [
        ["two.zip!a.csv", "two.zip!b.csv"],
        ["small.csv", "other.csv"],
    ] {
        let ended = import(&names);
        assert_eq!(ended.code, 0, "{names:?}: {}", ended.stderr);
    }
    // A copy is a file of its own; what stands in both is found by its key.
    assert_eq!(import(&["small.csv", "copy.csv"]).code, 3);
}

#[test]
fn whoever_watches_is_told_of_what_never_began() {
    let place = Place::new();
    place.file("menu.csv", MENU);
    place.file(
        "own.toml",
        "name = \"own\"\n[[columns]]\nname = \"price\"\ntype = \"mony\"\n",
    );
    let check = |words: &[&str], code: i32| {
        let yesterday = "madang_import_complete{mapping=\"own\",sink=\"table own of shop.db\"} 1\n";
        place.file("import.prom", yesterday);
        let more = ["--metrics", "import.prom", "--to"];
        let ended = place.madang(&[&["import"], words, &more, &["sqlite:shop.db"]].concat());
        assert_eq!(ended.code, code, "{words:?}: {}", ended.stderr);
        let text = fs::read_to_string(place.path().join("import.prom")).expect("there");
        let mut complete = text
            .lines()
            .filter(|line| line.starts_with("madang_import_complete{"));
        let line = complete.next().expect("a figure");
        assert!(line.ends_with(" 0"), "{words:?}: {text}");
        assert_eq!(complete.next(), None, "{text}");
        line.to_owned()
    };
    let missing = check(&["--mapping", "none.toml", "menu.csv"], 2);
    assert!(missing.contains("mapping=\"none\""), "{missing}");
    let broken = check(&["--mapping", "own.toml", "menu.csv"], 2);
    assert!(broken.contains("mapping=\"own\""), "{broken}");
    check(&["meun", "menu.csv"], 2);
    check(&["menu"], 2);
    check(&["menu", "none.csv"], 2);
    check(&["retry", "none.jsonl"], 2);
    check(&["retry", "menu.csv"], 2);
    place.file("bad.csv", "상품코드,상품명,가격\nA1,아메리카노,싸요\n");
    let refused = [
        "import",
        "menu",
        "bad.csv",
        "--to",
        "sqlite:shop.db",
        "--json",
    ];
    let letters = report(&place.madang(&refused))["dead_letters"].clone();
    let letters = letters.as_str().expect("a path");
    check(&["retry", letters, "--mapping", "none.toml"], 2);
    check(&["retry", letters, "--mapping", "own.toml"], 2);
}

/// What would take over a terminal that a name is printed on: a title, a colour, a line that looks like Madang's own.
const SLY: &str = "a\u{1b}]0;sly\u{7}\u{1b}[31m\rb\ndone: all imported\u{9b}2J.csv";

#[test]
#[cfg(unix)]
fn a_name_cannot_do_anything_to_a_terminal() {
    let place = Place::new();
    place.file(
        SLY,
        "상품코드,상품명,가격\nA1,아메리카노,4500\nA2,쿠키,싸요\n",
    );
    place.file("entry.txt", MENU);
    let archive = fs::File::create(place.path().join("sly.zip")).expect("new");
    let mut archive = zip::ZipWriter::new(archive);
    for name in [SLY, "b.csv"] {
        let options = zip::write::SimpleFileOptions::default();
        archive.start_file(name, options).expect("new");
        archive.write_all(MENU.as_bytes()).expect("written");
    }
    archive.finish().expect("written");
    let check = |words: &[&str], code: i32| {
        let ended = place.madang(words);
        let said = [ended.stdout.as_str(), &ended.stderr].concat();
        assert_eq!(ended.code, code, "{words:?}: {said:?}");
        let acts = |mark: char| mark.is_control() && mark != '\n';
        assert!(!said.contains(acts), "{words:?}: {said:?}");
        let forged = said.lines().find(|line| line.starts_with("done: all"));
        assert_eq!(forged, None, "{words:?}: {said}");
        assert!(said.contains("sly"), "{words:?}: {said}");
    };
    let to = ["--to", "sqlite:shop.db"];
    check(&[&["import", "menu", SLY], &to[..]].concat(), 3);
    check(&["import", "history"], 0);
    check(&["import", "menu", SLY, "--dry-run"], 3);
    check(&["import", "menu", SLY, SLY, "--dry-run"], 2);
    check(&["import", "menu", "sly.zip", "--dry-run"], 2);
    check(&["import", "menu", "sly.zip!c.csv", "--dry-run"], 2);
    let gone = SLY.replace("csv", "gone");
    check(&["import", "menu", &gone, "--dry-run"], 2);
    check(&["import", "infer", &gone], 2);
    check(&["import", "retry", &gone, "--dry-run"], 2);
    check(&["import", "history", &gone], 2);
    check(&["import", SLY, "b.csv", "--dry-run"], 2);
    check(&["import", "--mapping", &gone, "b.csv", "--dry-run"], 2);
    check(&["import", "--mapping", SLY, "b.csv", "--dry-run"], 2);
    check(
        &["import", "menu", SLY, "--to", &format!("sqlite:{gone}/x")],
        2,
    );
    check(&["import", "menu", SLY, "--to", &gone], 2);
}
