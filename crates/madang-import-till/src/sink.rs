//! The sink.

use async_trait::async_trait;
use madang_import::{
    Batch, Changes, Checkpoint, Field, Place, Promise, RunKey, Schema, Sink, SinkError,
    SinkErrorKind, Written,
};
use madang_outbound::{Answer, Client, Method, Outcome, Request, SendError};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};

use crate::body;
use crate::columns::{Rows, Unfit};
use crate::rehearsal::Rehearsal;

/// The most rows that a till takes at once.
const BATCH_ROWS_MAX: usize = 250;

/// How much text a batch holds: as JSON it stays far below what the API takes.
const BATCH_BYTES: usize = 64 * 1024;

/// A row whose item another row of the files said.
const SAME_ITEM: &str = "same_item";

/// Where a till is, and what it lets us in by.
#[derive(Clone)]
pub struct TillAddress {
    /// As `http://127.0.0.1:4747`, without a slash at its end.
    pub origin: String,
    /// The token of its data folder.
    pub token: String,
    /// What people call it, as `the till of .madang/cafe`: it stays the same when the till is started again at another port.
    pub name: String,
}

/// Puts rows into a till's catalog, or counts its stock.
pub struct TillSink {
    client: Client,
    till: TillAddress,
    run: RunKey,
    /// The run that read the files first, when these are rows that it refused.
    first_run: Option<RunKey>,
    rows: Rows,
    /// Whether several rows may say one item, as the mapping has it: they count as if they came one by one.
    items_may_repeat: bool,
    /// Of a dry run.
    rehearsal: Rehearsal,
    /// What the till keeps of the run, word for word; none: nothing.
    kept: Option<String>,
    changes: Changes,
}

/// How far the till says that a run has come.
#[derive(Deserialize)]
struct Run {
    checkpoint: Option<String>,
}

/// What the till says of a batch that it took.
#[derive(Deserialize)]
struct Taken {
    rows: u64,
    rows_unchanged: u64,
    #[serde(default)]
    rows_new: u64,
    #[serde(default)]
    rows_renamed: u64,
    #[serde(default)]
    renamed: Vec<Renamed>,
    /// Of rows that were only looked at, the item of each, where it is there.
    #[serde(default)]
    items: Vec<Option<u64>>,
}

#[derive(Deserialize)]
struct Renamed {
    from: String,
    to: String,
}

/// What the till says when it does not do it.
#[derive(Deserialize)]
struct Problem {
    code: String,
    detail: String,
    detail_ko: String,
    #[serde(default)]
    rows: Vec<RowRefused>,
}

#[derive(Deserialize)]
struct RowRefused {
    code: String,
    message: Words,
}

#[derive(Deserialize)]
struct Words {
    ko: String,
    en: String,
}

impl TillSink {
    /// A sink that asks the till by `client`, whose route and grant say how long and that it may.
    pub fn new(client: Client, till: TillAddress) -> Self {
        Self {
            client,
            till,
            run: RunKey(String::new()),
            first_run: None,
            rows: Rows::Menu,
            items_may_repeat: false,
            rehearsal: Rehearsal::default(),
            kept: None,
            changes: Changes::default(),
        }
    }

    fn note(&mut self, taken: Taken) {
        let changes = &mut self.changes;
        changes.new += taken.rows_new;
        changes.renamed += taken.rows_renamed;
        changes.untouched += taken.rows_unchanged;
        let same = taken.rows_new + taken.rows_unchanged;
        changes.changed += taken.rows.saturating_sub(same);
        let room = Changes::RENAMES_MAX - changes.renames.len();
        let renames = taken.renamed.into_iter().take(room);
        changes
            .renames
            .extend(renames.map(|renamed| (renamed.from, renamed.to)));
    }

    fn rows(&self, batch: &Batch) -> Result<Json, SinkError> {
        let each = body::each(self.rows, batch).map_err(unknown_state)?;
        body::rows(self.rows, &batch.schema, each).map_err(unknown_state)
    }

    fn request(&self, method: Method, path: &str) -> Request {
        let mut request = Request::new(method, format!("{}{path}", self.till.origin));
        let token = format!("Bearer {}", self.till.token);
        request.headers.push(("authorization".into(), token));
        request
    }

    async fn asked<Said: DeserializeOwned>(
        &self,
        answer: Result<Answer, SendError>,
    ) -> Result<Said, SinkError> {
        let answer = answer.map_err(|error| self.not_reached(error))?;
        match answer.status {
            200 => serde_json::from_slice(&answer.body).map_err(|_| self.other_program(200)),
            status => Err(self.refused(status, &answer.body)),
        }
    }

