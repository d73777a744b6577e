//! HTTP/2: shared connections, streams that end one by one, and servers that misbehave.

use std::{
    future::poll_fn,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use futures::future::BoxFuture;
use h2::{Reason, server::SendResponse};
use hyper::{Request, Response};
use madang_outbound::{
    BodyStream, BreakerState, Caller, GatewayLimits, Outbound, PoolLimits, Reach, Request as Asked,
    RetryPatch, Route, RoutePatch, SocketCall, SocketLimits, Timeouts, TlsMode,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    time::sleep,
};
use tokio_rustls::server::TlsStream;

use crate::plain::{Plain as _, Terms};
use crate::{
    scripted::{caller, get, post, told},
    served::{secure, settle},
};

const ORIGIN: &str = "https://api.example.com";
type Events = Arc<Mutex<Vec<String>>>;

/// A server that does what the path of each request says.
fn network(limits: GatewayLimits) -> (Outbound, Events) {
    let events = Events::default();
    let heard = Arc::clone(&events);
    let gateway = secure(
        limits,
        Arc::new(move |stream| {
            let heard = Arc::clone(&heard);
            Box::pin(async move { serve(stream, heard).await }) as BoxFuture<'static, ()>
        }),
    );
    (gateway, events)
}

async fn serve(stream: TlsStream<DuplexStream>, events: Events) {
    let mut server = h2::server::Builder::new();
    server.max_concurrent_streams(10);
    let Ok(mut connection) = server.handshake(stream).await else {
        return;
    };
    while let Some(Ok((request, respond))) = connection.accept().await {
        if request.uri().path() == "/last" {
            connection.graceful_shutdown();
        }
        tokio::spawn(act(request, respond, Arc::clone(&events)));
    }
    events.lock().unwrap().push("closed".to_owned());
}

async fn act(request: Request<h2::RecvStream>, mut respond: SendResponse<Bytes>, events: Events) {
    let note = |event: String| events.lock().unwrap().push(event);
    let path = request.uri().path().to_owned();
    note(format!("{} {path}", request.method()));
    let seen_before = || {
        let events = events.lock().unwrap();
        events.iter().filter(|event| event.ends_with(&path)).count() > 1
    };
    match path.as_str() {
        "/refused-once" if !seen_before() => respond.send_reset(Reason::REFUSED_STREAM),
        "/refused" => respond.send_reset(Reason::REFUSED_STREAM),
        "/broken" => respond.send_reset(Reason::INTERNAL_ERROR),
        "/hang" => {
            let reason = poll_fn(|context| respond.poll_reset(context)).await;
            note(format!("{:?}", reason.unwrap()));
        }
        "/headers" => {
            let value = "x".repeat(8 * 1024);
            let mut response = Response::builder();
            for number in 0..9 {
                response = response.header(format!("x-{number}"), &value);
            }
            let _ = respond.send_response(response.body(()).unwrap(), true);
        }
        "/many-headers" => {
            let mut response = Response::builder();
            for number in 0..101 {
                response = response.header(format!("x-{number}"), "x");
            }
            respond
                .send_response(response.body(()).unwrap(), true)
                .unwrap();
        }
        "/silent" => {
            let mut body = respond.send_response(Response::new(()), false).unwrap();
            body.send_data(Bytes::from_static(b"begun"), false).unwrap();
            let _ = poll_fn(|context| body.poll_reset(context)).await;
        }
        "/slow" => {
            sleep(Duration::from_secs(2)).await;
            let mut body = respond.send_response(Response::new(()), false).unwrap();
            body.send_data(Bytes::from_static(b"slow"), true).unwrap();
        }
        "/empty" => {
            let mut body = respond.send_response(Response::new(()), false).unwrap();
            while body.send_data(Bytes::new(), false).is_ok() {
                sleep(Duration::from_millis(1)).await;
            }
        }
        "/endless" => {
            let mut body = respond.send_response(Response::new(()), false).unwrap();
            loop {
                body.reserve_capacity(16 * 1024);
                let Some(Ok(room)) = poll_fn(|context| body.poll_capacity(context)).await else {
                    return;
                };
                if body.send_data(vec![b'x'; room].into(), false).is_err() {
                    return;
                }
            }
        }
        // The answer is whole, and the rest of the request is not wanted.
        "/enough" => {
            let mut body = respond.send_response(Response::new(()), false).unwrap();
            body.send_data(Bytes::from_static(b"enough"), true).unwrap();
            sleep(Duration::from_millis(1)).await;
            body.send_reset(Reason::NO_ERROR);
        }
        "/short" => {
            let response = Response::builder().header("content-length", "9");
            let mut body = respond
                .send_response(response.body(()).unwrap(), false)
                .unwrap();
            let _ = body.send_data(Bytes::from_static(b"ok"), true);
        }
        _ => {
            let response = Response::builder().header("content-length", "2");
            let mut body = respond
                .send_response(response.body(()).unwrap(), false)
                .unwrap();
            body.send_data(Bytes::from_static(b"ok"), true).unwrap();
        }
    }
}

fn granted() -> Caller {
    caller(&[(ORIGIN, Reach::Internet)])
}

async fn send(gateway: &Outbound, call: Asked) -> String {
    let granted = granted();
    told(
        &gateway
            .send_on(&granted, call, Terms::default(), Duration::from_secs(30))
            .await,
    )
}

fn to(path: &str) -> Asked {
    get(&format!("{ORIGIN}{path}"))
}

async fn get_of(gateway: &Outbound, path: &str) -> String {
    send(gateway, to(path)).await
}

#[tokio::test(start_paused = true)]
async fn calls_at_once_share_a_connection() {
    let (gateway, events) = network(GatewayLimits::default());
    assert_eq!(get_of(&gateway, "/first").await, "200 ok");
    let posted = send(&gateway, post(&format!("{ORIGIN}/third"), "body"));
    let (second, third) = tokio::join!(get_of(&gateway, "/second"), posted);
    assert_eq!((second.as_str(), third.as_str()), ("200 ok", "200 ok"));
    let counts = gateway.pool();
    assert_eq!(
        (counts.opened, counts.reused, counts.busy, counts.idle),
        (1, 2, 0, 1)
    );
    sleep(Duration::from_secs(31)).await;
    settle().await;
    assert_eq!(gateway.pool().closed, 1);
    assert_eq!(events.lock().unwrap().last().unwrap(), "closed");
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_resets_its_stream_and_no_other() {
    let (gateway, events) = network(GatewayLimits::default());
    let calls: Vec<_> = (0..3)
        .map(|_| {
            let gateway = gateway.clone();
            tokio::spawn(async move { get_of(&gateway, "/hang").await })
        })
        .collect();
    settle().await;
    assert_eq!(gateway.pool().busy, 3);
    for call in calls {
        call.abort();
    }
    settle().await;
    let expected = [
        "GET /hang",
        "GET /hang",
        "GET /hang",
        "CANCEL",
        "CANCEL",
        "CANCEL",
    ];
    assert_eq!(*events.lock().unwrap(), expected);
    assert_eq!((gateway.in_flight(), gateway.pool().busy), (0, 0));
    assert_eq!(get_of(&gateway, "/ok").await, "200 ok");
    assert_eq!(gateway.pool().reused, 1);
}

#[tokio::test(start_paused = true)]
async fn a_thousand_cancelled_calls_leave_nothing() {
    let (gateway, _) = network(GatewayLimits::default());
    for batch in 0..100 {
        let calls: Vec<_> = (0..10)
            .map(|_| {
                let gateway = gateway.clone();
                tokio::spawn(async move { get_of(&gateway, "/hang").await })
            })
            .collect();
        for _ in 0..batch % 20 {
            tokio::task::yield_now().await;
        }
        calls.iter().for_each(tokio::task::JoinHandle::abort);
        settle().await;
        assert_eq!((gateway.in_flight(), gateway.pool().busy), (0, 0));
    }
    assert_eq!(get_of(&gateway, "/ok").await, "200 ok");
    sleep(Duration::from_secs(31)).await;
    settle().await;
    assert_eq!(gateway.pool().idle, 0);
    assert_eq!(gateway.pool().opened, gateway.pool().closed);
    let tasks = tokio::runtime::Handle::current()
        .metrics()
        .num_alive_tasks();
    assert_eq!(tasks, 0, "tasks are left");
}

#[tokio::test(start_paused = true)]
async fn one_connection_carries_so_many_calls_and_no_more() {
    let limits = GatewayLimits {
        pool: PoolLimits {
            streams_max: 2,
            ..PoolLimits::default()
        },
        ..GatewayLimits::default()
    };
    let (gateway, _) = network(limits);
    assert_eq!(get_of(&gateway, "/ok").await, "200 ok");
    let hanging = || get_of(&gateway, "/hang");
    let counting = async {
        settle().await;
        assert_eq!((gateway.pool().opened, gateway.pool().busy), (2, 3));
    };
    tokio::join!(hanging(), hanging(), hanging(), counting);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_takes_few_calls_at_once_is_called_on_more_connections() {
    let (gateway, _) = network(GatewayLimits::default());
    assert_eq!(get_of(&gateway, "/ok").await, "200 ok");
    let hanging = futures::future::join_all((0..11).map(|_| get_of(&gateway, "/hang")));
    let counting = async {
        settle().await;
        assert_eq!((gateway.pool().opened, gateway.pool().busy), (2, 11));
    };
    tokio::join!(hanging, counting);
}

/// A call on a connection that has carried one already; beside what it came to, how many connections that took.
async fn check_second(call: Asked, expected: &str, opened: u64) {
    let (gateway, _) = network(GatewayLimits::default());
    assert_eq!(get_of(&gateway, "/ok").await, "200 ok");
    assert_eq!(send(&gateway, call).await, expected);
    assert_eq!(gateway.pool().opened, opened);
    // What the server saw and did not take went out all the same.
    assert_eq!(gateway.upstreams()[0].counts.attempts, opened + 1);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_was_refused_untouched_is_tried_again_whatever_the_method() {
    let posted = |path: &str| post(&format!("{ORIGIN}{path}"), "body");
    check_second(posted("/refused-once"), "200 ok", 2).await;
    let refused = "the connection broke: http2 error: stream error received: \
                   refused stream before processing any application logic (Refused)";
    check_second(posted("/refused"), refused, 2).await;
    let broken = "the connection broke: http2 error: stream error received: \
                  unexpected internal error encountered (Unknown)";
    check_second(posted("/broken"), broken, 1).await;
    check_second(to("/broken"), broken, 2).await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_takes_its_leave_is_called_on_another_connection() {
    let (gateway, _) = network(GatewayLimits::default());
    assert_eq!(get_of(&gateway, "/last").await, "200 ok");
    settle().await;
    assert_eq!(get_of(&gateway, "/ok").await, "200 ok");
    assert_eq!((gateway.pool().opened, gateway.pool().closed), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_takes_its_leave_still_answers_what_it_has_begun() {
    let (gateway, _) = network(GatewayLimits::default());
    assert_eq!(get_of(&gateway, "/ok").await, "200 ok");
    let leaving = async {
        settle().await;
        let last = get_of(&gateway, "/last").await;
        settle().await;
        (last, get_of(&gateway, "/ok").await)
    };
    let (slow, (last, after)) = tokio::join!(get_of(&gateway, "/slow"), leaving);
    assert_eq!([slow, last, after], ["200 slow", "200 ok", "200 ok"]);
    settle().await;
    assert_eq!((gateway.pool().opened, gateway.pool().closed), (2, 1));
}

/// Whatever a stream did, the connection goes on for the others.
async fn check(path: &str, expected: &str) {
    let (gateway, _) = network(GatewayLimits::default());
    assert_eq!(get_of(&gateway, path).await, expected);
    assert_eq!(get_of(&gateway, "/ok").await, "200 ok");
    assert_eq!(gateway.pool().opened, 1, "{path}");
    assert_eq!(gateway.pool().busy, 0, "{path}");
}

#[tokio::test(start_paused = true)]
async fn streams_have_the_bounds_of_any_answer() {
    check(
        "/endless",
        "the body of the answer (bytes) is larger than the limit of 8388608 (Unknown)",
    )
    .await;
    check(
        "/many-headers",
        "the head of the answer (bytes) is larger than the limit of 65536 (Unknown)",
    )
    .await;
    check(
        "/silent",
        "no answer within 5000 ms (while reading the answer) (Unknown)",
    )
    .await;
    check(
        "/short",
        "the answer is not understood: error reading a body from connection: stream error detected: unspecific protocol error detected (Unknown)",
    )
    .await;
    check(
        "/headers",
        "the answer is not understood: http2 error: stream error detected: unspecific protocol error detected (Unknown)",
    )
    .await;
}

/// Frames are written as they are, after the preface; then the server is silent.
async fn check_frames(frames: &'static [u8], times: usize, reads: bool, expected: &str) {
    check_flood(&[], frames, times, reads, expected).await;
}

/// The same after `first`.
async fn check_flood(
    first: &'static [u8],
    frames: &'static [u8],
    times: usize,
    reads: bool,
    expected: &str,
) {
    let gateway = secure(
        GatewayLimits::default(),
        Arc::new(move |stream| {
            Box::pin(async move {
                let (mut read, mut write) = tokio::io::split(stream);
                let writing = async {
                    // SETTINGS, empty.
                    write.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0]).await.unwrap();
                    // By then the request is out.
                    sleep(Duration::from_millis(1)).await;
                    write.write_all(first).await.unwrap();
                    for _ in 0..times {
                        if write.write_all(frames).await.is_err() || write.flush().await.is_err() {
                            return;
                        }
                    }
                    std::future::pending().await
                };
                let reading = async {
                    if !reads {
                        std::future::pending::<()>().await;
                    }
                    let _ = read.read_to_end(&mut Vec::new()).await;
                };
                tokio::select! { () = writing => {}, () = reading => {} }
            })
        }),
    );
    assert_eq!(get_of(&gateway, "/").await, expected);
    settle().await;
    assert_eq!((gateway.in_flight(), gateway.pool().busy), (0, 0));
}

/// RFC 9113, 8.1: only END_STREAM says that an answer is whole; a stop without a fault says so of nothing.
#[tokio::test(start_paused = true)]
async fn an_answer_that_stops_before_its_end_is_cut_short() {
    const HEAD: &[u8] = &[0, 0, 1, 1, 4, 0, 0, 0, 1, 0x88];
    // With `content-length: 2` and `content-length: 3`.
    const HEAD_OF_2: &[u8] = b"\0\0\x05\x01\x04\0\0\0\x01\x88\x0f\x0d\x012";
    const HEAD_OF_3: &[u8] = b"\0\0\x05\x01\x04\0\0\0\x01\x88\x0f\x0d\x013";
    const DATA: &[u8] = &[0, 0, 2, 0, 0, 0, 0, 0, 1, b'o', b'k'];
    const LAST_DATA: &[u8] = &[0, 0, 2, 0, 1, 0, 0, 0, 1, b'o', b'k'];
    // `a: b`, with END_STREAM.
    const TRAILERS: &[u8] = &[0, 0, 5, 1, 5, 0, 0, 0, 1, 0, 1, b'a', 1, b'b'];
    const STOP: &[u8] = &[0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, 0];
    const LEAVE: &[u8] = &[0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let cut_short = "the answer was cut short (Unknown)";
    let rows: [(&[&[u8]], &str); 9] = [
        (&[HEAD, DATA, STOP], cut_short),
        (&[HEAD, STOP], cut_short),
        (&[HEAD_OF_3, DATA, STOP], cut_short),
        (&[HEAD_OF_2, DATA, STOP], cut_short),
        (&[HEAD, DATA, LEAVE], cut_short),
        (&[HEAD, LAST_DATA, STOP], "200 ok"),
        (&[HEAD, DATA, TRAILERS, STOP], "200 ok"),
        (&[HEAD_OF_2, LAST_DATA, LEAVE], "200 ok"),
        (&[HEAD, LAST_DATA], "200 ok"),
    ];
    for (frames, expected) in rows {
        check_frames(frames.concat().leak(), 1, true, expected).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_may_stop_an_upload_once_its_answer_is_whole() {
    let (gateway, _) = network(GatewayLimits::default());
    let body = "x".repeat(1 << 20);
    let posted = send(&gateway, post(&format!("{ORIGIN}/enough"), body.leak())).await;
    assert_eq!(posted, "200 enough");
}

#[tokio::test(start_paused = true)]
async fn floods_cost_a_call_its_time_and_no_memory() {
    const PING: &[u8] = &[0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8];
    const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];
    const RESET_UNKNOWN: &[u8] = &[0, 0, 4, 3, 0, 0, 0, 0, 9, 0, 0, 0, 8];
    // `:status: 103` on the first stream.
    const INTERIM: &[u8] = &[0, 0, 5, 1, 4, 0, 0, 0, 1, 8, 3, b'1', b'0', b'3'];
    let late = "no answer within 8000 ms (while waiting for the answer) (Unknown)";
    check_frames(INTERIM, 20_000, true, late).await;
    for reads in [true, false] {
        check_frames(PING, 20_000, reads, late).await;
        check_frames(SETTINGS, 20_000, reads, late).await;
    }
    let chatter = "the answer is not understood: connection error: the server sends 1310720 bytes of \
                   frames that bring nothing (Unknown)";
    const OF_NO_KIND: &[u8] = &[0, 0, 1, 0x77, 0, 0, 0, 0, 0, b'x'];
    for frame in [INTERIM, PING, SETTINGS, OF_NO_KIND] {
        check_frames(frame.repeat(1_000).leak(), 200, true, chatter).await;
    }
    let broken = "the answer is not understood: http2 error: connection error detected: \
                  unspecific protocol error detected (Unknown)";
    check_frames(RESET_UNKNOWN, 1, true, broken).await;
    let (gateway, _) = network(GatewayLimits::default());
    assert_eq!(
        get_of(&gateway, "/empty").await,
        "the answer is not understood: error reading a body from connection: connection error detected: \
         detected excessive load generating behavior (b\"too_many_data_frames\") (Unknown)"
    );
}

#[tokio::test(start_paused = true)]
async fn a_head_in_endless_pieces_resets_and_pushes_cost_no_memory_either() {
    // HEADERS of the first stream that does not say that it is whole, and what goes on with it.
    const BEGUN: &[u8] = &[0, 0, 1, 1, 0, 0, 0, 0, 1, 0x88];
    const EMPTY_MORE: &[u8] = &[0, 0, 0, 9, 0, 0, 0, 0, 1];
    const MORE: &[u8] = &[0, 0, 4, 9, 0, 0, 0, 0, 1, 0, 1, b'x', 0];
    // `:status: 200` of the first stream, and its reset; a reset alone; a window of one more byte; a priority; a push.
    const ANSWERED: &[u8] = &[0, 0, 1, 1, 4, 0, 0, 0, 1, 0x88];
    const RESET: &[u8] = &[0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, 8];
    const WINDOW: &[u8] = &[0, 0, 4, 8, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    const PRIORITY: &[u8] = &[0, 0, 5, 2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
    const PUSH: &[u8] = &[0, 0, 5, 5, 4, 0, 0, 0, 1, 0, 0, 0, 2, 0x82];
    let endless = "the answer is not understood: http2 error: connection error detected: \
                   detected excessive load generating behavior (b\"too_many_continuations\") (Unknown)";
    let unwanted = "stream error received: stream no longer needed (Unknown)";
    let unwanted_head = format!("the connection broke: http2 error: {unwanted}");
    let unwanted_body =
        format!("the connection broke: error reading a body from connection: {unwanted}");
    let late = "no answer within 8000 ms (while waiting for the answer) (Unknown)";
    let pushed = "the answer is not understood: http2 error: connection error detected: \
                  unspecific protocol error detected (Unknown)";
    for (first, frames, expected) in [
        (BEGUN, EMPTY_MORE, endless),
        (BEGUN, MORE, endless),
        (ANSWERED, RESET, &unwanted_body),
        (&[], RESET, &unwanted_head),
        (&[], WINDOW, late),
        (&[], PRIORITY, late),
        (&[], PUSH, pushed),
    ] {
        check_flood(first, frames, 20_000, true, expected).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_leave_taken_without_a_fault_names_what_was_not_served() {
    const LEAVE: &[u8] = &[0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    const FAULT: &[u8] = &[0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2];
    let told = "the connection broke: http2 error: connection error received:";
    let leave = format!("{told} not a result of an error (Refused)");
    check_frames(LEAVE, 1, true, &leave).await;
    let fault = format!("{told} unexpected internal error encountered (Unknown)");
    check_frames(FAULT, 1, true, &fault).await;
}

/// A server that reads a request to its end, and then breaks the connection with `frames`, or by its silence.
fn processing(frames: &'static [u8], how_often: usize) -> Outbound {
    secure(
        GatewayLimits::default(),
        Arc::new(move |stream| {
            Box::pin(async move {
                let (mut read, mut write) = tokio::io::split(stream);
                // SETTINGS, empty.
                write.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0]).await.unwrap();
                until_last_data(&mut read).await;
                for _ in 0..how_often {
                    if write.write_all(frames).await.is_err() || write.flush().await.is_err() {
                        break;
                    }
                }
                let _ = read.read_to_end(&mut Vec::new()).await;
            })
        }),
    )
}

/// Reads up to the frame of data that ends a request.
async fn until_last_data(read: &mut (impl AsyncReadExt + Unpin)) {
    let mut preface = [0; 24];
    read.read_exact(&mut preface).await.unwrap();
    loop {
        let mut head = [0; 9];
        read.read_exact(&mut head).await.unwrap();
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        read.read_exact(&mut vec![0; length]).await.unwrap();
        if (head[3], head[4] & 1) == (0, 1) {
            return;
        }
    }
}

/// A POST that was processed may have happened, whatever broke the connection after it, and it is the server's failure.
async fn check_processed(frames: &'static [u8], how_often: usize, expected: &str) {
    let gateway = processing(frames, how_often);
    let route = Route {
        timeouts: Timeouts {
            first_byte: None,
            attempt: None,
            ..Timeouts::default()
        },
        ..Route::default()
    };
    let client = gateway.client(granted(), route).unwrap();
    for _ in 0..5 {
        let call = client.call(post(&format!("{ORIGIN}/charge"), "10000"));
        assert_eq!(told(&call.answer().await), format!("{expected} (Unknown)"));
    }
    let upstream = &gateway.upstreams()[0];
    assert!(
        matches!(upstream.breaker, BreakerState::Open { .. }),
        "{expected}: {:?}",
        upstream.breaker
    );
    settle().await;
    assert_eq!((gateway.in_flight(), gateway.pool().busy), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_post_that_was_processed_may_have_happened_however_the_connection_breaks() {
    const ZERO_WINDOW: &[u8] = &[0, 0, 4, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    const WIDE_WINDOW: &[u8] = &[0, 0, 4, 8, 0, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff];
    const RESET_UNKNOWN: &[u8] = &[0, 0, 4, 3, 0, 0, 0, 0, 9, 0, 0, 0, 8];
    const PUSH: &[u8] = &[0, 0, 5, 5, 4, 0, 0, 0, 1, 0, 0, 0, 2, 0x82];
    const EMPTY_MORE: &[u8] = &[0, 0, 0, 9, 0, 0, 0, 0, 1];
    const SHORT_PING: &[u8] = &[0, 0, 1, 6, 0, 0, 0, 0, 0, 0];
    let broken = "the answer is not understood: http2 error: connection error detected:";
    let unspecific = format!("{broken} unspecific protocol error detected");
    let window = format!("{broken} flow-control protocol violated");
    let silent = "the connection broke: http2 error: keep-alive timed out: operation timed out";
    for (frames, how_often, expected) in [
        (ZERO_WINDOW, 1, unspecific.as_str()),
        (WIDE_WINDOW, 1, &window),
        (RESET_UNKNOWN, 1, &unspecific),
        (PUSH, 1, &unspecific),
        (EMPTY_MORE, 1, &unspecific),
        (SHORT_PING, 1, &unspecific),
        (&[], 0, silent),
    ] {
        check_processed(frames, how_often, expected).await;
    }
}

/// A body that breaks off on its way: the caller's own failure, and nothing is held against the server.
#[tokio::test(start_paused = true)]
async fn a_body_that_breaks_off_is_the_callers_failure() {
    let gateway = processing(&[], 0);
    let pieces = || {
        let broken = std::io::Error::other("the file is gone");
        futures::stream::iter([Ok(Bytes::from_static(b"begun")), Err(broken)])
    };
    let route = Route::default().patched(RoutePatch {
        retry: RetryPatch::from(0),
        ..RoutePatch::default()
    });
    let client = gateway.client(granted(), route.unwrap()).unwrap();
    for _ in 0..5 {
        let call = client.post(format!("{ORIGIN}/charge"));
        let call = call.streamed(BodyStream::once(pieces()));
        assert_eq!(
            told(&call.answer().await),
            "the body to send could not be read: http2 error: stream error sent by user: \
             unexpected internal error encountered (Unknown)"
        );
    }
    assert_eq!(gateway.upstreams()[0].breaker, BreakerState::Closed);
}

/// Whichever of the tasks of a connection learns first that it is broken.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_broke_a_connection_is_told_whoever_learns_of_it_first() {
    const ZERO_WINDOW: &[u8] = &[0, 0, 4, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let expected = "the answer is not understood: http2 error: connection error detected: \
                    unspecific protocol error detected";
    for _ in 0..100 {
        check_processed(ZERO_WINDOW, 1, expected).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_websocket_asks_for_no_http2() {
    let gateway = secure(
        GatewayLimits::default(),
        Arc::new(|stream| {
            Box::pin(async move {
                assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
                let _socket = tokio_tungstenite::accept_async(stream).await.unwrap();
            })
        }),
    );
    let call = SocketCall {
        url: "wss://api.example.com/".to_owned(),
        headers: Vec::new(),
        protocols: Vec::new(),
        tls: TlsMode::Verified,
        limits: SocketLimits::default(),
    };
    assert!(gateway.open_socket(&granted(), call).await.is_ok());
}
