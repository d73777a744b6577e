//! Lines of a cart or an order, their choices and discounts, and what they come to.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::catalog::{Catalog, Choice, Item, OptionGroup, PriceKind, SaleState};
use crate::{CategoryId, ChoiceId, Currency, ItemId, LineKey, Money, OptionId, Refusal, Text};

/// The most of one thing on one line: what fits the receipt's column and a cashier's patience.
pub const QUANTITY_MAX: u32 = 9_999;
/// The most lines in a cart or an order.
pub const LINES_MAX: usize = 500;
/// The most discounts on a line, or on a cart or order.
pub const DISCOUNTS_MAX: usize = 20;
/// The most choices on a line.
pub const CHOICES_MAX: usize = 100;
/// The largest part that a discount takes off, in hundredths of a percent: all of it.
pub const BASIS_POINTS_MAX: u32 = 10_000;
/// The most characters of a memo.
pub const MEMO_LENGTH_MAX: usize = 500;
/// The most characters of a title that a plugin hands in.
pub const TITLE_LENGTH_MAX: usize = 200;

/// One line: what is wanted, how, how often, and what it comes to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Names the line within its cart or order.
    pub key: LineKey,
    /// What is wanted, as it was when it was added.
    pub item: LineItem,
    /// The answers to the item's option groups.
    #[serde(default)]
    pub choices: Vec<LineChoice>,
    /// How many, 1 to [`QUANTITY_MAX`].
    pub quantity: u32,
    /// Taken off this line.
    #[serde(default)]
    pub discounts: Vec<Discount>,
    /// A word for the kitchen; empty when there is none.
    #[serde(default)]
    pub memo: String,
    /// Where it will be eaten.
    #[serde(default)]
    pub dining: Dining,
    /// What a plugin does not let staff change.
    #[serde(default, skip_serializing_if = "Fixed::is_free")]
    pub fixed: Fixed,
    /// The plugin that put it here, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plugin: Option<String>,
}

/// An item as a line remembers it: a later change of the menu does not change an order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LineItem {
    /// The item's id; a plugin may sell something that is not on the menu.
    pub id: ItemId,
    /// Its name.
    pub title: Text,
    /// Its category's id.
    pub category: CategoryId,
    /// Its category's name.
    pub category_title: Text,
    /// What kind of thing it is.
    #[serde(default)]
    pub kind: ItemKind,
    /// The shop's own code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The name of the price.
    pub price_title: Text,
    /// How the price is found.
    #[serde(default)]
    pub price_kind: PriceKind,
    /// The shop's stock keeping unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// The price of one, VAT included, without choices.
    pub amount: Money,
    /// Free of value added tax.
    #[serde(default)]
    pub tax_free: bool,
}

/// What kind of thing a line sells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum ItemKind {
    #[default]
    Item,
    DeliveryFee,
    PrepaidCard,
    MultiUseTicket,
    Combo,
    GiftCard,
}

/// A choice as a line remembers it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LineChoice {
    /// The choice's id.
    pub id: ChoiceId,
    /// The option group it answers, when it is one of the menu's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub option: Option<OptionId>,
    /// Its name.
    pub title: Text,
    /// What it adds to the price of one.
    pub amount: Money,
    /// How often.
    pub quantity: u32,
}

/// Where it will be eaten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Dining {
    #[default]
    Here,
    Togo,
    Delivery,
    Pickup,
}

/// An amount or a part taken off.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Discount {
    /// Its name on the receipt.
    pub title: Text,
    /// How much.
    pub off: Off,
    /// The plugin that gave it, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plugin: Option<String>,
}

/// How much a discount takes off.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Off {
    /// This amount.
    Amount(Money),
    /// This part of the price in hundredths of a percent: 1,000 is 10 %.
    BasisPoints(u32),
    /// A part that was ordered: it covers what was ordered with it, so it stays the amount that it came to then.
    OrderedPart {
        /// The part, in hundredths of a percent.
        basis_points: u32,
        /// What it came to.
        amount: Money,
    },
}

/// What staff may not change on a line that a plugin added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Fixed {
    /// The memo.
    pub memo: bool,
    /// The choices.
    pub choices: bool,
    /// The quantity.
    pub quantity: bool,
}

impl Fixed {
    /// True when everything may be changed.
    pub fn is_free(&self) -> bool {
        *self == Self::default()
    }
}

/// A choice as it is asked for: which, and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChosenChoice {
    /// Which.
    pub id: ChoiceId,
    /// How often; at least 1.
    pub quantity: u32,
}

