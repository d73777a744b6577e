//! The log as a file of any of the formats. All are written as they are made, day by day, but those that madang-process writes.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use madang_process::event_data::{ColumnKind, LogBuilder, LogLimits, NewEvent, ObjectLogBuilder};
use madang_process::write::{write_ocel_json, write_parquet};
use mine_generator::{Days, Event, Moment, Truth};

use crate::Failure;

/// What a file is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A row an event, by time, with the moment that it ended.
    Csv,
    /// The same with the moment that it began as well.
    CsvWithStarts,
    /// Trace by trace.
    Xes,
    /// A row an event, case by case.
    Parquet,
    /// Events, orders, and who did it as objects.
    OcelJson,
}

impl Format {
    /// The format of this name.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "csv" => Self::Csv,
            "csv-with-starts" => Self::CsvWithStarts,
            "xes" => Self::Xes,
            "parquet" => Self::Parquet,
            "ocel-json" => Self::OcelJson,
            _ => return None,
        })
    }
}

/// Writes the log of a seed, and says what has to be found in it.
///
/// # Errors
/// When it cannot be written.
pub fn write_log(format: Format, seed: u64, events: usize, to: &Path) -> Result<Truth, Failure> {
    let mut truth = Truth::new(format == Format::CsvWithStarts);
    let days = Days::new(seed, events).inspect(|day| truth.take(day));
    let mut out = BufWriter::with_capacity(1024 * 1024, File::create(to)?);
    match format {
        Format::Csv => csv(days, false, &mut out)?,
        Format::CsvWithStarts => csv(days, true, &mut out)?,
        Format::Xes => xes(days, &mut out)?,
        Format::Parquet => parquet(days, &mut out)?,
        Format::OcelJson => ocel(days, &mut out)?,
    }
    // What is still on its way to the disk would be written at the expense of whoever is measured first.
    out.into_inner()?.sync_all()?;
    Ok(truth)
}

fn csv(
    days: impl Iterator<Item = Vec<Event>>,
    has_starts: bool,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let start = if has_starts { "start_timestamp," } else { "" };
    writeln!(
        out,
        "case_id,activity,{start}timestamp,resource,channel,amount"
    )?;
    for event in days.flatten() {
        write!(out, "{},{},", event.case(), event.name())?;
        if has_starts {
            out.write_all(&Moment::of(event.started_ms).bytes(b' '))?;
            out.write_all(b",")?;
        }
        out.write_all(&event.time().bytes(b' '))?;
        writeln!(out, ",{},{},{}", event.who, event.channel, event.amount_won)?;
    }
    Ok(())
}

fn xes(days: impl Iterator<Item = Vec<Event>>, out: &mut impl Write) -> Result<(), Failure> {
    writeln!(
        out,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<log xes.version=\"1.0\" xmlns=\"http://www.xes-standard.org/\">"
    )?;
    for name in ["concept", "time", "org", "lifecycle"] {
        writeln!(
            out,
            "\t<extension name=\"{name}\" prefix=\"{name}\" uri=\"http://www.xes-standard.org/{name}.xesext\"/>"
        )?;
    }
    for mut day in days {
        day.sort_by_key(|event| event.order);
        for trace in day.chunk_by(|before, next| before.order == next.order) {
            writeln!(
                out,
                "\t<trace>\n\t\t<string key=\"concept:name\" value=\"{}\"/>",
                trace[0].case()
            )?;
            writeln!(
                out,
                "\t\t<string key=\"channel\" value=\"{}\"/>",
                trace[0].channel
            )?;
            for event in trace {
                xes_event(event, out)?;
            }
            writeln!(out, "\t</trace>")?;
        }
    }
    writeln!(out, "</log>")?;
    Ok(())
}

