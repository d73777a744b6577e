//! A plain file read by all cores, parted where traces end.
//!
//! Whether `</trace>` ends a trace can only be told by reading from the beginning: it may stand in a comment, or in what is no trace of the log. So the
//! parting is a guess that is checked. A part is read as what stands in a `<log>`, and has to end there again: then the next one began where it should.
//! If any does not, or has anything wrong in it, nothing of them is taken, and the file is read again by one thread, which says what is wrong and where.

use std::fs::File;
use std::io::{self, Cursor, Read as _, Seek as _, SeekFrom};
use std::num::NonZero;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;

use madang_import::read::{Encoding, ReadSettings, StreamInput};

use super::{ATTRIBUTES_MAX, Taken, Taker, XesSettings};
use crate::read::progress::CountedRead;
use crate::read::text_stream::{BYTES_NAME, TextStream, declared_encoding};
use crate::read::xml_stream::{ELEMENT_BYTES_MAX, XmlStream};

/// What ends a trace.
const END: &[u8] = b"</trace>";

/// What every part but the first stands in.
const ROOT: &[u8] = b"<log>";

/// Room for the declaration and for what stands before the first trace.
const HEAD_BYTES: usize = 64 * 1024;

/// Threads beyond these have little left to save, and each has buffers of its own.
const THREADS_MAX: usize = 16;

/// Which part of a file is read, and whether somebody waits for it still.
#[derive(Clone, Copy)]
pub(super) struct PartOf<'whole> {
    is_first: bool,
    is_last: bool,
    is_over: &'whole AtomicBool,
}

impl PartOf<'_> {
    /// Whether reading on is of no use. `has_numbered`: a trace was called by its number, which is only known in the first part.
    pub(super) fn is_over(self, has_numbered: bool) -> bool {
        self.is_over.load(Relaxed) || (has_numbered && !self.is_first)
    }

    fn give_up(self) {
        self.is_over.store(true, Relaxed);
    }
}

/// All of a plain file; none when it has to be read by one thread.
pub(super) fn taken(path: &Path, settings: &XesSettings) -> Option<Taken> {
    let about = path.metadata().ok().filter(std::fs::Metadata::is_file)?;
    let threads = threads(settings, about.len());
    if threads == 1 {
        return None;
    }
    let text = begin(path, settings)?..about.len();
    let cuts = cuts(path, text.clone(), threads).ok()?;
    match cuts.is_empty() {
        true => None,
        false => taken_at(path, text, &cuts, settings),
    }
}

fn threads(settings: &XesSettings, bytes: u64) -> usize {
    let cores = || thread::available_parallelism().map_or(1, NonZero::get);
    let threads = settings.threads.map_or_else(cores, NonZero::get);
    let worth = usize::try_from(bytes / settings.part_bytes_min).unwrap_or(THREADS_MAX);
    threads.min(worth).clamp(1, THREADS_MAX)
}

/// Where the text begins; none when it is packed, in another encoding than UTF-8, or does not begin as a log does.
fn begin(path: &Path, settings: &XesSettings) -> Option<u64> {
    const MARK: &[u8] = "\u{feff}".as_bytes();
    let is_utf_8 = |encoding: Option<Encoding>| encoding.is_none_or(|it| it == Encoding::UTF_8);
    let mut head = Vec::with_capacity(HEAD_BYTES);
    let file = File::open(path).ok()?;
    file.take(HEAD_BYTES as u64).read_to_end(&mut head).ok()?;
    let text = head.strip_prefix(MARK).unwrap_or(&head);
    let is_xml = text.trim_ascii_start().starts_with(b"<") && !text.contains(&0);
    let is_log = memchr::memmem::find_iter(text, b"<log").any(|at| {
        let next = text.get(at + b"<log".len());
        matches!(next, Some(b' ' | b'\t' | b'\r' | b'\n' | b'>'))
    });
    let is_plain = is_utf_8(settings.text.encoding) && is_utf_8(declared_encoding(text));
    (is_xml && is_log && is_plain).then_some((head.len() - text.len()) as u64)
}

/// Where traces seem to end, so that there are at most so many parts of about the same length.
fn cuts(path: &Path, within: Range<u64>, parts: usize) -> io::Result<Vec<u64>> {
    let mut file = File::open(path)?;
    let length = within.end - within.start;
    let mark = |part: usize| within.start + length * part as u64 / parts as u64;
    let mut cuts = Vec::new();
    for part in 1..parts {
        // Behind the next mark it would be the cut of that one.
        cuts.extend(first_end(&mut file, mark(part)..mark(part + 1))?);
    }
    Ok(cuts)
}

