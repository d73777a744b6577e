//! Names of columns.

use std::sync::LazyLock;

use crate::check::mapping::{ColumnRule, Mapping, Values};
use crate::check::spelling::words::folded;
use crate::schema::Kind;

/// A name at the destination for a column of a file: an English one is its own, in letters, digits and `_`, as a table that is there has most likely the
/// same; a Korean one becomes what it means, or what the built-in mappings call it where they know it for values of this kind. `meant` is what the values say.
pub(super) fn column_name(
    title: &str,
    kind: Kind,
    meant: Option<&str>,
    others: &[ColumnRule],
) -> String {
    let is_taken = |name: &str| others.iter().any(|other| other.name == name);
    let known = || {
        let name = usual_name(title).or_else(|| known_name(title, kind));
        name.filter(|name| !title.is_ascii() && !is_taken(name))
    };
    let name = meant.map(str::to_owned).or_else(known);
    let name = name.unwrap_or_else(|| plain_name(title));
    let mut counted = name.clone();
    let mut number = 2;
    while is_taken(&counted) {
        counted = format!("{name}_{number}");
        number += 1;
    }
    counted
}

/// Room for a number behind it, in the 63 bytes that a name may have.
const NAME_BYTES_MAX: usize = 56;

/// What stands in a file that is no menu, no count and no settlement: there 금액 is no price of an item, and 부가세 not that of a fee.
const USUAL: [(&str, &str); 13] = [
    ("금액", "amount"),
    ("거래금액", "amount"),
    ("단가", "unit_price"),
    ("수량", "quantity"),
    ("부가세", "tax"),
    ("부가세액", "tax"),
    ("세액", "tax"),
    ("공급가", "supply"),
    ("공급가액", "supply"),
    ("매출액", "sales"),
    ("매출금액", "sales"),
    ("이름", "name"),
    ("구분", "kind"),
];

fn usual_name(title: &str) -> Option<String> {
    let title = folded(title);
    let found = USUAL.iter().find(|(usual, _)| *usual == title);
    found.map(|(_, name)| (*name).to_owned())
}

/// The columns of the built-in mappings: a wide file asks for each of its names.
static BUILTIN: LazyLock<Vec<ColumnRule>> = LazyLock::new(|| {
    let builtin = Mapping::BUILTIN.iter();
    let builtin = builtin.filter_map(|name| Mapping::builtin(name));
    builtin.flat_map(|builtin| builtin.columns).collect()
});

fn known_name(title: &str, kind: Kind) -> Option<String> {
    let title = folded(title);
    let asks_the_opposite = |rule: &ColumnRule| matches!(&rule.values, Values::Boolean(rule) if rule.is_opposite_in(&title));
    let mut known = BUILTIN.iter().filter(|rule| {
        rule.values.kind() == kind
            && rule.from.iter().any(|name| folded(name) == title)
            && !asks_the_opposite(rule)
    });
    known.next().map(|rule| rule.name.clone())
}

/// A name's letters and digits, with `_` for what is between.
pub(super) fn plain_name(title: &str) -> String {
    let mut name = String::new();
    for character in folded(title).chars() {
        match character {
            character if character.is_alphanumeric() => name.push(character),
            _ if name.is_empty() || name.ends_with('_') => {}
            _ => name.push('_'),
        }
        if name.len() >= NAME_BYTES_MAX - 4 {
            break;
        }
    }
    let name = name.trim_end_matches('_');
    match name.chars().next() {
        None => "column".to_owned(),
        Some(first) if first.is_alphabetic() => name.to_owned(),
        Some(_) => format!("_{name}"),
    }
}

/// Whether a name promises that no two rows have the same.
pub(super) fn sounds_like_id(title: &str) -> bool {
    let title = folded(title);
    let words: Vec<&str> = title
        .split(|character: char| !character.is_alphanumeric())
        .collect();
    let is_word = |word: &&str| {
        matches!(
            *word,
            "id" | "code" | "no" | "number" | "key" | "sku" | "barcode" | "uuid"
        )
    };
    words.iter().any(is_word)
        || title.ends_with("id")
        || ["번호", "코드", "아이디", "고유"]
            .iter()
            .any(|ending| title.contains(ending))
}

pub(super) fn sounds_like_time(title: &str) -> bool {
    let title = folded(title);
    let has = |part: &&str| title.contains(*part);
    let ends = |end: &&str| title.ends_with(*end);
    ["date", "time", "날짜", "일자", "일시", "시각", "timestamp"]
        .iter()
        .any(has)
        || ["일", "_at", "_on"].iter().any(ends)
}

/// The same of days alone, in more words: what speaks of eight digits that are one says enough itself.
pub(super) fn sounds_like_day(title: &str) -> bool {
    let folded = folded(title);
    let mut words = folded.split(|character: char| !character.is_alphanumeric());
    let is_word = |word: &str| {
        matches!(
            word,
            "dt" | "ymd" | "yyyymmdd" | "day" | "dob" | "birthday" | "expiry" | "expires"
        )
    };
    let has = |part: &&str| folded.contains(*part);
    sounds_like_time(title)
        || words.any(is_word)
        || ["기한", "기일", "월일", "만료", "마감"].iter().any(has)
}

pub(super) fn sounds_like_money(title: &str) -> bool {
    let title = folded(title);
    let parts = [
        "price",
        "amount",
        "fee",
        "total",
        "가격",
        "금액",
        "단가",
        "수수료",
        "부가세",
        "공급가",
        "합계",
        "매출",
    ];
    parts.iter().any(|part| title.contains(part))
}
