//! A batch as the till's API takes it.

use madang_import::{Batch, IfEmpty, Schema, Value};
use serde_json::{Map, Value as Json, json};

use crate::columns::Rows;
use crate::rehearsal::place;

/// A word that the till does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownState(pub String);

/// The rows of a batch, one by one. Money of an import is won.
///
/// # Errors
/// [`UnknownState`] of some row.
pub fn each(rows: Rows, batch: &Batch) -> Result<Vec<Json>, UnknownState> {
    let each = (0..batch.len()).map(|number| row(rows, batch, number));
    each.collect()
}

/// Rows as a body has them.
///
/// # Errors
/// [`UnknownState`] of a default.
pub fn rows(rows: Rows, schema: &Schema, each: Vec<Json>) -> Result<Json, UnknownState> {
    Ok(match rows {
        Rows::Menu => {
            let mut menu = json!({ "currency": "KRW", "makes_categories": true, "items": each });
            let defaults = defaults(schema)?;
            if !defaults.is_empty() {
                menu["defaults"] = defaults.into();
            }
            json!({ "menu": menu })
        }
        Rows::Stock => json!({ "stock": each }),
    })
}

/// What items that are new have where a row says nothing.
fn defaults(schema: &Schema) -> Result<Map<String, Json>, UnknownState> {
    let mut defaults = Map::new();
    for field in schema.fields.iter() {
        let Some(default) = &field.default else {
            continue;
        };
        let (name, value) = match (field.name.as_str(), default.value()) {
            ("state", Value::Text(word)) => ("sale_state", sale_state(word)?.into()),
            (name, value) => (name, json(value)),
        };
        defaults.insert(name.to_owned(), value);
    }
    Ok(defaults)
}

/// Where the rows stand.
pub fn places(batch: &Batch) -> Vec<Json> {
    batch.places.iter().map(place).collect()
}

fn row(rows: Rows, batch: &Batch, number: usize) -> Result<Json, UnknownState> {
    let mut fields = Map::new();
    let mut clears = Vec::new();
    for (field, value) in batch.schema.fields.iter().zip(batch.row(number)) {
        let (name, value) = match (rows, field.name.as_str(), value) {
            (Rows::Stock, "title", _) => continue,
            (Rows::Menu, "price", value) => ("amount", json(value)),
            (Rows::Menu, "state", Value::Text(word)) => ("sale_state", sale_state(word)?.into()),
            (_, name, value) => (name, json(value)),
        };
        if !value.is_null() {
            fields.insert(name.to_owned(), value);
        } else if rows == Rows::Menu && field.if_empty == IfEmpty::Clear {
            clears.push(name);
        }
    }
    if !clears.is_empty() {
        fields.insert("clears".to_owned(), clears.into());
    }
    Ok(fields.into())
}

fn json(value: Value<'_>) -> Json {
    match value {
        // The till knows no empty names: where nothing stands, all stays as it is.
        Value::Absent | Value::Text("") => Json::Null,
        Value::Text(text) => text.into(),
        Value::Integer(number) => number.into(),
        Value::Date(days) => days.into(),
        Value::Boolean(is) => is.into(),
    }
}

fn sale_state(word: &str) -> Result<&'static str, UnknownState> {
    match word {
        "on_sale" => Ok("on_sale"),
        "sold_out" => Ok("sold_out"),
        "hidden" | "unavailable" => Ok("unavailable"),
        "deleted" => Ok("deleted"),
        other => Err(UnknownState(other.chars().take(40).collect())),
    }
}
