//! What a file holds, wherever it is and whatever it is called: by it a file is met again that went somewhere before, also after it was mended or has grown.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::read::Identity;
use crate::read::input::HEAD_BYTES;
use crate::run::lot::hexadecimal;

/// What is known of a file by its beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileMark {
    /// Where it is: a file by its whole path.
    pub at: String,
    /// Stands for its length and its first 64 KiB; none where its length is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contents: Option<String>,
    /// Different lines behind the header among its first 64 KiB of text.
    #[serde(default)]
    pub lines: u64,
    /// Hashes of the first of these lines, as they stand: what grows keeps them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub first: Vec<u32>,
    /// Of the hashes of all of these lines the smallest: what was mended or turned about keeps most of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sample: Vec<u32>,
}

/// Lines that stand for the beginning.
const FIRST_MAX: usize = 8;

/// Lines that stand for all: as many tell a half from a tenth, and the record of a thousand files stays small.
const SAMPLE_MAX: usize = 32;

impl FileMark {
    /// Of a file whose text begins so; the last line is whole only at the end of the file.
    pub fn new(identity: &Identity, head: &[u8], is_whole: bool, header_lines: u64) -> Self {
        let in_order = lines_of(head, is_whole, header_lines);
        let lines: BTreeSet<u32> = in_order.iter().copied().collect();
        Self {
            at: identity.name.clone(),
            contents: identity.bytes.map(|bytes| {
                let version = identity.version.as_deref().unwrap_or_default();
                let known_by = format!("{bytes} {} {version}", identity.head);
                hexadecimal(&Sha256::digest(known_by))
            }),
            lines: lines.len() as u64,
            first: in_order.into_iter().take(FIRST_MAX).collect(),
            sample: lines.into_iter().take(SAMPLE_MAX).collect(),
        }
    }

    /// Whether both hold rows, and the same ones.
    pub fn is_same(&self, other: &Self) -> bool {
        self.lines > 0 && self.contents.is_some() && self.contents == other.contents
    }

    /// Whether about half of the lines of the shorter one, or of its first ones, stand in the other as well, as they do after rows were mended or added.
    pub fn is_like(&self, other: &Self) -> bool {
        let fewer = self.lines.min(other.lines);
        let is_half = |shared: u64, of: u64| of > 0 && shared * 2 >= of;
        is_half(self.lines_shared(other), fewer) || {
            let begins = self.first.iter().filter(|line| other.first.contains(line));
            let of = self.first.len().min(other.first.len());
            is_half(begins.count() as u64, of as u64)
        }
    }

    /// About how many lines stand in both; exactly, where neither has more than a sample holds.
    fn lines_shared(&self, other: &Self) -> u64 {
        // Most files have nothing in common.
        if !self.sample.iter().any(|line| other.sample.contains(line)) {
            return 0;
        }
        let is_complete = |mark: &Self| mark.lines == mark.sample.len() as u64;
        let sampled: BTreeSet<&u32> = self.sample.iter().chain(&other.sample).collect();
        let sampled = match is_complete(self) && is_complete(other) {
            true => sampled,
            // The smallest hashes of both together are a fair sample of both together.
            false => sampled.into_iter().take(SAMPLE_MAX).collect(),
        };
        let in_both = |line: &&&u32| self.sample.contains(**line) && other.sample.contains(**line);
        let shared = sampled.iter().filter(in_both).count() as u64;
        let all = sampled.len() as u64 + shared;
        ((self.lines + other.lines) * shared)
            .checked_div(all)
            .unwrap_or(0)
    }
}

