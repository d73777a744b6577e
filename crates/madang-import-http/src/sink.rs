//! The sink.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::ops::Range;

use async_trait::async_trait;
use futures::{StreamExt as _, stream};
use madang_import::check::masked;
use madang_import::failpoint::failpoint;
use madang_import::{
    Batch, Checkpoint, Promise, RunKey, Schema, Sink, SinkError, SinkErrorKind, Written,
};
use madang_outbound::{Answer, Client, Method, Request, SendError, SendErrorKind};
use serde_json::json;

use crate::body;
use crate::statuses::{Unmatched, matched};

/// The points at which a test kills the process.
pub const HTTP_FAILPOINTS: &[&str] = &["import-http/answered"];

/// How much text a batch holds: a few hundred rows, so that little is sent again when a run was killed.
const BATCH_BYTES: usize = 64 * 1024;

/// Calls after each other that a batch is made of at most: its rows are settled together, and a receiver that takes a second for each call is to be seen at work.
const BATCH_ROUNDS_MAX: usize = 32;

/// How much of an answer is told with a refused row.
const SAID_CHARS_MAX: usize = 300;

/// Where and how rows are sent.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// Where to. Shown without its query, which may hold a secret.
    pub url: String,
    /// `POST`, or another that the receiver wants.
    pub method: Method,
    /// How many rows are in a call.
    pub rows_per_call: RowsPerCall,
    /// How many calls are under way at once. With more than one, rows may arrive in another order than they stand in the file.
    pub calls_at_once: NonZeroUsize,
}

/// How many rows are in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowsPerCall {
    /// The body is the row: `{"title":"아메리카노","price":4500}`.
    One,
    /// The body is `{"rows":[{"key":"…","row":{…}},…]}` with at most so many rows. The receiver takes all of them or none.
    Several(NonZeroUsize),
}

impl RowsPerCall {
    fn most(self) -> usize {
        match self {
            Self::One => 1,
            Self::Several(rows) => rows.get(),
        }
    }
}

/// Sends rows.
pub struct HttpSink {
    client: Client,
    settings: HttpSettings,
    run: RunKey,
    /// What became of calls by their rows: a batch that is halved or tried again calls nobody twice. Rows come in their order, so that what lies
    /// before a batch is forgotten when it is written.
    known: BTreeMap<CalledRows, Known>,
    /// Why the last call failed that went out, in English and Korean.
    failed_last: Option<(String, String)>,
    /// See [`Sink::rows_taken`].
    rows_taken: u64,
}

/// The rows of a call: their input, the first one, and how many.
type CalledRows = (u32, u64, usize);

#[derive(Clone)]
enum Known {
    Taken,
    Refused(Refusal),
}

#[derive(Clone)]
struct Refusal {
    message: String,
    message_ko: String,
}

/// What became of a call.
enum Called {
    Taken(CalledRows),
    /// Row by row, as the receiver tells it, and why some are not settled.
    InParts(Vec<(CalledRows, Known)>, Option<SinkError>),
    Refused(CalledRows, Refusal),
    Failed(SinkError),
}

impl HttpSink {
    /// A sink that calls by `client`, whose route and grant say how long and where to.
    pub fn new(client: Client, settings: HttpSettings) -> Self {
        Self {
            client,
            settings,
            run: RunKey(String::new()),
            known: BTreeMap::new(),
            failed_last: None,
            rows_taken: 0,
        }
    }

    /// The rows of each call. Rows that were settled one by one are in none, but for the refused ones, which are told again.
    fn calls(&self, batch: &Batch) -> Vec<Range<usize>> {
        let size = self.settings.rows_per_call.most();
        let calls = (0..batch.len())
            .step_by(size)
            .map(|from| from..batch.len().min(from + size));
        calls.flat_map(|rows| self.unsettled(batch, rows)).collect()
    }

    fn unsettled(&self, batch: &Batch, rows: Range<usize>) -> Vec<Range<usize>> {
        let mut calls = Vec::new();
        let mut from = rows.start;
        for row in rows.clone() {
            let Some(known) = self.known.get(&called(batch, &(row..row + 1))) else {
                continue;
            };
            calls.push(from..row);
            if matches!(known, Known::Refused(_)) {
                calls.push(row..row + 1);
            }
            from = row + 1;
        }
        calls.push(from..rows.end);
        calls.retain(|rows| !rows.is_empty());
        calls
    }

