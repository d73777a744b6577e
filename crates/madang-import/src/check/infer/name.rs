//! Names of columns.

use crate::check::mapping::{ColumnRule, Mapping};
use crate::check::spelling::words::folded;

/// A name at the destination for a column of a file: an English one is its own, in letters, digits and `_`, as a table that is there has most likely the
/// same; a Korean one becomes what the built-in mappings call it, where they know it.
pub(super) fn column_name(title: &str, others: &[ColumnRule]) -> String {
    let known = known_name(title).filter(|_| !title.is_ascii());
    let name = known.unwrap_or_else(|| plain_name(title));
    let is_taken = |name: &str| others.iter().any(|other| other.name == name);
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

fn known_name(title: &str) -> Option<String> {
    let title = folded(title);
    let rules = Mapping::BUILTIN
        .iter()
        .filter_map(|name| Mapping::builtin(name))
        .flat_map(|builtin| builtin.columns);
    let mut known = rules.filter(|rule| rule.from.iter().any(|name| folded(name) == title));
    known.next().map(|rule| rule.name)
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
