//! Words that mean something, found without regard to case, spaces around, and how 한글 is composed.

use unicode_normalization::UnicodeNormalization;

use crate::check::spelling::{is_space, trimmed};

/// A set of words, each with a meaning.
#[derive(Clone, Debug)]
pub(crate) struct Words<T> {
    /// In [`folded`] form.
    words: Vec<(String, T)>,
    /// Which bytes words begin with, in either case: most cells are told apart by it.
    begins: [bool; 256],
}

impl<T: Copy> Words<T> {
    pub(crate) fn new<'w>(words: impl IntoIterator<Item = (&'w str, T)>) -> Self {
        let words: Vec<(String, T)> = words
            .into_iter()
            .map(|(word, meaning)| (folded(word), meaning))
            .filter(|(word, _)| !word.is_empty())
            .collect();
        let mut begins = [false; 256];
        for (word, _) in &words {
            let first = word.as_bytes()[0];
            begins[usize::from(first)] = true;
            begins[usize::from(first.to_ascii_uppercase())] = true;
        }
        // Letters that are folded or composed begin with other bytes than the word they become.
        begins[0x80..].fill(!words.is_empty());
        Self { words, begins }
    }

    /// The meaning of a text without spaces around.
    pub(crate) fn find(&self, text: &str) -> Option<T> {
        let first = *text.as_bytes().first()?;
        if !self.begins[usize::from(first)] {
            return None;
        }
        let found = |text: &str| {
            let word = self
                .words
                .iter()
                .find(|(word, _)| word.eq_ignore_ascii_case(text));
            word.map(|(_, meaning)| *meaning)
        };
        found(text).or_else(|| match needs_folding(text) {
            true => found(&folded(text)),
            false => None,
        })
    }

    /// The same of the label of a row: spaces may stand between the letters, as in 합 계, and how many rows it is of behind it, as in 합계(2건).
    pub(crate) fn find_label(&self, text: &str) -> Option<T> {
        let first = text.bytes().find(|byte| *byte > b' ')?;
        if !self.begins[usize::from(first)] {
            return None;
        }
        self.find_spaced(text)
            .or_else(|| self.find_spaced(without_count(trimmed(text))?))
    }

    fn find_spaced(&self, text: &str) -> Option<T> {
        let letters = || {
            text.chars()
                .filter(|character| !is_space(*character))
                .flat_map(char::to_lowercase)
        };
        let found = self.words.iter().find(|(word, _)| {
            word.chars()
                .filter(|character| !is_space(*character))
                .eq(letters())
        });
        found.map(|(_, meaning)| *meaning)
    }
}

/// `합계` of `합계(2건)`, `합계 2건` and `합계:`. A number alone needs brackets to be a count: 합계 2 may be a name.
fn without_count(label: &str) -> Option<&str> {
    if let Some(before) = label.strip_suffix([':', '：']) {
        return Some(before);
    }
    if let Some(inner) = label.strip_suffix([')', '）']) {
        let (before, count) = inner.rsplit_once(['(', '（'])?;
        return counted(count).map(|_| before);
    }
    let (before, count) = label.rsplit_once(is_space)?;
    counted(count)
        .filter(|word| !word.is_empty())
        .map(|_| before)
}

/// The word behind a number of rows, if it is one.
fn counted(text: &str) -> Option<&str> {
    let word = trimmed(text).trim_start_matches(|character: char| {
        character.is_ascii_digit() || matches!(character, ',' | ' ')
    });
    let has_digit = text.contains(|character: char| character.is_ascii_digit());
    let is_count = matches!(
        word,
        "" | "건" | "개" | "행" | "줄" | "명" | "row" | "rows" | "item" | "items"
    );
    (has_digit && is_count).then_some(word)
}

/// The form in which names and words are compared.
pub(crate) fn folded(text: &str) -> String {
    trimmed(text).nfc().flat_map(char::to_lowercase).collect()
}

/// Whether [`folded`] changes more than ASCII letters. Syllables of 한글 stay what they are.
fn needs_folding(text: &str) -> bool {
    !text
        .chars()
        .all(|character| character.is_ascii() || matches!(character, '가'..='힣'))
}
