//! The table that rows go into: made, or held to the schema.

use madang_import::{Field, Kind, Schema, SinkError, SinkErrorKind};
use rusqlite::Connection;

use crate::error::problem;
use crate::statement::quoted;

/// A table that is there.
#[derive(Debug)]
pub struct Table {
    name: String,
    columns: Vec<Column>,
    /// The columns of each unique index, in alphabetical order.
    unique: Vec<Vec<String>>,
}

#[derive(Debug)]
struct Column {
    name: String,
    /// Whether a row without it is refused.
    is_needed: bool,
    is_generated: bool,
    /// What stands there when nothing is said, as SQL, where something must.
    fallback: Option<String>,
}

impl Table {
    /// Makes a table with the columns of a schema.
    pub fn make(store: &Connection, name: &str, schema: &Schema) -> rusqlite::Result<()> {
        store.execute_batch(&made(name, schema))
    }

    /// The table of a name.
    pub fn find(store: &Connection, name: &str) -> rusqlite::Result<Option<Self>> {
        let columns: Vec<(Column, u32)> = store
            .prepare("SELECT name, \"notnull\" AND dflt_value IS NULL, hidden, pk, CASE WHEN \"notnull\" THEN coalesce(dflt_value, 'NULL') END FROM pragma_table_xinfo(?1)")?
            .query_map([name], |row| {
                let column = Column {
                    name: row.get(0)?,
                    is_needed: row.get(1)?,
                    is_generated: row.get::<_, u32>(2)? != 0,
                    fallback: row.get(4)?,
                };
                Ok((column, row.get(3)?))
            })?
            .collect::<rusqlite::Result<_>>()?;
        if columns.is_empty() {
            return Ok(None);
        }
        let mut unique = indexes(store, name)?;
        // An INTEGER PRIMARY KEY is the row itself and has no index.
        unique.push(sorted(
            columns
                .iter()
                .filter(|(_, position)| *position > 0)
                .map(|(column, _)| column.name.clone())
                .collect(),
        ));
        Ok(Some(Self {
            name: name.to_owned(),
            columns: columns.into_iter().map(|(column, _)| column).collect(),
            unique,
        }))
    }

    /// Whether rows of a schema can go into it.
    pub fn check(&self, schema: &Schema) -> Result<(), SinkError> {
        for field in schema.fields.iter() {
            if !self
                .columns
                .iter()
                .any(|column| column.is(&field.name) && !column.is_generated)
            {
                return Err(self.lacks(field));
            }
        }
        let is_filled = |column: &Column| schema.fields.iter().any(|field| column.is(&field.name));
        if let Some(column) = self
            .columns
            .iter()
            .find(|column| column.is_needed && !column.is_generated && !is_filled(column))
        {
            return Err(self.wants(column));
        }
        let key = key_of(schema);
        match key.is_empty() || self.unique.contains(&key) {
            true => Ok(()),
            false => Err(self.lacks_index(schema)),
        }
    }

    /// What a column that must have a value has when none is said, as SQL.
    pub fn fallback_of(&self, name: &str) -> Option<String> {
        let column = self.columns.iter().find(|column| column.is(name))?;
        column.fallback.as_ref().map(|sql| format!("({sql})"))
    }

    fn lacks(&self, field: &Field) -> SinkError {
        let (table, name) = (quoted(&self.name), quoted(&field.name));
        setup(
            format!(
                "table {table} has no column {name}: ALTER TABLE {table} ADD COLUMN {name} {}",
                declared(field.kind)
            ),
            format!("{table} 표에 {name} 열이 없어요"),
        )
    }

    fn wants(&self, column: &Column) -> SinkError {
        let (table, name) = (quoted(&self.name), quoted(&column.name));
        setup(
            format!(
                "table {table} wants a value for {name}, which the mapping does not have: give the column a default, or add it to the mapping"
            ),
            format!("{table} 표의 {name} 열에는 값이 있어야 하는데 매핑에 없어요"),
        )
    }

    fn lacks_index(&self, schema: &Schema) -> SinkError {
        let table = quoted(&self.name);
        let key = key_columns(schema);
        setup(
            format!(
                "table {table} has no unique index over the key: CREATE UNIQUE INDEX {} ON {table} ({key})",
                quoted(&format!("{}_key", self.name))
            ),
            format!("{table} 표에 키({key})의 고유 인덱스가 없어요"),
        )
    }
}

impl Column {
    /// SQLite knows no case in names.
    fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

fn indexes(store: &Connection, table: &str) -> rusqlite::Result<Vec<Vec<String>>> {
    let names: Vec<String> = store
        .prepare("SELECT name FROM pragma_index_list(?1) WHERE \"unique\" AND NOT partial")?
        .query_map([table], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let mut columns = store.prepare("SELECT name FROM pragma_index_info(?1)")?;
    names
        .iter()
        .map(|index| {
            let names: Vec<Option<String>> = columns
                .query_map([index], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            // An index over an expression has no name there, and is no key.
            Ok(sorted(
                names.into_iter().map(Option::unwrap_or_default).collect(),
            ))
        })
        .collect()
}

fn made(name: &str, schema: &Schema) -> String {
    let mut parts: Vec<String> = schema
        .fields
        .iter()
        .enumerate()
        .map(|(position, field)| {
            let needed = field.required || schema.key.contains(&position);
            let not_null = if needed { " NOT NULL" } else { "" };
            format!("{} {}{not_null}", quoted(&field.name), declared(field.kind))
        })
        .collect();
    if !schema.key.is_empty() {
        parts.push(format!("UNIQUE ({})", key_columns(schema)));
    }
    format!("CREATE TABLE {} ({})", quoted(name), parts.join(", "))
}

/// A decimal's affinity keeps 15 digits exactly and stays readable; a day and a moment are text that SQLite's own functions understand.
fn declared(kind: Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::Date | Kind::Timestamp => "TEXT",
        Kind::Integer | Kind::Money | Kind::Boolean => "INTEGER",
        Kind::Decimal { .. } => "NUMERIC",
    }
}

fn key_columns(schema: &Schema) -> String {
    let names = schema
        .key
        .iter()
        .map(|position| quoted(&schema.fields[*position].name));
    names.collect::<Vec<_>>().join(", ")
}

fn key_of(schema: &Schema) -> Vec<String> {
    let names = schema
        .key
        .iter()
        .map(|position| schema.fields[*position].name.clone());
    sorted(names.collect())
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names
        .iter_mut()
        .for_each(|name| name.make_ascii_lowercase());
    names.sort();
    names
}

fn setup(message: String, message_ko: String) -> SinkError {
    problem(SinkErrorKind::Setup, message, message_ko)
}
