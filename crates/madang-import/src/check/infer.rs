//! Proposes a mapping for a file that nobody has described yet.

mod name;
mod values;

use self::name::{column_name, plain_name, sounds_like_id};
use self::values::{Guess, guess};
use crate::check::cell::Speller;
use crate::check::mapping::{
    COLUMNS_MAX, ColumnRule, FormatHints, Mapping, MappingErrors, RowCount, Values,
    match_own_names, usual_null_words,
};
use crate::check::spelling::trimmed;
use crate::check::spelling::words::{Words, folded};
use crate::check::spelling::zone;
use crate::rows::Rows;

/// More rows seldom say anything else, and a person waits.
pub const SAMPLE_ROWS_MAX: usize = 1_000;

/// Proposes a mapping by the names of the columns and what the first rows spell. A file that has what `menu`, `stock` or `settlement` need is taken for that;
/// what those do not know, and every other file, is described by what all samples have in common. The note of each column says why.
///
/// `name` is the mapping's name when it is none of those.
///
/// # Errors
/// [`NoProposal`] when no mapping can describe the file.
pub fn infer(name: &str, columns: &[String], samples: &Rows) -> Result<Mapping, NoProposal> {
    // What no mapping holds is not looked at: names are compared with each other.
    if columns.len() > COLUMNS_MAX {
        return Err(NoProposal::TooManyColumns {
            columns: columns.len(),
        });
    }
    if let Some((one, other)) = alike(columns) {
        return Err(NoProposal::ColumnsAlike { one, other });
    }
    let samples = samples_of(columns, samples);
    let mut mapping = match best_builtin(&samples) {
        Some(builtin) => describe_by(builtin, &samples),
        None => describe(name, &samples),
    };
    match_own_names(&mut mapping.columns);
    match Mapping::parse(&mapping.to_toml(), "the proposal") {
        Ok(_) => Ok(mapping),
        Err(errors) => Err(NoProposal::Unusable(errors)),
    }
}

/// The built-in mapping that a file is described by, if any is.
pub fn recognised(columns: &[String], samples: &Rows) -> Option<Mapping> {
    best_builtin(&samples_of(columns, samples))
}

/// Why no mapping is proposed for a file.
#[derive(Debug, thiserror::Error)]
pub enum NoProposal {
    /// It has more columns than a mapping.
    #[error(
        "the file has {columns} columns, and a mapping at most {COLUMNS_MAX}, so none is proposed; write one of the columns that you need: what a mapping does not name is left out"
    )]
    TooManyColumns {
        /// How many it has.
        columns: usize,
    },
    /// Two columns have names that are one to a mapping.
    #[error(
        "the file has `{one}` and `{other}`, which are one name to a mapping, so none is proposed: rename one of them"
    )]
    ColumnsAlike {
        /// The first.
        one: String,
        /// The other.
        other: String,
    },
    /// What would be proposed is no mapping, as where the name of a column is a page long.
    #[error("no mapping can be proposed for the file: {0}")]
    Unusable(MappingErrors),
}

impl NoProposal {
    /// The same in Korean.
    pub fn korean(&self) -> String {
        match self {
            Self::TooManyColumns { columns } => format!(
                "파일에 열이 {columns}개 있는데 매핑에는 {COLUMNS_MAX}개까지 쓸 수 있어서 제안하지 못했어요. 필요한 열만 적은 매핑을 만들어 주세요. 적지 않은 열은 가져오지 않아요."
            ),
            Self::ColumnsAlike { one, other } => format!(
                "`{one}` 열과 `{other}` 열은 매핑에서 같은 이름이라 제안하지 못했어요. 하나의 이름을 바꿔 주세요."
            ),
            Self::Unusable(errors) => format!(
                "이 파일에 맞는 매핑을 제안하지 못했어요: {}",
                errors.korean()
            ),
        }
    }
}

/// The first two columns whose names a mapping cannot tell apart.
fn alike(columns: &[String]) -> Option<(String, String)> {
    let mut seen = std::collections::HashMap::new();
    columns.iter().find_map(|name| {
        let before = seen.insert(folded(name), name);
        before.map(|one| (one.clone(), name.clone()))
    })
}

fn samples_of<'s>(columns: &'s [String], rows: &'s Rows) -> Vec<Sample<'s>> {
    let sample = |(at, title): (usize, &'s String)| Sample::of(title, at, rows);
    columns.iter().enumerate().map(sample).collect()
}

/// A column of a mapping in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Match {
    /// Which column of the file it is; none: it is not there.
    pub source: Option<usize>,
    /// Samples with a value there.
    pub values: usize,
    /// Of these, values that are taken.
    pub fitting: usize,
}

