//! The live stream: what it says, how a page catches up, and who is cut off.

use axum::body::Body;
use http_body_util::BodyExt;
use madang_server::DeskUpdate;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tower::ServiceExt;

use crate::site::Site;

/// A page that reads the stream.
pub struct Page(Body);

/// One event: its id and its data.
#[derive(Debug, PartialEq)]
pub struct Event {
    id: String,
    name: String,
    pub data: Value,
}

impl Page {
    pub async fn open(site: &Site, after: Option<&str>) -> Self {
        let mut asking = site.ask("GET", "/api/stream");
        if let Some(id) = after {
            asking = asking.header("last-event-id", id);
        }
        let (router, request) = asking.request();
        let answer = router.oneshot(request).await.expect("an answer");
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Self(answer.into_body())
    }

    /// The next event; none when the stream has ended.
    async fn next(&mut self) -> Option<Event> {
        let frame = self.0.frame().await?.expect("a whole frame");
        let bytes = frame.into_data().expect("data");
        Some(parsed(std::str::from_utf8(&bytes).expect("text")))
    }

    pub async fn must(&mut self, name: &str) -> Event {
        let event = self.next().await.expect("one more event");
        assert_eq!(event.name, name, "{event:?}");
        assert_eq!(
            event.data["event"], name,
            "the word in the data is the event's"
        );
        event
    }
}

#[tokio::test]
async fn a_page_hears_of_a_batch_of_items_at_once() {
    let site = Site::open().await;
    let mut page = Page::open(&site, None).await;
    page.must("hello").await;
    let items = json!([
        { "title": "아메리카노", "amount": 4_800, "sale_state": "sold_out" },
        { "title": "말차", "category": "차", "amount": 6_000 },
        { "title": "크루아상", "amount": 4_200 },
    ]);
    let rows = json!({ "menu": { "currency": "KRW", "makes_categories": true, "items": items } });
    let batch = json!({ "run": "run-1", "checkpoint": "3", "rows": rows });
    site.post("/api/import/batches", "k", batch).await.ok();
    let told = page.must("catalog").await.data["data"].clone();
    let titles = |things: &Value| -> Vec<String> {
        let things = things.as_array().expect("a list");
        let title = |thing: &Value| thing["title"]["ko"].as_str().map(str::to_owned);
        things.iter().filter_map(title).collect()
    };
    assert_eq!(titles(&told["categories"]), ["커피", "책", "차"]);
    assert_eq!(titles(&told["items"]), ["아메리카노", "말차"]);
    let coffee = &told["items"][0];
    assert_eq!(
        (&coffee["amount"], &coffee["sale_state"]),
        (&json!(4_800), &json!("sold_out"))
    );
}

#[tokio::test]
async fn a_page_hears_of_servers_and_of_failures_on_purpose() {
    let site = Site::open().await;
    let mut page = Page::open(&site, None).await;
    page.must("hello").await;
    site.post(
        "/api/upstreams/isolate",
        "k",
        json!({ "origin": "https://b.example" }),
    )
    .await
    .ok();
    let told = page.must("upstreams").await.data["data"].clone();
    assert_eq!(told["gone"], json!([]));
    let changed = told["changed"].as_array().expect("a list");
    assert_eq!(changed.len(), 1, "only what changed");
    assert_eq!(
        (&changed[0]["origin"], &changed[0]["breaker"]),
        (&json!("https://b.example"), &json!("isolated"))
    );
    let plan =
        json!({ "faults": [{ "fault": { "kind": "dns_failure" }, "per_mille": 5 }], "seed": 3 });
    site.post("/api/network", "k", plan.clone()).await.ok();
    assert_eq!(page.must("network").await.data["data"]["plan"], plan);
}

#[tokio::test]
async fn a_page_hears_what_changes() {
    let site = Site::open().await;
    let mut page = Page::open(&site, None).await;
    let hello = page.must("hello").await;
    assert_eq!(hello.id, "e0-0");
    assert_eq!(
        hello.data["data"],
        json!({ "epoch": "e0", "position": 0, "clock": "2026-03-02T03:00:00Z" })
    );

    site.post("/api/cart/lines", "k", json!({ "item": 12 }))
        .await
        .ok();
    let cart = page.must("cart").await;
    assert_eq!(
        (cart.id.as_str(), &cart.data["data"]["totals"]["charge"]),
        ("e0-1", &json!(4_200))
    );
    site.ask("PUT", "/api/terminal")
        .json(&json!({ "outcome": { "kind": "timed_out" }, "sticky": true }))
        .send()
        .await
        .ok();
    assert_eq!(
        page.must("terminal").await.data["data"]["chosen"]["kind"],
        "timed_out"
    );
    site.desk.toast("t1");
    assert_eq!(page.must("toast").await.data["data"]["id"], "t1");
    site.post("/api/toasts/t1/close", "k", json!({})).await;
    page.must("toast-closed").await;
    site.post("/api/plugins/hello/stop", "k", json!({}))
        .await
        .ok();
    assert_eq!(page.must("plugin").await.data["data"]["state"], "stopped");
    site.ask("PUT", "/api/plugins/hello/settings")
        .json(&json!({ "values": { "limit": 1 } }))
        .send()
        .await
        .ok();
    assert_eq!(
        page.must("settings").await.data["data"]["settings"]["values"]["limit"],
        1
    );
}

