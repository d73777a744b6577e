//! The statement that writes a row.

use madang_import::{Batch, Schema, SinkError};
use rusqlite::Transaction;

use crate::error::said;
use crate::value::bound;

/// Adds a row, or puts it in the place of the one with the same key if it differs.
pub struct Statement {
    sql: String,
}

impl Statement {
    /// For rows of a schema.
    pub fn new(table: &str, schema: &Schema) -> Self {
        let names: Vec<String> = schema
            .fields
            .iter()
            .map(|field| quoted(&field.name))
            .collect();
        let places: Vec<String> = (1..=names.len()).map(|place| format!("?{place}")).collect();
        let mut sql = format!(
            "INSERT INTO {} ({}) VALUES ({})",
            quoted(table),
            names.join(", "),
            places.join(", ")
        );
        if !schema.key.is_empty() {
            sql.push_str(&or_instead(table, schema, &names));
        }
        Self { sql }
    }

    /// Writes all rows and says how many of them changed anything.
    pub fn write(&self, change: &Transaction<'_>, batch: &Batch) -> Result<u64, SinkError> {
        let mut statement = change
            .prepare_cached(&self.sql)
            .map_err(|error| said("write to the table", error))?;
        let mut changed = 0;
        for row in 0..batch.len() {
            for (place, (value, field)) in
                batch.row(row).zip(batch.schema.fields.iter()).enumerate()
            {
                statement
                    .raw_bind_parameter(place + 1, bound(value, field.kind))
                    .map_err(|error| said("write a value", error))?;
            }
            changed += statement
                .raw_execute()
                .map_err(|error| said("write a row", error))? as u64;
        }
        Ok(changed)
    }
}

fn or_instead(table: &str, schema: &Schema, names: &[String]) -> String {
    let of = |wanted: bool| {
        let names = names.iter().enumerate();
        names
            .filter(move |(position, _)| schema.key.contains(position) == wanted)
            .map(|(_, name)| name)
    };
    let key: Vec<&str> = of(true).map(String::as_str).collect();
    let set: Vec<String> = of(false)
        .map(|name| format!("{name} = excluded.{name}"))
        .collect();
    if set.is_empty() {
        return format!(" ON CONFLICT ({}) DO NOTHING", key.join(", "));
    }
    let table = quoted(table);
    let differs: Vec<String> = of(false)
        .map(|name| format!("{table}.{name} IS NOT excluded.{name}"))
        .collect();
    format!(
        " ON CONFLICT ({}) DO UPDATE SET {} WHERE {}",
        key.join(", "),
        set.join(", "),
        differs.join(" OR ")
    )
}

/// A name as SQL has it, whatever stands in it.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
