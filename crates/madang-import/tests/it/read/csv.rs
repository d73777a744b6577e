//! Golden pairs of CSV: what a file is and what is read of it, whatever the pieces it comes in.

use std::sync::Arc;

use madang_import::read::{Member, ReadErrorKind, ReadSettings, Source, open_rows};

use super::{bytes, read, rows_of};

fn check_as(text: &str, settings: &ReadSettings, expected: &[&str]) {
    let expected = expected
        .iter()
        .map(|line| format!("{line}\n"))
        .collect::<String>();
    for piece_bytes in [usize::MAX, 1, 2, 3, 7] {
        assert_eq!(
            rows_of(text, settings, piece_bytes),
            expected,
            "{text:?} in pieces of {piece_bytes}"
        );
    }
}

fn check(text: &str, expected: &[&str]) {
    check_as(text, &ReadSettings::default(), expected);
}

#[test]
fn rows_end_in_every_usual_way() {
    let rows = ["a|b", r#"1 @2 4..8 "1"|"2""#, r#"2 @3 8..12 "3"|"4""#];
    check("a,b\n1,2\n3,4\n", &rows);
    check("a,b\r1,2\r3,4\r", &rows);
    check(
        "a,b\r\n1,2\r\n3,4\r\n",
        &["a|b", r#"1 @2 5..10 "1"|"2""#, r#"2 @3 10..15 "3"|"4""#],
    );
    check(
        "a,b\n1,2\n3,4",
        &["a|b", r#"1 @2 4..8 "1"|"2""#, r#"2 @3 8..11 "3"|"4""#],
    );
    check(
        "a,b\n1,2\r3,4\r\n5,6",
        &[
            "a|b",
            r#"1 @2 4..8 "1"|"2""#,
            r#"2 @3 8..13 "3"|"4""#,
            r#"3 @4 13..16 "5"|"6""#,
        ],
    );
    check("a,b\n1,", &["a|b", r#"1 @2 4..6 "1"|"""#]);
    check("a\n\"\"", &["a", r#"1 @2 2..4 """#]);
}

#[test]
fn blank_lines_are_passed_over_and_counted() {
    check(
        "\n\r\na,b\n\n1,2\n\r\r\n\n3,4\n\n",
        &["a|b", r#"1 @5 8..12 "1"|"2""#, r#"2 @9 16..20 "3"|"4""#],
    );
    check("a\n\n\n", &["a"]);
    check("a\n \n", &["a", r#"1 @2 2..4 " ""#]);
}

#[test]
fn the_end_mark_of_dos_is_of_no_row() {
    let rows = ["a|b", r#"1 @2 4..8 "1"|"2""#];
    check("a,b\n1,2\n\x1a", &rows);
    check("a,b\n1,2\x1a", &["a|b", r#"1 @2 4..7 "1"|"2""#]);
    check("a,b\n\"1\",\"2\"\x1a", &["a|b", r#"1 @2 4..11 "1"|"2""#]);
    check("a,b\n\x1a", &["a|b"]);
    // At the very end, some or many.
    check("a\n\x1a\n", &["a", r#"1 @2 2..4 "\u{1a}""#]);
    check("a\n1\x1a\x1a", &["a", r#"1 @2 2..3 "1""#]);
}

#[test]
fn quotes_hold_separators_line_ends_and_themselves() {
    check(
        "a,b\n\"1,5\",\"x\"\"y\"\n",
        &["a|b", r#"1 @2 4..17 "1,5"|"x\"y""#],
    );
    check(
        "a,b\n\"1\n2\r\n3\r4\",\"\"\n5,6\n",
        &[
            "a|b",
            r#"1 @2 4..18 "1\n2\r\n3\r4"|"""#,
            r#"2 @6 18..22 "5"|"6""#,
        ],
    );
    check(
        "a,b\n5\" pipe,x\"\"y\n",
        &["a|b", r#"1 @2 4..17 "5\" pipe"|"x\"\"y""#],
    );
    let quoted = ReadSettings {
        quote: Some(Some(b'"')),
        ..ReadSettings::default()
    };
    check_as(
        "a,b\n\"1\"2,\"3\"\"\"4\n",
        &quoted,
        &[
            "a|b",
            r#"1 @2 4..16 ! text_after_quote "\"1\"2,\"3\"\"\"4""#,
        ],
    );
    check_as(
        "a,b\n\"1\" ,\"2\"\t\n",
        &quoted,
        &["a|b", r#"1 @2 4..14 "1 "|"2\t""#],
    );
    check("a,b\n\"\"\"\",\"\"\n", &["a|b", r#"1 @2 4..12 "\""|"""#]);
}

#[test]
fn other_separators_and_no_quotes_are_found() {
    check("a;b\n1,5;2\n", &["a|b", r#"1 @2 4..10 "1,5"|"2""#]);
    check("a\tb\n1, 2\t3\n", &["a|b", r#"1 @2 4..11 "1, 2"|"3""#]);
    check("a|b\n1|2\n", &["a|b", r#"1 @2 4..8 "1"|"2""#]);
    check(
        "a\tb\n\"5\t1\n\"6\t2\n7\t3\n",
        &[
            "a|b",
            r#"1 @2 4..9 "\"5"|"1""#,
            r#"2 @3 9..14 "\"6"|"2""#,
            r#"3 @4 14..18 "7"|"3""#,
        ],
    );
    check(
        "sep=;\r\na;b\r\n1;2\r\n",
        &["a|b", r#"1 @3 12..17 "1"|"2""#],
    );
}

#[test]
fn ragged_rows_are_refused_and_the_others_go_on() {
    check(
        "a,b\n1\n1,2\n1,2,3\n3,4\n",
        &[
            "a|b",
            r#"1 @2 4..6 ! ragged "1""#,
            r#"2 @3 6..10 "1"|"2""#,
            r#"3 @4 10..16 ! ragged "1,2,3""#,
            r#"4 @5 16..20 "3"|"4""#,
        ],
    );
}

#[test]
fn nul_and_a_mark_inside_are_refused() {
    check(
        "a,b\n1,\0\n3,4\n",
        &["a|b", r#"1 @2 4..8 ! nul "1,\0""#, r#"2 @3 8..12 "3"|"4""#],
    );
    check(
        "a,b\n1,2\n\u{feff}a,b\n3,\u{feff}\n",
        &[
            "a|b",
            r#"1 @2 4..8 "1"|"2""#,
            "2 @3 8..15 ! byte_order_mark \"\\u{feff}a,b\"",
            "3 @4 15..21 \"3\"|\"\\u{feff}\"",
        ],
    );
    check(
        "a,b\n\0,2,3\n",
        &["a|b", r#"1 @2 4..10 ! nul, ragged "\0,2,3""#],
    );
}

#[test]
fn headers_are_checked() {
    check(" a ,\"b\u{a0}\"\n1,2\n", &["a|b", r#"1 @2 10..14 "1"|"2""#]);
    check(
        "",
        &["error: file, line 1: it is empty: a header line was expected"],
    );
    check(
        "\n\n",
        &["error: file, line 3: it is empty: a header line was expected"],
    );
    check("a,b", &["a|b"]);
    check("a,b\r\n", &["a|b"]);
    check(
        "a,,b\n1,2,3\n",
        &[
            "error: file, line 1: column 2 of the header has no name: name it, or say --no-header if there is none",
        ],
    );
    check(
        "\na,b,,\n1,2,,\n",
        &["a|b|column_3|column_4", r#"1 @3 7..13 "1"|"2"|""|"""#],
    );
    check(
        "a,b,a\n1,2,3\n",
        &[
            "error: file, line 1: the header has \"a\" twice, in columns 1 and 3: rename one of them",
        ],
    );
    let quoted = ReadSettings {
        quote: Some(Some(b'"')),
        ..ReadSettings::default()
    };
    check_as(
        "\"a,b\n1,2\n",
        &quoted,
        &["error: file, line 1: the header cannot be read: a quote in it is opened and not closed"],
    );
    check(
        "a,b\0\n",
        &[
            "error: file, line 1: the header cannot be read: byte 3 (line 1 on) is NUL, which no text may hold; take it out",
        ],
    );
}

#[test]
fn without_a_header_columns_have_positions_or_given_names() {
    let positions = ReadSettings {
        has_header: false,
        ..ReadSettings::default()
    };
    check_as(
        "1,2\n3,4\n",
        &positions,
        &[
            "column_1|column_2",
            r#"1 @1 0..4 "1"|"2""#,
            r#"2 @2 4..8 "3"|"4""#,
        ],
    );
    check_as("", &positions, &[""]);
    let names = |names: &[&str]| ReadSettings {
        columns: Some(names.iter().map(|name| (*name).to_owned()).collect()),
        ..positions.clone()
    };
    check_as(
        "1,2\n",
        &names(&["x", "y"]),
        &["x|y", r#"1 @1 0..4 "1"|"2""#],
    );
    check_as(
        "1,2\n",
        &names(&["x"]),
        &["error: file, line 1: 1 columns are named, but the first row has 2"],
    );
}

#[test]
fn a_quote_that_is_never_closed_takes_its_line_alone() {
    let small = ReadSettings {
        row_bytes_max: 20,
        quote: Some(Some(b'"')),
        ..ReadSettings::default()
    };
    check_as(
        "a,b\n1,\"2\n3,4\n5,6\n7,8\n9,10\n11,12\n",
        &small,
        &[
            "a|b",
            r#"1 @2 4..9 ! quote_not_closed "1,\"2""#,
            r#"2 @3 9..13 "3"|"4""#,
            r#"3 @4 13..17 "5"|"6""#,
            r#"4 @5 17..21 "7"|"8""#,
            r#"5 @6 21..26 "9"|"10""#,
            r#"6 @7 26..32 "11"|"12""#,
        ],
    );
    // At the end of the file, within the bound.
    check_as(
        "a,b\r\n1,\"2\r\n3,4",
        &small,
        &[
            "a|b",
            r#"1 @2 5..11 ! quote_not_closed "1,\"2""#,
            r#"2 @3 11..14 "3"|"4""#,
        ],
    );
    check_as(
        "a,b\n1,\"2",
        &small,
        &["a|b", r#"1 @2 4..8 ! quote_not_closed "1,\"2""#],
    );
    // Two after each other: the second closes what the first opened.
    check_as(
        "a,b\n1,\"2\n3,\"4\n5,6\n",
        &small,
        &[
            "a|b",
            r#"1 @2 4..14 ! text_after_quote "1,\"2\n3,\"4""#,
            r#"2 @4 14..18 "5"|"6""#,
        ],
    );
}

#[test]
fn rows_over_the_bound_are_refused_and_the_next_are_read() {
    let small = ReadSettings {
        row_bytes_max: 10,
        ..ReadSettings::default()
    };
    check_as(
        "a,b\n12345,6789\n1,23456789012\n3,4\n",
        &small,
        &[
            "a|b",
            r#"1 @2 4..15 "12345"|"6789""#,
            r#"2 @3 15..29 ! row_too_long "1,23456789012"…"#,
            r#"3 @4 29..33 "3"|"4""#,
        ],
    );
    check_as(
        "a,b\n123456,6789\r\n3,4\r123456,67890",
        &small,
        &[
            "a|b",
            r#"1 @2 4..17 ! row_too_long "123456,6789"…"#,
            r#"2 @3 17..21 "3"|"4""#,
            r#"3 @4 21..33 ! row_too_long "123456,67890"…"#,
        ],
    );
    check_as(
        "a,b\n1234567890\r\n12345,6789\r3,4\n",
        &small,
        &[
            "a|b",
            r#"1 @2 4..16 ! ragged "1234567890""#,
            r#"2 @3 16..27 "12345"|"6789""#,
            r#"3 @4 27..31 "3"|"4""#,
        ],
    );
}

/// A line of a gigabyte would do the same; sixteen megabytes of it show that nothing of it is kept.
#[test]
fn a_giant_line_passes_in_flat_memory() {
    let mut file = b"a,b\n1,2\n".to_vec();
    file.extend(vec![b'x'; 16 << 20]);
    file.extend(b"\n3,4\n");
    let settings = ReadSettings::default();
    let source = Source::new(vec![bytes("big.csv", file)], &settings, None);
    let mut reader = open_rows(Box::new(source), &settings, None).unwrap();
    let (mut rows, mut weight_max) = (0, 0);
    while let Some(some) = reader.next().unwrap() {
        rows += some.len();
        weight_max = weight_max.max(some.weight());
        for refused in &some.refused {
            assert_eq!(
                (
                    refused.place.row,
                    refused.place.line,
                    refused.place.bytes.end
                ),
                (2, 3, 8 + (16 << 20) + 1)
            );
            assert_eq!(refused.raw.len(), 64 * 1024);
            assert!(refused.is_shortened);
        }
    }
    assert_eq!(rows, 2);
    assert!(weight_max < 4 << 20, "{weight_max}");
}

/// Every line opens a quote that is closed nowhere within the bound. Were each looked after from its own beginning, this would take hours.
#[test]
fn a_file_of_unclosed_quotes_is_gone_through_once() {
    let mut file = "a,b\n".to_owned();
    for _ in 0..400_000 {
        file.push_str("x\"y,\"\n");
    }
    let settings = ReadSettings {
        quote: Some(Some(b'"')),
        ..ReadSettings::default()
    };
    let source = Source::new(vec![bytes("bad.csv", file)], &settings, None);
    let mut reader = open_rows(Box::new(source), &settings, None).unwrap();
    let mut refused = 0;
    while let Some(rows) = reader.next().unwrap() {
        assert_eq!(rows.len(), 0);
        refused += rows.refused.len();
    }
    assert_eq!(refused, 400_000);
}

#[test]
fn several_files_are_one_table() {
    let two = |second: &str| {
        let inputs = vec![bytes("a.csv", "x,y\n1,2\n"), bytes("b.csv", second)];
        read(inputs, &ReadSettings::default())
    };
    let first = "x|y\n1 @2 4..8 \"1\"|\"2\"\n";
    assert_eq!(
        two("x,y\n3,4\n"),
        format!("{first}1:1 @2 4..8 \"3\"|\"4\"\n")
    );
    assert_eq!(
        two("x,z\n3,4\n"),
        format!(
            "{first}error: b.csv, line 1: its header is not that of a.csv (column 2 is \"y\" there and \"z\" here): files read together have the same columns in the same order\n"
        )
    );
    assert_eq!(
        two("x\n3\n"),
        format!(
            "{first}error: b.csv, line 1: its header is not that of a.csv (2 columns there, 1 here): files read together have the same columns in the same order\n"
        )
    );
    assert_eq!(
        two(""),
        format!("{first}error: b.csv, line 1: it is empty: a header line was expected\n")
    );
}

#[test]
fn the_way_of_writing_is_said_in_a_sentence() {
    let check = |text: &str, expected: &str| {
        let settings = ReadSettings::default();
        let source = Source::new(vec![bytes("a.csv", text)], &settings, None);
        let reader = open_rows(Box::new(source), &settings, None).unwrap();
        assert_eq!(
            format!("{}, {}", reader.encoding(), reader.format()),
            expected
        );
    };
    check(
        "a;b\n가;2\n",
        "UTF-8, CSV with semicolons and double quotes, the first row names the columns",
    );
    check(
        "a\tb\n\"1\t2\n",
        "ASCII, TSV (tabs), no quotes, the first row names the columns",
    );
    check("{\"a\":1}\n", "ASCII, JSON Lines");
}

#[test]
fn files_are_read_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("menu.csv");
    std::fs::write(&path, "a\n1\n").unwrap();
    let named = |name: &str| {
        let inputs = vec![Arc::from(madang_import::read::input_named(name)?)];
        Ok::<_, madang_import::read::ReadError>(read(inputs, &ReadSettings::default()))
    };
    assert_eq!(
        named(path.to_str().unwrap()).unwrap(),
        "a\n1 @2 2..4 \"1\"\n"
    );
    let missing = folder.path().join("none.csv");
    let error = named(missing.to_str().unwrap()).unwrap_err();
    assert_eq!(error.kind.code(), "not_found");
    let error = named(folder.path().to_str().unwrap()).unwrap_err();
    assert_eq!(error.kind.code(), "folder");
}

#[test]
fn titles_above_the_header_are_passed_over() {
    let settings = ReadSettings {
        skip_lines: 2,
        ..ReadSettings::default()
    };
    check_as(
        "메뉴 목록, (강남점)\r\n\r\na;b\r\n1;2\r\n",
        &settings,
        &["a|b", r#"1 @4 35..40 "1"|"2""#],
    );
    check_as(
        "title",
        &settings,
        &["error: file, line 3: it is empty: a header line was expected"],
    );
}

#[test]
fn the_line_that_has_the_wanted_columns_is_found_below_titles() {
    let member = |names: &[&str], is_required: bool| Member {
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        is_required,
        ..Member::default()
    };
    let settings = ReadSettings {
        members: vec![
            member(&["code", "코드"], false),
            member(&["가격"], true),
            member(&["메모"], false),
        ],
        ..ReadSettings::default()
    };
    let check = |text: &str, settings: &ReadSettings, expected: Option<u64>| {
        let source = Source::new(vec![bytes("file", text)], settings, None);
        let lines = match open_rows(Box::new(source), settings, None) {
            Ok(reader) => reader.titles_above(),
            Err(error) => match error.kind {
                ReadErrorKind::TitlesAbove { lines } => Some(lines),
                kind => panic!("{text:?}: {kind}"),
            },
        };
        assert_eq!(lines, expected, "{text:?}");
    };
    let found = |text: &str, expected| check(text, &settings, expected);
    found("code,가격\n1,2\n", None);
    found("가격\n1\n", None);
    found("제목,\ncode,가격\n1,2\n", Some(1));
    found("제목\r\n\r\n\"Code\";\"가격\"\r\n1;2\r\n", Some(2));
    found("제목\rcode\t가격\r1\t2\r", Some(1));
    found(",제목,\n,,\ncode,가격,메모\n1,2,3\n", Some(2));
    // One name is a word that may stand in a row; two are a header, and more are a better one.
    found("이름,값\ncode,2\n", None);
    found("메모,값\ncode,가격\n1,2\n", Some(1));
    found("제목\ncode,가격\n코드,가격,메모\n", Some(2));
    found("제목\ncode,가격\ncode,가격\n", Some(1));
    found(&format!("{}code,가격\n", "제목\n".repeat(30)), Some(30));
    found(&format!("{}code,가격\n", "제목\n".repeat(31)), None);
    let skipped = ReadSettings {
        skip_lines: 2,
        ..settings.clone()
    };
    check("제목\n제목\n기간,\ncode,가격\n1,2\n", &skipped, Some(3));
    let bare = ReadSettings {
        has_header: false,
        ..settings.clone()
    };
    check("제목,x\ncode,가격\n", &bare, None);
    check("제목,x\ncode,가격\n", &ReadSettings::default(), None);
}

#[test]
fn a_cell_in_quotes_is_refused_where_none_were_found() {
    let check = |text: &str, quote: Option<Option<u8>>, expected: &[u64]| {
        let settings = ReadSettings {
            quote,
            ..ReadSettings::default()
        };
        let read = rows_of(text, &settings, 3);
        let refused = read.lines().filter(|line| line.contains("cell_in_quotes"));
        let rows: Vec<u64> = refused
            .filter_map(|line| line.split_once(' ')?.0.parse().ok())
            .collect();
        assert_eq!(rows, expected, "{text:?}: {read}");
    };
    let odd = "a,b\n1,\"특\" 갈비탕\n";
    check(&format!("{odd}\"2\",3\n"), None, &[]);
    let odder = format!("{odd}1,\"대\" 갈비탕\n");
    check(&odder, None, &[]);
    let later = format!("{odder}1,\"중\" 갈비탕\n\"2\",3\n4,\"5\" \n6,x\"\n");
    check(&later, None, &[4, 5]);
    check(&later, Some(None), &[]);
    // Separators and ends of lines in quotes divide it where none are expected.
    check(&format!("{odder}\"2, 3\",4\n"), None, &[3]);
    check(&format!("{odder}5\" pipe,2,3\n"), None, &[]);
    // What none of the first rows needs is the usual quote all the same.
    let plain = format!("a,b\n{}", "1,2\n".repeat(20_000));
    check(&format!("{plain}\"3, 4\",5\n"), None, &[]);
    let behind = format!("{odder}{}\"q\",3\n", "1,2\n".repeat(20_000));
    check(&behind, None, &[20_003]);
}

#[test]
fn the_first_quoted_cell_behind_the_beginning_is_read() {
    let text = format!("a,b\n{}\"3, \"\"4\"\"\",\"5\n6\"\n", "1,2\n".repeat(20_000));
    let read = rows_of(&text, &ReadSettings::default(), usize::MAX);
    let last = read.lines().last().expect("there are rows");
    assert!(last.ends_with(r#""3, \"4\""|"5\n6""#), "{last}");
}
