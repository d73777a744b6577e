//! Value added tax. `docs/money.md` states the rules with worked rows; those rows are this module's test.
//!
//! Prices include the tax. Of a taxable amount T the tax is T/11 to the nearest minor unit and the supply is T − tax. A payment
//! takes its share of what is not yet paid, in proportion, so that the last one takes exactly what is left.

use serde::{Deserialize, Serialize};

use crate::Money;

/// The tax inside an amount that includes it: a tenth of the supply, so an eleventh of the whole.
pub fn included_in(taxable: Money) -> Money {
    taxable.share(1, 11)
}

/// An amount in its parts: `amount = taxable + tax_free`, `taxable = supply + tax`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parts {
    /// The whole.
    pub amount: Money,
    /// The part that carries tax, tax included.
    pub taxable: Money,
    /// The part that carries none.
    pub tax_free: Money,
    /// The tax.
    pub tax: Money,
}

impl Parts {
    /// The taxable part without its tax.
    pub fn supply(&self) -> Money {
        // tax ≤ taxable by construction, so this cannot leave the bounds of `Money`.
        self.taxable.minus(self.tax).unwrap_or(self.taxable)
    }

    /// True when no part is below nothing and the tax is within the taxable part: what a payment can be given of.
    pub fn is_whole(&self) -> bool {
        let parts = [self.taxable, self.tax_free, self.tax, self.supply()];
        !parts.into_iter().any(Money::is_negative)
    }

    /// The share of `amount` in what is `unpaid`. All of it when `amount` is all that is left.
    pub fn share_of(unpaid: &Self, amount: Money) -> Self {
        let whole = unpaid.amount.minor_units();
        if whole <= 0 {
            let zero = Money::zero(amount.currency());
            return Self {
                amount,
                taxable: zero,
                tax_free: amount,
                tax: zero,
            };
        }
        let taxable = unpaid.taxable.share(amount.minor_units(), whole);
        let tax = match unpaid.taxable.minor_units() {
            0 => Money::zero(amount.currency()),
            all => unpaid.tax.share(taxable.minor_units(), all),
        };
        Self {
            amount,
            taxable,
            tax_free: amount.minus(taxable).unwrap_or(amount),
            tax,
        }
    }
}
