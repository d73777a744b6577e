//! A line of a script, cut into words that know where they stand.

use std::ops::Range;

/// One word of a line.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Word {
    /// What it says, quotes taken off.
    pub text: String,
    /// Whether it stood in quotes: then it is never a number or a name of ours.
    pub quoted: bool,
    /// A comma followed it.
    pub comma_after: bool,
    /// Its bytes in the line, quotes included.
    pub at: Range<usize>,
}

/// A quote that was opened at this byte and not closed.
#[derive(Debug, PartialEq)]
pub(super) struct OpenQuote(pub usize);

/// The words of a line up to a `#` that begins one.
pub(super) fn cut(line: &str) -> Result<Vec<Word>, OpenQuote> {
    let mut words: Vec<Word> = Vec::new();
    let mut rest = line.char_indices().peekable();
    while let Some(&(start, first)) = rest.peek() {
        match first {
            '#' => break,
            ',' => {
                rest.next();
                if let Some(last) = words.last_mut() {
                    last.comma_after = true;
                }
            }
            '"' | '“' | '\'' => {
                rest.next();
                let text = quoted(&mut rest, start, first)?;
                let end = rest.peek().map_or(line.len(), |(at, _)| *at);
                words.push(word(text, true, start..end));
            }
            space if space.is_whitespace() => {
                rest.next();
            }
            _ => {
                let text = bare(&mut rest);
                let end = start + text.len();
                words.push(word(text, false, start..end));
            }
        }
    }
    Ok(words)
}

type Rest<'a> = std::iter::Peekable<std::str::CharIndices<'a>>;

/// Up to the quote that closes the one that was opened; within `'`, a `"` is a character as others, and the other way about.
fn quoted(rest: &mut Rest<'_>, start: usize, opened: char) -> Result<String, OpenQuote> {
    let closes: &[char] = match opened {
        '\'' => &['\''],
        _ => &['"', '”'],
    };
    let mut text = String::new();
    while let Some((_, next)) = rest.next() {
        match next {
            next if closes.contains(&next) => return Ok(text),
            '\\' => match rest.next() {
                Some((_, 'n')) => text.push('\n'),
                Some((_, escaped)) => text.push(escaped),
                None => break,
            },
            other => text.push(other),
        }
    }
    Err(OpenQuote(start))
}

/// A comma belongs to a word only between digits, as in 10,000.
fn bare(rest: &mut Rest<'_>) -> String {
    let mut text = String::new();
    while let Some(&(_, next)) = rest.peek() {
        if next.is_whitespace() || matches!(next, '"' | '“') {
            break;
        }
        if next == ',' {
            let mut ahead = rest.clone();
            ahead.next();
            let digit_follows = ahead
                .peek()
                .is_some_and(|(_, after)| after.is_ascii_digit());
            let digit_before = text.ends_with(|before: char| before.is_ascii_digit());
            if !(digit_before && digit_follows) {
                break;
            }
        }
        text.push(next);
        rest.next();
    }
    text
}

fn word(text: String, quoted: bool, at: Range<usize>) -> Word {
    Word {
        text,
        quoted,
        comma_after: false,
        at,
    }
}