fn first_end(file: &mut File, within: Range<u64>) -> io::Result<Option<u64>> {
    file.seek(SeekFrom::Start(within.start))?;
    let mut bytes = file.take(within.end - within.start);
    let (mut block, mut at) = (Vec::new(), within.start);
    loop {
        let read = (&mut bytes)
            .take(HEAD_BYTES as u64)
            .read_to_end(&mut block)?;
        if let Some(found) = memchr::memmem::find(&block, END) {
            return Ok(Some(at + (found + END.len()) as u64));
        }
        if read == 0 {
            return Ok(None);
        }
        // What is looked for may stand half in this block.
        let passed = block.len().saturating_sub(END.len() - 1);
        block.drain(..passed);
        at += passed as u64;
    }
}

/// What is read of a text that is parted at these bytes; none when that was no good guess, or anything is wrong.
fn taken_at(path: &Path, text: Range<u64>, cuts: &[u64], settings: &XesSettings) -> Option<Taken> {
    let starts = [text.start].into_iter().chain(cuts.iter().copied());
    let ends = cuts.iter().copied().chain([text.end]);
    let is_over = &AtomicBool::new(false);
    let parts: Vec<Option<Taken>> = thread::scope(|scope| {
        let threads: Vec<_> = (starts.zip(ends).enumerate())
            .map(|(at, (start, end))| {
                let part = PartOf {
                    is_first: at == 0,
                    is_last: at == cuts.len(),
                    is_over,
                };
                scope.spawn(move || {
                    let taken = part_taken(path, start..end, part, settings);
                    if taken.is_none() {
                        part.give_up();
                    }
                    taken
                })
            })
            .collect();
        let join = |thread: thread::ScopedJoinHandle<'_, _>| {
            thread
                .join()
                .expect("a thread that reads elements has no panic of its own")
        };
        threads.into_iter().map(join).collect()
    });
    joined(parts)
}

fn part_taken(
    path: &Path,
    stretch: Range<u64>,
    part: PartOf<'_>,
    settings: &XesSettings,
) -> Option<Taken> {
    let mut file = File::open(path).ok()?;
    file.seek(SeekFrom::Start(stretch.start)).ok()?;
    let bytes = CountedRead {
        bytes: file.take(stretch.end - stretch.start),
        progress: settings.progress.clone(),
    };
    let around: &[u8] = if part.is_first { b"" } else { ROOT };
    let input = StreamInput::new(BYTES_NAME, Box::new(Cursor::new(around).chain(bytes)));
    let text = ReadSettings {
        encoding: Some(Encoding::UTF_8),
        takes_xml: true,
        ..settings.text.clone()
    };
    let stream = TextStream::open(Arc::new(input), &text, ELEMENT_BYTES_MAX);
    let mut taker = Taker::new(settings, Some(part));
    let depth = usize::from(!part.is_last);
    XmlStream::new(stream).read_to(depth, &mut taker).ok()?;
    let is_good = !part.is_over(taker.taken.has_numbered);
    is_good.then_some(taker.taken)
}

