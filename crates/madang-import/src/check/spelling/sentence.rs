//! What is wrong, in sentences.

use crate::check::mapping::{BooleanRule, Choice, ColumnRule, NumberRule, Values};
use crate::check::spelling::Wrong;
use crate::check::spelling::number::Numbers;
use crate::check::spelling::shown::shown;
use crate::refused::Reason;

/// What a column wants, as a sentence says it.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// `a whole number of won`
    english: String,
    /// `원 단위 금액`
    korean: String,
    /// `4500, "4,500원"`
    example: String,
    /// The bounds of values or of the length, already in words.
    min: String,
    max: String,
}

/// Choices and words that a sentence lists.
const LISTED_MAX: usize = 12;

impl Wanted {
    pub(crate) fn of(rule: &ColumnRule) -> Self {
        let (english, korean, example) = match &rule.values {
            Values::Text(text) if !text.choices.is_empty() => {
                let choices = listed(&text.choices);
                (
                    format!("one of {choices}"),
                    format!("{choices} 중 하나"),
                    choices,
                )
            }
            Values::Text(text) if text.only_digits => (
                "digits only".into(),
                "숫자로만 된 값".into(),
                "8801234567893".into(),
            ),
            Values::Text(_) => ("a text".into(), "글자".into(), "아메리카노".into()),
            Values::Integer(_) => (
                "a whole number".into(),
                "정수".into(),
                "1200, \"1,200\"".into(),
            ),
            Values::Decimal(number) => (
                format!("a number with up to {} decimals", number.scale),
                format!("소수점 아래 {}자리까지의 수", number.scale),
                "1200.5, \"1,200.5\"".into(),
            ),
            Values::Money(_) => (
                "an amount of whole won".into(),
                "원 단위 금액".into(),
                "4500, \"4,500원\"".into(),
            ),
            Values::Boolean(rule) => {
                let words = yes_no(rule);
                (
                    format!("yes or no ({words})"),
                    format!("예/아니오({words})"),
                    words,
                )
            }
            Values::Date(_) => ("a date".into(), "날짜".into(), "2026-11-22".into()),
            Values::Timestamp(_) => (
                "a date and time".into(),
                "날짜와 시각".into(),
                "2026-11-22 15:05".into(),
            ),
        };
        let example = match &rule.values {
            Values::Integer(number) | Values::Decimal(number) => with_unit(number, example),
            _ => example,
        };
        let (min, max) = bounds(rule);
        Self {
            english,
            korean,
            example,
            min,
            max,
        }
    }

    /// The reason for which a cell was not taken. `column` is the file's name of it.
    pub(crate) fn reason(&self, wrong: Wrong, column: &str, text: &str) -> Reason {
        let found = shown(text);
        let (english, korean) = self.sentences(wrong);
        Reason {
            code: wrong.code().to_owned(),
            column: Some(column.to_owned()),
            message: format!("{column}: {found} {english}"),
            message_ko: format!("{column}: {found} — {korean}"),
        }
    }

    /// The reason for which an empty cell was not taken.
    pub(crate) fn reason_missing(&self, column: &str) -> Reason {
        Reason {
            code: "required".to_owned(),
            column: Some(column.to_owned()),
            message: format!(
                "{column}: nothing stands here; {} is required, for example {}",
                self.english, self.example
            ),
            message_ko: format!(
                "{column}: 값이 비어 있어요. {} 적어 주세요. 예: {}",
                as_object(&self.korean),
                self.example
            ),
        }
    }

