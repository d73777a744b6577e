//! What every sink must do, as far as whoever knows keys lets it.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use jiff::Timestamp;
use madang_import::contract::{self, Destination};
use madang_import::{Field, Kind, Schema, Sink};
use madang_import_http::{HttpSettings, HttpSink, RowsPerCall};
use madang_outbound::{Client, Method};
use serde_json::Value;
use tokio::runtime::Handle;

/// A receiver that knows rows by their keys, and takes all rows of a call or none.
#[derive(Clone, Default)]
struct Kept {
    rows: Arc<Mutex<BTreeMap<String, Value>>>,
}

async fn keep(State(kept): State<Kept>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let body: Value = serde_json::from_slice(&body).expect("it is JSON");
    let rows: Vec<(String, Value)> = match body.get("rows").and_then(Value::as_array) {
        Some(rows) => rows
            .iter()
            .map(|row| {
                (
                    row["key"].as_str().expect("a key").to_owned(),
                    row["row"].clone(),
                )
            })
            .collect(),
        None => {
            let key = headers["idempotency-key"].to_str().expect("a key");
            vec![(key.to_owned(), body)]
        }
    };
    if rows.iter().any(|(_, row)| row["number"].as_i64() < Some(0)) {
        return StatusCode::UNPROCESSABLE_ENTITY;
    }
    kept.rows.lock().expect("nobody panicked").extend(rows);
    StatusCode::CREATED
}

struct Receiver {
    kept: Kept,
    schema: Schema,
    client: Client,
    settings: HttpSettings,
}

impl Destination for Receiver {
    fn sink(&self) -> Box<dyn Sink> {
        Box::new(HttpSink::new(self.client.clone(), self.settings.clone()))
    }

    fn rows(&self) -> Vec<Vec<Option<String>>> {
        let rows = self.kept.rows.lock().expect("nobody panicked");
        rows.values()
            .map(|row| {
                let fields = self.schema.fields.iter();
                fields.map(|field| spelled(row, field)).collect()
            })
            .collect()
    }

    fn refuse_below_zero(&self) -> bool {
        true
    }

    fn replaces_by_key(&self) -> bool {
        false
    }
}

fn spelled(row: &Value, field: &Field) -> Option<String> {
    match (&row[&field.name], field.kind) {
        (Value::Null, _) => None,
        (Value::String(moment), Kind::Timestamp) => {
            let moment: Timestamp = moment.parse().expect("a moment");
            Some(format!("{moment:.6}"))
        }
        (Value::String(text), _) => Some(text.clone()),
        (other, _) => Some(other.to_string()),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn it_is_a_sink() {
    let several = RowsPerCall::Several(NonZeroUsize::new(5).expect("not zero"));
    for rows_per_call in [RowsPerCall::One, several] {
        contract::holds(&|schema| {
            let kept = Kept::default();
            let app = Router::new()
                .route("/menu", post(keep))
                .with_state(kept.clone());
            let here = Handle::current();
            let address = tokio::task::block_in_place(|| here.block_on(crate::serve(app)));
            Box::new(Receiver {
                kept,
                schema: schema.clone(),
                client: crate::client(&address),
                settings: HttpSettings {
                    url: format!("{address}/menu"),
                    method: Method::Post,
                    rows_per_call,
                    calls_at_once: NonZeroUsize::new(3).expect("not zero"),
                },
            })
        });
    }
}
