//! Files whose columns are not where they are looked for, and cells in quotes that nobody expected.

use serde_json::{Value, json};

use crate::program::{Ended, Place, Till};

const SALES: &str = "name = \"tr\"\n[[columns]]\nname = \"code\"\nfrom = [\"상품코드\"]\ntype = \"text\"\n[[columns]]\nname = \"qty\"\nfrom = [\"수량\"]\ntype = \"integer\"\n[[columns]]\nname = \"title\"\nfrom = [\"상품명\"]\ntype = \"text\"\n";

fn said(ended: &Ended) -> String {
    format!("{}{}", ended.stdout, ended.stderr)
}

fn expect(place: &Place, words: &[&str], code: i32, told: &[&str]) -> String {
    let ended = place.madang(&[&["import"], words].concat());
    let said = said(&ended);
    assert_eq!(ended.code, code, "{words:?}: {said}");
    for wanted in told {
        assert!(said.contains(wanted), "{words:?}: “{wanted}” in {said}");
    }
    said
}

#[test]
fn a_file_with_none_of_the_columns_is_refused_everywhere() {
    let place = Place::new();
    place.file("tr.toml", SALES);
    place.file("none.csv", "이름,갯수,품 명\nA1,1,가\nA2,2,나\n");
    let told = [
        "none of the columns",
        "상품코드",
        "이름, 갯수, 품 명",
        "is `품 명` meant?",
    ];
    for words in [
        &["--mapping", "tr.toml", "none.csv", "--dry-run"][..],
        &["check", "--mapping", "tr.toml", "none.csv"],
        &["--mapping", "tr.toml", "none.csv", "--to", "sqlite:t.db"],
        &[
            "--mapping",
            "tr.toml",
            "none.csv",
            "--to",
            "parquet:lake/tr",
        ],
    ] {
        let said = expect(&place, words, 2, &told);
        assert!(!said.contains("syntax error"), "{said}");
    }
}

#[test]
fn the_header_below_titles_is_found() {
    let place = Place::new();
    place.file("tr.toml", SALES);
    let rows = "상품코드,수량,상품명,비고\nA1,1,가,\nA2,2,나,\n";
    let check = |titles: &str, words: &[&str], lines: usize| {
        place.file("titled.csv", &format!("{titles}{rows}"));
        let lines = lines.to_string();
        let line = format!("--skip-lines {lines}");
        let words = [words, &["titled.csv", "--dry-run"]].concat();
        expect(&place, &words, 2, &[&line]);
        let words = [&words[..], &["--skip-lines", &lines]].concat();
        expect(&place, &words, 0, &["2 right"]);
    };
    let own = ["--mapping", "tr.toml"];
    check("여신금융협회 카드매출 정산내역,,,\n", &own, 1);
    check("정산내역,,,\n조회기간,2026-11,,\n,,,\n", &own, 3);
    check(",,정산내역,\n", &own, 1);
    check("정산내역\n\"조회, 기간\"\n\n", &own, 3);
    check("정산내역;;,,,\r\n", &own, 1);
    check("가,가,가,가\n", &own, 1);
    check("재고표,,,\n2026-11-22 출력,,,\n", &["stock"], 2);

    // The mapping can say it, and the command line comes before it.
    place.file("titled.csv", &format!("제목,,,\n{rows}"));
    place.file("said.toml", &format!("{SALES}[format]\nskip_lines = 1\n"));
    let said = ["--mapping", "said.toml", "titled.csv", "--dry-run"];
    expect(&place, &said, 0, &["2 right"]);
    let nothing = [&said[..], &["--skip-lines", "0"]].concat();
    expect(&place, &nothing, 2, &["--skip-lines 1"]);
    place.file(
        "wrong.toml",
        &format!("{SALES}[format]\nskip_lines = 1001\n"),
    );
    let wrong = ["--mapping", "wrong.toml", "titled.csv", "--dry-run"];
    expect(&place, &wrong, 2, &["skip_lines"]);
}

