//! Numbers and money.

use crate::check::mapping::{NumberRule, Percent, Unit, UnitFactor, unit};
use crate::check::spelling::{Wrong, is_space, narrow, trimmed};

/// How the numbers of one column are spelled.
#[derive(Clone, Debug)]
pub(crate) struct Numbers {
    scale: u8,
    units: Vec<Unit>,
    /// Whether a bare number is none: no unit counts one.
    is_unit_needed: bool,
    percent: Option<Percent>,
    /// Whether 천, 만, 억 may follow: amounts are written so, counts seldom, and 만 could be part of a unit.
    has_multipliers: bool,
    min: i64,
    max: i64,
}

/// What may stand beside an amount of won. CP949 has the won sign where ASCII has the backslash, and many files came through both.
const WON: [&str; 7] = ["원", "₩", "￦", "\\", "KRW", "won", "원정"];

const MULTIPLIERS: [(&str, i128); 6] = [
    ("백만", 1_000_000),
    ("천만", 10_000_000),
    ("십만", 100_000),
    ("천", 1_000),
    ("만", 10_000),
    ("억", 100_000_000),
];

impl Numbers {
    pub(crate) fn of(rule: &NumberRule, is_money: bool) -> Self {
        let mut units = rule.units.clone();
        if is_money {
            units.extend(WON.map(Unit::one));
        }
        let is_unit_needed =
            !units.is_empty() && units.iter().all(|unit| unit.factor != UnitFactor::ONE);
        // The longest first, so that 원정 is not read as 원 and a rest.
        units.sort_by_key(|unit| std::cmp::Reverse(unit.word.len()));
        Self {
            scale: rule.scale,
            units,
            is_unit_needed,
            percent: rule.percent,
            has_multipliers: is_money,
            min: rule.min.unwrap_or(i64::MIN),
            max: rule.max.unwrap_or(i64::MAX),
        }
    }

    /// The number in units of 10^-scale.
    pub(crate) fn parse(&self, text: &str) -> Result<i64, Wrong> {
        let number = match plain(text.as_bytes(), self.scale) {
            Some(number) if !self.is_unit_needed => number,
            _ => self.parse_dressed(trimmed(text))?,
        };
        if number < self.min {
            return Err(Wrong::BelowMin);
        }
        if number > self.max {
            return Err(Wrong::AboveMax);
        }
        Ok(number)
    }

    fn parse_dressed(&self, text: &str) -> Result<i64, Wrong> {
        let (text, is_in_brackets) = match in_brackets(text) {
            Some(inner) => (inner, true),
            None => (text, false),
        };
        let (text, is_minus, front_unit) = self.undress_front(text);
        // ₩(1,000), (1,000)원, 1,000- and 1,000원-, as programs for bookkeeping write it.
        let (text, is_inner) = match in_brackets(text) {
            Some(inner) => (inner, true),
            None => (text, false),
        };
        let (text, is_last) = minus_behind(text);
        let (text, dress) = self.undress_back(text)?;
        let (text, is_behind) = match in_brackets(text) {
            Some(inner) => (inner, true),
            None => minus_behind(text),
        };
        let minuses = [is_in_brackets, is_minus, is_inner, is_last, is_behind];
        if minuses.into_iter().filter(|is| *is).count() > 1 {
            return Err(Wrong::NotANumber);
        }
        let is_minus = minuses.contains(&true);
        let digits = Digits::read(text).map_err(|wrong| match wrong {
            Wrong::NotANumber if has_unit_behind(text) => Wrong::UnitUnknown,
            wrong => wrong,
        })?;
        if self.has_multipliers && dress.times == 1 && digits.may_be_thousands() {
            return Err(Wrong::PointOrThousands);
        }
        let unit = match (front_unit, dress.unit) {
            (Some(front), Some(back)) if front != back => return Err(Wrong::NotANumber),
            (front, back) => front.or(back),
        };
        // Nothing is nothing in every unit.
        if unit.is_none() && self.is_unit_needed && digits.number != 0 {
            return Err(Wrong::UnitMissing);
        }
        let magnitude = digits.scaled(self.scale, Dress { unit, ..dress })?;
        let signed = match is_minus {
            true => -magnitude,
            false => magnitude,
        };
        i64::try_from(signed).map_err(|_| Wrong::TooLarge)
    }

