//! The sink with a real gateway and a real server on the loopback address.

mod form;
mod given_up;

use std::collections::HashMap;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use madang_import::{
    Batch, BatchBuilder, Checkpoint, Field, IfEmpty, Kind, Place, Promise, Rows, RunKey, Schema,
    Sink as _, SinkErrorKind, Span, Value,
};
use madang_import_http::{HttpSettings, HttpSink, RowsPerCall};
use madang_outbound::{
    BreakerSettings, CallLimits, Caller, Client, ErrorStatuses, GatewayLimits, Grant,
    GrantedOrigin, Method, Network, Origin, Outbound, RateSettings, Reach, RetryPatch, Route,
    RoutePatch, SeededChance, WallClock,
};
use serde_json::{Value as Json, json};
use tokio::runtime::Handle;

/// A receiver: answers by the price of the first row, and notes what it got under which key.
#[derive(Clone, Default)]
struct Receiver {
    calls: Arc<Mutex<Vec<(String, Json)>>>,
    /// What a price is answered with, once each.
    answers: Arc<Mutex<HashMap<i64, Vec<Said>>>>,
    /// What `Retry-After` says in place of seven seconds.
    retry_after: Option<&'static str>,
}

/// A status and a body.
type Said = (u16, &'static str);

async fn receive(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> Response {
    let key = headers
        .get("idempotency-key")
        .and_then(|key| key.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    let body: Json = serde_json::from_slice(&body).expect("it is JSON");
    let rows = body["rows"]
        .as_array()
        .cloned()
        .unwrap_or_else(|| vec![json!({ "row": body })]);
    let prices: Vec<i64> = rows
        .iter()
        .filter_map(|row| row["row"]["price"].as_i64())
        .collect();
    receiver
        .calls
        .lock()
        .expect("nobody panicked")
        .push((key, body));
    let mut answers = receiver.answers.lock().expect("nobody panicked");
    let answer = prices
        .iter()
        .find_map(|price| answers.get_mut(price).and_then(Vec::pop));
    let (status, said) = answer.unwrap_or((201, ""));
    let status = StatusCode::from_u16(status).expect("it is a status");
    let retry_after = receiver.retry_after.unwrap_or("7");
    ([("retry-after", retry_after)], status, said).answer()
}

trait Answers {
    fn answer(self) -> Response;
}

impl Answers for ([(&'static str, &'static str); 1], StatusCode, &'static str) {
    fn answer(self) -> Response {
        let (headers, status, said) = self;
        (status, headers, said).into_response()
    }
}

/// Calls a second: tests wait for nobody.
const OFTEN: NonZeroU32 = NonZeroU32::new(100_000).expect("not zero");

struct Clock;

impl WallClock for Clock {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }
}

/// Serves on a port that is free, and tells where.
async fn serve(app: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port is free");
    let address = format!(
        "http://{}",
        listener.local_addr().expect("it has an address")
    );
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

fn client(address: &str) -> Client {
    client_with(address, BreakerSettings::default())
}

fn client_with(address: &str, breaker: BreakerSettings) -> Client {
    let caller = Caller {
        id: "import".into(),
        grant: Grant {
            origins: vec![GrantedOrigin {
                origin: Origin::parse(address).expect("an origin"),
                reach: Reach::Loopback,
            }],
            limits: CallLimits::default(),
        },
    };
    let network = Network::system(Arc::new(SeededChance::from_seed([7; 32])), Arc::new(Clock));
    let gateway = Outbound::new(Handle::current(), network, GatewayLimits::default());
    // Tried again by the runner, not by the gateway: these tests look at one call each.
    let retry = RetryPatch {
        limit: Some(0),
        ..RetryPatch::default()
    };
    let once = RoutePatch {
        retry,
        ..RoutePatch::default()
    };
    let route = Route {
        errors: ErrorStatuses::None,
        breaker,
        rate: RateSettings {
            per_second: OFTEN,
            burst: OFTEN,
            ..RateSettings::default()
        },
        ..Route::default()
    }
    .patched(once)
    .expect("a route");
    gateway.client(caller, route).expect("a client")
}

async fn sink(receiver: &Receiver, rows_per_call: RowsPerCall) -> HttpSink {
    let address = serve(
        Router::new()
            .route("/menu", post(receive))
            .with_state(receiver.clone()),
    )
    .await;
    let client = client(&address);
    let settings = HttpSettings {
        url: format!("{address}/menu?token=secret"),
        method: Method::Post,
        rows_per_call,
        calls_at_once: NonZeroUsize::new(4).expect("not zero"),
    };
    let mut sink = HttpSink::new(client, settings);
    let schema = schema();
    let kept = sink
        .open(&RunKey("0123456789abcdef0123".to_owned()), &schema, None)
        .await
        .expect("it opens");
    assert_eq!((kept, sink.promise()), (None, Promise::ByKey));
    sink
}

fn schema() -> Arc<Schema> {
    let fields = [
        ("title", Kind::Text),
        ("price", Kind::Money),
        ("rate", Kind::Decimal { scale: 2 }),
        ("since", Kind::Date),
        ("at", Kind::Timestamp),
        ("is_new", Kind::Boolean),
        ("memo", Kind::Text),
    ];
    let fields = fields.map(|(name, kind)| Field {
        name: name.to_owned(),
        kind,
        required: false,
        if_empty: match name {
            "is_new" => IfEmpty::Clear,
            _ => IfEmpty::Keep,
        },
        default: None,
    });
    Arc::new(Schema {
        name: "menu".to_owned(),
        fields: fields.into(),
        key: [].into(),
        key_may_repeat: false,
        timezone: "Asia/Seoul".to_owned(),
    })
}

/// Rows with these prices, beginning at a row of the file.
fn batch(first_row: u64, prices: &[i64]) -> Batch {
    let mut builder = BatchBuilder::new(schema());
    builder.reading(&Rows::default());
    for (index, price) in prices.iter().enumerate() {
        let values = [
            Value::Text("라떼"),
            Value::Integer(*price),
            Value::Integer(-5),
            Value::Date(20_779),
            Value::Integer(1_795_327_500_123_456),
            Value::Absent,
            Value::Absent,
        ];
        values
            .iter()
            .enumerate()
            .for_each(|(column, value)| builder.column(column).push(*value));
        let row = first_row + index as u64;
        builder.end_row(Place {
            input: 2,
            row,
            line: row + 1,
            bytes: Span::default(),
        });
    }
    builder.build()
}

fn keys(receiver: &Receiver) -> Vec<String> {
    let mut keys: Vec<String> = receiver
        .calls
        .lock()
        .expect("nobody panicked")
        .drain(..)
        .map(|(key, _)| key)
        .collect();
    keys.sort();
    keys
}

#[tokio::test]
async fn a_row_goes_as_json_under_a_key_of_its_place() {
    let receiver = Receiver::default();
    let mut sink = sink(&receiver, RowsPerCall::One).await;
    assert!(
        sink.name().starts_with("POST http://127.0.0.1:") && sink.name().ends_with("/menu"),
        "{} shows no secret",
        sink.name()
    );
    let written = sink
        .write(&batch(41, &[5_000]), &mut Checkpoint::default())
        .await
        .expect("it is taken");
    assert_eq!(written.rows, 1);
    let calls = receiver.calls.lock().expect("nobody panicked").clone();
    let row = json!({ "title": "라떼", "price": 5000, "rate": "-0.05", "since": "2026-11-22", "at": "2026-11-22T06:05:00.123456Z", "is_new": null });
    assert_eq!(calls, [("0123456789abcdef-2-41".to_owned(), row)]);
}

#[tokio::test]
async fn several_rows_go_together_each_with_its_key() {
    let receiver = Receiver::default();
    let mut sink = sink(
        &receiver,
        RowsPerCall::Several(NonZeroUsize::new(2).expect("not zero")),
    )
    .await;
    sink.write(&batch(1, &[1, 2, 3]), &mut Checkpoint::default())
        .await
        .expect("they are taken");
    let mut calls = receiver.calls.lock().expect("nobody panicked").clone();
    calls.sort_by(|a, b| a.0.cmp(&b.0));
    let keys: Vec<&str> = calls.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["0123456789abcdef-2-1-2", "0123456789abcdef-2-3-1"]);
    let in_first: Vec<&str> = calls[0].1["rows"]
        .as_array()
        .expect("rows")
        .iter()
        .filter_map(|row| row["key"].as_str())
        .collect();
    assert_eq!(in_first, ["0123456789abcdef-2-1", "0123456789abcdef-2-2"]);
}

#[tokio::test]
async fn a_batch_that_is_halved_calls_nobody_twice() {
    let receiver = Receiver::default();
    receiver
        .answers
        .lock()
        .expect("nobody panicked")
        .insert(3, vec![(422, "{\"detail\": \"no such\n category\"}"); 10]);
    let mut sink = sink(&receiver, RowsPerCall::One).await;
    let mut checkpoint = Checkpoint::default();
    let error = sink
        .write(&batch(1, &[1, 2, 3, 4]), &mut checkpoint)
        .await
        .expect_err("one is refused");
    assert_eq!(
        error.kind,
        SinkErrorKind::Rows {
            code: "refused_by_sink"
        }
    );
    assert_eq!(
        error.message,
        "the receiver answered 422: {\"detail\": \"no such category\"}"
    );
    assert_eq!(keys(&receiver).len(), 4);
    // As the runner halves: 1 and 2, 3 alone, 4.
    sink.write(&batch(1, &[1, 2]), &mut checkpoint)
        .await
        .expect("they were taken");
    let error = sink
        .write(&batch(3, &[3]), &mut checkpoint)
        .await
        .expect_err("it was refused");
    assert_eq!(
        error.kind,
        SinkErrorKind::Rows {
            code: "refused_by_sink"
        }
    );
    sink.write(&batch(4, &[4]), &mut checkpoint)
        .await
        .expect("it was taken");
    assert_eq!(keys(&receiver), Vec::<String>::new());
}

/// The clock of these tests stands at 1970-01-01T00:00:00Z.
#[tokio::test]
async fn retry_after_is_seconds_or_a_date() {
    for (said, expected_seconds) in [
        ("7", Some(7)),
        ("Thu, 01 Jan 1970 00:01:30 GMT", Some(90)),
        ("Thursday, 01-Jan-70 00:01:30 GMT", Some(90)),
        ("Thu Jan  1 00:01:30 1970", Some(90)),
        ("soon", None),
        ("1.5", None),
        ("-1", None),
    ] {
        let receiver = Receiver {
            retry_after: Some(said),
            ..Receiver::default()
        };
        receiver
            .answers
            .lock()
            .expect("nobody panicked")
            .insert(1, vec![(429, "later")]);
        let mut sink = sink(&receiver, RowsPerCall::One).await;
        let error = sink
            .write(&batch(1, &[1]), &mut Checkpoint::default())
            .await;
        let retry_after = expected_seconds.map(std::time::Duration::from_secs);
        let expected = SinkErrorKind::Transient { retry_after };
        assert_eq!(error.expect_err("not now").kind, expected, "{said}");
    }
}

#[tokio::test]
async fn what_an_answer_means_follows_from_its_status() {
    for (status, expected) in [
        (
            429,
            SinkErrorKind::Transient {
                retry_after: Some(std::time::Duration::from_secs(7)),
            },
        ),
        (
            503,
            SinkErrorKind::Transient {
                retry_after: Some(std::time::Duration::from_secs(7)),
            },
        ),
        (401, SinkErrorKind::Setup),
        (404, SinkErrorKind::Setup),
        (402, SinkErrorKind::Setup),
        (410, SinkErrorKind::Setup),
        (431, SinkErrorKind::Setup),
        (302, SinkErrorKind::Setup),
        (
            400,
            SinkErrorKind::Rows {
                code: "refused_by_sink",
            },
        ),
        (
            409,
            SinkErrorKind::Rows {
                code: "refused_by_sink",
            },
        ),
    ] {
        let receiver = Receiver::default();
        receiver
            .answers
            .lock()
            .expect("nobody panicked")
            .insert(1, vec![(status, "")]);
        let mut sink = sink(&receiver, RowsPerCall::One).await;
        let error = sink
            .write(&batch(1, &[1]), &mut Checkpoint::default())
            .await
            .expect_err("it is not taken");
        assert_eq!(error.kind, expected, "{status}");
    }
}

#[tokio::test]
async fn after_a_failure_the_rows_that_were_taken_are_not_sent_again_and_the_others_under_the_same_key()
 {
    let receiver = Receiver::default();
    receiver
        .answers
        .lock()
        .expect("nobody panicked")
        .insert(2, vec![(503, "")]);
    let mut sink = sink(&receiver, RowsPerCall::One).await;
    let mut checkpoint = Checkpoint::default();
    sink.write(&batch(1, &[1]), &mut checkpoint)
        .await
        .expect("it is taken");
    sink.write(&batch(2, &[2]), &mut checkpoint)
        .await
        .expect_err("not now");
    sink.write(&batch(2, &[2, 3]), &mut checkpoint)
        .await
        .expect("they are taken");
    assert_eq!(
        keys(&receiver),
        [
            "0123456789abcdef-2-1",
            "0123456789abcdef-2-2",
            "0123456789abcdef-2-2",
            "0123456789abcdef-2-3"
        ]
    );
}

#[tokio::test]
async fn an_origin_that_is_not_granted_is_for_the_user_to_mend() {
    let receiver = Receiver::default();
    let granted = sink(&receiver, RowsPerCall::One).await;
    drop(granted);
    let caller = Caller {
        id: "import".into(),
        grant: Grant {
            origins: Vec::new(),
            limits: CallLimits::default(),
        },
    };
    let network = Network::system(Arc::new(SeededChance::from_seed([7; 32])), Arc::new(Clock));
    let client = Outbound::new(Handle::current(), network, GatewayLimits::default())
        .client(caller, Route::default())
        .expect("a client");
    let settings = HttpSettings {
        url: "https://elsewhere.example/menu".to_owned(),
        method: Method::Post,
        rows_per_call: RowsPerCall::One,
        calls_at_once: NonZeroUsize::MIN,
    };
    let mut sink = HttpSink::new(client, settings);
    let error = sink
        .write(&batch(1, &[1]), &mut Checkpoint::default())
        .await
        .expect_err("nobody may call there");
    assert_eq!(error.kind, SinkErrorKind::Setup, "{error}");
}

#[tokio::test]
async fn why_a_receiver_is_not_reached_is_told_also_while_calls_are_held_back() {
    // Bound and given back: nobody listens there.
    let address = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
        format!(
            "http://{}",
            listener.local_addr().expect("it has an address")
        )
    };
    let settings = HttpSettings {
        url: format!("{address}/menu"),
        method: Method::Post,
        rows_per_call: RowsPerCall::One,
        calls_at_once: NonZeroUsize::MIN,
    };
    let mut sink = HttpSink::new(client(&address), settings);
    // More than a breaker lets through.
    for _ in 0..20 {
        let error = sink
            .write(&batch(1, &[1]), &mut Checkpoint::default())
            .await
            .expect_err("nobody listens there");
        let mut told = error.to_string();
        let mut under = std::error::Error::source(&error);
        while let Some(next) = under {
            told.push_str(&format!(": {next}"));
            under = next.source();
        }
        assert!(told.to_lowercase().contains("refused"), "{told}");
    }
}

#[tokio::test]
async fn a_receiver_that_fails_every_second_call_is_never_held_back() {
    let receiver = Receiver::default();
    let prices: Vec<i64> = (1..=40).collect();
    for price in &prices {
        let said = vec![(500, "busy")];
        receiver
            .answers
            .lock()
            .expect("nobody panicked")
            .insert(*price, said);
    }
    let app = Router::new()
        .route("/menu", post(receive))
        .with_state(receiver.clone());
    let address = serve(app).await;
    let settings = HttpSettings {
        url: format!("{address}/menu"),
        method: Method::Post,
        rows_per_call: RowsPerCall::One,
        calls_at_once: NonZeroUsize::MIN,
    };
    let mut sink = HttpSink::new(
        client_with(&address, madang_import_http::breaker()),
        settings,
    );
    let batch = batch(1, &prices);
    let mut taken = 0;
    // Each row fails once, and is then taken.
    for _ in 0..prices.len() {
        let error = sink
            .write(&batch, &mut Checkpoint::default())
            .await
            .expect_err("a call failed");
        assert!(error.to_string().contains("500"), "{error}");
        assert!(sink.rows_taken() >= taken, "rows are taken all the while");
        taken = sink.rows_taken();
    }
    assert_eq!(taken, prices.len() as u64 - 1);
    sink.write(&batch, &mut Checkpoint::default())
        .await
        .expect("all is taken");
}

#[tokio::test]
async fn a_receiver_may_tell_what_became_of_each_row() {
    let rows = RowsPerCall::Several(NonZeroUsize::new(4).expect("not zero"));
    for (status, said, expected) in [
        (
            207,
            r#"[{"status":201},{"status":422,"error":"no such item"},{"status":200},{"status":409}]"#,
            "refused: 5, 7",
        ),
        (
            207,
            r#"{"rows":[{"status":201},{"status":201},{"status":201},{"status":201}]}"#,
            "taken",
        ),
        (
            207,
            r#"[{"status":201},{"status":503},{"status":201},{"status":201}]"#,
            "the receiver answered 503: {\"status\":503}",
        ),
        (207, r#"{"results":[201,422,"409",201]}"#, "refused: 5, 6"),
        (
            207,
            r#"{"items":[{"status":"201"},{"status":"422"},{"status":"201"},{"status":"201"}]}"#,
            "refused: 5",
        ),
        // A receiver's own numbers say nothing of the order.
        (
            207,
            r#"{"data":[{"id":9,"status":201},{"id":8,"status":422},{"id":7,"status":201},{"id":6,"status":201}]}"#,
            "refused: 5",
        ),
        (
            207,
            r#"[{"key":"0123456789abcdef-2-7","status":422},{"key":"0123456789abcdef-2-6","status":201},{"key":"0123456789abcdef-2-5","status":201},{"key":"0123456789abcdef-2-4","status":201}]"#,
            "refused: 7",
        ),
        (
            207,
            r#"[{"id":"0123456789abcdef-2-7","status":422},{"id":"0123456789abcdef-2-6","status":201},{"id":"0123456789abcdef-2-5","status":201},{"id":"0123456789abcdef-2-4","status":201}]"#,
            "refused: 7",
        ),
        (
            207,
            r#"[{"index":3,"status":422},{"index":2,"status":201},{"index":1,"status":201},{"index":0,"status":201}]"#,
            "refused: 7",
        ),
        (
            207,
            r#"[{"index":4,"status":422},{"index":3,"status":201},{"index":2,"status":201},{"index":1,"status":201}]"#,
            "refused: 7",
        ),
        (202, "", "taken"),
        (
            206,
            "half",
            "the receiver answered 206, which says that it took a part and not which: it has to take all rows of a call, refuse them, or answer 207 with a status for each; it said: half",
        ),
    ] {
        let receiver = Receiver::default();
        receiver
            .answers
            .lock()
            .expect("nobody panicked")
            .insert(4, vec![(status, said)]);
        let mut sink = sink(&receiver, rows).await;
        let mut checkpoint = Checkpoint::default();
        let whole = batch(4, &[4, 5, 6, 7]);
        let told = match sink.write(&whole, &mut checkpoint).await {
            Ok(_) => "taken".to_owned(),
            Err(error) if matches!(error.kind, SinkErrorKind::Rows { .. }) => {
                let mut refused = Vec::new();
                for (at, row) in ["4", "5", "6", "7"].into_iter().enumerate() {
                    let one = whole.slice(at..at + 1);
                    if sink.write(&one, &mut checkpoint).await.is_err() {
                        refused.push(row);
                    }
                }
                format!("refused: {}", refused.join(", "))
            }
            Err(error) => error.to_string(),
        };
        assert_eq!(told, expected, "{said}");
        assert_eq!(
            keys(&receiver).len(),
            1,
            "nothing is called for again: {said}"
        );
    }
}

#[tokio::test]
async fn statuses_that_are_not_one_for_each_row_end_the_import() {
    for (rows, said, expected) in [
        (4, "", "it tells no list of statuses"),
        (4, "<multistatus/>", "it tells no list of statuses"),
        (4, r#"{"taken":3}"#, "it tells no list of statuses"),
        (4, r#"[{"status":422}]"#, "it tells 1 status for 4 rows"),
        (
            4,
            r#"{"rows":[422,422,422,422,422]}"#,
            "it tells 5 statuses for 4 rows",
        ),
        (
            4,
            r#"[201,201,201,"done"]"#,
            "a status of it is none: \"done\"",
        ),
        (4, "[201,201,201,0]", "a status of it is none: 0"),
        (
            4,
            r#"[201,201,201,{"code":422}]"#,
            "a status of it is none: {\"code\":422}",
        ),
        (
            2,
            r#"[{"key":"0123456789abcdef-2-4","status":201},{"key":"x","status":422}]"#,
            "its `key` is not for each row the one that was sent with it",
        ),
        (
            2,
            r#"[{"key":"0123456789abcdef-2-4","status":201},{"key":"0123456789abcdef-2-4","status":422}]"#,
            "its `key` is not for each row the one that was sent with it",
        ),
        (
            2,
            r#"[{"key":"0123456789abcdef-2-4","status":201},{"status":422}]"#,
            "its `key` is not for each row the one that was sent with it",
        ),
        (
            2,
            r#"[{"id":"0123456789abcdef-2-4","status":201},{"id":"other","status":422}]"#,
            "its `id` is not for each row the one that was sent with it",
        ),
        (
            2,
            r#"[{"index":0,"status":201},{"index":2,"status":422}]"#,
            "its `index` does not count the rows",
        ),
        (1, "", "it tells no list of statuses"),
    ] {
        let receiver = Receiver::default();
        (receiver.answers.lock().expect("nobody panicked")).insert(4, vec![(207, said)]);
        let several = RowsPerCall::Several(NonZeroUsize::new(4).expect("not zero"));
        let mut sink = sink(&receiver, several).await;
        let prices: Vec<i64> = (4..4 + rows).collect();
        let error = sink
            .write(&batch(4, &prices), &mut Checkpoint::default())
            .await
            .expect_err("nobody knows what was taken");
        assert_eq!(error.kind, SinkErrorKind::Setup, "{said}");
        let message = error.message;
        let start = format!(
            "the receiver answered 207 (Multi-Status), and which row has which status cannot be told: {expected}. It has to tell one for each row, in their order or with their keys, as {{\"rows\":[{{\"key\":\"…\",\"status\":201}},…]}}; it said: "
        );
        assert!(message.starts_with(&start), "{said}: {message}");
    }
}

#[tokio::test]
async fn one_row_may_be_told_by_one_status() {
    for (said, expected) in [
        (r#"{"status":201}"#, true),
        (r#"[{"status":201}]"#, true),
        (r#"{"status":422,"error":"no"}"#, false),
        ("[422]", false),
    ] {
        let receiver = Receiver::default();
        (receiver.answers.lock().expect("nobody panicked")).insert(4, vec![(207, said)]);
        let mut sink = sink(&receiver, RowsPerCall::One).await;
        let row = batch(4, &[4]);
        let written = sink.write(&row, &mut Checkpoint::default()).await;
        assert_eq!(written.is_ok(), expected, "{said}");
    }
}

#[tokio::test]
async fn of_rows_with_statuses_only_those_that_failed_are_sent_again() {
    let receiver = Receiver::default();
    let said = r#"[{"status":201},{"status":503},{"status":422},{"status":429},{"status":503}]"#;
    (receiver.answers.lock().expect("nobody panicked")).insert(4, vec![(207, said)]);
    let several = RowsPerCall::Several(NonZeroUsize::new(5).expect("not zero"));
    let mut sink = sink(&receiver, several).await;
    let whole = batch(4, &[4, 5, 6, 7, 8]);
    let mut checkpoint = Checkpoint::default();
    let error = sink.write(&whole, &mut checkpoint).await;
    let error = error.expect_err("some of them later");
    assert!(
        matches!(error.kind, SinkErrorKind::Transient { .. }),
        "{error}"
    );
    assert_eq!(sink.rows_taken(), 1);
    assert_eq!(keys(&receiver), ["0123456789abcdef-2-4-5"]);
    let error = sink.write(&whole, &mut checkpoint).await;
    let error = error.expect_err("one was refused");
    assert!(matches!(error.kind, SinkErrorKind::Rows { .. }), "{error}");
    let again = ["0123456789abcdef-2-5-1", "0123456789abcdef-2-7-2"];
    assert_eq!(keys(&receiver), again);
    assert_eq!(sink.rows_taken(), 4);
    for (at, is_taken) in [true, true, false, true, true].into_iter().enumerate() {
        let one = sink.write(&whole.slice(at..at + 1), &mut checkpoint).await;
        assert_eq!(one.is_ok(), is_taken, "row {at}");
    }
    assert_eq!(keys(&receiver), Vec::<String>::new());
}
