//! The cart: an order being made up at the till ("draft order" to plugins). Staff and plugins change the same one.

use serde::{Deserialize, Serialize};

use crate::line::{self, Dining, Discount, Line, LineChoice, LineItem, Totals};
use crate::{CartId, Currency, LineKey, OrderId, Refusal, Text};

/// A cart as it is now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cart {
    /// Its id; a new cart begins when this one is cleared or becomes an order.
    pub id: CartId,
    /// The currency of its prices.
    pub currency: Currency,
    /// Its lines, oldest first.
    pub lines: Vec<Line>,
    /// Taken off the whole.
    pub discounts: Vec<Discount>,
    /// Where it will be eaten; lines added later begin with it.
    pub dining: Dining,
    /// A word for the whole order.
    pub memo: String,
    /// Do not print kitchen tickets for it.
    pub ignore_print: bool,
    /// The order it became, once it did.
    pub order: Option<OrderId>,
}

/// What is asked of a cart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum CartCommand {
    /// Add a line; one more of a line that is the same in all but its quantity, when `merge` says so.
    Add {
        /// The line, made from the menu or by a plugin.
        line: Box<Line>,
        /// Join it with an equal line.
        merge: bool,
    },
    /// Take a line away.
    Delete {
        /// Which.
        key: LineKey,
    },
    /// Change how many.
    SetQuantity {
        /// Which line.
        key: LineKey,
        /// How many, 1 to [`line::QUANTITY_MAX`].
        quantity: u64,
    },
    /// Change the word for the kitchen.
    SetMemo {
        /// Which line.
        key: LineKey,
        /// The word; empty takes it away.
        memo: String,
    },
    /// Change the choices; they are checked against the menu before they come here.
    SetChoices {
        /// Which line.
        key: LineKey,
        /// The new choices.
        choices: Vec<LineChoice>,
    },
    /// Take something off one line.
    AddLineDiscount {
        /// Which line.
        key: LineKey,
        /// What.
        discount: Discount,
    },
    /// Take a line's discount back.
    DeleteLineDiscount {
        /// Which line.
        key: LineKey,
        /// Its place, from 0.
        index: usize,
    },
    /// Take something off the whole.
    AddDiscount {
        /// What.
        discount: Discount,
    },
    /// Take a discount of the whole back.
    DeleteDiscount {
        /// Its place, from 0.
        index: usize,
    },
    /// Where it will be eaten, for all lines.
    SetDining {
        /// Where.
        dining: Dining,
    },
    /// A word for the whole order.
    SetOrderMemo {
        /// The word; empty takes it away.
        memo: String,
    },
    /// Whether kitchen tickets are printed.
    SetIgnorePrint {
        /// True: do not print.
        ignore_print: bool,
    },
    /// Empty it.
    Clear,
}

/// What happened to a cart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "body", rename_all = "kebab-case")]
#[allow(missing_docs, reason = "each is the command that asked for it, done")]
pub enum CartEvent {
    CartOpened {
        cart: CartId,
        currency: Currency,
    },
    LineAdded {
        line: Box<Line>,
    },
    LineDeleted {
        key: LineKey,
    },
    LineQuantitySet {
        key: LineKey,
        quantity: u32,
    },
    LineMemoSet {
        key: LineKey,
        memo: String,
    },
    LineChoicesSet {
        key: LineKey,
        choices: Vec<LineChoice>,
    },
    LineDiscountAdded {
        key: LineKey,
        discount: Discount,
    },
    LineDiscountDeleted {
        key: LineKey,
        index: usize,
    },
    CartDiscountAdded {
        discount: Discount,
    },
    CartDiscountDeleted {
        index: usize,
    },
    CartDiningSet {
        dining: Dining,
    },
    CartMemoSet {
        memo: String,
    },
    IgnorePrintSet {
        ignore_print: bool,
    },
    CartCleared {},
    CartCheckedOut {
        order: OrderId,
    },
    CartHeld {},
    CartTakenUp {},
}

impl Cart {
    /// An empty cart.
    pub fn new(id: CartId, currency: Currency) -> Self {
        Self {
            id,
            currency,
            lines: Vec::new(),
            discounts: Vec::new(),
            dining: Dining::default(),
            memo: String::new(),
            ignore_print: false,
            order: None,
        }
    }

    /// The line with this key.
    ///
    /// # Errors
    /// [`Refusal::NoSuchLine`].
    pub fn line(&self, key: &LineKey) -> Result<&Line, Refusal> {
        self.lines
            .iter()
            .find(|line| &line.key == key)
            .ok_or_else(|| Refusal::NoSuchLine { line: key.clone() })
    }

