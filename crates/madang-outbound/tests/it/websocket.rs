//! WebSockets: opening, talking, closing, and servers that misbehave.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use bytes::Bytes;
use futures::{SinkExt, StreamExt};
use madang_outbound::{
    Fault, GatewayLimits, Heard, Outbound, Plan, Reach, Scope, SendError, SocketCall, SocketEnd,
    SocketLimits, SocketMessage, TlsMode, WebSocket,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    time::Instant,
};
use tokio_tungstenite::{
    WebSocketStream, accept_hdr_async,
    tungstenite::{
        Message,
        handshake::server::{ErrorResponse, Request, Response},
        protocol::{CloseFrame, frame::coding::CloseCode},
    },
};

use crate::{
    scripted::caller,
    served::{plain, settle},
};

pub fn socket_call() -> SocketCall {
    SocketCall {
        url: "ws://api.example.com/live?x".to_owned(),
        headers: vec![("authorization".to_owned(), "Bearer x".to_owned())],
        protocols: vec!["chat.v2".to_owned(), "chat.v1".to_owned()],
        tls: TlsMode::Verified,
        limits: SocketLimits {
            message_bytes_max: 1000,
            frame_bytes_max: 1000,
            queue_max: 2,
            ..SocketLimits::default()
        },
    }
}

async fn open(gateway: &Outbound) -> Result<WebSocket, SendError> {
    let granted = caller(&[("ws://api.example.com", Reach::Internet)]);
    gateway.open_socket(&granted, socket_call()).await
}

fn gateway<F>(serve: fn(DuplexStream) -> F) -> Outbound
where
    F: Future<Output = ()> + Send + 'static,
{
    plain(GatewayLimits::default(), serve)
}

fn text(text: &str) -> SocketMessage {
    SocketMessage::Text(text.to_owned())
}

/// What comes next, in words.
async fn heard(socket: &mut WebSocket) -> String {
    match socket.next().await {
        Some(Ok(Heard::Message(SocketMessage::Text(text)))) => text,
        Some(Ok(Heard::Message(SocketMessage::Binary(bytes)))) => format!("{} bytes", bytes.len()),
        Some(Ok(Heard::Closing)) => "closing".to_owned(),
        Some(Err(SocketEnd::Closed { code, reason })) => format!("closed {code:?} {reason}"),
        Some(Err(SocketEnd::Failed(failure))) => format!("{failure} ({})", failure.code()),
        None => "nothing more".to_owned(),
    }
}

#[allow(clippy::result_large_err, reason = "the library's signature")]
async fn accepted(stream: DuplexStream) -> WebSocketStream<DuplexStream> {
    let choose = |request: &Request, mut response: Response| -> Result<Response, ErrorResponse> {
        assert_eq!(request.uri(), "/live?x");
        assert_eq!(request.headers()["host"], "api.example.com");
        assert_eq!(request.headers()["authorization"], "Bearer x");
        assert_eq!(
            request.headers()["sec-websocket-protocol"],
            "chat.v2, chat.v1"
        );
        let chosen = "chat.v1".parse().unwrap();
        response
            .headers_mut()
            .insert("sec-websocket-protocol", chosen);
        Ok(response)
    };
    accept_hdr_async(stream, choose).await.unwrap()
}

