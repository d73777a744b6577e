//! What the values of a column are, by what all samples spell.

use super::Sample;
use super::name::{sounds_like_day, sounds_like_money, sounds_like_time};
use crate::check::mapping::{
    BooleanRule, DateNumbers, DateOrder, DateRule, NumberRule, Percent, TextRule, Unit, Values,
    unit,
};

/// A type, and why.
pub(super) struct Guess {
    pub(super) values: Values,
    pub(super) why: String,
    pub(super) why_ko: String,
    /// What the column is called for its values, where its title does not say which way they are meant.
    pub(super) name: Option<&'static str>,
}

pub(super) fn guess(sample: &Sample<'_>) -> Guess {
    if sample.texts.is_empty() {
        return text("no values to judge by", "판단할 값이 없음");
    }
    let guesses: [fn(&Sample<'_>) -> Option<Guess>; 12] = [
        truth,
        free_of_tax,
        code,
        moment_number,
        day,
        moment,
        dates_in_unknown_order,
        money,
        whole,
        percent,
        counted,
        decimal,
    ];
    let found = guesses.iter().find_map(|guess| guess(sample));
    found
        .or_else(|| without_words(sample, &guesses))
        .unwrap_or_else(|| {
            text(
                "the values have no type in common",
                "값들에 공통된 형식이 없음",
            )
        })
}

/// Fewer values say too little for some of them to be mistakes.
const MOSTLY_VALUES_MIN: usize = 20;

/// One in so many values may be a mistake.
const MISTAKES_OF_ONE: usize = 20;

/// What all values are but a few that have no digit at all, which are mistakes among numbers and dates.
fn without_words(
    sample: &Sample<'_>,
    guesses: &[fn(&Sample<'_>) -> Option<Guess>],
) -> Option<Guess> {
    let has_digit = |text: &&str| text.chars().any(char::is_numeric);
    let (all, texts) = (
        sample.texts.len(),
        sample.texts.iter().copied().filter(has_digit),
    );
    let rest = Sample {
        title: sample.title,
        texts: texts.collect(),
        rows: sample.rows,
    };
    let fitting = rest.texts.len();
    if all < MOSTLY_VALUES_MIN || fitting == all || (all - fitting) * MISTAKES_OF_ONE > all {
        return None;
    }
    let found = guesses.iter().find_map(|guess| guess(&rest))?;
    let is_text = matches!(found.values, Values::Text(_));
    (!is_text).then(|| Guess {
        why: format!("{}, but for {} of {all}", found.why, all - fitting),
        why_ko: format!(
            "{} (값 {all}개 중 {}개는 아님)",
            found.why_ko,
            all - fitting
        ),
        ..found
    })
}

fn text(why: &str, why_ko: &str) -> Guess {
    of(Values::Text(TextRule::default()), why, why_ko)
}

fn of(values: Values, why: &str, why_ko: &str) -> Guess {
    Guess {
        values,
        why: why.to_owned(),
        why_ko: why_ko.to_owned(),
        name: None,
    }
}

fn fits(sample: &Sample<'_>, values: &Values) -> bool {
    sample.count_fitting(values) == sample.texts.len()
}

/// Words of yes and no. Ones and noughts alone are numbers.
fn truth(sample: &Sample<'_>) -> Option<Guess> {
    let values = Values::Boolean(BooleanRule::default());
    let has_word = sample.texts.iter().any(|text| !matches!(*text, "0" | "1"));
    (has_word && fits(sample, &values))
        .then(|| of(values, "all are words of yes and no", "모두 예/아니오"))
}

/// 면세 and 과세, under whatever title: 과세/면세 asks for neither.
fn free_of_tax(sample: &Sample<'_>) -> Option<Guess> {
    let values = Values::Boolean(BooleanRule {
        yes: ["면세", "비과세"].map(str::to_owned).to_vec(),
        no: vec!["과세".to_owned()],
        ..BooleanRule::default()
    });
    fits(sample, &values).then(|| Guess {
        name: Some("tax_free"),
        ..of(
            values,
            "words for goods with and without tax; without is yes",
            "면세와 과세. 면세가 예",
        )
    })
}

/// Digits that are no number: ones with a zero in front, or more of them than a number has. A column of digits and times of day is looked at elsewhere.
fn code(sample: &Sample<'_>) -> Option<Guess> {
    let is_digits = |text: &&str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_code = |text: &&str| (text.len() > 1 && text.starts_with('0')) || text.len() > 15;
    let is_of_codes = sample.texts.iter().all(is_digits) && sample.texts.iter().any(is_code);
    is_of_codes.then(|| {
        text(
            "digits, some with a zero in front or too many for a number",
            "앞에 0이 붙거나 너무 긴 숫자라 글자로 둠",
        )
    })
}

/// Bare numbers in a column whose name speaks of time.
fn moment_number(sample: &Sample<'_>) -> Option<Guess> {
    if !sounds_like_time(sample.title) {
        return None;
    }
    let numbers: Option<Vec<f64>> = sample.texts.iter().map(|text| text.parse().ok()).collect();
    let numbers = numbers?;
    let are_within = |from: f64, to: f64| numbers.iter().all(|number| (from..to).contains(number));
    let has_fraction = numbers.iter().any(|number| number.fract() != 0.0);
    let rule = |numbers| DateRule {
        numbers: Some(numbers),
        is_midnight_without_time: numbers == DateNumbers::Excel,
        ..DateRule::default()
    };
    // Days, seconds and milliseconds of the years 1982 to 2100.
    if are_within(30_000.0, 73_415.0) {
        let rule = rule(DateNumbers::Excel);
        let values = match has_fraction {
            true => Values::Timestamp(rule),
            false => Values::Date(DateRule {
                is_midnight_without_time: false,
                ..rule
            }),
        };
        return Some(of(
            values,
            "numbers as Excel counts days",
            "엑셀의 날짜 숫자",
        ));
    }
    if are_within(378_691_200.0, 4_102_444_800.0) {
        let values = Values::Timestamp(rule(DateNumbers::Seconds));
        return Some(of(
            values,
            "numbers that are seconds since 1970",
            "1970년부터 센 초",
        ));
    }
    are_within(378_691_200_000.0, 4_102_444_800_000.0).then(|| {
        let values = Values::Timestamp(rule(DateNumbers::Milliseconds));
        of(
            values,
            "numbers that are milliseconds since 1970",
            "1970년부터 센 밀리초",
        )
    })
}

/// Eight digits are a day only where the name says so.
fn day(sample: &Sample<'_>) -> Option<Guess> {
    let has_mark = sample
        .texts
        .iter()
        .any(|text| text.bytes().any(|byte| !byte.is_ascii_digit()));
    let is_said = || sounds_like_day(sample.title) && are_eight_digits_of_days(sample);
    if !(has_mark || is_said()) {
        return None;
    }
    let values = Values::Date(DateRule::default());
    fits(sample, &values).then(|| of(values, "all are dates", "모두 날짜"))
}

/// 20261122 of years that people write about.
fn are_eight_digits_of_days(sample: &Sample<'_>) -> bool {
    let is_of_our_time = |text: &&str| {
        let year = text.get(..4).and_then(|year| year.parse::<u16>().ok());
        text.len() == 8 && year.is_some_and(|year| (1900..=2100).contains(&year))
    };
    sample.texts.iter().all(is_of_our_time) && fits(sample, &Values::Date(DateRule::default()))
}

fn moment(sample: &Sample<'_>) -> Option<Guess> {
    let has_mark = sample
        .texts
        .iter()
        .any(|text| text.bytes().any(|byte| !byte.is_ascii_digit()));
    if !has_mark && !sounds_like_time(sample.title) {
        return None;
    }
    let rule = DateRule {
        is_midnight_without_time: true,
        ..DateRule::default()
    };
    let values = Values::Timestamp(rule.clone());
    if fits(sample, &values) {
        return Some(of(values, "all are dates with times", "모두 날짜와 시각"));
    }
    let values = Values::Timestamp(DateRule {
        is_fraction_cut: true,
        ..rule
    });
    fits(sample, &values).then(|| {
        of(
            values,
            "all are dates with times; what is finer than a millionth of a second is cut off",
            "모두 날짜와 시각. 백만분의 1초보다 작은 부분은 버림",
        )
    })
}

/// 01/02/2026: the order is told by days above 12, if there are any.
fn dates_in_unknown_order(sample: &Sample<'_>) -> Option<Guess> {
    let values = |order| {
        let rule = DateRule {
            order: Some(order),
            is_midnight_without_time: true,
            ..DateRule::default()
        };
        [
            Values::Date(DateRule {
                is_midnight_without_time: false,
                ..rule.clone()
            }),
            Values::Timestamp(rule),
        ]
    };
    let orders = [
        DateOrder::YearMonthDay,
        DateOrder::DayMonthYear,
        DateOrder::MonthDayYear,
    ];
    // 20261122 has one order.
    let needs_no_order = [
        Values::Date(DateRule::default()),
        Values::Timestamp(DateRule::default()),
    ];
    if needs_no_order.iter().any(|values| fits(sample, values)) {
        return None;
    }
    let mut fitting = orders.into_iter().filter_map(|order| {
        values(order)
            .into_iter()
            .find(|values| fits(sample, values))
    });
    let values = fitting.next()?;
    Some(match fitting.next() {
        None => of(
            values,
            "dates that can be read in one order only",
            "한 가지 순서로만 읽히는 날짜",
        ),
        Some(_) => text(
            "dates whose order nothing tells; if you know it, write type = \"date\" and order = \"day-month-year\" or another",
            "순서를 알 수 없는 날짜. 알면 type = \"date\"와 order = \"day-month-year\" 등을 적으세요",
        ),
    })
}

fn money(sample: &Sample<'_>) -> Option<Guess> {
    let values = Values::Money(NumberRule::default());
    let has_sign = sample
        .texts
        .iter()
        .any(|text| text.contains(['원', '₩', '￦', '\\']));
    if !fits(sample, &values) {
        return None;
    }
    if has_sign {
        return Some(of(values, "amounts with 원 or ₩", "원이나 ₩가 붙은 금액"));
    }
    sounds_like_money(sample.title).then(|| {
        of(
            values,
            "whole numbers under a name of money",
            "금액 이름의 정수",
        )
    })
}

fn whole(sample: &Sample<'_>) -> Option<Guess> {
    let values = Values::Integer(NumberRule::default());
    // 3.0 is how programs write a whole number that they hold as another; 3.00 has its decimals for a reason.
    let has_decimals = sample.texts.iter().all(|text| decimals_of(text) >= 2);
    let is_whole = !has_decimals && fits(sample, &values);
    is_whole.then(|| match are_eight_digits_of_days(sample) {
        true => of(
            values,
            "all are whole numbers, and could be days: if they are, write type = \"date\"",
            "모두 정수이지만 날짜일 수도 있음. 날짜면 type = \"date\"로 바꾸세요",
        ),
        false => of(values, "all are whole numbers", "모두 정수"),
    })
}

fn percent(sample: &Sample<'_>) -> Option<Guess> {
    let has_sign = sample.texts.iter().any(|text| text.ends_with(['%', '％']));
    let rule = NumberRule {
        percent: Some(Percent::Number),
        ..NumberRule::default()
    };
    let found = has_sign.then(|| with_scale(sample, rule))??;
    Some(of(
        Values::Decimal(found),
        "per cent; 12.5% becomes 12.5",
        "백분율. 12.5%는 12.5가 됨",
    ))
}

/// `12개`, `1.25kg`: a word behind each number.
fn counted(sample: &Sample<'_>) -> Option<Guess> {
    let words = words_behind(sample)?;
    let listed = words.join(", ");
    let differing = unit::differing(&words);
    let is_known_whole = differing.len() == words.len();
    let units: Vec<Unit> = match &words[..] {
        [one] => vec![Unit::one(one)],
        several if unit::are_of_one_size(several) => {
            several.iter().map(|word| Unit::one(word)).collect()
        }
        _ => {
            let sized = differing.iter().map(|(word, factor)| {
                let word = (*word).to_owned();
                factor.map(|factor| Unit { word, factor })
            });
            match sized.collect::<Option<Vec<Unit>>>() {
                Some(units) if is_known_whole => units,
                _ => return Some(of_open_sizes(&words)),
            }
        }
    };
    let is_bare = |text: &&str| unit::word_behind(text).is_some_and(str::is_empty);
    let counts_in = differing.first().filter(|_| is_known_whole);
    if counts_in.is_some() && sample.texts.iter().any(is_bare) {
        return Some(of_open_sizes(&words));
    }
    let rule = NumberRule {
        units,
        ..NumberRule::default()
    };
    let values = Values::Integer(rule.clone());
    let values = match fits(sample, &values) {
        true => values,
        false => Values::Decimal(with_scale(sample, rule)?),
    };
    Some(match counts_in {
        None => of(
            values,
            &format!("numbers with {listed} behind"),
            &format!("{listed} 단위의 수"),
        ),
        Some((smallest, _)) => of(
            values,
            &format!("numbers with {listed} behind, counted in {smallest}"),
            &format!("{listed} 단위의 수. {smallest} 단위로 셈"),
        ),
    })
}

/// Units of one column: more are words of a text.
const UNITS_MAX: usize = 8;

/// The different words behind the numbers, if all values are numbers and some have one.
fn words_behind<'s>(sample: &Sample<'s>) -> Option<Vec<&'s str>> {
    let mut words: Vec<&str> = Vec::new();
    for text in &sample.texts {
        let word = unit::word_behind(text)?;
        let is_new = !words.iter().any(|known| known.eq_ignore_ascii_case(word));
        if !word.is_empty() && is_new {
            words.push(word);
        }
    }
    (1..=UNITS_MAX).contains(&words.len()).then_some(words)
}

/// 3박스 beside 30개: how many are in a box no file says.
fn of_open_sizes(words: &[&str]) -> Guess {
    let units = words.iter().map(|word| (*word, None));
    let example = format!("units = {}", unit::table(units));
    text(
        &format!(
            "numbers in units of different size; to count them, write a type of number and how much each unit is: {example}"
        ),
        &format!("크기가 다른 단위의 수. 수로 세려면 형식과 단위마다의 크기를 적으세요: {example}"),
    )
}

fn decimal(sample: &Sample<'_>) -> Option<Guess> {
    let rule = with_scale(sample, NumberRule::default())?;
    let (why, why_ko) = (
        format!("numbers with up to {} decimals", rule.scale),
        format!("소수점 아래 {}자리까지의 수", rule.scale),
    );
    Some(of(Values::Decimal(rule), &why, &why_ko))
}

/// The rule with as many decimals as the samples are written with: behind 2.50 and 3.00 a 2.55 may come.
fn with_scale(sample: &Sample<'_>, rule: NumberRule) -> Option<NumberRule> {
    let scales = (written_scale(sample)..=SCALE_MAX).map(|scale| NumberRule {
        scale,
        ..rule.clone()
    });
    scales
        .into_iter()
        .find(|rule| fits(sample, &Values::Decimal(rule.clone())))
}

/// The most decimals of a mapping.
const SCALE_MAX: u8 = 9;

/// The most digits that a sample has behind its point, as far as a mapping can say it.
fn written_scale(sample: &Sample<'_>) -> u8 {
    let digits = sample.texts.iter().map(|text| decimals_of(text)).max();
    let digits = u8::try_from(digits.unwrap_or_default());
    digits.map_or(SCALE_MAX, |digits| digits.min(SCALE_MAX))
}

fn decimals_of(text: &str) -> usize {
    let behind = text.rsplit_once('.').map_or("", |(_, behind)| behind);
    behind.bytes().take_while(u8::is_ascii_digit).count()
}