    /// Takes away a sign and a unit before the number, in either order.
    fn undress_front<'t>(&self, text: &'t str) -> (&'t str, bool, Option<UnitFactor>) {
        let mut rest = text;
        let mut is_signed = false;
        let mut is_minus = false;
        let mut found = None;
        loop {
            rest = rest.trim_start_matches(is_space);
            let first = rest.chars().next();
            match first.map(narrow) {
                Some(sign @ ('-' | '+')) if !is_signed => {
                    (is_signed, is_minus) = (true, sign == '-');
                    rest = &rest[first.map_or(0, char::len_utf8)..];
                    continue;
                }
                _ => {}
            }
            let unit = self.units.iter().find_map(|unit| {
                without_prefix(rest, &unit.word).map(|after| (after, unit.factor))
            });
            match unit {
                Some((after, factor)) if found.is_none() => {
                    found = Some(factor);
                    rest = after;
                }
                _ => return (rest, is_minus, found),
            }
        }
    }

    /// Takes away a unit, a percent sign and 천, 만, 억 behind the number.
    fn undress_back<'t>(&self, text: &'t str) -> Result<(&'t str, Dress), Wrong> {
        let mut rest = text.trim_end_matches(is_space);
        let mut dress = Dress {
            times: 1,
            decimals: 0,
            unit: None,
        };
        let unit = self
            .units
            .iter()
            .find_map(|unit| without_suffix(rest, &unit.word).map(|before| (before, unit.factor)));
        if let Some((before, factor)) = unit {
            dress.unit = Some(factor);
            rest = before.trim_end_matches(is_space);
        }
        if let Some(before) = rest.strip_suffix(['%', '％']) {
            match self.percent.ok_or(Wrong::PercentSign)? {
                Percent::Number => {}
                Percent::Fraction => dress.decimals = 2,
            }
            rest = before.trim_end_matches(is_space);
        }
        if self.has_multipliers {
            let found = MULTIPLIERS
                .iter()
                .find_map(|(word, times)| rest.strip_suffix(word).map(|before| (before, *times)));
            if let Some((before, times)) = found {
                dress.times = times;
                rest = before.trim_end_matches(is_space);
            }
        }
        Ok((rest, dress))
    }
}

/// What a number's surroundings make of it.
#[derive(Clone, Copy)]
struct Dress {
    /// 천, 만, 억.
    times: i128,
    /// Places by which it is smaller, as it is with a percent sign.
    decimals: u32,
    /// What its unit counts.
    unit: Option<UnitFactor>,
}

/// The digits of a number, and how many of them stand behind the point.
pub(crate) struct Digits {
    pub(crate) number: i128,
    /// Before the point.
    whole: u32,
    pub(crate) decimals: u32,
}

/// Digits that are read at all; 64 bits hold 19.
const DIGITS_MAX: u32 = 27;

