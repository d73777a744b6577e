//! Files that a person imports by hand.

use std::io;
use std::time::Duration;

use axum::Json;
use axum::body::Body as HttpBody;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures::{StreamExt, TryStreamExt};
use tokio::time::timeout;

use super::Served;
use crate::ask::{Asked, Body, Named};
use crate::import::Pieces;
use crate::problem::Problem;
use crate::view::import_file::{
    ImportJob, ImportWork, PastImport, ProposalView, ProposeMapping, RunImport, UploadName,
    UploadView,
};

/// How long the next piece of a file may take: it comes from the same machine, or from a disk that has to wake up.
const PIECE_TIMEOUT: Duration = Duration::from_secs(30);

/// Takes a file in, piece by piece; it is never held in memory as a whole.
#[utoipa::path(
    post,
    path = "/api/import/uploads",
    params(UploadName),
    request_body(content = String, content_type = "application/octet-stream"),
    responses((status = 200, body = UploadView))
)]
pub async fn upload(
    State(served): State<Served>,
    Asked(named): Asked<UploadName>,
    request: Request,
) -> Result<Json<UploadView>, Problem> {
    let bytes = length(request.headers());
    let pieces = in_time(request.into_body());
    let upload = served.imports.upload(&named.name, bytes, pieces).await?;
    tracing::info!(
        upload = upload.id,
        bytes = upload.bytes,
        "a file to import was brought"
    );
    Ok(Json(upload))
}

/// Says what a file is: how it is written, what its columns mean, and its first rows.
#[utoipa::path(
    post,
    path = "/api/import/proposal",
    request_body = ProposeMapping,
    responses((status = 200, body = ProposalView))
)]
pub async fn propose(
    State(served): State<Served>,
    Body(asked): Body<ProposeMapping>,
) -> Result<Json<ProposalView>, Problem> {
    Ok(Json(served.imports.propose(asked).await?))
}

/// Begins to check a file. Nothing is written.
#[utoipa::path(
    post,
    path = "/api/import/check",
    request_body = RunImport,
    responses((status = 200, body = ImportJob))
)]
pub async fn check(
    State(served): State<Served>,
    Body(asked): Body<RunImport>,
) -> Result<Json<ImportJob>, Problem> {
    Ok(Json(served.imports.check(asked).await?))
}

/// Begins to import a file into the till, or goes on with it.
#[utoipa::path(
    post,
    path = "/api/import/start",
    request_body = RunImport,
    responses((status = 200, body = ImportJob))
)]
pub async fn start(
    State(served): State<Served>,
    Body(asked): Body<RunImport>,
) -> Result<Json<ImportJob>, Problem> {
    let job = served.imports.start(asked).await?;
    tracing::info!(file = job.upload.name, "an import was begun by hand");
    Ok(Json(job))
}

/// Asks the check or import under way to end. What it has written stays, and it can go on later.
#[utoipa::path(post, path = "/api/import/stop", responses((status = 200, body = ImportJob)))]
pub async fn stop(State(served): State<Served>) -> Result<Json<ImportJob>, Problem> {
    Ok(Json(served.imports.stop()?))
}

/// The check or import under way, or the last one. Who shows it asks once a second: the live stream goes to every page, and to none of the others
/// this says anything.
#[utoipa::path(get, path = "/api/import/work", responses((status = 200, body = ImportWork)))]
pub async fn work(State(served): State<Served>) -> Json<ImportWork> {
    Json(served.imports.work())
}

/// Imports that were made here, the newest first.
#[utoipa::path(get, path = "/api/import/history", responses((status = 200, body = Vec<PastImport>)))]
pub async fn history(State(served): State<Served>) -> Result<Json<Vec<PastImport>>, Problem> {
    Ok(Json(served.imports.history().await?))
}

/// All rows that a run refused, as a CSV file with the reasons behind each row: it can be mended and brought again.
#[utoipa::path(
    get,
    path = "/api/import/history/{run}/refused.csv",
    params(("run" = String, Path)),
    responses((status = 200, body = String, content_type = "text/csv"))
)]
pub async fn refused_rows(
    State(served): State<Served>,
    Named(run): Named<String>,
) -> Result<Response, Problem> {
    let pieces = served.imports.refused_rows(&run).await?;
    let mut response = HttpBody::from_stream(pieces).into_response();
    let headers = response.headers_mut();
    let fixed = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"refused.csv\"",
        ),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}

fn length(headers: &HeaderMap) -> Option<u64> {
    headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

/// The body, ended by an error when a piece of it takes too long.
fn in_time(body: HttpBody) -> Pieces {
    let pieces = body.into_data_stream().map_err(io::Error::other).boxed();
    futures::stream::try_unfold(pieces, |mut pieces| async move {
        let piece = timeout(PIECE_TIMEOUT, pieces.try_next()).await;
        let piece = piece.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        Ok(piece.map(|piece| (piece, pieces)))
    })
    .boxed()
}
