//! The names that somebody who mistyped one may have meant.

/// Names are near when at most about a third of their letters differ.
const NEAR: f64 = 0.6;
/// Names that are offered at most: more is a list, not an offer.
const OFFERED_MAX: usize = 3;
/// First and last syllable of 한글 as Unicode has them, and what a syllable is counted of.
const SYLLABLE_FIRST: u32 = 0xAC00;
const SYLLABLE_LAST: u32 = 0xD7A3;
const VOWELS: u32 = 21;
const FINALS: u32 = 28;

/// The names of `known` that are near to `name`, the nearest first: those that differ in a few letters, or of which one holds
/// the other. 한글 is compared letter by letter, so that 뇨 is near to 노.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted = letters(name);
    let mut near: Vec<(f64, &str)> = known
        .into_iter()
        .map(|known| (likeness(&wanted, &letters(known)), known))
        .filter(|(likeness, _)| *likeness >= NEAR)
        .collect();
    near.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let mut names: Vec<&str> = Vec::new();
    for (_, name) in near {
        if names.len() < OFFERED_MAX && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// How an English sentence goes on that offers these names; nothing when there are none.
pub fn did_you_mean(names: &[&str]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("“{name}”")).collect();
    match quoted.split_last() {
        None => String::new(),
        Some((only, [])) => format!("; did you mean {only}?"),
        Some((last, others)) => format!("; did you mean {} or {last}?", others.join(", ")),
    }
}

/// The same for a Korean sentence.
pub fn did_you_mean_ko(names: &[&str]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("‘{name}’")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [only] => format!(" ({only}인가요?)"),
        several => format!(" ({} 가운데 하나인가요?)", several.join(", ")),
    }
}

fn likeness(wanted: &str, known: &str) -> f64 {
    let edits = strsim::normalized_damerau_levenshtein(wanted, known);
    let holds = !wanted.is_empty() && !known.is_empty();
    match holds && (known.contains(wanted) || wanted.contains(known)) {
        // Near already; the shorter the rest, the nearer.
        true => NEAR + edits * (1.0 - NEAR),
        false => edits,
    }
}

/// What two spellings of a name have in common: no spaces, no capitals, 한글 in its letters.
fn letters(name: &str) -> String {
    let letters = name.chars().filter(|character| !character.is_whitespace());
    letters
        .flat_map(char::to_lowercase)
        .flat_map(jamo)
        .collect()
}

fn jamo(character: char) -> impl Iterator<Item = char> {
    let code = u32::from(character);
    let parts = match (SYLLABLE_FIRST..=SYLLABLE_LAST).contains(&code) {
        false => [Some(code), None, None],
        true => {
            let number = code - SYLLABLE_FIRST;
            let last = number % FINALS;
            [
                Some(0x1100 + number / (VOWELS * FINALS)),
                Some(0x1161 + number / FINALS % VOWELS),
                (last > 0).then_some(0x11A7 + last),
            ]
        }
    };
    parts.into_iter().flatten().filter_map(char::from_u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, expected: &[&str]) {
        let menu = [
            "아메리카노",
            "Americano",
            "카페라떼",
            "Caffè Latte",
            "바닐라 라떼",
            "쑥 라떼",
            "소금빵",
            "Salt Bread",
            "라지",
        ];
        assert_eq!(nearest(name, menu), expected, "{name}");
    }

    #[test]
    fn what_was_meant() {
        check("아메리카뇨", &["아메리카노"]);
        check("아매리카노", &["아메리카노"]);
        check("americno", &["Americano"]);
        check("LATTE", &["Caffè Latte"]);
        check("라떼", &["쑥 라떼", "카페라떼", "바닐라 라떼"]);
        check("카페 라떼", &["카페라떼"]);
        check("라지사이즈", &["라지"]);
        check("아아", &[]);
        check("소곰빵", &["소금빵"]);
        check("", &[]);
    }
}
