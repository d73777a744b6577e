//! How a column becomes text, where SQLite cannot keep in it what comes.
//!
//! SQLite changes no column: a new one takes the values over, or the whole table is built anew. The first is for a column that nothing else speaks of, the
//! second for a table that is as this sink makes it. What somebody else made is left to them.

use madang_import::{Field, Kind, Schema};
use rusqlite::{Connection, OptionalExtension as _};

use crate::statement::quoted;

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mend {
    /// These statements do it.
    Statements(String),
    /// The table has to be built anew, as the column stands in these.
    Anew(Vec<String>),
}

impl Mend {
    /// Behind a colon.
    pub fn english(&self) -> String {
        match self {
            Self::Statements(statements) => statements.clone(),
            Self::Anew(ties) => format!(
                "SQLite does that only by building the table anew, as the column stands in {}; or make it another kind in the mapping",
                ties.join(", ")
            ),
        }
    }

    /// The same in Korean.
    pub fn korean(&self) -> String {
        match self {
            Self::Statements(statements) => statements.clone(),
            Self::Anew(ties) => format!(
                "이 열은 {}에 쓰여서 SQLite에서는 표를 새로 만들어야 바꿀 수 있어요. 매핑에서 다른 종류로 받아도 돼요",
                ties.join(", ")
            ),
        }
    }
}

/// What speaks of a table and its columns.
#[derive(Debug)]
pub struct Ties {
    /// The statement that made the table.
    made: String,
    others: Vec<Tie>,
    /// A name that nothing has.
    new_name: String,
}

#[derive(Debug)]
struct Tie {
    /// As `index "by_day"`.
    said: String,
    /// Whether it belongs to the statement that made the table.
    is_own: bool,
    /// The columns that it speaks of; none: whichever.
    columns: Option<Vec<String>>,
}

/// A column that becomes text.
pub struct Wanted<'a> {
    /// The table.
    pub table: &'a str,
    /// The column.
    pub field: &'a Field,
    /// Whether the table refuses rows without it.
    pub is_needed: bool,
    /// The columns of the schema.
    pub schema: &'a Schema,
    /// The statement that makes a table of some name, with the columns of this one as they are.
    pub made: &'a dyn Fn(&str, Option<&Field>) -> String,
}

impl Ties {
    /// Those of a table.
    pub fn find(store: &Connection, table: &str) -> rusqlite::Result<Self> {
        let made: Option<String> = store
            .query_row(
                "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?1 COLLATE NOCASE",
                [table],
                |row| row.get(0),
            )
            .optional()?;
        let mut others = keys(store, table)?;
        others.extend(speaking(store, table)?);
        others.extend(referring(store, table)?);
        Ok(Self {
            made: made.unwrap_or_default(),
            others,
            new_name: new_name(store, table)?,
        })
    }

    /// What makes text of a column of the table.
    pub fn mend(&self, wanted: &Wanted<'_>) -> Mend {
        let ties = self.of(wanted);
        let is_ours = self.made == (wanted.made)(wanted.table, None);
        match ties.is_empty() {
            true => Mend::Statements(another_column(wanted.table, wanted.field)),
            false if is_ours && self.others.iter().all(|tie| tie.is_own) => {
                Mend::Statements(self.another_table(wanted))
            }
            false => Mend::Anew(ties),
        }
    }

    /// What keeps the column from being another one.
    fn of(&self, wanted: &Wanted<'_>) -> Vec<String> {
        let name = &wanted.field.name;
        let found = self.others.iter().filter(|tie| tie.is_of(name));
        let mut ties: Vec<String> = found.map(|tie| tie.said.clone()).collect();
        if ties.is_empty() && mentions(&self.made, name) > 1 {
            ties.push("a rule of CREATE TABLE".to_owned());
        }
        if wanted.is_needed {
            ties.push("NOT NULL".to_owned());
        }
        ties
    }

    fn another_table(&self, wanted: &Wanted<'_>) -> String {
        let made = (wanted.made)(&self.new_name, Some(wanted.field));
        let (table, new) = (quoted(wanted.table), quoted(&self.new_name));
        let value = |field: &Field| match field.name == wanted.field.name {
            true => as_text(&quoted(&field.name), field.kind),
            false => quoted(&field.name),
        };
        let values: Vec<String> = wanted.schema.fields.iter().map(value).collect();
        format!(
            "BEGIN IMMEDIATE; {made}; INSERT INTO {new} SELECT {} FROM {table}; DROP TABLE {table}; ALTER TABLE {new} RENAME TO {table}; COMMIT",
            values.join(", ")
        )
    }
}

impl Tie {
    fn is_of(&self, column: &str) -> bool {
        let is = |name: &String| name.eq_ignore_ascii_case(column);
        (self.columns.as_ref()).is_none_or(|columns| columns.iter().any(is))
    }
}

/// A new column beside the one that was.
fn another_column(table: &str, field: &Field) -> String {
    let (table, name) = (quoted(table), quoted(&field.name));
    let before = quoted(&format!("{}_before", field.name));
    let value = as_text(&before, field.kind);
    format!(
        "ALTER TABLE {table} RENAME COLUMN {name} TO {before}; ALTER TABLE {table} ADD COLUMN {name} TEXT; UPDATE {table} SET {name} = {value} WHERE {before} IS NOT NULL"
    )
}

/// A value as it is read from files. What is no number of so many decimals stays what it is.
fn as_text(name: &str, kind: Kind) -> String {
    let scale = match kind {
        Kind::Decimal { scale } => usize::from(scale),
        // As floating point it would be 4500.0.
        Kind::Integer | Kind::Money => 0,
        _ => return name.to_owned(),
    };
    let zeros = match scale {
        0 => String::new(),
        _ => format!(" || '.{:0>scale$}'", ""),
    };
    let digits = format!("printf('%.{scale}f', {name})");
    format!(
        "CASE WHEN typeof({name}) = 'integer' THEN {name}{zeros} WHEN typeof({name}) = 'real' AND CAST({digits} AS REAL) = {name} THEN {digits} ELSE {name} END"
    )
}

