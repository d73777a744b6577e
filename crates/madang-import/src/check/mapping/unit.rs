//! Units of numbers, and how much one of each is.

use std::cmp::Ordering;
use std::fmt;

use serde::Serialize;

use crate::check::spelling::number::Digits;
use crate::check::spelling::words::folded;
use crate::check::spelling::{narrow, trimmed};

/// A word that may stand before or after a number, as `개`, and how many of the column's own unit one of it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unit {
    /// The word.
    pub word: String,
    /// By what the number before it is multiplied.
    pub factor: UnitFactor,
}

/// An exact number above 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct UnitFactor {
    /// In units of 10^-decimals.
    digits: i64,
    decimals: u32,
}

impl UnitFactor {
    /// Each counts one.
    pub const ONE: Self = Self {
        digits: 1,
        decimals: 0,
    };

    /// `1000`, `0.001`; none when it is no number above 0, or has more than 18 digits.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = Digits::read(trimmed(text)).ok()?;
        let (mut number, mut decimals) = (digits.number, digits.decimals);
        while decimals > 0 && number % 10 == 0 {
            (number, decimals) = (number / 10, decimals - 1);
        }
        let is_bounded = (1..10_i128.pow(DIGITS_MAX)).contains(&number) && decimals <= DIGITS_MAX;
        let digits = i64::try_from(number).ok().filter(|_| is_bounded)?;
        Some(Self { digits, decimals })
    }

    pub(crate) fn digits(self) -> i128 {
        i128::from(self.digits)
    }

    pub(crate) fn decimals(self) -> u32 {
        self.decimals
    }
}

/// A number of 27 digits times this and 억 is told apart from one that is too large.
const DIGITS_MAX: u32 = 18;

impl fmt::Display for UnitFactor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&super::spelled_wide(self.digits(), self.decimals))
    }
}

impl Unit {
    /// One of a list: each counts one.
    pub fn one(word: &str) -> Self {
        Self {
            word: word.to_owned(),
            factor: UnitFactor::ONE,
        }
    }
}

/// Whether a word beside a number cannot be taken for part of it.
pub(crate) fn is_unit(word: &str) -> bool {
    let is_of_number = |character: char| {
        matches!(
            narrow(character),
            '0'..='9' | ',' | '.' | '+' | '-' | '(' | ')' | ' '
        )
    };
    let first = word.chars().next().map(narrow);
    !matches!(first, None | Some('0'..='9' | ',' | '.')) && !word.chars().all(is_of_number)
}

/// What units of one kind measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Measured {
    Mass,
    Volume,
    Length,
    Time,
    Won,
    Pieces,
}

/// How much one of a unit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Size {
    /// So many of the smallest that is known of what it measures.
    Of(u64),
    /// It is another from case to case, as a box is: known to be none of the other sizes.
    Open(&'static str),
}

use Measured::{Length, Mass, Pieces, Time, Volume, Won};
use Size::{Of, Open};

/// Units whose sizes everybody knows, in [`folded`] form.
const KNOWN: [(&str, Measured, Size); 76] = [
    ("mg", Mass, Of(1)),
    ("㎎", Mass, Of(1)),
    ("밀리그램", Mass, Of(1)),
    ("g", Mass, Of(1_000)),
    ("그램", Mass, Of(1_000)),
    ("그람", Mass, Of(1_000)),
    ("kg", Mass, Of(1_000_000)),
    ("㎏", Mass, Of(1_000_000)),
    ("킬로그램", Mass, Of(1_000_000)),
    ("킬로", Mass, Of(1_000_000)),
    ("키로", Mass, Of(1_000_000)),
    ("t", Mass, Of(1_000_000_000)),
    ("톤", Mass, Of(1_000_000_000)),
    ("근", Mass, Open("근")),
    ("ml", Volume, Of(1)),
    ("㎖", Volume, Of(1)),
    ("cc", Volume, Of(1)),
    ("밀리리터", Volume, Of(1)),
    ("cl", Volume, Of(10)),
    ("dl", Volume, Of(100)),
    ("l", Volume, Of(1_000)),
    ("ℓ", Volume, Of(1_000)),
    ("리터", Volume, Of(1_000)),
    ("kl", Volume, Of(1_000_000)),
    ("mm", Length, Of(1)),
    ("㎜", Length, Of(1)),
    ("밀리미터", Length, Of(1)),
    ("cm", Length, Of(10)),
    ("㎝", Length, Of(10)),
    ("센티미터", Length, Of(10)),
    ("센티", Length, Of(10)),
    ("센치", Length, Of(10)),
    ("m", Length, Of(1_000)),
    ("미터", Length, Of(1_000)),
    ("km", Length, Of(1_000_000)),
    ("㎞", Length, Of(1_000_000)),
    ("킬로미터", Length, Of(1_000_000)),
    ("초", Time, Of(1)),
    ("분", Time, Of(60)),
    ("시간", Time, Of(3_600)),
    ("원", Won, Of(1)),
    ("원정", Won, Of(1)),
    ("krw", Won, Of(1)),
    ("won", Won, Of(1)),
    ("천", Won, Of(1_000)),
    ("천원", Won, Of(1_000)),
    ("만", Won, Of(10_000)),
    ("만원", Won, Of(10_000)),
    ("십만원", Won, Of(100_000)),
    ("백만", Won, Of(1_000_000)),
    ("백만원", Won, Of(1_000_000)),
    ("천만원", Won, Of(10_000_000)),
    ("억", Won, Of(100_000_000)),
    ("억원", Won, Of(100_000_000)),
    ("개", Pieces, Of(1)),
    ("낱개", Pieces, Of(1)),
    ("ea", Pieces, Of(1)),
    ("pc", Pieces, Of(1)),
    ("pcs", Pieces, Of(1)),
    ("piece", Pieces, Of(1)),
    ("pieces", Pieces, Of(1)),
    ("잔", Pieces, Of(1)),
    ("병", Pieces, Of(1)),
    ("봉", Pieces, Of(1)),
    ("다스", Pieces, Of(12)),
    ("타스", Pieces, Of(12)),
    ("dozen", Pieces, Of(12)),
    ("dz", Pieces, Of(12)),
    ("박스", Pieces, Open("박스")),
    ("상자", Pieces, Open("박스")),
    ("box", Pieces, Open("박스")),
    ("boxes", Pieces, Open("박스")),
    ("bx", Pieces, Open("박스")),
    ("팔레트", Pieces, Open("팔레트")),
    ("파레트", Pieces, Open("팔레트")),
    ("pallet", Pieces, Open("팔레트")),
];