#[test]
fn a_cell_in_quotes_does_not_pass_where_none_were_found() {
    let place = Place::new();
    place.file("tr.toml", SALES);
    place.file("a.csv", "상품코드,수량,상품명\nx,1,\"특\" 갈비탕\n");
    place.file(
        "b.csv",
        "\"상품코드\",\"수량\",\"상품명\"\n\"q0\",\"2\",\"가\"\n",
    );
    place.file("c.csv", "상품코드,수량,상품명\n\"q1\",3,나\ny,4,다\n");
    let with = |files: &[&'static str]| [&["--mapping", "tr.toml"], files].concat();
    let dry = |files: &[&'static str]| [&with(files)[..], &["--dry-run"]].concat();
    expect(
        &place,
        &dry(&["a.csv", "c.csv"]),
        3,
        &["2 right", "--quote"],
    );
    let to = ["--to", "sqlite:t.db"];
    let ended = expect(
        &place,
        &[&with(&["a.csv", "c.csv"])[..], &to].concat(),
        3,
        &["dead-letters"],
    );
    // What was not mended is refused again.
    let path = ended
        .split_whitespace()
        .find(|word| word.ends_with("dead-letters.jsonl"));
    let path = path.expect("it is named").to_owned();
    expect(&place, &["retry", &path, "--dry-run"], 3, &["--quote"]);
    let letters = [&dry(&["a.csv", "c.csv"])[..], &["--quote", "none"]].concat();
    expect(&place, &letters, 0, &["3 right"]);
    expect(&place, &dry(&["a.csv", "b.csv"]), 2, &[]);
}

#[test]
fn json_lines_are_told_what_is_not_for_them() {
    let place = Place::new();
    place.file(
        "two.jsonl",
        "{\"id\":\"1\",\"Memo\":\"a\",\"n\":1.2e4}\n{\"id\":\"2\",\"memo\":\"b\",\"n\":5}\n",
    );
    let proposed = place.madang(&["import", "infer", "two.jsonl", "--name", "two"]);
    assert_eq!(proposed.code, 0, "{}", proposed.stderr);
    place.file("two.toml", &proposed.stdout);
    let dry = ["--mapping", "two.toml", "two.jsonl", "--dry-run"];
    let said = expect(&place, &dry, 0, &["2 right"]);
    assert!(!said.contains("spreadsheet"), "{said}");
    let skipped = [&dry[..], &["--skip-lines", "1"]].concat();
    expect(&place, &skipped, 2, &["JSON Lines", "CSV"]);

    let members: Vec<String> = (0..1_001).map(|at| format!("\"k{at}\":1")).collect();
    place.file("wide.jsonl", &format!("{{{}}}\n", members.join(",")));
    let ended = place.madang(&["import", "infer", "wide.jsonl"]);
    assert_eq!((ended.code, &*ended.stdout), (2, ""));
    assert!(ended.stderr.contains("1001 columns"), "{}", ended.stderr);
}

#[test]
#[cfg(target_os = "linux")]
fn nobody_who_reads_is_no_reason_to_panic() {
    use std::fs::File;
    use std::process::Stdio;
    let place = Place::new();
    place.file("tr.toml", SALES);
    place.file("a.csv", "상품코드,수량,상품명\nx,1,가\ny,z,나\n");
    let check = |words: &[&str], log: &str| {
        let full = || {
            Stdio::from(
                File::options()
                    .write(true)
                    .open("/dev/full")
                    .expect("it is there"),
            )
        };
        let mut command = place.command(words);
        let ended = command
            .env("MADANG_LOG", log)
            .stdout(full())
            .stderr(full())
            .status()
            .expect("it runs");
        assert_eq!(ended.code(), Some(74), "{words:?} {log}");
    };
    for log in ["warn", "trace"] {
        check(
            &["import", "--mapping", "tr.toml", "a.csv", "--dry-run"],
            log,
        );
        check(
            &[
                "import",
                "--mapping",
                "tr.toml",
                "a.csv",
                "--dry-run",
                "--json",
            ],
            log,
        );
        check(&["import", "infer", "a.csv"], log);
    }
}

#[test]
fn no_till_at_an_address_is_said_at_once() {
    let place = Place::new();
    place.file("menu.csv", "상품코드,상품명,가격\nA1,아메리카노,4500\n");
    for address in [
        "till:http://127.0.0.1:1#token=x",
        "till:http://127.0.0.1:1/#token=x",
    ] {
        let words = ["menu", "menu.csv", "--to", address];
        let said = expect(&place, &words, 69, &["127.0.0.1:1"]);
        assert!(!said.contains("too many calls"), "{said}");
    }
}

/// Waits for the end of the work under way.
fn ended_work(till: &Till) -> Value {
    loop {
        let (_, work) = till.ask("GET", "/api/import/work", None);
        if !work["job"]["report"].is_null() {
            return work["job"]["report"].clone();
        }
        std::thread::yield_now();
    }
}

#[test]
fn the_page_passes_over_titles_and_says_so() {
    let place = Place::new();
    let till = place.dev(&[]);
    let titled = "마당카페 메뉴표,,,,\n2026-11-22 출력,,,,\n상품코드,상품명,판매가,카테고리,상태\nT1,제목위,3000,음료,판매중\n";
    let bring = |text: &str| {
        let (status, upload) = till.bring("/api/import/uploads?name=titles.csv", text.as_bytes());
        assert_eq!(status, 200, "{upload}");
        upload["id"].as_str().expect("a name").to_owned()
    };
    let propose = |asked: Value| {
        let (status, proposal) = till.ask("POST", "/api/import/proposal", Some(&asked));
        assert_eq!(status, 200, "{asked}: {proposal}");
        proposal
    };
    let upload = bring(titled);
    let proposal = propose(json!({"upload": upload}));
    assert_eq!(
        (&proposal["kind"], &proposal["skip_lines"]),
        (&json!("menu"), &json!(2)),
        "{proposal}"
    );
    assert_eq!(proposal["titles"][0], "상품코드");
    assert_eq!(proposal["rows"][0][1], "제목위");
    let toml = proposal["toml"].as_str().expect("text");
    assert!(toml.contains("skip_lines = 2"), "{toml}");
    let chosen = propose(json!({"upload": upload, "mapping": {"kind": "menu"}}));
    assert_eq!(chosen["skip_lines"], 2);
    // What a person said comes first.
    for lines in [0, 1] {
        let asked = json!({"upload": upload, "mapping": {"kind": "menu"}, "skip_lines": lines});
        let said = propose(asked);
        assert_eq!(
            (&said["skip_lines"], &said["titles_above"]),
            (&json!(lines), &json!(2)),
            "{said}"
        );
    }
    let plain = propose(json!({"upload": bring("상품코드,상품명,가격\nA,나,1\n")}));
    assert_eq!(plain["skip_lines"], 0);
    assert_eq!(plain["titles_above"], Value::Null);
    assert_eq!(plain["refused"], json!([]));
    // A file whose only row cannot be read says why.
    let ragged = propose(json!({"upload": bring("상품코드,상품명,가격\nA,나,1,2\n")}));
    assert_eq!(ragged["rows"], json!([]));
    assert_eq!(ragged["refused"][0]["reasons"][0]["code"], "ragged");
    // A title in the middle leaves the first column without a name.
    let middle = bring(&titled.replace("마당카페 메뉴표,,", ",마당카페 메뉴표,"));
    assert_eq!(propose(json!({"upload": middle}))["skip_lines"], 2);
    let own = propose(json!({"upload": upload, "mapping": {"own": toml}}));
    assert_eq!(own["skip_lines"], 2);

    let run = json!({"upload": upload, "mapping": {"kind": "menu"}, "skip_lines": 2});
    for what in ["check", "start"] {
        let path = format!("/api/import/{what}");
        let (status, job) = till.ask("POST", &path, Some(&run));
        assert_eq!(status, 200, "{job}");
        let report = ended_work(&till);
        assert_eq!(
            (&report["outcome"], &report["rows_written"]),
            (&json!("done"), &json!(1)),
            "{report}"
        );
    }
    // The lines belong to what was imported: the same again is known, and without them it does not fit.
    let (status, known) = till.ask("POST", "/api/import/start", Some(&run));
    assert_eq!(
        (status, &known["code"]),
        (409, &json!("imported-before")),
        "{known}"
    );
    let without = json!({"upload": upload, "mapping": {"kind": "menu"}});
    let (status, said) = till.ask("POST", "/api/import/check", Some(&without));
    assert_eq!(status, 422, "{said}");
    assert!(said.to_string().contains("3번째 줄이 머리글"), "{said}");
    for many in [1_001, u64::MAX] {
        let many = json!({"upload": upload, "mapping": {"kind": "menu"}, "skip_lines": many});
        for what in ["check", "proposal"] {
            let path = format!("/api/import/{what}");
            assert_eq!(till.ask("POST", &path, Some(&many)).0, 422, "{what}");
        }
    }
}
