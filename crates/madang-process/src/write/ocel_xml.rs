//! OCEL 2.0 in XML.

use std::io::Write;

use super::error::WriteError;
use super::moment::moment;
use super::ocel_types::{OcelTypes, event_kind, object_kind, object_values};
use crate::event_data::ObjectLog;
use crate::xml::escaped;

/// Writes a log as OCEL 2.0 in XML, times in UTC.
///
/// # Errors
/// When it cannot be written.
pub fn write_ocel_xml(log: &ObjectLog, out: &mut dyn Write) -> Result<(), WriteError> {
    out.write_all(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<log>\n")?;
    write_types(log, out)?;
    out.write_all(b"  <objects>\n")?;
    for (at, values) in object_values(log).iter().enumerate() {
        let (id, kind) = (escaped(log.object_name(at)), escaped(log.object_type(at)));
        write!(out, "    <object id=\"{id}\" type=\"{kind}\"><attributes>")?;
        for (column, time_ms, value) in values {
            let name = escaped(&log.object_columns()[*column].name);
            let (time, value) = (moment(*time_ms)?, escaped(value));
            let tag = format!("<attribute name=\"{name}\" time=\"{time}\">{value}</attribute>");
            out.write_all(tag.as_bytes())?;
        }
        write_relations(log, log.related_to(at), out)?;
        out.write_all(b"</object>\n")?;
    }
    out.write_all(b"  </objects>\n  <events>\n")?;
    for at in 0..log.event_count() {
        let (id, kind) = (escaped(log.event_name(at)), escaped(log.activity(at)));
        let time = moment(log.time_ms(at))?;
        write!(
            out,
            "    <event id=\"{id}\" type=\"{kind}\" time=\"{time}\"><attributes>"
        )?;
        for column in log.event_columns() {
            if let Some(value) = column.value(at) {
                let (name, value) = (escaped(&column.name), escaped(value));
                write!(out, "<attribute name=\"{name}\">{value}</attribute>")?;
            }
        }
        write_relations(log, log.objects_of(at), out)?;
        out.write_all(b"</event>\n")?;
    }
    out.write_all(b"  </events>\n</log>\n")?;
    Ok(())
}

fn write_types(log: &ObjectLog, out: &mut dyn Write) -> Result<(), WriteError> {
    let types = OcelTypes::of(log);
    let events: Vec<_> = log.event_columns().iter().map(event_kind).collect();
    let objects: Vec<_> = log.object_columns().iter().map(object_kind).collect();
    let event_name = |at: usize| log.event_columns()[at].name.as_str();
    let object_name = |at: usize| log.object_columns()[at].name.as_str();
    let sections: [(&str, _, &dyn Fn(usize) -> _, _); 2] = [
        ("object", types.objects, &object_name, objects),
        ("event", types.events, &event_name, events),
    ];
    for (section, types, name_of, kinds) in sections {
        writeln!(out, "  <{section}-types>")?;
        for declared in types {
            let name = escaped(&declared.name);
            write!(out, "    <{section}-type name=\"{name}\"><attributes>")?;
            for column in declared.columns {
                let (name, kind) = (escaped(name_of(column)), kinds[column]);
                write!(out, "<attribute name=\"{name}\" type=\"{kind}\"/>")?;
            }
            writeln!(out, "</attributes></{section}-type>")?;
        }
        writeln!(out, "  </{section}-types>")?;
    }
    Ok(())
}

/// Ends the attributes and gives the relations.
fn write_relations<'log>(
    log: &ObjectLog,
    related: impl Iterator<Item = (usize, &'log str)>,
    out: &mut dyn Write,
) -> Result<(), WriteError> {
    out.write_all(b"</attributes><objects>")?;
    for (to, how) in related {
        let (to, how) = (escaped(log.object_name(to)), escaped(how));
        write!(
            out,
            "<relationship object-id=\"{to}\" qualifier=\"{how}\"/>"
        )?;
    }
    out.write_all(b"</objects>")?;
    Ok(())
}