impl Digits {
    pub(crate) fn read(text: &str) -> Result<Self, Wrong> {
        let mut digits = Self {
            number: 0,
            whole: 0,
            decimals: 0,
        };
        let mut since_comma: Option<u32> = None;
        let mut is_behind_point = false;
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            match narrow(character) {
                digit @ '0'..='9' => {
                    let digit = i128::from(digit as u32 - '0' as u32);
                    digits.push(digit, is_behind_point)?;
                    if !is_behind_point {
                        digits.whole += 1;
                        since_comma = since_comma.map(|count| count + 1);
                    }
                }
                ',' if !is_behind_point => {
                    let is_first = since_comma.is_none() && matches!(digits.whole, 1..=3);
                    if !is_first && since_comma != Some(3) {
                        return Err(Wrong::Separators);
                    }
                    since_comma = Some(0);
                }
                '.' if !is_behind_point => is_behind_point = true,
                'e' | 'E' if digits.whole > 0 && is_exponent(characters.as_str()) => {
                    return Err(Wrong::Exponent);
                }
                _ => return Err(Wrong::NotANumber),
            }
        }
        if since_comma.is_some_and(|count| count != 3) {
            return Err(Wrong::Separators);
        }
        let has_digits = digits.whole + digits.decimals > 0;
        if !has_digits || (is_behind_point && digits.decimals == 0) {
            return Err(Wrong::NotANumber);
        }
        Ok(digits)
    }

    /// 1.000 is a thousand where dots stand between thousands, and one elsewhere: of won nobody can tell.
    fn may_be_thousands(&self) -> bool {
        self.decimals == 3 && matches!(self.whole, 1..=3) && self.number >= 1_000
    }

    fn push(&mut self, digit: i128, is_behind_point: bool) -> Result<(), Wrong> {
        self.number = self.number * 10 + digit;
        self.decimals += u32::from(is_behind_point);
        if self.number >= 10_i128.pow(DIGITS_MAX) || self.decimals > DIGITS_MAX {
            return Err(Wrong::TooLarge);
        }
        Ok(())
    }

    /// The number in units of 10^-scale, when nothing is lost.
    fn scaled(&self, scale: u8, dress: Dress) -> Result<i128, Wrong> {
        if self.number == 0 {
            return Ok(0);
        }
        let unit = dress.unit.unwrap_or(UnitFactor::ONE);
        let mut number = self.number;
        let mut decimals = self.decimals + dress.decimals + unit.decimals();
        // Shortened before it is multiplied, so that trailing zeros cost no room.
        while decimals > 0 && number % 10 == 0 {
            (number, decimals) = (number / 10, decimals - 1);
        }
        let product = number
            .checked_mul(dress.times * unit.digits())
            .ok_or(Wrong::TooLarge)?;
        match u32::from(scale).checked_sub(decimals) {
            Some(places) => product
                .checked_mul(10_i128.pow(places))
                .ok_or(Wrong::TooLarge),
            None => {
                // Nothing that 128 bits hold is divided by more without a rest.
                let divisor = 10_i128.checked_pow(decimals - u32::from(scale));
                let divisor = divisor.ok_or(Wrong::Fraction)?;
                match product % divisor {
                    0 => Ok(product / divisor),
                    _ => Err(Wrong::Fraction),
                }
            }
        }
    }
}

/// Plain digits with a sign and a point at most, which is how nearly all numbers come.
fn plain(text: &[u8], scale: u8) -> Option<i64> {
    let (digits, is_minus) = match text {
        [b'-', digits @ ..] => (digits, true),
        digits => (digits, false),
    };
    // 18 digits always fit.
    if digits.is_empty() || digits.len() > 18 - usize::from(scale) {
        return None;
    }
    let mut number: i64 = 0;
    let mut decimals_left = scale;
    let mut rest = digits.iter();
    for byte in rest.by_ref() {
        match byte {
            b'0'..=b'9' => number = number * 10 + i64::from(byte - b'0'),
            b'.' if scale > 0 && digits[0] != b'.' && digits[digits.len() - 1] != b'.' => break,
            _ => return None,
        }
    }
    for byte in rest {
        if !byte.is_ascii_digit() || decimals_left == 0 {
            return None;
        }
        number = number * 10 + i64::from(byte - b'0');
        decimals_left -= 1;
    }
    number *= POWERS[usize::from(decimals_left)];
    Some(if is_minus { -number } else { number })
}

const POWERS: [i64; 19] = {
    let mut powers = [1; 19];
    let mut power = 1;
    while power < 19 {
        powers[power] = powers[power - 1] * 10;
        power += 1;
    }
    powers
};

/// Whether it is a number and a word.
fn has_unit_behind(text: &str) -> bool {
    let word = unit::word_behind(text).filter(|word| !word.is_empty());
    word.is_some_and(|word| {
        let number = &text[..text.len() - word.len()];
        Digits::read(number.trim_end_matches(is_space)).is_ok()
    })
}

fn minus_behind(text: &str) -> (&str, bool) {
    match text.strip_suffix(|last| narrow(last) == '-') {
        Some(before) => (before.trim_end_matches(is_space), true),
        None => (text, false),
    }
}

fn in_brackets(text: &str) -> Option<&str> {
    let inner = text.strip_prefix(['(', '（'])?;
    inner.strip_suffix([')', '）'])
}

fn is_exponent(rest: &str) -> bool {
    let rest = rest.strip_prefix(['+', '-']).unwrap_or(rest);
    !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit())
}

fn without_prefix<'t>(text: &'t str, unit: &str) -> Option<&'t str> {
    let (front, rest) = text.split_at_checked(unit.len())?;
    front.eq_ignore_ascii_case(unit).then_some(rest)
}

fn without_suffix<'t>(text: &'t str, unit: &str) -> Option<&'t str> {
    let (rest, back) = text.split_at_checked(text.len().checked_sub(unit.len())?)?;
    back.eq_ignore_ascii_case(unit).then_some(rest)
}
