//! What is told of a run that ends while its receiver has taken a part of a batch: the writer of runs with the sink and a real server.

use std::num::NonZeroUsize;
use std::sync::Arc;

use axum::Router;
use axum::routing::post;
use madang_import::contract::{VirtualWorld, lot, schema};
use madang_import::read::Format;
use madang_import::run::counts::Counts;
use madang_import::run::dead_letter::{LetterHead, LetterKind};
use madang_import::run::lot::Lot;
use madang_import::run::state::{RunRecord, Runs};
use madang_import::run::write::{Writer, WriterParts};
use madang_import::run::{Limits, Patience, Stop};
use madang_import::{RunKey, Value};
use madang_import_http::{HttpSettings, HttpSink, RowsPerCall};
use madang_outbound::Method;

use crate::{Receiver, Said, client, keys, receive, serve};

/// Rows of a lot, their prices counted from 0.
const ROWS: usize = 12;

/// What a receiver says to a call of three rows that begins with this price, the last of them first.
type Says = (i64, &'static [Said]);

struct Expected {
    ends_with: &'static str,
    /// Rows that are told as written, and those behind which the next run goes on.
    written: u64,
    passed: u64,
    refused: u64,
    /// What the next run sends.
    sent_again: &'static [&'static str],
}

#[tokio::test]
async fn what_the_receiver_took_before_a_run_is_given_up_is_told_and_not_sent_again() {
    check(
        &[(6, &[(401, "expired")])],
        Expected {
            ends_with: "took nothing more",
            written: 6,
            passed: 6,
            refused: 0,
            sent_again: &["aaaaaaaaaaaaaaaa-0-10-3", "aaaaaaaaaaaaaaaa-0-7-3"],
        },
    )
    .await;
    check(
        &[(9, &[(429, "tomorrow")])],
        Expected {
            ends_with: "longer than it is waited for",
            written: 9,
            passed: 9,
            refused: 0,
            sent_again: &["aaaaaaaaaaaaaaaa-0-10-3"],
        },
    )
    .await;
    check(
        &[(0, &[(401, "expired")])],
        Expected {
            ends_with: "took nothing more",
            written: 0,
            passed: 0,
            refused: 0,
            sent_again: &[
                "aaaaaaaaaaaaaaaa-0-1-3",
                "aaaaaaaaaaaaaaaa-0-10-3",
                "aaaaaaaaaaaaaaaa-0-4-3",
                "aaaaaaaaaaaaaaaa-0-7-3",
            ],
        },
    )
    .await;
    // Of rows with statuses of their own, a refused one stands in nobody's way.
    check(
        &[
            (3, &[(207, "[201,422,201]")]),
            (9, &[(207, "[201,401,201]")]),
        ],
        Expected {
            ends_with: "took nothing more",
            written: 10,
            passed: 10,
            refused: 1,
            sent_again: &["aaaaaaaaaaaaaaaa-0-11-2"],
        },
    )
    .await;
}

#[tokio::test]
async fn a_row_that_was_taken_behind_one_that_failed_is_told_though_it_comes_again() {
    check(
        &[(0, &[(207, "[401,201,201]")])],
        Expected {
            ends_with: "took nothing more",
            written: 2,
            passed: 0,
            refused: 0,
            sent_again: &[
                "aaaaaaaaaaaaaaaa-0-1-3",
                "aaaaaaaaaaaaaaaa-0-10-3",
                "aaaaaaaaaaaaaaaa-0-4-3",
                "aaaaaaaaaaaaaaaa-0-7-3",
            ],
        },
    )
    .await;
}

async fn check(says: &[Says], expected: Expected) {
    let receiver = Receiver {
        retry_after: Some("86400"),
        ..Receiver::default()
    };
    for (price, answers) in says {
        (receiver.answers.lock().expect("nobody panicked")).insert(*price, answers.to_vec());
    }
    let app = Router::new()
        .route("/menu", post(receive))
        .with_state(receiver.clone());
    let address = serve(app).await;
    let runs = tempfile::tempdir().expect("a place for tests");
    let counts = Arc::new(Counts::default());
    let mut first = writer(&address, &counts, runs.path());
    let reached = begin(&mut first).await;
    assert_eq!(reached, 0);
    let error = first.write(&whole()).await.expect_err("it is given up");
    let said = error.to_string();
    assert!(said.ends_with(expected.ends_with), "{said}");
    assert_eq!(
        Counts::get(&counts.rows_written),
        expected.written,
        "{said}"
    );
    assert_eq!(
        Counts::get(&counts.rows_refused),
        expected.refused,
        "{said}"
    );
    drop(first);
    keys(&receiver);

    let mut second = writer(&address, &Arc::default(), runs.path());
    let reached = begin(&mut second).await;
    assert_eq!(reached, expected.passed, "{said}");
    let rest = whole().behind(whole().position_behind(reached as usize));
    second.write(&rest).await.expect("the rest is taken");
    assert_eq!(keys(&receiver), expected.sent_again, "{said}");
}

/// Opens it, and tells how many rows it has passed.
async fn begin(writer: &mut Writer) -> u64 {
    let found = writer.open(schema(&[])).await.expect("opened");
    let found = found.unwrap_or_default();
    let row = found.row;
    writer.go_on_from(found).expect("gone on");
    row
}

fn writer(address: &str, counts: &Arc<Counts>, runs: &std::path::Path) -> Writer {
    let settings = HttpSettings {
        url: format!("{address}/menu"),
        method: Method::Post,
        rows_per_call: RowsPerCall::Several(NonZeroUsize::new(3).expect("not zero")),
        calls_at_once: NonZeroUsize::MIN,
    };
    let run = RunKey("a".repeat(64));
    let record = RunRecord {
        version: RunRecord::VERSION,
        name: "run".to_owned(),
        key: run.clone(),
        mapping: "menu".to_owned(),
        sink: "the receiver".to_owned(),
        inputs: Vec::new(),
        started_at: jiff::Timestamp::UNIX_EPOCH,
        round: 0,
        source: String::new(),
        files: Vec::new(),
        retry_of: None,
        written: None,
    };
    let folder = Runs::new(runs.to_owned()).claim(record);
    let mut folder = folder.expect("a folder of its own");
    folder.letters().head(LetterHead {
        madang: LetterKind::DeadLetters,
        version: LetterHead::VERSION,
        run: run.0.clone(),
        mapping: String::new(),
        inputs: vec!["menu.csv".to_owned()],
        columns: vec!["price".to_owned()],
        format: Format::JsonLines,
    });
    Writer::new(WriterParts {
        sink: Box::new(HttpSink::new(client(address), settings)),
        run,
        folder: Some(folder),
        world: Arc::new(VirtualWorld::default()),
        counts: Arc::clone(counts),
        stop: Stop::default(),
        limits: Limits::default(),
        patience: Patience::default(),
        batch_rows_max: ROWS,
        free_bytes_min: 0,
    })
}

fn whole() -> Lot {
    let rows: Vec<Vec<Value<'_>>> = (0..ROWS as i64)
        .map(|price| {
            let mut values = vec![Value::Absent; 7];
            values[0] = Value::Integer(price);
            values[1] = Value::Text("라떼");
            values[2] = Value::Integer(price);
            values
        })
        .collect();
    lot(&schema(&[]), 0, &rows)
}