    /// What it comes to.
    ///
    /// # Errors
    /// As [`line::totals`]; a cart made through [`Cart::decide`] always has totals.
    pub fn totals(&self) -> Result<Totals, Refusal> {
        line::totals(self.currency, &self.lines, &self.discounts)
    }

    /// How many of an item are in it.
    pub fn quantity_of(&self, item: crate::ItemId) -> u64 {
        self.lines
            .iter()
            .filter(|line| line.item.id == item)
            .map(|line| u64::from(line.quantity))
            .sum()
    }

    /// What `command` would do. The cart that results always has totals: a change that would take its discounts below
    /// nothing, or its sum past the limit, is refused.
    ///
    /// # Errors
    /// The reason why it is not done.
    pub fn decide(&self, command: CartCommand) -> Result<Vec<CartEvent>, Refusal> {
        let event = match command {
            CartCommand::Add { line, merge } => self.add(*line, merge)?,
            CartCommand::Delete { key } => {
                self.line(&key)?;
                CartEvent::LineDeleted { key }
            }
            CartCommand::SetQuantity { key, quantity } => {
                self.changeable(&key, |line| !line.fixed.quantity)?;
                CartEvent::LineQuantitySet {
                    key,
                    quantity: line::checked_quantity(quantity)?,
                }
            }
            CartCommand::SetMemo { key, memo } => {
                self.changeable(&key, |line| !line.fixed.memo)?;
                line::short_enough("memo", &memo, line::MEMO_LENGTH_MAX)?;
                CartEvent::LineMemoSet { key, memo }
            }
            CartCommand::SetChoices { key, choices } => {
                self.changeable(&key, |line| !line.fixed.choices)?;
                check_choices(&choices)?;
                CartEvent::LineChoicesSet { key, choices }
            }
            CartCommand::AddLineDiscount { key, discount } => {
                self.line(&key)?;
                check_discount(&discount)?;
                CartEvent::LineDiscountAdded { key, discount }
            }
            CartCommand::DeleteLineDiscount { key, index } => {
                let line = self.line(&key)?;
                line.discounts
                    .get(index)
                    .ok_or(Refusal::NoSuchDiscount { index })?;
                CartEvent::LineDiscountDeleted { key, index }
            }
            CartCommand::AddDiscount { discount } => {
                check_discount(&discount)?;
                CartEvent::CartDiscountAdded { discount }
            }
            CartCommand::DeleteDiscount { index } => {
                self.discounts
                    .get(index)
                    .ok_or(Refusal::NoSuchDiscount { index })?;
                CartEvent::CartDiscountDeleted { index }
            }
            CartCommand::SetDining { dining } => CartEvent::CartDiningSet { dining },
            CartCommand::SetOrderMemo { memo } => {
                line::short_enough("memo", &memo, line::MEMO_LENGTH_MAX)?;
                CartEvent::CartMemoSet { memo }
            }
            CartCommand::SetIgnorePrint { ignore_print } => {
                CartEvent::IgnorePrintSet { ignore_print }
            }
            CartCommand::Clear => CartEvent::CartCleared {},
        };
        self.clone().evolve(&event).totals()?;
        Ok(vec![event])
    }

    /// The cart after `event`.
    #[must_use]
    pub fn evolve(mut self, event: &CartEvent) -> Self {
        match event {
            CartEvent::CartOpened { cart, currency } => return Self::new(*cart, *currency),
            CartEvent::LineAdded { line } => self.lines.push((**line).clone()),
            CartEvent::LineDeleted { key } => self.lines.retain(|line| &line.key != key),
            CartEvent::LineQuantitySet { key, quantity } => {
                self.change(key, |line| line.quantity = *quantity)
            }
            CartEvent::LineMemoSet { key, memo } => {
                self.change(key, |line| line.memo.clone_from(memo))
            }
            CartEvent::LineChoicesSet { key, choices } => {
                self.change(key, |line| line.choices.clone_from(choices))
            }
            CartEvent::LineDiscountAdded { key, discount } => {
                self.change(key, |line| line.discounts.push(discount.clone()))
            }
            CartEvent::LineDiscountDeleted { key, index } => self.change(key, |line| {
                if *index < line.discounts.len() {
                    line.discounts.remove(*index);
                }
            }),
            CartEvent::CartDiscountAdded { discount } => self.discounts.push(discount.clone()),
            CartEvent::CartDiscountDeleted { index } => {
                if *index < self.discounts.len() {
                    self.discounts.remove(*index);
                }
            }
            CartEvent::CartDiningSet { dining } => {
                self.dining = *dining;
                self.lines.iter_mut().for_each(|line| line.dining = *dining);
            }
            CartEvent::CartMemoSet { memo } => self.memo.clone_from(memo),
            CartEvent::IgnorePrintSet { ignore_print } => self.ignore_print = *ignore_print,
            CartEvent::CartCleared {} => return Self::new(self.id, self.currency),
            CartEvent::CartCheckedOut { order } => self.order = Some(*order),
            // Where a cart lies is the till's to know; what is in it stays as it was.
            CartEvent::CartHeld {} | CartEvent::CartTakenUp {} => {}
        }
        self
    }

