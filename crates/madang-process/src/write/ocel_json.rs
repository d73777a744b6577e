//! OCEL 2.0 in JSON.

use std::io::Write;

use serde_json::{Value, json};

use super::error::WriteError;
use super::moment::moment;
use super::ocel_types::{DeclaredType, OcelTypes, event_kind, object_kind, object_values};
use crate::event_data::ObjectLog;

/// Writes a log as OCEL 2.0 in JSON, an object or event a line, times in UTC.
///
/// # Errors
/// When it cannot be written.
pub fn write_ocel_json(log: &ObjectLog, out: &mut dyn Write) -> Result<(), WriteError> {
    let types = OcelTypes::of(log);
    let event_column = |at: usize| {
        let column = &log.event_columns()[at];
        json!({"name": column.name, "type": event_kind(column)})
    };
    let object_column = |at: usize| {
        let column = &log.object_columns()[at];
        json!({"name": column.name, "type": object_kind(column)})
    };
    let declared = |one: &DeclaredType, column: &dyn Fn(usize) -> Value| {
        let attributes: Vec<Value> = one.columns.iter().map(|at| column(*at)).collect();
        Ok(json!({"name": one.name, "attributes": attributes}))
    };
    let values = object_values(log);
    out.write_all(b"{\"objectTypes\":")?;
    let objects = types.objects.iter();
    list(out, objects.map(|one| declared(one, &object_column)))?;
    out.write_all(b",\"eventTypes\":")?;
    let events = types.events.iter();
    list(out, events.map(|one| declared(one, &event_column)))?;
    out.write_all(b",\"objects\":")?;
    let objects = values.iter().enumerate();
    list(out, objects.map(|(at, values)| object(log, at, values)))?;
    out.write_all(b",\"events\":")?;
    list(out, (0..log.event_count()).map(|at| event(log, at)))?;
    out.write_all(b"}\n")?;
    Ok(())
}

fn list(
    out: &mut dyn Write,
    items: impl Iterator<Item = Result<Value, WriteError>>,
) -> Result<(), WriteError> {
    out.write_all(b"[")?;
    for (at, item) in items.enumerate() {
        out.write_all(if at == 0 { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut *out, &item?)?;
    }
    out.write_all(b"]")?;
    Ok(())
}

fn object(log: &ObjectLog, at: usize, values: &[(usize, i64, &str)]) -> Result<Value, WriteError> {
    let mut attributes = Vec::with_capacity(values.len());
    for (column, time_ms, value) in values {
        let name = &log.object_columns()[*column].name;
        attributes.push(json!({"name": name, "time": moment(*time_ms)?, "value": value}));
    }
    Ok(json!({
        "id": log.object_name(at),
        "type": log.object_type(at),
        "attributes": attributes,
        "relationships": relations(log, log.related_to(at)),
    }))
}

fn event(log: &ObjectLog, at: usize) -> Result<Value, WriteError> {
    let values = (log.event_columns().iter())
        .filter_map(|column| Some(json!({"name": column.name, "value": column.value(at)?})));
    Ok(json!({
        "id": log.event_name(at),
        "type": log.activity(at),
        "time": moment(log.time_ms(at))?,
        "attributes": values.collect::<Vec<_>>(),
        "relationships": relations(log, log.objects_of(at)),
    }))
}

fn relations<'log>(
    log: &ObjectLog,
    related: impl Iterator<Item = (usize, &'log str)>,
) -> Vec<Value> {
    related
        .map(|(to, how)| json!({"objectId": log.object_name(to), "qualifier": how}))
        .collect()
}