pub async fn echo(stream: DuplexStream) {
    let mut socket = accepted(stream).await;
    while let Some(Ok(message)) = socket.next().await {
        if message.is_text() || message.is_binary() {
            socket.send(message).await.unwrap();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_said_is_heard() {
    let gateway = gateway(echo);
    let mut socket = open(&gateway).await.unwrap();
    assert_eq!(socket.protocol(), Some("chat.v1"));
    assert_eq!(gateway.sockets(), 1);
    socket.send(text("안녕")).await.unwrap();
    socket
        .send(SocketMessage::Binary(Bytes::from(vec![0; 1000])))
        .await
        .unwrap();
    assert_eq!(heard(&mut socket).await, "안녕");
    assert_eq!(heard(&mut socket).await, "1000 bytes");
    socket.close(3001, "done").await.unwrap();
    assert_eq!(heard(&mut socket).await, "closed Some(3001) done");
    assert_eq!(heard(&mut socket).await, "nothing more");
    assert!(socket.send(text("late")).await.is_err());
    assert_eq!(gateway.sockets(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_may_not_be_said_is_refused_here() {
    let gateway = gateway(echo);
    let mut socket = open(&gateway).await.unwrap();
    let long = socket.send(text(&"x".repeat(1001))).await.unwrap_err();
    assert_eq!(
        long.to_string(),
        "the message (bytes) is larger than the limit of 1000"
    );
    for code in [0, 999, 1001, 1006, 2999, 5000] {
        assert!(socket.close(code, "").await.is_err(), "{code}");
    }
    assert!(socket.close(1000, &"x".repeat(124)).await.is_err());
    socket.send(text("still here")).await.unwrap();
    assert_eq!(heard(&mut socket).await, "still here");
}

/// The server does `act` on the open socket; told is all that the caller hears, and after how many seconds the end.
async fn check<F>(act: fn(WebSocketStream<DuplexStream>) -> F, expected: &[&str], seconds: u64)
where
    F: Future<Output = ()> + Send + 'static,
{
    let gateway = plain(GatewayLimits::default(), move |stream| async move {
        act(accepted(stream).await).await;
    });
    let mut socket = open(&gateway).await.unwrap();
    let start = Instant::now();
    let mut all = Vec::new();
    loop {
        let heard = heard(&mut socket).await;
        if heard == "nothing more" {
            break;
        }
        all.push(heard);
    }
    assert_eq!(all, expected);
    assert_eq!(start.elapsed().as_secs(), seconds);
    assert_eq!(gateway.sockets(), 0);
}

#[tokio::test(start_paused = true)]
async fn every_end_is_told() {
    let broke = "the connection broke (1006)";
    let protocol = "the server broke the protocol (1002)";
    let too_large = "a message from the server is larger than the limit of 1000 bytes (1009)";
    check(
        |mut socket| async move {
            socket.send(Message::text("a")).await.unwrap();
            let frame = CloseFrame {
                code: CloseCode::Away,
                reason: "closing time".into(),
            };
            socket.close(Some(frame)).await.unwrap();
            while socket.next().await.is_some() {}
        },
        &["a", "closing", "closed Some(1001) closing time"],
        0,
    )
    .await;
    check(
        |mut socket| async move {
            socket.close(None).await.unwrap();
            while socket.next().await.is_some() {}
        },
        &["closing", "closed None "],
        0,
    )
    .await;
    check(|socket| async move { drop(socket) }, &[broke], 0).await;
    check(
        |mut socket| async move {
            socket.send(Message::text("x".repeat(1001))).await.unwrap();
            while let Some(Ok(_)) = socket.next().await {}
        },
        &[too_large],
        0,
    )
    .await;
    // A reserved opcode; a text that is no UTF-8; a frame that announces more than memory.
    check(|socket| raw(socket, &[0x83, 0]), &[protocol], 0).await;
    let no_text = "the server sent text that is not UTF-8 (1007)";
    check(|socket| raw(socket, &[0x81, 1, 0xff]), &[no_text], 0).await;
    check(
        |socket| {
            raw(
                socket,
                &[0x82, 127, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            )
        },
        &[too_large],
        0,
    )
    .await;
    check(
        |socket| async move {
            let _socket = socket;
            std::future::pending().await
        },
        &["the server is silent (1006)"],
        60,
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn pings_without_end_are_answered_in_bounded_memory_and_then_not_any_more() {
    check(
        |mut socket| async move {
            let pings = [0x89, 0].repeat(100_000);
            socket.get_mut().write_all(&pings).await.unwrap();
            std::future::pending().await
        },
        &["the server sends nothing but pings and pongs: more than 1000 between two of ours (1008)"],
        0,
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_message_in_pieces_has_the_limit_of_one() {
    check(
        |mut socket| async move {
            let mut pieces = vec![0x02, 125];
            pieces.extend([0; 125]);
            for _ in 0..9 {
                socket.get_mut().write_all(&pieces).await.unwrap();
                pieces[0] = 0x00;
            }
            let _ = socket.get_mut().read_to_end(&mut Vec::new()).await;
        },
        &["a message from the server is larger than the limit of 1000 bytes (1009)"],
        0,
    )
    .await;
}

/// Bytes that no library would send.
async fn raw(mut socket: WebSocketStream<DuplexStream>, bytes: &'static [u8]) {
    socket.get_mut().write_all(bytes).await.unwrap();
    let _ = socket.get_mut().read_to_end(&mut Vec::new()).await;
}

#[tokio::test(start_paused = true)]
async fn a_line_that_is_quiet_is_kept() {
    let gateway = gateway(echo);
    let mut socket = open(&gateway).await.unwrap();
    tokio::time::sleep(Duration::from_secs(600)).await;
    socket.send(text("still here")).await.unwrap();
    assert_eq!(heard(&mut socket).await, "still here");
}

#[tokio::test(start_paused = true)]
async fn a_close_that_is_not_answered_ends_all_the_same() {
    let gateway = gateway(|stream| async move {
        let mut socket = accepted(stream).await;
        raw_sink(&mut socket).await;
    });
    let mut socket = open(&gateway).await.unwrap();
    let start = Instant::now();
    socket.close(1000, "").await.unwrap();
    assert_eq!(heard(&mut socket).await, "the server is silent (1006)");
    assert_eq!(start.elapsed().as_secs(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_closes_and_does_not_hang_up_is_hung_up_on() {
    check(
        |mut socket| async move {
            socket.get_mut().write_all(&[0x88, 0]).await.unwrap();
            std::future::pending().await
        },
        &["closing", "closed None "],
        1,
    )
    .await;
}

async fn raw_sink(socket: &mut WebSocketStream<DuplexStream>) {
    let _ = socket.get_mut().read_to_end(&mut Vec::new()).await;
}

static SAID: AtomicUsize = AtomicUsize::new(0);

#[tokio::test(start_paused = true)]
async fn a_caller_that_does_not_listen_is_not_read_for() {
    let gateway = gateway(|stream| async move {
        let mut socket = accepted(stream).await;
        let message = Message::text("x".repeat(1000));
        while socket.send(message.clone()).await.is_ok() {
            SAID.fetch_add(1, Ordering::SeqCst);
        }
    });
    let socket = open(&gateway).await.unwrap();
    tokio::time::sleep(Duration::from_secs(300)).await;
    let said = SAID.load(Ordering::SeqCst);
    // 64 KiB on the line, a buffer of 16 KiB here, and two messages in the queue.
    assert!((50..150).contains(&said), "{said}");
    drop(socket);
    settle().await;
    assert_eq!(gateway.sockets(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_listen_makes_the_caller_wait_and_then_is_gone() {
    let gateway = gateway(|stream| async move {
        let _socket = accepted(stream).await;
        std::future::pending().await
    });
    let socket = open(&gateway).await.unwrap();
    let (sender, mut receiver) = socket.split();
    let start = Instant::now();
    let mut said = 0;
    while sender.send(text(&"x".repeat(1000))).await.is_ok() {
        said += 1;
    }
    assert!((50..150).contains(&said), "{said}");
    assert_eq!(start.elapsed().as_secs(), 10);
    assert!(matches!(
        receiver.next().await,
        Some(Err(SocketEnd::Failed(_)))
    ));
}

static CLOSES: AtomicUsize = AtomicUsize::new(0);

#[tokio::test(start_paused = true)]
async fn letting_go_closes_the_socket() {
    let gateway = gateway(|stream| async move {
        let mut socket = accepted(stream).await;
        raw_sink(&mut socket).await;
        CLOSES.fetch_add(1, Ordering::SeqCst);
    });
    let socket = open(&gateway).await.unwrap();
    drop(socket);
    settle().await;
    assert_eq!((CLOSES.load(Ordering::SeqCst), gateway.sockets()), (1, 0));

    let (sender, receiver) = open(&gateway).await.unwrap().split();
    drop(sender);
    settle().await;
    assert_eq!(gateway.sockets(), 1, "one may go on listening");
    drop(receiver);
    settle().await;
    assert_eq!((CLOSES.load(Ordering::SeqCst), gateway.sockets()), (2, 0));
    let tasks = tokio::runtime::Handle::current()
        .metrics()
        .num_alive_tasks();
    assert_eq!(tasks, 0, "tasks are left");
}

#[tokio::test(start_paused = true)]
async fn sockets_are_bounded_and_faults_strike_them_too() {
    let limits = GatewayLimits {
        sockets_max: 1,
        ..GatewayLimits::default()
    };
    let gateway = plain(limits, echo);
    let socket = open(&gateway).await.unwrap();
    let Err(error) = open(&gateway).await else {
        panic!("a second socket was opened");
    };
    assert_eq!(
        error.to_string(),
        "1 WebSockets are already open; close one first"
    );
    drop(socket);
    settle().await;

    gateway
        .chaos()
        .start(Plan::always(Fault::Refused, Scope::All))
        .unwrap();
    assert!(open(&gateway).await.is_err());
    gateway
        .chaos()
        .start(Plan::always(Fault::ResetMidBody, Scope::All))
        .unwrap();
    let mut socket = open(&gateway).await.unwrap();
    socket.send(text("a")).await.unwrap();
    assert_eq!(heard(&mut socket).await, "the connection broke (1006)");
}

/// Each word and its echo together take `seconds` longer than they would; the words after it no longer than that.
#[tokio::test(start_paused = true)]
async fn a_slow_network_makes_what_is_heard_late_and_lets_it_come_in_order() {
    let slow = Plan::always(Fault::Latency(Duration::from_secs(3)), Scope::All);
    let gateway = gateway(echo);
    gateway.chaos().start(slow.clone()).unwrap();
    let start = Instant::now();
    let mut socket = open(&gateway).await.unwrap();
    assert_eq!(start.elapsed().as_secs(), 3, "the opening is one answer");
    let start = Instant::now();
    for word in ["a", "b", "c"] {
        socket.send(text(word)).await.unwrap();
    }
    for word in ["a", "b", "c"] {
        assert_eq!(heard(&mut socket).await, word);
    }
    assert_eq!(start.elapsed().as_secs(), 3);

    gateway.chaos().stop();
    let start = Instant::now();
    socket.send(text("d")).await.unwrap();
    assert_eq!(heard(&mut socket).await, "d");
    assert_eq!(start.elapsed().as_secs(), 0);

    gateway.chaos().start(slow).unwrap();
    socket.send(text("e")).await.unwrap();
    socket.close(1000, "").await.unwrap();
    assert_eq!(heard(&mut socket).await, "e");
    assert_eq!(start.elapsed().as_secs(), 3);
    assert_eq!(heard(&mut socket).await, "closed Some(1000) ");
}

#[tokio::test(start_paused = true)]
async fn a_network_that_falls_silent_ends_it_as_a_dead_line_does() {
    let silent = Plan::always(Fault::NeverEndingBody, Scope::All);
    let gateway = gateway(echo);
    let mut socket = open(&gateway).await.unwrap();
    gateway.chaos().start(silent.clone()).unwrap();
    socket.send(text("a")).await.unwrap();
    let start = Instant::now();
    assert_eq!(heard(&mut socket).await, "the server is silent (1006)");
    assert_eq!(start.elapsed().as_secs(), 60);

    // Turned off in time, it goes on where it was.
    gateway.chaos().stop();
    let mut socket = open(&gateway).await.unwrap();
    gateway.chaos().start(silent).unwrap();
    socket.send(text("b")).await.unwrap();
    tokio::time::sleep(Duration::from_secs(20)).await;
    gateway.chaos().stop();
    assert_eq!(heard(&mut socket).await, "b");
}

/// As many of ten open sockets as the plan says, and the same ones for the same seed.
#[tokio::test(start_paused = true)]
async fn a_plan_strikes_its_share_of_those_that_are_open() {
    let mut struck = Vec::new();
    for _ in 0..2 {
        let gateway = gateway(echo);
        let mut sockets = Vec::new();
        for _ in 0..10 {
            sockets.push(open(&gateway).await.unwrap());
        }
        let plan = Plan {
            faults: vec![(Fault::Refused, 500)],
            seed: 3,
            scope: Scope::All,
        };
        gateway.chaos().start(plan).unwrap();
        settle().await;
        let mut ended = Vec::new();
        for socket in &mut sockets {
            ended.push(socket.send(text("a")).await.is_err());
        }
        struck.push(ended);
    }
    assert_eq!(struck[0], struck[1]);
    let count = struck[0].iter().filter(|ended| **ended).count();
    assert!((2..=8).contains(&count), "{count}");
}
