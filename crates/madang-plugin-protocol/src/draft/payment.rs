//! Payments that plugins record.

use madang_model::PaymentId;
use madang_model::order::TakePayment;
use madang_model::payment::{Approval, Card, Method};
use madang_model::shop::Shop;

use super::amount;
use crate::call::CallError;
use crate::query::Moment;

/// A payment as a plugin hands it in. The number of a cash receipt, which is somebody's telephone number, is not kept.
#[derive(Clone, Debug, PartialEq)]
pub struct PaymentDraft {
    /// How it was paid.
    pub method: Method,
    /// How much, in minor units; above 0.
    pub amount: i64,
    /// The plugin's own key for it.
    pub payment_key: String,
    /// The approval number.
    pub approval_number: String,
    /// When it was approved.
    pub approved_at: Moment,
    /// The card, for card payments; its number is masked.
    pub card: Option<Card>,
    /// Complete the order when this pays it in full.
    pub completes: bool,
}

impl PaymentDraft {
    /// The payment as the model takes it. Its share of the tax is the order's to say: the plugin's own split is checked to
    /// add up and then left aside.
    ///
    /// # Errors
    /// [`CallError::BadPayload`] for an amount past the limit.
    pub fn payment(
        &self,
        shop: &Shop,
        payment: PaymentId,
        plugin: &str,
    ) -> Result<TakePayment, CallError> {
        Ok(TakePayment {
            payment,
            method: self.method,
            amount: amount(self.amount, shop.currency, "paymentDto.amountMoney")?,
            cash: None,
            payment_key: self.payment_key.clone(),
            approval: Approval {
                number: self.approval_number.clone(),
                at: self.approved_at.at(&shop.zone()),
                card: self.card.clone(),
                simulated: false,
                source: (self.method == Method::External).then(|| plugin.to_owned()),
            },
            plugin: Some(plugin.to_owned()),
            completes: self.completes,
        })
    }
}
