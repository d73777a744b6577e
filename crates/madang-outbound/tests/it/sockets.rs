//! Real sockets: only what happens, and in which order; no durations.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use madang_outbound::{
    GatewayLimits, Heard, Network, Outbound, Reach, SocketCall, SocketLimits, SocketMessage,
    TlsMode,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    runtime::Handle,
    sync::oneshot,
};

use crate::plain::Plain as _;
use crate::scripted::{caller, get, read_request, told};

/// Long enough never to be the reason for anything.
const DEADLINE: Duration = Duration::from_secs(100);

async fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    (listener, origin)
}

fn gateway() -> Outbound {
    Outbound::new(
        Handle::current(),
        Network::system(crate::scripted::chance(), crate::scripted::wall_clock()),
        GatewayLimits::default(),
    )
}

/// Resolves when the other side has closed.
async fn closed(mut stream: TcpStream) {
    let mut rest = Vec::new();
    // A reset is a close as well.
    let _ = stream.read_to_end(&mut rest).await;
}

#[tokio::test]
async fn a_call_goes_out_and_its_answer_comes_back() {
    let (listener, origin) = listener().await;
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let request = read_request(&mut stream, 0).await;
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            .await
            .unwrap();
        closed(stream).await;
        request
    });
    let granted = caller(&[(&origin, Reach::Loopback)]);
    let result = gateway()
        .send(&granted, get(&format!("{origin}/hello")), DEADLINE)
        .await;
    assert_eq!(told(&result), "200 ok");
    assert!(server.await.unwrap().starts_with("GET /hello HTTP/1.1\r\n"));
}

/// The server writes `begun` and never ends; the caller lets go; the server sees the close.
async fn check_close(begun: &'static [u8]) {
    let (listener, origin) = listener().await;
    let (arrived, arrival) = oneshot::channel();
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        read_request(&mut stream, 0).await;
        stream.write_all(begun).await.unwrap();
        arrived.send(()).unwrap();
        closed(stream).await;
    });
    let gateway = gateway();
    let call = tokio::spawn({
        let gateway = gateway.clone();
        let granted = caller(&[(&origin, Reach::Loopback)]);
        async move { gateway.send(&granted, get(&origin), DEADLINE).await }
    });
    arrival.await.unwrap();
    assert_eq!(gateway.in_flight(), 1);
    call.abort();
    server.await.unwrap();
    while gateway.in_flight() > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn the_server_sees_the_close_when_the_caller_lets_go() {
    check_close(b"").await;
    check_close(b"HTTP/1.1 200 OK\r\n").await;
    check_close(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nfirst").await;
}

#[tokio::test]
async fn the_server_sees_the_close_when_its_answer_is_too_large() {
    let (listener, origin) = listener().await;
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        read_request(&mut stream, 0).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        while stream.write_all(&[b'x'; 4096]).await.is_ok() {}
    });
    let granted = caller(&[(&origin, Reach::Loopback)]);
    let result = gateway().send(&granted, get(&origin), DEADLINE).await;
    assert_eq!(
        told(&result),
        "the body of the answer (bytes) is larger than the limit of 8388608 (Unknown)"
    );
    server.await.unwrap();
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_told() {
    let (listener, origin) = listener().await;
    drop(listener);
    let granted = caller(&[(&origin, Reach::Loopback)]);
    let result = gateway().send(&granted, get(&origin), DEADLINE).await;
    let told = told(&result);
    assert!(
        told.starts_with(&format!("no connection to {origin}: ")),
        "{told}"
    );
    assert!(told.ends_with("(Refused)"), "{told}");
}

#[tokio::test]
async fn the_systems_resolver_is_held_to_the_same_ranges() {
    let (listener, origin) = listener().await;
    let by_name = origin.replace("127.0.0.1", "localhost");
    let result = gateway()
        .send(
            &caller(&[(&by_name, Reach::Internet)]),
            get(&by_name),
            DEADLINE,
        )
        .await;
    let told = told(&result);
    assert!(
        told.starts_with("`localhost` leads to this machine, which is not granted; "),
        "{told}"
    );
    assert!(told.ends_with("(Refused)"), "{told}");
    drop(listener);
}

/// What a server does on each connection, one after the other.
async fn serving(
    times: usize,
    serve: impl AsyncFn(TcpStream) + Send + Sync + 'static,
) -> (impl Future<Output = ()>, String) {
    let (listener, origin) = listener().await;
    let server = async move {
        for _ in 0..times {
            let (stream, _) = listener.accept().await.unwrap();
            serve(stream).await;
        }
    };
    (server, origin)
}

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

#[tokio::test]
async fn a_socket_carries_one_call_after_the_other_and_is_closed_with_the_gateway() {
    let (server, origin) = serving(1, async |mut stream| {
        for _ in 0..3 {
            read_request(&mut stream, 0).await;
            stream.write_all(OK).await.unwrap();
        }
        closed(stream).await;
    })
    .await;
    let calls = async {
        let gateway = gateway();
        let granted = caller(&[(&origin, Reach::Loopback)]);
        for _ in 0..3 {
            let result = gateway.send(&granted, get(&origin), DEADLINE).await;
            assert_eq!(told(&result), "200 ok");
        }
        assert_eq!((gateway.pool().opened, gateway.pool().reused), (1, 2));
        drop(gateway);
    };
    tokio::join!(server, calls);
}

