//! Whether Madang answers here. The only address that needs no token.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

/// Who answers here.
#[derive(Debug, Serialize, ToSchema)]
pub struct HealthView {
    /// Always `madang`.
    name: &'static str,
    /// Its version.
    version: &'static str,
}

/// Says that Madang answers here, and nothing else.
#[utoipa::path(get, path = "/api/health", security(()), responses((status = 200, body = HealthView)))]
pub async fn health() -> Json<HealthView> {
    Json(HealthView {
        name: "madang",
        version: env!("CARGO_PKG_VERSION"),
    })
}
