//! Golden pairs of JSON Lines.

use madang_import::read::ReadSettings;

use super::rows_of;

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
    check("1,\"a\":2", "\"2\"");
    check("1,\"a\":null", "-");
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
    check(
        "{\"m\":{\"p\":1},\"m\":3}\n",
        &["m.p", "m"],
        &[r#"1 @1 0..20 -|"3""#],
    );
    check("{\"m\":[1]}\n", &["m.p"], &["1 @1 0..10 -"]);
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
