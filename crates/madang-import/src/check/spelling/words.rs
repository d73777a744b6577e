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

    /// The same where spaces may stand between the letters, as in 합 계.
    pub(crate) fn find_spaced(&self, text: &str) -> Option<T> {
        let first = text.bytes().find(|byte| *byte > b' ')?;
        if !self.begins[usize::from(first)] {
            return None;
        }
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
