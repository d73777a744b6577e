//! What a user can get wrong: each ends with a clear error, what to do, and its code.

use std::fs;
use std::io::Write;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::program::{Ended, Place, repository};

fn told(ended: &Ended) -> String {
    format!("exit {}\n{}{}", ended.code, ended.stdout, ended.stderr)
}

/// What is in the folder, and what is typed.
type Row<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str]);

fn rows(rows: &[Row<'_>]) -> String {
    let row = |(files, arguments): &Row<'_>| {
        let place = Place::new();
        for (path, text) in *files {
            place.file(path, text);
        }
        let ended = place.madang(arguments);
        format!("$ madang {}\n{}", arguments.join(" "), told(&ended))
    };
    rows.iter().map(row).collect::<Vec<_>>().join("\n")
}

#[test]
fn plugins() {
    insta::assert_snapshot!(rows(&[
        (&[], &["dev", "gone", "--no-open"]),
        (&[("notes.md", "")], &["check", "notes.md"]),
        (&[("empty/README.md", "")], &["check", "empty"]),
        (
            &[("broken/src/index.ts", "const price: number = ;\n")],
            &["check", "broken"]
        ),
        (
            &[("key/plugin.toml", "nam = \"key\"\n"), ("key/main.js", "")],
            &["check", "key"]
        ),
        (
            &[
                ("key/plugin.toml", "author = \"me\"\n"),
                ("key/main.js", "")
            ],
            &["check", "key"]
        ),
        (
            &[
                (
                    "may/plugin.toml",
                    "name = \"may\"\nversion = \"1.0.0\"\n[permissions]\norder = [\"raed\"]\n"
                ),
                ("may/main.js", "")
            ],
            &["check", "may"]
        ),
        (&[("two/main.js", "")], &["dev", "two", "two", "--no-open"]),
        (&[("two/main.js", "")], &["check", "two", "two"]),
        (
            &[
                ("a/plugin.toml", "name = \"two\"\nversion = \"1.0.0\"\n"),
                ("a/main.js", ""),
                ("two/main.js", "")
            ],
            &["check", "a", "two", "--json"]
        ),
        (&[("bare/main.js", "")], &["check", "--strict", "bare"]),
        (
            &[
                (
                    "lan/plugin.toml",
                    "name = \"lan\"\nversion = \"1.0.0\"\n[origins.lan]\n\"https://8.8.8.8\" = \"본사\"\n"
                ),
                ("lan/main.js", "")
            ],
            &["check", "lan"]
        ),
        (
            &[
                (
                    "lan/plugin.toml",
                    "name = \"lan\"\nversion = \"1.0.0\"\n[origins.lan]\n\"http://[64:ff9b::7f00:1]\" = \"본사\"\n"
                ),
                ("lan/main.js", "")
            ],
            &["check", "lan"]
        ),
    ]));
}

#[test]
fn a_reader_that_goes_away_ends_a_command_quietly() {
    let place = Place::new();
    place.file("bare/main.js", "1;");
    place.file("sell.txt", "tap 아메리카노\n");
    let till = place.dev(&[]);
    let rows: [&[&str]; 8] = [
        &["check", "bare"],
        &["check", "--json", "bare"],
        &["run", "bare", "--json", "--script", "sell.txt"],
        &["upstreams"],
        &["outbox"],
        &["outbox", "resume", "--json"],
        &["act", "tap 아메리카노"],
        &["--help"],
    ];
    for arguments in rows {
        let ended = place.madang_unread(arguments);
        assert_eq!(ended.stderr, "", "{arguments:?}");
        assert!(
            matches!(ended.code, 0 | 141),
            "{arguments:?}: {}",
            ended.code
        );
    }
    assert_eq!(place.madang_unread(&["check", "bare"]).code, 141);
    assert_eq!(till.end(), 0);
}

#[test]
fn a_good_plugin_is_told_as_well() {
    insta::assert_snapshot!(rows(&[
        (&[("good/plugin.toml", "name = \"good\"\nversion = \"1.0.0\"\n[permissions]\norder = [\"read\"]\n[origins]\n\"https://api.example.com\" = \"본사\"\n"), ("good/main.js", "1;")], &["check", "good"]),
        (&[("bare/main.js", "1;")], &["check", "--json", "bare"]),
    ]).replace("\\", "/"));
}

#[test]
fn archives() {
    let told_of = |name: &str, size: usize| {
        let place = Place::new();
        let mut archive =
            ZipWriter::new(fs::File::create(place.path().join("plugin.zip")).expect("a file"));
        let options =
            SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
        archive.start_file(name, options).expect("an entry");
        archive.write_all(&vec![b' '; size]).expect("written");
        archive.finish().expect("an archive");
        told(&place.madang(&["check", "plugin.zip"]))
    };
    let rows = [
        told_of("../main.js", 10),
        told_of("/etc/main.js", 10),
        told_of("main.js", 20 << 20),
    ];
    insta::assert_snapshot!(rows.join("\n"));
}

