//! Calls and WebSockets of plugins, over real sockets: what is asserted is what arrives and in which order, never how long it took.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use futures::{SinkExt, StreamExt};
use madang_outbound::{BreakerState, FailureKind, Fault, Manual, Origin, Plan, Scope};
use madang_plugin_host::PluginSpec;
use madang_plugin_host::timeline::Direction;
use madang_plugin_package::{Network, OriginGrant, OriginTarget, Permission};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::tungstenite::Message;

use crate::world::{BOTH, Kind, World};

/// A server that answers by path, and notes what it saw.
pub struct Server {
    pub origin: String,
    seen: Arc<Mutex<Vec<String>>>,
    _runtime: Runtime,
}

impl Server {
    pub fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let listener = runtime.block_on(async { small_listener() });
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let seen = Arc::<Mutex<Vec<String>>>::default();
        let notes = seen.clone();
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, notes.clone()));
            }
        });
        Self {
            origin,
            seen,
            _runtime: runtime,
        }
    }

    pub fn saw(&self, what: &str) -> bool {
        let seen = self.seen.lock().expect("no panic");
        seen.iter().any(|line| line == what)
    }

    pub fn spec(&self, name: &str, source: &str) -> PluginSpec {
        let mut spec = PluginSpec::script(name, &source.replace("ORIGIN", &self.origin));
        spec.grants.origins = vec![OriginGrant {
            origin: OriginTarget::Exact(self.origin.clone()),
            network: Network::Lan,
            reason: "a test".into(),
        }];
        spec
    }
}

/// Takes little ahead of being read, so that a reader who is slow is noticed soon.
fn small_listener() -> TcpListener {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(16 * 1024).expect("a size");
    let any = "127.0.0.1:0".parse().expect("an address");
    socket.bind(any).expect("a port");
    socket.listen(64).expect("a listener")
}

async fn serve(mut stream: TcpStream, seen: Arc<Mutex<Vec<String>>>) {
    let note = |line: String| seen.lock().expect("no panic").push(line);
    let mut peeked = [0; 2048];
    let Ok(length) = stream.peek(&mut peeked).await else {
        return;
    };
    if String::from_utf8_lossy(&peeked[..length]).contains("Sec-WebSocket-Key")
        || String::from_utf8_lossy(&peeked[..length]).contains("sec-websocket-key")
    {
        if peeked.starts_with(b"GET /deaf ") {
            let _socket = tokio_tungstenite::accept_async(stream).await;
            return std::future::pending().await;
        }
        if peeked.starts_with(b"GET /closes ") {
            close_and_wait(stream).await;
            return note("hung up on".into());
        }
        talk(stream, seen.clone()).await;
        return;
    }
    // These answer before they have the whole body, or never take it.
    let first = String::from_utf8_lossy(&peeked[..length]).into_owned();
    if first.starts_with("POST /refuses ") {
        note("POST /refuses".into());
        let answer = answered("413 Content Too Large", "text/plain", "too large");
        let _ = stream.write_all(answer.as_bytes()).await;
        while matches!(stream.read(&mut peeked).await, Ok(1..)) {}
        return;
    }
    if first.starts_with("POST /takes-nothing ") {
        note("POST /takes-nothing".into());
        std::future::pending::<()>().await;
    }
    loop {
        let Some((head, body)) = request(&mut stream).await else {
            note("cut".into());
            return;
        };
        let line = head.lines().next().unwrap_or_default().to_owned();
        let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
        let method = line.split(' ').next().unwrap_or_default().to_owned();
        note(format!("{method} {path} {body}"));
        let answer = match path.as_str() {
            "/endless" => {
                let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n";
                let _ = stream.write_all(head.as_bytes()).await;
                // Nothing more comes; the end of the line is what is waited for.
                while matches!(stream.read(&mut peeked).await, Ok(1..)) {}
                note("closed /endless".into());
                return;
            }
            "/silent" => {
                while matches!(stream.read(&mut peeked).await, Ok(1..)) {}
                note("closed /silent".into());
                return;
            }
            "/pressed" => {
                let is_asked_for = head.to_ascii_lowercase().contains("accept-encoding: ");
                let is_range = head.to_ascii_lowercase().contains("range: bytes");
                note(format!("pressed {is_asked_for} {is_range}"));
                let head = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: text/plain; charset=euc-kr\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
                    PRESSED.len()
                );
                let _ = stream.write_all(&[head.as_bytes(), PRESSED].concat()).await;
                continue;
            }
            "/moved" => "HTTP/1.1 302 Found\r\nlocation: /json\r\ncontent-length: 0\r\n\r\n".into(),
            // More than the sockets on the way and the gateway hold.
            "/large" => answered("200 OK", "text/plain", &"x".repeat(300_000)),
            "/kept" => {
                "HTTP/1.1 307 Temporary Redirect\r\nlocation: /length\r\ncontent-length: 0\r\n\r\n"
                    .into()
            }
            "/drip" | "/drip-broken" => {
                let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
                let _ = stream.write_all(head.as_bytes()).await;
                for _ in 0..3_000 {
                    let _ = stream.write_all(b"1\r\nx\r\n").await;
                }
                if path == "/drip-broken" {
                    return;
                }
                "0\r\n\r\n".into()
            }
            "/teapot" => answered("418 I'm a teapot", "text/plain", "short and stout"),
            "/mirror" => {
                let sent = head.lines().find_map(|line| {
                    let (name, value) = line.split_once(": ")?;
                    name.eq_ignore_ascii_case("content-type").then_some(value)
                });
                answered("200 OK", sent.unwrap_or("text/plain"), &body)
            }
            "/echo" => answered("200 OK", "text/plain", &format!("{method} {body}")),
            "/length" => answered("200 OK", "text/plain", &body.len().to_string()),
            // As text this fits one message, with its quotes escaped it does not.
            "/quotes" => answered("200 OK", "text/plain", &"\"".repeat(3 << 20)),
            path if path.starts_with("/rest/v1/") => {
                answered("200 OK", "application/json", r#"[{"id":1042}]"#)
            }
            _ => answered(
                "200 OK",
                "application/json",
                r#"{"name":"라떼","price":5000}"#,
            ),
        };
        let answer = if method == "HEAD" {
            answer
                .split_inclusive("\r\n\r\n")
                .next()
                .unwrap_or_default()
                .to_owned()
        } else {
            answer
        };
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// "라떼 5,000원" in EUC-KR, in gzip.
const PRESSED: &[u8] = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xdb\xf6\x79\xdb\x1e\x05\x53\x1d\x03\x03\x83\xfd\x3f\x00\xf1\xb3\x86\x0b\x0c\x00\x00\x00";

fn answered(status: &str, content_type: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: {content_type}\r\nx-a: 1\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

async fn request(stream: &mut TcpStream) -> Option<(String, String)> {
    let mut read = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        if let Some(end) = read.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&read[..end]).into_owned();
            if head
                .to_ascii_lowercase()
                .contains("transfer-encoding: chunked")
            {
                while !read.ends_with(b"0\r\n\r\n") {
                    let count = stream
                        .read(&mut buffer)
                        .await
                        .ok()
                        .filter(|count| *count > 0)?;
                    read.extend_from_slice(&buffer[..count]);
                }
                return Some((head, dechunked(&read[end + 4..])));
            }
            let length = head
                .lines()
                .find_map(|line| {
                    line.to_ascii_lowercase()
                        .strip_prefix("content-length: ")?
                        .parse::<usize>()
                        .ok()
                })
                .unwrap_or(0);
            while read.len() < end + 4 + length {
                let count = stream
                    .read(&mut buffer)
                    .await
                    .ok()
                    .filter(|count| *count > 0)?;
                read.extend_from_slice(&buffer[..count]);
            }
            let body = String::from_utf8_lossy(&read[end + 4..]).into_owned();
            return Some((head, body));
        }
        let count = stream
            .read(&mut buffer)
            .await
            .ok()
            .filter(|count| *count > 0)?;
        read.extend_from_slice(&buffer[..count]);
    }
}

