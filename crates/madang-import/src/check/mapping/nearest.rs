//! The known name that is most like one that is not known.

use unicode_normalization::UnicodeNormalization;

/// Less alike than this, a hint would be a guess.
const LIKENESS_MIN: f64 = 0.5;

/// The name most like `wanted`. 한글 is compared letter by letter, not syllable by syllable: 가겨 is nearly 가격.
pub(crate) fn nearest<'n>(wanted: &str, known: impl Iterator<Item = &'n str>) -> Option<String> {
    let letters = |text: &str| text.nfd().flat_map(char::to_lowercase).collect::<String>();
    let wanted = letters(wanted);
    known
        .map(|name| {
            (
                strsim::normalized_damerau_levenshtein(&wanted, &letters(name)),
                name,
            )
        })
        .filter(|(likeness, _)| *likeness >= LIKENESS_MIN)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, name)| name.to_owned())
}