    fn key(&self, batch: &Batch, rows: &Range<usize>) -> String {
        let first = body::key(&self.run, batch, rows.start);
        match self.settings.rows_per_call {
            RowsPerCall::One => first,
            RowsPerCall::Several(_) => format!("{first}-{}", rows.len()),
        }
    }

    async fn call(&self, batch: &Batch, rows: Range<usize>) -> Called {
        let called = called(batch, &rows);
        if let Some(Known::Refused(refusal)) = self.known.get(&called) {
            return Called::Refused(called, refusal.clone());
        }
        let key = self.key(batch, &rows);
        let body = match self.settings.rows_per_call {
            RowsPerCall::One => body::row(batch, rows.start),
            RowsPerCall::Several(_) => {
                let rows = rows.clone().map(|row| json!({ "key": body::key(&self.run, batch, row), "row": body::row(batch, row) }));
                json!({ "rows": rows.collect::<Vec<_>>() })
            }
        };
        let request = Request::new(self.settings.method, &self.settings.url);
        match self
            .client
            .call(request)
            .idempotency_key(&key)
            .json(&body)
            .answer()
            .await
        {
            Ok(answer) => {
                failpoint(HTTP_FAILPOINTS[0]);
                if answer.status == 207 {
                    return self.said_by_row(batch, rows, &answer);
                }
                match self.said(called, &answer) {
                    Called::Taken(_) => each_taken(batch, rows),
                    other => other,
                }
            }
            Err(error) => Called::Failed(failed(error)),
        }
    }

    /// What an answer means.
    fn said(&self, rows: CalledRows, answer: &Answer) -> Called {
        let status = answer.status;
        let told = excerpt(&answer.body);
        let error = |kind, message: String, message_ko: String| {
            Called::Failed(SinkError {
                kind,
                message,
                message_ko,
                column: None,
                source: None,
            })
        };
        match status {
            206 | 207 => error(
                SinkErrorKind::Setup,
                format!(
                    "the receiver answered {status}, which says that it took a part and not which: it has to take all rows of a call, refuse them, or answer 207 with a status for each; it said: {told}"
                ),
                format!(
                    "받는 쪽에서 {status}(일부만) 답이 와서 어느 줄이 들어갔는지 알 수 없어요. 모두 받거나 거절하거나, 줄마다 상태를 담아 207로 답해야 해요. 받은 말: {told}"
                ),
            ),
            200..=299 => Called::Taken(rows),
            401..=405 | 410 | 431 | 300..=399 => error(
                SinkErrorKind::Setup,
                format!(
                    "the receiver answered {status}: check the address and the credentials; it said: {told}"
                ),
                format!(
                    "받는 쪽에서 {status} 답이 왔어요. 주소와 인증 정보를 확인해 주세요. 받은 말: {told}"
                ),
            ),
            408 | 425 | 429 | 500..=599 => error(
                SinkErrorKind::Transient {
                    retry_after: self.client.wait_asked_for(answer),
                },
                format!("the receiver answered {status}: {told}"),
                format!("받는 쪽에서 {status} 답이 왔어요: {told}"),
            ),
            _ => Called::Refused(
                rows,
                Refusal {
                    message: format!("the receiver answered {status}: {told}"),
                    message_ko: format!("받는 쪽에서 거절했어요({status}): {told}"),
                },
            ),
        }
    }

    /// What `207 Multi-Status` means: what each row's own status does. Rows that failed leave the others settled.
    fn said_by_row(&self, batch: &Batch, rows: Range<usize>, answer: &Answer) -> Called {
        let keys: Vec<String> = rows
            .clone()
            .map(|row| body::key(&self.run, batch, row))
            .collect();
        let statuses = match matched(&answer.body, &keys) {
            Ok(statuses) => statuses,
            Err(unmatched) => return Called::Failed(not_told_apart(&unmatched, answer)),
        };
        let (mut parts, mut failure) = (Vec::new(), None);
        for (row, (status, told)) in rows.zip(statuses) {
            let row = called(batch, &(row..row + 1));
            let one = Answer {
                status,
                body: told.into_bytes().into(),
                ..answer.clone()
            };
            match self.said(row, &one) {
                Called::Taken(row) => parts.push((row, Known::Taken)),
                Called::Refused(row, refusal) => parts.push((row, Known::Refused(refusal))),
                Called::Failed(error) => failure = Some(graver(failure, error)),
                Called::InParts(..) => unreachable!("the status of one row has no parts"),
            }
        }
        Called::InParts(parts, failure)
    }