/// The chunks of a body, with their borders.
fn dechunked(mut read: &[u8]) -> String {
    let mut chunks = Vec::new();
    while let Some(end) = read.windows(2).position(|bytes| bytes == b"\r\n") {
        let size = String::from_utf8_lossy(&read[..end]).into_owned();
        let size = usize::from_str_radix(&size, 16).expect("the size of a chunk");
        if size == 0 {
            break;
        }
        let chunk = &read[end + 2..end + 2 + size];
        chunks.push(String::from_utf8_lossy(chunk).into_owned());
        read = &read[end + 2 + size + 2..];
    }
    chunks.join("|")
}

/// Closes, and leaves it to the client to hang up; what the client says is not read before it does.
async fn close_and_wait(stream: TcpStream) {
    let mut socket = tokio_tungstenite::accept_async(stream)
        .await
        .expect("agreed");
    let close = [&[0x88, 5, 0x0f, 0xa0], &b"bye"[..]].concat();
    let line = socket.get_mut();
    line.write_all(&close).await.expect("written");
    while matches!(line.read(&mut [0; 64]).await, Ok(1..)) {}
}

/// Echoes; joins whatever channel of Supabase is asked for and tells of one new order there.
async fn talk(stream: TcpStream, seen: Arc<Mutex<Vec<String>>>) {
    let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await else {
        return;
    };
    while let Some(Ok(message)) = socket.next().await {
        let replies = match &message {
            Message::Text(text) if text.contains("phx_join") => joined(text),
            Message::Text(text) if text.as_str() == "huge" => vec!["x".repeat((1 << 20) + 1)],
            Message::Text(text) if text.contains("\"heartbeat\"") => Vec::new(),
            Message::Text(text) => vec![text.to_string()],
            Message::Binary(_) => {
                let _ = socket.send(message).await;
                continue;
            }
            Message::Close(frame) => {
                let code = frame.as_ref().map(|frame| u16::from(frame.code));
                seen.lock()
                    .expect("no panic")
                    .push(format!("close {code:?}"));
                continue;
            }
            _ => continue,
        };
        for reply in replies {
            let _ = socket.send(Message::text(reply)).await;
        }
    }
    seen.lock().expect("no panic").push("socket gone".into());
}

fn joined(text: &str) -> Vec<String> {
    let asked: serde_json::Value = serde_json::from_str(text).expect("JSON");
    let is_list = asked.is_array();
    let at = |index: usize, name: &str| {
        if is_list {
            asked[index].clone()
        } else {
            asked[name].clone()
        }
    };
    let (join, reference, topic) = (at(0, "join_ref"), at(1, "ref"), at(2, "topic"));
    let message = |reference: serde_json::Value, event: &str, payload: serde_json::Value| {
        if is_list {
            serde_json::json!([join, reference, topic, event, payload]).to_string()
        } else {
            serde_json::json!({"topic": topic, "event": event, "payload": payload, "ref": reference, "join_ref": join}).to_string()
        }
    };
    vec![
        message(
            reference,
            "phx_reply",
            serde_json::json!({"status": "ok", "response": {"postgres_changes": []}}),
        ),
        message(
            serde_json::Value::Null,
            "broadcast",
            serde_json::json!({"type": "broadcast", "event": "order", "payload": {"id": 1042}}),
        ),
    ]
}

/// Runs `source` under both drivers until it has printed as many lines as are expected.
fn check(source: &str, expected: &[&str]) {
    check_under(&BOTH, source, expected);
}

fn check_under(kinds: &[Kind], source: &str, expected: &[&str]) {
    for &kind in kinds {
        let server = Server::start();
        let mut world = World::with_network(kind);
        world.install(server.spec("caller", &format!("(async () => {{ try {{ {source} }} catch (error) {{ console.log(error.name, error.message, error.cause?.message ?? '') }} }})()")));
        world.until("printed", |world| {
            world.console("caller").len() >= expected.len()
        });
        let told: Vec<String> = world
            .console("caller")
            .iter()
            .map(|line| line.replace(&server.origin, "ORIGIN"))
            .collect();
        assert_eq!(told, expected, "{kind:?}");
    }
}

