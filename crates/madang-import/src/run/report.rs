//! What a run has done, for people and for machines.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::check::Finding;
use crate::printable::in_one_line;
use crate::refused::Refused;
use crate::sink::Changes;

/// What a run has done, up to its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// [`Report::VERSION`].
    pub version: u32,
    /// The name of the run; none of a dry run.
    pub run: Option<String>,
    /// The mapping's name.
    pub mapping: String,
    /// Where the rows went, without secrets.
    pub sink: String,
    /// What was read.
    pub inputs: Vec<String>,
    /// How it was read: encoding, separator.
    pub format: String,
    /// How it ended.
    pub outcome: Outcome,
    /// What ended it, when something did.
    pub problem: Option<String>,
    /// The same in Korean.
    #[serde(default)]
    pub problem_ko: Option<String>,
    /// When it began, or went on.
    pub started_at: Timestamp,
    /// How long it took.
    pub duration_ms: u64,
    /// Rows that were at the sink before, when it went on.
    pub rows_before: u64,
    /// Rows that were refused before, when it went on.
    pub refused_before: u64,
    /// Rows that were read, refused ones included.
    pub rows_read: u64,
    /// Rows that were written.
    pub rows_written: u64,
    /// Of these, rows that were there before as they are.
    pub rows_unchanged: u64,
    /// Rows that the sink took and did not keep: a trigger of its own passed them over.
    #[serde(default)]
    pub rows_passed_over: u64,
    /// What the rows changed, or would have, where the sink can tell; of this run alone, what was written before it went on left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Changes>,
    /// Rows that were refused.
    pub rows_refused: u64,
    /// How many rows have a reason; a row with two is counted under both.
    pub refused_by_reason: BTreeMap<String, u64>,
    /// The first refused rows.
    pub first_refused: Vec<Refused>,
    /// What is to be said about whole files.
    pub findings: Vec<Finding>,
    /// The file of refused rows, when there is one.
    pub dead_letters: Option<String>,
    /// What stands for the text of all inputs, when they were read to their end: by it a file that changed afterwards is told from one that did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Bytes read of the inputs as they are packed.
    pub bytes_read: u64,
    /// Transactions.
    pub writes: u64,
    /// Writes that were tried again.
    pub retries: u64,
    /// Times the sink was opened again.
    pub reopened: u64,
    /// Times a batch was halved.
    pub halvings: u64,
    /// Pauses before a retry.
    pub pauses: u64,
    /// What they took.
    pub paused_ms: u64,
    /// What each stage did with its time.
    pub stages: Vec<StageTime>,
    /// The most bytes that waited between the stages.
    pub queued_bytes_max: usize,
    /// The most memory that the process had, where the system says so.
    pub memory_bytes_max: Option<u64>,
}

impl Report {
    /// What this version of the program writes.
    pub const VERSION: u32 = 1;
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Everything was read and written.
    Done,
    /// Everything was read; some rows were refused, or something about a whole file is wrong.
    SomeRefused,
    /// More rows were refused than allowed.
    Limit,
    /// The sink took nothing more.
    SinkGone,
    /// What is read gave nothing more: a server or a disk, not what stands in the file.
    SourceGone,
    /// The user has to mend something first: an input, the mapping, the sink.
    ToMend,
    /// It was asked to end.
    Stopped,
}

/// What a stage did with its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageTime {
    /// `read`, `parse`, `check` or `write`.
    pub stage: String,
    /// It worked.
    pub busy_ms: u64,
    /// It waited for the stage before it.
    pub waited_for_input_ms: u64,
    /// It waited for the stage behind it.
    pub waited_for_room_ms: u64,
}

fn changes_in_words(changes: &Changes) -> Vec<String> {
    let [new, changed, renamed, untouched] = [
        changes.new,
        changes.changed,
        changes.renamed,
        changes.untouched,
    ]
    .map(grouped);
    let mut lines = vec![format!(
        "  {new} new, {changed} changed ({renamed} of them renamed), {untouched} untouched (새로 {new}, 바뀜 {changed} 중 이름 {renamed}, 그대로 {untouched})"
    )];
    let shown = changes.renames.iter().take(TEXT_RENAMES_MAX);
    lines.extend(shown.map(|(from, to)| format!("    renamed (이름이 바뀜): {from} → {to}")));
    let more = (changes.renamed as usize).saturating_sub(TEXT_RENAMES_MAX);
    if more > 0 {
        lines.push(format!("    and {more} more (그 밖에 {more}개)"));
    }
    lines
}