/// The server answers once and ends the connection with `end`; the next call goes out on another.
async fn check_end(end: impl AsyncFn(TcpStream) + Send + Sync + 'static) {
    let (server, origin) = serving(2, async move |mut stream| {
        read_request(&mut stream, 0).await;
        stream.write_all(OK).await.unwrap();
        end(stream).await;
    })
    .await;
    let calls = async {
        let gateway = gateway();
        let granted = caller(&[(&origin, Reach::Loopback)]);
        for calls in 1..=2 {
            let result = gateway
                .send(&granted, crate::scripted::post(&origin, ""), DEADLINE)
                .await;
            assert_eq!(told(&result), "200 ok");
            while gateway.pool().closed < calls {
                tokio::task::yield_now().await;
            }
        }
        let counts = gateway.pool();
        assert_eq!((counts.opened, counts.reused, counts.idle), (2, 0, 0));
    };
    tokio::join!(server, calls);
}

#[tokio::test]
async fn a_socket_that_its_server_closed_is_not_used() {
    check_end(async |stream| drop(stream)).await;
    check_end(async |mut stream: TcpStream| stream.shutdown().await.unwrap()).await;
    check_end(async |stream| reset(stream)).await;
}

fn reset(stream: TcpStream) {
    stream.set_zero_linger().unwrap();
}

#[tokio::test]
async fn a_reset_within_the_answer_is_told() {
    let (server, origin) = serving(1, async |mut stream| {
        read_request(&mut stream, 0).await;
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbegun")
            .await
            .unwrap();
        reset(stream);
    })
    .await;
    let call = async {
        let granted = caller(&[(&origin, Reach::Loopback)]);
        let result = gateway().send(&granted, get(&origin), DEADLINE).await;
        let told = told(&result);
        assert!(told.starts_with("the connection broke: "), "{told}");
        assert!(told.ends_with("(Unknown)"), "{told}");
    };
    tokio::join!(server, call);
}

/// Answers each request with its own path, until the connection ends.
async fn echo_paths(mut stream: TcpStream) {
    loop {
        let request = read_request(&mut stream, 0).await;
        let Some(path) = request.split(' ').nth(1) else {
            return;
        };
        let answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{path}",
            path.len()
        );
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// Many callers at once, on threads, every third of whose calls is let go of somewhere on its way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_gets_the_answer_of_another_and_nothing_is_left() {
    const CALLERS: usize = 8;
    const CALLS: usize = 150;
    let (listener, origin) = listener().await;
    let server = tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(echo_paths(stream));
        }
    });
    let gateway = gateway();
    let callers: Vec<_> = (0..CALLERS)
        .map(|number| {
            let (gateway, origin) = (gateway.clone(), origin.clone());
            tokio::spawn(async move {
                let granted = caller(&[(&origin, Reach::Loopback)]);
                for call in 0..CALLS {
                    let path = format!("/{number}/{call}");
                    let url = format!("{origin}{path}");
                    let sent = gateway.send(&granted, get(&url), DEADLINE);
                    if call % 3 > 0 {
                        assert_eq!(told(&sent.await), format!("200 {path}"));
                        continue;
                    }
                    let letting_go = async {
                        for _ in 0..call % 7 {
                            tokio::task::yield_now().await;
                        }
                    };
                    tokio::select! { biased; () = letting_go => {}, result = sent => drop(result) }
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap();
    }
    let is_settled = || {
        let counts = gateway.pool();
        let open = usize::try_from(counts.opened - counts.closed).unwrap();
        gateway.in_flight() == 0 && counts.busy == 0 && counts.idle == open
    };
    while !is_settled() {
        tokio::task::yield_now().await;
    }
    assert!(gateway.pool().idle <= 4, "{:?}", gateway.pool());
    assert!(gateway.pool().reused > 0, "{:?}", gateway.pool());
    server.abort();
}

#[tokio::test]
async fn the_server_sees_the_close_when_a_websocket_is_let_go() {
    let (listener, origin) = listener().await;
    let server = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
        while let Some(Ok(message)) = socket.next().await {
            socket.send(message).await.unwrap();
        }
        closed(socket.into_inner()).await;
    });
    let gateway = gateway();
    let granted = caller(&[(&origin, Reach::Loopback)]);
    let call = SocketCall {
        url: origin.replace("http", "ws"),
        headers: Vec::new(),
        protocols: Vec::new(),
        tls: TlsMode::Verified,
        limits: SocketLimits::default(),
    };
    let mut socket = gateway.open_socket(&granted, call).await.unwrap();
    let hello = SocketMessage::Text("hello".to_owned());
    socket.send(hello.clone()).await.unwrap();
    assert_eq!(socket.next().await.unwrap().unwrap(), Heard::Message(hello));
    drop(socket);
    server.await.unwrap();
    while gateway.sockets() > 0 {
        tokio::task::yield_now().await;
    }
}