#[test]
fn an_answer_is_read_as_browsers_read_it() {
    check(
        "const r = await fetch('ORIGIN/json'); console.log(r.status, r.ok, r.headers.get('X-A'), r.redirected, r.url, JSON.stringify(await r.json()), r.bodyUsed)",
        &[r#"200 true 1 false ORIGIN/json {"name":"라떼","price":5000} true"#],
    );
    check(
        "const r = await fetch('ORIGIN/teapot'); const c = r.clone(); console.log(r.status, r.ok, await r.text(), await c.text()); await r.text()",
        &[
            "418 false short and stout short and stout",
            "TypeError madang: the body was read already, or is being read ",
        ],
    );
    check(
        "for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) console.log(await (await fetch('ORIGIN/echo', { method, body: '안녕' })).text())",
        &["POST 안녕", "PUT 안녕", "PATCH 안녕", "DELETE 안녕"],
    );
    check(
        "const h = await fetch('ORIGIN/json', { method: 'HEAD' }); console.log(h.status, h.body, await h.text() === '')",
        &["200 null true"],
    );
}

#[test]
fn a_form_with_a_file_goes_out_and_comes_back() {
    check(
        "const form = new FormData(); form.append('상품', '라떼'); form.append('사진', new Blob(['{}'], { type: 'application/json' }), '메뉴.json');
         const back = await (await fetch('ORIGIN/mirror', { method: 'POST', body: form })).formData(); const file = back.get('사진');
         console.log(back.get('상품'), file.name, file.type, await file.text())",
        &["라떼 메뉴.json application/json {}"],
    );
}

#[test]
fn what_comes_byte_by_byte_is_gathered() {
    let source = "(async () => {
            console.log((await (await fetch('ORIGIN/drip')).text()).length);
            let read = 0; try { for await (const piece of (await fetch('ORIGIN/drip-broken')).body) read += piece.length; } catch (error) { console.log(read, error.message); }
        })()";
    for kind in BOTH {
        let server = Server::start();
        let mut world = World::with_network(kind);
        world.install(server.spec("caller", source));
        world.until("read", |world| world.console("caller").len() >= 2);
        assert_eq!(
            world.console("caller"),
            ["3000", "3000 fetch failed"],
            "{kind:?}"
        );
        let asked = world.messages("caller", Direction::Out, "madang.fetch.read.request");
        assert!(
            asked.len() < 600,
            "{kind:?}: {} pieces of 6,000",
            asked.len()
        );
    }
}

/// Larger than one message holds, and as a whole: with its length, and whether it is text or not.
#[test]
fn a_large_body_is_sent_whole() {
    check(
        "const post = async (body) => (await fetch('ORIGIN/length', { method: 'POST', body })).text();
         console.log(await post('\"'.repeat(1_200_000)), await post('가'.repeat(1 << 20)), await post(new Uint8Array(4 << 20).fill(65)));
         const form = new FormData(); form.append('photo', new Blob([new Uint8Array(1_500_000).fill(1)], { type: 'image/jpeg' }), 'p.jpg');
         console.log(Number(await post(form)) > 1_500_000);
         await post(new Uint8Array((4 << 20) + 1)).catch((error) => console.log(error.cause.message));",
        &[
            "1200000 3145728 4194304",
            "true",
            "보낼 본문이 너무 커요: 4 MiB까지예요. 나누어 보내 주세요 (the body to send (bytes) is larger than the limit of 4 MiB)",
        ],
    );
    // A redirect that keeps method and body.
    check(
        "console.log(await (await fetch('ORIGIN/kept', { method: 'POST', body: 'x'.repeat(1_100_000) })).text())",
        &["1100000"],
    );
}

#[test]
fn what_does_not_fit_one_message_is_said_at_once() {
    let ask = "self.onmessage = ({ data }) => console.log(data.data.errorMessage ?? data.data.code); const ask = (data) => postMessage({ name: 'http.request', version: 1, callbackId: 'a', data: { method: 'POST', headers: [], ...data } });";
    check_under(
        &[Kind::Threads],
        &format!("{ask} ask({{ url: 'ORIGIN/quotes', method: 'GET' }})"),
        &[
            "서버의 답이 너무 커요: 메시지 하나에 4 MiB까지 들어가요. fetch로 읽으면 조각으로 와요 (the answer does not fit one message, which has at most 4 MiB; read it with fetch, piece by piece)",
        ],
    );
    check(
        &format!("{ask} ask({{ url: 'https://a.kr/', payload: 'x'.repeat(1_200_000) }})"),
        &[
            "보낸 메시지를 받을 수 없어요 (the message has 1200125 bytes; the limit is 1 MiB). fetch는 4 MiB까지 보내요 (fetch sends up to 4 MiB)",
        ],
    );
    check_under(
        &[Kind::Threads],
        "console.log((await (await fetch('ORIGIN/quotes')).text()).length)",
        &["3145728"],
    );
}

#[test]
fn a_body_is_sent_as_it_comes() {
    let stream = "const encode = (text) => new TextEncoder().encode(text);
        const of = (...pieces) => new ReadableStream({ pull(controller) { const next = pieces.shift(); if (next === undefined) controller.close(); else if (next instanceof Error) controller.error(next); else controller.enqueue(typeof next === 'string' ? encode(next) : next); } });
        const post = (path, body, more) => fetch('ORIGIN' + path, { method: 'POST', body, duplex: 'half', ...more });";
    let rows: [(&str, &[&str]); 8] = [
        (
            "console.log(await (await post('/echo', of('안', '녕', 'x'))).text())",
            &["POST 안|녕|x"],
        ),
        // Time may pass between two pieces, in virtual time as well.
        (
            "const slow = new ReadableStream({ async start(controller) { for (const text of ['a', 'b']) { await new Promise((done) => setTimeout(done, 5000)); controller.enqueue(encode(text)); } controller.close(); } });
             console.log(await (await post('/echo', slow)).text())",
            &["POST a|b"],
        ),
        (
            "console.log(await (await post('/echo', of())).text()); console.log(await (await post('/echo', new Request('ORIGIN/x', { method: 'POST', body: of('moved'), duplex: 'half' }).body)).text())",
            &["POST ", "POST moved"],
        ),
        // A card number is masked over the border of two pieces.
        (
            "console.log(await (await post('/echo', of('no. 41111111', '11111111;'))).text())",
            &["POST no.| 411111******1111;"],
        ),
        (
            "let tell; const cancelled = new Promise((told) => { tell = told; });
             const endless = new ReadableStream({ pull(controller) { controller.enqueue(new Uint8Array(32 << 10)); }, cancel: tell });
             const r = await post('/refuses', endless); console.log(r.status, await r.text(), (await cancelled).message.includes('takes no more'));",
            &["413 too large true"],
        ),
        (
            "await post('/echo', of('a', new RangeError('no more'))).catch((error) => console.log(error.name, error.message, error.cause.name, error.cause.message))",
            &["TypeError fetch failed RangeError no more"],
        ),
        (
            "await post('/echo', of('a', 5)).catch((error) => console.log(error.cause.message))",
            &["madang: a body is made of Uint8Array"],
        ),
        // Larger than what one call may send.
        (
            "let pulled = 0; const endless = new ReadableStream({ pull(controller) { pulled += 1; controller.enqueue(new Uint8Array(1 << 20)); } });
             await post('/echo', endless).catch((error) => console.log(error.message, error.cause.message.includes('larger than'))); console.log(pulled < 8)",
            &["fetch failed true", "true"],
        ),
    ];
    for (source, expected) in rows {
        check(&format!("{stream} {source}"), expected);
    }
}

