//! Going on from anywhere gives what is left of one reading.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::Compression;
use flate2::read::GzEncoder;
use madang_import::read::{
    Input, ReadError, ReadSettings, Resume, Source, Trail, input_named, open_rows,
};
use std::io::Read;

use super::{bytes, lines, read_from};

fn table(rows: usize) -> String {
    let rows = (0..rows).map(|row| match row % 50 {
        7 => format!("{row},\"두 줄\n{row}\"\n"),
        9 => format!("{row}\n"),
        _ => format!("{row},아메리카노 {}\r\n", row * 7919 % 1000),
    });
    format!("\u{feff}id,name\n{}", rows.collect::<String>())
}

/// Where to go on after each row, and what stands in each.
fn all(inputs: Vec<Arc<dyn Input>>, step: usize) -> Vec<(Resume, String)> {
    let settings = ReadSettings::default();
    let mut reader = open_rows(
        Box::new(Source::new(inputs, &settings, None)),
        &settings,
        None,
    )
    .unwrap();
    let mut all = Vec::new();
    let (mut trail, mut input) = (Trail::default(), 0);
    while let Some(rows) = reader.next().unwrap() {
        let of = rows
            .places
            .first()
            .or(rows.refused.first().map(|row| &row.place))
            .unwrap()
            .input;
        if of != input {
            (trail, input) = (Trail::default(), of);
        }
        trail.note(rows.raw.start, &rows.raw.text);
        for (place, line) in lines(&rows) {
            let resume = Resume {
                input: place.input,
                byte: place.bytes.end,
                row: place.row,
                line: rows.line_after(&place),
                before: match all.len() % step {
                    0 => trail.before(place.bytes.end),
                    _ => String::new(),
                },
            };
            assert_eq!(resume.before.is_empty(), all.len() % step != 0);
            all.push((resume, format!("{place:?} {line}")));
        }
    }
    all
}

fn from(inputs: Vec<Arc<dyn Input>>, resume: &Resume) -> Vec<String> {
    let settings = ReadSettings::default();
    let source = Source::new(inputs, &settings, Some(resume));
    let mut reader = open_rows(Box::new(source), &settings, Some(resume)).unwrap();
    let mut said = Vec::new();
    while let Some(rows) = reader.next().unwrap() {
        said.extend(
            lines(&rows)
                .into_iter()
                .map(|(place, line)| format!("{place:?} {line}")),
        );
    }
    said
}

fn check(inputs: &[Arc<dyn Input>], step: usize) {
    let all = all(inputs.to_vec(), step);
    for index in (0..all.len()).step_by(step).chain([all.len() - 1]) {
        let rest: Vec<_> = all[index + 1..]
            .iter()
            .map(|(_, line)| line.clone())
            .collect();
        let read = from(inputs.to_vec(), &all[index].0);
        assert!(
            read == rest,
            "{:?}: {:?} is not {:?}",
            all[index].0,
            read.first(),
            rest.first()
        );
    }
}

fn gzip(text: &str) -> Vec<u8> {
    let mut packed = Vec::new();
    GzEncoder::new(text.as_bytes(), Compression::fast())
        .read_to_end(&mut packed)
        .unwrap();
    packed
}

#[test]
fn small_files_go_on_after_every_row() {
    let cp949 = encoding_rs::EUC_KR
        .encode(table(120).trim_start_matches('\u{feff}'))
        .0
        .into_owned();
    check(
        &[
            bytes("a", table(120)),
            bytes("b", cp949),
            bytes("c", gzip(&table(120))),
        ],
        1,
    );
}

#[test]
fn large_files_go_on_anywhere() {
    let text = table(60_000);
    check(&[bytes("a", text.clone())], 7001);
    check(&[bytes("a", gzip(&text))], 17_001);
    let cp949 = encoding_rs::EUC_KR
        .encode(text.trim_start_matches('\u{feff}'))
        .0
        .into_owned();
    check(&[bytes("a", cp949)], 17_001);
}

#[test]
fn json_lines_go_on_too() {
    let text: String = (0..40_000)
        .map(|row| format!("{{\"id\":{row},\"name\":\"커피\"}}\n"))
        .collect();
    check(&[bytes("a", text)], 7001);
}

#[test]
fn a_changed_file_is_noticed() {
    let text = table(60_000);
    let all = all(vec![bytes("a", text.clone())], 40_000);
    let resume = &all[40_000].0;
    let settings = ReadSettings::default();
    let changed = |at: usize, byte: u8| {
        let mut changed = text.clone().into_bytes();
        changed[at] = byte;
        read_from(vec![bytes("a", changed)], &settings, Some(resume))
    };
    let byte = resume.byte as usize;
    assert!(changed(byte - 2, b'x').starts_with("error: a: it is not what was read before (the text before the place to go on from is another)"));
    assert!(changed(byte + 100, b'x').starts_with("id|name\n40002 "));
    let short = read_from(
        vec![bytes("a", &text[..byte / 2 / 3 * 3])],
        &settings,
        Some(resume),
    );
    assert!(
        short.contains("error: a: it is not what was read before (it is shorter)"),
        "{short:.200}"
    );
}

/// Counts what is read of a file.
struct Counting(Box<dyn Input>, Arc<AtomicU64>);

struct CountingReader(Box<dyn Read + Send>, Arc<AtomicU64>);

impl Read for CountingReader {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let bytes = self.0.read(buffer)?;
        self.1.fetch_add(bytes as u64, Ordering::Relaxed);
        Ok(bytes)
    }
}

impl Input for Counting {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn bytes(&self) -> Result<Option<u64>, ReadError> {
        self.0.bytes()
    }

    fn can_seek(&self) -> bool {
        self.0.can_seek()
    }

    fn open_at(&self, byte: u64) -> Result<Box<dyn Read + Send>, ReadError> {
        Ok(Box::new(CountingReader(
            self.0.open_at(byte)?,
            Arc::clone(&self.1),
        )))
    }
}

#[test]
fn a_plain_file_is_sought_not_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.csv");
    let text = table(100_000);
    std::fs::write(&path, &text).unwrap();
    let counting = |read: &Arc<AtomicU64>| -> Vec<Arc<dyn Input>> {
        let file = input_named(path.to_str().unwrap()).unwrap();
        vec![Arc::new(Counting(file, Arc::clone(read)))]
    };
    let all = all(counting(&Arc::default()), 99_000);
    let resume = &all[99_000].0;
    let read = Arc::new(AtomicU64::new(0));
    let rest = from(counting(&read), resume);
    assert_eq!(rest.len(), all.len() - 99_001);
    assert_eq!(rest[0], all[99_001].1);
    assert!(
        read.load(Ordering::Relaxed) < 600_000,
        "{read:?} of {}",
        text.len()
    );
}
