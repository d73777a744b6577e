//! Importing from the command line.

use std::io::Write;
use std::process::{Child, Stdio};
use std::thread;

use rusqlite::Connection;
use serde_json::Value;

use crate::program::{Ended, Place};

const MENU: &str = "상품코드,상품명,가격\nA1,아메리카노,\"4,500원\"\nA2,카페라떼,5000\n";
const BAD: &str = "상품코드,상품명,가격\nA1,아메리카노,4500\nA2,카페라떼,싸요\nA3,쿠키,2500\n";

#[test]
fn a_menu_and_its_stock_go_into_a_till_that_runs() {
    let place = Place::new();
    place.file("menu.csv", MENU);
    place.file("stock.csv", "상품코드,실사수량\nA1,12\nZ9,3\n");
    let import = |arguments: &[&str], expected: i32| {
        let ended = place.madang(&[&["import"], arguments].concat());
        assert_eq!(ended.code, expected, "{arguments:?}: {}", ended.stderr);
        ended
    };
    let nowhere = import(&["menu", "menu.csv", "--to", "till"], 69);
    assert!(nowhere.stderr.contains("madang dev"), "{}", nowhere.stderr);

    let till = place.dev(&[]);
    import(&["menu", "menu.csv", "--to", "till"], 0);
    import(&["stock", "stock.csv", "--to", "till"], 3);
    let (_, shop) = till.ask("GET", "/api/shop", None);
    let items = shop["items"].as_array().expect("a list");
    let of = |title: &str| {
        let item = items.iter().find(|item| item["title"]["ko"] == title);
        item.cloned().unwrap_or_default()
    };
    // The shop's own americano, by its name: known by its code from now on.
    assert_eq!(of("아메리카노")["stock_left"], 12);
    assert_eq!(of("카페라떼")["amount"], 5_000);

    // A file without states, or with empty ones, puts nothing back on sale.
    place.file(
        "out.csv",
        "상품코드,상품명,가격,상태\nA1,아메리카노,4500,품절\n",
    );
    place.file("prices.csv", "상품코드,상품명,가격\nA1,아메리카노,4600\n");
    place.file(
        "empty.csv",
        "상품코드,상품명,가격,상태,면세\nA1,아메리카노,4700,,\n",
    );
    for file in ["out.csv", "prices.csv", "empty.csv"] {
        import(&["menu", file, "--to", "till"], 0);
    }
    let (_, sold_out) = till.ask("GET", "/api/shop", None);
    let items = sold_out["items"].as_array().expect("a list").iter();
    let item = items
        .clone()
        .find(|item| item["title"]["ko"] == "아메리카노");
    let item = item.expect("it is there");
    assert_eq!(item["sale_state"], "sold_out");
    assert_eq!(item["amount"], 4_700);
    import(&["menu", "menu.csv", "--to", "till", "--again"], 0);
    let (_, shop) = till.ask("GET", "/api/shop", None);

    // The same file says the same: nothing of it is written twice, and --again changes nothing.
    let address = format!("till:{}", till.page);
    import(&["menu", "menu.csv", "--to", "till", "--resume"], 0);
    import(&["menu", "menu.csv", "--to", &address], 0);
    let (_, after) = till.ask("GET", "/api/shop", None);
    assert_eq!(after["items"], shop["items"]);
    let stranger = format!("till:http://127.0.0.1:{}/#token=wrong", till.port());
    import(&["menu", "menu.csv", "--to", &stranger, "--again"], 2);
}

