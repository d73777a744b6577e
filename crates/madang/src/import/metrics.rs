//! How an import ended, as Prometheus reads it from a file.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use jiff::Timestamp;
use madang_import::run::{Outcome, Report};

use crate::import::fault::Fault;

/// Writes the figures of a run. The file is replaced as a whole, so that a collector never reads half of it.
///
/// # Errors
/// [`Fault`].
pub fn write(path: &Path, report: &Report, now: Timestamp) -> Result<(), Fault> {
    replace(path, &text(report, now))
}

fn replace(path: &Path, text: &str) -> Result<(), Fault> {
    let new = path.with_extension("new");
    fs::write(&new, text)
        .and_then(|()| fs::rename(&new, path))
        .map_err(|source| Fault::Unwritable {
            path: path.to_owned(),
            source,
        })
}

/// Writes that an import ended before anything was read.
///
/// # Errors
/// [`Fault`].
pub fn write_failed(path: &Path, mapping: &str, sink: &str, now: Timestamp) -> Result<(), Fault> {
    let mut text = String::new();
    let mut gauges = Gauges::new(&mut text, mapping, sink);
    gauges.ended(now, false, false);
    replace(path, &text)
}

fn text(report: &Report, now: Timestamp) -> String {
    let mut text = String::new();
    let mut gauges = Gauges::new(&mut text, &report.mapping, &report.sink);
    let is_clean = report.outcome == Outcome::Done;
    gauges.ended(now, report.outcome.is_complete(), is_clean);
    let mut gauge = |name: &str, help: &str, value: String| gauges.add(name, help, &value);
    let number = |value: u64| value.to_string();
    let seconds = |ms: u64| format!("{}.{:03}", ms / 1000, ms % 1000);
    gauge(
        "duration_seconds",
        "How long it took.",
        seconds(report.duration_ms),
    );
    gauge(
        "paused_seconds",
        "How long it waited for its sink.",
        seconds(report.paused_ms),
    );
    gauge("rows_read", "Rows read.", number(report.rows_read));
    gauge("rows_written", "Rows written.", number(report.rows_written));
    gauge("rows_refused", "Rows refused.", number(report.rows_refused));
    gauge(
        "read_bytes",
        "Bytes read as they are packed.",
        number(report.bytes_read),
    );
    gauge(
        "retries",
        "Writes that were tried again.",
        number(report.retries),
    );
    if let Some(bytes) = report.memory_bytes_max {
        gauge("memory_bytes_max", "The most memory it had.", number(bytes));
    }
    text
}

/// Figures, each with what it is of.
struct Gauges<'a> {
    text: &'a mut String,
    labels: String,
}

impl<'a> Gauges<'a> {
    fn new(text: &'a mut String, mapping: &str, sink: &str) -> Self {
        let (mapping, sink) = (escaped(mapping), escaped(sink));
        Self {
            text,
            labels: format!("mapping=\"{mapping}\",sink=\"{sink}\""),
        }
    }

    fn ended(&mut self, now: Timestamp, is_complete: bool, is_clean: bool) {
        let at = now.as_second().unsigned_abs().to_string();
        let yes = |is: bool| u64::from(is).to_string();
        self.add("ended_timestamp_seconds", "When the last run ended.", &at);
        self.add("complete", "Whether it came to its end.", &yes(is_complete));
        let help = "Whether it came to its end and refused nothing.";
        self.add("clean", help, &yes(is_clean));
    }

    fn add(&mut self, name: &str, help: &str, value: &str) {
        let labels = &self.labels;
        writeln!(
            self.text,
            "# HELP madang_import_{name} {help}\n# TYPE madang_import_{name} gauge\nmadang_import_{name}{{{labels}}} {value}"
        )
        .expect("a String takes everything");
    }
}

fn escaped(label: &str) -> String {
    label
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}