    fn add(&self, line: Line, merge: bool) -> Result<CartEvent, Refusal> {
        check_line(&line)?;
        if merge && let Some(same) = self.lines.iter().find(|there| is_same_wish(there, &line)) {
            let quantity =
                line::checked_quantity(u64::from(same.quantity) + u64::from(line.quantity))?;
            return Ok(CartEvent::LineQuantitySet {
                key: same.key.clone(),
                quantity,
            });
        }
        line::within("lines", self.lines.len() + 1, line::LINES_MAX)?;
        line::check_keys(self.lines.iter().chain([&line]))?;
        Ok(CartEvent::LineAdded {
            line: Box::new(line),
        })
    }

    fn changeable(&self, key: &LineKey, may: impl Fn(&Line) -> bool) -> Result<(), Refusal> {
        if may(self.line(key)?) {
            Ok(())
        } else {
            Err(Refusal::LineIsFixed)
        }
    }

    fn change(&mut self, key: &LineKey, change: impl FnOnce(&mut Line)) {
        if let Some(line) = self.lines.iter_mut().find(|line| &line.key == key) {
            change(line);
        }
    }
}

/// A line that a plugin made, checked for everything the menu would have seen to.
///
/// # Errors
/// The first thing that is out of bounds.
pub fn check_line(line: &Line) -> Result<(), Refusal> {
    line::checked_quantity(u64::from(line.quantity))?;
    check_item(&line.item)?;
    line::short_enough("memo", &line.memo, line::MEMO_LENGTH_MAX)?;
    check_choices(&line.choices)?;
    line.discounts.iter().try_for_each(check_discount)?;
    line.charge_amount().map(drop)
}

fn check_item(item: &LineItem) -> Result<(), Refusal> {
    check_title(&item.title)?;
    check_title(&item.category_title)?;
    check_title(&item.price_title)?;
    for code in [&item.code, &item.sku].into_iter().flatten() {
        line::short_enough("code", code, line::TITLE_LENGTH_MAX)?;
    }
    if item.amount.is_negative() {
        return Err(Refusal::AmountNotPositive {
            amount: item.amount,
        });
    }
    Ok(())
}

fn check_choices(choices: &[LineChoice]) -> Result<(), Refusal> {
    line::within("choices", choices.len(), line::CHOICES_MAX)?;
    for choice in choices {
        line::checked_quantity(u64::from(choice.quantity))?;
        check_title(&choice.title)?;
        if choice.amount.is_negative() {
            return Err(Refusal::AmountNotPositive {
                amount: choice.amount,
            });
        }
    }
    Ok(())
}

/// A discount that a plugin made: its title fits the receipt and its amount takes something off.
pub(crate) fn check_discount(discount: &Discount) -> Result<(), Refusal> {
    check_title(&discount.title)?;
    match discount.off {
        line::Off::Amount(amount) if !amount.is_positive() => {
            Err(Refusal::AmountNotPositive { amount })
        }
        line::Off::BasisPoints(part)
        | line::Off::OrderedPart {
            basis_points: part, ..
        } => line::check_part(part),
        line::Off::Amount(_) => Ok(()),
    }
}

fn check_title(title: &Text) -> Result<(), Refusal> {
    line::short_enough("title", &title.ko, line::TITLE_LENGTH_MAX)?;
    line::short_enough("title", title.english(), line::TITLE_LENGTH_MAX)
}

fn is_same_wish(there: &Line, new: &Line) -> bool {
    there.item == new.item
        && there.choices == new.choices
        && there.memo == new.memo
        && there.dining == new.dining
        && there.discounts.is_empty()
        && new.discounts.is_empty()
        && there.fixed.is_free()
        && new.fixed.is_free()
        && there.plugin == new.plugin
}