    /// What follows the value in a sentence.
    fn sentences(&self, wrong: Wrong) -> (String, String) {
        let Self {
            english,
            korean,
            example,
            min,
            max,
        } = self;
        match wrong {
            Wrong::NotAChoice => (
                format!("is not {english}"),
                format!("{korean}여야 해요"),
            ),
            Wrong::NotANumber | Wrong::NotADate | Wrong::NotYesNo => (
                format!("is not {english}; write it as {example}"),
                format!("{} 아니에요. 예: {example}", as_subject(korean)),
            ),
            Wrong::Separators => (
                format!("has commas that do not part thousands; write it as {example}"),
                format!("쉼표가 세 자리마다 있지 않아요. 예: {example}"),
            ),
            Wrong::PointOrThousands => (
                format!("has a point before three digits, which may part thousands or decimals; write it as {example}"),
                format!("점이 천 단위인지 소수점인지 알 수 없어요. 예: {example}"),
            ),
            Wrong::Fraction => (
                format!("has more decimals than {english}; write it as {example}"),
                format!("소수점 아래 자릿수가 너무 많아요. 예: {example}"),
            ),
            Wrong::Exponent => (
                "was shortened by a spreadsheet and its last digits are lost; format that column as text, and export it again".into(),
                "엑셀이 줄여 쓴 수라 뒷자리가 사라졌어요. 그 열의 서식을 텍스트로 바꾸고 다시 저장해 주세요".into(),
            ),
            Wrong::PercentSign => (
                "has a percent sign; say in the mapping what it means: percent = \"number\" (12.5% is 12.5) or \"fraction\" (0.125)".into(),
                "% 기호의 뜻을 매핑에 적어 주세요: percent = \"number\"(12.5%는 12.5) 또는 \"fraction\"(0.125)".into(),
            ),
            Wrong::UnitUnknown => (
                "has a unit that the mapping does not know; write how much that is as a number alone, or add the unit to a mapping of your own, as units = { \"박스\" = 12 }".into(),
                "매핑에 없는 단위예요. 모두 몇인지 수로만 적어 주세요. 직접 만든 매핑에는 units = { \"박스\" = 12 }처럼 단위를 더해도 돼요".into(),
            ),
            Wrong::UnitMissing => (
                format!("has no unit, and none of the mapping's counts one; write it as {example}"),
                format!("단위가 없어요. 예: {example}"),
            ),
            Wrong::TooLarge => (
                format!("is too large for {english}"),
                "수가 너무 커요".into(),
            ),
            Wrong::BelowMin => (format!("is below {min}, the least allowed"), format!("{min} 이상이어야 해요")),
            Wrong::AboveMax => (format!("is above {max}, the most allowed"), format!("{max} 이하여야 해요")),
            Wrong::OrderUnknown => (
                "can be read in several ways; write it as 2026-11-22, or say in the mapping: order = \"year-month-day\", \"day-month-year\" or \"month-day-year\"".into(),
                "여러 날짜로 읽을 수 있어요. 2026-11-22처럼 적거나, 매핑에 order = \"year-month-day\", \"day-month-year\", \"month-day-year\" 중 하나를 적어 주세요".into(),
            ),
            Wrong::NoSuchDay => (
                format!("is a day that does not exist; write it as {example}"),
                format!("없는 날짜예요. 예: {example}"),
            ),
            Wrong::NoSuchTime => (
                format!("is a time that does not exist; write it as {example}"),
                format!("없는 시각이에요. 예: {example}"),
            ),
            Wrong::BareNumber => (
                format!("is a bare number; write it as {example}, or say in the mapping: numbers = \"excel\", \"seconds\" or \"milliseconds\""),
                format!("숫자만 있어요. {example}처럼 적거나, 매핑에 numbers = \"excel\", \"seconds\", \"milliseconds\" 중 하나를 적어 주세요"),
            ),
            Wrong::TimeMissing => (
                format!("has no time of day; write it as {example}, or say in the mapping: midnight = true"),
                format!("시각이 없어요. {example}처럼 적거나, 매핑에 midnight = true를 적어 주세요"),
            ),
            Wrong::TimeInDate => (
                format!("has a time of day where only a date belongs; write it as {example}"),
                format!("날짜만 있어야 하는데 시각이 있어요. 예: {example}"),
            ),
            Wrong::SkippedHour => (
                "is in the hour that clocks skip in the mapping's timezone; write it with its offset, as 2026-03-08T02:30:00-05:00".into(),
                "매핑의 시간대에서 서머타임으로 건너뛴 시각이에요. 2026-03-08T02:30:00-05:00처럼 시차를 함께 적어 주세요".into(),
            ),
            Wrong::OtherWeekday => (
                "is a day of another weekday: one of the two is wrong; write the right one, or the date alone".into(),
                "날짜와 요일이 맞지 않아요. 맞는 쪽으로 고치거나 요일을 지워 주세요".into(),
            ),
            Wrong::TooFine => (
                "has more than six decimals of a second, of which six are kept; take the rest away, or say in the mapping: fraction = \"cut\"".into(),
                "초의 소수점 아래는 여섯 자리까지만 저장할 수 있어요. 나머지를 지우거나, 매핑에 fraction = \"cut\"을 적어 주세요".into(),
            ),
            Wrong::TooShort => (format!("is shorter than {min} characters"), format!("{min}자 이상이어야 해요")),
            Wrong::TooLong => (format!("is longer than {max} characters"), format!("{max}자를 넘을 수 없어요")),
            Wrong::NotDigits => (
                format!("has something else than digits; write it as {example}"),
                format!("숫자만 쓸 수 있어요. 예: {example}"),
            ),
            Wrong::NulCharacter => (
                "holds a NUL character, which no destination takes; remove it".into(),
                "저장할 수 없는 NUL 문자가 들어 있어요. 지워 주세요".into(),
            ),
        }
    }
}

