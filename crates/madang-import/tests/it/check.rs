//! Rows, right and wrong.

use madang_import::check::{Checker, Mapping};
use madang_import::{BatchBuilder, Reason, Refused};

use crate::{Checked, columns, rows, rows_from, spelled};

const PRICES: &str = r#"
name = "prices"
[[columns]]
name = "code"
from = ["상품코드", "code"]
type = "text"
length_max = 5
required = true
unique = true
[[columns]]
name = "price"
from = ["가격", "price"]
type = "money"
min = 0
max = 10000
required = true
[[columns]]
name = "state"
from = ["상태"]
type = "text"
default = "on_sale"
choices = { on_sale = ["판매중"], sold_out = ["품절"] }
[[columns]]
name = "memo"
from = ["메모"]
type = "text"
"#;

#[test]
fn rows_become_values_and_wrong_ones_say_all_that_is_wrong() {
    let checked = Checked::of(
        PRICES,
        " 가격 |Code|상태",
        &[
            "4,500원|A1|품절",
            "4500|A2|",
            "없음|A3|판매중",
            "4,50|toolong|매진",
            "10001|A1|판매중",
            "∅| |∅x",
            "||",
        ],
    );
    assert_eq!(checked.taken(), ["A1|4500|sold_out", "A2|4500|on_sale"]);
    assert_eq!(
        checked.refused(),
        [
            "3: required",
            "4: too_long misplaced_separator not_a_choice",
            "5: above_max repeated_value",
            "6: required required not_a_choice",
        ]
    );
    assert_eq!(checked.codes_found(), ["rows_passed_over"]);
    assert_eq!(checked.batch.refused[1].raw, "4,50|toolong|매진");
    assert_eq!(checked.batch.raw_of(1), b"4500|A2|");
    insta::assert_snapshot!(checked.sentences(), @r#"
    가격: nothing stands here; an amount of whole won is required, for example 4500, "4,500원"
    가격: 값이 비어 있어요. 원 단위 금액을 적어 주세요. 예: 4500, "4,500원"
    Code: "toolong" is longer than 5 characters
    Code: "toolong" — 5자를 넘을 수 없어요
    가격: "4,50" has commas that do not part thousands; write it as 4500, "4,500원"
    가격: "4,50" — 쉼표가 세 자리마다 있지 않아요. 예: 4500, "4,500원"
    상태: "매진" is not one of 판매중, 품절
    상태: "매진" — 판매중, 품절 중 하나여야 해요
    가격: "10001" is above 10000, the most allowed
    가격: "10001" — 10000 이하여야 해요
    Code: line 2 has the same; it may stand only once
    Code: 2번째 줄에 같은 값이 있어요. 한 번만 쓸 수 있어요
    Code: nothing stands here; a text is required, for example 아메리카노
    Code: 값이 비어 있어요. 글자를 적어 주세요. 예: 아메리카노
    가격: nothing stands here; an amount of whole won is required, for example 4500, "4,500원"
    가격: 값이 비어 있어요. 원 단위 금액을 적어 주세요. 예: 4500, "4,500원"
    상태: "∅x" is not one of 판매중, 품절
    상태: "∅x" — 판매중, 품절 중 하나여야 해요
    "#);
}

#[test]
fn card_numbers_are_not_shown() {
    let checked = Checked::of(PRICES, "code|price", &["A1|4111-1111-1111-1111"]);
    assert!(
        checked.sentences().contains("4111-11**-****-1111"),
        "{}",
        checked.sentences()
    );
    assert!(!checked.sentences().contains("1111-1111-1111"));
}

#[test]
fn names_are_found_however_they_are_composed() {
    use unicode_normalization::UnicodeNormalization;
    let apart: String = "상품코드|가격".nfd().collect();
    let checked = Checked::of(PRICES, &apart, &["A1|1"]);
    assert_eq!(checked.taken(), ["A1|1|on_sale"]);
}

#[test]
fn a_file_that_does_not_fit_is_refused_with_what_it_lacks() {
    let mapping = Mapping::parse(PRICES, "x").unwrap();
    let wrong = |names: &str| {
        let error = Checker::new(&mapping, &columns(names)).unwrap_err();
        format!("{error}\n{}", error.korean())
    };
    insta::assert_snapshot!(wrong("상품 코드|가겨"), @r#"
    the file lacks `code` (any of: 상품코드, code; is `상품 코드` meant?), `price` (any of: 가격, price; is `가겨` meant?). It has: 상품 코드, 가겨. Rename its column, or add the file's name to `from` in the mapping
    파일에 필요한 열이 없어요: `code` (가능한 이름: 상품코드, code, 혹시 `상품 코드`인가요?), `price` (가능한 이름: 가격, price, 혹시 `가겨`인가요?). 파일에 있는 열: 상품 코드, 가겨. 파일의 열 이름을 고치거나 매핑의 `from`에 그 이름을 더하세요.
    "#);
    insta::assert_snapshot!(wrong("code|price|Price "), @r#"
    the file has two columns called `price`; rename one
    파일에 `price` 열이 두 개 있어요. 하나의 이름을 바꾸세요.
    "#);
    let optional = PRICES.replace("required = true\n", "");
    let mapping_of_nothing = Mapping::parse(&optional, "x").unwrap();
    let none = Checker::new(&mapping_of_nothing, &columns("이름|가겨")).unwrap_err();
    insta::assert_snapshot!(format!("{none}\n{}", none.korean()), @r#"
    the file has none of the columns that the mapping reads: `code` (any of: 상품코드, code), `price` (any of: 가격, price; is `가겨` meant?), `state` (any of: 상태, state), `memo` (any of: 메모, memo). It has: 이름, 가겨. Rename its column, or add the file's name to `from` in the mapping
    매핑이 읽는 열이 파일에 하나도 없어요: `code` (가능한 이름: 상품코드, code), `price` (가능한 이름: 가격, price, 혹시 `가겨`인가요?), `state` (가능한 이름: 상태, state), `memo` (가능한 이름: 메모, memo). 파일에 있는 열: 이름, 가겨. 파일의 열 이름을 고치거나 매핑의 `from`에 그 이름을 더하세요.
    "#);
    let titled = none.below_titles(Some(3));
    let said = format!("{titled}\n{}", titled.korean());
    assert!(said.contains(". Line 4 looks like the header: pass over the titles above it with --skip-lines 3, or skip_lines = 3 under [format] of the mapping\n"), "{said}");
    assert!(said.ends_with("4번째 줄이 머리글 같아요. 그 위의 제목 3줄을 건너뛰세요(명령줄에서는 --skip-lines 3, 매핑에서는 [format]의 skip_lines = 3)."), "{said}");
    let mut checker = Checker::new(&mapping, &columns("code|price")).unwrap();
    assert!(checker.next_input(&columns("price|code")).is_ok());
    insta::assert_snapshot!(checker.next_input(&columns("price|code|메모")).unwrap_err(), @r#"
    the files of one run must have the same columns; only some have memo
    "#);
}

#[test]
fn a_builder_that_is_full_stops_the_check_and_nothing_is_taken_twice() {
    let mapping = Mapping::parse(PRICES, "x").unwrap();
    let mut checker = Checker::new(&mapping, &columns("code|price")).unwrap();
    let mut rows = rows(&["A1|1", "A2|x", "A3|3", "A4|4"]);
    // What the reader refused: before row 1, between rows 2 and 3, and behind row 4.
    for (row, line) in [(0, 1), (2, 3), (9, 9)] {
        let mut place = rows.places[0];
        (place.row, place.line) = (row, line);
        let reason = Reason {
            code: "ragged".into(),
            column: None,
            message: String::new(),
            message_ko: String::new(),
        };
        rows.refused.push(Refused {
            raw_hash: None,
            place,
            raw: String::new(),
            is_shortened: false,
            reasons: vec![reason],
        });
    }
    rows.places
        .iter_mut()
        .enumerate()
        .for_each(|(index, place)| place.row = [1, 2, 3, 4][index]);
    rows.refused[1].place.row = 2;
    rows.refused[1].place.line = 99;
    let mut told = Vec::new();
    let mut from = 0;
    while from < rows.len() {
        let mut builder = BatchBuilder::new(checker.schema().clone());
        from = checker
            .check(&rows, from, &mut builder, &|builder| !builder.is_empty())
            .unwrap();
        let batch = builder.build();
        told.extend((0..batch.len()).map(|row| spelled(&batch, row)));
        told.extend(
            batch
                .refused
                .iter()
                .map(|refused| format!("{} {}", refused.place.row, refused.reasons[0].code)),
        );
    }
    assert_eq!(
        told,
        [
            "A1|1|on_sale",
            "0 ragged",
            "2 not_a_number",
            "A3|3|on_sale",
            "2 ragged",
            "A4|4|on_sale",
            "9 ragged",
        ]
    );
}

const LINES: &str = r#"
name = "lines"
[[columns]]
name = "order"
type = "integer"
[[columns]]
name = "amount"
type = "decimal"
scale = 1
[[columns]]
name = "total"
type = "money"
[group]
by = ["order"]
sums = ["amount = total"]
rows_max = 3
"#;

#[test]
fn a_group_that_does_not_add_up_is_refused_whole() {
    let checked = Checked::of(
        LINES,
        "order|amount|total",
        &[
            "1|1.5|4", "1|2.5|4", // right
            "2|1|4", "2|2|4", // 3 is not 4
            "3|x|1", "3|1|1", // one line is refused
            "4|1|1", "4|0|2", // two totals
            "5|1|9", "5|1|9", "5|1|9", "5|1|9", "5|5|9", // too many
            "1|4|4", // again
            "?|1|1", // of no group
            "6|7|7",
        ],
    );
    assert_eq!(checked.taken(), ["1|15|4", "1|25|4", "6|70|7"]);
    let mut refused = checked.refused();
    refused.sort_by_key(|line| {
        line.split(':')
            .next()
            .and_then(|row| row.parse::<u64>().ok())
    });
    assert_eq!(
        refused,
        [
            "3: group_sum_differs",
            "4: group_sum_differs",
            "5: not_a_number",
            "6: group_incomplete",
            "7: group_total_differs",
            "8: group_total_differs",
            "9: group_too_large",
            "10: group_too_large",
            "11: group_too_large",
            "12: group_too_large",
            "13: group_too_large",
            "14: group_not_together",
            "15: not_a_number",
        ]
    );
}

#[test]
fn groups_are_the_same_wherever_blocks_and_batches_end() {
    let lines: Vec<String> = (0..60)
        .map(|row| format!("{}|{}|{}", row / 3, 1 + row % 2, 4 + row / 6 % 2))
        .collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let whole = Checked::of(LINES, "order|amount|total", &lines);
    assert!(whole.batch.len() > 10 && whole.batch.refused.len() > 10);
    for (block, full) in [(1, 1), (2, 5), (4, 1), (7, 3), (60, 1)] {
        let mapping = Mapping::parse(LINES, "x").unwrap();
        let mut checker = Checker::new(&mapping, &columns("order|amount|total")).unwrap();
        let (mut taken, mut refused) = (Vec::new(), 0);
        let mut builder = BatchBuilder::new(checker.schema().clone());
        for (index, chunk) in lines.chunks(block).enumerate() {
            let rows = rows_from(0, (index * block) as u64 + 1, chunk);
            let mut from = 0;
            while from < rows.len() {
                let next = checker
                    .check(&rows, from, &mut builder, &|builder| builder.len() >= full)
                    .unwrap();
                assert!(next > from);
                from = next;
                let empty = BatchBuilder::new(checker.schema().clone());
                let batch = std::mem::replace(&mut builder, empty).build();
                if let (Some(held), Some(last)) = (checker.held(), batch.places.last()) {
                    assert!(last.row < held.row);
                }
                taken.extend((0..batch.len()).map(|row| spelled(&batch, row)));
                refused += batch.refused.len();
            }
        }
        checker.finish(&mut builder).unwrap();
        let batch = builder.build();
        taken.extend((0..batch.len()).map(|row| spelled(&batch, row)));
        assert_eq!(taken, whole.taken(), "blocks of {block}, batches of {full}");
        assert_eq!(refused + batch.refused.len(), whole.batch.refused.len());
    }
}

#[test]
fn rules_between_the_columns_of_a_row() {
    let check = |rule: &str, line: &str, holds: bool| {
        let mapping = format!(
            "name = \"x\"\n[[row_checks]]\nrule = \"{rule}\"\nwithin = 1\n{}",
            [
                ("a", "money"),
                ("b", "money"),
                ("c", "decimal\"\nscale = \"2"),
                ("d", "date"),
                ("e", "date")
            ]
            .map(|(name, of_type)| format!(
                "[[columns]]\nname = \"{name}\"\ntype = \"{of_type}\"\n"
            ))
            .concat()
            .replace("scale = \"2\"", "scale = 2")
        );
        let checked = Checked::of(&mapping, "a|b|c|d|e", &[line]);
        let expected: &[&str] = if holds { &[] } else { &["1: rule_broken"] };
        assert_eq!(checked.refused(), expected, "{rule} for {line}");
    };
    check("a = b * c", "11|10|1.10||", true);
    check("a = b * c", "12|10|1.10||", true); // within 1
    check("a = b * c", "13|10|1.10||", false);
    check("a = b * c", "13|10|||", true); // no value, no rule
    check("a - b = 3 * c - 0.5", "20|10|3.50||", true);
    check("a < b", "10|10|||", false);
    check("a <= b", "10|10|||", true);
    check("a != 0", "0||||", false);
    check("a > 5", "6||||", true);
    check("d <= e", "|||2026-11-22|2026-11-21", false);
    check("d <= e", "|||2026-11-22|2026-11-22", true);
}

const SETTLEMENT: &str = "거래일시|승인번호|카드사|승인금액|수수료|부가세|정산금액|정산예정일";

#[test]
fn a_settlement_statement_adds_up() {
    let settlement = Mapping::builtin("settlement").unwrap();
    let good = [
        "2026-11-22 15:05:00|12345678|국민|10,000|150|15|9,835|2026-11-25",
        "2026. 11. 22. 오후 3:06|00045678|신한|△10,000|△150|△15|△9,835|2026-11-25",
        "소 계|||0|0|0|0|",
        "26/11/22 15:07|12345679|국민|20,000원|300|30|19,670|",
    ];
    let with = |last: &'static str| [&good[..], &[last]].concat();
    let checked = Checked::by(
        &settlement,
        SETTLEMENT,
        &with("합 계|||20,000|300|30|19,670|"),
    );
    assert_eq!(checked.refused(), [""; 0]);
    assert_eq!(
        (checked.batch.len(), checked.codes_found()),
        (3, vec!["rows_passed_over"])
    );
    let checked = Checked::by(
        &settlement,
        SETTLEMENT,
        &with("총계|||20,001|300|30|19,670|"),
    );
    assert_eq!(checked.codes_found(), ["total_differs", "rows_passed_over"]);
    insta::assert_snapshot!(checked.findings[0].message, @r#"
    승인금액: the row of totals says 20001, but the rows add up to 20000; the difference is 1
    "#);
    let checked = Checked::by(&settlement, SETTLEMENT, &with("총계|||x||||"));
    assert_eq!(
        checked.codes_found(),
        ["total_unreadable", "rows_passed_over"]
    );
}

#[test]
fn a_statement_that_does_not_add_up_is_told() {
    let settlement = Mapping::builtin("settlement").unwrap();
    let checked = Checked::by(
        &settlement,
        SETTLEMENT,
        &[
            "2026-11-22 15:05:00|1|국민|10,000|150|15|9,836|",
            "2026-11-22 15:05:00|2|국민|만원|150|15|9,835|",
            "합계|||10,000|300|30|19,671|",
            "2026-11-22 15:05:00|3|국민|100|0|0|100|",
            "2026-11-22 15:05|3|국민|100원|0|0|100|",
        ],
    );
    assert_eq!(
        checked.refused(),
        ["1: rule_broken", "2: not_a_number", "5: repeated_key"]
    );
    assert_eq!(
        checked.codes_found(),
        ["total_not_compared", "rows_behind_total"]
    );
    let behind = &checked.findings[1];
    assert_eq!(
        behind.message,
        "rows from 4 on follow the row of totals, which must be the last: 1 were taken like any row, 1 refused"
    );
    let notes = Checked::by(
        &settlement,
        SETTLEMENT,
        &[
            "2026-11-22 15:05:00|1|국민|10,000|150|15|9,835|",
            "합계|||10,000|150|15|9,835|",
            "※ 문의 1544-0000|||||||",
        ],
    );
    insta::assert_snapshot!(format!("{}\n{}", notes.findings[0].message, notes.findings[0].message_ko), @r#"
    rows from 3 on follow the row of totals, which must be the last: none was taken, 1 refused
    합계 행 뒤에 3번째 행부터 다른 행이 있어요. 가져온 행은 없고 1줄을 거절했어요
    "#);
    insta::assert_snapshot!(checked.sentences(), @r#"
    승인금액, 수수료, 부가세, 정산금액: `approved_amount - fee - fee_tax = settled_amount` does not hold: 9835 on the left, 9836 on the right, which differ by 1
    승인금액, 수수료, 부가세, 정산금액: `approved_amount - fee - fee_tax = settled_amount` 규칙에 맞지 않아요: 왼쪽 9835, 오른쪽 9836, 차이 1
    승인금액: "만원" is not an amount of whole won; write it as 4500, "4,500원"
    승인금액: "만원" — 원 단위 금액이 아니에요. 예: 4500, "4,500원"
    거래일시, 카드사, 승인번호, 승인금액: line 5 has the same; it may stand only once
    거래일시, 카드사, 승인번호, 승인금액: 5번째 줄에 같은 값이 있어요. 한 번만 쓸 수 있어요
    "#);
}

#[test]
fn a_count_of_a_file_names_its_item_in_one_way_at_least() {
    let stock = Mapping::builtin("stock").unwrap();
    let checked = Checked::by(
        &stock,
        "상품코드|바코드|실사수량",
        &["A1||12개", "|8801234567893|3", "||4", "|8.80123E+12|5"],
    );
    assert_eq!(checked.taken(), ["A1|∅|12", "∅|8801234567893|3"]);
    assert_eq!(
        checked.refused(),
        ["3: one_of_required", "4: shortened_number"]
    );
}

#[test]
fn a_file_of_too_few_rows_and_without_its_total_is_told() {
    let mapping = format!(
        "{PRICES}\n[rows]\nmin = 2\n[total_row]\ncolumns = [\"code\"]\nsums = [\"price\"]\nrequired = true"
    );
    let checked = Checked::of(&mapping, "code|price", &["A1|1"]);
    assert_eq!(checked.codes_found(), ["total_missing", "row_count"]);
}

#[test]
fn each_input_has_its_own_total_and_keys_are_looked_for_in_all() {
    let mapping = format!("{PRICES}\n[total_row]\ncolumns = [\"code\"]\nsums = [\"price\"]");
    let mapping = Mapping::parse(&mapping, "x").unwrap();
    let mut checker = Checker::new(&mapping, &columns("code|price")).unwrap();
    let mut builder = BatchBuilder::new(checker.schema().clone());
    let first = rows_from(0, 1, &["A1|1", "A2|2", "합계|3"]);
    checker.check(&first, 0, &mut builder, &|_| false).unwrap();
    checker.next_input(&columns("가격|상품코드")).unwrap();
    let second = rows_from(1, 1, &["5|B1", "6|A2", "11|TOTAL"]);
    checker.check(&second, 0, &mut builder, &|_| false).unwrap();
    assert_eq!(checker.finish(&mut builder).unwrap(), []);
    let batch = builder.build();
    assert_eq!(batch.len(), 3);
    insta::assert_snapshot!(batch.refused[0].reasons[0].message_ko, @r#"
    상품코드: 1번째 파일의 3번째 줄에 같은 값이 있어요. 한 번만 쓸 수 있어요
    "#);
}

#[test]
fn a_nul_character_is_refused() {
    let checked = Checked::of(PRICES, "code|price|메모", &["A1|1|a\0b", "A2|1|ab"]);
    assert_eq!(checked.refused(), ["1: nul_character"]);
    assert_eq!(checked.taken(), ["A2|1|on_sale|ab"]);
}

#[test]
fn a_column_is_known_by_its_own_name_and_one_that_nobody_takes_is_told() {
    let checked = Checked::of(PRICES, "code|price|state|memos|원가", &["A1|1||가|5"]);
    assert_eq!(checked.taken(), ["A1|1|on_sale"]);
    assert_eq!(checked.codes_found(), ["columns_not_taken"]);
    let finding = &checked.findings[0];
    assert_eq!(
        finding.message,
        "columns that are not imported: memos (is `memo` meant?), 원가"
    );
    assert_eq!(
        finding.message_ko,
        "가져오지 않는 열: memos (혹시 `memo`인가요?), 원가"
    );
    assert!(!finding.is_error);
}

#[test]
fn an_object_of_which_a_member_is_taken_is_not_told_as_left() {
    let mapping = "name = \"m\"\n[[columns]]\nname = \"total\"\nfrom = [\"payment.total\"]\ntype = \"integer\"\n";
    let checked = Checked::of(mapping, "payment|payments|Payment.Total", &["{}||1"]);
    let finding = &checked.findings[0];
    assert_eq!(finding.message, "columns that are not imported: payments");
}

#[test]
fn two_columns_of_a_file_that_fit_one_are_told() {
    let checked = Checked::of(PRICES, "code|price|가격", &["A1|1|2"]);
    assert_eq!(checked.taken(), ["A1|2|on_sale"]);
    assert_eq!(checked.codes_found(), ["columns_fit_alike"]);
    assert_eq!(
        checked.findings[0].message,
        "가격 and price are both names of price: 가격 was taken"
    );
}

#[test]
fn what_a_spreadsheet_did_to_a_key_is_refused_or_undone() {
    let checked = Checked::of(
        PRICES,
        "code|price|메모",
        &[
            "1.2E+07|1|1.2E+07",
            "=\"007\"|1|",
            "a|4,500\u{110b}\u{116f}\u{11ab}|",
        ],
    );
    assert_eq!(checked.refused(), ["1: shortened_number"]);
    assert_eq!(checked.taken(), ["007|1|on_sale|∅", "a|4500|on_sale|∅"]);
}

#[test]
fn a_time_beside_its_day_is_blamed_itself() {
    let mapping = r#"
name = "times"
[[columns]]
name = "at"
from = ["거래일자"]
type = "timestamp"
time_from = ["거래시간"]
"#;
    let checked = Checked::of(
        mapping,
        "거래일자|거래시간",
        &["2026-11-22|25:00", "2026-11-31|12:00", "2026-11-22|12:00"],
    );
    let columns = checked.batch.refused.iter();
    let columns = columns.map(|refused| refused.reasons[0].column.clone().unwrap());
    assert_eq!(columns.collect::<Vec<_>>(), ["거래시간", "거래일자"]);
}

#[test]
fn a_column_that_asks_the_opposite_is_answered_so() {
    let menu = Mapping::builtin("menu").unwrap();
    let check = |title: &str, cells: &[&str], expected: &[&str]| {
        let lines: Vec<String> = (0..)
            .zip(cells)
            .map(|(row, cell)| format!("A{row}|{row}|1|{cell}"))
            .collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let checked = Checked::by(&menu, &format!("상품코드|상품명|가격|{title}"), &lines);
        let mut told: Vec<String> = checked.taken();
        told.extend(checked.refused());
        let told: Vec<&str> = told
            .iter()
            .filter_map(|row| row.rsplit(['|', ' ']).next())
            .collect();
        assert_eq!(told, expected, "{title}");
    };
    let words = ["Y", "n", "예", "면세", "과세", "1", "?"];
    check(
        "면세여부",
        &words,
        &[
            "true",
            "false",
            "true",
            "true",
            "false",
            "true",
            "not_yes_or_no",
        ],
    );
    check(
        "과세여부",
        &words,
        &[
            "false",
            "true",
            "false",
            "true",
            "false",
            "false",
            "not_yes_or_no",
        ],
    );
}

/// One column of numbers; what each cell becomes, or the code of why it does not.
fn check_numbers(column: &str, cells: &[(&str, &str)]) {
    let mapping = format!("name = \"x\"\n[[columns]]\nname = \"n\"\n{column}\n");
    for (cell, expected) in cells {
        let checked = Checked::of(&mapping, "n", &[cell]);
        let told = match &checked.refused()[..] {
            [] => checked.taken().concat(),
            [refused, ..] => refused.clone(),
        };
        let told = told.strip_prefix("1: ").unwrap_or(&told);
        assert_eq!(told, *expected, "{cell:?} of {column}");
    }
}

#[test]
fn units_of_different_size_count_by_their_factors() {
    check_numbers(
        "type = \"integer\"\nunits = { g = 1, kg = 1000 }\nmax = 5_000_000",
        &[
            ("500 g", "500"),
            ("1.25kg", "1250"),
            ("1,250 KG", "1250000"),
            ("kg 2", "2000"),
            ("(2kg)", "-2000"),
            ("2kg-", "-2000"),
            ("2- kg", "-2000"),
            ("500", "500"), // of the unit whose factor is 1
            ("0.0015kg", "too_many_decimals"),
            ("5,001kg", "above_max"),
            ("9999999999999999kg", "number_too_large"),
            ("999999999999999999999999999kg", "number_too_large"),
            ("kg 2 g", "not_a_number"),
            ("3t", "unit_unknown"),
        ],
    );
    check_numbers(
        "type = \"decimal\"\nscale = 3\nunits = { kg = 1, g = 0.001, \"근\" = \"0.6\" }",
        &[
            ("1.25kg", "1250"),
            ("500 g", "500"),
            ("0.5g", "too_many_decimals"),
            ("3근", "1800"),
            ("9223372036854775.807kg", "9223372036854775807"),
            ("9223372036854775808g", "number_too_large"),
        ],
    );
    check_numbers(
        "type = \"integer\"\nunits = { \"박스\" = 12, \"판\" = 30 }",
        &[
            ("3박스", "36"),
            ("2판", "60"),
            ("1.5 박스", "18"),
            ("3", "unit_missing"),
            ("3,000", "unit_missing"),
            ("0", "0"),
            ("박스", "not_a_number"),
        ],
    );
    check_numbers(
        "type = \"money\"\nunits = { \"$\" = 1300 }",
        &[
            ("$2.5", "3250"),
            ("4,500원", "4500"),
            ("4500", "4500"),
            ("$2원", "not_a_number"),
            ("$1만", "13000000"),
        ],
    );
}

#[test]
fn a_number_without_the_unit_that_it_needs_is_told_what_to_write() {
    let checked = Checked::of(
        "name = \"x\"\n[[columns]]\nname = \"n\"\nfrom = [\"수량\"]\ntype = \"integer\"\nunits = { \"박스\" = 12 }",
        "수량",
        &["3"],
    );
    insta::assert_snapshot!(checked.sentences(), @r#"
    수량: "3" has no unit, and none of the mapping's counts one; write it as 12 박스
    수량: "3" — 단위가 없어요. 예: 12 박스
    "#);
}

#[test]
fn boxes_are_no_pieces_to_the_built_in_mappings() {
    let stock = Mapping::builtin("stock").unwrap();
    let lines = ["A|30개", "B|3박스", "C|3 BOX", "D|5 ea"];
    let checked = Checked::by(&stock, "상품코드|실사수량", &lines);
    assert_eq!(checked.taken(), ["A|30", "D|5"]);
    assert_eq!(checked.refused(), ["2: unit_unknown", "3: unit_unknown"]);
    insta::assert_snapshot!(checked.sentences(), @r#"
    실사수량: "3박스" has a unit that the mapping does not know; write how much that is as a number alone, or add the unit to a mapping of your own, as units = { "박스" = 12 }
    실사수량: "3박스" — 매핑에 없는 단위예요. 모두 몇인지 수로만 적어 주세요. 직접 만든 매핑에는 units = { "박스" = 12 }처럼 단위를 더해도 돼요
    실사수량: "3 BOX" has a unit that the mapping does not know; write how much that is as a number alone, or add the unit to a mapping of your own, as units = { "박스" = 12 }
    실사수량: "3 BOX" — 매핑에 없는 단위예요. 모두 몇인지 수로만 적어 주세요. 직접 만든 매핑에는 units = { "박스" = 12 }처럼 단위를 더해도 돼요
    "#);
    let of_money = Checked::of(PRICES, "code|price", &["A|4500불", "B|싯가", "C|12 345원x"]);
    assert_eq!(
        of_money.refused(),
        ["1: unit_unknown", "2: not_a_number", "3: not_a_number"]
    );
}

#[test]
fn the_row_of_totals_may_say_how_many_rows_it_is_of() {
    let mapping = format!(
        "{PRICES}\n[total_row]\ncolumns = [\"code\"]\nsubtotal_words = [\"소계\"]\nsums = [\"price\"]"
    );
    let check = |label: &str, code: &str| {
        let row = format!("{label}|7");
        let checked = Checked::of(&mapping, "code|price", &["A1|1", "A2|2", &row]);
        assert_eq!(checked.codes_found(), [code], "{label}");
        assert_eq!(checked.refused(), [""; 0], "{label}");
        assert_eq!(checked.batch.len(), 2, "{label}");
    };
    for label in [
        "합계",
        "합계(2건)",
        "합 계 ( 2 건 )",
        "총계（1,234건）",
        "TOTAL (2)",
        "합계:",
        "합계 2건",
        "Total (2 rows)",
    ] {
        check(label, "total_differs");
    }
    check("소계(2건)", "rows_passed_over");
    // What is no count may be the name of something.
    for label in ["합계(표)", "합계2", "합계()", "합계(2건", "합(2건)"] {
        let row = format!("{label}|7");
        let checked = Checked::of(
            &mapping.replace("length_max = 5", ""),
            "code|price",
            &[&row],
        );
        assert_eq!(checked.batch.len(), 1, "{label}");
    }
}

#[test]
fn what_accountants_cannot_let_pass_is_told_in_words() {
    let of = |of_type: &str, cell: &str| {
        let mapping = format!(
            "name = \"x\"\n[[columns]]\nname = \"n\"\nfrom = [\"값\"]\ntype = \"{of_type}\""
        );
        Checked::of(&mapping, "값", &[cell]).sentences()
    };
    insta::assert_snapshot!(of("money", "1.000"), @r#"
    값: "1.000" has a point before three digits, which may part thousands or decimals; write it as 4500, "4,500원"
    값: "1.000" — 점이 천 단위인지 소수점인지 알 수 없어요. 예: 4500, "4,500원"
    "#);
    insta::assert_snapshot!(of("date", "2026-11-22 (월)"), @r#"
    값: "2026-11-22 (월)" is a day of another weekday: one of the two is wrong; write the right one, or the date alone
    값: "2026-11-22 (월)" — 날짜와 요일이 맞지 않아요. 맞는 쪽으로 고치거나 요일을 지워 주세요
    "#);
    insta::assert_snapshot!(of("timestamp", "2026-11-22 15:05:00.1234567"), @r#"
    값: "2026-11-22 15:05:00.1234567" has more than six decimals of a second, of which six are kept; take the rest away, or say in the mapping: fraction = "cut"
    값: "2026-11-22 15:05:00.1234567" — 초의 소수점 아래는 여섯 자리까지만 저장할 수 있어요. 나머지를 지우거나, 매핑에 fraction = "cut"을 적어 주세요
    "#);
}

#[test]
fn seconds_that_are_finer_than_are_kept_are_cut_where_the_mapping_says_so() {
    let check = |fraction: &str, expected: &str| {
        let mapping =
            format!("name = \"x\"\n[[columns]]\nname = \"at\"\ntype = \"timestamp\"\n{fraction}");
        let checked = Checked::of(&mapping, "at", &["1970-01-01T00:00:01.2345678Z"]);
        let told = [checked.taken(), checked.refused()].concat().concat();
        assert_eq!(told, expected);
    };
    check("", "1: too_fine");
    check("fraction = \"cut\"", "1234567");
}