    fn not_reached(&self, error: SendError) -> SinkError {
        let kind = match error.outcome() {
            // It may have taken the batch, and its answer was lost.
            Outcome::Unknown => SinkErrorKind::Unknown,
            _ => SinkErrorKind::Transient {
                retry_after: error.retry_after(),
            },
        };
        SinkError {
            kind,
            message: format!(
                "the till at {} does not answer; start it with `madang dev`",
                self.till.origin
            ),
            message_ko: format!(
                "{}의 포스가 답하지 않아요. `madang dev`로 켜 주세요",
                self.till.origin
            ),
            column: None,
            source: Some(Box::new(error)),
        }
    }

    fn refused(&self, status: u16, body: &[u8]) -> SinkError {
        if matches!(status, 401 | 403) {
            return self.not_let_in();
        }
        let Ok(problem) = serde_json::from_slice::<Problem>(body) else {
            return self.other_program(status);
        };
        if let Some(first) = problem.rows.into_iter().next() {
            // There is no room for any more, whichever row comes.
            if first.code == "too-many" {
                return error(SinkErrorKind::Setup, first.message.en, first.message.ko);
            }
            return error(rows(&first.code), first.message.en, first.message.ko);
        }
        let kind = match problem.code.as_str() {
            "import-elsewhere" => SinkErrorKind::Unknown,
            "body-too-large" => rows("too-large"),
            "in-flight" => SinkErrorKind::Transient { retry_after: None },
            _ if status >= 500 || status == 408 => SinkErrorKind::Transient { retry_after: None },
            _ => SinkErrorKind::Setup,
        };
        error(kind, problem.detail, problem.detail_ko)
    }

    fn not_let_in(&self) -> SinkError {
        error(
            SinkErrorKind::Setup,
            format!(
                "the till at {} does not let us in: its token is another one; copy the whole address that `madang dev` printed",
                self.till.origin
            ),
            format!(
                "{}의 포스가 들여보내 주지 않아요. `madang dev`가 보여 준 주소를 토큰까지 그대로 써 주세요",
                self.till.origin
            ),
        )
    }

    fn other_program(&self, status: u16) -> SinkError {
        error(
            SinkErrorKind::Setup,
            format!(
                "{} answered {status}, which is not what a till of this version answers",
                self.till.origin
            ),
            format!(
                "{}에서 {status} 답이 왔어요. 이 버전의 포스가 아니에요",
                self.till.origin
            ),
        )
    }
}

#[async_trait]
impl Sink for TillSink {
    fn name(&self) -> String {
        self.till.name.clone()
    }

    fn promise(&self) -> Promise {
        Promise::ExactlyOnce
    }

    /// A till keeps a short text of each import. What is imported twice there is an item or a count that is the same a second time.
    fn keeps_places(&self) -> bool {
        false
    }

    fn knows_default(&self, schema: &Schema, field: &Field) -> bool {
        Rows::of(schema).is_ok_and(|rows| rows.is_of_new_items(&field.name))
    }

    /// Of a menu: a count of stock is one item's, and renames none.
    fn changes(&self) -> Option<&Changes> {
        (self.rows == Rows::Menu).then_some(&self.changes)
    }

    fn batch_bytes_wanted(&self) -> Option<usize> {
        Some(BATCH_BYTES)
    }

    fn batch_rows_max(&self) -> Option<usize> {
        Some(BATCH_ROWS_MAX)
    }

    async fn fits(&mut self, schema: &Schema) -> Result<(), SinkError> {
        self.rows = Rows::of(schema).map_err(unfit)?;
        self.items_may_repeat = schema.key_may_repeat;
        Ok(())
    }

    fn rows_are_of(&mut self, run: &RunKey) {
        self.first_run = Some(run.clone());
    }

    async fn would_take(&mut self, batch: &Batch) -> Result<(), SinkError> {
        let each = body::each(self.rows, batch).map_err(unknown_state)?;
        let before = self.rehearsal.before(&each);
        let (known, rows) = (before.rows.len(), each.len());
        if known + rows > BATCH_ROWS_MAX && rows > 1 {
            // Halved, it has fewer rows that mean earlier ones.
            return Err(same_item(&batch.places[0]));
        }
        let all = [before.rows, each.clone()].concat();
        let mut body = json!({
            "rows": body::rows(self.rows, &batch.schema, all).map_err(unknown_state)?,
            // What rows before these would have added is not there.
            "more_items": self.changes.new.saturating_sub(known as u64),
        });
        if !self.items_may_repeat {
            body["places"] = [before.places, body::places(batch)].concat().into();
        }
        let request = self.request(Method::Post, "/api/import/batches/check");
        let answer = self.client.call(request).json(&body).answer().await;
        let mut taken = self.asked::<Taken>(answer).await.map_err(not_written)?;
        let items = taken.items.split_off(known.min(taken.items.len()));
        let again = self.rehearsal.said_before(batch, &items);
        if let Some(first) = again.filter(|_| !self.items_may_repeat) {
            return Err(same_item(&first));
        }
        self.rehearsal.taken(batch, &each, &items);
        taken.rows = taken.rows.saturating_sub(known as u64);
        taken.rows_new = taken.rows_new.saturating_sub(known as u64);
        self.note(taken);
        Ok(())
    }

