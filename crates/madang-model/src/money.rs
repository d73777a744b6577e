//! Money as whole minor units with a currency, checked at every step.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The most that one amount may be, in minor units: far above any bill, far below overflow when summed.
pub const MINOR_UNITS_MAX: i64 = 1_000_000_000_000;

/// A currency and with it the number of decimals that its minor unit stands for.
///
/// 4,500 minor units are ₩4,500 in KRW and ¥4,500 in JPY (no decimals), $45.00 in USD (two), 4.500 KWD (three).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Currency {
    /// Korean won, no decimals.
    #[default]
    KRW,
    /// Japanese yen, no decimals.
    JPY,
    /// United States dollar, two decimals.
    USD,
    /// Kuwaiti dinar, three decimals.
    KWD,
}

/// An amount of money: whole minor units of one currency, between −10^12 and 10^12.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct Money {
    minor_units: i64,
    currency: Currency,
}

/// Why an amount could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The amount passes [`MINOR_UNITS_MAX`] in either direction.
    #[error("the amount passes {MINOR_UNITS_MAX} minor units")]
    TooLarge,
    /// Two currencies met in one sum.
    #[error("{left:?} and {right:?} cannot be added up")]
    OtherCurrency {
        /// The currency of the first amount.
        left: Currency,
        /// The currency of the second.
        right: Currency,
    },
}

impl Money {
    /// An amount in minor units.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`] past ±10^12.
    pub fn new(minor_units: i64, currency: Currency) -> Result<Self, MoneyError> {
        if minor_units.unsigned_abs() > MINOR_UNITS_MAX as u64 {
            return Err(MoneyError::TooLarge);
        }
        Ok(Self {
            minor_units,
            currency,
        })
    }

    /// Nothing, in `currency`.
    pub const fn zero(currency: Currency) -> Self {
        Self {
            minor_units: 0,
            currency,
        }
    }

    /// Whole minor units: won for KRW, cents for USD.
    pub const fn minor_units(self) -> i64 {
        self.minor_units
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// True for an amount above nothing.
    pub const fn is_positive(self) -> bool {
        self.minor_units > 0
    }

    /// True for an amount below nothing.
    pub const fn is_negative(self) -> bool {
        self.minor_units < 0
    }

    /// True for nothing.
    pub const fn is_zero(self) -> bool {
        self.minor_units == 0
    }

    /// The sum.
    ///
    /// # Errors
    /// Another currency, or a sum past the limit.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        Self::new(self.minor_units + other.minor_units, self.currency)
    }

    /// The difference.
    ///
    /// # Errors
    /// Another currency, or a difference past the limit.
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        Self::new(self.minor_units - other.minor_units, self.currency)
    }

    /// The amount `count` times.
    ///
    /// # Errors
    /// A product past the limit.
    pub fn times(self, count: u32) -> Result<Self, MoneyError> {
        let product = self
            .minor_units
            .checked_mul(i64::from(count))
            .ok_or(MoneyError::TooLarge)?;
        Self::new(product, self.currency)
    }

    /// `self × part / whole`, to the nearest minor unit, halves away from nothing. `whole` must be above 0.
    pub fn share(self, part: i64, whole: i64) -> Self {
        debug_assert!(whole > 0, "a share of nothing");
        let product = i128::from(self.minor_units) * i128::from(part);
        let minor_units = round_half_away(product, i128::from(whole.max(1)));
        // |part| ≤ whole wherever money is shared, so the share is within the amount it is taken from.
        Self {
            minor_units: minor_units as i64,
            currency: self.currency,
        }
    }

    /// The smaller of two amounts of one currency.
    pub fn min(self, other: Self) -> Self {
        if other.minor_units < self.minor_units {
            other
        } else {
            self
        }
    }

    /// The sum of many amounts of `currency`.
    ///
    /// # Errors
    /// Another currency among them, or a sum past the limit.
    pub fn sum(
        currency: Currency,
        amounts: impl IntoIterator<Item = Self>,
    ) -> Result<Self, MoneyError> {
        amounts
            .into_iter()
            .try_fold(Self::zero(currency), Self::plus)
    }

    /// The amount as people in Korea write it on paper: `27,940`, with a minus sign (U+2212) below nothing.
    pub fn grouped(self) -> String {
        let digits = self.minor_units.unsigned_abs().to_string();
        let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
        if self.is_negative() {
            text.push('\u{2212}');
        }
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                text.push(',');
            }
            text.push(digit);
        }
        text
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            return Ok(());
        }
        Err(MoneyError::OtherCurrency {
            left: self.currency,
            right: other.currency,
        })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.minor_units, self.currency)
    }
}