/// The server takes nothing, so the plugin is asked for no more than what fits the sockets on the way, far less than it may send.
#[test]
fn a_server_that_takes_nothing_is_waited_for() {
    let server = Server::start();
    let mut world = World::with_network(Kind::Threads);
    world.install(server.spec(
        "caller",
        "const abort = new AbortController(); let pulled = 0; let seen = -1;
         const endless = new ReadableStream({ pull(controller) { pulled += 1; controller.enqueue(new Uint8Array(32 << 10)); }, cancel(why) { console.log('cancelled', why.name); } });
         fetch('ORIGIN/takes-nothing', { method: 'POST', body: endless, duplex: 'half', signal: abort.signal }).catch((error) => console.log(error.name));
         const look = setInterval(() => { if (pulled > 0 && pulled === seen) { clearInterval(look); console.log(pulled); abort.abort(); } seen = pulled; }, 250);",
    ));
    world.until("aborted", |world| world.console("caller").len() >= 3);
    let told = world.console("caller");
    let pulled: usize = told[0].parse().expect("a number");
    assert!(pulled < (4 << 20) / (32 << 10), "{pulled} pieces");
    assert_eq!(told[1..], ["cancelled AbortError", "AbortError"]);
}

#[test]
fn what_is_not_kept_to_is_refused_by_name() {
    for (options, word) in [
        ("integrity: 'sha256-AAAA'", "integrity"),
        ("cache: 'only-if-cached'", "only-if-cached"),
        ("cache: 'sometimes'", "cache is one of"),
    ] {
        let source = format!(
            "fetch('ORIGIN/json', {{ {options} }}).catch((error) => console.log(error.name, error.message.includes(\"{word}\")))"
        );
        check(&source, &["TypeError true"]);
    }
}

#[test]
fn a_redirect_is_followed_shown_or_refused() {
    check(
        "const r = await fetch('ORIGIN/moved'); console.log(r.status, r.redirected, r.url);
         const m = await fetch('ORIGIN/moved', { redirect: 'manual' }); console.log(m.status, m.headers.get('location'));
         await fetch('ORIGIN/moved', { redirect: 'error' }).catch((error) => console.log(error.name, error.message, error.cause.message.includes('redirect')));",
        &["200 true ORIGIN/json", "302 /json", "TypeError fetch failed true"],
    );
}

#[test]
fn a_server_that_is_not_granted_is_named_with_the_line_that_grants_it() {
    check(
        "await fetch('https://api.example.com/x').catch((error) => console.log(error instanceof TypeError, error.message, error.cause.message.includes('\"https://api.example.com\" = ')))",
        &["true fetch failed true"],
    );
}

/// Part of a file means the bytes as they lie at the server, so nothing is pressed on the way then.
#[test]
fn what_a_server_presses_is_read_in_its_own_charset() {
    for (headers, asked_for) in [
        ("[]", "pressed true false"),
        ("[['Range', 'bytes=0-9']]", "pressed false true"),
    ] {
        for call in [
            format!("sdk.http.get('ORIGIN/pressed', {headers})"),
            format!("fetch('ORIGIN/pressed', {{ headers: {headers} }})"),
        ] {
            let server = Server::start();
            let mut world = World::with_network(Kind::OneLoop);
            let read = match headers {
                "[]" => {
                    "typeof answer.body === 'string' ? answer.body : answer.bytes().then((bytes) => bytes.length)"
                }
                _ => "'read'",
            };
            let source = format!(
                "const sdk = {{ http: {{ get: (url, headers) => new Promise((resolve) => {{ self.onmessage = ({{ data }}) => resolve(data.data); postMessage({{ name: 'http.request', version: 1, callbackId: 'h', data: {{ url, method: 'GET', headers }} }}); }}) }} }};
                 {call}.then((answer) => {read}).then((told) => console.log(told), (error) => console.log(error.message))"
            );
            world.install(server.spec("caller", &source));
            world.until("read", |world| world.console("caller").len() == 1);
            let expected = match (headers, call.starts_with("fetch")) {
                ("[]", false) => "라떼 5,000원",
                // Bytes as the server has them, no longer pressed.
                ("[]", true) => "12",
                _ => "read",
            };
            assert_eq!(world.console("caller"), [expected], "{call}");
            assert!(server.saw(asked_for), "{call}");
        }
    }
}

/// A default is the plugin's own word; what staff type is theirs.
#[test]
fn a_server_in_a_setting_is_granted_by_staff_alone() {
    let server = Server::start();
    let mut world = World::with_network(Kind::OneLoop);
    let source = "const call = () => fetch('ORIGIN/text').then((answer) => console.log(answer.status), (error) => console.log(error.cause.message));
        const declare = (more) => postMessage({name: 'setting.set-inputs.request', version: 1, callbackId: 's', data: {lan: {id: 'lan', label: '서버', required: false, type: 'text', default: 'ORIGIN/api', ...more}}});
        let told = 0;
        self.onmessage = ({data}) => {
            if (data.name === 'setting.set-inputs.response') call();
            if (data.name === 'setting.change.event') told++ ? declare({lengthMax: 'ORIGIN/api'.length}) : call();
        };
        declare({});";
    let mut spec = server.spec("self", source);
    spec.grants.origins[0].origin = OriginTarget::Setting("lan".into());
    world.install(spec);
    let refused = format!(
        "{0}은(는) 아직 허용되지 않았어요. 설정 `lan`에 직원이 주소를 직접 적고 저장해야 해요 ({0} is the setting's default, which grants nothing; staff have to type the address into the setting `lan` and save it)",
        server.origin
    );
    let typed = format!("{}/typed", server.origin);
    let mut expected = Vec::new();
    for line in [refused.as_str(), "200", refused.as_str()] {
        if !expected.is_empty() {
            let values = serde_json::Map::from_iter([("lan".to_owned(), typed.as_str().into())]);
            let host = world.host.clone();
            futures::executor::block_on(async move { host.set_settings("self", &values).await })
                .expect("it fits");
        }
        expected.push(line);
        let count = expected.len();
        world.until("told", |world| world.console("self").len() >= count);
        assert_eq!(world.console("self"), expected);
    }
}