/// Which column of a file each column of a mapping is, and how many of the sampled values fit.
pub fn matches(mapping: &Mapping, columns: &[String], samples: &Rows) -> Vec<Match> {
    let samples = samples_of(columns, samples);
    let of = |rule: &ColumnRule| {
        let Some(sample) = source_of(rule, &samples) else {
            return Match::default();
        };
        Match {
            source: columns.iter().position(|title| title == sample.title),
            values: sample.texts.len(),
            fitting: sample.count_fitting(&rule.values),
        }
    };
    mapping.columns.iter().map(of).collect()
}

/// What the sampled rows have in one column.
pub(super) struct Sample<'s> {
    pub(super) title: &'s str,
    /// What stands there, where something does.
    pub(super) texts: Vec<&'s str>,
    /// How many rows were looked at.
    pub(super) rows: usize,
}

impl<'s> Sample<'s> {
    fn of(title: &'s str, at: usize, rows: &'s Rows) -> Self {
        let nothing = Words::new(
            usual_null_words()
                .iter()
                .map(|word| (word.as_str(), ()))
                .collect::<Vec<_>>(),
        );
        let count = if at < rows.width {
            rows.len().min(SAMPLE_ROWS_MAX)
        } else {
            0
        };
        let cells = rows.cells();
        let texts = (0..count).map(|row| trimmed(cells.text(row, at)));
        let texts = texts
            .filter(|text| !text.is_empty() && nothing.find(text).is_none())
            .collect();
        Self {
            title,
            texts,
            rows: count,
        }
    }

    fn is_never_absent(&self) -> bool {
        self.rows > 0 && self.texts.len() == self.rows
    }

    fn are_all_different(&self) -> bool {
        let mut texts = self.texts.clone();
        texts.sort_unstable();
        texts.dedup();
        texts.len() >= 2 && texts.len() == self.texts.len()
    }

    fn count_fitting(&self, values: &Values) -> usize {
        let zone = zone::known(ZONE).unwrap_or(jiff::tz::TimeZone::UTC);
        let mut speller = Speller::of(values, &zone);
        self.texts
            .iter()
            .filter(|text| speller.read(text).is_ok())
            .count()
    }
}

const ZONE: &str = "Asia/Seoul";