fn joined(parts: Vec<Option<Taken>>) -> Option<Taken> {
    let mut parts = parts.into_iter();
    let mut whole = parts.next()??;
    for part in parts {
        let mut part = part?;
        part.rejected.move_places(whole.events);
        whole.builder.append(part.builder).ok()?;
        whole.rejected.append(part.rejected);
        whole.traces += part.traces;
        whole.events += part.events;
        let names = part.names.into_iter();
        for name in names {
            if !whole.names.contains(&name) {
                whole.names.push(name);
            }
        }
        whole.time_example = whole.time_example.or(part.time_example);
    }
    (whole.names.len() <= ATTRIBUTES_MAX as usize).then_some(whole)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::read::{Attributes, Read, read_xes_bytes};

    fn settings() -> XesSettings {
        XesSettings {
            attributes: Attributes::All,
            ..XesSettings::default()
        }
    }

    fn parted(path: &Path, bytes: &[u8], cuts: &[u64]) -> Option<Read> {
        let text = 0..bytes.len() as u64;
        let taken = taken_at(path, text, cuts, &settings())?;
        Some(taken.finish("#").expect("some event says when"))
    }

    fn same(one: &Read, other: &Read) {
        assert_eq!(one.log, other.log);
        assert_eq!(one.rejected, other.rejected);
    }

    /// Cuts a log at every end of a trace, at every two of them, and at every so many bytes: what comes of it is the whole, or nothing. `ends`: behind how
    /// many of them the log can be cut.
    fn check(text: &str, ends: usize, step_bytes: usize) {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), text).expect("it is written");
        let whole = read_xes_bytes(text.as_bytes().to_vec(), &settings()).expect("a log");
        let all: Vec<u64> = (memchr::memmem::find_iter(text.as_bytes(), END))
            .map(|at| (at + END.len()) as u64)
            .collect();
        let mut good = Vec::new();
        let any = (0..=text.len() as u64).step_by(step_bytes);
        for cut in any.chain(all.iter().copied()) {
            if let Some(read) = parted(file.path(), text.as_bytes(), &[cut]) {
                same(&read, &whole);
                good.push(cut);
            }
        }
        let ends_good = all.iter().filter(|end| good.contains(end)).count();
        assert_eq!(ends_good, ends, "{text}");
        for (at, first) in all.iter().enumerate() {
            for second in &all[at + 1..] {
                let read = parted(file.path(), text.as_bytes(), &[*first, *second]);
                let is_good = good.contains(first) && good.contains(second);
                assert_eq!(read.is_some(), is_good, "{first}, {second}: {text}");
                if let Some(read) = read {
                    same(&read, &whole);
                }
            }
        }
    }

    fn trace(name: &str, events: &str) -> String {
        let name = match name {
            "" => String::new(),
            name => format!(
                "<string key='concept:name' value='{name}'/><string key='kind' value='k{name}'/>"
            ),
        };
        format!("<trace>{name}{events}</trace>\n")
    }

    fn event(activity: &str, time: &str) -> String {
        format!(
            "<event><string key='concept:name' value='{activity}'/><string key='who' value='{time}{activity}'/><date key='time:timestamp' value='2026-11-22T12:{time}:00Z'/></event>"
        )
    }

    fn log(inside: &str) -> String {
        let head = "<?xml version='1.0'?><log><extension name='x'/><global scope='event'><string key='concept:name' value='?'/></global><classifier name='c' keys='concept:name'/>";
        format!("{head}{inside}</log>\n")
    }

    #[test]
    fn parted_anywhere_it_is_the_whole_or_nothing() {
        let (a, b, c) = (event("a", "00"), event("b", "01"), event("c", "xx"));
        let rows: [(&[String], usize); 6] = [
            // A case in two parts, a time that is none, a value that comes again.
            (
                &[
                    trace("1", &a),
                    trace("2", &[b.as_str(), &c].concat()),
                    trace("1", &[c.as_str(), &b].concat()),
                ],
                3,
            ),
            // In a comment, in a text, in a tag, in what is within a trace.
            (
                &[
                    trace("1", &a),
                    "<!-- </trace> --><![CDATA[</trace>]]>".to_owned(),
                    trace("2", &b),
                ],
                2,
            ),
            (
                &[
                    trace("1", "<string key='concept:note' value='</trace>'/>"),
                    trace("2", &b),
                ],
                2,
            ),
            (
                &[trace("1", &["<x>", &trace("2", &a), "</x>", &b].concat())],
                1,
            ),
            // A trace without a name is called by its number, which a later part cannot know.
            (&[trace("1", &a), trace("", &b), trace("3", &b)], 2),
            (&[trace("", &a), trace("2", &b)], 2),
        ];
        for (inside, ends) in rows {
            check(&log(&inside.concat()), ends, 1);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn any_log_parted_anywhere_is_the_whole_or_nothing(inside in prop::collection::vec(("[123]", "[abc]{0,3}", "0[0-9]|xx"), 1..5)) {
            let traces = inside.iter().map(|(name, activities, time)| {
                let events = activities.chars().map(|activity| event(&activity.to_string(), time));
                trace(name, &events.collect::<String>())
            });
            let first = trace("0", &event("a", "00"));
            check(&log(&[first, traces.collect()].concat()), inside.len() + 1, 29);
        }
    }

    #[test]
    fn parts_end_where_traces_do_and_only_where_files_are_plain() {
        let check = |text: &[u8], expected: Option<&[u64]>| {
            let file = tempfile::NamedTempFile::new().expect("a file");
            std::fs::write(file.path(), text).expect("it is written");
            let begin = begin(file.path(), &settings());
            let found = begin.map(|begin| {
                let end = text.len() as u64;
                cuts(file.path(), begin..end, 4).expect("it can be read")
            });
            assert_eq!(found.as_deref(), expected);
        };
        check(b"<log><trace></trace><trace></trace></log>", Some(&[20]));
        check("\u{feff}<log></log>".as_bytes(), Some(&[]));
        check(b"<?xml version='1.0' encoding='EUC-KR'?><log></log>", None);
        check(
            b"<?xml version='1.0' encoding='utf-8'?><log></log>",
            Some(&[]),
        );
        check(b"<x:log><x:trace></x:trace></x:log>", None);
        check(b"<logs></logs>", None);
        check(b"\x1f\x8b<log>", None);
        check(b"<\0l\0o\0g\0>\0", None);
        let long = [b"<log>".as_slice(), &vec![b' '; 200_000], END, &[b' '; 10]].concat();
        let end = (long.len() - 10) as u64;
        check(&long, Some(&[end]));
    }
}
