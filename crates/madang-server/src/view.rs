//! What the screen sees: plain values with plain names, made from the model at this edge.
//!
//! Amounts are whole minor units of the shop's currency, which [`shop::ShopView`] states once. Times are UTC in ISO 8601.

pub mod act;
pub mod cart;
pub mod import;
pub mod import_file;
pub mod insight;
pub mod order;
pub mod outbox;
pub mod plugin;
pub mod shop;
pub mod stream;
pub mod terminal;
pub mod upstream;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A word of the shop in Korean and, where the shop wrote it, in English.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// The Korean form; always there.
    pub ko: String,
    /// The English form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub en: Option<String>,
}

impl Text {
    /// A text with both forms.
    pub fn new(ko: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            ko: ko.into(),
            en: Some(en.into()),
        }
    }
}

impl From<&madang_model::Text> for Text {
    fn from(text: &madang_model::Text) -> Self {
        Self {
            ko: text.ko.clone(),
            en: text.en.clone(),
        }
    }
}

impl From<Text> for madang_model::Text {
    fn from(text: Text) -> Self {
        Self {
            ko: text.ko,
            en: text.en,
        }
    }
}
