//! What is seen of WebSockets: their spans, their part in what is known of a server, and the layers before their opening.

use std::{
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::{SinkExt, StreamExt};
use madang_outbound::{
    BreakerState, FailureKind, Fault, GatewayLimits, Manual, Origin, Outbound, Plan, RateSettings,
    Reach, Scope, SendError, SendErrorKind, SocketCall, SocketEnd, SocketFailure, SocketLimits,
    SocketMessage, TlsMode, UpstreamView, WebSocket,
};
use tokio::{
    io::{AsyncWriteExt, DuplexStream},
    time::{advance, sleep},
};
use tokio_tungstenite::{
    WebSocketStream, accept_async,
    tungstenite::{
        Message,
        protocol::{CloseFrame, frame::coding::CloseCode},
    },
};

use crate::{
    scripted::caller,
    served::{plain, settle},
    traced::Log,
};

const ORIGIN: &str = "ws://api.example.com";

async fn open(gateway: &Outbound) -> Result<WebSocket, SendError> {
    let call = SocketCall {
        url: format!("{ORIGIN}/hooks/s3cret-path?token=s3cret-query"),
        headers: vec![("authorization".to_owned(), "Bearer s3cret".to_owned())],
        protocols: Vec::new(),
        tls: TlsMode::Verified,
        limits: SocketLimits::default(),
    };
    let granted = caller(&[(ORIGIN, Reach::Internet)]);
    gateway.open_socket(&granted, call).await
}

/// Why it was not opened.
async fn refused(gateway: &Outbound) -> SendErrorKind {
    match open(gateway).await {
        Ok(_) => panic!("it was opened"),
        Err(error) => match error.kind() {
            SendErrorKind::HeldBack(refusal) => SendErrorKind::HeldBack(*refusal),
            SendErrorKind::TooFast(refusal) => SendErrorKind::TooFast(*refusal),
            other => panic!("{other:?}"),
        },
    }
}

fn gateway<F>(act: fn(WebSocketStream<DuplexStream>) -> F) -> Outbound
where
    F: Future<Output = ()> + Send + 'static,
{
    plain(GatewayLimits::default(), move |stream| async move {
        act(accept_async(stream).await.unwrap()).await;
    })
}

async fn echo(mut socket: WebSocketStream<DuplexStream>) {
    while let Some(Ok(message)) = socket.next().await {
        if message.is_text() || message.is_binary() {
            socket.send(message).await.unwrap();
        }
    }
}

fn upstream(gateway: &Outbound) -> UpstreamView {
    let mut all = gateway.upstreams();
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

async fn heard_to_the_end(mut socket: WebSocket) {
    while let Some(Ok(_)) = socket.next().await {}
}

/// What `act` at the server's side leaves in the log when the caller says one word and listens to the end.
async fn check_span<F>(act: fn(WebSocketStream<DuplexStream>) -> F, expected: &str)
where
    F: Future<Output = ()> + Send + 'static,
{
    let (log, _guard) = Log::follow();
    let gateway = gateway(act);
    let socket = open(&gateway).await.unwrap();
    socket
        .send(SocketMessage::Text("s3cret 안녕".into()))
        .await
        .unwrap();
    heard_to_the_end(socket).await;
    settle().await;
    check_log(&log, expected);
    assert!(log.text().contains("the WebSocket is open"));
}

#[track_caller]
fn check_log(log: &Log, expected: &str) {
    let text = log.text();
    let expected = format!("caller=\"tester\" origin={ORIGIN} {expected}");
    assert_eq!(log.ended("socket"), [expected], "{text}");
    assert!(!text.contains("s3cret"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_websocket_leaves_a_span_that_says_why_it_ended() {
    check_span(
        |mut socket| async move {
            let word = socket.next().await.unwrap().unwrap();
            socket.send(word).await.unwrap();
            let frame = CloseFrame {
                code: CloseCode::Away,
                reason: "s3cret".into(),
            };
            socket.close(Some(frame)).await.unwrap();
            while socket.next().await.is_some() {}
        },
        "sent_bytes=13 received_bytes=13 code=1001 outcome=\"closed\"",
    )
    .await;
    check_span(
        |mut socket| async move {
            socket.next().await.unwrap().unwrap();
        },
        "sent_bytes=13 received_bytes=0 outcome=\"the connection broke\"",
    )
    .await;
    check_span(
        |mut socket| async move {
            socket.next().await.unwrap().unwrap();
            socket.get_mut().write_all(&[0x83, 0]).await.unwrap();
            while socket.next().await.is_some_and(|word| word.is_ok()) {}
        },
        "sent_bytes=13 received_bytes=0 outcome=\"the server broke the protocol\"",
    )
    .await;
    check_span(
        |socket| async move {
            let _socket = socket;
            std::future::pending().await
        },
        "sent_bytes=13 received_bytes=0 outcome=\"the server is silent\"",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_websocket_that_is_let_go_or_never_opened_says_so() {
    let (log, guard) = Log::follow();
    let socket = open(&gateway(echo)).await.unwrap();
    drop(socket);
    settle().await;
    check_log(&log, "sent_bytes=0 received_bytes=0 outcome=\"let go\"");
    drop(guard);

    let (log, guard) = Log::follow();
    let closed = plain(GatewayLimits::default(), |mut stream| async move {
        let answer = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\n\r\ns3cret";
        let _ = stream.write_all(answer).await;
    });
    assert!(open(&closed).await.is_err());
    settle().await;
    check_log(&log, "outcome=\"failed, and may have been acted on\"");
    drop(guard);

    let (log, _guard) = Log::follow();
    let silent = plain(GatewayLimits::default(), |stream| async move {
        let _stream = stream;
        std::future::pending().await
    });
    let dropped = tokio::time::timeout(Duration::from_secs(1), open(&silent)).await;
    assert!(dropped.is_err());
    settle().await;
    check_log(&log, "outcome=\"called off\"");
}

#[tokio::test(start_paused = true)]
async fn a_server_of_websockets_is_among_the_upstreams() {
    let gateway = gateway(echo);
    let mut socket = open(&gateway).await.unwrap();
    let other = open(&gateway).await.unwrap();
    socket
        .send(SocketMessage::Binary(vec![0; 1000].into()))
        .await
        .unwrap();
    assert!(socket.next().await.is_some());
    let seen = upstream(&gateway);
    assert_eq!(
        (seen.caller.as_str(), seen.origin.to_string().as_str()),
        ("tester", ORIGIN)
    );
    let counts = seen.counts;
    assert_eq!((counts.calls, counts.attempts, counts.sockets), (2, 2, 2));
    assert_eq!((counts.sent_bytes, counts.received_bytes), (1000, 1000));
    assert_eq!(
        counts.bulkhead.running, 0,
        "an open one holds no call's place"
    );
    assert_eq!((counts.failures, seen.is_failing), (0, false));
    drop((socket, other));
    settle().await;
    assert_eq!(upstream(&gateway).counts.sockets, 0);
}

/// The kind that is told of a server that does `act` with an open WebSocket. Its breaker looks at openings alone.
async fn check_failure<F>(act: fn(WebSocketStream<DuplexStream>) -> F, expected: FailureKind)
where
    F: Future<Output = ()> + Send + 'static,
{
    let gateway = gateway(act);
    heard_to_the_end(open(&gateway).await.unwrap()).await;
    let seen = upstream(&gateway);
    let kind = seen.last_failure.as_ref().map(|last| last.kind);
    assert_eq!((kind, seen.is_failing), (Some(expected), true));
    assert_eq!(seen.breaker, BreakerState::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_websocket_that_breaks_is_its_servers_last_failure() {
    check_failure(|socket| async { drop(socket) }, FailureKind::ConnectionLost).await;
    check_failure(
        |mut socket| async move {
            let _ = socket.send(Message::text("x".repeat(2_000_000))).await;
            sleep(Duration::from_secs(1)).await;
        },
        FailureKind::TooLarge,
    )
    .await;
    check_failure(
        |socket| async {
            let _socket = socket;
            std::future::pending().await
        },
        FailureKind::Timeout,
    )
    .await;
    check_failure(
        |mut socket| async move {
            socket.get_mut().write_all(&[0x83, 0]).await.unwrap();
            sleep(Duration::from_secs(1)).await;
        },
        FailureKind::NotUnderstood,
    )
    .await;
}

/// After five openings that end so, whether the breaker is open, and what is told.
async fn check_opening(answer: &'static [u8], is_open: bool, expected: FailureKind) {
    let dialled = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&dialled);
    let gateway = plain(GatewayLimits::default(), move |mut stream| {
        count.fetch_add(1, Ordering::SeqCst);
        async move {
            let _ = stream.write_all(answer).await;
            if answer.is_empty() {
                std::future::pending().await
            }
        }
    });
    for _ in 0..5 {
        assert!(open(&gateway).await.is_err());
    }
    let seen = upstream(&gateway);
    let told = String::from_utf8_lossy(answer);
    let state = matches!(seen.breaker, BreakerState::Open { .. });
    assert_eq!(state, is_open, "{told}: {:?}", seen.breaker);
    assert_eq!(seen.counts.failures, 5, "{told}");
    assert_eq!(seen.last_failure.unwrap().kind, expected, "{told}");
    if is_open {
        assert!(matches!(
            refused(&gateway).await,
            SendErrorKind::HeldBack(_)
        ));
        assert_eq!(dialled.load(Ordering::SeqCst), 5, "{told}");
        let seen = upstream(&gateway);
        let why = seen.last_failure.unwrap().kind;
        assert_eq!(why, expected, "why it is held back is still told");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_opens_no_websocket_is_left_alone() {
    let answers: [(&[u8], bool, FailureKind); 5] = [
        (b"", true, FailureKind::Timeout),
        (
            b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n",
            true,
            FailureKind::NoSocket(503),
        ),
        (
            b"HTTP/1.1 101 X\r\nUpgrade: other\r\n\r\n",
            true,
            FailureKind::NotUnderstood,
        ),
        (b"HTTP/1.1 101", true, FailureKind::ConnectionLost),
        // What it says of the request is no failure of the server.
        (
            b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n",
            false,
            FailureKind::NoSocket(403),
        ),
    ];
    for (answer, is_open, expected) in answers {
        check_opening(answer, is_open, expected).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_on_purpose_opens_the_breaker_and_one_opening_heals_it() {
    let gateway = gateway(echo);
    let cut = Plan::always(Fault::Refused, Scope::All);
    gateway.chaos().start(cut).unwrap();
    for _ in 0..5 {
        assert!(open(&gateway).await.is_err());
    }
    assert!(matches!(
        refused(&gateway).await,
        SendErrorKind::HeldBack(_)
    ));
    gateway.chaos().stop();
    advance(Duration::from_secs(10)).await;
    let _socket = open(&gateway).await.unwrap();
    let seen = upstream(&gateway);
    assert_eq!(
        (seen.breaker, seen.is_failing),
        (BreakerState::Closed, false)
    );
}

#[tokio::test(start_paused = true)]
async fn a_server_held_back_by_hand_opens_no_websocket_and_keeps_none_open() {
    let gateway = gateway(echo);
    let mut socket = open(&gateway).await.unwrap();
    let origin = Origin::parse(ORIGIN).unwrap();
    assert_eq!(gateway.set_upstream(&origin, None, Manual::Isolate), 1);
    assert!(matches!(
        refused(&gateway).await,
        SendErrorKind::HeldBack(_)
    ));
    assert!(matches!(
        socket.next().await,
        Some(Err(SocketEnd::Failed(SocketFailure::Isolated)))
    ));
    gateway.set_upstream(&origin, None, Manual::Release);
    assert!(open(&gateway).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn websockets_are_opened_at_the_rate_of_calls() {
    let gateway = gateway(echo);
    let burst = RateSettings::default().burst;
    let mut sockets = Vec::new();
    for _ in 0..burst.get() {
        sockets.push(open(&gateway).await.unwrap());
    }
    let SendErrorKind::TooFast(refusal) = refused(&gateway).await else {
        panic!("it was held back");
    };
    assert_eq!(refusal.per_second, NonZeroU32::new(10).unwrap());
    advance(refusal.retry_in).await;
    sockets.push(open(&gateway).await.unwrap());
    let counts = upstream(&gateway).counts;
    assert_eq!((counts.sockets, counts.rate.refused), (21, 1));
    let [went_out, kept_back] = [counts.attempts, counts.kept_back];
    assert_eq!([went_out, kept_back, counts.failures], [21, 1, 0]);
}

#[tokio::test(start_paused = true)]
async fn a_thousand_openings_that_are_called_off_leave_nothing() {
    let gateway = plain(GatewayLimits::default(), |stream| async move {
        sleep(Duration::from_millis(50)).await;
        if let Ok(socket) = accept_async(stream).await {
            echo(socket).await;
        }
    });
    for round in 0..1000 {
        // No faster than calls may be made.
        sleep(Duration::from_millis(100)).await;
        let patience = Duration::from_millis(round % 60);
        drop(tokio::time::timeout(patience, open(&gateway)).await);
    }
    settle().await;
    let seen = upstream(&gateway).counts;
    assert_eq!((seen.sockets, seen.bulkhead.running), (0, 0));
    assert!(seen.bulkhead.abandoned > 500, "{seen:?}");
    assert_eq!(gateway.sockets(), 0);
    sleep(Duration::from_secs(1)).await;
    let tasks = tokio::runtime::Handle::current().metrics();
    assert_eq!(tasks.num_alive_tasks(), 0, "tasks are left");
}
