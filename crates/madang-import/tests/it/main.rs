//! Importing as its users meet it.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a test that cannot go on has failed"
)]

mod check;
mod infer;
mod mapping;
mod read;

use madang_import::check::{Checker, Finding, Mapping};
use madang_import::{Batch, BatchBuilder, Place, Raw, Rows, Span, Value};

/// Rows of cells parted by `|`; `∅` is an absent cell. Row numbers begin at `first`.
fn rows_from(input: u32, first: u64, lines: &[&str]) -> Rows {
    let mut rows = Rows::default();
    let mut raw = String::new();
    for (index, line) in lines.iter().enumerate() {
        let cells: Vec<&str> = line.split('|').collect();
        rows.width = cells.len();
        for cell in cells {
            match cell {
                "∅" => rows.absent_cell(),
                cell => {
                    rows.text.extend_from_slice(cell.as_bytes());
                    rows.end_cell();
                }
            }
        }
        let start = raw.len() as u64;
        raw.push_str(line);
        raw.push('\n');
        rows.places.push(Place {
            input,
            row: first + index as u64,
            line: first + index as u64 + 1,
            bytes: Span {
                start,
                end: raw.len() as u64,
            },
        });
    }
    rows.raw = Raw {
        text: raw.into_bytes().into(),
        start: 0,
        is_one_row: false,
    };
    rows
}

fn rows(lines: &[&str]) -> Rows {
    rows_from(0, 1, lines)
}

fn columns(names: &str) -> Vec<String> {
    names.split('|').map(str::to_owned).collect()
}

/// What a mapping makes of a file.
struct Checked {
    batch: Batch,
    findings: Vec<Finding>,
}

impl Checked {
    fn of(mapping: &str, names: &str, lines: &[&str]) -> Self {
        let mapping = Mapping::parse(mapping, "test.toml").unwrap();
        Self::by(&mapping, names, lines)
    }

    fn by(mapping: &Mapping, names: &str, lines: &[&str]) -> Self {
        let mut checker = Checker::new(mapping, &columns(names)).unwrap();
        let mut builder = BatchBuilder::new(checker.schema().clone());
        let rows = rows(lines);
        let taken = checker.check(&rows, 0, &mut builder, &|_| false).unwrap();
        assert_eq!(taken, lines.len());
        let findings = checker.finish(&mut builder).unwrap();
        let batch = builder.build();
        Self { batch, findings }
    }

    /// The rows taken, each as its values with `|` between.
    fn taken(&self) -> Vec<String> {
        (0..self.batch.len())
            .map(|row| spelled(&self.batch, row))
            .collect()
    }

    /// Each refused row's number with the codes of its reasons.
    fn refused(&self) -> Vec<String> {
        let refused = self.batch.refused.iter().map(|refused| {
            let codes: Vec<&str> = refused
                .reasons
                .iter()
                .map(|reason| reason.code.as_str())
                .collect();
            format!("{}: {}", refused.place.row, codes.join(" "))
        });
        refused.collect()
    }

    /// All sentences about refused rows, English and Korean in turn.
    fn sentences(&self) -> String {
        let reasons = self
            .batch
            .refused
            .iter()
            .flat_map(|refused| &refused.reasons);
        let lines: Vec<String> = reasons
            .map(|reason| format!("{}\n{}", reason.message, reason.message_ko))
            .collect();
        lines.join("\n")
    }

    fn codes_found(&self) -> Vec<&str> {
        self.findings
            .iter()
            .map(|finding| finding.code.as_str())
            .collect()
    }
}

fn spelled(batch: &Batch, row: usize) -> String {
    let values: Vec<String> = batch
        .row(row)
        .map(|value| match value {
            Value::Absent => "∅".to_owned(),
            Value::Text(text) => text.to_owned(),
            Value::Integer(number) => number.to_string(),
            Value::Date(day) => format!("day {day}"),
            Value::Boolean(is) => is.to_string(),
        })
        .collect();
    values.join("|")
}
