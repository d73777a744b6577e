//! How values are spelled in files, Korean ways first. What is accepted is one way to read it; what could be read in two ways is refused with a
//! word on how to say which is meant.
//!
//! | values | accepted | refused |
//! | --- | --- | --- |
//! | whole numbers | `4500`, `4,500`, `４５００`, `+4500`, `3.0`, `12 개` with the unit named | `4,50`, `1.5`, `1.2E+3` |
//! | negative | `-4,500`, `−4500`, `△4,500`, `▲4500`, `(4,500)`, `-₩4,500`, `₩-4,500` | `(-4500)`, `4500-` |
//! | money | `4,500원`, `₩4,500`, `\4500`, `KRW 4500`, `4500.00`, `4.5천원`, `3만원`, `1억` | `4500.5` (the won has no part), `4천5백` |
//! | per cent | `12.5%` when the mapping says what it means | without that |
//! | days | `2026-11-22`, `2026.11.22`, `2026. 11. 22.`, `2026/11/22`, `20261122`, `2026년 11월 22일`, `2026-11-22(일)`, `22-Nov-2026`, `Nov 22, 2026`; a time of midnight is passed over | `01/02/2026` and `26-11-22` without `order` |
//! | moments | a day and `15:05`, `15:05:00.123`, `오후 3:05`, `3:05 PM`, `15시 5분`; `20261122150500`; `T` between, `Z`, `KST`, `+09:00` after | `오후 15:05`, `24:00`, a day alone unless the mapping allows it |
//! | bare numbers as dates | Excel's days, seconds, milliseconds: when the mapping says which | without that |
//!
//! Nothing here allocates for a value that is right, and the plainest spelling of each is read without looking at the others.

pub(crate) mod date;
pub(crate) mod number;
mod sentence;
pub(crate) mod shown;
pub(crate) mod words;
pub(crate) mod zone;

pub(crate) use self::sentence::Wanted;

/// Why a text is not a value of its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    NotANumber,
    /// Commas that do not part thousands.
    Separators,
    /// More decimals than are kept.
    Fraction,
    /// `8.80123E+12`: digits that Excel threw away.
    Exponent,
    /// A percent sign that the mapping does not speak of.
    PercentSign,
    TooLarge,
    BelowMin,
    AboveMax,
    NotADate,
    /// 01/02/2026
    OrderUnknown,
    NoSuchDay,
    NoSuchTime,
    /// A bare number that the mapping does not speak of.
    BareNumber,
    TimeMissing,
    /// A time of day in a column of days.
    TimeInDate,
    /// The hour that is left out when clocks go forward.
    SkippedHour,
    NotYesNo,
    NotAChoice,
    TooShort,
    TooLong,
    NotDigits,
    NulCharacter,
}

/// A cell's text without the spaces around it: those of Unicode, and the invisible ones that files pick up on their way.
pub(crate) fn trimmed(text: &str) -> &str {
    let bytes = text.as_bytes();
    let is_plain = |byte: u8| matches!(byte, 0x21..=0x7e);
    match (bytes.first(), bytes.last()) {
        (Some(first), Some(last)) if is_plain(*first) && is_plain(*last) => text,
        _ => text.trim_matches(is_space),
    }
}

pub(crate) fn is_space(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{feff}' | '\u{200b}')
}

/// The ASCII form of a character as it is typed with an input method set to wide letters.
pub(crate) fn narrow(character: char) -> char {
    match character {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(character as u32 - 0xfee0).unwrap_or(character),
        '\u{2212}' | '\u{2013}' | '△' | '▲' => '-',
        '￦' => '₩',
        character if is_space(character) => ' ',
        character => character,
    }
}
