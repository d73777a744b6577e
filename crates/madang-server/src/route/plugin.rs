//! Plugins, their messages and their settings.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;

use super::Served;
use crate::ask::{Asked, Body, Named};
use crate::problem::Problem;
use crate::view::plugin::{
    PluginView, SetSettings, SettingsView, TimelineEntry, TimelineMessage, TimelineQuery,
};

/// The most lines of the timeline in one answer.
const TIMELINE_LIMIT_MAX: usize = 1_000;

/// All plugins.
#[utoipa::path(get, path = "/api/plugins", responses((status = 200, body = Vec<PluginView>)))]
pub async fn plugins(State(served): State<Served>) -> Json<Vec<PluginView>> {
    Json(served.plugins.plugins().await)
}

/// Starts a plugin.
#[utoipa::path(
    post,
    path = "/api/plugins/{id}/start",
    params(("id" = String, Path)),
    responses((status = 200, body = PluginView))
)]
pub async fn start_plugin(
    State(served): State<Served>,
    Named(id): Named<String>,
) -> Result<Json<PluginView>, Problem> {
    Ok(Json(served.plugins.start(&id).await?))
}

/// Stops a plugin.
#[utoipa::path(
    post,
    path = "/api/plugins/{id}/stop",
    params(("id" = String, Path)),
    responses((status = 200, body = PluginView))
)]
pub async fn stop_plugin(
    State(served): State<Served>,
    Named(id): Named<String>,
) -> Result<Json<PluginView>, Problem> {
    Ok(Json(served.plugins.stop(&id).await?))
}

/// Stops and starts a plugin.
#[utoipa::path(
    post,
    path = "/api/plugins/{id}/restart",
    params(("id" = String, Path)),
    responses((status = 200, body = PluginView))
)]
pub async fn restart_plugin(
    State(served): State<Served>,
    Named(id): Named<String>,
) -> Result<Json<PluginView>, Problem> {
    Ok(Json(served.plugins.restart(&id).await?))
}

/// A plugin's form with what it holds.
#[utoipa::path(
    get,
    path = "/api/plugins/{id}/settings",
    params(("id" = String, Path)),
    responses((status = 200, body = SettingsView))
)]
pub async fn settings(
    State(served): State<Served>,
    Named(id): Named<String>,
) -> Result<Json<SettingsView>, Problem> {
    Ok(Json(served.plugins.settings(&id).await?))
}

/// Stores new values of a plugin's form, when every field is right.
#[utoipa::path(
    put,
    path = "/api/plugins/{id}/settings",
    params(("id" = String, Path)),
    request_body = SetSettings,
    responses((status = 200, body = SettingsView))
)]
pub async fn set_settings(
    State(served): State<Served>,
    Named(id): Named<String>,
    Body(values): Body<SetSettings>,
) -> Result<Json<SettingsView>, Problem> {
    Ok(Json(served.plugins.set_settings(&id, values).await?))
}

/// Presses a button of a plugin's form.
#[utoipa::path(
    post,
    path = "/api/plugins/{id}/settings/buttons/{input}",
    params(("id" = String, Path), ("input" = String, Path)),
    responses((status = 204))
)]
pub async fn press_button(
    State(served): State<Served>,
    Named((id, input)): Named<(String, String)>,
) -> Result<StatusCode, Problem> {
    served.plugins.press_button(&id, &input).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which lines of the timeline are asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LinesQuery {
    /// Only of this plugin.
    plugin: Option<String>,
    /// Only what came after this number.
    after_seq: Option<u64>,
    /// Only what came before this number.
    before_seq: Option<u64>,
    /// At most this many.
    #[param(minimum = 1, maximum = 1000, default = 200)]
    limit: Option<usize>,
    /// Only what has this text in its name or summary.
    filter: Option<String>,
}

/// Lines of the timeline, oldest first: the first ones after `after_seq`, else the last ones (before `before_seq`).
#[utoipa::path(
    get,
    path = "/api/timeline",
    params(LinesQuery),
    responses((status = 200, body = Vec<TimelineEntry>))
)]
pub async fn timeline(
    State(served): State<Served>,
    Asked(query): Asked<LinesQuery>,
) -> Json<Vec<TimelineEntry>> {
    let query = TimelineQuery {
        plugin: query.plugin,
        after_seq: query.after_seq,
        before_seq: query.before_seq,
        limit: query.limit.unwrap_or(200).clamp(1, TIMELINE_LIMIT_MAX),
        filter: query.filter,
    };
    Json(served.plugins.timeline(query).await)
}

/// A message with all it says.
#[utoipa::path(
    get,
    path = "/api/timeline/{seq}",
    params(("seq" = u64, Path)),
    responses((status = 200, body = TimelineMessage))
)]
pub async fn timeline_message(
    State(served): State<Served>,
    Named(seq): Named<u64>,
) -> Result<Json<TimelineMessage>, Problem> {
    served
        .plugins
        .message(seq)
        .await
        .map(Json)
        .ok_or_else(|| not_kept(seq))
}

fn not_kept(seq: u64) -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "no-such-message",
        format!("the timeline has no message {seq}, or keeps it no longer"),
        "타임라인에 남아 있지 않은 메시지예요",
    )
}