/// Renamed items of the text.
const TEXT_RENAMES_MAX: usize = 10;

/// Refused rows of the text: more would push the rest off a terminal.
const TEXT_REFUSED_MAX: usize = 10;

impl Report {
    /// Rows that were read and are neither written nor refused: the run ended before it came to them. They are read again when it goes on.
    pub fn rows_left(&self) -> u64 {
        self.rows_read
            .saturating_sub(self.rows_written + self.rows_passed_over + self.rows_refused)
    }

    /// The report for a person: some lines.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut line = |said: String| {
            writeln!(text, "{}", in_one_line(&said)).expect("a String takes everything");
        };
        line(format!(
            "{}: {} → {}",
            match self.outcome {
                Outcome::SomeRefused if self.rows_refused + self.refused_before == 0 => {
                    "done, but something about a whole file is wrong (가져왔지만 파일 전체를 보면 틀린 것이 있어요)"
                }
                outcome => outcome.in_words(),
            },
            self.inputs.join(", "),
            self.sink
        ));
        if let Some(problem) = &self.problem {
            problem.lines().for_each(|said| line(format!("  {said}")));
        }
        line(format!(
            "  {} rows read, {} {}{}, {} refused{}{} ({}줄 읽음, {}줄 {}, {}줄 거절)",
            grouped(self.rows_read),
            grouped(self.rows_written),
            // What keeps nothing writes nothing.
            match self.run {
                Some(_) => "written",
                None => "right (nothing was written)",
            },
            match self.rows_unchanged {
                0 => String::new(),
                rows => format!(" ({} as they were before)", grouped(rows)),
            },
            grouped(self.rows_refused),
            match self.rows_left() {
                0 => String::new(),
                rows if self.run.is_some() => {
                    format!(", {} read but not written yet", grouped(rows))
                }
                rows => format!(", {} read and not looked through", grouped(rows)),
            },
            match self.rows_before + self.refused_before {
                0 => String::new(),
                _ => format!(
                    "; {} written and {} refused before it went on",
                    grouped(self.rows_before),
                    grouped(self.refused_before)
                ),
            },
            grouped(self.rows_read),
            grouped(self.rows_written),
            if self.run.is_some() {
                "저장"
            } else {
                "맞음"
            },
            grouped(self.rows_refused),
        ));
        if self.rows_passed_over > 0 {
            line(format!(
                "  {0} rows are not there: the destination took them and did not keep them, as a trigger may · {0}줄은 받는 쪽 트리거가 넣지 않았어요",
                grouped(self.rows_passed_over)
            ));
        }
        if let Some(changes) = &self.changes {
            changes_in_words(changes).into_iter().for_each(&mut line);
        }
        for (code, rows) in &self.refused_by_reason {
            line(format!("    {:>9}  {code}", grouped(*rows)));
        }
        for refused in self.first_refused.iter().take(TEXT_REFUSED_MAX) {
            line(format!("    {}", self.one(refused)));
        }
        for finding in &self.findings {
            line(format!(
                "  {}{} · {}",
                self.place_of(finding),
                finding.message,
                finding.message_ko
            ));
        }
        if let Some(path) = &self.dead_letters {
            line(format!("  refused rows (거절한 줄): {path}"));
        }
        // What ended before its first row has no format and no pace.
        if !self.format.is_empty() {
            line(format!(
                "  {} in {}, {} · {}",
                bytes_in_words(self.bytes_read),
                duration_in_words(self.duration_ms),
                self.format,
                self.pace(),
            ));
        }
        if self.retries > 0 || self.halvings > 0 {
            line(format!(
                "  {} retries, {} pauses of {} in all, opened again {} times, {} batches halved",
                self.retries,
                self.pauses,
                duration_in_words(self.paused_ms),
                self.reopened,
                self.halvings
            ));
        }
        let stages: Vec<String> = self
            .stages
            .iter()
            .map(|stage| format!("{} {}", stage.stage, duration_in_words(stage.busy_ms)))
            .collect();
        line(format!("  busy (일한 시간): {}", stages.join(", ")));
        if let Some(run) = &self.run {
            line(format!("  run {run}"));
        }
        text
    }

    /// Where something about a whole file is wrong.
    fn place_of(&self, finding: &Finding) -> String {
        let name = self.inputs.get(finding.input as usize);
        match (name, &finding.place) {
            (Some(name), Some(place)) => format!("{name}:{}: ", place.line),
            (Some(name), None) if self.inputs.len() > 1 => format!("{name}: "),
            _ => String::new(),
        }
    }

    fn one(&self, refused: &Refused) -> String {
        let name = self.inputs.get(refused.place.input as usize);
        // The sentences name the column already.
        let reasons: Vec<String> = refused
            .reasons
            .iter()
            .map(|reason| format!("{} · {}", reason.message, reason.message_ko))
            .collect();
        format!(
            "{}:{}: {}",
            name.map_or("?", String::as_str),
            refused.place.line,
            reasons.join("; ")
        )
    }

    fn pace(&self) -> String {
        let seconds = self.duration_ms as f64 / 1000.0;
        if seconds <= 0.0 {
            return "0 rows/s".to_owned();
        }
        format!(
            "{} rows/s, {}/s",
            grouped((self.rows_read as f64 / seconds) as u64),
            bytes_in_words((self.bytes_read as f64 / seconds) as u64)
        )
    }
}

