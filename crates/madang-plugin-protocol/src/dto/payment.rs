//! `PluginPaymentDto`.

use madang_model::OrderId;
use madang_model::line::TITLE_LENGTH_MAX;
use madang_model::payment::{Card, CardKind, Method};
use serde::Deserialize;
use serde_json::Value;

use super::read;
use super::scalar::{Named, Short, When, Won};
use crate::call::{Call, CallError};
use crate::draft::PaymentDraft;
use crate::mask;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AddDto {
    order: Identified,
    payment_dto: PaymentDto,
}

#[derive(Deserialize)]
struct Identified {
    id: OrderId,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PaymentDto {
    source_type: SourceType,
    order_id: Option<OrderId>,
    amount_money: Won,
    tax_money: Won,
    supply_money: Won,
    tip_money: Won,
    tax_exempt_money: Option<Won>,
    approved_no: Short<100>,
    approved_at: When,
    payment_key: Named<TITLE_LENGTH_MAX>,
    autocomplete: Option<bool>,
    card_details: Option<CardDto>,
}

/// What can be recorded; the SDK's other two names are for payments of the till's own.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum SourceType {
    Card,
    Cash,
    External,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CardDto {
    installment_month: Short<2>,
    card_type: CardType,
    card_brand: Short<100>,
    card_no: Option<Short<100>>,
    source: Option<Short<100>>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum CardType {
    Credit,
    Debit,
    Prepaid,
    Foreign,
}

pub(crate) fn add(data: &Value) -> Result<Call, CallError> {
    let dto: AddDto = read(data)?;
    let payment = dto.payment_dto;
    if payment.order_id.is_some_and(|order| order != dto.order.id) {
        return Err(bad("orderId", "the same id as `order.id` is expected"));
    }
    check_sums(&payment)?;
    Ok(Call::PaymentAdd {
        order: dto.order.id,
        draft: Box::new(draft(payment)?),
    })
}

fn check_sums(dto: &PaymentDto) -> Result<(), CallError> {
    if dto.tip_money.0 != 0 {
        return Err(bad("tipMoney", "tips are not taken here: 0 is expected"));
    }
    if dto.amount_money.0 == 0 {
        return Err(bad("amountMoney", "an amount above 0 is expected"));
    }
    let exempt = dto.tax_exempt_money.map_or(0, |exempt| exempt.0);
    let sum = dto.tax_money.0 + dto.supply_money.0 + exempt;
    if sum != dto.amount_money.0 {
        return Err(bad(
            "amountMoney",
            &format!("taxMoney + supplyMoney + taxExemptMoney = {sum} is expected"),
        ));
    }
    Ok(())
}

fn draft(dto: PaymentDto) -> Result<PaymentDraft, CallError> {
    let (method, card) = match (dto.source_type, dto.card_details) {
        (SourceType::Card, Some(details)) => (Method::Card, Some(card(details)?)),
        (SourceType::Card, None) => {
            return Err(bad("cardDetails", "the card is expected with CARD"));
        }
        (SourceType::Cash, _) => (Method::Cash, None),
        (SourceType::External, _) => (Method::External, None),
    };
    Ok(PaymentDraft {
        method,
        amount: dto.amount_money.0,
        payment_key: dto.payment_key.0,
        approval_number: dto.approved_no.0,
        approved_at: dto.approved_at.0,
        card,
        completes: dto.autocomplete.unwrap_or(true),
    })
}

fn card(dto: CardDto) -> Result<Card, CallError> {
    let months = dto.installment_month.0;
    let installment_months = match months.as_str() {
        "" => 0,
        digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().unwrap_or(0),
        _ => {
            return Err(bad(
                "cardDetails.installmentMonth",
                "months as text, \"00\" to \"99\", are expected",
            ));
        }
    };
    let number = dto.card_no.map(|number| number.0).unwrap_or_default();
    Ok(Card {
        brand: dto.card_brand.0,
        number_masked: mask::text(&number).into_owned(),
        kind: match dto.card_type {
            CardType::Credit => CardKind::Credit,
            CardType::Debit => CardKind::Debit,
            CardType::Prepaid => CardKind::Prepaid,
            CardType::Foreign => CardKind::Foreign,
        },
        installment_months,
        acquirer: dto.source.map(|source| source.0),
    })
}

fn bad(field: &str, expected: &str) -> CallError {
    CallError::payload(format!("paymentDto.{field}"), expected)
}
