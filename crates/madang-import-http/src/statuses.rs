//! What `207 Multi-Status` says of the rows of a call.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

/// Under what a list of statuses stands that is not the whole answer.
const LISTS: [&str; 4] = ["rows", "results", "items", "data"];

/// A row's status and the text that tells it.
pub(crate) type RowStatus = (u16, String);

/// Why nobody can say which row has which status.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unmatched {
    /// No list.
    None,
    /// Fewer or more than there are rows.
    Count { told: usize, rows: usize },
    /// Something that is no status of HTTP.
    Status { told: String },
    /// A key that was not sent, or one twice.
    Keys { member: &'static str },
    /// Places that are not those of the rows.
    Places,
}

/// The status of each row, in the order of the keys that the rows were sent with: each status names its row by `key` or `id`, or by `index`, or they stand in the
/// order of the rows.
pub(crate) fn matched(body: &[u8], keys: &[String]) -> Result<Vec<RowStatus>, Unmatched> {
    let body: Json = serde_json::from_slice(body).map_err(|_| Unmatched::None)?;
    let told = list(&body, keys.len()).ok_or(Unmatched::None)?;
    if told.len() != keys.len() {
        return Err(Unmatched::Count {
            told: told.len(),
            rows: keys.len(),
        });
    }
    in_order_of(keys, told)?.into_iter().map(status).collect()
}

fn list(body: &Json, rows: usize) -> Option<Vec<&Json>> {
    let under = || LISTS.iter().find_map(|name| body.get(name)?.as_array());
    match body.as_array().or_else(under) {
        Some(told) => Some(told.iter().collect()),
        None if rows == 1 && body.get("status").is_some() => Some(vec![body]),
        None => None,
    }
}

fn in_order_of<'a>(keys: &[String], told: Vec<&'a Json>) -> Result<Vec<&'a Json>, Unmatched> {
    if told.iter().any(|one| one.get("key").is_some()) {
        return by_key("key", keys, &told);
    }
    // A receiver's own numbers are called `id` as well.
    let is_sent = |one: &&Json| text(one, "id").is_some_and(|id| keys.iter().any(|key| key == id));
    if told.iter().any(is_sent) {
        return by_key("id", keys, &told);
    }
    match told.iter().any(|one| place(one).is_some()) {
        true => by_place(&told),
        false => Ok(told),
    }
}

fn by_key<'a>(
    member: &'static str,
    keys: &[String],
    told: &[&'a Json],
) -> Result<Vec<&'a Json>, Unmatched> {
    let by_key: BTreeMap<Option<&str>, &Json> =
        told.iter().map(|one| (text(one, member), *one)).collect();
    let found = keys.iter().map(|key| by_key.get(&Some(key)).copied());
    found
        .collect::<Option<_>>()
        .ok_or(Unmatched::Keys { member })
}

/// Places are counted from 0, or from 1 where that fits.
fn by_place<'a>(told: &[&'a Json]) -> Result<Vec<&'a Json>, Unmatched> {
    let placed: Option<Vec<(u64, &Json)>> =
        told.iter().map(|one| Some((place(one)?, *one))).collect();
    let mut placed = placed.ok_or(Unmatched::Places)?;
    let places: BTreeSet<u64> = placed.iter().map(|(place, _)| *place).collect();
    let count = told.len() as u64;
    if !places.iter().copied().eq(0..count) && !places.iter().copied().eq(1..=count) {
        return Err(Unmatched::Places);
    }
    placed.sort_by_key(|(place, _)| *place);
    Ok(placed.into_iter().map(|(_, one)| one).collect())
}

fn text<'a>(one: &'a Json, member: &str) -> Option<&'a str> {
    one.get(member)?.as_str()
}

fn place(one: &Json) -> Option<u64> {
    one.get("index")?.as_u64()
}

/// `422`, `"422"`, or either of them as the member `status`.
fn status(one: &Json) -> Result<RowStatus, Unmatched> {
    let number = match one.get("status").unwrap_or(one) {
        Json::String(text) => text.trim().parse().ok(),
        other => other.as_u64().and_then(|number| u16::try_from(number).ok()),
    };
    let told = one.to_string();
    match number.filter(|number| (200..=599).contains(number)) {
        Some(number) => Ok((number, told)),
        None => Err(Unmatched::Status { told }),
    }
}

impl Unmatched {
    /// In English and in Korean.
    pub(crate) fn words(&self) -> (String, String) {
        match self {
            Self::None => (
                "it tells no list of statuses".to_owned(),
                "상태의 목록이 없어요".to_owned(),
            ),
            Self::Count { told, rows } => (
                format!(
                    "it tells {told} {} for {rows} {}",
                    if *told == 1 { "status" } else { "statuses" },
                    if *rows == 1 { "row" } else { "rows" },
                ),
                format!("{rows}줄인데 상태가 {told}개예요"),
            ),
            Self::Status { told } => (
                format!("a status of it is none: {told}"),
                format!("상태가 아닌 것이 있어요: {told}"),
            ),
            Self::Keys { member } => (
                format!("its `{member}` is not for each row the one that was sent with it"),
                format!("`{member}`가 보낸 줄의 키와 달라요"),
            ),
            Self::Places => (
                "its `index` does not count the rows".to_owned(),
                "`index`가 줄의 차례와 달라요".to_owned(),
            ),
        }
    }
}
