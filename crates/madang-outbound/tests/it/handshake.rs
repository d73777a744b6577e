//! The opening of WebSockets: where they may go, what may be asked for, and what may be answered.

use madang_outbound::{GatewayLimits, Outbound, Reach, SocketCall};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{
    scripted::{caller, read_request},
    served::{plain, settle},
    websocket::{echo, socket_call},
};

/// The server answers the handshake with these bytes.
async fn check_handshake(answer: &'static str, expected: &str) {
    let gateway = plain(GatewayLimits::default(), move |mut stream| async move {
        read_request(&mut stream, 0).await;
        stream.write_all(answer.as_bytes()).await.unwrap();
        let _ = stream.read_to_end(&mut Vec::new()).await;
    });
    assert_eq!(
        refusal(&gateway, "ws://api.example.com/live").await,
        expected
    );
}

async fn refusal(gateway: &Outbound, url: &str) -> String {
    let granted = caller(&[
        ("ws://api.example.com", Reach::Internet),
        ("https://secure.example.com", Reach::Internet),
    ]);
    let call = SocketCall {
        url: url.to_owned(),
        ..socket_call()
    };
    let Err(error) = gateway.open_socket(&granted, call).await else {
        return "open".to_owned();
    };
    settle().await;
    assert_eq!(gateway.sockets(), 0);
    let mut told = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        told = format!("{told}: {cause}");
        source = cause.source();
    }
    format!("{told} ({:?})", error.outcome())
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_is_wrong_opens_nothing() {
    let wrong =
        |why| format!("the server's WebSocket handshake is not understood: {why} (Unknown)");
    check_handshake(
        "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
        "the server opens no WebSocket here; it answered 403 (Unknown)",
    )
    .await;
    check_handshake(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
        &wrong("its proof is not the one for our key"),
    )
    .await;
    check_handshake(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n",
        &wrong("it does not say that it switches to `websocket`"),
    )
    .await;
    check_handshake(
        "",
        "no answer within 10000 ms (while waiting for the answer) (Unknown)",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_websocket_goes_where_its_grant_goes() {
    let gateway = plain(GatewayLimits::default(), echo);
    for (url, expected) in [
        ("ws://api.example.com/live?x", "open"),
        (
            "wss://api.example.com/",
            "calls to wss://api.example.com are not granted; to grant it, add to [origins]: \
             \"wss://api.example.com\" = \"why it is called\" (Refused)",
        ),
        (
            "ws://secure.example.com/",
            "calls to ws://secure.example.com are not granted; to grant it, add to [origins]: \
             \"ws://secure.example.com\" = \"why it is called\" (Refused)",
        ),
        (
            "http://api.example.com/",
            "the address cannot be called: it leads to no origin: \
             scheme `http` opens no WebSocket; use wss (or ws) (Refused)",
        ),
        (
            "ws://169.254.169.254/",
            "`169.254.169.254` leads to a cloud metadata service, which is never granted (Refused)",
        ),
    ] {
        assert_eq!(refusal(&gateway, url).await, expected, "{url}");
    }
    // Granted as https; the server is no TLS server, so it is the line that fails.
    let told = refusal(&gateway, "wss://secure.example.com/").await;
    assert!(
        told.starts_with("no secure connection to wss://secure.example.com"),
        "{told}"
    );
}

#[tokio::test(start_paused = true)]
async fn headers_of_the_handshake_are_not_the_callers() {
    let gateway = plain(GatewayLimits::default(), echo);
    let granted = caller(&[("ws://api.example.com", Reach::Internet)]);
    for name in ["Sec-WebSocket-Key", "Upgrade", "Connection", "Host"] {
        let call = SocketCall {
            headers: vec![(name.to_owned(), "x".to_owned())],
            ..socket_call()
        };
        let Err(error) = gateway.open_socket(&granted, call).await else {
            panic!("{name} was taken");
        };
        let name = name.to_lowercase();
        let expected = format!("header `{name}` is set by the gateway; leave it out");
        assert_eq!(error.to_string(), expected);
    }
    for protocol in ["", "a b", "a\r\nX: y", "a,b"] {
        let call = SocketCall {
            protocols: vec![protocol.to_owned()],
            ..socket_call()
        };
        assert!(
            gateway.open_socket(&granted, call).await.is_err(),
            "{protocol}"
        );
    }
}
