//! Proposed mappings.

use madang_import::check::{Mapping, infer};

use crate::{Checked, columns, rows};

fn proposed(names: &str, lines: &[&str]) -> Mapping {
    let mapping = infer("file", &columns(names), &rows(lines)).unwrap();
    let again = Mapping::parse(&mapping.to_toml(), "proposed").unwrap();
    assert_eq!(again, mapping);
    mapping
}

/// Each column as `name type`, with what else was found.
fn described(mapping: &Mapping) -> Vec<String> {
    let toml = mapping.to_toml();
    let tables = toml.split("[[columns]]\n").skip(1);
    let without =
        |line: &&str| !line.starts_with("note") && !line.starts_with("from") && !line.is_empty();
    tables
        .map(|table| table.lines().filter(without).collect::<Vec<_>>().join(", "))
        .collect()
}

#[test]
fn columns_are_described_by_what_all_samples_spell() {
    let names = "Order No|합계|비율|수량|날짜|at|우편번호|메모|is open|2nd day|빈칸|엑셀일자";
    let lines = [
        "7|4,500원|12.5%|3개|2026. 11. 22.|2026-11-22 오후 3:05|06236|가|Y|22/11/2026||46348",
        "8|1,000원|3%|12개|2026. 1. 2.|2026-11-23 09:00|12345||N|01/02/2026||46349",
    ];
    let mapping = proposed(names, &lines);
    assert_eq!(mapping.key, ["order_no"]);
    assert_eq!(
        described(&mapping),
        [
            "name = \"order_no\", type = \"integer\", required = true, unique = true",
            "name = \"합계\", type = \"money\", required = true",
            "name = \"비율\", type = \"decimal\", scale = 1, percent = \"number\", required = true",
            "name = \"quantity\", type = \"integer\", units = [\"개\"], required = true",
            "name = \"날짜\", type = \"date\", required = true",
            "name = \"at\", type = \"timestamp\", midnight = true, required = true",
            "name = \"우편번호\", type = \"text\", required = true",
            "name = \"메모\", type = \"text\"",
            "name = \"is_open\", type = \"boolean\", required = true",
            "name = \"_2nd_day\", type = \"date\", order = \"day-month-year\", required = true",
            "name = \"빈칸\", type = \"text\"",
            "name = \"엑셀일자\", type = \"date\", numbers = \"excel\", required = true",
        ]
    );
    // What was proposed takes the rows it was proposed for.
    assert_eq!(Checked::by(&mapping, names, &lines).refused(), [""; 0]);
}

#[test]
fn a_file_that_a_built_in_mapping_knows_is_described_by_it() {
    let menu = proposed("상품코드|상품명|판매가|알레르기", &["A1|라떼|5,000원|우유"]);
    assert_eq!(menu.name, "menu");
    assert_eq!(menu.columns.last().unwrap().name, "알레르기");
    assert!(
        menu.column("price")
            .unwrap()
            .note
            .as_ref()
            .unwrap()
            .contains("판매가")
    );
    assert_eq!(
        proposed("바코드|실사수량", &["8801234567893|3"]).name,
        "stock"
    );
    let settlement = proposed(
        "거래일자|거래시간|승인번호|카드사|승인금액|수수료|부가세|정산금액|정산예정일",
        &["2026-11-22|15:05:00|12345678|국민|10,000|150|15|9,835|2026-11-25"],
    );
    assert_eq!(settlement.name, "settlement");
    assert!(
        settlement
            .columns
            .iter()
            .all(|column| column.name != "거래시간")
    );
}

#[test]
fn a_menu_without_codes_is_one_for_a_till() {
    let menu = proposed("상품명|가격", &["라떼|5,000원", "모카|5,500원"]);
    assert_eq!(menu, {
        let mut expected = Mapping::menu_of_a_till();
        for (column, found) in expected.columns.iter_mut().zip(&menu.columns) {
            column.note.clone_from(&found.note);
        }
        expected
    });
    let refused = |lines: &[&str]| {
        Checked::by(
            &Mapping::menu_of_a_till(),
            "상품코드|상품명|가격|바코드",
            lines,
        )
        .refused()
    };
    assert_eq!(
        refused(&[
            "|라떼|5000|",
            "C1|라떼|5000|",
            "C2|라떼|5500|",
            "|라떼|5500|8801234567893",
            "|모카|5000|",
        ]),
        [""; 0]
    );
    assert_eq!(refused(&["|라떼|5000|", "|라떼|6000|"]).len(), 1);
    assert_eq!(refused(&["C1|라떼|5000|", "C1|모카|6000|"]).len(), 1);
}

