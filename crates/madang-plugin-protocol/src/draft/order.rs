//! Orders that plugins place.

use madang_model::catalog::Item;
use madang_model::line::{ChosenChoice, Dining, Discount, Fixed, Line, LineChoice, LineItem, Off};
use madang_model::order::Order;
use madang_model::shop::Shop;
use madang_model::{Currency, LineKey, Money, TableId, Text};

use super::{DiscountDraft, ItemDraft, amount, discounts, title};
use crate::call::CallError;
use crate::query::Moment;

/// An order as a plugin hands it in.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderDraft {
    /// The plugin's own key.
    pub order_key: Option<String>,
    /// A word for the whole order.
    pub memo: String,
    /// How many guests.
    pub guests: Option<u32>,
    /// Taken off the whole.
    pub discounts: Vec<DiscountDraft>,
    /// The table.
    pub table: Option<TableId>,
    /// Its lines, at least one.
    pub lines: Vec<OrderLineDraft>,
    /// Where it came in.
    pub channels: Vec<String>,
    /// When it must be accepted first.
    pub request: Option<RequestDraft>,
}

/// A line of it.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderLineDraft {
    /// What is wanted.
    pub item: ItemDraft,
    /// How many.
    pub quantity: u32,
    /// What the whole line comes to after its own discounts, in minor units.
    pub charge: i64,
    /// The answers to option groups, each id once.
    pub choices: Vec<ChosenChoice>,
    /// Taken off the line.
    pub discounts: Vec<DiscountDraft>,
    /// A word for the kitchen.
    pub memo: String,
    /// Where it will be eaten.
    pub dining: Dining,
}

/// The times of an order that waits to be accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub struct RequestDraft {
    pub requested_at: Option<Moment>,
    pub expires_at: Moment,
    pub expected_ready_at: Moment,
}

impl OrderDraft {
    /// All its lines as the model has them. What is charged is what the plugin says, see [`OrderLineDraft::line`].
    ///
    /// # Errors
    /// [`CallError::BadPayload`] for an unknown choice or an amount past the limit.
    pub fn lines(
        &self,
        shop: &Shop,
        plugin: &str,
        next_key: &mut dyn FnMut() -> LineKey,
    ) -> Result<Vec<Line>, CallError> {
        self.lines_from(0, shop, plugin, next_key)
    }

    /// The lines that `order` does not have yet. Plugins are told to hand in the whole order again, and some hand in the
    /// new lines only: when the first lines are those that the order has, they are not added a second time, unless
    /// nothing else is there to add.
    ///
    /// # Errors
    /// As [`OrderDraft::lines`].
    pub fn lines_to_add(
        &self,
        order: &Order,
        shop: &Shop,
        plugin: &str,
        next_key: &mut dyn FnMut() -> LineKey,
    ) -> Result<Vec<Line>, CallError> {
        self.lines_from(self.lines_repeated(order), shop, plugin, next_key)
    }

    /// The discounts of the whole that `order` does not have yet; none when the whole order was handed in again with the
    /// discounts it has.
    ///
    /// # Errors
    /// [`CallError::BadPayload`] for an amount past the limit.
    pub fn discounts_to_add(
        &self,
        order: &Order,
        shop: &Shop,
        plugin: &str,
    ) -> Result<Vec<Discount>, CallError> {
        let mut all = self.discounts(shop, plugin)?;
        let known = order.discounts.len();
        let repeated = self.lines_repeated(order) > 0
            && all.len() >= known
            && all
                .iter()
                .zip(&order.discounts)
                .all(|(new, old)| is_same_discount(new, old));
        if repeated {
            all.drain(..known);
        }
        Ok(all)
    }

    /// Its discounts of the whole.
    ///
    /// # Errors
    /// [`CallError::BadPayload`] for an amount past the limit.
    pub fn discounts(&self, shop: &Shop, plugin: &str) -> Result<Vec<Discount>, CallError> {
        discounts(&self.discounts, shop.currency, plugin, "order.discounts")
    }

    fn lines_from(
        &self,
        first: usize,
        shop: &Shop,
        plugin: &str,
        next_key: &mut dyn FnMut() -> LineKey,
    ) -> Result<Vec<Line>, CallError> {
        self.lines
            .iter()
            .enumerate()
            .skip(first)
            .map(|(index, line)| {
                line.line(
                    shop,
                    plugin,
                    next_key(),
                    &format!("order.lineItems[{index}]"),
                )
            })
            .collect()
    }

    fn lines_repeated(&self, order: &Order) -> usize {
        let known = order.lines.len();
        let repeats = self.lines.len() > known
            && self
                .lines
                .iter()
                .zip(&order.lines)
                .all(|(draft, line)| draft.is_same(line));
        if repeats { known } else { 0 }
    }
}

