//! Beside Python's csv module, all files in one process; skipped with a word where there is no Python.

use std::collections::VecDeque;
use std::io::Write;
use std::process::{Command, Stdio};

use madang_import::Cell;
use madang_import::read::{FormatKind, ReadSettings, open_rows};
use serde_json::json;

use super::{Pieces, text_of};

/// Python takes a carriage return within a line it was given for an error, so it is given the whole text line by line as it splits it itself.
const PROGRAM: &str = r"
import csv, io, json, sys
for line in sys.stdin:
    file = json.loads(line)
    reader = csv.reader(io.StringIO(file['text'], newline=''), delimiter=file['separator'])
    print(json.dumps([row for row in reader if row]))
";

const FILES: usize = 400;

/// A small generator of numbers, the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

fn file(chance: &mut Chance, separator: char) -> String {
    let ends = ["\n", "\r\n", "\r"];
    let end = ends[chance.below(3)];
    let width = 1 + chance.below(5);
    let mut text = String::new();
    for _ in 0..1 + chance.below(12) {
        let cells: Vec<String> = (0..width).map(|_| cell(chance, separator)).collect();
        text.push_str(&cells.join(&separator.to_string()));
        text.push_str(end);
    }
    text
}

fn cell(chance: &mut Chance, separator: char) -> String {
    let pieces = [
        "a", "커피", " ", "4,500", ";", "\"\"", "\n", "\r\n", "|", "'", "é", "x y",
    ];
    let mut text = String::new();
    for _ in 0..chance.below(4) {
        text.push_str(pieces[chance.below(pieces.len())]);
    }
    let must = text.contains(['"', '\n', '\r', separator]) || text.is_empty();
    match must || chance.below(3) == 0 {
        true => format!("\"{text}\""),
        // A quote within a cell that does not begin with one.
        false if chance.below(5) == 0 => format!("{text}\"5"),
        false => text,
    }
}

fn ours(text: &str, separator: char) -> Vec<Vec<String>> {
    let settings = ReadSettings {
        has_header: false,
        kind: Some(FormatKind::Csv),
        separator: Some(separator as u8),
        quote: Some(Some(b'"')),
        ..ReadSettings::default()
    };
    let texts = VecDeque::from([text_of(text)]);
    let mut reader = open_rows(
        Box::new(Pieces {
            texts,
            piece_bytes: 11,
        }),
        &settings,
        None,
    )
    .unwrap();
    let mut read = Vec::new();
    while let Some(rows) = reader.next().unwrap() {
        assert!(rows.refused.is_empty(), "{text:?} {:?}", rows.refused);
        for row in 0..rows.len() {
            let cells = (0..rows.width).map(|column| match rows.cell(row, column) {
                Cell::Text(text) => text.to_owned(),
                Cell::Absent => panic!("nothing is absent from CSV"),
            });
            read.push(cells.collect());
        }
    }
    read
}

#[test]
fn files_are_read_as_python_reads_them() {
    let mut chance = Chance(7);
    let files: Vec<(String, char)> = (0..FILES)
        .map(|_| {
            let separator = [',', ';', '\t', '|'][chance.below(4)];
            (file(&mut chance, separator), separator)
        })
        .collect();
    let python = Command::new("python3")
        .args(["-c", PROGRAM])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut python) = python else {
        eprintln!("skipped: python3 is not installed");
        return;
    };
    let mut stdin = python.stdin.take().unwrap();
    let asked: String = files
        .iter()
        .map(|(text, separator)| format!("{}\n", json!({"text": text, "separator": separator})))
        .collect();
    let writer = std::thread::spawn(move || stdin.write_all(asked.as_bytes()).unwrap());
    let output = python.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    let answers = String::from_utf8(output.stdout).unwrap();
    assert_eq!(answers.lines().count(), FILES);
    for ((text, separator), answer) in files.iter().zip(answers.lines()) {
        let theirs: Vec<Vec<String>> = serde_json::from_str(answer).unwrap();
        assert_eq!(ours(text, *separator), theirs, "{text:?} {separator:?}");
    }
}
