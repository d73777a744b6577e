//! What was found in a cell, as it is shown in a sentence: short, on one line, without card numbers.
//!
//! A run of 13 to 19 digits, with single spaces or hyphens between, is taken for a card number when its check digit is right (Luhn) and it begins as
//! the numbers of some scheme do: 4 with 13 digits, 3 with 14, 1, 3 or 2131 with 15, 2200 to 2720 or 3 to 9 with 16 and more. Its first six and last
//! four digits are shown. A barcode of 13 digits or a clock in milliseconds begins otherwise or checks otherwise.

/// A sentence has to stay readable: about a line of a terminal.
const CHARACTERS_MAX: usize = 60;

/// The text in quotes.
pub(crate) fn shown(text: &str) -> String {
    // Twice as many, so that a card number at the edge is seen whole before it is cut.
    let mut characters: Vec<char> = text
        .chars()
        .take(2 * CHARACTERS_MAX)
        .map(|character| {
            if character.is_control() {
                ' '
            } else {
                character
            }
        })
        .collect();
    mask(&mut characters);
    let is_cut = characters.len() > CHARACTERS_MAX;
    characters.truncate(CHARACTERS_MAX);
    let mut shown = String::from("\"");
    shown.extend(characters);
    shown.push_str(if is_cut { "…\"" } else { "\"" });
    shown
}

/// A text that came from elsewhere, without numbers of cards.
pub fn masked(text: &str) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    mask(&mut characters);
    characters.into_iter().collect()
}

/// Puts stars over the middle digits of card numbers.
fn mask(characters: &mut [char]) {
    let mut start = 0;
    while start < characters.len() {
        match card_from(characters, start) {
            Some(places) => {
                let hidden = &places[6..places.len() - 4];
                hidden.iter().for_each(|place| characters[*place] = '*');
                start = places[places.len() - 1] + 1;
            }
            None => start += 1,
        }
    }
}

const DIGITS_MIN: usize = 13;
const DIGITS_MAX: usize = 19;

/// The places of the digits of the longest card number that begins here.
fn card_from(characters: &[char], start: usize) -> Option<Vec<usize>> {
    let is_digit = |place: usize| characters.get(place).is_some_and(|it| it.is_ascii_digit());
    if !is_digit(start) || (start > 0 && is_digit(start - 1)) {
        return None;
    }
    let mut places = Vec::with_capacity(DIGITS_MAX);
    let mut longest = None;
    let mut place = start;
    while places.len() < DIGITS_MAX && is_digit(place) {
        places.push(place);
        if !is_digit(place + 1) && is_card(characters, &places) {
            longest = Some(places.len());
        }
        let is_parted = matches!(characters.get(place + 1), Some(' ' | '-')) && is_digit(place + 2);
        place += if is_parted { 2 } else { 1 };
    }
    places.truncate(longest?);
    Some(places)
}

fn is_card(characters: &[char], places: &[usize]) -> bool {
    let digits: Vec<u32> = places
        .iter()
        .filter_map(|place| characters[*place].to_digit(10))
        .collect();
    digits.len() >= DIGITS_MIN && is_of_a_scheme(&digits) && passes_luhn(&digits)
}

fn is_of_a_scheme(digits: &[u32]) -> bool {
    let first_four = digits[..4]
        .iter()
        .fold(0, |number, digit| number * 10 + digit);
    match digits.len() {
        13 => digits[0] == 4 && !is_barcode(digits),
        14 => digits[0] == 3,
        15 => matches!(digits[0], 1 | 3) || first_four == 2131,
        _ => matches!(first_four, 2200..=2720 | 3000..=9999),
    }
}

fn passes_luhn(digits: &[u32]) -> bool {
    let doubled = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            if place % 2 == 0 {
                *digit
            } else {
                doubled(*digit)
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// EAN-13: weights 1 and 3 in turn.
fn is_barcode(digits: &[u32]) -> bool {
    let sum: u32 = digits
        .iter()
        .enumerate()
        .map(|(place, digit)| if place % 2 == 0 { *digit } else { digit * 3 })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn what_is_shown_is_short_and_has_no_card_number() {
        let check = |text: &str, expected: &str| assert_eq!(shown(text), format!("\"{expected}\""));
        check("4,50", "4,50");
        check("4111111111111111", "411111******1111");
        check("카드 4111-1111-1111-1111.", "카드 4111-11**-****-1111.");
        check("4111 1111 1111 1111 12/27", "4111 11** **** 1111 12/27");
        check("378282246310005", "378282*****0005");
        check("4111111111111112", "4111111111111112"); // wrong check digit
        check("8801234567893", "8801234567893"); // a barcode
        check("1795359900000", "1795359900000"); // a clock
        check("한\n줄", "한 줄");
        check(&"가".repeat(61), &format!("{}…", "가".repeat(60)));
        // Cut in the middle, it is masked before it is cut.
        let late = format!("{}4111111111111111", "가".repeat(50));
        check(&late, &format!("{}411111****…", "가".repeat(50)));
    }
}
