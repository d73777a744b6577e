//! OCEL 2.0 in SQLite. The file is from outside: nothing of it may be run, and nothing is written beside it.

use std::path::Path;

use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Row};

use super::error::{ReadError, ReadErrorKind};
use super::ocel::{AttributeParts, Gathering, OcelSettings, Parts, ReadObjects, Relation, Scalar};
use super::rejected::{Reason, shown};
use crate::event_data::Names;

/// One value or row, and the text of a statement or of a table's definition.
const VALUE_BYTES_MAX: i32 = 1024 * 1024;

/// What SQLite keeps of the file in memory, in KiB.
const CACHE_KIBIBYTES: i32 = 8 * 1024;

/// Reads a file, which must lie still meanwhile.
///
/// # Errors
/// When SQLite does not read it, when it is no OCEL 2.0, and when it holds more than a log may.
pub fn read_ocel_sqlite(path: &Path, settings: &OcelSettings) -> Result<ReadObjects, ReadError> {
    let read = Tables::open(path).and_then(|tables| tables.read(settings));
    read.map_err(|kind| kind.of(&path.display().to_string()))
}

struct Tables(Connection);

/// A type and what its table is called after.
struct MappedType {
    name: String,
    table: String,
}

impl Tables {
    fn open(path: &Path) -> Result<Self, ReadErrorKind> {
        // SQLite would make a file that is not there look empty, and say nothing of one that may not be read.
        std::fs::File::open(path).map_err(ReadErrorKind::Bytes)?;
        let path = std::path::absolute(path).map_err(ReadErrorKind::Bytes)?;
        let uri = format!("file:{}?mode=ro&immutable=1", escaped(&path));
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
            | OpenFlags::SQLITE_OPEN_URI
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let store =
            Connection::open_with_flags(uri, flags).map_err(|error| said("open it", error))?;
        let set_up = || {
            store.set_limit(Limit::SQLITE_LIMIT_LENGTH, VALUE_BYTES_MAX)?;
            store.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
            store.pragma_update(None, "trusted_schema", false)?;
            store.pragma_update(None, "cell_size_check", true)?;
            store.pragma_update(None, "cache_size", -CACHE_KIBIBYTES)
        };
        set_up().map_err(|error| said("open it", error))?;
        Ok(Self(store))
    }

    fn read(&self, settings: &OcelSettings) -> Result<ReadObjects, ReadErrorKind> {
        for table in [
            "event",
            "object",
            "event_object",
            "event_map_type",
            "object_map_type",
        ] {
            self.check(table)?;
        }
        let mut gathering = Gathering::new(settings);
        let most = settings.limits.activities_max;
        let object_types = self.types("object_map_type", most)?;
        self.objects(&mut gathering)?;
        for object_type in &object_types {
            self.changes(object_type, &mut gathering)?;
        }
        let event_types = self.types("event_map_type", most)?;
        self.events(&event_types, &mut gathering)?;
        self.relations("event_object", "ocel_event_id", true, &mut gathering)?;
        // A log in which objects have nothing to do with each other may lack it.
        if self.find("object_object")?.is_some() {
            self.check("object_object")?;
            self.relations("object_object", "ocel_source_id", false, &mut gathering)?;
        }
        Ok(gathering.finish())
    }

    /// How a table or view is defined.
    fn find(&self, table: &str) -> Result<Option<(String, String)>, ReadErrorKind> {
        let find = "SELECT type, coalesce(sql, '') FROM sqlite_master WHERE name = ?1 AND type IN ('table', 'view')";
        let found = self
            .0
            .query_row(find, [table], |row| Ok((row.get(0)?, row.get(1)?)));
        found
            .optional()
            .map_err(|error| said("list its tables", error))
    }

    /// Only true tables are read: a view is a program, and what a virtual table does is not ours to know.
    fn check(&self, table: &str) -> Result<(), ReadErrorKind> {
        let is_table = self.find(table)?.is_some_and(|(kind, sql)| {
            let begin: String = sql.chars().take(16).collect();
            kind == "table" && !begin.to_ascii_uppercase().starts_with("CREATE VIRTUAL")
        });
        match is_table {
            true => Ok(()),
            false => Err(ReadErrorKind::NotOcel {
                missing: format!("table “{}”", shown(table)),
            }),
        }
    }

