//! The card terminal, and the barcode scanner.

use axum::Json;
use axum::extract::State;
use madang_model::Refusal;

use super::Served;
use super::cart::answer;
use super::order::cashier;
use crate::ask::Body;
use crate::problem::Problem;
use crate::view::cart::CartView;
use crate::view::terminal::{ChooseOutcome, Scan, TerminalOutcome, TerminalStateView};

/// The terminal as it is now.
#[utoipa::path(get, path = "/api/terminal", responses((status = 200, body = TerminalStateView)))]
pub async fn terminal(State(served): State<Served>) -> Json<TerminalStateView> {
    Json(served.terminal.view())
}

/// Chooses how the attempt under way, or the next one, ends.
#[utoipa::path(
    put,
    path = "/api/terminal",
    request_body = ChooseOutcome,
    responses((status = 200, body = TerminalStateView))
)]
pub async fn choose_outcome(
    State(served): State<Served>,
    Body(choice): Body<ChooseOutcome>,
) -> Result<Json<TerminalStateView>, Problem> {
    let outcome = choice.outcome.map(TerminalOutcome::checked).transpose()?;
    served.terminal.choose(outcome, choice.sticky).await?;
    Ok(Json(served.terminal.view()))
}

/// Puts the item with this barcode into the cart.
#[utoipa::path(
    post,
    path = "/api/scan",
    request_body = Scan,
    responses((status = 200, body = CartView))
)]
pub async fn scan(
    State(served): State<Served>,
    Body(scan): Body<Scan>,
) -> Result<Json<CartView>, Problem> {
    let item = served
        .till
        .shop()
        .catalog
        .item_by_barcode(&scan.barcode)
        .ok_or(Refusal::NoSuchBarcode {
            barcode: scan.barcode,
        })?
        .id;
    answer(served.till.add_to_cart(&cashier(), item, 1, None)?)
}