fn lines_of(head: &[u8], is_whole: bool, header_lines: u64) -> Vec<u32> {
    let is_cut = head.len() as u64 > HEAD_BYTES;
    let head = match is_cut {
        true => &head[..HEAD_BYTES as usize],
        false => head,
    };
    let mut lines: Vec<&[u8]> = head.split(|byte| *byte == b'\n').collect();
    if is_cut || !is_whole {
        lines.pop();
    }
    // Objects have no header.
    let header_lines = match head.trim_ascii_start().first() {
        Some(b'{') => 0,
        _ => usize::try_from(header_lines).unwrap_or(usize::MAX),
    };
    let lines = lines.into_iter().skip(header_lines);
    let lines = lines
        .map(<[u8]>::trim_ascii)
        .filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let [first, second, third, fourth, ..] = Sha256::digest(line)[..] else {
                return 0;
            };
            u32::from_le_bytes([first, second, third, fourth])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::FileMark;
    use crate::read::Identity;

    fn mark(text: &str) -> FileMark {
        let identity = Identity {
            name: "/srv/f.csv".to_owned(),
            entry: None,
            bytes: Some(text.len() as u64),
            version: None,
            head: text.chars().take(1000).collect(),
        };
        FileMark::new(&identity, text.as_bytes(), true, 1)
    }

    fn rows(numbers: impl IntoIterator<Item = u32>) -> String {
        let rows = numbers
            .into_iter()
            .map(|number| format!("I{number},{number}\n"));
        std::iter::once("item,quantity\n".to_owned())
            .chain(rows)
            .collect()
    }

    #[test]
    fn a_file_is_like_one_that_was_mended_or_has_grown() {
        let check = |one: String, other: String, expected: bool| {
            let (one, other) = (mark(&one), mark(&other));
            assert_eq!(one.is_like(&other), expected, "{one:?} {other:?}");
            assert_eq!(other.is_like(&one), expected, "{other:?} {one:?}");
        };
        check(rows(0..3), rows(0..3), true);
        check(rows(0..10), rows(0..10).replace("I3,", "J3,"), true);
        check(rows(0..1000), rows(0..1000).replace("I3,", "J3,"), true);
        check(rows(0..2), rows(0..2000), true);
        check(rows(0..1000), rows(0..2000), true);
        check(rows(0..1000), rows((0..1000).rev()), true);
        check(rows(0..1000).replace('\n', "\r\n"), rows(0..1000), true);
        check(rows(0..2), rows(1..3), true);
        check(rows(0..10), rows(8..18), false);
        check(rows(0..1000), rows(1000..2000), false);
        check(rows(0..1000), rows(800..1800), false);
        // A header alone is no row.
        check(rows(0..0), rows(0..0), false);
        check(rows(0..0), rows(0..5), false);
    }

    #[test]
    fn lines_shared_are_counted_or_estimated() {
        let shared = |one: String, other: String| mark(&one).lines_shared(&mark(&other));
        assert_eq!(shared(rows(0..10), rows(5..20)), 5);
        assert_eq!(shared(rows(0..10), rows(10..20)), 0);
        let about = shared(rows(0..1000), rows(0..2000));
        assert!((700..1300).contains(&about), "{about}");
    }

    #[test]
    fn a_file_is_the_same_by_what_it_holds() {
        assert!(mark(&rows(0..5)).is_same(&mark(&rows(0..5))));
        assert!(!mark(&rows(0..5)).is_same(&mark(&rows(0..6))));
        assert!(!mark(&rows(0..0)).is_same(&mark(&rows(0..0))), "no rows");
        let unknown = FileMark {
            contents: None,
            ..mark(&rows(0..5))
        };
        assert!(!unknown.is_same(&unknown.clone()));
    }

    #[test]
    fn a_line_that_is_cut_off_does_not_count() {
        let identity = Identity {
            name: String::new(),
            entry: None,
            bytes: None,
            version: None,
            head: String::new(),
        };
        let lines =
            |text: &str, is_whole| FileMark::new(&identity, text.as_bytes(), is_whole, 1).lines;
        assert_eq!(lines("a\n1\n2", true), 2);
        assert_eq!(lines("a\n1\n2", false), 1);
        assert_eq!(lines("{\"a\":1}\n{\"a\":2}\n", true), 2);
        assert_eq!(lines("", true), 0);
        assert_eq!(lines(&"a\n1\n2\n".repeat(100_000), true), 3);
    }
}