    fn types(&self, table: &str, most: u32) -> Result<Vec<MappedType>, ReadErrorKind> {
        let mut types = Vec::new();
        let sql = format!(
            "SELECT ocel_type, ocel_type_map FROM {table} LIMIT {}",
            u64::from(most) + 1
        );
        self.each(&sql, table, |row| {
            let (name, table) = (text(row, 0)?, text(row, 1)?);
            if let (Ok(Some(name)), Ok(Some(table))) = (name, table) {
                types.push(MappedType { name, table });
            }
            Ok(Ok(()))
        })?;
        match types.len() <= most as usize {
            true => Ok(types),
            false => Err(ReadErrorKind::TooMany(
                crate::event_data::TooMany::Activities(most),
            )),
        }
    }

    fn objects(&self, gathering: &mut Gathering) -> Result<(), ReadErrorKind> {
        self.each("SELECT ocel_id, ocel_type FROM object", "object", |row| {
            let (Ok(id), Ok(kind)) = (text(row, 0)?, text(row, 1)?) else {
                gathering.reject(Reason::NotText);
                return Ok(Ok(()));
            };
            Ok(gathering.object(&Parts {
                id: id.unwrap_or_default(),
                kind: kind.unwrap_or_default(),
                ..Parts::default()
            }))
        })
    }

    fn changes(&self, kind: &MappedType, gathering: &mut Gathering) -> Result<(), ReadErrorKind> {
        let table = format!("object_{}", kind.table);
        let columns = self.columns(&table, false, gathering)?;
        let changed = columns.iter().position(|name| name == "ocel_changed_field");
        self.each(&select(&columns, &table), &table, |row| {
            let Some((id, time)) = id_and_time(row, &columns)? else {
                gathering.reject(Reason::NotText);
                return Ok(Ok(()));
            };
            let field = match changed {
                Some(at) => text(row, at)?.ok().flatten(),
                None => None,
            };
            for (at, name) in columns.iter().enumerate() {
                let is_changed = field.as_ref().is_none_or(|field| field == name);
                if name.starts_with("ocel_") || !is_changed {
                    continue;
                }
                let Ok(value) = text(row, at)? else {
                    gathering.reject(Reason::NotText);
                    continue;
                };
                let change = AttributeParts {
                    name: name.clone(),
                    time: time.clone(),
                    value: Scalar(value),
                };
                if let Err(error) = gathering.change(&id, &change) {
                    return Ok(Err(error));
                }
            }
            Ok(Ok(()))
        })
    }

    fn events(&self, types: &[MappedType], gathering: &mut Gathering) -> Result<(), ReadErrorKind> {
        // The table of all events has them in their order, those of the types have their times.
        let mut order = Names::new();
        let mut kinds = Names::new();
        let mut kind_of = Vec::new();
        self.each("SELECT ocel_id, ocel_type FROM event", "event", |row| {
            let (Ok(Some(id)), Ok(Some(kind))) = (text(row, 0)?, text(row, 1)?) else {
                gathering.reject(Reason::IdMissing);
                return Ok(Ok(()));
            };
            let before = order.len();
            if let (Some(_), Some(kind)) = (order.number(&id), kinds.number(&kind))
                && order.len() > before
            {
                kind_of.push(kind);
            } else {
                gathering.reject(Reason::IdRepeated { id: shown(&id) });
            }
            Ok(Ok(()))
        })?;
        for kind in types {
            let table = format!("event_{}", kind.table);
            let columns = self.columns(&table, true, gathering)?;
            let number = kinds.find(&kind.name);
            self.each(&select(&columns, &table), &table, |row| {
                let Some((id, time)) = id_and_time(row, &columns)? else {
                    gathering.reject(Reason::NotText);
                    return Ok(Ok(()));
                };
                let at = order.find(&id);
                let Some(at) = at.filter(|at| Some(kind_of[*at as usize]) == number) else {
                    gathering.reject(Reason::IdUnknown { id: shown(&id) });
                    return Ok(Ok(()));
                };
                let mut event = Parts {
                    id,
                    kind: kind.name.clone(),
                    time,
                    ..Parts::default()
                };
                for (at, name) in columns.iter().enumerate() {
                    if name.starts_with("ocel_") {
                        continue;
                    }
                    match text(row, at)? {
                        Ok(value) => event.attributes.push(AttributeParts {
                            name: name.clone(),
                            time: None,
                            value: Scalar(value),
                        }),
                        Err(NotText) => {
                            gathering.reject(Reason::NotText);
                            return Ok(Ok(()));
                        }
                    }
                }
                Ok(gathering.event_at(&event, u64::from(at)))
            })?;
        }
        gathering.reject_untimed(&order);
        Ok(())
    }

