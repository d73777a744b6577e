//! The table that rows go into: made, or held to the schema.

use madang_import::{Field, Kind, Schema, SinkError, SinkErrorKind, SinkNote};
use rusqlite::{Connection, OptionalExtension as _};

use crate::error::problem;
use crate::mend::{Mend, Ties, Wanted};
use crate::statement::quoted;

/// A table that is there.
#[derive(Debug)]
pub struct Table {
    name: String,
    columns: Vec<Column>,
    /// The columns of each unique index, in alphabetical order.
    unique: Vec<Vec<String>>,
    /// Columns of unique indexes for which texts of different letters are the same, with how they are compared.
    blind: Vec<(String, String)>,
    has_triggers: bool,
    ties: Ties,
}

/// What SQLite makes of a value in a column (the chapter "Datatypes" of its manual). `INTEGER` keeps numbers as `NUMERIC` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Affinity {
    /// Text of all that is no blob.
    Text,
    /// What comes stays what it is.
    Any,
    /// A number of all that looks like one, floating point when it has decimals.
    Number,
    /// The same, always floating point.
    Real,
}

#[derive(Debug)]
struct Column {
    name: String,
    /// Its type as it was declared, which may be anything.
    declared: String,
    affinity: Affinity,
    /// Whether a row without it is refused.
    is_needed: bool,
    is_generated: bool,
    /// What stands there when nothing is said, as SQL, where something must.
    fallback: Option<String>,
}

impl Table {
    /// Makes a table with the columns of a schema.
    pub fn make(store: &Connection, name: &str, schema: &Schema) -> rusqlite::Result<Self> {
        store.execute_batch(&made(name, schema, &|field| declared(field.kind)))?;
        Self::find(store, name)?.ok_or(rusqlite::Error::QueryReturnedNoRows)
    }

