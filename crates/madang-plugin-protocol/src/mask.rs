//! Full card numbers are masked at the door: first six and last four digits stay, the rest becomes `*`.
//!
//! A run of 13 to 19 digits, with spaces or hyphens between, is taken for a card number when its check digit is right (Luhn)
//! and some card scheme gives out numbers of its length that begin as it does. One in ten of all numbers pass Luhn; without
//! the second rule, clocks in milliseconds, times written as digits and barcodes would be destroyed one time in ten:
//!
//! | digits | begins with | why |
//! | --- | --- | --- |
//! | 13 | 4, and it is not a right EAN-13 | old Visa; a clock in milliseconds begins with 1 until 2033, a barcode checks otherwise |
//! | 14 | 3 | Diners; a time as `20261122134335` begins with 2 |
//! | 15 | 1, 3, or 2131 | UATP, American Express, JCB |
//! | 16 to 19 | 3 to 9, or 2200 to 2720 | every other scheme, domestic ones too; clocks in smaller units begin with 1, times with 20 |
//!
//! The fraction of a decimal number (`37.5665340000000`) is no card number. Ids that the till gives out must not look like
//! one: ask [`looks_like_card`] when making them.

use std::borrow::Cow;
use std::ops::Range;

use serde_json::{Map, Value};

const DIGITS_MIN: usize = 13;
const DIGITS_MAX: usize = 19;
/// `4111 - 1111`: the most spaces and hyphens between two groups of one number.
const SEPARATORS_MAX: usize = 3;

/// Masks every card number in `value`, in texts, in numbers (which become texts) and in names of members. Answers how many.
pub fn card_numbers(value: &mut Value) -> usize {
    match value {
        Value::String(text) => {
            let (masked, count) = masked(text);
            if let Cow::Owned(masked) = masked {
                *text = masked;
            }
            count
        }
        Value::Number(number) => match masked_number(number) {
            Some(masked) => {
                *value = Value::String(masked);
                1
            }
            None => 0,
        },
        Value::Array(values) => values.iter_mut().map(card_numbers).sum(),
        Value::Object(members) => {
            let count: usize = members.values_mut().map(card_numbers).sum();
            count + mask_names(members)
        }
        Value::Null | Value::Bool(_) => 0,
    }
}

/// `text` with every card number masked; spaces and hyphens stay where they are.
pub fn text(text: &str) -> Cow<'_, str> {
    masked(text).0
}

/// Whether `text`, as a whole or in part, would be masked. The maker of ids skips such numbers.
pub fn looks_like_card(text: &str) -> bool {
    masked(text).1 > 0
}

fn masked(text: &str) -> (Cow<'_, str>, usize) {
    // Most texts are too short, or have too few digits; they cost one pass and nothing else.
    if text.len() < DIGITS_MIN || text.bytes().filter(u8::is_ascii_digit).count() < DIGITS_MIN {
        return (Cow::Borrowed(text), 0);
    }
    let mut out: Option<String> = None;
    let mut count = 0;
    for run in runs(text.as_bytes()) {
        for card in cards_in(text.as_bytes(), &run) {
            let out = out.get_or_insert_with(|| text.to_owned());
            // A digit and a `*` are one byte each, so every other place stays where it was.
            out.replace_range(card.clone(), &stars(&text[card]));
            count += 1;
        }
    }
    (out.map_or(Cow::Borrowed(text), Cow::Owned), count)
}

/// The groups of digits of one run, as ranges of bytes.
type Run = Vec<Range<usize>>;

/// Groups of digits that stand together with nothing but spaces and hyphens between, when they have digits enough.
fn runs(bytes: &[u8]) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut run = Run::new();
    let mut digits = 0;
    let mut place = 0;
    while place < bytes.len() {
        if !bytes[place].is_ascii_digit() {
            place += 1;
            continue;
        }
        let start = place;
        while place < bytes.len() && bytes[place].is_ascii_digit() {
            place += 1;
        }
        let joins = run
            .last()
            .is_some_and(|last| are_separators(&bytes[last.end..start]));
        if !joins {
            keep(&mut runs, &mut run, &mut digits);
        }
        run.push(start..place);
        digits += place - start;
    }
    keep(&mut runs, &mut run, &mut digits);
    runs
}

fn keep(runs: &mut Vec<Run>, run: &mut Run, digits: &mut usize) {
    if *digits >= DIGITS_MIN {
        runs.push(std::mem::take(run));
    } else {
        run.clear();
    }
    *digits = 0;
}