#[test]
fn abort_closes_the_socket() {
    for kind in BOTH {
        for (path, source) in [
            (
                "/silent",
                "const c = new AbortController(); setTimeout(() => c.abort(), 50); await fetch('ORIGIN/silent', { signal: c.signal })",
            ),
            (
                "/endless",
                "const c = new AbortController(); const r = await fetch('ORIGIN/endless', { signal: c.signal }); const reader = r.body.getReader(); console.log(new TextDecoder().decode((await reader.read()).value)); c.abort(); await reader.read()",
            ),
            (
                "/endless",
                "const r = await fetch('ORIGIN/endless'); for await (const piece of r.body) { console.log(new TextDecoder().decode(piece)); break; } throw new DOMException('', 'AbortError')",
            ),
        ] {
            // In virtual time nothing happens to a plugin while it waits for a server that says nothing.
            if kind == Kind::OneLoop && path == "/silent" {
                continue;
            }
            let server = Server::start();
            let mut world = World::with_network(kind);
            let source =
                format!("(async () => {{ {source} }})().catch((error) => console.log(error.name))");
            world.install(server.spec("caller", &source));
            world.until("aborted", |world| {
                world.console("caller").contains(&"AbortError".to_owned())
            });
            world.until("closed", |_| server.saw(&format!("closed {path}")));
        }
    }
}

#[test]
fn a_plugin_that_is_stopped_leaves_nothing_open() {
    for kind in BOTH {
        let server = Server::start();
        let mut world = World::with_network(kind);
        world.install(server.spec("caller", "const s = new WebSocket('ORIGIN/live'); s.onopen = async () => { await fetch('ORIGIN/endless'); console.log('open'); }"));
        world.until("open", |world| !world.console("caller").is_empty());
        world.host.stop("caller").expect("stopped");
        world.until("closed", |_| {
            server.saw("closed /endless") && server.saw("socket gone")
        });
    }
}

#[test]
fn a_websocket_talks_and_closes() {
    check(
        "const s = new WebSocket('ORIGIN/live'); s.binaryType = 'arraybuffer'; console.log(s.readyState);
         s.onopen = () => { s.send('안녕'); s.send(new Uint8Array([1, 255])); };
         s.onmessage = ({ data }) => { if (typeof data === 'string') console.log(data, s.bufferedAmount >= 0); else { console.log([...new Uint8Array(data)].join()); s.close(3001, 'done'); } };
         s.onclose = ({ code, reason, wasClean }) => console.log(code, reason, wasClean, s.readyState);",
        &["0", "안녕 true", "1,255", "3001 done true 3"],
    );
    // 1 MiB is 1 MiB, whatever it is made of.
    check(
        "const messages = [new Uint8Array(1 << 20), 'x'.repeat(1 << 20), '\"'.repeat(1 << 20), '\\x01'.repeat(1 << 20)];
         const s = new WebSocket('ORIGIN/live'); s.binaryType = 'arraybuffer';
         s.onopen = () => s.send(messages[0]);
         s.onmessage = ({ data }) => {
            const sent = messages.shift();
            console.log(data.byteLength ?? data === sent);
            if (messages.length > 0) s.send(messages[0]);
         };
         s.onclose = ({ code }) => console.log(code);",
        &["1048576", "true", "true", "true"],
    );
    check(
        "const s = new WebSocket('ORIGIN/live'); s.onopen = () => s.send('huge'); s.onmessage = () => console.log('heard'); s.onclose = ({ code, wasClean }) => console.log(code, wasClean);",
        &["1009 false"],
    );
    check(
        "const s = new WebSocket('ORIGIN/live'); s.onopen = () => s.send('x'.repeat((1 << 20) + 1)); s.onclose = ({ code, reason, wasClean }) => console.log(code, reason, wasClean);",
        &["1009 a message to send is larger than 1048576 bytes false"],
    );
    check(
        "const s = new WebSocket('wss://api.example.com/x'); s.onerror = ({ message }) => console.log(message.includes('[origins]')); s.onclose = ({ code }) => console.log(code);",
        &["true", "1006"],
    );
}

#[test]
fn a_servers_close_is_told_as_browsers_tell_it() {
    let told = "s.onerror = () => console.log('error'); s.onclose = ({ code, reason, wasClean }) => console.log(code, reason, wasClean, s.readyState);";
    check(
        &format!("const s = new WebSocket('ORIGIN/closes'); {told}"),
        &["4000 bye true 3"],
    );
    // The SDK's socket is told of its end, with the code as text.
    check(
        "self.onmessage = ({ data: { name, data } }) => name === 'websocket.event' && console.log(JSON.stringify({ ...data, url: '' })); postMessage({ name: 'websocket.connect.request', version: 1, callbackId: 'a', data: { url: 'ORIGIN/closes'.replace('http', 'ws') } });",
        &[
            r#"{"url":"","event":"open"}"#,
            r#"{"url":"","event":"close","code":"4000"}"#,
        ],
    );
    // Between the server's close and the end of the line nothing can be said, and what is said all the same does no harm. In real
    // time: in one loop nothing happens to a plugin between the two.
    check_under(
        &[Kind::Threads],
        &format!(
            "const s = new WebSocket('ORIGIN/closes'); {told}
             const look = setInterval(() => {{ if (s.readyState < 2) return; clearInterval(look); console.log(s.readyState); s.send('x'); s.close(); console.log(s.bufferedAmount); }}, 5);"
        ),
        &["2", "1", "4000 bye true 3"],
    );
}

/// Whichever clock says so: a plugin that gives calls up by `AbortSignal.timeout` finds the server slow, one that only aborts does not.
#[test]
fn a_server_that_hangs_past_a_plugins_patience_is_a_slow_server() {
    for (signal, is_slow) in [
        ("AbortSignal.timeout(20)", true),
        (
            "(() => { const c = new AbortController(); setTimeout(() => c.abort(), 20); return c.signal; })()",
            false,
        ),
    ] {
        let server = Server::start();
        let mut world = World::with_network(Kind::Threads);
        let source = format!(
            "(async () => {{ for (let i = 0; i < 5; i++) console.log(await fetch('ORIGIN/silent', {{ signal: {signal} }}).catch((error) => error.name)); }})()"
        );
        world.install(server.spec("caller", &source));
        world.until("given up", |world| world.console("caller").len() >= 5);
        let outbound = world.outbound.clone().expect("a way out");
        world.until("over", |_| outbound.in_flight() == 0);
        let seen = outbound.upstreams().remove(0);
        let kind = seen.last_failure.map(|last| last.kind);
        assert_eq!(kind, is_slow.then_some(FailureKind::Timeout), "{signal}");
        let is_open = matches!(seen.breaker, BreakerState::Open { .. });
        assert_eq!((is_open, seen.is_failing), (is_slow, is_slow), "{signal}");
    }
}