    async fn open(
        &mut self,
        run: &RunKey,
        schema: &Schema,
        _kept: Option<&Checkpoint>,
    ) -> Result<Option<Checkpoint>, SinkError> {
        self.fits(schema).await?;
        self.run = run.clone();
        let request = self.request(Method::Get, &format!("/api/import/runs/{}", run.0));
        let found: Run = match self.asked(self.client.call(request).answer().await).await {
            Ok(found) => found,
            Err(error) => return Err(not_written(error)),
        };
        let checkpoint = match &found.checkpoint {
            None => None,
            Some(text) => Some(serde_json::from_str(text).map_err(|_| other_version())?),
        };
        self.kept = found.checkpoint;
        Ok(checkpoint)
    }

    async fn write(
        &mut self,
        batch: &Batch,
        checkpoint: &mut Checkpoint,
    ) -> Result<Written, SinkError> {
        let next = json!(checkpoint).to_string();
        let mut body = json!({
            "run": self.run.0,
            "after": self.kept,
            "checkpoint": next,
            "rows": self.rows(batch)?,
        });
        if !self.items_may_repeat {
            let first = self.first_run.as_ref().unwrap_or(&self.run);
            body["once"] = json!({ "of": first.0, "places": body::places(batch) });
        }
        let request = self.request(Method::Post, "/api/import/batches");
        let call = self.client.call(request);
        let answer = call.idempotency_key(key(&body)).json(&body).answer().await;
        let taken: Taken = self.asked(answer).await?;
        self.kept = Some(next);
        let written = Written {
            rows: taken.rows,
            unchanged: taken.rows_unchanged,
            passed_over: 0,
        };
        self.note(taken);
        Ok(written)
    }

    async fn finish(&mut self, _checkpoint: &mut Checkpoint) -> Result<(), SinkError> {
        Ok(())
    }
}

/// The same run, place and rows have the same key.
fn key(body: &Json) -> String {
    let digest = Sha256::digest(body.to_string().as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Of a question that changes nothing, nothing can have been written.
fn not_written(error: SinkError) -> SinkError {
    let kind = match error.kind {
        SinkErrorKind::Unknown => SinkErrorKind::Transient { retry_after: None },
        kind => kind,
    };
    SinkError { kind, ..error }
}

/// The till's words for refused rows, as the runner counts them.
fn rows(code: &str) -> SinkErrorKind {
    let code = match code {
        "duplicate-barcode" => "duplicate_barcode",
        "ambiguous" => "ambiguous_item",
        "no-such-item" => "no_such_item",
        "two-items" => "names_two_items",
        "same-item" => SAME_ITEM,
        "no-such-category" => "no_such_category",
        "other-currency" => "other_currency",
        _ => "refused_by_sink",
    };
    SinkErrorKind::Rows { code }
}

fn same_item(first: &Place) -> SinkError {
    let Place { input, row, .. } = first;
    let file = u64::from(*input) + 1;
    error(
        SinkErrorKind::Rows { code: SAME_ITEM },
        format!("row {row} of file {file} means the same item already: one row an item"),
        format!("{file}번째 파일의 {row}행에 이미 있는 상품이에요. 상품마다 한 행이어야 해요"),
    )
}

fn unknown_state(unknown: body::UnknownState) -> SinkError {
    let word = unknown.0;
    error(
        SinkErrorKind::Rows {
            code: "unknown_state",
        },
        format!("a till knows no state “{word}”: use on_sale, sold_out, hidden or deleted"),
        format!(
            "‘{word}’ 상태를 알 수 없어요. on_sale, sold_out, hidden, deleted 가운데 하나여야 해요"
        ),
    )
}

fn unfit(unfit: Unfit) -> SinkError {
    error(SinkErrorKind::Setup, unfit.message, unfit.message_ko)
}

fn other_version() -> SinkError {
    error(
        SinkErrorKind::Setup,
        "the till keeps of this import what this version cannot read: go on with the version that began it".into(),
        "이 가져오기는 다른 버전으로 시작됐어요. 시작한 버전으로 이어서 해 주세요".into(),
    )
}

fn error(kind: SinkErrorKind, message: String, message_ko: String) -> SinkError {
    SinkError {
        kind,
        message,
        message_ko,
        column: None,
        source: None,
    }
}
