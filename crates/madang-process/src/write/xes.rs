//! XES.

use std::io::Write;

use super::error::WriteError;
use super::moment::moment;
use crate::event_data::{CaseEvents, Column, ColumnKind, EventLog};
use crate::xml::escaped;

/// Writes a log as XES in UTF-8, times in UTC. Work that took some time becomes a `start` and a `complete` of one `concept:instance`.
///
/// # Errors
/// When it cannot be written.
pub fn write_xes(log: &EventLog, out: &mut dyn Write) -> Result<(), WriteError> {
    out.write_all(HEAD.as_bytes())?;
    let mut text = String::new();
    for case in log.cases() {
        text.push_str("  <trace>\n");
        attribute(&mut text, 4, "string", "concept:name", case.name());
        for column in log.case_columns() {
            if let Some(value) = column.value(case.case.index()) {
                column_attribute(&mut text, 4, column, value);
            }
        }
        for step in steps(&case) {
            write_event(log, &case, &step, &mut text)?;
            out.write_all(text.as_bytes())?;
            text.clear();
        }
        out.write_all(b"  </trace>\n")?;
    }
    out.write_all(b"</log>\n")?;
    Ok(())
}

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849.2016" xes.features="" xmlns="http://www.xes-standard.org/">
  <extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
  <extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
  <extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
  <extension name="Lifecycle" prefix="lifecycle" uri="http://www.xes-standard.org/lifecycle.xesext"/>
  <global scope="trace">
    <string key="concept:name" value=""/>
  </global>
  <global scope="event">
    <string key="concept:name" value=""/>
    <date key="time:timestamp" value="1970-01-01T00:00:00Z"/>
  </global>
  <classifier name="Activity" keys="concept:name"/>
"#;

/// An event of the file: the beginning or the end of one of the log.
struct Step {
    time_ms: i64,
    at: usize,
    is_start: bool,
}

/// The events of a case as they stand in the file, in the order of time.
fn steps(case: &CaseEvents<'_>) -> Vec<Step> {
    let mut steps = Vec::with_capacity(case.len());
    for (at, time_ms) in case.times_ms().iter().enumerate() {
        if let Some(started_ms) = start_of(case, at) {
            steps.push(Step {
                time_ms: started_ms,
                at,
                is_start: true,
            });
        }
        steps.push(Step {
            time_ms: *time_ms,
            at,
            is_start: false,
        });
    }
    steps.sort_by_key(|step| step.time_ms);
    steps
}

/// What began after it ended is told by its end alone.
fn start_of(case: &CaseEvents<'_>, at: usize) -> Option<i64> {
    (case.said_start_ms(at)).filter(|started_ms| *started_ms <= case.times_ms()[at])
}

fn write_event(
    log: &EventLog,
    case: &CaseEvents<'_>,
    step: &Step,
    text: &mut String,
) -> Result<(), WriteError> {
    let at = step.at;
    let activity = u32::from(case.activity_numbers()[at]);
    text.push_str("    <event>\n");
    attribute(
        text,
        6,
        "string",
        "concept:name",
        log.activities().name(activity),
    );
    let time = moment(step.time_ms)?;
    attribute(text, 6, "date", "time:timestamp", &time);
    if let Some(who) = case.resource(at) {
        let name = log.resources().name(who.0);
        attribute(text, 6, "string", "org:resource", name);
    }
    let is_long = start_of(case, at).is_some();
    if is_long {
        let instance = at.to_string();
        attribute(text, 6, "string", "concept:instance", &instance);
        let transition = if step.is_start { "start" } else { "complete" };
        attribute(text, 6, "string", "lifecycle:transition", transition);
    }
    if !step.is_start {
        if let Some(sequence) = case.sequence(at) {
            attribute(text, 6, "int", "sequence", &sequence.to_string());
        }
        for column in log.event_columns() {
            // Said above already.
            let is_said =
                is_long && ["concept:instance", "lifecycle:transition"].contains(&&*column.name);
            if let Some(value) = column.value(case.first_place() + at)
                && !is_said
            {
                column_attribute(text, 6, column, value);
            }
        }
    }
    text.push_str("    </event>\n");
    Ok(())
}

fn column_attribute(text: &mut String, indent: usize, column: &Column, value: &str) {
    let tag = match column.kind {
        ColumnKind::Text => "string",
        ColumnKind::Time => "date",
        ColumnKind::Boolean => "boolean",
        ColumnKind::Number if value.parse::<i64>().is_ok() => "int",
        ColumnKind::Number => "float",
    };
    attribute(text, indent, tag, &column.name, value);
}

fn attribute(text: &mut String, indent: usize, tag: &str, key: &str, value: &str) {
    text.extend(std::iter::repeat_n(' ', indent));
    let (key, value) = (escaped(key), escaped(value));
    text.push_str(&format!("<{tag} key=\"{key}\" value=\"{value}\"/>\n"));
}