/// A network that is gone is gone for what is open as well; once it is back, a plugin connects again.
#[test]
fn the_network_switch_cuts_open_websockets_and_lets_them_come_back() {
    for kind in BOTH {
        let server = Server::start();
        let mut world = World::with_network(kind);
        world.install(server.spec(
            "caller",
            "const connect = () => { const s = new WebSocket('ORIGIN/live'); let opened = false;
               s.onopen = () => { opened = true; s.send('hello'); }; s.onmessage = ({ data }) => console.log(data);
               s.onclose = ({ code, wasClean }) => { if (opened) console.log(code, wasClean, s.readyState); setTimeout(connect, 20); }; };
             connect();",
        ));
        let told = |count: usize| move |world: &World| world.console("caller").len() >= count;
        world.until("open", told(1));
        let outbound = world.outbound.clone().expect("a way out");
        let cut = Plan::always(Fault::Refused, Scope::All);
        outbound.chaos().start(cut).expect("a plan");
        world.until("cut", told(2));
        world.until("gone", |_| server.saw("socket gone"));
        outbound.chaos().stop();
        // Openings that failed have opened the breaker.
        let origin = Origin::parse(&server.origin.replace("http", "ws")).expect("an origin");
        outbound.set_upstream(&origin, None, Manual::ForceClosed);
        world.until("open again", told(3));
        assert_eq!(
            world.console("caller")[..3],
            ["hello", "1006 false 3", "hello"],
            "{kind:?}"
        );
    }
}

#[test]
fn what_is_asked_wrongly_is_refused_in_words() {
    let ask = "let n = 0; const wait = new Map(); self.onmessage = ({ data }) => wait.get(data.callbackId)?.(data.data); const ask = (name, data) => new Promise((done) => { const callbackId = 'c' + n++; wait.set(callbackId, done); postMessage({ name, version: 1, callbackId, data }); });";
    check(
        &format!(
            "{ask}
             const start = (id, path) => ask('madang.fetch.start.request', {{ id, url: 'ORIGIN' + path, method: 'GET' }});
             console.log((await ask('madang.fetch.read.request', {{ id: 7 }})).errorMessage.includes('fetch 7 is not open'));
             await start(1, '/json'); console.log((await ask('madang.fetch.read.request', {{ id: 1 }})).end);
             console.log((await ask('madang.fetch.read.request', {{ id: 1 }})).errorMessage.includes('fetch 1 is not open'));
             console.log((await ask('madang.fetch.send.request', {{ id: 1, text: 'x' }})).errorMessage.includes('takes no more'));
             start(2, '/silent'); console.log((await ask('madang.fetch.send.request', {{ id: 2, text: 'x' }})).errorMessage.includes('fetch 2 sends no body in pieces'));
             postMessage({{ name: 'madang.fetch.cancel', version: 1, data: {{ id: 2 }} }});
             console.log((await ask('madang.fetch.start.request', {{ id: 3, url: 'ORIGIN/echo', method: 'POST', text: 'x', streams: true }})).errorMessage.includes('or in pieces of a known'));
             console.log((await ask('madang.websocket.send.request', {{ id: 9, text: 'x' }})).errorMessage.includes('not open'));
             console.log((await ask('http.request', {{ url: 'ORIGIN/json', method: 'GET', headers: [], rejectUnauthorized: false }})).errorMessage.includes('tls = [\"insecure\"]'));
             console.log((await ask('http.request', {{ url: 'ORIGIN/teapot', method: 'GET', headers: [], timeoutMs: 5000 }})).code);
             console.log((await ask('http.request', {{ url: 'https://api.example.com', method: 'GET', headers: [] }})).errorMessage.startsWith('허용되지 않은 서버예요'));"
        ),
        &[
            "true", "true", "true", "true", "true", "true", "true", "true", "418", "true",
        ],
    );
}

#[test]
fn answers_that_nobody_reads_give_way_to_new_ones() {
    check(
        "for (let i = 0; i < 50; i++) await fetch('ORIGIN/json'); console.log((await (await fetch('ORIGIN/json')).json()).price)",
        &["5000"],
    );
}

#[test]
fn records_show_how_bodies_begin_and_no_bytes() {
    let server = Server::start();
    let mut world = World::with_network(Kind::Threads);
    world.install(server.spec("caller", "(async () => { await fetch('ORIGIN/echo', { method: 'POST', body: 'x'.repeat(10000) }); await fetch('ORIGIN/echo', { method: 'POST', body: new Uint8Array([255, 0]) }); console.log('done') })()"));
    world.until("done", |world| !world.console("caller").is_empty());
    let sent = world.messages("caller", Direction::Out, "madang.fetch.start.request");
    let text = sent[0]["data"]["text"].as_str().expect("text");
    assert!(text.len() < 3_000 && text.ends_with("(10000 bytes)"));
    assert_eq!(sent[1]["data"]["bytes"], "●●●");
}

/// A server that proves to be another, and answers 200 to whoever believes it; how many did.
fn mistaken_server() -> (Runtime, u16, Arc<AtomicUsize>) {
    let made = rcgen::generate_simple_self_signed(["other.example".to_owned()]);
    let rcgen::CertifiedKey { cert, signing_key } = made.expect("a certificate");
    let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .expect("a configuration");
    let runtime = Runtime::new().expect("a runtime");
    let listener = runtime
        .block_on(TcpListener::bind("127.0.0.1:0"))
        .expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let believed = Arc::<AtomicUsize>::default();
    let count = Arc::clone(&believed);
    runtime.spawn(async move {
        let acceptor = TlsAcceptor::from(Arc::new(config));
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            if matches!(stream.read(&mut [0; 4096]).await, Ok(1..)) {
                count.fetch_add(1, Ordering::SeqCst);
                let answer = answered("200 OK", "text/plain", "believed");
                let _ = stream.write_all(answer.as_bytes()).await;
                let _ = stream.shutdown().await;
            }
        }
    });
    (runtime, port, believed)
}

