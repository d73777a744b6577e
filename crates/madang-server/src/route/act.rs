//! Script steps for this running till.

use axum::Json;
use axum::extract::State;

use super::Served;
use crate::ask::Body;
use crate::view::act::{ActSteps, ActView};

/// Plays script steps as a cashier would, up to the first that fails.
#[utoipa::path(
    post,
    path = "/api/act",
    request_body = ActSteps,
    responses((status = 200, body = ActView))
)]
pub async fn act(State(served): State<Served>, Body(body): Body<ActSteps>) -> Json<ActView> {
    let results = served.acts.act(body.steps).await;
    let ok = results.iter().all(|result| result.ok);
    Json(ActView { results, ok })
}
