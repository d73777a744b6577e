//! Text within XML.

use std::borrow::Cow;

/// The text so that it can stand between tags and in attributes. Characters that XML 1.0 cannot hold at all become `�`.
pub(crate) fn escaped(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|letter| escape(letter).is_some()) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        match escape(letter) {
            Some(escape) => out.push_str(escape),
            None => out.push(letter),
        }
    }
    Cow::Owned(out)
}

fn escape(letter: char) -> Option<&'static str> {
    match letter {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '"' => Some("&quot;"),
        '\'' => Some("&apos;"),
        // Attributes would make them spaces.
        '\t' => Some("&#9;"),
        '\n' => Some("&#10;"),
        '\r' => Some("&#13;"),
        '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => Some("\u{fffd}"),
        _ => None,
    }
}
