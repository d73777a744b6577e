//! The streaming reader of the crate `process_mining`: `mine-peers streaming --measure xes --count EVENTS --file FILE`. It is told to keep the attributes that we keep,
//! and what follows what is counted as its traces come.

use std::collections::HashMap;

use process_mining::core::event_data::case_centric::Event;
use process_mining::core::event_data::case_centric::xes::{
    XESImportOptions, build_ignore_attributes, stream_xes_from_path,
};
use serde_json::{Value, json};

use crate::turn::{Spent, Turn};
use crate::{Failure, found, option};

/// Takes a turn.
///
/// # Errors
/// When something in it fails.
pub fn streaming(arguments: &[String]) -> Result<(), Failure> {
    let turn = Turn {
        peer: "process_mining",
        measure: option(arguments, "--measure")?,
        count: option(arguments, "--count")?.parse()?,
    };
    let file = option(arguments, "--file")?;
    let (counted, spent) = Spent::on(|| Counted::of(file))?;
    turn.print(spent, counted.found(), Value::Null);
    Ok(())
}

/// What follows what, and the ways cases went: the least that has to be kept of a stream.
#[derive(Default)]
struct Counted {
    names: Vec<String>,
    numbers: HashMap<String, u16>,
    edges: HashMap<(u16, u16), (u64, u64)>,
    variants: HashMap<Vec<u16>, u64>,
}

impl Counted {
    fn of(file: &str) -> Result<Self, Failure> {
        let options = XESImportOptions {
            ignore_log_attributes_except: Some(build_ignore_attributes([""; 0])),
            ignore_trace_attributes_except: Some(build_ignore_attributes(["concept:name"])),
            ignore_event_attributes_except: Some(build_ignore_attributes([
                "concept:name",
                "time:timestamp",
                "org:resource",
                "lifecycle:transition",
            ])),
            verbose: false,
            ..XESImportOptions::default()
        };
        let mut counted = Self::default();
        let (mut traces, _) = stream_xes_from_path(file, options)?;
        for trace in &mut traces {
            counted.take(&trace.events)?;
        }
        match traces.check_for_errors() {
            None => Ok(counted),
            Some(error) => Err(error.into()),
        }
    }

    fn take(&mut self, events: &[Event]) -> Result<(), Failure> {
        let mut sequence: Vec<u16> = Vec::with_capacity(events.len());
        let mut last_ms = 0;
        for event in events {
            let value = |key: &str| {
                event
                    .attributes
                    .iter()
                    .find(|attribute| attribute.key == key)
            };
            let name = value("concept:name").and_then(|name| name.value.try_as_string());
            let number = self.number(name.ok_or("an event without a name")?);
            let time = value("time:timestamp").and_then(|time| time.value.try_as_date());
            let time_ms = time.ok_or("an event without a time")?.timestamp_millis();
            if let Some(before) = sequence.last() {
                let (count, sum_ms) = self.edges.entry((*before, number)).or_default();
                *count += 1;
                *sum_ms += time_ms.abs_diff(last_ms);
            }
            sequence.push(number);
            last_ms = time_ms;
        }
        *self.variants.entry(sequence).or_default() += 1;
        Ok(())
    }

    fn number(&mut self, name: &str) -> u16 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.names.len() as u16;
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        number
    }

    fn found(&self) -> Value {
        let name = |number: &u16| self.names[usize::from(*number)].as_str();
        let edges = self.edges.iter();
        let edges = edges.map(|((from, to), (count, sum_ms))| {
            json!([name(from), name(to), count, sum_ms, null])
        });
        let variants = self.variants.iter().map(|(sequence, cases)| {
            let names: Vec<&str> = sequence.iter().map(name).collect();
            json!([names.join(found::THEN), cases])
        });
        let events = self
            .variants
            .iter()
            .map(|(sequence, cases)| sequence.len() as u64 * cases);
        json!({
            "events": events.sum::<u64>(),
            "cases": self.variants.values().sum::<u64>(),
            "edges": edges.collect::<Vec<_>>(),
            "variants": variants.collect::<Vec<_>>(),
        })
    }
}
