//! Lengths of time as a person says them.

use crate::language::Language;

const SECOND_MS: u64 = 1_000;
const MINUTE_MS: u64 = 60 * SECOND_MS;
const HOUR_MS: u64 = 60 * MINUTE_MS;
const DAY_MS: u64 = 24 * HOUR_MS;

/// A length of time in its two largest units: `9분 12초`, `3일 4시간`, `0.62초`.
pub fn duration_in_words(duration_ms: u64, language: Language) -> String {
    let units = [
        (DAY_MS, HOUR_MS),
        (HOUR_MS, MINUTE_MS),
        (MINUTE_MS, SECOND_MS),
    ];
    let Some((large, small)) = units.into_iter().find(|(large, _)| duration_ms >= *large) else {
        return seconds_in_words(duration_ms, language);
    };
    let (many, few) = (duration_ms / large, duration_ms % large / small);
    let many = format!("{}{}", grouped(many), unit(large, language));
    match few {
        0 => many,
        few => format!("{many} {few}{}", unit(small, language)),
    }
}

/// Below a minute: whole seconds from ten on, hundredths below.
fn seconds_in_words(duration_ms: u64, language: Language) -> String {
    let unit = unit(SECOND_MS, language);
    let hundredths = duration_ms / 10;
    if duration_ms >= 10 * SECOND_MS || hundredths.is_multiple_of(100) {
        return format!("{}{unit}", duration_ms / SECOND_MS);
    }
    let text = format!("{}.{:02}", hundredths / 100, hundredths % 100);
    format!("{}{unit}", text.trim_end_matches('0'))
}

fn unit(length_ms: u64, language: Language) -> &'static str {
    match length_ms {
        DAY_MS => language.of("일", " d"),
        HOUR_MS => language.of("시간", " h"),
        MINUTE_MS => language.of("분", " min"),
        _ => language.of("초", " s"),
    }
}

/// A number with commas between thousands.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A share as per cent: whole from ten on, one digit below.
pub fn share_in_words(share: f64) -> String {
    let percent = share * 100.0;
    match percent >= 9.95 || percent == 0.0 {
        true => format!("{percent:.0}%"),
        false => format!("{percent:.1}%"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_said_in_two_units() {
        let check = |duration_ms, korean: &str, english: &str| {
            assert_eq!(duration_in_words(duration_ms, Language::Korean), korean);
            assert_eq!(duration_in_words(duration_ms, Language::English), english);
        };
        check(0, "0초", "0 s");
        check(620, "0.62초", "0.62 s");
        check(1_500, "1.5초", "1.5 s");
        check(59_999, "59초", "59 s");
        check(60_000, "1분", "1 min");
        check(552_000, "9분 12초", "9 min 12 s");
        check(3_600_000, "1시간", "1 h");
        check(93_784_000, "1일 2시간", "1 d 2 h");
        check(86_400_000 * 1_234, "1,234일", "1,234 d");
    }

    #[test]
    fn shares_are_said_in_per_cent() {
        let check = |share, expected: &str| assert_eq!(share_in_words(share), expected);
        check(0.0, "0%");
        check(0.004, "0.4%");
        check(0.0994, "9.9%");
        check(0.0999, "10%");
        check(1.0, "100%");
    }
}
