//! `PluginOrderDto`.

use madang_model::line::{
    CHOICES_MAX, ChosenChoice, DISCOUNTS_MAX, Dining, ItemKind, LINES_MAX, MEMO_LENGTH_MAX,
    QUANTITY_MAX, TITLE_LENGTH_MAX,
};
use madang_model::{CategoryId, ChoiceId, ItemId, OrderId, TableId};
use serde::Deserialize;
use serde_json::Value;

use super::scalar::{Count, Guests, Number, Short, When, Won};
use super::{at_most, read};
use crate::call::{Call, CallError};
use crate::draft::{DiscountDraft, ItemDraft, OrderDraft, OrderLineDraft, RequestDraft};

type Title = Short<TITLE_LENGTH_MAX>;
type Memo = Short<MEMO_LENGTH_MAX>;

#[derive(Deserialize)]
struct AddDto {
    order: OrderDto,
}

#[derive(Deserialize)]
struct AddMenuDto {
    id: OrderId,
    order: OrderDto,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OrderDto {
    order_key: Option<Title>,
    memo: Option<Memo>,
    num_guests: Option<Guests>,
    discounts: Option<Vec<DiscountDto>>,
    table_id: Option<Number>,
    line_items: Vec<LineDto>,
    channel: Option<ChannelDto>,
    requested_info: Option<RequestDto>,
}

#[derive(Deserialize)]
struct ChannelDto {
    groups: Vec<Group>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Group {
    Pos,
    Kiosk,
    Delivery,
    TableOrder,
    MobileOrder,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestDto {
    request_at: Option<When>,
    expired_at: When,
    expected_ready_at: When,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LineDto {
    dining_option: DiningDto,
    item: ItemDto,
    quantity: QuantityDto,
    charge_price: AmountDto,
    option_choices: Option<Vec<ChoiceDto>>,
    discounts: Option<Vec<DiscountDto>>,
    memo: Option<Memo>,
}

#[derive(Deserialize)]
struct QuantityDto {
    value: Count,
}

#[derive(Deserialize)]
struct AmountDto {
    value: Won,
}

#[derive(Deserialize)]
struct ChoiceDto {
    id: Number,
    quantity: Count,
}

/// An item as every dto names it.
#[derive(Deserialize)]
pub(super) struct ItemDto {
    id: Number,
    title: Title,
    category: CategoryDto,
    code: Option<Title>,
    r#type: KindDto,
}

#[derive(Deserialize)]
struct CategoryDto {
    id: Number,
    title: Title,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DiscountDto {
    amount_money: AmountDto,
    title: Title,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum KindDto {
    Item,
    DeliveryFee,
    PrepaidCard,
    MultiUseTicket,
    Combo,
    GiftCard,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum DiningDto {
    Here,
    Togo,
    Delivery,
    Pickup,
}

pub(crate) fn add(data: &Value) -> Result<Call, CallError> {
    let dto: AddDto = read(data)?;
    Ok(Call::OrderAdd(Box::new(order(dto.order)?)))
}

pub(crate) fn add_menu(data: &Value) -> Result<Call, CallError> {
    let dto: AddMenuDto = read(data)?;
    Ok(Call::OrderAddMenu {
        order: dto.id,
        draft: Box::new(order(dto.order)?),
    })
}

fn order(dto: OrderDto) -> Result<OrderDraft, CallError> {
    if dto.line_items.is_empty() {
        return Err(CallError::payload(
            "order.lineItems",
            "at least one line is expected",
        ));
    }
    at_most("order.lineItems", dto.line_items.len(), LINES_MAX)?;
    Ok(OrderDraft {
        order_key: dto.order_key.map(|key| key.0).filter(|key| !key.is_empty()),
        memo: text(dto.memo),
        guests: dto.num_guests.map(|guests| guests.0),
        discounts: discounts(dto.discounts, "order.discounts")?,
        table: dto.table_id.map(|id| TableId(id.0)),
        lines: lines(dto.line_items)?,
        channels: channels(dto.channel),
        request: dto.requested_info.map(|request| RequestDraft {
            requested_at: request.request_at.map(|at| at.0),
            expires_at: request.expired_at.0,
            expected_ready_at: request.expected_ready_at.0,
        }),
    })
}

fn lines(dtos: Vec<LineDto>) -> Result<Vec<OrderLineDraft>, CallError> {
    dtos.into_iter()
        .enumerate()
        .map(|(index, dto)| line(dto, &format!("order.lineItems[{index}]")))
        .collect()
}

fn line(dto: LineDto, path: &str) -> Result<OrderLineDraft, CallError> {
    Ok(OrderLineDraft {
        item: dto.item.into(),
        quantity: dto.quantity.value.0,
        charge: dto.charge_price.value.0,
        choices: choices(dto.option_choices.unwrap_or_default(), path)?,
        discounts: discounts(dto.discounts, &format!("{path}.discounts"))?,
        memo: text(dto.memo),
        dining: dto.dining_option.into(),
    })
}

/// Choices of one id are added up, as the SDK does before it sends.
fn choices(dtos: Vec<ChoiceDto>, path: &str) -> Result<Vec<ChosenChoice>, CallError> {
    at_most(&format!("{path}.optionChoices"), dtos.len(), CHOICES_MAX)?;
    let mut choices: Vec<ChosenChoice> = Vec::with_capacity(dtos.len());
    for (index, dto) in dtos.into_iter().enumerate() {
        let id = ChoiceId(dto.id.0);
        match choices.iter_mut().find(|choice| choice.id == id) {
            // Two counts of at most 9,999 each, a hundred of them at most: far from the end of u32.
            Some(same) => same.quantity += dto.quantity.0,
            None => choices.push(ChosenChoice {
                id,
                quantity: dto.quantity.0,
            }),
        }
        if choices.iter().any(|choice| choice.quantity > QUANTITY_MAX) {
            let place = format!("{path}.optionChoices[{index}].quantity");
            return Err(CallError::payload(
                place,
                format!("at most {QUANTITY_MAX} of one choice are taken"),
            ));
        }
    }
    Ok(choices)
}

pub(super) fn discounts(
    dtos: Option<Vec<DiscountDto>>,
    path: &str,
) -> Result<Vec<DiscountDraft>, CallError> {
    let dtos = dtos.unwrap_or_default();
    at_most(path, dtos.len(), DISCOUNTS_MAX)?;
    Ok(dtos
        .into_iter()
        .map(|dto| DiscountDraft {
            title: dto.title.0,
            amount: dto.amount_money.value.0,
        })
        .collect())
}

fn channels(dto: Option<ChannelDto>) -> Vec<String> {
    let mut channels: Vec<String> = Vec::new();
    for group in dto.map(|dto| dto.groups).unwrap_or_default() {
        let word = group.word();
        if !channels.iter().any(|known| known == word) {
            channels.push(word.into());
        }
    }
    channels
}

pub(super) fn text<const N: usize>(text: Option<Short<N>>) -> String {
    text.map(|text| text.0).unwrap_or_default()
}

impl Group {
    fn word(self) -> &'static str {
        match self {
            Self::Pos => "POS",
            Self::Kiosk => "KIOSK",
            Self::Delivery => "DELIVERY",
            Self::TableOrder => "TABLE_ORDER",
            Self::MobileOrder => "MOBILE_ORDER",
        }
    }
}

impl From<ItemDto> for ItemDraft {
    fn from(dto: ItemDto) -> Self {
        Self {
            id: ItemId(dto.id.0),
            title: dto.title.0,
            category: CategoryId(dto.category.id.0),
            category_title: dto.category.title.0,
            kind: dto.r#type.into(),
            code: dto.code.map(|code| code.0),
        }
    }
}

impl From<KindDto> for ItemKind {
    fn from(kind: KindDto) -> Self {
        match kind {
            KindDto::Item => Self::Item,
            KindDto::DeliveryFee => Self::DeliveryFee,
            KindDto::PrepaidCard => Self::PrepaidCard,
            KindDto::MultiUseTicket => Self::MultiUseTicket,
            KindDto::Combo => Self::Combo,
            KindDto::GiftCard => Self::GiftCard,
        }
    }
}

impl From<DiningDto> for Dining {
    fn from(dining: DiningDto) -> Self {
        match dining {
            DiningDto::Here => Self::Here,
            DiningDto::Togo => Self::Togo,
            DiningDto::Delivery => Self::Delivery,
            DiningDto::Pickup => Self::Pickup,
        }
    }
}
