//! Going on from anywhere gives what is left of one reading.

use std::fs::File;
use std::io::{Read, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use flate2::Compression;
use flate2::read::GzEncoder;
use madang_import::read::{
    Before, Digest, Input, ReadError, ReadSettings, Resume, Source, Texts, input_named, open_rows,
};

use super::{bytes, lines};

fn table(rows: usize) -> String {
    let rows = (0..rows).map(|row| match row % 50 {
        7 => format!("{row},\"두 줄\n{row}\"\n"),
        9 => format!("{row}\n"),
        _ => format!("{row},아메리카노 {}\r\n", row * 7919 % 1000),
    });
    format!("\u{feff}id,name\n{}", rows.collect::<String>())
}

/// Where to go on after each row, and what stands in each.
fn all(inputs: Vec<Arc<dyn Input>>) -> Vec<(Resume, String)> {
    let settings = ReadSettings::default();
    let mut reader = open_rows(
        Box::new(Source::new(inputs, &settings, None)),
        &settings,
        None,
    )
    .unwrap();
    let mut all = Vec::new();
    while let Some(rows) = reader.next().unwrap() {
        for (place, line) in lines(&rows) {
            let resume = Resume {
                input: place.input,
                byte: place.bytes.end,
                row: place.row,
                line: rows.line_after(&place),
            };
            all.push((resume, format!("{place:?} {line}")));
        }
    }
    all
}

fn from(inputs: Vec<Arc<dyn Input>>, resume: &Resume, before: Option<Before>) -> Vec<String> {
    let settings = ReadSettings::default();
    let mut source = Source::new(inputs, &settings, Some(resume));
    if let Some(before) = before {
        source = source.compared_with(before);
    }
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

/// The ends of the pieces in which inputs are read, each with what stands for all text up to there.
fn ends(inputs: Vec<Arc<dyn Input>>) -> Vec<(u32, u64, String)> {
    let mut source = Source::new(inputs, &ReadSettings::default(), None).hashed();
    let mut ends = Vec::new();
    while let Some(text) = source.next().unwrap() {
        let digest = text.digest.expect("it is hashed");
        ends.push((text.input, text.end(), digits(digest)));
    }
    ends
}

/// What a run keeps that stopped before a row.
fn before(ends: &[(u32, u64, String)], resume: &Resume) -> Before {
    let (input, byte) = (resume.input, resume.byte);
    let holds_it = |end: &&(u32, u64, String)| (end.0, end.1) >= (input, byte);
    let (_, digest_byte, digest) = ends.iter().find(holds_it).expect("a row began there");
    Before {
        input,
        byte,
        digest_byte: *digest_byte,
        digest: digest.clone(),
    }
}

fn digits(digest: [u8; 32]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn check(inputs: &[Arc<dyn Input>], step: usize) {
    let all = all(inputs.to_vec());
    let ends = ends(inputs.to_vec());
    for index in (0..all.len()).step_by(step).chain([all.len() - 1]) {
        let rest: Vec<_> = all[index + 1..]
            .iter()
            .map(|(_, line)| line.clone())
            .collect();
        let resume = &all[index].0;
        // One way after the other, so that a test takes no longer for both.
        let is_compared = (index / step).is_multiple_of(2);
        let before = is_compared.then(|| before(&ends, resume));
        let read = from(inputs.to_vec(), resume, before.clone());
        assert!(
            read == rest,
            "{resume:?} {before:?}: {:?} is not {:?}",
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

/// The first thing that comes when a changed file is gone on with.
fn gone_on_with(inputs: Vec<Arc<dyn Input>>, resume: &Resume, before: &Before) -> String {
    let settings = ReadSettings::default();
    let source = Source::new(inputs, &settings, Some(resume)).compared_with(before.clone());
    match open_rows(Box::new(source), &settings, Some(resume)) {
        Ok(mut reader) => match reader.next() {
            Ok(rows) => format!("{:?}", rows.map(|rows| lines(&rows)[0].0.row)),
            Err(error) => error.to_string(),
        },
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_changed_file_is_noticed_wherever_it_has_changed() {
    let text = table(60_000);
    let files = |text: &[u8]| -> Vec<Arc<dyn Input>> {
        vec![
            bytes("a", table(20)),
            bytes("b", text),
            bytes("c", table(20)),
        ]
    };
    let all = all(files(text.as_bytes()));
    let resume = &all[40_000].0;
    let known = before(&ends(files(text.as_bytes())), resume);
    let byte = resume.byte as usize;
    let changed = |at: usize| {
        let mut changed = text.clone().into_bytes();
        changed[at] = b'x';
        gone_on_with(files(&changed), resume, &known)
    };
    let other =
        "b: it is not what was read before (the text before the place to go on from is another)";
    for at in [100_003, byte / 2, byte - 2] {
        assert!(changed(at).starts_with(other), "{at}: {}", changed(at));
    }
    // What is behind is read as it stands now.
    assert_eq!(changed(text.len() - 3), "Some(39982)");
    let gone_on = |inputs| gone_on_with(inputs, resume, &known);
    let mut first = files(text.as_bytes());
    first[0] = bytes("a", table(21));
    assert!(gone_on(first).starts_with(other));
    let short = gone_on(files(&text.as_bytes()[..byte / 6 * 3]));
    assert!(
        short.starts_with("b: it is not what was read before (it is shorter)"),
        "{short}"
    );
    let cp949 = encoding_rs::EUC_KR.encode(&text[3..]).0.into_owned();
    assert_eq!(gone_on(files(&cp949)), "Some(39982)");
    assert_eq!(gone_on(files(&gzip(&text))), "Some(39982)");
}

#[test]
fn text_does_not_move_from_one_input_to_the_next_unnoticed() {
    let digest = |texts: [&str; 2]| {
        let mut digest = Digest::default();
        digest.note(0, texts[0].as_bytes());
        digest.note(1, texts[1].as_bytes());
        digest.now()
    };
    assert_ne!(digest(["a\n", "b\n"]), digest(["a\nb", "\n"]));
    assert_eq!(digest(["a\n", "b\n"]), digest(["a\n", "b\n"]));
}

#[test]
fn whoever_watches_hears_of_what_is_passed_over() {
    let text = table(60_000);
    let files = || vec![bytes("a", table(20)), bytes("b", text.clone())];
    let resume = all(files())[50_000].0.clone();
    let told = Arc::new(AtomicU64::new(0));
    let heard = Arc::clone(&told);
    let mut source = Source::new(files(), &ReadSettings::default(), Some(&resume))
        .compared_with(before(&ends(files()), &resume))
        .watched(Arc::new(move |bytes| {
            assert!(heard.swap(bytes, Ordering::Relaxed) < bytes);
        }));
    let head = source.next().unwrap().unwrap();
    assert_eq!((head.input, head.start), (1, 0));
    let bytes = told.load(Ordering::Relaxed);
    assert!(
        bytes > resume.byte / 2 && bytes < text.len() as u64,
        "{bytes}"
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
    let all = all(counting(&Arc::default()));
    let resume = &all[99_000].0;
    let read = Arc::new(AtomicU64::new(0));
    let rest = from(counting(&read), resume, None);
    assert_eq!(rest.len(), all.len() - 99_001);
    assert_eq!(rest[0], all[99_001].1);
    assert!(
        read.load(Ordering::Relaxed) < 600_000,
        "{read:?} of {}",
        text.len()
    );
}

/// A file that somebody writes while it is read is not whole, even where it ends behind a row: what is kept would be taken for all of it.
#[test]
fn a_file_that_is_written_while_it_is_read_does_not_come_to_its_end() {
    let text = table(100_000);
    let check = |write: &dyn Fn(&Path), expected: Option<&str>| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stock.csv");
        std::fs::write(&path, &text).unwrap();
        let file: Arc<dyn Input> = Arc::from(input_named(path.to_str().unwrap()).unwrap());
        let mut source = Source::new(vec![file], &ReadSettings::default(), None).hashed();
        source.next().unwrap().expect("its head");
        write(&path);
        let said = loop {
            match source.next() {
                Ok(Some(_)) => {}
                Ok(None) => break None,
                Err(error) => break Some(error.to_string()),
            }
        };
        let is_it = match (&said, expected) {
            (Some(said), Some(expected)) => said.contains(expected),
            (said, expected) => said.is_none() && expected.is_none(),
        };
        assert!(is_it, "{said:?} is not {expected:?}");
    };
    let size = Some("its size changed");
    check(&|_| {}, None);
    check(
        &|path| std::fs::write(path, &text.as_bytes()[..text.len() / 2]).unwrap(),
        size,
    );
    check(
        &|path| std::fs::write(path, format!("{text}1,나중\n")).unwrap(),
        size,
    );
    // Over it, in the same length. The time is set, as the system's may be too coarse to tell two writes of a test.
    let write_over = |path: &Path| {
        let file = File::options().write(true).open(path).unwrap();
        let was = file.metadata().unwrap().modified().unwrap();
        (&file).write_all(&text.as_bytes()[..1000]).unwrap();
        file.set_modified(was + Duration::from_millis(1)).unwrap();
    };
    check(&write_over, Some("its time of change"));
    // The old file is read to its end, whatever has its name now.
    check(&|path| std::fs::remove_file(path).unwrap(), None);
    check(
        &|path| {
            let new = path.with_extension("new");
            std::fs::write(&new, "code,name\n1,a\n").unwrap();
            std::fs::rename(new, path).unwrap();
        },
        None,
    );
}
