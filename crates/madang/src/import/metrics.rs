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
    let new = path.with_extension("new");
    fs::write(&new, text(report, now))
        .and_then(|()| fs::rename(&new, path))
        .map_err(|source| Fault::Unwritable {
            path: path.to_owned(),
            source,
        })
}

fn text(report: &Report, now: Timestamp) -> String {
    let labels = format!(
        "mapping=\"{}\",sink=\"{}\"",
        escaped(&report.mapping),
        escaped(&report.sink)
    );
    let mut text = String::new();
    let mut gauge = |name: &str, help: &str, value: String| {
        writeln!(
            text,
            "# HELP madang_import_{name} {help}\n# TYPE madang_import_{name} gauge\nmadang_import_{name}{{{labels}}} {value}"
        )
        .expect("a String takes everything");
    };
    let number = |value: u64| value.to_string();
    let seconds = |ms: u64| format!("{}.{:03}", ms / 1000, ms % 1000);
    gauge(
        "ended_timestamp_seconds",
        "When the last run ended.",
        number(now.as_second().unsigned_abs()),
    );
    let is_complete = u64::from(report.outcome.is_complete());
    gauge(
        "complete",
        "Whether it came to its end.",
        number(is_complete),
    );
    let is_clean = u64::from(report.outcome == Outcome::Done);
    gauge(
        "clean",
        "Whether it came to its end and refused nothing.",
        number(is_clean),
    );
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

fn escaped(label: &str) -> String {
    label
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}
