//! The cart, and what the screen asks of it.

use jiff::Timestamp;
use madang_model::cart::Cart;
use madang_model::line::{self, ChosenChoice, Line, Off, Totals};
use madang_model::{ChoiceId, Currency, Money, Refusal};
use madang_till::HeldCart;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Text;
use super::shop::PriceKind;

/// The cart of this till, with everything it comes to.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct CartView {
    /// Its id; a new cart begins when this one is cleared or becomes an order.
    pub id: String,
    /// Its lines, oldest first.
    pub lines: Vec<LineView>,
    /// Taken off the whole.
    pub discounts: Vec<DiscountView>,
    /// Where it will be eaten.
    pub dining: Dining,
    /// A word for the whole order; empty when there is none.
    pub memo: String,
    /// What it comes to.
    pub totals: TotalsView,
}

/// A cart that was put aside until its guest is back.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct HeldCartView {
    /// When it was put aside.
    pub held_at: Timestamp,
    /// As it was.
    pub cart: CartView,
}

impl HeldCartView {
    /// A held cart.
    ///
    /// # Errors
    /// As [`CartView::of`].
    pub fn of(held: &HeldCart) -> Result<Self, Refusal> {
        Ok(Self {
            held_at: held.held_at,
            cart: CartView::of(&held.cart)?,
        })
    }

    /// All of them, in their order.
    ///
    /// # Errors
    /// As [`CartView::of`].
    pub fn all(held: &[HeldCart]) -> Result<Vec<Self>, Refusal> {
        held.iter().map(Self::of).collect()
    }
}

/// One line of a cart or an order.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct LineView {
    /// Names the line within its cart or order.
    pub key: String,
    /// The item's id; a plugin may sell something that is not on the menu.
    pub item_id: u64,
    /// Its name.
    pub title: Text,
    /// Its category's id.
    pub category_id: u64,
    /// How its price is found.
    pub price_kind: PriceKind,
    /// Free of value added tax.
    pub tax_free: bool,
    /// What was chosen with it.
    pub choices: Vec<LineChoiceView>,
    /// How many.
    pub quantity: u32,
    /// The price of one with its choices.
    pub unit_amount: i64,
    /// The price of the line before discounts.
    pub list_amount: i64,
    /// What its own discounts take off.
    pub discount_amount: i64,
    /// What it comes to after its own discounts.
    pub charge_amount: i64,
    /// Taken off this line.
    pub discounts: Vec<DiscountView>,
    /// A word for the kitchen; empty when there is none.
    pub memo: String,
    /// Where it will be eaten.
    pub dining: Dining,
    /// What staff may not change on it.
    pub fixed: FixedView,
    /// The plugin that put it here.
    pub plugin: Option<String>,
}

/// What staff may not change on a line that a plugin added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[allow(missing_docs, reason = "the names say it")]
pub struct FixedView {
    pub memo: bool,
    pub choices: bool,
    pub quantity: bool,
}

/// A choice of a line.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct LineChoiceView {
    /// The choice's id.
    pub id: u64,
    /// The option group it answers, when it is one of the menu's.
    pub option_id: Option<u64>,
    /// Its name.
    pub title: Text,
    /// What it adds to the price of one.
    pub amount: i64,
    /// How often.
    pub quantity: u32,
}

/// A discount.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct DiscountView {
    /// Its name on the receipt.
    pub title: Text,
    /// The amount it takes off, when it is an amount or was ordered: a part then covers what was ordered with it.
    pub amount: Option<i64>,
    /// The part it takes off in hundredths of a percent, when it is a part.
    pub basis_points: Option<u32>,
    /// The plugin that gave it.
    pub plugin: Option<String>,
}

/// Where it will be eaten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Dining {
    Here,
    Togo,
    Delivery,
    Pickup,
}

/// What lines and discounts come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TotalsView {
    /// The sum of the lines before any discount.
    pub list: i64,
    /// All discounts, as an amount above nothing.
    pub discount: i64,
    /// What is charged.
    pub charge: i64,
    /// The part of the charge that carries tax.
    pub taxable: i64,
    /// The part that does not.
    pub tax_free: i64,
    /// The tax within the taxable part.
    pub tax: i64,
    /// The taxable part without its tax.
    pub supply: i64,
}

/// An item put into the cart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddLine {
    /// Which item.
    pub item: u64,
    /// How many; one when left out.
    #[serde(default = "one")]
    #[schema(default = 1, minimum = 1)]
    pub quantity: u64,
    /// What is chosen; the defaults of its option groups when left out.
    #[serde(default)]
    pub choices: Option<Vec<Chosen>>,
}

/// A choice as it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Chosen {
    /// Which.
    pub id: u64,
    /// How often; once when left out.
    #[serde(default = "once")]
    #[schema(default = 1, minimum = 1)]
    pub quantity: u32,
}

/// A change of one line; exactly one of the three.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeLine {
    /// The new quantity.
    #[serde(default)]
    #[schema(minimum = 1)]
    pub quantity: Option<u64>,
    /// The new memo; empty takes it away.
    #[serde(default)]
    pub memo: Option<String>,
    /// The new choices.
    #[serde(default)]
    pub choices: Option<Vec<Chosen>>,
}

