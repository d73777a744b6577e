//! OCEL 2.0 in SQLite.

use std::collections::HashSet;
use std::path::Path;

use rusqlite::{Connection, Transaction, params, params_from_iter};

use super::error::WriteError;
use super::moment::moment;
use super::ocel_types::{DeclaredType, OcelTypes, event_kind, object_kind, object_values};
use crate::event_data::ObjectLog;

/// Writes a log as OCEL 2.0 into a new SQLite file, times in UTC.
///
/// # Errors
/// When there is a file already, and when it cannot be written.
pub fn write_ocel_sqlite(log: &ObjectLog, path: &Path) -> Result<(), WriteError> {
    std::fs::File::create_new(path)?;
    let mut store = Connection::open(path)?;
    let change = store.transaction()?;
    change.execute_batch(TABLES)?;
    let types = OcelTypes::of(log);
    write_objects(log, &types.objects, &change)?;
    write_events(log, &types.events, &change)?;
    change.commit()?;
    Ok(())
}

const TABLES: &str = "
    CREATE TABLE event_map_type (ocel_type TEXT PRIMARY KEY, ocel_type_map TEXT);
    CREATE TABLE object_map_type (ocel_type TEXT PRIMARY KEY, ocel_type_map TEXT);
    CREATE TABLE event (ocel_id TEXT PRIMARY KEY, ocel_type TEXT REFERENCES event_map_type (ocel_type));
    CREATE TABLE object (ocel_id TEXT PRIMARY KEY, ocel_type TEXT REFERENCES object_map_type (ocel_type));
    CREATE TABLE event_object (
        ocel_event_id TEXT REFERENCES event (ocel_id), ocel_object_id TEXT REFERENCES object (ocel_id), ocel_qualifier TEXT,
        PRIMARY KEY (ocel_event_id, ocel_object_id, ocel_qualifier));
    CREATE TABLE object_object (
        ocel_source_id TEXT REFERENCES object (ocel_id), ocel_target_id TEXT REFERENCES object (ocel_id), ocel_qualifier TEXT,
        PRIMARY KEY (ocel_source_id, ocel_target_id, ocel_qualifier));
";

/// What a repeated relation says was said already.
const RELATE_OBJECT: &str = "INSERT OR IGNORE INTO object_object VALUES (?1, ?2, ?3)";
const RELATE_EVENT: &str = "INSERT OR IGNORE INTO event_object VALUES (?1, ?2, ?3)";

fn write_objects(
    log: &ObjectLog,
    types: &[DeclaredType],
    change: &Transaction<'_>,
) -> Result<(), WriteError> {
    let column = |at: usize| {
        let column = &log.object_columns()[at];
        (column.name.clone(), object_kind(column))
    };
    let tables = make_tables(
        change,
        "object",
        ", ocel_changed_field TEXT",
        types,
        &column,
    )?;
    for (at, values) in object_values(log).iter().enumerate() {
        let (name, kind) = (log.object_name(at), log.object_type(at));
        change
            .prepare_cached("INSERT INTO object VALUES (?1, ?2)")?
            .execute(params![name, kind])?;
        let number = log.object_types().find(kind).expect("it is one of them") as usize;
        let (table, columns) = (&tables[number], &types[number].columns);
        let mut first = vec![None; columns.len()];
        let mut later = Vec::new();
        for (column, time_ms, value) in values {
            let place = (columns.iter().position(|one| one == column)).expect("it is one of them");
            match first[place] {
                None if *time_ms == 0 => first[place] = Some(*value),
                _ => later.push((place, *column, *time_ms, *value)),
            }
        }
        insert_object(change, table, name, (0, None), &first)?;
        for (place, column, time_ms, value) in later {
            let mut row = vec![None; columns.len()];
            row[place] = Some(value);
            let field = log.object_columns()[column].name.as_str();
            insert_object(change, table, name, (time_ms, Some(field)), &row)?;
        }
    }
    for at in 0..log.object_count() {
        for (to, how) in log.related_to(at) {
            change.prepare_cached(RELATE_OBJECT)?.execute(params![
                log.object_name(at),
                log.object_name(to),
                how
            ])?;
        }
    }
    Ok(())
}