fn xes_event(event: &Event, out: &mut impl Write) -> Result<(), Failure> {
    let time = event.time().bytes(b'T');
    writeln!(
        out,
        "\t\t<event>\n\t\t\t<string key=\"concept:name\" value=\"{}\"/>",
        event.name()
    )?;
    out.write_all(b"\t\t\t<date key=\"time:timestamp\" value=\"")?;
    out.write_all(&time)?;
    writeln!(
        out,
        "+09:00\"/>\n\t\t\t<string key=\"org:resource\" value=\"{}\"/>",
        event.who
    )?;
    writeln!(
        out,
        "\t\t\t<string key=\"lifecycle:transition\" value=\"complete\"/>"
    )?;
    writeln!(
        out,
        "\t\t\t<int key=\"amount\" value=\"{}\"/>\n\t\t</event>",
        event.amount_won
    )?;
    Ok(())
}

fn parquet(
    days: impl Iterator<Item = Vec<Event>>,
    out: &mut (impl Write + Send),
) -> Result<(), Failure> {
    let mut builder = LogBuilder::new(LogLimits::default());
    for event in days.flatten() {
        let at = builder.push(&NewEvent {
            case: &event.case(),
            activity: event.name(),
            time_ms: event.ended_ms,
            started_ms: None,
            resource: Some(&event.who.to_string()),
            sequence: None,
        })?;
        builder.set_event(at, "channel", ColumnKind::Text, &event.channel.to_string())?;
    }
    Ok(write_parquet(&builder.finish(), out)?)
}

fn ocel(days: impl Iterator<Item = Vec<Event>>, out: &mut impl Write) -> Result<(), Failure> {
    let mut builder = ObjectLogBuilder::new(LogLimits::default());
    for (number, event) in days.flatten().enumerate() {
        let number = number as u64;
        let taken = builder.event(&format!("e{number}"), event.name(), event.ended_ms, number)?;
        for (name, of_type, how) in [
            (event.case(), "order", "of"),
            (event.who.to_string(), "person", "by"),
        ] {
            if builder.object_number(&name).is_none() {
                builder.object(&name, of_type)?;
            }
            builder.relate_event(taken, &name, how)?;
        }
    }
    Ok(write_ocel_json(&builder.finish(|_| {}), out)?)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use madang_process::event_data::EventLog;
    use madang_process::performance::ProcessMap;
    use madang_process::read::{
        CsvSettings, OcelSettings, ParquetSettings, XesSettings, read_csv, read_ocel_json,
        read_parquet, read_xes,
    };
    use madang_process::variants::Variants;
    use serde_json::Value;

    use super::{Format, write_log};
    use crate::{Failure, found};

    const EVENTS: usize = 40_000;

    fn read(format: Format, path: &Path) -> Result<EventLog, Failure> {
        let name = path.to_str().ok_or("a path that is text")?;
        Ok(match format {
            Format::Csv | Format::CsvWithStarts => read_csv(name, &CsvSettings::default())?.log,
            Format::Xes => read_xes(name, &XesSettings::default())?.log,
            Format::Parquet => read_parquet(path, &ParquetSettings::default())?.log,
            Format::OcelJson => {
                let read = read_ocel_json(name, &OcelSettings::default())?;
                read.log.flatten("order", Default::default())?
            }
        })
    }

    /// Of percentiles only the one between, since ours are within 1 %.
    fn without_percentiles(mut found: Value) -> Value {
        for list in ["edges", "variants"] {
            if let Some(list) = found[list].as_array_mut() {
                list.iter_mut()
                    .filter_map(Value::as_array_mut)
                    .for_each(|one| one.truncate(4));
                list.sort_by_key(Value::to_string);
            }
        }
        found
    }

    #[test]
    fn every_format_says_the_same_and_a_seed_gives_the_same_bytes() -> Result<(), Failure> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("log");
        for format in [
            Format::Csv,
            Format::CsvWithStarts,
            Format::Xes,
            Format::Parquet,
            Format::OcelJson,
        ] {
            let truth = write_log(format, 11, EVENTS, &path)?;
            let bytes = fs::read(&path)?;
            let log = read(format, &path)?;
            let found = found::ours(&ProcessMap::of(&log), &Variants::of(&log));
            assert_eq!(
                without_percentiles(found),
                without_percentiles(found::truth(&truth)),
                "{format:?}"
            );
            write_log(format, 11, EVENTS, &path)?;
            assert!(
                bytes == fs::read(&path)?,
                "{format:?} has other bytes the second time"
            );
        }
        Ok(())
    }
}