#[test]
fn reports_of_sales_and_orders_are_neither_menus_nor_counts() {
    let check = |names: &str, line: &str, expected: &str| {
        assert_eq!(proposed(names, &[line]).name, expected, "{names}");
    };
    check(
        "주문일시|주문번호|상품코드|상품명|수량|금액",
        "2026-11-22 15:05|7|A1|라떼|2|7,600",
        "file",
    );
    check(
        "상품코드|상품명|단가|수량|금액",
        "A1|원두|3,100|10|31,000",
        "file",
    );
    check("발주번호|상품코드|상품명|단가", "P7|A1|원두|3,100", "file");
    check("주문번호|결제일|수량|코드", "7|2026-11-22|2|A1", "file");
    check("order_id|code|title|price", "7|A1|latte|5000", "file");
    // Lists whose names are as weak, without what speaks against them.
    check("상품코드|상품명|단가", "A1|라떼|5,000", "menu");
    check("상품코드|상품명|수량", "A1|라떼|12", "stock");
    check(
        "상품코드|상품명|판매가|재고|표시순서",
        "A1|라떼|5,000|3|1",
        "menu",
    );
}

#[test]
fn a_file_without_rows_is_described_by_its_names() {
    let mapping = infer("빈 파일", &columns("a|a."), &madang_import::Rows::default()).unwrap();
    assert_eq!(mapping.name, "빈_파일");
    assert_eq!(
        described(&mapping),
        [
            "name = \"a\", type = \"text\"",
            "name = \"a_2\", type = \"text\""
        ]
    );
}

#[test]
fn a_few_words_among_numbers_are_mistakes() {
    let mut lines: Vec<String> = (0..39)
        .map(|row| format!("{row}|{}원", row * 100))
        .collect();
    let with = |lines: &[String]| {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        described(&proposed("qty|가격 (원)", &lines))
    };
    lines.push("40|싯가".to_owned());
    assert_eq!(
        with(&lines)[0..2],
        [
            "name = \"qty\", type = \"integer\", required = true",
            "name = \"가격_원\", type = \"money\", required = true",
        ]
    );
    (0..3).for_each(|row| lines.push(format!("{row}|미정")));
    assert_eq!(
        with(&lines)[1],
        "name = \"가격_원\", type = \"text\", required = true"
    );
}

#[test]
fn units_that_differ_in_size_are_proposed_with_factors() {
    let check = |values: &[&str], expected: &str| {
        let mapping = proposed("양", values);
        let toml = mapping.to_toml();
        let units = toml.lines().find(|line| line.starts_with("units"));
        let of_type = toml.lines().find(|line| line.starts_with("type"));
        let said: Vec<&str> = of_type.into_iter().chain(units).collect();
        assert_eq!(said.join(", "), expected, "{values:?}");
        assert_eq!(Checked::by(&mapping, "양", values).refused(), [""; 0]);
        toml
    };
    check(
        &["1.25kg", "500 g", "3KG"],
        "type = \"integer\", units = { g = 1, kg = 1000 }",
    );
    check(
        &["1.5L", "0.2 ml"],
        "type = \"decimal\", units = { ml = 1, L = 1000 }",
    );
    check(
        &["3개", "2 EA", "5"],
        "type = \"integer\", units = [\"개\", \"EA\"]",
    );
    check(&["3㎏", "2 ㎏"], "type = \"integer\", units = [\"㎏\"]");
    // Nobody can know how many are in a box, nor of what a bare number is.
    let told = check(&["3박스", "30개"], "type = \"text\"");
    assert!(told.contains("units = { \\\"박스\\\" = …"), "{told}");
    check(&["1kg", "500g", "3"], "type = \"text\"");
}

#[test]
fn eight_digits_are_days_where_the_name_says_so() {
    let check = |name: &str, values: &[&str], expected: &str| {
        let described = described(&proposed(name, values)).concat();
        let of_type = described.split(", ").nth(1).unwrap();
        assert_eq!(of_type, format!("type = \"{expected}\""), "{name}");
    };
    let days = ["20261122", "20261123"];
    for name in [
        "날짜",
        "일자",
        "영업일자",
        "거래일",
        "유통기한",
        "date",
        "YMD",
        "sale_dt",
        "sale dt",
        "Business Day",
        "expiry",
    ] {
        check(name, &days, "date");
    }
    for name in ["메모", "주문번호", "dtx", "Monday sales"] {
        check(name, &days, "integer");
    }
    // No day at all, or none that anybody would write.
    check("YMD", &["20261122", "20261323"], "integer");
    check("YMD", &["10261122", "20261123"], "integer");
    let toml = proposed("메모", &days).to_toml();
    assert!(toml.contains("could be days"), "{toml}");
}