fn are_separators(between: &[u8]) -> bool {
    between.len() <= SEPARATORS_MAX && between.iter().all(|byte| matches!(byte, b' ' | b'-'))
}

/// The card numbers within a run: from one group's begin to another's end, the longest first.
fn cards_in(bytes: &[u8], run: &Run) -> Vec<Range<usize>> {
    let mut cards = Vec::new();
    let mut first = 0;
    while first < run.len() {
        match longest_card_from(bytes, &run[first..]) {
            Some(groups) => {
                cards.push(run[first].start..run[first + groups - 1].end);
                first += groups;
            }
            None => first += 1,
        }
    }
    cards
}

/// How many groups the longest card number has that begins with the first of `groups`.
fn longest_card_from(bytes: &[u8], groups: &[Range<usize>]) -> Option<usize> {
    if is_fraction(bytes, groups[0].start) {
        return None;
    }
    let mut digits: Vec<u8> = Vec::with_capacity(DIGITS_MAX);
    let mut longest = None;
    for (index, group) in groups.iter().enumerate() {
        if digits.len() + group.len() > DIGITS_MAX {
            break;
        }
        digits.extend(bytes[group.clone()].iter().map(|byte| byte - b'0'));
        if is_card(&digits) {
            longest = Some(index + 1);
        }
    }
    longest
}

fn is_fraction(bytes: &[u8], start: usize) -> bool {
    start >= 2 && bytes[start - 1] == b'.' && bytes[start - 2].is_ascii_digit()
}

fn is_card(digits: &[u8]) -> bool {
    is_of_a_scheme(digits) && passes_luhn(digits)
}

fn is_of_a_scheme(digits: &[u8]) -> bool {
    if digits.len() < DIGITS_MIN {
        return false;
    }
    let first_four = digits[..4]
        .iter()
        .fold(0u32, |number, digit| number * 10 + u32::from(*digit));
    match digits.len() {
        13 => digits[0] == 4 && !is_ean_13(digits),
        14 => digits[0] == 3,
        15 => matches!(digits[0], 1 | 3) || first_four == 2131,
        16..=DIGITS_MAX => matches!(first_four, 2200..=2720 | 3000..=9999),
        _ => false,
    }
}

fn passes_luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match (place % 2, u32::from(*digit)) {
            (0, digit) => digit,
            (_, digit @ 0..=4) => digit * 2,
            (_, digit) => digit * 2 - 9,
        })
        .sum();
    sum.is_multiple_of(10)
}

fn is_ean_13(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .enumerate()
        .map(|(place, digit)| u32::from(*digit) * if place % 2 == 0 { 1 } else { 3 })
        .sum();
    digits.len() == 13 && sum.is_multiple_of(10)
}

fn stars(card: &str) -> String {
    let digits = card.bytes().filter(u8::is_ascii_digit).count();
    let mut place = 0;
    card.chars()
        .map(|character| {
            if !character.is_ascii_digit() {
                return character;
            }
            place += 1;
            if place > 6 && place <= digits - 4 {
                '*'
            } else {
                character
            }
        })
        .collect()
}

fn masked_number(number: &serde_json::Number) -> Option<String> {
    if number.as_f64().is_some_and(|number| number.abs() < 1e12) {
        return None;
    }
    let digits = match (number.as_u64(), number.as_i64(), number.as_f64()) {
        (Some(number), ..) => number.to_string(),
        (_, Some(number), _) => number.unsigned_abs().to_string(),
        // A whole number written with a point or an exponent.
        (.., Some(number)) if number.fract() == 0.0 && number.abs() < 1e19 => {
            format!("{:.0}", number.abs())
        }
        _ => return None,
    };
    match masked(&digits) {
        (Cow::Owned(masked), _) => Some(masked),
        (Cow::Borrowed(_), _) => None,
    }
}

fn mask_names(members: &mut Map<String, Value>) -> usize {
    if !members.keys().any(|name| looks_like_card(name)) {
        return 0;
    }
    let mut count = 0;
    for (name, value) in std::mem::take(members) {
        let (masked, found) = masked(&name);
        let mut masked = masked.into_owned();
        count += found;
        // Two cards may look alike once masked; neither member is lost.
        while members.contains_key(&masked) {
            masked.push('*');
        }
        members.insert(masked, value);
    }
    count
}
