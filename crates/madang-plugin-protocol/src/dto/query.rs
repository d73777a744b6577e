//! Queries of orders.

use madang_model::TableId;
use madang_model::order::OrderState;
use serde::Deserialize;
use serde_json::Value;

use super::read;
use super::scalar::{Number, Page, Size, When};
use crate::call::CallError;
use crate::query::{OrderQuery, OrderSearch};

/// What plugins that say no size are given.
const SIZE_DEFAULT: u32 = 100;

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum State {
    Requested,
    Opened,
    Completed,
    Cancelled,
}

/// The SDK also sends `states`, a fixed list of older words that says nothing.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListDto {
    start: When,
    end: When,
    page: Option<Page>,
    size: Option<Size>,
    order_states: Option<Vec<State>>,
    status: Option<Vec<State>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SearchDto {
    table_id: Option<Number>,
    order_state: Option<State>,
    start: Option<When>,
    end: Option<When>,
    page: Option<Page>,
    size: Option<Size>,
}

pub(crate) fn list(data: &Value) -> Result<OrderQuery, CallError> {
    let dto: ListDto = read(data)?;
    let states = dto.order_states.or(dto.status).unwrap_or_default();
    Ok(OrderQuery {
        start: dto.start.0,
        end: dto.end.0,
        page: page(dto.page),
        size: size(dto.size),
        states: states.into_iter().map(OrderState::from).collect(),
    })
}

pub(crate) fn search(data: &Value) -> Result<OrderSearch, CallError> {
    let dto: SearchDto = read(data)?;
    Ok(OrderSearch {
        table: dto.table_id.map(|id| TableId(id.0)),
        state: dto.order_state.map(OrderState::from),
        start: dto.start.map(|start| start.0),
        end: dto.end.map(|end| end.0),
        page: page(dto.page),
        size: size(dto.size),
    })
}

fn page(page: Option<Page>) -> u32 {
    page.map_or(1, |page| page.0.max(1))
}

fn size(size: Option<Size>) -> u32 {
    size.map_or(SIZE_DEFAULT, |size| size.0)
}

impl From<State> for OrderState {
    fn from(state: State) -> Self {
        match state {
            State::Requested => Self::Requested,
            State::Opened => Self::Opened,
            State::Completed => Self::Completed,
            State::Cancelled => Self::Cancelled,
        }
    }
}