#[test]
fn codes_say_how_an_import_ended() {
    let check = |files: &[(&str, &str)], arguments: &[&str], expected: i32| {
        let place = Place::new();
        for (name, text) in files {
            place.file(name, text);
        }
        let ended = place.madang(&[&["import"], arguments].concat());
        assert_eq!(ended.code, expected, "{arguments:?}: {}", ended.stderr);
    };
    let (good, bad) = (("menu.csv", MENU), ("menu.csv", BAD));
    let to = ["--to", "sqlite:shop.db"];
    let with = |more: &[&'static str]| [&["menu", "menu.csv"], more].concat();
    check(&[good], &with(&to), 0);
    check(&[good], &with(&["--dry-run"]), 0);
    check(&[bad], &with(&to), 3);
    check(&[bad], &with(&["--dry-run"]), 3);
    check(
        &[bad],
        &with(&["--to", "sqlite:shop.db", "--max-errors", "0"]),
        4,
    );
    check(
        &[bad],
        &with(&["--to", "sqlite:shop.db", "--max-errors", "1"]),
        3,
    );
    check(&[], &with(&to), 2);
    check(&[good], &with(&[]), 2);
    check(&[good], &with(&["--to", "mysql://shop"]), 2);
    check(&[good], &["meun", "menu.csv", "--dry-run"], 2);
    check(&[good], &["menu", "--dry-run"], 2);
    check(
        &[good],
        &["--mapping", "none.toml", "menu.csv", "--dry-run"],
        2,
    );
    check(&[good], &with(&["--to", "sqlite:no/folder/shop.db"]), 2);
    check(
        &[
            good,
            (
                "shop.db",
                "no database, but long enough to be taken for one: ",
            ),
        ],
        &with(&to),
        2,
    );
    check(
        &[good],
        &with(&["--dry-run", "--max-error-rate", "often"]),
        2,
    );
    check(&[good], &["history", "none"], 2);
    check(&[], &["history"], 0);
}

#[test]
fn a_dry_run_leaves_nothing_behind() {
    let place = Place::new();
    place.file("menu.csv", BAD);
    let ended = place.madang(&[
        "import",
        "menu",
        "menu.csv",
        "--to",
        "sqlite:shop.db",
        "--dry-run",
    ]);
    assert_eq!(ended.code, 3);
    assert!(ended.stdout.contains("menu.csv:3"), "{}", ended.stdout);
    let files = std::fs::read_dir(place.path()).expect("readable").count();
    assert_eq!(files, 1, "only the file itself");
}

#[test]
fn the_same_is_imported_again_only_when_that_is_wanted() {
    let place = Place::new();
    place.file("menu.csv", MENU);
    let import = |more: &[&str]| {
        let words = [
            "import",
            "menu",
            "menu.csv",
            "--to",
            "sqlite:shop.db",
            "--json",
        ];
        place.madang(&[&words[..], more].concat())
    };
    assert_eq!(import(&[]).code, 0);
    let again = import(&[]);
    assert_eq!(again.code, 2);
    assert!(again.stderr.contains("--again"), "{}", again.stderr);
    assert_eq!(import(&["--resume"]).code, 0);
    let again = import(&["--again"]);
    assert_eq!(again.code, 0);
    assert_eq!(report(&again)["rows_unchanged"], 2);
    let history = place.madang(&["import", "history"]);
    assert_eq!(history.stdout.lines().count(), 2, "{}", history.stdout);

    // What is kept of imports is lost, and the sink knows both.
    std::fs::remove_dir_all(place.path().join(".madang/imports")).expect("removed");
    let lost = import(&[]);
    assert_eq!(lost.code, 2);
    assert!(lost.stderr.contains("--again"), "{}", lost.stderr);
    assert_eq!(import(&["--resume"]).code, 0);
    for _ in 0..2 {
        let again = import(&["--again"]);
        assert_eq!(
            (again.code, report(&again)["rows_unchanged"].as_u64()),
            (0, Some(2))
        );
    }
    let history = place.madang(&["import", "history"]);
    assert_eq!(history.stdout.lines().count(), 3, "{}", history.stdout);
    let resumed = import(&["--resume", "--again"]);
    assert_eq!(resumed.code, 2, "one or the other");
}

#[test]
fn a_mended_mapping_does_not_write_the_rows_of_a_table_without_a_key_twice() {
    let place = Place::new();
    place.file("f.csv", "code,n\nA,1\nB,2개\nC,3\n");
    let mapping = |more: &str| {
        format!(
            "name = \"m\"\n[[columns]]\nname = \"code\"\ntype = \"text\"\n[[columns]]\nname = \"n\"\ntype = \"integer\"\n{more}"
        )
    };
    place.file("m.toml", &mapping(""));
    let import = |more: &[&str]| {
        let words = [
            "import",
            "--mapping",
            "m.toml",
            "f.csv",
            "--to",
            "sqlite:t.db",
        ];
        place.madang(&[&words[..], more].concat())
    };
    let count = || {
        let store = Connection::open(place.path().join("t.db")).expect("there");
        store
            .query_row("SELECT count(*) FROM m", [], |row| row.get::<_, i64>(0))
            .expect("a table")
    };
    let first = import(&["--json"]);
    assert_eq!((first.code, count()), (3, 2), "{}", first.stderr);
    let letters = report(&first)["dead_letters"]
        .as_str()
        .expect("a path")
        .to_owned();
    place.file("m.toml", &mapping("units = [\"개\"]\n"));
    for more in [&[][..], &["--resume"]] {
        let again = import(more);
        assert_eq!((again.code, count()), (2, 2), "{}", again.stderr);
        assert!(again.stderr.contains("import retry"), "{}", again.stderr);
        assert!(again.stderr.contains("--again"), "{}", again.stderr);
    }
    let retried = place.madang(&[
        "import",
        "retry",
        &letters,
        "--to",
        "sqlite:t.db",
        "--mapping",
        "m.toml",
    ]);
    assert_eq!((retried.code, count()), (0, 3), "{}", retried.stderr);
    assert_eq!((import(&["--again"]).code, count()), (0, 6));
}

#[test]
fn an_empty_cell_keeps_what_a_table_has() {
    let place = Place::new();
    place.file(
        "full.csv",
        "상품코드,상품명,가격,SKU,상태\nA1,아메리카노,4500,AM,품절\n",
    );
    place.file(
        "empty.csv",
        "상품코드,상품명,가격,SKU,상태\nA1,아메리카노,4600,,\nA2,쿠키,2500,,\n",
    );
    let import = |words: &[&str]| {
        let ended = place.madang(&[&["import"], words, &["--to", "sqlite:shop.db#menu"]].concat());
        assert_eq!(ended.code, 0, "{words:?}: {}", ended.stderr);
        let store = Connection::open(place.path().join("shop.db")).expect("there");
        let row: (i64, Option<String>, Option<String>) = store
            .query_row(
                "SELECT price, sku, state FROM menu WHERE item = 'A1'",
                [],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
            .expect("there");
        row
    };
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        import(&["menu", "full.csv"]),
        (4_500, text("AM"), text("sold_out"))
    );
    assert_eq!(
        import(&["menu", "empty.csv"]),
        (4_600, text("AM"), text("sold_out"))
    );
    place.file(
        "own.toml",
        r#"name = "menu"
key = ["item"]
columns = [
  { name = "item", from = ["상품코드"], type = "text" },
  { name = "title", from = ["상품명"], type = "text" },
  { name = "price", from = ["가격"], type = "money" },
  { name = "sku", from = ["SKU"], type = "text", empty = "clear" },
]"#,
    );
    assert_eq!(
        import(&["--mapping", "own.toml", "empty.csv"]),
        (4_600, None, text("sold_out"))
    );
}

#[test]
fn a_file_that_was_mended_in_between_is_not_gone_on_with() {
    let place = Place::new();
    place.file("first.csv", "상품코드,실사수량\nS1,5\nS2,6\n");
    place.file("second.csv", "실사수량,상품코드\n7,S3\n");
    let import = |more: &[&str]| {
        let words = [
            "import",
            "stock",
            "first.csv",
            "second.csv",
            "--to",
            "sqlite:shop.db",
        ];
        place.madang(&[&words[..], more].concat())
    };
    let stopped = import(&[]);
    assert_eq!(stopped.code, 2);
    assert!(!stopped.stderr.contains("--resume"), "{}", stopped.stderr);
    // Nothing was written before all headers were looked at, so what was mended is new.
    place.file("second.csv", "상품코드,실사수량\nS3,일곱\n");
    let stopped = import(&["--resume", "--batch-rows", "1", "--max-errors", "0"]);
    assert_eq!(stopped.code, 4, "{}", stopped.stderr);
    place.file("second.csv", "상품코드,실사수량\nS3,7\n");
    let changed = import(&["--resume"]);
    assert_eq!(changed.code, 2, "{}", changed.stderr);
    assert!(changed.stderr.contains("has changed"), "{}", changed.stderr);
    assert_eq!(import(&["--again"]).code, 0);
}

#[test]
fn refused_rows_are_imported_once_they_are_mended() {
    let place = Place::new();
    place.file("menu.csv", BAD);
    let ended = place.madang(&[
        "import",
        "menu",
        "menu.csv",
        "--to",
        "sqlite:shop.db",
        "--json",
    ]);
    let letters = report(&ended)["dead_letters"]
        .as_str()
        .expect("a path")
        .to_owned();
    let text = std::fs::read_to_string(place.path().join(&letters)).expect("there");
    place.file(
        "mended.jsonl",
        &text.replace("A2,카페라떼,싸요", "A2,카페라떼 (큰 것),\\\"5,500\\\""),
    );
    let retry = [
        "import",
        "retry",
        "mended.jsonl",
        "--to",
        "sqlite:shop.db",
        "--json",
    ];
    let ended = place.madang(&retry);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(
        menu(&place),
        [
            ("A1", "아메리카노", 4500),
            ("A2", "카페라떼 (큰 것)", 5500),
            ("A3", "쿠키", 2500)
        ]
        .map(|(item, title, price)| (item.to_owned(), title.to_owned(), price))
    );
    place.file("unmended.jsonl", &text);
    let ended = place.madang(&[
        "import",
        "retry",
        "unmended.jsonl",
        "--to",
        "sqlite:shop.db",
    ]);
    // The row was imported: what its file said before that is passed over.
    assert_eq!(ended.code, 0, "{}", ended.stdout);
}

#[test]
fn what_infer_proposes_imports_the_file_that_it_was_made_of() {
    let place = Place::new();
    place.file(
        "sales.csv",
        "날짜,매장,금액\n2026-11-22,강남점,\"1,200\"\n2026-11-23,강남점,900\n",
    );
    let proposed = place.madang(&["import", "infer", "sales.csv"]);
    assert_eq!(proposed.code, 0, "{}", proposed.stderr);
    place.file("sales.toml", &proposed.stdout);
    let words = [
        "import",
        "--mapping",
        "sales.toml",
        "sales.csv",
        "--to",
        "sqlite:shop.db",
    ];
    let ended = place.madang(&words);
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
}

#[test]
fn infer_finds_the_header_below_titles() {
    let place = Place::new();
    let check = |text: &str, words: &[&str], lines: Option<&str>| {
        place.file("titled.csv", text);
        let infer = [&["import", "infer", "titled.csv"], words].concat();
        let proposed = place.madang(&infer);
        assert_eq!(proposed.code, 0, "{text}: {}", proposed.stderr);
        let said = proposed
            .stdout
            .lines()
            .find(|line| line.starts_with("skip_lines"));
        assert_eq!(said, lines, "{text}: {}", proposed.stdout);
        place.file("titled.toml", &proposed.stdout);
        let checked = ["import", "check", "--mapping", "titled.toml", "titled.csv"];
        let ended = place.madang(&checked);
        assert_eq!(ended.code, 0, "{text}: {}{}", ended.stdout, ended.stderr);
    };
    let menu = "상품코드,상품명,가격\nA,나,1000\n";
    let titled = format!("마당카페 메뉴표,,\n2026-11-22,,\n{menu}");
    check(menu, &[], None);
    check(&titled, &[], Some("skip_lines = 2"));
    check(&titled, &["--skip-lines", "2"], Some("skip_lines = 2"));
    // Without a name in its first column it could not be read as it stands.
    let middle = titled.replace("마당카페 메뉴표,,", ",마당카페 메뉴표,");
    check(&middle, &[], Some("skip_lines = 2"));
}

#[test]
fn a_file_is_checked_by_a_command_of_its_own() {
    let place = Place::new();
    place.file("menu.csv", MENU);
    place.file("bad.csv", BAD);
    let check = |words: &[&str], expected: i32| {
        let ended = place.madang(&[&["import", "check"], words].concat());
        assert_eq!(
            ended.code, expected,
            "{words:?}: {}{}",
            ended.stdout, ended.stderr
        );
        ended
    };
    check(&["menu", "menu.csv"], 0);
    check(&["menu", "bad.csv"], 3);
    check(&["menu", "menu.csv", "--to", "sqlite:shop.db"], 0);
    assert!(!place.path().join("shop.db").exists());
    check(&["menus", "menu.csv"], 2);
    let proposed = place.madang(&["import", "infer", "menu.csv"]);
    place.file("own.toml", &proposed.stdout);
    check(&["--mapping", "own.toml", "menu.csv"], 0);
    let help = check(&["--help"], 0);
    assert!(
        help.stdout.contains("Usage: madang import check KIND"),
        "{}",
        help.stdout
    );
}

#[test]
fn infer_proposes_no_mapping_that_could_not_be_used() {
    let place = Place::new();
    let names: Vec<String> = (0..1_001).map(|at| format!("c{at}")).collect();
    place.file(
        "wide.csv",
        &format!("{}\n{}\n", names.join(","), "1,".repeat(1_000) + "1"),
    );
    let ended = place.madang(&["import", "infer", "wide.csv"]);
    assert_eq!((ended.code, &*ended.stdout), (2, ""));
    assert!(ended.stderr.contains("1001 columns"), "{}", ended.stderr);
}

#[test]
#[cfg(unix)]
fn an_import_that_is_told_to_stop_ends_in_good_order_and_goes_on() {
    let place = Place::new();
    let words = [
        "import",
        "menu",
        "-",
        "--to",
        "sqlite:shop.db",
        "--batch-rows",
        "1",
    ];
    let mut first = begin(&place, &words);
    let mut input = first.stdin.take().expect("piped");
    // More than is looked at before the first row is taken.
    let mut text = "상품코드,상품명,가격\n".to_owned();
    (0..20_000).for_each(|row| text.push_str(&format!("A{row},아메리카노,4500\n")));
    input.write_all(text.as_bytes()).expect("read");
    while rows(&place) == 0 {
        thread::yield_now();
    }
    let second = place.madang_with_input(&[&words[..], &["--resume"]].concat(), &text);
    assert_eq!(second.code, 2, "two at once: {}", second.stderr);
    let told = std::process::Command::new("kill")
        .args(["-INT", &first.id().to_string()])
        .status();
    assert!(told.expect("told").success());
    // The input neither comes nor ends, and yet the import does.
    let code = first.wait().expect("it ends").code();
    assert_eq!(code, Some(130));
    drop(input);
    let whole = ["import", "menu", "-", "--to", "sqlite:shop.db", "--resume"];
    let ended = place.madang_with_input(&whole, &text);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(rows(&place), 20_000);
}

#[test]
fn an_error_says_what_it_is_about() {
    let place = Place::new();
    let check = |files: &[(&str, &str)], words: &[&str], expected: i32, told: &str| {
        for (name, text) in files {
            place.file(name, text);
        }
        let ended = place.madang(&[&["import"], words].concat());
        let said = [ended.stdout, ended.stderr].concat();
        assert_eq!(ended.code, expected, "{words:?}: {said}");
        assert!(said.contains(told), "{words:?}: “{told}” in {said}");
    };
    let long = format!("{MENU}A9,{},1\n", "가".repeat(200));
    check(
        &[("long.csv", &long)],
        &["menu", "long.csv", "--dry-run", "--row-bytes-max", "100"],
        3,
        "raise --row-bytes-max",
    );
    check(
        &[],
        &["retry", "long.csv", "--dry-run"],
        2,
        "is no file of refused rows",
    );
    check(
        &[("titled.csv", &format!("메뉴 목록\n출력일: 오늘\n{MENU}"))],
        &["menu", "titled.csv", "--dry-run"],
        2,
        "--skip-lines",
    );
    check(
        &[],
        &["menu", "titled.csv", "--dry-run", "--skip-lines", "2"],
        0,
        "2 right (nothing was written)",
    );
    let total = "거래일시,승인번호,카드사,승인금액,수수료,정산금액\n2026-11-22 10:00,1,가,1000,10,990\n합계,,,1001,10,990\n";
    check(
        &[("sums.csv", total)],
        &["settlement", "sums.csv", "--dry-run"],
        3,
        "sums.csv:3: 승인금액: the row of totals",
    );
    check(
        &[],
        &["settlement", "sums.csv", "--dry-run"],
        3,
        "something about a whole file is wrong",
    );
}

#[test]
fn a_row_that_stood_twice_stays_refused_until_it_is_mended() {
    let place = Place::new();
    place.file(
        "twice.csv",
        "상품코드,상품명,가격\nX1,가,나쁨\nX2,나,2000\nX2,나나,2500\n",
    );
    let ended = place.madang(&[
        "import",
        "menu",
        "twice.csv",
        "--to",
        "sqlite:shop.db",
        "--json",
    ]);
    let letters = report(&ended)["dead_letters"]
        .as_str()
        .expect("a path")
        .to_owned();
    let text = std::fs::read_to_string(place.path().join(&letters)).expect("there");
    let retry = |text: &str| {
        place.file("mended.jsonl", text);
        place.madang(&["import", "retry", "mended.jsonl", "--to", "sqlite:shop.db"])
    };
    let mended = text.replace("나쁨", "1500");
    assert_eq!(retry(&mended).code, 3);
    let of = |items: &[(&str, &str, i64)]| -> Vec<(String, String, i64)> {
        let owned = items
            .iter()
            .map(|(item, title, price)| ((*item).into(), (*title).into(), *price));
        owned.collect()
    };
    assert_eq!(menu(&place), of(&[("X1", "가", 1500), ("X2", "나", 2000)]));
    let ended = retry(&mended.replace("X2,나나", "X3,나나"));
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
    assert_eq!(
        menu(&place),
        of(&[("X1", "가", 1500), ("X2", "나", 2000), ("X3", "나나", 2500)])
    );
}

fn begin(place: &Place, words: &[&str]) -> Child {
    place
        .command(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program runs")
}

fn report(ended: &Ended) -> Value {
    let last = ended.stdout.lines().last().expect("a report");
    let line: Value = serde_json::from_str(last).expect("JSON");
    line["report"].clone()
}

fn menu(place: &Place) -> Vec<(String, String, i64)> {
    let store = Connection::open(place.path().join("shop.db")).expect("there");
    store
        .prepare("SELECT item, title, price FROM menu ORDER BY item")
        .expect("the table is there")
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .expect("readable")
        .collect::<Result<_, _>>()
        .expect("texts and numbers")
}

/// None while there is no table yet, or it is being written.
fn rows(place: &Place) -> i64 {
    Connection::open(place.path().join("shop.db"))
        .and_then(|store| store.query_row("SELECT count(*) FROM menu", [], |row| row.get(0)))
        .unwrap_or(0)
}
