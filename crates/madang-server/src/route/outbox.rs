//! Messages that go out, and what a person decides about those that could not be delivered.

use axum::Json;
use axum::extract::State;
use madang_journal::OutboxId;

use super::Served;
use crate::ask::{Body, Named};
use crate::problem::Problem;
use crate::view::outbox::{AsideView, OutboxView, ResumeOutbox};

/// Messages of each kind in one answer: more than a person reads.
const MESSAGES_MAX: u32 = 200;

/// How the outbox stands: what waits, and what stands aside since it could not be delivered.
#[utoipa::path(get, path = "/api/outbox", responses((status = 200, body = OutboxView)))]
pub async fn outbox(State(served): State<Served>) -> Result<Json<OutboxView>, Problem> {
    let status = served.outbox.status(MESSAGES_MAX).await;
    let status = status.map_err(madang_outbox::DecideError::from)?;
    Ok(Json(status.into()))
}

/// What stands aside since it could not be delivered: how much, and the oldest of it.
#[utoipa::path(get, path = "/api/outbox/aside", responses((status = 200, body = AsideView)))]
pub async fn aside(State(served): State<Served>) -> Result<Json<AsideView>, Problem> {
    let status = served.outbox.status(AsideView::MESSAGES_MAX).await;
    let status = status.map_err(madang_outbox::DecideError::from)?;
    Ok(Json(status.into()))
}

/// Tries at once what waits for a destination, or for every one, whatever its server wished before. Answers with the outbox as it is
/// then.
#[utoipa::path(
    post,
    path = "/api/outbox/resume",
    request_body = ResumeOutbox,
    responses((status = 200, body = OutboxView))
)]
pub async fn resume(
    State(served): State<Served>,
    Body(which): Body<ResumeOutbox>,
) -> Result<Json<OutboxView>, Problem> {
    served.outbox.resume(which.destination.as_deref()).await?;
    tracing::info!(?which, "destinations of messages were resumed by hand");
    outbox(State(served)).await
}

/// Lets everything that stands aside be tried again at once. Answers with the outbox as it is then.
#[utoipa::path(post, path = "/api/outbox/retry", responses((status = 200, body = OutboxView)))]
pub async fn retry_all(State(served): State<Served>) -> Result<Json<OutboxView>, Problem> {
    let count = served.outbox.retry_all().await?;
    tracing::info!(count, "messages that stood aside were put back by hand");
    outbox(State(served)).await
}

/// Lets a message that stands aside be tried again at once. Answers with the outbox as it is then.
#[utoipa::path(
    post,
    path = "/api/outbox/{id}/retry",
    params(("id" = i64, Path)),
    responses((status = 200, body = OutboxView))
)]
pub async fn retry(
    State(served): State<Served>,
    Named(id): Named<i64>,
) -> Result<Json<OutboxView>, Problem> {
    served.outbox.retry(OutboxId::new(id)).await?;
    outbox(State(served)).await
}

/// Lets go of a message that stands aside: it is never delivered, and those behind it go on. Answers with the outbox as it is then.
#[utoipa::path(
    post,
    path = "/api/outbox/{id}/drop",
    params(("id" = i64, Path)),
    responses((status = 200, body = OutboxView))
)]
pub async fn drop_message(
    State(served): State<Served>,
    Named(id): Named<i64>,
) -> Result<Json<OutboxView>, Problem> {
    served.outbox.drop_message(OutboxId::new(id)).await?;
    outbox(State(served)).await
}
