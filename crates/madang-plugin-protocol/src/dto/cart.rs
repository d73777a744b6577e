//! `PluginDraftOrderItemDto`.

use madang_model::catalog::PriceKind;
use madang_model::line::{CHOICES_MAX, Fixed, MEMO_LENGTH_MAX, TITLE_LENGTH_MAX};
use madang_model::{ChoiceId, LineKey};
use serde::Deserialize;
use serde_json::Value;

use super::order::{DiningDto, DiscountDto, ItemDto, discounts, text};
use super::scalar::{Count, Number, Short, Won};
use super::{at_most, read};
use crate::call::{Call, CallError};
use crate::draft::{CartLineDraft, ChoiceDraft};

type Title = Short<TITLE_LENGTH_MAX>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AddDto {
    line_item: LineDto,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ChoicesDto {
    key: LineKey,
    option_choices: Vec<ChoiceDto>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LineDto {
    key: Option<LineKey>,
    item: ItemDto,
    item_price: PriceDto,
    discount: Option<Vec<DiscountDto>>,
    memo: Option<Short<MEMO_LENGTH_MAX>>,
    option_choices: Option<Vec<ChoiceDto>>,
    quantity: Count,
    dining_option: DiningDto,
    metadata: Option<FixedDto>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PriceDto {
    title: Title,
    is_tax_free: bool,
    price_type: PriceKindDto,
    price_value: Won,
    sku: Option<Title>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum PriceKindDto {
    Fixed,
    Variable,
    Unit,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ChoiceDto {
    id: Number,
    title: Title,
    price_value: Won,
    quantity: Count,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(clippy::struct_field_names, reason = "the wire's own names")]
struct FixedDto {
    memo_fixed: Option<bool>,
    option_fixed: Option<bool>,
    quantity_fixed: Option<bool>,
}

pub(crate) fn add(data: &Value) -> Result<Call, CallError> {
    let dto = read::<AddDto>(data)?.line_item;
    let fixed = dto.metadata.unwrap_or_default();
    Ok(Call::DraftOrderAddLine(Box::new(CartLineDraft {
        key: dto.key,
        item: dto.item.into(),
        price_title: dto.item_price.title.0,
        price_kind: match dto.item_price.price_type {
            PriceKindDto::Fixed => PriceKind::Fixed,
            PriceKindDto::Variable => PriceKind::Variable,
            PriceKindDto::Unit => PriceKind::Unit,
        },
        price: dto.item_price.price_value.0,
        tax_free: dto.item_price.is_tax_free,
        sku: dto.item_price.sku.map(|sku| sku.0),
        discounts: discounts(dto.discount, "lineItem.discount")?,
        memo: text(dto.memo),
        choices: choices(
            dto.option_choices.unwrap_or_default(),
            "lineItem.optionChoices",
        )?,
        quantity: dto.quantity.0,
        dining: dto.dining_option.into(),
        fixed: Fixed {
            memo: fixed.memo_fixed.unwrap_or(false),
            choices: fixed.option_fixed.unwrap_or(false),
            quantity: fixed.quantity_fixed.unwrap_or(false),
        },
    })))
}

pub(crate) fn set_choices(data: &Value) -> Result<Call, CallError> {
    let dto: ChoicesDto = read(data)?;
    Ok(Call::DraftOrderSetChoices {
        key: dto.key,
        choices: choices(dto.option_choices, "optionChoices")?,
    })
}

fn choices(dtos: Vec<ChoiceDto>, path: &str) -> Result<Vec<ChoiceDraft>, CallError> {
    at_most(path, dtos.len(), CHOICES_MAX)?;
    Ok(dtos
        .into_iter()
        .map(|dto| ChoiceDraft {
            id: ChoiceId(dto.id.0),
            title: dto.title.0,
            amount: dto.price_value.0,
            quantity: dto.quantity.0,
        })
        .collect())
}
