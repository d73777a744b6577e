//! Text of others on a terminal: names of files, what stands in them, what servers say.

/// What would move a terminal's cursor or its colours is shown and not done; lines stay lines.
pub fn printable(text: &str) -> String {
    shown(text, |mark| mark == '\n' || mark == '\t')
}

/// The same as one line, which nothing in it can end: else a name could write lines that look like ours.
pub fn in_one_line(text: &str) -> String {
    shown(text, |mark| mark == '\t')
}

fn shown(text: &str, is_harmless: impl Fn(char) -> bool) -> String {
    text.chars()
        .map(|mark| match mark.is_control() && !is_harmless(mark) {
            true => char::REPLACEMENT_CHARACTER,
            false => mark,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{in_one_line, printable};

    #[test]
    fn what_a_terminal_would_act_on_is_shown() {
        let check = |text: &str, lines: &str, line: &str| {
            assert_eq!(
                (printable(text).as_str(), in_one_line(text).as_str()),
                (lines, line)
            );
        };
        check("메뉴 (1).csv\t", "메뉴 (1).csv\t", "메뉴 (1).csv\t");
        check("a\x1b[31mb", "a\u{fffd}[31mb", "a\u{fffd}[31mb");
        check("a\r\nb", "a\u{fffd}\nb", "a\u{fffd}\u{fffd}b");
        check("\u{9b}2J", "\u{fffd}2J", "\u{fffd}2J");
    }
}