    fn relations(
        &self,
        table: &str,
        from: &str,
        is_of_event: bool,
        gathering: &mut Gathering,
    ) -> Result<(), ReadErrorKind> {
        let to = if is_of_event {
            "ocel_object_id"
        } else {
            "ocel_target_id"
        };
        let sql = format!("SELECT {from}, {to}, ocel_qualifier FROM {table}");
        self.each(&sql, table, |row| {
            let (Ok(from), Ok(to), Ok(qualifier)) = (text(row, 0)?, text(row, 1)?, text(row, 2)?)
            else {
                gathering.reject(Reason::NotText);
                return Ok(Ok(()));
            };
            let relation = Relation {
                to: to.unwrap_or_default(),
                qualifier: qualifier.unwrap_or_default(),
            };
            Ok(gathering.relation(is_of_event, &from.unwrap_or_default(), &relation))
        })
    }

    /// The columns of the table of a type, and what they hold made known.
    fn columns(
        &self,
        table: &str,
        is_of_event: bool,
        gathering: &mut Gathering,
    ) -> Result<Vec<String>, ReadErrorKind> {
        self.check(table)?;
        let doing = || format!("read the table “{}”", shown(table));
        let read = || {
            let mut statement = self
                .0
                .prepare("SELECT name, type FROM pragma_table_info(?1)")?;
            let columns = statement.query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))?;
            columns.collect::<Result<Vec<(String, String)>, _>>()
        };
        let columns = read().map_err(|error| said(&doing(), error))?;
        for (name, declared) in &columns {
            gathering.declare(is_of_event, name, word(declared));
        }
        let names: Vec<String> = columns.into_iter().map(|(name, _)| name).collect();
        for needed in ["ocel_id", "ocel_time"] {
            if !names.iter().any(|name| name == needed) {
                return Err(ReadErrorKind::NotOcel {
                    missing: format!("column “{needed}” in “{}”", shown(table)),
                });
            }
        }
        Ok(names)
    }

    /// Gives each row of a question.
    fn each(
        &self,
        sql: &str,
        table: &str,
        mut take: impl FnMut(&Row<'_>) -> rusqlite::Result<Result<(), ReadErrorKind>>,
    ) -> Result<(), ReadErrorKind> {
        let failed = |error| said(&format!("read the table “{}”", shown(table)), error);
        let mut statement = self.0.prepare(sql).map_err(failed)?;
        let mut rows = statement.query([]).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            take(row).map_err(failed)??;
        }
        Ok(())
    }
}

/// A value that is no text and cannot be written as such.
struct NotText;

/// A value as text; none for NULL.
fn text(row: &Row<'_>, at: usize) -> rusqlite::Result<Result<Option<String>, NotText>> {
    Ok(match row.get_ref(at)? {
        ValueRef::Null => Ok(None),
        ValueRef::Integer(number) => Ok(Some(number.to_string())),
        ValueRef::Real(number) => Ok(Some(number.to_string())),
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => Ok(Some(text.to_owned())),
            Err(_) => Err(NotText),
        },
        ValueRef::Blob(_) => Err(NotText),
    })
}

/// What every row of a type's table has; none when it is no text.
fn id_and_time(
    row: &Row<'_>,
    columns: &[String],
) -> rusqlite::Result<Option<(String, Option<String>)>> {
    let value = |name: &str| match columns.iter().position(|column| column == name) {
        Some(at) => text(row, at),
        None => Ok(Ok(None)),
    };
    Ok(match (value("ocel_id")?, value("ocel_time")?) {
        (Ok(id), Ok(time)) => Some((id.unwrap_or_default(), time)),
        _ => None,
    })
}

fn select(columns: &[String], table: &str) -> String {
    let columns: Vec<String> = columns.iter().map(|name| quoted(name)).collect();
    format!("SELECT {} FROM {}", columns.join(", "), quoted(table))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The type of a column in the words of OCEL.
fn word(declared: &str) -> &'static str {
    match declared.to_ascii_uppercase().as_str() {
        "INTEGER" | "INT" | "BIGINT" => "integer",
        "REAL" | "FLOAT" | "DOUBLE" | "NUMERIC" => "float",
        "TIMESTAMP" | "DATETIME" | "DATE" => "time",
        "BOOLEAN" | "BOOL" => "boolean",
        _ => "string",
    }
}

fn said(doing: &str, source: rusqlite::Error) -> ReadErrorKind {
    let doing = doing.to_owned();
    ReadErrorKind::Sqlite { doing, source }
}

/// A path within a URI.
fn escaped(path: &Path) -> String {
    use std::os::unix::ffi::OsStrExt as _;
    let mut uri = String::new();
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' => uri.push(char::from(*byte)),
            byte if byte.is_ascii_alphanumeric() => uri.push(char::from(*byte)),
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}