impl OrderLineDraft {
    /// The line as the model has it, charged with exactly what the plugin says.
    ///
    /// Its price of one is `(charge + discounts) / quantity`. When that is not whole, the price is rounded up and what is
    /// too much is given back as a discount of less than `quantity`, so that neither the charge nor the quantity changes.
    /// Choices keep the menu's amounts; when these come to more than the price of one, they are taken as included (0).
    ///
    /// # Errors
    /// [`CallError::BadPayload`] under `path` for an unknown choice or an amount past the limit.
    pub fn line(
        &self,
        shop: &Shop,
        plugin: &str,
        key: LineKey,
        path: &str,
    ) -> Result<Line, CallError> {
        let currency = shop.currency;
        let menu_item = shop.catalog.item(self.item.id);
        let mut choices = self.menu_choices(shop, menu_item, path)?;
        let mut off = discounts(
            &self.discounts,
            currency,
            plugin,
            &format!("{path}.discounts"),
        )?;
        let (unit, rest) = self.unit_and_rest(currency, path)?;
        if rest > 0 {
            off.push(Discount {
                title: Text::new("끝전 조정", "Rounding"),
                off: Off::Amount(amount(rest, currency, path)?),
                plugin: Some(plugin.to_owned()),
            });
        }
        let of_choices = sum_of(&choices, currency).filter(|sum| *sum <= unit.minor_units());
        if of_choices.is_none() {
            choices
                .iter_mut()
                .for_each(|choice| choice.amount = Money::zero(currency));
        }
        let item_amount = amount(unit.minor_units() - of_choices.unwrap_or(0), currency, path)?;
        Ok(Line {
            key,
            item: self.item.line_item(shop, menu_item, item_amount),
            choices,
            quantity: self.quantity,
            discounts: off,
            memo: self.memo.clone(),
            dining: self.dining,
            fixed: Fixed::default(),
            plugin: Some(plugin.to_owned()),
        })
    }

    /// The price of one, rounded up, and what that is too much for the whole line.
    fn unit_and_rest(&self, currency: Currency, path: &str) -> Result<(Money, i64), CallError> {
        // Both are bounded when read: 10^12 + 20 × 10^12 is far from the end of i64.
        let list = self.charge
            + self
                .discounts
                .iter()
                .map(|discount| discount.amount)
                .sum::<i64>();
        let quantity = i64::from(self.quantity.max(1));
        let unit = (list + quantity - 1) / quantity;
        let place = format!("{path}.chargePrice.value");
        amount(unit * quantity, currency, &place)?;
        Ok((amount(unit, currency, &place)?, unit * quantity - list))
    }

    fn menu_choices(
        &self,
        shop: &Shop,
        item: Option<&Item>,
        path: &str,
    ) -> Result<Vec<LineChoice>, CallError> {
        self.choices
            .iter()
            .enumerate()
            .map(|(index, chosen)| {
                menu_choice(shop, item, chosen).ok_or_else(|| {
                    unknown_choice(chosen, item, &format!("{path}.optionChoices[{index}].id"))
                })
            })
            .collect()
    }

    fn is_same(&self, line: &Line) -> bool {
        let same_choices = self.choices.len() == line.choices.len()
            && self.choices.iter().all(|chosen| {
                line.choices
                    .iter()
                    .any(|there| there.id == chosen.id && there.quantity == chosen.quantity)
            });
        self.item.id == line.item.id
            && self.item.title == line.item.title.ko
            && self.quantity == line.quantity
            && same_choices
            && line
                .charge_amount()
                .is_ok_and(|charge| charge.minor_units() == self.charge)
    }
}

impl ItemDraft {
    /// What the line remembers: title and amount as the plugin says, the rest from the menu where it knows the item.
    pub(super) fn line_item(
        &self,
        shop: &Shop,
        menu_item: Option<&Item>,
        amount: Money,
    ) -> LineItem {
        let category = shop.catalog.category(self.category);
        LineItem {
            id: self.id,
            title: title(&self.title, menu_item.map(|item| &item.title)),
            category: self.category,
            category_title: title(
                &self.category_title,
                category.map(|category| &category.title),
            ),
            kind: self.kind,
            code: self
                .code
                .clone()
                .or_else(|| menu_item.and_then(|item| item.code.clone())),
            price_title: menu_item
                .map_or_else(|| Text::plain("기본"), |item| item.price.title.clone()),
            price_kind: menu_item.map(|item| item.price.kind).unwrap_or_default(),
            sku: menu_item.and_then(|item| item.price.sku.clone()),
            amount,
            tax_free: menu_item.is_some_and(|item| item.price.tax_free),
        }
    }
}

/// The choice of the item's own groups; of any group for an item that is not on the menu.
fn menu_choice(shop: &Shop, item: Option<&Item>, chosen: &ChosenChoice) -> Option<LineChoice> {
    let belongs = |option: &&madang_model::catalog::OptionGroup| {
        item.is_none_or(|item| item.options.contains(&option.id))
    };
    shop.catalog
        .options
        .iter()
        .filter(belongs)
        .find_map(|option| {
            option.choice(chosen.id).map(|choice| LineChoice {
                id: choice.id,
                option: Some(option.id),
                title: choice.title.clone(),
                amount: choice.amount,
                quantity: chosen.quantity,
            })
        })
}

fn unknown_choice(chosen: &ChosenChoice, item: Option<&Item>, path: &str) -> CallError {
    let whose = item.map_or_else(
        || "the menu".to_owned(),
        |item| format!("“{}”", item.title.english()),
    );
    CallError::payload(path, format!("{whose} has no choice {}", chosen.id))
}

fn sum_of(choices: &[LineChoice], currency: Currency) -> Option<i64> {
    let amounts: Result<Vec<Money>, _> = choices
        .iter()
        .map(|choice| choice.amount.times(choice.quantity))
        .collect();
    Money::sum(currency, amounts.ok()?)
        .ok()
        .map(Money::minor_units)
}

fn is_same_discount(new: &Discount, old: &Discount) -> bool {
    new.title.ko == old.title.ko && new.off == old.off
}