    /// While calls are held back nothing new is learnt: what is told is why the last one failed that went out.
    fn with_cause(&mut self, mut error: SinkError) -> SinkError {
        let sent = error.source.as_ref();
        let is_held_back = sent
            .and_then(|sent| sent.downcast_ref::<SendError>())
            .is_some_and(|sent| matches!(sent.kind(), SendErrorKind::HeldBack(_)));
        match &self.failed_last {
            Some((message, message_ko)) if is_held_back => {
                error.message.clone_from(message);
                error.message_ko.clone_from(message_ko);
                error.source = None;
            }
            _ => {
                let under = under(&error);
                let with = |message: &str| format!("{message}{under}");
                self.failed_last = Some((with(&error.message), with(&error.message_ko)));
            }
        }
        error
    }

    fn address(&self) -> &str {
        let end = self
            .settings
            .url
            .find(['?', '#'])
            .unwrap_or(self.settings.url.len());
        &self.settings.url[..end]
    }
}

#[async_trait]
impl Sink for HttpSink {
    fn name(&self) -> String {
        format!("{} {}", self.settings.method, self.address())
    }

    fn promise(&self) -> Promise {
        Promise::ByKey
    }

    fn rows_taken(&self) -> u64 {
        self.rows_taken
    }

    fn rows_settled(&self, batch: &Batch) -> usize {
        (0..batch.len())
            .take_while(|row| self.known.contains_key(&called(batch, &(*row..row + 1))))
            .count()
    }

    fn batch_bytes_wanted(&self) -> Option<usize> {
        Some(BATCH_BYTES)
    }

    fn batch_rows_max(&self) -> Option<usize> {
        let calls = self.settings.calls_at_once.get() * BATCH_ROUNDS_MAX;
        Some(calls.saturating_mul(self.settings.rows_per_call.most()))
    }

    async fn open(
        &mut self,
        run: &RunKey,
        _schema: &Schema,
        _kept: Option<&Checkpoint>,
    ) -> Result<Option<Checkpoint>, SinkError> {
        self.run = run.clone();
        Ok(None)
    }

    async fn write(
        &mut self,
        batch: &Batch,
        _checkpoint: &mut Checkpoint,
    ) -> Result<Written, SinkError> {
        if let Some(first) = batch.places.first() {
            self.known = self.known.split_off(&(first.input, first.row, 0));
        }
        let calls = self.calls(batch);
        let mut ended = stream::iter(calls)
            .map(|rows| self.call(batch, rows))
            .buffer_unordered(self.settings.calls_at_once.get())
            .boxed();
        let (mut known, mut refusal, mut failure) = (BTreeMap::new(), None, None);
        while let Some(called) = ended.next().await {
            match called {
                Called::Taken(rows) => {
                    known.insert(rows, Known::Taken);
                }
                Called::InParts(parts, failed) => {
                    for (rows, part) in parts {
                        if let Known::Refused(said) = &part {
                            refusal = Some(said.clone());
                        }
                        known.insert(rows, part);
                    }
                    failure = failed;
                    if failure.is_some() {
                        break;
                    }
                }
                Called::Refused(rows, said) => {
                    refusal = Some(said.clone());
                    known.insert(rows, Known::Refused(said));
                }
                // What is under way is waited for no longer: under its key it can be sent again.
                Called::Failed(error) => {
                    failure = Some(error);
                    break;
                }
            }
        }
        drop(ended);
        self.rows_taken += known
            .iter()
            // What was known before was counted then.
            .filter(|(rows, became)| {
                matches!(became, Known::Taken) && !self.known.contains_key(rows)
            })
            .map(|(rows, _)| rows.2 as u64)
            .sum::<u64>();
        self.known.extend(known);
        match (failure, refusal) {
            (Some(error), _) => Err(self.with_cause(error)),
            (
                None,
                Some(Refusal {
                    message,
                    message_ko,
                }),
            ) => Err(SinkError {
                kind: SinkErrorKind::Rows {
                    code: "refused_by_sink",
                },
                message,
                message_ko,
                column: None,
                source: None,
            }),
            (None, None) => Ok(Written {
                rows: batch.len() as u64,
                ..Written::default()
            }),
        }
    }

