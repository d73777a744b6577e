//! Imports into the shop's catalog and stock, a batch of rows at a time.

use axum::Json;
use axum::extract::State;

use super::Served;
use crate::ask::{Body, Key, Named};
use crate::problem::Problem;
use crate::route::order::by_cashier;
use crate::view::import::{ImportBatch, ImportCheck, ImportRun, ImportTaken, RenamedView};
use madang_model::Refusal;
use madang_till::{Answer, ROWS_MAX};

/// Takes rows and keeps how far their import has come, in one write; a row that cannot be taken keeps all others of the batch out as well.
#[utoipa::path(
    post,
    path = "/api/import/batches",
    params(("idempotency-key" = String, Header)),
    request_body = ImportBatch,
    responses((status = 200, body = ImportTaken))
)]
pub async fn take_batch(
    State(served): State<Served>,
    Key(key): Key,
    Body(body): Body<ImportBatch>,
) -> Result<Json<ImportTaken>, Problem> {
    let command = body.command()?;
    let done = served.till.perform(by_cashier(key, command)).await?;
    taken(done.answer)
}

/// Says whether rows would be taken as the shop stands now; nothing changes.
#[utoipa::path(
    post,
    path = "/api/import/batches/check",
    request_body = ImportCheck,
    responses((status = 200, body = ImportTaken))
)]
pub async fn check_batch(
    State(served): State<Served>,
    Body(body): Body<ImportCheck>,
) -> Result<Json<ImportTaken>, Problem> {
    let checked = body.asked(&served.till)?;
    let Json(taken) = taken(checked.answer)?;
    Ok(Json(ImportTaken {
        items: checked
            .items
            .into_iter()
            .map(|item| item.map(|item| item.0))
            .collect(),
        ..taken
    }))
}

fn taken(answer: Answer) -> Result<Json<ImportTaken>, Problem> {
    match answer {
        Answer::Rows {
            rows,
            rows_unchanged,
            rows_new,
            rows_renamed,
            renamed,
        } => Ok(Json(ImportTaken {
            rows,
            rows_unchanged,
            rows_new,
            rows_renamed,
            renamed: renamed.into_iter().map(RenamedView::of).collect(),
            items: Vec::new(),
        })),
        _ => Err(Refusal::KeyUsedForSomethingElse.into()),
    }
}

/// How far an import has come.
#[utoipa::path(
    get,
    path = "/api/import/runs/{run}",
    params(("run" = String, Path)),
    responses((status = 200, body = ImportRun))
)]
pub async fn run(
    State(served): State<Served>,
    Named(run): Named<String>,
) -> Result<Json<ImportRun>, Problem> {
    let checkpoint = served.till.import_progress(&run).await?;
    Ok(Json(ImportRun {
        run,
        checkpoint,
        rows_max: ROWS_MAX,
    }))
}
