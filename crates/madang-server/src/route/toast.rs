//! Toasts of plugins.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use super::Served;
use crate::ask::Named;
use crate::problem::Problem;
use crate::view::plugin::ToastView;

/// The toasts that are open now.
#[utoipa::path(get, path = "/api/toasts", responses((status = 200, body = Vec<ToastView>)))]
pub async fn toasts(State(served): State<Served>) -> Json<Vec<ToastView>> {
    Json(served.plugins.toasts().await)
}

/// Somebody touched a toast.
#[utoipa::path(
    post,
    path = "/api/toasts/{id}/click",
    params(("id" = String, Path)),
    responses((status = 204))
)]
pub async fn click_toast(
    State(served): State<Served>,
    Named(id): Named<String>,
) -> Result<StatusCode, Problem> {
    served.plugins.toast_click(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Somebody pressed a toast's button.
#[utoipa::path(
    post,
    path = "/api/toasts/{id}/button",
    params(("id" = String, Path)),
    responses((status = 204))
)]
pub async fn press_toast_button(
    State(served): State<Served>,
    Named(id): Named<String>,
) -> Result<StatusCode, Problem> {
    served.plugins.toast_button(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Somebody closed a toast, or its time was over.
#[utoipa::path(
    post,
    path = "/api/toasts/{id}/close",
    params(("id" = String, Path)),
    responses((status = 204))
)]
pub async fn close_toast(
    State(served): State<Served>,
    Named(id): Named<String>,
) -> Result<StatusCode, Problem> {
    served.plugins.toast_close(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}