    async fn finish(&mut self, _checkpoint: &mut Checkpoint) -> Result<(), SinkError> {
        self.known.clear();
        Ok(())
    }
}

fn called(batch: &Batch, rows: &Range<usize>) -> CalledRows {
    let first = &batch.places[rows.start];
    (first.input, first.row, rows.len())
}

/// Also where these rows are divided among calls in another way later, they are not sent again.
fn each_taken(batch: &Batch, rows: Range<usize>) -> Called {
    let taken = rows.map(|row| (called(batch, &(row..row + 1)), Known::Taken));
    Called::InParts(taken.collect(), None)
}

/// What is for somebody to mend is told before what may pass.
fn graver(before: Option<SinkError>, error: SinkError) -> SinkError {
    match before {
        Some(before) if error.kind != SinkErrorKind::Setup => before,
        _ => error,
    }
}

/// Nobody knows which rows a `207` is about.
fn not_told_apart(unmatched: &Unmatched, answer: &Answer) -> SinkError {
    let told = excerpt(&answer.body);
    let (why, why_ko) = unmatched.words();
    SinkError {
        kind: SinkErrorKind::Setup,
        message: format!(
            "the receiver answered 207 (Multi-Status), and which row has which status cannot be told: {why}. It has to tell one for each row, in their order or with their keys, as {{\"rows\":[{{\"key\":\"…\",\"status\":201}},…]}}; it said: {told}"
        ),
        message_ko: format!(
            "받는 쪽에서 207 답이 왔는데 어느 줄의 상태인지 알 수 없어요({why_ko}). 줄마다 하나씩, 차례대로 또는 키와 함께 {{\"rows\":[{{\"key\":\"…\",\"status\":201}},…]}}처럼 답해야 해요. 받은 말: {told}"
        ),
        column: None,
        source: None,
    }
}

/// A call that brought no answer. It has a key, so that it may be made again whatever became of it.
fn failed(error: SendError) -> SinkError {
    let kind = match error.kind() {
        // Nobody gets there however often it is tried.
        SendErrorKind::NotAllowed { .. }
        | SendErrorKind::AddressForbidden { .. }
        | SendErrorKind::BadUrl(_)
        | SendErrorKind::BadHeader { .. }
        | SendErrorKind::UnexpectedBody(_)
        | SendErrorKind::Tls { .. } => SinkErrorKind::Setup,
        SendErrorKind::TooLarge { .. } if error.attempts() == 0 => {
            SinkErrorKind::Rows { code: "too_large" }
        }
        _ => SinkErrorKind::Transient {
            retry_after: error.retry_after(),
        },
    };
    SinkError {
        kind,
        message: format!("the receiver was not reached: {error}"),
        message_ko: format!("받는 쪽에 닿지 못했어요: {error}"),
        column: None,
        source: Some(Box::new(error)),
    }
}

/// What lies under an error that its own words do not say: that nobody listens there is said by the system, at the bottom.
fn under(error: &SinkError) -> String {
    let mut text = String::new();
    let sent = error.source.as_ref();
    let mut next = sent.and_then(|sent| sent.source());
    while let Some(error) = next {
        text.push_str(": ");
        text.push_str(&error.to_string());
        next = error.source();
    }
    text
}

/// The beginning of what was said, on one line.
fn excerpt(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    // Before it is cut: half a number is not known for one.
    let line = masked(&line);
    let mut short: String = line.chars().take(SAID_CHARS_MAX).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    if short.is_empty() {
        "(nothing)".to_owned()
    } else {
        short
    }
}

#[cfg(test)]
mod tests {
    use super::{SAID_CHARS_MAX, excerpt};

    #[test]
    fn a_number_of_a_card_is_not_repeated() {
        let check = |said: &str, expected: &str| assert_eq!(excerpt(said.as_bytes()), expected);
        check(
            "{\"card\":\n \"4111111111111111\"}",
            "{\"card\": \"411111******1111\"}",
        );
        let before = "x".repeat(SAID_CHARS_MAX - 13) + " ";
        check(
            &format!("{before}4111111111111111"),
            &format!("{before}411111******…"),
        );
    }
}
