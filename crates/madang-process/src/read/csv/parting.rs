//! Where a file can be parted: at line breaks that are probably not within quotes.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;
use std::thread;

/// Bytes of a file: whole rows, if the guess is right.
pub(super) type Stretch = Range<u64>;

/// Parts `within` into at most so many stretches. `quote`: what may enclose line breaks.
pub(super) fn stretches(
    path: &Path,
    within: Stretch,
    parts: usize,
    quote: Option<u8>,
) -> io::Result<Vec<Stretch>> {
    let length = within.end.saturating_sub(within.start);
    let marks: Vec<u64> = (0..=parts as u64)
        .map(|part| within.start + length * part / parts as u64)
        .collect();
    let odd = match quote {
        Some(quote) => odd_quotes(path, &marks, quote)?,
        None => vec![false; parts],
    };
    let mut starts = vec![within.start];
    let mut is_quoted = false;
    for part in 1..parts {
        is_quoted ^= odd[part - 1];
        let start = row_start(path, marks[part], within.end, is_quoted, quote)?;
        if start > starts[starts.len() - 1] && start < within.end {
            starts.push(start);
        }
    }
    let ends = starts.iter().skip(1).copied().chain([within.end]);
    Ok(starts
        .iter()
        .copied()
        .zip(ends)
        .map(|(start, end)| start..end)
        .collect())
}

/// Whether the quotes between each two marks are odd.
fn odd_quotes(path: &Path, marks: &[u64], quote: u8) -> io::Result<Vec<bool>> {
    thread::scope(|scope| {
        let counting = marks.windows(2).map(|ends| {
            let (from, to) = (ends[0], ends[1]);
            scope.spawn(move || count(path, from, to, quote))
        });
        let counting: Vec<_> = counting.collect();
        let counts = counting.into_iter().map(|thread| {
            let count = thread
                .join()
                .expect("counting bytes has no panic of its own")?;
            Ok(count % 2 == 1)
        });
        counts.collect()
    })
}

fn count(path: &Path, from: u64, to: u64, quote: u8) -> io::Result<usize> {
    let mut reader = reader_at(path, from, to)?;
    let mut count = 0;
    loop {
        let block = reader.fill_buf()?;
        if block.is_empty() {
            return Ok(count);
        }
        count += memchr::memchr_iter(quote, block).count();
        let bytes = block.len();
        reader.consume(bytes);
    }
}

/// Where the first row begins behind a mark; the end when there is none.
fn row_start(
    path: &Path,
    mark: u64,
    end: u64,
    mut is_quoted: bool,
    quote: Option<u8>,
) -> io::Result<u64> {
    let mut reader = reader_at(path, mark, end)?;
    let mut at = mark;
    loop {
        let block = reader.fill_buf()?;
        if block.is_empty() {
            return Ok(end);
        }
        for (place, byte) in block.iter().enumerate() {
            if Some(*byte) == quote {
                is_quoted = !is_quoted;
            } else if *byte == b'\n' && !is_quoted {
                return Ok(at + place as u64 + 1);
            }
        }
        at += block.len() as u64;
        let bytes = block.len();
        reader.consume(bytes);
    }
}

fn reader_at(path: &Path, from: u64, to: u64) -> io::Result<BufReader<impl Read>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(from))?;
    Ok(BufReader::with_capacity(
        64 * 1024,
        file.take(to.saturating_sub(from)),
    ))
}