impl Outcome {
    /// For people.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Done => "done (모두 가져왔어요)",
            Self::SomeRefused => "done, some rows refused (일부 줄은 받지 않았어요)",
            Self::Limit => "stopped: too many rows refused (받지 않은 줄이 너무 많아 멈췄어요)",
            Self::SinkGone => {
                "stopped: the sink took nothing more (보낼 곳이 더 받지 않아 멈췄어요)"
            }
            Self::SourceGone => {
                "stopped: the file could not be read any further (파일을 더 읽지 못해 멈췄어요)"
            }
            Self::ToMend => "stopped: something has to be mended (고칠 것이 있어 멈췄어요)",
            Self::Stopped => "stopped when asked to (요청대로 멈췄어요)",
        }
    }

    /// Whether everything was read.
    pub fn is_complete(self) -> bool {
        matches!(self, Self::Done | Self::SomeRefused)
    }
}

/// A number as people read it: 1,234,567.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Bytes as people read them: 97.1 MB.
pub fn bytes_in_words(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut size = bytes as f64;
    let mut unit = 0;
    while size >= 1000.0 && unit + 1 < UNITS.len() {
        size /= 1000.0;
        unit += 1;
    }
    match unit {
        0 => format!("{bytes} B"),
        _ => format!("{size:.1} {}", UNITS[unit]),
    }
}

/// A duration as people read it: 850 ms, 12.3 s, 4 min 5 s, 2 h 3 min.
pub fn duration_in_words(duration_ms: u64) -> String {
    let seconds = duration_ms / 1000;
    match duration_ms {
        0..1000 => format!("{duration_ms} ms"),
        1000..60_000 => format!("{}.{} s", seconds, duration_ms % 1000 / 100),
        60_000..3_600_000 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::{bytes_in_words, duration_in_words, grouped};

    #[test]
    fn numbers_are_written_for_people() {
        let check = |number, expected| assert_eq!(grouped(number), expected);
        check(0, "0");
        check(999, "999");
        check(1_000, "1,000");
        check(1_234_567, "1,234,567");
        let check = |bytes, expected| assert_eq!(bytes_in_words(bytes), expected);
        check(999, "999 B");
        check(97_100_000, "97.1 MB");
        check(10_000_000_000, "10.0 GB");
        let check = |duration_ms, expected| assert_eq!(duration_in_words(duration_ms), expected);
        check(850, "850 ms");
        check(12_340, "12.3 s");
        check(245_000, "4 min 5 s");
        check(7_380_000, "2 h 3 min");
    }
}
