//! The sink of imports that leads into a till, against this server on the loopback address.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use madang_import::check::{Checker, Mapping};
use madang_import::contract::{VirtualWorld, lot};
use madang_import::run::counts::Counts;
use madang_import::run::lot::{Lot, Position};
use madang_import::run::settings::{Limits, Patience};
use madang_import::run::stop::Stop;
use madang_import::run::write::{WriteError, Writer, WriterParts};
use madang_import::{
    Changes, Checkpoint, Kind, Promise, RunKey, Schema, Sink, SinkErrorKind, Value,
};
use madang_import_till::{TillAddress, TillSink};
use madang_model::catalog::{ITEMS_MAX, SaleState};
use madang_outbound::{
    CallLimits, Caller, Client, ErrorStatuses, GatewayLimits, Grant, GrantedOrigin, Network,
    Origin, Outbound, Reach, RetryPatch, Route, RoutePatch, SeededChance, WallClock,
};
use tokio::net::TcpListener;
use tokio::runtime::Handle;

use crate::site::Site;

/// A till that listens, and a line to it that loses answers when it is told to.
struct Place {
    site: Site,
    address: SocketAddr,
    mishaps: Arc<Mishaps>,
}

/// Batches from now on: the next ones go well, then one is lost in a way.
#[derive(Default)]
struct Mishaps {
    batches: AtomicUsize,
    /// The number of the batch, from 1, that is taken while its answer is lost.
    answer_lost: AtomicUsize,
    /// The number of the batch that is not taken.
    batch_lost: AtomicUsize,
}

impl Place {
    async fn open() -> Self {
        Self::with_items_max(ITEMS_MAX).await
    }

    async fn with_items_max(items_max: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let site = Site::with_items_max(&address.to_string(), items_max).await;
        let mishaps = Arc::new(Mishaps::default());
        let line = mishaps.clone();
        let router: Router = site
            .router()
            .layer(from_fn(move |request: Request, next: Next| {
                let line = line.clone();
                async move { line.pass(request, next).await }
            }));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            site,
            address,
            mishaps,
        }
    }

    fn sink(&self) -> TillSink {
        self.sink_with(self.site.token.as_str())
    }

    fn sink_with(&self, token: &str) -> TillSink {
        let till = TillAddress {
            origin: format!("http://{}", self.address),
            token: token.to_owned(),
            name: "the till".into(),
        };
        TillSink::new(client(&till.origin), till)
    }

    fn titles(&self) -> Vec<String> {
        let shop = self.site.till.shop();
        let added = shop.catalog.items.iter().filter(|item| item.code.is_some());
        added.map(|item| item.title.ko.clone()).collect()
    }
}

impl Mishaps {
    async fn pass(&self, request: Request, next: Next) -> Response {
        if request.method() != "POST" {
            return next.run(request).await;
        }
        let number = self.batches.fetch_add(1, Ordering::SeqCst) + 1;
        if self.batch_lost.load(Ordering::SeqCst) == number {
            return broken();
        }
        let answer = next.run(request).await;
        if self.answer_lost.load(Ordering::SeqCst) == number {
            return broken();
        }
        answer
    }
}

/// A body that breaks off ends the connection: nobody knows what became of the call.
fn broken() -> Response {
    let body = futures::stream::iter([Err::<Vec<u8>, _>(std::io::Error::other("cut off"))]);
    (StatusCode::OK, axum::body::Body::from_stream(body)).into_response()
}

struct Clock;

impl WallClock for Clock {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }
}

fn client(origin: &str) -> Client {
    let caller = Caller {
        id: "import".into(),
        grant: Grant {
            origins: vec![GrantedOrigin {
                origin: Origin::parse(origin).expect("an origin"),
                reach: Reach::Loopback,
            }],
            limits: CallLimits::default(),
        },
    };
    let network = Network::system(Arc::new(SeededChance::from_seed([7; 32])), Arc::new(Clock));
    let gateway = Outbound::new(Handle::current(), network, GatewayLimits::default());
    // Tried again by the runner, not by the gateway.
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
        ..Route::default()
    };
    let route = route.patched(once).expect("a route");
    gateway.client(caller, route).expect("a client")
}

fn schema(name: &str) -> Arc<Schema> {
    Mapping::builtin(name).expect("it is built in").schema()
}

