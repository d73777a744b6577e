//! Mappings, right and wrong.

use madang_import::check::Mapping;

/// A mapping of one column, with more after it.
fn with(column: &str, rest: &str) -> String {
    format!("name = \"x\"\n{rest}\n[[columns]]\nname = \"price\"\n{column}\n")
}

fn wrong(toml: &str) -> String {
    let error = Mapping::parse(toml, "x.toml").unwrap_err();
    format!("{error}\n{}", error.korean())
}

#[test]
fn the_built_in_mappings_are_right_and_read_back_as_they_are_written() {
    for name in Mapping::BUILTIN {
        let mapping = Mapping::builtin(name).unwrap();
        assert_eq!(mapping.name, name);
        let again = Mapping::parse(&mapping.to_toml(), "again").unwrap();
        assert_eq!(again, mapping, "{name}");
    }
    assert_eq!(Mapping::builtin("menus"), None);
}

#[test]
fn everything_that_a_mapping_can_say_reads_back() {
    let toml = r#"
name = "주문"
description = "\"따옴표\" \\ \u0001"
timezone = "America/New_York"
null = ["-"]
key = ["line"]
key_may_repeat = true
one_of = [["a", "b"], ["c"]]
[format]
kind = "csv"
separator = "\t"
quote = "'"
encoding = "cp949"
[[columns]]
name = "line"
type = "integer"
units = ["개", "EA"]
min = -5
max = 16
[[columns]]
name = "a"
type = "text"
length_min = 1
length_max = 3
only = "digits"
null = []
[[columns]]
name = "b"
type = "text"
choices = { hot = ["따뜻"], iced = [] }
default = "따뜻"
[[columns]]
name = "c"
type = "decimal"
scale = 3
min = -0.5
max = "1,000.125"
percent = "fraction"
units = { "\"상자\"" = 0.5, kg = 1_000 }
empty = "clear"
[[columns]]
name = "d"
type = "boolean"
from = ["있는지", "없는지"]
yes = ["있음"]
no = ["무"]
opposite_in = ["없는지"]
default = "있음"
[[columns]]
name = "e"
type = "date"
order = "day-month-year"
numbers = "excel"
min = "2020-01-01"
max = "2030-12-31"
[[columns]]
name = "f"
type = "timestamp"
time_from = ["시간"]
midnight = true
fraction = "cut"
unique = true
[[columns]]
name = "g"
type = "money"
[[row_checks]]
rule = "g * line >= 2 * c - 0.5"
within = 2
[group]
by = ["e"]
sums = ["line = g"]
rows_max = 7
[total_row]
columns = ["a"]
words = ["끝"]
subtotal_words = ["중간"]
sums = ["g"]
required = true
[rows]
min = 1
max = 9
"#;
    let mapping = Mapping::parse(toml, "x.toml").unwrap();
    assert_eq!(
        Mapping::parse(&mapping.to_toml(), "again").unwrap(),
        mapping
    );
}