/// A discount given by staff; either an amount or a part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddDiscount {
    /// Its name on the receipt; “할인” when left out.
    #[serde(default)]
    pub title: Option<Text>,
    /// The amount to take off, in minor units.
    #[serde(default)]
    #[schema(minimum = 1)]
    pub amount: Option<i64>,
    /// The part to take off in hundredths of a percent: 1,000 is 10 %.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 10000)]
    pub basis_points: Option<u32>,
}

/// Where the whole cart will be eaten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetDining {
    /// Where.
    pub dining: Dining,
}

/// A word for the whole order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetMemo {
    /// The word; empty takes it away.
    pub memo: String,
}

impl CartView {
    /// The cart as the screen sees it.
    ///
    /// # Errors
    /// As [`Cart::totals`]; a cart made by the till always has totals.
    pub fn of(cart: &Cart) -> Result<Self, Refusal> {
        Ok(Self {
            id: cart.id.to_string(),
            lines: cart
                .lines
                .iter()
                .map(LineView::of)
                .collect::<Result<_, _>>()?,
            discounts: cart.discounts.iter().map(DiscountView::of).collect(),
            dining: cart.dining.into(),
            memo: cart.memo.clone(),
            totals: (&cart.totals()?).into(),
        })
    }
}

impl LineView {
    /// A line as the screen sees it.
    ///
    /// # Errors
    /// As [`Line::charge_amount`].
    pub fn of(line: &Line) -> Result<Self, Refusal> {
        Ok(Self {
            key: line.key.to_string(),
            item_id: line.item.id.0,
            title: (&line.item.title).into(),
            category_id: line.item.category.0,
            price_kind: line.item.price_kind.into(),
            tax_free: line.item.tax_free,
            choices: line.choices.iter().map(LineChoiceView::of).collect(),
            quantity: line.quantity,
            unit_amount: line.unit_amount()?.minor_units(),
            list_amount: line.list_amount()?.minor_units(),
            discount_amount: line.discount_amount()?.minor_units(),
            charge_amount: line.charge_amount()?.minor_units(),
            discounts: line.discounts.iter().map(DiscountView::of).collect(),
            memo: line.memo.clone(),
            dining: line.dining.into(),
            fixed: FixedView {
                memo: line.fixed.memo,
                choices: line.fixed.choices,
                quantity: line.fixed.quantity,
            },
            plugin: line.plugin.clone(),
        })
    }
}

impl LineChoiceView {
    fn of(choice: &line::LineChoice) -> Self {
        Self {
            id: choice.id.0,
            option_id: choice.option.map(|option| option.0),
            title: (&choice.title).into(),
            amount: choice.amount.minor_units(),
            quantity: choice.quantity,
        }
    }
}

impl DiscountView {
    /// A discount as the screen sees it.
    pub fn of(discount: &line::Discount) -> Self {
        let (amount, basis_points) = match discount.off {
            Off::Amount(amount) => (Some(amount.minor_units()), None),
            Off::BasisPoints(part) => (None, Some(part)),
            Off::OrderedPart {
                basis_points,
                amount,
            } => (Some(amount.minor_units()), Some(basis_points)),
        };
        Self {
            title: (&discount.title).into(),
            amount,
            basis_points,
            plugin: discount.plugin.clone(),
        }
    }
}

impl AddDiscount {
    /// The discount that is asked for, in the shop's currency.
    ///
    /// # Errors
    /// A refusal when both or neither of amount and part are given, or the amount is out of bounds.
    pub fn discount(self, currency: Currency) -> Result<line::Discount, Refusal> {
        let off = match (self.amount, self.basis_points) {
            (Some(amount), None) => Off::Amount(Money::new(amount, currency)?),
            (None, Some(part)) if part > 0 => Off::BasisPoints(part),
            _ => {
                return Err(Refusal::NotValid {
                    message: "give either `amount` or `basis_points`, above 0".into(),
                    message_ko: "할인 금액이나 할인율 가운데 하나를 0보다 크게 적어 주세요".into(),
                });
            }
        };
        Ok(line::Discount {
            title: self
                .title
                .map_or_else(|| madang_model::Text::new("할인", "Discount"), Into::into),
            off,
            plugin: None,
        })
    }
}

impl From<Chosen> for ChosenChoice {
    fn from(chosen: Chosen) -> Self {
        Self {
            id: ChoiceId(chosen.id),
            quantity: chosen.quantity,
        }
    }
}

impl From<&Totals> for TotalsView {
    fn from(totals: &Totals) -> Self {
        Self {
            list: totals.list.minor_units(),
            discount: totals.discount.minor_units(),
            charge: totals.charge.minor_units(),
            taxable: totals.taxable.minor_units(),
            tax_free: totals.tax_free.minor_units(),
            tax: totals.tax.minor_units(),
            supply: totals.supply.minor_units(),
        }
    }
}

impl From<line::Dining> for Dining {
    fn from(dining: line::Dining) -> Self {
        match dining {
            line::Dining::Here => Self::Here,
            line::Dining::Togo => Self::Togo,
            line::Dining::Delivery => Self::Delivery,
            line::Dining::Pickup => Self::Pickup,
        }
    }
}

impl From<Dining> for line::Dining {
    fn from(dining: Dining) -> Self {
        match dining {
            Dining::Here => Self::Here,
            Dining::Togo => Self::Togo,
            Dining::Delivery => Self::Delivery,
            Dining::Pickup => Self::Pickup,
        }
    }
}

fn one() -> u64 {
    1
}

fn once() -> u32 {
    1
}