/// The built-in mapping that the file has all needed columns of, and most columns of. A menu without codes is one for a till.
fn best_builtin(samples: &[Sample<'_>]) -> Option<Mapping> {
    let is_list = !tells_what_happened(samples);
    let fitting = Mapping::BUILTIN
        .iter()
        .filter_map(|name| Mapping::builtin(name))
        .chain([Mapping::menu_of_a_till()])
        .filter(|builtin| is_list || builtin.name == "settlement")
        .filter_map(|builtin| {
            let is_there = |rule: &ColumnRule| source_of(rule, samples).is_some();
            let has_needed = builtin
                .columns
                .iter()
                .all(|rule| !rule.required || rule.default.is_some() || is_there(rule))
                && builtin.one_of.iter().all(|set| {
                    let mut rules = builtin
                        .columns
                        .iter()
                        .filter(|rule| set.contains(&rule.name));
                    rules.any(is_there)
                });
            let count = builtin.columns.iter().filter(|rule| is_there(rule)).count();
            has_needed.then_some((count, builtin))
        });
    let best = fitting.max_by_key(|(count, builtin)| {
        let fewer = std::cmp::Reverse(builtin.columns.len());
        (*count, fewer, !builtin.key_may_be_empty)
    });
    best.map(|(_, builtin)| builtin)
}

/// Words in the name of a column that no list of items has: each row is a sale or an order.
const OF_SALES: [&str; 37] = [
    "주문번호",
    "주문 번호",
    "주문일",
    "주문 일",
    "주문시각",
    "주문시간",
    "결제일",
    "결제 일",
    "결제수단",
    "결제시각",
    "결제금액",
    "판매일",
    "판매 일",
    "판매시각",
    "매출일",
    "매출액",
    "매출금액",
    "거래일",
    "거래 일",
    "거래번호",
    "영수증번호",
    "영수증 번호",
    "승인번호",
    "발주",
    "납품",
    "order_id",
    "order id",
    "order_no",
    "order no",
    "order number",
    "order_number",
    "order date",
    "order_date",
    "ordered",
    "invoice",
    "paid_at",
    "sold_at",
];

/// Names of a column that lists of items and reports of sales have, where it is the price of one or the sum of several.
const WEAK_PRICES: [&str; 7] = [
    "금액",
    "단가",
    "판매금액",
    "합계",
    "합계금액",
    "amount",
    "unit_price",
];

/// Names of what was counted, or sold, or ordered.
const WEAK_QUANTITIES: [&str; 6] = [
    "수량",
    "판매수량",
    "주문수량",
    "발주수량",
    "quantity",
    "qty",
];

/// Whether the rows seem to be sales or orders: an item stands in as many of them as it was sold in, and its price there may be a sum or a cost.
fn tells_what_happened(samples: &[Sample<'_>]) -> bool {
    let titles: Vec<String> = samples.iter().map(|sample| folded(sample.title)).collect();
    let has = |names: &[&str]| titles.iter().any(|title| names.contains(&title.as_str()));
    let is_of_sales = |title: &String| OF_SALES.iter().any(|word| title.contains(word));
    titles.iter().any(is_of_sales) || (has(&WEAK_PRICES) && has(&WEAK_QUANTITIES))
}

fn source_of<'s>(rule: &ColumnRule, samples: &'s [Sample<'s>]) -> Option<&'s Sample<'s>> {
    let position = |name: &String| {
        samples
            .iter()
            .find(|sample| folded(sample.title) == folded(name))
    };
    rule.from.iter().find_map(position)
}

fn describe_by(builtin: Mapping, samples: &[Sample<'_>]) -> Mapping {
    let mut mapping = builtin;
    let mut known: Vec<String> = Vec::new();
    for rule in &mut mapping.columns {
        rule.note = Some(match source_of(rule, samples) {
            None => "파일에 없음 · not in this file".to_owned(),
            Some(sample) => {
                known.push(folded(sample.title));
                let (fitting, all) = (sample.count_fitting(&rule.values), sample.texts.len());
                let title = sample.title.trim();
                format!(
                    "파일의 `{title}`; 값 {all}개 중 {fitting}개가 맞음 · by its name; {fitting} of {all} values fit"
                )
            }
        });
        if let Values::Timestamp(dates) = &rule.values {
            known.extend(dates.time_from.iter().map(|name| folded(name)));
        }
    }
    for sample in samples
        .iter()
        .filter(|sample| !known.contains(&folded(sample.title)))
    {
        let rule = column(sample, &mapping.columns, false);
        mapping.columns.push(rule);
    }
    mapping
}

fn describe(name: &str, samples: &[Sample<'_>]) -> Mapping {
    let mut columns: Vec<ColumnRule> = Vec::with_capacity(samples.len());
    for sample in samples {
        // One unique column is enough to know a row by; others may be so by chance.
        let may_be_unique = !columns.iter().any(|column| column.unique);
        let column = column(sample, &columns, may_be_unique);
        columns.push(column);
    }
    let key = columns
        .iter()
        .filter(|column| column.unique && column.required)
        .map(|column| column.name.clone());
    Mapping {
        name: plain_name(name),
        description: None,
        timezone: ZONE.to_owned(),
        null: usual_null_words(),
        format: FormatHints::default(),
        key: key.collect(),
        columns,
        key_may_repeat: false,
        key_may_be_empty: false,
        one_of: Vec::new(),
        row_checks: Vec::new(),
        group: None,
        total_row: None,
        rows: RowCount::default(),
    }
}

fn column(sample: &Sample<'_>, others: &[ColumnRule], may_be_unique: bool) -> ColumnRule {
    let Guess {
        values,
        why,
        why_ko,
        name,
    } = guess(sample);
    let is_of_ids = matches!(values, Values::Text(_) | Values::Integer(_));
    let unique =
        may_be_unique && is_of_ids && sounds_like_id(sample.title) && sample.are_all_different();
    let (empty, empty_ko) = match (sample.is_never_absent(), sample.rows) {
        (_, 0) => (
            "no rows to look at".to_owned(),
            "살펴볼 행이 없음".to_owned(),
        ),
        (true, rows) => (
            format!("never empty in {rows} rows"),
            format!("{rows}행 모두 값이 있음"),
        ),
        (false, rows) => {
            let empty = rows - sample.texts.len();
            (
                format!("empty in {empty} of {rows} rows"),
                format!("{rows}행 중 {empty}행이 비어 있음"),
            )
        }
    };
    let (all, all_ko) = match unique {
        true => ("; all different", "; 모두 다른 값"),
        false => ("", ""),
    };
    ColumnRule {
        name: column_name(sample.title, values.kind(), name, others),
        from: vec![sample.title.trim().to_owned()],
        values,
        required: sample.is_never_absent(),
        unique,
        default: None,
        if_empty: crate::schema::IfEmpty::Keep,
        null: None,
        note: Some(format!(
            "{why_ko}; {empty_ko}{all_ko} · {why}; {empty}{all}"
        )),
    }
}
