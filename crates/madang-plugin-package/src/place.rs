//! Where in which file something is wrong, with the line itself to show it.

use std::fmt;

/// A place in a file of the package. Lines and columns start at 1; a column counts characters, not bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, relative to the package, with forward slashes.
    pub file: String,
    /// The line, from 1. `None` when the whole file is meant.
    pub line: Option<usize>,
    /// The column, from 1.
    pub column: Option<usize>,
    /// The line and a mark under the offending text, ready to print below the message.
    pub frame: Option<String>,
}

impl Place {
    /// A whole file.
    pub(crate) fn file(file: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            line: None,
            column: None,
            frame: None,
        }
    }

    /// The bytes `start..end` of `text`. Offsets outside the text, or inside a character, mean the nearest place that exists.
    pub(crate) fn span(file: impl Into<String>, text: &str, start: usize, end: usize) -> Self {
        let start = floor_boundary(text, start);
        let before = &text[..start];
        let line_start = before.rfind('\n').map_or(0, |index| index + 1);
        let line = before.matches('\n').count() + 1;
        let column = text[line_start..start].chars().count() + 1;
        Self {
            file: file.into(),
            line: Some(line),
            column: Some(column),
            frame: Some(frame(text, line_start, line, start, end)),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.file)?;
        match (self.line, self.column) {
            (Some(line), Some(column)) => write!(formatter, ":{line}:{column}"),
            (Some(line), None) => write!(formatter, ":{line}"),
            (None, _) => Ok(()),
        }
    }
}

/// A minified bundle is one line of many thousand characters: only this much of it is shown around the mark.
const FRAME_CHARS_MAX: usize = 96;

fn frame(text: &str, line_start: usize, line: usize, start: usize, end: usize) -> String {
    let line_end = text[start..]
        .find('\n')
        .map_or(text.len(), |index| start + index);
    let end = floor_boundary(text, end.clamp(start, line_end));
    let before: Vec<char> = text[line_start..start].chars().collect();
    let cut = before.len().saturating_sub(FRAME_CHARS_MAX / 2);
    let lead: String = before[cut..].iter().map(|c| plain(*c)).collect();
    let rest: String = text[start..line_end]
        .trim_end_matches('\r')
        .chars()
        .take(FRAME_CHARS_MAX - lead.chars().count().min(FRAME_CHARS_MAX / 2))
        .map(plain)
        .collect();
    let marked = text[start..end]
        .chars()
        .count()
        .clamp(1, rest.chars().count().max(1));
    let number = line.to_string();
    let gutter = " ".repeat(number.len());
    let indent: String = lead.chars().map(blank).collect();
    format!(
        "{number} | {lead}{rest}\n{gutter} | {indent}{}",
        "^".repeat(marked)
    )
}

/// Control characters of a hostile file must not reach a terminal.
fn plain(character: char) -> char {
    match character {
        '\t' => ' ',
        character if character.is_control() => '\u{fffd}',
        character => character,
    }
}

/// 한글 and other wide letters take two columns on a terminal, so the mark is moved by a wide blank.
fn blank(character: char) -> char {
    match character {
        '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' => '\u{3000}',
        '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ff60}' => '\u{3000}',
        _ => ' ',
    }
}

fn floor_boundary(text: &str, offset: usize) -> usize {
    text.floor_char_boundary(offset.min(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, start: usize, end: usize, expected: &str) {
        let place = Place::span("a.ts", text, start, end);
        let shown = format!("{place}\n{}", place.frame.clone().unwrap_or_default());
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_place_counts_from_one_and_in_characters() {
        check("abc", 0, 1, "a.ts:1:1\n1 | abc\n  | ^");
        check("a\nbcd\n", 3, 5, "a.ts:2:2\n2 | bcd\n  |  ^^");
        check(
            "가나 x",
            7,
            8,
            "a.ts:1:4\n1 | 가나 x\n  | \u{3000}\u{3000} ^",
        );
        check("ab", 99, 120, "a.ts:1:3\n1 | ab\n  |   ^");
        check("", 0, 0, "a.ts:1:1\n1 | \n  | ^");
        check("\u{1b}[31m", 1, 2, "a.ts:1:2\n1 | \u{fffd}[31m\n  |  ^");
    }

    #[test]
    fn a_long_line_is_cut_around_the_mark() {
        let text = "x".repeat(100_000);
        let place = Place::span("a.js", &text, 50_000, 50_001);
        assert!(place.frame.is_some_and(|frame| frame.len() < 300));
    }
}
