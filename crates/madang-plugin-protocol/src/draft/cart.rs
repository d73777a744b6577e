//! Lines that plugins put into the cart.

use madang_model::catalog::PriceKind;
use madang_model::line::{Dining, Fixed, Line, LineChoice, LineItem};
use madang_model::shop::Shop;
use madang_model::{LineKey, Text};

use super::{ChoiceDraft, DiscountDraft, ItemDraft, amount, discounts};
use crate::call::CallError;

/// A line of the cart as a plugin hands it in, with a price of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct CartLineDraft {
    /// The plugin's key for it; the till makes one when there is none.
    pub key: Option<LineKey>,
    /// What is wanted.
    pub item: ItemDraft,
    /// The name of the price.
    pub price_title: String,
    /// How the price is found.
    pub price_kind: PriceKind,
    /// The price of one without choices, in minor units.
    pub price: i64,
    /// Free of value added tax.
    pub tax_free: bool,
    /// The stock keeping unit.
    pub sku: Option<String>,
    /// Taken off the line.
    pub discounts: Vec<DiscountDraft>,
    /// A word for the kitchen.
    pub memo: String,
    /// The choices with their amounts.
    pub choices: Vec<ChoiceDraft>,
    /// How many.
    pub quantity: u32,
    /// Where it will be eaten.
    pub dining: Dining,
    /// What staff may not change.
    pub fixed: Fixed,
}

impl CartLineDraft {
    /// The line as the model has it: title and price as the plugin says, even for an item of the menu. `key` is used when
    /// the plugin gave none.
    ///
    /// # Errors
    /// [`CallError::BadPayload`] for an amount past the limit.
    pub fn line(
        &self,
        shop: &Shop,
        plugin: &str,
        key: impl FnOnce() -> LineKey,
    ) -> Result<Line, CallError> {
        let price = amount(self.price, shop.currency, "lineItem.itemPrice.priceValue")?;
        let menu_item = shop.catalog.item(self.item.id);
        let item = LineItem {
            price_title: Text::plain(self.price_title.clone()),
            price_kind: self.price_kind,
            sku: self.sku.clone(),
            tax_free: self.tax_free,
            ..self.item.line_item(shop, menu_item, price)
        };
        Ok(Line {
            key: self.key.clone().unwrap_or_else(key),
            item,
            choices: choices(&self.choices, shop, "lineItem.optionChoices")?,
            quantity: self.quantity,
            discounts: discounts(&self.discounts, shop.currency, plugin, "lineItem.discount")?,
            memo: self.memo.clone(),
            dining: self.dining,
            fixed: self.fixed,
            plugin: Some(plugin.to_owned()),
        })
    }
}

fn choices(drafts: &[ChoiceDraft], shop: &Shop, path: &str) -> Result<Vec<LineChoice>, CallError> {
    drafts
        .iter()
        .enumerate()
        .map(|(index, draft)| draft.choice(shop, &format!("{path}[{index}].priceValue")))
        .collect()
}