#[tokio::test]
async fn a_sale_is_told_in_order() {
    let site = Site::open().await;
    site.post("/api/cart/lines", "k", json!({ "item": 12 }))
        .await
        .ok();
    let mut page = Page::open(&site, None).await;
    page.must("hello").await;
    site.post("/api/orders", "order", json!({})).await.ok();
    let mut told = Vec::new();
    while !told.contains(&"item".to_owned()) || !told.contains(&"order".to_owned()) {
        told.push(page.next().await.expect("one more event").name);
    }
    assert!(
        told.iter()
            .all(|name| ["cart", "order", "item"].contains(&name.as_str())),
        "{told:?}"
    );
}

#[tokio::test]
async fn finding_out_about_a_lost_answer_is_told_step_by_step() {
    let site = Site::open().await;
    site.post("/api/cart/lines", "k", json!({ "item": 12 }))
        .await
        .ok();
    let order = site.post("/api/orders", "order", json!({})).await.ok();
    let lost = json!({ "outcome": { "kind": "answer_lost" } });
    site.ask("PUT", "/api/terminal")
        .json(&lost)
        .send()
        .await
        .ok();
    let mut page = Page::open(&site, None).await;
    page.must("hello").await;
    let path = format!(
        "/api/orders/{}/payments",
        order["id"].as_str().expect("an id")
    );
    site.post(&path, "pay", json!({ "method": "card" }))
        .await
        .ok();
    let mut steps: Vec<Value> = Vec::new();
    while steps.last().is_none_or(|step| step["step"] != "settled") {
        let event = page.next().await.expect("one more event");
        if event.name == "attempt" {
            steps.push(event.data["data"].clone());
        }
    }
    let told: Vec<&str> = steps
        .iter()
        .filter_map(|step| step["step"].as_str())
        .collect();
    assert_eq!(told, ["sent", "lost", "inquiring", "settled"]);
    assert_eq!(
        (&steps[2]["tries"], &steps[2]["order_id"]),
        (&json!(1), &order["id"])
    );
    assert!(steps[1]["message"]["en"].is_string() && steps[1]["attempt"].is_string());
}

#[tokio::test]
async fn lines_of_the_timeline_come_in_batches() {
    let site = Site::open().await;
    let mut page = Page::open(&site, None).await;
    page.must("hello").await;
    for _ in 0..700 {
        site.desk.log("order.completed");
    }
    let mut seqs: Vec<u64> = Vec::new();
    while seqs.len() < 700 {
        let event = page.must("timeline").await;
        let lines = event.data["data"].as_array().expect("lines");
        assert!(lines.len() <= 500, "{} lines at once", lines.len());
        seqs.extend(lines.iter().filter_map(|line| line["seq"].as_u64()));
    }
    assert!(seqs.into_iter().eq(1..=700), "every line once, in order");
}

#[tokio::test]
async fn a_page_that_comes_back_goes_on_where_it_was() {
    let site = Site::open().await;
    let mut page = Page::open(&site, None).await;
    page.must("hello").await;
    for id in ["t1", "t2", "t3"] {
        site.desk.toast(id);
    }
    let first = page.must("toast").await;
    drop(page);
    let mut again = Page::open(&site, Some(&first.id)).await;
    assert_eq!(again.must("hello").await.data["data"]["position"], 1);
    assert_eq!(again.must("toast").await.data["data"]["id"], "t2");
    assert_eq!(again.must("toast").await.id, "e0-3");
}

#[tokio::test]
async fn a_page_that_missed_too_much_fetches_everything_anew() {
    let site = Site::open().await;
    for id in ["other-1", "e0-99", "e0", "nonsense"] {
        let mut page = Page::open(&site, Some(id)).await;
        page.must("hello").await;
        page.must("reset").await;
        site.desk.toast("t");
        page.must("toast").await;
    }
}

#[tokio::test]
async fn after_a_gap_between_plugins_and_server_every_page_begins_anew() {
    let site = Site::with_room(16).await;
    let mut page = Page::open(&site, None).await;
    let hello = page.must("hello").await;
    // More than there is room for, with no pause in which the server could hear them.
    for _ in 0..40 {
        site.desk.toast("t");
    }
    assert_eq!(page.next().await, None, "the page is cut off");
    let mut again = Page::open(&site, Some(&hello.id)).await;
    again.must("hello").await;
    again.must("reset").await;
}

