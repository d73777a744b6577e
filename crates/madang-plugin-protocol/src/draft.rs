//! What a plugin hands in to become lines, orders and payments: read and bounded, not yet held against the menu.

mod cart;
mod order;
mod payment;

use madang_model::line::{Discount, ItemKind, LineChoice, Off};
use madang_model::shop::Shop;
use madang_model::{CategoryId, ChoiceId, Currency, ItemId, Money, Text};

pub use self::cart::CartLineDraft;
pub use self::order::{OrderDraft, OrderLineDraft, RequestDraft};
pub use self::payment::PaymentDraft;

use crate::call::CallError;

/// An item as a plugin names it.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the names say it")]
pub struct ItemDraft {
    pub id: ItemId,
    pub title: String,
    pub category: CategoryId,
    pub category_title: String,
    pub kind: ItemKind,
    pub code: Option<String>,
}

/// A discount as a plugin gives it: always an amount, in minor units of the shop's currency.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the names say it")]
pub struct DiscountDraft {
    pub title: String,
    pub amount: i64,
}

/// A choice as a plugin writes it into the cart, with its own title and amount.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the names say it")]
pub struct ChoiceDraft {
    pub id: ChoiceId,
    pub title: String,
    pub amount: i64,
    pub quantity: u32,
}

impl ChoiceDraft {
    /// The choice as a line remembers it; the option group is the menu's, when the menu has the choice.
    ///
    /// # Errors
    /// [`CallError::BadPayload`] for an amount past the limit.
    pub fn choice(&self, shop: &Shop, path: &str) -> Result<LineChoice, CallError> {
        let option = shop
            .catalog
            .options
            .iter()
            .find(|option| option.choice(self.id).is_some());
        let menu_title = option
            .and_then(|option| option.choice(self.id))
            .map(|choice| &choice.title);
        Ok(LineChoice {
            id: self.id,
            option: option.map(|option| option.id),
            title: title(&self.title, menu_title),
            amount: amount(self.amount, shop.currency, path)?,
            quantity: self.quantity,
        })
    }
}

impl DiscountDraft {
    fn discount(
        &self,
        currency: Currency,
        plugin: &str,
        path: &str,
    ) -> Result<Discount, CallError> {
        Ok(Discount {
            title: Text::plain(self.title.clone()),
            off: Off::Amount(amount(self.amount, currency, path)?),
            plugin: Some(plugin.to_owned()),
        })
    }
}

/// Discounts as the model has them. One of nothing is left out: it takes nothing off, and the model knows none.
fn discounts(
    drafts: &[DiscountDraft],
    currency: Currency,
    plugin: &str,
    path: &str,
) -> Result<Vec<Discount>, CallError> {
    drafts
        .iter()
        .enumerate()
        .filter(|(_, draft)| draft.amount != 0)
        .map(|(index, draft)| {
            draft.discount(
                currency,
                plugin,
                &format!("{path}[{index}].amountMoney.value"),
            )
        })
        .collect()
}

/// The plugin's title, with the menu's English when it is the menu's Korean.
fn title(written: &str, menu: Option<&Text>) -> Text {
    match menu {
        Some(menu) if menu.ko == written => menu.clone(),
        _ => Text::plain(written),
    }
}

fn amount(minor_units: i64, currency: Currency, path: &str) -> Result<Money, CallError> {
    Money::new(minor_units, currency).map_err(|error| CallError::payload(path, error.to_string()))
}
