//! Which attributes each type of events and objects has, as OCEL declares them.

use std::collections::BTreeSet;

use crate::event_data::{Column, ColumnKind, ObjectColumn, ObjectLog};

/// The types of a log, in the order of their numbers.
pub(super) struct OcelTypes {
    pub(super) events: Vec<DeclaredType>,
    pub(super) objects: Vec<DeclaredType>,
}

/// A type and its attributes: places of [`ObjectLog::event_columns`] or of [`ObjectLog::object_columns`].
pub(super) struct DeclaredType {
    pub(super) name: String,
    pub(super) columns: BTreeSet<usize>,
}

impl OcelTypes {
    pub(super) fn of(log: &ObjectLog) -> Self {
        let declared = |name: &str| DeclaredType {
            name: name.to_owned(),
            columns: BTreeSet::new(),
        };
        let mut types = Self {
            events: log.activities().iter().map(declared).collect(),
            objects: log.object_types().iter().map(declared).collect(),
        };
        for event in 0..log.event_count() {
            let number = log.activities().find(log.activity(event));
            let columns = log.event_columns().iter().enumerate();
            for (at, _) in columns.filter(|(_, column)| column.value(event).is_some()) {
                types.events[number.expect("it is one of them") as usize]
                    .columns
                    .insert(at);
            }
        }
        for (at, column) in log.object_columns().iter().enumerate() {
            for change in column.changes() {
                let number = log.object_types().find(log.object_type(change.object));
                types.objects[number.expect("it is one of them") as usize]
                    .columns
                    .insert(at);
            }
        }
        types
    }
}

/// What OCEL calls the type of an attribute.
pub(super) fn event_kind(column: &Column) -> &'static str {
    word(column.kind, column.values().iter())
}

/// The same of one of objects.
pub(super) fn object_kind(column: &ObjectColumn) -> &'static str {
    word(column.kind, column.changes().map(|change| change.value))
}

fn word<'log>(kind: ColumnKind, mut values: impl Iterator<Item = &'log str>) -> &'static str {
    match kind {
        ColumnKind::Text => "string",
        ColumnKind::Time => "time",
        ColumnKind::Boolean => "boolean",
        ColumnKind::Number if values.all(|value| value.parse::<i64>().is_ok()) => "integer",
        ColumnKind::Number => "float",
    }
}

/// For each object its attributes: the column, when it was set, and to what.
pub(super) fn object_values(log: &ObjectLog) -> Vec<Vec<(usize, i64, &str)>> {
    let mut values = vec![Vec::new(); log.object_count()];
    for (at, column) in log.object_columns().iter().enumerate() {
        for change in column.changes() {
            values[change.object].push((at, change.time_ms, change.value));
        }
    }
    values
}
