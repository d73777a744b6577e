//! The statement that writes a row.

use madang_import::{Batch, Schema, SinkError};
use rusqlite::Transaction;

use crate::error::said;
use crate::value::{bound, literal};

/// Adds a row, or puts it in the place of the one with the same key if it differs.
pub struct Statement {
    sql: String,
    /// Looks for a row as the file says it, which is none without a key: it would have been added. None: no trigger of the table could pass a row over.
    there: Option<Option<String>>,
}

/// What a write did to the table.
#[derive(Clone, Copy, Debug, Default)]
pub struct Done {
    /// Rows that were added or are different now.
    pub changed: u64,
    /// Rows that are not there afterwards, or not as the file says: a trigger has said so.
    pub passed_over: u64,
}

impl Statement {
    /// For rows of a schema; `fallback` is what the table itself has for a column that must have a value, as SQL.
    pub fn new(
        table: &str,
        schema: &Schema,
        fallback: &dyn Fn(&str) -> Option<String>,
        has_triggers: bool,
    ) -> Self {
        let columns: Vec<Column> = schema
            .fields
            .iter()
            .enumerate()
            .map(|(position, field)| Column {
                name: quoted(&field.name),
                place: format!("?{}", position + 1),
                is_key: schema.key.contains(&position),
                is_kept: field.is_kept(),
                fallback: fallback(&field.name),
                default: field
                    .default
                    .as_ref()
                    .map(|default| literal(default.value(), field.kind)),
            })
            .collect();
        let table = quoted(table);
        let key: Vec<&Column> = columns.iter().filter(|column| column.is_key).collect();
        let values = columns.iter().map(|column| column.added(&table, &key));
        let mut sql = format!(
            "INSERT INTO {table} ({}) VALUES ({})",
            joined(columns.iter().map(|column| column.name.clone()), ", "),
            joined(values, ", ")
        );
        if !key.is_empty() {
            sql.push_str(&or_instead(&table, &columns));
        }
        let there = has_triggers.then(|| (!key.is_empty()).then(|| there(&table, &columns)));
        Self { sql, there }
    }

    /// Writes all rows and says what became of them.
    pub fn write(&self, change: &Transaction<'_>, batch: &Batch) -> Result<Done, SinkError> {
        let mut statement = change
            .prepare_cached(&self.sql)
            .map_err(|error| said("write to the table", error))?;
        let mut done = Done::default();
        for row in 0..batch.len() {
            bind(&mut statement, batch, row).map_err(|error| said("write a value", error))?;
            let changed = statement
                .raw_execute()
                .map_err(|error| said("write a row", error))? as u64;
            done.changed += changed;
            if let Some(there) = self.there.as_ref().filter(|_| changed == 0) {
                let is_there = match there {
                    Some(sql) => is_there(sql, change, batch, row),
                    None => Ok(false),
                };
                done.passed_over +=
                    u64::from(!is_there.map_err(|error| said("look for a row", error))?);
            }
        }
        Ok(done)
    }
}

/// Whether a row that changed nothing stands there as the file says.
fn is_there(
    sql: &str,
    change: &Transaction<'_>,
    batch: &Batch,
    row: usize,
) -> rusqlite::Result<bool> {
    let mut statement = change.prepare_cached(sql)?;
    bind(&mut statement, batch, row)?;
    Ok(statement.raw_query().next()?.is_some())
}

fn bind(
    statement: &mut rusqlite::Statement<'_>,
    batch: &Batch,
    row: usize,
) -> rusqlite::Result<()> {
    let values = batch.row(row).zip(batch.schema.fields.iter());
    for (place, (value, field)) in values.enumerate() {
        statement.raw_bind_parameter(place + 1, bound(value, field.kind))?;
    }
    Ok(())
}

/// A column of the statement.
struct Column {
    name: String,
    /// Its parameter.
    place: String,
    is_key: bool,
    /// Whether a row that is there keeps its value when none is given.
    is_kept: bool,
    /// What a new row has without a value, where the table wants one.
    fallback: Option<String>,
    /// What a new row has without a value by the mapping.
    default: Option<String>,
}

impl Column {
    /// What a new row has there. The values of a row are looked at before its key: one that is there and keeps its value must not be refused for having none.
    fn added(&self, table: &str, key: &[&Self]) -> String {
        let (name, place) = (&self.name, &self.place);
        let is_it = joined(
            key.iter()
                .map(|key| format!("{} = {}", key.name, key.place)),
            " AND ",
        );
        match (&self.default, &self.fallback) {
            (Some(default), _) if key.is_empty() => format!("coalesce({place}, {default})"),
            (None, Some(fallback)) if self.is_kept && key.is_empty() => {
                format!("coalesce({place}, {fallback})")
            }
            // Where nothing stands in a row that is there, nothing stays.
            (Some(default), _) => format!(
                "CASE WHEN {place} IS NULL AND NOT EXISTS (SELECT 1 FROM {table} WHERE {is_it}) THEN {default} ELSE coalesce({place}, (SELECT {name} FROM {table} WHERE {is_it})) END"
            ),
            (None, Some(fallback)) if self.is_kept => {
                format!("coalesce({place}, (SELECT {name} FROM {table} WHERE {is_it}), {fallback})")
            }
            _ => place.clone(),
        }
    }

    fn set(&self, table: &str) -> String {
        let (name, place) = (&self.name, &self.place);
        match self.is_kept {
            true => format!("{name} = coalesce({place}, {table}.{name})"),
            false => format!("{name} = {place}"),
        }
    }

    fn differs(&self, table: &str) -> String {
        let (name, place) = (&self.name, &self.place);
        match self.is_kept {
            true => format!("({place} IS NOT NULL AND {table}.{name} IS NOT {place})"),
            false => format!("{table}.{name} IS NOT {place}"),
        }
    }
}

/// Looks for a row by its key, unless it differs from what the file says.
fn there(table: &str, columns: &[Column]) -> String {
    let of = |wanted: bool| columns.iter().filter(move |column| column.is_key == wanted);
    let is_it = of(true).map(|key| format!("{} = {}", key.name, key.place));
    let differs: Vec<String> = of(false).map(|column| column.differs(table)).collect();
    format!(
        "SELECT 1 FROM {table} WHERE {} AND NOT {}",
        joined(is_it, " AND "),
        any_of(&differs)
    )
}

fn or_instead(table: &str, columns: &[Column]) -> String {
    let of = |wanted: bool| columns.iter().filter(move |column| column.is_key == wanted);
    let key = joined(of(true).map(|column| column.name.clone()), ", ");
    if of(false).next().is_none() {
        return format!(" ON CONFLICT ({key}) DO NOTHING");
    }
    format!(
        " ON CONFLICT ({key}) DO UPDATE SET {} WHERE {}",
        joined(of(false).map(|column| column.set(table)), ", "),
        any_of(
            &of(false)
                .map(|column| column.differs(table))
                .collect::<Vec<_>>()
        )
    )
}

/// In halves: SQLite takes conditions inside one another, as one after the other is, down to a thousand, which is how many columns there may be.
fn any_of(conditions: &[String]) -> String {
    match conditions {
        [] => "0".to_owned(),
        [one] => one.clone(),
        more => {
            let (front, back) = more.split_at(more.len() / 2);
            format!("({} OR {})", any_of(front), any_of(back))
        }
    }
}

fn joined(parts: impl Iterator<Item = String>, between: &str) -> String {
    parts.collect::<Vec<_>>().join(between)
}

/// A name as SQL has it, whatever stands in it.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