fn insert_object(
    change: &Transaction<'_>,
    table: &str,
    name: &str,
    (time_ms, field): (i64, Option<&str>),
    row: &[Option<&str>],
) -> Result<(), WriteError> {
    let time = moment(time_ms)?;
    let head = [Some(name), Some(time.as_str()), field];
    insert(change, table, head.iter().chain(row))
}

fn write_events(
    log: &ObjectLog,
    types: &[DeclaredType],
    change: &Transaction<'_>,
) -> Result<(), WriteError> {
    let column = |at: usize| {
        let column = &log.event_columns()[at];
        (column.name.clone(), event_kind(column))
    };
    let tables = make_tables(change, "event", "", types, &column)?;
    for at in 0..log.event_count() {
        let (name, activity) = (log.event_name(at), log.activity(at));
        change
            .prepare_cached("INSERT INTO event VALUES (?1, ?2)")?
            .execute(params![name, activity])?;
        let number = log.activities().find(activity).expect("it is one of them") as usize;
        let time = moment(log.time_ms(at))?;
        let head = [Some(name), Some(time.as_str())];
        let columns = types[number].columns.iter();
        let values: Vec<_> = columns
            .map(|column| log.event_columns()[*column].value(at))
            .collect();
        insert(change, &tables[number], head.iter().chain(&values))?;
        for (to, how) in log.objects_of(at) {
            change.prepare_cached(RELATE_EVENT)?.execute(params![
                name,
                log.object_name(to),
                how
            ])?;
        }
    }
    Ok(())
}

fn insert<'value>(
    change: &Transaction<'_>,
    table: &str,
    values: impl Iterator<Item = &'value Option<&'value str>>,
) -> Result<(), WriteError> {
    let values: Vec<_> = values.collect();
    let marks = vec!["?"; values.len()].join(", ");
    let sql = format!("INSERT INTO {table} VALUES ({marks})");
    change
        .prepare_cached(&sql)?
        .execute(params_from_iter(values))?;
    Ok(())
}

/// A table for each type; their names, quoted.
fn make_tables(
    change: &Transaction<'_>,
    kind: &str,
    more: &str,
    types: &[DeclaredType],
    column: &dyn Fn(usize) -> (String, &'static str),
) -> Result<Vec<String>, WriteError> {
    // `event_object` and `object_object` are the tables of relations.
    let mut taken = HashSet::from(["object".to_owned()]);
    let mut tables = Vec::with_capacity(types.len());
    for declared in types {
        let mapped = mapped(&declared.name, &mut taken);
        change.execute(
            &format!("INSERT INTO {kind}_map_type VALUES (?1, ?2)"),
            params![declared.name, mapped],
        )?;
        let table = quoted(&format!("{kind}_{mapped}"));
        let columns = declared.columns.iter().map(|at| {
            let (name, word) = column(*at);
            format!(", {} {}", quoted(&name), column_type(word))
        });
        let columns: String = columns.collect();
        change.execute_batch(&format!(
            "CREATE TABLE {table} (ocel_id TEXT REFERENCES {kind} (ocel_id), ocel_time TIMESTAMP{more}{columns})"
        ))?;
        tables.push(table);
    }
    Ok(tables)
}

/// A name for the table of a type that is not taken; SQLite does not tell large letters from small ones.
fn mapped(name: &str, taken: &mut HashSet<String>) -> String {
    let letters: String = name
        .chars()
        .filter(|letter| letter.is_alphanumeric())
        .collect();
    let mut mapped = letters.clone();
    let mut number = 2;
    while mapped.is_empty() || !taken.insert(mapped.to_lowercase()) {
        mapped = format!("{letters}_{number}");
        number += 1;
    }
    mapped
}

/// The type of a column. SQLite keeps numbers as such, and spells them in its own way.
fn column_type(word: &str) -> &'static str {
    match word {
        "integer" => "INTEGER",
        "time" => "TIMESTAMP",
        "boolean" => "BOOLEAN",
        "float" => "REAL",
        _ => "TEXT",
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