/// What the lines and discounts of a cart or an order come to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Totals {
    /// The sum of the lines before any discount.
    pub list: Money,
    /// All discounts, of lines and of the whole, as an amount above nothing.
    pub discount: Money,
    /// What is charged: list − discount.
    pub charge: Money,
    /// The part of the charge that carries tax.
    pub taxable: Money,
    /// The part that does not.
    pub tax_free: Money,
    /// The tax within the taxable part.
    pub tax: Money,
    /// The charge without the tax: taxable − tax.
    pub supply: Money,
}

impl Off {
    /// The amount taken off `price`.
    ///
    /// # Errors
    /// [`Refusal::DiscountTooLarge`] when more than `price` would go.
    pub fn of(self, price: Money) -> Result<Money, Refusal> {
        let discount = match self {
            Self::Amount(amount) | Self::OrderedPart { amount, .. } => amount,
            Self::BasisPoints(part) => {
                check_part(part)?;
                price.share(i64::from(part), i64::from(BASIS_POINTS_MAX))
            }
        };
        if discount.is_negative() {
            return Err(Refusal::AmountNotPositive { amount: discount });
        }
        if discount.minus(price)?.is_positive() {
            return Err(Refusal::DiscountTooLarge { discount, price });
        }
        Ok(discount)
    }
}

impl Discount {
    fn taking(&self, off: Off) -> Self {
        Self {
            off,
            ..self.clone()
        }
    }
}

impl Line {
    /// A line for an item of the menu.
    ///
    /// # Errors
    /// A refusal when the choices do not answer the item's option groups, or the quantity is out of bounds.
    pub fn from_menu(
        catalog: &Catalog,
        item: &Item,
        key: LineKey,
        quantity: u64,
        chosen: Option<&[ChosenChoice]>,
    ) -> Result<Self, Refusal> {
        let choices = match chosen {
            Some(chosen) => choices_from_menu(catalog, item, chosen)?,
            None => choices_from_menu(catalog, item, &default_choices(catalog, item))?,
        };
        Ok(Self {
            key,
            item: LineItem::from_menu(catalog, item),
            choices,
            quantity: checked_quantity(quantity)?,
            discounts: Vec::new(),
            memo: String::new(),
            dining: Dining::Here,
            fixed: Fixed::default(),
            plugin: None,
        })
    }

    /// The price of one with its choices, before discounts.
    ///
    /// # Errors
    /// [`Refusal::BadAmount`] past the limit of [`Money`].
    pub fn unit_amount(&self) -> Result<Money, Refusal> {
        let mut amount = self.item.amount;
        for choice in &self.choices {
            amount = amount.plus(choice.amount.times(choice.quantity)?)?;
        }
        Ok(amount)
    }

    /// The price of the line before discounts.
    ///
    /// # Errors
    /// [`Refusal::BadAmount`] past the limit of [`Money`].
    pub fn list_amount(&self) -> Result<Money, Refusal> {
        Ok(self.unit_amount()?.times(self.quantity)?)
    }

    /// What the line's own discounts take off, one after the other.
    ///
    /// # Errors
    /// [`Refusal::DiscountTooLarge`] when they take off more than there is.
    pub fn discount_amount(&self) -> Result<Money, Refusal> {
        let list = self.list_amount()?;
        take_off(list, &self.discounts)
    }

    /// What the line comes to after its own discounts.
    ///
    /// # Errors
    /// As [`Line::list_amount`] and [`Line::discount_amount`].
    pub fn charge_amount(&self) -> Result<Money, Refusal> {
        Ok(self.list_amount()?.minus(self.discount_amount()?)?)
    }
}

impl LineItem {
    /// An item of the menu as a line remembers it.
    pub fn from_menu(catalog: &Catalog, item: &Item) -> Self {
        let category_title = catalog
            .category(item.category)
            .map_or_else(|| Text::plain(""), |category| category.title.clone());
        Self {
            id: item.id,
            title: item.title.clone(),
            category: item.category,
            category_title,
            kind: ItemKind::Item,
            code: item.code.clone(),
            price_title: item.price.title.clone(),
            price_kind: item.price.kind,
            sku: item.price.sku.clone(),
            amount: item.price.amount,
            tax_free: item.price.tax_free,
        }
    }
}

/// A quantity that can be sold.
///
/// # Errors
/// [`Refusal::BadQuantity`] for 0 and for more than [`QUANTITY_MAX`].
pub fn checked_quantity(quantity: u64) -> Result<u32, Refusal> {
    match u32::try_from(quantity) {
        Ok(fits @ 1..=QUANTITY_MAX) => Ok(fits),
        _ => Err(Refusal::BadQuantity {
            quantity,
            most: QUANTITY_MAX,
        }),
    }
}