/// The key, rules of uniqueness and indexes.
fn keys(store: &Connection, table: &str) -> rusqlite::Result<Vec<Tie>> {
    let mut ties: Vec<Tie> = store
        .prepare(
            "SELECT i.name, s.sql, (SELECT group_concat(coalesce(name, ''), char(10)) FROM pragma_index_info(i.name))
             FROM pragma_index_list(?1) AS i LEFT JOIN sqlite_schema AS s ON s.type = 'index' AND s.name = i.name ORDER BY i.seq DESC",
        )?
        .query_map([table], |row| {
            let (name, sql, columns): (String, Option<String>, String) =
                (row.get(0)?, row.get(1)?, row.get(2)?);
            let columns: Vec<String> = columns.split('\n').map(str::to_owned).collect();
            Ok(match sql {
                None => key(columns),
                // It may speak of more columns than it has, in its WHERE and in what it computes.
                Some(sql) => Tie {
                    said: format!("index {}", quoted(&name)),
                    is_own: false,
                    columns: (columns.iter().all(|name| !name.is_empty())
                        && !sql.to_ascii_uppercase().contains("WHERE"))
                    .then_some(columns),
                },
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    let primary: Vec<String> = store
        .prepare("SELECT name FROM pragma_table_xinfo(?1) WHERE pk ORDER BY pk")?
        .query_map([table], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let is_there = ties
        .iter()
        .any(|tie| tie.columns.as_ref() == Some(&primary));
    if !primary.is_empty() && !is_there {
        ties.push(key(primary));
    }
    Ok(ties)
}

fn key(columns: Vec<String>) -> Tie {
    let names: Vec<String> = columns.iter().map(|name| quoted(name)).collect();
    Tie {
        said: format!("UNIQUE ({})", names.join(", ")),
        is_own: true,
        columns: Some(columns),
    }
}

/// Triggers and views that have to do with the table.
fn speaking(store: &Connection, table: &str) -> rusqlite::Result<Vec<Tie>> {
    let all: Vec<(String, String, String, bool)> = store
        .prepare(
            "SELECT type, name, sql, tbl_name = ?1 COLLATE NOCASE FROM sqlite_schema WHERE type IN ('trigger', 'view') ORDER BY type, name",
        )?
        .query_map([table], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?
        .collect::<rusqlite::Result<_>>()?;
    let found = all
        .into_iter()
        .filter(|(_, _, sql, is_its)| *is_its || mentions(sql, table) > 0);
    Ok(found
        .map(|(kind, name, ..)| another(&format!("{kind} {}", quoted(&name))))
        .collect())
}

/// Tables whose rows refer to its rows, or to whose rows its own do.
fn referring(store: &Connection, table: &str) -> rusqlite::Result<Vec<Tie>> {
    let mut ties: Vec<Tie> = store
        .prepare(
            "SELECT DISTINCT s.name FROM sqlite_schema AS s, pragma_foreign_key_list(s.name) AS f
             WHERE s.type = 'table' AND f.\"table\" = ?1 COLLATE NOCASE ORDER BY 1",
        )?
        .query_map([table], |row| {
            let name: String = row.get(0)?;
            Ok(another(&format!("REFERENCES of table {}", quoted(&name))))
        })?
        .collect::<rusqlite::Result<_>>()?;
    let mut own = store.prepare("SELECT \"table\", \"from\" FROM pragma_foreign_key_list(?1)")?;
    for found in own.query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))? {
        let (name, column): (String, String) = found?;
        ties.push(Tie {
            columns: Some(vec![column]),
            ..another(&format!("REFERENCES {}", quoted(&name)))
        });
    }
    Ok(ties)
}

fn another(said: &str) -> Tie {
    Tie {
        said: said.to_owned(),
        is_own: false,
        columns: None,
    }
}

fn new_name(store: &Connection, table: &str) -> rusqlite::Result<String> {
    let mut is_taken =
        store.prepare("SELECT 1 FROM sqlite_schema WHERE name = ?1 COLLATE NOCASE")?;
    let mut name = format!("{table}_new");
    while is_taken.exists([&name])? {
        name.push_str("_new");
    }
    Ok(name)
}

/// How often a statement has a name in it, be it that of something else.
fn mentions(sql: &str, name: &str) -> usize {
    let sql = sql.to_ascii_lowercase();
    let name = name.to_ascii_lowercase().replace('"', "\"\"");
    let is_word = |mark: char| mark.is_alphanumeric() || mark == '_';
    sql.match_indices(&name)
        .filter(|(at, _)| {
            let before = sql[..*at].chars().next_back();
            let after = sql[at + name.len()..].chars().next();
            !before.is_some_and(is_word) && !after.is_some_and(is_word)
        })
        .count()
}

#[cfg(test)]
mod tests {
    use super::mentions;

    #[test]
    fn a_name_is_found_as_a_word() {
        let check = |sql: &str, name: &str, expected| {
            assert_eq!(mentions(sql, name), expected, "{name} in {sql}");
        };
        check("CREATE TABLE t (a TEXT, b INT CHECK (A > b))", "a", 2);
        check("CREATE TABLE t (amount, \"amount\"\"\" INT)", "amount\"", 1);
        check("CREATE TABLE t (판매금액 INT, 금액 INT)", "금액", 1);
        check("CREATE TABLE t (a_before INT)", "a", 0);
    }
}
