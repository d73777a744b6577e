//! CSV as XES's tools name its columns: what our reader needs no mapping for.

use std::io::Write;

use super::error::WriteError;
use super::moment::moment;
use crate::event_data::{CaseEvents, EventLog};

/// Writes a log as CSV in UTF-8: a row for each event, case by case, times in UTC.
///
/// # Errors
/// When it cannot be written.
pub fn write_csv(log: &EventLog, out: &mut dyn Write) -> Result<(), WriteError> {
    let has = Has::of(log);
    let mut row = header(log, &has);
    end(&mut row, out)?;
    for case in log.cases() {
        for at in 0..case.len() {
            write_event(log, &has, &case, at, &mut row)?;
            end(&mut row, out)?;
        }
    }
    Ok(())
}

/// Which columns there are besides those that every log has.
struct Has {
    starts: bool,
    resources: bool,
    sequence: bool,
}

impl Has {
    fn of(log: &EventLog) -> Self {
        let first = log.cases().next();
        Self {
            starts: log.has_starts(),
            resources: !log.resources().is_empty(),
            sequence: first.is_some_and(|case| case.sequence(0).is_some()),
        }
    }
}

fn header(log: &EventLog, has: &Has) -> String {
    let mut row = "case:concept:name,concept:name,time:timestamp".to_owned();
    if has.starts {
        row.push_str(",start_timestamp");
    }
    if has.resources {
        row.push_str(",org:resource");
    }
    if has.sequence {
        row.push_str(",sequence");
    }
    for column in log.event_columns() {
        cell(&mut row, &column.name);
    }
    for column in log.case_columns() {
        cell(&mut row, &format!("case:{}", column.name));
    }
    row
}

fn write_event(
    log: &EventLog,
    has: &Has,
    case: &CaseEvents<'_>,
    at: usize,
    row: &mut String,
) -> Result<(), WriteError> {
    first_cell(row, case.name());
    let activity = u32::from(case.activity_numbers()[at]);
    cell(row, log.activities().name(activity));
    cell(row, &moment(case.times_ms()[at])?);
    if has.starts {
        let started = case.said_start_ms(at).map(moment).transpose()?;
        cell(row, &started.unwrap_or_default());
    }
    if has.resources {
        let resource = case.resource(at).map(|who| log.resources().name(who.0));
        cell(row, resource.unwrap_or_default());
    }
    if has.sequence {
        let sequence = case.sequence(at).unwrap_or_default();
        cell(row, &sequence.to_string());
    }
    for column in log.event_columns() {
        let value = column.value(case.first_place() + at);
        cell(row, value.unwrap_or_default());
    }
    for column in log.case_columns() {
        cell(row, column.value(case.case.index()).unwrap_or_default());
    }
    Ok(())
}

fn end(row: &mut String, out: &mut dyn Write) -> Result<(), WriteError> {
    row.push('\n');
    out.write_all(row.as_bytes())?;
    row.clear();
    Ok(())
}

fn cell(row: &mut String, value: &str) {
    row.push(',');
    first_cell(row, value);
}

fn first_cell(row: &mut String, value: &str) {
    // Spaces at the ends, too: readers differ in whether they are part of the cell.
    let needs_quotes = value.contains([',', ';', '\t', '"', '\r', '\n'])
        || value.starts_with(char::is_whitespace)
        || value.ends_with(char::is_whitespace);
    if !needs_quotes {
        row.push_str(value);
        return;
    }
    row.push('"');
    row.push_str(&value.replace('"', "\"\""));
    row.push('"');
}
