//! A cell's text made a value.

use jiff::tz::TimeZone;

use crate::batch::Value;
use crate::check::mapping::{BooleanRule, TextRule, Values};
use crate::check::spelling::date::Dates;
use crate::check::spelling::number::Numbers;
use crate::check::spelling::words::Words;
use crate::check::spelling::{Wrong, trimmed};

/// Reads the cells of one column.
#[derive(Clone, Debug)]
pub(crate) enum Speller {
    Text(TextRule),
    Choice {
        choices: Vec<String>,
        words: Words<usize>,
    },
    Number(Numbers),
    Boolean(Words<bool>),
    Day(Box<Dates>),
    Moment(Box<Dates>),
}

const YES: [&str; 13] = [
    "예", "네", "Y", "Yes", "O", "○", "◯", "true", "T", "1", "참", "on", "사용",
];
const NO: [&str; 13] = [
    "아니오",
    "아니요",
    "N",
    "No",
    "X",
    "×",
    "✕",
    "false",
    "F",
    "0",
    "거짓",
    "off",
    "미사용",
];

impl Speller {
    pub(crate) fn of(values: &Values, zone: &TimeZone) -> Self {
        match values {
            Values::Text(rule) if !rule.choices.is_empty() => Self::choices(rule),
            Values::Text(rule) => Self::Text(rule.clone()),
            Values::Integer(rule) | Values::Decimal(rule) => Self::Number(Numbers::of(rule, false)),
            Values::Money(rule) => Self::Number(Numbers::of(rule, true)),
            Values::Boolean(rule) => Self::Boolean(yes_and_no(rule, false)),
            Values::Date(rule) => Self::Day(Box::new(Dates::of(rule, zone.clone()))),
            Values::Timestamp(rule) => Self::Moment(Box::new(Dates::of(rule, zone.clone()))),
        }
    }

    /// The words of a column that is found under a title which may ask the opposite.
    pub(crate) fn turn_to(&mut self, title: &str, values: &Values) {
        if let Values::Boolean(rule) = values
            && !rule.opposite_in.is_empty()
        {
            *self = Self::Boolean(yes_and_no(rule, rule.is_opposite_in(title)));
        }
    }

    fn choices(rule: &TextRule) -> Self {
        let choices = rule
            .choices
            .iter()
            .map(|choice| choice.value.clone())
            .collect();
        let own = rule
            .choices
            .iter()
            .enumerate()
            .map(|(index, choice)| (choice.value.as_str(), index));
        let words = rule.choices.iter().enumerate();
        let words = words.flat_map(|(index, choice)| {
            choice.words.iter().map(move |word| (word.as_str(), index))
        });
        Self::Choice {
            choices,
            words: Words::new(own.chain(words)),
        }
    }

    /// The value of a text without spaces around. Texts are given back as they are, choices as the destination calls them.
    pub(crate) fn read<'v>(&'v mut self, text: &'v str) -> Result<Value<'v>, Wrong> {
        match self {
            Self::Text(rule) => read_text(rule, text).map(Value::Text),
            Self::Choice { choices, words } => {
                let choice = words.find(text).ok_or(Wrong::NotAChoice)?;
                Ok(Value::Text(&choices[choice]))
            }
            Self::Number(numbers) => numbers.parse(text).map(Value::Integer),
            Self::Boolean(words) => words.find(text).map(Value::Boolean).ok_or(Wrong::NotYesNo),
            Self::Day(dates) => dates.day(text).map(Value::Date),
            Self::Moment(dates) => dates.moment(text).map(Value::Integer),
        }
    }

    /// The same where another cell has the time of day.
    pub(crate) fn read_with_time<'v>(
        &'v mut self,
        text: &'v str,
        time: &str,
    ) -> Result<Value<'v>, Wrong> {
        match self {
            Self::Moment(dates) if !trimmed(time).is_empty() => {
                dates.moment_of_two(text, time).map(Value::Integer)
            }
            _ => self.read(text),
        }
    }
}

fn read_text<'t>(rule: &TextRule, text: &'t str) -> Result<&'t str, Wrong> {
    if rule.only_digits && !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(if is_shortened_number(text) {
            Wrong::Exponent
        } else {
            Wrong::NotDigits
        });
    }
    // A text has at most as many characters as bytes, and at least a quarter: mostly they need not be counted.
    if let Some(length_max) = rule.length_max
        && text.len() > length_max
        && text.chars().count() > length_max
    {
        return Err(Wrong::TooLong);
    }
    if let Some(length_min) = rule.length_min
        && text.chars().count() < length_min
    {
        return Err(Wrong::TooShort);
    }
    Ok(text)
}

/// `8.80123E+12`, what is left of a barcode in a spreadsheet.
pub(crate) fn is_shortened_number(text: &str) -> bool {
    let Some((number, exponent)) = text.split_once(['E', 'e']) else {
        return false;
    };
    let is_digits = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'.')
    };
    is_digits(number) && is_digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))
}

fn yes_and_no(rule: &BooleanRule, is_opposite: bool) -> Words<bool> {
    let usual = Words::new(usual_yes_and_no());
    // 면세 is what it is wherever it stands; Y answers what was asked.
    let turned = |(word, is): (&'_ str, bool)| {
        let is_turned = is_opposite && usual.find(word).is_some();
        (word.to_owned(), is != is_turned)
    };
    let words: Vec<(String, bool)> = match rule.yes.is_empty() {
        true => usual_yes_and_no().map(turned).collect(),
        false => {
            let yes = rule.yes.iter().map(|word| (word.as_str(), true));
            let no = rule.no.iter().map(|word| (word.as_str(), false));
            yes.chain(no).map(turned).collect()
        }
    };
    Words::new(words.iter().map(|(word, is)| (word.as_str(), *is)))
}

fn usual_yes_and_no() -> impl Iterator<Item = (&'static str, bool)> {
    let yes = YES.into_iter().map(|word| (word, true));
    yes.chain(NO.into_iter().map(|word| (word, false)))
}
