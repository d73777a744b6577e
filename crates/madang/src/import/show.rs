//! Progress while an import runs: a line that changes on a terminal, lines now and then elsewhere, lines of JSON for machines.

use std::io::{self, IsTerminal, Write as _};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use madang_import::in_one_line;
use madang_import::run::report::{bytes_in_words, duration_in_words, grouped};
use madang_import::run::{Progress, Snapshot};
use serde::Serialize;

use crate::import::memory;

/// Often enough to look alive.
const ON_TERMINAL: Duration = Duration::from_millis(200);
/// Few enough lines for a log.
const IN_LOG: Duration = Duration::from_secs(5);
/// Often enough for a machine that draws it.
const AS_JSON: Duration = Duration::from_secs(1);

/// Shows progress on a thread of its own until it is dropped.
pub struct Shown {
    end: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// The line that stands on the terminal now: whoever prints there besides has to take it away for that moment.
static ON_TERMINAL_NOW: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// Standard error for lines beside the progress: on a terminal they stand above it, and it stays whole.
#[derive(Debug)]
pub struct BesideProgress;

impl io::Write for BesideProgress {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        let bar = ON_TERMINAL_NOW
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // A full disk behind it would make the log panic over each line that it loses.
        let _ = match &*bar {
            Some(bar) => bar.suspend(|| io::stderr().write_all(text)),
            None => io::stderr().write_all(text),
        };
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// Says which line stands on the terminal.
fn stands_on_terminal(bar: Option<ProgressBar>) {
    *ON_TERMINAL_NOW
        .lock()
        .unwrap_or_else(PoisonError::into_inner) = bar;
}

/// How progress is shown.
enum Manner {
    Bar(ProgressBar),
    Lines,
    Json,
}

/// Progress as a line of JSON.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(flatten)]
    snapshot: &'a Snapshot,
    rows_per_second: u64,
    bytes_per_second: u64,
    slowest_stage: Option<&'static str>,
    memory_bytes: Option<u64>,
}

impl Shown {
    /// Begins to show it.
    pub fn begin(progress: Arc<Progress>, as_json: bool) -> Self {
        let manner = match (as_json, io::stderr().is_terminal()) {
            (true, _) => Manner::Json,
            (false, true) => {
                let bar = bar();
                stands_on_terminal(Some(bar.clone()));
                Manner::Bar(bar)
            }
            (false, false) => Manner::Lines,
        };
        let (end, ended) = mpsc::channel();
        let thread = thread::spawn(move || {
            let mut before = progress.snapshot();
            while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(manner.pause()) {
                let now = progress.snapshot();
                manner.show(&line(&now, &before));
                if let Manner::Lines | Manner::Json = manner {
                    before = now;
                } else if now.elapsed_ms.saturating_sub(before.elapsed_ms) > 3_000 {
                    // A rate over a moment jumps; one over all of a long run does not move any more.
                    before = now;
                }
            }
            if let Manner::Bar(bar) = manner {
                stands_on_terminal(None);
                bar.finish_and_clear();
            }
        });
        Self {
            end: Some(end),
            thread: Some(thread),
        }
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.end = None;
        if let Some(thread) = self.thread.take() {
            // A thread that could not print has nothing more to say.
            let _ = thread.join();
        }
    }
}

impl Manner {
    fn pause(&self) -> Duration {
        match self {
            Self::Bar(_) => ON_TERMINAL,
            Self::Lines => IN_LOG,
            Self::Json => AS_JSON,
        }
    }