/// What a plugin is told that calls a server whose certificate is another's, and whether the server was believed.
fn check_certificate(call: &str, is_permitted: bool, expected: &str, is_believed: bool) {
    let (_runtime, port, believed) = mistaken_server();
    let mut world = World::with_network(Kind::Threads);
    let source = format!(
        "self.onmessage = ({{ data }}) => console.log(data.data.code ?? data.data.errorMessage); postMessage({{ version: 1, callbackId: 'a', {} }})",
        call.replace("HOST", &format!("127.0.0.1:{port}"))
    );
    let mut spec = PluginSpec::script("caller", &source);
    spec.grants.origins = ["https", "wss"]
        .map(|scheme| OriginGrant {
            origin: OriginTarget::Exact(format!("{scheme}://127.0.0.1:{port}")),
            network: Network::Lan,
            reason: "a test".into(),
        })
        .into();
    if is_permitted {
        spec.grants.permissions.grant(Permission::TlsInsecure);
    }
    world.install(spec);
    world.until("answered", |world| !world.console("caller").is_empty());
    let told = world.console("caller").remove(0);
    assert!(told.contains(expected), "{call}: {told}");
    let was_believed = believed.load(Ordering::SeqCst) > 0;
    assert_eq!(was_believed, is_believed, "{call}: {told}");
}

#[test]
fn a_bad_certificate_takes_the_permission_and_the_word() {
    let http = "name: 'http.request', data: { url: 'https://HOST/', method: 'GET', headers: [], rejectUnauthorized: REJECT }";
    let socket = "name: 'websocket.connect.request', data: { url: 'wss://HOST/', rejectUnauthorized: REJECT }";
    let [not_permitted, not_believed] = ["tls = [\"insecure\"]", "invalid peer certificate"];
    for (call, answered) in [(http, "200"), (socket, "opens no WebSocket here")] {
        let waived = call.replace("REJECT", "false");
        check_certificate(&waived, true, answered, true);
        check_certificate(&waived, false, not_permitted, false);
        for reject in ["true", "undefined"] {
            let asked = call.replace("REJECT", reject);
            check_certificate(&asked, true, not_believed, false);
        }
    }
}

/// Whatever way a plugin writes a header, it cannot end early and begin another, or another request.
#[test]
fn headers_of_a_plugin_cannot_split_its_request() {
    let ask = "let n = 0; const wait = new Map(); self.onmessage = ({ data }) => wait.get(data.callbackId)?.(data.data); const ask = (name, data) => new Promise((done) => { const callbackId = 'c' + n++; wait.set(callbackId, done); postMessage({ name, version: 1, callbackId, data }); });";
    let bad = r#"[['x', 'a\r\nhost: b'], ['x', 'a\nb'], ['x', 'a\rb'], ['x', 'a\0b'], ['x\r\ny', 'a'], ['x\0', 'a'], ['x y', 'a'], ['x:', 'a'], ['', 'a']]"#;
    check(
        &format!(
            "{ask}
             const bad = {bad}; const told = (what) => console.log(JSON.stringify(what));
             told(bad.filter(([name, value]) => {{ try {{ new Headers([[name, value]]); return true; }} catch (error) {{ return error.name !== 'TypeError'; }} }}));
             let sent = [];
             for (const header of bad) await fetch('ORIGIN/json', {{ headers: [header] }}).then(() => sent.push(header), (error) => error.name === 'TypeError' || sent.push(header));
             told(sent); sent = [];
             for (const header of bad) {{
               const answers = [
                 await ask('madang.fetch.start.request', {{ id: 1, url: 'ORIGIN/json', method: 'GET', headers: [header] }}),
                 await ask('http.request', {{ url: 'ORIGIN/json', method: 'GET', headers: [header] }}),
                 await ask('websocket.connect.request', {{ url: 'ORIGIN/live'.replace('http', 'ws'), headers: {{ [header[0]]: header[1] }} }}),
               ];
               sent.push(...answers.filter((answer) => !answer.errorMessage).map(() => header));
             }}
             told(sent);"
        ),
        &["[]", "[]", "[]"],
    );
}

/// Where it is written, before anything is sent; an answer may have such a header all the same.
/// However many there are, who wrote them hears that they are too many.
#[test]
fn too_many_headers_are_refused() {
    check(
        "const headers = new Headers(); for (let n = 0; n < 2000; n++) headers.append('x-' + n, 'y');
         await fetch('ORIGIN/json', { headers }).catch((error) => console.log(error.name, /at most \\d+/.test(error.cause.message)));",
        &["TypeError true"],
    );
}

#[test]
fn a_header_that_is_not_sent_is_refused_where_it_is_written() {
    let refused = "TypeError madang: the header x is not ASCII text; encode it first, as with encodeURIComponent";
    check(
        "const tell = (error) => console.log(error.name, error.message);
         try { new Request('ORIGIN/json', { headers: { x: 'é' } }); } catch (error) { tell(error); }
         try { new Request('ORIGIN/json').headers.append('x', 'é'); } catch (error) { tell(error); }
         await fetch('ORIGIN/json', { headers: new Headers({ x: 'é' }) }).catch(tell);
         console.log(new Response('', { headers: { x: 'é' } }).headers.get('x'));",
        &[refused, refused, refused, "é"],
    );
}

#[test]
fn what_waits_to_be_said_is_bounded_and_refused_in_words() {
    let ask = "let n = 0; const wait = new Map(); self.onmessage = ({ data }) => wait.get(data.callbackId)?.(data.data); const ask = (name, data) => new Promise((done) => { const callbackId = 'c' + n++; wait.set(callbackId, done); postMessage({ name, version: 1, callbackId, data }); });";
    // The server opens the socket and reads nothing: beside what the system's own buffers take, nothing goes. Nor is a message free
    // that has nothing in it.
    // With a thread a plugin, since one loop waits for what is under way, and here that is until the server is given up.
    check_under(
        &[Kind::Threads],
        &format!(
            "{ask}
             await ask('madang.websocket.open.request', {{ id: 1, url: 'ORIGIN/deaf'.replace('http', 'ws'), protocols: [] }});
             // In portions: a turn that hands over all of it is long, and on a busy machine too long.
             const turn = () => new Promise((done) => setTimeout(done, 0));
             const say = async (text, times, portion) => {{
               const asked = [];
               while (asked.length < times) {{
                 asked.push(ask('madang.websocket.send.request', {{ id: 1, text }}));
                 if (asked.length % portion === 0) await turn();
               }}
               return asked;
             }};
             const refusal = (asked) => new Promise((done) => asked.forEach((one) => one.then(({{ errorMessage }}) => errorMessage && done(errorMessage))));
             const said = [await say('x'.repeat(256 * 1024), 60, 4), await say('', 2000, 100)];
             for (const asked of said) console.log((await refusal(asked)).includes('wait until the server has taken some'));"
        ),
        &["true", "true"],
    );
}

