//! The shop, and what staff change about its items while it sells.

use axum::Json;
use axum::extract::State;
use madang_model::ItemId;
use madang_model::stock::ItemDay;

use super::Served;
use crate::ask::{Body, Key, Named, id};
use crate::problem::Problem;
use crate::route::order::by_cashier;
use crate::view::shop::{CountStock, ItemView, SetSaleState, ShopView, Today};
use madang_till::Command;

/// The shop with its menu as it is today and its tables with their open orders.
#[utoipa::path(get, path = "/api/shop", responses((status = 200, body = ShopView)))]
pub async fn shop(State(served): State<Served>) -> Json<ShopView> {
    let till = &served.till;
    let today = Today {
        now: till.world().now(),
        item_day: &|item| till.item_day(item),
        table_order: &|table| till.table_order(table).map(|order| order.id),
    };
    Json(ShopView::of(&till.shop(), &today))
}

/// Puts an item on sale or takes it off.
#[utoipa::path(
    post,
    path = "/api/items/{id}/sale-state",
    params(("id" = u64, Path), ("idempotency-key" = String, Header)),
    request_body = SetSaleState,
    responses((status = 200, body = ItemView))
)]
pub async fn set_sale_state(
    State(served): State<Served>,
    Named(item): Named<String>,
    Key(key): Key,
    Body(body): Body<SetSaleState>,
) -> Result<Json<ItemView>, Problem> {
    let item = id(&item)?;
    let command = Command::SetSaleState {
        item,
        state: body.state.into(),
    };
    served.till.perform(by_cashier(key, command)).await?;
    item_now(&served, item)
}

/// Tells how many of an item were counted.
#[utoipa::path(
    post,
    path = "/api/items/{id}/stock",
    params(("id" = u64, Path), ("idempotency-key" = String, Header)),
    request_body = CountStock,
    responses((status = 200, body = ItemView))
)]
pub async fn count_stock(
    State(served): State<Served>,
    Named(item): Named<String>,
    Key(key): Key,
    Body(body): Body<CountStock>,
) -> Result<Json<ItemView>, Problem> {
    let item = id(&item)?;
    let command = Command::CountStock {
        item,
        quantity: body.quantity,
    };
    served.till.perform(by_cashier(key, command)).await?;
    item_now(&served, item)
}

fn item_now(served: &Served, item: ItemId) -> Result<Json<ItemView>, Problem> {
    let till = &served.till;
    let shop = till.shop();
    let there = shop
        .catalog
        .item(item)
        .ok_or(madang_model::Refusal::NoSuchItem { item })?;
    let day = till.item_day(item).unwrap_or_else(|| ItemDay::of(there));
    Ok(Json(ItemView::of(there, day)))
}
