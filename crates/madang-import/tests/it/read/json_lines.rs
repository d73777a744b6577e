//! Golden pairs of JSON Lines.

use madang_import::Cell;
use madang_import::read::{FormatKind, Member, ReadSettings, Source, open_rows};

use super::{bytes, rows_of};

fn check(text: &str, columns: &[&str], expected: &[&str]) {
    let settings = ReadSettings {
        columns: Some(columns.iter().map(|name| (*name).to_owned()).collect()),
        row_bytes_max: 200,
        ..ReadSettings::default()
    };
    let expected = expected
        .iter()
        .map(|line| format!("{line}\n"))
        .collect::<String>();
    let expected = format!("{}\n{expected}", columns.join("|"));
    for piece_bytes in [usize::MAX, 1, 2, 5] {
        assert_eq!(
            rows_of(text, &settings, piece_bytes),
            expected,
            "{text:?} in pieces of {piece_bytes}"
        );
    }
}

#[test]
fn members_are_cells_in_the_order_of_the_columns() {
    check(
        "{\"b\":\"x\",\"a\":1}\r\n\n {\"a\":2.50,\"c\":0}",
        &["a", "b"],
        &[r#"1 @1 0..17 "1"|"x""#, r#"2 @3 18..35 "2.50"|-"#],
    );
}

#[test]
fn values_are_their_text() {
    let check = |value: &str, expected: &str| {
        let text = format!("{{\"a\":{value}}}\n");
        check(
            &text,
            &["a"],
            &[&format!("1 @1 0..{} {expected}", text.len())],
        );
    };
    check("\"\"", "\"\"");
    check("\"a\\n\\u00e9\\ud55c\\\"\"", r#""a\né한\"""#);
    check("null", "-");
    check("true", "\"true\"");
    check(
        "12345678901234567890.10e+400",
        "\"12345678901234567890.10e+400\"",
    );
    check("{\"b\": [1, \"x\"]}", r#""{\"b\": [1, \"x\"]}""#);
    check("[]", "\"[]\"");
    check("\"x\\u0000\"", r#"! nul "{\"a\":\"x\\u0000\"}""#);
    let deep = format!("{}{}", "[".repeat(65), "]".repeat(65));
    check(
        &deep,
        &format!("! too_deep {:?}", format!("{{\"a\":{deep}}}")),
    );
}

#[test]
fn names_with_dots_lead_into_objects() {
    let text = "{\"m\":{\"p\":1,\"q\":{\"r\":2}}}\n";
    check(
        text,
        &["m.p", "m.q.r", "m.q"],
        &[r#"1 @1 0..26 "1"|"2"|"{\"r\":2}""#],
    );
    check("{\"m.p\":1}\n", &["m.p"], &[r#"1 @1 0..10 "1""#]);
    check("{\"m\":[1]}\n", &["m.p"], &["1 @1 0..10 -"]);
}

#[test]
fn a_name_that_could_be_one_of_two_columns_spoils_its_row() {
    check(
        "{\"ab\":1,\"AB\":2}\n{\"Ab\":3}\n",
        &["ab", "AB"],
        &[
            r#"1 @1 0..16 "1"|"2""#,
            r#"2 @2 16..25 ! key_alike "{\"Ab\":3}""#,
        ],
    );
}

/// What stands first is not all that stands there: members that the mapping reads come late, under another name, within objects, in a second file.
#[test]
fn members_that_the_first_objects_do_not_have_are_read() {
    let members = || {
        let member = |names: &[&str], is_required, only_with: &[&str]| Member {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            is_required,
            only_with: only_with.iter().map(|name| (*name).to_owned()).collect(),
        };
        vec![
            member(&["Code", "item"], true, &[]),
            member(&["price", "menu.price"], true, &[]),
            member(&["memo", "note"], false, &[]),
            member(&["sku"], false, &["gone", "code"]),
            member(&["barcode"], false, &["gone"]),
            member(&["lost"], true, &[]),
        ]
    };
    let read = |columns: Option<&[String]>, texts: &[&str]| {
        let settings = ReadSettings {
            columns: columns.map(<[String]>::to_vec),
            members: members(),
            ..ReadSettings::default()
        };
        let inputs = texts.iter().map(|text| bytes("a.jsonl", *text)).collect();
        let source = Source::new(inputs, &settings, None);
        let mut reader = open_rows(Box::new(source), &settings, None).expect("columns");
        let columns = reader.columns().to_vec();
        let (mut cells, mut refused) = (Vec::new(), Vec::new());
        while let Some(rows) = reader.next().expect("text") {
            for row in 0..rows.len() {
                let cell = |at| match rows.cells().cell(row, at) {
                    Cell::Text(text) => text.to_owned(),
                    Cell::Absent => "-".to_owned(),
                };
                cells.push((0..columns.len()).map(cell).collect::<Vec<_>>().join("|"));
            }
            let codes = rows.refused.iter().map(|row| row.reasons[0].code.clone());
            refused.extend(codes);
        }
        (columns, cells, refused)
    };
    let first = "{\"code\":\"A\",\"menu\":{\"price\":1}}\n";
    let texts = [
        first,
        "{\"code\":\"B\",\"price\":2,\"note\":\"n\",\"sku\":\"S\",\"barcode\":\"8\"}\n{\"item\":\"C\",\"memo\":\"m\"}\n{\"memo\":\"m\",\"note\":\"n\"}\n",
    ];
    let (columns, cells, refused) = read(None, &texts);
    assert_eq!(columns, ["code", "menu", "menu.price", "memo", "sku"]);
    let expected = ["A|{\"price\":1}|1|-|-", "B|-|2|n|S", "C|-|-|m|-"];
    assert_eq!(cells, expected);
    assert_eq!(refused, ["key_twice"]);
    // As a refused row is read again.
    let (again, cells, _) = read(Some(&columns), &texts[1..]);
    assert_eq!(
        (again, &cells[..]),
        (columns, &expected.map(str::to_owned)[1..])
    );
}

#[test]
fn a_name_that_stands_twice_in_an_object_spoils_its_row() {
    let check = |text: &str, key: &str| {
        let settings = ReadSettings {
            columns: Some(["a", "m.p", "m.q", "m"].map(str::to_owned).to_vec()),
            ..ReadSettings::default()
        };
        let text = format!("{text}\n{{\"a\":1,\"m\":{{\"p\":2,\"a\":3}}}}\n");
        let source = Source::new(vec![bytes("a.jsonl", text)], &settings, None);
        let mut reader = open_rows(Box::new(source), &settings, None).expect("columns");
        let rows = reader.next().expect("text").expect("rows");
        assert_eq!(rows.len(), 1, "the line behind it is right");
        let reason = &rows.refused[0].reasons[0];
        assert_eq!(reason.code, "key_twice");
        assert_eq!(reason.column.as_deref(), Some(key));
        assert!(reason.message_ko.contains(&format!("{key:?}")));
    };
    check("{\"a\":1,\"b\":2,\"a\":2}", "a");
    check("{\"a\":null,\"a\":null}", "a");
    check("{\"m\":{\"p\":1},\"m\":{\"q\":1}}", "m");
    check("{\"m\":{\"p\":1,\"p\":1}}", "m.p");
    check("{\"m.p\":1,\"m\":{\"p\":1}}", "m.p");
    // A name is the same however it is written.
    check(r#"{"a":1,"\u0061":1}"#, "a");
}

#[test]
fn what_is_no_json_is_said_in_both_languages() {
    let check = |line: &str, english: &str, korean: &str| {
        let settings = ReadSettings {
            columns: Some(vec!["a".to_owned()]),
            kind: Some(FormatKind::JsonLines),
            ..ReadSettings::default()
        };
        let source = Source::new(vec![bytes("a.jsonl", line)], &settings, None);
        let mut reader = open_rows(Box::new(source), &settings, None).expect("columns");
        let rows = reader.next().expect("text").expect("rows");
        let reason = &rows.refused[0].reasons[0];
        assert_eq!(reason.message, format!("the line is not JSON: {english}"));
        assert_eq!(
            reason.message_ko,
            format!("줄이 올바른 JSON이 아니에요. {korean}")
        );
    };
    check(
        "{\"a\":\"한글",
        "EOF while parsing a string at character 8",
        "8번째 글자: 닫는 괄호나 따옴표가 없이 끝나요",
    );
    check(
        "{\"a\":1 \"한\":2}",
        "expected `,` or `}` at character 8",
        "8번째 글자: 값 뒤에 ,나 }가 있어야 해요",
    );
    check(
        "{\"한\" 1}",
        "expected `:` at character 6",
        "6번째 글자: 키 뒤에 :이 있어야 해요",
    );
    check(
        "{\"a\":1}x",
        "trailing characters at character 8",
        "8번째 글자: 객체가 끝난 뒤에 다른 글자가 있어요",
    );
    check(
        "{a:1}",
        "key must be a string at character 2",
        "2번째 글자: 키는 따옴표로 감싸야 해요",
    );
}

#[test]
fn broken_lines_are_refused_and_the_others_go_on() {
    check(
        "{\"a\":1\n[1]\n{\"a\":2}x\n{\"a\":\"\n{\"b\":tru}\n\u{feff}{}\n{\"a\":\0}\n{\"a\":3}\n",
        &["a"],
        &[
            r#"1 @1 0..7 ! not_json "{\"a\":1""#,
            r#"2 @2 7..11 ! not_an_object "[1]""#,
            r#"3 @3 11..20 ! not_json "{\"a\":2}x""#,
            r#"4 @4 20..27 ! not_json "{\"a\":\"""#,
            r#"5 @5 27..37 ! not_json "{\"b\":tru}""#,
            "6 @6 37..43 ! byte_order_mark \"\\u{feff}{}\"",
            r#"7 @7 43..51 ! nul "{\"a\":\0}""#,
            r#"8 @8 51..59 "3""#,
        ],
    );
}

#[test]
fn a_line_over_the_bound_is_refused() {
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(500));
    let text = format!("{{\"a\":1}}\n{long}\n{{\"a\":2}}\n{long}");
    check(
        &text,
        &["a"],
        &[
            r#"1 @1 0..8 "1""#,
            &format!("2 @2 8..517 ! row_too_long {long:?}…"),
            r#"3 @3 517..525 "2""#,
            &format!("4 @4 525..1033 ! row_too_long {long:?}…"),
        ],
    );
}

#[test]
fn without_named_columns_all_members_of_the_beginning_are_taken() {
    let read = |text: &str| rows_of(text, &ReadSettings::default(), usize::MAX);
    assert_eq!(
        read("{\"a\":1}\n{\"b\":2,\"a\":3}\n"),
        "a|b\n1 @1 0..8 \"1\"|-\n2 @2 8..22 \"3\"|\"2\"\n"
    );
    assert_eq!(
        read("[{\"a\":1}]\n"),
        "error: file: it is one JSON array: write an object a line (JSON Lines), as `jq -c '.[]'` does\n"
    );
}

#[test]
fn spellings_of_one_name_are_one_column() {
    let read = |text: &str, names: &[&str]| {
        let member = |name: &&str| Member {
            names: vec![(*name).to_owned()],
            ..Member::default()
        };
        let settings = ReadSettings {
            members: names.iter().map(member).collect(),
            ..ReadSettings::default()
        };
        rows_of(text, &settings, usize::MAX)
    };
    assert_eq!(
        read("{\"Memo\":1}\n{\"memo\":2}\n", &[]),
        "Memo\n1 @1 0..11 \"1\"\n2 @2 11..22 \"2\"\n"
    );
    // Where one object has both they are two.
    assert_eq!(
        read("{\"a\":1}\n{\"A\":2,\"a\":3}\n", &[]),
        "a|A\n1 @1 0..8 \"1\"|-\n2 @2 8..22 \"3\"|\"2\"\n"
    );
    // A mapping's own spelling is read wherever it stands first.
    let filler = format!("{{\"x\":\"{}\"}}\n", "a".repeat(70_000));
    let late = read(
        &format!("{{\"Memo\":1}}\n{filler}{{\"memo\":2}}\n"),
        &["memo"],
    );
    assert!(late.ends_with("\"2\"\n"), "{late}");
}

/// Two spellings of one name are one column wherever the second first stands: behind the beginning, in a later file, within objects, in a row that is read again.
#[test]
fn a_spelling_that_comes_late_is_the_same_column() {
    let check = |head: &str, names: &[&[&str]], late: &str, expected: &str| {
        let member = |names: &&[&str]| Member {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            ..Member::default()
        };
        let settings = ReadSettings {
            members: names.iter().map(member).collect(),
            ..ReadSettings::default()
        };
        let first_names: Vec<&str> = names.iter().map(|names| names[0]).collect();
        let last = |settings: &ReadSettings, texts: &[&str]| {
            let inputs = texts
                .iter()
                .map(|text| bytes("a.jsonl", (*text).to_owned()));
            let source = Source::new(inputs.collect(), settings, None);
            let mut reader = open_rows(Box::new(source), settings, None).expect("columns");
            let columns = reader.columns().to_vec();
            let mut last = String::new();
            while let Some(rows) = reader.next().expect("text") {
                let cell = |name: &&str| {
                    let is_it = |column: &String| column.eq_ignore_ascii_case(name);
                    let at = columns.iter().position(is_it).expect("a column");
                    match rows.cells().cell(rows.len() - 1, at) {
                        Cell::Text(text) => text.to_owned(),
                        Cell::Absent => "-".to_owned(),
                    }
                };
                last = match rows.refused.last() {
                    Some(refused) => refused.reasons[0].message.clone(),
                    None => first_names.iter().map(cell).collect::<Vec<_>>().join("|"),
                };
            }
            (columns, last)
        };
        let filler = format!("{{\"x\":\"{}\"}}\n", "a".repeat(70_000));
        let (columns, behind) = last(&settings, &[&format!("{head}\n{filler}{late}\n")]);
        assert!(behind.contains(expected), "{late}: {behind}");
        let (_, second) = last(&settings, &[head, late]);
        assert!(
            second.contains(expected),
            "{late} in a second file: {second}"
        );
        // As it is read again: with the columns of the run.
        let settings = ReadSettings {
            columns: Some(columns),
            ..settings
        };
        let (_, again) = last(&settings, &[late]);
        assert!(again.contains(expected), "{late} again: {again}");
    };
    let top = r#"{"id":"1","memo":"a","deliveryFee":100}"#;
    let names: &[&[&str]] = &[&["memo", "note"], &["deliveryFee"], &["ID"]];
    let late = r#"{"Id":"2","Memo":"b","DeliveryFee":3000}"#;
    check(top, names, late, "b|3000|2");
    check(top, names, r#"{"MEMO ":"b","DELIVERYFEE":1}"#, "b|1|-");
    check(top, names, r#"{"NOTE":"n"}"#, "n|-|-");
    check(top, names, r#"{"Other":"n"}"#, "-|-|-");
    let both = "\"memo\" stands twice";
    check(top, names, r#"{"Memo":"b","memo":"c"}"#, both);
    check(top, names, r#"{"memo":"b","Memo":null}"#, both);
    check(top, names, r#"{"Memo":"b","MEMO":"c"}"#, both);
    // What nothing is read from may be spelled in any ways.
    check(top, &[&["id"]], r#"{"Id":"2","memo":"b","Memo":"c"}"#, "2");

    let nested = r#"{"id":1,"Menu":{"Price":1}}"#;
    let names: &[&[&str]] = &[&["menu.price"]];
    check(nested, names, r#"{"Menu":{"Price":2}}"#, "2");
    check(nested, names, r#"{"menu":{"PRICE":3}}"#, "3");
    check(nested, names, r#"{"MENU.Price":4}"#, "4");
    check(nested, names, r#"{"menu":{"price":1,"Price":2}}"#, "twice");
    check(
        nested,
        names,
        r#"{"menu":{"price":1},"Menu":{"price":2}}"#,
        "twice",
    );
    // Objects that have both names have two columns, and either may have the member.
    let apart = r#"{"a":{"b":1},"A":2}"#;
    let names: &[&[&str]] = &[&["a.b"]];
    check(apart, names, r#"{"a":{"b":5},"A":2}"#, "5");
    check(apart, names, r#"{"a":2,"A":{"B":6}}"#, "6");
    check(apart, names, r#"{"a":{"b":5},"A":{"b":6}}"#, "twice");
    // Neither ASCII nor composed as the other is.
    let accented = "{\"caf\u{e9}\":1}";
    check(accented, &[&["caf\u{e9}"]], "{\"CAFE\u{301}\":2}", "2");
}

#[test]
fn lines_above_a_header_are_no_matter_of_json() {
    let settings = ReadSettings {
        skip_lines: 1,
        ..ReadSettings::default()
    };
    let said = rows_of("{\"a\":1}\n", &settings, usize::MAX);
    assert!(said.contains("in CSV alone"), "{said}");
}