/// The choices asked for, checked against the option groups of `item`: known, on sale, and as many as each group wants.
///
/// # Errors
/// A refusal naming the group that is not answered rightly.
pub fn choices_from_menu(
    catalog: &Catalog,
    item: &Item,
    chosen: &[ChosenChoice],
) -> Result<Vec<LineChoice>, Refusal> {
    within("choices", chosen.len(), CHOICES_MAX)?;
    let mut left = joined(chosen);
    let mut choices = Vec::with_capacity(chosen.len());
    for option in catalog.options_of(item) {
        let answers: Vec<ChosenChoice> = left
            .extract_if(.., |choice| option.choice(choice.id).is_some())
            .collect();
        choices.extend(answer_option(option, &answers)?);
    }
    match left.first() {
        Some(stray) => Err(Refusal::NoSuchChoice {
            option: item.title.clone(),
            choice: stray.id.0,
        }),
        None => Ok(choices),
    }
}

/// What `lines` with the discounts of the whole come to, tax included.
///
/// # Errors
/// [`Refusal::DiscountTooLarge`] when discounts pass the price, [`Refusal::BadAmount`] past the limit of [`Money`].
pub fn totals(
    currency: Currency,
    lines: &[Line],
    discounts: &[Discount],
) -> Result<Totals, Refusal> {
    let mut list = Money::zero(currency);
    let (mut taxable, mut tax_free) = (Money::zero(currency), Money::zero(currency));
    for line in lines {
        list = list.plus(line.list_amount()?)?;
        let charge = line.charge_amount()?;
        let side = if line.item.tax_free {
            &mut tax_free
        } else {
            &mut taxable
        };
        *side = side.plus(charge)?;
    }
    let after_lines = taxable.plus(tax_free)?;
    let order_discount = take_off(after_lines, discounts)?;
    let shares = crate::money::share_by_largest_remainder(
        order_discount.minor_units(),
        &[taxable.minor_units(), tax_free.minor_units()],
    );
    let taxable = taxable.minus(Money::new(shares[0], currency)?)?;
    let tax_free = tax_free.minus(Money::new(shares[1], currency)?)?;
    let charge = taxable.plus(tax_free)?;
    let tax = crate::tax::included_in(taxable);
    Ok(Totals {
        list,
        discount: list.minus(charge)?,
        charge,
        taxable,
        tax_free,
        tax,
        supply: taxable.minus(tax)?,
    })
}

/// The discounts of the whole as they are once ordered with `lines`: a part becomes what it comes to of these lines and of no
/// others. An amount larger than these lines takes the rest off what was ordered before, and leaves nothing to take a part of.
///
/// # Errors
/// As [`Line::charge_amount`] and [`Off::of`].
pub(crate) fn ordered(
    currency: Currency,
    lines: &[Line],
    discounts: &[Discount],
) -> Result<Vec<Discount>, Refusal> {
    let charges = lines
        .iter()
        .map(Line::charge_amount)
        .collect::<Result<Vec<_>, _>>()?;
    let mut left = Money::sum(currency, charges)?;
    let mut ordered = Vec::with_capacity(discounts.len());
    for discount in discounts {
        let off = match discount.off {
            Off::BasisPoints(basis_points) => Off::OrderedPart {
                basis_points,
                amount: discount.off.of(left)?,
            },
            off @ (Off::Amount(_) | Off::OrderedPart { .. }) => off,
        };
        if let Off::Amount(amount) | Off::OrderedPart { amount, .. } = off {
            left = left.minus(amount.min(left))?;
        }
        ordered.push(discount.taking(off));
    }
    Ok(ordered)
}

/// The discounts of an order as those of a cart with its lines: parts are parts again where that comes to the same, and stay
/// amounts where they cover one round of several.
///
/// # Errors
/// As [`totals`].
pub fn reopened(
    currency: Currency,
    lines: &[Line],
    discounts: &[Discount],
) -> Result<Vec<Discount>, Refusal> {
    let parts: Vec<Discount> = discounts
        .iter()
        .map(|discount| match discount.off {
            Off::OrderedPart { basis_points, .. } => {
                discount.taking(Off::BasisPoints(basis_points))
            }
            Off::Amount(_) | Off::BasisPoints(_) => discount.clone(),
        })
        .collect();
    if totals(currency, lines, &parts)? == totals(currency, lines, discounts)? {
        return Ok(parts);
    }
    let amounts = discounts
        .iter()
        .map(|discount| match discount.off {
            Off::OrderedPart { amount, .. } => discount.taking(Off::Amount(amount)),
            Off::Amount(_) | Off::BasisPoints(_) => discount.clone(),
        })
        .filter(|discount| !matches!(discount.off, Off::Amount(amount) if amount.is_zero()));
    Ok(amounts.collect())
}