#[test]
fn goods_without_tax_are_told_by_the_words_for_it() {
    let check = |name: &str, lines: &[&str], expected: &str| {
        let mapping = proposed(name, lines);
        assert_eq!(described(&mapping).concat(), expected, "{name}");
        Checked::by(&mapping, name, lines).taken()
    };
    let both = "name = \"tax_free\", type = \"boolean\", yes = [\"면세\", \"비과세\"], no = [\"과세\"], required = true";
    for name in ["면세", "과세/면세", "과세여부", "과세구분", "세금"] {
        let taken = check(name, &["과세", "면세", "비과세"], both);
        assert_eq!(taken, ["false", "true", "true"]);
    }
    let usual = "name = \"tax_free\", type = \"boolean\", required = true";
    assert_eq!(check("면세여부", &["Y", "N"], usual), ["true", "false"]);
    // Goods that are taxed are not free of it.
    let asked = "name = \"과세여부\", type = \"boolean\", required = true";
    assert_eq!(check("과세여부", &["Y", "N"], asked), ["true", "false"]);
    check(
        "과세구분",
        &["과세", "영세율"],
        "name = \"과세구분\", type = \"text\", required = true",
    );
    let two = proposed("면세|과세여부", &["면세|면세"]);
    assert_eq!(two.columns[1].name, "tax_free_2");
}

#[test]
fn names_are_those_of_what_stands_there() {
    let check = |names: &str, expected: &[&str]| {
        let line = "1,000|".repeat(names.split('|').count());
        let mapping = proposed(names, &[line.trim_end_matches('|')]);
        let named: Vec<&str> = mapping.columns.iter().map(|rule| &*rule.name).collect();
        assert_eq!(named, expected, "{names}");
    };
    check("단가|수량|금액", &["unit_price", "quantity", "amount"]);
    check("금액|거래금액|부가세", &["amount", "거래금액", "tax"]);
    check("세액|부가세", &["tax", "부가세"]);
}

#[test]
fn more_columns_than_a_mapping_may_have_are_told() {
    let names: Vec<String> = (0..1_001).map(|at| format!("c{at}")).collect();
    let line = vec!["1"; names.len()].join("|");
    let error = infer("wide", &names, &rows(&[&line])).unwrap_err();
    insta::assert_snapshot!(format!("{error}\n{}", error.korean()), @r#"
    the file has 1001 columns, and a mapping at most 1000, so none is proposed; write one of the columns that you need: what a mapping does not name is left out
    파일에 열이 1001개 있는데 매핑에는 1000개까지 쓸 수 있어서 제안하지 못했어요. 필요한 열만 적은 매핑을 만들어 주세요. 적지 않은 열은 가져오지 않아요.
    "#);
    assert_eq!(
        infer("wide", &names[1..], &rows(&[&line]))
            .unwrap()
            .columns
            .len(),
        1_000
    );
    // A name that no mapping can hold.
    let error = infer("long", &columns(&"가".repeat(400)), &rows(&["1"])).unwrap_err();
    insta::assert_snapshot!(format!("{error}\n{}", error.korean()), @r#"
    no mapping can be proposed for the file: the proposal:11:9: `from` must be text of at most 1,000 bytes in quotes; write for example `from = ["가격", "price"]`
    이 파일에 맞는 매핑을 제안하지 못했어요: `from`의 값이 올바르지 않아요. 예: `from = ["가격", "price"]`
    "#);
}

#[test]
fn moments_of_machines_are_proposed_with_what_is_cut_off() {
    let values = ["2026-11-22 15:05:00.1234567", "2026-11-22 15:05:01"];
    let mapping = proposed("made_at", &values);
    assert_eq!(
        described(&mapping).concat(),
        "name = \"made_at\", type = \"timestamp\", midnight = true, fraction = \"cut\", required = true"
    );
    let toml = mapping.to_toml();
    assert!(toml.contains("is cut off"), "{toml}");
}

#[test]
fn decimals_are_as_many_as_were_written() {
    let mapping = proposed(
        "무게|비율|개수|금액",
        &["1.50|1.0000|3.0|2.00", "2.00|0.5000|4.0|1.00"],
    );
    assert_eq!(
        described(&mapping),
        [
            "name = \"무게\", type = \"decimal\", scale = 2, required = true",
            "name = \"비율\", type = \"decimal\", scale = 4, required = true",
            "name = \"개수\", type = \"integer\", required = true",
            "name = \"amount\", type = \"money\", required = true",
        ]
    );
}