/// A row of a schema that has these values and no others.
fn row<'a>(schema: &Schema, values: &[(&str, Value<'a>)]) -> Vec<Value<'a>> {
    let mut row = vec![Value::Absent; schema.fields.len()];
    for (name, value) in values {
        row[schema.position(name).expect("a column")] = *value;
    }
    row
}

fn items(schema: &Schema, from: usize, count: usize) -> Lot {
    let codes: Vec<String> = (from..from + count)
        .map(|number| format!("C-{number}"))
        .collect();
    let rows: Vec<_> = codes
        .iter()
        .map(|code| {
            let values = [
                ("item", Value::Text(code)),
                ("title", Value::Text(code)),
                ("category", Value::Text("수입")),
                ("price", Value::Integer(1_000)),
                ("state", Value::Text("hidden")),
                ("tax_free", Value::Boolean(true)),
                ("stock", Value::Integer(3)),
            ];
            row(schema, &values)
        })
        .collect();
    lot(&Arc::new(schema.clone()), from, &rows)
}

/// Rows under the columns that a file has, which may be fewer than the mapping's.
async fn said(place: &Place, run: &str, mapping: &str, rows: &[&[Value<'_>]]) {
    let mapping = Mapping::parse(mapping, "own.toml").expect("a mapping");
    let rows: Vec<Vec<Value<'_>>> = rows.iter().map(|row| row.to_vec()).collect();
    let schema = mapping.schema();
    let mut sink = place.sink();
    sink.open(&RunKey(run.to_owned()), &schema, None)
        .await
        .expect("it fits");
    let lot = lot(&schema, 0, &rows);
    sink.write(&lot.batch, &mut Checkpoint::default())
        .await
        .expect("taken");
}

const ITEMS: &str = r#"
name = "items"
key = ["item"]
columns = [
  { name = "item", type = "text" },
  { name = "title", type = "text", required = true },
  { name = "price", type = "money", required = true },
  { name = "sku", type = "text", empty = "clear" },
  { name = "barcode", type = "text" },
  { name = "state", type = "text" },
]"#;

#[tokio::test]
async fn an_empty_cell_keeps_what_stands_unless_the_mapping_clears_it() {
    let place = Place::open().await;
    let (text, absent) = (Value::Text, Value::Absent);
    let row = |sku, barcode, state| {
        [
            text("C-1"),
            text("말차"),
            Value::Integer(6_000),
            sku,
            barcode,
            state,
        ]
    };
    let full = row(text("M-1"), text("8800000000022"), text("sold_out"));
    said(&place, "first", ITEMS, &[&full]).await;
    said(&place, "second", ITEMS, &[&row(absent, absent, absent)]).await;
    let shop = place.site.till.shop();
    let mut items = shop.catalog.items.iter();
    let item = items
        .find(|item| item.code.as_deref() == Some("C-1"))
        .expect("it was put");
    assert_eq!(item.price.sku, None);
    assert_eq!(item.price.barcode.as_deref(), Some("8800000000022"));
    let day = place.site.till.item_day(item.id).expect("it has a day");
    assert_eq!(day.state, SaleState::SoldOut);
}

#[tokio::test]
async fn a_default_is_for_items_that_are_new() {
    let place = Place::open().await;
    let mapping = ITEMS.replace(
        "{ name = \"state\", type = \"text\" },",
        "{ name = \"state\", type = \"text\", default = \"sold_out\" },\n{ name = \"category\", type = \"text\", default = \"빵\" },",
    );
    let mapping = Mapping::parse(&mapping, "own.toml").expect("a mapping");
    let columns = ["item", "title", "price"].map(str::to_owned);
    let mut checker = Checker::new(&mapping, &columns).expect("they fit");
    let mut sink = place.sink();
    checker.leave_defaults(&|schema, field| sink.knows_default(schema, field));
    let schema = checker.schema().clone();
    let row = |code, title| {
        let values = [
            ("item", Value::Text(code)),
            ("title", Value::Text(title)),
            ("price", Value::Integer(6_000)),
        ];
        row(&schema, &values)
    };
    said(
        &place,
        "first",
        ITEMS,
        &[&[
            Value::Text("C-1"),
            Value::Text("말차"),
            Value::Integer(5_000),
            Value::Absent,
            Value::Absent,
            Value::Text("on_sale"),
        ]],
    )
    .await;
    sink.open(&RunKey("second".to_owned()), &schema, None)
        .await
        .expect("it fits");
    let lot = lot(&schema, 0, &[row("C-1", "말차"), row("C-2", "식빵")]);
    sink.write(&lot.batch, &mut Checkpoint::default())
        .await
        .expect("taken");
    let shop = place.site.till.shop();
    let standing = |code: &str| {
        let mut items = shop.catalog.items.iter();
        let item = items.find(|item| item.code.as_deref() == Some(code));
        let item = item.expect("it was put");
        let category = shop.catalog.categories.iter();
        let mut category = category.filter(|category| category.id == item.category);
        let category = category.next().expect("one").title.ko.clone();
        let day = place.site.till.item_day(item.id).expect("it has a day");
        (category, day.state)
    };
    assert_eq!(standing("C-1"), ("기타".to_owned(), SaleState::OnSale));
    assert_eq!(standing("C-2"), ("빵".to_owned(), SaleState::SoldOut));
}

fn writer(sink: impl Sink + 'static, counts: &Arc<Counts>) -> Writer {
    Writer::new(WriterParts {
        sink: Box::new(sink),
        run: RunKey("a".repeat(64)),
        folder: None,
        world: Arc::new(VirtualWorld::default()),
        counts: counts.clone(),
        stop: Stop::default(),
        limits: Limits::default(),
        patience: Patience::default(),
        batch_rows_max: 50_000,
        free_bytes_min: 0,
    })
}

/// Writes what the till does not have yet; answers where it began.
async fn import(place: &Place, lots: &[Lot], counts: &Arc<Counts>) -> Result<Position, WriteError> {
    let mut writer = writer(place.sink(), counts);
    let schema = lots[0].batch.schema.clone();
    let reached = writer.open(schema).await?.unwrap_or_default();
    writer.go_on_from(reached.clone())?;
    let reached = Position::of(&reached);
    for lot in lots {
        if !reached.reaches(&lot.end) {
            writer.write(&lot.clone().behind(reached)).await?;
        }
    }
    writer.finish().await?;
    Ok(reached)
}

#[tokio::test]
async fn a_menu_goes_into_the_till_in_batches_that_it_takes() {
    let place = Place::open().await;
    let schema = schema("menu");
    assert_eq!(place.sink().promise(), Promise::ExactlyOnce);
    let counts = Arc::default();
    let lots = [items(&schema, 0, 600)];
    import(&place, &lots, &counts).await.expect("taken");
    assert_eq!(place.titles().len(), 600);
    assert_eq!(place.mishaps.batches.load(Ordering::SeqCst), 3);
    assert_eq!(Counts::get(&counts.rows_written), 600);
    let shop = place.site.till.shop();
    let item = shop.catalog.items.last().expect("items");
    assert!(item.price.tax_free);
    assert_eq!(item.price.stock, Some(3));
    assert_eq!(item.state, madang_model::catalog::SaleState::Unavailable);

    let reached = import(&place, &lots, &counts).await.expect("nothing to do");
    assert_eq!(reached, lots[0].end);
    assert_eq!(place.mishaps.batches.load(Ordering::SeqCst), 3);
}

/// Whichever batch is lost, and whether it arrived: every row is there once, and the run goes on behind it.
#[tokio::test]
async fn a_lost_answer_is_asked_for() {
    for number in 1..=3 {
        for arrives in [true, false] {
            let place = Place::open().await;
            let lost = match arrives {
                true => &place.mishaps.answer_lost,
                false => &place.mishaps.batch_lost,
            };
            lost.store(number, Ordering::SeqCst);
            let schema = schema("menu");
            let counts = Arc::default();
            let lots = [
                items(&schema, 0, 250),
                items(&schema, 250, 250),
                items(&schema, 500, 9),
            ];
            import(&place, &lots, &counts).await.expect("taken");
            let expected: Vec<String> = (0..509).map(|number| format!("C-{number}")).collect();
            assert_eq!(
                place.titles(),
                expected,
                "batch {number}, arrived: {arrives}"
            );
            assert_eq!(Counts::get(&counts.rows_written), 509);
            assert_eq!(Counts::get(&counts.reopened), 1);
        }
    }
}

#[tokio::test]
async fn a_row_that_the_till_refuses_takes_no_other_with_it() {
    let place = Place::open().await;
    let schema = schema("menu");
    let plain = |code, price, state| {
        row(
            &schema,
            &[
                ("item", Value::Text(code)),
                ("title", Value::Text(code)),
                ("price", Value::Integer(price)),
                ("state", Value::Text(state)),
            ],
        )
    };
    let rows = [
        plain("C-1", 1, "on_sale"),
        plain("C-2", -1, "on_sale"),
        plain("C-3", 1, "on_sale"),
        plain("C-4", 1, "sleeping"),
        plain("C-5", 1, "deleted"),
    ];
    let counts = Arc::default();
    let lots = [lot(&schema, 0, &rows)];
    import(&place, &lots, &counts)
        .await
        .expect("the right ones");
    assert_eq!(place.titles(), ["C-1", "C-3"]);
    assert_eq!(Counts::get(&counts.rows_refused), 2);
}

#[tokio::test]
async fn a_till_that_is_full_ends_the_import_and_the_dry_run_before_it() {
    let there = Place::open().await.site.till.shop().catalog.items.len();
    let place = Place::with_items_max(there + 600).await;
    let schema = schema("menu");
    let ended = |written: Result<Position, WriteError>| match written {
        Err(WriteError::Sink { source, .. }) => (source.kind, source.message),
        other => panic!("{other:?}"),
    };
    let full = (
        SinkErrorKind::Setup,
        "a shop has at most 50000 items".to_owned(),
    );

    let mut dry = place.sink();
    dry.fits(&schema).await.expect("it fits");
    for from in [0, 250] {
        let lot = items(&schema, from, 250);
        dry.would_take(&lot.batch).await.expect("there is room");
    }
    let refused = dry.would_take(&items(&schema, 500, 250).batch).await;
    let refused = refused.expect_err("what came before is counted");
    assert_eq!((refused.kind, refused.message), full);
    let last = dry.would_take(&items(&schema, 500, 100).batch).await;
    last.expect("just full");

    let counts = Arc::default();
    let lots = [items(&schema, 0, 900)];
    let began = place.mishaps.batches.load(Ordering::SeqCst);
    assert_eq!(ended(import(&place, &lots, &counts).await), full);
    assert_eq!(place.titles().len(), 500);
    let batches = place.mishaps.batches.load(Ordering::SeqCst) - began;
    assert_eq!(batches, 3, "rows are not tried one by one");
    assert_eq!(Counts::get(&counts.rows_refused), 0);
}

#[tokio::test]
async fn what_becomes_of_a_menu_is_told() {
    let place = Place::open().await;
    let schema = schema("menu");
    let named = |code, title, price| {
        let values = [
            ("item", Value::Text(code)),
            ("title", Value::Text(title)),
            ("price", Value::Integer(price)),
        ];
        row(&schema, &values)
    };
    let first = place.site.till.shop().catalog.items[0].clone();
    let id = first.id.to_string();
    let rows = [
        // Its code is the id of another item.
        named(&id, "바게트 특", 7_000),
        named("C-1", "말차", 6_000),
        named("C-2", "식빵", 5_000),
    ];
    let lot = lot(&schema, 0, &rows);
    let renames = vec![(first.title.ko.clone(), "바게트 특".to_owned())];
    let mut sink = place.sink();
    sink.fits(&schema).await.expect("it fits");
    sink.would_take(&lot.batch).await.expect("it would");
    let expected = Changes {
        new: 2,
        changed: 1,
        renamed: 1,
        untouched: 0,
        renames,
    };
    assert_eq!(sink.changes(), Some(&expected));

    import(&place, std::slice::from_ref(&lot), &Arc::default())
        .await
        .expect("taken");
    let mut again = place.sink();
    again.fits(&schema).await.expect("it fits");
    again.would_take(&lot.batch).await.expect("it would");
    let expected = Changes {
        untouched: 3,
        ..Changes::default()
    };
    assert_eq!(again.changes(), Some(&expected));
}

const UNCODED: &str = r#"
name = "prices"
columns = [
  { name = "title", type = "text", required = true },
  { name = "price", type = "money", required = true },
  { name = "barcode", type = "text" },
]"#;

/// Rows from one on, of which none has a code of its own.
fn priced(schema: &Arc<Schema>, from: usize, rows: &[(&str, i64, &str)]) -> Lot {
    let rows = rows.iter().map(|(title, price, barcode)| {
        let barcode = match *barcode {
            "" => Value::Absent,
            barcode => Value::Text(barcode),
        };
        let values = [
            ("title", Value::Text(title)),
            ("price", Value::Integer(*price)),
            ("barcode", barcode),
        ];
        row(schema, &values)
    });
    lot(schema, from, &rows.collect::<Vec<_>>())
}

fn amount(place: &Place, title: &str) -> Option<i64> {
    let shop = place.site.till.shop();
    let mut items = shop.catalog.items.iter();
    let item = items.find(|item| item.title.ko == title)?;
    Some(item.price.amount.minor_units())
}

/// Two sizes of one name, a name and its barcode: the first row is written, the second is refused, wherever the batches are cut and whoever tries it again.
#[tokio::test]
async fn an_item_is_said_by_one_row_of_a_file() {
    let place = Place::open().await;
    let schema = Mapping::parse(UNCODED, "own.toml")
        .expect("a mapping")
        .schema();
    let counts = Arc::default();
    let lots = [
        priced(
            &schema,
            0,
            &[
                ("말차", 100, "8800000000022"),
                ("말차", 200, ""),
                ("식빵", 1, ""),
            ],
        ),
        priced(
            &schema,
            3,
            &[("녹차", 300, "8800000000022"), ("말차", 100, "")],
        ),
    ];
    import(&place, &lots, &counts)
        .await
        .expect("the right ones");
    assert_eq!(
        (amount(&place, "말차"), amount(&place, "녹차")),
        (Some(100), None)
    );
    assert_eq!(Counts::get(&counts.rows_written), 2);
    assert_eq!(
        counts.refused().by_code,
        [("same_item".to_owned(), 3)].into()
    );

    // Tried again as they are, they stay refused; mended into other items, they are taken.
    let again = async |run: &str, lots: &[Lot]| {
        let mut sink = place.sink();
        sink.rows_are_of(&RunKey("a".repeat(64)));
        sink.open(&RunKey(run.to_owned()), &schema, None)
            .await
            .expect("it fits");
        sink.write(&lots[0].batch, &mut Checkpoint::default()).await
    };
    let error = again("as-it-was", &[priced(&schema, 1, &[("말차", 200, "")])]).await;
    let error = error.expect_err("row 1 said it");
    assert_eq!(error.kind, SinkErrorKind::Rows { code: "same_item" });
    assert!(error.message.contains("row 1 means already"), "{error}");
    let mended = [priced(&schema, 1, &[("큰 말차", 200, "")])];
    again("mended", &mended).await.expect("another item");
    again(
        "mended-twice",
        &[priced(&schema, 1, &[("큰 말차", 250, "")])],
    )
    .await
    .expect("the same row");
    assert_eq!(amount(&place, "큰 말차"), Some(250));
}

#[tokio::test]
async fn a_mapping_whose_keys_may_repeat_says_an_item_as_often_as_it_likes() {
    let place = Place::open().await;
    let mapping = format!("key_may_repeat = true\n{UNCODED}");
    let schema = Mapping::parse(&mapping, "own.toml")
        .expect("a mapping")
        .schema();
    let counts = Arc::default();
    let lots = [priced(&schema, 0, &[("말차", 100, ""), ("말차", 200, "")])];
    import(&place, &lots, &counts).await.expect("one by one");
    assert_eq!(amount(&place, "말차"), Some(200));
}

#[tokio::test]
async fn a_dry_run_finds_rows_that_say_one_item() {
    let place = Place::open().await;
    let schema = Mapping::parse(UNCODED, "own.toml")
        .expect("a mapping")
        .schema();
    let check = async |lots: &[Lot], expected: &[bool]| {
        let mut sink = place.sink();
        sink.fits(&schema).await.expect("it fits");
        for (lot, expected) in lots.iter().zip(expected) {
            match (sink.would_take(&lot.batch).await, expected) {
                (Ok(()), true) => {}
                (Err(error), false) => {
                    assert_eq!(error.kind, SinkErrorKind::Rows { code: "same_item" })
                }
                (said, _) => panic!("{said:?}"),
            }
        }
    };
    let new = [priced(&schema, 0, &[("말차", 100, ""), ("말차", 200, "")])];
    check(&new, &[false]).await;
    // As a batch that is halved comes: the till has none of it.
    let (first, second) = (("말차", 100, ""), ("말차", 200, "8800000000022"));
    let halved = [
        priced(&schema, 0, &[first]),
        priced(&schema, 1, &[second]),
        priced(&schema, 2, &[("식빵", 1, "8800000000022")]),
        priced(&schema, 3, &[("바게트", 1, "8800000000022")]),
    ];
    check(&halved, &[true, false, true, false]).await;
    let many: Vec<String> = (0..250).map(|number| format!("빵 {number}")).collect();
    let named = |amount| {
        many.iter()
            .map(|title| (title.as_str(), amount, ""))
            .collect::<Vec<_>>()
    };
    let twice = [
        priced(&schema, 0, &named(1)),
        priced(&schema, 250, &named(2)),
    ];
    check(&twice, &[true, false]).await;
    let there = [
        priced(&schema, 0, &[("아메리카노", 100, "")]),
        priced(&schema, 1, &[("라떼", 100, ""), ("아메리카노", 200, "")]),
        priced(&schema, 1, &[("라떼", 100, "")]),
        priced(&schema, 0, &[("아메리카노", 100, "")]),
    ];
    check(&there, &[true, false, true, true]).await;
}

#[tokio::test]
async fn counts_go_to_the_items_they_name() {
    let place = Place::open().await;
    let schema = schema("stock");
    let counted = |name, value, quantity| {
        row(
            &schema,
            &[
                (name, value),
                ("quantity", Value::Integer(quantity)),
                ("title", Value::Text("?")),
            ],
        )
    };
    let rows = [
        counted("item", Value::Text("12"), 7),
        counted("barcode", Value::Text("8801234567893"), 2),
        counted("sku", Value::Text("없음"), 2),
    ];
    let counts = Arc::default();
    import(&place, &[lot(&schema, 0, &rows)], &counts)
        .await
        .expect("taken");
    let left = |item| {
        place
            .site
            .till
            .item_day(madang_model::ItemId(item))
            .and_then(|day| day.left)
    };
    assert_eq!((left(12), left(13)), (Some(7), Some(2)));
    assert_eq!(Counts::get(&counts.rows_refused), 1);
}

#[tokio::test]
async fn two_that_import_the_same_do_not_write_over_each_other() {
    let place = Place::open().await;
    let schema = schema("menu");
    let counts = Arc::default();
    let lots = [items(&schema, 0, 2), items(&schema, 2, 2)];
    let mut same = writer(place.sink(), &counts);
    same.open(schema.clone()).await.expect("opened");
    let mut other = writer(place.sink(), &counts);
    other.open(schema.clone()).await.expect("opened");
    import(&place, &lots, &counts).await.expect("taken");
    // Batch for batch the same: each is known by its key.
    for lot in &lots {
        same.write(lot).await.expect("it is there already");
    }
    let cut_otherwise = items(&schema, 0, 3);
    let error = other.write(&cut_otherwise).await;
    let error = error.expect_err("the run stands elsewhere");
    assert!(
        matches!(error, WriteError::Elsewhere { found_row: 4, .. }),
        "{error:?}"
    );
    assert_eq!(place.titles().len(), 4);
}

/// Opens a sink, and tells what it says.
async fn refusal(mut sink: TillSink, schema: &Schema) -> (SinkErrorKind, String) {
    let run = RunKey("a".repeat(64));
    let opened = sink.open(&run, schema, None).await;
    let error = opened.expect_err("it cannot be opened");
    (error.kind, error.message)
}

#[tokio::test]
async fn a_sink_that_cannot_be_opened_says_what_to_do() {
    let place = Place::open().await;
    let (kind, message) = refusal(place.sink_with("wrong"), &schema("menu")).await;
    assert_eq!(kind, SinkErrorKind::Setup);
    assert!(message.contains("copy the whole address"), "{message}");

    let (kind, message) = refusal(place.sink(), &schema("settlement")).await;
    assert_eq!(kind, SinkErrorKind::Setup);
    assert!(
        message.contains("use the mappings menu and stock"),
        "{message}"
    );

    let mut other = (*schema("menu")).clone();
    other.fields = other
        .fields
        .iter()
        .cloned()
        .map(|mut field| {
            if field.name == "price" {
                field.kind = Kind::Integer;
            }
            field
        })
        .collect();
    let (kind, message) = refusal(place.sink(), &other).await;
    assert_eq!(kind, SinkErrorKind::Setup);
    assert!(message.contains("“price” is integer"), "{message}");

    let nobody = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let origin = format!("http://{}", nobody.local_addr().expect("an address"));
    drop(nobody);
    let till = TillAddress {
        origin: origin.clone(),
        token: "t".into(),
        name: "the till".into(),
    };
    let (kind, message) = refusal(TillSink::new(client(&origin), till), &schema("menu")).await;
    assert!(matches!(kind, SinkErrorKind::Transient { .. }), "{kind:?}");
    assert!(message.contains("does not answer"), "{message}");
}