#[tokio::test]
async fn a_slow_page_is_cut_off() {
    let site = Site::with_room(10_000).await;
    let mut slow = Page::open(&site, None).await;
    for _ in 0..5_000 {
        site.desk.tell(DeskUpdate::ToastClosed("t".into()));
    }
    loop {
        let mut other = Page::open(&site, None).await;
        if other.must("hello").await.data["data"]["position"] == 5_000 {
            break;
        }
        tokio::task::yield_now().await;
    }
    slow.must("hello").await;
    assert_eq!(slow.next().await, None);
}

#[tokio::test]
async fn only_so_many_pages_watch() {
    let site = Site::open().await;
    let mut pages = Vec::new();
    for _ in 0..madang_server::STREAMS_MAX {
        pages.push(Page::open(&site, None).await);
    }
    let refused = site.get("/api/stream").await;
    assert_eq!(refused.refusal(), (503, "too-many-streams"));
    pages.pop();
    Page::open(&site, None).await.must("hello").await;
}

#[tokio::test]
async fn over_a_socket_until_the_server_stops() {
    let listener = madang_server::listen("127.0.0.1:0".parse().expect("an address"))
        .await
        .expect("a port");
    let address = listener.local_addr().expect("an address");
    let taken = madang_server::listen(address)
        .await
        .expect_err("the port is taken");
    assert!(taken.to_string().contains("--port"), "{taken}");
    let site = Site::at(&address.to_string(), 100).await;
    let (stop, stopped) = oneshot::channel::<()>();
    let page = async {
        let mut lines = get(address, "/api/stream", site.token.as_str()).await;
        assert_eq!(until(&mut lines, "event: ").await, "hello");
        site.desk.toast("t1");
        assert_eq!(until(&mut lines, "event: ").await, "toast");
        assert!(until(&mut lines, "data: ").await.contains("안녕하세요"));
        stop.send(()).expect("the server runs");
        let mut rest = Vec::new();
        lines
            .read_to_end(&mut rest)
            .await
            .expect("the stream ends well");
        assert!(rest.ends_with(b"0\r\n\r\n"), "a whole last chunk");
    };
    let serving = site
        .server
        .serve(listener, async { stopped.await.unwrap_or(()) });
    tokio::join!(serving, page);
    assert!(
        TcpStream::connect(address).await.is_err(),
        "nobody listens any more"
    );
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let listener = madang_server::listen("127.0.0.1:0".parse().expect("an address"))
        .await
        .expect("a port");
    let address = listener.local_addr().expect("an address");
    let site = Site::at(&address.to_string(), 100).await;
    let (stop, stopped) = oneshot::channel::<()>();
    let page = async {
        let mut socket = TcpStream::connect(address).await.expect("a connection");
        let many: String = (0..100).map(|index| format!("x-{index}: 1\r\n")).collect();
        let head = format!("GET /api/health HTTP/1.1\r\nhost: {address}\r\n{many}\r\n");
        socket.write_all(head.as_bytes()).await.expect("sent");
        let mut answer = BufReader::new(socket);
        assert!(until(&mut answer, "HTTP/1.1 ").await.starts_with("431"));
        stop.send(()).expect("the server runs");
    };
    tokio::join!(
        site.server
            .serve(listener, async { stopped.await.unwrap_or(()) }),
        page
    );
}

async fn get(address: std::net::SocketAddr, path: &str, token: &str) -> BufReader<TcpStream> {
    let mut socket = TcpStream::connect(address).await.expect("a connection");
    let head = format!(
        "GET {path} HTTP/1.1\r\nhost: {address}\r\norigin: http://{address}\r\nauthorization: Bearer {token}\r\n\r\n"
    );
    socket.write_all(head.as_bytes()).await.expect("sent");
    BufReader::new(socket)
}

/// What follows `start` on the next line that begins with it.
async fn until(lines: &mut BufReader<TcpStream>, start: &str) -> String {
    loop {
        let mut line = String::new();
        let read = lines.read_line(&mut line).await.expect("text");
        assert!(read > 0, "the server said no “{start}”");
        if let Some(rest) = line.trim_end().strip_prefix(start) {
            return rest.to_owned();
        }
    }
}

fn parsed(text: &str) -> Event {
    let field = |name: &str| {
        let start = format!("{name}: ");
        text.lines()
            .find_map(|line| line.strip_prefix(start.as_str()))
            .unwrap_or_default()
            .to_owned()
    };
    Event {
        id: field("id"),
        name: field("event"),
        data: serde_json::from_str(&field("data")).expect("JSON"),
    }
}