/// Won, for the many places and tests that speak of nothing else.
///
/// # Errors
/// [`MoneyError::TooLarge`] past ±10^12.
pub fn won(amount: i64) -> Result<Money, MoneyError> {
    Money::new(amount, Currency::KRW)
}

/// Shares `total` out over `weights` so that the parts add up to it exactly: every part gets its floor, and the units left
/// go to the largest remainders, the earlier one first among equals. All-zero weights leave everything with the first.
pub fn share_by_largest_remainder(total: i64, weights: &[i64]) -> Vec<i64> {
    let whole: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
    if whole == 0 {
        return weights
            .iter()
            .enumerate()
            .map(|(index, _)| if index == 0 { total } else { 0 })
            .collect();
    }
    let exact = |weight: &i64| i128::from(total) * i128::from(*weight);
    let mut parts: Vec<i64> = weights
        .iter()
        .map(|weight| exact(weight).div_euclid(whole) as i64)
        .collect();
    let mut left = total - parts.iter().sum::<i64>();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|index| (-exact(&weights[*index]).rem_euclid(whole), *index));
    for index in order {
        if left == 0 {
            break;
        }
        parts[index] += 1;
        left -= 1;
    }
    parts
}

fn round_half_away(product: i128, whole: i128) -> i128 {
    let (quotient, rest) = (product / whole, product % whole);
    if rest.abs() * 2 >= whole {
        quotient + product.signum()
    } else {
        quotient
    }
}

#[derive(Deserialize)]
struct Written {
    minor_units: i64,
    currency: Currency,
}

impl TryFrom<Written> for Money {
    type Error = MoneyError;
    fn try_from(written: Written) -> Result<Self, MoneyError> {
        Self::new(written.minor_units, written.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn shares_round_halves_away_from_nothing() {
        let check = |amount, part, whole, expected| {
            assert_eq!(
                won(amount).unwrap().share(part, whole).minor_units(),
                expected
            )
        };
        check(11_000, 1, 11, 1_000);
        check(5, 1, 2, 3);
        check(-5, 1, 2, -3);
        check(10, 1, 3, 3);
        check(20, 1, 3, 7);
    }

    #[test]
    fn amounts_are_grouped_as_on_paper() {
        let check = |amount, expected: &str| assert_eq!(won(amount).unwrap().grouped(), expected);
        check(0, "0");
        check(999, "999");
        check(27_940, "27,940");
        check(1_000_000, "1,000,000");
        check(-760, "−760");
    }

    #[test]
    fn overflow_and_mixed_currencies_are_refused() {
        assert_eq!(won(MINOR_UNITS_MAX + 1), Err(MoneyError::TooLarge));
        assert_eq!(won(i64::MIN), Err(MoneyError::TooLarge));
        assert_eq!(
            won(MINOR_UNITS_MAX).unwrap().times(u32::MAX),
            Err(MoneyError::TooLarge)
        );
        assert!(won(1).unwrap().plus(Money::zero(Currency::USD)).is_err());
        assert!(
            serde_json::from_str::<Money>(r#"{"minor_units":9000000000000000,"currency":"KRW"}"#)
                .is_err()
        );
    }

    proptest! {
        #[test]
        fn largest_remainder_gives_everything_away(total in -1_000_000i64..1_000_000, weights in prop::collection::vec(0i64..1_000_000, 1..8)) {
            let parts = share_by_largest_remainder(total, &weights);
            prop_assert_eq!(parts.iter().sum::<i64>(), total);
            for (part, weight) in parts.iter().zip(&weights) {
                let whole: i64 = weights.iter().sum();
                if whole > 0 {
                    let exact = total as f64 * *weight as f64 / whole as f64;
                    prop_assert!((*part as f64 - exact).abs() <= 1.0 + 1e-6);
                }
            }
        }
    }
}