/// Refuses a part of more than all.
///
/// # Errors
/// [`Refusal::PartTooLarge`].
pub(crate) fn check_part(basis_points: u32) -> Result<(), Refusal> {
    if basis_points <= BASIS_POINTS_MAX {
        return Ok(());
    }
    Err(Refusal::PartTooLarge {
        basis_points,
        basis_points_max: BASIS_POINTS_MAX,
    })
}

/// Refuses more than `count_max` of something.
///
/// # Errors
/// [`Refusal::TooMany`].
pub fn within(what: &str, count: usize, count_max: usize) -> Result<(), Refusal> {
    if count <= count_max {
        return Ok(());
    }
    Err(Refusal::TooMany {
        what: what.into(),
        count_max,
    })
}

/// Refuses a text of more than `length_max` characters.
///
/// # Errors
/// [`Refusal::TooLong`].
pub fn short_enough(what: &str, text: &str, length_max: usize) -> Result<(), Refusal> {
    if text.chars().nth(length_max).is_none() {
        return Ok(());
    }
    Err(Refusal::TooLong {
        what: what.into(),
        length_max,
    })
}

/// Refuses a key that names two lines.
pub(crate) fn check_keys<'a>(lines: impl Iterator<Item = &'a Line>) -> Result<(), Refusal> {
    let mut seen = HashSet::new();
    for line in lines {
        if !seen.insert(&line.key) {
            return Err(Refusal::NotValid {
                message: format!("there already is a line with the key {}", line.key),
                message_ko: "같은 key를 가진 줄이 이미 있어요".into(),
            });
        }
    }
    Ok(())
}

fn take_off(price: Money, discounts: &[Discount]) -> Result<Money, Refusal> {
    within("discounts", discounts.len(), DISCOUNTS_MAX)?;
    let mut left = price;
    for discount in discounts {
        left = left.minus(discount.off.of(left)?)?;
    }
    Ok(price.minus(left)?)
}

/// Each choice once, with how often it is asked for in all.
fn joined(chosen: &[ChosenChoice]) -> Vec<ChosenChoice> {
    let mut joined: Vec<ChosenChoice> = Vec::with_capacity(chosen.len());
    for choice in chosen {
        match joined.iter_mut().find(|there| there.id == choice.id) {
            Some(there) => there.quantity = there.quantity.saturating_add(choice.quantity),
            None => joined.push(*choice),
        }
    }
    joined
}

fn default_choices(catalog: &Catalog, item: &Item) -> Vec<ChosenChoice> {
    let once = |choice: &Choice| ChosenChoice {
        id: choice.id,
        quantity: 1,
    };
    catalog
        .options_of(item)
        .flat_map(|option| option.defaults_on_sale().into_iter().map(once))
        .collect()
}

fn answer_option(
    option: &OptionGroup,
    answers: &[ChosenChoice],
) -> Result<Vec<LineChoice>, Refusal> {
    let mut choices: Vec<LineChoice> = Vec::with_capacity(answers.len());
    let mut count: u64 = 0;
    for answer in answers {
        let choice = option
            .choice(answer.id)
            .ok_or_else(|| Refusal::NoSuchChoice {
                option: option.title.clone(),
                choice: answer.id.0,
            })?;
        if choice.state != SaleState::OnSale {
            return Err(Refusal::SoldOut {
                title: choice.title.clone(),
            });
        }
        let quantity_max = if choice.countable { QUANTITY_MAX } else { 1 };
        if answer.quantity == 0 || answer.quantity > quantity_max {
            return Err(Refusal::BadQuantity {
                quantity: u64::from(answer.quantity),
                most: quantity_max,
            });
        }
        count += u64::from(answer.quantity);
        choices.push(line_choice(option, choice, answer.quantity));
    }
    if count < u64::from(option.choices_min) {
        return Err(Refusal::TooFewChoices {
            option: option.title.clone(),
            least: option.choices_min,
        });
    }
    match option.choices_max {
        Some(most) if count > u64::from(most) => Err(Refusal::TooManyChoices {
            option: option.title.clone(),
            most,
        }),
        _ => Ok(choices),
    }
}

fn line_choice(option: &OptionGroup, choice: &Choice, quantity: u32) -> LineChoice {
    LineChoice {
        id: choice.id,
        option: Some(option.id),
        title: choice.title.clone(),
        amount: choice.amount,
        quantity,
    }
}
