//! The live stream.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;

use super::Served;
use crate::ask::Asked;
use crate::view::stream::StreamUpdate;

/// Where a reader goes on.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StreamQuery {
    /// The id of the last event that was read; the header Last-Event-ID says the same and wins.
    after: Option<String>,
}

/// Everything that changes, as server-sent events; the `data:` of each is a StreamUpdate.
#[utoipa::path(
    get,
    path = "/api/stream",
    params(StreamQuery),
    responses((status = 200, body = StreamUpdate, content_type = "text/event-stream"))
)]
pub async fn stream(State(_served): State<Served>, Asked(query): Asked<StreamQuery>) -> StatusCode {
    let _ = query.after;
    StatusCode::SERVICE_UNAVAILABLE
}