#[test]
fn what_is_wrong_is_said_with_its_place_and_what_to_write() {
    insta::assert_snapshot!(wrong("name = "), @r#"
    x.toml:1:8: this is not TOML: string values must be quoted, expected literal string
    TOML 형식이 아니에요: string values must be quoted, expected literal string
    "#);
    insta::assert_snapshot!(wrong("nam = \"x\""), @r#"
    x.toml:1:1: there is no key `nam` in the mapping; is `name` meant?
    x.toml:1:1: `columns` is missing in the mapping; write for example `[[columns]]`
    매핑에 `nam`라는 항목은 없어요. 혹시 `name`인가요?
    매핑에 `columns` 항목이 빠졌어요. 예: `[[columns]]`
    "#);
    insta::assert_snapshot!(wrong("name = \"x\""), @r#"
    x.toml:1:1: `columns` is missing in the mapping; write for example `[[columns]]`
    매핑에 `columns` 항목이 빠졌어요. 예: `[[columns]]`
    "#);
    insta::assert_snapshot!(wrong(&with("type = \"money\"\nrequird = true", "")), @r#"
    x.toml:6:1: there is no key `requird` in column `price`; is `required` meant?
    `price` 열에 `requird`라는 항목은 없어요. 혹시 `required`인가요?
    "#);
    insta::assert_snapshot!(wrong(&with("type = \"mony\"", "")), @r#"
    x.toml:5:8: `type` must be one of text, integer, decimal, money, boolean, date, timestamp; write for example `type = "money"`
    `type`의 값이 올바르지 않아요. 예: `type = "money"`
    "#);
    insta::assert_snapshot!(wrong(&with("", "")), @r#"
    x.toml:3:1: `type` is missing in column `price`; write for example `type = "text"`
    `price` 열에 `type` 항목이 빠졌어요. 예: `type = "text"`
    "#);
    insta::assert_snapshot!(wrong(&with("type = \"money\"\nscale = 2", "")), @r#"
    x.toml:6:9: `scale` is said of columns of type decimal; this one is of type money
    `scale` 항목은 decimal 열에만 쓸 수 있어요. 이 열은 money 열이에요.
    "#);
    insta::assert_snapshot!(wrong(&with("type = \"decimal\"", "")), @r#"
    x.toml:3:1: `scale` is missing in column `price`; write for example `scale = 2`
    `price` 열에 `scale` 항목이 빠졌어요. 예: `scale = 2`
    "#);
    insta::assert_snapshot!(wrong(&with("type = \"money\"\nmin = 0.5", "")), @r#"
    x.toml:6:7: `min` must be a number with at most 0 decimals; write for example `min = 0`
    `min`의 값이 올바르지 않아요. 예: `min = 0`
    "#);
    insta::assert_snapshot!(wrong(&with("type = \"money\"\ndefault = \"싯가\"", "")), @r#"
    x.toml:6:11: `default` must be a value of type money that the column itself takes; write for example `default = "0"`
    `default`의 값이 올바르지 않아요. 예: `default = "0"`
    "#);
    insta::assert_snapshot!(wrong(&with("type = \"money\"\nempty = \"clean\"", "")), @r#"
    x.toml:6:9: `empty` must be one of keep, clear, default; write for example `empty = "clear"`
    `empty`의 값이 올바르지 않아요. 예: `empty = "clear"`
    "#);
    insta::assert_snapshot!(wrong(&with("type = \"money\"\nrequired = true\nempty = \"keep\"", "")), @r#"
    x.toml:7:9: `empty` must be left out beside `required`: nothing is ever empty there; write for example `empty = "clear"`
    `empty`의 값이 올바르지 않아요. 예: `empty = "clear"`
    "#);
    insta::assert_snapshot!(wrong(&with("type = \"money\"\ndefault = 0\nempty = \"clear\"", "")), @r#"
    x.toml:7:9: `empty` must be keep or default beside `default`; write for example `empty = "default"`
    `empty`의 값이 올바르지 않아요. 예: `empty = "default"`
    "#);
    insta::assert_snapshot!(wrong(&with("type = \"money\"\nempty = \"default\"", "")), @r#"
    x.toml:6:9: `empty` must be said beside a `default`; write for example `default = "0"`
    `empty`의 값이 올바르지 않아요. 예: `default = "0"`
    "#);
    insta::assert_snapshot!(wrong(&with("type = \"boolean\"\nyes = [\"있음\"]", "")), @r#"
    x.toml:6:7: `yes` must be said together with `no`; write for example `no = ["…"]`
    `yes`의 값이 올바르지 않아요. 예: `no = ["…"]`
    "#);
    insta::assert_snapshot!(wrong(&with("type = \"money\"", "key = [\"prise\"]")), @r#"
    x.toml:2:8: key names the column `prise`, which the mapping does not have; is `price` meant?
    key에 적힌 `prise` 열이 매핑에 없어요. 혹시 `price`인가요?
    "#);
    insta::assert_snapshot!(wrong(&with("type = \"money\"", "timezone = \"Asia/Soul\"")), @r#"
    x.toml:2:12: `timezone` must be a time zone of the IANA database; write for example `timezone = "Asia/Seoul"`
    `timezone`의 값이 올바르지 않아요. 예: `timezone = "Asia/Seoul"`
    "#);
    insta::assert_snapshot!(wrong(&with("type = \"money\"\n[[row_checks]]\nrule = \"price = prise + 1\"", "")), @r#"
    x.toml:7:8: rule names the column `prise`, which the mapping does not have; is `price` meant?
    rule에 적힌 `prise` 열이 매핑에 없어요. 혹시 `price`인가요?
    "#);
    insta::assert_snapshot!(wrong(&with("type = \"money\"\n[[row_checks]]\nrule = \"price + 1\"", "")), @r#"
    x.toml:7:8: `rule` must be columns and numbers joined by + - * on both sides of one of = != < <= > >=; write for example `rule = "total = supply + tax"`
    `rule`의 값이 올바르지 않아요. 예: `rule = "total = supply + tax"`
    "#);
    insta::assert_snapshot!(wrong(&with("type = \"text\"\n[[row_checks]]\nrule = \"price = 1\"", "")), @r#"
    x.toml:7:8: `rule` must be of columns of numbers, or of two columns of dates or two of timestamps alone; write for example `rule = "total = supply + tax"`
    `rule`의 값이 올바르지 않아요. 예: `rule = "total = supply + tax"`
    "#);
    insta::assert_snapshot!(wrong(&with("type = \"money\"\n[[columns]]\nname = \"price\"\ntype = \"money\"", "")), @r#"
    x.toml:7:8: two columns are called `price`
    `price` 열이 두 번 적혀 있어요.
    "#);
    insta::assert_snapshot!(wrong(&with("type = \"integer\"\nmax = 0x10", "")), @r#"
    x.toml:6:7: `max` must be a number; write for example `max = 1000000`
    `max`의 값이 올바르지 않아요. 예: `max = 1000000`
    "#);
    insta::assert_snapshot!(wrong(&with("type = \"money\"\n[[row_checks]]\nrul = \"price = 1\"", "")), @r#"
    x.toml:7:1: there is no key `rul` in [[row_checks]] number 1; is `rule` meant?
    1번째 [[row_checks]]에 `rul`라는 항목은 없어요. 혹시 `rule`인가요?
    "#);
    insta::assert_snapshot!(wrong(&with("type = \"money\"\n[group]\nsums = []", "")), @r#"
    x.toml:6:1: `by` is missing in [group]; write for example `by = ["order"]`
    [group]에 `by` 항목이 빠졌어요. 예: `by = ["order"]`
    "#);
    insta::assert_snapshot!(wrong("name = \"x\"\n[[columns]]\nname = \"pri ce\"\ntype = \"money\""), @r#"
    x.toml:3:8: `name` must be a name of letters, digits and _ that does not begin with a digit, of at most 63 bytes; write for example `name = "price"`
    `name`의 값이 올바르지 않아요. 예: `name = "price"`
    "#);
}

#[test]
fn all_mistakes_are_told_at_once_in_the_order_of_the_text() {
    let toml = r#"
nam = "menu"
timezone = "Asia/Soul"
[[columns]]
name = "price"
type = "mony"
[[columns]]
name = "title"
type = "text"
scale = 2
requird = true
length_max = -1
[[columns]]
name = "title"
type = "text"
[[columns]]
type = "text"
[rows]
min = "one"
"#;
    insta::assert_snapshot!(Mapping::parse(toml, "x.toml").unwrap_err(), @r#"
    x.toml:2:1: there is no key `nam` in the mapping; is `name` meant?
    x.toml:3:12: `timezone` must be a time zone of the IANA database; write for example `timezone = "Asia/Seoul"`
    x.toml:6:8: `type` must be one of text, integer, decimal, money, boolean, date, timestamp; write for example `type = "money"`
    x.toml:10:9: `scale` is said of columns of type decimal; this one is of type text
    x.toml:11:1: there is no key `requird` in column `title`; is `required` meant?
    x.toml:12:14: `length_max` must be a whole number that is not negative; write for example `length_max = 100`
    x.toml:16:1: `name` is missing in [[columns]] number 4; write for example `name = "price"`
    x.toml:19:7: `min` must be a whole number that is not negative; write for example `min = 1`
    "#);
    // What speaks of columns is looked at once these are right.
    let toml = with(
        "type = \"money\"\n[[row_checks]]\nrule = \"prise = 1\"\n[[row_checks]]\nrule = \"price\"\n[group]\nby = [\"day\"]",
        "key = [\"item\"]",
    );
    insta::assert_snapshot!(Mapping::parse(&toml, "x.toml").unwrap_err(), @r#"
    x.toml:2:8: key names the column `item`, which the mapping does not have
    x.toml:7:8: rule names the column `prise`, which the mapping does not have; is `price` meant?
    x.toml:9:8: `rule` must be columns and numbers joined by + - * on both sides of one of = != < <= > >=; write for example `rule = "total = supply + tax"`
    x.toml:11:7: by names the column `day`, which the mapping does not have
    "#);
}

#[test]
fn a_list_of_units_that_differ_in_size_is_refused_with_how_to_write_factors() {
    let refused = |units: &str| wrong(&with(&format!("type = \"integer\"\nunits = {units}"), ""));
    let says = |units: &str, factors: &str| {
        let told = refused(units);
        assert!(told.contains(factors), "{units}: {told}");
    };
    insta::assert_snapshot!(refused("[\"kg\", \"g\"]"), @r#"
    x.toml:6:9: `units` lists units of different size, which would all count one: g, kg; write how much each is: `units = { g = 1, kg = 1000 }`
    `units`에 크기가 다른 단위가 함께 있어요(g, kg). 모두 1로 세지 않도록 하나가 얼마인지 적어 주세요: `units = { g = 1, kg = 1000 }`
    "#);
    says(
        "[\"g\", \"킬로그램\", \"t\"]",
        "{ g = 1, \"킬로그램\" = 1000, t = 1000000 }",
    );
    says("[\"L\", \"ml\"]", "{ ml = 1, L = 1000 }");
    says("[\"m\", \"cm\"]", "{ cm = 1, m = 100 }");
    says("[\"개\", \"박스\"]", "{ \"개\" = 1, \"박스\" = …");
    says("[\"상자\", \"다스\"]", "{ \"다스\" = 12, \"상자\" = …");
    let of_money = wrong(&with("type = \"money\"\nunits = [\"천원\"]", ""));
    assert!(
        of_money.contains("{ \"원\" = 1, \"천원\" = 1000 }"),
        "{of_money}"
    );
    // One size under several names, and what nothing is known of.
    for units in [
        "[\"kg\", \"킬로그램\"]",
        "[\"개\", \"EA\", \"잔\", \"세트\"]",
        "[\"박스\", \"BOX\", \"상자\"]",
        "{ \"개\" = 1, \"박스\" = 1 }",
        "[\"천원\"]",
    ] {
        let toml = with(&format!("type = \"integer\"\nunits = {units}"), "");
        let mapping = Mapping::parse(&toml, "x.toml").unwrap();
        assert_eq!(
            Mapping::parse(&mapping.to_toml(), "again").unwrap(),
            mapping
        );
    }
}

#[test]
fn what_asks_the_opposite_is_a_name_of_the_column() {
    let told = wrong(&with(
        "type = \"boolean\"\nopposite_in = [\"b\"]\nfrom = [\"a\"]",
        "",
    ));
    assert!(
        told.contains("`opposite_in` must be some of the names in `from`"),
        "{told}"
    );
}

#[test]
fn factors_that_are_none_are_refused() {
    let says = |units: &str, what: &str| {
        let told = wrong(&with(&format!("type = \"integer\"\nunits = {units}"), ""));
        assert!(told.contains(what), "{units}: {told}");
    };
    const NUMBER: &str = "`units` must be a number above 0 of at most 18 digits for each unit";
    for units in [
        "{ kg = 0 }",
        "{ kg = -1 }",
        "{ kg = 1e3 }",
        "{ kg = \"x\" }",
        "{ kg = true }",
        "{ kg = \"1.2345678901234567891\" }",
    ] {
        says(units, NUMBER);
    }
    for units in [
        "[\"\"]",
        "[\" \"]",
        "[\"5\"]",
        "[\"12개입\"]",
        "[\"-\"]",
        "{ \"\" = 1 }",
    ] {
        says(
            units,
            "`units` must be words that cannot be taken for part of a number",
        );
    }
    says(
        "{ kg = 1, KG = 1000 }",
        "`units` must be words of which each stands once",
    );
    says("5", "`units` must be a list of at most 1,000 texts");
}