/// The library as it is, over the worker's own `fetch` and `WebSocket`: a select, and a channel that tells of an order.
#[test]
fn supabase_connects() {
    let bundle = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/compat/built/supabase-live/main.js");
    let Ok(source) = std::fs::read_to_string(bundle) else {
        let how = "the bundles are not built, so Supabase is not tried: run `npm run build -w tests/compat`";
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{how}");
        println!("{how}");
        return;
    };
    let source = source.replace("http://supabase.invalid", "ORIGIN");
    for kind in BOTH {
        let server = Server::start();
        let mut world = World::with_network(kind);
        world.install(server.spec("shop", &source));
        world.until("told", |world| world.console("shop").len() >= 3);
        let told = world.console("shop");
        assert_eq!(
            told,
            [
                "supabase: [{\"id\":1042}]",
                "supabase: SUBSCRIBED",
                "supabase: told {\"id\":1042}"
            ],
            "{kind:?}"
        );
        assert!(server.saw("GET /rest/v1/orders?select=id&shop=eq.7&limit=1 "));
    }
}

/// The SDK's sockets are known by their address; a message for one that is not open is refused on the timeline.
#[test]
fn the_sdk_s_websocket_talks_and_closes() {
    let source = "self.onmessage = ({ data: { name, data } }) => {
            if (name === 'websocket.connect.response') postMessage({ name: 'websocket.send', version: 1, data: { url, data: '안녕' } });
            if (name === 'websocket.event') console.log(data.event, data.data ?? data.code ?? '');
            if (data.event === 'message') postMessage({ name: 'websocket.disconnect.request', version: 1, callbackId: 'd', data: { url } });
            if (data.event === 'close') postMessage({ name: 'websocket.send', version: 1, data: { url, data: 'late' } });
        };
        const url = 'ORIGIN/live'.replace('http', 'ws');
        postMessage({ name: 'websocket.connect.request', version: 1, callbackId: 'c', data: { url, headers: { 'x-a': '1' }, timeout: 5000 } });";
    for kind in BOTH {
        let server = Server::start();
        let mut world = World::with_network(kind);
        world.install(server.spec("caller", source));
        world.until("closed", |world| world.console("caller").len() >= 3);
        assert_eq!(
            world.console("caller"),
            ["open ", "message 안녕", "close 1000"],
            "{kind:?}"
        );
        world.until("refused", |world| {
            let is_late = |entry: &&Arc<madang_plugin_host::timeline::Entry>| {
                entry.name == "websocket.send"
                    && entry.ended().is_some_and(|ended| ended.reason.is_some())
            };
            world.entries("caller").iter().filter(is_late).count() == 1
        });
    }
}

#[test]
fn too_many_at_once_are_refused() {
    let server = Server::start();
    let mut world = World::with_network(Kind::Threads);
    world.install(server.spec(
        "caller",
        "for (let i = 0; i < 12 + 128 + 1; i++) fetch('ORIGIN/silent').catch((error) => console.log(error.cause.message.includes('at most 32 fetches are open at a time, 12 to one server, and 128 wait')));
         for (let i = 0; i < 9; i++) new WebSocket('ORIGIN/live').onerror = ({ message }) => console.log(message.includes('at most 8 WebSockets'));",
    ));
    world.until("refused", |world| world.console("caller").len() >= 2);
    assert_eq!(world.console("caller"), ["true", "true"]);
}

#[test]
fn fetches_wait_their_turn() {
    check(
        "const asked = Array.from({ length: 60 }, async (_, i) => (await fetch('ORIGIN/echo', { method: 'POST', body: String(i) })).text());
         console.log((await Promise.all(asked)).every((text, i) => text === `POST ${i}`));",
        &["true"],
    );
    // One that is given up while it waits is not made, whoever sends a body has it sent when the turn comes, and `http.request` and other
    // servers wait for nobody.
    let rows = "const held = Array.from({ length: 12 }, () => new AbortController()); const readers = []; for (const { signal } of held) readers.push((await fetch('ORIGIN/endless', { signal })).body.getReader()); for (const reader of readers) await reader.read();
         const given = new AbortController(); const early = fetch('ORIGIN/echo', { method: 'POST', body: 'given up', signal: given.signal });
         const body = new ReadableStream({ start(controller) { controller.enqueue(new TextEncoder().encode('piece')); controller.close(); } });
         const late = fetch('ORIGIN/echo', { method: 'POST', body, duplex: 'half' }).then((answer) => answer.text());
         given.abort(); await early.catch((error) => console.log(error.name));
         await fetch('https://api.example.com/').catch((error) => console.log(error.cause.message.includes('[origins]')));
         self.onmessage = ({ data }) => { console.log(data.data.body); held[0].abort(); };
         postMessage({ name: 'http.request', version: 1, callbackId: 'a', data: { url: 'ORIGIN/echo', method: 'POST', headers: [], payload: 'beside' } });
         console.log(await late, readers.length);";
    check(
        rows,
        &["AbortError", "true", "POST beside", "POST piece 12"],
    );
}

#[test]
fn an_answer_that_nobody_can_read_any_more_holds_no_place() {
    check(
        "let codes = 0; for (let i = 0; i < 50; i++) { const answer = await fetch('ORIGIN/large'); codes += answer.status; } console.log(codes)",
        &["10000"],
    );
}

/// In virtual time, since the rule has five seconds.
#[test]
fn an_answer_that_is_kept_and_not_read_gives_way_to_one_that_waits() {
    check_under(
        &[Kind::OneLoop],
        "const kept = []; const began = Date.now();
         for (let i = 0; i < 30; i++) kept.push(await fetch('ORIGIN/large'));
         const [seconds, first, last] = [Math.floor((Date.now() - began) / 1000), kept[0], kept[29]];
         console.log(seconds, (await last.text()).length);
         await first.text().catch((error) => console.log(error.message, error.cause.message.includes('gave way')));",
        &["10 300000", "fetch failed true"],
    );
    // What is being read stays.
    check_under(
        &[Kind::OneLoop],
        "const kept = []; for (let i = 0; i < 12; i++) { kept.push((await fetch('ORIGIN/large')).body.getReader()); await kept[i].read(); }
         let hasCome = false; const waits = fetch('ORIGIN/json').then(() => { hasCome = true; });
         await new Promise((done) => setTimeout(done, 10_000)); console.log(hasCome);
         await kept[0].cancel(); await waits; console.log(hasCome);
         console.log((await kept[1].read()).done);",
        &["false", "true", "false"],
    );
}