impl Wrong {
    /// The word for machines.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::NotANumber => "not_a_number",
            Self::Separators => "misplaced_separator",
            Self::PointOrThousands => "point_or_thousands",
            Self::Fraction => "too_many_decimals",
            Self::Exponent => "shortened_number",
            Self::PercentSign => "percent_sign",
            Self::UnitUnknown => "unit_unknown",
            Self::UnitMissing => "unit_missing",
            Self::TooLarge => "number_too_large",
            Self::BelowMin => "below_min",
            Self::AboveMax => "above_max",
            Self::NotADate => "not_a_date",
            Self::OrderUnknown => "date_order_unknown",
            Self::NoSuchDay => "no_such_day",
            Self::NoSuchTime => "no_such_time",
            Self::BareNumber => "bare_number",
            Self::TimeMissing => "time_missing",
            Self::TimeInDate => "time_in_date",
            Self::SkippedHour => "skipped_hour",
            Self::OtherWeekday => "wrong_weekday",
            Self::TooFine => "too_fine",
            Self::NotYesNo => "not_yes_or_no",
            Self::NotAChoice => "not_a_choice",
            Self::TooShort => "too_short",
            Self::TooLong => "too_long",
            Self::NotDigits => "not_digits",
            Self::NulCharacter => "nul_character",
        }
    }
}

/// 금액이, 날짜가.
fn as_subject(word: &str) -> String {
    with_particle(word, "이", "가", "이(가)")
}

/// 금액을, 날짜를.
fn as_object(word: &str) -> String {
    with_particle(word, "을", "를", "을(를)")
}

/// A particle is chosen by whether the last syllable ends in a consonant.
fn with_particle(word: &str, after_consonant: &str, after_vowel: &str, otherwise: &str) -> String {
    // What stands in brackets behind a word is not read with it.
    let read = match word
        .strip_suffix(')')
        .and_then(|word| word.rsplit_once('('))
    {
        Some((before, _)) => before.trim_end(),
        None => word,
    };
    let particle = match read.chars().next_back() {
        Some(last @ '가'..='힣') if (last as u32 - '가' as u32).is_multiple_of(28) => {
            after_vowel
        }
        Some('가'..='힣') => after_consonant,
        // As they are read: 영, 일, 삼, 육, 칠, 팔 end in a consonant.
        Some('0' | '1' | '3' | '6' | '7' | '8') => after_consonant,
        Some('2' | '4' | '5' | '9') => after_vowel,
        Some('L' | 'M' | 'N' | 'R' | 'l' | 'm' | 'n' | 'r') => after_consonant,
        Some('A'..='Z' | 'a'..='z') => after_vowel,
        _ => otherwise,
    };
    format!("{word}{particle}")
}

/// `12 박스` where a bare number is none.
fn with_unit(rule: &NumberRule, example: String) -> String {
    match rule.units.first() {
        Some(unit) if Numbers::of(rule, false).parse("1") == Err(Wrong::UnitMissing) => {
            format!("12 {}", unit.word)
        }
        _ => example,
    }
}

fn listed(choices: &[Choice]) -> String {
    let words: Vec<&str> = choices
        .iter()
        .map(|choice| choice.words.first().unwrap_or(&choice.value).as_str())
        .take(LISTED_MAX)
        .collect();
    let more = if choices.len() > LISTED_MAX {
        ", …"
    } else {
        ""
    };
    format!("{}{more}", words.join(", "))
}

fn yes_no(rule: &BooleanRule) -> String {
    let first =
        |words: &[String], usual: &str| words.first().map_or(usual.to_owned(), Clone::clone);
    format!("{}, {}", first(&rule.yes, "예"), first(&rule.no, "아니오"))
}

fn bounds(rule: &ColumnRule) -> (String, String) {
    let said = |bound: Option<String>| bound.unwrap_or_default();
    match &rule.values {
        Values::Text(text) => (
            said(text.length_min.map(|length| length.to_string())),
            said(text.length_max.map(|length| length.to_string())),
        ),
        Values::Integer(number) | Values::Decimal(number) | Values::Money(number) => {
            let spelled = |value| crate::check::mapping::spelled_number(value, number.scale);
            (said(number.min.map(spelled)), said(number.max.map(spelled)))
        }
        Values::Boolean(_) => (String::new(), String::new()),
        Values::Date(date) | Values::Timestamp(date) => {
            let spelled = crate::check::mapping::spelled_day;
            (said(date.min.map(spelled)), said(date.max.map(spelled)))
        }
    }
}