#[test]
fn words_of_the_command_line() {
    insta::assert_snapshot!(rows(&[
        (&[], &["run"]),
        (&[], &["dance"]),
        (&[], &["run", "--script", "gone.txt"]),
        (
            &[("day.txt", "tap 아메리카노\ntpa 카페라떼\n")],
            &["run", "--script", "day.txt"]
        ),
        (
            &[("day.txt", "tap 아메리카너\n")],
            &["run", "--script", "day.txt"]
        ),
        (
            &[("day.txt", "tap 아메리카노 0\n")],
            &["run", "--script", "day.txt"]
        ),
        (
            &[("day.txt", "tap 아메리카노 -1\n")],
            &["run", "--script", "day.txt"]
        ),
        (
            &[("day.txt", "request 카페라떼 +2\n")],
            &["run", "--script", "day.txt"]
        ),
        (
            &[("day.txt", "tap 아메리카노\nquantity 아메리카노 -1\n")],
            &["run", "--script", "day.txt"]
        ),
        (
            &[("day.txt", "tap 아메리카노\npay cash -1\n")],
            &["run", "--script", "day.txt"]
        ),
        (
            &[("day.txt", "pay cash 1000\n")],
            &["run", "--script", "day.txt"]
        ),
        (
            &[("day.txt", "clear\n")],
            &["run", "--script", "day.txt", "--shop", "caffe"]
        ),
        (
            &[("shop.toml", "key = 1\n"), ("day.txt", "")],
            &["run", "--script", "day.txt", "--shop", "shop.toml"]
        ),
        (&[], &["act", "clear"]),
        (&[], &["act", "claer"]),
        (
            &[],
            &["act", "--url", "http://example.com/#token=x", "clear"]
        ),
        // Nobody may listen there: the port is for what has no port.
        (&[], &["dev", "--no-open", "--terminal", "127.0.0.1:1"]),
        (&[], &["dev", "--no-open", "--terminal-later"]),
        (&[], &["terminal", "--book", "b", "--listen", "0.0.0.0:0"]),
        (&[], &["backup", "--data", "gone", "--to", "copy"]),
    ]));
}

#[test]
fn near_names_are_offered() {
    let plugin = repository().join("plugins/refund-guard");
    let plugin = plugin.display().to_string();
    let told_of = |step: &str, shop: &str| {
        let place = Place::new();
        place.file("day.txt", step);
        let ended = place.madang(&["run", &plugin, "--script", "day.txt", "--shop", shop]);
        let last = ended.stderr.lines().next().unwrap_or_default().to_owned();
        format!("exit {} {last}\n", ended.code)
    };
    let rows = [
        told_of("tap 아메리카뇨", "cafe"),
        told_of("tap 라떼", "cafe"),
        told_of("tap 아아", "cafe"),
        told_of("tap Latte", "cafe"),
        told_of("tap 아메리카노 with 라쥐", "cafe"),
        told_of("tap 아메리카노 with Ice, shot", "cafe"),
        told_of("sold-out 소곰빵", "cafe"),
        told_of("tap 소금빵\nremove 소굼빵", "cafe"),
        told_of("tap 김치찌게", "restaurant"),
        told_of("table 칭가 1", "restaurant"),
        told_of("expect plugin refund-gard running", "cafe"),
        told_of("set refund-gaurd limit 3", "cafe"),
        told_of("set limt 3", "cafe"),
        told_of("set refund-guard limits 3", "cafe"),
        told_of("set limit 많이", "cafe"),
    ];
    insta::assert_snapshot!(rows.concat());
}

#[test]
fn data_folders() {
    let place = Place::new();
    place.file("day.txt", "clear");
    let run =
        |place: &Place| told(&place.madang(&["run", "--script", "day.txt", "--data", "data"]));
    assert_eq!(
        place
            .madang(&["run", "--script", "day.txt", "--data", "data"])
            .code,
        0
    );
    place.file("data/key", "short");
    let short_key = run(&place);
    fs::remove_file(place.path().join("data/key")).expect("it was there");
    place.file("data/journal/format", "madang data folder, format 99\n");
    let newer = run(&place);
    place.file("data/journal/format", "madang data folder, format 1\n");
    let till = place.dev(&["--data", "data"]);
    let process = till.process().to_string();
    let second = run(&place).replace(&process, "[process]");
    let taken = place.madang(&[
        "dev",
        "--no-open",
        "--data",
        "other",
        "--port",
        &till.port(),
    ]);
    let taken = told(&taken).replace(&till.port(), "[port]");
    assert_eq!(till.end(), 0);
    let other_shop = ["--shop", "retail", "--data", "data"];
    let other_shop = [
        told(&place.madang(&[&["run", "--script", "day.txt"][..], &other_shop].concat())),
        told(&place.madang(&[&["dev", "--no-open"][..], &other_shop].concat())),
    ];
    let of_same_shop = place.madang(&["run", "--script", "day.txt", "--data", "data"]);
    assert_eq!(of_same_shop.code, 0, "{}", of_same_shop.stderr);
    let told = [&[short_key, newer, second, taken][..], &other_shop].concat();
    insta::assert_snapshot!(told.join("\n"));
}