    /// The table of a name.
    pub fn find(store: &Connection, name: &str) -> rusqlite::Result<Option<Self>> {
        let is_strict = store
            .query_row("SELECT strict FROM pragma_table_list WHERE schema = 'main' AND name = ?1 COLLATE NOCASE", [name], |row| row.get(0))
            .optional()?
            .unwrap_or(false);
        let columns: Vec<(Column, u32)> = store
            .prepare("SELECT name, \"notnull\" AND dflt_value IS NULL, hidden, pk, CASE WHEN \"notnull\" THEN coalesce(dflt_value, 'NULL') END, type FROM pragma_table_xinfo(?1)")?
            .query_map([name], |row| {
                let declared: String = row.get(5)?;
                let column = Column {
                    name: row.get(0)?,
                    affinity: Affinity::of(&declared, is_strict),
                    declared,
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
        let has_triggers = store.query_row(
            "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ?1 COLLATE NOCASE)",
            [name],
            |row| row.get(0),
        )?;
        Ok(Some(Self {
            blind: blind(store, name)?,
            ties: Ties::find(store, name)?,
            has_triggers,
            name: name.to_owned(),
            columns: columns.into_iter().map(|(column, _)| column).collect(),
            unique,
        }))
    }

    /// Whether rows of a schema can go into it.
    pub fn check(&self, schema: &Schema) -> Result<(), SinkError> {
        for field in schema.fields.iter() {
            let found = self.columns.iter().find(|column| column.is(&field.name));
            let Some(column) = found.filter(|column| !column.is_generated) else {
                return Err(self.lacks(field));
            };
            if field.kind == Kind::Text && column.makes_numbers() {
                return Err(self.makes_numbers(column, field, schema));
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

    /// Whether no row stands there.
    pub fn is_empty(&self, store: &Connection) -> rusqlite::Result<bool> {
        let sql = format!("SELECT NOT EXISTS (SELECT 1 FROM {})", quoted(&self.name));
        store.query_row(&sql, [], |row| row.get(0))
    }

    /// Whether the table has rules of its own for rows that come.
    pub fn has_triggers(&self) -> bool {
        self.has_triggers
    }

    /// What is to be known before the first row.
    pub fn notes(&self, schema: &Schema) -> Vec<SinkNote> {
        let key = schema.key.iter().map(|position| &schema.fields[*position]);
        let texts = key.filter(|field| field.kind == Kind::Text);
        texts
            .filter_map(|field| {
                let same = |(name, _): &&(String, String)| name.eq_ignore_ascii_case(&field.name);
                let (name, how) = self.blind.iter().find(same)?;
                Some(SinkNote {
                    message: format!(
                        "the key {name} is compared by {how}: keys that differ in nothing else are one row, the last of them"
                    ),
                    message_ko: format!(
                        "키 {name}은(는) {how}(으)로 비교해요. 그것으로 같은 키는 한 줄이 되고 마지막 것이 남아요"
                    ),
                })
            })
            .collect()
    }

    /// What a column that must have a value has when none is said, as SQL.
    pub fn fallback_of(&self, name: &str) -> Option<String> {
        let column = self.columns.iter().find(|column| column.is(name))?;
        column.fallback.as_ref().map(|sql| format!("({sql})"))
    }

    /// What SQLite makes of the values of a column.
    pub fn affinity_of(&self, name: &str) -> Option<Affinity> {
        let column = self.columns.iter().find(|column| column.is(name))?;
        Some(column.affinity)
    }

    /// What makes text of a column, with the values in it as they are read from files.
    pub fn as_text(&self, field: &Field, schema: &Schema) -> Mend {
        let of = |field: &Field| self.columns.iter().find(|column| column.is(&field.name));
        let made = |name: &str, as_text: Option<&Field>| {
            made(name, schema, &|field| match of(field) {
                Some(column) if as_text.is_none_or(|text| text.name != field.name) => {
                    &column.declared
                }
                _ => "TEXT",
            })
        };
        self.ties.mend(&Wanted {
            table: &self.name,
            field,
            is_needed: of(field).is_some_and(|column| column.is_needed),
            schema,
            made: &made,
        })
    }

    fn makes_numbers(&self, column: &Column, field: &Field, schema: &Schema) -> SinkError {
        let (table, name) = (quoted(&self.name), quoted(&field.name));
        let (declared, mend) = (&column.declared, self.as_text(field, schema));
        setup(
            format!(
                "column {name} of table {table} is {declared}, where SQLite makes numbers of texts (123 of 00123), and the mapping makes it text; change one of the two: {}",
                mend.english()
            ),
            format!(
                "{table} 표의 {name} 열은 {declared}이라서 SQLite가 글자를 수로 바꿔요(00123은 123). 매핑은 글자로 만드니 둘 중 하나를 바꿔 주세요: {}",
                mend.korean()
            ),
        )
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

impl Affinity {
    fn of(declared: &str, is_strict: bool) -> Self {
        let declared = declared.to_ascii_uppercase();
        let has = |words: &[&str]| words.iter().any(|word| declared.contains(word));
        if declared.is_empty() || (is_strict && declared == "ANY") {
            Self::Any
        } else if has(&["INT"]) {
            Self::Number
        } else if has(&["CHAR", "CLOB", "TEXT"]) {
            Self::Text
        } else if has(&["BLOB"]) {
            Self::Any
        } else if has(&["REAL", "FLOA", "DOUB"]) {
            Self::Real
        } else {
            Self::Number
        }
    }
}

impl Column {
    fn makes_numbers(&self) -> bool {
        matches!(self.affinity, Affinity::Number | Affinity::Real)
    }

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

fn blind(store: &Connection, table: &str) -> rusqlite::Result<Vec<(String, String)>> {
    store
        .prepare(
            "SELECT DISTINCT c.name, upper(c.coll) FROM pragma_index_list(?1) AS i, pragma_index_xinfo(i.name) AS c
             WHERE i.\"unique\" AND c.key AND c.name IS NOT NULL AND upper(c.coll) <> 'BINARY' ORDER BY 1",
        )?
        .query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// The statement that makes a table, with types for its columns.
fn made<'a>(name: &str, schema: &Schema, types: &dyn Fn(&Field) -> &'a str) -> String {
    let mut parts: Vec<String> = schema
        .fields
        .iter()
        .enumerate()
        .map(|(position, field)| {
            let needed = field.required || schema.key.contains(&position);
            let not_null = if needed { " NOT NULL" } else { "" };
            format!("{} {}{not_null}", quoted(&field.name), types(field))
        })
        .collect();
    if !schema.key.is_empty() {
        parts.push(format!("UNIQUE ({})", key_columns(schema)));
    }
    format!("CREATE TABLE {} ({})", quoted(name), parts.join(", "))
}

/// A decimal's affinity keeps 15 digits exactly, by which it can be sorted and summed; what has more is refused ([`crate::exact`]); a day and a moment are text that SQLite's own functions understand.
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
