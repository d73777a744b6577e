//! Words in both languages, and what is safe between tags.

use crate::language::Language;

/// The same in both languages, as plain text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// 한국어.
    pub korean: String,
    /// English.
    pub english: String,
}

impl Words {
    /// What is said in each.
    pub fn new(korean: impl Into<String>, english: impl Into<String>) -> Self {
        Self {
            korean: korean.into(),
            english: english.into(),
        }
    }

    /// What a function says in each language.
    pub fn said(say: impl Fn(Language) -> String) -> Self {
        Self::new(say(Language::Korean), say(Language::English))
    }

    /// What means the same in both, as a name or a number.
    pub fn same(text: impl Into<String>) -> Self {
        let text = text.into();
        Self::new(text.clone(), text)
    }

    /// The one of a language.
    pub fn of(&self, language: Language) -> &str {
        language.of(&self.korean, &self.english)
    }

    /// Both, of which the page's style shows one.
    pub(super) fn html(&self) -> String {
        if self.korean == self.english {
            return escaped(&self.korean);
        }
        format!(
            "<span lang=\"ko\">{}</span><span lang=\"en\">{}</span>",
            escaped(&self.korean),
            escaped(&self.english)
        )
    }
}

/// Text as it can stand between tags and in quoted attributes of HTML and XML.
///
/// Letters that cannot be seen but change what is seen, as those that turn the direction of writing, become `�`: names in logs may be meant to
/// deceive.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' | '\r' => out.push(' '),
            letter if letter.is_control() || is_unseen(letter) => out.push('\u{fffd}'),
            letter => out.push(letter),
        }
    }
    out
}

fn is_unseen(letter: char) -> bool {
    matches!(
        letter,
        '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
    )
}

/// JSON as it can stand in an element `script`: nothing in it looks like a tag.
pub(super) fn json_escaped(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for letter in json.chars() {
        match letter {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            letter => out.push(letter),
        }
    }
    out
}

/// About how wide a text is drawn, rather more than less; `size` is that of the letters.
pub(super) fn width(text: &str, size: f64) -> i32 {
    let ems: f64 = text.chars().map(letter_ems).sum();
    (ems * size).ceil() as i32
}

fn letter_ems(letter: char) -> f64 {
    match letter {
        ' ' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | 'i' | 'j' | 'l' => 0.34,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 0.96,
        'A'..='Z' => 0.74,
        ' '..='~' => 0.62,
        _ => 1.0,
    }
}

/// The beginning of a text that is no wider than this, with `…` where something is left out.
pub(super) fn shortened(text: &str, size: f64, width_max: i32) -> String {
    let mut ems = 0.0;
    let ems_max = f64::from(width_max) / size;
    for (at, letter) in text.char_indices() {
        ems += letter_ems(letter);
        if ems > ems_max {
            // What was passed makes room for the dots.
            let mut kept: Vec<char> = text[..at].chars().collect();
            kept.pop();
            return kept.into_iter().collect::<String>().trim_end().to_owned() + "…";
        }
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_becomes_a_tag() {
        let check = |text: &str, expected: &str| assert_eq!(escaped(text), expected);
        check("조리 완료", "조리 완료");
        check(
            "</script><img onerror=\"x\">",
            "&lt;/script&gt;&lt;img onerror=&quot;x&quot;&gt;",
        );
        check("a&b'c", "a&amp;b&#39;c");
        check("a\u{202e}b\u{0}c\nd", "a\u{fffd}b\u{fffd}c d");
        assert_eq!(
            json_escaped("</script>&\u{2028}"),
            "\\u003c/script\\u003e\\u0026\\u2028"
        );
    }

    #[test]
    fn long_names_are_shortened() {
        let check = |text: &str, expected: &str| assert_eq!(shortened(text, 10.0, 50), expected);
        check("결제", "결제");
        check("다섯글자요", "다섯글자요");
        check("여섯글자예요", "여섯글자…");
        check("", "");
    }
}