    /// Nobody reads it when it cannot be printed; the import goes on.
    fn show(&self, line: &Line<'_>) {
        match self {
            Self::Bar(bar) => bar.set_message(line.text()),
            Self::Lines => {
                let _ = writeln!(io::stderr(), "{}", line.text());
            }
            Self::Json => {
                let text = serde_json::to_string(line).expect("numbers and words are always JSON");
                let mut out = io::stdout().lock();
                let _ = writeln!(out, "{text}").and_then(|()| out.flush());
            }
        }
    }
}

fn bar() -> ProgressBar {
    let target = ProgressDrawTarget::stderr_with_hz(5);
    let style = ProgressStyle::with_template("{spinner} {msg}").expect("a template of ours");
    ProgressBar::with_draw_target(None, target).with_style(style)
}

fn line<'a>(now: &'a Snapshot, before: &Snapshot) -> Line<'a> {
    let elapsed_ms = now.elapsed_ms.saturating_sub(before.elapsed_ms).max(1);
    let a_second = |now: u64, before: u64| now.saturating_sub(before) * 1000 / elapsed_ms;
    // What was read ahead of a slow sink is not done yet.
    let rows = |of: &Snapshot| of.rows_written + of.rows_refused;
    Line {
        kind: "progress",
        rows_per_second: a_second(rows(now), rows(before)),
        bytes_per_second: a_second(now.bytes_settled, before.bytes_settled),
        slowest_stage: now.slowest_since(before),
        memory_bytes: memory::bytes(),
        snapshot: now,
    }
}

impl Line<'_> {
    fn text(&self) -> String {
        let now = self.snapshot;
        let share = now.share.map_or_else(String::new, |share| {
            let left = now.left_ms.map_or_else(String::new, |left| {
                format!(", {} left", duration_in_words(left))
            });
            format!("{:.1} %{left} · ", share * 100.0)
        });
        let memory = self.memory_bytes.map_or_else(String::new, |bytes| {
            format!(" · memory {}", bytes_in_words(bytes))
        });
        let slowest = self
            .slowest_stage
            .map_or_else(String::new, |stage| format!(" · slowest: {stage}"));
        let comparing = match now.is_comparing {
            true => " · comparing what was imported before (전에 가져온 곳까지 비교하고 있어요)",
            false => "",
        };
        let retries = match now.retries {
            0 => String::new(),
            retries => format!(" · {retries} retries"),
        };
        // Before the first row there is nothing else to tell, and a person who wrote a wrong name wants to know.
        let trouble = now.trouble.as_ref().map_or_else(String::new, |said| {
            let said = in_one_line(said);
            format!(" · the sink takes nothing now (저장할 곳이 받지 않아요): {said}")
        });
        format!(
            "{share}{} rows, {} refused · {} rows/s, {}/s{comparing}{slowest}{retries}{memory}{trouble}",
            grouped(now.rows_before + now.rows_written),
            grouped(now.refused_before + now.rows_refused),
            grouped(self.rows_per_second),
            bytes_in_words(self.bytes_per_second),
        )
    }
}

#[cfg(test)]
mod tests {
    use madang_import::run::report::StageTime;

    use super::*;

    fn snapshot(elapsed_ms: u64, rows: u64, write_ms: u64) -> Snapshot {
        let stage = |stage: &str, busy_ms| StageTime {
            stage: stage.to_owned(),
            busy_ms,
            waited_for_input_ms: 0,
            waited_for_room_ms: 0,
        };
        Snapshot {
            elapsed_ms,
            rows_read: rows,
            rows_written: rows,
            rows_refused: 12,
            rows_before: 300,
            refused_before: 1,
            bytes_read: rows * 110,
            bytes_settled: rows * 100,
            bytes_total: Some(1_000_000_000),
            share: Some(rows as f64 / 1e7),
            left_ms: Some(30_000),
            is_comparing: false,
            queued_bytes: 0,
            queued_bytes_max: 0,
            batch_rows: 50_000,
            retries: 1,
            trouble: None,
            stages: vec![stage("check", elapsed_ms / 2), stage("write", write_ms)],
        }
    }

    #[test]
    fn a_line_says_how_far_how_fast_and_what_is_slowest() {
        let (before, now) = (
            snapshot(5_000, 1_000_000, 4_000),
            snapshot(10_000, 2_500_000, 8_900),
        );
        let mut line = line(&now, &before);
        line.memory_bytes = Some(41_200_000);
        line.slowest_stage = Some("write");
        assert_eq!(
            line.text(),
            "25.0 %, 30.0 s left · 2,500,300 rows, 13 refused · 300,000 rows/s, 30.0 MB/s · slowest: write · 1 retries · memory 41.2 MB"
        );
    }
}
