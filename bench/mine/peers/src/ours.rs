//! Our own side: `mine-peers ours --measure map|parquet|xes|journal|inductive|inductive-noise|live --count EVENTS [--file FILE] [--seed N]`. What it does for `map` is what
//! `madang mine` does between its arguments and its report.

use std::path::Path;
use std::time::Instant;

use madang_process::discovery::{InductiveSettings, Traces, inductive};
use madang_process::event_data::{EventLog, NewEvent};
use madang_process::live::{LiveIndex, LiveLimits};
use madang_process::performance::ProcessMap;
use madang_process::read::{
    CsvSettings, ParquetSettings, XesSettings, read_csv, read_parquet, read_xes,
};
use madang_process::variants::Variants;
use mine_generator::Days;
use serde_json::{Value, json};

use crate::journal_file::read_journal;
use crate::turn::{Spent, Turn, memory_bytes_max};
use crate::{Failure, found, option};

/// Takes a turn.
///
/// # Errors
/// When something in it fails.
pub fn ours(arguments: &[String]) -> Result<(), Failure> {
    let measure = option(arguments, "--measure")?;
    let turn = Turn {
        peer: "madang",
        measure,
        count: option(arguments, "--count")?.parse()?,
    };
    let file = || option(arguments, "--file");
    match measure {
        "map" => mapped(&turn, || from_csv(file()?)),
        "parquet" => mapped(&turn, || {
            Ok(read_parquet(Path::new(file()?), &ParquetSettings::default())?.log)
        }),
        "xes" => mapped(
            &turn,
            || Ok(read_xes(file()?, &XesSettings::default())?.log),
        ),
        "journal" => mapped(&turn, || read_journal(Path::new(file()?))),
        "inductive" => model(&turn, &from_csv(file()?)?, 0),
        "inductive-noise" => model(&turn, &from_csv(file()?)?, 20),
        "live" => live(&turn, option(arguments, "--seed")?.parse()?),
        other => Err(format!("there is no measure {other}").into()),
    }
}

fn from_csv(file: &str) -> Result<EventLog, Failure> {
    let read = read_csv(file, &CsvSettings::default())?;
    match read.rejected.count {
        0 => Ok(read.log),
        rows => Err(format!("{rows} rows were refused").into()),
    }
}

/// Reads a log; its map with all waits and its variants.
fn mapped(
    turn: &Turn<'_>,
    read: impl FnOnce() -> Result<EventLog, Failure>,
) -> Result<(), Failure> {
    let ((map, variants), spent) = Spent::on(|| {
        let log = read()?;
        Ok((ProcessMap::of(&log), Variants::of(&log)))
    })?;
    turn.print(spent, found::ours(&map, &variants), Value::Null);
    Ok(())
}

/// A model of a log that is in memory.
fn model(turn: &Turn<'_>, log: &EventLog, noise_percent: u8) -> Result<(), Failure> {
    let settings = InductiveSettings {
        noise_percent,
        ..InductiveSettings::default()
    };
    let (mined, spent) = Spent::on(|| Ok(inductive(&Traces::of(log), &settings)?))?;
    let tree = found::tree(&mined.tree, log.activities());
    turn.print(spent, json!({ "tree": tree }), Value::Null);
    Ok(())
}

/// Takes events one by one as they happened. The names are made before.
fn live(turn: &Turn<'_>, seed: u64) -> Result<(), Failure> {
    let mut index = LiveIndex::new(LiveLimits::default());
    let mut nanoseconds: Vec<u32> = Vec::with_capacity(turn.count as usize);
    for day in Days::new(seed, turn.count as usize) {
        for event in day {
            let (case, resource) = (event.case(), event.who.to_string());
            let new = NewEvent {
                case: &case,
                activity: event.name(),
                time_ms: event.ended_ms,
                started_ms: None,
                resource: Some(&resource),
                sequence: None,
            };
            let begin = Instant::now();
            index.push(&new)?;
            nanoseconds.push(begin.elapsed().as_nanos() as u32);
        }
    }
    let seconds = nanoseconds.iter().copied().map(f64::from).sum::<f64>() / 1e9;
    let spent = Spent {
        seconds,
        // Reading the clock, twice an event, is a part of it that cannot be told apart.
        processor_seconds: seconds,
        memory_bytes_max: memory_bytes_max()?,
    };
    let (findings, look) = Spent::on(|| Ok(index.findings()?))?;
    nanoseconds.sort_unstable();
    let at = |part: f64| f64::from(nanoseconds[(part * nanoseconds.len() as f64) as usize]) / 1e3;
    let event_us = json!({
        "mean": seconds * 1e6 / nanoseconds.len() as f64,
        "p50": at(0.5),
        "p99": at(0.99),
        "p9999": at(0.9999),
        "max": nanoseconds.last().map(|most| f64::from(*most) / 1e3),
    });
    let more = json!({ "event_us": event_us, "look_us": look.seconds * 1e6 });
    turn.print(spent, found::ours(&findings.map, &findings.variants), more);
    Ok(())
}