fn known(word: &str) -> Option<(Measured, Size)> {
    let word = folded(word);
    let found = KNOWN.iter().find(|(known, ..)| *known == word);
    found.map(|(_, measured, size)| (*measured, *size))
}

/// The word behind a number; empty when there is none.
pub(crate) fn word_behind(text: &str) -> Option<&str> {
    let word = text.trim_start_matches(|character| {
        matches!(narrow(character), '0'..='9' | ',' | '.' | '-' | '+' | ' ')
    });
    let is_word = word.chars().count() <= WORD_CHARS_MAX && word.chars().all(char::is_alphabetic);
    let has_number = word.len() < text.len();
    (has_number && (is_word || known(word).is_some())).then_some(word)
}

/// Longer words are no units.
const WORD_CHARS_MAX: usize = 8;

/// Those of the words that differ in size from another of them, the smallest first, each with its factor; `None` for a factor that only who knows the goods can
/// say. Empty: nothing is known to differ.
pub(crate) fn differing<'w>(words: &[&'w str]) -> Vec<(&'w str, Option<UnitFactor>)> {
    let known: Vec<(&str, Measured, Size)> = words
        .iter()
        .filter_map(|word| known(word).map(|(measured, size)| (*word, measured, size)))
        .collect();
    let differs = |(_, measured, size): &&(&str, Measured, Size)| {
        let mut others = known.iter();
        others.any(|(_, other, other_size)| other == measured && other_size != size)
    };
    let Some((_, measured, _)) = known.iter().find(differs) else {
        return Vec::new();
    };
    let mut alike: Vec<(&str, Size)> = known
        .iter()
        .filter(|(_, other, _)| other == measured)
        .map(|(word, _, size)| (*word, *size))
        .collect();
    alike.sort_by(|(_, one), (_, other)| match (one, other) {
        (Of(one), Of(other)) => one.cmp(other),
        (Of(_), Open(_)) => Ordering::Less,
        (Open(_), Of(_)) => Ordering::Greater,
        (Open(_), Open(_)) => Ordering::Equal,
    });
    let smallest = match (measured, alike[0].1) {
        // A dozen is twelve of what nobody wrote beside it.
        (Pieces, _) => 1,
        (_, Of(smallest)) => smallest,
        (_, Open(_)) => 1,
    };
    let factor = |size| match size {
        // Every size is a whole number of those below it.
        Of(size) => UnitFactor::parse(&(size / smallest).to_string()),
        Open(_) => None,
    };
    alike
        .into_iter()
        .map(|(word, size)| (word, factor(size)))
        .collect()
}

/// Whether all words are known, and one size under several names.
pub(crate) fn are_of_one_size(words: &[&str]) -> bool {
    let first = words.first().and_then(|word| known(word));
    first.is_some() && words.iter().all(|word| known(word) == first)
}

/// `{ g = 1, kg = 1000 }`, as a mapping says it; what nobody can know is left open.
pub(crate) fn table<'w>(units: impl IntoIterator<Item = (&'w str, Option<UnitFactor>)>) -> String {
    let entry = |(word, factor): (&str, Option<UnitFactor>)| {
        let factor = factor.map_or_else(|| "…".to_owned(), |factor| factor.to_string());
        format!("{} = {factor}", super::write::key(word))
    };
    let entries: Vec<String> = units.into_iter().map(entry).collect();
    format!("{{ {} }}", entries.join(", "))
}
